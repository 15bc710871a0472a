"""What everybody has on their hands, as the record counts it: on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from casebook.act import Act
from casebook.event import EventKind
from casebook.load import Load, last_night
from casebook.store.loads import REMEMBERED
from playbooks.escalate import Team
from playbooks.playbook import Repeat, Step
from tests.casebook.cast import (
    DAY,
    DESK,
    HOUR,
    MINUTE,
    NOW,
    QUESTION,
    RECALL,
    ROTA,
    Book,
    at_once,
    mention,
    raised,
)
from vaste.chain import carry_out, watch

HELSINKI = ZoneInfo("Europe/Helsinki")
SECOND = timedelta(seconds=1)


def loads(book: Book) -> dict[str, Load]:
    return book.store.loads(now=book.now, night=last_night(book.now, HELSINKI))


def open_cases(book: Book) -> dict[str, int]:
    return {person: load.open_cases for person, load in loads(book).items() if load.open_cases}


def test_an_empty_record_loads_nobody(book: Book) -> None:
    assert loads(book) == {}


def test_a_case_is_on_whoever_was_called_first_until_somebody_takes_it(book: Book) -> None:
    number = book.open_case()
    assert open_cases(book) == {"aino": 1}
    book.advance(10 * MINUTE)
    book.watch()
    assert book.kinds(number)[-1] == "escalated"
    assert open_cases(book) == {"aino": 1}, "who is called in a later step has not more to do for that"
    book.press(number, "acknowledge", "ben")
    assert open_cases(book) == {"ben": 1}


def test_what_is_answered_or_ended_loads_nobody(book: Book) -> None:
    for place, verb in enumerate(("replied", "close", "dismiss")):
        number = book.open_case(f"p{place}", by=f"customer{place}")
        book.press(number, "acknowledge")
        assert open_cases(book) == {"aino": 1}
        book.press(number, verb)
        assert open_cases(book) == {}


def test_one_event_calls_a_person_once_in_however_many_messages(book: Book) -> None:
    book.open_case(text="lasinsiru purkissa")  # a card, and a direct message
    assert book.rows("SELECT person, step FROM call") == [("aino", 0)]


def test_a_case_that_opens_in_silence_calls_nobody(book: Book) -> None:
    (number,) = book.bring(mention("old", at=NOW - 50 * HOUR), backfill=3 * DAY)
    assert book.case(number or 0).quiet
    assert book.rows("SELECT count(*) FROM call") == [(0,)]


def test_calls_are_counted_by_the_night(book: Book) -> None:
    for minute, hour in enumerate((20, 22, 23)):  # in Helsinki: 22, midnight and one o'clock
        book.now = (
            datetime(2026, 11, 2, hour - 1, 59, 59, tzinfo=UTC) if minute == 0 else NOW.replace(hour=hour)
        )
        book.open_case(f"n{hour}", by=f"customer{hour}", at=book.now)
    book.now = datetime(2026, 11, 3, 9, tzinfo=UTC)
    assert loads(book)["aino"] == Load(3, 2, datetime(2026, 11, 2, 23, tzinfo=UTC)), (
        "one second before 22 is no night"
    )


def test_what_is_long_past_is_forgotten(book: Book) -> None:
    number = book.open_case()
    book.press(number, "close")
    book.now = NOW + REMEMBERED
    assert loads(book) == {"aino": Load(0, 0, NOW)}
    book.advance(SECOND)
    assert loads(book) == {}


def test_a_ring_of_calls_goes_round(book: Book) -> None:
    """Nobody takes anything: each case goes on to whoever has fewest, then to whoever waited longest."""
    step = Step(10 * MINUTE, "round_robin")
    people = {**DESK.people, "caro": replace(DESK.people["ben"], key="caro")}
    team = Team("care", "#care", ROTA, ("caro",))
    book.desk = replace(
        DESK, playbooks=(replace(QUESTION, escalate=(step,)),), teams={"care": team}, people=people
    )
    called = []
    for place in range(4):
        number = book.open_case(f"r{place}", by=f"customer{place}", at=book.now)
        book.advance(10 * MINUTE)
        desk = replace(book.desk, loads=loads(book))
        book.store.change(number, partial(watch, desk=desk, now=book.now), now=book.now)
        called.append(book.store.events(number)[-1].facts["people"])
    assert called == [["ben"], ["caro"], ["ben"], ["caro"]]


# ---- one result, whoever looks -----------------------------------------------------------------------


def watch_twice(book: Book, number: int) -> list[object]:
    watching = partial(book.store.change, number, partial(watch, desk=book.desk, now=book.now), now=book.now)
    return list(at_once(watching, watching, watching))


def patient(book: Book) -> None:
    playbook = replace(RECALL, ask_after=30 * MINUTE, repeat=Repeat(HOUR, 1))
    book.desk = replace(DESK, playbooks=(playbook,))


def test_two_machines_ask_once_and_call_anew_once(book: Book) -> None:
    patient(book)
    number = book.open_case(text="lasinsiru")
    book.press(number, "acknowledge")
    for kind in ("asked", "returned"):
        book.advance(30 * MINUTE)
        assert raised(watch_twice(book, number)) == []
        assert book.kinds(number).count(kind) == 1
    pages = book.rows("SELECT key FROM delivery WHERE kind = 'page'")
    assert len(pages) == len(set(pages)) == 4


def test_two_machines_repeat_once(book: Book) -> None:
    patient(book)
    number = book.open_case(text="lasinsiru")
    book.advance(HOUR)
    assert raised(watch_twice(book, number)) == []
    assert book.kinds(number).count("repeated") == 1


def test_a_snooze_pressed_by_two_is_one_event_and_comes_back_once(book: Book) -> None:
    number = book.open_case()
    act = Act(number, "snooze", "aino", book.now, until=book.now + HOUR)

    def press() -> object:
        return book.store.change(
            number, lambda case: carry_out(case, act, book.desk, now=book.now)[1], now=book.now
        )

    assert raised(at_once(press, press, press)) == []
    assert book.kinds(number).count("snoozed") == 1
    book.advance(HOUR - SECOND)
    book.watch()
    assert "woke" not in book.kinds(number)
    book.advance(SECOND)
    assert book.store.due_cases(now=book.now) == [number]
    assert raised(watch_twice(book, number)) == []
    assert book.kinds(number).count("woke") == 1


def test_the_record_gives_back_what_it_was_told(book: Book) -> None:
    patient(book)
    number = book.open_case(text="lasinsiru")
    until = book.now + HOUR
    act = Act(number, "snooze", "aino", book.now, until=until)
    book.store.change(number, lambda case: carry_out(case, act, book.desk, now=book.now)[1], now=book.now)
    assert book.case(number).snoozed_until == until
    assert EventKind.SNOOZED in {event.kind for event in book.store.events(number)}
