"""Who stands in and who is away: filed once, cancelled by a line of its own, read back as it was said."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from casebook.agreed import Agreed, Agreement, KeptRota
from tests.casebook.cast import DAY, HOUR, NOW, Book, at_once, raised

TICK = timedelta.resolution
STANDS_IN = Agreement("care", "ben", NOW, NOW + DAY, "aino", "hammaslääkäri")
AWAY = Agreement(None, "aino", NOW + DAY, NOW + 8 * DAY, "aino")


def test_what_was_agreed_is_read_back_as_it_was_said(book: Book) -> None:
    assert book.store.file_agreements([STANDS_IN, AWAY], at=NOW) == [1, 2]
    assert book.store.agreements() == [
        Agreed(1, "care", "ben", NOW, NOW + DAY, "aino", "hammaslääkäri", NOW),
        Agreed(2, None, "aino", NOW + DAY, NOW + 8 * DAY, "aino", "", NOW),
    ]


def test_said_twice_it_is_filed_once_and_after_cancelling_anew(book: Book) -> None:
    file = partial(book.store.file_agreements, [STANDS_IN], at=NOW)
    assert (file(), file()) == ([1], [1])
    assert book.store.cancel_agreement(1, by="ben", at=NOW + HOUR)
    assert file() == [2]
    assert [one.stands for one in book.store.agreements()] == [False, True]


@pytest.mark.parametrize(
    "other",
    [
        {"person": "caro"},
        {"team": "press"},
        {"team": None},
        {"ends_at": NOW + HOUR},
        {"begins_at": NOW - HOUR},
    ],
)
def test_another_team_person_or_time_is_another_agreement(book: Book, other: dict[str, Any]) -> None:
    changed = replace(STANDS_IN, **other)
    assert book.store.file_agreements([STANDS_IN, changed], at=NOW) == [1, 2]


def test_cancelling_adds_a_line_and_changes_none(book: Book) -> None:
    book.store.file_agreements([STANDS_IN], at=NOW)
    before = book.rows("SELECT * FROM agreed")
    assert book.store.cancel_agreement(1, by="ben", at=NOW + HOUR)
    assert book.rows("SELECT * FROM agreed") == before
    (cancelled,) = book.store.agreements()
    assert (cancelled.cancelled_by, cancelled.cancelled_at, cancelled.stands) == ("ben", NOW + HOUR, False)


def test_only_what_stands_is_cancelled_and_only_once(book: Book) -> None:
    book.store.file_agreements([STANDS_IN], at=NOW)
    outcomes = at_once(*[partial(book.store.cancel_agreement, 1, by="ben", at=NOW)] * 4)
    assert sorted(map(bool, outcomes)) == [False, False, False, True]
    assert not book.store.cancel_agreement(99, by="ben", at=NOW)


def test_two_machines_that_file_the_same_at_once_file_it_once(book: Book) -> None:
    outcomes = at_once(*[partial(book.store.file_agreements, [STANDS_IN, AWAY], at=NOW)] * 4)
    assert raised(outcomes) == []
    assert len(book.store.agreements()) == 2


@pytest.mark.parametrize(
    ("since", "numbers"), [(NOW + DAY - TICK, [1, 2]), (NOW + DAY, [2]), (NOW + 8 * DAY, [])]
)
def test_what_has_ended_by_an_instant_is_left_out(book: Book, since: datetime, numbers: list[int]) -> None:
    book.store.file_agreements([STANDS_IN, AWAY], at=NOW)
    assert [one.number for one in book.store.agreements(since=since)] == numbers


def test_one_that_ends_before_it_begins_can_not_be_said() -> None:
    with pytest.raises(ValueError, match="ends before it begins"):
        replace(STANDS_IN, ends_at=NOW)


def test_the_last_good_copy_of_a_rota_replaces_the_one_before(book: Book) -> None:
    first = KeptRota("g1", NOW, (("aino", NOW, NOW + DAY),))
    second = KeptRota("g2", NOW + HOUR, (("ben", NOW, NOW + HOUR), ("aino", NOW + HOUR, NOW + DAY)))
    book.store.keep_rota("care/0", first)
    book.store.keep_rota("press/1", first)
    book.store.keep_rota("care/0", second)
    assert book.store.kept_rotas() == {"care/0": second, "press/1": first}
