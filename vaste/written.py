"""Single values as people write them: durations, probabilities, zones, hand-offs, hours, words.

Each type reads one value and, where it can't, raises a sentence that says what to write instead. No
sentence quotes the value: it may be a secret that stands in the wrong place.
"""

import difflib
from collections.abc import Hashable
from datetime import date, datetime, time, timedelta
from functools import cache
from math import isnan
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.core import get_global
from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, PlainValidator, SecretStr

from casebook.calendar import DAY, Span
from casebook.duration import parse_duration
from casebook.pattern import compile_pattern
from vaste.holidays import public_days

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NOON = "24:00"
_LONGEST_CODE = len("DE-XXX")
_YEARS = range(1971, 2200)
"""Of moments that can be counted with; others are slips of the finger."""
T = TypeVar("T", bound=Hashable)


def is_off(written: object) -> bool:
    """`off` and `false` are the same, in whatever letters."""
    return written is False or (isinstance(written, str) and written.strip().lower() in {"off", "false"})


def is_switch(written: object) -> bool:
    """Say whether this is true or false, or one of the words for them."""
    return isinstance(written, bool) or (
        isinstance(written, str) and written.strip().lower() in {"on", "off", "true", "false"}
    )


def _off_is_none(written: object) -> object:
    return None if is_off(written) else written


def _one_is_a_list(written: object) -> object:
    return [written] if isinstance(written, str | int | float) else written


def number_not_switch(written: object) -> object:
    """Refuse what Python takes for a number and people do not."""
    if isinstance(written, float) and isnan(written):
        raise ValueError("not a number; write for example 0.6")
    if isinstance(written, bool):
        raise ValueError("a number belongs here, not true or false; write for example 0.6")  # noqa: TRY004 - pydantic turns only ValueError into a sentence
    return written


def _number_is_text(written: object) -> object:
    """Take 24 for "24": a word may be a number that lacks its quotes."""
    return str(written) if isinstance(written, int) and not isinstance(written, bool) else written


def _duration(written: object) -> timedelta:
    try:
        return parse_duration(written)
    except ValueError as mistake:
        raise ValueError("not a duration; write for example 30s, 5m, 24h, 7d or 1w") from mistake


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())  # read from the disk, so once


def _zone(written: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(written))
    except (KeyError, ValueError, OSError) as mistake:
        near = difflib.get_close_matches(str(written), _zones(), n=1, cutoff=0.5)
        example = near[0] if near else "Europe/Helsinki"
        message = f"no such time zone; write a name of the zone database, for example {example}"
        raise ValueError(message) from mistake


def _expression(written: str) -> str:
    try:
        compile_pattern(written)
    except ValueError as mistake:
        message = f"not a regular expression ({mistake}); mend it, and write it in 'single quotes'"
        raise ValueError(message) from mistake
    return written


def _slack_id(written: str) -> str:
    name, at, host = written.partition("@")
    if at and name and "." in host and not any(map(str.isspace, written)) and "@" not in host:
        return written
    if written[:1] not in {"U", "W"} or not written.replace("_", "").replace("-", "").isalnum():
        message = (
            "not a Slack member id; write the one that begins with U (in Slack: profile, ⋮, Copy member ID), "
            "or the e-mail address that they have in Slack"
        )
        raise ValueError(message)
    return written


def _slack_channel(written: str) -> str:
    is_name = written.startswith("#") and len(written) > 1 and not any(map(str.isspace, written))
    is_id = written[:1] in {"C", "G", "D"} and written.isalnum() and written.isupper()
    if not (is_name or is_id):
        raise ValueError('not a channel; write its name with # and in quotes, "#name", or its id (C…)')
    return written


def _database(written: SecretStr) -> SecretStr:
    scheme, _, rest = written.get_secret_value().partition("://")
    is_file = scheme == "sqlite" and len(rest) > 1 and rest.startswith("/") and ":memory:" not in rest
    if is_file or (scheme in {"postgresql", "postgresql+psycopg"} and rest):
        return written
    message = (
        "not a database that Vaste knows; write sqlite:///vaste.db or postgresql://user:password@host/name"
    )
    raise ValueError(message)


def _handoff(written: object) -> tuple[int, time]:
    """Read `mon 09:00`; a time alone is of Monday, which matters to turns of whole weeks only."""
    day, space, at = str(written).strip().partition(" ")
    if not space:
        day, at = WEEKDAYS[0], day
    try:
        return _weekday(day), _time_of_day(at)
    except ValueError as mistake:
        raise ValueError('not a hand-off; write a weekday and a time, for example "mon 09:00"') from mistake


def moment_of(written: object) -> datetime:
    """Read a date (its first instant), a wall time of the zone that is meant, or an instant with its own zone."""
    try:
        at = datetime.fromisoformat(str(written))
    except ValueError:
        at = datetime.min  # noqa: DTZ901 - of no zone, like a wall time; refused below
    if at.year not in _YEARS:
        raise ValueError('not a date or a time; write for example 2026-12-24 or "2026-12-24 18:00"')
    return at


def _ical(written: SecretStr) -> SecretStr:
    """Check where a calendar is kept: a file, or an address of the web (plain http on this machine only)."""
    address = written.get_secret_value().strip()
    scheme, _, rest = address.partition("://")
    on_this_machine = rest.split("/")[0].split(":")[0] in {"127.0.0.1", "localhost"}
    if "://" in address and not (rest and (scheme == "https" or (scheme == "http" and on_this_machine))):
        raise ValueError("not a calendar that can be read; write a file (rota.ics) or https://…")
    return SecretStr(address)


def _weekday(written: str) -> int:
    return WEEKDAYS.index(written.strip().lower())


def _time_of_day(written: str) -> time:
    hours, _, minutes = written.strip().partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and len(minutes) == len("00")):
        raise ValueError("not a time of day")
    return time(int(hours), int(minutes))


def _daytime(written: object) -> time:
    try:
        return _time_of_day(str(written))
    except ValueError as mistake:
        raise ValueError('not a time of day; write for example "09:00"') from mistake


def minute_of(written: str) -> int:
    """Give the minute of the day that a time such as 07:30 names; 24:00 is 0."""
    if written.strip() == _NOON:
        return 0
    at = _time_of_day(written)
    return at.hour * 60 + at.minute


def weekdays_of(written: str) -> tuple[int, ...]:
    """Read days of the week, Monday as 0: `mon-fri`, `sat`, `sat,sun`; `fri-mon` runs over Sunday."""
    found: list[int] = []
    for part in written.split(","):
        first, dash, last = part.partition("-")
        begin, end = _weekday(first), _weekday(last if dash else first)
        found.extend((begin + day) % 7 for day in range((end - begin) % 7 + 1))
    return tuple(found)


def _days(written: str) -> str:
    try:
        found = weekdays_of(written)
    except ValueError as mistake:
        raise ValueError("not days of the week; write for example mon-fri, sat or sat,sun") from mistake
    if len(set(found)) < len(found):
        raise ValueError("names a day twice; write each day once")
    return written


def span_of(written: str) -> Span:
    """Read `09:00-17:00`; hours may pass midnight (`22:00-06:00`) and end at 24:00."""
    first, _, last = written.partition("-")
    start = _minute(first)
    end = DAY if last.strip() == _NOON else _minute(last)
    return Span(start, end if end >= start else end + DAY)


def _minute(written: str) -> int:
    at = _time_of_day(written)
    return at.hour * 60 + at.minute


def _hours(written: str) -> str:
    first, _, last = written.partition("-")
    try:
        empty = last.strip() != _NOON and _minute(first) == _minute(last)
        if not empty:
            span_of(written)
    except ValueError as mistake:
        raise ValueError('not opening hours; write for example "09:00-17:00"') from mistake
    if empty:
        raise ValueError('these hours begin where they end; write for example "09:00-17:00", or off')
    return written


def as_date(written: str) -> date | None:
    """Read a date; None for what is none."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _holiday(written: str) -> str:
    country = written.partition("-")[0]
    if country.isalpha() and country.isupper() and country in Locale("en").territories:
        public_days(written)  # its error says what to write instead
    elif as_date(written) is None:
        near = _country(written)
        advice = (
            f"did you mean {near}?"
            if near
            else "write a country (FI), a region (DE-BY) or a date (2026-12-31)"
        )
        message = f"neither a country nor a day; {advice}"
        raise ValueError(message)
    return written


def _country(written: str) -> str | None:
    """Guess the country of a name in our languages, of a code in small letters, or of one out of use (UK)."""
    code = written.upper()
    if len(code) <= _LONGEST_CODE and code.partition("-")[0] in Locale("en").territories:
        return code
    used = get_global("territory_aliases").get(code)
    names = {
        name.casefold(): key
        for language in ("en", "fi", "sv")
        for key, name in Locale(language).territories.items()
        if key.isalpha()
    }
    near = difflib.get_close_matches(written.casefold(), names, n=1, cutoff=0.75)
    return used[0] if used else names[near[0]] if near else None


def _place(written: str) -> str:
    if as_date(written) is not None:
        raise ValueError("not a country; write a country (FI) or a region (DE-BY)")
    return _holiday(written)


def _turns(every: timedelta) -> timedelta:
    if every < timedelta(days=1) or every % timedelta(days=1):
        raise ValueError("a turn lasts whole days; write for example 1d, 1w or 2w")
    return every


def _read_every(every: timedelta) -> timedelta:
    if not timedelta(minutes=1) <= every <= timedelta(days=7):
        raise ValueError(
            "another calendar is read every minute at most and every week at least; write for example 1h"
        )
    return every


def _listen(written: object) -> tuple[str, int]:
    host, _, port = str(written).rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or any(map(str.isspace, host)) or not port.isdecimal() or int(port[:6]) > 65_535:  # noqa: PLR2004 - the last port there is
        raise ValueError("not an address to listen on; write host:port, for example 127.0.0.1:8321")
    return host, int(port)


Duration = Annotated[timedelta, BeforeValidator(_duration)]
DurationOrOff = Annotated[Duration | None, BeforeValidator(_off_is_none)]
ReadEvery = Annotated[Duration, AfterValidator(_read_every)]
Turns = Annotated[Duration, AfterValidator(_turns)]
Probability = Annotated[float, BeforeValidator(number_not_switch), Field(ge=0, le=1, allow_inf_nan=False)]
Count = Annotated[int, BeforeValidator(number_not_switch), Field(ge=0, lt=2**53)]
Text = Annotated[str, BeforeValidator(_number_is_text), Field(min_length=1)]
Zone = Annotated[ZoneInfo, PlainValidator(_zone), PlainSerializer(str)]
Expression = Annotated[str, BeforeValidator(_number_is_text), AfterValidator(_expression)]
SlackId = Annotated[str, AfterValidator(_slack_id)]
SlackChannel = Annotated[str, AfterValidator(_slack_channel)]
Database = Annotated[SecretStr, AfterValidator(_database)]
Handoff = Annotated[tuple[int, time], PlainValidator(_handoff), PlainSerializer(str)]
TimeOfDay = Annotated[time, PlainValidator(_daytime), PlainSerializer(str)]
Days = Annotated[str, AfterValidator(_days)]
Hours = Annotated[str, AfterValidator(_hours)]
Holiday = Annotated[str, AfterValidator(_holiday)]
Place = Annotated[str, AfterValidator(_place)]
Moment = Annotated[datetime, PlainValidator(moment_of), PlainSerializer(str)]
"""Without a zone: a wall time, of whichever zone is meant where it stands."""
Ical = Annotated[SecretStr, AfterValidator(_ical)]
"""Often secret: who knows the address of a private calendar can read it."""
Listen = Annotated[tuple[str, int], PlainValidator(_listen), PlainSerializer(str)]
OneOrMore = Annotated[tuple[T, ...], BeforeValidator(_one_is_a_list)]
"""A list, or its only element written alone."""
OffOr = Annotated[T | None, BeforeValidator(_off_is_none)]
"""A value, or `off`."""
