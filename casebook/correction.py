"""What people said of a mention when the classifier was wrong, and what was learnt from it. Pure values.

A correction is one statement: this mention's label is that, says she, since then. It holds no words of the
post, only the row it speaks of; whoever erases the row has taken the words away. Nothing is ever changed:
who takes a correction back adds that fact to it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from casebook.mention import Sentiment

SENTIMENT = "sentiment"
ATTENTION = "attention"
TOPIC = "topic:"
"""A topic's label is this and its name."""
YES, NO = "yes", "no"
CAUSES = ("dismiss", "wrong_label", "review", "command")
"""Where a correction may come from."""


@dataclass(frozen=True, slots=True)
class Said:
    """One statement about one mention, before it is filed."""

    post: int
    """Row of the mention."""
    label: str
    """`sentiment`, `attention` or `topic:NAME`."""
    value: str
    """`negative`, `neutral` or `positive` of sentiment, else `yes` or `no`."""
    by: str
    """A person's key, or `slack:U…` for an unknown Slack user."""
    at: datetime
    cause: str
    case: int | None = None
    """The case that was dismissed, where that said it."""

    def __post_init__(self) -> None:
        """Refuse what no table of meaning knows: rows are written once and read for years."""
        values = tuple(Sentiment) if self.label == SENTIMENT else (YES, NO)
        is_label = self.label in {SENTIMENT, ATTENTION} or (
            self.label.startswith(TOPIC) and len(self.label) > len(TOPIC)
        )
        if not is_label or self.value not in values or self.cause not in CAUSES or not self.by:
            raise ValueError(f"nobody can say {self.label!r} is {self.value!r} ({self.cause!r})")


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Somebody takes back what the dismissal of a case said."""

    case: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Correction:
    """A statement as it stands in the record, with the post it speaks of."""

    number: int
    """1, 2, 3, … in the order in which they were filed."""
    said: Said
    network: str
    post_id: str
    text: str = field(repr=False)
    """The post's words as they stand now; empty once they were erased."""
    language_hint: str | None
    shown: tuple[tuple[str, str], ...]
    """(name, kind) of each source that showed the post."""
    undone_by: str | None = None
    undone_at: datetime | None = None

    @property
    def stands(self) -> bool:
        """It was not taken back, and the words it speaks of are still there."""
        return self.undone_at is None and bool(self.text.strip())


@dataclass(frozen=True, slots=True)
class Answered:
    """A post whose case was answered rather than dismissed: somebody thought it worth the while."""

    post: int
    network: str
    text: str = field(repr=False)
    language_hint: str | None
    shown: tuple[tuple[str, str], ...]
    """(name, kind) of each source that showed the post."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """A lesson as the record keeps it: numbers and names, no words."""

    key: str
    """Hash of what it was learnt from."""
    ground: str
    """Hash of the topics and the model it holds for."""
    thresholds: Mapping[str, Any]
    heads: tuple[str, ...]
    """Topics whose heads were fitted anew; they are fitted again from the corrections, so that nothing of a
    post outlives its erasure."""
    corrections: Mapping[str, tuple[int, ...]]
    """Of each label: the numbers of the corrections it came from."""
    reasons: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class ToReview:
    """A mention of the review lane: the classifier abstained, and no playbook took it."""

    network: str
    post_id: str
    author: str
    text: str = field(repr=False)
    posted_at: datetime
    language: str
    url: str | None


def correct(
    post: int,
    *,
    by: str,
    at: datetime,
    cause: str,
    sentiment: str | None = None,
    attention: bool | None = None,
    topics: Mapping[str, bool] | None = None,
) -> tuple[Said, ...]:
    """Say what is right about a mention: one statement a label, in a fixed order; nothing said is nothing."""
    values: dict[str, str] = {}
    if sentiment is not None:
        values[SENTIMENT] = sentiment
    if attention is not None:
        values[ATTENTION] = YES if attention else NO
    values |= {TOPIC + name: YES if is_about else NO for name, is_about in (topics or {}).items()}
    return tuple(Said(post, label, value, by, at, cause) for label, value in values.items())


def says_already(earlier: Iterable[Correction], said: Said) -> Correction | None:
    """Find the correction that says the same already: a button pressed twice says it once.

    It must be the same person's, from the same cause, and nobody may have said otherwise since.
    """
    found: Correction | None = None
    for correction in earlier:
        known = correction.said
        if correction.undone_at is not None or (known.post, known.label) != (said.post, said.label):
            continue
        if known.value != said.value:
            found = None
        elif found is None and (known.by, known.cause, known.case) == (said.by, said.cause, said.case):
            found = correction
    return found
