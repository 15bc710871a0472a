"""A team's week: which cases count and how, when it is told, and that it is told once."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.calendar import Calendar, Span
from notifier.channel import Chart, Notice, Tongue
from tests.vaste.shelf import CALM, CONFIG, Shelf, open_shelf
from vaste import weekly_chart
from vaste.bulletin import Bulletin
from vaste.digests import last_week
from vaste.painting import NoPictures
from vaste.weekly import days_of, facts_of, figures_of, quantile, state_of, told_from, weekly_notice
from vaste.weekly_chart import chart_of

HELSINKI = ZoneInfo("Europe/Helsinki")
MONDAY = datetime(2026, 11, 29, 22, tzinfo=UTC)
"""Midnight in Helsinki between Sunday and Monday."""
WEEK = last_week(0, time(0), HELSINKI, now=MONDAY)
DUE = datetime(2026, 11, 24, 12, tzinfo=UTC)


def row(**changes: Any) -> dict[str, Any]:
    usual = {
        "source": "x",
        "status": "acknowledged",
        "respond_by": DUE,
        "responded_at": None,
        "posted_at": DUE - timedelta(hours=2),
        "frt_s": None,
        "breaches": [],
    }
    return usual | changes


ANSWERED = {"responded_at": DUE, "frt_s": 7200, "status": "responded"}


@pytest.mark.parametrize(
    ("changes", "state", "why"),
    [
        (ANSWERED, "in_time", "the very instant of the deadline is kept"),
        (ANSWERED | {"breaches": ["acknowledge"]}, "in_time", "taken late, answered in time"),
        (ANSWERED | {"breaches": ["respond"]}, "late", ""),
        ({}, "waiting", "not due yet"),
        ({"breaches": ["respond"]}, "unanswered", "past its deadline"),
        ({"status": "closed"}, "unanswered", "closed without an answer"),
        ({"respond_by": None}, None, "its playbook promises no answer"),
        ({"status": "dismissed"}, None, "a false alarm"),
        ({"source": None, **ANSWERED}, None, "a crisis is nobody's wait"),
    ],
)
def test_every_case_counts_once(changes: dict[str, Any], state: str | None, why: str) -> None:
    assert state_of(row(**changes)) == state, why


def test_a_week_adds_up() -> None:
    rows = [
        row(**ANSWERED),
        row(**ANSWERED | {"frt_s": 600}),
        row(**ANSWERED | {"frt_s": 10_000, "breaches": ["respond"]}),
        row(breaches=["respond"]),
        row(),
        row(status="dismissed"),
    ]
    figures = figures_of(rows)
    counted = (
        figures.cases,
        figures.answered,
        figures.in_time,
        figures.late,
        figures.unanswered,
        figures.waiting,
    )
    assert counted == (5, 3, 2, 1, 1, 1)
    assert figures.share_in_time == 0.5
    assert (figures.median_s, figures.p90_s) == (7200, 9440)
    assert figures_of([]).share_in_time is None


@pytest.mark.parametrize(
    ("ordered", "share", "found"),
    [([], 0.5, None), ([7], 0.9, 7), ([1, 3], 0.5, 2), ([0, 10, 20], 0.9, 18), (list(range(101)), 0.9, 90)],
)
def test_a_quantile_lies_between_its_neighbours(ordered: list[int], share: float, found: int | None) -> None:
    assert quantile(ordered, share) == found


@given(st.lists(st.integers(0, 10**6), min_size=1).map(sorted), st.floats(0, 1))
def test_a_quantile_is_never_outside_what_was_measured(ordered: list[int], share: float) -> None:
    found = quantile(ordered, share)
    assert found is not None
    assert ordered[0] <= found <= ordered[-1]


def test_days_are_those_of_the_clocks() -> None:
    late_sunday = row(posted_at=MONDAY - timedelta(seconds=1))
    monday = row(posted_at=MONDAY - timedelta(days=7))
    days = days_of([late_sunday, monday, row(posted_at=MONDAY)], WEEK, HELSINKI)
    assert [(day["day"], day["waiting"]) for day in days] == [
        ("2026-11-23", 1),
        *((f"2026-11-{n}", 0) for n in range(24, 29)),
        ("2026-11-29", 1),
    ]


def office(begin: int, end: int, days: int = 5) -> Calendar:
    return Calendar("office", HELSINKI, ((Span(begin * 60, end * 60),),) * days + ((),) * (7 - days))


@pytest.mark.parametrize(
    ("calendar", "told_at"),
    [
        (None, "2026-11-30 09:00"),
        (office(8, 16), "2026-11-30 08:00"),
        (office(0, 24, days=7), "2026-11-30 09:00"),  # it never opens, for it never closes
    ],
)
def test_a_week_is_told_at_the_teams_opening(calendar: Calendar | None, told_at: str) -> None:
    found = told_from(WEEK, calendar, time(9), HELSINKI)
    assert found.astimezone(HELSINKI).strftime("%Y-%m-%d %H:%M") == told_at


def test_a_week_without_cases_is_told_only_beside_one_that_had_some() -> None:
    empty, full = (facts_of(rows, WEEK, HELSINKI) for rows in ([], [row(**ANSWERED)]))
    assert weekly_notice("care", WEEK, {"week": empty, "before": empty}) is None
    told = weekly_notice("care", WEEK, {"week": empty, "before": full})
    assert told is not None
    assert (told.key, told.addressee, told.kind) == ("weekly:care:2026-W48", "team:care", "weekly")


# ---- on its way ---------------------------------------------------------------------------------------


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    opened = open_shelf(tmp_path, config=CONFIG + "digest: {morning: off, handoff: off}\n")
    opened.jobs.begin()
    yield opened
    opened.close()


def lived(shelf: Shelf) -> None:
    """Two customers of a Tuesday: one is answered in ten minutes, one never."""
    shelf.post(id="1", author="mari")
    shelf.post(id="2", author="pekka")
    shelf.file()
    shelf.turn(minutes=10)
    shelf.post(id="9", author="ainokahvi", own=True, in_reply_to="1", text="Anteeksi!")
    shelf.file(CALM)


def test_a_team_hears_of_its_week_on_monday_morning_once(
    shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    lived(shelf)
    shelf.clock.turn(datetime(2026, 3, 9, 6, 59, 59, tzinfo=UTC))
    assert shelf.jobs.tell() == 0
    shelf.clock.turn(datetime(2026, 3, 9, 7, tzinfo=UTC))
    other = Bulletin(shelf.jobs.store, shelf.jobs.desk, shelf.jobs.telling, frozenset({"feed"}))
    assert (shelf.jobs.tell(), shelf.jobs.tell(), other.tell(now=shelf.clock.now())) == (1, 0, 0)
    capsys.readouterr()
    shelf.jobs.deliver_all()
    said = capsys.readouterr().out
    assert "Viikko 10: care" in said
    assert "10 min" in said
    assert "50\N{NO-BREAK SPACE}%" in said


def test_a_week_that_is_long_past_is_told_no_more(shelf: Shelf) -> None:
    lived(shelf)
    shelf.clock.turn(datetime(2026, 3, 11, 7, tzinfo=UTC))
    assert shelf.jobs.tell() == 0


def test_it_can_be_turned_off(tmp_path: Path) -> None:
    opened = open_shelf(tmp_path, config=CONFIG + "digest: {weekly: off}\n")
    assert opened.jobs.telling.weekly is None
    opened.close()


# ---- its picture --------------------------------------------------------------------------------------

FINNISH = Tongue("fi", HELSINKI, "Aino Kahvi")


def told_week() -> Notice:
    facts = facts_of([row(**ANSWERED), row(breaches=["respond"])], WEEK, HELSINKI)
    return Notice("weekly", MONDAY, {"team": "care", "name": "2026-W48", "week": facts, "before": facts})


def test_the_picture_says_in_words_what_it_shows() -> None:
    chart = chart_of(told_week(), FINNISH)
    assert isinstance(chart, Chart)
    assert chart.png.startswith(b"\x89PNG")
    assert "ti 24.: 1 ajallaan, 0 odottaa, 1 myöhässä tai vastaamatta" in chart.says


def test_other_notices_and_empty_weeks_have_no_picture() -> None:
    empty = facts_of([], WEEK, HELSINKI)
    assert chart_of(Notice("burst", MONDAY, {}), FINNISH) is None
    assert chart_of(Notice("weekly", MONDAY, {"week": empty, "before": empty}), FINNISH) is None


def test_without_what_paints_there_are_words_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: object) -> bytes:
        raise NoPictures("pictures need vl_convert")

    monkeypatch.setattr(weekly_chart, "paint_png", missing)
    assert chart_of(told_week(), FINNISH) is None
