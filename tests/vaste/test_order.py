"""Who is judged first in a flood: a table of two mentions, the first of which goes before the second."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.record import Waiting
from tests.fakes import MINUTE, TICK, at
from vaste.order import LOUD, PATIENCE, triage_order

NOW = at(60)
_NUMBERS = itertools.count(1)


def waiting(
    posted: float = 59,
    *,
    seen: timedelta = timedelta(0),
    followers: int | None = None,
    backfilled: bool = False,
    addressed: bool = False,
    thread: int = 0,
) -> Waiting:
    """A mention posted at this minute and seen so long before now, in a conversation of its own."""
    number = next(_NUMBERS)
    return Waiting(
        number, ("x", "root", thread or number), at(posted), NOW - seen, followers, backfilled, addressed
    )


TABLE = {
    "the older of two that are alike": (waiting(30), waiting(31)),
    "addressed to us before older": (waiting(59, addressed=True), waiting(1)),
    "loud before older": (waiting(59, followers=LOUD), waiting(1, followers=LOUD - 1)),
    "older before more followers, where both are loud": (
        waiting(1, followers=LOUD),
        waiting(2, followers=9 * LOUD),
    ),
    "addressed and loud before addressed": (
        waiting(59, addressed=True, followers=LOUD),
        waiting(1, addressed=True),
    ),
    "long waited before fresh": (waiting(59, seen=PATIENCE), waiting(1, seen=PATIENCE - TICK)),
    "the older of one addressed and one that has waited long": (
        waiting(1, seen=PATIENCE),
        waiting(2, addressed=True),
    ),
    "anything before what was there before the first start": (
        waiting(59),
        waiting(1, addressed=True, followers=LOUD, seen=PATIENCE, backfilled=True),
    ),
    "of what was there before, too, the addressed first": (
        waiting(2, addressed=True, backfilled=True),
        waiting(1, backfilled=True),
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_first_goes(name: str) -> None:
    first, second = TABLE[name]
    for given_order in ([first, second], [second, first]):
        assert triage_order(given_order, NOW) == [first.post, second.post]


def test_posts_of_one_customer_in_one_conversation_stay_together_oldest_first() -> None:
    opening, urgent = waiting(1, thread=7), waiting(50, addressed=True, thread=7)
    other = waiting(2)
    assert triage_order([other, urgent, opening], NOW) == [opening.post, urgent.post, other.post]


def test_nothing_waits_for_ever_in_an_endless_flood_of_addressed_posts() -> None:
    patient = waiting(1)
    for minute in range(60):
        now = NOW + minute * MINUTE
        fresh = [
            replace(waiting(60, addressed=True), posted_at=now - second * TICK, seen_at=now)
            for second in range(3)
        ]
        if triage_order([*fresh, patient], now)[0] == patient.post:
            break
    assert minute == PATIENCE // MINUTE


@given(
    st.lists(
        st.builds(
            waiting,
            st.floats(0, 59),
            followers=st.none() | st.integers(0, 2 * LOUD),
            backfilled=st.booleans(),
            addressed=st.booleans(),
            thread=st.integers(1, 4),
        )
    ),
    st.integers(0, 99),
)
def test_everybody_gets_one_turn_and_the_order_hangs_on_no_chance(mentions: list[Waiting], cut: int) -> None:
    ordered = triage_order(mentions, NOW)
    assert sorted(ordered) == sorted(mention.post for mention in mentions)
    assert triage_order(mentions[cut:] + mentions[:cut], NOW) == ordered
    assert triage_order(mentions[::-1], NOW) == ordered
