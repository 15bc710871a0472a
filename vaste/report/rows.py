"""Cases as a report reads them, and what became of each case that deserved an answer. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import chain
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from casebook.counted import TOLD
from listener.coverage import Ledger, answers_unknown

Values = tuple[Any, ...]
Numbers = tuple[int, ...]
"""Of cases: what a figure is made of."""


class Became(StrEnum):
    """How a case counts in the response rate."""

    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    """Its deadline has passed, or it was closed."""
    PENDING = "pending"
    """Not yet due."""
    APART = "apart"
    """Answered, but our own timeline was not watched all the while: of such cases the unanswered are not known, so
    the answered do not count either."""
    UNKNOWN = "unknown"
    """No answer was seen, and our own timeline was not watched all the while."""
    DELETED = "deleted"
    """The customer took it back before the deadline, and nobody had answered."""
    DISMISSED = "dismissed"
    NO_DUTY = "no duty"
    """Its playbook promises no answer."""


COUNTED = frozenset({Became.ANSWERED, Became.UNANSWERED})
"""The denominator of the response rate: of both it was watched, until the deadline, whether they are answered."""
GOT_ANSWER = frozenset({Became.ANSWERED, Became.APART})
UNSEEN = frozenset({Became.APART, Became.UNKNOWN})
"""Outside the rate, for nobody could have seen all their answers."""


class Told(NamedTuple):
    """One case with what became of it: `casebook.counted.TOLD`, and that. A tuple: a quarter has tens of thousands."""

    number: int
    crisis: int | None
    status: str
    severity: str
    team: str
    playbook: str
    source: str | None
    url: str | None
    sentiment: str | None
    sentiment_after: str | None
    posted_at: datetime
    seen_at: datetime
    opened_at: datetime
    alerted_at: datetime | None
    acknowledged_at: datetime | None
    responded_at: datetime | None
    response_found: str | None
    closed_at: datetime | None
    acknowledge_by: datetime | None
    respond_by: datetime | None
    tta_s: int | None
    frt_s: int | None
    frt_business_s: int | None
    breaches: Sequence[str]
    escalations: int
    reopened: int
    mentions: int
    ending: str | None
    posts_written: int | None
    feeling_left: str | None
    gone_at: datetime | None
    became: Became

    @property
    def is_late(self) -> bool:
        """An answer was due and did not come in time."""
        return "respond" in self.breaches and self.became in COUNTED

    @property
    def is_in_time(self) -> bool:
        """It counts, and was answered by its deadline."""
        return self.became is Became.ANSWERED and "respond" not in self.breaches


class Backfilled(NamedTuple):
    """A stretch from before a source's first start that its first look read to its end, our answers with it."""

    since: datetime
    until: datetime
    """The first start."""
    read_by: datetime
    """A first good look that came later does not vouch for the time between."""

    def without(self, hole: tuple[datetime, datetime]) -> Iterator[tuple[datetime, datetime]]:
        """Give what is left of a time in which answers could not be seen."""
        begins, ends = hole
        if begins >= self.until or ends < self.until:
            yield hole
            return
        if begins < self.since:
            yield begins, self.since
        if ends > self.read_by:
            yield max(begins, self.until), ends


@dataclass(frozen=True, slots=True)
class Watch:
    """Where and when our own answers could have been seen."""

    holes: Mapping[str, tuple[tuple[datetime, datetime], ...]]
    """Of each source: the times in which they could not, in order."""
    deaf: frozenset[str] = frozenset()
    """Sources in which our answers are never seen."""

    @classmethod
    def of(
        cls,
        ledger: Ledger,
        sources: Iterable[str],
        *,
        since: datetime,
        until: datetime,
        deaf: Iterable[str] = (),
        backfilled: Mapping[str, Backfilled] = MappingProxyType({}),
    ) -> "Watch":
        """Read the coverage ledger of a period once, for all its cases.

        Whoever has a history judged (`backfill`) has our answers of that time on record, too.
        """
        holes: dict[str, tuple[tuple[datetime, datetime], ...]] = {}
        for name in sources:
            found = answers_unknown(ledger, name, since, until)
            before = backfilled.get(name)
            holes[name] = tuple(chain.from_iterable(map(before.without, found)) if before else found)
        return cls(holes, frozenset(deaf))

    def saw(self, source: str, since: datetime, until: datetime) -> bool:
        """Say whether an answer given in this time would have been seen; of a source nobody knows, no."""
        holes = self.holes.get(source)
        if source in self.deaf or holes is None:
            return False
        at = bisect_right(holes, (since, since)) - 1
        near = holes[max(at, 0) : at + 2]
        return all(end <= since or begin >= until for begin, end in near)


def told(rows: Iterable[Values], *, watch: Watch, now: datetime) -> tuple[list[Told], list[Told]]:
    """Read cases (in the order of `TOLD`): those of customers, and those of crises, which stand for many."""
    cases: list[Told] = []
    crises: list[Told] = []
    for row in rows:
        # a crisis is of no source and of no author
        if row[_SOURCE] is None:
            crises.append(Told._make((*row, Became.NO_DUTY)))
        else:
            cases.append(Told._make((*row, _became(row, watch, now))))
    return cases, crises


_SOURCE, _OF_FATE = (
    TOLD.index("source"),
    itemgetter(*map(TOLD.index, ("status", "respond_by", "responded_at"))),
)
_OF_SILENCE = itemgetter(*map(TOLD.index, ("gone_at", "source", "posted_at")))


def _became(row: Values, watch: Watch, now: datetime) -> Became:
    """Say what became of a case."""
    status, respond_by, responded_at = _OF_FATE(row)
    if status == "dismissed":
        return Became.DISMISSED
    if respond_by is None:
        return Became.NO_DUTY
    gone_at, source, posted_at = _OF_SILENCE(row)
    # the same stretch whatever became of it: else an outage would leave the answered in and the others out
    saw = watch.saw(source, posted_at, min(now, respond_by))
    if responded_at is not None:
        return Became.ANSWERED if saw else Became.APART
    if gone_at is not None and gone_at <= respond_by:
        return Became.DELETED
    if now <= respond_by and status != "closed":
        return Became.PENDING
    return Became.UNANSWERED if saw else Became.UNKNOWN
