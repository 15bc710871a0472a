"""Where in a configuration file everything stands: YAML read into plain values with a line and a column each.

1. The bytes are bounded and must be UTF-8 without control characters.
2. ruamel composes them into nodes, which carry their marks; nothing is constructed, so no tag can act.
3. The nodes are walked into dicts, lists and scalars; the place of every key and value is kept by its path.
   The walk is bounded in number and depth, so that aliases can neither loop nor multiply.
"""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

MOST_BYTES = 500_000
MOST_NODES = 50_000
MOST_DEPTH = 40
UNFIT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""Characters that no text of a configuration holds: controls, lone surrogates, byte order marks."""
_TAG = "tag:yaml.org,2002:"

At = tuple[str | int, ...]
"""The way to a value: keys of mappings and indexes of lists, outermost first."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a configuration, where it stands, and what to write instead."""

    line: int
    """From 1."""
    column: int
    """From 1."""
    path: str
    """Dotted, for example `playbooks.0.match.sentiment`; empty for the file as a whole."""
    message: str
    """What is wrong; what to write instead. Holds no secret."""
    fatal: bool
    """The configuration cannot be used; otherwise a warning."""
    file: str = "config.yaml"
    """As the user named it."""

    def __str__(self) -> str:
        """One line for a terminal: `config.yaml:12:9: playbooks.0.team: what is wrong; what to write`."""
        said = f"{self.path}: {self.message}" if self.path else self.message
        return _printable(f"{self.file}:{self.line}:{self.column}: {said}")


@dataclass(frozen=True, slots=True)
class Place:
    """A line and a column, both from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong at a path, before it is turned into a Problem with its place."""

    at: At
    message: str
    fatal: bool = True
    on_key: bool = False
    """It is the key that is wrong, not its value."""
    quotes: bool = False
    """The message may quote what is written; it is looked through for secrets."""


class NotReadable(Exception):
    """The file is no configuration at all; `place` is where that shows."""

    def __init__(self, message: str, place: Place = Place(1, 1)) -> None:
        super().__init__(message)
        self.place = place


@dataclass(slots=True)
class Document:
    """What is written, and where."""

    value: object = None
    keys: dict[At, Place] = field(default_factory=dict)
    values: dict[At, Place] = field(default_factory=dict)
    flaws: list[Flaw] = field(default_factory=list)

    def place(self, at: At, *, on_key: bool = False) -> Place:
        """Where a path stands; for one that is not written, the nearest thing round it."""
        for length in range(len(at), -1, -1):
            near = at[:length]
            if on_key and length == len(at) and near in self.keys:
                return self.keys[near]
            if near in self.values:
                return self.values[near]
        return Place(1, 1)


def read_bytes(path: Path) -> bytes:
    """Give the file's bytes; raises NotReadable."""
    try:
        with path.open("rb") as file:
            written = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as mistake:
        reason = getattr(mistake, "strerror", None) or "no such name is possible"
        message = f"the file can't be read ({reason}); name another with --config, or copy the shipped one"
        raise NotReadable(message) from mistake
    if len(written) > MOST_BYTES:
        raise NotReadable(f"the file is longer than {MOST_BYTES} bytes; a configuration is a few pages")
    return written


def decode(written: bytes) -> str:
    """Give the text of UTF-8 bytes; raises NotReadable at the first byte or character that can't be."""
    try:
        text = written.decode("utf-8-sig")
    except UnicodeDecodeError as mistake:
        before = written[: mistake.start].decode("utf-8", "replace")
        raise NotReadable(
            f"byte 0x{written[mistake.start]:02x} is not UTF-8; save the file as UTF-8", _end_of(before)
        ) from mistake
    if control := UNFIT.search(text):
        raise NotReadable(
            f"the control character U+{ord(control[0]):04X} stands here; take it away",
            _end_of(text[: control.start()]),
        )
    return text


def read_document(text: str) -> Document:
    """Read YAML into plain values with their places; raises NotReadable when it is no YAML mapping.

    What is wrong but leaves the rest readable (a key given twice, a tag) is in `Document.flaws`.
    """
    root = _compose(text)
    if root is None:
        raise NotReadable("the file is empty; copy the shipped config.yaml and change it")
    if not isinstance(root, MappingNode):
        raise NotReadable(
            "the file must be a mapping (brand: …, sources: …), not a list or a word", _start(root)
        )
    walk = _Walk()
    walk.document.value = walk.read(root, ())
    return walk.document


@lru_cache(maxsize=1)  # `vaste check` reads one file three times, for its values and for its places
def _compose(text: str) -> Node | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an anchor used again is legal
            composed: Node | None = YAML(typ="rt", pure=True).compose(text)
            return composed
    except MarkedYAMLError as mistake:
        mark = mistake.problem_mark or mistake.context_mark
        raise NotReadable(_in_our_words(mistake), _place(mark)) from mistake
    except RecursionError as mistake:
        raise NotReadable(f"more than {MOST_DEPTH} levels of nesting; flatten it") from mistake
    except Exception as mistake:
        raise NotReadable(
            f"not YAML ({type(mistake).__name__}); compare it with the shipped config.yaml"
        ) from mistake


_KNOWN_TROUBLES = (
    (r"'\t'", "a tab stands here; YAML is indented with spaces"),
    ("undefined alias", "a word that begins with * is an alias of YAML; put it in quotes"),
    ("another document", "a second document (---) begins here; a configuration is one"),
    (
        "mapping values are not allowed",
        "a colon where none can be; put the text in quotes, or mend the indent",
    ),
    ("cannot start any token", "this character cannot begin a value in YAML; put the value in quotes"),
    ("unexpected end of stream", "a quotation mark opened here is never closed; close it"),
    (" a flow ", "a bracket is opened but not closed; close it, or put the text in quotes"),
    ("expected <block end>", "this line stands out of its block; indent it like its neighbours"),
    ("could not find expected ':'", "a key without its colon, or a text that lacks quotes; write key: value"),
)


def _in_our_words(mistake: MarkedYAMLError) -> str:
    """Say what the parser met, without quoting the file: a secret may stand there."""
    said = f"{mistake.problem or ''} {mistake.context or ''}"
    for words, ours in _KNOWN_TROUBLES:
        if words in said:
            return ours
    return "not YAML from here on; compare it with the shipped config.yaml, and put texts in quotes"


class _Walk:
    """One walk over the nodes of one file."""

    def __init__(self) -> None:
        self.document = Document()
        self._nodes = 0

    def read(self, node: Node, at: At) -> object:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise NotReadable(
                f"more than {MOST_NODES} values once its aliases are followed; write fewer", _start(node)
            )
        if len(at) > MOST_DEPTH:
            raise NotReadable(
                f"more than {MOST_DEPTH} levels of nesting, or an alias inside itself", _start(node)
            )
        self.document.values[at] = (
            self.document.keys.get(at, _start(node)) if _is_void(node) else _start(node)
        )
        if _kind(node) not in _READERS:
            self.document.flaws.append(
                Flaw(at, "tags (!…) are not read; take it away, or put the text in quotes")
            )
        elif isinstance(node, ScalarNode) and UNFIT.search(str(node.value)):
            self.document.flaws.append(Flaw(at, "an escape (\\…) makes a control character; take it away"))
        if isinstance(node, MappingNode):
            return self._mapping(node, at)
        if isinstance(node, SequenceNode):
            return [self.read(child, (*at, index)) for index, child in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: MappingNode, at: At) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in node.value:
            name = self._key(key, at)
            if name is None:
                continue
            if name in found:
                first = self.document.keys[*at, name].line
                twice = f"the key stands twice, first on line {first}; keep one of them"
                self._refuse(key, (*at, name), twice)
                continue
            self.document.keys[*at, name] = _start(key)
            found[name] = self.read(value, (*at, name))
        return found

    def _key(self, key: Node, at: At) -> str | None:
        if not isinstance(key, ScalarNode):
            self._refuse(key, at, "a list or a mapping can't be a key; write a word")
        elif UNFIT.search(str(key.value)):
            self._refuse(key, at, "this key holds a control character; write it without")
        elif str(key.value) == "<<":
            self._refuse(key, (*at, "<<"), "merge keys (<<) are not read; write the keys out")
        else:
            return str(key.value)
        return None

    def _refuse(self, key: Node, at: At, message: str) -> None:
        # a path of its own: the first of two equal keys keeps its place
        odd = (*at, f"\0{len(self.document.flaws)}")
        self.document.values[odd] = _start(key)
        self.document.flaws.append(Flaw(odd, message))


def dotted(at: At) -> str:
    """Write a path for people; what begins with a NUL is our own mark and is left out."""
    return ".".join(str(part) for part in at if not str(part).startswith("\0"))


def _scalar(node: Node) -> object:
    read = _READERS.get(_kind(node), str)
    try:
        return read(node.value)
    except ValueError:
        return str(node.value)  # `!!int word`, or a number of 5,000 digits: the settings say what they want


def _whole(text: str) -> int:
    plain = text.replace("_", "")
    return int(plain, 0) if plain.lstrip("+-")[:2].lower() in {"0x", "0o", "0b"} else int(plain)


def _fraction(text: str) -> float:
    return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))


_READERS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "timestamp": str,
    "int": _whole,
    "float": _fraction,
    "bool": lambda text: text.lower() in {"true", "yes", "on", "y"},
    "null": lambda _: None,
    "map": str,
    "seq": str,
}


def _kind(node: Node) -> str:
    """`str`, `int`, `map`, … for YAML's own tags; anything else as it is."""
    return str(node.tag).removeprefix(_TAG)


def _is_void(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value == "" and not node.style


def _start(node: Node) -> Place:
    return _place(node.start_mark)


def _place(mark: StringMark | None) -> Place:
    return Place(1, 1) if mark is None else Place(mark.line + 1, mark.column + 1)


def _end_of(before: str) -> Place:
    lines = before.split("\n")
    return Place(len(lines), len(lines[-1]) + 1)


def _printable(text: str) -> str:
    """Escape what could steer a terminal or break the line."""
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)
