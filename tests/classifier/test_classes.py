import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.mention import Sentiment
from classifier.classes import UnknownClasses, chances_of, meanings_of

NEG, NEU, POS = Sentiment

RECOGNISED = {
    ("negative", "neutral", "positive"): (NEG, NEU, POS),
    ("POSITIVE", "NEGATIVE"): (POS, NEG),
    ("Neg", "Neu", "Pos"): (NEG, NEU, POS),
    ("kielteinen", "neutraali", "myönteinen"): (NEG, NEU, POS),
    ("NEGATIV", "NEUTRAL", "POSITIV"): (NEG, NEU, POS),
    ("1 star", "2 stars", "3 stars", "4 stars", "5 stars"): (NEG, NEG, NEU, POS, POS),
    ("Very Negative", "negative", "neutral", "positive", "very-positive"): (NEG, NEG, NEU, POS, POS),
}


@pytest.mark.parametrize("found", RECOGNISED)
def test_usual_names_are_recognised(found: tuple[str, ...]) -> None:
    assert meanings_of(found, {}) == RECOGNISED[found]


def test_what_is_written_counts_before_what_is_recognised() -> None:
    assert meanings_of(["LABEL_0", "LABEL_1"], {"LABEL_0": "negative", "LABEL_1": "positive"}) == (NEG, POS)
    assert meanings_of(["neg", "pos", "skip"], {"skip": "neutral"}) == (NEG, POS, NEU)
    assert meanings_of(["negative", "positive"], {"negative": "positive", "positive": "negative"}) == (
        POS,
        NEG,
    )


REFUSED = {
    "names that say nothing": (["LABEL_0", "LABEL_1"], {}, "'LABEL_0': …, 'LABEL_1': …"),
    "one that is not known": (["neg", "pos", "sarcasm"], {}, "'neg': negative, 'pos': positive, 'sarcasm': …"),
    "one side only": (["neutral", "positive"], {}, "at least one of both sides"),
    "no class at all": ([], {}, "at least one of both sides"),
    "a name that the model does not have": (["neg", "pos"], {"LABEL_0": "negative"}, "names 'LABEL_0', which the model does not have; its classes are 'neg', 'pos'"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_classes_that_are_not_understood_are_listed_with_what_to_write(name: str) -> None:
    found, written, words = REFUSED[name]
    with pytest.raises(UnknownClasses) as refused:
        meanings_of(found, written)
    assert words in str(refused.value)


def logits(*chances: float) -> list[float]:
    return [math.log(chance) for chance in chances]


CHANCES = {
    "three classes are taken as they are": ([0.7, 0.2, 0.1], (NEG, NEU, POS), (0.7, 0.2, 0.1)),
    "in any order": ([0.1, 0.7, 0.2], (POS, NEG, NEU), (0.7, 0.2, 0.1)),
    "stars are added": ([0.4, 0.2, 0.1, 0.2, 0.1], (NEG, NEG, NEU, POS, POS), (0.6, 0.1, 0.3)),
    "two sides that agree are neutral": ([0.5, 0.5], (NEG, POS), (0.0, 1.0, 0.0)),
    "a narrow margin is mostly neutral": ([0.75, 0.25], (NEG, POS), (0.375, 0.5, 0.125)),
    "a wide one hardly": ([0.05, 0.95], (NEG, POS), (0.045, 0.1, 0.855)),
}


@pytest.mark.parametrize("name", CHANCES)
def test_probabilities_of_the_classes_become_ours(name: str) -> None:
    given_chances, meanings, expected = CHANCES[name]
    assert chances_of(logits(*given_chances), meanings) == pytest.approx(expected)


@given(given_logits=st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=2), with_neutral=st.booleans())
def test_they_are_always_probabilities_and_the_surer_side_stays_the_surer(
    *, given_logits: list[float], with_neutral: bool
) -> None:
    meanings = (NEG, POS, NEU) if with_neutral else (NEG, POS)
    given_logits += [0.0] * with_neutral
    negative, neutral, positive = chances_of(given_logits, meanings)
    assert negative + neutral + positive == pytest.approx(1)
    assert min(negative, neutral, positive) >= 0
    if given_logits[0] > given_logits[1]:
        assert negative >= positive
