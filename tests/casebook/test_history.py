"""An author's earlier cases, as they stand for one post."""

from datetime import timedelta

import pytest

from casebook.history import MONTH, MOST_CASES, AuthorHistory, PastCase, history_of
from casebook.store import Ruling, Surroundings
from tests.casebook.cast import ANGRY, DAY, HOUR, MINUTE, NOW, Book, mention, reply
from vaste.ruling import rule

TICK = timedelta(microseconds=1)


def past(
    number: int, *, ago: timedelta, waited: timedelta | None = None, after: str | None = None
) -> PastCase:
    posted_at = NOW - ago
    return PastCase(number, posted_at, None if waited is None else posted_at + waited, after)


def test_somebody_new_has_no_history() -> None:
    assert history_of([], at=NOW) == AuthorHistory()
    assert AuthorHistory().cases_total == 0


def test_the_latest_case_before_is_the_last_one() -> None:
    cases = [past(4, ago=HOUR, waited=40 * MINUTE, after="positive"), past(3, ago=DAY, waited=HOUR)]
    history = history_of(cases, at=NOW)
    assert (history.last_case, history.last_frt_s, history.last_sentiment) == (4, 2400, "positive")
    assert history.ages == (HOUR, DAY)


@pytest.mark.parametrize(
    ("ago", "counts"), [(MONTH, 1), (MONTH + TICK, 0), (timedelta(0), 1), (-TICK, 0), (DAY, 1)]
)
def test_a_case_counts_for_thirty_days_and_none_that_is_younger_than_the_post(
    ago: timedelta, counts: int
) -> None:
    assert history_of([past(1, ago=ago)], at=NOW).cases_30d == counts


def test_a_last_case_that_nobody_answered_has_no_wait() -> None:
    assert history_of([past(2, ago=HOUR), past(1, ago=DAY, waited=HOUR)], at=NOW).last_frt_s is None


def test_an_author_of_very_many_cases_is_counted_so_far_only() -> None:
    cases = [past(number, ago=number * MINUTE) for number in range(1, MOST_CASES + 50)]
    assert history_of(cases, at=NOW).cases_total == MOST_CASES


def test_the_record_knows_a_customers_earlier_cases_in_other_conversations(book: Book) -> None:
    """One story on each database: two cases, one of them a false alarm, and the third post's history."""
    first = book.open_case("1", at=NOW - 20 * HOUR)
    book.bring(reply("9", "1", at=NOW - 20 * HOUR + 40 * MINUTE))
    second = book.open_case("2", at=NOW - 10 * HOUR)
    book.press(second, "dismiss")
    book.bring(mention("3", by="somebody else", at=NOW - HOUR))
    book.file(mention("4", at=NOW))
    (waiting,) = book.unjudged()
    seen: list[AuthorHistory] = []

    def decide(around: Surroundings) -> Ruling:
        seen.append(around.history)
        return rule(around, ANGRY, book.desk, now=book.now)

    book.store.rule(waiting, ANGRY, decide, configuration="", now=book.now)
    assert [(known.last_case, known.last_frt_s, known.cases_total) for known in seen] == [(first, 2400, 1)]
    view = book.store.view(4)
    assert view is not None
    assert (view.history.cases_30d, view.history.last_frt_s) == (1, 2400)
    (kept,) = book.store.find("4")
    assert kept.history.last_case == first


def test_a_false_alarm_is_no_history_and_was_an_alert_all_the_same() -> None:
    cases = [
        PastCase(2, NOW - HOUR, playbook="rant", dismissed=True),
        PastCase(1, NOW - DAY, playbook="praise"),
    ]
    history = history_of(cases, at=NOW)
    assert (history.ages, history.last_case) == ((DAY,), 1)
    assert history.opened == (("rant", HOUR), ("praise", DAY))


def test_somebody_with_false_alarms_alone_has_no_history() -> None:
    history = history_of([PastCase(2, NOW - HOUR, playbook="rant", dismissed=True)], at=NOW)
    assert history == AuthorHistory(opened=(("rant", HOUR),))


def test_the_record_counts_false_alarms_as_opened(book: Book) -> None:
    book.press(book.open_case("1", at=NOW - 2 * HOUR), "dismiss")
    book.open_case("2", at=NOW - HOUR)
    book.file(mention("3", at=NOW))
    (waiting,) = book.unjudged()
    seen: list[Surroundings] = []

    def decide(around: Surroundings) -> Ruling:
        seen.append(around)
        return Ruling(None, ())

    book.store.rule(waiting, ANGRY, decide, configuration="f1", now=NOW)
    assert [age for _, age in seen[0].history.opened] == [HOUR, 2 * HOUR]
    assert seen[0].history.ages == (HOUR,)
