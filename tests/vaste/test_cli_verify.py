"""`vaste log verify`: whether anybody tampered with a history."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.casebook.cast import Book, mention
from tests.vaste.typed import vaste

CONFIG = """\
timezone: Europe/Helsinki
database: sqlite:///vaste.db
people: {aino: {name: Aino}}
teams: {care: {rota: {people: [aino]}}}
playbooks: [{name: all, match: {}, team: care}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    return tmp_path


@pytest.fixture
def kept(folder: Path) -> Path:
    """Two cases of two lines each, and one of three."""
    assert vaste("db", "upgrade", cwd=folder).code == 0
    book = Book.open(f"sqlite:///{folder / 'vaste.db'}")
    for number in (1, 2, 3):
        book.bring(mention(str(number), by=f"joku{number}", at=book.now))
        book.advance(timedelta(seconds=1))
    book.press(3, "acknowledge")
    book.close()
    return folder


def tamper(folder: Path, *statements: str) -> None:
    book = Book.open(f"sqlite:///{folder / 'vaste.db'}")
    for statement in statements:
        book.run(statement)
    book.close()


def test_without_a_record_nothing_is_wrong_and_none_is_made(folder: Path) -> None:
    told = vaste("log", "verify", cwd=folder)
    assert (told.code, told.out, told.err) == (0, "No cases yet.\n", "")
    assert not (folder / "vaste.db").exists()


def test_what_nobody_touched_is_said_to_be_whole(kept: Path) -> None:
    told = vaste("log", "verify", cwd=kept)
    whole = "3 cases, 7 lines: nothing was changed, removed, put in or moved, and the log says what they add up to.\n"
    assert (told.code, told.out, told.err) == (0, whole, "")


def test_a_log_that_says_otherwise_than_the_histories_is_named_by_its_figures_and_ends_with_1(
    kept: Path,
) -> None:
    tamper(
        kept,
        "UPDATE cases SET frt_s = 5, responded_at = '2026-11-02 09:00:05.000000', status = 'dismissed' WHERE number = 2",
        "UPDATE cases SET tta_s = 3600 WHERE number = 3",
    )
    told = vaste("log", "verify", cwd=kept)
    assert told.code == 1
    assert told.out.splitlines() == [
        "case 2, responded_at: the log says 2026-11-02T09:00:05Z, its history nothing",
        "case 2, frt_s: the log says 5 s, its history nothing",
        "case 2, status: the log says dismissed, its history open",
        "case 3, tta_s: the log says 1 h, its history 1 s",
    ]
    assert told.err == (
        "The histories are whole, but what the log is read from was tampered with, or damaged; "
        "compare it with a backup.\n"
    )


def test_what_was_touched_is_named_with_its_case_and_line_and_ends_with_1(kept: Path) -> None:
    tamper(
        kept,
        "UPDATE event SET actor = 'ben' WHERE \"case\" = 3 AND line = 3",
        'DELETE FROM event WHERE "case" = 1 AND line = 1',
    )
    told = vaste("log", "verify", cwd=kept)
    assert told.code == 1
    assert told.out.splitlines() == [
        "case 1, line 1: is missing",
        "case 3, line 3: does not say what was recorded",
    ]
    assert told.err == "The history was tampered with, or damaged; compare it with a backup.\n"


def test_seals_kept_elsewhere_find_a_case_that_was_removed_whole(kept: Path) -> None:
    assert vaste("log", "verify", "--keep", "seals.txt", cwd=kept).code == 0
    assert [line.split()[:2] for line in (kept / "seals.txt").read_text().splitlines()] == [
        ["1", "2"],
        ["2", "2"],
        ["3", "3"],
    ]
    tamper(
        kept,
        *(f'DELETE FROM "{table}" WHERE "case" = 2' for table in ("delivery", "call", "event", "case_post")),
        "DELETE FROM cases WHERE number = 2",
    )
    assert vaste("log", "verify", cwd=kept).code == 0
    told = vaste("log", "verify", "--against", "seals.txt", cwd=kept)
    assert (told.code, told.out) == (1, "case 2, line 2: is missing\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--against", "none.txt"], "--against none.txt: no such file; vaste log verify --keep FILE writes one\n"),
        (["--against", "config.yaml"], "--against: line 1 is no seal; it holds a case, a count and a seal\n"),
        (["--keep", "no/where.txt"], "--keep no/where.txt: No such file or directory; name a file that can be written\n"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_told_in_one_line(kept: Path, words: list[str], told: str) -> None:
    typed = vaste("log", "verify", *words, cwd=kept)
    assert (typed.code, typed.err) == (2, told)


def test_the_log_itself_is_printed_as_ever(kept: Path) -> None:
    told = vaste("log", "--format", "csv", cwd=kept)
    assert (told.code, len(told.out.splitlines())) == (0, 4)
