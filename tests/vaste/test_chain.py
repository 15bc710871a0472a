"""The chain of a case: who is told now, who next, and when it has ended."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from casebook.case import Case
from casebook.event import Event, EventKind
from casebook.quiet_hours import QuietHours
from casebook.record import Change, Claimed
from casebook.timing import waits_events
from playbooks.escalate import Team
from playbooks.playbook import Playbook, Repeat, Step
from playbooks.rota import Rota
from tests.fakes import (
    DAY,
    LATE_DELIVERY,
    MINUTE,
    RECALL,
    TICK,
    acknowledged,
    act,
    after,
    answered,
    at,
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
from vaste.chain import carry_out, follow, look_at, unheard, watch
from vaste.desk import Desk
from vaste.jobs.stale import is_stale

CHAIN = {EventKind.ESCALATED, EventKind.NOBODY_ON_CALL, EventKind.CHAIN_ENDED}
A_TICK = TICK.total_seconds() / 60


def urgent(*more: Event, playbook: Playbook = RECALL) -> Case:
    """Glass in a jar, opened at noon: backup after 5 minutes, everyone after 10."""
    return case_of(opened(by=policy(playbook)), joined(1, 0), *more)


def watched(case: Case, minutes: float, here: Desk | None = None) -> Change:
    return watch(case, here or desk(), now=at(minutes))


def moves(change: Change) -> list[tuple[EventKind, object]]:
    """The events of the chain: (kind, step)."""
    return [(event.kind, event.facts.get("step")) for event in change.events if event.kind in CHAIN]


def lived(case: Case, until: datetime, here: Desk) -> tuple[Case, list[tuple[datetime, EventKind]]]:
    """Let the watch job look whenever it says that it must, until an instant."""
    happenings: list[tuple[datetime, EventKind]] = []
    for _ in range(50):
        looks = look_at(case)
        if looks is None or looks > until:
            return case, happenings
        change = watch(case, here, now=looks)
        assert change.events, f"the watch asked to look at {looks} and found nothing to do: it would spin"
        case = after(case, change)
        happenings.extend((looks, event.kind) for event in change.events)
    raise AssertionError("the case never comes to rest")


# ---- steps -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("history", "minutes", "expected", "why"),
    [
        ([], 5 - A_TICK, [], "not due yet"),
        ([], 5, [(EventKind.ESCALATED, 1)], "at its instant the step is due"),
        ([], 10, [(EventKind.ESCALATED, 1), (EventKind.ESCALATED, 2)], "after an outage every step is taken"),
        ([acknowledged(4)], 60, [], "taken: nobody else is called"),
        ([answered(9, 3)], 60, [], "a response stops the chain"),
        ([pressed_replied(3)], 60, [], "a press too"),
        ([closed(3)], 60, [], "closed"),
        ([dismissed(3)], 60, [], "dismissed"),
    ],
)
def test_which_steps_are_due(
    history: list[Event], minutes: float, expected: list[tuple[EventKind, object]], why: str
) -> None:
    assert moves(watched(urgent(*history), minutes)) == expected, why


def test_a_step_calls_the_backup_below_the_card_and_directly() -> None:
    change = watched(urgent(), 5)
    assert told(change) == [
        ("card", "team:care", ""),
        ("page", "team:care", "escalated"),
        ("page", "person:ben", "escalated"),
    ]
    assert change.events[0].facts["people"] == ["ben"]


def test_the_backup_across_a_hand_off_is_whoever_was_not_called_and_so_in_every_round() -> None:
    """A page at 12:00 to Aino, a hand-off to Ben at 12:02, the step at 12:05; the chain ends at 12:10, and again."""
    handoff = at(2).astimezone(ZoneInfo("Europe/Helsinki")).time()
    rota = Rota(
        ("aino", "ben"), 1, handoff, ZoneInfo("Europe/Helsinki"), start=at(0).date() - timedelta(days=7)
    )
    here = replace(desk(), teams={"care": Team("care", "#some", rota)})
    assert [here.reach("on_call", policy(RECALL), at=at(minutes)).people for minutes in (0, 2)] == [
        ("aino",),
        ("ben",),
    ]
    single = replace(RECALL, escalate=(Step(5 * MINUTE, "backup"),), repeat=Repeat(2 * MINUTE, 1))
    case, called = urgent(playbook=single), [["aino"]]
    while (looks := look_at(case)) is not None and looks <= at(60):
        change = watch(case, here, now=looks)
        called += [event.facts["people"] for event in change.events if event.facts.get("people")]
        case = after(case, change)
    assert called == [["aino"], ["ben"], ["ben"], ["aino"]]


def test_a_case_that_is_not_loud_sends_nobody_a_direct_message() -> None:
    assert [where for _, where, _ in told(watched(case_of(), 15))] == ["team:care", "team:care"]


def test_a_step_to_a_channel_writes_there() -> None:
    case = urgent(playbook=replace(RECALL, escalate=(Step(5 * MINUTE, "#press"),)))
    assert told(watched(case, 5)) == [("page", "channel:#press", "escalated")]


def test_only_after_moves_the_chain_and_acknowledge_within_only_dates_the_breach() -> None:
    patient = replace(RECALL, acknowledge_within=MINUTE)
    change = watched(urgent(playbook=patient), 2)
    assert kinds(change) == [EventKind.BREACHED]


def test_escalations_are_counted() -> None:
    case = urgent()
    assert after(case, watched(case, 10)).escalations == 2


@pytest.mark.parametrize("handover", ["reassign", "acknowledge"])
def test_a_hand_off_resets_no_deadline(handover: str) -> None:
    case = urgent(acknowledged(3, "ben"))
    _, change = carry_out(case, act(handover, 4, "ben", to="aino"), desk(), now=at(4))
    later = after(case, change)
    assert (later.opened_at, later.acknowledged_at, later.stage) == (case.opened_at, at(3), case.stage)


# ---- nobody on call ----------------------------------------------------------------------------------


def test_nobody_on_call_is_an_event_and_the_next_step_is_taken_at_once() -> None:
    case = urgent(happened(EventKind.NOBODY_ON_CALL, 0, step=0, to="on_call", reason="nobody"))
    assert case.nobody_on_call
    assert look_at(case) == at(0)
    change = watched(case, 0)
    assert moves(change) == [(EventKind.ESCALATED, 1)]
    assert not after(case, change).nobody_on_call


def test_where_nobody_is_anywhere_the_chain_ends_at_once_with_an_event_for_each_step() -> None:
    case = urgent()
    change = watched(case, 5, deserted_desk())
    nobody = EventKind.NOBODY_ON_CALL
    assert moves(change) == [(nobody, 1), (nobody, 2), (EventKind.CHAIN_ENDED, None)]
    assert change.owed == ()


def test_without_steps_nobody_on_call_ends_the_chain_rather_than_spinning() -> None:
    bare = replace(RECALL, escalate=())
    case = urgent(happened(EventKind.NOBODY_ON_CALL, 0, step=0), playbook=bare)
    case, happenings = lived(case, at(0), deserted_desk())
    assert [kind for _, kind in happenings] == [EventKind.CHAIN_ENDED]
    assert case.chain_ended


# ---- the end of the chain ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("afters", "ends", "why"),
    [
        ((5, 10), 15, "the last step has as long as it came after the one before"),
        ((5,), 10, "a single step has as long as it waited itself"),
        ((5, 5), 10, "two steps at one time have the pause before them both"),
        ((5, 10, 10), 15, "the same further on"),
    ],
)
def test_the_chain_ends_when_the_last_step_had_its_time(
    afters: tuple[int, ...], ends: float, why: str
) -> None:
    steps = tuple(Step(minutes * MINUTE, "everyone") for minutes in afters)
    case = urgent(playbook=replace(RECALL, escalate=steps))
    case = after(case, watched(case, max(afters)))
    assert not case.chain_ended, why
    assert moves(watched(case, ends - A_TICK)) == [], why
    assert moves(watched(case, ends)) == [(EventKind.CHAIN_ENDED, None)], why
    ended = after(case, watched(case, ends))
    assert moves(watched(ended, 9000)) == [], "it ends once"
    assert ended.is_untaken


def test_a_playbook_without_steps_has_no_chain_that_could_end() -> None:
    assert moves(watched(urgent(playbook=replace(RECALL, escalate=())), 9000)) == []


def test_a_quiet_case_alerts_nobody_ever() -> None:
    quiet = case_of(opened(quiet=True, by=policy(RECALL)), joined(1, 0))
    change = watched(quiet, 9000)
    assert (kinds(change), change.owed) == ([EventKind.BREACHED], ())


@pytest.mark.parametrize("here", [desk(), deserted_desk()], ids=["aino on call", "nobody on call"])
@pytest.mark.parametrize(
    "history",
    [
        [],
        [acknowledged(4)],
        [answered(9, 3)],
        [acknowledged(4), closed(5), happened(EventKind.REOPENED, 6, actor="ben", people=["aino"])],
        [dismissed(5), happened(EventKind.REOPENED, 6, actor="ben", people=["aino"])],
        [joined(2, 8), raised(2, 8, 9)],
    ],
)
def test_the_watch_looks_only_when_there_is_something_to_do_and_comes_to_rest(
    history: list[Event], here: Desk
) -> None:
    case, _ = lived(urgent(*history), at(0) + 30 * DAY, here)
    assert look_at(case) is None


# ---- the customer waits again ------------------------------------------------------------------------


def test_an_owner_hears_that_the_customer_waits_again_and_the_chain_stands_still() -> None:
    case = urgent(acknowledged(4), answered(9, 5), joined(2, 30))
    change = follow(case, Change(), desk(), now=at(31))
    assert kinds(change) == [EventKind.WAITS]
    assert told(change) == [
        ("card", "team:care", ""),
        ("page", "team:care", "waits_again"),
        ("page", "person:aino", "waits_again"),
    ]
    assert moves(watched(after(case, change), 9000)) == []


def test_without_an_owner_the_chain_begins_again_with_whoever_is_on_call() -> None:
    case = urgent(answered(9, 3), joined(2, 30))
    change = follow(case, Change(), desk(), now=at(31))
    waits = after(case, change)
    assert change.events[0].facts["people"] == ["aino"]
    assert (waits.paged, waits.is_untaken) == (("aino",), True)
    assert moves(watched(waits, 36 - A_TICK)) == []
    assert moves(watched(waits, 36)) == [(EventKind.ESCALATED, 1)]
    assert after(waits, watched(waits, 60)).is_untaken, "its pages are still needed"


def test_waiting_again_with_nobody_on_call_is_an_event_and_the_next_step() -> None:
    case = urgent(answered(9, 3), joined(2, 30))
    change = follow(case, Change(), deserted_desk(), now=at(31))
    assert kinds(change) == [EventKind.WAITS, EventKind.NOBODY_ON_CALL]
    assert look_at(after(case, change)) == at(31)


def test_a_reply_to_the_follow_up_stops_the_chain_again() -> None:
    case = urgent(answered(9, 3), joined(2, 30))
    waits = after(case, follow(case, Change(), desk(), now=at(31)))
    assert moves(watched(after(waits, Change((answered(8, 32),))), 9000)) == []


def test_nothing_follows_twice() -> None:
    case = urgent(answered(9, 3), joined(2, 30))
    once = after(case, follow(case, Change(), desk(), now=at(31)))
    assert follow(once, Change(), desk(), now=at(32)) == Change()
    assert waits_events(once, now=at(32)) == ()


def test_a_late_found_reply_takes_back_its_breach_as_soon_as_it_is_matched() -> None:
    late = happened(EventKind.BREACHED, 30, clock="respond")
    case = urgent(acknowledged(4), late, answered(9, 29))
    assert kinds(follow(case, Change(), desk(), now=at(50))) == [EventKind.BREACH_WITHDRAWN]


# ---- reopened ----------------------------------------------------------------------------------------


def reopened_by_ben(
    *history: Event, here: Desk | None = None, playbook: Playbook = RECALL
) -> tuple[Case, Change]:
    case = urgent(*history, playbook=playbook)
    _, change = carry_out(case, act("reopen", 60, "ben"), here or desk(), now=at(60))
    return after(case, change), change


def test_a_reopened_case_goes_to_its_owner_and_the_chain_begins_when_they_had_their_time() -> None:
    case, change = reopened_by_ben(acknowledged(4, "caro"), closed(5, "caro"))
    assert told(change)[-1] == ("page", "person:caro", "reopened")
    assert change.events[0].facts["people"] == ["caro"]
    assert look_at(case) == at(65), "acknowledge_within of the recall"
    assert moves(watched(case, 65 - A_TICK)) == []
    first = watched(case, 65)
    assert kinds(first) == [EventKind.PAGED], "first whoever is on call, which is no step"
    assert first.events[0].facts["people"] == ["aino"]
    assert told(first)[-1] == ("page", "person:aino", "untaken")
    called = after(case, first)
    assert (called.escalations, called.paged, called.reopened_to) == (0, ("aino",), None)
    assert moves(watched(called, 70 - A_TICK)) == []
    assert moves(watched(called, 70)) == [(EventKind.ESCALATED, 1)], "then the steps from there"


@pytest.mark.parametrize(
    ("changes", "first_call", "why"),
    [
        ({"acknowledge_within": None}, 65, "the first wait of the chain, five minutes"),
        ({"acknowledge_within": None, "escalate": ()}, None, "nobody else would be called for a new case either"),
        ({"acknowledge_within": None, "escalate": (Step(timedelta(0), "everyone"),)}, None, "the step is due at once"),
        ({"acknowledge_within": 9 * MINUTE, "escalate": ()}, 69, "they have as long as it may take to be taken"),
    ],
)  # fmt: skip
def test_how_long_a_reopened_case_is_its_owner_s_alone(
    changes: dict[str, Any], first_call: float | None, why: str
) -> None:
    case, change = reopened_by_ben(
        acknowledged(4, "caro"), closed(5, "caro"), playbook=replace(RECALL, **changes)
    )
    assert [who for kind, who, _ in told(change) if kind == "page"] == ["team:care", "person:caro"], why
    _, happenings = lived(case, at(3000), desk())
    calls = [moment for moment, kind in happenings if kind is EventKind.PAGED]
    assert calls == ([] if first_call is None else [at(first_call)]), why


def test_reopened_and_out_of_reach_its_owner_does_not_keep_others_waiting() -> None:
    gone = replace(desk(), unreachable={"caro": "has left"})
    case, change = reopened_by_ben(acknowledged(4, "caro"), closed(5, "caro"), here=gone)
    assert told(change)[-1] == ("page", "person:aino", "reopened")
    assert look_at(case) == at(65), "its first step counts from the reopening"
    assert moves(watched(case, 65)) == [(EventKind.ESCALATED, 1)]


@pytest.mark.parametrize("playbook", [RECALL, replace(RECALL, acknowledge_within=None, escalate=())])
def test_reopened_to_somebody_whom_the_message_does_not_reach_calls_who_is_on_call_at_once(
    playbook: Playbook,
) -> None:
    case, _ = reopened_by_ben(acknowledged(4, "caro"), closed(5, "caro"), playbook=playbook)
    gone = replace(desk(), unreachable={"caro": "has left"})
    refused = unheard(case, desk=gone, now=at(61))
    assert kinds(refused) == [EventKind.NOBODY_ON_CALL]
    case = after(case, refused)
    assert unheard(case, desk=gone, now=at(61)) == Change(), "told once"
    assert look_at(case) == at(61)
    first = watched(case, 61, gone)
    assert (kinds(first), told(first)[-1]) == ([EventKind.PAGED], ("page", "person:aino", "untaken"))
    assert not after(case, first).nobody_on_call


def test_reopened_at_night_the_one_on_call_is_told_where_its_owner_left_before_the_morning() -> None:
    playbook = replace(RECALL, quiet_hours=QuietHours(12 * 60 + 30, 14 * 60, ZoneInfo("UTC")))
    case, change = reopened_by_ben(acknowledged(4, "caro"), closed(5, "caro"), playbook=playbook)
    assert told(change) == [("card", "team:care", "")]
    morning = watched(case, 120, replace(desk(), unreachable={"caro": "has left"}))
    assert told(morning)[-1] == ("page", "person:aino", "reopened")
    called = after(case, morning)
    assert (called.paged, called.reopened_to, look_at(called)) == (("aino",), None, at(125))


def test_reopened_and_taken_the_chain_stands_still() -> None:
    case, _ = reopened_by_ben(acknowledged(4), closed(5))
    assert moves(watched(after(case, Change((acknowledged(61),))), 9000)) == []


def test_reopened_without_an_owner_it_goes_to_whoever_is_on_call() -> None:
    case, change = reopened_by_ben(dismissed(5))
    assert told(change)[-1] == ("page", "person:aino", "reopened")
    assert look_at(case) == at(65)


def test_reopened_with_nobody_on_call_every_step_is_tried_once() -> None:
    case, _ = reopened_by_ben(acknowledged(4), closed(5))
    nobody = EventKind.NOBODY_ON_CALL
    expected = [(nobody, 0), (nobody, 1), (nobody, 2), (EventKind.CHAIN_ENDED, None)]
    assert moves(watched(case, 65, deserted_desk())) == expected


def test_reopened_without_an_owner_and_nobody_on_call_is_an_event() -> None:
    _, change = reopened_by_ben(dismissed(5), here=deserted_desk())
    assert kinds(change)[:2] == [EventKind.REOPENED, EventKind.NOBODY_ON_CALL]


# ---- presses -----------------------------------------------------------------------------------------


def test_reassigning_tells_the_new_person() -> None:
    case = urgent()
    outcome, change = carry_out(case, act("reassign", 2, to="ben"), desk(), now=at(2))
    assert outcome.reason == "done"
    assert kinds(change) == [EventKind.ACKNOWLEDGED, EventKind.REASSIGNED]
    assert told(change)[-1] == ("page", "person:ben", "reassigned")
    assert change.owed[-1].about == 1, "it tells of the reassigning"


@pytest.mark.parametrize("verb", ["acknowledge", "replied", "close", "dismiss", "reopen", "reassign"])
def test_a_press_repeated_owes_nothing(verb: str) -> None:
    case = urgent() if verb != "reopen" else urgent(acknowledged(4), closed(5))
    press = act(verb, 6, to="ben")
    once = after(case, carry_out(case, press, desk(), now=at(6))[1])
    outcome, change = carry_out(once, press, desk(), now=at(7))
    assert (outcome.events, change) == ((), Change())


def test_a_responded_case_closes_by_itself_dated_by_its_last_reply() -> None:
    case = urgent(answered(9, 3))
    assert look_at(case) == at(3) + 3 * DAY
    [event] = watch(case, desk(), now=at(3) + 3 * DAY + timedelta(seconds=1)).events
    assert (event.kind, event.happened_at, event.facts["automatic"]) == (EventKind.CLOSED, at(3), True)


def test_the_playbooks_of_the_tests_have_the_steps_the_minutes_speak_of() -> None:
    assert [step.after for step in RECALL.escalate] == [5 * MINUTE, 10 * MINUTE]
    assert [step.after for step in LATE_DELIVERY.escalate] == [15 * MINUTE, 30 * MINUTE]


# ---- pages that are not needed any more --------------------------------------------------------------


@pytest.mark.parametrize(
    ("history", "stale", "why"),
    [
        ([], False, "nobody has it"),
        ([acknowledged(4)], True, "somebody took it before the page could be sent"),
        ([answered(9, 3)], True, "answered"),
        ([closed(3)], True, "closed"),
        ([answered(9, 3), joined(2, 8)], False, "the customer waits again and nobody has it"),
        ([happened(EventKind.MERGED, 3, into=5)], True, "another case has it"),
    ],
)
def test_an_escalation_is_sent_only_while_somebody_is_to_take_the_case(
    *, history: list[Event], stale: bool, why: str
) -> None:
    page = Claimed(
        id=1,
        fence=1,
        key="case:7:page:3:person:ben",
        case=7,
        kind="page",
        addressee="person:ben",
        content={"why": "escalated", "people": ["ben"], "step": 1},
        channel=0,
        attempts=0,
        first_tried_at=None,
        attempted_at=None,
        place=None,
        ref=None,
        thread=None,
    )
    assert is_stale(urgent(*history), page) is stale, why
