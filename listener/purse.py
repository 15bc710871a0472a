"""What looks may still cost, shared by lanes that are asked at the same time."""

import threading
from collections.abc import Iterable

from listener.budget import Plan


class Purse:
    """Lends the worst cost of a question before it is asked, and takes back what it did not cost.

    What is lent is never more than the plan allows, however many ask at once. A question that failed keeps
    what it was lent: the vendor may bill it. `first_lanes` are those that come first: when there is little,
    each gets its part of it, so that the one that asks first does not make the others blind.
    """

    def __init__(self, plan: Plan, *, first_lanes: int = 1) -> None:
        self._lanes = {False: first_lanes, True: 1}
        self._lent: dict[tuple[str, bool], int] = {}
        self._lock = threading.Lock()
        self.refill(plan)

    def refill(self, plan: Plan, *, still_asking: Iterable[str] = ()) -> None:
        """Begin another look; `still_asking` are lanes whose cost the plan does not know yet."""
        with self._lock:
            lanes = frozenset(still_asking)
            self._lent = {key: cost for key, cost in self._lent.items() if key[0] in lanes}
            owed = {
                wide: sum(cost for key, cost in self._lent.items() if key[1] is wide)
                for wide in (False, True)
            }
            self._left = {False: plan.first - owed[False], True: plan.wide - owed[True]}
            self._whole = plan.left - owed[False] - owed[True]
            self._kept_for_counts = plan.kept_for_counts

    def lend(
        self, wanted: int, *, price: int, wide: bool, least: int = 1, lane: str = "", counts: bool = False
    ) -> int:
        """Give how many reads may be asked for at once: at most `wanted`, none if it is less than `least`.

        What is kept for counts is lent to `counts` alone: a search that can't be read is counted all the same.
        """
        with self._lock:
            kept = self._kept_for_counts if wide and not counts else 0
            can = max(min(self._left[wide] - kept, self._whole), 0)
            reads = wanted
            if price > 0:
                part = can // price // self._lanes[wide]
                reads = min(wanted, max(part, least), can // price)
            if reads < least:
                return 0
            self._take(reads * price, wide=wide, lane=lane)
            return reads

    def give_back(self, reads: int, *, price: int, wide: bool, lane: str = "") -> None:
        """Take back what was lent for reads that were not made."""
        with self._lock:
            self._take(-reads * price, wide=wide, lane=lane)

    def _take(self, cost: int, *, wide: bool, lane: str) -> None:
        self._lent[lane, wide] = self._lent.get((lane, wide), 0) + cost
        self._left[wide] -= cost
        self._whole -= cost
