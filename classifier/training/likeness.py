"""What likeness is made of: learnt from storms, and measured on storms that were left out.

    python -m classifier.training.likeness [--write]

`storms.tsv` holds, for ten companies that do not exist, several storms each (a matter of which many write) and
posts of their own; all written for this purpose. Two posts of one storm are about one thing; two of one company
that are not of one storm are not, though they share the trade and often the kind. So the figures speak of the
hard case: one company's posts within one quarter of an hour.

Every figure is of companies left out when the weights were fitted. One pair in five counts as one thing, whatever
the number of pairs of each sort; a group is asked about only where a storm may be, and there every second post
counts as of it. `--write` puts the weights of all companies into casebook/likeness.json.
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from casebook import likeness
from casebook.likeness import Gists, Matrix, beginnings, gist_of, place_of, rarity_of, read_gists
from classifier.language import language_of_post
from classifier.model import Classifier
from classifier.scoring import auc, calibration
from classifier.training.corpus import read_care

STORMS: Final = Path(__file__).parent / "storms.tsv"
WEIGHTS: Final = Path(likeness.__file__).with_suffix(".json")
ALONE: Final = "-"
ASKED: Final = 0.8
"""The likeness that is asked for where nobody asks for another."""
SHARE: Final = 0.2
"""Of pairs that are about one thing."""
STORM_SHARE: Final = 0.5
"""Of posts that are of the group that they are compared with."""
RIDGE: Final = 0.01
COMMONEST: Final = 800
SIZES: Final = (3, 5, 9)
"""Of groups that posts are compared with."""
NAMES: Final = {
    "coffee": "Pöllökahvi",
    "electricity": "Valovirta",
    "parcels": "Pikalähetti",
    "telecom": "Kaikunet",
    "bank": "Aittapankki",
    "food": "Keltaojan",
    "transit": "Ratalinja",
    "clothes": "Villanen",
    "software": "Muistio",
    "venue": "Kesäareena",
}
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Said:
    """A post of a company's quarter of an hour."""

    company: str
    storm: str | None
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What a regression learns from."""

    looks: Matrix
    truth: Flags
    company: npt.NDArray[np.int64]
    share: float = SHARE


def read_storms(path: Path = STORMS) -> list[Said]:
    """Read the storms: company, storm (or -), text. Half of the posts name the company, as posts do."""
    dice = random.Random(5)
    said = []
    for line in path.read_text(encoding="utf-8").splitlines():
        company, storm, text = line.split("\t")
        named = dice.choice([text, text, f"{NAMES[company]}: {text}", f"{text} @{NAMES[company].casefold()}"])
        said.append(Said(company, None if storm == ALONE else storm, named))
    return said


def rarities() -> tuple[dict[int, float], float]:
    """Give how rare the commonest beginnings are among our care posts, and what an unseen one counts."""
    posts = read_care()
    seen = Counter(place_of(one) for post in posts for one in beginnings(post.text))
    common = seen.most_common(COMMONEST)
    least = common[-1][1]
    return {place: round(rarity_of(count, len(posts)), 2) for place, count in sorted(common)}, round(
        rarity_of(least // 4, len(posts)), 2
    )


def gists_of(said: Sequence[Said], classifier: Classifier) -> Gists:
    """Give the gists of posts as triage makes them."""
    names = likeness.names_of(NAMES.values())
    verdicts = classifier.judge([one.text for one in said])
    return read_gists(
        gist_of(one.text, verdict.meaning, language_of_post(one.text).language, names=names)
        for one, verdict in zip(said, verdicts, strict=True)
    )


def pairs(said: Sequence[Said], looks: Matrix) -> Sample:
    """Take every two posts of one company."""
    companies = np.array([sorted(NAMES).index(one.company) for one in said])
    first, second = np.triu_indices(len(said), 1)
    kept = companies[first] == companies[second]
    first, second = first[kept], second[kept]
    truth = np.array(
        [
            said[one].storm is not None and said[one].storm == said[two].storm
            for one, two in zip(first, second, strict=True)
        ]
    )
    return Sample(looks[first, second], truth, companies[first])


def groups(said: Sequence[Said], odds: Matrix) -> Sample:
    """Compare every post of a company with some of each of its storms."""
    dice = random.Random(6)
    rows = list(_grouped(said, odds - _lift(said, odds)[:, np.newaxis], dice))
    companies = np.array([sorted(NAMES).index(company) for company, _, _ in rows])
    return Sample(
        np.array([[1.0, mean] for _, mean, _ in rows]),
        np.array([true for _, _, true in rows]),
        companies,
        STORM_SHARE,
    )


def usual(said: Sequence[Said], odds: Matrix) -> float:
    """Give the mean log odds of two posts of one company about different matters."""
    sample = pairs(said, odds[:, :, np.newaxis])
    return float(sample.looks[~sample.truth].mean())


def _lift(said: Sequence[Said], odds: Matrix) -> Matrix:
    """Give how much more alike each post is to its company's posts of other matters than posts usually are."""
    matters = [(one.company, one.storm or f"{at}") for at, one in enumerate(said)]
    means = [
        odds[at, [to for to, other in enumerate(matters) if other[0] == own[0] and other != own]].mean()
        for at, own in enumerate(matters)
    ]
    return np.maximum(0.0, np.array(means) - usual(said, odds))


def _grouped(said: Sequence[Said], odds: Matrix, dice: random.Random) -> Iterator[tuple[str, float, bool]]:
    storms = sorted({(one.company, one.storm) for one in said if one.storm})
    for company, storm in storms:
        members = [at for at, one in enumerate(said) if (one.company, one.storm) == (company, storm)]
        for at in (at for at, one in enumerate(said) if one.company == company):
            others = [member for member in members if member != at]
            some = dice.sample(others, min(dice.choice(SIZES), len(others)))
            yield company, float(odds[at, some].mean()), at in members


def weigh(truth: Flags, share: float) -> Matrix:
    """Weigh the rows so that `share` of them are about one thing."""
    return np.where(truth, share / truth.mean(), (1 - share) / (1 - truth.mean()))


def fit(sample: Sample) -> Matrix:
    """Fit a logistic regression by Newton's steps; the first column is 1 and is not held back."""
    looks, truth = sample.looks, sample.truth
    weights, worth = np.zeros(looks.shape[1]), weigh(truth, sample.share) / len(truth)
    held = np.diag([0.0, *[RIDGE / len(truth) ** 0.5] * (looks.shape[1] - 1)])
    for _ in range(50):
        chance = likeness.likeness(looks @ weights)
        slope = looks.T @ (worth * (chance - truth)) + held @ weights
        curve = (looks.T * (worth * chance * (1 - chance))) @ looks + held
        weights = weights - np.linalg.solve(curve, slope)
    return weights


def left_out(sample: Sample) -> Matrix:
    """Give the log odds of each row by weights that were fitted without its company."""
    odds = np.zeros(len(sample.truth))
    for company in np.unique(sample.company):
        there = sample.company == company
        others = Sample(sample.looks[~there], sample.truth[~there], sample.company[~there], sample.share)
        odds[there] = sample.looks[there] @ fit(others)
    return odds


def figures(name: str, odds: Matrix, sample: Sample) -> str:
    """Say how right the log odds are: ROC AUC, calibration error, and what a likeness of 0.8 catches."""
    truth, chance = sample.truth, likeness.likeness(odds)
    weight = weigh(truth, sample.share)
    drawn = np.random.default_rng(7).choice(len(truth), 20_000, p=weight / weight.sum())
    error = calibration(list(chance[drawn]), list(truth[drawn])).error
    caught, false = (chance[truth] >= ASKED).mean(), (chance[~truth] >= ASKED).mean()
    return (
        f"{name}: {len(truth)} ({truth.sum()} of one thing), ROC AUC {auc(list(odds), list(truth)):.3f}, calibration error "
        f"{error:.3f}, at 0.8 finds {caught:.0%} and takes {false:.1%} of the others\n"
    )


def learn(said: Sequence[Said], gists: Gists) -> dict[str, object]:
    """Fit both regressions, print their figures, and give them."""
    learnt: dict[str, object] = {}
    for name, looks in zip(("whole", "words"), likeness._features(gists, gists), strict=True):  # noqa: SLF001 - the one place that learns what the other reads
        sample = pairs(said, looks)
        odds = left_out(sample)
        sys.stdout.write(figures(f"{name}, pairs", odds, sample))
        weights = fit(sample)
        grouped = groups(said, looks @ weights)
        sys.stdout.write(figures(f"{name}, a post and a group", left_out(grouped), grouped))
        shift, scale = fit(grouped)
        learnt[name] = {
            "pair": [round(float(one), 3) for one in weights],
            "group": [round(float(scale), 3), round(float(shift), 3)],
            "usual": [round(usual(said, looks @ weights), 3)],
        }
    return learnt


def main() -> None:
    """Print the figures; with --write, keep the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the weights in place")
    wanted = parser.parse_args()
    rarity, unseen = rarities()
    if wanted.write:  # the gists below are made by it
        _write({"rarity": rarity, "unseen": unseen, "whole": _NOTHING, "words": _NOTHING})
    likeness.known.cache_clear()
    said = read_storms()
    learnt = learn(said, gists_of(said, Classifier()))
    if wanted.write:
        _write({"rarity": rarity, "unseen": unseen, **learnt})


_NOTHING: Final = {"pair": [0.0], "group": [1.0, 0.0], "usual": [0.0]}


def _write(learnt: dict[str, object]) -> None:
    WEIGHTS.write_text(json.dumps(learnt) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
