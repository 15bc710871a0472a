"""What people may agree about turns, and what an agreement changes: one set of rules for every way of saying it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from casebook.agreed import Agreed, Agreement
from notifier.hostile import clean_line
from playbooks.escalate import Team
from playbooks.roster import shifts
from vaste.rota_flaws import LONGEST

LONGEST_WHY = 200


def flaw_of(begins_at: datetime, ends_at: datetime) -> str | None:
    """Say what is wrong with the times of an agreement: `backwards`, `too_long`; None where nothing is."""
    if ends_at <= begins_at:
        return "backwards"
    return "too_long" if ends_at - begins_at > LONGEST else None


def why_of(written: str | None) -> str:
    """Give a reason as it is kept: on one line, cut."""
    return clean_line(written or "")[:LONGEST_WHY]


def swapped(
    team: Team, pair: tuple[str, str], begins_at: datetime, ends_at: datetime, *, by: str, why: str = ""
) -> list[Agreement]:
    """Let two people have each other's turns for a time, as the rota stands; nothing where neither has one."""
    others = {pair[0]: pair[1], pair[1]: pair[0]}
    return [
        Agreement(team.name, others[shift.person], shift.begins_at, shift.ends_at, by, why)
        for shift in shifts(team.rota, begins_at, ends_at)
        if shift.person in others
    ]


def had_by(one: Agreement, before: Mapping[str, Team]) -> tuple[str | None, ...]:
    """Give whose turns somebody takes, each once; None among them where nobody was on call."""
    if one.team is None:
        return ()
    found = shifts(before[one.team].rota, one.begins_at, one.ends_at)
    return tuple(dict.fromkeys(shift.person for shift in found if shift.person != one.person))


@dataclass(frozen=True, slots=True)
class Flaw:
    """A time for which an agreement does not do what it says."""

    team: str
    since: datetime
    why: str | None
    """Why nobody is on call; None: whoever stands in is away."""


def flaws_after(one: Agreement, after: Mapping[str, Team]) -> list[Flaw]:
    """Say where an agreement leaves nobody on call, or was made in vain: the first such time of each team."""
    found = []
    for name, team in after.items():
        if one.team not in {None, name}:
            continue
        for shift in shifts(team.rota, one.begins_at, one.ends_at):
            if shift.person is None and team.rota is not None:
                found.append(Flaw(name, shift.begins_at, shift.why))
                break
            if one.team is not None and shift.person != one.person:
                found.append(Flaw(name, shift.begins_at, None))
                break
    return found


def standing_like(one: Agreement, agreed: Iterable[Agreed]) -> Agreed | None:
    """Give what stands and says this already: the same words, sent twice, make one agreement."""
    for known in agreed:
        same = (known.team, known.person, known.ends_at) == (one.team, one.person, one.ends_at)
        if known.stands and same and known.begins_at <= one.begins_at:
            return known
    return None
