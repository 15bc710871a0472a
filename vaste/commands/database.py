"""`vaste db upgrade` and `vaste backup`: the record as a file."""

from pathlib import Path

import typer

from casebook.db import copy_to, open_engine
from vaste.commands.given import has_record, load, stop
from vaste.wiring import open_store

_SQLITE_HEAD = b"SQLite format 3\0"


def upgrade(path: Path) -> None:
    """Bring the schema to this version; every command that opens the record does so too."""
    open_store(load(path)).engine.dispose()
    typer.echo("the database has this version's schema")


def backup(file: Path, path: Path) -> None:
    """Copy the record to a file while it is in use, whole or not at all; an earlier copy is replaced."""
    config = load(path)
    url = config.database.get_secret_value()
    if not url.startswith("sqlite:///"):
        stop("vaste backup copies SQLite databases; copy PostgreSQL with pg_dump", 2)
    if not has_record(config):
        stop("there is no database yet; vaste run makes it", 1)
    _must_be_free(file, Path(url.removeprefix("sqlite:///")))
    engine = open_engine(url)
    try:
        copy_to(engine, file)
    except OSError as error:
        stop(f"{file}: can't be written ({error.strerror}); name a file in a folder that can be", 2)
    finally:
        engine.dispose()
    typer.echo(f"{file}: {file.stat().st_size / 1e6:.1f} MB")


def _must_be_free(file: Path, database: Path) -> None:
    """Stop rather than write over anything but an earlier copy."""
    if file.is_dir():
        stop(f"{file} is a folder; name the file too: {file / 'vaste-backup.db'}", 2)
    if not file.exists():
        return
    if file.samefile(database):
        stop(f"{file} is the database itself; name another file", 2)
    with file.open("rb") as opened:
        if opened.read(len(_SQLITE_HEAD)) not in {_SQLITE_HEAD, b""}:
            stop(f"{file} is there and is no database; name another file", 2)
