"""What another target or another rota would have meant, worked out from the same cases again. Pure.

Another target is exact: the same answers are held against another deadline. Another rota is an estimate, and is told
as one: it supposes that in the window promises would have been broken as often as they were outside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf, isfinite
from typing import Final

from vaste.report.figures import Cases, keeps
from vaste.report.hours import HourOfWeek, Window
from vaste.report.quantiles import quantile
from vaste.report.rows import COUNTED, Told

LEAST: Final = 5
"""Of fewer cases nothing is said."""
_FACTORS: Final = (0.5, 1.0, 2.0)
_NINE_OF_TEN: Final = 0.9


@dataclass(frozen=True, slots=True)
class OtherTargets:
    """How one playbook would have kept other promises."""

    playbook: str
    due: int
    promised: float
    """Seconds, as the configuration says now."""
    kept: tuple[tuple[float, int], ...]
    """(seconds, cases answered within them) of half of it, of itself, and of twice as much."""
    nine_of_ten: float | None
    """Seconds within which nine of ten got their answer; None: more than one of ten never got one."""
    is_business: bool
    """All these are seconds of the playbook's business hours, and those differ from the clock's."""


def other_targets(cases: Cases, promised: Mapping[str, float]) -> list[OtherTargets]:
    """Hold each playbook's cases against other deadlines, on the playbook's clock; most cases first."""
    found = []
    for playbook, seconds in promised.items():
        due = [case for case in cases if case.playbook == playbook and case.became in COUNTED]
        if len(due) < LEAST:
            continue
        kept = tuple(
            # as promised is what the record says: the promise of a raised case runs from the post that raised it
            (seconds * factor, sum(keeps(case, None if factor == 1 else seconds * factor) for case in due))
            for factor in _FACTORS
        )
        found.append(OtherTargets(playbook, len(due), seconds, kept, nine_of_ten(due), is_business(due)))
    return sorted(found, key=lambda one: (-one.due, one.playbook))


def nine_of_ten(due: Cases) -> float | None:
    """Give the wait that nine of ten of these did not exceed, who never got an answer among the tenth."""
    ordered = sorted(_waited(case) for case in due)
    reached = quantile(ordered, _NINE_OF_TEN)
    if reached is None:
        return None
    # beside one who never got an answer nothing can be interpolated: it is the wait of the last that is needed
    value = reached.value if isfinite(reached.value) else ordered[ceil(_NINE_OF_TEN * len(ordered)) - 1]
    return value if isfinite(value) else None


def is_business(due: Cases) -> bool:
    """Say whether the playbook's clock stood still while some of these customers waited."""
    return any(case.frt_business_s not in {None, case.frt_s} for case in due)


def _waited(case: Told) -> float:
    if case.frt_s is None:
        return inf
    return case.frt_s if case.frt_business_s is None else case.frt_business_s


@dataclass(frozen=True, slots=True)
class OtherRota:
    """What it would have meant to be there in a window as at other times: an estimate."""

    window: Window
    broken: int
    expected: float
    """Promises that would have been broken in it, had they been broken as often as outside it."""

    @property
    def saved(self) -> float:
        """So many fewer."""
        return self.broken - self.expected


def other_rota(hours: Sequence[HourOfWeek], window: Window) -> OtherRota:
    """Estimate what the window would have been like, had it been like the other hours."""
    inside = set(window.cases)
    cases = sum(number not in inside for one in hours for number in one.cases)
    late = sum(number not in inside for one in hours for number in one.late)
    usual = late / cases if cases else 0.0
    return OtherRota(window, len(window.late), usual * len(window.cases))
