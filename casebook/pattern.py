"""Regular expressions with bounds: neither a hostile text nor a hostile pattern can hold up the rest.

The engine's time limit covers the search only. Compiling cannot be interrupted, and the engine writes out
every repeat that must happen (`(?:a{1000}){1000}` takes 280 MB), so the size is judged before it begins.
"""

from functools import lru_cache
from typing import Final

import regex

LONGEST_PATTERN: Final = 1_000
"""Characters of a pattern."""
_LARGEST_PATTERN: Final = 10_000
"""Pieces of a pattern with its repeats written out; measured: at most half a second and a few MB."""
_SECONDS: Final = 0.05
_PIECE: Final = regex.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*+\]|\{(?P<least>\d++)(?:,\d*+)?\}|(?P<open>\()|(?P<close>\))|.",
    regex.DOTALL,
)


@lru_cache(maxsize=1_024)
def compile_pattern(written: str) -> regex.Pattern[str]:
    """Compile a pattern for searching posts, whatever the case of letters.

    Raises ValueError, in words for whoever wrote the pattern, when it is wrong, too long or too large.
    """
    if len(written) > LONGEST_PATTERN:
        raise ValueError(f"it is longer than {LONGEST_PATTERN} characters")
    if _unrolled_size(written) > _LARGEST_PATTERN:
        raise ValueError("its repeats come to too much; write smaller numbers in {}")
    try:
        # VERSION0 is the default, but unless it is named the engine prints warnings of "nested sets"
        return regex.compile(written, regex.IGNORECASE | regex.UNICODE | regex.VERSION0)
    except (regex.error, OverflowError, RecursionError) as mistake:
        raise ValueError(getattr(mistake, "msg", "it is nested too deep")) from mistake


def search(written: str, text: str) -> bool | None:
    """Say whether the pattern occurs in the text; None when 50 ms were not enough to know.

    Raises ValueError as `compile_pattern` does.
    """
    pattern = compile_pattern(written)
    try:
        return pattern.search(text, timeout=_SECONDS) is not None
    except (TimeoutError, MemoryError):
        return None


def _unrolled_size(written: str) -> int:
    """Count the pieces of a pattern with every repeat that must happen written out; roughly, never too few.

    Alternatives and the signs of groups are counted as pieces too.
    """
    sizes, last = [0], 0
    for piece in _PIECE.finditer(written):
        if piece["open"]:
            sizes.append(1)
        elif piece["least"]:
            more = last * (max(int(piece["least"]), 1) - 1)
            sizes[-1] += more
            last += more
        else:
            last = sizes.pop() + 1 if piece["close"] and len(sizes) > 1 else 1
            sizes[-1] += last
    return sum(sizes)
