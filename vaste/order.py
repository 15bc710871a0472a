"""Which waiting mentions are judged first: those that cost most by waiting. Pure.

A quiet day needs no order: everything is judged within the second. In a flood it decides who waits.

The newest first would serve those who have waited least and let the others' deadlines pass: a customer's
clock runs from the post, so of two that are alike the older is nearer to its breach, and comes first.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from casebook.record import Waiting

LOUD: Final = 10_000
"""Followers from which on a post is read by so many that it must not wait."""
PATIENCE: Final = timedelta(minutes=10)
"""After so long a wait with us a mention gains on the others, so that no flood can hold it for ever."""


def triage_order(mentions: Sequence[Waiting], now: datetime) -> list[int]:
    """Give the posts in the order in which they are to be judged.

    What was there before the first start comes last. Before it, each of three reasons brings a mention
    forward: it is addressed to us, its author is loud, it has waited long. Among equals the older first.
    One customer's posts in one conversation stay together, oldest first, at the place of the most urgent:
    the first of them opens the case, and the others join it.
    """
    ranks: dict[tuple[str, str, int], tuple[bool, int, datetime]] = {}
    for mention in mentions:
        rank = _rank(mention, now)
        ranks[mention.thread] = min(rank, ranks.get(mention.thread, rank))
    ordered = sorted(
        mentions,
        key=lambda mention: (ranks[mention.thread], mention.thread, mention.posted_at, mention.post),
    )
    return [mention.post for mention in ordered]


def _rank(mention: Waiting, now: datetime) -> tuple[bool, int, datetime]:
    is_loud = (mention.followers or 0) >= LOUD
    has_waited = now - mention.seen_at >= PATIENCE
    reasons = mention.addressed + is_loud + has_waited
    return mention.backfilled, -reasons, mention.posted_at
