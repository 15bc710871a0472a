"""The coverage ledger's arithmetic, as tables and as properties."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casebook.mention import Blindness, Sight, Trouble, Watch
from casebook.record import LaneRecord, Latest, Stretch
from listener.coverage import (
    GRACE,
    LONGEST_LOOK,
    Look,
    add,
    answers_unknown,
    answers_watched,
    as_of,
    cut,
    grown,
    holes,
    known_lanes,
    lanes_found,
    merge,
    seconds_blind,
    seconds_watched,
    share_watched,
    together,
    unknown,
)
from tests.fakes import MINUTE, NOON, TICK, at

SECOND = timedelta(seconds=1)
OK, IDLE = Watch.WATCHED, Watch.NOT_DUE
LIMIT, BUDGET, LOGIN = Blindness.RATE_LIMIT, Blindness.BUDGET, Blindness.AUTHORISATION
NETWORK, VENDOR, DOWN = Blindness.NETWORK, Blindness.VENDOR, Blindness.DOWNTIME


def look(minutes: float, outcome: Sight = OK, *, due: float = 1, began: float | None = None) -> Look:
    """A look of a lane that is to be looked at every minute, so many minutes after noon."""
    began_at = None if began is None else at(began)
    return Look(at(minutes), "mentions", outcome, due * MINUTE, began_at)


def record(looks: Sequence[Look]) -> LaneRecord:
    """The ledger as the store keeps it: the last stretch gives way to what a look makes of it."""
    rows: list[Stretch] = []
    latest: Latest | None = None
    for one in looks:
        growth = add(latest, one)
        rows[-1:] = growth.stretches
        latest = growth.latest
    assert latest is not None
    return LaneRecord("x", "mentions", tuple(rows), latest)


def told(stretches: Sequence[Stretch]) -> list[tuple[float, float, Sight]]:
    """Stretches in minutes after noon."""
    return [((s.begins_at - NOON) / MINUTE, (s.ends_at - NOON) / MINUTE, s.sight) for s in stretches]


def stretch(begin: float, end: float, sight: Sight = OK) -> Stretch:
    return Stretch(at(begin), at(end), sight)


_LATE = 1 + GRACE / MINUTE  # the last instant at which a look is in time


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        # looks in time vouch for the time between them
        ([look(0), look(1), look(2)], [(0, 2, OK)]),
        ([look(0)], [(0, 0, OK)]),
        ([look(0), look(_LATE)], [(0, _LATE, OK)]),
        # an instant later nobody had tried
        ([look(0), look(_LATE + TICK / MINUTE)], [(0, _LATE + TICK / MINUTE, DOWN)]),
        ([look(0), look(1), look(60), look(61)], [(0, 1, OK), (1, 60, DOWN), (60, 61, OK)]),
        # a longer pace that was chosen holds
        ([look(0, due=15), look(15), look(16)], [(0, 16, OK)]),
        # a failure is blind from the last good look to the next
        ([look(0), look(1), look(2, NETWORK), look(3, NETWORK), look(4), look(5)], [(0, 1, OK), (1, 4, NETWORK), (4, 5, OK)]),
        # another reason begins another stretch
        ([look(0), look(1, LIMIT), look(2, VENDOR), look(3)], [(0, 2, LIMIT), (2, 3, VENDOR)]),
        # now and then a good look between failures is none that vouches for anything
        ([look(0), look(1, VENDOR), look(2), look(3, VENDOR), look(4)], [(0, 4, VENDOR)]),
        # the vendor's reset is waited for, and is no downtime
        ([look(0), look(1, LIMIT, due=15), look(16), look(17)], [(0, 16, LIMIT), (16, 17, OK)]),
        # stopped while waiting: blind for the vendor's sake up to the reset, for ours after it
        ([look(0), look(1, LIMIT, due=15), look(120), look(121)], [(0, 16, LIMIT), (16, 120, DOWN), (120, 121, OK)]),
        # started again into a failure
        ([look(0), look(60, LOGIN), look(61, LOGIN)], [(0, 60, DOWN), (60, 61, LOGIN)]),
        # blind from the first look on
        ([look(0, LOGIN), look(1, LOGIN), look(2), look(3)], [(0, 2, LOGIN), (2, 3, OK)]),
        # a pause that was asked for, also over a restart
        ([look(0), look(1, IDLE, due=600), look(601), look(602)], [(0, 601, IDLE), (601, 602, OK)]),
        ([look(0), look(1, IDLE, due=60), look(61, LIMIT), look(62)], [(0, 61, IDLE), (61, 62, LIMIT)]),
        # a long look is no hole: the next is due from its end
        ([look(0), look(6, began=1), look(7)], [(0, 7, OK)]),
        ([look(0), look(66, began=60), look(67)], [(0, 60, DOWN), (60, 67, OK)]),
        # but one over which the machine slept is
        ([look(0), look(500, began=1), look(501)], [(0, 1, OK), (1, 501, DOWN)]),
        # clocks of two machines: a look that is not later adds no time, and says how it stands
        ([look(0), look(1), look(0.5, NETWORK), look(2)], [(0, 1, OK), (1, 2, NETWORK)]),
    ],
)  # fmt: skip
def test_looks_become_stretches(looks: list[Look], expected: list[tuple[float, float, Sight]]) -> None:
    assert told(record(looks).stretches) == expected


@pytest.mark.parametrize(
    ("looks", "now", "expected"),
    [
        ([look(0), look(1)], 2, [(0, 2, OK)]),
        ([look(0), look(1)], 1 + _LATE, [(0, 1 + _LATE, OK)]),
        ([look(0), look(1)], 4, [(0, 1, OK), (1, 4, DOWN)]),
        ([look(0), look(1, LIMIT, due=15)], 10, [(0, 10, LIMIT)]),
        ([look(0), look(1, LIMIT, due=15)], 30, [(0, 16, LIMIT), (16, 30, DOWN)]),
        ([look(0)], 0, []),
        ([look(0)], 1, [(0, 1, OK)]),
    ],
)
def test_the_time_since_the_last_look_is_told_too(
    looks: list[Look], now: float, expected: list[tuple[float, float, Sight]]
) -> None:
    assert told(as_of(record(looks), at(now))) == expected


# which lanes a look speaks of


def trouble(lane: str, reason: Blindness = NETWORK) -> Trouble:
    return Trouble(lane, "it can't be read", reason=reason)


@pytest.mark.parametrize(
    ("lanes", "troubles", "known", "expected"),
    [
        (["all"], [], [], {"all": OK}),
        (["all"], [], ["all", "search"], {"all": OK, "search": OK}),
        (["all"], [trouble("search")], [], {"all": OK, "search": NETWORK}),
        (["all"], [trouble("search")], ["all", "search", "tags"], {"all": OK, "search": NETWORK, "tags": OK}),
        # a source that forgot to say which lanes it covered
        (["all"], [trouble("all", LOGIN)], ["all"], {"all": LOGIN}),
        (["mentions"], [trouble("search")], ["all"], {"mentions": OK, "search": NETWORK}),
        # read, and there is something to tell of it
        (["mentions"], [trouble("mentions")], [], {"mentions": OK}),
        # the whole source: every lane that is known
        ([], [trouble("all", LIMIT)], ["mentions", "timeline"], {"mentions": LIMIT, "timeline": LIMIT}),
        ([], [trouble("all", LIMIT)], [], {"all": LIMIT}),
        ([], [], ["mentions"], {}),
    ],
)
def test_what_a_look_found_is_said_for_each_lane(
    lanes: list[str], troubles: list[Trouble], known: list[str], expected: dict[str, Sight]
) -> None:
    assert lanes_found(lanes, troubles, known) == expected


def ends_of(*looks: Look) -> dict[str, Latest]:
    ends: dict[str, Latest] = {}
    for one in looks:
        ends[one.lane] = add(ends.get(one.lane), one).latest
    return ends


def test_a_lane_that_the_configuration_dropped_stays_behind_and_is_not_spoken_of() -> None:
    ends = ends_of(replace(look(0), lane="search"), look(0), look(1), replace(look(1), lane="timeline"))
    assert known_lanes(ends) == ["mentions", "timeline"]
    more = grown(ends, lanes=(), troubles=[trouble("all")], began_at=at(2), at=at(2), due_within=MINUTE)
    assert {lane: told(growth.stretches) for lane, growth in more.items()} == {
        "mentions": [(0, 1, OK), (1, 2, NETWORK)],
        "timeline": [(1, 2, NETWORK)],
    }


def test_lanes_that_come_after_a_failure_from_the_first_look_on_begin_with_it() -> None:
    ends = ends_of(Look(at(0), "all", LOGIN, MINUTE), Look(at(1), "all", LOGIN, MINUTE))
    more = grown(ends, lanes=("mentions",), troubles=(), began_at=at(2), at=at(2), due_within=MINUTE)
    assert {lane: told(growth.stretches) for lane, growth in more.items()} == {"mentions": [(0, 2, LOGIN)]}
    assert more["mentions"].outcome is OK


# arithmetic


HOUR = [stretch(0, 10), stretch(10, 20, LIMIT), stretch(20, 30, IDLE), stretch(30, 60)]


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (0, 60, [(0, 10, OK), (10, 20, LIMIT), (20, 30, IDLE), (30, 60, OK)]),
        (-5, 70, [(0, 10, OK), (10, 20, LIMIT), (20, 30, IDLE), (30, 60, OK)]),
        (5, 15, [(5, 10, OK), (10, 15, LIMIT)]),
        (10, 20, [(10, 20, LIMIT)]),
        (15, 15, []),
        (60, 70, []),
        (20, 10, []),
    ],
)
def test_a_cut_keeps_what_lies_in_the_period(
    since: float, until: float, expected: list[tuple[float, float, Sight]]
) -> None:
    assert told(cut(HOUR, at(since), at(until))) == expected


@pytest.mark.parametrize(
    ("stretches", "expected"),
    [
        ([], [(-5, 70)]),
        (HOUR, [(-5, 0), (60, 70)]),
        ([stretch(0, 10), stretch(30, 80)], [(-5, 0), (10, 30)]),
        ([stretch(-10, 80)], []),
    ],
)
def test_holes_are_what_nothing_is_said_of(
    stretches: list[Stretch], expected: list[tuple[float, float]]
) -> None:
    found = holes(stretches, at(-5), at(70))
    assert [((a - NOON) / MINUTE, (b - NOON) / MINUTE) for a, b in found] == expected


def test_unknown_is_all_that_was_not_watched() -> None:
    assert unknown(HOUR, at(-5), at(70)) == [(at(-5), at(0)), (at(10), at(30)), (at(60), at(70))]
    assert unknown(HOUR, at(31), at(59)) == []


def test_neighbours_of_one_sight_become_one_and_no_others() -> None:
    pieces = [stretch(0, 1), stretch(1, 1, DOWN), stretch(1, 2), stretch(3, 4), stretch(4, 5, DOWN)]
    assert told(merge(pieces)) == [(0, 2, OK), (3, 4, OK), (4, 5, DOWN)]


@pytest.mark.parametrize(
    ("lanes", "expected"),
    [
        ([], []),
        ([HOUR], told(HOUR)),
        ([HOUR, [stretch(0, 60)]], told(HOUR)),
        ([[stretch(0, 9)], [stretch(0, 4), stretch(4, 9, LIMIT)]], [(0, 4, OK), (4, 9, LIMIT)]),
        # blind goes before not due
        ([[stretch(0, 9, IDLE)], [stretch(0, 4), stretch(4, 9, DOWN)]], [(0, 4, IDLE), (4, 9, DOWN)]),
        # of two reasons the first lane's
        ([[stretch(0, 9, LIMIT)], [stretch(0, 9, DOWN)]], [(0, 9, LIMIT)]),
        # a lane that came later, and one that was dropped
        ([[stretch(0, 9)], [stretch(5, 9, LIMIT)], [stretch(0, 3, DOWN)], []], [(0, 3, DOWN), (3, 5, OK), (5, 9, LIMIT)]),
    ],
)  # fmt: skip
def test_lanes_together_were_watched_when_each_of_them_was(
    lanes: list[list[Stretch]], expected: list[tuple[float, float, Sight]]
) -> None:
    assert told(together(lanes)) == expected


def test_the_share_is_of_the_time_that_was_due() -> None:
    assert (seconds_watched(HOUR), seconds_blind(HOUR)) == (40 * 60, 10 * 60)
    assert share_watched(HOUR) == 0.8
    assert share_watched([stretch(0, 5, IDLE)]) is None
    assert share_watched([]) is None


# our own timeline


@pytest.mark.parametrize(
    ("lanes", "expected"),
    [
        ({"timeline": [stretch(0, 60)], "search": [stretch(0, 60, LIMIT)]}, []),
        ({"timeline": HOUR}, [(10, 30)]),
        # every account of ours
        ({"timeline": [stretch(0, 60)], "timeline:support": HOUR}, [(10, 30)]),
        ({"timeline": [stretch(0, 60)], "timeline:old": [stretch(0, 5)]}, []),
        # a source without parts
        ({"all": HOUR}, [(10, 30)]),
        ({"all": [stretch(0, 5)], "timeline": HOUR}, [(10, 30)]),
        # one whose lanes are others, and one that is not known
        ({"reviews": [stretch(0, 60)]}, [(0, 60)]),
        ({}, [(0, 60)]),
        # a name that only begins like it
        ({"timelines": [stretch(0, 60)]}, [(0, 60)]),
    ],
)
def test_answers_are_unknown_while_our_own_timeline_was_not_watched(
    lanes: dict[str, list[Stretch]], expected: list[tuple[float, float]]
) -> None:
    found = answers_unknown({"x": lanes}, "x", at(0), at(60))
    assert [((a - NOON) / MINUTE, (b - NOON) / MINUTE) for a, b in found] == expected
    assert answers_watched({"x": lanes}, "x", at(0), at(60)) is (expected == [])


# properties

SIGHTS = st.sampled_from([OK, OK, OK, IDLE, LIMIT, BUDGET, LOGIN, NETWORK, VENDOR])
EVERY_LOOK = st.builds(
    lambda gap, took, outcome, due: (gap, took, outcome, due),
    st.integers(0, 400),
    st.one_of(st.just(0), st.integers(0, 1_200)),
    SIGHTS,
    st.sampled_from([60, 60, 120, 900]),
)


def looks_from(steps: list[tuple[int, int, Sight, int]]) -> list[Look]:
    looks, now = [], NOON
    for gap, took, outcome, due in steps:
        began = now + gap * SECOND
        now = began + took * SECOND
        looks.append(Look(now, "mentions", outcome, due * SECOND, began))
    return looks


LOOKS = st.lists(EVERY_LOOK, min_size=1, max_size=40).map(looks_from)


@given(LOOKS)
def test_stretches_follow_each_other_without_a_hole_and_no_neighbours_are_alike(looks: list[Look]) -> None:
    found = record(looks)
    assert all(one.ends_at == other.begins_at for one, other in pairwise(found.stretches))
    assert all(one.sight != other.sight for one, other in pairwise(found.stretches))
    assert all(one.begins_at < one.ends_at for one in found.stretches) or len(found.stretches) == 1
    assert found.stretches[0].begins_at == looks[0].began_at
    asked_at = looks[-1].began_at or looks[-1].at
    assert asked_at <= found.stretches[-1].ends_at <= looks[-1].at
    assert found.latest.stretch == found.stretches[-1]


def all_at_once(looks: list[Look]) -> list[Stretch]:
    """The same ledger told from all looks at once: each pair of looks by itself, then joined."""
    begins = [one.began_at or one.at for one in looks]
    ends = [
        one.at if one.at - began <= LONGEST_LOOK else began for one, began in zip(looks, begins, strict=True)
    ]
    pairs = [Stretch(begins[0], ends[0], looks[0].outcome)]
    for (before, end), (one, ended) in pairwise(zip(looks, ends, strict=True)):
        began = one.began_at or one.at
        in_time = began <= end + before.due_within + GRACE
        good = before.outcome is OK
        if in_time:
            pairs.append(Stretch(end, ended, one.outcome if good else before.outcome))
        else:
            due = end if good else end + before.due_within
            pairs += [
                Stretch(end, due, before.outcome), Stretch(due, began, DOWN), Stretch(began, ended, one.outcome),
            ]  # fmt: skip
    return merge(pairs)


@given(LOOKS)
def test_looks_added_one_by_one_equal_all_at_once(looks: list[Look]) -> None:
    assert merge(record(looks).stretches) == all_at_once(looks)


@given(LOOKS, st.integers(0, 8_000), st.integers(0, 8_000), st.integers(0, 8_000))
def test_a_cut_is_additive(looks: list[Look], one: int, other: int, third: int) -> None:
    since, middle, until = (NOON + seconds * SECOND for seconds in sorted((one, other, third)))
    stretches = record(looks).stretches
    parts = [*cut(stretches, since, middle), *cut(stretches, middle, until)]
    whole = cut(stretches, since, until)
    assert merge(parts) == merge(whole)
    assert seconds_blind(parts) == pytest.approx(seconds_blind(whole))
    said = sum((s.ends_at - s.begins_at for s in whole), timedelta(0))
    silent = sum((end - begin for begin, end in holes(stretches, since, until)), timedelta(0))
    assert said + silent == until - since


@given(LOOKS, LOOKS)
def test_lanes_together_are_never_watched_longer_than_either(one: list[Look], other: list[Look]) -> None:
    first, second = record(one).stretches, record(other).stretches
    since = max(first[0].begins_at, second[0].begins_at)
    until = max(since, min(first[-1].ends_at, second[-1].ends_at))
    both = cut(together([first, second]), since, until)
    assert seconds_watched(both) <= min(seconds_watched(cut(lane, since, until)) for lane in (first, second))
    assert seconds_blind(both) >= max(seconds_blind(cut(lane, since, until)) for lane in (first, second))
    assert holes(both, since, until) == []


REASONS = st.sampled_from([LIMIT, BUDGET, LOGIN, NETWORK, VENDOR, DOWN])


@settings(max_examples=60)
@given(
    st.integers(10, 300),
    st.lists(st.tuples(st.integers(3, 20), st.integers(3, 20), REASONS), min_size=1, max_size=5),
    st.integers(0, 9),
)
def test_what_was_injected_is_told_to_within_one_poll(
    every_seconds: int, outages: list[tuple[int, int, Blindness]], phase: int
) -> None:
    """Outages of so many polls, so many polls apart; while down nobody polls at all."""
    every = every_seconds * SECOND
    injected: list[Stretch] = []
    begin = NOON
    for apart, lasts, reason in outages:
        begin += apart * every + phase * every / 10 + GRACE
        injected.append(Stretch(begin, begin + lasts * every + GRACE, reason))
        begin = injected[-1].ends_at
    looks = []
    for number in range(int((begin - NOON) / every) + 4):
        now = NOON + number * every
        fault = next((o.sight for o in injected if o.begins_at <= now < o.ends_at), OK)
        if fault is not DOWN:
            looks.append(Look(now, "mentions", fault, every))
    found = [s for s in record(looks).stretches if s.sight is not OK]
    assert [s.sight for s in found] == [s.sight for s in injected]
    for told_, real in zip(found, injected, strict=True):
        assert abs(told_.begins_at - real.begins_at) <= every
        assert abs(told_.ends_at - real.ends_at) <= every
