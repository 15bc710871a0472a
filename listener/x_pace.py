"""When a lane of X is asked, and for what: pure rules of the cursor, the rate limit and backing off.

How nothing is lost:
1. X shows newest posts first, so a look vouches for its window only after its last page: `until` moves then.
2. A post can become visible after later ones were served. Every overlap look therefore starts `overlap`
   before the `until` of the overlap look before it, or longer where posts came late (`listener.lateness`);
   what is known by id is dropped in the store.
3. A look by `since_id` is cheaper in a burst and sees no late posts: it moves `newest`, never `until`.
4. A window that is too large for one poll is read from its new end downwards; `rest` keeps the place.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from listener.instants import read_instant, write_instant
from listener.lateness import LONGEST
from listener.x_posts import posted_at_of

SEARCH_REACH = timedelta(days=7)
"""Recent search goes back no further (X, November 2026)."""

_FARTHEST_RESET = timedelta(hours=25)
"""X's longest window is a day; a reset beyond it is nonsense."""
_REACH_MARGIN = timedelta(minutes=1)
_SHORTEST_WINDOW = timedelta(seconds=45)
"""X refuses a start later than 10 s ago, and in recent search one later than the default end, 30 s ago."""
_EARLY_END = timedelta(seconds=12)
"""X refuses an end later than 10 s ago; 2 s are for the two clocks."""
_SINCE_ID_WITHIN = timedelta(days=6)
_CLOCKS_APART = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Rate:
    """What X said of a lane's 15-minute window with its last answer."""

    limit: int
    remaining: int
    reset_at: datetime
    asked_at: datetime

    def is_short(self, now: datetime) -> bool:
        """Say whether less than a quarter of the window is left."""
        return now < self.reset_at and self.remaining * 4 < self.limit

    def due_at(self) -> datetime:
        """Tell from when the lane may be asked again so that what is left lasts until the reset."""
        if self.remaining <= 0:
            return self.reset_at
        if self.remaining * 2 >= self.limit:
            return self.asked_at
        return self.asked_at + max(self.reset_at - self.asked_at, timedelta(0)) / self.remaining


@dataclass(frozen=True, slots=True)
class Rest:
    """The older part of a window that was too large for one poll."""

    start_at: datetime
    end_at: datetime
    until: datetime | None
    newest: str | None
    """What the place becomes when the rest has been read."""


@dataclass(frozen=True, slots=True)
class Place:
    """A lane's part of the cursor."""

    until: datetime | None = None
    """Newest post seen when the last overlap look ended."""
    newest: str | None = None
    """Highest id of a look that was read to its last page."""
    looked_at: datetime | None = None
    """When the last overlap look that was read to its last page began."""
    rest: Rest | None = None
    stretch: timedelta | None = None
    """How much is read again, where posts came so late that `overlap` is too little."""

    @classmethod
    def read(cls, written: object) -> Self:
        """Read the place as `write` wrote it; what is not one is a first look."""
        if not isinstance(written, Mapping):
            return cls()
        return cls(
            until=read_instant(written.get("until")),
            newest=_post_id(written.get("newest")),
            looked_at=read_instant(written.get("looked_at")),
            rest=_rest(written.get("rest")),
            stretch=_stretch(written.get("stretch")),
        )

    def write(self) -> dict[str, object]:
        """Give the place as a JSON object."""
        written: dict[str, object] = {
            "until": write_instant(self.until),
            "newest": self.newest,
            "looked_at": write_instant(self.looked_at),
        }
        if self.stretch is not None:
            written["stretch"] = round(self.stretch.total_seconds())
        if self.rest is not None:
            written["rest"] = {
                "start_at": write_instant(self.rest.start_at),
                "end_at": write_instant(self.rest.end_at),
                "until": write_instant(self.rest.until),
                "newest": self.rest.newest,
            }
        return written


@dataclass(frozen=True, slots=True)
class Look:
    """What a lane is asked for: by time, or by id; X refuses both together."""

    start_at: datetime | None = None
    end_at: datetime | None = None
    since_id: str | None = None
    unseen_from: datetime | None = None
    """Posts from here to `start_at` can't be read any more: X reaches no further back."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the pages of one look showed, all of them or the newer part."""

    newest: str | None = None
    newest_at: datetime | None = None
    oldest_at: datetime | None = None


def plan_look(
    place: Place,
    *,
    since: datetime,
    overlap: timedelta,
    now: datetime,
    is_search: bool,
    is_short: bool = False,
    early_end: bool = False,
    only_new: bool = False,
    reach_back: datetime | None = None,
) -> Look:
    """Say what to ask; `is_short`: the rate limit is; `early_end`: search up to 12 s ago.

    `only_new`: a few of the newest posts are all that may be read, so none that was read before.
    `reach_back` begins there at the latest: the question is a wider one than the last time.

    Recent search ends 30 s ago unless told otherwise, and X accepts an end 10 s ago. Which of the two
    shows a post first is not promised anywhere, so polls alternate and posts show as early as either allows.
    """
    again = max(overlap, place.stretch or overlap)
    if only_new and place.newest is not None and _is_usable(place.newest, now=now):
        return Look(since_id=place.newest)
    if place.rest is not None and not only_new:
        return Look(start_at=place.rest.start_at, end_at=_accepted_end(place.rest.end_at, now))
    if (
        is_short
        and reach_back is None
        and place.newest is not None
        and _may_use_id(place, overlap=overlap, now=now)
    ):
        return Look(since_id=place.newest)
    start_at = min(max(place.until or since, since) - again, now - _SHORTEST_WINDOW)
    start_at = min(start_at, reach_back or start_at)
    reach = now - SEARCH_REACH + _REACH_MARGIN
    unseen_from = None
    if is_search and start_at < reach:
        seen_until = max(place.looked_at or since, since)
        unseen_from = seen_until if seen_until < reach else None
        start_at = reach
    end_at = now - _EARLY_END if is_search and early_end else None
    return Look(start_at=start_at, end_at=end_at, unseen_from=unseen_from)


def after_look(place: Place, look: Look, seen: Seen, *, now: datetime) -> Place:
    """Give the place after a look was read to its last page."""
    if place.rest is not None:
        until, newest = place.rest.until, place.rest.newest
    else:
        until, newest = _later(place.until, seen.newest_at, now), _higher(place.newest, seen.newest)
    if look.since_id is not None:
        return replace(place, newest=newest, rest=None)
    return replace(place, until=until, newest=newest, looked_at=now, rest=None)


def after_cut(place: Place, seen: Seen, *, now: datetime) -> Place:
    """Give the place after the newest posts of a look were all that could be paid: the rest is let go."""
    until = _later(place.until, seen.newest_at, now)
    newest = _higher(place.newest, seen.newest)
    return replace(place, until=until, newest=newest, looked_at=now, rest=None)


def after_part(place: Place, look: Look, seen: Seen, *, now: datetime) -> Place:
    """Give the place after the newer part of a look: the rest ends where its oldest post stands."""
    if look.start_at is None or seen.oldest_at is None:
        # by id no place can be kept: the next look is one by time
        return Place(until=place.until, newest=None, stretch=place.stretch)
    before = place.rest
    return replace(
        place,
        rest=Rest(
            start_at=look.start_at,
            end_at=seen.oldest_at + timedelta(seconds=1),  # X's end is exclusive, in whole seconds
            until=before.until if before else _later(place.until, seen.newest_at, now),
            newest=before.newest if before else _higher(place.newest, seen.newest),
        ),
    )


def read_rate(headers: Mapping[str, str], *, now: datetime) -> Rate | None:
    """Read the x-rate-limit headers; None where they are missing, past or nonsense."""
    reset_at = read_reset(headers, now=now)
    limit, remaining = (_count(headers.get(f"x-rate-limit-{name}")) for name in ("limit", "remaining"))
    if reset_at is None or limit is None or remaining is None:
        return None
    return Rate(limit=limit, remaining=remaining, reset_at=reset_at, asked_at=now)


def read_reset(headers: Mapping[str, str], *, now: datetime) -> datetime | None:
    """Read when X lets us ask again (epoch seconds); None where it names no time within a day to come."""
    seconds = _count(headers.get("x-rate-limit-reset"))
    if seconds is None:
        return None
    reset_at = datetime.fromtimestamp(seconds, tz=UTC)
    return reset_at if now < reset_at <= now + _FARTHEST_RESET else None


def _may_use_id(place: Place, *, overlap: timedelta, now: datetime) -> bool:
    """Say whether late posts were looked for lately, and X still accepts the id (7 days)."""
    if place.looked_at is None or place.newest is None or now - place.looked_at >= overlap / 2:
        return False
    return _is_usable(place.newest, now=now)


def _is_usable(newest: str, *, now: datetime) -> bool:
    """Say whether X still accepts an id; one from the future is no clock, and would hide all before it."""
    return now - _SINCE_ID_WITHIN < posted_at_of(newest) < now + _CLOCKS_APART


def _accepted_end(end_at: datetime, now: datetime) -> datetime | None:
    return end_at if end_at <= now - _EARLY_END else None


def _later(until: datetime | None, seen: datetime | None, now: datetime) -> datetime | None:
    """Move `until` on, never beyond now: a post from the future would hide the posts before it."""
    known = [instant for instant in (until, seen) if instant is not None]
    return min(max(known), now) if known else None


def _higher(known: str | None, seen: str | None) -> str | None:
    return max((found for found in (known, seen) if found is not None), key=int, default=None)


def _count(written: str | None) -> int | None:
    is_count = written is not None and written.isascii() and written.isdigit() and len(written) <= 11  # noqa: PLR2004 - epoch seconds have 10 digits
    return int(written) if written is not None and is_count else None


def _rest(written: object) -> Rest | None:
    if not isinstance(written, Mapping):
        return None
    start_at, end_at = read_instant(written.get("start_at")), read_instant(written.get("end_at"))
    if start_at is None or end_at is None:
        return None
    return Rest(
        start_at=start_at,
        end_at=end_at,
        until=read_instant(written.get("until")),
        newest=_post_id(written.get("newest")),
    )


def _post_id(written: object) -> str | None:
    return written if isinstance(written, str) and re.fullmatch(r"[0-9]{1,19}", written) else None


def _stretch(written: object) -> timedelta | None:
    is_seconds = type(written) is int and 0 < written <= LONGEST.total_seconds()
    return timedelta(seconds=written) if type(written) is int and is_seconds else None
