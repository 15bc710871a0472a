"""Instants as cursors keep them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.instants import read_instant, write_instant


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-30T08:00:00+00:00", datetime(2026, 11, 30, 8, tzinfo=UTC)),
        ("2026-11-30T10:00:00+02:00", datetime(2026, 11, 30, 8, tzinfo=UTC)),
        ("2026-11-30T08:00:00.000Z", datetime(2026, 11, 30, 8, tzinfo=UTC)),
        ("2026-11-30T08:00:00", None),  # whose clock?
        ("0001-01-01T00:00:00+10:00", None),  # before the first year
        ("soon", None),
        ("", None),
        (None, None),
        (1_764_489_600, None),
        ([], None),
    ],
)
def test_only_an_instant_with_its_zone_is_read(written: object, read: datetime | None) -> None:
    assert read_instant(written) == read


@given(st.none() | st.datetimes(timezones=st.just(UTC)))
def test_what_was_written_is_read_again(instant: datetime | None) -> None:
    assert read_instant(write_instant(instant)) == instant
