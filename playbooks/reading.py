"""A post and its verdict, as conditions read them: each thing once, and only when it is asked for. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from unicodedata import normalize

from casebook.calendar import Calendar, is_open
from casebook.mention import Verdict
from casebook.needle import lower, may_occur
from casebook.once import read_once
from casebook.pattern import search
from casebook.words import LONGEST_TEXT, base_forms, words_of
from playbooks.question import asks

KINDS: Final = ("post", "reply", "quote", "review")
QUESTION: Final = "question"
"""The topic that says that a post asks something."""


@dataclass(frozen=True, slots=True)
class Post:
    """What a decision looks at besides the verdict. What the network does not say is None, or empty."""

    text: str
    sources: tuple[str, ...] = ()
    """Names and kinds of every source that showed it."""
    followers: int | None = None
    """None where the network does not say."""
    case_ages: tuple[timedelta, ...] = ()
    """How long before this post each earlier case of its author began."""
    bystander: bool = False
    """A third person's post in a customer's conversation."""
    kinds: tuple[str, ...] = ("post",)
    """What it is, of KINDS: an answer that quotes is both."""
    rating: float | None = None
    reach: int | None = None
    growth: float | None = None
    """What its reach gained within an hour."""
    ours: bool = False
    """By one of our people."""
    addressed: tuple[str, ...] = ()
    """Keys of our people whom it names, answers or quotes."""
    posted_at: datetime | None = None
    """In the zone of the configuration: its hour and its weekday are read off it."""
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    crisis: bool = False
    """A crisis is running."""
    blind: bool = False
    """No source that showed it watched all the time between its being posted and its being seen."""


class Reading:
    """One post and its verdict, read as far as the conditions ask, each thing once."""

    def __init__(self, post: Post, verdict: Verdict, *, quotes: bool = False) -> None:
        self.quotes = quotes
        """What is found may quote the post: for people who are shown the post as well, never for the record."""
        self.post = post
        self.verdict = verdict
        self.abstained = verdict.abstained
        self.probability: Mapping[str, float] = {
            "negative": verdict.negative,
            "neutral": verdict.neutral,
            "positive": verdict.positive,
        }
        self._searched: dict[str, str | bool] = {}

    @read_once
    def feeling(self) -> str:
        """The most probable class."""
        return self.verdict.sentiment.value

    @read_once
    def topics_held(self) -> frozenset[str]:
        """Topics over their own thresholds."""
        return frozenset(self.verdict.topics_held)

    @read_once
    def words(self) -> list[str]:
        """The words of the post in order."""
        return words_of(self.post.text)

    @read_once
    def forms(self) -> frozenset[str]:
        """Base forms of all its words."""
        return frozenset[str]().union(*map(base_forms, self.words))

    @read_once
    def written(self) -> frozenset[str]:
        """All its words as they are written."""
        return frozenset(self.words)

    @read_once
    def text(self) -> str:
        """The text that patterns are searched in."""
        return normalize("NFC", self.post.text[:LONGEST_TEXT])

    @read_once
    def lowered(self) -> str | None:
        """The same in lower case, for a quick look."""
        return lower(self.text)

    @read_once
    def asks(self) -> bool:
        """The text has the form of a question."""
        return asks(self.text)

    @read_once
    def author(self) -> str:
        """Who wrote it, to us: `ours`, `known` or `new`."""
        if self.post.ours:
            return "ours"
        return "known" if self.post.case_ages else "new"

    @read_once
    def minute(self) -> int | None:
        """Whole minutes of its date on the wall clock."""
        at = self.post.posted_at
        return None if at is None else at.hour * 60 + at.minute

    @read_once
    def open_calendars(self) -> frozenset[str]:
        """Names of the calendars that were open when it was posted."""
        at = self.post.posted_at
        if at is None:
            return frozenset()
        return frozenset(name for name, one in self.post.calendars.items() if is_open(one, at))

    def searched(self, pattern: str) -> str | bool:
        """Say whether a pattern occurs, or by which key that is not known; searches once."""
        outcome = self._searched.get(pattern)
        if outcome is None:
            outcome = may_occur(pattern, self.lowered) and _outcome(pattern, self.text)
            self._searched[pattern] = outcome
        return outcome


def _outcome(pattern: str, text: str) -> str | bool:
    try:
        occurs = search(pattern, text)
    except ValueError:
        # the configuration refuses such patterns; a case must not hang on one that came another way
        return "unusable"
    return "too_slow" if occurs is None else occurs
