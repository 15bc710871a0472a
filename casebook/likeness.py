"""Whether two posts are about one thing: a calibrated probability, never a raw cosine. Pure.

1. Of each post a *gist* is kept: what the network makes of its meaning (beside that of ordinary posts, whose
   mean is taken off), its kinds, a sketch of its words, the link in it and its language. A thousand bytes,
   no words: the sketch adds each word's beginning, weighed by how rare it is, to one of 512 places, with a
   sign (K. Weinberger et al.: Feature hashing for large scale multitask learning, 2009). So the cosine of two
   sketches estimates how much of their words, inflected or not, two posts share.
2. Of a pair a logistic regression gives the log odds. Networks and minutes are not in it: what is compared
   stands in one window of time already, and we have no posts that would say what more of them means.
3. A post is compared with a group by the mean log odds to its members, scaled anew (J. Platt, 1999): what is
   like one member alone is not like the group. What it has in common with all posts of the company is taken
   off first.

The numbers come from classifier/training/likeness.py, which prints how right they are on storms left out.
"""

import json
import math
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
import regex

from casebook.words import words_of

Matrix = npt.NDArray[np.float64]

MEANING: Final = 384
KINDS: Final = 16
WORDS: Final = 512
LANGUAGES: Final = ("other", "fi", "sv", "en")
BEGINNING: Final = 5
"""Letters of a word that its inflections share, by and large; dictionaries told pairs apart no better."""
SHORTEST: Final = 3
MOST_WORDS: Final = 300
"""Of one post: a hostile one must not cost more than a long one."""

_KIND: Final = 1
_FORM: Final = struct.Struct(f"<BBq{MEANING}s{KINDS}s{WORDS}s")
_NAME: Final = regex.compile(r"(?<![\w.])@\w[\w.-]*+(?:@[\w.-]++)?+")
_ADDRESS: Final = regex.compile(r"https?://\S++", regex.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Weights:
    """Of one logistic regression."""

    pair: tuple[float, ...]
    """Of `_features`."""
    group: tuple[float, float]
    """Scale and shift of the mean log odds to a group's members."""
    usual: float
    """Mean log odds between a company's posts that are about different matters."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was learnt: how rare the beginnings of words are, and what likeness is made of."""

    rarity: Mapping[int, float]
    unseen: float
    whole: Weights
    """Where the meaning of both posts is known."""
    words: Weights
    """Where only words are: the model gives no meaning."""


@cache
def known() -> Known:
    """Give what was learnt."""
    written = json.loads((files("casebook") / "likeness.json").read_text("utf-8"))
    return Known(
        rarity={int(key): float(value) for key, value in written["rarity"].items()},
        unseen=float(written["unseen"]),
        whole=_weights(written["whole"]),
        words=_weights(written["words"]),
    )


def _weights(written: Mapping[str, Sequence[float]]) -> Weights:
    scale, shift = written["group"]
    (usual,) = written["usual"]
    return Weights(tuple(written["pair"]), (scale, shift), usual)


# ---- gists ------------------------------------------------------------------------------------------------


def squeeze(meaning: Any, kinds: Any) -> bytes:
    """Bring a meaning (of any length) and the chances of kinds to a byte a number."""
    vector = np.asarray(meaning, dtype=np.float64)
    most = float(np.abs(vector).max()) or 1.0
    return (
        np.rint(vector / most * 127).astype(np.int8).tobytes()
        + np.rint(np.asarray(kinds, dtype=np.float64) * 255).astype(np.uint8).tobytes()
    )


def gist_of(text: str, meaning: bytes | None, language: str, *, names: frozenset[str] = frozenset()) -> bytes:
    """Give the gist of a post; `names` (of `names_of`) say nothing here: the brand's.

    `meaning` is what `squeeze` gave, None where the model says nothing of it.
    """
    code = LANGUAGES.index(language) if language in LANGUAGES else 0
    kind = _KIND if meaning is not None else 0
    said = meaning or bytes(MEANING + KINDS)
    return _FORM.pack(kind, code, _link(text), said[:MEANING], said[MEANING:], _sketch(text, names))


def beginnings(text: str, names: frozenset[str] = frozenset()) -> set[str]:
    """Give the beginnings of a text's words; handles, links and `names` are left out."""
    words = words_of(_NAME.sub(" ", text))[:MOST_WORDS]
    return {word[:BEGINNING] for word in words if len(word) >= SHORTEST}.difference(names)


def names_of(texts: Iterable[str]) -> frozenset[str]:
    """Give the beginnings of names that say nothing where everybody writes them."""
    return frozenset(word[:BEGINNING] for text in texts for word in words_of(text))


def place_of(beginning: str) -> int:
    """Give the number under which a beginning is known: the same on every machine."""
    return zlib.crc32(beginning.encode())


def _sketch(text: str, names: frozenset[str]) -> bytes:
    sketch = np.zeros(WORDS)
    learnt = known()
    for beginning in beginnings(text, names):
        place = place_of(beginning)
        sign = 1 if place >> 31 else -1
        sketch[place % WORDS] += sign * learnt.rarity.get(place, learnt.unseen)
    most = float(np.abs(sketch).max()) or 1.0
    return np.rint(sketch / most * 127).astype(np.int8).tobytes()


def _link(text: str) -> int:
    """Give a number for the first link of a text; 0 where it has none."""
    found = _ADDRESS.search(text[:10_000])
    if found is None:
        return 0
    try:
        address = urlsplit(found[0].rstrip(".,;:!?)]}»\"'"))
    except ValueError:  # hostile brackets
        return 0
    where = f"{address.netloc.casefold().removeprefix('www.')}{address.path.rstrip('/')}"
    return zlib.crc32(where.encode()) + 1 if address.path.strip("/") else 0


@dataclass(frozen=True, slots=True, eq=False)
class Gists:
    """Some gists side by side, a row each."""

    meaning: Matrix
    words: Matrix
    kinds: Matrix
    links: npt.NDArray[np.int64]
    languages: npt.NDArray[np.int64]
    meant: npt.NDArray[np.bool_]
    """Their meaning is known."""

    def __len__(self) -> int:
        return len(self.links)

    def pick(self, rows: Any) -> "Gists":
        """Give some of the rows."""
        return Gists(*(getattr(self, name)[rows] for name in Gists.__slots__))


def read_gists(gists: Iterable[bytes]) -> Gists:
    """Read gists; one that is none says nothing, and is like no other."""
    rows = [_FORM.unpack(gist if len(gist) == _FORM.size else bytes(_FORM.size)) for gist in gists]
    return Gists(
        meaning=_unit(_numbers(rows, 3, np.int8, MEANING)),
        words=_unit(_numbers(rows, 5, np.int8, WORDS)),
        kinds=np.sqrt(_numbers(rows, 4, np.uint8, KINDS) / 255),
        links=np.array([row[2] for row in rows], dtype=np.int64),
        languages=np.array([row[1] for row in rows], dtype=np.int64),
        meant=np.array([row[0] == _KIND for row in rows], dtype=np.bool_),
    )


def _numbers(rows: Sequence[tuple[Any, ...]], at: int, kind: Any, length: int) -> Matrix:
    whole = b"".join(row[at] for row in rows)
    return np.frombuffer(whole, dtype=kind).reshape(-1, length).astype(np.float64)


def _unit(vectors: Matrix) -> Matrix:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Matrix = vectors / np.where(lengths > 0, lengths, 1.0)
    return unit


# ---- likeness ---------------------------------------------------------------------------------------------

LINKED: Final = 4.0
"""Log odds that one link adds: set by hand, for our storms have none. People who pass on one page speak of it."""


def log_odds(some: Gists, others: Gists) -> Matrix:
    """Give the log odds that each of some is about the same thing as each of others: (some, others)."""
    learnt = known()
    same = (some.links[:, None] == others.links) & (others.links != 0)
    whole, worded = _features(some, others)
    both = some.meant[:, None] & others.meant
    odds = np.where(both, whole @ np.array(learnt.whole.pair), worded @ np.array(learnt.words.pair))
    linked: Matrix = odds + LINKED * same
    return linked


def _features(some: Gists, others: Gists) -> tuple[Matrix, Matrix]:
    """Give what the two regressions look at: (some, others, 6), and where meanings are unknown (…, 3)."""
    meaning, words = some.meaning @ others.meaning.T, some.words @ others.words.T
    kinds = some.kinds @ others.kinds.T
    abroad = (some.languages[:, None] != others.languages).astype(np.float64)
    one = np.ones_like(meaning)
    return (
        np.stack([one, meaning, words, kinds, meaning * kinds, abroad * meaning], axis=-1),
        np.stack([one, words, abroad], axis=-1),
    )


def likeness(odds: Any) -> Any:
    """Turn log odds into the probability that two posts are about one thing."""
    return 1 / (1 + np.exp(-np.clip(odds, -500, 500)))


BELIEF: Final = 5.0
"""Posts that the usual log odds of our storms are worth, where a company's own posts say otherwise."""


def lift(some: Gists, ordinary: Gists) -> Matrix:
    """Give how much more alike each post is to a company's ordinary posts than posts usually are: (some,).

    Where all posts are about cards, that two are about cards says little. This much is taken off the log odds
    before a post is compared with a group (cohort normalisation, as speakers are told apart: R. Auckenthaler
    et al.: Score normalization for text-independent speaker verification systems, 2000).
    """
    if not len(ordinary):
        return np.zeros(len(some))
    above = log_odds(some, ordinary).mean(axis=1) - usual_odds(some)
    lifted: Matrix = np.maximum(0.0, above) * len(ordinary) / (len(ordinary) + BELIEF)
    return lifted


def usual_odds(some: Gists) -> Matrix:
    """Give the mean log odds of each post to a company's posts about other matters, as our storms have it: (some,)."""
    learnt = known()
    usual: Matrix = np.where(some.meant, learnt.whole.usual, learnt.words.usual)
    return usual


def apart(odds: Matrix, lifted: Matrix, others: Matrix) -> Matrix:
    """Take off what posts have in common with all of a company's: (some, others) by the lifts of both.

    The greater of the two, for a post that is like everything is like each of them.
    """
    return odds - np.maximum(lifted[:, None], others[None, :])


def group_likeness(odds: Any, *, is_meant: bool = True, expected: float = 0.0) -> Any:
    """Turn the mean log odds of a post to the members of a group into the probability that it is of them.

    `expected` are the log odds of that before anybody has read it (0: as likely as not).
    """
    learnt = known()
    scale, shift = (learnt.whole if is_meant else learnt.words).group
    return likeness(scale * np.asarray(odds) + shift + expected)


def to_group(odds: Matrix, members: npt.NDArray[np.bool_]) -> Matrix:
    """Give each row's mean log odds to the members (columns), itself left out: (rows,).

    `odds` are of posts with each other.
    """
    others = members[None, :] & ~np.eye(len(odds), dtype=bool)
    count = np.maximum(others.sum(axis=1), 1)
    means: Matrix = np.where(others, odds, 0.0).sum(axis=1) / count
    return means


def rarity_of(seen: int, posts: int) -> float:
    """Give how much a beginning says that was in `seen` of `posts` (inverse document frequency)."""
    return math.log((posts + 1) / (seen + 1))
