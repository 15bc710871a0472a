from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from playbooks.roster import Shift
from tests.vaste.report.cast import MONDAY, case
from vaste.report.figures import promises
from vaste.report.hours import HourOfWeek, Window, hours_of_week, staffing_of, together, worst_window
from vaste.report.proposals import Evidence, proposals
from vaste.report.rows import Told

HELSINKI = ZoneInfo("Europe/Helsinki")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)


def busy_weeks() -> list[Told]:
    """Eight weeks: two calm cases every weekday at noon, and one that nobody answers every Saturday 10 to 14."""
    cases: list[Told] = []
    for week in range(8):
        begins = MONDAY + week * WEEK
        for day in range(5):
            noon = begins + day * DAY + 12 * HOUR
            cases += [case(len(cases) + one, at=noon) for one in (1, 2)]
        saturday = begins + 5 * DAY + (10 + week % 4) * HOUR
        cases.append(case(len(cases) + 1, at=saturday, wait=None))
    return cases


def on_weekdays(begin: datetime, weeks: int) -> list[Shift]:
    """Somebody is on call from Monday to Friday, nobody at weekends."""
    found = []
    for week in range(weeks):
        monday = begin + week * WEEK
        found.append(Shift(monday, monday + 5 * DAY, "aino", "in turn"))
        found.append(Shift(monday + 5 * DAY, monday + WEEK, None, "outside the hours of the rota"))
    return found


def window_of(cases: list[Told], shifts: list[Shift]) -> Window | None:
    staffing = staffing_of(shifts, MONDAY, MONDAY + 8 * WEEK, ZoneInfo("UTC"))
    return worst_window(hours_of_week(cases, staffing, ZoneInfo("UTC")), least=5, share=0.25)


def test_saturday_morning_without_anybody_is_found() -> None:
    found = window_of(busy_weeks(), on_weekdays(MONDAY, 8))
    assert found is not None
    assert (found.days, found.begins, found.ends) == ((5,), 10, 14)
    assert (len(found.late), found.of_all, found.is_staffed) == (8, 1.0, False)


def test_with_somebody_on_call_it_is_another_matter() -> None:
    found = window_of(busy_weeks(), [Shift(MONDAY, MONDAY + 8 * WEEK, "aino", "in turn")])
    assert found is not None
    assert found.is_staffed


def test_promises_that_break_at_any_hour_alike_make_no_window() -> None:
    cases = [
        case(number, at=MONDAY + number * timedelta(hours=5), wait=None if number % 7 == 0 else 20)
        for number in range(250)
    ]
    assert window_of(cases, on_weekdays(MONDAY, 8)) is None


def test_too_few_broken_promises_make_no_window() -> None:
    cases = [one for one in busy_weeks() if one.posted_at < MONDAY + 4 * WEEK]
    assert window_of(cases, on_weekdays(MONDAY, 8)) is None


def test_a_night_runs_past_midnight() -> None:
    nights = [MONDAY + day * DAY + hour * HOUR for day in range(7) for hour in (22, 23, 24, 25)]
    cases = [case(number, at=at, wait=None) for number, at in enumerate(nights)]
    cases += [case(100 + number, at=MONDAY + number * 4 * HOUR + 12 * HOUR) for number in range(0, 42, 3)]
    found = window_of(cases, [])
    assert found is not None
    assert (found.days, found.begins, found.ends) == (tuple(range(7)), 22, 26)


def test_hours_are_those_of_the_wall_clock() -> None:
    at = datetime(2026, 11, 29, 22, 30, tzinfo=UTC)  # 00:30 on Monday in Helsinki
    (found,) = [one for one in hours_of_week([case(at=at)], None, HELSINKI) if one.cases]
    assert (found.weekday, found.hour, found.staffed) == (0, 0, None)


def test_two_on_call_at_once_count_once_and_half_an_hour_counts_half() -> None:
    shifts = [
        Shift(MONDAY, MONDAY + HOUR, "aino", ""),
        Shift(MONDAY + HOUR / 2, MONDAY + 1.5 * HOUR, "ben", ""),
    ]
    found = staffing_of(shifts, MONDAY, MONDAY + DAY, ZoneInfo("UTC"))
    assert [found[0, hour] for hour in range(3)] == [1.0, 0.5, 0.0]


def test_an_hour_of_several_teams_is_staffed_as_its_least_staffed_one() -> None:
    ten = MONDAY + 10 * HOUR
    care = hours_of_week([case(1, at=ten)], {(0, 10): 1.0}, ZoneInfo("UTC"))
    shop = hours_of_week([case(2, at=ten, wait=None)], {(0, 10): 0.25}, ZoneInfo("UTC"))
    press = hours_of_week([case(3, at=ten)], None, ZoneInfo("UTC"))  # has no rota
    found = together([care, shop, press])[10]
    assert (found.weekday, found.hour, found.staffed) == (0, 10, 0.25)
    assert (set(found.cases), found.late) == ({1, 2, 3}, (2,))
    assert together([press])[10].staffed is None
    assert len(together([care])) == 7 * 24


@pytest.mark.parametrize("day", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)])
def test_when_clocks_change_every_hour_is_still_staffed_or_not(day: datetime) -> None:
    found = staffing_of([Shift(day - DAY, day + 2 * DAY, "aino", "")], day, day + DAY, HELSINKI)
    assert set(found.values()) == {1.0}


def test_the_proposal_names_the_window_and_its_cases() -> None:
    cases = busy_weeks()
    staffing = staffing_of(on_weekdays(MONDAY, 8), MONDAY, MONDAY + 8 * WEEK, ZoneInfo("UTC"))
    hours: dict[str, list[HourOfWeek]] = {"care": hours_of_week(cases, staffing, ZoneInfo("UTC"))}
    kept = promises(cases, (), on=MONDAY.date())
    made = proposals(Evidence(cases, kept, (), hours, {"complaint": 7_200.0}))
    (staff,) = [one for one in made if one.kind == "staff"]
    assert staff.cases == tuple(one.number for one in cases if one.is_late)
    assert staff.figures["saved"] == pytest.approx(8)  # nothing breaks at other times
