"""Models of a handful of words, written on the spot: enough to be loaded and to judge, and nothing to trust."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto, helper

MARKS = ("[UNK]", "[CLS]", "[SEP]")
WORDS = ("huono", "kahvi", "ihana")
"""One speaks for the first class, one for the middle one where there is any, one for the last."""
THREE = ("negative", "neutral", "positive")
LOUD = 24.0


def write_model(
    folder: Path,
    names: Sequence[str] = THREE,
    *,
    inputs: Sequence[str] = ("input_ids", "attention_mask"),
    file: str = "model.onnx",
    **config: Any,
) -> Path:
    """Write a whole folder: network, tokenizer and config.json, as transformers and its exporters do."""
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    onnx.save(_network(len(names), inputs), folder / file)
    described = {"model_type": "bert", "id2label": {str(at): name for at, name in enumerate(names)}}
    write_json(folder / "config.json", described | config)
    write_json(folder / "tokenizer.json", _tokenizer())
    write_json(
        folder / "tokenizer_config.json",
        {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "[UNK]", "model_max_length": 512},
    )
    return folder


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content), "utf-8")


def _network(classes: int, inputs: Sequence[str]) -> onnx.ModelProto:
    """The mean of what each token says of each class."""
    middle = classes // 2 if classes % 2 else None
    spoken_for = [*(None for _ in MARKS), 0, middle, classes - 1]
    table = [[LOUD * (at == place) for at in range(classes)] for place in spoken_for]
    flat = [value for row in table for value in row]
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "input_ids"], ["said"]),
            helper.make_node("ReduceMean", ["said"], ["logits"], axes=[1], keepdims=0),
        ],
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in inputs],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", classes])],
        [helper.make_tensor("table", TensorProto.FLOAT, [len(table), classes], flat)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def _tokenizer() -> dict[str, Any]:
    vocabulary = {word: place for place, word in enumerate((*MARKS, *WORDS))}
    begin, end = ({"SpecialToken": {"id": mark, "type_id": 0}} for mark in MARKS[1:])
    text = {"Sequence": {"id": "A", "type_id": 0}}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": place,
                "content": mark,
                "special": True,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
            }
            for place, mark in enumerate(MARKS)
        ],
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [begin, text, end],
            "pair": [begin, text, end],
            "special_tokens": {
                mark: {"id": mark, "ids": [vocabulary[mark]], "tokens": [mark]} for mark in MARKS[1:]
            },
        },
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
    }
