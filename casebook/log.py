"""The response-time log: its columns, and which rows somebody wants of it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

Kind = Literal["number", "share", "text", "instant", "list"]
_NEVER: Final = "never"
_CRISIS: Final = "of a crisis, which has many"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column holds and says, and when it is absent."""

    kind: Kind
    says: str
    absent_when: str = _NEVER
    unit: str | None = None
    """Of a number, where it counts anything but cases or posts."""

    @property
    def holds(self) -> str:
        """Say what a value is, and in which unit."""
        whole = f"whole {self.unit}" if self.unit else "whole number"
        return {
            "number": whole,
            "share": "number from 0 to 1",
            "text": "text",
            "instant": "instant, UTC",
            "list": "list of texts, empty where there are none",
        }[self.kind]


def _number(says: str, absent_when: str = _NEVER) -> Meaning:
    return Meaning("number", says, absent_when)


def _seconds(says: str, absent_when: str = _NEVER) -> Meaning:
    return Meaning("number", says, absent_when, "seconds")


def _text(says: str, absent_when: str = _NEVER) -> Meaning:
    return Meaning("text", says, absent_when)


def _instant(says: str, absent_when: str = _NEVER) -> Meaning:
    return Meaning("instant", says, absent_when)


MEANINGS: Final[dict[str, Meaning]] = {
    "case": _number("its number"),
    "crisis": _number("the number of the crisis it is a child of", "it is no child of one"),
    "status": _text("open, acknowledged, responded, closed or dismissed"),
    "severity": _text("critical, high, normal or low"),
    "team": _text("whose it is"),
    "playbook": _text("which playbook it is handled by"),
    "source": _text("the source that showed the customer's first post", _CRISIS),
    "url": _text("public link of that post", f"the network gave none, the post was erased, or {_CRISIS}"),
    "author": _text("the customer's handle, without @", _CRISIS),
    "language": _text("fi, sv, en or other", f"not told, or {_CRISIS}"),
    "sentiment": _text(
        "negative, neutral or positive: of the post that opened the case",
        f"the classifier abstained, or {_CRISIS}",
    ),
    "attention": Meaning(
        "share", "probability that a person should look at that post", f"not judged, or {_CRISIS}"
    ),
    "topics": Meaning("list", "topics of that post over their thresholds"),
    "posted_at": _instant("when the customer's first post was posted, by the network's time"),
    "seen_at": _instant("when that post was first seen by Vaste"),
    "opened_at": _instant("when the case was opened"),
    "alerted_at": _instant("when a channel accepted its first message", "nobody was told"),
    "acknowledged_at": _instant("when somebody first took it", "nobody took it"),
    "acknowledged_by": _text(
        "who that was: a key of people, or a Slack id; the team's key where figures per person are off",
        "nobody took it",
    ),
    "responded_at": _instant(
        "when the first public reply was posted, or Replied was pressed", "it was not answered"
    ),
    "responded_by": _text(
        "the account that replied, or who pressed; the team's key where that names a person and figures per person are off",
        "it was not answered",
    ),
    "response_found": _text(
        "platform (the reply was found) or manual (Replied was pressed)", "it was not answered"
    ),
    "closed_at": _instant("when it was first closed", "it never was"),
    "detection_lag_s": _seconds("posted_at to seen_at, by the network's clock"),
    "triage_lag_s": _seconds("seen_at to opened_at"),
    "alert_lag_s": _seconds("opened_at to alerted_at", "nobody was told"),
    "tta_s": _seconds("time to acknowledge: opened_at to acknowledged_at", "nobody took it"),
    "frt_s": _seconds("first response time: posted_at to responded_at", "it was not answered"),
    "frt_business_s": _seconds("the same while the playbook's clock ran", "it was not answered"),
    "team_frt_s": _seconds("opened_at to responded_at", "it was not answered, or before the case was opened"),
    "ttr_s": _seconds("first resolution: posted_at to closed_at", "it was never closed"),
    "ttr_business_s": _seconds("the same while the playbook's clock ran", "it was never closed"),
    "acknowledge_by": _instant(
        "until when somebody must take it", "the playbook has no such deadline, or nobody was alerted"
    ),
    "respond_by": _instant("until when the customer must be answered", "the playbook has no such deadline"),
    "breaches": Meaning("list", "of acknowledge, respond and resolve: those missed by now"),
    "escalations": _number("steps of the chain that were taken"),
    "reopened": _number("how often it was reopened after a close or a dismissal"),
    "mentions": _number("posts of the customer in it; of a crisis its children"),
    "sentiment_after": _text(
        "sentiment of the customer's next post after the answer",
        "there was none, or the classifier abstained",
    ),
}
"""Of each column of the log what it means."""

KINDS: Final[dict[str, Kind]] = {name: meaning.kind for name, meaning in MEANINGS.items()}

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
