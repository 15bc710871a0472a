"""Messages of no case in the outbox: owed once, sent as all others, worded anew when words are erased."""

import pytest

from casebook.mention import Mention
from casebook.record import Enclosure, Notice
from casebook.store import Claimed
from tests.casebook.cast import HOUR, MINUTE, NOW, Book, at_once, mention, raised

BURST = Notice("burst:care:2026-11-24T12", "team:care", "burst", {"count": 42})


def owe(book: Book, *posts: int, key: str = "hot:2026-48") -> Claimed:
    notice = Notice(key, "team:care", "hot", {"posts": list(posts)} if posts else {})
    assert book.store.owe_notice(notice, now=book.now)
    claimed = book.claim_delivery()
    assert claimed is not None
    return claimed


def gone(book: Book, name: str) -> None:
    """The network says that a post is no longer there."""
    held = book.store.held("feed", now=book.now + HOUR, within=10 * HOUR, rarely=MINUTE, often=MINUTE)
    asked = [post for post in held if post.name == name]
    assert book.store.looked_up("feed", asked, gone={name}, edited=(), now=book.now) == 1


def test_what_is_owed_again_under_its_key_is_one_message(book: Book) -> None:
    assert book.store.owe_notice(BURST, now=book.now)
    book.advance(MINUTE)
    assert not book.store.owe_notice(BURST, now=book.now)
    assert book.store.deliveries() == {"due": 1}
    claimed = book.claim_delivery()
    assert claimed is not None
    assert (claimed.key, claimed.case, claimed.kind, claimed.addressee, claimed.thread) == (
        "notice:burst:care:2026-11-24T12",
        None,
        "notice",
        "team:care",
        None,
    )
    assert claimed.content == {"kind": "burst", "facts": {"count": 42}, "at": NOW.isoformat()}
    assert book.send(claimed, revision=0)
    assert not book.store.owe_notice(BURST, now=book.now), "nor once it was sent"
    assert book.claim_delivery() is None


def test_what_goes_along_is_kept_until_it_was_sent_and_no_longer(book: Book) -> None:
    paper = Enclosure("paper", "report.pdf", "Report", "", b"%PDF")
    picture = Enclosure("picture", "report.png", "Days", "mon: 1", b"\x89PNG")
    assert book.store.owe_notice(Notice("r", "team:care", "report", enclosed=(picture, paper)), now=book.now)
    assert not book.store.owe_notice(Notice("r", "team:care", "report", enclosed=(paper,)), now=book.now)
    claimed = book.claim_delivery()
    assert claimed is not None
    assert book.store.enclosed(claimed.id) == (paper, picture)
    assert book.store.fall_back(claimed, channel=1, error="no such channel", now=book.now)
    claimed = book.claim_delivery()
    assert claimed is not None
    assert book.store.enclosed(claimed.id) == (paper, picture), "the next channel carries them, too"
    assert book.send(claimed, revision=0)
    assert book.store.enclosed(claimed.id) == ()


def test_eight_machines_that_owe_one_notice_owe_it_once(book: Book) -> None:
    outcomes = at_once(*[lambda: book.store.owe_notice(BURST, now=book.now)] * 8)
    assert raised(outcomes) == []
    assert sorted(map(bool, outcomes)) == [False] * 7 + [True]


def test_cases_leave_before_notices_and_neither_waits_for_the_other(book: Book) -> None:
    book.store.owe_notice(BURST, now=book.now)
    number = book.open_case("1")
    claimed = [book.claim_delivery(), book.claim_delivery()]
    assert [one.case for one in claimed if one] == [number, None]


def test_the_next_channel_takes_what_one_refuses_and_none_is_lost(book: Book) -> None:
    claimed = owe(book)
    assert book.store.fall_back(claimed, channel=1, error="no such channel", now=book.now)
    again = book.claim_delivery()
    assert again is not None
    assert again.channel == 1
    assert book.store.refuse(again, error="no such channel", retry_at=book.now + MINUTE, now=book.now)
    assert book.store.deliveries() == {"refused": 1}
    book.advance(MINUTE)
    assert book.claim_delivery() is not None


def test_a_try_that_nobody_finished_is_looked_up_before_it_is_repeated(book: Book) -> None:
    owe(book)
    book.advance(MINUTE)
    again = book.claim_delivery()
    assert again is not None
    assert again.attempted_at == NOW


class TestQuotes:
    @pytest.fixture
    def posts(self, book: Book) -> list[int]:
        shown: list[Mention] = [
            mention("1", text="Olisipa kauraversio!"),
            mention("2", by="dana", text="Apua"),
        ]
        book.file(*shown)
        return [number for (number,) in book.rows("SELECT id FROM post ORDER BY id")]

    def test_quoted_posts_are_read_when_they_are_asked_for(self, book: Book, posts: list[int]) -> None:
        claimed = owe(book, *posts, 999)
        found = book.store.quoted(claimed.content)
        assert [(one.post, one.text, one.author, one.source) for one in found] == [
            (posts[0], "Olisipa kauraversio!", "caro", "feed"),
            (posts[1], "Apua", "dana", "feed"),
        ]

    def test_a_post_that_is_gone_has_no_words_and_says_why(self, book: Book, posts: list[int]) -> None:
        gone(book, "1")
        first, _ = book.store.quoted(owe(book, *posts).content)
        assert (first.text, first.url, first.missing) == ("", None, "deleted")

    def test_a_sent_message_that_quotes_it_is_owed_anew_and_no_other(
        self, book: Book, posts: list[int]
    ) -> None:
        for key, quoted in (("both", posts), ("second", posts[1:]), ("none", [])):
            book.send(owe(book, *quoted, key=key), revision=0)
        book.advance(MINUTE)
        gone(book, "1")
        again = book.claim_delivery()
        assert again is not None
        assert (again.key, again.ref is not None) == ("notice:both", True)
        assert book.claim_delivery() is None

    def test_what_was_being_sent_while_it_was_erased_is_sent_again(
        self, book: Book, posts: list[int]
    ) -> None:
        claimed = owe(book, *posts)
        book.advance(MINUTE / 2)
        gone(book, "1")
        assert book.send(claimed, revision=0)
        assert book.store.deliveries() == {"due": 1}

    def test_what_is_retired_after_its_time_leaves_messages_too(self, book: Book, posts: list[int]) -> None:
        book.send(owe(book, *posts), revision=0)
        book.advance(MINUTE)
        assert book.store.expire_texts("feed", now=book.now, keep=MINUTE / 2) == len(posts)
        assert book.store.deliveries() == {"due": 1}
