"""Whether an hour has more negative mentions than is usual for it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.burst import FLOOR, MOST_SHAPE, SURPRISE, WEEK_HOURS, Usual, burst, learn_usual, tail

STEADY = {hour: [2, 2, 2, 2, 2, 2, 2, 2] for hour in range(WEEK_HOURS)}
NIGHT, DAY = 3, 12
RHYTHM = {hour: [0] * 8 if hour % 24 < 6 else [12, 9, 11, 10, 8, 13, 10, 9] for hour in range(WEEK_HOURS)}


@pytest.mark.parametrize(
    ("count", "hour", "found", "why"),
    [
        (13, NIGHT, True, "thirteen at an hour when nobody writes"),
        (13, DAY, False, "thirteen at an hour when ten are usual"),
        (40, DAY, True, "forty are not"),
        (FLOOR - 1, NIGHT, False, "under the floor nothing is a burst, however quiet the hour is"),
    ],
)
def test_the_same_count_says_something_else_at_another_hour(
    count: int, hour: int, *, found: bool, why: str
) -> None:
    assert (burst(count, hour, learn_usual(RHYTHM)) is not None) is found, why


def test_without_history_a_handful_is_no_burst_and_dozens_are() -> None:
    nothing = learn_usual({})
    assert burst(FLOOR, DAY, nothing) is None
    assert burst(30, DAY, nothing) is not None


def test_one_crisis_does_not_hide_the_next() -> None:
    once = {**STEADY, DAY: [2, 2, 2, 90, 2, 2, 2, 2]}
    assert learn_usual(once).means[DAY] < 4
    assert burst(30, DAY, learn_usual(once)) is not None


def test_hours_that_scatter_need_more() -> None:
    wild = {hour: [0, 9, 0, 1, 8, 0, 10, 2] for hour in range(WEEK_HOURS)}
    calm = {hour: [4, 4, 3, 4, 4, 3, 4, 4] for hour in range(WEEK_HOURS)}
    assert burst(16, DAY, learn_usual(calm)) is not None
    assert burst(16, DAY, learn_usual(wild)) is None


def test_a_burst_says_how_unlikely_it_was() -> None:
    found = burst(40, DAY, learn_usual(RHYTHM))
    assert found is not None
    assert found.count == 40
    assert 9 < found.usual < 11
    assert 0 <= found.chance < SURPRISE


@given(st.integers(1, 60), st.floats(0.01, 40), st.floats(1, MOST_SHAPE))
def test_the_tail_falls_with_the_count_and_rises_with_the_mean(count: int, mean: float, shape: float) -> None:
    assert 0 <= tail(count, mean, shape) <= tail(count - 1, mean, shape) + 1e-12 <= 1 + 1e-9
    assert tail(count, mean, shape) <= tail(count, mean + 1, shape) + 1e-9


def test_the_tail_is_the_negative_binomials() -> None:
    """Of mean 2 and shape 1 it is geometric: P(K ≥ 3) = (2/3)³."""
    assert math.isclose(tail(3, 2.0, 1.0), (2 / 3) ** 3)
    assert tail(0, 2.0, 1.0) == 1.0


@given(st.dictionaries(st.integers(0, WEEK_HOURS - 1), st.lists(st.integers(0, 300), min_size=1, max_size=8)))
def test_any_history_gives_usable_figures(history: dict[int, list[int]]) -> None:
    usual = learn_usual(history)
    assert isinstance(usual, Usual)
    assert all(mean > 0 for mean in usual.means)
    assert 1.0 <= usual.shape <= MOST_SHAPE
