"""One lane of Bluesky: mentions, a timeline or a search, read to its last page and backed off by itself.

How nothing is lost:
1. Bluesky shows newest posts first, so a look vouches for its window only after its last page: `until` moves
   then.
2. A post can become visible after later ones. Every look therefore starts `overlap` before the `until` of the
   one before; what is known by id is dropped in the store.
3. A window that is too large for one look is read on by the next from where it stopped; `rest` keeps the place.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol, Self

from casebook.mention import Trouble
from listener.bluesky_faults import Fault, unreadable
from listener.bluesky_posts import Ours, Page, UnreadableAnswer, read_feed, read_notifications, read_search
from listener.instants import read_instant, write_instant
from listener.outcome import Outcome, mentions_of, replies_of
from listener.patience import Patience

Kind = Literal["mentions", "timeline", "search"]
Params = Mapping[str, object]

PAGES_A_LOOK = 40
"""Pages of 100; what is beyond them is read by the look that follows at once."""
PAGE = 100
_QUESTIONS: Mapping[Kind, str] = {
    "mentions": "app.bsky.notification.listNotifications",
    "timeline": "app.bsky.feed.getAuthorFeed",
    "search": "app.bsky.feed.searchPosts",
}
_READERS: Mapping[Kind, Callable[..., Page]] = {
    "mentions": read_notifications,
    "timeline": read_feed,
    "search": read_search,
}
_LONGEST_CURSOR = 2_000


class Wire(Protocol):
    """Bluesky, signed in."""

    def ask(self, question: str, params: Params, *, now: datetime) -> object:
        """Ask one question by its name; gives the JSON of a 200. Raises Fault."""
        ...


@dataclass(frozen=True, slots=True)
class Rest:
    """The older part of a window that was too large for one look."""

    start_at: datetime
    until: datetime | None
    """What the place's `until` becomes when the rest has been read."""
    looked_at: datetime | None = None
    """When its newest part was read."""
    cursor: str | None = None
    """Page at which to read on."""
    end_at: datetime | None = None
    """In a search, whose pages end somewhere: a search up to here reads on."""


@dataclass(frozen=True, slots=True)
class Place:
    """A lane's part of the cursor."""

    until: datetime | None = None
    """Newest post seen when the last look ended."""
    looked_at: datetime | None = None
    """When the newest posts were last read."""
    rest: Rest | None = None

    @classmethod
    def read(cls, written: object) -> Self:
        """Read the place as `write` wrote it; what is not one is a first look."""
        if not isinstance(written, Mapping):
            return cls()
        return cls(
            until=read_instant(written.get("until")),
            looked_at=read_instant(written.get("looked_at")),
            rest=_rest(written.get("rest")),
        )

    def write(self) -> dict[str, object]:
        """Give the place as a JSON object."""
        written: dict[str, object] = {
            "until": write_instant(self.until),
            "looked_at": write_instant(self.looked_at),
        }
        if self.rest is not None:
            written["rest"] = {
                "start_at": write_instant(self.rest.start_at),
                "until": write_instant(self.rest.until),
                "looked_at": write_instant(self.rest.looked_at),
                "cursor": self.rest.cursor,
                "end_at": write_instant(self.rest.end_at),
            }
        return written


@dataclass(frozen=True, slots=True)
class Errand:
    """What a lane is sent for, this time."""

    ours: Ours
    since: datetime
    now: datetime


class Lane:
    """Reads one lane; remembers its faults between looks."""

    def __init__(
        self, name: str, kind: Kind, subject: str, wire: Wire, *, every: timedelta, overlap: timedelta
    ) -> None:
        self.name = name
        self.kind = kind
        self.subject = subject
        """Handle of the account, or the words of a search."""
        self._wire = wire
        self._overlap = overlap
        self._patience: Patience[Fault] = Patience(every)

    def look(self, place: Place, errand: Errand) -> Outcome[Place]:
        """Read the lane from its place to the last page, or say why not; never raises a Fault."""
        standing = self._patience.standing(errand.now)
        if standing is not None:
            return Outcome(self.name, place, troubles=(standing.trouble(self.name),), failed=True)
        rest = place.rest or Rest(start_at(place, since=errand.since, overlap=self._overlap), until=None)
        pages: list[Page] = []
        try:
            cursor = self._read_pages(rest, errand, pages)
        except Fault as fault:
            self._patience.failed(fault, errand.now, pause=fault.pause)
            kept = self._place_after_fault(fault, place, rest, pages, errand)
            return self._gather(kept, pages, troubles=(fault.trouble(self.name),), failed=True)
        self._patience.succeeded()
        if cursor is None:
            return self._gather(after_look(place, pages, now=errand.now), pages)
        moved = self._place_after_part(place, rest, pages, cursor, errand)
        return self._gather(moved, pages, more=moved.rest != place.rest)

    def _place_after_fault(
        self, fault: Fault, place: Place, rest: Rest, pages: Sequence[Page], errand: Errand
    ) -> Place:
        """Keep how far we came: a window larger than what the rate limit allows would never be read else."""
        if (
            fault.problem == "InvalidRequest"
        ):  # the page kept may be what is refused: begin at the newest again
            return replace(place, rest=None)
        cursor = pages[-1].cursor if pages else None
        return place if cursor is None else self._place_after_part(place, rest, pages, cursor, errand)

    def _place_after_part(
        self, place: Place, rest: Rest, pages: Sequence[Page], cursor: str, errand: Errand
    ) -> Place:
        is_search = self.kind == "search"
        return after_part(place, rest, pages, cursor=cursor, is_search=is_search, now=errand.now)

    def try_out(self, errand: Errand) -> None:
        """Read one post, to see whether it may be read. Raises Fault."""
        self._ask(Rest(errand.since - self._overlap, until=None), errand, None, limit=1)

    def _read_pages(self, rest: Rest, errand: Errand, pages: list[Page]) -> str | None:
        """Append page after page; give the cursor at which there is more, None when the last was reached."""
        cursor = rest.cursor
        for _ in range(PAGES_A_LOOK):
            page = self._ask(rest, errand, cursor)
            pages.append(page)
            # a page may be short or empty and yet not be the last: what we may not see is left out of it
            if page.cursor is None or page.reaches(rest.start_at):
                return None
            if page.cursor == cursor:
                raise unreadable("a page that leads to itself")
            cursor = page.cursor
        return cursor

    def _ask(self, rest: Rest, errand: Errand, cursor: str | None, *, limit: int = PAGE) -> Page:
        params = {**_params(self.kind, self.subject, rest), "limit": limit}
        if cursor is not None:
            params["cursor"] = cursor
        answer = self._wire.ask(_QUESTIONS[self.kind], params, now=errand.now)
        try:
            return _READERS[self.kind](answer, ours=errand.ours)
        except UnreadableAnswer as error:
            raise unreadable(str(error)) from error

    def _gather(
        self,
        place: Place,
        pages: list[Page],
        *,
        troubles: tuple[Trouble, ...] = (),
        failed: bool = False,
        more: bool = False,
    ) -> Outcome[Place]:
        # what is older than the first start comes along as context: it may be what is answered
        found = [placed.post for page in pages for placed in page.placed]
        rejected = (f"{self.name}: {which}" for page in pages for which in page.malformed)
        return Outcome(
            self.name,
            place,
            mentions=mentions_of(found),
            replies=replies_of(found),
            troubles=troubles,
            rejected=tuple(rejected),
            failed=failed,
            more=more,
        )


def start_at(place: Place, *, since: datetime, overlap: timedelta) -> datetime:
    """Say how far back a look reads."""
    return max(place.until or since, since) - overlap


def is_fresh(place: Place, *, every: timedelta, now: datetime) -> bool:
    """Say whether a lane was read only just now, and need not be while others read on."""
    was_read = place.rest is None and place.looked_at is not None
    return was_read and timedelta(0) <= now - (place.looked_at or now) < every / 2


def after_look(place: Place, pages: Sequence[Page], *, now: datetime) -> Place:
    """Give the place after a window was read to its last page."""
    if place.rest is not None:
        return Place(until=place.rest.until, looked_at=place.rest.looked_at)
    return Place(until=_newest(place.until, pages, now=now), looked_at=now)


def after_part(
    place: Place, rest: Rest, pages: Sequence[Page], *, cursor: str, is_search: bool, now: datetime
) -> Place:
    """Give the place after the newer part of a window was read."""
    if place.rest is None:
        rest = replace(rest, until=_newest(place.until, pages, now=now), looked_at=now)
    oldest = min((placed.at for page in pages for placed in page.placed), default=None)
    if is_search and oldest is not None:
        end_at = oldest + timedelta(seconds=1)  # `until` is exclusive: what shares the second is read again
        if rest.end_at is None or end_at < rest.end_at:
            return replace(place, rest=replace(rest, end_at=end_at, cursor=None))
    return replace(place, rest=replace(rest, cursor=cursor))


def _params(kind: Kind, subject: str, rest: Rest) -> dict[str, object]:
    if kind == "mentions":
        return {"reasons": ["mention", "reply", "quote"]}
    if kind == "timeline":
        return {"actor": subject, "filter": "posts_with_replies"}
    window = {"since": rest.start_at, "until": rest.end_at}
    named = {name: _iso_z(instant) for name, instant in window.items() if instant is not None}
    return {"q": subject, "sort": "latest", **named}


def _newest(until: datetime | None, pages: Sequence[Page], *, now: datetime) -> datetime | None:
    """Give the newest instant seen, never one beyond now: a post from the future would hide those before it."""
    seen = [placed.at for page in pages for placed in page.placed]
    known = [instant for instant in (until, *seen) if instant is not None]
    return min(max(known), now) if known else None


def _rest(written: object) -> Rest | None:
    if not isinstance(written, Mapping):
        return None
    begins_at, cursor = read_instant(written.get("start_at")), written.get("cursor")
    if begins_at is None:
        return None
    is_cursor = isinstance(cursor, str) and 0 < len(cursor) <= _LONGEST_CURSOR
    page = str(cursor) if is_cursor else None
    end_at = read_instant(written.get("end_at"))
    if page is None and end_at is None:
        return None
    return Rest(
        begins_at,
        until=read_instant(written.get("until")),
        looked_at=read_instant(written.get("looked_at")),
        cursor=page,
        end_at=end_at,
    )


def _iso_z(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.000Z")
