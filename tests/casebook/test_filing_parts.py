"""A batch too large for one transaction: others write in between, and nothing is lost or doubled."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from casebook import db
from casebook.db import DatabaseUnavailable, is_sqlite, unavailable
from casebook.mention import Bill, Note
from casebook.parts import FILED_AT_ONCE
from casebook.record import Filed
from casebook.store import LostLease
from casebook.store.filing import UNNOTED
from tests.casebook.cast import MINUTE, NOW, Book, batch, mention, reply

MANY = 200
POSTS = [mention(str(number), by=f"caro{number}") for number in range(MANY)]


class Told(Mapping[tuple[str, str], Note]):
    """Notes that say when they are asked of which post: whoever asks is filing it at that moment."""

    def __init__(self, asked: Callable[[str], None]) -> None:
        self.asked = asked

    def __getitem__(self, key: tuple[str, str]) -> Note:
        self.asked(key[1])
        return UNNOTED

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(())

    def __len__(self) -> int:
        return 0


def test_a_press_or_a_poll_gets_its_turn_while_a_large_batch_is_filed(book: Book) -> None:
    state = book.claim()
    writer = threading.Thread(target=lambda: book.store.tell_problem("beside", "written", now=NOW))
    done_at: list[int] = []

    def asked(post: str) -> None:
        if post == "0":
            writer.start()
        elif not writer.is_alive():
            done_at.append(int(post))

    filed = book.store.file(state, batch(*POSTS), now=NOW, backfill=None, notes=Told(asked))
    writer.join(10)
    assert filed == Filed(mentions=MANY)
    assert done_at, "it was written before all was filed"


def test_dying_in_the_middle_leaves_whole_parts_and_the_cursor_where_it_was(book: Book) -> None:
    book.file(mention("before"), cursor={"offset": 1})
    state, death = book.claim(), KeyboardInterrupt()

    def die(post: str) -> None:
        if post == POSTS[120].id:
            raise death

    ordered = sorted(POSTS, key=lambda post: (post.posted_at, post.id))
    at_120 = ordered.index(POSTS[120])
    bill = Bill("all", "post", 5, NOW, count=3)
    brought = replace(batch(*POSTS, cursor={"offset": 9}), bills=(bill,))
    with pytest.raises(KeyboardInterrupt):
        book.store.file(state, brought, now=NOW, backfill=None, notes=Told(die))
    kept = at_120 // FILED_AT_ONCE * FILED_AT_ONCE
    assert book.store.counts()["mentions"] == 1 + kept
    book.advance(2 * MINUTE)
    again = book.claim()
    assert again.cursor == {"offset": 1}
    filed = book.store.file(again, brought, now=NOW, backfill=None)
    assert filed == Filed(mentions=MANY - kept, known=kept)
    book.advance(2 * MINUTE)
    assert book.claim().cursor == {"offset": 9}


def test_a_source_lost_in_the_middle_files_no_more_and_moves_no_cursor(book: Book) -> None:
    slow, taken = book.claim(), threading.Event()

    def take_over() -> None:
        later = NOW + 2 * MINUTE
        if book.store.claim_source("feed", now=later, lease=MINUTE) is not None:
            taken.set()

    thief = threading.Thread(target=take_over)

    def asked(post: str) -> None:
        if post == "0":
            thief.start()

    brought = batch(*POSTS, cursor={"by": "slow"})
    with pytest.raises(LostLease):
        book.store.file(slow, brought, now=NOW, backfill=None, notes=Told(asked))
    thief.join(10)
    assert taken.is_set()
    assert book.store.counts()["mentions"] < MANY
    assert book.store.source("feed", kind="", network="", now=NOW).cursor == {}


def test_what_is_sent_in_a_large_body_is_filed_in_parts_and_remembered_with_the_last(book: Book) -> None:
    book.store.source("hook", kind="webhook", network="net", now=book.first_start)
    asked: list[bool] = []

    def move(cursor: Mapping[str, object]) -> dict[str, object]:
        if cursor.get("taken"):
            raise ValueError("taken already")
        asked.append(True)
        return {"taken": True}

    sent = batch(*POSTS[: 2 * FILED_AT_ONCE + 1])
    assert book.store.take_in("hook", sent, move, now=NOW, backfill=None) == Filed(
        mentions=2 * FILED_AT_ONCE + 1
    )
    assert len(asked) == 3
    with pytest.raises(ValueError, match="taken already"):
        book.store.take_in("hook", batch(*POSTS), move, now=NOW, backfill=None)
    assert book.store.counts()["mentions"] == 2 * FILED_AT_ONCE + 1


def test_an_answer_in_a_large_batch_is_found_whatever_part_its_customer_s_post_is_in(book: Book) -> None:
    answer = reply("r", POSTS[-1].id, at=NOW + timedelta(seconds=9))
    assert book.file(*POSTS, answer) == Filed(mentions=MANY, replies=1)
    [(root,)] = book.rows("SELECT root FROM post WHERE post_id = 'r'")
    assert root == POSTS[-1].id


def test_a_turn_that_does_not_come_is_told_as_a_busy_database(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_sqlite(book.store.engine):
        pytest.skip("PostgreSQL has many writers")
    monkeypatch.setattr(db, "BUSY_SECONDS", 0.05)
    errors: list[Exception] = []

    def write() -> None:
        try:
            book.store.tell_problem("beside", "written", now=NOW)
        except DatabaseUnavailable as error:
            errors.append(error)

    with book.store.writing():
        writer = threading.Thread(target=write)
        writer.start()
        writer.join(10)
    assert [unavailable(error) for error in errors] == errors
    assert "the database is busy" in str(errors[0])
    assert book.store.tell_problem("beside", "written", now=NOW), "the next turn comes"
