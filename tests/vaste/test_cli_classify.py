import json
from pathlib import Path

import pytest

from classifier.defaults import DEFAULT_TOPICS
from tests.classifier.tiny import write_model
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
    assert [verdict["sentiment"] for verdict in verdicts[:2]] == ["positive", "neutral"]
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


def test_words_that_carried_a_verdict_are_told_when_asked_for(tmp_path: Path) -> None:
    hostile = "\x1b[31mSurkea\x07 kahvi"
    as_json = vaste("classify", "--json", "--why", TEXTS[0], "", hostile, cwd=tmp_path)
    assert (as_json.code, as_json.err) == (0, "")
    first, blank, _ = [json.loads(line) for line in as_json.out.splitlines()]
    assert list(first) == [*KEYS, "why"]
    assert first["why"][0]["word"] in {"ihana", "Aivan ihana", "kiitos"}
    assert [list(word) for word in first["why"]] == [["word", "weight"]] * len(first["why"])
    assert blank["why"] == []
    readable = vaste("classify", "--why", TEXTS[0], "", hostile, cwd=tmp_path)
    assert "why: " in readable.out.splitlines()[0]
    assert "why" not in readable.out.splitlines()[1]  # it abstained: nothing was said, so nothing carried it
    assert not {"\x1b", "\x07"} & {*as_json.out, *readable.out}


HOSTILE = {
    "NUL": b"huono\x00kahvi",
    "invalid UTF-8": b"\xc3\x28 \xff\xfe \xf0\x9f",
    "a lone surrogate, as some write it": b"\xed\xa0\x80",
    "ten thousand letters": b"a" * 10_000,
    "a line without end": b"huono kahvi " * 90_000,
    "only emoji": "😡😡😡".encode(),
    "only a link": b"https://example.com/a?b=c",
    "another language": "Где мой заказ?".encode(),
    "an escape": b"\x1b]0;title\x07\x1b[2J",
    "empty": b"",
    "the last one": b"Ihana kahvi, kiitos!",
}


@pytest.mark.parametrize("words", [(), ("--json",), ("--why",), ("--json", "--why")], ids=" ".join)
def test_no_line_breaks_anything_and_each_keeps_its_place(tmp_path: Path, words: tuple[str, ...]) -> None:
    typed = vaste("classify", *words, cwd=tmp_path, stdin=b"\n".join(HOSTILE.values()))
    told = typed.out.splitlines()
    assert (typed.code, typed.err, len(told)) == (0, "", len(HOSTILE))
    assert not {"\x00", "\x07"} & {*typed.out}
    assert "\x1b" not in typed.out
    assert max(map(len, told)) < 1_000
    assert "positive" in told[-1].partition("probabilities")[0]


def test_model_that_cannot_be_used_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    for model, said in {
        "./gone": "gone is no folder; give a model's folder, or write `model: bundled`",
        "owner/name": "owner/name",  # without torch the extra is named, with it the cache
    }.items():
        (tmp_path / "config.yaml").write_text(f"classifier: {{model: {model}}}\n", "utf-8")
        judged = vaste("classify", "kahvi", cwd=tmp_path)
        assert (judged.code, judged.out, len(judged.told)) == (1, "", 1)
        assert judged.err.startswith("classifier: ")
        assert said in judged.err
        checked = vaste("check", cwd=tmp_path)
        assert (checked.code, checked.err) == (1, "")
        assert checked.out == judged.err


def test_model_of_somebody_else_judges_where_the_configuration_names_it(tmp_path: Path) -> None:
    write_model(tmp_path / "mine", ("LABEL_0", "LABEL_1"))
    written = "classifier:\n  model: ./mine\n"
    (tmp_path / "config.yaml").write_text(written, "utf-8")
    refused = vaste("check", cwd=tmp_path)
    assert "classifier.labels: {'LABEL_0': …, 'LABEL_1': …}" in refused.out
    (tmp_path / "config.yaml").write_text(
        written + "  labels: {LABEL_0: negative, LABEL_1: positive}\n", "utf-8"
    )
    (elsewhere := tmp_path / "elsewhere").mkdir()
    typed = vaste(
        "classify", "--json", "--why", "--config", "../config.yaml", "huono kahvi", "", cwd=elsewhere
    )
    assert (typed.code, typed.err) == (0, "")
    first, blank = [json.loads(line) for line in typed.out.splitlines()]
    assert (first["sentiment"], first["why"][0]["word"]) == ("negative", "huono")
    assert first["model"].startswith("mine@")
    assert (blank["abstained"], blank["sentiment"]) == (True, "neutral")
    assert vaste("check", cwd=tmp_path).code == 0
