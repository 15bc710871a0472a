"""A fake Mastodon server over loopback for the real Mastodon.py: one server's view, and strict like it.

with FakeMastodon() as masto:
    masto.add_account("ainokahvi", token="t")
    masto.post("caro", "@ainokahvi missä tilaukseni?")
    ...  # point `api_url` at masto.url
"""

import html
import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.servers.vendor import FakeVendor, Json, Params, Refused

LIMIT = 300
WINDOW = timedelta(minutes=5)
SPAN = {"max_id", "since_id", "min_id", "limit"}
SCOPES = frozenset({"read:accounts", "read:notifications", "read:search", "read:statuses"})


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    acct: str
    name: str
    followers: int


@dataclass(frozen=True, slots=True)
class Status:
    id: str
    author: Account
    content: str
    text: str
    created_at: datetime
    visible_at: datetime
    reply_to: str | None = None
    quotes: str | None = None
    visibility: str = "public"
    warning: str = ""
    reblogs: str | None = None
    language: str | None = "fi"
    edited_at: datetime | None = None
    extra: Json = field(default_factory=dict)
    """Fields that replace those of the JSON."""


@dataclass(frozen=True, slots=True)
class Notification:
    id: str
    kind: str
    to: str
    created_at: datetime
    status: str


class FakeMastodon(FakeVendor):
    def __init__(self, *, now: Callable[[], datetime] | None = None, limit: int = LIMIT) -> None:
        super().__init__(now=now)
        self.limit = limit
        self.tokens: dict[str, tuple[str, frozenset[str]]] = {}
        self._accounts: dict[str, Account] = {}
        self._statuses: dict[str, Status] = {}
        self._notifications: list[Notification] = []
        self._sequence = itertools.count(1)
        self._used = 0
        self._window_ends_at: datetime | None = None

    # what people do on the network

    def add_account(
        self,
        acct: str,
        *,
        token: str | None = None,
        scopes: frozenset[str] = SCOPES,
        name: str | None = None,
        followers: int = 10,
    ) -> Account:
        with self.lock:
            number = str(109_000_000_000_000_000 + next(self._sequence))
            account = Account(number, acct, name or acct.title(), followers)
            self._accounts[acct.lower()] = account
            if token is not None:
                self.tokens[token] = (acct.lower(), scopes)
            return account

    def account(self, acct: str) -> Account:
        with self.lock:
            return self._accounts.get(acct.lower()) or self.add_account(acct)

    def post(
        self,
        author: str,
        text: str,
        *,
        content: str | None = None,
        created_at: datetime | None = None,
        visible_at: datetime | None = None,
        **more: Any,
    ) -> Status:
        """Write a post: the accounts it names and the author of what it quotes are notified when it shows."""
        with self.lock:
            created = created_at or self.now()
            visible = visible_at or self.now()
            status = Status(
                id=self._new_id(created),
                author=self.account(author),
                content=marked_up(text) if content is None else content,
                text=text,
                created_at=created,
                visible_at=visible,
                **more,
            )
            self._statuses[status.id] = status
            for acct in dict.fromkeys(re.findall(r"@([\w.]+)", text)):
                if acct.lower() in self._accounts and acct.lower() != author.lower():
                    self._notify("mention", acct, status, visible)
            quoted = self._statuses.get(status.quotes or "")
            if quoted is not None:
                self._notify("quote", quoted.author.acct, status, visible)
            return status

    def edit(self, status_id: str, text: str) -> None:
        with self.lock:
            old = self._statuses[status_id]
            self._statuses[status_id] = replace(old, content=marked_up(text), text=text, edited_at=self.now())

    def change(self, status_id: str, **fields: Any) -> None:
        with self.lock:
            self._statuses[status_id] = replace(self._statuses[status_id], **fields)

    def delete(self, status_id: str) -> None:
        with self.lock:
            self._statuses.pop(status_id, None)
            self._notifications = [note for note in self._notifications if note.status != status_id]

    def _notify(self, kind: str, to: str, status: Status, at: datetime) -> None:
        number = str(1000 + next(self._sequence))
        self._notifications.append(Notification(number, kind, to.lower(), at, status.id))

    def _new_id(self, created_at: datetime) -> str:
        """Make an id as Mastodon does: of the time the post claims, if that is past."""
        milliseconds = int(min(created_at, self.now()).timestamp() * 1000)
        return str((milliseconds << 16) | (next(self._sequence) & 0xFFFF))

    # how the server answers

    def answer(self, method: str, path: str, params: Params, headers: Mapping[str, str]) -> tuple[Any, Json]:
        with self.lock:
            rate = self._count()
            if method != "GET":
                raise Refused(404, {"error": "The page you are looking for isn't here."}, rate)
            me = self._let_in(headers, rate)
            for pattern, needs, known, answer in self._routes():
                found = re.fullmatch(pattern, path)
                if found is not None:
                    return answer(me(needs), found[1], _checked(params, known, rate)), rate
            raise Refused(404, "<html>404</html>", rate)

    def _routes(self) -> list[tuple[str, str, set[str], Callable[[str | None, str, Params], Any]]]:
        return [
            ("/api/v1/accounts/verify_credentials()", "read:accounts", set(), self._credentials),
            ("/api/v1/accounts/lookup()", "", {"acct"}, self._lookup),
            (r"/api/v1/accounts/(\d+)/statuses", "", SPAN | {"exclude_reblogs"}, self._of_account),
            ("/api/v1/notifications()", "read:notifications", SPAN | {"types[]"}, self._notified),
            (r"/api/v1/timelines/tag/([^/]+)", "", SPAN, self._tagged),
            (r"/api/v1/statuses/(\w+)", "", set(), self._status),
            ("/api/v2/search()", "read:search", {"q", "type", "min_id", "max_id", "limit"}, self._searched),
        ]

    def _let_in(self, headers: Mapping[str, str], rate: Json) -> Callable[[str], str | None]:
        written = headers.get("authorization")
        known = self.tokens.get((written or "").removeprefix("Bearer "))
        if written is not None and known is None:
            raise Refused(401, {"error": "The access token is invalid"}, rate)

        def me(needs: str) -> str | None:
            if needs and known is None:
                raise Refused(401, {"error": "This method requires an authenticated user"}, rate)
            if needs and known is not None and needs not in known[1]:
                raise Refused(403, {"error": "This action is outside the authorized scopes"}, rate)
            return known[0] if known is not None else None

        return me

    def _count(self) -> Json:
        now = self.now()
        if self._window_ends_at is None or now >= self._window_ends_at:
            self._used, self._window_ends_at = 0, now + WINDOW
        self._used += 1
        rate = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self._used)),
            "X-RateLimit-Reset": self._window_ends_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        if self._used > self.limit:
            raise Refused(429, {"error": "Too many requests"}, rate)
        return rate

    def _credentials(self, me: str | None, _: str, __: Params) -> Any:
        return {**self._account_json(self._accounts[me or ""]), "source": {"privacy": "public"}}

    def _lookup(self, _: str | None, __: str, params: Params) -> Any:
        account = self._accounts.get(dict(params)["acct"].lower())
        if account is None:
            raise Refused(404, {"error": "Record not found"})
        return self._account_json(account)

    def _of_account(self, me: str | None, account_id: str, params: Params) -> Any:
        if account_id not in {account.id for account in self._accounts.values()}:
            raise Refused(404, {"error": "Record not found"})
        boosts = dict(params).get("exclude_reblogs") not in {"1", "true", "True"}

        def holds(status: Status) -> bool:
            mine = status.author.id == account_id and (boosts or status.reblogs is None)
            return mine and (status.visibility in {"public", "unlisted"} or status.author.acct.lower() == me)

        return self._page(holds, params, most=40)

    def _tagged(self, _: str | None, tag: str, params: Params) -> Any:
        wanted = re.compile(rf"#{re.escape(tag)}(?!\w)", re.IGNORECASE)
        return self._page(
            lambda status: status.visibility == "public" and wanted.search(status.text) is not None,
            params,
            most=40,
        )

    def _searched(self, me: str | None, _: str, params: Params) -> Any:
        asked = dict(params)
        if asked.get("type") != "statuses":
            raise Refused(422, {"error": "the fake searches only for statuses"})
        wanted = asked["q"].strip('"').casefold()
        found = self._page(
            lambda status: status.visibility == "public" and wanted in status.text.casefold(), params, most=40
        )
        return {"accounts": [], "hashtags": [], "statuses": found}

    def _status(self, me: str | None, status_id: str, _: Params) -> Any:
        status = self._statuses.get(status_id)
        if status is None:
            raise Refused(404, {"error": "Record not found"})
        return self._status_json(status)

    def _notified(self, me: str | None, _: str, params: Params) -> Any:
        kinds = [value for name, value in params if name == "types[]"]
        asked = dict(params)
        now = self.now()
        found = [
            note
            for note in self._notifications
            if note.to == me and note.created_at <= now and (not kinds or note.kind in kinds)
        ]
        found = [note for note in found if _within(int(note.id), asked)]
        found.sort(key=lambda note: int(note.id), reverse=True)
        return [
            {
                "id": note.id,
                "type": note.kind,
                "created_at": _iso(note.created_at),
                "account": self._account_json(self._statuses[note.status].author),
                "status": self._status_json(self._statuses[note.status]),
            }
            for note in found[: _size(asked, 80)]
        ]

    def _page(self, holds: Callable[[Status], bool], params: Params, *, most: int) -> list[Json]:
        asked = dict(params)
        now = self.now()
        found = [status for status in self._statuses.values() if status.visible_at <= now and holds(status)]
        found = [status for status in found if _within(int(status.id), asked)]
        found.sort(key=lambda status: int(status.id), reverse=True)
        return [self._status_json(status) for status in found[: _size(asked, most)]]

    def _account_json(self, account: Account) -> Json:
        name = account.acct.partition("@")[0]
        return {
            "id": account.id,
            "username": name,
            "acct": account.acct,
            "display_name": account.name,
            "followers_count": account.followers,
            "bot": False,
            "url": f"https://masto.example/@{account.acct}",
        }

    def _status_json(self, status: Status) -> Json:
        boosted = self._statuses.get(status.reblogs or "")
        parent = self._statuses.get(status.reply_to or "")
        return {
            "id": status.id,
            "uri": f"https://masto.example/users/{status.author.acct}/statuses/{status.id}",
            "url": f"https://masto.example/@{status.author.acct}/{status.id}",
            "created_at": _iso(status.created_at),
            "edited_at": _iso(status.edited_at) if status.edited_at else None,
            "account": self._account_json(status.author),
            "content": status.content,
            "spoiler_text": status.warning,
            "sensitive": bool(status.warning),
            "visibility": status.visibility,
            "language": status.language,
            "in_reply_to_id": status.reply_to,
            "in_reply_to_account_id": parent.author.id if parent else None,
            "reblog": self._status_json(boosted) if boosted else None,
            "quote": {"state": "accepted", "quoted_status": {"id": status.quotes}} if status.quotes else None,
            "poll": None,
            "media_attachments": [],
            **status.extra,
        }


def marked_up(text: str) -> str:
    """Write a text as Mastodon's HTML: paragraphs, line ends, accounts and tags as links."""
    paragraphs = [
        re.sub(
            r"([@#])(\w+)",
            r'<a href="https://masto.example/\2" class="mention hashtag">\1<span>\2</span></a>',
            html.escape(paragraph, quote=False).replace("\n", "<br />"),
        )
        for paragraph in text.split("\n\n")
    ]
    return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)


def _checked(params: Params, known: set[str], rate: Json) -> Params:
    """Refuse what is no parameter of the question: a misspelt one would be passed over in silence."""
    unknown = {name for name, _ in params} - known - {"resolve", "exclude_unreviewed"}
    if unknown:
        raise Refused(422, {"error": f"unknown: {sorted(unknown)}"}, rate)
    return params


def _within(number: int, asked: Mapping[str, str]) -> bool:
    above = [int(asked[name]) for name in ("since_id", "min_id") if name in asked]
    return all(number > floor for floor in above) and ("max_id" not in asked or number < int(asked["max_id"]))


def _size(asked: Mapping[str, str], most: int) -> int:
    return min(int(asked.get("limit", "20")), most)


def _iso(instant: datetime) -> str:
    written = instant.astimezone(UTC).isoformat(timespec="milliseconds")
    return written.replace("+00:00", "Z")
