"""The one way out of a vendor's client library: bounded in time and size, and to the configured address only.

The libraries raise for what they don't like and stumble over answers of odd shapes; what the vendor said
stands in the answer itself, and is read from there.
"""

import io
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from casebook.mention import Blindness
from listener.fault import Fault

TIMEOUTS = (3.05, 10.0)
"""Seconds to connect (a little over one TCP retransmission) and to wait for the next bytes."""
LONGEST_ANSWER = 16_000_000
"""Bytes; a page of the longest posts we know is a tenth of it."""
_OK = 200
_REDIRECTS = range(300, 400)


@dataclass(frozen=True, slots=True)
class Said:
    """What a vendor answered."""

    status: int
    path: str
    headers: Mapping[str, str]
    """Names in any case."""
    body: bytes

    def json(self) -> object:
        """Give the answer's JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


Refusal = Callable[[Said], Fault | None]
"""Says what is wrong with an answer, whatever its status; None when it may be read."""


class Door:
    """Stands where requests expects an adapter: no other is in its sessions, and it follows no redirect.

    `who` begins the sentences of its faults. A whole answer takes at most the first of `timeouts` and twice
    the second. With `keeps_bodies` the library is given an empty object or list in an answer's stead, so that
    it spends nothing on what we read ourselves; headers in `hides` it does not see. For one thread at a time.
    """

    def __init__(
        self,
        who: str,
        *addresses: str,
        refusal: Refusal,
        timeouts: tuple[float, float],
        keeps_bodies: bool = False,
        hides: Sequence[str] = (),
    ) -> None:
        self._who = who
        self._hides = hides
        self._keeps_bodies = keeps_bodies
        self._addresses = addresses
        self._refusal = refusal
        self._timeouts = timeouts
        self._inner: Any = None
        self._said: Said | None = None
        self._fault: Fault | None = None

    def session(self) -> Any:
        """Make a requests session that has no other way out."""
        import requests  # noqa: PLC0415 - a third of a second: commands that ask nothing do not pay it

        session = requests.Session()
        session.adapters.clear()
        way_out: Any = self  # as good as an adapter, without its class: that takes long to import
        for address in self._addresses:
            session.mount(f"{address.rstrip('/')}/", way_out)
        session.trust_env = False  # a .netrc must not replace our token; proxies are set below
        return session

    def ask(self, question: Callable[[], object]) -> Said:
        """Let a library ask and give what was answered last; raises Fault, or the library's own mistake."""
        self._said = self._fault = None
        try:
            question()
        except Exception:
            if self._fault is not None:
                raise self._fault from None
            if self._said is None:
                raise
        if self._said is None:
            raise self._unreadable("nothing was asked")
        return self._said

    def send(self, request: Any, **options: Any) -> Any:
        """Send one request and read its whole answer; raises Fault, which the libraries wrap and `ask` unwraps."""
        self._said = None
        try:
            response = self._exchange(request, options)
            fault = self._refusal(self._said) if self._said is not None else None
        except Fault as broken:
            fault = broken
        if fault is not None:
            self._fault = fault
            raise fault
        return response

    def close(self) -> None:
        """Close the connections; the next question opens another."""
        inner, self._inner = self._inner, None
        if inner is not None:
            inner.close()

    def _exchange(self, request: Any, options: dict[str, Any]) -> Any:
        import requests  # noqa: PLC0415 - see session
        from requests.adapters import HTTPAdapter  # noqa: PLC0415 - see session

        self._inner = self._inner or HTTPAdapter()
        until = time.monotonic() + self._timeouts[0] + 2 * self._timeouts[1]
        options |= {"timeout": self._timeouts, "stream": True, "verify": True}
        options["proxies"] = requests.utils.get_environ_proxies(request.url)
        try:
            response = self._send_afresh(request, options)
            try:
                body = self._read(response.raw, until=until)
            except BaseException:
                response.raw.close()  # half an answer is still on it
                raise
        except requests.Timeout as error:
            raise self._late() from error
        except requests.RequestException as error:
            raise self._unreached() from error
        if response.status_code in _REDIRECTS:
            raise Fault(
                f"{self._who} sends us elsewhere ({response.status_code}), where no secret is sent; correct api_url",
                reason=Blindness.VENDOR,
                permanent=True,
                status=response.status_code,
            )
        response.raw = io.BytesIO(_stand_in(body) if self._keeps_bodies else body)
        path = urlsplit(request.url).path
        self._said = Said(response.status_code, path, response.headers.copy(), body)
        for name in self._hides:
            response.headers.pop(name, None)
        return response

    def _send_afresh(self, request: Any, options: dict[str, Any]) -> Any:
        """Send once more where the connection broke: the vendor may have closed it while it was idle."""
        import requests  # noqa: PLC0415 - see session

        try:
            return self._inner.send(request, **options)
        except requests.Timeout:
            raise
        except requests.ConnectionError:
            return self._inner.send(request, **options)

    def _read(self, raw: Any, *, until: float) -> bytes:
        """Read an answer to its end, in bounded time and size: requests bounds only the wait for each byte."""
        import urllib3  # noqa: PLC0415 - see session

        parts: list[bytes] = []
        size = 0
        try:
            while part := raw.read1(65_536, decode_content=True):
                parts.append(part)
                size += len(part)
                if size > LONGEST_ANSWER:
                    raise self._unreadable("it is too long")
                if time.monotonic() > until:
                    raise self._late()
        except urllib3.exceptions.ReadTimeoutError as error:
            raise self._late() from error
        except urllib3.exceptions.DecodeError as error:
            raise self._unreadable("it is packed wrongly") from error
        except urllib3.exceptions.HTTPError as error:
            raise self._unreached() from error
        return b"".join(parts)

    def _late(self) -> Fault:
        return Fault(
            f"{self._who} did not answer in time; nothing to do here unless it lasts",
            reason=Blindness.NETWORK,
        )

    def _unreached(self) -> Fault:
        return Fault(
            f"{self._who} can't be reached or broke off; check the network and api_url if it lasts",
            reason=Blindness.NETWORK,
        )

    def _unreadable(self, why: str) -> Fault:
        return unreadable(self._who, why)


def _stand_in(body: bytes) -> bytes:
    return b"[]" if body.lstrip()[:1] == b"[" else b"{}"


def unreadable(who: str, why: str) -> Fault:
    """Say that an answer was no answer."""
    return Fault(f"{who} sent an answer that can't be read ({why}); check api_url if it lasts")


def is_ok(said: Said) -> bool:
    """Say whether an answer has the status of one."""
    return said.status == _OK


def bare_url(written: str) -> str:
    """Check an address of the configuration; it has no path's end, no query and no password."""
    parts = urlsplit(written.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise ValueError("write an address such as https://mastodon.social")
    return written.strip().rstrip("/")


def sends_in_clear(api_url: str) -> bool:
    """Say whether a secret would cross a network unencrypted."""
    parts = urlsplit(api_url)
    return parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}
