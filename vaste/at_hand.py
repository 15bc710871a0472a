"""What one person has on their hands, for their home and for a hand-off: from cases and turns to values. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from casebook.case import Case, Status
from casebook.timing import clocks
from casebook.updates import update_owed
from notifier.channel import Sent
from notifier.front import CaseAtHand, Owing, TeamNow, Turn
from playbooks.escalate import Team, everyone
from playbooks.roster import FARTHEST, on_call, roster_of, shifts
from vaste.desk import Desk

FORESEEN = timedelta(days=60)
"""How far ahead somebody's next turn is looked for."""


def is_at_hand(case: Case) -> bool:
    """Say whether somebody still has something to do for it."""
    return case.gone_at is None and not case.is_folded and case.status in {Status.OPEN, Status.ACKNOWLEDGED}


def at_hand(case: Case, source: str, card: Sent | None) -> CaseAtHand:
    """Give a case as a list shows it: what is due first, and when."""
    open_clocks = [clock for clock in clocks(case) if clock.met_at is None and clock.stopped_at is None]
    due = [(clock.due_by, clock.name) for clock in open_clocks]
    update = update_owed(case)
    if update is not None:
        due.append((update.due_by, "update"))
    due_by, name = min(due, default=(None, None))
    return CaseAtHand(
        case=case.number,
        playbook=case.policy.playbook,
        severity=case.policy.severity,
        status=case.status.value,
        source=source,
        waits_since=case.waiting.at if case.waiting else case.posted_at,
        due_by=due_by,
        due=name,
        snoozed_until=case.snoozed_until,
        card=card,
    )


def in_order(cases: Iterable[CaseAtHand]) -> tuple[CaseAtHand, ...]:
    """Order cases by what is due first; those without a deadline come last, the longest wait first."""
    return tuple(sorted(cases, key=lambda one: (one.due_by is None, one.due_by or one.waits_since, one.case)))


def owing_of(person: str, cases: Iterable[Case], cards: Mapping[int, Sent]) -> tuple[Owing, ...]:
    """Give what a person owes to customers: promises they made, and news of the cases they have."""
    found = []
    for case in cases:
        card = cards.get(case.number)
        found += [
            Owing(case.number, promise.what, promise.due_at, card)
            for promise in case.promises
            if promise.is_owed and promise.by == person
        ]
        update = update_owed(case)
        if update is not None and case.owner == person:
            found.append(Owing(case.number, "update", update.due_by, card))
    return tuple(sorted(found, key=lambda one: (one.due_at, one.case)))


def turns_of(person: str, teams: Mapping[str, Team], now: datetime) -> tuple[tuple[Turn, ...], Turn | None]:
    """Give the turns that a person has now, and the next one after them."""
    present, later = [], []
    for name, team in teams.items():
        if team.rota is None:
            continue
        merged = _merged(person, name, team, now)
        present += [turn for turn in merged if turn.begins_at <= now]
        later += [turn for turn in merged if turn.begins_at > now]
    following = min(later, key=lambda turn: (turn.begins_at, turn.team), default=None)
    return tuple(present), following


def _merged(person: str, name: str, team: Team, now: datetime) -> list[Turn]:
    """Give a person's turns ahead; stretches that follow each other for other reasons are one turn."""
    end = now + FORESEEN
    turns: list[Turn] = []
    for shift in shifts(team.rota, now, end):
        if shift.person != person:
            continue
        ends_at = shift.ends_at if shift.ends_at < end else None
        if turns and turns[-1].ends_at == shift.begins_at:
            turns[-1] = Turn(name, turns[-1].begins_at, ends_at)
        else:
            turns.append(Turn(name, shift.begins_at, ends_at))
    return turns


def team_now(team: Team, desk: Desk, now: datetime, *, viewer: str | None = None) -> TeamNow:
    """Say who is on call in a team, until when, and who comes then."""
    found = on_call(team.rota, now)
    following = on_call(team.rota, found.until).person if found.until is not None else None
    return TeamNow(
        team=team.name,
        person=desk.person(found.person).name if found.person else None,
        until=found.until,
        following=desk.person(following).name if following else None,
        is_mine=viewer is not None and found.person == viewer,
    )


def teams_of(person: str, teams: Mapping[str, Team], now: datetime) -> tuple[str, ...]:
    """Give the teams that a person belongs to, by rota, membership or standing in."""
    return tuple(
        name
        for name, team in teams.items()
        if person in everyone(team)
        or any(
            one.person == person and one.ends_at > now and one.begins_at < now + FARTHEST
            for one in roster_of(team.rota).overrides
        )
    )
