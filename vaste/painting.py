"""Paints drawings: as SVG in a light and a dark version for pages, as PDF, and as PNG for Slack.

A drawing is a Vega-Lite specification in the colours of a palette: the same one for every medium. This is the only
room that knows Altair and vl-convert. They are not installed by default: together with what they need they take
106 MB. They paint without a network: every number stands in the specification, and no address may be asked.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

INSTALL: Final = "pip install altair vl-convert-python"
_FONT: Final = "Arial, Helvetica, sans-serif"
Palette = Mapping[str, str]
Specification = dict[str, Any]
LIGHT: Final[Palette] = {
    "ink": "#1d1b18",
    "quiet": "#6a655d",
    "line": "#e3ded5",
    "paper": "#ffffff",
    "bad": "#b3261e",
    "one": "#1f4f82",
    "two": "#b5651d",
    "three": "#6a655d",
}
DARK: Final[Palette] = {
    "ink": "#ece8e1",
    "quiet": "#a39d92",
    "line": "#35322d",
    "paper": "#1f1d1a",
    "bad": "#ff9c92",
    "one": "#7fb2ea",
    "two": "#e8a866",
    "three": "#a39d92",
}


class NoPictures(Exception):
    """What paints is not installed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is to be painted, and what it shows in words."""

    title: str
    says: str
    """For who cannot see it."""
    specify: Callable[[Palette], Specification]
    """Give the Vega-Lite specification in the colours of a palette. Names in it are cleaned by who writes it:
    vl-convert ends the whole process at a character that XML forbids."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture and what it shows in words."""

    title: str
    says: str
    """For who cannot see it."""
    light: str
    dark: str
    """`data:` addresses of SVG."""


def load_painters() -> tuple[Any, Any]:
    """Give Altair and vl-convert; raises NoPictures."""
    return _load("altair"), _load("vl_convert")


def can_paint() -> bool:
    """Say whether what paints is installed."""
    try:
        _load("vl_convert")
    except NoPictures:
        return False
    return True


def paint(drawing: Drawing) -> Picture:
    """Paint a drawing for a page, in both palettes; raises NoPictures."""
    light, dark = (_as_address(paint_svg(drawing, palette)) for palette in (LIGHT, DARK))
    return Picture(drawing.title, drawing.says, light, dark)


def paint_svg(drawing: Drawing, palette: Palette = LIGHT) -> str:
    """Paint a drawing as SVG on no ground; raises NoPictures."""
    svg: str = _load("vl_convert").vegalite_to_svg(drawing.specify(palette), **_manner(palette))
    return svg


def paint_png(drawing: Drawing, *, scale: float = 2.0) -> bytes:
    """Paint a drawing as PNG on white, `scale` dots a point, for who has no page; raises NoPictures."""
    manner = _manner(LIGHT, background=LIGHT["paper"])
    png: bytes = _load("vl_convert").vegalite_to_png(drawing.specify(LIGHT), scale=scale, **manner)
    return png


def paint_pdf(drawing: Drawing) -> bytes:
    """Paint a drawing as PDF with the fonts in it, to be put into another one; raises NoPictures."""
    pdf: bytes = _load("vl_convert").vegalite_to_pdf(drawing.specify(LIGHT), **_manner(LIGHT))
    return pdf


def _load(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise NoPictures(
            f"pictures need {error.name}, which is not installed; {INSTALL}, or use --format text"
        ) from error


def _as_address(svg: str) -> str:
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()


def _manner(palette: Palette, *, background: str | None = None) -> dict[str, Any]:
    axis = {
        "labelColor": palette["quiet"],
        "titleColor": palette["quiet"],
        "domainColor": palette["line"],
        "tickColor": palette["line"],
        "gridColor": palette["line"],
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "labelLimit": 150,
    }
    legend = {"labelColor": palette["ink"], "orient": "bottom", "title": None, "labelFontSize": 11}
    legend |= {"titleColor": palette["quiet"], "titleFontSize": 11, "titleFontWeight": "normal"}
    config = {
        "background": background,
        "font": _FONT,
        "view": {"stroke": None},
        "axis": axis,
        "legend": legend,
        "autosize": {"type": "fit-x", "contains": "padding"},
    }
    return {"config": config, "allowed_base_urls": []}
