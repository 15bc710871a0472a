"""What a source brought is filed once, with its conversation and its cursor, on both databases."""

import itertools
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import InterfaceError, ProgrammingError, StatementError

from casebook.mention import Author, Json, Mention, Note, Reply, Spoken
from casebook.parts import FILED_AT_ONCE
from casebook.store import Filed, LostLease
from tests.casebook.cast import (
    DAY,
    HOUR,
    MINUTE,
    NET,
    NOW,
    Book,
    at_once,
    batch,
    mention,
    raised,
    reply,
)

SECOND = timedelta(seconds=1)


# our people in their own name


def personal(id_: str, to: str, at: datetime = NOW) -> Reply:
    return reply(id_, to, at=at + SECOND, account="ainovirtanen", personal=True)


def test_an_answer_in_our_people_s_own_name_is_kept_in_a_case_s_conversation_and_stops_its_clock(
    book: Book,
) -> None:
    number = book.open_case("1")
    assert book.file(personal("2", "1")) == Filed(replies=1)
    book.match()
    assert book.case(number).response is not None
    (row,) = book.log()
    assert (row["responded_by"], row["status"]) == ("ainovirtanen", "responded")


def test_an_answer_in_our_people_s_own_name_is_kept_where_a_mention_waits_for_its_verdict(book: Book) -> None:
    assert book.file(mention("1"), personal("2", "1")) == Filed(mentions=1, replies=1)


def test_what_our_people_say_elsewhere_is_not_kept(book: Book) -> None:
    book.desk = replace(book.desk, playbooks=())
    assert book.bring(mention("1"), mention("3", at=NOW - 2 * DAY), reply("5")) == [None]  # 3 is context only
    assert (
        book.file(*(personal(str(id_), to) for id_, to in ((2, "1"), (4, "3"), (6, "5"), (7, "8"))))
        == Filed()
    )
    assert book.file(reply("9", "1")) == Filed(replies=1)  # the company's own is
    assert set(book.roots()) == {"1", "3", "5", "9"}


# once each


def test_a_post_shown_twice_in_one_batch_is_filed_once(book: Book) -> None:
    filed = book.file(mention("1"), mention("1"))
    assert (filed.mentions, filed.known) == (1, 1)
    assert len(book.unjudged()) == 1


def test_a_post_shown_by_two_sources_is_one_mention_with_both_as_its_sources(book: Book) -> None:
    assert book.file(mention("1"), source="search") == Filed(mentions=1)
    assert book.file(mention("1"), source="mentions") == Filed(known=1)
    (waiting,) = book.unjudged()
    assert waiting.sources == ("mentions", "search")


def test_a_post_is_known_again_after_a_restart(book: Book) -> None:
    book.file(mention("1"), reply("2", "1"))
    again = Book.open(book.url, holder="two")
    assert again.file(mention("1"), reply("2", "1")) == Filed(known=2)
    again.close()


def test_one_id_on_two_networks_is_two_mentions(book: Book) -> None:
    assert book.file(mention("1"), mention("1", network="x")).mentions == 2


def test_many_posts_seen_again_are_known_by_their_ids(book: Book) -> None:
    posts = [mention(str(number)) for number in range(420)]
    book.file(*posts)
    assert book.file(*posts, mention("new")) == Filed(mentions=1, known=420)


def test_two_sources_that_show_the_same_posts_at_once_file_each_once(book: Book) -> None:
    posts = [mention(str(number), by=f"author{number % 7}") for number in range(40)]

    def file(source: str, shown: Sequence[Mention]) -> Filed:
        other = Book.open(book.url, holder=source)
        try:
            return other.file(*shown, source=source)
        finally:
            other.close()

    outcomes = at_once(*(lambda name=name: file(name, posts) for name in ("a", "b", "c")))
    assert raised(outcomes) == []
    assert book.rows("SELECT count(*) FROM post") == [(40,)]
    assert book.rows("SELECT count(*) FROM shown") == [(120,)]
    assert book.rows("SELECT count(*) FROM author") == [(7,)]


def test_an_author_is_known_by_id_so_that_a_new_handle_is_the_same_person(book: Book) -> None:
    book.file(mention("1", by="caro", author_id="77"))
    book.file(mention("2", by="caro_renamed", author_id="77"), mention("3", by="caro", author_id="78"))
    assert book.rows("SELECT known_by, handle FROM author ORDER BY known_by") == [
        ("77", "caro_renamed"),
        ("78", "caro"),
    ]


def test_a_handle_without_an_id_is_one_person_however_it_is_written(book: Book) -> None:
    book.file(mention("1", by="Caro"), mention("2", by="CARO"))
    assert book.rows("SELECT count(*) FROM author") == [(1,)]


# versions


def test_an_edit_is_a_version_of_the_mention_and_its_clock_keeps_the_first(book: Book) -> None:
    book.file(mention("1", text="Huono kahvi"))
    book.triage()
    filed = book.file(mention("2", text="Lasia kahvissa", at=NOW + MINUTE, edit_ids=("1", "2")))
    assert (filed.mentions, filed.versions) == (0, 1)
    (waiting,) = book.unjudged()
    assert (waiting.text, waiting.posted_at, waiting.post_id) == ("Lasia kahvissa", NOW, "1")
    assert book.rule(waiting) == 1
    assert book.kinds(1).count("opened") == 1
    assert book.log()[0]["posted_at"] == NOW
    assert book.case(1).policy.playbook == "recall"


def test_each_version_keeps_its_own_words(book: Book) -> None:
    book.file(mention("1", text="eka"))
    book.file(mention("2", text="toka", edit_ids=("1", "2")))
    assert book.rows("SELECT alias, text FROM alias ORDER BY alias") == [("1", "eka"), ("2", "toka")]


def test_an_edit_seen_first_makes_its_earlier_version_known(book: Book) -> None:
    book.file(mention("2", text="korjattu", edit_ids=("1", "2")))
    assert book.file(mention("1", text="alkuperäinen")) == Filed(known=1)
    (waiting,) = book.unjudged()
    assert waiting.text == "korjattu"


def test_a_version_between_two_that_were_read_does_not_pass_for_the_latest(book: Book) -> None:
    book.file(mention("1", text="eka"))
    book.file(mention("3", text="kolmas", edit_ids=("1", "2", "3")))
    assert book.file(mention("2", text="toinen", edit_ids=("1", "2"))).versions == 0
    assert [waiting.text for waiting in book.unjudged()] == ["kolmas"]


def test_a_reply_to_a_version_that_was_never_read_answers_the_mention(book: Book) -> None:
    book.bring(mention("1"))
    book.bring(mention("3", text="kolmas", edit_ids=("1", "2", "3")))
    book.bring(reply("9", "2", at=NOW + HOUR))
    assert book.log()[0]["frt_s"] == 3600


def test_an_edit_that_comes_while_its_mention_is_judged_is_judged_too(book: Book) -> None:
    book.file(mention("1", text="Kiva"))
    (waiting,) = book.unjudged()
    book.file(mention("2", text="Lasia kahvissa", edit_ids=("1", "2")))
    assert book.rule(waiting) is None, "a verdict on the words of before"
    assert [again.text for again in book.unjudged()] == ["Lasia kahvissa"]


def test_an_edit_of_context_stays_context(book: Book) -> None:
    old = book.first_start - DAY
    book.file(mention("1", at=old))
    assert book.file(mention("2", at=old, edit_ids=("1", "2"))).versions == 1
    assert book.unjudged() == []


# conversations

CHAIN: dict[str, str | None] = {"a": None, "b": "a", "c": "b", "d": "c"}


def test_a_reply_chain_has_its_root_in_whatever_order_it_arrives(book: Book) -> None:
    for order in itertools.permutations(CHAIN):
        run = "".join(order)
        for id_ in order:
            parent = CHAIN[id_]
            above = run + parent if parent else None
            book.file(mention(run + id_, at=NOW + "abcd".index(id_) * MINUTE, in_reply_to=above))
        assert {root for post, root in book.roots().items() if post.startswith(run)} == {f"{run}a"}, run


def test_a_chain_in_one_batch_has_its_root_though_its_times_are_turned_round(book: Book) -> None:
    posts = [mention(id_, at=NOW - ord(id_) * SECOND, in_reply_to=above) for id_, above in CHAIN.items()]
    book.file(*posts)
    assert set(book.roots().values()) == {"a"}


@pytest.mark.parametrize("order", ["xyz", "zyx", "yxz"])
def test_posts_that_answer_each_other_in_a_ring_are_one_conversation(book: Book, order: str) -> None:
    above = {"x": "y", "y": "z", "z": "x"}
    for id_ in order:
        book.bring(mention(id_, by=id_, in_reply_to=above[id_]))
    assert len(set(book.roots().values())) == 1


def test_a_post_that_answers_itself_is_its_own_conversation(book: Book) -> None:
    assert book.bring(mention("1", in_reply_to="1")) == [1]
    assert book.roots() == {"1": "1"}


def test_a_conversation_given_by_the_network_is_kept(book: Book) -> None:
    book.file(mention("b", in_reply_to="a", conversation="talk"))
    book.file(mention("c", in_reply_to="b"))
    book.file(mention("a", conversation="talk"))
    assert set(book.roots().values()) == {"talk"}


def test_posts_that_waited_for_their_root_take_the_conversation_it_names(book: Book) -> None:
    book.file(mention("b", in_reply_to="a"), mention("c", in_reply_to="b"))
    book.file(mention("a", conversation="talk"))
    assert set(book.roots().values()) == {"talk"}


def test_a_reply_to_an_edited_post_waits_for_it_under_any_of_its_ids(book: Book) -> None:
    book.file(mention("9", by="ben", in_reply_to="1"))
    book.file(mention("2", edit_ids=("1", "2")))
    assert book.roots() == {"9": "2", "2": "2"}


# what is judged


def test_what_is_older_than_the_first_start_is_context_and_the_instant_itself_is_not(book: Book) -> None:
    start = book.first_start
    filed = book.file(mention("old", at=start - SECOND), mention("edge", at=start))
    assert (filed.context, filed.mentions) == (1, 1)
    assert [waiting.post_id for waiting in book.unjudged()] == ["edge"]


def test_backfill_judges_as_far_back_as_it_says_to_the_instant(book: Book) -> None:
    start = book.first_start
    posts = [
        mention("old", at=start - HOUR - SECOND),
        mention("edge", at=start - HOUR),
        mention("new", at=start),
    ]
    filed = book.file(*posts, backfill=HOUR)
    assert (filed.context, filed.mentions) == (1, 2)
    assert {waiting.post_id: waiting.backfilled for waiting in book.unjudged()} == {
        "edge": True,
        "new": False,
    }


def test_an_old_reply_of_ours_is_kept_as_context_and_still_answers(book: Book) -> None:
    start = book.first_start
    filed = book.file(mention("1", at=start - HOUR), reply("2", "1", at=start - MINUTE), backfill=2 * HOUR)
    assert filed.replies == 1
    book.triage()
    assert book.log()[0]["frt_s"] == 59 * 60


def test_the_first_start_stays_what_it_was(book: Book) -> None:
    first = book.store.source("feed", kind="file", network=NET, now=NOW)
    again = book.store.source("feed", kind="file", network=NET, now=NOW + DAY)
    assert first.first_started_at == again.first_started_at == NOW


def test_what_is_context_to_a_new_source_is_judged_when_an_older_one_shows_it(book: Book) -> None:
    book.file(source="old")  # was started a day ago, and has been blind since
    book.first_start = NOW
    assert book.file(mention("1", at=NOW - HOUR), source="new").context == 1
    assert book.unjudged() == []
    book.file(mention("1", at=NOW - HOUR), source="old")
    assert [waiting.post_id for waiting in book.unjudged()] == ["1"]


# the cursor and the lease


def test_the_cursor_moves_with_the_posts_it_vouches_for(book: Book) -> None:
    book.file(mention("1"), cursor={"offset": 17, "lanes": {"ä": [1, None]}})
    assert book.claim().cursor == {"offset": 17, "lanes": {"ä": [1, None]}}


def test_a_failure_in_the_middle_of_filing_leaves_neither_posts_nor_cursor(book: Book) -> None:
    book.file(mention("1"), cursor={"offset": 1})
    state = book.claim()
    broken = mention("3", in_reply_to=object())  # what no source may give, and no database takes
    with pytest.raises((ProgrammingError, InterfaceError)):
        book.store.file(state, batch(mention("2"), broken, cursor={"offset": 9}), now=NOW, backfill=None)
    assert book.rows("SELECT post_id FROM post") == [("1",)]
    assert book.rows("SELECT count(*) FROM author") == [(1,)]
    book.advance(2 * MINUTE)
    assert book.claim().cursor == {"offset": 1}


def test_a_source_is_looked_at_by_one_machine_at_a_time(book: Book) -> None:
    book.claim()
    assert book.store.claim_source("feed", now=NOW + 59 * SECOND, lease=MINUTE) is None
    assert book.store.claim_source("feed", now=NOW + MINUTE, lease=MINUTE) is not None


def test_of_eight_machines_one_gets_the_source(book: Book) -> None:
    book.store.source("feed", kind="file", network=NET, now=NOW)
    claims = at_once(*[lambda: book.store.claim_source("feed", now=NOW, lease=MINUTE)] * 8)
    assert raised(claims) == []
    assert sum(claim is not None for claim in claims) == 1


def test_a_machine_that_lost_its_source_files_nothing_and_gives_nothing_back(book: Book) -> None:
    slow = book.claim()
    book.advance(2 * MINUTE)
    quick = book.claim()
    with pytest.raises(LostLease, match="feed"):
        book.store.file(slow, batch(mention("1"), cursor={"by": "slow"}), now=NOW, backfill=None)
    book.store.finish_look(slow, now=book.now, failures=9, retry_at=NOW + DAY)
    assert book.rows("SELECT count(*) FROM post") == [(0,)]
    assert book.store.claim_source("feed", now=book.now, lease=MINUTE) is None, "it is the quick one's"
    book.store.file(quick, batch(mention("1"), cursor={"by": "quick"}), now=NOW, backfill=None)
    book.store.finish_look(quick, now=book.now, failures=0, retry_at=None)
    assert book.claim().cursor == {"by": "quick"}


def test_a_look_with_trouble_is_told_from_one_without(book: Book) -> None:
    state = book.claim()
    book.store.finish_look(state, now=NOW, failures=3, retry_at=NOW + MINUTE)
    assert book.store.sources()["feed"] == {
        "kind": "file",
        "looked_at": NOW,
        "read_at": None,
        "failures": 3,
    }
    state = book.claim()
    assert (state.failures, state.retry_at) == (3, NOW + MINUTE)
    book.store.finish_look(state, now=NOW, failures=0, retry_at=None)
    assert book.store.sources()["feed"]["read_at"] == NOW


# hostile and odd

HOSTILE = [
    "nul \x00 in the middle",
    "half a pair \ud83d and its other half alone \udcff",
    "'; DROP TABLE post; --",
    "100 % %s %(name)s {0} :name ? \\",
    "<!channel> <script>alert(1)</script> =cmd|' /C calc'!A0",
    "\u202egnp.exe \u200b zero width, 👩‍👩‍👧‍👦, ﷽",
    "rivi\r\nvaihto\ttab\x1b[31m",
    "",
    "x" * 1_000_000,
]


@pytest.mark.parametrize("said", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_are_stored_and_found(book: Book, said: str) -> None:
    book.file(
        Mention(
            NET,
            f"1{said[:50]}",
            Author(f"caro{said[:50]}", id=f"id{said[:50]}", name=said[:50]),
            said,
            NOW,
            url=f"https://example.org/{said[:50]}",
            in_reply_to=f"0{said[:50]}",
            quotes=f"q{said[:50]}",
            language=said[:50],
            edit_ids=(f"1{said[:50]}", f"1{said[:50]}"),
        ),
        cursor={"newest": said[:50]},
    )
    (waiting,) = book.unjudged()
    expected = said.replace("\x00", "").replace("\ud83d", "\ufffd").replace("\udcff", "\ufffd")
    assert waiting.text == expected
    assert book.rule(waiting) is not None
    assert book.file(mention(f"1{said[:50]}", text=said)) == Filed(known=1)
    assert [kept.mention.text for kept in book.store.find(waiting.post_id)] == [expected]


@pytest.mark.parametrize(
    "id_", ["it's", 'a"b', "50%", "%s", "ä/ö?#", "日本", "a b", "$1", ":id", "\\", "x" * 400]
)
def test_an_odd_id_is_found_by_itself_by_its_key_and_by_its_link(book: Book, id_: str) -> None:
    link = f"https://example.org/{id_}"
    book.bring(mention(id_, url=link), reply("r" + id_, id_, at=NOW + MINUTE))
    for written in (id_, f"{NET}/{id_}", link):
        (kept,) = book.store.find(written)
        assert (kept.mention.post_id, kept.case, kept.author) == (id_, 1, "caro")
    assert book.log()[0]["frt_s"] == 60


def test_two_texts_that_differ_only_in_what_is_taken_out_are_one_post_by_id(book: Book) -> None:
    assert book.file(mention("1\x00"), mention("1")) == Filed(mentions=1, known=1)


def test_naive_times_are_refused_and_nothing_is_kept(book: Book) -> None:
    state = book.claim()
    naive = datetime(2026, 11, 2, 9, 0)  # noqa: DTZ001 - that is what is refused
    with pytest.raises((TypeError, ValueError, StatementError)):
        book.store.file(state, batch(mention("1", at=naive)), now=NOW, backfill=None)
    with pytest.raises((TypeError, ValueError, StatementError)):
        book.store.file(state, batch(mention("1")), now=naive, backfill=None)
    with pytest.raises(StatementError, match="no time zone"):
        book.store.claim_source("feed", now=naive, lease=MINUTE)
    assert book.rows("SELECT count(*) FROM post") == [(0,)]


def test_times_of_every_zone_come_back_as_the_same_instant_in_utc(book: Book) -> None:
    written = datetime.fromisoformat("2026-11-02T14:30:00.123456+05:30")
    book.file(mention("1", at=written))
    (waiting,) = book.unjudged()
    assert waiting.posted_at == written
    assert waiting.posted_at.isoformat() == "2026-11-02T09:00:00.123456+00:00"


def test_the_last_and_the_first_instant_there_are_can_be_stored(book: Book) -> None:
    last = datetime.fromisoformat("9999-12-31T23:59:59.999999+00:00")
    first = datetime.fromisoformat("0001-01-01T00:00:00+00:00")
    book.file(mention("last", at=last), mention("first", at=first))
    assert [waiting.posted_at for waiting in book.unjudged()] == [last]
    assert [kept.mention.posted_at for kept in book.store.find("first")] == [first]


def test_a_reply_is_never_judged_and_an_automated_one_touches_no_case(book: Book) -> None:
    number = book.open_case("1")
    filed = book.file(reply("2", "1", automated=True), reply("3"))
    assert (filed.replies, book.unjudged(), book.store.touched_cases()) == (2, [], [])
    book.file(reply("4", "1"))
    assert book.store.touched_cases() == [number]


def test_a_reply_is_a_value_that_is_left_as_it_was(book: Book) -> None:
    given: Reply = reply("1\x00", "0\x00")
    book.file(given)
    assert given.id == "1\x00"


# what is sent to us


def taken_once(cursor: Json) -> Json:
    if cursor.get("taken"):
        raise ValueError("taken already")
    return {"taken": True}


def test_what_is_sent_is_filed_together_with_its_cursor_or_not_at_all(book: Book) -> None:
    book.store.source("hook", kind="webhook", network=NET, now=book.first_start)
    send = partial(book.store.take_in, "hook", move=taken_once, now=NOW, backfill=None)
    assert send(batch(mention("1"), reply("2", "1"))) == Filed(mentions=1, replies=1)
    with pytest.raises(ValueError, match="taken already"):
        send(batch(mention("3")))
    assert book.store.counts()["mentions"] == 1
    assert book.store.source("hook", kind="", network="", now=NOW).cursor == {"taken": True}


def test_one_request_at_two_machines_is_taken_by_one(book: Book) -> None:
    book.store.source("hook", kind="webhook", network=NET, now=book.first_start)

    def send(holder: str) -> bool:
        with closing(Book.open(book.url, holder=holder)) as other:
            try:
                other.store.take_in("hook", batch(mention(holder)), taken_once, now=NOW, backfill=None)
            except ValueError:
                return False
            return True

    outcomes = at_once(partial(send, "one"), partial(send, "two"))
    assert sorted(outcomes, key=str) == [False, True]
    assert book.store.counts()["mentions"] == 1


def test_a_language_is_kept_with_its_confidence_and_follows_an_edit(book: Book) -> None:
    fi, sv = Note(Spoken("fi", 0.9)), Note(Spoken("sv", 0.8))
    state = book.claim()
    file = partial(book.store.file, state, now=NOW, backfill=None)
    file(batch(mention("1")), notes={(NET, "1"): fi})
    assert [waiting.spoken for waiting in book.unjudged()] == [fi.spoken]
    file(batch(mention("2", text="Var är mitt paket?", edit_ids=("1", "2"))), notes={(NET, "2"): sv})
    assert [waiting.spoken for waiting in book.unjudged()] == [sv.spoken]


# what a look shows again


def statements(book: Book, *posts: Mention | Reply) -> int:
    """How many statements filing these posts takes."""
    seen: list[str] = []

    def count(_: object, __: object, statement: str, *___: object) -> None:
        seen.append(statement)

    event.listen(book.store.engine, "before_cursor_execute", count)
    try:
        book.file(*posts)
    finally:
        event.remove(book.store.engine, "before_cursor_execute", count)
    return len(seen)


def test_posts_that_are_shown_again_as_they_stand_take_no_statement_each(book: Book) -> None:
    posts = [mention(str(number), by=f"caro{number}") for number in range(FILED_AT_ONCE)]
    book.file(*posts)
    assert statements(book, *posts) - statements(book, *posts[:1]) <= 2


@pytest.mark.parametrize(
    ("again", "filed"),
    [
        ({}, Filed(known=1)),
        ({"text": "Vielä kerran: missä paketti?"}, Filed(known=1, versions=1)),
        ({"edit_ids": ("0", "1")}, Filed(known=1)),
    ],
)
def test_one_that_changed_is_found_among_those_that_did_not(
    book: Book, again: dict[str, Any], filed: Filed
) -> None:
    others = [mention(str(number), by=f"caro{number}") for number in range(2, 6)]
    book.file(mention("1"), *others)
    found = book.file(mention("1", **again), *others)
    assert found == replace(filed, known=5)
    names = {alias for (alias,) in book.rows("SELECT alias FROM alias WHERE post = 1")}
    assert names == {"1", *again.get("edit_ids", ())}


def test_what_one_look_shows_twice_in_two_wordings_stands_as_its_latest(book: Book) -> None:
    book.file(mention("1", text="Ensin"))
    assert book.file(mention("1", text="Sitten"), mention("1", text="Ensin")) == Filed(known=2, versions=1)
    assert book.rows("SELECT text FROM post") == [("Sitten",)]


def test_another_source_that_shows_a_known_post_is_kept_with_it(book: Book) -> None:
    book.file(mention("1"))
    book.file(mention("1"), source="search")
    book.file(mention("1"), source="search")
    assert sorted(book.rows("SELECT source FROM shown")) == [("feed",), ("search",)]


def test_a_post_that_was_context_is_judged_once_it_is_shown_where_it_counts(book: Book) -> None:
    old = mention("1", at=book.first_start - HOUR)
    assert book.file(old) == Filed(context=1)
    assert book.file(old) == Filed(known=1)
    assert book.unjudged() == []
    book.file(old, backfill=2 * HOUR)
    assert [waiting.post_id for waiting in book.unjudged()] == ["1"]
