"""A year of rota: every shift and how it is shared, against asking minute by minute; and one page's question.

    python -m bench.rota

A team with three layers (a weekly rota, nights, holidays), forty stand-ins and twenty absences. Asking every minute
is done for one day and reckoned up: a year of it would take minutes.
"""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall
from typing import TypeVar
from zoneinfo import ZoneInfo

from casebook.calendar import Span
from playbooks.roster import Away, Layer, OnHolidays, Override, Roster, on_call, shifts
from playbooks.rota import Rota
from playbooks.shares import carried

T = TypeVar("T")
HELSINKI = ZoneInfo("Europe/Helsinki")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
PEOPLE = tuple(f"person{number}" for number in range(8))
HOLIDAYS = frozenset(date(2026, 1, 1) + 26 * number * DAY for number in range(15))


def main() -> None:
    """Print the figures."""
    roster = _roster()
    year = _best(lambda: shifts(roster, BEGIN, BEGIN + 365 * DAY))
    found = shifts(roster, BEGIN, BEGIN + 365 * DAY)
    shared = _best(lambda: carried(found, people=PEOPLE, zone=HELSINKI, holidays_of=lambda _: HOLIDAYS))
    day = _best(lambda: [roster.in_order(BEGIN + minute * MINUTE) for minute in range(1440)])
    one = _best(lambda: [on_call(roster, BEGIN + hour * HOUR) for hour in range(200)]) / 200
    print(f"365 days, {len(found)} shifts: {year * 1000:.0f} ms; how they are shared: {shared * 1000:.0f} ms")
    print(
        f"minute by minute, 1 day: {day * 1000:.0f} ms, so 365 days: {day * 365:.1f} s, {day * 365 / year:.0f} times as long"
    )
    print(f"one question, with its reason and until when: {one * 1000:.2f} ms")


def _roster() -> Roster:
    weekly = Layer(Rota(PEOPLE[:4], 0, wall(9), HELSINKI, start=date(2026, 1, 5)))
    nights = Layer(Rota(PEOPLE[2:], 0, wall(9), HELSINKI, DAY), (Span(20 * 60, 32 * 60),))
    holidays = Layer(
        Rota(PEOPLE[::2], 0, wall(9), HELSINKI, DAY), on_holidays=OnHolidays.ONLY, holidays=HOLIDAYS
    )
    overrides = tuple(
        Override(PEOPLE[number % 8], BEGIN + 9 * number * DAY, BEGIN + 9 * number * DAY + 12 * HOUR, "lead")
        for number in range(40)
    )
    away = {
        person: tuple(
            Away(
                person,
                BEGIN + (place * 11 + number * 120) * DAY,
                BEGIN + (place * 11 + number * 120 + 9) * DAY,
            )
            for number in range(3)
        )
        for place, person in enumerate(PEOPLE)
    }
    return Roster((weekly, nights, holidays), overrides, away)


def _best(act: Callable[[], T]) -> float:
    """Seconds of the best of five rounds: the others were shared with somebody."""
    rounds = []
    for _ in range(5):
        begun = time.perf_counter()
        act()
        rounds.append(time.perf_counter() - begun)
    return min(rounds)


if __name__ == "__main__":
    main()
