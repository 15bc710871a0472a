"""The record of cases: events are appended, numbered and never changed; cases that are one become one."""

import itertools
import json
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from casebook.event import Event, EventKind, TimeSource
from casebook.store import Change, Owed, Store
from casebook.timing import deadlines
from tests.casebook.cast import DAY, HOUR, MINUTE, NOW, Book, at_once, mention, raised, reply
from vaste.chain import look_at

SECOND = timedelta(seconds=1)


def merged_pair(book: Book, *, second: str = "Entä tämä?", between: str = "") -> None:
    """Two posts of Caro whose common root is not known yet, then that root: 1 answers b, 2 answers a."""
    book.bring(mention("1", in_reply_to="b"))
    if between:
        book.press(1, between)
    book.advance(MINUTE)
    book.bring(mention("2", in_reply_to="a", at=book.now, text=second))
    assert len(book.log()) == 2
    book.advance(MINUTE)
    book.bring(reply("b", "a", at=NOW - HOUR))


# presses and changes


def test_a_press_is_one_event_however_often_it_comes(book: Book) -> None:
    number = book.open_case()
    assert [book.press(number, "acknowledge") for _ in range(3)] == ["done", "yours", "yours"]
    assert book.kinds(number).count("acknowledged") == 1


@pytest.mark.parametrize("verb", ["acknowledge", "replied", "close", "dismiss"])
def test_two_presses_at_once_leave_one_event(book: Book, verb: str) -> None:
    number = book.open_case()
    outcomes = at_once(*(partial(book.press, number, verb, actor) for actor in ("aino", "ben") * 2))
    assert raised(outcomes) == []
    assert outcomes.count("done") == 1
    kinds = book.kinds(number)
    assert kinds.count("acknowledged") == 1
    assert len(kinds) == len(["opened", "joined", "acknowledged"]) + (verb != "acknowledge")


def test_a_change_of_a_case_that_does_not_exist_is_told_from_one_that_changes_nothing(book: Book) -> None:
    number = book.open_case()
    assert book.store.change(99, lambda _: Change(), now=NOW) is None
    assert book.store.change(number, lambda _: Change(), now=NOW) == book.case(number)
    assert book.store.case(99) is None
    assert book.store.view(99) is None
    assert book.store.events(99) == []
    assert book.store.match(99, lambda _: Change(), now=NOW) is None


def test_a_change_that_fails_leaves_nothing(book: Book) -> None:
    number = book.open_case()
    before = book.store.events(number)
    broken = Event(EventKind.CLOSED, NOW, TimeSource.OURS, facts={"by": object()})
    with pytest.raises(Exception, match="JSON serializable"):
        book.store.change(number, lambda _: Change((broken,), (Owed("page", "team:care"),)), now=NOW)
    assert book.store.events(number) == before
    assert book.store.deliveries() == {"due": 1}


def test_what_stands_on_the_row_is_what_the_events_add_up_to(book: Book) -> None:
    number = book.open_case()
    book.press(number, "acknowledge")
    book.advance(MINUTE)
    book.bring(reply("9", "1", at=book.now))
    case = book.case(number)
    ((status, owner, revision),) = book.rows("SELECT status, owner, revision FROM cases")
    assert (status, owner) == (case.status.value, case.owner) == ("responded", "aino")
    assert revision == 3
    assert book.log()[0]["respond_by"] == deadlines(case)["respond"]


# events


def test_events_are_numbered_and_only_ever_appended(book: Book) -> None:
    number, other = book.open_case("1"), book.open_case("2", by="dana")
    history: list[Event] = []
    for verb in ("acknowledge", "replied", "close", "reopen", "dismiss"):
        book.advance(MINUTE)
        book.press(number, verb)
        book.press(other, verb)
        events = book.store.events(number)
        assert events[: len(history)] == history
        history = events
    lines = book.rows('SELECT "case", line FROM event ORDER BY "case", line')
    assert lines == [(case, line) for case in (1, 2) for line in range(1, len(history) + 1)]


def test_an_event_says_when_it_happened_by_whose_clock_and_when_it_was_recorded(book: Book) -> None:
    book.advance(HOUR)
    number = book.open_case("1", at=NOW)
    book.advance(HOUR)
    book.bring(reply("9", "1", at=NOW + 10 * SECOND))
    opened, joined, answered = book.store.events(number)
    assert (opened.happened_at, opened.source.value, opened.recorded_at) == (NOW + HOUR, "ours", NOW + HOUR)
    assert (joined.happened_at, joined.source.value, joined.recorded_at) == (NOW, "platform", NOW + HOUR)
    assert (answered.happened_at, answered.recorded_at) == (NOW + 10 * SECOND, NOW + 2 * HOUR)


def test_a_post_is_named_by_a_salted_hash_that_no_other_record_shares(book: Book) -> None:
    book.open_case("1")
    book.bring(mention("2", in_reply_to="1", at=NOW + MINUTE))
    hashes = dict(book.rows("SELECT post, post_hash FROM event WHERE kind = 'joined'"))
    salts = dict(book.rows("SELECT id, salt FROM post"))
    assert len(set(hashes.values())) == len(set(salts.values())) == 2
    assert all(len(each) == 32 for each in (*hashes.values(), *salts.values()))
    ((opening,),) = book.rows("SELECT post_hash FROM event WHERE kind = 'opened'")
    assert opening == hashes[1], "one post is named by one hash"


def test_events_and_deliveries_hold_no_personal_text(book: Book) -> None:
    text, name = "Ikioma huoleni lasinsirusta", "Ikioma-Nimi"
    number = book.open_case("1", by=name, text=text, url="https://example.org/ikioma")
    book.bring(mention("2", by=name, text=text, in_reply_to="1", at=NOW + MINUTE))
    book.send_all()
    for verb in ("acknowledge", "replied", "close", "reopen", "dismiss"):
        book.press(number, verb)
    book.bring(reply("9", "1", at=NOW + HOUR, text="Ikioma vastaus"))
    book.advance(DAY)
    book.watch()
    written = json.dumps(
        book.rows("SELECT * FROM event")
        + book.rows("SELECT * FROM delivery")
        + book.rows("SELECT * FROM cases"),
        default=str,
        ensure_ascii=False,
    ).casefold()
    for word in ("ikioma", "huoleni", "lasinsiru", "vastaus"):
        assert word not in written


# answers


def test_a_reply_found_twice_is_one_event_though_our_account_was_renamed(book: Book) -> None:
    number = book.open_case("1")
    book.bring(reply("8", "1", at=NOW + MINUTE))
    book.run("UPDATE author SET handle = 'uusinimi' WHERE handle = 'ainokahvi'")
    book.bring(reply("9", "1", at=NOW + HOUR))
    assert book.kinds(number).count("answered") == 2


def test_the_earliest_reply_counts_in_whatever_order_they_are_found(book: Book) -> None:
    book.open_case("1")
    book.bring(reply("8", "1", at=NOW + HOUR))
    book.bring(reply("9", "1", at=NOW + MINUTE))
    assert book.log()[0]["frt_s"] == 60


def test_a_case_already_answered_opens_as_responded_and_alerts_nobody(book: Book) -> None:
    (number,) = book.bring(mention("1"), reply("2", "1", at=NOW + MINUTE))
    assert number == 1
    assert book.log()[0]["status"] == "responded"
    assert book.store.deliveries() == {}


def test_an_old_post_brought_by_backfill_alerts_only_before_its_deadline(book: Book) -> None:
    book.first_start = NOW
    numbers = book.bring(
        mention("late", by="caro", at=NOW - HOUR - SECOND),
        mention("edge", by="dana", at=NOW - HOUR),
        backfill=DAY,
    )
    assert [bool(book.case(number or 0).quiet) for number in numbers] == [True, False]


# looking again


def test_a_case_is_looked_at_at_its_instant_and_not_before(book: Book) -> None:
    number = book.open_case("1")
    due = look_at(book.case(number))
    assert due is not None
    assert book.store.next_look() == due == NOW + 10 * MINUTE
    assert book.store.due_cases(now=due - timedelta(microseconds=1)) == []
    assert book.store.due_cases(now=due) == [number]


def test_the_longest_due_is_looked_at_first(book: Book) -> None:
    book.open_case("1", by="dana")
    book.now -= MINUTE
    book.open_case("2", by="elle")
    assert book.store.due_cases(now=NOW + HOUR) == [2, 1]
    assert book.store.due_cases(now=NOW + HOUR, limit=1) == [2]


def test_a_breach_is_dated_when_it_was_due_though_seen_a_day_late(book: Book) -> None:
    number = book.open_case("1")
    book.advance(DAY)
    book.watch()
    breached = {
        str(event.facts["clock"]): event.happened_at
        for event in book.store.events(number)
        if event.kind is EventKind.BREACHED
    }
    assert breached == {"acknowledge": NOW + 15 * MINUTE, "respond": NOW + HOUR}
    book.watch()
    assert book.kinds(number).count("breached") == 2


# cases that turn out to be one


def test_a_late_root_merges_two_cases_of_one_customer_and_the_log_shows_one(book: Book) -> None:
    merged_pair(book)
    (row,) = book.log()
    assert (row["case"], row["mentions"], row["posted_at"], row["url"]) == (1, 2, NOW, None)
    assert book.rows("SELECT number, merged_into FROM cases ORDER BY number") == [(1, None), (2, 1)]
    assert [event.facts for event in book.store.events(1) if event.kind is EventKind.MERGED] == [{"from": 2}]
    assert [event.facts for event in book.store.events(2) if event.kind is EventKind.MERGED] == [{"into": 1}]
    assert {kept.case for id_ in ("1", "2") for kept in book.store.find(id_)} == {1}
    assert book.store.touched_cases() == []


def test_merging_again_changes_nothing(book: Book) -> None:
    merged_pair(book)
    before = book.rows("SELECT count(*) FROM event")
    book.run("UPDATE cases SET touched = true")
    book.match()
    assert book.rows("SELECT count(*) FROM event") == before


def test_a_merged_case_is_looked_at_no_more_and_pages_nobody(book: Book) -> None:
    merged_pair(book)
    book.advance(DAY)
    assert book.store.due_cases(now=book.now) == [1]
    before = book.kinds(2)
    book.watch()
    book.bring(reply("9", "2", at=book.now))
    assert book.kinds(2) == before
    assert book.log()[0]["status"] == "responded"


def test_a_press_on_the_card_of_a_merged_case_is_of_the_case_that_stayed(book: Book) -> None:
    merged_pair(book)
    assert book.press(2, "acknowledge") == "done"
    assert (book.case(1).owner, book.case(2).owner) == ("aino", None)


def test_who_took_either_case_has_the_one(book: Book) -> None:
    book.bring(mention("1", in_reply_to="b"))
    book.bring(mention("2", in_reply_to="a", at=NOW + MINUTE))
    book.advance(2 * MINUTE)
    book.press(2, "acknowledge", "ben")
    book.bring(reply("b", "a", at=NOW - HOUR))
    (row,) = book.log()
    assert (row["case"], row["acknowledged_by"], row["status"]) == (1, "ben", "acknowledged")
    assert row["tta_s"] == 120


def test_a_wait_does_not_end_in_a_case_that_was_closed(book: Book) -> None:
    for verb in ("dismiss", "close"):
        root = f"a{verb}"
        book.bring(mention(f"{verb}1", by=verb, in_reply_to=f"b{verb}", at=book.now))
        (first,) = [row["case"] for row in book.log() if row["author"] == verb]
        book.press(first, verb)
        book.bring(mention(f"{verb}2", by=verb, in_reply_to=root, at=book.now))
        book.bring(reply(f"b{verb}", root, at=NOW - HOUR))
        (row,) = [row for row in book.log() if row["author"] == verb]
        assert (row["case"], row["mentions"]) == (first + 1, 2)
        assert row["status"] in {"open", "acknowledged"}


def test_a_severe_case_does_not_end_in_a_lesser_one(book: Book) -> None:
    merged_pair(book, second="Lasia purkissa!", between="acknowledge")
    (row,) = book.log()
    assert (row["case"], row["severity"], row["playbook"]) == (2, "critical", "recall")


def test_a_new_case_long_after_the_old_one_ended_stays_its_own(book: Book) -> None:
    book.bring(mention("1", in_reply_to="b"))
    book.press(1, "close")
    book.advance(8 * DAY)
    book.bring(mention("2", in_reply_to="a", at=book.now))
    book.bring(reply("b", "a", at=NOW - HOUR))
    assert [(row["case"], row["mentions"]) for row in book.log()] == [(1, 1), (2, 1)]


def test_a_linked_case_is_not_merged_with_the_one_before_it(book: Book) -> None:
    book.bring(mention("1", in_reply_to="b"))
    book.press(1, "close")
    book.advance(8 * DAY)
    assert book.bring(mention("2", in_reply_to="b", at=book.now)) == [2]
    assert book.rows("SELECT linked_to FROM cases ORDER BY number") == [(None,), (1,)]
    book.press(1, "reopen")
    book.bring(reply("b", "a", at=NOW - HOUR))
    assert [row["case"] for row in book.log()] == [1, 2]


@pytest.mark.parametrize("order", list(itertools.permutations([0, 1, 2])))
def test_three_cases_become_one_in_whatever_order_they_are_looked_at(
    book: Book, order: tuple[int, int, int]
) -> None:
    for number, above in enumerate(("b", "c", "a")):
        book.bring(mention(str(number), in_reply_to=above, at=NOW + number * MINUTE))
    book.file(
        reply("b", "a", at=NOW - HOUR),
        reply("c", "a", at=NOW - HOUR),
    )
    for index in order:
        book.store.match(index + 1, lambda _: Change(), now=book.now)
    book.match()
    assert [(row["case"], row["mentions"]) for row in book.log()] == [(1, 3)]


def test_two_machines_that_merge_at_once_merge_once(book: Book) -> None:
    for turn in range(5):
        name = f"caro{turn}"
        book.bring(mention(f"{turn}p", by=name, in_reply_to=f"{turn}b"))
        book.bring(mention(f"{turn}q", by=name, in_reply_to=f"{turn}a", at=NOW + MINUTE))
        book.file(reply(f"{turn}b", f"{turn}a", at=NOW - HOUR))
    assert raised(at_once(*[book.match] * 4)) == []
    assert [row["mentions"] for row in book.log()] == [2] * 5
    assert book.rows("SELECT count(*) FROM event WHERE kind = 'merged'") == [(10,)]


def test_cases_of_two_customers_in_one_conversation_stay_two(book: Book) -> None:
    book.bring(mention("1", by="caro", in_reply_to="b"))
    book.bring(mention("2", by="dana", in_reply_to="a"))
    book.bring(reply("b", "a", at=NOW - HOUR))
    assert [row["author"] for row in book.log()] == ["caro", "dana"]


# leases of the dead


def test_only_what_dead_processes_hold_is_given_back(book: Book) -> None:
    book.file(*(mention(str(number), by=f"caro{number}") for number in range(6)))
    for waiting in book.unjudged(limit=2):
        book.rule(waiting)  # of a process that will die, but done
    dead, alive = Book.open(book.url, holder="dead/1"), Book.open(book.url, holder="alive/2")
    for each in (dead, alive):
        each.claim(f"source of {each.store.holder}")
        each.unjudged(limit=2)
        each.claim_delivery()
    asked: set[str] = set()

    def is_dead(name: str) -> bool:
        asked.add(name)
        return name == "dead/1"

    assert book.store.release_leases(is_dead) == 4
    assert asked == {"dead/1", "alive/2"}
    assert len(book.unjudged()) == 2
    assert book.store.claim_source("source of dead/1", now=NOW, lease=MINUTE) is not None
    assert book.store.claim_source("source of alive/2", now=NOW, lease=MINUTE) is None
    again = book.claim_delivery()
    assert again is not None
    assert again.attempted_at == NOW, "its sending had begun"
    for each in (dead, alive):
        each.close()


def test_nothing_is_given_back_where_nobody_is_dead(book: Book) -> None:
    book.file(mention("1"))
    book.unjudged()
    assert book.store.release_leases(lambda _: False) == 0
    assert book.unjudged() == []


def test_the_rule_for_the_next_look_may_be_anothers(book: Book) -> None:
    own = Store(book.store.engine, look_at=lambda _: NOW + DAY, holder="two")
    Book(own, book.url, now=NOW, desk=replace(book.desk)).open_case("1")
    assert own.next_look() == NOW + DAY
