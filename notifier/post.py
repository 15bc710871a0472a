"""One HTTP POST of JSON to where the configuration says: what came of it, in the channels' own words."""

import http.client
import json
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from notifier.channel import ChannelUnavailable

TIMEOUT_S = 10
"""To connect, and for each answer."""
LONGEST_ANSWER = 65_536
LONGEST_WAIT = timedelta(hours=1)
_TOO_MANY = 429
_PASSING = frozenset({408, 425, 429, 502, 503, 504})
"""Refused for now, by whoever stands in front: nothing was taken in."""
_FAULT = 500
_LONGEST_NUMBER = 6


@dataclass(frozen=True, slots=True)
class Reply:
    """A 2xx."""

    status: int
    body: bytes


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A post that is led elsewhere would carry its words to where nobody meant them to go."""

    def redirect_request(self, *_asked: Any) -> None:
        """Lead nowhere: the answer is an error then."""


def post_json(
    url: str, body: Any, *, who: str, headers: Mapping[str, str] | None = None, timeout_s: float = TIMEOUT_S
) -> Reply:
    """Post and give a 2xx; `who` names the receiver in sentences, which never show the address.

    Raises ChannelUnavailable: permanent for what a person must mend, ambiguous where it may have been taken in.
    """
    sent = (
        body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    )
    request = urllib.request.Request(  # noqa: S310 - the settings let only http and https in
        url,
        data=sent,
        headers={"Content-Type": "application/json; charset=utf-8", "User-Agent": "Vaste", **(headers or {})},
    )
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(request, timeout=timeout_s) as answer:
            return Reply(answer.status, answer.read(LONGEST_ANSWER))
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(error, who) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        never_left = isinstance(_reason(error), ConnectionRefusedError | socket.gaierror | ssl.SSLError)
        sentence = f"{who} cannot be reached ({type(_reason(error)).__name__}): it is tried again"
        raise ChannelUnavailable(sentence, ambiguous=not never_left) from None


def _refusal(error: urllib.error.HTTPError, who: str) -> ChannelUnavailable:
    status = error.code
    if status == _TOO_MANY or status in _PASSING:
        return ChannelUnavailable(
            f"{who} asks for a pause ({status}): it is tried again", retry_after=_retry_after(error.headers)
        )
    if status >= _FAULT:
        return ChannelUnavailable(
            f"{who} has a fault of its own ({status}): it is tried again", ambiguous=True
        )
    if status < http.client.BAD_REQUEST:
        return ChannelUnavailable(
            f"{who} sends us elsewhere ({status}): write the address where it is", permanent=True
        )
    return ChannelUnavailable(f"{who} refuses the message ({status}): check its address", permanent=True)


def _retry_after(headers: Any) -> timedelta | None:
    written = str(headers.get("Retry-After") or "")
    is_number = written.isascii() and written.isdigit() and len(written) <= _LONGEST_NUMBER
    return min(timedelta(seconds=int(written)), LONGEST_WAIT) if is_number else None


def _reason(error: BaseException) -> BaseException:
    reason = getattr(error, "reason", None)
    return reason if isinstance(reason, BaseException) else error
