"""The Source protocol: what the jobs ask of every kind of source, and the settings they share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Protocol, TypeVar, runtime_checkable

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from casebook.duration import parse_duration
from casebook.mention import ALL_LANES, Batch, Bill, Blindness, Json, Mention, Trouble
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


def _off_is_none(written: object) -> object:
    is_off = written is False or (isinstance(written, str) and written.strip().casefold() == "off")
    return None if is_off else written


DurationOrOff = Annotated[Duration | None, BeforeValidator(_off_is_none)]
Learn = Annotated[Literal["allowed", "weights", "thresholds", "off"], BeforeValidator(_off_is_a_word)]


def _one_is_a_list(written: object) -> object:
    return [written] if isinstance(written, str | int) and not isinstance(written, bool) else written


T = TypeVar("T")
OneOrMore = Annotated[tuple[T, ...], BeforeValidator(_one_is_a_list)]
"""A list, or its only element written alone."""


RECHECKED_WHEN_BILLED = timedelta(days=7)


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
    languages: OneOrMore[Literal["fi", "sv", "en", "other"]] = ()
    """Only posts of these are judged; without it, all are."""
    muted_authors: OneOrMore[Annotated[str, Field(min_length=1)]] = ()
    """Handles whose posts are context only."""
    muted_words: OneOrMore[Annotated[str, Field(min_length=1)]] = ()
    """Words and phrases, inflected or not, that make a post context only."""
    budget: Annotated[Budget, BeforeValidator(parse_budget)] | None = None
    """What its reads may cost in a calendar month (UTC), for example `50 USD/month`."""
    recheck: DurationOrOff = timedelta(days=30)
    """How old posts may be of which the network is still asked whether they are there; None: it never is."""
    keep_text: DurationOrOff = None
    """Posts' words are erased when the posts are so old; None: they are kept."""
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

    @property
    def rechecked_within(self) -> timedelta | None:
        """How old posts may be of which the network is asked: `recheck`, and less by itself within a budget.

        Where each question is billed and a budget is kept, a month of them costs thirty times what reading
        the post cost.
        """
        is_billed = self.budget is not None and bool(self.tariff)
        return RECHECKED_WHEN_BILLED if is_billed and "recheck" not in self.model_fields_set else self.recheck

    @property
    def sees_replies(self) -> bool:
        """Say whether our own answers are seen there; where they are not, whether we answered is *unknown*."""
        return True

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
        troubles: tuple[Trouble, ...] = (),
    ) -> None:
        super().__init__(message)
        self.bills = bills
        """What was billed before the look failed."""
        self.reason = reason
        self.troubles = troubles or (Trouble(ALL_LANES, message, reason=reason),)
        """What ails each lane, where it is not the same for all."""
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
        that failed alone is in `Batch.troubles`. A source with lanes names in `Batch.lanes` those that it
        covered well, at every look.
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
    """Posts as they are now, where they may have been edited; those that say what they said change nothing."""
    seen: tuple[Mention, ...] = ()
    """The others as they are now, where the network tells how many they have reached."""
    reads: int = 0
    """Posts that the network bills us for having shown."""
    bills: tuple[Bill, ...] = ()
    """What they cost."""
    left: frozenset[str] = frozenset()
    """Ids that were not asked about: what is left of a budget does not pay for them."""


@runtime_checkable
class LooksUp(Protocol):
    """A source that can say whether posts are still there; kinds that can't do without it."""

    LOOKED_UP_AT_ONCE: int
    """The most ids that one call takes."""

    def look_up(self, ids: Sequence[str], *, now: datetime) -> LookedUp:
        """Ask the network for these posts. Raises SourceUnavailable; nothing is known of any of them then."""
        ...


class NotYet(Exception):
    """A sweep has no result yet."""


@runtime_checkable
class Sweeps(Protocol):
    """A source whose network says of many posts at once, and for nothing, which are gone; it answers later."""

    def begin_sweep(self, ids: Sequence[str], *, now: datetime) -> Json | None:
        """Hand over the ids; gives what `end_sweep` asks by, None where we may not. Raises SourceUnavailable."""
        ...

    def end_sweep(self, begun: Json, *, now: datetime) -> frozenset[str]:
        """Give the ids that are gone. Raises NotYet, and SourceUnavailable where it came to nothing."""
        ...


@runtime_checkable
class Billed(Protocol):
    """A source whose reads are billed, and which keeps within a budget."""

    def ration(self, spending: Spending) -> None:
        """Take in what its reads have cost until now; the next look keeps to what is left."""
        ...


@runtime_checkable
class KnowsPeople(Protocol):
    """A source that finds posts addressed to somebody of ours, and their answers to customers."""

    def know(self, handles: Sequence[str]) -> None:
        """Tell it our people's handles on its network, without @; once, before its first look."""
        ...


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A line of the registry: how a kind is configured and made."""

    settings: type[SourceSettings]
    open: Callable[[Any], Source]
    """Makes the source from its settings; touches no network."""
    polled: bool = True
    """Its posts are fetched; else they are sent to us, and a look brings nothing."""
    handles: str | None = None
    """What a handle of our people looks like, for a kind that knows them: a regular expression."""
