import json
from pathlib import Path

import pytest

from classifier.defaults import DEFAULT_TOPICS
from tests.vaste.shelf import CONFIG
from tests.vaste.typed import vaste

pytestmark = pytest.mark.slow

KEYS = ["sentiment", "probabilities", "attention", "topics", "language", "abstained", "model"]
TEXTS = ["Aivan ihana kahvi, kiitos!", "", "Löysin lasinsirun purkista, hävetkää!"]


def test_texts_are_judged_in_their_order_without_any_configuration(tmp_path: Path) -> None:
    typed = vaste("classify", "--json", *TEXTS, cwd=tmp_path)
    assert (typed.code, typed.err) == (0, "")
    verdicts = [json.loads(line) for line in typed.out.splitlines()]
    assert [list(verdict) for verdict in verdicts] == [KEYS] * 3
    assert [verdict["sentiment"] for verdict in (verdicts[0], verdicts[2])] == ["positive", "negative"]
    for verdict in verdicts:
        assert set(verdict["probabilities"]) == {"negative", "neutral", "positive"}
        assert sum(verdict["probabilities"].values()) == pytest.approx(1, abs=0.001)
        assert 0 <= verdict["attention"] <= 1
        assert tuple(verdict["topics"]) == DEFAULT_TOPICS
        assert all(0 <= score <= 1 for score in verdict["topics"].values())
    assert not list(tmp_path.iterdir())


def test_each_line_of_standard_input_is_one_verdict_whatever_it_holds(tmp_path: Path) -> None:
    lines = [
        "hyvä".encode(),
        b"",
        b"  ",
        b"\xff\xfe broken",
        b"carriage\r",
        "U+2028 \u2028 stays".encode(),
        b"last",
    ]
    as_json = vaste("classify", "--json", cwd=tmp_path, stdin=b"\n".join(lines))
    assert (as_json.code, as_json.err, len(as_json.out.splitlines())) == (0, "", len(lines))
    readable = vaste("classify", cwd=tmp_path, stdin=b"\x1b[31mpunainen\x07\n\n[bold]kiitos\n")
    assert len(readable.out.splitlines()) == 3
    assert "[31mpunainen" in readable.out
    assert "[bold]kiitos" in readable.out
    assert "\x1b" not in readable.out
    assert vaste("classify", cwd=tmp_path, stdin=b"").out == ""


def test_topics_come_from_the_configuration_beside_or_named(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    [beside] = vaste("classify", "--json", TEXTS[2], cwd=tmp_path).out.splitlines()
    (elsewhere := tmp_path / "elsewhere").mkdir()
    named = vaste("classify", "--json", "--config", "../config.yaml", TEXTS[2], cwd=elsewhere)
    assert json.loads(beside) == json.loads(named.out)
    assert json.loads(beside)["topics"]["recall"] >= 0.5
