"""What reading costs is counted as the vendor bills it, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from casebook.mention import Batch, Bill
from casebook.store import LostLease, Spent
from tests.casebook.cast import HOUR, MINUTE, NOW, Book, mention

MIDNIGHT = datetime(2026, 11, 3, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=60)


def bill(*ids: str, at: datetime = NOW, lane: str = "mentions", count: int = 0, what: str = "post") -> Bill:
    return Bill(lane, what, 5_000, at, ids=frozenset(ids), count=count)


def test_a_post_is_counted_once_a_utc_day_whichever_lane_reads_it(book: Book) -> None:
    book.store.keep_bills("x", [bill("1", "2"), bill("2", "3", lane="search")])
    book.store.keep_bills("x", [bill("1", at=MIDNIGHT - MINUTE)])
    assert book.store.spent("x", since=LONG_AGO) == (
        Spent("mentions", "post", 2, 10_000),
        Spent("search", "post", 1, 5_000),
    )
    book.store.keep_bills("x", [bill("1", at=MIDNIGHT), bill("1", at=MIDNIGHT + HOUR)])
    assert book.store.spent("x", since=MIDNIGHT) == (Spent("mentions", "post", 1, 5_000),)


def test_reads_without_an_id_are_counted_each_time(book: Book) -> None:
    for _ in range(2):
        book.store.keep_bills("x", [bill(count=3, what="counts", lane="search")])
    assert book.store.spent("x", since=LONG_AGO) == (Spent("search", "counts", 6, 30_000),)


def test_a_large_answer_is_counted_whole(book: Book) -> None:
    book.store.keep_bills("x", [bill(*map(str, range(1_001)))])
    book.store.keep_bills("x", [bill(*map(str, range(500, 1_501)))])
    assert book.store.spent("x", since=LONG_AGO) == (Spent("mentions", "post", 1_501, 7_505_000),)


def test_sources_are_billed_apart_and_sums_begin_with_their_hour(book: Book) -> None:
    book.store.keep_bills("x", [bill("1", at=NOW - HOUR), bill("2", at=NOW + 59 * MINUTE)])
    book.store.keep_bills("y", [bill("1")])
    assert book.store.spent("x", since=NOW) == (Spent("mentions", "post", 1, 5_000),)
    assert book.store.spent("y", since=NOW) == (Spent("mentions", "post", 1, 5_000),)
    assert book.store.spent("x", since=NOW + HOUR) == ()


def test_the_bill_is_filed_together_with_the_posts(book: Book) -> None:
    state = book.store.source("x", kind="x", network="x", now=NOW)
    claimed = book.store.claim_source("x", now=NOW, lease=HOUR)
    assert claimed is not None
    batch = Batch(mentions=(mention("1"),), bills=(bill("1"),))
    with pytest.raises(LostLease):
        book.store.file(state, batch, now=NOW, backfill=None)
    assert book.store.spent("x", since=LONG_AGO) == ()
    book.store.file(claimed, batch, now=NOW, backfill=None)
    spending = book.store.spending("x", month=NOW - HOUR, week=NOW, day=NOW + HOUR)
    one = (Spent("mentions", "post", 1, 5_000),)
    assert (spending.month, spending.week, spending.day, spending.since) == (one, one, (), NOW)
