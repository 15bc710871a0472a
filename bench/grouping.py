"""How soon a crisis is found by what posts are about, and how often for nothing; beside a threshold and a z-score.

    python -m bench.grouping [--seeds 2] [--read 1500] [--busy 12]

A simulated company whose posts are real texts, each read once by the bundled model: 120 days with a rhythm of day and
week, a level that drifts, and more scatter than chance has; 12 crises, each of 12 to 80 differently worded posts about
one thing, most of them in its first half hour; and 12 busy hours, in which as many write about different things.

Two companies: one whose ordinary posts are of many trades (our own corpus), and one whose ordinary posts are all of one
narrow trade, a bank's (banking77, beside the project), which is harder. The crises are matters of banking77; likeness
was learnt from other storms and never saw them. Where the set is not there, nothing is measured.

Ours is the rule of a crisis with its defaults, post by post, as triage runs it. The threshold and the z-score look at the
posts of the last 15 minutes each minute, and hold an alarm for three hours; both are tried with many limits. Shown are
those that find as many as ours with the fewest false alarms, and those as quiet as ours that find the most. A crisis is
found by an alarm within two hours of its first post; of ours, only by one most of whose posts are of it.

Exits with 1 when ours does not beat both in both companies: finding as many they are to be less quiet, and as quiet
they are to find fewer.
"""

import argparse
import json
import random
import statistics
import sys
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from bench.matters import BANKING
from casebook.likeness import gist_of
from casebook.record import Living, Trace
from classifier.language import language_of_post
from classifier.model import Classifier
from classifier.training.corpus import read_care
from playbooks.crisis import CrisisRule, fold, may_found, stands_down
from tests.crowd import crisis_rule

DAYS, WARM_DAYS = 120, 14
MINUTES: Final = DAYS * 1440
SIZES: Final = (12, 14, 16, 18, 20, 24, 28, 32, 40, 50, 60, 80)
FEWEST: Final = 80
"""Posts that banking77 must have of a matter for it to be a crisis here."""
LOOK_BACK: Final = 15
HELD: Final = 180
FOUND_WITHIN: Final = 120
ORDINARY: Final = 100
FOUNDERS: Final = 48
BEGUN: Final = datetime(2026, 3, 2, tzinfo=UTC)
Minutes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Said:
    """A post of the simulation."""

    minute: float
    gist: bytes
    crisis: int | None = None
    """Of which of the twelve it is."""


@dataclass(frozen=True, slots=True)
class World:
    """The posts of 120 days, the oldest first, and when each crisis began."""

    posts: tuple[Said, ...]
    begins: tuple[float, ...]


@dataclass(slots=True)
class Outcome:
    """What a method made of the days."""

    waits: list[float] = field(default_factory=list)
    false: int = 0
    days: int = 0

    @property
    def found(self) -> int:
        """How many crises it found."""
        return len(self.waits)

    @property
    def false_a_month(self) -> float:
        """How many of its alarms were about none, in thirty days."""
        return self.false / max(self.days, 1) * 30

    def add(self, other: "Outcome") -> None:
        """Add what it made of further days."""
        self.waits += other.waits
        self.false += other.false
        self.days += other.days


# ---- the worlds -------------------------------------------------------------------------------------------


def read(number: int) -> tuple[list[bytes], dict[str, list[bytes]]]:
    """Let the bundled model read our care posts, and the matters of banking77; gives their gists."""
    judge, dice = Classifier(), random.Random(120)
    care = [post.text for post in read_care() if post.labels.sentiment != "positive" and post.pair is None]
    rows = [json.loads(line) for line in BANKING.read_text("utf-8").splitlines()]
    by_matter = defaultdict[str, list[str]](list)
    for row in rows:
        by_matter[row["topic"]].append(row["text"])
    large = sorted(matter for matter, texts in by_matter.items() if len(texts) >= FEWEST)
    crises = dice.sample(large, min(len(SIZES), len(large)))
    wanted = {matter: dice.sample(by_matter[matter], FEWEST) for matter in crises}
    others = [row["text"] for row in rows if row["topic"] not in wanted]
    wanted[""] = dice.sample(others, min(number, len(others)))
    care_gists = _gists(judge, dice.sample(care, min(number, len(care))), language=None)
    return care_gists, {matter: _gists(judge, texts, language="en") for matter, texts in wanted.items()}


def _gists(judge: Classifier, texts: Sequence[str], *, language: str | None) -> list[bytes]:
    """Give the gists of those that may open a crisis: praise does not."""
    found = []
    for start in range(0, len(texts), 64):
        some = texts[start : start + 64]
        for text, verdict in zip(some, judge.judge(list(some)), strict=True):
            if may_found(verdict):
                found.append(gist_of(text, verdict.meaning, language or language_of_post(text).language))
    return found


def simulate(seed: int, ordinary: Sequence[bytes], crises: Sequence[Sequence[bytes]], *, busy: int) -> World:
    """Make 120 days: ordinary posts by their rhythm, busy hours, and the crises."""
    dice = np.random.default_rng(seed)
    hours = np.arange(DAYS * 24)
    hour, day = hours % 24, hours // 24 % 7
    daily = 0.15 + np.exp(-(((hour - 11) / 3.5) ** 2)) + 0.9 * np.exp(-(((hour - 19.5) / 2.2) ** 2))
    weekly = np.array([1.2, 1.0, 1.0, 1.05, 1.1, 0.7, 0.6])[day]
    level = np.repeat(np.exp(np.cumsum(dice.normal(0.02, 0.15, DAYS // 7 + 1))), 7 * 24)[: len(hours)]
    counts = dice.poisson(4.0 * level * daily * weekly * dice.gamma(6.0, 1 / 6.0, len(hours)))
    posts = [
        Said(float(minute), ordinary[int(dice.integers(len(ordinary)))])
        for at, count in zip(hours, counts, strict=True)
        for minute in at * 60 + dice.uniform(0, 60, count)
    ]
    step = (DAYS - WARM_DAYS - 4) / len(SIZES)
    for number, size in enumerate(dice.permutation(SIZES)[:busy]):
        begin = float((WARM_DAYS + 1 + step * number + dice.uniform(0, step / 3)) * 1440)
        # no text twice in one of these hours: they are about different things
        chosen = dice.choice(len(ordinary), size=int(size), replace=False)
        posts += [Said(begin + float(dice.exponential(20.0)), ordinary[int(at)]) for at in chosen]
    begins = []
    for number, size in enumerate(dice.permutation(SIZES)):
        begin = float((WARM_DAYS + 1 + step * (number + 0.5) + dice.uniform(0, step / 3)) * 1440)
        said = crises[number % len(crises)]
        chosen = dice.permutation(len(said))[: int(size)]
        times = np.sort(dice.exponential(15.0, len(chosen)))
        begins.append(begin + float(times[0]))
        posts += [
            Said(begin + float(at), said[int(one)], number) for at, one in zip(times, chosen, strict=True)
        ]
    return World(tuple(sorted(posts, key=lambda post: post.minute)), tuple(begins))


# ---- the methods ------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Alive:
    """A crisis that our rule opened and that has not stood down."""

    founders: tuple[Trace, ...]
    opened_at: datetime
    times: list[datetime]


def ours(world: World, rule: CrisisRule) -> Outcome:
    """Let each post find its crisis, as triage does, and see which of those that opened are true."""
    loose, usual = deque[Trace](), deque[bytes](maxlen=ORDINARY)
    alive: dict[int, Alive] = {}
    opened: list[tuple[float, Sequence[int]]] = []
    for number, post in enumerate(world.posts):
        at = BEGUN + timedelta(minutes=post.minute)
        while loose and loose[0].posted_at < at - rule.within:
            usual.append(loose.popleft().gist)
        for over in [one for one, crisis in alive.items() if _is_over(crisis, rule, now=at)]:
            del alive[over]
        new = Trace(number, number, at, post.gist, number, "question", "normal")
        living = [
            Living(one, crisis.founders, frozenset(), sum(when > at - rule.within for when in crisis.times))
            for one, crisis in alive.items()
        ]
        found = fold(new, tuple(loose), living, rule, ordinary=tuple(usual))
        if found is None:
            loose.append(new)
        elif found.crisis is not None:
            alive[found.crisis].times.append(at)
        else:
            members = [trace for trace in (*loose, new) if trace.post in set(found.posts)]
            loose = deque(trace for trace in loose if trace.post not in set(found.posts))
            alive[number] = Alive(tuple(members[:FOUNDERS]), at, [trace.posted_at for trace in members])
            opened.append((post.minute, found.posts))
    return _judge_ours(world, opened)


def _is_over(crisis: Alive, rule: CrisisRule, *, now: datetime) -> bool:
    return stands_down(crisis.times, rule, opened_at=crisis.opened_at, now=now)


def _judge_ours(world: World, opened: Sequence[tuple[float, Sequence[int]]]) -> Outcome:
    outcome, waits = Outcome(days=DAYS - WARM_DAYS), dict[int, float]()
    for minute, posts in opened:
        if minute < WARM_DAYS * 1440:
            continue
        of = [world.posts[post].crisis for post in posts]
        most = max(set(of), key=of.count)
        if most is None or of.count(most) * 2 <= len(of):
            outcome.false += 1
        elif minute - world.begins[most] <= FOUND_WITHIN:
            waits.setdefault(most, minute - world.begins[most])
    outcome.waits = list(waits.values())
    return outcome


def by_volume(world: World, alarmed: Callable[[Minutes, int], bool]) -> Outcome:
    """Look each minute at how many posts the last quarter of an hour had, and compare alarms with what happened."""
    each = np.bincount([int(post.minute) for post in world.posts], minlength=MINUTES)[:MINUTES]
    recent = np.convolve(each, np.ones(LOOK_BACK, dtype=np.int64))[:MINUTES]
    outcome, waits, quiet_until = Outcome(days=DAYS - WARM_DAYS), dict[int, float](), 0
    for minute in range(WARM_DAYS * 1440, MINUTES):
        if recent[minute] < 2 or not alarmed(recent, minute):
            continue
        is_new, quiet_until = minute >= quiet_until, minute + HELD
        if not is_new:
            continue
        at = bisect_left(world.begins, minute + 1) - 1
        if at >= 0 and minute - world.begins[at] <= FOUND_WITHIN:
            waits.setdefault(at, minute - world.begins[at])
        else:
            outcome.false += 1
    outcome.waits = list(waits.values())
    return outcome


def fixed(limit: float) -> Callable[[Minutes, int], bool]:
    """A fixed number of posts."""
    return lambda recent, minute: bool(recent[minute] >= limit)


def z_score(limit: float) -> Callable[[Minutes, int], bool]:
    """So many deviations above the mean of the last 24 hours."""

    def alarmed(recent: Minutes, minute: int) -> bool:
        day = recent[minute - 1440 : minute - LOOK_BACK : LOOK_BACK]
        return bool(recent[minute] >= 5 and recent[minute] > day.mean() + limit * max(day.std(), 1.0))

    return alarmed


# ---- the table --------------------------------------------------------------------------------------------


def measure(name: str, worlds: Sequence[World]) -> bool:
    """Print the table of one company; says whether ours beats both others."""
    of = len(SIZES) * len(worlds)
    mine = Outcome()
    for world in worlds:
        mine.add(ours(world, crisis_rule(10)))
    print(f"\n{name}: {sum(len(world.posts) for world in worlds)} posts")
    say("by what posts are about (ours)", mine, of)
    beaten = True
    for method, limited, limits in (
        ("fixed threshold", fixed, [float(one) for one in range(4, 60, 2)]),
        ("z-score over 24 h", z_score, [float(one) for one in range(2, 40, 2)]),
    ):
        tried = [(limit, _over(worlds, limited(limit))) for limit in limits]
        as_many = [one for one in tried if one[1].found >= mine.found]
        as_quiet = [one for one in tried if one[1].false <= mine.false]
        if as_many:
            limit, best = min(as_many, key=lambda one: one[1].false)
            say(f"{method} ({limit:g}), finding as many", best, of)
            beaten = beaten and best.false > mine.false
        if as_quiet:
            limit, best = max(as_quiet, key=lambda one: one[1].found)
            say(f"{method} ({limit:g}), as quiet", best, of)
            beaten = beaten and best.found < mine.found
        else:
            print(f"{method}, as quiet: none of those tried is")
    return beaten


def _over(worlds: Sequence[World], alarmed: Callable[[Minutes, int], bool]) -> Outcome:
    whole = Outcome()
    for world in worlds:
        whole.add(by_volume(world, alarmed))
    return whole


def say(name: str, outcome: Outcome, of: int) -> None:
    """Print one row."""
    wait = f"{statistics.median(outcome.waits):.0f} min" if outcome.waits else "–"
    print(
        f"{name:<44} found {outcome.found} of {of}, false alarms a month {outcome.false_a_month:.2f}, "
        f"median {wait}",
        flush=True,
    )


def main() -> int:
    """Print both tables; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--read", type=int, default=1500, help="ordinary texts of each company")
    parser.add_argument("--busy", type=int, default=len(SIZES), help="busy hours, at most 12")
    asked = parser.parse_args()
    if not BANKING.exists():
        print("banking77 is not beside the project; nothing was measured")
        return 0
    care, matters = read(asked.read)
    crises = [gists for matter, gists in matters.items() if matter]
    beaten = True
    for name, ordinary in (("many trades", care), ("one trade, a bank", matters[""])):
        worlds = [simulate(seed, ordinary, crises, busy=asked.busy) for seed in range(1, asked.seeds + 1)]
        beaten = measure(name, worlds) and beaten
    return int(not beaten)


if __name__ == "__main__":
    sys.exit(main())
