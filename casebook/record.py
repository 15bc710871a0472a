"""What the store takes and gives: frozen values, never rows. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

from casebook.case import Case, CustomerPost, FoundAnswer
from casebook.correction import Said, TakenBack
from casebook.event import Event, EventKind
from casebook.grounds import Ground
from casebook.history import AuthorHistory
from casebook.mention import Json, Sight, Spoken

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
    muted: int = 0
    """Context only because the configuration says so."""

    def plus(self, other: "Filed") -> "Filed":
        """Give what two filings brought together."""
        return Filed(
            mentions=self.mentions + other.mentions,
            replies=self.replies + other.replies,
            context=self.context + other.context,
            known=self.known + other.known,
            versions=self.versions + other.versions,
            muted=self.muted + other.muted,
        )


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
    spoken: Spoken | None = None
    """Its language, where it was decided at its filing."""
    author: str = ""
    """Handle, without the leading @."""
    rating: float | None = None
    in_reply_to: str | None = None
    quotes: str | None = None
    turned_to: tuple[str, ...] = ()
    """Handles of those whose posts it answers or quotes, as far as we hold them."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a decision looks at that is otherwise later on; kept with the decision as it was then."""

    reach: int | None = None
    growth: float | None = None
    """What its reach gained within an hour."""
    crisis: bool = False
    """A crisis was running."""
    blind: bool = False
    """No source that showed it watched all the time between its being posted and its being seen."""

    def as_facts(self) -> dict[str, Any]:
        """Give it as JSON."""
        return {slot: getattr(self, slot) for slot in self.__slots__}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any] | None) -> "Circumstances":
        """Read it back; decisions from before there was any have none."""
        known = facts or {}
        return cls(
            known.get("reach"), known.get("growth"), bool(known.get("crisis")), bool(known.get("blind"))
        )


@dataclass(frozen=True, slots=True)
class Held:
    """A post we hold whose network may be asked about it."""

    post: int
    name: str
    """Its id on the network."""
    posted_at: datetime
    asked_at: datetime
    """When we last asked or, before that, saw it."""
    is_open: bool
    """Its case has not ended."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """A question to a network about many posts at once; it answers later."""

    began_at: datetime
    again_at: datetime
    """No other is begun before."""
    begun: Json | None = None
    """What the source asks by; None: none is under way."""
    posts: tuple[tuple[int, str], ...] = ()
    """(number, id on the network) of each."""

    def ended(self, *, again_at: datetime | None = None) -> "Sweep":
        """Give it as done with."""
        return replace(self, begun=None, posts=(), again_at=again_at or self.again_at)

    def as_facts(self) -> dict[str, Any]:
        """Give it as JSON."""
        at = {"began_at": self.began_at.isoformat(), "again_at": self.again_at.isoformat()}
        return {**at, "begun": self.begun, "posts": [list(post) for post in self.posts]}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> "Sweep":
        """Read it back."""
        began_at, again_at = (datetime.fromisoformat(facts[name]) for name in ("began_at", "again_at"))
        return cls(began_at, again_at, facts["begun"], tuple((post, name) for post, name in facts["posts"]))


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
class Trace:
    """A post that may be one of many about one thing."""

    post: int
    author: int
    posted_at: datetime
    gist: bytes
    """What it is about (`casebook.likeness`)."""
    case: int | None = None
    playbook: str | None = None
    severity: str | None = None
    """Of its playbook; None where none took it."""


@dataclass(frozen=True, slots=True)
class Living:
    """A crisis that has not stood down, as far as new posts are compared with it."""

    number: int
    founders: tuple[Trace, ...]
    """The posts that opened it, the oldest first."""
    playbooks: frozenset[str] = frozenset()
    """Those that took its founders."""
    recent: int = 0
    """Its mentions of about the same time as the new post."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Posts become children of a crisis."""

    crisis: int | None
    """None: they open one."""
    posts: tuple[int, ...]
    """The oldest first."""
    opens: "Change | None" = None
    """Of the crisis that they open; its first event is OPENED."""


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
    history: AuthorHistory = field(default_factory=AuthorHistory)
    """This customer's earlier cases, that one aside."""
    circumstances: Circumstances = field(default_factory=Circumstances)
    grown: bool = False
    """It was decided upon before, with the same words: only its reach has changed."""
    author: int = 0
    nearby: tuple[Trace, ...] = ()
    """Posts of no crisis, of about the same time."""
    living: tuple[Living, ...] = ()
    """Crises that have not stood down."""
    ordinary: tuple[bytes, ...] = ()
    """Gists of earlier posts of no crisis: what is usual here."""


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
    is_aside: bool = False
    """It calls nobody: whatever shows a case or calls somebody is sent before it, in whichever case."""


REMINDERS: Final = frozenset({"promise", "update", "update_due", "asked", "snooze_over"})
"""Why a page reminds somebody of a case that is theirs already."""


def reminds(case: Case, owed: Owed) -> bool:
    """Say whether a message reminds one person, who need not take the case first."""
    if owed.kind != "page" or not owed.addressee.startswith("person:"):
        return False
    return owed.content.get("why") in REMINDERS and not case.is_untaken


@dataclass(frozen=True, slots=True)
class Enclosure:
    """What goes along with a message of no case; kept only until it is sent, and quotes nobody."""

    kind: Literal["picture", "paper"]
    """`picture`: a PNG of what the message says; `paper`: the whole of it as PDF."""
    name: str
    """Of the file."""
    title: str
    says: str
    """For who cannot see it."""
    content: bytes


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that belongs to no case: what to tell, to whom, once."""

    key: str
    """What it is of, and of when (`budget:x:2026-11:80`): whoever owes it again owes nothing."""
    addressee: str
    """`team:NAME`, `person:KEY` or `channel:#name`."""
    kind: str
    """How it is worded; notifier.notices knows the kinds."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """JSON, instants in ISO 8601; no words of a post. `posts` are the numbers of those it quotes: they are
    read when it is sent, and it is worded anew when one of them is erased."""
    enclosed: tuple[Enclosure, ...] = ()


@dataclass(frozen=True, slots=True)
class Quoted:
    """A post as a notice quotes it: read when the notice is worded, kept nowhere else."""

    post: int
    text: str
    author: str
    url: str | None
    source: str
    posted_at: datetime
    missing: str | None = None
    """Why `text` is empty: `deleted` or `expired`; None where it was not erased."""


@dataclass(frozen=True, slots=True)
class WaitingCase:
    """A case whose customer waits, as a summary lists it."""

    number: int
    playbook: str
    severity: str
    respond_by: datetime | None
    owner: str | None


@dataclass(frozen=True, slots=True)
class Night:
    """What happened to a team's cases while nobody was there."""

    opened: int
    """Cases that opened and alerted."""
    answered: int
    """Those of them that have their answer."""
    waiting: tuple[WaitingCase, ...]
    """All that wait at present, whenever they opened, the first due first."""


@dataclass(frozen=True, slots=True)
class TopicPost:
    """A mention for which a topic holds."""

    post: int
    author: int
    topic: str
    score: float
    has_words: bool
    """Its words were not erased."""


@dataclass(frozen=True, slots=True)
class Change:
    """New events of a case, the messages they owe, and what they say of the case's mention."""

    events: tuple[Event, ...] = ()
    owed: tuple[Owed, ...] = ()
    said: tuple[Said, ...] = ()
    taken_back: tuple[TakenBack, ...] = ()

    def then(self, further: "Change") -> "Change":
        """Give this change followed by another."""
        moved = tuple(replace(owed, about=owed.about + len(self.events)) for owed in further.owed)
        return Change(
            (*self.events, *further.events),
            (*self.owed, *moved),
            (*self.said, *further.said),
            (*self.taken_back, *further.taken_back),
        )


def calls_of(change: Change) -> tuple[tuple[str, int], ...]:
    """Give whom a change calls, and at which step of the chain: each person once an event, however many ways."""
    return tuple((person, step) for (_, person), step in calls_by_event(change).items())


def calls_by_event(change: Change) -> dict[tuple[int, str], int]:
    """Give the step of each call, by the place of its event in the change and the person it calls."""
    called: dict[tuple[int, str], int] = {}
    for place, event in enumerate(change.events):
        if event.kind is EventKind.OPENED:  # its card is the call, and names nobody by itself
            called |= {(place, person): 0 for person in event.facts.get("people", ())}
    for owed in change.owed:
        if owed.kind == "page":
            step = int(owed.content.get("step", 0))
            called |= {(owed.about, person): step for person in owed.content.get("people", ())}
    return called


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided of a mention."""

    playbook: str | None
    reason: tuple[Ground, ...]
    opens: Change | None = None
    """A new case; its first event is OPENED."""
    joins: Change | None = None
    """A change of `Surroundings.case`."""
    tells: tuple[Notice, ...] = ()
    """Who else is told of the mention, whatever becomes of it."""
    trace: Trace | None = None
    """What later posts are compared with; its case is not known yet where one opens."""
    folds: Fold | None = None


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
    may_wait: bool = False
    """A new card that may be held back when too many come at once."""
    beside: tuple["Claimed", ...] = ()
    """Reminders of the same person that stand in the same message, claimed with it."""
    successor: "Lies | None" = None
    """It is the card of a team that has the case no more: where the card of the one that has it now lies."""


class Lies(NamedTuple):
    """Where a message lies at a vendor."""

    channel: int
    """Which channel of the configuration, from 0."""
    place: str
    ref: str


@dataclass(frozen=True, slots=True)
class Reached:
    """A post of a crisis that many may read."""

    url: str | None
    followers: int


@dataclass(frozen=True, slots=True)
class Crowd:
    """What the children of a crisis add up to."""

    times: tuple[datetime, ...]
    """When each mention was posted, the oldest first."""
    authors: int
    networks: tuple[str, ...]
    reached: tuple[Reached, ...]
    """The most read first, three at most."""
    deserving: int = 0
    """Cases of children that deserve an answer: neither dismissed nor deleted."""
    answered: int = 0
    covered: int = 0
    """Of those without an answer, the ones posted before the last public announcement."""
    median_frt_s: int | None = None

    @property
    def mentions(self) -> int:
        """How many mentions it has."""
        return len(self.times)


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case with the words and names around it, for cards and pages."""

    case: Case
    revision: int
    reason: tuple[Ground, ...]
    """The decision that opened it; none of a crisis."""
    text: str
    author: str
    author_name: str | None
    followers: int | None
    source: str
    url: str | None
    language: str | None
    latest_text: str | None
    missing: str | None = None
    """Why `text` is empty: `deleted`, or `expired` (it may be kept only so long); None where it was not erased."""
    latest_missing: str | None = None
    """The same of `latest_text`."""
    history: AuthorHistory = field(default_factory=AuthorHistory)
    """The customer's earlier cases."""
    crowd: Crowd | None = None
    """Of a crisis."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which a lane of a source was watched, or was not: from `begins_at` until before `ends_at`."""

    begins_at: datetime
    ends_at: datetime
    sight: Sight


@dataclass(frozen=True, slots=True)
class Latest:
    """Where the ledger of a lane ends: its last stretch, and the look that ended it."""

    stretch: Stretch
    outcome: Sight
    """What the look found; what comes after it counts as this until there is another look."""
    due_within: timedelta
    """How soon after it another look was due."""


@dataclass(frozen=True, slots=True)
class Growth:
    """What a look adds to the ledger of a lane."""

    stretches: tuple[Stretch, ...]
    """The first stands for the last that was there, if there was one; they follow each other without a hole."""
    outcome: Sight
    due_within: timedelta

    @property
    def latest(self) -> Latest:
        """Where the ledger ends now."""
        return Latest(self.stretches[-1], self.outcome, self.due_within)


@dataclass(frozen=True, slots=True)
class LaneRecord:
    """What the ledger says of one lane of a source."""

    source: str
    lane: str
    stretches: tuple[Stretch, ...]
    """Oldest first; only those asked for."""
    latest: Latest


@dataclass(frozen=True, slots=True)
class Problem:
    """What an operator should know."""

    key: str
    message: str
    first_at: datetime
    last_at: datetime
    times: int
    over_at: datetime | None


@dataclass(frozen=True, slots=True)
class View:
    """Somebody looked at figures of single people."""

    at: datetime
    by: str
    what: str
    purpose: str | None
