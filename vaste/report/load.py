"""How much being on call asked of people: calls, nights, and how evenly they are shared. Pure.

A night is 22:00 to 07:00 and a weekend Saturday and Sunday, on the wall clock. The figures are of teams. Those of
persons are made only where the configuration asks for them (`people_figures`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from casebook.counted import Called
from casebook.load import NIGHT_BEGINS, NIGHT_ENDS
from playbooks.shares import Carried, gini
from vaste.report.rows import Numbers

_SATURDAY: Final = 5
_MORNING: Final = timedelta(hours=12)
SHARED_FROM: Final = 2
"""Fewer people than this share nothing."""
SHARED_WITHIN: Final = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Burden:
    """What one person carried; only for who asked for figures of persons."""

    person: str
    hours: float
    nights: int
    calls: int
    night_calls: int


@dataclass(frozen=True, slots=True)
class TeamLoad:
    """What a team carried in the period."""

    team: str
    people: int
    calls: int
    night_calls: int
    weekend_calls: int
    nights_woken: int
    """Nights in which anybody was called."""
    cases: Numbers
    """To which people were called by night."""
    uneven_hours: float | None
    """Gini of hours on call, 0..1; None where fewer than two share them."""
    uneven_calls: float | None
    persons: tuple[Burden, ...]


def is_night(at: datetime, zone: ZoneInfo) -> bool:
    """Say whether it is night on the wall clock."""
    local = at.astimezone(zone).time()
    return local >= NIGHT_BEGINS or local < NIGHT_ENDS


def loads(
    calls: Iterable[Called],
    carried: Mapping[str, Sequence[Carried]],
    zone: ZoneInfo,
    *,
    persons: int | None,
    lasts: timedelta,
) -> list[TeamLoad]:
    """Give what every team carried in a period that `lasts` so long.

    `carried` is each team's time on call, from its rota. Of persons it tells only where `persons` says from how many
    calls on; None: of nobody. How evenly it is shared is not said of a short period:
    turns last a week or two.
    """
    by: dict[str, list[Called]] = {team: [] for team in carried}
    for call in calls:
        by.setdefault(call.team, []).append(call)
    found = [_load(team, of, carried.get(team, ()), zone, persons=persons) for team, of in by.items()]
    return found if lasts >= SHARED_WITHIN else [replace(one, uneven_hours=None) for one in found]


def _load(
    team: str, calls: Sequence[Called], carried: Sequence[Carried], zone: ZoneInfo, *, persons: int | None
) -> TeamLoad:
    by_night = [call for call in calls if is_night(call.at, zone)]
    called = Counter(call.person for call in calls)
    people = {one.person for one in carried} | called.keys()
    counts = [called[person] for person in sorted(people)]
    hours = [one.hours.total_seconds() for one in carried]
    # a night belongs to the date on which it began
    nights = {(call.at.astimezone(zone) - _MORNING).date() for call in by_night}
    return TeamLoad(
        team=team,
        people=len(people),
        calls=len(calls),
        night_calls=len(by_night),
        weekend_calls=sum(call.at.astimezone(zone).weekday() >= _SATURDAY for call in calls),
        nights_woken=len(nights),
        cases=tuple(sorted({call.case for call in by_night})),
        uneven_hours=gini(hours) if len(hours) >= SHARED_FROM and any(hours) else None,
        uneven_calls=gini(counts) if len(counts) >= SHARED_FROM and any(counts) else None,
        persons=tuple(one for one in _burdens(people, calls, carried, zone) if persons <= one.calls)
        if persons is not None
        else (),
    )


def _burdens(
    people: Iterable[str], calls: Sequence[Called], carried: Sequence[Carried], zone: ZoneInfo
) -> Iterable[Burden]:
    on_call = {one.person: one for one in carried}
    for person in sorted(people):
        theirs = [call for call in calls if call.person == person]
        time = on_call.get(person)
        yield Burden(
            person,
            time.hours.total_seconds() / 3_600 if time else 0.0,
            time.nights if time else 0,
            len(theirs),
            sum(is_night(call.at, zone) for call in theirs),
        )
