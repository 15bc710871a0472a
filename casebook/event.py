"""An event: one append-only line of a case's history. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

VASTE = "vaste"
"""The actor of what the process did by itself."""


class TimeSource(StrEnum):
    """Whose clock an event's `happened_at` was read from."""

    PLATFORM = "platform"
    VENDOR = "vendor"
    OURS = "ours"


class EventKind(StrEnum):
    """What can happen to a case."""

    OPENED = "opened"
    JOINED = "joined"
    """A post of the customer belongs to the case; dated by the platform."""
    ANSWERED = "answered"
    """A public reply of the company was found; dated by the platform."""
    EDITED = "edited"
    """A post of the customer says something else now; dated by when we found it."""
    DELETED = "deleted"
    """A post of the customer is gone; dated by when we found it."""
    TOLD = "told"
    """Others were told of a post of the case, nobody by name."""
    WAITS = "waits"
    """A follow-up that deserves an answer came after our last reply."""
    RAISED = "raised"
    ALERTED = "alerted"
    """The first delivery was accepted by a vendor."""
    ACKNOWLEDGED = "acknowledged"
    REPLIED = "replied"
    """Somebody pressed Replied."""
    PLACED = "placed"
    """Where a pressed reply was given was said afterwards."""
    REASSIGNED = "reassigned"
    END_ASKED = "end_asked"
    """Somebody would close or dismiss a case that takes two to end."""
    UPDATE_DUE = "update_due"
    """Whoever owes a further word was reminded."""
    UPDATE_MISSED = "update_missed"
    """A further word was owed and not given; dated when it was due."""
    UPDATE_WITHDRAWN = "update_withdrawn"
    """It had been given in time after all."""
    PROMISED = "promised"
    """Something was promised to the customer for a time."""
    PROMISE_DUE = "promise_due"
    """Whoever owes it was reminded."""
    PROMISE_KEPT = "promise_kept"
    PROMISE_BROKEN = "promise_broken"
    """Its time passed, and nobody said that it was kept; dated by its due time."""
    CLOSED = "closed"
    DISMISSED = "dismissed"
    REOPENED = "reopened"
    ESCALATED = "escalated"
    NOBODY_ON_CALL = "nobody_on_call"
    CHAIN_ENDED = "chain_ended"
    RESTS = "rests"
    """Somebody was due to be called while its clock stands still: it is done at the next opening."""
    PAGED = "paged"
    """Its clock had stood still; now that it runs, whoever must hear of the case was told."""
    REPEATED = "repeated"
    """The chain begins once more after its end."""
    PASSED_OVER = "passed_over"
    """Whoever was on call had too much already, and the next one was called instead."""
    SNOOZED = "snoozed"
    """Somebody put the case off until an instant."""
    WOKE = "woke"
    """The instant came until which it was put off."""
    ASKED = "asked"
    """Its owner was asked whether they are still on it."""
    CONFIRMED = "confirmed"
    """Its owner said that they are."""
    RETURNED = "returned"
    """Its owner was asked and nothing came of it: somebody must take it, and the chain begins again."""
    WARNED = "warned"
    """Its owner was told how much of a promise's time is gone."""
    BREACHED = "breached"
    BREACH_WITHDRAWN = "breach_withdrawn"
    MERGED = "merged"
    FELL_BACK = "fell_back"
    """A delivery went to the next channel."""
    REFUSED = "refused"
    """A delivery was refused for good and no channel was left."""
    FOLDED = "folded"
    """The case became a child of a crisis: it raises no alerts of its own."""
    RELEASED = "released"
    """The crisis is over: the case stands by itself again."""
    ANNOUNCED = "announced"
    """The company said something in public about a crisis."""
    UPDATE_ASKED = "update_asked"
    """The owner of a crisis was asked to say where it stands."""
    SUMMED_UP = "summed_up"
    """A crisis is over; the facts say what it was."""


@dataclass(frozen=True, slots=True)
class Event:
    """One append-only line of a case's history. Holds no personal text."""

    kind: EventKind
    happened_at: datetime
    source: TimeSource
    actor: str = VASTE
    """A person's key, `slack:U…` for an unknown Slack user, or `vaste`."""
    post: int | None = None
    """Row of the customer's or the company's post it speaks of; the row can be erased."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """JSON values: names of playbooks, counts, seconds; never words of a customer."""
    recorded_at: datetime | None = None
    """Set by the store."""
    definitions: int = 0
    """Version of the definitions by which figures were counted when it was recorded; set by the store."""
