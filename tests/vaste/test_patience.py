"""A case that is put off comes back, a silent owner is asked, and a chain that called in vain begins again."""

from dataclasses import replace

import pytest

from casebook.act import LONGEST_SNOOZE, Act, apply
from casebook.case import Case, Status
from casebook.event import Event, EventKind
from casebook.grounds import from_facts
from casebook.patience import asks_at, repeats_at, returns_at, wakes_at
from casebook.record import Change, Claimed
from casebook.timing import deadlines
from playbooks.escalate import Team
from playbooks.playbook import Playbook, Repeat, Step
from tests.fakes import (
    HOUR,
    LATE_DELIVERY,
    MINUTE,
    RECALL,
    TICK,
    acknowledged,
    act,
    after,
    answered,
    at,
    care,
    case_of,
    closed,
    deserted_desk,
    desk,
    dismissed,
    happened,
    joined,
    kinds,
    opened,
    policy,
    pressed_replied,
    raised,
    told,
)
from tests.in_english import said
from vaste.chain import carry_out, look_at, watch
from vaste.desk import Desk
from vaste.jobs.stale import is_stale

A_TICK = TICK.total_seconds() / 60
WATCHED = replace(RECALL, ask_after=30 * MINUTE)
REPEATED = replace(RECALL, repeat=Repeat(30 * MINUTE, 2))
SNOOZED, WOKE, ASKED, RETURNED = (
    EventKind.SNOOZED,
    EventKind.WOKE,
    EventKind.ASKED,
    EventKind.RETURNED,
)


def urgent(*more: Event, playbook: Playbook = RECALL) -> Case:
    """Glass in a jar, opened at noon: backup after 5 minutes, everyone after 10."""
    return case_of(opened(by=policy(playbook)), joined(1, 0), *more)


def snoozed(minutes: float, until: float, actor: str = "aino") -> Event:
    return happened(SNOOZED, minutes, actor=actor, until=at(until).isoformat())


def gone(minutes: float, post: int = 1) -> Event:
    return replace(happened(EventKind.DELETED, minutes), post=post)


def watched(case: Case, minutes: float, here: Desk | None = None) -> Change:
    return watch(case, here or desk(), now=at(minutes))


def without_breaches(change: Change) -> list[EventKind]:
    """What happened, breaches and warnings of them aside."""
    return [kind for kind in kinds(change) if kind not in {EventKind.BREACHED, EventKind.WARNED}]


def lived(case: Case, until: float, here: Desk | None = None) -> tuple[Case, list[tuple[float, str]]]:
    """Let the watch job look whenever it says that it must: (minute, what happened), breaches and warnings aside."""
    happenings: list[tuple[float, str]] = []
    for _ in range(60):
        looks = look_at(case)
        if looks is None or looks > at(until):
            return case, happenings
        change = watch(case, here or desk(), now=looks)
        assert change.events, f"the watch asked to look at {looks} and found nothing to do: it would spin"
        case = after(case, change)
        minute = (looks - at(0)) / MINUTE
        happenings += [(minute, kind.value) for kind in without_breaches(change)]
    raise AssertionError("the case never comes to rest")


# ---- put off -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("history", "press", "events", "reason", "why"),
    [
        ([], act("snooze", 3, until=at(63)), [SNOOZED], "done", "nobody has it: anybody may put it off"),
        ([acknowledged(2)], act("snooze", 3, until=at(63)), [SNOOZED], "done", "its owner may"),
        ([acknowledged(2, "ben")], act("snooze", 3, until=at(63)), [], "taken", "nobody else may"),
        ([closed(2)], act("snooze", 3, until=at(63)), [], "ended", "there is nothing to put off"),
        ([dismissed(2)], act("snooze", 3, until=at(63)), [], "ended", "nor here"),
        ([answered(9, 2)], act("snooze", 3, until=at(63)), [], "answered", "nor here"),
        ([answered(9, 2), joined(2, 2.5)], act("snooze", 3, until=at(63)), [SNOOZED], "done", "she waits again"),
        ([], act("snooze", 3), [], "no_time", "until when?"),
        ([], act("snooze", 3, until=at(3)), [], "no_time", "at its own instant it is over already"),
        ([], act("snooze", 3, until=at(3) + TICK), [SNOOZED], "done", "the least there is"),
        ([], act("snooze", 3, until=at(3) + LONGEST_SNOOZE), [SNOOZED], "done", "the most there is"),
        ([], act("snooze", 3, until=at(3) + LONGEST_SNOOZE + TICK), [], "no_time", "that is forgetting it"),
        ([snoozed(2, 63)], act("snooze", 3, until=at(63)), [], "snoozed", "pressed twice"),
        ([snoozed(2, 63)], act("snooze", 3, until=at(64) - TICK), [], "snoozed", "an hour, pressed twice"),
        ([snoozed(2, 63)], act("snooze", 3, until=at(64)), [SNOOZED], "done", "put off for longer"),
        ([acknowledged(2), snoozed(2, 63)], act("snooze", 3, until=at(33)), [SNOOZED], "done", "for shorter"),
    ],
)  # fmt: skip
def test_who_may_put_a_case_off_and_until_when(
    history: list[Event], press: Act, events: list[EventKind], reason: str, why: str
) -> None:
    outcome = apply(urgent(*history), press)
    assert ([event.kind for event in outcome.events], outcome.reason) == (events, reason), why


def test_putting_off_takes_a_case_for_nobody_and_moves_no_deadline() -> None:
    case = urgent()
    later = after(case, carry_out(case, act("snooze", 3, until=at(63)), desk(), now=at(3))[1])
    assert (later.status, later.owner, later.is_untaken) == (Status.OPEN, None, True)
    assert deadlines(later) == deadlines(case)
    breached = watched(later, 31)
    assert kinds(breached) == [EventKind.BREACHED, EventKind.BREACHED], "deadlines pass, and nobody is called"
    assert breached.owed == ()


@pytest.mark.parametrize(
    ("history", "happenings", "why"),
    [
        (
            [snoozed(3, 63)],
            [(63, "woke"), (68, "escalated"), (73, "escalated"), (78, "chain_ended")],
            "nobody had it: the chain begins when it is back, and not before",
        ),
        ([acknowledged(2), snoozed(3, 63)], [(63, "woke")], "its owner is told and has it still"),
        ([acknowledged(2), snoozed(3, 63), snoozed(4, 33)], [(33, "woke")], "the last word counts"),
        ([snoozed(3, 63), acknowledged(9)], [], "somebody took it meanwhile"),
        ([acknowledged(2), snoozed(3, 63), closed(9)], [], "closed meanwhile"),
        ([snoozed(3, 63), dismissed(9)], [], "dismissed meanwhile"),
        ([acknowledged(2), snoozed(3, 63), answered(9, 20)], [], "answered meanwhile: nobody waits"),
        ([acknowledged(2), snoozed(3, 63), pressed_replied(20)], [], "the same by a press"),
        ([acknowledged(2), joined(2, 2), snoozed(3, 63), gone(20, 2)], [(63, "woke")], "another post is there"),
        ([acknowledged(2), snoozed(3, 63), gone(20)], [], "she took it back: nobody waits"),
        (
            [snoozed(3, 63), raised(2, 8, 9)],
            [(14, "escalated"), (19, "escalated"), (24, "chain_ended")],
            "what has become graver is not put off any more",
        ),
        (
            [acknowledged(2), snoozed(3, 63), happened(EventKind.REASSIGNED, 9, actor="aino", to="ben")],
            [],
            "whoever it is handed to has it now",
        ),
    ],
)  # fmt: skip
def test_what_becomes_of_a_case_that_was_put_off(
    history: list[Event], happenings: list[tuple[float, str]], why: str
) -> None:
    case = urgent(*history, playbook=replace(RECALL, close_after=None))
    assert [one for one in lived(case, 9000)[1] if one[0] >= 3] == happenings, why


def test_it_comes_back_at_its_instant() -> None:
    case = urgent(acknowledged(2), snoozed(3, 63), playbook=WATCHED)
    assert wakes_at(case) == at(63)
    assert without_breaches(watched(case, 63 - A_TICK)) == []
    back = watched(case, 63)
    assert without_breaches(back) == [WOKE]
    assert told(back) == [
        ("card", "team:care", ""),
        ("page", "team:care", "snooze_over"),
        ("page", "person:aino", "snooze_over"),
    ]
    assert asks_at(after(case, back)) == at(93), "from then on its owner has their time again"


def test_it_comes_back_to_whoever_is_on_call_where_nobody_had_it() -> None:
    back = watched(urgent(snoozed(3, 63, "ben")), 63)
    assert told(back)[-1] == ("page", "person:aino", "snooze_over")
    nobody = watched(urgent(snoozed(3, 63, "ben")), 63, deserted_desk())
    assert without_breaches(nobody)[:2] == [WOKE, EventKind.NOBODY_ON_CALL]
    assert without_breaches(nobody)[-1] is EventKind.CHAIN_ENDED


# ---- taken and silent --------------------------------------------------------------------------------


def test_a_silent_owner_is_asked_and_then_the_case_is_called_anew() -> None:
    case = urgent(acknowledged(4), playbook=WATCHED)
    assert without_breaches(watched(case, 34 - A_TICK)) == []
    asked = watched(case, 34)
    assert without_breaches(asked) == [ASKED]
    assert told(asked) == [("card", "team:care", ""), ("page", "person:aino", "asked")]
    case = after(case, asked)
    assert returns_at(case) == at(64)
    assert without_breaches(watched(case, 64 - A_TICK)) == []
    again = watched(case, 64)
    assert without_breaches(again) == [RETURNED]
    assert told(again)[-1] == ("page", "person:ben", "returned"), "Aino was asked in vain: Ben is next"
    case = after(case, again)
    assert (case.status, case.owner, case.had_by) == (Status.OPEN, "aino", "aino")
    assert (case.acknowledged_at, case.acknowledged_by) == (at(4), "aino"), "nothing is counted twice"
    assert lived(case, 9000)[1] == [(69, "escalated"), (74, "escalated"), (79, "chain_ended")]
    taken = after(case, Change((acknowledged(70, "ben"),)))
    assert (taken.owner, taken.had_by, taken.acknowledged_at) == ("ben", None, at(4))


@pytest.mark.parametrize(
    ("history", "asks", "why"),
    [
        ([], None, "nobody has it: the chain runs"),
        ([acknowledged(4)], 34, "half an hour after they took it"),
        ([acknowledged(4), answered(9, 20)], None, "answered"),
        ([acknowledged(4), pressed_replied(20)], None, "they say so"),
        ([acknowledged(4), closed(20)], None, "closed"),
        ([acknowledged(4), snoozed(20, 90)], None, "put off: not before it is back"),
        ([acknowledged(4), happened(EventKind.CONFIRMED, 20, actor="aino")], 50, "still on it"),
        ([acknowledged(4), happened(EventKind.REASSIGNED, 20, actor="aino", to="ben")], 50, "Ben has his time"),
        ([acknowledged(4), happened(EventKind.REASSIGNED, 20, actor="caro", to="ben")], 50, "whoever gave it to him"),
        ([acknowledged(4), joined(2, 20)], 34, "the customer wrote, which is no progress"),
        ([acknowledged(4), happened(EventKind.PLACED, 20, actor="ben", where="public")], 34, "nor what others do"),
        ([acknowledged(4), raised(2, 8, 9)], None, "graver now: it must be taken again"),
    ],
)  # fmt: skip
def test_when_an_owner_is_asked(history: list[Event], asks: float | None, why: str) -> None:
    found = asks_at(urgent(*history, playbook=WATCHED))
    assert found == (None if asks is None else at(asks)), why


def test_a_playbook_that_says_nothing_asks_nobody() -> None:
    assert lived(urgent(acknowledged(4)), 9000)[1] == []


@pytest.mark.parametrize(
    ("press", "reason"),
    [
        (act("acknowledge", 40), "done"),
        (act("snooze", 40, until=at(100)), "done"),
        (act("reassign", 40, to="ben"), "done"),
    ],
)
def test_any_act_of_the_owner_answers_the_question(press: Act, reason: str) -> None:
    case = urgent(acknowledged(4), happened(ASKED, 34), playbook=WATCHED)
    outcome, change = carry_out(case, press, desk(), now=at(40))
    assert outcome.reason == reason
    assert returns_at(after(case, change)) is None


@pytest.mark.parametrize(
    ("minutes", "events", "why"),
    [
        (4.5, 0, "the button pressed twice says nothing new"),
        (5 - A_TICK, 0, "still the same press"),
        (5, 1, "a minute later it says: still on it"),
    ],
)
def test_still_on_it_may_be_said_before_anybody_asks(minutes: float, events: int, why: str) -> None:
    case = urgent(acknowledged(4), playbook=WATCHED)
    assert len(apply(case, act("acknowledge", minutes)).events) == events, why


def test_where_nobody_is_asked_still_on_it_is_no_event() -> None:
    assert apply(urgent(acknowledged(4)), act("acknowledge", 90)).reason == "yours"


def test_the_owner_of_a_case_that_was_answered_is_asked_from_when_the_customer_waits_again() -> None:
    case = urgent(acknowledged(4), answered(9, 5), joined(2, 300), playbook=WATCHED)
    waits = happened(EventKind.WAITS, 300, noticed_at=at(310).isoformat())
    assert asks_at(after(case, Change((replace(waits, post=2),)))) == at(340)


def test_called_anew_with_nobody_but_the_owner_it_goes_to_the_next_step_at_once() -> None:
    case = urgent(acknowledged(4), happened(ASKED, 34), playbook=WATCHED)
    change = watched(case, 64, desk("aino"))
    assert without_breaches(change) == [
        RETURNED,
        EventKind.NOBODY_ON_CALL,
        EventKind.NOBODY_ON_CALL,
        EventKind.ESCALATED,
    ]


def test_whoever_was_asked_in_vain_has_no_turn_in_the_steps_that_follow() -> None:
    turns = replace(WATCHED, escalate=(Step(5 * MINUTE, "round_robin"), Step(10 * MINUTE, "round_robin")))
    rota = care("aino", "ben").rota
    here = replace(desk(), teams={"care": Team("care", "#some", rota, ("caro",))})
    case = urgent(acknowledged(4), happened(ASKED, 34), playbook=turns)
    case = after(case, watched(case, 64, here))
    assert case.called == ("ben", "aino")
    assert watched(case, 69, here).events[-1].facts["people"] == ["caro"]


# ---- the chain once more -----------------------------------------------------------------------------


def test_the_chain_begins_again_after_its_end_as_often_as_it_says() -> None:
    one = [(5, "escalated"), (10, "escalated"), (15, "chain_ended")]
    two = [(45, "repeated"), (50, "escalated"), (55, "escalated"), (60, "chain_ended")]
    three = [(90, "repeated"), (95, "escalated"), (100, "escalated"), (105, "chain_ended")]
    case, happenings = lived(urgent(playbook=REPEATED), 9000)
    assert happenings == [*one, *two, *three]
    assert (case.chain_ended, case.rounds, look_at(case)) == (True, 2, None)


def test_between_two_rounds_the_card_may_say_that_nobody_took_it() -> None:
    case, _ = lived(urgent(playbook=REPEATED), 16)
    assert (case.chain_ended, case.is_untaken) == (True, True)
    assert repeats_at(case) == at(45)
    assert without_breaches(watched(case, 45 - A_TICK)) == []
    again = watched(case, 45)
    assert told(again)[-1] == ("page", "person:aino", "repeated")
    assert not after(case, again).chain_ended


@pytest.mark.parametrize(
    "history",
    [
        [acknowledged(20)],
        [closed(20)],
        [dismissed(20)],
        [answered(9, 20)],
        [snoozed(20, 5000)],
        [gone(20)],
    ],
)
def test_what_ends_the_calling_ends_the_repeating(history: list[Event]) -> None:
    case, _ = lived(urgent(playbook=replace(REPEATED, close_after=None)), 16)
    later = after(case, Change(tuple(history)))
    assert repeats_at(later) is None
    assert lived(later, 4000)[1] == []


def test_without_steps_the_person_on_call_is_called_again_and_at_last_it_ends() -> None:
    bare = replace(REPEATED, escalate=())
    expected = [(30, "repeated"), (60, "repeated"), (90, "chain_ended")]
    assert lived(urgent(playbook=bare), 9000)[1] == expected


def test_each_round_asks_the_rota_anew() -> None:
    case, _ = lived(urgent(playbook=REPEATED), 16, deserted_desk())
    assert watched(case, 45).events[0].facts["people"] == ["aino"], "somebody is there meanwhile"


def test_with_nobody_anywhere_it_still_ends() -> None:
    case, happenings = lived(urgent(playbook=REPEATED), 9000, deserted_desk())
    assert [minute for minute, kind in happenings if kind == "repeated"] == [35, 65]
    assert case.chain_ended


def test_a_raised_case_has_all_its_rounds() -> None:
    case, _ = lived(urgent(playbook=REPEATED), 9000)
    assert case.rounds == 2
    assert after(case, Change((raised(2, 9000, 9001),))).rounds == 0


def test_after_an_outage_what_fell_due_is_done_in_its_order() -> None:
    change = watched(urgent(playbook=REPEATED), 500)
    assert without_breaches(change) == [EventKind.ESCALATED, EventKind.ESCALATED], "then it has its time"


# ---- whom a page reaches -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("severity", "notify", "addressees"),
    [
        ("critical", None, ["team:care", "person:ben"]),
        ("normal", None, ["team:care"]),
        ("normal", "both", ["team:care", "person:ben"]),
        ("critical", "channel", ["team:care"]),
        ("critical", "direct", ["person:ben"]),
        ("low", "direct", ["person:ben"]),
    ],
)
def test_a_playbook_says_how_people_are_called(
    severity: str, notify: str | None, addressees: list[str]
) -> None:
    base = RECALL if severity == "critical" else replace(RECALL, severity=type(RECALL.severity)(severity))
    change = watched(urgent(playbook=replace(base, notify=notify)), 5)
    assert [owed.addressee for owed in change.owed if owed.kind == "page"] == addressees
    assert change.owed[0].kind == "card", "the card stands in the channel whatever is said"


def test_a_step_may_call_in_its_own_way() -> None:
    steps = (Step(5 * MINUTE, "backup", notify="channel"), Step(10 * MINUTE, "everyone"))
    change = watched(urgent(playbook=replace(RECALL, escalate=steps)), 10)
    pages = [(owed.addressee, owed.content["step"]) for owed in change.owed if owed.kind == "page"]
    assert pages == [("team:care", 1), ("team:care", 2), ("person:aino", 2), ("person:ben", 2)]


def test_whom_no_direct_message_reaches_is_called_in_the_channel() -> None:
    here = desk()
    here = replace(here, people={**here.people, "ben": replace(here.people["ben"], slack=None)})
    change = watched(urgent(playbook=replace(RECALL, notify="direct")), 10, here)
    pages = [
        (owed.addressee, owed.content["people"], owed.content["step"])
        for owed in change.owed
        if owed.kind == "page"
    ]
    assert pages == [
        ("team:care", ["ben"], 1),
        ("team:care", ["ben"], 2),
        ("person:aino", ["aino"], 2),
    ]


def test_without_a_way_to_one_person_alone_everything_is_said_in_the_channel() -> None:
    change = watched(urgent(playbook=replace(RECALL, notify="direct")), 5, desk(direct=False))
    assert [owed.addressee for owed in change.owed if owed.kind == "page"] == ["team:care"]


def test_a_list_reaches_each_whom_it_names_and_says_whom_it_did_not() -> None:
    steps = (Step(5 * MINUTE, "dave", ("caro", "#crisis", "#press", "caro")),)
    change = watched(urgent(playbook=replace(RECALL, escalate=steps)), 5)
    facts = change.events[0].facts
    assert facts["to"] == ["dave", "caro", "#crisis", "#press", "caro"]
    assert (facts["people"], facts["channels"]) == (["caro"], ["#crisis", "#press"])
    assert [said(from_facts(facts["unreached"]))] == ["nobody is known as dave"]
    assert [owed.addressee for owed in change.owed if owed.kind == "page"] == [
        "team:care",
        "person:caro",
        "channel:#crisis",
        "channel:#press",
    ]


def test_a_list_that_reaches_nobody_is_an_event_and_the_next_step_at_once() -> None:
    steps = (Step(5 * MINUTE, "dave", ("erik",)), Step(HOUR, "#press"))
    change = watched(urgent(playbook=replace(RECALL, escalate=steps)), 5)
    assert without_breaches(change) == [EventKind.NOBODY_ON_CALL, EventKind.ESCALATED]
    assert (
        said(from_facts(change.events[0].facts["reason"]))
        == "nobody is known as dave; nobody is known as erik"
    )


# ---- pages that are not needed any more --------------------------------------------------------------


@pytest.mark.parametrize(
    ("why", "history", "stale"),
    [
        ("escalated", [snoozed(3, 63)], True),
        ("reassigned", [acknowledged(2), snoozed(3, 63)], False),
        ("repeated", [], False),
        ("repeated", [acknowledged(4)], True),
        ("returned", [acknowledged(4), happened(ASKED, 34), happened(RETURNED, 64)], False),
        ("returned", [acknowledged(4)], True),
        ("asked", [acknowledged(4), happened(ASKED, 34)], False),
        ("asked", [acknowledged(4), happened(ASKED, 34), happened(EventKind.CONFIRMED, 35, actor="aino")], True),
        ("snooze_over", [acknowledged(4), happened(WOKE, 35)], False),
        ("snooze_over", [acknowledged(4), snoozed(36, 90)], True),
        ("snooze_over", [acknowledged(4), answered(9, 36)], True),
    ],
)  # fmt: skip
def test_a_page_is_sent_only_while_it_is_true(*, why: str, history: list[Event], stale: bool) -> None:
    page = Claimed(
        id=1,
        fence=1,
        key="case:7:page:3:person:ben",
        case=7,
        kind="page",
        addressee="person:ben",
        content={"why": why, "people": ["ben"], "step": 0},
        channel=0,
        attempts=0,
        first_tried_at=None,
        attempted_at=None,
        place=None,
        ref=None,
        thread=None,
    )
    assert is_stale(urgent(*history, playbook=WATCHED), page) is stale


# ---- what was promised before ------------------------------------------------------------------------


def test_a_case_from_before_these_keys_lives_as_it_was_promised() -> None:
    old = policy(RECALL).as_facts()
    new = {"notify", "repeat_every_s", "repeat_times", "ask_after_s"}
    event = opened()
    facts = {**event.facts, "policy": {key: value for key, value in old.items() if key not in new}}
    case = case_of(replace(event, facts=facts), joined(1, 0))
    assert case.policy == policy(RECALL)
    expected = [(5, "escalated"), (10, "escalated"), (15, "chain_ended")]
    assert lived(case, 9000)[1] == expected


def test_a_policy_is_written_as_before_where_it_says_nothing_new() -> None:
    assert policy(LATE_DELIVERY).as_facts()["steps"] == [[900, "backup"], [1800, "everyone"]]
    steps = (Step(5 * MINUTE, "aino", ("#crisis",), "both"),)
    assert policy(RECALL, escalate=steps).as_facts()["steps"] == [[300, "aino", ["#crisis"], "both"]]
