"""A migrated SQLite record, made once a process: every test gets a copy of its own."""

import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, event

from casebook.db import open_engine, upgrade


def put_record(file: Path) -> Path:
    """Put an empty record of this version at a place where there is none; gives the place."""
    with file.open("xb") as opened:
        opened.write(_migrated())
    return file


def spare_the_disk(engine: Engine) -> Engine:
    """Let SQLite not wait for the disk: nobody cuts the power here, and waiting is most of the time."""
    event.listen(engine, "connect", lambda opened, _: opened.execute("PRAGMA synchronous=OFF"))
    engine.dispose()  # those that are open already are opened anew
    return engine


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "vaste.db"
        engine = open_engine(f"sqlite:///{file}")
        upgrade(engine)
        engine.dispose()  # the last one to leave takes the write-ahead log with it
        return file.read_bytes()
