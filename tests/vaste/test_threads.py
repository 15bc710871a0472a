"""What is told below a card: when, to whom, and what need not be told any more. Pure."""

from typing import Any

import pytest

from casebook.case import FoundAnswer
from casebook.event import Event, EventKind
from tests.fakes import (
    HOUR,
    LATE_DELIVERY,
    acknowledged,
    after,
    answered,
    at,
    case_of,
    closed,
    desk,
    happened,
    joined,
    opened,
    policy,
    told,
)
from vaste.threads import closing, found, is_told, line_below, warnings

HERE = desk()
ALERTED = happened(EventKind.ALERTED, 0.1, delivery="case:7:card:team:care")
STANDS = (opened(), joined(1, 0), ALERTED)
MINE = acknowledged(1)
BELOW = [("page", "team:care", "closed")]


@pytest.mark.parametrize(
    ("history", "direct", "is_owed", "why"),
    [
        (STANDS, True, True, "its card stands in a channel with threads"),
        ((opened(), joined(1, 0)), True, False, "nobody has got a card of it"),
        (STANDS, False, False, "a terminal has no threads"),
        ((*STANDS, happened(EventKind.FOLDED, 2, crisis=3)), True, False, "a child of a crisis is quiet"),
        ((*STANDS, happened(EventKind.MERGED, 2, into=3)), True, False, "it goes on in another case"),
    ],
)
def test_where_there_is_a_thread_a_line_is_owed(
    *, history: tuple[Event, ...], direct: bool, is_owed: bool, why: str
) -> None:
    owed = line_below(case_of(*history), "closed", desk(direct=direct))
    assert (owed != ()) is is_owed, why


def test_a_line_calls_nobody_and_stands_below_the_card_of_the_team_that_has_it() -> None:
    given = happened(EventKind.REASSIGNED, 2, actor="aino", to="team:shop", team="shop", people=["ben"])
    (owed,) = line_below(case_of(*STANDS, given), "follow_up", HERE, about=2, post=5)
    assert (owed.kind, owed.addressee, owed.about) == ("page", "team:shop", 2)
    assert owed.content == {"why": "follow_up", "people": [], "step": 0, "post": 5}


def test_a_close_is_told_once_among_whatever_came_with_it() -> None:
    events = (acknowledged(5), closed(5))
    change = closing(case_of(*STANDS), events, HERE)
    assert change.events == events
    assert (told(change), change.owed[0].about) == (BELOW, 1)
    assert closing(case_of(*STANDS), (acknowledged(5),), HERE).owed == ()


@pytest.mark.parametrize(
    ("history", "count", "is_owed", "why"),
    [
        ((), 0, False, "nothing was found"),
        ((), 1, True, "the first answer"),
        ((), 2, True, "two at once are one line"),
        ((answered(9, 3),), 1, False, "one more answer to an answered customer"),
        ((answered(9, 3), joined(2, 5)), 1, True, "the one they waited for again"),
    ],
)
def test_an_answer_is_told_when_it_was_waited_for(
    *, history: tuple[Event, ...], count: int, is_owed: bool, why: str
) -> None:
    answers = [FoundAnswer(20 + place, at(10 + place), "ainokahvi") for place in range(count)]
    owed = found(case_of(*STANDS, *history), answers, HERE)
    assert [one.content["why"] for one in owed] == ["answered"] * is_owed, why


def test_the_owner_is_warned_in_one_line_of_the_gravest() -> None:
    promised = policy(LATE_DELIVERY, resolve_within=3 * HOUR)
    case = case_of(opened(by=promised), joined(1, 0), ALERTED, MINE)
    change = warnings(case, HERE, now=at(96))
    assert sorted((event.facts["clock"], event.facts["share"]) for event in change.events) == [
        ("resolve", 50),
        ("respond", 80),
    ]
    (owed,) = change.owed
    assert change.events[owed.about].facts["share"] == 80
    assert owed.content == {"why": "warned", "people": ["aino"], "step": 80, "clock": "respond"}
    assert warnings(after(case, change), HERE, now=at(97)).events == ()


def test_without_a_thread_a_warning_is_an_event_all_the_same() -> None:
    change = warnings(case_of(opened(), joined(1, 0), MINE), HERE, now=at(60))
    assert ([event.kind for event in change.events], change.owed) == ([EventKind.WARNED], ())


WARNED = {"why": "warned", "people": ["aino"], "step": 50, "clock": "respond"}
GIVEN = happened(EventKind.REASSIGNED, 20, actor="aino", to="ben")


@pytest.mark.parametrize(
    ("content", "history", "is_over", "why"),
    [
        (WARNED, (MINE,), False, "they have it and owe the answer"),
        (WARNED, (MINE, answered(9, 30)), True, "the customer has it"),
        (WARNED, (MINE, GIVEN), True, "it is somebody else's now"),
        (WARNED, (MINE, closed(30)), True, "closed"),
        ({"why": "follow_up", "post": 1}, (MINE,), False, "the newest word"),
        ({"why": "follow_up", "post": 1}, (MINE, joined(2, 5)), True, "a later one tells it"),
        ({"why": "answered"}, (MINE, answered(9, 30)), False, "it is answered"),
        ({"why": "answered"}, (MINE,), True, "it is not"),
        ({"why": "closed"}, (MINE, closed(30)), False, "it is closed"),
        (
            {"why": "closed"},
            (MINE, closed(30), happened(EventKind.REOPENED, 40, actor="ben")),
            True,
            "open again",
        ),
        ({"why": "closed"}, (closed(30), happened(EventKind.MERGED, 40, into=3)), True, "merged"),
        ({"why": "follow_up", "post": 1}, (happened(EventKind.FOLDED, 2, crisis=3),), True, "folded"),
    ],
)
def test_what_need_not_be_told_any_more(
    *, content: dict[str, Any], history: tuple[Event, ...], is_over: bool, why: str
) -> None:
    assert is_told(case_of(*STANDS, *history), str(content["why"]), content) is is_over, why
