"""Whom to ask a network about: which posts we hold are due to be looked up again. Pure.

A deletion must reach us, our record and our messages within 24 hours (X's developer agreement, November
2026). So no post that is looked up at all waits for that long.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

OFTEN = timedelta(minutes=15)
"""Between two questions about a post whose case is open: somebody may be writing an answer to it."""
YOUNG = timedelta(days=1)
WHILE_YOUNG = timedelta(hours=3)
AT_LEAST = timedelta(hours=22)
"""Between two questions about an older post: two hours are left for a network that can't be reached."""


class HeldPost(Protocol):
    """As much of a post as its turn hangs on."""

    @property
    def posted_at(self) -> datetime:
        """The network's own time."""
        ...

    @property
    def asked_at(self) -> datetime:
        """When it was last asked about or, before that, seen."""
        ...

    @property
    def is_open(self) -> bool:
        """Its case has not ended."""
        ...


SWEPT_AFTER = timedelta(hours=12)
"""Since the last question about a post of an ended case that is no longer young: it goes into the next sweep."""
SWEEP_EVERY = timedelta(hours=3)
"""Between the beginnings of two sweeps."""
SWEEP_WITHIN = timedelta(hours=6)
"""A sweep without a result for so long is given up: its posts are asked about one by one in good time."""
SWEEP_AGAIN = timedelta(days=1)
"""Before a network that has no sweeps for us is tried again."""

Post = TypeVar("Post", bound=HeldPost)


def due_at(post: HeldPost, *, now: datetime) -> datetime:
    """Give when a post is to be asked about next; `now` says how old it is."""
    if post.is_open:
        return post.asked_at + OFTEN
    return post.asked_at + (WHILE_YOUNG if now - post.posted_at < YOUNG else AT_LEAST)


def whom_to_sweep(posts: Sequence[Post], now: datetime) -> list[Post]:
    """Give the posts that can wait for an answer of hours; the others are asked about one by one."""
    return [
        post
        for post in posts
        if not post.is_open and now - post.posted_at >= YOUNG and now - post.asked_at >= SWEPT_AFTER
    ]


def whom_to_ask(posts: Sequence[Post], now: datetime, at_most: int) -> list[Post]:
    """Give the posts that are due, at most `at_most`: those overdue first, then open cases, then the younger.

    Overdue is what has waited twice its time: a flood of new cases must not keep an old deletion from us.
    """
    due = [post for post in posts if due_at(post, now=now) <= now]

    def turn(post: Post) -> tuple[int, float]:
        wait = due_at(post, now=now) - post.asked_at
        if now - post.asked_at >= 2 * wait and not post.is_open:
            return 0, post.asked_at.timestamp()
        return (1 if post.is_open else 2), -post.posted_at.timestamp()

    return sorted(due, key=turn)[:at_most]
