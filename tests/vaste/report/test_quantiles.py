from fractions import Fraction
from math import comb

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaste.report.quantiles import MANY, enclosing_ranks, quantile


@pytest.mark.parametrize(
    ("n", "share", "ranks"),
    [
        (5, 0.5, None),  # 2 × 0.5⁵ is 6 in 100: the smallest and the largest are not enough
        (6, 0.5, (0, 5)),
        (10, 0.5, (1, 8)),  # the second and the ninth, as the tables have it
        (20, 0.5, (5, 14)),
        (20, 0.9, None),
        (100, 0.9, (83, 95)),
    ],
)
def test_the_places_that_enclose_a_quantile_are_those_of_the_tables(
    n: int, share: float, ranks: tuple[int, int] | None
) -> None:
    assert enclosing_ranks(n, share) == ranks


@given(n=st.integers(1, 300), share=st.sampled_from([0.5, 0.9, 0.95]))
def test_they_enclose_it_with_95_in_100_and_no_narrower_ones_do(n: int, share: float) -> None:
    exact = Fraction(share).limit_denominator(100)

    def at_most(count: int) -> Fraction:
        return sum((comb(n, k) * exact**k * (1 - exact) ** (n - k) for k in range(count + 1)), Fraction(0))

    ranks, tail = enclosing_ranks(n, share), Fraction(1, 40)
    if ranks is None:
        assert at_most(0) > tail or 1 - at_most(n - 1) > tail
        return
    low, high = ranks
    assert at_most(low) <= tail
    assert 1 - at_most(high) <= tail
    assert low + 1 == n or at_most(low + 1) > tail
    assert high == 0 or 1 - at_most(high - 1) > tail


def test_where_the_binomial_is_taken_for_normal_the_places_move_by_one_at_most() -> None:
    for share in (0.5, 0.9, 0.95):
        exact, near = enclosing_ranks(MANY - 1, share), enclosing_ranks(MANY, share)
        assert exact is not None
        assert near is not None
        assert all(abs(one - other) <= 2 for one, other in zip(exact, near, strict=True))


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=60), st.sampled_from([0.5, 0.9, 0.95]))
def test_a_quantile_is_the_one_of_sql(waits: list[int], share: float) -> None:
    found = quantile(sorted(waits), share)
    assert found is not None
    rows = duckdb.execute(
        "select quantile_cont(w, ?) from (select unnest(?) as w)", [share, waits]
    ).fetchall()
    assert found.value == pytest.approx(rows[0][0])


def test_nothing_has_no_quantile() -> None:
    assert quantile([], 0.5) is None
