"""Seals: whoever touches a line of a history is found out, and an erasure is no touch."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from hypothesis import given
from hypothesis import strategies as st

from casebook import migrations
from casebook.adds_up import CLOCKS_OF_A_ROW, INSTANTS, VALUES, added_up
from casebook.db import upgrade
from casebook.measures import Seen
from casebook.migrations.upgrading import _config
from casebook.seal import FIRST, Content, Flaw, Sealed, Sealing, compare, flaws, read, seal_of, written
from casebook.store.session import table_of
from casebook.tables import CaseRow, EventRow
from tests.casebook.cast import HOUR, MINUTE, NOW, Book, mention, reply
from tests.casebook.test_gone import erase
from tests.fakes import at

# ---- pure --------------------------------------------------------------------------------------------


def content(number: int, **changes: Any) -> Content:
    said = Content(7, "joined", at(number), "platform", at(number), "vaste", number, "hash", {"n": number}, 1)
    return replace(said, **changes)


def history(count: int = 5) -> tuple[list[Sealed], Sealing]:
    lines, before = [], FIRST
    for number in range(1, count + 1):
        before = seal_of(content(number), before)
        lines.append(Sealed(number, content(number), before))
    return lines, Sealing(7, count, before)


def renumbered(lines: list[Sealed]) -> list[Sealed]:
    return [replace(line, line=number) for number, line in enumerate(lines, 1)]


def changed(lines: list[Sealed], place: int, **changes: Any) -> list[Sealed]:
    line = lines[place]
    return [*lines[:place], replace(line, content=replace(line.content, **changes)), *lines[place + 1 :]]


def put_in(lines: list[Sealed]) -> list[Sealed]:
    """A line with a good seal of its own, where none was."""
    forged = content(9)
    return renumbered([*lines[:2], Sealed(0, forged, seal_of(forged, lines[1].seal)), *lines[2:]])


TAMPERED: list[tuple[Callable[[list[Sealed]], list[Sealed]], list[Flaw], str]] = [
    (lambda lines: lines, [], "nothing was done"),
    (lambda lines: changed(lines, 2, actor="ben"), [Flaw(7, 3, "changed")], "another actor"),
    (lambda lines: changed(lines, 2, happened_at=at(3) + timedelta(microseconds=1)), [Flaw(7, 3, "changed")], "another time"),
    (lambda lines: changed(lines, 0, facts={"n": 2}), [Flaw(7, 1, "changed")], "another fact"),
    (lambda lines: changed(lines, 4, recorded_at=at(0)), [Flaw(7, 5, "changed")], "recorded at another time"),
    (lambda lines: [*lines[:2], *lines[3:]], [Flaw(7, 3, "missing")], "a line is gone"),
    (lambda lines: lines[1:], [Flaw(7, 1, "missing")], "the first one is gone"),
    (lambda lines: lines[:-1], [Flaw(7, 5, "missing")], "the last one is gone"),
    (lambda lines: lines[:-2], [Flaw(7, 4, "missing"), Flaw(7, 5, "missing")], "the end is gone"),
    (lambda _: [], [Flaw(7, number, "missing") for number in range(1, 6)], "all of it is gone"),
    (lambda lines: renumbered([*lines[:2], *lines[3:]]), [Flaw(7, 3, "changed"), Flaw(7, 5, "missing")], "gone, and the rest numbered anew"),
    (put_in, [Flaw(7, 4, "moved", 2)], "put in: what followed was recorded after another"),
    (
        lambda lines: renumbered([lines[0], lines[2], lines[1], *lines[3:]]),
        [Flaw(7, 2, "moved", 3), Flaw(7, 3, "moved", 1), Flaw(7, 4, "moved", 2)],
        "two have changed places",
    ),
    (lambda lines: renumbered([*lines[1:], lines[0]]), [Flaw(7, 1, "moved", 5), Flaw(7, 5, "moved", 0)], "the first one moved to the end"),
]  # fmt: skip


@pytest.mark.parametrize(("tamper", "found", "why"), TAMPERED, ids=[row[2] for row in TAMPERED])
def test_what_was_done_to_a_history_is_named_with_its_line(
    tamper: Callable[[list[Sealed]], list[Sealed]], found: list[Flaw], why: str
) -> None:
    lines, of = history()
    assert flaws(tamper(lines), of) == found, why


def test_who_seals_a_line_anew_breaks_the_next_one() -> None:
    lines, of = history()
    forged = replace(lines[2].content, actor="ben")
    lines[2] = Sealed(3, forged, seal_of(forged, lines[1].seal))
    assert flaws(lines, of) == [Flaw(7, 4, "changed")]


def test_who_seals_all_anew_is_found_by_what_was_kept_elsewhere() -> None:
    lines, kept = history()
    forged, before = [], FIRST
    for line in lines:
        said = replace(line.content, actor="ben")
        before = seal_of(said, before)
        forged.append(Sealed(line.line, said, before))
    assert flaws(forged, Sealing(7, 5, before)) == []
    assert compare(kept, forged) == Flaw(7, 5, "changed")
    assert compare(kept, lines) is None
    assert compare(kept, history(8)[0]) is None, "a history may grow"
    assert compare(kept, lines[:4]) == Flaw(7, 5, "missing")


@given(
    st.integers(0, 4), st.sampled_from(["kind", "actor", "time_source", "post_hash"]), st.text(max_size=20)
)
def test_no_change_of_a_word_keeps_its_seal(place: int, name: str, word: str) -> None:
    lines, of = history()
    found = flaws(changed(lines, place, **{name: word}), of)
    assert bool(found) is (getattr(lines[place].content, name) != word)


def test_seals_that_are_kept_are_read_as_they_were_written() -> None:
    kept = [Sealing(1, 3, "ab"), Sealing(4, 1, "cd")]
    assert list(read(written(one) + "\n" for one in kept)) == kept
    with pytest.raises(ValueError, match="line 2 is no seal"):
        list(read(["1 3 ab\n", "what is this?\n"]))


@pytest.mark.parametrize(
    ("flaw", "said"),
    [
        (Flaw(7, 3, "changed"), "case 7, line 3: does not say what was recorded"),
        (Flaw(7, 3, "missing"), "case 7, line 3: is missing"),
        (Flaw(7, 3, "moved", 1), "case 7, line 3: was recorded right after line 1"),
        (Flaw(7, 3, "moved", 0), "case 7, line 3: was recorded first"),
        (Flaw(7, 3, "cut"), "case 7, line 3: is not the last one that was recorded"),
        (Flaw(7, 3, "unknown"), "case 7, line 3: was recorded in a case that is gone"),
    ],
)
def test_a_flaw_is_told_with_its_case_and_line(flaw: Flaw, said: str) -> None:
    assert str(flaw) == said


# ---- the record, on both databases -------------------------------------------------------------------


def a_day(book: Book) -> None:
    """Two cases with all that comes of them."""
    book.open_case("1", text="Missä paketti?", url="https://example.org/1")
    book.send_all()
    book.advance(5 * MINUTE)
    book.press(1, "acknowledge")
    book.bring(mention("2", by="maija", text="Lasia purkissa", at=book.now))
    book.advance(HOUR)
    book.watch()
    book.bring(reply("9", "1", at=book.now))
    book.press(1, "close")
    book.press(2, "dismiss", "ben")


def found(book: Book) -> list[str]:
    return [str(flaw) for checked in book.store.checked_histories() for flaw in checked.flaws]


def differing(book: Book) -> list[tuple[int, str]]:
    checked = book.store.checked_histories()
    return [(differs.case, differs.what) for each in checked for differs in each.differences]


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE cases SET frt_s = 5 WHERE number = 1", [(1, "frt_s")]),
        ("UPDATE cases SET frt_business_s = 5 WHERE number = 1", [(1, "frt_business_s")]),
        ("UPDATE cases SET broken = 0, running = 0 WHERE number = 1", [(1, "breaches")]),
        ("UPDATE cases SET running = 7 WHERE number = 2", [(2, "clocks that run")]),
        ("UPDATE cases SET status = 'closed' WHERE number = 2", [(2, "status")]),
        ("UPDATE cases SET escalations = 3 WHERE number = 2", [(2, "escalations")]),
        ("UPDATE cases SET posted_at = '2026-11-02 08:00:00.000000' WHERE number = 1", [(1, "posted_at")]),
        ("UPDATE cases SET first_post = 2 WHERE number = 1", [(1, "first_post")]),
        ("UPDATE post SET posted_at = '2026-11-02 08:00:00.000000' WHERE post_id = '1'", [(1, "posted_at of post 1")]),
        ("UPDATE post SET posted_at = '2026-11-02 08:00:00.000000' WHERE post_id = '9'", [(1, "posted_at of post 3")]),
        ("UPDATE post SET seen_at = '2026-11-02 08:00:00.000000' WHERE post_id = '2'", [(2, "seen_at of post 2")]),
        ("UPDATE post SET text = 'Kiitos!' WHERE post_id = '1'", []),
    ],
)  # fmt: skip
def test_a_log_that_says_otherwise_than_the_history_is_found_out(
    book: Book, statement: str, told: list[tuple[int, str]]
) -> None:
    a_day(book)
    book.advance(HOUR)
    book.watch()
    assert differing(book) == []
    book.run(statement)
    assert differing(book) == told
    assert found(book) == [], "the histories are whole"


def test_what_no_test_of_a_value_names_is_compared_all_the_same(book: Book) -> None:
    a_day(book)
    case = book.case(1)
    names = set(added_up(case, Seen(NOW)))
    assert names == {*INSTANTS, *CLOCKS_OF_A_ROW, *VALUES}
    derived = {column.name for column in table_of(CaseRow).columns} - names
    assert derived == {
        "number", "network", "root", "author_id", "linked_to", "source", "touched", "look_at", "revision", "lines",
        "seal",
    }, "the rest is what a case is known by, and what the jobs keep"  # fmt: skip


def test_a_case_that_says_it_never_had_a_line_lost_it(book: Book) -> None:
    a_day(book)
    book.run('DELETE FROM event WHERE "case" = 2')
    book.run("UPDATE cases SET lines = 0, seal = '' WHERE number = 2")
    assert found(book) == ["case 2, line 1: is missing"]


def test_a_row_written_by_older_definitions_is_not_compared(book: Book) -> None:
    a_day(book)
    book.run("UPDATE cases SET frt_s = 5 WHERE number = 1")
    with book.store.engine.execution_options(writes=True).begin() as connection:
        command.downgrade(_config(connection), _before("seals_on_the_history"))
    upgrade(book.store.engine)
    assert differing(book) == [], "who counted it otherwise then did not tamper with it"
    book.press(1, "reopen")
    assert differing(book) == []


def test_a_history_that_nobody_touched_is_whole(book: Book) -> None:
    a_day(book)
    assert len(book.store.events(1)) > 5
    assert found(book) == []
    assert [(checked.now.case, checked.now.lines) for checked in book.store.checked_histories()] == [
        (number, len(book.store.events(number))) for number in (1, 2)
    ]


def test_an_erasure_breaks_no_seal(book: Book) -> None:
    a_day(book)
    book.desk = replace(book.desk)
    assert erase(book, "2") == 1, "deleted at the source"
    book.advance(timedelta(days=30))
    assert book.store.expire_texts("feed", now=book.now, keep=timedelta(days=1)) >= 1
    assert found(book) == []
    # whoever is forgotten leaves no name, no link and no salt
    book.run("UPDATE post SET text = '', url = NULL, salt = '', post_id = 'gone' || id")
    book.run("UPDATE author SET handle = '', name = NULL")
    assert found(book) == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE event SET happened_at = '2026-11-02 08:00:00' WHERE \"case\" = 1 AND line = 2", ["case 1, line 2: does not"]),
        ("UPDATE event SET actor = 'ben' WHERE \"case\" = 1 AND kind = 'acknowledged'", ["case 1, line 4: does not"]),
        ("UPDATE event SET facts = '{}' WHERE \"case\" = 2 AND line = 1", ["case 2, line 1: does not"]),
        ('UPDATE event SET post_hash = NULL WHERE "case" = 2 AND line = 1', ["case 2, line 1: does not"]),
        ('DELETE FROM event WHERE "case" = 1 AND line = 3', ["case 1, line 3: is missing"]),
        ("UPDATE cases SET lines = 1 WHERE number = 1", ["is not the last one"]),
    ],
)  # fmt: skip
def test_who_changes_a_row_behind_our_back_is_found_out(book: Book, statement: str, told: list[str]) -> None:
    a_day(book)
    book.run(statement)
    assert [words in line for words, line in zip(told, found(book), strict=True)] == [True]


def test_a_line_that_is_put_in_is_found_out(book: Book) -> None:
    a_day(book)
    (row,) = book.rows('SELECT max(line) FROM event WHERE "case" = 2')
    with book.store.writing() as session:
        forged = EventRow(
            case=2, line=row[0] + 1, kind="acknowledged", happened_at=NOW, time_source="ours",
            recorded_at=NOW, actor="ben", definitions=1, seal="0" * 32,
        )  # fmt: skip
        session.add(forged)
    assert found(book) == [f"case 2, line {row[0] + 1}: does not say what was recorded"]


def _before(name: str) -> str:
    """The revision before a migration."""
    versions = Path(migrations.__file__).parent / "versions"
    (number,) = (path.name.split("_")[0] for path in versions.glob(f"*_{name}.py"))
    return f"{int(number) - 1:04}"


def test_older_histories_are_sealed_by_the_upgrade(book: Book) -> None:
    a_day(book)
    before = {number: book.store.events(number) for number in (1, 2)}
    with book.store.engine.execution_options(writes=True).begin() as connection:
        command.downgrade(_config(connection), _before("seals_on_the_history"))
    upgrade(book.store.engine)
    assert found(book) == []
    assert {
        number: [replace(event, definitions=1) for event in book.store.events(number)] for number in (1, 2)
    } == before
    assert {event.definitions for event in book.store.events(1)} == {0}, "they were recorded by none"
    book.press(1, "reopen")
    assert found(book) == [], "and go on"


def test_what_was_kept_elsewhere_finds_a_case_that_is_gone(book: Book) -> None:
    a_day(book)
    kept = [checked.now for checked in book.store.checked_histories()]
    for table in ("delivery", "call", "correction", "event", "case_post"):
        book.run(f'DELETE FROM "{table}" WHERE "case" = 2')
    book.run("DELETE FROM cases WHERE number = 2")
    assert found(book) == [], "of itself the record does not know"
    told = [flaw for checked in book.store.checked_histories(kept) for flaw in checked.flaws]
    assert told == [Flaw(2, kept[1].lines, "missing")]
