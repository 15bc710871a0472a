"""Decisions a second with 50 playbooks, as a ratio against plain Python in the same minute.

    python bench/decisions.py

The yardstick is `sorted` on a thousand numbers: machines and their other guests differ, ratios hardly do.
"""

import random
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from casebook.mention import Verdict
from casebook.words import base_forms
from playbooks.decide import Post, decide, explain
from playbooks.playbook import Decision, Match, Playbook

T = TypeVar("T")
Chooser = Callable[[Post, Verdict, Sequence[Playbook]], Decision]
SAID = """
kahvi paketti toimitus lasi siru asiakaspalvelu tilaus hinta maku paahto pussi allergia reaktio kauppa
myöhässä rikki kiitos hyvä huono aamu juoda ostaa palauttaa kilo tuore leverans beställning trasig kaffe
fantastisk delivery broken order never arrived love taste refund service morning cup
"""
WORDS = SAID.split()
CHOICE = random.Random(20_260_101)  # the same posts every time


def main() -> None:
    """Print the figures, slowest kind of post last."""
    base_forms("kahvi")  # the dictionaries are loaded once, before the clock starts
    playbooks = [_playbook(number) for number in range(50)]
    posts = [_post() for _ in range(400)]
    yardstick = _per_second(_sort_a_thousand, range(400))
    print(f"yardstick (sort 1,000 numbers): {yardstick:,.0f} a second")
    for name, choose in (("decide", decide), ("explain", explain)):
        pace = _per_second(partial(_choose, choose, playbooks), posts)
        print(f"{name}, 50 playbooks: {pace:,.0f} a second, {pace / yardstick:.2f} of the yardstick")


def _per_second(act: Callable[[T], object], over: Sequence[T]) -> float:
    """Best of three rounds: the others were shared with somebody."""
    rounds = []
    for _ in range(3):
        begun, count = time.perf_counter(), 0
        for thing in over:
            act(thing)
            count += 1
        rounds.append(count / (time.perf_counter() - begun))
    return max(rounds)


def _choose(choose: Chooser, playbooks: list[Playbook], pair: tuple[Post, Verdict]) -> Decision:
    return choose(*pair, playbooks)


def _sort_a_thousand(seed: int) -> list[float]:
    numbers = random.Random(seed)
    return sorted(numbers.random() for _ in range(1_000))


def _post() -> tuple[Post, Verdict]:
    negative = CHOICE.random()
    verdict = Verdict(
        negative,
        (1 - negative) / 2,
        (1 - negative) / 2,
        CHOICE.random(),
        {},
        (),
        "fi",
        abstained=False,
        model="bench",
    )
    return Post(" ".join(CHOICE.choices(WORDS, k=30)), ("x",), CHOICE.randrange(5_000)), verdict


def _playbook(number: int) -> Playbook:
    """A playbook of which hardly any post is: the common case is that all 50 are tried."""
    match = (
        Match(words=tuple(f"{word}{number}" for word in CHOICE.choices(WORDS, k=5)), sentiment=("negative",)),
        Match(regex=(rf"\b(recall|takaisinveto)\w* {number}\b",)),
        Match(sentiment_at_least={"negative": 0.99}, followers=4_900),
        Match(
            any=(Match(words=(f"lasi {number}",)), Match(topics=("recall",))), none=(Match(language=("en",)),)
        ),
    )[number % 4]
    return Playbook(f"playbook {number}", match, "care")


if __name__ == "__main__":
    main()
