"""How far back a look must read, learnt from what came late."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.lateness import LONGEST, Shown, adapt, lateness

LOOKED_AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LEAST = timedelta(minutes=10)
BEFORE = Shown(frozenset({"known"}), LOOKED_AT - timedelta(minutes=30), LOOKED_AT)
STRETCHES = st.timedeltas(timedelta(seconds=1), timedelta(days=2))
WAITS = st.timedeltas(timedelta(0), timedelta(days=400))


@pytest.mark.parametrize(
    ("post", "minutes", "late_by"),
    [
        ("new", 8, 8),
        ("known", 8, 0),  # shown in time
        ("new", 30, 30),  # the first instant of its window
        ("new", 30.1, 0),  # it never read so far back
        ("new", 1, 0),  # times are cut to seconds, and a search ends half a minute ago
        ("new", 1.1, 1.1),
        ("new", -1, 0),  # posted since
    ],
)
def test_a_post_is_late_that_an_earlier_look_should_have_shown(
    post: str, minutes: float, late_by: float
) -> None:
    posts = [(post, LOOKED_AT - timedelta(minutes=minutes)), ("known", LOOKED_AT - timedelta(minutes=2))]
    assert lateness(BEFORE, posts) == timedelta(minutes=late_by)
    assert lateness(None, posts) == timedelta(0)  # after a restart nothing is known of before


def adapted(stretch: timedelta, late_by: timedelta, since_last: timedelta = timedelta(0)) -> timedelta:
    return adapt(stretch, least=LEAST, late_by=late_by, since_last=since_last)


def test_late_posts_lengthen_it_to_twice_their_lateness_and_an_hour_at_most() -> None:
    minutes = [8, 15, 29, 40, 600]
    stretch, grown = LEAST, []
    for late in minutes:
        stretch = adapted(stretch, timedelta(minutes=late))
        grown.append(stretch / timedelta(minutes=1))
    assert grown == [16, 30, 58, 60, 60]


def test_without_late_posts_it_shrinks_by_half_in_six_hours() -> None:
    assert adapted(LONGEST, timedelta(0), timedelta(hours=6)) == timedelta(minutes=35)


@given(stretch=STRETCHES, least=STRETCHES, late_by=WAITS, since_last=WAITS)
def test_it_never_leaves_its_bounds(
    stretch: timedelta, least: timedelta, late_by: timedelta, since_last: timedelta
) -> None:
    adapted_to = adapt(stretch, least=least, late_by=late_by, since_last=since_last)
    assert least <= adapted_to <= max(least, LONGEST)
    if late_by:
        assert adapted_to >= min(late_by, LONGEST)  # what was so late would be seen again


@given(stretch=st.timedeltas(LEAST, LONGEST), parts=st.lists(st.timedeltas(timedelta(0), timedelta(hours=9))))
def test_how_often_it_is_looked_does_not_matter_to_how_fast_it_shrinks(
    stretch: timedelta, parts: list[timedelta]
) -> None:
    by_steps = stretch
    for part in parts:
        by_steps = adapted(by_steps, timedelta(0), part)
    at_once = adapted(stretch, timedelta(0), sum(parts, timedelta(0)))
    assert abs(by_steps - at_once) < timedelta(seconds=1)
