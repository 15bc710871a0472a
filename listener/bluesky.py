"""Bluesky, read through atproto: what is said to the company, about it, and by it.

Limits (November 2026): 3,000 requests in 5 minutes from one address; sessions made or refreshed 30 in 5 minutes
and 300 a day for one account, by the documentation; people have met 10 and 100 a day. Reading costs nothing.
"""

import contextlib
import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from pydantic import AfterValidator, ConfigDict, Field, SecretStr

from casebook.mention import Batch, Json, Mention, Reply, Trouble
from listener.bluesky_faults import Fault, not_let_in, refused, unreached, unreadable
from listener.bluesky_lane import Errand, Kind, Lane, Params, Place, is_fresh
from listener.bluesky_posts import (
    NETWORK,
    Ours,
    Tokens,
    UnreadableAnswer,
    author_of,
    is_handle,
    is_post,
    read_followers,
    read_shown,
    read_standing,
    read_tokens,
    scope_of,
)
from listener.outcome import Outcome, ToldOnce
from listener.patience import Patience
from listener.source import LookedUp, SourceSettings, SourceUnavailable

Result = TypeVar("Result")
Post = TypeVar("Post", Mention, Reply)

TIMEOUTS = (3.05, 10.0)
"""Seconds to connect (a little over one TCP retransmission) and to wait for the next bytes."""
LONGEST_ANSWER = 16_000_000
"""Bytes; a page of 100 posts with all that Bluesky tells of their authors is under a million."""
AT_ONCE = 25
"""Posts or profiles that one question may name."""
PROFILES_A_LOOK = 8
"""Questions after followers that one look may ask: 200 authors, more than talk in any quiet hour."""

_OK = 200
_FULL_ACCESS = "com.atproto.access"
_KNOWN_AT_MOST = 10_000
_FOLLOWERS_KEPT = timedelta(hours=12)


def _whole_handle(written: str) -> str:
    bare = written.strip().removeprefix("@")
    if not is_handle(bare):
        raise ValueError("write the whole handle, for example ainokahvi.bsky.social")
    return bare


def _bare_password(password: SecretStr) -> SecretStr:
    bare = password.get_secret_value().strip()
    if not bare or not bare.isprintable():
        raise ValueError("is empty or no password; make an app password at bsky.app, Settings")
    return SecretStr(bare)


def _bare_url(written: str) -> str:
    parts = urlsplit(written)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise ValueError("write an address such as https://bsky.social")
    return written.rstrip("/").removesuffix("/xrpc")


Handle = Annotated[str, AfterValidator(_whole_handle)]


class BlueskySettings(SourceSettings):
    """`{name: sky, kind: bluesky, handle: ainokahvi.bsky.social, app_password: "${BLUESKY_APP_PASSWORD}"}`."""

    model_config = ConfigDict(hide_input_in_errors=True)

    kind: Literal["bluesky"] = "bluesky"
    handle: Handle
    """The company's account: its notifications are read, and its own posts stop clocks."""
    also: tuple[Handle, ...] = ()
    """Other accounts of the company, whose posts stop clocks too; their notifications can't be read."""
    query: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    """A search in Bluesky's own language, for posts that name the company without its handle."""
    app_password: Annotated[SecretStr, AfterValidator(_bare_password)]
    api_url: Annotated[str, AfterValidator(_bare_url)] = "https://bsky.social"

    @property
    def handles(self) -> tuple[str, ...]:
        """Every account of the company once, `handle` first."""
        named: dict[str, str] = {}
        for handle in (self.handle, *self.also):
            named.setdefault(handle.lower(), handle)
        return tuple(named.values())


class BlueskySource:
    """Lanes: `mentions` (notifications of `handle`), a `timeline` of each account, and one `search`.

    Each lane has its own place in the cursor and its own backing off; all are asked at once, in one session.
    `timeouts` are the seconds to connect and to wait for the next bytes; a whole answer takes at most the
    first and three times the second.
    """

    kind = "bluesky"
    network = NETWORK
    LOOKED_UP_AT_ONCE = AT_ONCE

    def __init__(self, settings: BlueskySettings, *, timeouts: tuple[float, float] = TIMEOUTS) -> None:
        self.name = settings.name
        self._settings = settings
        self._wire = AtprotoWire(settings.api_url, timeouts=timeouts)
        self._session = Session(settings, self._wire)
        self._lanes = [self._lane("mentions", "mentions", settings.handle)]
        for handle in settings.handles:
            suffix = "" if handle == settings.handle else f":{handle}"
            self._lanes.append(self._lane(f"timeline{suffix}", "timeline", handle))
        if settings.query:
            self._lanes.append(self._lane("search", "search", settings.query))
        self._dids: dict[str, str] = {}
        self._followers: dict[str, tuple[int, datetime]] = {}
        self._told = ToldOnce()
        self._one_look = threading.Lock()
        self._closed: Future[None] = Future()

    def fetch(self, cursor: Json, *, since: datetime, now: datetime) -> Batch:
        """Look at every lane that is due, each to its last page.

        Raises SourceUnavailable when no lane could be looked at; a lane that failed alone is in `troubles`.
        """
        with self._one_look:
            outcomes = [self._tell_once(found) for found in self._look(cursor, since=since, now=now)]
            troubles = tuple(trouble for outcome in outcomes for trouble in outcome.troubles)
            if all(outcome.failed and not (outcome.mentions or outcome.replies) for outcome in outcomes):
                raise _unavailable(troubles)
            mentions = _once(mention for outcome in outcomes for mention in outcome.mentions)
            return Batch(
                mentions=self._wait_for(_begin(self._with_followers, mentions, now)),
                replies=_once(reply for outcome in outcomes for reply in outcome.replies),
                cursor={
                    "dids": dict(self._dids),
                    "lanes": {outcome.lane: outcome.place.write() for outcome in outcomes},
                },
                troubles=troubles,
                rejected=tuple(sentence for outcome in outcomes for sentence in outcome.rejected),
                more=any(outcome.more for outcome in outcomes),
            )

    def look_up(self, ids: Sequence[str], *, now: datetime) -> LookedUp:
        """Ask which of at most 25 posts are still shown; Bluesky's posts can't be edited."""
        asked = [uri for uri in dict.fromkeys(ids) if is_post(uri)]
        if len(asked) > AT_ONCE:
            raise ValueError(f"{len(asked)} posts at once; Bluesky takes {AT_ONCE}")
        if not asked:
            return LookedUp()
        try:
            answer = self._wait_for(
                _begin(self._session.ask, "app.bsky.feed.getPosts", {"uris": asked}, now=now)
            )
            gone = frozenset(asked) - read_shown(answer)
            return LookedUp(gone=gone, seen=read_standing(answer, ours=self._ours()))
        except Fault as fault:
            raise _unavailable((_trouble(fault),)) from fault
        except UnreadableAnswer as error:
            raise _unavailable((_trouble(unreadable(str(error))),)) from error

    def check(self) -> list[str]:
        """Make a session and ask each lane for one post; each run counts as one session of the day's."""
        problems = []
        if _sends_in_clear(self._settings.api_url):
            problems.append("api_url is http: the app password crosses the network unencrypted; write https")
        now = datetime.now(UTC)
        try:
            if scope_of(self._session.tokens(now).access) == _FULL_ACCESS:
                problems.append(
                    "app_password is the account's own password; make an app password at bsky.app, Settings, "
                    "which can be taken back and opens less"
                )
        except Fault as fault:
            return [*problems, fault.message]
        for lane in self._lanes:
            try:
                lane.try_out(Errand(self._ours(), since=now, now=now))
            except Fault as fault:
                problems.append(f"{lane.name}: {fault.message}")
        return problems

    def close(self) -> None:
        """Let go of connections; a look that is under way ends at once, with SourceUnavailable."""
        if not self._closed.done():
            self._closed.set_result(None)
        self._wire.close()

    def _lane(self, name: str, kind: Kind, subject: str) -> Lane:
        settings = self._settings
        return Lane(name, kind, subject, self._session, every=settings.every, overlap=settings.overlap)

    def _look(self, cursor: Json, *, since: datetime, now: datetime) -> list[Outcome[Place]]:
        """Look at all lanes at the same time.

        1. The session is made, if there is none: its id tells our posts, whatever their handle is by now.
           Without one each lane says why.
        2. The lanes are read.
        3. Accounts whose posts were found by handle are known by their id from now on.
        """
        places = _object(cursor.get("lanes"))
        for handle, did in _object(cursor.get("dids")).items():
            if isinstance(did, str):
                self._dids.setdefault(handle, did)
        self._wait_for(_begin(self._session.try_to_sign_in, now))
        ours = self._ours()
        outcomes = [self._wait_for(looking) for looking in self._begin_looks(places, ours, since, now)]
        for outcome in outcomes:
            self._dids.update((reply.account.lower(), author_of(reply.id)) for reply in outcome.replies)
        return outcomes

    def _begin_looks(
        self, written: Json, ours: Ours, since: datetime, now: datetime
    ) -> list[Future[Outcome[Place]]]:
        """Begin to read every lane; while one reads on in a flood, those that have just been read wait."""
        places = {lane.name: Place.read(written.get(lane.name)) for lane in self._lanes}
        some_read_on = any(place.rest is not None for place in places.values())

        def look(lane: Lane) -> Outcome[Place]:
            place = places[lane.name]
            if some_read_on and is_fresh(place, every=self._settings.every, now=now):
                return Outcome(lane.name, place)
            return lane.look(place, Errand(ours, since=since, now=now))

        return [_begin(look, lane) for lane in self._lanes]

    def _with_followers(self, mentions: tuple[Mention, ...], now: datetime) -> tuple[Mention, ...]:
        """Fill in how many follow the authors, as far as it can be had; newest posts' authors first.

        A failure is no trouble: nothing is missed but this count, and the next look asks again.
        """
        newest = sorted(mentions, key=lambda mention: mention.posted_at, reverse=True)
        unknown = [
            did for did in dict.fromkeys(m.author.id for m in newest) if did and not self._knows(did, now)
        ]
        for start in range(0, min(len(unknown), AT_ONCE * PROFILES_A_LOOK), AT_ONCE):
            try:
                asked = {"actors": unknown[start : start + AT_ONCE]}
                found = read_followers(self._session.ask("app.bsky.actor.getProfiles", asked, now=now))
            except (Fault, UnreadableAnswer):
                break
            if len(self._followers) > _KNOWN_AT_MOST:
                self._followers.clear()
            self._followers.update({did: (count, now) for did, count in found.items()})
        return tuple(self._followed(mention) for mention in mentions)

    def _knows(self, did: str, now: datetime) -> bool:
        known = self._followers.get(did)
        return known is not None and now - known[1] < _FOLLOWERS_KEPT

    def _followed(self, mention: Mention) -> Mention:
        known = self._followers.get(mention.author.id or "")
        return (
            mention if known is None else replace(mention, author=replace(mention.author, followers=known[0]))
        )

    def _ours(self) -> Ours:
        named = frozenset(handle.lower() for handle in self._settings.handles)
        return Ours(
            handles=named,
            dids=self._session.dids | {self._dids[handle] for handle in named if handle in self._dids},
            is_automated=self._settings.is_automated,
        )

    def _wait_for(self, work: Future[Result]) -> Result:
        either: list[Future[Any]] = [work, self._closed]
        wait(either, return_when=FIRST_COMPLETED)
        if self._closed.done():
            raise SourceUnavailable("the source is being closed")
        return work.result()

    def _tell_once(self, outcome: Outcome[Place]) -> Outcome[Place]:
        return replace(outcome, rejected=self._told.fresh(outcome.rejected))


class Session:
    """One account, signed in: tokens are made once, refreshed when Bluesky calls them expired, never written down.

    Sessions are scarce (see the module): all lanes share one, and a password that was refused is tried again
    only once an hour.
    """

    def __init__(self, settings: BlueskySettings, wire: "AtprotoWire") -> None:
        self._handle = settings.handle
        self._password = settings.app_password
        self._wire = wire
        self._patience: Patience[Fault] = Patience(settings.every)
        self._tokens: Tokens | None = None
        self._one_at_a_time = threading.Lock()

    @property
    def dids(self) -> frozenset[str]:
        """The account's id, once it is known."""
        tokens = self._tokens
        return frozenset() if tokens is None else frozenset({tokens.did})

    def ask(self, question: str, params: Params, *, now: datetime) -> object:
        """Ask one question by its name, with another token if the first is refused. Raises Fault."""
        tokens = self.tokens(now)
        try:
            return self._wire.query(question, params, token=tokens.access, now=now)
        except Fault as fault:
            if not fault.wants_session:
                raise
        return self._wire.query(question, params, token=self._renewed(tokens, now).access, now=now)

    def try_to_sign_in(self, now: datetime) -> None:
        """Make the session, if there is none; whoever asks next is told why it can't be made."""
        with contextlib.suppress(Fault):
            self.tokens(now)

    def tokens(self, now: datetime) -> Tokens:
        """Give the session, made now if there is none. Raises Fault."""
        with self._one_at_a_time:
            return self._tokens or self._sign_in(now)

    def _renewed(self, refused_tokens: Tokens, now: datetime) -> Tokens:
        """Give other tokens than those that were refused; another lane may have got them meanwhile."""
        with self._one_at_a_time:
            if self._tokens is not None and self._tokens is not refused_tokens:
                return self._tokens
            try:
                self._tokens = self._make(
                    "com.atproto.server.refreshSession", None, refused_tokens.refresh, now
                )
            except Fault as fault:
                if not fault.wants_session and not fault.permanent:
                    raise  # only the way there is broken: the tokens may still be good
                self._tokens = None
                return self._sign_in(now)
            return self._tokens

    def _sign_in(self, now: datetime) -> Tokens:
        standing = self._patience.standing(now)
        if standing is not None:
            raise standing
        who = {"identifier": self._handle, "password": self._password.get_secret_value()}
        try:
            self._tokens = self._make("com.atproto.server.createSession", who, None, now)
        except Fault as fault:
            wrong = not_let_in(fault)
            self._patience.failed(wrong, now, pause=wrong.pause)
            raise wrong from fault
        self._patience.succeeded()
        return self._tokens

    def _make(
        self, procedure: str, body: Mapping[str, str] | None, token: str | None, now: datetime
    ) -> Tokens:
        answer = self._wire.call(procedure, body, token=token, now=now)
        try:
            return read_tokens(answer)
        except UnreadableAnswer as error:
            raise unreadable(str(error)) from error


class AtprotoWire:
    """atproto's request layer; it is made at the first question.

    atproto takes over a second to import: commands that ask Bluesky nothing do not pay it. Only its request
    layer is used: its models refuse a whole page for one odd record, and its client follows a session to
    whichever server that names, with the tokens.
    """

    def __init__(self, api_url: str, *, timeouts: tuple[float, float]) -> None:
        self._api_url = api_url
        self._timeouts = timeouts
        self._request: Any = None
        self._opening = threading.Lock()

    def query(self, question: str, params: Params, *, token: str, now: datetime) -> object:
        """Read something; gives the JSON of a 200. Raises Fault."""
        return self._ask("get", question, token=token, now=now, params=dict(params))

    def call(
        self, procedure: str, body: Mapping[str, str] | None, *, token: str | None, now: datetime
    ) -> object:
        """Have something done; gives the JSON of a 200. Raises Fault."""
        options: dict[str, Any] = {} if body is None else {"json": dict(body)}
        return self._ask("post", procedure, token=token, now=now, **options)

    def close(self) -> None:
        """Close the connections; the next question opens others."""
        with self._opening:
            request, self._request = self._request, None
        if request is not None:
            request.close()

    def _ask(self, method: str, name: str, *, token: str | None, now: datetime, **options: Any) -> object:
        import httpx  # noqa: PLC0415 - see the class
        from atproto_client.exceptions import RequestErrorBase  # noqa: PLC0415 - see the class

        request = self._opened()
        answered: dict[str, Any] = {}
        options["extensions"] = {"answered": answered}
        if token is not None:
            options["headers"] = {"Authorization": f"Bearer {token}"}
        try:
            getattr(request, method)(f"{self._api_url}/xrpc/{name}", **options)
        except Fault:
            raise
        except Exception as error:
            # the package raises for every status but 2xx, and stumbles over errors of odd shapes on the way:
            # what Bluesky said stands in the answer itself; where there is none the mistake may be ours
            if answered:
                return _read(answered, now=now)
            if isinstance(error, (RequestErrorBase, httpx.HTTPError, httpx.InvalidURL)):
                raise _without_answer(error) from error
            raise
        return _read(answered, now=now)

    def _opened(self) -> Any:
        from atproto_client.request import Request  # noqa: PLC0415 - see the class

        for name in ("httpx", "httpcore"):  # at INFO and DEBUG they log addresses and headers
            logger = logging.getLogger(name)
            logger.setLevel(max(logger.level, logging.WARNING))
        with self._opening:
            if self._request is None:
                connect, read = self._timeouts
                self._request = Request(
                    transport=_Door(self._api_url, self._timeouts),
                    timeout=(connect, read, read, read),
                    max_redirects=0,  # the tokens go nowhere else
                )
            return self._request


class _Door:
    """The only way out: bounds an answer in time and size, and gives it to us before the package reads it.

    Stands where httpx expects a transport. The package's own reader of JSON refuses a whole page for one lone
    surrogate; without a content type it does not read at all, and we do.
    """

    def __init__(self, api_url: str, timeouts: tuple[float, float]) -> None:
        self._api_url = api_url
        self._longest_seconds = timeouts[0] + 2 * timeouts[1]
        self._inner: Any = None
        self._opening = threading.Lock()

    def handle_request(self, request: Any) -> Any:
        """Send one request and read its whole answer. Raises httpx's own exceptions, and Fault."""
        import httpx  # noqa: PLC0415 - see AtprotoWire

        with self._opening:
            self._inner = self._inner or httpx.HTTPTransport(
                proxy=_proxy_to(self._api_url),
                # loading the authorities takes 50 ms; where nothing is encrypted there is no certificate
                verify=urlsplit(self._api_url).scheme == "https",
            )
        until = time.monotonic() + self._longest_seconds
        response = self._inner.handle_request(request)
        body = _read_body(response, until=until)
        request.extensions["answered"].update(
            status=response.status_code, headers=dict(response.headers), body=body
        )
        location = {name: value for name, value in response.headers.items() if name == "location"}
        return httpx.Response(response.status_code, headers=location, content=body)

    def close(self) -> None:
        """Close the connections."""
        if self._inner is not None:
            self._inner.close()


def _read_body(response: Any, *, until: float) -> bytes:
    """Read an answer to its end, in bounded time and size: httpx bounds only the wait for the next bytes."""
    parts: list[bytes] = []
    size = 0
    try:
        for part in response.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > LONGEST_ANSWER:
                raise unreadable("it is too long")
            if time.monotonic() > until:
                raise unreached("takes too long to answer")
    finally:
        response.close()  # half an answer may still be on it
    return b"".join(parts)


def _proxy_to(api_url: str) -> str | None:
    """Give the proxy that the environment names for an address; httpx looks only where it makes the transport."""
    parts = urlsplit(api_url)
    if proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get(parts.scheme)


def _without_answer(error: Exception) -> Fault:
    """Say why no answer came; the library's own words are left out, they may hold what was sent."""
    import httpx  # noqa: PLC0415 - see AtprotoWire
    from atproto_client.exceptions import InvokeTimeoutError  # noqa: PLC0415 - see AtprotoWire

    if isinstance(error, (InvokeTimeoutError, httpx.TimeoutException)):
        return unreached("did not answer in time")
    if isinstance(error, httpx.DecodingError):
        return unreadable("its compression is broken")
    return unreached("can't be reached or broke off")


def _read(answered: Mapping[str, Any], *, now: datetime) -> object:
    status: int = answered["status"]
    try:
        body: object = json.loads(answered["body"])
    except (ValueError, RecursionError) as error:
        if status == _OK:
            raise unreadable("no JSON") from error
        body = None
    if status != _OK:
        raise refused(status, headers=answered["headers"], body=body, now=now)
    return body


def _begin(work: Callable[..., Result], *args: Any, **options: Any) -> Future[Result]:
    """Start work in a daemon thread: one that hangs on the network must not keep the process from ending."""
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(work(*args, **options))
        except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
            future.set_exception(error)

    threading.Thread(target=run, name="bluesky-lane", daemon=True).start()
    return future


def _trouble(fault: Fault) -> Trouble:
    return Trouble(
        "all", fault.message, retry_at=fault.retry_at, permanent=fault.permanent, reason=fault.reason
    )


def _unavailable(troubles: tuple[Trouble, ...]) -> SourceUnavailable:
    """Say that no lane could be looked at, each reason once.

    `retry_at` is the earliest reset; with a lane that names none it is left to the jobs.
    """
    resets = [trouble.retry_at for trouble in troubles if trouble.retry_at is not None]
    return SourceUnavailable(
        "; ".join(dict.fromkeys(trouble.message for trouble in troubles)),
        retry_at=min(resets) if len(resets) == len(troubles) else None,
        permanent=all(trouble.permanent for trouble in troubles),
        reason=troubles[0].reason,
    )


def _once(posts: Iterable[Post]) -> tuple[Post, ...]:
    """Keep each post once: a search shows the mentions too."""
    return tuple({post.id: post for post in posts}.values())


def _object(written: object) -> Mapping[str, object]:
    return written if isinstance(written, Mapping) else {}


def _sends_in_clear(api_url: str) -> bool:
    parts = urlsplit(api_url)
    return parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}
