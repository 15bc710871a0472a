"""The words of a piece of HTML, as a person reads them: pure."""

import re
from html.parser import HTMLParser

LONGEST_MARKUP = 100_000
"""Characters of HTML that are read; the longest post of any network is shorter."""

_BREAKS = frozenset(
    "address article blockquote br dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li main "
    "nav ol p pre section table tr ul".split()
)
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "ul", "ol", "pre"})
_UNSEEN = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title"})
_EMOJI_ALT = 40
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_AROUND_BREAK = re.compile(r" *\n *")
_DOUBLED = re.compile(r" {2,}")
_EMPTY_LINES = re.compile(r"\n{3,}")
_DECLARATION = re.compile(r"<(?=[!?])")


def plain_text(markup: str) -> str:
    """Give the words of HTML without its tags, paragraphs apart by an empty line.

    Scripts, styles and comments are left out; of pictures the short name stays (forums write emoji so).
    Never raises; what follows the first `LONGEST_MARKUP` characters is not read.
    """
    # declarations and comments carry no words, and unfinished ones cost the parser their length squared
    reader = _Words()
    reader.feed(_without_comments(markup[:LONGEST_MARKUP]))
    reader.close()
    words = _DOUBLED.sub(" ", "".join(reader.words))
    return _EMPTY_LINES.sub("\n\n", _AROUND_BREAK.sub("\n", words)).strip(" \n")


def _without_comments(markup: str) -> str:
    """Take comments, declarations and instructions out; an unfinished one takes the rest with it."""
    if "<!" not in markup and "<?" not in markup:
        return markup
    kept: list[str] = []
    at = 0
    while (found := _DECLARATION.search(markup, at)) is not None:
        kept.append(markup[at : found.start()])
        ending = "-->" if markup.startswith("<!--", found.start()) else ">"
        end = markup.find(ending, found.start() + 2)
        if end < 0:
            return "".join(kept)
        at = end + len(ending)
    return "".join([*kept, markup[at:]])


class _Words(HTMLParser):
    """Collects words; elements whose words nobody sees are counted in and out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._unseen: str | None = None
        """The element inside which nothing is read; it ends with its own end tag."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Break lines where a browser does."""
        if self._unseen is not None:
            return
        if tag in _UNSEEN:
            self._unseen = tag
        elif tag in _BREAKS:
            self.words.append("\n\n" if tag in _PARAGRAPHS else "\n")
        elif tag == "img":
            name = dict(attrs).get("alt") or ""
            self.words.append(name if len(name) <= _EMOJI_ALT else "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read `<br/>` as `<br>`; what would hide its words and has none hides nothing."""
        if tag not in _UNSEEN:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Break lines where a browser does."""
        if self._unseen is not None:
            self._unseen = None if tag == self._unseen else self._unseen
        elif tag in _BREAKS and tag != "br":
            self.words.append("\n\n" if tag in _PARAGRAPHS else "\n")

    def handle_data(self, data: str) -> None:
        """Keep words; blanks and line ends of the markup are one blank."""
        if self._unseen is None:
            self.words.append(_BLANKS.sub(" ", data))
