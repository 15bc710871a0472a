import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaste.span import span


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (None, "–"),
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (3 * 3600 + 18 * 60, "3 h 18 min"),
        (86_399, "23 h 59 min"),
        (86_400, "1 d"),
        (2 * 86_400 + 4 * 3600 + 3599, "2 d 4 h"),
    ],
)
def test_a_span_names_its_two_largest_units(seconds: int | None, written: str) -> None:
    assert span(seconds) == written


def test_a_span_is_written_in_the_units_it_is_given() -> None:
    assert span(3 * 86_400 + 7200, ("s", "min", "t", "pv")) == "3 pv 2 t"


@given(st.integers(0, 10**9))
def test_a_span_never_promises_more_time_than_passed(seconds: int) -> None:
    sizes = {"s": 1, "min": 60, "h": 3600, "d": 86_400}
    words = span(seconds).split()
    told = sum(int(count) * sizes[unit] for count, unit in zip(words[::2], words[1::2], strict=True))
    assert told <= seconds < told + max(60, told)
