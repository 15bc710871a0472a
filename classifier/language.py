"""Which of our three languages a post is written in, or none of them.

Short posts say little about their language, so the network's own hint weighs in, the more the shorter
the post is. `other` needs a strong reason, because a verdict in another language abstains: a misread
Finnish post that nobody sees is worse than a German one in the review lane.
"""

import functools
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from casebook.mention import Spoken
from classifier.reading import read_post

Hint = str | Spoken | None
"""The network's own idea of the language; or what was decided before, which stands."""

OURS = ("fi", "sv", "en")
READ_AT_MOST = 1_000
"""Characters looked at; more changes no answer."""

SHORT = 40
"""Letters; below it the hint weighs `SHORT_ODDS`, from it on `LONG_ODDS`."""
SHORT_ODDS = 8.0
LONG_ODDS = 2.0
COMMON_ODDS = 8.0
"""What each common word of a language weighs in a short post: n-grams of letters hardly know `The` or `Tack`."""
ELSEWHERE_ODDS = 0.1
"""What the hundred other languages weigh in a short post that nothing says is in one of them."""
HINT_ALONE = 0.5
"""Confidence where there are no letters and a hint."""

SURE_OF_OTHER = 0.9
"""Probability of other languages together that needs no hint to agree, from `SHORT` letters on."""
SURE_AGAINST_HINT = 0.99
"""The same where the hint names one of ours: some networks send the account's setting, not the post's."""
AGREED_OTHER = 0.5
"""Probability of other languages that is enough when the network's hint names one of them."""

_COMMON: Mapping[str, frozenset[str]] = {
    "fi": frozenset(
        [
            "ja",
            "on",
            "ei",
            "se",
            "että",
            "hän",
            "mutta",
            "niin",
            "kun",
            "kuin",
            "jos",
            "vai",
            "tai",
            "nyt",
            "vain",
            "jo",
            "vielä",
            "aina",
            "ihan",
            "tosi",
            "todella",
            "taas",
            "mä",
            "sä",
            "mun",
            "sun",
            "minä",
            "sinä",
            "te",
            "me",
            "ne",
            "nämä",
            "tämä",
            "tää",
            "toi",
            "tuo",
            "mikä",
            "mitä",
            "missä",
            "miksi",
            "miten",
            "milloin",
            "kuka",
            "moi",
            "hei",
            "moro",
            "heippa",
            "terve",
            "kiitos",
            "kiitti",
            "kiitoksia",
            "anteeksi",
            "ole",
            "olen",
            "oli",
            "olisi",
            "ovat",
            "ette",
            "en",
            "et",
            "emme",
            "eikö",
            "onko",
            "voiko",
            "voisiko",
            "saako",
            "kanssa",
            "kyllä",
            "kyl",
            "joo",
            "juu",
            "no",
            "siis",
            "sitten",
            "sit",
            "hyvä",
            "hyvää",
            "huono",
            "paska",
            "paskaa",
            "ihana",
            "paras",
            "kiva",
            "jee",
            "vihdoin",
            "viimein",
            "pitkä",
            "minun",
            "sinun",
            "teidän",
            "teillä",
            "teiltä",
            "teille",
            "siellä",
            "täällä",
            "tuolla",
            "joka",
            "kaikki",
            "mitään",
            "koskaan",
            "ikinä",
            "eilen",
            "tänään",
            "huomenna",
        ]
    ),
    "sv": frozenset(
        [
            "och",
            "är",
            "inte",
            "det",
            "att",
            "jag",
            "du",
            "vi",
            "ni",
            "han",
            "hon",
            "men",
            "så",
            "när",
            "om",
            "eller",
            "nu",
            "bara",
            "redan",
            "ännu",
            "alltid",
            "helt",
            "verkligen",
            "igen",
            "min",
            "mitt",
            "mina",
            "din",
            "er",
            "ert",
            "era",
            "de",
            "dem",
            "denna",
            "detta",
            "vad",
            "var",
            "varför",
            "hur",
            "vem",
            "hej",
            "hejsan",
            "tjena",
            "tack",
            "tusen",
            "förlåt",
            "ursäkta",
            "har",
            "hade",
            "kan",
            "skulle",
            "ska",
            "vill",
            "får",
            "fick",
            "till",
            "från",
            "med",
            "för",
            "på",
            "av",
            "en",
            "ett",
            "som",
            "den",
            "jo",
            "ja",
            "nej",
            "också",
            "mycket",
            "bra",
            "dålig",
            "dåligt",
            "usel",
            "skit",
            "bästa",
            "äntligen",
            "kul",
            "här",
            "där",
            "alla",
            "allt",
            "inget",
            "ingen",
            "aldrig",
            "igår",
            "idag",
            "imorgon",
            "vilken",
            "vilket",
            "nån",
        ]
    ),
    "en": frozenset(
        [
            "the",
            "a",
            "an",
            "and",
            "is",
            "are",
            "was",
            "were",
            "not",
            "it",
            "that",
            "this",
            "i",
            "i'm",
            "you",
            "he",
            "she",
            "we",
            "they",
            "but",
            "so",
            "when",
            "if",
            "or",
            "now",
            "just",
            "already",
            "still",
            "always",
            "really",
            "very",
            "again",
            "my",
            "your",
            "our",
            "their",
            "what",
            "where",
            "why",
            "how",
            "who",
            "hi",
            "hello",
            "hey",
            "thanks",
            "thank",
            "please",
            "sorry",
            "do",
            "does",
            "did",
            "don't",
            "can",
            "can't",
            "could",
            "will",
            "would",
            "have",
            "has",
            "had",
            "got",
            "get",
            "to",
            "from",
            "with",
            "for",
            "on",
            "of",
            "in",
            "at",
            "be",
            "been",
            "as",
            "by",
            "all",
            "nothing",
            "never",
            "ever",
            "yesterday",
            "today",
            "tomorrow",
            "which",
            "good",
            "bad",
            "best",
            "worst",
            "great",
            "awful",
            "love",
            "no",
            "yes",
            "me",
            "one",
            "came",
            "any",
            "there",
            "here",
            "out",
            "up",
            "after",
            "still",
            "your",
        ]
    ),
}
_BARE = str.maketrans("äöå", "aoa")
"""Many write without dots: on a phone set to English, in haste."""
_WORD = re.compile(r"[a-zäöå]+(?:['’][a-z]+)?")
_WORDS_READ = 12


def language_of(text: str, hint: Hint = None) -> str:
    """Name the language of a text: `fi`, `sv`, `en` or `other`; any text at all is answered."""
    return spoken_in(text, hint).language


def language_of_post(post: str, hint: Hint = None) -> Spoken:
    """Say which language a post is written in, links and names left out, and how sure that is."""
    return spoken_in(read_post(post).plain, hint)


def spoken_in(text: str, hint: Hint = None) -> Spoken:
    """Say which language a text is written in and how sure that is; what was decided before stands."""
    if isinstance(hint, Spoken):
        return hint
    looked_at = text[:READ_AT_MOST].encode("utf-8", "ignore").decode()  # lone surrogates fall out
    letters = [character for character in looked_at if character.isalpha()]
    known = _base(hint)
    if not letters:
        return Spoken(known, HINT_ALONE) if known in OURS else Spoken("other", 0.0)
    if not is_latin(letters):
        return Spoken("other", 1.0)
    words = _words(looked_at) if len(letters) < SHORT else []
    return choose(dict(_identifier().rank(looked_at)), letters=len(letters), hint=known, words=words)


def choose(
    chances: Mapping[str, float], *, letters: int, hint: str | None, words: Sequence[str] = ()
) -> Spoken:
    """Choose from the probabilities of all languages, the number of letters, the hint and a short post's words."""
    elsewhere = max(0.0, 1 - sum(chances.get(ours, 0.0) for ours in OURS))
    if elsewhere >= _needed_for_other(chances, letters=letters, hint=hint):
        return Spoken("other", min(elsewhere, 1.0))
    odds = SHORT_ODDS if letters < SHORT else LONG_ODDS
    weights = {
        ours: (chances.get(ours, 0.0) + _LEAST)
        * (odds if ours == hint else 1.0)
        * COMMON_ODDS ** sum(word in _known_words()[ours] for word in words)
        for ours in OURS
    }
    best = max(OURS, key=lambda ours: weights[ours])
    others = elsewhere * (ELSEWHERE_ODDS if letters < SHORT else 1.0)
    return Spoken(best, weights[best] / (sum(weights.values()) + others))


_LEAST = 1e-3
"""No language is impossible for a handful of letters."""


@functools.cache
def _known_words() -> Mapping[str, frozenset[str]]:
    return {
        language: words | {word.translate(_BARE) for word in words} for language, words in _COMMON.items()
    }


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold().replace("’", "'"))[:_WORDS_READ]


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
