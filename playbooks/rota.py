"""Whose turn it is: a rota with its hand-off at a local time. Pure.

Turns are counted in whole periods of local dates from a fixed first date, so that every machine agrees
without keeping any state. The hand-off keeps its place on the wall clock all year: the shift across a
change of daylight saving time is an hour longer or shorter instead. A hand-off in the hour that is
skipped happens at the first instant after it; one in the hour that comes twice, at its first coming.
The instant of the hand-off belongs to the new person.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from casebook.wall import instant_of

_FIRST_MONDAY: Final = date(1970, 1, 5)
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)


class Turns(Protocol):
    """Whatever says whose turn it is: one rota, or a whole roster of them."""

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who may have a turn."""
        ...

    def in_order(self, at: datetime) -> tuple[str, ...]:
        """Give everybody who could be called at an instant, each once: the person on call, the backup, and so on."""
        ...

    def is_away(self, person: str, at: datetime) -> bool:
        """Say whether a person is away at an instant, of the team or not."""
        ...


@dataclass(frozen=True, slots=True)
class Rota:
    """People in the order of their turns, and when one hands off to the next.

    Raises ValueError for a weekday outside 0..6 and for turns that are not whole days.
    """

    people: tuple[str, ...]
    """Keys of people; empty: nobody is ever on call."""
    weekday: int
    """0 for Monday to 6 for Sunday; where turns are not whole weeks, the weekday of the first one."""
    at: time
    """Local wall time of the hand-off."""
    zone: ZoneInfo
    every: timedelta = _WEEK
    start: date | None = None
    """Local date on or after which the first person's first turn begins (default: in January 1970)."""

    def __post_init__(self) -> None:
        if self.weekday not in range(7):
            raise ValueError(f"weekday {self.weekday} is not one of 0 (Monday) to 6 (Sunday)")
        if self.every < _DAY or self.every % _DAY:
            raise ValueError("a turn lasts whole days; write for example 1d, 1w or 2w")

    def in_order(self, at: datetime) -> tuple[str, ...]:
        """Give everybody in the order of their turns from an instant on, each once."""
        return tuple(dict.fromkeys(in_turn(self, at)))

    def is_away(self, person: str, at: datetime) -> bool:
        """Nobody is: a rota alone knows of no absence."""
        del person, at
        return False


def in_turn(rota: Rota, at: datetime) -> tuple[str, ...]:
    """Give the people in the order in which their turns come, from whose turn it is at an instant on."""
    if not rota.people:
        return ()
    place = _turn(rota, at) % len(rota.people)
    return rota.people[place:] + rota.people[:place]


def on_call(rota: Turns, at: datetime) -> str | None:
    """Say who is on call at an instant; None when nobody is."""
    return next(iter(rota.in_order(at)), None)


def backup(rota: Turns, at: datetime) -> str | None:
    """Say who comes next after the person on call; None when there is no other person."""
    return next(iter(rota.in_order(at)[1:]), None)


def handoffs(rota: Rota, begin: datetime, end: datetime) -> Iterator[datetime]:
    """Give the instants in [begin, end) at which one person hands off to another, in their order."""
    turn = _turn(rota, begin)
    while (at := _handoff(rota, turn)) < end:
        if at >= begin:
            yield at
        turn += 1


def shift_bounds(rota: Rota, at: datetime) -> tuple[datetime, datetime]:
    """Give the start (included) and the end (excluded) of the shift at an instant, in UTC."""
    turn = _turn(rota, at)
    return _handoff(rota, turn), _handoff(rota, turn + 1)


def _turn(rota: Rota, at: datetime) -> int:
    """Number of the turn at an aware instant; 0 begins on the rota's first date, earlier ones are negative."""
    turn = (at.astimezone(rota.zone).date() - _first_date(rota)) // rota.every
    # the date alone does not know the time of day, nor that a zone can skip a whole date
    while at < _handoff(rota, turn):
        turn -= 1
    while at >= _handoff(rota, turn + 1):
        turn += 1
    return turn


def _first_date(rota: Rota) -> date:
    """Local date of hand-off number 0."""
    if rota.start is None:
        return _FIRST_MONDAY + timedelta(days=rota.weekday)
    if rota.every % _WEEK:
        return rota.start
    return rota.start + timedelta(days=(rota.weekday - rota.start.weekday()) % 7)


@lru_cache(maxsize=4_096)
def _handoff(rota: Rota, turn: int) -> datetime:
    """Instant in UTC at which a turn begins."""
    day = _first_date(rota) + turn * rota.every
    return instant_of(day, rota.at, rota.zone)
