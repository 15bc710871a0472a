"""What a text must hold for a pattern to occur in it: a quick look before a search. Pure.

Most patterns of a configuration are in hardly any post, and most of them name some word. Looking for the word is
a hundred times quicker than searching. The look may only err on the side of searching: where a pattern is not
wholly understood here, nothing is required of the text.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import regex

# characters whose cases are one to one, but for the strangers below
_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzåäö0123456789 ")
_STRANGERS: Final = regex.compile("[\u017f\u212a\u0130\u0131\u212b]")
"""Characters that count as s, k, i and å where case does not matter, and do not become them in lower case."""
_SPECIAL: Final = frozenset(".^$*+?{}[]()|\\")
"""What means something else than itself, unless a backslash stands before it."""
_IN_SETS: Final = frozenset("\\^-[]&|~:")
"""What may mean something else than itself between brackets."""
_FLAGS: Final = regex.compile(r"\(\?[imsu]+\)")
"""At the head of a pattern; the case of letters never matters, and the others say nothing of what is plain."""
_CLASSES: Final = frozenset("bBdDsSwWAZnrtfv")
"""Letters that stand for a class or a place after a backslash; any other letter may begin a longer escape."""
_FEWEST: Final = 2
"""Characters of a needle; shorter ones are in nearly every text, but for a sign such as `?` or 😂."""
_PIECE: Final = regex.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*+\]|\{(?P<least>\d++)(?:,\d*+)?\}[+?]?|(?P<many>[*+?][+?]?)"
    r"|(?P<open>\((?:\?:|\?>|(?!\?)))|(?P<close>\))|.",
    regex.DOTALL,
)

Needles = frozenset[str]


class _NotUnderstood(Exception):
    """The pattern holds what is not read here."""


@lru_cache(maxsize=1_024)
def needles(written: str) -> Needles | None:
    """Give texts in lower case, one of which must be in the lower case of every text that the pattern occurs in.

    None where nothing can be required.
    """
    try:
        flags = _FLAGS.match(written)
        pieces = list(_PIECE.finditer(written, flags.end() if flags else 0))
        found, end = _either(pieces, 0)
    except (_NotUnderstood, RecursionError):
        return None
    return found if end == len(pieces) else None


def may_occur(written: str, lowered: str | None) -> bool:
    """Say whether it is worth searching a text for a pattern; `lowered` is what `lower` gives of the text."""
    wanted = needles(written)
    if wanted is None or lowered is None:
        return True
    for needle in wanted:  # noqa: SIM110 - a loop is quicker, and this is asked of every post and pattern
        if needle in lowered:
            return True
    return False


def lower(text: str) -> str | None:
    """Give a text in lower case, as needles are looked for in it; None where that would tell nothing."""
    return None if not text.isascii() and _STRANGERS.search(text) else text.lower()


def _either(pieces: Sequence[regex.Match[str]], at: int) -> tuple[Needles | None, int]:
    """Read alternatives up to the end of their group."""
    choices: list[Needles | None] = []
    while True:
        found, at = _sequence(pieces, at)
        choices.append(found)
        if at == len(pieces) or pieces[at]["close"]:
            break
        at += 1  # the |
    known = [choice for choice in choices if choice is not None]
    return (frozenset().union(*known) if len(known) == len(choices) else None), at


def _sequence(pieces: Sequence[regex.Match[str]], at: int) -> tuple[Needles | None, int]:
    """Read one alternative; of all that it must hold, what is longest is required."""
    held: list[Needles] = []
    run = ""
    while at < len(pieces) and not pieces[at]["close"] and pieces[at][0] != "|":
        literal, inner, at = _one(pieces, at)
        least, at, is_repeated = _repeat(pieces, at)
        if literal is not None and least:
            run += literal
        if literal is None or not least or is_repeated:
            held += [frozenset({run})]
            run = ""
        if inner is not None and least:
            held.append(inner)
    held.append(frozenset({run}))
    best = max(held, key=_worth)
    return (best if _worth(best) >= _FEWEST else None), at


def _worth(found: Needles) -> int:
    return min(len(needle) + any(map(_is_sign, needle)) for needle in found)


def _is_sign(character: str) -> bool:
    """Say whether a character is one that has no case and is in few texts."""
    is_alone = character.lower() == character.upper() == character.casefold()
    return is_alone and not character.isalnum() and not character.isspace()


def _one(pieces: Sequence[regex.Match[str]], at: int) -> tuple[str | None, Needles | None, int]:
    """Read one piece: a plain character, or what a group must hold, or neither."""
    piece = pieces[at]
    sign = piece[0]
    if piece["open"]:
        found, end = _either(pieces, at + 1)
        if end == len(pieces):
            raise _NotUnderstood
        return None, found, end + 1
    if sign.startswith("\\") and sign[1:].isalnum() and sign[1] not in _CLASSES:
        raise _NotUnderstood
    # other brackets are flags, looks around, names, or errors that are allowed
    if sign in {"(", "{", "\\"} or piece["many"] or piece["least"]:
        raise _NotUnderstood
    if sign.startswith("[") and len(sign) > 1:
        return None, _set(sign[1:-1]), at + 1
    return _plain(sign), None, at + 1


def _set(within: str) -> Needles | None:
    """Read what stands between brackets, where that is nothing but signs."""
    signs = frozenset(within)
    return signs if signs and signs.isdisjoint(_IN_SETS) and all(map(_is_sign, signs)) else None


def _plain(sign: str) -> str | None:
    """Give the character that a piece stands for; None where it may be several."""
    if sign.startswith("\\"):
        return sign[1] if _is_sign(sign[1]) else None
    if sign in _SPECIAL:
        return None
    plain = sign.lower()
    return plain if plain in _PLAIN or _is_sign(plain) else None


def _repeat(pieces: Sequence[regex.Match[str]], at: int) -> tuple[bool, int, bool]:
    """Read what may follow a piece: whether it must be there at all, and whether it may be there more than once."""
    if at < len(pieces) and pieces[at]["many"]:
        return pieces[at]["many"].startswith("+"), at + 1, True
    if at < len(pieces) and pieces[at]["least"]:
        return int(pieces[at]["least"]) > 0, at + 1, True
    return True, at, False
