"""One lane of X: mentions, a timeline or a search, read to its last page and backed off by itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Literal, Protocol

from casebook.mention import Bill, Blindness, Trouble
from listener import outcome
from listener.lateness import Shown, adapt, lateness
from listener.patience import Patience
from listener.purse import Purse
from listener.tripwire import Tripwire
from listener.x_faults import Fault, not_to_be_paid, only_errors, unreadable, used_up
from listener.x_pace import (
    Look,
    Place,
    Rate,
    Seen,
    after_cut,
    after_look,
    after_part,
    plan_look,
    read_rate,
)
from listener.x_posts import OnlyErrors, Ours, Page, UnreadableAnswer, read_page

Kind = Literal["mentions", "timeline", "search"]

PAGES_A_POLL = 40
"""Pages of 100; what is beyond them is read by the next look, which begins where this one stopped."""
PAGE = 100
_METHODS: Mapping[Kind, tuple[str, str]] = {
    "mentions": ("get_users_mentions", "pagination_token"),
    "timeline": ("get_users_tweets", "pagination_token"),
    "search": ("search_recent_tweets", "next_token"),
}
_REACH: Mapping[Kind, int] = {"mentions": 800, "timeline": 3200}
"""Newest posts X shows at all (November 2026)."""
FIELDS: Mapping[str, object] = {
    "tweet_fields": [
        "author_id",
        "conversation_id",
        "created_at",
        "edit_history_tweet_ids",
        "lang",
        "note_tweet",
        "public_metrics",
        "referenced_tweets",
    ],
    "user_fields": ["name", "public_metrics", "username"],
    # referenced posts are not expanded: each would be one more post read, paid for, and is not needed
    "expansions": ["author_id"],
}
_BRIEFLY = timedelta(minutes=1)
LEAST_PAGE: Mapping[Kind, int] = {"mentions": 5, "timeline": 5, "search": 10}
"""X gives no smaller page."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What X answered with 200: its JSON, and the headers that hold the rate limit."""

    body: object
    headers: Mapping[str, str]


class Wire(Protocol):
    """One connection to X."""

    def ask(self, method: str, *args: object, now: datetime, **params: object) -> Answer:
        """Ask one question by the client library's name of it; raises Fault."""
        ...


@dataclass(frozen=True, slots=True)
class Errand:
    """Whom or what a lane asks for, this time."""

    subject: str
    """Account id, or the query of a search."""
    ours: Ours
    since: datetime
    now: datetime
    speaker: tuple[str, str] | None = None
    """(id, handle) of the account whose timeline it is."""
    reach_back: datetime | None = None
    """A search that is wider than the last one begins here at the latest."""
    purse: Purse | None = None
    """What may be spent; None where there is no budget."""
    at_most: int | None = None
    """Posts this look may read: the newest; None for all."""


@dataclass(frozen=True, slots=True)
class Outcome(outcome.Outcome[Place]):
    """What one look at a lane brought, and what it cost."""

    pending: bool = False
    """It is still being looked at; what it brings is given later, and its place has not moved."""
    bills: tuple[Bill, ...] = ()
    tripwire: Tripwire | None = None
    """What is known of a search that is counted before it is read."""


class Reach(Enum):
    """How far a look came."""

    END = auto()
    PART = auto()
    """The rest is read by the next look."""
    CUT = auto()
    """More can't be paid: the rest is let go."""


class Lane:
    """Reads one lane; remembers its pace and its faults between looks."""

    def __init__(
        self,
        name: str,
        kind: Kind,
        wire: Wire,
        *,
        every: timedelta,
        overlap: timedelta,
        price: int = 0,
        billed_as: str = "post",
    ) -> None:
        """`price` is what X bills for one post, in millionths of a dollar; `billed_as` names that price."""
        self.name = name
        self._price = price
        self._what = billed_as
        self.kind = kind
        self._wire = wire
        self._every = every
        self._overlap = overlap
        self._patience: Patience[Fault] = Patience(every)
        self._rate: Rate | None = None
        self._turn = 0
        self._asks_plainly = False
        self._shown: tuple[str, Shown] | None = None
        """What was asked and shown by the last whole overlap look; nothing is known of it after a restart."""

    def look(self, place: Place, errand: Errand) -> Outcome:
        """Read the lane from its place to the last page, or say why not; never raises a Fault."""
        waiting = self._waiting(place, errand.now)
        if waiting is not None:
            return waiting
        self._turn += 1
        look = self._plan(place, errand)
        pages: list[Page] = []
        try:
            look, reach = self._read(place, look, errand, pages)
        except Fault as fault:
            self._patience.failed(fault, errand.now)
            return self._gather(place, pages, errand, troubles=(fault.trouble(self.name),), failed=True)
        self._patience.succeeded()
        seen = _seen(pages)
        if reach is Reach.CUT:
            moved = after_cut(place, seen, now=errand.now)
            return self._gather(moved, pages, errand, troubles=(self._let_go(place, look, seen),))
        if reach is Reach.END:
            moved = self._adapted(place, after_look(place, look, seen, now=errand.now), look, pages, errand)
            return self._gather(moved, pages, errand, troubles=tuple(self._blind_spots(place, look, pages)))
        moved = after_part(place, look, seen, now=errand.now)
        return self._gather(moved, pages, errand, more=self._has_room() and moved.rest != place.rest)

    def _waiting(self, place: Place, now: datetime) -> Outcome | None:
        """Give the outcome of not asking, where it is not yet time to ask."""
        fault = self._patience.standing(now)
        if fault is not None:
            return Outcome(self.name, place, troubles=(fault.trouble(self.name),), failed=True)
        if self._rate is None or now >= min(self._rate.due_at(), self._rate.reset_at):
            return None
        if self._has_room() or self._rate.reset_at - now <= max(self._every, _BRIEFLY):
            return Outcome(self.name, place)  # only spreading what is left over the window
        return Outcome(
            self.name, place, troubles=(used_up(self._rate.reset_at).trouble(self.name),), failed=True
        )

    def _plan(self, place: Place, errand: Errand) -> Look:
        is_short = self._rate is not None and self._rate.is_short(errand.now)
        return plan_look(
            place,
            since=errand.since,
            overlap=self._overlap,
            now=errand.now,
            is_search=self.kind == "search",
            is_short=is_short and not self._asks_plainly,
            early_end=self._turn % 2 == 1 and not self._asks_plainly,
            only_new=errand.at_most is not None and not self._asks_plainly,
            reach_back=errand.reach_back,
        )

    def _read(self, place: Place, look: Look, errand: Errand, pages: list[Page]) -> tuple[Look, Reach]:
        """Read `look`, or a plainer one if X refuses it; say which it was and how far it came."""
        try:
            return look, self._read_pages(look, errand, pages)
        except Fault as fault:
            had_options = look.since_id is not None or (look.end_at is not None and place.rest is None)
            if pages or not had_options or not fault.refuses_the_question:
                raise
        # clocks apart, or an id X forgot: what saves time or posts is not worth a lane
        self._asks_plainly = True
        look = self._plan(place, errand)
        return look, self._read_pages(look, errand, pages)

    def _read_pages(self, look: Look, errand: Errand, pages: list[Page]) -> Reach:
        """Append page after page; say how far it came. Raises Fault where not even one page can be paid."""
        token: str | None = None
        for _ in range(PAGES_A_POLL):
            size = self._size(errand, pages)
            if size == 0 and not pages:
                raise not_to_be_paid()
            if size == 0:
                return Reach.CUT
            page = self._ask(look, errand, token, size=size)
            if errand.purse is not None:
                errand.purse.give_back(
                    max(size - page.count, 0), price=self._price, wide=self._is_wide, lane=self.name
                )
            pages.append(page)
            if page.next_token is None:
                return Reach.END
            token = page.next_token
            if not self._has_room():
                return Reach.PART
        return Reach.PART

    @property
    def _is_wide(self) -> bool:
        return self.kind == "search"

    def _size(self, errand: Errand, pages: list[Page]) -> int:
        """Give how many posts the next page may hold, by what may be spent; 0 where it is too few for X."""
        wanted = PAGE
        if errand.at_most is not None:
            wanted = min(PAGE, errand.at_most - sum(page.count for page in pages))
        least = LEAST_PAGE[self.kind]
        if wanted < least or errand.purse is None:
            return wanted if wanted >= least else 0
        return errand.purse.lend(wanted, price=self._price, wide=self._is_wide, least=least, lane=self.name)

    def _let_go(self, place: Place, look: Look, seen: Seen) -> Trouble:
        """Say which posts are not read for the budget."""
        since = look.start_at or place.until
        message = (
            f"posts of {_at(since)} to {_at(seen.oldest_at)} are not read: the budget does not pay for them"
        )
        return Trouble(self.name, message, reason=Blindness.BUDGET)

    def _ask(self, look: Look, errand: Errand, token: str | None, *, size: int) -> Page:
        method, token_name = _METHODS[self.kind]
        asked = {
            "start_time": look.start_at,
            "end_time": look.end_at,
            "since_id": look.since_id,
            "exclude": ["retweets"] if self.kind == "timeline" else None,
            token_name: token,
        }
        params = {name: value for name, value in asked.items() if value is not None}
        answer = self._wire.ask(method, errand.subject, now=errand.now, max_results=size, **params, **FIELDS)
        self._rate = read_rate(answer.headers, now=errand.now)
        return readable_page(answer.body, ours=errand.ours, speaker=errand.speaker)

    def _adapted(self, place: Place, moved: Place, look: Look, pages: list[Page], errand: Errand) -> Place:
        """Read more again from the next look on where this one found late posts, else by and by less."""
        if look.start_at is None:  # by id: it vouches for nothing
            return moved
        if place.rest is not None:  # only the last part of a look
            self._shown = None
            return moved
        posts = [post for page in pages for post in page.shown]
        asked, shown = self._shown or ("", None)
        stretch = adapt(
            place.stretch or self._overlap,
            least=self._overlap,
            late_by=lateness(shown if asked == errand.subject else None, posts),
            since_last=errand.now - (place.looked_at or errand.now),
        )
        ids = frozenset(post_id for post_id, _ in posts)
        self._shown = errand.subject, Shown(ids, look.start_at, errand.now)
        return replace(moved, stretch=stretch if stretch > self._overlap + _BRIEFLY else None)

    def _has_room(self) -> bool:
        return self._rate is None or self._rate.remaining > 0

    def _blind_spots(self, place: Place, look: Look, pages: list[Page]) -> Iterator[Trouble]:
        """Say which posts can't be read any more: "we saw nothing" is not "we could not look"."""
        if look.unseen_from is not None:
            reach = f"posts of {_at(look.unseen_from)} to {_at(look.start_at)} can't be read any more"
            yield Trouble(self.name, f"{reach}: X's search reaches 7 days back")
        reach_of = _REACH.get(self.kind)
        if reach_of is None or sum(page.count for page in pages) < reach_of or _joins(place, pages):
            return
        since = _at(place.looked_at or look.start_at)
        older = f"of the posts since {since} there may be older ones that can't be read"
        advice = "a shorter every, or @HANDLE in query, reads more of such a storm"
        yield Trouble(self.name, f"X shows only the newest {reach_of}: {older}; {advice}")

    def _gather(
        self,
        place: Place,
        pages: list[Page],
        errand: Errand,
        *,
        troubles: tuple[Trouble, ...] = (),
        failed: bool = False,
        more: bool = False,
    ) -> Outcome:
        # what is older than the first start comes along as context: it may be what is answered
        mentions = (mention for page in pages for mention in page.mentions)
        replies = (reply for page in pages for reply in page.replies)
        rejected = (f"{self.name}: {which}" for page in pages for which in page.malformed)
        return Outcome(
            self.name,
            place,
            mentions=tuple(mentions),
            replies=tuple(replies),
            troubles=troubles,
            rejected=tuple(rejected),
            failed=failed,
            more=more,
            bills=self._bills(pages, errand.now),
        )

    def _bills(self, pages: list[Page], now: datetime) -> tuple[Bill, ...]:
        """Say what X bills for pages: each post in them, those that can't be read too."""
        ids = frozenset(post for page in pages for post in page.ids)
        unread = sum(len(page.malformed) for page in pages)
        if self._price == 0 or not (ids or unread):
            return ()
        return (Bill(self.name, self._what, self._price, now, ids=ids, count=unread),)


def readable_page(body: object, *, ours: Ours, speaker: tuple[str, str] | None = None) -> Page:
    """Read one page; raises Fault where it is none."""
    try:
        return read_page(body, ours=ours, speaker=speaker)
    except OnlyErrors as error:
        raise only_errors(body) from error
    except UnreadableAnswer as error:
        raise unreadable(str(error)) from error


def _seen(pages: list[Page]) -> Seen:
    return Seen(
        newest=max((page.newest_id for page in pages if page.newest_id is not None), key=int, default=None),
        newest_at=max((page.newest_at for page in pages if page.newest_at is not None), default=None),
        oldest_at=min((page.oldest_at for page in pages if page.oldest_at is not None), default=None),
    )


def _joins(place: Place, pages: list[Page]) -> bool:
    """Say whether pages reach back to what a look before read to its end: nothing lies between the two."""
    oldest_id = min((int(post) for page in pages for post in page.ids), default=None)
    oldest_at = _seen(pages).oldest_at
    is_known = oldest_id is not None and place.newest is not None and oldest_id <= int(place.newest)
    vouched = place.looked_at or place.until
    return is_known or (oldest_at is not None and vouched is not None and oldest_at <= vouched)


def _at(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant is not None else "the last look"
