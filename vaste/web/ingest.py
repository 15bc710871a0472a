"""`POST /ingest/NAME`: posts that another system sends to a webhook source.

Whoever asks is a stranger until the signature says otherwise: what is not of the right form is refused before
its body is read, no more of a body is kept than may be taken, and no answer holds a word of it.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from casebook.store import Filed
from listener.webhook import CONTENT_TYPES, HEADER, LONGEST_BODY, NotTaken, signature_in
from vaste.clock import Clock
from vaste.jobs import Jobs

READ_WITHIN_SECONDS = 30.0
"""A whole body; whoever is slower holds a place that others need."""
MOST_DROPPED = 64_000_000
DROP_WHILE_SECONDS = 1.0
"""Of a body that is too long: whoever waits for an answer before sending it gets it soon."""
MOST_AT_ONCE = 16
"""Bodies in memory: 64 MB at most."""
REJECTED_NAMED = 100
"""Sentences in an answer; the rest are counted."""
TELL_EVERY = timedelta(minutes=1)


def ingest_route(jobs: Jobs, *, filed: Callable[[Filed], None]) -> Route:
    """Make the route; `filed` is told what came, so that it is judged at once."""
    return Route("/ingest/{name}", _Ingest(jobs, filed, Refusals(jobs.clock)).take, methods=["POST"])


@dataclass(slots=True)
class Refusals:
    """Tells the log of refused signatures: the first at once, then how many there were, once a minute."""

    clock: Clock
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _told_at: datetime | None = None
    _since: int = 0

    def count(self) -> int | None:
        """Count one more; gives how many came since the log was last told, or None while it need not be."""
        with self._lock:
            self._since += 1
            now = self.clock.now()
            if self._told_at is not None and now - self._told_at < TELL_EVERY:
                return None
            count, self._since, self._told_at = self._since, 0, now
            return count


@dataclass(slots=True)
class _Ingest:
    """What the route is made of."""

    jobs: Jobs
    filed: Callable[[Filed], None]
    refusals: Refusals
    _reading: int = 0

    async def take(self, request: Request) -> Response:
        """Answer one request; 202 only when its posts are in the record."""
        try:
            check_form(request)
            with self._place():
                body = await read_body(request)
                signature = request.headers.get(HEADER)
                filed, rejected = await run_in_threadpool(
                    self.jobs.take_in, request.path_params["name"], body, signature
                )
        except NotTaken as refused:
            self._tell(refused)
            return _answer(refused.status, {"error": str(refused), **_said(refused.rejected)})
        except ClientDisconnect:
            return Response(status_code=400)  # nobody hears it
        except Exception as error:  # noqa: BLE001 - a database out of reach, or our own fault: it was not filed
            structlog.get_logger().error("sent posts can't be filed", error=type(error).__name__)
            message = "it could not be filed just now; send it again"
            return _answer(503, {"error": message}, {"Retry-After": "5"})
        self.filed(filed)
        count = filed.mentions + filed.replies + filed.context + filed.known + filed.muted
        return _answer(202, {"accepted": count, **_said(rejected)})

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Take a place for one body; there is one event loop, so counting is enough."""
        if self._reading >= MOST_AT_ONCE:
            raise NotTaken("too many requests at once; send it again in a moment", status=503)
        self._reading += 1
        try:
            yield
        finally:
            self._reading -= 1

    def _tell(self, refused: NotTaken) -> None:
        if refused.status != 401:  # noqa: PLR2004 - who was let in hears for themselves what was wrong
            return
        if count := self.refusals.count():
            structlog.get_logger().warning("signatures of sent posts refused", count=count)


def check_form(request: Request) -> None:
    """Refuse what can't be taken by its headers alone, whatever the name; raises NotTaken."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in CONTENT_TYPES or request.headers.get("content-encoding", "identity") != "identity":
        message = "send JSON, not compressed, as application/json or application/x-ndjson"
        raise NotTaken(message, status=415)
    signature_in(request.headers.get(HEADER))


async def read_body(request: Request) -> bytes:
    """Read a body, and keep at most as many bytes as may be taken; raises NotTaken.

    What is beyond that is read and dropped, up to MOST_DROPPED: a sender that is cut off never reads why.
    """
    now = asyncio.get_running_loop().time
    read, count, ends_at = bytearray(), 0, now() + READ_WITHIN_SECONDS
    is_too_long = _is_announced_too_long(request)
    try:
        async with asyncio.timeout(READ_WITHIN_SECONDS) as limit:
            if is_too_long:  # who waits for an answer before sending gets it soon
                limit.reschedule(now() + DROP_WHILE_SECONDS)
            async for chunk in request.stream():
                count += len(chunk)
                is_too_long = is_too_long or count > LONGEST_BODY
                if not is_too_long:
                    read += chunk
                elif count > MOST_DROPPED:
                    break
                else:
                    read.clear()
                    limit.reschedule(min(ends_at, now() + DROP_WHILE_SECONDS))
    except TimeoutError as error:
        if not is_too_long:
            raise NotTaken("the body took too long to come; send it again", status=408) from error
    if is_too_long:
        raise _too_long()
    return bytes(read)


def _is_announced_too_long(request: Request) -> bool:
    length = request.headers.get("content-length", "0")
    return length.isdecimal() and len(length) < 20 and int(length) > LONGEST_BODY  # noqa: PLR2004 - longer ones are no number that anybody means


def _too_long() -> NotTaken:
    message = f"the body is longer than {LONGEST_BODY} bytes; send the posts in several requests"
    return NotTaken(message, status=413)


def _said(rejected: tuple[str, ...]) -> dict[str, list[str]]:
    more = len(rejected) - REJECTED_NAMED
    return {"rejected": [*rejected[:REJECTED_NAMED], *([f"and {more} more"] if more > 0 else [])]}


def _answer(status: int, said: dict[str, object], headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(said, status_code=status, headers=headers)
