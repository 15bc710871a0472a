"""Regular expressions with bounds: neither a hostile text nor a hostile pattern can hold up the rest.

The engine's time limit covers the search only. Compiling cannot be interrupted, and the engine writes out
every repeat that must happen (`(?:a{1000}){1000}` takes 280 MB), so the size is judged before it begins.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import regex

LONGEST_PATTERN: Final = 1_000
"""Characters of a pattern."""
_LARGEST_PATTERN: Final = 10_000
"""Pieces of a pattern with its repeats written out; measured: at most half a second and a few MB."""
_SECONDS: Final = 0.05
_FEW_STEPS: Final = 1_000
"""Of the engine at one place of a text, at most: through the longest text in about the time above."""
_FLAGS: Final = regex.compile(r"^\(\?[imsu]+\)")
_UNNAMED: Final = regex.compile(r"(?<!\\)\(\?:")
_ONE_SIGN: Final = frozenset("bBdDsSwW")
"""Letters that stand for one sign or a place after a backslash; others may stand for what was found before."""
_HARD_LENGTH: Final = 400
_MOST_UNITS: Final = 24
_USUAL: Final = ("a", "1", " ", "a ", "1 ", "a1", "-", ".", "a.", "\n")
"""What classes take (`\\w`, `\\d`, `\\s`, `.`), where a pattern names no sign itself."""
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
    # a limit has the engine read the processor's clock at every search, which may take longer than the search
    limit = None if ends_soon(written) else _SECONDS
    try:
        return pattern.search(text, timeout=limit) is not None
    except (TimeoutError, MemoryError):
        return None


@lru_cache(maxsize=1_024)
def ends_soon(written: str) -> bool:
    """Say whether a search needs no limit, whatever the text: nothing repeats, and few ways lead through it.

    Those who choose one of several ways at each of their groups have no more than the product of all choices.
    """
    ways, choices = 1, [1]
    for piece in _PIECE.finditer(_UNNAMED.sub("(", _FLAGS.sub("", written))):
        sign = piece[0]
        is_other = sign.startswith("\\") and sign[1:].isalnum() and sign[1] not in _ONE_SIGN
        if is_other or piece["least"] or sign in {"*", "+", "?", "{"}:
            return False
        if piece["open"]:
            choices.append(1)
        elif piece["close"] and len(choices) > 1:
            ways *= choices.pop()
        choices[-1] += sign == "|"
    return ways * choices[0] * len(written) <= _FEW_STEPS


@lru_cache(maxsize=1_024)
def can_take_long(written: str) -> bool:
    """Say whether a text is known that the pattern can't be searched in within its time; False is no promise.

    It is tried on texts of some hundred characters that are made of the pattern's own, repeated, and end in what
    it does not take: that is where a repeat inside a repeat tries all the ways to share them out. What takes as
    long as the square of the text passes; what takes longer does not.
    """
    try:
        pattern = compile_pattern(written)
    except ValueError:
        return False
    # a busy machine is slow once; a pattern is slow each time
    return any(_is_slow(pattern, text) and _is_slow(pattern, text) for text in _hard_texts(written))


def _is_slow(pattern: regex.Pattern[str], text: str) -> bool:
    try:
        pattern.search(text, timeout=_SECONDS)
    except (TimeoutError, MemoryError):
        return True
    return False


def _hard_texts(written: str) -> Iterator[str]:
    """Texts that repeat what the pattern names, with and without all its other signs behind them."""
    plain = regex.sub(r"\\.|\(\?[^)]*?:?", " ", written)
    runs = regex.findall(r"[\p{L}\p{N}]+|[^\p{L}\p{N}\s()\[\]{}|*+?.^$\\]", plain)
    letters = dict.fromkeys(letter for run in runs for letter in run)
    units = dict.fromkeys([*letters, *runs, *_USUAL])
    for unit in list(units)[:_MOST_UNITS]:
        text = unit * (_HARD_LENGTH // len(unit))
        yield f"{text}\x00"
        yield f"{text}\x00{''.join(letters)}"


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
