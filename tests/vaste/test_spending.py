"""What is said to be slowed for the budget."""

from datetime import UTC, datetime, timedelta

import pytest

from casebook.record import Spending, Spent
from listener.budget import Budget, plan_month
from vaste.spending import slowed

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
NOW = BEGIN + timedelta(days=15)


def lines(mentions: int, search: int) -> tuple[Spent, ...]:
    return Spent("mentions", "post", mentions, mentions * 5_000), Spent(
        "search", "post", search, search * 5_000
    )


@pytest.mark.parametrize(
    ("said", "month", "day", "told"),
    [
        ("all is read", (200, 200), (14, 14), []),
        ("searches take what they may", (1_500, 3_000), (100, 200), ["searches, to $1.12 a day"]),
        (
            "a loud month",
            (8_000, 100),
            (500, 0),
            ["mentions and timelines, until they are as even as the month"],
        ),
        ("nothing is left", (9_000, 996), (500, 200), ["everything, until the next month (UTC)"]),
    ],
)
def test_what_is_slowed_is_said(
    said: str, month: tuple[int, int], day: tuple[int, int], told: list[str]
) -> None:
    week = (month[0] // 2, month[1] // 2)
    spending = Spending(lines(*month), lines(*week), lines(*day), since=BEGIN)
    plan = plan_month(Budget(50_000_000), spending, now=NOW)
    assert slowed(plan, spending, least=25_000) == told, said
