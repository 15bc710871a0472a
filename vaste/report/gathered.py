"""What a report is made of, once it was read from the record. Pure values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from casebook.counted import Corrected, Judged
from playbooks.roster import Shift
from vaste.coverage import LaneTold
from vaste.report.load import TeamLoad
from vaste.report.period import Period
from vaste.report.rows import Told

if TYPE_CHECKING:
    from vaste.report.rota import Replayed


@dataclass(frozen=True, slots=True)
class Scope:
    """What the report is to be of."""

    period: Period
    now: datetime
    team: str | None = None
    playbook: str | None = None
    as_it_stood: bool = False
    """`now` lies in the past: what was recorded later is not known."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What people said of one topic."""

    topic: str
    posts: int
    before: int
    quotes: tuple[tuple[str, str, str | None], ...]
    """(words, source, link)."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything a report is made of."""

    scope: Scope
    cases: Sequence[Told]
    crises: Sequence[Told]
    before: Sequence[Told]
    """The cases of the period before."""
    lanes: Sequence[LaneTold]
    spent: Mapping[str, int]
    corrected: Sequence[Corrected]
    judged: Judged
    wishes: Sequence[Wish]
    loads: Sequence[TeamLoad]
    shifts: Mapping[str, Sequence[Shift]]
    """Of each team that has a rota, cut to the period."""
    replayed: "Replayed | None" = None
    """The period as another configuration would have called people in it, where that is asked for."""


def watched_share(lanes: Sequence[LaneTold]) -> float | None:
    """Give the share of the time due in which the sources were read, over all lanes; None where none was due."""
    shares = [lane.share for lane in lanes if lane.share is not None]
    return sum(shares) / len(shares) if shares else None


def lasts(lane: LaneTold) -> timedelta:
    """Give how long nobody could look at a lane."""
    return timedelta(seconds=lane.blind_seconds)
