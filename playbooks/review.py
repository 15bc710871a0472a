"""What is surely not meant in a set of playbooks: those that can't match, or can't be reached; steps to nobody. Pure.

Everything said here is proven for every post there can be (`logic`); where that is not possible, nothing is said.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

from casebook.asked import asked_phrase
from casebook.words import words_of
from playbooks.decide import names_substance
from playbooks.escalate import Team, everyone
from playbooks.facts import Fact, World, worded
from playbooks.logic import Formula, Proof, contradiction, facts_of, implies, reads
from playbooks.playbook import Match, Playbook

At = tuple[str | int, ...]
_MOST_REASONS: Final = 3
_LISTED: Final = ("all", "any")
"""Keys of a match under which further ones stand that must hold, or may."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that is surely not meant, at its path in the configuration."""

    at: At
    message: str
    """What is wrong; what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is looked through."""

    playbooks: Sequence[Playbook]
    teams: Mapping[str, Team] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Kind of each source by its name."""
    unreachable: Collection[str] = ()
    """Keys of people whom no channel can send anything."""
    topic_words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The words of each topic."""
    elsewhere: Collection[str] = ()
    """Teams whose rota is kept in another calendar: who takes turns there is not known here."""

    @property
    def world(self) -> World:
        """What every post here has in common."""
        return World(self.kinds)


def review(plan: Plan) -> list[Remark]:
    """List what is surely not meant, playbook by playbook."""
    formulas = [reads(playbook.match) for playbook in plan.playbooks]
    barred: dict[int, Remark] = {}
    for place in range(len(formulas)):
        remark = _impossible(place, formulas, plan) or _unreached(place, formulas, plan, barred)
        if remark is not None:
            barred[place] = remark
    standing = [place for place in range(len(formulas)) if place not in barred]
    return [
        *barred.values(),
        *_overlaps(standing, formulas, plan),
        *_topic_overlaps(plan),
        *(
            remark
            for place, playbook in enumerate(plan.playbooks)
            for remark in _steps(place, playbook, plan)
        ),
    ]


# -- matches


def _impossible(place: int, formulas: Sequence[Formula], plan: Plan) -> Remark | None:
    proof = contradiction([formulas[place]], plan.world)
    if proof is None:
        return None
    reasons = [
        f"{worded(facts[0])} never holds" if len(facts) == 1 else f"{_both(facts)} never hold together"
        for facts in proof.conflicts[:_MOST_REASONS]
    ]
    why = "; ".join(reasons) or "it asks for one of nothing"
    return Remark(_match_of(place), f"can never match: {why}; change the match, or take the playbook away")


def _unreached(place: int, formulas: Sequence[Formula], plan: Plan, barred: Collection[int]) -> Remark | None:
    """Say which playbooks before this one take whatever it matches."""
    # one that continues takes nothing, whatever it matches
    before = [index for index in range(place) if index not in barred and not plan.playbooks[index].continues]
    takers = next(
        ((proof, [index]) for index in before if (proof := _covers(formulas, place, [index], plan))), None
    )
    if takers is None and len(before) > 1:
        proof = _covers(formulas, place, before, plan)
        takers = (proof, _needed(formulas, place, before, plan)) if proof else None
    if takers is None:
        return None
    proof, indexes = takers
    names = _names([plan.playbooks[index].name for index in indexes])
    stand, take = ("stands", "takes") if len(indexes) == 1 else ("stand", "take")
    whom, what = _missed(place, indexes, plan)
    because = _because(formulas[place], proof)
    message = f"{whom}: {names} {stand} before it and {take} {what} that it matches{because}; move it up"
    return Remark(("playbooks", place), f"{message}, or ask for less there")


def _covers(formulas: Sequence[Formula], place: int, takers: Sequence[int], plan: Plan) -> Proof | None:
    return implies(formulas[place], [formulas[index] for index in takers], plan.world)


def _needed(formulas: Sequence[Formula], place: int, takers: list[int], plan: Plan) -> list[int]:
    """Leave out the playbooks that the others do without."""
    for index in takers:
        rest = [other for other in takers if other != index]
        if rest and _covers(formulas, place, rest, plan):
            return _needed(formulas, place, rest, plan)
    return takers


def is_passed_over(match: Match) -> bool:
    """Say whether a match is not even tried on posts of others in a customer's thread."""
    return not names_substance(match)


def _missed(place: int, takers: Sequence[int], plan: Plan) -> tuple[str, str]:
    """Say of whose posts it holds: a bystander's are not tried on playbooks that name no substance."""
    mine = plan.playbooks[place].match
    passed_over = any(is_passed_over(plan.playbooks[index].match) for index in takers)
    if passed_over and not is_passed_over(mine):
        return "reached only by others in a customer's thread", "every other post"
    return "never reached", "every post"


def _because(mine: Formula, proof: Proof) -> str:
    """Give the proof in words: what it asks, and what the earlier one asks of the same."""
    asked = frozenset(facts_of(mine))
    reasons = []
    for facts in proof.conflicts:
        given = [fact for fact in facts if fact in asked]
        follows = [fact.denial for fact in facts if fact not in asked]
        if given and follows and given != follows:
            reasons.append(f"{_both(given)} is always {' or '.join(map(worded, follows))}")
    told = "; ".join(dict.fromkeys(reasons[:_MOST_REASONS]))
    return f" ({told})" if told else ""


def _both(facts: Sequence[Fact]) -> str:
    return " and ".join(map(worded, facts))


def _names(names: Sequence[str]) -> str:
    """Name one playbook, or several."""
    if len(names) == 1:
        return f"playbook {names[0]}"
    return f"playbooks {', '.join(names[:-1])} and {names[-1]} together"


def _match_of(place: int) -> At:
    return ("playbooks", place, "match")


# -- words


def _overlaps(places: Sequence[int], formulas: Sequence[Formula], plan: Plan) -> Iterator[Remark]:
    """Words that two playbooks ask for which the same post may be."""
    for first, second in combinations(places, 2):
        if plan.playbooks[first].continues:
            continue
        shared = list(_shared(first, second, plan))
        if shared and contradiction([formulas[first], formulas[second]], plan.world) is None:
            taker = plan.playbooks[first].name
            for at, word, other in shared:
                same = "" if word == other else f" (as {other})"
                yield Remark(
                    at,
                    f"{word} is also a word of playbook {taker}{same}, which stands before this one and takes the "
                    "posts that both match; keep the word in one of them",
                )


def _shared(first: int, second: int, plan: Plan) -> Iterator[tuple[At, str, str]]:
    earlier = list(words_in(plan.playbooks[first].match, _match_of(first)))
    for at, word in words_in(plan.playbooks[second].match, _match_of(second)):
        other = next((known for _, known in earlier if _is_one_word(word, known)), None)
        if other is not None:
            yield at, word, other


def words_in(match: Match, at: At) -> Iterator[tuple[At, str]]:
    """Give the words that a match asks for, each with its path; what stands under `not` only rules out."""
    yield from (((*at, "words", index), word) for index, word in enumerate(match.words))
    for key in _LISTED:
        for index, inner in enumerate(getattr(match, key, ())):
            yield from words_in(inner, (*at, key, index))


def _is_one_word(word: str, other: str) -> bool:
    """Say whether two phrases are the same but for inflection, word by word."""
    if word == other:
        return True
    mine, theirs = words_of(word), words_of(other)
    return (
        bool(mine)
        and len(mine) == len(theirs)
        and all(
            one.is_word(two.word) or two.is_word(one.word)
            for one, two in zip(asked_phrase(mine), asked_phrase(theirs), strict=True)
        )
    )


def _topic_overlaps(plan: Plan) -> Iterator[Remark]:
    """Words of two topics: a post with one of them is about both, and the order of playbooks decides."""
    for (one, words), (other, others) in combinations(plan.topic_words.items(), 2):
        for index, word in enumerate(others):
            same = next((known for known in words if _is_one_word(known, word)), None)
            if same is None:
                continue
            takers = [
                playbook.name for playbook in plan.playbooks if {one, other} & set(_topics_in(playbook.match))
            ]
            takes = f"; playbook {takers[0]} is asked first" if takers else ""
            yield Remark(
                ("topics", other, "words", index),
                f"{word} is also a word of topic {one}, so a post with it is about both{takes}; keep it in one of them",
            )


def _topics_in(match: Match) -> Iterator[str]:
    yield from match.topics
    for key in _LISTED:
        for inner in getattr(match, key, ()):
            yield from _topics_in(inner)


# -- people


def _steps(place: int, playbook: Playbook, plan: Plan) -> Iterator[Remark]:
    team = plan.teams.get(playbook.team)
    if team is None:
        return
    if not _in_rota(team) and team.name not in plan.elsewhere:
        message = (
            f"nobody is ever on call in team {team.name}, so nobody is called when a case opens; "
            "give the team a rota"
        )
        yield Remark(("playbooks", place, "team"), message)
    for number, step in enumerate(playbook.escalate):
        reason = _nobody(step.to, team, plan)
        if reason is not None:
            yield Remark(("playbooks", place, "escalate", number, "to"), reason)


def _nobody(to: str, team: Team, plan: Plan) -> str | None:
    """Say why nobody stands behind a step; None where somebody does."""
    reason = next((found for look in _STEPS if (found := look(to, team, plan)) is not None), None)
    return None if reason is None else f"nobody stands behind this step: {reason}"


def _no_backup(to: str, team: Team, plan: Plan) -> str | None:
    if to != "backup" or len(set(_in_rota(team))) > 1 or team.name in plan.elsewhere:
        return None
    return f"the rota of {team.name} has no second person; add one, or name somebody here"


def _no_team(to: str, team: Team, plan: Plan) -> str | None:
    if to != "everyone" or everyone(team) or team.name in plan.elsewhere:
        return None
    return f"nobody is in team {team.name}; give it people"


def _no_other(to: str, team: Team, plan: Plan) -> str | None:
    name = to.removeprefix("team:").strip()
    other = plan.teams.get(name)
    if not to.startswith("team:") or other is None or _in_rota(other) or name in plan.elsewhere:
        return None
    del team
    hears = "only its channel hears of it; " if other.channel else ""
    return f"nobody is ever on call in team {name}; {hears}give it a rota"


def _no_address(to: str, team: Team, plan: Plan) -> str | None:
    reached = everyone(team) if to == "everyone" else (to,)
    if not reached or not set(reached) <= set(plan.unreachable):
        return None
    return f"{', '.join(reached)} can't be reached in Slack; add slack: U… (profile, ⋮, Copy member ID)"


_STEPS: Final[tuple[Callable[[str, Team, Plan], str | None], ...]] = (
    _no_backup,
    _no_team,
    _no_other,
    _no_address,
)


def _in_rota(team: Team) -> tuple[str, ...]:
    """Give those of a team who take turns."""
    return everyone(Team(team.name, rota=team.rota))
