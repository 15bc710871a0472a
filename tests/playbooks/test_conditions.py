"""What a match may ask besides the classifier and the text: each condition with its boundary, and their laws."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import permutations
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casebook.calendar import DAY, Calendar, Span
from casebook.mention import Verdict
from casebook.reach import Marks
from playbooks.conditions import Reading, all_hold, findings, plan_of
from playbooks.decide import Post, decide, explain, names_substance
from playbooks.marks import marks_of
from playbooks.playbook import Match, Playbook, Rated, Reached
from tests.in_english import asked, found, said

HELSINKI = ZoneInfo("Europe/Helsinki")
OFFICE = Calendar("office", HELSINKI, ((Span(9 * 60, 17 * 60),),) * 5 + ((),) * 2)
SHOP = Calendar("shop", HELSINKI, ((Span(10 * 60, 20 * 60),),) * 6 + ((),))
NIGHT, EVENING = Span(22 * 60, DAY + 6 * 60), Span(18 * 60, DAY)


def verdict(
    *,
    negative: float = 0.7,
    topics: Mapping[str, float] | None = None,
    held: Any = (),
    abstained: bool = False,
) -> Verdict:
    rest = (1 - negative) / 2
    return Verdict(negative, rest, rest, negative, topics or {}, held, "fi", abstained, "test model")


def at(day: str, clock: str, second: int = 0) -> datetime:
    """An instant of the week of 2 November 2026, a Monday, on the clocks of Helsinki."""
    number = 2 + ("mon", "tue", "wed", "thu", "fri", "sat", "sun").index(day)
    return datetime.combine(
        date(2026, 11, number), time.fromisoformat(clock).replace(second=second), HELSINKI
    )


def tried(match: Match, post: Post, of: Verdict | None = None) -> tuple[bool | None, str, str]:
    """How the one condition came out, what it asked, and what it found."""
    (finding,) = findings(match, Reading(post, of or verdict()))
    return finding.held, asked(finding.condition), found(finding.condition)


SAID = Post("Kahvi on loppu")
TIMES = [
    # time: half-open, to the minute
    (at("mon", "21:59", 59), (NIGHT,), False, "posted Mon 21:59"),
    (at("mon", "22:00"), (NIGHT,), True, "posted Mon 22:00"),
    (at("tue", "00:00"), (NIGHT,), True, "posted Tue 00:00"),
    (at("tue", "05:59", 59), (NIGHT,), True, "posted Tue 05:59"),
    (at("tue", "06:00"), (NIGHT,), False, "posted Tue 06:00"),
    (at("mon", "23:59", 59), (EVENING,), True, "posted Mon 23:59"),
    (at("tue", "00:00"), (EVENING,), False, "posted Tue 00:00"),
    (at("tue", "12:00"), (NIGHT, EVENING), False, "posted Tue 12:00"),
    (at("tue", "19:00"), (NIGHT, EVENING), True, "posted Tue 19:00"),
    (None, (NIGHT,), False, "time unknown"),
]


@pytest.mark.parametrize(("posted_at", "spans", "held", "found"), TIMES)
def test_the_time_of_day_is_on_the_wall_and_half_open(
    posted_at: datetime | None, spans: tuple[Span, ...], *, held: bool, found: str
) -> None:  # fmt: skip
    assert tried(Match(time=spans), replace(SAID, posted_at=posted_at))[::2] == (held, found)


def test_the_hour_that_comes_twice_is_that_hour_both_times() -> None:
    twice = [datetime(2026, 10, 25, 3, 30, tzinfo=HELSINKI, fold=fold) for fold in (0, 1)]
    assert [tried(Match(time=(NIGHT,)), replace(SAID, posted_at=one))[0] for one in twice] == [True, True]


@pytest.mark.parametrize(
    ("posted_at", "days", "held", "found"),
    [
        (at("fri", "23:59", 59), (5, 6), False, "posted Fri 23:59"),
        (at("sat", "00:00"), (5, 6), True, "posted Sat 00:00"),
        (at("sun", "23:59", 59), (5, 6), True, "posted Sun 23:59"),
        (at("mon", "09:00"), (5, 6), False, "posted Mon 09:00"),
        (at("mon", "09:00"), (0,), True, "posted Mon 09:00"),
        (None, (0,), False, "time unknown"),
    ],
)
def test_the_weekday_is_that_of_the_date_on_the_wall(
    posted_at: datetime | None, days: tuple[int, ...], *, held: bool, found: str
) -> None:  # fmt: skip
    assert tried(Match(weekday=days), replace(SAID, posted_at=posted_at))[::2] == (held, found)


@pytest.mark.parametrize(
    ("posted_at", "names", "held", "found"),
    [
        (at("mon", "08:59", 59), ("office",), False, "posted Mon 08:59, closed"),
        (at("mon", "09:00"), ("office",), True, "office open"),
        (at("mon", "16:59", 59), ("office",), True, "office open"),
        (at("mon", "17:00"), ("office",), False, "posted Mon 17:00, closed"),
        (at("mon", "17:00"), ("office", "shop"), True, "shop open"),
        (at("mon", "12:00"), ("office", "shop"), True, "office, shop open"),
        (at("sun", "12:00"), ("office", "shop"), False, "posted Sun 12:00, closed"),
        (at("mon", "12:00"), ("nobody's",), False, "posted Mon 12:00, closed"),
        (None, ("office",), False, "time unknown, closed"),
    ],
)
def test_a_calendar_is_open_from_its_opening_until_before_its_closing(
    posted_at: datetime | None, names: tuple[str, ...], *, held: bool, found: str
) -> None:  # fmt: skip
    post = replace(SAID, posted_at=posted_at, calendars={"office": OFFICE, "shop": SHOP})
    assert tried(Match(open=names), post)[::2] == (held, found)


OTHERS = [
    # kind: what a post is; a reply that quotes is both
    (Match(kind=("post",)), {}, True, "kind post", "kind post"),
    (Match(kind=("reply", "quote")), {}, False, "kind reply or quote", "kind post"),
    (Match(kind=("quote",)), {"kinds": ("reply", "quote")}, True, "kind quote", "kind reply, quote"),
    (Match(kind=("post",)), {"kinds": ("reply",)}, False, "kind post", "kind reply"),
    (Match(kind=("review",)), {"kinds": ("review",)}, True, "kind review", "kind review"),
    # rating: the bounds belong to it; without one it does not hold
    (Match(rating=Rated(at_most=2)), {"rating": 2.0}, True, "rating at most 2", "rating 2"),
    (Match(rating=Rated(at_most=2)), {"rating": 2.5}, False, "rating at most 2", "rating 2.5"),
    (Match(rating=Rated(at_least=4)), {"rating": 4.0}, True, "rating at least 4", "rating 4"),
    (Match(rating=Rated(at_least=4)), {"rating": 3.9}, False, "rating at least 4", "rating 3.9"),
    (Match(rating=Rated(2, 4)), {"rating": 3.0}, True, "rating at least 2 and at most 4", "rating 3"),
    (Match(rating=Rated(2, 4)), {"rating": 1.0}, False, "rating at least 2 and at most 4", "rating 1"),
    (Match(rating=Rated(at_most=2)), {}, False, "rating at most 2", "no rating"),
    # reach and its growth: at least; unknown is not enough
    (Match(reach=Reached(1_000)), {"reach": 1_000}, True, "at least 1,000 reached", "1,000 reached"),
    (Match(reach=Reached(1_000)), {"reach": 999}, False, "at least 1,000 reached", "999 reached"),
    (Match(reach=Reached(1_000)), {}, False, "at least 1,000 reached", "reach unknown"),
    (
        Match(reach=Reached(growing=500)),
        {"growth": 500.0},
        True,
        "at least 500 more reached an hour",
        "500 more reached an hour",
    ),
    (
        Match(reach=Reached(growing=500)),
        {"growth": 499.9},
        False,
        "at least 500 more reached an hour",
        "499 more reached an hour",
    ),
    (
        Match(reach=Reached(growing=500)),
        {"reach": 9_000},
        False,
        "at least 500 more reached an hour",
        "growth unknown",
    ),
    # author: ours before known, known by an earlier case
    (Match(author=("new",)), {}, True, "author new", "author new"),
    (Match(author=("known",)), {}, False, "author known", "author new"),
    (Match(author=("known",)), {"case_ages": (timedelta(900),)}, True, "author known", "author known"),
    (Match(author=("new", "ours")), {"ours": True}, True, "author new or ours", "author ours"),
    (Match(author=("known",)), {"ours": True, "case_ages": (timedelta(1),)}, False, "author known", "author ours"),
    # to a person: to anybody of ours, or to one by name
    (Match(to_person=True), {"addressed": ("aino",)}, True, "to somebody of ours", "to aino"),
    (Match(to_person=True), {}, False, "to somebody of ours", "to nobody of ours"),
    (Match(to_person=False), {}, True, "to nobody of ours", "to nobody of ours"),
    (Match(to_person=False), {"addressed": ("aino",)}, False, "to nobody of ours", "to aino"),
    (Match(to_people=("ben", "aino")), {"addressed": ("aino",)}, True, "to ben or aino", "to aino"),
    (Match(to_people=("ben",)), {"addressed": ("aino",)}, False, "to ben", "to aino"),
    # what else was going on
    (Match(crisis=True), {"crisis": True}, True, "a crisis running", "a crisis running"),
    (Match(crisis=True), {}, False, "a crisis running", "no crisis running"),
    (Match(crisis=False), {}, True, "no crisis running", "no crisis running"),
    (
        Match(blind=True),
        {"blind": True},
        True,
        "seen late, after a time without watch",
        "not watched all the time until it was seen",
    ),
    (Match(blind=True), {}, False, "seen late, after a time without watch", "watched until it was seen"),
    (Match(blind=False), {}, True, "watched until it was seen", "watched until it was seen"),
]  # fmt: skip


@pytest.mark.parametrize(("match", "known", "held", "asked", "found"), OTHERS)
def test_what_is_known_of_a_post_is_held_against_what_was_asked(
    match: Match, known: dict[str, Any], *, held: bool, asked: str, found: str
) -> None:  # fmt: skip
    assert tried(match, replace(SAID, **known)) == (held, asked, found)


@pytest.mark.parametrize(
    ("wanted", "scores", "held", "found"),
    [
        ({"recall": 0.8}, {"recall": 0.8}, True, "topic recall 0.80"),
        ({"recall": 0.8}, {"recall": 0.799}, False, "topic recall 0.799"),
        ({"recall": 0.2}, {"recall": 0.3}, True, "topic recall 0.30"),  # under its own threshold, and enough
        ({"recall": 0.8}, {}, False, "topic recall 0.00"),
        ({"recall": 0.8, "safety": 0.5}, {"safety": 0.6}, True, "topic safety 0.60"),
        ({"recall": 0.8, "safety": 0.5}, {"safety": 0.4}, False, "topic recall 0.00, topic safety 0.40"),
    ],
)
def test_a_topic_may_be_asked_for_by_its_score(
    wanted: dict[str, float], scores: dict[str, float], *, held: bool, found: str
) -> None:  # fmt: skip
    match = Match(topics_at_least=wanted)
    assert tried(match, SAID, verdict(topics=scores))[::2] == (held, found)
    assert tried(match, SAID, verdict(topics=scores, abstained=True))[0] is held


ASKED, SAYS_SO = replace(SAID, text="Missä kahvi on?"), verdict(topics={"question": 0.8}, held=("question",))


@pytest.mark.parametrize(
    ("wanted", "post", "of", "held", "found"),
    [
        (True, SAID, SAYS_SO, True, "topic question 0.80"),
        (True, ASKED, verdict(), True, "asks in its form"),
        (True, SAID, verdict(topics={"question": 0.4}), False, "no question"),
        (False, SAID, verdict(), True, "no question"),
        (False, ASKED, verdict(), False, "asks in its form"),
        # where the classifier abstained, no sign of a question is not to say that there is none
        (True, SAID, verdict(abstained=True), None, "the classifier abstained"),
        (False, SAID, verdict(abstained=True), None, "the classifier abstained"),
        (True, ASKED, verdict(abstained=True), True, "asks in its form"),
        (False, ASKED, verdict(abstained=True), False, "asks in its form"),
    ],
)
def test_a_question_is_what_the_classifier_or_its_form_says_is_one(
    post: Post, of: Verdict, *, wanted: bool, held: bool | None, found: str
) -> None:  # fmt: skip
    assert tried(Match(question=wanted), post, of)[::2] == (held, found)


# -- all, any and not over three values

TRUE, FALSE = Match(language=("fi",)), Match(language=("sv",))
UNKNOWN = Match(sentiment=("negative",))
VALUES = {True: TRUE, False: FALSE, None: UNKNOWN}
SILENT = verdict(abstained=True)


def value(match: Match) -> bool | None:
    return all_hold(findings(match, Reading(SAID, SILENT)))


@pytest.mark.parametrize(
    ("one", "other", "both", "either"),
    [
        (True, True, True, True),
        (True, False, False, True),
        (True, None, None, True),
        (False, False, False, False),
        (False, None, False, None),
        (None, None, None, None),
    ],
)
def test_all_and_any_know_what_is_not_known(
    *, one: bool | None, other: bool | None, both: bool | None, either: bool | None
) -> None:  # fmt: skip
    for pair in permutations((VALUES[one], VALUES[other])):
        assert value(Match(all=pair)) is both
        assert value(Match(any=pair)) is either
        # what is said of both by `not` is said of each: De Morgan, over three values
        apart = tuple(Match(none=(inner,)) for inner in pair)
        assert value(Match(none=(Match(all=pair),))) is value(Match(any=apart))
        assert value(Match(none=(Match(any=pair),))) is value(Match(all=apart))
        assert value(Match(none=pair)) is value(Match(all=apart))


leaves = st.sampled_from([TRUE, FALSE, UNKNOWN, Match()])
trees = st.recursive(
    leaves,
    lambda inner: st.builds(
        lambda all_, any_, none: Match(all=tuple(all_), any=tuple(any_), none=tuple(none)),
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=2),
    ),
    max_leaves=10,
)


@given(st.lists(trees, max_size=4), st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_the_order_of_matches_within_changes_no_outcome(drawn: list[Match], chance: Any) -> None:
    turned = list(drawn)
    chance.shuffle(turned)
    before, after = tuple(drawn), tuple(turned)
    assert value(Match(all=before)) is value(Match(all=after))
    assert value(Match(any=before)) is value(Match(any=after))
    assert value(Match(none=before)) is value(Match(none=after))


@given(trees, trees)
@settings(max_examples=300, deadline=None)
def test_all_of_one_is_that_one_and_all_of_two_is_both_keys_at_once(one: Match, other: Match) -> None:
    assert value(Match(all=(one,))) is value(one) is value(Match(any=(one,)))
    at_once = replace(one, all=(*one.all, other))
    assert value(Match(all=(one, other))) is value(at_once) is value(Match(all=(other, one)))


@given(drawn=st.lists(trees, max_size=4), abstained=st.booleans(), bystander=st.booleans())
@settings(max_examples=300, deadline=None)
def test_stopping_early_gives_the_playbook_and_the_reason_of_testing_everything(
    drawn: list[Match], *, abstained: bool, bystander: bool
) -> None:  # fmt: skip
    books = [Playbook(f"p{number}", match, "care") for number, match in enumerate(drawn)]
    post, of = replace(SAID, bystander=bystander), verdict(abstained=abstained)
    short, whole = decide(post, of, books), explain(post, of, books)
    assert (short.playbook, short.reason) == (whole.playbook, whole.reason)
    assert [trial.matched for trial in short.trials] == [
        trial.matched for trial in whole.trials[: len(short.trials)]
    ]


@given(trees)
@settings(max_examples=200, deadline=None)
def test_a_plan_is_tried_as_its_findings_say(match: Match) -> None:
    reading = Reading(SAID, SILENT)
    held, settling = plan_of(match).try_on(reading)
    assert held is all_hold(findings(match, reading))
    assert (settling is None) is (held is True)


# -- in words


def test_all_tells_what_each_found_and_of_a_failure_only_that() -> None:
    match = Match(all=(Match(kind=("post",)), Match(rating=Rated(at_most=2))))
    assert tried(match, replace(SAID, rating=1.0)) == (
        True,
        "all of (kind post) and (rating at most 2)",
        "kind post; rating 1",
    )
    assert tried(match, replace(SAID, rating=3.0))[::2] == (False, "rating 3")
    assert tried(Match(all=(UNKNOWN, TRUE)), SAID, SILENT)[::2] == (None, "the classifier abstained")


def test_the_decision_keeps_of_each_other_playbook_the_condition_that_settled_it() -> None:
    books = [
        Playbook("stars", Match(rating=Rated(at_most=2), words=("arvonta",)), "care"),
        Playbook("night", Match(time=(NIGHT,), kind=("post",)), "care"),
        Playbook("all", Match(author=("new",), crisis=False), "care"),
    ]
    decision = decide(replace(SAID, rating=5.0, posted_at=at("mon", "12:00")), verdict(), books)
    told = [[found(condition) for condition in trial.conditions] for trial in decision.trials]
    assert told == [["rating 5"], ["posted Mon 12:00"], ["author new", "no crisis running"]]
    assert said(decision.reason) == "playbook all: author new; no crisis running"


def test_text_is_not_read_where_a_figure_settles_it() -> None:
    reading = Reading(SAID, verdict())
    held, _ = plan_of(Match(rating=Rated(at_most=2), words=("kahvi",), regex=("kahvi",))).try_on(reading)
    assert held is False
    assert not {"words", "forms", "text"} & vars(reading).keys()


@pytest.mark.parametrize(
    ("match", "named"),
    [
        (Match(topics_at_least={"recall": 0.8}), True),
        (Match(question=True), True),
        (Match(question=False), False),
        (Match(all=(UNKNOWN, Match(words=("lasi",)))), True),
        (Match(all=(UNKNOWN,)), False),
        (Match(rating=Rated(at_most=2), kind=("reply",), reach=Reached(10), to_person=True), False),
    ],
)
def test_a_bystanders_post_needs_a_playbook_that_names_what_it_is_about(match: Match, *, named: bool) -> None:
    assert names_substance(match) is named


def test_every_reach_that_is_asked_for_anywhere_is_a_mark() -> None:
    inner = Match(any=(Match(reach=Reached(500)),), none=(Match(all=(Match(reach=Reached(growing=20)),)),))
    marks = marks_of([Playbook("a", inner, "care"), Playbook("b", Match(reach=Reached(1_000, 50)), "care")])
    assert marks == Marks(frozenset({500, 1_000}), frozenset({20, 50}))
    assert marks_of([]).at_least == frozenset()
