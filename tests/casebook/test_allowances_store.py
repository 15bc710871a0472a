"""What vendors let us send, kept together by all processes; and the cards that wait their turn."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event
from sqlmodel import col, select

from casebook.allowance import Allowance, Gate
from casebook.store import Claimed
from casebook.tables import DeliveryRow
from tests.casebook.cast import MINUTE, NOW, Book, mention

SECOND = timedelta(seconds=1)
ROOM = Allowance("room", 60, MINUTE, burst=3, holds="posts")
CAP = Allowance("cards", 2, MINUTE, holds="cards")
EDITS = Allowance("edits", 60, MINUTE, burst=1, holds="updates", is_wide=True)


@pytest.fixture
def other(book: Book) -> Iterator[Book]:
    """A second process on the same database."""
    second = Book.open(book.url, holder="two")
    yield second
    second.close()


def as_slack(claimed: Claimed) -> Sequence[Allowance]:
    """What a message takes, as a channel with a pace and a cap says it."""
    if claimed.ref is not None:
        return (EDITS,)
    return (ROOM, CAP) if claimed.may_wait else (ROOM,)


def claimed_by(book: Book, gate: Gate) -> Claimed | None:
    return book.store.claim_delivery(now=book.now, lease=MINUTE, gate=gate)


def send_what_may_go(book: Book, gate: Gate) -> list[Claimed]:
    sent = []
    while (claimed := claimed_by(book, gate)) is not None:
        assert book.send(claimed)
        sent.append(claimed)
    return sent


def open_cases(book: Book, count: int, text: str = "Missä paketti?", *, first: int = 0) -> None:
    book.bring(*(mention(f"{text[:3]}{n}", by=f"{text}{n}", text=text) for n in range(first, first + count)))


def held_for(book: Book, gate: Gate, *, refresh: timedelta = SECOND) -> bool:
    is_shut = any(door.holds == "cards" for door in gate.shut(book.now))
    return book.store.count_held_back(0, "team:care", is_shut=is_shut, now=book.now, refresh=refresh)


def counted(book: Book) -> list[dict[str, int]]:
    """What the messages that count say, the oldest first, sent or not."""
    notices = select(DeliveryRow).where(col(DeliveryRow.kind) == "notice").order_by(col(DeliveryRow.id))
    with book.store.reading() as session:
        return [row.content["facts"]["waiting"] for row in session.execute(notices).scalars()]


def test_two_processes_keep_one_pace(book: Book, other: Book) -> None:
    open_cases(book, 8)
    gates = Gate(lambda _: (ROOM,)), Gate(lambda _: (ROOM,))
    sent_at = []
    for second in range(6):
        for each, gate in zip((book, other), gates, strict=True):
            each.now = NOW + second * SECOND
            sent_at += [second for _ in send_what_may_go(each, gate)]
    assert sent_at == [0, 0, 0, 1, 2, 3, 4, 5]


def test_a_vendors_wait_is_heeded_by_the_other_process(book: Book, other: Book) -> None:
    open_cases(book, 2)
    book.store.rest("room", until=NOW + 7 * SECOND)
    gate = Gate(as_slack)
    assert claimed_by(other, gate) is None
    assert other.store.next_delivery(gate=gate, now=NOW) is None
    assert min(gate.shut(NOW).values()) == NOW + 7 * SECOND
    other.advance(7 * SECOND)
    assert claimed_by(other, gate) is not None


def test_a_shut_door_holds_back_only_what_stands_behind_it(book: Book) -> None:
    number = book.open_case("1", text="Lasia!")
    gate = Gate(as_slack)
    send_what_may_go(book, gate)
    open_cases(book, 4, "Kuuluuko?")
    assert len(send_what_may_go(book, gate)) == 1, "the room's burst is used up by the card and the page"
    book.press(number, "acknowledge")
    edited = send_what_may_go(book, gate)
    assert [(one.case, one.ref is not None) for one in edited] == [(number, True)]


def test_beyond_the_cap_the_most_severe_come_first_and_a_critical_one_at_once(book: Book) -> None:
    gate = Gate(lambda claimed: (CAP,) if claimed.may_wait else ())
    open_cases(book, 4)
    assert len(send_what_may_go(book, gate)) == 2
    open_cases(book, 2, "Kiitos")  # of low severity
    open_cases(book, 1, "Miksi?")
    critical = book.open_case("c", text="Lasia!", by="otto")
    assert {one.case for one in send_what_may_go(book, gate)} == {critical}
    severities = []
    for _ in range(3):
        book.advance(MINUTE)
        severities.append([one.case for one in send_what_may_go(book, gate) if one.case != critical])
    assert severities == [[3, 4], [7, 5], [6]]


def test_a_card_whose_chain_has_moved_waits_no_longer(book: Book) -> None:
    gate = Gate(lambda claimed: (CAP,) if claimed.may_wait else ())
    open_cases(book, 3)
    first = CAP.most
    assert [one.case for one in send_what_may_go(book, gate)] == [1, 2]
    assert claimed_by(book, gate) is None
    book.store.rest("cards", until=NOW + 60 * MINUTE)
    book.advance(10 * MINUTE)
    book.watch()
    sent = send_what_may_go(book, gate)
    assert [(one.case, one.kind) for one in sent if one.case == first + 1] == [(3, "card"), (3, "page")]


def test_one_message_counts_what_waits_and_is_kept_true_to_the_end(book: Book) -> None:
    gate = Gate(lambda claimed: (CAP,) if claimed.may_wait else ())
    open_cases(book, 7)
    send_what_may_go(book, gate)
    assert held_for(book, gate)
    assert held_for(book, gate)
    assert counted(book) == [{"normal": 5}]
    (notice,) = send_what_may_go(book, gate)
    book.advance(MINUTE)
    assert len(send_what_may_go(book, gate)) == 2
    assert held_for(book, gate)
    (again,) = send_what_may_go(book, gate)
    assert (again.key, again.ref is not None) == (notice.key, True)
    assert counted(book) == [{"normal": 3}]
    for _ in range(2):
        book.advance(MINUTE)
        send_what_may_go(book, gate)
    assert not held_for(book, gate)
    assert counted(book) == [{}]
    assert [one.key for one in send_what_may_go(book, gate)] == [notice.key]
    assert book.store.counting() == []


def test_the_count_is_changed_once_a_while_and_begun_by_one_process(book: Book, other: Book) -> None:
    gate = Gate(lambda claimed: (CAP,) if claimed.may_wait else ())
    open_cases(book, 4)
    send_what_may_go(book, gate)
    for each in (book, other):
        assert held_for(each, gate, refresh=10 * SECOND)
    send_what_may_go(book, gate)
    open_cases(book, 1, first=10)
    book.advance(9 * SECOND)
    held_for(book, gate, refresh=10 * SECOND)
    assert counted(book) == [{"normal": 2}]
    book.advance(SECOND)
    held_for(book, gate, refresh=10 * SECOND)
    assert counted(book) == [{"normal": 3}]
    assert other.store.counting() == [(0, "team:care")]


def test_a_count_that_stands_right_asks_for_no_write(book: Book) -> None:
    gate = Gate(lambda claimed: (CAP,) if claimed.may_wait else ())
    open_cases(book, 4)
    send_what_may_go(book, gate)
    held_for(book, gate)
    begun: list[Connection] = []

    def note(connection: Connection) -> None:
        if connection.get_execution_options().get("writes"):
            begun.append(connection)

    event.listen(book.store.engine, "begin", note)
    assert held_for(book, gate)
    assert begun == []
    book.advance(MINUTE)
    send_what_may_go(book, gate)
    begun.clear()
    held_for(book, gate)
    assert len(begun) == 1, "fewer wait now"


def test_a_second_storm_is_counted_by_a_new_message(book: Book) -> None:
    gate = Gate(lambda claimed: (CAP,) if claimed.may_wait else ())
    for storm in range(2):
        open_cases(book, 3, first=storm * 10)
        send_what_may_go(book, gate)
        held_for(book, gate)
        book.advance(MINUTE)
        send_what_may_go(book, gate)
        held_for(book, gate)
        send_what_may_go(book, gate)
        book.advance(MINUTE)
    assert counted(book) == [{}, {}]
