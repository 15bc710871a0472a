"""What one look at a lane brought, whichever source it is of. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from casebook.mention import Mention, Reply, Trouble

PlaceT = TypeVar("PlaceT")
_TOLD_AT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Outcome(Generic[PlaceT]):
    """What one look at a lane brought."""

    lane: str
    place: PlaceT
    """Where the lane stands now: its part of the cursor."""
    mentions: tuple[Mention, ...] = ()
    replies: tuple[Reply, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    rejected: tuple[str, ...] = ()
    """What could not be read while the others could: which and why, without their texts."""
    failed: bool = False
    """The lane could not be looked at; pages read before that are given all the same."""
    more: bool = False


class ToldOnce:
    """Leaves out what was told before: an overlap reads a malformed post again and again.

    Bounded: after ten thousand sentences it begins anew, and tells the old ones once more.
    """

    def __init__(self) -> None:
        self._told: set[str] = set()

    def fresh(self, sentences: Iterable[str]) -> tuple[str, ...]:
        """Give those of the sentences that were not told yet, each once, in their order."""
        if len(self._told) > _TOLD_AT_MOST:
            self._told.clear()
        fresh = tuple(dict.fromkeys(sentence for sentence in sentences if sentence not in self._told))
        self._told.update(fresh)
        return fresh


def mentions_of(posts: Iterable[Mention | Reply | None]) -> tuple[Mention, ...]:
    """Give the mentions among posts, in their order."""
    return tuple(post for post in posts if isinstance(post, Mention))


def replies_of(posts: Iterable[Mention | Reply | None]) -> tuple[Reply, ...]:
    """Give our own posts among posts, in their order."""
    return tuple(post for post in posts if isinstance(post, Reply))
