import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from casebook.db import DatabaseUnavailable, copy_to, open_engine
from tests.vaste.shelf import Shelf, open_shelf
from vaste.commands.database import backup, upgrade


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """Give a record with one case, still open, as while the service runs."""
    shelf = open_shelf(tmp_path)
    shelf.post(id="1")
    shelf.file()
    yield shelf
    shelf.close()


def cases_in(file: Path) -> int:
    copy = sqlite3.connect(file)
    (number,) = copy.execute("SELECT count(*) FROM cases").fetchone()
    copy.close()
    return int(number)


def test_a_copy_holds_what_was_committed_while_the_record_is_in_use(shelf: Shelf) -> None:
    copy = shelf.folder / "copy.db"
    backup(copy, shelf.folder / "config.yaml")
    assert cases_in(copy) == 1
    shelf.post(id="2", author="pentti")
    shelf.file()
    assert cases_in(copy) == 1
    backup(copy, shelf.folder / "config.yaml")
    assert cases_in(copy) == 2


def test_a_writer_in_the_middle_of_a_write_is_neither_waited_for_nor_copied(shelf: Shelf) -> None:
    copy = shelf.folder / "copy.db"
    writer = sqlite3.connect(shelf.folder / "vaste.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE cases SET status = 'closed'")
    backup(copy, shelf.folder / "config.yaml")
    writer.execute("ROLLBACK")
    writer.close()
    taken = sqlite3.connect(copy)
    assert taken.execute("SELECT status FROM cases").fetchall() == [("open",)]
    taken.close()


def test_a_copy_can_be_read_by_its_owner_only_and_leaves_nothing_beside_it(shelf: Shelf) -> None:
    folder = shelf.folder / "copies"
    folder.mkdir()
    backup(folder / "copy.db", shelf.folder / "config.yaml")
    assert [path.name for path in folder.iterdir()] == ["copy.db"]
    assert stat.S_IMODE((folder / "copy.db").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("vaste.db", "is the database itself; name another file"),
        ("config.yaml", "is there and is no database; name another file"),
        (".", "is a folder; name the file too"),
        ("nowhere/copy.db", "can't be written (No such file or directory)"),
    ],
)
def test_nothing_but_an_earlier_copy_is_written_over(
    shelf: Shelf, capsys: pytest.CaptureFixture[str], name: str, told: str
) -> None:
    before = (shelf.folder / "config.yaml").read_bytes()
    with pytest.raises(SystemExit) as stopped:
        backup(shelf.folder / name, shelf.folder / "config.yaml")
    assert stopped.value.code == 2
    assert told in capsys.readouterr().err
    assert (shelf.folder / "config.yaml").read_bytes() == before
    assert cases_in(shelf.folder / "vaste.db") == 1


def test_a_damaged_record_leaves_the_earlier_copy_as_it_was(shelf: Shelf) -> None:
    copy = shelf.folder / "copy.db"
    backup(copy, shelf.folder / "config.yaml")
    (shelf.folder / "damaged.db").write_bytes(b"no database" * 1000)
    engine = open_engine(f"sqlite:///{shelf.folder / 'damaged.db'}")
    with pytest.raises(Exception, match="not a database"):
        copy_to(engine, copy)
    engine.dispose()
    assert cases_in(copy) == 1
    assert not list(shelf.folder.glob(".copy.db*"))


def test_postgresql_is_left_to_its_own_tool(
    shelf: Shelf, postgres: str, capsys: pytest.CaptureFixture[str]
) -> None:
    address = postgres.replace("+psycopg", "")
    config = shelf.folder / "server.yaml"
    config.write_text(f"database: {address}\n", "utf-8")
    with pytest.raises(SystemExit) as stopped:
        backup(shelf.folder / "copy.db", config)
    assert stopped.value.code == 2
    assert "pg_dump" in capsys.readouterr().err
    engine = open_engine(address)
    with pytest.raises(DatabaseUnavailable, match="pg_dump"):
        copy_to(engine, shelf.folder / "copy.db")
    engine.dispose()
    upgrade(config)
    assert "this version's schema" in capsys.readouterr().out
