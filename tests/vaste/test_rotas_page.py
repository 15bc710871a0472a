"""docs/rotas.md says what happens: its configurations load, and its examples come out as it says."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from playbooks.roster import on_call, shifts
from vaste.config import Config, load_config

PAGE = (Path(__file__).parents[2] / "docs" / "rotas.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
HELSINKI = ZoneInfo("Europe/Helsinki")
HOUR = timedelta(hours=1)


def load(folder: Path, written: str) -> Config:
    (folder / "config.yaml").write_text(written, "utf-8")
    loaded = load_config(folder / "config.yaml", {})
    assert loaded.config is not None, list(map(str, loaded.problems))
    assert loaded.problems == ()
    return loaded.config


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=HELSINKI).astimezone(UTC)


def person(config: Config, *wall: int) -> str | None:
    return on_call(config.teams["care"].rota, at(*wall)).person


@pytest.mark.parametrize("block", BLOCKS)
def test_every_configuration_of_the_page_loads_without_a_problem(tmp_path: Path, block: str) -> None:
    load(tmp_path, block)


def test_the_layers_of_the_page(tmp_path: Path) -> None:
    config = load(tmp_path, BLOCKS[1])
    assert person(config, 2026, 11, 10, 12) in {"aino", "ben"}
    assert {person(config, 2026, 11, day, 21) for day in (10, 11)} == {"caro", "dan"}
    assert person(config, 2026, 6, 19, 12) == "dan"  # Juhannus


def test_the_stand_ins_of_the_page(tmp_path: Path) -> None:
    config = load(tmp_path, BLOCKS[2])
    assert person(config, 2026, 12, 24, 18) == "ben"
    assert person(config, 2026, 12, 22, 12) == "ben"  # Aino is away, whosever week it is
    assert {person(config, 2027, 1, day, 12) for day in (5, 12)} == {"aino", "ben"}


def test_the_nights_of_the_page_last_as_long_as_it_says(tmp_path: Path) -> None:
    roster = (
        load(tmp_path, "people: {a: {}}\nteams: {care: {rota: {people: a, hours: '20:00-08:00'}}}")
        .teams["care"]
        .rota
    )
    for evening, lasts in ((at(2027, 3, 27, 20), 11), (at(2027, 10, 30, 20), 13)):
        night = shifts(roster, evening, evening + 20 * HOUR)[0]
        assert night.ends_at - night.begins_at == lasts * HOUR


def test_the_hand_offs_of_the_page_are_when_it_says(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        "people: {a: {}, b: {}}\nteams: {care: {rota: {people: [a, b], handoff: '03:30', every: 1d}}}",
    )
    rota = config.teams["care"].rota
    spring, autumn = at(2027, 3, 28, 0), at(2027, 10, 31, 0)
    assert (
        shifts(rota, spring, spring + 12 * HOUR)[1].begins_at.astimezone(HELSINKI).strftime("%H:%M")
        == "04:00"
    )
    assert shifts(rota, autumn, autumn + 12 * HOUR)[1].begins_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
