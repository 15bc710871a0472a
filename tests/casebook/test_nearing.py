"""Warnings before a promise is broken: at which instants, of what, and never too late. Pure."""

from datetime import datetime, timedelta

import pytest

from casebook.case import Case
from casebook.event import Event, EventKind
from casebook.fold import with_events
from casebook.nearing import next_warning, still_owes, warning_events
from tests.fakes import (
    HOUR,
    LATE_DELIVERY,
    TICK,
    acknowledged,
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
)

HALF, FOUR_FIFTHS, DUE = at(60), at(96), at(120)
"""Of the two hours that a late delivery has."""
MINE = acknowledged(1)


def warned(case: Case, now: datetime) -> list[tuple[str, int]]:
    """Of what, and how much of its time is gone."""
    events = warning_events(case, now=now)
    return [(str(event.facts["clock"]), int(event.facts["share"])) for event in events]


def told(case: Case, now: datetime) -> Case:
    return with_events(case, warning_events(case, now=now))


@pytest.mark.parametrize(
    ("now", "share", "why"),
    [
        (HALF - TICK, None, "just before half of the time"),
        (HALF, 50, "at half of it"),
        (HALF + TICK, 50, "just after"),
        (FOUR_FIFTHS - TICK, 50, "a late tick still tells of the half"),
        (FOUR_FIFTHS, 80, "at four fifths the half is no news any more"),
        (FOUR_FIFTHS + TICK, 80, "just after"),
        (DUE + HOUR, 80, "whoever slept through it is told of what was nearly broken, once"),
    ],
)
def test_of_what_the_owner_is_warned_when(now: datetime, share: int | None, why: str) -> None:
    expected = [] if share is None else [("respond", share)]
    assert warned(case_of(MINE), now) == expected, why


@pytest.mark.parametrize(
    ("now", "share", "why"),
    [
        (FOUR_FIFTHS - TICK, None, "the half was told"),
        (FOUR_FIFTHS, 80, "four fifths are a thing of their own"),
        (FOUR_FIFTHS + TICK, 80, "just after"),
    ],
)
def test_each_share_is_told_once(now: datetime, share: int | None, why: str) -> None:
    case = told(case_of(MINE), HALF)
    assert next_warning(case) == FOUR_FIFTHS
    assert warned(case, now) == ([] if share is None else [("respond", share)]), why


def test_after_four_fifths_nothing_more_is_told_of_it() -> None:
    case = told(case_of(MINE), FOUR_FIFTHS)
    assert (next_warning(case), warned(case, DUE + HOUR)) == (None, [])


SILENT: list[tuple[list[Event], str]] = [
    ([MINE, answered(9, 59)], "answered before the half"),
    ([MINE, answered(9, 60)], "answered at the very instant"),
    ([MINE, pressed_replied(30)], "answered by a press"),
    ([MINE, closed(30)], "closed"),
    ([MINE, dismissed(30)], "a false alarm"),
    ([], "nobody has it: whoever is on call is called"),
    ([MINE, happened(EventKind.DELETED, 30)], "the customer took it back"),
    ([MINE, happened(EventKind.SNOOZED, 30, actor="aino", until=at(300).isoformat())], "put off"),
    ([MINE, happened(EventKind.MERGED, 30, into=3)], "it goes on in another case"),
    ([MINE, happened(EventKind.FOLDED, 30, crisis=3)], "its crisis calls people"),
    ([acknowledged(96)], "taken when both had passed"),
]


@pytest.mark.parametrize(("history", "why"), SILENT)
def test_nobody_is_warned(history: list[Event], why: str) -> None:
    events = [
        Event(event.kind, event.happened_at, event.source, post=1)
        if event.kind is EventKind.DELETED
        else event
        for event in history
    ]
    case = case_of(*events)
    for now in (HALF, FOUR_FIFTHS, DUE, DUE + HOUR):
        assert warned(case, now) == [], why
    assert next_warning(case) is None, why


@pytest.mark.parametrize(
    ("taken", "first", "why"),
    [
        (60 - 1 / 60, HALF, "a second before the half"),
        (60, FOUR_FIFTHS, "at the half: that had passed when they took it"),
        (61, FOUR_FIFTHS, "after it"),
    ],
)
def test_only_what_was_still_to_come_when_they_took_it_is_told(
    taken: float, first: datetime, why: str
) -> None:
    assert next_warning(case_of(acknowledged(taken))) == first, why


def test_a_case_that_is_answered_is_warned_of_its_close_alone() -> None:
    promised = policy(LATE_DELIVERY, resolve_within=4 * HOUR)
    case = case_of(opened(by=promised), joined(1, 0), MINE, answered(9, 30))
    assert next_warning(case) == at(120)
    assert warned(case, at(120)) == [("resolve", 50)]
    assert (still_owes(case, "resolve"), still_owes(case, "respond")) == (True, False)


def test_two_promises_that_are_near_at_once_are_two_events() -> None:
    promised = policy(LATE_DELIVERY, resolve_within=2 * HOUR)
    case = case_of(opened(by=promised), joined(1, 0), MINE)
    assert sorted(warned(case, HALF)) == [("resolve", 50), ("respond", 50)]


def test_a_raise_counts_anew_from_the_post_that_raised_it() -> None:
    case = told(case_of(MINE), FOUR_FIFTHS)
    case = with_events(case, [joined(2, 100), raised(2, 100, 101)])
    assert next_warning(case) is None, "somebody must take it first"
    case = with_events(case, [acknowledged(102)])
    assert next_warning(case) == at(115), "of the thirty minutes of a recall"


def test_a_promise_without_a_time_is_none_to_warn_of() -> None:
    case = case_of(opened(by=policy(LATE_DELIVERY, respond_within=None)), joined(1, 0), MINE)
    assert next_warning(case) is None


def test_shares_are_of_the_whole_time_to_the_microsecond() -> None:
    promised = policy(LATE_DELIVERY, respond_within=timedelta(seconds=1))
    case = case_of(opened(by=promised), joined(1, 0), acknowledged(0))
    assert next_warning(case) == at(0) + timedelta(milliseconds=500)
