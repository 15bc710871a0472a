"""Deadlines, breaches and durations: each rule of docs/clocks.md with its boundary instant."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.act import apply
from casebook.calendar import Calendar, Span
from casebook.event import Event, EventKind
from casebook.fold import fold, with_events
from casebook.measures import follow_ups
from casebook.policy import Policy
from casebook.timing import (
    breach_events,
    breaches,
    business_figures,
    close_event,
    deadlines,
    figures,
    missed,
    next_look,
    waits_events,
)
from tests.fakes import (
    DAY,
    HOUR,
    LATE_DELIVERY,
    MINUTE,
    NOON,
    RECALL,
    TICK,
    acknowledged,
    act,
    answered,
    at,
    case_of,
    closed,
    dismissed,
    happened,
    joined,
    opened,
    policy,
    pressed_replied,
    raised,
    reopened,
)

ACK_BY, RESPOND_BY = 15, 120
"""Minutes of LATE_DELIVERY, for a case opened with its post at noon."""
A_TICK = TICK.total_seconds() / 60


def withdrawn(clock: str, minutes: float, **facts: Any) -> Event:
    return happened(EventKind.BREACH_WITHDRAWN, minutes, clock=clock, **facts)


def breached(clock: str, minutes: float) -> Event:
    return happened(EventKind.BREACHED, minutes, clock=clock)


# ---- deadlines ---------------------------------------------------------------------------------------


def test_acknowledging_runs_from_the_opening_responding_from_the_customers_post() -> None:
    case = case_of(opened(3, by=policy(resolve_within=DAY)), joined(1, 0))
    assert deadlines(case) == {
        "acknowledge": at(3) + 15 * MINUTE,
        "respond": NOON + 2 * HOUR,
        "resolve": NOON + DAY,
    }


@pytest.mark.parametrize(
    ("changes", "clocks_there"),
    [
        ({}, {"acknowledge", "respond"}),
        ({"acknowledge_within": None}, {"respond"}),
        ({"respond_within": None}, {"acknowledge"}),
        ({"acknowledge_within": None, "respond_within": None}, set()),
    ],
)
def test_a_deadline_that_is_not_given_is_no_clock(changes: dict[str, Any], clocks_there: set[str]) -> None:
    case = case_of(opened(by=policy(**changes)), joined(1, 0))
    assert set(deadlines(case)) == clocks_there
    assert set(breaches(case, now=at(9000))) == clocks_there


def test_a_case_opened_without_an_alert_has_no_acknowledge_clock() -> None:
    quiet = case_of(opened(quiet=True), joined(1, 0))
    assert set(deadlines(quiet)) == {"respond"}


def test_reopening_gives_a_quiet_case_no_acknowledge_clock() -> None:
    quiet = case_of(opened(quiet=True), joined(1, 0), closed(300), reopened(400))
    assert set(deadlines(quiet)) == {"respond"}


def test_an_earlier_post_found_later_moves_the_deadline_with_it() -> None:
    assert deadlines(case_of(joined(2, -30)))["respond"] == at(RESPOND_BY - 30)


# ---- business hours ----------------------------------------------------------------------------------

# Helsinki is two hours ahead of NOON's UTC: the office is open from -300 to 180 minutes, and again from 1140
OFFICE = Calendar("office", ZoneInfo("Europe/Helsinki"), (*([(Span(9 * 60, 17 * 60),)] * 5), (), ()))
OPENS_WEDNESDAY = 19 * 60


def in_the_office(**changes: Any) -> Policy:
    return replace(policy(clock="office", **changes), calendar=OFFICE)


@pytest.mark.parametrize(
    ("opened_at", "posted", "due", "why"),
    [
        (3, 0, {"acknowledge": 18, "respond": 120}, "in the middle of the day nothing differs"),
        (170, 170, {"acknowledge": OPENS_WEDNESDAY + 5, "respond": OPENS_WEDNESDAY + 110}, "the rest is of Wednesday"),
        (165, 60, {"acknowledge": 180, "respond": 180}, "exactly the rest of the day: due at closing"),
        (300, 290, {"acknowledge": OPENS_WEDNESDAY + 15, "respond": OPENS_WEDNESDAY + 120}, "the night does not count"),
        (-290, -400, {"acknowledge": -275, "respond": -180}, "nor what was before this day's opening"),
    ],
)  # fmt: skip
def test_deadlines_count_only_business_hours(
    opened_at: float, posted: float, due: dict[str, float], why: str
) -> None:
    case = case_of(opened(opened_at, by=in_the_office()), joined(1, posted))
    assert deadlines(case) == {clock: at(minutes) for clock, minutes in due.items()}, why


def test_resolving_counts_business_hours_too() -> None:
    case = case_of(opened(0, by=in_the_office(resolve_within=24 * HOUR)), joined(1, 0))
    # three hours of Tuesday, eight of Wednesday and Thursday each, five of Friday
    assert deadlines(case)["resolve"] == at(3 * 24 * 60 - 300 + 300)


def test_a_breach_in_business_hours_is_dated_by_its_deadline() -> None:
    case = case_of(opened(170, by=in_the_office()), joined(1, 170))
    due = OPENS_WEDNESDAY + 5
    assert breaches(case, now=at(due)) == ()
    (event,) = breach_events(case, now=at(due + 30))
    assert (event.kind, event.happened_at) == (EventKind.BREACHED, at(due))
    assert next_look(case) == at(due) + TICK


def test_closing_by_itself_and_reopening_are_not_of_business_hours() -> None:
    case = case_of(opened(by=in_the_office()), joined(1, 0), acknowledged(5), answered(9, 20))
    assert next_look(case) == at(20) + 3 * DAY


@pytest.mark.parametrize(
    ("responded", "closed_at", "frt", "ttr", "why"),
    [
        (5, 60, 5, 60, "within the day they are the raw ones"),
        (180 + 60, None, 180, None, "an answer of the evening: what the office had of the day"),
        (OPENS_WEDNESDAY + 10, OPENS_WEDNESDAY + 40, 190, 220, "the night is left out"),
        (None, 10, None, 10, "what has not happened has no duration"),
    ],
)
def test_figures_in_business_hours_count_what_the_calendar_was_open(
    responded: float | None, closed_at: float | None, frt: float | None, ttr: float | None, why: str
) -> None:
    history = [opened(by=in_the_office()), joined(1, 0), acknowledged(1)]
    history += [] if responded is None else [answered(9, responded)]
    history += [] if closed_at is None else [closed(closed_at)]
    found = business_figures(case_of(*history))
    expected = {"frt_business_s": frt, "ttr_business_s": ttr}
    assert found == {name: None if m is None else m * 60 for name, m in expected.items()}, why


def test_where_the_clock_always_runs_business_figures_are_the_raw_ones() -> None:
    case = case_of(acknowledged(1), answered(9, 700.5), closed(7000))
    assert business_figures(case) == {"frt_business_s": 700 * 60 + 30, "ttr_business_s": 7000 * 60}


def test_a_raised_case_is_counted_by_the_clock_it_was_raised_to() -> None:
    history = [opened(170, by=in_the_office()), joined(1, 170), joined(2, 400), raised(2, 400, 401)]
    case = case_of(*history, answered(9, 410))
    assert deadlines(case) == {"acknowledge": at(406), "respond": at(430)}
    assert business_figures(case)["frt_business_s"] == (410 - 170) * 60
    # what was promised before the raise ran on the office's hours, and was not yet due
    assert missed(case) == ()


@given(st.floats(0, 40_000), st.floats(0, 40_000))
def test_counted_by_a_calendar_is_never_more_than_counted_raw(posted: float, waited: float) -> None:
    case = case_of(opened(posted, by=in_the_office()), joined(1, posted), answered(9, posted + waited))
    raw = figures({"posted_at": case.posted_at, "responded_at": at(posted + waited)})["frt_s"]
    counted = business_figures(case)["frt_business_s"]
    assert counted is not None
    assert raw is not None
    assert 0 <= counted <= raw
    is_kept = "respond" not in breaches(case, now=at(90_000))
    assert is_kept is (at(posted + waited) <= deadlines(case)["respond"])
    assert counted <= 120 * 60 if is_kept else counted >= 120 * 60


# ---- breaches ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "now", "broken", "why"),
    [
        ([], ACK_BY, (), "at the deadline it is not breached yet"),
        ([], ACK_BY + A_TICK, ("acknowledge",), "just after it, it is"),
        ([acknowledged(ACK_BY)], 60, (), "acknowledged exactly at the deadline is in time"),
        ([acknowledged(ACK_BY + A_TICK)], 60, ("acknowledge",), "just after is late"),
        ([answered(9, ACK_BY)], 60, (), "a response satisfies the acknowledge clock"),
        ([answered(9, ACK_BY + A_TICK)], 60, ("acknowledge",), "a response after its deadline does not"),
        ([acknowledged(4)], RESPOND_BY, (), "at the deadline"),
        ([acknowledged(4)], RESPOND_BY + A_TICK, ("respond",), "no response and now is later"),
        ([acknowledged(4), answered(9, RESPOND_BY)], 9000, (), "posted exactly at the deadline"),
        ([acknowledged(4), answered(9, RESPOND_BY + A_TICK)], 9000, ("respond",), "posted just after it"),
        ([acknowledged(4), pressed_replied(RESPOND_BY)], 9000, (), "a press counts by its own instant"),
        ([acknowledged(4), pressed_replied(119), answered(9, 129)], 9000, ("respond",), "replaced by what was late"),
        ([acknowledged(4), pressed_replied(119), answered(9, 129 + A_TICK)], 9000, (), "not replaced: in time"),
        ([acknowledged(4), closed(60)], 9000, ("respond",), "closed without an answer is unanswered"),
        ([dismissed(10)], 9000, (), "dismissed: its clocks have stopped"),
        ([dismissed(RESPOND_BY)], 9000, ("acknowledge",), "dismissed at the deadline: kept; taken too late"),
        ([dismissed(200)], 9000, ("acknowledge", "respond"), "what was missed before the dismissal stays"),
        ([acknowledged(10), dismissed(10), reopened(300)], 300, ("respond",), "reopened: the customer has waited all the time"),
        ([dismissed(10), answered(9, 300)], 9000, (), "a reply after the dismissal missed nothing"),
        ([happened(EventKind.REASSIGNED, 10, to="ben")], 60, ("acknowledge",), "handing over acknowledges nothing by itself"),
    ],
)  # fmt: skip
def test_a_breach_is_computed_from_instants(
    events: list[Event], now: float, broken: tuple[str, ...], why: str
) -> None:
    assert breaches(case_of(*events), now=at(now)) == broken, why


def test_resolving_is_breached_by_the_first_close() -> None:
    history = [opened(by=policy(resolve_within=HOUR)), joined(1, 0), acknowledged(1), answered(9, 5)]
    assert breaches(case_of(*history, closed(60)), now=at(900)) == ()
    assert breaches(case_of(*history, closed(60 + A_TICK)), now=at(900)) == ("resolve",)
    assert breaches(case_of(*history, closed(30), reopened(40), closed(800)), now=at(900)) == ()


def test_breach_is_dated_when_it_was_due_not_when_it_was_noticed() -> None:
    [event] = breach_events(case_of(), now=at(77))
    assert (event.kind, event.happened_at, event.facts) == (
        EventKind.BREACHED,
        at(ACK_BY),
        {"clock": "acknowledge"},
    )


def test_a_breach_is_told_once() -> None:
    case = case_of()
    told = with_events(case, breach_events(case, now=at(77)))
    assert breach_events(told, now=at(78)) == ()
    [event] = breach_events(told, now=at(RESPOND_BY + 1))
    assert event.facts["clock"] == "respond"


def test_a_reply_found_late_but_posted_in_time_withdraws_the_breach_by_an_event() -> None:
    case = case_of(acknowledged(4), breached("respond", RESPOND_BY), answered(9, RESPOND_BY))
    [event] = breach_events(case, now=at(200))
    assert (event.kind, event.facts["clock"]) == (EventKind.BREACH_WITHDRAWN, "respond")
    corrected = with_events(case, [event])
    assert corrected.withdrawn == ("respond",)
    assert breaches(corrected, now=at(900)) == ()
    assert breach_events(corrected, now=at(900)) == ()


def test_a_late_reply_withdraws_nothing() -> None:
    case = case_of(acknowledged(4), breached("respond", RESPOND_BY), answered(9, RESPOND_BY + A_TICK))
    assert breach_events(case, now=at(200)) == ()


# ---- raised to a more severe playbook ----------------------------------------------------------------


def test_a_raised_case_is_due_from_the_post_that_raised_it() -> None:
    case = case_of(joined(2, 60), raised(2, 60, 61, missed=["acknowledge"]))
    assert deadlines(case) == {"acknowledge": at(66), "respond": at(90)}


@pytest.mark.parametrize(
    ("events", "now", "broken", "why"),
    [
        ([joined(2, 10), raised(2, 10, 11)], 16, (), "nothing was missed before it"),
        ([joined(2, 10), raised(2, 10, 11)], 16 + A_TICK, ("acknowledge",), "its own deadline is missed"),
        ([joined(2, 60), raised(2, 60, 61)], 61, ("acknowledge",), "an earlier breach stays"),
        ([joined(2, 60), raised(2, 60, 61), acknowledged(62)], 63, ("acknowledge",), "though it is taken in time now"),
        ([joined(2, 60), raised(2, 60, 61), answered(9, 14)], 61, (), "an answer found late was in time for the earlier promise"),
        ([acknowledged(4), joined(2, 10), raised(2, 10, 11)], 16 + A_TICK, ("acknowledge",), "an earlier acknowledgement is of the earlier stage"),
        ([acknowledged(4), answered(9, 5), joined(2, 10), raised(2, 10, 11), acknowledged(12)], 40 + A_TICK, ("respond",), "an earlier answer too"),
        ([joined(2, 10), raised(2, 10, 11), answered(9, 16)], 900, (), "an answer satisfies both clocks anew"),
        ([joined(2, 10), raised(2, 10, 11), acknowledged(12), pressed_replied(39), answered(9, 45)], 900, ("respond",), "the platform's time replaces a press here as well"),
    ],
)  # fmt: skip
def test_breaches_of_a_raised_case(
    events: list[Event], now: float, broken: tuple[str, ...], why: str
) -> None:
    assert breaches(case_of(*events), now=at(now)) == broken, why


def test_what_was_missed_before_a_raise_is_withdrawn_by_an_event_when_an_answer_was_in_time() -> None:
    case = case_of(joined(2, 60), raised(2, 60, 61, missed=["acknowledge"]), answered(9, ACK_BY))
    [event] = breach_events(case, now=at(62))
    assert (event.kind, event.facts) == (
        EventKind.BREACH_WITHDRAWN,
        {"clock": "acknowledge", "before_raise": True},
    )
    corrected = with_events(case, [event])
    assert (corrected.missed, corrected.withdrawn) == ((), ("acknowledge",))
    assert breach_events(corrected, now=at(63)) == ()
    assert missed(corrected) == ()


def test_a_close_before_the_raise_resolves_nothing_of_it() -> None:
    stages = [opened(by=policy(resolve_within=HOUR)), joined(1, 0), acknowledged(1), closed(2), reopened(10)]
    raise_it = raised(2, 10, 10)
    strict = {**raise_it.facts, "policy": policy(RECALL, resolve_within=HOUR).as_facts()}
    case = case_of(
        *stages, joined(2, 10), Event(EventKind.RAISED, at(10), raise_it.source, post=2, facts=strict)
    )
    assert "resolve" in breaches(case, now=at(70) + TICK)
    assert "resolve" not in breaches(case, now=at(70))
    assert "resolve" not in breaches(with_events(case, [closed(70)]), now=at(900))


# ---- when to look ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "looks", "why"),
    [
        ([], at(ACK_BY) + TICK, "just after the first deadline, when it is breached"),
        ([acknowledged(4)], at(RESPOND_BY) + TICK, "then after the next"),
        ([breached("acknowledge", ACK_BY)], at(RESPOND_BY) + TICK, "a breach that was told is done with"),
        ([acknowledged(4), breached("respond", RESPOND_BY)], None, "nothing is due any more"),
        ([answered(9, 10)], at(10) + 3 * DAY, "the automatic close"),
        ([answered(9, 10), joined(2, 20)], None, "a customer who waits is not closed"),
        ([dismissed(5)], None, "dismissed"),
        ([acknowledged(4), closed(5)], at(RESPOND_BY) + TICK, "closed without an answer"),
    ],
)
def test_when_the_watch_must_look_next(events: list[Event], looks: object, why: str) -> None:
    assert next_look(case_of(*events)) == looks, why


# ---- the automatic close -----------------------------------------------------------------------------


def test_a_responded_case_closes_by_itself_dated_by_the_last_reply() -> None:
    case = case_of(answered(9, 10), joined(2, 20), answered(8, 30))
    assert close_event(case, now=at(30) + 3 * DAY - TICK) == ()
    [event] = close_event(case, now=at(30) + 3 * DAY)
    assert (event.kind, event.happened_at, event.facts) == (EventKind.CLOSED, at(30), {"automatic": True})
    assert close_event(with_events(case, [event]), now=at(30) + 9 * DAY) == ()


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([], "nobody answered"),
        ([acknowledged(4)], "somebody has it but did not answer"),
        ([answered(9, 10), joined(2, 20)], "the customer waits again"),
        ([dismissed(5), answered(9, 10)], "dismissed"),
    ],
)
def test_what_does_not_close_by_itself(events: list[Event], why: str) -> None:
    assert close_event(case_of(*events), now=at(0) + 90 * DAY) == (), why


def test_close_after_can_be_off() -> None:
    case = case_of(opened(by=policy(close_after=None)), joined(1, 0), answered(9, 10))
    assert (close_event(case, now=at(0) + 90 * DAY), next_look(case)) == ((), None)


# ---- follow-ups --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "waits", "why"),
    [
        ([joined(2, 10)], None, "before the first reply it belongs to the first response"),
        ([answered(9, 20), joined(2, 10)], None, "posted before the reply, seen after it"),
        ([answered(9, 20), joined(2, 20)], None, "at the instant of the reply"),
        ([answered(9, 20), joined(2, 20 + A_TICK)], 2, "just after it"),
        ([answered(9, 20), joined(2, 30, deserving=False)], None, "thanks"),
        ([answered(9, 20), joined(2, 30, deserving=False), joined(3, 40)], 3, "the first that deserves an answer"),
        ([answered(9, 20), joined(3, 40), joined(2, 30)], 2, "by its own time, in any order of arrival"),
        ([answered(9, 20), joined(2, 30), answered(8, 40)], None, "answered"),
        ([answered(9, 20), joined(2, 30), answered(8, 40), joined(3, 50)], 3, "and again"),
        ([pressed_replied(20), joined(2, 30)], 2, "a pressed answer is an answer"),
    ],
)  # fmt: skip
def test_which_follow_up_waits(events: list[Event], waits: int | None, why: str) -> None:
    case = case_of(*events)
    assert (case.waiting and case.waiting.post) == waits, why
    assert [event.post for event in waits_events(case, now=at(99))] == ([waits] if waits else []), why


def test_a_wait_is_told_once_though_an_earlier_post_of_it_is_found_later() -> None:
    case = case_of(answered(9, 20), joined(3, 40))
    told = with_events(case, waits_events(case, now=at(41)))
    assert waits_events(told, now=at(42)) == ()
    assert waits_events(with_events(told, [joined(2, 30)]), now=at(43)) == ()


def test_the_next_wait_is_told_anew() -> None:
    case = case_of(answered(9, 20), joined(2, 30))
    told = with_events(case, waits_events(case, now=at(31)))
    later = with_events(told, [answered(8, 40), joined(3, 50)])
    assert [event.post for event in waits_events(later, now=at(51))] == [3]


def test_nobody_is_told_of_a_wait_twice_when_its_post_raised_or_reopened_the_case() -> None:
    by_raise = case_of(answered(9, 20), joined(2, 30), raised(2, 30, 31))
    again = Event(EventKind.REOPENED, at(31), raised(2, 30, 31).source, post=2)
    assert waits_events(by_raise, now=at(32)) == ()
    assert waits_events(case_of(answered(9, 20), closed(25), joined(2, 30), again), now=at(32)) == ()


@pytest.mark.parametrize(
    ("events", "waits", "why"),
    [
        ([joined(2, 10), answered(9, 20)], [], "what was asked before the first reply belongs to it"),
        ([answered(9, 20), joined(2, 30)], [(30, None)], "not answered yet"),
        ([answered(9, 20), joined(2, 30), joined(3, 35), answered(8, 50)], [(30, 50)], "from the first unanswered one"),
        ([answered(9, 20), joined(2, 25, deserving=False), joined(3, 35), answered(8, 50)], [(35, 50)], "thanks don't start it"),
        ([answered(9, 20), joined(2, 30), answered(8, 50), joined(3, 60), pressed_replied(70)], [(30, 50), (60, 70)], "each wait"),
        ([answered(9, 20), joined(2, 30), answered(8, 30)], [(30, 30)], "answered at the same instant"),
    ],
)  # fmt: skip
def test_next_response_times(events: list[Event], waits: list[tuple[float, float | None]], why: str) -> None:
    found = [
        (asked.asked_at, asked.wait.ended_at if asked.wait else None)
        for asked in follow_ups(case_of(*events))
        if asked.begins
    ]
    assert found == [(at(asked), None if end is None else at(end)) for asked, end in waits], why


# ---- durations ---------------------------------------------------------------------------------------


def of_log(**minutes: float | None) -> dict[str, Any]:
    names = ("posted", "seen", "opened", "alerted", "acknowledged", "responded", "closed")
    given = {"posted": 0.0, "seen": 1.0, "opened": 2.0} | minutes
    found = {f"{name}_at": None if (m := given.get(name)) is None else at(m) for name in names}
    return dict(figures(found))


def test_every_measure_from_its_instant_to_its_instant() -> None:
    assert of_log(alerted=3, acknowledged=6, responded=20, closed=60) == {
        "detection_lag_s": 60,
        "triage_lag_s": 60,
        "alert_lag_s": 60,
        "tta_s": 240,
        "frt_s": 1200,
        "frt_business_s": 1200,
        "team_frt_s": 1080,
        "ttr_s": 3600,
        "ttr_business_s": 3600,
    }


def test_what_has_not_happened_has_no_duration() -> None:
    absent = ("alert_lag_s", "tta_s", "frt_s", "frt_business_s", "team_frt_s", "ttr_s", "ttr_business_s")
    found = of_log()
    assert {name: found[name] for name in absent} == dict.fromkeys(absent)


@pytest.mark.parametrize(
    ("responded", "team", "why"),
    [
        (2 - A_TICK, None, "answered just before the case opened: not what the team was asked"),
        (2, 0, "at its opening"),
        (3, 60, "after it"),
    ],
)
def test_the_teams_own_time(responded: float, team: int | None, why: str) -> None:
    assert of_log(responded=responded)["team_frt_s"] == team, why


@given(st.dictionaries(
    st.sampled_from(["posted", "seen", "opened", "alerted", "acknowledged", "responded", "closed"]),
    st.none() | st.floats(-1e5, 1e5),
))  # fmt: skip
def test_no_duration_is_ever_negative(minutes: dict[str, float | None]) -> None:
    assert all(found is None or found >= 0 for found in of_log(**minutes).values())


# ---- properties --------------------------------------------------------------------------------------

POSTED = st.integers(0, 12).map(lambda tens: tens * 20)
FACTS = st.lists(
    st.builds(joined, st.integers(2, 6), POSTED, deserving=st.booleans())
    | st.builds(answered, st.integers(10, 14), POSTED),
    max_size=8,
    unique_by=lambda event: event.post,
)
PRESSES = st.lists(
    st.builds(pressed_replied, POSTED, st.sampled_from(["aino", "ben"]))
    | st.builds(acknowledged, POSTED)
    | st.builds(closed, POSTED)
    | st.builds(dismissed, POSTED)
    | st.builds(reopened, POSTED),
    max_size=4,
).map(lambda events: sorted(events, key=lambda event: event.happened_at))


@st.composite
def two_histories(draw: st.DrawFn) -> tuple[list[Event], list[Event]]:
    """The same facts among the same presses, which keep their order, arriving in two ways."""
    facts, presses = draw(FACTS), draw(PRESSES)

    def arrival() -> list[Event]:
        remaining = list(presses)
        arrived = draw(st.permutations([*facts, *[None] * len(presses)]))
        return [opened(), joined(1, 0), *(remaining.pop(0) if slot is None else slot for slot in arrived)]

    return arrival(), arrival()


@given(two_histories(), st.integers(0, 300))
def test_the_order_of_arrival_changes_no_figure(histories: tuple[list[Event], list[Event]], now: int) -> None:
    one, other = (fold(7, history) for history in histories)
    assert (one.posted_at, one.response, one.waiting, one.last_reply_at) == (
        other.posted_at,
        other.response,
        other.waiting,
        other.last_reply_at,
    )
    assert breaches(one, now=at(now)) == breaches(other, now=at(now))
    assert deadlines(one) == deadlines(other)
    assert follow_ups(one) == follow_ups(other)


@given(two_histories(), st.integers(0, 20))
def test_a_case_told_in_two_parts_is_the_case_told_at_once(
    histories: tuple[list[Event], list[Event]], cut: int
) -> None:
    history, _ = histories
    cut = max(1, min(cut, len(history)))
    assert with_events(fold(7, history[:cut]), history[cut:]) == fold(7, history)


@given(two_histories(), st.sampled_from(["acknowledge", "replied", "close", "dismiss", "reopen"]))
def test_the_same_press_twice_is_one_press(histories: tuple[list[Event], list[Event]], verb: str) -> None:
    case = fold(7, histories[0])
    press = act(verb, 500)
    once = with_events(case, apply(case, press).events)
    assert apply(once, press).events == ()


@given(two_histories(), st.integers(0, 300))
def test_what_is_told_of_breaches_ends_at_what_they_are(
    histories: tuple[list[Event], list[Event]], now: int
) -> None:
    case = fold(7, histories[0][:1])
    for event in histories[0][1:]:
        case = with_events(case, [event])
        case = with_events(case, breach_events(case, now=at(now)))
    assert set(case.told_breaches) == set(breaches(case, now=at(now)))


@given(two_histories())
def test_a_first_response_is_never_before_the_customers_post(
    histories: tuple[list[Event], list[Event]],
) -> None:
    case = fold(7, histories[0])
    assert case.response is None or case.response.at - case.posted_at >= timedelta(0)
    assert all(asked.wait is None or asked.wait.ended_at >= asked.asked_at for asked in follow_ups(case))


def test_the_playbook_of_the_tests_is_the_one_the_numbers_speak_of() -> None:
    assert LATE_DELIVERY.acknowledge_within == ACK_BY * MINUTE
    assert LATE_DELIVERY.respond_within == RESPOND_BY * MINUTE
