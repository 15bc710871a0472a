"""What is learnt from corrections, as tables; the heads here are a plain stand-in."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from casebook.mention import Verdict
from classifier.learning import (
    KEPT_EVERY,
    MOST_OF_THRESHOLD,
    MOST_SHIFT,
    Ground,
    Lesson,
    May,
    Standing,
    Statement,
    Thresholds,
    Vector,
    Wish,
    fit_heads,
    learn,
    may_all_teach,
    may_teach,
    taught,
)
from classifier.topics import Head, Topic

DELIVERY = Topic("delivery", ("toimitus viipyy",), counter_examples=("paketti oli kaunis",))
BILLING = Topic("billing", ("lasku on väärin",))
FIRM = Topic("delivery", tuple(f"paketti myöhässä {time}" for time in ("kuukauden", "viikon", "vuorokauden")))
"""Each of its examples is told by the others, at .64 to .76."""
GROUND = Ground((DELIVERY, BILLING), "fake@1", attention_at=0.6)


def verdict(
    *, negative: float = 0.3, attention: float = 0.5, abstained: bool = False, **topics: float
) -> Verdict:
    rest = 1 - negative
    held = tuple(name for name, score in topics.items() if score >= 0.5)
    return Verdict(
        negative, 0.9 * rest, 0.1 * rest, attention, topics, held, "fi", abstained=abstained, model="fake@1"
    )


def of_topic(number: int, score: float, value: str = "no", *, name: str = "delivery") -> Statement:
    said = replace(verdict(), topics={name: score}, topics_held=(name,) if score >= 0.5 else ())
    return Statement(number, f"topic:{name}", value, f"sanoja {number}", said, "weights")


def of_attention(number: int, attention: float, value: str = "no") -> Statement:
    return Statement(
        number, "attention", value, f"huomio {number}", verdict(attention=attention), "thresholds"
    )


def dismissals(count: int, *, attention: float = 0.65, start: int = 1) -> list[Statement]:
    return [of_attention(number, attention) for number in range(start, start + count)]


def standing(lesson: Lesson) -> Standing:
    return Standing(lesson.thresholds, lesson.corrections)


# --- who may teach what -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("network", "kind", "wish", "may"),
    [
        ("file:feed", "file", "allowed", "weights"),
        ("hook", "webhook", "allowed", "weights"),
        ("x", "x", "allowed", "thresholds"),
        ("mastodon", "mastodon", "allowed", "thresholds"),
        ("rss", "rss", "allowed", "thresholds"),
        ("never heard of", "never heard of", "allowed", "thresholds"),
        # the wish decides …
        ("mastodon", "mastodon", "weights", "weights"),
        ("file:feed", "file", "thresholds", "thresholds"),
        ("file:feed", "file", "off", "nothing"),
        # … but on X and Reddit only downwards, whichever way its posts came
        ("x", "x", "weights", "thresholds"),
        ("x", "x", "thresholds", "thresholds"),
        ("x", "x", "off", "nothing"),
        ("reddit", "reddit", "weights", "thresholds"),
        ("x", "file", "weights", "thresholds"),
        ("x", "file", "allowed", "thresholds"),
    ],
)
def test_who_may_teach_what(network: str, kind: str, wish: Wish, may: May) -> None:
    assert may_teach(network, kind, wish) == may


@pytest.mark.parametrize(
    ("ways", "may"),
    [
        ([], "nothing"),
        (["weights"], "weights"),
        (["weights", "thresholds"], "thresholds"),
        (["weights", "thresholds", "nothing"], "nothing"),
    ],
)
def test_a_post_that_came_in_several_ways_may_teach_the_least(ways: list[May], may: May) -> None:
    assert may_all_teach(ways) == may


# --- what was learnt, applied -------------------------------------------------------------------------


def test_a_verdict_is_the_very_same_where_nothing_was_learnt() -> None:
    said = verdict(delivery=0.7)
    assert taught(said, Thresholds(), abstain_below=0.5) is said


@pytest.mark.parametrize(
    ("thresholds", "held"),
    [
        ({"delivery": 0.7}, ("delivery", "billing")),
        ({"delivery": 0.71}, ("billing",)),
        ({"billing": 0.61}, ("delivery",)),
        ({"recall": 0.4}, ("delivery", "billing", "recall")),
        ({"gone from the configuration": 0.1}, ("delivery", "billing")),
    ],
)
def test_a_topic_holds_from_the_threshold_it_has_learnt(
    thresholds: dict[str, float], held: tuple[str, ...]
) -> None:
    said = verdict(delivery=0.7, billing=0.6, recall=0.4)
    assert taught(said, Thresholds(thresholds), abstain_below=0.5).topics_held == held


def test_a_topic_that_learnt_nothing_holds_as_the_classifier_said() -> None:
    said = replace(verdict(delivery=0.7, billing=0.2), topics_held=("billing",))
    assert taught(said, Thresholds(negative=0.1), abstain_below=0.5).topics_held == ("billing",)


@pytest.mark.parametrize("shift", [-1.4, -0.1, 0.1, 1.4])
@pytest.mark.parametrize("negative", [0.0, 0.2, 0.5, 0.999, 1.0])
def test_shifted_chances_stay_chances_and_move_one_way(negative: float, shift: float) -> None:
    before = verdict(negative=negative, attention=negative)
    after = taught(before, Thresholds(negative=shift, attention=shift), abstain_below=0.5)
    assert after.negative + after.neutral + after.positive == pytest.approx(1)
    assert (after.negative - before.negative) * shift >= 0
    assert (after.attention - before.attention) * shift >= 0
    assert 0 <= after.attention <= 1
    if negative in {0.0, 1.0}:
        assert (after.negative, after.attention) == (negative, negative)


def test_an_unsure_model_is_never_talked_into_an_opinion_but_may_be_talked_out_of_one() -> None:
    unsure = verdict(negative=0.4, abstained=True)
    assert taught(unsure, Thresholds(negative=1.4), abstain_below=0.5).abstained
    sure = replace(verdict(negative=0.55), neutral=0.25, positive=0.2)
    assert taught(sure, Thresholds(negative=-0.5), abstain_below=0.5).abstained
    assert not taught(sure, Thresholds(negative=0.5), abstain_below=0.5).abstained


def test_thresholds_are_read_back_as_they_were_written() -> None:
    thresholds = Thresholds({"delivery": 0.62}, -0.4, 0.3)
    assert Thresholds.from_json(thresholds.as_json()) == thresholds
    assert Thresholds.from_json({}) == Thresholds()


# --- topics -------------------------------------------------------------------------------------------


def test_false_alarms_of_a_topic_raise_its_threshold_just_over_them() -> None:
    lesson = learn(GROUND, [of_topic(number, 0.55) for number in range(1, 7)])
    assert lesson.taken
    assert lesson.thresholds.topics == {"delivery": 0.56}
    assert (lesson.from_corrections, lesson.refused) == (6, ())
    assert lesson.reasons == (
        "topic delivery: holds from 0.56 on, from 0.50 today; 1 of 4 kept posts would be wrong, 3 today",
    )


def test_posts_that_were_missed_lower_the_threshold_just_under_them() -> None:
    lesson = learn(GROUND, [of_topic(number, 0.45, "yes") for number in range(1, 7)])
    assert lesson.thresholds.topics == {"delivery": 0.44}


def test_a_threshold_moves_no_further_than_its_bound() -> None:
    missed = [of_topic(number, 0.12, "yes", name="billing") for number in range(1, 7)]
    far = learn(GROUND, missed)
    assert (far.taken, far.thresholds.topics) == (False, {})
    [reason] = far.reasons
    assert reason == (
        "topic billing: 4 of 4 to learn from stay wrong, and no threshold mends that; "
        "change its words or examples in the configuration"
    )
    near = [of_topic(number, 0.5 - MOST_OF_THRESHOLD, "yes", name="billing") for number in range(1, 7)]
    assert learn(GROUND, near).thresholds.topics == {"billing": pytest.approx(0.5 - MOST_OF_THRESHOLD)}


@pytest.mark.parametrize(("count", "learns"), [(0, False), (1, False), (2, False), (3, False), (4, True)])
def test_a_slip_of_the_finger_does_not_teach(count: int, *, learns: bool) -> None:
    # the third of each three is kept apart, so four are the first three to learn from
    lesson = learn(GROUND, [of_topic(number, 0.55) for number in range(1, count + 1)])
    assert lesson.taken is learns
    if 0 < count < 4:
        assert "3 are needed; as today" in lesson.reasons[0]


def test_a_topic_nobody_spoke_of_is_not_mentioned() -> None:
    lesson = learn(GROUND, [])
    assert (lesson.taken, lesson.reasons, lesson.thresholds) == (False, (), Thresholds())


def test_a_bad_batch_is_refused_because_the_configured_examples_would_be_lost() -> None:
    said = [of_topic(number, 0.76) for number in range(1, 6)]  # one of them is kept
    assert learn(GROUND, said).thresholds.topics == {"delivery": 0.78}
    refused = learn(replace(GROUND, topics=(FIRM,)), said)
    assert (refused.taken, refused.refused) == (False, ("topic:delivery",))
    assert refused.thresholds == Thresholds()
    assert refused.reasons == ("topic delivery: 3 of 4 kept posts would be wrong, 1 today; not taken",)


def test_a_refused_topic_does_not_hold_up_the_others() -> None:
    said = [
        *(of_topic(number, 0.76) for number in range(1, 6)),
        *(of_topic(number, 0.55, name="billing") for number in range(6, 12)),
    ]
    lesson = learn(replace(GROUND, topics=(FIRM, BILLING)), said)
    assert (lesson.taken, lesson.refused) == (True, ("topic:delivery",))
    assert lesson.thresholds.topics == {"billing": 0.56}
    assert set(lesson.corrections) == {"topic:billing"}


# --- shifts -------------------------------------------------------------------------------------------


def test_false_alarms_lower_the_odds_of_attention_until_they_are_none() -> None:
    lesson = learn(GROUND, dismissals(12))
    assert lesson.thresholds.attention == -0.3
    after = taught(verdict(attention=0.65), lesson.thresholds, abstain_below=0.5)
    assert after.attention < GROUND.attention_at
    assert lesson.reasons == (
        "attention: odds times 0.74, times 1.00 today; 0 of 4 kept posts would be wrong, 4 today",
    )


def test_what_the_team_answers_weighs_against_what_it_dismisses() -> None:
    answered = [of_attention(number, 0.65, "yes") for number in range(101, 150)]
    answered = [replace(one, text=f"vastattu {one.number}") for one in answered]
    lesson = learn(GROUND, dismissals(12), answered=answered)
    assert (lesson.taken, lesson.thresholds) == (False, Thresholds())
    assert lesson.reasons == (
        "attention: 8 of 41 to learn from stay wrong, and no shift mends that; as today",
    )


def test_an_answered_post_that_somebody_corrected_counts_as_corrected() -> None:
    said = dismissals(12)
    answered = [replace(one, number=one.number + 100, value="yes") for one in said]
    assert learn(GROUND, said, answered=answered).thresholds == learn(GROUND, said).thresholds


def test_a_shift_is_bounded() -> None:
    missed = [of_attention(number, 0.02, "yes") for number in range(1, 13)]
    assert learn(GROUND, missed).thresholds == Thresholds()
    mixed = [*missed[:6], *(of_attention(number, 0.28, "yes") for number in range(7, 13))]
    assert learn(GROUND, mixed).thresholds.attention == MOST_SHIFT


def test_posts_called_negative_raise_the_odds_of_negative() -> None:
    said = [
        Statement(number, "sentiment", "negative", f"valitus {number}", verdict(negative=0.45), "thresholds")
        for number in range(1, 13)
    ]
    lesson = learn(GROUND, said)
    assert lesson.thresholds.negative == 0.3
    assert lesson.reasons[0].startswith("sentiment: odds times 1.35")


@pytest.mark.parametrize(("count", "learns"), [(7, False), (8, True)])
def test_a_shift_moves_every_post_and_asks_for_six_to_learn_from(count: int, *, learns: bool) -> None:
    assert learn(GROUND, dismissals(count)).taken is learns


def test_a_shift_that_would_lose_more_kept_posts_is_refused() -> None:
    kept = [of_attention(number, 0.61, "yes") for number in range(3, 37, 3)]
    rest = [of_attention(number, 0.65) for number in range(1, 37) if number % KEPT_EVERY]
    lesson = learn(GROUND, [*rest, *kept])
    assert (lesson.taken, lesson.refused, lesson.thresholds) == (False, ("attention",), Thresholds())
    assert lesson.reasons == ("attention: 12 of 12 kept posts would be wrong, 0 today; not taken",)


def test_as_many_wrong_as_today_is_good_enough() -> None:
    kept = [of_attention(number, 0.2) for number in range(3, 13, 3)]
    rest = [of_attention(number, 0.65) for number in range(1, 13) if number % KEPT_EVERY]
    lesson = learn(GROUND, [*rest, *kept])
    assert lesson.taken
    assert lesson.reasons[0].endswith("0 of 4 kept posts would be wrong, 0 today")


# --- order, contradictions, taking back ---------------------------------------------------------------


def test_the_same_corrections_give_the_same_lesson_in_any_order() -> None:
    said = [
        *dismissals(9),
        *(of_topic(number, 0.5 + number / 200, "no" if number % 2 else "yes") for number in range(10, 30)),
    ]
    first = learn(GROUND, said)
    assert first.taken
    assert all(learn(GROUND, order) == first for order in (said[::-1], [*said[5:], *said[:5]]))


@pytest.mark.parametrize(
    ("values", "counts"), [(["no", "yes"], "yes"), (["yes", "no"], "no"), (["no", "yes", "no"], "no")]
)
def test_of_contradicting_statements_the_newest_counts(values: Sequence[str], counts: str) -> None:
    numbers = itertools.count(1)
    said = [
        replace(of_attention(next(numbers), 0.65, value), text=f"sama {post}")
        for value in values
        for post in range(12)
    ]
    expected = learn(GROUND, [replace(of_attention(n, 0.65, counts), text=f"sama {n}") for n in range(1, 13)])
    assert learn(GROUND, said).thresholds == expected.thresholds


def test_the_same_words_are_one_post_so_that_none_is_both_learnt_from_and_kept() -> None:
    copies = [replace(one, text="SAMA  sana" if one.number % 2 else "sama sana") for one in dismissals(12)]
    lesson = learn(GROUND, copies)
    assert not lesson.taken
    assert lesson.reasons == ("attention: 1 to learn from (0 kept apart), 6 are needed; as today",)


def test_places_are_given_for_each_label_so_that_a_command_with_three_labels_keeps_of_all() -> None:
    labels = ["attention", "topic:delivery", "topic:billing"]
    said = [
        replace(
            of_attention(number, 0.65),
            label=labels[number % 3],
            verdict=verdict(attention=0.65, delivery=0.55, billing=0.55),
        )
        for number in range(1, 40)
    ]
    lesson = learn(GROUND, said)
    assert lesson.thresholds.attention < 0
    assert set(lesson.thresholds.topics) == {"delivery", "billing"}


def test_taking_one_back_moves_no_other_from_one_side_to_the_other() -> None:
    wrong = of_attention(1, 0.65)
    kept_yes = [
        of_attention(number, 0.65, "yes" if number % KEPT_EVERY == 0 else "no") for number in range(2, 22)
    ]
    with_it = learn(GROUND, [wrong, *kept_yes])
    without = learn(GROUND, [replace(wrong, stands=False), *kept_yes])
    assert (
        with_it.reasons
        == without.reasons
        == ("attention: 7 of 7 kept posts would be wrong, 0 today; not taken",)
    )


def test_what_was_taken_back_or_may_teach_nothing_teaches_nothing() -> None:
    assert not learn(GROUND, [replace(one, stands=False) for one in dismissals(12)]).taken
    assert not learn(GROUND, [replace(one, teaches="nothing") for one in dismissals(12)]).taken


def test_a_lesson_is_named_by_what_it_comes_from() -> None:
    key = learn(GROUND, dismissals(12)).key
    assert learn(GROUND, dismissals(12)).key == key
    others = [
        learn(GROUND, dismissals(13)),
        learn(replace(GROUND, model="fake@2"), dismissals(12)),
        learn(replace(GROUND, topics=(BILLING,)), dismissals(12)),
        learn(GROUND, dismissals(12), answered=[replace(of_attention(7, 0.9, "yes"), text="muu")]),
    ]
    assert len({key, *(other.key for other in others)}) == 5


# --- one lesson after another -------------------------------------------------------------------------


def test_what_holds_already_is_no_new_lesson() -> None:
    first = learn(GROUND, dismissals(12))
    again = learn(GROUND, dismissals(12), today=standing(first))
    assert (again.taken, again.reasons, again.refused) == (False, (), ())
    assert (again.thresholds, again.corrections) == (first.thresholds, first.corrections)


def test_a_later_lesson_keeps_what_was_learnt_of_other_labels() -> None:
    first = learn(GROUND, dismissals(12))
    said = [*dismissals(12), *(of_topic(number, 0.55) for number in range(13, 19))]
    second = learn(GROUND, said, today=standing(first))
    assert second.taken
    assert (second.thresholds.attention, second.thresholds.topics) == (-0.3, {"delivery": 0.56})
    assert set(second.corrections) == {"attention", "topic:delivery"}


def test_a_refused_label_stays_as_the_last_lesson_left_it() -> None:
    first = learn(GROUND, dismissals(12))
    said = [
        *dismissals(12),
        *(
            of_attention(number, 0.5, "yes") if number % KEPT_EVERY else of_attention(number, 0.62)
            for number in range(13, 60)
        ),
    ]
    second = learn(GROUND, said, today=standing(first))
    assert second.refused == ("attention",)
    assert second.thresholds == first.thresholds
    assert second.corrections == first.corrections


# --- heads --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NearestHead:
    """Nearer to the middle of yes than to that of no."""

    yes: tuple[float, ...]
    no: tuple[float, ...]

    def score(self, vector: Vector, /) -> float:
        to_yes, to_no = (float(np.linalg.norm(vector - np.array(middle))) for middle in (self.yes, self.no))
        return to_no / (to_yes + to_no) if to_yes + to_no else 0.5


class Nearest:
    """Makes heads by taking middles; joins what they say with what words say of a text."""

    def __init__(
        self,
        *said: Statement,
        words: Mapping[str, float] | None = None,
        examples: Mapping[str, Vector] | None = None,
    ) -> None:
        self.fitted: list[tuple[int, int]] = []
        self._examples = VECTORS if examples is None else examples
        self._places = {**self._examples} | {one.text: one.vector for one in said if one.vector is not None}
        self._words = words or {}

    def fit(self, topic: Topic, yes: Sequence[Vector], no: Sequence[Vector]) -> NearestHead:
        all_yes = [*(self._examples[text] for text in topic.examples), *yes]
        all_no = [*(self._examples[text] for text in topic.counter_examples), *no]
        self.fitted.append((len(all_yes), len(all_no)))
        return NearestHead(self._middle(all_yes), self._middle(all_no))

    def score(self, topic: Topic, text: str, head: Head | None) -> float:
        meant = 0.0 if head is None else head.score(self._places[text])
        return max(meant, self._words.get(text, 0.0))

    def _middle(self, side: Sequence[Vector]) -> tuple[float, ...]:
        return tuple(float(x) for x in (np.mean(side, axis=0) if side else np.zeros(2)))


TAUGHT_TOPIC = Topic("delivery", ("a a a", "b b b", "c c c"), counter_examples=("z z z",))
VECTORS: dict[str, Vector] = {
    "a a a": np.array([1.0, 0.0]),
    "b b b": np.array([0.9, 0.1]),
    "c c c": np.array([0.95, -0.1]),
    "z z z": np.array([-1.0, 0.0]),
}
HEADED = Ground((TAUGHT_TOPIC,), "fake@1")
BARE = Ground((Topic("delivery"),), "fake@1")
"""The topic comes with the model, and nobody wrote an example."""


def seen(number: int, *at: float, value: str = "no", today: float | None = None) -> Statement:
    """A post at a place; today it holds where the stand-in's own head, of the examples, says so."""
    own = NearestHead((0.95, 0.0), (-1.0, 0.0)).score(np.array(at))
    return replace(of_topic(number, own if today is None else today, value), vector=np.array(at))


def test_a_head_is_fitted_on_the_examples_and_on_the_posts_that_are_not_kept() -> None:
    said = [seen(number, 0.5, 0.8) for number in range(1, 7)]
    room = Nearest(*said)
    lesson = learn(HEADED, said, room=room)
    assert lesson.taken
    assert room.fitted[0] == (3, 1 + 4)  # of six corrections two are kept
    head = lesson.heads["delivery"]
    assert head.score(np.array([0.5, 0.8])) < 0.5 < head.score(VECTORS["a a a"])
    assert lesson.reasons == (
        (
            "topic delivery: a head from 4 posts, holds from 0.50 on, from 0.50 today; "
            "0 of 6 kept posts would be wrong, 2 today"
        ),
    )


def test_without_any_post_that_may_move_a_weight_no_head_is_fitted_and_the_threshold_moves() -> None:
    said = [replace(seen(number, 0.2, 0.0), teaches="thresholds", vector=None) for number in range(1, 7)]
    room = Nearest()
    lesson = learn(HEADED, said, room=room)
    assert lesson.thresholds.topics["delivery"] > 0.5
    assert lesson.heads == {}
    assert {(yes, no) for yes, no in room.fitted} == {(2, 1), (3, 0)}  # examples, each left out once


@pytest.mark.parametrize("vector", [None, np.array([-0.5, 0.9])])
def test_a_post_of_x_moves_no_head_whether_it_has_a_vector_or_not(vector: Vector | None) -> None:
    ours = [seen(number, 0.5, 0.8) for number in range(1, 7)]
    of_x = [replace(seen(number, -0.5, 0.9), teaches="thresholds", vector=vector) for number in range(7, 10)]
    room = Nearest(*ours, *(replace(one, vector=np.array([-0.5, 0.9])) for one in of_x))
    assert learn(HEADED, [*ours, *of_x], room=room).heads == learn(HEADED, ours, room=room).heads != {}


def test_a_head_that_loses_its_own_examples_is_refused() -> None:
    said = [seen(number, 0.95, 0.0) for number in range(1, 61)]
    lesson = learn(HEADED, said, room=Nearest(*said))
    assert (lesson.taken, lesson.refused, lesson.heads) == (False, ("topic:delivery",), {})


def test_the_heads_of_a_lesson_are_fitted_again_bit_for_bit() -> None:
    said = [seen(number, 0.5, 0.8 + number / 100) for number in range(1, 12)]
    lesson = learn(HEADED, said, room=Nearest(*said))
    newer = [*said, *(seen(number, 0.0, 0.9) for number in range(12, 20))]
    again = fit_heads(HEADED.topics, newer, standing(lesson), room=Nearest())
    assert again == lesson.heads != {}
    assert fit_heads(HEADED.topics, newer, Standing(), room=Nearest()) == {}


def test_a_topic_without_examples_gets_a_head_of_posts_alone() -> None:
    said = [seen(number, 0.9, 0.0, value="yes", today=0.2) for number in range(1, 5)]
    lesson = learn(BARE, said, room=Nearest(*said))
    assert lesson.taken
    assert lesson.heads["delivery"].score(VECTORS["a a a"]) > 0.5


def test_who_only_says_what_a_topic_is_not_teaches_no_head_where_nothing_says_what_it_is() -> None:
    said = [seen(number, 0.9, 0.0, today=0.6) for number in range(1, 7)]
    room = Nearest(*said)
    lesson = learn(BARE, said, room=room)
    assert (lesson.heads, room.fitted) == ({}, [])
    assert lesson.thresholds.topics == {"delivery": 0.62}


# what counts is the score that a verdict would have, words and all
FALSE_ALARMS = [seen(number, 0.5, 0.8) for number in range(1, 7)]
MISSED = [seen(number, 0.1, 0.9, value="yes", today=0.4) for number in range(1, 7)]


@pytest.mark.parametrize(
    ("said", "words", "threshold", "wrong"),
    [
        # the head alone turns them down, and so do verdicts
        (FALSE_ALARMS, {}, None, "0 of 6 kept posts would be wrong, 2 today"),
        # a head that turns them down is of no use where their words hold: only the threshold helps
        (FALSE_ALARMS, dict.fromkeys([one.text for one in FALSE_ALARMS], 0.6), 0.62, "0 of 6 kept"),
        # words of one post hold whatever the head says; that one stays wrong
        (FALSE_ALARMS, {FALSE_ALARMS[2].text: 1.0}, None, "1 of 6 kept posts would be wrong, 2 today"),
        # a head that finds what was missed
        (MISSED, {}, None, "0 of 6 kept posts would be wrong, 2 today"),
        # words find what the head would not have
        (MISSED, {"a a a": 1.0, "b b b": 1.0, "c c c": 1.0}, None, "0 of 6 kept posts would be wrong, 2"),
        # a counter-example's words hold: no head makes that right, and none is refused for it
        (FALSE_ALARMS, {"z z z": 1.0}, None, "1 of 6 kept posts would be wrong, 3 today"),
    ],
)
def test_a_head_is_judged_by_what_verdicts_would_say_with_it(
    said: Sequence[Statement], words: Mapping[str, float], threshold: float | None, wrong: str
) -> None:
    lesson = learn(HEADED, said, room=Nearest(*said, words=words))
    assert lesson.taken
    assert lesson.thresholds.topics == ({} if threshold is None else {"delivery": threshold})
    assert wrong in lesson.reasons[0]


def test_a_head_that_changes_no_verdict_for_words_hold_anyway_is_told_from_one_that_does() -> None:
    words = dict.fromkeys([one.text for one in FALSE_ALARMS], 1.0)
    lesson = learn(HEADED, FALSE_ALARMS, room=Nearest(*FALSE_ALARMS, words=words))
    assert "2 of 6 kept posts would be wrong, 2 today" in lesson.reasons[0]


def test_the_configured_threshold_is_where_a_taught_topic_starts() -> None:
    strict = replace(HEADED, topics=(replace(TAUGHT_TOPIC, threshold=0.55),))
    lesson = learn(strict, FALSE_ALARMS, room=Nearest(*FALSE_ALARMS))
    assert "holds from 0.55 on, from 0.55 today" in lesson.reasons[0]
    assert lesson.thresholds == Thresholds()  # nothing is kept that the configuration says itself


def test_a_topic_of_which_everything_is_right_today_is_left_alone() -> None:
    strict = replace(HEADED, topics=(replace(TAUGHT_TOPIC, threshold=0.9),))
    lesson = learn(strict, FALSE_ALARMS, room=Nearest(*FALSE_ALARMS))
    assert (lesson.taken, lesson.reasons) == (False, ())


def test_many_examples_are_left_out_a_fifth_at_a_time() -> None:
    examples = {f"a a {at}": np.array([0.9 + at / 1000, 0.0]) for at in range(30)}
    room = Nearest(*FALSE_ALARMS, examples=examples)
    learn(Ground((Topic("delivery", tuple(examples)),), "fake@1"), FALSE_ALARMS, room=room)
    assert room.fitted == [(30, 4), *[(24, 0)] * 5, *[(24, 4)] * 5]


def test_what_a_head_has_learnt_already_is_no_new_lesson() -> None:
    first = learn(HEADED, FALSE_ALARMS, room=Nearest(*FALSE_ALARMS))
    again = learn(HEADED, FALSE_ALARMS, today=standing(first), room=Nearest(*FALSE_ALARMS))
    assert (again.taken, again.refused) == (False, ())
    assert (again.heads, again.corrections) == (first.heads, first.corrections)


def test_a_refused_head_leaves_the_one_that_holds_today() -> None:
    first = learn(HEADED, FALSE_ALARMS, room=Nearest(*FALSE_ALARMS))
    bad = [seen(number, 0.95, 0.0) for number in range(7, 67)]
    said = [*FALSE_ALARMS, *bad]
    second = learn(HEADED, said, today=standing(first), room=Nearest(*said))
    assert second.refused == ("topic:delivery",)
    assert (second.heads, second.thresholds) == (first.heads, first.thresholds)
