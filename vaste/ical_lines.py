"""The lines of an iCalendar file: which event stands where, and whether its rules can be counted with. Pure.

The library that expands repeats takes what it can't read for no repeat at all, never ends on an interval of 0, and
counts to the year 9999 for a day that never comes. So every rule is read here first, strictly, and a mistake is told
with its line. What is written is never repeated: it is somebody else's text.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

MOST_BYTES = 2_000_000
MOST_EVENTS = 5_000
MOST_TOLD = 10
"""Mistakes that are told of one calendar; the rest are counted."""

_NAME = re.compile(r"[A-Za-z0-9-]{1,60}")
_DAYS = {1: 31, 2: 29, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}
_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_BY_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"\d{8}(T\d{6}Z?)?")
_MOST_INTERVAL, _MOST_COUNT = 1_000, 10_000
_LAST_DAY, _LAST_MONTH, _LAST_WEEK, _LAST_PLACE = 31, 12, 53, 31


class NotACalendar(Exception):
    """It is no iCalendar file; the message says what it is instead."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong on a line of a calendar."""

    line: int
    """From 1."""
    message: str
    """What is wrong; quotes nothing of the calendar."""

    def __str__(self) -> str:
        """One line: `line 12: RRULE: …`."""
        return f"line {self.line}: {self.message}"


@dataclass(slots=True)
class EventLines:
    """Where an event and its properties stand."""

    line: int
    uid: str = ""
    places: dict[str, int] = field(default_factory=dict)
    """Property → its first line."""
    rules: list[tuple[int, str, str]] = field(default_factory=list)
    """Of each RRULE and EXRULE: line, name, value."""

    def place(self, name: str) -> int:
        """Give the line of a property; of one that is not there, the event's own."""
        return self.places.get(name, self.line)

    @property
    def repeats(self) -> bool:
        """It comes more than once, or changes one of those that do."""
        return bool(self.rules) or bool({"RDATE", "RECURRENCE-ID"} & self.places.keys())


def text_of(written: bytes) -> str:
    """Give the text of a calendar; raises NotACalendar."""
    if len(written) > MOST_BYTES:
        raise NotACalendar(f"it is larger than {MOST_BYTES} bytes; export fewer events")
    try:
        text = written.decode("utf-8-sig")
    except UnicodeDecodeError as mistake:
        raise NotACalendar("it is not UTF-8; export it as iCalendar (.ics)") from mistake
    if not text.lstrip()[:15].upper().startswith("BEGIN:VCALENDAR"):
        raise NotACalendar("it does not begin with BEGIN:VCALENDAR; give the address of the .ics file itself")
    return text


def events_of(text: str) -> list[EventLines]:
    """Find the events of a calendar in their order; raises NotACalendar where there are too many, or one has no end."""
    found: list[EventLines] = []
    inside: list[str] = []
    for number, line in _unfolded(text):
        name, value = _split(line)
        if name == "BEGIN":
            inside.append(value.upper())
            if inside[-1] == "VEVENT":
                found.append(EventLines(number))
        elif name == "END" and inside:
            inside.pop()
        elif inside[-1:] == ["VEVENT"]:
            _note(found[-1], number, name, value)
        if len(found) > MOST_EVENTS:
            raise NotACalendar(f"it holds more than {MOST_EVENTS} events; export fewer")
    if inside:
        raise NotACalendar("it breaks off in the middle; it was not read to its end")
    return found


def mistakes_of(event: EventLines) -> Iterator[Mistake]:
    """List what is wrong with an event's rules, and what it lacks."""
    if "DTSTART" not in event.places:
        yield Mistake(event.line, "this event has no DTSTART, so nobody knows when it begins")
    for line, name, value in event.rules:
        for wrong in _wrong_in(value):
            yield Mistake(line, f"{name}: {wrong}")


def told(mistakes: list[Mistake]) -> tuple[str, ...]:
    """Word mistakes for people, the first ones each, the rest as a number."""
    some = tuple(map(str, mistakes[:MOST_TOLD]))
    return some if len(mistakes) <= MOST_TOLD else (*some, f"and {len(mistakes) - MOST_TOLD} more")


def _note(event: EventLines, number: int, name: str, value: str) -> None:
    event.places.setdefault(name, number)
    if name == "UID":
        event.uid = value
    elif name in {"RRULE", "EXRULE"}:
        event.rules.append((number, name, value))


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Give each logical line with the number of its first physical one."""
    begun: tuple[int, list[str]] | None = None
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        if line[:1] in {" ", "\t"} and begun is not None:
            begun[1].append(line[1:])
            continue
        if begun is not None:
            yield begun[0], "".join(begun[1])
        begun = (number, [line])
    if begun is not None:
        yield begun[0], "".join(begun[1])


def _split(line: str) -> tuple[str, str]:
    """Take a line apart into its name and its value; parameters are left to the library."""
    found = _NAME.match(line)
    if found is None:
        return "", ""
    _, _, value = line.partition(":")
    return found[0].upper(), value.strip()


def _wrong_in(rule: str) -> Iterator[str]:
    """Say what is wrong with a rule of repeats."""
    parts: dict[str, str] = {}
    for part in filter(None, rule.upper().split(";")):
        key, equals, value = part.partition("=")
        if not equals or not value or key in parts:
            yield "not a rule; its form is FREQ=WEEKLY;INTERVAL=1;BYDAY=MO"
            return
        parts[key] = value
    yield from _wrong_frequency(parts.get("FREQ", ""))
    yield from (wrong for key, value in parts.items() if (wrong := _wrong_part(key, value)) is not None)
    if "COUNT" in parts and "UNTIL" in parts:
        yield "has both COUNT and UNTIL; one of them ends it"
    if _never_comes(parts):
        yield "names a day that its months don't have, so it never comes"


def _wrong_frequency(frequency: str) -> Iterator[str]:
    if frequency in _TOO_OFTEN:
        yield "repeats within a day, which no shift does; write FREQ=DAILY or longer"
    elif frequency not in _FREQUENCIES:
        yield "has no FREQ that is known; write DAILY, WEEKLY, MONTHLY or YEARLY"


def _wrong_part(key: str, value: str) -> str | None:
    if key in {"FREQ", "WKST"}:
        return None
    if key not in _JUDGES:
        return "has a part that is not read here; use INTERVAL, COUNT, UNTIL, BYDAY, BYMONTH, BYMONTHDAY, BYSETPOS"
    if all(_JUDGES[key](one) for one in value.split(",")):
        return None
    return f"{key} is not written as it must be, or out of its bounds"


def _never_comes(parts: dict[str, str]) -> bool:
    days, months = parts.get("BYMONTHDAY", ""), parts.get("BYMONTH", "")
    if not days or not months:
        return False
    try:
        longest = max(_DAYS[int(month)] for month in months.split(","))
        return min(abs(int(day)) for day in days.split(",")) > longest
    except (KeyError, ValueError):
        return False  # told where its bounds are


def _whole(written: str, last: int, *, signed: bool = False) -> bool:
    sign = r"[+-]?" if signed else ""
    return re.fullmatch(rf"{sign}\d{{1,5}}", written) is not None and 1 <= abs(int(written)) <= last


def _is_until(written: str) -> bool:
    if not _UNTIL.fullmatch(written):
        return False
    try:
        datetime.strptime(written[:8], "%Y%m%d")  # noqa: DTZ007 - only whether there is such a day
    except ValueError:
        return False
    return True


def _is_day(written: str) -> bool:
    found = _BY_DAY.fullmatch(written)
    return found is not None and (found[1] is None or _whole(found[1], _LAST_WEEK, signed=True))


_JUDGES: dict[str, Callable[[str], bool]] = {
    "INTERVAL": lambda one: _whole(one, _MOST_INTERVAL),
    "COUNT": lambda one: _whole(one, _MOST_COUNT),
    "UNTIL": _is_until,
    "BYDAY": _is_day,
    "BYMONTH": lambda one: _whole(one, _LAST_MONTH),
    "BYMONTHDAY": lambda one: _whole(one, _LAST_DAY, signed=True),
    "BYSETPOS": lambda one: _whole(one, _LAST_PLACE, signed=True),
}
