"""Posts that their customers took back, and posts that say something else now."""

from dataclasses import replace
from datetime import timedelta

import pytest

from casebook.case import Case, CustomerPost, Status
from casebook.event import Event, EventKind, TimeSource
from casebook.timing import answer_state, breaches, next_look
from tests.casebook.cast import DESK, HOUR, MINUTE, NOW, RECALL, Book, mention, reply
from tests.fakes import acknowledged, answered, at, case_of, closed, dismissed, joined, opened, raised
from tests.fakes import happened as something

TICK = timedelta(microseconds=1)


def deleted(post: int, minutes: float) -> Event:
    return Event(EventKind.DELETED, at(minutes), TimeSource.OURS, post=post)


def edited(post: int, minutes: float) -> Event:
    return Event(EventKind.EDITED, at(minutes), TimeSource.OURS, post=post)


# the case (respond within two hours, acknowledge within 15 minutes; Maija's post 1 of noon opened it at noon)


@pytest.mark.parametrize(
    ("events", "gone"),
    [
        ((), None),
        ((deleted(1, 30),), 30),
        ((joined(2, 10), deleted(1, 30)), None),
        ((joined(2, 10), deleted(1, 30), deleted(2, 40)), 40),
        ((joined(2, 10, deserving=False), deleted(1, 30)), 30),
        ((joined(2, 10, deserving=False), deleted(2, 30)), None),
        ((answered(9, 20), deleted(1, 30)), None),
        ((deleted(1, 30), answered(9, 20)), None),
        ((answered(9, 20), joined(2, 25), deleted(2, 30)), 30),
        ((deleted(1, 30), joined(2, 35)), None),
        ((deleted(1, 30), joined(1, 0)), 30),
        ((deleted(99, 30),), None),
    ],
)
def test_a_case_is_gone_when_all_that_deserved_an_answer_is(
    events: tuple[Event, ...], gone: float | None
) -> None:
    assert case_of(*events).gone_at == (None if gone is None else at(gone))


def test_a_deletion_before_the_deadlines_stops_the_chain_and_the_clocks() -> None:
    case = case_of(deleted(1, 10))
    assert case.chain_from is None
    assert next_look(case) is None
    assert breaches(case, now=at(500)) == ()
    assert case.posted_at == at(0), "the case keeps its clocks"


def test_what_was_missed_before_the_deletion_was_found_stays_missed() -> None:
    case = case_of(deleted(1, 30))
    assert breaches(case, now=at(500)) == ("acknowledge",)
    assert breaches(case_of(deleted(1, 121)), now=at(500)) == ("acknowledge", "respond")


def test_an_answered_post_that_is_deleted_later_changes_no_clock() -> None:
    case = case_of(acknowledged(5), answered(9, 20), deleted(1, 30))
    assert case.response is not None
    assert case.response.at == at(20)
    assert case.status is Status.RESPONDED


def test_a_customer_who_writes_again_after_deleting_is_waiting_and_unheard() -> None:
    case = case_of(deleted(1, 10))
    assert case.unheard
    again = case_of(deleted(1, 10), joined(2, 20))
    assert again.gone_at is None
    assert breaches(again, now=at(121)) == ("acknowledge", "respond"), "she has been waiting since noon"


def test_a_deleted_follow_up_is_waited_for_no_more() -> None:
    case = case_of(acknowledged(5), answered(9, 20), joined(2, 25), deleted(2, 30))
    assert case.waiting is None
    assert case.status is Status.RESPONDED


def test_a_case_raised_by_a_post_that_is_deleted_waits_for_the_earlier_one() -> None:
    case = case_of(joined(2, 30), raised(2, 30, 31), deleted(2, 40))
    assert case.gone_at is None
    assert breaches(case, now=at(61)) != ()


STATES = [
    ((), 60, "pending"),
    ((), 120, "pending"),
    ((), 120.1, "unanswered"),
    ((answered(9, 20),), 500, "answered"),
    ((answered(9, 200),), 500, "answered"),
    ((answered(9, 20), deleted(1, 30)), 500, "answered"),
    ((deleted(1, 120),), 500, "deleted"),
    ((deleted(1, 120.1),), 500, "unanswered"),
    ((deleted(1, 30), closed(40)), 500, "deleted"),
    ((closed(40),), 60, "unanswered"),
    ((dismissed(40),), 500, None),
    ((dismissed(40), deleted(1, 50)), 500, None),
]


@pytest.mark.parametrize(("events", "now", "state"), STATES)
def test_a_deleted_post_leaves_the_response_rate_only_if_its_deadline_had_not_passed(
    events: tuple[Event, ...], now: float, state: str | None
) -> None:
    assert answer_state(case_of(*events), now=at(now)) == state


def test_an_edit_is_on_the_post_and_stays_when_it_is_judged_again() -> None:
    case = case_of(edited(1, 5), joined(1, 0, sentiment="neutral"), edited(1, 9))
    (post,) = case.posts
    assert post == CustomerPost(1, at(0), deserving=True, sentiment="neutral", edited_at=at(9))


def test_a_merged_away_case_is_in_no_rate() -> None:
    case: Case = case_of(opened(), joined(1, 0), something(EventKind.MERGED, 5, into=3))
    assert answer_state(case, now=at(500)) is None


# the record


def erase(book: Book, *names: str) -> int:
    """Say that these posts are gone from their network; gives how many were erased."""
    book.advance(2 * MINUTE)
    held = book.store.held("feed", now=book.now, within=timedelta(days=30), often=MINUTE, rarely=MINUTE)
    gone = book.store.looked_up("feed", held, gone=names, edited=(), now=book.now)
    book.match()
    return gone


def test_a_deleted_post_is_erased_with_all_its_versions_and_its_case_hears_of_it(book: Book) -> None:
    number = book.open_case("1", text="Lasia, soita 050 123", url="https://example.org/1")
    book.bring(mention("1", text="Lasia purkissa, soita 050 123"))
    book.bring(mention("2", text="Lasia purkissa!! 050 123", edit_ids=("1", "2")))
    book.send_all()
    assert erase(book, "1") == 1
    tables = ("post", "alias", "version")
    kept = [str(book.rows(f"SELECT * FROM {table}")) for table in tables]
    assert all("050 123" not in rows for rows in kept)
    view = book.store.view(number)
    assert view is not None
    assert (view.missing, view.text, view.url, view.author) == ("deleted", "", None, "caro")
    assert book.kinds(number)[-1] == "deleted"
    assert book.case(number).gone_at == book.now
    assert book.rows("SELECT gone_at IS NOT NULL FROM cases") == [(True,)]
    assert book.store.counts()["deleted"] == 1
    assert {sent.kind for sent in book.send_all()} == {"card", "page"}, "every message that may quote it"
    assert book.send_all() == []
    assert erase(book, "1") == 0, "it is asked about no more"
    assert book.kinds(number).count("deleted") == 1


def test_a_message_that_was_on_its_way_while_the_post_was_erased_is_sent_anew(book: Book) -> None:
    book.open_case("1", text="Lasia")
    card = book.claim_delivery()
    assert card is not None
    assert book.send(card)
    page = book.claim_delivery()
    assert page is not None
    assert page.kind == "page"
    erase(book, "1")
    assert book.send(page)
    assert [sent.kind for sent in book.send_all()].count("page") == 1


def test_a_deleted_post_never_comes_back(book: Book) -> None:
    book.open_case("1", text="Lasia")
    erase(book, "1")
    book.file(mention("1", text="Lasia"), mention("3", text="Lasia taas", edit_ids=("1", "3")))
    assert book.rows("SELECT text FROM post UNION ALL SELECT text FROM alias WHERE text <> ''") == [("",)]
    assert book.unjudged() == []


def test_a_post_that_is_deleted_before_it_was_judged_is_never_judged(book: Book) -> None:
    book.file(mention("1"))
    (waiting,) = book.unjudged()
    erase(book, "1")
    assert book.rule(waiting) is None
    assert book.unjudged() == []
    assert book.log() == []


def test_what_was_deleted_before_a_case_opened_starts_no_clock(book: Book) -> None:
    book.desk = replace(DESK, playbooks=(RECALL,))
    book.bring(mention("1", text="Hei"), mention("2", text="Täällä taas", at=NOW + TICK, in_reply_to="1"))
    assert erase(book, "1") == 1
    book.bring(mention("3", text="Lasia", at=book.now, in_reply_to="2"))
    assert book.log()[0]["posted_at"] == NOW + TICK


def test_only_open_cases_and_young_posts_are_asked_about(book: Book) -> None:
    open_ = book.open_case("1")
    book.open_case("2")
    book.press(2, "close")
    book.bring(reply("9", "1", at=NOW + HOUR))
    book.advance(timedelta(days=40))
    held = book.store.held("feed", now=book.now, within=timedelta(days=30), often=MINUTE, rarely=MINUTE)
    assert [(post.name, post.is_open) for post in held] == [("1", True)]
    assert open_ == 1


def test_words_that_may_be_kept_so_long_go_and_all_else_stays(book: Book) -> None:
    number = book.open_case("1", text="Lasia 050 123", url="https://example.org/1")
    book.file(mention("2", by="maija", text="Uudempi", at=NOW + MINUTE))
    book.send_all()
    book.advance(timedelta(days=30))
    assert book.store.expire_texts("feed", now=book.now, keep=timedelta(days=30)) == 0
    book.advance(TICK)
    before = book.log()
    assert book.store.expire_texts("feed", now=book.now, keep=timedelta(days=30)) == 1
    assert book.store.expire_texts("feed", now=book.now, keep=timedelta(days=30)) == 0
    assert book.store.expire_texts("other", now=book.now, keep=MINUTE) == 0
    view = book.store.view(number)
    assert view is not None
    assert (view.missing, view.text) == ("expired", "")
    assert book.log() == before
    assert [kept.verdict is not None for kept in book.store.find("1")] == [True]
    assert "card" in {sent.kind for sent in book.send_all()}, "the words leave our messages too"


# edits


def test_an_edit_under_the_same_id_keeps_the_words_of_before_and_is_judged_anew(book: Book) -> None:
    number = book.open_case("1", text="Surkeaa kahvia")
    book.advance(MINUTE)
    filed = book.file(mention("1", text="Lasia kahvissa", at=NOW + MINUTE))
    assert (filed.known, filed.versions) == (1, 1)
    book.triage()
    book.match()
    assert book.case(number).policy.playbook == "recall"
    assert book.log()[0]["posted_at"] == NOW, "the clock keeps the first"
    assert book.kinds(number).count("edited") == 1
    view = book.store.view(number)
    assert view is not None
    assert view.text == "Lasia kahvissa"
    assert book.rows("SELECT text FROM version") == [("Surkeaa kahvia",)]


def test_an_edit_of_a_comma_is_told_and_not_judged_again(book: Book) -> None:
    number = book.open_case("1", text="Missä paketti?")
    assert book.file(mention("1", text="Missä, paketti!")).versions == 1
    assert book.unjudged() == []
    book.match()
    assert book.case(number).posts[0].edited_at == book.now


def test_two_servers_that_show_two_texts_in_turn_make_one_edit(book: Book) -> None:
    book.file(mention("1", text="eka"))
    found = [book.file(mention("1", text=text)).versions for text in ("toka", "eka", "toka", "eka")]
    assert found == [1, 0, 0, 0]
    assert book.rows("SELECT text FROM post") == [("toka",)]


def test_an_older_version_that_is_shown_late_with_other_words_is_no_edit(book: Book) -> None:
    book.file(mention("1", text="eka"))
    book.file(mention("2", text="toka", edit_ids=("1", "2")))
    assert book.file(mention("1", text="eka, katkaistu")).versions == 0
    assert book.rows("SELECT text FROM post") == [("toka",)]


def test_an_edit_that_a_look_up_finds_is_filed_like_any_other(book: Book) -> None:
    number = book.open_case("1", text="Missä paketti")
    book.advance(2 * MINUTE)
    held = book.store.held("feed", now=book.now, within=HOUR * 30, often=MINUTE, rarely=MINUTE)
    edits = [mention("2", text="Lasia kahvissa", edit_ids=("1", "2")), mention("77", text="of somebody else")]
    book.store.looked_up("feed", held, gone=(), edited=edits, now=book.now)
    book.match()
    assert book.kinds(number)[-1] == "edited"
    assert [waiting.text for waiting in book.unjudged()] == ["Lasia kahvissa"]
