"""A report as it goes to a channel: its first page in words, a picture, and all of it as a PDF.

What was posted stays where it was posted. So the PDF quotes nobody, leads to no post and tells nothing of single
persons: what a customer takes back could not be taken out of it.
"""

import re
from dataclasses import replace
from typing import Final

from casebook.record import Enclosure, Notice
from vaste.painting import Drawing, NoPictures, paint_png
from vaste.report.as_pdf import NoPaper
from vaste.report.document import Block, Document, Quotes, Section, Stories, Text
from vaste.report.making import content_of

_PICTURED: Final = "answers"
"""Of this section is the picture, where it has one: what became of the cases, day by day."""


def notice_of(
    document: Document, team: str, playbook: str | None = None, *, enclosed: tuple[Enclosure, ...] = ()
) -> Notice:
    """Give a report as a message; it is owed once for each period, team and language."""
    facts = {
        "title": document.title,
        "subtitle": document.subtitle,
        "sentences": list(document.sentences),
        "tiles": [[tile.name, tile.value, tile.beside, tile.before] for tile in document.tiles],
    }
    key = f"report:{team}:{document.words['period']}:{playbook or 'all'}:{document.language}"
    return Notice(key, f"team:{team}", "report", facts, enclosed)


def enclosed_with(document: Document) -> tuple[tuple[Enclosure, ...], list[str]]:
    """Give the picture and the PDF that go along with a report, and why one of them is missing."""
    enclosed, missing = [], []
    drawing = picture_of(document)
    name = "vaste-" + "-".join(re.findall(r"\w+", document.subtitle.lower()))
    if drawing is not None:
        try:
            png = paint_png(drawing)
            enclosed.append(Enclosure("picture", f"{name}.png", drawing.title, drawing.says, png))
        except NoPictures as error:
            missing.append(str(error))
    try:
        pdf = content_of(quoting_nobody(document), "pdf")
        title = f"{document.title} · {document.subtitle}"
        enclosed.append(Enclosure("paper", f"{name}.pdf", title, "", pdf))
    except NoPaper as error:
        missing.append(str(error))
    return tuple(enclosed), missing


def picture_of(document: Document) -> Drawing | None:
    """Give the picture that stands for a report: of what became of the cases, else its first."""
    drawn = {
        section.key: block
        for section in reversed(document.sections)
        for block in section.blocks
        if isinstance(block, Drawing)
    }
    return drawn.get(_PICTURED) or next(reversed(drawn.values()), None)


def quoting_nobody(document: Document) -> Document:
    """Leave out what others wrote, and the ways to it."""
    return replace(document, sections=tuple(_silent(section, document) for section in document.sections))


def _silent(section: Section, document: Document) -> Section:
    blocks: list[Block] = []
    was_quoted = any(isinstance(block, Quotes) for block in section.blocks)
    for block, following in zip(section.blocks, (*section.blocks[1:], None), strict=True):
        if isinstance(block, Stories):
            blocks.append(replace(block, told=tuple(replace(story, url=None) for story in block.told)))
        # a heading goes with the words it stands above
        elif not isinstance(block, Quotes) and not (
            isinstance(block, Text) and isinstance(following, Quotes)
        ):
            blocks.append(block)
    if was_quoted:
        blocks.append(Text(document.words["unquoted"], is_quiet=True))
    return replace(section, blocks=tuple(blocks))
