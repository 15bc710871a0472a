"""The upkeep of a crisis as pure rules: figures, course, reminders and what its end means for children."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.act import Act
from casebook.case import Case
from casebook.event import Event, EventKind, TimeSource
from casebook.fold import fold
from casebook.history import AuthorHistory
from casebook.record import CaseView, Change, Crowd
from notifier.channel import Tongue
from notifier.crisis_words import CRISIS_WORDS, bars
from notifier.worded import Say, Worded, plain
from notifier.wording import word
from playbooks.crisis import CrisisRule
from tests.crowd import crisis_rule
from tests.fakes import AINO, MINUTE, NOON, TICK, acknowledged, at, case_of, desk, dismissed, happened, kinds
from vaste.cards import card_of, page_of
from vaste.chain import carry_out, look_at
from vaste.desk import policy_of
from vaste.tending import curve, peak, release, summary, take_with, tend

RULE = crisis_rule(4)


def crisis(*events: Event, within: timedelta | None = timedelta(hours=1)) -> Case:
    facts = {
        "policy": policy_of(replace(RULE.playbook, update_within=within)).as_facts(),
        "quiet": False,
        "people": ["aino"],
        "crisis": True,
    }
    opened = Event(EventKind.OPENED, NOON, TimeSource.OURS, post=1, facts=facts)
    return fold(9, (opened, *events))


def crowd(*minutes: float, **more: Any) -> Crowd:
    times = tuple(at(minute) for minute in minutes)
    return Crowd(times, len(times), ("x",), (), **more)


def view(case: Case, gathered: Crowd) -> CaseView:
    return CaseView(
        case,
        1,
        (),
        "lasia!",
        "",
        None,
        None,
        "",
        "https://x.example/1",
        "fi",
        None,
        history=AuthorHistory(),
        crowd=gathered,
    )


def tended(case: Case, gathered: Crowd, minutes: float, rule: CrisisRule = RULE) -> Change:
    return tend(view(case, gathered), rule, desk(), now=at(minutes))


def child(*events: Event) -> Case:
    return (
        case_of(happened(EventKind.FOLDED, 1, crisis=9), *events)
        if events
        else case_of(happened(EventKind.FOLDED, 1, crisis=9))
    )


BUSY = crowd(*range(200))


@pytest.mark.parametrize(
    ("minutes", "asked", "why"),
    [
        (62, True, "an hour after it was taken, to the instant"),
        (62 - TICK / MINUTE, False, "a tick before"),
    ],
)
def test_the_owner_is_asked_an_hour_after_taking_it(minutes: float, *, asked: bool, why: str) -> None:
    change = tended(crisis(acknowledged(2)), BUSY, minutes)
    assert (kinds(change) == [EventKind.UPDATE_ASKED]) is asked, why


def test_an_announcement_puts_the_reminder_off() -> None:
    said = happened(EventKind.ANNOUNCED, 30, url="https://x.example/2")
    assert tended(crisis(acknowledged(2), said), BUSY, 89).events == ()
    assert kinds(tended(crisis(acknowledged(2), said), BUSY, 90)) == [EventKind.UPDATE_ASKED]


def test_nobody_is_reminded_before_somebody_has_it_or_where_reminders_are_off() -> None:
    assert tended(crisis(), BUSY, 180).events == ()
    assert tended(crisis(acknowledged(2), within=None), BUSY, 180).events == ()


def test_a_crisis_that_was_put_off_asks_nobody() -> None:
    put_off = happened(EventKind.SNOOZED, 30, by="aino", until=at(300).isoformat())
    assert tended(crisis(acknowledged(2), put_off), BUSY, 180).events == ()


def test_what_was_promised_of_its_updates_is_frozen_on_the_crisis() -> None:
    every_two = crisis(acknowledged(2), within=timedelta(hours=2))
    assert tended(every_two, BUSY, 121).events == ()
    assert kinds(tended(every_two, BUSY, 122)) == [EventKind.UPDATE_ASKED]


def test_it_is_summed_up_once() -> None:
    change = tended(crisis(), crowd(0, 1, 2, 3), 60)
    assert kinds(change) == [EventKind.CLOSED, EventKind.SUMMED_UP]
    after = fold(9, (crisis_opened(), *change.events))
    assert tended(after, crowd(0, 1, 2, 3), 61).events == ()


def crisis_opened() -> Event:
    facts = {"policy": policy_of(RULE.playbook).as_facts(), "quiet": False, "people": [], "crisis": True}
    return Event(EventKind.OPENED, NOON, TimeSource.OURS, post=1, facts=facts)


def test_one_closed_by_hand_is_summed_up_too() -> None:
    assert kinds(tended(crisis(dismissed(5)), crowd(0, 1), 6)) == [EventKind.SUMMED_UP]


def test_the_summary_has_what_a_manager_asks() -> None:
    facts = summary(crisis(acknowledged(2)), crowd(0, 1, 1.5, 7, deserving=4, answered=3), ended_at=at(60))
    assert facts["peak_per_minute"] == 2
    assert facts["peak_at"] == at(1).isoformat()
    assert (facts["mentions"], facts["answered"], facts["deserving"], facts["tta_s"]) == (4, 3, 4, 120)


# ---- children


def test_a_child_is_taken_with_its_crisis_and_not_before_it_was_there() -> None:
    taken = take_with(child(), crisis(acknowledged(2)), desk(), now=at(3))
    assert [(event.kind, event.happened_at, event.actor) for event in taken.events] == [
        (EventKind.ACKNOWLEDGED, at(2), "aino")
    ]
    late = case_of(replace_opening(10), happened(EventKind.FOLDED, 10, crisis=9))
    assert take_with(late, crisis(acknowledged(2)), desk(), now=at(11)).events[0].happened_at == at(10)


def replace_opening(minutes: float) -> Event:
    from tests.fakes import opened  # noqa: PLC0415 - beside the one place that needs it

    return opened(minutes)


def test_one_that_somebody_took_before_keeps_its_owner() -> None:
    assert take_with(child(acknowledged(1, "ben")), crisis(acknowledged(2)), desk(), now=at(3)).events == ()


def test_a_child_has_no_chain_until_a_false_alarm_gives_it_back() -> None:
    folded = child()
    assert folded.chain_from is None
    assert look_at(folded) is not None, "its clocks run"
    freed = release(folded, crisis(dismissed(5)), desk(), now=at(6))
    assert fold(7, (*events_of(folded), *freed.events)).chain_from == at(6)
    assert {owed.addressee for owed in freed.owed} == {"team:care"}


def events_of(case: Case) -> Sequence[Event]:
    from tests.fakes import joined, opened  # noqa: PLC0415 - beside the one place that needs it

    del case
    return (opened(), joined(1, 0), happened(EventKind.FOLDED, 1, crisis=9))


def test_after_an_ordinary_end_a_child_calls_nobody_and_hears_again() -> None:
    freed = release(child(), crisis(happened(EventKind.CLOSED, 5)), desk(), now=at(6))
    assert freed.owed == ()
    after = fold(7, (*events_of(child()), *freed.events))
    assert (after.is_folded, after.crisis, after.chain_from) == (False, 9, None)


# ---- course and words


@given(st.lists(st.integers(0, 60 * 24 * 9), min_size=1, max_size=60), st.integers(0, 5_000))
def test_the_course_counts_every_mention_in_at_most_24_steps(minutes: list[int], later: int) -> None:
    times = tuple(at(minute) for minute in minutes)
    step, counts = curve(times, now=max(times) + timedelta(minutes=later))
    assert sum(counts) == len(times)
    assert len(counts) <= 24
    assert step >= MINUTE
    assert len(bars(counts)) == len(counts)
    assert peak(times)[1] == max(minutes.count(minute) for minute in minutes)


def test_bars_show_what_is_there_and_what_is_not() -> None:
    assert bars((0, 1, 70, 35)) == "▁▂█▅"
    assert bars((0, 0)) == "▁▁"


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_its_card_says_what_a_team_needs_in_every_language(language: str) -> None:
    tongue = Tongue(language, ZoneInfo("Europe/Helsinki"), "Aino Kahvi")
    gathered = crowd(0, 1, 1.5, 7, deserving=4, answered=3, covered=1, median_frt_s=600)
    case = crisis(acknowledged(2), happened(EventKind.ANNOUNCED, 5, url="https://x.example/2"))
    worded = word(card_of(view(case, gathered), desk(), now=at(9)), tongue)
    told = repr(worded.parts)
    words = CRISIS_WORDS[language]
    assert words["crisis"] in (worded.headline or "")
    assert "@" not in told, "it is nobody's"
    assert "▁" in told
    assert "https://x.example/2" in told
    assert [button.action for button in worded.buttons] == ["close", "dismiss"]
    assert words["crisis.step.1"] in repr(worded.more)


def said(worded: Worded) -> str:
    """Its lines as people read them."""
    return "\n".join(plain(part.line) for part in worded.parts if isinstance(part, Say))


def test_a_child_says_which_crisis_it_belongs_to_while_that_lives() -> None:
    tongue = Tongue("en", ZoneInfo("Europe/Helsinki"), "Aino Kahvi")
    plainly = replace(view(child(), crowd()), crowd=None)
    assert "Part of crisis 9" in said(word(card_of(plainly, desk(), now=at(9)), tongue))
    freed = fold(7, (*events_of(child()), happened(EventKind.RELEASED, 9, crisis=9)))
    assert "Part of" not in said(word(card_of(replace(plainly, case=freed), desk(), now=at(9)), tongue))


def test_the_summary_is_a_message_of_its_own() -> None:
    tongue = Tongue("en", ZoneInfo("Europe/Helsinki"), "Aino Kahvi")
    case = crisis(acknowledged(2, AINO.key), happened(EventKind.CLOSED, 60))
    page = page_of(
        view(case, crowd(0, 1, 2, deserving=3, answered=2)), {"why": "summed_up"}, desk(), now=at(61)
    )
    worded = word(page, tongue, in_full=False)
    assert plain(worded.summary).startswith("Crisis 9 is over. 3 mentions by 3 people")
    assert "2 of 3 who deserve an answer have one" in said(worded)


def test_every_language_has_every_word() -> None:
    assert {frozenset(words) for words in CRISIS_WORDS.values()} == {frozenset(CRISIS_WORDS["en"])}


def test_a_false_crisis_teaches_nothing_of_its_posts() -> None:
    joined = Event(EventKind.JOINED, NOON, TimeSource.PLATFORM, post=1, facts={"deserving": False})
    case = crisis(joined)
    outcome, change = carry_out(case, Act(case.number, "dismiss", "aino", at(5)), desk(), now=at(5))
    assert outcome.reason == "done"
    assert change.said == ()
