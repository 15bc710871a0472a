"""What the network says of one text, before anything is made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Seen:
    """What topics see of one text beside its words."""

    vector: Any
    """What heads see (`heads.features`)."""
    known: Mapping[str, float]
    """The scores of the topics that come with the model."""
    is_blank: bool = False
    """There is nothing in it to judge: it is about nothing."""

    @property
    def told(self) -> Any | None:
        """The vector that heads score; None of a blank text."""
        return None if self.is_blank else self.vector


@dataclass(frozen=True, slots=True)
class Understanding:
    """The network's own numbers for one text."""

    answers: Mapping[str, Any]
    """Logits by what they answer, each a float32 vector: `sentiment` (3, free of priors), `attention` (1),
    `kind` (16) and `hot` (4), in the orders of labels.json."""
    embedding: Any
    """float32 (384,), of length 1: what the text is about, whatever it feels."""
    unknown: float
    """Share 0..1 of tokens that the vocabulary lacks."""
    cut: bool
    """Some of the text was beyond the token limit."""

    @property
    def sentiment(self) -> Sequence[float]:
        """Logits of negative, neutral, positive."""
        return [float(logit) for logit in self.answers["sentiment"]]

    @property
    def attention(self) -> float:
        """Logit that a person should look."""
        return float(self.answers["attention"][0])


def squeezed(understood: Understanding, centre: Any) -> bytes:
    """Give what a text is about beside ordinary posts, a byte a number, as `Verdict.meaning` holds it."""
    import numpy as np  # noqa: PLC0415 - a tenth of a second that not every command needs

    from casebook.likeness import squeeze  # noqa: PLC0415 - the same

    logits = np.asarray(understood.answers["kind"], dtype=np.float64)
    weights = np.exp(logits - logits.max())
    return squeeze(understood.embedding - centre, weights / weights.sum())
