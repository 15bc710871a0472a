"""What a match can never be, and what follows from it: a small prover over conditions. Pure.

Theory of operation:
1. A match becomes a formula of facts in which only facts are denied (`reads`, `denied`).
2. To show that formulas can't hold together, everything is taken apart until each way of holding is a list of
   facts; a way is closed when its facts contradict each other (`conflict`). All ways closed: proven.
3. That one match implies another is shown by closing the one together with the denial of the other. The
   classifier may abstain, and then no fact on sentiment or attention holds, nor does its denial: so it is shown
   twice, for a classifier that knows (everything is true or false) and for one that does not (`unopinionated`).
4. A contradiction is only what is one for every post there can be; whatever is not understood (a condition that
   this file does not know) and whatever takes too many steps proves nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final

from casebook.duration import write_duration
from casebook.words import base_forms, words_of
from playbooks.playbook import AuthorCases, Match

LANGUAGES: Final = ("fi", "sv", "en", "other")
"""All that a verdict's language can be."""
CLASSES: Final = ("negative", "neutral", "positive")
OPINIONS: Final = frozenset({"sentiment", "probability", "attention"})
"""What is not known where the classifier abstained."""
_MOST_STEPS: Final = 2_000
"""Ways looked at for one question; more proves nothing. Fifty playbooks are looked through in a second."""
_SLACK: Final = 1e-3
"""By how much three probabilities may miss 1, so that no rounding makes a contradiction."""
_MOST_NAMED: Final = 4


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is asked of a post, or its denial."""

    subject: str
    asked: tuple[Any, ...]
    """Of names: one of them is there. Of a figure: at least this much."""
    holds: bool = True

    @property
    def denial(self) -> "Fact":
        """The same fact the other way round."""
        return Fact(self.subject, self.asked, not self.holds)


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; without any it always does."""

    parts: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """One part at least holds; without any it never does."""

    parts: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Unread:
    """A condition that is not understood here: nothing is proven of it."""

    name: str


Formula = Fact | All | Some | Unread
NEVER: Final = Some(())


@dataclass(frozen=True, slots=True)
class World:
    """What is known of every post there can be."""

    kinds: Mapping[str, str] | None = None
    """Kind of each source by its name; None: any source may show a post."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Why formulas can't hold together: the facts that exclude each other, one group for each way."""

    conflicts: tuple[tuple[Fact, ...], ...]


# -- from a match to a formula


def reads(match: Match) -> Formula:
    """Read a match as a formula. A field that is not known here is `Unread` wherever it asks for something."""
    parts: list[Formula] = []
    blank = Match()
    for key in fields(match):
        value = getattr(match, key.name)
        if value != getattr(blank, key.name):
            parts.append(READERS.get(key.name, _unread(key.name))(value))
    return All(tuple(parts))


def denied(formula: Formula) -> Formula:
    """Give the denial of a formula, with the denials pushed down to the facts."""
    if isinstance(formula, Fact):
        return formula.denial
    if isinstance(formula, All):
        return Some(tuple(map(denied, formula.parts)))
    if isinstance(formula, Some):
        return All(tuple(map(denied, formula.parts)))
    return formula


def unopinionated(formula: Formula) -> Formula:
    """Give what is left where the classifier abstained: no fact of its opinion holds, nor does its denial."""
    if isinstance(formula, Fact):
        return NEVER if formula.subject in OPINIONS else formula
    if isinstance(formula, All):
        return All(tuple(map(unopinionated, formula.parts)))
    if isinstance(formula, Some):
        return Some(tuple(map(unopinionated, formula.parts)))
    return formula


def facts_of(formula: Formula) -> Iterator[Fact]:
    """Give every fact in a formula."""
    if isinstance(formula, Fact):
        yield formula
    elif isinstance(formula, All | Some):
        for part in formula.parts:
            yield from facts_of(part)


def is_read(formula: Formula) -> bool:
    """Say whether all of a formula is understood."""
    if isinstance(formula, All | Some):
        return all(map(is_read, formula.parts))
    return not isinstance(formula, Unread)


def _unread(name: str) -> Callable[[Any], Formula]:
    return lambda _: Unread(name)


def _one_of(subject: str) -> Callable[[Any], Formula]:
    return lambda names: Fact(subject, tuple(names))


def _probabilities(least: Mapping[str, float]) -> Formula:
    return Some(tuple(Fact("probability", entry) for entry in least.items()))


def _author_cases(asked: AuthorCases) -> Formula:
    return Fact("author_cases", (asked.at_least, asked.within))


READERS: Final[Mapping[str, Callable[[Any], Formula]]] = {
    "sentiment": _one_of("sentiment"),
    "sentiment_at_least": _probabilities,
    "attention": lambda least: Fact("attention", (least,)),
    "topics": _one_of("topic"),
    "words": _one_of("word"),
    "regex": _one_of("pattern"),
    "language": _one_of("language"),
    "source": _one_of("source"),
    "followers": lambda least: Fact("followers", (least,)),
    "author_cases": _author_cases,
    "all": lambda inner: All(tuple(map(reads, inner))),
    "any": lambda choices: Some(tuple(map(reads, choices))),
    "none": lambda unwanted: All(tuple(denied(reads(match)) for match in unwanted)),
}
"""How each field of a match is read; one that is missing here is never proven anything of."""


# -- proving


@dataclass(slots=True)
class _Search:
    world: World
    steps: int = _MOST_STEPS
    conflicts: dict[tuple[Fact, ...], None] = field(default_factory=dict)


def contradiction(formulas: Iterable[Formula], world: World) -> Proof | None:
    """Show that formulas never hold together, for a classifier that knows; None where it can't be shown."""
    asked = list(formulas)
    if not all(map(is_read, asked)):
        return None
    search = _Search(world)
    return Proof(tuple(search.conflicts)) if _closes((), asked, search) else None


def implies(match: Formula, others: Sequence[Formula], world: World) -> Proof | None:
    """Show that wherever a match holds one of the others does, whatever the classifier knows; None: not shown."""
    if not is_read(match) or not all(map(is_read, others)):
        return None
    knowing = contradiction([match, *map(denied, others)], world)
    if knowing is None:
        return None
    blind = [unopinionated(match), *(denied(unopinionated(other)) for other in others)]
    return knowing if contradiction(blind, world) is not None else None


def _closes(facts: tuple[Fact, ...], asked: list[Formula], search: _Search) -> bool:
    """Say whether every way in which all of it could hold contradicts itself."""
    forks: list[Some] = []
    waiting = asked[::-1]
    while waiting:
        formula = waiting.pop()
        if isinstance(formula, Fact):
            facts = (*facts, formula)
        elif isinstance(formula, All):
            waiting.extend(reversed(formula.parts))
        elif isinstance(formula, Some):
            forks.append(formula)
    found = conflict(facts, search.world)
    if found is not None:
        search.conflicts[found] = None
        return True
    if not forks or search.steps <= 0:
        return False
    search.steps -= 1
    # the narrowest first: most ways end before they are split
    fork = min(forks, key=lambda each: len(each.parts))
    rest = [other for other in forks if other is not fork]
    return all(_closes(facts, [part, *rest], search) for part in fork.parts)


def conflict(facts: Sequence[Fact], world: World) -> tuple[Fact, ...] | None:
    """Give facts among these that can't hold together for any post, or None."""
    for look in _CONFLICTS:
        found = look(facts, world)
        if found is not None:
            return found
    return None


def _of(subject: str, facts: Iterable[Fact]) -> tuple[list[Fact], list[Fact]]:
    """Give the facts of a subject: those that hold, and those that don't."""
    mine = [fact for fact in facts if fact.subject == subject]
    return [fact for fact in mine if fact.holds], [fact for fact in mine if not fact.holds]


def _names(subject: str) -> Callable[[Sequence[Fact], World], tuple[Fact, ...] | None]:
    """Look for one of several names that must be there while each of them is ruled out."""

    def look(facts: Sequence[Fact], world: World) -> tuple[Fact, ...] | None:
        wanted, unwanted = _of(subject, facts)
        for fact in wanted:
            against = [_against(subject, name, unwanted, world) for name in fact.asked]
            if None not in against:
                found = dict.fromkeys(reason for reasons in against for reason in reasons or ())
                return (fact, *found)
        return None

    return look


def _against(subject: str, name: str, unwanted: Sequence[Fact], world: World) -> tuple[Fact, ...] | None:
    """Give the denials that rule out a name (none where it never occurs by itself), or None where nothing does."""
    if _never_there(subject, name, world):
        return ()
    includes = _INCLUDES[subject]
    for fact in unwanted:
        if any(includes(name, other, world) for other in fact.asked):
            return (fact,)
    if subject == "source" and world.kinds is not None:
        members = [source for source, kind in world.kinds.items() if kind == name]
        by_name = [next((one for one in unwanted if source in one.asked), None) for source in members]
        found = [fact for fact in by_name if fact is not None]
        if members and len(found) == len(members):
            return tuple(dict.fromkeys(found))
    return None


def _never_there(subject: str, name: str, world: World) -> bool:
    if subject == "source" and world.kinds is not None:
        return name not in world.kinds and name not in world.kinds.values()
    if subject == "word":
        return not words_of(name)
    return subject == "pattern" and never_found(name)


_UNPLAIN: Final = frozenset("|?*{}[]()\\.\n")


def never_found(pattern: str) -> bool:
    """Say whether a pattern is surely in no text: only the plainest of mistakes are seen through."""
    rest = pattern.replace("(?!)", "")
    if _UNPLAIN.isdisjoint(rest):
        if rest != pattern:
            return True
        before_start = rest.rpartition("^")[0].strip("^$+")
        after_end = rest.partition("$")[2].strip("^$+")
        return bool(before_start or after_end)
    return False


def _same(name: str, other: str, world: World) -> bool:
    del world
    return name == other


def _source_includes(name: str, other: str, world: World) -> bool:
    return name == other or (world.kinds or {}).get(name) == other


def word_includes(name: str, other: str) -> bool:
    """Say whether wherever the phrase `name` is found, `other` is too."""
    if name == other:
        return True
    longer, shorter = words_of(name), words_of(other)
    if not shorter or len(shorter) > len(longer):
        return False
    places = range(len(longer) - len(shorter) + 1)
    # a word is found by its base forms: those of the one must all be among those of the other
    return any(
        all(
            base_forms(word) <= base_forms(part)
            for word, part in zip(longer[at : at + len(shorter)], shorter, strict=True)
        )
        for at in places
    )


_INCLUDES: Final[Mapping[str, Callable[[str, str, World], bool]]] = {
    "topic": _same,
    "word": lambda name, other, _: word_includes(name, other),
    "pattern": _same,
    "source": _source_includes,
}


def _language(facts: Sequence[Fact], world: World) -> tuple[Fact, ...] | None:
    del world
    wanted, unwanted = _of("language", facts)
    left = set(LANGUAGES)
    for fact in wanted:
        left &= set(fact.asked)
    for fact in unwanted:
        left -= set(fact.asked)
    return None if left else tuple(dict.fromkeys((*wanted, *unwanted)))


def _followers(facts: Sequence[Fact], world: World) -> tuple[Fact, ...] | None:
    del world
    wanted, unwanted = _of("followers", facts)
    pairs = ((one, other) for one in wanted for other in unwanted if one.asked >= other.asked)
    return next(pairs, None)


def _cases(facts: Sequence[Fact], world: World) -> tuple[Fact, ...] | None:
    """So many cases in a shorter time are so many in a longer one."""
    del world
    wanted, unwanted = _of("author_cases", facts)
    for one in wanted:
        for other in unwanted:
            if one.asked[0] >= other.asked[0] and one.asked[1] <= other.asked[1]:
                return one, other
    return None


def _attention(facts: Sequence[Fact], world: World) -> tuple[Fact, ...] | None:
    del world
    wanted, unwanted = _of("attention", facts)
    highest = max(wanted, key=lambda fact: float(fact.asked[0]), default=None)
    lowest = min(unwanted, key=lambda fact: float(fact.asked[0]), default=None)
    if lowest is None:
        return None
    least = 0.0 if highest is None else float(highest.asked[0])
    if least < lowest.asked[0]:
        return None
    return (lowest,) if lowest.asked[0] <= 0 or highest is None else (highest, lowest)


def _feeling(facts: Sequence[Fact], world: World) -> tuple[Fact, ...] | None:
    """Look whether any three probabilities, together 1, have the asked bounds and the asked class on top."""
    del world
    on_top, not_on_top = _of("sentiment", facts)
    bounds_at_least, bounds_under = _of("probability", facts)
    left = [
        name
        for name in CLASSES
        if all(name in fact.asked for fact in on_top) and all(name not in fact.asked for fact in not_on_top)
    ]
    least = {name: max([0.0, *_bounds(bounds_at_least, name)]) for name in CLASSES}
    under = {name: min([1.0 + _SLACK, *_bounds(bounds_under, name)]) for name in CLASSES}
    if any(_can_be_top(name, least, under) for name in left):
        return None
    mine = (*on_top, *not_on_top, *bounds_at_least, *bounds_under)
    return _needed(tuple(dict.fromkeys(mine)))


def _bounds(facts: Iterable[Fact], name: str) -> list[float]:
    return [float(fact.asked[1]) for fact in facts if fact.asked[0] == name]


def _can_be_top(top: str, least: Mapping[str, float], under: Mapping[str, float]) -> bool:
    """Say whether this class can be the most probable within the bounds; a tie may go either way."""
    if any(least[name] >= under[name] for name in CLASSES):
        return False
    others = [name for name in CLASSES if name != top]
    # as probable as may be, the others as improbable as they must: both questions are easiest there
    most = min(under[top], 1 + _SLACK - sum(least[name] for name in others))
    if most < max(least[top], *(least[name] for name in others)):
        return False
    return most + sum(min(under[name], most) for name in others) >= 1 - _SLACK


def _needed(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """Leave out the facts without which the contradiction stands all the same."""
    for fact in facts:
        rest = tuple(other for other in facts if other != fact)
        if rest and _feeling(rest, World()) is not None:
            return _needed(rest)
    return facts


_CONFLICTS: Final[tuple[Callable[[Sequence[Fact], World], tuple[Fact, ...] | None], ...]] = (
    _language,
    _names("topic"),
    _names("source"),
    _followers,
    _cases,
    _attention,
    _feeling,
    _names("pattern"),
    _names("word"),  # last: it may have to load dictionaries
)


# -- in words


def worded(fact: Fact) -> str:
    """Say a fact as reasons do: `language fi or sv`, `not negative at least 0.60`."""
    return ("" if fact.holds else "not ") + _WORDS[fact.subject](fact.asked)


def _listed(names: Sequence[Any]) -> str:
    more = len(names) - _MOST_NAMED
    listed = " or ".join(map(str, names[:_MOST_NAMED]))
    return f"{listed} or {more} more" if more > 0 else listed


_WORDS: Final[Mapping[str, Callable[[tuple[Any, ...]], str]]] = {
    "sentiment": lambda asked: f"sentiment {_listed(asked)}",
    "probability": lambda asked: f"{asked[0]} at least {asked[1]:g}",
    "attention": lambda asked: f"attention at least {asked[0]:g}",
    "topic": lambda asked: f"topic {_listed(asked)}",
    "word": lambda asked: f"word {_listed(asked)}",
    "pattern": lambda asked: f"pattern {_listed(asked)}",
    "language": lambda asked: f"language {_listed(asked)}",
    "source": lambda asked: f"source {_listed(asked)}",
    "followers": lambda asked: f"at least {asked[0]} followers",
    "author_cases": lambda asked: f"at least {asked[0]} earlier cases in {write_duration(asked[1])}",
}
