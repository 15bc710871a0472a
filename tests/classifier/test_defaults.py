import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.defaults import (
    DEFAULT_TOPICS,
    HOT_ORDER,
    KIND_ORDER,
    DefaultThresholds,
    default_scores,
)
from classifier.training import corpus

LOGITS = st.lists(st.floats(-30, 30), min_size=16, max_size=16)
THRESHOLDS = st.floats(0.01, 0.99)


def only(label: str, logit: float = 9.0) -> list[float]:
    return [logit if kind == label else 0.0 for kind in KIND_ORDER]


def test_the_model_s_outputs_are_read_in_the_order_they_are_trained_in() -> None:
    assert KIND_ORDER == corpus.KINDS
    assert list(HOT_ORDER) == list(corpus.HOT.values())


def test_every_kind_but_the_empty_ones_is_a_topic_by_the_name_people_write() -> None:
    kinds = "safety outage billing delivery product_fault service question idea praise churn threat"
    assert " ".join(DEFAULT_TOPICS) == f"{kinds} employee misstep spam dream problem need"


@pytest.mark.parametrize(
    ("label", "topic"), [("safety", "safety"), ("service_complaint", "service"), ("spam", "spam")]
)
def test_what_the_model_is_sure_of_holds_and_nothing_else(label: str, topic: str) -> None:
    scores = default_scores({"kind": only(label), "hot": [0.0, 0.0, 0.0, 9.0]})
    assert tuple(scores) == DEFAULT_TOPICS
    assert [name for name, score in scores.items() if score >= 0.5] == [topic]


@pytest.mark.parametrize("label", ["chatter", "other"])
def test_a_post_may_be_about_none_of_them(label: str) -> None:
    assert max(default_scores({"kind": only(label)}).values()) < 0.5


def test_a_model_that_answers_nothing_of_it_gives_no_topics() -> None:
    assert default_scores({"sentiment": [0.0, 1.0, 0.0]}) == {}
    assert tuple(default_scores({"hot": [1.0, 0.0, 0.0, 0.0]})) == ("dream", "problem", "need")


def test_a_topic_holds_exactly_at_its_own_threshold() -> None:
    even = [0.0] * 4  # each of the four at one quarter
    assert default_scores({"hot": even})["need"] == pytest.approx(0.25)
    at = DefaultThresholds({"need": 0.25})
    assert default_scores({"hot": even}, at)["need"] == pytest.approx(0.5)
    assert default_scores({"hot": even}, at)["dream"] == pytest.approx(0.25)


def test_a_temperature_makes_an_output_less_sure_of_itself() -> None:
    cool = DefaultThresholds(temperatures={"hot": 2.0})
    hot = [3.0, 0.0, 0.0, 0.0]
    assert default_scores({"hot": hot}, cool)["dream"] < default_scores({"hot": hot})["dream"]


@pytest.mark.parametrize(
    ("thresholds", "words"),
    [
        ({"at": {"need": 0.0}}, "above 0"),
        ({"at": {"need": 1.0}}, "below 1"),
        ({"at": {"need": math.nan}}, "above 0"),
        ({"at": {"nead": 0.5}}, "no default topic"),
        ({"temperatures": {"kind": 0.0}}, "above 0"),
        ({"temperatures": {"mood": 1.0}}, "no output"),
    ],
)
def test_thresholds_that_mean_nothing_are_refused(
    thresholds: dict[str, dict[str, float]], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        DefaultThresholds(**thresholds)


@given(logits=LOGITS, threshold=THRESHOLDS, more=st.floats(0, 20))
def test_scores_lie_between_0_and_1_and_rise_with_their_logit(
    logits: list[float], threshold: float, more: float
) -> None:
    at = DefaultThresholds({"safety": threshold})
    before = default_scores({"kind": logits}, at)
    after = default_scores({"kind": [logits[0] + more, *logits[1:]]}, at)
    assert all(0 <= score <= 1 for score in (*before.values(), *after.values()))
    assert after["safety"] >= before["safety"] - 1e-12
    assert before == default_scores({"kind": logits}, at)
