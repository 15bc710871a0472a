"""What the reads of a source cost: from the record to the rules of the budget."""

from collections.abc import Iterable
from datetime import datetime

from casebook.store import Spending, Store
from listener.budget import Plan, day_before, month_of, week_before
from listener.source import SourceSettings

LEAST_POSTS = 5
"""In the smallest page that a vendor who bills by the post gives (X: 5)."""


def spending_of(store: Store, name: str, *, now: datetime) -> Spending:
    """Add up what the reads of a source have cost: in this month, the last 168 hours and the last 24."""
    return store.spending(name, month=month_of(now)[0], week=week_before(now), day=day_before(now))


def least_look(settings: SourceSettings) -> int:
    """Give what the least look at a source can cost, in millionths of a dollar."""
    return LEAST_POSTS * settings.tariff.get("post", 0)


def slowed(plan: Plan, told: Iterable[str], *, least: int) -> list[str]:
    """Say what is slowed for the budget, and to what; `told` are the troubles of the source that stand."""
    if plan.left < max(least, 1):
        return ["nothing is read for the budget until the next month (UTC)"]
    return [message for message in told if "budget" in message]
