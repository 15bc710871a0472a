"""The report of an evaluation as one page that needs nothing else: no script, no address, its own pictures.

The posts on it are hostile: everything is escaped, and the page forbids itself to load or run anything.
"""

from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from notifier.hostile import clean_line
from vaste.evaluation import (
    Report,
    attention_lines,
    between,
    middle,
    number,
    slices_by_column,
    summary_lines,
)
from vaste.pictures import pictures_of


def as_page(told: Report) -> str:
    """Write the report as HTML; raises NoPictures."""
    templates = Environment(
        loader=PackageLoader("vaste.web"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(middle=middle, between=between, number=number, clean=clean_line)
    slices = slices_by_column(told.figures)
    pictures = pictures_of(told.figures, ((column, shown) for column, shown, _ in slices))
    return templates.get_template("evaluation.html").render(
        told=told,
        figures=told.figures,
        summary=summary_lines(told.figures),
        attention=attention_lines(told.figures.attention) if told.figures.attention else [],
        slices=slices,
        pictures=pictures,
        style=Markup(_style()),  # noqa: S704 - ours, and in <style> nothing may be escaped
    )


def _style() -> str:
    return "\n".join(
        (files("vaste.web") / "static" / name).read_text("utf-8") for name in ("style.css", "evaluation.css")
    )
