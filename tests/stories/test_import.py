"""Real conversations of other companies' care, imported through the file source and the very same jobs.

The published sample is not ours to copy: it is read where it lies, and skipped where it does not.
What the log says is held against a count in plain Python over the same file.
"""

import csv
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from casebook.store import Store
from tests.fakes import HandClock
from vaste.config import load_config
from vaste.jobs import Jobs
from vaste.wiring import open_store, wire

SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "twcs-sample.csv"
IMPORTED_AT = datetime(2017, 10, 13, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not SAMPLE.is_file(), reason=f"{SAMPLE.name} is not here")

CONFIG = """
brand: Import
database: sqlite:///import.db
sources:
  - {name: import, kind: file, path: posts.jsonl, backfill: 7d}
people:
  aino: {name: Aino}
teams:
  care: {rota: {people: [aino], handoff: "mon 09:00", every: 1w}}
playbooks:
  - {name: everybody, match: {}, team: care, respond_within: 1h}
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the sample, without its words."""

    id: str
    author: str
    inbound: bool
    at: datetime
    above: str | None


def sample() -> list[dict[str, str]]:
    with SAMPLE.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def written_at(row: dict[str, str]) -> datetime:
    return datetime.strptime(row["created_at"], "%a %b %d %H:%M:%S %z %Y")


def as_line(row: dict[str, str]) -> str:
    return json.dumps(
        {
            "id": row["tweet_id"],
            "author": row["author_id"],
            "text": row["text"],
            "posted_at": written_at(row).isoformat(),
            "own": row["inbound"] != "True",
            "in_reply_to": row["in_response_to_tweet_id"] or None,
            "url": row["tweet_id"],
        }
    )


# the count in plain Python


def rows() -> dict[str, Row]:
    return {
        row["tweet_id"]: Row(
            row["tweet_id"],
            row["author_id"],
            row["inbound"] == "True",
            written_at(row),
            row["in_response_to_tweet_id"] or None,
        )
        for row in sample()
    }


def upwards(row: Row, known: dict[str, Row]) -> list[Row]:
    """The known posts above a post, the nearest first."""
    chain: list[Row] = []
    while (above := (chain[-1] if chain else row).above) is not None and above in known:
        chain.append(known[above])
    return chain


def root(row: Row, known: dict[str, Row]) -> str:
    top = [row, *upwards(row, known)][-1]
    return top.above or top.id


def customer_of(row: Row, known: dict[str, Row]) -> str:
    """Whose conversation a post stands in: the topmost outsider's above it, else the first writer's."""
    outsiders = [above.author for above in upwards(row, known) if above.inbound]
    if outsiders:
        return outsiders[-1]
    top = [row, *upwards(row, known)][-1]
    if top.above is None:
        return row.author
    others = [other for other in known.values() if other.inbound and root(other, known) == root(row, known)]
    return min(others, key=lambda other: other.at).author


def expected(known: dict[str, Row]) -> dict[tuple[str, str], int | None]:
    """(customer, first post) → seconds they waited for the first reply to any post of theirs; None: for ever."""
    cases: dict[tuple[str, str], list[Row]] = {}
    for row in known.values():
        if row.inbound and customer_of(row, known) == row.author:
            cases.setdefault((row.author, root(row, known)), []).append(row)
    waited = {}
    for posts in cases.values():
        first = min(posts, key=lambda post: post.at)
        ids = {post.id for post in posts}
        answers = [
            row.at for row in known.values() if not row.inbound and row.above in ids and row.at >= first.at
        ]
        waited[first.author, first.id] = int((min(answers) - first.at).total_seconds()) if answers else None
    return waited


# the jobs


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    (tmp_path / "config.yaml").write_text(CONFIG)
    loaded = load_config(tmp_path / "config.yaml", {})
    assert loaded.config is not None, loaded.problems
    store: Store = open_store(loaded.config)
    jobs = wire(loaded.config, store=store, clock=HandClock(IMPORTED_AT))
    (tmp_path / "posts.jsonl").touch()
    yield jobs
    for source, _ in jobs.sources.values():
        source.close()
    store.engine.dispose()


def live(jobs: Jobs, folder: Path, lines: Sequence[str]) -> None:
    with (folder / "posts.jsonl").open("a", encoding="utf-8") as feed:
        feed.writelines(line + "\n" for line in lines)
    jobs.poll("import")
    jobs.triage()
    jobs.match()
    jobs.watch()
    jobs.deliver()


def waited(log: list[dict[str, Any]]) -> dict[tuple[str, str], int | None]:
    return {(row["author"], row["url"]): row["frt_s"] for row in log}


@pytest.mark.parametrize("seed", [1])
def test_the_log_of_an_import_is_the_count_in_whatever_order_its_lines_stand(
    jobs: Jobs, tmp_path: Path, seed: int
) -> None:
    lines = [as_line(row) for row in sample()]
    random.Random(seed).shuffle(lines)
    live(jobs, tmp_path, lines)
    log = list(jobs.store.log(now=IMPORTED_AT))
    counted = expected(rows())
    assert waited(log) == counted
    assert sum(row["frt_s"] is None for row in log) == list(counted.values()).count(None) > 0
    late = {key for key, seconds in counted.items() if seconds is None or seconds > 3600}
    assert {(row["author"], row["url"]) for row in log if "respond" in row["breaches"]} == late


def test_an_import_that_comes_in_pieces_gives_the_same_figures(jobs: Jobs, tmp_path: Path) -> None:
    lines = [as_line(row) for row in sorted(sample(), key=written_at)]
    for start in range(0, len(lines), 12):
        live(jobs, tmp_path, lines[start : start + 12])
    assert waited(list(jobs.store.log(now=IMPORTED_AT + timedelta(hours=1)))) == expected(rows())
    assert jobs.store.problems() == []
