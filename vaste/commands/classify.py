"""`vaste classify`: verdicts for texts, with or without a configuration."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import typer

from casebook.mention import Verdict
from classifier.defaults import DEFAULT_TOPICS
from classifier.model import Classifier
from classifier.topics import Topic
from notifier.wording import clean_line, cut
from vaste.commands.given import load
from vaste.wiring import open_classifier

_AT_ONCE = 64
_SHOWN = 120


def run(texts: list[str], *, path: Path, needed: bool, as_json: bool) -> None:
    """Write one verdict a line, in the order of the texts (without any: of the lines of standard input).

    The configuration gives topics and thresholds; unless it is `needed`, it may be missing, and the topics are
    all those that come with the model.
    """
    known = tuple(map(Topic, DEFAULT_TOPICS))
    classifier = open_classifier(load(path)) if needed or path.exists() else Classifier(topics=known)
    if not texts and sys.stdin.isatty():
        typer.echo("One text a line; Ctrl-D ends.", err=True)
    for batch in _batches(texts or _lines()):
        for text, verdict in zip(batch, classifier.judge(batch), strict=True):
            line = json.dumps(as_object(verdict), ensure_ascii=False) if as_json else as_line(verdict, text)
            sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _lines() -> Iterator[str]:
    # by bytes: other ends of lines than \n (a vertical tab, U+2028) belong to the text
    for raw in sys.stdin.buffer:
        yield raw.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    at_once = 1 if sys.stdin.isatty() else _AT_ONCE
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == at_once:
            yield batch
            batch = []
    if batch:
        yield batch


def as_object(verdict: Verdict) -> dict[str, Any]:
    """Give a verdict as the contract writes it."""
    return {
        "sentiment": verdict.sentiment.value,
        "probabilities": {
            "negative": round(verdict.negative, 4),
            "neutral": round(verdict.neutral, 4),
            "positive": round(verdict.positive, 4),
        },
        "attention": round(verdict.attention, 4),
        "topics": {name: round(score, 4) for name, score in verdict.topics.items()},
        "language": verdict.language,
        "abstained": verdict.abstained,
        "model": verdict.model,
    }


def as_line(verdict: Verdict, text: str) -> str:
    """Give a verdict and the begin of its text as one readable line."""
    feeling = "abstains" if verdict.abstained else verdict.sentiment.value
    certainty = f"{verdict.probability(verdict.sentiment):.2f}"
    topics = ", ".join(f"{name} {verdict.topics[name]:.2f}" for name in verdict.topics_held)
    parts = (f"{feeling:<8} {certainty}", f"attention {verdict.attention:.2f}", f"{verdict.language:<5}")
    shown = cut(clean_line(text), _SHOWN)
    return "  ".join(part for part in (*parts, topics, shown) if part).rstrip()
