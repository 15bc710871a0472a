"""What the classes of somebody else's model mean to us: their names, and their probabilities. Pure."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from casebook.mention import Sentiment

Chances = tuple[float, float, float]
"""Probabilities of negative, neutral and positive, together 1."""

_NAMES: Final = {
    Sentiment.NEGATIVE: (
        "negative neg very_negative strongly_negative "
        "kielteinen negatiivinen erittäin_kielteinen erittäin_negatiivinen "
        "negativ negativt mycket_negativ 1_star 1_stars 2_star 2_stars"
    ),
    Sentiment.NEUTRAL: "neutral neu neutraali neutralt mixed 3_star 3_stars",
    Sentiment.POSITIVE: (
        "positive pos very_positive strongly_positive "
        "myönteinen positiivinen erittäin_myönteinen erittäin_positiivinen "
        "positiv positivt mycket_positiv 4_star 4_stars 5_star 5_stars"
    ),
}
_MEANINGS: Final = {name: meaning for meaning, names in _NAMES.items() for name in names.split()}


class UnknownClasses(ValueError):
    """The classes of a model are not all understood; the message lists them and says what to write."""


def meanings_of(found: Sequence[str], written: Mapping[str, str]) -> tuple[Sentiment, ...]:
    """Say what each class of a model means to us.

    `found` are the model's own names, in the order of its output; `written` is what the configuration says
    of them, and counts before what we recognise. Raises UnknownClasses.
    """
    strangers = [name for name in written if name not in found]
    if strangers:
        raise UnknownClasses(
            f"classifier.labels names {', '.join(map(repr, strangers))}, which the model does not have; "
            f"{_listed(found)}"
        )
    meanings = [Sentiment(written[name]) if name in written else recognised(name) for name in found]
    known = [meaning for meaning in meanings if meaning is not None]
    if len(known) < len(found) or not {Sentiment.NEGATIVE, Sentiment.POSITIVE} <= set(known):
        raise UnknownClasses(f"{_listed(found)}; say what each means: {_map_to_write(found, meanings)}")
    return tuple(known)


def recognised(name: str) -> Sentiment | None:
    """Recognise the usual names in English, Finnish and Swedish, and stars; None for any other."""
    plain = "_".join(name.casefold().replace("-", " ").replace("_", " ").split())
    return _MEANINGS.get(plain)


def chances_of(logits: Sequence[float], meanings: Sequence[Sentiment]) -> Chances:
    """Turn the logits of a model's classes into the probabilities of ours.

    Classes of one meaning are added. A model that knows no neutral is as sure as the margin between its two
    sides: `margin` = |positive - negative|; 1 - margin of the probability is neutral, and the sides keep
    `margin` of what they had. So .95 stays positive (.86), .75 becomes neutral (.50), .50 entirely so.
    """
    sums = dict.fromkeys(Sentiment, 0.0)
    for meaning, chance in zip(meanings, _softmax(logits), strict=True):
        sums[meaning] += chance
    negative, neutral, positive = (sums[meaning] for meaning in Sentiment)
    if Sentiment.NEUTRAL in meanings:
        return negative, neutral, positive
    margin = abs(positive - negative)
    return negative * margin, 1 - margin, positive * margin


def _softmax(logits: Sequence[float]) -> list[float]:
    best = max(logits)  # taken off first: exp of a large logit overflows
    weights = [math.exp(logit - best) for logit in logits]
    total = sum(weights)
    return [weight / total for weight in weights]


def _listed(found: Sequence[str]) -> str:
    return f"its classes are {', '.join(map(repr, found))}"


def _map_to_write(found: Sequence[str], meanings: Sequence[Sentiment | None]) -> str:
    """Give the line of the configuration, filled in as far as it is known."""
    pairs = (f"{name!r}: {meaning or '…'}" for name, meaning in zip(found, meanings, strict=True))
    return (
        f"classifier.labels: {{{', '.join(pairs)}}} (each negative, neutral or positive, "
        "and at least one of both sides)"
    )
