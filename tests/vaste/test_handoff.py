"""When a turn changes hands: who hears of it, what they are told, and that each is told once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from casebook.case import Case
from casebook.event import EventKind
from notifier.channel import Notice
from playbooks.escalate import Team
from playbooks.roster import Layer, Override, Roster
from playbooks.rota import Rota
from tests.fakes import MINUTE, NOON, TICK, acknowledged, at, care, case_of, happened, pressed_replied
from tests.vaste.shelf import CONFIG, Shelf, open_shelf
from vaste.bulletin import Bulletin
from vaste.front import FrontDesk
from vaste.handoff import TOLD_WITHIN, Handoff, handoff_notices, handoffs

HELSINKI = ZoneInfo("Europe/Helsinki")
NEXT_MONDAY = datetime(2026, 11, 30, 7, tzinfo=UTC)
NAMES = {"aino": "Aino Virtanen", "ben": "Ben Lindqvist"}
CHANGE = Handoff("care", NOON, "aino", "ben")


def stands_in(person: str, begin: datetime, end: datetime) -> Team:
    rota = Rota(("aino", "ben"), 0, time(9), HELSINKI, start=date(2026, 11, 23))
    return Team("care", None, Roster((Layer(rota),), (Override(person, begin, end),)))


@pytest.mark.parametrize(
    ("team", "now", "found"),
    [
        (care("aino", "ben"), NEXT_MONDAY, [Handoff("care", NEXT_MONDAY, "aino", "ben")]),
        (care("aino", "ben"), NEXT_MONDAY - TICK, []),
        (
            care("aino", "ben"),
            NEXT_MONDAY + TOLD_WITHIN - TICK,
            [Handoff("care", NEXT_MONDAY, "aino", "ben")],
        ),
        (care("aino", "ben"), NEXT_MONDAY + TOLD_WITHIN, []),
        (care("aino"), NEXT_MONDAY, []),  # the same person goes on
        (stands_in("ben", NOON, at(120)), NOON, [Handoff("care", NOON, "aino", "ben")]),
        (stands_in("ben", NOON, at(120)), at(120), [Handoff("care", at(120), "ben", "aino")]),
        (stands_in("aino", NOON, at(120)), NOON, []),  # whose turn it is anyway
        (Team("care"), NOON, []),
    ],
)
def test_a_change_is_one_instant_however_it_came_about(
    team: Team, now: datetime, found: list[Handoff]
) -> None:
    assert handoffs(team, now=now) == found


def told(*cases: Case, change: Handoff = CHANGE) -> dict[str, Notice]:
    found = handoff_notices(change, cases, NAMES)
    return {person: Notice(one.kind, NOON, one.facts) for person, one in found}


def test_who_comes_hears_of_all_and_who_goes_of_what_stays_theirs() -> None:
    mine, untaken = case_of(acknowledged(1)), replace(case_of(), number=8)
    found = told(mine, untaken)
    assert (found["ben"].facts["count"], found["ben"].facts["other"]) == (2, "Aino Virtanen")
    assert [case["owner"] for case in found["ben"].facts["cases"]] == [
        None,
        "Aino Virtanen",
    ]  # what is due first stands first
    assert (found["aino"].facts["count"], found["aino"].facts["other"]) == (1, "Ben Lindqvist")
    assert found["ben"].facts["longest"] == {"case": 7, "since": NOON.isoformat()}


def test_promises_are_handed_over_also_of_cases_that_were_answered() -> None:
    promised = happened(
        EventKind.PROMISED, 6, actor="aino", number=1, what="refund", due_at=at(600).isoformat()
    )
    found = told(case_of(acknowledged(1), pressed_replied(5), promised))
    assert found["ben"].facts["count"] == 0
    assert found["ben"].facts["promised"] == [
        {"case": 7, "what": "refund", "due_at": at(600).isoformat(), "by": "Aino Virtanen"}
    ]


def test_where_nothing_is_open_nobody_is_told() -> None:
    assert told() == {}
    assert told(case_of(acknowledged(1), pressed_replied(5))) == {}


def test_where_nobody_comes_who_goes_is_told_so() -> None:
    found = told(case_of(acknowledged(1)), change=Handoff("care", NOON, "aino", None))
    assert list(found) == ["aino"]
    assert found["aino"].facts["other"] is None


def test_cases_of_another_team_are_not_theirs() -> None:
    assert told(case_of(), change=Handoff("tech", NOON, "aino", "ben")) == {}


# ---- on its way ---------------------------------------------------------------------------------------


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    opened = open_shelf(tmp_path, config=CONFIG + "digest: {morning: off, weekly: off}\n")
    opened.jobs.begin()
    yield opened
    opened.close()


def test_a_take_over_is_told_to_both_once_on_all_machines(
    shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf.post(id="1")
    shelf.file()
    front = FrontDesk(shelf.jobs)
    on_call = front.home("U0AINO", command="/vaste").now
    goes, comes = ("U0AINO", "U0BEN") if on_call else ("U0BEN", "U0AINO")
    shelf.press(1, "acknowledge", goes)
    shelf.turn(minutes=20)
    assert shelf.jobs.tell() == 0
    front.ask(comes, "take over for 2 hours", command="/vaste")
    other = Bulletin(shelf.jobs.store, shelf.jobs.desk, shelf.jobs.telling, frozenset({"feed"}))
    assert (shelf.jobs.tell(), shelf.jobs.tell(), other.tell(now=shelf.clock.now())) == (2, 0, 0)
    capsys.readouterr()
    shelf.jobs.deliver_all()
    said = capsys.readouterr().out
    assert "Vuorosi alkoi: care" in said
    assert "Vuorosi päättyi: care" in said
    assert "1 tapauksesi on kesken" in said


def test_who_has_no_address_is_told_nothing_and_is_no_trouble(shelf: Shelf) -> None:
    shelf.post(id="1")
    shelf.file()
    people = {key: replace(person, slack=None) for key, person in shelf.jobs.desk.people.items()}
    shelf.turn(minutes=20)
    FrontDesk(shelf.jobs).ask("U0AINO", "take over for 2 hours", command="/vaste")
    FrontDesk(shelf.jobs).ask("U0BEN", "take over for 1 hour", command="/vaste")
    bare = replace(shelf.jobs.desk, people=people, direct=True)
    bulletin = Bulletin(shelf.jobs.store, bare, shelf.jobs.telling, frozenset({"feed"}))
    assert bulletin.tell(now=shelf.clock.now()) == 0


def test_of_a_time_before_the_first_start_nothing_is_told(tmp_path: Path) -> None:
    handoff = datetime(2026, 3, 9, 7, tzinfo=UTC)
    opened = open_shelf(tmp_path, config=CONFIG, at=handoff + 5 * MINUTE)
    opened.jobs.begin()
    opened.post(id="1")
    opened.file()
    assert opened.jobs.tell() == 0
    opened.close()


def test_it_can_be_turned_off(tmp_path: Path) -> None:
    opened = open_shelf(tmp_path, config=CONFIG + "digest: {handoff: off}\n")
    opened.post(id="1")
    opened.file()
    opened.turn(minutes=20)
    FrontDesk(opened.jobs).ask("U0BEN", "take over for 2 hours", command="/vaste")
    FrontDesk(opened.jobs).ask("U0AINO", "take over for 2 hours", command="/vaste")
    assert opened.jobs.tell() == 0
    opened.close()


def test_a_note_that_could_not_be_owed_is_owed_at_the_next_tick(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.post(id="1")
    shelf.file()
    shelf.turn(minutes=20)
    front = FrontDesk(shelf.jobs)
    comes = "U0BEN" if front.home("U0AINO", command="/vaste").now else "U0AINO"
    front.ask(comes, "take over for 2 hours", command="/vaste")

    def locked(*_: object, **__: object) -> bool:
        raise TimeoutError("database is locked")

    with monkeypatch.context() as patched:
        patched.setattr(type(shelf.jobs.store), "owe_notice", locked)
        with pytest.raises(TimeoutError):
            shelf.jobs.tell()
    shelf.turn(seconds=60)
    assert shelf.jobs.tell() == 1
