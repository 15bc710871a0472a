"""What is said of playbooks that can't match or can't be reached is true of every post there can be."""

from dataclasses import fields
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casebook.mention import Verdict
from playbooks.decide import Post, decide
from playbooks.escalate import Team
from playbooks.logic import READERS, World, contradiction, implies, never_found, reads, word_includes
from playbooks.playbook import AuthorCases, Match, Playbook, Step
from playbooks.review import Plan, Remark, review
from tests.fakes import desk

DAY = timedelta(days=1)
KINDS = {"feed": "file", "masto": "mastodon", "x": "x"}
UNREAD = {
    "topics_at_least", "kind", "rating", "reach", "author", "question", "to_person", "to_people", "time",
    "weekday", "open", "crisis", "blind",
}  # fmt: skip
"""Conditions of which nothing is proven."""
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


def test_every_condition_of_a_match_is_read_or_known_not_to_be() -> None:
    assert {field.name for field in fields(Match)} <= READERS.keys() | UNREAD
    assert not READERS.keys() & UNREAD


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
        any=seldom | inner,
        none=seldom | inner,
    )


@st.composite
def _posts(draw: st.DrawFn) -> tuple[Post, Verdict]:
    names = draw(st.lists(st.sampled_from(sorted(KINDS)), max_size=2, unique=True))
    post = Post(
        draw(st.sampled_from(["", "lasi", "lasin siru", "siru lasia", "kahvi"])),
        tuple(dict.fromkeys([*names, *(KINDS[name] for name in names)])),
        draw(st.none() | st.sampled_from([0, 9, 10, 100])),
        tuple(draw(st.lists(st.sampled_from([DAY, 2 * DAY, 10 * DAY]), max_size=2))),
        bystander=draw(st.booleans()),
    )
    negative = draw(st.sampled_from([0.0, 0.2, 1 / 3, 0.34, 0.5, 0.6, 1.0]))
    neutral = draw(st.sampled_from([0.0, 0.5, 1.0])) * (1 - negative)
    verdict = Verdict(
        negative, neutral, 1 - negative - neutral, draw(st.sampled_from([0.0, 0.2, 0.5, 1.0])), {},
        tuple(draw(st.lists(st.sampled_from("ab"), unique=True))), draw(st.sampled_from(["fi", "sv", "en", "other"])),
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
