"""The pictures of an evaluation."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from classifier.scoring import (
    ORDER,
    AttentionFigures,
    Calibration,
    Evaluation,
    SentimentFigures,
    SliceFigures,
)
from notifier.hostile import clean_line
from vaste.painting import Drawing, Palette, Picture, Specification, load_painters, paint

_WIDTH: Final = 340
"""Of every picture, axes included: it fits a telephone unscaled, and three stand side by side on a desk."""
_NAMES_ROOM: Final = 148
_NAMES_LIMIT: Final = 124
"""Names are measured in one font here and shown in another there, up to a sixth wider."""
Rows = list[dict[str, Any]]


def confusion_picture(figures: SentimentFigures) -> Picture:
    """Paint how often each true sentiment was guessed to be which."""
    rows = [
        {"truth": truth.value, "guess": guess.value, "posts": count, "share": count / max(sum(counts), 1)}
        for truth, counts in zip(ORDER, figures.confusion, strict=True)
        for guess, count in zip(ORDER, counts, strict=True)
    ]
    right = sum(figures.confusion[at][at] for at in range(len(ORDER)))
    return _painted(
        "True sentiment and guess",
        f"{right} of {figures.rows} posts are on the diagonal, where guess and truth agree",
        lambda altair, palette: _confusion(altair, rows, palette),
    )


def calibration_picture(known: Mapping[str, Calibration]) -> Picture:
    """Paint what scores promise beside what comes true, a line for each named calibration."""
    rows = [
        {"of": name, "promised": one.score, "true": one.share, "posts": one.rows}
        for name, found in known.items()
        for one in found.bins
    ]
    errors = ", ".join(f"{name} {found.error:.3f}" for name, found in known.items())
    return _painted(
        "What scores promise and what comes true",
        f"Calibration error: {errors}; on the dashed line promises are kept",
        lambda altair, palette: _calibration(altair, rows, list(known), palette),
    )


def threshold_picture(figures: AttentionFigures) -> Picture:
    """Paint precision, recall and the share of posts alerted at each threshold of attention."""
    rows = [
        {"threshold": point.threshold, "what": what, "share": share}
        for point in figures.curve
        for what, share in (
            ("precision", point.precision),
            ("recall", point.recall),
            ("alerted", point.alerted),
        )
    ]
    at = figures.at_recall
    says = "Precision, recall and share of posts alerted, by threshold"
    if at is not None:
        says += f"; {at.wanted:.0%} are caught at {at.threshold:.3f}, with precision {at.precision.value:.3f}"
    mark = [{"threshold": at.threshold}] if at is not None else []
    return _painted(
        "Attention by threshold", says, lambda altair, palette: _thresholds(altair, rows, mark, palette)
    )


def slices_picture(column: str, slices: Sequence[SliceFigures], overall: float) -> Picture:
    """Paint the accuracy of each slice with its interval, and that of all posts as a line."""
    rows = [
        {
            # vl-convert ends the whole process at a character that XML forbids
            "slice": f"{clean_line(one.value)} ({one.rows})",
            "accuracy": one.accuracy.value,
            "low": one.accuracy.low,
            "high": one.accuracy.high,
        }
        for one in slices
    ]
    says = ", ".join(f"{one.value} {one.accuracy.value:.2f}" for one in slices)
    return _painted(
        f"Accuracy by {column}", says, lambda altair, palette: _slices(altair, rows, overall, palette)
    )


def pictures_of(figures: Evaluation, slices: Iterable[tuple[str, Sequence[SliceFigures]]]) -> list[Picture]:
    """Paint all pictures of an evaluation; raises NoPictures."""
    known = {"sentiment": figures.calibration}
    if figures.attention is not None:
        known["attention"] = figures.attention.calibration
    painted = [confusion_picture(figures.sentiment), calibration_picture(known)]
    if figures.attention is not None and figures.attention.curve:
        painted.append(threshold_picture(figures.attention))
    overall = figures.sentiment.accuracy.value
    return painted + [slices_picture(column, shown, overall) for column, shown in slices]


# ---------------------------------------------------------------------------------------------------------
# Charts


def _painted(title: str, says: str, draw: Any) -> Picture:
    altair, _ = load_painters()

    def specify(palette: Palette) -> Specification:
        specification: Specification = json.loads(draw(altair, palette).to_json())
        return specification

    return paint(Drawing(title, says, specify))


def _values(altair: Any, rows: Rows) -> Any:
    return altair.Data(values=rows)


def _share_axis(altair: Any, name: str, title: str | None, **more: Any) -> dict[str, Any]:
    return {
        "field": name,
        "type": "quantitative",
        "scale": altair.Scale(domain=[0, 1]),
        "axis": altair.Axis(title=title, format=".1f", tickCount=5, **more),
    }


def _confusion(altair: Any, rows: Rows, palette: Palette) -> Any:
    names = [sentiment.value for sentiment in ORDER]
    base = altair.Chart(_values(altair, rows)).encode(
        x=altair.X("guess:N", sort=names, axis=altair.Axis(title="guess", orient="top", labelAngle=0)),
        y=altair.Y("truth:N", sort=names, axis=altair.Axis(title="true")),
    )
    tiles = base.mark_rect(color=palette["one"]).encode(
        opacity=altair.Opacity("share:Q", scale=altair.Scale(domain=[0, 1], range=[0.06, 1]), legend=None)
    )
    ink = altair.condition("datum.share > 0.6", altair.value(palette["paper"]), altair.value(palette["ink"]))
    counts = base.mark_text(fontSize=14).encode(text="posts:Q", color=ink)
    return (tiles + counts).properties(width=_WIDTH, height=210)


def _calibration(altair: Any, rows: Rows, names: list[str], palette: Palette) -> Any:
    ideal = (
        altair.Chart(_values(altair, [{"promised": 0, "true": 0}, {"promised": 1, "true": 1}]))
        .mark_line(color=palette["quiet"], strokeDash=[4, 4], strokeWidth=1)
        .encode(
            x=altair.X(**_share_axis(altair, "promised", "promised")),
            y=altair.Y(**_share_axis(altair, "true", "came true")),
        )
    )
    kept = (
        altair.Chart(_values(altair, rows))
        .mark_line(point=altair.OverlayMarkDef(size=30))
        .encode(
            x=altair.X(**_share_axis(altair, "promised", "promised")),
            y=altair.Y(**_share_axis(altair, "true", "came true")),
            color=altair.Color(
                "of:N", scale=altair.Scale(domain=names, range=[palette["one"], palette["two"]])
            ),
        )
    )
    return (ideal + kept).properties(width=_WIDTH, height=210)


def _thresholds(altair: Any, rows: Rows, mark: Rows, palette: Palette) -> Any:
    names = ["precision", "recall", "alerted"]
    curves = (
        altair.Chart(_values(altair, rows))
        .mark_line(strokeWidth=2)
        .encode(
            x=altair.X(**_share_axis(altair, "threshold", "threshold")),
            y=altair.Y(**_share_axis(altair, "share", None)),
            color=altair.Color(
                "what:N",
                sort=names,
                scale=altair.Scale(domain=names, range=[palette["one"], palette["two"], palette["three"]]),
            ),
        )
    )
    rule = (
        altair.Chart(_values(altair, mark))
        .mark_rule(color=palette["bad"], strokeDash=[3, 3])
        .encode(x=altair.X("threshold:Q"))
    )
    return (curves + rule).properties(width=_WIDTH, height=210)


def _slices(altair: Any, rows: Rows, overall: float, palette: Palette) -> Any:
    room = {"minExtent": _NAMES_ROOM, "maxExtent": _NAMES_ROOM, "labelLimit": _NAMES_LIMIT}
    names = altair.Axis(title=None, ticks=False, domain=False, **room)
    base = altair.Chart(_values(altair, rows)).encode(y=altair.Y("slice:N", sort=None, axis=names))
    bars = base.mark_bar(color=palette["one"], opacity=0.75, height={"band": 0.7}).encode(
        x=altair.X(**_share_axis(altair, "accuracy", "accuracy, with its 95 % interval"))
    )
    reach = base.mark_rule(color=palette["ink"], strokeWidth=1.5).encode(x="low:Q", x2="high:Q")
    whole = (
        altair.Chart(_values(altair, [{"accuracy": overall}]))
        .mark_rule(color=palette["bad"], strokeDash=[3, 3])
        .encode(x="accuracy:Q")
    )
    return (bars + reach + whole).properties(width=_WIDTH, height=altair.Step(22))
