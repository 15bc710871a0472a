"""Engines and migrations, on real SQLite and real PostgreSQL."""

import multiprocessing
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

import casebook.migrations
from casebook import db
from casebook.db import DatabaseUnavailable, known_versions, metadata, open_engine, upgrade
from tests.casebook.cast import NOW, Book, at_once, raised


def _upgraded(url: str) -> bool:
    engine = open_engine(url)
    try:
        upgrade(engine)
    finally:
        engine.dispose()
    return True


def _differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata()))


def test_migrations_are_one_straight_line_in_the_order_of_their_files() -> None:
    script = ScriptDirectory(casebook.migrations.__path__[0])
    line = list(script.walk_revisions())[::-1]
    versions = [step.revision for step in line]
    assert script.get_heads() == versions[-1:]
    assert [step.down_revision for step in line] == [None, *versions[:-1]]
    assert versions == [f"{number:04}" for number in range(1, len(line) + 1)]
    assert versions == known_versions()


def test_a_database_that_is_up_to_date_is_opened_without_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'vaste.db'}"
    _upgraded(url)
    code = f"import sys; from casebook.db import *; upgrade(open_engine({url!r})); print('alembic' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


def test_migrations_from_nothing_give_the_tables_of_the_program(empty_url: str) -> None:
    _upgraded(empty_url)
    engine = open_engine(empty_url)
    assert _differences(engine) == []
    engine.dispose()


def test_an_upgrade_done_twice_changes_nothing(empty_url: str) -> None:
    assert _upgraded(empty_url)
    book = Book.open(empty_url)
    book.open_case("1")
    assert _upgraded(empty_url)
    assert [row["case"] for row in book.log()] == [1]
    book.close()


def test_a_command_that_only_reads_does_not_wait_for_whoever_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "BUSY_SECONDS", 0.05)
    engine = open_engine(f"sqlite:///{tmp_path / 'vaste.db'}")
    upgrade(engine)
    with closing(sqlite3.connect(tmp_path / "vaste.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        upgrade(engine)
        other.execute("ROLLBACK")
    engine.dispose()


def test_four_threads_may_upgrade_an_empty_database_at_once(empty_url: str) -> None:
    outcomes = at_once(*[lambda: _upgraded(empty_url)] * 4)
    assert raised(outcomes) == []
    engine = open_engine(empty_url)
    assert _differences(engine) == []
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).all() != []
    engine.dispose()


def test_a_new_file_may_be_opened_by_many_at_once(tmp_path: Path) -> None:
    for number in range(12):
        outcomes = at_once(*[lambda url=f"sqlite:///{tmp_path / str(number)}": _upgraded(url)] * 4)
        assert raised(outcomes) == []


def test_four_processes_may_upgrade_an_empty_file_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'vaste.db'}"
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert pool.map(_upgraded, [url] * 4, chunksize=1) == [True] * 4


def test_a_database_made_by_a_newer_program_is_refused_and_left_alone(empty_url: str) -> None:
    _upgraded(empty_url)
    engine = open_engine(empty_url)
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseUnavailable, match="newer"):
        upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
    engine.dispose()


def test_an_upgrade_that_fails_in_the_middle_leaves_nothing(empty_url: str) -> None:
    engine = open_engine(empty_url)
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(text("CREATE TABLE problem (mine INTEGER)"))  # somebody else's table is in the way
    with pytest.raises(DatabaseUnavailable):
        upgrade(engine)
    assert set(inspect(engine).get_table_names()) <= {"problem", "alembic_version"}
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:////no/such/folder/vaste.db", "check `database:`"),
        ("postgresql://vaste:top-secret@127.0.0.1:1/vaste", "check `database:`"),
    ],
)
def test_a_database_that_cannot_be_reached_is_named_without_its_password(url: str, words: str) -> None:
    engine = open_engine(url)
    with pytest.raises(DatabaseUnavailable) as refused:
        upgrade(engine)
    engine.dispose()
    assert words in str(refused.value)
    assert "top-secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("url", ["", "vaste.db", "mysql://a:top-secret@h/db", "odd+thing://x", "sqlite:\0"])
def test_an_address_of_no_kind_we_know_says_what_to_write(url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"sqlite:///") as refused:
        upgrade(open_engine(url))
    assert "top-secret" not in str(refused.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vaste.db").write_bytes(b"this is a shopping list, not a database\n" * 100)
    engine = open_engine(f"sqlite:///{tmp_path / 'vaste.db'}")
    with pytest.raises(DatabaseUnavailable):
        upgrade(engine)
    engine.dispose()


def test_sqlite_keeps_what_was_committed_and_readers_do_not_wait_for_writers(book: Book) -> None:
    book.open_case("1")
    with book.store.writing() as session:
        session.execute(text("UPDATE cases SET severity = 'low'"))
        assert [row["severity"] for row in book.log()] == ["normal"]
    assert [row["severity"] for row in book.log()] == ["low"]
    if book.store.engine.dialect.name == "sqlite":
        assert book.rows("PRAGMA journal_mode") == [("wal",)]
        assert book.rows("PRAGMA foreign_keys") == [(1,)]


@pytest.mark.parametrize(("is_kept", "level"), [(True, 2), (False, 0)])  # 2: FULL, 0: OFF
def test_only_a_record_that_is_thrown_away_is_not_waited_for(
    tmp_path: Path, level: int, *, is_kept: bool
) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'vaste.db'}", is_kept=is_kept)
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == level
    engine.dispose()


def test_an_error_of_the_database_carries_no_words_of_a_customer(book: Book) -> None:
    book.open_case("1", text="salainen huoli")
    with pytest.raises(Exception, match=r"(?i)constraint") as failed, book.store.writing() as session:
        session.execute(
            text(
                "INSERT INTO post (network, post_id, own, author_id, text, posted_at, seen_at, root, automated,"
                " context, backfilled, salt, attempts, fence) VALUES ('file:feed', :id, false, 1, :words, :at,"
                " :at, '1', false, false, false, '', 0, 0)"
            ),
            {"id": "1", "words": "salainen huoli", "at": NOW.isoformat()},
        )
    assert "salainen" not in str(failed.value)
