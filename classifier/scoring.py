"""How good verdicts are on posts whose labels are known, and what a threshold means. Pure: values in, values out.

1. `evaluate` gives all figures of a set: sentiment, what the classifier abstained from, calibration,
   attention, and the same for slices of the set.
2. `alarms` gives what alerting at each threshold would have meant; `prior_weights` lets a set in which the
   classes are not as frequent as in life speak of life, and `cheapest` weighs misses against false alarms.

A figure that cannot be had (no post of that class, no labels of attention) is None, never zero.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casebook.mention import Sentiment, Verdict

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]
Pairs = Iterable[tuple[str, str]]
"""(truth, guess), each the name of a sentiment."""

ORDER: Final = tuple(Sentiment)
BINS: Final = 15
Z95: Final = 1.959964
"""Standard deviations of a normal distribution that leave 2.5 % on each side."""
_RESAMPLED: Final = 2_000
_SEED: Final = 20_260_101
_WHOLE_WITHIN: Final = 0.005


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """How one sentiment was recognised."""

    sentiment: str
    rows: int
    guessed: int
    precision: Estimate | None
    """Of the posts that were guessed to be of it, the share that is; None when none was guessed."""
    recall: Estimate | None
    """Of the posts that are of it, the share that was guessed; None when there is none."""
    f1: Estimate | None


@dataclass(frozen=True, slots=True)
class SentimentFigures:
    """How the three sentiments were recognised."""

    rows: int
    accuracy: Estimate
    macro_f1: Estimate
    macro_recall: float
    classes: tuple[ClassFigures, ...]
    confusion: tuple[tuple[int, ...], ...]
    """A row a truth, a column a guess, both in the order negative, neutral, positive."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Posts of about the same score."""

    rows: int
    score: float
    """Their mean score: what was promised."""
    share: float
    """The share of them for which it came true."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What scores promise, and what comes true."""

    error: float
    bins: tuple[Bin, ...]
    """From the lowest scores to the highest."""


@dataclass(frozen=True, slots=True)
class Point:
    """Alerting from one threshold on."""

    threshold: float
    precision: float
    recall: float
    alerted: float
    """Share of all posts."""


@dataclass(frozen=True, slots=True)
class AtRecall:
    """The highest threshold that still catches as many as was asked."""

    wanted: float
    threshold: float
    recall: float
    precision: Estimate


@dataclass(frozen=True, slots=True)
class AttentionFigures:
    """How well the posts that deserve a look were put before those that do not.

    Posts from which the classifier abstained count as well: they have a score, too.
    """

    rows: int
    deserving: int
    auc: float | None
    average_precision: float | None
    at_recall: AtRecall | None
    calibration: Calibration
    curve: tuple[Point, ...]
    """At most a hundred points, from the lowest threshold to the highest; empty when none deserves."""


@dataclass(frozen=True, slots=True)
class SliceFigures:
    """The posts that share a value of a column."""

    column: str
    value: str
    rows: int
    accuracy: Estimate
    macro_f1: Estimate


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures of a set."""

    sentiment: SentimentFigures
    abstained: Estimate
    answered: SentimentFigures | None
    """Of the posts on which the classifier did not abstain; None when it always did."""
    calibration: Calibration
    """Of the probability of the most probable class."""
    attention: AttentionFigures | None
    """None when no post has a label of attention."""
    slices: tuple[SliceFigures, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A post's labels and what the classifier said of it."""

    truth: Sentiment
    verdict: Verdict
    deserves: bool | None = None
    """Whether a person should look; None where it is not known."""

    @property
    def is_right(self) -> bool:
        """Whether the most probable class is the true one."""
        return self.verdict.sentiment == self.truth

    @property
    def certainty(self) -> float:
        """The probability of the most probable class."""
        return self.verdict.probability(self.verdict.sentiment)


def evaluate(
    judged: Sequence[Judged],
    *,
    slices: Mapping[str, Sequence[str | None]] | None = None,
    recall: float = 0.95,
) -> Evaluation:
    """Give all figures of a set that has at least one post.

    `slices` are columns, each with one value a post (None: in no slice of it).
    """
    answered = [one for one in judged if not one.verdict.abstained]
    known = [one for one in judged if one.deserves is not None]
    return Evaluation(
        sentiment=sentiment_figures(_pairs(judged)),
        abstained=_sure(wilson(len(judged) - len(answered), len(judged))),
        answered=sentiment_figures(_pairs(answered)) if answered else None,
        calibration=calibration([one.certainty for one in judged], [one.is_right for one in judged]),
        attention=attention_figures(
            [one.verdict.attention for one in known], [bool(one.deserves) for one in known], recall=recall
        )
        if known
        else None,
        slices=tuple(
            figures
            for column, values in (slices or {}).items()
            for figures in slice_figures(judged, column, values)
        ),
    )


def _pairs(judged: Iterable[Judged]) -> list[tuple[str, str]]:
    return [(one.truth.value, one.verdict.sentiment.value) for one in judged]


def surest_errors(judged: Sequence[Judged], most: int) -> list[int]:
    """Give the places of the wrong guesses that were the surest, the surest first.

    Posts from which the classifier abstained are left out: nobody relied on those.
    """
    wrong = [at for at, one in enumerate(judged) if not one.is_right and not one.verdict.abstained]
    return sorted(wrong, key=lambda at: -judged[at].certainty)[:most]


# ---------------------------------------------------------------------------------------------------------
# Shares and classes


def wilson(hits: float, trials: float) -> Estimate | None:
    """Give the share hits/trials with Wilson's score interval; None without trials.

    E. B. Wilson: Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
    Unlike the normal one it holds for few trials and for shares near 0 and 1, and never leaves 0..1.
    """
    if trials <= 0:
        return None
    share, square = hits / trials, Z95 * Z95 / trials
    middle = (share + square / 2) / (1 + square)
    reach = Z95 * math.sqrt(share * (1 - share) / trials + square / (4 * trials)) / (1 + square)
    return Estimate(share, min(share, max(0.0, middle - reach)), max(share, min(1.0, middle + reach)))


def _sure(estimate: Estimate | None) -> Estimate:
    if estimate is None:
        raise ValueError("there is no post to judge by; give at least one")
    return estimate


def confusion_of(pairs: Pairs) -> Counts:
    """Count a row a truth, a column a guess, both in the order negative, neutral, positive."""
    counts = np.zeros((len(ORDER), len(ORDER)), dtype=np.int64)
    for truth, guess in pairs:
        counts[ORDER.index(Sentiment(truth)), ORDER.index(Sentiment(guess))] += 1
    return counts


def sentiment_figures(pairs: Pairs) -> SentimentFigures:
    """Give the figures of (truth, guess), of which there must be at least one."""
    counts = confusion_of(pairs)
    return SentimentFigures(
        rows=int(counts.sum()),
        accuracy=_sure(wilson(int(np.trace(counts)), int(counts.sum()))),
        macro_f1=macro_f1(counts),
        macro_recall=_macro_recall(counts),
        classes=tuple(_class_figures(counts, at) for at in range(len(ORDER))),
        confusion=tuple(tuple(int(count) for count in row) for row in counts),
    )


def _class_figures(counts: Counts, at: int) -> ClassFigures:
    hits, rows, guessed = int(counts[at, at]), int(counts[at].sum()), int(counts[:, at].sum())
    return ClassFigures(
        sentiment=ORDER[at].value,
        rows=rows,
        guessed=guessed,
        precision=wilson(hits, guessed),
        recall=wilson(hits, rows),
        f1=f1(hits, rows + guessed - hits) if rows else None,
    )


def f1(hits: int, concerned: int) -> Estimate | None:
    """Give F1 from the hits and the posts that are of the class, were guessed to be, or both.

    F1 = 2J/(1+J), where J = hits/concerned is a plain share; so Wilson's interval of J becomes that of F1
    (the "indirect" one of K. F. Y. Lam, V. Gopal, J. Qian: Confidence intervals for the F1 score, 2023).
    """
    share = wilson(hits, concerned)
    if share is None:
        return None
    value, low, high = (2 * part / (1 + part) for part in (share.value, share.low, share.high))
    return Estimate(value, low, high)


def macro_f1(counts: Counts) -> Estimate:
    """Give the mean F1 of the classes that the set has, with a bootstrap interval.

    Classes without a true post are left out; scikit-learn's `f1_score(average="macro")` would count one
    that was guessed in vain as zero. The interval is the percentile one (B. Efron, R. J. Tibshirani: An
    introduction to the bootstrap, 1993) over 2,000 sets drawn with a fixed seed; to draw posts anew is to
    draw the cells of the confusion matrix.
    """
    total = int(counts.sum())
    drawn = np.random.default_rng(_SEED).multinomial(total, counts.ravel() / total, size=_RESAMPLED)
    low, high = np.percentile(_macro_f1s(drawn.reshape(-1, *counts.shape)), [2.5, 97.5])
    value = float(_macro_f1s(counts[np.newaxis])[0])
    return Estimate(value, min(value, float(low)), max(value, float(high)))


def _macro_f1s(many: Counts) -> Floats:
    """Give the macro-F1 of each confusion matrix of (n, classes, classes)."""
    hits = np.diagonal(many, axis1=1, axis2=2)
    rows, guessed = many.sum(axis=2), many.sum(axis=1)
    scores = 2 * hits / np.maximum(rows + guessed, 1)
    present = rows > 0
    means: Floats = (scores * present).sum(axis=1) / present.sum(axis=1)
    return means


def _macro_recall(counts: Counts) -> float:
    """Mean recall of the classes that the set has (also called balanced accuracy)."""
    rows = counts.sum(axis=1)
    present = rows > 0
    return float((np.diagonal(counts)[present] / rows[present]).mean())


def slice_figures(
    judged: Sequence[Judged], column: str, values: Sequence[str | None]
) -> tuple[SliceFigures, ...]:
    """Give the figures of each value of a column, in the order in which values first occur."""
    groups: dict[str, list[Judged]] = {}
    for one, value in zip(judged, values, strict=True):
        if value is not None:
            groups.setdefault(value, []).append(one)
    return tuple(_slice(column, value, group) for value, group in groups.items())


def _slice(column: str, value: str, group: Sequence[Judged]) -> SliceFigures:
    counts = confusion_of(_pairs(group))
    accuracy = _sure(wilson(int(np.trace(counts)), len(group)))
    return SliceFigures(column, value, len(group), accuracy, macro_f1(counts))


# ---------------------------------------------------------------------------------------------------------
# Scores


def calibration(scores: Sequence[float], came_true: Sequence[bool], *, bins: int = BINS) -> Calibration:
    """Compare what scores promise with what came true, in bins of (nearly) equally many posts.

    The error is the expected calibration error (M. P. Naeini et al., 2015; C. Guo et al.: On calibration of
    modern neural networks, 2017): the mean distance between a bin's mean score and its share, weighed by
    its posts. Theirs has bins of equal width; of equal mass (K. Nguyen, B. O'Connor, 2015) no bin is
    nearly empty. Equal scores stay in one bin, so that the order of the posts changes nothing.
    """
    score, truth = np.asarray(scores, dtype=np.float64), np.asarray(came_true, dtype=np.float64)
    order = np.argsort(score, kind="stable")
    score, truth = score[order], truth[order]
    ideal = np.linspace(0, len(score), bins + 1)[1:].round().astype(int)
    ends = np.unique(np.searchsorted(score, score[np.maximum(ideal, 1) - 1], side="right"))
    parts = zip(np.split(score, ends[:-1]), np.split(truth, ends[:-1]), strict=True)
    made = tuple(Bin(len(part), float(part.mean()), float(true.mean())) for part, true in parts)
    error = sum(one.rows * abs(one.score - one.share) for one in made) / len(score)
    return Calibration(error, made)


def auc(scores: Sequence[float], truths: Sequence[bool]) -> float | None:
    """Chance that a true one scores above one that is not, equals counting half; None without both kinds.

    The area under the ROC curve (J. A. Hanley, B. J. McNeil, Radiology 143, 1982).
    """
    score, truth = np.asarray(scores, dtype=np.float64), np.asarray(truths, dtype=np.bool_)
    yes, no = score[truth], np.sort(score[~truth])
    if not len(yes) or not len(no):
        return None
    below, not_above = np.searchsorted(no, yes, side="left"), np.searchsorted(no, yes, side="right")
    return float((below + not_above).mean() / 2 / len(no))


def attention_figures(
    scores: Sequence[float], truths: Sequence[bool], *, recall: float = 0.95
) -> AttentionFigures:
    """Give the figures of attention; of at least one post."""
    points = threshold_curve(scores, truths)
    return AttentionFigures(
        rows=len(scores),
        deserving=sum(truths),
        auc=auc(scores, truths),
        average_precision=average_precision(points),
        at_recall=_at_recall(points, recall, sum(truths), len(scores)),
        calibration=calibration(scores, truths),
        curve=_thinned(points),
    )


def threshold_curve(scores: Sequence[float], truths: Sequence[bool]) -> tuple[Point, ...]:
    """Give a point for every threshold that makes a difference, the highest first; none where none is true."""
    score, truth = np.asarray(scores, dtype=np.float64), np.asarray(truths, dtype=np.bool_)
    if not truth.any():
        return ()
    order = np.argsort(-score, kind="stable")
    score, caught = score[order], np.cumsum(truth[order])
    last = np.append(np.flatnonzero(np.diff(score)), len(score) - 1)  # equal scores are alerted together
    return tuple(
        Point(
            float(score[at]),
            float(caught[at] / (at + 1)),
            float(caught[at] / caught[-1]),
            (int(at) + 1) / len(score),
        )
        for at in last
    )


def average_precision(points: Sequence[Point]) -> float | None:
    """Give the precision at each threshold, weighed by the recall that it adds; None where none is true.

    Not interpolated (as scikit-learn's `average_precision_score`, and G. Salton, M. J. McGill, 1983).
    """
    if not points:
        return None
    before = [0.0, *(point.recall for point in points[:-1])]
    return sum((point.recall - least) * point.precision for point, least in zip(points, before, strict=True))


def _at_recall(points: Sequence[Point], wanted: float, deserving: int, rows: int) -> AtRecall | None:
    found = next((point for point in points if point.recall >= wanted), None)
    if found is None:
        return None
    precision = _sure(wilson(round(found.recall * deserving), round(found.alerted * rows)))
    return AtRecall(wanted, found.threshold, found.recall, precision)


def _thinned(points: Sequence[Point], most: int = 100) -> tuple[Point, ...]:
    rising = points[::-1]
    if len(rising) <= most:
        return tuple(rising)
    return tuple(rising[round(at)] for at in np.linspace(0, len(rising) - 1, most))


# ---------------------------------------------------------------------------------------------------------
# What a threshold means


@dataclass(frozen=True, slots=True)
class Alarm:
    """What alerting by one condition would have meant, in posts of the history (weighed, where it was)."""

    threshold: float | None
    """From this score on, itself included; None where the condition is no threshold."""
    alerts: float
    caught: float
    misses: float
    false_alarms: float

    @property
    def precision(self) -> float | None:
        """Of the alerts, the share that deserved one; None without alerts."""
        return self.caught / self.alerts if self.alerts else None

    @property
    def recall(self) -> float | None:
        """Of the posts that deserved an alert, the share that raised one; None where none did."""
        deserving = self.caught + self.misses
        return self.caught / deserving if deserving else None

    def cost(self, *, miss: float, false_alarm: float) -> float:
        """Give what its misses and its false alarms cost together."""
        return self.misses * miss + self.false_alarms * false_alarm


def alarm(
    alerted: Sequence[bool] | Flags,
    deserving: Sequence[bool] | Flags,
    weights: Sequence[float] | Floats,
    *,
    threshold: float | None = None,
) -> Alarm:
    """Count what alerting for these posts would have meant."""
    alert, deserve = np.asarray(alerted, dtype=np.bool_), np.asarray(deserving, dtype=np.bool_)
    weight = np.asarray(weights, dtype=np.float64)
    return Alarm(
        threshold,
        alerts=float(weight[alert].sum()),
        caught=float(weight[alert & deserve].sum()),
        misses=float(weight[~alert & deserve].sum()),
        false_alarms=float(weight[alert & ~deserve].sum()),
    )


def alarms(
    scores: Sequence[float | None],
    deserving: Sequence[bool],
    thresholds: Iterable[float],
    weights: Sequence[float] | None = None,
) -> tuple[Alarm, ...]:
    """Give what alerting from each threshold on would have meant, in the order of the thresholds.

    A post whose score is None (the classifier abstained) raises no alert at any of them.
    """
    score = np.array([-math.inf if one is None else one for one in scores], dtype=np.float64)
    weight = np.ones(len(score)) if weights is None else np.asarray(weights, dtype=np.float64)
    return tuple(alarm(score >= least, deserving, weight, threshold=least) for least in thresholds)


def cheapest(known: Sequence[Alarm], *, miss: float, false_alarm: float) -> Alarm:
    """Give the alarm that costs least; the first of those that cost the same.

    With lower thresholds first, that is the one that misses least.
    """
    return min(known, key=lambda one: one.cost(miss=miss, false_alarm=false_alarm))


def prior_weights(truths: Sequence[str], prior: Mapping[str, float]) -> list[float]:
    """Weigh each post so that the sentiments are as frequent as `prior` says, and all posts weigh as before.

    Each counts prior/share of its class (M. Saerens, P. Latinne, C. Decaestecker: Adjusting the outputs of a
    classifier to new a priori probabilities, 2002). That is sound where posts of one sentiment are alike in
    the set and in life. Raises ValueError where that cannot be done.
    """
    if set(prior) != set(ORDER) or any(not 0 <= share <= 1 for share in prior.values()):
        raise ValueError("a prior gives negative, neutral and positive, each a share from 0 to 1")
    if abs(sum(prior.values()) - 1) > _WHOLE_WITHIN:
        raise ValueError(f"the shares of a prior are together 1; these are {sum(prior.values()):g}")
    shares = {sentiment: truths.count(sentiment) / len(truths) for sentiment in ORDER}
    missing = [sentiment.value for sentiment in ORDER if prior[sentiment] and not shares[sentiment]]
    if missing:
        raise ValueError(f"no post is {' or '.join(missing)}, so none can stand for those of life")
    factor = {sentiment: prior[sentiment] / shares[sentiment] for sentiment in ORDER if shares[sentiment]}
    scale = 1 / sum(prior.values())
    return [factor[Sentiment(truth)] * scale for truth in truths]
