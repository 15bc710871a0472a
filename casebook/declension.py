"""The forms of a Finnish noun, adjective or name, for each way in which its dictionary form may be inflected. Pure.

The dictionary form alone does not tell the type: `lasi` has `lasin`, `kivi` has `kiven`, `vesi` has `veden`. So each
type that the ending allows is given, by name, and whoever asks chooses between them (`casebook.asked`). A form is
made of a stem and a case; on some of the cases possessive suffixes are hung, and on all of them clitics.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from casebook.gradation import VOWELS, harmonised, is_front, strengthened, syllables, weakened

_INNER: Final = ("ssa", "sta", "lla", "lta", "lle", "ksi", "tta")
CLITICS: Final = ("kin", "kaan", "ko", "han", "pa")
_OWNERS: Final = ("ni", "si", "mme", "nne", "nsa")


@dataclass(frozen=True, slots=True)
class Stems:
    """What the cases of one type are made of."""

    strong: str
    """Singular, before an open syllable: `purkki`, `vete`."""
    weak: str
    """Singular, before a closed one: `purki`, `vede`."""
    partitive: str
    illative: str
    plural_strong: str
    plural_weak: str
    plurals: tuple[str, ...]
    """Partitives, genitives and illatives of the plural."""


@dataclass(frozen=True, slots=True)
class Paradigm:
    """All forms of one type: the cases, and what may be hung on them."""

    kind: str
    cases: frozenset[str]
    hung: frozenset[str]
    """With possessive suffixes or clitics."""


def paradigms(word: str) -> Iterator[Paradigm]:
    """Give the paradigm of each type that a folded word's ending allows, the kinds by name."""
    front = is_front(word)
    for kind, stems in _types(word, front=front):
        yield _paradigm(word, kind, stems, front=front)


def with_clitics(forms: Iterable[str], *, front: bool) -> Iterator[str]:
    """Hang the clitics on each form."""
    clitics = [harmonised(clitic, front=front) for clitic in CLITICS]
    return (form + clitic for form in forms for clitic in clitics)


def _paradigm(word: str, kind: str, stems: Stems, *, front: bool) -> Paradigm:
    inner = [harmonised(ending, front=front) for ending in _INNER]
    singular = [stems.weak + ending for ending in inner]
    plural = [stems.plural_weak + ending for ending in inner]
    na = harmonised("na", front=front)
    cases = {
        word, stems.weak + "n", stems.weak + "t", stems.partitive, stems.illative, stems.strong + na,
        stems.plural_strong + na, *singular, *plural, *stems.plurals,
    }  # fmt: skip
    owned = [stems.strong, stems.partitive, stems.illative, *singular, *plural, *stems.plurals]
    hung = {form + owner for base in owned for form, owner in _owned(base, front=front)}
    hung |= {f"{stems.plural_strong}ne{owner}" for owner in ("en", "ni", "si", "mme", "nne")}
    return Paradigm(kind, frozenset(cases), frozenset({*hung, *with_clitics(cases, front=front)} - cases))


def _owned(base: str, *, front: bool) -> Iterator[tuple[str, str]]:
    """Give a case with each possessive suffix: the n of genitives and illatives gives way, ksi becomes kse."""
    stem = base.removesuffix("n")
    if stem.endswith("ksi"):
        stem = stem[:-1] + "e"
    yield from ((stem, harmonised(owner, front=front)) for owner in _OWNERS)
    if base[-1] in "aäe" and stem[-2:] not in {"aa", "ää", "ee"}:  # lasissaan, but never lasiinan
        yield stem, stem[-1] + "n"


# -- types, by the ending of the dictionary form


def _types(word: str, *, front: bool) -> Iterator[tuple[str, Stems]]:
    """Give the types in the order in which people would try them."""
    if len(word) < 2:  # noqa: PLR2004 - one letter has no stem
        return
    last, before = word[-1], word[-2]
    if last in VOWELS and before in VOWELS and _is_long(word):
        yield "long", _long(word, front=front)
    elif last in "aä":
        yield from _in_a(word, front=front)
    elif last in "ouöy":
        yield from (
            _numbered("round", n, _round(word, weak, front=front)) for n, weak in enumerate(weakened(word))
        )
    elif last == "i":
        yield from _in_i(word, front=front)
    elif last == "e":
        for n, strong in enumerate(strengthened(word)):
            yield _numbered("tuote", n, _lengthened(word, strong + "e", front=front))
        yield from (
            _numbered("nalle", n, _plain(word, weak, word, weak, front=front))
            for n, weak in enumerate(weakened(word))
        )
    else:
        yield from _in_consonant(word, front=front)


def _numbered(kind: str, number: int, stems: Stems) -> tuple[str, Stems]:
    return (f"{kind}-{number}", stems)


def _is_long(word: str) -> bool:
    """Say whether it ends in a long vowel or is one syllable: suklaa, tie, voi; not allergia, radio."""
    return word[-1] == word[-2] or (syllables(word) == 1 and len(word) <= 4)  # noqa: PLR2004


def _long(word: str, *, front: bool) -> Stems:
    a, last = harmonised("a", front=front), word[-1]
    plural = word if last == "i" else word[:-1] + "i" if word[-1] == word[-2] else word[:-2] + last + "i"
    one = syllables(word) == 1
    illative = f"{word}h{last}n" if one else f"{word}seen"
    plural_illative = f"{plural}hin" if one else f"{plural}siin"
    plurals = (f"{plural}t{a}", f"{plural}den", f"{plural}tten", plural_illative)
    return Stems(word, word, f"{word}t{a}", illative, plural, plural, plurals)


def _in_a(word: str, *, front: bool) -> Iterator[tuple[str, Stems]]:
    """Kissa has kissoja, koira koiria, torakka torakoita: long words may do any of it."""
    a, o = harmonised("a", front=front), harmonised("o", front=front)
    for n, weak in enumerate(weakened(word)):
        strong_o, weak_o = f"{word[:-1]}{o}i", f"{weak[:-1]}{o}i"
        strong_i, weak_i = word[:-1].removesuffix("i") + "i", weak[:-1].removesuffix("i") + "i"
        with_j = (f"{strong_o[:-1]}j{a}", f"{strong_o[:-1]}jen", f"{strong_o}hin")
        with_t = tuple(one + end for one in (weak_o, strong_o) for end in (f"t{a}", "den", "tten", "hin"))
        without = (f"{strong_i}{a}", f"{strong_i}en", f"{strong_i}in")
        singular = (word, weak, word + a, f"{word}{word[-1]}n")
        yield f"kissa-{n}", Stems(*singular, strong_o, weak_o, with_j)
        yield f"koira-{n}", Stems(*singular, strong_i, weak_i, without)
        if syllables(word) > 2:  # noqa: PLR2004
            yield f"torakka-{n}", Stems(*singular, strong_o, weak_o, with_t)


def _round(word: str, weak: str, *, front: bool) -> Stems:
    a = harmonised("a", front=front)
    plurals: tuple[str, ...] = (f"{word}j{a}", f"{word}jen", f"{word}ihin")
    if syllables(word) > 2:  # noqa: PLR2004
        plurals += tuple(f"{one}i{end}" for one in {word, weak} for end in (f"t{a}", "den", "tten"))
    return Stems(word, weak, word + a, f"{word}{word[-1]}n", word + "i", weak + "i", plurals)


def _in_i(word: str, *, front: bool) -> Iterator[tuple[str, Stems]]:
    a = harmonised("a", front=front)
    for n, weak in enumerate(weakened(word)):
        yield f"lasi-{n}", _plain(word, weak, word[:-1] + "e", weak[:-1] + "e", front=front)
    stem = word[:-1] + "e"
    for n, weak in enumerate(weakened(stem)):
        yield f"kivi-{n}", _in_e(stem, weak, stem + a, word, front=front)
    for end, partitive in _SHORT_PARTITIVES.items():
        if word.endswith(end):
            short = word.removesuffix(end) + harmonised(partitive, front=front)
            yield f"kieli-{end}", _in_e(stem, stem, short, word, front=front)
    if word.endswith("si"):  # vesi, veden; kynsi, kynnen; varsi, varren
        strong = word[:-2] + "te"
        partitive = word[:-2] + harmonised("tta" if word[-3] in VOWELS else "ta", front=front)
        yield "vesi", _in_e(strong, weakened(strong)[0], partitive, word, front=front)


_SHORT_PARTITIVES: Final = {
    "li": "lta", "ni": "nta", "ri": "rta", "mi": "nta", "psi": "sta", "tsi": "sta", "ksi": "sta", "si": "sta"
}  # fmt: skip
"""How the partitive of kieli, uni, ääri, lumi, lapsi, veitsi, suksi and kuusi is made."""


def _plain(word: str, weak: str, plural: str, plural_weak: str, *, front: bool) -> Stems:
    a = harmonised("a", front=front)
    plurals: tuple[str, ...] = (f"{plural}j{a}", f"{word}en", f"{plural}jen", f"{plural}ihin")
    if syllables(word) > 2:  # noqa: PLR2004 - huijareita, huijareiden
        plurals += (
            f"{plural}it{a}",
            f"{plural}iden",
            f"{plural}itten",
            f"{plural_weak}it{a}",
            f"{plural_weak}iden",
        )
    return Stems(word, weak, word + a, f"{word}{word[-1]}n", plural + "i", plural_weak + "i", plurals)


def _in_e(strong: str, weak: str, partitive: str, plural: str, *, front: bool) -> Stems:
    """Make the forms of kivi, kiven and vesi, veden, whose plural has the i of the dictionary form."""
    a = harmonised("a", front=front)
    weak_plural = plural if plural.endswith("si") else weak[:-1] + "i"
    short = partitive[:-1].removesuffix("t") + "ten"
    plurals = (f"{plural}{a}", f"{plural}en", f"{plural}in", *([short] if partitive[-2:-1] == "t" else []))
    return Stems(strong, weak, partitive, strong + "en", plural, weak_plural, plurals)


def _lengthened(word: str, stem: str, *, front: bool) -> Stems:
    """Make the forms of tuote, hammas and kallis, whose stem ends in a long vowel."""
    a, plural = harmonised("a", front=front), stem[:-1].removesuffix("i") + "i"
    partitive = word + harmonised("tta" if word[-1] in VOWELS else "ta", front=front)
    plurals = (f"{plural}t{a}", f"{plural}den", f"{plural}tten", f"{plural}siin")
    return Stems(stem, stem, partitive, stem + "seen", plural, plural, plurals)


def _consonantal(stem: str, partitive: str, *, front: bool) -> Stems:
    """Make the forms of hyönteinen, palautus and avain, whose stem ends in e."""
    a, plural = harmonised("a", front=front), stem[:-1] + "i"
    plurals = (f"{plural}{a}", f"{plural}en", f"{partitive[:-1]}en", f"{plural}in")
    illative = stem + stem[-1] + "n"
    return Stems(stem, stem, partitive, illative, plural, plural, plurals)


def _in_consonant(word: str, *, front: bool) -> Iterator[tuple[str, Stems]]:
    if word.endswith("s"):
        yield from _in_s(word, front=front)
    else:
        yield from _in_other_consonant(word, front=front)
    loan = word + "i"  # names and loans: Wolt, Woltin
    yield "loan", _plain(loan, loan, word + "e", word + "e", front=front)


def _in_s(word: str, *, front: bool) -> Iterator[tuple[str, Stems]]:
    ta = harmonised("ta", front=front)
    yield "palautus", _consonantal(word[:-1] + "kse", word + ta, front=front)
    for n, strong in enumerate(strengthened(word[:-1])):
        yield _numbered("hammas", n, _lengthened(word, strong + strong[-1], front=front))
    if word.endswith(("us", "ys")):
        yield "oikeus", _like_oikeus(word, front=front)
    if word.endswith("es"):
        yield "mies", _consonantal(word[:-1] + "he", word + ta, front=front)


def _in_other_consonant(word: str, *, front: bool) -> Iterator[tuple[str, Stems]]:
    ta = harmonised("ta", front=front)
    if word.endswith("nen"):
        yield "hyönteinen", _consonantal(word[:-3] + "se", word[:-3] + "s" + ta, front=front)
    if word.endswith("in"):
        for n, strong in enumerate(strengthened(word[:-1])):
            yield _numbered("avain", n, _consonantal(strong + "me", word + ta, front=front))
    if word.endswith(("ton", "tön")):
        stem = word[:-3] + "tt" + word[-2] + "m" + harmonised("a", front=front)
        yield "rasvaton", _consonantal(stem, word + ta, front=front)
    if word.endswith(("nut", "nyt", "lut", "rut", "sut", "lyt", "syt", "ryt")):
        yield "kuollut", _lengthened(word, word[:-2] + "ee", front=front)
    if word[-1] in "nlrt" and word[-2] in VOWELS:
        stem = (word[:-1] if word[-1] == "t" else word) + "e"
        yield "sisar", _consonantal(stem, word + ta, front=front)


def _like_oikeus(word: str, *, front: bool) -> Stems:
    a, plural = harmonised("a", front=front), word[:-1] + "ksi"
    plurals = (f"{plural}{a}", f"{plural}en", f"{plural}in")
    stem = word[:-1] + "te"
    return Stems(stem, word[:-1] + "de", f"{word[:-1]}tt{a}", f"{stem}en", plural, plural, plurals)
