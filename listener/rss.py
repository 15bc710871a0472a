"""RSS, Atom and RDF feeds: news, blogs, forums, and searches of sites that offer them as feeds.

Theory of operation of one look:
1. Feeds that are due are fetched, four at a time, through the guarded door; 304 ends a feed's look.
2. A feed that came is read entry by entry, a thousand a batch. What is left waits in this process, and the
   cursor says how much of it was given: a batch that was not filed, or another process, begins anew.
3. After its last entry a feed's place moves on: its ETag, and a mark of each entry it showed.
Each feed has its own trouble and backing off; the others go on.
"""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from casebook.mention import Author, Batch, Blindness, Json, Mention, Reply, Trouble
from casebook.words import words_of
from listener.door import Answer, Ask, Door
from listener.door_rules import Target
from listener.feed import NoFeed, Reading
from listener.marks import Memory, Place, short_hash
from listener.outcome import ToldOnce
from listener.patience import Patience
from listener.rss_entries import NoWords, Words, holds_any, read_entry
from listener.source import Duration, SourceSettings, SourceUnavailable

Post = TypeVar("Post", Mention, Reply)

POSTS_A_BATCH = 1_000
"""Of each feed; the rest follows at once."""
AT_ONCE = 4
"""Feeds fetched at the same time; each may be as long as the door lets through."""
MOST_KEPT = 64_000_000
"""Bytes of feeds that are being handed out; beyond them the next feeds wait for their turn."""
KNOWN_IN_A_ROW = 2_000
"""After so many known entries the older rest of a feed is known too."""

_MOST_FEEDS = 50
_ACCEPT = "application/atom+xml, application/rss+xml, application/rdf+xml, application/xml;q=0.9, */*;q=0.5"


def _address(written: SecretStr) -> SecretStr:
    bare = written.get_secret_value().strip()
    Target.read(bare)
    return SecretStr(bare)


def _listed(written: object) -> object:
    return [written] if isinstance(written, str) else written


def _with_words(written: str) -> str:
    if not words_of(written):
        raise ValueError("has no words in it")
    return written


FeedUrl = Annotated[SecretStr, AfterValidator(_address)]
Phrase = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_with_words)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class RssSettings(SourceSettings):
    """`{name: blogit, kind: rss, urls: ["https://example.org/feed.xml"], words: [aino kahvi]}`."""

    model_config = ConfigDict(hide_input_in_errors=True)

    kind: Literal["rss"] = "rss"
    url: FeedUrl | None = None
    urls: Annotated[tuple[FeedUrl, ...], BeforeValidator(_listed), Field(max_length=_MOST_FEEDS)] = ()
    """Addresses of feeds; they may hold a token or a password, so they are shown without them."""
    words: Annotated[tuple[Phrase, ...], BeforeValidator(_listed)] = ()
    """Only entries that hold one of these, inflected or not; every entry without them."""
    own: Annotated[tuple[Name, ...], BeforeValidator(_listed)] = ()
    """The company's authors in these feeds: what they write are replies."""
    every: Duration = timedelta(minutes=5)

    @model_validator(mode="after")
    def _names_a_feed(self) -> "RssSettings":
        if not self.feeds:
            raise ValueError("write url or urls: the addresses of the feeds")
        return self

    @property
    def feeds(self) -> tuple[str, ...]:
        """The address of every feed once, with what is secret in it."""
        named = (self.url, *self.urls) if self.url is not None else self.urls
        return tuple(dict.fromkeys(url.get_secret_value() for url in named))

    @property
    def handles(self) -> tuple[str, ...]:
        """The company's authors, as far as they are told."""
        return tuple(name.removeprefix("@") for name in self.own)

    @property
    def sees_replies(self) -> bool:
        """Say whether our own answers would be seen: only if it is told who writes them."""
        return bool(self.own)


class RssSource:
    """One lane a feed, named by its host and path."""

    kind = "rss"

    def __init__(self, settings: RssSettings, *, door: Door | None = None) -> None:
        self.name = settings.name
        self.network = f"rss:{settings.name}"
        self._door = door or Door()
        urls = settings.feeds
        targets = [Target.read(url) for url in urls]
        names = lane_names([target.shown for target in targets], urls)
        voice = _Voice(
            network=self.network,
            phrases=tuple(tuple(words_of(phrase)) for phrase in settings.words),
            own=frozenset(name.casefold() for name in settings.handles),
            settings=settings,
        )
        self._lanes = [
            _Lane(name, url, target, voice=voice, closed=self._door.closed)
            for name, url, target in zip(names, urls, targets, strict=True)
        ]
        self._looks = 0
        self._told = ToldOnce()

    def fetch(self, cursor: Json, *, since: datetime, now: datetime) -> Batch:
        """Look at the feeds that are due; `more` says that some of them are not read to their end yet.

        Raises SourceUnavailable when no feed could be looked at; a feed that failed alone is in `troubles`.
        """
        written = cursor.get("lanes")
        places = written if isinstance(written, dict) else {}
        for lane in self._lanes:
            lane.stand_at(Place.read(places.get(lane.name)))
        begun = [lane for lane in self._lanes if lane.is_begun]
        if not begun:
            self._look(since, now)
        for lane in self._lanes:
            lane.hand_out(POSTS_A_BATCH, now)
        self._refuse_if_blind(is_going_on=bool(begun))
        if self._door.closed.done():
            raise SourceUnavailable("the source is being closed", reason=Blindness.DOWNTIME)
        posts = [post for lane in self._lanes for post in lane.posts]
        return Batch(
            mentions=_once(post for post in posts if isinstance(post, Mention)),
            replies=_once(post for post in posts if isinstance(post, Reply)),
            cursor={"lanes": {lane.name: lane.place.write() for lane in self._lanes}},
            troubles=tuple(trouble for lane in self._lanes if (trouble := lane.trouble) is not None),
            rejected=self._told.fresh(sentence for lane in self._lanes for sentence in lane.rejected),
            more=any(lane.is_begun for lane in self._lanes),
        )

    def check(self) -> list[str]:
        """Fetch each feed once and read its beginning; one sentence a feed that can't be read."""
        now = datetime.now(UTC)
        problems = []
        for lane in self._lanes:
            if lane.target.user is not None and lane.target.scheme == "http" and not lane.is_local:
                problems.append(f"{lane.name}: its password crosses the network unencrypted; write https")
            try:
                lane.try_out(self._door.get(lane.ask(Place()), now=now))
            except SourceUnavailable as fault:
                said = str(fault)
                problems.append(said if said.startswith(lane.name) else f"{lane.name}: {said}")
        return problems

    def close(self) -> None:
        """Break off a look that is under way; may be called twice."""
        self._door.close()

    def _look(self, since: datetime, now: datetime) -> None:
        """Fetch what is due, those first that wait longest; each waits only for those beside it."""
        self._looks += 1
        due = sorted((lane for lane in self._lanes if lane.is_due(now)), key=lambda lane: lane.looked)
        for start in range(0, len(due), AT_ONCE):
            if sum(lane.kept for lane in self._lanes) > MOST_KEPT:
                return  # at the next look they come first
            beside = due[start : start + AT_ONCE]
            visits = [(lane, self._door.begin(lane.ask(lane.place), now=now)) for lane in beside]
            for lane, visit in visits:
                lane.looked = self._looks
                try:
                    lane.take(visit.answer(), since=since, now=now)
                except SourceUnavailable as fault:
                    if self._door.closed.done():
                        raise
                    lane.fail(fault, now)
                except Exception as error:  # noqa: BLE001 - whatever is wrong with this feed, the others go on
                    lane.fail(SourceUnavailable(f"{lane.name} can't be read ({type(error).__name__})"), now)
            # before the next ones are fetched: most of them are read to their end at once
            for lane in beside:
                lane.hand_out(POSTS_A_BATCH, now)

    def _refuse_if_blind(self, *, is_going_on: bool) -> None:
        faults = [lane.fault for lane in self._lanes if lane.fault is not None]
        if is_going_on or len(faults) < len(self._lanes) or any(lane.posts for lane in self._lanes):
            return
        resets = [fault.retry_at for fault in faults if fault.retry_at is not None]
        raise SourceUnavailable(
            "; ".join(dict.fromkeys(map(str, faults))),
            retry_at=min(resets) if len(resets) == len(faults) else None,
            permanent=all(fault.permanent for fault in faults),
            reason=faults[0].reason,
        )


@dataclass(frozen=True, slots=True)
class _Voice:
    """Who is who, and what is asked for, in every feed of one source."""

    network: str
    phrases: tuple[tuple[str, ...], ...]
    own: frozenset[str]
    settings: RssSettings

    def post(self, words: Words, posted_at: datetime) -> Mention | Reply | None:
        """Make an entry a post; None when it is not asked for."""
        if words.author.casefold() in self.own:
            return Reply(
                network=self.network,
                id=words.id,
                account=words.author,
                text=words.text,
                posted_at=posted_at,
                url=words.url,
                conversation=words.conversation,
                in_reply_to=words.in_reply_to,
                automated=self.settings.is_automated(words.text),
            )
        if self.phrases and not holds_any(words.text, self.phrases):
            return None
        return Mention(
            network=self.network,
            id=words.id,
            author=Author(handle=words.author),
            text=words.text,
            posted_at=posted_at,
            url=words.url,
            conversation=words.conversation,
            in_reply_to=words.in_reply_to,
            language=words.language,
        )


@dataclass(slots=True)
class _HandingOut:
    """A feed that was fetched and is being given, batch by batch."""

    posts: Iterator[Mention | Reply]
    memory: Memory
    reading: Reading
    answer: Answer
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    given: int = 0
    is_cut: bool = False
    """What is older than a long row of known entries was not read."""


class _Lane:
    """One feed: its place, its trouble, and what of it waits to be given."""

    def __init__(self, name: str, url: str, target: Target, *, voice: _Voice, closed: "Future[None]") -> None:
        self.name = name
        self.target = target
        self.place = Place()
        self.looked = 0
        self.posts: list[Mention | Reply] = []
        self.rejected: list[str] = []
        self.fault: SourceUnavailable | None = None
        self._url = url
        self._voice = voice
        self._closed = closed
        self._patience: Patience[SourceUnavailable] = Patience(voice.settings.every)
        self._notice: str | None = None
        self._out: _HandingOut | None = None
        self._was_handed_out = False

    @property
    def is_begun(self) -> bool:
        """Say whether there is more of this feed to be given."""
        return self._out is not None

    @property
    def kept(self) -> int:
        """Bytes that are kept for what is still to be given."""
        return len(self._out.answer.body) if self._out is not None else 0

    @property
    def is_local(self) -> bool:
        """Say whether the feed is on this machine."""
        return self.target.host in {"localhost", "127.0.0.1", "::1"}

    @property
    def trouble(self) -> Trouble | None:
        """Give why this feed could not be looked at, or not to its end."""
        if self.fault is not None:
            fault = self.fault
            return Trouble(
                self.name, str(fault), retry_at=fault.retry_at, permanent=fault.permanent, reason=fault.reason
            )
        return Trouble(self.name, self._notice) if self._notice is not None else None

    def stand_at(self, place: Place) -> None:
        """Begin a look at the cursor's place; what waits is dropped unless the cursor knows of all given."""
        if self._out is not None and place.rest != (self._out.token, self._out.given):
            self._out = None
        self.place = replace(place, rest=None)
        self.posts, self.rejected, self.fault = [], [], None
        self._was_handed_out = False

    def is_due(self, now: datetime) -> bool:
        """Say whether to fetch; a feed that is backed off says its trouble again."""
        self.fault = self._patience.standing(now)
        return self.fault is None

    def ask(self, place: Place) -> Ask:
        """Give what to fetch."""
        return Ask(self._url, accept=_ACCEPT, etag=place.etag, modified=place.modified)

    def take(self, answer: Answer, *, since: datetime, now: datetime) -> None:
        """Take what was fetched."""
        if answer.is_unchanged:
            self._patience.succeeded()
            return
        self._notice = None
        memory = Memory(self.place, since=since, now=now)
        reading = self._reading(answer)
        self._out = _HandingOut(iter(()), memory, reading, answer)
        self._out.posts = self._read(self._out)

    def fail(self, fault: SourceUnavailable, now: datetime) -> None:
        """Back off, and say why."""
        self._out = None
        self.fault = fault
        self._patience.failed(fault, now)

    def try_out(self, answer: Answer) -> None:
        """Read a feed's beginning; raises SourceUnavailable."""
        try:
            next(self._reading(answer).entries(), None)
        except NoFeed as fault:
            raise SourceUnavailable(str(fault), permanent=True) from fault

    def hand_out(self, count: int, now: datetime) -> None:
        """Give the next posts, once a look; at the feed's end its place moves on."""
        if self._out is None or self._was_handed_out:
            return
        self._was_handed_out = True
        out = self._out
        try:
            for post in out.posts:
                self.posts.append(post)
                if len(self.posts) >= count:
                    out.given += 1
                    self.place = replace(self.place, rest=(out.token, out.given))
                    return
        except NoFeed as fault:
            self.fail(SourceUnavailable(f"{self.target.shown}: {fault}", permanent=True), now)
        except Exception as error:  # noqa: BLE001 - whatever feedparser stumbles over, the other feeds go on
            self.fail(SourceUnavailable(f"{self.target.shown} can't be read ({type(error).__name__})"), now)
        else:
            self._end(out)

    def _end(self, out: _HandingOut) -> None:
        self._out = None
        self._patience.succeeded()
        broken = out.reading.broken
        headers = {} if broken else out.answer.headers  # a feed that is broken is read again, and told again
        self._notice = f"{self.target.shown}: {broken}" if broken else None
        self.place = out.memory.leave(
            etag=headers.get("etag"),
            modified=headers.get("last-modified"),
            is_whole=not out.is_cut and not broken,
        )

    def _reading(self, answer: Answer) -> Reading:
        return Reading(
            answer.body,
            content_type=answer.headers.get("content-type", ""),
            base=self.target.url,  # not where a redirect led: ids that are links must not change with it
            stop=self._closed.done,
        )

    def _read(self, out: _HandingOut) -> Iterator[Mention | Reply]:
        """Give the posts that are asked for and not known."""
        known_in_a_row = 0
        first_at: datetime | None = None
        for number, entry in enumerate(out.reading.entries(), 1):
            try:
                words = read_entry(entry, out.reading.about, lane=self.name, site=self.target.host)
            except NoWords as why:
                self.rejected.append(f"{self.name}: {why} (number {number})")
                continue
            posted_at, is_dated = out.memory.date(words.id, words.claimed_at)
            is_new = out.memory.meet(words.id, words.text, posted_at, is_dated=is_dated)
            first_at = first_at or posted_at
            known_in_a_row = 0 if is_new else known_in_a_row + 1
            if is_new and (post := self._voice.post(words, posted_at)) is not None:
                yield post
            if known_in_a_row >= KNOWN_IN_A_ROW and posted_at < first_at:
                out.is_cut = True
                return


def _once(posts: Iterable[Post]) -> tuple[Post, ...]:
    """Keep each post once: two searches find the same."""
    return tuple({post.id: post for post in posts}.values())


def lane_names(shown: Sequence[str], urls: Sequence[str]) -> list[str]:
    """Name feeds by what may be shown of their addresses; those that look alike, or ask, by a hash too."""
    return [
        name if shown.count(name) == 1 and "?" not in url else f"{name}~{short_hash(url, 6)}"
        for name, url in zip(shown, urls, strict=True)
    ]
