"""`vaste report`, typed as people type it, over a record of a few hundred cases."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.quarter import BEGINS, CONFIG, fill
from tests.vaste.stand_ins import open_store
from tests.vaste.typed import Typed
from vaste.cli import main

Here = Callable[..., Typed]
JULY = ("--since", "2026-07-01", "--until", "2026-08-01")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Here:
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    monkeypatch.chdir(tmp_path)

    def typed(*words: str) -> Typed:
        monkeypatch.setattr(sys, "argv", ["vaste", "report", *words])
        code = 0
        try:
            main()
        except SystemExit as left:
            code = int(left.code or 0)
        sys.stdout.flush()
        written = capfdbinary.readouterr()
        return Typed(code, written.out.decode("utf-8", "replace"), written.err.decode())

    return typed


@pytest.fixture
def record(tmp_path: Path) -> Path:
    store = open_store(tmp_path)
    fill(store, 300, begins=BEGINS, days=31)
    store.engine.dispose()
    return tmp_path


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("fi", "# Vaste: miten asiakkaille vastattiin"),
        ("sv", "# Vaste: så besvarades kunderna"),
        ("en", "# Vaste: how customers were answered"),
    ],
)
def test_the_report_is_markdown_in_the_language_asked_for(
    here: Here, record: Path, language: str, title: str
) -> None:
    typed = here(*JULY, "--language", language)
    assert (typed.code, typed.err) == (0, "")
    assert typed.out.splitlines()[0] == title
    assert re.findall(r"^\d\. ", typed.out, re.MULTILINE) == ["1. ", "2. ", "3. ", "4. ", "5. "]


@pytest.mark.parametrize(
    ("name", "begins"),
    [("july.html", b"<!doctype html>"), ("july.pdf", b"%PDF"), ("july.md", b"# Vaste"), ("july.json", b"{")],
)
def test_a_files_name_says_its_format(here: Here, record: Path, name: str, begins: bytes) -> None:
    if name.endswith("pdf"):
        pytest.importorskip("typst", reason="the extra `reports` is not installed")
    typed = here(*JULY, "--out", name)
    assert (typed.code, typed.out, typed.err) == (0, "", "")
    assert (record / name).read_bytes().startswith(begins)


def test_a_figure_opens_down_to_its_cases(here: Here, record: Path) -> None:
    figures = json.loads(here(*JULY, "--format", "json").out)["figures"]
    printed = here(*JULY, "--cases", "answers.unanswered")
    assert [int(line) for line in printed.out.splitlines()] == figures["answers.unanswered"]
    assert figures["answers.unanswered"]


def test_a_playbook_is_told_of_alone(here: Here, record: Path) -> None:
    told = json.loads(here(*JULY, "--playbook", "recall", "--format", "json").out)
    assert [line[0] for table in told["tables"]["promises"] for line in table["lines"]] == ["recall"]


def test_the_report_is_posted_once_with_its_picture_and_its_paper(here: Here, record: Path) -> None:
    pytest.importorskip("typst", reason="the extra `reports` is not installed")
    first, second = here(*JULY, "--post", "--language", "en"), here(*JULY, "--post", "--language", "en")
    assert (first.code, first.out) == (0, "")
    assert "the report goes to team care" in first.err
    assert (second.code, second.told) == (1, ["this report was posted to team care before"])
    store = open_store(record, is_new=False)
    with store.engine.connect() as connection:
        rows = connection.execute(text("select addressee, content from delivery")).all()
        enclosed = connection.execute(text("select kind, name, content from enclosure order by kind")).all()
    store.engine.dispose()
    ((addressee, content),) = rows
    written = json.loads(content)
    assert (addressee, written["kind"], len(written["facts"]["sentences"])) == ("team:care", "report", 5)
    assert [(kind, name, content[:4]) for kind, name, content in enclosed] == [
        ("paper", "vaste-1-31-jul-2026.pdf", b"%PDF"),
        ("picture", "vaste-1-31-jul-2026.png", b"\x89PNG"),
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--format", "docx"], "--format 'docx' is unknown; use md, html, pdf, json"),
        (["--out", "july.docx"], "--format '.docx' is unknown; use md, html, pdf, json"),
        (["--language", "de"], "--language 'de' is unknown; use fi, sv, en"),
        (["--team", "cars"], "--team 'cars': no team is called so; did you mean care?"),
        (["--playbook", "recal"], "--playbook 'recal': no playbook is called so; did you mean recall?"),
        (["--as-of", "someday"], """--as-of 'someday' is no time; write for example 2026-11-03, 2026-11, 2026-Q4, 2026-W45, monday, "last week" or 7d"""),
        (["--week", "--month"], "one period at a time: --week, --month, --quarter, or --since with --until"),
        (["--week", *JULY], "one period at a time: --week, --month, --quarter, or --since with --until"),
        (["--until", "2026-08-01"], "--until needs --since: say where the period begins, too"),
        (["--since", "2026-08-01", "--until", "2026-08-01"], "--since is not before --until; the period has no length"),
        ([*JULY, "--cases", "answers.unansered"], "--cases 'answers.unansered': no figure is called so; did you mean answers.unanswered?"),
        ([*JULY, "--out", "nowhere/july.md"], "--out nowhere/july.md cannot be written (No such file or directory); name a file in a folder that is there"),
    ],
)  # fmt: skip
def test_wrong_usage_is_one_line(here: Here, record: Path, words: list[str], told: str) -> None:
    typed = here(*words)
    assert (typed.code, typed.out, typed.told) == (2, "", [told])


def test_without_a_record_there_is_nothing_to_report_and_none_is_made(here: Here, tmp_path: Path) -> None:
    typed = here()
    assert (typed.code, typed.told) == (1, ["there is no record yet; vaste run makes one"])
    assert not (tmp_path / "vaste.db").exists()
