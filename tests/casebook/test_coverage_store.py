"""The coverage ledger in the record, on both databases."""

from datetime import timedelta
from functools import partial
from itertools import pairwise

from casebook.mention import Blindness, Sight, Trouble, Watch
from casebook.record import SourceState
from listener.coverage import grown
from tests.casebook.cast import MINUTE, NET, NOW, Book, at_once, raised

OK, LIMIT, DOWN = Watch.WATCHED, Blindness.RATE_LIMIT, Blindness.DOWNTIME
LOST = Trouble("search", "the search is used up", reason=LIMIT)


def look(book: Book, minutes: float, *troubles: Trouble, source: str = "x", lanes: tuple[str, ...]) -> None:
    """Look at a source so many minutes after NOW; it is to be looked at every minute."""
    book.now = NOW + minutes * MINUTE
    book.store.source(source, kind="x", network=NET, now=NOW)
    state = book.store.claim_source(source, now=book.now, lease=MINUTE)
    assert state is not None
    finish(book, state, *troubles, lanes=lanes)


def finish(book: Book, state: SourceState, *troubles: Trouble, lanes: tuple[str, ...]) -> None:
    adds = partial(grown, lanes=lanes, troubles=troubles, began_at=book.now, at=book.now, due_within=MINUTE)
    book.store.finish_look(state, now=book.now, failures=0, retry_at=None, grow=adds)


def told(
    book: Book, since: float = -1, until: float = 1_000
) -> dict[tuple[str, str], list[tuple[float, float, Sight]]]:
    return {
        (record.source, record.lane): [
            ((s.begins_at - NOW) / MINUTE, (s.ends_at - NOW) / MINUTE, s.sight) for s in record.stretches
        ]
        for record in book.store.coverage(since=NOW + since * MINUTE, until=NOW + until * MINUTE)
    }


def test_a_quiet_week_is_one_row_a_lane_and_says_when_the_next_look_is_due(book: Book) -> None:
    for minute in range(30):
        look(book, minute, lanes=("mentions", "search"))
    assert told(book) == {("x", "mentions"): [(0, 29, OK)], ("x", "search"): [(0, 29, OK)]}
    assert book.rows("SELECT count(*) FROM coverage") == [(2,)]
    latest = book.store.coverage()[0].latest
    assert (latest.outcome, latest.due_within) == (OK, MINUTE)


def test_each_lane_has_its_own_stretches_and_the_last_one_grows(book: Book) -> None:
    look(book, 0, lanes=("mentions", "search"))
    look(book, 1, LOST, lanes=("mentions",))
    look(book, 2, LOST, lanes=("mentions",))
    look(book, 3, lanes=("mentions", "search"))
    look(book, 4, lanes=("mentions", "search"))
    look(book, 90, lanes=("mentions", "search"))
    look(book, 91, lanes=("mentions", "search"))
    assert told(book) == {
        ("x", "mentions"): [(0, 4, OK), (4, 90, DOWN), (90, 91, OK)],
        ("x", "search"): [(0, 3, LIMIT), (3, 4, OK), (4, 90, DOWN), (90, 91, OK)],
    }


def test_only_what_touches_the_period_is_given_and_the_last_stretch_always(book: Book) -> None:
    for minute in (0, 1, 30, 31, 60, 61):
        look(book, minute, lanes=("all",))
    whole = [(0, 1, OK), (1, 30, DOWN), (30, 31, OK), (31, 60, DOWN), (60, 61, OK)]
    assert told(book)["x", "all"] == whole
    assert told(book, since=30.5)["x", "all"] == whole[2:]
    assert told(book, since=1.5, until=30)["x", "all"] == [whole[1], whole[4]]
    assert told(book, until=0)["x", "all"] == [whole[4]]


def test_one_source_may_be_asked_for(book: Book) -> None:
    look(book, 0, lanes=("all",))
    look(book, 0, source="feed", lanes=("all",))
    assert [record.source for record in book.store.coverage()] == ["feed", "x"]
    assert [record.source for record in book.store.coverage(source="feed")] == ["feed"]
    assert book.store.coverage(source="nobody") == []


def test_lanes_that_are_told_apart_later_begin_where_the_whole_source_was_blind(book: Book) -> None:
    refused = Trouble("all", "no such token", reason=Blindness.AUTHORISATION)
    look(book, 0, refused, lanes=())
    look(book, 1, refused, lanes=())
    look(book, 2, lanes=("mentions",))
    look(book, 3, lanes=("mentions",))
    assert told(book) == {
        ("x", "all"): [(0, 1, Blindness.AUTHORISATION)],
        ("x", "mentions"): [(0, 2, Blindness.AUTHORISATION), (2, 3, OK)],
    }


def test_a_machine_that_lost_its_source_writes_nothing_in_the_ledger(book: Book) -> None:
    look(book, 0, lanes=("all",))
    book.now = NOW + MINUTE
    slow = book.store.claim_source("x", now=book.now, lease=MINUTE)
    book.now = NOW + 2 * MINUTE
    quick = book.store.claim_source("x", now=book.now, lease=MINUTE)
    assert slow is not None
    assert quick is not None
    finish(book, slow, Trouble("all", "too late"), lanes=())
    assert told(book) == {("x", "all"): [(0, 0, OK)]}
    finish(book, quick, lanes=("all",))
    assert told(book) == {("x", "all"): [(0, 2, DOWN)]}


def test_what_two_machines_saw_of_one_source_is_one_ledger_without_a_hole(book: Book) -> None:
    other = Book.open(book.url, holder="two")
    book.store.source("x", kind="x", network=NET, now=NOW)

    def looks(machine: Book) -> bool:
        for number in range(12):
            machine.now = NOW + number * timedelta(seconds=20)
            state = machine.store.claim_source("x", now=machine.now, lease=timedelta(seconds=19))
            if state is not None:
                finish(machine, state, *[LOST] * (number % 5 == 4), lanes=("search",) * (number % 5 != 4))
        return True

    done = at_once(partial(looks, book), partial(looks, other))
    other.close()
    assert raised(done) == []
    [stretches] = told(book).values()
    assert all(one[1] == other[0] for one, other in pairwise(stretches))
    assert stretches[-1][1] > 1
    assert book.rows("SELECT count(*) FROM coverage WHERE is_last") == [(1,)]
