"""SIGKILL the service at random moments while posts arrive: none lost, no card there twice.

    python -m bench.kill [--posts 200] [--kills 20] [--seed 1]

The real `vaste run` between a fake X and a fake Slack. Each start is killed after a random time, from the
first imports on, and the next one begins at once; the last one is let alone until every post has its card.
Exits with 1 when a post is lost, or a message stands twice at one destination.
"""

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from tests.servers.fake_x import Post
from tests.stories.service import Json, Town, key_of, playbook, rota, wait_for

ROOMS = tuple(f"tiimi-{number}" for number in range(8))
"""One team a channel: Slack takes one message a second in each."""
LIVES_AT_MOST_S = 6.0
POSTS_WITHIN_S = 70.0
FINISHES_WITHIN_S = 180.0


def main() -> None:
    """Print what came of it; exit with 1 when the promise is broken."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--posts", type=int, default=200)
    asked.add_argument("--kills", type=int, default=20)
    asked.add_argument("--seed", type=int, default=1)
    chosen = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, make_town(Path(folder)) as town:
        sys.exit(0 if play(town, chosen.posts, chosen.kills, random.Random(chosen.seed)) else 1)


def make_town(folder: Path) -> Town:
    """A town of eight teams; the posts of half of them page the person on call as well."""
    teams = {name: {"channel": f"#{name}", "rota": rota("aino", "ben")} for name in ROOMS}
    playbooks = [
        playbook(name, match={"regex": name}, team=name, severity="high" if number % 2 else "normal")
        for number, name in enumerate(ROOMS)
    ]
    town = Town(folder, playbooks=playbooks, rooms=ROOMS, messages_per_second=1.0, teams=teams)
    town.channels[0]["cards_a_minute"] = "off"  # every card is waited for
    return town


def play(town: Town, number: int, kills: int, chance: random.Random) -> bool:
    """Let posts arrive and the service die, then count; says whether the promise is kept."""
    posts: list[Post] = []
    town.start()
    arriving = threading.Thread(target=arrive, args=(town, posts, number), daemon=True)
    arriving.start()
    for _ in range(kills):
        time.sleep(chance.uniform(0, LIVES_AT_MOST_S))
        town.runs[-1].kill()
        town.start(ready=False)
    arriving.join()
    wait_for("the end", lambda: is_done(town, number), within=FINISHES_WITHIN_S)
    town.runs[-1].stop()
    return judge(town, posts, kills)


def arrive(town: Town, posts: list[Post], number: int) -> None:
    """Post evenly, whoever lives or dies."""
    begun = time.monotonic()
    for count in range(number):
        time.sleep(max(0.0, begun + count * POSTS_WITHIN_S / number - time.monotonic()))
        posts.append(town.says(f"joku{count}", f"{ROOMS[count % len(ROOMS)]} numero {count}"))


def is_done(town: Town, number: int) -> bool:
    """Say whether the service itself says that it has nothing left to do."""
    run = town.runs[-1]
    if run.page is None:
        return False
    health: Json = run.healthz()
    idle = health["counts"]["waiting"] == 0 and set(health["deliveries"]) <= {"sent", "withdrawn"}
    return idle and health["counts"]["mentions"] >= number


def judge(town: Town, posts: list[Post], kills: int) -> bool:
    """Print the counts and say whether the promise is kept."""
    logged = {str(row["url"]).rpartition("/")[2] for row in town.log()}
    lost = [post.id for post in posts if post.id not in logged or not town.cards_of(post)]
    standing = Counter((message["channel"], key_of(message)) for message in town.slack.messages())
    double = [place for place, times in standing.items() if times > 1]
    looked = len(town.slack.called("conversations.history"))
    repeated = sum(len(run.told("slack_cannot_look_up")) for run in town.runs)
    print(
        f"{kills} kills, {len(posts)} posts: {len(lost)} lost, {len(double)} messages double of {len(standing)}"
    )
    print(f"ambiguous: {looked} looked up in Slack before repeating, {repeated} repeated without knowing")
    kept = not lost and not double
    print(f"promise (none lost, none double): {'kept' if kept else 'BROKEN'}")
    return kept


if __name__ == "__main__":
    main()
