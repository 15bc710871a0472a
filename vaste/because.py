"""How the words that carried a verdict are told: on a line, as JSON, in a few words for a card. Pure.

The words are the post's own, and hostile: they are cleaned here, whoever shows them.
"""

from classifier.why import Reason
from notifier.hostile import clean_line, cut

MOST_IN_PHRASE = 3
_WORD_LENGTH = 40
"""Characters shown of one word: a link, or a word without end, must not take the line."""


def phrase_of(reason: Reason, *, most: int = MOST_IN_PHRASE) -> str:
    """Give the weightiest words as a short phrase for a card: “surkea”, “hävetkää”; empty without any."""
    return ", ".join(f"“{word}”" for word, _ in _shown(reason)[:most])


def weighed(reason: Reason) -> str:
    """Give the words with their weights for a line of the terminal."""
    told = ", ".join(f"{word} {weight:.1f}" for word, weight in _shown(reason))
    return f"why: {told or 'no word alone'}"


def listed(reason: Reason) -> list[dict[str, object]]:
    """Give the words with their weights as `--json` writes them."""
    return [{"word": word, "weight": round(weight, 2)} for word, weight in _shown(reason)]


def _shown(reason: Reason) -> list[tuple[str, float]]:
    """Give the words that are visible once they are clean."""
    cleaned = ((cut(clean_line(word), _WORD_LENGTH), weight) for word, _, _, weight in reason.words)
    return [(word, weight) for word, weight in cleaned if word]
