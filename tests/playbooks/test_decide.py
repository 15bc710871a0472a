"""Deciding: every condition with its boundary, what is unknown, who is passed over, and the words for it."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casebook.grounds import as_facts
from casebook.mention import Verdict
from playbooks.conditions import Reading, all_hold, findings, nearness_of
from playbooks.decide import Post, decide, explain, names_substance
from playbooks.playbook import AuthorCases, Decision, Match, Playbook
from tests.in_english import asked, found, said

Chooser = Callable[[Post, Verdict, Sequence[Playbook]], Decision]

DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
POST = Post(
    "Sain tuotteesta allergisen reaktion, löysin lasin siruja",
    ("x", "masto"),
    followers=1_000,
    case_ages=(10 * DAY, 30 * DAY, 31 * DAY),
)
NEGATIVE_ONLY = Match(sentiment=("negative",))


def verdict(
    negative: float = 0.7,
    neutral: float = 0.2,
    *,
    attention: float = 0.6,
    topics: Mapping[str, float] | None = None,
    held: tuple[str, ...] = ("recall",),
    language: str = "fi",
    abstained: bool = False,
) -> Verdict:
    scores = {"recall": 0.93, "delivery": 0.31} if topics is None else topics
    positive = 1 - negative - neutral
    return Verdict(negative, neutral, positive, attention, scores, held, language, abstained, "test model")


def book(name: str, match: Match) -> Playbook:
    return Playbook(name, match, "care")


def state(match: Match, *, post: Post = POST, of: Verdict | None = None) -> bool | None:
    return all_hold(findings(match, Reading(post, of or verdict())))


@pytest.mark.parametrize(
    ("match", "holds"),
    [
        (Match(), True),
        # sentiment: the most probable class
        (Match(sentiment=("negative",)), True),
        (Match(sentiment=("positive", "negative")), True),
        (Match(sentiment=("neutral", "positive")), False),
        # a mapping: at least that probability, the boundary included
        (Match(sentiment_at_least={"negative": 0.7}), True),
        (Match(sentiment_at_least={"negative": 0.700001}), False),
        (Match(sentiment_at_least={"neutral": 0.2}), True),
        (Match(sentiment_at_least={"negative": 0.9, "neutral": 0.2}), True),
        (Match(sentiment_at_least={"negative": 0.9, "neutral": 0.3}), False),
        (Match(sentiment_at_least={"negative": 0.0}), True),
        # both forms at once: both must hold
        (Match(sentiment=("negative",), sentiment_at_least={"neutral": 0.3}), False),
        (Match(attention=0.6), True),
        (Match(attention=0.6000001), False),
        # topics: over their own thresholds, whatever the score
        (Match(topics=("recall",)), True),
        (Match(topics=("delivery", "recall")), True),
        (Match(topics=("delivery",)), False),
        (Match(topics=("unheard",)), False),
        # words: by base form, and phrases in a row
        (Match(words=("allerginen",)), True),
        (Match(words=("allergisia",)), True),
        (Match(words=("ALLERGINEN REAKTIO",)), True),
        (Match(words=("lasi siru",)), True),
        (Match(words=("siru lasi",)), False),
        (Match(words=("siru löytää",)), False),
        (Match(words=("arvonta", "reaktio")), True),
        (Match(words=("arvonta",)), False),
        (Match(words=("reakt",)), False),
        (Match(words=("", "!")), False),
        (Match(regex=(r"LASI\w*\s+siru",)), True),
        (Match(regex=("arvonta", "reakt")), True),
        (Match(regex=("arvonta",)), False),
        (Match(language=("fi",)), True),
        (Match(language=("sv", "fi")), True),
        (Match(language=("sv",)), False),
        # source: any source that showed it, by name or kind
        (Match(source=("masto",)), True),
        (Match(source=("x", "rss")), True),
        (Match(source=("rss",)), False),
        (Match(followers=1_000), True),
        (Match(followers=1_001), False),
        (Match(followers=0), True),
        # earlier cases of the author: 10, 30 and 31 days before the post
        (Match(author_cases=AuthorCases(2)), True),
        (Match(author_cases=AuthorCases(3)), False),
        (Match(author_cases=AuthorCases(3, 31 * DAY)), True),
        (Match(author_cases=AuthorCases(1, 10 * DAY)), True),
        (Match(author_cases=AuthorCases(1, 10 * DAY - TICK)), False),
        # all keys must hold
        (Match(topics=("recall",), sentiment=("negative",), language=("fi",)), True),
        (Match(topics=("recall",), sentiment=("negative",), language=("sv",)), False),
        # nesting
        (Match(any=(Match(topics=("delivery",)), Match(words=("reaktio",)))), True),
        (Match(any=(Match(topics=("delivery",)), Match(words=("arvonta",)))), False),
        (Match(any=(Match(),)), True),
        (Match(none=(Match(words=("arvonta",)),)), True),
        (Match(none=(Match(words=("reaktio",)),)), False),
        (Match(none=(Match(words=("reaktio",), language=("sv",)),)), True),
        (Match(none=(Match(words=("arvonta",)), Match(language=("fi",)))), False),
        (Match(none=(Match(),)), False),
        (Match(none=(Match(none=(Match(words=("reaktio",)),)),)), True),
        (Match(any=(Match(none=(Match(language=("fi",)),)), Match(any=(Match(language=("fi",)),)))), True),
    ],
)
def test_each_condition_holds_where_it_says(match: Match, *, holds: bool) -> None:
    assert state(match) is holds


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        (NEGATIVE_ONLY, None),
        (Match(sentiment_at_least={"negative": 0.0}), None),
        (Match(attention=0.0), None),
        (Match(none=(NEGATIVE_ONLY,)), None),
        (Match(none=(Match(attention=1.0),)), None),
        (Match(none=(Match(none=(NEGATIVE_ONLY,)),)), None),
        # what is known may settle it without the sentiment
        (Match(sentiment=("negative",), words=("arvonta",)), False),
        (Match(sentiment=("negative",), words=("reaktio",)), None),
        (Match(none=(Match(sentiment=("negative",), words=("arvonta",)),)), True),
        (Match(any=(NEGATIVE_ONLY, Match(words=("reaktio",)))), True),
        (Match(any=(NEGATIVE_ONLY, Match(words=("arvonta",)))), None),
        (Match(any=(NEGATIVE_ONLY,), words=("arvonta",)), False),
        # topics hold by their own thresholds, and the rest knows nothing of the classifier
        (Match(topics=("recall",)), True),
        (Match(topics=("delivery",)), False),
        (Match(words=("reaktio",), language=("fi",), followers=1), True),
        (Match(), True),
    ],
)
def test_an_abstained_sentiment_is_unknown_and_stays_so(match: Match, expected: bool | None) -> None:  # noqa: FBT001 - three values
    assert state(match, of=verdict(abstained=True)) is expected


def test_what_is_unknown_opens_no_case() -> None:
    decision = decide(POST, verdict(abstained=True), [book("complaint", NEGATIVE_ONLY)])
    assert decision.playbook is None
    assert said(decision.reason) == "no case: the classifier abstained, which leaves open complaint"
    assert not decision.trials[0].conditions[0].held


@pytest.mark.parametrize("asked", [0, 1, 1_000])
def test_unknown_followers_are_not_enough(asked: int) -> None:
    assert state(Match(followers=asked), post=Post("text")) is False


def test_a_post_of_no_known_source_matches_no_source() -> None:
    assert state(Match(source=("x",)), post=Post("text")) is False


def test_a_tie_is_the_more_negative_class() -> None:
    assert state(NEGATIVE_ONLY, of=verdict(0.4, 0.4)) is True


# -- choosing


def test_the_first_playbook_that_matches_takes_the_post() -> None:
    books = [
        book("sv", Match(language=("sv",))),
        book("recall", Match(topics=("recall",))),
        book("all", Match()),
    ]
    decision = decide(POST, verdict(), books)
    assert decision.playbook == "recall"
    assert [(trial.playbook, trial.matched) for trial in decision.trials] == [("sv", False), ("recall", True)]


def test_the_one_that_takes_it_is_told_whole_and_the_others_by_what_settled_them() -> None:
    books = [
        book("both", Match(language=("sv",), words=("arvonta",))),
        book("recall", Match(topics=("recall",), sentiment=("negative",))),
    ]
    tried, taken = decide(POST, verdict(), books).trials
    assert [asked(condition) for condition in tried.conditions] == ["language Swedish"]
    assert [found(condition) for condition in taken.conditions] == ["topic recall 0.93", "negative 0.70"]


def test_explaining_tests_everything_also_after_the_one_that_takes_it() -> None:
    books = [
        book("both", Match(language=("sv",), words=("arvonta",))),
        book("recall", Match(topics=("recall",))),
        book("all", Match()),
    ]
    decision = explain(POST, verdict(), books)
    assert decision.playbook == "recall"
    assert [trial.matched for trial in decision.trials] == [False, True, True]
    assert [asked(condition) for condition in decision.trials[0].conditions] == [
        "language Swedish",
        "word arvonta",
    ]


def test_a_condition_that_failed_is_told_rather_than_an_unknown_one() -> None:
    books = [book("complaint", Match(sentiment=("negative",), words=("arvonta",)))]
    decision = decide(POST, verdict(abstained=True), books)
    assert [found(condition) for condition in decision.trials[0].conditions] == ["none of the words"]
    assert "abstained" not in said(decision.reason)


# -- the words for it


@pytest.mark.parametrize(
    ("match", "of", "wanted", "there"),
    [
        (NEGATIVE_ONLY, verdict(), "sentiment negative", "negative 0.70"),
        (NEGATIVE_ONLY, verdict(0.41, 0.5), "sentiment negative", "neutral 0.50"),
        (
            Match(sentiment_at_least={"negative": 0.6}),
            verdict(0.41),
            "negative at least 0.60",
            "negative 0.41",
        ),
        (
            Match(sentiment_at_least={"negative": 0.6}),
            verdict(0.599),
            "negative at least 0.60",
            "negative 0.599",
        ),
        (
            Match(sentiment_at_least={"negative": 0.625}),
            verdict(0.6249),
            "negative at least 0.625",
            "negative 0.62",
        ),
        (Match(attention=0.6), verdict(attention=0.6), "attention at least 0.60", "attention 0.60"),
        (NEGATIVE_ONLY, verdict(abstained=True), "sentiment negative", "the classifier abstained"),
        (Match(topics=("recall", "delivery")), verdict(), "topic recall or delivery", "topic recall 0.93"),
        (
            Match(topics=("delivery",)),
            verdict(),
            "topic delivery",
            "topic delivery 0.31, under its threshold",
        ),
        (Match(topics=("unheard",)), verdict(), "topic unheard", "topic unheard, under its threshold"),
        (
            Match(words=("arvonta", "reaktio")),
            verdict(),
            "word arvonta or reaktio",
            "word reaktio (in the text “reaktion”)",
        ),
        (Match(words=("arvonta",)), verdict(), "word arvonta", "none of the words"),
        (Match(regex=("reakt",)), verdict(), "pattern reakt", "pattern reakt"),
        (Match(regex=("x\ny",)), verdict(), "pattern x y", "no pattern"),
        (Match(source=("masto",)), verdict(), "source masto", "source masto"),
        (Match(source=("rss",)), verdict(), "source rss", "source x, masto"),
        (Match(followers=5_000), verdict(), "at least 5,000 followers", "1,000 followers"),
        (
            Match(author_cases=AuthorCases(3)),
            verdict(),
            "author with at least 3 earlier cases in 30 days",
            "author's 2 earlier cases",
        ),
        (
            Match(author_cases=AuthorCases(1, 2 * 7 * DAY)),
            verdict(),
            "author with at least 1 earlier case in 14 days",
            "author's 1 earlier case",
        ),
        (
            Match(words=tuple("abcdefghij")),
            verdict(),
            "word a or b or c or d or e or f or g or h or 2 more",
            "none of the words",
        ),
        (
            Match(any=(Match(language=("sv",)), Match(words=("reaktio",), language=("fi",)))),
            verdict(),
            "any of (language Swedish) or (language Finnish, and word reaktio)",
            "language Finnish; word reaktio (in the text “reaktion”)",
        ),
        (Match(none=(NEGATIVE_ONLY,)), verdict(0.41, 0.5), "not (sentiment negative)", "neutral 0.50"),
    ],
)
def test_a_condition_says_what_was_asked_and_what_was_there(
    match: Match, of: Verdict, wanted: str, there: str
) -> None:
    (condition,) = explain(POST, of, [book("it", match)]).trials[0].conditions
    assert (asked(condition), found(condition)) == (wanted, there)


@pytest.mark.parametrize(
    ("books", "of", "reason"),
    [
        (
            [book("recall", Match(topics=("recall",), sentiment=("negative",)))],
            verdict(0.97, 0.02),
            "playbook recall: topic recall 0.93; negative 0.97",
        ),
        ([book("all", Match())], verdict(), "playbook all: it takes every mention"),
        ([], verdict(), "no case: there are no playbooks"),
        (
            [
                book("far", Match(language=("sv",))),
                book("complaint", Match(sentiment_at_least={"negative": 0.6})),
            ],
            verdict(0.41, 0.5),
            "no case: nearest was complaint (negative 0.41, asked negative at least 0.60)",
        ),
        (
            [book(name, NEGATIVE_ONLY) for name in ("a", "b", "c", "d", "e")],
            verdict(abstained=True),
            "no case: the classifier abstained, which leaves open a, b, c and 2 more",
        ),
    ],
)
def test_the_reason_is_one_line_that_can_be_checked(books: list[Playbook], of: Verdict, reason: str) -> None:
    assert said(decide(POST, of, books).reason) == reason


# -- bystanders


@pytest.mark.parametrize(
    ("match", "named"),
    [
        (Match(), False),
        (NEGATIVE_ONLY, False),
        (Match(sentiment_at_least={"negative": 0.9}, language=("fi",), source=("x",), followers=5), False),
        (Match(topics=("recall",)), True),
        (Match(words=("allergia",)), True),
        (Match(regex=("allerg",)), True),
        (Match(attention=0.0), True),
        (Match(any=(NEGATIVE_ONLY, Match(any=(Match(words=("lasi",)),)))), True),
        (Match(any=(NEGATIVE_ONLY,)), False),
        (Match(sentiment=("negative",), none=(Match(words=("arvonta",)),)), False),
    ],
)
def test_a_bystanders_post_is_tried_only_where_substance_is_named(match: Match, *, named: bool) -> None:
    bystander = Post(POST.text, POST.sources, POST.followers, bystander=True)
    assert names_substance(match) is named
    for choose in (decide, explain):
        (trial,) = choose(bystander, verdict(), [book("it", match)]).trials
        assert (trial.passed_over is None) is named
        assert named or (not trial.matched and not trial.conditions)


def test_a_bystander_on_sentiment_alone_opens_no_case() -> None:
    bystander = Post("Surkeaa!", bystander=True)
    books = [book("complaint", NEGATIVE_ONLY), book("all", Match())]
    decision = decide(bystander, verdict(), books)
    assert decision.playbook is None
    assert said(decision.reason).startswith("no case: a bystander's post")


def test_a_bystander_is_taken_by_a_later_playbook_that_names_a_topic() -> None:
    bystander = Post("Minäkin löysin lasia", bystander=True)
    books = [book("complaint", NEGATIVE_ONLY), book("recall", Match(topics=("recall",)))]
    assert decide(bystander, verdict(), books).playbook == "recall"


# -- hostile texts and patterns


@pytest.mark.parametrize("choose", [decide, explain])
def test_a_hostile_pattern_in_many_playbooks_is_tried_once_and_given_up(choose: Chooser) -> None:
    books = [book(str(number), Match(regex=("(a+)+$",))) for number in range(50)]
    begun = time.perf_counter()
    decision = choose(Post("a" * 9_999 + "b" * 990_001), verdict(), books)
    assert time.perf_counter() - begun < 20  # a hang is what fails, not a busy machine
    assert found(decision.trials[0].conditions[0]) == "took too long: (a+)+$"
    assert decision.playbook is None


def test_a_slow_pattern_does_not_hide_another_that_is_there() -> None:
    match = Match(regex=("(a+)+$", "b"))
    assert state(match, post=Post("a" * 9_000 + "b")) is True


def test_a_pattern_that_cannot_be_used_is_told_and_breaks_nothing() -> None:
    books = [book("broken", Match(regex=("(",))), book("all", Match())]
    decision = decide(POST, verdict(), books)
    assert decision.playbook == "all"
    assert found(decision.trials[0].conditions[0]) == "not a usable pattern: ("


def test_text_after_ten_thousand_characters_is_not_read() -> None:
    late = Post(" " * 10_000 + "allergia")
    assert state(Match(regex=("allergia",)), post=late) is False
    assert state(Match(words=("allergia",)), post=late) is False


def test_a_letter_and_its_accent_written_apart_match_a_pattern() -> None:
    assert state(Match(regex=("ka\u0308rsi|kärsi",)), post=Post("ka\u0308rsin")) is True


def test_no_reason_holds_text_of_the_post() -> None:
    secret = "salaisuus"
    books = [
        book("it", Match(regex=(r"\w+",), words=("muu",))),
        book("other", Match(any=(Match(regex=("x{9}",)),), source=("rss",))),
    ]
    assert secret not in repr(explain(Post(secret), verdict(), books))
    named = [book("form", Match(words=("salaisuus",)))]
    inflected = Post("Tästä salaisuudesta kerron")
    for decision in (decide(inflected, verdict(), named), explain(inflected, verdict(), named)):
        assert "salaisuudesta" not in repr(decision.reason)
    assert "salaisuudesta" not in repr(decide(inflected, verdict(), named))


def test_explaining_shows_the_form_in_which_a_word_was_found() -> None:
    books = [book("it", Match(any=(Match(words=("rikkinäinen paketti",)),)))]
    trial = explain(Post("Sain rikkinäisen paketin, surkeaa"), verdict(), books).trials[0]
    assert found(trial.conditions[0]) == "word rikkinäinen paketti (in the text “rikkinäisen paketin”)"
    as_written = explain(Post("Rikkinäinen paketti!"), verdict(), books).trials[0]
    assert found(as_written.conditions[0]) == "word rikkinäinen paketti"


# -- properties

probabilities = st.floats(0, 1)
leaves = st.builds(
    Match,
    sentiment=st.sampled_from([(), ("negative",), ("neutral", "positive")]),
    sentiment_at_least=st.dictionaries(st.sampled_from(["negative", "positive"]), probabilities, max_size=2),
    attention=st.none() | probabilities,
    topics=st.sampled_from([(), ("recall",), ("delivery", "unheard")]),
    words=st.sampled_from([(), ("reaktio",), ("arvonta", "kilpailu")]),
    regex=st.sampled_from([(), ("reakt",), ("arvon+ta",)]),
    language=st.sampled_from([(), ("fi",), ("sv", "en")]),
    source=st.sampled_from([(), ("x",), ("rss",)]),
    followers=st.none() | st.integers(0, 2_000),
)
matches = st.recursive(
    leaves,
    lambda inner: st.builds(
        lambda any_, none: Match(any=tuple(any_), none=tuple(none)),
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=2),
    ),
    max_leaves=6,
)
verdicts = st.builds(
    lambda negative, attention, abstained: verdict(
        negative, (1 - negative) / 2, attention=attention, abstained=abstained
    ),
    probabilities,
    probabilities,
    st.booleans(),
)


@given(st.lists(matches, max_size=5), verdicts, st.booleans())
@settings(max_examples=300, deadline=None)
def test_deciding_and_explaining_give_the_same_playbook_and_reason(
    drawn: list[Match],
    of: Verdict,
    bystander: bool,  # noqa: FBT001 - drawn by hypothesis
) -> None:
    post = Post(POST.text, POST.sources, POST.followers, bystander=bystander)
    books = [book(f"p{number}", match) for number, match in enumerate(drawn)]
    short, whole = decide(post, of, books), explain(post, of, books)
    assert (short.playbook, short.reason) == (whole.playbook, whole.reason)
    assert "\n" not in said(short.reason)
    assert len(said(short.reason)) <= 600


@given(matches, verdicts)
@settings(max_examples=300, deadline=None)
def test_ruling_out_turns_an_answer_round_and_leaves_what_is_unknown(match: Match, of: Verdict) -> None:
    plain, ruled_out = state(match, of=of), state(Match(none=(match,)), of=of)
    assert ruled_out is (None if plain is None else not plain)


@given(matches, verdicts)
@settings(max_examples=200, deadline=None)
def test_nothing_is_nearer_than_a_match_that_holds(match: Match, of: Verdict) -> None:
    reading = Reading(POST, of)
    assert 0 <= nearness_of(match, reading) <= 1
    assert all_hold(findings(match, reading)) is not True or nearness_of(match, reading) == 1


def test_the_nearest_is_the_one_that_lacks_least() -> None:
    loud = book("loud", Match(sentiment_at_least={"negative": 0.6}, followers=5_000))
    complaint = book("complaint", Match(sentiment_at_least={"negative": 0.6}, language=("fi",)))
    assert said(decide(POST, verdict(0.41, 0.5), [loud, complaint]).reason).startswith(
        "no case: nearest was complaint"
    )


@given(probabilities, probabilities)
@settings(max_examples=300, deadline=None)
def test_the_figures_shown_lie_on_the_side_of_the_bound_that_was_decided(value: float, least: float) -> None:
    match = Match(attention=least)
    (condition,) = explain(POST, verdict(attention=value), [book("it", match)]).trials[0].conditions
    shown, bound = (float(text.split()[-1]) for text in (found(condition), asked(condition)))
    assert (shown >= bound) is condition.held


def _more_certain(steps: int) -> Iterator[bool | None]:
    match = Match(sentiment_at_least={"negative": 0.5})
    for step in range(steps + 1):
        yield state(match, of=verdict(step / steps, 0.0))


def test_more_of_what_was_asked_never_turns_a_match_off() -> None:
    assert all(not (before and not after) for before, after in pairwise(_more_certain(100)))


def test_a_reason_is_small_however_large_the_match_is() -> None:
    inner = Match(words=tuple(f"sana{number}" * 9 for number in range(200)), regex=("x" * 900,) * 50)
    match = Match(any=(inner,) * 40)
    for _ in range(6):
        match = Match(any=(match,) * 40, all=(inner,) * 9, none=(inner,) * 9)
    for of in (verdict(), verdict(abstained=True)):
        reason = decide(POST, of, [book("large", match)]).reason
        assert len(json.dumps(as_facts(reason))) < 8_000
        assert len(said(reason)) <= 600
