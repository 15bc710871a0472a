"""Reviews of shops and app stores, read from a JSON feed through the guarded door.

Pages are read from the newest on, until one holds nothing new and nothing young: what was edited or
answered meanwhile stands among the older ones. Ten pages are a batch; the address of the next one waits in
this process (it may hold a token), and the cursor says how much was given: a batch that was not filed, or
another process, begins anew.
"""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, SecretStr

from casebook.mention import ALL_LANES, Author, Batch, Json, Mention, Reply, Trouble
from listener.door import Ask, Door
from listener.door_rules import Target
from listener.marks import EARLIEST, Memory, Place
from listener.outcome import ToldOnce
from listener.reviews_read import NoReviews, Page, Review, read_page
from listener.source import Duration, SourceSettings, SourceUnavailable

PAGES_A_BATCH = 10
MOST_PAGES = 200
"""Of one look; a shop that shows more is told of."""

_HEADER = re.compile(r"[A-Za-z0-9-]{1,100}")
_OURS = frozenset({"host", "connection", "accept-encoding", "content-length", "transfer-encoding"})


def _address(written: SecretStr) -> SecretStr:
    bare = written.get_secret_value().strip()
    Target.read(bare)
    return SecretStr(bare)


def _sendable(headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
    for name, secret in headers.items():
        value = secret.get_secret_value()
        if not _HEADER.fullmatch(name) or name.lower() in _OURS:
            raise ValueError("has a name that can't be sent; write for example Authorization")
        if not value.strip() or not value.isascii() or not value.isprintable():
            raise ValueError("has an empty or unprintable value; copy the token once more")
    return headers


class ReviewsSettings(SourceSettings):
    """`{name: kauppa, kind: reviews, url: "https://example.org/reviews.json", store: Kauppa}`."""

    model_config = ConfigDict(hide_input_in_errors=True)

    kind: Literal["reviews"] = "reviews"
    url: Annotated[SecretStr, AfterValidator(_address)]
    """The first page; it may hold a token, so it is shown without it."""
    headers: Annotated[dict[str, SecretStr], AfterValidator(_sendable)] = Field(default_factory=dict)
    """Sent to the url's own host only; for example `Authorization`."""
    store: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    """The shop; two sources that show the same reviews name the same one."""
    account: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """Who answers there, as the log names them; the source's name unless given."""
    every: Duration = timedelta(minutes=10)
    overlap: Duration = timedelta(days=14)
    """Reviews younger than this are read again at each look: they are edited, and answered."""

    @property
    def handles(self) -> tuple[str, ...]:
        """The company's account, where it has a name."""
        return (self.account,) if self.account is not None else ()


class ReviewsSource:
    """One shop's reviews; the company's answer below a review is a reply to it."""

    kind = "reviews"

    def __init__(self, settings: ReviewsSettings, *, door: Door | None = None) -> None:
        self.name = settings.name
        self.network = f"reviews:{settings.store or settings.name}"
        self._settings = settings
        self._door = door or Door()
        self._target = Target.read(settings.url.get_secret_value())
        self._out: _Paging | None = None
        self._told = ToldOnce()

    def fetch(self, cursor: Json, *, since: datetime, now: datetime) -> Batch:
        """Read the next pages, newest reviews first; `more` says that there are older ones to read.

        Raises SourceUnavailable when nothing could be read; pages read before that are given, and the
        trouble is told.
        """
        place = Place.read(cursor)
        if self._out is None or place.rest != (self._out.token, self._out.given):
            place = replace(place, rest=None)
            self._out = _Paging(Memory(place, since=since, now=now), self._settings.url.get_secret_value())
        out, self._out = self._out, None
        found = _Found()
        try:
            for _ in range(PAGES_A_BATCH):
                if out.next is None:
                    break
                self._read(out, found, since=since, now=now)
        except SourceUnavailable as fault:
            if not found.pages or self._door.closed.done():
                raise
            # it has one lane: what was not read to its end was not watched
            return self._batch(replace(place, rest=None), found, trouble=_trouble(fault), lanes=())
        if out.next is not None and len(out.read) < MOST_PAGES:
            out.given += 1
            self._out = out
            return self._batch(replace(place, rest=(out.token, out.given)), found, more=True)
        left = (
            Trouble(ALL_LANES, f"there are more than {MOST_PAGES} pages to read; shorten overlap")
            if out.next
            else None
        )
        return self._batch(out.memory.leave(etag=None, modified=None, is_whole=False), found, trouble=left)

    def check(self) -> list[str]:
        """Read the first page; one sentence a problem."""
        problems = []
        is_local = self._target.host in {"localhost", "127.0.0.1", "::1"}
        if self._target.scheme == "http" and not is_local and (self._settings.headers or self._target.user):
            problems.append("url is http: its token crosses the network unencrypted; write https")
        try:
            self._page(self._settings.url.get_secret_value(), now=datetime.now(UTC))
        except SourceUnavailable as fault:
            problems.append(str(fault))
        return problems

    def close(self) -> None:
        """Break off a look that is under way; may be called twice."""
        self._door.close()

    def _read(self, out: "_Paging", found: "_Found", *, since: datetime, now: datetime) -> None:
        """Read one page and say which is next: none, where nothing of this one was new or young."""
        url = out.next or ""
        out.read.add(url)
        page = self._page(url, now=now)
        found.pages += 1
        found.rejected += page.rejected
        fresh = [post for review in page.reviews for post in self._fresh(review, out.memory, now=now)]
        found.posts += fresh
        is_first_look = out.memory.place.marks is None
        young_from = (since if is_first_look else now) - self._settings.overlap
        is_last = (is_first_look or not fresh) and all(
            review.posted_at < young_from for review in page.reviews
        )
        out.next = None if is_last or page.next in out.read else page.next

    def _page(self, url: str, *, now: datetime) -> Page:
        headers = {name: secret.get_secret_value() for name, secret in self._settings.headers.items()}
        named = self._settings.url.get_secret_value()
        ask = Ask(url, named=named, headers=headers, accept="application/json")
        answer = self._door.get(ask, now=now)
        try:
            return read_page(answer.body, url=url)
        except NoReviews as fault:
            raise SourceUnavailable(f"{self._target.shown}: {fault}; check url") from fault

    def _fresh(self, review: Review, memory: Memory, *, now: datetime) -> Iterator[Mention | Reply]:
        """Give a review, and what the company answered, as far as they are new or changed."""
        posted_at = min(max(review.posted_at, EARLIEST), now)
        said = f"{review.rating}|{review.words}"
        if memory.meet(review.id, said, posted_at, is_dated=True):
            yield Mention(
                network=self.network,
                id=review.id,
                author=Author(handle=(review.author or "").strip().removeprefix("@")[:200] or self.network),
                text=review.words,
                posted_at=posted_at,
                url=review.link,
                language=review.language,
                rating=review.rating,
            )
        if review.reply is None:
            return
        answer_id = f"{review.id}/reply"
        claimed = review.reply.posted_at
        answered_at, is_dated = memory.date(answer_id, claimed)
        answered_at = max(answered_at, posted_at)  # nobody answers before the question
        if memory.meet(answer_id, review.reply.text, answered_at, is_dated=is_dated):
            yield Reply(
                network=self.network,
                id=answer_id,
                account=self._settings.account or self.name,
                text=review.reply.text,
                posted_at=answered_at,
                url=review.link,
                in_reply_to=review.id,
                automated=self._settings.is_automated(review.reply.text),
            )

    def _batch(
        self,
        place: Place,
        found: "_Found",
        *,
        trouble: Trouble | None = None,
        more: bool = False,
        lanes: tuple[str, ...] = (ALL_LANES,),
    ) -> Batch:
        return Batch(
            mentions=tuple(post for post in found.posts if isinstance(post, Mention)),
            replies=tuple(post for post in found.posts if isinstance(post, Reply)),
            cursor=place.write(),
            troubles=(trouble,) if trouble is not None else (),
            rejected=self._told.fresh(found.rejected),
            more=more,
            lanes=lanes,
        )


@dataclass(slots=True)
class _Paging:
    """A look at the pages that goes on from batch to batch."""

    memory: Memory
    next: str | None
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    given: int = 0
    read: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Found:
    """What one batch brought."""

    pages: int = 0
    posts: list[Mention | Reply] = field(default_factory=list)
    rejected: tuple[str, ...] = ()


def _trouble(fault: SourceUnavailable) -> Trouble:
    return Trouble(
        ALL_LANES, str(fault), retry_at=fault.retry_at, permanent=fault.permanent, reason=fault.reason
    )
