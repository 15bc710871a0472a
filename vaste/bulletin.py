"""Owes what belongs to no case when its time has come: the shell around `digests`.

A tick may run at any time, on any machine, twice: each message has a key of what it tells and of when, and
the record owes it once. What this process has owed is remembered, so that a quiet minute asks little.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from casebook.record import Notice
from casebook.store import Store
from listener.coverage import together, unknown
from playbooks.burst import FLOOR, Usual
from playbooks.escalate import reach
from vaste.bursts import HELD, HOUR, REMEMBERED, burst_notice, usual_of
from vaste.desk import Desk
from vaste.digests import (
    MORNING_WITHIN,
    TOLD_WITHIN,
    WEEK_WITHIN,
    Gap,
    Lane,
    Period,
    Telling,
    gap_notice,
    gaps,
    hot_notice,
    is_told_blind,
    is_told_sighted,
    last_day,
    last_opening,
    last_week,
    morning_notice,
)
from vaste.handoff import handoff_notices, handoffs
from vaste.weekly import facts_of, told_from, weekly_notice


@dataclass(slots=True)
class Bulletin:
    """What one process tells teams besides their cases."""

    store: Store
    desk: Desk
    telling: Telling
    sources: Collection[str]
    _told: set[str] = field(default_factory=set)
    _usual: tuple[datetime, Usual] | None = None
    """What was usual until an instant."""

    def tell(self, *, now: datetime) -> int:
        """Owe what is due; gives how many messages it were."""
        return sum(self.owe(notice, now=now) for notice in self._due(now))

    def owe(self, notice: Notice, *, now: datetime) -> bool:
        """Owe one message, unless it was owed before."""
        if notice.key in self._told:
            return False
        owed = self.store.owe_notice(notice, now=now)
        self._told.add(notice.key)
        return owed

    def _due(self, now: datetime) -> Iterator[Notice]:
        if self.telling.team is not None:
            yield from self._blind(now)
            yield from self._burst(self.telling.team, now)
        yield from self._mornings(now)
        yield from self._weekly(now)
        yield from self._handoffs(now)
        yield from self._week(now)

    def _blind(self, now: datetime) -> Iterator[Notice]:
        records = self.store.coverage(since=now - TOLD_WITHIN)
        for gap in gaps(records, self.sources, now=now):
            if is_told_blind(gap):
                yield gap_notice(gap, self.telling)
            elif is_told_sighted(gap, now=now) and gap_notice(gap, self.telling).key not in self._told:
                yield gap_notice(gap, self.telling, found=self._found_late(gap))

    def _found_late(self, gap: Gap) -> int:
        return 0 if gap.until is None else self.store.found_late(gap.source, since=gap.since, until=gap.until)

    def _burst(self, team: str, now: datetime) -> Iterator[Notice]:
        """Tell of an hour with more anger than usual; where a crisis lives, its card says so already."""
        last = self.store.negative_times(since=now - HOUR, until=now)
        if len(last) < FLOOR or self.store.unsettled_crises():
            return
        told_at = self.store.last_told("burst")
        if told_at is not None and now - told_at < HELD:
            return
        zone = self.telling.zone
        notice = burst_notice(last, self._usual_before(now), team=team, zone=zone, now=now)
        if notice is not None:
            yield notice

    def _usual_before(self, now: datetime) -> Usual:
        """Give what was usual before the last hour; learnt anew each hour, for the record of weeks is read."""
        until = (now - HOUR).replace(minute=0, second=0, microsecond=0)
        if self._usual is None or self._usual[0] != until:
            since = max(now - REMEMBERED, self.store.began_at() or now)
            times = self.store.negative_times(since=since, until=until)
            lanes = (one.stretches for one in self.store.coverage(since=since) if one.source in self.sources)
            blind = unknown(together(lanes), since, max(since, until))
            self._usual = until, usual_of(times, blind, since=since, until=until, zone=self.telling.zone)
        return self._usual[1]

    def _mornings(self, now: datetime) -> Iterator[Notice]:
        if self.telling.morning is None:
            return
        began_at = self.store.began_at()
        for team in self._teams():
            period = self._opening(team, now)
            name = f"morning:{team}:{period.name}" if period else ""
            if period is None or name in self._told:
                continue
            if period.is_due(began_at=began_at, within=MORNING_WITHIN, now=now):
                yield from self._morning(team, period, now)

    def _opening(self, team: str, now: datetime) -> Period | None:
        at, zone = self.telling.morning, self.telling.zone
        calendar = self.desk.calendar_of(team)
        opened = last_opening(calendar, zone, now=now) if calendar else None
        return opened or (None if at is None else last_day(at, zone, now=now))

    def _teams(self) -> list[str]:
        """Give the teams that have cases, and the one that hears of the rest."""
        named = [playbook.team for playbook in self.desk.playbooks]
        told = [self.telling.team] if self.telling.team is not None else []
        return [team for team in dict.fromkeys([*named, *told]) if team in self.desk.teams]

    def _morning(self, team: str, period: Period, now: datetime) -> Iterator[Notice]:
        night = self.store.night(team, since=period.since, until=period.until)
        lane = self._lane() if team == self.telling.team else Lane()
        names = {key: person.name for key, person in self.desk.people.items()}
        notice = morning_notice(team, period, night, lane, on_call=self._on_call(team, now), names=names)
        if notice is None:  # a quiet night stays one: what comes later is not the night's
            self._told.add(f"morning:{team}:{period.name}")
        else:
            yield notice

    def _weekly(self, now: datetime) -> Iterator[Notice]:
        """Tell each team of the week that has ended, beside the one before it."""
        if self.telling.weekly is None:
            return
        (weekday, at), zone = self.telling.weekly, self.telling.zone
        week = last_week(weekday, time(0), zone, now=now)
        before = last_week(weekday, time(0), zone, now=week.until - timedelta.resolution)
        began_at = self.store.began_at()
        for team in self._teams():
            key = f"weekly:{team}:{week.name}"
            from_at = told_from(week, self.desk.calendar_of(team), at, zone)
            is_due = began_at is not None and began_at < week.until and from_at <= now < from_at + WEEK_WITHIN
            if key in self._told or not is_due:
                continue
            facts = {
                name: facts_of(self._rows(team, period, now), period, zone)
                for name, period in (("week", week), ("before", before))
            }
            notice = weekly_notice(team, week, facts)
            if notice is None:
                self._told.add(key)
            else:
                yield notice

    def _rows(self, team: str, period: Period, now: datetime) -> list[dict[str, Any]]:
        return list(self.store.log(now=now, since=period.since, until=period.until, team=team))

    def _handoffs(self, now: datetime) -> Iterator[Notice]:
        """Tell who comes on call and who goes; whoever has no address is told nothing."""
        began_at = self.store.began_at()
        if not self.telling.handoff or began_at is None:
            return
        changes = [change for team in self.desk.teams.values() for change in handoffs(team, now=now)]
        due = [change for change in changes if change.at > began_at and str(change) not in self._told]
        if not due:
            return
        cases = self.store.live_cases()
        names = {key: person.name for key, person in self.desk.people.items()}
        for change in due:
            for person, notice in handoff_notices(change, cases, names):
                if not self.desk.direct or self.desk.destination(f"person:{person}"):
                    yield notice
            # only now: what could not be owed is tried at the next tick
            self._told.add(str(change))

    def _lane(self) -> Lane:
        waiting = self.store.review_lane()
        return Lane(len(waiting), waiting[0].posted_at if waiting else None)

    def _on_call(self, team: str, now: datetime) -> tuple[str, ...]:
        desk = self.desk
        found = reach("on_call", team=desk.teams[team], teams=desk.teams, people=desk.people.keys(), at=now)
        return found.people

    def _week(self, now: datetime) -> Iterator[Notice]:
        hot = self.telling.hot
        if hot is None:
            return
        period = last_week(hot.weekday, hot.at, self.telling.zone, now=now)
        key = f"hot:{hot.team}:{period.name}"
        if key in self._told or not period.is_due(
            began_at=self.store.began_at(), within=WEEK_WITHIN, now=now
        ):
            return
        posts = self.store.topic_posts(hot.topics, since=period.since, until=period.until)
        before = last_week(hot.weekday, hot.at, self.telling.zone, now=period.until - timedelta.resolution)
        earlier = self.store.topic_posts(hot.topics, since=before.since, until=before.until)
        names = [playbook.name for playbook in self.desk.playbooks if playbook.digest is not None]
        collected = self.store.collected_posts(names, since=period.since, until=period.until)
        notice = hot_notice(hot, period, posts, before=earlier, collected=collected)
        if notice is None:
            self._told.add(key)
        else:
            yield notice
