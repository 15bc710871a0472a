"""The cases that a report reads, on both databases: what the log, the events and an older record say of them."""

from datetime import timedelta
from typing import Any

import pytest
from alembic import command

from casebook import db
from casebook.counted import TOLD
from casebook.experience import GOALS
from casebook.log import COLUMNS, Wanted
from casebook.migrations.upgrading import _config
from tests.casebook.cast import HOUR, MINUTE, NOW, Book, mention, reply
from tests.casebook.test_as_of import GLAD, a_week
from tests.casebook.test_gone import erase
from tests.casebook.test_seal import _before

OF_EXPERIENCE = ("ending", "posts_written", "feeling_left")


def read(book: Book, wanted: Wanted | None = None) -> list[dict[str, Any]]:
    rows = book.store.case_values(wanted or Wanted(), now=book.now)
    return [dict(zip(TOLD, row, strict=True)) for row in rows]


def a_full_week(book: Book) -> None:
    """A week in which customers are pleased, angry, silent, and gone."""
    a_week(book)
    book.bring(mention("g1", by="gia", at=book.now), mention("h1", by="hugo", at=book.now))
    book.bring(mention("i1", by="ilse", at=book.now))
    book.advance(5 * MINUTE)
    book.bring(reply("g2", "g1", at=book.now), reply("i2", "i1", at=book.now))
    book.advance(5 * MINUTE)
    book.bring(mention("i3", by="ilse", at=book.now, in_reply_to="i1", text="Kiitos vaan"))
    book.file(mention("g3", by="gia", at=book.now, in_reply_to="g1", text="Kiitos"))
    book.triage(GLAD)
    book.match()
    erase(book, "h1")
    book.advance(2 * HOUR)
    book.watch()


def test_it_reads_what_the_log_says(book: Book) -> None:
    a_full_week(book)
    names = [name for name in TOLD if name in COLUMNS]
    for later in (timedelta(0), 3 * HOUR):
        book.advance(later)
        assert [{name: row[name] for name in names} for row in read(book)] == [
            {name: row[name] for name in names} for row in book.log()
        ]


@pytest.mark.parametrize(
    "wanted", [Wanted(since=NOW, until=NOW + HOUR), Wanted(playbooks=("recall",)), Wanted(teams=("nobody",))]
)
def test_it_reads_the_cases_that_are_wanted(book: Book, wanted: Wanted) -> None:
    a_full_week(book)
    assert [row["case"] for row in read(book, wanted)] == [
        row["case"] for row in book.store.log(wanted, now=book.now)
    ]


def test_what_it_was_like_stands_on_the_case_as_its_events_have_it(book: Book) -> None:
    a_full_week(book)
    endings = set()
    for row in read(book):
        one = book.store.measured(row["case"], now=book.now)
        assert one is not None
        was = one.experience
        if was is None:
            assert [row[name] for name in OF_EXPERIENCE] == [None] * 3
            continue
        endings.add(row["ending"])
        assert (row["posts_written"], row["feeling_left"]) == (was.posts_written, was.feeling_left)
        if row["status"] != "dismissed":
            unanswered = "no" if one.measures.answer == "unanswered" else GOALS[row["ending"]]
            assert was.goal_reached == unanswered
    assert {"content", "discontent", "unanswered"} <= endings


def test_as_of_now_it_is_what_stands_there(book: Book) -> None:
    a_full_week(book)
    assert list(book.store.case_values_as_of(Wanted(), as_of=book.now)) == list(
        book.store.case_values(Wanted(), now=book.now)
    )


def test_as_of_an_earlier_instant_it_is_what_stood_there(book: Book) -> None:
    book.open_case("1")
    book.bring(reply("2", "1", at=book.now + MINUTE))
    book.advance(HOUR)
    then, stood = book.now, read(book)
    book.advance(MINUTE)
    book.file(mention("3", at=book.now, in_reply_to="1", text="Kiitos"))
    book.triage(GLAD)
    book.match()
    assert [
        dict(zip(TOLD, row, strict=True)) for row in book.store.case_values_as_of(Wanted(), as_of=then)
    ] == stood
    assert [row["ending"] for row in (*stood, *read(book))] == ["silent", "content"]


def test_an_older_record_says_after_its_upgrade_what_its_events_say(book: Book) -> None:
    a_full_week(book)
    stood = read(book)
    with book.store.engine.connect().execution_options(writes=True) as connection, connection.begin():
        command.downgrade(_config(connection), _before("what_it_was_like_for_the_customer"))
    db.upgrade(book.store.engine)
    assert read(book) == stood


COUNTED = {
    "mentions": "post WHERE NOT own AND NOT context",
    "replies": "post WHERE own",
    "context": "post WHERE context",
    "muted": "post WHERE muted IS NOT NULL",
    "waiting": "post WHERE due_at IS NOT NULL",
    "judged": "verdict",
    "review": "verdict WHERE abstained AND playbook IS NULL",
    "deleted": "cases WHERE gone_at IS NOT NULL AND responded_at IS NULL AND merged_into IS NULL",
    **{
        status: f"cases WHERE status = '{status}' AND merged_into IS NULL"
        for status in ("open", "acknowledged", "responded", "closed", "dismissed")
    },
}


def test_the_counts_of_the_page_are_those_of_the_tables(book: Book) -> None:
    a_full_week(book)
    book.press(1, "close")
    # two conversations of one customer turn out to be one, and a case of the past
    book.bring(mention("m3", by="mona", at=book.now, in_reply_to="m2"), mention("m1", by="mona", at=book.now))
    book.bring(reply("m2", "m1", at=book.now))
    book.file(
        mention("old", by="olga", at=book.first_start - MINUTE), reply("old2", at=book.first_start - MINUTE)
    )
    counts = book.store.counts()
    told = {name: book.rows(f"SELECT count(*) FROM {rows}")[0][0] for name, rows in COUNTED.items()}
    assert {name: counts.get(name, 0) for name in told} == told
    assert counts.keys() <= told.keys()
    assert book.rows("SELECT count(*) FROM cases WHERE merged_into IS NOT NULL") != [(0,)]
    for name in ("replies", "context", "deleted", "closed", "open"):
        assert counts[name] > 0


def test_the_counts_are_told_by_indexes_alone(book: Book) -> None:
    from casebook.store.log import _COUNTED  # noqa: PLC0415 - what is asked, not what comes

    if book.store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL chooses by how much there is")
    with book.store.engine.connect() as connection:
        for asked in _COUNTED.values():
            statement = str(asked.compile(connection, compile_kwargs={"literal_binds": True}))
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
            assert all("USING" in step and "INDEX" in step for step in plan), (statement, plan)
