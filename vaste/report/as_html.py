"""A document as one page that needs nothing else: no script, no address, its own pictures, light, dark and print.

What it quotes is hostile: everything is escaped, and the page forbids itself to load or run anything.
"""

from importlib.resources import files
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from notifier.hostile import safe_url
from vaste.painting import can_paint, paint
from vaste.report.document import Document, ranges

MOST_LISTED: Final = 200
"""Cases of a figure that are listed; of more the command is named that lists them."""


def as_html(document: Document) -> str:
    """Write a report as HTML; where nothing can paint, a sentence stands for each picture."""
    templates = Environment(
        loader=PackageLoader("vaste.web"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(
        kind=lambda block: type(block).__name__, paint=paint, ranges=ranges, link=safe_url
    )
    page: str = templates.get_template("report.html").render(
        told=document,
        painted=can_paint(),
        most=MOST_LISTED,
        style=Markup(_style()),  # noqa: S704 - ours, and in <style> nothing may be escaped
    )
    return page


def _style() -> str:
    return "\n".join(
        (files("vaste.web") / "static" / name).read_text("utf-8") for name in ("style.css", "report.css")
    )
