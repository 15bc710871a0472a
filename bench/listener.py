"""Mentions filed a second through the X source, and requests made for them, against a bare loop over tweepy.

    python -m bench.listener [--rounds 4]

Both read the same fake X, over loopback, by turns in the same minute: the X source with its three lanes,
overlap and cursor, filed in the store on SQLite; and a loop that asks tweepy for the mentions since the last
id and inserts them into one bare table. The fake's own time is in both, so the ratio is nearer to one than
the work of the two by itself. On a machine that others use too, seconds of the processor say more.
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import tweepy
from requests.adapters import HTTPAdapter

from casebook.db import open_engine, upgrade
from casebook.record import Filed
from casebook.store import Store
from listener.x import XSource
from listener.x_settings import XSettings
from tests.servers.fake_x import FakeX

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LEASE = timedelta(minutes=1)
POLLS_AN_HOUR = 60
BURST = 350
QUIET = 6
"""Mentions in a quiet hour."""
TEXT = "@ainokahvi Tilasin kahvia kaksi viikkoa sitten eikä pakettia näy, missä se on?"
QUERY = '"Aino Kahvi"'


class Town:
    """A fake X with the company on it, and a clock of its own."""

    def __init__(self) -> None:
        self.now = START
        self.x = FakeX(now=lambda: self.now).start()
        self.us = self.x.add_account("ainokahvi")

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by

    def burst(self) -> None:
        """Let `BURST` people write within one minute."""
        for number in range(BURST):
            self.advance(timedelta(minutes=1) / BURST)
            self.x.post(f"joku{number}", TEXT)


class Ours:
    """The X source and the store, as a poll uses them."""

    def __init__(self, town: Town, folder: Path) -> None:
        settings = XSettings.model_validate(
            {
                "name": "x",
                "handle": "ainokahvi",
                "query": QUERY,
                "bearer_token": town.x.token,
                "api_url": town.x.url,
            }
        )
        self._town = town
        self._engine = open_engine(f"sqlite:///{folder / 'vaste.db'}")
        upgrade(self._engine)
        self._store = Store(self._engine, holder="bench")
        self._source = XSource(settings)
        self._store.source("x", kind="x", network="x", now=town.now)

    def poll(self) -> int:
        """Look to the end and file what was there; gives how many mentions were new."""
        now, found, more = self._town.now, Filed(), True
        state = self._store.claim_source("x", now=now, lease=LEASE)
        if state is None:
            raise RuntimeError("the source is taken")
        cursor, new = state.cursor, 0
        while more:
            batch = self._source.fetch(cursor, since=state.first_started_at, now=now)
            found = self._store.file(state, batch, now=now, backfill=None)
            cursor, new, more = batch.cursor, new + found.mentions, batch.more
        self._store.finish_look(state, now=now, failures=0, retry_at=None)
        return new

    def close(self) -> None:
        """Let go of everything."""
        self._source.close()
        self._engine.dispose()


class Bare:
    """What one would write in an afternoon: since the last id, page by page, into one table."""

    def __init__(self, town: Town, folder: Path) -> None:
        self._client: Any = tweepy.Client(town.x.token)
        self._client.session.mount("https://api.twitter.com/", _Moved(town.x.url))
        self._us = town.us.id
        self._since: str | None = None
        self._base = sqlite3.connect(folder / "bare.db", isolation_level=None)
        self._base.execute("PRAGMA journal_mode=WAL")
        self._base.execute("PRAGMA synchronous=FULL")
        self._base.execute("CREATE TABLE post (id TEXT PRIMARY KEY, author TEXT, text TEXT, posted_at TEXT)")

    def poll(self) -> int:
        """Read what is newer than the last id; gives how many rows were inserted."""
        new, token, newest = 0, None, self._since
        while True:
            page = self._client.get_users_mentions(
                self._us,
                max_results=100,
                since_id=self._since,
                pagination_token=token,
                tweet_fields=["author_id", "created_at"],
            )
            rows = [
                (str(post.id), str(post.author_id), post.text, str(post.created_at))
                for post in page.data or ()
            ]
            self._base.execute("BEGIN IMMEDIATE")
            self._base.executemany("INSERT OR IGNORE INTO post VALUES (?, ?, ?, ?)", rows)
            self._base.execute("COMMIT")
            new += len(rows)
            newest = max([newest or "0", *(row[0] for row in rows)], key=int)
            token = page.meta.get("next_token")
            if token is None:
                self._since = newest if newest != "0" else None
                return new

    def close(self) -> None:
        """Let go of everything."""
        self._client.session.close()
        self._base.close()


class _Moved(HTTPAdapter):
    """Sends what is meant for X's host to the fake."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._there = urlsplit(url)

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Send one request elsewhere."""
        asked = urlsplit(str(request.url))
        request.url = asked._replace(scheme=self._there.scheme, netloc=self._there.netloc).geturl()
        return super().send(request, *args, **options)


def main() -> None:
    """Print the figures."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--rounds", type=int, default=4)
    rounds: int = asked.parse_args().rounds
    with (
        _town() as town,
        tempfile.TemporaryDirectory() as folder,
        closing(Ours(town, Path(folder))) as ours,
        closing(Bare(town, Path(folder))) as bare,
    ):
        ours.poll()  # the account is looked up, the libraries are imported
        bare.poll()
        _measure_bursts(town, ours, bare, rounds)
        town.advance(timedelta(hours=1))  # past every overlap
        _measure_quiet_hour(town, ours, bare)


def _measure_bursts(town: Town, ours: Ours, bare: Bare, rounds: int) -> None:
    seconds = {"ours": 0.0, "bare": 0.0}
    busy = {"ours": 0.0, "bare": 0.0}
    made = {"ours": 0, "bare": 0}
    for turn in range(rounds):
        town.advance(timedelta(minutes=20))
        town.burst()
        both: list[tuple[str, Callable[[], int]]] = [("ours", ours.poll), ("bare", bare.poll)]
        for who, poll in both if turn % 2 == 0 else reversed(both):
            before, begun, idle = len(town.x.requests), time.perf_counter(), time.process_time()
            new = poll()
            seconds[who] += time.perf_counter() - begun
            busy[who] += time.process_time() - idle
            made[who] += len(town.x.requests) - before
            if new != BURST:
                raise RuntimeError(f"{who} found {new} of {BURST} mentions")
    count = rounds * BURST
    for kind, spent in (("of the clock", seconds), ("of the processor", busy)):
        pace = {who: count / each for who, each in spent.items()}
        told = f"yardstick {pace['bare']:,.0f}, the X source {pace['ours']:,.0f}"
        print(f"mentions filed in a second {kind}: {told}, ratio {pace['ours'] / pace['bare']:.3f}")
    _tell(f"a burst of {BURST} between two polls", made, count)


def _measure_quiet_hour(town: Town, ours: Ours, bare: Bare) -> None:
    made = {"ours": 0, "bare": 0}
    found = {"ours": 0, "bare": 0}
    for minute in range(POLLS_AN_HOUR):
        town.advance(timedelta(minutes=1))
        if minute % (POLLS_AN_HOUR // QUIET) == 0:
            town.x.post(f"joku{minute}", TEXT, created_at=town.now - timedelta(seconds=30))
        for who, poll in (("ours", ours.poll), ("bare", bare.poll)):
            before = len(town.x.requests)
            found[who] += poll()
            made[who] += len(town.x.requests) - before
    if found["ours"] != QUIET:
        raise RuntimeError(f"{found['ours']} of {QUIET} mentions were found")
    _tell(f"a quiet hour, {POLLS_AN_HOUR} polls", made, QUIET)


def _tell(when: str, made: dict[str, int], count: int) -> None:
    ours, bare = made["ours"] / count, made["bare"] / count
    print(
        f"{when}: {made['ours']} requests for {count} mentions, {ours:.3f} each; "
        f"the bare loop {bare:.3f}, {ours / bare:.2f} times as many"
    )


@contextmanager
def _town() -> Iterator[Town]:
    town = Town()
    try:
        yield town
    finally:
        town.x.stop()


if __name__ == "__main__":
    main()
