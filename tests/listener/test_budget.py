"""The rules of a budget: how it is written, what may be spent, when a count has moved."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.record import Spending, Spent
from listener.budget import Budget, Plan, notices, parse_budget, plan_month
from listener.purse import Purse
from listener.tripwire import Counted, has_moved

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
END = datetime(2026, 12, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIFTY = Budget(50_000_000)


@pytest.mark.parametrize(
    ("written", "micros", "shown"),
    [
        ("50 USD/month", 50_000_000, "50 USD/month"),
        (" 12.50 usd / month ", 12_500_000, "12.50 USD/month"),
        ("0.01 USD/month", 10_000, "0.01 USD/month"),
        ("1000000 USD/month", 10**12, "1000000 USD/month"),
        (FIFTY, 50_000_000, "50 USD/month"),
    ],
)
def test_a_budget_is_an_amount_a_month(written: object, micros: int, shown: str) -> None:
    assert parse_budget(written) == Budget(micros)
    assert str(parse_budget(written)) == shown


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("50", "is no budget; write for example 50 USD/month"),
        (50, "is no budget"),
        (True, "is no budget"),
        ("50 EUR/month", "vendors bill in US dollars"),
        ("50 USD/week", "a budget is for a calendar month"),
        ("0 USD/month", "between nothing and a million"),
        ("1000001 USD/month", "between nothing and a million"),
        ("-5 USD/month", "is no budget"),
        ("5.001 USD/month", "is no budget"),
        ("٥ USD/month" * 1000, "is no budget"),
    ],
)
def test_what_is_no_budget_says_how_to_write_one(written: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_budget(written)


def line(micros: int, lane: str = "mentions") -> tuple[Spent, ...]:
    return (Spent(lane, "post", micros // 5_000, micros),)


@given(
    gone=st.floats(0, 1, exclude_max=True),
    first=st.integers(0, 60_000_000),
    wide=st.integers(0, 60_000_000),
    since=st.floats(-1, 1.2),
)
def test_no_plan_gives_more_than_is_left(gone: float, first: int, wide: int, since: float) -> None:
    now = BEGIN + gone * (END - BEGIN)
    both = line(first) + line(wide, "search:x")
    spending = Spending(both, both, both, since=BEGIN + since * (END - BEGIN))
    plan = plan_month(FIFTY, spending, now=now)
    assert plan.left == max(50_000_000 - first - wide, 0)
    assert 0 <= plan.first <= plan.left
    assert 0 <= plan.wide <= plan.left
    assert plan.forecast is None or min(first + wide, 50_000_000) <= plan.forecast <= 50_000_000


@given(
    asked=st.lists(st.tuples(st.integers(1, 200), st.booleans(), st.integers(0, 200)), max_size=30),
    first=st.integers(0, 2_000_000),
    wide=st.integers(0, 2_000_000),
    left=st.integers(0, 3_000_000),
    lanes=st.integers(1, 4),
)
def test_a_purse_never_lends_more_than_the_plan_allows(
    asked: list[tuple[int, bool, int]], first: int, wide: int, left: int, lanes: int
) -> None:
    purse = Purse(Plan(50_000_000, 0, left, first, wide, 0, None), first_lanes=lanes)
    cost = {True: 0, False: 0}
    for wanted, is_wide, read in asked:
        lent = purse.lend(wanted, price=5_000, wide=is_wide, least=5)
        assert lent == 0 or 5 <= lent <= wanted
        used = min(read, lent)
        purse.give_back(lent - used, price=5_000, wide=is_wide)
        cost[is_wide] += used * 5_000
        assert cost[True] <= wide
        assert cost[False] <= first
        assert sum(cost.values()) <= left


def test_a_forecast_is_what_was_spent_and_the_pace_of_the_last_week() -> None:
    now = BEGIN + 15 * DAY
    spending = Spending(line(9_000_000), line(3_500_000), since=BEGIN)
    known = 6 * DAY + 23 * HOUR  # the hour that runs has just begun
    forecast = plan_month(FIFTY, spending, now=now).forecast
    assert forecast == round(9_000_000 + 3_500_000 / (known / DAY) * 15)


def test_before_a_day_is_known_there_is_no_forecast() -> None:
    spending = Spending(since=BEGIN + 5 * HOUR)
    assert plan_month(FIFTY, spending, now=BEGIN + 5 * HOUR + DAY - timedelta(seconds=1)).forecast is None
    assert plan_month(FIFTY, spending, now=BEGIN + 5 * HOUR + DAY).forecast == 0


@pytest.mark.parametrize(
    ("micros", "shares"),
    [
        (39_999_999, []),
        (40_000_000, [80]),
        (49_975_000, [80]),
        (49_975_001, [80, 100]),
        (50_000_000, [80, 100]),
    ],
)
def test_people_are_told_at_four_fifths_and_when_no_look_can_be_paid(micros: int, shares: list[int]) -> None:
    plan = plan_month(FIFTY, Spending(line(micros), since=BEGIN), now=BEGIN + 20 * DAY)
    assert [share for share, _ in notices(plan, least=25_000)] == shares


def counts(*posts: int, running: int, part: float = 0.5) -> list[Counted]:
    """So many posts in each whole hour before the one that runs."""
    now = BEGIN + 8 * DAY
    hours = [
        Counted(now - (len(posts) - at) * HOUR, now - (len(posts) - at - 1) * HOUR, said)
        for at, said in enumerate(posts)
    ]
    return [*hours, Counted(now, now + part * HOUR, running)]


WEEK = [100] * 160


@pytest.mark.parametrize(
    ("said", "found", "moved"),
    [
        ("as ever", counts(*WEEK, 100, running=50), False),
        ("twice as much is not enough", counts(*WEEK, 200, running=100), False),
        ("over twice and chance", counts(*WEEK, 237, running=100), True),
        ("the beginning of an hour counts", counts(*WEEK, 100, running=240, part=0.1), True),
        ("quiet, then three", counts(*[0] * 160, 3, running=0), False),
        ("quiet, then four", counts(*[0] * 160, 4, running=0), True),
        (
            "a loud hour of every day is as ever",
            counts(*([10] * 22 + [500, 500]) * 6, *[10] * 22, 500, running=250),
            False,
        ),
        (
            "a loud hour at a quiet time",
            counts(*([10] * 22 + [500, 500]) * 6, *[10] * 10, 300, running=150),
            True,
        ),
        ("one day known: the mean of its hours", counts(*[10] * 20, 60, running=30), True),
        ("nothing known", counts(1_000, running=1_000), False),
    ],
)
def test_a_count_moves_when_it_is_more_than_such_hours_hold(
    said: str, found: list[Counted], *, moved: bool
) -> None:
    assert has_moved(found) is moved, said
