"""A case as its events tell it. Pure: events in, the case out; a press in, new events out.

Theory of operation:
1. A case is a list of events, and nothing else: `fold` reads them in the order in which they were
   recorded and gives the case. Any figure can therefore be recomputed.
2. Posts of the customer and answers of the company are facts with the platform's own times. They may be
   learnt in any order, so what follows from them (first response, "waits again") is computed from the
   instants, never from the order of arrival.
3. What people did (acknowledged, closed, …) counts in the order in which it was recorded.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from casebook.calendar import Calendar, add, between, is_open, next_opening
from casebook.draft import Draft
from casebook.promise import KINDS, LONGEST, Promise
from casebook.quiet_hours import QuietHours, awake_after, not_before, quiet_hours_of

MANUAL_GRACE = timedelta(minutes=10)
"""A platform's reply posted no later than this after a press of Replied replaces the press."""

_MOST_MORNINGS = 50
"""Openings that are looked through for one outside quiet hours."""

SAME_PRESS = timedelta(minutes=1)
"""Of one thing pressed again within this, the second press is the first one repeated."""
LONGEST_SNOOZE = timedelta(days=30)
"""What is put off for longer is not put off, it is forgotten."""

VASTE = "vaste"
"""The actor of what the process did by itself."""


class Status(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESPONDED = "responded"
    CLOSED = "closed"
    DISMISSED = "dismissed"


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


class PolicyStep(NamedTuple):
    """One step of the chain, as it was promised."""

    after: timedelta
    to: str
    also: tuple[str, ...] = ()
    """Whom else it calls at the same time."""
    notify: str | None = None
    """`channel`, `direct` or `both`, where it differs from the rest of the chain."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the playbook promised when the case was opened or raised; frozen on the case."""

    playbook: str
    team: str
    severity: str
    rank: int
    """0 for low to 3 for critical."""
    acknowledge_within: timedelta | None = None
    respond_within: timedelta | None = None
    resolve_within: timedelta | None = None
    update_within: timedelta | None = None
    """While it is open, the customer is owed a further public word this long after the last one."""
    clock: str = "always"
    calendar: Calendar | None = None
    """What its clock runs on, as it was then; None: it always runs."""
    steps: tuple[PolicyStep, ...] = ()
    notify: str | None = None
    """How people are called: `channel`, `direct` or `both`; None: by severity, as ever."""
    repeat_every: timedelta | None = None
    """How long after its end the chain begins again, while nobody has taken the case."""
    repeat_times: int = 0
    """How often it does so at most."""
    ask_after: timedelta | None = None
    """After so long without an act of its owner they are asked, and after as long again it is called anew."""
    close_after: timedelta | None = timedelta(days=3)
    reopen_within: timedelta = timedelta(days=7)
    checklist: tuple[str, ...] = ()
    mandate: str | None = None
    drafts: tuple[Draft, ...] = ()
    quiet_hours: QuietHours | None = None
    together: bool = False
    """Nobody handles it alone: two are called, and it takes two to end it."""

    def as_facts(self) -> dict[str, Any]:
        """Write the policy as JSON values; `from_facts` reads them back."""
        return {
            "playbook": self.playbook,
            "team": self.team,
            "severity": self.severity,
            "rank": self.rank,
            "acknowledge_within_s": _seconds(self.acknowledge_within),
            "respond_within_s": _seconds(self.respond_within),
            "resolve_within_s": _seconds(self.resolve_within),
            "update_within_s": _seconds(self.update_within),
            "clock": self.clock,
            "calendar": self.calendar.as_facts() if self.calendar else None,
            "steps": [_step_facts(PolicyStep(*step)) for step in self.steps],
            "notify": self.notify,
            "repeat_every_s": _seconds(self.repeat_every),
            "repeat_times": self.repeat_times,
            "ask_after_s": _seconds(self.ask_after),
            "close_after_s": _seconds(self.close_after),
            "reopen_within_s": self.reopen_within.total_seconds(),
            "checklist": list(self.checklist),
            "mandate": self.mandate,
            "drafts": [[draft.language, draft.text, draft.tone] for draft in self.drafts],
            "quiet_hours": self.quiet_hours.as_facts() if self.quiet_hours else None,
            "together": self.together,
        }

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> "Policy":
        """Read a policy from an event's facts."""
        return cls(
            playbook=facts["playbook"],
            team=facts["team"],
            severity=facts["severity"],
            rank=facts["rank"],
            acknowledge_within=_duration(facts["acknowledge_within_s"]),
            respond_within=_duration(facts["respond_within_s"]),
            resolve_within=_duration(facts["resolve_within_s"]),
            update_within=_duration(facts.get("update_within_s")),
            clock=facts["clock"],
            calendar=Calendar.from_facts(calendar) if (calendar := facts.get("calendar")) else None,
            steps=tuple(_step_of(*step) for step in facts["steps"]),
            # cases that are older than these keys promised nothing by them
            notify=facts.get("notify"),
            repeat_every=_duration(facts.get("repeat_every_s")),
            repeat_times=facts.get("repeat_times", 0),
            ask_after=_duration(facts.get("ask_after_s")),
            close_after=_duration(facts["close_after_s"]),
            reopen_within=timedelta(seconds=facts["reopen_within_s"]),
            checklist=tuple(facts["checklist"]),
            mandate=facts["mandate"],
            drafts=tuple(Draft(*written) for written in facts["drafts"]),  # the oldest know no tone
            quiet_hours=quiet_hours_of(facts.get("quiet_hours")),
            together=facts.get("together", False),
        )

    def after(self, start: datetime, duration: timedelta) -> datetime:
        """Give the instant at which a duration has passed since another, by its clock."""
        return start + duration if self.calendar is None else add(self.calendar, start, duration)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Give how much of the time between two instants its clock ran; 0 where `end` is not later."""
        if self.calendar is None:
            return max(end - start, timedelta(0))
        return between(self.calendar, start, end)

    def runs(self, at: datetime) -> bool:
        """Say whether its clock runs at an instant."""
        return self.calendar is None or is_open(self.calendar, at)

    def runs_from(self, at: datetime) -> datetime:
        """Give the first instant from `at` on at which its clock runs."""
        return at if self.calendar is None else next_opening(self.calendar, at)

    def may_call(self, at: datetime) -> bool:
        """Say whether people may be called at an instant: its clock runs, and it is not in its quiet hours."""
        return self.calls_from(at) <= at

    def calls_from(self, at: datetime) -> datetime:
        """Give the first instant from `at` on at which people may be called.

        Quiet hours that leave nothing of the opening hours are not kept: somebody must be called some time.
        """
        found = at
        for _ in range(_MOST_MORNINGS):
            found = not_before(self.quiet_hours, self.runs_from(found))
            if self.runs_from(found) == found:
                return found
        return self.runs_from(at)

    def calls_after(self, start: datetime, duration: timedelta) -> datetime:
        """Give when people are called after a wait: quiet hours do not count, nor what the clock does not.

        Where both are given the wait is counted by the clock, and what falls into quiet hours waits for their end.
        """
        if self.calendar is None:
            return awake_after(self.quiet_hours, start, duration)
        due_at = self.after(start, duration)
        return due_at if self.quiet_hours is None else self.calls_from(due_at)


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


@dataclass(frozen=True, slots=True)
class Case:
    """One situation somebody must handle, as its events tell it."""

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
    must_take: bool = True
    """Somebody must take it: nobody has since it was opened, raised or reopened."""
    closed_at: datetime | None = None
    """The first close."""
    stage_closed_at: datetime | None = None
    """The first close since the case was opened or last raised."""
    ended_at: datetime | None = None
    """When it was last closed or dismissed; None while it is neither."""
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

    @property
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

    @property
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

    @property
    def last_reply_at(self) -> datetime | None:
        """When the company last answered this customer, found or pressed."""
        begun = self.posted_at
        times = [answer.at for answer in self.answers if answer.at >= begun]
        return max([*times, *(press.at for press in self.presses)], default=None)

    @property
    def waiting(self) -> CustomerPost | None:
        """The first follow-up that deserves an answer since our last reply; None before the first reply."""
        last = self.last_reply_at
        if last is None:
            return None
        asked = (post for post in self.posts if post.deserving and post.deleted_at is None)
        return min((post for post in asked if post.at > last), key=_by_time, default=None)

    @property
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
    _with = replace  # names and types of what changes are checked
else:
    _PLACES = {key.name: getattr(Case, key.name).__set__ for key in fields(Case)}
    _VALUES = attrgetter(*_PLACES)

    def _with(case: Case, **changes: Any) -> Case:
        """Give the case with other values: as `replace` does, in a quarter of its time.

        A case has fifty values, and each of its events changes some; a replay reads events by the hundred thousand.
        """
        made = object.__new__(Case)
        for place, value in zip(_PLACES.values(), _VALUES(case), strict=True):
            place(made, value)
        for name, value in changes.items():
            _PLACES[name](made, value)
        return made


def fold(number: int, events: Iterable[Event]) -> Case:
    """Read a case from its events, in the order in which they were recorded; the first is OPENED."""
    remaining = iter(events)
    first = next(remaining)
    if first.kind is not EventKind.OPENED or first.post is None:
        raise ValueError(f"case {number}: its first event is {first.kind}, not opened")
    quiet = bool(first.facts.get("quiet", False))
    opens_at = _opens_at(first)
    case = Case(
        number=number,
        policy=Policy.from_facts(first.facts["policy"]),
        opened_at=first.happened_at,
        opening_post=first.post,
        quiet=quiet,
        chain_from=None if quiet else opens_at or first.happened_at,
        unheard=quiet,
        paged=_people(first),
        rests_until=opens_at,
        untold="opened" if opens_at else None,
        living=bool(first.facts.get("crisis", False)),
    )
    return with_events(_with(case, called=case.paged), remaining)


def _joined(case: Case, event: Event) -> Case:
    if event.post is None:
        return case
    others = [post for post in case.posts if post.post != event.post]
    before = next((post for post in case.posts if post.post == event.post), None)
    post = CustomerPost(
        event.post,
        event.happened_at,
        bool(event.facts.get("deserving")),
        event.facts.get("sentiment"),
        edited_at=before.edited_at if before else None,
        deleted_at=before.deleted_at if before else None,
    )
    return _with(case, posts=(*others, post))


def _edited(case: Case, event: Event) -> Case:
    posts = tuple(
        replace(post, edited_at=event.happened_at) if post.post == event.post else post for post in case.posts
    )
    return _with(case, posts=posts)


def _deleted(case: Case, event: Event) -> Case:
    posts = tuple(
        replace(post, deleted_at=event.happened_at) if post.post == event.post else post
        for post in case.posts
    )
    case = _with(case, posts=posts)
    if case.gone_at is None:
        return case
    # nobody waits, so nobody is called; whoever writes after all must be heard, and by somebody
    unheard = case.unheard or case.last_reply_at is None
    stopped = _with(case, chain_from=None, hurried=False, nobody_on_call=False, unheard=unheard)
    return _told(_with(stopped, snoozed_until=None, asked_at=None))


def _answered(case: Case, event: Event) -> Case:
    if event.post is None or any(answer.post == event.post for answer in case.answers):
        return case
    answer = FoundAnswer(event.post, event.happened_at, str(event.facts.get("account", "")))
    return _answer_stops_chain(_with(case, answers=(*case.answers, answer)))


def _replied(case: Case, event: Event) -> Case:
    press = Press(event.happened_at, event.actor, str(event.facts.get("where", "unsaid")))
    return _answer_stops_chain(_with(case, presses=(*case.presses, press), acted=_acting(case, event)))


def _acting(case: Case, event: Event) -> tuple[str, ...]:
    return case.acted if event.actor == VASTE else tuple(dict.fromkeys((*case.acted, event.actor)))


def _end_asked(case: Case, event: Event) -> Case:
    return _with(case, end_asked_by=event.actor, acted=_acting(case, event))


def _placed(case: Case, event: Event) -> Case:
    if not case.presses:
        return case
    last = replace(case.presses[-1], where=str(event.facts["where"]))
    return _with(case, presses=(*case.presses[:-1], last))


def _answer_stops_chain(case: Case) -> Case:
    # an answer older than the post that raised the case is no answer to that post
    if case.response_since(case.raised_post_at or case.posted_at) is None or case.waiting is not None:
        return case
    return _told(
        _with(
            case,
            chain_from=None,
            hurried=False,
            nobody_on_call=False,
            must_take=False,
            unheard=False,
            snoozed_until=None,
            asked_at=None,
            had_by=None,
        )
    )


def _waits(case: Case, event: Event) -> Case:
    # with an owner the follow-up goes to that person; without one the chain begins again
    told = _with(case, waits_told=event.post)
    if event.facts.get("quiet"):
        return _with(told, unheard=True)
    noticed_at = datetime.fromisoformat(event.facts["noticed_at"])
    if case.owner is not None or case.ended_at is not None:
        return _rests(_with(told, progress_at=noticed_at, asked_at=None), event, "waits_again")
    begun = _chain_begins(told, _opens_at(event) or noticed_at, people=_people(event))
    return _rests(begun, event, "waits_again")


def _raised(case: Case, event: Event) -> Case:
    quiet = bool(event.facts.get("quiet", False))
    raised = _with(
        case,
        policy=Policy.from_facts(event.facts["policy"]),
        raised_at=event.happened_at,
        raised_post_at=datetime.fromisoformat(event.facts["posted_at"]),
        earlier=(*case.earlier, replace(case.stage, until=event.happened_at)),
        missed=tuple(event.facts.get("missed", ())),
        told_breaches=(),
        stage_acknowledged_at=None,
        stage_closed_at=None,
        waits_told=event.post or case.waits_told,  # who is paged for the raising hears of the post by it
        must_take=True,
        quiet=quiet,
        paged=_people(event),
        acted=(),
        end_asked_by=None,
        snoozed_until=None,
        asked_at=None,
        had_by=None,
    )
    if quiet:
        return _with(raised, chain_from=None, unheard=True)
    begun = _chain_begins(raised, _opens_at(event) or event.happened_at, people=_people(event))
    return _rests(begun, event, "raised")


def _chain_begins(case: Case, at: datetime, *, people: tuple[str, ...], round_: int = 0) -> Case:
    return _with(
        case,
        paged=people,
        called=people,
        rounds=round_,
        chain_from=None if case.is_folded else at,  # the crisis calls people, not its children
        steps_taken=0,
        last_step_at=None,
        hurried=False,
        chain_ended=False,
        chain_ended_at=None,
        snoozed_until=None,
        asked_at=None,
        unheard=False,
        first_paged=True,
        nobody_on_call=False,
        rests_until=None,
        untold=None,
    )


def _opens_at(event: Event) -> datetime | None:
    """Give the opening at which people are told of an event; None: they were told at once."""
    opens_at = event.facts.get("opens_at")
    return None if opens_at is None else datetime.fromisoformat(opens_at)


def _rests(case: Case, event: Event, why: str) -> Case:
    opens_at = _opens_at(event)
    return case if opens_at is None else _with(case, rests_until=opens_at, untold=why)


def _told(case: Case) -> Case:
    return _with(case, rests_until=None, untold=None)


def _people(event: Event) -> tuple[str, ...]:
    return tuple(event.facts.get("people", ()))


def _alerted(case: Case, event: Event) -> Case:
    return case if case.alerted_at else _with(case, alerted_at=event.happened_at)


def _acknowledged(case: Case, event: Event) -> Case:
    return _with(
        case,
        acknowledged_at=case.acknowledged_at or event.happened_at,
        acknowledged_by=case.acknowledged_by or event.actor,
        stage_acknowledged_at=case.stage_acknowledged_at or event.happened_at,
        owner=event.actor,
        acted=_acting(case, event),
        must_take=False,
        chain_from=None,
        hurried=False,
        chain_ended=False,
        unheard=False,
        nobody_on_call=False,
        rests_until=None,
        untold=None,
        snoozed_until=None,
        had_by=None,
    )


def _reassigned(case: Case, event: Event) -> Case:
    given = _with(
        case,
        owner=str(event.facts["to"]),
        acted=_acting(case, event),
        must_take=False,
        chain_from=None,
        hurried=False,
        snoozed_until=None,
        progress_at=event.happened_at,  # a new owner has the whole time before they are asked
        asked_at=None,
        had_by=None,
    )
    return _told(given)


def _update_due(case: Case, event: Event) -> Case:
    return _with(case, update_reminded=datetime.fromisoformat(event.facts["since"]))


def _update_missed(case: Case, event: Event) -> Case:
    since = datetime.fromisoformat(event.facts["since"])
    return _with(case, updates_missed=(*case.updates_missed, since))


def _update_withdrawn(case: Case, event: Event) -> Case:
    since = datetime.fromisoformat(event.facts["since"])
    return _with(case, updates_missed=tuple(missed for missed in case.updates_missed if missed != since))


def _promised(case: Case, event: Event) -> Case:
    promise = Promise(
        number=int(event.facts["number"]),
        what=str(event.facts["what"]),
        due_at=datetime.fromisoformat(event.facts["due_at"]),
        by=event.actor,
        made_at=event.happened_at,
    )
    return _with(case, promises=(*case.promises, promise), acted=_acting(case, event))


def _promise_moved(case: Case, event: Event) -> Case:
    """Note on a promise that it was reminded of, kept or broken."""
    name = _PROMISE_DATES[event.kind]
    dated: dict[str, Any] = {name: event.happened_at}
    promises = tuple(
        replace(promise, **dated) if promise.number == event.facts["number"] else promise
        for promise in case.promises
    )
    return _with(case, promises=promises, acted=_acting(case, event))


_PROMISE_DATES = {
    EventKind.PROMISE_DUE: "reminded_at",
    EventKind.PROMISE_KEPT: "kept_at",
    EventKind.PROMISE_BROKEN: "broken_at",
}


def _closed(case: Case, event: Event) -> Case:
    at = event.happened_at
    return _with(
        case,
        closed_at=case.closed_at or at,
        stage_closed_at=case.stage_closed_at or at,
        ended_at=at,
        dismissed=False,
        chain_from=None,
        snoozed_until=None,
        asked_at=None,
    )


def _dismissed(case: Case, event: Event) -> Case:
    return _with(
        case,
        ended_at=event.happened_at,
        dismissed=True,
        chain_from=None,
        snoozed_until=None,
        asked_at=None,
    )


def _reopened(case: Case, event: Event) -> Case:
    again = _with(
        case,
        ended_at=None,
        dismissed=False,
        reopened=case.reopened + 1,
        reopened_at=event.happened_at,
        acted=(),
        end_asked_by=None,
        must_take=True,
        waits_told=event.post or case.waits_told,
    )
    # its owner hears of it first; the chain begins when they have had their time
    wait = case.policy.acknowledge_within or timedelta(0)
    heard_at = _opens_at(event) or event.happened_at
    begins_at = case.policy.calls_after(heard_at, wait) if case.owner else heard_at
    begun = _chain_begins(again, begins_at, people=_people(event))
    return _rests(_with(begun, first_paged=case.owner is None), event, "reopened")


def _escalated(case: Case, event: Event) -> Case:
    return _with(
        case,
        escalations=case.escalations + 1,
        steps_taken=int(event.facts["step"]),
        last_step_at=event.happened_at,
        first_paged=True,
        hurried=False,
        nobody_on_call=False,
        rests_until=None,
        called=tuple(dict.fromkeys((*case.called, *_people(event)))),
    )


def _paged(case: Case, event: Event) -> Case:
    people = _people(event)
    return _with(_told(case), paged=people, called=tuple(dict.fromkeys((*case.called, *people))))


def _resting(case: Case, event: Event) -> Case:
    return _with(case, rests_until=_opens_at(event))


def _nobody_on_call(case: Case, event: Event) -> Case:
    return _with(
        _told(case),
        steps_taken=int(event.facts["step"]),
        last_step_at=event.happened_at,
        first_paged=True,  # it was tried: without this the first page would be tried for ever
        hurried=True,
        nobody_on_call=True,
    )


def _chain_ended(case: Case, event: Event) -> Case:
    return _with(case, chain_ended=True, chain_ended_at=event.happened_at)


def _repeated(case: Case, event: Event) -> Case:
    return _chain_begins(case, event.happened_at, people=_people(event), round_=case.rounds + 1)


def _snoozed(case: Case, event: Event) -> Case:
    until = datetime.fromisoformat(event.facts["until"])
    return _with(
        _told(case),
        snoozed_until=until,
        asked_at=None,
        chain_from=None,
        chain_ended=False,
        hurried=False,
        nobody_on_call=False,
        unheard=False,
    )


def _woke(case: Case, event: Event) -> Case:
    if case.is_untaken:
        return _chain_begins(case, event.happened_at, people=_people(event))
    return _with(_told(case), snoozed_until=None, progress_at=event.happened_at)


def _asked(case: Case, event: Event) -> Case:
    return _with(case, asked_at=event.happened_at, rests_until=None)


def _confirmed(case: Case, event: Event) -> Case:
    return _with(case, progress_at=event.happened_at, asked_at=None, snoozed_until=None)


def _returned(case: Case, event: Event) -> Case:
    # who had it stays its owner in the record, and every deadline stands; somebody must take it again
    again = _with(case, must_take=True, had_by=case.owner)
    begun = _chain_begins(again, event.happened_at, people=_people(event))
    # they were asked in vain, so it is not their turn in the steps that follow
    return _with(begun, called=(*begun.called, *([case.owner] if case.owner else [])))


def _breached(case: Case, event: Event) -> Case:
    return _with(case, told_breaches=(*case.told_breaches, str(event.facts["clock"])))


def _breach_withdrawn(case: Case, event: Event) -> Case:
    clock = str(event.facts["clock"])
    withdrawn = (*case.withdrawn, clock)
    if event.facts.get("before_raise"):
        missed = tuple(known for known in case.missed if known != clock)
        return _with(case, missed=missed, withdrawn=withdrawn)
    told = tuple(known for known in case.told_breaches if known != clock)
    return _with(case, told_breaches=told, withdrawn=withdrawn)


def _merged(case: Case, event: Event) -> Case:
    into = event.facts.get("into")
    if into is None:
        return case
    return _with(case, merged_into=int(into), chain_from=None, snoozed_until=None, asked_at=None)


def _folded(case: Case, event: Event) -> Case:
    crisis = int(event.facts["crisis"])
    folded = _with(_told(case), crisis=crisis, released=False, asked_at=None)
    return _with(folded, chain_from=None, hurried=False, nobody_on_call=False)


def _released(case: Case, event: Event) -> Case:
    free = _with(case, released=True)
    if not event.facts.get("alert"):
        return free
    begun = _chain_begins(free, _opens_at(event) or event.happened_at, people=_people(event))
    return _rests(begun, event, "opened")


def _announced(case: Case, event: Event) -> Case:
    url = event.facts.get("url")
    return _with(case, announced_at=event.happened_at, announced_url=url)


def _update_asked(case: Case, event: Event) -> Case:
    return _with(case, update_asked_at=event.happened_at)


def _summed_up(case: Case, _: Event) -> Case:
    return _with(case, summed_up=True)


_EFFECTS = {
    EventKind.JOINED: _joined,
    EventKind.ANSWERED: _answered,
    EventKind.EDITED: _edited,
    EventKind.DELETED: _deleted,
    EventKind.REPLIED: _replied,
    EventKind.PLACED: _placed,
    EventKind.WAITS: _waits,
    EventKind.RAISED: _raised,
    EventKind.ALERTED: _alerted,
    EventKind.ACKNOWLEDGED: _acknowledged,
    EventKind.REASSIGNED: _reassigned,
    EventKind.END_ASKED: _end_asked,
    EventKind.UPDATE_DUE: _update_due,
    EventKind.UPDATE_MISSED: _update_missed,
    EventKind.UPDATE_WITHDRAWN: _update_withdrawn,
    EventKind.PROMISED: _promised,
    **dict.fromkeys(_PROMISE_DATES, _promise_moved),
    EventKind.CLOSED: _closed,
    EventKind.DISMISSED: _dismissed,
    EventKind.REOPENED: _reopened,
    EventKind.ESCALATED: _escalated,
    EventKind.NOBODY_ON_CALL: _nobody_on_call,
    EventKind.CHAIN_ENDED: _chain_ended,
    EventKind.RESTS: _resting,
    EventKind.PAGED: _paged,
    EventKind.REPEATED: _repeated,
    EventKind.SNOOZED: _snoozed,
    EventKind.WOKE: _woke,
    EventKind.ASKED: _asked,
    EventKind.CONFIRMED: _confirmed,
    EventKind.RETURNED: _returned,
    EventKind.BREACHED: _breached,
    EventKind.BREACH_WITHDRAWN: _breach_withdrawn,
    EventKind.MERGED: _merged,
    EventKind.FOLDED: _folded,
    EventKind.RELEASED: _released,
    EventKind.ANNOUNCED: _announced,
    EventKind.UPDATE_ASKED: _update_asked,
    EventKind.SUMMED_UP: _summed_up,
}


@dataclass(frozen=True, slots=True)
class Act:
    """What a person did to a case, wherever they pressed."""

    case: int
    verb: str
    """`acknowledge`, `replied`, `close`, `dismiss`, `reopen`, `reassign`, `snooze`, `promise` or `keep`."""
    actor: str
    """A person's key, or `slack:U…` for a Slack user nobody configured."""
    at: datetime
    where: str = "unsaid"
    """For `replied`: `public`, `direct`, `elsewhere` or `unsaid`."""
    to: str | None = None
    """For `reassign`: a person's key."""
    due_at: datetime | None = None
    """For `promise`: until when."""
    what: str = "other"
    """For `promise`: what, one of the kinds there are."""
    number: int | None = None
    """For `keep`: which promise; None: the one that is due first."""
    until: datetime | None = None
    """For `snooze`: the instant at which it comes back."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act brings about: its events, or the reason why it changes nothing."""

    events: tuple[Event, ...] = ()
    reason: str = "done"
    """`done`, or why nothing changed: `taken` (by somebody else), `yours`, `ended`, `answered`, `not_ended`,
    `unknown`, `second` (somebody else must press too), `promised` already, `not_promised`, `snoozed` (until then
    already), `no_time` (no instant to come, or one too far away), `crisis` (answer its children)."""


def apply(case: Case, act: Act) -> Outcome:
    """Say what a press does to the case as it stands now; pressing again changes nothing.

    Replied, Close, Dismiss and Reassign on an untaken case acknowledge it too.
    """
    decide = _ACTS.get(act.verb)
    return decide(case, act) if decide else Outcome(reason="unknown")


def _act_event(kind: EventKind, act: Act, **facts: Any) -> Event:
    return Event(kind, act.at, TimeSource.OURS, act.actor, facts=facts)


def _taking(case: Case, act: Act) -> tuple[Event, ...]:
    untaken = case.must_take or case.acknowledged_at is None
    return (_act_event(EventKind.ACKNOWLEDGED, act, by=act.verb),) if untaken else ()


def _acknowledge(case: Case, act: Act) -> Outcome:
    if case.ended_at is not None:
        return Outcome(reason="ended")
    if case.must_take or (case.owner is None and case.status is Status.ACKNOWLEDGED):
        return Outcome((_act_event(EventKind.ACKNOWLEDGED, act, by=act.verb),))
    if case.owner is None:
        return Outcome(reason="answered")
    if case.owner == act.actor and _is_news(case, act):
        return Outcome((_act_event(EventKind.CONFIRMED, act),))
    return Outcome(reason="yours" if case.owner == act.actor else "taken")


def _is_news(case: Case, act: Act) -> bool:
    """Say whether "mine", pressed by whoever has it, says something: that they are still on it."""
    if case.asked_at is not None or case.snoozed_until is not None:
        return True
    is_watched = case.policy.ask_after is not None and case.status is Status.ACKNOWLEDGED
    return is_watched and case.progress_at is not None and act.at >= case.progress_at + SAME_PRESS


def _snooze(case: Case, act: Act) -> Outcome:
    """Put a case off: whoever has it may, and anybody while nobody has it. It takes the case for nobody."""
    if case.ended_at is not None:
        return Outcome(reason="ended")
    if case.status is Status.RESPONDED:
        return Outcome(reason="answered")
    if not case.is_untaken and case.owner != act.actor:
        return Outcome(reason="taken")
    until = act.until
    if until is None or not act.at < until <= act.at + LONGEST_SNOOZE:
        return Outcome(reason="no_time")
    if case.snoozed_until is not None and abs(until - case.snoozed_until) < SAME_PRESS:
        return Outcome(reason="snoozed")
    return Outcome((_act_event(EventKind.SNOOZED, act, until=until.isoformat()),))


def _reply(case: Case, act: Act) -> Outcome:
    if case.living:  # its children are answered, each by itself
        return Outcome(reason="crisis")
    if _places_last(case, act):
        return Outcome((_act_event(EventKind.PLACED, act, where=act.where),))
    if case.ended_at is not None:
        return Outcome(reason="ended")
    if case.status is Status.RESPONDED:
        return Outcome(reason="answered")
    return Outcome((*_taking(case, act), _act_event(EventKind.REPLIED, act, where=act.where)))


def _places_last(case: Case, act: Act) -> bool:
    # the press was filed at once; where the answer was given is said a moment later, whatever came between
    last = case.presses[-1] if case.presses else None
    is_theirs = last is not None and last.actor == act.actor and last.where == "unsaid"
    return is_theirs and act.where != "unsaid"


def _close(case: Case, act: Act) -> Outcome:
    if case.ended_at is not None:
        return Outcome(reason="ended")
    if not may_end(case, act.actor):
        return _ask_second(case, act)
    return Outcome((*_taking(case, act), _act_event(EventKind.CLOSED, act, automatic=False)))


def _dismiss(case: Case, act: Act) -> Outcome:
    if case.ended_at is not None:
        return Outcome(reason="ended")
    if not may_end(case, act.actor):
        return _ask_second(case, act)
    return Outcome((*_taking(case, act), _act_event(EventKind.DISMISSED, act)))


def _ask_second(case: Case, act: Act) -> Outcome:
    if case.end_asked_by == act.actor:
        return Outcome(reason="second")
    asked = _act_event(EventKind.END_ASKED, act, by=act.verb)
    return Outcome((*_taking(case, act), asked), "second")


def may_end(case: Case, actor: str) -> bool:
    """Say whether a press of this person ends the case.

    Where it takes two: somebody else has acted on it too, and whoever answered the customer is not the one who
    ends it; or somebody else has pressed before that it is over. What counts is what people did: somebody whom
    the case was given to and who has done nothing is no second person.
    """
    if not case.policy.together or case.end_asked_by not in {None, actor}:
        return True
    answered_by = case.presses[-1].actor if case.presses else case.owner
    return actor != answered_by and any(other != actor for other in case.acted)


def may_end_by_itself(case: Case) -> bool:
    """Say whether the case may close by itself: where it takes two, two have acted on it."""
    return not case.policy.together or len(case.acted) > 1


def _reopen(case: Case, act: Act) -> Outcome:
    if case.ended_at is None:
        return Outcome(reason="not_ended")
    return Outcome((_act_event(EventKind.REOPENED, act),))


def _reassign(case: Case, act: Act) -> Outcome:
    if case.ended_at is not None:
        return Outcome(reason="ended")
    if act.to is None or act.to == case.owner:
        return Outcome(reason="yours")
    return Outcome((*_taking(case, act), _act_event(EventKind.REASSIGNED, act, to=act.to)))


def _promise(case: Case, act: Act) -> Outcome:
    if case.dismissed or case.merged_into is not None:
        return Outcome(reason="ended")
    if act.what not in KINDS:
        return Outcome(reason="unknown")
    if act.due_at is None or not timedelta(0) < act.due_at - act.at <= LONGEST:
        return Outcome(reason="no_time")
    if any(made.is_owed and (made.what, made.due_at) == (act.what, act.due_at) for made in case.promises):
        return Outcome(reason="promised")
    taking = _taking(case, act) if case.ended_at is None else ()
    facts = {"number": len(case.promises) + 1, "what": act.what, "due_at": act.due_at.isoformat()}
    return Outcome((*taking, _act_event(EventKind.PROMISED, act, **facts)))


def _keep(case: Case, act: Act) -> Outcome:
    owed = sorted(
        (made for made in case.promises if made.is_owed), key=lambda made: (made.due_at, made.number)
    )
    kept = next((made for made in owed if act.number in {None, made.number}), None)
    if kept is None:
        return Outcome(reason="not_promised")
    return Outcome((_act_event(EventKind.PROMISE_KEPT, act, number=kept.number),))


_ACTS = {
    "acknowledge": _acknowledge,
    "replied": _reply,
    "close": _close,
    "dismiss": _dismiss,
    "reopen": _reopen,
    "reassign": _reassign,
    "promise": _promise,
    "keep": _keep,
    "snooze": _snooze,
}


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


def with_events(case: Case, events: Iterable[Event]) -> Case:
    """Give the case as it stands after further events."""
    for event in events:
        change = _EFFECTS.get(event.kind)
        case = _noted(change(case, event) if change else case, event)
    return case


def _noted(case: Case, event: Event) -> Case:
    """Note what its owner did: whatever it was, they are at it."""
    if event.actor == VASTE or event.actor != case.owner:
        return case
    before = case.progress_at
    # what two cases that became one bring with them is told late
    latest = event.happened_at if before is None else max(before, event.happened_at)
    return _with(case, progress_at=latest, asked_at=None)


def _by_time(post: CustomerPost | FoundAnswer) -> tuple[datetime, int]:
    return post.at, post.post


def _step_facts(step: PolicyStep) -> list[Any]:
    """Write a step as it was always written, and what is new only where it says something."""
    more = [list(step.also), step.notify] if step.also or step.notify else []
    return [step.after.total_seconds(), step.to, *more]


def _step_of(after: float, to: str, also: Sequence[str] = (), notify: str | None = None) -> PolicyStep:
    return PolicyStep(timedelta(seconds=after), to, tuple(also), notify)


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()


def _duration(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
