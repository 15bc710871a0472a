"""Identity codes, account and card numbers, phone numbers and e-mail addresses in what people write. Pure.

People post them in need. They are taken out of whatever quotes a post, and named, so that somebody can ask
the customer to remove them. What only looks like one is masked too where no check digit tells: a quote that
says too little harms nobody.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MASK = "•••"

# one character for one, so that places in the text stay what they are
_ALIKE = str.maketrans(
    {chr(0xFF10 + digit): str(digit) for digit in range(10)}
    | {chr(0x660 + digit): str(digit) for digit in range(10)}
    | dict.fromkeys("‐‑‒–—−－", "-")
    | dict.fromkeys("\u00a0\u2007\u2009\u200a\u202f\u200b\u200c\u200d\u2060\u00ad\t\n\r", " ")
    | {"＠": "@", "＋": "+"}
)
_DIGITS = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without what must not be repeated."""

    text: str
    found: tuple[str, ...]
    """What was taken out, each word once, in the order in which it came: `identity_code`, `account`, `card`,
    `phone`, `email`."""


def mask(text: str) -> Masked:
    """Take out identity codes, account and card numbers, phones and e-mail addresses."""
    alike = text.translate(_ALIKE)
    kept, found, at = [], [], 0
    for begin, end, what in _spans(alike):
        kept += [text[at:begin], MASK]
        found.append(what)
        at = end
    return Masked("".join((*kept, text[at:])), tuple(dict.fromkeys(found)))


def _spans(text: str) -> list[tuple[int, int, str]]:
    """Give what is found, in order and without overlaps; where two overlap, what was looked for first stays."""
    taken: list[tuple[int, int, str]] = []
    for what, pattern, holds in _LOOKED_FOR:
        for begin, end in _found(text, pattern, holds):
            if all(end <= first or last <= begin for first, last, _ in taken):
                taken.append((begin, end, what))
    return sorted(taken)


def _found(text: str, pattern: re.Pattern[str], holds: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    at = 0
    while (match := pattern.search(text, at)) is not None:
        end = _longest(match[0], holds)
        if end:
            yield match.start(), match.start() + end
        at = match.start() + max(end, 1)


def _longest(written: str, holds: Callable[[str], bool]) -> int:
    """Give how much of what was found is one: a number may be followed by figures of something else."""
    ends = [len(written), *(place for place in range(len(written) - 1, 0, -1) if written[place] in " -")]
    return next((end for end in ends if holds(written[:end])), 0)


def _digits(written: str) -> str:
    return "".join(_DIGITS.findall(written))


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0  # noqa: PLR2004 - the digit sum


def _is_card(written: str) -> bool:
    digits = _digits(written)
    return 13 <= len(digits) <= 19 and len(set(digits)) > 1 and _luhn(digits)  # noqa: PLR2004 - ISO/IEC 7812


def _is_account(written: str) -> bool:
    """ISO 13616: the country and the check digits moved to the end, the remainder by 97 is 1."""
    letters = written.replace(" ", "").replace("-", "").upper()
    if not 15 <= len(letters) <= 34:  # noqa: PLR2004 - the shortest and the longest there are
        return False
    return int("".join(str(int(letter, 36)) for letter in letters[4:] + letters[:4])) % 97 == 1


def _is_swedish(written: str) -> bool:
    return _luhn(_digits(written)[-10:])


def _is_phone(written: str) -> bool:
    digits = _digits(written)
    return (8 if written[0] == "+" else 7) <= len(digits) <= 15  # noqa: PLR2004 - E.164; ours with their zero


def _always(written: str) -> bool:
    del written
    return True


_DAY, _MONTH = r"(?:0[1-9]|[12]\d|3[01])", r"(?:0[1-9]|1[0-2])"
_ALONE, _ENDED = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_LOOKED_FOR: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"), _always),
    # the separators Y X W V U stand beside -, and B to F beside A, since 2023
    (
        "identity_code",
        re.compile(
            rf"{_ALONE}{_DAY}{_MONTH}\d\d ?[-+A-FU-Y] ?\d{{3}}[0-9A-FHJ-NPR-Y]{_ENDED}", re.IGNORECASE
        ),
        _always,
    ),
    ("identity_code", re.compile(rf"{_ALONE}(?:19|20)?\d\d{_MONTH}\d\d[-+]\d{{4}}{_ENDED}"), _is_swedish),
    ("account", re.compile(rf"{_ALONE}[A-Z]{{2}}\d\d(?:[ -]?[A-Z0-9]){{11,30}}", re.IGNORECASE), _is_account),
    ("card", re.compile(r"(?<!\d)[2-6](?:[ -]{0,2}\d){12,18}"), _is_card),
    ("phone", re.compile(r"(?<![\w+])(?:\+|00)[1-9](?:[ ()-]{0,3}\d){6,13}(?!\d)"), _is_phone),
    ("phone", re.compile(r"(?<![\w.,:/+-])\(?0[1-9]\d?\)?(?:[ -]{0,2}\d){4,10}(?![\d.,:/]*\d)"), _is_phone),
)
"""What is looked for, in this order: a card number may hold what looks like a phone, an account both."""
