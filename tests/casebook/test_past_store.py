"""The record read again, customer by customer: all that surrounds their posts, and when it became known."""

from datetime import timedelta
from typing import Any

import pytest

from casebook.past import Past
from casebook.store import past as room
from tests.casebook.cast import DAY, HOUR, MINUTE, NOW, Book, mention, reply

ALL = {"since": NOW - 9 * DAY, "until": NOW + 99 * DAY}


def pasts(book: Book, **period: Any) -> list[Past]:
    return list(book.store.pasts(**(ALL | period)))


def test_a_customer_comes_with_what_was_judged_decided_and_answered(book: Book) -> None:
    number = book.open_case("1", text="Lasia purkissa!")
    book.advance(MINUTE)
    book.bring(reply("a", "1", at=NOW + MINUTE))
    [past] = pasts(book)
    [judged] = past.judged
    assert (judged.mention.post_id, judged.mention.text) == ("1", "Lasia purkissa!")
    assert (judged.mention.sources, judged.thread, judged.playbook) == (("feed",), "1", "recall")
    assert (judged.judged_at, judged.bystander, judged.is_erased) == (NOW, False, False)
    assert (judged.verdict.negative, judged.verdict.topics_held) == (0.9, ("delivery",))
    [case] = past.cases
    assert (case.number, case.thread, case.events) == (number, "1", tuple(book.store.events(number)))
    [answer] = past.answers
    assert (answer.to, answer.answer.at, answer.answer.account) == (
        judged.mention.post,
        NOW + MINUTE,
        "ainokahvi",
    )
    assert answer.seen_at == NOW + MINUTE


def test_each_customer_comes_once_with_their_posts_in_the_order_of_their_judging(book: Book) -> None:
    book.bring(mention("1", by="caro"), mention("2", by="otto"))
    book.advance(HOUR)
    book.bring(mention("late", by="caro", at=NOW - MINUTE))
    assert [[one.mention.post_id for one in past.judged] for past in pasts(book)] == [["1", "late"], ["2"]]


@pytest.mark.parametrize(
    ("since", "until", "posts"),
    [(0, 2, ["1"]), (0, 1, ["1"]), (1, 2, []), (-1, 0, []), (0, 3, ["1", "2"])],
)
def test_the_period_is_of_the_post_and_half_open(
    book: Book, since: int, until: int, posts: list[str]
) -> None:
    book.bring(mention("1"), mention("2", by="otto", at=NOW + 2 * MINUTE))
    found = pasts(book, since=NOW + since * MINUTE, until=NOW + until * MINUTE)
    assert [one.mention.post_id for past in found for one in past.judged] == posts


def test_what_nobody_judged_is_not_decided_again(book: Book) -> None:
    book.file(mention("waits"), reply("ours"), mention("old", at=NOW - 5 * DAY))
    assert pasts(book) == []
    assert book.store.count_judged(**ALL) == 0
    book.triage()
    assert book.store.count_judged(**ALL) == len(pasts(book)) == 1


def test_earlier_posts_of_the_same_conversations_come_along(book: Book) -> None:
    book.bring(mention("1"), mention("elsewhere"))
    book.advance(DAY)
    book.bring(mention("2", in_reply_to="1", at=NOW + DAY))
    [past] = pasts(book, since=NOW + HOUR)
    assert [one.mention.post_id for one in past.judged] == ["2"]
    [before] = past.before
    assert (before.thread, before.post.at, before.post.sentiment, before.judged_at) == (
        "1",
        NOW,
        "negative",
        NOW,
    )
    assert {case.thread for case in past.cases} == {"1", "elsewhere"}


def test_an_answer_by_quoting_counts_once_and_an_automated_one_never(book: Book) -> None:
    book.bring(mention("1"))
    book.bring(
        reply("both", "1", quotes="1"), reply("quote", quotes="1"), reply("machine", "1", automated=True)
    )
    [past] = pasts(book)
    found = [
        book.rows("SELECT post_id FROM post WHERE id = :id", id=one.answer.post)[0][0] for one in past.answers
    ]
    assert sorted(found) == ["both", "quote"]


def test_deleted_and_expired_words_are_told(book: Book) -> None:
    book.bring(mention("1"), mention("2"), mention("3"))
    book.run("UPDATE post SET gone_at = posted_at WHERE post_id = '1'")
    book.run("UPDATE post SET expired_at = posted_at WHERE post_id = '2'")
    [past] = pasts(book)
    told = {one.mention.post_id: (one.gone_at, one.is_erased) for one in past.judged}
    assert told == {"1": (NOW, True), "2": (None, True), "3": (None, False)}


def test_pages_leave_nobody_out_and_bring_nobody_twice(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "AUTHORS_AT_ONCE", 2)
    monkeypatch.setattr(room, "_CHUNK", 3)
    names = [f"customer{number}" for number in range(5)]
    book.bring(*(mention(f"{name}-{turn}", by=name) for name in names for turn in range(3)))
    found = pasts(book)
    assert len({past.author for past in found}) == len(found) == 5
    assert [len(past.judged) for past in found] == [3] * 5
    assert all(len(past.cases) == 3 for past in found)


def test_whose_conversation_it_is_can_be_asked_afterwards(book: Book) -> None:
    book.bring(mention("1", by="otto"))
    book.bring(mention("2", by="caro", in_reply_to="1", at=NOW + timedelta(seconds=1)))
    posts = {one.mention.post_id: one.mention.post for past in pasts(book) for one in past.judged}
    assert (book.store.is_bystander(posts["1"]), book.store.is_bystander(posts["2"])) == (False, True)
