"""The words of a piece of HTML, as a person reads them: pure, and in time proportional to its length.

Python's html.parser is not used: 100 kB of unfinished tags took it more than two minutes.
"""

import html
import re
from collections.abc import Iterator

LONGEST_MARKUP = 100_000
"""Characters of HTML that are read; the longest post of any network is shorter."""

_BREAKS = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tr",
        "ul",
    ]
)
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "ul", "ol", "pre"})
_UNSEEN = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title"})
_LONGEST_TAG = 4_000
_LONGEST_ALT = 40
_TAG = re.compile(r"<(?:[A-Za-z]|/[A-Za-z]|!|\?)")
_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9:-]*)")
_ALT = re.compile(r"""\salt\s?=\s?(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_DOUBLED = re.compile(r" {2,}")
_AROUND_BREAK = re.compile(r" ?\n ?")
_EMPTY_LINES = re.compile(r"\n{3,}")


def plain_text(markup: str) -> str:
    """Give the words of HTML without its tags, paragraphs apart by an empty line.

    Scripts, styles and comments are left out; of pictures the short name stays (forums write emoji so).
    Never raises; what follows the first `LONGEST_MARKUP` characters is not read.
    """
    words = _DOUBLED.sub(" ", "".join(_words(markup[:LONGEST_MARKUP])))
    return _EMPTY_LINES.sub("\n\n", _AROUND_BREAK.sub("\n", words)).strip(" \n")


def _words(markup: str) -> Iterator[str]:
    """Give the pieces of text between the tags, and the breaks that tags make."""
    unseen: str | None = None
    for piece in _pieces(markup):
        named = _NAME.match(piece) if _TAG.match(piece) else None
        if named is None:
            if unseen is None and not piece.startswith(("<!", "<?")):
                yield _BLANKS.sub(" ", html.unescape(piece))
            continue
        tag, is_end = named[1].lower(), piece.startswith("</")
        if unseen is not None:
            unseen = None if is_end and tag == unseen else unseen
        elif tag in _UNSEEN:
            unseen = tag if not is_end and not piece.endswith("/>") else None
        elif tag in _BREAKS:
            yield "" if is_end and tag == "br" else "\n\n" if tag in _PARAGRAPHS else "\n"
        elif tag == "img":
            yield _alt(piece)


def _pieces(markup: str) -> Iterator[str]:
    """Part markup into tags, comments and what stands between them; an unfinished comment hides the rest."""
    at = 0
    start = 0
    while (found := _TAG.search(markup, at)) is not None:
        end = _end_of(markup, found.start())
        if end is None and markup.startswith(("<!", "<?"), found.start()):
            yield markup[start : found.start()]
            return
        if end is None:  # no tag after all: a < in the text
            at = found.end()
            continue
        yield markup[start : found.start()]
        yield markup[found.start() : end]
        at = start = end
    yield markup[start:]


def _end_of(markup: str, start: int) -> int | None:
    """Give where the tag or comment that begins at `start` ends; None where it does not."""
    if markup.startswith("<!--", start):
        end = markup.find("-->", start + 4)
        return end + 3 if end >= 0 else None
    end = start
    for _ in range(4):  # a > in quotes ends no tag
        end = markup.find(">", end + 1, start + _LONGEST_TAG)
        if end < 0:
            return None
        if markup.count('"', start, end) % 2 == 0:
            break
    return end + 1


def _alt(tag: str) -> str:
    found = _ALT.search(tag)
    name = html.unescape(next(filter(None, found.groups()), "")) if found else ""
    return name if len(name) <= _LONGEST_ALT else ""
