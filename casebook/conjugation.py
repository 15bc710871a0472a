"""The forms of a Finnish verb, for each way in which its infinitive may be inflected. Pure.

As with nouns, the infinitive does not tell the type: each that its ending allows is given (`casebook.asked` chooses).
The potential is left out; nobody complains in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from casebook.declension import Paradigm, with_clitics
from casebook.gradation import VOWELS, harmonised, is_front, strengthened, weakened

_PERSONS: Final = ("n", "t", "mme", "tte")


@dataclass(frozen=True, slots=True)
class _Stems:
    strong: str
    """Of the third person and most participles: `tappa`, `uhkaa`, `tule`."""
    weak: str
    """Of the other persons: `tapa`, `uhkaa`, `tule`."""
    pasts: tuple[tuple[str, str], ...]
    """Strong and weak stems of the past: `tappoi`, `tapoi`."""
    conditional: str
    """Without its isi: `tappa`, `uhka`."""
    passive: str
    """What -taan, -ttiin and -ttu are hung on, with the first of their t: `tapet`, `uhat`, `tul`."""
    doubled: bool
    """The passive has tt in its past: tapettiin, but tultiin."""
    participle: str
    """What -ut, -eet is hung on: `tappan`, `uhann`, `tull`."""
    imperative: str
    """What -kaa, -koon is hung on."""


def conjugations(word: str) -> Iterator[Paradigm]:
    """Give the paradigm of each type that a folded infinitive's ending allows."""
    front = is_front(word)
    if len(word) < 4 or word[-1] not in "aä":  # noqa: PLR2004 - no verb worth asking is shorter
        return
    for kind, stems in _types(word, front=front):
        cases = frozenset(_cases(word, stems, front=front))
        yield Paradigm(f"verb-{kind}", cases, frozenset(with_clitics(cases, front=front)) - cases)


def _types(word: str, *, front: bool) -> Iterator[tuple[str, _Stems]]:
    before = word[:-1]
    if before[-1] in VOWELS:
        for n, weak in enumerate(weakened(before)):
            yield f"sanoa-{n}", _like_sanoa(before, weak, front=front)
    if word[-2] == "d":
        yield "syödä", _like_syoda(word[:-2])
    if word[-3:-1] in {"ll", "nn", "rr", "st"}:
        root = word[:-2]
        for n, strong in enumerate(strengthened(root[:-1] if root[-2] in VOWELS else root)):
            yield f"tulla-{n}", _like_tulla(word, root, strong + root[len(root[:-1]) :] + "e")
    if word[-2] == "t" and word[-3] in VOWELS:
        root = word[:-2]
        for n, strong in enumerate(strengthened(root)):
            yield f"uhata-{n}", _contracted(root, strong, strong + harmonised("a", front=front), "si")
            yield f"vanheta-{n}", _contracted(root, strong, strong + "ne", "ni")
        if word[-3] == "i":
            yield "valita", _contracted(root, root, root + "tse", "tsi")


def _like_sanoa(strong: str, weak: str, *, front: bool) -> _Stems:
    last = strong[-1]
    o = harmonised("o", front=front)
    ends = {"a": (f"{o}i", "i"), "ä": ("i",), "e": ("i",), "i": ("i",)}.get(last, (last + "i",))
    pasts = tuple((strong[:-1] + end, weak[:-1] + end) for end in ends)
    if last in "aä" and strong[-2] == "t":  # huutaa, huusi; löytää, löysi
        pasts += ((strong[:-2] + "si", strong[:-2] + "si"),)
    bare = weak[:-1] + "e" if last in "aä" else weak
    conditional = strong[:-1] if last in "ei" else strong
    return _Stems(strong, weak, pasts, conditional, bare + "t", True, strong + "n", strong)


def _like_syoda(stem: str) -> _Stems:
    past = stem if stem[-1] == "i" else stem[:-2] + stem[-1] + "i"  # söi, joi, sai
    return _Stems(stem, stem, ((past, past),), past.removesuffix("i"), stem + "d", False, stem + "n", stem)


def _like_tulla(word: str, root: str, stem: str) -> _Stems:
    past = stem[:-1] + "i"
    return _Stems(stem, stem, ((past, past),), stem[:-1], word[:-1], False, root + root[-1], root)


def _contracted(root: str, strong: str, stem: str, past_end: str) -> _Stems:
    past = stem[:-2] + "ni" if past_end == "ni" else strong + past_end
    conditional = stem[:-1] if stem[-1] in "aäe" else stem
    return _Stems(stem, stem, ((past, past),), conditional, root + "t", True, root + "nn", root + "t")


def _cases(word: str, stems: _Stems, *, front: bool) -> Iterator[str]:
    """Give every form without clitics."""

    def ending(written: str) -> str:
        return harmonised(written, front=front)

    strong, weak = stems.strong, stems.weak
    yield word
    yield from (weak, strong if strong[-1] == strong[-2] else strong + strong[-1], strong + ending("vat"))
    yield from (weak + person for person in _PERSONS)
    for third, other in stems.pasts:
        yield from (third, third + ending("vat"), *(other + person for person in _PERSONS))
    wished = stems.conditional + "isi"
    yield from (wished, wished + ending("vat"), *(wished + person for person in _PERSONS))
    yield from (stems.imperative + ending(end) for end in ("kaa", "koon", "koot", "kaamme"))
    yield from _passive(stems, front=front)
    done = stems.participle
    yield from (done + ending("ut"), done + "eet", done + "een", done + "eita", done + ending("utta"))
    doing = strong + ending("va")
    yield from (doing + ending(end) for end in ("", "n", "a", "ssa", "sta", "lla", "lle", "ksi"))
    yield from (doing[:-1] + ending(end) for end in ("ia", "ien", "issa", "ista", "ille"))
    to_do = strong + ending("ma")
    yield from (to_do + ending(end) for end in (to_do[-1] + "n", "ssa", "sta", "lla", "tta", "", "t"))
    act = strong + "mi"
    yield from (act + ending(end) for end in ("nen", "sen", "sta", "seen", "sessa", "sesta", "selle", "set"))


def _passive(stems: _Stems, *, front: bool) -> Iterator[str]:
    """Give tapetaan, tapettiin, tapettu; tullaan, tultiin, tultu; syödään, syötiin, syöty."""
    base = stems.passive
    a = harmonised("a", front=front)
    u = harmonised("u", front=front)
    yield from (f"{base}{a}{a}n", base + a)
    root = base + "t" if stems.doubled else base[:-1] + "t"
    yield from (root + "iin", f"{root}{a}isiin", root + u)
    weak = (
        root[:-1]
        if stems.doubled
        else root[:-2] + {"l": "ll", "n": "nn", "r": "rr"}.get(root[-2], root[-2] + "d")
    )
    weak_done = weak + u
    ends = ("n", "t", "ssa", "sta", "lla", "lle", "ksi")
    yield from (weak_done + harmonised(end, front=front) for end in ends)
    yield from (f"{root}{u}{a}", f"{root}{u}j{a}", f"{root}{a}v{a}", f"{root}{a}v{a}n", f"{root}{a}v{a}t")
