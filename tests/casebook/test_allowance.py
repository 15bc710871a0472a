"""Allowances: what may be taken when, at each boundary; two vendors' habits and one cap of ours."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.allowance import Allowance, Spent, free_at, rested, take

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ROOM = Allowance("room", 60, MINUTE, burst=3)
CAP = Allowance("cards", 2, MINUTE)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def taken(allowance: Allowance, *seconds: float) -> Spent | None:
    spent = None
    for second in seconds:
        assert free_at(allowance, spent, now=at(second)) == at(second)
        spent = take(allowance, spent, now=at(second))
    return spent


@pytest.mark.parametrize(
    ("allowance", "before", "now", "free"),
    [
        pytest.param(ROOM, (), 0, 0, id="a bucket of which nothing was taken is free"),
        pytest.param(ROOM, (0, 0), 0, 0, id="three at once are a burst"),
        pytest.param(ROOM, (0, 0, 0), 0, 1, id="the fourth waits a second"),
        pytest.param(ROOM, (0, 0, 0), 0.999, 1, id="and no less"),
        pytest.param(ROOM, (0, 0, 0), 1, 1, id="at the second it is free"),
        pytest.param(ROOM, (0, 0, 0, 1), 1, 2, id="after a burst it is one a second"),
        pytest.param(ROOM, (0, 0, 0), 3, 3, id="a quiet while fills it"),
        pytest.param(CAP, (0,), 0, 0, id="under the cap nothing waits"),
        pytest.param(CAP, (0, 20), 30, 60, id="at the cap it waits for the stretch to end"),
        pytest.param(CAP, (0, 20), 59.999, 60, id="and no less"),
        pytest.param(CAP, (0, 20), 60, 60, id="a new stretch is all free"),
        pytest.param(CAP, (0, 20, 60), 60, 60, id="and begins with its first"),
        pytest.param(CAP, (0, 20, 60, 61), 70, 120, id="so that it ends a minute after that"),
    ],
)
def test_an_allowance_is_free_as_it_is_renewed(
    allowance: Allowance, before: tuple[float, ...], now: float, free: float
) -> None:
    assert free_at(allowance, taken(allowance, *before), now=at(now)) == at(free)


@pytest.mark.parametrize("allowance", [ROOM, CAP])
def test_a_vendors_wait_holds_however_much_is_left_and_a_shorter_one_ends_none(allowance: Allowance) -> None:
    spent = rested(rested(taken(allowance, 0), until=at(90)), until=at(10))
    assert free_at(allowance, spent, now=at(2)) == at(90)
    assert free_at(allowance, spent, now=at(90)) == at(90)
    assert free_at(allowance, rested(None, until=at(5)), now=at(2)) == at(5)
    assert free_at(allowance, take(allowance, spent, now=at(90)), now=at(91)) == at(91)


@given(st.lists(st.floats(0, 4), min_size=5, max_size=60))
def test_a_bucket_never_gives_more_than_its_burst_and_its_rate(pauses: list[float]) -> None:
    spent, now, given_at = None, NOW, list[datetime]()
    for pause in pauses:
        now = max(now + timedelta(seconds=pause), NOW)
        free = free_at(ROOM, spent, now=now)
        now = max(now, free)
        spent = take(ROOM, spent, now=now)
        given_at.append(now)
    for first in range(len(given_at)):
        for last in range(first, len(given_at)):
            seconds = (given_at[last] - given_at[first]).total_seconds()
            assert last - first + 1 <= 3 + seconds + 0.001


def test_nothing_apart_is_always_free_but_for_a_vendors_wait() -> None:
    free = Allowance("console", 1, timedelta(0), burst=1)
    assert free_at(free, take(free, None, now=NOW), now=NOW) == NOW
