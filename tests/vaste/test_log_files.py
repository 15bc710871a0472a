"""The log as CSV, JSON, Excel and Parquet: the same rows, the right types, and nothing in them that is obeyed."""

import csv
import io
import json
import re
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, TextIO
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.log import COLUMNS, KINDS, MEANINGS
from tests.vaste.shelf import HOSTILE
from vaste.log_parquet import write_parquet
from vaste.log_sheets import write_xlsx
from vaste.log_text import write_csv, write_json
from vaste.report_log import write_csv as write_rows_csv
from vaste.report_log import write_json as write_rows_json

POSTED = datetime(2026, 3, 3, 16, 41, 7, 250_000, tzinfo=UTC)
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
Values = tuple[Any, ...]
USUAL: dict[str, Any] = {
    "case": 17,
    "status": "responded",
    "severity": "normal",
    "team": "care",
    "playbook": "funny misstep",
    "source": "feed",
    "url": "https://social.example/1?a=b",
    "author": "villasukkasissi",
    "attention": 0.1 + 0.2,
    "topics": [],
    "posted_at": POSTED,
    "responded_at": POSTED + timedelta(hours=3),
    "frt_s": 10_800,
    "breaches": ["acknowledge", "respond"],
}


def values(**given: Any) -> Values:
    """Build a row as the store gives it."""
    return tuple((dict.fromkeys(COLUMNS) | USUAL | given)[name] for name in COLUMNS)


def text_of(write: Callable[[Any, TextIO], None], *rows: Any) -> str:
    written = io.StringIO()
    write(rows, written)
    return written.getvalue()


def bytes_of(write: Callable[..., None], *rows: Values, **more: Any) -> bytes:
    written = io.BytesIO()
    write(rows, written, **more)
    return written.getvalue()


ANY_ROW = st.fixed_dictionaries(
    {
        "author": st.text(max_size=20) | st.sampled_from(HOSTILE),
        "url": st.none() | st.text(max_size=20),
        "playbook": st.text(max_size=10),
        "topics": st.lists(st.text(max_size=8), max_size=3),
        "acknowledged_by": st.none() | st.text(max_size=8),
        "attention": st.none() | st.floats(0, 1),
        "frt_s": st.none() | st.integers(0, 10**9),
        "seen_at": st.none()
        | st.datetimes(datetime(1971, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - made aware
    }
)


@given(st.lists(ANY_ROW, max_size=4))
def test_the_quick_writers_write_what_the_plain_ones_do(rows: list[dict[str, Any]]) -> None:
    told = [values(**row) for row in rows]
    plain = [dict(zip(COLUMNS, row, strict=True)) for row in told]
    assert text_of(write_csv, *told) == text_of(write_rows_csv, *plain)
    assert text_of(write_json, *told) == text_of(write_rows_json, *plain)


@given(ANY_ROW)
def test_a_csv_reader_finds_a_row_of_every_column_and_no_formula(row: dict[str, Any]) -> None:
    head, cells = csv.reader(io.StringIO(text_of(write_csv, values(**row))))
    assert tuple(head) == COLUMNS
    assert len(cells) == len(COLUMNS)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)


@given(ANY_ROW)
def test_json_gives_back_what_was_written(row: dict[str, Any]) -> None:
    (read,) = json.loads(text_of(write_json, values(**row)))
    assert tuple(read) == COLUMNS
    for name in ("author", "url", "topics", "attention", "frt_s"):
        assert read[name] == row[name]


def test_an_empty_log_has_its_head_line_and_its_brackets() -> None:
    assert text_of(write_csv) == ",".join(COLUMNS) + "\n"
    assert json.loads(text_of(write_json)) == []


# ---- Excel -----------------------------------------------------------------------------------------------


def cells_of(book: bytes, sheet: int = 1) -> list[dict[str, tuple[str, str]]]:
    """Give of each row the cells by their column's letters: type and content."""
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        page = ET.fromstring(parts.read(f"xl/worksheets/sheet{sheet}.xml"))
    assert page.find(f".//{SHEET}f") is None, "a formula"
    assert page.find(f".//{SHEET}hyperlink") is None, "a link"
    return [
        {
            re.sub(r"\d", "", cell.attrib["r"]): (cell.attrib.get("t", "n"), "".join(cell.itertext()))
            for cell in row
        }
        for row in page.iter(f"{SHEET}row")
    ]


def letters(name: str) -> str:
    at = COLUMNS.index(name)
    return chr(65 + at) if at < 26 else f"A{chr(65 + at - 26)}"


def test_a_sheet_has_numbers_as_numbers_dates_as_dates_and_words_as_words() -> None:
    head, row = cells_of(bytes_of(write_xlsx, values()))
    assert tuple(text for _, text in head.values()) == COLUMNS
    assert row[letters("case")] == ("n", "17")
    assert row[letters("frt_s")] == ("n", "10800")
    assert row[letters("author")] == ("inlineStr", "villasukkasissi")
    assert row[letters("breaches")] == ("inlineStr", "acknowledge;respond")
    kind, days = row[letters("posted_at")]
    assert kind == "n"
    assert datetime(1899, 12, 30, tzinfo=UTC) + timedelta(days=float(days)) - POSTED < timedelta(seconds=1)
    assert letters("closed_at") not in row
    assert letters("topics") not in row


@pytest.mark.parametrize(
    "name", [*HOSTILE, "=1+1", "+1", "-1", "@x", "{=1}", "http://evil.example", "x" * 40_000]
)
def test_no_cell_of_a_sheet_is_a_formula_or_a_link(name: str) -> None:
    _, row = cells_of(bytes_of(write_xlsx, values(author=name, url=name, topics=[name])))
    for column in ("author", "url", "topics"):
        kind, text = row[letters(column)]
        assert kind == "inlineStr"
        assert not text.startswith(("=", "+", "-", "@"))
        assert len(text) <= 32_767


def test_more_rows_than_a_sheet_holds_go_on_another_and_the_columns_are_explained() -> None:
    book = bytes_of(write_xlsx, *(values(case=number) for number in range(5)), most_rows=2)
    assert [len(cells_of(book, sheet)) for sheet in (1, 2, 3)] == [3, 3, 2]
    explained = cells_of(book, 4)
    assert [row["A"][1] for row in explained] == ["column", *COLUMNS]
    assert explained[1]["C"][1] == MEANINGS["case"].says


# ---- Parquet ---------------------------------------------------------------------------------------------


def test_parquet_has_the_types_that_are_promised_and_the_same_values() -> None:
    arrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [values(), values(case=18, topics=["recall", "näin"], attention=None)]
    table = parquet.read_table(io.BytesIO(bytes_of(write_parquet, *rows)))
    assert tuple(table.column_names) == COLUMNS
    wanted = {
        "number": arrow.int64(),
        "share": arrow.float64(),
        "text": arrow.string(),
        "instant": arrow.timestamp("us", tz="UTC"),
        "list": arrow.list_(arrow.string()),
    }
    assert {field.name: field.type for field in table.schema} == {
        name: wanted[KINDS[name]] for name in COLUMNS
    }
    assert [tuple(row[name] for name in COLUMNS) for row in table.to_pylist()] == rows
    assert table.schema.field("frt_s").metadata[b"meaning"].decode() == MEANINGS["frt_s"].says


def test_an_empty_log_is_a_parquet_file_without_rows() -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    assert parquet.read_table(io.BytesIO(bytes_of(write_parquet))).num_rows == 0


# ---- however many ----------------------------------------------------------------------------------------


class Nowhere(io.RawIOBase):
    """A file that keeps nothing, and can't be sought in: a pipe."""

    def writable(self) -> bool:
        return True

    def write(self, what: Any) -> int:
        return len(what)

    def tell(self) -> int:
        raise OSError("a pipe knows no place")


def many(count: int) -> Iterator[Values]:
    for number in range(count):
        yield values(case=number, author=f"writer{number}", url=f"https://social.example/{number}")


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
def test_a_long_log_takes_no_more_memory_than_a_short_one(form: str) -> None:
    def peak(count: int) -> int:
        pipe: BinaryIO = io.BufferedWriter(Nowhere())
        tracemalloc.start()
        if form == "xlsx":
            write_xlsx(many(count), pipe)
        else:
            text = io.TextIOWrapper(pipe, encoding="utf-8")
            (write_csv if form == "csv" else write_json)(many(count), text)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(10)  # what is loaded once
    assert peak(4_000) < 1.5 * peak(1_000) + 200_000
