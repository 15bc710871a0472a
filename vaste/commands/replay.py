"""`vaste replay`: history decided again by another configuration. Nothing is sent, and nothing is written."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

import notifier.registry
from casebook.past import Past
from casebook.store import Store
from classifier.model import ModelUnavailable
from vaste.clock import WallClock
from vaste.commands.given import has_record, instant, load, record_of, stop
from vaste.comparison import Comparison
from vaste.config import Config
from vaste.decided import Decided
from vaste.desk import Desk
from vaste.legible import as_scored, reads_words, without_erased
from vaste.lessons import ground_of, standing, taught_by
from vaste.recorded import as_recorded
from vaste.replay import decide_again, for_replay
from vaste.replay_told import Replayed, as_object, tell
from vaste.standing import teams_at
from vaste.wiring import desk_of, open_classifier

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
    then = _side_of(store, against, now) if against else None
    side = _side_of(store, new, now)
    reads = side.reads_words or (then is not None and then.reads_words)
    pasts = store.pasts(since=since, until=until)
    if asked.judge:
        pasts = _judged_again(pasts, store, new)
    with _counting(store.count_judged(since=since, until=until)) as count:
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


@dataclass(frozen=True, slots=True)
class _Side:
    """One configuration, ready to decide."""

    config: Config
    desk: Desk
    learnt: Mapping[str, float]
    """Thresholds of topics that the team's corrections taught."""
    bystander: Callable[[int], bool]
    now: datetime
    wrong: tuple[str, ...] = ()
    """What is wrong with its rotas."""

    @property
    def reads_words(self) -> bool:
        """Some playbook asks for words of a post."""
        return any(reads_words(playbook.match) for playbook in self.config.playbooks)

    def scored(self, past: Past) -> tuple[Past, Counter[str]]:
        """Give a past in which topics hold by this configuration, and how many posts lack a score of which."""
        lacking: Counter[str] = Counter()
        judged = []
        for one in past.judged:
            verdict, missing = as_scored(one.verdict, self.config.topics, self.learnt)
            lacking.update(missing)
            judged.append(one if verdict is one.verdict else replace(one, verdict=verdict))
        return replace(past, judged=tuple(judged)), lacking

    def decided(self, past: Past) -> Decided:
        """Decide a customer's posts."""
        return decide_again(past, self.desk, bystander=self.bystander, now=self.now)


def _side_of(store: Store, config: Config, now: datetime) -> _Side:
    direct = notifier.registry.KINDS[config.channels[0].kind].direct
    teams, wrong = teams_at(config, store, now=now, web=False)  # who stood in then, and who was away
    desk = for_replay(replace(desk_of(config, direct=direct), teams=teams))
    return _Side(config, desk, _learnt(store, config), store.is_bystander, now, tuple(wrong))


def _learnt(store: Store, config: Config) -> Mapping[str, float]:
    try:
        model = open_classifier(config).model_id
    except ModelUnavailable:
        return {}  # verdicts are read all the same; no lesson holds without its model
    return standing(store, ground_of(config, model)).thresholds.topics


def _compare(whole: Past, then: _Side | None, side: _Side, comparison: Comparison, *, reads: bool) -> None:
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


@contextmanager
def _counting(total: int) -> Iterator[Callable[[int], None]]:
    """Show on stderr how far it has come, where somebody watches."""
    console = Console(stderr=True)
    columns = (TextColumn("deciding again"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=total)
        yield lambda done: progress.advance(task, done)
