"""Rotas that are kept in another calendar, and shifts for a person's own. The only file that knows iCalendar's libraries.

Theory of operation of reading:
1. The lines are read first (`ical_lines`): bounds, where each event stands, and whether its rules can be counted with.
2. The library reads the calendar; what it could not read of an event is a mistake on that event's line.
3. Events that come once are taken as they are; of the others the library gives each coming within the period asked
   for, one series after the other, until the time for all of them is used up.
4. Each coming is the turn of whoever it names: the one attendee whose e-mail is known, else the one person whose
   key, name or e-mail stands in the summary.

A time without a zone, and the midnights of whole days, are in the zone that the configuration gives.
"""

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from zoneinfo import ZoneInfo

from casebook.wall import instant_of
from playbooks.roster import Shift, Turn
from vaste.ical_lines import EventLines, Mistake, NotACalendar, events_of, mistakes_of, text_of, told

MOST_TURNS: Final = 10_000
WITHIN_SECONDS: Final = 10.0
"""For all repeats of one calendar."""
EARLIEST: Final = 1990
"""Repeats are counted from their first coming, which takes longer the older they are."""
LONGEST: Final = timedelta(days=92)
"""Of one turn; a longer one is a calendar's mistake rather than somebody's shift."""
LONG_SINCE: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Written as the beginning of a shift that has none within reach."""
_SUMMARIES: Final = {"fi": "Päivystys: {team}", "sv": "Jour: {team}", "en": "On call: {team}"}


@dataclass(frozen=True, slots=True)
class ReadRota:
    """What a calendar says."""

    turns: tuple[Turn, ...]
    broken: tuple[str, ...] = ()
    """What could not be read, each with its line: turns are missing."""
    passed_over: tuple[str, ...] = ()
    """Events that name nobody, or several people, each with its line."""


@dataclass(frozen=True, slots=True)
class Names:
    """By which words people are known: key, name and e-mail, in small letters, to their keys."""

    keys: Mapping[str, str]
    emails: Mapping[str, str]

    @classmethod
    def of(cls, names: Mapping[str, str], emails: Mapping[str, str]) -> "Names":
        """Make them from the names and the e-mails of people by key."""
        mails = {mail.strip().casefold(): key for key, mail in emails.items()}
        words = {word.casefold(): key for key, name in names.items() for word in (key, name)}
        return cls({**words, **mails}, mails)

    def named_in(self, text: str) -> set[str]:
        """Give the keys of everybody whose key, name or e-mail stands in a text as words of its own."""
        said = text.casefold().strip()
        if said in self.keys:  # a whole summary that is a name says nothing else
            return {self.keys[said]}
        return {
            key
            for words, key in self.keys.items()
            if re.search(rf"(?<![\w@.-]){re.escape(words)}(?![\w@-])", said)
        }


def read_rota(written: bytes, *, names: Names, zone: ZoneInfo, begin: datetime, end: datetime) -> ReadRota:
    """Read the turns of a calendar that touch [begin, end), in their order; raises NotACalendar."""
    import icalendar  # noqa: PLC0415 - takes a tenth of a second, and only for those who have a calendar

    text = text_of(written)
    lines = events_of(text)
    try:
        calendar = icalendar.Calendar.from_ical(text)
        events = list(calendar.walk("VEVENT"))
    except Exception as mistake:  # whatever it trips over, it is somebody else's file
        raise NotACalendar("it can't be read as iCalendar; export it anew") from mistake
    if len(events) != len(lines):
        raise NotACalendar("its events are not properly begun and ended; export it anew")
    reading = _Reading(calendar, names, zone, begin, end)
    for event, place in zip(events, lines, strict=True):
        reading.judge(event, place)
    reading.expand()
    turns = tuple(sorted(reading.turns, key=lambda turn: (turn.begins_at, turn.ends_at, turn.person)))
    return ReadRota(turns, told(reading.broken), told(reading.passed_over))


class _Reading:
    """One calendar on its way to turns."""

    def __init__(self, calendar: Any, names: Names, zone: ZoneInfo, begin: datetime, end: datetime) -> None:
        self._calendar, self._names, self._zone = calendar, names, zone
        self._begin, self._end = begin, end
        self._series: dict[str, list[tuple[Any, EventLines]]] = {}
        self.turns: set[Turn] = set()
        self.broken: list[Mistake] = []
        self.passed_over: list[Mistake] = []

    def judge(self, event: Any, place: EventLines) -> None:
        """Take an event that comes once, and put one that repeats with its series."""
        wrong = list(mistakes_of(place)) or list(_unread(event, place)) or list(self._untimely(event, place))
        if wrong:
            self.broken += wrong
        elif place.repeats:
            self._series.setdefault(place.uid or f"line {place.line}", []).append((event, place))
        else:
            self._take(event, place)

    def expand(self) -> None:
        """Take every coming of the series."""
        import icalendar  # noqa: PLC0415 - see read_rota
        import recurring_ical_events  # noqa: PLC0415 - the same

        zones = self._calendar.walk("VTIMEZONE")
        until = time.monotonic() + WITHIN_SECONDS
        for members in self._series.values():
            first = members[0][1]
            if time.monotonic() > until:
                self.broken.append(Mistake(first.line, "there was no time left for this and later repeats"))
                return
            alone = icalendar.Calendar()
            for component in (*zones, *(event for event, _ in members)):
                alone.add_component(component)
            try:
                comings = recurring_ical_events.of(alone).between(self._begin - LONGEST, self._end)
            except Exception:  # noqa: BLE001 - whatever it trips over, it is somebody else's file
                self.broken.append(Mistake(first.line, "the repeats of this event can't be counted"))
                continue
            for event in comings:
                self._take(event, first)

    def _take(self, event: Any, place: EventLines) -> None:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            return
        begin, end = self._times(event)
        if begin >= end or begin >= self._end or end <= self._begin:
            return
        person = self._person(event, place)
        if person is None:
            return
        if len(self.turns) >= MOST_TURNS:
            raise NotACalendar(f"it gives more than {MOST_TURNS} turns; export a shorter time")
        self.turns.add(Turn(person, begin, end))

    def _untimely(self, event: Any, place: EventLines) -> Iterator[Mistake]:
        """Say what is wrong with an event's times."""
        for name in ("DTSTART", "DTEND"):
            at = event.get(name)
            if at is not None and "TZID" in at.params and getattr(at.dt, "tzinfo", None) is None:
                yield Mistake(place.place(name), f"{name}: its time zone is not known")
        try:
            begin, end = self._times(event)
        except Exception:  # noqa: BLE001 - whatever it trips over, it is somebody else's file
            yield Mistake(place.place("DTEND"), "it can't be told when this event ends")
            return
        if end <= begin:
            yield Mistake(place.place("DTEND"), "this event ends before it begins, or has no length")
        elif end - begin > LONGEST:
            yield Mistake(place.place("DTEND"), f"this event lasts longer than {LONGEST.days} days")
        if begin.year < EARLIEST and place.repeats:
            yield Mistake(place.place("DTSTART"), f"repeats from before {EARLIEST} are not counted")

    def _times(self, event: Any) -> tuple[datetime, datetime]:
        first: date = event["DTSTART"].dt
        if "DTEND" in event:
            last: date = event["DTEND"].dt
        elif "DURATION" in event:
            last = first + event["DURATION"].dt
        else:
            last = first if isinstance(first, datetime) else first + timedelta(days=1)
        return self._instant(first), self._instant(last)

    def _instant(self, at: date) -> datetime:
        if not isinstance(at, datetime):
            return instant_of(at, datetime.min.time(), self._zone)
        zone = at.tzinfo or self._zone
        if isinstance(zone, ZoneInfo):
            return instant_of(at.date(), at.time(), zone)
        return at.astimezone(UTC)

    def _person(self, event: Any, place: EventLines) -> str | None:
        written = event.get("ATTENDEE", [])
        attendees = {
            key
            for one in (written if isinstance(written, list) else [written])
            if (key := self._names.emails.get(str(one).strip().casefold().removeprefix("mailto:")))
            is not None
            and str(getattr(one, "params", {}).get("PARTSTAT", "")).upper() != "DECLINED"
        }
        named = self._names.named_in(str(event.get("SUMMARY", "")))
        # of several attendees, the summary says whose turn it is
        for people in (attendees & named, attendees, named):
            if len(people) == 1:
                return next(iter(people))
        several = "several people" if attendees | named else "nobody of people"
        mistake = Mistake(place.place("SUMMARY"), f"this event names {several}, so it is nobody's turn")
        if mistake not in self.passed_over:
            self.passed_over.append(mistake)
        return None


def _unread(event: Any, place: EventLines) -> Iterator[Mistake]:
    """Give what the library could not read of an event, of the properties that matter here."""
    for name, _ in event.errors:
        if name in {"DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID"}:
            yield Mistake(place.place(name), f"{name}: can't be read; compare it with RFC 5545")


def write_shifts(
    shifts: Iterable[tuple[str, Shift]], *, person: str, name: str, language: str, now: datetime
) -> bytes:
    """Write a person's shifts, each with its team, as a calendar that another one can subscribe to.

    The same shift has the same UID in every export, so that a calendar that reads it again moves and doubles none.
    """
    import icalendar  # noqa: PLC0415 - see read_rota

    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Vaste//vaste oncall//EN")
    calendar.add("version", "2.0")
    heading = f"{name}: {_SUMMARIES[language].partition(':')[0]}"
    calendar.add("x-wr-calname", icalendar.vText(" ".join(heading.split())))
    for team, shift in shifts:
        event = icalendar.Event()
        begins_at, ends_at = _bounds(shift)
        event.add("uid", f"{_digest(person, team, *_known_by(shift))}@vaste")
        event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
        event.add("dtstart", begins_at)
        event.add("dtend", ends_at)
        event.add("summary", _SUMMARIES[language].format(team=team))
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def _bounds(shift: Shift) -> tuple[datetime, datetime]:
    """Give the times of a shift, in UTC; where none was found, one that is the same in the next export too."""
    begins_at, ends_at = shift.begins_at.astimezone(UTC), shift.ends_at.astimezone(UTC)
    return (
        LONG_SINCE if shift.is_begun_before else begins_at,
        datetime(ends_at.year + 1, 1, 1, tzinfo=UTC) if shift.is_ended_after else ends_at,
    )


def _known_by(shift: Shift) -> tuple[str, ...]:
    """Give what makes a shift the same in every export: its beginning, else its end, else that it has neither."""
    if not shift.is_begun_before:
        return (shift.begins_at.astimezone(UTC).isoformat(),)
    return ("always",) if shift.is_ended_after else ("until", shift.ends_at.astimezone(UTC).isoformat())


def _digest(*words: str) -> str:
    return sha256("\0".join(words).encode()).hexdigest()[:32]
