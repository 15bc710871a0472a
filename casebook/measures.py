"""Everything that is measured of a case, raw and in business hours, from its events alone. Pure.

The definitions are those of docs/clocks.md; `DEFINITIONS` is their version. Every figure is whole seconds, rounded
down, and never negative. What has not happened has no figure.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from casebook.case import Case, CustomerPost
from casebook.event import Event, EventKind
from casebook.experience import Experience, experience
from casebook.fold import fold
from casebook.timing import answer_state

DEFINITIONS: Final = 1
"""Version of the definitions in docs/clocks.md, recorded with every event: counted up when one of them changes."""

PHASES: Final = ("detection", "triage", "alert", "acknowledge", "answer")
"""The parts of a first response time, in their order."""

Count = Callable[[datetime, datetime], timedelta]
"""How much of the time between two instants counts."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A duration from one instant to another."""

    begun_at: datetime
    ended_at: datetime
    raw_s: int
    business_s: int


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A further post of the customer that asks for an answer."""

    post: int
    asked_at: datetime
    state: Literal["answered", "waiting", "deleted"]
    """`deleted`: taken back before anybody answered."""
    begins: bool
    """It is the first unanswered one of its wait, whose duration is the next response time."""
    wait: Measure | None = None
    """Until the next reply; None where there is none."""


@dataclass(frozen=True, slots=True)
class Seen:
    """When a post was seen, by our clock, and how much the network's clock was ahead of ours then."""

    at: datetime
    ahead: timedelta = timedelta(0)

    @property
    def by_the_network(self) -> datetime:
        """The same instant on the network's clock."""
        return self.at + self.ahead


@dataclass(frozen=True, slots=True)
class Measures:
    """All that is measured of one case."""

    detection_lag: Measure | None
    triage_lag: Measure | None
    alert_lag: Measure | None
    tta: Measure | None
    frt: Measure | None
    team_frt: Measure | None
    ttr: Measure | None
    total_resolution: tuple[Measure, ...]
    """The stretches until it was closed, one for each time; empty while the first or a reopened one runs."""
    follow_ups: tuple[FollowUp, ...]
    waterfall: Mapping[str, int] | None
    """Seconds of each of `PHASES`; together exactly the first response time."""
    business_waterfall: Mapping[str, int] | None
    taken: Literal["taken", "answered", "deleted", "untaken"] | None
    """`answered`: on the network, and nobody pressed anything; None: nobody was asked to take it."""
    answer: Literal["answered", "unanswered", "pending", "deleted"] | None
    """How it counts in the response rate; None: it does not."""

    @property
    def total_resolution_s(self) -> int | None:
        """All stretches together."""
        return sum(stretch.raw_s for stretch in self.total_resolution) if self.total_resolution else None

    @property
    def total_resolution_business_s(self) -> int | None:
        """The same in business hours."""
        stretches = self.total_resolution
        return sum(stretch.business_s for stretch in stretches) if stretches else None

    @property
    def next_responses(self) -> tuple[Measure, ...]:
        """The next response times: one for each wait that a reply has ended."""
        return tuple(asked.wait for asked in self.follow_ups if asked.begins and asked.wait is not None)


@dataclass(frozen=True, slots=True)
class Measured:
    """A case with its history, and all that was measured of it."""

    case: Case
    events: tuple[Event, ...]
    measures: Measures
    experience: Experience | None
    """None of a crisis."""
    seen: Seen | None
    """When its first post was seen."""


def measured(
    number: int, events: Sequence[Event], *, now: datetime, seen: Mapping[int, Seen] | None = None
) -> Measured:
    """Measure the case that these events tell, as known at `now`.

    `seen` says of posts when they were seen, for events from before they said so themselves.
    """
    case = fold(number, events)
    post = case.first_post.post
    known = seen_of(events, post) or (seen or {}).get(post)
    found = measures(case, events, now=now, seen=known)
    return Measured(case, tuple(events), found, experience(case, now=now), known)


def measures(case: Case, events: Sequence[Event], *, now: datetime, seen: Seen | None = None) -> Measures:
    """Measure a case by its events; `seen` is of its first post.

    A crisis is nobody's in particular: nothing of a customer is measured of it.
    """

    def between(begun: datetime | None, ended: datetime | None) -> Measure | None:
        return None if begun is None or ended is None else _measure(case, begun, ended)

    response = case.response
    answered_at = response.at if response else None
    posted_at = None if case.living else case.posted_at
    saw_at = None if seen is None or case.living else seen.at
    before_us = answered_at is not None and answered_at < case.opened_at
    flow = waterfall_instants(case, seen)
    return Measures(
        detection_lag=between(posted_at, seen.by_the_network if seen else None),
        triage_lag=between(saw_at, case.opened_at),
        alert_lag=between(case.opened_at, case.alerted_at),
        tta=between(case.opened_at, case.acknowledged_at),
        frt=between(posted_at, answered_at),
        team_frt=None if before_us else between(case.opened_at, answered_at),
        ttr=between(posted_at, case.closed_at),
        total_resolution=_resolution(case, events),
        follow_ups=follow_ups(case),
        waterfall=waterfall(flow),
        business_waterfall=waterfall(flow, count=case.policy.between),
        taken=_taken(case),
        answer=None if case.living else answer_state(case, now=now),
    )


def _measure(case: Case, begun: datetime, ended: datetime) -> Measure:
    raw = max(0, int((ended - begun).total_seconds()))
    return Measure(begun, ended, raw, int(case.policy.between(begun, ended).total_seconds()))


def seen_of(events: Sequence[Event], post: int) -> Seen | None:
    """Say when a post of the case was seen, as its events tell it; None in events from before they did."""
    for event in events:
        if event.kind is EventKind.JOINED and event.post == post and "seen_at" in event.facts:
            ahead = timedelta(seconds=float(event.facts.get("clock_ahead_s") or 0.0))
            return Seen(datetime.fromisoformat(event.facts["seen_at"]), ahead)
    return None


def _taken(case: Case) -> Literal["taken", "answered", "deleted", "untaken"] | None:
    if case.acknowledged_at is not None:
        return "taken"
    if case.quiet:
        return None
    if case.response is not None:
        return "answered"
    return "untaken" if case.gone_at is None else "deleted"


# ---- follow-ups --------------------------------------------------------------------------------------


def follow_ups(case: Case) -> tuple[FollowUp, ...]:
    """Give every post that asked for an answer after the company had answered, the earliest first.

    What was asked before the first reply belongs to the first response.
    """
    begun = case.posted_at
    replies = sorted([*(answer.at for answer in case.answers), *(press.at for press in case.presses)])
    replies = [at for at in replies if at >= begun]
    asked = sorted((post for post in case.posts if post.deserving), key=lambda post: (post.at, post.post))
    found: list[FollowUp] = []
    waits: set[int] = set()
    for post in asked:
        before = sum(reply < post.at for reply in replies)
        if not before:
            continue
        answered_at = replies[before] if before < len(replies) else None
        state = _state(post, answered_at)
        begins = state != "deleted" and before not in waits
        if begins:
            waits.add(before)
        wait = _measure(case, post.at, answered_at) if answered_at and state == "answered" else None
        found.append(FollowUp(post.post, post.at, state, begins, wait))
    return tuple(found)


def _state(post: CustomerPost, answered_at: datetime | None) -> Literal["answered", "waiting", "deleted"]:
    if post.deleted_at is not None and (answered_at is None or post.deleted_at < answered_at):
        return "deleted"
    return "waiting" if answered_at is None else "answered"


# ---- resolution --------------------------------------------------------------------------------------


def _resolution(case: Case, events: Sequence[Event]) -> tuple[Measure, ...]:
    """Give the stretches in which the case was not closed; empty while one runs, or where it never was.

    A dismissal that was taken back ended nothing. One that stands ends a reopened stretch, and resolves nothing of
    the first.
    """
    if case.living:
        return ()
    posted = {post.post: post.at for post in case.posts}
    begun: datetime | None = case.posted_at
    stretches: list[tuple[datetime, datetime]] = []
    dismissed_at: datetime | None = None
    for event in events:
        at = event.happened_at
        if event.kind is EventKind.CLOSED and begun is not None:
            stretches.append((begun, at))
            begun = dismissed_at = None
        elif event.kind is EventKind.DISMISSED:
            dismissed_at = at
        elif event.kind is EventKind.REOPENED:
            dismissed_at = None
            if begun is None:
                # for the customer it runs again since the post that reopened it
                again = posted.get(event.post, at) if event.post is not None else at
                begun = max(again, stretches[-1][1])
    if begun is not None:
        if not stretches or dismissed_at is None:
            return ()
        stretches.append((begun, dismissed_at))
    return tuple(_measure(case, *stretch) for stretch in stretches)


# ---- where the time goes -----------------------------------------------------------------------------


def waterfall_instants(case: Case, seen: Seen | None) -> dict[str, datetime | None]:
    """Give the instants between a post and its answer, all on the network's clock, by which both are dated."""
    ahead = seen.ahead if seen else timedelta(0)

    def theirs(at: datetime | None) -> datetime | None:
        return None if at is None else at + ahead

    response = case.response
    return {
        "posted_at": None if case.living else case.posted_at,
        "seen_at": theirs(seen.at if seen else None),
        "opened_at": theirs(case.opened_at),
        "alerted_at": theirs(case.alerted_at),
        "acknowledged_at": theirs(case.acknowledged_at),
        "responded_at": response.at if response else None,
    }


def _raw(begun: datetime, ended: datetime) -> timedelta:
    return max(ended - begun, timedelta(0))


def waterfall(instants: Mapping[str, datetime | None], *, count: Count = _raw) -> dict[str, int] | None:
    """Divide a first response time into `PHASES`, whole seconds that add up to it exactly; None without an answer.

    `instants` holds posted_at, seen_at, opened_at, alerted_at, acknowledged_at and responded_at. A step that did not
    happen before the answer, or in its turn, takes no time: what it would have taken belongs to the next one.
    """
    posted_at, responded_at = instants["posted_at"], instants["responded_at"]
    if posted_at is None or responded_at is None:
        return None
    ends = ("seen_at", "opened_at", "alerted_at", "acknowledged_at")
    reached = posted_at
    counted, phases = 0, {}
    for phase, end in zip(PHASES, (*ends, "responded_at"), strict=True):
        at = instants[end]
        if at is not None and at <= responded_at:
            reached = max(reached, at)
        # seconds of the whole way so far are rounded, not those of the phase: else the phases would not add up
        total = int(count(posted_at, reached).total_seconds())
        phases[phase] = total - counted
        counted = total
    return phases
