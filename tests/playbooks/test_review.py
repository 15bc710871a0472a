"""What is said of playbooks that can't match or can't be reached is true of every post there can be."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casebook.calendar import Calendar, Span
from casebook.mention import Verdict
from playbooks import logic
from playbooks.decide import Post, decide
from playbooks.escalate import Team
from playbooks.facts import World, never_found, word_includes, worded
from playbooks.logic import READERS, contradiction, facts_of, implies, reads
from playbooks.playbook import AuthorCases, Match, Playbook, Rated, Reached, Step
from playbooks.review import Plan, Remark, review
from tests.fakes import desk

DAY = timedelta(days=1)
KINDS = {"feed": "file", "masto": "mastodon", "x": "x"}
UTC_ZONE = ZoneInfo("UTC")
OPEN = {
    "office": Calendar("office", UTC_ZONE, ((Span(9 * 60, 17 * 60),),) * 5 + ((),) * 2),
    "shop": Calendar("shop", UTC_ZONE, ((Span(10 * 60, 20 * 60),),) * 6 + ((),)),
}
NEGATIVE = Match(sentiment=("negative",))
FI, SV = Match(language=("fi",)), Match(language=("sv",))


def book(name: str, match: Match, *, steps: tuple[Step, ...] = (), team: str = "care") -> Playbook:
    return Playbook(name, match, team, escalate=steps)


def told(*matches: Match) -> list[str]:
    """What is said of playbooks a, b, c, … of these matches."""
    books = [book(name, match) for name, match in zip("abcdefgh", matches, strict=False)]
    return [
        f"{'.'.join(map(str, remark.at))}: {remark.message}" for remark in review(Plan(books, kinds=KINDS))
    ]


def test_every_condition_of_a_match_is_read() -> None:
    assert {field.name for field in fields(Match)} == set(READERS)


IMPOSSIBLE: dict[str, tuple[Match, str]] = {
    "a condition and its own negation": (
        Match(topics=("recall",), none=(Match(topics=("recall",)),)),
        "topic recall and not topic recall never hold together",
    ),
    "one of several, all ruled out": (
        Match(topics=("a", "b"), none=(Match(topics=("b", "c")), Match(topics=("a",)))),
        "topic a or b and not topic a and not topic b or c never hold together",
    ),
    "two sentiments on top": (
        Match(sentiment=("positive",), any=(NEGATIVE,)),
        "sentiment positive and sentiment negative never hold together",
    ),
    "a feeling, and none": (
        Match(sentiment=("negative",), none=(NEGATIVE,)),
        "sentiment negative and not sentiment negative never hold together",
    ),
    "probabilities that come to more than one": (
        Match(sentiment_at_least={"negative": 0.6}, any=(Match(sentiment_at_least={"positive": 0.5}),)),
        "negative at least 0.6 and positive at least 0.5 never hold together",
    ),
    "a class on top that another keeps down": (
        Match(sentiment=("neutral",), any=(Match(sentiment_at_least={"negative": 0.6}),)),
        "sentiment neutral and negative at least 0.6 never hold together",
    ),
    "a class on top that is hardly there": (
        Match(sentiment=("neutral",), none=(Match(sentiment_at_least={"neutral": 0.3}),)),
        "sentiment neutral and not neutral at least 0.3 never hold together",
    ),
    "less than no probability": (
        Match(none=(Match(sentiment_at_least={"negative": 0.0}),)),
        "not negative at least 0 never holds",
    ),
    "attention above and below": (
        Match(attention=0.6, none=(Match(attention=0.5),)),
        "attention at least 0.6 and not attention at least 0.5 never hold together",
    ),
    "two languages": (Match(language=("fi",), any=(SV,)), "language fi and language sv never hold together"),
    "no language left": (
        Match(none=(Match(language=("fi", "sv")), Match(language=("en", "other")))),
        "not language fi or sv and not language en or other never hold together",
    ),
    "more followers and fewer": (
        Match(followers=1000, none=(Match(followers=1000),)),
        "at least 1000 followers and not at least 1000 followers never hold together",
    ),
    "more cases in less time": (
        Match(author_cases=AuthorCases(3, 7 * DAY), none=(Match(author_cases=AuthorCases(2, 30 * DAY)),)),
        "at least 3 earlier cases in 1w and not at least 2 earlier cases in 30d never hold together",
    ),
    "a source that is not configured": (Match(source=("reddit",)), "source reddit never holds"),
    "a source without its kind": (
        Match(source=("masto",), none=(Match(source=("mastodon",)),)),
        "source masto and not source mastodon never hold together",
    ),
    "a kind without its only source": (
        Match(source=("mastodon",), none=(Match(source=("masto",)),)),
        "source mastodon and not source masto never hold together",
    ),
    "words that are none": (Match(words=("!", "…")), "word ! or … never holds"),
    "a word, and not its like": (
        Match(words=("allergia",), none=(Match(words=("allergia",)),)),
        "word allergia and not word allergia never hold together",
    ),
    "a phrase, and not a word of it": (
        Match(words=("lasin siru",), none=(Match(words=("siru",)),)),
        "word lasin siru and not word siru never hold together",
    ),
    "a pattern that is nowhere": (Match(regex=("hinta$ euroa",)), "pattern hinta$ euroa never holds"),
    "nothing may match": (Match(none=(Match(),)), "it asks for one of nothing"),
    "a crisis, and none": (
        Match(crisis=True, none=(Match(crisis=True),)),
        "a crisis running and not a crisis running never hold together",
    ),
    "neither a crisis nor none": (
        Match(crisis=False, all=(Match(crisis=True),)),
        "a crisis running and not a crisis running never hold together",
    ),
    "watched, and not": (
        Match(blind=True, all=(Match(blind=False),)),
        "seen late, after a time without watch and not seen late, after a time without watch never hold together",
    ),
    "a question, and none": (
        Match(question=True, none=(Match(question=True),)),
        "a question and not a question never hold together",
    ),
    "four stars and two": (
        Match(rating=Rated(at_least=4), all=(Match(rating=Rated(at_most=2)),)),
        "rating at least 4 and rating at most 2 never hold together",
    ),
    "four stars, and fewer than four": (
        Match(rating=Rated(at_least=4), none=(Match(rating=Rated(at_least=4)),)),
        "rating at least 4 and not rating at least 4 never hold together",
    ),
    "a rating that is ruled out in two parts": (
        Match(rating=Rated(2, 4), none=(Match(rating=Rated(3, 5)), Match(rating=Rated(1, 3)))),
        "rating at least 2 and at most 4 and not rating at least 3 and at most 5 and not rating at least 1 and at most 3 never hold together",
    ),
    "a rating of no review": (
        Match(rating=Rated(at_most=2), none=(Match(kind=("review",)),)),
        "rating at most 2 and not kind review never hold together",
    ),
    "open, and closed": (
        Match(open=("office",), none=(Match(open=("office",)),)),
        "office open and not office open never hold together",
    ),
    "new and known": (
        Match(author=("new",), all=(Match(author=("known",)),)),
        "author new and author known never hold together",
    ),
    "nobody's post": (
        Match(none=(Match(author=("new", "known")), Match(author=("ours",)))),
        "not author new or known and not author ours never hold together",
    ),
    "a review, and none": (
        Match(kind=("review",), none=(Match(kind=("review", "quote")),)),
        "kind review and not kind review or quote never hold together",
    ),
    "a post alone that answers": (
        Match(kind=("post",), all=(Match(kind=("reply", "quote")),)),
        "kind post and kind reply or quote never hold together",
    ),
    "of no kind": (
        Match(none=(Match(kind=("post", "reply")), Match(kind=("quote", "review")))),
        "not kind post or reply and not kind quote or review never hold together",
    ),
    "hours, and not those hours": (
        Match(time=(Span(480, 600),), none=(Match(time=(Span(420, 540), Span(540, 660))),)),
        "time 08:00-10:00 and not time 07:00-09:00 or 09:00-11:00 never hold together",
    ),
    "the night, at noon": (
        Match(time=(Span(1320, 1860),), all=(Match(time=(Span(720, 780),)),)),
        "time 22:00-07:00 and time 12:00-13:00 never hold together",
    ),
    "two days at once": (
        Match(weekday=(0,), all=(Match(weekday=(1,)),)),
        "weekday mon and weekday tue never hold together",
    ),
    "reached by many, and by few": (
        Match(reach=Reached(10), none=(Match(reach=Reached(10)),)),
        "at least 10 reached and not at least 10 reached never hold together",
    ),
    "growing quickly, and not even slowly": (
        Match(reach=Reached(growing=100), none=(Match(reach=Reached(growing=50)),)),
        "at least 100 more reached an hour and not at least 50 more reached an hour never hold together",
    ),
    "to Aino, and to nobody of ours": (
        Match(to_people=("aino",), to_person=False),
        "to aino and not to somebody of ours never hold together",
    ),
    "to Aino, and not to her": (
        Match(to_people=("aino",), none=(Match(to_people=("aino", "ben")),)),
        "to aino and not to aino or ben never hold together",
    ),
    "a topic's score above and below": (
        Match(topics_at_least={"a": 0.8}, none=(Match(topics_at_least={"a": 0.7}),)),
        "topic a at least 0.8 and not topic a at least 0.7 never hold together",
    ),
    "exclusive besides what may be": (
        Match(language=("fi",), all=(SV,), question=True),
        "language fi and language sv never hold together",
    ),
    "every choice is impossible": (
        Match(language=("fi",), any=(SV, Match(language=("en",), topics=("recall",)))),
        "language fi and language sv never hold together; language fi and language en never hold together",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("match", "why"), IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_what_can_never_match_is_said_with_its_reason(match: Match, why: str) -> None:
    assert told(match) == [
        f"playbooks.0.match: can never match: {why}; change the match, or take the playbook away"
    ]


POSSIBLE = {
    "everything": Match(),
    "two topics": Match(topics=("a",), any=(Match(topics=("b",)),)),
    "two sources": Match(source=("masto",), any=(Match(source=("feed",)),)),
    "probabilities that come to one": Match(
        sentiment_at_least={"negative": 0.5}, any=(Match(sentiment_at_least={"positive": 0.5}),)
    ),
    "a third of everything": Match(
        sentiment=("neutral",), none=(Match(sentiment_at_least={"neutral": 0.34}),)
    ),
    "attention within bounds": Match(attention=0.5, none=(Match(attention=0.6),)),
    "followers within bounds": Match(followers=999, none=(Match(followers=1000),)),
    "more cases, but in more time": Match(
        author_cases=AuthorCases(3, 30 * DAY), none=(Match(author_cases=AuthorCases(3, 7 * DAY)),)
    ),
    "one choice is possible": Match(language=("fi",), any=(SV, FI)),
    "a part of what is ruled out": Match(topics=("a",), none=(Match(topics=("a",), language=("sv",)),)),
    "a longer word": Match(words=("siru",), none=(Match(words=("lasin siru",)),)),
    "ratings within bounds": Match(rating=Rated(at_least=3), none=(Match(rating=Rated(at_least=4)),)),
    "between four and five stars": Match(
        rating=Rated(at_least=4), none=(Match(rating=Rated(4, 4)), Match(rating=Rated(5)))
    ),
    "no rating at all": Match(none=(Match(rating=Rated()),)),
    "an answer that quotes": Match(kind=("reply",), all=(Match(kind=("quote",)),)),
    "a review, and no post alone": Match(kind=("review",), none=(Match(kind=("post",)),)),
    "the two ends of a night": Match(time=(Span(1320, 1860),), none=(Match(time=(Span(1380, 1860),)),)),
    "open here, closed there": Match(open=("office",), none=(Match(open=("shop",)),)),
    "to Aino and to Ben": Match(to_people=("aino",), all=(Match(to_people=("ben",)),)),
    "to somebody, but not to Aino": Match(to_person=True, none=(Match(to_people=("aino",)),)),
    "known by none": Match(reach=Reached(5), none=(Match(reach=Reached(growing=5)),)),
    "one topic's score and another's": Match(
        topics_at_least={"a": 0.8}, none=(Match(topics_at_least={"b": 0.7}),)
    ),
    "a pattern with anchors at its ends": Match(regex=("^hinta.+$", "a|^b", "[$]x")),
}


@pytest.mark.parametrize("match", POSSIBLE.values(), ids=POSSIBLE.keys())
def test_what_may_match_is_left_alone(match: Match) -> None:
    assert told(match) == []


# the earlier one, the later one, why the later one is never reached
SHADOWED: dict[str, tuple[Match, Match, str]] = {
    "the same": (NEGATIVE, NEGATIVE, ""),
    "all topics of it and more": (
        Match(topics=("a", "b")),
        Match(topics=("a",), language=("fi",)),
        " (topic a is always topic a or b)",
    ),
    "less probable is enough": (
        Match(sentiment_at_least={"negative": 0.6}),
        Match(sentiment_at_least={"negative": 0.8}),
        " (negative at least 0.8 is always negative at least 0.6)",
    ),
    "so probable that it is on top": (
        NEGATIVE,
        Match(sentiment_at_least={"negative": 0.51}),
        " (negative at least 0.51 is always sentiment negative)",
    ),
    "fewer followers": (
        Match(followers=100),
        Match(followers=1000),
        " (at least 1000 followers is always at least 100 followers)",
    ),
    "a source of that kind": (
        Match(source=("mastodon",)),
        Match(source=("masto",)),
        " (source masto is always source mastodon)",
    ),
    "an inflected word": (
        Match(words=("allergiaa",)),
        Match(words=("allergia",)),
        " (word allergia is always word allergiaa)",
    ),
    "one of its choices": (
        Match(any=(Match(topics=("a",)), FI)),
        Match(language=("fi",), attention=0.5),
        "",
    ),
    "each of its choices": (
        Match(any=(Match(topics=("a",)), FI)),
        Match(any=(Match(language=("fi",), attention=0.5), Match(topics=("a",), followers=1))),
        "",
    ),
    "bad reviews behind all anger": (
        NEGATIVE,
        Match(sentiment=("negative",), rating=Rated(at_most=2)),
        "",
    ),
    "at night behind all day": (NEGATIVE, Match(sentiment=("negative",), time=(Span(1320, 1860),)), ""),
    "fewer stars": (
        Match(rating=Rated(at_most=3)),
        Match(rating=Rated(at_most=2)),
        " (rating at most 2 is always rating at most 3)",
    ),
    "whatever is rated is a review": (
        Match(kind=("review",)),
        Match(rating=Rated()),
        " (rating given is always kind review)",
    ),
    "hours within hours": (
        Match(time=(Span(1320, 1860),)),
        Match(time=(Span(0, 60),)),
        " (time 00:00-01:00 is always time 22:00-07:00)",
    ),
    "a day of the week's days": (
        Match(weekday=(0, 1, 2, 3, 4)),
        Match(weekday=(0,)),
        " (weekday mon is always weekday mon or tue or wed or thu or 1 more)",
    ),
    "whoever writes to Aino": (
        Match(to_person=True),
        Match(to_people=("aino",)),
        " (to aino is always to somebody of ours)",
    ),
    "one of two calendars": (
        Match(open=("office", "shop")),
        Match(open=("shop",), crisis=True),
        " (shop open is always office or shop open)",
    ),
    "a lower score is enough": (
        Match(topics_at_least={"a": 0.5}),
        Match(topics_at_least={"a": 0.6}),
        " (topic a at least 0.6 is always topic a at least 0.5)",
    ),
    "what it rules out is ruled out": (
        Match(topics=("a",), none=(Match(language=("sv",), topics=("b",)),)),
        Match(topics=("a",), none=(SV,)),
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("earlier", "later", "why"), SHADOWED.values(), ids=SHADOWED.keys())
def test_a_playbook_in_the_shadow_of_another_is_told_with_the_proof(
    earlier: Match, later: Match, why: str
) -> None:
    said = [line for line in told(earlier, later) if not line.startswith("playbooks.1.match.words")]
    assert said == [
        f"playbooks.1: never reached: playbook a stands before it and takes every post that it matches{why}; move it up, or ask for less there"
    ]


def test_several_can_stand_before_one_together() -> None:
    (line,) = told(
        Match(topics=("zzz",)), Match(topics=("a",), language=("fi",)), Match(topics=("a",), none=(FI,)), Match(topics=("a",))
    )  # fmt: skip
    assert line.startswith(
        "playbooks.3: never reached: playbooks b and c together stand before it and take every"
    )


def test_all_there_is_of_something_leaves_nothing_for_the_next() -> None:
    week = (Match(weekday=(0, 1, 2, 3, 4)), Match(weekday=(5, 6)), Match(language=("fi",)))
    assert told(*week)[0].startswith("playbooks.2: never reached: playbooks a and b together stand before it")
    assert told(Match(crisis=True), Match(crisis=False), Match(kind=("post",)))[0].startswith("playbooks.2")


def test_one_that_continues_takes_nothing_so_it_stands_before_nobody() -> None:
    praise = Match(words=("ihana",))
    tells, takes = (replace(book(name, praise), continues=name == "a") for name in "ab")
    assert review(Plan([tells, takes], kinds=KINDS)) == []
    assert len(review(Plan([takes, tells], kinds=KINDS))) == 1


@pytest.mark.parametrize(
    ("one", "other", "apart", "follows"),
    [
        (Match(language=("fi",), crisis=True), FI, False, True),
        (Match(crisis=True), Match(crisis=True), False, True),
        (Match(crisis=True), Match(none=(Match(crisis=True),)), True, False),
        (Match(crisis=True), Match(crisis=False), False, False),
        (Match(language=("fi",), crisis=True), SV, True, False),
        (FI, Match(any=(Match(crisis=True), Match(none=(Match(crisis=True),)))), False, False),
        (Match(none=(Match(crisis=True),), language=("fi",)), Match(none=(Match(crisis=True, language=("fi",)),)), False, True),
    ],
)  # fmt: skip
def test_a_condition_that_is_not_understood_only_narrows_its_match(
    one: Match, other: Match, monkeypatch: pytest.MonkeyPatch, *, apart: bool, follows: bool
) -> None:
    """Such a one might be unknown, so that neither it nor its denial holds; here `crisis` stands for the next one."""
    known = {name: read for name, read in READERS.items() if name != "crisis"}
    monkeypatch.setattr(logic, "READERS", known)
    assert (contradiction([reads(one), reads(other)], World()) is not None) is apart
    assert (implies(reads(one), [reads(other)], World()) is not None) is follows
    assert all(map(worded, facts_of(reads(one))))


# the earlier one, the later one
REACHED = {
    "another topic": (Match(topics=("a",)), Match(topics=("b",))),
    "more probable": (
        Match(sentiment_at_least={"negative": 0.8}),
        Match(sentiment_at_least={"negative": 0.6}),
    ),
    "not so probable that it is on top": (NEGATIVE, Match(sentiment_at_least={"negative": 0.4})),
    # where the classifier abstains neither choice holds
    "either feeling, or none known": (
        Match(any=(NEGATIVE, Match(none=(NEGATIVE,)))),
        Match(topics=("a",)),
    ),
    "attention of nothing is asked for all the same": (Match(attention=0.0), Match(topics=("a",))),
    "unknown followers": (Match(any=(Match(followers=0),)), Match()),
    # where the classifier abstains, what has the form of no question is unknown
    "a question, or none": (
        Match(any=(Match(question=True), Match(question=False))),
        Match(language=("fi",)),
    ),
    "more stars": (Match(rating=Rated(at_most=2)), Match(rating=Rated(at_most=3))),
    "a review without a rating": (Match(rating=Rated()), Match(kind=("review",))),
    "an answer that is no review": (Match(kind=("post", "review")), Match(kind=("reply",))),
    "all but the night": (Match(time=(Span(420, 1320),)), Match(weekday=(0,))),
    "one of ours among the known": (Match(author=("known",)), Match(author=("known", "ours"))),
    "the inflected word": (Match(words=("allergia",)), Match(words=("allergiaa",), language=("sv",))),
}


@pytest.mark.parametrize(("earlier", "later"), REACHED.values(), ids=REACHED.keys())
def test_a_playbook_that_may_be_reached_is_left_alone(earlier: Match, later: Match) -> None:
    assert [line for line in told(earlier, later) if "reached" in line] == []


def test_the_others_in_a_thread_reach_a_playbook_on_a_topic_behind_one_on_a_feeling() -> None:
    (line,) = told(NEGATIVE, Match(sentiment=("negative",), topics=("a",)))
    assert line == (
        "playbooks.1: reached only by others in a customer's thread: playbook a stands before it and takes every "
        "other post that it matches; move it up, or ask for less there"
    )


def test_what_can_never_match_stands_before_nobody() -> None:
    assert [
        line.partition(":")[0] for line in told(Match(language=("fi",), any=(SV,)), Match(any=(SV,)))
    ] == ["playbooks.0.match"]


# -- soundness


def _matches(depth: int = 2) -> st.SearchStrategy[Match]:
    def some(*names: str) -> st.SearchStrategy[tuple[str, ...]]:
        return st.lists(st.sampled_from(names), max_size=2, unique=True).map(tuple)

    seldom = st.just(()) | st.just(())
    least = st.sampled_from([0.0, 0.2, 0.34, 0.5, 0.6, 1.0])
    inner = st.lists(_matches(depth - 1), max_size=2).map(tuple) if depth else st.just(())
    classes = ("negative", "neutral", "positive")
    return st.builds(
        Match,
        sentiment=seldom | some(*classes),
        sentiment_at_least=st.just({}) | st.dictionaries(st.sampled_from(classes), least, max_size=2),
        attention=st.none() | st.none() | least,
        topics=seldom | some("a", "b"),
        words=seldom | some("lasi", "lasin siru", "siru", "!"),
        regex=seldom | some("lasi", "x^"),
        language=seldom | some("fi", "sv", "en", "other"),
        source=seldom | some("masto", "mastodon", "feed", "reddit"),
        followers=st.none() | st.none() | st.sampled_from([0, 10, 100]),
        author_cases=st.none()
        | st.none()
        | st.builds(AuthorCases, st.integers(1, 2), st.sampled_from([DAY, 9 * DAY])),
        **_of_later(least),
        any=seldom | inner,
        none=seldom | inner,
    )


def _of_later(least: st.SearchStrategy[float]) -> dict[str, st.SearchStrategy[Any]]:
    """Conditions on what a post is, who wrote it and when, each seldom asked."""

    def some(*values: object) -> st.SearchStrategy[tuple[Any, ...]]:
        few = st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(tuple)
        return st.just(()) | st.just(()) | st.just(()) | few

    def seldom(*values: object) -> st.SearchStrategy[Any]:
        return st.none() | st.none() | st.none() | st.sampled_from(values)

    bound = st.none() | st.sampled_from([1.0, 2.0, 3.0])
    return {
        "topics_at_least": st.just({})
        | st.just({})
        | st.dictionaries(st.sampled_from("ab"), least, max_size=1),
        "kind": some("post", "reply", "quote", "review"),
        "rating": st.none() | st.none() | st.none() | st.builds(Rated, bound, bound),
        "reach": seldom(Reached(), Reached(5), Reached(growing=5), Reached(9, 9)),
        "author": some("new", "known", "ours"),
        "question": seldom(True, False),
        "to_person": seldom(True, False),
        "to_people": some("aino", "ben"),
        "time": some(Span(0, 720), Span(720, 1440), Span(1320, 1860), Span(540, 1980)),
        "weekday": some(*range(7)),
        "open": some("office", "shop"),
        "crisis": seldom(True, False),
        "blind": seldom(True, False),
    }


@st.composite
def _posts(draw: st.DrawFn) -> tuple[Post, Verdict]:
    names = draw(st.lists(st.sampled_from(sorted(KINDS)), max_size=2, unique=True))
    rating = draw(st.none() | st.sampled_from([1.0, 1.5, 2.0, 3.0]))
    said = draw(
        st.lists(st.sampled_from(["reply", "quote", *(["review"] if rating is None else [])]), unique=True)
    )
    kinds = [*said, *(["review"] if rating is not None else [])] or ["post"]
    post = Post(
        draw(st.sampled_from(["", "lasi", "lasin siru", "siru lasia", "kahvi", "missä lasi on?"])),
        tuple(dict.fromkeys([*names, *(KINDS[name] for name in names)])),
        draw(st.none() | st.sampled_from([0, 9, 10, 100])),
        tuple(draw(st.lists(st.sampled_from([DAY, 2 * DAY, 10 * DAY]), max_size=2))),
        bystander=draw(st.booleans()),
        kinds=tuple(kinds),
        rating=rating,
        reach=draw(st.none() | st.sampled_from([4, 5, 9])),
        growth=draw(st.none() | st.sampled_from([4.9, 5.0, 9.0])),
        ours=draw(st.booleans()),
        addressed=tuple(draw(st.lists(st.sampled_from(["aino", "ben", "caro"]), unique=True, max_size=2))),
        posted_at=datetime(2026, 11, draw(st.integers(9, 15)), draw(st.integers(0, 23)), tzinfo=UTC),
        calendars=OPEN,
        crisis=draw(st.booleans()),
        blind=draw(st.booleans()),
    )
    negative = draw(st.sampled_from([0.0, 0.2, 1 / 3, 0.34, 0.5, 0.6, 1.0]))
    neutral = draw(st.sampled_from([0.0, 0.5, 1.0])) * (1 - negative)
    verdict = Verdict(
        negative, neutral, 1 - negative - neutral, draw(st.sampled_from([0.0, 0.2, 0.5, 1.0])),
        draw(st.dictionaries(st.sampled_from("ab"), st.sampled_from([0.2, 0.5, 1.0]))),
        tuple(draw(st.lists(st.sampled_from(["a", "b", "question"]), unique=True))), draw(st.sampled_from(["fi", "sv", "en", "other"])),
        abstained=draw(st.booleans()), model="dice",
    )  # fmt: skip
    return post, verdict


@settings(max_examples=80)
@given(st.lists(_matches(), min_size=1, max_size=4), st.lists(_posts(), min_size=8, max_size=8))
def test_what_is_said_never_to_be_never_is(matches: list[Match], posts: list[tuple[Post, Verdict]]) -> None:
    books = [book(str(place), match) for place, match in enumerate(matches)]
    barred = {remark.at[1]: remark for remark in review(Plan(books, kinds=KINDS)) if _is_barred(remark)}
    for post, verdict in posts:
        taker = decide(post, verdict, books).playbook
        remark = barred.get(int(taker)) if taker is not None else None
        assert remark is None or ("only by others" in remark.message and post.bystander)


@settings(max_examples=80)
@given(_matches(), _matches(), st.lists(_posts(), min_size=8, max_size=8))
def test_what_is_proven_of_two_matches_is_so(
    one: Match, other: Match, posts: list[tuple[Post, Verdict]]
) -> None:
    world = World(KINDS)
    apart = contradiction([reads(one), reads(other)], world) is not None
    follows = implies(reads(one), [reads(other)], world) is not None
    for post, verdict in posts:
        if not post.bystander and decide(post, verdict, [book("one", one)]).playbook:
            holds = decide(post, verdict, [book("other", other)]).playbook is not None
            assert not (apart and holds)
            assert holds or not follows


def _is_barred(remark: Remark) -> bool:
    return "can never match" in remark.message or "reached" in remark.message


def test_fifty_playbooks_are_looked_through_while_one_waits() -> None:
    books = [
        book(str(n), Match(words=(f"sana{n}",), sentiment_at_least={"negative": n / 60}, none=(Match(topics=(f"t{n}",)),)))
        for n in range(50)
    ]  # fmt: skip
    assert review(Plan(books, kinds=KINDS)) == []


@pytest.mark.parametrize(
    ("pattern", "never"),
    [("(?!)", True), ("a(?!)b", True), ("(a|(?!))", False), ("((?!))?", False), ("a^b", True), ("^ab", False),
     ("a$b", True), ("ab$", False), ("a\\^b", False), ("[a^b]", False), ("", False), ("^$", False), ("a$\n", False)],
)  # fmt: skip
def test_only_the_plainest_patterns_are_seen_through(pattern: str, *, never: bool) -> None:
    assert never_found(pattern) is never


@pytest.mark.parametrize(
    ("phrase", "part", "includes"),
    [("lasin siru", "siru", True), ("lasin siru", "lasi", False), ("lasi siru", "lasin siru", True),
     ("siru", "lasin siru", False), ("siru", "!", False), ("kauppa", "kaupassa", True)],
)  # fmt: skip
def test_a_phrase_is_found_wherever_a_longer_one_is(phrase: str, part: str, *, includes: bool) -> None:
    assert word_includes(phrase, part) is includes


# -- words, and people


def test_a_word_in_two_playbooks_is_told_with_who_takes_the_post() -> None:
    assert told(
        Match(words=("lasi", "allergia")), Match(any=(FI, Match(words=("maku", "allergiaa"))), topics=("a",))
    ) == [
        "playbooks.1.match.any.1.words.1: allergiaa is also a word of playbook a (as allergia), which stands before this one and takes the posts that both match; keep the word in one of them"
    ]


def test_a_word_of_playbooks_that_share_no_post_is_no_overlap() -> None:
    assert told(Match(words=("lasi",), language=("fi",)), Match(words=("lasi",), language=("sv",))) == []


def test_a_word_that_is_only_ruled_out_is_no_overlap() -> None:
    assert told(Match(words=("lasi",)), Match(topics=("a",), none=(Match(words=("lasi",)),))) == []


def test_a_word_of_two_topics_is_told_with_the_playbook_that_is_asked_first() -> None:
    words = {"recall": ("sirpale", "lasi"), "drink": ("muki", "lasia"), "idle": ("x",)}
    books = [book("both", Match(any=(Match(topics=("drink",)),))), book("a", Match(topics=("recall",)))]
    assert review(Plan(books, topic_words=words)) == [
        Remark(
            ("topics", "drink", "words", 1),
            "lasia is also a word of topic recall, so a post with it is about both; playbook both is asked first; "
            "keep it in one of them",
        )
    ]


ROTA = desk().teams["care"].rota
TEAMS = {
    "care": Team("care", "#care", ROTA),
    "empty": Team("empty"),
    "alone": Team("alone", people=("caro",)),
    "room": Team("room", "#room"),
}
# team of the playbook, the step, what is said of it (None: somebody stands behind it)
STEPS: list[tuple[str, str, str | None]] = [
    ("care", "backup", None),
    ("care", "everyone", None),
    ("care", "caro", None),
    ("care", "#crisis", None),
    ("care", "team:care", None),
    ("alone", "backup", "the rota of alone has no second person; add one, or name somebody here"),
    ("alone", "everyone", None),
    ("empty", "everyone", "nobody is in team empty; give it people"),
    ("care", "team:alone", "nobody is ever on call in team alone; give it a rota"),
    ("care", "team:room", "nobody is ever on call in team room; only its channel hears of it; give it a rota"),
    ("care", "dora", "dora can't be reached in Slack; add slack: U… (profile, ⋮, Copy member ID)"),
]  # fmt: skip


@pytest.mark.parametrize(("team", "to", "said"), STEPS)
def test_a_step_that_nobody_stands_behind_is_told(team: str, to: str, said: str | None) -> None:
    books = [book("a", FI, steps=(Step(DAY, to),), team=team)]
    remarks = [one for one in review(Plan(books, TEAMS, unreachable={"dora"})) if "escalate" in one.at]
    expected = [] if said is None else [f"nobody stands behind this step: {said}"]
    assert [remark.message for remark in remarks] == expected
    assert all(remark.at == ("playbooks", 0, "escalate", 0, "to") for remark in remarks)


def test_a_playbook_whose_team_has_no_rota_is_told() -> None:
    (remark,) = review(Plan([book("a", FI, team="room"), book("b", SV)], TEAMS))
    assert remark == Remark(
        ("playbooks", 0, "team"),
        "nobody is ever on call in team room, so nobody is called when a case opens; give the team a rota",
    )
