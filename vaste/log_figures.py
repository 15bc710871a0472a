"""What the rows of the log come to, for each group of them. Pure; one pass, and a number a case is all it keeps."""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from casebook.log import COLUMNS
from vaste.people_figures import Values

GROUPS: Final = ("team", "playbook", "severity", "source", "language", "sentiment", "status", "person")
"""What rows can be counted by."""
OTHERS: Final = "others"
_COLUMN: Final = {"person": "acknowledged_by"}
_CLOCKS: Final = ("acknowledge", "respond", "resolve")
FIGURES: Final = (
    "cases",
    "answered",
    "frt_median_s",
    "frt_p90_s",
    "tta_median_s",
    "missed_acknowledge",
    "missed_respond",
    "missed_resolve",
)
_STATUS, _FRT, _TTA, _BREACHES, _SOURCE = (
    COLUMNS.index(name) for name in ("status", "frt_s", "tta_s", "breaches", "source")
)


@dataclass(slots=True)
class _Sum:
    cases: int = 0
    frt: "array[int]" = field(default_factory=lambda: array("q"))
    tta: "array[int]" = field(default_factory=lambda: array("q"))
    missed: Counter[str] = field(default_factory=Counter)

    def add(self, row: Values) -> None:
        self.cases += 1
        if row[_FRT] is not None:
            self.frt.append(row[_FRT])
        if row[_TTA] is not None:
            self.tta.append(row[_TTA])
        if row[_BREACHES]:
            self.missed.update(row[_BREACHES])

    def join(self, other: "_Sum") -> None:
        self.cases += other.cases
        self.frt.extend(other.frt)
        self.tta.extend(other.tta)
        self.missed += other.missed


def grouped(rows: Iterable[Values], group: str, *, at_least: int = 0) -> list[dict[str, Any]]:
    """Count rows by a column: of each value how many cases, how long they waited, and what they missed.

    Absent is a group too. Groups of fewer than `at_least` cases are counted together as `others`, and where even
    those are fewer, their figures are None. The largest group comes first; a crisis of its own is no case here.
    """
    column = COLUMNS.index(_COLUMN.get(group, group))
    sums: dict[str | None, _Sum] = {}
    for row in rows:
        if row[_SOURCE] is not None:  # a crisis of its own has none
            sums.setdefault(row[column], _Sum()).add(row)
    large = {name: one for name, one in sums.items() if one.cases >= at_least or name is None}
    ordered = sorted(large.items(), key=lambda pair: (-pair[1].cases, pair[0] or ""))
    told = [_told(group, name, one) for name, one in ordered]
    small = _Sum()
    for name, one in sums.items():
        if name not in large:
            small.join(one)
    if small.cases:
        told.append(_told(group, OTHERS, small, is_told=small.cases >= at_least))
    return told


def _told(group: str, name: str | None, one: _Sum, *, is_told: bool = True) -> dict[str, Any]:
    figures: Mapping[str, int | None] = {
        "cases": one.cases,
        "answered": len(one.frt),
        "frt_median_s": quantile(one.frt, 0.5),
        "frt_p90_s": quantile(one.frt, 0.9),
        "tta_median_s": quantile(one.tta, 0.5),
        **{f"missed_{clock}": one.missed[clock] for clock in _CLOCKS},
    }
    kept = {figure: value if is_told or figure == "cases" else None for figure, value in figures.items()}
    return {group: name, **kept}


def quantile(values: Sequence[int], share: float) -> int | None:
    """Give the quantile in whole seconds, interpolated linearly between the two values beside it."""
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return int(ordered[below] + (place - below) * (ordered[above] - ordered[below]))
