"""From logits and labels to what the product needs to know of them: temperatures, biases, thresholds. Pure.

Everything is measured on the dev part of our own corpus, with the finished 8-bit network, as the product runs it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

LANGUAGES: Final = ("fi", "sv", "en")
OTHER: Final = "other"
FEWEST: Final = 60
"""Posts of a language below which it takes what was measured on all."""
_STEPS: Final = 400
_LEAN: Final = 0.02
"""How strongly a language's own numbers are held near those of all languages."""


def by_language(
    logits: Numbers, truths: Sequence[int], languages: Sequence[str]
) -> dict[str, tuple[float, tuple[float, ...]]]:
    """Fit temperature and bias of each language, and of all as `other` (vector scaling, Guo et al. 2017)."""
    whole = fit_softmax(logits, truths)
    found = {OTHER: whole}
    for language in LANGUAGES:
        rows = [at for at, one in enumerate(languages) if one == language]
        enough = len(rows) >= FEWEST
        found[language] = (
            fit_softmax(logits[rows], [truths[at] for at in rows], near=whole) if enough else whole
        )
    return found


def fit_softmax(
    logits: Numbers, truths: Sequence[int], *, near: tuple[float, tuple[float, ...]] | None = None
) -> tuple[float, tuple[float, ...]]:
    """Find temperature and biases (together 0) of least log loss, by Adam on the convex loss."""
    start = near or (1.0, (0.0,) * logits.shape[1])
    goal = np.array([1 / start[0], *start[1]])
    hit = np.eye(logits.shape[1])[list(truths)]
    at = goal.copy()
    first, second = np.zeros_like(at), np.zeros_like(at)
    for step in range(1, _STEPS + 1):
        off = _softmax(logits * at[0] + at[1:]) - hit
        slope = np.array([(off * logits).sum(1).mean(), *off.mean(0)]) + _LEAN * (at - goal) * (
            near is not None
        )
        first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope**2
        at = at - 0.02 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-9)
        at[0] = max(at[0], 0.05)
    biases = at[1:] - at[1:].mean()
    return float(1 / at[0]), tuple(float(bias) for bias in biases)


def attention_by_language(
    logits: Numbers, truths: Sequence[bool], languages: Sequence[str]
) -> dict[str, tuple[float, float]]:
    """Fit scale and shift of each language's attention, and of all as `other` (Platt 1999)."""
    two = np.stack([np.zeros_like(logits), logits], axis=1)
    fitted = by_language(two, [int(truth) for truth in truths], languages)
    return {name: (1 / heat, bias[1] - bias[0]) for name, (heat, bias) in fitted.items()}


def best_thresholds(chances: Numbers, truths: Sequence[int], names: Sequence[str]) -> dict[str, float]:
    """Find for each class the probability from which naming it gives the best F0.5 (van Rijsbergen 1979).

    A topic that is named in vain costs its readers more than one that is missed: in the corpus every kind is far
    more frequent than in life.
    """
    truth = np.array(truths)
    return {name: _best_threshold(chances[:, at], truth == at) for at, name in enumerate(names)}


def _best_threshold(scores: Numbers, wanted: NDArray[np.bool_]) -> float:
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(wanted[order])
    half = 1.25 * hits / (np.arange(1, len(order) + 1) + 0.25 * max(int(wanted.sum()), 1))
    best = int(half.argmax())
    below = scores[order[best + 1]] if best + 1 < len(order) else 0.0
    # half-way to the next one, and never so low or high that noise decides
    return float(np.clip((scores[order[best]] + below) / 2, 0.3, 0.95))


def softmax(logits: Numbers) -> Numbers:
    """Rows of logits to rows of probabilities."""
    return _softmax(logits)


def _softmax(logits: Numbers) -> Numbers:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def as_json(
    sentiment: Mapping[str, tuple[float, tuple[float, ...]]],
    attention: Mapping[str, tuple[float, float]],
    topics: Mapping[str, float],
    measured: str,
) -> dict[str, Any]:
    """Write it as calibration.json holds it."""
    return {
        "sentiment": {
            name: {"temperature": round(heat, 4), "bias": [round(one, 4) for one in bias]}
            for name, (heat, bias) in sentiment.items()
        },
        "attention": {
            name: {"scale": round(scale, 4), "shift": round(shift, 4)}
            for name, (scale, shift) in attention.items()
        },
        "topics": {name: round(threshold, 3) for name, threshold in topics.items()},
        "measured": measured,
    }
