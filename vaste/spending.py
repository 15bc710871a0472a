"""What the reads of a source cost: from the record to the rules of the budget."""

from datetime import datetime

from casebook.store import Spending, Store
from listener.budget import Plan, day_before, dollars, is_wide, month_of, total, week_before
from listener.source import SourceSettings

LEAST_POSTS = 5
"""In the smallest page that a vendor who bills by the post gives (X: 5)."""
_HELD = 0.6
"""Of what they may cost a day: searches that took so much in the last 24 hours would have taken more."""


def spending_of(store: Store, name: str, *, now: datetime) -> Spending:
    """Add up what the reads of a source have cost: in this month, the last 168 hours and the last 24."""
    return store.spending(name, month=month_of(now)[0], week=week_before(now), day=day_before(now))


def least_look(settings: SourceSettings) -> int:
    """Give what the least look at a source can cost, in millionths of a dollar."""
    return LEAST_POSTS * settings.tariff.get("post", 0)


def slowed(plan: Plan, spending: Spending, *, least: int) -> list[str]:
    """Say what is slowed for the budget, and to what; empty where all is read."""
    if plan.left < max(least, 1):
        return ["everything, until the next month (UTC)"]
    told = []
    if plan.first < max(least, 1):
        told.append("mentions and timelines, until they are as even as the month")
    wide = total(one for one in spending.day if is_wide(one.lane))
    if wide > 0 and wide >= _HELD * plan.wide_a_day:
        told.append(f"searches, to {dollars(plan.wide_a_day)} a day")
    return told
