"""`vaste classify`: verdicts for texts, with or without a configuration."""

import json
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import typer

from casebook.mention import Verdict
from classifier.why import Reason, reason_of
from notifier.hostile import clean_line, cut
from vaste.because import listed, weighed
from vaste.commands.given import lesson_of, load
from vaste.wiring import open_classifier, open_unconfigured

_AT_ONCE = 64
_SHOWN = 120


def run(texts: list[str], *, path: Path, needed: bool, as_json: bool, why: bool = False) -> None:
    """Write one verdict a line, in the order of the texts (without any: of the lines of standard input).

    The configuration gives topics and thresholds; unless it is `needed`, it may be missing, and the topics are
    all those that come with the model. With `why` the words that carried each verdict are written too.
    """
    config = load(path) if needed or path.exists() else None
    classifier = open_classifier(config) if config else open_unconfigured()
    with lesson_of(config) as as_taught:
        judge = partial(as_taught, classifier)
        for batch in batches_of(texts):
            for text, verdict in zip(batch, judge(batch), strict=True):
                reason = reason_of(text, verdict, judge) if why else None
                write = as_json_line if as_json else as_line
                sys.stdout.write(write(verdict, text, reason) + "\n")
            sys.stdout.flush()


def batches_of(texts: list[str]) -> Iterator[list[str]]:
    """Give the texts in batches (without any: the lines of standard input, as they come)."""
    if not texts and sys.stdin.isatty():
        typer.echo("One text a line; Ctrl-D ends.", err=True)
    return _batches(texts or _lines())


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


def as_json_line(verdict: Verdict, text: str, reason: Reason | None = None) -> str:
    """Give a verdict as one line of JSON, with the words that carried it where a reason is given."""
    del text
    whole = as_object(verdict) | ({} if reason is None else {"why": listed(reason)})
    return json.dumps(whole, ensure_ascii=False)


def as_line(verdict: Verdict, text: str, reason: Reason | None = None) -> str:
    """Give a verdict, the words that carried it and the begin of its text as one readable line."""
    feeling = "abstains" if verdict.abstained else verdict.sentiment.value
    certainty = f"{verdict.probability(verdict.sentiment):.2f}"
    topics = ", ".join(f"{name} {verdict.topics[name]:.2f}" for name in verdict.topics_held)
    parts = (f"{feeling:<8} {certainty}", f"attention {verdict.attention:.2f}", f"{verdict.language:<5}")
    why = "" if reason is None or verdict.abstained else weighed(reason)
    shown = cut(clean_line(text), _SHOWN)
    return "  ".join(part for part in (*parts, topics, why, shown) if part).rstrip()
