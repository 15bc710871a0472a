"""Which playbook takes a mention, and why. Pure.

The first playbook whose match holds takes it; the order is the configuration's. `decide` stops there, and of
each match at the first condition that does not hold; it keeps what settled the others. `explain` tests
everything. Both give the same playbook and reason.
A playbook that continues takes nothing: where it matches, the decision names it, and the next ones are tried.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, overload

from casebook.grounds import Ground, ground, of_names
from casebook.mention import Verdict
from playbooks.conditions import Ask, Plan, Post, Reading, plan_of
from playbooks.playbook import Decision, Match, Playbook, Trial

__all__ = ["Post", "decide", "explain", "names_substance"]

PASSED_OVER: Final = Ground("passed_over.bystander")
"""A bystander's post, and this playbook asks nothing of what a post is about."""
_MOST_NAMED: Final = 3
_MOST_READY: Final = 1_000
"""Configurations kept ready; tests and replays have many."""


@dataclass(frozen=True, slots=True, eq=False)
class _Ready:
    """A playbook whose match was made ready."""

    playbook: Playbook
    plan: Plan
    names_substance: bool
    try_on: Callable[[Reading], tuple[bool | None, Ask | None]]


_Attempt = tuple[_Ready, bool | None, Ask | None]
"""A playbook, whether it held, and what kept it from matching: the first condition that failed, else the first
unknown one. None failed, and it did not hold: it was passed over. A tuple, for 50 are made of a post."""


class _Trials(Sequence[Trial]):
    """Trials that are stated when somebody reads them: of most decisions nobody does."""

    def __init__(self, attempts: Sequence[_Attempt], reading: Reading) -> None:
        self._attempts, self._reading = attempts, reading

    @cached_property
    def _stated(self) -> tuple[Trial, ...]:
        return tuple(_settled_trial(attempt, self._reading) for attempt in self._attempts)

    @overload
    def __getitem__(self, index: int) -> Trial: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Trial]: ...

    def __getitem__(self, index: int | slice) -> Trial | Sequence[Trial]:
        return self._stated[index]

    def __len__(self) -> int:
        return len(self._attempts)

    def __repr__(self) -> str:
        return repr(self._stated)


_READY: dict[int, tuple[tuple[Playbook, ...], tuple[_Ready, ...]]] = {}


def decide(post: Post, verdict: Verdict, playbooks: Sequence[Playbook], *, stated: bool = True) -> Decision:
    """Give the first playbook that matches, with its trial whole; of each before it, what settled it.

    Not `stated` it has no reason: for those who decide upon a hundred thousand posts and read none.
    """
    reading = Reading(post, verdict)
    attempts = _attempts(reading, playbooks, whole=False)
    return _decision(attempts, reading, _Trials(attempts, reading), stated=stated)


def explain(post: Post, verdict: Verdict, playbooks: Sequence[Playbook]) -> Decision:
    """Give the same decision with every playbook tested condition by condition, in their order.

    A trial after the one that took the post may have matched too: it would have, had it come first. What a trial
    found may quote the post: the form in which a word was found. The reason never does.
    """
    reading, quoting = Reading(post, verdict), Reading(post, verdict, quotes=True)
    attempts = _attempts(reading, playbooks, whole=True)
    return _decision(attempts, reading, tuple(_whole_trial(attempt, quoting) for attempt in attempts))


def names_substance(match: Match) -> bool:
    """Say whether a match asks what a post is about: topics, words, a pattern, a question or attention.

    Also inside `any` and `all`. What it only rules out (`not`) is not counted: that leaves a match on sentiment
    alone what it is.
    """
    is_named = bool(
        match.topics
        or match.topics_at_least
        or match.words
        or match.regex
        or match.question
        or match.attention is not None
    )
    return is_named or any(names_substance(inner) for inner in (*match.any, *match.all))


def _ready(playbooks: Sequence[Playbook]) -> tuple[_Ready, ...]:
    """Make playbooks ready; those of a configuration, once."""
    known = _READY.get(id(playbooks))
    if known is not None and known[0] is playbooks:
        return known[1]
    plans = [(one, plan_of(one.match)) for one in playbooks]
    made = tuple(_Ready(one, plan, names_substance(one.match), plan.try_on) for one, plan in plans)
    if isinstance(playbooks, tuple):  # a list may change, and be the same list
        if len(_READY) >= _MOST_READY:
            _READY.clear()
        _READY[id(playbooks)] = (playbooks, made)  # held, so that the id is nobody else's meanwhile
    return made


def _attempts(reading: Reading, playbooks: Sequence[Playbook], *, whole: bool) -> list[_Attempt]:
    """Try the playbooks in their order, until one takes the post, or all of them."""
    attempts: list[_Attempt] = []
    is_bystander = reading.post.bystander
    for ready in _ready(playbooks):
        if is_bystander and not ready.names_substance:
            attempts.append((ready, False, None))
            continue
        held, settling = ready.try_on(reading)
        attempts.append((ready, held, settling))
        if held and not whole and not ready.playbook.continues:
            break
    return attempts


def _settled_trial(attempt: _Attempt, reading: Reading) -> Trial:
    """Tell a playbook by what settled it; the one that takes the post whole."""
    ready, held, settling = attempt
    if settling is None:
        return _whole_trial(attempt, reading)
    return Trial(ready.playbook.name, matched=False, conditions=(settling.told(reading, held=held),))


def _whole_trial(attempt: _Attempt, reading: Reading) -> Trial:
    ready, held, _ = attempt
    if held is False and attempt[2] is None:
        return Trial(ready.playbook.name, matched=False, conditions=(), passed_over=PASSED_OVER)
    conditions = tuple(finding.condition for finding in ready.plan.findings(reading))
    return Trial(ready.playbook.name, held is True, conditions)


def _decision(
    attempts: Sequence[_Attempt], reading: Reading, trials: Sequence[Trial], *, stated: bool = True
) -> Decision:
    place = next((place for place, attempt in enumerate(attempts) if _takes(attempt)), len(attempts))
    # those after the taker, which only `explain` tries, are never asked
    also = tuple(ready.playbook.name for ready, held, _ in attempts[:place] if held)
    if not stated:
        taken_by = attempts[place][0].playbook.name if place < len(attempts) else None
        return Decision(taken_by, (), trials, also)
    if place == len(attempts):
        takers = [attempt for attempt in attempts if not attempt[0].playbook.continues]
        return Decision(None, (_why_none(takers, reading),), trials, also)
    taker = attempts[place][0]
    found = taker.plan.told(reading) if taker.plan.asks else (Ground("everything"),)
    taken = ground("taken", playbook=taker.playbook.name, found=found)
    return Decision(taker.playbook.name, (taken,), trials, also)


def _takes(attempt: _Attempt) -> bool:
    ready, held, _ = attempt
    return held is True and not ready.playbook.continues


def _why_none(attempts: Sequence[_Attempt], reading: Reading) -> Ground:
    tried = [attempt for attempt in attempts if attempt[2] is not None]
    unknown = [ready.playbook.name for ready, held, _ in tried if held is None]
    if not attempts:
        return Ground("none.no_playbooks")
    if not tried:
        return Ground("none.bystander")
    if unknown:
        return of_names("none.abstained", unknown, most=_MOST_NAMED)
    ready, settling = _nearest(tried, reading)
    told = settling.told(reading, held=False)
    return ground("none.nearest", playbook=ready.playbook.name, asked=told.asked, found=told.found)


def _nearest(tried: Sequence[_Attempt], reading: Reading) -> tuple[_Ready, Ask]:
    """Give the playbook that came nearest, the first of equals, and what settled it."""
    nearest, furthest = None, -1.0
    for ready, _, settling in tried:
        if settling is None or ready.plan.most[settling] <= furthest:
            continue
        near = ready.plan.nearness(reading, settling)
        if near > furthest:
            nearest, furthest = (ready, settling), near
    if nearest is None:
        raise AssertionError("what was tried in vain was settled by something")
    return nearest
