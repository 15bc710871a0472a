"""A record of as many cases as you like, written straight into the tables: years of a busy desk in a minute or two.

    python -m bench.crowded --database sqlite:///crowded.db [--cases 1000000] [--years 4] [--seed 7]

Twelve playbooks in three teams, four sources, three languages, working hours and nights, a Christmas rush, crises with
children, answers found and pressed, answers that never came, false alarms, reopened cases, escalations and breaches.
No person stands behind any of it: authors are `writer12345`, texts are made of a few words. What a case adds up to is
worked out by the casebook's own functions from instants; histories (events) are not written, for the log reads none.
"""

import argparse
import json
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Engine, Table, text

from casebook.db import is_sqlite, open_engine, upgrade
from casebook.store.crises import CRISIS
from casebook.store.session import table_of
from casebook.tables import (
    CLOCK_BITS,
    AuthorRow,
    CasePostRow,
    CaseRow,
    CrisisChildRow,
    CrisisRow,
    PostRow,
    ShownRow,
    SourceRow,
    VerdictRow,
)
from casebook.timing import figures

Rows = list[tuple[Any, dict[str, Any]]]
"""Rows to write, each with its table."""
UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
"""What was not answered by then is not answered."""
BATCH = 10_000
PEOPLE = {
    "care": ("aino", "ben", "caro", "dana", "elle"),
    "shop": ("fia", "glen", "hanna"),
    "press": ("iida", "jon"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A playbook, and what its posts are like."""

    name: str
    team: str
    severity: str
    acknowledge: timedelta | None
    respond: timedelta | None
    resolve: timedelta | None
    topic: str
    share: int
    """Of a hundred cases so many are of it."""


def _kind(name: str, team: str, severity: str, minutes: Sequence[int], *, topic: str, share: int) -> Kind:
    deadlines = [timedelta(minutes=each) if each else None for each in minutes]
    return Kind(name, team, severity, deadlines[0], deadlines[1], deadlines[2], topic, share)


KINDS = (
    _kind("recall", "care", "critical", (5, 30, 1440), topic="safety", share=2),
    _kind("threat", "press", "critical", (5, 60, 0), topic="threat", share=1),
    _kind("outage", "shop", "critical", (10, 60, 720), topic="outage", share=5),
    _kind("allergy", "care", "high", (15, 60, 0), topic="allergy", share=3),
    _kind("press question", "press", "high", (15, 120, 0), topic="question", share=2),
    _kind("billing", "care", "high", (30, 240, 2880), topic="billing", share=10),
    _kind("late parcel", "care", "normal", (60, 240, 4320), topic="delivery", share=27),
    _kind("broken product", "care", "normal", (60, 240, 4320), topic="product_fault", share=14),
    _kind("leaving", "care", "normal", (60, 480, 0), topic="churn", share=6),
    _kind("question", "care", "normal", (60, 480, 0), topic="question", share=19),
    _kind("idea", "shop", "low", (0, 2880, 0), topic="idea", share=5),
    _kind("praise", "shop", "low", (0, 0, 0), topic="praise", share=6),
)
NETWORKS = (("x", "x"), ("masto", "mastodon"), ("bsky", "bluesky"), ("reviews", "rss:reviews"))
WORDS = {
    "fi": "paketti ei tullut vieläkään ja kukaan ei vastaa kahvi oli hyvää mutta lasku meni väärin missä vika",
    "sv": "paketet har inte kommit och ingen svarar kaffet var gott men fakturan blev fel var ligger felet",
    "en": "my parcel never came and nobody answers the coffee was fine but the invoice is wrong what is going on",
}
NOBODY = 1
_OF_POSTS: dict[str, Any] = {
    "automated": False,
    "context": False,
    "backfilled": False,
    "reached": [],
    "attempts": 0,
    "fence": 0,
}
_OF_CASES: dict[str, Any] = {
    **dict.fromkeys(("owner", "acknowledged_at", "acknowledged_by", "responded_at", "responded_by")),
    **dict.fromkeys(("response_found", "closed_at", "acknowledge_by", "respond_by", "resolve_by", "crisis")),
    **dict.fromkeys(("sentiment_after", "alerted_at", "ending", "posts_written", "feeling_left")),
    "clock": "always",
    "is_folded": False,
    "quiet": False,
    "escalations": 0,
    "reopened": 0,
    "mentions": 1,
    "touched": False,
    "revision": 1,
}
HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 10, 11, 11, 11, 11, 10, 10, 10, 9, 9, 9, 9, 8, 7, 5, 3)
"""How much is written in each hour of the day (UTC)."""


def main() -> None:
    """Fill a database and say how long it took."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--database", required=True)
    asked.add_argument("--cases", type=int, default=1_000_000)
    asked.add_argument("--years", type=float, default=4)
    asked.add_argument("--seed", type=int, default=7)
    chosen = asked.parse_args()
    engine = open_engine(chosen.database)
    begun = time.perf_counter()
    crowd(engine, cases=chosen.cases, years=chosen.years, seed=chosen.seed)
    print(f"{chosen.cases:,} cases written in {time.perf_counter() - begun:.0f} s")
    engine.dispose()


def crowd(engine: Engine, *, cases: int, years: float = 4, seed: int = 7) -> None:
    """Fill an empty database with so many cases of the years before `UNTIL`."""
    upgrade(engine)
    dice = random.Random(seed)
    _write(engine, _sources())
    crowded = _Crowd(dice, cases=cases, begins_at=UNTIL - timedelta(days=365 * years))
    made = crowded.rows()
    while batch := list(islice(made, BATCH)):
        rows: dict[Any, list[dict[str, Any]]] = {}
        for one in batch:
            for table, values in one:
                rows.setdefault(table, []).append(values)
        _write(engine, rows)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not is_sqlite(engine):
            _count_on(connection)
        connection.execute(text("ANALYZE"))


def _count_on(connection: Any) -> None:
    """Let PostgreSQL number on from where we stopped."""
    for table, key in (("author", "id"), ("post", "id"), ("cases", "number")):
        highest = (
            f"SELECT setval(pg_get_serial_sequence('{table}', '{key}'), (SELECT max({key}) FROM {table}))"
        )
        connection.execute(text(highest))


def _write(engine: Engine, rows: dict[Any, list[dict[str, Any]]]) -> None:
    order = (
        SourceRow,
        AuthorRow,
        PostRow,
        ShownRow,
        VerdictRow,
        CaseRow,
        CasePostRow,
        CrisisRow,
        CrisisChildRow,
    )
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        for model in order:
            if rows.get(model):
                put = _insert if is_sqlite(engine) else _copy
                put(connection.connection.driver_connection, table_of(model), rows[model])


def _insert(driver: Any, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows as SQLite keeps them, past all that makes a statement of each."""
    names = list(rows[0])
    columns, marks = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
    kept = ([_as_sqlite(row[name]) for name in names] for row in rows)
    driver.executemany(f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})', kept)


def _as_sqlite(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "microseconds")
    return json.dumps(value) if isinstance(value, list | dict) else value


def _copy(driver: Any, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    names = list(rows[0])
    columns = ", ".join(f'"{name}"' for name in names)
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
        for row in rows:
            values = (row[name] for name in names)
            copy.write_row(
                [json.dumps(value) if isinstance(value, list | dict) else value for value in values]
            )


def _sources() -> dict[Any, list[dict[str, Any]]]:
    first = UNTIL - timedelta(days=365 * 10)
    rows = [
        {"name": name, "kind": network.split(":")[0], "network": network, "first_started_at": first}
        | {"cursor": {}, "failures": 0, "fence": 0}
        for name, network in NETWORKS
    ]
    return {SourceRow: rows}


class _Crowd:
    """Cases one after another, in the order of their posts."""

    def __init__(self, dice: random.Random, *, cases: int, begins_at: datetime) -> None:
        self._dice, self._cases, self._begins_at = dice, cases, begins_at
        self._kinds = [kind for kind in KINDS for _ in range(kind.share)]
        self._authors: dict[tuple[str, int], int] = {}
        self._number = self._post = 0
        self._crises = 0
        self._crisis: tuple[int, datetime] | None = None

    def rows(self) -> Iterator[Rows]:
        """Give for each case the rows of all tables that it needs."""
        for posted_at in self._times():
            self._number += 1
            crisis = self._crisis
            if crisis is None and self._number + 40 < self._cases and self._dice.random() < 1 / 20_000:
                yield self._open_crisis(posted_at)
            elif crisis is not None and posted_at < crisis[1]:
                yield self._case(posted_at, KINDS[2], crisis=crisis[0])
            else:
                self._crisis = None
                yield self._case(posted_at, self._dice.choice(self._kinds), crisis=None)

    def _times(self) -> Iterator[datetime]:
        """Give when posts are written: fewer at night, more on weekdays, most before Christmas."""
        days = (UNTIL - self._begins_at).days
        weights = []
        for day in range(days):
            at = self._begins_at + timedelta(days=day)
            weights.append((0.6 if at.weekday() > 4 else 1.0) * (1.8 if at.month == 12 else 1.0))
        share, owed = self._cases / sum(weights), 0.0
        left = self._cases
        for day, weight in enumerate(weights):
            owed += weight * share
            count = min(left, int(owed)) if day < days - 1 else left
            owed -= count
            left -= count
            start = self._begins_at + timedelta(days=day)
            hours = self._dice.choices(range(24), HOURS, k=count)
            seconds = sorted(3600 * hour + self._dice.randrange(3600) for hour in hours)
            yield from (start + timedelta(seconds=second) for second in seconds)

    def _author(self, network: str, rows: Rows) -> int:
        """Give somebody who writes; a few write often."""
        writer = int(self._dice.paretovariate(0.35)) % (self._cases // 2 + 10)
        known = self._authors.get((network, writer))
        if known is None:
            known = self._authors[network, writer] = len(self._authors) + 2
            handle = f"writer{writer}"
            rows.append((AuthorRow, {"id": known, "network": network, "known_by": handle, "handle": handle}))
        return known

    def _open_crisis(self, posted_at: datetime) -> Rows:
        """A living case, of which the cases of the next two hours are children."""
        rows: Rows = []
        if self._crises == 0:
            rows.append((AuthorRow, {"id": NOBODY, "network": CRISIS, "known_by": "nobody", "handle": ""}))
        self._crises += 1
        opened_at, closed_at = posted_at + timedelta(minutes=4), posted_at + timedelta(hours=5)
        self._crisis = self._number, posted_at + timedelta(hours=2)
        post = self._post_by(self._author("x", rows), posted_at, posted_at + timedelta(seconds=20), rows)
        lived = {
            "opened_at": opened_at,
            "alerted_at": opened_at + timedelta(seconds=2),
            "acknowledged_at": opened_at + timedelta(minutes=3),
            "acknowledged_by": "fia",
            "owner": "fia",
            "closed_at": closed_at,
            "status": "closed",
            "acknowledge_by": opened_at + timedelta(minutes=5),
            "mentions": 40,
        }
        rows.append(self._case_of(KINDS[2], post, posted_at, lived, network=CRISIS, author_id=NOBODY))
        crisis = {"number": self._number, "seed": post, "shown": 1, "shown_at": opened_at}
        rows.append((CrisisRow, crisis | {"settled_at": closed_at}))
        return rows

    def _case(self, posted_at: datetime, kind: Kind, *, crisis: int | None) -> Rows:
        dice = self._dice
        rows: Rows = []
        source, network = dice.choices(NETWORKS, (55, 10, 10, 25))[0]
        author = self._author(network, rows)
        seen_at = posted_at + timedelta(seconds=dice.randint(5, 90), microseconds=dice.randrange(1_000_000))
        post = self._post_by(author, posted_at, seen_at, rows, network=network, kind=kind)
        rows.append((ShownRow, {"post": post, "source": source}))
        opened_at = seen_at + timedelta(seconds=dice.uniform(0.2, 6))
        lived = self._lived(kind, posted_at, opened_at) | {"crisis": crisis}
        where: dict[str, Any] = {"network": network, "author_id": author, "source": source}
        rows.append(self._case_of(kind, post, posted_at, lived, seen_at=seen_at, **where))
        rows.append((CasePostRow, {"case": self._number, "post": post}))
        if crisis is not None:
            child = {"post": post, "crisis": crisis, "posted_at": posted_at, "joined_at": opened_at}
            rows.append((CrisisChildRow, child | {"case": self._number}))
        return rows

    def _post_by(
        self,
        author: int,
        posted_at: datetime,
        seen_at: datetime,
        rows: Rows,
        *,
        network: str = "x",
        kind: Kind = KINDS[2],
    ) -> int:
        """Write a customer's post and what was thought of it."""
        self._post += 1
        dice, post = self._dice, self._post
        language = dice.choices(("fi", "sv", "en"), (80, 8, 12))[0]
        words = WORDS[language].split()
        values = {
            "id": post,
            "network": network,
            "post_id": str(10_000_000 + post),
            "own": False,
            "author_id": author,
            "text": " ".join(dice.choices(words, k=dice.randint(6, 24))).capitalize(),
            "posted_at": posted_at,
            "seen_at": seen_at,
            "url": f"https://social.example/{network}/{10_000_000 + post}",
            "root": str(post),
            "language": language,
            "salt": f"{post:x}",
            **_OF_POSTS,
        }
        rows.append((PostRow, values))
        rows.append((VerdictRow, self._thought(kind, language) | {"post": post, "judged_at": seen_at}))
        return post

    def _thought(self, kind: Kind, language: str) -> dict[str, Any]:
        dice = self._dice
        negative = (
            dice.betavariate(2, 5) if kind.name in {"praise", "question", "idea"} else dice.betavariate(6, 2)
        )
        neutral = (1 - negative) * dice.random()
        topics = [kind.topic, "need"] if dice.random() < 0.15 else [kind.topic]
        return {
            "negative": negative,
            "neutral": neutral,
            "positive": 1 - negative - neutral,
            "attention": dice.betavariate(5, 2),
            "topics": dict.fromkeys(topics, 0.8),
            "topics_held": topics,
            "language": language,
            "abstained": dice.random() < 0.08,
            "cut": False,
            "model": "bundled",
            "playbook": kind.name,
            "reason": "crowded",
            "bystander": False,
            "circumstances": {},
            "configuration": "crowded",
        }

    def _lived(self, kind: Kind, posted_at: datetime, opened_at: datetime) -> dict[str, Any]:
        """What became of a case: who took it when, and whether, when and how it was answered and closed."""
        dice = self._dice
        by_day = 7 <= posted_at.hour < 15
        pace = 1.0 if by_day else 3.0
        person = dice.choice(PEOPLE[kind.team])
        taken_at: datetime | None = opened_at + timedelta(seconds=dice.lognormvariate(5.6, 1.1) * pace)
        answered_at: datetime | None = opened_at + timedelta(seconds=dice.lognormvariate(8.1, 1.2) * pace)
        fate = dice.random()
        if fate < 0.07 or (kind.respond is None and fate < 0.6):
            answered_at = None  # nobody ever did
        if fate < 0.02 or dice.random() < 0.03:
            taken_at = None
        if dice.random() < 0.01:
            answered_at = posted_at + timedelta(seconds=1)  # before the case was opened
        dismissed = answered_at is None and dice.random() < 0.4
        ended = taken_at if dismissed else answered_at
        closed_at = (
            None if dismissed or ended is None else ended + timedelta(seconds=dice.lognormvariate(10, 1))
        )
        if answered_at is not None:
            answered_at = max(answered_at.replace(microsecond=0), posted_at)  # networks date by whole seconds
        taken_at, answered_at, closed_at = (
            at if at is None or at < UNTIL else None for at in (taken_at, answered_at, closed_at)
        )
        manual = answered_at is not None and dice.random() < 0.08
        status = "open" if taken_at is None else "acknowledged"
        status = "responded" if answered_at is not None else status
        status = "closed" if closed_at is not None else "dismissed" if dismissed and taken_at else status
        # quiet cases have no acknowledge clock
        quiet = answered_at is not None and answered_at < opened_at
        return {
            "opened_at": opened_at,
            "quiet": quiet,
            "alerted_at": None if quiet else opened_at + timedelta(seconds=dice.uniform(0.3, 4)),
            "acknowledged_at": taken_at,
            "acknowledged_by": person if taken_at else None,
            "owner": person if taken_at else None,
            "responded_at": answered_at,
            "responded_by": None if answered_at is None else person if manual else "ainokahvi",
            "response_found": None if answered_at is None else "manual" if manual else "platform",
            "closed_at": closed_at,
            "status": status,
            "acknowledge_by": opened_at + kind.acknowledge if kind.acknowledge and not quiet else None,
            "respond_by": posted_at + kind.respond if kind.respond else None,
            "resolve_by": posted_at + kind.resolve if kind.resolve else None,
            "escalations": dice.choices((0, 1, 2, 3), (82, 12, 4, 2))[0],
            "reopened": dice.choices((0, 1, 2), (95, 4, 1))[0] if closed_at else 0,
            "mentions": dice.choices((1, 2, 3, 5), (70, 18, 8, 4))[0],
            "sentiment_after": dice.choice((None, None, "negative", "neutral", "positive"))
            if answered_at
            else None,
            "ending": "silent" if answered_at else "unanswered",
            "posts_written": 1,
        }

    def _case_of(
        self,
        kind: Kind,
        post: int,
        posted_at: datetime,
        lived: Mapping[str, Any],
        *,
        network: str,
        author_id: int,
        seen_at: datetime | None = None,
        source: str = "x",
    ) -> tuple[Any, dict[str, Any]]:
        values = {
            **_OF_CASES,
            "number": self._number,
            "network": network,
            "root": str(post),
            "author_id": author_id,
            "source": source,
            "opening_post": post,
            "first_post": post,
            "playbook": kind.name,
            "team": kind.team,
            "severity": kind.severity,
            "posted_at": posted_at,
            **lived,
        }
        durations = figures({**values, "seen_at": seen_at or posted_at + timedelta(seconds=20)})
        return CaseRow, values | durations | _clocks(values)


def _clocks(case: Mapping[str, Any]) -> dict[str, int]:
    """Say which clocks are broken for ever, and which run on."""
    responded_at = case["responded_at"]
    taken = [at for at in (case["acknowledged_at"], responded_at) if at is not None]
    met = {"acknowledge": min(taken, default=None), "respond": responded_at, "resolve": case["closed_at"]}
    stopped_at = case["acknowledged_at"] if case["status"] == "dismissed" else None
    bits = {"broken": 0, "running": 0}
    for name, bit in CLOCK_BITS.items():
        due_by = case[f"{name}_by"]
        if due_by is None:
            continue
        end = min((at for at in (met[name], stopped_at) if at is not None), default=None)
        if end is None:
            bits["running"] |= bit
        elif end > due_by:
            bits["broken"] |= bit
    return bits


if __name__ == "__main__":
    main()
