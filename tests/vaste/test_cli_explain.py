from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.vaste.shelf import ANGRY, CALM, HOSTILE, Shelf, open_shelf
from vaste.commands.explain import explanation
from vaste.config import load_config


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = open_shelf(tmp_path)
    yield shelf
    shelf.close()


def told(shelf: Shelf, mention: str = "1") -> str:
    [kept] = shelf.jobs.store.find(mention)
    return "\n".join(explanation(kept, shelf.config))


def filed(shelf: Shelf, feelings: Mapping[str, float] = ANGRY, **topics: float) -> str:
    shelf.post(id="1", author="mari", text="Missä tilaukseni on?", followers=120)
    shelf.turn(seconds=20)
    shelf.file(feelings, topics=topics)
    return told(shelf)


def test_a_case_is_explained_condition_by_condition(shelf: Shelf) -> None:
    text = filed(shelf, recall=0.2)
    assert text.splitlines()[:5] == [
        "file:feed/1 by @mari",
        "  “Missä tilaukseni on?”",
        "  posted      2026-03-03 10:00:00 EET, seen 20 s later",
        "  shown by    feed",
        "  followers   120",
    ]
    assert "sentiment   negative: negative 0.90, neutral 0.08, positive 0.02" in text
    assert "case 1: playbook complaint: negative 0.90" in text
    assert (
        "– recall: does not match\n      no   wants topic recall; found topic recall 0.20, under its threshold"
        in text
    )
    assert "✓ complaint: takes it\n      yes  wants negative at least 0.60; found negative 0.90" in text


def test_a_playbook_that_would_match_too_says_who_stands_before_it(shelf: Shelf) -> None:
    assert "– complaint: would match too, but recall stands before it" in filed(shelf, recall=0.9)


def test_no_case_is_explained_by_what_came_nearest(shelf: Shelf) -> None:
    text = filed(shelf, CALM)
    assert "no case: nearest was " in text
    assert "no playbook takes it: nearest was " in text
    assert "no case: no case" not in text


def test_what_was_decided_then_is_told_apart_from_what_would_be_today(shelf: Shelf) -> None:
    filed(shelf)
    changed = (shelf.folder / "config.yaml").read_text("utf-8").replace("{negative: 0.6}", "{negative: 0.95}")
    (shelf.folder / "config.yaml").write_text(changed, "utf-8")
    loaded = load_config(shelf.folder / "config.yaml", {}).config
    assert loaded is not None
    [kept] = shelf.jobs.store.find("1")
    text = "\n".join(explanation(kept, loaded))
    assert "case 1: playbook complaint" in text
    assert "no playbook takes it" in text


def test_a_post_without_a_verdict_says_why(shelf: Shelf) -> None:
    shelf.post(id="1", author="mari")
    shelf.jobs.poll("feed")
    assert "No verdict: it is judged within seconds while vaste run runs, or by vaste once." in told(shelf)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_move_no_cursor(shelf: Shelf, hostile: str) -> None:
    shelf.post(id="1", author=hostile, text=hostile, url=f"https://social.example/{hostile}")
    shelf.file()
    text = told(shelf)
    assert not [sign for sign in text if sign in "\x1b\x07\x9b\u202e"]
    assert len(text.splitlines()[1]) <= 250
