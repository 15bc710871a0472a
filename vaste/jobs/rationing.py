"""What a source's reads have cost is told to it, and to the team when the month's budget comes to its end."""

from listener.budget import notices, plan_month
from listener.source import Billed
from vaste.digests import budget_notices
from vaste.jobs.means import Means
from vaste.spending import least_look, spending_of


def ration(means: Means, name: str) -> None:
    """Tell a source what its reads have cost, and the team when the month's budget comes to its end."""
    source, settings = means.sources[name]
    if settings.budget is None or not isinstance(source, Billed):
        return
    now = means.clock.now()
    spending = spending_of(means.store, name, now=now)
    source.ration(spending)
    plan = plan_month(settings.budget, spending, now=now)
    month = f"budget:{name}:{now:%Y-%m}"
    told = dict(notices(plan, least=least_look(settings)))
    for share, message in told.items():
        means.trouble(f"{month}:{share}", f"source {name}: {message}")
    for notice in budget_notices(name, plan, told, means.telling, now=now):
        means.bulletin().owe(notice, now=now)
    means.over_except(f"budget:{name}:", {f"{month}:{share}" for share in told})
