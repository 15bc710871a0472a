from collections.abc import Sequence

import pytest

from casebook.mention import Verdict
from classifier.language import Hint
from classifier.model import Classifier
from classifier.order import AT_ONCE, judged_soonest, soonest_first


class Echo:
    """Gives each text back as its verdict's language, and remembers how many came at once."""

    def __init__(self) -> None:
        self.calls: list[tuple[list[str], list[Hint] | None]] = []

    def __call__(self, texts: Sequence[str], hints: Sequence[Hint] | None = None) -> list[Verdict]:
        self.calls.append((list(texts), None if hints is None else list(hints)))
        return [Verdict(0, 1, 0, 0, {}, (), text, abstained=False, model="echo") for text in texts]


@pytest.mark.parametrize(
    ("urgency", "order"),
    [
        ([], []),
        ([0.1, 0.9, 0.5], [1, 2, 0]),
        ([0.5, 0.5, 0.5], [0, 1, 2]),
        ([0.0, 1.0, 0.0, 1.0], [1, 3, 0, 2]),
        ([-1.0, float("inf"), 0.0], [1, 2, 0]),
    ],
)
def test_the_most_urgent_goes_first_and_of_equals_the_earlier(urgency: list[float], order: list[int]) -> None:
    assert soonest_first(urgency) == order


def test_verdicts_come_with_their_places_the_most_urgent_first() -> None:
    judge = Echo()
    judged = list(judged_soonest(judge, ["a", "b", "c"], ["fi", None, "sv"], [0.1, 0.9, 0.5]))
    assert [(place, verdict.language) for place, verdict in judged] == [(1, "b"), (2, "c"), (0, "a")]
    assert judge.calls == [(["b", "c", "a"], [None, "sv", "fi"])]


def test_few_texts_are_looked_at_at_a_time_and_none_before_they_are_asked_for() -> None:
    judge = Echo()
    flood = judged_soonest(judge, [str(number) for number in range(1_000)])
    assert judge.calls == []
    assert [next(flood)[0] for _ in range(AT_ONCE)] == list(range(AT_ONCE))
    assert len(judge.calls) == 1
    assert [place for place, _ in flood] == list(range(AT_ONCE, 1_000))
    assert max(len(texts) for texts, _ in judge.calls) == AT_ONCE


def test_one_hint_and_one_urgency_are_given_for_each_text() -> None:
    with pytest.raises(ValueError, match="1 hints for 2 texts"):
        judged_soonest(Echo(), ["a", "b"], ["fi"])
    with pytest.raises(ValueError, match="3 urgencies for 2 texts"):
        judged_soonest(Echo(), ["a", "b"], None, [1, 2, 3])


def test_classifier_judges_the_most_urgent_first_and_as_it_always_does(classifier: Classifier) -> None:
    texts = ["Ihana kahvi!", "Aivan surkeaa palvelua", "ok"]
    judged = list(classifier.judged(texts, ["fi", "fi", "sv"], [0.0, 1.0, 0.5]))
    assert [place for place, _ in judged] == [1, 2, 0]
    assert [verdict for _, verdict in sorted(judged)] == classifier.judge(texts, ["fi", "fi", "sv"])
