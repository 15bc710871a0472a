"""A report as it is read: sentences, tiles and sections, before it is Markdown, a page or a PDF. Pure.

Whoever writes a document puts every word in the reader's language; whoever shows it knows none. All text is plain:
escaping belongs to the medium. Figures carry the cases they are made of.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from vaste.painting import Drawing
from vaste.report.rows import Numbers


@dataclass(frozen=True, slots=True)
class Opened:
    """A figure's name for machines, and the cases it is made of."""

    key: str
    """`answers.unanswered`: `vaste report --cases KEY` prints them."""
    cases: Numbers


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure of the first page."""

    name: str
    value: str
    beside: str = ""
    """Its interval, or what it is made of."""
    before: str = ""
    """The same of the period before, in words."""
    opened: Opened | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table: its name, its figures, its cases."""

    cells: tuple[str, ...]
    opened: Opened | None = None
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Names in the first column, figures in the others."""

    head: tuple[str, ...]
    lines: tuple[Line, ...]
    texts: int = 1
    """So many columns from the left hold words, the others figures."""


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    words: str
    is_quiet: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """What happened to one case."""

    case: int
    title: str
    words: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Stories:
    """Several of them, and those that are not told."""

    told: tuple[Story, ...]
    link: str
    """What the way to the post is called."""


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody's own words, masked and cut."""

    words: str
    by: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Quotes:
    """Several of them."""

    said: tuple[Said, ...]
    link: str


@dataclass(frozen=True, slots=True)
class Advice:
    """One proposal with its evidence."""

    title: str
    evidence: str
    proposal: str
    opened: Opened


Block = Text | Table | Drawing | Stories | Quotes | Advice


@dataclass(frozen=True, slots=True)
class Section:
    """One question and its answer."""

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report."""

    language: str
    title: str
    subtitle: str
    about: tuple[str, ...]
    """Under the title: of whom and when."""
    sentences: tuple[str, ...]
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]
    footer: tuple[str, ...]
    words: dict[str, str] = field(default_factory=dict)
    """What the media say themselves: `cases`, `cases.title`, `cases.more`, `no_picture`."""

    def opened(self) -> Iterator[Opened]:
        """Give every figure that opens down to its cases, each once, in its order."""
        seen: set[str] = set()
        found: list[Opened | None] = [tile.opened for tile in self.tiles]
        for section in self.sections:
            for block in section.blocks:
                if isinstance(block, Table):
                    found += [line.opened for line in block.lines]
                elif isinstance(block, Advice):
                    found.append(block.opened)
        for opened in found:
            if opened is not None and opened.key not in seen:
                seen.add(opened.key)
                yield opened


def ranges(numbers: Sequence[int]) -> str:
    """Write numbers in order, those in a row as a range: 1–3, 7, 9–10."""
    told: list[str] = []
    first = last = None
    for number in [*sorted(set(numbers)), None]:
        if first is not None and last is not None and number == last + 1:
            last = number
            continue
        if first is not None:
            told.append(str(first) if first == last else f"{first}–{last}")
        first = last = number
    return ", ".join(told)
