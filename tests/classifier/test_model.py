import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casebook.mention import Verdict
from classifier.model import BUNDLED, Classifier, ModelUnavailable
from classifier.topics import Topic

ROOT = Path(__file__).parents[2]

CLEAR = [
    ("Aivan surkeaa palvelua, en tilaa teiltä enää ikinä.", "negative", "fi"),
    ("Olen todella pettynyt, kone hajosi heti ensimmäisenä päivänä.", "negative", "fi"),
    ("Ihana kahvi, paras mitä olen ikinä juonut!", "positive", "fi"),
    ("Kiitos, olipa mukava ja nopea asiakaspalvelija!", "positive", "fi"),
    ("Mihin aikaan myymälä aukeaa lauantaina?", "neutral", "fi"),
    ("Dålig service, jag är väldigt besviken på er.", "negative", "sv"),
    ("Världens godaste kaffe, tack så mycket!", "positive", "sv"),
    ("This is the worst service I have ever had.", "negative", "en"),
    ("I love this coffee, the best one in town!", "positive", "en"),
]
MIXED = [text for text, _, _ in CLEAR] + [
    "",
    "ok",
    "kahvia " * 300,
    "😡",
    "https://a.fi/b",
    "Purkissa oli lasinsiru.",
]


@pytest.mark.parametrize(("text", "sentiment", "language"), CLEAR)
def test_clear_posts_get_the_verdict_a_person_would_give(
    classifier: Classifier, text: str, sentiment: str, language: str
) -> None:
    verdict = classifier.judge([text])[0]
    assert (verdict.sentiment, verdict.language, verdict.abstained) == (sentiment, language, False)
    assert verdict.negative + verdict.neutral + verdict.positive == pytest.approx(1)
    assert verdict.model == classifier.model_id


def test_angry_posts_and_questions_need_more_attention_than_praise(classifier: Classifier) -> None:
    angry, question, praise = classifier.judge([CLEAR[0][0], CLEAR[4][0], CLEAR[2][0]])
    assert min(angry.attention, question.attention) > 0.5 > praise.attention


def test_topic_that_holds_is_named_and_leaves_attention_to_the_model(classifier: Classifier) -> None:
    text = "Löysin lasinsirun pullosta."
    verdict = classifier.judge([text])[0]
    assert verdict.topics_held == ("recall",)
    assert verdict.topics["recall"] == 1.0
    assert verdict.attention == Classifier().judge([text])[0].attention


def test_prior_moves_the_verdict_towards_what_is_common_and_never_the_order_of_texts() -> None:
    text = "Toimitus kesti kolme päivää."
    rare, even, common = (
        Classifier(prior=prior).judge([text])[0].negative
        for prior in ((0.05, 0.9, 0.05), None, (0.9, 0.05, 0.05))
    )
    assert rare < even < common


def test_text_is_understood_with_its_meaning_as_a_vector_of_length_one(classifier: Classifier) -> None:
    one, like, unlike = classifier.understand(
        ["paketti ei ole tullut perille", "mitt paket har inte kommit fram", "ihana kahvi, kiitos"]
    )
    assert float((one.embedding**2).sum()) == pytest.approx(1, abs=1e-3)
    assert float(one.embedding @ like.embedding) > float(one.embedding @ unlike.embedding)
    assert {name: len(values) for name, values in one.answers.items()} == {
        "sentiment": 3,
        "attention": 1,
        "kind": 16,
        "hot": 4,
    }


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(len(MIXED))))
def test_verdicts_keep_the_order_and_hang_on_no_neighbour(classifier: Classifier, order: list[int]) -> None:
    alone = [classifier.judge([text])[0] for text in MIXED]
    assert classifier.judge([MIXED[at] for at in order]) == [alone[at] for at in order]


def test_no_texts_no_verdicts() -> None:
    assert Classifier().judge([]) == []


BAD = {
    "empty": "",
    "blank": "  \n\t ",
    "only a link": "https://example.com/a?b=c",
    "only names": "@aino @ben",
    "controls": "\x00\x01\x1b[31m",
    "lone surrogates": "\ud800\udfff",
    "only emoji": "🔥🔥🔥",
    "ten thousand letters": "a" * 10_000,
    "a megabyte": "huono kahvi " * 90_000,
    "a megabyte without spaces": "ä" * 1_000_000,
    "Cyrillic": "Где мой заказ? Жду уже три недели",
    "Chinese": "我的咖啡在哪里",
    "right to left": "أين طلبي؟",
    "marks of the tokenizer": "<s></s><pad><unk><mask>" * 30,
    "combining marks": "a" + "\u0301" * 5_000,
    "entities": "&lt;!channel&gt; &#0; &#xD800;",
}
NOTHING_TO_JUDGE = {"empty", "blank", "only a link", "only names", "lone surrogates"}


def test_bad_texts_are_answered_in_their_order(classifier: Classifier) -> None:
    verdicts = dict(zip(BAD, classifier.judge(list(BAD.values())), strict=True))
    assert len(verdicts) == len(BAD)
    for name in NOTHING_TO_JUDGE:
        assert verdicts[name].abstained, name
        assert (verdicts[name].neutral, verdicts[name].attention) == (1.0, 0.0), name
    for name in ("Cyrillic", "Chinese", "right to left"):
        assert (verdicts[name].abstained, verdicts[name].language) == (True, "other"), name
    assert {name for name, verdict in verdicts.items() if verdict.cut} >= {
        "a megabyte",
        "a megabyte without spaces",
    }
    assert not verdicts["only emoji"].cut


def test_text_is_cut_beyond_the_token_limit_and_says_so(classifier: Classifier) -> None:
    short, long = classifier.judge(["Huono kahvi, en osta enää. " * 4, "Huono kahvi, en osta enää. " * 40])
    assert (short.cut, long.cut) == (False, True)
    assert (short.sentiment, long.sentiment) == ("negative", "negative")


def test_marks_of_the_tokenizer_end_nothing(classifier: Classifier) -> None:
    plain, marked = classifier.judge(["Ihana kahvi, kiitos!", "</s></s><pad> Ihana kahvi, kiitos!"])
    assert (plain.sentiment, marked.sentiment) == ("positive", "positive")


def test_signs_that_the_model_does_not_know_are_abstained_from(classifier: Classifier) -> None:
    unknown, among_words, known = classifier.judge(["🪲🪲🪲", "Ihana kahvi 🪲", "😡😡😡"])
    assert (unknown.abstained, among_words.abstained, known.abstained) == (True, False, False)


def test_hint_settles_a_short_post(classifier: Classifier) -> None:
    verdicts = classifier.judge(["ok", "ok", "ok"], ["sv", "en", None])
    assert [verdict.language for verdict in verdicts][:2] == ["sv", "en"]


def test_hints_must_be_as_many_as_texts(classifier: Classifier) -> None:
    with pytest.raises(ValueError, match="1 hints for 2 texts"):
        classifier.judge(["a", "b"], ["fi"])


def test_abstains_below_the_threshold_and_speaks_at_it(classifier: Classifier) -> None:
    text = "Tilasin eilen uuden keittimen."
    seen = classifier.judge([text])[0]
    best = seen.probability(seen.sentiment)
    at, above = (Classifier(abstain_below=limit).judge([text])[0] for limit in (best, best + 1e-9))
    assert (at.abstained, above.abstained) == (False, True)


def test_threads_that_come_at_once_load_one_model(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = Classifier()
    with ThreadPoolExecutor(4) as pool:
        verdicts = list(pool.map(fresh.judge, [[CLEAR[0][0]]] * 4))
        networks = {id(network) for network in pool.map(lambda _: fresh._network(), range(4))}
    assert verdicts == [verdicts[0]] * 4
    assert len(networks) == 1


def test_model_id_names_the_weights_without_loading_them() -> None:
    fresh = Classifier()
    name, _, revision = fresh.model_id.partition("@")
    assert name == "vaste-care-2"
    assert json.loads((BUNDLED / "checksums.json").read_text())["model.int8.onnx"].startswith(revision)
    assert len(revision) == 8
    assert fresh._opened is None


@pytest.mark.parametrize(
    "name",
    [
        *("model.int8.onnx", "tokenizer.json", "config.json", "labels.json", "calibration.json"),
        *("background.npz", "checksums.json"),
    ],
)
def test_missing_file_is_named_with_what_to_do(copied_model: Path, name: str) -> None:
    (copied_model / name).unlink()
    with pytest.raises(
        ModelUnavailable, match=rf"{name} cannot be read \(No such file or directory\); reinstall"
    ):
        Classifier(copied_model).judge(["kahvi"])


@pytest.mark.parametrize("name", ["model.int8.onnx", "tokenizer.json", "calibration.json"])
def test_damaged_file_is_named_with_what_to_do(copied_model: Path, name: str) -> None:
    with (copied_model / name).open("r+b") as file:
        file.seek(100)
        file.write(b"\x00")
    with pytest.raises(ModelUnavailable, match=rf"{name} is damaged \(its checksum differs\); reinstall"):
        Classifier(copied_model).warm()


def _rewrite(folder: Path, name: str, content: str) -> None:
    """Change a file and make its checksum right again."""
    (folder / name).write_text(content)
    sums = json.loads((folder / "checksums.json").read_text())
    sums[name] = hashlib.sha256(content.encode()).hexdigest()
    (folder / "checksums.json").write_text(json.dumps(sums))


def test_model_of_another_kind_is_refused(copied_model: Path) -> None:
    labels = (copied_model / "labels.json").read_text().replace("care-onnx-1", "care-onnx-9")
    _rewrite(copied_model, "labels.json", labels)
    with pytest.raises(ModelUnavailable, match=r"kind 'care-onnx-9', which this version does not read"):
        Classifier(copied_model).warm()


@pytest.mark.parametrize("name", ["labels.json", "calibration.json", "checksums.json"])
def test_description_that_is_none_is_refused(copied_model: Path, name: str) -> None:
    _rewrite(copied_model, name, '{"kind": 3}') if name != "checksums.json" else (
        copied_model / name
    ).write_text("[]")
    with pytest.raises(ModelUnavailable, match=f"{name} is not what a model's {name} holds"):
        Classifier(copied_model).warm()


def test_weights_that_are_no_network_are_refused(copied_model: Path) -> None:
    _rewrite(copied_model, "model.int8.onnx", "not a network")
    with pytest.raises(ModelUnavailable, match=r"cannot be opened \(\w+\); reinstall"):
        Classifier(copied_model).warm()


def test_checksums_must_name_every_file(copied_model: Path) -> None:
    (copied_model / "checksums.json").write_text("{}")
    with pytest.raises(ModelUnavailable, match=r"checksums.json does not name model.int8.onnx"):
        _ = Classifier(copied_model).model_id


def test_failure_is_mended_by_restoring_the_file(copied_model: Path) -> None:
    weights = copied_model / "tokenizer.json"
    whole = weights.read_bytes()
    weights.write_bytes(b"{}")
    mended = Classifier(copied_model)
    with pytest.raises(ModelUnavailable):
        mended.warm()
    weights.write_bytes(whole)
    assert isinstance(mended.judge(["kahvi"])[0], Verdict)


def test_calibration_of_a_folder_is_used_by_language(copied_model: Path) -> None:
    text = "Kahvi on loppu."
    plain = Classifier().judge([text], ["fi"])[0]
    calibration = json.loads((copied_model / "calibration.json").read_text())
    calibration["sentiment"]["fi"]["bias"] = [-5, 10, -5]
    calibration["attention"]["fi"]["shift"] = -30
    _rewrite(copied_model, "calibration.json", json.dumps(calibration))
    moved = Classifier(copied_model)
    assert moved.judge([text], ["fi"])[0].neutral > max(plain.neutral, 0.95)
    assert moved.judge([text], ["fi"])[0].attention < 0.01
    swedish = "Kaffet är slut, vilken besvikelse för mig."
    assert moved.judge([swedish])[0] == replace(Classifier().judge([swedish])[0], model=moved.model_id)


def test_background_that_is_none_is_told_when_a_topic_is_to_be_taught(copied_model: Path) -> None:
    _rewrite(copied_model, "background.npz", "no vectors")
    topic = Topic("recall", ("löysin lasinsirun kahvipurkista",))
    with pytest.raises(ModelUnavailable, match=r"background\.npz cannot be read .*; reinstall vaste"):
        Classifier(copied_model, topics=[topic]).judge(["purkissa oli lasia"])


OWN = """
import socket, sys
import classifier.model
heavy = {"transformers", "onnxruntime", "tokenizers", "numpy", "py3langid", "simplemma"} & set(sys.modules)
assert not heavy, heavy
def refuse(*args, **kwargs):
    raise AssertionError("the network was touched")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.create_connection = refuse
own = classifier.model.Classifier(topics=[classifier.model.Topic("recall", ("lasinsiru pullossa",))])
assert "numpy" not in sys.modules
own.warm()
assert own.judge(["Ihana kahvi!"] * 40)[39].positive > 0.5
assert "torch" not in sys.modules
"""


def test_process_of_its_own_imports_lazily_prints_nothing_and_touches_no_network(tmp_path: Path) -> None:
    # a bare environment: onnxruntime reports to its maker except where it sees CI, or is told not to
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "error",
        "PYTHONDONTWRITEBYTECODE": "1",
        "ORT_DISABLE_TELEMETRY": "0",
    }
    ran = subprocess.run(
        [sys.executable, "-c", OWN],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    # native code passes the sockets above by; its device id and its queue of reports would lie here
    assert list(tmp_path.iterdir()) == []


def test_unused_topic_has_its_score_all_the_same() -> None:
    verdict = Classifier(topics=[Topic("recall", ("lasinsiru",))]).judge(["Ihana kahvi!"])[0]
    assert (verdict.topics, verdict.topics_held) == ({"recall": 0.0}, ())
