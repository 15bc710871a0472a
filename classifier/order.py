"""In which order texts are judged when they can't all be first. Pure over a judging function."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from casebook.mention import Verdict
from classifier.language import Hint

Judge = Callable[[Sequence[str], Sequence[Hint] | None], Sequence[Verdict]]

AT_ONCE: Final = 32
"""Texts given to the judge at a time: what bounds the memory, and the wait of the most urgent one."""


def soonest_first(urgency: Sequence[float]) -> list[int]:
    """Give the places of the urgencies, the greatest first; of equal ones the earlier place first."""
    return sorted(range(len(urgency)), key=lambda place: (-urgency[place], place))


def judged_soonest(
    judge: Judge,
    texts: Sequence[str],
    hints: Sequence[Hint] | None = None,
    urgency: Sequence[float] | None = None,
) -> Iterator[tuple[int, Verdict]]:
    """Judge the most urgent texts first; gives each text's place and its verdict as they are ready.

    Without urgency the order is that of the texts. Raises ValueError at once where the lengths differ.
    """
    for name, given in (("hints", hints), ("urgencies", urgency)):
        if given is not None and len(given) != len(texts):
            raise ValueError(f"{len(given)} {name} for {len(texts)} texts; give one for each, or none")
    places = soonest_first([0.0] * len(texts) if urgency is None else urgency)
    return _judged(judge, texts, hints, places)


def _judged(
    judge: Judge, texts: Sequence[str], hints: Sequence[Hint] | None, places: Sequence[int]
) -> Iterator[tuple[int, Verdict]]:
    for start in range(0, len(places), AT_ONCE):
        some = places[start : start + AT_ONCE]
        hinted = None if hints is None else [hints[place] for place in some]
        yield from zip(some, judge([texts[place] for place in some], hinted), strict=True)
