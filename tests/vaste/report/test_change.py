import pytest

from classifier.scoring import wilson
from vaste.report.change import quantile_change, share_change
from vaste.report.quantiles import Quantile


@pytest.mark.parametrize(
    ("now", "before", "wanted"),
    [
        ((56, 70), (48, 80), 1),  # Newcombe's own example: the interval of 0.2 is 0.0524 to 0.3339
        ((48, 80), (56, 70), -1),
        ((9, 10), (3, 10), 1),
        ((7, 10), (4, 10), 0),
        ((5, 5), (0, 0), None),
    ],
)
def test_shares_differ_where_chance_does_not_explain_it(
    now: tuple[int, int], before: tuple[int, int], wanted: int | None
) -> None:
    assert share_change(wilson(*now), wilson(*before)) == wanted


@pytest.mark.parametrize(
    ("now", "before", "wanted"),
    [
        (Quantile(100, 90, 110, 50), Quantile(200, 150, 250, 50), -1),
        (Quantile(200, 150, 250, 50), Quantile(100, 90, 110, 50), 1),
        (Quantile(100, 90, 110, 50), Quantile(105, 95, 115, 50), 0),
        (Quantile(100, 90, 210, 50), Quantile(200, 150, 250, 50), 0),  # one lies in the other's interval
        (Quantile(100, None, None, 5), Quantile(200, 150, 250, 50), 0),
        (None, Quantile(200, 150, 250, 50), None),
    ],
)
def test_waits_differ_where_neither_lies_in_the_interval_of_the_other(
    now: Quantile | None, before: Quantile | None, wanted: int | None
) -> None:
    assert quantile_change(now, before) == wanted
