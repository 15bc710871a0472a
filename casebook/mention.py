"""Posts as they travel between the rooms: what customers wrote and what the company answered.

Everything here is a frozen value. Instants are aware UTC; texts are hostile until a wording escapes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

Json = Mapping[str, object]


class Sentiment(StrEnum):
    """The three classes of the classifier, in the order of its output."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody outside the company, as the network shows them."""

    handle: str
    """Without the leading @; the log's `author`."""
    id: str | None = None
    """The account's id on the network; the handle may change, this does not."""
    name: str | None = None
    followers: int | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """One public post by somebody outside the company."""

    network: str
    """`x`, `mastodon`, …; with `id` the key. Two file sources are two networks (`file:NAME`)."""
    id: str
    author: Author
    text: str
    posted_at: datetime
    """The platform's own time of the post (of its first version, where it was edited)."""
    url: str | None = None
    conversation: str | None = None
    """The network's own conversation id; None where it gives none (then the root of the reply chain)."""
    in_reply_to: str | None = None
    """Id of the post this one replies to."""
    quotes: str | None = None
    """Id of the post this one quotes."""
    language: str | None = None
    """The network's own hint (`fi`, `sv`, `en`, …), not our judgement."""
    rating: float | None = None
    reach: int | None = None
    """How many it has reached so far, as `casebook.reach` counts; None where the network does not say."""
    edit_ids: tuple[str, ...] = ()
    """Every id of the edit history, oldest first, `id` included; empty when never edited."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One public post by one of the company's own accounts.

    Posts of ours that answer nobody are filed too: customers reply to them, and a conversation's root
    may be ours.
    """

    network: str
    id: str
    account: str
    """Handle of the company's account, without the leading @."""
    text: str
    posted_at: datetime
    url: str | None = None
    conversation: str | None = None
    in_reply_to: str | None = None
    quotes: str | None = None
    automated: bool = False
    """An automated post is no response."""
    personal: bool = False
    """By somebody of ours in their own name: kept only inside a case's conversation."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The language of a post: decided once, when it is filed, and kept."""

    language: str
    """`fi`, `sv`, `en` or `other`."""
    confidence: float
    """Probability 0..1; 0 where nothing tells (no letters, no hint)."""


@dataclass(frozen=True, slots=True)
class Note:
    """What we know of a mention before it is judged."""

    spoken: Spoken | None = None
    muted: str | None = None
    """Why it is context only and never judged: a sentence's end (`muted_words: arvonta`), no words of the post."""


class Blindness(StrEnum):
    """Why nobody could look: the reasons of the coverage ledger."""

    RATE_LIMIT = "rate_limit"
    """The vendor lets us ask again only later."""
    BUDGET = "budget"
    """What was set aside for this month is spent, or the vendor's own credits are."""
    AUTHORISATION = "authorisation"
    """A token, a scope or an account was refused: a person must mend it."""
    NETWORK = "network"
    """The vendor was not reached."""
    VENDOR = "vendor_fault"
    """The vendor was reached and did not answer as it should."""
    DOWNTIME = "downtime"
    """We were not running."""
    RECORD = "not_recorded"
    """We were running, and could not write down what we saw: the database was busy, full or out of reach."""


class Watch(StrEnum):
    """What a time was in which nothing kept us from looking."""

    WATCHED = "watched"
    NOT_DUE = "not_due"
    """The configuration asked for no look."""


Sight = Watch | Blindness
"""What every time of a lane is in the coverage ledger: watched, not due, or blind for a reason."""
ALL_LANES = "all"
"""The lane of a source that has no parts; of one that has, all of them."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a source, or one lane of it, could not be looked at.

    `message` is one sentence for an operator: what is wrong and what to do; it holds no secret.
    """

    lane: str
    """The part that failed (`mentions`, `search`, `timeline`, …); `all` for the whole source."""
    message: str
    retry_at: datetime | None = None
    """The vendor's own reset, when it named one; None leaves the backing off to the jobs."""
    permanent: bool = False
    """Nothing but a person can mend it (a refused token, credits used up); it is still retried, slowly."""
    reason: Blindness = Blindness.VENDOR


@dataclass(frozen=True, slots=True)
class Bill:
    """What a vendor bills for one answer: reads, as it counts them."""

    lane: str
    """The part of the source that asked (`mentions`, `search`, …)."""
    what: str
    """The kind of read: a name from the source's prices (`post`, `user`, `counts`, …)."""
    price: int
    """Of one read, in millionths of a dollar."""
    at: datetime
    ids: frozenset[str] = frozenset()
    """What was read, by an id of its own in the source: read again on the same UTC day it costs nothing."""
    count: int = 0
    """Reads without an id: each of them costs."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one look at a source brought, and the cursor that vouches for it."""

    mentions: tuple[Mention, ...] = ()
    replies: tuple[Reply, ...] = ()
    cursor: Json = field(default_factory=dict)
    """JSON object, given back at the next fetch; stored in one transaction with the posts it vouches for."""
    troubles: tuple[Trouble, ...] = ()
    """Lanes that failed while the others went on; their part of the cursor has not moved."""
    rejected: tuple[str, ...] = ()
    """What was read but could not be understood: one sentence each, where it stands and why; the cursor
    has moved past it."""
    clock_offset: timedelta | None = None
    """How much the network's clock is ahead of ours, where its answers tell the time."""
    more: bool = False
    """There is more to read at once; the caller files this batch and fetches again."""
    bills: tuple[Bill, ...] = ()
    """What the look cost, its failed parts included; empty where reading is free."""
    lanes: tuple[str, ...] = (ALL_LANES,)
    """Lanes that this look covered well; `troubles` name those that failed. A lane in both was read, and
    there is something to tell of it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the classifier says of one text."""

    negative: float
    neutral: float
    positive: float
    """Probabilities 0..1, together 1."""
    attention: float
    """Probability 0..1 that a person should look at it."""
    topics: Mapping[str, float]
    """Score 0..1 of every configured topic."""
    topics_held: tuple[str, ...]
    """Names of the topics over their own thresholds, best first."""
    language: str
    """`fi`, `sv`, `en` or `other`."""
    abstained: bool
    """The model does not know: sentiment and attention must not be relied on (topics may)."""
    model: str
    """Model id and revision."""
    cut: bool = False
    """The text was longer than the model reads."""
    meaning: bytes | None = field(default=None, repr=False, compare=False)
    """What it is about, a byte a number (`likeness.squeeze`); None where the model does not say."""

    @property
    def sentiment(self) -> Sentiment:
        """The most probable class; the earlier of the order negative, neutral, positive on a tie."""
        best = max(self.negative, self.neutral, self.positive)
        if self.negative == best:
            return Sentiment.NEGATIVE
        return Sentiment.NEUTRAL if self.neutral == best else Sentiment.POSITIVE

    def probability(self, sentiment: str) -> float:
        """Probability 0..1 of `negative`, `neutral` or `positive`."""
        return {"negative": self.negative, "neutral": self.neutral, "positive": self.positive}[sentiment]


def clean_text(text: str) -> str:
    """Take out what no database and no vendor stores: NULs go, lone surrogates become U+FFFD."""
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def as_utc(instant: datetime) -> datetime:
    """Give the same instant in UTC; a naive one is a mistake of the caller and raises ValueError."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant!r} has no time zone; instants are aware")
    return instant.astimezone(UTC)
