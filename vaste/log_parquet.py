"""The response-time log as Parquet: the only file that knows pyarrow.

pyarrow is large and comes with the extra `reports`; it is imported when a file is written.
"""

from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import islice
from typing import Any, BinaryIO

from casebook.log import COLUMNS, KINDS, MEANINGS

AT_ONCE = 20_000
"""Rows of one group: what is held in memory."""


class ParquetUnavailable(Exception):
    """pyarrow is not installed; the message says how to get it."""


def write_parquet(rows: Iterable[tuple[Any, ...]], to: BinaryIO) -> None:
    """Write whole numbers as int64, instants as UTC microseconds, lists as lists of strings; absent is null.

    What each column means is said in its field's metadata. Raises ParquetUnavailable.
    """
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as missing:
        raise ParquetUnavailable(
            "parquet needs pyarrow: pip install 'vaste[reports]', or use csv"
        ) from missing
    types = {
        "number": arrow.int64(),
        "share": arrow.float64(),
        "text": arrow.string(),
        "instant": arrow.timestamp("us", tz="UTC"),
        "list": arrow.list_(arrow.string()),
    }
    schema = arrow.schema(
        [arrow.field(name, types[KINDS[name]], metadata={"meaning": MEANINGS[name].says}) for name in COLUMNS]
    )
    with parquet.ParquetWriter(to, schema, compression="zstd") as writer:
        for batch in _batches(iter(rows)):
            columns = [
                arrow.array(values, field.type)
                for values, field in zip(zip(*batch, strict=True), schema, strict=True)
            ]
            writer.write_batch(arrow.record_batch(columns, schema=schema))


def _batches(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    while batch := list(islice(rows, AT_ONCE)):
        yield batch
