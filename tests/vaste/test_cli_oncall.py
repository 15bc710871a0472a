from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.escalate import Team
from playbooks.roster import Shift
from playbooks.rota import Rota, on_call
from vaste.commands.oncall import run
from vaste.duty import TeamShift, clashes, shifts_of

HELSINKI = ZoneInfo("Europe/Helsinki")
WEEKLY = Team("care", rota=Rota(("aino", "ben"), 0, time(9), HELSINKI))
TEAMS = """\
people: {aino: {name: Aino Virtanen}, ben: {name: Ben Lindqvist}}
teams:
  care: {rota: {people: [aino, ben], start: 2026-01-05}}
"""
Ask = Callable[..., tuple[int, str]]


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    def asked(config: str, at: str, days: int | None = None) -> tuple[int, str]:
        (tmp_path / "config.yaml").write_text(config, "utf-8")
        code = run(tmp_path / "config.yaml", at=at, days=days)
        return code, capsys.readouterr().out

    return asked


@pytest.mark.parametrize(
    ("at", "person"),
    [
        ("2026-01-12T08:59:59", "Aino Virtanen"),
        ("2026-01-12T09:00:00", "Ben Lindqvist"),
        ("2026-01-12T06:59:59Z", "Aino Virtanen"),
        ("2026-01-12T07:00:00Z", "Ben Lindqvist"),
        ("2026-01-12", "Aino Virtanen"),
    ],
)
def test_the_instant_of_the_hand_off_belongs_to_the_new_person(ask: Ask, at: str, person: str) -> None:
    code, shown = ask(TEAMS, at)
    [_, line] = shown.splitlines()
    assert code == 0
    assert line.split("  ")[1] == person


def test_every_shift_of_the_days_is_told_and_the_clock_change_named(ask: Ask) -> None:
    _, shown = ask(TEAMS, "2026-10-19T12:00", days=14)
    lines = [" ".join(line.split()) for line in shown.splitlines()[1:]]
    assert lines[:3] == [
        "care Ben Lindqvist Aino Virtanen Mon 2026-10-19 09:00 Mon 2026-10-26 09:00 7 d 1 h (the clocks change)",
        "care Aino Virtanen Ben Lindqvist Mon 2026-10-26 09:00 Mon 2026-11-02 09:00 7 d",
        "care Ben Lindqvist Aino Virtanen Mon 2026-11-02 09:00 Mon 2026-11-09 09:00 7 d",
    ]


def test_who_is_always_in_two_teams_is_named_without_a_time_that_is_none(ask: Ask) -> None:
    _, shown = ask(
        "people: {aino: {}}\nteams: {a: {rota: {people: aino}}, b: {rota: {people: aino}}}\n", "2026-01-06"
    )
    assert "aino is on call for a and b at once.\n" in shown


def test_an_end_that_nobody_found_is_not_written_as_one(ask: Ask) -> None:
    alone = """\
people: {aino: {name: Aino Virtanen}, ben: {name: Ben Lindqvist}}
teams:
  care: {rota: {people: aino}, overrides: [{from: 2026-01-08 09:00, until: 2026-01-09 09:00, person: ben}]}
"""
    _, shown = ask(alone, "2026-01-06", days=10)
    assert [" ".join(line.split()) for line in shown.splitlines()[1:4]] == [
        "care Aino Virtanen – long since Thu 2026-01-08 09:00",
        "care Ben Lindqvist Aino Virtanen Thu 2026-01-08 09:00 Fri 2026-01-09 09:00 1 d stands in, as the configuration said",
        "care Aino Virtanen – Fri 2026-01-09 09:00 for good",
    ]


@pytest.mark.parametrize("rota", ["{rota: off}", "{rota: {people: []}}", "{people: [aino]}"])
def test_nobody_on_call_is_a_gap_and_found_wrong(ask: Ask, rota: str) -> None:
    code, shown = ask(TEAMS + f"  press: {rota}\n", "2026-01-12")
    assert code == 1
    assert "press  nobody" in shown
    assert "Nobody is on call for press" in shown


def test_one_person_on_call_for_two_teams_at_once_is_named(ask: Ask) -> None:
    code, shown = ask(TEAMS + "  press: {rota: {people: [aino]}}\n", "2026-01-06", days=10)
    assert code == 0
    assert "Aino Virtanen is on call for care and press at once, from Mon 2026-01-05 09:00." in shown


def test_no_teams_is_said(ask: Ask) -> None:
    assert ask("brand: Aino Kahvi\n", "2026-01-06") == (0, "No teams are configured.\n")


def test_shifts_that_only_touch_are_no_clash() -> None:
    noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    hour = timedelta(hours=1)
    first = TeamShift("care", Shift(noon - hour, noon, "aino", "in turn"))
    assert clashes([first, TeamShift("press", Shift(noon, noon + hour, "aino", "in turn"))]) == []
    assert clashes([first, TeamShift("press", Shift(noon - timedelta.resolution, noon + hour, "aino", ""))])


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive
    st.integers(1, 60),
)
def test_shifts_follow_each_other_without_a_hole_and_name_who_is_on_call(begin: datetime, days: int) -> None:
    end = begin + timedelta(days=days)
    shifts = [one.shift for one in shifts_of(WEEKLY, begin, end)]
    assert shifts[0].begins_at <= begin
    assert shifts[-1].ends_at >= end
    assert all(one.ends_at == other.begins_at for one, other in pairwise(shifts))
    assert WEEKLY.rota is not None
    assert all(shift.person == on_call(WEEKLY.rota, shift.begins_at) for shift in shifts)
