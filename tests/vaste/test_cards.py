"""What a card says of a case as it stands."""

from dataclasses import replace
from typing import Any

import pytest

from casebook.case import Case
from casebook.event import Event, EventKind
from casebook.grounds import written
from casebook.record import CaseView
from notifier.channel import Card
from tests.fakes import (
    AINO,
    BEN,
    DAY,
    RECALL,
    acknowledged,
    answered,
    at,
    case_of,
    closed,
    desk,
    dismissed,
    happened,
    joined,
    opened,
    policy,
    pressed_replied,
    reopened,
)
from vaste.cards import card_of, page_of


def view(case: Case, **changes: Any) -> CaseView:
    given: dict[str, Any] = {
        "case": case,
        "revision": 3,
        "reason": written("playbook recall: topic recall"),
        "text": "Löysin lasinsirun purkista",
        "author": "maija_k",
        "author_name": "Maija",
        "followers": 12,
        "source": "feed",
        "url": "https://example.org/1",
        "language": "fi",
        "latest_text": None,
    }
    return CaseView(**(given | changes))


def card(*history: Event, now: float = 20) -> Card:
    case = case_of(opened(2, by=policy(RECALL, mandate="50 euroa")), joined(1, 0), *history)
    return card_of(view(case), desk(), now=at(now))


def test_a_new_card_says_who_is_on_call_and_both_deadlines() -> None:
    told = card(now=3)
    assert (told.status, told.severity, told.team, told.playbook) == ("open", "critical", "care", "recall")
    assert (told.posted_at, told.opened_at) == (at(0), at(2))
    assert (told.acknowledge_by, told.respond_by) == (at(7), at(30))
    assert (told.on_call, told.owner, told.mentions) == ((AINO,), None, 1)
    assert (told.author, told.text, told.url) == (
        "maija_k",
        "Löysin lasinsirun purkista",
        "https://example.org/1",
    )
    assert told.mandate == "50 euroa"


@pytest.mark.parametrize(
    ("history", "by", "found", "why"),
    [
        ([answered(9, 10)], "ainokahvi", "platform", "the account that answered"),
        ([pressed_replied(10, "ben")], "Ben Lindqvist", "manual", "the name of who pressed"),
        ([pressed_replied(10, "slack:U9")], "U9", "manual", "a stranger's Slack id"),
        ([pressed_replied(10), answered(9, 12)], "ainokahvi", "platform", "replaced by the platform's"),
        ([], None, None, "nobody yet"),
    ],
)
def test_who_answered(history: list[Event], by: str | None, found: str | None, why: str) -> None:
    told = card(*history)
    assert (told.responded_by, told.response_found) == (by, found), why


def test_the_owner_is_whoever_took_it_last() -> None:
    told = card(acknowledged(4), happened(EventKind.REASSIGNED, 5, to="ben"))
    assert (told.owner, told.acknowledged_at) == (BEN.name, at(4))
    assert (told.owned_at, told.was_given) == (at(5), True)


def test_whoever_takes_it_again_took_it_then_and_not_when_it_was_first_taken() -> None:
    again = card(acknowledged(4), closed(5), reopened(6), acknowledged(9, "ben"))
    assert (again.owner, again.owned_at, again.acknowledged_at) == (BEN.name, at(9), at(4))
    mine = card(acknowledged(4), happened(EventKind.REASSIGNED, 5, to="ben"), acknowledged(8, "aino"))
    assert (mine.owner, mine.owned_at, mine.was_given) == (AINO.name, at(8), False)


def test_breaches_stand_on_the_card_and_so_do_those_taken_back() -> None:
    late = [acknowledged(4), happened(EventKind.BREACHED, 30, clock="respond")]
    assert card(*late, now=31).breaches == ("respond",)
    back = happened(EventKind.BREACH_WITHDRAWN, 40, clock="respond")
    told = card(*late, answered(9, 29), back, now=41)
    assert (told.breaches, told.withdrawn) == ((), ("respond",))


@pytest.mark.parametrize(
    ("history", "nobody_took_it", "why"),
    [
        ([happened(EventKind.CHAIN_ENDED, 15)], True, "everybody was called"),
        ([happened(EventKind.CHAIN_ENDED, 15), acknowledged(16)], False, "taken after all"),
        ([happened(EventKind.CHAIN_ENDED, 15), answered(9, 16)], False, "answered after all"),
        ([happened(EventKind.CHAIN_ENDED, 15), dismissed(16)], False, "dismissed"),
        ([answered(9, 3), joined(2, 8), happened(EventKind.CHAIN_ENDED, 20)], True, "waits again, nobody has it"),
        ([], False, "the chain still runs"),
    ],
)  # fmt: skip
def test_that_nobody_took_it(*, history: list[Event], nobody_took_it: bool, why: str) -> None:
    assert card(*history).nobody_took_it is nobody_took_it, why


@pytest.mark.parametrize(
    ("history", "nobody", "why"),
    [
        ([happened(EventKind.NOBODY_ON_CALL, 2, step=0)], True, "nobody was reached"),
        ([happened(EventKind.NOBODY_ON_CALL, 2, step=0), acknowledged(3)], False, "somebody saw it"),
        ([happened(EventKind.NOBODY_ON_CALL, 2, step=0), happened(EventKind.ESCALATED, 3, step=1)], False, "the next step reached somebody"),
        ([answered(9, 3), joined(2, 8), happened(EventKind.NOBODY_ON_CALL, 9, step=0)], True, "waits again, nobody was reached"),
    ],
)  # fmt: skip
def test_that_nobody_is_on_call(*, history: list[Event], nobody: bool, why: str) -> None:
    assert card(*history).nobody_on_call is nobody, why


def test_who_is_on_call_and_out_of_reach_is_told_from_who_reached_nobody_else() -> None:
    nobody = happened(EventKind.NOBODY_ON_CALL, 3, step=0, to=["aino"])
    case = case_of(opened(2, by=policy(RECALL)), joined(1, 0), nobody)
    there = card_of(view(case), desk(), now=at(4))
    gone = card_of(view(case), replace(desk(), unreachable={"aino": "has left"}), now=at(4))
    assert (there.nobody_on_call, there.out_of_reach, there.on_call) == (True, False, (AINO,))
    assert (gone.nobody_on_call, gone.out_of_reach, gone.on_call) == (True, True, (AINO,))


def test_a_reopened_case_is_told_to_who_had_it_which_is_not_being_on_call() -> None:
    told = card(acknowledged(4, "ben"), closed(5, "ben"), happened(EventKind.REOPENED, 6, people=["ben"]))
    assert (told.on_call, told.reopened_to) == ((), BEN)
    first_call = happened(EventKind.PAGED, 11, why="untaken", people=["aino"])
    called = card(
        acknowledged(4, "ben"), closed(5, "ben"), happened(EventKind.REOPENED, 6, people=["ben"]), first_call
    )
    assert (called.on_call, called.reopened_to) == ((AINO,), None)
    taken = card(acknowledged(4, "ben"), closed(5, "ben"), reopened(6), acknowledged(7, "ben"))
    assert (taken.reopened_to, taken.owner) == (None, BEN.name)


def test_the_end_shown_is_the_last_one() -> None:
    assert card(acknowledged(4), closed(5)).closed_at == at(5)
    assert card(acknowledged(4), closed(5), reopened(6)).closed_at is None
    assert card(acknowledged(4), closed(5), reopened(6), closed(9)).closed_at == at(9)


def test_waiting_again_shows_what_was_written_last() -> None:
    case = case_of(acknowledged(4), answered(9, 5), joined(2, 8))
    told = card_of(view(case, latest_text="Edelleen odotan"), desk(), now=at(9))
    assert (told.waits_again, told.latest_text, told.mentions) == (True, "Edelleen odotan", 2)


def test_a_case_to_be_taken_again_names_nobody_as_having_it() -> None:
    told = card(acknowledged(4), closed(5), reopened(6))
    assert (told.status, told.owner, told.acknowledged_at) == ("open", None, None)


def test_a_chain_that_reached_nobody_says_that_nobody_is_on_call() -> None:
    nobody = happened(EventKind.NOBODY_ON_CALL, 1, step=0, to="on_call", reason="nobody is on call")
    told = card(nobody, happened(EventKind.CHAIN_ENDED, 1))
    assert (told.nobody_on_call, told.nobody_took_it) == (True, False)


def test_a_merged_case_says_where_it_goes_on() -> None:
    told = card(happened(EventKind.MERGED, 3, into=4))
    assert (told.status, told.merged_into) == ("merged", 4)


def test_a_page_names_whom_it_calls_and_why() -> None:
    content = {"why": "escalated", "people": ["ben", "slack:U9"], "step": 2}
    page = page_of(view(case_of()), content, desk(), now=at(1) + DAY)
    assert ([person.key for person in page.people], page.why, page.step) == (
        ["ben", "slack:U9"],
        "escalated",
        2,
    )
    assert [person.slack for person in page.people] == ["U0124", "U9"]


def test_a_page_for_no_reason_we_know_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        page_of(view(case_of()), {"why": "explode"}, desk(), now=at(1))


def put_off(minutes: float, until: float) -> Event:
    return happened(EventKind.SNOOZED, minutes, actor="aino", until=at(until).isoformat())


def test_a_case_that_is_put_off_says_until_when_and_calls_nobody() -> None:
    told = card(put_off(3, 63))
    assert (told.status, told.snoozed_until, told.on_call) == ("open", at(63), ())
    back = card(put_off(3, 63), happened(EventKind.WOKE, 63, people=["ben"]))
    assert (back.snoozed_until, back.on_call) == (None, (BEN,))


def test_a_case_that_returned_to_the_chain_says_who_had_it_until_somebody_takes_it() -> None:
    silent = [
        acknowledged(4),
        happened(EventKind.ASKED, 34),
        happened(EventKind.RETURNED, 64, people=["ben"]),
    ]
    told = card(*silent)
    assert (told.status, told.owner, told.had_by, told.on_call) == ("open", None, AINO.name, (BEN,))
    taken = card(*silent, acknowledged(65, "ben"))
    assert (taken.status, taken.owner, taken.had_by) == ("acknowledged", BEN.name, None)


@pytest.mark.parametrize(
    ("notify", "direct", "slack", "why"),
    [
        (None, True, "U0123", "critical: mentioned by the card, and told directly"),
        ("channel", True, "U0123", "mentioned by the card"),
        ("direct", True, None, "told directly, and only named here"),
        ("direct", False, "U0123", "nobody can be told directly: mentioned after all"),
    ],
)
def test_whether_the_card_mentions_whoever_is_called(
    *, notify: str | None, direct: bool, slack: str | None, why: str
) -> None:
    case = case_of(opened(2, by=policy(RECALL, notify=notify)), joined(1, 0))
    [person] = card_of(view(case), desk(direct=direct), now=at(3)).on_call
    assert (person.name, person.slack) == (AINO.name, slack), why
