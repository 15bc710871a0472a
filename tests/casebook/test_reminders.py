"""Reminders of one person that are due at one time: claimed as one message, and each counted as told once."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from casebook.event import Event, EventKind, TimeSource
from casebook.store import Change, Claimed, Owed
from casebook.store.reminders import MOST
from casebook.store.together import WAITS
from tests.casebook.cast import HOUR, MINUTE, NOW, Book, at_once, raised

AINO = "person:aino"
TICK = timedelta(microseconds=1)


def remind(book: Book, *numbers: int, why: str = "promise", person: str = "aino") -> None:
    """Owe a reminder of each case because of an event that shows on no card."""
    content = {"why": why, "people": [person], "step": 1}
    event = Event(EventKind.PLACED, book.now, TimeSource.OURS, facts={"where": "public"})
    owed = Owed("page", f"person:{person}", content=content)
    for number in numbers:
        book.store.change(number, lambda _: Change((event,), (owed,)), now=book.now)


def taken(book: Book, count: int) -> list[int]:
    """So many cases that Aino has, their cards sent."""
    numbers = [book.open_case(str(place), by=f"caro{place}") for place in range(count)]
    for number in numbers:
        book.press(number, "acknowledge")
    book.send_all()
    book.run("UPDATE cases SET look_at = NULL")  # nothing else is due
    return numbers


def claims(book: Book) -> list[Claimed]:
    """Claim all reminders; cards that are to be brought up to date are sent on the way."""
    found = []
    while (claimed := book.claim_delivery()) is not None:
        if claimed.kind == "card":
            book.send(claimed)
        else:
            found.append(claimed)
    return found


def cases(claimed: Claimed) -> list[int | None]:
    return [claimed.case, *(one.case for one in claimed.beside)]


def states(book: Book) -> dict[str, int]:
    rows = book.rows("SELECT state, count(*) FROM delivery WHERE reminds GROUP BY state")
    return dict(rows)


def test_five_reminders_leave_as_one_message_and_each_is_told(book: Book) -> None:
    numbers = taken(book, 5)
    remind(book, *numbers)
    (claimed,) = claims(book)
    assert cases(claimed) == numbers
    assert book.send(claimed, revision=0)
    assert states(book) == {"sent": 5}
    assert set(book.rows("SELECT place, ref FROM delivery WHERE reminds")) == {
        ("C1", f"ref-{claimed.id}-{claimed.fence}")
    }
    assert claims(book) == []


def test_one_alone_is_one_message_of_its_own(book: Book) -> None:
    (number,) = taken(book, 1)
    remind(book, number)
    (claimed,) = claims(book)
    assert claimed.beside == ()


@pytest.mark.parametrize(
    ("why", "person", "reason"),
    [
        ("promise", "ben", "another person's"),
        ("escalated", "aino", "a call is no reminder"),
        ("waits_again", "aino", "nor is news of the customer"),
    ],
)
def test_what_is_told_apart(book: Book, why: str, person: str, reason: str) -> None:
    first, second = taken(book, 2)
    remind(book, first)
    remind(book, second, why=why, person=person)
    assert sorted(map(cases, claims(book))) == [[first], [second]], reason


def test_who_must_take_a_case_is_called_to_it_alone(book: Book) -> None:
    numbers = [book.open_case(str(place), by=f"caro{place}") for place in range(2)]
    book.send_all()
    book.run("UPDATE cases SET look_at = NULL")
    remind(book, *numbers, why="snooze_over")
    assert sorted(map(cases, claims(book))) == [[number] for number in numbers]


def test_a_try_whose_outcome_is_not_known_is_repeated_as_it_was(book: Book) -> None:
    numbers = taken(book, 3)
    remind(book, *numbers[:2])
    (first,) = claims(book)
    remind(book, numbers[2])
    book.advance(MINUTE)  # whoever had it died
    again = sorted(claims(book), key=lambda one: one.id)
    assert [cases(one) for one in again] == [numbers[:2], numbers[2:]]
    assert (again[0].key, again[0].attempted_at) == (first.key, NOW)
    assert not book.send(first, revision=0), "the lease was lost"
    assert [book.send(one, revision=0) for one in again] == [True, True]
    assert states(book) == {"sent": 3}


def test_a_try_that_was_refused_for_now_takes_in_what_came_meanwhile(book: Book) -> None:
    numbers = taken(book, 3)
    remind(book, *numbers[:2])
    (claimed,) = claims(book)
    book.store.put_off_delivery(claimed, until=NOW + MINUTE, error="busy", ambiguous=False)
    assert claims(book) == []
    book.advance(MINUTE)
    remind(book, numbers[2])
    (claimed,) = claims(book)
    assert cases(claimed) == numbers


def told(book: Book, numbers: Sequence[int], kind: str) -> list[int]:
    return [book.kinds(number).count(kind) for number in numbers]


def test_the_next_channel_takes_all_of_them_and_each_case_hears_of_it(book: Book) -> None:
    numbers = taken(book, 2)
    remind(book, *numbers)
    (claimed,) = claims(book)
    book.store.fall_back(claimed, channel=1, error="archived", now=NOW)
    (again,) = claims(book)
    assert (cases(again), again.channel, again.beside[0].channel) == (numbers, 1, 1)
    assert told(book, numbers, "fell_back") == [1, 1]


def test_what_is_refused_is_refused_for_each_and_tried_again_together(book: Book) -> None:
    numbers = taken(book, 2)
    remind(book, *numbers)
    (claimed,) = claims(book)
    book.store.refuse(claimed, error="no such person", retry_at=NOW + HOUR, now=NOW)
    assert (states(book), told(book, numbers, "refused")) == ({"refused": 2}, [1, 1])
    assert book.store.owe_again(now=NOW) == 2
    (again,) = claims(book)
    assert cases(again) == numbers


def test_a_message_that_can_not_be_worded_leaves_each_to_itself(book: Book) -> None:
    numbers = taken(book, 3)
    remind(book, *numbers)
    (claimed,) = claims(book)
    assert book.store.leave_alone(claimed)
    book.store.put_off_delivery(claimed, until=NOW + MINUTE, error="?", ambiguous=False)
    (others,) = claims(book)
    assert cases(others) == numbers[1:]
    book.store.put_off_delivery(others.beside[0], until=NOW + MINUTE, error="?", ambiguous=False)
    assert book.send(others, revision=0)
    assert states(book) == {"sent": 1, "due": 2}


def test_where_the_first_of_them_is_taken_back_the_others_are_told_all_the_same(book: Book) -> None:
    numbers = taken(book, 3)
    remind(book, *numbers)
    (claimed,) = claims(book)
    book.store.put_off_delivery(claimed, until=NOW + HOUR, error="busy", ambiguous=False)
    book.run(f"UPDATE delivery SET state = 'withdrawn' WHERE id = {claimed.id}")  # as a crisis does
    book.advance(HOUR)
    (others,) = claims(book)
    assert cases(others) == numbers[1:]


def test_more_than_one_message_holds_are_two(book: Book) -> None:
    numbers = taken(book, MOST + 1)
    remind(book, *numbers)
    assert [len(cases(one)) for one in claims(book)] == [MOST, 1]


@pytest.mark.parametrize(
    ("later", "is_held", "why"),
    [
        (timedelta(0), True, "the case that is due may remind the same person"),
        (WAITS - TICK, True, "until the last moment"),
        (WAITS, False, "a case that can't be looked at holds back nobody's reminder"),
    ],
)
def test_a_reminder_waits_for_cases_that_are_due(
    book: Book, *, later: timedelta, is_held: bool, why: str
) -> None:
    first, second = taken(book, 2)
    remind(book, first)
    with book.store.writing() as session:
        session.connection().exec_driver_sql(
            f"UPDATE cases SET look_at = (SELECT opened_at FROM cases WHERE number = {first}) WHERE number = {second}"
        )
    book.advance(later)
    assert (claims(book) == []) is is_held, why
    book.run("UPDATE cases SET look_at = NULL")
    book.advance(MINUTE)
    assert len(claims(book)) == 1, "once nothing is due it is told"


def test_words_that_are_erased_are_taken_out_of_a_message_that_tells_of_several(book: Book) -> None:
    numbers = taken(book, 3)
    remind(book, *numbers)
    (claimed,) = claims(book)
    book.send(claimed, revision=0)
    book.advance(HOUR)
    ((last,),) = book.rows("SELECT max(id) FROM post")
    with book.store.writing() as session:
        book.store._retract(session, [last], now=book.now)
    (again,) = claims(book)
    assert (again.key, again.ref, cases(again)) == (claimed.key, f"ref-{claimed.id}-{claimed.fence}", numbers)
    book.send(again, revision=0)
    assert states(book) == {"sent": 3}


def test_eight_threads_tell_each_reminder_in_one_message(book: Book) -> None:
    numbers = taken(book, 30)
    remind(book, *numbers)
    outcomes = at_once(*[lambda: claims(book)] * 8)
    assert raised(outcomes) == []
    messages = [claimed for some in outcomes if isinstance(some, list) for claimed in some]
    assert sorted(number or 0 for one in messages for number in cases(one)) == numbers
    assert len(messages) >= 2
