"""A rota kept in another calendar: whose turn each event is, what can't be read, and shifts written for another."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.escalate import Team
from playbooks.roster import Layer, Override, Roster, Shift, Turn
from playbooks.rota import Rota
from vaste.duty import shifts_of
from vaste.ical import LONGEST, Names, ReadRota, read_rota, write_shifts
from vaste.ical_lines import MOST_BYTES, MOST_EVENTS, NotACalendar, events_of

HELSINKI = ZoneInfo("Europe/Helsinki")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
END = datetime(2027, 10, 1, tzinfo=UTC)
NAMES = Names.of(
    {"aino": "Aino Virtanen", "ben": "Ben Lindqvist", "mia": "Mia Ström"},
    {"aino": "Aino@example.fi", "ben": "ben@example.fi"},
)
TIMED = "DTSTART:20261102T070000Z\nDTEND:20261103T070000Z"
STARTS = datetime(2026, 11, 2, 7, tzinfo=UTC)


def event(*lines: str, summary: str = "Aino Virtanen", uid: str = "1", times: str = TIMED) -> str:
    return "\n".join(
        ["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{summary}", *filter(None, [times]), *lines, "END:VEVENT"]
    )


def calendar(*events: str) -> bytes:
    return "\r\n".join(
        "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *events, "END:VCALENDAR", ""]).split("\n")
    ).encode()


def read(*events: str, begin: datetime = BEGIN, end: datetime = END) -> ReadRota:
    return read_rota(calendar(*events), names=NAMES, zone=HELSINKI, begin=begin, end=end)


def starts(found: ReadRota) -> list[str]:
    return [
        f"{turn.person} {turn.begins_at:%m-%d %H:%M} {turn.ends_at - turn.begins_at}" for turn in found.turns
    ]


def test_an_event_is_the_turn_of_whom_it_names() -> None:
    assert read(event()) == ReadRota((Turn("aino", STARTS, STARTS + DAY),))


# (summary, more lines, whose turn): a sentence a row
WHOSE = {
    "the key": ("aino", (), "aino"),
    "the name in other letters": ("AINO VIRTANEN", (), "aino"),
    "the e-mail": ("aino@example.fi", (), "aino"),
    "the name among other words": ("Päivystys: Ben Lindqvist (care)", (), "ben"),
    "a name with an umlaut": ("mia ström", (), "mia"),
    "the first name is the key": ("Aino", (), "aino"),
    "a word that only begins like a key": ("Ainola", (), None),
    "a key inside an address of somebody else": ("aino@elsewhere.fi", (), None),
    "a team lunch": ("Lounas", (), None),
    "two people": ("aino / ben", (), None),
    "an attendee": ("Päivystys", ("ATTENDEE;CN=Ben:mailto:BEN@example.fi",), "ben"),
    "an attendee before the summary": ("Mia", ("ATTENDEE:mailto:ben@example.fi",), "ben"),
    "two attendees, one in the summary": ("Ben", ("ATTENDEE:mailto:ben@example.fi", "ATTENDEE:mailto:aino@example.fi"), "ben"),
    "two attendees": ("Vuoro", ("ATTENDEE:mailto:ben@example.fi", "ATTENDEE:mailto:aino@example.fi"), None),
    "an attendee who declined": ("Aino", ("ATTENDEE;PARTSTAT=DECLINED:mailto:ben@example.fi",), "aino"),
    "a stranger as attendee": ("Aino", ("ATTENDEE:mailto:x@example.com",), "aino"),
    "a hostile summary": ("<!channel> =cmd() \\n\x1b[31m", (), None),
}  # fmt: skip


@pytest.mark.parametrize("row", WHOSE.values(), ids=WHOSE.keys())
def test_whose_turn_an_event_is(row: tuple[str, tuple[str, ...], str | None]) -> None:
    summary, lines, person = row
    found = read(event(*lines, summary=summary))
    assert [turn.person for turn in found.turns] == ([person] if person else [])
    assert found.broken == ()
    assert len(found.passed_over) == (person is None)
    assert not any(summary in line for line in found.passed_over)


# (times, begin, length): a sentence a row
TIMES = {
    "in UTC": (TIMED, STARTS, DAY),
    "in a zone": ("DTSTART;TZID=America/New_York:20261102T090000\nDTEND;TZID=America/New_York:20261102T170000", STARTS + 7 * HOUR, 8 * HOUR),
    "in a zone as Outlook calls it": ("DTSTART;TZID=FLE Standard Time:20261102T090000\nDTEND;TZID=FLE Standard Time:20261102T170000", STARTS, 8 * HOUR),
    "without a zone": ("DTSTART:20261102T090000\nDTEND:20261102T170000", STARTS, 8 * HOUR),
    "a whole day": ("DTSTART;VALUE=DATE:20261102\nDTEND;VALUE=DATE:20261103", STARTS - 9 * HOUR, DAY),
    "a whole day without an end": ("DTSTART;VALUE=DATE:20261102", STARTS - 9 * HOUR, DAY),
    "the day on which clocks go back": ("DTSTART;VALUE=DATE:20261025\nDTEND;VALUE=DATE:20261026", datetime(2026, 10, 24, 21, tzinfo=UTC), 25 * HOUR),
    "from the missing hour": ("DTSTART;TZID=Europe/Helsinki:20270328T033000\nDTEND;TZID=Europe/Helsinki:20270328T090000", datetime(2027, 3, 28, 1, tzinfo=UTC), 5 * HOUR),
    "with a duration": ("DTSTART:20261102T070000Z\nDURATION:PT12H", STARTS, 12 * HOUR),
}  # fmt: skip


@pytest.mark.parametrize("row", TIMES.values(), ids=TIMES.keys())
def test_when_an_event_is(row: tuple[str, datetime, timedelta]) -> None:
    times, begin, lasts = row
    assert read(event(times=times)) == ReadRota((Turn("aino", begin, begin + lasts),))


def test_repeats_keep_their_wall_time_over_a_clock_change() -> None:
    times = "DTSTART;TZID=Europe/Helsinki:20261019T090000\nDTEND;TZID=Europe/Helsinki:20261020T090000"
    found = read(event("RRULE:FREQ=WEEKLY;COUNT=3", times=times))
    assert starts(found) == ["aino 10-19 06:00 1 day, 0:00:00", "aino 10-26 07:00 1 day, 0:00:00", "aino 11-02 07:00 1 day, 0:00:00"]  # fmt: skip


def test_what_was_taken_out_of_a_series_moved_or_cancelled_is_not_there() -> None:
    found = read(
        event("RRULE:FREQ=DAILY;COUNT=4", "EXDATE:20261103T070000Z", "RDATE:20261120T070000Z"),
        event("RECURRENCE-ID:20261104T070000Z", summary="Ben Lindqvist"),
        event("RECURRENCE-ID:20261105T070000Z", "STATUS:CANCELLED"),
    )
    assert found.broken == ()
    assert starts(found) == [
        "aino 11-02 07:00 1 day, 0:00:00",
        "ben 11-02 07:00 1 day, 0:00:00",
        "aino 11-20 07:00 1 day, 0:00:00",
    ]


def test_turns_that_do_not_touch_the_period_are_left_out() -> None:
    assert read(event(), end=STARTS).turns == ()
    assert read(event(), begin=STARTS + DAY).turns == ()
    assert len(read(event(), begin=STARTS + DAY - timedelta.resolution).turns) == 1


# what is written → the line and the words of its mistake
BROKEN = {
    "RRULE:FREQ=NEVER": (9, "no FREQ that is known"),
    "RRULE:HELLO": (9, "not a rule"),
    "RRULE:FREQ=DAILY;FREQ=DAILY": (9, "not a rule"),
    "RRULE:FREQ=DAILY;INTERVAL=0": (9, "INTERVAL is not written as it must be"),
    "RRULE:FREQ=DAILY;INTERVAL=-1": (9, "INTERVAL"),
    "RRULE:FREQ=SECONDLY": (9, "repeats within a day"),
    "RRULE:FREQ=HOURLY;COUNT=5": (9, "repeats within a day"),
    "RRULE:FREQ=DAILY;UNTIL=soon": (9, "UNTIL"),
    "RRULE:FREQ=DAILY;UNTIL=20261399": (9, "UNTIL"),
    "RRULE:FREQ=DAILY;COUNT=0": (9, "COUNT"),
    "RRULE:FREQ=DAILY;COUNT=5;UNTIL=20270101": (9, "both COUNT and UNTIL"),
    "RRULE:FREQ=DAILY;BYMONTH=13": (9, "BYMONTH"),
    "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30": (9, "never comes"),
    "RRULE:FREQ=YEARLY;BYMONTH=4,6;BYMONTHDAY=31": (9, "never comes"),
    "RRULE:FREQ=WEEKLY;BYDAY=XX": (9, "BYDAY"),
    "RRULE:FREQ=DAILY;BYHOUR=1,2,3": (9, "not read here"),
    "EXRULE:FREQ=DAILY;INTERVAL=0": (9, "EXRULE: INTERVAL"),
    "RRULE:FREQ=DAILY\nEXDATE:yesterday": (10, "EXDATE: can't be read"),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_told_with_its_line_and_spoils_no_other_event(rule: str) -> None:
    line, words = BROKEN[rule]
    found = read(event(rule), event(summary="ben", uid="2"))
    assert [turn.person for turn in found.turns] == ["ben"]
    assert found.broken[0].startswith(f"line {line}: ")
    assert words in found.broken[0]


UNTIMED = {
    "": (4, "no DTSTART"),
    "DTSTART:2026": (7, "DTSTART: can't be read"),
    "DTSTART:20261102T070000Z": (4, "ends before it begins, or has no length"),
    "DTSTART:20261102T070000Z\nDTEND:20261102T070000Z": (8, "ends before it begins"),
    "DTSTART:20261102T070000Z\nDTEND:20261101T070000Z": (8, "ends before it begins"),
    "DTSTART:20261102T070000Z\nDTEND:20271101T070000Z": (8, "longer than 92 days"),
    "DTSTART;TZID=Mars/Base:20261102T070000\nDTEND;TZID=Mars/Base:20261102T080000": (7, "DTSTART: its time zone is not known"),
    "DTSTART:19000101T070000Z\nDTEND:19000101T080000Z\nRRULE:FREQ=DAILY": (7, "before 1990"),
}  # fmt: skip


@pytest.mark.parametrize("times", UNTIMED)
def test_times_that_can_not_be_are_told_with_their_line(times: str) -> None:
    line, words = UNTIMED[times]
    found = read(event(times=times))
    assert found.turns == ()
    assert found.broken[0].startswith(f"line {line}: ")
    assert words in found.broken[0]


def test_lines_are_counted_as_an_editor_counts_them_folded_ones_too() -> None:
    folded = "DESCRIPTION:a long\n  story\n that is folded"
    found = read(event(folded, "RRULE:FREQ=NEVER"))
    assert found.broken[0].startswith("line 12: RRULE")


def test_many_mistakes_are_ten_and_a_number() -> None:
    found = read(*(event("RRULE:HELLO", uid=str(number)) for number in range(25)))
    assert len(found.broken) == 11
    assert found.broken[-1] == "and 15 more"


NOT_CALENDARS = {
    "nothing": (b"", "BEGIN:VCALENDAR"),
    "a page that asks to sign in": (b"<html>sign in</html>", "the address of the .ics file itself"),
    "Latin-1": (calendar(event(summary="Päivystys")).decode().encode("latin-1"), "not UTF-8"),
    "half a file": (calendar(event())[:90], "breaks off"),
    "too large": (b"BEGIN:VCALENDAR\r\n" + b"X:" + b"a" * MOST_BYTES, "larger than"),
}


@pytest.mark.parametrize("row", NOT_CALENDARS.values(), ids=NOT_CALENDARS.keys())
def test_what_is_no_calendar_is_said(row: tuple[bytes, str]) -> None:
    written, words = row
    with pytest.raises(NotACalendar, match=words):
        read_rota(written, names=NAMES, zone=HELSINKI, begin=BEGIN, end=END)


def test_too_many_events_are_refused_before_anything_is_expanded() -> None:
    with pytest.raises(NotACalendar, match="more than"):
        events_of(calendar(*[event()] * (MOST_EVENTS + 1)).decode())


def test_repeats_end_when_their_time_is_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vaste.ical.WITHIN_SECONDS", -1.0)
    found = read(event("RRULE:FREQ=DAILY"), event(uid="2", summary="ben"))
    assert [turn.person for turn in found.turns] == ["ben"]
    assert "no time left" in found.broken[0]


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: calendar(event(text))))
def test_whatever_comes_is_a_rota_or_is_refused(written: bytes) -> None:
    try:
        found = read_rota(written, names=NAMES, zone=HELSINKI, begin=BEGIN, end=END)
    except NotACalendar:
        return
    assert all(turn.begins_at < turn.ends_at <= turn.begins_at + LONGEST + DAY for turn in found.turns)


# written for another calendar

SHIFTS = [
    ("care", Shift(STARTS, STARTS + DAY, "aino", "in turn")),
    ("press; x", Shift(STARTS, STARTS + HOUR, "aino", "")),
]


def test_shifts_are_read_back_by_another_calendar() -> None:
    written = write_shifts(SHIFTS, person="aino", name="Aino\r\nEVIL:1", language="fi", now=BEGIN)
    events = icalendar.Calendar.from_ical(written).walk("VEVENT")
    assert [(str(one["SUMMARY"]), one["DTSTART"].dt, one["DTEND"].dt) for one in events] == [
        ("Päivystys: care", STARTS, STARTS + DAY),
        ("Päivystys: press; x", STARTS, STARTS + HOUR),
    ]
    assert b"\r\nEVIL" not in written


def test_the_same_shift_has_the_same_uid_in_every_export() -> None:
    one, other = (
        [str(event["UID"]) for event in icalendar.Calendar.from_ical(write_shifts(some, person="aino", name="Aino", language="en", now=now)).walk("VEVENT")]
        for some, now in ((SHIFTS, BEGIN), (SHIFTS[::-1], END))
    )  # fmt: skip
    assert sorted(one) == sorted(other)
    assert len(set(one)) == 2


def _exported(team: Team, now: datetime) -> list[tuple[str, datetime, datetime]]:
    found = [
        ("care", one.shift) for one in shifts_of(team, now, now + 90 * DAY) if one.shift.person == "aino"
    ]
    written = write_shifts(found, person="aino", name="Aino", language="en", now=now)
    events = icalendar.Calendar.from_ical(written).walk("VEVENT")
    return [(str(one["UID"]), one["DTSTART"].dt, one["DTEND"].dt) for one in events]


def test_a_shift_without_a_beginning_or_an_end_is_the_same_in_every_export() -> None:
    alone = Rota(("aino",), 0, time(9), HELSINKI)
    away = Override("ben", STARTS + 9 * DAY, STARTS + 10 * DAY)
    for rota in (alone, Roster((Layer(alone),), (away,))):
        team = Team("care", rota=rota)
        first, again = (_exported(team, STARTS + passed) for passed in (HOUR, 25 * HOUR))
        assert first == again
        assert len({uid for uid, _, _ in first}) == len(first)
        assert all(
            begins <= STARTS + 10 * DAY < ends or ends <= STARTS + 9 * DAY for _, begins, ends in first
        )
