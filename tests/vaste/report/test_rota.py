"""Whom another rota would have called, from replay: a night on which nobody was there, and weeks of dice."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert

from casebook.tables import CoverageRow
from tests.vaste.shelf import CONFIG, Shelf, changed, open_shelf
from tests.vaste.test_replay import BUSY, Story
from vaste.commands.report import Asked, run
from vaste.config import Config
from vaste.report.against import Against
from vaste.report.gathered import Scope
from vaste.report.gathering import gather
from vaste.report.making import document_of
from vaste.report.period import between
from vaste.report.rota import Replayed

HOURS = 'care: {rota: {people: [aino, ben], hours: "09:00-17:00"}}'
ALWAYS = "care: {rota: {people: [aino, ben]}}"
EVENING = datetime(2026, 3, 3, 18, 30, tzinfo=UTC)
"""Tuesday at half past eight in Helsinki."""
MARCH = between(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = open_shelf(tmp_path, config=CONFIG.replace(ALWAYS, HOURS), at=EVENING)
    yield shelf
    shelf.close()


def replayed(shelf: Shelf, new: Config, *, team: str | None = None) -> Replayed:
    scope = Scope(MARCH, shelf.clock.now(), team)
    found = gather(shelf.jobs.store, shelf.config, scope, against=Against(new, "new.yaml"))
    assert found.replayed is not None
    return found.replayed


def an_evening(shelf: Shelf) -> None:
    """A complaint when nobody is on call, missed at half past midnight; and one in the morning, answered."""
    shelf.post(id="1")
    shelf.file()
    shelf.turn(hours=14)
    shelf.jobs.watch()
    shelf.post(id="2", author="olli")
    shelf.file()
    shelf.turn(minutes=20)
    shelf.post(id="3", author="ainokahvi", own=True, in_reply_to="2", text="Hei!")
    shelf.file()
    watched(shelf)


def watched(shelf: Shelf) -> None:
    """Let the feed have been read all the time: the test turns the clock in leaps."""
    seen = {"begins_at": MARCH.since, "ends_at": MARCH.until, "sight": "watched", "outcome": "watched"}
    row = {"source": "feed", "lane": "all", "is_last": True, "due_within_s": 1.0} | seen
    with shelf.jobs.store.writing() as session:
        session.execute(delete(CoverageRow))
        session.execute(insert(CoverageRow), [row])


def test_a_rota_that_is_there_would_have_called_somebody_before_the_deadline(shelf: Shelf) -> None:
    an_evening(shelf)
    told = replayed(shelf, changed(shelf, (HOURS, ALWAYS)))
    assert (told.then.cases, told.new.cases) == (2, 2)
    assert (told.then.calls, told.new.calls) == (1, 2)
    assert (told.then.slow, told.then.silent, told.new.slow, told.new.silent) == (1, 1, 0, 0)
    assert (told.uncalled, told.still_uncalled, told.gained, told.lost) == ((1,), (), (1,), ())
    (missed,) = told.missed
    assert missed.new is not None
    assert (missed.then, missed.new.at, missed.new.person) == (None, EVENING, "aino")


def test_a_rota_that_is_not_there_loses_what_was_called(tmp_path: Path) -> None:
    shelf = open_shelf(tmp_path, at=EVENING)
    an_evening(shelf)
    told = replayed(shelf, changed(shelf, (ALWAYS, HOURS)))
    assert (told.gained, told.lost, told.still_uncalled) == ((), (1,), (1,))
    shelf.close()


def test_a_deadline_is_met_by_a_call_at_its_very_instant_and_not_after(shelf: Shelf) -> None:
    an_evening(shelf)
    (missed,) = replayed(shelf, changed(shelf, (HOURS, ALWAYS))).missed
    assert missed.new is not None
    due = missed.respond_by
    for late, is_called in ((timedelta(0), True), (timedelta(microseconds=1), False)):
        call = type(missed.new)(due + late, "aino", "normal", case=1)
        assert type(missed)(1, due, None, call, is_case=True).would_be_called is is_called


def test_only_what_the_report_is_of_is_counted(shelf: Shelf) -> None:
    an_evening(shelf)
    told = replayed(shelf, shelf.config, team="nobody")
    assert (told.then.cases, told.then.calls, told.new.cases, told.missed) == (0, 0, 0, ())


@pytest.mark.parametrize("seed", range(2))
def test_the_same_rota_calls_the_same_people_at_the_same_time(tmp_path: Path, seed: int) -> None:
    shelf = open_shelf(tmp_path, config=BUSY)
    Story(shelf, seed).play(60)
    watched(shelf)
    told = replayed(shelf, shelf.config)
    assert told.new == told.then
    assert (told.gained, told.lost) == ((), ())
    assert told.missed
    for one in told.missed:
        then, new = ((call.at, call.person) if call else None for call in (one.then, one.new))
        assert then == new
    calls = shelf.jobs.store.calls_between(since=MARCH.since, until=shelf.clock.now())
    assert told.then.calls == len(calls) > 20
    shelf.close()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "By new.yaml somebody would have been called before 1 of the missed deadlines"),
        ("fi", "Tiedoston new.yaml mukaan joku olisi kutsuttu ennen määräaikaa 1 tapaukseen"),
        ("sv", "Enligt new.yaml skulle någon ha larmats i tid i 1 ärenden"),
    ],
)
def test_the_report_tells_it_instead_of_an_estimate(shelf: Shelf, language: str, said: str) -> None:
    an_evening(shelf)
    against = Against(changed(shelf, (HOURS, ALWAYS)), "new.yaml")
    scope = Scope(MARCH, shelf.clock.now())
    document = document_of(shelf.jobs.store, shelf.config, scope, language, against=against)
    (section,) = (one for one in document.sections if one.key == "what_if")
    assert said in repr(section.blocks)
    assert "Aino Virtanen" in repr(section.blocks), "whom it would have called"
    figures = {opened.key: opened.cases for opened in document.opened()}
    assert (figures["against.uncalled"], figures["against.gained"], figures["against.lost"]) == (
        (1,),
        (1,),
        (),
    )
    alone = document_of(shelf.jobs.store, shelf.config, scope, language)
    assert "against.uncalled" not in {opened.key for opened in alone.opened()}


def test_the_command_decides_the_period_again(
    shelf: Shelf, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    an_evening(shelf)
    changed(shelf, (HOURS, ALWAYS))
    new = shelf.folder / "new.yaml"
    typed: dict[str, Any] = {
        "kinds": (),
        "since": "2026-03-01",
        "until": "2026-03-31",
        "team": None,
        "playbook": None,
        "form": None,
    }
    usual: dict[str, Any] = {"language": "en", "out": None, "post": False, "cases": None}
    run(Asked(shelf.folder / "config.yaml", **typed, **usual, against=new))
    written = capsysbinary.readouterr().out.decode()
    assert "| From replay | as it was | new.yaml |" in written.replace("\\", "")
    with pytest.raises(SystemExit) as left:
        run(Asked(shelf.folder / "config.yaml", **typed, **usual, against=new, as_of="2026-03-20"))
    assert left.value.code == 2
