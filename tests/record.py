"""A migrated SQLite record, made once a process: every test gets a copy of its own."""

import tempfile
from functools import cache
from pathlib import Path

from casebook.db import open_engine, upgrade


def put_record(file: Path) -> Path:
    """Put an empty record of this version at a place where there is none; gives the place."""
    with file.open("xb") as opened:
        opened.write(_migrated())
    return file


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "vaste.db"
        engine = open_engine(f"sqlite:///{file}")
        upgrade(engine)
        engine.dispose()  # the last one to leave takes the write-ahead log with it
        return file.read_bytes()
