"""When a turn changes hands, who hears of it, and what they are told. Pure.

A change is read from the rota as it stands now: whatever made it (a hand-off, a stand-in, an absence), and however
often it is looked at, it is one change at one instant.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from casebook.case import Case
from casebook.record import Notice
from playbooks.escalate import Team
from playbooks.roster import shifts
from vaste.at_hand import at_hand, in_order, is_at_hand

TOLD_WITHIN = timedelta(minutes=30)
"""A change that is longer ago is no news any more."""
CASES_LISTED = 8
PROMISES_LISTED = 8
_TICK = timedelta.resolution


@dataclass(frozen=True, slots=True)
class Handoff:
    """The instant at which somebody else is on call; None for nobody."""

    team: str
    at: datetime
    goes: str | None
    comes: str | None


def handoffs(team: Team, *, now: datetime) -> list[Handoff]:
    """Give the changes of who is on call within the last TOLD_WITHIN, this very instant included."""
    if team.rota is None:
        return []
    found = shifts(team.rota, now - TOLD_WITHIN, now + _TICK)
    return [
        Handoff(team.name, after.begins_at, before.person, after.person)
        for before, after in pairwise(found)
        if before.person != after.person
    ]


def handoff_notices(
    handoff: Handoff, cases: Sequence[Case], names: Mapping[str, str]
) -> list[tuple[str, Notice]]:
    """Give what each side is told, by person; nothing where there is nothing to hand over.

    Who comes hears of all that is open in the team, who goes of what stays theirs. `cases` are the live ones.
    """
    ours = [case for case in cases if case.policy.team == handoff.team]
    told = []
    if handoff.comes is not None:
        told.append((handoff.comes, _notice(handoff, handoff.comes, ours, names)))
    if handoff.goes is not None:
        theirs = [case for case in ours if case.owner == handoff.goes]
        told.append((handoff.goes, _notice(handoff, handoff.goes, theirs, names)))
    return [(person, notice) for person, notice in told if notice is not None]


def _notice(handoff: Handoff, person: str, cases: Sequence[Case], names: Mapping[str, str]) -> Notice | None:
    open_cases = [case for case in cases if is_at_hand(case)]
    promised = _promised(cases)
    if not open_cases and not promised:
        return None
    owners = {case.number: case.owner if not case.is_untaken else None for case in open_cases}
    listed = in_order(at_hand(case, "", None) for case in open_cases)
    longest = min(listed, key=lambda case: (case.waits_since, case.case), default=None)
    comes = person == handoff.comes
    other = handoff.goes if comes else handoff.comes
    facts: dict[str, Any] = {
        "team": handoff.team,
        "comes": comes,
        "other": names.get(other, other) if other is not None else None,
        "count": len(listed),
        "cases": [
            {
                "case": case.case,
                "playbook": case.playbook,
                "due": case.due,
                "due_by": case.due_by.isoformat() if case.due_by else None,
                "owner": _name(owners[case.case], names),
            }
            for case in listed[:CASES_LISTED]
        ],
        "longest": {"case": longest.case, "since": longest.waits_since.isoformat()} if longest else None,
        "promised": [
            {
                "case": number,
                "what": promise.what,
                "due_at": promise.due_at.isoformat(),
                "by": names.get(promise.by, promise.by),
            }
            for number, promise in promised[:PROMISES_LISTED]
        ],
    }
    key = f"handoff:{handoff.team}:{handoff.at.isoformat()}:{person}"
    return Notice(key, f"person:{person}", "handoff", facts)


def _name(owner: str | None, names: Mapping[str, str]) -> str | None:
    return names.get(owner, owner) if owner is not None else None


def _promised(cases: Iterable[Case]) -> list[tuple[int, Any]]:
    owed = [(case.number, made) for case in cases for made in case.promises if made.is_owed]
    return sorted(owed, key=lambda one: (one[1].due_at, one[0], one[1].number))
