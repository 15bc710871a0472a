"""Requests that a channel's vendor sends us: presses of buttons, where no connection of ours brings them."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

import structlog
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from notifier.channel import Channel, HeardByWeb, WebAnswer
from vaste.clock import Clock

LONGEST_BODY = 1024 * 1024
READ_WITHIN_SECONDS = 3.0
"""A whole body; Slack waits no longer for its answer."""
MOST_AT_ONCE = 32
_UNAUTHORISED = 401


def hook_routes(channels: Sequence[Channel], clock: Clock) -> list[Route]:
    """Make a route for every path at which a channel wants to be heard; those of one path are asked in turn."""
    heard: dict[str, list[HeardByWeb]] = defaultdict(list)
    for channel in channels:
        if isinstance(channel, HeardByWeb) and channel.path is not None:
            heard[channel.path].append(channel)
    return [Route(path, _Hook(each, clock).take, methods=["POST"]) for path, each in heard.items()]


class _Hook:
    """One path."""

    def __init__(self, channels: Sequence[HeardByWeb], clock: Clock) -> None:
        self._channels = channels
        self._clock = clock
        self._at_once = 0
        self._is_refusing = False

    async def take(self, request: Request) -> Response:
        """Answer one request; what follows from it is done after the answer."""
        if self._at_once >= MOST_AT_ONCE:
            return Response(status_code=503)
        self._at_once += 1
        try:
            body = await _read(request)
            if body is None:
                return Response(status_code=413)
            headers = {name.lower(): value for name, value in request.headers.items()}
            answer = await run_in_threadpool(self._ask, headers, body)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody hears it
        except TimeoutError:
            return Response(status_code=408)
        finally:
            self._at_once -= 1
        after = BackgroundTask(answer.after) if answer.after is not None else None
        return Response(
            answer.text, status_code=answer.status, media_type=answer.content_type, background=after
        )

    def _ask(self, headers: dict[str, str], body: bytes) -> WebAnswer:
        now = self._clock.now()
        answer = WebAnswer(_UNAUTHORISED)
        for channel in self._channels:
            answer = channel.hear(headers, body, now=now)
            if answer.status != _UNAUTHORISED:
                break
        is_refused = answer.status == _UNAUTHORISED
        if (
            is_refused and not self._is_refusing
        ):  # once, until one is taken again: strangers may send thousands
            structlog.get_logger().warning("request refused", path="of a channel", reason=answer.text)
        self._is_refusing = is_refused
        return answer


async def _read(request: Request) -> bytes | None:
    """Read a body; None when it is longer than may be taken. Raises TimeoutError."""
    read = bytearray()
    async with asyncio.timeout(READ_WITHIN_SECONDS):
        async for chunk in request.stream():
            read += chunk
            if len(read) > LONGEST_BODY:
                return None
    return bytes(read)
