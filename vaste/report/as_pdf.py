"""A document as PDF, set by typst: no system library, no browser. The only room that knows typst.

The words travel as JSON beside a template that never changes, so nothing that anybody wrote is read as markup.
"""

import json
from dataclasses import asdict
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from notifier.hostile import safe_url
from vaste.painting import Drawing, can_paint, paint_pdf
from vaste.report.document import Advice, Block, Document, Opened, Quotes, Stories, Table, Text, ranges

INSTALL: Final = "pip install typst"
MOST_LISTED: Final = 60
"""Cases of a figure that are listed; of more the command is named that lists them."""


class NoPaper(Exception):
    """What sets the PDF is not installed; the message says what to do."""


def as_pdf(document: Document) -> bytes:
    """Write a report as PDF; where nothing can paint, a sentence stands for each picture. Raises NoPaper."""
    pdf: bytes = _set(document, "pdf")
    return pdf


def as_pages(document: Document, *, ppi: float = 80) -> list[bytes]:
    """Write the pages of the PDF as PNG, so that they can be looked at. Raises NoPaper."""
    pages = _set(document, "png", ppi=ppi)
    return pages if isinstance(pages, list) else [pages]


def load_typst() -> Any:
    """Give typst; raises NoPaper."""
    try:
        return import_module("typst")
    except ImportError as error:
        raise NoPaper(f"--format pdf needs typst, which is not installed; {INSTALL}, or use html") from error


def _set(document: Document, form: str, **more: Any) -> Any:
    typst = load_typst()
    with TemporaryDirectory(prefix="vaste-report-") as folder:
        place = Path(folder)
        (place / "report.typ").write_text((files("vaste.report") / "report.typ").read_text("utf-8"), "utf-8")
        (place / "report.json").write_text(json.dumps(_told(document, place), ensure_ascii=False), "utf-8")
        return typst.compile(str(place / "report.typ"), root=folder, format=form, **more)


def _told(document: Document, place: Path) -> dict[str, Any]:
    painted = can_paint()
    numbered = iter(range(1, 1_000))

    def block(one: Block) -> dict[str, Any]:
        if isinstance(one, Drawing):
            file = None
            if painted:
                file = f"picture-{next(numbered)}.pdf"
                (place / file).write_bytes(paint_pdf(one))
            return {"kind": "Drawing", "title": one.title, "says": one.says, "file": file}
        return {"kind": type(one).__name__, **_plain(one, document)}

    return {
        "language": document.language,
        "title": document.title,
        "subtitle": document.subtitle,
        "about": document.about,
        "sentences": document.sentences,
        "tiles": [
            {"name": tile.name, "value": tile.value, "beside": tile.beside, "before": tile.before}
            for tile in document.tiles
        ],
        "sections": [
            {"title": section.title, "blocks": [block(one) for one in section.blocks]}
            for section in document.sections
        ],
        "behind": [
            {"key": opened.key, "cases": _cases(opened, document)}
            for opened in document.opened()
            if opened.cases
        ],
        "footer": document.footer,
        "words": document.words,
    }


def _plain(one: Block, document: Document) -> dict[str, Any]:
    if isinstance(one, Text):
        return {"words": one.words, "quiet": one.is_quiet}
    if isinstance(one, Table):
        lines = [{"cells": line.cells, "bad": line.is_bad} for line in one.lines]
        return {"head": one.head, "texts": one.texts, "lines": lines}
    if isinstance(one, Advice):
        words = {"title": one.title, "evidence": one.evidence, "proposal": one.proposal}
        return words | {"cases": _cases(one.opened, document)}
    if isinstance(one, Stories):
        return {
            "link": one.link,
            "told": [asdict(story) | {"url": safe_url(story.url)} for story in one.told],
        }
    if isinstance(one, Quotes):
        return {"link": one.link, "said": [asdict(said) | {"url": safe_url(said.url)} for said in one.said]}
    raise TypeError(f"no block is a {type(one).__name__}")


def _cases(opened: Opened, document: Document) -> str:
    if len(opened.cases) <= MOST_LISTED:
        return ranges(opened.cases)
    told: str = document.words["cases.more"].format(n=len(opened.cases), key=opened.key)
    return told
