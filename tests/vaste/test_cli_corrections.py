"""The commands by which a team teaches: typed as people type them, on a record with posts in it."""

import csv
import json
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from classifier.learning import Thresholds, taught
from tests.vaste.shelf import CALM, HOSTILE, Shelf, open_shelf, verdict_of
from tests.vaste.typed import Typed, vaste
from vaste.cli import main
from vaste.commands.compare import as_pair, side_by_side
from vaste.commands.review import told
from vaste.config import load_config
from vaste.lessons import least_attention, teaches, wishes_of
from vaste.ruling import rule

Here = Callable[..., Typed]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = open_shelf(tmp_path)
    yield shelf
    shelf.close()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def typed(*words: str) -> Typed:
        monkeypatch.setattr(sys, "argv", ["vaste", *words])
        code = 0
        try:
            main()
        except SystemExit as left:
            code = int(left.code or 0)
        written = capsys.readouterr()
        return Typed(code, written.out, written.err)

    return typed


def filed(shelf: Shelf, *, abstained: bool = False, **line: Any) -> None:
    """File one post; one of which the classifier abstains matches nothing."""
    shelf.post(**{"id": "1"} | line)
    shelf.turn(seconds=20)
    if not abstained:
        shelf.file()
        return
    verdict = replace(verdict_of(CALM), abstained=True)
    shelf.jobs.poll("feed")
    store, now = shelf.jobs.store, shelf.clock.now()
    for mention in store.claim_unjudged(now=now, lease=timedelta(minutes=1), limit=9):
        store.rule(
            mention,
            verdict,
            lambda around: rule(around, verdict, shelf.jobs.desk, now=now),
            configuration="",
            now=now,
        )


# --- vaste correct ------------------------------------------------------------------------------------


def test_a_correction_is_filed_for_each_label_and_only_once(shelf: Shelf, here: Here) -> None:
    filed(shelf)
    words = (
        "correct",
        "1",
        "--sentiment",
        "negative",
        "--attention",
        "yes",
        "--not-topic",
        "recall",
        "--by",
        "aino",
    )
    first, again = here(*words), here(*words)
    assert (first.code, first.err, first.out) == (0, "", again.out)
    assert first.out.splitlines() == [
        "correction 1: file:feed/1 sentiment negative, says aino",
        "correction 2: file:feed/1 attention yes, says aino",
        "correction 3: file:feed/1 topic recall no, says aino",
        "vaste learn learns from it",
    ]
    assert {one.said.cause for one in shelf.jobs.store.corrections()} == {"command"}


def test_a_correction_of_the_review_lane_says_where_it_came_from(shelf: Shelf, here: Here) -> None:
    filed(shelf, abstained=True)
    assert here("correct", "1", "--attention", "no", "--by", "slack:U0DAVID").code == 0
    [one] = shelf.jobs.store.corrections()
    assert (one.said.cause, one.said.by) == ("review", "slack:U0DAVID")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--attention", "no"], 2, "say who you are: --by NAME"),
        (["--attention", "no", "--by", "ainoo"], 2, "did you mean aino?"),
        (["--attention", "no", "--by", "slack:<!here>"], 2, "nobody is called so"),
        (["--attention", "maybe", "--by", "aino"], 2, "write yes or no"),
        (["--sentiment", "angry", "--by", "aino"], 2, "write negative, neutral, positive"),
        (["--topic", "recal", "--by", "aino"], 2, "did you mean recall?"),
        (["--topic", "recall", "--not-topic", "recall", "--by", "aino"], 2, "write one of them"),
        (["--by", "aino"], 2, "say what is right"),
    ],
)
def test_what_cannot_be_meant_is_one_line(
    shelf: Shelf, here: Here, words: list[str], code: int, says: str
) -> None:
    filed(shelf)
    typed = here("correct", "1", *words)
    assert (typed.code, typed.out, len(typed.told)) == (code, "", 1)
    assert says in typed.err
    assert shelf.jobs.store.corrections() == []


def test_a_mention_that_is_not_there_is_one_line(shelf: Shelf, here: Here) -> None:
    typed = here("correct", "nowhere", "--attention", "no", "--by", "aino")
    assert (typed.code, len(typed.told)) == (1, 1)
    assert "give its id on the network" in typed.err


# --- vaste corrections --------------------------------------------------------------------------------


def test_corrections_are_listed_with_who_and_when(shelf: Shelf, here: Here) -> None:
    filed(shelf)
    shelf.press(1, "dismiss")
    [row] = json.loads(here("corrections", "--format", "json").out)
    assert row == {
        "number": 1,
        "network": "file:feed",
        "post_id": "1",
        "label": "attention",
        "value": "no",
        "by": "aino",
        "at": "2026-03-03T08:00:20Z",
        "cause": "dismiss",
        "case": 1,
        "undone_by": None,
        "undone_at": None,
        "stands": True,
        "may_teach": "weights",
    }
    table = here("corrections").out
    assert "file:feed/1  attention no  aino  2026-03-03 10:00  dismiss, case 1" in table
    assert (
        here("corrections", "--format", "csv")
        .out.splitlines()[1]
        .startswith("1,file:feed,1,attention,no,aino,")
    )


def test_a_correction_is_taken_back_once_and_listed_still(shelf: Shelf, here: Here) -> None:
    filed(shelf)
    shelf.press(1, "dismiss")
    assert here("corrections", "--undo", "1").code == 2
    done = here("corrections", "--undo", "1", "--by", "ben")
    assert (done.code, done.out.splitlines()[0]) == (
        0,
        "correction 1 is taken back by ben; what was learnt from it holds no longer",
    )
    again = here("corrections", "--undo", "1", "--by", "ben")
    assert (again.code, again.told) == (1, ["no correction 1 stands; vaste corrections lists them"])
    assert "by ben" in here("corrections").out


def test_an_export_holds_the_words_that_are_still_there_for_its_owner_alone(shelf: Shelf, here: Here) -> None:
    filed(shelf, text="Missä tilaukseni on?")
    shelf.press(1, "dismiss")
    assert here("corrections", "--export", "out.jsonl").out == "out.jsonl: 1 corrections\n"
    written = shelf.folder / "out.jsonl"
    [line] = written.read_text("utf-8").splitlines()
    assert json.loads(line)["text"] == "Missä tilaukseni on?"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    again = here("corrections", "--export", "out.jsonl")
    assert (again.code, again.told) == (2, ["out.jsonl is there already; name another file"])
    assert here("corrections", "--export", "out.xlsx").code == 2


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_are_no_formula_and_move_no_cursor(shelf: Shelf, here: Here, hostile: str) -> None:
    filed(shelf, id=f"1{hostile}"[:300], text=hostile, author=hostile)
    shelf.press(1, "dismiss")
    here("corrections", "--export", "out.csv")
    here("corrections", "--export", "out.jsonl")
    raw = (shelf.folder / "out.csv").read_text("utf-8")
    listed = here("corrections").out + here("corrections", "--format", "json").out
    for written in (raw, listed, (shelf.folder / "out.jsonl").read_text("utf-8")):
        assert not [sign for sign in written if sign in "\x1b\x07\x9b\u202e"]
    _, cells = csv.reader(raw.splitlines())
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


# --- vaste learn --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_learning_says_what_would_change_before_it_changes_anything(shelf: Shelf, here: Here) -> None:
    assert here("learn").out == "0 corrections stand\nnothing changes\n"
    for number in range(6):
        filed(shelf, id=str(number), author=f"a{number}", text=f"lasinsiru numero {number}")
        assert here("correct", str(number), "--topic", "recall", "--by", "aino").code == 0
    typed = here("learn", "--dry-run")
    assert (typed.code, typed.err) == (0, "")
    said = typed.out.splitlines()
    assert said == ["6 corrections stand", "nothing changes"]  # each of them is found today
    for number in range(6, 12):
        filed(shelf, id=str(number), author=f"a{number}", text=f"lasinsirua ei löytynyt, kiitos {number}")
        assert here("correct", str(number), "--not-topic", "recall", "--by", "aino").code == 0
    typed = here("learn", "--dry-run")
    said = typed.out.splitlines()
    assert said[0] == "12 corrections stand"
    assert "topic recall" in said[1]
    assert said[-1].startswith("a dry run: nothing is taken")
    assert here("learn", "--dry-run").out == typed.out


# --- vaste review -------------------------------------------------------------------------------------


def test_the_review_lane_has_its_size_its_oldest_and_an_id_to_type(shelf: Shelf, here: Here) -> None:
    assert here("review").out == "the review lane is empty\n"
    filed(shelf, abstained=True, id="a b", author="mari", text="🤔\nhmm")
    lane = shelf.jobs.store.review_lane()
    lines = list(told(lane, zone=shelf.config.timezone, now=shelf.clock.now()))
    assert lines[0] == "1 mention waits for somebody to look; the oldest was posted 20 s ago"
    assert lines[1] == "'file:feed/a b'  2026-03-03 10:00  fi  @mari  “🤔 hmm”"
    assert "'file:feed/a b'" in here("review").out
    assert here("review", "--days", "1").out == "the review lane is empty\n"
    assert here("correct", "file:feed/a b", "--attention", "no", "--by", "aino").code == 0
    assert here("review").out == "the review lane is empty\n"


@pytest.mark.parametrize(
    "command", [["corrections"], ["review"], ["learn"], ["corrections", "--format", "json"]]
)
def test_looking_before_the_first_start_makes_no_database(
    tmp_path: Path, here: Here, command: list[str]
) -> None:
    (tmp_path / "config.yaml").write_text("brand: Aino Kahvi\n", "utf-8")
    assert here(*command).code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


# --- vaste classify --compare -------------------------------------------------------------------------


def test_before_and_after_stand_side_by_side_on_one_line() -> None:
    before = verdict_of({"negative": 0.6, "neutral": 0.3, "positive": 0.1}, topics={"recall": 0.55})
    after = taught(before, Thresholds({"recall": 0.6}, attention=-1.0), abstain_below=0.5)
    assert side_by_side(before, after, "Lasia\x1b[2J\npurkissa") == (
        "negative 0.60  attention 0.60  fi     recall 0.55  →  "
        "negative 0.60  attention 0.36  fi     Lasia[2J purkissa"
    )
    assert "  =  " in side_by_side(before, before, "sama")
    pair = json.loads(as_pair(before, after))
    assert list(pair) == ["before", "after"]
    assert (pair["before"]["attention"], pair["after"]["attention"]) == (0.6, 0.3556)


@pytest.mark.slow
def test_comparing_needs_no_configuration_and_makes_no_database(tmp_path: Path) -> None:
    typed = vaste("classify", "--compare", "--json", "Kiitos!", "", cwd=tmp_path)
    assert (typed.code, typed.err) == (0, "")
    pairs = [json.loads(line) for line in typed.out.splitlines()]
    assert len(pairs) == 2
    assert all(pair["before"] == pair["after"] for pair in pairs)
    assert list(tmp_path.iterdir()) == []


# --- who may teach ------------------------------------------------------------------------------------


def test_a_sources_wish_is_heard_but_not_against_the_terms_of_x(shelf: Shelf, tmp_path: Path) -> None:
    filed(shelf)
    shelf.press(1, "dismiss")
    [one] = shelf.jobs.store.corrections()
    assert teaches(one, {}) == "weights"
    assert teaches(one, {"feed": "off"}) == "nothing"
    assert teaches(replace(one, network="x"), {"feed": "weights"}) == "thresholds"
    assert teaches(replace(one, shown=(("feed", "file"), ("x", "x"))), {}) == "thresholds"
    (tmp_path / "own.yaml").write_text(
        "sources:\n"
        "  - {name: feed, kind: file, path: a.jsonl, learn: off}\n"
        "  - {name: more, kind: file, path: b.jsonl}\n"
        '  - {name: x, kind: x, handle: ainokahvi, bearer_token: "token", learn: weights}\n',
        "utf-8",
    )
    loaded = load_config(tmp_path / "own.yaml", {})
    [problem] = [problem for problem in loaded.problems if problem.fatal]
    assert (problem.line, problem.path) == (4, "sources.2.learn")
    assert "X's terms forbid training on its posts; write thresholds, or off" in str(problem)
    text = (tmp_path / "own.yaml").read_text("utf-8").replace("learn: weights", "learn: thresholds")
    (tmp_path / "own.yaml").write_text(text, "utf-8")
    config = load_config(tmp_path / "own.yaml", {}).config
    assert config is not None
    assert wishes_of(config) == {"feed": "off", "x": "thresholds"}


def test_attention_is_judged_where_the_playbooks_ask_for_it(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(
        "teams: {care: {rota: {people: []}}}\n"
        "playbooks:\n"
        "  - {name: a, match: {attention: 0.8}, team: care}\n"
        "  - {name: b, match: {any: [{attention: 0.7}, {not: {attention: 0.9}}]}, team: care}\n",
        "utf-8",
    )
    config = load_config(tmp_path / "config.yaml", {}).config
    assert config is not None
    assert least_attention(config.playbooks) == 0.7
    assert least_attention(()) == 0.5
