"""Where a playbook, a rota or a target should be redefined, each with its evidence. Pure.

A proposal is made only of so many cases that chance does not explain what was found: windows and targets stand on
the near end of a 95 % interval. It proposes; people decide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vaste.report.figures import Alarms, Cases, Promise, stages
from vaste.report.hours import HourOfWeek, Window, worst_window
from vaste.report.rows import Numbers
from vaste.report.whatif import is_business, nine_of_ten, other_rota

LEAST: Final = 10
"""Cases of a playbook, below which nothing is proposed for it."""
LEAST_BROKEN: Final = 5
WINDOW_SHARE: Final = 0.25
"""Of all broken promises that a window must hold."""
USUAL_TARGET: Final = 0.8
"""What is expected of a playbook without a target."""
EASY: Final = 0.5
"""A promise is easy when nine of ten waited at most this share of it."""
EASILY_KEPT: Final = 0.9
FALSE_ALARMS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Proposal:
    """One thing to decide."""

    kind: str
    """`staff`, `attend`, `easier`, `harder`, `narrow` or `optional`."""
    about: str
    """The team or the playbook."""
    figures: Mapping[str, float]
    cases: Numbers
    """The evidence."""
    window: Window | None = None
    stage: str | None = None
    """Where most of the time went."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What proposals stand on."""

    cases: Cases
    promises: Sequence[Promise]
    alarms: Sequence[Alarms]
    hours: Mapping[str, Sequence[HourOfWeek]]
    """By team."""
    promised: Mapping[str, float]
    """Seconds that the configuration gives each playbook to respond."""


def proposals(found: Evidence) -> list[Proposal]:
    """Give what should be decided, what concerns most cases first."""
    made = [
        *_windows(found),
        *(proposal for promise in found.promises for proposal in _of_promise(promise, found)),
        *_narrow(found.alarms),
    ]
    return sorted(made, key=lambda one: (-len(one.cases), one.kind, one.about))


def _windows(found: Evidence) -> list[Proposal]:
    made = []
    for team, hours in found.hours.items():
        window = worst_window(hours, least=LEAST_BROKEN, share=WINDOW_SHARE)
        if window is None:
            continue
        other = other_rota(hours, window)
        kind = "attend" if window.is_staffed else "staff"
        figures = {"of_all": window.of_all, "broken": other.broken, "saved": max(0.0, other.saved)}
        made.append(Proposal(kind, team, figures, window.late, window=window))
    return made


def _of_promise(promise: Promise, found: Evidence) -> list[Proposal]:
    """Judge one playbook's promise: never kept at all, kept too seldom, or kept without an effort."""
    share, promised = promise.share, found.promised.get(promise.playbook)
    if share is None or promise.due < LEAST or promised is None:
        return []
    due = {*promise.in_time, *promise.late, *promise.never}
    of = [case for case in found.cases if case.number in due]
    target = promise.target.share if promise.target else USUAL_TARGET
    within = (promise.target.within if promise.target else None) or promised
    figures = {"share": share.value, "target": target, "within": within, "due": float(promise.due)}
    if len(promise.never) / promise.due > EASY:
        return [
            Proposal("optional", promise.playbook, figures | {"never": len(promise.never)}, promise.never)
        ]
    reached = nine_of_ten(of)
    if reached is not None:
        figures["reached"] = reached
    figures["business"] = float(is_business(of))
    if share.high < target:
        slowest = max(stages(of), key=lambda stage: stage.seconds, default=None)
        broken = (*promise.late, *promise.never)
        stage = slowest.name if slowest and slowest.seconds else None
        return [Proposal("easier", promise.playbook, figures, broken, stage=stage)]
    if reached is not None and reached <= EASY * within and share.low >= EASILY_KEPT:
        return [Proposal("harder", promise.playbook, figures, promise.in_time)]
    return []


def _narrow(found: Sequence[Alarms]) -> list[Proposal]:
    made = []
    for one in found:
        precision, decided = one.precision, len(one.right) + len(one.false)
        if precision is not None and decided >= LEAST and precision.value <= 1 - FALSE_ALARMS:
            figures = {
                "false": float(len(one.false)),
                "decided": float(decided),
                "share": 1 - precision.value,
            }
            made.append(Proposal("narrow", one.name, figures, one.false))
    return made
