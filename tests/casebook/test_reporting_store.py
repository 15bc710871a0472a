"""What a report asks of the record besides the log, on both databases."""

from datetime import timedelta

from casebook.counted import Judged
from casebook.mention import Bill
from tests.casebook.cast import Book
from tests.quarter import BEGINS, fill

WEEK = timedelta(days=7)
ENDS = BEGINS + WEEK


def test_who_was_called_and_what_was_judged_in_a_period(book: Book) -> None:
    store = book.store
    fill(store, 60, begins=BEGINS, days=14)
    rows = list(store.log(now=ENDS + WEEK, since=BEGINS, until=ENDS))
    calls = store.calls_between(since=BEGINS, until=ENDS)
    assert {call.case for call in calls} == {row["case"] for row in rows if row["opened_at"] < ENDS}
    assert [call.at for call in calls] == sorted(call.at for call in calls)
    assert {(call.person, call.team, call.step) for call in calls} == {("aino", "care", 0)}
    assert store.judged_between(since=BEGINS, until=ENDS) == Judged(len(rows), len(rows), 0)


def test_what_reading_cost_in_a_period_is_counted_by_the_hour(book: Book) -> None:
    store = book.store
    store.source("x", kind="x", network="x", now=BEGINS)
    for hours in (0, 1, 24 * 7):
        store.keep_bills("x", [Bill("mentions", "post", 5_000, BEGINS + timedelta(hours=hours), count=2)])
    assert store.spent_between(since=BEGINS, until=ENDS) == {"x": 20_000}
    assert store.spent_between(since=ENDS + WEEK, until=ENDS + 2 * WEEK) == {}


def test_an_empty_period_has_nothing(book: Book) -> None:
    store = book.store
    assert store.corrected_between(since=BEGINS, until=ENDS) == []
    assert store.judged_between(since=BEGINS, until=ENDS) == Judged(0, 0, 0)
