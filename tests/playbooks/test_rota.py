"""Rotas: the hand-off keeps its place on the wall clock, and every instant has exactly one person."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks.rota import Rota, backup, on_call, shift_bounds

HELSINKI = ZoneInfo("Europe/Helsinki")
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
ZONES = (
    "Europe/Helsinki",
    "Europe/Stockholm",
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of daylight saving
    "Pacific/Kiritimati",  # 14 hours ahead, none at all
)


def rota(*people: str, at: time = time(9), zone: str = "Europe/Helsinki", **more: object) -> Rota:
    return Rota(people, 0, at, ZoneInfo(zone), **more)  # type: ignore[arg-type]  # keywords of Rota


def helsinki(*wall: int, fold: int = 0) -> datetime:
    return datetime(*wall, tzinfo=HELSINKI, fold=fold).astimezone(UTC)  # type: ignore[arg-type, misc]  # y, m, d, h, min


def test_the_boundary_instant_belongs_to_the_new_person() -> None:
    weekly = rota("aino", "ben", start=date(2026, 11, 2))
    monday = helsinki(2026, 11, 9, 9)
    assert on_call(weekly, monday - TICK) == "aino"
    assert on_call(weekly, monday) == "ben"
    assert shift_bounds(weekly, monday) == (monday, helsinki(2026, 11, 16, 9))
    assert shift_bounds(weekly, monday - TICK) == (helsinki(2026, 11, 2, 9), monday)


def test_the_same_instant_in_any_zone_has_the_same_person() -> None:
    weekly = rota("aino", "ben")
    at = helsinki(2026, 11, 9, 9)
    assert on_call(weekly, at) == on_call(weekly, at.astimezone(ZoneInfo("Asia/Tokyo")))


def test_an_empty_rota_has_nobody_and_still_has_shifts() -> None:
    empty = rota()
    at = helsinki(2026, 11, 10, 12)
    assert on_call(empty, at) is None
    assert backup(empty, at) is None
    assert shift_bounds(empty, at) == (helsinki(2026, 11, 9, 9), helsinki(2026, 11, 16, 9))


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        (("aino",), None),
        (("aino", "aino"), None),
        (("aino", "ben"), "ben"),
        (("aino", "ben", "caro"), "ben"),
        (("aino", "aino", "caro"), "caro"),
        (("aino", "aino", "ben", "caro"), "ben"),
    ],
)
def test_the_backup_is_the_next_other_person(people: tuple[str, ...], expected: str | None) -> None:
    assert backup(rota(*people, start=date(2026, 11, 2)), helsinki(2026, 11, 3, 12)) == expected


def test_the_backup_of_the_last_in_the_rota_is_the_first() -> None:
    weekly = rota("aino", "ben", "caro", start=date(2026, 11, 2))
    at = helsinki(2026, 11, 18, 12)
    assert (on_call(weekly, at), backup(weekly, at)) == ("caro", "aino")


@pytest.mark.parametrize(
    ("begins", "ends", "hours"),
    [
        ((2026, 3, 28, 9), (2026, 3, 29, 9), 23),  # spring
        ((2026, 10, 24, 9), (2026, 10, 25, 9), 25),  # autumn
        ((2026, 6, 1, 9), (2026, 6, 2, 9), 24),
    ],
)
def test_daylight_saving_changes_a_shifts_length_and_never_its_hour(
    begins: tuple[int, ...], ends: tuple[int, ...], hours: int
) -> None:
    start, end = shift_bounds(rota("aino", "ben", every=DAY), helsinki(*begins))
    assert (start, end) == (helsinki(*begins), helsinki(*ends))
    assert end - start == timedelta(hours=hours)


def test_a_handoff_in_the_skipped_hour_happens_at_the_first_instant_after_it() -> None:
    daily = rota("aino", "ben", at=time(3, 30), every=DAY)
    start, _ = shift_bounds(daily, helsinki(2026, 3, 29, 12))
    assert start == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert start.astimezone(HELSINKI).time() == time(4)


def test_a_handoff_in_the_hour_that_comes_twice_happens_at_its_first_coming() -> None:
    daily = rota("aino", "ben", at=time(3, 30), every=DAY)
    start, _ = shift_bounds(daily, helsinki(2026, 10, 25, 12))
    assert start == helsinki(2026, 10, 25, 3, 30, fold=0)
    assert on_call(daily, start) == on_call(daily, helsinki(2026, 10, 25, 3, 30, fold=1))


def test_a_half_hour_of_daylight_saving_is_followed_too() -> None:
    daily = rota("aino", "ben", at=time(2, 10), zone="Australia/Lord_Howe", every=DAY)
    noon = datetime(2026, 10, 4, 12, tzinfo=ZoneInfo("Australia/Lord_Howe"))  # 02:00 → 02:30
    start, _ = shift_bounds(daily, noon)
    assert start.astimezone(daily.zone).time() == time(2, 30)


def test_a_date_that_a_zone_skipped_hands_off_when_the_next_begins() -> None:
    daily = rota("aino", "ben", zone="Pacific/Apia", every=DAY)  # there was no 30 December 2011
    last = datetime(2011, 12, 29, 23, 59, tzinfo=daily.zone)
    start, end = shift_bounds(daily, last)
    assert end == datetime(2011, 12, 31, 0, 0, tzinfo=daily.zone)
    assert shift_bounds(daily, end)[1] == datetime(2011, 12, 31, 9, 0, tzinfo=daily.zone)
    assert start < last < end


def test_a_date_that_a_zone_returns_to_stays_with_the_new_person() -> None:
    daily = rota("aino", "ben", at=time(0), zone="America/St_Johns", every=DAY)
    midnight = datetime(2010, 11, 7, 0, 0, tzinfo=daily.zone)  # a minute later the clock said 23:01 again
    again = datetime(2010, 11, 6, 23, 30, tzinfo=daily.zone, fold=1)
    assert on_call(daily, again) == on_call(daily, midnight)
    assert on_call(daily, again) != on_call(daily, again.replace(fold=0))


@pytest.mark.parametrize(
    ("start", "weekday", "every", "first"),
    [
        (date(2026, 11, 4), 0, timedelta(weeks=1), (2026, 11, 9, 9)),  # Wednesday → the Monday after
        (date(2026, 11, 2), 0, timedelta(weeks=2), (2026, 11, 2, 9)),
        (date(2026, 11, 4), 0, DAY, (2026, 11, 4, 9)),  # daily: the date itself
    ],
)
def test_the_first_person_begins_on_or_after_the_start(
    start: date, weekday: int, every: timedelta, first: tuple[int, ...]
) -> None:
    of_three = Rota(("aino", "ben", "caro"), weekday, time(9), HELSINKI, every, start)
    begins = helsinki(*first)
    assert on_call(of_three, begins) == "aino"
    assert on_call(of_three, begins - TICK) == "caro"
    assert on_call(of_three, begins + every) == "ben"


def test_without_a_start_the_handoff_falls_on_its_weekday() -> None:
    for weekday in range(7):
        start, _ = shift_bounds(Rota(("aino",), weekday, time(9), HELSINKI), helsinki(2026, 11, 11, 12))
        assert start.astimezone(HELSINKI).weekday() == weekday


@pytest.mark.parametrize("every", [timedelta(hours=12), timedelta(hours=36), timedelta(0), -DAY])
def test_turns_that_are_not_whole_days_are_refused(every: timedelta) -> None:
    with pytest.raises(ValueError, match="whole days"):
        rota("aino", every=every)


@pytest.mark.parametrize("weekday", [-1, 7])
def test_a_weekday_that_is_none_is_refused(weekday: int) -> None:
    with pytest.raises(ValueError, match="weekday"):
        Rota(("aino",), weekday, time(9), HELSINKI)


rotas = st.builds(
    Rota,
    people=st.sampled_from([("aino",), ("aino", "ben"), ("aino", "ben", "caro")]),
    weekday=st.integers(0, 6),
    at=st.times(),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    every=st.sampled_from([1, 2, 3, 7, 14, 28]).map(lambda days: days * DAY),
    start=st.none() | st.dates(date(2019, 1, 1), date(2036, 1, 1)),
)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


@given(rotas, instants)
@settings(max_examples=400, deadline=None)
def test_an_instant_lies_in_its_shift_and_shifts_touch(drawn: Rota, at: datetime) -> None:
    start, end = shift_bounds(drawn, at)
    assert start <= at < end
    assert shift_bounds(drawn, end)[0] == end
    assert shift_bounds(drawn, start - TICK)[1] == start
    assert {on_call(drawn, start), on_call(drawn, at), on_call(drawn, end - TICK)} == {on_call(drawn, at)}


@given(rotas, instants)
@settings(max_examples=150, deadline=None)
def test_every_person_has_one_turn_in_each_round(drawn: Rota, at: datetime) -> None:
    turns: Counter[str | None] = Counter()
    for _ in drawn.people:
        turns[on_call(drawn, at)] += 1
        at = shift_bounds(drawn, at)[1]
    assert turns == Counter(drawn.people)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", [time(9), time(2, 30), time(0)])
def test_shifts_tile_the_years_2020_to_2035_without_gap_or_overlap(zone: str, at: time) -> None:
    daily = rota("aino", "ben", at=at, zone=zone, every=DAY)
    start, end = shift_bounds(daily, datetime(2020, 1, 1, tzinfo=UTC))
    for _ in range(16 * 365):
        before, (start, end) = end, shift_bounds(daily, end)
        assert start == before
        assert timedelta(hours=21) < end - start < timedelta(hours=27)
    assert end > datetime(2035, 12, 1, tzinfo=UTC)
