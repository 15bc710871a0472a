"""A case: what its events come to (`casebook.fold`), and what can be read from that. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from casebook.event import Event, EventKind, TimeSource
from casebook.once import read_once
from casebook.policy import Policy
from casebook.promise import Promise

MANUAL_GRACE = timedelta(minutes=10)
"""A platform's reply posted no later than this after a press of Replied replaces the press."""


class Status(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESPONDED = "responded"
    CLOSED = "closed"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class CustomerPost:
    """A post of the case's customer."""

    post: int
    at: datetime
    deserving: bool
    """It asks for an answer by itself."""
    sentiment: str | None = None
    edited_at: datetime | None = None
    """When we last found that it says something else now."""
    deleted_at: datetime | None = None
    """When we found that it is gone."""


@dataclass(frozen=True, slots=True)
class FoundAnswer:
    """A public reply of the company to this customer."""

    post: int
    at: datetime
    account: str


@dataclass(frozen=True, slots=True)
class Press:
    """A press of Replied."""

    at: datetime
    actor: str
    where: str


@dataclass(frozen=True, slots=True)
class Response:
    """The first response, and how it is known."""

    at: datetime
    by: str
    found: str
    """`platform` or `manual`."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a case was promised from its opening or raising on, until it was raised (again)."""

    policy: Policy
    begun_at: datetime
    post_at: datetime | None
    """Time of the post that raised it; None: the customer's first post."""
    quiet: bool
    acknowledged_at: datetime | None
    closed_at: datetime | None
    until: datetime | None = None
    """None for the stage that the case is in."""


@dataclass(frozen=True)
class Case:
    """One situation somebody must handle, as its events tell it.

    What is read from its posts, answers and presses is read once and kept beside them, also by the cases that
    differ from it in other things (`with_values`). So it has no slots.
    """

    number: int
    policy: Policy
    opened_at: datetime
    opening_post: int
    quiet: bool = False
    """Opened without an alert (answered already, or too old): it has no acknowledge clock."""
    posts: tuple[CustomerPost, ...] = ()
    answers: tuple[FoundAnswer, ...] = ()
    presses: tuple[Press, ...] = ()
    raised_at: datetime | None = None
    raised_post_at: datetime | None = None
    """Time of the post that raised it: the new playbook's deadlines run from there."""
    earlier: tuple[Stage, ...] = ()
    """The stages before it was raised, the first one first."""
    missed: tuple[str, ...] = ()
    """Clocks told as breached already when the case was raised, and not taken back since."""
    alerted_at: datetime | None = None
    acknowledged_at: datetime | None = None
    """The first acknowledgement of all."""
    acknowledged_by: str | None = None
    stage_acknowledged_at: datetime | None = None
    """The first acknowledgement since the case was opened or last raised."""
    owner: str | None = None
    owned_at: datetime | None = None
    """When its owner took it last, or was given it."""
    was_given: bool = False
    """Its owner has it from somebody who gave it to them."""
    must_take: bool = True
    """Somebody must take it: nobody has since it was opened, raised or reopened."""
    closed_at: datetime | None = None
    """The first close."""
    stage_closed_at: datetime | None = None
    """The first close since the case was opened or last raised."""
    ended_at: datetime | None = None
    """When it was last closed or dismissed; None while it is neither."""
    ended_by: str | None = None
    """Who closed or dismissed it; `vaste` where it closed by itself."""
    dismissed: bool = False
    reopened: int = 0
    escalations: int = 0
    chain_from: datetime | None = None
    """The chain of escalation runs since then; None when it stands still."""
    steps_taken: int = 0
    last_step_at: datetime | None = None
    hurried: bool = False
    """The last step reached nobody: the next one is due at once."""
    chain_ended: bool = False
    rests_until: datetime | None = None
    """Its clock stands still and the chain with it; both go on at this opening."""
    untold: str | None = None
    """Why somebody must hear of it at that opening: `opened`, `raised`, `reopened` or `waits_again`."""
    chain_ended_at: datetime | None = None
    rounds: int = 0
    """How often the chain began again by itself after its end."""
    called: tuple[str, ...] = ()
    """Everybody whom this round of the chain called."""
    snoozed_until: datetime | None = None
    snoozed_by: str | None = None
    """It is put off until then: nobody is called or asked before."""
    progress_at: datetime | None = None
    """When its owner last did something about it, or was told of something new."""
    asked_at: datetime | None = None
    """When its owner was asked whether they are still on it, and has said nothing since."""
    had_by: str | None = None
    """Who had it when it was called anew because nothing came of it, while nobody has taken it since."""
    unheard: bool = False
    """The customer waits and nobody was alerted: all that came was too old to alert anybody."""
    first_paged: bool = True
    """The person on call was told when the chain began (not so after a reopening, which the owner hears of)."""
    reopened_to: str | None = None
    """Its owner, who alone heard of its reopening, until whoever is on call is called too."""
    paged: tuple[str, ...] = ()
    """Who was told when the chain began."""
    nobody_on_call: bool = False
    acted: tuple[str, ...] = ()
    """Who has done something about it since it was opened, raised or reopened, the first one first."""
    end_asked_by: str | None = None
    """Who would end it, where it takes two."""
    reopened_at: datetime | None = None
    """When it was last reopened."""
    update_reminded: datetime | None = None
    """The last reply for which a further word was reminded of."""
    updates_missed: tuple[datetime, ...] = ()
    """The replies after which a further word was missed, and not found since."""
    promises: tuple[Promise, ...] = ()
    told_breaches: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    """Of what its owner was warned (`casebook.nearing`)."""
    withdrawn: tuple[str, ...] = ()
    waits_told: int | None = None
    """The follow-up for which WAITS was last recorded."""
    merged_into: int | None = None
    living: bool = False
    """It is a crisis: many mentions of one thing, handled as one."""
    crisis: int | None = None
    """The crisis that it is a child of."""
    released: bool = False
    """That crisis is over."""
    announced_at: datetime | None = None
    """When the company last spoke in public of the crisis."""
    announced_url: str | None = None
    update_asked_at: datetime | None = None
    """When its owner was last asked where the crisis stands."""
    summed_up: bool = False

    @property
    def is_folded(self) -> bool:
        """A child of a crisis that lives: its clocks run, and it calls nobody."""
        return self.crisis is not None and not self.released

    @read_once
    def first_post(self) -> CustomerPost:
        """The customer's earliest post that was unanswered when they first deserved an answer.

        What they wrote and we answered before is another, finished exchange.
        """
        if self.posts and not self.answers:
            return self.posts[0] if len(self.posts) == 1 else min(self.posts, key=_by_time)
        opening = CustomerPost(self.opening_post, self.opened_at, deserving=True)
        if not self.posts:
            return opening
        deserving = min((post for post in self.posts if self._deserves(post)), key=_by_time, default=opening)
        before = [answer.at for answer in self.answers if answer.at < deserving.at]
        since = max(before) if before else None
        return min(
            (post for post in self.posts if since is None or post.at > since), key=_by_time, default=deserving
        )

    @property
    def posted_at(self) -> datetime:
        """When the customer's clock began."""
        return self.first_post.at

    @read_once
    def response(self) -> Response | None:
        """The first public response to the customer, by the rules of pressed answers."""
        return self._response(self.presses, self.posted_at)

    def response_since(self, begun: datetime) -> Response | None:
        """The first public response given at `begun` or later, by the same rules."""
        return self._response([press for press in self.presses if press.at >= begun], begun)

    def _response(self, presses: Sequence[Press], begun: datetime) -> Response | None:
        found = min((answer for answer in self.answers if answer.at >= begun), key=_by_time, default=None)
        press = min(presses, key=lambda pressed: pressed.at, default=None)
        if press is not None and (found is None or found.at > press.at + MANUAL_GRACE):
            return Response(press.at, press.actor, "manual")
        return Response(found.at, found.account, "platform") if found is not None else None

    @read_once
    def last_reply_at(self) -> datetime | None:
        """When the company last answered this customer, found or pressed."""
        begun = self.posted_at
        times = [answer.at for answer in self.answers if answer.at >= begun]
        return max([*times, *(press.at for press in self.presses)], default=None)

    @read_once
    def waiting(self) -> CustomerPost | None:
        """The first follow-up that deserves an answer since our last reply; None before the first reply."""
        last = self.last_reply_at
        if last is None:
            return None
        asked = (post for post in self.posts if post.deserving and post.deleted_at is None)
        return min((post for post in asked if post.at > last), key=_by_time, default=None)

    @read_once
    def gone_at(self) -> datetime | None:
        """When the last of the posts that still deserved an answer was found deleted; None while one stands.

        Nobody waits any more since then. What was answered before it was deleted stays answered.
        """
        last = self.last_reply_at
        owed = [post for post in self.posts if self._deserves(post) and (last is None or post.at > last)]
        found = [post.deleted_at for post in owed if post.deleted_at is not None]
        return max(found) if found and len(found) == len(owed) else None

    @property
    def status(self) -> Status:
        """Where the case stands."""
        if self.ended_at is not None:
            return Status.DISMISSED if self.dismissed else Status.CLOSED
        if self.must_take:
            return Status.OPEN
        if self.response is not None and self.waiting is None:
            return Status.RESPONDED
        return Status.ACKNOWLEDGED

    @property
    def is_untaken(self) -> bool:
        """Nobody has it: not taken yet, or the customer waits again and it has no owner."""
        if self.ended_at is not None:
            return False
        return self.must_take or (self.owner is None and self.waiting is not None)

    @property
    def stage(self) -> Stage:
        """What it is promised now."""
        return Stage(
            policy=self.policy,
            begun_at=self.raised_at or self.opened_at,
            post_at=self.raised_post_at,
            quiet=self.quiet,
            acknowledged_at=self.stage_acknowledged_at,
            closed_at=self.stage_closed_at,
        )

    @property
    def sentiment_after(self) -> str | None:
        """How the customer felt in the first post after our first response; None when they were silent."""
        response = self.response
        if response is None:
            return None
        after = min((post for post in self.posts if post.at > response.at), key=_by_time, default=None)
        return after.sentiment if after else None

    def _deserves(self, post: CustomerPost) -> bool:
        return post.deserving or post.post == self.opening_post


if TYPE_CHECKING:
    with_values = replace  # names and types of what changes are checked
else:
    _ALL = frozenset(key.name for key in fields(Case))
    _READ_FROM = frozenset({"posts", "answers", "presses", "opening_post", "opened_at"})
    _READINGS = tuple(name for name, read in vars(Case).items() if isinstance(read, read_once))

    def with_values(case: Case, **changes: Any) -> Case:
        """Give the case with other values: as `replace` does, in a tenth of its time.

        A case has sixty values, and each of its events changes some; a replay reads events by the hundred thousand.
        """
        if not _ALL.issuperset(changes):
            raise TypeError(f"a case has no {', '.join(changes.keys() - _ALL)}")
        made = object.__new__(Case)
        values = made.__dict__
        values.update(case.__dict__)
        values.update(changes)
        if not _READ_FROM.isdisjoint(changes):
            for name in _READINGS:
                values.pop(name, None)
        return made


def answer_events(answers: Iterable[FoundAnswer]) -> tuple[Event, ...]:
    """Give the events of replies that were found on the network."""
    return tuple(
        Event(
            EventKind.ANSWERED,
            answer.at,
            TimeSource.PLATFORM,
            post=answer.post,
            facts={"account": answer.account},
        )
        for answer in answers
    )


def _by_time(post: CustomerPost | FoundAnswer) -> tuple[datetime, int]:
    return post.at, post.post
