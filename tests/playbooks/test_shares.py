"""How on-call time is shared: what counts as a night, a weekend and a holiday, and how fair it is."""

from collections.abc import Container
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.roster import Shift
from playbooks.shares import Carried, carried, gini

HELSINKI = ZoneInfo("Europe/Helsinki")
HOUR = timedelta(hours=1)
JUHANNUS = frozenset({date(2026, 6, 19), date(2026, 6, 20)})


def helsinki(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=HELSINKI).astimezone(UTC)


def told(*shifts: Shift, people: tuple[str, ...] = ("aino",)) -> list[Carried]:
    def holidays_of(person: str) -> Container[date]:
        return JUHANNUS if person != "nancy" else frozenset()

    return carried(shifts, people=people, zone=HELSINKI, holidays_of=holidays_of)


# (begins, ends, nights, weekends, holidays): a sentence a row
COUNTS = {
    "an hour of an evening": ((2026, 6, 16, 20), (2026, 6, 16, 21), 0, 0, 0),
    "until ten sharp": ((2026, 6, 16, 20), (2026, 6, 16, 22), 0, 0, 0),
    "a minute past ten": ((2026, 6, 16, 20), (2026, 6, 16, 22, 1), 1, 0, 0),
    "from seven sharp": ((2026, 6, 16, 7), (2026, 6, 16, 8), 0, 0, 0),
    "a minute before seven is of the night before": ((2026, 6, 16, 6, 59), (2026, 6, 16, 8), 1, 0, 0),
    "one night is one night": ((2026, 6, 16, 22), (2026, 6, 17, 7), 1, 0, 0),
    "a week": ((2026, 6, 8, 9), (2026, 6, 15, 9), 7, 1, 0),
    "until Saturday's first instant": ((2026, 6, 12, 12), (2026, 6, 13, 0), 1, 0, 0),
    "a minute of Saturday": ((2026, 6, 12, 23), (2026, 6, 13, 0, 1), 1, 1, 0),
    "from Monday's first instant": ((2026, 6, 15, 0), (2026, 6, 15, 8), 1, 0, 0),
    "Juhannus, both days": ((2026, 6, 19, 12), (2026, 6, 20, 12), 1, 1, 2),
    "the night the clocks go back": ((2026, 10, 24, 22), (2026, 10, 25, 7), 1, 1, 0),
}


@pytest.mark.parametrize("row", COUNTS.values(), ids=COUNTS.keys())
def test_what_is_counted(row: tuple[tuple[int, ...], tuple[int, ...], int, int, int]) -> None:
    begins, ends, nights, weekends, holidays = row
    (aino,) = told(Shift(helsinki(*begins), helsinki(*ends), "aino", "in turn"))
    assert (aino.nights, aino.weekends, aino.holidays) == (nights, weekends, holidays)


def test_hours_are_time_that_passed() -> None:
    (aino,) = told(Shift(helsinki(2026, 10, 24, 22), helsinki(2026, 10, 25, 7), "aino", "in turn"))
    assert aino.hours == 10 * HOUR


def test_a_night_of_two_shifts_is_one_night() -> None:
    first = Shift(helsinki(2026, 6, 16, 22), helsinki(2026, 6, 17, 1), "aino", "in turn")
    second = Shift(helsinki(2026, 6, 17, 3), helsinki(2026, 6, 17, 7), "aino", "stands in")
    assert told(first, second)[0].nights == 1


def test_a_holiday_is_one_where_the_person_lives() -> None:
    shift = Shift(helsinki(2026, 6, 19, 9), helsinki(2026, 6, 19, 10), "nancy", "in turn")
    assert {one.person: one.holidays for one in told(shift)} == {"nancy": 0, "aino": 0}


def test_shares_are_against_the_mean_of_all_who_are_counted_and_gaps_are_nobody_s() -> None:
    at = helsinki(2026, 6, 16, 9)
    found = told(
        Shift(at, at + 3 * HOUR, "ben", "in turn"),
        Shift(at + 3 * HOUR, at + 4 * HOUR, "aino", "in turn"),
        Shift(at + 4 * HOUR, at + 9 * HOUR, None, "nobody"),
        people=("aino", "ben", "caro", "dan"),
    )
    assert [(one.person, one.share) for one in found] == [("ben", 3), ("aino", 1), ("caro", 0), ("dan", 0)]


def test_nobody_carries_anything_of_nothing() -> None:
    assert told() == [Carried("aino", timedelta(), 0, 0, 0, 0.0)]
    assert told(people=()) == []


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [([], 0), ([0, 0], 0), ([5], 0), ([3, 3, 3], 0), ([0, 1], 1 / 2), ([0, 0, 0, 8], 3 / 4), ([1, 3], 1 / 4)],
)
def test_the_gini_coefficient_of_what_can_be_reckoned_by_hand(amounts: list[float], expected: float) -> None:
    assert gini(amounts) == pytest.approx(expected)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=12))
def test_the_gini_coefficient_is_what_its_definition_says(amounts: list[float]) -> None:
    mean, n = sum(amounts) / len(amounts), len(amounts)
    apart = sum(abs(one - other) for one in amounts for other in amounts)
    assert gini(amounts) == pytest.approx(apart / (2 * n * n * mean) if mean else 0, abs=1e-9)
    assert -1e-9 <= gini(amounts) <= 1 - 1 / n + 1e-9
