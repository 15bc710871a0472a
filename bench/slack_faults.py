"""What becomes of cards while Slack fails: how many are lost, how many stand there twice.

    python -m bench.slack_faults [--cards 40]

The real `vaste run` between a fake X and a fake Slack, one kind of fault after another, each met by every other card
at its first try: 429 with Retry-After, 500, a page of HTML with 503, a connection reset before Slack took the
message, and one reset after it did. Last of all a reset after taking it where the history can't be read: then a second
card beats a lost one, and they are counted here and in the log.

Exits with 1 when a card is lost, or stands there twice although it could be looked up.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.stories.service import Town, key_of, wait_for

POST = "chat.postMessage"
SETTLED_S = 6.0
FAULTS: dict[str, Callable[[Town], None]] = {
    "429": lambda town: town.slack.fail_next(
        POST, status=429, error="ratelimited", headers={"Retry-After": "1"}
    ),
    "500": lambda town: town.slack.fail_next(POST, status=500, error="internal_error"),
    "HTML 503": lambda town: town.slack.html_503(POST),
    "reset": lambda town: town.slack.fail_next(POST, kind="reset"),
    "reset after accepting": lambda town: town.slack.reset_after_accepting(POST),
}
BLIND = "reset after accepting, history unreadable"


def main() -> None:
    """Print the figures; exit with 1 when a promise is broken."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--cards", type=int, default=40, help="of each fault")
    chosen = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, Town(Path(folder), messages_per_second=None) as town:
        town.channels[0]["cards_a_minute"] = "off"
        town.start()
        kept = [meet(town, name, fault, chosen.cards) for name, fault in FAULTS.items()]
        town.slack.fail_next("conversations.history", error="missing_scope", times=10_000)
        meet(town, BLIND, FAULTS["reset after accepting"], chosen.cards)
        print(f"looked up in vain and posted again, by the log: {len(told_in_vain(town))}")
    sys.exit(0 if all(kept) else 1)


def meet(town: Town, name: str, fault: Callable[[Town], None], cards: int) -> bool:
    """Let every other card meet a fault; print and say whether each stands there once."""
    posts = []
    for number in range(cards):
        if number % 2 == 0:
            fault(town)
        posts.append(town.says(f"{name.replace(' ', '')[:8]}{number}", f"kahvi {name} {number}"))
        if number % 2:
            wait_for("both cards", lambda: all(town.cards_of(post) for post in posts[-2:]), within=60)
    time.sleep(SETTLED_S)  # a message whose answer was lost is looked for, or repeated, at its next try
    each = Counter(key_of(card) for post in posts for card in town.cards_of(post))
    doubled = sum(times - 1 for times in each.values())
    print(f"{name}: {len(posts)} cards, {len(posts) - len(each)} lost, {doubled} stand there twice")
    return len(each) == len(posts) and doubled == 0


def told_in_vain(town: Town) -> list[dict[str, object]]:
    """Give the log's lines of messages that could not be looked up."""
    return town.runs[-1].told("slack_cannot_look_up")


if __name__ == "__main__":
    main()
