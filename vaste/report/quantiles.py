"""Quantiles of waits, and how sure they are. Pure.

A quantile is interpolated linearly between the two values beside it (definition 7 of R. J. Hyndman and Y. Fan, 1996;
`quantile_cont` of SQL). Its interval stands on order statistics and on no assumption about how waits are spread:
the number of values below the true quantile is binomial, so two of the sorted values enclose it with a probability
that can be counted (W. J. Conover, Practical Nonparametric Statistics, 3rd ed. 1999, 3.2). Where even the smallest
and the largest value do not enclose it surely enough, there is no interval: of five waits none has a median that is
known to 95 in 100.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import erf, exp, lgamma, log, sqrt
from typing import Final

CERTAINTY: Final = 0.95
MANY: Final = 2_000
"""From so many values on the binomial is taken for normal; the ranks differ by one at most."""


@dataclass(frozen=True, slots=True)
class Quantile:
    """One quantile of `n` values, with its interval where there is one."""

    value: float
    low: float | None
    high: float | None
    n: int


def quantile(ordered: Sequence[float], share: float) -> Quantile | None:
    """Give the quantile at a share 0..1 of values in ascending order; None where there are none."""
    if not ordered:
        return None
    n = len(ordered)
    place = share * (n - 1)
    below = int(place)
    above = min(below + 1, n - 1)
    value = ordered[below]
    if place != below:  # beside a value without end there is nothing to interpolate
        value += (place - below) * (ordered[above] - value)
    ranks = enclosing_ranks(n, share)
    low, high = (ordered[ranks[0]], ordered[ranks[1]]) if ranks else (None, None)
    return Quantile(value, low, high, n)


@lru_cache(maxsize=1_000)  # a report asks the same of the same number of cases again and again
def enclosing_ranks(n: int, share: float, certainty: float = CERTAINTY) -> tuple[int, int] | None:
    """Give the places (from 0) of two of n sorted values that enclose a quantile with this certainty.

    Each tail has at most half of what is left over. None where no two of them do.
    """
    tail = (1 - certainty) / 2
    below = _distribution(n, share)
    # the value at a place is above the quantile with the probability that at most so many values are below it
    low = bisect_right(range(n), tail, key=below) - 1
    high = bisect_left(range(n), 1 - tail, key=below)
    return (low, high) if low >= 0 and high < n else None


def _distribution(n: int, share: float) -> Callable[[int], float]:
    """Give the function that says how probable at most so many of n are."""
    if n < MANY:
        return list(accumulate(_binomial(n, count, share) for count in range(n + 1))).__getitem__
    mean, spread = n * share, sqrt(n * share * (1 - share))
    return lambda count: (1 + erf((count + 0.5 - mean) / spread / sqrt(2))) / 2


def _binomial(n: int, count: int, share: float) -> float:
    chosen = lgamma(n + 1) - lgamma(count + 1) - lgamma(n - count + 1)
    return exp(chosen + count * log(share) + (n - count) * log(1 - share))
