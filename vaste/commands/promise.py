"""`vaste promise` and `vaste promises`: what was promised to customers, until when, and whether it was kept."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer

from casebook.act import Act, Outcome
from casebook.case import Case
from casebook.promise import KINDS, LONGEST, Promise
from casebook.store import Change, Store
from vaste.chain import carry_out
from vaste.clock import WallClock
from vaste.commands.given import load, person_of, record_of, stop
from vaste.config import Config
from vaste.desk import Desk
from vaste.due import due_of
from vaste.wiring import desk_of

_WHY_NOT = {
    "ended": "case {case} was a false alarm, or goes on in another case; promise nothing there",
    "no_time": f"--due must be later than now, and at most {LONGEST.days} days away",
    "promised": "the same is promised for that time already",
    "not_promised": "nothing is promised there that was not kept yet; vaste promises lists what is",
}
FORMS = ("table", "json")


def run(
    path: Path, case: int, *, due: str | None, what: str, keep: bool, number: int | None, by: str | None
) -> None:
    """Promise something on a case, or say that it was kept; said twice, it is filed once."""
    config = load(path)
    who = person_of(config, by)
    if keep == (due is not None):
        stop("say until when it is promised, --due WHEN, or that it was kept, --keep", 2)
    if what not in KINDS:
        stop(f"--what {what!r} is unknown; write {', '.join(KINDS)}", 2)
    now = WallClock().now()
    due_at = _due(due, config, now=now)
    act = Act(case, "keep" if keep else "promise", who, now, number=number, what=what, due_at=due_at)
    with record_of(config) as store:
        outcome, after = _press(store, act, desk_of(config, direct=True), now=now)
    if outcome.reason != "done" or after is None:
        stop(_WHY_NOT.get(outcome.reason, f"no case {case} is on record").format(case=case), 1)
    number = int(outcome.events[-1].facts["number"])
    made = next(promise for promise in after.promises if promise.number == number)
    typer.echo(_line(after, made, config))


def _due(due: str | None, config: Config, *, now: datetime) -> datetime | None:
    try:
        return None if due is None else due_of(due, now=now, zone=config.timezone)
    except ValueError as mistake:
        stop(f"--due {due!r} is no time; {mistake}", 2)


def _press(store: Store | None, act: Act, desk: Desk, *, now: datetime) -> tuple[Outcome, Case | None]:
    """File the act as a press of a button would be filed."""
    outcomes = [Outcome(reason="missing")]

    def decide(case: Case) -> Change:
        outcome, change = carry_out(case, act, desk, now=now)
        outcomes.append(outcome)
        return change

    after = store.change(act.case, decide, now=now) if store else None
    return outcomes[-1], after


def list_all(path: Path, *, every: bool, form: str) -> None:
    """List what is promised and not kept yet, what is due first on top; `every` lists what is over, too."""
    config = load(path)
    if form not in FORMS:
        stop(f"--format {form!r} is unknown; write {', '.join(FORMS)}", 2)
    with record_of(config) as store:
        cases = store.promised_cases() if store else []
    made = sorted(
        ((case, promise) for case in cases for promise in case.promises if every or promise.is_owed),
        key=lambda pair: (pair[1].due_at, pair[0].number, pair[1].number),
    )
    if form == "json":
        typer.echo(json.dumps([_row(case, promise) for case, promise in made], ensure_ascii=False))
        return
    for line in _lines(made, config):
        typer.echo(line)


def _lines(made: Iterable[tuple[Case, Promise]], config: Config) -> list[str]:
    return list(map(partial(_told, config=config), made)) or ["Nothing is promised."]


def _told(pair: tuple[Case, Promise], config: Config) -> str:
    return _line(*pair, config)


def _line(case: Case, promise: Promise, config: Config) -> str:
    key = case.owner or promise.by
    owner = config.people[key].name if key in config.people else key
    kept = f", kept {_local(promise.kept_at, config.timezone)}" if promise.kept_at else ""
    due = _local(promise.due_at, config.timezone)
    return f"case {case.number}, promise {promise.number}: {promise.what} by {due}, {owner}: {promise.state}{kept}"


def _row(case: Case, promise: Promise) -> dict[str, Any]:
    instants = {name: _iso(at) for name, at in asdict(promise).items() if name.endswith("_at")}
    return {
        "case": case.number,
        "promise": promise.number,
        "what": promise.what,
        "by": promise.by,
        "owner": case.owner,
        "state": promise.state,
        **instants,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%a %Y-%m-%d %H:%M")
