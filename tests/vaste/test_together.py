"""Cases that nobody handles alone: two are called, and it takes two to end one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.act import apply
from casebook.case import Case, FoundAnswer, Status, answer_events
from casebook.event import Event, EventKind
from casebook.fold import with_events
from casebook.record import Change
from casebook.timing import close_event, closes_by_itself_at, next_look
from playbooks.escalate import Reached
from playbooks.together import beside
from tests.fakes import (
    AINO,
    BEN,
    DAY,
    GLASS,
    RECALL,
    acknowledged,
    act,
    after,
    answered,
    at,
    case_of,
    desk,
    happened,
    joined,
    kinds,
    opened,
    policy,
    pressed_replied,
    raised,
    reopened,
    surroundings,
    told,
)
from tests.vaste.test_cards import view
from vaste.cards import card_of
from vaste.chain import carry_out, follow, look_at, watch
from vaste.ruling import rule

THREAT = replace(RECALL, together=True)
HERE = desk(playbooks=(THREAT,))


def threat(*more: Event) -> Case:
    first = opened(by=policy(THREAT))
    return case_of(replace(first, facts={**first.facts, "people": ["aino", "ben"]}), joined(1, 0), *more)


def handed(minutes: float, actor: str, to: str) -> Event:
    return happened(EventKind.REASSIGNED, minutes, actor=actor, to=to)


def asked(minutes: float, actor: str = "aino") -> Event:
    return happened(EventKind.END_ASKED, minutes, actor=actor, by="close")


# ---- whom it calls -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "others", "called", "why"),
    [
        (("aino",), ("ben", "caro"), ("aino", "ben"), "the backup stands beside whoever is on call"),
        (("aino",), ("aino", "caro"), ("aino", "caro"), "without a backup, another of the team"),
        (("aino",), (), ("aino",), "alone where there is nobody else"),
        ((), ("ben",), (), "nobody on call stays nobody on call"),
    ],
)
def test_who_stands_beside_the_first(
    first: tuple[str, ...], others: tuple[str, ...], called: tuple[str, ...], why: str
) -> None:
    assert beside(Reached(first, None, ()), others).people == called, why


def test_the_first_page_calls_both_and_the_card_names_both() -> None:
    change = rule(surroundings(1, 0), GLASS, HERE, now=at(1)).opens
    assert change is not None
    assert told(change) == [
        ("card", "team:care", ""),
        ("page", "person:aino", "opened"),
        ("page", "person:ben", "opened"),
    ]
    card = card_of(view(threat()), HERE, now=at(2))
    assert (card.on_call, card.together) == ((AINO, BEN), True)


def test_other_playbooks_call_one() -> None:
    assert HERE.reach("on_call", policy(), at=at(0)).people == ("aino",)
    assert HERE.reach("backup", policy(THREAT), at=at(0)).people == ("ben",)


# ---- who may end it ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("history", "actor", "ends", "why"),
    [
        ([], "aino", False, "nobody has done anything"),
        ([acknowledged(1)], "aino", False, "she took it, and is alone"),
        ([acknowledged(1)], "ben", True, "she took it, he looks and ends it"),
        ([acknowledged(1), pressed_replied(2)], "aino", False, "who answered does not end it"),
        ([acknowledged(1), pressed_replied(2)], "ben", True, "the other one does"),
        (
            [acknowledged(1), answered(9, 2)],
            "aino",
            False,
            "answered on the network: whoever has it answered",
        ),
        ([acknowledged(1), answered(9, 2)], "ben", True, "and the other one ends it"),
        ([acknowledged(1), pressed_replied(2, "ben")], "ben", False, "two acted, and he answered"),
        ([acknowledged(1), pressed_replied(2, "ben")], "aino", True, "two acted, and she did not answer"),
        ([acknowledged(1), handed(2, "aino", "ben")], "aino", False, "being handed a case is no act"),
        ([acknowledged(1), asked(2)], "aino", False, "asking twice is asking once"),
        ([acknowledged(1), asked(2)], "ben", True, "she asked, he agrees"),
        ([acknowledged(1), handed(2, "aino", "ben"), asked(3)], "ben", True, "also where he has it now"),
        ([acknowledged(1), asked(2)], "slack:U9", True, "a colleague whom nobody configured is somebody"),
        (
            [acknowledged(1), asked(2), raised(2, 3, 4)],
            "ben",
            True,
            "raised to a playbook that one may handle",
        ),
    ],
)
@pytest.mark.parametrize("verb", ["close", "dismiss"])
def test_who_may_end_it(history: list[Event], actor: str, verb: str, *, ends: bool, why: str) -> None:
    case = threat(*history)
    outcome = apply(case, act(verb, 10, actor))
    assert (with_events(case, outcome.events).ended_at is not None) is ends, why
    assert outcome.reason == ("done" if ends else "second")


def test_asking_is_an_event_and_calls_the_other_one() -> None:
    case = threat(acknowledged(1))
    outcome, change = carry_out(case, act("close", 5), HERE, now=at(5))
    assert (outcome.reason, kinds(change)) == ("second", [EventKind.END_ASKED])
    assert told(change) == [
        ("card", "team:care", ""),
        ("page", "team:care", "second"),
        ("page", "person:ben", "second"),
    ]
    asked_case = after(case, change)
    assert card_of(view(asked_case), HERE, now=at(6)).end_asked_by == "Aino Virtanen"
    assert carry_out(asked_case, act("dismiss", 6), HERE, now=at(6))[1] == Change()


def test_somebody_else_asking_calls_those_of_the_team_who_are_not_them() -> None:
    first = replace(opened(by=policy(THREAT)), facts={**opened(by=policy(THREAT)).facts, "people": ["aino"]})
    _, change = carry_out(case_of(first, joined(1, 0)), act("close", 5), HERE, now=at(5))
    assert ("page", "person:ben", "second") in told(change)


def test_reopened_it_takes_two_again() -> None:
    over = threat(
        acknowledged(1), pressed_replied(2, "ben"), happened(EventKind.CLOSED, 3, actor="aino"), reopened(4)
    )
    assert apply(over, act("close", 5)).reason == "second"


def test_one_that_a_single_person_answered_does_not_close_by_itself() -> None:
    case = threat(acknowledged(1), pressed_replied(2))
    assert (case.status, closes_by_itself_at(case)) == (Status.RESPONDED, None)
    assert close_event(case, now=at(0) + 9 * DAY) == ()
    assert look_at(case) is None
    assert watch(case, HERE, now=at(0) + 9 * DAY).events == ()


def test_one_on_which_two_acted_does() -> None:
    case = threat(acknowledged(1), pressed_replied(2, "ben"))
    assert next_look(case) == at(2) + 3 * DAY
    assert kinds(watch(case, HERE, now=at(2) + 3 * DAY)) == [EventKind.CLOSED]


ACTS = st.lists(
    st.sampled_from(
        ["acknowledge", "replied", "close", "dismiss", "reopen", "reassign", "post", "answer", "wait"]
    ),
    max_size=12,
)


@given(ACTS)
def test_no_sequence_of_acts_by_one_person_alone_ends_it(acts: list[str]) -> None:
    case, minutes = threat(), 1.0
    for number, what in enumerate(acts):
        minutes += 7
        now = at(minutes)
        if what == "post":
            case = with_events(case, [joined(100 + number, minutes)])
        elif what == "answer":
            case = with_events(case, answer_events([FoundAnswer(200 + number, now, "ainokahvi")]))
        elif what == "wait":
            minutes += 60 * 24 * 5
            now = at(minutes)
            case = after(case, watch(case, HERE, now=now))
        else:
            case = after(case, carry_out(case, act(what, minutes, to="ben"), HERE, now=now)[1])
        case = after(case, follow(case, Change(), HERE, now=now))
        assert case.ended_at is None


@given(ACTS)
def test_a_second_person_can_always_end_it(acts: list[str]) -> None:
    case = threat()
    for number, what in enumerate(acts):
        if what not in {"post", "answer", "wait"}:
            case = after(
                case, carry_out(case, act(what, 1.0 + number, to="ben"), HERE, now=at(1.0 + number))[1]
            )
    for actor in ("ben", "aino", "ben"):
        case = after(case, carry_out(case, act("close", 60, actor), HERE, now=at(60))[1])
    assert case.ended_at is not None
