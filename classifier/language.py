"""Which of our three languages a post is written in, or none of them.

Short posts say little about their language, so the network's own hint weighs in, the more the shorter
the post is. `other` needs a strong reason, because a verdict in another language abstains: a misread
Finnish post that nobody sees is worse than a German one in the review lane.
"""

import functools
import math
import unicodedata
from collections.abc import Mapping
from typing import Any

OURS = ("fi", "sv", "en")
READ_AT_MOST = 1_000
"""Characters looked at; more changes no answer."""

SHORT = 40
"""Letters; below it the hint weighs `SHORT_ODDS`, from it on `LONG_ODDS`."""
SHORT_ODDS = 8.0
LONG_ODDS = 2.0

SURE_OF_OTHER = 0.9
"""Probability of other languages together that needs no hint to agree, from `SHORT` letters on."""
SURE_AGAINST_HINT = 0.99
"""The same where the hint names one of ours: some networks send the account's setting, not the post's."""
AGREED_OTHER = 0.5
"""Probability of other languages that is enough when the network's hint names one of them."""


def language_of(text: str, hint: str | None = None) -> str:
    """Name the language of a text: `fi`, `sv`, `en` or `other`; any text at all is answered."""
    looked_at = text[:READ_AT_MOST].encode("utf-8", "ignore").decode()  # lone surrogates fall out
    letters = [character for character in looked_at if character.isalpha()]
    known = _base(hint)
    if not letters:
        return known if known in OURS else "other"
    if not is_latin(letters):
        return "other"
    return choose(dict(_identifier().rank(looked_at)), letters=len(letters), hint=known)


def choose(chances: Mapping[str, float], *, letters: int, hint: str | None) -> str:
    """Choose from the probabilities of all languages, the number of letters and the network's hint."""
    elsewhere = 1 - sum(chances.get(ours, 0.0) for ours in OURS)
    if elsewhere >= _needed_for_other(chances, letters=letters, hint=hint):
        return "other"
    odds = SHORT_ODDS if letters < SHORT else LONG_ODDS
    return max(OURS, key=lambda ours: chances.get(ours, 0.0) * (odds if ours == hint else 1.0))


def is_latin(letters: list[str]) -> bool:
    """Say whether at least half of the letters are Latin ones."""
    latin = sum(letter < "ɐ" or unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    return 2 * latin >= len(letters)


def _needed_for_other(chances: Mapping[str, float], *, letters: int, hint: str | None) -> float:
    if hint in chances and hint not in OURS:
        return AGREED_OTHER
    if letters < SHORT:
        return math.inf  # a short post of ours looks like a hundred languages
    return SURE_AGAINST_HINT if hint in OURS else SURE_OF_OTHER


def _base(hint: str | None) -> str | None:
    """`fi-FI` and `FI` are `fi`."""
    return hint.replace("_", "-").partition("-")[0].casefold() if hint else None


@functools.cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - half a second, lazily

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
