"""A fake Reddit over loopback for the real praw: tokens, listings and /api/info, and strict like it.

with FakeReddit() as reddit:
    reddit.submit("caro", "Aino Kahvi", "pahaa", subreddit="suomi")
    ...  # point `api_url` and `auth_url` at reddit.url
"""

import base64
import itertools
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from tests.servers.vendor import FakeVendor, Json, Params, Refused

REACH = 1000


class FakeReddit(FakeVendor):
    def __init__(self, *, now: Callable[[], datetime] | None = None, secret: str = "fake-secret") -> None:
        super().__init__(now=now)
        self.secret = secret
        self.remaining = 1000
        self.tokens: set[str] = set()
        self.logged_in_as: str | None = None
        self.passwords: dict[str, str] = {}
        self.things: dict[str, Json] = {}
        self.inbox: list[Json] = []
        self.accounts: set[str] = set()
        self.subreddits: set[str] = set()
        self._sequence = itertools.count(36**4)

    # what people do there

    def submit(
        self, author: str, title: str, text: str = "", *, subreddit: str = "suomi", **more: Any
    ) -> str:
        with self.lock:
            number = _base36(next(self._sequence))
            self._know(author, subreddit)
            self.things[f"t3_{number}"] = {
                **self._common(f"t3_{number}", author, subreddit),
                "title": title,
                "selftext": text,
                "permalink": f"/r/{subreddit}/comments/{number}/otsikko/",
                **more,
            }
            return f"t3_{number}"

    def blank(self, name: str, **fields: object) -> None:
        self.things[name] |= fields

    def comment(self, author: str, text: str, *, to: str, **more: Any) -> str:
        with self.lock:
            number = _base36(next(self._sequence))
            parent = self.things[to]
            link = parent.get("link_id") or parent["name"]
            subreddit = str(parent["subreddit"])
            self._know(author, subreddit)
            path = f"/r/{subreddit}/comments/{link[3:]}/otsikko/{number}/"
            self.things[f"t1_{number}"] = {
                **self._common(f"t1_{number}", author, subreddit),
                "body": text,
                "link_id": link,
                "parent_id": to,
                "permalink": path,
                **more,
            }
            return f"t1_{number}"

    def notify(self, name: str) -> None:
        """Put a comment in the inbox: there it has neither link_id nor permalink."""
        thing = dict(self.things[name])
        thing["context"] = f"{thing.pop('permalink')}?context=3"
        del thing["link_id"]
        self.inbox.append({**thing, "was_comment": True})

    def write_privately(self, author: str, text: str) -> None:
        number = _base36(next(self._sequence))
        self.inbox.append({**self._common(f"t4_{number}", author, ""), "body": text, "was_comment": False})

    def _know(self, author: str, subreddit: str) -> None:
        self.accounts.add(author.lower())
        self.subreddits.add(subreddit.lower())

    def _common(self, name: str, author: str, subreddit: str) -> Json:
        return {
            "name": name,
            "id": name[3:],
            "author": author,
            "author_fullname": f"t2_{author.lower().replace('_', '')}",
            "created_utc": self.now().timestamp(),
            "subreddit": subreddit,
            "edited": False,
            "removed_by_category": None,
        }

    # how Reddit answers

    def answer(self, method: str, path: str, params: Params, headers: Mapping[str, str]) -> tuple[Any, Json]:
        with self.lock:
            asked = dict(params)
            if "praw" not in headers.get("user-agent", "").lower():
                raise Refused(403, "<html>whoa there, pardner!</html>")
            if path == "/api/v1/access_token":
                return self._token(method, asked, headers), {}
            self.remaining -= 1
            rate = {
                "x-ratelimit-remaining": f"{float(self.remaining)}",
                "x-ratelimit-used": "1",
                "x-ratelimit-reset": "300",
            }
            if headers.get("authorization", "").removeprefix("bearer ") not in self.tokens:
                raise Refused(401, {"message": "Unauthorized", "error": 401}, rate)
            if method != "GET" or asked.get("raw_json") != "1":
                raise Refused(400, {"message": "Bad Request", "error": 400}, rate)
            return self._listed(path, asked), rate

    def _token(self, method: str, asked: Mapping[str, str], headers: Mapping[str, str]) -> Json:
        coded = headers.get("authorization", "").removeprefix("Basic ")
        if method != "POST" or base64.b64decode(coded).decode() != f"fake-id:{self.secret}":
            raise Refused(401, {"message": "Unauthorized", "error": 401})
        if asked["grant_type"] == "password":
            if self.passwords.get(asked["username"]) != asked["password"]:
                return {"error": "invalid_grant"}
            self.logged_in_as = asked["username"].lower()
        token = f"token-{len(self.tokens)}-{self.secret}"
        self.tokens.add(token)
        return {"access_token": token, "token_type": "bearer", "expires_in": 86_400, "scope": "*"}

    def _listed(self, path: str, asked: Mapping[str, str]) -> Json:
        known = {"raw_json", "limit", "after", "sort", "q", "type", "t", "mark", "id"}
        if set(asked) - known:
            raise Refused(400, {"message": f"unknown {set(asked) - known}", "error": 400})
        if path == "/api/info":
            wanted = asked["id"].split(",")
            assert len(wanted) <= 100
            return _listing([self.things[name] for name in wanted if name in self.things], None)
        if path == "/message/inbox":
            if self.logged_in_as is None:
                raise Refused(403, {"message": "Forbidden", "error": 403})
            return self._page(self.inbox, asked)
        things = list(self.things.values())
        found = re.fullmatch(r"/user/([\w-]+)/overview", path)
        if found is not None:
            if found[1].lower() not in self.accounts:
                raise Refused(404, {"message": "Not Found", "error": 404})
            return self._page([one for one in things if one["author"].lower() == found[1].lower()], asked)
        found = re.fullmatch(r"/r/([\w+]+)/(new|comments)", path)
        if found is not None:
            names = set(found[1].lower().split("+"))
            if not names & self.subreddits:
                raise Refused(302, "", {"location": f"{self.url}/subreddits/search"})
            kind = "t3" if found[2] == "new" else "t1"
            there = [
                one for one in things if one["subreddit"].lower() in names and one["name"].startswith(kind)
            ]
            return self._page(there, asked)
        if path == "/search":
            wanted_words = asked["q"].strip('"').casefold()
            posts = (one for one in things if one["name"].startswith("t3"))
            return self._page([one for one in posts if wanted_words in f"{one}".casefold()], asked)
        raise Refused(404, "<html>404</html>")

    def _page(self, things: list[Json], asked: Mapping[str, str]) -> Json:
        newest_first = sorted(things, key=lambda one: (one["created_utc"], one["name"]), reverse=True)[:REACH]
        names = [one["name"] for one in newest_first]
        start = names.index(asked["after"]) + 1 if asked.get("after") in names else 0
        end = start + min(int(asked.get("limit", "25")), 100)
        return _listing(newest_first[start:end], names[end - 1] if end < len(names) else None)


def _listing(things: list[Json], after: str | None) -> Json:
    children = [{"kind": one["name"][:2], "data": one} for one in things]
    return {
        "kind": "Listing",
        "data": {"after": after, "before": None, "dist": len(things), "children": children},
    }


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits
