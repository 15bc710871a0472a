"""What was decided of one customer's posts, then or now: cases, whom they called, which promises were kept. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from casebook.case import Case
from casebook.event import EventKind
from casebook.quiet_hours import not_before
from casebook.record import Change, calls_by_event
from casebook.timing import answer_state, clocks, missed

Kept = Literal["kept", "missed", "pending", "void"]
"""Of an answer that was promised: in time, too late, not due yet, no longer owed (a false alarm, taken back)."""


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody was told to look at a case."""

    at: datetime
    """When they heard: what is due in quiet hours is told when they are over."""
    person: str
    severity: str
    is_step: bool = False
    """By a step of the chain, because nobody had taken the case."""
    case: int = 0
    """Number of the case."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided of one customer's posts, by one configuration."""

    playbooks: tuple[str | None, ...]
    """The taker of each judged mention, in their order; None: no case."""
    cases: tuple[Case, ...] = ()
    """Those that these mentions opened, as they stand now."""
    calls: tuple[Call, ...] = ()
    nobody: int = 0
    """How often there was nobody to call."""
    if_untaken: tuple[Call, ...] = ()
    """Whom the steps would have called besides, had nobody taken the cases of which the record knows nothing."""
    in_case: tuple[bool, ...] = ()
    """Whether each of the judged mentions is in a case: one that is taken may open none (a sample, a cap, a digest)."""


@dataclass(slots=True)
class Tally:
    """Counts whom changes of cases call."""

    calls: list[Call] = field(default_factory=list)
    if_untaken: list[Call] = field(default_factory=list)
    nobody: int = 0

    def add(self, case: Case, change: Change, *, at: datetime, is_known: bool = True) -> None:
        """Count whom a change calls; the case has it already.

        Not `is_known` whether anybody would have taken the case before: what its chain does is counted apart.
        """
        if case.is_folded:  # its crisis calls people
            return
        for (place, person), step in calls_by_event(change).items():
            is_step = is_by_chain(change.events[place].kind, step)
            self.call(case, person, at=at, is_step=is_step, is_known=is_known)
        for event in change.events:
            if event.kind is EventKind.NOBODY_ON_CALL and (is_known or not event.facts.get("step")):
                self.nobody += 1

    def call(
        self, case: Case, person: str, *, at: datetime, is_step: bool = False, is_known: bool = True
    ) -> None:
        """Count one call."""
        heard_at = not_before(case.policy.quiet_hours, at)
        call = Call(heard_at, person, case.policy.severity, is_step, case.number)
        (self.calls if is_known or not is_step else self.if_untaken).append(call)

    def decided(
        self, playbooks: Iterable[str | None], cases: Iterable[Case], in_case: Iterable[bool]
    ) -> Decided:
        """Give it with what it was counted of."""
        return Decided(
            tuple(playbooks),
            tuple(cases),
            tuple(self.calls),
            self.nobody,
            tuple(self.if_untaken),
            tuple(in_case),
        )


def is_by_chain(kind: EventKind, step: int) -> bool:
    """Say whether an event calls people only because nobody has taken the case: a later step, or the chain anew."""
    return (kind is EventKind.ESCALATED and step > 0) or (kind is EventKind.REPEATED and step == 0)


def promise_kept(case: Case, *, now: datetime) -> Kept | None:
    """Say whether the answer that a case was promised came in time; None where none was promised."""
    promised = next((clock for clock in clocks(case) if clock.name == "respond"), None)
    if (promised is not None and promised.is_breached(now)) or "respond" in missed(case):
        return "missed"
    if promised is None:
        return None
    state = answer_state(case, now=now)
    if state == "answered":
        return "kept"
    return "pending" if state == "pending" else "void"
