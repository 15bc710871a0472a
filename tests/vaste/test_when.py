from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaste.when import HOW, stretch_of

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 11, 10, 30, tzinfo=UTC)
"""A Wednesday, half past noon in Helsinki."""


def days(written: str, *, now: datetime = NOW) -> str:
    """Give both ends on the zone's wall clock."""
    begins, ends = stretch_of(written, now=now, zone=HELSINKI)
    return " ".join(at.astimezone(HELSINKI).strftime("%Y-%m-%dT%H:%M") for at in (begins, ends))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-03", "2026-11-03T00:00 2026-11-04T00:00"),
        ("2026-11", "2026-11-01T00:00 2026-12-01T00:00"),
        ("2026-12", "2026-12-01T00:00 2027-01-01T00:00"),
        ("2026", "2026-01-01T00:00 2027-01-01T00:00"),
        ("2026-Q4", "2026-10-01T00:00 2027-01-01T00:00"),
        ("2026q1", "2026-01-01T00:00 2026-04-01T00:00"),
        ("2026-W45", "2026-11-02T00:00 2026-11-09T00:00"),
        ("2020-W53", "2020-12-28T00:00 2021-01-04T00:00"),
        ("today", "2026-11-11T00:00 2026-11-12T00:00"),
        ("Yesterday", "2026-11-10T00:00 2026-11-11T00:00"),
        ("tomorrow", "2026-11-12T00:00 2026-11-13T00:00"),
        ("monday", "2026-11-09T00:00 2026-11-10T00:00"),
        ("wed", "2026-11-11T00:00 2026-11-12T00:00"),
        ("Thursday", "2026-11-05T00:00 2026-11-06T00:00"),
        ("this week", "2026-11-09T00:00 2026-11-16T00:00"),
        ("last  week", "2026-11-02T00:00 2026-11-09T00:00"),
        ("last-week", "2026-11-02T00:00 2026-11-09T00:00"),
        ("this month", "2026-11-01T00:00 2026-12-01T00:00"),
        ("last month", "2026-10-01T00:00 2026-11-01T00:00"),
        ("this quarter", "2026-10-01T00:00 2027-01-01T00:00"),
        ("last quarter", "2026-07-01T00:00 2026-10-01T00:00"),
        ("last year", "2025-01-01T00:00 2026-01-01T00:00"),
        ("7d", "2026-11-04T12:30 2026-11-11T12:30"),
        ("90m", "2026-11-11T11:00 2026-11-11T12:30"),
        ("2026-11-03T18:41", "2026-11-03T18:41 2026-11-03T18:41"),
        ("2026-11-03T18:41:00Z", "2026-11-03T20:41 2026-11-03T20:41"),
    ],
)
def test_a_time_is_understood_as_people_say_it(written: str, meant: str) -> None:
    assert days(written) == meant


def test_last_month_and_last_quarter_reach_back_over_new_year() -> None:
    january = datetime(2026, 1, 15, 10, tzinfo=UTC)
    assert days("last month", now=january) == "2025-12-01T00:00 2026-01-01T00:00"
    assert days("last quarter", now=january) == "2025-10-01T00:00 2026-01-01T00:00"


def test_days_are_those_of_the_zone_and_as_long_as_they_are_there() -> None:
    late = datetime(2026, 11, 11, 22, 30, tzinfo=UTC)  # already Thursday in Helsinki
    assert days("today", now=late) == "2026-11-12T00:00 2026-11-13T00:00"
    begins, ends = stretch_of("2026-10-25", now=NOW, zone=HELSINKI)
    assert ends - begins == timedelta(hours=25)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "last wek",
        "2026-13",
        "2026-02-30",
        "2026-W54",
        "0001-01-01",
        "9999",
        "monda",
        "moon",
        "-7d",
        "25:00",
        "1d2",
    ],
)
def test_what_is_no_time_is_told_how_to_be_written(written: str) -> None:
    with pytest.raises(ValueError, match="write for example") as refused:
        stretch_of(written, now=NOW, zone=HELSINKI)
    assert str(refused.value) == HOW


@given(st.text(max_size=20))
def test_whatever_is_written_is_understood_or_refused(written: str) -> None:
    try:
        begins, ends = stretch_of(written, now=NOW, zone=HELSINKI)
    except ValueError as refused:
        assert str(refused) == HOW  # noqa: PT017 - both ends are right
    else:
        assert begins <= ends
