import json
from pathlib import Path
from typing import Any

import pytest

from classifier.training.vocabulary import trimmed, used_pieces

PIECES = [
    "<s>",
    "<pad>",
    "</s>",
    "<unk>",
    "▁",
    "▁pa",
    "ketti",
    "k",
    "a",
    "中",
    "😡",
    "▁harvinainen",
    "<mask>",
]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "tokenizer.json"
    model = {
        "type": "Unigram",
        "unk_id": 3,
        "vocab": [[piece, -float(at)] for at, piece in enumerate(PIECES)],
    }
    tokenizer: dict[str, Any] = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": PIECES.index(piece),
                "content": piece,
                "special": True,
                **dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False),
            }
            for piece in ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
        ],
        "normalizer": None,
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "post_processor": None,
        "decoder": None,
        "model": model,
    }
    path.write_text(json.dumps(tokenizer), encoding="utf-8")
    return path


def pieces_of(tokenizer: dict[str, Any]) -> list[str]:
    return [piece for piece, _score in tokenizer["model"]["vocab"]]


def test_wanted_pieces_single_signs_and_emoji_stay_and_the_rest_goes(source: Path) -> None:
    tokenizer, rows = trimmed(source, ["▁pa", "ketti"])
    assert pieces_of(tokenizer) == ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁pa", "ketti", "k", "a", "😡"]
    assert [PIECES[row] for row in rows] == pieces_of(tokenizer)


def test_mask_goes_and_the_unknown_piece_keeps_its_number(source: Path) -> None:
    tokenizer, _ = trimmed(source, [])
    assert tokenizer["model"]["unk_id"] == 3
    assert [entry["content"] for entry in tokenizer["added_tokens"]] == ["<s>", "<pad>", "</s>", "<unk>"]


def test_tokenizer_of_another_order_is_refused(source: Path) -> None:
    tokenizer = json.loads(source.read_text(encoding="utf-8"))
    tokenizer["model"]["vocab"].reverse()
    source.write_text(json.dumps(tokenizer), encoding="utf-8")
    with pytest.raises(ValueError, match="does not begin with <s>, <pad>"):
        trimmed(source, [])


def test_pieces_of_texts_are_counted_also_over_several_batches(source: Path) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = tokenizers.Tokenizer.from_file(str(source))
    counted = used_pieces(tokenizer, ["paketti", "paketti", "ka"], at_once=2)
    assert (counted["▁pa"], counted["ketti"], counted["k"]) == (2, 2, 1)
