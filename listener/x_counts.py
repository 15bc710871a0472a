"""X's search within a budget: posts are counted at a fixed price, and read when that says so."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from casebook.mention import Bill, Blindness, Trouble
from listener.budget import Plan, dollars
from listener.patience import Patience
from listener.purse import Purse
from listener.tripwire import Step, Tripwire, is_count_due, ration, read_counts
from listener.x_faults import Fault, unreadable
from listener.x_lane import LEAST_PAGE, Errand, Lane, Outcome, Wire
from listener.x_pace import Place


class RationedSearch:
    """The search lane before which a count stands."""

    def __init__(self, lane: Lane, wire: Wire, *, every: timedelta, prices: Mapping[str, int]) -> None:
        self._lane = lane
        self._wire = wire
        self._every = every
        self._prices = prices
        self._patience: Patience[Fault] = Patience(every)

    def look(self, place: Place, errand: Errand, *, tripwire: Tripwire, plan: Plan, purse: Purse) -> Outcome:
        """Count if it is time to, then read all, some or nothing; never raises a Fault.

        Where posts can't be counted, the search is sampled as if it were too wide.
        """
        tripwire, bills, blocked = self._count(errand, tripwire, plan, purse)
        found = ration(
            tripwire, plan, post_price=self._prices["post"], least=LEAST_PAGE["search"], now=errand.now
        )
        if found.step is Step.WAIT:
            slowed = self._slowed(plan, unpaid=tripwire.moved)
            waits = Outcome(self._lane.name, place, troubles=(slowed, *blocked), failed=True)
            return replace(waits, bills=bills, tripwire=tripwire)
        outcome = self._lane.look(place, replace(errand, purse=purse, at_most=found.posts))
        if outcome.bills:  # an answer without posts was free, and takes nobody's turn
            tripwire = tripwire.after_reading(errand.now)
        told = outcome.troubles
        if found.step is not Step.WHOLE:  # one and the same trouble as long as it is slowed
            told = (self._slowed(plan), *(one for one in told if one.reason is not Blindness.BUDGET))
        bills = (*bills, *outcome.bills)
        return replace(outcome, troubles=(*told, *blocked), bills=bills, tripwire=tripwire)

    def _count(
        self, errand: Errand, tripwire: Tripwire, plan: Plan, purse: Purse
    ) -> tuple[Tripwire, tuple[Bill, ...], tuple[Trouble, ...]]:
        """Ask for a count if it is due; the trouble is why it could not be had."""
        now, price = errand.now, self._prices["counts"]
        due = is_count_due(
            tripwire, plan, price=price, post_price=self._prices["post"], every=self._every, now=now
        )
        standing = self._patience.standing(now)
        if standing is not None:
            return tripwire, (), (standing.trouble(self._lane.name),)
        if not due or not purse.lend(1, price=price, wide=True, lane=self._lane.name, counts=True):
            return tripwire, (), ()
        bill = Bill(self._lane.name, "counts", price, now, count=1)
        answered = False
        try:
            answer = self._wire.ask("get_recent_tweets_count", errand.subject, granularity="hour", now=now)
            answered = True
            counts = read_counts(answer.body)
            if not counts:
                raise unreadable("no counts in it")
        except Fault as fault:
            self._patience.failed(fault, now)
            return tripwire, (bill,) if answered else (), (fault.trouble(self._lane.name),)
        self._patience.succeeded()
        return tripwire.after_counting(counts, now), (bill,), ()

    def _slowed(self, plan: Plan, *, unpaid: bool = False) -> Trouble:
        a_day = f"{dollars(plan.wide_a_day)} a day"
        message = f"slowed for the budget to {a_day}: posts are counted, and read when the count moves or a few at a time"
        if unpaid:
            message = "much more is written than usual, and its part of the budget is spent: look for yourself, or raise budget"
        return Trouble(self._lane.name, message, reason=Blindness.BUDGET)
