"""Times as people type them in a chat, in Finnish, Swedish and English: `until 18:00`, `klo 18 asti`, `till fre 9`. Pure.

1. Words are sorted into pieces: a time of day, a day, a length, a sign of a beginning or an end; the rest are names.
2. Pieces that follow each other make one moment (a day and a time); a sign before or after it says which it is.
3. A moment becomes an instant by the zone's clocks: the next such one after what it is counted from.

A day without a time is not guessed at: nobody can tell whether Friday means its morning or its night. A date in
ISO form means its first instant, as everywhere in Vaste.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from casebook.wall import instant_of

_DAY: Final = timedelta(days=1)
_YEARS: Final = range(1971, 2200)
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(am|pm)?")
_SPAN = re.compile(r"(\d{1,2}(?:[:.]\d{2})?)[-–](\d{1,2}(?:[:.]\d{2})?)")
_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})?")
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:t(\d{2}:\d{2})(?::\d{2})?(z)?)?")
_LENGTH = re.compile(r"(\d{1,3}(?:[.,]\d)?)([a-zåäö]+)")
_FIGURES = re.compile(r"\d[\d:.,-]*")
"""Meant as a time, and none."""
_NUMBER = re.compile(r"\d{1,3}(?:[.,]\d)?")
_NAMED_TIMES = {
    "noon": (12, 0),
    "puolipäivä": (12, 0),
    "puoleenpäivään": (12, 0),
    "midnight": (24, 0),
    "keskiyö": (24, 0),
    "keskiyöhön": (24, 0),
    "midnatt": (24, 0),
}
_UNITS = {
    **dict.fromkeys(("min", "mins", "m", "minute", "minutes", "minuuttia", "minuutti", "minuutiksi"), 1),
    **dict.fromkeys(("minut", "minuter"), 1),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "t", "tunti", "tuntia", "tunniksi"), 60),
    **dict.fromkeys(("tim", "timme", "timmar"), 60),
    **dict.fromkeys(("d", "day", "days", "pv", "päivä", "päivää", "päiväksi", "dag", "dagar", "dygn"), 1440),
    **dict.fromkeys(("w", "week", "weeks", "vk", "viikko", "viikkoa", "viikoksi", "vecka", "veckor"), 10_080),
}
"""Minutes of a unit."""
_TODAY = frozenset({"today", "tonight", "tänään", "idag", "ikväll"})
_TOMORROW = frozenset({"tomorrow", "huomenna", "huomiseen", "huomisesta", "imorgon", "imorron", "morgon"})
_WEEKDAYS = (
    ("mon", "monday", "ma", "maanantai", "må", "mån", "måndag"),
    ("tue", "tues", "tuesday", "ti", "tiistai", "tis", "tisdag"),
    ("wed", "wednesday", "ke", "keskiviikko", "on", "ons", "onsdag"),
    ("thu", "thur", "thurs", "thursday", "to", "torstai", "tor", "tors", "torsdag"),
    ("fri", "friday", "pe", "perjantai", "fr", "fre", "fredag"),
    ("sat", "saturday", "la", "lauantai", "lö", "lör", "lördag"),
    ("sun", "sunday", "su", "sunnuntai", "sö", "sön", "söndag"),
)
_NUMBER_OF = {word: number for number, words in enumerate(_WEEKDAYS) for word in words}
_ENDINGS = ("hin", "hyn", "hun", "na", "nä", "sta", "stä", "en", "n")
"""Of a weekday's case: perjantaihin, perjantaista, fredagen."""
_NOT_DAYS = {"en": {"to", "on"}, "sv": {"to"}, "fi": {"on"}}
"""Short words that mean something else in a language."""
_UNTIL_BEFORE = frozenset({"until", "till", "til", "to", "tills", "fram", "-", "–"})
_UNTIL_AFTER = frozenset({"asti", "saakka", "mennessä"})
_FROM_BEFORE = frozenset({"from", "starting", "since", "från", "fr.o.m"})
_FROM_AFTER = frozenset({"alkaen", "lähtien"})
_FILLERS = frozenset(
    "klo klo. kello kl kl. at the a an for i in om om: o'clock ajaksi ajan på och and sekä ja".split()  # noqa: SIM905  # words read best as words
)


class NotUnderstood(Exception):
    """Somebody typed what has no meaning here; `word` is what they typed, `reason` a key of the words."""

    def __init__(self, reason: str, word: str = "") -> None:
        super().__init__(reason)
        self.reason, self.word = reason, word


@dataclass(frozen=True, slots=True)
class Period:
    """What was said of times; None where nothing was."""

    begins_at: datetime | None
    ends_at: datetime | None


@dataclass(slots=True)
class _Moment:
    written: str
    day: date | int | None = None
    """A date, or a weekday."""
    at: tuple[int, int] | None = None
    whole: datetime | None = None
    """Said in full."""
    role: str | None = None

    def takes(self, piece: "_Moment") -> bool:
        """Say whether a further piece can belong to the same moment."""
        is_free = (self.day is None or piece.day is None) and (self.at is None or piece.at is None)
        return is_free and self.whole is None and piece.whole is None


@dataclass(slots=True)
class _Read:
    """What is read so far."""

    moments: list[_Moment] = field(default_factory=list)
    length: timedelta | None = None
    names: list[str] = field(default_factory=list)
    role: str | None = None
    is_open: bool = False
    """The next piece may belong to the last moment."""


def read_times(
    words: Sequence[str], *, language: str, zone: ZoneInfo, now: datetime
) -> tuple[Period, list[str]]:
    """Read the times among words, and give the words that are none; raises NotUnderstood.

    `language` is the one of the command: it decides what short words such as `to` and `on` mean.
    """
    read = _Read()
    place = 0
    while place < len(words):
        place += _take(read, words[place:], language=language, zone=zone, now=now)
    return _period(read, zone=zone, now=now), read.names


def _take(read: _Read, words: Sequence[str], *, language: str, zone: ZoneInfo, now: datetime) -> int:
    """Take the next word, or the next two; gives how many."""
    word = words[0].casefold()
    if (length := _length(word, words[1].casefold() if len(words) > 1 else "")) is not None:
        read.length, read.is_open = length[0], False
        return length[1]
    pieces = _pieces(word, language=language, zone=zone, now=now)
    if pieces:
        _join(read, pieces)
    elif word in _UNTIL_BEFORE or word in _FROM_BEFORE:
        read.role, read.is_open = ("until" if word in _UNTIL_BEFORE else "from"), False
    elif word in _UNTIL_AFTER or word in _FROM_AFTER:
        if read.moments:
            read.moments[-1].role = "until" if word in _UNTIL_AFTER else "from"
        read.is_open = False
    elif _FIGURES.fullmatch(word):
        raise NotUnderstood("no_time", words[0])
    elif word not in _FILLERS:
        # `from Ben`: what stood before a name says nothing of a time
        read.names.append(words[0])
        read.role, read.is_open = None, False
    return 1


def _join(read: _Read, pieces: list[_Moment]) -> None:
    first = pieces[0]
    last = read.moments[-1] if read.is_open else None
    if len(pieces) > 1 and last is not None and last.at is None and last.day is not None:
        # `tomorrow 9-17`: the day is that of the beginning
        last.at, last.role = first.at, "from"
        read.moments.append(pieces[1])
    elif len(pieces) == 1 and last is not None and last.takes(first):
        last.day = last.day if last.day is not None else first.day
        last.at = last.at or first.at
        last.role = last.role or first.role
        last.written = f"{last.written} {first.written}"
    else:
        first.role = first.role or read.role
        read.moments += pieces
    read.role, read.is_open = None, len(pieces) == 1


def _length(word: str, following: str) -> tuple[timedelta, int] | None:
    """Read a length (`2h`, `90 min`); gives it and how many words it took."""
    glued = _LENGTH.fullmatch(word)
    if glued and glued[2] in _UNITS:
        return _minutes(glued[1], glued[2]), 1
    if _NUMBER.fullmatch(word) and following in _UNITS:
        return _minutes(word, following), 2
    return None


def _minutes(number: str, unit: str) -> timedelta:
    return timedelta(minutes=float(number.replace(",", ".")) * _UNITS[unit])


def _pieces(word: str, *, language: str, zone: ZoneInfo, now: datetime) -> list[_Moment]:
    """Read one word as a moment or a part of one; two where it is a span; nothing where it is none."""
    spanned = _SPAN.fullmatch(word)
    if spanned:
        halves = [_time(half) for half in spanned.groups()]
        if None not in halves:
            return [_Moment(word, at=halves[0], role="from"), _Moment(word, at=halves[1], role="until")]
    at = _time(word)
    if at is not None:
        return [_Moment(word, at=at)]
    today = now.astimezone(zone).date()
    if word in _TODAY or word in _TOMORROW:
        return [_Moment(word, day=today if word in _TODAY else today + _DAY)]
    if word not in _NOT_DAYS.get(language, ()):
        weekday = _weekday(word)
        if weekday is not None:
            is_from = word.endswith(("sta", "stä"))
            return [_Moment(word, day=weekday, role="from" if is_from else None)]
    return _dated(word, zone=zone, today=today)


def _time(word: str) -> tuple[int, int] | None:
    if word in _NAMED_TIMES:
        return _NAMED_TIMES[word]
    found = _TIME.fullmatch(word)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= 12:  # noqa: PLR2004  # a clock face
            return None
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    is_time = (hour < 24 and minute < 60) or (hour, minute) == (24, 0)  # noqa: PLR2004  # a clock
    return (hour, minute) if is_time else None


def _weekday(word: str) -> int | None:
    if word in _NUMBER_OF:
        return _NUMBER_OF[word]
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        # only whole names are inflected: "man" is nobody's Monday
        if stem != word and len(stem) > 4 and stem in _NUMBER_OF:  # noqa: PLR2004  # the shortest name has six
            return _NUMBER_OF[stem]
    return None


def _dated(word: str, *, zone: ZoneInfo, today: date) -> list[_Moment]:
    iso, dotted = _ISO.fullmatch(word), _DATE.fullmatch(word)
    try:
        if iso:
            day = date.fromisoformat(iso[1])
            if day.year not in _YEARS:
                raise NotUnderstood("no_time", word)
            if iso[3]:
                return [_Moment(word, whole=datetime.fromisoformat(word.upper()))]
            if iso[2]:
                return [_Moment(word, whole=instant_of(day, time.fromisoformat(iso[2]), zone))]
            return [_Moment(word, day=day)]
        if dotted:
            year = int(dotted[3] or today.year)
            day = date(year, int(dotted[2]), int(dotted[1]))
            if dotted[3] is None and day < today:
                day = day.replace(year=year + 1)
            return [_Moment(word, day=day)]
    except ValueError as mistake:
        raise NotUnderstood("no_time", word) from mistake
    return []


def _period(read: _Read, *, zone: ZoneInfo, now: datetime) -> Period:
    begin, end = _roles(read.moments)
    begins_at = _instant(begin, zone, now, now=now) if begin else None
    counted_from = begins_at or now
    if end is None:
        return Period(begins_at, counted_from + read.length if read.length else None)
    if begin is not None and end.day is None and end.whole is None and begin.day is not None:
        end.day = counted_from.astimezone(zone).date()
        ends_at = _instant(end, zone, counted_from, now=now)
        return Period(begins_at, ends_at if ends_at > counted_from else ends_at + _DAY)
    return Period(begins_at, _instant(end, zone, counted_from, now=now))


def _roles(moments: Iterable[_Moment]) -> tuple[_Moment | None, _Moment | None]:
    """Say which moment is the beginning and which the end; of two without a sign the first is the beginning."""
    begin = end = None
    loose = []
    for moment in moments:
        if moment.role == "from" and begin is None:
            begin = moment
        elif moment.role == "until" and end is None:
            end = moment
        else:
            loose.append(moment)
    if len(loose) > 1 and begin is None and end is None:
        begin, end, *loose = loose
    elif loose and end is None:
        end = loose.pop(0)
    elif loose and begin is None:
        begin = loose.pop(0)
    if loose:
        raise NotUnderstood("too_many_times", loose[0].written)
    return begin, end


def _instant(moment: _Moment, zone: ZoneInfo, after: datetime, *, now: datetime) -> datetime:
    """Give the instant of a moment: the next such one after another."""
    if moment.whole is not None:
        return moment.whole
    if moment.at is None:
        if isinstance(moment.day, date) and _ISO.fullmatch(moment.written):
            return instant_of(moment.day, time(0), zone)
        raise NotUnderstood("day_without_time", moment.written)
    day = moment.day
    local = (after if moment.day is None or isinstance(day, int) else now).astimezone(zone).date()
    if isinstance(day, date):
        return _on(day, moment.at, zone)
    ahead = 0 if day is None else (day - local.weekday()) % 7
    found = _on(local + ahead * _DAY, moment.at, zone)
    return (
        found if found > after else _on(local + (ahead + (1 if day is None else 7)) * _DAY, moment.at, zone)
    )


def _on(day: date, at: tuple[int, int], zone: ZoneInfo) -> datetime:
    hour, minute = at
    return instant_of(day + (hour // 24) * _DAY, time(hour % 24, minute), zone)
