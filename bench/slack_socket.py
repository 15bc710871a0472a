"""What becomes of clicks in Slack while the connections break: are any lost, does any count twice, how long to the ack.

    python -m bench.slack_socket [--clicks 200] [--silent 3]

Two real `vaste run` on one database, each with its socket to a fake Slack that gives an envelope to any of them, and
again after 3 s where nobody acked it. People take and close cases meanwhile, in four weathers: calm; every
connection cut now and then; every envelope given to both; every connection silent, and none better until it is given
up. A click is lost when its event is not in the record, double when it is there twice.

Exits with 1 when one is lost or double, or when the 99th percentile of click → ack in calm weather is 300 ms or more.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Event, Thread

from casebook.db import open_engine
from casebook.event import EventKind
from casebook.store import Store
from tests.stories.service import AINO, Town, case_of, key_of, wait_for

PROMISE_MS = 300.0
APART_S = 0.05
CUT_EVERY_S = 2.0


def main() -> None:
    """Print the figures; exit with 1 when a promise is broken."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--clicks", type=int, default=200)
    asked.add_argument("--silent", type=int, default=3, help="how often all connections fall silent")
    chosen = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{Path(folder) / 'vaste.db'}"
        with Town(Path(folder), messages_per_second=None, database=database) as town:
            town.channels[0]["cards_a_minute"] = "off"
            town.start()
            town.start()
            store = Store(open_engine(database))
            kept = [
                weather(town, store, "calm", chosen.clicks, no_weather),
                weather(town, store, "cut", chosen.clicks, cutting),
                weather(town, store, "doubled", chosen.clicks, doubling),
                weather(town, store, "silent", chosen.silent, silencing),
            ]
            store.engine.dispose()
    sys.exit(0 if all(kept) else 1)


def weather(
    town: Town, store: Store, name: str, clicks: int, breaks: Callable[[Town], AbstractContextManager[None]]
) -> bool:
    """Let people click through one weather; print what came of it and say whether the promises are kept."""
    cases = open_cases(town, max(1, clicks // 2), name)
    sent, before = [], len(town.slack.acks())
    with breaks(town):
        for case in cases:
            for verb in ("acknowledge", "close"):
                sent += town.slack.press(case, verb, AINO, anyway=True)
                time.sleep(APART_S)
        wait_for("every ack", lambda: not town.slack.unacked(), within=180)
    time.sleep(0.5)
    acks = {ack.id: ack for ack in town.slack.acks()[before:]}
    waits = sorted(1000 * (acks[one].acked_at or 0) - 1000 * acks[one].sent_at for one in sent if one in acks)
    whole = sorted((acks[one].acked_at or 0) - acks[one].made_at for one in sent if one in acks)
    taken = [count(store, case, EventKind.ACKNOWLEDGED) for case in cases]
    closed = [count(store, case, EventKind.CLOSED) for case in cases]
    lost = sum(times == 0 for times in (*taken, *closed))
    double = sum(max(0, times - 1) for times in (*taken, *closed))
    again = sum(acks[one].attempts > 1 for one in sent if one in acks)
    p99 = percentile(waits, 0.99)
    print(
        f"{name}: {len(sent)} clicks, {lost} lost, {double} double events, {again} sent again; delivery → ack "
        f"p50 {statistics.median(waits):.0f} ms, p99 {p99:.0f} ms; the slowest from click to ack {whole[-1]:.1f} s"
    )
    return lost == double == 0 and (name != "calm" or p99 < PROMISE_MS)


def open_cases(town: Town, number: int, name: str) -> list[int]:
    """Open as many cases and wait for their cards; gives their numbers."""
    posts = [town.says(f"{name}{one}", f"kahvi {name} {one}") for one in range(number)]
    wait_for("every card", lambda: all(map(town.cards_of, posts)), within=180)
    return [case_of(town.cards_of(post)[0]) for post in posts if key_of(town.cards_of(post)[0])]


def count(store: Store, case: int, kind: EventKind) -> int:
    """Count the events of a kind in a case's history."""
    return sum(event.kind is kind for event in store.events(case))


def percentile(values: list[float], share: float) -> float:
    """Give the value below which this share of the sorted values lies."""
    return values[min(len(values) - 1, int(share * len(values)))]


@contextmanager
def no_weather(_: Town) -> Iterator[None]:
    """Nothing breaks."""
    yield


@contextmanager
def cutting(town: Town) -> Iterator[None]:
    """Every connection is cut now and then."""
    over = Event()

    def cut() -> None:
        while not over.wait(CUT_EVERY_S):
            town.slack.drop()

    thread = Thread(target=cut, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join()


@contextmanager
def doubling(town: Town) -> Iterator[None]:
    """Every envelope goes to every connection."""
    town.slack.doubles = True
    yield
    town.slack.doubles = False


@contextmanager
def silencing(town: Town) -> Iterator[None]:
    """Every connection falls silent, pongs included, and what is sent over it is lost."""
    town.slack.silence()
    yield


if __name__ == "__main__":
    main()
