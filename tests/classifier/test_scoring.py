import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.mention import Sentiment, Verdict
from classifier.scoring import (
    Alarm,
    Judged,
    alarm,
    alarms,
    auc,
    average_precision,
    calibration,
    cheapest,
    confusion_of,
    evaluate,
    f1,
    macro_f1,
    prior_weights,
    sentiment_figures,
    surest_errors,
    threshold_curve,
    wilson,
)

NEGATIVE, NEUTRAL, POSITIVE = "negative", "neutral", "positive"


def verdict(negative: float, positive: float, *, attention: float = 0.5, abstained: bool = False) -> Verdict:
    return Verdict(
        negative,
        1 - negative - positive,
        positive,
        attention,
        {},
        (),
        "fi",
        abstained=abstained,
        model="by hand",
    )


def judged(
    truth: str, negative: float, positive: float, *, deserves: bool | None = None, **more: float
) -> Judged:
    return Judged(
        Sentiment(truth),
        verdict(
            negative, positive, attention=more.get("attention", 0.5), abstained=bool(more.get("abstained"))
        ),
        deserves,
    )


# --- shares -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hits", "trials", "value", "low", "high"),
    [
        (81, 263, 0.3080, 0.2553, 0.3662),  # R. G. Newcombe, Statistics in Medicine 17 (1998), table I
        (15, 148, 0.1014, 0.0624, 0.1605),
        (0, 20, 0.0, 0.0, 0.1611),
        (1, 29, 0.0345, 0.0061, 0.1718),
        (20, 20, 1.0, 0.8389, 1.0),
    ],
)
def test_a_share_has_wilsons_interval(hits: int, trials: int, value: float, low: float, high: float) -> None:
    found = wilson(hits, trials)
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((value, low, high), abs=5e-5)


def test_a_share_of_nothing_is_none_and_not_zero() -> None:
    assert wilson(0, 0) is None
    assert f1(0, 0) is None


@given(st.integers(0, 500), st.integers(1, 500))
def test_an_interval_holds_its_share_and_stays_between_0_and_1(hits: int, trials: int) -> None:
    for found in (wilson(min(hits, trials), trials), f1(min(hits, trials), trials)):
        assert found is not None
        assert 0 <= found.low <= found.value <= found.high <= 1


# --- classes ----------------------------------------------------------------------------------------

SIX = [
    (NEGATIVE, NEGATIVE),
    (NEGATIVE, NEGATIVE),
    (NEGATIVE, POSITIVE),
    (NEUTRAL, NEGATIVE),
    (NEUTRAL, NEUTRAL),
    (POSITIVE, POSITIVE),
]


def test_figures_of_six_posts_are_those_of_paper_and_pencil() -> None:
    figures = sentiment_figures(SIX)
    assert figures.rows == 6
    assert figures.confusion == ((2, 0, 1), (1, 1, 0), (0, 0, 1))
    assert figures.accuracy.value == pytest.approx(4 / 6)
    negative, neutral, positive = figures.classes
    assert (negative.rows, negative.guessed) == (3, 3)
    for found, precision, recall, score in (
        (negative, 2 / 3, 2 / 3, 2 / 3),
        (neutral, 1, 1 / 2, 2 / 3),
        (positive, 1 / 2, 1, 2 / 3),
    ):
        assert found.precision is not None
        assert found.recall is not None
        assert found.f1 is not None
        assert (found.precision.value, found.recall.value, found.f1.value) == pytest.approx(
            (precision, recall, score)
        )
    assert figures.macro_f1.value == pytest.approx(2 / 3)
    assert figures.macro_recall == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)


def test_a_class_that_the_set_does_not_have_has_no_recall_and_no_say_in_the_means() -> None:
    figures = sentiment_figures([(NEGATIVE, NEGATIVE), (POSITIVE, NEUTRAL)])
    neutral = figures.classes[1]
    assert (neutral.recall, neutral.f1, neutral.rows, neutral.guessed) == (None, None, 0, 1)
    assert neutral.precision is not None
    assert neutral.precision.value == 0
    assert figures.classes[2].precision is None
    assert figures.macro_f1.value == pytest.approx(0.5)
    assert figures.macro_recall == pytest.approx(0.5)


def test_the_interval_of_macro_f1_is_the_same_each_time_and_narrows_with_more_posts() -> None:
    few, many = macro_f1(confusion_of(SIX * 5)), macro_f1(confusion_of(SIX * 500))
    assert few == macro_f1(confusion_of(SIX * 5))
    assert few.low < few.value < few.high
    assert few.high - few.low > 5 * (many.high - many.low)


def test_figures_of_no_post_are_refused() -> None:
    with pytest.raises(ValueError, match="give at least one"):
        evaluate([])


# --- scores -----------------------------------------------------------------------------------------


def test_scores_that_keep_their_promise_have_no_calibration_error() -> None:
    kept = calibration([0.2] * 10 + [0.8] * 10, [True] * 2 + [False] * 8 + [True] * 8 + [False] * 2)
    assert kept.error == pytest.approx(0)
    assert [(part.rows, part.share) for part in kept.bins] == [(10, 0.2), (10, 0.8)]


def test_the_calibration_error_is_the_mean_distance_weighed_by_posts() -> None:
    found = calibration([0.9] * 3 + [0.6], [True, False, False, True])
    assert found.error == pytest.approx(0.75 * abs(0.9 - 1 / 3) + 0.25 * 0.4)


def test_bins_hold_equally_many_posts_and_never_part_equal_scores() -> None:
    spread = calibration([at / 150 for at in range(150)], [True] * 150)
    assert [part.rows for part in spread.bins] == [10] * 15
    tied = calibration([0.5] * 100 + [0.6], [True] * 101)
    assert [part.rows for part in tied.bins] == [100, 1]
    assert [part.rows for part in calibration([0.3], [True]).bins] == [1]


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.4, 0.5, 0.9]), st.booleans()), min_size=1), st.randoms())
def test_the_order_of_posts_changes_no_figure(rows: list[tuple[float, bool]], chance: random.Random) -> None:
    mixed = rows.copy()
    chance.shuffle(mixed)
    before, after = (list(zip(*some, strict=True)) for some in (rows, mixed))
    assert calibration(*before).error == pytest.approx(calibration(*after).error)
    assert auc(*before) == auc(*after)
    assert threshold_curve(*before) == threshold_curve(*after)


@pytest.mark.parametrize(
    ("scores", "truths", "expected"),
    [
        ([0.1, 0.4, 0.35, 0.8], [False, False, True, True], 0.75),
        ([0.1, 0.9], [False, True], 1.0),
        ([0.9, 0.1], [False, True], 0.0),
        ([0.5, 0.5, 0.5], [False, True, True], 0.5),
        ([0.5], [True], None),
        ([0.5], [False], None),
    ],
)
def test_auc_is_the_chance_that_a_true_one_scores_higher(
    scores: list[float], truths: list[bool], expected: float | None
) -> None:
    assert auc(scores, truths) == expected


def test_average_precision_weighs_precision_by_the_recall_it_adds() -> None:
    points = threshold_curve([0.1, 0.4, 0.35, 0.8], [False, False, True, True])
    assert [(point.threshold, point.recall) for point in points] == [
        (0.8, 0.5),
        (0.4, 0.5),
        (0.35, 1.0),
        (0.1, 1.0),
    ]
    assert average_precision(points) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert average_precision(threshold_curve([0.1], [False])) is None


def test_equal_scores_are_alerted_together() -> None:
    [point] = threshold_curve([0.5, 0.5, 0.5], [True, False, False])
    assert (point.precision, point.recall, point.alerted) == pytest.approx((1 / 3, 1.0, 1.0))


# --- a whole set ------------------------------------------------------------------------------------


def test_without_labels_of_attention_its_figures_are_none() -> None:
    found = evaluate([judged(NEGATIVE, 0.9, 0.05), judged(POSITIVE, 0.1, 0.8)])
    assert found.attention is None
    assert found.slices == ()
    assert found.abstained.value == 0


def test_attention_is_measured_on_the_posts_whose_label_is_known() -> None:
    known = [
        judged(NEGATIVE, 0.9, 0.05, deserves=deserves, attention=score)
        for deserves, score in ((True, 0.9), (True, 0.5), (False, 0.5), (None, 0.99))
    ]
    found = evaluate(known, recall=1.0).attention
    assert found is not None
    assert (found.rows, found.deserving, found.auc) == (3, 2, 0.75)
    assert found.at_recall is not None
    assert (found.at_recall.threshold, found.at_recall.precision.value) == pytest.approx((0.5, 2 / 3))


def test_the_threshold_at_a_recall_is_the_highest_that_still_reaches_it() -> None:
    posts = [judged(NEGATIVE, 0.9, 0.0, deserves=True, attention=at / 20) for at in range(1, 21)]
    found = evaluate(posts, recall=0.95).attention
    assert found is not None
    assert found.at_recall is not None
    assert (found.at_recall.threshold, found.at_recall.recall) == (0.1, 0.95)


def test_a_curve_has_at_most_a_hundred_points_and_keeps_its_ends() -> None:
    posts = [judged(NEGATIVE, 0.9, 0.0, deserves=at % 2 == 0, attention=at / 1000) for at in range(1000)]
    found = evaluate(posts).attention
    assert found is not None
    assert len(found.curve) == 100
    assert (found.curve[0].threshold, found.curve[-1].threshold) == (0.0, 0.999)


def test_what_was_abstained_from_counts_in_all_and_not_in_what_was_answered() -> None:
    found = evaluate(
        [
            judged(NEGATIVE, 0.9, 0.05),
            judged(NEGATIVE, 0.3, 0.4, abstained=True),
            judged(POSITIVE, 0.3, 0.6),
            judged(POSITIVE, 0.2, 0.7),
        ]
    )
    assert (found.sentiment.accuracy.value, found.abstained.value) == (0.75, 0.25)
    assert found.answered is not None
    assert (found.answered.rows, found.answered.accuracy.value) == (3, 1.0)
    assert evaluate([judged(NEGATIVE, 0.4, 0.3, abstained=True)]).answered is None


def test_slices_are_by_value_and_leave_out_posts_without_one() -> None:
    posts = [judged(NEGATIVE, 0.9, 0.05), judged(NEGATIVE, 0.1, 0.8), judged(POSITIVE, 0.1, 0.8)]
    irony, plain = evaluate(posts, slices={"hard": ["irony", "irony", "none"]}).slices
    assert (irony.column, irony.value, irony.rows, irony.accuracy.value) == ("hard", "irony", 2, 0.5)
    assert irony.macro_f1.value == pytest.approx(2 / 3)
    assert (plain.value, plain.rows, plain.macro_f1.value) == ("none", 1, 1.0)
    assert [one.rows for one in evaluate(posts, slices={"hard": [None, None, "none"]}).slices] == [1]


def test_the_worst_errors_are_the_surest_and_none_that_was_abstained_from() -> None:
    posts = [
        judged(NEGATIVE, 0.2, 0.7),
        judged(NEGATIVE, 0.9, 0.05),
        judged(POSITIVE, 0.95, 0.0),
        judged(POSITIVE, 0.99, 0.0, abstained=True),
    ]
    assert surest_errors(posts, 10) == [2, 0]
    assert surest_errors(posts, 1) == [2]
    assert surest_errors(posts, 0) == []


# --- what a threshold means -------------------------------------------------------------------------

SCORES = [0.9, 0.6, 0.6, 0.3, 0.1]
DESERVING = [True, True, False, True, False]


@pytest.mark.parametrize(
    ("why", "threshold", "told"),
    [
        ("at 0 everything alerts", 0.0, (5, 3, 0, 2)),
        ("exactly at the threshold it alerts", 0.6, (3, 2, 1, 1)),
        ("just above it does not", 0.6000001, (1, 1, 2, 0)),
        ("exactly at the lowest score that deserves", 0.3, (4, 3, 0, 1)),
        ("exactly at the highest score", 0.9, (1, 1, 2, 0)),
        ("above every score nothing alerts", 1.0, (0, 0, 3, 0)),
    ],
)
def test_alerts_misses_and_false_alarms_at_a_threshold(
    why: str, threshold: float, told: tuple[float, float, float, float]
) -> None:
    [found] = alarms(SCORES, DESERVING, [threshold])
    assert found == Alarm(threshold, *told), why  # alerts, caught, misses, false alarms


def test_precision_without_alerts_and_recall_without_deserving_posts_are_none() -> None:
    [silent] = alarms(SCORES, DESERVING, [1.0])
    assert (silent.precision, silent.recall) == (None, 0.0)
    [vain] = alarms([0.9], [False], [0.5])
    assert (vain.precision, vain.recall) == (0.0, None)


def test_a_post_that_was_abstained_from_alerts_at_no_threshold() -> None:
    [found] = alarms([None, 0.9], [True, True], [0.0])
    assert (found.alerts, found.misses) == (1, 1)


def test_weights_count_a_post_for_as_many_as_it_stands_for() -> None:
    found = alarm([True, True, False], [True, False, True], [2.0, 0.5, 3.0])
    assert (found.alerts, found.caught, found.misses, found.false_alarms) == (2.5, 2.0, 3.0, 0.5)
    assert found.precision == 0.8
    assert found.recall == 0.4


@pytest.mark.parametrize(
    ("why", "miss", "false_alarm", "threshold"),
    [
        ("a dear miss wants a low threshold", 100, 1, 0.3),
        ("a dear alarm wants a high one", 1, 100, 0.7),
        ("of equal costs the first, which misses least", 1, 1, 0.3),
        ("where nothing costs, the first", 0, 0, 0.1),
    ],
)
def test_the_cheapest_threshold_weighs_misses_against_false_alarms(
    why: str, miss: float, false_alarm: float, threshold: float
) -> None:
    known = alarms(SCORES, DESERVING, [0.1, 0.3, 0.5, 0.7])
    assert cheapest(known, miss=miss, false_alarm=false_alarm).threshold == threshold, why


def test_a_prior_makes_a_balanced_set_speak_of_life() -> None:
    truths = [NEGATIVE, NEUTRAL, POSITIVE, POSITIVE]
    weights = prior_weights(truths, {NEGATIVE: 0.15, NEUTRAL: 0.75, POSITIVE: 0.10})
    assert weights == pytest.approx([0.6, 3.0, 0.2, 0.2])
    assert np.sum(weights) == pytest.approx(4)


@pytest.mark.parametrize(
    ("prior", "told"),
    [
        ({NEGATIVE: 0.5, NEUTRAL: 0.5}, "negative, neutral and positive"),
        ({NEGATIVE: -0.5, NEUTRAL: 1, POSITIVE: 0.5}, "from 0 to 1"),
        ({NEGATIVE: 0.5, NEUTRAL: 0.5, POSITIVE: 0.5}, "together 1; these are 1.5"),
        ({NEGATIVE: 0.25, NEUTRAL: 0.5, POSITIVE: 0.25}, "no post is neutral or positive"),
    ],
)
def test_a_prior_that_cannot_be_used_is_refused(prior: dict[str, float], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        prior_weights([NEGATIVE], prior)


def test_a_class_that_does_not_occur_in_life_counts_nothing() -> None:
    assert prior_weights([NEGATIVE, POSITIVE], {NEGATIVE: 1.0, NEUTRAL: 0.0, POSITIVE: 0.0}) == [2.0, 0.0]
