"""The response-time log and other questions asked of the record, on both databases."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from casebook.mention import Verdict
from casebook.store import COLUMNS
from tests.casebook.cast import ANGRY, DAY, HOUR, MINUTE, NOW, Book, at_once, mention, raised, reply

SECOND = timedelta(seconds=1)

DESIGNED = """
case, crisis, status, severity, team, playbook, source, url, author, language, sentiment, attention, topics, posted_at,
seen_at, opened_at, alerted_at, acknowledged_at, acknowledged_by, responded_at, responded_by, response_found,
closed_at, detection_lag_s, triage_lag_s, alert_lag_s, tta_s, frt_s, frt_business_s, team_frt_s, ttr_s,
ttr_business_s, acknowledge_by, respond_by, breaches, escalations, reopened, mentions, sentiment_after
"""


def lived_through(book: Book) -> None:
    """One case from post to close, seen by two sources, each step at its own instant."""
    book.now = NOW + 10 * SECOND
    post = mention("1", url="https://example.org/posts/1", by="Caro_Åberg", language="sv")
    book.file(post, source="mentions")
    book.file(post, source="aggregate")
    book.now = NOW + 15 * SECOND
    book.triage()
    book.now = NOW + 17 * SECOND
    book.send_all()
    book.now = NOW + 2 * MINUTE
    book.press(1, "acknowledge")
    book.now = NOW + 20 * MINUTE
    book.bring(reply("2", "1", at=NOW + 19 * MINUTE + 30 * SECOND))
    book.now = NOW + 40 * MINUTE
    happy = Verdict(0.1, 0.2, 0.7, 0.0, {}, (), "fi", abstained=False, model="named fake")
    book.file(mention("3", by="Caro_Åberg", in_reply_to="2", at=NOW + 39 * MINUTE, text="kiitos!"))
    book.triage(happy)
    book.now = NOW + HOUR
    book.press(1, "close")


def test_the_columns_are_the_contract_in_its_order(book: Book) -> None:
    lived_through(book)
    assert list(COLUMNS) == re.split(r",\s*", DESIGNED.strip())
    assert [tuple(row) for row in book.log()] == [COLUMNS]


def test_a_case_that_went_its_way_has_every_figure_of_it(book: Book) -> None:
    lived_through(book)
    (row,) = book.log()
    assert row == {
        "case": 1,
        "crisis": None,
        "status": "closed",
        "severity": "normal",
        "team": "care",
        "playbook": "question",
        "source": "aggregate",
        "url": "https://example.org/posts/1",
        "author": "Caro_Åberg",
        "language": "fi",
        "sentiment": "negative",
        "attention": 0.95,
        "topics": ["delivery"],
        "posted_at": NOW,
        "seen_at": NOW + 10 * SECOND,
        "opened_at": NOW + 15 * SECOND,
        "alerted_at": NOW + 17 * SECOND,
        "acknowledged_at": NOW + 2 * MINUTE,
        "acknowledged_by": "aino",
        "responded_at": NOW + 19 * MINUTE + 30 * SECOND,
        "responded_by": "ainokahvi",
        "response_found": "platform",
        "closed_at": NOW + HOUR,
        "detection_lag_s": 10,
        "triage_lag_s": 5,
        "alert_lag_s": 2,
        "tta_s": 105,
        "frt_s": 1170,
        "frt_business_s": 1170,
        "team_frt_s": 1155,
        "ttr_s": 3600,
        "ttr_business_s": 3600,
        "acknowledge_by": NOW + 15 * SECOND + 15 * MINUTE,
        "respond_by": NOW + HOUR,
        "breaches": [],
        "escalations": 0,
        "reopened": 0,
        "mentions": 2,
        "sentiment_after": "positive",
    }


def test_what_is_absent_is_none_and_lists_are_lists(book: Book) -> None:
    abstained = Verdict(0.34, 0.33, 0.33, 0.5, {}, (), "other", abstained=True, model="named fake")
    book.file(mention("1"))
    book.triage(abstained)
    (row,) = book.log()
    absent = [name for name, value in row.items() if value is None]
    assert absent == [
        "crisis", "url", "sentiment", "alerted_at", "acknowledged_at", "acknowledged_by", "responded_at",
        "responded_by", "response_found", "closed_at", "alert_lag_s", "tta_s", "frt_s", "frt_business_s",
        "team_frt_s", "ttr_s", "ttr_business_s", "sentiment_after",
    ]  # fmt: skip
    assert (row["topics"], row["breaches"]) == ([], [])


def test_the_oldest_post_is_first_whenever_its_case_was_opened(book: Book) -> None:
    for number, minutes in enumerate((5, 1, 3)):
        book.open_case(str(number), by=f"caro{number}", at=NOW + minutes * MINUTE)
    assert [row["case"] for row in book.log()] == [2, 3, 1]


def test_a_period_is_of_the_posts_time_and_half_open(book: Book) -> None:
    for number in range(3):
        book.open_case(str(number), by=f"caro{number}", at=NOW + number * HOUR)
    found = book.store.log(now=NOW, since=NOW, until=NOW + 2 * HOUR)
    assert [row["case"] for row in found] == [1, 2]
    assert [row["case"] for row in book.store.log(now=NOW, since=NOW + timedelta(microseconds=1))] == [2, 3]
    assert list(book.store.log(now=NOW, since=NOW + HOUR, until=NOW + HOUR)) == []


def test_the_log_can_be_asked_for_a_team_and_a_playbook(book: Book) -> None:
    book.open_case("1")
    book.open_case("2", by="dana", text="Lasia!")
    assert [row["case"] for row in book.store.log(now=NOW, playbook="recall")] == [2]
    assert [row["case"] for row in book.store.log(now=NOW, team="care")] == [1, 2]
    assert list(book.store.log(now=NOW, team="care' OR '1'='1")) == []


def test_breaches_are_as_of_now_and_a_deadline_reached_exactly_is_kept(book: Book) -> None:
    book.open_case("1")
    expected = {
        NOW + 15 * MINUTE: [],
        NOW + 15 * MINUTE + timedelta(microseconds=1): ["acknowledge"],
        NOW + HOUR: ["acknowledge"],
        NOW + HOUR + timedelta(microseconds=1): ["acknowledge", "respond"],
    }
    for now, breaches in expected.items():
        assert [row["breaches"] for row in book.store.log(now=now)] == [breaches]


def test_a_reply_found_late_but_posted_in_time_is_no_breach(book: Book) -> None:
    book.open_case("1")
    book.advance(DAY)
    book.watch()
    assert book.log()[0]["breaches"] == ["acknowledge", "respond"]
    book.bring(reply("2", "1", at=NOW + 10 * MINUTE))
    assert book.log()[0]["breaches"] == []
    assert book.kinds(1).count("breach_withdrawn") == 2


def test_no_figure_is_negative_though_the_answer_came_before_the_case(book: Book) -> None:
    book.advance(HOUR)
    book.bring(mention("1", at=NOW), reply("2", "1", at=NOW + MINUTE))
    (row,) = book.log()
    assert (row["frt_s"], row["team_frt_s"], row["detection_lag_s"]) == (60, None, 3600)
    assert all(value >= 0 for name, value in row.items() if name.endswith("_s") and value is not None)


def test_a_long_log_is_given_whole(book: Book) -> None:
    book.file(*(mention(str(number), by=f"caro{number}") for number in range(30)))
    for waiting in book.unjudged(limit=50):
        book.rule(waiting)
    assert [row["case"] for row in book.log()] == list(range(1, 31))


def test_the_log_left_half_read_holds_nothing_up(book: Book) -> None:
    for number in range(3):
        book.open_case(str(number), by=f"caro{number}")
    rows = book.store.log(now=NOW)
    assert next(rows)["case"] == 1
    assert book.press(1, "acknowledge") == "done"
    assert [row["case"] for row in rows] == [2, 3]


# other questions


def test_the_record_is_counted(book: Book) -> None:
    unsure = Verdict(0.4, 0.3, 0.3, 0.5, {}, (), "fi", abstained=True, model="named fake")
    book.open_case("1")
    book.desk = replace(book.desk, playbooks=())
    book.file(mention("2", by="dana"), mention("old", at=book.first_start - SECOND), reply("9"))
    book.triage(unsure)
    book.file(mention("3", by="elle"))
    assert book.store.counts() == {
        "mentions": 3,
        "context": 1,
        "replies": 1,
        "waiting": 1,
        "judged": 2,
        "review": 1,
        "muted": 0,
        "deleted": 0,
        "open": 1,
    }


def test_a_mention_is_found_with_its_verdict_and_its_case(book: Book) -> None:
    book.open_case("1", url="https://example.org/1")
    (kept,) = book.store.find("https://example.org/1")
    assert (kept.case, kept.verdict, kept.playbook, kept.context) == (1, ANGRY, "question", False)
    assert (kept.author, kept.mention.sources) == ("caro", ("feed",))
    assert book.store.find("2") == []
    assert book.store.find("") == []


def test_a_post_of_ours_is_not_found_as_a_mention(book: Book) -> None:
    book.file(reply("9"))
    assert book.store.find("9") == []


# problems


def test_a_problem_is_told_once_when_it_begins_and_once_when_it_is_over(book: Book) -> None:
    tell, end = book.store.tell_problem, book.store.end_problem
    assert tell("source:x", "x says 401", now=NOW)
    assert not tell("source:x", "x says 503", now=NOW + MINUTE)
    (problem,) = book.store.problems()
    assert (problem.message, problem.first_at, problem.last_at, problem.times) == (
        "x says 503",
        NOW,
        NOW + MINUTE,
        2,
    )
    assert end("source:x", now=NOW + HOUR)
    assert not end("source:x", now=NOW + HOUR)
    assert not end("never was", now=NOW)
    assert book.store.problems() == []
    assert tell("source:x", "x says 401", now=NOW + DAY), "it came again"
    (problem,) = book.store.problems()
    assert (problem.first_at, problem.times) == (NOW + DAY, 1)


@pytest.mark.parametrize("turn", range(3))
def test_a_problem_many_meet_at_once_is_told_by_one(book: Book, turn: int) -> None:
    told = at_once(*[lambda: book.store.tell_problem("db", "slow", now=NOW)] * 6)
    assert raised(told) == []
    assert told.count(True) == 1
    ended = at_once(*[lambda: book.store.end_problem("db", now=NOW)] * 6)
    assert raised(ended) == []
    assert ended.count(True) == 1
    again = at_once(*[lambda: book.store.tell_problem("db", "slow", now=NOW)] * 6)
    assert again.count(True) == 1
    assert [problem.times for problem in book.store.problems()] == [6]


def test_a_problem_may_hold_what_a_vendor_said(book: Book) -> None:
    assert book.store.tell_problem("source:x", "it said '%s \x00 \ud800'", now=NOW)
    assert [problem.message for problem in book.store.problems()] == ["it said '%s  \ufffd'"]


def test_the_problems_that_last_longest_are_first(book: Book) -> None:
    book.store.tell_problem("b", "later", now=NOW + MINUTE)
    book.store.tell_problem("a", "earlier", now=NOW)
    assert [problem.key for problem in book.store.problems()] == ["a", "b"]
