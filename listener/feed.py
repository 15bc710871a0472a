"""Feeds as bytes, made entries by feedparser: piece by piece, and however hostile the bytes are.

Theory of operation:
1. The bytes become text by what they are, then by what they say they are (`decoded`).
2. Expat, guarded by defusedxml, reads the text in pieces: a feed that declares entities is refused, nothing
   outside it is ever fetched. A filter behind it bounds what some of feedparser's rules would take the square
   of: attributes, depth, the lengths of names.
3. feedparser's own handler makes entries; after each piece those that are finished are handed out and
   forgotten, so that a feed of a hundred thousand takes the memory of its bytes and of one piece.
4. A feed that is not well formed is mended once (bare &, HTML's names of characters, control characters,
   undeclared prefixes) and read again; where it breaks all the same, the entries before that place stand.

feedparser's own fetching, its guessing of encodings and its second, lenient parser are not used: it fetches
what looks like an address, and the parser took 3 s for 24 kB of dots.
"""

import codecs
import html.entities
import re
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, feature_external_ges, feature_namespaces

READ_WITHIN_SECONDS = 120.0
"""Of processor time for one feed; a hundred thousand short entries take about 30."""

_PIECE = 65_536
_DEEPEST = 60
_MOST_ATTRIBUTES = 40
_MOST_PREFIXES = 60
_LONGEST_ATTRIBUTE = 4_000
_LONGEST = 4_000
_LONGEST_NAME = 300
_LONGEST_TEXT = 100_000
_NAMES = frozenset({"author", "creator", "email", "managingeditor", "webmaster", "name", "contributor"})
_TEXTS = frozenset({"description", "summary", "content", "encoded", "body", "subtitle", "tagline"})

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
)
_ENCODINGS = re.compile(
    r"utf-8|utf-16(-[lb]e)?|ascii|iso8859-\d{1,2}|cp\d{3,4}|koi8-[ru]|mac-roman|shift_jis|euc_(jp|kr)|gb2312|gbk|"
    "gb18030|big5"
)
"""Of Python's names; others are no encodings of feeds, and some take the square of a length to decode."""
_DECLARATION = re.compile(r"^<\?xml[^>]{0,300}\?>")
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding=["']([A-Za-z0-9._-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._-]{1,40})""", re.IGNORECASE)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_BARE = re.compile(
    r"&(?!#\d{1,7};|#x[0-9a-fA-F]{1,6};|(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,31};)?"
)
_PREFIXED = re.compile(r"</?([A-Za-z_][\w.-]{0,30}):")
_ROOT = re.compile(r"<(?:rss|feed|(?:[\w.-]{1,30}:)?RDF)\b", re.IGNORECASE)
_NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "thr": "http://purl.org/syndication/thread/1.0",
}


class NoFeed(Exception):
    """The bytes are no feed that is read; the message says why, without a word of theirs."""


class Breaks(Protocol):
    """Says whether to stop in the middle."""

    def __call__(self) -> bool:
        """Say whether nobody waits for the rest."""
        ...


@dataclass(slots=True)
class Reading:
    """One feed being read; `entries` gives what feedparser made of it, in the feed's order.

    `about` is what the feed says of itself, as far as it has been read; `broken` says, after the last entry,
    why there may have been more.
    """

    body: bytes = field(repr=False)
    content_type: str = ""
    base: str = field(default="", repr=False)
    """Where it came from: links may be relative."""
    stop: Breaks = lambda: False
    about: Mapping[str, Any] = field(default_factory=dict)
    broken: str | None = None
    _spent: float = 0.0

    def entries(self) -> Iterator[Mapping[str, Any]]:
        """Give each entry once it is whole; raises NoFeed, also after the first entries of a hostile feed.

        A feed that is mended begins anew: what was given comes again.
        """
        text = decoded(self.body, self.content_type).lstrip("\ufeff \t\r\n")
        text = _DECLARATION.sub("", text)  # what it declares has been heard, and may be no encoding at all
        if (yield from self._walk(text)):
            return
        if not (yield from self._walk(mended(text))) and self.broken is None:
            self.broken = "it is not well formed; what stands before that place was read"

    def _walk(self, text: str) -> Generator[Mapping[str, Any], None, bool]:
        """Read to the end, or to where it is not well formed; gives whether it was the end."""
        from defusedxml.common import DefusedXmlException  # noqa: PLC0415 - only who reads feeds needs it
        from defusedxml.expatreader import create_parser  # noqa: PLC0415 - the same

        maker = _maker(self.base)
        # old feeds name Netscape's DTD: naming one is allowed, fetching it is not, declaring entities is not
        parser = create_parser(forbid_dtd=False, forbid_entities=True, forbid_external=False)
        parser.setFeature(feature_external_ges, False)
        parser.setFeature(feature_namespaces, True)
        parser.setContentHandler(_Narrow(maker))
        is_whole = False
        try:
            for start in range(0, len(text), _PIECE):
                began = time.thread_time()
                parser.feed(text[start : start + _PIECE])
                self._spent += time.thread_time() - began
                self.about = maker.feeddata
                yield from _finished(maker)
                if self.stop() or self._spent > READ_WITHIN_SECONDS:
                    self.broken = "it takes too long to read; what was read until then stands"
                    return True
            parser.close()
            is_whole = True
        except DefusedXmlException as hostile:
            raise NoFeed("it declares XML entities, which can grow without end; ask its owner") from hostile
        except SAXException:
            pass  # not well formed: whoever called us mends it, once
        except RecursionError as hostile:
            raise NoFeed("it is nested too deep") from hostile
        yield from _finished(maker, is_ended=True)
        if not maker.version and (is_whole or not _ROOT.search(text[:_LONGEST])):
            raise NoFeed("it is no feed, but some other page; check the address")
        return is_whole


def decoded(body: bytes, content_type: str) -> str:
    """Give the text of bytes whatever they claim to be; never raises.

    A byte order mark is believed. Then bytes that are UTF-8 are UTF-8: no other text of more than a few
    letters is so by chance, and servers declare what their owners never set. Then what the feed declares of
    itself, then what the server does, and then Windows' western letters.
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    declared = _DECLARED.match(body.lstrip()[:400])
    said = _CHARSET.search(content_type[:400])
    claims = [declared[1].decode("ascii") if declared else "", said[1] if said else ""]
    for encoding in ("utf-8", *filter(None, map(_known_encoding, claims))):
        try:
            return body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode("cp1252", "replace")


def mended(text: str) -> str:
    """Give the text with what is most often wrong with feeds put right. Takes time in proportion to it."""
    text = _FORBIDDEN.sub("", text)
    text = _BARE.sub(_spelled_out, text)
    root = _ROOT.search(text)
    if root is None:
        return text
    used = sorted(set(_PREFIXED.findall(text)) - {"xml", "xmlns"})[:_MOST_PREFIXES]
    missing = [prefix for prefix in used if f"xmlns:{prefix}=" not in text]
    declared = "".join(
        f' xmlns:{prefix}="{_NAMESPACES.get(prefix, "urn:undeclared:" + prefix)}"' for prefix in missing
    )
    return text[: root.end()] + declared + text[root.end() :]


def _spelled_out(found: re.Match[str]) -> str:
    """Spell a character by its number that HTML has a name for; a bare & is one."""
    name = found[1]
    sign = html.entities.html5.get(name) if name else None
    return "".join(f"&#{ord(letter)};" for letter in sign) if sign else "&amp;" + (name or "")


def _known_encoding(name: str) -> str | None:
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    if known in {"iso8859-1", "ascii"}:  # what is called so is mostly Windows'
        return "cp1252"
    return known if _ENCODINGS.fullmatch(known) else None


def _maker(base: str) -> Any:
    """Give feedparser's handler of well-formed feeds; it neither cleans HTML nor completes its links.

    Both are half of its time, and the HTML is made plain text by us.
    """
    from feedparser.api import StrictFeedParser  # noqa: PLC0415 - only who reads feeds needs it

    maker = StrictFeedParser(base, None, "utf-8")
    maker.resolve_relative_uris = False
    maker.sanitize_html = False
    return maker


def _finished(maker: Any, *, is_ended: bool = False) -> Iterator[Mapping[str, Any]]:
    """Take the entries that are whole out of feedparser, which would keep them."""
    keep = 1 if maker.inentry and not is_ended else 0
    entries = maker.entries[: len(maker.entries) - keep]
    if maker.inentry and is_ended:
        entries = entries[:-1]  # cut off in its middle
    del maker.entries[: len(maker.entries) - keep]
    for entry in entries:
        maker.property_depth_map.pop(entry, None)
    yield from entries


class _Narrow(ContentHandler):
    """Passes on to feedparser what has reasonable measures; cuts the rest."""

    def __init__(self, maker: Any) -> None:
        super().__init__()
        self._maker = maker
        self._left: list[int] = []
        """Characters that may still be passed on, of each element that is open."""
        self._too_deep = 0
        self._prefixes = 0

    def setDocumentLocator(self, locator: Any) -> None:  # noqa: N802 - SAX names it
        """Nobody asks where."""

    def startPrefixMapping(self, prefix: str | None, uri: str) -> None:  # noqa: N802 - SAX names it
        """Let feedparser know the first prefixes: it looks through all of them at each element."""
        self._prefixes += 1
        if self._prefixes <= _MOST_PREFIXES:
            self._maker.startPrefixMapping(prefix, uri)

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:  # noqa: N802 - SAX names it
        """Open an element, unless it is nested deeper than any feed is."""
        if self._too_deep or len(self._left) >= _DEEPEST:
            self._too_deep += 1
            return
        local = str(name[1]).lower()
        outer = self._left[-1] if self._left else 0
        if local in _TEXTS or outer > _LONGEST:
            self._left.append(max(outer, _LONGEST_TEXT) if local in _TEXTS else outer)
        else:
            self._left.append(_LONGEST_NAME if local in _NAMES else _LONGEST)
        self._maker.startElementNS(name, qname, _few(attrs))

    def characters(self, content: str) -> None:
        """Pass text on while there is room for it."""
        if self._too_deep or not self._left or self._left[-1] <= 0:
            return
        self._maker.characters(content[: self._left[-1]])
        self._left[-1] -= len(content)

    def endElementNS(self, name: Any, qname: Any) -> None:  # noqa: N802 - SAX names it
        """Close an element that was opened."""
        if self._too_deep:
            self._too_deep -= 1
            return
        self._maker.endElementNS(name, qname)
        left = self._left.pop()
        if self._left and self._left[-1] > _LONGEST:
            self._left[-1] = min(self._left[-1], left)  # markup inside a text shares its room


def _few(attrs: Any) -> Any:
    """Give the first attributes only, none of them long; they are mostly few, and then they are themselves."""
    from xml.sax.xmlreader import AttributesNSImpl  # noqa: PLC0415 - rarely needed

    if len(attrs) <= _MOST_ATTRIBUTES and all(len(value) <= _LONGEST_ATTRIBUTE for value in attrs.values()):
        return attrs
    names = list(attrs.keys())[:_MOST_ATTRIBUTES]
    return AttributesNSImpl(
        {name: attrs[name][:_LONGEST_ATTRIBUTE] for name in names},
        {name: attrs.getQNameByName(name) for name in names},
    )
