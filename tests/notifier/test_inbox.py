"""From a press to an act, and what the presser alone is told."""

from datetime import UTC, datetime

import pytest

from notifier.channel import Person, Press
from notifier.inbox import VERBS, act_of, tell
from tests.fakes import AINO, BEN, DAY, HOUR, NOON

PEOPLE = {person.key: person for person in (AINO, BEN, Person("caro", "Caro Nieminen"))}
REASONS = ("taken", "ended", "answered", "not_ended", "missing", "stranger", "no_time")


def acted(verb: str, value: str | None = None, user: str = "U0123") -> tuple[str, str, str | None] | None:
    act = act_of(Press(12, verb, user, value), PEOPLE, at=NOON)
    return None if act is None else (act.actor, act.where, act.to)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_a_press_is_an_act_of_the_person_who_pressed(verb: str) -> None:
    act = act_of(Press(12, verb, "U0123"), PEOPLE, at=NOON)
    assert act is not None
    assert (act.case, act.verb, act.actor, act.at) == (12, verb, "aino", NOON)


@pytest.mark.parametrize("verb", ["explode", "", "ACKNOWLEDGE", "why", "open"])
def test_what_no_card_has_is_no_act(verb: str) -> None:
    assert acted(verb) is None


def test_an_unknown_slack_user_acts_under_the_slack_id() -> None:
    assert acted("acknowledge", user="U9999") == ("slack:U9999", "unsaid", None)


def test_a_person_without_slack_is_nobodys_press() -> None:
    assert acted("acknowledge", user="") == ("slack:", "unsaid", None)


@pytest.mark.parametrize(
    ("verb", "value", "where"),
    [
        ("replied", "public", "public"),
        ("replied", "direct", "direct"),
        ("replied", "elsewhere", "elsewhere"),
        ("replied", None, "unsaid"),
        ("replied", "<script>", "unsaid"),
        ("close", "public", "unsaid"),
    ],
)
def test_where_the_reply_was_given(verb: str, value: str | None, where: str) -> None:
    assert acted(verb, value) == ("aino", where, None)


@pytest.mark.parametrize(
    ("verb", "value", "to"),
    [
        ("reassign", "ben", "ben"),
        ("reassign", "mallory", None),
        ("reassign", None, None),
        ("close", "ben", None),
    ],
)
def test_to_whom_a_case_is_given(verb: str, value: str | None, to: str | None) -> None:
    assert acted(verb, value) == ("aino", "unsaid", to)


@pytest.mark.parametrize(
    ("verb", "value", "until"),
    [
        ("snooze", None, NOON + HOUR),
        ("snooze", "4h", NOON + 4 * HOUR),
        ("snooze", "1d", NOON + DAY),
        ("snooze", "2026-11-25T09:00:00+02:00", datetime(2026, 11, 25, 7, tzinfo=UTC)),
        ("snooze", "2026-11-25T09:00:00", None),
        ("snooze", "0h", None),
        ("snooze", "<script>", None),
        ("close", "4h", None),
    ],
)
def test_until_when_a_case_is_put_off(verb: str, value: str | None, until: datetime | None) -> None:
    act = act_of(Press(12, verb, "U0123", value), PEOPLE, at=NOON)
    assert act is not None
    assert act.until == until


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("reason", REASONS)
def test_whoever_presses_in_vain_is_told_why_in_the_teams_language(language: str, reason: str) -> None:
    told = tell(reason, language=language, case=12, owner="Ben Lindqvist", user="U9")
    assert told is not None
    assert ("U9" if reason == "stranger" else "12") in told
    assert "{" not in told
    if reason == "taken":
        assert "Ben Lindqvist" in told
    if language != "en":
        assert told != tell(reason, language="en", case=12, owner="Ben Lindqvist", user="U9")


def test_an_unknown_language_is_told_in_english() -> None:
    assert tell("ended", language="de", case=12) == tell("ended", language="en", case=12)


@pytest.mark.parametrize("reason", ["done", "yours", "snoozed", "unknown"])
def test_nothing_is_said_where_nothing_needs_saying(reason: str) -> None:
    assert tell(reason, language="fi", case=12) is None
