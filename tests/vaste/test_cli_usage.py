import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.vaste.shelf import CONFIG
from tests.vaste.typed import VASTE, Typed, vaste
from vaste.cli import main

BUILT: list[list[str]] = [
    ["demo"],
    ["run"],
    ["once"],
    ["check"],
    ["classify", "hei"],
    ["evaluate", "posts.jsonl"],
    ["thresholds", "posts.jsonl"],
    ["explain", "1"],
    ["replay"],
    ["report"],
    ["correct", "1"],
    ["corrections"],
    ["learn"],
    ["review"],
    ["log"],
    ["case", "1"],
    ["crisis"],
    ["oncall"],
    ["coverage"],
    ["backup", "copy.db"],
    ["db", "upgrade"],
]
PLANNED = ["forget", "worker"]
FIVE_MISTAKES = """\
brand: Aino Kahvi
langauge: fi
sources:
  - {name: feed, kind: file, path: posts.jsonl, every: often}
teams:
  care: {rota: {people: [aino]}}
playbooks:
  - name: recall
    match: {topics: [recal], sentiment: {negative: 1.6}}
    team: car
    respond_within: 30m
people:
  aino: {name: Aino}
topics:
  recall: {words: [lasinsiru]}
"""


Here = Callable[..., Typed]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    return tmp_path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """Type a command in `tmp_path` without the second that a process of its own takes to start."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def typed(*words: str) -> Typed:
        monkeypatch.setattr(sys, "argv", ["vaste", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        assert isinstance(code, int | None)
        return Typed(code or 0, *capsys.readouterr())

    return typed


def test_help_names_every_command_and_those_not_built_yet_apart(tmp_path: Path) -> None:
    typed = vaste("--help", cwd=tmp_path)
    assert (typed.code, typed.err) == (0, "")
    built, planned = typed.out.split("Not built yet")
    assert [words[0] for words in BUILT if f"\n│ {words[0]} " not in built] == []
    assert [name for name in PLANNED if f"\n│ {name} " not in planned] == []


@pytest.mark.parametrize("words", [*BUILT, *([name] for name in PLANNED)], ids=lambda words: words[0])
def test_every_command_explains_itself_and_takes_a_configuration(here: Here, words: list[str]) -> None:
    command = [word for word in words if word not in {"hei", "1", "copy.db", "posts.jsonl"}]
    typed = here(*command, "--help")
    assert typed.code == 0
    assert "--config" in typed.out or words[0] in PLANNED


def test_nothing_typed_is_wrong_usage_with_the_help(here: Here) -> None:
    typed = here()
    assert typed.code == 2
    assert "demo" in typed.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nosuch"], "vaste: No such command 'nosuch'; see vaste --help"),
        (["explain"], "vaste explain: Missing argument 'MENTION'; see vaste explain --help"),
        (["db"], "vaste db: Missing command; see vaste db --help"),
        (["log", "--format", "xml"], "--format 'xml' is unknown; use table, csv, json, xlsx, parquet"),
        (
            ["log", "--since", "yesterdy"],
            "--since 'yesterdy' is no time; write for example 2026-11-03, 2026-11, 2026-Q4, 2026-W45, monday, \"last week\" or 7d",
        ),
        (
            ["log", "--until", "0001-01-01"],
            "--until '0001-01-01' is no time; write for example 2026-11-03, 2026-11, 2026-Q4, 2026-W45, monday, \"last week\" or 7d",
        ),
        (
            ["oncall", "--at", "9999-12-31"],
            "--at '9999-12-31' is no date; write 2026-11-01 or 2026-11-01T18:41:00Z",
        ),
    ],
)
def test_wrong_usage_is_one_line_that_says_what_to_do(
    here: Here, folder: Path, words: list[str], told: str
) -> None:
    typed = here(*words)
    assert (typed.code, typed.out, typed.told) == (2, "", [told])


@pytest.mark.parametrize("words", [["log", "--formt", "csv"], ["oncall", "--days", "0"], ["check", "extra"]])
def test_what_cannot_be_parsed_names_the_help(here: Here, folder: Path, words: list[str]) -> None:
    typed = here(*words)
    assert (typed.code, typed.out, len(typed.told)) == (2, "", 1)
    assert typed.err.endswith(f"; see vaste {words[0]} --help\n")


@pytest.mark.parametrize("name", PLANNED)
def test_a_command_that_is_not_built_yet_says_so_whatever_it_is_given(here: Here, name: str) -> None:
    typed = here(name, "--days", "7", "--config", "new.yaml", "somebody")
    assert (typed.code, typed.out, len(typed.told)) == (2, "", 1)
    assert f"vaste {name} is not built yet; until then" in typed.err


@pytest.mark.parametrize("words", BUILT, ids=lambda words: words[0])
def test_a_missing_configuration_is_one_line(here: Here, tmp_path: Path, words: list[str]) -> None:
    typed = here(*words, "--config", "nowhere.yaml")
    lines = (typed.out + typed.err).splitlines()
    assert (typed.code, len(lines)) == (2, 1)
    assert lines[0].startswith("nowhere.yaml:1:1: the file can't be read")
    assert "name another with --config" in lines[0]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", BUILT, ids=lambda words: words[0])
def test_five_mistakes_are_five_lines_with_their_places(here: Here, folder: Path, words: list[str]) -> None:
    (folder / "broken.yaml").write_text(FIVE_MISTAKES, "utf-8")
    typed = here(*words, "--config", "broken.yaml")
    lines = (typed.out + typed.err).splitlines()
    assert typed.code == 2
    assert [line.split(" ")[0] for line in lines] == [
        "broken.yaml:2:1:",
        "broken.yaml:4:56:",
        "broken.yaml:9:22:",
        "broken.yaml:9:52:",
        "broken.yaml:10:11:",
    ]
    assert "did you mean language?" in lines[0]
    assert not (folder / "vaste.db").exists()


@pytest.mark.parametrize("words", [["log"], ["explain", "1"], ["check"], ["db", "upgrade"]])
def test_a_file_that_is_no_database_is_one_line(here: Here, folder: Path, words: list[str]) -> None:
    (folder / "vaste.db").write_bytes(b"minutes of the annual meeting\n" * 200)
    typed = here(*words)
    assert (typed.code, typed.out, len(typed.told)) == (2, "", 1)
    assert "can't be read (file is not a database); name another" in typed.err


def test_a_database_in_a_folder_that_is_not_there_is_one_line(here: Here, folder: Path) -> None:
    (folder / "config.yaml").write_text(CONFIG + "database: sqlite:///nowhere/vaste.db\n", "utf-8")
    typed = here("db", "upgrade")
    assert (typed.code, typed.out, len(typed.told)) == (2, "", 1)
    assert "unable to open database file" in typed.err


@pytest.mark.parametrize("command", ["run", "once"])
def test_the_service_starts_over_no_file_that_is_no_database(folder: Path, command: str) -> None:
    (folder / "vaste.db").write_bytes(b"minutes of the annual meeting\n" * 200)
    typed = vaste(command, cwd=folder)
    assert (typed.code, typed.out, len(typed.told)) == (2, "", 1)


@pytest.mark.slow
def test_whoever_reads_does_not_wait_for_who_writes(folder: Path) -> None:
    assert vaste("db", "upgrade", cwd=folder).code == 0
    holder = sqlite3.connect(folder / "vaste.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    typed = vaste("log", cwd=folder)
    holder.close()
    assert (typed.code, typed.err) == (0, "")


def test_a_server_that_does_not_answer_is_one_line_without_the_password(here: Here, folder: Path) -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    address = "database: postgresql://vaste:hunter2@127.0.0.1:1/vaste\n"
    (folder / "config.yaml").write_text(CONFIG + address, "utf-8")
    typed = here("log")
    assert (typed.code, typed.out, len(typed.told)) == (2, "", 1)
    assert "hunter2" not in typed.err


def test_a_reader_that_goes_away_is_no_error(folder: Path) -> None:
    ran = subprocess.Popen(
        [VASTE, "log", "--format", "csv"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert ran.stdout is not None
    ran.stdout.close()
    _, told = ran.communicate(timeout=60)
    assert told == b""
    assert ran.returncode in {0, 1}


def test_looking_at_the_log_before_the_first_start_makes_no_database(here: Here, folder: Path) -> None:
    assert here("log", "--format", "json").out == "[]\n"
    assert here("explain", "1").code == 1
    assert here("check").out == "config.yaml: no problems\n"
    assert here("backup", "copy.db").told == ["there is no database yet; vaste run makes it"]
    assert {path.name for path in folder.iterdir()} == {"config.yaml"}


def test_the_version_is_told_in_both_ways(here: Here) -> None:
    assert here("version").out == here("--version").out != ""
