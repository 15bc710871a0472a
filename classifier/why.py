"""Which words carried a verdict: each is taken out, and the fall of the verdict's odds is its weight. Pure.

1. A post of a few words is judged once more without each word, and without each pair of neighbours: of
   "ei koskaan" either word alone may be missed by nobody.
2. A longer post is first judged without each of its stretches; the stretches that carried most are looked
   into word by word.
3. Never are more than `MOST_VARIANTS` texts judged for one reason, whatever the length of the post.

The judging is somebody else's: any function from texts to verdicts of the same order.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import regex

from casebook.mention import Verdict

Judge = Callable[[list[str]], Sequence[Verdict]]
About = Literal["sentiment", "attention"]

MOST_VARIANTS: Final = 64
"""Texts judged for one reason, in at most two calls."""
MOST_WORDS: Final = 8
"""Words that one reason names."""
LEAST_WEIGHT: Final = 0.1
"""Log-odds; what moves the verdict less has not carried it."""
LITTLE: Final = 0.5
"""Log-odds; neighbours that each weigh less than this alone are looked at as a pair."""

_LOOKED_AT: Final = 10_000
"""Characters, as many as the classifier looks at."""
_WORDS_READ: Final = 288
"""Words; the models that we know read fewer tokens."""
_STRETCHES: Final = 24
_WORD_BY_WORD: Final = (MOST_VARIANTS + 1) // 2
"""With so many words, words and pairs together are still `MOST_VARIANTS`."""
_IN_STRETCHES: Final = (MOST_VARIANTS - _STRETCHES + 1) // 2
_SUREST: Final = 1e-3
"""Probabilities are kept this far from 0 and 1, where odds are infinite and prove nothing."""

_WORD: Final = regex.compile(
    r"""(?:https?://|www\.)\S+                     # a link is one word
      | [@\#]?[\p{L}\p{M}\p{N}_]+(?:['’\-.:][\p{L}\p{M}\p{N}_]+)*
      | [:;=]['’\-]?[()\[\]DPp/\\|]+               # the faces of people who have no emoji
      | (?=\p{Extended_Pictographic}|\p{Regional_Indicator})(\X)\1*   # an emoji, with its repetitions
      | [!?]+                                      # people shout and ask with them""",
    regex.VERBOSE,
)

Word = tuple[str, int, int, float]
"""A word as it stands in the post, its first and last-plus-one character there, and its weight."""


@dataclass(frozen=True, slots=True)
class Reason:
    """The words that carried a verdict, the weightiest first; none where no word did."""

    words: tuple[Word, ...]
    about: About


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the post that may be taken out: a word, a pair of neighbours, or a stretch."""

    start: int
    end: int
    weight: float = 0.0


def reason_of(text: str, verdict: Verdict, judge: Judge, *, about: About = "sentiment") -> Reason:
    """Say which words carried the verdict on a text, or how much attention it gave.

    A word's weight is by how much the log-odds of the verdict's class (or of attention) fall without it.
    Where the verdict abstains nothing was said, and nothing carried it.
    """
    if verdict.abstained:
        return Reason((), about)
    weigh = _Scales(text, verdict, judge, about).weigh
    words = words_of(text)[:_WORDS_READ]
    if len(words) > _WORD_BY_WORD:
        words = _within(_heaviest(weigh(_stretches(words))), words)
    pairs = [_Part(left.start, right.end) for left, right in pairwise(words) if _touch(left, right, text)]
    weighed = weigh([*words, *pairs])
    carried = _choose(weighed[: len(words)], weighed[len(words) :])
    return Reason(
        tuple((text[part.start : part.end], part.start, part.end, round(part.weight, 4)) for part in carried),
        about,
    )


def words_of(text: str) -> list[_Part]:
    """Give the words of a text: links, words with their inner marks, emoji, and shouts like `?!`."""
    return [_Part(*found.span()) for found in _WORD.finditer(text[:_LOOKED_AT])]


@dataclass(frozen=True, slots=True)
class _Scales:
    """Weighs parts of one text."""

    text: str
    verdict: Verdict
    judge: Judge
    about: About

    def weigh(self, parts: Sequence[_Part]) -> list[_Part]:
        """Give the parts with their weights; one call, and none for no parts."""
        if not parts:
            return []
        whole = self._odds(self.verdict)
        variants = [self.text[: part.start] + self.text[part.end :] for part in parts]
        return [
            _Part(part.start, part.end, whole - self._odds(without))
            for part, without in zip(parts, self.judge(variants), strict=True)
        ]

    def _odds(self, verdict: Verdict) -> float:
        """Log-odds of what is asked about; of the class that the whole text got, not the variant."""
        if self.about == "attention":
            return log_odds(verdict.attention)
        return log_odds(verdict.probability(self.verdict.sentiment))


def log_odds(probability: float) -> float:
    """Give the logarithm of the odds, finite for 0 and 1 too."""
    kept = min(max(probability, _SUREST), 1 - _SUREST)
    return math.log(kept / (1 - kept))


def _stretches(words: Sequence[_Part]) -> list[_Part]:
    """Cut the words into stretches of equal length, at most `_STRETCHES`."""
    size = math.ceil(len(words) / _STRETCHES)
    cut = [words[at : at + size] for at in range(0, len(words), size)]
    return [_Part(stretch[0].start, stretch[-1].end) for stretch in cut]


def _heaviest(stretches: Sequence[_Part]) -> list[_Part]:
    """Order stretches by weight; the earlier of two equal ones first."""
    return sorted(stretches, key=lambda part: (-part.weight, part.start))


def _within(stretches: Sequence[_Part], words: Sequence[_Part]) -> list[_Part]:
    """Give the words of the best stretches, in their order, as many as may be looked at one by one."""
    kept: list[_Part] = []
    for stretch in stretches:
        inside = [word for word in words if stretch.start <= word.start and word.end <= stretch.end]
        if len(kept) + len(inside) > _IN_STRETCHES:
            break
        kept += inside
    return sorted(kept, key=lambda word: word.start)


def _touch(left: _Part, right: _Part, text: str) -> bool:
    """Say whether nothing but space stands between two words."""
    return not text[left.end : right.start].strip()


def _choose(words: Sequence[_Part], pairs: Sequence[_Part]) -> list[_Part]:
    """Choose what carried most: words, and pairs that weigh more than their two words together."""
    by_start = {word.start: word for word in words}
    by_end = {word.end: word for word in words}
    joint = [pair for pair in pairs if _is_joint(pair, by_start[pair.start], by_end[pair.end])]
    chosen: list[_Part] = []
    for part in _heaviest([*words, *joint]):
        apart = all(part.end <= other.start or part.start >= other.end for other in chosen)
        if part.weight >= LEAST_WEIGHT and apart:
            chosen.append(part)
    return chosen[:MOST_WORDS]


def _is_joint(pair: _Part, left: _Part, right: _Part) -> bool:
    alone = max(left.weight, 0.0) + max(right.weight, 0.0)
    return max(left.weight, right.weight) < LITTLE and pair.weight >= alone + LITTLE
