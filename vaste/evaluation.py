"""How good the classifier was on labelled posts: what is reported, as JSON and as text."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from casebook.mention import Verdict
from classifier.scoring import (
    BINS,
    AttentionFigures,
    Estimate,
    Evaluation,
    Judged,
    SentimentFigures,
    SliceFigures,
    evaluate,
    surest_errors,
)
from notifier.hostile import clean_line, cut, shown_line
from vaste.labelled import LabelledPost

DEFAULT_SLICES: Final = ("language", "hard", "kind", "source", "length")
SHOWN_SLICES: Final = 20
"""Values of one column that are shown to people, those with the most posts; JSON has all."""
_BANDS: Final = ((40, "up to 40 characters"), (140, "41 to 140"), (280, "141 to 280"))
_LONGEST: Final = "over 280"
_QUOTED: Final = 280
_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class WorstError:
    """A wrong guess that was sure of itself."""

    where: str
    """Its file, without folders, and its line."""
    id: str | None
    truth: str
    guess: str
    probability: float
    text: str
    """Its beginning, on one line."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is told of a set."""

    model: str
    figures: Evaluation
    worst: tuple[WorstError, ...]


def known_columns(posts: Iterable[LabelledPost]) -> list[str]:
    """Name the columns by which posts can be sliced, in the order in which they first occur."""
    found = dict.fromkeys(
        name for post in posts for name in ("language", *post.columns) if _value(post, name)
    )
    return [*found, "length"]


def report(
    posts: Sequence[LabelledPost],
    verdicts: Sequence[Verdict],
    *,
    slices: Sequence[str] = DEFAULT_SLICES,
    worst: int = 10,
    recall: float = 0.95,
) -> Report:
    """Give the figures of posts and the verdicts on them; columns that no post has are left out."""
    judged = [
        Judged(post.sentiment, verdict, post.attention) for post, verdict in zip(posts, verdicts, strict=True)
    ]
    columns = {name: [_value(post, name) for post in posts] for name in dict.fromkeys(slices)}
    figures = evaluate(judged, slices=columns, recall=recall)
    return Report(
        model=verdicts[0].model,
        figures=replace(figures, slices=tuple(sorted(figures.slices, key=_Order(tuple(columns))))),
        worst=tuple(_error(posts[at], judged[at]) for at in surest_errors(judged, worst)),
    )


def _value(post: LabelledPost, column: str) -> str | None:
    if column == "length":
        return length_band(post.text)
    return post.language if column == "language" else post.columns.get(column)


def length_band(text: str) -> str:
    """Name the band of a text's length."""
    return next((name for most, name in _BANDS if len(text) <= most), _LONGEST)


@dataclass(frozen=True, slots=True)
class _Order:
    """Columns as they were asked for; in each the values with the most posts first, but lengths as they grow."""

    columns: tuple[str, ...]

    def __call__(self, one: SliceFigures) -> tuple[int, int]:
        bands = [name for _, name in _BANDS] + [_LONGEST]
        rank = bands.index(one.value) if one.column == "length" else -one.rows
        return self.columns.index(one.column), rank


def _error(post: LabelledPost, judged: Judged) -> WorstError:
    return WorstError(
        where=post.where.rpartition("/")[2],
        id=post.columns.get("id"),
        truth=judged.truth.value,
        guess=judged.verdict.sentiment.value,
        probability=judged.certainty,
        text=cut(shown_line(post.text), _QUOTED),
    )


def slices_by_column(
    figures: Evaluation, most: int = SHOWN_SLICES
) -> list[tuple[str, list[SliceFigures], int]]:
    """Give each column with the slices that are shown of it, and how many more it has."""
    groups: dict[str, list[SliceFigures]] = {}
    for one in figures.slices:
        groups.setdefault(one.column, []).append(one)
    return [(column, group[:most], max(0, len(group) - most)) for column, group in groups.items()]


# ---------------------------------------------------------------------------------------------------------
# JSON


def as_json(told: Report) -> str:
    """Write the report as one object; figures have four digits, and null where they cannot be had."""
    whole = {"model": told.model, **asdict(told.figures), "worst": [asdict(one) for one in told.worst]}
    return json.dumps(_rounded(whole), ensure_ascii=False, indent=2) + "\n"


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return round(value, _DIGITS) if isinstance(value, float) else value


# ---------------------------------------------------------------------------------------------------------
# Text


def write_text(told: Report, console: Console) -> None:
    """Write the report for a person at a terminal."""
    figures = told.figures
    console.print(Text(f"{figures.sentiment.rows} posts, judged by {clean_line(told.model)}"))
    _print(console, "", _summary(figures))
    _print(console, "Sentiment, class by class", _classes(figures.sentiment))
    _print(console, "True sentiment (lines) and guess (columns)", _confusion(figures.sentiment))
    _print(
        console, f"What probabilities promise (error {number(figures.calibration.error)})", _curve(figures)
    )
    if figures.attention is not None:
        _print(console, "Attention", _attention(figures.attention))
    for column, shown, more in slices_by_column(figures):
        _print(console, f"By {column}" + (f" (and {more} more)" if more else ""), _slices(shown))
    _write_worst(told.worst, console)


def number(value: float | None) -> str:
    """Write a figure with three digits; – for none."""
    return "–" if value is None else f"{value:.3f}"


def between(estimate: Estimate | None) -> str:
    """Write the interval of a figure; – for none."""
    return "–" if estimate is None else f"{estimate.low:.3f}–{estimate.high:.3f}"


def middle(estimate: Estimate | None) -> str:
    """Write a figure that has an interval, without it; – for none."""
    return number(estimate.value if estimate else None)


def summary_lines(figures: Evaluation) -> list[tuple[str, str, str]]:
    """Give the figures that are read first: name, figure, interval."""
    sentiment, answered = figures.sentiment, figures.answered
    lines: list[tuple[str, Estimate | None]] = [
        ("accuracy", sentiment.accuracy),
        ("macro-F1", sentiment.macro_f1),
        ("abstained", figures.abstained),
        ("accuracy where it did not abstain", answered.accuracy if answered else None),
        ("macro-F1 where it did not abstain", answered.macro_f1 if answered else None),
    ]
    told = [(name, middle(estimate), between(estimate)) for name, estimate in lines]
    told.insert(2, ("macro-recall", number(sentiment.macro_recall), ""))
    return [*told, (f"calibration error ({BINS} bins of equal mass)", number(figures.calibration.error), "")]


def attention_lines(figures: AttentionFigures) -> list[tuple[str, str, str]]:
    """Give the figures of attention: name, figure, interval."""
    at = figures.at_recall
    lines = [
        ("posts that deserve a look", f"{figures.deserving} of {figures.rows}", ""),
        ("AUC (0.5 is chance)", number(figures.auc), ""),
        ("average precision", number(figures.average_precision), ""),
        (f"calibration error ({BINS} bins of equal mass)", number(figures.calibration.error), ""),
    ]
    if at is not None:
        lines += [
            (f"threshold that catches {at.wanted:.0%}", number(at.threshold), ""),
            ("precision at that threshold", middle(at.precision), between(at.precision)),
        ]
    return lines


def _print(console: Console, title: str, table: Table) -> None:
    console.print()
    if title:
        console.print(Text(title, "bold"))
    console.print(table)


def _table(*columns: str, left: int = 1) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for at, column in enumerate(columns):
        table.add_column(
            column, justify="left" if at < left else "right", overflow="fold", no_wrap=at >= left
        )
    return table


def _filled(table: Table, rows: Iterable[Iterable[str]]) -> Table:
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))  # as Text: nothing of outsiders is read as markup
    return table


def _summary(figures: Evaluation) -> Table:
    return _filled(_table("", "figure", "95 %"), summary_lines(figures))


def _classes(figures: SentimentFigures) -> Table:
    rows = [
        (
            one.sentiment,
            str(one.rows),
            str(one.guessed),
            *(cell for part in (one.precision, one.recall, one.f1) for cell in (middle(part), between(part))),
        )
        for one in figures.classes
    ]
    return _filled(_table("", "posts", "guessed", "precision", "95 %", "recall", "95 %", "F1", "95 %"), rows)


def _confusion(figures: SentimentFigures) -> Table:
    names = [one.sentiment for one in figures.classes]
    rows = zip(names, figures.confusion, strict=True)
    return _filled(_table("", *names), ([name, *map(str, row)] for name, row in rows))


def _curve(figures: Evaluation) -> Table:
    rows = [(str(one.rows), number(one.score), number(one.share)) for one in figures.calibration.bins]
    return _filled(_table("posts", "promised", "came true", left=0), rows)


def _attention(figures: AttentionFigures) -> Table:
    return _filled(_table("", "figure", "95 %"), attention_lines(figures))


def _slices(shown: Iterable[SliceFigures]) -> Table:
    rows = [
        (
            one.value,
            str(one.rows),
            middle(one.accuracy),
            between(one.accuracy),
            middle(one.macro_f1),
            between(one.macro_f1),
        )
        for one in shown
    ]
    return _filled(_table("", "posts", "accuracy", "95 %", "macro-F1", "95 %"), rows)


def _write_worst(worst: Sequence[WorstError], console: Console) -> None:
    if not worst:
        return
    console.print()
    console.print(Text("Wrong and surest of it", "bold"))
    for one in worst:
        told = f"{one.truth}, judged {one.guess} {one.probability:.2f}  {clean_line(one.where)}"
        console.print(Text(told))
        console.print(Text(f"  {one.text}"), soft_wrap=True)
