"""What events of the chain make of a case: who was called, when it moves next, and when it stands still. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from casebook.case import Case, with_values
from casebook.event import Event, EventKind

Effect = Callable[[Case, Event], Case]
"""What an event makes of a case."""
UNTAKEN: Final = "untaken"
"""Why whoever is on call is called for a reopened case: its owner had their time, and did not take it."""


def chain_begins(case: Case, at: datetime, *, people: tuple[str, ...], round_: int = 0) -> Case:
    """Begin the chain with these people, whom the event calls."""
    return with_values(
        case,
        paged=people,
        called=people,
        rounds=round_,
        chain_from=None if case.is_folded else at,  # the crisis calls people, not its children
        steps_taken=0,
        last_step_at=None,
        hurried=False,
        chain_ended=False,
        chain_ended_at=None,
        snoozed_until=None,
        asked_at=None,
        unheard=False,
        first_paged=True,
        reopened_to=None,
        nobody_on_call=False,
        rests_until=None,
        untold=None,
    )


def resting_for(case: Case, event: Event, why: str) -> Case:
    """Note that somebody must hear of a case at the opening that an event names, if it names one."""
    opens_at = opening_of(event)
    return case if opens_at is None else with_values(case, rests_until=opens_at, untold=why)


def heard(case: Case) -> Case:
    """Note that nobody must hear of a case at an opening any more."""
    return with_values(case, rests_until=None, untold=None)


def opening_of(event: Event) -> datetime | None:
    """Give the opening at which people are told of an event; None: they were told at once."""
    opens_at = event.facts.get("opens_at")
    return None if opens_at is None else datetime.fromisoformat(opens_at)


def people_of(event: Event) -> tuple[str, ...]:
    """Name whom an event calls."""
    return tuple(event.facts.get("people", ()))


def _escalated(case: Case, event: Event) -> Case:
    return with_values(
        case,
        escalations=case.escalations + 1,
        steps_taken=int(event.facts["step"]),
        last_step_at=event.happened_at,
        first_paged=True,
        hurried=False,
        nobody_on_call=False,
        rests_until=None,
        called=tuple(dict.fromkeys((*case.called, *people_of(event)))),
    )


def _paged(case: Case, event: Event) -> Case:
    people = people_of(event)
    told = with_values(heard(case), paged=people, called=tuple(dict.fromkeys((*case.called, *people))))
    is_first_call = event.facts.get("why") == UNTAKEN or case.reopened_to not in (None, *people)
    return _first_called(told, event.happened_at) if is_first_call else told


def _first_called(case: Case, at: datetime) -> Case:
    """Note that whoever is on call was called after the owner: no step, but the steps count from it."""
    begun_at = None if case.chain_from is None else min(case.chain_from, at)
    return with_values(
        case, chain_from=begun_at, first_paged=True, reopened_to=None, hurried=False, nobody_on_call=False
    )


def _resting(case: Case, event: Event) -> Case:
    return with_values(case, rests_until=opening_of(event))


def _nobody_on_call(case: Case, event: Event) -> Case:
    if case.reopened_to is not None and event.facts.get("to") == [case.reopened_to]:
        # its owner is out of reach: whoever is on call need not wait until they had their time
        at_once = None if case.chain_from is None else event.happened_at
        return with_values(heard(case), chain_from=at_once, first_paged=False, reopened_to=None, paged=())
    return with_values(
        heard(case),
        steps_taken=int(event.facts["step"]),
        last_step_at=event.happened_at,
        first_paged=True,  # it was tried: without this the first page would be tried for ever
        hurried=True,
        nobody_on_call=True,
    )


def _chain_ended(case: Case, event: Event) -> Case:
    return with_values(case, chain_ended=True, chain_ended_at=event.happened_at)


def _repeated(case: Case, event: Event) -> Case:
    return chain_begins(case, event.happened_at, people=people_of(event), round_=case.rounds + 1)


def _snoozed(case: Case, event: Event) -> Case:
    until = datetime.fromisoformat(event.facts["until"])
    return with_values(
        heard(case),
        snoozed_until=until,
        snoozed_by=event.actor,
        asked_at=None,
        chain_from=None,
        chain_ended=False,
        hurried=False,
        nobody_on_call=False,
        unheard=False,
    )


def _woke(case: Case, event: Event) -> Case:
    if case.is_untaken:
        return chain_begins(case, event.happened_at, people=people_of(event))
    return with_values(heard(case), snoozed_until=None, progress_at=event.happened_at)


def _asked(case: Case, event: Event) -> Case:
    return with_values(case, asked_at=event.happened_at, rests_until=None)


def _confirmed(case: Case, event: Event) -> Case:
    return with_values(case, progress_at=event.happened_at, asked_at=None, snoozed_until=None)


def _returned(case: Case, event: Event) -> Case:
    # who had it stays its owner in the record, and every deadline stands; somebody must take it again
    again = with_values(case, must_take=True, had_by=case.owner)
    begun = chain_begins(again, event.happened_at, people=people_of(event))
    # they were asked in vain, so it is not their turn in the steps that follow
    return with_values(begun, called=(*begun.called, *([case.owner] if case.owner else [])))


def _folded(case: Case, event: Event) -> Case:
    crisis = int(event.facts["crisis"])
    folded = with_values(heard(case), crisis=crisis, released=False, asked_at=None)
    return with_values(folded, chain_from=None, hurried=False, nobody_on_call=False)


def _released(case: Case, event: Event) -> Case:
    free = with_values(case, released=True)
    if not event.facts.get("alert"):
        return free
    begun = chain_begins(free, opening_of(event) or event.happened_at, people=people_of(event))
    return resting_for(begun, event, "opened")


EFFECTS: Final[Mapping[EventKind, Effect]] = {
    EventKind.ESCALATED: _escalated,
    EventKind.PAGED: _paged,
    EventKind.RESTS: _resting,
    EventKind.NOBODY_ON_CALL: _nobody_on_call,
    EventKind.CHAIN_ENDED: _chain_ended,
    EventKind.REPEATED: _repeated,
    EventKind.SNOOZED: _snoozed,
    EventKind.WOKE: _woke,
    EventKind.ASKED: _asked,
    EventKind.CONFIRMED: _confirmed,
    EventKind.RETURNED: _returned,
    EventKind.FOLDED: _folded,
    EventKind.RELEASED: _released,
}
