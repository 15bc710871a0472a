"""Which night was the last one, at its bounds and when the clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.load import last_night

HELSINKI = ZoneInfo("Europe/Helsinki")
TICK = timedelta(microseconds=1)


def local(day: int, hour: int, *, month: int = 11, fold: int = 0) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=HELSINKI, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "evening", "why"),
    [
        (local(10, 12), 9, "at noon it is the night that ended this morning"),
        (local(10, 22) - TICK, 9, "a moment before ten it still is"),
        (local(10, 22), 10, "at ten the next one has begun"),
        (local(11, 3), 10, "at three it is the night one is in"),
        (local(11, 7), 10, "at seven it is over, and the last one"),
    ],
)
def test_the_last_night_is_the_one_that_began_last(now: datetime, evening: int, why: str) -> None:
    assert last_night(now, HELSINKI) == (local(evening, 22), local(evening + 1, 7)), why


@pytest.mark.parametrize(
    ("now", "hours"),
    [(local(25, 12, month=10), 10), (local(29, 12, month=3), 8), (local(10, 12), 9)],
    ids=["the clocks go back", "the clocks go forward", "any other night"],
)
def test_a_night_in_which_the_clocks_change_is_as_long_as_it_is(now: datetime, hours: int) -> None:
    begins_at, ends_at = last_night(now, HELSINKI)
    assert ends_at - begins_at == timedelta(hours=hours)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 - the zone is added below
    st.sampled_from(["Europe/Helsinki", "America/New_York", "Pacific/Kiritimati", "Australia/Lord_Howe"]),
)
def test_it_began_by_now_and_less_than_a_day_and_an_hour_ago(now: datetime, zone: str) -> None:
    now = now.replace(tzinfo=UTC)
    begins_at, ends_at = last_night(now, ZoneInfo(zone))
    assert begins_at <= now < begins_at + timedelta(hours=25)
    assert begins_at < ends_at
