"""A month of reading within a budget: pure rules over what the vendor has billed so far.

Theory of operation:
1. A month is the calendar month in UTC. Money is whole millionths of a dollar; rates are dollars' worth a day.
2. What is said to the company comes first: mentions and our own timelines may take all that is left, unless
   they alone would spend the month's money before its end. What they will still need is set aside
   (`kept`): their pace of the last 168 hours, every hour of the week once, or that of the month where it is
   lower (one burst is no pace), for the rest of the month, and a quarter more. A day in which they take half
   of an even budget counts with what is seen, so that the first hours decide nothing.
3. The rest belongs to wide reads (searches), in even parts for each day that is left: whatever happened, the
   days to come share what there is, and the 20th is no blinder than the 2nd. When something happens, three
   days' worth may be spent in one.
4. A read is made only where its worst cost fits in what is left; it is made smaller before it is left out.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from casebook.mention import Bill
from casebook.record import Spending, Spent

DOLLAR = 1_000_000
"""Millionths."""
WEEK_HOURS = 168
_DAY = timedelta(days=1)
_HOUR_OF_A_DAY = 1 / 24
_GREATEST = 1_000_000
_WRITTEN = re.compile(r"\s*(\d{1,7}(?:\.\d{1,2})?)\s*([A-Za-z]{3})\s*/\s*([a-z]+)\s*")
_HOW = "write for example 50 USD/month"
_WIDE = frozenset({"search", "quotes", "people"})

_FIRST_SHARE = 0.5
"""Of an even budget: what mentions take where nothing is known of them yet."""
_KEPT_MARGIN = 1.25
_KEPT_ALWAYS = 0.02
"""Of the budget, to the last day: a post that names us in its last hour is read."""
_AHEAD = 0.25
"""Of the budget: how far mentions may be ahead of an even line; a week's burst of them is read at once."""
_SURGE_DAYS = 3
"""Days' worth that searches may cost in 24 hours."""
COUNTS_SHARE = 0.2
"""Of what a wide search may cost: what its counts take."""
_HELD = 0.75
"""Of what they may cost: wide reads that take so much would take more."""
_NOTICE_AT = 0.8
"""Of the budget: when people are told."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What the reads of one source may cost in a calendar month (UTC)."""

    micros: int

    def __str__(self) -> str:
        """Write it as in the configuration."""
        return f"{self.micros / DOLLAR:.2f}".removesuffix(".00") + " USD/month"


@dataclass(frozen=True, slots=True)
class Plan:
    """What may be spent now, in millionths of a dollar, and what the month comes to."""

    budget: int
    spent: int
    left: int
    first: int
    """What reads that come first (mentions, timelines) may cost now."""
    wide: int
    """What wide reads (searches) may cost now."""
    wide_a_day: float
    """What they may cost a day, from now to the end of the month, on the average."""
    forecast: int | None
    """What the month will have cost at its end; None before a day is known."""
    wide_today: int = 0
    """What they have cost in the last 24 hours."""

    @property
    def kept_for_counts(self) -> int:
        """Of `wide`: what posts may not cost, so that they can be counted when they can't be read."""
        return int(COUNTS_SHARE * self.wide_a_day)


def parse_budget(written: object) -> Budget:
    """Read `50 USD/month`; raises ValueError that says how to write it. A Budget passes through."""
    if isinstance(written, Budget):
        return written
    found = _WRITTEN.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        raise ValueError(f"{written!r} is no budget; {_HOW}")
    if found[2].upper() != "USD":
        raise ValueError(f"{found[2]}: vendors bill in US dollars; {_HOW}")
    if found[3] != "month":
        raise ValueError(f"a budget is for a calendar month, as vendors bill; {_HOW}")
    if not 0 < float(found[1]) <= _GREATEST:
        raise ValueError(f"{found[1]} is not between nothing and a million; {_HOW}")
    return Budget(round(float(found[1]) * DOLLAR))


def month_of(now: datetime) -> tuple[datetime, datetime]:
    """Give the beginning and the end of the calendar month in UTC."""
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    later = first + timedelta(days=32)
    return first, later.replace(day=1)


def week_before(now: datetime) -> datetime:
    """Give the full hour from which on the last 168 hours lie, the one that runs included."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return hour - timedelta(hours=WEEK_HOURS - 1)


def day_before(now: datetime) -> datetime:
    """Give the full hour from which on the last 24 hours lie, the one that runs included."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=23)


def is_wide(lane: str) -> bool:
    """Say whether a lane searches rather than reads what is said to the company or by it."""
    return lane.partition(":")[0] in _WIDE


def plan_month(budget: Budget, spending: Spending, *, now: datetime) -> Plan:
    """Say what may be spent now."""
    begins_at, ends_at = month_of(now)
    began_at = min(max(begins_at, spending.since), now)
    whole = max((ends_at - began_at) / _DAY, _HOUR_OF_A_DAY)
    gone, rest = (now - began_at) / _DAY, max((ends_at - now) / _DAY, _HOUR_OF_A_DAY)
    first, wide = _sums(spending.month)
    left = max(budget.micros - first - wide, 0)
    kept = _KEPT_MARGIN * _first_a_day(budget, spending, gone=gone, now=now) * rest
    kept += _KEPT_ALWAYS * budget.micros
    wide_left = max(left - kept, 0.0)
    wide_a_day = wide_left / max(rest, 1)
    first_line = budget.micros * (gone / whole + _AHEAD * (1 - gone / whole)) - first
    return Plan(
        budget=budget.micros,
        spent=first + wide,
        left=left,
        first=_between(0, first_line, left),
        wide=_between(0, _SURGE_DAYS * wide_a_day - _sums(spending.day)[1], wide_left),
        wide_a_day=wide_a_day,
        forecast=_forecast(budget, spending, wide_a_day=wide_a_day, gone=gone, now=now),
        wide_today=_sums(spending.day)[1],
    )


def with_bills(spending: Spending, bills: Iterable[Bill]) -> Spending:
    """Add what is not on record yet."""
    new = tuple(
        Spent(bill.lane, bill.what, reads := len(bill.ids) + bill.count, reads * bill.price) for bill in bills
    )
    return replace(
        spending, month=(*spending.month, *new), week=(*spending.week, *new), day=(*spending.day, *new)
    )


def notices(plan: Plan, *, least: int) -> list[tuple[int, str]]:
    """Say which notices of this month are due: (per cent of the budget, one sentence), the lower first.

    A hundred per cent is reached when not even the least look, which costs `least`, can be paid.
    """
    budget = Budget(plan.budget)
    told = []
    if plan.spent >= _NOTICE_AT * plan.budget:
        share = f"{dollars(plan.spent)} of {budget} are spent"
        told.append((80, f"{share}; searches are slowed first, see vaste budget"))
    if plan.left < max(least, 1):
        spent = f"the budget of {budget} is spent; nothing more is read until the next month (UTC)"
        told.append((100, f"{spent}, raise budget to go on"))
    return told


def dollars(micros: float) -> str:
    """Write an amount for people."""
    return f"${micros / DOLLAR:,.2f}"


def total(spent: Iterable[Spent]) -> int:
    """Add up."""
    return sum(one.micros for one in spent)


def _sums(spent: Iterable[Spent]) -> tuple[int, int]:
    """Give what came first, and what was wide."""
    lines = list(spent)
    wide = total(one for one in lines if is_wide(one.lane))
    return total(lines) - wide, wide


def _known_days(spending: Spending, *, now: datetime) -> float:
    """Give how many of the last seven days are known."""
    return max((now - max(week_before(now), spending.since)) / _DAY, 0.0)


def _first_a_day(budget: Budget, spending: Spending, *, gone: float, now: datetime) -> float:
    """Give what mentions and timelines cost a day; half of an even budget weighs as much as one day seen."""
    begins_at, ends_at = month_of(now)
    unknown = _FIRST_SHARE * budget.micros / ((ends_at - begins_at) / _DAY)
    known = _known_days(spending, now=now)
    of_week = (unknown + _sums(spending.week)[0]) / (1 + known)
    of_month = (unknown + _sums(spending.month)[0]) / (1 + gone)
    return min(of_week, of_month) if gone > known else of_week


def _forecast(
    budget: Budget, spending: Spending, *, wide_a_day: float, gone: float, now: datetime
) -> int | None:
    """Give what is spent, and for the rest of the month the pace of the last 168 hours; never over budget.

    Wide reads whose pace (of the week, or of the month) comes near to what they may cost are held by it: they
    will take all that there is but what is always kept.
    """
    known = _known_days(spending, now=now)
    if known < 1:
        return None
    rest = (month_of(now)[1] - now) / _DAY
    paced = min(round(total(spending.month) + total(spending.week) / known * rest), budget.micros)
    of_week, of_month = _sums(spending.week)[1] / known, _sums(spending.month)[1] / max(gone, 1)
    is_held = max(of_week, of_month) >= _HELD * wide_a_day > 0
    return max(paced, round((1 - _KEPT_ALWAYS) * budget.micros)) if is_held else paced


def _between(least: float, wanted: float, most: float) -> int:
    return int(min(max(wanted, least), most))
