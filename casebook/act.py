"""What people do to a case: a press in, new events out. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from casebook.case import Case, Status
from casebook.event import Event, EventKind, TimeSource
from casebook.promise import KINDS, LONGEST

SAME_PRESS = timedelta(minutes=1)
"""Of one thing pressed again within this, the second press is the first one repeated."""


LONGEST_SNOOZE = timedelta(days=30)
"""What is put off for longer is not put off, it is forgotten."""


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
    """For `reassign`: a person's key, or `team:NAME`."""
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
    already), `theirs` (the team has it, and nobody of it has taken it), `no_time` (no instant to come, or one too far away), `crisis` (answer its children)."""


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
    what, _, team = act.to.partition(":")
    if what == "team":
        if team == case.policy.team and case.is_untaken:
            return Outcome(reason="theirs")
        # nobody of that team has it yet: who gives it away does not take it first
        return Outcome((_act_event(EventKind.REASSIGNED, act, to=act.to, team=team),))
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
