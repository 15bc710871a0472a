"""A post's HTML as the plain text that people read: pure, in bounded time whatever the HTML.

The standard parser takes 11 s for 100 kB of `<a<a<a…` (Python 3.11.7), and raises on some of it. So it is shown
one whole tag at a time, and never what lies between tags.
"""

import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser

LONGEST_MARKUP = 100_000
"""Characters; what is beyond is cut. Mastodon allows posts of 500, the most generous servers some 10,000 to 100,000."""

_TAG = re.compile(r"<([a-zA-Z/!?][^<>]{0,2000})>")
_BLOCKS = frozenset(
    {"p", "div", "ul", "ol", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "table"}
)
_LINES = frozenset({"br", "li", "tr", "hr"})
_UNREAD = frozenset({"script", "style", "template", "title"})
_NAMES_SOMETHING = frozenset({"mention", "hashtag", "u-url", "quote-inline"})
"""Classes of links whose words say all: accounts and hashtags."""
_MANY_LINES = re.compile(r"\n{3,}")


def plain_text(markup: str) -> str:
    """Give the text: paragraphs apart, `<br>` as line ends, links with their addresses, entities undone."""
    reader = _Reader()
    at = 0
    for tag in _TAG.finditer(markup, 0, LONGEST_MARKUP):
        reader.words(markup[at : tag.start()])
        reader.show(tag)
        at = tag.end()
    reader.words(markup[at:LONGEST_MARKUP])
    return _MANY_LINES.sub("\n\n", "".join(reader.text())).strip()


class _Reader(HTMLParser):
    """Writes the text down tag by tag."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._link: tuple[int, str] | None = None
        """Where the words of an open link begin, and its address."""
        self._unread: str | None = None

    def words(self, written: str) -> None:
        if written and self._unread is None:
            self._parts.append(html.unescape(written))

    def show(self, tag: re.Match[str]) -> None:
        if tag[1][0] in "!?":
            return
        self.reset()
        self.feed(tag[0])

    def text(self) -> Iterator[str]:
        self._end_link()
        yield from self._parts

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._unread is not None:
            return
        if tag in _UNREAD:
            self._unread = tag
        elif tag in _BLOCKS and self._parts:
            self._parts.append("\n\n")
        elif tag in _LINES:
            self._parts.append("\n")
        elif tag == "a":
            self._end_link()
            self._link = _address(dict(attrs), at=len(self._parts))

    def handle_endtag(self, tag: str) -> None:
        if tag == self._unread:
            self._unread = None
        elif tag in _BLOCKS and self._unread is None:
            self._parts.append("\n\n")
        elif tag == "a":
            self._end_link()

    def _end_link(self) -> None:
        if self._link is None:
            return
        at, address = self._link
        self._link = None
        shown = "".join(self._parts[at:]).strip()
        if shown[:1] not in {"@", "#"} and _bare(shown) != _bare(address):
            self._parts.append(f" ({address})" if shown else address)


def _address(attributes: dict[str, str | None], *, at: int) -> tuple[int, str] | None:
    address = (attributes.get("href") or "").strip()
    classes = set((attributes.get("class") or "").split())
    is_web = address.startswith(("http://", "https://"))
    return (at, address) if is_web and not classes & _NAMES_SOMETHING else None


def _bare(address: str) -> str:
    return address.removeprefix("https://").removeprefix("http://").removesuffix("/")
