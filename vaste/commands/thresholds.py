"""`vaste thresholds`: what a threshold would have meant in one's own labelled history."""

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from casebook.mention import Sentiment, Verdict
from classifier.scoring import Alarm, alarm, alarms, cheapest, prior_weights
from notifier.hostile import clean_line
from playbooks.playbook import Match, Playbook
from vaste.commands.evaluate import configuration, judge, labelled
from vaste.commands.given import stop
from vaste.labelled import LabelledPost
from vaste.report_log import cell

FORMATS: Final = ("text", "json", "csv")
COLUMNS: Final = (
    "condition",
    "threshold",
    "alerts",
    "misses",
    "false_alarms",
    "precision",
    "recall",
    "alerts_a_day",
    "misses_a_day",
    "false_alarms_a_day",
    "cost",
    "cost_a_day",
    "cheapest",
    "playbooks",
)
TENTHS: Final = tuple(at / 10 for at in range(1, 10))
_HUNDREDTHS: Final = tuple(at / 100 for at in range(1, 100))
_PAPER: Final = 120
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Costs:
    """What mistakes cost, in any one unit."""

    miss: float
    alarm: float
    """One false alarm."""


@dataclass(frozen=True, slots=True)
class History:
    """Labelled posts, the verdicts on them, and for how much each counts."""

    posts: Sequence[LabelledPost]
    verdicts: Sequence[Verdict]
    weights: Sequence[float]
    posts_a_day: float | None


def run(
    paths: Sequence[Path],
    *,
    config: Path,
    needed: bool,
    form: str,
    posts_a_day: float | None,
    prior: str | None,
    cost_miss: float | None,
    cost_alarm: float | None,
) -> None:
    """Write what each threshold would have meant, in one of `FORMATS`."""
    if form not in FORMATS:
        stop(f"--format {clean_line(form)!r} is unknown; use {', '.join(FORMATS)}", 2)
    if (cost_miss is None) != (cost_alarm is None):
        stop("--cost-miss and --cost-alarm go together; give both, in the same unit", 2)
    costs = Costs(cost_miss, cost_alarm) if cost_miss is not None and cost_alarm is not None else None
    shares = _shares(prior) if prior is not None else None
    configured = configuration(config, needed=needed)
    posts = labelled(paths)
    weights = _weights(posts, shares)
    verdicts = judge(posts, configured)
    history = History(posts, verdicts, weights, posts_a_day or daily(posts))
    rows = list(rows_of(history, configured.playbooks if configured else (), costs))
    if form == "json":
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
    elif form == "csv":
        _write_csv(rows)
    else:
        _write_text(history, rows, costs)


def _shares(written: str) -> dict[str, float]:
    """Read `negative=.15,neutral=.75,positive=.10`, or stop."""
    try:
        pairs = [part.split("=") for part in written.split(",")]
        return {name.strip(): float(share) for name, share in pairs}
    except ValueError:
        stop(f"--prior {clean_line(written)!r} is no prior; write negative=.15,neutral=.75,positive=.10", 2)


def _weights(posts: Sequence[LabelledPost], shares: Mapping[str, float] | None) -> Sequence[float]:
    if shares is None:
        return [1.0] * len(posts)
    try:
        return prior_weights([post.sentiment.value for post in posts], shares)
    except ValueError as error:
        stop(f"--prior: {error}; write negative=.15,neutral=.75,positive=.10", 2)


def daily(posts: Sequence[LabelledPost]) -> float | None:
    """Give how many posts there are a day, from the first day to the last; None where no day is known."""
    days = [post.day for post in posts if post.day is not None]
    return len(days) / ((max(days) - min(days)).days + 1) if days else None


# ---------------------------------------------------------------------------------------------------------
# Rows


@dataclass(frozen=True, slots=True)
class _Signal:
    """A number by which posts may be alerted, and which of them should be."""

    name: str
    scores: Sequence[float | None]
    """None where the classifier abstained: then neither sentiment nor attention holds."""
    deserving: Sequence[bool]
    weights: Sequence[float]
    days: float | None
    """How many days these posts stand for."""


def rows_of(history: History, playbooks: Sequence[Playbook], costs: Costs | None) -> Iterator[Row]:
    """Give a row for each tenth, for each number in a playbook's conditions, and for the cheapest threshold."""
    for signal in _signals(history):
        used = _numbers(playbooks, signal.name)
        best = _best(signal, costs)
        shown = {*TENTHS, *used, *([best] if best is not None else [])}
        for one in alarms(signal.scores, signal.deserving, sorted(shown), signal.weights):
            named = used.get(one.threshold or 0.0, ())
            yield _row(signal, one, costs, playbooks=named, is_cheapest=one.threshold == best)
        if signal.name == "negative":
            named = tuple(book.name for book in playbooks if _by_class(book.match))
            yield _row(signal, _most_probable(history), costs, playbooks=named, is_cheapest=False)


def _signals(history: History) -> Iterator[_Signal]:
    """Give the probability of negative for all posts, and attention for those whose label of it is known."""
    every = range(len(history.posts))
    yield _signal(
        history, "negative", every, [post.sentiment == Sentiment.NEGATIVE for post in history.posts]
    )
    known = [at for at in every if history.posts[at].attention is not None]
    if known:
        yield _signal(history, "attention", known, [bool(history.posts[at].attention) for at in known])


def _signal(history: History, name: str, places: Sequence[int], deserving: Sequence[bool]) -> _Signal:
    verdicts = [history.verdicts[at] for at in places]
    scores = [
        None if one.abstained else one.attention if name == "attention" else one.negative for one in verdicts
    ]
    weights = [history.weights[at] for at in places]
    days = sum(weights) / history.posts_a_day if history.posts_a_day else None
    return _Signal(name, scores, deserving, weights, days)


def _best(signal: _Signal, costs: Costs | None) -> float | None:
    if costs is None:
        return None
    known = alarms(signal.scores, signal.deserving, _HUNDREDTHS, signal.weights)
    return cheapest(known, miss=costs.miss, false_alarm=costs.alarm).threshold


def _most_probable(history: History) -> Alarm:
    """Give what `sentiment: negative` would have meant: negative is the most probable class."""
    return alarm(
        [not one.abstained and one.sentiment == Sentiment.NEGATIVE for one in history.verdicts],
        [post.sentiment == Sentiment.NEGATIVE for post in history.posts],
        history.weights,
    )


def _row(
    signal: _Signal, one: Alarm, costs: Costs | None, *, playbooks: Iterable[str], is_cheapest: bool
) -> Row:
    def a_day(count: float) -> float | None:
        return round(count / signal.days, 3) if signal.days else None

    cost = one.cost(miss=costs.miss, false_alarm=costs.alarm) if costs else None
    written = f"{signal.name} from {one.threshold:g}" if one.threshold is not None else "sentiment: negative"
    return {
        "condition": written,
        "threshold": one.threshold,
        "alerts": round(one.alerts, 2),
        "misses": round(one.misses, 2),
        "false_alarms": round(one.false_alarms, 2),
        "precision": _rounded(one.precision),
        "recall": _rounded(one.recall),
        "alerts_a_day": a_day(one.alerts),
        "misses_a_day": a_day(one.misses),
        "false_alarms_a_day": a_day(one.false_alarms),
        "cost": None if cost is None else round(cost, 2),
        "cost_a_day": None if cost is None else a_day(cost),
        "cheapest": is_cheapest,
        "playbooks": [clean_line(name) for name in playbooks],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _numbers(playbooks: Sequence[Playbook], signal: str) -> dict[float, tuple[str, ...]]:
    """Give the thresholds that playbooks name for a signal, each with the names of its playbooks."""
    found: dict[float, tuple[str, ...]] = {}
    for book in playbooks:
        for match in _nested(book.match):
            number = match.attention if signal == "attention" else match.sentiment_at_least.get(signal)
            if number is not None and book.name not in found.get(number, ()):
                found[number] = (*found.get(number, ()), book.name)
    return found


def _by_class(match: Match) -> bool:
    return any(Sentiment.NEGATIVE in one.sentiment for one in _nested(match))


def _nested(match: Match) -> Iterator[Match]:
    """Give a match and all alternatives inside it; what stands under `not` alerts nobody."""
    yield match
    for inner in match.any:
        yield from _nested(inner)


# ---------------------------------------------------------------------------------------------------------
# Written


def _write_csv(rows: Iterable[Row]) -> None:
    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerow(COLUMNS)
    for row in rows:
        lines.writerow([cell(row[name]) for name in COLUMNS])


def _write_text(history: History, rows: Sequence[Row], costs: Costs | None) -> None:
    console = Console(width=None if sys.stdout.isatty() else _PAPER)
    pace = (
        f"{history.posts_a_day:g} posts a day" if history.posts_a_day else "no days known: --posts-per-day N"
    )
    console.print(Text(f"{len(history.posts)} labelled posts, {pace}"))
    console.print(Text(_reviewed(history)))
    for title, meaning, shown in _parts(rows):
        console.print()
        console.print(Text(title, "bold"))
        console.print(Text(meaning))
        console.print(_table(shown, a_day=history.posts_a_day is not None, priced=costs is not None))
    for row in rows:
        if row["cheapest"]:
            console.print(Text(f"least expected cost: {row['condition']}"))


def _reviewed(history: History) -> str:
    pairs = zip(history.weights, history.verdicts, strict=True)
    share = sum(weight for weight, verdict in pairs if verdict.abstained) / sum(history.weights)
    return f"{share:.1%} are abstained from: at no threshold an alert, they wait in the review lane"


def _parts(rows: Sequence[Row]) -> Iterator[tuple[str, str, list[Row]]]:
    negative = [row for row in rows if not row["condition"].startswith("attention")]
    attention = [row for row in rows if row["condition"].startswith("attention")]
    yield (
        "Negative",
        "a miss is a negative post without an alert, a false alarm an alert on another",
        negative,
    )
    if attention:
        yield "Attention", "a miss is a post that deserved a look and raised no alert", attention


def _table(rows: Iterable[Row], *, a_day: bool, priced: bool) -> Table:
    unit = "_a_day" if a_day else ""
    counted = [f"alerts{unit}", f"misses{unit}", f"false_alarms{unit}", "precision", "recall"]
    columns = ["condition", *counted, *([f"cost{unit}"] if priced else []), "playbooks"]
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in columns:
        is_words = name in {"condition", "playbooks"}
        table.add_column(
            name.replace("_", " "),
            justify="left" if is_words else "right",
            no_wrap=name == "condition",
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(Text(_shown(name, row[name])) for name in columns))
    return table


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, str):
        return value
    return f"{value:.2f}" if name in {"precision", "recall"} else f"{value:,.1f}"
