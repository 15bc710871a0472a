"""Whose turn it is, who is passed over, and that no chain of steps leads in a circle."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.load import Load
from playbooks.escalate import Reached, Team, but, first_call, reach, reach_step, turn_of
from playbooks.playbook import Step
from playbooks.rota import Rota
from tests.in_english import said

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)  # a Tuesday in Aino's week
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
PEOPLE = ("aino", "ben", "caro")
ROTA = Rota(("aino", "ben"), 0, time(9), ZoneInfo("Europe/Helsinki"), start=date(2026, 11, 9))
CARE = Team("care", "#some", ROTA, ("caro",))
PRESS = Team("press", "#press", replace(ROTA, people=("caro",)))
TEAMS = {team.name: team for team in (CARE, PRESS)}


def busy(open_cases: int = 0, *, pages: int = 0, called: float | None = None) -> Load:
    """Somebody with so many open cases, called so many minutes before noon."""
    return Load(open_cases, pages, None if called is None else NOON - called * MINUTE)


# ---- in turn -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loads", "called", "turn", "why"),
    [
        ({}, (), "aino", "nobody has anything: the team's own order"),
        ({"aino": busy(1)}, (), "ben", "the fewest open cases"),
        ({"aino": busy(2), "ben": busy(1), "caro": busy(1)}, (), "ben", "as many: the team's own order"),
        ({"aino": busy(1, called=9), "ben": busy(1, called=10), "caro": busy(1, called=8)}, (), "ben", "called longest ago"),
        ({"aino": busy(called=9000), "ben": busy(called=9001)}, (), "caro", "never called is longest ago"),
        ({"aino": busy(1, called=10), "ben": busy(0, called=1), "caro": busy(1)}, (), "ben", "cases before calls"),
        ({}, ("aino",), "ben", "was called for this case already"),
        ({"ben": busy(5), "caro": busy(6)}, ("aino",), "ben", "of those who were not called"),
        ({"aino": busy(2), "ben": busy(1), "caro": busy(3)}, PEOPLE, "ben", "all were called: of all"),
        ({"dave": busy(0)}, ("dave",), "aino", "who is of another team plays no part"),
    ],
)  # fmt: skip
def test_whose_turn_it_is(loads: dict[str, Load], called: tuple[str, ...], turn: str, why: str) -> None:
    assert turn_of(PEOPLE, called=called, loads=loads) == turn, why


def test_in_a_team_of_nobody_it_is_nobodys_turn() -> None:
    nobody = reach("round_robin", team=Team("bare"), teams=TEAMS, people=PEOPLE, at=NOON)
    assert (nobody.is_nobody, said(nobody.reason)) == (True, "nobody is in bare")
    assert turn_of((), called=(), loads={}) is None


@given(st.dictionaries(st.sampled_from(PEOPLE), st.builds(busy, st.integers(0, 3), called=st.integers(0, 9))))
def test_it_is_the_same_on_every_machine(loads: dict[str, Load]) -> None:
    turned = dict(reversed(loads.items()))
    assert turn_of(PEOPLE, called=(), loads=loads) == turn_of(PEOPLE, called=(), loads=turned)


@given(st.lists(st.integers(0, 2), min_size=3, max_size=3), st.integers(1, 12))
def test_nobody_is_called_twice_more_than_anybody_else(begun: list[int], times: int) -> None:
    """Whoever is called has one more open case, so that differences only ever become smaller."""
    open_cases = dict(zip(PEOPLE, begun, strict=True))
    apart = max(open_cases.values()) - min(open_cases.values())
    for _ in range(times):
        loads = {person: busy(count) for person, count in open_cases.items()}
        open_cases[turn_of(PEOPLE, called=(), loads=loads) or ""] += 1
        now_apart = max(open_cases.values()) - min(open_cases.values())
        assert now_apart <= max(apart, 1)
        apart = now_apart


# ---- a step that names several -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "people", "channels", "unreached"),
    [
        (Step(MINUTE, "aino"), ("aino",), (), ()),
        (Step(MINUTE, "aino", ("ben",)), ("aino", "ben"), (), ()),
        (Step(MINUTE, "#a", ("#b", "#a")), (), ("#a", "#b"), ()),
        (Step(MINUTE, "ben", ("backup", "everyone")), ("ben", "aino", "caro"), (), ()),
        (Step(MINUTE, "team:press", ("#crisis",)), ("caro",), ("#press", "#crisis"), ()),
        (Step(MINUTE, "aino", ("round_robin",)), ("aino", "ben"), (), ()),
        (Step(MINUTE, "round_robin", ("round_robin",)), ("aino", "ben"), (), ()),
        (Step(MINUTE, "dave", ("aino",)), ("aino",), (), ("nobody is known as dave",)),
        (Step(MINUTE, "dave", ("team:gone",)), (), (), ("nobody is known as dave", "no team is called gone")),
    ],
)  # fmt: skip
def test_a_step_reaches_each_whom_it_names_once(
    step: Step, people: tuple[str, ...], channels: tuple[str, ...], unreached: tuple[str, ...]
) -> None:
    reached = reach_step(step, team=CARE, teams=TEAMS, people=PEOPLE, at=NOON)
    gone = tuple(said((why,)) for why in reached.unreached)
    assert (reached.people, reached.channels, gone) == (people, channels, unreached)
    assert reached.is_nobody is (not people and not channels)
    assert reached.reason


def test_who_was_asked_in_vain_is_left_out() -> None:
    reached = Reached(("aino", "ben"), "#a", ())
    assert but(reached, "aino").people == ("ben",)
    assert but(reached, None) == but(reached, "dave") == reached


# ---- who has too much --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loads", "first", "passed", "why"),
    [
        ({}, "aino", None, "nobody has anything"),
        ({"aino": busy(7)}, "aino", None, "one more is the most"),
        ({"aino": busy(8)}, "ben", "8 open cases, at most 8", "a ninth would be too many"),
        ({"aino": busy(pages=3)}, "aino", None, "three times is the most"),
        ({"aino": busy(pages=4)}, "ben", "4 pages last night, at most 3", "once more than that"),
        ({"aino": busy(8), "ben": busy(8)}, "aino", None, "both have: it stays with whoever is on call"),
        ({"aino": busy(8), "ben": busy(pages=4)}, "aino", None, "each in another way: the same"),
        ({"ben": busy(99)}, "aino", None, "the next one has, and is not called"),
    ],
)
def test_who_hears_first_of_a_new_case(
    loads: dict[str, Load], first: str, passed: str | None, why: str
) -> None:
    team = replace(CARE, max_open=8, max_night_pages=3)
    reached, over = first_call(team, at=NOON, loads=loads)
    told = None if over is None else (over.person, said((over.why,)))
    assert (reached.people, told) == ((first,), None if passed is None else ("aino", passed)), why


def test_without_limits_nobody_is_passed_over() -> None:
    reached, over = first_call(CARE, at=NOON, loads={"aino": busy(99, pages=99)})
    assert (reached.people, over) == (("aino",), None)


@pytest.mark.parametrize("rota", [None, replace(ROTA, people=())])
def test_nobody_on_call_stays_nobody_whatever_the_limits(rota: Rota | None) -> None:
    reached, over = first_call(replace(CARE, rota=rota, max_open=1), at=NOON, loads={"caro": busy(9)})
    assert (reached.is_nobody, said(reached.reason), over) == (True, "nobody is on call in care", None)


def test_alone_in_the_rota_one_is_called_whatever_one_has() -> None:
    alone = replace(CARE, rota=replace(ROTA, people=("aino",)), max_open=1)
    assert first_call(alone, at=NOON, loads={"aino": busy(9)})[0].people == ("aino",)


# ---- no circles --------------------------------------------------------------------------------------


def test_two_teams_that_name_each_other_make_no_circle() -> None:
    """A step to a team calls whoever is on call there; it never runs that team's own steps."""
    there = reach("team:press", team=CARE, teams=TEAMS, people=PEOPLE, at=NOON)
    back = reach("team:care", team=PRESS, teams=TEAMS, people=PEOPLE, at=NOON)
    assert (there.people, back.people) == (("caro",), ("aino",))
    own = reach("team:care", team=CARE, teams=TEAMS, people=PEOPLE, at=NOON)
    assert (own.people, own.channel) == (("aino",), "#some"), "one's own team is whoever is on call, once"
