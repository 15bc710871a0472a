"""What the model is trained and tested on: our own care posts and the public sets whose licences allow it.

A care batch is one file of classifier/training/care (see its README): a post a line, labels first. Its second
reading lies beside it. Where the two readers agree the label stands; where they do not, `settled.tsv` says what
a third reading decided, or that the post is dropped.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

CARE: Final = Path(__file__).parent / "care"
SETTLED: Final = "settled.tsv"
DROPPED: Final = "drop"

SENTIMENTS: Final = {"n": "negative", "o": "neutral", "p": "positive"}
HOT: Final = {"d": "dream", "p": "problem", "n": "need", "-": "none"}
KINDS: Final = (
    *("safety", "outage", "billing", "delivery", "product_fault", "service_complaint", "question", "idea"),
    *("praise", "churn", "threat", "employee", "misstep", "spam", "chatter", "other"),
)
HARD: Final = (
    *("none", "irony", "negation", "idiom", "implicit", "dialect", "typos", "mixed", "code_switching"),
    "emoji_only",
)
EMOTIONS: Final = ("anger", "anticipation", "disgust", "fear", "joy", "sadness", "surprise", "trust")
"""Plutchik's eight, in XED's order of the alphabet."""

Part = Literal["train", "dev", "test"]

_DEV: Final = (
    *("k1-09", "k2-09", "k3-09", "k4-09", "k5-09", "s1-09", "e1-09"),
    *("k6-05", "k7-05", "s2-05", "s3-05", "e2-05", "e3-05"),
)
"""Ends of the names of batches that choose and calibrate: the last of each writer that is not for testing."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What one reader says of a post."""

    sentiment: str
    attention: bool
    kind: str
    hot: str
    urgency: int
    hard: str


@dataclass(frozen=True, slots=True)
class CarePost:
    """One post of our own corpus."""

    text: str
    language: str
    batch: str
    """`fi-k1-07`: language, writer, number."""
    line: int
    """Counted from 1."""
    pair: str | None
    labels: Labels
    doubted: frozenset[str] = frozenset()
    """Columns on which the two readers did not agree."""

    @property
    def part(self) -> Part:
        """Batches whose number ends in 0 were set apart before any training."""
        if self.batch.endswith("0"):
            return "test"
        return "dev" if self.batch.endswith(_DEV) else "train"


class CorpusMistake(Exception):
    """A line of the corpus does not say what it must; the message names file and line."""


def read_care(folder: Path = CARE) -> list[CarePost]:
    """Read every batch, settled, in the order of names and lines. Raises CorpusMistake."""
    settled = _settlements(folder / SETTLED)
    posts = []
    for file in sorted(folder.glob("*-??.tsv")):
        second = file.with_suffix(".second.tsv")
        seconds = list(_second(second)) if second.exists() else []
        first = list(_batch(file))
        if seconds and len(seconds) != len(first):
            raise CorpusMistake(f"{second.name} has {len(seconds)} lines and {file.name} {len(first)}")
        for at, post in enumerate(first):
            kept = _settle(post, seconds[at] if seconds else None, settled.get((post.batch, post.line)))
            if kept is not None:
                posts.append(kept)
    return posts


def read_twice(folder: Path = CARE) -> Iterator[tuple[Labels, Labels]]:
    """Give the first and the second reading of every post that has both, before anything was settled."""
    for file in sorted(folder.glob("*-??.tsv")):
        second = file.with_suffix(".second.tsv")
        if second.exists():
            yield from zip((post.labels for post in _batch(file)), _second(second), strict=True)


def _settle(post: CarePost, second: Labels | None, settled: Labels | str | None) -> CarePost | None:
    """Let the third reading decide where there is one; urgency is the higher of two neighbours."""
    if settled == DROPPED:
        return None
    doubted = frozenset(_differing(post.labels, second)) if second else frozenset()
    if isinstance(settled, Labels):
        return replace(post, labels=settled, doubted=doubted)
    if second and "urgency" in doubted:
        post = replace(post, labels=replace(post.labels, urgency=max(post.labels.urgency, second.urgency)))
    return replace(post, doubted=doubted)


def _differing(first: Labels, second: Labels) -> Iterator[str]:
    for column in Labels.__slots__:
        if getattr(first, column) != getattr(second, column):
            yield column


def _batch(file: Path) -> Iterator[CarePost]:
    language = file.name[:2]
    for number, cells in _lines(file, 8):
        yield CarePost(
            text=cells[7],
            language=language,
            batch=file.stem,
            line=number,
            pair=None if cells[6] == "-" else cells[6],
            labels=_labels(cells, f"{file.name}:{number}"),
        )


def _second(file: Path) -> Iterator[Labels]:
    return (_labels(cells, f"{file.name}:{number}") for number, cells in _lines(file, 6))


def _settlements(file: Path) -> dict[tuple[str, int], Labels | str]:
    """`batch line drop`, or `batch line` and the six labels of a third reading."""
    found: dict[tuple[str, int], Labels | str] = {}
    if file.exists():
        for number, cells in _lines(file, None):
            whole = cells[2:] != [DROPPED]
            found[cells[0], int(cells[1])] = _labels(cells[2:], f"{file.name}:{number}") if whole else DROPPED
    return found


def _lines(file: Path, columns: int | None) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(file.read_text(encoding="utf-8").removesuffix("\n").split("\n"), 1):
        cells = line.split("\t")
        if columns is not None and len(cells) != columns:
            raise CorpusMistake(f"{file.name}:{number}: {len(cells)} columns; there must be {columns}")
        yield number, cells


def _labels(cells: list[str], place: str) -> Labels:
    sentiment, attention, kind, hot, urgency, hard = cells[:6]
    allowed = (
        (sentiment, SENTIMENTS, "sentiment"),
        (attention, ("0", "1"), "attention"),
        (kind, KINDS, "kind"),
        (hot, HOT, "hot"),
        (urgency, ("0", "1", "2", "3"), "urgency"),
        (hard, HARD, "hard"),
    )
    for value, values, column in allowed:
        if value not in values:
            raise CorpusMistake(f"{place}: {column} is {value!r}; write one of {' '.join(values)}")
    return Labels(SENTIMENTS[sentiment], attention == "1", kind, HOT[hot], int(urgency), hard)


@dataclass(frozen=True, slots=True)
class PublicPost:
    """One post of a public set."""

    text: str
    language: str
    source: str
    sentiment: str | None
    emotions: frozenset[str] | None
    """None where the set says nothing of them."""


GO_EMOTIONS: Final = {
    "anger": "anger annoyance disapproval",
    "anticipation": "desire curiosity optimism",
    "disgust": "disgust embarrassment",
    "fear": "fear nervousness",
    "joy": "joy amusement excitement love relief pride",
    "sadness": "sadness grief remorse disappointment",
    "surprise": "surprise realization confusion",
    "trust": "approval admiration caring gratitude",
}
"""GoEmotions' 27 under the eight that XED knows: our own grouping."""
_GROUP_OF: Final = {word: group for group, words in GO_EMOTIONS.items() for word in words.split()}


def read_public(folder: Path, name: str, part: Literal["train", "dev"]) -> list[PublicPost]:
    """Read one part of a public set, in its own order."""
    posts = []
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if row["split"] == part:
                posts.append(PublicPost(row["text"], row["lang"], name, row.get("sentiment"), _emotions(row)))
    return posts


def _emotions(row: dict[str, object]) -> frozenset[str] | None:
    named = row.get("emotions")
    if not isinstance(named, list):
        return None
    return frozenset(group for word in named if (group := _GROUP_OF.get(word, word)) in EMOTIONS)


def share_of(text: str) -> float:
    """Give a text's own number 0..1: the same text always falls into the same share, on every machine."""
    return int.from_bytes(hashlib.sha1(text.encode(), usedforsecurity=False).digest()[:8]) / 2**64


def agreement(pairs: Iterable[tuple[str, str]]) -> tuple[float, float]:
    """Give observed agreement and Cohen's kappa (Cohen 1960) of two readers' labels."""
    both = list(pairs)
    observed = sum(one == other for one, other in both) / len(both)
    ones, others = ([pair[at] for pair in both] for at in (0, 1))
    chance = sum(ones.count(label) * others.count(label) for label in set(ones)) / len(both) ** 2
    return observed, (observed - chance) / (1 - chance) if chance < 1 else 1.0
