"""What playbooks say, as the record keeps it: promises, quiet hours, whom else is told. On both databases."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from casebook.act import Act
from casebook.case import Case
from casebook.event import Event
from casebook.grounds import ground
from casebook.quiet_hours import QuietHours
from casebook.record import Change
from casebook.store.cases import _merge_events
from tests.casebook.cast import DESK, HOUR, MINUTE, NOW, QUESTION, RECALL, Book, mention
from tests.fakes import case_of
from tests.vaste.test_promises import DUE, kept, promised
from vaste.chain import carry_out


def desk_with(book: Book, **says: Any) -> None:
    playbook = replace(QUESTION, **says)
    book.desk = replace(DESK, playbooks=(RECALL, playbook))


def promise(book: Book, number: int, due: timedelta) -> None:
    act = Act(number, "promise", "aino", book.now, due_at=book.now + due, what="send")

    def decide(case: Case) -> Change:
        return carry_out(case, act, book.desk, now=book.now)[1]

    book.store.change(number, decide, now=book.now)


def test_a_promise_is_reminded_of_and_broken_and_never_forgotten(book: Book) -> None:
    first, second = book.open_case("1"), book.open_case("2", by="liisa")
    promise(book, first, HOUR)
    assert [case.number for case in book.store.promised_cases()] == [first]
    book.press(first, "close")
    book.advance(HOUR)
    book.watch()
    assert book.kinds(first)[-1] == "promise_due"
    book.send_all()
    book.advance(HOUR + timedelta(seconds=1))
    book.watch()
    assert "promise_broken" in book.kinds(first)
    (case,) = book.store.promised_cases()
    assert [made.state for made in case.promises] == ["broken"]
    assert "promised" not in book.kinds(second)


def test_a_reminder_in_quiet_hours_waits_for_their_end(book: Book) -> None:
    quiet = QuietHours(10 * 60, 12 * 60, ZoneInfo("UTC"))  # an hour after NOW, for two hours
    desk_with(book, quiet_hours=quiet)
    number = book.open_case("1", at=NOW)
    book.send_all()
    promise(book, number, HOUR + MINUTE)
    book.send_all()
    book.advance(HOUR + MINUTE)
    book.watch()
    assert "promise_due" in book.kinds(number)
    assert {claimed.kind for claimed in book.send_all()} <= {"card"}
    assert book.store.next_delivery() == NOW + 3 * HOUR
    book.advance(2 * HOUR)
    assert "promise" in [claimed.content.get("why") for claimed in book.send_all()]


def test_a_post_is_told_once_in_the_transaction_of_its_decision(book: Book) -> None:
    desk_with(book, also=("#produkt",))
    number = book.open_case("1")
    notices = [claimed for claimed in book.send_all() if claimed.kind == "notice"]
    assert [(claimed.addressee, claimed.content["facts"]["playbook"]) for claimed in notices] == [
        ("channel:#produkt", "question")
    ]
    assert book.kinds(number).count("told") == 1
    assert [post.author for post in book.store.quoted(notices[0].content)] == ["caro"]


def test_a_sample_opens_no_case_and_keeps_the_reason(book: Book) -> None:
    desk_with(book, sample=1e-9)
    assert book.bring(mention("1")) == [None]
    (found,) = book.store.find("1")
    assert (found.playbook, found.case) == ("question", None)
    assert found.reason[-1] == ground("held.sample", share=1e-9)


def test_when_cases_become_one_their_promises_are_kept_together() -> None:
    stays = case_of(promised(5, what="call"))
    goes = case_of(promised(6), promised(7, DUE + HOUR, number=2, what="fix"), kept(8, number=2))
    taken_over: list[Event] = [
        event for event in _merge_events(stays, goes, now=DUE) if event.kind.value.startswith("promise")
    ]
    assert [(event.kind.value, event.facts["number"]) for event in taken_over] == [
        ("promised", 2),
        ("promised", 3),
        ("promise_kept", 3),
    ]
