"""How many a post has reached, how that grows, and when it comes to a mark."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.reach import APART, HOUR, Marks, Reading, count_of, growth, passes, reach_of, read_again

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(minutes: float) -> datetime:
    return NOON + minutes * MINUTE


def read(*pairs: tuple[float, int]) -> tuple[Reading, ...]:
    """Readings at minutes after noon."""
    readings: tuple[Reading, ...] = ()
    for minutes, reach in pairs:
        readings = read_again(readings, at(minutes), reach)
    return readings


@pytest.mark.parametrize(
    ("done", "views", "reach"),
    [
        ((), None, None),
        ((None, None), None, None),
        ((3, 2, None), None, 5),
        ((3, 2), 100, 100),
        ((3, 2), 0, 5),  # a network that counts no views of young posts
        ((), 0, 0),
        ((-4, 2), None, 2),
    ],
)
def test_reach_is_the_views_or_all_that_was_done(
    done: tuple[int | None, ...], views: int | None, reach: int | None
) -> None:
    assert reach_of(*done, views=views) == reach


@pytest.mark.parametrize(
    ("written", "count"), [(7, 7), (-1, -1), (True, None), ("7", None), (7.5, None), (None, None), (10**40, 2**53)]
)  # fmt: skip
def test_a_count_is_a_whole_number(written: object, count: int | None) -> None:
    assert count_of(written) == count


@pytest.mark.parametrize(
    ("pairs", "now", "grown", "why"),
    [
        ([], 0, None, "never read"),
        ([(10, 500)], 10, 500, "younger than an hour: all of it, and no more than that"),
        ([(60, 500)], 60, 500, "an hour old"),
        ([(120, 500)], 120, 250, "first read when it was two hours old"),
        ([(10, 100), (70, 700)], 70, 600, "the reading of an hour ago"),
        ([(10, 100), (69, 700)], 69, 700 / 69 * 60, "no reading is an hour old: since it was posted"),
        ([(10, 100), (40, 400), (80, 700)], 80, 600 / 70 * 60, "the newest that is an hour old"),
        ([(10, 900)], 70, 0, "not read again since: it has not grown, as far as we know"),
        ([(10, 100), (70, 40)], 70, -60, "fewer than before"),
        ([(10, 100), (70, 700)], 60, 100, "as it was known then"),
    ],
)
def test_growth_is_what_an_hour_brought(
    pairs: list[tuple[float, int]], now: float, grown: float | None, why: str
) -> None:
    found = growth(read(*pairs), posted_at=NOON, at=at(now))
    assert found == (None if grown is None else pytest.approx(grown)), why


def test_a_post_from_the_future_has_grown_what_it_has() -> None:
    assert growth(read((0, 50)), posted_at=at(30), at=NOON) == 50


def test_only_so_many_readings_are_kept_as_the_last_hour_needs() -> None:
    readings = read(*((minutes, minutes * 10) for minutes in range(1, 600)))
    assert len(readings) <= HOUR // APART + 3
    assert readings[-1] == (at(599), 5_990)
    assert growth(readings, posted_at=NOON, at=at(599)) == pytest.approx(600, rel=0.2)


def test_a_reading_older_than_the_last_one_is_left_out() -> None:
    assert read((10, 100), (9, 70)) == read((10, 100))


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 10_000)), min_size=1, max_size=60))
def test_what_is_left_out_changes_no_growth_by_more_than_its_span(steps: list[tuple[int, int]]) -> None:
    """The kept reading that growth counts from is at least an hour old, and no kept one that old is newer."""
    minutes, readings = 0, list[tuple[float, int]]()
    for step, reach in steps:
        minutes += step
        readings.append((minutes, reach))
    kept = read(*readings)
    now = at(minutes)
    assert kept[-1] == (now, readings[-1][1])
    assert list(kept) == sorted(kept)
    assert sum(when <= now - HOUR for when, _ in kept) <= 1
    if minutes - readings[0][0] >= 60 + 20:
        assert kept[0][0] <= now - HOUR


@pytest.mark.parametrize(
    ("before", "after", "is_passed"),
    [
        ([(1, 999)], (2, 1_000), True),
        ([(1, 999)], (2, 999), False),
        ([(1, 1_000)], (2, 1_001), False),
        ([(1, 1_001), (2, 900)], (3, 1_000), True),
        ([], (2, 1_000), True),
    ],
)
def test_a_mark_is_passed_when_it_is_come_to_from_below(
    before: list[tuple[float, int]], after: tuple[float, int], *, is_passed: bool
) -> None:  # fmt: skip
    marks = Marks(frozenset({1_000}))
    both = (read(*before), read(*before, after))
    assert passes(marks, *both, posted_at=NOON, at=at(after[0])) is is_passed


@pytest.mark.parametrize(("reach", "is_passed"), [(599, False), (600, True)])
def test_a_growth_is_a_mark_too(reach: int, *, is_passed: bool) -> None:
    before = read((10, 100))
    after = read_again(before, at(70), reach)
    marks = Marks(growing=frozenset({500}))
    assert passes(marks, before, after, posted_at=NOON, at=at(70)) is is_passed
