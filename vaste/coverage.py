"""What the coverage ledger says of a period, for the command and for the page. Pure."""

import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from babel.numbers import format_decimal

from casebook.mention import Sight, Watch
from casebook.record import LaneRecord, Stretch
from listener.coverage import (
    as_of,
    cut,
    is_blind,
    known_lanes,
    seconds_blind,
    share_watched,
    sight_now,
)

SHOWN = timedelta(days=7)
"""The period where none is asked for."""
STRIP = 1_000
_THINNEST = 4


@dataclass(frozen=True, slots=True)
class LaneTold:
    """One lane of a source in a period."""

    source: str
    lane: str
    since: datetime
    until: datetime
    stretches: tuple[Stretch, ...]
    """Cut to the period, oldest first."""
    now: Sight | None
    """How it stands at present; None where the configuration asks for no look any more."""

    @property
    def share(self) -> float | None:
        """Share 0..1 of the time due that was watched; None where nothing was due."""
        return share_watched(self.stretches)

    @property
    def blind_seconds(self) -> int:
        """How long nobody could look, in whole seconds."""
        return int(seconds_blind(self.stretches))

    @property
    def marks(self) -> tuple[tuple[int, int, str], ...]:
        """What a strip of `STRIP` parts shows of the period: (begin, width, `seen` or `blind`), blind ones last.

        Where nothing is marked nothing was due, or nobody had looked yet.
        """
        whole = self.until - self.since
        shown = [(s, "seen") for s in self.stretches if s.sight is Watch.WATCHED]
        shown += [(s, "blind") for s in self.blind]
        return tuple(
            (
                int(STRIP * (s.begins_at - self.since) / whole),
                # never so thin that it can't be seen
                max(_THINNEST, round(STRIP * (s.ends_at - s.begins_at) / whole)),
                kind,
            )
            for s, kind in shown
        )

    @property
    def blind(self) -> tuple[Stretch, ...]:
        """The stretches in which nobody could look."""
        return tuple(stretch for stretch in self.stretches if is_blind(stretch.sight))

    @property
    def is_blind_now(self) -> bool:
        """Say whether nobody can look at present."""
        return self.now is not None and is_blind(self.now)


def told(
    records: Iterable[LaneRecord],
    *,
    sources: Collection[str] | None,
    since: datetime,
    until: datetime,
    now: datetime,
) -> Iterator[LaneTold]:
    """Tell each lane in the period, by source and lane; what is still to come is left out.

    `sources` are those of the configuration (None: all that there are). Of one that it names no more, or a
    lane that it dropped, nothing is told after the last look.
    """
    by_source: dict[str, list[LaneRecord]] = {}
    for record in records:
        by_source.setdefault(record.source, []).append(record)
    until = min(until, now)
    for source, lanes in by_source.items():
        asked = known_lanes({record.lane: record.latest for record in lanes})
        for record in lanes:
            is_asked = record.lane in asked and (sources is None or source in sources)
            stretches = as_of(record, now) if is_asked else record.stretches
            within = tuple(cut(stretches, since, until))
            if within or is_asked:
                at_present = sight_now(record.latest, now) if is_asked else None
                yield LaneTold(source, record.lane, since, until, within, at_present)


def percent(share: float | None, locale: str = "en") -> str:
    """Write a share in percent, never rounded up: 100 % means that nothing was missed."""
    if share is None:
        return "–"
    return f"{format_decimal(math.floor(share * 10_000) / 100, '0.00', locale=locale)} %"
