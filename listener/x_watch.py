"""What is looked for on X because of posts that were seen: quotes of ours, and our people's answers. Pure.

1. A post that quotes ours names nobody: only a search for the id of what it quotes finds it. Such a search
   costs nothing while nobody quotes, so our newest posts of seven days are watched.
2. Somebody of ours answers in their own name: their timelines are nobody's business, so their posts are
   looked for only in conversations in which they were addressed lately.
3. What is newly watched is asked for from its beginning, once; after that a search goes on from its place.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from listener.instants import read_instant

QUOTED_WITHIN = timedelta(days=6, hours=23)
"""Recent search reaches seven days back."""
MOST_POSTS, MOST_ANSWERS = 6, 4
"""Own posts that answer nobody, and answers, that are watched; what one kind lacks the other has."""
ANSWERED_WITHIN = timedelta(days=3)
MOST_CONVERSATIONS = 6
PEOPLE_AT_ONCE = 6
LONGEST_QUERY = 512
"""Characters of a recent search that X takes from an app without a contract (November 2026)."""

_ID = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Watched:
    """A post of ours, or a conversation."""

    id: str
    begins_at: datetime
    """Nothing that concerns it is older."""
    last_at: datetime
    is_answer: bool = False
    asked: bool = False
    """A search has reached back to its beginning."""


def watch_posts(known: Iterable[Watched], seen: Iterable[Watched], *, now: datetime) -> tuple[Watched, ...]:
    """Give the posts of ours to watch: the newest of each kind."""
    newest = _merged(known, seen, now=now, within=QUOTED_WITHIN)
    posts = [post for post in newest if not post.is_answer]
    answers = [post for post in newest if post.is_answer]
    first = {*posts[:MOST_POSTS], *answers[:MOST_ANSWERS]}
    others = [post for post in newest if post not in first]
    return _newest([*first, *others[: MOST_POSTS + MOST_ANSWERS - len(first)]])


def watch_conversations(
    known: Iterable[Watched], seen: Iterable[Watched], *, now: datetime
) -> tuple[Watched, ...]:
    """Give the conversations to watch: those with the newest posts."""
    return _merged(known, seen, now=now, within=ANSWERED_WITHIN)[:MOST_CONVERSATIONS]


def after_asking(watched: Iterable[Watched], ids: frozenset[str]) -> tuple[Watched, ...]:
    """Note that a search for these was read to its last page."""
    return tuple(replace(one, asked=one.asked or one.id in ids) for one in watched)


def begins_at(watched: Iterable[Watched]) -> datetime | None:
    """Give from when on must be searched for those that were not asked for yet; None where there are none."""
    return min((one.begins_at for one in watched if not one.asked), default=None)


def quotes_query(posts: Iterable[Watched], handle: str) -> str:
    """Search for quotes of these posts; our own are seen elsewhere."""
    quoted = " OR ".join(f"quotes_of_tweet_id:{post.id}" for post in sorted(posts, key=_by_id))
    return f"({quoted}) -is:retweet -from:{handle}"


def people_query(people: Sequence[str], handle: str) -> str:
    """Search for posts addressed to any of these people; their own threads are not read."""
    addressed = " OR ".join(f"((to:{one} OR @{one}) -from:{one})" for one in people)
    return f"({addressed}) -is:retweet -from:{handle}"


def answers_query(people: Sequence[str], conversations: Iterable[Watched]) -> str:
    """Search for what these people said in these conversations."""
    authors = " OR ".join(f"from:{one}" for one in people)
    within = " OR ".join(f"conversation_id:{one.id}" for one in sorted(conversations, key=_by_id))
    return f"({authors}) ({within}) -is:retweet"


def crews(people: Iterable[str]) -> list[tuple[str, ...]]:
    """Part people's handles into as many as one search takes; each once, letters of either case alike."""
    once = list({handle.lower(): handle for handle in people}.values())
    return [tuple(once[start : start + PEOPLE_AT_ONCE]) for start in range(0, len(once), PEOPLE_AT_ONCE)]


def read_watched(written: object) -> tuple[Watched, ...]:
    """Read what `write_watched` wrote; what is not of its shape is left out."""
    rows = written if isinstance(written, list) else []
    return tuple(one for one in map(_watched, rows) if one is not None)


def write_watched(watched: Iterable[Watched]) -> list[dict[str, object]]:
    """Give them as JSON."""
    return [
        {
            "id": one.id,
            "begins_at": one.begins_at.isoformat(),
            "last_at": one.last_at.isoformat(),
            "is_answer": one.is_answer,
            "asked": one.asked,
        }
        for one in watched
    ]


def _merged(
    known: Iterable[Watched], seen: Iterable[Watched], *, now: datetime, within: timedelta
) -> tuple[Watched, ...]:
    """Take in what was seen, forget what is too old, and order by the newest post."""
    merged: dict[str, Watched] = {}
    for one in (*known, *seen):
        # a post from the future would be watched for ever
        current = replace(one, begins_at=min(one.begins_at, now), last_at=min(one.last_at, now))
        before = merged.get(one.id, current)
        merged[one.id] = replace(
            before,
            begins_at=min(before.begins_at, current.begins_at),
            last_at=max(before.last_at, current.last_at),
            asked=before.asked and before.begins_at <= current.begins_at,
        )
    return _newest(one for one in merged.values() if one.last_at > now - within)


def _newest(watched: Iterable[Watched]) -> tuple[Watched, ...]:
    return tuple(sorted(watched, key=lambda one: (one.last_at, _by_id(one)), reverse=True))


def _by_id(one: Watched) -> tuple[int, str]:
    return len(one.id), one.id


def _watched(row: object) -> Watched | None:
    if not isinstance(row, Mapping):
        return None
    name, begins, last = row.get("id"), read_instant(row.get("begins_at")), read_instant(row.get("last_at"))
    if not isinstance(name, str) or not _ID.fullmatch(name) or begins is None or last is None:
        return None
    return Watched(name, begins, last, row.get("is_answer") is True, row.get("asked") is True)
