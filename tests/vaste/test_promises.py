"""Promises: made, reminded of, kept or broken; on the card, in the history and for the hand-off."""

import json
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from casebook.act import apply
from casebook.case import Case, Status
from casebook.event import Event, EventKind
from casebook.fold import with_events
from casebook.promise import GRACE, KINDS, LONGEST, Promise, next_promise
from casebook.record import Change, Claimed
from casebook.timing import closes_by_itself_at
from notifier.worded import plain
from notifier.wording import word
from tests.fakes import (
    DAY,
    HOUR,
    TICK,
    acknowledged,
    act,
    after,
    at,
    case_of,
    closed,
    desk,
    dismissed,
    happened,
    kinds,
    pressed_replied,
)
from tests.notifier.cast import tongue
from tests.vaste.shelf import Shelf, open_shelf
from tests.vaste.test_cards import view
from tests.vaste.typed import Typed
from vaste.cards import card_of
from vaste.chain import carry_out, look_at, watch
from vaste.cli import main
from vaste.jobs.stale import is_stale

HERE = desk()
Here = Callable[..., Typed]
DUE = at(120)


def promised(
    minutes: float = 10, due: datetime = DUE, *, number: int = 1, what: str = "send", actor: str = "aino"
) -> Event:
    facts = {"number": number, "what": what, "due_at": due.isoformat()}
    return happened(EventKind.PROMISED, minutes, actor=actor, **facts)


def kept(minutes: float, number: int = 1) -> Event:
    return happened(EventKind.PROMISE_KEPT, minutes, actor="aino", number=number)


def answered_case(*more: Event) -> Case:
    return case_of(acknowledged(1), pressed_replied(2), *more)


def watched(case: Case, when: datetime) -> Change:
    return watch(case, HERE, now=when)


# ---- making one ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("history", "due", "what", "reason", "why"),
    [
        ([acknowledged(1)], DUE, "send", "done", "on an open case"),
        ([acknowledged(1), closed(5)], DUE, "send", "done", "with the close"),
        ([dismissed(5)], DUE, "send", "ended", "not on a false alarm"),
        ([], at(10), "send", "no_time", "not for this very instant"),
        ([], at(10) + TICK, "send", "done", "for the next one"),
        ([], at(10) + LONGEST, "send", "done", "for a year from now"),
        ([], at(10) + LONGEST + TICK, "send", "no_time", "not for later"),
        ([], None, "send", "no_time", "not for no time"),
        ([], DUE, "the moon", "unknown", "only what there is a word for"),
        ([promised(5)], DUE, "send", "promised", "the same twice is once"),
        ([promised(5)], DUE, "call", "done", "something else for the same time"),
        ([promised(5), kept(6)], DUE, "send", "done", "the same again after it was kept"),
    ],
)  # fmt: skip
def test_what_can_be_promised(
    history: list[Event], due: datetime | None, what: str, reason: str, why: str
) -> None:
    case = case_of(*history)
    outcome = apply(case, act("promise", 10, due_at=due, what=what))
    assert outcome.reason == reason, why
    assert (outcome.events == ()) is (reason != "done")


def test_promising_on_an_untaken_case_takes_it_and_on_a_closed_one_does_not() -> None:
    def made(case: Case) -> list[EventKind]:
        return [event.kind for event in apply(case, act("promise", 10, due_at=DUE)).events]

    assert made(case_of()) == [EventKind.ACKNOWLEDGED, EventKind.PROMISED]
    assert made(case_of(happened(EventKind.CLOSED, 5))) == [EventKind.PROMISED]


def test_a_promise_holds_no_words() -> None:
    (event,) = apply(answered_case(), act("promise", 10, due_at=DUE, what="send")).events
    assert event.facts == {"number": 1, "what": "send", "due_at": DUE.isoformat()}


# ---- what becomes of it --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("history", "when", "events", "why"),
    [
        ([], DUE - TICK, [], "before its time nothing happens"),
        ([], DUE, ["promise_due"], "at its time its owner is reminded"),
        ([], DUE + GRACE, ["promise_due"], "the grace is not over at its instant"),
        ([], DUE + GRACE + TICK, ["promise_due", "promise_broken"], "just after, it is broken"),
        ([kept(119)], DUE, [], "kept before its time nobody is reminded"),
        ([happened(EventKind.PROMISE_DUE, 120, number=1), kept(150)], DUE + DAY, [], "kept within the grace it is kept"),
    ],
)  # fmt: skip
def test_when_a_promise_is_due(history: list[Event], when: datetime, events: list[str], why: str) -> None:
    case = case_of(acknowledged(1), closed(2), promised(), *history)
    change = watched(case, when)
    assert [
        event.kind.value for event in change.events if event.kind.value.startswith("promise")
    ] == events, why


def test_a_broken_promise_is_dated_when_it_was_due() -> None:
    case = answered_case(promised())
    [*_, broken] = watched(case, DUE + DAY).events
    assert (broken.kind, broken.happened_at) == (EventKind.PROMISE_BROKEN, DUE)


def test_one_that_is_kept_too_late_stays_broken_and_says_when_it_was_kept() -> None:
    case = answered_case(promised())
    late = after(case, watched(case, DUE + 2 * HOUR))
    outcome = apply(late, act("keep", 300))
    (promise,) = with_events(late, outcome.events).promises
    assert (promise.state, promise.kept_at, promise.is_owed) == ("broken", at(300), False)


def test_keeping_takes_the_one_that_is_due_first_or_the_one_that_is_named() -> None:
    case = answered_case(
        promised(10, at(500)), promised(11, at(200), number=2), promised(12, at(900), number=3)
    )

    def number(number: int | None = None) -> object:
        return apply(case, act("keep", 20, number=number)).events[0].facts["number"]

    assert (number(), number(number=3)) == (2, 3)
    assert apply(case, act("keep", 20, number=4)).reason == "not_promised"
    assert apply(answered_case(promised(), kept(15)), act("keep", 20)).reason == "not_promised"


@pytest.mark.parametrize(
    ("history", "person", "why"),
    [
        ([acknowledged(1, "ben"), promised()], "ben", "whoever has the case"),
        ([promised(actor="slack:U9")], "slack:U9", "else whoever promised it"),
    ],
)
def test_who_is_reminded(history: list[Event], person: str, why: str) -> None:
    change = watched(case_of(happened(EventKind.CLOSED, 0), *history), DUE)
    pages = [owed.content for owed in change.owed if owed.kind == "page"]
    assert [(page["why"], page["people"], page["step"]) for page in pages] == [("promise", [person], 1)], why


def test_a_reminder_goes_out_on_a_closed_case_and_not_for_what_was_kept() -> None:
    case = answered_case(closed(5), promised())
    page = Claimed(
        1, 1, "k", 7, "page", "team:care", {"why": "promise", "step": 1}, 0, 0, None, None, None, None, None
    )
    assert not is_stale(case, page)
    assert is_stale(with_events(case, [kept(20)]), page)


def test_what_is_owed_keeps_an_answered_case_from_closing_by_itself() -> None:
    case = answered_case(promised(due=at(0) + 10 * DAY))
    assert (case.status, closes_by_itself_at(case)) == (Status.RESPONDED, None)
    assert look_at(case) == at(0) + 10 * DAY
    over = with_events(case, [kept(60 * 24 * 9)])
    assert kinds(watched(over, at(60 * 24 * 9))) == [EventKind.CLOSED]


def test_the_watch_comes_to_rest_whatever_became_of_it() -> None:
    case = answered_case(promised(), promised(11, at(180), number=2, what="call"))
    for _ in range(9):
        looks = look_at(case)
        if looks is None:
            break
        change = watched(case, looks)
        assert change.events, "it would spin"
        case = after(case, change)
    assert look_at(case) is None
    assert [promise.state for promise in case.promises] == ["broken", "broken"]
    assert case.status is Status.CLOSED


def test_an_act_pressed_again_changes_nothing() -> None:
    case = after(
        answered_case(), carry_out(answered_case(), act("promise", 10, due_at=DUE), HERE, now=at(10))[1]
    )
    assert carry_out(case, act("promise", 10, due_at=DUE), HERE, now=at(10))[1] == Change()


def test_nothing_promised_is_nothing_to_look_at() -> None:
    assert next_promise([]) is None
    assert next_promise([Promise(1, "send", DUE, "aino", at(0), kept_at=at(5))]) is None


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ([], "🤝 Promised: a parcel, by 16:00 (Aino Virtanen)."),
        ([kept(15)], "🤝 Promised: a parcel, by 16:00 (Aino Virtanen). ✓ kept"),
        ([happened(EventKind.PROMISE_BROKEN, 120, number=1)], "🤝 Promised: a parcel, by 16:00 (Aino Virtanen). ⚠ not kept in time"),
    ],
)  # fmt: skip
def test_the_card_says_what_is_promised(history: list[Event], said: str) -> None:
    card = card_of(view(case_of(acknowledged(1), promised(), *history)), HERE, now=at(20))
    lines = [plain(part.line) for part in word(card, tongue("en")).parts if hasattr(part, "line")]
    assert said in lines


@pytest.mark.parametrize("what", [*KINDS, "of a later version"])
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_kind_of_promise_has_a_word(what: str, language: str) -> None:
    card = card_of(view(case_of(promised(what=what))), HERE, now=at(20))
    assert any(
        "🤝" in plain(part.line) for part in word(card, tongue(language)).parts if hasattr(part, "line")
    )


# ---- by command ------------------------------------------------------------------------------------------


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = open_shelf(tmp_path, at=datetime.now().astimezone() - timedelta(minutes=5))
    shelf.post(id="1")
    shelf.turn(seconds=20)
    shelf.file()
    yield shelf
    shelf.close()


@pytest.fixture
def here(shelf: Shelf, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Here:
    monkeypatch.chdir(shelf.folder)

    def typed(*words: str) -> Typed:
        monkeypatch.setattr(sys, "argv", ["vaste", *words])
        code = 0
        try:
            main()
        except SystemExit as left:
            code = int(left.code or 0)
        written = capsys.readouterr()
        return Typed(code, written.out, written.err)

    return typed


def test_a_promise_is_made_listed_and_kept(shelf: Shelf, here: Here) -> None:
    assert here("promises").out == "Nothing is promised.\n"
    made = here("promise", "1", "--due", "2d", "--what", "send", "--by", "aino")
    assert made.code == 0
    assert made.out.startswith("case 1, promise 1: send by ")
    assert made.out.endswith(", Aino Virtanen: open\n")
    assert here("promises").out == made.out
    (row,) = json.loads(here("promises", "--format", "json").out)
    assert (row["case"], row["promise"], row["what"], row["by"], row["state"]) == (
        1,
        1,
        "send",
        "aino",
        "open",
    )
    assert row["due_at"].endswith("Z")
    done = here("promise", "1", "--keep", "--by", "ben")
    assert (done.code, ": kept, kept " in done.out) == (0, True)
    assert here("promises").out == "Nothing is promised.\n"
    assert ": kept" in here("promises", "--all").out
    assert [event.kind.value for event in shelf.jobs.store.events(1)][-2:] == ["promised", "promise_kept"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["1", "--by", "aino"], 2, "say until when it is promised"),
        (["1", "--due", "2d", "--keep", "--by", "aino"], 2, "say until when it is promised"),
        (["1", "--due", "soon", "--by", "aino"], 2, "write for example"),
        (["1", "--due", "2020-01-01 12:00", "--by", "aino"], 1, "--due must be later than now"),
        (["1", "--due", "2d", "--what", "moon", "--by", "aino"], 2, "write answer, send"),
        (["1", "--due", "2d"], 2, "say who you are"),
        (["1", "--keep", "--by", "aino"], 1, "nothing is promised there"),
        (["99", "--due", "2d", "--by", "aino"], 1, "no case 99 is on record"),
    ],
)
def test_what_cannot_be_promised_is_one_line(here: Here, words: list[str], code: int, told: str) -> None:
    ran = here("promise", *words)
    assert (ran.code, len(ran.told)) == (code, 1)
    assert told in ran.err
