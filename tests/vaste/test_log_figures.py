from typing import Any

import pytest

from tests.vaste.test_log_files import values
from vaste.log_figures import GROUPS, grouped, quantile


@pytest.mark.parametrize(
    ("waits", "share", "found"),
    [
        ([], 0.5, None),
        ([7], 0.9, 7),
        ([10, 20], 0.5, 15),
        ([10, 21], 0.5, 15),
        ([30, 10, 20], 0.5, 20),
        ([0, 100, 200, 300, 400], 0.9, 360),
    ],
)
def test_a_quantile_lies_between_the_two_waits_beside_it(
    waits: list[int], share: float, found: int | None
) -> None:
    assert quantile(waits, share) == found


def told(*rows: dict[str, Any], group: str = "team", at_least: int = 0) -> list[tuple[Any, ...]]:
    counted = grouped([values(**row) for row in rows], group, at_least=at_least)
    return [(row[group], row["cases"], row["answered"], row["frt_median_s"]) for row in counted]


def test_rows_are_counted_by_group_the_largest_first() -> None:
    assert told(
        {"team": "shop", "frt_s": None},
        {"team": "care", "frt_s": 60},
        {"team": "care", "frt_s": 120},
        {"team": None, "frt_s": 5},
    ) == [("care", 2, 2, 90), (None, 1, 1, 5), ("shop", 1, 0, None)]


def test_a_crisis_of_its_own_is_no_case() -> None:
    assert told({"source": None, "author": None}) == []


def test_each_clock_that_was_missed_is_counted() -> None:
    rows = [values(breaches=["respond"]), values(breaches=["acknowledge", "respond"]), values(breaches=[])]
    (row,) = grouped(rows, "playbook")
    assert [row[f"missed_{clock}"] for clock in ("acknowledge", "respond", "resolve")] == [1, 2, 0]


def people(*counts: int) -> list[dict[str, Any]]:
    return [
        {"acknowledged_by": name, "frt_s": 60}
        for name, count in zip(("aino", "ben", "caro"), counts, strict=True)
        for _ in range(count)
    ]


@pytest.mark.parametrize(
    ("counts", "figures"),
    [
        ((3, 3, 3), [("aino", 3, 3, 60), ("ben", 3, 3, 60), ("caro", 3, 3, 60)]),
        ((3, 2, 2), [("aino", 3, 3, 60), ("others", 4, 4, 60)]),
        ((3, 3, 2), [("aino", 3, 3, 60), ("ben", 3, 3, 60), ("others", 2, None, None)]),
        ((0, 0, 1), [("others", 1, None, None)]),
    ],
)
def test_who_has_few_cases_is_counted_among_others_and_too_few_have_no_figures(
    counts: tuple[int, int, int], figures: list[tuple[Any, ...]]
) -> None:
    assert told(*people(*counts), group="person", at_least=3) == figures


@pytest.mark.parametrize("group", GROUPS)
def test_rows_can_be_counted_by_every_name_that_says_so(group: str) -> None:
    (row,) = grouped([values()], group)
    assert row["cases"] == 1
