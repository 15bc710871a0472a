from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from casebook.tables import CallRow
from tests.vaste.shelf import Shelf, open_shelf
from vaste.carried import Week, weeks_of
from vaste.commands import load
from vaste.commands.log import run_views

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 11, 10, tzinfo=UTC)
"""A Wednesday."""


def at(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=HELSINKI).astimezone(UTC)


def test_weeks_begin_on_monday_and_those_without_anything_are_told_too() -> None:
    assert weeks_of(
        [at("2026-11-08T23:59"), at("2026-11-09T00:00")], [], zone=HELSINKI, now=NOW, weeks=3
    ) == [
        Week(date(2026, 10, 26), 0, 0, 0, 0),
        Week(date(2026, 11, 2), 1, 1, 1, 0),
        Week(date(2026, 11, 9), 1, 1, 1, 0),
    ]


@pytest.mark.parametrize(
    ("calls", "at_night", "nights"),
    [
        (["2026-11-09T21:59", "2026-11-10T07:00"], 0, 0),
        (["2026-11-09T22:00"], 1, 1),
        (["2026-11-09T22:00", "2026-11-10T06:59"], 2, 1),
        (["2026-11-10T02:00", "2026-11-10T23:00"], 2, 2),
    ],
)
def test_a_night_is_one_from_evening_to_morning(calls: list[str], at_night: int, nights: int) -> None:
    (week,) = weeks_of(map(at, calls), [], zone=HELSINKI, now=NOW, weeks=1)
    assert (week.called, week.at_night, week.nights) == (len(calls), at_night, nights)


def filled(folder: Path) -> Shelf:
    """Aino was called once by day and once at night, and took a case."""
    shelf = open_shelf(folder, at=datetime.now(UTC) - timedelta(minutes=5))
    shelf.post(id="1")
    shelf.file()
    shelf.press(1, "acknowledge")
    monday = datetime.now(HELSINKI).date() - timedelta(days=datetime.now(HELSINKI).weekday() + 7)
    with shelf.jobs.store.writing() as session:
        for hours in (12, 27):
            called_at = at(f"{monday}T00:00") + timedelta(hours=hours)
            session.add(CallRow(person="aino", case=1, called_at=called_at, step=0))
    return shelf


@pytest.mark.parametrize(("user", "is_noted"), [("aino", False), ("hannele", True)])
def test_somebody_sees_what_they_carried_and_others_looks_are_noted(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    user: str,
    *,
    is_noted: bool,
) -> None:
    monkeypatch.setenv("LOGNAME", user)
    shelf = filled(tmp_path)
    load.run(tmp_path / "config.yaml", "aino", weeks=2)
    title, heads, last, this = capsys.readouterr().out.splitlines()
    run_views(tmp_path / "config.yaml")
    noted = capsys.readouterr().out
    shelf.close()
    assert title == "Aino Virtanen, the last 2 weeks"
    assert heads.split() == ["week", "of", "called", "at", "night", "nights", "cases", "taken"]
    assert last.split()[1:] == ["2", "1", "1", "0"]
    assert this.split()[-1] == "1"
    assert ("hannele  load aino" in noted) is is_noted


def test_a_name_that_nobody_has_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shelf = open_shelf(tmp_path)
    shelf.close()
    with pytest.raises(SystemExit) as stopped:
        load.run(tmp_path / "config.yaml", "anio", weeks=2)
    assert stopped.value.code == 2
    assert "did you mean aino?" in capsys.readouterr().err
