"""How many times as quick the classifier is as `transformers.pipeline` over torch, on the same posts.

    python -m bench.pipeline [--posts 128]

torch is no part of the project (docs/adr/0004); whoever has it can measure.
"""

import argparse
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from bench.classifier import many_posts
from classifier.model import Classifier


def main() -> None:
    """Print the ratio, or that there is nothing to compare with."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--posts", type=int, default=128)
    chosen = asked.parse_args()
    try:
        torch = import_module("torch")
    except ImportError:
        print("skipped: torch is not installed")
        return
    ratio = torch_pipeline_ratio(torch, Classifier(), many_posts(chosen.posts))
    print("not measured yet" if ratio is None else f"{ratio:.1f} times as quick")


def torch_pipeline_ratio(torch: Any, classifier: Classifier, posts: Sequence[str]) -> float | None:
    """Give our posts a second over those of `transformers.pipeline`; None: not measured yet."""
    del torch, classifier, posts
    return None


if __name__ == "__main__":
    main()
