"""Whether posts about different matters of one narrow trade are taken for one crisis, and one matter is not missed.

    python -m bench.matters [--draws 4]

Reads the public set banking77 beside the project (customers' questions to a bank, 77 matters). The bundled model
reads each post once; the rule of a crisis with its defaults then sees 200 of different matters within a minute,
after so many posts on record before, and in a second round twenty of one matter among ten of others.

In a third round the small storms that likeness was learnt from (six posts or more, in very different words and three
languages) come among the other posts of their company, asked for at six, shuffled six times each. So its figure is of
storms that are known; it tells what is lost, not what others would find.

Exits with 1 when a post of different matters was folded; 0 and a line where the set is not there.
"""

import argparse
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from casebook.likeness import gist_of, names_of
from casebook.record import Living, Trace
from classifier.language import language_of_post
from classifier.model import Classifier
from classifier.training.likeness import NAMES, read_storms
from playbooks.crisis import CrisisRule, fold
from tests.crowd import crisis_rule

BANKING: Final = Path(__file__).parents[2] / "shared" / "data" / "topics" / "banking77-train.jsonl"
CHOICE: Final = random.Random(77)  # the same draws every time
BEGUN: Final = datetime(2026, 11, 2, 8, tzinfo=UTC)
READ: Final = 2_000
AT_ONCE: Final = 200
BEFORE: Final = (0, 20, 50, 100)
SAME, OTHERS = 20, 10
SMALL, SHUFFLED = 6, 6


def gists(rows: Sequence[dict[str, str]]) -> list[tuple[str, bytes]]:
    """Give the matter of each post, and what crises compare of it."""
    judge, found = Classifier(), list[tuple[str, bytes]]()
    for start in range(0, len(rows), 64):
        some = rows[start : start + 64]
        verdicts = judge.judge([row["text"] for row in some])
        for row, verdict in zip(some, verdicts, strict=True):
            found.append((row["topic"], gist_of(row["text"], verdict.meaning, "en")))
    return found


def folded(posts: Sequence[bytes], before: Sequence[bytes], rule: CrisisRule) -> int:
    """Let posts come one after the other within a minute; give how many of them crises took."""
    return len(taken_by(posts, before, rule))


def taken_by(posts: Sequence[bytes], before: Sequence[bytes], rule: CrisisRule) -> dict[int, int]:
    """Let posts come one after the other within a minute; give the crisis of each that one took, by its place."""
    step = timedelta(minutes=1) / len(posts)
    traces = [
        Trace(number, number, BEGUN + number * step, gist, number, "question", "normal")
        for number, gist in enumerate(posts)
    ]
    taken: dict[int, int] = {}
    founders: dict[int, tuple[Trace, ...]] = {}
    for place, trace in enumerate(traces):
        near = [other for other in traces[:place] if other.post not in taken]
        sizes = Counter(taken.values())
        living = [Living(number, some, frozenset(), sizes[number]) for number, some in founders.items()]
        found = fold(trace, near, living, rule, ordinary=before)
        if found is None:
            continue
        number = found.crisis or len(founders) + 1
        founders.setdefault(number, tuple(traces[post] for post in found.posts)[:20])
        taken.update(dict.fromkeys(found.posts, number))
    return taken


def small_storms() -> tuple[int, int, int]:
    """Give how many small storms open a crisis, of how many, and how many other posts crises took."""
    said, rule = read_storms(), crisis_rule(SMALL)
    names, judge = names_of(NAMES.values()), Classifier()
    verdicts = judge.judge([one.text for one in said])
    gists = [
        gist_of(one.text, verdict.meaning, language_of_post(one.text).language, names=names)
        for one, verdict in zip(said, verdicts, strict=True)
    ]
    by_storm = defaultdict(list)
    for at, one in enumerate(said):
        by_storm[one.company, one.storm].append(at)
    found = tried = odd = 0
    for (company, storm), members in by_storm.items():
        if storm is None or len(members) < SMALL:
            continue
        for seed in range(SHUFFLED):
            mixed = [*members, *by_storm[company, None]]
            random.Random(f"{company} {storm} {seed}").shuffle(mixed)
            taken = taken_by([gists[at] for at in mixed], (), rule)
            true = Counter(crisis for place, crisis in taken.items() if mixed[place] in members)
            found += max(true.values(), default=0) * 2 > SMALL
            odd += len(taken) - true.total()
            tried += 1
    return found, tried, odd


def main() -> int:
    """Print the figures; gives the exit code."""
    parser = argparse.ArgumentParser(description="Different matters of one trade, and one matter.")
    parser.add_argument("--draws", type=int, default=4)
    asked = parser.parse_args()
    if not BANKING.exists():
        print("banking77 is not beside the project; nothing was measured")
        return 0
    rows = [json.loads(line) for line in BANKING.read_text("utf-8").splitlines()]
    CHOICE.shuffle(rows)
    bank, rule = gists(rows[:READ]), crisis_rule(10)
    worst = 0
    for before in BEFORE:
        counts = []
        for _ in range(asked.draws):
            drawn = [gist for _, gist in CHOICE.sample(bank, AT_ONCE + before)]
            counts.append(folded(drawn[:AT_ONCE], drawn[AT_ONCE:], rule))
        worst = max(worst, *counts)
        print(f"different matters, {before:3} posts before: folded {counts} of {AT_ONCE}")
    by_matter = defaultdict(list)
    for matter, gist in bank:
        by_matter[matter].append(gist)
    fit = {matter: some for matter, some in by_matter.items() if len(some) >= SAME}
    opened = 0
    for matter, some in fit.items():
        others = [gist for other, gist in CHOICE.sample(bank, 3 * OTHERS) if other != matter][:OTHERS]
        mixed = [*some[:SAME], *others]
        CHOICE.shuffle(mixed)
        opened += folded(mixed, (), rule) > 0
    found, tried, odd = small_storms()
    print(f"small storms, asked for at {SMALL}: {found} of {tried} found, {odd} other posts taken")
    print(f"one matter ({SAME} posts among {OTHERS} others): {opened} of {len(fit)} open a crisis")
    return int(worst > 0)


if __name__ == "__main__":
    sys.exit(main())
