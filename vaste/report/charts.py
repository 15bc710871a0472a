"""The report's charts, as drawings that `vaste.painting` paints for a page, a PDF and Slack. Pure.

Words come from outside: labels and titles are written in the reader's language by whoever draws. A chart shows
counts or shares that stand in a table too, so nothing is told by a picture alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final

from notifier.hostile import clean_line
from vaste.painting import Drawing, Palette, Specification

WIDTH: Final = 340
"""Of every chart, axes included: it fits a telephone unscaled."""
_HEIGHT: Final = 190
_NAMES: Final = {"minExtent": 110, "maxExtent": 110, "labelLimit": 104}
"""Names are measured in one font here and shown in another there."""
_STRAIGHT: Final = 8
"""More names than that stand aslant."""
_MOSTLY: Final = 0.5
Shape = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: this period's count beside the one before; None where that is not known."""

    name: str
    now: int
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Stack:
    """One bar of several parts, in the order of the chart's parts."""

    name: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A share 0..1 with its interval, and what it ought to be."""

    name: str
    share: float
    low: float
    high: float
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of the week: how many cases began in it, how many of them broke a promise, who was there."""

    weekday: int
    """0 for Monday."""
    hour: int
    cases: int
    breaches: int
    staffed: float
    """Share 0..1 of its time in which somebody was on call."""


def bars(title: str, says: str, told: Sequence[Bar], *, now: str, before: str) -> Drawing:
    """Draw bars of counts, this period (named `now`) beside the one before it."""
    rows = [
        {"name": clean_line(bar.name), "when": when, "count": count}
        for bar in told
        for when, count in ((before, bar.before), (now, bar.now))
        if count is not None
    ]
    has_both = any(bar.before is not None for bar in told)
    names = [before, now] if has_both else [now]
    return Drawing(title, says, partial(_bars, rows=rows, names=names))


def stacks(title: str, says: str, told: Sequence[Stack], *, parts: Sequence[str]) -> Drawing:
    """Draw bars of several parts (at most three), the first at the bottom; the last one is the bad one."""
    rows = [
        {"name": clean_line(stack.name), "part": part, "count": count, "order": order}
        for stack in told
        for order, (part, count) in enumerate(zip(parts, stack.counts, strict=True))
    ]
    return Drawing(title, says, partial(_stacks, rows=rows, parts=list(parts)))


def kept(title: str, says: str, told: Sequence[Kept]) -> Drawing:
    """Draw shares with their intervals, a tick where each ought to be."""
    rows = [asdict(one) | {"name": clean_line(one.name)} for one in told]
    return Drawing(title, says, partial(_kept, rows=rows))


def waterfall(title: str, says: str, told: Sequence[tuple[str, float, str]]) -> Drawing:
    """Draw parts (name, share 0..1, the share in words) of one whole, each beginning where the last one ended."""
    rows, reached = [], 0.0
    for name, share, words in told:
        rows.append({"name": clean_line(name), "from": reached, "to": reached + share, "told": words})
        reached += share
    return Drawing(title, says, partial(_waterfall, rows=rows))


def week(
    title: str, says: str, told: Sequence[Hour], *, days: Sequence[str], words: Mapping[str, str]
) -> Drawing:
    """Draw the hours of the week: the more cases the darker, a dot where promises were broken.

    A frame is around the hours in which nobody was on call. `days` are the names of Monday to Sunday; `words` name the axis (`hour`) and the legend (`cases`).
    """
    rows = [
        {
            "day": days[one.weekday],
            "hour": one.hour,
            "cases": one.cases,
            "breaches": one.breaches,
            "empty": one.staffed < _MOSTLY,
        }
        for one in told
    ]
    return Drawing(title, says, partial(_week, rows=rows, days=list(days), words=dict(words)))


# ---- specifications -----------------------------------------------------------------------------------


def _chart(rows: Sequence[Shape], height: int | Shape = _HEIGHT, **more: Any) -> Specification:
    return {"data": {"values": list(rows)}, "width": WIDTH, "height": height, **more}


def _counts(title: str | None = None) -> Shape:
    axis = {"title": title, "tickMinStep": 1, "format": "d"}
    return {"field": "count", "type": "quantitative", "axis": axis}


def _names(rows: Sequence[Shape]) -> Shape:
    axis: Shape = {"title": None}
    if len({row["name"] for row in rows}) > _STRAIGHT:
        axis |= {"labelAngle": -40}
    else:  # broken into its words a name leaves its neighbours room; a figure stays with its unit
        axis |= {
            "labelAngle": 0,
            "labelExpr": "test(/[0-9]/, datum.label) ? datum.label : split(datum.label, ' ')",
        }
    return {"field": "name", "type": "nominal", "sort": None, "axis": axis}


def _colours(names: Sequence[str], colours: Sequence[str], field: str) -> Shape:
    scale = {"domain": list(names), "range": list(colours)}
    return {"field": field, "type": "nominal", "scale": scale, "sort": list(names)}


def _bars(palette: Palette, *, rows: Sequence[Shape], names: Sequence[str]) -> Specification:
    colours = [palette["three"], palette["one"]][-len(names) :]
    encoding = {
        "x": _names(rows),
        "xOffset": {"field": "when", "sort": list(names)},
        "y": _counts(),
        "color": _colours(names, colours, "when"),
    }
    return _chart(rows, mark={"type": "bar"}, encoding=encoding)


def _stacks(palette: Palette, *, rows: Sequence[Shape], parts: Sequence[str]) -> Specification:
    colours = [palette["one"], palette["two"], palette["bad"]]
    if len(parts) < len(colours):
        del colours[1]
    encoding = {
        "x": _names(rows),
        "y": _counts() | {"stack": "zero"},
        "color": _colours(parts, colours, "part"),
        "order": {"field": "order"},
    }
    return _chart(rows, mark={"type": "bar"}, encoding=encoding)


def _percent(value: str) -> str:
    """Give Vega's expression of a share in percent, as Finnish and Swedish write it."""
    return f"format(round({value} * 100), 'd') + '\u00a0%'"


def _share(field: str) -> Shape:
    # lines at every quarter, words at halves: browsers have wider fonts than the one that is measured in here
    words = f"datum.value * 2 % 1 ? '' : {_percent('datum.value')}"
    axis = {"title": None, "values": [0, 0.25, 0.5, 0.75, 1], "labelExpr": words}
    return {"field": field, "type": "quantitative", "scale": {"domain": [0, 1]}, "axis": axis}


def _kept(palette: Palette, *, rows: Sequence[Shape]) -> Specification:
    names = {"field": "name", "type": "nominal", "sort": None}
    layers: list[Shape] = [
        {
            "mark": {"type": "bar", "color": palette["one"], "opacity": 0.75, "height": {"band": 0.6}},
            "encoding": {"x": _share("share")},
        },
        {
            "mark": {"type": "rule", "color": palette["ink"], "strokeWidth": 1.5},
            "encoding": {"x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}},
        },
        {
            "transform": [{"filter": "isValid(datum.target)"}],
            "mark": {"type": "tick", "color": palette["bad"], "thickness": 3, "size": 20},
            "encoding": {"x": {"field": "target", "type": "quantitative"}},
        },
    ]
    axis = {"title": None, "ticks": False, "domain": False, **_NAMES}
    return _chart(rows, {"step": 26}, layer=layers, encoding={"y": names | {"axis": axis}})


def _waterfall(palette: Palette, *, rows: Sequence[Shape]) -> Specification:
    axis = {"title": None, "ticks": False, "domain": False, **_NAMES}
    words = {"field": "told", "type": "nominal"}
    layers: list[Shape] = [
        {
            "mark": {"type": "bar", "color": palette["one"], "height": {"band": 0.6}},
            "encoding": {"x": _share("from"), "x2": {"field": "to"}},
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 5, "color": palette["ink"]},
            "transform": [{"filter": "datum.from < 0.8"}],
            "encoding": {
                "x": {"field": "to", "type": "quantitative"},
                "text": words,
            },
        },
        {
            "mark": {"type": "text", "align": "right", "dx": -5, "color": palette["ink"]},
            "transform": [{"filter": "datum.from >= 0.8"}],
            "encoding": {
                "x": {"field": "from", "type": "quantitative"},
                "text": words,
            },
        },
    ]
    names = {"field": "name", "type": "nominal", "sort": None, "axis": axis}
    return _chart(rows, {"step": 26}, layer=layers, encoding={"y": names})


def _week(
    palette: Palette, *, rows: Sequence[Shape], days: Sequence[str], words: Mapping[str, str]
) -> Specification:
    hour_axis = {"title": words["hour"], "labelAngle": 0, "values": [0, 4, 8, 12, 16, 20]}
    most = max((row["cases"] for row in rows), default=0)
    base = {
        "x": {"field": "hour", "type": "ordinal", "sort": list(range(24)), "axis": hour_axis},
        "y": {"field": "day", "type": "nominal", "sort": list(days), "axis": {"title": None}},
    }
    colour = {
        "field": "cases",
        "type": "quantitative",
        "scale": {
            "domain": [0, max(most, 1)],
            "range": [palette["line"], palette["one"]],
            "interpolate": "rgb",
        },
        "legend": {"title": words["cases"], "tickMinStep": 1, "format": "d", "gradientLength": 120},
    }
    layers: list[Shape] = [
        {"mark": {"type": "rect", "stroke": palette["paper"]}, "encoding": {"color": colour}},
        {
            "transform": [{"filter": "datum.empty"}],
            "mark": {"type": "rect", "fill": None, "stroke": palette["two"], "strokeWidth": 1.5},
        },
        {
            "transform": [{"filter": "datum.breaches > 0"}],
            "mark": {"type": "point", "filled": True, "color": palette["bad"], "opacity": 1},
            "encoding": {"size": {"field": "breaches", "type": "quantitative", "legend": None,
                                  "scale": {"domain": [1, max(most, 2)], "range": [22, 90]}}},
        },
    ]  # fmt: skip
    return _chart(rows, {"step": 20}, layer=layers, encoding=base)
