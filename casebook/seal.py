"""Seals: each line of a case's history vouches for what it says and for the line before it. Pure.

Theory of operation:
1. A line is sealed when it is written: a hash of its own content and of the seal before it. The case keeps how many
   lines it has and the last seal.
2. Whoever changes, removes, puts in or moves a line breaks a seal that can be counted again at any time.
3. Content holds no personal text, but a salted hash of the post it speaks of: erasing the post breaks no seal.
4. Whoever can write the database can also count every seal anew. Against that helps only what is kept elsewhere:
   the last seals of all cases, written to a file (`written`) and compared later (`compare`).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

FORM: Final = 1
"""Of the content that is hashed; another form needs another number, and old lines keep theirs."""
FIRST: Final = ""
"""What stands before the first line."""
_LENGTH: Final = 32
"""Hexadecimal digits of a seal: 128 bits."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a line says, as it was recorded."""

    case: int
    kind: str
    happened_at: datetime
    time_source: str
    recorded_at: datetime
    actor: str
    post: int | None
    post_hash: str | None
    facts: Mapping[str, Any]
    definitions: int
    """Version of the definitions by which figures were counted then; 0 from before they had any."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A line of the record with its seal."""

    line: int
    content: Content
    seal: str


@dataclass(frozen=True, slots=True)
class Sealing:
    """What a case says of its own history."""

    case: int
    lines: int
    seal: str


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that was done to a case's history."""

    case: int
    line: int
    what: Literal["missing", "changed", "moved", "cut", "unknown"]
    """`missing`: no such line any more; `changed`: it does not say what was recorded; `moved`: it was recorded after
    another line than it follows now (`after`), so that one of the two was moved or something was put between them;
    `cut`: the history does not end as the case says; `unknown`: lines of no case."""
    after: int | None = None
    """For `moved`: the line it was recorded after; 0 for the beginning."""

    def __str__(self) -> str:
        """Say it in one line."""
        said = {
            "missing": "is missing",
            "changed": "does not say what was recorded",
            "moved": f"was recorded right after line {self.after}" if self.after else "was recorded first",
            "cut": "is not the last one that was recorded",
            "unknown": "was recorded in a case that is gone",
        }
        return f"case {self.case}, line {self.line}: {said[self.what]}"


def seal_of(content: Content, before: str) -> str:
    """Give the seal of a line that follows the one sealed with `before`."""
    said = [
        FORM,
        before,
        content.case,
        content.kind,
        _instant(content.happened_at),
        content.time_source,
        _instant(content.recorded_at),
        content.actor,
        content.post,
        content.post_hash,
        content.definitions,
        content.facts,
    ]
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:_LENGTH]


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def flaws(lines: Sequence[Sealed], of: Sealing) -> list[Flaw]:
    """Give what is wrong with the history of a case, whose lines come in their order; nothing where it is whole."""
    found: list[Flaw] = []
    before, expected, follows_gap = FIRST, 1, False
    for line in lines:
        if line.line != expected:
            found += [Flaw(of.case, gone, "missing") for gone in range(expected, line.line)]
            follows_gap = True
        if seal_of(line.content, before) != line.seal:
            flaw = _broken(line, lines)
            # what stood before it is missing: of itself nothing can be said
            if flaw.what != "changed" or not follows_gap:
                found.append(flaw)
        before, expected, follows_gap = line.seal, line.line + 1, False
    if expected <= of.lines:
        found += [Flaw(of.case, gone, "missing") for gone in range(expected, of.lines + 1)]
    elif (expected - 1, before) != (of.lines, of.seal) and not found:
        found.append(Flaw(of.case, expected - 1, "cut"))
    return found


def _broken(line: Sealed, lines: Sequence[Sealed]) -> Flaw:
    """Say why a line's seal is not what it should be where it stands."""
    seals = [(0, FIRST), *((other.line, other.seal) for other in lines)]
    after = next((number for number, seal in seals if seal_of(line.content, seal) == line.seal), None)
    what: Literal["changed", "moved"] = "changed" if after is None else "moved"
    return Flaw(line.content.case, line.line, what, after)


# ---- kept elsewhere ----------------------------------------------------------------------------------


def written(sealing: Sealing) -> str:
    """Write what is kept of a case elsewhere: its number, its lines, its last seal."""
    return f"{sealing.case} {sealing.lines} {sealing.seal}"


def read(lines: Iterable[str]) -> Iterator[Sealing]:
    """Read what was `written`. Raises ValueError with the number of the line that can't be read."""
    for number, line in enumerate(lines, 1):
        words = line.split()
        try:
            case, count, seal = words
            yield Sealing(int(case), int(count), seal)
        except ValueError:
            raise ValueError(f"line {number} is no seal; it holds a case, a count and a seal") from None


def compare(kept: Sealing, lines: Sequence[Sealed]) -> Flaw | None:
    """Compare what was kept of a case with its history as it is now, which may have grown since."""
    now = next((line for line in lines if line.line == kept.lines), None)
    if now is None:
        return Flaw(kept.case, kept.lines, "missing")
    return None if now.seal == kept.seal else Flaw(kept.case, kept.lines, "changed")
