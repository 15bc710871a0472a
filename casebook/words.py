"""Words of a post and their base forms, so that `allergia` finds `allergioita`. Pure.

Everything here is bounded: texts are hostile, and one post must not hold up the ones behind it.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from unicodedata import normalize

import regex

from casebook.kept_forms import kept_forms

LONGEST_TEXT: Final = 10_000
"""Characters of a text that are looked at; the longest post of any network we read has fewer."""
_LONGEST_WORD: Final = 60
"""Longer words are compared as they stand: taking them apart costs their length squared."""
_LANGUAGES: Final = ("fi", "sv", "en")

# soft hyphen, zero-width space, joiners, byte order mark: invisible, and used to hide words from filters
_INVISIBLE: Final = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
_APOSTROPHES: Final = dict.fromkeys((0x2019, 0x02BC, 0x00B4, 0x0060), "'")
_TRANSLATED: Final = regex.compile("[" + "".join(map(chr, (*_INVISIBLE, *_APOSTROPHES))) + "]")
"""What is looked for first: most texts have none of it, and translating takes longer than all the rest."""
_LINK: Final = regex.compile(r"https?://\S+|www\.\S+")
# an ending hung on a name or an abbreviation: EU:n, VD:s, IPA:ssa, Wolt'in, customer's (but don't is a word)
_ENDINGS: Final = (
    r"(?:n|s|in|en|lle|ksi|kin|ko|t[aä]|n[aä]|ss[aä]|st[aä]|ll[aä]|lt[aä]|[ie]{2}n|h[aei]n)(?!['\p{L}\p{N}])"
)
# a single letter before a hyphen belongs to its word (e-mail, t-paita); other hyphens part words, so that
# `allergia` finds `allergia-reaktio`
_WORD: Final = regex.compile(
    rf"((?:\p{{L}}-(?=\p{{L}}{{2}}))?+[\p{{L}}\p{{N}}][\p{{L}}\p{{N}}\p{{M}}]*+"
    rf"(?:'(?!{_ENDINGS})[\p{{L}}\p{{N}}\p{{M}}]++)*+)(?:[:']{_ENDINGS}|:[taä](?![\p{{L}}\p{{N}}]))?+"
    r"|(\p{Extended_Pictographic})"
)
_LEMMATISED: Final = regex.compile(r"\p{Latin}[\p{Latin}\p{M}'-]*+")


def words_of(text: str) -> list[str]:
    """Give the words of a text in order: casefolded, NFC, links left out, `#` and `@` taken off.

    Emoji are words. Only the first 10,000 characters are read.
    """
    folded = _folded(text[:LONGEST_TEXT])
    if "://" in folded or "www." in folded:
        folded = _LINK.sub(" ", folded)
    return [word or emoji for word, emoji in _WORD.findall(folded)]


@lru_cache(maxsize=20_000)
def base_forms(word: str) -> frozenset[str]:
    """Give the word itself and its base forms in Finnish, Swedish and English. Never raises.

    The first word that is not among the kept ones loads the dictionaries.
    """
    folded = _folded(word)
    return kept_forms().get(folded) or looked_up(folded)


def looked_up(folded: str) -> frozenset[str]:
    """Give the same of a folded word from the dictionaries.

    The first call loads them: about 2.5 s and 63 MB on one core. Loaded whole, as simplemma does by default, they
    take 480 MB and 5 s for answers five times as quick, which the cache makes up for.
    """
    if not is_lettered(folded):
        return frozenset({folded})
    import simplemma  # noqa: PLC0415 - not every command compares words; the import alone takes 70 ms

    lemmas = {simplemma.lemmatize(folded, lang=language, low_memory=True) for language in _LANGUAGES}
    forms = {folded, *map(_folded, lemmas)}
    return frozenset(forms | {form.replace("-", "") for form in forms})  # e-lasku is elasku too


def known_base(form: str, languages: Sequence[str] = _LANGUAGES) -> frozenset[str]:
    """Give the base forms of a folded word in the languages whose dictionaries have it, folded; loads them."""
    import simplemma  # noqa: PLC0415 - as above

    return frozenset(
        _folded(simplemma.lemmatize(form, lang=language, low_memory=True))
        for language in languages
        if simplemma.is_known(form, lang=language, low_memory=True)
    )


def is_lettered(folded: str) -> bool:
    """Say whether a folded word is one that a dictionary may know."""
    return len(folded) <= _LONGEST_WORD and _LEMMATISED.fullmatch(folded) is not None


def holds_phrase(text_words: Sequence[str], phrase_words: Sequence[str]) -> bool:
    """Say whether the words of the phrase follow one another in the text, each inflected or not.

    Both are words as `words_of` gives them. A phrase without words is held by no text.
    """
    return phrase_at(text_words, phrase_words) is not None


def phrase_at(text_words: Sequence[str], phrase_words: Sequence[str]) -> int | None:
    """Say at which word of the text the phrase first begins; None where it is not held."""
    phrase = [base_forms(word) for word in phrase_words]
    if not phrase:
        return None
    places = range(len(text_words) - len(phrase) + 1)
    return next((at for at in places if _begins_at(at, text_words, phrase)), None)


def _begins_at(at: int, text_words: Sequence[str], phrase: Sequence[frozenset[str]]) -> bool:
    return all(
        not forms.isdisjoint(base_forms(word)) for forms, word in zip(phrase, text_words[at:], strict=False)
    )


def _folded(text: str) -> str:
    """Bring a text to the one spelling that words are compared in."""
    if text.isascii() and "`" not in text:
        return text.casefold()
    is_plain = _TRANSLATED.search(text) is None
    visible = normalize("NFC", text if is_plain else text.translate(_INVISIBLE))
    # casefolding can take a composed letter apart again
    folded = normalize("NFC", visible.casefold())
    return folded if is_plain else folded.translate(_APOSTROPHES)
