"""A case read from its events. Pure: events in, the case out.

Theory of operation:
1. A case is a list of events, and nothing else: `fold` reads them in the order in which they were
   recorded and gives the case. Any figure can therefore be recomputed.
2. Posts of the customer and answers of the company are facts with the platform's own times. They may be
   learnt in any order, so what follows from them (first response, "waits again") is computed from the
   instants, never from the order of arrival.
3. What people did (acknowledged, closed, …) counts in the order in which it was recorded.
"""

from collections.abc import Iterable
from typing import Final

from casebook import chained, effects
from casebook.case import Case, with_values
from casebook.chained import opening_of, people_of
from casebook.event import VASTE, Event, EventKind
from casebook.policy import Policy

_EFFECTS: Final = {**effects.EFFECTS, **chained.EFFECTS}


def fold(number: int, events: Iterable[Event]) -> Case:
    """Read a case from its events, in the order in which they were recorded; the first is OPENED."""
    remaining = iter(events)
    first = next(remaining)
    if first.kind is not EventKind.OPENED or first.post is None:
        raise ValueError(f"case {number}: its first event is {first.kind}, not opened")
    quiet = bool(first.facts.get("quiet", False))
    opens_at = opening_of(first)
    case = Case(
        number=number,
        policy=Policy.from_facts(first.facts["policy"]),
        opened_at=first.happened_at,
        opening_post=first.post,
        quiet=quiet,
        chain_from=None if quiet else opens_at or first.happened_at,
        unheard=quiet,
        paged=people_of(first),
        rests_until=opens_at,
        untold="opened" if opens_at else None,
        living=bool(first.facts.get("crisis", False)),
    )
    return with_events(with_values(case, called=case.paged), remaining)


def with_events(case: Case, events: Iterable[Event]) -> Case:
    """Give the case as it stands after further events."""
    for event in events:
        change = _EFFECTS.get(event.kind)
        case = _noted(change(case, event) if change else case, event)
    return case


def _noted(case: Case, event: Event) -> Case:
    """Note what its owner did: whatever it was, they are at it."""
    if event.actor == VASTE or event.actor != case.owner:
        return case
    before = case.progress_at
    # what two cases that became one bring with them is told late
    latest = event.happened_at if before is None else max(before, event.happened_at)
    return with_values(case, progress_at=latest, asked_at=None)
