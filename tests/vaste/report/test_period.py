from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from vaste.report.period import Period, between, last_month, last_quarter, last_week

HELSINKI = ZoneInfo("Europe/Helsinki")


def dates(period: Period) -> list[str]:
    return [f"{at.astimezone(HELSINKI):%Y-%m-%d %H:%M}" for at in (period.before, period.since, period.until)]


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        # Monday 00:00 in Helsinki is Sunday 22:00 in UTC
        ("2026-11-29T21:59:59+00:00", ["2026-11-09 00:00", "2026-11-16 00:00", "2026-11-23 00:00"]),
        ("2026-11-29T22:00:00+00:00", ["2026-11-16 00:00", "2026-11-23 00:00", "2026-11-30 00:00"]),
    ],
)
def test_the_last_week_ended_on_the_last_monday_of_the_teams_clocks(now: str, wanted: list[str]) -> None:
    assert dates(last_week(HELSINKI, now=datetime.fromisoformat(now))) == wanted


def test_a_week_in_which_the_clocks_change_is_an_hour_longer() -> None:
    week = last_week(HELSINKI, now=datetime(2026, 10, 26, 12, tzinfo=UTC))
    assert (week.until - week.since).total_seconds() == (7 * 24 + 1) * 3_600


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        ("2026-01-01T00:00:00+02:00", ["2025-11-01 00:00", "2025-12-01 00:00", "2026-01-01 00:00"]),
        ("2026-12-31T23:59:00+02:00", ["2026-10-01 00:00", "2026-11-01 00:00", "2026-12-01 00:00"]),
    ],
)
def test_the_last_month_is_a_whole_one(now: str, wanted: list[str]) -> None:
    assert dates(last_month(HELSINKI, now=datetime.fromisoformat(now))) == wanted


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        ("2026-02-14T12:00:00+02:00", ["2025-07-01 00:00", "2025-10-01 00:00", "2026-01-01 00:00"]),
        ("2026-07-01T00:00:00+03:00", ["2026-01-01 00:00", "2026-04-01 00:00", "2026-07-01 00:00"]),
    ],
)
def test_the_last_quarter_is_a_whole_one(now: str, wanted: list[str]) -> None:
    assert dates(last_quarter(HELSINKI, now=datetime.fromisoformat(now))) == wanted


def test_any_period_is_compared_with_as_much_time_before_it() -> None:
    since, until = datetime(2026, 11, 3, tzinfo=UTC), datetime(2026, 11, 5, tzinfo=UTC)
    assert between(since, until).before == datetime(2026, 11, 1, tzinfo=UTC)


def test_a_period_without_a_length_is_none() -> None:
    at = datetime(2026, 11, 3, tzinfo=UTC)
    with pytest.raises(ValueError, match="does not begin before it ends"):
        between(at, at)
