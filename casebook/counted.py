"""What a report counts besides cases: calls, corrections, posts. Pure values."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


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
