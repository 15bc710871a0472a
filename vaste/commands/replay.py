"""`vaste replay`: history decided again by another configuration. Nothing is sent, and nothing is written."""

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path

from rich.console import Console

from casebook.past import Past
from casebook.store import Store
from vaste.clock import WallClock
from vaste.commands.given import has_record, instant, load, record_of, stop
from vaste.commands.progress import counting
from vaste.comparison import Comparison
from vaste.config import Config
from vaste.deciding import Deciding, deciding
from vaste.legible import without_erased
from vaste.lessons import taught_by
from vaste.recorded import as_recorded
from vaste.replay_told import Replayed, as_object, tell
from vaste.wiring import open_classifier

USUAL_DAYS = 30
_JUDGED_AT_ONCE = 64
_PAPER = 120
"""Columns where nobody watches."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be replayed, as it was typed."""

    config: Path
    against: Path | None = None
    days: int | None = None
    since: str | None = None
    until: str | None = None
    examples: int = 3
    judge: bool = False
    as_json: bool = False


def run(asked: Asked) -> None:
    """Say what would have been different with another configuration."""
    if asked.days is not None and asked.since is not None:
        stop("--days and --since say the same; write one of them", 2)
    new = load(asked.config)
    against = load(asked.against) if asked.against else None
    recorded = new if against is None or has_record(new) else against
    with record_of(recorded) as store:
        if store is None:
            stop("there is no record to replay; name its database in the configuration (database:)", 1)
        replayed = replay(store, new, against, asked)
    if asked.as_json:
        sys.stdout.write(json.dumps(as_object(replayed), ensure_ascii=False, indent=2) + "\n")
    else:
        tell(replayed, Console(width=None if sys.stdout.isatty() else _PAPER))


def replay(store: Store, new: Config, against: Config | None, asked: Asked) -> Replayed:
    """Decide the record again, customer by customer."""
    now = WallClock().now()
    since, until = _period(asked, new, now)
    comparison = Comparison(new.timezone, now, asked.examples)
    then = deciding(store, against, now=now) if against else None
    side = deciding(store, new, now=now)
    reads = side.reads_words or (then is not None and then.reads_words)
    pasts = store.pasts(since=since, until=until)
    if asked.judge:
        pasts = _judged_again(pasts, store, new)
    with counting("deciding again", store.count_judged(since=since, until=until)) as count:
        for past in pasts:
            count(len(past.judged))
            _compare(past, then, side, comparison, reads=reads or asked.judge)
    return Replayed(
        comparison=comparison,
        since=since,
        until=until,
        by=asked.config.name,
        against=asked.against.name if asked.against else None,
        people={**(against.people if against else {}), **new.people},
        order=tuple(playbook.name for playbook in new.playbooks),
        is_judged=asked.judge,
        wrong=tuple(dict.fromkeys((*(then.wrong if then else ()), *side.wrong))),
    )


def _period(asked: Asked, config: Config, now: datetime) -> tuple[datetime, datetime]:
    zone = config.timezone
    until = instant(asked.until, zone, "--until") if asked.until is not None else now
    begin = instant(asked.since, zone, "--since") if asked.since is not None else None
    since = begin or until - timedelta(days=asked.days or USUAL_DAYS)
    if since >= until:
        stop("--since is not before --until; write an earlier --since, or a later --until", 2)
    return since, until


def _compare(
    whole: Past, then: Deciding | None, side: Deciding, comparison: Comparison, *, reads: bool
) -> None:
    """Decide one customer's posts both ways, and count what came of it."""
    past, erased = without_erased(whole) if reads else (whole, 0)
    comparison.erased += erased
    if past is None:
        return
    new, lacking = side.scored(past)
    comparison.unscored.update(lacking)
    before = as_recorded(past) if then is None else then.decided(then.scored(past)[0])
    comparison.add(new, before, side.decided(new))


def _judged_again(pasts: Iterable[Past], store: Store, config: Config) -> Iterator[Past]:
    """Give the same pasts with verdicts of today: only texts that are still there are judged."""
    judge = partial(taught_by(store, config), open_classifier(config))
    remaining = iter(pasts)
    # so many customers at once that the model has a batch to do; an erased post keeps its verdict, and is left out
    while some := list(islice(remaining, _JUDGED_AT_ONCE)):
        kept = [one for past in some for one in past.judged if not one.is_erased]
        mentions = [one.mention for one in kept]
        verdicts = judge(
            [mention.text for mention in mentions],
            [mention.spoken or mention.language_hint for mention in mentions],
        )
        said = {mention.post: verdict for mention, verdict in zip(mentions, verdicts, strict=True)}
        for past in some:
            judged = (replace(one, verdict=said.get(one.mention.post, one.verdict)) for one in past.judged)
            yield replace(past, judged=tuple(judged))
