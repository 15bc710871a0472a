"""Whether more negative mentions come than is usual for the hour of the week. Pure.

Formula. Of the hour of the week h, k₁ … k_n were counted in n earlier weeks. Counts of an hour scatter more than
Poisson's, so the rate is a gamma variable and the next count is negative binomial (A. Gelman et al.: Bayesian data
analysis, 2013, 2.6). The gamma's mean is what is usual for this hour, shrunk to what is usual overall:

    usual(h) = (Σ k + PRIOR_WEEKS · overall) / (n + PRIOR_WEEKS)

and its shape r says how much hours scatter about what is usual for them (method of moments over all past hours,
between LEAST_SHAPE and MOST_SHAPE). Then a burst is P(K ≥ count) < SURPRISE with K negative binomial of that mean
and shape, and at least `FLOOR` mentions. Past hours that were bursts themselves count with no more than their
usual upper bound (as C. P. Farrington et al. do: A statistical algorithm for the early detection of outbreaks of
infectious disease, JRSS A 159, 1996), so that one crisis does not hide the next.

With little history the prior weeks hold it at the overall rate, and with none at PRIOR_RATE: then only the floor and
a wide scatter speak.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

WEEK_HOURS: Final = 168
PRIOR_WEEKS: Final = 2.0
PRIOR_RATE: Final = 0.5
"""Negative mentions an hour where nothing is known."""
PRIOR_HOURS: Final = 24.0
"""Hours that the prior rate is worth."""
SURPRISE: Final = 1e-4
"""Of an hour: by chance about one in fourteen months."""
FLOOR: Final = 5
LEAST_SHAPE: Final = 1.0
MOST_SHAPE: Final = 50.0
_HIGHEST: Final = 10_000
_BOUND: Final = 1e-3
"""A past count that was less likely than this counts as much as one that was as likely."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for each hour of the week, 0 for Monday's first, and how much hours scatter."""

    means: tuple[float, ...]
    shape: float


@dataclass(frozen=True, slots=True)
class Burst:
    """More than usual, and how unlikely that was."""

    count: int
    usual: float
    chance: float


def learn_usual(history: Mapping[int, Sequence[int]]) -> Usual:
    """Learn from the counts of past hours, by hour of the week; hours that were not watched are left out."""
    # the highest count of each hour has no say in what is too high
    lower = {hour: sorted(counts)[: max(3, len(counts) - 1)] for hour, counts in history.items()}
    means = _means(lower)
    shape = _shape(lower, means)
    calm = {
        hour: [min(count, bound) for count in counts]
        for hour, counts in history.items()
        for bound in (_bound(means[hour], shape),)
    }
    means = _means(calm)
    return Usual(means, _shape(calm, means))


def burst(count: int, hour: int, usual: Usual) -> Burst | None:
    """Say whether an hour's count is a burst; None when it may be chance."""
    if count < FLOOR:
        return None
    chance = tail(count, usual.means[hour], usual.shape)
    return Burst(count, usual.means[hour], chance) if chance < SURPRISE else None


def tail(count: int, mean: float, shape: float) -> float:
    """Give the chance of so many or more of a negative binomial of this mean and shape."""
    share = mean / (mean + shape)
    term, below = (1 - share) ** shape, 0.0
    for number in range(count):
        below += term
        term *= share * (shape + number) / (number + 1)
    return max(0.0, 1.0 - below)


def _means(history: Mapping[int, Sequence[int]]) -> tuple[float, ...]:
    hours = sum(len(counts) for counts in history.values())
    total = sum(sum(counts) for counts in history.values())
    overall = (total + PRIOR_RATE * PRIOR_HOURS) / (hours + PRIOR_HOURS)
    return tuple(
        (sum(history.get(hour, ())) + PRIOR_WEEKS * overall) / (len(history.get(hour, ())) + PRIOR_WEEKS)
        for hour in range(WEEK_HOURS)
    )


def _shape(history: Mapping[int, Sequence[int]], means: Sequence[float]) -> float:
    """Give the shape by moments: the variance of a negative binomial is mean + mean²/shape."""
    pairs = [(count, means[hour]) for hour, counts in history.items() for count in counts]
    excess = sum((count - mean) ** 2 - mean for count, mean in pairs)
    squares = sum(mean**2 for _, mean in pairs)
    if not pairs or excess <= 0:
        return MOST_SHAPE if len(pairs) >= WEEK_HOURS else LEAST_SHAPE * 5
    return min(max(squares / excess, LEAST_SHAPE), MOST_SHAPE)


def _bound(mean: float, shape: float) -> int:
    """Give the highest count that is no less likely to be reached than `_BOUND`."""
    share = mean / (mean + shape)
    term, above, count = (1 - share) ** shape, 1.0, 0
    while above - term >= _BOUND and count < _HIGHEST:
        above -= term
        term *= share * (shape + count) / (count + 1)
        count += 1
    return count
