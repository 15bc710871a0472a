"""Nobody is called while a case's clock stands still, and nobody is forgotten when it runs again.

The office is open from nine to five on weekdays. NOON is a Tuesday, 14:00 in Helsinki; the next Friday is the 27th.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from casebook.calendar import Calendar, Span
from casebook.case import Case
from casebook.event import Event, EventKind, TimeSource
from casebook.fold import fold
from casebook.mention import Verdict
from casebook.record import CaseView, Change
from casebook.timing import deadlines
from playbooks.playbook import Playbook, Step
from tests.fakes import (
    ANGRY,
    BEN,
    GLASS,
    LATE_DELIVERY,
    MINUTE,
    NOON,
    RECALL,
    TICK,
    act,
    after,
    answered,
    care,
    desk,
    happened,
    kinds,
    surroundings,
    told,
)
from vaste.cards import card_of
from vaste.chain import carry_out, follow, look_at, watch
from vaste.desk import Desk
from vaste.ruling import rule

HELSINKI = ZoneInfo("Europe/Helsinki")
OFFICE = Calendar("office", HELSINKI, (*([(Span(9 * 60, 17 * 60),)] * 5), (), ()))
DELIVERY = replace(LATE_DELIVERY, clock="office")
LOUD = replace(RECALL, clock="office")
FRIDAY, SATURDAY, MONDAY, TUESDAY = "2026-11-27", "2026-11-28", "2026-11-30", "2026-12-01"


def local(written: str) -> datetime:
    """An instant as the clocks in Helsinki show it."""
    return datetime.fromisoformat(written).replace(tzinfo=HELSINKI)


def minutes(written: str) -> float:
    """The same in minutes from noon, as the builders of events count."""
    return (local(written) - NOON) / MINUTE


def here(*people: str, playbooks: Sequence[Playbook] = (LOUD, DELIVERY)) -> Desk:
    """A desk with an office; Aino is on call on Friday, Ben from Monday at nine."""
    return replace(desk(*people, playbooks=playbooks), calendars={"office": OFFICE})


def opens(at: str, verdict: Verdict = ANGRY, desk_: Desk | None = None) -> tuple[Case, Change]:
    """A post is seen as it is written."""
    ruling = rule(surroundings(1, minutes(at)), verdict, desk_ or here(), now=local(at))
    assert ruling.opens is not None
    return fold(7, ruling.opens.events), ruling.opens


def writes(
    case: Case, post: int, at: str, verdict: Verdict = ANGRY, desk_: Desk | None = None
) -> tuple[Case, Change]:
    """She writes again."""
    around = surroundings(post, minutes(at), case=case)
    change = rule(around, verdict, desk_ or here(), now=local(at)).joins
    assert change is not None
    return after(case, change), change


def happens(case: Case, until: str, desk_: Desk | None = None) -> tuple[Case, list[tuple[str, str, str]]]:
    """Let the watch look whenever it says that it must: what happened when, and to whom."""
    found: list[tuple[str, str, str]] = []
    for _ in range(50):
        looks = look_at(case)
        if looks is None or looks > local(until):
            return case, found
        change = watch(case, desk_ or here(), now=looks)
        assert change.events, f"the watch asked to look at {looks} and found nothing to do: it would spin"
        case = after(case, change)
        for event in change.events:
            if event.kind is not EventKind.BREACHED:
                who = ",".join(event.facts.get("people", ()))
                found.append((f"{looks.astimezone(HELSINKI):%a %H:%M}", event.kind.value, who))
    raise AssertionError("the case never comes to rest")


def presses(case: Case, verb: str, at: str, actor: str = "aino", **more: Any) -> tuple[Case, Change]:
    _, change = carry_out(case, act(verb, minutes(at), actor, **more), here(), now=local(at))
    return after(case, change), change


# ---- a case opens ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "is_told", "why"),
    [
        ("2026-11-27T09:00:00", True, "the instant of opening"),
        ("2026-11-27T16:59:59.999999", True, "the last one before closing"),
        ("2026-11-27T17:00:00", False, "the instant of closing"),
        ("2026-11-28T12:00:00", False, "Saturday"),
        ("2026-11-30T08:59:59.999999", False, "just before opening"),
    ],
)
def test_whoever_is_on_call_is_told_at_once_only_while_the_clock_runs(
    *, at: str, is_told: bool, why: str
) -> None:
    case, change = opens(at, GLASS)
    assert bool(change.events[0].facts["people"]) is is_told, why
    assert ("page" in {kind for kind, _, _ in told(change)}) is is_told, why
    assert ("card", "team:care", "") in told(change)
    assert (case.rests_until is None) is is_told


def test_outside_its_hours_the_card_stands_there_mentions_nobody_and_says_when_the_alert_goes_out() -> None:
    case, change = opens(f"{FRIDAY}T20:00")
    assert told(change) == [("card", "team:care", "")]
    shown = card_of(view(case), here(), now=local(f"{FRIDAY}T20:00"))
    assert (shown.on_call, shown.nobody_on_call, shown.calls_at) == ((), False, local(f"{MONDAY}T09:00"))
    later, _ = happens(case, f"{MONDAY}T09:00")
    shown = card_of(view(later), here(), now=local(f"{MONDAY}T09:00"))
    assert (shown.on_call, shown.calls_at) == ((BEN,), None)


def view(case: Case) -> CaseView:
    return CaseView(case, 1, (), "Missä?", "maija", None, 1, "feed", None, "fi", None)


def test_closed_is_not_nobody_on_call() -> None:
    deserted = replace(here(), teams={"care": care()})
    case, change = opens(f"{FRIDAY}T20:00", desk_=deserted)
    assert EventKind.NOBODY_ON_CALL not in kinds(change)
    _, found = happens(case, f"{MONDAY}T09:00", deserted)
    assert found[:2] == [("Mon 09:00", "nobody_on_call", ""), ("Mon 09:00", "nobody_on_call", "")]


def test_at_the_opening_whoever_is_on_call_then_is_told_and_it_is_no_escalation() -> None:
    case, _ = opens(f"{FRIDAY}T20:00", GLASS)
    assert look_at(case) == local(f"{MONDAY}T09:00")
    change = watch(case, here(), now=local(f"{MONDAY}T09:00"))
    assert [(event.kind, event.facts) for event in change.events] == [
        (EventKind.PAGED, {"why": "opened", "people": ["ben"]})
    ]
    assert told(change) == [
        ("card", "team:care", ""),
        ("page", "team:care", "opened"),
        ("page", "person:ben", "opened"),
    ]
    assert after(case, change).escalations == 0


def test_the_chain_counts_from_the_opening() -> None:
    case, _ = opens(f"{FRIDAY}T20:00")
    case, found = happens(case, f"{TUESDAY}T17:00")
    assert found == [
        ("Mon 09:00", "paged", "ben"),
        ("Mon 09:15", "escalated", "aino"),
        ("Mon 09:30", "escalated", "aino,ben"),
        ("Mon 09:45", "chain_ended", ""),
    ]
    assert deadlines(case) == {"acknowledge": local(f"{MONDAY}T09:15"), "respond": local(f"{MONDAY}T11:00")}


def test_a_chain_that_began_before_closing_goes_on_in_the_morning() -> None:
    case, _ = opens(f"{FRIDAY}T16:50")
    _, found = happens(case, f"{TUESDAY}T17:00")
    assert found == [
        ("Mon 09:05", "escalated", "ben"),  # on call by now; Aino was called on Friday
        ("Mon 09:20", "escalated", "aino,ben"),
        ("Mon 09:35", "chain_ended", ""),
    ]


def test_a_step_that_falls_due_at_closing_time_is_taken_in_the_morning() -> None:
    case, _ = opens(f"{FRIDAY}T16:45")
    _, found = happens(case, f"{MONDAY}T09:00")
    assert found == [("Mon 09:00", "escalated", "ben")]


def test_a_step_that_is_noticed_too_late_in_the_day_rests_until_the_morning() -> None:
    case, _ = opens(f"{FRIDAY}T16:40")
    noticed = local(f"{FRIDAY}T17:20")  # Vaste was down; the step was due at 16:55
    change = watch(case, here(), now=noticed)
    assert EventKind.RESTS in kinds(change)
    assert change.owed == ()
    case = after(case, change)
    assert watch(case, here(), now=noticed + MINUTE) == Change()
    _, found = happens(case, f"{MONDAY}T09:09")
    assert found == [("Mon 09:00", "escalated", "ben")]


def test_an_opening_that_is_noticed_after_closing_is_told_at_the_next_one() -> None:
    case, _ = opens(f"{FRIDAY}T20:00")
    case = after(case, watch(case, here(), now=local(f"{MONDAY}T18:00")))
    _, found = happens(case, f"{TUESDAY}T09:00")
    assert found == [
        ("Tue 09:00", "paged", "ben"),  # and what fell due on Monday, at once
        ("Tue 09:00", "escalated", "aino"),
        ("Tue 09:00", "escalated", "aino,ben"),
    ]


@pytest.mark.parametrize("verb", ["acknowledge", "replied", "close", "dismiss"])
def test_who_deals_with_it_before_the_opening_spares_everybody_the_call(verb: str) -> None:
    case, _ = opens(f"{FRIDAY}T20:00")
    case, _ = presses(case, verb, f"{SATURDAY}T10:00")
    _, found = happens(case, f"{MONDAY}T17:00")
    # its owner is warned within business hours of what is due then
    assert [kind for _, kind, _ in found if kind not in {"closed", "warned"}] == []


def test_a_post_that_is_deleted_before_the_opening_calls_nobody() -> None:
    case, _ = opens(f"{FRIDAY}T20:00")
    gone = Event(EventKind.DELETED, local(f"{SATURDAY}T10:00"), TimeSource.OURS, post=1)
    _, found = happens(after(case, Change((gone,))), f"{MONDAY}T17:00")
    assert found == []


def test_always_calls_at_any_hour() -> None:
    case, change = opens(f"{SATURDAY}T03:00", GLASS, here(playbooks=(RECALL, DELIVERY)))
    assert told(change) == [("card", "team:care", ""), ("page", "person:aino", "opened")]
    assert case.policy.calendar is None
    assert look_at(case) == local(f"{SATURDAY}T03:05")


# ---- a case goes on ----------------------------------------------------------------------------------


def test_a_raise_to_a_clock_that_always_runs_calls_at_once() -> None:
    mixed = here(playbooks=(RECALL, DELIVERY))
    case, _ = opens(f"{FRIDAY}T20:00", desk_=mixed)
    case, change = writes(case, 2, f"{SATURDAY}T03:00", GLASS, mixed)
    assert told(change) == [
        ("card", "team:care", ""),
        ("page", "team:care", "raised"),
        ("page", "person:aino", "raised"),
    ]
    assert deadlines(case)["respond"] == local(f"{SATURDAY}T03:30")
    _, found = happens(case, f"{SATURDAY}T03:05", mixed)
    assert found == [("Sat 03:05", "escalated", "ben")]


def test_a_raise_within_business_hours_calls_at_the_opening() -> None:
    case, _ = opens(f"{FRIDAY}T15:00")
    case, _ = presses(case, "acknowledge", f"{FRIDAY}T15:05")
    case, change = writes(case, 2, f"{SATURDAY}T03:00", GLASS)
    assert told(change) == [("card", "team:care", "")]
    assert deadlines(case)["respond"] == local(f"{MONDAY}T09:30")
    change = watch(case, here(), now=local(f"{MONDAY}T09:00"))
    assert told(change)[1:] == [("page", "team:care", "raised"), ("page", "person:ben", "raised")]


def answered_case() -> Case:
    """Opened and taken by Aino on Friday afternoon, and answered."""
    case, _ = opens(f"{FRIDAY}T15:00")
    case, _ = presses(case, "acknowledge", f"{FRIDAY}T15:05")
    return after(case, Change((answered(9, minutes(f"{FRIDAY}T15:10")),)))


def test_a_follow_up_at_night_reaches_the_owner_in_the_morning() -> None:
    case, change = writes(answered_case(), 2, f"{SATURDAY}T03:00")
    assert told(change) == [("card", "team:care", "")]
    _, found = happens(case, f"{MONDAY}T17:00")
    assert found == [("Mon 09:00", "paged", "aino")]
    change = watch(case, here(), now=local(f"{MONDAY}T09:00"))
    assert told(change) == [("card", "team:care", ""), ("page", "team:care", "waits_again")]


def test_a_follow_up_that_was_answered_before_the_morning_reaches_nobody() -> None:
    case, _ = writes(answered_case(), 2, f"{SATURDAY}T03:00")
    case = after(case, Change((answered(10, minutes(f"{SATURDAY}T09:00")),)))
    assert watch(case, here(), now=local(f"{MONDAY}T09:00")) == Change()


def test_a_follow_up_that_nobody_owns_begins_the_chain_in_the_morning() -> None:
    case, _ = opens(f"{FRIDAY}T15:00")
    case = after(case, Change((answered(9, minutes(f"{FRIDAY}T15:01")),)))
    case, _ = writes(case, 2, f"{SATURDAY}T03:00")
    _, found = happens(case, f"{MONDAY}T09:20")
    assert found == [("Mon 09:00", "paged", "ben"), ("Mon 09:15", "escalated", "aino")]


def test_what_is_reopened_at_night_goes_to_its_owner_in_the_morning_and_then_to_who_is_on_call() -> None:
    case, _ = presses(answered_case(), "close", f"{FRIDAY}T15:20")
    case, change = writes(case, 2, f"{SATURDAY}T03:00")
    assert told(change) == [("card", "team:care", "")]
    _, found = happens(case, f"{MONDAY}T09:20")
    # acknowledge_within is 15 minutes; the chain begins with whoever is on call, which is no step of it
    assert found == [("Mon 09:00", "paged", "aino"), ("Mon 09:15", "paged", "ben")]


def test_what_nobody_owns_and_is_reopened_at_night_calls_who_is_on_call_in_the_morning() -> None:
    case, _ = opens(f"{FRIDAY}T15:00")
    case = after(case, Change((answered(9, minutes(f"{FRIDAY}T15:01")),)))
    case = after(case, Change((happened(EventKind.CLOSED, minutes(f"{FRIDAY}T15:02"), automatic=True),)))
    case, _ = writes(case, 2, f"{SATURDAY}T03:00")
    _, found = happens(case, f"{MONDAY}T09:00")
    assert found == [("Mon 09:00", "paged", "ben")]


def test_a_colleague_who_hands_over_at_night_is_heard_at_once() -> None:
    case, _ = opens(f"{FRIDAY}T20:00", GLASS)
    case, change = presses(case, "reassign", f"{FRIDAY}T21:00", to="ben")
    assert ("page", "person:ben", "reassigned") in told(change)
    _, found = happens(case, f"{MONDAY}T17:00")
    # half of the half hour to answer in, and four fifths of it
    assert found == [("Mon 09:15", "warned", ""), ("Mon 09:24", "warned", "")]


def test_a_case_keeps_the_hours_it_was_opened_with() -> None:
    case, _ = opens(f"{FRIDAY}T20:00")
    longer = Calendar("office", HELSINKI, ((Span(0, 1440),),) * 7)
    _, found = happens(case, f"{MONDAY}T09:00", replace(here(), calendars={"office": longer}))
    assert found == [("Mon 09:00", "paged", "ben")]


def test_a_case_from_before_calendars_runs_always() -> None:
    _, change = opens(f"{SATURDAY}T03:00", desk_=replace(here(), calendars={}))
    first = change.events[0]
    facts = {**first.facts, "policy": {k: v for k, v in first.facts["policy"].items() if k != "calendar"}}
    case = fold(7, (replace(first, facts=facts), *change.events[1:]))
    assert (case.policy.clock, case.policy.calendar) == ("office", None)
    assert deadlines(case)["acknowledge"] == local(f"{SATURDAY}T03:15")


def test_one_step_of_a_chain_without_a_first_page_is_never_taken_before_the_opening() -> None:
    single = replace(DELIVERY, escalate=(Step(MINUTE, "backup"),))
    case, _ = opens(f"{FRIDAY}T20:00", desk_=here(playbooks=(single,)))
    change = watch(case, here(), now=local(f"{MONDAY}T09:00") - TICK)
    assert change == Change()
    assert follow(case, Change(), here(), now=local(f"{SATURDAY}T12:00")) == Change()
