"""A month of a source that has bad days: what was lost, and what the coverage ledger says of it.

    python -m bench.month [--days 30] [--every 5m] [--seed 1]

The real X source, jobs and record over a fake X on loopback, with a turned clock. Posts become visible up to ten
minutes late; five times 350 of them come between two polls; now and then X is down, resets connections, asks for a
pause (with and without saying until when), refuses the token, has no credits left, or we are not running. At the
end what X showed and what was filed must be equal, and each stretch of which the ledger says that nobody could look
must begin and end within one poll of the trouble that was made, for its reason.

Exits with 1 where that is not so. The last week is without trouble, so that what was missed can be read late.
"""

import argparse
import logging
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import text

from casebook.duration import parse_duration
from casebook.mention import Blindness
from casebook.record import Stretch
from casebook.store import Store
from listener.coverage import is_blind, merge, together
from tests.servers.fake_x import FakeX
from vaste.config import Config, load_config
from vaste.demo.play import TurnedClock
from vaste.jobs import Jobs
from vaste.wiring import open_store, wire

BEGAN_AT = datetime(2026, 10, 1, 6, tzinfo=UTC)
LATEST = timedelta(minutes=10)
BURST = 350
MENTIONS_A_DAY = 40
FORGOTTEN_AFTER = timedelta(days=8)
"""X itself is asked for no older posts; the fake need not keep them."""

CONFIG = """
brand: Aino Kahvi
timezone: Europe/Helsinki
sources:
  - {{name: x, kind: x, handle: ainokahvi, bearer_token: "{token}", every: {every}, api_url: "{url}"}}
people: {{aino: {{name: Aino}}}}
teams: {{care: {{rota: {{people: [aino]}}}}}}
playbooks: [{{name: all, match: {{}}, team: care}}]
web: off
"""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that goes wrong for a while."""

    begins_at: datetime
    ends_at: datetime
    how: str
    reason: Blindness


REASONS = {
    "down": Blindness.VENDOR,
    "reset": Blindness.NETWORK,
    "pause": Blindness.RATE_LIMIT,
    "pause without end": Blindness.RATE_LIMIT,
    "refused": Blindness.AUTHORISATION,
    "spent": Blindness.BUDGET,
    "stopped": Blindness.DOWNTIME,
}


def main() -> None:
    """Play the month and say what came of it."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--days", type=int, default=30)
    asked.add_argument("--every", default="5m")
    asked.add_argument("--seed", type=int, default=1)
    chosen = asked.parse_args()
    # each trouble is told in the log, as it should be; here the last lines are what counts
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as folder:
        is_right = play(
            Path(folder),
            days=chosen.days,
            every=parse_duration(chosen.every),
            dice=random.Random(chosen.seed),
        )
    sys.exit(0 if is_right else 1)


def play(folder: Path, *, days: int, every: timedelta, dice: random.Random) -> bool:
    """Let the month pass; says whether nothing was lost and the ledger tells the truth."""
    clock = TurnedClock(BEGAN_AT)
    until = BEGAN_AT + timedelta(days=days)
    troubles = list(planned(days, dice))
    with FakeX(now=clock.now) as x:
        x.add_account("ainokahvi")
        posts = sorted(said(days, every, dice))
        config = write_config(folder, x, every)
        store = open_store(config)
        jobs = wire(config, store=store, clock=clock)
        began = time.perf_counter()
        shown, polls = run(jobs, x, clock, posts, troubles, every=every, until=until)
        took = time.perf_counter() - began
        for source, _ in jobs.sources.values():
            source.close()
        filed = ids_filed(store)
        print(
            f"{days} days, a poll every {every}: {polls} polls, {len(x.requests)} requests, {len(shown)} posts, "
            f"{len(troubles)} troubles, played in {took:.0f} s"
        )
        print(f"shown and not filed: {len(shown - filed)}; filed and not shown: {len(filed - shown)}")
        return told(store, troubles, every) and shown == filed


def planned(days: int, dice: random.Random) -> Iterator[Trouble]:
    """Give two troubles of each kind, none of them touching another, none in the last week."""
    kinds = [*REASONS, *REASONS]
    dice.shuffle(kinds)
    room = timedelta(days=max(1, days - 7)) / len(kinds)
    for number, how in enumerate(kinds):
        begins_at = BEGAN_AT + number * room + room * dice.uniform(0.1, 0.4)
        lasts = timedelta(minutes=dice.uniform(30, 60 * 8))
        yield Trouble(begins_at, begins_at + min(lasts, room * 0.5), how, REASONS[how])


def said(days: int, every: timedelta, dice: random.Random) -> Iterator[tuple[datetime, datetime, str]]:
    """Give when each post becomes visible, when it was posted, and what it says."""
    whole = timedelta(days=days) - LATEST - 4 * every
    for number in range(MENTIONS_A_DAY * days):
        posted_at = BEGAN_AT + whole * dice.random()
        late = LATEST * dice.random() if dice.random() < 0.3 else timedelta()
        yield posted_at + late, posted_at, f"@ainokahvi missä tilaukseni {number}?"
    for burst in range(5):
        begun = BEGAN_AT + whole * dice.random()
        for number in range(BURST):
            at = begun + every * 0.8 * number / BURST
            yield at, at, f"@ainokahvi juoru {burst} {number}"


def write_config(folder: Path, x: FakeX, every: timedelta) -> Config:
    """Write the configuration of the month, and read it."""
    path = folder / "config.yaml"
    seconds = f"{every.total_seconds():.0f}s"
    path.write_text(
        f"database: sqlite:///{folder / 'month.db'}\n"
        + CONFIG.format(token=x.token, url=x.url, every=seconds),
        encoding="utf-8",
    )
    loaded = load_config(path, {})
    if loaded.config is None:
        raise SystemExit("\n".join(map(str, loaded.problems)))
    return loaded.config


def run(
    jobs: Jobs,
    x: FakeX,
    clock: TurnedClock,
    posts: Sequence[tuple[datetime, datetime, str]],
    troubles: Sequence[Trouble],
    *,
    every: timedelta,
    until: datetime,
) -> tuple[set[str], int]:
    """Poll through the month; gives the ids of all posts that became visible, and the number of polls."""
    jobs.begin()
    shown: dict[str, datetime] = {}
    polls = at = 0
    while clock.now() < until:
        now = clock.now()
        while at < len(posts) and posts[at][0] <= now:
            visible_at, posted_at, words = posts[at]
            post = x.post(f"caro{at % 50}", words, created_at=posted_at, visible_at=visible_at)
            shown[post.id] = posted_at
            at += 1
        for old in [known for known, posted_at in shown.items() if posted_at < now - FORGOTTEN_AFTER]:
            x.delete(old)
        trouble = next((one for one in troubles if one.begins_at <= now < one.ends_at), None)
        if trouble is None or trouble.how != "stopped":
            break_it(x, trouble)
            jobs.poll("x")
            polls += 1
        clock.turn(now + min(every, jobs.pause_of("x")))  # in a burst it looks more often
    return set(shown), polls


def break_it(x: FakeX, trouble: Trouble | None) -> None:
    """Let everything that is asked go wrong in one way, or nothing."""
    x.heal()
    if trouble is None:
        return
    if trouble.how == "reset":
        x.reset_next("/2/", times=1_000)
        return
    status = {"down": 503, "refused": 401, "spent": 402}.get(trouble.how, 429)
    headers = {}
    if trouble.how == "pause":
        headers = {
            "x-rate-limit-limit": "450",
            "x-rate-limit-remaining": "0",
            "x-rate-limit-reset": str(int(trouble.ends_at.timestamp())),
        }
    x.fail_next("/2/", status=status, body={"title": "no"}, headers=headers, times=1_000)


def ids_filed(store: Store) -> set[str]:
    """Give the ids of the customers' posts in the record."""
    with store.engine.connect() as connection:
        rows = connection.execute(text("SELECT post_id FROM post WHERE NOT own"))
        return {str(row[0]) for row in rows}


def told(store: Store, troubles: Sequence[Trouble], every: timedelta) -> bool:
    """Compare the ledger with the troubles that were made, and print both where they differ."""
    lanes = [list(record.stretches) for record in store.coverage()]
    blind = [stretch for stretch in merge(together(lanes)) if is_blind(stretch.sight)]
    farthest = timedelta()
    is_right = len(blind) == len(troubles)
    for trouble, stretch in zip(troubles, blind, strict=False):
        apart = max(
            abs(stretch.begins_at - trouble.begins_at), abs(stretch.ends_at - trouble.ends_at), timedelta()
        )
        farthest = max(farthest, apart)
        if apart > every or stretch.sight is not trouble.reason:
            is_right = False
            print(f"wrong: {trouble.how} {_span(trouble)}; the ledger says {stretch.sight} {_span(stretch)}")
    if len(blind) != len(troubles):
        print("the ledger's blind stretches:")
        for stretch in blind:
            print(f"  {stretch.sight} {_span(stretch)}")
    print(f"{len(blind)} blind stretches of {len(troubles)}; edges at most {farthest} off ({every} a poll)")
    return is_right


def _span(of: Trouble | Stretch) -> str:
    return f"{of.begins_at:%d %H:%M} to {of.ends_at:%d %H:%M}"


if __name__ == "__main__":
    main()
