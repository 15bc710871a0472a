"""Hostile text: cleaned, masked, cut and measured before anybody shows it. Pure.

Cleaned is not escaped: escaping belongs to the medium.
"""

from urllib.parse import urlsplit

import regex

from casebook.mask import mask

URL_LENGTH = 2000
# Direction overrides, isolates and marks, the byte-order mark: they reorder or hide what stands round them.
_TREACHEROUS = regex.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]")
_BREAKS = regex.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Cc: control characters; Cs: lone surrogates; Cn: what no standard names. Newlines stay.
_NOT_TEXT = regex.compile(r"(?!\n)[\p{Cc}\p{Cs}\p{Cn}]")
# Real writing stacks a few marks on a letter; hundreds of them climb over the lines above.
_TOWER = regex.compile(r"(\p{M}{8})\p{M}+")
# U+2800, U+3164 and the like are letters or signs by their class, but show nothing.
_VISIBLE = regex.compile(r"[^\s\p{C}\p{Z}\p{M}\u115f\u1160\u2800\u3164\uffa0]")
_GRAPHEME = regex.compile(r"\X")
_IN_URL = regex.compile(r"[^\s<>|\"'`\\^{}\p{C}\p{Z}]+")


def clean(text: str) -> str:
    """Give the text without what is no text: control characters, lone surrogates, direction overrides.

    Newlines stay, at most one empty line in a row; a text with nothing visible comes back empty.
    """
    text = _BREAKS.sub("\n", text).replace("\t", " ")
    text = _TOWER.sub(r"\1", _TREACHEROUS.sub("", _NOT_TEXT.sub("", text)))
    text = regex.sub(r"\n\s*\n\s*\n", "\n\n", text).strip()
    return text if _VISIBLE.search(text) else ""


def clean_line(text: str) -> str:
    """Give the cleaned text on one line."""
    return " ".join(clean(text).split())


def shown(text: str) -> str:
    """Give a customer's words as anybody may see them: cleaned, and identity codes, numbers and addresses masked."""
    return mask(clean(text)).text


def shown_line(text: str) -> str:
    """Give a customer's words as anybody may see them, on one line."""
    return " ".join(shown(text).split())


def units(text: str) -> int:
    """Length in UTF-16 units, the strictest way in which a vendor may count."""
    return len(text) + sum(character > "\uffff" for character in text)


def cut(text: str, length: int, sign: str = "…") -> str:
    """Give the text in at most `length` UTF-16 units, cut between graphemes, with a sign that it was cut.

    A family emoji or an accented letter is shown whole or not at all. The sign is part of the length, and
    left out where it would not fit.
    """
    if units(text) <= length:
        return text
    if units(sign) >= length:
        sign = ""
    room, kept = length - units(sign), []
    for found in _GRAPHEME.finditer(text):
        room -= units(found[0])
        if room < 0:
            break
        kept.append(found[0])
    # One endless grapheme (thousands of joined signs) is shown in part rather than not at all.
    shown = "".join(kept).rstrip() or text[: (length - units(sign)) // 2]
    return shown + sign


def safe_url(url: str | None) -> str | None:
    """Give the address if it can be a link: http or https, a host, and no character that ends a link."""
    if not url or len(url) > URL_LENGTH or not _IN_URL.fullmatch(url) or clean(url) != url:
        return None
    try:
        parts = urlsplit(url)
        reachable = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname)
    except ValueError:  # a broken IPv6 address
        return None
    return url if reachable else None
