"""The response-time log: its columns, and which rows somebody wants of it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

Kind = Literal["number", "share", "text", "instant", "list"]

KINDS: Final[dict[str, Kind]] = {
    "case": "number",
    "crisis": "number",
    "status": "text",
    "severity": "text",
    "team": "text",
    "playbook": "text",
    "source": "text",
    "url": "text",
    "author": "text",
    "language": "text",
    "sentiment": "text",
    "attention": "share",
    "topics": "list",
    "posted_at": "instant",
    "seen_at": "instant",
    "opened_at": "instant",
    "alerted_at": "instant",
    "acknowledged_at": "instant",
    "acknowledged_by": "text",
    "responded_at": "instant",
    "responded_by": "text",
    "response_found": "text",
    "closed_at": "instant",
    "detection_lag_s": "number",
    "triage_lag_s": "number",
    "alert_lag_s": "number",
    "tta_s": "number",
    "frt_s": "number",
    "frt_business_s": "number",
    "team_frt_s": "number",
    "ttr_s": "number",
    "ttr_business_s": "number",
    "acknowledge_by": "instant",
    "respond_by": "instant",
    "breaches": "list",
    "escalations": "number",
    "reopened": "number",
    "mentions": "number",
    "sentiment_after": "text",
}
"""Of each column what it holds: a whole number, a share 0..1, a text, an instant in UTC, a list of texts."""

COLUMNS: Final = tuple(KINDS)
"""The columns of the log, in their order; the order is stable."""

OF_PEOPLE: Final = frozenset({"acknowledged_by", "responded_by"})
"""Columns that may name one of our people."""

SORTABLE: Final = tuple(name for name, kind in KINDS.items() if kind != "list" and name != "url")
"""What rows can be sorted by."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows of the log, and in which order. Of several words in one field any may hold, of the fields all."""

    since: datetime | None = None
    """The first instant of the customer's post; `until` is the first one after."""
    until: datetime | None = None
    teams: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    """Who took the case: a key of ours, or a Slack id."""
    playbooks: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    breached: tuple[str, ...] = ()
    """Clocks, of `acknowledge`, `respond` and `resolve`."""
    topics: tuple[str, ...] = ()
    text: str | None = None
    """Words that stand in a post of the case's customer, whatever their letters' case."""
    sort: str = "posted_at"
    """One of `SORTABLE`; what is absent comes last, and of equals the lowest number comes first."""
    descending: bool = False
    limit: int | None = None
    beyond: int | None = None
    """Only what comes after this case, in a log that is sorted by posted_at."""

    @property
    def names_people(self) -> bool:
        """Say whether it chooses or orders rows by who of ours took or answered them."""
        return bool(self.people) or self.sort in OF_PEOPLE
