"""What the store takes and gives: frozen values, never rows. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from casebook.case import Case, CustomerPost, Event, FoundAnswer
from casebook.correction import Said, TakenBack
from casebook.mention import Json

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is known of a source between two looks."""

    name: str
    first_started_at: datetime
    cursor: Json
    retry_at: datetime | None
    failures: int
    fence: int


@dataclass(frozen=True, slots=True)
class Filed:
    """What one filing brought."""

    mentions: int = 0
    replies: int = 0
    context: int = 0
    known: int = 0
    versions: int = 0


@dataclass(frozen=True, slots=True)
class Spent:
    """What one kind of read of one lane has cost."""

    lane: str
    what: str
    reads: int
    micros: int
    """Millionths of a dollar."""


@dataclass(frozen=True, slots=True)
class Spending:
    """What the reads of one source have cost."""

    month: tuple[Spent, ...] = ()
    """In this month so far."""
    week: tuple[Spent, ...] = ()
    """In the last 168 hours, those of the month before included."""
    day: tuple[Spent, ...] = ()
    """In the last 24 hours."""
    since: datetime = _LONG_AGO
    """The source's first start."""


@dataclass(frozen=True, slots=True)
class ToJudge:
    """A mention that waits for its verdict, claimed by us."""

    post: int
    fence: int
    network: str
    post_id: str
    text: str
    posted_at: datetime
    seen_at: datetime
    language_hint: str | None
    followers: int | None
    sources: tuple[str, ...]
    backfilled: bool
    attempts: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mention that waits for its verdict and is nobody's yet: as much of it as its turn hangs on."""

    post: int
    thread: tuple[str, str, int]
    """Network, conversation and author: one customer's posts in one conversation."""
    posted_at: datetime
    seen_at: datetime
    followers: int | None
    backfilled: bool
    addressed: bool
    """It answers or quotes a post of ours, or names an account of ours."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around a mention when it is decided upon."""

    mention: ToJudge
    bystander: bool
    """Somebody else's conversation."""
    posts: tuple[CustomerPost, ...]
    """The same customer's other judged posts in the conversation; `deserving` is False for all of them."""
    answers: tuple[FoundAnswer, ...]
    """Public replies of ours, by a person, to any post of this customer in the conversation."""
    case: Case | None
    """The latest case of this customer in this conversation."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A message to be sent because of an event."""

    kind: str
    """`card` (one for each addressee, kept up to date) or `page` (a new message each time)."""
    addressee: str
    """`team:NAME`, `person:KEY` or `channel:#name`."""
    about: int = 0
    """Index of the event, in the same change, that it tells of; part of its key."""
    content: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """New events of a case, the messages they owe, and what they say of the case's mention."""

    events: tuple[Event, ...] = ()
    owed: tuple[Owed, ...] = ()
    said: tuple[Said, ...] = ()
    taken_back: tuple[TakenBack, ...] = ()

    def then(self, further: "Change") -> "Change":
        """Give this change followed by another."""
        moved = tuple(
            Owed(owed.kind, owed.addressee, owed.about + len(self.events), owed.content)
            for owed in further.owed
        )
        return Change(
            (*self.events, *further.events),
            (*self.owed, *moved),
            (*self.said, *further.said),
            (*self.taken_back, *further.taken_back),
        )


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided of a mention."""

    playbook: str | None
    reason: str
    opens: Change | None = None
    """A new case; its first event is OPENED."""
    joins: Change | None = None
    """A change of `Surroundings.case`."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours to send until the lease ends."""

    id: int
    fence: int
    key: str
    case: int | None
    kind: str
    addressee: str
    content: Mapping[str, Any]
    channel: int
    attempts: int
    first_tried_at: datetime | None
    attempted_at: datetime | None
    """Begin of an earlier try whose outcome is not known."""
    place: str | None
    ref: str | None
    thread: tuple[str, str] | None
    """(place, ref) of the case's card on the same channel."""


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case with the words and names around it, for cards and pages."""

    case: Case
    revision: int
    reason: str
    text: str
    author: str
    author_name: str | None
    followers: int | None
    source: str
    url: str | None
    language: str | None
    latest_text: str | None


@dataclass(frozen=True, slots=True)
class Problem:
    """What an operator should know."""

    key: str
    message: str
    first_at: datetime
    last_at: datetime
    times: int
    over_at: datetime | None
