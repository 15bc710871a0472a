"""What one look may still cost, shared by lanes that are asked at the same time."""

import threading

from listener.budget import Plan


class Purse:
    """Lends the worst cost of a question before it is asked, and takes back what it did not cost.

    What is lent is never more than the plan allows, however many ask at once. A question that failed keeps
    what it was lent: the vendor may bill it. `first_lanes` are those that come first: when there is little,
    each gets its part of it, so that the one that asks first does not make the others blind.
    """

    def __init__(self, plan: Plan, *, first_lanes: int = 1) -> None:
        self._lanes = {False: first_lanes, True: 1}
        self._left = {False: plan.first, True: plan.wide}
        self._whole = plan.left
        self._lock = threading.Lock()

    def lend(self, wanted: int, *, price: int, wide: bool, least: int = 1) -> int:
        """Give how many reads may be asked for at once: at most `wanted`, none if it is less than `least`."""
        with self._lock:
            can = min(self._left[wide], self._whole)
            reads = wanted
            if price > 0:
                part = can // price // self._lanes[wide]
                reads = min(wanted, max(part, least), can // price)
            if reads < least:
                return 0
            self._take(reads * price, wide=wide)
            return reads

    def give_back(self, reads: int, *, price: int, wide: bool) -> None:
        """Take back what was lent for reads that were not made."""
        with self._lock:
            self._take(-reads * price, wide=wide)

    def _take(self, cost: int, *, wide: bool) -> None:
        self._left[wide] -= cost
        self._whole -= cost
