"""What is told that belongs to no case, to whom and when: rules of values and `now`. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby, islice
from typing import Any
from zoneinfo import ZoneInfo

from casebook.calendar import Calendar, last_openings
from casebook.mention import Blindness
from casebook.record import LaneRecord, Night, Notice, Stretch, TopicPost, WaitingCase
from casebook.wall import instant_of
from listener.budget import Plan
from listener.coverage import as_of, is_blind, known_lanes, together

BLIND_FOR = timedelta(minutes=30)
"""A source that could not be looked at for so long is told of."""
SETTLED_AFTER = timedelta(minutes=5)
"""So long after a blind time what was posted in it has been read."""
TOLD_WITHIN = timedelta(days=1)
"""A blind time that ended longer ago is told of no more: whoever asks reads the ledger."""
MORNING_WITHIN = timedelta(hours=3)
"""A morning summary that comes later is none."""
WEEK_WITHIN = timedelta(days=2)
CASES_LISTED = 5
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Hot:
    """The week's dreams, problems and needs, for those who make the product."""

    team: str
    weekday: int
    at: time
    topics: tuple[str, ...] = ("dream", "problem", "need")
    quotes: int = 3
    """How many posts of each topic are quoted."""


@dataclass(frozen=True, slots=True)
class Telling:
    """Who is told what belongs to no case."""

    team: str | None = None
    """Hears of budgets, blind sources and the review lane; None: nobody does."""
    zone: ZoneInfo = ZoneInfo("UTC")  # noqa: RUF009  # a value like any other
    morning: time | None = None
    weekly: tuple[int, time] | None = None
    """Weekday (0 is Monday) and time at which each team hears of its week."""
    handoff: bool = False
    """Who comes on call hears what is open, and who goes what stays theirs."""
    hot: Hot | None = None


# ---- when ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Period:
    """What a digest tells of: from `since` until before `until`, when it is told."""

    name: str
    """`2026-11-24` or `2026-W48`: one message each."""
    since: datetime
    until: datetime

    def is_due(self, *, began_at: datetime | None, within: timedelta, now: datetime) -> bool:
        """Say whether it is to be told now: not of a time before the first start, nor when it is long past."""
        return began_at is not None and began_at < self.until <= now < self.until + within


def last_day(at: time, zone: ZoneInfo, *, now: datetime) -> Period:
    """Give the day that ended at the last `at` on the zone's clocks."""
    today = _last(now.astimezone(zone).date(), 1, at, zone, now)
    day = timedelta(days=1)
    return Period(today.isoformat(), instant_of(today - day, at, zone), instant_of(today, at, zone))


def last_opening(calendar: Calendar, zone: ZoneInfo, *, now: datetime) -> Period | None:
    """Give the time between the last two days' first openings; None for a calendar that never closes."""
    until, since = (*islice(last_openings(calendar, now), 2), None, None)[:2]
    if until is None or since is None:
        return None
    return Period(until.astimezone(zone).date().isoformat(), since, until)


def last_week(weekday: int, at: time, zone: ZoneInfo, *, now: datetime) -> Period:
    """Give the week that ended at the last `at` of a weekday (0 is Monday) on the zone's clocks."""
    today = now.astimezone(zone).date()
    ended = _last(today - timedelta(days=(today.weekday() - weekday) % 7), 7, at, zone, now)
    year, week, _ = (ended - timedelta(days=1)).isocalendar()
    name = f"{year}-W{week:02}"
    return Period(name, instant_of(ended - _WEEK, at, zone), instant_of(ended, at, zone))


def _last(day: date, every: int, at: time, zone: ZoneInfo, now: datetime) -> date:
    return day if instant_of(day, at, zone) <= now else day - timedelta(days=every)


# ---- budgets ------------------------------------------------------------------------------------------


def budget_notices(
    name: str, plan: Plan, shares: Iterable[int], telling: Telling, *, now: datetime
) -> Iterator[Notice]:
    """Tell of the shares (80, 100 per cent) of a source's month that are spent: the greatest, once a month."""
    share = max(shares, default=None)
    if share is None or telling.team is None:
        return
    facts = {
        "source": name,
        "share": share,
        "spent": plan.spent,
        "budget": plan.budget,
        "forecast": plan.forecast,
    }
    yield Notice(f"budget:{name}:{now:%Y-%m}:{share}", f"team:{telling.team}", "budget", facts)


# ---- blind sources ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which a source, or a lane of it, could not be looked at."""

    source: str
    since: datetime
    until: datetime | None
    """None: it lasts."""
    reason: Blindness
    """What it is at its end."""


def gaps(records: Iterable[LaneRecord], sources: Collection[str], *, now: datetime) -> Iterator[Gap]:
    """Give the times of at least BLIND_FOR in which one of these sources could not be looked at in full."""
    for source, grouped in groupby(records, key=lambda record: record.source):
        lanes = list(grouped)
        asked = known_lanes({lane.lane: lane.latest for lane in lanes})
        told = together(as_of(lane, now) for lane in lanes if lane.lane in asked)
        if source in sources:
            yield from (
                gap for gap in _gaps(source, told, now) if (gap.until or now) - gap.since >= BLIND_FOR
            )


def _gaps(source: str, told: Sequence[Stretch], now: datetime) -> Iterator[Gap]:
    for blind, grouped in groupby(told, key=lambda stretch: is_blind(stretch.sight)):
        stretches = list(grouped)
        first, last = stretches[0], stretches[-1]
        if blind and isinstance(last.sight, Blindness):
            yield Gap(source, first.begins_at, last.ends_at if last.ends_at < now else None, last.sight)


def is_told_blind(gap: Gap) -> bool:
    """Say whether the team is told while a source is blind.

    Not of a spent budget, which has its own message; nor of our own downtime: it is over as soon as we can
    tell of it.
    """
    return gap.until is None and gap.reason not in {Blindness.BUDGET, Blindness.DOWNTIME}


def is_told_sighted(gap: Gap, *, now: datetime) -> bool:
    """Say whether the team is told that a blind time is over."""
    return gap.until is not None and SETTLED_AFTER <= now - gap.until < TOLD_WITHIN


def gap_notice(gap: Gap, telling: Telling, *, found: int = 0) -> Notice:
    """Tell of a blind time: that it lasts, or that it is over and what was `found` late."""
    facts: dict[str, Any] = {
        "source": gap.source,
        "since": gap.since.isoformat(),
        "reason": gap.reason.value,
    }
    kind = "blind" if gap.until is None else "sighted"
    if gap.until is not None:
        facts |= {"until": gap.until.isoformat(), "found": found}
    key = f"{kind}:{gap.source}:{gap.since.isoformat()}"
    return Notice(key, f"team:{telling.team}", kind, facts)


# ---- the morning --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lane:
    """The review lane: how many mentions wait in it, and since when."""

    count: int = 0
    oldest_at: datetime | None = None


def morning_notice(
    team: str, period: Period, night: Night, lane: Lane, *, on_call: Sequence[str], names: Mapping[str, str]
) -> Notice | None:
    """Sum up a team's night; None when there is nothing to say: no message is better than an empty one.

    `names` are those of our people by key.
    """
    if not (night.opened or night.waiting or lane.count):
        return None
    facts: dict[str, Any] = {
        "since": period.since.isoformat(),
        "opened": night.opened,
        "answered": night.answered,
        "waiting": len(night.waiting),
        "cases": [_case(case, names) for case in night.waiting[:CASES_LISTED]],
        "on_call": [names.get(key, key) for key in on_call],
    }
    if lane.oldest_at is not None:
        facts |= {"review": lane.count, "oldest": lane.oldest_at.isoformat()}
    return Notice(f"morning:{team}:{period.name}", f"team:{team}", "morning", facts)


def _case(case: WaitingCase, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "case": case.number,
        "playbook": case.playbook,
        "respond_by": case.respond_by.isoformat() if case.respond_by else None,
        "owner": names.get(case.owner, case.owner) if case.owner else None,
    }


# ---- dreams, problems and needs -----------------------------------------------------------------------


def hot_notice(
    hot: Hot,
    period: Period,
    posts: Sequence[TopicPost],
    *,
    before: Sequence[TopicPost] = (),
    collected: Sequence[TopicPost] = (),
) -> Notice | None:
    """Tell what people wished for in a week: counts, and of each topic the clearest posts; None if nothing.

    `before` are the posts of the week before. `collected` are those that playbooks took for the digest, by playbook;
    what stands under a topic already is not told again.
    """
    quoted = set[int]()
    told = [_topic(name, posts, before, hot.quotes, quoted) for name in hot.topics]
    known = {post.post for post in posts}
    others = [post for post in collected if post.post not in known]
    names = dict.fromkeys(post.topic for post in others)
    more = [_topic(name, others, (), hot.quotes, quoted) for name in names]
    if not any(one["count"] for one in [*told, *more]):
        return None
    facts = {
        "since": period.since.isoformat(),
        "until": period.until.isoformat(),
        "topics": told,
        "collected": more,
        "authors": len({post.author for post in [*posts, *others]}),
        "posts": sorted(quoted),
    }
    return Notice(f"hot:{hot.team}:{period.name}", f"team:{hot.team}", "hot", facts)


def _topic(
    name: str, posts: Sequence[TopicPost], before: Sequence[TopicPost], quotes: int, quoted: set[int]
) -> dict[str, Any]:
    """Count a topic's posts and choose those to be quoted; they are added to the `quoted` ones."""
    of_topic = [post for post in posts if post.topic == name]
    chosen = _clearest(of_topic, quotes, but=quoted)
    quoted.update(chosen)
    was = sum(post.topic == name for post in before)
    return {"topic": name, "count": len(of_topic), "before": was, "posts": chosen}


def _clearest(posts: Iterable[TopicPost], most: int, *, but: Collection[int]) -> list[int]:
    """Give the posts that the topic holds for most surely: one of each author, and none that is quoted yet."""
    chosen: dict[int, int] = {}
    for post in sorted(posts, key=lambda post: (-post.score, post.post)):
        if post.has_words and post.post not in but:
            chosen.setdefault(post.author, post.post)
    return list(chosen.values())[:most]
