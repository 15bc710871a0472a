"""The tables. Rows never leave the store; nothing here validates, so the store writes only frozen values."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Index,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)
from sqlmodel import Field, SQLModel


class Instant(TypeDecorator[datetime]):
    """An aware instant in UTC, on both databases; refuses naive ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware instant into what the database keeps."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; instants are aware")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the instant back aware; SQLite keeps no zone, and all of ours are UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _instant(*, index: bool = False, required: bool = False) -> Any:
    if required:
        return Field(sa_type=Instant, index=index, nullable=False)
    return Field(default=None, sa_type=Instant, index=index, nullable=True)


class SourceRow(SQLModel, table=True):
    """What is known of a source between two looks."""

    __tablename__ = "source"

    name: str = Field(primary_key=True)
    kind: str
    network: str
    first_started_at: datetime = _instant(required=True)
    cursor: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    looked_at: datetime | None = _instant()
    read_at: datetime | None = _instant()
    """When it was last read without trouble."""
    retry_at: datetime | None = _instant()
    failures: int = 0
    lease_until: datetime | None = _instant()
    lease_by: str | None = None
    fence: int = 0
    clock_offset_s: float | None = None
    """How much the vendor's clock is ahead of ours, as last measured."""
    asking_until: datetime | None = _instant()
    """Until then it is asked by somebody about the posts we hold, or by nobody because it could not answer."""
    asking_by: str | None = None
    sweep: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """A question about many posts at once that is under way, or when the next may be put."""


class CoverageRow(SQLModel, table=True):
    """A stretch of time in which a lane of a source was watched, or was not; the last one grows."""

    __tablename__ = "coverage"
    __table_args__ = (
        UniqueConstraint("source", "lane", "begins_at"),
        Index("coverage_last", "source", "is_last"),
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str
    lane: str
    begins_at: datetime = _instant(required=True)
    ends_at: datetime = _instant(required=True)
    sight: str
    """`watched`, `not_due`, or the reason why nobody could look."""
    is_last: bool
    outcome: str
    """What the look that ended it found."""
    due_within_s: float
    """Seconds after `ends_at` within which another look was due."""


class SpendingRow(SQLModel, table=True):
    """What a vendor billed in one hour of UTC for one kind of read of one lane."""

    __tablename__ = "spending"

    source: str = Field(primary_key=True)
    hour: datetime = Field(sa_type=Instant, primary_key=True)
    lane: str = Field(primary_key=True)
    what: str = Field(primary_key=True)
    reads: int = 0
    micros: int = Field(default=0, sa_type=BigInteger)
    """Millionths of a dollar."""


class BilledRow(SQLModel, table=True):
    """What was billed today, by its id, so that it is counted once a UTC day; yesterday's rows go."""

    __tablename__ = "billed"

    source: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    read: str = Field(primary_key=True)


_MUTED = text("muted IS NOT NULL")


class AuthorRow(SQLModel, table=True):
    """Somebody outside the company (or an account of ours)."""

    __tablename__ = "author"
    __table_args__ = (UniqueConstraint("network", "known_by"),)

    id: int | None = Field(default=None, primary_key=True)
    network: str
    known_by: str
    """The account's id on the network, or the casefolded handle where it gives none."""
    handle: str
    name: str | None = None


class PostRow(SQLModel, table=True):
    """A mention or a reply; erasing a person empties it."""

    __tablename__ = "post"
    __table_args__ = (
        UniqueConstraint("network", "post_id"),
        Index("post_by_root", "network", "root"),
        Index("post_by_reply", "network", "in_reply_to"),
        Index("post_by_quote", "network", "quotes"),
        Index("post_unjudged", "due_at"),
        # the few among the many, so that all can be counted at once
        Index("post_own", "id", sqlite_where=text("own = 1"), postgresql_where=text("own")),
        Index("post_context", "own", sqlite_where=text("context = 1"), postgresql_where=text("context")),
        Index("post_muted", "id", sqlite_where=_MUTED, postgresql_where=_MUTED),
    )

    id: int | None = Field(default=None, primary_key=True)
    network: str
    post_id: str
    own: bool
    author_id: int = Field(foreign_key="author.id", index=True)
    text: str
    posted_at: datetime = _instant(required=True, index=True)
    seen_at: datetime = _instant(required=True)
    url: str | None = None
    conversation: str | None = None
    in_reply_to: str | None = None
    quotes: str | None = None
    root: str
    """The conversation: the network's own, or the root of the reply chain as far as it is known."""
    language_hint: str | None = None
    rating: float | None = None
    followers: int | None = None
    reach: int | None = Field(default=None, sa_type=BigInteger)
    """How many it had reached when it was last read."""
    reached: list[Any] = Field(default_factory=list, sa_type=JSON)
    """[ISO 8601, reach] of a few readings, oldest first: enough to say how it grew in the last hour."""
    automated: bool = False
    context: bool = False
    """Older than the source's first start, or muted: read by nobody, but conversations need it."""
    muted: str | None = None
    """Why the configuration keeps it from being judged."""
    language: str | None = None
    """`fi`, `sv`, `en` or `other`, as decided at its filing."""
    language_confidence: float | None = None
    backfilled: bool = False
    edited_at: datetime | None = _instant()
    """When we last found that it says something else now."""
    asked_at: datetime | None = _instant()
    """When its network was last asked whether it is still there."""
    gone_at: datetime | None = _instant()
    """When we found that its author, or the network, took it away: its words and its link are erased."""
    expired_at: datetime | None = _instant()
    """When its words were erased because they may be kept only so long."""
    clock_offset_s: float | None = None
    """How much the network's clock was ahead of ours when it was seen."""
    salt: str
    due_at: datetime | None = _instant()
    """When it is to be judged; None once it has been, and for what is never judged."""
    attempts: int = 0
    lease_until: datetime | None = _instant()
    lease_by: str | None = None
    fence: int = 0


class AliasRow(SQLModel, table=True):
    """Every id under which a post is known: its own and those of its edit history, with each version's text."""

    __tablename__ = "alias"

    network: str = Field(primary_key=True)
    alias: str = Field(primary_key=True)
    post: int = Field(foreign_key="post.id", index=True)
    text: str | None = None
    seen_at: datetime = _instant(required=True)


class VersionRow(SQLModel, table=True):
    """What a post said before it was edited under the same id."""

    __tablename__ = "version"

    id: int | None = Field(default=None, primary_key=True)
    post: int = Field(foreign_key="post.id", index=True)
    text: str
    seen_at: datetime = _instant(required=True)


class ShownRow(SQLModel, table=True):
    """Which sources showed a post."""

    __tablename__ = "shown"

    post: int = Field(foreign_key="post.id", primary_key=True)
    source: str = Field(primary_key=True)


class VerdictRow(SQLModel, table=True):
    """What the classifier said of a mention, and what was decided from it."""

    __tablename__ = "verdict"
    __table_args__ = (Index("verdict_by_taker", "abstained", "playbook"),)

    post: int = Field(foreign_key="post.id", primary_key=True)
    judged_at: datetime = _instant(required=True)
    negative: float
    neutral: float
    positive: float
    attention: float
    topics: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    topics_held: list[str] = Field(default_factory=list, sa_type=JSON)
    language: str
    abstained: bool
    cut: bool
    model: str
    playbook: str | None = None
    reason: str = ""
    """What the decision stands on, as a sentence; of decisions from before `grounds` was kept."""
    grounds: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """The same as facts, worded where it is shown."""
    bystander: bool = False
    circumstances: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What the decision looked at that is otherwise later on (reach, growth, crisis, blind)."""
    configuration: str
    """Fingerprint of the configuration that decided."""


_MERGED = text("merged_into IS NOT NULL")
_GONE = text("gone_at IS NOT NULL AND responded_at IS NULL AND merged_into IS NULL")
CLOCK_BITS = {"acknowledge": 1, "respond": 2, "resolve": 4}


class CaseRow(SQLModel, table=True):
    """What the events of a case add up to, for questions that must be quick; always recomputable."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("case_by_customer", "network", "root", "author_id"),
        # the log is asked for in the order of posts
        Index("case_by_time", "posted_at", "number"),
        Index("case_by_team", "team", "posted_at"),
        Index("case_by_playbook", "playbook", "posted_at"),
        # what is counted, or chosen, by status is told without a look at the cases themselves
        Index("case_by_status", "status", "posted_at", "merged_into"),
        Index("case_merged", "merged_into", sqlite_where=_MERGED, postgresql_where=_MERGED),
        Index("case_gone", "number", sqlite_where=_GONE, postgresql_where=_GONE),
    )

    number: int | None = Field(default=None, primary_key=True)
    network: str
    root: str
    author_id: int = Field(foreign_key="author.id", index=True)
    linked_to: int | None = None
    """The earlier case of the same customer in the same conversation, closed too long ago to be reopened."""
    merged_into: int | None = None
    crisis: int | None = Field(default=None, index=True)
    """The crisis that it is a child of."""
    is_folded: bool = False
    """That crisis lives: this case calls nobody."""
    source: str
    opening_post: int
    first_post: int
    playbook: str
    team: str
    severity: str
    clock: str
    status: str
    quiet: bool
    owner: str | None = None
    posted_at: datetime = _instant(required=True)
    opened_at: datetime = _instant(required=True)
    alerted_at: datetime | None = _instant()
    acknowledged_at: datetime | None = _instant()
    acknowledged_by: str | None = None
    responded_at: datetime | None = _instant()
    responded_by: str | None = None
    response_found: str | None = None
    closed_at: datetime | None = _instant()
    acknowledge_by: datetime | None = _instant()
    respond_by: datetime | None = _instant()
    resolve_by: datetime | None = _instant()
    broken: int = 0
    """The clocks that are breached at any time, a bit each (`CLOCK_BITS`)."""
    running: int = 0
    """Those that were neither met nor stopped: breached once their deadline has passed."""
    detection_lag_s: int | None = None
    triage_lag_s: int | None = None
    alert_lag_s: int | None = None
    tta_s: int | None = None
    frt_s: int | None = None
    frt_business_s: int | None = None
    team_frt_s: int | None = None
    ttr_s: int | None = None
    ttr_business_s: int | None = None
    escalations: int = 0
    reopened: int = 0
    mentions: int = 1
    sentiment_after: str | None = None
    ending: str | None = None
    """What says whether the customer's goal was reached (`casebook.experience`); None of a crisis."""
    posts_written: int | None = None
    """That the customer had to write; None of a crisis."""
    feeling_left: str | None = None
    gone_at: datetime | None = _instant()
    """When all that still deserved an answer was found deleted."""
    touched: bool = Field(default=False, index=True)
    """Posts came that may concern it: the match job looks."""
    look_at: datetime | None = _instant(index=True)
    """When the watch job must look next."""
    revision: int = 0
    """Counts changes; a card that shows less is out of date."""
    lines: int = 0
    """How many lines its history has; `seal` is that of the last one (`casebook.seal`)."""
    seal: str = ""


class CasePostRow(SQLModel, table=True):
    """Which of the customer's posts belong to a case."""

    __tablename__ = "case_post"

    case: int = Field(foreign_key="cases.number", primary_key=True)
    post: int = Field(foreign_key="post.id", primary_key=True, index=True)


class TraceRow(SQLModel, table=True):
    """What a post is about, for as long as others may be about the same; it holds no words."""

    __tablename__ = "trace"
    __table_args__ = (Index("trace_loose", "crisis", "posted_at"),)

    post: int = Field(foreign_key="post.id", primary_key=True)
    author_id: int
    posted_at: datetime = _instant(required=True)
    gist: bytes
    case: int | None = None
    playbook: str | None = None
    severity: str | None = None
    crisis: int | None = None


class CrisisRow(SQLModel, table=True):
    """A crisis beside its case: how far its upkeep has come."""

    __tablename__ = "crisis"
    __table_args__ = (UniqueConstraint("seed"),)

    number: int = Field(foreign_key="cases.number", primary_key=True)
    seed: int = Field(foreign_key="post.id")
    """Its first post: no post begins two."""
    shown: int = 0
    """Mentions that its card was last told to show."""
    shown_at: datetime = _instant(required=True)
    settled_at: datetime | None = _instant()
    """When nothing was left to do for it."""


class CrisisChildRow(SQLModel, table=True):
    """Which posts are about the thing of a crisis."""

    __tablename__ = "crisis_child"

    post: int = Field(foreign_key="post.id", primary_key=True)
    crisis: int = Field(foreign_key="cases.number", index=True)
    posted_at: datetime = _instant(required=True)
    joined_at: datetime = _instant(required=True)
    case: int | None = None


class EventRow(SQLModel, table=True):
    """One line of a case's history; never updated, never deleted."""

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("case", "line"),)

    id: int | None = Field(default=None, primary_key=True)
    case: int = Field(foreign_key="cases.number", index=True)
    line: int
    """1, 2, 3, … within the case."""
    kind: str
    happened_at: datetime = _instant(required=True)
    time_source: str
    recorded_at: datetime = _instant(required=True)
    actor: str
    post: int | None = None
    post_hash: str | None = None
    """Salted hash of the post it speaks of; the salt goes when the post is erased."""
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    definitions: int = 0
    """Version of the definitions of docs/clocks.md when it was recorded; 0 from before they had any."""
    seal: str = ""
    """Vouches for this line and for the one before it (`casebook.seal`)."""


class DeliveryRow(SQLModel, table=True):
    """One message owed to one destination."""

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("key"), Index("delivery_due", "state", "due_at"))

    id: int | None = Field(default=None, primary_key=True)
    key: str
    case: int | None = Field(default=None, foreign_key="cases.number", index=True)
    kind: str
    """`card` (kept up to date), `page` (a new message) or `notice`."""
    addressee: str
    """`team:NAME`, `person:KEY` or `channel:#name`."""
    content: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What a page says besides its case; no personal text."""
    is_aside: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """It calls nobody, and lets cards and pages of other cases go first."""
    channel: int = 0
    """Which channel of the configuration carries it, from 0."""
    state: str = "due"
    """`due`, `sent`, `refused` or `withdrawn`."""
    shown_revision: int = -1
    """The case's revision that the message shows; a card that shows less than the case's is due."""
    reminds: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """It reminds one person of something: several of those may leave as one message."""
    told_in: int | None = Field(default=None, index=True)
    """The delivery in whose message it stands; None: it has a message of its own."""
    owed_at: datetime = _instant(required=True)
    due_at: datetime | None = _instant()
    attempts: int = 0
    first_tried_at: datetime | None = _instant()
    attempted_at: datetime | None = _instant()
    """When a try began whose outcome is not known."""
    lease_until: datetime | None = _instant()
    lease_by: str | None = None
    fence: int = 0
    place: str | None = None
    ref: str | None = None
    accepted_at: datetime | None = _instant()
    error: str | None = None


class EnclosureRow(SQLModel, table=True):
    """A file that goes along with a message, until it is sent."""

    __tablename__ = "enclosure"

    delivery: int = Field(foreign_key="delivery.id", primary_key=True)
    kind: str = Field(primary_key=True)
    """`picture` or `paper`."""
    name: str
    title: str
    says: str
    content: bytes


class AllowanceRow(SQLModel, table=True):
    """What was taken of something that a vendor allows only so much of (`casebook.allowance`)."""

    __tablename__ = "allowance"

    name: str = Field(primary_key=True)
    at: datetime = _instant(required=True)
    count: int = 0
    rests_until: datetime | None = _instant()


class CallRow(SQLModel, table=True):
    """One person of ours was called to a case; from these it is known what somebody has on their hands."""

    __tablename__ = "call"
    __table_args__ = (Index("call_by_time", "called_at", "person"),)

    id: int | None = Field(default=None, primary_key=True)
    person: str
    """Their key."""
    case: int = Field(foreign_key="cases.number", index=True)
    called_at: datetime = _instant(required=True)
    step: int
    """0 for who was called first, else the step of the chain."""


class ProblemRow(SQLModel, table=True):
    """What an operator should know: once when it begins, once when it is over."""

    __tablename__ = "problem"

    key: str = Field(primary_key=True)
    message: str
    first_at: datetime = _instant(required=True)
    last_at: datetime = _instant(required=True)
    times: int = 1
    over_at: datetime | None = _instant()


class CorrectionRow(SQLModel, table=True):
    """One statement of a person about a mention; never updated, and it holds no words of the post."""

    __tablename__ = "correction"
    __table_args__ = (Index("correction_by_label", "post", "label"),)

    id: int | None = Field(default=None, primary_key=True)
    post: int = Field(foreign_key="post.id")
    label: str
    value: str
    by: str
    at: datetime = _instant(required=True)
    cause: str
    case: int | None = Field(default=None, foreign_key="cases.number", index=True)


class UndoneRow(SQLModel, table=True):
    """A correction was taken back: a line of its own, once."""

    __tablename__ = "correction_undone"

    correction: int = Field(foreign_key="correction.id", primary_key=True)
    by: str
    at: datetime = _instant(required=True)


class LessonRow(SQLModel, table=True):
    """What was learnt from corrections and taken: numbers and names, no words of a post."""

    __tablename__ = "lesson"
    __table_args__ = (UniqueConstraint("key"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str
    ground: str = Field(index=True)
    at: datetime = _instant(required=True)
    thresholds: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    heads: list[str] = Field(default_factory=list, sa_type=JSON)
    corrections: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """Label → numbers of the corrections it came from."""
    reasons: list[str] = Field(default_factory=list, sa_type=JSON)


class AgreedRow(SQLModel, table=True):
    """Somebody stands in, or is away: what people agreed on; never updated."""

    __tablename__ = "agreed"

    id: int | None = Field(default=None, primary_key=True)
    team: str | None = None
    """In which team they stand in; None: they are away."""
    person: str
    begins_at: datetime = _instant(required=True)
    ends_at: datetime = _instant(required=True, index=True)
    by: str
    why: str
    at: datetime = _instant(required=True)


class AgreedCancelledRow(SQLModel, table=True):
    """Such an agreement was cancelled: a line of its own, once."""

    __tablename__ = "agreed_cancelled"

    agreed: int = Field(foreign_key="agreed.id", primary_key=True)
    by: str
    at: datetime = _instant(required=True)


class ViewRow(SQLModel, table=True):
    """Somebody looked at figures of single people; never updated."""

    __tablename__ = "viewed"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = _instant(required=True)
    by: str
    """Who: the name by which they are signed in on the machine."""
    what: str
    purpose: str | None = None
    """What the configuration said then that such figures are for."""


class KeptRotaRow(SQLModel, table=True):
    """The last good copy of a rota that is kept in another calendar."""

    __tablename__ = "kept_rota"

    name: str = Field(primary_key=True)
    ground: str
    """Names the calendar without telling its address, which may be secret."""
    read_at: datetime = _instant(required=True)
    turns: list[Any] = Field(default_factory=list, sa_type=JSON)
    """Of each: person, begin, end."""
