"""A document as Markdown: it reads well as plain text, too. Pure.

Pictures are told in a sentence; every figure of theirs stands in a table beside. What customers and configurations
say is escaped, so that it formats nothing and links nowhere.
"""

import re
from collections.abc import Iterator
from functools import singledispatch
from typing import Final

from notifier.hostile import clean_line, safe_url
from vaste.painting import Drawing
from vaste.report.document import Advice, Block, Document, Opened, Quotes, Stories, Table, Text, ranges

MOST_LISTED: Final = 60
"""Cases of a figure that are listed; of more the command is named that lists them."""
_SIGNS: Final = re.compile(r"[\\`*_\[\]<|~]|^[#>+=\-]|^(\d+)([.)])")


def as_markdown(document: Document) -> str:
    """Write a report as Markdown."""
    return "\n".join(_lines(document)).rstrip() + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield from (f"# {escape(document.title)}", "", f"**{escape(document.subtitle)}**", "")
    for line in document.about:
        yield from (escape(line), "")
    for number, sentence in enumerate(document.sentences, 1):
        yield f"{number}. {escape(sentence)}"
    yield from ("", *_tiles(document))
    for section in document.sections:
        yield from (f"## {escape(section.title)}", "")
        for block in section.blocks:
            yield from (*_block(block, document), "")
    yield from _behind(document)
    yield from ("---", "")
    for line in document.footer:
        yield from (escape(line), "")


def _tiles(document: Document) -> Iterator[str]:
    for tile in document.tiles:
        more = ", ".join(part for part in (tile.beside, tile.before) if part)
        yield f"- {escape(tile.name)}: **{escape(tile.value)}**" + (f" ({escape(more)})" if more else "")
    yield ""


@singledispatch
def _block(block: Block, document: Document) -> Iterator[str]:
    raise TypeError(f"no block is a {type(block).__name__} of {document.title!r}")


@_block.register
def _(block: Text, document: Document) -> Iterator[str]:
    del document
    yield f"*{escape(block.words)}*" if block.is_quiet else escape(block.words)


@_block.register
def _(block: Table, document: Document) -> Iterator[str]:
    del document
    yield _row(block.head)
    yield "|" + "|".join("---" if place < block.texts else "---:" for place in range(len(block.head))) + "|"
    for line in block.lines:
        yield _row(line.cells)


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(map(escape, cells)) + " |"


@_block.register
def _(block: Drawing, document: Document) -> Iterator[str]:
    del document
    yield f"*{escape(block.title)}.* {escape(block.says)}."


@_block.register
def _(block: Stories, document: Document) -> Iterator[str]:
    del document
    for story in block.told:
        yield f"- **{escape(story.title)}.** {escape(story.words)}{_way(story.url, block.link)}"


@_block.register
def _(block: Quotes, document: Document) -> Iterator[str]:
    del document
    for said in block.said:
        yield from (f"> {escape(said.words)}", f"> – {escape(said.by)}{_way(said.url, block.link)}", "")


@_block.register
def _(block: Advice, document: Document) -> Iterator[str]:
    yield f"**{escape(block.title)}.** {escape(block.evidence)} {escape(block.proposal)}"
    yield from ("", f"{escape(document.words['advice.cases'])}: {_cases(block.opened, document)}")


def _way(url: str | None, link: str) -> str:
    safe = safe_url(url)
    return f" [{link}](<{safe}>)" if safe else ""


def _behind(document: Document) -> Iterator[str]:
    """List the cases behind every figure."""
    opened = [one for one in document.opened() if one.cases]
    if opened:
        yield from (f"## {escape(document.words['cases.title'])}", "")
        for one in opened:
            yield f"- `{_name(one)}`: {_cases(one, document)}"
        yield ""


def _name(opened: Opened) -> str:
    return clean_line(opened.key).replace("`", "'")


def _cases(opened: Opened, document: Document) -> str:
    if len(opened.cases) <= MOST_LISTED:
        return ranges(opened.cases)
    told: str = document.words["cases.more"].format(n=len(opened.cases), key=_name(opened))
    return told


def escape(text: str) -> str:
    """Write text so that Markdown shows it as it stands."""
    return _SIGNS.sub(_escaped, clean_line(text))


def _escaped(found: re.Match[str]) -> str:
    # "2." at the beginning of a line would be a list
    return f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[0]}"
