"""What holds of every figure, whatever happens and in whatever order it becomes known."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.calendar import Calendar, Span
from casebook.event import Event, EventKind, TimeSource
from casebook.experience import course_of
from casebook.measures import PHASES, Measure, Measured, Seen, measured, waterfall
from tests.fakes import (
    HOUR,
    NOON,
    acknowledged,
    answered,
    at,
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

OFFICE = Calendar("office", ZoneInfo("Europe/Helsinki"), (*([(Span(9 * 60, 17 * 60),)] * 5), (), ()))
NOW = at(9_000)


def seen(event: Event, minutes: float, *, ahead: float = 0.0) -> Event:
    """A post that says when it was seen."""
    return replace(event, facts={**event.facts, "seen_at": at(minutes).isoformat(), "clock_ahead_s": ahead})


def of(*events: Event) -> Measured:
    return measured(7, events, now=NOW)


# ---- any history -------------------------------------------------------------------------------------

WHEN = st.integers(0, 4_000) | st.floats(0, 4_000)
FACTS = st.lists(
    st.builds(
        joined,
        st.integers(2, 6),
        WHEN,
        deserving=st.booleans(),
        sentiment=st.sampled_from(["negative", "neutral", "positive"]),
    )
    | st.builds(answered, st.integers(10, 14), WHEN),
    max_size=8,
    unique_by=lambda event: event.post,
)
PRESSES = st.lists(
    st.builds(pressed_replied, WHEN, st.sampled_from(["aino", "ben"]))
    | st.builds(acknowledged, WHEN)
    | st.builds(closed, WHEN)
    | st.builds(dismissed, WHEN)
    | st.builds(reopened, WHEN)
    | st.builds(lambda minutes: happened(EventKind.REASSIGNED, minutes, actor="aino", to="ben"), WHEN)
    | st.builds(
        lambda minutes: happened(EventKind.SNOOZED, minutes, until=at(minutes + 60).isoformat()), WHEN
    )
    | st.builds(lambda minutes: happened(EventKind.FOLDED, minutes, crisis=9), WHEN)
    | st.builds(lambda minutes: happened(EventKind.ALERTED, minutes), WHEN),
    max_size=6,
).map(lambda events: sorted(events, key=lambda event: event.happened_at))


@st.composite
def beginnings(draw: st.DrawFn) -> list[Event]:
    """A case as it opens: on any calendar, seen late or by a clock that is off."""
    saw = draw(st.floats(0, 50))
    by = policy(clock="office") if draw(st.booleans()) else policy()
    by = replace(by, calendar=OFFICE) if by.clock == "office" else by
    first = seen(joined(1, 0), saw, ahead=draw(st.floats(-100, 100)))
    return [opened(saw + draw(st.floats(0, 50)), by=by), first]


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    rest = [*draw(FACTS), *draw(PRESSES)]
    gone = [
        Event(kind, event.happened_at + timedelta(minutes=draw(st.integers(0, 900))), TimeSource.OURS, post=event.post)
        for event in rest
        for kind in draw(st.lists(st.sampled_from([EventKind.DELETED, EventKind.EDITED]), max_size=1))
        if event.kind is EventKind.JOINED
    ]  # fmt: skip
    return [*draw(beginnings()), *rest, *gone]


def every_measure(one: Measured) -> list[Measure]:
    found = [getattr(one.measures, field.name) for field in fields(one.measures)]
    waits = [asked.wait for asked in one.measures.follow_ups]
    return [each for each in (*found, *waits, *one.measures.total_resolution) if isinstance(each, Measure)]


@given(histories())
def test_no_figure_is_negative_and_none_is_longer_in_business_hours_than_raw(history: list[Event]) -> None:
    one = of(*history)
    assert every_measure(one)
    assert [each for each in every_measure(one) if not 0 <= each.business_s <= each.raw_s] == []
    for flow in (one.measures.waterfall, one.measures.business_waterfall):
        assert flow is None or min(flow.values()) >= 0


@given(histories())
def test_the_parts_of_a_first_response_are_exactly_the_whole(history: list[Event]) -> None:
    is_ = of(*history).measures
    if is_.frt is None:
        assert (is_.waterfall, is_.business_waterfall) == (None, None)
        return
    assert is_.waterfall is not None
    assert is_.business_waterfall is not None
    assert tuple(is_.waterfall) == PHASES
    assert sum(is_.waterfall.values()) == is_.frt.raw_s
    assert sum(is_.business_waterfall.values()) == is_.frt.business_s


@given(histories())
def test_where_the_clock_always_runs_business_hours_are_all_hours(history: list[Event]) -> None:
    always = replace(history[0], facts={**history[0].facts, "policy": policy().as_facts()})
    one = of(always, *history[1:])
    assert [each for each in every_measure(one) if each.business_s != each.raw_s] == []
    assert one.measures.waterfall == one.measures.business_waterfall


@st.composite
def interleavings(draw: st.DrawFn) -> tuple[list[Event], list[Event]]:
    """The same case become known in two ways: what people press keeps its order, and a post comes before its end."""
    begun, facts, presses = draw(beginnings()), draw(FACTS), draw(PRESSES)
    ends = [
        Event(draw(st.sampled_from([EventKind.DELETED, EventKind.EDITED])), event.happened_at + HOUR, TimeSource.OURS, post=event.post)
        for event in facts
        if event.kind is EventKind.JOINED and draw(st.booleans())
    ]  # fmt: skip

    def arrival() -> list[Event]:
        pressed = list(presses)
        arrived = draw(st.permutations([*facts, *ends, *[None] * len(presses)]))
        told = [pressed.pop(0) if event is None else event for event in arrived]
        return [*begun, *_posts_before_their_ends(told)]

    return arrival(), arrival()


def _posts_before_their_ends(events: Sequence[Event]) -> list[Event]:
    late = [event for event in events if event.kind in {EventKind.DELETED, EventKind.EDITED}]
    told = [event for event in events if event not in late]
    for end in late:
        place = next(index for index, event in enumerate(told) if event.post == end.post)
        told.insert(max(place + 1, min(events.index(end), len(told))), end)
    return told


@given(interleavings())
def test_in_whatever_order_it_becomes_known_the_figures_are_the_same(
    ways: tuple[list[Event], list[Event]],
) -> None:
    one, other = (of(*way) for way in ways)
    assert one.measures == other.measures
    assert one.experience == other.experience


@given(histories())
def test_the_stretches_until_a_case_was_closed_follow_each_other(history: list[Event]) -> None:
    # presses that contradict each other are refused before they become events
    one = of(*_possible(history))
    stretches = one.measures.total_resolution
    assert all(stretch.begun_at <= stretch.ended_at for stretch in stretches)
    assert all(before.ended_at <= after.begun_at for before, after in pairwise(stretches))
    if one.measures.ttr is not None and stretches:
        total = one.measures.total_resolution_s
        assert total is not None
        assert total >= one.measures.ttr.raw_s


def _possible(history: list[Event]) -> list[Event]:
    ended = False
    told = []
    for event in history:
        ends = event.kind in {EventKind.CLOSED, EventKind.DISMISSED}
        if (ends and ended) or (event.kind is EventKind.REOPENED and not ended):
            continue
        ended = (ended or ends) and event.kind is not EventKind.REOPENED
        told.append(event)
    return told


# ---- what the tables of docs/clocks.md can't say -------------------------------------------------------


def flow(**minutes: float | None) -> dict[str, int] | None:
    names = ("posted", "seen", "opened", "alerted", "acknowledged", "responded")
    return waterfall({f"{name}_at": None if (m := minutes.get(name)) is None else at(m) for name in names})


@pytest.mark.parametrize(
    ("minutes", "parts", "why"),
    [
        ({"seen": 1, "opened": 2, "alerted": 4, "acknowledged": 7, "responded": 20}, [1, 1, 2, 3, 13], "each in its turn"),
        ({"seen": 1, "opened": 2, "alerted": 4, "responded": 20}, [1, 1, 2, 0, 16], "nobody took it"),
        ({"seen": 1, "opened": 2, "alerted": 4, "acknowledged": 30, "responded": 20}, [1, 1, 2, 0, 16], "taken after the answer"),
        ({"seen": 1, "opened": 2, "alerted": 9, "acknowledged": 7, "responded": 20}, [1, 1, 7, 0, 11], "taken from the page before the message went out"),
        ({"seen": 9, "opened": 10, "responded": 5}, [0, 0, 0, 0, 5], "answered before it was seen"),
        ({"seen": -1, "opened": 2, "responded": 5}, [0, 2, 0, 0, 3], "by a clock that is off it was seen before it was posted"),
        ({"opened": 2, "alerted": 4, "acknowledged": 7, "responded": 7}, [0, 2, 2, 3, 0], "answered at the instant at which it was taken"),
    ],
)  # fmt: skip
def test_where_the_time_went(minutes: dict[str, float], parts: list[int], why: str) -> None:
    found = flow(posted=0, **minutes)
    assert found is not None
    assert list(found.values()) == [part * 60 for part in parts], why


def test_without_an_answer_the_time_went_nowhere_yet() -> None:
    assert flow(posted=0, seen=1, opened=2) is None


def test_what_is_rounded_is_the_way_and_not_its_parts() -> None:
    half = timedelta(seconds=0.5)
    instants: dict[str, Any] = {
        "posted_at": NOON, "seen_at": NOON + half, "opened_at": NOON + 3 * half, "alerted_at": NOON + 5 * half,
        "acknowledged_at": NOON + 7 * half, "responded_at": NOON + 9 * half,
    }  # fmt: skip
    assert waterfall(instants) == dict(zip(PHASES, [0, 1, 1, 1, 1], strict=True))


def test_a_network_whose_clock_is_ahead_is_measured_by_its_own() -> None:
    """Posted at 12:00 by the network, whose clock is 40 s ahead; seen at 12:00:20 by ours, which is 12:01 by theirs."""
    one = of(opened(1), seen(joined(1, 0), 20 / 60, ahead=40), acknowledged(2), answered(9, 10))
    assert one.seen == Seen(at(20 / 60), timedelta(seconds=40))
    assert one.measures.detection_lag is not None
    assert one.measures.detection_lag.raw_s == 60
    assert one.measures.waterfall == dict(zip(PHASES, [60, 40, 0, 60, 440], strict=True))


def test_events_that_do_not_say_when_a_post_was_seen_are_told_by_its_row() -> None:
    one = measured(7, [opened(2), joined(1, 0)], now=NOW, seen={1: Seen(at(1))})
    assert one.measures.detection_lag is not None
    assert one.measures.triage_lag is not None
    assert (one.measures.detection_lag.raw_s, one.measures.triage_lag.raw_s) == (60, 60)
    assert of(opened(2), joined(1, 0)).measures.detection_lag is None, "nobody knows"


def test_nothing_of_a_customer_is_measured_of_a_crisis() -> None:
    begins = opened(3)
    one = of(replace(begins, facts={**begins.facts, "crisis": True}), joined(1, 0), acknowledged(5))
    assert one.experience is None
    assert (one.measures.frt, one.measures.answer, one.measures.waterfall) == (None, None, None)
    assert one.measures.detection_lag is None
    assert one.measures.tta is not None, "who took it is known of it too"


def test_a_raised_case_is_measured_by_the_calendar_of_the_playbook_it_is_in() -> None:
    office = replace(policy(clock="office"), calendar=OFFICE)
    one = of(opened(170, by=office), joined(1, 170), joined(2, 400), raised(2, 400, 401), answered(9, 410))
    assert one.measures.frt is not None
    assert one.measures.frt.business_s == one.measures.frt.raw_s == 240 * 60


@pytest.mark.parametrize(
    ("before", "after", "course"),
    [
        ("negative", "positive", "recovered"),
        ("negative", "neutral", "recovered"),
        ("negative", "negative", "unchanged"),
        ("neutral", "neutral", "unchanged"),
        ("neutral", "positive", "unchanged"),
        ("positive", "positive", "unchanged"),
        ("neutral", "negative", "worse"),
        ("positive", "neutral", "worse"),
        ("positive", "negative", "worse"),
        ("negative", None, None),
        (None, "positive", None),
        (None, None, None),
    ],
)
def test_how_a_feeling_went(before: str | None, after: str | None, course: str | None) -> None:
    assert course_of(before, after) == course


def test_a_broken_promise_is_no_goal_reached_unless_it_was_kept_late() -> None:
    made = happened(EventKind.PROMISED, 12, actor="aino", number=1, what="send", due_at=at(100).isoformat())
    broken = happened(EventKind.PROMISE_BROKEN, 100, number=1)
    history = [opened(), joined(1, 0), answered(9, 10), made, broken]
    thanks = joined(3, 170, deserving=False, sentiment="positive")
    one = of(*history, thanks)
    assert one.experience is not None
    assert one.experience.goal_reached == "no"
    kept = of(*history, happened(EventKind.PROMISE_KEPT, 160, actor="aino", number=1), thanks)
    assert kept.experience is not None
    assert kept.experience.goal_reached == "yes"
