from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from casebook.counted import TOLD
from casebook.mention import Blindness
from casebook.mention import Watch as Sight
from casebook.record import Stretch
from tests.vaste.report.cast import MONDAY, minutes
from vaste.report.rows import Backfilled, Became, Told, Watch, told

HOUR = minutes(60)
NOW = MONDAY + timedelta(days=1)
SEES = Watch({"feed": ()})


def row(**changes: Any) -> dict[str, Any]:
    """A case as the record has it: posted on Monday at midnight, due after two hours, never answered."""
    given: dict[str, Any] = dict.fromkeys(TOLD)
    given |= {"case": 7, "status": "open", "severity": "normal", "team": "care", "playbook": "complaint"}
    given |= {"source": "feed", "posted_at": MONDAY, "seen_at": MONDAY, "opened_at": MONDAY}
    given |= {"respond_by": MONDAY + 2 * HOUR, "breaches": [], "escalations": 0, "reopened": 0, "mentions": 1}
    return given | changes


def values(**changes: Any) -> tuple[Any, ...]:
    return tuple(row(**changes).values())


def became(*, watch: Watch = SEES, now: datetime = NOW, **changes: Any) -> Became:
    cases, _ = told([values(**changes)], watch=watch, now=now)
    return cases[0].became


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, Became.UNANSWERED),
        ({"responded_at": MONDAY + HOUR}, Became.ANSWERED),
        ({"responded_at": MONDAY + 30 * HOUR}, Became.ANSWERED),  # late is answered, too
        ({"respond_by": None}, Became.NO_DUTY),
        ({"status": "dismissed"}, Became.DISMISSED),
        ({"status": "dismissed", "responded_at": MONDAY + HOUR}, Became.DISMISSED),
        ({"now": MONDAY + 2 * HOUR}, Became.PENDING),  # exactly at the deadline it may still come
        ({"now": MONDAY + 2 * HOUR + timedelta(microseconds=1)}, Became.UNANSWERED),
        ({"now": MONDAY + HOUR, "status": "closed"}, Became.UNANSWERED),  # nobody means to answer any more
        ({"gone_at": MONDAY + 2 * HOUR}, Became.DELETED),
        ({"gone_at": MONDAY + 2 * HOUR + timedelta(microseconds=1)}, Became.UNANSWERED),
        ({"gone_at": MONDAY + HOUR, "responded_at": MONDAY + HOUR}, Became.ANSWERED),
    ],
)
def test_what_became_of_a_case(given: dict[str, Any], wanted: Became) -> None:
    assert became(**given) is wanted


@pytest.mark.parametrize(
    ("hole", "wanted"),
    [
        ((MONDAY + HOUR, MONDAY + HOUR + minutes(1)), Became.UNKNOWN),
        ((MONDAY - HOUR, MONDAY), Became.UNANSWERED),  # it ended when the post came
        ((MONDAY - HOUR, MONDAY + minutes(1)), Became.UNKNOWN),
        ((MONDAY + 2 * HOUR, MONDAY + 3 * HOUR), Became.UNANSWERED),  # it began at the deadline
    ],
)
def test_an_answer_that_nobody_could_have_seen_is_unknown_not_missing(
    hole: tuple[datetime, datetime], wanted: Became
) -> None:
    assert became(watch=Watch({"feed": (hole,)})) is wanted


@pytest.mark.parametrize(
    "watch",
    [
        Watch({}),
        Watch({"feed": ()}, deaf=frozenset({"feed"})),
        Watch({"feed": ((MONDAY + HOUR, MONDAY + HOUR + minutes(1)),)}),
    ],
)
def test_an_answer_stands_apart_where_a_missing_one_would_not_be_known(watch: Watch) -> None:
    """Else an outage would leave the answered in and the unanswered out, and the rate would rise by it."""
    for responded_at in (MONDAY, MONDAY + HOUR, MONDAY + 30 * HOUR):
        assert became(watch=watch, responded_at=responded_at) is Became.APART
    assert became(watch=watch) is Became.UNKNOWN


@pytest.mark.parametrize("watch", [Watch({}), Watch({"feed": ()}, deaf=frozenset({"feed"}))])
def test_a_source_that_shows_no_answers_of_ours_leaves_it_unknown(watch: Watch) -> None:
    assert became(watch=watch) is Became.UNKNOWN


def test_the_ledger_is_read_once_for_all_cases() -> None:
    ledger = {
        "feed": {
            "timeline": (
                Stretch(MONDAY, MONDAY + HOUR, Sight.WATCHED),
                Stretch(MONDAY + HOUR, MONDAY + 2 * HOUR, Blindness.NETWORK),
                Stretch(MONDAY + 2 * HOUR, MONDAY + 9 * HOUR, Sight.WATCHED),
            ),
            "search": (Stretch(MONDAY, MONDAY + 9 * HOUR, Blindness.BUDGET),),  # shows no answer of ours
        }
    }
    watch = Watch.of(ledger, ledger, since=MONDAY, until=MONDAY + 9 * HOUR)
    assert watch.saw("feed", MONDAY, MONDAY + HOUR)
    assert not watch.saw("feed", MONDAY, MONDAY + HOUR + minutes(1))
    assert not watch.saw("feed", MONDAY + minutes(119), MONDAY + 3 * HOUR)
    assert watch.saw("feed", MONDAY + 2 * HOUR, MONDAY + 9 * HOUR)


def test_a_crisis_is_no_case_of_a_customer() -> None:
    cases, crises = told([values(case=1), values(case=2, source=None)], watch=SEES, now=NOW)
    assert ([one.number for one in cases], [one.number for one in crises]) == ([1], [2])


def test_a_case_is_read_in_the_order_in_which_the_record_gives_it() -> None:
    named = {"case": "number"}
    assert tuple(named.get(name, name) for name in TOLD) == Told._fields[:-1]


BEGAN = MONDAY + 50 * HOUR
BACK = Backfilled(MONDAY - HOUR, BEGAN, BEGAN + minutes(1))


@pytest.mark.parametrize(
    ("hole", "left"),
    [
        ((MONDAY - 5 * HOUR, BEGAN), [(MONDAY - 5 * HOUR, MONDAY - HOUR)]),
        ((MONDAY, BEGAN + minutes(1)), []),
        ((MONDAY, BEGAN + minutes(2)), [(BEGAN, BEGAN + minutes(2))]),  # it could not be looked at first
        ((BEGAN, BEGAN + HOUR), [(BEGAN, BEGAN + HOUR)]),
        ((BEGAN + HOUR, BEGAN + 2 * HOUR), [(BEGAN + HOUR, BEGAN + 2 * HOUR)]),
    ],
)
def test_what_was_read_back_at_the_first_look_was_seen(
    hole: tuple[datetime, datetime], left: list[tuple[datetime, datetime]]
) -> None:
    assert list(BACK.without(hole)) == left


def test_a_history_that_is_judged_has_a_rate() -> None:
    ledger = {"feed": {"all": (Stretch(BEGAN, BEGAN + HOUR, Sight.WATCHED),)}}
    of = partial(Watch.of, ledger, ["feed"], since=MONDAY - 9 * HOUR, until=BEGAN + HOUR)
    for backfilled, wanted in (({}, Became.UNKNOWN), ({"feed": BACK}, Became.UNANSWERED)):
        assert became(watch=of(backfilled=backfilled), now=BEGAN + HOUR) is wanted
