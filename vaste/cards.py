"""From a case as it stands to what a message says of it. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, get_args

from casebook.case import Case
from casebook.event import VASTE
from casebook.history import AuthorHistory
from casebook.record import CaseView
from casebook.timing import breaches, deadlines
from casebook.updates import update_owed
from notifier.channel import Card, Gathering, Page, Person, Why
from vaste.desk import Desk, way_of
from vaste.opening import owes_telling
from vaste.tending import curve, peak


def card_of(view: CaseView, desk: Desk, *, now: datetime) -> Card:
    """Give the card of a case as it stands."""
    case = view.case
    due = deadlines(case)
    response = case.response
    update = update_owed(case)
    reopened_to = _reopened_to(case, desk)
    return Card(
        case=case.number,
        status=case.status.value if case.merged_into is None else "merged",
        severity=case.policy.severity,
        team=case.policy.team,
        playbook=case.policy.playbook,
        reason=view.reason,
        text=view.text,
        author=view.author,
        author_name=view.author_name,
        followers=view.followers,
        source=view.source,
        url=view.url,
        language=view.language,
        posted_at=case.posted_at,
        opened_at=case.opened_at,
        acknowledge_by=due.get("acknowledge"),
        respond_by=due.get("respond"),
        resolve_by=due.get("resolve"),
        # put off, nobody is called; and who is called directly is named in the channel, not mentioned
        on_call=() if case.snoozed_until is not None or reopened_to else _on_call(case, desk),
        # raised or reopened, it must be taken again: who had it before does not have it now
        owner=desk.person(case.owner).name if case.owner and not case.must_take else None,
        owned_at=None if case.must_take else case.owned_at,
        was_given=case.was_given and not case.must_take,
        reopened_to=reopened_to,
        acknowledged_at=None if case.must_take else case.acknowledged_at,
        responded_at=response.at if response else None,
        responded_by=_responder(case, desk),
        response_found=response.found if response else None,
        closed_at=case.ended_at,
        merged_into=case.merged_into,
        breaches=breaches(case, now=now),
        withdrawn=case.withdrawn,
        # where the last page reached nobody, "everybody was called" would be a lie
        nobody_took_it=case.chain_ended and case.is_untaken and not case.nobody_on_call,
        nobody_on_call=case.nobody_on_call and case.is_untaken,
        out_of_reach=bool(case.paged) and all(person in desk.unreachable for person in case.paged),
        calls_at=case.rests_until if owes_telling(case) and case.is_untaken else None,
        snoozed_until=case.snoozed_until,
        had_by=desk.person(case.had_by).name if case.had_by else None,
        mentions=len(case.posts),
        latest_text=view.latest_text,
        waits_again=case.waiting is not None,
        checklist=case.policy.checklist,
        mandate=case.policy.mandate,
        drafts=case.policy.drafts,
        together=case.policy.together,
        update_by=update.due_by if update else None,
        update_missed=update is not None and now > update.due_by,
        promises=tuple(replace(made, by=desk.person(made.by).name) for made in case.promises),
        end_asked_by=desk.person(case.end_asked_by).name if case.end_asked_by else None,
        missing=view.missing,
        latest_missing=view.latest_missing,
        deleted_at=case.gone_at,
        edited_at=max((post.edited_at for post in case.posts if post.edited_at is not None), default=None),
        times=view.history.cases_30d + 1,
        last_answered_in=_last_wait(view.history),
        crisis=case.crisis if case.is_folded else None,
        gathering=_gathering(view, now=now),
        at=now,
        page_url=f"{desk.public_url}/case/{case.number}" if desk.public_url else None,
        ended_by=_named(case.ended_by, desk),
        snoozed_by=_named(case.snoozed_by, desk),
    )


def moved_card(card: Card, *, url: str | None) -> Card:
    """Give the card of a team that has the case no more; `url` is where the card of the one that has it lies."""
    return replace(card, status="moved", moved_to=card.team, moved_url=url)


def _gathering(view: CaseView, *, now: datetime) -> Gathering | None:
    """Give what a crisis' mentions add up to; None of any other case."""
    case, crowd = view.case, view.crowd
    if crowd is None:
        return None
    step, counts = curve(crowd.times, now=case.ended_at or now)
    peak_at, most = peak(crowd.times)
    wait = crowd.median_frt_s
    return Gathering(
        mentions=crowd.mentions,
        authors=crowd.authors,
        first_at=min(crowd.times, default=case.opened_at),
        last_at=max(crowd.times, default=case.opened_at),
        step=step,
        curve=counts,
        peak=most,
        peak_at=peak_at,
        reached=tuple((one.url, one.followers) for one in crowd.reached),
        deserving=crowd.deserving,
        answered=crowd.answered,
        covered=crowd.covered,
        median_wait=None if wait is None else timedelta(seconds=wait),
        announced_at=case.announced_at,
        announced_url=case.announced_url,
        taken_in=case.acknowledged_at - case.opened_at if case.acknowledged_at else None,
        is_over=case.ended_at is not None,
    )


def page_of(view: CaseView, content: Mapping[str, Any], desk: Desk, *, now: datetime) -> Page:
    """Give a new message about a case, as its delivery owes it."""
    reasons: tuple[Why, ...] = get_args(Why)
    why = reasons[reasons.index(content.get("why", "opened"))]
    people = tuple(desk.person(key) for key in content.get("people", ()))
    card = card_of(view, desk, now=now)
    return Page(card, people, why, int(content.get("step", 0)), str(content.get("clock", "respond")))


def _named(key: str | None, desk: Desk) -> str | None:
    """Name who did something; None for nobody and for what happened by itself."""
    return None if key is None or key == VASTE else desk.person(key).name


def _on_call(case: Case, desk: Desk) -> tuple[Person, ...]:
    return tuple(_called(key, case, desk) for key in case.paged)


def _reopened_to(case: Case, desk: Desk) -> Person | None:
    """Give who heard of a reopening as its owner, and is on call for nothing by that."""
    if case.reopened_to is None or not case.must_take or case.snoozed_until is not None:
        return None
    return _called(case.reopened_to, case, desk)


def _called(key: str, case: Case, desk: Desk) -> Person:
    """Give somebody who was called; who is called directly alone is not mentioned in the channel."""
    person = desk.person(key)
    is_named_only = desk.direct and way_of(case.policy) == "direct"
    return replace(person, slack=None) if is_named_only else person


def _last_wait(history: AuthorHistory) -> timedelta | None:
    return None if history.last_frt_s is None else timedelta(seconds=history.last_frt_s)


def _responder(case: Case, desk: Desk) -> str | None:
    response = case.response
    if response is None:
        return None
    return desk.person(response.by).name if response.found == "manual" else response.by
