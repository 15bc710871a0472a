import csv
import io
import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from casebook.store import COLUMNS
from tests.vaste.shelf import HOSTILE
from vaste.log_table import write_table
from vaste.report_log import write_csv, write_json

HELSINKI = ZoneInfo("Europe/Helsinki")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def row(**given: Any) -> dict[str, Any]:
    """Build a row of the log as the store gives it."""
    empty: dict[str, Any] = dict.fromkeys(COLUMNS)
    seen = datetime(2026, 3, 3, 16, 41, 7, 250_000, tzinfo=UTC)
    usual = {
        "case": 17,
        "status": "responded",
        "severity": "normal",
        "playbook": "funny misstep",
        "team": "care",
        "author": "villasukkasissi",
        "topics": [],
        "breaches": [],
        "posted_at": seen,
        "frt_s": 11_880,
    }
    return empty | usual | given


def as_csv(*rows: dict[str, Any]) -> str:
    written = io.StringIO()
    write_csv(rows, written)
    return written.getvalue()


def as_json(*rows: dict[str, Any]) -> str:
    written = io.StringIO()
    write_json(rows, written)
    return written.getvalue()


def as_table(*rows: dict[str, Any], width: int = 160) -> str:
    written = io.StringIO()
    write_table(
        rows, Console(file=written, width=width, force_terminal=True, color_system="standard"), HELSINKI
    )
    return written.getvalue()


def without_style(text: str) -> str:
    for code in ("\x1b[1m", "\x1b[0m"):
        text = text.replace(code, "")
    return text


def test_an_empty_log_is_an_empty_array_and_a_head_line() -> None:
    assert json.loads(as_json()) == []
    assert as_csv() == ",".join(COLUMNS) + "\n"
    assert "No cases yet." in as_table()


def test_json_is_one_array_with_instants_in_utc_and_null_for_absent() -> None:
    first, second = json.loads(as_json(row(), row(case=18, topics=["recall"])))
    assert list(first) == list(COLUMNS)
    assert first["posted_at"] == "2026-03-03T16:41:07.250000Z"
    assert first["responded_at"] is None
    assert (first["frt_s"], first["topics"], second["topics"]) == (11_880, [], ["recall"])


def test_csv_joins_lists_and_leaves_absent_empty() -> None:
    [read] = csv.DictReader(io.StringIO(as_csv(row(breaches=["acknowledge", "respond"]))))
    assert read["breaches"] == "acknowledge;respond"
    assert read["responded_at"] == ""
    assert (read["case"], read["frt_s"]) == ("17", "11880")


def test_a_newline_inside_a_cell_stays_in_its_cell() -> None:
    lines = list(csv.reader(io.StringIO(as_csv(row(author="one\ntwo"), row(case=18)))))
    assert [len(line) for line in lines] == [len(COLUMNS)] * 3
    assert lines[1][COLUMNS.index("author")] == "one\ntwo"


@pytest.mark.parametrize(
    "author",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "  =1",
        "\x00=1",
        "\u202e=1",
        "\uff1d1",
        "a;=1",
        "a\n=1",
        "a;\t@x",
    ],
)
def test_no_cell_is_a_formula_even_where_semicolons_make_cells(author: str) -> None:
    [_, read] = csv.reader(io.StringIO(as_csv(row(author=author))))
    cell = read[COLUMNS.index("author")]
    for part in cell.replace("\n", ";").split(";"):
        assert not part.strip().startswith((*FORMULA, "\uff1d"))


@given(st.text(max_size=30))
def test_whatever_an_author_is_called_no_cell_is_a_formula_and_no_line_moves(name: str) -> None:
    table = list(csv.reader(io.StringIO(as_csv(row(author=name, topics=[name, name])))))
    assert [len(line) for line in table] == [len(COLUMNS)] * 2
    assert not any(cell.startswith(FORMULA) for cell in table[1])
    assert json.loads(as_json(row(author=name)))[0]["author"] == name


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_move_no_cursor_in_any_form(name: str) -> None:
    for text in (
        as_csv(row(author=name)),
        as_json(row(author=name)),
        without_style(as_table(row(author=name))),
    ):
        assert not [sign for sign in text if sign in "\x1b\x07\x9b\u202e" or (sign < " " and sign != "\n")]


def test_markup_in_a_name_is_shown_and_not_obeyed() -> None:
    assert "[bold red]shout[/]" in as_table(row(author="[bold red]shout[/]"))


def test_a_wide_table_tells_who_took_and_who_answered() -> None:
    shown = as_table(
        row(acknowledged_by="aino", tta_s=125, responded_by="ainokahvi", response_found="manual")
    )
    for cell in ("2026-03-03 18:41", "funny misstep", "aino", "2 min", "ainokahvi (pressed)", "3 h 18 min"):
        assert cell in shown


@pytest.mark.parametrize("width", [40, 60, 80, 100, 130, 200])
def test_a_table_fits_its_terminal_and_keeps_case_and_wait(width: int) -> None:
    lines = without_style(as_table(row(breaches=["respond"]), width=width)).splitlines()
    assert max(len(line) for line in lines) <= width
    assert "case" in lines[0]
    assert "waited" in lines[0]
    assert len(lines) <= (2 if width >= 80 else 4)
