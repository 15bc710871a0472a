"""Reddit, read through praw: posts and comments that name the company, and the company's own.

Reddit allows an app 100 questions a minute, over 10 minutes (November 2026); a look takes one or two a lane.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from casebook.mention import Batch, Blindness, Json, Mention
from listener.fault import Fault, read_reset, used_up
from listener.lane import Ask, Lane, Page, Round, unavailable
from listener.library_door import TIMEOUTS, Door, Said, bare_url, is_ok, sends_in_clear, unreadable
from listener.reddit_posts import NETWORK, Ours, UnreadableAnswer, read_listing, read_standing, words_in
from listener.source import LookedUp, SourceSettings

PAGE = 100
REACH = 1000
"""Newest posts that a listing of Reddit shows at all."""
_WHO = "Reddit"
_TOKEN_PATH = "/api/v1/access_token"  # noqa: S105 - an address
_RATE_HEADERS = ("x-ratelimit-remaining", "x-ratelimit-used", "x-ratelimit-reset")
_UNAUTHORISED, _FORBIDDEN, _TOO_MANY = 401, 403, 429
_REDIRECTS = range(300, 400)
_CLOSED = frozenset({"private", "banned", "quarantined", "gold_only"})
"""Reddit's own words for a subreddit that can't be read; anything else in an answer is not repeated."""


def _bare_name(written: object) -> object:
    if not isinstance(written, str):
        return written
    return written.strip().removeprefix("/").removeprefix("u/").removeprefix("r/").removeprefix("@")


def _bare_secret(secret: SecretStr) -> SecretStr:
    bare = secret.get_secret_value().strip()
    if not bare or not bare.isprintable():
        raise ValueError("is empty or no secret; copy it from Reddit's app preferences")
    return SecretStr(bare)


Handle = Annotated[str, BeforeValidator(_bare_name), Field(pattern=r"^[A-Za-z0-9_-]{1,30}$")]
Subreddit = Annotated[str, BeforeValidator(_bare_name), Field(pattern=r"^[A-Za-z0-9_]{1,50}$")]
Secret = Annotated[SecretStr, AfterValidator(_bare_secret)]
Word = Annotated[str, Field(min_length=1, max_length=100)]


class RedditSettings(SourceSettings):
    """`{name: reddit, kind: reddit, query: '"Aino Kahvi"', client_id: "…", client_secret: "…"}`."""

    model_config = ConfigDict(hide_input_in_errors=True)

    kind: Literal["reddit"] = "reddit"
    client_id: Annotated[str, Field(min_length=1, max_length=100)]
    client_secret: Secret
    username: Handle | None = None
    """With `password`: the account whose inbox is read too; it is the company's."""
    password: Secret | None = None
    user_agent: Annotated[str, Field(min_length=7, max_length=200, pattern=r"^[ -~]+$")] | None = None
    """How we name ourselves to Reddit, which blocks what has no name of its own."""
    handle: Handle | None = None
    """The company's account, with or without u/."""
    also: tuple[Handle, ...] = ()
    """Other accounts of the company."""
    query: Annotated[str, Field(min_length=1, max_length=512)] | None = None
    """A search of all posts, in Reddit's own words; comments can't be searched."""
    subreddits: tuple[Subreddit, ...] = Field(default=(), max_length=50)
    """New posts and comments there are read, with or without r/."""
    words: tuple[Word, ...] = Field(default=(), max_length=50)
    """Of the posts and comments in `subreddits`, only those count in which a word begins so; none: all."""
    api_url: Annotated[str, AfterValidator(bare_url)] = "https://oauth.reddit.com"
    auth_url: Annotated[str, AfterValidator(bare_url)] = "https://www.reddit.com"
    """Where the access token is asked for."""

    @field_validator("learn")
    @classmethod
    def _no_weights(cls, learn: str) -> str:
        if learn == "weights":
            raise ValueError("Reddit's terms forbid training on its posts; write thresholds, or off")
        return learn

    @model_validator(mode="after")
    def _reads_something(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together; set both or neither")
        if not (self.handles or self.query or self.subreddits):
            raise ValueError("nothing to read; set query, subreddits, handle or username")
        return self

    @property
    def handles(self) -> tuple[str, ...]:
        """Every account of the company once."""
        named = (name for name in (self.handle, self.username, *self.also) if name is not None)
        return tuple({name.lower(): name for name in reversed(list(named))}.values())[::-1]


class RedditSource:
    """Lanes: `timeline` of each account, `inbox`, `posts` and `comments` of subreddits, and `search`."""

    kind = "reddit"
    network = NETWORK
    LOOKED_UP_AT_ONCE = 100

    def __init__(self, settings: RedditSettings, *, timeouts: tuple[float, float] = TIMEOUTS) -> None:
        self.name = settings.name
        self._settings = settings
        self._wire = _Wire(settings, timeouts)
        self._second_wire = _Wire(settings, timeouts)
        """For looking up and checking, while a look is under way."""
        self._one_question = threading.Lock()
        self._ours = Ours(frozenset(map(str.lower, settings.handles)), settings.is_automated)
        self._is_meant = words_in(settings.words)
        self._now = datetime.now(UTC)
        self._round = Round([self._lane(name, path, asked) for name, path, asked in self._questions()])

    def fetch(self, cursor: Json, *, since: datetime, now: datetime) -> Batch:
        """Look at every lane; raises SourceUnavailable when none could be looked at."""
        self._now = now
        return self._round.look(cursor, since=since, now=now)

    def look_up(self, ids: Sequence[str], *, now: datetime) -> LookedUp:
        """Ask for up to 100 posts at once; those that were deleted or removed are gone."""
        wanted = list(ids[: self.LOOKED_UP_AT_ONCE])

        def ask() -> LookedUp:
            with self._one_question:
                answer = self._second_wire.ask("api/info", {"id": ",".join(wanted)}, now=now)
            try:
                there = read_standing(answer, ours=self._ours, now=now)
            except UnreadableAnswer as error:
                raise unreadable(_WHO, str(error)) from error
            posts = [(post, edited) for post, edited in there.values() if isinstance(post, Mention)]
            return LookedUp(
                frozenset(wanted) - frozenset(there),
                edited=tuple(post for post, was_edited in posts if was_edited),
                seen=tuple(post for post, was_edited in posts if not was_edited),
            )

        try:
            found: LookedUp = self._round.wait_for(ask)
        except Fault as fault:
            raise unavailable([fault.trouble("all")]) from fault
        return found

    def check(self) -> list[str]:
        """Ask each question of a look once, for one post."""
        problems: list[str] = []
        if sends_in_clear(self._settings.api_url) or sends_in_clear(self._settings.auth_url):
            problems.append("api_url or auth_url is http: secrets cross the network unencrypted; write https")
        with self._one_question:
            for name, path, asked in self._questions():
                try:
                    self._second_wire.ask(path, {**asked, "limit": 1}, now=datetime.now(UTC))
                except Fault as fault:
                    problems.append(f"{name}: {_about(fault, name).message}")
                    if fault.holds_for_all:
                        break
            self._second_wire.close()
        return problems

    def close(self) -> None:
        """Let go of connections; a look that is under way ends at once, with SourceUnavailable."""
        self._round.close()
        self._wire.close()
        self._second_wire.close()

    def _questions(self) -> Iterator[tuple[str, str, dict[str, object]]]:
        """Give each lane's name, path and parameters."""
        settings = self._settings
        for number, handle in enumerate(settings.handles):
            name = "timeline" if number == 0 else f"timeline:{handle}"
            yield name, f"user/{handle}/overview", {"sort": "new"}
        if settings.username is not None:
            # mentions of u/NAME and answers to its posts and comments; reading leaves them unread
            yield "inbox", "message/inbox", {"mark": "false"}
        if settings.subreddits:
            together = "+".join(settings.subreddits)
            yield "posts", f"r/{together}/new", {}
            yield "comments", f"r/{together}/comments", {}
        if settings.query is not None:
            yield "search", "search", {"q": settings.query, "sort": "new", "type": "link", "t": "all"}

    def _lane(self, name: str, path: str, asked: Mapping[str, object]) -> Lane:
        every, overlap = self._settings.every, self._settings.overlap
        ask = self._ask(name, path, asked)
        return Lane(name, ask, every=every, overlap=overlap, by_id=False, reach=REACH)

    def _ask(self, name: str, path: str, asked: Mapping[str, object]) -> Ask:
        is_meant: Callable[[str], bool] = self._is_meant if name in {"posts", "comments"} else lambda _: True

        def ask(floor: str | None, below: str | None) -> Page:
            del floor  # `before` shows nothing at all once the post it names was deleted
            params = {**asked, "limit": PAGE, **({"after": below} if below is not None else {})}
            try:
                answer = self._wire.ask(path, params, now=self._now)
                return read_listing(answer, ours=self._ours, now=self._now, is_meant=is_meant)
            except Fault as fault:
                raise _about(fault, name) from fault
            except UnreadableAnswer as error:
                raise unreadable(_WHO, str(error)) from error

        return ask


class _Wire:
    """One praw client; it is made at the first question, for its package takes long to import.

    praw sleeps by itself when the rate limit runs low, and tries again by itself: the door hides the limit's
    headers from it, and raises what it does not try again.
    """

    def __init__(self, settings: RedditSettings, timeouts: tuple[float, float]) -> None:
        self._settings = settings
        addresses = dict.fromkeys([settings.api_url, settings.auth_url])
        self._door = Door(_WHO, *addresses, refusal=self._refusal, timeouts=timeouts, hides=_RATE_HEADERS)
        self._client: Any = None
        self._session: Any = None
        self._now = datetime.now(UTC)
        self._rests_until: datetime | None = None

    def ask(self, path: str, params: Mapping[str, object], *, now: datetime) -> object:
        """Ask and give the answer's JSON; raises Fault."""
        if self._rests_until is not None and now < self._rests_until:
            raise _too_many(self._rests_until)
        self._now, self._rests_until = now, None
        had_token = self._client is not None
        try:
            return self._ask(path, params)
        except Fault as fault:
            if fault.status != _UNAUTHORISED or not had_token:
                raise
        self.close()  # the token has grown old: a new client asks for a new one
        return self._ask(path, params)

    def close(self) -> None:
        """Close the connection; the next question opens another, with a new token."""
        session, self._session, self._client = self._session, None, None
        if session is not None:
            session.close()
        self._door.close()

    def _ask(self, path: str, params: Mapping[str, object]) -> object:
        client = self._client or self._open()
        said = self._door.ask(lambda: client.request(method="GET", path=path, params=dict(params)))
        answer = said.json()
        if answer is None or said.path.endswith(_TOKEN_PATH):
            raise unreadable(_WHO, "no JSON")
        return answer

    def _open(self) -> Any:
        import praw  # noqa: PLC0415 - see the class

        settings = self._settings
        self._session = self._door.session()
        # every key is given: what is left out praw takes from the environment or from a praw.ini nearby
        self._client = praw.Reddit(
            site_name="DEFAULT",
            client_id=settings.client_id,
            client_secret=settings.client_secret.get_secret_value(),
            username=settings.username,
            password=settings.password.get_secret_value() if settings.password is not None else None,
            refresh_token=None,
            redirect_uri=None,
            user_agent=settings.user_agent or _user_agent(settings),
            oauth_url=f"{settings.api_url}/",
            reddit_url=settings.auth_url,
            ratelimit_seconds=0,
            check_for_updates=False,
            check_for_async=False,
            requestor_kwargs={"session": self._session},
        )
        return self._client

    def _refusal(self, said: Said) -> Fault | None:
        reset_at = read_reset(said.headers, now=self._now)
        if said.path.endswith(_TOKEN_PATH) and said.status != _TOO_MANY:
            return _no_token(said)
        if is_ok(said):
            self._rests_until = reset_at if used_up(said.headers) else None
            return None
        if said.status == _TOO_MANY:
            self._rests_until = reset_at
            return _too_many(reset_at)
        return _refused(said)


def _user_agent(settings: RedditSettings) -> str:
    by = next(iter(settings.handles), None)
    return f"server:vaste:v0.1 (by /u/{by})" if by is not None else "server:vaste:v0.1 (self-hosted)"


def _no_token(said: Said) -> Fault | None:
    """Say why there is no access token; None when there is one."""
    body = said.json()
    if said.status in {400, _UNAUTHORISED}:
        return _not_let_in("refused client_id and client_secret (401); copy both from its app preferences")
    if said.status == _FORBIDDEN:
        return _refused(said)
    if not is_ok(said):
        return Fault(
            f"{_WHO} answers with {said.status}; nothing to do here unless it lasts", status=said.status
        )
    if isinstance(body, dict) and "error" in body:
        return _not_let_in(
            "refused username and password; the account must be a developer of the app, without two-factor login"
        )
    has_token = (
        isinstance(body, dict)
        and isinstance(body.get("access_token"), str)
        and type(body.get("expires_in")) is int
        and isinstance(body.get("scope"), str)
    )
    return None if has_token else unreadable(_WHO, "no access token")


def _not_let_in(why: str) -> Fault:
    return Fault(f"{_WHO} {why}", reason=Blindness.AUTHORISATION, status=_UNAUTHORISED, permanent=True)


def _refused(said: Said) -> Fault:
    if said.status == _UNAUTHORISED:
        return _not_let_in("refused the access token (401); check that the app was not deleted")
    if said.status == _FORBIDDEN:
        body = said.json()
        why = body.get("reason") if isinstance(body, dict) else None
        known = why if isinstance(why, str) and why in _CLOSED else None
        if known is not None:
            sentence = (
                f"does not let us read this (403, {known}); take it out, or log in with an account that may"
            )
        elif isinstance(body, dict):
            sentence = "does not let us read this (403); it may be suspended or closed, check it on the site"
        else:
            sentence = "blocks us (403); set user_agent to a name of your own, as in its API rules"
        return Fault(f"{_WHO} {sentence}", reason=Blindness.AUTHORISATION, status=_FORBIDDEN, permanent=True)
    return Fault(f"{_WHO} answers with {said.status}; nothing to do here unless it lasts", status=said.status)


def _about(fault: Fault, lane: str) -> Fault:
    """Say what a missing thing is: Reddit answers 404 for accounts, and sends us to a search for subreddits."""
    if fault.status != 404 and fault.status not in _REDIRECTS:  # noqa: PLR2004 - not found
        return fault
    what = "account; correct handle or also, it may also be suspended" if lane.startswith("timeline") else ""
    what = what or "subreddit; correct subreddits"
    return Fault(
        f"{_WHO} knows no such {what}", reason=Blindness.AUTHORISATION, status=fault.status, permanent=True
    )


def _too_many(reset_at: datetime | None) -> Fault:
    until = f"read again at {reset_at:%H:%M:%S} UTC" if reset_at else "it does not say until when"
    return Fault(
        f"{_WHO} lets us ask no more for now (429), {until}; make `every` longer if it happens often",
        reason=Blindness.RATE_LIMIT,
        status=_TOO_MANY,
        retry_at=reset_at,
    )
