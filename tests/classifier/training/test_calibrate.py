import numpy as np
import pytest

from classifier.training import calibrate


def drawn(rows: int, *, heat: float, seed: int = 1) -> tuple[calibrate.Numbers, list[int]]:
    """Logits that are too sure by `heat`, and labels drawn from what they should have said."""
    dice = np.random.default_rng(seed)
    honest = dice.normal(size=(rows, 3)) * 1.5
    truths = [int(dice.choice(3, p=row)) for row in calibrate.softmax(honest)]
    return honest * heat, truths


@pytest.mark.parametrize("heat", [0.5, 1.0, 2.0])
def test_temperature_finds_back_how_much_too_sure_the_logits_are(heat: float) -> None:
    found, bias = calibrate.fit_softmax(*drawn(4_000, heat=heat))
    assert found == pytest.approx(heat, rel=0.1)
    assert max(abs(one) for one in bias) < 0.15


def test_bias_finds_back_a_leaning_and_is_together_nothing() -> None:
    logits, truths = drawn(4_000, heat=1.0)
    _, bias = calibrate.fit_softmax(logits + np.array([0.6, 0.0, -0.6]), truths)
    assert bias == pytest.approx((-0.6, 0.0, 0.6), abs=0.15)
    assert sum(bias) == pytest.approx(0)


def test_language_with_few_posts_takes_what_was_measured_on_all() -> None:
    logits, truths = drawn(300, heat=1.5)
    found = calibrate.by_language(logits, truths, ["fi"] * 290 + ["sv"] * 10)
    assert found["sv"] == found["en"] == found["other"]
    assert found["fi"] != found["other"]


def test_attention_comes_as_scale_and_shift_of_one_logit() -> None:
    dice = np.random.default_rng(2)
    logits = dice.normal(size=4_000) * 2
    truths = [bool(dice.random() < 1 / (1 + np.exp(-(0.5 * one + 1)))) for one in logits]
    scale, shift = calibrate.attention_by_language(logits, truths, ["fi"] * 4_000)["fi"]
    assert scale == pytest.approx(0.5, abs=0.1)
    assert shift == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize(
    ("scores", "truths", "threshold"),
    [
        ([0.9, 0.8, 0.3, 0.2], [1, 1, 0, 0], 0.55),  # half-way between the last hit and the first miss
        ([0.9, 0.8, 0.3, 0.2], [1, 1, 1, 1], 0.3),  # everything: never below this
        ([0.99, 0.98, 0.97], [1, 0, 0], 0.95),  # never above this
        ([0.9, 0.8, 0.7, 0.6, 0.5], [1, 1, 0, 0, 1], 0.75),  # two in vain weigh more than one missed
    ],
)
def test_threshold_is_where_naming_the_class_is_right_most_often(
    scores: list[float], truths: list[int], threshold: float
) -> None:
    chances = np.array([[score] for score in scores])
    names = calibrate.best_thresholds(chances, [0 if truth else 1 for truth in truths], ["outage"])
    assert names["outage"] == pytest.approx(threshold)
