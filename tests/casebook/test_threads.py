"""Quotes, answers to quotes and late roots: one matter of one customer is one conversation."""

import itertools

from casebook.mention import Mention, Reply
from tests.casebook.cast import HOUR, MINUTE, NOW, Book, mention, reply


def test_what_a_customer_writes_below_our_quote_of_them_belongs_to_their_case(book: Book) -> None:
    posts: dict[str, Mention | Reply] = {
        "1": mention("1", conversation="1"),
        "2": reply("2", quotes="1", conversation="2", at=NOW + MINUTE),
        "3": mention(
            "3", text="Kiitos mutta ei auta", in_reply_to="2", conversation="2", at=NOW + 2 * MINUTE
        ),
    }
    for order in itertools.permutations(posts):
        book.run("DELETE FROM shown")
        book.run("DELETE FROM alias")
        book.run("DELETE FROM post")
        for name in order:
            book.file(posts[name])
        assert set(book.roots().values()) == {"1"}, order


def test_our_quote_stops_the_clock_and_the_next_word_reopens_the_wait(book: Book) -> None:
    number = book.open_case("1", conversation="1")
    book.bring(reply("2", quotes="1", conversation="2", at=NOW + MINUTE))
    assert book.bring(mention("3", in_reply_to="2", conversation="2", at=NOW + 2 * MINUTE)) == [number]
    assert book.log()[0]["frt_s"] == 60
    assert book.case(number).waiting is not None


def test_somebody_else_below_our_quote_is_no_bystander(book: Book) -> None:
    book.open_case("1", conversation="1")
    book.bring(reply("2", quotes="1", conversation="2", at=NOW + MINUTE))
    (number,) = book.bring(mention("3", by="maija", in_reply_to="2", conversation="2", at=NOW + HOUR))
    assert number == 2


def test_who_quotes_us_or_another_customer_begins_a_conversation_of_their_own(book: Book) -> None:
    book.file(reply("0", at=NOW, conversation="0"))
    assert book.bring(mention("1", quotes="0", conversation="1")) == [1]
    assert book.bring(mention("2", by="maija", quotes="1", conversation="2")) == [2]
    assert (book.roots()["1"], book.roots()["2"]) == ("1", "2")


def test_a_chain_with_a_missing_middle_is_tied_together_when_the_middle_arrives(book: Book) -> None:
    book.bring(mention("1"))
    book.bring(mention("3", in_reply_to="2", at=NOW + 2 * MINUTE))
    assert book.roots()["3"] == "2"
    book.bring(reply("2", "1", at=NOW + MINUTE))
    assert set(book.roots().values()) == {"1"}
    assert [row["mentions"] for row in book.log()] == [2], "and the two cases are one"
