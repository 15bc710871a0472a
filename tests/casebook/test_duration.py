"""Durations as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.duration import parse_duration, write_duration

HUNDRED_YEARS = timedelta(days=36_500)


@pytest.mark.parametrize(
    ("written", "duration"),
    [
        ("30s", timedelta(seconds=30)),
        ("5m", timedelta(minutes=5)),
        ("24h", timedelta(days=1)),
        ("7d", timedelta(days=7)),
        ("1w", timedelta(days=7)),
        ("1.5h", timedelta(minutes=90)),
        (" 10 m ", timedelta(minutes=10)),
        ("36500d", HUNDRED_YEARS),
        (timedelta(minutes=2), timedelta(minutes=2)),
    ],
)
def test_a_duration_is_read(written: object, duration: timedelta) -> None:
    assert parse_duration(written) == duration


@pytest.mark.parametrize(
    "written",
    [
        "",
        "5",
        "5x",
        "m",
        "-5m",
        "0s",
        "0.0d",
        "5 minutes",
        "1h30m",
        "5M",
        "٥m5",
        "1e3s",
        "nan s",
        "36501d",
        "999999999w",
        None,
        5,
        5.0,
        True,
        [],
        {},
        "5m\n; rm",
        "9999999999s",
        "99999999999s",
    ],
)
def test_what_is_no_duration_says_how_to_write_one(written: object) -> None:
    with pytest.raises(ValueError, match=r"write for example 30s|at most a hundred years"):
        parse_duration(written)


@pytest.mark.parametrize(
    ("duration", "written"),
    [
        (timedelta(weeks=2), "2w"),
        (timedelta(days=8), "8d"),
        (timedelta(hours=25), "25h"),
        (timedelta(minutes=90), "90m"),
        (timedelta(seconds=61), "61s"),
        (timedelta(days=1), "1d"),
    ],
)
def test_a_duration_is_written_in_its_largest_whole_unit(duration: timedelta, written: str) -> None:
    assert write_duration(duration) == written


@given(st.integers(min_value=1, max_value=int(HUNDRED_YEARS.total_seconds())))
def test_what_was_written_reads_back_the_same(seconds: int) -> None:
    duration = timedelta(seconds=seconds)
    assert parse_duration(write_duration(duration)) == duration
