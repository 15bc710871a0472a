"""What events make of a case: what was written and answered, what people did, what was promised. Pure.

What moves the chain stands in `casebook.chained`.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from casebook.case import Case, CustomerPost, FoundAnswer, Press, with_values
from casebook.chained import Effect, chain_begins, heard, opening_of, people_of, resting_for
from casebook.event import VASTE, Event, EventKind
from casebook.policy import Policy
from casebook.promise import Promise


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
    return with_values(case, posts=(*others, post))


def _edited(case: Case, event: Event) -> Case:
    posts = tuple(
        replace(post, edited_at=event.happened_at) if post.post == event.post else post for post in case.posts
    )
    return with_values(case, posts=posts)


def _deleted(case: Case, event: Event) -> Case:
    posts = tuple(
        replace(post, deleted_at=event.happened_at) if post.post == event.post else post
        for post in case.posts
    )
    case = with_values(case, posts=posts)
    if case.gone_at is None:
        return case
    # nobody waits, so nobody is called; whoever writes after all must be heard, and by somebody
    unheard = case.unheard or case.last_reply_at is None
    stopped = with_values(case, chain_from=None, hurried=False, nobody_on_call=False, unheard=unheard)
    return heard(with_values(stopped, snoozed_until=None, asked_at=None))


def _answered(case: Case, event: Event) -> Case:
    if event.post is None or any(answer.post == event.post for answer in case.answers):
        return case
    answer = FoundAnswer(event.post, event.happened_at, str(event.facts.get("account", "")))
    return _answer_stops_chain(with_values(case, answers=(*case.answers, answer)))


def _replied(case: Case, event: Event) -> Case:
    press = Press(event.happened_at, event.actor, str(event.facts.get("where", "unsaid")))
    return _answer_stops_chain(with_values(case, presses=(*case.presses, press), acted=_acting(case, event)))


def _placed(case: Case, event: Event) -> Case:
    if not case.presses:
        return case
    last = replace(case.presses[-1], where=str(event.facts["where"]))
    return with_values(case, presses=(*case.presses[:-1], last))


def _answer_stops_chain(case: Case) -> Case:
    # an answer older than the post that raised the case is no answer to that post
    if case.response_since(case.raised_post_at or case.posted_at) is None or case.waiting is not None:
        return case
    return heard(
        with_values(
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
    told = with_values(case, waits_told=event.post)
    if event.facts.get("quiet"):
        return with_values(told, unheard=True)
    noticed_at = datetime.fromisoformat(event.facts["noticed_at"])
    if case.owner is not None or case.ended_at is not None:
        return resting_for(with_values(told, progress_at=noticed_at, asked_at=None), event, "waits_again")
    begun = chain_begins(told, opening_of(event) or noticed_at, people=people_of(event))
    return resting_for(begun, event, "waits_again")


def _raised(case: Case, event: Event) -> Case:
    quiet = bool(event.facts.get("quiet", False))
    goes_on = bool(event.facts.get("chain_goes_on", False))
    raised = with_values(
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
        paged=case.paged if goes_on else people_of(event),
        acted=(),
        end_asked_by=None,
        snoozed_until=None,
        asked_at=None,
        had_by=None,
    )
    if goes_on:  # raised by an old post, which calls nobody anew, while somebody is being called
        return raised
    if quiet:
        return with_values(raised, chain_from=None, unheard=True)
    begun = chain_begins(raised, opening_of(event) or event.happened_at, people=people_of(event))
    return resting_for(begun, event, "raised")


def _alerted(case: Case, event: Event) -> Case:
    return case if case.alerted_at else with_values(case, alerted_at=event.happened_at)


def _acknowledged(case: Case, event: Event) -> Case:
    return with_values(
        case,
        acknowledged_at=case.acknowledged_at or event.happened_at,
        acknowledged_by=case.acknowledged_by or event.actor,
        stage_acknowledged_at=case.stage_acknowledged_at or event.happened_at,
        owner=event.actor,
        owned_at=event.happened_at,
        was_given=False,
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
    if team := event.facts.get("team"):
        return _given_to_team(case, event, str(team))
    given = with_values(
        case,
        owner=str(event.facts["to"]),
        owned_at=event.happened_at,
        was_given=True,
        acted=_acting(case, event),
        must_take=False,
        chain_from=None,
        hurried=False,
        snoozed_until=None,
        progress_at=event.happened_at,  # a new owner has the whole time before they are asked
        asked_at=None,
        had_by=None,
    )
    return heard(given)


def _given_to_team(case: Case, event: Event, team: str) -> Case:
    """Another team has it now: nobody of them has taken it yet, so its chain begins with whoever is on call there."""
    given = with_values(
        case,
        policy=replace(case.policy, team=team),
        owner=None,
        acted=_acting(case, event),
        must_take=True,
        snoozed_until=None,
        asked_at=None,
        had_by=None,
    )
    begun = chain_begins(given, opening_of(event) or event.happened_at, people=people_of(event))
    return resting_for(begun, event, "reassigned")


def _end_asked(case: Case, event: Event) -> Case:
    return with_values(case, end_asked_by=event.actor, acted=_acting(case, event))


def _closed(case: Case, event: Event) -> Case:
    at = event.happened_at
    return with_values(
        case,
        closed_at=case.closed_at or at,
        stage_closed_at=case.stage_closed_at or at,
        ended_at=at,
        ended_by=event.actor,
        dismissed=False,
        chain_from=None,
        snoozed_until=None,
        asked_at=None,
    )


def _dismissed(case: Case, event: Event) -> Case:
    return with_values(
        case,
        ended_at=event.happened_at,
        ended_by=event.actor,
        dismissed=True,
        chain_from=None,
        snoozed_until=None,
        asked_at=None,
    )


def _reopened(case: Case, event: Event) -> Case:
    again = with_values(
        case,
        ended_at=None,
        ended_by=None,
        dismissed=False,
        reopened=case.reopened + 1,
        reopened_at=event.happened_at,
        acted=(),
        end_asked_by=None,
        must_take=True,
        waits_told=event.post or case.waits_told,
    )
    people, heard_at = people_of(event), opening_of(event) or event.happened_at
    if case.owner is None or (people and case.owner not in people):
        return resting_for(chain_begins(again, heard_at, people=people), event, "reopened")
    # its owner hears of it first; the chain begins when they have had their time
    wait = _time_of_owner(case.policy)
    begins_at = heard_at if wait is None else case.policy.calls_after(heard_at, wait)
    begun = chain_begins(again, begins_at, people=people)
    theirs = with_values(begun, first_paged=wait is None, reopened_to=case.owner)
    return resting_for(theirs, event, "reopened")


def _time_of_owner(policy: Policy) -> timedelta | None:
    """Give how long a reopened case is its owner's before others are called; None where nobody else would be.

    Where nothing is said of taking it, that is the first wait of the chain: so long whoever was called first has it
    to themselves. Without one the owner was called as whoever is on call is for a new case, and that is all.
    """
    if policy.acknowledge_within is not None:
        return policy.acknowledge_within
    return next((after for after, *_ in policy.steps if after), None)


def _merged(case: Case, event: Event) -> Case:
    into = event.facts.get("into")
    if into is None:
        return case
    return with_values(case, merged_into=int(into), chain_from=None, snoozed_until=None, asked_at=None)


def _acting(case: Case, event: Event) -> tuple[str, ...]:
    return case.acted if event.actor == VASTE else tuple(dict.fromkeys((*case.acted, event.actor)))


def _update_due(case: Case, event: Event) -> Case:
    return with_values(case, update_reminded=datetime.fromisoformat(event.facts["since"]))


def _update_missed(case: Case, event: Event) -> Case:
    since = datetime.fromisoformat(event.facts["since"])
    return with_values(case, updates_missed=(*case.updates_missed, since))


def _update_withdrawn(case: Case, event: Event) -> Case:
    since = datetime.fromisoformat(event.facts["since"])
    return with_values(
        case, updates_missed=tuple(missed for missed in case.updates_missed if missed != since)
    )


def _promised(case: Case, event: Event) -> Case:
    promise = Promise(
        number=int(event.facts["number"]),
        what=str(event.facts["what"]),
        due_at=datetime.fromisoformat(event.facts["due_at"]),
        by=event.actor,
        made_at=event.happened_at,
    )
    return with_values(case, promises=(*case.promises, promise), acted=_acting(case, event))


def _promise_moved(case: Case, event: Event) -> Case:
    """Note on a promise that it was reminded of, kept or broken."""
    name = _PROMISE_DATES[event.kind]
    dated: dict[str, Any] = {name: event.happened_at}
    promises = tuple(
        replace(promise, **dated) if promise.number == event.facts["number"] else promise
        for promise in case.promises
    )
    return with_values(case, promises=promises, acted=_acting(case, event))


_PROMISE_DATES = {
    EventKind.PROMISE_DUE: "reminded_at",
    EventKind.PROMISE_KEPT: "kept_at",
    EventKind.PROMISE_BROKEN: "broken_at",
}


def _breached(case: Case, event: Event) -> Case:
    return with_values(case, told_breaches=(*case.told_breaches, str(event.facts["clock"])))


def _warned(case: Case, event: Event) -> Case:
    facts = event.facts
    return with_values(case, warned=(*case.warned, f"{facts['clock']}:{facts['share']}:{facts['due_by']}"))


def _breach_withdrawn(case: Case, event: Event) -> Case:
    clock = str(event.facts["clock"])
    withdrawn = (*case.withdrawn, clock)
    if event.facts.get("before_raise"):
        missed = tuple(known for known in case.missed if known != clock)
        return with_values(case, missed=missed, withdrawn=withdrawn)
    told = tuple(known for known in case.told_breaches if known != clock)
    return with_values(case, told_breaches=told, withdrawn=withdrawn)


def _announced(case: Case, event: Event) -> Case:
    url = event.facts.get("url")
    return with_values(case, announced_at=event.happened_at, announced_url=url)


def _update_asked(case: Case, event: Event) -> Case:
    return with_values(case, update_asked_at=event.happened_at)


def _summed_up(case: Case, _: Event) -> Case:
    return with_values(case, summed_up=True)


EFFECTS: Final[Mapping[EventKind, Effect]] = {
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
    EventKind.CLOSED: _closed,
    EventKind.DISMISSED: _dismissed,
    EventKind.REOPENED: _reopened,
    EventKind.WARNED: _warned,
    EventKind.BREACHED: _breached,
    EventKind.BREACH_WITHDRAWN: _breach_withdrawn,
    EventKind.MERGED: _merged,
    EventKind.ANNOUNCED: _announced,
    EventKind.UPDATE_ASKED: _update_asked,
    EventKind.SUMMED_UP: _summed_up,
    **dict.fromkeys(_PROMISE_DATES, _promise_moved),
}
