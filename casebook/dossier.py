"""All that is on record of one case, for a page that a person reads from top to bottom. Pure values.

Texts are raw here (hostile); whoever shows them cleans them for its medium.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from casebook.event import Event
from casebook.grounds import Ground
from casebook.mention import Verdict
from casebook.record import CaseView

Standing = Literal["answered", "waiting", "breached", "deleted", "dismissed", "none"]
"""How the answer that a child deserves stands: `none` where it deserves none."""


@dataclass(frozen=True, slots=True)
class PostTold:
    """One post of the conversation: the customer's, or ours."""

    post: int
    own: bool
    author: str
    text: str
    missing: str | None
    """Why `text` is empty: `deleted` or `expired`; None where it was not erased."""
    url: str | None
    network: str
    post_id: str
    """Its id on the network."""
    posted_at: datetime
    seen_at: datetime
    edited_at: datetime | None = None
    followers: int | None = None
    verdict: Verdict | None = None
    reason: tuple[Ground, ...] = ()
    """Why it is here: what the decision stands on."""


@dataclass(frozen=True, slots=True)
class MessageTold:
    """One message that was owed because of the case."""

    kind: str
    addressee: str
    why: str
    state: str
    owed_at: datetime
    accepted_at: datetime | None
    attempts: int
    channel: int
    """Which channel of the configuration carries it, from 0."""
    error: str | None


@dataclass(frozen=True, slots=True)
class Child:
    """One case of a crisis."""

    case: int
    status: str
    severity: str
    author: str
    url: str | None
    posted_at: datetime
    owner: str | None
    respond_by: datetime | None
    responded_at: datetime | None
    responded_by: str | None
    gone_at: datetime | None

    def standing(self, now: datetime) -> Standing:
        """Say how its answer stands at an instant; a late answer is `breached`, like a late silence."""
        if self.status == "dismissed":
            return "dismissed"
        if self.respond_by is None:
            return "answered" if self.responded_at is not None else "none"
        if self.responded_at is not None:
            return "breached" if self.responded_at > self.respond_by else "answered"
        if self.gone_at is not None and self.gone_at <= self.respond_by:
            return "deleted"
        return "breached" if now > self.respond_by else "waiting"


@dataclass(frozen=True, slots=True)
class Dossier:
    """A case, its posts, its history, its messages; of a crisis its children."""

    view: CaseView
    posts: Sequence[PostTold]
    """The customer's and ours, the oldest first; of a crisis the first ones, and the most read."""
    events: Sequence[Event]
    messages: Sequence[MessageTold]
    linked_to: int | None = None
    children: Sequence[Child] = ()
    """Of a crisis: who waits longest first, then those answered."""
