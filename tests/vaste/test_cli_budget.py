"""`vaste budget`, typed as people type it, over a record in which reads were billed."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from casebook.mention import Bill
from casebook.store import Store
from tests.vaste.stand_ins import open_store
from tests.vaste.typed import Typed
from vaste.cli import main

CONFIG = """
database: sqlite:///vaste.db
sources:
  - {name: x, kind: x, handle: ainokahvi, query: kahvi, bearer_token: t, budget: 50 USD/month}
  - {name: other, kind: x, handle: ainohelp, bearer_token: t}
  - {name: feed, kind: file, path: posts.jsonl}
"""
Here = Callable[..., Typed]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    monkeypatch.chdir(tmp_path)

    def typed(*words: str) -> Typed:
        monkeypatch.setattr(sys, "argv", ["vaste", "budget", *words])
        code = 0
        try:
            main()
        except SystemExit as left:
            code = int(left.code or 0)
        written = capsys.readouterr()
        return Typed(code, written.out, written.err)

    return typed


def spend(folder: Path, micros: int) -> None:
    """Let posts for so much be billed in the hour that runs."""
    store: Store = open_store(folder)
    now = datetime.now(UTC)
    store.source("x", kind="x", network="x", now=now - timedelta(days=3))
    store.keep_bills("x", [Bill("mentions", "post", 5_000, now, count=micros // 5_000)])
    store.keep_bills("x", [Bill("search", "counts", 5_000, now, count=2)])
    store.engine.dispose()


def test_without_a_record_nothing_is_spent_and_none_is_made(here: Here, tmp_path: Path) -> None:
    typed = here()
    assert (typed.code, typed.err) == (0, "")
    assert "too early to say" in typed.out
    assert "feed" not in typed.out
    assert not (tmp_path / "vaste.db").exists()


def test_the_table_says_what_was_spent_on_what(here: Here, tmp_path: Path) -> None:
    spend(tmp_path, 1_000_000)
    (line,) = [line for line in here("--source", "x").out.splitlines() if line.startswith("x ")]
    for words in ("$1.01", "$50.00", "2 counts $0.01", "200 post $1.00"):
        assert words in line


def test_json_has_every_figure(here: Here, tmp_path: Path) -> None:
    spend(tmp_path, 1_000_000)
    x, other = json.loads(here("--format", "json").out)
    assert (x["source"], x["month"], x["budget_usd"]) == ("x", f"{datetime.now(UTC):%Y-%m}", 50)
    assert (x["spent_usd"], x["left_usd"]) == (1.01, 48.99)
    assert x["reads"] == {"counts": {"reads": 2, "usd": 0.01}, "post": {"reads": 200, "usd": 1}}
    assert x["lanes"] == {"mentions": 1, "search": 0.01}
    assert (x["cases"], x["usd_per_case"], x["slowed"]) == (0, None, [])
    assert x["forecast_usd"] >= 1.01
    assert (other["budget_usd"], other["spent_usd"], other["forecast_usd"]) == (None, 0, None)


def test_what_is_slowed_is_said(here: Here, tmp_path: Path) -> None:
    spend(tmp_path, 40_000_000)
    store = open_store(tmp_path)
    for key, message in (("x:search", "x, search: slowed for the budget to $1.00"), ("x:mentions", "x: 503")):
        store.tell_problem(f"source:{key}", f"source {message}", now=datetime.now(UTC))
    store.engine.dispose()
    told = here().out.splitlines()[-1]
    assert told == "source x, search: slowed for the budget to $1.00."
    spend(tmp_path, 9_960_000)
    assert here().out.splitlines()[-1] == "nothing is read for the budget until the next month (UTC)."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--source", "y"], "no source has the name 'y'"),
        (["--format", "csv"], "use table, json"),
    ],
)
def test_wrong_words_are_told_what_to_write(here: Here, words: list[str], said: str) -> None:
    typed = here(*words)
    assert typed.code == 2
    assert said in typed.told[0]
