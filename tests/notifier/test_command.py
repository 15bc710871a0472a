"""What people type after /vaste, in three languages, and the instants that they mean: tables."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.answer_words import ANSWER_WORDS
from notifier.channel import Person
from notifier.command import Named, named, read_command
from notifier.moments import NotUnderstood

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
"""A Tuesday, 14:00 in Helsinki."""
PEOPLE = {
    "aino": Person("aino", "Aino Virtanen", "U0123"),
    "ben": Person("ben", "Ben Lindqvist", "U0124"),
    "benita": Person("benita", "Benita Ö", "U0125"),
}
TEAMS = ("care", "Tech team")


def local(at: datetime | None) -> str | None:
    return at.astimezone(HELSINKI).strftime("%a %Y-%m-%d %H:%M") if at else None


@pytest.mark.parametrize(
    ("written", "verb"),
    [
        ("", "help"),
        ("   ", "help"),
        ("help", "help"),
        ("Apua", "help"),
        ("hjälp", "help"),
        ("on-call", "on_call"),
        ("oncall care", "on_call"),
        ("Who is on call?", "on_call"),
        ("kuka on vuorossa?", "on_call"),
        ("vuorossa", "on_call"),
        ("vem har jour", "on_call"),
        ("mine", "mine"),
        ("omat tapaukset", "mine"),
        ("mina ärenden", "mine"),
        ("stats", "stats"),
        ("luvut care", "stats"),
        ("statistik", "stats"),
        ("coverage", "coverage"),
        ("kattavuus", "coverage"),
        ("täckning", "coverage"),
    ],
)
def test_questions_are_understood_in_three_languages(written: str, verb: str) -> None:
    assert read_command(written, zone=HELSINKI, now=NOW).verb == verb


@pytest.mark.parametrize(
    ("written", "begins", "ends", "names"),
    [
        ("take over until 18:00", None, "Tue 2026-11-24 18:00", ()),
        ("take over until 18", None, "Tue 2026-11-24 18:00", ()),
        ("TAKE OVER to 6pm", None, "Tue 2026-11-24 18:00", ()),
        ("take over until 6 pm", None, "Tue 2026-11-24 18:00", ()),
        ("take until 14:00", None, "Wed 2026-11-25 14:00", ()),  # this very minute is over: the next one
        ("take until 14:01", None, "Tue 2026-11-24 14:01", ()),
        ("take over until midnight", None, "Wed 2026-11-25 00:00", ()),
        ("take over for 2h", None, "Tue 2026-11-24 16:00", ()),
        ("take over for 90 min", None, "Tue 2026-11-24 15:30", ()),
        ("take over care until 18:00", None, "Tue 2026-11-24 18:00", ("care",)),
        ("take over from Ben until 18:00", None, "Tue 2026-11-24 18:00", ("Ben",)),
        ("take over from 16 until 18", "Tue 2026-11-24 16:00", "Tue 2026-11-24 18:00", ()),
        ("take 16-18", "Tue 2026-11-24 16:00", "Tue 2026-11-24 18:00", ()),
        ("take 22-6", "Tue 2026-11-24 22:00", "Wed 2026-11-25 06:00", ()),
        ("take tomorrow 9-17", "Wed 2026-11-25 09:00", "Wed 2026-11-25 17:00", ()),
        ("take fri 22-6", "Fri 2026-11-27 22:00", "Sat 2026-11-28 06:00", ()),
        ("take over from Friday 9 for 2 days", "Fri 2026-11-27 09:00", "Sun 2026-11-29 09:00", ()),
        ("take until Tuesday 18:00", None, "Tue 2026-11-24 18:00", ()),  # today still
        ("take until Tuesday 13:00", None, "Tue 2026-12-01 13:00", ()),  # a week on
        ("take 24.12. 9 - 26.12. 9", "Thu 2026-12-24 09:00", "Sat 2026-12-26 09:00", ()),
        ("take until 6.1. 9:00", None, "Wed 2027-01-06 09:00", ()),
        ("take until 2026-12-24", None, "Thu 2026-12-24 00:00", ()),
        ("take until 2026-12-24T18:00Z", None, "Thu 2026-12-24 20:00", ()),
        ("ota vuoro klo 18 asti", None, "Tue 2026-11-24 18:00", ()),
        ("otan vuoron huomiseen klo 9 asti", None, "Wed 2026-11-25 09:00", ()),
        ("ota to 18 asti", None, "Thu 2026-11-26 18:00", ()),
        ("ota care perjantaihin klo 18.30 saakka", None, "Fri 2026-11-27 18:30", ("care",)),
        ("ota 2 tuntia", None, "Tue 2026-11-24 16:00", ()),
        ("ta över till kl. 18", None, "Tue 2026-11-24 18:00", ()),
        ("ta över till i morgon kl 9", None, "Wed 2026-11-25 09:00", ()),
        ("jag tar över till fre 9", None, "Fri 2026-11-27 09:00", ()),
        ("ta i 2 timmar", None, "Tue 2026-11-24 16:00", ()),
        ("take over", None, None, ()),
    ],
)
def test_turns_are_taken_until_the_instant_that_people_mean(
    written: str, begins: str | None, ends: str | None, names: tuple[str, ...]
) -> None:
    command = read_command(written, zone=HELSINKI, now=NOW)
    assert command.verb == "take"
    assert (local(command.begins_at), local(command.ends_at), command.names) == (begins, ends, names)


@pytest.mark.parametrize(
    ("written", "begins", "ends", "names"),
    [
        ("swap with ben mon 9 to fri 17", "Mon 2026-11-30 09:00", "Fri 2026-12-04 17:00", ("ben",)),
        ("swap <@U0124|ben> until fri 9", None, "Fri 2026-11-27 09:00", ("<@U0124|ben>",)),
        ("vaihda Benin kanssa perjantaihin klo 9 asti", None, "Fri 2026-11-27 09:00", ("Benin",)),
        (
            "vaihda ben maanantaista klo 9 perjantaihin klo 17",
            "Mon 2026-11-30 09:00",
            "Fri 2026-12-04 17:00",
            ("ben",),
        ),
        ("byt med Ben till torsdag kl. 9", None, "Thu 2026-11-26 09:00", ("Ben",)),
        ("swap aino and ben until fri 9", None, "Fri 2026-11-27 09:00", ("aino", "ben")),
    ],
)
def test_turns_are_swapped(
    written: str, begins: str | None, ends: str | None, names: tuple[str, ...]
) -> None:
    command = read_command(written, zone=HELSINKI, now=NOW)
    assert command.verb == "swap"
    assert (local(command.begins_at), local(command.ends_at), command.names) == (begins, ends, names)


@pytest.mark.parametrize(
    ("written", "reason", "word"),
    [
        ("fly me to the moon", "unknown", "fly"),
        ("onion", "unknown", "onion"),  # begins like one of ours
        ("take until friday", "day_without_time", "friday"),
        ("take until tomorrow", "day_without_time", "tomorrow"),
        ("take until 25:00", "no_time", "25:00"),
        ("take until 18:99", "no_time", "18:99"),
        ("take until 31.2. 9", "no_time", "31.2."),
        ("take until 0001-01-01", "no_time", "0001-01-01"),
        ("take 9 10 11", "too_many_times", "11"),
        ("cancel", "no_number", ""),
        ("cancel three", "no_number", "three"),
    ],
)
def test_what_cannot_be_meant_is_said_with_the_word_at_fault(written: str, reason: str, word: str) -> None:
    with pytest.raises(NotUnderstood) as mistake:
        read_command(written, zone=HELSINKI, now=NOW)
    assert (mistake.value.reason, mistake.value.word) == (reason, word)


@pytest.mark.parametrize("written", ["cancel 3", "peru #3", "avboka 3", "undo 3"])
def test_a_number_is_cancelled(written: str) -> None:
    assert read_command(written, zone=HELSINKI, now=NOW).number == 3


@pytest.mark.parametrize(
    ("now", "written", "ends"),
    [
        # clocks go forward at 03:00 on 2026-03-29: half past three is the first instant after
        (datetime(2026, 3, 28, 22, tzinfo=UTC), "take until 3:30", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        # clocks go back at 04:00 on 2026-10-25: of two the first
        (
            datetime(2026, 10, 24, 22, tzinfo=UTC),
            "take until 3:30",
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        ),
    ],
)
def test_times_are_those_of_the_clocks_also_when_they_change(
    now: datetime, written: str, ends: datetime
) -> None:
    assert read_command(written, zone=HELSINKI, now=now).ends_at == ends


@given(
    st.integers(0, 10 * 365 * 24 * 60).map(
        lambda minute: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    ),
    st.integers(0, 23),
    st.integers(0, 59),
)
def test_a_time_of_day_is_always_the_next_one(now: datetime, hour: int, minute: int) -> None:
    ends = read_command(f"take until {hour}:{minute:02}", zone=HELSINKI, now=now).ends_at
    assert ends is not None
    assert now < ends <= now + timedelta(hours=26)


@given(st.text(max_size=300))
def test_nothing_that_is_typed_breaks_it(written: str) -> None:
    reason = "unknown"
    try:
        read_command(f"take over {written}", zone=HELSINKI, now=NOW)
    except NotUnderstood as mistake:
        reason = mistake.reason
    assert f"mistake.{reason}" in ANSWER_WORDS["en"]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_example_that_we_give_is_understood(language: str) -> None:
    words = "\n".join(ANSWER_WORDS[language].values())
    shown = [found.split(" – ")[0] for found in re.findall(r"\{command\} [^\n]*", words)]
    assert len(shown) >= 12
    for example in shown:
        typed = example.format(command="", person="ben", number=3)
        assert read_command(typed, zone=HELSINKI, now=NOW).verb, typed


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["ben"], Named(("ben",), ())),
        (["Ben", "Lindqvist"], Named(("ben",), ())),
        (["@ben"], Named(("ben",), ())),
        (["<@U0124|ben>"], Named(("ben",), ())),
        (["<@U0124>"], Named(("ben",), ())),
        (["Benin"], Named(("ben",), ())),
        (["Ainolta"], Named(("aino",), ())),
        (["virtanen"], Named(("aino",), ())),
        (["CARE", "ben"], Named(("ben",), ("care",))),
        (["#care"], Named((), ("care",))),
    ],
)
def test_people_and_teams_are_known_by_what_they_are_called(names: list[str], found: Named) -> None:
    assert named(names, PEOPLE, TEAMS) == found


@pytest.mark.parametrize(
    ("name", "reason"),
    [("pekka", "nobody"), ("<@U0999>", "nobody"), ("be", "nobody"), ("", "nobody"), ("benjamin", "nobody")],
)
def test_who_is_nobody_is_told(name: str, reason: str) -> None:
    with pytest.raises(NotUnderstood) as mistake:
        named([name], PEOPLE, TEAMS)
    assert mistake.value.reason == reason


def test_a_name_that_two_bear_is_not_guessed_at() -> None:
    twins = {"ben": PEOPLE["ben"], "ben2": Person("ben2", "Ben Aho", None)}
    with pytest.raises(NotUnderstood) as mistake:
        named(["Ben"], {"one": twins["ben"], "two": twins["ben2"]}, TEAMS)
    assert mistake.value.reason == "ambiguous"
    assert named(["Ben", "Aho"], {"one": twins["ben"], "two": twins["ben2"]}, TEAMS) == Named(("two",), ())
