"""What was decided then, as the record has it, and what people did. Pure."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from casebook.act import Act
from casebook.event import VASTE, Event, EventKind
from casebook.fold import fold, with_events
from casebook.past import Past, RecordedCase
from vaste.decided import Decided, Tally, is_by_chain

_PRESSES: Final = {
    EventKind.ACKNOWLEDGED: "acknowledge",
    EventKind.CONFIRMED: "acknowledge",
    EventKind.REPLIED: "replied",
    EventKind.PLACED: "replied",
    EventKind.CLOSED: "close",
    EventKind.DISMISSED: "dismiss",
    EventKind.REOPENED: "reopen",
    EventKind.REASSIGNED: "reassign",
    EventKind.SNOOZED: "snooze",
    EventKind.PROMISED: "promise",
    EventKind.PROMISE_KEPT: "keep",
}
_OF_A_CASE: Final = frozenset({EventKind.OPENED, EventKind.JOINED})
_WITH_ITS_CRISIS: Final = "crisis"
"""Why a child was taken: whoever took the crisis has it."""
_EVER: Final = datetime.max.replace(tzinfo=UTC)
Stretch = tuple[datetime, datetime]


def as_recorded(past: Past) -> Decided:
    """Give what was decided then, as it is on record."""
    posts = {one.mention.post for one in past.judged}
    opened = []
    tally = Tally()
    for recorded in past.cases:
        standing, later = parted(recorded, posts, past.judged[0].judged_at)
        case = fold(recorded.number, standing) if standing else None
        cases, instants = [], []
        kinds: dict[datetime, set[EventKind]] = defaultdict(set)
        for event in later:
            case = fold(recorded.number, [event]) if case is None else with_events(case, [event])
            at = event.recorded_at or event.happened_at
            cases.append(case)
            instants.append(at)
            kinds[at].add(event.kind)
            tally.nobody += event.kind is EventKind.NOBODY_ON_CALL
        for called in recorded.calls:
            place = bisect_right(instants, called.at)
            if place:  # else it was before
                is_step = any(is_by_chain(kind, called.step) for kind in kinds[called.at])
                tally.call(cases[place - 1], called.person, at=called.at, is_step=is_step)
        if case is not None and not standing:
            opened.append(case)
    of_cases = {
        event.post for recorded in past.cases for event in recorded.events if event.kind in _OF_A_CASE
    }
    return tally.decided(
        (one.playbook for one in past.judged),
        opened,
        (one.mention.post in of_cases for one in past.judged),
    )


def parted(
    recorded: RecordedCase, posts: Collection[int], start: datetime
) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
    """Part a case's history into what stood before any of these posts was decided upon, and the rest."""
    events = recorded.events
    if not events or events[0].post in posts:
        return (), events
    ours = (
        at
        for at, event in enumerate(events)
        if event.post in posts or (at > 0 and event.recorded_at is not None and event.recorded_at >= start)
    )
    at = next(ours, len(events))
    return events[:at], events[at:]


def presses(number: int, events: Iterable[Event]) -> Iterator[Act]:
    """Give what people pressed on a case, from its history; what a press brought along is not a press."""
    for event in events:
        verb, by = _PRESSES.get(event.kind), event.facts.get("by")
        if event.kind is EventKind.END_ASKED:
            verb = by  # it takes two: this was the press of the first
        if verb is None or event.actor == VASTE or by not in {None, verb, _WITH_ITS_CRISIS}:
            continue
        due_at, until = event.facts.get("due_at"), event.facts.get("until")
        yield Act(
            number,
            verb,
            event.actor,
            event.happened_at,
            where=str(event.facts.get("where", "unsaid")),
            to=event.facts.get("to"),
            due_at=datetime.fromisoformat(due_at) if due_at else None,
            what=str(event.facts.get("what", "other")),
            number=event.facts.get("number") if verb == "keep" else None,
            until=datetime.fromisoformat(until) if until else None,
        )


def attended(past: Past) -> Mapping[str, list[Stretch]]:
    """Give when each conversation had a case that people could take: of other times nobody knows whether they would."""
    stretches: dict[str, list[Stretch]] = defaultdict(list)
    for recorded in past.cases:
        begun: datetime | None = None
        for event in recorded.events:
            at = event.recorded_at or event.happened_at
            if event.kind in {EventKind.OPENED, EventKind.REOPENED}:
                begun = begun or at
            elif event.kind in {EventKind.CLOSED, EventKind.DISMISSED} and begun is not None:
                stretches[recorded.thread].append((begun, at))
                begun = None
        if begun is not None:
            stretches[recorded.thread].append((begun, _EVER))
    return stretches
