"""Topics that come with the model: what its own answers say of a post, without an example from anybody. Pure.

The model was trained to tell kinds of posts apart, and dreams, problems and needs. Each of those answers is a
topic that may be named in a configuration as it is. Its score is the model's probability, moved so that 0.5
is where the topic holds: what is rare holds from a lower probability than what is common.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

KIND_ORDER: Final = (
    *("safety", "outage", "billing", "delivery", "product_fault", "service_complaint", "question", "idea"),
    *("praise", "churn", "threat", "employee", "misstep", "spam", "chatter", "other"),
)
"""The order of the model's output `kind`."""
HOT_ORDER: Final = ("dream", "problem", "need", "none")
"""The order of the model's output `hot`."""

_NO_TOPIC: Final = frozenset({"chatter", "other", "none"})
_OUTPUTS: Final = {"kind": KIND_ORDER, "hot": HOT_ORDER}
_CALLED: Final = {"service_complaint": "service"}
"""Labels that are called otherwise where people write them."""

DEFAULT_TOPICS: Final = tuple(
    _CALLED.get(label, label) for order in _OUTPUTS.values() for label in order if label not in _NO_TOPIC
)
"""Names of the topics that need no examples."""

EVEN: Final = 0.5


@dataclass(frozen=True, slots=True)
class DefaultThresholds:
    """From which probability each default topic holds, as it was measured on posts kept apart."""

    at: Mapping[str, float] = field(default_factory=dict)
    """Topic → probability, above 0 and below 1; one half for those not named."""
    temperatures: Mapping[str, float] = field(default_factory=dict)
    """Output (`kind`, `hot`) → what its logits are divided by; 1 for those not named."""

    def __post_init__(self) -> None:
        """Refuse what no score can be made of."""
        for name in (*(set(self.at) - set(DEFAULT_TOPICS)), *(set(self.temperatures) - set(_OUTPUTS))):
            raise ValueError(f"{name!r} is no default topic and no output; write one of them")
        for name, threshold in self.at.items():
            if not 0 < threshold < 1:
                raise ValueError(f"the threshold of {name} is {threshold}; it must be above 0 and below 1")
        for name, temperature in self.temperatures.items():
            if not 0 < temperature < math.inf:
                raise ValueError(f"the temperature of {name} is {temperature}; it must be above 0")


def default_scores(
    answers: Mapping[str, Sequence[float]], thresholds: DefaultThresholds | None = None
) -> dict[str, float]:
    """Score 0..1 of every default topic, from the model's logits by output; 0.5 is where it holds.

    A model that does not answer `kind` or `hot` gives no topics of it.
    """
    measured = thresholds or DefaultThresholds()
    return {
        name: score
        for output, order in _OUTPUTS.items()
        if output in answers
        for name, score in _scores(answers[output], output, order, measured)
    }


def _scores(
    logits: Sequence[float], output: str, order: Sequence[str], measured: DefaultThresholds
) -> list[tuple[str, float]]:
    chances = _softmax(logits, measured.temperatures.get(output, 1.0))
    names = [_CALLED.get(label, label) for label in order]
    return [
        (name, _moved(chance, measured.at.get(name, EVEN)))
        for name, label, chance in zip(names, order, chances, strict=True)
        if label not in _NO_TOPIC
    ]


def _softmax(logits: Sequence[float], temperature: float) -> list[float]:
    best = max(logits)  # taken off first: exp of a large logit overflows
    weights = [math.exp((logit - best) / temperature) for logit in logits]
    return [weight / sum(weights) for weight in weights]


def _moved(chance: float, threshold: float) -> float:
    """Shift the odds so that the threshold becomes one half; 0 stays 0 and 1 stays 1."""
    yes, no = chance * (1 - threshold), (1 - chance) * threshold
    return yes / (yes + no)
