"""Business hours in the record, on both databases: what a case was counted by stays with it."""

import json
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from casebook.calendar import Calendar, Span
from casebook.fold import fold
from casebook.timing import business_figures, deadlines
from playbooks.playbook import Match, Playbook, Severity
from tests.casebook.cast import DAY, DESK, HOUR, MINUTE, NOW, QUESTION, RECALL, Book, mention, reply
from vaste.desk import Desk

HELSINKI = ZoneInfo("Europe/Helsinki")
NINE_TO_FIVE = (Span(9 * 60, 17 * 60),)
INDEPENDENCE, CHRISTMAS = date(2026, 12, 7), date(2026, 12, 25)
OFFICE = Calendar(
    "office", HELSINKI, (*([NINE_TO_FIVE] * 5), (), ()), {CHRISTMAS: (), date(2040, 12, 25): ()}
)
ASKED = replace(QUESTION, clock="office")


def in_the_office(calendar: Calendar = OFFICE, *playbooks: Playbook) -> Desk:
    return replace(DESK, playbooks=playbooks or (RECALL, ASKED), calendars={"office": calendar})


def at_four(book: Book) -> datetime:
    """Monday at 16:30 in Helsinki, half an hour before closing."""
    book.now = NOW + 5 * HOUR + 30 * MINUTE
    book.desk = in_the_office()
    return book.now


@pytest.fixture
def overnight(book: Book) -> Book:
    """A question of Monday half past four that is answered on Tuesday at ten past nine."""
    posted = at_four(book)
    assert book.open_case("1", at=posted) == 1
    answered_at = NOW + DAY - 2 * HOUR + 10 * MINUTE
    book.now = answered_at + MINUTE
    book.bring(reply("2", "1", at=answered_at))
    return book


def test_the_log_counts_what_the_calendar_was_open(overnight: Book) -> None:
    (row,) = overnight.log()
    assert (row["frt_s"], row["frt_business_s"]) == (16 * 3600 + 40 * 60, 40 * 60)
    assert row["respond_by"] == NOW + DAY - 2 * HOUR + 30 * MINUTE
    assert (row["breaches"], row["ttr_business_s"]) == (["acknowledge"], None)  # nobody took it by 16:45


def test_its_close_is_counted_too(overnight: Book) -> None:
    overnight.now += 20 * MINUTE - MINUTE
    overnight.press(1, "close")
    (row,) = overnight.log()
    assert (row["ttr_s"], row["ttr_business_s"]) == (17 * 3600, 3600)


def test_every_figure_can_be_recounted_from_the_events_alone(overnight: Book) -> None:
    case = fold(1, overnight.store.events(1))
    (row,) = overnight.log()
    assert business_figures(case)["frt_business_s"] == row["frt_business_s"] == 40 * 60
    assert deadlines(case)["respond"] == row["respond_by"]


def test_what_it_is_counted_by_does_not_change_with_the_configuration(overnight: Book) -> None:
    overnight.desk = in_the_office(replace(OFFICE, week=((),) * 6 + (NINE_TO_FIVE,)))
    overnight.now += HOUR
    overnight.bring(mention("3", in_reply_to="2", at=overnight.now - MINUTE))
    overnight.press(1, "close")
    (row,) = overnight.log()
    assert (row["frt_business_s"], row["respond_by"]) == (40 * 60, NOW + DAY - 2 * HOUR + 30 * MINUTE)
    assert overnight.case(1).policy.calendar == replace(OFFICE, dates={CHRISTMAS: ()})


def test_a_case_keeps_the_name_the_version_and_the_days_around_it(overnight: Book) -> None:
    first = overnight.store.events(1)[0].facts["policy"]
    assert (first["clock"], first["calendar"]["name"], first["calendar"]["closed"]) == (
        "office",
        "office",
        [CHRISTMAS.isoformat()],
    )
    assert first["calendar"]["version"] == replace(OFFICE, dates={CHRISTMAS: ()}).version


def test_where_the_clock_always_runs_both_are_the_same(book: Book) -> None:
    book.open_case("1")
    book.now += 14 * HOUR
    book.bring(reply("2", "1", at=book.now))
    (row,) = book.log()
    assert row["frt_s"] == row["frt_business_s"] == 14 * 3600


def test_the_watch_is_due_at_the_opening_and_at_no_instant_before(book: Book) -> None:
    book.desk = in_the_office()
    book.now = NOW + 9 * HOUR  # 20:00 in Helsinki
    book.open_case("1", at=book.now)
    assert [claimed.kind for claimed in book.send_all()] == ["card"]
    opening = NOW + DAY - 2 * HOUR
    assert book.store.next_look() == opening
    assert book.store.due_cases(now=opening - MINUTE) == []
    book.now = opening
    book.watch()
    assert book.kinds(1)[-1] == "paged"
    assert {(claimed.kind, claimed.content.get("why")) for claimed in book.send_all()} == {
        ("card", None),
        ("page", "opened"),
    }
    book.watch()
    assert book.kinds(1).count("paged") == 1


def test_a_case_rests_once_however_often_the_watch_looks(book: Book) -> None:
    at_four(book)
    book.open_case("1", at=book.now)
    book.now = NOW + 9 * HOUR  # the step to the backup was due at 16:40, and Vaste was down
    book.watch()
    book.watch()
    assert book.kinds(1).count("rests") == 1
    assert book.store.due_cases(now=book.now + HOUR) == []
    assert book.store.due_cases(now=NOW + DAY - 2 * HOUR) == [1]


def test_a_raise_keeps_the_calendar_of_the_playbook_it_is_raised_to(book: Book) -> None:
    posted = at_four(book)
    book.desk = in_the_office(OFFICE, replace(RECALL, clock="office"), replace(ASKED, clock="always"))
    book.open_case("1", at=posted)
    book.now = NOW + 9 * HOUR
    book.bring(mention("2", in_reply_to="1", at=book.now, text="purkissa on lasia"))
    case = book.case(1)
    assert case.earlier[0].policy.calendar is None
    assert case.policy.calendar is not None
    (row,) = book.log()
    assert (row["severity"], row["respond_by"]) == (Severity.CRITICAL, NOW + DAY - 2 * HOUR + 30 * MINUTE)


# ---- from before calendars ---------------------------------------------------------------------------


def test_a_record_from_before_calendars_is_read_as_ever(book: Book) -> None:
    book.desk = in_the_office(
        OFFICE, Playbook("question", Match(), "care", respond_within=HOUR, clock="office")
    )
    book.desk = replace(book.desk, calendars={})
    posted = NOW + 9 * HOUR
    book.now = posted
    book.open_case("1", at=posted)
    book.now += 30 * MINUTE
    book.bring(reply("2", "1", at=book.now))
    for line, facts in book.rows("SELECT line, facts FROM event WHERE kind = 'opened'"):
        policy = facts if isinstance(facts, dict) else json.loads(facts)
        del policy["policy"]["calendar"]
        assert line == 1
        book.run(f"UPDATE event SET facts = '{json.dumps(policy)}' WHERE line = 1")
    (row,) = book.log()
    assert (row["frt_s"], row["frt_business_s"], row["respond_by"]) == (1800, 1800, posted + HOUR)
    assert book.press(1, "close") == "done"
    (row,) = book.log()
    assert (row["frt_business_s"], row["ttr_business_s"], row["respond_by"]) == (1800, 1800, posted + HOUR)
