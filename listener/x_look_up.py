"""Whether posts are still on X: one question for a hundred of them (GET /2/tweets).

Each post that X shows is billed as a post read ($0.005 in November 2026; once a UTC day and post), those
that are gone are not. An app may ask 450 times in 15 minutes.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from casebook.mention import Bill, Mention
from listener.source import LookedUp
from listener.x_lane import FIELDS, Wire, readable_page
from listener.x_posts import Ours, Page

AT_ONCE = 100
LANE = "recheck"
"""What it costs is told under this name."""
_ID = re.compile(r"[0-9]{1,19}")
_GONE = frozenset({"resource-not-found", "not-authorized-for-resource"})
"""Deleted, or of an account that was closed, suspended or made private."""


def look_up(wire: Wire, ids: Sequence[str], ours: Ours, now: datetime, *, price: int = 0) -> LookedUp:
    """Ask X about at most AT_ONCE posts, and once more about the newest versions of those that were edited.

    Gone is only what X names as gone: a post it says nothing of stands as it was, for what we erase can't be
    brought back. `price` is of one post, in millionths of a dollar. Raises Fault.
    """
    wanted = [name for name in dict.fromkeys(ids) if _ID.fullmatch(name)][:AT_ONCE]
    if not wanted:
        return LookedUp()
    body, page = _ask(wire, wanted, ours, now)
    gone = frozenset(_gone(body)) & frozenset(wanted)
    newest = [post.edit_ids[-1] for post in page.mentions if post.edit_ids and post.edit_ids[-1] != post.id]
    if not newest:
        return _found(gone, (page,), price, now)
    _, later = _ask(wire, newest, ours, now)
    return _found(gone, (page, later), price, now)


def _found(gone: frozenset[str], pages: Sequence[Page], price: int, now: datetime) -> LookedUp:
    reads = sum(page.count for page in pages)
    ids = frozenset(post for page in pages for post in page.ids)
    unread = sum(len(page.malformed) for page in pages)
    return LookedUp(
        gone,
        tuple(post for page in pages for post in _edited(page)),
        seen=tuple(post for page in pages for post in page.mentions if post.reach is not None),
        reads=reads,
        bills=(Bill(LANE, "post", price, now, ids=ids, count=unread),) if price and reads else (),
    )


def _ask(wire: Wire, ids: Sequence[str], ours: Ours, now: datetime) -> tuple[object, Page]:
    answer = wire.ask("get_tweets", list(ids), now=now, **FIELDS)
    body = answer.body
    if isinstance(body, dict) and body.get("data") is None and any(_gone(body)):
        return body, Page()  # all of them are gone, and X leaves `data` out
    return body, readable_page(body, ours=ours)


def _edited(page: Page) -> tuple[Mention, ...]:
    """Give the newest versions of edited posts; what X shows under an older id is known."""
    return tuple(post for post in page.mentions if post.edit_ids and post.edit_ids[-1] == post.id)


def _gone(body: object) -> Iterator[str]:
    """Give the ids that X says are gone."""
    errors = body.get("errors") if isinstance(body, dict) else None
    for problem in errors if isinstance(errors, list) else ():
        kind = problem.get("type") if isinstance(problem, dict) else None
        if isinstance(kind, str) and kind.rstrip("/").rsplit("/", 1)[-1] in _GONE:
            named = problem.get("resource_id") or problem.get("value")
            yield str(named)
