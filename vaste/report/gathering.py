"""What a report asks of the record and the configuration, read once; everything after it is pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from casebook.log import Wanted
from casebook.mask import mask
from casebook.record import LaneRecord, Stretch
from casebook.store import Store
from listener.coverage import GRACE, as_of, known_lanes
from notifier.hostile import clean, cut, safe_url
from playbooks.escalate import Team, everyone
from playbooks.roster import Shift, shifts
from playbooks.shares import Carried, carried
from vaste.config import Config
from vaste.coverage import told as lanes_told
from vaste.duty import has_turns
from vaste.report.against import Against, replayed
from vaste.report.gathered import Gathered, Scope, Wish
from vaste.report.load import loads
from vaste.report.period import Period
from vaste.report.rows import Backfilled, Told, Watch, told
from vaste.rotas import of_person
from vaste.standing import teams_at

QUOTE_LENGTH = 280
QUOTES = 3
"""Of each topic."""
HOT = ("dream", "problem", "need")
"""The topics where the configuration names no others."""


def gather(store: Store, config: Config, scope: Scope, *, against: Against | None = None) -> Gathered:
    """Read what a period's report needs; nothing is written, and no network is asked.

    `against` is a configuration by which the period is decided again.
    """
    period, now = scope.period, scope.now
    records = store.coverage(since=period.before)
    watch = _watch(records, config, period, now, began=store.began())
    end = min(period.until, now)
    cases, crises = _cases(store, scope, period.since, period.until, watch)
    before, _ = _cases(store, scope, period.before, period.since, watch)
    teams = {
        name: team
        for name, team in teams_at(config, store, now=now, web=False)[0].items()
        if scope.team in {None, name}
    }
    turns = {
        name: shifts(team.rota, period.since, period.until) for name, team in teams.items() if has_turns(team)
    }
    calls = [
        call for call in store.calls_between(since=period.since, until=end) if scope.team in {None, call.team}
    ]
    persons = {name: _carried(turns[name], teams[name], config) for name in turns}
    return Gathered(
        scope=scope,
        cases=cases,
        crises=crises,
        before=before,
        lanes=list(lanes_told(records, sources=None, since=period.since, until=end, now=now)),
        spent=store.spent_between(since=period.since, until=end),
        corrected=store.corrected_between(since=period.since, until=end),
        judged=store.judged_between(since=period.since, until=end),
        wishes=_wishes(store, config, period, end),
        loads=loads(
            calls,
            persons,
            config.timezone,
            persons=config.people_figures.at_least if config.people_figures else None,
            lasts=period.until - period.since,
        ),
        shifts=turns,
        replayed=replayed(store, against, scope, cases) if against else None,
    )


def _cases(
    store: Store, scope: Scope, since: datetime, until: datetime, watch: Watch
) -> tuple[list[Told], list[Told]]:
    wanted = Wanted(
        since=since,
        until=until,
        teams=(scope.team,) if scope.team is not None else (),
        playbooks=(scope.playbook,) if scope.playbook is not None else (),
    )
    if scope.as_it_stood:
        rows = store.case_values_as_of(wanted, as_of=scope.now)
    else:
        rows = store.case_values(wanted, now=scope.now)
    return told(rows, watch=watch, now=scope.now)


def _watch(
    records: Sequence[LaneRecord],
    config: Config,
    period: Period,
    now: datetime,
    *,
    began: Mapping[str, datetime],
) -> Watch:
    by_source: dict[str, list[LaneRecord]] = {}
    for record in records:
        by_source.setdefault(record.source, []).append(record)
    ledger: dict[str, dict[str, Sequence[Stretch]]] = {}
    for source, lanes in by_source.items():
        asked = known_lanes({lane.lane: lane.latest for lane in lanes})
        ledger[source] = {
            lane.lane: as_of(lane, now) if lane.lane in asked else lane.stretches for lane in lanes
        }
    deaf = [source.name for source in config.sources if not source.sees_replies]
    backfilled = {
        source.name: Backfilled(at - source.backfill, at, at + source.every + GRACE)
        for source in config.sources
        if source.backfill and (at := began.get(source.name))
    }
    return Watch.of(ledger, ledger, since=period.before, until=now, deaf=deaf, backfilled=backfilled)


def _carried(found: Sequence[Shift], team: Team, config: Config) -> list[Carried]:
    holidays = partial(of_person, team=team.name, people=config.people_holidays, teams=config.team_holidays)
    return carried(found, people=everyone(team), zone=config.timezone, holidays_of=holidays)


def _wishes(store: Store, config: Config, period: Period, end: datetime) -> list[Wish]:
    """Count what people wished for, and quote the clearest posts: of each author one, masked and cut."""
    topics = config.telling.hot.topics if config.telling.hot else HOT
    now = store.topic_posts(topics, since=period.since, until=end)
    before = Counter(
        post.topic for post in store.topic_posts(topics, since=period.before, until=period.since)
    )
    chosen: dict[str, list[int]] = {}
    taken: set[int] = set()
    for topic in topics:
        authors: dict[int, int] = {}
        for post in sorted(now, key=lambda one: (-one.score, one.post)):
            if post.topic == topic and post.has_words and post.post not in taken:
                authors.setdefault(post.author, post.post)
        chosen[topic] = list(authors.values())[:QUOTES]
        taken.update(chosen[topic])
    quoted = {one.post: one for one in store.quoted({"facts": {"posts": sorted(taken)}})}
    wishes = []
    for topic in topics:
        found = [quoted[post] for post in chosen[topic] if post in quoted and not quoted[post].missing]
        quotes = tuple(
            # a report is kept where no erasure reaches it: who said it is left to the link
            (cut(mask(clean(one.text)).text, QUOTE_LENGTH), one.source, safe_url(one.url))
            for one in found
        )
        count = sum(post.topic == topic for post in now)
        wishes.append(Wish(topic, count, before[topic], quotes))
    return wishes
