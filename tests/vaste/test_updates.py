"""News while a case is open: whoever has it is reminded, and what is missed is told outside the log's breaches."""

from dataclasses import replace
from datetime import datetime

import pytest

from casebook.case import Case
from casebook.event import Event, EventKind
from casebook.record import Change, Claimed
from casebook.timing import breaches
from casebook.updates import next_update_look, update_owed
from tests.fakes import (
    HOUR,
    LATE_DELIVERY,
    MINUTE,
    TICK,
    acknowledged,
    after,
    answered,
    at,
    case_of,
    closed,
    desk,
    dismissed,
    happened,
    joined,
    kinds,
    opened,
    policy,
    pressed_replied,
    raised,
    reopened,
    told,
)
from tests.vaste.test_cards import view
from vaste.cards import card_of
from vaste.chain import follow, look_at, watch
from vaste.jobs.stale import is_stale

NEWS = replace(LATE_DELIVERY, update_within=2 * HOUR)
HERE = desk(playbooks=(NEWS,))
REMINDED = 10 + 90
"""Minutes: three quarters of two hours after the answer of minute 10."""
DUE = 10 + 120


def case(*more: Event, quiet: bool = False) -> Case:
    return case_of(opened(by=policy(NEWS), quiet=quiet), joined(1, 0), *more)


def taken(*more: Event) -> Case:
    """Aino took it and answered at minute 10."""
    return case(acknowledged(5), answered(9, 10), *more)


def watched(of: Case, when: datetime) -> Change:
    return watch(of, HERE, now=when)


def news(change: Change) -> list[EventKind]:
    mine = {EventKind.UPDATE_DUE, EventKind.UPDATE_MISSED, EventKind.UPDATE_WITHDRAWN}
    return [kind for kind in kinds(change) if kind in mine]


@pytest.mark.parametrize(
    ("of", "due_by", "why"),
    [
        (case(), None, "before the first answer, that is owed and no other word"),
        (taken(), at(DUE), "after it, the next word is"),
        (taken(answered(8, 60)), at(180), "each word begins the time anew"),
        (case(acknowledged(5), pressed_replied(20)), at(140), "a press counts as a word"),
        (taken(joined(2, 30)), at(DUE), "that the customer writes again changes nothing of it"),
        (taken(closed(20)), None, "closed, nothing is owed"),
        (taken(dismissed(20)), None, "nor is it on a false alarm"),
        (taken(closed(20), reopened(300)), at(420), "reopened, the time begins again"),
        (case(answered(9, 10), quiet=True), None, "a case that alerted nobody has no such clock"),
        (taken(raised(2, 30, 31)), None, "raised to a playbook without it, it is gone"),
    ],
)
def test_when_the_next_word_is_owed(of: Case, due_by: datetime | None, why: str) -> None:
    update = update_owed(of)
    assert (update.due_by if update else None) == due_by, why


def test_other_playbooks_owe_no_further_word() -> None:
    assert update_owed(case_of(acknowledged(5), answered(9, 10))) is None


@pytest.mark.parametrize(
    ("minutes", "events", "why"),
    [
        (REMINDED - TICK / MINUTE, [], "before three quarters nothing happens"),
        (REMINDED, [EventKind.UPDATE_DUE], "at three quarters its owner is reminded"),
        (DUE, [EventKind.UPDATE_DUE], "at its instant it is not missed"),
        (DUE + TICK / MINUTE, [EventKind.UPDATE_DUE, EventKind.UPDATE_MISSED], "just after, it is"),
    ],
)
def test_what_happens_when(minutes: float, events: list[EventKind], why: str) -> None:
    assert news(watched(taken(), at(minutes))) == events, why


def test_its_owner_is_reminded_once() -> None:
    change = watched(taken(), at(REMINDED))
    assert told(change) == [("card", "team:care", ""), ("page", "team:care", "update")]
    assert change.owed[1].content["people"] == ["aino"]
    assert news(watched(after(taken(), change), at(REMINDED + 10))) == []


def test_what_was_put_off_reminds_nobody_and_its_miss_is_told_all_the_same() -> None:
    later = taken(happened(EventKind.SNOOZED, 20, actor="aino", until=at(400).isoformat()))
    assert watched(later, at(REMINDED)).owed == ()
    assert news(watched(later, at(DUE + 1))) == [EventKind.UPDATE_MISSED]
    due = look_at(later)
    assert due is not None
    assert due > at(REMINDED)
    back = watched(later, at(400))
    assert [why for _, _, why in told(back)].count("update") == 1


def test_of_a_child_its_crisis_speaks() -> None:
    child = taken(happened(EventKind.FOLDED, 20, crisis=9))
    assert news(watched(child, at(REMINDED))) == []
    assert news(watched(child, at(DUE + 1))) == [EventKind.UPDATE_MISSED]


def test_where_nobody_has_it_whoever_is_on_call_is_reminded() -> None:
    change = watched(case(answered(9, 10)), at(REMINDED))
    assert [owed.content["people"] for owed in change.owed if owed.kind == "page"] == [["aino"]]


def test_a_miss_is_dated_when_it_was_due_and_is_no_breach() -> None:
    change = watched(taken(), at(900))
    missed = next(event for event in change.events if event.kind is EventKind.UPDATE_MISSED)
    assert missed.happened_at == at(DUE)
    assert breaches(after(taken(), change), now=at(900)) == ()


def test_a_word_found_late_and_posted_in_time_takes_the_miss_back() -> None:
    missed = after(taken(), watched(taken(), at(DUE + 5)))
    found = Change((answered(8, DUE),))
    change = follow(missed, found, HERE, now=at(DUE + 6))
    assert news(change) == [EventKind.UPDATE_WITHDRAWN]
    assert after(missed, change).updates_missed == ()


def test_a_word_posted_too_late_leaves_the_miss() -> None:
    missed = after(taken(), watched(taken(), at(DUE + 5)))
    change = follow(missed, Change((answered(8, DUE + 1),)), HERE, now=at(DUE + 6))
    assert news(change) == []
    assert after(missed, change).updates_missed == (at(10),)


def test_the_watch_looks_at_its_instants_and_comes_to_rest() -> None:
    of, seen = taken(), []
    for _ in range(6):
        looks = next_update_look(of)
        if looks is None:
            break
        seen.append(looks)
        of = after(of, watched(of, looks))
    assert seen == [at(REMINDED), at(DUE) + TICK]
    assert look_at(of) == at(10) + 72 * HOUR  # the automatic close


@pytest.mark.parametrize(("now", "missed"), [(DUE, False), (DUE + TICK / MINUTE, True)])
def test_the_card_says_by_when(now: float, *, missed: bool) -> None:
    card = card_of(view(taken()), HERE, now=at(now))
    assert (card.update_by, card.update_missed, card.breaches) == (at(DUE), missed, ())


@pytest.mark.parametrize(
    ("more", "stale", "why"),
    [
        ([], False, "nobody has said a word since"),
        ([answered(8, 60)], True, "a later word has said it"),
        ([closed(60)], True, "a closed case owes none"),
    ],
)
def test_a_reminder_that_nobody_needs_any_more_is_not_sent(
    more: list[Event], why: str, *, stale: bool
) -> None:
    step = int(at(10).timestamp())
    content = {"why": "update", "step": step}
    page = Claimed(1, 1, "k", 7, "page", "team:care", content, 0, 0, None, None, None, None, None)
    assert is_stale(taken(*more), page) is stale, why
