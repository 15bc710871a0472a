"""`vaste crisis`: a crisis as it stands, and what was said of it in public."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.casebook.cast import ANGRY, DESK, NOW, Book, mention
from tests.crowd import about, crisis_rule
from tests.vaste.typed import vaste

CONFIG = """\
timezone: Europe/Helsinki
database: sqlite:///vaste.db
people: {aino: {name: Aino}}
teams: {care: {rota: {people: [aino]}}}
playbooks: [{name: all, match: {}, team: care}]
"""
AT = "https://x.example/ainokahvi/1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    assert vaste("db", "upgrade", cwd=tmp_path).code == 0
    return tmp_path


@pytest.fixture
def stormy(folder: Path) -> Path:
    """Four people about one thing: crisis 5."""
    book = Book.open(f"sqlite:///{folder / 'vaste.db'}")
    book.desk = replace(DESK, crisis=crisis_rule(4))
    for number in range(4):
        book.file(mention(f"p{number}", by=f"joku{number}", at=NOW + timedelta(seconds=number)))
        (waiting,) = book.unjudged()
        book.rule(waiting, about(ANGRY, 1, number))
    book.close()
    return folder


def test_without_one_it_says_so(folder: Path) -> None:
    told = vaste("crisis", cwd=folder)
    assert (told.code, told.out) == (0, "no crisis is on record\n")


def test_all_are_listed_and_one_is_told(stormy: Path) -> None:
    assert vaste("crisis", cwd=stormy).out == "5  open  2026-11-02 11:00:00 EET  4 mentions\n"
    lines = vaste("crisis", "5", cwd=stormy).out.splitlines()
    assert lines[0] == "Crisis 5: open, team care"
    assert lines[1].split(maxsplit=1) == ["mentions", "4 by 4 people, on file:feed"]
    told = " ".join(lines)
    assert "4 in the minute of 2026-11-02 11:00:00 EET" in told
    assert "by nobody" in told
    assert "0 of 4 that deserve one" in told
    assert "not yet" in told


def test_an_announcement_is_recorded_and_answers_nobody(stormy: Path) -> None:
    said = vaste("crisis", "5", "--announce", AT, "--by", "aino", cwd=stormy)
    assert (said.code, said.out) == (0, "recorded for crisis 5; it covers 4 mentions without an answer\n")
    told = vaste("crisis", "5", cwd=stormy).out
    assert AT in told
    assert "4 without an answer were posted before it" in told
    assert "0 of 4 that deserve one" in told


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["crisis", "1"], 1, "case 1 is no crisis"),
        (["crisis", "9"], 1, "case 9 is no crisis"),
        (["crisis", "5", "--announce", "javascript:x", "--by", "aino"], 2, "is no address"),
        (["crisis", "5", "--announce", AT], 2, "--by NAME"),
        (["crisis", "5", "--announce", AT, "--by", "nobody"], 2, "nobody is called so"),
        (["crisis", "--announce", AT, "--by", "aino"], 2, "NUMBER"),
    ],
)
def test_what_is_wrong_is_one_line(stormy: Path, words: list[str], code: int, why: str) -> None:
    told = vaste(*words, cwd=stormy)
    assert told.code == code
    assert why in told.err
    assert len(told.err.splitlines()) == 1
