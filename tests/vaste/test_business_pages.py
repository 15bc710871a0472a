"""What the pages on clocks and playbooks say of business hours is so, row by row."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from casebook.calendar import add, between
from casebook.case import Case
from casebook.duration import parse_duration
from casebook.event import EventKind
from casebook.fold import fold
from tests.fakes import ANGRY, MINUTE, NOON, after, surroundings
from vaste.chain import look_at, watch
from vaste.config import Config, load_config
from vaste.desk import Desk
from vaste.ruling import rule
from vaste.wiring import desk_of

HELSINKI = ZoneInfo("Europe/Helsinki")
DOCS = Path(__file__).parents[2] / "docs"
HEADING = "## Business hours\n"


def section(page: str) -> str:
    text = (DOCS / page).read_text(encoding="utf-8")
    begins = text.index(HEADING)
    return text[begins : text.index("\n## ", begins + 1)]


CLOCKS, PLAYBOOKS = section("clocks.md"), section("playbooks.md")
INSTANT = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{4}-\d\d-\d\d \d\d:\d\d"
COUNTED = re.findall(rf"^\| (\w+) \| ({INSTANT}) \| (\w+) \| ({INSTANT}) \| (.+) \|$", CLOCKS, re.MULTILINE)
CALLED = re.findall(rf"^\| ({INSTANT}) \| ([a-z, ]+) \|", PLAYBOOKS, re.MULTILINE)


def instant(written: str) -> datetime:
    """An instant as the page writes it; the day of the week must be right, too."""
    at = datetime.strptime(written, "%a %Y-%m-%d %H:%M").replace(tzinfo=HELSINKI)
    assert f"{at:%a}" == written[:3], f"{written} is no such day"
    return at


def configured(page: str, folder: Path) -> Config:
    written = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert written
    (folder / "config.yaml").write_text(written[1], encoding="utf-8")
    loaded = load_config(folder / "config.yaml", {})
    assert loaded.config is not None, loaded.problems
    assert loaded.problems == ()
    return loaded.config


def test_the_tables_have_the_rows_that_are_told_of() -> None:
    assert (len(COUNTED), len(CALLED)) == (11, 6)


@pytest.mark.parametrize("row", COUNTED)
def test_each_deadline_of_the_page_on_clocks(tmp_path: Path, row: tuple[str, ...]) -> None:
    name, start, duration, due, why = row
    calendar = configured(CLOCKS, tmp_path).calendars[name]
    length = parse_duration(duration)
    assert add(calendar, instant(start), length) == instant(due), why
    assert between(calendar, instant(start), instant(due)) == length, why


def test_the_figures_of_the_page_on_clocks(tmp_path: Path) -> None:
    calendar = configured(CLOCKS, tmp_path).calendars["office"]
    posted, answered = instant("Fri 2026-11-06 20:10"), instant("Mon 2026-11-09 09:20")
    lived = "office hours · Fri 20:10 Maija complains · Mon 09:20 you answer"
    assert f"{lived} | first response: 61 h 10 min · in business hours: 20 min" in CLOCKS
    assert answered - posted == timedelta(hours=61, minutes=10)
    assert between(calendar, posted, answered) == timedelta(minutes=20)


def called(case: Case, first: tuple[str, ...], desk: Desk, until: datetime) -> list[tuple[datetime, str]]:
    """Who is called when, the opening of the case first."""
    found = [(case.raised_at or case.opened_at, ", ".join(first) or "nobody")]
    while (looks := look_at(case)) is not None and looks <= until:
        change = watch(case, desk, now=looks)
        case = after(case, change)
        steps = [event for event in change.events if event.kind in {EventKind.PAGED, EventKind.ESCALATED}]
        found += [(looks, ", ".join(event.facts["people"])) for event in steps]
    return found


def test_the_weekend_of_the_page_on_playbooks(tmp_path: Path) -> None:
    desk = desk_of(configured(PLAYBOOKS, tmp_path), direct=True)
    told = [(instant(at), who) for at, who in CALLED]
    friday, saturday = told[0][0], told[4][0]
    around = surroundings(1, (friday - NOON) / MINUTE)
    opens = rule(around, ANGRY, desk, now=friday).opens
    assert opens is not None
    case = fold(1, opens.events)
    assert called(case, case.paged, desk, told[3][0]) == told[:4]

    around = surroundings(2, (saturday - NOON) / MINUTE, case=case)
    around = replace(around, mention=replace(around.mention, text="purkissa on lasinsiru"))
    joins = rule(around, ANGRY, desk, now=saturday).joins
    assert joins is not None
    raised = after(case, joins)
    assert called(raised, raised.paged, desk, told[5][0]) == told[4:]
