"""Rosters: layers, stand-ins and absences, at the boundary instant, against a clock that is asked every minute."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casebook.calendar import Span
from playbooks.roster import (
    FARTHEST,
    Away,
    Kept,
    Layer,
    OnCall,
    OnHolidays,
    Override,
    Roster,
    Shift,
    Turn,
    on_call,
    shifts,
    whole_shifts,
)
from playbooks.rota import Rota, backup
from playbooks.rota import on_call as person_on_call

HELSINKI = ZoneInfo("Europe/Helsinki")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TICK = timedelta.resolution
ZONES = (
    "Europe/Helsinki",
    "Europe/Stockholm",
    "Europe/London",
    "America/New_York",
    "Pacific/Kiritimati",
    "Australia/Lord_Howe",
)
JUHANNUS = frozenset({date(2026, 6, 19), date(2026, 6, 20)})


def helsinki(year: int, month: int, day: int, hour: int = 0, minute: int = 0, *, fold: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=HELSINKI, fold=fold).astimezone(UTC)


def rota(*people: str, zone: str = "Europe/Helsinki", **more: Any) -> Rota:
    return Rota(people, 0, time(9), ZoneInfo(zone), start=date(2026, 11, 2), **more)


def hours(first: int, last: int) -> tuple[Span, ...]:
    return (Span(first * 60, last * 60),)


WEEKLY = Layer(rota("aino", "ben", "caro"))
MONDAY = helsinki(2026, 11, 9, 9)  # Ben's week begins


def who(roster: Roster, at: datetime) -> str | None:
    return on_call(roster, at).person


# one layer


def test_a_rota_alone_is_a_layer_that_is_always_there() -> None:
    assert on_call(WEEKLY.rota, MONDAY) == OnCall("ben", "in turn", helsinki(2026, 11, 16, 9))
    assert on_call(WEEKLY.rota, MONDAY - TICK) == OnCall("aino", "in turn", MONDAY)
    assert WEEKLY.rota.in_order(MONDAY) == ("ben", "caro", "aino")
    assert backup(WEEKLY.rota, MONDAY) == "caro"


@pytest.mark.parametrize(
    ("roster", "why"),
    [
        (None, "nobody is in the rota"),
        (Roster(), "nobody is in the rota"),
        (Rota((), 0, time(9), HELSINKI), "nobody is in the rota"),
        (Roster((Layer(rota("aino"), hours(8, 9)),)), "outside the hours of the rota"),
        (
            Roster((Layer(rota("aino")),), away={"aino": (Away("aino", MONDAY, MONDAY + DAY),)}),
            "everybody whose turn it could be is away",
        ),
    ],
)
def test_nobody_on_call_says_why(roster: Roster | Rota | None, why: str) -> None:
    nobody = on_call(roster, MONDAY)
    assert (nobody.person, nobody.why) == (None, why)
    assert roster is None or (person_on_call(roster, MONDAY), backup(roster, MONDAY)) == (None, None)


def test_a_lone_person_is_on_call_without_an_end() -> None:
    alone = Roster((Layer(rota("aino")),))
    assert on_call(alone, MONDAY) == OnCall("aino", "in turn", None)
    assert backup(alone, MONDAY) is None


# hours and days: a sentence a row, the boundary instant among them
NIGHTS = Layer(rota("aino"), hours(20, 32))  # 20:00-08:00
WEEKEND = Layer(rota("aino"), days=frozenset({5, 6}))
FRIDAY_NIGHT = Layer(rota("aino"), hours(20, 32), days=frozenset({4}))
SPLIT = Layer(rota("aino"), (Span(8 * 60, 12 * 60), Span(13 * 60, 17 * 60)))
HOLIDAYS = Layer(rota("aino"), on_holidays=OnHolidays.ONLY, holidays=JUHANNUS)
WORKDAYS = Layer(rota("aino"), hours(8, 16), frozenset(range(5)), OnHolidays.SKIP, JUHANNUS)
HOLIDAY_EVES = Layer(rota("aino"), hours(20, 32), on_holidays=OnHolidays.ONLY, holidays=JUHANNUS)


@pytest.mark.parametrize(
    ("layer", "wall", "is_there"),
    [
        (NIGHTS, (2026, 11, 10, 19, 59), False),
        (NIGHTS, (2026, 11, 10, 20, 0), True),
        (NIGHTS, (2026, 11, 11, 7, 59), True),
        (NIGHTS, (2026, 11, 11, 8, 0), False),
        (WEEKEND, (2026, 11, 13, 23, 59), False),
        (WEEKEND, (2026, 11, 14, 0, 0), True),
        (WEEKEND, (2026, 11, 15, 23, 59), True),
        (WEEKEND, (2026, 11, 16, 0, 0), False),
        (FRIDAY_NIGHT, (2026, 11, 14, 7, 59), True),  # Saturday morning belongs to Friday
        (FRIDAY_NIGHT, (2026, 11, 14, 20, 0), False),
        (SPLIT, (2026, 11, 10, 11, 59), True),
        (SPLIT, (2026, 11, 10, 12, 0), False),
        (SPLIT, (2026, 11, 10, 13, 0), True),
        (HOLIDAYS, (2026, 6, 18, 23, 59), False),
        (HOLIDAYS, (2026, 6, 19, 0, 0), True),
        (HOLIDAYS, (2026, 6, 20, 23, 59), True),
        (HOLIDAYS, (2026, 6, 21, 0, 0), False),
        (WORKDAYS, (2026, 6, 18, 12, 0), True),
        (WORKDAYS, (2026, 6, 19, 12, 0), False),  # Friday, and Juhannus
        (HOLIDAY_EVES, (2026, 6, 21, 7, 59), True),  # the night that began on the holiday
        (HOLIDAY_EVES, (2026, 6, 19, 7, 59), False),
    ],
)
def test_a_layer_is_there_in_its_hours_on_its_days(
    layer: Layer, wall: tuple[int, ...], *, is_there: bool
) -> None:
    assert (who(Roster((layer,)), helsinki(*wall)) == "aino") is is_there


def test_a_night_over_a_clock_change_is_as_much_longer_or_shorter() -> None:
    for begins, lasts in (((2026, 3, 28, 20), 11), ((2026, 10, 24, 20), 13), ((2026, 6, 1, 20), 12)):
        begin = helsinki(*begins)
        (_, night, _) = shifts(Roster((NIGHTS,)), begin - HOUR, begin + 14 * HOUR)
        assert (night.begins_at, night.ends_at - night.begins_at) == (begin, lasts * HOUR)


# layers over layers


def test_a_later_layer_goes_before_an_earlier_one_where_it_has_somebody() -> None:
    roster = Roster((WEEKLY, Layer(rota("dan"), hours(20, 32))))
    assert who(roster, helsinki(2026, 11, 10, 19, 59)) == "ben"
    assert who(roster, helsinki(2026, 11, 10, 20, 0)) == "dan"
    assert roster.in_order(helsinki(2026, 11, 10, 20, 0)) == ("dan", "ben", "caro", "aino")


def test_a_layer_all_of_whose_people_are_away_leaves_it_to_the_one_below() -> None:
    away = {"dan": (Away("dan", MONDAY, MONDAY + 2 * DAY),)}
    roster = Roster((WEEKLY, Layer(rota("dan"), hours(20, 32))), away=away)
    assert on_call(roster, helsinki(2026, 11, 9, 21)) == OnCall("ben", "in turn", helsinki(2026, 11, 11, 20))


def test_the_sun_is_followed_over_zones() -> None:
    places = (("Europe/Helsinki", "aino"), ("America/New_York", "nancy"), ("Asia/Tokyo", "taro"))
    sun = Roster(tuple(Layer(rota(person, zone=zone), hours(8, 16)) for zone, person in places))
    begin = datetime(2026, 11, 10, tzinfo=UTC)
    told = [
        (f"{shift.begins_at:%H:%M}", shift.person, shift.backup) for shift in shifts(sun, begin, begin + DAY)
    ]
    assert told == [
        ("00:00", "taro", None),
        ("06:00", "taro", "aino"),
        ("07:00", "aino", None),
        ("13:00", "nancy", "aino"),
        ("14:00", "nancy", None),
        ("21:00", None, None),
        ("23:00", "taro", None),
    ]


# stand-ins


def override(
    person: str, begin: datetime, end: datetime, by: str = "ben", number: int | None = 1
) -> Override:
    return Override(person, begin, end, by, "dentist", number)


def test_who_stands_in_has_the_turn_from_the_first_instant_to_the_last() -> None:
    roster = Roster((WEEKLY,), (override("caro", MONDAY + HOUR, MONDAY + 3 * HOUR),))
    assert who(roster, MONDAY + HOUR - TICK) == "ben"
    assert on_call(roster, MONDAY + HOUR) == OnCall("caro", "stands in, as ben said", MONDAY + 3 * HOUR)
    assert who(roster, MONDAY + 3 * HOUR) == "ben"


def test_the_reason_holds_no_word_that_somebody_wrote() -> None:
    roster = Roster((WEEKLY,), (override("caro", MONDAY, MONDAY + HOUR),))
    assert "dentist" not in on_call(roster, MONDAY).why


def test_of_two_stand_ins_the_one_made_last_has_the_turn() -> None:
    roster = Roster(
        (WEEKLY,),
        (override("caro", MONDAY, MONDAY + 3 * HOUR), override("aino", MONDAY + HOUR, MONDAY + 2 * HOUR)),
    )
    assert [who(roster, MONDAY + hour * HOUR) for hour in range(4)] == ["caro", "aino", "caro", "ben"]


def test_who_gave_the_turn_away_is_asked_again_after_all_others_of_the_layer() -> None:
    roster = Roster((WEEKLY,), (override("caro", MONDAY, MONDAY + HOUR),))
    assert roster.in_order(MONDAY) == ("caro", "aino", "ben")


def test_a_stand_in_who_is_away_does_not_have_the_turn() -> None:
    away = {"caro": (Away("caro", MONDAY, MONDAY + DAY),)}
    roster = Roster((WEEKLY,), (override("caro", MONDAY, MONDAY + HOUR),), away)
    assert who(roster, MONDAY) == "ben"


def test_a_stand_in_fills_a_gap_and_needs_no_rota() -> None:
    roster = Roster(overrides=(override("caro", MONDAY, MONDAY + HOUR),))
    assert (who(roster, MONDAY), who(roster, MONDAY + HOUR)) == ("caro", None)


# absence


def test_the_turn_of_who_is_away_passes_to_the_next_in_the_rota() -> None:
    roster = Roster((WEEKLY,), away={"ben": (Away("ben", MONDAY + HOUR, MONDAY + DAY),)})
    assert who(roster, MONDAY + HOUR - TICK) == "ben"
    assert on_call(roster, MONDAY + HOUR) == OnCall("caro", "for ben, who is away", MONDAY + DAY)
    assert roster.in_order(MONDAY + HOUR) == ("caro", "aino")
    assert who(roster, MONDAY + DAY) == "ben"


def test_an_absence_that_ends_before_it_begins_is_refused() -> None:
    for made in (Away, Override, Turn):
        with pytest.raises(ValueError, match="ends before it begins"):
            made("ben", MONDAY, MONDAY)


# kept elsewhere


def test_of_two_kept_turns_at_once_the_later_begun_is_on_call_and_the_other_the_backup() -> None:
    kept = Kept((Turn("caro", MONDAY + HOUR, MONDAY + 2 * HOUR), Turn("aino", MONDAY, MONDAY + 5 * HOUR)))
    roster = Roster((kept,))
    assert [who(roster, MONDAY + hour * HOUR) for hour in (-1, 0, 1, 2, 5)] == [
        None,
        "aino",
        "caro",
        "aino",
        None,
    ]
    assert backup(roster, MONDAY + HOUR) == "aino"


# shifts of a period


def test_uncut_shifts_begin_and_end_where_the_turns_do() -> None:
    found = whole_shifts(WEEKLY.rota, MONDAY + DAY, MONDAY + 8 * DAY)
    assert [(shift.person, shift.begins_at, shift.ends_at) for shift in found] == [
        ("ben", MONDAY, MONDAY + 7 * DAY),
        ("caro", MONDAY + 7 * DAY, MONDAY + 14 * DAY),
    ]


def test_an_uncut_shift_of_who_is_always_there_is_looked_for_within_reason() -> None:
    (shift,) = whole_shifts(rota("aino"), MONDAY, MONDAY + DAY)
    assert (shift.begins_at, shift.ends_at) == (MONDAY - FARTHEST, MONDAY + DAY + FARTHEST)
    assert (shift.is_begun_before, shift.is_ended_after) == (True, True)


def test_an_end_that_was_found_is_told_from_one_that_was_only_looked_as_far_as() -> None:
    stands_in = Override("ben", MONDAY + 9 * DAY, MONDAY + 10 * DAY)
    found = whole_shifts(Roster((Layer(rota("aino")),), (stands_in,)), MONDAY, MONDAY + 30 * DAY)
    assert [(one.person, one.is_begun_before, one.is_ended_after) for one in found] == [
        ("aino", True, False),
        ("ben", False, False),
        ("aino", False, True),
    ]
    assert [
        (one.is_begun_before, one.is_ended_after) for one in whole_shifts(WEEKLY.rota, MONDAY, MONDAY + DAY)
    ] == [(False, False)]


# against a clock that is asked every minute

instants = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - hypothesis adds the zone
    lambda at: at.replace(second=0, microsecond=0)
)
PEOPLE = ("aino", "ben", "caro", "dan")
# clocks change on these nights in some of the zones
CHANGES = [datetime(year, month, day, tzinfo=UTC) for year in range(2020, 2036) for month in (3, 4, 10, 11) for day in (1, 8, 25, 31) if not (month in {4, 11} and day == 31)]  # fmt: skip


def spans() -> st.SearchStrategy[tuple[Span, ...]]:
    one = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).map(lambda at: Span(at[0], at[0] + at[1]))
    return st.lists(one, max_size=2).map(tuple)


EVERY_THIRD = frozenset(date(2000, 1, 1) + day * DAY for day in range(0, 40 * 365, 3))


layers = st.builds(
    Layer,
    st.builds(
        Rota,
        st.lists(st.sampled_from(PEOPLE), max_size=3).map(tuple),
        st.integers(0, 6),
        st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0)),
        st.sampled_from(ZONES).map(ZoneInfo),
        st.sampled_from([1, 2, 7]).map(lambda days: days * DAY),
        st.none() | st.dates(date(2019, 1, 1), date(2036, 1, 1)),
    ),
    spans(),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.sampled_from(OnHolidays),
    st.just(EVERY_THIRD),
)


@st.composite
def rosters(draw: st.DrawFn) -> tuple[Roster, datetime]:
    """A roster, and the beginning of two days in which much happens."""
    begin = draw(st.sampled_from(CHANGES) | instants) + draw(st.integers(0, 1440)) * MINUTE
    minutes = st.integers(-1000, 3500)

    def turn() -> st.SearchStrategy[tuple[str, datetime, datetime]]:
        lasts = st.integers(1, 3000)
        return st.tuples(st.sampled_from(PEOPLE), minutes, lasts).map(
            lambda at: (at[0], begin + at[1] * MINUTE, begin + (at[1] + at[2]) * MINUTE)
        )

    kept = st.lists(turn(), max_size=3).map(lambda some: Kept(tuple(Turn(*one) for one in some)))
    many = draw(st.lists(layers | kept, max_size=3))
    overrides = draw(st.lists(turn().map(lambda at: Override(*at, "ben")), max_size=3))
    gone = draw(st.lists(turn(), max_size=3))
    away = {person: tuple(Away(*at) for at in gone if at[0] == person) for person in PEOPLE}
    return Roster(tuple(many), tuple(overrides), away), begin


def slowly(roster: Roster, at: datetime) -> str | None:
    """Say who is on call, written anew: by the wall clock of each zone at this very minute."""

    def is_here(person: str) -> bool:
        return not any(gone.begins_at <= at < gone.ends_at for gone in roster.away.get(person, ()))

    for one in reversed(roster.overrides):
        if one.begins_at <= at < one.ends_at and is_here(one.person):
            return one.person
    for layer in reversed(roster.layers):
        if isinstance(layer, Kept):
            holding = [turn for turn in layer.turns if turn.begins_at <= at < turn.ends_at]
            holding.sort(key=lambda turn: (turn.begins_at, turn.ends_at, turn.person), reverse=True)
            order = [turn.person for turn in holding]
        else:
            order = _slow_order(layer, at) if _slow_hours(layer, at) else []
        here = [person for person in order if is_here(person)]
        if here:
            return here[0]
    return None


def _reached(day: date, minute: int, zone: ZoneInfo, at: datetime) -> bool:
    """Say whether the clock of a zone has shown a wall time (or passed over it) by an instant."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    # some minute up to now at which the clock showed that time or a later one: look back over the widest change
    return any(
        (at - back * MINUTE).astimezone(zone).replace(tzinfo=None, fold=0) >= wall
        for back in range(0, 125, 1)
    )


def _slow_hours(layer: Layer, at: datetime) -> bool:
    today = at.astimezone(layer.rota.zone).date()
    for day in (today - DAY, today, today + DAY):
        if day.weekday() not in layer.days:
            continue
        is_holiday = (day - date(2000, 1, 1)).days % 3 == 0
        if (layer.on_holidays is OnHolidays.SKIP and is_holiday) or (
            layer.on_holidays is OnHolidays.ONLY and not is_holiday
        ):
            continue
        for span in layer.hours or (Span(0, 1440),):
            if _reached(day, span.start, layer.rota.zone, at) and not _reached(
                day, span.end, layer.rota.zone, at
            ):
                return True
    return False


def _slow_order(layer: Layer, at: datetime) -> list[str]:
    """Count hand-offs one by one from the first date, by the days between."""
    turns, people = layer.rota, layer.rota.people
    if not people:
        return []
    first = turns.start or date(1970, 1, 5) + turns.weekday * DAY
    if turns.start and turns.every.days % 7 == 0:
        while first.weekday() != turns.weekday:
            first += DAY
    minute = turns.at.hour * 60 + turns.at.minute
    today = at.astimezone(turns.zone).date()
    # the last hand-off date whose wall time the clock has reached
    number = (today - first).days // turns.every.days + 1
    while not _reached(first + number * turns.every, minute, turns.zone, at):
        number -= 1
    place = number % len(people)
    return [*people[place:], *people[:place]]


@given(rosters(), st.lists(st.integers(0, 2879), min_size=6, max_size=6))
@settings(max_examples=120)
def test_shifts_tile_the_period_and_agree_with_the_slow_clock(
    drawn: tuple[Roster, datetime], minutes: list[int]
) -> None:
    roster, begin = drawn
    end = begin + 2 * DAY
    found = shifts(roster, begin, end)
    assert (found[0].begins_at, found[-1].ends_at) == (begin, end)
    assert all(one.ends_at == other.begins_at for one, other in pairwise(found))
    assert all(shift.begins_at < shift.ends_at for shift in found)
    # at every edge, just before it, and at some minutes in between
    asked = {at for shift in found for at in (shift.begins_at, shift.ends_at - MINUTE) if begin <= at < end}
    asked |= {begin + minute * MINUTE for minute in minutes}
    for at in asked:
        holds = next(shift for shift in found if shift.begins_at <= at < shift.ends_at)
        assert holds.person == slowly(roster, at) == who(roster, at), at


@given(rosters())
@settings(max_examples=10)
def test_every_minute_of_a_day_is_as_the_slow_clock_says(drawn: tuple[Roster, datetime]) -> None:
    roster, begin = drawn
    found = shifts(roster, begin, begin + DAY)
    place = 0
    for minute in range(0, 1440, 3):
        at = begin + minute * MINUTE
        while found[place].ends_at <= at:
            place += 1
        assert found[place].person == slowly(roster, at), at


@given(rosters())
@settings(max_examples=100)
def test_nobody_who_is_away_is_ever_called_and_nobody_twice(drawn: tuple[Roster, datetime]) -> None:
    roster, begin = drawn
    for at in (begin + hour * HOUR for hour in range(0, 48, 5)):
        order = roster.in_order(at)
        assert len(order) == len(set(order))
        assert not any(roster.is_away(person, at) for person in order)
        assert order[:1] == ((who(roster, at),) if who(roster, at) else ())


@given(rosters())
@settings(max_examples=100)
def test_until_is_the_first_instant_at_which_somebody_else_is_on_call(
    drawn: tuple[Roster, datetime],
) -> None:
    roster, at = drawn
    now = on_call(roster, at)
    if now.until is not None:
        assert at < now.until
        assert who(roster, now.until) != now.person == who(roster, now.until - TICK)
    else:
        assert {shift.person for shift in shifts(roster, at, at + FARTHEST)} == {now.person}


def _changes(zone: ZoneInfo) -> list[datetime]:
    """Every instant from 2020 to 2035 at which the zone's clocks change, to the hour before."""
    found, at = [], datetime(2020, 1, 1, tzinfo=UTC)
    while at < datetime(2036, 1, 1, tzinfo=UTC):
        if at.astimezone(zone).utcoffset() != (at + 12 * HOUR).astimezone(zone).utcoffset():
            found.append(at)
        at += 12 * HOUR
    return found


@pytest.mark.parametrize("zone", ZONES)
def test_shifts_are_right_at_every_clock_change_from_2020_to_2035(zone: str) -> None:
    clock = ZoneInfo(zone)
    daily = Layer(Rota(("aino", "ben", "caro"), 0, time(2, 15), clock, DAY))
    nights = Layer(Rota(("dan",), 0, time(9), clock), (Span(23 * 60, 26 * 60 + 30),))  # 23:00-02:30
    roster = Roster((daily, nights))
    changes = _changes(clock)
    assert len(changes) == (0 if zone == "Pacific/Kiritimati" else 32)
    for around in changes or [datetime(2026, 3, 1, tzinfo=UTC)]:
        begin = around - 12 * HOUR
        found: list[Shift] = shifts(roster, begin, begin + 2 * DAY)
        for shift in found:
            for at in (shift.begins_at, shift.begins_at + MINUTE, shift.ends_at - MINUTE):
                assert shift.person == slowly(roster, at.replace(second=0, microsecond=0)), at
