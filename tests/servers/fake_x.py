"""A fake X: enough of X API v2 over loopback HTTP for the real tweepy, in tests, benches and by hand.

    with FakeX() as x:
        aino = x.add_account("ainokahvi")
        x.post("caro", "@ainokahvi missä tilaukseni?")
        ...  # point `api_url` at x.url, `bearer_token` at x.token

By hand: `python -m tests.servers.fake_x --port 8099`, then POST JSON to /_control/accounts, posts, edits,
deletes, faults, limits, and GET /_control/requests.
"""

import argparse
import base64
import binascii
import hashlib
import hmac
import html
import itertools
import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from tests.servers.loopback import Fault, Loopback, Speaker

EPOCH_MS = 1_288_834_974_657
WINDOW = timedelta(minutes=15)
LIMITS = {
    "user": 300,
    "users": 300,
    "mentions": 450,
    "timeline": 10_000,
    "search": 450,
    "counts": 300,
    "tweet": 450,
    "me": 75,
    "tweets": 450,
    "job": 150,
}
USER_LIMITS = {**LIMITS, "user": 900, "users": 900, "me": 75, "mentions": 300, "timeline": 900, "search": 300}
"""The same for an account that asks by its own keys."""
REACH = {"mentions": 800, "timeline": 3200}
LEAST_PAGE = {"mentions": 5, "timeline": 5, "search": 10}
SHOWN = 280
TWEET_FIELDS = frozenset(
    [
        "author_id",
        "conversation_id",
        "created_at",
        "edit_history_tweet_ids",
        "edit_history_post_ids",
        "id",
        "in_reply_to_user_id",
        "lang",
        "note_tweet",
        "public_metrics",
        "referenced_tweets",
        "referenced_posts",
        "text",
    ]
)
USER_FIELDS = frozenset(["created_at", "id", "name", "public_metrics", "username", "verified"])
EXPANSIONS = frozenset(["author_id", "referenced_tweets.id", "referenced_posts.id"])
NEW_NAMES = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "referenced_tweets": "referenced_posts",
    "retweet_count": "repost_count",
    "retweeted": "reposted",
}
PROBLEMS = "https://api.twitter.com/2/problems/"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    username: str
    name: str
    followers: int


@dataclass(frozen=True, slots=True)
class Post:
    id: str
    author: Account
    text: str
    created_at: datetime
    visible_at: datetime
    conversation: str
    lang: str
    reply_to: "Post | None" = None
    quotes: str | None = None
    retweets: str | None = None
    history: tuple[str, ...] = ()

    def references(self) -> list[Json]:
        named = (
            ("retweeted", self.retweets),
            ("quoted", self.quotes),
            ("replied_to", self.reply_to.id if self.reply_to else None),
        )
        return [{"type": how, "id": found} for how, found in named if found is not None]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came in, and what it got."""

    at: datetime
    path: str
    params: Mapping[str, str]
    status: int
    signed: bool = False
    """An account asked, by its keys; otherwise the app, by its token."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What an account signs with, and which account it is."""

    consumer_key: str
    consumer_secret: str
    access_token: str
    access_token_secret: str
    username: str


@dataclass(slots=True)
class Meter:
    limit: int
    remaining: int
    reset_at: datetime


@dataclass(slots=True)
class Job:
    """A batch compliance job; what it finds is as the posts stand when its result is made."""

    id: str
    name: str
    created_at: datetime
    ids: tuple[str, ...] = ()
    handed_over_at: datetime | None = None
    ended_as: str | None = None
    """`failed`, where a test says so."""


class Refused(Exception):
    def __init__(self, status: int, body: Json, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers


class FakeX(Loopback[Asked]):
    """`now` tells X's time; `limits` are requests a 15 minutes by kind; `names` the specification's age."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime] | None = None,
        token: str = "fake-bearer-token",
        keys: Keys | None = None,
        limits: Mapping[str, int] | None = None,
        names: Literal["old", "new"] = "old",
        port: int = 0,
    ) -> None:
        super().__init__(_Speaker, now=now, port=port)
        self.token = token
        self.keys = keys
        self._nonces: set[str] = set()
        self.longest_query = 512
        """Characters; 4096 for whoever has a contract with X."""
        self.limits = {**LIMITS, **(limits or {})}
        self.names = names
        self.before_answering: Callable[[str], object] = lambda _: None
        """Called with the path of each request, which waits for it."""
        self.views: dict[str, int] = {}
        """How often a post has been viewed, by its id."""
        self._accounts: dict[str, Account] = {}
        self._posts: dict[str, Post] = {}
        self._versions: dict[str, Post] = {}
        """What edited posts said before, by the ids they had then."""
        self._hidden: set[str] = set()
        self.jobs: dict[str, Job] | None = {}
        """Compliance jobs by their ids; None: the app's plan has none."""
        self.headers_of_puts: Callable[[str], object] = lambda _: None
        self.job_takes = timedelta(minutes=10)
        """From the ids' being handed over to the result."""
        self._meters: dict[str, Meter] = {}
        self._sequence = itertools.count(1)

    # what people do on the network

    def add_account(self, username: str, *, name: str | None = None, followers: int = 10) -> Account:
        with self.lock:
            account = Account(self._new_id(self.now()), username, name or username.title(), followers)
            self._accounts[username.lower()] = account
            return account

    def account(self, username: str) -> Account:
        with self.lock:
            return self._accounts.get(username.lower()) or self.add_account(username)

    def post(
        self,
        author: str,
        text: str,
        *,
        created_at: datetime | None = None,
        visible_at: datetime | None = None,
        reply_to: str | None = None,
        quotes: str | None = None,
        retweets: str | None = None,
        lang: str = "fi",
    ) -> Post:
        with self.lock:
            created = created_at or self.now()
            new_id = self._new_id(created)
            parent = self._posts.get(reply_to) if reply_to else None
            post = Post(
                id=new_id,
                author=self.account(author),
                text=text,
                created_at=created,
                visible_at=visible_at or created,
                conversation=parent.conversation if parent else new_id,
                lang=lang,
                reply_to=parent,
                quotes=quotes,
                retweets=retweets,
                history=(new_id,),
            )
            self._posts[new_id] = post
            return post

    def edit(self, post_id: str, text: str, *, created_at: datetime | None = None) -> Post:
        with self.lock:
            old = self._versions[post_id] = self._posts.pop(post_id)
            new = self.post(
                old.author.username,
                text,
                created_at=created_at,
                reply_to=old.reply_to.id if old.reply_to else None,
                quotes=old.quotes,
                lang=old.lang,
            )
            history = (*old.history, new.id)
            kept = Post(**{**_fields_of(new), "history": history, "conversation": old.conversation})
            self._posts[new.id] = kept
            return kept

    def delete(self, post_id: str) -> None:
        with self.lock:
            self._posts.pop(post_id, None)

    def protect(self, username: str) -> None:
        """Let an account show its posts to followers only."""
        with self.lock:
            self._hidden.add(self.account(username).id)

    # what goes wrong

    def is_meant(self, path: str, wanted: str) -> bool:
        """Say whether a request is of a kind (`mentions`, `timeline`, `search`, `user`), or its path holds `wanted`."""
        return is_meant(path, wanted)

    def set_rate(self, kind: str, *, limit: int, remaining: int, reset_at: datetime) -> None:
        with self.lock:
            self.limits[kind] = limit
            self._meters[kind] = Meter(limit, remaining, reset_at)

    def asked(self, path: str) -> list[Asked]:
        """Give the requests of a kind (`mentions`, …), or whose path holds `path`; oldest first."""
        with self.lock:
            return [asked for asked in self.requests if is_meant(asked.path, path)]

    # how X answers

    def answer(
        self, path: str, params: Mapping[str, str], authorization: str, *, url: str = ""
    ) -> tuple[int, Json, dict[str, str]]:
        """Give status, JSON and rate-limit headers; `url` is the whole address we were called by."""
        with self.lock:
            headers: dict[str, str] = {}
            try:
                signed = self._let_in(authorization, url)
                kind, subject = _route(path)
                _refuse_wrong_way(kind, signed=signed)
                headers = self._count(kind, signed=signed)
                return 200, self._body(kind, subject, params), headers
            except Refused as refused:
                return refused.status, refused.body, refused.headers or headers

    def _let_in(self, authorization: str, url: str) -> bool:
        """Say whether an account asks (True) or the app; refuses whoever is neither."""
        if authorization == f"Bearer {self.token}":
            return False
        if self.keys is None or not is_signed(authorization, "GET", url, self.keys, seen=self._nonces):
            raise Refused(401, _problem("about:blank", "Unauthorized", 401))
        return True

    def note(self, path: str, params: Mapping[str, str], status: int, *, signed: bool = False) -> None:
        self.record(Asked(self.now(), path, dict(params), status, signed))

    def _body(self, kind: str, subject: str, params: Mapping[str, str]) -> Json:
        answers: dict[str, Callable[[str, Mapping[str, str]], Json]] = {
            "user": self._user,
            "users": self._users,
            "mentions": self._mentions,
            "timeline": self._timeline,
            "search": self._searched,
            "counts": self._counts,
            "tweet": self._tweet,
            "me": self._me,
            "tweets": self._tweets,
            "job": self._job,
        }
        return answers[kind](subject, params)

    def _count(self, kind: str, *, signed: bool) -> dict[str, str]:
        """Count the request; refuses it with 429 when the window is used up. Accounts and the app count apart."""
        now = self.now()
        name = f"{kind}, signed" if signed else kind
        limit = USER_LIMITS[kind] if signed else self.limits[kind]
        meter = self._meters.get(name)
        if meter is None or now >= meter.reset_at:
            meter = self._meters[name] = Meter(limit, limit, now + WINDOW)
        is_over = meter.remaining <= 0
        meter.remaining = max(0, meter.remaining - 1)
        headers = {
            "x-rate-limit-limit": str(meter.limit),
            "x-rate-limit-remaining": str(meter.remaining),
            "x-rate-limit-reset": str(int(meter.reset_at.timestamp())),
        }
        if is_over:
            raise Refused(429, _problem("about:blank", "Too Many Requests", 429), headers)
        return headers

    def _user(self, username: str, params: Mapping[str, str]) -> Json:
        account = self._accounts.get(username.lower())
        if account is None:
            return {"errors": [_not_found("user", "username", username)]}
        return {"data": _user_json(account, _listed(params, "user.fields", USER_FIELDS))}

    def _me(self, _: str, params: Mapping[str, str]) -> Json:
        return self._user(self.keys.username if self.keys else "", params)

    def _users(self, _: str, params: Mapping[str, str]) -> Json:
        names = params.get("usernames", "").split(",")
        fields = _listed(params, "user.fields", USER_FIELDS)
        found = [self._accounts[name.lower()] for name in names if name.lower() in self._accounts]
        missing = [name for name in names if name.lower() not in self._accounts]
        body: Json = {}
        if found:
            body["data"] = [_user_json(account, fields) for account in found]
        if missing:
            body["errors"] = [_not_found("user", "usernames", name) for name in missing]
        return body

    def _mentions(self, account_id: str, params: Mapping[str, str]) -> Json:
        account = self._by_id(account_id)
        called = re.compile(
            rf"(?<![A-Za-z0-9_])@{re.escape(account.username)}(?![A-Za-z0-9_])", re.IGNORECASE
        )
        return self._page("mentions", lambda post: called.search(post.text) is not None, params)

    def _timeline(self, account_id: str, params: Mapping[str, str]) -> Json:
        self._by_id(account_id)
        excluded = params.get("exclude", "").split(",")

        def holds(post: Post) -> bool:
            if post.author.id != account_id or ("retweets" in excluded and post.retweets):
                return False
            return not ("replies" in excluded and post.reply_to)

        return self._page("timeline", holds, params)

    def _searched(self, _: str, params: Mapping[str, str]) -> Json:
        query = params.get("query", "")
        if len(query) > self.longest_query:
            raise _invalid("query", query, f"the query is longer than {self.longest_query}")
        return self._page("search", parse_query(query), params)

    def _counts(self, _: str, params: Mapping[str, str]) -> Json:
        """Count by the clock's minutes, hours or days; the first and the last bucket end with the window."""
        holds = parse_query(params.get("query", ""))
        unknown = set(params) - {"query", "granularity", "start_time", "end_time", "since_id", "until_id"}
        if unknown:
            raise _invalid(min(unknown), "", "The query parameter is not one of those that are known")
        size = {"minute": 60, "hour": 3600, "day": 86_400}.get(params.get("granularity", "hour"))
        if size is None:
            raise _invalid("granularity", params["granularity"], "not one of [minute,hour,day]")
        window = _Window.read(params, kind="search", now=self.now())
        begin = int((window.start or self.now() - timedelta(days=7)).timestamp())
        end = int((window.end or self.now()).timestamp())
        posts = [post for post in self._visible() if holds(post) and window.holds(post)]
        at = [int(post.created_at.timestamp()) // size for post in posts]
        data = []
        for bucket in range(begin // size, (end - 1) // size + 1):
            first, last = max(bucket * size, begin), min((bucket + 1) * size, end)
            counted = {"start": _from_epoch(first), "end": _from_epoch(last), "tweet_count": at.count(bucket)}
            data.append(counted)
        total = sum(map(at.count, set(at)))
        body = {"data": data, "meta": {"total_tweet_count": total}}
        return _renamed(body) if self.names == "new" else body

    def _tweet(self, post_id: str, params: Mapping[str, str]) -> Json:
        post = next((post for post in self._visible() if post.id == post_id), None)
        if post is None:
            return {"errors": [_not_found("tweet", "id", post_id)]}
        body = self._shown([post], params)
        return {**body, "data": body["data"][0]}

    def _tweets(self, _: str, params: Mapping[str, str]) -> Json:
        ids = params.get("ids", "").split(",")
        if not 1 <= len(ids) <= 100 or not all(re.fullmatch(r"[0-9]{1,19}", name) for name in ids):
            raise _invalid("ids", params.get("ids", ""), "The `ids` query parameter is not 1 to 100 ids")
        found = {name: post for name in ids if (post := self._version(name)) is not None}
        shown = [post for post in found.values() if post.author.id not in self._hidden]
        body = self._shown(shown, params) if shown else {}
        errors = [_not_found("tweet", "ids", name) for name in ids if name not in found]
        errors += [
            _not_allowed("tweet", "ids", name)
            for name, post in found.items()
            if post.author.id in self._hidden
        ]
        return {**body, "errors": errors} if errors else body

    def create_job(self, asked: Json, *, by_app: bool) -> Json:
        """Begin a compliance job, as POST /2/compliance/jobs does; one at a time."""
        with self.lock:
            if not by_app:
                raise Refused(403, _problem("unsupported-authentication", "Unsupported Authentication", 403))
            if self.jobs is None:
                raise Refused(403, _problem("client-forbidden", "Client Forbidden", 403))
            if asked.get("type") != "tweets" or set(asked) - {"type", "name", "resumable"}:
                raise _invalid("type", str(asked.get("type")), "not one of [tweets,users]")
            if any(self._status_of(job) in {"created", "in_progress"} for job in self.jobs.values()):
                raise Refused(409, _problem("about:blank", "Conflict", 409))
            job = Job(self._new_id(self.now()), asked.get("name", ""), self.now())
            self.jobs[job.id] = job
            return {"data": self._job_json(job)}

    def hand_over(self, number: str, ids: Iterable[str]) -> bool:
        """Take a job's ids, as its upload_url does; False where there is no such job, or it was too late."""
        with self.lock:
            job = (self.jobs or {}).get(number)
            if job is None or self._status_of(job) != "created":
                return False
            job.ids, job.handed_over_at = tuple(ids), self.now()
            return True

    def result(self, number: str) -> str | None:
        """Give a job's result as its download_url does: a line for each post that must go."""
        with self.lock:
            job = (self.jobs or {}).get(number)
            if job is None or self._status_of(job) != "complete":
                return None
            gone = [
                (name, "protected" if self._version(name) else "deleted")
                for name in job.ids
                if (post := self._version(name)) is None or post.author.id in self._hidden
            ]
            told = {"action": "delete", "created_at": _iso(self.now()), "redacted_at": _iso(self.now())}
            return "".join(json.dumps({"id": name, **told, "reason": why}) + "\n" for name, why in gone)

    def _job(self, number: str, params: Mapping[str, str]) -> Json:
        del params
        job = (self.jobs or {}).get(number)
        if job is None:
            raise Refused(404, _problem("resource-not-found", "Not Found Error", 404))
        return {"data": self._job_json(job)}

    def _status_of(self, job: Job) -> str:
        if job.ended_as is not None:
            return job.ended_as
        if job.handed_over_at is None:
            return "created" if self.now() < job.created_at + timedelta(minutes=15) else "expired"
        return "complete" if self.now() >= job.handed_over_at + self.job_takes else "in_progress"

    def _job_json(self, job: Job) -> Json:
        return {
            "id": job.id,
            "name": job.name,
            "type": "tweets",
            "created_at": _iso(job.created_at),
            "status": self._status_of(job),
            "upload_url": f"{self.url}/_storage/{job.id}/ids?signature=secret",
            "upload_expires_at": _iso(job.created_at + timedelta(minutes=15)),
            "download_url": f"{self.url}/_storage/{job.id}/result?signature=secret",
            "download_expires_at": _iso(job.created_at + timedelta(days=7)),
        }

    def _version(self, name: str) -> Post | None:
        """Give a post under any id that it has had, with the history of its newest version."""
        newest = next((post for post in self._visible() if name in post.history), None)
        if newest is None or newest.id == name:
            return newest
        then = self._versions[name]
        return Post(**{**_fields_of(then), "history": newest.history, "conversation": newest.conversation})

    def _by_id(self, account_id: str) -> Account:
        found = next((account for account in self._accounts.values() if account.id == account_id), None)
        if found is None:
            raise Refused(404, _problem("resource-not-found", "Not Found Error", 404))
        return found

    def _visible(self) -> list[Post]:
        now = self.now()
        shown = (post for post in self._posts.values() if post.visible_at <= now)
        return sorted(shown, key=lambda post: int(post.id), reverse=True)

    def _page(self, kind: str, holds: Callable[[Post], bool], params: Mapping[str, str]) -> Json:
        window = _Window.read(params, kind=kind, now=self.now())
        found = [post for post in self._visible() if holds(post)][: REACH.get(kind)]
        found = [post for post in found if window.holds(post)]
        size = _page_size(params, kind)
        page, has_more = found[:size], len(found) > size
        meta: Json = {"result_count": len(page)}
        if not page:
            return {"meta": meta}
        meta |= {"newest_id": page[0].id, "oldest_id": page[-1].id}
        if has_more:
            meta["next_token"] = _token(page[-1].id)
        return {**self._shown(page, params), "meta": meta}

    def _shown(self, posts: list[Post], params: Mapping[str, str]) -> Json:
        fields = _listed(params, "tweet.fields", TWEET_FIELDS) | _listed(params, "post.fields", TWEET_FIELDS)
        expansions = _listed(params, "expansions", EXPANSIONS)
        body: Json = {"data": [_post_json(post, fields, self.views.get(post.id, 0)) for post in posts]}
        includes: Json = {}
        if "author_id" in expansions:
            user_fields = _listed(params, "user.fields", USER_FIELDS)
            authors = {post.author.id: post.author for post in posts}
            includes["users"] = [_user_json(author, user_fields) for author in authors.values()]
        if expansions & {"referenced_tweets.id", "referenced_posts.id"}:
            referred = {found["id"] for post in posts for found in post.references()}
            included = [post for post in self._visible() if post.id in referred]
            if included:
                includes["tweets"] = [_post_json(post, fields) for post in included]
        if includes:
            body["includes"] = includes
        return _renamed(body) if self.names == "new" else body

    def _new_id(self, created_at: datetime) -> str:
        milliseconds = int(created_at.timestamp() * 1000) - EPOCH_MS
        return str((milliseconds << 22) | (next(self._sequence) & 0x3FFFFF))


@dataclass(frozen=True, slots=True)
class _Window:
    """Which posts a request asks for by time and id; refuses what X refuses."""

    start: datetime | None
    end: datetime | None
    since_id: int | None
    until_id: int | None
    before_id: int | None

    @classmethod
    def read(cls, params: Mapping[str, str], *, kind: str, now: datetime) -> "_Window":
        start, end = _time(params, "start_time"), _time(params, "end_time")
        since_id = _number(params, "since_id")
        if start is not None and since_id is not None:
            raise _invalid("since_id", params["since_id"], "'since_id' and 'start_time' exclude each other")
        for name, instant in (("start_time", start), ("end_time", end)):
            if instant is not None and instant > now - timedelta(seconds=10):
                raise _invalid(name, params[name], f"'{name}' must be 10 seconds prior to the request time")
        if kind == "search":
            _refuse_too_old(start, since_id, params, now - timedelta(days=7))
            end = end or now - timedelta(seconds=30)
        if start is not None and end is not None and start >= end:
            raise _invalid("start_time", params["start_time"], "'start_time' must be before 'end_time'")
        token = params.get("next_token") or params.get("pagination_token")
        return cls(start, end, since_id, _number(params, "until_id"), _before(token) if token else None)

    def holds(self, post: Post) -> bool:
        shown_at = post.created_at.replace(microsecond=0)
        if self.start is not None and shown_at < self.start:
            return False
        if self.end is not None and shown_at >= self.end:
            return False
        number = int(post.id)
        if self.since_id is not None and number <= self.since_id:
            return False
        return all(number < end for end in (self.until_id, self.before_id) if end is not None)


def _refuse_too_old(
    start: datetime | None, since_id: int | None, params: Mapping[str, str], reach: datetime
) -> None:
    if start is not None and start < reach:
        raise _invalid("start_time", params["start_time"], f"'start_time' must be on or after {_iso(reach)}")
    if since_id is not None and (since_id >> 22) + EPOCH_MS < reach.timestamp() * 1000:
        raise _invalid("since_id", params["since_id"], "'since_id' must be larger")


def is_meant(path: str, wanted: str) -> bool:
    """Say whether a request's path is of the kind `wanted`, or holds it where it is no kind."""
    if wanted not in LIMITS:
        return wanted in path
    try:
        return _route(path)[0] == wanted
    except Refused:
        return False


def _route(path: str) -> tuple[str, str]:
    """Give the kind of a path and the account or post it names."""
    for kind, pattern in (
        ("user", r"/2/users/by/username/([A-Za-z0-9_]{1,15})"),
        ("users", r"/2/users/by()"),
        ("me", r"/2/users/me()"),
        ("mentions", r"/2/users/(\d{1,19})/mentions"),
        ("timeline", r"/2/users/(\d{1,19})/tweets"),
        ("search", r"/2/tweets/search/recent()"),
        ("counts", r"/2/tweets/counts/recent()"),
        ("tweet", r"/2/tweets/(\d{1,19})"),
        ("tweets", r"/2/tweets()"),
        ("job", r"/2/compliance/jobs/(\d{1,19})"),
    ):
        found = re.fullmatch(pattern, path)
        if found:
            return kind, found[1]
    raise Refused(404, _problem("about:blank", "Not Found", 404))


def _refuse_wrong_way(kind: str, *, signed: bool) -> None:
    """Counts are for the app alone, `me` for an account alone."""
    if kind == ("counts" if signed else "me"):
        raise Refused(403, _problem("unsupported-authentication", "Unsupported Authentication", 403))


def is_signed(authorization: str, method: str, url: str, keys: Keys, *, seen: set[str]) -> bool:
    """Check a signature as RFC 5849 has it: HMAC-SHA1, of the address we were called by, each nonce once.

    The time is the machine's: clients sign by it, not by the clock of a test.
    """
    fields = dict(_header_fields(authorization))
    signature = fields.pop("oauth_signature", "")
    fixed = {
        "oauth_consumer_key": keys.consumer_key,
        "oauth_token": keys.access_token,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_version": "1.0",
    }
    nonce, made_at = fields.get("oauth_nonce", ""), fields.get("oauth_timestamp", "")
    if set(fields) != {*fixed, "oauth_nonce", "oauth_timestamp"} or not fixed.items() <= fields.items():
        return False
    if not nonce or nonce in seen or not made_at.isdigit() or abs(int(made_at) - time.time()) > 300:
        return False
    if not hmac.compare_digest(signature, signature_of(method, url, fields, keys)):
        return False
    seen.add(nonce)
    return True


def signature_of(method: str, url: str, fields: Mapping[str, str], keys: Keys) -> str:
    """Give the signature that belongs to a request (RFC 5849, 3.4.2)."""
    secret = f"{_escaped(keys.consumer_secret)}&{_escaped(keys.access_token_secret)}"
    base = _signature_base(method, url, fields)
    return base64.b64encode(hmac.new(secret.encode(), base.encode(), hashlib.sha1).digest()).decode()


def _signature_base(method: str, url: str, fields: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    is_usual = parts.port in {None, {"http": 80, "https": 443}.get(parts.scheme)}
    base_url = f"{parts.scheme}://{host}{'' if is_usual else f':{parts.port}'}{parts.path}"
    named = [*parse_qsl(parts.query, keep_blank_values=True), *fields.items()]
    sorted_params = sorted((_escaped(name), _escaped(value)) for name, value in named)
    params = "&".join(f"{name}={value}" for name, value in sorted_params)
    return "&".join(map(_escaped, (method.upper(), base_url, params)))


def _header_fields(authorization: str) -> list[tuple[str, str]]:
    scheme, _, written = authorization.partition(" ")
    found = re.findall(r'([A-Za-z_]+)="([^"]*)"', written)
    is_whole = ", ".join(f'{name}="{value}"' for name, value in found) == written
    is_once = len({name for name, _ in found}) == len(found)
    if scheme != "OAuth" or not is_whole or not is_once:
        return []
    return [(name, unquote(value)) for name, value in found]


def _escaped(text: str) -> str:
    return quote(text, safe="-._~")


def parse_query(query: str) -> Callable[[Post], bool]:
    """Read a search: words, "phrases", -not, OR, (groups), @handle, #tag, from:, to:, lang:, is:retweet, …"""
    terms = re.findall(r'-?"[^"]*"|-?\(|\)|[^\s()]+', query)
    if not terms:
        raise _invalid("query", query, "no query")
    holds = _either(terms)
    if terms:
        raise _invalid("query", query, "unbalanced parentheses")
    return holds


def _either(terms: list[str]) -> Callable[[Post], bool]:
    choices = [_all_of(terms)]
    while terms and terms[0] == "OR":
        terms.pop(0)
        choices.append(_all_of(terms))
    return lambda post: any(choice(post) for choice in choices)


def _all_of(terms: list[str]) -> Callable[[Post], bool]:
    needed: list[Callable[[Post], bool]] = []
    while terms and terms[0] not in {"OR", ")"}:
        needed.append(_term(terms))
    return lambda post: all(need(post) for need in needed)


def _term(terms: list[str]) -> Callable[[Post], bool]:
    term = terms.pop(0)
    if term.startswith("-") and len(term) > 1:
        terms.insert(0, term[1:])
        unwanted = _term(terms)
        return lambda post: not unwanted(post)
    if term == "(":
        group = _either(terms)
        if not terms or terms.pop(0) != ")":
            raise _invalid("query", term, "unbalanced parentheses")
        return group
    return _atom(term)


def _atom(term: str) -> Callable[[Post], bool]:
    operator, _, value = term.partition(":")
    operators: dict[str, Callable[[Post], bool]] = {
        "from": lambda post: _is_called(post.author, value),
        "to": lambda post: post.reply_to is not None and _is_called(post.reply_to.author, value),
        "quotes_of_tweet_id": lambda post: post.quotes == value,
        "conversation_id": lambda post: post.conversation == value,
        "lang": lambda post: post.lang == value,
        "is": lambda post: {
            "retweet": post.retweets is not None,
            "reply": post.reply_to is not None,
            "quote": post.quotes is not None,
        }.get(value, False),
    }
    if value and operator in operators:
        return operators[operator]
    if value and re.fullmatch(r"[a-z_]+", operator):
        raise _invalid("query", term, f"Reference to invalid operator '{operator}'")
    wanted = _words(term.strip('"'))
    return lambda post: _is_within(wanted, _words(post.text))


def _is_called(account: Account, written: str) -> bool:
    return account.username.lower() == written.lower().removeprefix("@")


def _words(text: str) -> list[str]:
    return re.findall(r"[@#]?\w+", text.casefold())


def _is_within(wanted: list[str], words: list[str]) -> bool:
    return any(words[at : at + len(wanted)] == wanted for at in range(len(words) - len(wanted) + 1))


def _post_json(post: Post, fields: frozenset[str], views: int = 0) -> Json:
    is_long = len(post.text) > SHOWN
    short = html.escape(post.text[: SHOWN - 1] + "…" if is_long else post.text, quote=False)
    shown: Json = {"id": post.id, "text": short, "edit_history_tweet_ids": list(post.history)}
    more: Json = {
        "author_id": post.author.id,
        "conversation_id": post.conversation,
        "created_at": _iso(post.created_at),
        "lang": post.lang,
        "in_reply_to_user_id": post.reply_to.author.id if post.reply_to else None,
        "referenced_tweets": post.references() or None,
        "note_tweet": {"text": html.escape(post.text, quote=False)} if is_long else None,
        "public_metrics": {
            "retweet_count": 0,
            "reply_count": 0,
            "like_count": 0,
            "quote_count": 0,
            "bookmark_count": 0,
            "impression_count": views,
        },
    }
    asked = fields | ({"referenced_tweets"} if "referenced_posts" in fields else set())
    # X leaves out what is null
    return shown | {name: value for name, value in more.items() if name in asked and value is not None}


def _user_json(account: Account, fields: frozenset[str]) -> Json:
    shown: Json = {"id": account.id, "name": account.name, "username": account.username}
    if "public_metrics" in fields:
        shown["public_metrics"] = {
            "followers_count": account.followers,
            "following_count": 1,
            "tweet_count": 1,
            "listed_count": 0,
        }
    return shown


def _renamed(value: Any) -> Any:
    """Say it in the names of specification 2.167."""
    if isinstance(value, dict):
        return {NEW_NAMES.get(name, name): _renamed(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_renamed(inner) for inner in value]
    return NEW_NAMES[value] if value == "retweeted" else value


def _listed(params: Mapping[str, str], name: str, known: frozenset[str]) -> frozenset[str]:
    asked = frozenset(params[name].split(",")) if name in params else frozenset[str]()
    unknown = asked - known
    if unknown:
        raise _invalid(name, ",".join(sorted(unknown)), f"The `{name}` query parameter value is not known")
    return asked


def _page_size(params: Mapping[str, str], kind: str) -> int:
    least = LEAST_PAGE[kind]
    written = params.get("max_results", "10")
    if not written.isdigit() or not least <= int(written) <= 100:
        raise _invalid("max_results", written, f"The `max_results` value is not between {least} and 100")
    return int(written)


def _time(params: Mapping[str, str], name: str) -> datetime | None:
    if name not in params:
        return None
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", params[name]):
        raise _invalid(name, params[name], f"'{name}' is not RFC 3339")
    return datetime.fromisoformat(params[name])


def _number(params: Mapping[str, str], name: str) -> int | None:
    if name not in params:
        return None
    if not re.fullmatch(r"\d{1,19}", params[name]):
        raise _invalid(name, params[name], f"'{name}' is no id")
    return int(params[name])


def _token(oldest_id: str) -> str:
    return "b26v89c1" + base64.b32encode(oldest_id.encode()).decode().rstrip("=").lower()


def _before(token: str) -> int:
    coded = token.removeprefix("b26v89c1").upper()
    try:
        return int(base64.b32decode(coded + "=" * (-len(coded) % 8)))
    except (ValueError, binascii.Error) as error:
        raise _invalid("next_token", token, "no such token") from error


def _invalid(name: str, value: str, message: str) -> Refused:
    problem = _problem("invalid-request", "Invalid Request", 400)
    return Refused(400, {**problem, "errors": [{"parameters": {name: [value]}, "message": message}]})


def _not_found(what: str, parameter: str, value: str) -> Json:
    return {
        "type": PROBLEMS + "resource-not-found",
        "title": "Not Found Error",
        "detail": f"Could not find {what} with {parameter}: [{value}].",
        "parameter": parameter,
        "value": value,
        "resource_id": value,
        "resource_type": what,
    }


def _not_allowed(what: str, parameter: str, value: str) -> Json:
    return {
        **_not_found(what, parameter, value),
        "type": PROBLEMS + "not-authorized-for-resource",
        "title": "Authorization Error",
        "detail": f"Sorry, you are not authorized to see the {what} with {parameter}: [{value}].",
    }


def _problem(kind: str, title: str, status: int) -> Json:
    address = kind if kind == "about:blank" else PROBLEMS + kind
    return {"type": address, "title": title, "detail": title, "status": status}


def _iso(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def _from_epoch(seconds: int) -> str:
    return _iso(datetime.fromtimestamp(seconds, tz=UTC))


def _fields_of(post: Post) -> Json:
    return {name: getattr(post, name) for name in Post.__slots__}


class _Speaker(Speaker):
    """Speaks HTTP for the fake."""

    @property
    def _fake(self) -> FakeX:
        fake = self.server.fake
        assert isinstance(fake, FakeX)
        return fake

    def do_GET(self) -> None:  # noqa: N802 - http.server's name
        parts = urlsplit(self.path)
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        fake = self._fake
        if parts.path == "/_control/requests":
            asked = [_asked_json(asked) for asked in fake.asked("")]
            self.write(200, asked)
            return
        if self._is_met(parts.path, params):
            return
        if parts.path.startswith("/_storage/"):
            result = fake.result(parts.path.split("/")[2]) if "signature" in params else None
            fake.note(parts.path, params, 404 if result is None else 200)
            self.write(404 if result is None else 200, result or "", {"Content-Type": "text/plain"})
            return
        authorization = self.headers.get("Authorization", "")
        url = f"http://{self.headers.get('Host', '')}{self.path}"
        status, body, headers = fake.answer(parts.path, params, authorization, url=url)
        fake.note(parts.path, params, status, signed=authorization.startswith("OAuth "))
        self.write(status, body, headers)

    def _is_met(self, path: str, params: Mapping[str, str]) -> bool:
        """Meet a request with the fault that waits for it, if one does."""
        fake = self._fake
        fake.before_answering(path)
        fault = fake.take_fault(path)
        if fault is not None:
            fake.note(path, params, fault.status if fault.how == "answer" else 0)
            self.meet(fault)
        return fault is not None

    def do_PUT(self) -> None:  # noqa: N802 - http.server's name
        self._fake.headers_of_puts(str(self.headers))
        path, ids = urlsplit(self.path).path, self.sent().decode().split("\n")
        if self._is_met(path, {}):
            return
        is_taken = path.startswith("/_storage/") and self._fake.hand_over(path.split("/")[2], ids)
        self._fake.note(path, {}, 200 if is_taken else 404)
        self.write(200 if is_taken else 404, "")

    def _create_job(self) -> None:
        fake, path = self._fake, urlsplit(self.path).path
        asked = json.loads(self.sent() or b"{}")
        if self._is_met(path, asked):
            return
        by_app = self.headers.get("Authorization") == f"Bearer {fake.token}"
        try:
            status, body = 200, fake.create_job(asked, by_app=by_app)
        except Refused as refused:
            status, body = refused.status, refused.body
        fake.note(path, asked, status)
        self.write(status, body)

    def do_POST(self) -> None:  # noqa: N802 - http.server's name
        if urlsplit(self.path).path == "/2/compliance/jobs":
            self._create_job()
            return
        asked = json.loads(self.sent() or b"{}")
        try:
            answer = control(self._fake, self.path.removeprefix("/_control/"), asked)
        except (KeyError, TypeError, ValueError) as error:
            self.write(400, {"error": repr(error)})
            return
        self.write(200, answer)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Tell X's time, which a test may hold apart from ours."""
        del timestamp
        return format_datetime(self._fake.now().astimezone(UTC), usegmt=True)


def control(fake: FakeX, what: str, asked: Json) -> Json:
    """Do what a POST to /_control/… asks; instants are ISO 8601, `visible_in` seconds from now."""
    acts: dict[str, Callable[[], Any]] = {
        "accounts": lambda: fake.add_account(**asked),
        "posts": lambda: fake.post(**_timed(fake, asked)),
        "edits": lambda: fake.edit(asked["id"], asked["text"]),
        "deletes": lambda: fake.delete(asked["id"]),
        "faults": lambda: fake.add_fault(Fault(**asked)),
        "heal": fake.heal,
        "limits": lambda: fake.limits.update(asked),
    }
    done = acts[what]()
    if isinstance(done, Post):
        return {"id": done.id, "created_at": _iso(done.created_at), "conversation": done.conversation}
    return {"id": done.id} if isinstance(done, Account) else {}


def _timed(fake: FakeX, asked: Json) -> Json:
    written = dict(asked)
    for name in ("created_at", "visible_at"):
        if name in written:
            written[name] = datetime.fromisoformat(written[name])
    if "visible_in" in written:
        written["visible_at"] = fake.now() + timedelta(seconds=written.pop("visible_in"))
    return written


def _asked_json(asked: Asked) -> Json:
    return {"at": asked.at.isoformat(), "path": asked.path, "params": asked.params, "status": asked.status}


def main(arguments: Iterable[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="A fake X on loopback")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default="fake-bearer-token")
    chosen = parser.parse_args(None if arguments is None else list(arguments))
    with FakeX(port=chosen.port, token=chosen.token) as fake:
        print(fake.url, flush=True)  # noqa: T201 - whoever started it reads where it listens
        threading.Event().wait()


if __name__ == "__main__":
    main()
