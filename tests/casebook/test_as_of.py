"""The log as it stood: worked out again from what had been recorded by then, on both databases."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from casebook.log import SORTABLE, Wanted
from casebook.store import as_of as module
from tests.casebook.cast import ANGRY, DESK, HOUR, MINUTE, NOW, Book, mention, reply
from tests.casebook.test_gone import erase
from tests.crowd import about, crisis_rule

Told = list[dict[str, Any]]
GLAD = replace(ANGRY, negative=0.1, neutral=0.2, positive=0.7, attention=0.2, language="sv")


def as_of(book: Book, at: datetime, wanted: Wanted | None = None) -> Told:
    return list(book.store.log_as_of(wanted, as_of=at))


def a_week(book: Book) -> dict[datetime, Told]:
    """Four customers, a crisis, a merge of none, a raise, edits and answers; gives the log after each step."""
    stood: dict[datetime, Told] = {}

    def step(*posts: Any, wait: timedelta = 10 * MINUTE) -> None:
        if posts:
            book.bring(*posts)
        book.send_all()
        stood[book.now] = book.log()
        book.advance(wait)
        book.watch()

    step(mention("1", by="maija", text="Missä paketti?", url="https://example.org/1"))
    step(mention("2", by="leo", at=book.now, text="Missä tilaus?"))
    book.press(1, "acknowledge")
    step(mention("3", by="maija", at=book.now, in_reply_to="1", text="Lasia!"))
    step(reply("9", "2", at=book.now - 5 * MINUTE))
    book.press(2, "close")
    step(wait=2 * HOUR)
    step(mention("4", by="maija", at=NOW - HOUR, text="Hei", in_reply_to="1"))
    book.press(1, "replied", "ben")
    step(reply("10", "3", at=book.now - MINUTE))
    step(mention("2", by="leo", at=book.now, text="Lasia sittenkin"))
    book.press(1, "close")
    step(mention("5", by="leo", at=book.now, in_reply_to="9", text="Yhä odotan"), wait=HOUR)
    book.desk = replace(DESK, crisis=crisis_rule(4))
    for number in range(4):
        book.file(mention(f"p{number}", by=f"joku{number}", at=book.now + timedelta(seconds=number)))
        (waiting,) = book.unjudged()
        book.rule(waiting, about(ANGRY, 1, number))
        step(wait=MINUTE)
    step(reply("11", "p2", at=book.now))
    return stood


def test_the_log_as_of_now_is_the_log(book: Book) -> None:
    a_week(book)
    assert len(book.log()) > 6
    assert any(row["crisis"] for row in book.log())
    assert as_of(book, book.now) == book.log()


def test_the_log_as_of_any_instant_is_what_it_was(book: Book) -> None:
    stood = a_week(book)
    assert len({str(rows) for rows in stood.values()}) > 10, "it changed all the time"
    assert {at: as_of(book, at) for at in stood} == stood
    assert as_of(book, NOW - timedelta(microseconds=1)) == []


def test_between_two_instants_only_deadlines_pass(book: Book) -> None:
    book.open_case("1")
    book.advance(2 * HOUR)
    assert [row["breaches"] for row in as_of(book, NOW + 15 * MINUTE)] == [[]]
    assert [row["breaches"] for row in as_of(book, NOW + 16 * MINUTE)] == [["acknowledge"]]
    assert [row["breaches"] for row in as_of(book, NOW + 61 * MINUTE)] == [["acknowledge", "respond"]]


def test_a_figure_that_was_corrected_since_is_told_as_it_stood(book: Book) -> None:
    number = book.open_case("1")
    book.advance(20 * MINUTE)
    book.press(number, "replied")
    pressed = book.now
    book.advance(HOUR)
    book.bring(reply("9", "1", at=NOW + 18 * MINUTE))
    (then,), (now,) = as_of(book, pressed), as_of(book, book.now)
    assert (then["frt_s"], then["response_found"]) == (20 * 60, "manual")
    assert (now["frt_s"], now["response_found"]) == (18 * 60, "platform")


def test_what_was_erased_since_stays_erased(book: Book) -> None:
    book.open_case("1", url="https://example.org/1")
    before, then = book.log(), book.now
    erase(book, "1")
    (row,) = as_of(book, then)
    assert row == {**before[0], "url": None}


def test_a_verdict_that_was_changed_since_is_told_as_it_was(book: Book) -> None:
    book.open_case("1", text="Missä paketti?")
    then = book.now
    book.advance(MINUTE)
    book.file(mention("1", text="Missä paketti? No, tulihan se", at=book.now))
    book.triage(replace(GLAD, topics_held=("praise",)))
    book.match()
    assert book.log()[0]["topics"] == ["praise"]
    assert as_of(book, then)[0]["topics"] == ["delivery"]
    assert as_of(book, book.now) == book.log()


def test_a_case_that_went_into_another_since_stood_by_itself(book: Book) -> None:
    book.bring(mention("3", at=NOW + MINUTE, in_reply_to="2"), mention("1", at=NOW))
    then, apart = book.now, book.log()
    assert len(apart) == 2
    book.advance(MINUTE)
    book.bring(reply("2", "1", at=NOW + MINUTE))
    assert len(book.log()) == 1, "the reply joins the two conversations"
    assert as_of(book, then) == apart
    assert as_of(book, book.now) == book.log()


WANTED = (
    Wanted(since=NOW + 5 * MINUTE, until=NOW + 6 * HOUR),
    Wanted(since=NOW - 2 * HOUR, until=NOW),
    Wanted(teams=("care",)),
    Wanted(teams=("nobody",)),
    Wanted(people=("aino",)),
    Wanted(playbooks=("recall",)),
    Wanted(severities=("critical",)),
    Wanted(sources=("feed",)),
    Wanted(languages=("fi",)),
    Wanted(statuses=("closed", "responded")),
    Wanted(breached=("respond",)),
    Wanted(topics=("delivery",)),
    Wanted(text="LASIA"),
    Wanted(limit=2),
    Wanted(limit=3, descending=True),
    *(Wanted(sort=name) for name in SORTABLE),
    *(Wanted(sort=name, descending=True) for name in ("severity", "frt_s", "author", "posted_at")),
)


def test_it_is_filtered_and_sorted_like_the_log(book: Book) -> None:
    a_week(book)
    differ = [
        wanted
        for wanted in WANTED
        if as_of(book, book.now, wanted) != list(book.store.log(wanted, now=book.now))
    ]
    assert differ == []


def test_a_long_log_is_not_held_for_its_order(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    stood = a_week(book)
    monkeypatch.setattr(module, "MOST_HELD", 2)
    monkeypatch.setattr(module, "AT_ONCE", 3)
    assert {at: as_of(book, at) for at in stood} == stood
