"""From a post becoming visible on X to its card being accepted by Slack; and what an idle service costs.

    python -m bench.alert [--posts 100] [--idle 20]

The real `vaste run` at `every: 1s`, with the bundled model, between a fake X and a fake Slack that takes one
message a second, as Slack does. One unlike post every 2 s, in no step with the polls. Exits with 1 when the
95th percentile is over 3 s or a post has not exactly one card.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.servers.fake_x import Post
from tests.stories.service import Run, Town, wait_for

PROMISE_S = 3.0
APART_S = 2.0
CHOICE = random.Random(20_260_101)  # the same moments every time
SAID = """
kahvi paketti toimitus lasi siru asiakaspalvelu tilaus hinta maku paahto pussi reaktio kauppa myöhässä rikki
kiitos hyvä huono aamu juoda ostaa palauttaa kilo tuore leverans beställning trasig kaffe delivery broken
"""


def main() -> None:
    """Print the figures; exit with 1 when the promise is broken."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--posts", type=int, default=100)
    asked.add_argument("--idle", type=float, default=20)
    chosen = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, Town(Path(folder), messages_per_second=1.0) as town:
        town.channels[0]["cards_a_minute"] = "off"  # one in 2 s is more than the cap
        run = town.start()
        if chosen.idle:
            measure_idle(run, chosen.idle)
        posts = say(town, chosen.posts)
        wait_for("a card for every post", lambda: all(map(town.cards_of, posts)), within=60)
        busy = run.cpu_seconds()
        code, seconds = run.stop()
        print(f"in all {busy:.1f} s of processor time; stopped with {code} in {seconds:.2f} s")
        sys.exit(0 if judge(town, posts) and code == 0 else 1)


def measure_idle(run: Run, seconds: float) -> None:
    """Print how much processor time the service takes while nothing happens."""
    time.sleep(3)  # the model is loaded in the background
    before = run.cpu_seconds()
    time.sleep(seconds)
    used = run.cpu_seconds() - before
    print(f"idle: {used:.2f} s of processor time in {seconds:g} s ({used / seconds:.1%})")


def say(town: Town, number: int) -> list[Post]:
    """Post one after another, none in step with the polls."""
    begun = time.monotonic()
    posts = []
    for count in range(number):
        due = begun + count * APART_S + CHOICE.uniform(0, 1)
        time.sleep(max(0.0, due - time.monotonic()))
        posts.append(town.says(f"joku{count}", " ".join(CHOICE.sample(SAID.split(), 8))))
    return posts


def judge(town: Town, posts: list[Post]) -> bool:
    """Print the delays and say whether the promise is kept."""
    cards = [town.cards_of(post) for post in posts]
    delays = sorted(
        float(found[0]["ts"]) - post.visible_at.timestamp()
        for post, found in zip(posts, cards, strict=True)
        if found
    )
    p95 = statistics.quantiles(delays, n=20, method="inclusive")[-1]
    once = sum(len(found) == 1 for found in cards)
    print(f"{once} of {len(posts)} posts have exactly one card")
    print(
        f"visible on X to accepted by Slack: p50 {statistics.median(delays):.2f} s, p95 {p95:.2f} s, max {delays[-1]:.2f} s"
    )
    kept = p95 <= PROMISE_S and once == len(posts)
    print(f"promise (p95 at most {PROMISE_S:g} s, one card each): {'kept' if kept else 'BROKEN'}")
    return kept


if __name__ == "__main__":
    main()
