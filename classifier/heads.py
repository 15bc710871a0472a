"""Heads: what tells the posts of one topic from all others, learnt from a handful of examples. Pure numpy.

1. A post's vector is what the network makes of it: its embedding, and what it has already understood (kind,
   hot, sentiment, attention). Embeddings of unrelated posts stand close together (cosines of .76 to .88). A
   background of ordinary posts shows where: its mean is taken off, and what is left is brought to length 1.
   (Narrowing the directions in which posts differ most, as is often done, made heads worse at every size.)
2. A head starts as the mean of its examples. A logistic regression then moves it as far as the examples, the
   counter-examples, the other topics' examples and the background ask for, and the more examples there are the
   less the start holds it back (a Gaussian prior around the start).
3. The threshold comes from posts that were left out when their scores were taken: the examples a fold at a
   time, the background as a whole. Of few examples little is believed; what held on average for other
   topics stands in for the rest. The threshold is the score of the best F1 that is to be expected where
   `SHARE_OF_TOPIC` of the posts are about the topic.
4. Scores are moved so that 0.5 is the threshold, and stretched so that they are rough probabilities.

The same examples give the same head, in whatever order they come.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.floating[Any]]
"""What `features` gives: one post."""
_Matrix = npt.NDArray[np.float64]

EMBEDDING: Final = 384
ANSWERS: Final = {"kind": 16, "hot": 4, "sentiment": 3, "attention": 1}
"""Outputs that a head sees beside the embedding, with their lengths."""
LENGTH: Final = EMBEDDING + sum(ANSWERS.values())

FEWEST_BACKGROUND: Final = 100

# Chosen on banking77 and on our own kinds, with 1 to 30 examples; docs/classifier.md has the figures.
ANSWERS_SHARE: Final = 0.8
"""Length of the answers' part of a vector, on average; the embedding's is 1."""
START: Final = 8.0
"""Log odds between a post at the mean of the examples and one that has nothing in common with them."""
HELD: Final = 0.15
"""How strongly the start holds a head back."""
BACKGROUND_WEIGHT: Final = 20.0
"""Examples that the whole background is worth."""
OTHERS_WEIGHT: Final = 0.5
"""What an example of another topic is worth as a counter-example: posts may be about two topics."""
OPPOSITE_WEIGHT: Final = 0.5
"""What an example without its denial is worth as a counter-example: it was made, not written."""

SHARE_OF_TOPIC: Final = 0.06
"""Share of posts that are taken to be about a topic where its threshold is chosen."""
HIDDEN: Final = 0.02
"""Share of the background that is taken to be about the topic: nobody has looked."""
USUAL_MEAN: Final = 2.0
"""Standard score (in widths of the background's) that an unseen post of a topic of one example has on average."""
USUAL_GAIN: Final = 0.5
"""What each e-fold of the examples adds to it."""
USUAL_WIDTH: Final = 1.3
USUAL_BELIEF: Final = 20.0
"""Examples that this is worth against those of the topics that are taught together."""
BELIEF: Final = 3.0
"""Examples that the usual is worth where the scores of a topic's unseen posts are guessed."""
OTHERS_BELIEF: Final = 100.0
"""Examples of other topics that the background is worth where a threshold is chosen."""
SMOOTHED: Final = 0.25
SLOPES: Final = (1.0, 3.0)
_NOTHING: Final = 1e-6
_NEVER: Final = 40.0
"""Log odds of what does not happen."""
_ALWAYS_THERE: Final = -1
_FOLDS: Final = 5
_STEPS: Final = 25
_FOLD_STEPS: Final = 8


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a head learns from."""

    topic: str
    yes: Sequence[Vector]
    """Posts about the topic."""
    no: Sequence[Vector] = ()
    """Posts that are not about it, though they may look so."""
    opposite: Sequence[Vector] = ()
    """Examples turned into their opposites by a machine."""


class BackgroundUnreadable(Exception):
    """The background of ordinary posts cannot be used; the message says what is wrong and what to do."""


def features(embedding: Vector, answers: Mapping[str, Vector]) -> Vector:
    """Join what the network says of a post into the vector that heads see: float32, `LENGTH` numbers.

    `answers` are logits by output. They become probabilities: log odds would speak loudest where the network
    tells apart what is out of the question anyway. An output that the model lacks says nothing (zeros).
    """
    parts: list[npt.NDArray[Any]] = [np.asarray(embedding, dtype=np.float32).ravel()]
    for output, length in ANSWERS.items():
        logits = np.asarray(answers[output]).ravel() if output in answers else None
        parts.append(np.zeros(length) if logits is None else _chances(logits))
    vector: Vector = np.concatenate(parts).astype(np.float32)
    if vector.shape != (LENGTH,):
        raise ValueError(f"a vector of {len(vector)} numbers; those of heads have {LENGTH}")
    return vector


def _chances(logits: Vector) -> _Matrix:
    if len(logits) == 1:
        return _logistic(logits.astype(np.float64))
    weights: _Matrix = np.exp(logits.astype(np.float64) - logits.max())  # exp of a large logit overflows
    shares: _Matrix = weights / weights.sum()
    return shares


def write_background(vectors: Sequence[Vector] | Vector, path: Path) -> None:
    """Write the vectors of ordinary posts, 16 bits a number: the same vectors make the same file."""
    np.savez_compressed(path, vectors=np.asarray(vectors, dtype=np.float16))


def read_background(path: Path) -> Vector:
    """Read what `write_background` wrote: (posts, `LENGTH`), float32. Raises BackgroundUnreadable."""
    try:
        # opened here: numpy leaves a file that it cannot read open
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            vectors: Vector = arrays["vectors"].astype(np.float32)
    except (OSError, ValueError, KeyError, EOFError, AttributeError, TypeError, BadZipFile) as error:
        raise BackgroundUnreadable(
            f"{path} cannot be read ({type(error).__name__}); reinstall vaste, or copy the file again whole"
        ) from error
    if vectors.ndim != 2 or vectors.shape[1] != LENGTH or len(vectors) < FEWEST_BACKGROUND:  # noqa: PLR2004
        raise BackgroundUnreadable(
            f"{path} holds vectors of shape {vectors.shape}; it must be at least {FEWEST_BACKGROUND} posts of "
            f"{LENGTH} numbers each; reinstall vaste, or make the model's background again"
        )
    return vectors


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """What tells the posts of one topic from all others."""

    topic: str
    _spread: "_Spread"
    _weights: _Matrix
    _bias: float

    @property
    def threshold(self) -> float:
        """The score from which the topic holds: scores are moved so that it is the same for all."""
        return 0.5

    def score(self, vector: Vector, /) -> float:
        """Score a post 0..1, a rough probability that it is about the topic."""
        return float(self.scores(np.asarray(vector)[np.newaxis])[0])

    def scores(self, vectors: Vector, /) -> _Matrix:
        """Score many posts: (posts, `LENGTH`) to (posts,)."""
        return _logistic(self._spread.apply(vectors) @ self._weights + self._bias)


class Teachable:
    """Teaches heads against a background of ordinary posts, (posts, `LENGTH`). Threads may share it."""

    def __init__(self, background: Vector) -> None:
        self._spread = _Spread.of(np.asarray(background, dtype=np.float64))
        self._background = self._spread.apply(background)

    def fit(self, topic: str, yes: Sequence[Vector], no: Sequence[Vector]) -> Head:
        """Teach one topic by itself; without any example it never holds."""
        return self.fit_all([Lesson(topic, yes, no)])[0]

    def fit_all(self, lessons: Sequence[Lesson]) -> list[Head]:
        """Teach topics together, in order: each one's examples speak against the others, a little."""
        if not lessons:
            return []
        school = _School.of(lessons, self._spread, self._background)
        taught = school.teach()
        left_out = school.left_out(taught)
        about = school.about[: school.examples] > 0
        mean, width = _expect(left_out, about)
        ordinary = taught.standard(school.posts[school.examples :])
        limits = _limits(mean, width, ordinary, np.where(about, np.nan, left_out))
        slopes = np.clip(mean / width**2, *SLOPES) * about.any(axis=0)
        weights = taught.weights[:-1] / taught.width * slopes
        bias = (taught.weights[-1] - taught.mean) / taught.width - limits
        bias = np.where(about.any(axis=0), bias * slopes, -_NEVER)
        return [
            Head(lesson.topic, self._spread, weights[:, at], float(bias[at]))
            for at, lesson in enumerate(lessons)
        ]


@dataclass(frozen=True, slots=True, eq=False)
class _Spread:
    """How vectors are brought into the space in which heads think."""

    centre: _Matrix
    answers_scale: float

    @classmethod
    def of(cls, background: _Matrix) -> "_Spread":
        """Measure where ordinary posts are, and how far their answers are apart."""
        centre = background.mean(axis=0)
        apart = float(np.sqrt(((background - centre)[:, EMBEDDING:] ** 2).sum(axis=1).mean()))
        return cls(centre, ANSWERS_SHARE / apart if apart > 0 else 0.0)

    def apply(self, vectors: Vector) -> _Matrix:
        """Bring vectors, (posts, `LENGTH`), into the space of the heads."""
        off = np.asarray(vectors, dtype=np.float64) - self.centre
        lengths = np.linalg.norm(off[:, :EMBEDDING], axis=1, keepdims=True)
        meaning = off[:, :EMBEDDING] / np.maximum(lengths, _NOTHING)
        return np.concatenate([meaning, off[:, EMBEDDING:] * self.answers_scale], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class _School:
    """All that heads are taught from, side by side: rows are posts, columns topics."""

    posts: _Matrix
    """Examples of all kinds in the heads' space, then the background; the last column is 1 (for the bias)."""
    examples: int
    """How many rows are examples."""
    about: _Matrix
    """(posts, topics): 1 where the post is an example of the topic."""
    worth: _Matrix
    """(posts, topics): how much the post counts."""
    folds: npt.NDArray[np.int64]
    """Of each post, or `_ALWAYS_THERE`."""
    inverse: _Matrix
    """Of a bound of the curvature (Böhning 1992): one matrix for all topics and all steps."""

    @classmethod
    def of(cls, lessons: Sequence[Lesson], spread: _Spread, background: _Matrix) -> "_School":
        """Gather the posts of all lessons, each once, in an order of their own."""
        roll = _Roll.of(lessons)
        about, worth, folds = _roles(lessons, roll, len(background))
        known = np.stack(list(roll.vectors.values())) if roll.vectors else np.empty((0, LENGTH))
        posts = np.concatenate([spread.apply(known), background])
        posts = np.concatenate([posts, np.ones((len(posts), 1))], axis=1)
        bound = (posts.T * (0.25 * worth.max(axis=1))) @ posts + np.diag(_held(posts.shape[1]))
        return cls(posts, len(known), about, worth, folds, np.linalg.inv(bound))

    def teach(
        self, *, without: int | None = None, after: "_Taught | None" = None, steps: int = _STEPS
    ) -> "_Taught":
        """Teach all heads, without the posts of one fold; `after` is where another teaching came to."""
        there = np.ones_like(self.folds) if without is None else self.folds != without
        start = self._start(self.about * there[:, np.newaxis])
        weights = start if after is None else after.weights - after.start + start
        worth, held = self.worth * there[:, np.newaxis], _held(len(start))[:, np.newaxis]
        for _ in range(steps):
            errors = worth * (_logistic(self.posts @ weights) - self.about)
            weights = weights - self.inverse @ (self.posts.T @ errors + held * (weights - start))
        ordinary = self.posts[self.examples :] @ weights
        return _Taught(start, weights, ordinary.mean(axis=0), ordinary.std(axis=0) + _NOTHING)

    def left_out(self, taught: "_Taught") -> _Matrix:
        """Score each example by heads that were taught without it: (examples, topics), NaN where none were."""
        scores = np.full((self.examples, self.about.shape[1]), np.nan)
        for fold in range(_FOLDS):
            rows = np.flatnonzero(self.folds == fold)
            if len(rows):
                apart = self.teach(without=fold, after=taught, steps=_FOLD_STEPS)
                left = self.about[self.folds != fold].any(axis=0)
                scores[rows] = np.where(left, apart.standard(self.posts[rows]), np.nan)
        return scores

    def _start(self, about: _Matrix) -> _Matrix:
        means = (self.posts.T @ about) / np.maximum(about.sum(axis=0), 1)
        start: _Matrix = START * means
        start[-1] = -START / 4
        return start


@dataclass(frozen=True, slots=True, eq=False)
class _Taught:
    """Heads side by side, and how they score the background."""

    start: _Matrix
    weights: _Matrix
    mean: _Matrix
    width: _Matrix

    def standard(self, posts: _Matrix) -> _Matrix:
        """Score posts in standard deviations of the background's scores."""
        scores: _Matrix = (posts @ self.weights - self.mean) / self.width
        return scores


@dataclass(frozen=True, slots=True, eq=False)
class _Roll:
    """Every example once, by its content, so that nothing hangs on the order in which they were written."""

    vectors: Mapping[bytes, Vector]
    places: Mapping[bytes, int]

    @classmethod
    def of(cls, lessons: Iterable[Lesson]) -> "_Roll":
        found = {
            _key(vector): np.asarray(vector)
            for lesson in lessons
            for vector in (*lesson.yes, *lesson.no, *lesson.opposite)
        }
        vectors = {key: found[key] for key in sorted(found)}
        return cls(vectors, {key: at for at, key in enumerate(vectors)})

    def find(self, vectors: Iterable[Vector]) -> list[int]:
        return sorted({self.places[_key(vector)] for vector in vectors})


def _key(vector: Vector) -> bytes:
    return np.asarray(vector, dtype=np.float32).tobytes()


def _roles(
    lessons: Sequence[Lesson], roll: _Roll, ordinary: int
) -> tuple[_Matrix, _Matrix, npt.NDArray[np.int64]]:
    """Say what each post is to each topic: example or not, with what worth, and in which fold."""
    count = len(roll.vectors)
    about = np.zeros((count + ordinary, len(lessons)))
    worth = np.zeros_like(about)
    folds = np.full(len(about), _ALWAYS_THERE)
    # by name: the folds of single examples, and of a post that is an example of two topics, hang on the order
    in_order = sorted(enumerate(lessons), key=lambda one: one[1].topic)
    for rank, (topic, lesson) in enumerate(in_order):
        no = roll.find(lesson.no)
        yes = [row for row in roll.find(lesson.yes) if row not in no]  # whoever says both means no
        about[yes, topic] = 1
        worth[roll.find(lesson.opposite), topic] = OPPOSITE_WEIGHT
        worth[no, topic] = 1
        folds[yes] = (rank + np.arange(len(yes))) % _FOLDS
    others = OTHERS_WEIGHT * about.any(axis=1, keepdims=True)
    worth = np.where(about > 0, 1.0, np.maximum(worth, others))
    worth[count:] = BACKGROUND_WEIGHT / max(ordinary, 1)
    return about, worth, folds


def _held(size: int) -> _Matrix:
    """Give how strongly each weight is held; the bias is nearly free."""
    held = np.full(size, HELD)
    held[-1] = HELD / 10
    return held


def _expect(left_out: _Matrix, about: npt.NDArray[np.bool_]) -> tuple[_Matrix, _Matrix]:
    """Guess mean and width of the standard scores of unseen posts about each topic.

    The scores of its examples left out are joined with what is usual for as many examples: usual anywhere, and
    as far as there is more to go by, usual among these topics.
    """
    mine = about & ~np.isnan(left_out)
    seen = mine.sum(axis=0)
    usual = USUAL_MEAN + USUAL_GAIN * np.log(np.maximum(about.sum(axis=0), 1)) + _lift(left_out, about)
    beyond = np.where(mine, left_out - usual, 0.0).sum(axis=0)
    usual = usual + beyond.sum() / (seen.sum() + USUAL_BELIEF)
    total = np.where(mine, left_out, 0.0).sum(axis=0)
    mean = (total + BELIEF * usual) / (seen + BELIEF)
    squares = np.where(mine, (left_out - mean) ** 2, 0.0).sum(axis=0)
    return mean, np.sqrt((squares + BELIEF * USUAL_WIDTH**2) / (seen + BELIEF))


def _lift(left_out: _Matrix, about: npt.NDArray[np.bool_]) -> _Matrix:
    """Say how much higher than the background the other topics' examples score, as far as that is known.

    Where all topics are of one trade, everything in it is more like each of them than ordinary posts are.
    """
    others = ~about & ~np.isnan(left_out)
    known = others.sum(axis=0)
    lift: _Matrix = np.where(others, left_out, 0.0).sum(axis=0) / (known + USUAL_BELIEF)
    return np.maximum(lift, 0.0)


def _limits(mean: _Matrix, width: _Matrix, ordinary: _Matrix, others: _Matrix) -> _Matrix:
    """Choose each topic's standard score of the best expected F1.

    `ordinary` and `others` are scores of posts that are not about it: (posts, topics), NaN where not known.
    """
    grid = np.arange(0.0, 8.0, 0.05)[:, np.newaxis]
    recall = _tail((grid - mean) / width)
    false = np.maximum(_share_above(grid, ordinary) - HIDDEN * recall, 0)
    known = (~np.isnan(others)).sum(axis=0)
    false = (false * OTHERS_BELIEF + _share_above(grid, others) * known) / (OTHERS_BELIEF + known)
    best_f1 = recall / (SHARE_OF_TOPIC * (1 + recall) + (1 - SHARE_OF_TOPIC) * false)
    limits: _Matrix = grid[best_f1.argmax(axis=0), 0]
    return limits


def _share_above(grid: _Matrix, scores: _Matrix) -> _Matrix:
    """Give the share of scores above each point of a grid, smoothed: (points, topics)."""
    shares = [
        _tail((grid - column[~np.isnan(column)]) / SMOOTHED).mean(axis=1)
        if (~np.isnan(column)).any()
        else 0 * grid[:, 0]
        for column in scores.T
    ]
    return np.stack(shares, axis=1)


def _tail(deviations: _Matrix) -> _Matrix:
    """Give a normal distribution's share above, by its logistic likeness (off by less than .01)."""
    return _logistic(-1.702 * deviations)


def _logistic(odds: _Matrix) -> _Matrix:
    chances: _Matrix = 1 / (1 + np.exp(-np.clip(odds, -_NEVER, _NEVER)))
    return chances
