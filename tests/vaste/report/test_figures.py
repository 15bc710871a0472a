from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vaste.report.cast import MONDAY, case, minutes
from vaste.report.figures import (
    BOUNDS,
    STAGES,
    Target,
    alarms,
    answers,
    feelings,
    promises,
    spread,
    stages,
    stages_of,
    taken,
    target_of,
    waits,
)
from vaste.report.rows import Became

ANY = st.none() | st.integers(-500, 500).map(minutes)


@given(seen=ANY, opened=ANY, alerted=ANY, taken_after=ANY, wait=st.integers(0, 400))
def test_the_stages_of_a_wait_add_up_to_it_and_none_is_negative(
    seen: timedelta | None,
    opened: timedelta | None,
    alerted: timedelta | None,
    taken_after: timedelta | None,
    wait: int,
) -> None:
    cuts: dict[str, timedelta | None] = {
        "seen_at": seen,
        "opened_at": opened,
        "alerted_at": alerted,
        "acknowledged_at": taken_after,
    }
    instants: dict[str, Any] = {name: None if at is None else MONDAY + at for name, at in cuts.items()}
    one = case(wait=wait, **instants)
    found = stages_of(one)
    assert tuple(found) == STAGES
    assert sum(found.values()) == one.frt_s
    assert min(found.values()) >= 0


def test_an_instant_that_is_missing_gives_its_time_to_the_next_stage() -> None:
    minutes_of = {name: seconds // 60 for name, seconds in stages_of(case(wait=20)).items()}
    assert minutes_of == {"detection": 1, "triage": 1, "alert": 1, "acknowledge": 5, "answer": 12}
    untaken = {
        name: seconds // 60 for name, seconds in stages_of(case(wait=20, acknowledged_at=None)).items()
    }
    assert untaken == {"detection": 1, "triage": 1, "alert": 1, "acknowledge": 0, "answer": 17}


def test_shares_of_all_waiting_add_up_to_all_of_it() -> None:
    found = stages([case(1, wait=20), case(2, wait=90), case(3, wait=None)])
    assert sum(stage.share for stage in found) == pytest.approx(1)
    assert sum(stage.seconds for stage in found) == (20 + 90) * 60


def test_the_rate_leaves_out_what_is_not_due_was_deleted_or_could_not_be_seen() -> None:
    found = answers([case(number, became=became) for number, became in enumerate(Became)])
    assert (found.count(Became.ANSWERED), found.due) == (1, 2)
    assert found.rate is not None
    assert found.rate.value == 0.5
    assert found.unseen == 2
    assert found.worst == pytest.approx(2 / 4)


def test_an_answer_pressed_by_hand_is_counted_apart() -> None:
    assert answers([case(1), case(2, response_found="manual")]).manual == (2,)


@pytest.mark.parametrize(("seconds", "part"), [(0, 0), *((bound, place) for place, bound in enumerate(BOUNDS)), (901, 1), (86_401, 4)])  # fmt: skip
def test_a_wait_of_exactly_a_bound_belongs_to_what_ends_there(seconds: int, part: int) -> None:
    assert [len(one.cases) for one in spread([case(wait=seconds / 60)])].index(1) == part


@given(st.lists(st.none() | st.integers(0, 10_000), max_size=40))
def test_every_case_that_counts_is_in_one_part_of_the_spread(found: list[int | None]) -> None:
    cases = [case(number, wait=wait) for number, wait in enumerate(found, 1)]
    parts = spread(cases)
    assert sorted(number for part in parts for number in part.cases) == [one.number for one in cases]
    assert all(
        one.until is None or other.until is None or one.until < other.until for one, other in pairwise(parts)
    )


TARGETS = (
    Target(0.8),
    Target(0.9, "recall", since=date(2026, 7, 1)),
    Target(0.95, "recall", until=date(2026, 7, 1)),
    Target(0.7, "recall", since=date(2027, 1, 1)),
)


@pytest.mark.parametrize(
    ("playbook", "day", "share"),
    [
        ("complaint", date(2026, 1, 1), 0.8),
        ("recall", date(2026, 6, 30), 0.95),
        ("recall", date(2026, 7, 1), 0.9),
        ("recall", date(2027, 1, 1), 0.7),  # of two that hold, the last one
    ],
)
def test_a_playbooks_own_target_goes_before_the_general_one(playbook: str, day: date, share: float) -> None:
    found = target_of(TARGETS, playbook, day)
    assert found is not None
    assert found.share == share


def test_without_targets_there_is_none() -> None:
    assert target_of((), "recall", date(2026, 1, 1)) is None


def test_a_promise_is_kept_late_or_never_and_false_alarms_are_none_of_them() -> None:
    cases = [case(1, wait=20), case(2, wait=121), case(3, wait=None), case(4, became=Became.DISMISSED)]
    (found,) = promises(cases, (Target(0.7),), on=date(2026, 11, 29))
    assert (found.in_time, found.late, found.never, found.dismissed) == ((1,), (2,), (3,), (4,))
    assert found.is_missed
    assert not found.is_surely_missed  # one of three may be chance


def test_a_target_may_name_another_time_than_the_playbook_promises() -> None:
    cases = [case(1, wait=20), case(2, wait=30), case(3, wait=30.5)]
    (found,) = promises(cases, (Target(0.9, within=1_800),), on=date(2026, 11, 29))
    assert (found.in_time, found.late) == ((1, 2), (3,))


def test_another_time_is_counted_on_the_playbooks_clock() -> None:
    over_night = case(1, wait=600, frt_business_s=1_200)
    (found,) = promises([over_night], (Target(0.9, within=1_800),), on=date(2026, 11, 29))
    assert found.in_time == (1,)


def test_cases_that_nobody_took_are_counted_apart() -> None:
    cases = [
        case(1),
        case(2, acknowledged_at=None, tta_s=None),
        case(3, wait=None, acknowledged_at=None, tta_s=None, status="open"),
        case(4, wait=None, acknowledged_at=None, tta_s=None, status="open", became=Became.NO_DUTY),
    ]
    found = taken(cases)
    assert (found.taken.cases, found.answered_without, found.nobody) == ((1,), (2,), (3,))


@pytest.mark.parametrize(
    ("before", "after", "group"),
    [
        ("negative", "neutral", "recovered"),
        ("negative", "positive", "recovered"),
        ("negative", "negative", "still_bad"),
        ("neutral", "negative", "worse"),
        ("positive", "neutral", "still_good"),
        ("negative", None, "unknown"),
        (None, "negative", "unknown"),
    ],
)
def test_how_it_ended_for_a_customer(before: str | None, after: str | None, group: str) -> None:
    found = feelings([case(1, sentiment=before, sentiment_after=after)])
    assert {name: getattr(found, name) for name in found.__slots__ if getattr(found, name)} == {group: (1,)}


def test_precision_is_of_the_cases_that_somebody_decided_about() -> None:
    cases = [case(1), case(2, status="dismissed"), case(3, status="open"), case(4, playbook="recall")]
    complaint, recall = alarms(cases)
    assert (complaint.name, complaint.right, complaint.false) == ("complaint", (1,), (2,))
    assert recall.right == (4,)


def test_a_wait_that_is_not_known_is_left_out_and_not_zero() -> None:
    found = waits([case(1, wait=10), case(2, wait=None)])
    assert (found.n, found.shortest, found.cases) == (1, 600, (1,))
