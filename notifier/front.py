"""What people may ask of Vaste besides pressing a card's buttons: a command, their home, a turn. Values only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from notifier.channel import Notice, Sent


@dataclass(frozen=True, slots=True)
class CaseAtHand:
    """A case that somebody has, as far as their home shows it: nothing of what the customer said."""

    case: int
    playbook: str
    severity: str
    status: str
    source: str
    waits_since: datetime
    """When the customer's wait began."""
    due_by: datetime | None = None
    """When its next deadline is; None where nothing is due."""
    due: str | None = None
    """What is due then: `acknowledge`, `respond`, `resolve`, `update`."""
    snoozed_until: datetime | None = None
    card: Sent | None = None
    """Where its card lies."""


@dataclass(frozen=True, slots=True)
class Owing:
    """Something owed to a customer by a time: a promise, or further news."""

    case: int
    what: str
    """A kind of promise, or `update`."""
    due_at: datetime
    card: Sent | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch in which somebody is on call in a team."""

    team: str
    begins_at: datetime
    ends_at: datetime | None
    """None: it does not end within what can be foreseen."""


@dataclass(frozen=True, slots=True)
class TeamNow:
    """Who is on call in a team."""

    team: str
    person: str | None
    """Their name; None: nobody."""
    until: datetime | None
    following: str | None = None
    """Name of who comes then."""
    is_mine: bool = False
    """Whoever looks is on call there themselves."""


@dataclass(frozen=True, slots=True)
class Home:
    """All that one person's home shows, at one moment."""

    at: datetime
    name: str | None
    """None: a stranger, who is told how to become known."""
    user: str
    """The vendor's id of who looks."""
    command: str
    cases: tuple[CaseAtHand, ...] = ()
    untaken: tuple[CaseAtHand, ...] = ()
    """Cases of their teams that nobody has."""
    owing: tuple[Owing, ...] = ()
    now: tuple[Turn, ...] = ()
    """Turns that they have at present."""
    following: Turn | None = None
    """Their next turn."""
    teams: tuple[TeamNow, ...] = ()
    """Of their teams first, then all others."""
    may_take: tuple[str, ...] = ()
    """Teams in which they can stand in."""

    @property
    def gist(self) -> object:
        """What it says, the passing of time aside: two homes of one gist need no new picture."""
        return (self.name, self.cases, self.untaken, self.owing, self.now, self.following, self.teams)


class Front(Protocol):
    """Answers what people ask. Safe to call from several threads."""

    def ask(self, user: str, words: str, *, command: str) -> Notice | Home:
        """Answer what somebody typed: facts to be worded, or their cases; never raises for what they typed."""
        ...

    def home(self, user: str, *, command: str) -> Home:
        """Give what somebody's home shows now."""
        ...

    def take_over(self, user: str, team: str, until: datetime, *, command: str) -> Notice:
        """Let somebody stand in from now on; the notice says what came of it (`mistake` where nothing did)."""
        ...

    def mark(self) -> object:
        """Give something that changes whenever a home may show something else, cheaply."""
        ...


@runtime_checkable
class Attended(Protocol):
    """A channel in which people can ask."""

    def attend(self, front: Front) -> None:
        """Answer by this front from now on; to be called before `listen`."""
        ...
