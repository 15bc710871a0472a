"""The examples of docs/clocks.md, lived through by the real record: each row of its tables is one test."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from casebook.measures import DEFINITIONS, Measure, Measured
from tests.casebook.cast import Book
from tests.casebook.told import ZONE, live
from tests.record import put_record

PAGE = Path(__file__).parents[2] / "docs" / "clocks.md"
HEAD = ["the rule", "what happens", "what comes of it"]
_UNITS = {"h": 3600, "min": 60, "s": 1}


def rows() -> Iterator[tuple[str, str, str]]:
    """Every row of the page's tables of examples."""
    is_told = False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        is_told = cells == HEAD or (is_told and bool(cells))
        if is_told and cells != HEAD and not set(line) <= set("|- "):
            rule, happens, comes = cells
            yield rule, happens, comes


ROWS = list(rows())


def figure(measure: Measure | None, *, in_business_hours: bool = False) -> str:
    if measure is None:
        return "none"
    return in_words(measure.business_s if in_business_hours else measure.raw_s)


def in_words(seconds: int | None) -> str:
    """`5400` → `1 h 30 min`."""
    if seconds is None:
        return "none"
    parts = []
    for unit, length in _UNITS.items():
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 s"


def said(answer: Any) -> str:
    if answer is None:
        return "unknown"
    return {True: "yes", False: "no"}.get(answer, str(answer)) if isinstance(answer, bool) else str(answer)


def listed(words: Any) -> str:
    return ", ".join(words) or "nothing"


def came(one: Measured, row: dict[str, Any]) -> dict[str, str]:
    """All that may be said of a case, by the names that the page uses."""
    is_, was = one.measures, one.experience
    assert was is not None
    return {
        "detection lag": figure(is_.detection_lag),
        "triage lag": figure(is_.triage_lag),
        "alert lag": figure(is_.alert_lag),
        "taken after": figure(is_.tta),
        "taken": str(is_.taken or "nobody was asked"),
        "taken by": str(row["acknowledged_by"]),
        "first response": figure(is_.frt),
        "in business hours": figure(is_.frt, in_business_hours=True),
        "the team's own": figure(is_.team_frt),
        "answered by": str(row["responded_by"]),
        "found": str(row["response_found"]),
        "next responses": listed(figure(wait) for wait in is_.next_responses),
        "waits for": listed(
            f"{asked.asked_at:%H:%M}" for asked in _local(one) if asked.state == "waiting" and asked.begins
        ),
        "resolved after": figure(is_.ttr),
        "resolved in all": in_words(is_.total_resolution_s),
        "status": row["status"],
        "missed": listed(row["breaches"]),
        "in the rate": str(is_.answer or "not counted"),
        "steps": str(row["escalations"]),
        "reopened": str(row["reopened"]),
        "feeling": f"{said(was.sentiment_before)} to {said(was.sentiment_after)}",
        "course": said(was.course),
        "came back angry": said(was.came_back_angry),
        "one answer": said(was.one_answer),
        "goal reached": said(was.goal_reached),
        "posts written": str(was.posts_written),
        "feeling left": said(was.feeling_left),
    }


def _local(one: Measured) -> list[Any]:
    return [replace(asked, asked_at=asked.asked_at.astimezone(ZONE)) for asked in one.measures.follow_ups]


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """One record on SQLite: the rules are the same on both databases, and there are many examples."""
    opened = Book.open(f"sqlite:///{put_record(tmp_path / 'vaste.db')}")
    yield opened
    opened.close()


@pytest.mark.parametrize(("rule", "happens", "comes"), ROWS, ids=[row[0] for row in ROWS])
def test_what_the_page_says_is_what_comes_of_it(book: Book, rule: str, happens: str, comes: str) -> None:
    day = live(happens, book)
    wanted = comes.split(" · ")
    number = day.case()
    if wanted == ["no case"]:
        assert number == 0
        return
    one = book.store.measured(number, now=book.now)
    assert one is not None
    (row,) = (row for row in book.log() if row["case"] == number)
    found = came(one, row)
    names = {name: words for name in found for words in wanted if re.match(rf"{re.escape(name)}: ", words)}
    assert len(names) == len(wanted), f"not understood: {wanted}"
    assert [f"{name}: {found[name]}" for name in names] == list(names.values())
    assert one.measures.waterfall is None or sum(one.measures.waterfall.values()) == row["frt_s"]
    # and the log can be told again as it stood after each thing that happened
    for at, stood in day.stood.items():
        assert list(book.store.log_as_of(as_of=at)) == stood


def test_every_rule_that_must_be_told_is_told() -> None:
    told = " ".join(rule for rule, _, _ in ROWS)
    missing = [
        rule
        for rule in (
            "hand-off", "reassigned", "put off", "reopened", "dismissed", "crisis", "deleted", "edited", "late",
            "before Vaste saw", "unknown colleague", "without a case", "business hours", "bystander",
        )
        if rule not in told
    ]  # fmt: skip
    assert missing == []
    assert len(ROWS) > 60


def test_every_name_that_a_page_may_use_is_used() -> None:
    used = {words.split(":")[0] for _, _, comes in ROWS for words in comes.split(" · ")}
    every = set(re.findall(r'^        "(.+?)":', Path(__file__).read_text("utf-8"), flags=re.MULTILINE))
    assert every - used == set()


def test_the_page_names_the_version_of_its_definitions() -> None:
    assert f"These are **definitions {DEFINITIONS}**." in PAGE.read_text("utf-8")


def test_the_figures_of_the_log_are_the_measures(book: Book) -> None:
    live("12:00 Maija complains · 12:05 Aino takes it · 12:20 you answer · 12:30 Aino closes it", book)
    (row,) = book.log()
    one = book.store.measured(row["case"], now=book.now)
    assert one is not None
    of_log = {name.removesuffix("_s"): row[name] for name in row if name.endswith("_s")}
    measured = {name: getattr(one.measures, name).raw_s for name in of_log if not name.endswith("_business")}
    measured |= {
        name: getattr(one.measures, name.removesuffix("_business")).business_s
        for name in of_log
        if name.endswith("_business")
    }
    assert measured == of_log
