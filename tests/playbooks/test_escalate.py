"""Escalation: which step is due to the instant, whom it reaches, and that nobody is never a silence."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from casebook.grounds import ground
from playbooks.escalate import DueStep, Reached, Team, chain_ended, everyone, next_step, reach, reach_step
from playbooks.playbook import Step
from playbooks.rota import Rota
from tests.in_english import said

OPENED = datetime(2026, 11, 10, 12, tzinfo=UTC)  # a Tuesday in Aino's week
TICK = timedelta(microseconds=1)
FIVE, TEN = timedelta(minutes=5), timedelta(minutes=10)
STEPS = (Step(FIVE, "backup"), Step(TEN, "everyone"))
PEOPLE = ("aino", "ben", "caro")


def turns(*people: str) -> Rota:
    return Rota(people, 0, time(9), ZoneInfo("Europe/Helsinki"), start=date(2026, 11, 9))


CARE = Team("care", "#some", turns("aino", "ben"), ("caro", "aino"))
LONELY = Team("lonely", None, turns("aino"))
EMPTY = Team("empty", "#empty", turns())
BARE = Team("bare")
PRESS = Team("press", "#press", turns("caro"))
TEAMS = {team.name: team for team in (CARE, LONELY, EMPTY, BARE, PRESS)}


@pytest.mark.parametrize(
    ("team", "members"),
    [
        (CARE, ("aino", "ben", "caro")),
        (LONELY, ("aino",)),
        (EMPTY, ()),
        (BARE, ()),
        (Team("two", people=("ben", "ben")), ("ben",)),
    ],
)
def test_everyone_is_the_rota_and_the_members_each_once(team: Team, members: tuple[str, ...]) -> None:
    assert everyone(team) == members


@pytest.mark.parametrize(
    ("to", "team", "people", "channel"),
    [
        ("on_call", CARE, ("aino",), None),
        ("on_call", EMPTY, (), None),
        ("on_call", BARE, (), None),
        ("backup", CARE, ("ben",), None),
        ("backup", LONELY, (), None),
        ("backup", BARE, (), None),
        ("everyone", CARE, ("aino", "ben", "caro"), None),
        ("everyone", EMPTY, (), None),
        ("ben", CARE, ("ben",), None),
        ("dave", CARE, (), None),
        ("team:press", CARE, ("caro",), "#press"),
        ("team: press", CARE, ("caro",), "#press"),
        ("team:empty", CARE, (), "#empty"),
        ("team:lonely", CARE, ("aino",), None),
        ("team:bare", CARE, (), None),
        ("team:gone", CARE, (), None),
        ("#crisis", CARE, (), "#crisis"),
    ],
)
def test_each_destination_reaches_whom_it_names(
    to: str, team: Team, people: tuple[str, ...], channel: str | None
) -> None:
    reached = reach(to, team=team, teams=TEAMS, people=PEOPLE, at=OPENED)
    assert (reached.people, reached.channel) == (people, channel)
    assert reached.reason
    assert reached.is_nobody is (not people and channel is None)


@pytest.mark.parametrize(
    ("to", "team", "reason"),
    [
        ("on_call", BARE, "nobody is on call in bare"),
        ("backup", LONELY, "nobody is backup in lonely"),
        ("everyone", BARE, "nobody is in bare"),
        ("dave", CARE, "nobody is known as dave"),
        ("team:gone", CARE, "no team is called gone"),
        ("team:empty", CARE, "nobody is on call in empty"),
    ],
)
def test_reaching_nobody_says_why(to: str, team: Team, reason: str) -> None:
    assert said(reach(to, team=team, teams=TEAMS, people=PEOPLE, at=OPENED).reason) == reason


def test_the_person_on_call_changes_at_the_handoff_itself() -> None:
    handoff = datetime(2026, 11, 16, 7, tzinfo=UTC)  # Monday 09:00 in Helsinki
    before, after = (
        reach("on_call", team=CARE, teams=TEAMS, people=PEOPLE, at=at) for at in (handoff - TICK, handoff)
    )
    assert before == Reached(("aino",), None, (ground("reached.on_call", team="care"),))
    assert after.people == ("ben",)


TRIO = Team("trio", None, turns("aino", "ben", "caro"))
HANDED = datetime(2026, 11, 17, 12, tzinfo=UTC)  # Ben has the week by now
GAP = Team("gap", None, turns())


@pytest.mark.parametrize(
    ("team", "at", "called", "gone", "expected", "why"),
    [
        (CARE, OPENED, ("aino",), (), "ben", "no hand-off: the next in the rota"),
        (CARE, HANDED, ("aino",), (), "ben", "on call since the hand-off, and never called for this case"),
        (CARE, HANDED, ("ben",), (), "aino", "the person on call was called"),
        (TRIO, HANDED, ("aino",), (), "ben", "the order begins with whoever is on call now"),
        (TRIO, HANDED, ("aino", "ben"), (), "caro", "a second such step goes on to the next"),
        (TRIO, HANDED, ("ben",), (), "caro", "the next after the person on call"),
        (TRIO, HANDED, (), (), "ben", "nobody heard of it yet: whoever is on call"),
        (CARE, OPENED, ("ben",), (), "aino", "Ben was called first, for Aino had too much"),
        (CARE, OPENED, ("aino", "ben"), (), "ben", "everybody was called: the backup of the hour"),
        (CARE, HANDED, ("aino", "ben"), (), "aino", "everybody was called, and the backup is another one by now"),
        (TRIO, OPENED, ("aino",), ("ben",), "caro", "no message reaches Ben"),
        (TRIO, OPENED, ("aino", "caro"), ("ben",), "ben", "nobody else is left: why it is nobody is said of Ben"),
        (TRIO, OPENED, (), ("aino",), "ben", "whoever is on call could not be reached"),
        (TRIO, OPENED, PEOPLE, ("ben",), "caro", "everybody was called: of the backups who can be reached"),
        (LONELY, OPENED, ("aino",), (), None, "there is no second person"),
        (GAP, OPENED, (), (), None, "there is nobody"),
        (BARE, OPENED, ("caro",), (), None, "there is no rota"),
    ],
)  # fmt: skip
def test_the_backup_is_the_first_in_the_order_of_the_hour_who_was_not_called_yet(
    team: Team,
    at: datetime,
    called: tuple[str, ...],
    gone: tuple[str, ...],
    *,
    expected: str | None,
    why: str,
) -> None:
    step = Step(FIVE, "backup")
    reached = reach_step(step, team=team, teams=TEAMS, people=PEOPLE, at=at, called=called, unreachable=gone)
    assert reached.people == (() if expected is None else (expected,)), why


def test_a_turn_looks_past_whom_no_message_reaches() -> None:
    step = Step(FIVE, "round_robin")
    reached = reach_step(step, team=TRIO, teams=TEAMS, people=PEOPLE, at=OPENED, unreachable=("aino",))
    assert reached.people == ("ben",)


@pytest.mark.parametrize(
    ("taken", "passed", "due"),
    [
        (0, timedelta(0), None),
        (0, FIVE - TICK, None),
        (0, FIVE, 1),
        (0, timedelta(days=2), 1),  # after an outage: one step a call
        (1, FIVE, None),
        (1, TEN - TICK, None),
        (1, TEN, 2),
        (2, timedelta(days=2), None),
    ],
)
def test_a_step_is_due_at_the_very_instant_and_not_before(
    taken: int, passed: timedelta, due: int | None
) -> None:
    step = next_step(STEPS, taken=taken, started_at=OPENED, now=OPENED + passed)
    assert (step.number if step else None) == due


def test_a_step_is_dated_when_it_was_due_not_when_noticed() -> None:
    late = OPENED + timedelta(hours=3)
    assert next_step(STEPS, taken=0, started_at=OPENED, now=late) == DueStep(1, STEPS[0], OPENED + FIVE)


def test_after_reaching_nobody_the_next_step_is_due_at_once() -> None:
    now = OPENED + timedelta(seconds=1)
    assert next_step(STEPS, taken=0, started_at=OPENED, now=now, hurried=True) == DueStep(1, STEPS[0], now)


def test_hurrying_never_dates_an_overdue_step_later() -> None:
    late = OPENED + timedelta(hours=1)
    hurried = next_step(STEPS, taken=1, started_at=OPENED, now=late, hurried=True)
    assert hurried == DueStep(2, STEPS[1], OPENED + TEN)


def test_hurrying_past_the_last_step_gives_none() -> None:
    assert next_step(STEPS, taken=2, started_at=OPENED, now=OPENED, hurried=True) is None


def test_a_chain_where_nobody_is_ever_there_runs_through_at_once_and_ends() -> None:
    taken, now = 0, OPENED
    while step := next_step(STEPS, taken=taken, started_at=OPENED, now=now, hurried=True):
        assert reach(step.step.to, team=BARE, teams=TEAMS, people=PEOPLE, at=now).is_nobody
        taken = step.number
    assert chain_ended(STEPS, taken)


@pytest.mark.parametrize(
    ("steps", "taken", "ended"),
    [(STEPS, 0, False), (STEPS, 1, False), (STEPS, 2, True), (STEPS, 3, True), ((), 0, False)],
)
def test_a_chain_ends_with_its_last_step(steps: tuple[Step, ...], taken: int, *, ended: bool) -> None:
    assert chain_ended(steps, taken) is ended
