"""Whom another configuration would have called in a period, and when, beside whom it was: from replay. Pure.

Replay takes posts, answers and presses as they were (docs/replay.md). So it tells exactly who would have been called
to a case and when, and not how soon they would have answered: that nobody knows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from casebook.case import Case
from vaste.decided import Call, Decided
from vaste.report.gathered import Scope
from vaste.report.load import is_night
from vaste.report.rows import Numbers, Told

SOON: Final = timedelta(minutes=5)
"""Whoever is on call is called at once; what takes longer waited for somebody."""
TOLD: Final = 8
"""Missed deadlines that are told one by one."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A deadline that was missed, and who was, or would have been, first called to its case."""

    case: int
    respond_by: datetime
    then: Call | None
    new: Call | None
    is_case: bool
    """It is a case by the new configuration, too."""

    @property
    def was_called(self) -> bool:
        """Somebody was called before it was missed."""
        return self.then is not None and self.then.at <= self.respond_by

    @property
    def would_be_called(self) -> bool:
        """Somebody would have been."""
        return self.new is not None and self.new.at <= self.respond_by


@dataclass(frozen=True, slots=True)
class Replayed:
    """A period as it was, and as another configuration would have called people in it."""

    by: str
    """Its file."""
    then: "Side"
    new: "Side"
    missed: Sequence[Missed]
    left_out: int
    """Posts whose words are gone, where words are asked for."""
    wrong: Sequence[str]
    """What is wrong with its rotas."""

    @property
    def uncalled(self) -> Numbers:
        """Missed deadlines before which nobody was called."""
        return tuple(one.case for one in self.missed if not one.was_called)

    @property
    def still_uncalled(self) -> Numbers:
        """Those before which nobody would have been called either way, or by the new one only."""
        return tuple(one.case for one in self.missed if not one.would_be_called)

    @property
    def gained(self) -> Numbers:
        """Those before which nobody was called, and somebody would have been."""
        return tuple(one.case for one in self.missed if one.would_be_called and not one.was_called)

    @property
    def lost(self) -> Numbers:
        """Those before which somebody was called, and nobody would have been."""
        return tuple(one.case for one in self.missed if one.was_called and not one.would_be_called)

    def told(self) -> list[Missed]:
        """Give those that are told one by one: where it makes a difference first, the latest one first."""
        differs = {*self.gained, *self.lost}
        ordered = sorted(self.missed, key=lambda one: (one.case not in differs, -one.respond_by.timestamp()))
        return ordered[:TOLD]


@dataclass(slots=True)
class Side:
    """What one way of deciding came to."""

    cases: int = 0
    calls: int = 0
    steps: int = 0
    """Of these, by later steps of a chain, because nobody had taken the case."""
    nights: int = 0
    """Of these, by night."""
    slow: int = 0
    """Cases that were to alert somebody, and nobody was called to them `SOON`."""
    silent: int = 0
    """Of these, those to which nobody was called at all."""
    untaken: int = 0
    """Calls that steps would have made besides, had nobody taken the cases of which the record knows nothing."""

    def add(
        self, cases: Sequence[Case], calls: Sequence[Call], *, first: Mapping[int, Call], zone: ZoneInfo
    ) -> None:
        """Count some cases and all that were called to them."""
        self.cases += len(cases)
        self.calls += len(calls)
        self.steps += sum(call.is_step for call in calls)
        self.nights += sum(is_night(call.at, zone) for call in calls)
        for case in cases:
            if case.quiet or case.is_folded:  # these alert nobody
                continue
            call = first.get(case.number)
            self.silent += call is None
            self.slow += call is None or call.at - case.opened_at > SOON


@dataclass(slots=True)
class Replaying:
    """Adds customers up, one after the other."""

    scope: Scope
    zone: ZoneInfo
    due: Mapping[int, datetime]
    """The missed deadlines, by case."""
    then: Side = field(default_factory=Side)
    new: Side = field(default_factory=Side)
    missed: list[Missed] = field(default_factory=list)
    left_out: int = 0

    def add(self, before: Decided, after: Decided) -> None:
        """Count one customer: as it was decided, and as it would be."""
        was, would_be = _first(before.calls), _first(after.calls)
        self._count(self.then, before, was)
        self._count(self.new, after, would_be)
        same = {post: case.number for case in after.cases for post in _posts(case)}
        for case in before.cases:
            respond_by = self.due.get(case.number)
            if respond_by is not None:
                other = same.get(case.opening_post)
                new = would_be.get(other) if other is not None else None
                told = Missed(case.number, respond_by, was.get(case.number), new, other is not None)
                self.missed.append(told)

    def _count(self, side: Side, decided: Decided, first: Mapping[int, Call]) -> None:
        cases = [case for case in decided.cases if self._is_told(case)]
        numbers = {case.number for case in cases}
        calls = [call for call in decided.calls if call.case in numbers]
        side.add(cases, calls, first=first, zone=self.zone)
        side.untaken += sum(call.case in numbers for call in decided.if_untaken)

    def _is_told(self, case: Case) -> bool:
        scope, policy = self.scope, case.policy
        return scope.team in {None, policy.team} and scope.playbook in {None, policy.playbook}

    def told(self, by: str, wrong: Sequence[str]) -> Replayed:
        """Give what it came to."""
        return Replayed(by, self.then, self.new, tuple(self.missed), self.left_out, tuple(wrong))


def deadlines_missed(cases: Iterable[Told]) -> dict[int, datetime]:
    """Give the deadlines for an answer that were missed, by case."""
    return {case.number: case.respond_by for case in cases if case.is_late and case.respond_by is not None}


def _first(calls: Iterable[Call]) -> dict[int, Call]:
    first: dict[int, Call] = {}
    for call in calls:
        known = first.get(call.case)
        if known is None or call.at < known.at:
            first[call.case] = call
    return first


def _posts(case: Case) -> set[int]:
    return {case.opening_post, *(post.post for post in case.posts)}
