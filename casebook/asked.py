"""What a word of the configuration is found by: its base forms, and its forms in Finnish made one by one. Pure.

`base_forms` knows one base form of each written form, and often the wrong one: of *purkin* it says `purka`, of *työ*
`sinä`. The words a configuration asks for are few, so each gets its own forms once, and a text's word is looked up
among them. How the forms come about:

1. Each type of inflection that the word's ending allows gives its forms (`declension`, `conjugation`).
2. The dictionary tells the types apart: of a true one, some forms have the asked word as their base form. A compound
   that it does not know has the types of its last part.
3. Of a true type every case counts, except words that are pronouns or auxiliaries (*voin* is never butter). Of types
   that share their hits with it, and of all where none is borne out (a name, slang), a form counts that is no other
   word: `kassa` has kassoja, and not kassia, which is bags.
4. With possessive suffixes or clitics, too, a form counts that is no other word.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from casebook.conjugation import conjugations
from casebook.declension import Paradigm, paradigms
from casebook.kept_forms import Types, kept_types
from casebook.words import base_forms, is_lettered, known_base

FUNCTION_WORDS: Final = frozenset(
    {
        "minä",
        "sinä",
        "hän",
        "me",
        "te",
        "he",
        "se",
        "ne",
        "tämä",
        "tuo",
        "nämä",
        "nuo",
        "joka",
        "mikä",
        "kuka",
        "mitä",
        "ken",
        "kumpi",
        "jokin",
        "joku",
        "itse",
        "ei",
        "ja",
        "tai",
        "että",
        "kun",
        "jos",
        "niin",
        "kuin",
        "myös",
        "mutta",
        "vain",
        "olla",
        "voida",
        "tulla",
    }
)
"""Base forms that the dictionary gives for nouns which look like a form of theirs."""
_VERBS: Final = frozenset({"olla", "voida", "tulla"})
"""Those that somebody may ask for as a verb."""
_RIVAL: Final = 0.5
"""A type is looked at when it has this share of the hits of the one with the most."""
_LEAST_PART: Final = 3
"""Letters of either part of a compound."""
_PART_HITS: Final = 3
"""Hits that the last letters of a word need to be a part of it."""
_FINNISH: Final = ("fi",)
_ELSEWHERE: Final = ("sv", "en")


@dataclass(frozen=True, slots=True)
class Asked:
    """A word that is asked for: a word of a text is it that is one of its forms, or has one of its base forms."""

    word: str
    forms: frozenset[str]
    bases: frozenset[str]

    def is_word(self, word: str) -> bool:
        """Say whether a word of a text, as `words_of` gives it, is the asked one."""
        return word in self.forms or not self.bases.isdisjoint(base_forms(word))


def asked_phrase(phrase: Sequence[str]) -> tuple[Asked, ...]:
    """Give what each word of an asked phrase, as `words_of` gives them, is found by."""
    return tuple(asked(word, alone=len(phrase) == 1) for word in phrase)


def holds_asked(text_words: Sequence[str], phrase: Sequence[Asked]) -> bool:
    """Say whether the words of the phrase follow one another in the text; one without words is held by none."""
    return asked_at(text_words, phrase) is not None


def asked_at(text_words: Sequence[str], phrase: Sequence[Asked]) -> int | None:
    """Give the place of the first of the phrase's words in the text, None where it does not hold the phrase."""
    places = range(len(text_words) - len(phrase) + 1) if phrase else ()
    found = (
        at
        for at in places
        if all(one.is_word(word) for one, word in zip(phrase, text_words[at:], strict=False))
    )
    return next(found, None)


@lru_cache(maxsize=5_000)
def asked(word: str, *, alone: bool = True) -> Asked:
    """Give what a folded word is found by. A pronoun that is asked for alone is found as written.

    A word whose types are not kept loads the dictionaries.
    """
    types = kept_types().get(word) or looked_up_types(word)
    forms = frozenset({word, *_forms(word, types)})
    bases = base_forms(word)
    mistaken = bases & FUNCTION_WORDS - ({word} & _VERBS)
    if mistaken and (alone or types.kinds):
        bases = bases - mistaken
    return Asked(word, forms, bases)


def looked_up_types(word: str) -> Types:
    """Give the types that the dictionaries bear out for a folded word; loads them."""
    if not is_lettered(word):
        return Types(word, (), ())
    choice = _choice(word, least=1) or _as_its_base(word)
    if choice is None and (known_base(word) - {word} or known_base(word, _ELSEWHERE)):
        return Types(word, (), ())  # a pronoun, a word of another language
    parts = () if choice else _last_parts(word)
    choice = choice or next(filter(None, (_choice(part, least=_PART_HITS) for part in parts)), None)
    if choice is not None:
        return choice
    every = list(paradigms(word))
    return Types(word, tuple(one.kind for one in every), _others(word, every, frozenset()))


def _as_its_base(word: str) -> Types | None:
    """Give the types of the word that an inflected form is of: who asks for allergiaa means allergia."""
    bases = known_base(word, _FINNISH) - FUNCTION_WORDS - {word}
    return next(filter(None, (_choice(base, least=1) for base in bases)), None)


def _choice(model: str, *, least: int) -> Types | None:
    """Choose between the types of a word by how many of their cases have it as their base form."""
    candidates = (*paradigms(model), *conjugations(model))
    hits = {one: _hits(model, one) for one in candidates}
    most = max(map(len, hits.values()), default=0)
    if most < least:
        return None
    rivals = [one for one in hits if len(hits[one]) >= most * _RIVAL]
    rivals.sort(key=lambda one: -len(hits[one]))  # stable: the likelier first
    borne_out: set[str] = set()
    true: list[Paradigm] = []
    for one in rivals:
        if not hits[one] <= borne_out:
            borne_out |= hits[one]
            true.append(one)
    certain = frozenset[str]().union(*(one.cases for one in true))
    return Types(model, tuple(one.kind for one in rivals), _others(model, rivals, certain))


def _hits(model: str, paradigm: Paradigm) -> frozenset[str]:
    return frozenset(case for case in paradigm.cases - {model} if model in known_base(case, _FINNISH))


def _last_parts(word: str) -> Iterator[str]:
    """Give the ends of a word that the dictionary has as words, the longest first: lasipurkki, purkki."""
    ends = (word[at:] for at in range(_LEAST_PART, len(word) - _LEAST_PART + 1))
    return (end for end in ends if end in known_base(end, _FINNISH))


def _others(model: str, of: Sequence[Paradigm], certain: frozenset[str]) -> tuple[str, ...]:
    """Give the forms that are another word, and the certain ones among them that are a pronoun or auxiliary."""
    forms = {form for one in of for form in one.cases | one.hung} - {model}
    others = []
    for form in sorted(forms):
        bases = known_base(form, _FINNISH) & FUNCTION_WORDS if form in certain else known_base(form)
        if bases and model not in bases:
            others.append(form)
    return tuple(others)


def _forms(word: str, types: Types) -> Iterator[str]:
    """Make the forms of a word of these types, the last part of a compound alone being inflected."""
    if not types.kinds:
        return
    first = word.removesuffix(types.model) if word.endswith(types.model) else ""
    others = frozenset(types.others)
    by_kind: Mapping[str, Paradigm] = {
        one.kind: one for one in (*paradigms(types.model), *conjugations(types.model))
    }
    for kind in types.kinds:
        paradigm = by_kind[kind]
        yield from (first + form for form in (paradigm.cases | paradigm.hung) - others)
