"""What a report counts besides cases: calls, corrections, posts. Pure values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

TOLD: Final = (
    *(
        "case",
        "crisis",
        "status",
        "severity",
        "team",
        "playbook",
        "source",
        "url",
        "sentiment",
        "sentiment_after",
    ),
    *("posted_at", "seen_at", "opened_at", "alerted_at", "acknowledged_at", "responded_at", "response_found"),
    *(
        "closed_at",
        "acknowledge_by",
        "respond_by",
        "tta_s",
        "frt_s",
        "frt_business_s",
        "breaches",
        "escalations",
    ),
    *("reopened", "mentions", "ending", "posts_written", "feeling_left", "gone_at"),
)
"""What a report reads of a case: columns of the log, what it was like for the customer (`casebook.experience`), and
when all that deserved an answer was found deleted."""


class Called(NamedTuple):
    """One person of ours was called to a case. A tuple: there are tens of thousands in a quarter."""

    person: str
    case: int
    team: str
    """Whose case it is."""
    at: datetime
    step: int
    """0 for who was called first, else the step of the chain."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """So many corrections say the same of a label."""

    label: str
    value: str
    cause: str
    count: int


@dataclass(frozen=True, slots=True)
class Judged:
    """What was seen in a period, and what became of it."""

    seen: int
    judged: int
    review: int
    """The classifier did not know what to say, and no playbook took them."""
