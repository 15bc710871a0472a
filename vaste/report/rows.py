"""The log's rows as a report reads them, and what became of each case that deserved an answer. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from typing import Any, NamedTuple

from casebook.log import COLUMNS
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
    UNKNOWN = "unknown"
    """No answer was seen, and our own timeline was not watched all the while."""
    DELETED = "deleted"
    """The customer took it back before the deadline, and nobody had answered."""
    DISMISSED = "dismissed"
    NO_DUTY = "no duty"
    """Its playbook promises no answer."""


COUNTED = frozenset({Became.ANSWERED, Became.UNANSWERED})
"""The denominator of the response rate."""


class Told(NamedTuple):
    """One case, as the log has it, with what became of it. A tuple: a quarter has tens of thousands of them."""

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
    became: Became

    @property
    def is_late(self) -> bool:
        """An answer was due and did not come in time."""
        return "respond" in self.breaches and self.became in COUNTED

    @property
    def is_in_time(self) -> bool:
        """It counts, and was answered by its deadline."""
        return self.became is Became.ANSWERED and "respond" not in self.breaches


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
    ) -> "Watch":
        """Read the coverage ledger of a period once, for all its cases."""
        holes = {name: tuple(answers_unknown(ledger, name, since, until)) for name in sources}
        return cls(holes, frozenset(deaf))

    def saw(self, source: str, since: datetime, until: datetime) -> bool:
        """Say whether an answer given in this time would have been seen; of a source nobody knows, no."""
        holes = self.holes.get(source)
        if source in self.deaf or holes is None:
            return False
        at = bisect_right(holes, (since, since)) - 1
        near = holes[max(at, 0) : at + 2]
        return all(end <= since or begin >= until for begin, end in near)


def told(
    rows: Iterable[Values], *, gone: Mapping[int, datetime], watch: Watch, now: datetime
) -> tuple[list[Told], list[Told]]:
    """Read the log's rows (in the order of `COLUMNS`): those of customers, and those of crises, which stand for many."""
    cases: list[Told] = []
    crises: list[Told] = []
    for row in rows:
        one = Told._make((*_CHOSEN(row), Became.NO_DUTY))
        # a crisis is of no source and of no author
        if one.source is None:
            crises.append(one)
        else:
            cases.append(one._replace(became=became) if (became := _became(one, gone, watch, now)) else one)
    return cases, crises


_NAMES = {"number": "case"}
_CHOSEN = itemgetter(*(COLUMNS.index(_NAMES.get(name, name)) for name in Told._fields if name != "became"))


def _became(case: Told, gone: Mapping[int, datetime], watch: Watch, now: datetime) -> Became | None:
    """Say what became of a case; None where its playbook promises nothing."""
    if case.status == "dismissed":
        return Became.DISMISSED
    if case.respond_by is None:
        return None
    if case.responded_at is not None:
        return Became.ANSWERED
    return _without_answer(case, case.respond_by, gone.get(case.number), watch, now)


def _without_answer(
    case: Told, respond_by: datetime, gone_at: datetime | None, watch: Watch, now: datetime
) -> Became:
    if gone_at is not None and gone_at <= respond_by:
        return Became.DELETED
    if now <= respond_by and case.status != "closed":
        return Became.PENDING
    is_seen = watch.saw(case.source or "", case.posted_at, min(now, respond_by))
    return Became.UNANSWERED if is_seen else Became.UNKNOWN
