"""Posts from the future: dated by when they came, and said to be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from casebook.mention import Author, Batch, Mention, Reply
from listener.dating import TOLERATED, dated

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
FAR = datetime(2031, 1, 1, tzinfo=UTC)
POST = Mention("x", "1", Author("maija"), "Hei", NOW)
OURS = Reply("x", "2", "ainokahvi", "Hei!", NOW)


@pytest.mark.parametrize(
    ("claimed", "kept"),
    [
        (NOW - timedelta(days=20_000), NOW - timedelta(days=20_000)),
        (NOW, NOW),
        (NOW + TOLERATED, NOW + TOLERATED),
        (NOW + TOLERATED + TICK, NOW),
        (FAR, NOW),
    ],
)
def test_a_post_is_no_more_than_a_little_ahead_of_when_it_came(claimed: datetime, kept: datetime) -> None:
    batch, doubted = dated(
        Batch((replace(POST, posted_at=claimed),), (replace(OURS, posted_at=claimed),)), now=NOW
    )
    assert (batch.mentions[0].posted_at, batch.replies[0].posted_at) == (kept, kept)
    assert len(doubted) == (0 if claimed == kept else 2)


def test_what_is_doubted_is_named_with_what_it_claimed() -> None:
    _, doubted = dated(Batch((replace(POST, posted_at=FAR),)), now=NOW)
    assert doubted == ("post 1: 2031-01-01T00:00:00+00:00",)


def test_where_the_networks_clock_is_ahead_of_ours_its_own_time_is_the_measure() -> None:
    ahead = timedelta(hours=2)
    batch = Batch((replace(POST, posted_at=NOW + ahead),), clock_offset=ahead)
    assert dated(batch, now=NOW) == (batch, ())
    behind = replace(batch, clock_offset=-ahead)
    assert dated(behind, now=NOW)[0].mentions[0].posted_at == NOW
