"""What a playbook promised when a case was opened or raised, as the case keeps it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from casebook.calendar import Calendar, add, between, is_open, next_opening
from casebook.draft import Draft
from casebook.quiet_hours import QuietHours, awake_after, not_before, quiet_hours_of

_MOST_MORNINGS = 50
"""Openings that are looked through for one outside quiet hours."""


class PolicyStep(NamedTuple):
    """One step of the chain, as it was promised."""

    after: timedelta
    to: str
    also: tuple[str, ...] = ()
    """Whom else it calls at the same time."""
    notify: str | None = None
    """`channel`, `direct` or `both`, where it differs from the rest of the chain."""


@dataclass(frozen=True)
class Policy:
    """What the playbook promised when the case was opened or raised; frozen on the case.

    Without slots: it keeps its facts beside it, for many cases are promised the same.
    """

    playbook: str
    team: str
    severity: str
    rank: int
    """0 for low to 3 for critical."""
    acknowledge_within: timedelta | None = None
    respond_within: timedelta | None = None
    resolve_within: timedelta | None = None
    update_within: timedelta | None = None
    """While it is open, the customer is owed a further public word this long after the last one."""
    clock: str = "always"
    calendar: Calendar | None = None
    """What its clock runs on, as it was then; None: it always runs."""
    steps: tuple[PolicyStep, ...] = ()
    notify: str | None = None
    """How people are called: `channel`, `direct` or `both`; None: by severity, as ever."""
    repeat_every: timedelta | None = None
    """How long after its end the chain begins again, while nobody has taken the case."""
    repeat_times: int = 0
    """How often it does so at most."""
    ask_after: timedelta | None = None
    """After so long without an act of its owner they are asked, and after as long again it is called anew."""
    close_after: timedelta | None = timedelta(days=3)
    reopen_within: timedelta = timedelta(days=7)
    checklist: tuple[str, ...] = ()
    mandate: str | None = None
    drafts: tuple[Draft, ...] = ()
    quiet_hours: QuietHours | None = None
    together: bool = False
    """Nobody handles it alone: two are called, and it takes two to end it."""
    version: str | None = None
    """Of the playbook as it was written (`casebook.versions`)."""

    def as_facts(self) -> dict[str, Any]:
        """Write the policy as JSON values; `from_facts` reads them back. Never to be changed: they are shared."""
        return self._facts

    @cached_property
    def _facts(self) -> "_Written":
        written = _Written(
            {
                "playbook": self.playbook,
                "team": self.team,
                "severity": self.severity,
                "rank": self.rank,
                "acknowledge_within_s": _seconds(self.acknowledge_within),
                "respond_within_s": _seconds(self.respond_within),
                "resolve_within_s": _seconds(self.resolve_within),
                "update_within_s": _seconds(self.update_within),
                "clock": self.clock,
                "calendar": self.calendar.as_facts() if self.calendar else None,
                "steps": [_step_facts(PolicyStep(*step)) for step in self.steps],
                "notify": self.notify,
                "repeat_every_s": _seconds(self.repeat_every),
                "repeat_times": self.repeat_times,
                "ask_after_s": _seconds(self.ask_after),
                "close_after_s": _seconds(self.close_after),
                "reopen_within_s": self.reopen_within.total_seconds(),
                "checklist": list(self.checklist),
                "mandate": self.mandate,
                "drafts": [[draft.language, draft.text, draft.tone] for draft in self.drafts],
                "quiet_hours": self.quiet_hours.as_facts() if self.quiet_hours else None,
                "together": self.together,
                "version": self.version,
            }
        )
        written.policy = self
        return written

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> "Policy":
        """Read a policy from an event's facts."""
        if isinstance(facts, _Written):
            return facts.policy
        return cls(
            playbook=facts["playbook"],
            team=facts["team"],
            severity=facts["severity"],
            rank=facts["rank"],
            acknowledge_within=_duration(facts["acknowledge_within_s"]),
            respond_within=_duration(facts["respond_within_s"]),
            resolve_within=_duration(facts["resolve_within_s"]),
            update_within=_duration(facts.get("update_within_s")),
            clock=facts["clock"],
            calendar=Calendar.from_facts(calendar) if (calendar := facts.get("calendar")) else None,
            steps=tuple(_step_of(*step) for step in facts["steps"]),
            # cases that are older than these keys promised nothing by them
            notify=facts.get("notify"),
            repeat_every=_duration(facts.get("repeat_every_s")),
            repeat_times=facts.get("repeat_times", 0),
            ask_after=_duration(facts.get("ask_after_s")),
            close_after=_duration(facts["close_after_s"]),
            reopen_within=timedelta(seconds=facts["reopen_within_s"]),
            checklist=tuple(facts["checklist"]),
            mandate=facts["mandate"],
            drafts=tuple(Draft(*written) for written in facts["drafts"]),  # the oldest know no tone
            quiet_hours=quiet_hours_of(facts.get("quiet_hours")),
            together=facts.get("together", False),
            version=facts.get("version"),
        )

    def after(self, start: datetime, duration: timedelta) -> datetime:
        """Give the instant at which a duration has passed since another, by its clock."""
        return start + duration if self.calendar is None else add(self.calendar, start, duration)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Give how much of the time between two instants its clock ran; 0 where `end` is not later."""
        if self.calendar is None:
            return max(end - start, timedelta(0))
        return between(self.calendar, start, end)

    def runs(self, at: datetime) -> bool:
        """Say whether its clock runs at an instant."""
        return self.calendar is None or is_open(self.calendar, at)

    def runs_from(self, at: datetime) -> datetime:
        """Give the first instant from `at` on at which its clock runs."""
        return at if self.calendar is None else next_opening(self.calendar, at)

    def may_call(self, at: datetime) -> bool:
        """Say whether people may be called at an instant: its clock runs, and it is not in its quiet hours."""
        return self.calls_from(at) <= at

    def calls_from(self, at: datetime) -> datetime:
        """Give the first instant from `at` on at which people may be called.

        Quiet hours that leave nothing of the opening hours are not kept: somebody must be called some time.
        """
        found = at
        for _ in range(_MOST_MORNINGS):
            found = not_before(self.quiet_hours, self.runs_from(found))
            if self.runs_from(found) == found:
                return found
        return self.runs_from(at)

    def calls_after(self, start: datetime, duration: timedelta) -> datetime:
        """Give when people are called after a wait: quiet hours do not count, nor what the clock does not.

        Where both are given the wait is counted by the clock, and what falls into quiet hours waits for their end.
        """
        if self.calendar is None:
            return awake_after(self.quiet_hours, start, duration)
        due_at = self.after(start, duration)
        return due_at if self.quiet_hours is None else self.calls_from(due_at)


class _Written(dict[str, Any]):
    """Facts of a policy that were written here, and so need not be read again: most are folded at once."""

    __slots__ = ("policy",)
    policy: Policy


def _step_facts(step: PolicyStep) -> list[Any]:
    """Write a step as it was always written, and what is new only where it says something."""
    more = [list(step.also), step.notify] if step.also or step.notify else []
    return [step.after.total_seconds(), step.to, *more]


def _step_of(after: float, to: str, also: Sequence[str] = (), notify: str | None = None) -> PolicyStep:
    return PolicyStep(timedelta(seconds=after), to, tuple(also), notify)


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()


def _duration(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
