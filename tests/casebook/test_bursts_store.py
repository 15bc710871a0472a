"""What a burst asks of the record."""

from dataclasses import replace
from datetime import timedelta

from casebook.record import Notice
from tests.casebook.cast import ANGRY, DAY, HOUR, MINUTE, NOW, Book, batch, mention

TICK = timedelta(microseconds=1)


def test_the_times_of_negative_mentions_are_of_a_half_open_period(book: Book) -> None:
    posts = [mention(str(n), by=f"author{n}", at=NOW + n * MINUTE) for n in range(4)]
    book.store.file(book.claim(), batch(*posts), now=book.now, backfill=None)
    for waiting in book.unjudged():
        book.rule(waiting, replace(ANGRY, abstained=waiting.post_id == "2"))
    negative = [NOW, NOW + MINUTE, NOW + 3 * MINUTE]
    assert book.store.negative_times(since=NOW - DAY, until=NOW + DAY) == negative
    assert book.store.negative_times(since=NOW, until=NOW + 3 * MINUTE) == negative[:-1]
    assert book.store.negative_times(since=NOW + TICK, until=NOW + 3 * MINUTE + TICK) == negative[1:]


def test_when_a_notice_of_a_kind_was_last_owed_is_known_to_all(book: Book) -> None:
    assert book.store.last_told("burst") is None
    for number in range(2):
        at = NOW + number * HOUR
        book.store.owe_notice(Notice(f"burst:{number}", "team:care", "burst", {}), now=at)
    book.store.owe_notice(Notice("burstless:1", "team:care", "budget", {}), now=NOW + 9 * HOUR)
    assert book.store.last_told("burst") == NOW + HOUR
