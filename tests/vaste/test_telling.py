"""Side actions: another channel is told of a post, nobody by name, whatever becomes of the post."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from casebook.event import EventKind
from casebook.mention import Verdict
from casebook.record import Ruling
from notifier.channel import Card, Notice
from notifier.notices import word_notice
from notifier.worded import Quote
from playbooks.decide import decide, explain
from playbooks.playbook import Match, Playbook
from tests.fakes import (
    ANGRY,
    GLASS,
    LATE_DELIVERY,
    RECALL,
    THANKS,
    HandClock,
    act,
    at,
    case_of,
    closed,
    desk,
    kinds,
    surroundings,
)
from tests.in_english import said
from tests.vaste.stand_ins import ToldChannel, ToldSource, batch, make_jobs, mention, open_store
from vaste.chain import carry_out
from vaste.ruling import post_of, rule

IDEAS = Playbook("ideas", Match(), "care", also=("#produkt",), continues=True)
GRAVE = replace(RECALL, also=("#quality", "team:care"))


def ruled(*playbooks: Playbook, verdict: Verdict = ANGRY, **around: Any) -> Ruling:
    at_desk = desk(playbooks=playbooks)
    return rule(surroundings(2, 5, **around), verdict, at_desk, now=at(6))


def told(ruling: Ruling) -> list[tuple[str, object]]:
    return [(notice.addressee, notice.facts["playbook"]) for notice in ruling.tells]


@pytest.mark.parametrize(
    ("playbooks", "verdict", "taker", "also", "why"),
    [
        ([IDEAS, LATE_DELIVERY], ANGRY, "delivery", ("ideas",), "the next ones are tried"),
        ([LATE_DELIVERY, IDEAS], ANGRY, "delivery", (), "one below the taker is not asked"),
        ([IDEAS, LATE_DELIVERY], THANKS, None, ("ideas",), "it tells also what nobody takes"),
        ([IDEAS], ANGRY, None, ("ideas",), "alone it takes nothing"),
        ([IDEAS, replace(IDEAS, name="more")], ANGRY, None, ("ideas", "more"), "all that match are kept"),
        ([replace(IDEAS, match=Match(topics=("x",))), LATE_DELIVERY], ANGRY, "delivery", (), "it must match"),
    ],
)
def test_a_playbook_that_continues_takes_nothing(
    playbooks: Sequence[Playbook], verdict: Verdict, taker: str | None, also: tuple[str, ...], why: str
) -> None:
    post = post_of(surroundings(1, 0), desk())
    found = decide(post, verdict, playbooks)
    assert (found.playbook, found.also) == (taker, also), why
    whole = explain(post, verdict, playbooks)
    assert (whole.playbook, whole.also, whole.reason) == (found.playbook, found.also, found.reason)


def test_the_nearest_of_a_decision_is_one_that_could_have_taken_it() -> None:
    decision = decide(post_of(surroundings(1, 0), desk()), THANKS, [IDEAS, LATE_DELIVERY])
    assert said(decision.reason).startswith("no case: nearest was delivery")


def test_a_post_that_opens_no_case_is_told_and_the_decision_says_so() -> None:
    ruling = ruled(IDEAS, LATE_DELIVERY, verdict=THANKS)
    assert (ruling.opens, told(ruling)) == (None, [("channel:#produkt", "ideas")])
    assert said(ruling.reason).endswith("; told #produkt (ideas)")


def test_a_case_that_opens_keeps_whom_it_told() -> None:
    ruling = ruled(IDEAS, GRAVE, verdict=GLASS)
    assert ruling.opens is not None
    events = [
        (event.facts["playbook"], event.facts["to"])
        for event in ruling.opens.events
        if event.kind is EventKind.TOLD
    ]
    assert events == [("ideas", "#produkt"), ("recall", "#quality"), ("recall", "team:care")]
    assert told(ruling) == [
        ("channel:#produkt", "ideas"),
        ("channel:#quality", "recall"),
        ("team:care", "recall"),
    ]
    assert all(owed.addressee in {"team:care", "person:aino"} for owed in ruling.opens.owed)


def test_one_place_hears_of_one_post_once() -> None:
    assert told(ruled(IDEAS, replace(GRAVE, also=("#produkt",)), verdict=GLASS)) == [
        ("channel:#produkt", "ideas")
    ]


@pytest.mark.parametrize(
    ("playbook", "verdict", "tells", "why"),
    [
        (GRAVE, GLASS, 2, "a follow-up that raises the case begins something"),
        (replace(LATE_DELIVERY, also=("#quality",)), ANGRY, 0, "one that only joins it does not"),
        (IDEAS, ANGRY, 1, "a playbook that goes on tells of every post"),
    ],
)
def test_what_a_follow_up_tells(playbook: Playbook, verdict: Verdict, tells: int, why: str) -> None:
    ruling = ruled(playbook, case=case_of())
    ruling = ruled(playbook, verdict=verdict, case=case_of())
    assert ruling.joins is not None
    assert (len(ruling.tells), kinds(ruling.joins).count(EventKind.TOLD)) == (tells, tells), why


def test_a_sample_of_what_is_told_is_a_sample() -> None:
    assert ruled(replace(IDEAS, sample=1e-9), LATE_DELIVERY).tells == ()


def test_posts_from_before_the_first_start_are_told_to_nobody() -> None:
    assert ruled(IDEAS, GRAVE, verdict=GLASS, backfilled=True).tells == ()


def test_a_post_held_back_by_its_playbook_is_told_to_nobody_by_it() -> None:
    assert ruled(replace(GRAVE, digest="weekly"), verdict=GLASS).tells == ()


def test_reopening_tells_nobody_else() -> None:
    _, change = carry_out(case_of(closed(4)), act("reopen", 5), desk(playbooks=(GRAVE,)), now=at(5))
    assert EventKind.TOLD not in kinds(change)


def test_the_message_quotes_the_post_mentions_nobody_and_has_nothing_to_press(tmp_path: Path) -> None:
    channel, clock = ToldChannel(), HandClock(at(1))
    at_desk = desk(playbooks=(IDEAS, LATE_DELIVERY))
    source = ToldSource("feed", batch(mention("1", 1)))
    jobs = make_jobs(open_store(tmp_path), source, channels=[channel], clock=clock, at_desk=at_desk)
    jobs.begin()
    jobs.poll("feed")
    jobs.triage()
    jobs.deliver()
    by_place = {message.destination: message.content for message in channel.tried}
    assert isinstance(by_place["#some-asiakaspalvelu"], Card)
    notice = by_place["#produkt"]
    assert isinstance(notice, Notice)
    worded = word_notice(notice, jobs.tongue)
    assert [part.text for part in worded.parts if isinstance(part, Quote)] == ["Missä pakettini on?"]
    assert worded.buttons == ()
    assert jobs.triage() == 0
    assert jobs.deliver() == 0
