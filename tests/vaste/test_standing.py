"""Who stands in, as the running service heeds it; and rotas kept elsewhere, whose last good copy stands."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from casebook.agreed import Agreement
from listener.door import Door
from tests.fakes import HandClock
from tests.in_english import said
from tests.servers.fake_web import FakeWeb
from tests.vaste.stand_ins import ToldChannel, ToldSource, batch, make_jobs, mention
from vaste.clock import WallClock
from vaste.config import Config, load_config
from vaste.desk import policy_of
from vaste.ical_lines import MOST_BYTES
from vaste.jobs import Jobs
from vaste.schedule import Schedule
from vaste.standing import Standing, teams_at
from vaste.wiring import open_store, wire

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CONFIG = """\
language: en
people: {aino: {name: Aino Virtanen}, ben: {name: Ben Lindqvist}, caro: {name: Caro Nieminen}}
teams:
  care: {rota: {people: [aino, ben], start: 2026-11-09}}
playbooks: [{name: all, match: {}, team: care, severity: critical, acknowledge_within: 5m, escalate: [{after: 5m, to: backup}]}]
"""
ICS = """\
BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:1
SUMMARY:Ben Lindqvist
DTSTART:20261101T000000Z
DTEND:20261108T000000Z
RRULE:FREQ=WEEKLY
END:VEVENT
END:VCALENDAR
"""
Open = Callable[[str], Jobs]


@pytest.fixture
def open_jobs(tmp_path: Path) -> Iterator[Open]:
    """Jobs over one record, as often as they are asked for: each is a process of its own."""
    opened: list[Jobs] = []

    def make(written: str) -> Jobs:
        config = configured(tmp_path, written)
        jobs = wire(config, store=open_store(config), clock=HandClock(NOW))
        jobs.begin()
        opened.append(jobs)
        return jobs

    yield make
    for jobs in opened:
        if jobs.standing is not None:
            jobs.standing.close()
        jobs.store.engine.dispose()


def configured(folder: Path, written: str) -> Config:
    (folder / "config.yaml").write_text(written, "utf-8")
    config = load_config(folder / "config.yaml", {}).config
    assert config is not None
    return config


def reached(jobs: Jobs, to: str = "on_call", *, after: timedelta = timedelta()) -> tuple[str, ...]:
    return jobs.desk.reach(to, policy_of(jobs.desk.playbooks[0]), at=NOW + after).people


def stands_in(person: str = "caro", begin: datetime = NOW, end: datetime = NOW + HOUR) -> Agreement:
    return Agreement("care", person, begin, end, "ben")


def test_a_process_heeds_what_another_one_filed_and_what_was_cancelled(open_jobs: Open) -> None:
    service, command = open_jobs(CONFIG), open_jobs(CONFIG)
    assert (reached(service), service.heed()) == (("aino",), 0)
    [number] = command.store.file_agreements([stands_in()], at=NOW)
    assert (service.heed(), service.heed()) == (1, 0)
    assert (reached(service), reached(service, "backup")) == (("caro",), ("ben",))
    assert reached(service, after=HOUR) == ("aino",)
    command.store.cancel_agreement(number, by="aino", at=NOW)
    assert service.heed() == 1
    assert reached(service) == ("aino",)


def test_an_absence_passes_the_turn_to_the_next_in_every_team(open_jobs: Open) -> None:
    service = open_jobs(CONFIG)
    service.store.file_agreements([Agreement(None, "aino", NOW, NOW + DAY, "aino")], at=NOW)
    service.heed()
    assert (reached(service), reached(service, "backup")) == (("ben",), ())


def test_an_absence_is_heeded_by_steps_that_name_people(open_jobs: Open) -> None:
    service = open_jobs(CONFIG)
    service.store.file_agreements([Agreement(None, "aino", NOW, NOW + DAY, "aino")], at=NOW)
    service.heed()
    assert reached(service, "aino") == ()
    assert "aino" not in reached(service, "everyone")
    assert reached(service, "everyone")
    assert reached(service, "round_robin")[0] != "aino"
    assert reached(service, "aino", after=DAY) == ("aino",)  # until is left out itself


def test_where_everybody_is_away_that_is_said(open_jobs: Open) -> None:
    service = open_jobs(CONFIG)
    gone = [Agreement(None, person, NOW, NOW + DAY, person) for person in service.desk.people]
    service.store.file_agreements(gone, at=NOW)
    service.heed()
    found = service.desk.reach("everyone", policy_of(service.desk.playbooks[0]), at=NOW)
    assert (found.is_nobody, said(found.reason)) == (True, "everybody in care is away")


def test_the_morning_names_who_stands_in_though_it_was_agreed_while_we_ran(open_jobs: Open) -> None:
    service = open_jobs(CONFIG)
    service.tell()
    service.store.file_agreements([stands_in()], at=NOW)
    service.heed()
    assert service.bulletin()._on_call("care", NOW) == ("caro",)


def test_who_stands_in_is_known_before_the_first_tick(open_jobs: Open) -> None:
    open_jobs(CONFIG).store.file_agreements([stands_in()], at=NOW)
    assert reached(open_jobs(CONFIG)) == ("caro",)


def test_who_is_no_longer_among_the_people_stands_in_for_nobody(open_jobs: Open) -> None:
    open_jobs(CONFIG).store.file_agreements([stands_in()], at=NOW)
    assert reached(open_jobs(CONFIG.replace(", caro: {name: Caro Nieminen}", ""))) == ("aino",)


def test_what_was_agreed_goes_before_what_the_file_says(open_jobs: Open) -> None:
    written = CONFIG.replace(
        "start: 2026-11-09}}",
        "start: 2026-11-09}, overrides: [{from: 2026-11-10, until: 2026-11-11, person: ben}]}",
    )
    service = open_jobs(written)
    assert reached(service) == ("ben",)
    service.store.file_agreements([stands_in()], at=NOW)
    service.heed()
    assert (reached(service), reached(service, after=HOUR)) == (("caro",), ("ben",))


def test_the_running_service_heeds_within_two_seconds(open_jobs: Open) -> None:
    service, command = open_jobs(CONFIG), open_jobs(CONFIG)
    service.clock = WallClock()
    schedule = Schedule(service)
    schedule.start()
    try:
        now = datetime.now(UTC)
        command.store.file_agreements([stands_in("caro", now - HOUR, now + HOUR)], at=now)
        until = time.monotonic() + 10  # a busy machine is no failure; the tick is one second
        policy = policy_of(service.desk.playbooks[0])
        while service.desk.reach("on_call", policy, at=now).people != ("caro",):
            assert time.monotonic() < until
            time.sleep(0.02)
    finally:
        schedule.stop()
        time.sleep(0.2)


def test_a_post_pages_who_stands_in_and_then_the_backup_who_is_there(open_jobs: Open) -> None:
    clock, channel, source = HandClock(), ToldChannel(), ToldSource("feed")
    wired = open_jobs(CONFIG.replace("care: {rota", 'care: {channel: "#care", rota'))
    assert wired.standing is not None
    jobs = make_jobs(wired.store, source, channels=[channel], clock=clock)
    jobs.standing = Standing(wired.standing.config, wired.store)
    noon = clock.now()
    wired.store.file_agreements(
        [
            Agreement("care", "caro", noon, noon + HOUR, "aino"),
            Agreement(None, "aino", noon - DAY, noon + DAY, "aino"),
        ],
        at=noon,
    )
    jobs.begin()
    source.turns.append(batch(mention("1", 1)))
    clock.advance(timedelta(minutes=1))
    jobs.poll("feed")
    jobs.triage()
    jobs.deliver()
    assert paged(jobs) == ("caro",)
    assert [person.key for person in channel.tried[0].content.on_call] == ["caro"]  # type: ignore[union-attr]  # a card
    policy = policy_of(jobs.desk.playbooks[0])
    assert jobs.desk.reach("backup", policy, at=clock.now()).people == ("ben",)


def paged(jobs: Jobs) -> tuple[str, ...]:
    """Give who was called for the first case."""
    view = jobs.store.view(1)
    assert view is not None
    return view.case.paged


# kept elsewhere

KEPT = CONFIG.replace(
    "{people: [aino, ben], start: 2026-11-09}", "{layers: [{people: [aino]}, {ical: rota.ics, every: 1m}]}"
)


def test_a_rota_in_a_file_is_read_and_lies_over_the_layer_below(open_jobs: Open, tmp_path: Path) -> None:
    (tmp_path / "rota.ics").write_text(ICS, "utf-8")
    service = open_jobs(KEPT)
    assert reached(service) == ("aino",)
    assert service.read_rota("care/1")
    assert (reached(service), reached(service, "backup")) == (("ben",), ("aino",))
    assert service.store.problems() == []


@pytest.mark.parametrize(
    ("then", "words"),
    [
        (None, "its rota can't be read: the file can't be read (No such file or directory)"),
        ("sign in, please", "does not begin with BEGIN:VCALENDAR"),
        (ICS.replace("FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=0"), "its rota is broken: line 8: RRULE: INTERVAL"),
    ],
)
def test_where_a_calendar_breaks_its_last_good_copy_stands_and_somebody_is_told(
    open_jobs: Open, tmp_path: Path, then: str | None, words: str
) -> None:
    file = tmp_path / "rota.ics"
    file.write_text(ICS, "utf-8")
    open_jobs(KEPT).read_rota("care/1")
    file.unlink() if then is None else file.write_text(then, "utf-8")
    service = open_jobs(KEPT)  # a new process knows the copy too
    assert not service.read_rota("care/1")
    assert reached(service) == ("ben",)
    (problem,) = service.store.problems()
    assert words in problem.message
    assert problem.message.startswith("team care: ")
    assert "the last good copy says who is on call" in problem.message
    file.write_text(ICS, "utf-8")
    assert service.read_rota("care/1")
    assert service.store.problems() == []


def test_where_there_is_no_copy_yet_what_can_be_read_is_taken(open_jobs: Open, tmp_path: Path) -> None:
    broken = "BEGIN:VEVENT\nUID:2\nSUMMARY:caro\nDTSTART:2026\nEND:VEVENT\nEND:VCALENDAR"
    (tmp_path / "rota.ics").write_text(ICS.replace("END:VCALENDAR", broken), "utf-8")
    service = open_jobs(KEPT)
    assert not service.read_rota("care/1")
    assert reached(service) == ("ben",)


def test_the_copy_of_another_calendar_is_not_used(open_jobs: Open, tmp_path: Path) -> None:
    (tmp_path / "rota.ics").write_text(ICS, "utf-8")
    open_jobs(KEPT).read_rota("care/1")
    assert reached(open_jobs(KEPT.replace("rota.ics", "other.ics"))) == ("aino",)


def test_a_problem_of_a_calendar_that_is_no_longer_asked_for_is_over(open_jobs: Open) -> None:
    service = open_jobs(KEPT)
    assert not service.read_rota("care/1")
    assert len(service.store.problems()) == 1
    assert open_jobs(CONFIG).store.problems() == []


def test_a_rota_of_the_web_is_read_without_telling_its_address(open_jobs: Open) -> None:
    with FakeWeb() as web:
        web.put("/private-a1b2c3/rota.ics", ICS.encode())
        service = open_jobs(KEPT.replace("rota.ics", f"{web.url}/private-a1b2c3/rota.ics"))
        assert service.read_rota("care/1")
        assert reached(service) == ("ben",)
        web.put("/private-a1b2c3/rota.ics", b"", status=404)
        assert not service.read_rota("care/1")
    assert reached(service) == ("ben",)
    (problem,) = service.store.problems()
    assert "private" not in problem.message
    assert "private" not in repr(service.store.kept_rotas())


def test_a_rota_of_the_web_is_no_larger_than_it_may_be(open_jobs: Open) -> None:
    with FakeWeb() as web:
        web.put("/rota.ics", b"BEGIN:VCALENDAR\r\n" + b"X" * MOST_BYTES)
        service = open_jobs(KEPT.replace("rota.ics", f"{web.url}/rota.ics"))
        assert not service.read_rota("care/1")


def test_a_rota_of_the_web_that_does_not_answer_is_given_up(open_jobs: Open) -> None:
    with FakeWeb() as web:
        web.put("/rota.ics", ICS, how="hang")
        service = open_jobs(KEPT.replace("rota.ics", f"{web.url}/rota.ics"))
        assert service.standing is not None
        service.standing.door = Door(within_seconds=0.3)
        begun = time.monotonic()
        assert not service.read_rota("care/1")
        assert time.monotonic() - begun < 10


def test_who_only_looks_reads_a_calendar_of_which_there_is_no_copy_and_keeps_none(tmp_path: Path) -> None:
    config = configured(tmp_path, KEPT)
    _, wrong = teams_at(config, None, now=NOW)
    assert wrong == ["team care: its rota can't be read: the file can't be read (No such file or directory); check its name"]  # fmt: skip
    (tmp_path / "rota.ics").write_text(ICS, "utf-8")
    teams, wrong = teams_at(config, None, now=NOW)
    assert teams["care"].rota is not None
    assert (wrong, teams["care"].rota.in_order(NOW)) == ([], ("ben", "aino"))
    assert not (tmp_path / "vaste.db").exists()
