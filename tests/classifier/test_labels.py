import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.labels import ORDER, Calibration, abstains, attention, attention_of, probabilities

CHANCE = st.floats(0, 1)


def test_order_is_that_of_the_output() -> None:
    assert ORDER == ("negative", "neutral", "positive")


@pytest.mark.parametrize(
    ("logits", "calibration", "expected"),
    [
        pytest.param((0, 0, 0), Calibration(), (1 / 3, 1 / 3, 1 / 3), id="equal logits are equal chances"),
        pytest.param((1, 0, 0), Calibration(), (0.5761, 0.2119, 0.2119), id="softmax"),
        pytest.param(
            (0, 0, 0),
            Calibration(prior=(0.2, 0.7, 0.1)),
            (0.2, 0.7, 0.1),
            id="logits that say nothing leave the prior",
        ),
        pytest.param(
            (1, 0, 0), Calibration(prior=(0.5, 0.25, 0.25)), (0.7311, 0.1345, 0.1345), id="a prior multiplies"
        ),
        pytest.param(
            (2, 0, 0), Calibration(2.0), (0.5761, 0.2119, 0.2119), id="a temperature of two halves logits"
        ),
        pytest.param(
            (2, 0, 0), Calibration(2.0, (0.5, 0.25, 0.25)), (0.7311, 0.1345, 0.1345), id="but not the prior"
        ),
        pytest.param((1000, 0, -1000), Calibration(), (1, 0, 0), id="large logits do not overflow"),
        pytest.param(
            (2, 0, 0),
            Calibration(2.0, bias=(0, 1, 0)),
            (0.4223, 0.4223, 0.1554),
            id="a bias is added after it",
        ),
    ],
)
def test_probabilities(
    logits: tuple[float, ...], calibration: Calibration, expected: tuple[float, ...]
) -> None:
    assert probabilities(logits, calibration) == pytest.approx(expected, abs=1e-4)


@given(st.tuples(*[st.floats(-50, 50)] * 3), st.floats(0.1, 10))
def test_probabilities_are_one_together_and_temperature_keeps_the_best(
    logits: tuple[float, float, float], temperature: float
) -> None:
    chances = probabilities(logits, Calibration(temperature))
    assert sum(chances) == pytest.approx(1)
    assert chances[logits.index(max(logits))] == max(chances)


@pytest.mark.parametrize("wrong", [{"temperature": 0}, {"temperature": -1}, {"prior": (0, 0.5, 0.5)}])
def test_calibration_refuses_what_has_no_logarithm(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Calibration(**wrong)  # type: ignore[arg-type]  # the rows are of unlike types


@pytest.mark.parametrize(
    ("chances", "abstain_below", "readable", "expected"),
    [
        pytest.param((0.5, 0.3, 0.2), 0.5, True, False, id="exactly at the threshold it speaks"),
        pytest.param((0.499, 0.301, 0.2), 0.5, True, True, id="just below it abstains"),
        pytest.param((0.2, 0.2, 0.6), 0.5, True, False, id="any class may be the sure one"),
        pytest.param((0.34, 0.33, 0.33), 0.0, True, False, id="zero never abstains"),
        pytest.param((1.0, 0.0, 0.0), 1.0, True, False, id="one speaks only when certain"),
        pytest.param((1.0, 0.0, 0.0), 0.0, False, True, id="what cannot be read is always abstained from"),
    ],
)
def test_abstaining(
    *, chances: tuple[float, ...], abstain_below: float, readable: bool, expected: bool
) -> None:
    assert abstains(chances, abstain_below=abstain_below, readable=readable) is expected


@pytest.mark.parametrize(
    ("negative", "asks", "topic", "expected"),
    [
        (0.0, False, 0.0, 0.0),
        (0.8, False, 0.0, 0.8),
        (0.0, True, 0.0, 0.3),
        (0.0, False, 1.0, 0.5),
        (0.8, True, 1.0, 0.93),
        (1.0, True, 1.0, 1.0),
    ],
)
def test_attention_is_the_chance_of_any_of_its_reasons(
    *, negative: float, asks: bool, topic: float, expected: float
) -> None:
    assert attention(negative, asks=asks, topic=topic) == pytest.approx(expected)


@given(CHANCE, CHANCE, CHANCE, CHANCE)
def test_attention_never_falls_when_a_reason_rises(one: float, other: float, low: float, high: float) -> None:
    (one, other), (low, high) = sorted((one, other)), sorted((low, high))
    least = attention(one, asks=False, topic=low)
    assert 0 <= least <= attention(other, asks=False, topic=high) + 1e-12
    assert least <= attention(one, asks=True, topic=low) + 1e-12
    assert attention(other, asks=True, topic=high) <= 1


@pytest.mark.parametrize(
    ("logit", "scale", "shift", "expected"),
    [
        pytest.param(0, 1, 0, 0.5, id="a logit that says nothing is one half"),
        pytest.param(2, 0.5, 0, 0.7311, id="a scale below one makes less sure"),
        pytest.param(0, 1, -1, 0.2689, id="a shift is how rarely people need to look"),
        pytest.param(1e9, 1, 0, 1, id="large logits do not overflow"),
        pytest.param(-1e9, 1, 0, 0, id="nor do small ones"),
    ],
)
def test_attention_of_a_logit(logit: float, scale: float, shift: float, expected: float) -> None:
    assert attention_of(logit, scale, shift) == pytest.approx(expected, abs=1e-4)
