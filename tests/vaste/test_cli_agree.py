"""`vaste oncall take`, `swap`, `away`, `list`, `cancel`, and what `vaste oncall` and `vaste check` say then."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import icalendar
import pytest
from typer import TyperException

from vaste.cli import app
from vaste.commands.check import run as check

CONFIG = """\
language: en
people:
  aino: {name: Aino Virtanen}
  ben: {name: Ben Lindqvist}
  caro: {name: Caro Nieminen, country: SE}
teams:
  care: {rota: {people: [aino, ben], start: 2036-01-07}, holidays: FI}
  press: {rota: {people: [caro]}}
"""
"""Aino's week begins on Monday 7 January 2036, Ben's on the 14th: far enough off that no test grows old."""
WEEK = ("--from", "2036-01-08", "--until", "2036-01-10")


@dataclass(frozen=True, slots=True)
class Said:
    code: int
    out: str
    err: str


Say = Callable[..., Said]


@pytest.fixture
def say(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Say:
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")

    def said(*words: str) -> Said:
        path = str(tmp_path / "config.yaml")
        try:
            code = app(["oncall", *words, "--config", path], prog_name="vaste", standalone_mode=False)
        except SystemExit as end:
            code = end.code
        except TyperException:
            code = 2
        told = capfdbinary.readouterr()
        return Said(code or 0, told.out.decode(), told.err.decode())

    return said


def on_call(say: Say, at: str, team: str = "care") -> tuple[str | None, str | None]:
    found = json.loads(say("--at", at, "--team", team, "--json").out)
    [shift] = found["teams"][0]["shifts"]
    return shift["person"], shift["backup"]


def test_who_takes_a_turn_has_it_and_the_record_says_who_and_why(say: Say) -> None:
    taken = say("take", "ben", "--team", "care", *WEEK, "--why", "dentist", "--by", "aino")
    assert taken.out == (
        "1: Ben Lindqvist is on call in care from Tue 2036-01-08 00:00 until Thu 2036-01-10 00:00, "
        "instead of Aino Virtanen\n"
    )
    assert [
        on_call(say, at) for at in ("2036-01-07T23:59", "2036-01-08", "2036-01-09T23:59", "2036-01-10")
    ] == [
        ("aino", "ben"),
        ("ben", "aino"),
        ("ben", "aino"),
        ("aino", "ben"),
    ]
    listed = say("list").out.splitlines()
    assert listed[1].split() == ["1", "Ben", "Lindqvist", "is", "on", "call", "in", "care", "Tue", "2036-01-08", "00:00", "Thu", "2036-01-10", "00:00", "Aino", "Virtanen", "dentist"]  # fmt: skip


def test_a_swap_gives_each_the_other_s_turns_in_one_go(say: Say) -> None:
    swapped = say("swap", "aino", "ben", "--team", "care", "--from", "2036-01-12", "--until", "2036-01-16")
    assert swapped.out.splitlines() == [
        "1: Ben Lindqvist is on call in care from Sat 2036-01-12 00:00 until Mon 2036-01-14 09:00, instead of Aino Virtanen",
        "2: Aino Virtanen is on call in care from Mon 2036-01-14 09:00 until Wed 2036-01-16 00:00, instead of Ben Lindqvist",
    ]
    assert [on_call(say, at)[0] for at in ("2036-01-12", "2036-01-14T09:00", "2036-01-16")] == [
        "ben",
        "aino",
        "ben",
    ]


def test_a_swap_between_people_who_have_no_turn_is_refused(say: Say) -> None:
    refused = say("swap", "aino", "ben", "--team", "press", *WEEK)
    assert (refused.code, refused.err) == (
        1,
        "neither of them is on call in press then; see vaste oncall --days 14\n",
    )
    assert say("swap", "aino", "aino", "--team", "care", *WEEK).code == 2


def test_the_turns_of_who_is_away_pass_to_the_next(say: Say) -> None:
    gone = say("away", "aino", *WEEK, "--why", "holiday")
    assert gone.out == "1: Aino Virtanen is away from Tue 2036-01-08 00:00 until Thu 2036-01-10 00:00\n"
    assert gone.err == ""
    assert on_call(say, "2036-01-08") == ("ben", None)


def test_what_leaves_nobody_on_call_is_said_at_once(say: Say) -> None:
    gone = say("away", "caro", *WEEK)
    assert gone.err == (
        "nobody is on call in press from Tue 2036-01-08 00:00: everybody whose turn it could be is away\n"
    )
    shown = say("--at", "2036-01-08", "--team", "press")
    assert shown.code == 1
    assert "Nobody is on call for press" in shown.out


def test_a_stand_in_who_is_away_is_told_when_it_is_said_and_when_it_is_looked_at(say: Say) -> None:
    say("away", "caro", "--from", "2036-01-09", "--until", "2036-02-01")
    taken = say("take", "caro", "--team", "care", *WEEK)
    assert taken.err == "Caro Nieminen is away from Wed 2036-01-09 00:00, so it counts for nothing then\n"
    shown = say("--at", "2036-01-08", "--days", "3", "--team", "care")
    assert (
        "Caro Nieminen stands in for care and is away, from Wed 2036-01-09 00:00: the rota decides."
        in shown.out
    )


def test_a_person_in_two_teams_at_once_is_named(say: Say) -> None:
    say("take", "caro", "--team", "care", *WEEK)
    shown = say("--at", "2036-01-07", "--days", "7")
    assert "Caro Nieminen is on call for care and press at once, from Tue 2036-01-08 00:00." in shown.out
    [clash] = json.loads(say("--at", "2036-01-07", "--days", "7", "--json").out)["clashes"]
    assert clash == {
        "person": "caro",
        "teams": ["care", "press"],
        "from": "2036-01-07T22:00:00Z",
        "until": "2036-01-09T22:00:00Z",
    }


def test_what_is_cancelled_counts_no_longer_and_is_listed_with_who_cancelled_it(say: Say) -> None:
    say("take", "ben", "--team", "care", *WEEK)
    assert say("cancel", "1", "--by", "caro").out == "1 is cancelled\n"
    assert on_call(say, "2036-01-08") == ("aino", "ben")
    assert say("list").out == "nothing is agreed but what the configuration says\n"
    [row] = json.loads(say("list", "--all", "--json").out)
    assert (row["number"], row["person"], row["by"], row["cancelled_by"]) == (1, "ben", "ben", "caro")
    again = say("cancel", "1", "--by", "caro")
    assert (again.code, again.err) == (1, "nothing stands under number 1; see vaste oncall list\n")


def test_looking_makes_no_record(say: Say, tmp_path: Path) -> None:
    assert say("list").out == "nothing is agreed but what the configuration says\n"
    assert say("cancel", "1", "--by", "aino").code == 1
    say("--at", "2036-01-08")
    assert not (tmp_path / "vaste.db").exists()


WRONG = {
    ("take", "bne", "--team", "care", *WEEK): "'bne': nobody is called so; did you mean ben?",
    ("take", "ben", "--team", "car", *WEEK): "--team 'car': no team is called so; did you mean care?",
    ("take", "ben", *WEEK): "say in which team: --team NAME",
    ("take", "ben", "--team", "care", "--until", "soon"): "--until 'soon' is no date",
    ("take", "ben", "--team", "care", "--from", "2036-01-10", "--until", "2036-01-10"): "--until is not after --from",
    ("away", "ben", "--from", "2036-01-10", "--until", "2038-01-10"): "this lasts longer than a year",
    ("take", "ben", "--team", "care", *WEEK, "--by", "zoe"): "--by 'zoe': nobody is called so",
    ("cancel", "1"): "say who you are: --by NAME",
    ("--team", "car"): "--team 'car': no team is called so; did you mean care?",
    ("--ical", "bne"): "--ical 'bne': nobody is called so; did you mean ben?",
}  # fmt: skip


@pytest.mark.parametrize("words", WRONG)
def test_each_slip_is_one_line_and_nothing_is_filed(say: Say, words: tuple[str, ...]) -> None:
    said = say(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(WRONG[words])
    assert said.err.count("\n") == 1
    assert say("list").out == "nothing is agreed but what the configuration says\n"


def test_a_reason_can_neither_steer_a_terminal_nor_run_long(say: Say) -> None:
    say("take", "ben", "--team", "care", *WEEK, "--why", "[red]\x1b[31m\n" + "x" * 900)
    [row] = json.loads(say("list", "--json").out)
    assert len(row["why"]) == 200
    assert "\x1b" not in say("list").out
    assert "\n" not in row["why"]


# how it is shared


def test_what_each_carries_is_a_table_a_leader_can_read(say: Say) -> None:
    shown = say("--at", "2036-01-07T09:00", "--days", "14", "--team", "care").out.splitlines()
    at = next(place for place, line in enumerate(shown) if line.startswith("care  "))
    table = [line.split() for line in shown[shown.index("") + 1 :]]
    assert at >= 0
    assert table == [
        ["care", "hours", "nights", "weekends", "holidays", "share"],
        ["Aino", "Virtanen", "168", "7", "1", "0", "1.00"],
        ["Ben", "Lindqvist", "168", "7", "1", "0", "1.00"],
        ["Fairness", "(Gini,", "0", "is", "equal):", "hours", "0.00,", "nights", "0.00."],
    ]


def test_holidays_are_those_of_the_team_or_of_where_a_person_lives(say: Say) -> None:
    say("take", "caro", "--team", "care", "--from", "2036-12-06", "--until", "2036-12-07")
    found = json.loads(say("--at", "2036-12-05", "--days", "3", "--team", "care", "--json").out)
    told = {one["person"]: one["holidays"] for one in found["teams"][0]["carried"]}
    assert told["caro"] == 0  # Finland's Independence Day is an ordinary one in Sweden
    other = json.loads(say("--at", "2037-12-05", "--days", "3", "--team", "care", "--json").out)
    assert sum(one["holidays"] for one in other["teams"][0]["carried"]) == 1


# for another calendar


def test_a_person_s_shifts_are_written_as_a_calendar(say: Say) -> None:
    say("take", "aino", "--team", "press", *WEEK)
    written = say("--ical", "aino", "--at", "2036-01-08", "--days", "10").out
    events = icalendar.Calendar.from_ical(written).walk("VEVENT")
    assert [
        (str(one["SUMMARY"]), str(one["DTSTART"].to_ical()), str(one["DTEND"].to_ical())) for one in events
    ] == [
        ("On call: care", "b'20360107T070000Z'", "b'20360114T070000Z'"),
        ("On call: press", "b'20360107T220000Z'", "b'20360109T220000Z'"),
    ]


# vaste check

ALWAYS = """\
playbooks:
  - {name: recall, match: {words: lasi}, team: care, respond_within: 30m}
"""


@pytest.mark.parametrize(
    ("rota", "more", "line"),
    [
        ("{people: [aino]}", "", None),
        ("{people: [aino], hours: '08:00-20:00'}", "", "10:5: teams.care.rota: nobody is on call from "),
        ("{layers: [{people: [aino], hours: '08:00-20:00'}, {people: [ben], hours: '20:00-08:00'}]}", "", None),
        ("{people: [aino], hours: '08:00-20:00'}", ", clock: office", None),
        ("{people: [aino], days: mon-fri}", "", "10:5: teams.care.rota: nobody is on call from "),
        ("{ical: empty.ics}", "", "10:5: teams.care.rota: nobody is on call from "),
        ("{layers: [{people: aino, hours: '08:00-20:00'}, {ical: empty.ics}]}", "", "10:5: teams.care.rota: nobody is on call from "),
        ("{ical: 'https://calendar.invalid/secret.ics'}", "", None),  # not asked for without --online
        ("{ical: none.ics}", "", "10:18: teams.care.rota.ical: can't be read: the file can't be read"),
        ("{layers: [{people: aino}, {ical: bad.ics}]}", "", "10:44: teams.care.rota.layers.1.ical: in the calendar, line 6: RRULE: has no FREQ"),
    ],
)  # fmt: skip
def test_a_gap_to_come_is_told_where_somebody_was_promised_always(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rota: str, more: str, line: str | None
) -> None:
    (tmp_path / "bad.ics").write_text(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:aino\nDTSTART:20260101T000000Z\nDTEND:20260102T000000Z\n"
        "RRULE:FREQ=NEVER\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    (tmp_path / "empty.ics").write_text("BEGIN:VCALENDAR\nEND:VCALENDAR\n")
    (tmp_path / "config.yaml").write_text(
        "people:\n  aino: {name: Aino}\n  ben: {name: Ben}\ncalendars:\n"
        "  office: {hours: {mon-fri: '09:00-17:00'}}\nteams:\n  t: {rota: {people: ben}}\n  care:\n"
        f"    people: [ben]\n    rota: {rota}\n" + ALWAYS.replace("30m}", f"30m{more}}}")
    )
    code = check(tmp_path / "config.yaml", online=False)
    out = capsys.readouterr().out
    assert code == (0 if line is None else 1), out
    if line is not None:
        assert out.startswith(f"{tmp_path}/config.yaml:{line}")
        assert out.count("\n") == 1
        assert line.count("nobody") == 0 or "playbook recall promises to be there always" in out
