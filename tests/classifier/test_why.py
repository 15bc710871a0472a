"""Words that carried a verdict; the judge is a table of words, so that every weight can be counted."""

import math
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.mention import Verdict
from classifier.model import Classifier
from classifier.why import MOST_VARIANTS, MOST_WORDS, Judge, log_odds, reason_of, words_of


class Scale:
    """Finds a text as negative as the sum of its phrases' weights, and counts what it is asked."""

    def __init__(self, phrases: Mapping[str, float], *, abstains: bool = False) -> None:
        self.phrases, self.abstains = phrases, abstains
        self.calls: list[int] = []

    def __call__(self, texts: list[str]) -> list[Verdict]:
        self.calls.append(len(texts))
        return [self.verdict(text) for text in texts]

    def verdict(self, text: str) -> Verdict:
        logit = sum(weight for phrase, weight in self.phrases.items() if phrase in text)
        negative = 1 / (1 + math.exp(-logit))
        attention = 0.9 if "?" in text else 0.2
        return Verdict(
            negative, 1 - negative, 0.0, attention, {}, (), "fi", abstained=self.abstains, model="scale"
        )


def carried(text: str, phrases: Mapping[str, float]) -> list[tuple[str, float]]:
    scale = Scale(phrases)
    reason = reason_of(text, scale.verdict(text), scale)
    assert all(text[start:end] == word for word, start, end, _ in reason.words)
    return [(word, weight) for word, _, _, weight in reason.words]


TABLE: dict[str, tuple[str, dict[str, float], list[tuple[str, float]]]] = {
    "the weightiest first": (
        "Todella surkea kahvi, hävetkää",
        {"surkea": 2.0, "hävetkää": 3.0},
        [("hävetkää", 3.0), ("surkea", 2.0)],
    ),
    "of equal words the earlier first": ("huono tylsä", {"huono": 1.0, "tylsä": 1.0}, [("huono", 1.0), ("tylsä", 1.0)]),
    "a word that spoke against it is not named": ("huono mutta ihana", {"huono": 3.0, "ihana": -1.0}, [("huono", 3.0)]),
    "exactly the least weight is named": ("huono vähän", {"huono": 3.0, "vähän": 0.1001}, [("huono", 3.0), ("vähän", 0.1001)]),
    "less than it is not": ("huono vähän", {"huono": 3.0, "vähän": 0.0999}, [("huono", 3.0)]),
    "an emoji is a word, with its repetitions": ("kahvi 😡😡😡 taas", {"😡": 2.0}, [("😡😡😡", 2.0)]),
    "a family of emoji is one": ("hei 👩‍👩‍👧 hei", {"👩‍👩‍👧": 2.0}, [("👩‍👩‍👧", 2.0)]),
    "so is a face of signs": ("kahvi loppu :(", {":(": 1.5}, [(":(", 1.5)]),
    "and a shout": ("kahvi loppu ?!?", {"?": 1.5}, [("?!?", 1.5)]),
    "a hyphen and a colon are inside": ("aamu-tv:n juttu", {"aamu-tv:n": 1.5}, [("aamu-tv:n", 1.5)]),
    "a link is one word": ("katso https://a.fi/b?c=d nyt", {"a.fi": 1.5}, [("https://a.fi/b?c=d", 1.5)]),
    "nothing to take out": ("", {}, []),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_words_carry_as_much_as_is_lost_without_them(name: str) -> None:
    text, phrases, expected = TABLE[name]
    found = carried(text, phrases)
    assert [word for word, _ in found] == [word for word, _ in expected]
    assert [weight for _, weight in found] == pytest.approx([weight for _, weight in expected], abs=1e-3)


def test_two_neighbours_that_say_the_same_are_named_together() -> None:
    def verdict(text: str) -> Verdict:
        negative = 0.9 if "kehno" in text or "huono" in text else 0.2
        return Verdict(negative, 1 - negative, 0, 0.5, {}, (), "fi", abstained=False, model="either")

    def judge(texts: list[str]) -> list[Verdict]:
        return [verdict(text) for text in texts]

    text = "kehno huono kahvi"
    ((word, start, end, weight),) = reason_of(text, verdict(text), judge).words
    assert (word, start, end) == ("kehno huono", 0, 11)
    assert weight == pytest.approx(log_odds(0.9) - log_odds(0.2), abs=1e-3)


def test_no_pair_is_made_across_a_comma() -> None:
    scale = Scale({"a": 1.0})
    reason_of("a, b", scale.verdict("a, b"), scale)
    assert scale.calls == [2]


def test_attention_is_weighed_by_itself() -> None:
    scale = Scale({"huono": 2.0})
    reason = reason_of("huono kahvi?", scale.verdict("huono kahvi?"), scale, about="attention")
    assert [(word, reason.about) for word, *_ in reason.words] == [("?", "attention")]


def test_who_abstained_had_no_reason_and_is_not_asked() -> None:
    scale = Scale({"huono": 2.0}, abstains=True)
    assert reason_of("huono", scale.verdict("huono"), scale).words == ()
    assert scale.calls == []


@pytest.mark.parametrize("place", [0, 17, 58, 143, 287])
@pytest.mark.parametrize("length", [32, 33, 64, 120, 288, 5_000])
def test_word_is_found_in_a_long_post_with_bounded_work(length: int, place: int) -> None:
    words = ["kahvi"] * length
    at = min(place, length - 1)
    words[at] = "surkea"
    text = " ".join(words)
    scale = Scale({"surkea": 4.0})
    reason = reason_of(text, scale.verdict(text), scale)
    assert [word for word, *_ in reason.words] == ["surkea"]
    assert reason.words[0][1] == 6 * at
    assert len(scale.calls) <= 2
    assert sum(scale.calls) <= MOST_VARIANTS


@given(st.text(max_size=400), st.dictionaries(st.text(min_size=1, max_size=3), st.floats(-3, 3), max_size=4))
def test_whatever_the_post_it_is_answered_within_bounds_and_always_alike(
    text: str, phrases: dict[str, float]
) -> None:
    first, again = Scale(phrases), Scale(phrases)
    reason = reason_of(text, first.verdict(text), first)
    assert reason == reason_of(text, again.verdict(text), again)
    assert sum(first.calls) <= MOST_VARIANTS
    assert len(reason.words) <= MOST_WORDS
    weights = [weight for *_, weight in reason.words]
    assert weights == sorted(weights, reverse=True)
    assert all(text[start:end] == word for word, start, end, _ in reason.words)


@pytest.mark.parametrize(
    "text",
    ["\x1b[31m", "\ud800\udfff", "\x00", "a" * 1_000_000, "😡" * 100_000, "?" * 100_000, "a\u0301" * 100_000],
    ids=["escape", "surrogates", "nul", "letters", "emoji", "shouts", "marks"],
)
def test_hostile_posts_are_cut_into_words_at_once(text: str) -> None:
    assert all(part.end <= 10_000 for part in words_of(text))


def judge_of(classifier: Classifier) -> Judge:
    judge: Callable[[list[str]], list[Verdict]] = classifier.judge
    return judge


def test_bundled_model_was_carried_by_the_words_that_a_person_would_name(classifier: Classifier) -> None:
    for text, words in {
        "Huono palvelu, en suosittele": {"Huono", "en"},
        "Ihana kahvi, kiitos paljon!": {"Ihana", "kiitos", "paljon"},
        "Dålig service, jag är väldigt besviken på er.": {"Dålig"},
        "Worst delivery ever": {"Worst"},
    }.items():
        reason = reason_of(text, classifier.judge([text])[0], judge_of(classifier))
        assert reason.words[0][0] in words, reason
