"""How often a source is looked at: `every` at the slowest, and more often while much is being said."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.pace import Arrival, Pause, Tempo, next_look, shortest_pause

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def arrivals(*found: tuple[float, int]) -> list[Arrival]:
    """Looks of so many seconds ago, and what they brought."""
    return [Arrival(NOW - seconds * SECOND, posts) for seconds, posts in found]


@pytest.mark.parametrize(
    ("said", "every", "brought", "pause"),
    [
        ("nothing ever", 60, [], 60),
        ("nothing lately: a quiet hour keeps the pace", 60, [(60, 0), (0, 0)], 60),
        ("a post now and then", 60, [(60, 1), (0, 1)], 60),
        ("four posts in two minutes are two a look", 60, [(60, 2), (0, 2)], 60),
        ("five are more", 60, [(60, 2), (0, 3)], 48),
        ("a burst", 60, [(0, 8)], 30),
        ("a greater burst ends at a quarter of every", 60, [(0, 500)], 15),
        ("a burst of two minutes ago is over", 60, [(120, 500)], 60),
        ("a burst of just under two minutes ago is not", 60, [(119.9, 500)], 15),
        ("a look from the future tells nothing", 60, [(-1, 500)], 60),
        ("never more often than every ten seconds", 20, [(0, 500)], 10),
        ("unless every is shorter: then it stays", 2, [(0, 500)], 2),
        ("a slow source remembers two of its turns", 600, [(1199, 500)], 150),
        ("and no more", 600, [(1200, 500)], 600),
    ],
)
def test_the_pause_follows_what_is_said(
    said: str, every: float, brought: list[tuple[float, int]], pause: float
) -> None:
    found = next_look(every=every * SECOND, arrivals=arrivals(*brought), now=NOW)
    assert found == Pause(pause * SECOND, Tempo.BURST if pause < every else Tempo.STEADY), said


@given(
    every=st.timedeltas(min_value=SECOND, max_value=timedelta(days=2)),
    brought=st.lists(st.tuples(st.floats(0, 100_000), st.integers(0, 10_000)), max_size=20),
)
def test_no_pause_is_longer_than_every_or_shorter_than_the_shortest(
    every: timedelta, brought: list[tuple[float, int]]
) -> None:
    pause = next_look(every=every, arrivals=arrivals(*brought), now=NOW)
    assert shortest_pause(every) <= pause.length <= every
