"""A whole month within a budget, played through the pure rules: a brand that much is said of."""

import random
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import exp

import pytest

from casebook.record import Spending, Spent
from listener.budget import Budget, Plan, day_before, month_of, plan_month, week_before
from listener.purse import Purse
from listener.tripwire import Counted, Step, Tripwire, is_count_due, ration

POST = COUNT = 5_000
PAGE, LEAST_PAGE, LEAST_SEARCH = 100, 5, 10
BEGIN, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
MIDDLE = datetime(2026, 11, 16, tzinfo=UTC)
EVERY = timedelta(minutes=30)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def poisson(dice: random.Random, mean: float) -> int:
    """How many come where so many come on average."""
    if mean > 20:
        return max(round(dice.gauss(mean, mean**0.5)), 0)
    came, chance = -1, 1.0
    while chance > exp(-mean):
        came, chance = came + 1, chance * dice.random()
    return max(came, 0)


def by_hour(at: datetime) -> float:
    """How loud an hour is: nights are quiet, weekends quieter."""
    loud = 0.15 if at.hour < 6 else 1.3
    return loud * (0.6 if at.weekday() >= 5 else 1.16)


@dataclass
class Month:
    """The world of one source, the record of what it cost, and what was seen."""

    budget: Budget
    seed: int
    mentions_a_day: float = 100
    posts_a_day: float = 4_000
    bursts: bool = True
    louder: float = 10
    """How many times as much the crisis is than a common day."""
    begins_at: datetime = BEGIN
    now: datetime = BEGIN
    tripwire: Tripwire = field(default_factory=Tripwire)
    waiting: int = 0
    """Mentions that nobody has read yet."""
    unread: int = 0
    counted_at: list[datetime] = field(default_factory=list)
    delayed: int = 0
    longest_delay: int = 0
    """In looks."""
    seen: int = 0
    searched: list[tuple[datetime, Step, int]] = field(default_factory=list)
    spent: dict[str, int] = field(default_factory=dict)
    hours: deque[tuple[datetime, dict[str, int]]] = field(default_factory=deque)
    """What each hour cost."""
    week: dict[str, int] = field(default_factory=dict)
    last_paid_at: datetime = BEGIN
    counted: list[Counted] = field(default_factory=list)
    forecasts: dict[datetime, int | None] = field(default_factory=dict)
    most_spent: int = 0
    crisis: tuple[datetime, datetime] = (END, END)
    left_for_mentions: int = 0

    def play(self) -> "Month":
        dice = random.Random(self.seed)
        if self.bursts:
            began = BEGIN + dice.uniform(4, 24) * DAY
            self.crisis = (began, began + 6 * HOUR)
        hours = [self.now - n * HOUR for n in range(168, 0, -1)]
        said = [poisson(dice, self.posts_a_day / 24 * by_hour(at)) for at in hours]
        self.counted = [Counted(at, at + HOUR, posts) for at, posts in zip(hours, said, strict=True)]
        while self.now < END:
            is_crisis = self.crisis[0] <= self.now < self.crisis[1]
            part = EVERY / DAY * by_hour(self.now)
            self.waiting += poisson(dice, self.mentions_a_day * part * (25 if is_crisis else 1))
            posts = poisson(dice, self.posts_a_day * part * (self.louder if is_crisis else 1))
            self.unread += posts
            self._count(posts)
            if self.now >= self.begins_at:
                self.look()
            self.now += EVERY
        return self

    def look(self) -> None:
        plan = plan_month(self.budget, self.spending(), now=self.now)
        assert plan.left == self.budget.micros - sum(self.spent.values())
        self.forecasts[self.now] = plan.forecast
        purse = Purse(plan)
        self.search(plan, purse)  # the search asks at the same time: let it be first
        self.read_mentions(purse)
        self.most_spent = max(self.most_spent, sum(self.spent.values()))

    def read_mentions(self, purse: Purse) -> None:
        while self.waiting:
            may = purse.lend(PAGE, price=POST, wide=False, least=LEAST_PAGE)
            if not may:
                self.delayed += 1
                self.longest_delay = max(self.longest_delay, self.delayed)
                return
            read = min(self.waiting, may)
            purse.give_back(may - read, price=POST, wide=False)
            self.pay("mentions", read * POST)
            self.waiting -= read
            self.seen += read
        self.delayed = 0

    def search(self, plan: Plan, purse: Purse) -> None:
        due = is_count_due(self.tripwire, plan, price=COUNT, post_price=POST, every=EVERY, now=self.now)
        if due and purse.lend(1, price=COUNT, wide=True, counts=True):
            self.counted_at.append(self.now)
            self.pay("search", COUNT)
            self.tripwire = self.tripwire.after_counting(self.counted, self.now)
        found = ration(self.tripwire, plan, post_price=POST, least=LEAST_SEARCH, now=self.now)
        if found.step is Step.WAIT:
            return
        read = 0
        while self.unread and (found.posts is None or read == 0):
            may = purse.lend(min(found.posts or PAGE, PAGE), price=POST, wide=True, least=LEAST_SEARCH)
            if not may:
                break
            page = min(self.unread, may)
            purse.give_back(may - page, price=POST, wide=True)
            self.pay("search", page * POST)
            self.unread -= page
            read += page
        if found.posts is not None:
            self.unread = 0  # what is older is left out
        if read:
            self.searched.append((self.now, found.step, read))
            self.tripwire = self.tripwire.after_reading(self.now)

    def pay(self, lane: str, micros: int) -> None:
        self.spent[lane] = self.spent.get(lane, 0) + micros
        hour = self.now.replace(minute=0)
        if not self.hours or self.hours[-1][0] < hour:
            self.hours.append((hour, {}))
        add(self.hours[-1][1], lane, micros)
        add(self.week, lane, micros)
        self.last_paid_at = self.now

    def spending(self) -> Spending:
        week, day = week_before(self.now), day_before(self.now)
        while self.hours and self.hours[0][0] < week:
            for lane, micros in self.hours.popleft()[1].items():
                add(self.week, lane, -micros)
        today: dict[str, int] = {}
        for hour, spent in reversed(self.hours):
            if hour < day:
                break
            for lane, micros in spent.items():
                add(today, lane, micros)
        return Spending(lines(self.spent), lines(self.week), lines(today), since=self.begins_at)

    def _count(self, said: int) -> None:
        hour = self.now.replace(minute=0)
        if self.counted[-1].begins_at != hour:
            self.counted = [*self.counted[-167:], Counted(hour, hour + EVERY, 0)]
        last = self.counted[-1]
        self.counted[-1] = Counted(hour, self.now + EVERY, last.posts + said)


def add(spent: dict[str, int], lane: str, micros: int) -> None:
    spent[lane] = spent.get(lane, 0) + micros


def lines(spent: dict[str, int]) -> tuple[Spent, ...]:
    return tuple(Spent(lane, "post", micros // POST, micros) for lane, micros in spent.items())


FIFTY = Budget(50_000_000)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_much_named_brand_is_never_over_budget_and_its_mentions_never_wait(seed: int) -> None:
    month = Month(FIFTY, seed).play()
    whole = sum(month.spent.values())
    assert month.most_spent <= FIFTY.micros
    assert month.longest_delay <= 2
    assert month.waiting == 0
    assert whole >= 0.9 * FIFTY.micros  # the money is used
    forecast = month.forecasts[MIDDLE]
    assert forecast is not None
    assert abs(forecast - whole) <= 0.1 * whole
    # no going blind on the 20th: searches see something on every day
    days = {at.day for at, _, _ in month.searched}
    assert len(days) == 30
    first, last = (
        sum(read for at, _, read in month.searched if begin <= at.day < end)
        for begin, end in ((2, 12), (20, 30))
    )
    assert 1 / 3 <= last / first <= 3
    # the crisis is read within hours of its beginning, and more of it than of a common day
    moved = [at for at, step, _ in month.searched if step is Step.MOVED and month.crisis[0] <= at]
    assert moved
    assert min(moved) - month.crisis[0] <= 3 * HOUR


def test_a_search_that_can_be_paid_is_read_whole() -> None:
    month = Month(FIFTY, 5, mentions_a_day=20, posts_a_day=100, bursts=False).play()
    whole = sum(month.spent.values())
    assert month.unread == 0
    assert {step for at, step, _ in month.searched if at > BEGIN + DAY} == {Step.WHOLE}
    assert whole < 0.5 * FIFTY.micros
    forecast = month.forecasts[MIDDLE]
    assert forecast is not None
    assert abs(forecast - whole) <= 0.1 * whole


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_storm_in_a_search_that_was_cheap_is_counted_while_it_lasts(seed: int) -> None:
    """Reading it whole would spend three days' worth in an hour, and nobody would know that it goes on."""
    month = Month(FIFTY, seed, mentions_a_day=20, posts_a_day=100, louder=100).play()
    begins, ends = month.crisis
    during = [at for at in month.counted_at if begins <= at < ends]
    assert len(during) >= 3
    assert any(during[0] <= at < ends for at, _, _ in month.searched)  # before the money is gone
    assert max(b - a for a, b in pairwise([*during, ends])) <= 2 * HOUR
    assert len([at for at in month.counted_at if at < begins]) <= (begins - BEGIN) / DAY + 2
    assert month.most_spent <= FIFTY.micros


def test_mentions_that_alone_cost_more_than_the_budget_are_slowed_evenly() -> None:
    month = Month(FIFTY, 6, mentions_a_day=1_000, posts_a_day=0, bursts=False).play()
    assert month.most_spent <= FIFTY.micros
    assert sum(month.spent.values()) >= 0.97 * FIFTY.micros
    assert month.last_paid_at > END - 6 * HOUR  # the last day is not blind


def test_a_month_begun_late_has_the_whole_budget_and_spends_it_evenly() -> None:
    month = Month(FIFTY, 7, bursts=False, begins_at=MIDDLE).play()
    assert month.most_spent <= FIFTY.micros
    assert sum(month.spent.values()) >= 0.85 * FIFTY.micros
    assert len({at.day for at, _, _ in month.searched}) >= 14


def test_a_month_is_of_the_calendar_and_in_utc() -> None:
    helsinki = timedelta(hours=2)
    assert month_of(END - timedelta(microseconds=1)) == (BEGIN, END)
    assert month_of(END) == (END, datetime(2027, 1, 1, tzinfo=UTC))
    assert month_of((END + HOUR).astimezone(UTC) - helsinki) == (BEGIN, END)
