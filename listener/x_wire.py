"""tweepy, kept to our address, our timeouts and our size: the only file that knows it."""

import io
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from casebook.mention import Blindness
from listener.skew import offset_of
from listener.x_faults import Fault, refused, unreadable
from listener.x_keys import hush_libraries
from listener.x_lane import Answer
from listener.x_settings import XSettings

TIMEOUTS = (3.05, 10.0)
"""Seconds to connect (a little over one TCP retransmission) and to wait for the next bytes."""
LONGEST_ANSWER = 32_000_000
"""Bytes; a hundred long posts of 25,000 characters are under half of it."""

_TWEEPYS_HOST = "https://api.twitter.com"
_OK = 200
_OFFSETS = 9
"""Answers of one connection by which X's clock is known."""


class TweepyWire:
    """One tweepy client on one connection; the client is made at the first question.

    `signed` asks in the name of `handle`, by its four keys if there are any, and otherwise as the app.
    tweepy and requests take a third of a second to import: commands that ask X nothing do not pay it.
    """

    def __init__(self, settings: XSettings, *, timeouts: tuple[float, float], signed: bool = False) -> None:
        self._token = settings.bearer_token
        self._keys = settings.keys if signed else None
        self._door = _Door(settings.api_url, timeouts)
        self._client: Any = None
        self._closed = False
        self._look: tuple[datetime, float] | None = None
        self.offsets: deque[timedelta] = deque(maxlen=_OFFSETS)
        """How much X's clock was ahead of ours at the latest questions."""

    @property
    def signs(self) -> bool:
        """Say whether X is asked in the name of an account."""
        return self._keys is not None

    def ask(self, method: str, *args: object, now: datetime, **params: object) -> Answer:
        """Ask by tweepy's name of the question; raises Fault for all but a 200 with JSON."""
        import requests  # noqa: PLC0415 - see the class

        client = self._client or self._open()
        self._door.answered = None
        began = time.monotonic()
        if (
            self._look is None or self._look[0] != now
        ):  # further pages of a look are asked later than its `now`
            self._look = now, began
        try:
            # left out where it is not asked for: counts know no such parameter
            in_its_name = {"user_auth": True} if self.signs else {}
            getattr(client, method)(*args, **in_its_name, **params)
        except requests.RequestException as error:
            raise _unreached(error) from error
        except Exception:
            # tweepy raises for every status but 2xx, and stumbles over errors of odd shapes on the way:
            # what X said stands in the answer itself; where there is none the mistake is ours
            if self._door.answered is None:
                raise
        finally:
            if self._closed:  # while it was under way, or before: nobody would close its connection any more
                client.session.close()
        asked_at, took = now + _seconds(began - self._look[1]), _seconds(time.monotonic() - began)
        offset = offset_of(self._door.answered.headers, asked_at=asked_at, answered_at=asked_at + took)
        if offset is not None:
            self.offsets.append(offset)
        return _answer(self._door.answered, now=now, signed=self.signs)

    def close(self) -> None:
        """Close the connection; one that is in use, or that a later question opens, is closed after it."""
        self._closed = True
        client, self._client = self._client, None
        if client is not None:
            client.session.close()

    def _open(self) -> Any:
        import requests  # noqa: PLC0415 - see the class
        import tweepy  # noqa: PLC0415 - see the class

        hush_libraries()
        bare = {"bearer_token": self._token.get_secret_value()} if self._token else {}
        if self._keys is not None:
            bare = self._keys.bare()
            self._door.sign = tweepy.OAuth1UserHandler(*bare.values()).apply_auth()
        # never wait_on_rate_limit: it sleeps in the job's thread, for ever where X names no reset
        client = tweepy.Client(**bare, return_type=requests.Response)
        client.session.adapters.clear()
        client.session.mount(f"{_TWEEPYS_HOST}/", self._door)
        client.session.max_redirects = 0
        self._client = client
        return client


class _Door:
    """The only way out of a tweepy client: its fixed host becomes `api_url`, within the timeouts.

    Stands where requests expects an adapter. There is no other adapter in the session, and it follows no
    redirect: the token goes nowhere else.
    """

    def __init__(self, api_url: str, timeouts: tuple[float, float]) -> None:
        self._api = urlsplit(api_url)
        self._timeouts = timeouts
        self._inner: Any = None
        self.sign: Callable[[Any], Any] | None = None
        """Signs a request in an account's name, in place."""
        self.answered: Any = None
        """The last answer (a requests.Response); tweepy does not give it where it raises."""

    def send(self, request: Any, **options: Any) -> Any:
        """Send one request and read its whole answer; raises requests' own exceptions."""
        import requests  # noqa: PLC0415 - see TweepyWire
        from requests.adapters import HTTPAdapter  # noqa: PLC0415 - see TweepyWire

        self._inner = self._inner or HTTPAdapter()
        began = time.monotonic()
        moved = request.copy()
        moved.url = self._moved(request.url)
        if self.sign is not None:
            # tweepy has signed its own host's address; X checks the signature of the one it was called by.
            # The old one goes first: it would be signed with the rest
            moved.headers.pop("Authorization", None)
            self.sign(moved)
        options["timeout"] = self._timeouts  # tweepy sets none, and would hang for ever
        options["stream"] = True
        options["proxies"] = requests.utils.get_environ_proxies(moved.url)  # not those for tweepy's host
        response = self._inner.send(moved, **options)
        try:
            body = _read_body(response.raw, until=began + self._timeouts[0] + 2 * self._timeouts[1])
        except BaseException:
            response.raw.close()  # half an answer is still on it
            raise
        response.raw = io.BytesIO(body)
        self.answered = response
        return response

    def close(self) -> None:
        """Close the connections."""
        if self._inner is not None:
            self._inner.close()

    def _moved(self, url: str) -> str:
        asked = urlsplit(url)
        path = self._api.path + asked.path
        return urlunsplit((self._api.scheme, self._api.netloc, path, asked.query, ""))


def _read_body(raw: Any, *, until: float) -> bytes:
    """Read an answer to its end, in bounded time and size: requests bounds only the wait for each byte."""
    import requests  # noqa: PLC0415 - see TweepyWire
    import urllib3  # noqa: PLC0415 - see TweepyWire

    parts: list[bytes] = []
    size = 0
    try:
        while part := raw.read1(65_536, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > LONGEST_ANSWER:
                raise requests.exceptions.ContentDecodingError("the answer is too long")
            if time.monotonic() > until:
                raise requests.exceptions.ReadTimeout("the answer takes too long")
    except urllib3.exceptions.ReadTimeoutError as error:
        raise requests.exceptions.ReadTimeout("the answer stopped") from error
    except urllib3.exceptions.HTTPError as error:
        raise requests.exceptions.ConnectionError("the answer broke off") from error
    return b"".join(parts)


def _seconds(length: float) -> timedelta:
    return timedelta(seconds=length)


def _unreached(error: Exception) -> Fault:
    """Say why X gave no answer; the library's own words are left out, they may hold what was sent."""
    import requests  # noqa: PLC0415 - see TweepyWire

    if isinstance(error, requests.Timeout):
        return Fault("X did not answer in time; nothing to do here unless it lasts", reason=Blindness.NETWORK)
    if isinstance(error, requests.TooManyRedirects):
        return Fault(
            "api_url sends us elsewhere, where the token is not sent; correct api_url", permanent=True
        )
    if isinstance(error, requests.ConnectionError):
        return Fault(
            "X can't be reached or broke off; check the network and api_url if it lasts",
            reason=Blindness.NETWORK,
        )
    return unreadable(type(error).__name__)


def _answer(response: Any, *, now: datetime, signed: bool) -> Answer:
    try:
        body: object = response.json()
    except (ValueError, RecursionError) as error:
        if response.status_code == _OK:
            raise unreadable("no JSON") from error
        body = None
    if response.status_code != _OK:
        raise refused(response.status_code, headers=response.headers, body=body, now=now, signed=signed)
    return Answer(body, response.headers)
