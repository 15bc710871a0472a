"""A playbook's quiet hours: the card stands there, and people are called when they are over."""

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from casebook.calendar import Calendar, Span
from casebook.case import Status
from casebook.event import Event, EventKind
from casebook.fold import fold
from casebook.quiet_hours import QuietHours
from casebook.timing import deadlines
from notifier.channel import Card, Page
from tests.fakes import (
    AINO,
    ANGRY,
    GLASS,
    LATE_DELIVERY,
    MINUTE,
    RECALL,
    TICK,
    HandClock,
    acknowledged,
    act,
    after,
    at,
    case_of,
    closed,
    deserted_desk,
    desk,
    joined,
    kinds,
    opened,
    policy,
    surroundings,
    told,
)
from tests.vaste.stand_ins import ToldChannel, ToldSource, batch, make_jobs, mention, open_store
from tests.vaste.test_cards import view
from vaste.cards import card_of
from vaste.chain import carry_out, look_at, watch
from vaste.ruling import rule

SIESTA = QuietHours(11 * 60, 13 * 60, ZoneInfo("UTC"))
"""From an hour before noon to an hour after it."""
WAITS = replace(LATE_DELIVERY, quiet_hours=SIESTA)
LOUD = replace(RECALL, quiet_hours=SIESTA)
HERE = desk(playbooks=(LOUD, WAITS))


def asleep(*more: Event) -> tuple[Event, ...]:
    """Opened in quiet hours, so nobody is on its first page."""
    first = opened(by=policy(WAITS))
    facts = {**first.facts, "people": [], "opens_at": at(60).isoformat()}
    return (replace(first, facts=facts), joined(1, 0), *more)


def test_in_quiet_hours_only_the_card_is_owed_and_mentions_nobody() -> None:
    change = rule(surroundings(1, 0), ANGRY, HERE, now=at(2)).opens
    assert change is not None
    case = fold(7, change.events)
    assert (told(change), case.paged) == ([("card", "team:care", "")], ())
    assert kinds(change) == [EventKind.OPENED, EventKind.JOINED]
    assert look_at(case) == at(60)


def test_that_is_not_nobody_on_call() -> None:
    change = rule(surroundings(1, 0), ANGRY, deserted_desk(playbooks=(WAITS,)), now=at(2)).opens
    assert change is not None
    assert EventKind.NOBODY_ON_CALL not in kinds(change)


def test_when_they_are_over_whoever_is_on_call_is_told_and_that_is_no_escalation() -> None:
    case = case_of(*asleep())
    assert watch(case, HERE, now=at(60) - TICK).events == ()
    change = watch(case, HERE, now=at(60))
    assert told(change) == [("card", "team:care", ""), ("page", "team:care", "opened")]
    called = after(case, change)
    assert (kinds(change), called.paged, called.escalations) == ([EventKind.PAGED], ("aino",), 0)


def test_when_they_are_over_and_nobody_is_there_the_next_step_is_taken_at_once() -> None:
    change = watch(case_of(*asleep()), deserted_desk(playbooks=(WAITS,)), now=at(60))
    assert kinds(change)[0] is EventKind.NOBODY_ON_CALL
    assert change.events[1].facts["to"] == "backup"


def test_the_steps_count_from_their_end() -> None:
    case = after(case_of(*asleep()), watch(case_of(*asleep()), HERE, now=at(60)))
    assert look_at(case) == at(75)
    assert told(watch(case, HERE, now=at(75)))[1] == ("page", "team:care", "escalated")


def test_a_step_that_falls_into_them_waits_for_the_rest_of_its_time() -> None:
    begun = opened(-70, by=policy(WAITS))  # ten minutes before they begin
    case = case_of(begun, joined(1, -70))
    assert watch(case, HERE, now=at(0)).owed == ()
    assert watch(case, HERE, now=at(65) - TICK).owed == ()
    assert ("page", "team:care", "escalated") in told(watch(case, HERE, now=at(65)))


def test_taken_in_them_nobody_is_called_after_them() -> None:
    case = case_of(*asleep(acknowledged(30)))
    assert look_at(case) == at(
        60
    )  # half of the time to answer: whoever has it is warned, and nobody is called
    assert watch(case, HERE, now=at(60)).owed == ()


@pytest.mark.parametrize(("now", "missed"), [(75, ()), (76, ("acknowledge",))])
def test_the_time_to_take_it_begins_when_somebody_is_asked(now: float, missed: tuple[str, ...]) -> None:
    case = case_of(*asleep())
    assert deadlines(case) == {"acknowledge": at(75), "respond": at(120)}
    told_of = [
        event.facts["clock"]
        for event in watch(case, HERE, now=at(now)).events
        if event.kind is EventKind.BREACHED
    ]
    assert tuple(told_of) == missed


def test_raised_out_of_quiet_hours_people_are_called_at_once() -> None:
    case = case_of(*asleep())
    at_once = desk(playbooks=(RECALL, WAITS))
    change = rule(surroundings(2, 10, case=case), GLASS, at_once, now=at(11)).joins
    assert change is not None
    assert ("page", "person:aino", "raised") in told(change)


def test_reopened_in_them_without_an_owner_the_chain_begins_after_them() -> None:
    case = case_of(*asleep(closed(10)))
    _, change = carry_out(case, act("reopen", 20), HERE, now=at(20))
    again = after(case, change)
    assert (again.status, look_at(again)) == (Status.OPEN, at(60))
    assert EventKind.NOBODY_ON_CALL not in kinds(change)


def test_the_card_says_when_people_are_called() -> None:
    case = case_of(*asleep())
    assert card_of(view(case), HERE, now=at(5)).calls_at == at(60)
    late = after(case, watch(case, HERE, now=at(60)))
    card = card_of(view(late), HERE, now=at(61))
    assert (card.calls_at, card.on_call) == (None, (AINO,))


def test_messages_to_people_wait_in_the_outbox_and_the_card_does_not(tmp_path: Path) -> None:
    clock, channel = HandClock(at(1)), ToldChannel()
    source = ToldSource("feed", batch(mention("1", 1)))
    jobs = make_jobs(
        open_store(tmp_path), source, channels=[channel], clock=clock, at_desk=HERE, pace=0 * MINUTE
    )
    jobs.begin()
    jobs.poll("feed")
    assert jobs.triage() == 1
    jobs.store.change(
        1, lambda case: carry_out(case, act("reassign", 2, to="ben"), HERE, now=at(2))[1], now=at(2)
    )
    jobs.deliver()
    assert [type(message.content) for message in channel.tried] == [Card]
    clock.advance(at(60) - clock.now())
    jobs.watch()
    jobs.deliver()
    pages = [message.content for message in channel.tried if isinstance(message.content, Page)]
    assert [(page.why, [person.key for person in page.people]) for page in pages] == [("reassigned", ["ben"])]


OFFICE = Calendar("office", ZoneInfo("UTC"), ((Span(9 * 60, 17 * 60),),) * 5 + ((), ()))


@pytest.mark.parametrize(
    ("quiet", "minutes", "called", "why"),
    [
        (None, 6 * 60, 21 * 60, "after closing: at the next opening"),
        ((8 * 60, 10 * 60), 6 * 60, 22 * 60, "which lies in quiet hours: when they are over"),
        ((16 * 60, 10 * 60), 5 * 60, 22 * 60, "quiet from the evening before"),
        ((12 * 60, 13 * 60), 0, 60, "quiet within the opening hours"),
        ((8 * 60, 18 * 60), 6 * 60, 21 * 60, "quiet hours that leave nothing are not kept"),
    ],
)
def test_quiet_hours_and_business_hours_together(
    quiet: tuple[int, int] | None, minutes: float, called: float, why: str
) -> None:
    hours = QuietHours(*quiet, ZoneInfo("UTC")) if quiet else None
    both = replace(policy(), calendar=OFFICE, quiet_hours=hours)
    assert both.calls_from(at(minutes)) == at(called), why
    assert both.may_call(at(called))
    assert both.calls_after(at(minutes), 0 * MINUTE) >= at(minutes)
