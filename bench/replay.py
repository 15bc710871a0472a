"""A hundred thousand mentions decided again, in seconds and as a ratio against plain Python in the same minute.

    python -m bench.replay [MENTIONS]

The record is made first, in a temporary SQLite file: the demo feed's texts shuffled by seeded dice, conversations
with follow-ups and answers of ours, verdicts as a model would give them, and a case for one post in three. Nobody
takes them, so every chain runs to its end. What `vaste report --against` takes longer than the report alone is told
last. The yardstick is `sorted` on a thousand numbers: machines and their other
guests differ, ratios hardly do.
"""

import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlmodel import SQLModel

from casebook.event import EventKind, TimeSource
from casebook.store import Store
from casebook.store.session import table_of
from casebook.tables import (
    AliasRow,
    AuthorRow,
    CallRow,
    CasePostRow,
    CaseRow,
    EventRow,
    PostRow,
    ShownRow,
    VerdictRow,
)
from casebook.words import looked_up
from playbooks.playbook import Playbook
from vaste.commands.replay import Asked, replay
from vaste.config import Config, load_config
from vaste.desk import policy_of
from vaste.report.against import Against
from vaste.report.gathered import Scope
from vaste.report.gathering import gather
from vaste.report.period import between
from vaste.wiring import open_store

MENTIONS = 100_000
BEGAN_AT = datetime(2026, 1, 1, tzinfo=UTC)
SPREAD = timedelta(days=90)
NETWORK = "file:feed"
_OURS = 1_000_000
"""The company's own account."""
_AT_ONCE = 5_000
Row = dict[str, Any]


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MENTIONS
    with tempfile.TemporaryDirectory(prefix="vaste-bench-") as folder:
        config = _configuration(Path(folder))
        store = open_store(config)
        begun = time.perf_counter()
        _fill(store, config, count)
        print(f"record of {count:,} mentions made in {time.perf_counter() - begun:.1f} s")
        looked_up("kahvi")  # the dictionaries are loaded once, before the clock starts
        yardstick = _sorts_per_second()
        for name, against in (("what was decided then", None), ("another configuration", config)):
            before = _megabytes()
            begun, worked = time.perf_counter(), time.process_time()
            done = replay(
                store, config, against, Asked(Path("new.yaml"), since="2026-01-01", until="2026-05-01")
            )
            seconds = time.perf_counter() - begun
            worked = time.process_time() - worked
            pace = done.comparison.mentions / seconds
            print(
                f"against {name}: {done.comparison.mentions:,} mentions in {seconds:.1f} s ({worked:.1f} s of one core), {pace:,.0f} a second, "
                f"{pace / yardstick:.2f} of the yardstick; {done.sides[1].cases.total():,} cases, "
                f"{len(config.playbooks)} playbooks, {_megabytes() - before:.0f} MB more at the peak"
            )
        print(f"vaste report --against: {_report(store, config):.1f} s more than the report alone")
        store.engine.dispose()


def _report(store: Store, config: Config) -> float:
    """Give how many seconds longer the report of the whole time takes where another rota decides it again."""
    scope = Scope(between(BEGAN_AT, BEGAN_AT + SPREAD), BEGAN_AT + 2 * SPREAD)
    times = []
    for against in (None, Against(config, "new.yaml")):
        begun = time.perf_counter()
        gather(store, config, scope, against=against)
        times.append(time.perf_counter() - begun)
    return times[1] - times[0]


def _sorts_per_second() -> float:
    dice = random.Random(1)
    begun = time.perf_counter()
    for _ in range(400):
        sorted(dice.random() for _ in range(1_000))
    return 400 / (time.perf_counter() - begun)


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _configuration(folder: Path) -> Config:
    """The demo's playbooks over a record in this folder."""
    written = folder / "config.yaml"
    written.write_text((files("vaste.demo") / "config.yaml").read_text("utf-8"), "utf-8")
    config = load_config(written, {}).config
    if config is None:
        raise RuntimeError("the demo's configuration can't be used")
    return config


def _fill(store: Store, config: Config, count: int) -> None:
    """Write the record row by row, as the jobs would have left it."""
    dice = random.Random(20_260_101)
    rows: dict[type[SQLModel], list[Row]] = {}
    for number, (table, row) in enumerate(_rows(dice, config, count)):
        rows.setdefault(table, []).append(row)
        if number % _AT_ONCE == 0:
            _write(store, rows)
    _write(store, rows)


def _write(store: Store, rows: dict[type[SQLModel], list[Row]]) -> None:
    order = (AuthorRow, PostRow, AliasRow, ShownRow, VerdictRow, CaseRow, CasePostRow, EventRow, CallRow)
    with store.writing() as session:
        for table in order:
            if rows.get(table):
                usual = _usual(table)
                session.execute(insert(table_of(table)), [usual | row for row in rows[table]])
    rows.clear()


def _usual(table: type[SQLModel]) -> Row:
    """The values that a row has by itself."""
    fields = table.model_fields.items()
    return {
        name: field.get_default(call_default_factory=True)
        for name, field in fields
        if not field.is_required()
    }


def _rows(dice: random.Random, config: Config, count: int) -> Iterator[tuple[type[SQLModel], Row]]:
    texts = [
        json.loads(line)["text"]
        for line in (files("vaste.demo") / "feed.jsonl").read_text("utf-8").splitlines()
    ]
    words = sorted({word for text in texts for word in text.split()})
    post, author, case, root = 0, 0, 0, ""
    playbook = config.playbooks[-1]
    yield AuthorRow, {"id": _OURS} | _named("ainokahvi")
    at = BEGAN_AT
    while post < count * 1.25:
        at += SPREAD / count
        post += 1
        follows = bool(root) and dice.random() < 0.25
        if not follows:
            root = f"p{post}"
            if not author or dice.random() < 0.6:
                author += 1
                yield AuthorRow, {"id": author} | _named(f"author{author}")
        text = dice.choice(texts) + " " + " ".join(dice.choices(words, k=5))
        yield from _mention(post, author, root, text, at=at, dice=dice)
        verdict = _verdict(post, at, dice, config)
        opens = not follows and dice.random() < 0.33
        yield VerdictRow, verdict | {"playbook": playbook.name if opens else None}
        if opens:
            case += 1
            yield from _case(case, post, author, root, at=at, playbook=playbook)
        if dice.random() < 0.25:
            post += 1
            yield from _reply(post, root, at + timedelta(minutes=dice.randrange(5, 500)))


def _named(name: str) -> Row:
    return {"network": NETWORK, "known_by": name, "handle": name}


def _post(post: int, author: int, root: str, text: str, at: datetime) -> Row:
    return {
        "id": post, "network": NETWORK, "post_id": f"p{post}", "own": False, "author_id": author, "text": text,
        "posted_at": at, "seen_at": at + timedelta(seconds=30), "root": root, "conversation": root, "in_reply_to": None,
        "automated": False, "context": False, "backfilled": False, "salt": "0", "attempts": 0, "fence": 1,
        "language": "fi", "language_confidence": 0.9, "followers": 100,
    }  # fmt: skip


def _mention(
    post: int, author: int, root: str, text: str, *, at: datetime, dice: random.Random
) -> Iterator[tuple[type[SQLModel], Row]]:
    yield PostRow, _post(post, author, root, text, at) | {"followers": dice.randrange(20_000)}
    yield AliasRow, _alias(post, at)
    yield ShownRow, {"post": post, "source": "feed"}


def _alias(post: int, at: datetime) -> Row:
    return {"network": NETWORK, "alias": f"p{post}", "post": post, "seen_at": at}


def _reply(post: int, root: str, at: datetime) -> Iterator[tuple[type[SQLModel], Row]]:
    yield PostRow, _post(post, _OURS, root, "Selvitämme.", at) | {"own": True, "in_reply_to": root}
    yield AliasRow, _alias(post, at)


def _verdict(post: int, at: datetime, dice: random.Random, config: Config) -> Row:
    negative = dice.random() ** 2
    neutral = dice.random() * (1 - negative)
    scores = {topic.name: round(dice.random() ** 20, 3) for topic in config.topics}
    return {
        "post": post, "judged_at": at + timedelta(minutes=1), "negative": negative, "neutral": neutral,
        "positive": 1 - negative - neutral, "attention": dice.random(), "topics": scores,
        "topics_held": [name for name, score in scores.items() if score >= 0.5], "language": "fi",
        "abstained": dice.random() < 0.1, "cut": False, "model": "bench", "reason": "", "bystander": False,
        "configuration": "bench",
    }  # fmt: skip


def _case(
    case: int, post: int, author: int, root: str, *, at: datetime, playbook: Playbook
) -> Iterator[tuple[type[SQLModel], Row]]:
    policy = policy_of(playbook)
    opened_at = at + timedelta(minutes=1)
    yield CaseRow, {
        "number": case, "network": NETWORK, "root": root, "author_id": author, "source": "feed", "opening_post": post,
        "first_post": post, "playbook": policy.playbook, "team": policy.team, "severity": policy.severity,
        "clock": policy.clock, "status": "open", "quiet": False, "posted_at": at, "opened_at": opened_at,
        "escalations": 0, "reopened": 0, "mentions": 1, "touched": False, "revision": 1,
    }  # fmt: skip
    yield CasePostRow, {"case": case, "post": post}
    yield CallRow, {"person": "aino", "case": case, "called_at": opened_at, "step": 0}
    event = {"case": case, "post": post, "recorded_at": opened_at, "actor": "vaste"}
    facts = {"policy": policy.as_facts(), "quiet": False, "people": ["aino"]}
    yield EventRow, event | {
        "line": 1, "kind": EventKind.OPENED.value, "happened_at": opened_at, "time_source": TimeSource.OURS.value,
        "facts": facts,
    }  # fmt: skip
    yield EventRow, event | {
        "line": 2, "kind": EventKind.JOINED.value, "happened_at": at, "time_source": TimeSource.PLATFORM.value,
        "facts": {"deserving": True, "sentiment": "negative"},
    }  # fmt: skip


if __name__ == "__main__":
    main()
