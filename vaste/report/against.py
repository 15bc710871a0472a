"""The period of a report decided again by another configuration: read from the record, nothing is written.

It takes as long as `vaste replay` of that time, so it is done only where it is asked for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from casebook.store import Store
from vaste.config import Config
from vaste.deciding import deciding
from vaste.legible import without_erased
from vaste.recorded import as_recorded
from vaste.report.gathered import Scope
from vaste.report.rota import Replayed, Replaying, deadlines_missed
from vaste.report.rows import Told


@dataclass(frozen=True, slots=True)
class Against:
    """The other configuration."""

    config: Config
    name: str
    """Of its file."""
    count: Callable[[int], object] = lambda _: None
    """Told how many more posts were decided."""


def replayed(store: Store, other: Against, scope: Scope, cases: Sequence[Told]) -> Replayed:
    """Decide the period again, customer by customer; `cases` are the report's own."""
    side = deciding(store, other.config, now=scope.now)
    adding = Replaying(scope, other.config.timezone, deadlines_missed(cases))
    reads = side.reads_words
    for whole in store.pasts(since=scope.period.since, until=min(scope.period.until, scope.now)):
        past, erased = without_erased(whole) if reads else (whole, 0)
        adding.left_out += erased
        if past is not None:
            new, _ = side.scored(past)
            adding.add(as_recorded(past), side.decided(new))
        other.count(len(whole.judged))
    return adding.told(other.name, side.wrong)
