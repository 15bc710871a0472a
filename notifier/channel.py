"""The Channel protocol, the message it carries and the act that comes back. Values only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from casebook.allowance import Allowance
from casebook.draft import Draft
from casebook.grounds import Ground
from casebook.promise import Promise


class ChannelSettings(BaseModel):
    """What every channel is told; each kind adds its own keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str


@dataclass(frozen=True, slots=True)
class Tongue:
    """How messages are worded: language (`fi`, `sv`, `en`), zone of the times shown, and the brand."""

    language: str
    zone: ZoneInfo
    brand: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of ours, as a message names them."""

    key: str
    name: str
    slack: str | None = None
    """Slack member id (U…); None when the person cannot be mentioned there."""
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Gathering:
    """What the mentions of a crisis add up to, as its card shows them."""

    mentions: int
    authors: int
    first_at: datetime
    last_at: datetime
    step: timedelta
    """How long each of `curve` is."""
    curve: tuple[int, ...]
    peak: int
    """Most mentions in one minute."""
    peak_at: datetime | None
    reached: tuple[tuple[str | None, int], ...] = ()
    """(link, followers) of the most read posts."""
    deserving: int = 0
    answered: int = 0
    covered: int = 0
    """Unanswered, and posted before the last announcement."""
    median_wait: timedelta | None = None
    announced_at: datetime | None = None
    announced_url: str | None = None
    taken_in: timedelta | None = None
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """All that a card says of a case, at one moment; `wording` turns it into words.

    Texts of customers are raw here (hostile); whoever words them escapes them for its medium.
    """

    case: int
    status: str
    """`open`, `acknowledged`, `responded`, `closed`, `dismissed`; `merged` when it goes on in another case,
    `moved` when another team has it."""
    severity: str
    team: str
    playbook: str
    reason: tuple[Ground, ...]
    """Why it is here: what the decision stands on."""
    text: str
    author: str
    author_name: str | None
    followers: int | None
    source: str
    url: str | None
    language: str | None
    posted_at: datetime
    opened_at: datetime
    acknowledge_by: datetime | None
    respond_by: datetime | None
    resolve_by: datetime | None = None
    on_call: tuple[Person, ...] = ()
    """Who is paged by this very card, mentioned while nobody has taken it; empty: nobody on call."""
    owner: str | None = None
    """Name of the person who has it (a Slack id when unknown)."""
    owned_at: datetime | None = None
    """When they took it, or were given it."""
    was_given: bool = False
    """They were given it."""
    reopened_to: Person | None = None
    """Who had it before it was reopened and heard of that first, while nobody else was called and nobody has it."""
    acknowledged_at: datetime | None = None
    responded_at: datetime | None = None
    responded_by: str | None = None
    response_found: str | None = None
    """`platform` or `manual`."""
    closed_at: datetime | None = None
    merged_into: int | None = None
    """The case in which it goes on."""
    moved_to: str | None = None
    """The team that has the case now: this is the card of one that had it before, and says only that."""
    moved_url: str | None = None
    """Where the card of that team is, where the vendor says."""
    breaches: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    """Breaches taken back because the answer, found late, was in time."""
    nobody_took_it: bool = False
    """The chain of escalation has ended."""
    nobody_on_call: bool = False
    """The last call reached nobody; with `on_call` nobody besides them."""
    out_of_reach: bool = False
    """Nor did it reach those who are on call."""
    calls_at: datetime | None = None
    """Nobody is called before this: the case's business hours begin then, or quiet hours end."""
    snoozed_until: datetime | None = None
    """Somebody put it off until then."""
    had_by: str | None = None
    """Name of the person who had taken it, and of whom nothing was heard since; it must be taken again."""
    mentions: int = 1
    latest_text: str | None = None
    """The customer's latest follow-up, when there is one."""
    waits_again: bool = False
    """The customer wrote again after our answer and waits."""
    checklist: tuple[str, ...] = ()
    mandate: str | None = None
    drafts: tuple[Draft, ...] = ()
    """With their placeholders; copied by a person, never sent."""
    update_by: datetime | None = None
    """When the next public word is owed, after the first."""
    update_missed: bool = False
    together: bool = False
    """Nobody handles it alone: it takes two to end it."""
    end_asked_by: str | None = None
    """Name of the one of them who would end it."""
    promises: tuple[Promise, ...] = ()
    """What was promised; `by` is the name of who promised it."""
    missing: str | None = None
    """Why `text` is empty: `deleted` by the customer, or `expired` (kept only so long); None: it is not."""
    latest_missing: str | None = None
    """The same of `latest_text`."""
    deleted_at: datetime | None = None
    """When all that still deserved an answer was found deleted."""
    edited_at: datetime | None = None
    """When the latest edit of a post was found."""
    times: int = 1
    """Which case of this customer it is within 30 days."""
    last_answered_in: timedelta | None = None
    """How long they waited for an answer in the case before."""
    crisis: int | None = None
    """The living crisis that it is a child of."""
    gathering: Gathering | None = None
    """It is a crisis itself; `text` and `url` are of its first post."""
    at: datetime | None = None
    """When it was as it is here: what is left of a deadline is told from there; None: nothing is told of that."""
    page_url: str | None = None
    """Where the case has a page of its own that people can open."""
    ended_by: str | None = None
    """Name of who closed or dismissed it; None where it closed by itself."""
    snoozed_by: str | None = None

    @property
    def must_not_quote(self) -> bool:
        """Words that a message of ours may show were erased: no message may go on showing them."""
        return self.missing is not None or self.latest_missing is not None


Why = Literal[
    "opened",
    "escalated",
    "raised",
    "waits_again",
    "reopened",
    "untaken",
    "reassigned",
    "chain_ended",
    "nobody_on_call",
    "second",
    "promise",
    "update",
    "repeated",
    "asked",
    "returned",
    "snooze_over",
    "update_due",
    "summed_up",
    "follow_up",
    "answered",
    "closed",
    "warned",
]
"""Why people must hear of a case now."""


@dataclass(frozen=True, slots=True)
class Page:
    """A new message for somebody who must hear of a case now (an edited card notifies nobody)."""

    card: Card
    people: tuple[Person, ...]
    why: Why
    step: int = 0
    """Of an escalation its step, of a warning per cent of the time that is gone."""
    clock: str = "respond"
    """Of a warning: of which promise, `respond` or `resolve`."""


@dataclass(frozen=True, slots=True)
class Reminders:
    """What reminds one person of several cases at the same time, a line each."""

    pages: tuple[Page, ...]
    people: tuple[Person, ...]
    """Whom it reminds."""

    @property
    def must_not_quote(self) -> bool:
        """An earlier sending may link to a post that was erased."""
        return any(page.card.must_not_quote for page in self.pages)


@dataclass(frozen=True, slots=True)
class QuotedPost:
    """A post that a notice quotes; its words are raw here (hostile)."""

    text: str
    author: str
    source: str
    url: str | None
    posted_at: datetime
    missing: str | None = None
    """Why `text` is empty: `deleted` or `expired`; None: it is not."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of what a message says."""

    png: bytes
    title: str
    says: str
    """For who cannot see it."""


@dataclass(frozen=True, slots=True)
class Paper:
    """The whole of what a message sums up, as a PDF."""

    content: bytes
    name: str
    """Of the file."""
    title: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to a team that belongs to no case; `notices` turns its facts into words by its kind."""

    kind: str
    at: datetime
    """When it was owed: its times are shown from there."""
    facts: Mapping[str, Any]
    """JSON, as the record keeps it; instants in ISO 8601."""
    quotes: Mapping[int, QuotedPost] = field(default_factory=dict)
    """The posts it quotes, by their numbers in the facts."""
    chart: Chart | None = None
    """A picture of the same, for channels that carry one; nothing is told by it alone."""
    paper: Paper | None = None
    """All of it, for channels that carry files."""
    carried: Literal["no", "whole", "forbidden"] = "no"
    """What the channel that words it does with its paper; `forbidden`: it lacks a right, and carries words alone."""
    lacks: str = ""
    """That right, by the vendor's name for it."""

    @property
    def must_not_quote(self) -> bool:
        """Words that an earlier sending may show were erased."""
        return any(post.missing is not None for post in self.quotes.values())


Content = Card | Page | Reminders | Notice


@dataclass(frozen=True, slots=True)
class Sent:
    """Where a message lies at the vendor."""

    place: str
    """Channel id at the vendor (never a #name)."""
    ref: str
    """The vendor's id of the message (Slack: ts)."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message owed to one destination."""

    key: str
    """Stable: a retry with the same key is the same message."""
    destination: str
    """`#name` or id of a channel, a person's Slack id or e-mail address; where the channel reaches nobody alone,
    or knows no address, the addressee itself (`team:NAME`, `person:KEY`, `channel:#name`)."""
    content: Content
    update: Sent | None = None
    """Edit this message instead of posting a new one."""
    thread: Sent | None = None
    """Post as an answer in this message's thread."""
    attempted_at: datetime | None = None
    """When an earlier attempt began whose outcome is unknown: look before repeating."""


class ChannelUnavailable(Exception):
    """The message was not accepted; the text says why and what to do, and holds no secret and no post."""

    def __init__(
        self,
        message: str,
        *,
        retry_after: timedelta | None = None,
        permanent: bool = False,
        ambiguous: bool = False,
        rests: str | None = None,
        unreachable: bool = False,
        is_final: bool = True,
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """The vendor's own wait, if it named one."""
        self.unreachable = unreachable
        """It was for one person, and no message reaches them there: the case goes on to its next step."""
        self.is_final = is_final
        """Of a permanent one: nothing that anybody mends (a token, an invitation) would make it possible."""
        self.rests = rests
        """The allowance for which it holds; None: the whole destination."""
        self.permanent = permanent
        """This message will never be accepted here; the next channel takes it."""
        self.ambiguous = ambiguous
        """The vendor may have accepted it: look before repeating."""


@dataclass(frozen=True, slots=True)
class Press:
    """A press as a vendor delivers it, before anybody looked up who it is."""

    case: int
    verb: str
    user: str
    """The vendor's id of who pressed (Slack: U…)."""
    value: str | None = None
    """What was chosen with it (`public`, `direct`, `elsewhere`, a person, …); `ask`: it asks to be asked."""
    answers: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """What else was said in the dialogue, by the names of its questions; instants as seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the presser is told, if anything, seen by them alone."""

    text: str | None = None
    question: "Question | None" = None
    """What they are asked, or shown, in a dialogue."""
    mistake: str | None = None
    """What was chosen cannot be: words for the question it was chosen at, so that the dialogue stays open."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that a playbook asked of a post."""

    asked: Ground
    found: Ground
    held: bool | None
    """None: not known."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One playbook's part in a decision."""

    playbook: str
    outcome: Literal["takes", "tells", "would", "no", "passed_over"]
    conditions: tuple[Condition, ...] = ()
    taker: str | None = None
    """Which playbook stood before it."""
    passed_over: Ground | None = None
    """Why it was not tried."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a press still needs to be told, or what it asks to see; a channel that has dialogues draws it as one."""

    verb: Literal["replied", "close", "reassign", "snooze", "wrong_label", "why", "show_all"]
    case: int
    people: tuple[tuple[str, str], ...] = ()
    """(key, name) of those who can be given the case."""
    teams: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    """Those topics that the classifier found."""
    sentiment: str | None = None
    attention: bool | None = None
    reason: tuple[Ground, ...] = ()
    """What the decision stands on."""
    then: tuple[Ground, ...] | None = None
    """Today's decision, where it is another than the one that was taken."""
    tried: tuple[Tried, ...] = ()
    texts: tuple[str, ...] = ()
    """The customer's posts, raw (hostile)."""


Inbox = Callable[[Press], Answer]
"""Files a press durably and says what to tell the presser; raises when it could not be filed."""


class Channel(Protocol):
    """One way to reach people."""

    @property
    def kind(self) -> str:
        """Its kind in the registry."""
        ...

    def send(self, message: Message, *, now: datetime) -> Sent:
        """Send or update one message; blocks, with timeouts.

        Where `attempted_at` is set and the vendor allows, looks whether the message is there already.
        Raises ChannelUnavailable.
        """
        ...

    def listen(self, inbox: Inbox) -> None:
        """Begin to deliver presses to `inbox` from a thread of its own; returns at once."""
        ...

    def check(self) -> list[str]:
        """Ask the vendor whether we may write (token, scopes, channels); one sentence a problem."""
        ...

    def close(self) -> None:
        """Stop listening and let go of connections within 3 s; may be called twice."""
        ...


@dataclass(frozen=True, slots=True)
class Sending:
    """What is known of a message before it is claimed and worded."""

    destination: str
    is_update: bool
    is_looked_up: bool
    """An earlier try is unclear: it is looked for first."""
    may_wait: bool
    """A new card that may be held back when too many come at once."""


@runtime_checkable
class Paced(Protocol):
    """A channel whose vendor takes only so many messages; any other takes one a second and destination."""

    def costs(self, sending: Sending) -> tuple[Allowance, ...]:
        """Give what a message takes; touches no network."""
        ...


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What a vendor knows of one of our people."""

    member: str | None
    """Their id there; None when nobody is known by what the configuration says."""
    unreachable: str | None = None
    """Why they can't be reached, and what to do; None: they can."""


@runtime_checkable
class KnowsMembers(Protocol):
    """A channel whose vendor can say whether our people are there."""

    def look_for(self, written: str) -> Whereabouts:
        """Say who somebody is, as the configuration names them there. Raises ChannelUnavailable."""
        ...


@runtime_checkable
class Walks(Protocol):
    """A channel that can be asked about each place and person of the configuration."""

    def walk(self, places: Sequence[str], people: Mapping[str, str]) -> list[str]:
        """Say what is wrong with these channels and people (key → name there), a sentence each."""
        ...

    def try_out(self, place: str) -> list[str]:
        """Post, find, edit and delete one message there; gives what of it did not work, a sentence each."""
        ...


@runtime_checkable
class Links(Protocol):
    """A channel whose messages have an address of their own."""

    def link_to(self, sent: Sent) -> str | None:
        """Give the address that opens a message; None where the vendor does not say it now."""
        ...


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """What a vendor that sends us a request is answered."""

    status: int
    text: str = ""
    content_type: str = "text/plain"
    after: Callable[[], None] | None = None
    """To be called after the answer, never before it."""


@runtime_checkable
class HeardByWeb(Protocol):
    """A channel whose vendor sends presses to our page."""

    @property
    def path(self) -> str | None:
        """At which path; None while it is configured otherwise."""
        ...

    def hear(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> WebAnswer:
        """Take one request and answer it within a second; `headers` by their names in small letters."""
        ...


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """A line of the registry: how a kind is configured and made."""

    settings: type[ChannelSettings]
    open: Callable[[Any, Tongue], Channel]
    """Makes the channel from its settings; touches no network."""
    reaches: Literal["slack", "email"] | None = None
    """By which address of theirs it can reach one person alone; None: all hear the same."""

    @property
    def direct(self) -> bool:
        """It can reach one person alone (a direct message)."""
        return self.reaches is not None
