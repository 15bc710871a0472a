"""When many posts are about one thing, and when they only come at once."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from casebook.likeness import lift, read_gists
from casebook.mention import Verdict
from casebook.record import Living, Trace
from playbooks.crisis import (
    GOT_THROUGH,
    TIGHT,
    fold,
    group,
    joins,
    leaves_trace,
    stands_down,
    tightness,
    turns_to_us,
)
from playbooks.playbook import Match
from tests.crowd import MINUTE, crisis_rule, meaning_of, trace
from tests.fakes import ANGRY, NOON, THANKS, TICK, at

RULE = crisis_rule(4)


def storm(count: int, thing: int = 0, *, first: int = 1, apart: float = 1.0, **more: Any) -> list[Trace]:
    """Posts about one thing, a minute (or so) apart, numbered from `first`."""
    return [trace(first + n, at(n * apart), thing, **more) for n in range(count)]


def unlike(number: int) -> str:
    """A text that shares no word with the others."""
    letters = random.Random(number)
    return " ".join("".join(letters.choices("abcdefghijklmnop", k=7)) for _ in range(4))


def others(count: int, *, first: int = 500) -> list[Trace]:
    """Posts of which each is about something else."""
    return [trace(first + n, at(n / 10), 100 + n, text=unlike(n)) for n in range(count)]


# ---- what counts


@pytest.mark.parametrize(
    ("verdict", "has_case", "counts", "why"),
    [
        (ANGRY, False, True, "a negative post counts, whether a playbook takes it or not"),
        (replace(THANKS, neutral=0.1, positive=0.88), False, False, "praise does not"),
        (replace(THANKS, neutral=0.1, positive=0.88), True, True, "irony that a playbook takes may"),
        (replace(ANGRY, abstained=True), True, True, "of a post that is not understood the case speaks"),
        (replace(ANGRY, abstained=True), False, False, "and without a case nothing does"),
        (replace(ANGRY, negative=0.1, neutral=0.8, positive=0.1, attention=0.5), False, True, "worth a look"),
        (replace(ANGRY, negative=0.1, neutral=0.8, positive=0.1, attention=0.49), False, False, "not quite"),
        (replace(ANGRY, negative=0.1, neutral=0.8, positive=0.1, attention=0.0), True, True, "a question"),
    ],
)
def test_a_post_counts_when_somebody_should_look_at_it(
    verdict: Verdict, *, has_case: bool, counts: bool, why: str
) -> None:
    assert leaves_trace(verdict, has_case=has_case) is counts, why


# ---- opening


def test_so_many_posts_about_one_thing_open_a_crisis_with_all_of_them() -> None:
    *before, last = storm(4)
    assert fold(last, before, [], RULE) is not None
    assert group(last, before, RULE) == (1, 2, 3, 4)


def test_one_fewer_is_none() -> None:
    *before, last = storm(3)
    assert group(last, before, RULE) == ()


def test_as_many_posts_about_different_matters_are_none() -> None:
    for many in (4, 40, 200):
        *before, last = others(many)
        assert group(last, before, RULE) == ()


def test_the_storm_is_found_among_posts_of_other_matters_and_they_stay_out() -> None:
    *before, last = storm(6)
    assert group(last, [*others(12), *before], RULE) == (1, 2, 3, 4, 5, 6)


def test_a_few_alike_among_very_many_are_what_is_to_be_expected() -> None:
    *before, last = storm(6, apart=0.1)
    assert group(last, [*others(13), *before], RULE) == ()


def test_what_all_posts_of_a_company_have_in_common_says_nothing() -> None:
    """Where everybody writes of cards, four more who do are no storm."""
    *before, last = storm(4)
    cards = [trace(900 + n, at(-60), 0).gist for n in range(60)]
    assert group(last, before, RULE, ordinary=cards) == ()
    assert group(last, before, RULE, ordinary=[one.gist for one in others(60)]) == (1, 2, 3, 4)


def of_a_trade(spread: float, words: str, *, first: int = 1, thing: int = 0) -> list[Trace]:
    """A dozen posts, the wider apart in meaning the greater the spread, which share these words."""
    return [
        trace(
            post,
            at(post / 100),
            thing,
            text=f"{words} {unlike(post)}",
            meaning=meaning_of(thing, post, spread=spread),
        )
        for post in range(first, first + 12)
    ]


@pytest.mark.parametrize(
    ("spread", "words", "others", "beside", "is_tight", "why"),
    [
        (0.6, "", "", 9, True, "what means one thing is tight, whatever its words"),
        (1.4, "", "", 9, False, "one trade with other words each is not"),
        (
            1.4,
            "kortti",
            "",
            9,
            True,
            "one word in common tells, where the posts beside it are of something else",
        ),
        (1.4, "kortti", "", 0, False, "and does not, where they are of the same trade"),
        (1.4, "kortti hylättiin kassalla", "", 9, True, "a matter has words that its posts share"),
        (1.6, "kortti", "", 9, True, "here one word is enough"),
        (1.6, "kortti", "kortti", 9, False, "and it says less where all others have it too"),
    ],
)
def test_a_group_is_of_one_matter_when_each_two_of_it_are(
    spread: float, words: str, others: str, beside: int, *, is_tight: bool, why: str
) -> None:
    members = of_a_trade(spread, words)
    apart = of_a_trade(0.6 if beside else spread, others, first=50, thing=beside)
    gists = read_gists(one.gist for one in (*members, *apart))
    ours, nothing = np.arange(len(gists)) < len(members), read_gists([])
    assert (tightness(gists, ours, lift(gists, nothing), nothing) >= TIGHT) is is_tight, why


def test_of_very_many_members_some_tell_how_tight_they_are() -> None:
    many = [trace(n, at(n / 100), meaning=meaning_of(0, n)) for n in range(1, 201)]
    gists, nothing = read_gists(one.gist for one in many), read_gists([])
    assert tightness(gists, np.ones(200, dtype=bool), lift(gists, nothing), nothing) >= TIGHT


@pytest.mark.parametrize(("words", "found"), [("", 0), ("kortti hylättiin kassalla", 12)])
def test_a_dozen_of_one_trade_open_a_crisis_only_with_a_matter(words: str, found: int) -> None:
    *before, last = of_a_trade(1.4, words)
    assert len(group(last, before, crisis_rule(10))) == found


@pytest.mark.parametrize(
    ("apart", "found", "why"),
    [
        (5.0, True, "the first and the last are exactly `within` apart"),
        (5.0 + TICK / MINUTE, False, "a tick more, and they are not"),
    ],
)
def test_they_must_come_within_the_window(apart: float, *, found: bool, why: str) -> None:
    *before, last = storm(4, apart=apart)
    assert bool(group(last, before, RULE)) is found, why


def test_the_order_in_which_posts_are_judged_does_not_matter() -> None:
    first, *later = storm(4)
    assert group(first, later, RULE) == (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("authors", "found", "why"),
    [
        ((1, 1, 1, 1), False, "one person who writes four times is one angry person"),
        ((1, 2, 1, 2), False, "two are a quarrel"),
        ((1, 2, 3, 1), True, "three are many"),
    ],
)
def test_it_takes_three_people(authors: tuple[int, ...], *, found: bool, why: str) -> None:
    *before, last = [replace(one, author=by) for one, by in zip(storm(4), authors, strict=True)]
    assert bool(group(last, before, RULE)) is found, why


def test_a_chain_of_which_each_is_like_the_next_alone_is_none() -> None:
    between = [trace(n, at(n / 10), text=unlike(n), meaning=_between(n)) for n in range(1, 25)]
    *before, last = between
    found = group(last, before, replace(RULE, at_least=20))
    assert found == ()


def _between(place: int) -> bytes:
    """A step on the way from one thing to another, and to a third."""
    one, other = meaning_of(place // 4 % 6, 0, spread=0), meaning_of((place // 4 + 1) % 6, 0, spread=0)
    share = place % 4 / 4
    mixed = [
        int((1 - share) * _signed(a) + share * _signed(b)) & 0xFF for a, b in zip(one, other, strict=True)
    ]
    return bytes(mixed)


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte


def test_a_single_grave_post_among_them_is_not_folded_away() -> None:
    *before, last = storm(6)
    grave = replace(before[2], playbook="recall", severity="critical")
    assert grave.post not in group(last, [*before[:2], grave, *before[3:]], RULE)


def test_where_the_grave_ones_are_the_storm_they_are_the_crisis() -> None:
    *before, last = [replace(one, playbook="recall", severity="critical") for one in storm(4)]
    assert group(last, before, RULE) == (1, 2, 3, 4)


# ---- joining


LIVING = Living(7, tuple(storm(5)), frozenset({"delivery"}))
OTHERS = [trace(100 + n, at(30), 3, text="missä pakettini on") for n in range(99)]


def test_a_later_post_about_it_joins_the_crisis() -> None:
    joined = joins(trace(90, at(30)), [LIVING], RULE)
    assert joined is not None
    assert (joined.crisis, joined.posts) == (7, (90,))


def test_in_a_running_storm_a_post_needs_to_read_less_like_it() -> None:
    """With ninety-nine of a hundred posts about it, the hundredth is likelier to be, before it is read."""
    dull = trace(90, at(30), meaning=meaning_of(0, 90, spread=3.6), text="no huh huh sentään")
    assert joins(dull, [replace(LIVING, recent=0)], RULE, nearby=OTHERS[:50]) is None
    assert joins(dull, [replace(LIVING, recent=99)], RULE, nearby=OTHERS[:1]) is not None
    assert joins(dull, [replace(LIVING, recent=99)], RULE, nearby=OTHERS) is None


def test_a_post_about_something_else_does_not() -> None:
    assert joins(trace(90, at(30), 3, text="missä pakettini on"), [LIVING], RULE) is None


def test_of_two_crises_it_joins_the_one_it_is_about() -> None:
    other = Living(8, tuple(storm(5, 3, first=50)), frozenset({"delivery"}))
    joined = joins(trace(90, at(30), 3), [LIVING, other], RULE)
    assert joined is not None
    assert joined.crisis == 8


@pytest.mark.parametrize(
    ("playbook", "severity", "joined", "why"),
    [
        ("recall", "critical", False, "a grave case of a kind that the crisis has none of calls by itself"),
        ("recall", "high", False, "high is grave too"),
        ("complaint", "normal", True, "a lesser one of another kind joins"),
        ("delivery", "critical", True, "and so does a grave one of its own kind"),
        (None, None, True, "and one that no playbook took"),
    ],
)
def test_what_is_graver_than_the_crisis_is_not_folded_away(
    playbook: str | None, severity: str | None, *, joined: bool, why: str
) -> None:
    new = trace(90, at(30), playbook=playbook, severity=severity)
    assert (joins(new, [LIVING], RULE) is not None) is joined, why


def test_after_two_that_came_through_a_grave_kind_is_one_of_the_storm() -> None:
    new = trace(90, at(30), playbook="recall", severity="critical")
    through = [replace(new, post=80 + n) for n in range(GOT_THROUGH)]
    assert joins(new, [LIVING], RULE, nearby=through[1:]) is None
    assert joins(new, [LIVING], RULE, nearby=through) is not None
    assert joins(new, [LIVING], RULE, nearby=[*through[1:], new]) is None, "it does not count itself"
    others = [trace(80 + n, at(30), 3, text="missä pakettini on", playbook="recall") for n in range(9)]
    assert joins(new, [LIVING], RULE, nearby=[*through[1:], *others]) is None, (
        "those that read otherwise do not count"
    )


def test_what_turns_to_one_of_us_never_becomes_one_of_many() -> None:
    new = trace(90, at(30), playbook="person")
    through = [replace(new, post=50 + n) for n in range(20)]
    assert joins(new, [LIVING], replace(RULE, personal=frozenset({"person"})), nearby=through) is None


def test_nothing_is_expected_of_what_must_speak_for_itself() -> None:
    dull = trace(90, at(30), meaning=meaning_of(0, 90, spread=3.6), text="no huh huh sentään")
    running = [replace(LIVING, recent=99)]
    assert joins(dull, running, RULE) is not None
    assert joins(dull, running, RULE, is_expected=False) is None
    assert joins(trace(90, at(30)), running, RULE, is_expected=False) is not None


def test_a_crisis_whose_posts_were_all_erased_takes_nobody_in() -> None:
    assert joins(trace(90, at(30)), [Living(7, ())], RULE) is None


# ---- standing down


CALM = timedelta(minutes=30)


@pytest.mark.parametrize(
    ("times", "minutes", "over", "why"),
    [
        ([0, 1, 2], 30 - TICK / MINUTE, False, "it is younger than the calm that it takes"),
        ([0, 1, 2], 32, True, "the last one came exactly half an hour ago: that is no longer of the last"),
        ([0, 1, 2], 32 - TICK / MINUTE, False, "a tick before it still is"),
        ([0, 1, 2, 40], 60, False, "one of four is as many as a fifth of at_least"),
        ([], 31, True, "nobody says anything"),
    ],
)
def test_it_stands_down_when_posts_fade(times: list[float], minutes: float, *, over: bool, why: str) -> None:
    posted = [at(minute) for minute in times]
    assert stands_down(posted, RULE, opened_at=NOON, now=at(minutes)) is over, why


@pytest.mark.parametrize(
    ("recent", "over", "why"),
    [(1, True, "one in half an hour is less than a fifth of ten"), (2, False, "two are not")],
)
def test_a_trickle_does_not_keep_it_alive(recent: int, *, over: bool, why: str) -> None:
    times = [at(0), *(at(90 + n) for n in range(recent))]
    assert stands_down(times, crisis_rule(10), opened_at=NOON, now=at(100)) is over, why


@pytest.mark.parametrize(
    ("match", "personal"),
    [
        (Match(), False),
        (Match(to_person=True), True),
        (Match(to_person=False), False),
        (Match(to_people=("aino",)), True),
        (Match(all=(Match(sentiment=("negative",)), Match(to_person=True))), True),
        (Match(any=(Match(sentiment=("negative",)), Match(to_person=True))), False),
        (Match(any=(Match(to_people=("ben",)), Match(to_person=True))), True),
        (Match(none=(Match(to_person=True),)), False),
    ],
)
def test_a_playbook_is_personal_when_all_it_takes_turns_to_one_of_us(match: Match, *, personal: bool) -> None:
    assert turns_to_us(match) is personal


def test_a_post_that_turns_to_one_of_us_is_no_part_of_a_storm_about_a_thing() -> None:
    *before, last = storm(4)
    rule = replace(RULE, personal=frozenset({"person"}))
    living = [Living(9, tuple(before), frozenset({"delivery"}))]
    to_aino = replace(last, playbook="person")
    assert joins(last, living, rule) is not None
    assert joins(to_aino, living, rule) is None
    assert group(to_aino, before, rule) == ()
    assert joins(to_aino, [Living(9, tuple(before), frozenset({"person"}))], rule) is not None
