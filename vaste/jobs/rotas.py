"""Rotas: who stands in and who is away, from the record and from where else rotas are kept."""

from dataclasses import replace

import structlog

from vaste.jobs.means import Means
from vaste.standing import RotaUnavailable

_AS_BEFORE = "the last good copy says who is on call"


def heed(means: Means) -> int:
    """Take in who stands in and who is away; 1 where that has changed, else 0."""
    teams = means.standing.changed(now=means.clock.now()) if means.standing else None
    if teams is None:
        return 0
    means.restaff(lambda desk: replace(desk, teams=teams))
    return 1


def read_rota(means: Means, name: str) -> bool:
    """Read a rota that is kept elsewhere; False where it can't be read, or not all of it: somebody is told."""
    if means.standing is None:
        return True
    about = f"rota:{name}"
    try:
        found = means.standing.read(name, now=means.clock.now())
    except RotaUnavailable as mistake:
        means.trouble(
            about, f"team {name.rpartition('/')[0]}: its rota can't be read: {mistake}; {_AS_BEFORE}"
        )
        return False
    if found.passed_over:
        structlog.get_logger().info("rota names nobody", about=name, events=list(found.passed_over))
    if found.broken:
        what = "; ".join(found.broken)
        means.trouble(about, f"team {name.rpartition('/')[0]}: its rota is broken: {what}; {_AS_BEFORE}")
    else:
        means.over(about)
    heed(means)
    return not found.broken
