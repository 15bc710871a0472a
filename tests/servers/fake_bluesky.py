"""A fake Bluesky: enough of a personal data server over loopback HTTP for the real atproto, in tests.

    with FakeBluesky() as sky:
        sky.add_account("ainokahvi.bsky.social", password="abcd-efgh-ijkl-mnop")
        sky.post("caro.bsky.social", "Missä tilaukseni?", mentions=["ainokahvi.bsky.social"])
        ...  # point `api_url` at sky.url

It refuses what the real one refuses (limits, formats, tokens that are expired or of the wrong kind) and, more
strictly, every parameter that the protocol does not know.
"""

import base64
import itertools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.servers.loopback import Loopback, Speaker

Json = dict[str, Any]
Params = Mapping[str, list[str]]

APP_PASSWORD = "abcd-efgh-ijkl-mnop"
ACCESS_LASTS = timedelta(hours=2)
REFRESH_LASTS = timedelta(days=90)
REASONS = {
    "like",
    "repost",
    "follow",
    "mention",
    "reply",
    "quote",
    "starterpack-joined",
    "verified",
    "unverified",
}
FILTERS = {"posts_with_replies", "posts_no_replies", "posts_with_media", "posts_and_author_threads"}
_RKEY = "234567abcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True)
class Account:
    did: str
    handle: str
    name: str
    followers: int
    password: str | None = None
    scope: str = "com.atproto.appPass"


@dataclass(frozen=True, slots=True)
class Post:
    uri: str
    author: Account
    record: Json
    indexed_at: datetime
    visible_at: datetime
    addressed: Mapping[str, str] = field(default_factory=dict)
    """Account id → why it is notified."""

    @property
    def sorted_at(self) -> datetime:
        created_at = datetime.fromisoformat(self.record["createdAt"])
        return min(created_at, self.indexed_at)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came in, and what it got."""

    name: str
    params: Params
    status: int
    authorization: str


class Refused(Exception):
    def __init__(self, status: int, error: str, message: str = "no", headers: Json | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error": error, "message": message}
        self.headers = headers or {}


class FakeBluesky(Loopback[Asked]):
    """`now` tells its time; `sessions_a_day` is how many createSession gives to one account."""

    def __init__(self, *, now: Callable[[], datetime] | None = None, sessions_a_day: int = 300) -> None:
        super().__init__(_Speaker, now=now)
        self.sessions_a_day = sessions_a_day
        self.spoil: Callable[[str, Json], Json] = lambda _, body: body
        """Changes an answer before it goes out: name of the question and body in, body out."""
        self._accounts: dict[str, Account] = {}
        self._posts: dict[str, Post] = {}
        self._reposts: list[tuple[str, str, datetime]] = []
        self._sessions: dict[str, Json] = {}
        self._made: list[tuple[str, datetime]] = []
        self._sequence = itertools.count(1)

    # what people do on the network

    def add_account(
        self, handle: str, *, name: str = "", followers: int = 10, password: str | None = None
    ) -> Account:
        with self.lock:
            did = f"did:plc:{_spelled(next(self._sequence), 24)}"
            account = Account(
                did, handle, name or handle.split(".", maxsplit=1)[0].title(), followers, password
            )
            self._accounts[did] = account
            return account

    def account(self, actor: str) -> Account:
        """Give an account by its handle or id, made if there is none."""
        with self.lock:
            return self._found(actor) or self.add_account(actor)

    def post(
        self,
        author: str,
        text: str,
        *,
        mentions: Sequence[str] = (),
        reply_to: str | None = None,
        quotes: str | None = None,
        langs: Sequence[str] = ("fi",),
        created_at: datetime | str | None = None,
        visible_at: datetime | None = None,
        **record: Any,
    ) -> Post:
        with self.lock:
            writer, now = self.account(author), self.now()
            uri = f"at://{writer.did}/app.bsky.feed.post/{_spelled(next(self._sequence), 13)}"
            named = [self.account(handle).did for handle in mentions]
            written: Json = {
                "$type": "app.bsky.feed.post",
                "text": text,
                "createdAt": _iso(created_at or now) if not isinstance(created_at, str) else created_at,
                "langs": list(langs),
            }
            if named:
                written["facets"] = [_facet(did) for did in named]
            addressed = dict.fromkeys(named, "mention")
            if quotes is not None:
                written["embed"] = {"$type": "app.bsky.embed.record", "record": _ref(quotes)}
                addressed[_author_of(quotes)] = "quote"
            if reply_to is not None:
                parent = self._posts.get(reply_to)
                root = (
                    parent.record["reply"]["root"]["uri"] if parent and "reply" in parent.record else reply_to
                )
                written["reply"] = {"root": _ref(root), "parent": _ref(reply_to)}
                addressed |= {_author_of(uri): "reply" for uri in (root, reply_to)}
            written |= record
            addressed.pop(writer.did, None)
            post = Post(uri, writer, written, now, visible_at or now, addressed)
            self._posts[uri] = post
            return post

    def repost(self, by: str, uri: str) -> None:
        with self.lock:
            self._reposts.append((self.account(by).did, uri, self.now()))

    def delete(self, uri: str) -> None:
        with self.lock:
            del self._posts[uri]

    # what goes wrong

    def is_meant(self, path: str, wanted: str) -> bool:
        """Say whether a question's name, with a slash before it, holds `wanted`."""
        return wanted in f"/{path}"

    def forget_sessions(self) -> None:
        """Let no token be good any more, as after a change of the password."""
        with self.lock:
            self._sessions.clear()

    def asked(self, name: str = "") -> list[Asked]:
        with self.lock:
            return [asked for asked in self.requests if name in asked.name]

    # how Bluesky answers

    def query(self, name: str, params: Params, authorization: str) -> tuple[int, Json, Json]:
        answers: dict[str, Callable[[Account, _Asking], Json]] = {
            "app.bsky.notification.listNotifications": self._notifications,
            "app.bsky.feed.searchPosts": self._searched,
            "app.bsky.feed.getAuthorFeed": self._feed,
            "app.bsky.feed.getPosts": self._got,
            "app.bsky.actor.getProfiles": self._profiles,
        }
        with self.lock:
            try:
                answer = answers.get(name, _not_built)
                account = self._let_in(authorization, "access")
                asking = _Asking(params)
                body = answer(account, asking)
                asking.refuse_the_rest()
                return 200, self.spoil(name, body), {}
            except Refused as refused:
                return refused.status, refused.body, refused.headers

    def call(self, name: str, body: bytes, kind: str, authorization: str) -> tuple[int, Json, Json]:
        with self.lock:
            try:
                if name == "com.atproto.server.createSession":
                    return 200, self._signed_in(body, kind), {}
                if name == "com.atproto.server.refreshSession":
                    return 200, self._refreshed(body, authorization), {}
                return 200, _not_built(), {}
            except Refused as refused:
                return refused.status, refused.body, refused.headers

    def note(self, name: str, params: Params, status: int, authorization: str) -> None:
        self.record(Asked(name, params, status, authorization))

    def _found(self, actor: str) -> Account | None:
        held = (account for account in self._accounts.values() if account.handle.lower() == actor.lower())
        return self._accounts.get(actor) or next(held, None)

    # sessions

    def _signed_in(self, body: bytes, kind: str) -> Json:
        if not kind.startswith("application/json"):
            raise Refused(400, "InvalidRequest", "Wrong request encoding")
        asked = json.loads(body)
        if set(asked) - {"identifier", "password", "authFactorToken", "allowTakendown"}:
            raise Refused(400, "InvalidRequest", "unknown key")
        account = self._found(asked["identifier"])
        since = self.now() - timedelta(days=1)
        made = [at for who, at in self._made if who == asked["identifier"] and at > since]
        if len(made) >= self.sessions_a_day:
            reset_at = made[0] + timedelta(days=1)
            raise Refused(
                429, "RateLimitExceeded", headers={"ratelimit-reset": str(int(reset_at.timestamp()))}
            )
        self._made.append((asked["identifier"], self.now()))
        if account is None or account.password is None or asked["password"] != account.password:
            raise Refused(401, "AuthenticationRequired", "Invalid identifier or password")
        return self._session(account)

    def _refreshed(self, body: bytes, authorization: str) -> Json:
        if body:
            raise Refused(400, "InvalidRequest", "A request body was provided when none was expected")
        account = self._let_in(authorization, "refresh")
        self._sessions.pop(authorization.removeprefix("Bearer "))  # good for one use
        return self._session(account)

    def _session(self, account: Account) -> Json:
        tokens = {
            "access": self._token(account, account.scope, ACCESS_LASTS),
            "refresh": self._token(account, "com.atproto.refresh", REFRESH_LASTS),
        }
        for kind, token in tokens.items():
            self._sessions[token] = {"kind": kind, "did": account.did}
        return {
            "accessJwt": tokens["access"],
            "refreshJwt": tokens["refresh"],
            "handle": account.handle,
            "did": account.did,
            "active": True,
            # whoever follows it hands the tokens to somebody else
            "didDoc": {
                "@context": ["https://www.w3.org/ns/did/v1"],
                "id": account.did,
                "service": [
                    {
                        "id": "#atproto_pds",
                        "type": "AtprotoPersonalDataServer",
                        "serviceEndpoint": "https://192.0.2.1",
                    }
                ],
            },
        }

    def _token(self, account: Account, scope: str, lasts: timedelta) -> str:
        now = self.now()
        claims = {
            "scope": scope,
            "sub": account.did,
            "iat": int(now.timestamp()),
            "exp": int((now + lasts).timestamp()),
            "aud": "did:web:127.0.0.1",
            "jti": str(next(self._sequence)),
        }
        parts = ({"typ": "at+jwt", "alg": "ES256K"}, claims, {"signed": "no"})
        return ".".join(
            base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
        )

    def _let_in(self, authorization: str, kind: str) -> Account:
        if not authorization.startswith("Bearer "):
            raise Refused(401, "AuthMissing", "Authentication Required")
        token = authorization.removeprefix("Bearer ")
        session = self._sessions.get(token)
        if session is None or session["kind"] != kind:
            raise Refused(400, "InvalidToken", "Token could not be verified")
        claims = token.split(".")[1]
        expires = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"]
        if self.now().timestamp() >= expires:
            raise Refused(400, "ExpiredToken", "Token has expired")
        return self._accounts[session["did"]]

    # questions

    def _notifications(self, account: Account, asking: "_Asking") -> Json:
        reasons = set(asking.several("reasons")) or REASONS
        if reasons - REASONS:
            raise Refused(400, "InvalidRequest", "reasons")
        found = [
            (post, post.addressed[account.did]) for post in self._shown() if account.did in post.addressed
        ]
        chosen = [(post, why) for post, why in found if why in reasons]
        page, cursor = asking.page(chosen, at=lambda row: (row[0].sorted_at, row[0].uri))
        rows = [
            {
                **_post_json(post),
                "author": {**_basic(post.author), "indexedAt": _iso(post.indexed_at), "description": ""},
                "reason": why,
                "isRead": False,
                "indexedAt": _iso(post.sorted_at),
            }
            for post, why in page
        ]
        return {"notifications": rows, "priority": False, **cursor}

    def _searched(self, _: Account, asking: "_Asking") -> Json:
        wanted = asking.one("q")
        if not wanted:
            raise Refused(400, "InvalidRequest", "q")
        if asking.one("sort") not in {"latest", "top", None}:
            raise Refused(400, "InvalidRequest", "sort")
        since, until = asking.instant("since"), asking.instant("until")
        found = [
            post
            for post in self._shown()
            if _matches(wanted, post)
            and (since is None or post.sorted_at >= since)
            and (until is None or post.sorted_at < until)
        ]
        page, cursor = asking.numbered(found)
        return {"posts": [_post_json(post) for post in page], "hitsTotal": len(found), **cursor}

    def _feed(self, _: Account, asking: "_Asking") -> Json:
        account = self._found(asking.one("actor") or "")
        if account is None:
            raise Refused(400, "InvalidRequest", "Profile not found")
        if asking.one("filter") not in FILTERS:
            raise Refused(400, "InvalidRequest", "filter")
        own = [
            (post.sorted_at, {"post": _post_json(post)}) for post in self._shown() if post.author is account
        ]
        passed_on = [
            (at, {"post": _post_json(self._posts[uri]), "reason": _reason(account, at)})
            for did, uri, at in self._reposts
            if did == account.did and uri in self._posts
        ]
        rows = sorted([*own, *passed_on], key=lambda row: (row[0], row[1]["post"]["uri"]), reverse=True)
        page, cursor = asking.page(rows, at=lambda row: (row[0], row[1]["post"]["uri"]))
        return {"feed": [row for _, row in page], **cursor}

    def _got(self, _: Account, asking: "_Asking") -> Json:
        uris = asking.several("uris")
        if not 1 <= len(uris) <= 25 or any(_author_of(uri) not in uri for uri in uris):
            raise Refused(400, "InvalidRequest", "uris")
        return {"posts": [_post_json(self._posts[uri]) for uri in uris if uri in self._posts]}

    def _profiles(self, _: Account, asking: "_Asking") -> Json:
        actors = asking.several("actors")
        if not 1 <= len(actors) <= 25:
            raise Refused(400, "InvalidRequest", "actors")
        found = [account for account in map(self._found, actors) if account is not None]
        return {"profiles": [{**_basic(account), "followersCount": account.followers} for account in found]}

    def _shown(self) -> list[Post]:
        now = self.now()
        shown = [post for post in self._posts.values() if post.visible_at <= now]
        return sorted(shown, key=lambda post: (post.sorted_at, post.uri), reverse=True)


class _Asking:
    """The parameters of one question; each must be taken by somebody, in its form."""

    def __init__(self, params: Params) -> None:
        self._left = dict(params)

    def several(self, name: str) -> list[str]:
        return self._left.pop(name, [])

    def one(self, name: str) -> str | None:
        given = self.several(name)
        if len(given) > 1:
            raise Refused(400, "InvalidRequest", name)
        return given[0] if given else None

    def instant(self, name: str) -> datetime | None:
        written = self.one(name)
        if written is None:
            return None
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", written):
            raise Refused(400, "InvalidRequest", name)
        return datetime.fromisoformat(written)

    def limit(self) -> int:
        written = self.one("limit") or "50"
        if not written.isdigit() or not 1 <= int(written) <= 100:
            raise Refused(400, "InvalidRequest", "limit")
        return int(written)

    def page(self, rows: list[Any], *, at: Callable[[Any], tuple[datetime, str]]) -> tuple[list[Any], Json]:
        """Page by the instant and id of the last row, as the lists are."""
        cursor, limit = self.one("cursor"), self.limit()
        if cursor is not None:
            before = _parsed(cursor)
            rows = [row for row in rows if at(row) < before]
        page = rows[:limit]
        return page, {"cursor": _cursor(*at(page[-1]))} if len(rows) > limit else {}

    def numbered(self, rows: list[Any]) -> tuple[list[Any], Json]:
        """Page by number, as the search does."""
        cursor, limit = self.one("cursor") or "0", self.limit()
        if not cursor.isdigit():
            raise Refused(400, "InvalidRequest", "cursor")
        end = int(cursor) + limit
        return rows[int(cursor) : end], {"cursor": str(end)} if len(rows) > end else {}

    def refuse_the_rest(self) -> None:
        if self._left:
            raise Refused(400, "InvalidRequest", f"unknown: {sorted(self._left)}")


def _not_built(*_: object) -> Json:
    raise Refused(501, "MethodNotImplemented")


def _cursor(at: datetime, uri: str) -> str:
    return f"{at.isoformat()}::{uri}"


def _parsed(cursor: str) -> tuple[datetime, str]:
    try:
        at, uri = cursor.split("::")
        return datetime.fromisoformat(at), uri
    except ValueError as error:
        raise Refused(400, "InvalidRequest", "Malformed cursor") from error


def _matches(query: str, post: Post) -> bool:
    said = post.record["text"].casefold()
    words = re.findall(r'"[^"]+"|\S+', query.casefold())
    return all(word.strip('"') in said for word in words)


def _post_json(post: Post) -> Json:
    return {
        "uri": post.uri,
        "cid": _cid(post.uri),
        "author": _basic(post.author),
        "record": post.record,
        "indexedAt": _iso(post.indexed_at),
        "likeCount": 0,
        "labels": [],
    }


def _basic(account: Account) -> Json:
    return {
        "did": account.did,
        "handle": account.handle,
        "displayName": account.name,
        "viewer": {"muted": False, "blockedBy": False},
        "labels": [],
        "createdAt": "2024-01-01T00:00:00.000Z",
    }


def _reason(by: Account, at: datetime) -> Json:
    return {"$type": "app.bsky.feed.defs#reasonRepost", "by": _basic(by), "indexedAt": _iso(at)}


def _facet(did: str) -> Json:
    return {
        "index": {"byteStart": 0, "byteEnd": 1},
        "features": [{"$type": "app.bsky.richtext.facet#mention", "did": did}],
    }


def _ref(uri: str) -> Json:
    return {"uri": uri, "cid": _cid(uri)}


def _cid(uri: str) -> str:
    return "bafyrei" + base64.b32encode(uri.encode()).decode().lower()[-52:].rstrip("=")


def _author_of(uri: str) -> str:
    found = re.fullmatch(r"at://(did:[a-z]+:[^/]+)/app\.bsky\.feed\.post/[^/]+", uri)
    if found is None:
        raise Refused(400, "InvalidRequest", "uri must be a valid at-uri")
    return found[1]


def _spelled(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, len(_RKEY))
        digits = _RKEY[digit] + digits
    return digits


def _iso(instant: datetime) -> str:
    written = instant.astimezone(UTC)
    return written.strftime("%Y-%m-%dT%H:%M:%S.") + f"{written.microsecond // 1000:03}Z"


class _Speaker(Speaker):
    """Speaks HTTP for the fake."""

    @property
    def _fake(self) -> FakeBluesky:
        fake = self.server.fake
        assert isinstance(fake, FakeBluesky)
        return fake

    def do_GET(self) -> None:  # noqa: N802 - http.server's name
        parts = urlsplit(self.path)
        params = parse_qs(parts.query, keep_blank_values=True)
        self._speak(parts.path, params, lambda name, by: self._fake.query(name, params, by))

    def do_POST(self) -> None:  # noqa: N802 - http.server's name
        body = self.sent()
        kind = self.headers.get("Content-Type", "")
        self._speak(self.path, {}, lambda name, by: self._fake.call(name, body, kind, by))

    def _speak(self, path: str, params: Params, answer: Callable[[str, str], tuple[int, Json, Json]]) -> None:
        fake, by = self._fake, self.headers.get("Authorization", "")
        name = path.removeprefix("/xrpc/")
        fault = fake.take_fault(name)
        if fault is not None:
            fake.note(name, params, fault.status if fault.how == "answer" else 0, by)
            self.meet(fault)
            return
        status, body, headers = answer(name, by)
        fake.note(name, params, status, by)
        self.write(status, body, headers)
