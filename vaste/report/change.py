"""Whether a figure changed between two periods, or whether chance explains the difference. Pure.

Two shares differ clearly when the interval of their difference leaves out zero (R. G. Newcombe, 1998, method 10: from
the two Wilson intervals). Two quantiles differ clearly when neither lies in the interval of the other.
"""

from math import sqrt

from classifier.scoring import Estimate
from vaste.report.quantiles import Quantile


def share_change(now: Estimate | None, before: Estimate | None) -> int | None:
    """Say whether a share rose (1), fell (-1) or did not clearly change (0); None where one is not known."""
    if now is None or before is None:
        return None
    difference = now.value - before.value
    down = sqrt((now.value - now.low) ** 2 + (before.high - before.value) ** 2)
    up = sqrt((now.high - now.value) ** 2 + (before.value - before.low) ** 2)
    if difference - down > 0:
        return 1
    return -1 if difference + up < 0 else 0


def quantile_change(now: Quantile | None, before: Quantile | None) -> int | None:
    """Say whether a wait grew (1), shrank (-1) or did not clearly change (0); None where one is not known."""
    if now is None or before is None:
        return None
    if _lies_in(now.value, before) or _lies_in(before.value, now):
        return 0
    return 1 if now.value > before.value else -1


def _lies_in(value: float, other: Quantile) -> bool:
    # a quantile without an interval could be anything
    return other.low is None or other.high is None or other.low <= value <= other.high
