"""One customer's past as it stands in the record, for deciding it again. Pure.

All of it carries when it became known, so that each decision can be given what was known then.
"""

from dataclasses import dataclass
from datetime import datetime

from casebook.case import CustomerPost, FoundAnswer
from casebook.event import Event
from casebook.mention import Verdict
from casebook.record import Circumstances, ToJudge


@dataclass(frozen=True, slots=True)
class Judged:
    """A mention with its verdict, and what was decided of it."""

    mention: ToJudge
    thread: str
    """Its conversation."""
    verdict: Verdict
    judged_at: datetime
    playbook: str | None
    """The one that took it then."""
    bystander: bool
    circumstances: Circumstances
    gone_at: datetime | None = None
    """When it was found deleted."""
    is_erased: bool = False
    """Its words are no longer there: deleted, or kept only so long."""


@dataclass(frozen=True, slots=True)
class Before:
    """A judged post of the same conversations from before the time that is decided again."""

    thread: str
    post: CustomerPost
    judged_at: datetime
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """A public reply of ours, by a person, to one of the customer's posts."""

    to: int
    """Row of the post that it answers."""
    answer: FoundAnswer
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Called:
    """Somebody was called to a case then."""

    at: datetime
    person: str
    step: int = 0
    """Of the chain; 0 for who was called first."""


@dataclass(frozen=True, slots=True)
class RecordedCase:
    """A case of the customer with its whole history."""

    number: int
    thread: str
    events: tuple[Event, ...]
    calls: tuple[Called, ...] = ()
    """In their order."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is on record of one customer of one network."""

    author: int
    judged: tuple[Judged, ...]
    """Mentions of the time that is decided again, in the order of their judging."""
    before: tuple[Before, ...] = ()
    cases: tuple[RecordedCase, ...] = ()
    """All of theirs, in the order of their numbers; merged ones are where they went."""
    answers: tuple[Answered, ...] = ()
    """In the order in which they were seen."""
