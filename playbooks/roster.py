"""Whose turn it is in a team when rotas, stand-ins and absences all have a say. Pure.

Theory of operation. At any instant these are asked in turn, and the first that has somebody decides:
1. The overrides that hold then, the one made last first.
2. The layers, the last one first; a layer speaks only within its hours, on its days.
Whoever is away is passed over by all of them: within a layer the turn goes to the next in its order. Where
nobody is left, nobody is on call.

The answer can change only at the *edges* of a roster: hand-offs, beginnings and ends of hours, of overrides and of
absences. So asking once at each edge gives every shift of a period exactly, whatever its length, and nothing
between two edges can be missed.

Hours belong to the local date on which they begin, may run past midnight, and are half-open as everything here is:
the instant of an end belongs to what comes next. Wall times become instants as `casebook.wall` says.
"""

from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from casebook.calendar import DAY, Span
from casebook.wall import instant_of
from playbooks.rota import Rota, Turns, handoffs, in_turn

FARTHEST: Final = timedelta(days=400)
"""How far a change of who is on call is looked for: beyond a year, so that yearly hours are found."""
WHOLE_DAY: Final = Span(0, DAY)
EVERY_DAY: Final = frozenset(range(7))
_ONE: Final = timedelta(days=1)
_STRIDES: Final = (timedelta(days=9), timedelta(days=60), FARTHEST)


class OnHolidays(StrEnum):
    """What a layer does on public holidays."""

    KEEP = "keep"
    SKIP = "skip"
    ONLY = "only"


@dataclass(frozen=True, slots=True)
class Turn:
    """A time that is one person's; `ends_at` is the next one's. Raises ValueError where it ends before it begins."""

    person: str
    begins_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        # two instants of one zone would be compared by their wall clocks, which lie in the hour that comes twice
        object.__setattr__(self, "begins_at", self.begins_at.astimezone(UTC))
        object.__setattr__(self, "ends_at", self.ends_at.astimezone(UTC))
        if self.ends_at <= self.begins_at:
            raise ValueError("it ends before it begins")

    def holds(self, at: datetime) -> bool:
        """Say whether an instant lies in it."""
        return self.begins_at <= at < self.ends_at


@dataclass(frozen=True, slots=True)
class Override(Turn):
    """Somebody stands in: theirs is the turn, whatever the layers say."""

    by: str = ""
    """Who said so."""
    why: str = ""
    number: int | None = None
    """By which it is cancelled; None for one of the configuration."""


@dataclass(frozen=True, slots=True)
class Away(Turn):
    """A person's absence."""

    by: str = ""
    why: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """A rota, and when it speaks."""

    rota: Rota
    hours: tuple[Span, ...] = ()
    """Of a date on the wall clock of the rota's zone; none: the whole day."""
    days: frozenset[int] = EVERY_DAY
    """Weekdays on which its hours begin, 0 for Monday."""
    on_holidays: OnHolidays = OnHolidays.KEEP
    holidays: Container[date] = frozenset()

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody in it."""
        return self.rota.people

    @property
    def zone(self) -> ZoneInfo:
        """Where its wall clock hangs."""
        return self.rota.zone

    @property
    def is_always(self) -> bool:
        """It speaks at all times."""
        return not self.hours and self.days == EVERY_DAY and self.on_holidays is OnHolidays.KEEP

    def in_turn(self, at: datetime) -> tuple[str, ...]:
        """Give its people from whose turn it is on; nobody outside its hours."""
        if not self.is_always and not any(start <= at < end for start, end in self._around(at)):
            return ()
        return in_turn(self.rota, at)

    def edges(self, begin: datetime, end: datetime) -> Iterator[datetime]:
        """Give the instants in [begin, end) at which its answer may change."""
        yield from handoffs(self.rota, begin, end)
        if self.is_always:
            return
        day, last = begin.astimezone(self.zone).date() - _ONE, end.astimezone(self.zone).date() + _ONE
        while day <= last:
            yield from (at for stretch in self._windows(day) for at in stretch if begin <= at < end)
            day += _ONE

    def _around(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        day = at.astimezone(self.zone).date()
        # the next date too: where clocks go back over midnight, it has begun before this one is over
        for near in (day, day - _ONE, day + _ONE):
            yield from self._windows(near)

    def _windows(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Give the stretches of its hours that begin on a local date."""
        if day.weekday() not in self.days:
            return
        if self.on_holidays is not OnHolidays.KEEP:
            is_holiday = day in self.holidays
            if is_holiday is (self.on_holidays is OnHolidays.SKIP):
                return
        for span in self.hours or (WHOLE_DAY,):
            yield _instant(self.zone, day, span.start), _instant(self.zone, day, span.end)


@dataclass(frozen=True, slots=True)
class Kept:
    """A layer whose turns are kept elsewhere. Of two at once, the one that began later is on call, the other next."""

    turns: tuple[Turn, ...] = ()
    known: tuple[str, ...] = ()
    """Everybody who may be in it; empty: those who are."""
    _begins: tuple[datetime, ...] = field(init=False, repr=False, compare=False)
    _longest: timedelta = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ordered = sorted(self.turns, key=lambda turn: (turn.begins_at, turn.ends_at, turn.person))
        longest = max((turn.ends_at - turn.begins_at for turn in ordered), default=timedelta(0))
        object.__setattr__(self, "turns", tuple(ordered))
        object.__setattr__(self, "_begins", tuple(turn.begins_at for turn in ordered))
        object.__setattr__(self, "_longest", longest)

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody in it."""
        return self.known or tuple(dict.fromkeys(turn.person for turn in self.turns))

    def in_turn(self, at: datetime) -> tuple[str, ...]:
        """Give whose turns hold at an instant, the one that began last first."""
        first, last = bisect_right(self._begins, at - self._longest), bisect_right(self._begins, at)
        holding = (turn.person for turn in reversed(self.turns[first:last]) if turn.holds(at))
        return tuple(dict.fromkeys(holding))

    def edges(self, begin: datetime, end: datetime) -> Iterator[datetime]:
        """Give the instants in [begin, end) at which its answer may change."""
        yield from _bounds(self.turns, begin, end)


@dataclass(frozen=True, slots=True)
class Roster:
    """All that decides whose turn it is in a team."""

    layers: tuple[Layer | Kept, ...] = ()
    """A later one goes before the earlier ones wherever it has somebody."""
    overrides: tuple[Override, ...] = ()
    """A later one goes before the earlier ones."""
    away: Mapping[str, tuple[Away, ...]] = field(default_factory=dict)
    """Absences by person."""

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody in its layers, each once."""
        return tuple(dict.fromkeys(person for layer in self.layers for person in layer.people))

    def is_away(self, person: str, at: datetime) -> bool:
        """Say whether a person is away at an instant."""
        return any(absence.holds(at) for absence in self.away.get(person, ()))

    def in_order(self, at: datetime) -> tuple[str, ...]:
        """Give everybody who could be called, each once: the person on call, the backup, and so on."""
        return _asked(self, at.astimezone(UTC))[0]


@dataclass(frozen=True, slots=True)
class OnCall:
    """Who is on call, and why them."""

    person: str | None
    """None: nobody."""
    why: str
    """For the case's history: names keys of people, nothing else that somebody wrote."""
    until: datetime | None = None
    """When somebody else is (or nobody); None where that does not come within `FARTHEST`."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A stretch in which one person is on call, or nobody, for one reason."""

    begins_at: datetime
    ends_at: datetime
    person: str | None
    why: str
    backup: str | None = None
    is_begun_before: bool = False
    """It began longer ago than `FARTHEST`: `begins_at` is only as far as was looked."""
    is_ended_after: bool = False
    """It ends later than `FARTHEST`: `ends_at` is only as far as was looked."""


def roster_of(rota: Turns | None) -> Roster:
    """Give a rota that stands alone as a roster: one layer that is always there."""
    if isinstance(rota, Roster):
        return rota
    return Roster((Layer(rota),)) if isinstance(rota, Rota) else Roster()


def on_call(rota: Turns | None, at: datetime) -> OnCall:
    """Say who is on call at an instant, why, and until when."""
    roster, at = roster_of(rota), at.astimezone(UTC)
    people, why = _asked(roster, at)
    person = next(iter(people), None)
    return OnCall(person, why, _next_change(roster, at, person))


def shifts(rota: Turns | None, begin: datetime, end: datetime) -> list[Shift]:
    """Give the shifts of a period [begin, end), cut at its ends: they tile it, gaps included."""
    roster, begin, end = roster_of(rota), begin.astimezone(UTC), end.astimezone(UTC)
    found: list[Shift] = []
    for at, until in pairwise((*_edges(roster, begin, end), end)):
        people, why = _asked(roster, at)
        person, after = (*people, None, None)[:2]
        last = found[-1] if found else None
        if last is not None and (last.person, last.why, last.backup) == (person, why, after):
            found[-1] = Shift(last.begins_at, until, person, why, after)
        else:
            found.append(Shift(at, until, person, why, after))
    return found


def whole_shifts(rota: Turns | None, begin: datetime, end: datetime) -> list[Shift]:
    """Give the shifts that touch a period, uncut: from where they begin to where they end, within `FARTHEST`."""
    for before in _STRIDES:
        found = shifts(rota, begin - before, end)
        first = next(place for place, shift in enumerate(found) if shift.ends_at > begin)
        if first:
            break
    for after in _STRIDES:
        ahead = shifts(rota, end - _TICK, end + after)
        if len(ahead) > 1:
            break
    touching = found[first:]
    touching[-1] = replace(touching[-1], ends_at=ahead[0].ends_at, is_ended_after=len(ahead) == 1)
    touching[0] = replace(touching[0], is_begun_before=first == 0)
    return touching


def _asked(roster: Roster, at: datetime) -> tuple[tuple[str, ...], str]:
    """Give everybody who could be called, in order, and why the first of them (or nobody) is on call."""
    stands_in = next(
        (one for one in reversed(roster.overrides) if one.holds(at) and not roster.is_away(one.person, at)),
        None,
    )
    orders = [order for layer in reversed(roster.layers) if (order := layer.in_turn(at))]
    if stands_in is not None and orders:
        # whose turn it is gave it away, and is asked again only after all others of that layer
        orders[0] = (*orders[0][1:], orders[0][0])
    called = dict.fromkeys(person for order in orders for person in order)
    present = tuple(person for person in called if not roster.is_away(person, at))
    if stands_in is not None:
        others = tuple(person for person in present if person != stands_in.person)
        return (stands_in.person, *others), f"stands in, as {stands_in.by or 'the configuration'} said"
    return present, _why(roster, orders, present)


def _why(roster: Roster, orders: Sequence[tuple[str, ...]], present: Sequence[str]) -> str:
    """Say why the first of the layers' people who are there is on call, or why nobody is."""
    if present:
        turn = next(order for order in orders if present[0] in order)[0]
        return "in turn" if turn == present[0] else f"for {turn}, who is away"
    if orders:
        return "everybody whose turn it could be is away"
    return "outside the hours of the rota" if roster.people else "nobody is in the rota"


def _edges(roster: Roster, begin: datetime, end: datetime) -> list[datetime]:
    """Give `begin` and every instant after it and before `end` at which the answer may change, in order."""
    absences = (absence for times in roster.away.values() for absence in times)
    found = {begin, *_bounds(roster.overrides, begin, end), *_bounds(absences, begin, end)}
    for layer in roster.layers:
        found.update(layer.edges(begin, end))
    return sorted(found)


def _bounds(turns: Iterable[Turn], begin: datetime, end: datetime) -> Iterator[datetime]:
    return (at for turn in turns for at in (turn.begins_at, turn.ends_at) if begin <= at < end)


def _next_change(roster: Roster, at: datetime, person: str | None) -> datetime | None:
    for stride in _STRIDES:
        for edge in _edges(roster, at, at + stride):
            if next(iter(_asked(roster, edge)[0]), None) != person:
                return edge
    return None


_TICK: Final = timedelta.resolution


@lru_cache(maxsize=32_768)
def _instant(zone: ZoneInfo, day: date, minute: int) -> datetime:
    whole, rest = divmod(minute, DAY)
    return instant_of(day + whole * _ONE, time(*divmod(rest, 60)), zone)
