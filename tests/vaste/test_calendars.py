"""Business hours as people write them, and the calendars that come of it."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from casebook.calendar import DAY, Calendar, Span, is_open, next_opening
from vaste.config import load_config
from vaste.holidays import YEARS, UnknownPlace, public_days

HELSINKI = ZoneInfo("Europe/Helsinki")
NINE_TO_FIVE = (Span(9 * 60, 17 * 60),)
Read = Callable[[str], Calendar]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Give the calendar that somebody wrote."""

    def _read(written: str) -> Calendar:
        file = tmp_path / "config.yaml"
        file.write_text(f"calendars: {{office: {{{written}}}}}\n", encoding="utf-8")
        loaded = load_config(file, {})
        assert loaded.config is not None, "\n".join(map(str, loaded.problems))
        assert not [problem for problem in loaded.problems if problem.path.startswith("calendars")]
        return loaded.config.calendars["office"]

    return _read


@pytest.mark.parametrize(
    ("written", "open_on"),
    [
        ("mon-fri", "0,1,2,3,4"),
        ("sat", "5"),
        ("sat,sun", "5,6"),
        ("mon-tue,thu-fri", "0,1,3,4"),
        ("fri-mon", "0,4,5,6"),
        ("mon-sun", "0,1,2,3,4,5,6"),
        ("sun-sat", "0,1,2,3,4,5,6"),
        (" Mon - WED ", "0,1,2"),
    ],
)
def test_days_are_read_as_people_write_them(read: Read, written: str, open_on: str) -> None:
    calendar = read(f'hours: {{"{written}": "09:00-17:00"}}')
    assert ",".join(str(day) for day, spans in enumerate(calendar.week) if spans) == open_on


@pytest.mark.parametrize(
    ("written", "spans"),
    [
        ('"09:00-17:00"', NINE_TO_FIVE),
        ('" 9:00 - 17:00 "', NINE_TO_FIVE),
        ('["12:00-17:00", "08:00-11:30"]', (Span(480, 690), Span(720, 1020))),
        ('"22:00-06:00"', (Span(22 * 60, DAY + 6 * 60),)),
        ('"22:00-24:00"', (Span(22 * 60, DAY),)),
        ('"00:00-24:00"', (Span(0, DAY),)),
        ('"22:00-00:00"', (Span(22 * 60, DAY),)),
    ],
)
def test_hours_are_read_as_people_write_them(read: Read, written: str, spans: tuple[Span, ...]) -> None:
    assert read(f"hours: {{mon: {written}}}").week == (spans, *([()] * 6))


def test_a_calendar_is_in_the_zone_of_the_file_or_in_its_own(read: Read) -> None:
    assert read('hours: {mon: "09:00-17:00"}').zone == HELSINKI
    assert read('hours: {mon: "09:00-17:00"}, zone: America/New_York').zone == ZoneInfo("America/New_York")


def test_an_exception_says_more_than_a_holiday_and_a_holiday_more_than_the_weekday(read: Read) -> None:
    calendar = read(
        'hours: {mon-fri: "09:00-17:00"}, holidays: [FI, 2026-12-31], '
        'exceptions: {2026-12-24: "09:00-12:00", 2026-12-27: ["10:00-12:00", "13:00-14:00"], 2026-12-28: off}'
    )
    spans = {day: calendar.spans(date(2026, 12, day)) for day in range(23, 32)}
    assert spans == {
        23: NINE_TO_FIVE,
        24: (Span(540, 720),),  # Christmas Eve, a holiday, and half a day here all the same
        25: (),
        26: (),
        27: (Span(600, 720), Span(780, 840)),  # a Sunday
        28: (),
        29: NINE_TO_FIVE,
        30: NINE_TO_FIVE,
        31: (),
    }


@pytest.mark.parametrize(
    ("place", "free", "works"),
    [
        ("FI", ["2026-06-19", "2026-06-20", "2026-12-06", "2027-05-06"], ["2026-06-18", "2026-06-22"]),
        ("FI-01", ["2026-06-09", "2026-06-19"], []),  # Åland's own day, and the country's
        ("SE", ["2026-06-20", "2026-06-06"], ["2026-06-21"]),  # Sundays are not taken for holidays
        ("DE", ["2026-10-03"], ["2026-01-06"]),
        ("DE-BY", ["2026-10-03", "2026-01-06"], []),
        ("GB-ENG", ["2026-12-26", "2026-12-28"], ["2026-12-29"]),  # the day, and the one observed for it
        ("US-CA", ["2026-11-27"], []),
    ],
)
def test_public_holidays_of_countries_and_regions_are_closed(
    read: Read, place: str, free: list[str], works: list[str]
) -> None:
    calendar = read(f'hours: {{mon-sun: "09:00-17:00"}}, holidays: {place}')
    assert [day for day in (*free, *works) if not calendar.spans(date.fromisoformat(day))] == free


def test_several_countries_are_closed_together(read: Read) -> None:
    calendar = read('hours: {mon-sun: "09:00-17:00"}, holidays: [FI, SE]')
    assert calendar.spans(date(2026, 12, 6)) == ()  # Finland's day
    assert calendar.spans(date(2026, 6, 6)) == ()  # Sweden's


def test_midsummer_in_finland_is_closed_from_thursday_to_monday(read: Read) -> None:
    calendar = read('hours: {mon-fri: "09:00-17:00"}, holidays: FI')
    thursday = datetime(2026, 6, 18, 17, 0, tzinfo=HELSINKI)
    assert not is_open(calendar, thursday)
    assert next_opening(calendar, thursday) == datetime(2026, 6, 22, 9, 0, tzinfo=HELSINKI)


def test_holidays_are_known_for_as_long_as_any_process_runs(read: Read) -> None:
    calendar = read('hours: {mon-sun: "09:00-17:00"}, holidays: FI')
    assert all(calendar.spans(date(year, 1, 1)) == () for year in YEARS)
    assert all(calendar.spans(date(year, 1, 2)) for year in YEARS)


def test_one_configuration_has_one_version_whenever_it_is_read(read: Read) -> None:
    written = 'hours: {mon-fri: "09:00-17:00"}, holidays: FI'
    assert read(written).version == read(written).version
    assert read(written).version != read(f"{written}, exceptions: {{2026-12-23: off}}").version


@pytest.mark.parametrize(
    ("place", "advice"),
    [
        ("EU", "no holidays are known for this country"),
        ("DE-XX", "known here: DE-Augsburg, DE-BB, DE-BE"),
        ("DE-", "known here: DE-Augsburg"),
        ("MC-XX", "write MC"),
    ],
)
def test_a_place_that_is_not_known_says_what_to_write(place: str, advice: str) -> None:
    with pytest.raises(UnknownPlace, match=advice):
        public_days(place)
