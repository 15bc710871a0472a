"""The Source protocol: what the jobs ask of every kind of source, and the settings they share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Protocol, runtime_checkable

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from casebook.duration import parse_duration
from casebook.mention import Batch, Bill, Blindness, Json, Mention
from casebook.pattern import compile_pattern, search
from casebook.record import Spending
from listener.budget import Budget, parse_budget

Duration = Annotated[timedelta, BeforeValidator(parse_duration)]


def _searchable(pattern: str) -> str:
    try:
        compile_pattern(pattern)
    except ValueError as mistake:
        raise ValueError(f"not a regular expression ({mistake}); mend it, in 'single quotes'") from mistake
    return pattern


Pattern = Annotated[str, AfterValidator(_searchable)]


def _off_is_a_word(written: object) -> object:
    return "off" if written is False else written


Learn = Annotated[Literal["allowed", "weights", "thresholds", "off"], BeforeValidator(_off_is_a_word)]


class SourceSettings(BaseModel):
    """What every source is told; each kind adds its own keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=80)
    kind: str
    every: Duration = timedelta(seconds=60)
    """The slowest pace; a vendor's limits may slow it further."""
    overlap: Duration = timedelta(minutes=10)
    """Each poll reads again what is younger than this: posts become visible late."""
    backfill: Duration | None = None
    """How far before its first start posts are judged and logged; without it they are context only."""
    autoreplies: tuple[Pattern, ...] = ()
    """Regular expressions: our own posts that match are automated, and no response."""
    budget: Annotated[Budget, BeforeValidator(parse_budget)] | None = None
    """What its reads may cost in a calendar month (UTC), for example `50 USD/month`."""
    learn: Learn = "allowed"
    """What corrections of its posts may teach; what the network's terms forbid stays forbidden."""

    @property
    def handles(self) -> tuple[str, ...]:
        """The company's accounts on this network, without @, where the kind knows of any."""
        return ()

    @property
    def tariff(self) -> Mapping[str, int]:
        """What each kind of read costs, in millionths of a dollar; empty where reading is free."""
        return {}

    def is_automated(self, text: str) -> bool:
        """Say whether a post of ours is an automatic reply; a pattern that takes too long knows nothing."""
        return any(search(pattern, text) for pattern in self.autoreplies)


class SourceUnavailable(Exception):
    """The source could not be looked at; the message says why and what to do, and holds no secret."""

    def __init__(
        self,
        message: str,
        *,
        retry_at: datetime | None = None,
        permanent: bool = False,
        reason: Blindness = Blindness.VENDOR,
        bills: tuple[Bill, ...] = (),
    ) -> None:
        super().__init__(message)
        self.bills = bills
        """What was billed before the look failed."""
        self.reason = reason
        self.retry_at = retry_at
        """The vendor's own reset, if it named one."""
        self.permanent = permanent
        """Nothing but a person can mend it; it is still retried, slowly."""


class Source(Protocol):
    """One place that is polled."""

    @property
    def name(self) -> str:
        """The name the configuration gives it."""
        ...

    @property
    def kind(self) -> str:
        """Its kind in the registry."""
        ...

    @property
    def network(self) -> str:
        """First half of the key of everything it shows."""
        ...

    def fetch(self, cursor: Json, *, since: datetime, now: datetime) -> Batch:
        """Look once, to the last page, and give what was there, oldest or newest first.

        `cursor` is what the last batch gave, `{}` at first. `since` is how far back the very first look
        goes. Posts already given may come again: the store drops what it knows by id. Blocks; every
        network call has a timeout. Raises SourceUnavailable when nothing at all could be read; a lane
        that failed alone is in `Batch.troubles`.
        """
        ...

    def check(self) -> list[str]:
        """Ask the vendor whether we may read (token, scopes, handle); one sentence a problem."""
        ...

    def close(self) -> None:
        """Let go of connections and files; may be called twice."""
        ...


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What became of posts that were shown before; those in neither field stand as they were."""

    gone: frozenset[str] = frozenset()
    """Ids that their network no longer shows: deleted, made private, or of a closed account."""
    edited: tuple[Mention, ...] = ()
    """Posts whose text is another one now."""
    bills: tuple[Bill, ...] = ()
    """What the question cost."""


@runtime_checkable
class LooksUp(Protocol):
    """A source that can say whether posts are still there; kinds that can't do without it."""

    LOOKED_UP_AT_ONCE: int
    """The most ids that one call takes."""

    def look_up(self, ids: Sequence[str], *, now: datetime) -> LookedUp:
        """Ask the network for these posts. Raises SourceUnavailable; nothing is known of any of them then."""
        ...


@runtime_checkable
class Billed(Protocol):
    """A source whose reads are billed, and which keeps within a budget."""

    def ration(self, spending: Spending) -> None:
        """Take in what its reads have cost until now; the next look keeps to what is left."""
        ...


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A line of the registry: how a kind is configured and made."""

    settings: type[SourceSettings]
    open: Callable[[Any], Source]
    """Makes the source from its settings; touches no network."""
