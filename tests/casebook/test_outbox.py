"""The outbox: what is owed is claimed once, in order, and marked only by who holds it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from casebook.event import Event, EventKind, TimeSource
from casebook.store import Change, Claimed, Owed
from playbooks.playbook import Match, Playbook, Severity
from tests.casebook.cast import HOUR, MINUTE, NOW, QUESTION, Book, at_once, mention, raised, shut_for

SECOND = timedelta(seconds=1)


def owe(book: Book, number: int, *owed: Owed) -> None:
    """Owe messages because of an event that shows on no card."""
    event = Event(EventKind.PLACED, book.now, TimeSource.OURS, facts={"where": "public"})
    book.store.change(number, lambda _: Change((event,), owed), now=book.now)


def claimed_all(book: Book) -> list[Claimed]:
    claimed = []
    while (one := book.claim_delivery()) is not None:
        claimed.append(one)
    return claimed


def must_claim(book: Book, *resting: str) -> Claimed:
    claimed = book.claim_delivery(*resting)
    assert claimed is not None
    return claimed


# order


def test_the_most_severe_case_leaves_first_and_of_equals_the_oldest(book: Book) -> None:
    severities = [Severity.LOW, Severity.NORMAL, Severity.CRITICAL, Severity.HIGH, Severity.NORMAL]
    for index, severity in enumerate(severities):
        book.desk = replace(book.desk, playbooks=(replace(QUESTION, severity=severity),), direct=False)
        book.open_case(str(index), by=f"caro{index}")
    assert [claimed.case for claimed in claimed_all(book)] == [3, 4, 2, 5, 1]


def test_a_new_card_leaves_before_the_update_of_a_more_severe_one(book: Book) -> None:
    first = book.open_case("1", text="Lasia!")
    book.send_all()
    book.press(first, "acknowledge")
    second = book.open_case("2", by="dana")
    assert [claimed.case for claimed in claimed_all(book)] == [second, first]


def test_a_page_waits_for_the_card_it_stands_under(book: Book) -> None:
    number = book.open_case("1")
    owe(book, number, Owed("page", "team:care", content={"why": "escalated"}))
    card = must_claim(book)
    assert (card.kind, card.thread) == ("card", None)
    assert book.claim_delivery() is None, "the page waits while the card is being sent"
    book.store.put_off_delivery(card, until=NOW + MINUTE, error="busy", ambiguous=False)
    assert book.claim_delivery() is None, "and while the card waits itself"
    book.advance(MINUTE)
    card = must_claim(book)
    book.send(card)
    page = must_claim(book)
    assert (page.kind, page.content["why"]) == ("page", "escalated")
    assert page.thread == ("C1", f"ref-{card.id}-{card.fence}")


def test_a_page_does_not_wait_for_a_card_that_only_needs_an_update(book: Book) -> None:
    number = book.open_case("1")
    book.send_all()
    owe(book, number, Owed("page", "team:care"))
    assert {claimed.kind for claimed in claimed_all(book)} == {"card", "page"}


def test_a_page_to_a_person_waits_for_nobody(book: Book) -> None:
    book.open_case("1", text="Lasia!")
    assert [claimed.addressee for claimed in claimed_all(book)] == ["team:care", "person:aino"]


def test_what_calls_nobody_lets_every_card_and_page_go_first(book: Book) -> None:
    first = book.open_case("1", text="Lasia!")
    book.send_all()
    owe(book, first, Owed("page", "team:care", content={"why": "closed"}, is_aside=True))
    book.desk = replace(book.desk, playbooks=(replace(QUESTION, severity=Severity.LOW),), direct=False)
    second = book.open_case("2", by="dana")
    new = [claimed.case for claimed in claimed_all(book) if claimed.ref is None]
    assert new == [second, first], "the critical case's word waits"


def test_a_call_is_not_held_up_by_the_word_before_it(book: Book) -> None:
    """It keeps its place behind it, so the two go together, before other cases' cards."""
    first = book.open_case("1")
    book.send_all()
    owe(book, first, Owed("page", "team:care", content={"why": "follow_up"}, is_aside=True))
    owe(book, first, Owed("page", "team:care", content={"why": "escalated"}))
    second = book.open_case("2", by="dana")
    claimed = [must_claim(book)]
    book.send(claimed[0])
    claimed += [one for one in claimed_all(book) if one.ref is None]
    assert [(one.case, one.content.get("why")) for one in claimed] == [
        (first, "follow_up"),
        (first, "escalated"),
        (second, None),
    ]


def test_a_page_goes_out_alone_when_its_card_was_refused(book: Book) -> None:
    number = book.open_case("1")
    owe(book, number, Owed("page", "team:care"))
    book.store.refuse(must_claim(book), error="no such channel", retry_at=NOW + HOUR, now=NOW)
    page = must_claim(book)
    assert (page.kind, page.thread) == ("page", None)


def test_resting_addressees_are_passed_over(book: Book) -> None:
    book.open_case("1", text="Lasia!")
    assert must_claim(book, "team:care").addressee == "person:aino"
    assert book.claim_delivery("team:care", "person:aino") is None
    assert book.store.next_delivery(gate=shut_for("team:care", "person:aino"), now=NOW) is None
    assert book.store.next_delivery(gate=shut_for("person:aino"), now=NOW) == NOW


def test_one_message_is_owed_once_for_one_event(book: Book) -> None:
    number = book.open_case("1")
    owe(book, number, Owed("page", "team:care"), Owed("page", "team:care"), Owed("card", "team:care"))
    assert book.store.deliveries() == {"due": 2}
    owe(book, number, Owed("page", "team:care"))
    assert book.store.deliveries() == {"due": 3}
    keys = [key for (key,) in book.rows("SELECT key FROM delivery ORDER BY id")]
    assert keys == ["case:1:card:team:care", "case:1:page:3:team:care", "case:1:page:4:team:care"]


# claims and leases


def test_eight_threads_claim_every_message_once(book: Book) -> None:
    for number in range(20):
        book.open_case(str(number), by=f"caro{number}", text="Lasia!")
    outcomes = at_once(*[lambda: claimed_all(book)] * 8)
    assert raised(outcomes) == []
    keys = [claimed.key for some in outcomes if isinstance(some, list) for claimed in some]
    assert len(keys) == len(set(keys)) == 40


def test_a_try_that_nobody_finished_is_known_when_it_is_claimed_again(book: Book) -> None:
    book.open_case("1")
    first = must_claim(book)
    assert (first.attempted_at, first.first_tried_at) == (None, None)
    book.advance(MINUTE - timedelta(microseconds=1))
    assert book.claim_delivery() is None
    book.advance(timedelta(microseconds=1))
    again = must_claim(book)
    assert (again.key, again.attempted_at, again.first_tried_at) == (first.key, NOW, NOW)
    assert again.fence == first.fence + 1


def test_who_lost_the_lease_marks_nothing(book: Book) -> None:
    book.open_case("1")
    slow = must_claim(book)
    book.advance(MINUTE)
    quick = must_claim(book)
    assert not book.send(slow)
    assert not book.store.put_off_delivery(slow, until=NOW + HOUR, error="late", ambiguous=True)
    assert not book.store.fall_back(slow, channel=1, error="late", now=book.now)
    assert not book.store.refuse(slow, error="late", retry_at=book.now, now=book.now)
    assert not book.store.withdraw(slow)
    assert book.kinds(1) == ["opened", "joined"]
    assert book.send(quick)
    assert book.rows("SELECT state, ref FROM delivery") == [("sent", f"ref-{quick.id}-{quick.fence}")]


def test_a_try_known_to_have_failed_is_not_ambiguous(book: Book) -> None:
    book.open_case("1")
    book.store.put_off_delivery(must_claim(book), until=NOW + SECOND, error="503", ambiguous=False)
    book.advance(SECOND)
    again = must_claim(book)
    assert (again.attempted_at, again.first_tried_at, again.attempts) == (None, NOW, 1)


def test_an_ambiguous_try_stays_so_through_later_tries_that_surely_failed(book: Book) -> None:
    book.open_case("1")
    book.store.put_off_delivery(must_claim(book), until=NOW + SECOND, error="cut off", ambiguous=True)
    book.advance(SECOND)
    again = must_claim(book)
    assert again.attempted_at == NOW
    book.store.put_off_delivery(again, until=NOW + 2 * SECOND, error="503", ambiguous=False)
    book.advance(SECOND)
    assert must_claim(book).attempted_at == NOW


def test_what_is_put_off_is_due_at_its_instant(book: Book) -> None:
    book.open_case("1")
    book.store.put_off_delivery(must_claim(book), until=NOW + HOUR, error="503", ambiguous=False)
    assert book.store.next_delivery() == NOW + HOUR
    book.advance(HOUR - timedelta(microseconds=1))
    assert book.claim_delivery() is None
    book.advance(timedelta(microseconds=1))
    assert book.claim_delivery() is not None


# acceptance


def test_the_first_acceptance_of_all_dates_the_alert(book: Book) -> None:
    number = book.open_case("1", text="Lasia!")
    book.advance(SECOND)
    book.send(must_claim(book))
    book.advance(SECOND)
    book.send(must_claim(book))
    assert book.log()[0]["alerted_at"] == NOW + SECOND
    assert book.kinds(number).count("alerted") == 1
    assert book.log()[0]["alert_lag_s"] == 1


def test_two_messages_accepted_at_once_date_one_alert(book: Book) -> None:
    for number in range(5):
        book.open_case(str(number), by=f"caro{number}", text="Lasia!")
    claims = claimed_all(book)
    outcomes = at_once(*(partial(book.send, one) for one in claims))
    assert outcomes == [True] * 10
    assert [book.kinds(number).count("alerted") for number in range(1, 6)] == [1] * 5


def test_a_case_that_changed_meanwhile_makes_its_card_due_again(book: Book) -> None:
    number = book.open_case("1")
    card = must_claim(book)
    view = book.store.view(number)
    assert view is not None
    book.press(number, "acknowledge")
    book.send(card, revision=view.revision)
    again = must_claim(book)
    assert (again.kind, again.ref, again.place) == ("card", f"ref-{card.id}-{card.fence}", "C1")
    assert again.attempted_at is None, "an update of a message that is known to be there"
    book.send(again)
    assert (book.claim_delivery(), book.store.next_delivery()) == (None, None)


def test_a_card_changed_by_many_while_it_is_marked_shows_the_last(book: Book) -> None:
    for turn in range(8):
        number = book.open_case(str(turn), by=f"caro{turn}")
        card = must_claim(book)
        view = book.store.view(number)
        assert view is not None
        acts: list[Callable[[], object]] = [
            partial(book.send, card, revision=view.revision),
            partial(book.press, number, "acknowledge"),
        ]
        assert at_once(*acts) == [True, "done"]
        again = must_claim(book)
        assert again.case == number
        book.send(again)


def test_every_change_of_a_case_makes_its_sent_card_due_once(book: Book) -> None:
    number = book.open_case("1")
    book.send_all()
    book.press(number, "acknowledge")
    book.press(number, "replied")
    assert [claimed.kind for claimed in claimed_all(book)] == ["card"]


def test_a_page_that_was_sent_is_never_due_again(book: Book) -> None:
    number = book.open_case("1", text="Lasia!")
    book.send_all()
    book.press(number, "acknowledge")
    assert [claimed.kind for claimed in book.send_all()] == ["card"]


# other ends


def test_a_message_that_falls_back_begins_anew_on_the_next_channel_and_the_case_tells(book: Book) -> None:
    number = book.open_case("1")
    claimed = must_claim(book)
    assert book.store.fall_back(claimed, channel=1, error="no \x00 scope", now=NOW)
    again = must_claim(book)
    assert (again.channel, again.attempts, again.attempted_at, again.first_tried_at) == (1, 0, None, None)
    told = book.store.events(number)[-1]
    assert told.kind is EventKind.FELL_BACK
    assert told.facts == {"delivery": claimed.key, "channel": 1, "error": "no  scope"}


def test_a_page_stands_under_the_card_of_its_own_channel_only(book: Book) -> None:
    number = book.open_case("1")
    book.send_all()
    owe(book, number, Owed("page", "team:care"))
    page = [claimed for claimed in claimed_all(book) if claimed.kind == "page"][0]  # noqa: RUF015 - all are claimed
    book.store.fall_back(page, channel=1, error="gone", now=NOW)
    again = [claimed for claimed in claimed_all(book) if claimed.kind == "page"]
    assert [claimed.thread for claimed in again] == [None]


def test_a_message_refused_for_good_stays_visible_and_the_case_tells(book: Book) -> None:
    number = book.open_case("1")
    claimed = must_claim(book)
    assert book.store.refuse(claimed, error="channel_not_found", retry_at=NOW + HOUR, now=NOW)
    assert book.store.deliveries() == {"refused": 1}
    assert book.claim_delivery() is None
    assert book.rows("SELECT error FROM delivery") == [("channel_not_found",)]
    assert book.kinds(number)[-1] == "refused"


def test_a_message_nobody_needs_is_withdrawn(book: Book) -> None:
    book.open_case("1")
    assert book.store.withdraw(must_claim(book))
    assert book.store.deliveries() == {"withdrawn": 1}
    assert (book.claim_delivery(), book.store.next_delivery()) == (None, None)


def test_a_view_is_what_a_card_needs(book: Book) -> None:
    number = book.open_case("1", text="Missä?", url="https://example.org/1", language="sv")
    book.bring(mention("2", in_reply_to="1", at=NOW + MINUTE, text="Haloo?"))
    view = book.store.view(number)
    assert view is not None
    assert (view.text, view.latest_text, view.url) == ("Missä?", "Haloo?", "https://example.org/1")
    assert (view.author, view.source, view.language, view.revision) == ("caro", "feed", "fi", 2)
    assert view.reason


@pytest.mark.parametrize("severity", list(Severity))
def test_every_severity_leaves_the_outbox(book: Book, severity: Severity) -> None:
    book.desk = replace(
        book.desk, playbooks=(Playbook("one", Match(), "care", severity, respond_within=HOUR),)
    )
    book.open_case("1")
    assert must_claim(book).kind == "card"
