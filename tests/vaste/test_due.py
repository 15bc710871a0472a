"""When something is due, as people say it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from vaste.due import due_of

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
"""A Tuesday, 14:00 in Helsinki."""


@pytest.mark.parametrize(
    ("written", "due", "why"),
    [
        ("fri 16:00", "2026-11-27T16:00+02:00", "the next Friday"),
        ("Friday 9:05", "2026-11-27T09:05+02:00", "the whole word, in any letters"),
        ("tue 14:01", "2026-11-24T14:01+02:00", "later today"),
        ("tue 14:00", "2026-12-01T14:00+02:00", "this very instant has passed"),
        ("mon 09:00", "2026-11-30T09:00+02:00", "next week"),
        ("2026-12-04 16:00", "2026-12-04T16:00+02:00", "a date"),
        ("2026-12-04T16:00:00Z", "2026-12-04T16:00+00:00", "an instant"),
        ("2d", "2026-11-26T14:00+02:00", "so long from now"),
        ("  1h ", "2026-11-24T15:00+02:00", "spaces are nothing"),
        ("sun 03:30", "2026-11-29T03:30+02:00", "at night"),
    ],
)
def test_a_time_is_read(written: str, due: str, why: str) -> None:
    assert due_of(written, now=NOW, zone=HELSINKI) == datetime.fromisoformat(due), why


def test_a_time_in_the_hour_that_is_skipped_is_the_end_of_it() -> None:
    before = datetime(2026, 3, 27, 12, tzinfo=UTC)
    assert due_of("sun 03:30", now=before, zone=HELSINKI) == datetime(2026, 3, 29, 1, tzinfo=UTC)


@pytest.mark.parametrize("written", ["", "friday", "fri", "sunset 16:00", "frii 16:00", "mond 09:00", "saturdays 12:00", "su 12:00", "xyzday 12:00", "fri 25:00", "xyz 12:00", "2026-13-01 12:00", "soon", "0d", "16:00"])  # fmt: skip
def test_what_is_no_time_is_told_how_to_write_one(written: str) -> None:
    with pytest.raises(ValueError, match="write for example"):
        due_of(written, now=NOW, zone=HELSINKI)
