"""Posts that claim to be from the future, dated by when they came. Pure.

A deadline years ahead would never be missed, and an answer of today would come before the post it answers.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from casebook.mention import Batch, Mention, Reply

TOLERATED: Final = timedelta(minutes=5)
"""Clocks differ by seconds. What is ahead by less keeps its time: no duration of it is negative all the same."""
_Post = TypeVar("_Post", Mention, Reply)


def dated(batch: Batch, *, now: datetime) -> tuple[Batch, tuple[str, ...]]:
    """Give a batch whose posts are not from the future, and a sentence for each that claimed to be.

    Where the network's clock is ahead of ours, its own time is the measure.
    """
    latest = now + max(batch.clock_offset or timedelta(0), timedelta(0))
    mentions, replies = _dated(batch.mentions, latest), _dated(batch.replies, latest)
    before: tuple[Mention | Reply, ...] = (*batch.mentions, *batch.replies)
    after: tuple[Mention | Reply, ...] = (*mentions, *replies)
    doubted = tuple(
        f"post {post.id}: {post.posted_at.isoformat(timespec='seconds')}"
        for post, kept in zip(before, after, strict=True)
        if post is not kept
    )
    return (replace(batch, mentions=mentions, replies=replies), doubted) if doubted else (batch, ())


def _dated(posts: Sequence[_Post], latest: datetime) -> tuple[_Post, ...]:
    return tuple(
        replace(post, posted_at=latest) if post.posted_at > latest + TOLERATED else post for post in posts
    )
