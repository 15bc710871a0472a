"""From the business hours that people wrote to the calendars that clocks run on. Pure."""

from datetime import date
from zoneinfo import ZoneInfo

from casebook.calendar import Calendar, Span
from vaste.holidays import public_days
from vaste.settings import CalendarSettings, Settings
from vaste.written import as_date, span_of, weekdays_of


def calendars_of(settings: Settings) -> dict[str, Calendar]:
    """Give the calendars by name; one without a zone is in the file's."""
    return {
        name: _calendar(name, calendar, settings.timezone) for name, calendar in settings.calendars.items()
    }


def _calendar(name: str, written: CalendarSettings, zone: ZoneInfo) -> Calendar:
    closed = {day: () for place in written.holidays or () for day in _days(place)}
    # a date that is written out was meant for that very day, so it says more than a holiday
    exceptions = {day: _spans(hours) for day, hours in written.exceptions.items()}
    return Calendar(name, written.zone or zone, _week(written), {**closed, **exceptions})


def _week(written: CalendarSettings) -> tuple[tuple[Span, ...], ...]:
    week: list[tuple[Span, ...]] = [()] * 7
    for days, hours in written.hours.items():
        for weekday in weekdays_of(days):
            week[weekday] = _spans(hours)
    return tuple(week)


def _spans(hours: tuple[str, ...] | None) -> tuple[Span, ...]:
    return tuple(sorted(map(span_of, hours or ())))


def _days(place: str) -> frozenset[date]:
    day = as_date(place)
    return public_days(place) if day is None else frozenset((day,))
