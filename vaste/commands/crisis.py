"""`vaste crisis`: what a crisis is or was, and the record of what the company said of it in public."""

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from casebook.event import Event, EventKind, TimeSource
from casebook.record import CaseView, Change
from casebook.store import Store
from notifier.crisis_words import bars
from notifier.hostile import clean_line, safe_url
from vaste.clock import WallClock
from vaste.commands.given import load, person_of, record_of, stop
from vaste.config import Config
from vaste.span import span
from vaste.tending import NO_CROWD, curve, peak

_WIDTH = 14


def run(number: int | None, path: Path, *, announce: str | None, by: str | None) -> None:
    """List the crises, show one, or record a public announcement about one."""
    config = load(path)
    with record_of(config) as store:
        known = store.crises() if store else []
        if store is None or (number is None and not known):
            sys.stdout.write("no crisis is on record\n")
        elif number is None:
            _list(store, known, config.timezone)
        elif number not in known:
            stop(f"case {number} is no crisis; vaste crisis lists them", 1)
        elif announce is not None:
            _announce(store, number, config, announce, by)
        else:
            view = store.view(number)
            if view is not None:
                sys.stdout.write("\n".join(story(view, config.timezone, now=WallClock().now())) + "\n")


def _list(store: Store, known: list[int], zone: ZoneInfo) -> None:
    for number in known:
        view = store.view(number)
        if view is not None:
            crowd = view.crowd or NO_CROWD
            began = _local(min(crowd.times, default=view.case.opened_at), zone)
            sys.stdout.write(f"{number}  {view.case.status.value}  {began}  {crowd.mentions} mentions\n")


def _announce(store: Store, number: int, config: Config, url: str, by: str | None) -> None:
    """Record what was said: an event on the crisis, and no answer to anybody."""
    person = person_of(config, by)
    if safe_url(url) is None:
        stop(f"--announce {url!r} is no address; write one that begins with https://", 2)
    now = WallClock().now()
    said = Event(EventKind.ANNOUNCED, now, TimeSource.OURS, person, facts={"url": url})
    store.change(number, lambda _: Change((said,)), now=now)
    view = store.view(number)
    covered = view.crowd.covered if view and view.crowd else 0
    sys.stdout.write(f"recorded for crisis {number}; it covers {covered} mentions without an answer\n")


def story(view: CaseView, zone: ZoneInfo, *, now: datetime) -> Iterator[str]:
    """Give the lines that tell a crisis: while it lives as it stands, afterwards as its summary."""
    case, crowd = view.case, view.crowd or NO_CROWD
    ended_at = case.ended_at
    step, counts = curve(crowd.times, now=ended_at or now)
    at, most = peak(crowd.times)
    yield f"Crisis {case.number}: {case.status.value}, team {clean_line(case.policy.team)}"
    yield _fact("mentions", f"{crowd.mentions} by {crowd.authors} people, on {', '.join(crowd.networks)}")
    yield _fact("first post", _local(min(crowd.times, default=case.opened_at), zone))
    yield _fact("opened", _local(case.opened_at, zone))
    if at is not None:
        yield _fact("peak", f"{most} in the minute of {_local(at, zone)}")
    yield _fact("course", f"{bars(counts)} (a bar is {span(int(step.total_seconds()))})")
    yield _fact("last post", _local(max(crowd.times, default=case.opened_at), zone))
    if case.acknowledged_at is not None:
        waited = span(int((case.acknowledged_at - case.opened_at).total_seconds()))
        yield _fact("taken", f"by {clean_line(case.acknowledged_by or '?')} after {waited}")
    else:
        yield _fact("taken", "by nobody")
    yield _fact("answers", f"{crowd.answered} of {crowd.deserving} that deserve one")
    if crowd.median_frt_s is not None:
        yield _fact("", f"half of them within {span(crowd.median_frt_s)}")
    if case.announced_at is not None:
        yield _fact("announced", f"{_local(case.announced_at, zone)} {clean_line(case.announced_url or '')}")
        yield _fact("", f"{crowd.covered} without an answer were posted before it")
    yield _fact("over", _local(ended_at, zone) if ended_at is not None else "not yet")


def _fact(name: str, said: str) -> str:
    return f"  {name:<{_WIDTH}}{said}"


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")
