"""Which rows of the log are given and in which order, on both databases; and what older records say of themselves."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from sqlmodel import col

from casebook import db
from casebook.case import Case
from casebook.event import Event, EventKind, TimeSource
from casebook.fold import fold
from casebook.log import COLUMNS, SORTABLE, Wanted
from casebook.mention import Verdict
from casebook.migrations.upgrading import upgrade as take_steps
from casebook.policy import Policy
from casebook.tables import CaseRow
from casebook.timing import breaches, broken, clocks, running
from tests.casebook.cast import ANGRY, HOUR, MINUTE, NOW, Book, mention, reply
from vaste.log_text import write_csv, write_json
from vaste.report_log import iso

SECOND = timedelta(seconds=1)
HAPPY = Verdict(0.1, 0.2, 0.7, 0.3, {}, (), "sv", abstained=False, model="named fake")


def four_cases(book: Book) -> None:
    """1 answered late, 2 critical and taken by Ben, 3 Swedish and happy, 4 a false alarm; all in one hour."""
    book.file(mention("1", by="caro", text="Missä on PAKETTINI? Äiti odottaa 50 % alea [nyt]."))
    book.triage(replace(ANGRY, topics_held=("delivery", "need")))
    book.file(mention("2", by="dana", at=NOW + 10 * MINUTE, text="Lasia purkissa!"), source="mentions")
    book.triage(replace(ANGRY, topics_held=("safety",)))
    book.file(mention("3", by="elle", at=NOW + 20 * MINUTE, text="Tack, ni är bäst"))
    book.triage(HAPPY)
    book.file(mention("4", by="fia", at=NOW + 30 * MINUTE, text="Vad är detta?"))
    book.triage(ANGRY)
    book.now = NOW + 31 * MINUTE
    book.press(2, "acknowledge", "ben")
    book.press(3, "acknowledge", "slack:U0STRANGER")
    book.press(4, "dismiss")
    book.now = NOW + 2 * HOUR
    book.bring(reply("9", "1", at=NOW + 90 * MINUTE))


def numbers(book: Book, *, now: datetime | None = None, **wanted: Any) -> list[int]:
    return [row["case"] for row in book.store.log(Wanted(**wanted), now=now or book.now)]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [1, 2, 3, 4]),
        ({"since": NOW + 10 * MINUTE, "until": NOW + 30 * MINUTE}, [2, 3]),
        ({"teams": ("care",)}, [1, 2, 3, 4]),
        ({"teams": ("nobody", "care")}, [1, 2, 3, 4]),
        ({"teams": ("nobody",)}, []),
        ({"playbooks": ("recall",)}, [2]),
        ({"severities": ("critical", "low")}, [2]),
        ({"sources": ("mentions",)}, [2]),
        ({"languages": ("sv",)}, [3]),
        ({"statuses": ("dismissed", "responded")}, [1, 4]),
        ({"people": ("ben",)}, [2]),
        ({"people": ("U0STRANGER",)}, [3]),
        ({"people": ("aino", "ben")}, [2, 4]),
        ({"topics": ("safety",)}, [2]),
        ({"topics": ("safety", "need")}, [1, 2]),
        ({"topics": ("fet",)}, []),
        ({"breached": ("respond",)}, [1, 2, 3]),
        ({"breached": ("acknowledge",)}, [1, 2, 3, 4]),
        ({"breached": ("resolve",)}, []),
        ({"text": "pakettini"}, [1]),
        ({"text": "ÄITI"}, [1]),
        ({"text": "BÄST"}, [3]),
        ({"text": "50 %"}, [1]),
        ({"text": "50 _"}, []),
        ({"text": "[nyt]."}, [1]),
        ({"text": "p.rkissa"}, []),
        ({"text": "detta?"}, [4]),
        ({"text": "' OR '1'='1"}, []),
        ({"teams": ("care",), "topics": ("delivery",), "statuses": ("responded",)}, [1]),
        ({"limit": 2}, [1, 2]),
        ({"limit": 2, "beyond": 2}, [3, 4]),
        ({"limit": 2, "descending": True}, [4, 3]),
        ({"limit": 9, "descending": True, "beyond": 3}, [2, 1]),
    ],
)
def test_rows_are_chosen_by_what_is_asked_of_them(
    book: Book, wanted: dict[str, Any], found: list[int]
) -> None:
    four_cases(book)
    assert numbers(book, **wanted) == found


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("severity", [2, 1, 3, 4]),
        ("-severity", [1, 3, 4, 2]),
        ("frt_s", [1, 2, 3, 4]),
        ("-tta_s", [2, 3, 4, 1]),
        ("author", [1, 2, 3, 4]),
        ("-author", [4, 3, 2, 1]),
        ("sentiment", [1, 2, 4, 3]),
        ("-attention", [1, 2, 4, 3]),
        ("acknowledged_by", [4, 2, 3, 1]),
        ("case", [1, 2, 3, 4]),
    ],
)
def test_rows_come_in_the_order_that_is_asked_for_and_what_is_absent_comes_last(
    book: Book, sort: str, found: list[int]
) -> None:
    four_cases(book)
    assert numbers(book, sort=sort.removeprefix("-"), descending=sort.startswith("-")) == found


@pytest.mark.parametrize("name", SORTABLE)
def test_rows_can_be_sorted_by_every_column_that_says_so(book: Book, name: str) -> None:
    four_cases(book)
    assert sorted(numbers(book, sort=name)) == [1, 2, 3, 4]


def test_a_clock_that_runs_is_breached_after_its_deadline_in_filters_as_in_rows(book: Book) -> None:
    book.open_case("1")
    for now, found in (
        (NOW + 15 * MINUTE, []),
        (NOW + 15 * MINUTE + timedelta(microseconds=1), ["acknowledge"]),
        (NOW + HOUR + timedelta(microseconds=1), ["acknowledge", "respond"]),
    ):
        (row,) = book.store.log(now=now)
        assert row["breaches"] == found
        for clock in ("acknowledge", "respond", "resolve"):
            assert numbers(book, now=now, breached=(clock,)) == ([1] if clock in found else [])


def test_a_list_of_one_row_can_be_changed_without_changing_another(book: Book) -> None:
    four_cases(book)
    first, *others = book.store.log(now=book.now)
    before = [list(row["topics"]) for row in others]
    first["topics"].append("mine")
    first["breaches"].append("mine")
    assert [row["topics"] for row in others] == before
    assert ["mine" in row["breaches"] for row in book.store.log(now=book.now)] == [False] * 4


def test_the_values_are_the_rows_in_the_order_of_the_columns(book: Book) -> None:
    four_cases(book)
    rows = list(book.store.log(now=book.now))
    values = list(book.store.log_values(Wanted(), now=book.now))
    assert [dict(zip(COLUMNS, each, strict=True)) for each in values] == rows


def test_instants_as_text_are_those_instants(book: Book) -> None:
    """Running clocks are held against their deadlines all the same."""
    four_cases(book)
    finer = NOW.replace(microsecond=250)
    with book.store.writing() as session:
        session.execute(update(CaseRow).where(col(CaseRow.number) == 2).values(posted_at=finer))
    for now in (NOW, book.now):
        values = list(book.store.log_values(Wanted(), now=now))
        texts = list(book.store.log_values(Wanted(), now=now, as_text=True))
        assert [
            tuple(iso(each) if isinstance(each, datetime) else each for each in row) for row in values
        ] == texts
    assert any(row[COLUMNS.index("breaches")] for row in texts)
    written = [io.StringIO(), io.StringIO()]
    for to, rows in zip(written, (values, texts), strict=True):
        write_csv(rows, to)
        write_json(rows, to)
    assert written[0].getvalue() == written[1].getvalue()
    assert ".000250Z" in written[1].getvalue()


def test_who_looked_at_people_is_kept(book: Book) -> None:
    assert book.store.views() == []
    book.store.note_view(by="hannele", what="--person ben", purpose=None, now=NOW)
    book.store.note_view(by="ilmari", what="--group person", purpose="coaching", now=NOW + HOUR)
    assert [(view.at, view.by, view.what, view.purpose) for view in book.store.views()] == [
        (NOW, "hannele", "--person ben", None),
        (NOW + HOUR, "ilmari", "--group person", "coaching"),
    ]


# ---- what is kept on the case ---------------------------------------------------------------------------

POLICY = Policy("late", "care", "normal", 1, 15 * MINUTE, HOUR, 2 * HOUR)
MINUTES = st.integers(min_value=0, max_value=200)


def lived(answered: int | None, taken: int | None, ended: int | None, *, dismissed: bool) -> Case:
    opened = {"policy": POLICY.as_facts(), "quiet": False, "people": []}
    events = [
        Event(EventKind.OPENED, NOW, TimeSource.OURS, post=1, facts=opened),
        Event(EventKind.JOINED, NOW, TimeSource.PLATFORM, post=1, facts={"deserving": True}),
    ]
    if taken is not None:
        events.append(Event(EventKind.ACKNOWLEDGED, NOW + taken * MINUTE, TimeSource.OURS, "aino"))
    if answered is not None:
        at = NOW + answered * MINUTE
        events.append(Event(EventKind.ANSWERED, at, TimeSource.PLATFORM, post=2, facts={"account": "a"}))
    if ended is not None:
        kind = EventKind.DISMISSED if dismissed else EventKind.CLOSED
        events.append(Event(kind, NOW + ended * MINUTE, TimeSource.OURS, "aino"))
    return fold(1, events)


@given(
    answered=st.none() | MINUTES,
    taken=st.none() | MINUTES,
    ended=st.none() | MINUTES,
    dismissed=st.booleans(),
    later=MINUTES,
    micro=st.integers(min_value=-1, max_value=1),
)
def test_broken_clocks_and_those_that_run_past_their_deadline_are_the_breaches(
    *, answered: int | None, taken: int | None, ended: int | None, dismissed: bool, later: int, micro: int
) -> None:
    case = lived(answered, taken, ended, dismissed=dismissed)
    now = NOW + later * MINUTE + timedelta(microseconds=micro)
    due = {clock.name: clock.due_by for clock in clocks(case)}
    late = {name for name in running(case) if due[name] < now}
    assert {*broken(case), *late} == set(breaches(case, now=now))


def test_an_older_record_says_after_its_upgrade_what_it_said_before(empty_url: str) -> None:
    engine = db.open_engine(empty_url)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        take_steps(connection, to="0013")
        for statement in BEFORE:
            connection.exec_driver_sql(statement)
    db.upgrade(engine)
    engine.dispose()
    book = Book.open(empty_url)
    late = NOW + 2 * HOUR
    rows = {row["case"]: row for row in book.store.log(now=late)}
    book.close()
    assert [rows[number]["breaches"] for number in (1, 2, 3)] == [["acknowledge", "respond"], [], ["respond"]]
    assert durations(rows[1]) == [10, 5, None, None, None, None, None, None, None]
    assert durations(rows[2]) == [12, 5, 2, 105, 1800, 1200, 1785, 3600, 3600]
    assert durations(rows[3]) == [10, 5, None, None, 1800, 1800, 1785, None, None]


def durations(row: dict[str, Any]) -> Sequence[int | None]:
    return [row[name] for name in COLUMNS if name.endswith("_s")]


def _older(number: int, clocks_: str, **values: str) -> str:
    given = {
        "acknowledge_by": "'2026-11-02 09:15:15.000000'",
        "respond_by": "'2026-11-02 10:00:00.000000'",
    } | values
    names, written = ", ".join(given), ", ".join(given.values())
    return (
        "INSERT INTO cases (number, network, root, author_id, source, opening_post, first_post, playbook, team, severity,"
        " clock, status, quiet, posted_at, opened_at, escalations, reopened, mentions, touched, revision, is_folded,"
        f" clocks, missed, {names}) VALUES ({number}, 'n', '1', 1, 'feed', {number}, {number}, 'late', 'care', 'normal',"
        f" 'always', 'open', false, '2026-11-02 09:00:00.000000', '2026-11-02 09:00:15.000000', 0, 0, 1, false, 0, false, '{clocks_}', '[]',"
        f" {written})"
    )


BEFORE = [
    "INSERT INTO author (id, network, known_by, handle) VALUES (1, 'n', 'a', 'a')",
    *(
        "INSERT INTO post (id, network, post_id, own, author_id, text, posted_at, seen_at, root, automated, context,"
        f" backfilled, salt, attempts, fence, reached, clock_offset_s) VALUES ({number}, 'n', '{number}', false, 1, '',"
        f" '2026-11-02 09:00:00.000000', '2026-11-02 09:00:10.000000', '1', false, false, false, '', 0, 0, '[]', {2 if number == 2 else 0})"
        for number in (1, 2, 3)
    ),
    _older(
        1,
        '[["acknowledge", "2026-11-02T09:15:15+00:00", null, null], ["respond", "2026-11-02T10:00:00+00:00", null, null]]',
    ),
    _older(
        2,
        '[["respond", "2026-11-02T10:00:00+00:00", "2026-11-02T09:30:00+00:00", null]]',
        alerted_at="'2026-11-02 09:00:17.000000'",
        acknowledged_at="'2026-11-02 09:02:00.000000'",
        responded_at="'2026-11-02 09:30:00.000000'",
        closed_at="'2026-11-02 10:00:00.000000'",
        frt_business_s="1200",
    ),
    _older(
        3,
        '[["respond", "2026-11-02T09:15:00+00:00", "2026-11-02T09:30:00+00:00", null]]',
        responded_at="'2026-11-02 09:30:00.000000'",
    ),
]
