"""More anger than this hour of the week usually has: what is learnt from, and when it is told."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from playbooks.burst import FLOOR
from tests.fakes import TICK
from vaste.bursts import HOUR, burst_notice, hour_of_week, usual_of

HELSINKI = ZoneInfo("Europe/Helsinki")
MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
WEEK = timedelta(weeks=1)
NOON = MONDAY + 8 * WEEK + 12 * HOUR


def every_week(hour: int, count: int, *, weeks: int = 8) -> list[datetime]:
    """So many negative mentions in one hour of every week."""
    return [
        MONDAY + n * WEEK + hour * HOUR + k * timedelta(seconds=7) for n in range(weeks) for k in range(count)
    ]


@pytest.mark.parametrize(
    ("at", "hour", "why"),
    [
        (datetime(2026, 11, 1, 22, tzinfo=UTC), 0, "Monday begins by the local clock"),
        (datetime(2026, 11, 1, 22, tzinfo=UTC) - TICK, 167, "and Sunday ends"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 147, "the hour that comes twice, first"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), 147, "and once more"),
    ],
)
def test_an_hour_of_the_week_is_one_of_the_zones_clocks(at: datetime, hour: int, why: str) -> None:
    assert hour_of_week(at, HELSINKI) == hour, why


def test_what_is_usual_for_this_hour_is_no_burst_and_is_one_at_another() -> None:
    usual = usual_of(every_week(12, 12), (), since=MONDAY, until=NOON, zone=ZoneInfo("UTC"))
    last = [NOON + n * timedelta(minutes=2) for n in range(12)]
    assert burst_notice(last, usual, team="care", zone=ZoneInfo("UTC"), now=NOON + HOUR - TICK) is None
    later = [at + 6 * HOUR for at in last]
    told = burst_notice(later, usual, team="care", zone=ZoneInfo("UTC"), now=NOON + 7 * HOUR - TICK)
    assert told is not None
    assert (told.addressee, told.kind, told.facts["count"]) == ("team:care", "burst", 12)
    assert told.facts["since"] == later[0].isoformat()
    assert told.facts["usual"] < 1


def test_fewer_than_the_floor_are_never_a_burst() -> None:
    usual = usual_of((), (), since=MONDAY, until=NOON, zone=HELSINKI)
    last = [NOON] * (FLOOR - 1)
    assert burst_notice(last, usual, team="care", zone=HELSINKI, now=NOON + HOUR) is None


def test_hours_in_which_nobody_looked_do_not_make_silence_usual() -> None:
    busy = [MONDAY + n * HOUR + k * timedelta(minutes=5) for n in range(0, 24 * 14, 2) for k in range(8)]
    blind = [(MONDAY + n * HOUR, MONDAY + (n + 1) * HOUR) for n in range(1, 24 * 14, 2)]
    until = MONDAY + 2 * WEEK
    known = usual_of(busy, blind, since=MONDAY, until=until, zone=ZoneInfo("UTC"))
    unaware = usual_of(busy, (), since=MONDAY, until=until, zone=ZoneInfo("UTC"))
    assert known.means[1] > 2 * unaware.means[1]


@pytest.mark.parametrize(("blind_for", "counts"), [(30, True), (31, False)])
def test_an_hour_counts_when_half_of_it_was_watched(blind_for: int, *, counts: bool) -> None:
    part = (MONDAY, MONDAY + timedelta(minutes=blind_for))
    times = [MONDAY + timedelta(minutes=59)] * 30
    usual = usual_of(times, [part], since=MONDAY, until=MONDAY + 2 * HOUR, zone=ZoneInfo("UTC"))
    assert (usual.means[0] > 1) is counts
