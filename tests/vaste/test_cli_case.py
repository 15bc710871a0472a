"""`vaste case`: all that was measured of one case, now or as it stood."""

import json
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from tests.casebook.cast import Book
from tests.casebook.told import instant, live
from tests.vaste.typed import vaste

CONFIG = """\
timezone: Europe/Helsinki
database: sqlite:///vaste.db
people: {aino: {name: Aino}}
teams: {care: {rota: {people: [aino]}}}
playbooks: [{name: all, match: {}, team: care}]
"""
STORY = (
    "office hours · 12:00 Maija complains (seen 12:00:40, opened 12:00:42, told 12:00:45) · 12:05:42 Aino takes it · "
    "Wed 10:00 you answer (seen 10:01) · Wed 10:30 Maija asks · Wed 10:40 you answer · Wed 10:50 Maija thanks you · "
    "Wed 11:00 Aino closes it"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    return tmp_path


@pytest.fixture
def lived(folder: Path) -> Path:
    assert vaste("db", "upgrade", cwd=folder).code == 0
    book = Book.open(f"sqlite:///{folder / 'vaste.db'}")
    live(STORY.replace("(seen 10:01)", "(seen Wed 10:01)"), book)
    book.close()
    return folder


def told_as_json(folder: Path, *words: str) -> Any:
    typed = vaste("case", "1", "--json", *words, cwd=folder)
    assert (typed.code, typed.err) == (0, "")
    return json.loads(typed.out)


def test_every_figure_is_told_raw_and_in_business_hours(lived: Path) -> None:
    lines = vaste("case", "1", cwd=lived).out.splitlines()
    assert lines[0] == "Case 1: closed, delivery (normal), team care"
    said = {line[:26].strip(): line[26:] for line in lines if line.startswith("  ")}
    assert said["first response"] == "22 h  (6 h in business hours)"
    assert said["taken after"] == "5 min  (5 min in business hours)"
    assert said["next response"] == "10 min  (10 min in business hours)"
    assert (
        said["where the time went"]
        == "detection 40 s, triage 2 s, alert 3 s, acknowledge 4 min, answer 21 h 54 min"
    )
    assert said["missed"] == "respond"
    assert said["felt"] == "negative, after the answer neutral: recovered"
    assert said["one answer was enough"] == "no"
    assert said["goal reached"] == "yes"


def test_the_history_says_who_and_by_whose_clock_and_under_which_versions(lived: Path) -> None:
    lines = vaste("case", "1", cwd=lived).out.splitlines()
    history = lines[lines.index("History (times of Europe/Helsinki; * found later than it happened)") + 1 :]
    assert history[0] == "  1  2026-11-24 12:00:42   ours      opened            vaste"
    assert history[1].startswith("     under playbook –, policy ")
    assert history[1].endswith(", definitions 1")
    assert "  2  2026-11-24 12:00:00*  platform  joined            vaste" in history
    assert "  4  2026-11-24 12:05:42   ours      acknowledged      aino" in history


def test_json_has_the_same_for_programs(lived: Path) -> None:
    told = told_as_json(lived)
    assert told["measures"]["frt"] == {
        "from": "2026-11-24T10:00:00Z", "to": "2026-11-25T08:00:00Z", "seconds": 79_200, "business_seconds": 21_600,
    }  # fmt: skip
    assert sum(told["waterfall"].values()) == 79_200
    assert sum(told["business_waterfall"].values()) == 21_600
    assert told["next_responses_s"] == [600]
    assert told["total_resolution_s"] == told["measures"]["ttr"]["seconds"] == 82_800
    assert (told["answer"], told["taken"], told["breaches"]) == ("answered", "taken", ["respond"])
    assert told["experience"]["course"] == "recovered"
    first = told["events"][0]
    assert (first["line"], first["kind"], first["actor"], first["time_source"]) == (
        1,
        "opened",
        "vaste",
        "ours",
    )
    assert set(first["versions"]) == {"playbook", "policy", "calendar", "definitions"}
    assert "policy" not in first["facts"]
    assert "Missä" not in json.dumps(told, ensure_ascii=False), "no words of a customer"


def test_as_of_tells_it_as_it_stood(lived: Path) -> None:
    then = told_as_json(lived, "--as-of", "2026-11-25T10:00:30+02:00")
    assert (then["status"], then["measures"]["frt"], then["answer"]) == ("acknowledged", None, "unanswered")
    assert then["breaches"] == ["respond"], "due at 14:00 on Tuesday by the office's hours"
    seen = told_as_json(lived, "--as-of", instant("Wed 10:01").astimezone(UTC).isoformat())
    assert seen["measures"]["frt"]["seconds"] == 79_200
    assert told_as_json(lived, "--as-of", "2026-11-26")["measures"] == told_as_json(lived)["measures"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["2"], "no case 2 is on record; vaste log lists the cases\n"),
        (["1", "--as-of", "2026-11-01"], "no case 1 is on record as of then; vaste log lists the cases\n"),
    ],
)
def test_a_case_that_is_not_there_is_said_to_be_missing(lived: Path, words: list[str], told: str) -> None:
    typed = vaste("case", *words, cwd=lived)
    assert (typed.code, typed.err) == (1, told)


def test_without_a_record_none_is_made(folder: Path) -> None:
    assert vaste("case", "1", cwd=folder).code == 1
    assert not (folder / "vaste.db").exists()
