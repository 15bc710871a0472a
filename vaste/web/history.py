"""A case's history, clocks and figures as its page tells them. Pure: which words, which values, never HTML."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from casebook.case import Case
from casebook.event import VASTE, Event, EventKind
from casebook.grounds import Ground, from_facts, written
from casebook.timing import clocks
from casebook.updates import update_owed

LATE_ON_RECORD: Final = timedelta(seconds=5)
"""What was recorded later than this after it happened says so."""

How = Literal["text", "grounds", "number", "time", "word", "person", "people", "case", "crisis", "link"]
By = Literal["person", "account", "customer", "vaste"]
ClockState = Literal["kept", "late", "missed", "runs", "stopped"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One detail of an event."""

    name: str
    """Its word is `fact.NAME`."""
    how: How
    """How its value is shown."""
    value: Any


@dataclass(frozen=True, slots=True)
class EventTold:
    """One line of a history."""

    kind: str
    happened_at: datetime
    recorded_at: datetime | None
    """Where that was clearly later; None otherwise."""
    source: str
    by: By
    actor: str
    """A person's key, or an account's handle; empty otherwise."""
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class ClockTold:
    """One clock as it stands."""

    name: str
    due_by: datetime
    state: ClockState
    at: datetime | None
    """When it was met, or stopped."""
    seconds: int
    """How much is left, or how much it was overrun."""

    @property
    def is_bad(self) -> bool:
        """Its promise was broken."""
        return self.state in {"late", "missed"}


def told_events(events: Sequence[Event]) -> tuple[EventTold, ...]:
    """Give the lines of a history, in the order in which they were recorded."""
    return tuple(
        EventTold(
            kind=event.kind.value,
            happened_at=event.happened_at,
            recorded_at=_recorded(event),
            source=event.source.value,
            by=(by := _by(event)),
            actor={"person": event.actor, "account": str(event.facts.get("account", ""))}.get(by, ""),
            facts=tuple(_facts(event)),
        )
        for event in events
    )


def _by(event: Event) -> By:
    """Say whose deed it was: what was found on the network is the customer's or an account's, not ours."""
    if event.actor != VASTE:
        return "person"
    if event.kind is EventKind.ANSWERED:
        return "account"
    return "customer" if event.kind in _CUSTOMERS else "vaste"


def _recorded(event: Event) -> datetime | None:
    at = event.recorded_at
    return at if at is not None and at - event.happened_at > LATE_ON_RECORD else None


def _facts(event: Event) -> Iterator[Fact]:
    """Give what is worth telling of an event; what only the process needs (fingerprints, keys) is left out."""
    policy = event.facts.get("policy")
    if isinstance(policy, Mapping):
        yield Fact("playbook", "text", str(policy.get("playbook", "")))
        yield Fact("severity", "word", f"severity.{policy.get('severity')}")
    for name, (how, read) in _TOLD.items():
        value = event.facts.get(name)
        if value is None or value is False or value in ("", [], ()):
            continue
        if (event.kind, name) in _UNTOLD:
            continue
        shown = read(value)
        if shown is not None:
            yield Fact(name, _reach(event, name) or how, shown)


def _reach(event: Event, name: str) -> How | None:
    """Say that who a case was handed to is a person; a step of the chain names them, or a rule (`backup`)."""
    return "person" if name == "to" and event.kind is EventKind.REASSIGNED else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _instant(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


def _people(value: object) -> tuple[str, ...] | None:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else None


def _grounds(value: object) -> tuple[Ground, ...]:
    """Read why; a sentence is what was kept before reasons were kept as facts."""
    return from_facts(value) if isinstance(value, list) else written(str(value))


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


_TOLD: Final[dict[str, tuple[How, Callable[[Any], Any]]]] = {
    "step": ("number", _number),
    "to": ("text", _text),
    "people": ("people", _people),
    "instead": ("people", _people),
    "person": ("person", str),
    "had_by": ("person", str),
    "until": ("time", _instant),
    "due_at": ("time", _instant),
    "opens_at": ("time", _instant),
    "clock": ("word", lambda name: f"clock.{name}"),
    "where": ("word", lambda where: f"fact.where.{where}"),
    "what": ("word", lambda what: f"fact.what.{what}"),
    "crisis": ("crisis", _number),
    "into": ("case", _number),
    "from": ("case", _number),
    "url": ("link", str),
    "reason": ("grounds", _grounds),
    "automatic": ("word", lambda _: "fact.automatic"),
    "quiet": ("word", lambda _: "fact.quiet"),
}
_CUSTOMERS: Final = frozenset({EventKind.JOINED, EventKind.EDITED, EventKind.DELETED, EventKind.WAITS})
_UNTOLD: Final = frozenset({(EventKind.SUMMED_UP, "answered"), (EventKind.OPENED, "crisis")})


def told_clocks(case: Case, *, now: datetime) -> tuple[ClockTold, ...]:
    """Give the clocks of a case as they stand, and the further word that is owed."""
    told = [
        _clock(clock.name, clock.due_by, clock.met_at, clock.stopped_at, now=now) for clock in clocks(case)
    ]
    update = update_owed(case)
    if update is not None:
        told.append(_clock("update", update.due_by, None, None, now=now))
    return tuple(told)


def _clock(
    name: str, due_by: datetime, met_at: datetime | None, stopped_at: datetime | None, *, now: datetime
) -> ClockTold:
    if met_at is not None and (stopped_at is None or met_at <= stopped_at):
        over = int((met_at - due_by).total_seconds())
        return ClockTold(name, due_by, "late" if met_at > due_by else "kept", met_at, max(0, over))
    if stopped_at is not None and stopped_at <= due_by:
        return ClockTold(name, due_by, "stopped", stopped_at, 0)
    end = stopped_at or now
    if end > due_by:
        return ClockTold(name, due_by, "missed", None, int((end - due_by).total_seconds()))
    return ClockTold(name, due_by, "runs", None, int((due_by - now).total_seconds()))
