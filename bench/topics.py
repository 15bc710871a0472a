"""How well topics are told apart from a few examples, against the simplest things that could be done instead.

    .venv/bin/python -m bench.topics [--banking FILE]

1. banking77 (77 intents of a bank's customers): ten examples an intent, drawn three times, tested on twenty
   others. Which intent scores best? Against the nearest mean and a logistic regression on the plain embedding.
2. Our own kinds, ten examples a kind from the batches for training, tested on all batches for testing: the kind
   that scores best, and each kind by itself at 0.5 (a post may be about none, or several).
3. The same with 1, 3 and 30 examples.
4. Thirty topics of thirty examples: how long teaching and scoring take.

2 and 1 are done with all that the network gives, and again with its embedding alone.

Each figure of ours stands beside the plain ones on the same posts and vectors. Vectors cost about 10 ms a post
and core; the whole takes some minutes.
"""

import argparse
import json
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from classifier.heads import EMBEDDING, Lesson, Teachable, Vector, features
from classifier.model import Classifier
from classifier.training.corpus import KINDS, CarePost, read_care

BANKING: Final = Path(__file__).parents[2] / "shared" / "data" / "topics" / "banking77-train.jsonl"
SEEDS: Final = (1, 2, 3)
TESTED: Final = 20
POOL: Final = 20
BACKGROUND: Final = 700
KEPT: Final = 30
"""Posts of each kind that examples are drawn from."""

Matrix = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


class Understood(Protocol):
    """What the network makes of a post."""

    @property
    def embedding(self) -> Vector:
        """The meaning, of unit length."""
        ...

    @property
    def answers(self) -> Mapping[str, Vector]:
        """Logits by output."""
        ...


Understand = Callable[[Sequence[str]], Sequence[Understood]]
View = Callable[[Sequence[str]], Matrix]
Score = Callable[[Matrix, Labels, Matrix], Matrix]
"""(examples, their classes, posts) to (posts, classes)."""


def main() -> None:
    """Measure the bundled model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--banking", type=Path, default=BANKING, help="banking77, as JSON Lines")
    wanted = parser.parse_args()
    understand: Understand | None = getattr(Classifier(), "understand", None)
    if understand is None:
        raise SystemExit("this model gives no embeddings, so there is nothing to learn topics from")
    measure(understand, wanted.banking)


def measure(understand: Understand, banking: Path = BANKING) -> None:
    """Print all figures of one model."""
    vectors = _Vectors(understand)
    posts = _posts()
    background = vectors.of([post.text for post in posts["background"]])
    _time(Teachable(background), background)
    for title, view in (("all the network gives", vectors.of), ("embedding alone", vectors.bare)):
        teach = Teachable(view([post.text for post in posts["background"]]))
        _care(f"our kinds, {title}", posts, view, teach)
        if banking.exists():
            _banking(f"banking77, {title}", banking, view, teach)
        else:
            print(f"banking77: skipped, {banking.name} is not there")


class _Vectors:
    """Vectors of posts; each post is given to the network once."""

    def __init__(self, understand: Understand) -> None:
        self._understand = understand
        self._seen: dict[str, Vector] = {}

    def of(self, texts: Sequence[str]) -> Matrix:
        new = [text for text in dict.fromkeys(texts) if text not in self._seen]
        for text, one in zip(new, self._understand(new), strict=True):
            self._seen[text] = features(one.embedding, one.answers)
        return np.array([self._seen[text] for text in texts], dtype=np.float64)

    def bare(self, texts: Sequence[str]) -> Matrix:
        """Leave the embedding alone, without what the network has understood."""
        bare = self.of(texts)
        bare[:, EMBEDDING:] = 0
        return bare


def _posts() -> dict[str, list[CarePost]]:
    """Examples by kind from the batches for training, a background from those for choosing, tests from theirs."""
    posts: dict[str, list[CarePost]] = defaultdict(list)
    care = read_care()
    random.Random(7).shuffle(training := [post for post in care if post.part == "train"])
    for post in training:
        if len(posts[post.labels.kind]) < KEPT:
            posts[post.labels.kind].append(post)
    # a network is surer of posts it was trained on than of those it will meet
    ordinary = [post for post in care if post.part == "dev"]
    posts["background"] = random.Random(7).sample(ordinary, min(BACKGROUND, len(ordinary)))
    posts["test"] = [post for post in care if post.part == "test"]
    return posts


def _care(title: str, posts: Mapping[str, list[CarePost]], view: View, teach: Teachable) -> None:
    tested = view([post.text for post in posts["test"]])
    truth = np.array([KINDS.index(post.labels.kind) for post in posts["test"]])
    pool = {at: view([post.text for post in posts[kind]]) for at, kind in enumerate(KINDS)}
    for count in (10, 1, 3, 30):
        found: dict[str, list[float]] = defaultdict(list)
        for seed in SEEDS:
            examples, labels = _drawn(pool, count, seed)
            for name, score in _ways(teach).items():
                scores = score(examples, labels, tested)
                found[f"{name} macro-F1"].append(_macro_f1(truth, scores.argmax(1), len(KINDS)))
                if name == "heads":
                    found["heads each at 0.5 macro-F1"].append(_at_half(truth, scores))
        _say(f"{title}, {count} examples", found)


def _banking(title: str, path: Path, view: View, teach: Teachable) -> None:
    texts: dict[str, list[str]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        texts[row["topic"]].append(row["text"])
    pool, tested, truth = {}, [], []
    for at, name in enumerate(sorted(texts)):
        random.Random(f"b{name}").shuffle(mixed := sorted(set(texts[name])))
        pool[at] = view(mixed[TESTED : TESTED + POOL])
        tested += mixed[:TESTED]
        truth += [at] * len(mixed[:TESTED])
    posts, labels = view(tested), np.array(truth)
    for count in (10, 1, 3):
        found: dict[str, list[float]] = defaultdict(list)
        for seed in SEEDS:
            examples, classes = _drawn(pool, count, seed)
            for name, score in _ways(teach).items():
                right = score(examples, classes, posts).argmax(1) == labels
                found[f"{name} accuracy"].append(float(right.mean()))
        _say(f"{title}, {count} examples", found)


def _drawn(pool: Mapping[int, Matrix], count: int, seed: int) -> tuple[Matrix, Labels]:
    rng = random.Random(seed)
    chosen = {at: rng.sample(range(len(vectors)), min(count, len(vectors))) for at, vectors in pool.items()}
    examples = np.concatenate([pool[at][rows] for at, rows in chosen.items()])
    return examples, np.concatenate([np.full(len(rows), at) for at, rows in chosen.items()])


def _ways(teach: Teachable) -> dict[str, Score]:
    """Ours, and the plain ones: on the embedding as it is."""
    plain: dict[str, Score] = {
        "nearest mean": _nearest_mean,
        **{
            f"logistic regression (ridge {ridge})": partial(_regression, ridge=ridge)
            for ridge in (0.01, 0.1, 1.0)
        },
    }
    return {
        "heads": lambda examples, labels, posts: _heads(teach, examples, labels, posts),
        **{name: _on_embedding(score) for name, score in plain.items()},
    }


def _on_embedding(score: Score) -> Score:
    return lambda examples, labels, posts: score(examples[:, :EMBEDDING], labels, posts[:, :EMBEDDING])


def _heads(teach: Teachable, examples: Matrix, labels: Labels, posts: Matrix) -> Matrix:
    lessons = [Lesson(f"{at}", list(examples[labels == at])) for at in range(labels.max() + 1)]
    return np.stack([head.scores(posts) for head in teach.fit_all(lessons)], axis=1)


def _nearest_mean(examples: Matrix, labels: Labels, posts: Matrix) -> Matrix:
    means = np.stack([examples[labels == at].mean(0) for at in range(labels.max() + 1)])
    scores: Matrix = posts @ (means / np.linalg.norm(means, axis=1, keepdims=True)).T
    return scores


def _regression(examples: Matrix, labels: Labels, posts: Matrix, *, ridge: float) -> Matrix:
    """Multinomial logistic regression, by accelerated gradients (Nesterov 1983)."""
    centre = examples.mean(0)
    scale = np.sqrt(((examples - centre) ** 2).sum(1).mean())
    inside = np.c_[(examples - centre) / scale, np.ones(len(examples))]
    wanted = np.eye(labels.max() + 1)[labels]
    pace = 1 / (0.5 * np.linalg.norm(inside, 2) ** 2 + ridge)
    weights = ahead = np.zeros((inside.shape[1], wanted.shape[1]))
    for step in range(150):
        logits = inside @ ahead
        chances = np.exp(logits - logits.max(1, keepdims=True))
        slope = inside.T @ (chances / chances.sum(1, keepdims=True) - wanted) + ridge * ahead
        before, weights = weights, ahead - pace * slope
        ahead = weights + step / (step + 3) * (weights - before)
    scores: Matrix = np.c_[(posts - centre) / scale, np.ones(len(posts))] @ weights
    return scores


def _macro_f1(truth: Labels, guess: Labels, classes: int) -> float:
    return statistics.mean(_f1(truth == at, guess == at) for at in range(classes))


def _at_half(truth: Labels, scores: Matrix) -> float:
    return statistics.mean(_f1(truth == at, scores[:, at] >= 0.5) for at in range(scores.shape[1]))


def _f1(truth: npt.NDArray[np.bool_], guess: npt.NDArray[np.bool_]) -> float:
    named = int(truth.sum() + guess.sum())
    return 2 * int((truth & guess).sum()) / named if named else 0.0


def _time(teach: Teachable, background: Matrix) -> None:
    lessons = [
        Lesson(f"{at}", list(background[(at * 17 + np.arange(30)) % len(background)])) for at in range(30)
    ]
    start = time.perf_counter()
    heads = teach.fit_all(lessons)
    taught = time.perf_counter()
    for vector in background[:200]:
        for head in heads:
            head.score(vector)
    scored = (time.perf_counter() - taught) / 200
    print(
        f"30 topics of 30 examples: taught in {taught - start:.2f} s, a post scored in {scored * 1e3:.2f} ms"
    )


def _say(title: str, found: Mapping[str, Sequence[float]]) -> None:
    shown = ", ".join(f"{name} {statistics.mean(figures):.3f}" for name, figures in found.items())
    print(f"{title}: {shown}", flush=True)


if __name__ == "__main__":
    main()
