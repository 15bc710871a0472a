"""`vaste case NUMBER ACT`: every act of a card, the same events as a press of its buttons."""

from datetime import datetime
from pathlib import Path
from typing import Final

import typer

from casebook.act import Act, Outcome
from casebook.case import Case
from vaste.clock import WallClock
from vaste.commands.given import load, person_of, record_of, stop
from vaste.config import Config
from vaste.desk import Desk
from vaste.due import due_of
from vaste.faults import nearest
from vaste.pressing import file_act
from vaste.wiring import desk_of

VERBS: Final = ("acknowledge", "replied", "close", "dismiss", "reassign", "snooze", "reopen")
PLACES: Final = ("public", "direct", "elsewhere")
_NEEDS: Final = {"replied": "where", "reassign": "to", "snooze": "until"}
_DONE: Final = {
    "acknowledge": "{by} has case {case}",
    "replied": "case {case} is answered",
    "close": "case {case} is closed",
    "dismiss": "case {case} is dismissed: a false alarm",
    "reassign": "case {case} is handed to {to}",
    "snooze": "case {case} is put off until {until}",
    "reopen": "case {case} is open again",
}
_WHY_NOT: Final = {
    "taken": "case {case} is taken: {owner} has it",
    "yours": "{by} has case {case} already",
    "theirs": "case {case} is with that team already, and nobody of it has taken it",
    "ended": "case {case} is closed or dismissed; reopen it first",
    "not_ended": "case {case} is not closed",
    "answered": "case {case} is answered already",
    "second": "nobody ends case {case} alone: somebody else must say so too",
    "snoozed": "case {case} is put off until then already",
    "no_time": "--until must be later than now, and at most 30 days away",
    "crisis": "case {case} is a crisis: answer its mentions one by one",
    "missing": "no case {case} is on record",
}


def run(
    path: Path,
    number: int,
    verb: str,
    *,
    by: str | None,
    where: str | None,
    to: str | None,
    until: str | None,
) -> None:
    """Do something to a case; done twice, it is done once."""
    config = load(path)
    desk = desk_of(config, direct=True)
    now = WallClock().now()
    act = _act(number, verb, config, by=by, where=where, to=to, until=until, now=now)
    with record_of(config) as store:
        outcome, case = file_act(act, store, desk, now=now) if store else (Outcome(reason="missing"), None)
    _tell(act, outcome, case, config, desk)


def _act(
    number: int,
    verb: str,
    config: Config,
    *,
    by: str | None,
    where: str | None,
    to: str | None,
    until: str | None,
    now: datetime,
) -> Act:
    """Read what was typed, or stop."""
    if verb not in VERBS:
        stop(f"{verb!r} is nothing that can be done to a case; {nearest(verb, VERBS)}", 2)
    given = {"where": where, "to": to, "until": until}
    for name, value in given.items():
        if value is not None and _NEEDS.get(verb) != name:
            stop(f"--{name} says nothing of {verb}; leave it away", 2)
    needed = _NEEDS.get(verb)
    if needed is not None and given[needed] is None:
        stop(f"{verb} needs --{needed}", 2)
    if where is not None and where not in PLACES:
        stop(f"--where {where!r} is unknown; write {', '.join(PLACES)}", 2)
    return Act(
        number,
        verb,
        person_of(config, by),
        now,
        where or "unsaid",
        None if to is None else _to(to, config),
        until=None if until is None else _until(until, config, now=now),
    )


def _to(written: str, config: Config) -> str:
    names = (*config.people, *(f"team:{team}" for team in config.teams))
    if written not in names:
        stop(f"--to {written!r}: nobody and no team is called so; {nearest(written, names)}", 2)
    return written


def _until(written: str, config: Config, *, now: datetime) -> datetime:
    try:
        return due_of(written, now=now, zone=config.timezone)
    except ValueError as mistake:
        stop(f"--until {written!r} is no time; {mistake}", 2)


def _tell(act: Act, outcome: Outcome, case: Case | None, config: Config, desk: Desk) -> None:
    owner = desk.person(case.owner).name if case is not None and case.owner else "nobody"
    words = {
        "case": act.case,
        "by": desk.person(act.actor).name,
        "owner": owner,
        "to": (act.to or "").replace("team:", "team "),
        "until": act.until.astimezone(config.timezone).strftime("%Y-%m-%d %H:%M") if act.until else "",
    }
    if outcome.reason != "done":
        stop(_WHY_NOT.get(outcome.reason, "nothing was changed").format(**words), 1)
    typer.echo(_DONE[act.verb].format(**words))
