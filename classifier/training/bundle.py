"""The folder that the product reads: graph, tokenizer, labels, calibration, background, checksums, card."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from casebook.mention import Sentiment
from classifier import scoring
from classifier.heads import features, write_background
from classifier.model import Classifier
from classifier.training import calibrate, corpus, learn
from classifier.training.card import as_card
from classifier.training.e5 import Shape
from classifier.understanding import Understanding

GRAPH: Final = "model.int8.onnx"
NAME: Final = "vaste-care-2"
PASSES: Final = 3
"""Over our own corpus."""
PUBLIC_RATE: Final = 3.5e-4
CARE_RATE: Final = 2e-4
BACKGROUND: Final = 800
"""Posts of our corpus that topic heads are taught against."""

_FILES: Final = (
    *(GRAPH, "tokenizer.json", "tokenizer_config.json", "config.json", "labels.json"),
    *("calibration.json", "background.npz"),
)
_NO_CALIBRATION: Final = calibrate.as_json(
    {calibrate.OTHER: (1.0, (0.0, 0.0, 0.0))}, {calibrate.OTHER: (1.0, 0.0)}, {}, "not yet"
)
TOPIC_OF_KIND: Final = {kind: "service" if kind == "service_complaint" else kind for kind in corpus.KINDS}


def begin(folder: Path, tokenizer: Path, shape: Shape) -> None:
    """Write everything but the graph and what is measured with it."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(tokenizer, folder / "tokenizer.json")
    _write(folder / "tokenizer_config.json", _tokenizer_config())
    _write(folder / "config.json", _config(shape))
    _write(folder / "labels.json", _labels())


def finish(folder: Path, posts: Sequence[corpus.CarePost], data: Path) -> dict[str, Any]:
    """Calibrate on the dev part, measure on the test part, and seal the folder; gives the figures."""
    _write(folder / "calibration.json", _NO_CALIBRATION)
    write_background(np.zeros((1, 1), np.float32), folder / "background.npz")
    _seal(folder)
    parts = {part: [post for post in posts if post.part == part] for part in ("train", "dev", "test")}
    raw = Classifier(folder)
    _write(folder / "calibration.json", _calibration(raw, parts["dev"]))
    ordinary = sorted(parts["train"], key=lambda post: corpus.share_of(post.text))[:BACKGROUND]
    vectors = [
        features(one.embedding, one.answers) for one in raw.understand([post.text for post in ordinary])
    ]
    write_background(np.array(vectors), folder / "background.npz")
    _seal(folder)
    figures: dict[str, Any] = {
        "care": care_figures(Classifier(folder), parts["test"]),
        "public": _public_figures(raw, data),
    }
    figures["megabytes"] = round(sum((folder / name).stat().st_size for name in _FILES) / 1e6, 1)
    _write(folder.parent / "figures.json", figures)
    (folder / "card.md").write_text(as_card(figures, Classifier(folder).model_id), encoding="utf-8")
    return figures


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _seal(folder: Path) -> None:
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in _FILES}
    _write(folder / "checksums.json", sums)


def _tokenizer_config() -> dict[str, Any]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": learn.LONGEST,
        "bos_token": "<s>",
        "eos_token": "</s>",
        "unk_token": "<unk>",
        "pad_token": "<pad>",
        "model_input_names": ["input_ids", "attention_mask"],
    }


def _config(shape: Shape) -> dict[str, Any]:
    names = dict(enumerate(learn.SENTIMENTS))
    return {
        "model_type": "bert",
        "vocab_size": shape.vocabulary,
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.feed_forward,
        "hidden_act": "gelu",
        "max_position_embeddings": shape.positions,
        "type_vocab_size": 1,
        "layer_norm_eps": shape.epsilon,
        "pad_token_id": 1,
        "id2label": {str(at): name for at, name in names.items()},
        "label2id": {name: at for at, name in names.items()},
    }


def _labels() -> dict[str, Any]:
    return {
        "kind": "care-onnx-1",
        "name": NAME,
        "sentiment": list(learn.SENTIMENTS),
        "kinds": list(corpus.KINDS),
        "hot": list(learn.HOTS),
        "max_tokens": learn.LONGEST,
        "unknown_id": 3,
    }


def _calibration(raw: Classifier, posts: Sequence[corpus.CarePost]) -> dict[str, Any]:
    understood = raw.understand([post.text for post in posts])
    languages = [post.language for post in posts]
    sentiments = [learn.SENTIMENTS.index(post.labels.sentiment) for post in posts]
    kinds = calibrate.softmax(_logits(understood, "kind"))
    hots = calibrate.softmax(_logits(understood, "hot"))
    topics = {
        **calibrate.best_thresholds(
            kinds, [corpus.KINDS.index(post.labels.kind) for post in posts], [*TOPIC_OF_KIND.values()]
        ),
        **calibrate.best_thresholds(hots, [learn.HOTS.index(post.labels.hot) for post in posts], learn.HOTS),
    }
    return calibrate.as_json(
        calibrate.by_language(_logits(understood, "sentiment"), sentiments, languages),
        calibrate.attention_by_language(
            _logits(understood, "attention")[:, 0], [post.labels.attention for post in posts], languages
        ),
        topics,
        f"Log loss and best F0.5 on {len(posts)} posts of our own corpus that neither trained nor test the model "
        "(its dev part), read by the 8-bit network as the product reads them.",
    )


def _logits(understood: Sequence[Understanding], name: str) -> NDArray[np.float64]:
    return np.array([one.answers[name] for one in understood], np.float64)


def care_figures(classifier: Classifier, posts: Sequence[corpus.CarePost]) -> dict[str, Any]:
    """Measure on posts of our own corpus: each language, and what makes a post hard."""
    verdicts = classifier.judge([post.text for post in posts])
    judged = [
        scoring.Judged(Sentiment(post.labels.sentiment), verdict, post.labels.attention)
        for post, verdict in zip(posts, verdicts, strict=True)
    ]
    kinds = [
        corpus.KINDS[int(one.answers["kind"].argmax())]
        for one in classifier.understand([post.text for post in posts])
    ]
    found = {
        language: _figures(
            [one for one, post in zip(judged, posts, strict=True) if post.language == language]
        )
        for language in calibrate.LANGUAGES
    }
    found["all"] = _figures(judged)
    found["all"]["kind_macro_f1"] = round(_kind_f1(kinds, [post.labels.kind for post in posts]), 3)
    found["hard"] = {
        hard: {"rows": len(group), "accuracy": round(sum(one.is_right for one in group) / len(group), 3)}
        for hard in corpus.HARD
        if (group := [one for one, post in zip(judged, posts, strict=True) if post.labels.hard == hard])
    }
    return found


def _figures(judged: Sequence[scoring.Judged]) -> dict[str, Any]:
    figures = scoring.evaluate(judged)
    attention = figures.attention
    at_recall = attention.at_recall if attention else None
    return {
        "rows": len(judged),
        "accuracy": round(figures.sentiment.accuracy.value, 3),
        "macro_f1": round(figures.sentiment.macro_f1.value, 3),
        "interval": [round(figures.sentiment.macro_f1.low, 3), round(figures.sentiment.macro_f1.high, 3)],
        "calibration_error": round(figures.calibration.error, 3),
        "abstained": round(figures.abstained.value, 3),
        "attention_auc": round(attention.auc, 3) if attention and attention.auc else None,
        "attention_precision_at_recall_95": round(at_recall.precision.value, 3) if at_recall else None,
        "attention_calibration_error": round(attention.calibration.error, 3) if attention else None,
    }


def _kind_f1(guesses: Sequence[str], truths: Sequence[str]) -> float:
    """Mean F1 over the kinds that occur."""
    present = sorted(set(truths))
    scores = []
    for kind in present:
        hits = sum(guess == truth == kind for guess, truth in zip(guesses, truths, strict=True))
        scores.append(2 * hits / max(guesses.count(kind) + truths.count(kind), 1))
    return sum(scores) / len(scores)


def _public_figures(raw: Classifier, data: Path) -> dict[str, Any]:
    return {
        name: _public(raw, [post for post in corpus.read_public(data, name, "dev") if post.sentiment])
        for name in ("finnsentiment", "xed-fi", "xed-sv")
    }


def _public(raw: Classifier, posts: Sequence[corpus.PublicPost]) -> dict[str, Any]:
    """Without a prior (balanced), and with the set's own."""
    logits = _logits(raw.understand([post.text for post in posts]), "sentiment")
    truths = [learn.SENTIMENTS.index(str(post.sentiment)) for post in posts]
    shares = np.bincount(truths, minlength=3) / len(truths)
    found: dict[str, Any] = {"rows": len(posts)}
    for name, moved in (("balanced", logits), ("prior", logits + np.log(shares + 1e-9))):
        pairs = [
            (learn.SENTIMENTS[truth], learn.SENTIMENTS[int(guess)])
            for truth, guess in zip(truths, moved.argmax(axis=1), strict=True)
        ]
        figures = scoring.sentiment_figures(pairs)
        found[name] = {
            "accuracy": round(figures.accuracy.value, 3),
            "macro_f1": round(figures.macro_f1.value, 3),
            "macro_recall": round(figures.macro_recall, 3),
        }
    return found
