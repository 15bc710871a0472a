"""What consonants and vowels do between the forms of a Finnish word: gradation and harmony. Pure."""

from typing import Final

import regex

VOWELS: Final = "aeiouyäö"
_SHORTENED: Final = {
    "kk": "k", "pp": "p", "tt": "t", "nk": "ng", "nt": "nn", "mp": "mm", "lt": "ll", "rt": "rr", "ht": "hd",
    "lp": "lv", "rp": "rv", "lk": "l", "rk": "r", "hk": "h", "k": "", "p": "v", "t": "d",
}  # fmt: skip
"""Strong grade → weak grade, of the consonants before the last vowels."""
_LENGTHENED: Final = {
    "k": ("kk",), "p": ("pp",), "t": ("tt",), "ng": ("nk",), "nn": ("nt",), "mm": ("mp",), "ll": ("lt",),
    "rr": ("rt",), "hd": ("ht",), "lv": ("lp",), "rv": ("rp",), "l": ("lk",), "r": ("rk",), "h": ("hk",), "": ("k",),
    "v": ("p",), "d": ("t",), "lj": ("lk",), "rj": ("rk",), "hj": ("hk",),
    "lk": ("lkk",), "rk": ("rkk",), "nk": ("nkk",), "lt": ("ltt",), "rt": ("rtt",), "nt": ("ntt",), "lp": ("lpp",),
    "mp": ("mpp",),
}  # fmt: skip
_AFTER_LONG: Final = {
    "lkk": "lk",
    "rkk": "rk",
    "nkk": "nk",
    "ltt": "lt",
    "rtt": "rt",
    "ntt": "nt",
    "mpp": "mp",
    "lpp": "lp",
}
_TAIL: Final = regex.compile(rf"^(.*?[{VOWELS}])([^{VOWELS}]*)([{VOWELS}]+)$")


def is_front(word: str) -> bool:
    """Say whether its endings have ä, ö and y: the last vowel that takes sides decides, as in compounds."""
    return next((letter in "yäö" for letter in reversed(word) if letter in "aouyäö"), True)


def harmonised(ending: str, *, front: bool) -> str:
    """Give an ending, written with a, o and u, in the vowels of its word."""
    return ending.translate(_FRONT) if front else ending


_FRONT: Final = str.maketrans("aou", "äöy")


def weakened(stem: str) -> list[str]:
    """Give a stem that ends in a vowel in its weak grades, the likeliest first, itself if it has none."""
    before, consonants, vowels = _parted(stem)
    if consonants in _AFTER_LONG:
        return [before + _AFTER_LONG[consonants] + vowels]
    short = _SHORTENED.get(consonants)
    if short is None:
        return [stem]
    found = [before + short + vowels]
    if consonants in {"lk", "rk", "hk"}:  # särky, särjen
        found.append(before + consonants[0] + "j" + vowels)
    if consonants == "k" and before[-1:] == vowels[:1]:  # vaaka, vaa'an
        found.append(f"{before}'{vowels}")
    if consonants == "k" and before[-1:] in "uy" and vowels in {"u", "y"}:  # puku, puvun
        found.append(before + "v" + vowels)
    # loans and names keep it: auton, Pohjolan
    return [*found, stem]


def strengthened(stem: str) -> list[str]:
    """Give a stem that ends in a vowel in the strong grades it may come from, itself first."""
    before, consonants, vowels = _parted(stem)
    return (
        [stem, *(before + longer + vowels for longer in _LENGTHENED.get(consonants, ()))]
        if before
        else [stem]
    )


def syllables(word: str) -> int:
    """Count the groups of vowels, where i, u and y end a diphthong and e, a and o begin a new syllable after i."""
    return len(_SYLLABLE.findall(word))


_SYLLABLE: Final = regex.compile(r"aa|oo|uu|ee|ii|yy|ää|öö|[aeouyäö]i|[aeio]u|[eiäö]y|uo|yö|ie|[aeiouyäö]")


def _parted(stem: str) -> tuple[str, str, str]:
    found = _TAIL.match(stem)
    return (found[1], found[2], found[3]) if found else ("", "-", stem)
