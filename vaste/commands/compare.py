"""`vaste classify --compare`: the verdict before the team's corrections and after them, side by side."""

import json
import sys
from pathlib import Path

from casebook.mention import Verdict
from vaste.commands.classify import as_line, as_object, batches_of
from vaste.commands.given import lesson_of, load
from vaste.wiring import open_classifier, open_unconfigured


def run(texts: list[str], *, path: Path, needed: bool, as_json: bool) -> None:
    """Write one line a text: what the classifier says by itself, and what it says as it was taught."""
    config = load(path) if needed or path.exists() else None
    classifier = open_classifier(config) if config else open_unconfigured()
    with lesson_of(config) as as_taught:
        for batch in batches_of(texts):
            pairs = zip(classifier.judge(batch), as_taught(classifier, batch), strict=True)
            for text, pair in zip(batch, pairs, strict=True):
                sys.stdout.write((as_pair(*pair) if as_json else side_by_side(*pair, text)) + "\n")
            sys.stdout.flush()


def as_pair(before: Verdict, after: Verdict) -> str:
    """Give both verdicts as one JSON object, each as `vaste classify --json` writes it."""
    return json.dumps({"before": as_object(before), "after": as_object(after)}, ensure_ascii=False)


def side_by_side(before: Verdict, after: Verdict, text: str) -> str:
    """Give both verdicts and the begin of the text as one readable line; `=` where nothing differs."""
    sign = "=" if before == after else "→"
    return f"{as_line(before, '')}  {sign}  {as_line(after, text)}"
