"""How many times as quick the classifier is as `transformers.pipeline` over torch, on the same weights.

    python -m bench.pipeline [--posts 128]

The bundled graph is read back into torch (classifier/training/export.py), both branches, and given to a
text-classification pipeline; each post alone, as the classifier reads them, and in batches of 32. torch and onnx
are no part of the project (docs/adr/0004); whoever has the extra `train` can measure.
"""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import Any

from bench.classifier import many_posts
from classifier.model import BUNDLED, Classifier


def main() -> None:
    """Print the ratio, or that there is nothing to compare with."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--posts", type=int, default=128)
    chosen = asked.parse_args()
    try:
        torch = import_module("torch")
        import_module("onnx")
    except ImportError as error:
        print(f"skipped: {error.name} is not installed")
        return
    ratio = torch_pipeline_ratio(torch, Classifier(), many_posts(chosen.posts))
    print("not measured" if ratio is None else f"{ratio:.1f} times as quick")


def torch_pipeline_ratio(torch: Any, classifier: Classifier, posts: Sequence[str]) -> float | None:
    """Give our posts a second over those of the quicker of the two pipelines; None without onnx."""
    try:
        pipeline = _pipeline(torch)
    except ImportError:
        return None
    torch.set_num_threads(min(2, os.cpu_count() or 1))
    classifier.judge(posts[:8])
    ours = min(_seconds(lambda: classifier.judge(posts)) for _ in range(3))
    theirs = min(
        _seconds(partial(_drained, pipeline, list(posts), size)) for size in (1, 32) for _ in range(2)
    )
    return theirs / ours


def _drained(pipeline: Any, posts: list[str], size: int) -> list[Any]:
    return list(pipeline(posts, batch_size=size))


def _pipeline(torch: Any) -> Any:
    transformers: Any = import_module("transformers")
    outputs = import_module("transformers.modeling_outputs")
    network = import_module("classifier.training.export").read_onnx(BUNDLED / "model.int8.onnx")

    base: Any = transformers.PreTrainedModel

    class Same(base):
        """The bundled network in the clothes of a transformers model."""

        config_class = transformers.BertConfig

        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.network = network
            self.all_tied_weights_keys: dict[str, str] = {}

        def forward(self, input_ids: Any, attention_mask: Any, **_: Any) -> Any:
            lower = self.network.lower(input_ids, attention_mask)
            self.network.embed(*lower, attention_mask)
            logits = self.network.read(*lower, attention_mask)["sentiment"]
            return outputs.SequenceClassifierOutput(logits=logits)

    model = Same(transformers.AutoConfig.from_pretrained(BUNDLED))
    tokenizer = transformers.AutoTokenizer.from_pretrained(BUNDLED)
    # it lists a hundred classes that it knows by name; ours is none of them, and need not be
    transformers.logging.set_verbosity(transformers.logging.CRITICAL)
    with torch.no_grad():
        return transformers.pipeline(
            "text-classification", model=model.eval(), tokenizer=tokenizer, device="cpu"
        )


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
