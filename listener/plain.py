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
_BEGIN_ONLY = frozenset({"br", "li", "tr", "dt", "dd"})
"""One is followed by the next, or by the end of what holds them: a break at its end would be one too many."""
_UNSEEN = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title"})
_LONGEST_TAG = 4_000
_LONGEST_ALT = 40
_TAG = re.compile(r"<(?:[A-Za-z]|/[A-Za-z]|!|\?)")
_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9:-]*)")
_VALUE = r"""\s?=\s?(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))"""
_ALT, _HREF, _CLASS = (re.compile(rf"\s{name}{_VALUE}", re.IGNORECASE) for name in ("alt", "href", "class"))
_NAMES_SOMETHING = frozenset({"mention", "hashtag", "u-url", "quote-inline"})
"""Classes of links whose words say all: accounts and hashtags (Mastodon and its kin)."""
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_DOUBLED = re.compile(r" {2,}")
_AROUND_BREAK = re.compile(r" ?\n ?")
_EMPTY_LINES = re.compile(r"\n{3,}")


def plain_text(markup: str, *, links: bool = False) -> str:
    """Give the words of HTML without its tags, paragraphs apart by an empty line.

    Scripts, styles and comments are left out; of pictures the short name stays (forums write emoji so). With
    `links` the address of a link follows its words, unless they say it themselves or name an account.
    Never raises; what follows the first `LONGEST_MARKUP` characters is not read.
    """
    words = _DOUBLED.sub(" ", "".join(_words(markup[:LONGEST_MARKUP], links=links)))
    return _EMPTY_LINES.sub("\n\n", _AROUND_BREAK.sub("\n", words)).strip(" \n")


def _words(markup: str, *, links: bool) -> list[str]:
    """Give the pieces of text between the tags, and the breaks that tags make."""
    words: list[str] = []
    unseen: str | None = None
    link = _Link(words)
    for piece in _pieces(markup):
        named = _NAME.match(piece) if _TAG.match(piece) else None
        if named is None:
            if unseen is None and not piece.startswith(("<!", "<?")):
                words.append(_BLANKS.sub(" ", html.unescape(piece)))
            continue
        tag, is_end = named[1].lower(), piece.startswith("</")
        if unseen is not None:
            unseen = None if is_end and tag == unseen else unseen
        elif tag in _UNSEEN:
            unseen = tag if not is_end and not piece.endswith("/>") else None
        elif tag in _BREAKS:
            words.append("" if is_end and tag in _BEGIN_ONLY else "\n\n" if tag in _PARAGRAPHS else "\n")
        elif tag == "img":
            words.append(_alt(piece))
        elif tag == "a" and links:
            link.ends()
            if not is_end:
                link.begins(piece)
    link.ends()
    return words


class _Link:
    """The link that is open, if one is: writes its address behind its words when it ends."""

    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._address = ""
        self._at = 0

    def begins(self, tag: str) -> None:
        address, classes = _value(_HREF, tag).strip(), _value(_CLASS, tag).split()
        is_web = address.startswith(("http://", "https://"))
        self._address = address if is_web and not _NAMES_SOMETHING.intersection(classes) else ""
        self._at = len(self._words)

    def ends(self) -> None:
        address, self._address = self._address, ""
        shown = "".join(self._words[self._at :]).strip() if address else "@"
        if shown[:1] not in {"@", "#"} and _bare(shown) != _bare(address):
            self._words.append(f" ({address})" if shown else address)


def _bare(address: str) -> str:
    return address.removeprefix("https://").removeprefix("http://").removesuffix("/")


def _value(attribute: re.Pattern[str], tag: str) -> str:
    found = attribute.search(tag)
    return html.unescape(next(filter(None, found.groups()), "")) if found else ""


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
    name = _value(_ALT, tag)
    return name if len(name) <= _LONGEST_ALT else ""
