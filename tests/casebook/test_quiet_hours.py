"""Quiet hours: when nobody is called, on any night of the year."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.quiet_hours import QuietHours, awake_after, not_before, quiet_hours_of
from casebook.wall import instant_of

HELSINKI = ZoneInfo("Europe/Helsinki")
NIGHT = QuietHours(22 * 60, 7 * 60, HELSINKI)
TICK = timedelta(microseconds=1)


def on(day: int, clock: str, month: int = 11) -> datetime:
    hour, minute = (int(part) for part in clock.split(":"))
    return instant_of(date(2026, month, day), time(hour, minute), HELSINKI)


@pytest.mark.parametrize(
    ("at", "first", "why"),
    [
        (on(24, "21:59"), on(24, "21:59"), "a minute before, people are called"),
        (on(24, "22:00") - TICK, on(24, "22:00") - TICK, "and in the last instant before"),
        (on(24, "22:00"), on(25, "07:00"), "at their first instant it is quiet"),
        (on(25, "03:30"), on(25, "07:00"), "in the night"),
        (on(25, "07:00") - TICK, on(25, "07:00"), "in their last instant"),
        (on(25, "07:00"), on(25, "07:00"), "at their end people are called"),
        (on(29, "01:00", 3), on(29, "07:00", 3), "in the night in which an hour is skipped"),
        (on(25, "03:30", 10), on(25, "07:00", 10), "in the night in which an hour comes twice"),
    ],
)
def test_nobody_is_called_before_quiet_hours_are_over(at: datetime, first: datetime, why: str) -> None:
    assert not_before(NIGHT, at) == first, why


def test_without_quiet_hours_nothing_waits() -> None:
    at = on(24, "23:00")
    assert (not_before(None, at), awake_after(None, at, timedelta(hours=1))) == (at, on(25, "00:00"))


@pytest.mark.parametrize(
    ("start", "minutes", "due", "why"),
    [
        (on(24, "21:00"), 59, on(24, "21:59"), "what passes before them is not delayed"),
        (on(24, "21:50"), 30, on(25, "07:20"), "the rest of a wait goes on in the morning"),
        (on(24, "23:00"), 30, on(25, "07:30"), "a wait that begins in them begins when they are over"),
        (on(24, "23:00"), 0, on(25, "07:00"), "no wait: at once, which is then"),
    ],
)
def test_a_wait_does_not_count_quiet_hours(start: datetime, minutes: int, due: datetime, why: str) -> None:
    assert awake_after(NIGHT, start, timedelta(minutes=minutes)) == due, why


def test_quiet_hours_may_lie_within_a_day() -> None:
    lunch = QuietHours(11 * 60, 12 * 60, HELSINKI)
    assert not_before(lunch, on(24, "11:30")) == on(24, "12:00")
    assert not_before(lunch, on(24, "12:00")) == on(24, "12:00")
    assert not_before(lunch, on(24, "23:30")) == on(24, "23:30")


@pytest.mark.parametrize(("begin", "end"), [(0, 0), (60, 60), (-1, 60), (0, 1440)])
def test_quiet_hours_are_a_part_of_the_day(begin: int, end: int) -> None:
    with pytest.raises(ValueError, match="quiet hours"):
        QuietHours(begin, end, HELSINKI)


MINUTES = st.integers(0, 1439)
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
HOURS = st.tuples(MINUTES, MINUTES).filter(lambda pair: pair[0] != pair[1]).map(lambda pair: QuietHours(*pair, HELSINKI))  # fmt: skip


@given(HOURS)
def test_quiet_hours_survive_being_written_down(quiet: QuietHours) -> None:
    assert quiet_hours_of(quiet.as_facts()) == quiet


def test_a_policy_of_before_has_none() -> None:
    assert quiet_hours_of(None) is None


@given(HOURS, INSTANTS, st.integers(0, 3_000))
def test_the_wall_clock_agrees(quiet: QuietHours, at: datetime, minutes: int) -> None:
    """An independent reading of the local clock: what is due is never in quiet hours, nor later than they force."""

    def is_quiet(instant: datetime) -> bool:
        local = instant.astimezone(HELSINKI)
        now = local.hour * 60 + local.minute
        return (
            quiet.begin <= now < quiet.end if quiet.begin < quiet.end else not quiet.end <= now < quiet.begin
        )

    first = not_before(quiet, at)
    assert first >= at
    # a span that a clock change swallowed moves its end by the hour that is missing, or that comes twice
    changes = at.astimezone(HELSINKI).utcoffset() != (at + timedelta(days=2)).astimezone(HELSINKI).utcoffset()
    if not changes:
        assert not is_quiet(first)
        assert first == at or is_quiet(first - timedelta(minutes=1))
        assert first == at or is_quiet(at)
    due = awake_after(quiet, at, timedelta(minutes=minutes))
    assert due >= first + timedelta(minutes=minutes)
    assert awake_after(quiet, at, timedelta(minutes=minutes + 1)) > due
