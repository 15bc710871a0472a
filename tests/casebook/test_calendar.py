"""Business hours against a table, their laws, and an oracle that counts minute by minute."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from casebook.calendar import (
    DAY,
    Calendar,
    NeverOpen,
    Span,
    add,
    between,
    frozen,
    is_open,
    next_opening,
)

ZONES = (
    "Europe/Helsinki",
    "Europe/Stockholm",
    "Europe/London",
    "America/New_York",
    "Pacific/Kiritimati",
    "Australia/Lord_Howe",
)
HELSINKI = ZoneInfo("Europe/Helsinki")
OFFICE = (Span(9 * 60, 17 * 60),)
MINUTE = timedelta(minutes=1)


def office(zone: ZoneInfo = HELSINKI, dates: Mapping[date, tuple[Span, ...]] | None = None) -> Calendar:
    return Calendar("office", zone, (*([OFFICE] * 5), (), ()), dates or {})


def local(written: str, zone: ZoneInfo = HELSINKI) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-11-06T16:45", 30, "2026-11-09T09:15"),  # a Friday
        ("2026-11-06T16:45", 15, "2026-11-06T17:00"),  # to the very closing
        ("2026-11-06T17:00", 1, "2026-11-09T09:01"),
        ("2026-11-06T08:00", 60, "2026-11-06T10:00"),  # before opening
        ("2026-11-07T12:00", 0, "2026-11-07T12:00"),  # no time passes on Saturday either
        ("2026-11-02T09:00", 5 * 480, "2026-11-06T17:00"),  # a whole week
        ("2026-11-02T09:00", 5 * 480 + 1, "2026-11-09T09:01"),
    ],
)
def test_work_is_due_when_enough_business_time_has_passed(start: str, minutes: int, due: str) -> None:
    assert add(office(), local(start), timedelta(minutes=minutes)) == local(due)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-06T08:59", "2026-11-06T09:00"),
        ("2026-11-06T09:00", "2026-11-06T09:00"),
        ("2026-11-06T16:59", "2026-11-06T16:59"),
        ("2026-11-06T17:00", "2026-11-09T09:00"),
        ("2026-11-08T23:00", "2026-11-09T09:00"),
    ],
)
def test_it_opens_at_the_instant_of_opening_and_is_closed_at_that_of_closing(at: str, opens: str) -> None:
    assert next_opening(office(), local(at)) == local(opens)
    assert is_open(office(), local(at)) is (at == opens)


def test_a_lunch_break_is_no_business_time() -> None:
    split = Calendar("split", HELSINKI, ((Span(540, 690), Span(720, 1020)), *([()] * 6)))
    assert not is_open(split, local("2026-11-02T11:45"))
    assert between(split, local("2026-11-02T11:00"), local("2026-11-02T13:00")) == timedelta(minutes=90)
    assert add(split, local("2026-11-02T11:00"), timedelta(minutes=45)) == local("2026-11-02T12:15")


def test_hours_past_midnight_belong_to_the_date_on_which_they_begin() -> None:
    bar = Calendar("bar", HELSINKI, (*([()] * 4), (Span(22 * 60, 26 * 60),), (), ()))  # Friday 22 to 02
    assert is_open(bar, local("2026-11-07T01:59"))
    assert not is_open(bar, local("2026-11-07T02:00"))
    assert not is_open(bar, local("2026-11-06T01:00"))
    assert add(bar, local("2026-11-06T12:00"), timedelta(hours=3)) == local("2026-11-07T01:00")


def test_hours_that_overlap_those_of_the_night_before_count_once() -> None:
    always = Calendar("always", HELSINKI, (((Span(0, DAY), Span(12 * 60, 30 * 60))),) * 7)
    assert between(always, local("2026-11-02T00:00"), local("2026-11-04T00:00")) == timedelta(days=2)


def test_holidays_are_closed_and_half_days_are_short() -> None:
    eve, day = date(2026, 12, 24), date(2026, 12, 25)
    calendar = office(dates={eve: (Span(540, 720),), day: ()})
    assert add(calendar, local("2026-12-24T11:30"), timedelta(hours=1)) == local("2026-12-28T09:30")


def test_the_night_on_which_clocks_go_back_is_an_hour_longer() -> None:
    night = Calendar("night", HELSINKI, (((Span(22 * 60, 30 * 60)),),) * 7)  # 22 to 06
    whole = between(night, local("2026-10-24T22:00"), local("2026-10-25T06:00"))
    assert whole == timedelta(hours=9)
    assert between(night, local("2026-03-28T22:00"), local("2026-03-29T06:00")) == timedelta(hours=7)


def test_instants_in_the_calendars_own_zone_count_as_those_in_utc_do() -> None:
    night = Calendar("night", HELSINKI, (((Span(22 * 60, 30 * 60)),),) * 7)
    assert between(night, local("2026-03-29T02:30"), local("2026-03-29T04:30")) == timedelta(hours=1)
    assert between(night, local("2026-10-25T02:30"), local("2026-10-25T04:30")) == timedelta(hours=3)
    assert add(night, local("2026-10-25T02:30"), timedelta(hours=3)) == local("2026-10-25T04:30")


def test_hours_within_the_hour_that_is_skipped_do_not_happen() -> None:
    odd = Calendar("odd", HELSINKI, (((Span(3 * 60, 4 * 60)),),) * 7)
    assert between(odd, local("2026-03-29T00:00"), local("2026-03-29T12:00")) == timedelta()
    assert between(odd, local("2026-10-25T00:00"), local("2026-10-25T12:00")) == timedelta(hours=2)


def test_what_closes_and_what_opens_at_the_hour_that_comes_twice_meet() -> None:
    meeting = Calendar("meeting", HELSINKI, (((Span(0, 210), Span(210, DAY))),) * 7)  # 03:30
    assert between(meeting, local("2026-10-25T00:00"), local("2026-10-26T00:00")) == timedelta(hours=25)


def test_a_calendar_that_never_opens_says_so() -> None:
    closed = Calendar("closed", HELSINKI, ((),) * 7)
    with pytest.raises(NeverOpen, match="calendar closed does not open within 400 days of 2026-11-02"):
        add(closed, local("2026-11-02T09:00"), MINUTE)
    with pytest.raises(NeverOpen):
        next_opening(closed, local("2026-11-02T09:00"))
    assert between(closed, local("2026-11-02T09:00"), local("2026-12-02T09:00")) == timedelta()
    assert not is_open(closed, local("2026-11-02T09:00"))


def test_a_year_of_closed_days_is_waited_for() -> None:
    summer = Calendar("rare", HELSINKI, ((),) * 7, {date(2027, 6, 24): OFFICE})
    assert next_opening(summer, local("2026-11-02T09:00")) == local("2027-06-24T09:00")


def test_business_time_is_not_counted_backwards() -> None:
    with pytest.raises(ValueError, match="forwards"):
        add(office(), local("2026-11-02T09:00"), -MINUTE)
    assert between(office(), local("2026-11-02T12:00"), local("2026-11-02T10:00")) == timedelta()


@pytest.mark.parametrize(("start", "end"), [(5, 5), (600, 500), (-1, 10), (DAY, DAY + 1), (10, 10 + DAY + 1)])
def test_a_span_that_is_none_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="a span begins within a day"):
        Span(start, end)


def test_a_week_of_six_days_is_refused() -> None:
    with pytest.raises(ValueError, match="seven days"):
        Calendar("short", HELSINKI, ((),) * 6)


def test_the_version_changes_with_what_changes_an_answer_and_with_nothing_else() -> None:
    same = Calendar("other name", HELSINKI, (*([tuple(reversed(OFFICE))] * 5), (), ()))
    assert office().version == same.version
    assert office().version != office(ZoneInfo("Europe/Stockholm")).version
    assert office().version != office(dates={date(2026, 12, 25): ()}).version


def test_what_is_kept_for_a_case_are_the_dates_that_differ_in_the_years_around_it() -> None:
    days = {
        date(2024, 12, 25): (),
        date(2025, 1, 1): (),
        date(2026, 12, 26): (),  # a Saturday, closed as ever
        date(2027, 12, 23): (Span(540, 720),),
        date(2027, 12, 30): OFFICE,  # as ever
        date(2028, 1, 1): (),
    }
    kept = frozen(office(dates=days), since=2025, until=2027)
    assert set(kept.dates) == {date(2025, 1, 1), date(2027, 12, 23)}
    assert kept.version == frozen(office(dates=days), since=2025, until=2027).version


def test_what_is_kept_takes_little_room() -> None:
    every_sunday_of_ten_years = {date(2020, 1, 5) + timedelta(weeks=week): () for week in range(520)}
    full = Calendar("full", HELSINKI, (OFFICE,) * 7, every_sunday_of_ten_years)
    assert len(json.dumps(frozen(full, since=2025, until=2028).as_facts())) < 4_000


# ---- laws ------------------------------------------------------------------------------------------------


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ...]:
    starts = draw(st.lists(st.integers(0, DAY - 1), max_size=3))
    return tuple(Span(start, start + draw(st.integers(1, DAY))) for start in starts)


calendars = st.builds(
    Calendar,
    st.just("drawn"),
    st.sampled_from(ZONES).map(ZoneInfo),
    st.tuples(*([spans()] * 7)),
    st.dictionaries(st.dates(date(2020, 1, 1), date(2035, 12, 31)), spans(), max_size=3),
).filter(lambda calendar: any(calendar.week))


def changes() -> list[datetime]:
    """Every change of daylight saving time in these zones from 2020 to 2035, to the hour."""
    found = []
    for zone in map(ZoneInfo, ZONES):
        at = datetime(2020, 1, 1, tzinfo=UTC)
        while at.year < 2036:
            later = at + timedelta(hours=6)
            if at.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
                found.append(at)
            at = later
    return found


CHANGES = changes()
instants = st.one_of(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    st.builds(
        lambda at, off: at + timedelta(minutes=off), st.sampled_from(CHANGES), st.integers(-3000, 3000)
    ),
)
durations = st.integers(0, 20_000).map(lambda minutes: timedelta(minutes=minutes))


def test_there_are_changes_to_be_right_at() -> None:
    assert len(CHANGES) == 5 * 2 * 16  # Kiritimati has none


@given(calendars, instants, durations)
def test_what_was_added_lies_between(calendar: Calendar, start: datetime, duration: timedelta) -> None:
    due = add(calendar, start, duration)
    assert between(calendar, start, due) == duration
    assert due >= start


@given(calendars, instants, instants, durations)
def test_the_zone_in_which_an_instant_is_written_changes_nothing(
    calendar: Calendar, start: datetime, end: datetime, duration: timedelta
) -> None:
    assume(abs(end - start) < timedelta(days=1_000))
    here = start.astimezone(calendar.zone)
    assert add(calendar, here, duration) == add(calendar, start, duration)
    assert between(calendar, here, end.astimezone(calendar.zone)) == between(calendar, start, end)


@given(calendars, instants, durations, durations)
def test_adding_twice_is_adding_the_sum(
    calendar: Calendar, start: datetime, one: timedelta, other: timedelta
) -> None:
    assert add(calendar, add(calendar, start, one), other) == add(calendar, start, one + other)


@given(calendars, instants, durations)
def test_it_is_the_earliest_such_instant(calendar: Calendar, start: datetime, duration: timedelta) -> None:
    assume(duration)
    before = add(calendar, start, duration) - timedelta(microseconds=1)
    assert between(calendar, start, before) < duration


@given(calendars, st.lists(instants, min_size=3, max_size=3).map(sorted))
def test_business_time_adds_up_grows_and_is_never_more_than_time(
    calendar: Calendar, three: list[datetime]
) -> None:
    first, middle, last = three
    assume(last - first < timedelta(days=1_000))
    parts = between(calendar, first, middle) + between(calendar, middle, last)
    assert parts == between(calendar, first, last)
    assert timedelta() <= between(calendar, first, middle) <= middle - first


@given(calendars, instants)
def test_the_next_opening_is_open_and_nothing_before_it_is(calendar: Calendar, at: datetime) -> None:
    opening = next_opening(calendar, at)
    assert opening >= at
    assert is_open(calendar, opening)
    assert between(calendar, at, opening) == timedelta()


@given(calendars)
def test_it_can_be_written_down_and_read_back(calendar: Calendar) -> None:
    read = Calendar.from_facts(json.loads(json.dumps(calendar.as_facts())))
    assert read.version == calendar.version == calendar.as_facts()["version"]
    assert (read.name, read.zone.key) == (calendar.name, calendar.zone.key)


@given(calendars, instants, durations)
def test_what_is_kept_gives_the_same_answers_in_its_years(
    calendar: Calendar, start: datetime, duration: timedelta
) -> None:
    assume(2021 <= start.year <= 2034)
    due = add(calendar, start, duration)
    assume(due.year <= start.year + 2)
    kept = frozen(calendar, since=start.year - 1, until=start.year + 3)
    read = Calendar.from_facts(kept.as_facts())
    assert add(read, start, duration) == due
    assert between(read, start, due) == duration
    assert is_open(read, start) is is_open(calendar, start)
    assert next_opening(read, start) == next_opening(calendar, start)


# ---- the oracle --------------------------------------------------------------------------------------------


def counted(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Minute by minute on the wall clock; knows of no instant but what the zone makes of it."""
    total, at = timedelta(), start
    while at < end:
        total += MINUTE if _is_open_by_the_wall(calendar, at) else timedelta()
        at += MINUTE
    return total


def _is_open_by_the_wall(calendar: Calendar, at: datetime) -> bool:
    wall = at.astimezone(calendar.zone)
    minute = wall.hour * 60 + wall.minute
    return any(
        span.start <= minute + before * DAY < span.end
        for before in (0, 1)
        for span in calendar.spans(wall.date() - timedelta(days=before))
    )


@given(calendars, st.data())
def test_it_agrees_with_a_clock_read_every_minute(calendar: Calendar, data: st.DataObject) -> None:
    start = data.draw(
        st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - as above
    ).replace(second=0, microsecond=0)
    end = start + timedelta(minutes=data.draw(st.integers(1, 3 * DAY)))
    # on a night of change the wall alone can't tell the two comings of an hour apart: the tables above do
    offsets = {
        (start + timedelta(hours=6 * at)).astimezone(calendar.zone).utcoffset() for at in range(-5, 18)
    }
    assume(len(offsets) == 1)
    assert between(calendar, start, end) == counted(calendar, start, end)
