"""Mastodon, read through Mastodon.py: what is said to the company, about it, and by it, as one server sees it.

A Mastodon server allows an account 300 questions in 5 minutes (November 2026); a look takes one or two a lane.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from casebook.mention import Batch, Blindness, Json, Mention
from listener.fault import Fault, read_reset, used_up
from listener.lane import Ask, Lane, Page, Round, unavailable
from listener.library_door import TIMEOUTS, Door, Said, bare_url, is_ok, sends_in_clear, unreadable
from listener.mastodon_posts import (
    NETWORK,
    Account,
    Ours,
    UnreadableAnswer,
    full_acct,
    read_account,
    read_notifications,
    read_post,
    read_search,
    read_statuses,
)
from listener.source import LookedUp, SourceSettings

PAGE = 40
"""Posts a page: what Mastodon gives at most."""
_GONE = frozenset({404, 410})
_NOT_FOUND, _TOO_MANY = 404, 429
_SCOPES = "read:accounts, read:notifications, read:search and read:statuses"


def _bare_handle(written: object) -> object:
    return written.strip().removeprefix("@") if isinstance(written, str) else written


def _bare_tag(written: object) -> object:
    return written.strip().removeprefix("#") if isinstance(written, str) else written


def _bare_token(token: SecretStr) -> SecretStr:
    bare = token.get_secret_value().strip()
    if not bare or not bare.isascii() or not bare.isprintable() or " " in bare:
        raise ValueError("is empty or no token; copy the access token from Preferences, Development")
    return SecretStr(bare)


Handle = Annotated[
    str,
    BeforeValidator(_bare_handle),
    Field(max_length=300, pattern=r"^[A-Za-z0-9_.-]+(@[A-Za-z0-9_.:-]+)?$"),
]
Hashtag = Annotated[str, BeforeValidator(_bare_tag), Field(max_length=100, pattern=r"^\w+$")]


class MastodonSettings(SourceSettings):
    """`{name: masto, kind: mastodon, api_url: https://mastodon.social, access_token: "${MASTODON_TOKEN}"}`."""

    model_config = ConfigDict(hide_input_in_errors=True)

    kind: Literal["mastodon"] = "mastodon"
    api_url: Annotated[str, AfterValidator(bare_url)]
    """The server on which the company has its account; the network is seen as this server sees it."""
    access_token: Annotated[SecretStr, AfterValidator(_bare_token)] | None = None
    """Of the company's account: its mentions are read. Without it only public timelines are."""
    handle: Handle | None = None
    """The company's account; with a token it is known by itself."""
    also: tuple[Handle, ...] = ()
    """Other accounts of the company, `name` or `name@server`: their posts stop clocks too."""
    hashtags: tuple[Hashtag, ...] = Field(default=(), max_length=20)
    """With or without #: public posts that carry one are mentions."""
    query: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    """A search of posts, where the server has one; needs a token."""

    @model_validator(mode="after")
    def _reads_something(self) -> Self:
        if self.access_token is None and self.query is not None:
            raise ValueError("query needs access_token: servers search for nobody who is not logged in")
        if self.access_token is None and not (self.hashtags or self.handle):
            raise ValueError("nothing to read; set access_token, hashtags or handle")
        return self

    @property
    def handles(self) -> tuple[str, ...]:
        """Every account of the company once, by the name that posts call it."""
        named = (handle.partition("@")[0] for handle in (self.handle, *self.also) if handle is not None)
        return tuple({name.lower(): name for name in named}.values())


class MastodonSource:
    """Lanes: `timeline` of each account, `mentions`, one a hashtag, and `search`; read one after the other."""

    kind = "mastodon"
    network = NETWORK
    LOOKED_UP_AT_ONCE = 20

    def __init__(self, settings: MastodonSettings, *, timeouts: tuple[float, float] = TIMEOUTS) -> None:
        self.name = settings.name
        self._settings = settings
        self._host = urlsplit(settings.api_url).hostname or ""
        self._wire = _Wire(settings, timeouts)
        self._second_wire = _Wire(settings, timeouts)
        """For looking up and checking, while a look is under way."""
        self._one_question = threading.Lock()
        self._me: Account | None = None
        self._found: dict[str, Account] = {}
        self._now = datetime.now(UTC)
        self._round = Round(list(self._lanes()))

    def fetch(self, cursor: Json, *, since: datetime, now: datetime) -> Batch:
        """Look at every lane; raises SourceUnavailable when none could be looked at."""
        self._now = now
        return self._round.look(cursor, since=since, now=now)

    def look_up(self, ids: Sequence[str], *, now: datetime) -> LookedUp:
        """Ask for each post by itself: servers before Mastodon 4.3 know no other way.

        A post that is no longer public is gone; `edited` are those that were edited at any time.
        """

        def ask() -> LookedUp:
            with self._one_question:
                return self._look_up(ids[: self.LOOKED_UP_AT_ONCE], now=now)

        try:
            found: LookedUp = self._round.wait_for(ask)
        except Fault as fault:
            raise unavailable([fault.trouble("all")]) from fault
        return found

    def check(self) -> list[str]:
        """Ask once for everything that a look asks for."""
        problems: list[str] = []
        now = datetime.now(UTC)
        if self._settings.access_token is not None and sends_in_clear(self._settings.api_url):
            problems.append("api_url is http: the access token crosses the network unencrypted; write https")
        with self._one_question:
            for what, ask in self._checks(now):
                try:
                    ask()
                except Fault as fault:
                    problems.append(f"{what}: {fault.message}")
                    if fault.holds_for_all:
                        break
            self._second_wire.close()
        problems += self._stranger()
        return problems

    def close(self) -> None:
        """Let go of connections; a look that is under way ends at once, with SourceUnavailable."""
        self._round.close()
        self._wire.close()
        self._second_wire.close()

    def _lanes(self) -> Iterator[Lane]:
        settings = self._settings
        main = settings.handle
        if main is not None or settings.access_token is not None:
            yield self._lane("timeline", lambda floor, below: self._timeline(main, floor, below))
        for handle in settings.also:
            yield self._lane(f"timeline:{handle}", self._timeline_of(handle))
        if settings.access_token is not None:
            yield self._lane("mentions", self._mentions)
        for tag in settings.hashtags:
            yield self._lane(f"hashtag:{tag}", self._tagged(tag))
        if settings.query is not None:
            yield self._lane("search", self._searched)

    def _lane(self, name: str, ask: Ask) -> Lane:
        return Lane(name, ask, every=self._settings.every, overlap=self._settings.overlap, by_id=True)

    # the questions of the lanes

    def _mentions(self, floor: str | None, below: str | None) -> Page:
        self._meet(self._wire, self._now)
        asked = _span(floor, below) | {"types": ["mention", "quote"], "limit": PAGE}
        return self._read(self._wire.ask("notifications", now=self._now, **asked), read_notifications)

    def _timeline_of(self, handle: str) -> Ask:
        return lambda floor, below: self._timeline(handle, floor, below)

    def _timeline(self, handle: str | None, floor: str | None, below: str | None) -> Page:
        self._meet(self._wire, self._now)
        account = self._account(handle, self._wire, self._now)
        asked = _span(floor, below) | {"exclude_reblogs": True, "limit": PAGE}
        answer = self._wire.ask("account_statuses", account.id, now=self._now, **asked)
        return self._read(answer, read_statuses)

    def _tagged(self, tag: str) -> Ask:
        def ask(floor: str | None, below: str | None) -> Page:
            self._meet(self._wire, self._now)
            asked = _span(floor, below) | {"limit": PAGE}
            return self._read(self._wire.ask("timeline_hashtag", tag, now=self._now, **asked), read_statuses)

        return ask

    def _searched(self, floor: str | None, below: str | None) -> Page:
        self._meet(self._wire, self._now)
        page = self._read(self._search(self._wire, floor, below, limit=PAGE, now=self._now), read_search)
        knows_no_pages = page.below == below and len(page.rows) < PAGE
        return Page() if knows_no_pages else page

    def _search(
        self, wire: "_Wire", floor: str | None, below: str | None, *, limit: int, now: datetime
    ) -> object:
        asked: dict[str, object] = {"min_id": floor, "max_id": below, "limit": limit}
        asked |= {"resolve": False, "result_type": "statuses", "exclude_unreviewed": False}
        return wire.ask("search_v2", self._settings.query, now=now, **_given(asked))

    def _read(self, answer: object, read: Callable[..., Page]) -> Page:
        try:
            return read(answer, ours=self._ours(), now=self._now)
        except UnreadableAnswer as error:
            raise unreadable(self._wire.who, str(error)) from error

    # who we are

    def _meet(self, wire: "_Wire", now: datetime) -> None:
        """Learn whose token it is, once."""
        if self._settings.access_token is None or self._me is not None:
            return
        self._me = self._met(wire.ask("account_verify_credentials", now=now))

    def _account(self, handle: str | None, wire: "_Wire", now: datetime) -> Account:
        if self._me is not None and (handle is None or self._full(handle) == self._me.acct.lower()):
            return self._me
        name = handle or ""
        if name not in self._found:
            try:
                self._found[name] = self._met(wire.ask("account_lookup", name, now=now))
            except Fault as fault:
                if fault.status != _NOT_FOUND:
                    raise
                raise Fault(
                    f"{wire.who} knows no account @{name}; correct handle or also, or look it up there once",
                    reason=Blindness.AUTHORISATION,
                    status=_NOT_FOUND,
                    permanent=True,
                ) from fault
        return self._found[name]

    def _met(self, answer: object) -> Account:
        try:
            return read_account(answer, host=self._host)
        except UnreadableAnswer as error:
            raise unreadable(self._wire.who, str(error)) from error

    def _full(self, handle: str) -> str:
        return full_acct(handle, host=self._host).lower()

    def _ours(self) -> Ours:
        settings = self._settings
        named = [self._full(handle) for handle in (settings.handle, *settings.also) if handle is not None]
        met = [account.acct.lower() for account in (self._me, *self._found.values()) if account is not None]
        return Ours(self._host, frozenset({*named, *met}), settings.is_automated)

    def _stranger(self) -> list[str]:
        handle = self._settings.handle
        if self._me is None or handle is None or self._full(handle) == self._me.acct.lower():
            return []
        found = self._found.get(handle)
        if found is not None and found.id == self._me.id:
            return []
        return [
            f"access_token is of @{self._me.acct}, not of handle @{handle}; mentions are read of the former"
        ]

    # looking up and checking

    def _look_up(self, ids: Sequence[str], *, now: datetime) -> LookedUp:
        gone: set[str] = set()
        edited: list[Mention] = []
        seen: list[Mention] = []
        self._meet(self._second_wire, now)
        for post_id in ids:
            try:
                answer = self._second_wire.ask("status", post_id, now=now)
                post, was_edited = read_post(answer, ours=self._ours(), now=now)
            except Fault as fault:
                if fault.status not in _GONE:
                    raise
                gone.add(post_id)
                continue
            except UnreadableAnswer as error:
                raise unreadable(self._second_wire.who, str(error)) from error
            if post is None:
                gone.add(post_id)
            elif was_edited and isinstance(post, Mention):
                edited.append(post)
            elif isinstance(post, Mention):
                seen.append(post)
        return LookedUp(frozenset(gone), tuple(edited), tuple(seen))

    def _checks(self, now: datetime) -> Iterator[tuple[str, Callable[[], object]]]:
        wire, settings = self._second_wire, self._settings
        if settings.access_token is not None:
            yield "access_token", lambda: self._meet(wire, now)
            yield "mentions", lambda: wire.ask("notifications", now=now, types=["mention"], limit=1)
        for handle in settings.handle, *settings.also:
            if handle is not None:
                yield f"@{handle}", partial(self._account, handle, wire, now)
        if settings.hashtags:
            yield "hashtags", lambda: wire.ask("timeline_hashtag", settings.hashtags[0], now=now, limit=1)
        if settings.query is not None:
            yield "query", lambda: self._search(wire, None, None, limit=1, now=now)


class _Wire:
    """One Mastodon.py client; it is made at the first question, for its package takes long to import."""

    def __init__(self, settings: MastodonSettings, timeouts: tuple[float, float]) -> None:
        self.who = f"the Mastodon server {urlsplit(settings.api_url).hostname}"
        self._settings = settings
        # the library turns each post into objects, which takes 5 ms, thirty times what reading it takes
        self._door = Door(
            self.who, settings.api_url, refusal=self._refusal, timeouts=timeouts, keeps_bodies=True
        )
        self._client: Any = None
        self._now = datetime.now(UTC)
        self._rests_until: datetime | None = None

    def ask(self, method: str, *args: object, now: datetime, **params: object) -> object:
        """Ask by the library's name of the question and give the answer's JSON; raises Fault."""
        if self._rests_until is not None and now < self._rests_until:
            raise self._too_many(self._rests_until)
        self._now, self._rests_until = now, None
        client = self._client or self._open()
        answer = self._door.ask(lambda: getattr(client, method)(*args, **params)).json()
        if answer is None:
            raise unreadable(self.who, "no JSON")
        return answer

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        client, self._client = self._client, None
        if client is not None:
            client.session.close()
        self._door.close()

    def _open(self) -> Any:
        from mastodon import Mastodon  # noqa: PLC0415 - see the class

        token = self._settings.access_token
        # never ratelimit_method="wait", its default: it sleeps in the job's thread
        self._client = Mastodon(
            api_base_url=self._settings.api_url,
            access_token=token.get_secret_value() if token is not None else None,
            ratelimit_method="throw",
            # without a version it asks for one, and where the server has none to tell, again and again
            # until the stack is full; which questions a server knows shows when it is asked
            mastodon_version="9.9.9",
            version_check_mode="created",  # with "none" it forgets the version that it was given
            session=self._door.session(),
            user_agent="vaste",
        )
        return self._client

    def _refusal(self, said: Said) -> Fault | None:
        reset_at = read_reset(said.headers, now=self._now)
        if is_ok(said):
            self._rests_until = reset_at if used_up(said.headers) else None
            return None
        if said.status == _TOO_MANY:
            self._rests_until = reset_at
            return self._too_many(reset_at)
        if said.status in _GONE and _names_error(said.json()):
            return Fault(f"{self.who} does not have what was asked for ({said.status})", status=said.status)
        return _refused(self.who, said.status, has_token=self._settings.access_token is not None)

    def _too_many(self, reset_at: datetime | None) -> Fault:
        until = f"read again at {reset_at:%H:%M:%S} UTC" if reset_at else "it does not say until when"
        return Fault(
            f"{self.who} lets us ask no more for now (429), {until}; make `every` longer if it happens often",
            reason=Blindness.RATE_LIMIT,
            status=_TOO_MANY,
            retry_at=reset_at,
        )


def _refused(who: str, status: int, *, has_token: bool) -> Fault:
    token = "access_token" if has_token else "an access_token, there is none"
    sentences = {
        401: f"{who} asks for {token} that it accepts (401); make one under Preferences, Development",
        403: f"{who} does not let us read this (403); give the token the scopes {_SCOPES}",
        404: f"{who} does not speak Mastodon's API here (404); check api_url",
        422: f"{who} does not understand the question (422); check query and hashtags",
    }
    if status not in sentences:
        return Fault(f"{who} answers with {status}; nothing to do here unless it lasts", status=status)
    refused = {401, 403}
    reason = Blindness.AUTHORISATION if status in refused else Blindness.VENDOR
    # the 404 of a server that has no such address says nothing of any post: it gets no status
    return Fault(sentences[status], reason=reason, status=None if status in _GONE else status, permanent=True)


def _names_error(body: object) -> bool:
    return isinstance(body, Mapping) and isinstance(body.get("error"), str)


def _span(floor: str | None, below: str | None) -> dict[str, object]:
    return _given({"since_id": floor, "max_id": below})


def _given(params: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in params.items() if value is not None}
