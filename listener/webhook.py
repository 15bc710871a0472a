"""The webhook source: any system sends its posts itself, signed, and they are filed before it hears "accepted".

Theory of operation:
1. A request carries posts as JSON and a signature: HMAC-SHA256, with the shared secret, of the second in which
   it was signed and the body. `opened` refuses a wrong one, and one signed too long ago or ahead.
2. The body's posts are read as the lines of a file are. What can't be understood is named by its place.
3. `remembered` refuses a signature that was used already. Those that could still pass are kept in the source's
   cursor, which is stored in one transaction with the posts: so it holds across restarts and machines, and a
   request that was refused or died on the way may be sent again as it is.
"""

import hmac
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, SecretStr

from casebook.mention import ALL_LANES, Batch, Blindness, Json, Mention, Reply, Trouble
from casebook.signature import code_of
from listener.lines import line_of, object_of, post_of
from listener.source import SourceSettings

SIGNED_WITHIN_SECONDS = 300
"""A signature is good for so long before and after the second that it names."""
KEPT_SECONDS = 2 * SIGNED_WITHIN_SECONDS
"""Used signatures are kept for longer than they are good: the clocks of two machines may differ."""
MOST_KEPT = 10_000
"""Requests in `KEPT_SECONDS`: 16 a second, for hours on end; who has more sends several posts in one."""
MOST_POSTS = 5_000
"""Posts in one request: what a file is filed in, too."""
LONGEST_BODY = 4_000_000
"""Bytes."""
CONTENT_TYPES = frozenset(
    {"application/json", "application/jsonl", "application/x-ndjson", "application/ndjson"}
)
HEADER = "X-Vaste-Signature"

_REFUSED = "refused: no source takes posts here by this signature; check the address, the secret and the body"
_NO_JSON = "the body is not JSON in UTF-8; send one object, a list of objects, or one object a line"
_SECOND = re.compile(r"[0-9]{1,12}")
_HEX = re.compile(r"[0-9a-f]{64}")
_MOST_SIGNATURES = 4


class WebhookSettings(SourceSettings):
    """`{name: hotline, kind: webhook, secret: "${HOTLINE_SECRET}"}`."""

    model_config = ConfigDict(hide_input_in_errors=True)

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,80}$")]
    """It stands in the address that posts are sent to."""
    kind: Literal["webhook"] = "webhook"
    secret: Annotated[SecretStr, Field(min_length=1)]
    """Shared with the sender, for signing."""
    network: str | None = None
    """First half of the key of its posts; `webhook:NAME` unless given."""


class NotTaken(Exception):
    """A request was not taken; the message says why and what to do, and holds none of its words."""

    def __init__(self, message: str, *, status: int, rejected: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        """Of HTTP."""
        self.rejected = rejected
        """What could not be understood, a sentence each."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What the header says: when the request was signed, and how; rotating secrets sign more than once."""

    second: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """Posts whose sender is known, and what keeps the same request from being taken twice."""

    posts: Batch
    """Its cursor is empty: `remembered` gives it."""
    signature: str
    signed_at: int
    """Seconds since 1970."""


class WebhookSource:
    """A source that is sent to: nothing is polled, and nothing is held open."""

    kind = "webhook"

    def __init__(self, settings: WebhookSettings) -> None:
        self.name = settings.name
        self.network = settings.network or f"webhook:{settings.name}"
        self._secret = settings.secret
        self._is_automated = settings.is_automated
        self.is_heard: bool | None = None
        """The page that posts are sent to is served by this process; None: that is not its business."""

    def fetch(self, cursor: Json, *, since: datetime, now: datetime) -> Batch:
        """Bring nothing: posts come by themselves. Say whether anybody would hear them.

        Whether a sender was kept from reaching us, nobody can know here: watched is the time in which the
        page was served.
        """
        del since, now
        if self.is_heard is None:  # another process serves the page, or none: this look vouches for nothing
            return Batch(cursor=cursor, lanes=())
        if not self.is_heard:
            message = (
                "posts can't be sent to it: the page is not served; give web a listen address that is free"
            )
            trouble = Trouble(ALL_LANES, message, reason=Blindness.DOWNTIME)
            return Batch(cursor=cursor, lanes=(), troubles=(trouble,))
        return Batch(cursor=cursor)

    def check(self) -> list[str]:
        """Find nothing: there is nobody to ask."""
        return []

    def close(self) -> None:
        """Nothing is held open."""

    def opened(self, body: bytes, written: str | None, *, now: datetime) -> Sent:
        """Read a request by its signature header; raises NotTaken."""
        signature = signature_in(written)
        code = code_of(self._secret.get_secret_value(), signature.second, body)
        # every code is compared, so that the time taken tells nothing
        if not [one for one in signature.codes if hmac.compare_digest(one, code)]:
            raise not_known()
        signed_at = int(signature.second)
        if abs(now.timestamp() - signed_at) > SIGNED_WITHIN_SECONDS:
            message = (
                "signed more than 5 minutes ago or ahead; sign each request anew, and set the clock (NTP)"
            )
            raise NotTaken(message, status=401)
        return Sent(self._read(body), code, signed_at)

    def _read(self, body: bytes) -> Batch:
        posts: list[Mention | Reply] = []
        rejected: list[str] = []
        for place, fields in _objects(body):
            try:
                line = line_of(object_of(fields) if isinstance(fields, str) else fields)
                posts.append(post_of(line, network=self.network, is_automated=self._is_automated))
            except ValueError as mistake:
                rejected.append(f"{place}: {mistake}")
        if rejected and not posts:
            message = "none of it could be understood; mend it and send it again"
            raise NotTaken(message, status=400, rejected=tuple(rejected))
        return Batch(
            mentions=tuple(post for post in posts if isinstance(post, Mention)),
            replies=tuple(post for post in posts if isinstance(post, Reply)),
            rejected=tuple(rejected),
        )


def not_known() -> NotTaken:
    """Give the one answer to an unknown name and to a wrong signature: neither tells of the other."""
    return NotTaken(_REFUSED, status=401)


def signature_in(written: str | None) -> Signature:
    """Read `t=UNIXSECONDS,v1=HEX`; parts that it does not know are left alone. Raises NotTaken."""
    parts = [part.strip().partition("=") for part in (written or "")[:1_000].split(",")]
    seconds = [value for key, _, value in parts if key == "t" and _SECOND.fullmatch(value)]
    codes = [value.lower() for key, _, value in parts if key == "v1" and _HEX.fullmatch(value.lower())]
    if len(seconds) != 1 or not 0 < len(codes) <= _MOST_SIGNATURES:
        raise not_known()
    return Signature(seconds[0], tuple(codes))


def remembered(cursor: Json, sent: Sent, *, now: datetime) -> Json:
    """Give the cursor that knows this signature too, and has forgotten those too old to pass.

    Raises NotTaken for a signature that was used, and when more are in use than can be kept.
    """
    used = cursor.get("used")
    kept = {
        code: second
        for code, second in (used.items() if isinstance(used, dict) else ())
        if isinstance(second, int) and now.timestamp() - second <= KEPT_SECONDS
    }
    code = sent.signature[:32]  # 128 of its 256 bits: what must be kept for each request is half as long
    if code in kept:
        raise NotTaken("this request was taken already; sign each request anew", status=409)
    if len(kept) >= MOST_KEPT:
        message = "more requests than can be told apart; send several posts in one, and wait a minute"
        raise NotTaken(message, status=429)
    return {"used": {**kept, code: sent.signed_at}}


def _objects(body: bytes) -> Iterator[tuple[str, Any]]:
    """Give the objects of a body, each with its place; lines as text, so that one bad line spoils no other.

    Raises NotTaken when there is nothing to read, or too much.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as mistake:
        raise NotTaken(_NO_JSON, status=400) from mistake
    if not text.strip():
        raise NotTaken(_NO_JSON, status=400)
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        numbered = enumerate(text.split("\n"), 1)
        found = [(f"line {number}", line) for number, line in numbered if line.strip()]
    else:
        many = whole if isinstance(whole, list) else [whole]
        found = [(f"post {number}", fields) for number, fields in enumerate(many, 1)]
    if len(found) > MOST_POSTS:
        raise NotTaken(f"more than {MOST_POSTS} posts at once; send them in several requests", status=413)
    yield from found
