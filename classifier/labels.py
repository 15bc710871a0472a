"""From a model's logits to a verdict: priors, probabilities, abstaining. Pure.

The logits are free of any prior: the training balanced the three classes. Whoever knows how often each
class really occurs adds that knowledge here (`prior`), without training anything again.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from casebook.mention import Sentiment

ORDER = tuple(Sentiment)
"""The order of the model's sentiment output."""

QUESTION_WEIGHT = 0.3
TOPIC_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Calibration:
    """How logits become probabilities."""

    temperature: float = 1.0
    """Above 1 makes the model less sure of itself, below 1 more; it never changes the best class."""
    prior: tuple[float, float, float] | None = None
    """How often negative, neutral and positive occur where the model is used; None: equally often."""
    bias: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Added to the scaled logits: what the training left of a leaning to one class."""

    def __post_init__(self) -> None:
        """Refuse what has no logarithm."""
        if not self.temperature > 0:
            raise ValueError(f"temperature is {self.temperature}; it must be above 0")
        if self.prior is not None and not all(share > 0 for share in self.prior):
            raise ValueError(f"prior is {self.prior}; each of the three shares must be above 0")


def probabilities(logits: Sequence[float], calibration: Calibration) -> tuple[float, float, float]:
    """Turn three prior-free logits into probabilities of negative, neutral and positive, together 1."""
    scaled = [
        float(logit) / calibration.temperature + bias
        for logit, bias in zip(logits, calibration.bias, strict=True)
    ]
    if calibration.prior is not None:
        scaled = [logit + math.log(share) for logit, share in zip(scaled, calibration.prior, strict=True)]
    best = max(scaled)  # taken off first: exp of a large logit overflows
    weights = [math.exp(logit - best) for logit in scaled]
    negative, neutral, positive = (weight / sum(weights) for weight in weights)
    return negative, neutral, positive


def abstains(chances: Sequence[float], *, abstain_below: float, readable: bool) -> bool:
    """Say whether the model must admit that it does not know.

    It does when the text holds nothing it can read, or when its best class stays below the threshold;
    exactly at the threshold it speaks.
    """
    return not readable or max(chances) < abstain_below


def attention_of(logit: float, scale: float, shift: float) -> float:
    """Turn the network's own logit into the probability 0..1 that a person should look (Platt 1999)."""
    value = max(-60.0, min(60.0, scale * float(logit) + shift))  # exp of more overflows
    return 1 / (1 + math.exp(-value))


def attention(negative: float, *, asks: bool, topic: float) -> float:
    """Guess 0..1 that a person should look, for a model that was not trained to say so itself.

    It is the chance that at least one of three independent reasons holds: the post is negative, it asks a
    question (worth .3), or it is about a configured topic (worth half the score of the best topic that
    holds; 0 when none does). It never falls when any of the three rises.
    """
    nothing = (1 - negative) * (1 - QUESTION_WEIGHT * asks) * (1 - TOPIC_WEIGHT * topic)
    return 1 - nothing
