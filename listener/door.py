"""The guarded door: one HTTP GET (or PUT) to where the configuration says, in bounded time and size.

Theory of operation of one visit, which runs in a thread of its own:
1. The host's name is resolved, and each of its addresses is judged (`door_rules.may_enter`).
2. The connection is made to an address that was judged, never to a name: what a name server says a moment
   later changes nothing. TLS still asks for the name, and the certificate must be the name's.
3. A redirect is a new visit from step 1, at most five of them; credentials stay with the first origin.
4. The answer is read with a cap on its bytes as they are after decompression.
Whoever waits for the visit waits no longer than its whole time and no longer than the door is open; the
socket is then shut, which ends the thread.

Proxies named in the environment are not used: a proxy resolves names itself, and would reach what we refuse.
"""

import base64
import ipaddress
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from casebook.mention import Blindness
from listener.door_rules import Address, NoAddress, Target, may_enter, refused
from listener.source import SourceUnavailable

Result = TypeVar("Result")
Resolve = Callable[[str, int], Sequence[str]]

TIMEOUTS = (3.05, 10.0)
"""Seconds to connect (a little over one TCP retransmission) and to wait for the next bytes."""
WITHIN_SECONDS = 30.0
"""The whole visit: names, redirects and the last byte."""
LONGEST_ANSWER = 32_000_000
"""Bytes after decompression; a feed of a hundred thousand short entries is half of it."""
MOST_REDIRECTS = 5

_RESOLVE_WITHIN = 5.0
_MOST_ADDRESSES = 4
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK, _NOT_MODIFIED = 200, 304
_TAKEN = frozenset({201, 204})
_LINGER = 0.2
_LONGEST_TOLD = 1_000


@dataclass(frozen=True, slots=True)
class Ask:
    """What to fetch. `headers` go to the origin of what the configuration names only."""

    url: str = field(repr=False)
    named: str | None = field(default=None, repr=False)
    """What the configuration names, where `url` was told by an answer; `url` itself unless given."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    accept: str = "*/*"
    etag: str | None = None
    modified: str | None = None
    """The last answer's ETag and Last-Modified, as it gave them."""
    put: bytes | None = field(default=None, repr=False)
    """What is put there, as plain text; nothing is led elsewhere then. None: it is fetched."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A 200 with its bytes, a 304 without, or what was put is there (200, 201, 204)."""

    status: int
    headers: dict[str, str]
    """By their names in lower case; of several with one name, the last."""
    body: bytes
    url: str = field(repr=False)
    """Where it came from in the end, without credentials of its own; the query may hold a token."""

    @property
    def is_unchanged(self) -> bool:
        """Say whether what we have is still what is there."""
        return self.status == _NOT_MODIFIED


def resolve(host: str, port: int) -> list[str]:
    """Give the addresses of a name in the order to be tried; raises OSError. Blocks as the system pleases."""
    return list(
        dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    )


class Door:
    """Lets fetches out, and breaks them off when it is closed; safe to use from several threads."""

    def __init__(
        self,
        *,
        timeouts: tuple[float, float] = TIMEOUTS,
        within_seconds: float = WITHIN_SECONDS,
        longest: int = LONGEST_ANSWER,
        resolve: Resolve = resolve,
    ) -> None:
        self.timeouts = timeouts
        self.within_seconds = within_seconds
        self.longest = longest
        self.resolve = resolve
        self.closed: Future[None] = Future()

    def get(self, ask: Ask, *, now: datetime) -> Answer:
        """Fetch and wait for it; raises SourceUnavailable with what to do."""
        return self.begin(ask, now=now).answer()

    def begin(self, ask: Ask, *, now: datetime) -> "Visit":
        """Begin to fetch; its time runs from here."""
        return Visit(self, ask, now=now)

    def close(self) -> None:
        """Break off what is under way; may be called twice, and nothing can be fetched afterwards."""
        with suppress(Exception):  # closed by another thread meanwhile
            if not self.closed.done():
                self.closed.set_result(None)


class Visit:
    """One fetch under way."""

    def __init__(self, door: Door, ask: Ask, *, now: datetime) -> None:
        self._door = door
        self._ask = ask
        self._now = now
        self._until = time.monotonic() + door.within_seconds
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_broken_off = False
        self._where = "the address"
        self._work: Future[Answer] = Future() if door.closed.done() else _begin(self._fetch)

    def answer(self) -> Answer:
        """Wait for the answer, but no longer than the visit's time; raises SourceUnavailable."""
        either: list[Future[Any]] = [self._work, self._door.closed]
        wait(either, timeout=max(0.0, self._until - time.monotonic()), return_when=FIRST_COMPLETED)
        if not self._work.done():
            self._break_off()
            if self._door.closed.done():
                raise SourceUnavailable("the source is being closed", reason=Blindness.DOWNTIME)
            raise _too_slow(self._where)
        return self._work.result()

    def _break_off(self) -> None:
        """Shut the socket under the thread that reads from it: that ends the thread."""
        with self._lock:
            self._is_broken_off = True
            if self._socket is not None:
                with suppress(OSError):
                    # not the method of a TLS socket: it is not made for being called from another thread
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
        wait([self._work], timeout=_LINGER)

    def _fetch(self) -> Answer:
        try:
            named = Target.read(self._ask.named or self._ask.url)
            target = Target.read(self._ask.url)
        except NoAddress as mistake:
            raise SourceUnavailable(f"the address {mistake}", permanent=True) from mistake
        self._where = named.shown
        for _ in range(MOST_REDIRECTS + 1):
            with self._opened(target, named) as response:
                location = response.headers.get("Location")
                if response.status not in _REDIRECTS or not location or self._ask.put is not None:
                    return self._read(response, target)
            try:
                target = target.led_to(location)
            except NoAddress as mistake:
                raise SourceUnavailable(
                    f"{self._where} sends us to what is no address; check the address", permanent=True
                ) from mistake
        raise SourceUnavailable(
            f"{self._where} sends us on more than {MOST_REDIRECTS} times; check the address", permanent=True
        )

    @contextmanager
    def _opened(self, target: Target, named: Target) -> Iterator[Any]:
        """Ask, and give the answer with its body unread; whatever the network does is SourceUnavailable."""
        import urllib3  # noqa: PLC0415 - with its TLS it takes a tenth of a second to import

        connection = None
        try:
            connection = self._connected(target, named)
            put = self._ask.put
            connection.request(
                "GET" if put is None else "PUT",
                target.path,
                body=put,
                headers=self._headers(target, named),
                preload_content=False,
            )
            response = connection.getresponse()
            try:
                yield response
            finally:
                response.close()
        except ssl.SSLCertVerificationError as error:
            raise _untrusted(self._where) from error
        except (TimeoutError, urllib3.exceptions.TimeoutError) as error:
            raise _too_slow(self._where) from error
        except (OSError, urllib3.exceptions.HTTPError, _http_error()) as error:
            raise _unreached(self._where) from error
        finally:
            if connection is not None:
                self._hold(None)
                connection.close()

    def _connected(self, target: Target, named: Target) -> Any:
        """Connect to the first address that may be entered and answers."""
        failed: Exception | None = None
        for address in self._entrances(target, named)[:_MOST_ADDRESSES]:
            connection = self._connection(target, address)
            try:
                connection.connect()
                connection.sock.settimeout(self._door.timeouts[1])
                self._hold(connection.sock)
            except BaseException as error:
                connection.close()
                if not isinstance(error, Exception) or isinstance(error, (ssl.SSLError, SourceUnavailable)):
                    raise
                failed = error
            else:
                return connection
        raise failed or _inside(self._where, is_redirected=target.place != named.place)

    def _connection(self, target: Target, address: Address) -> Any:
        from urllib3.connection import HTTPConnection, HTTPSConnection  # noqa: PLC0415 - see _opened

        seconds = self._door.timeouts[0]
        if target.scheme == "http":
            return HTTPConnection(str(address), target.port, timeout=seconds)
        return HTTPSConnection(
            str(address),
            target.port,
            timeout=seconds,
            ssl_context=_trust(os.environ.get("SSL_CERT_FILE")),
            server_hostname=target.host,
        )

    def _entrances(self, target: Target, named: Target) -> list[Address]:
        """Give the addresses of a host that may be entered, in the order to be tried."""
        try:
            found = [ipaddress.ip_address(target.host)]
        except ValueError:
            found = [ipaddress.ip_address(address) for address in self._resolved(target)]
        return [address for address in found if may_enter(address, target, named=named)]

    def _resolved(self, target: Target) -> Sequence[str]:
        """Ask the system for a name's addresses, in a thread: it takes no timeout."""
        work = _begin(self._door.resolve, target.host, target.port)
        either: list[Future[Any]] = [work, self._door.closed]
        seconds = min(_RESOLVE_WITHIN, max(0.0, self._until - time.monotonic()))
        wait(either, timeout=seconds, return_when=FIRST_COMPLETED)
        if not work.done():
            raise _too_slow(self._where)
        try:
            return work.result()
        except (OSError, UnicodeError) as error:
            raise SourceUnavailable(
                f"the name of {self._where} is not known; check the address, or the network if it lasts",
                reason=Blindness.NETWORK,
            ) from error

    def _hold(self, taken: socket.socket | None) -> None:
        """Let whoever waits shut this socket; raises when nobody waits any more."""
        with self._lock:
            self._socket = taken
            if taken is not None and self._is_broken_off:
                raise _too_slow(self._where)

    def _headers(self, target: Target, named: Target) -> dict[str, str]:
        headers = {
            "Host": target.authority,
            "User-Agent": "Vaste",
            "Accept": self._ask.accept,
            "Accept-Encoding": "gzip, deflate",
            "Connection": "close",
        }
        told = {"If-None-Match": self._ask.etag, "If-Modified-Since": self._ask.modified}
        if self._ask.put is not None:
            headers["Content-Type"] = "text/plain"
        headers |= {name: known for name, known in told.items() if known is not None and _is_sendable(known)}
        if target.origin == named.origin:  # elsewhere nobody is told who we are
            headers |= self._ask.headers
            if named.user is not None:
                both = f"{named.user}:{named.password or ''}".encode()
                headers["Authorization"] = f"Basic {base64.b64encode(both).decode()}"
        return headers

    def _read(self, response: Any, target: Target) -> Answer:
        headers = {str(name).lower(): str(value) for name, value in response.headers.items()}
        if response.status == _NOT_MODIFIED:
            return Answer(_NOT_MODIFIED, headers, b"", target.url)
        if response.status != _OK and not (self._ask.put is not None and response.status in _TAKEN):
            raise refused(response.status, headers, where=self._where, now=self._now)
        return Answer(response.status, headers, self._body(response), target.url)

    def _body(self, response: Any) -> bytes:
        parts: list[bytes] = []
        size = 0
        while part := response.read1(65_536, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > self._door.longest:
                raise SourceUnavailable(
                    f"{self._where} sends more than {self._door.longest // 1_000_000 or 1} MB; "
                    "ask for a shorter one",
                    permanent=True,
                )
            if time.monotonic() > self._until:
                raise _too_slow(self._where)
        return b"".join(parts)


def _is_sendable(told: str) -> bool:
    """Say whether what a server told us may go back to it: a folded header has line ends in it."""
    return len(told) <= _LONGEST_TOLD and told.isascii() and told.isprintable()


def _begin(work: Callable[..., Result], *args: Any) -> Future[Result]:
    """Start work in a daemon thread: one that hangs on the network must not keep the process from ending."""
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(work(*args))
        except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
            future.set_exception(error)

    threading.Thread(target=run, name="door", daemon=True).start()
    return future


@lru_cache(maxsize=4)
def _trust(chosen: str | None) -> ssl.SSLContext:
    """Trust what this machine trusts and what comes with us; SSL_CERT_FILE, if set, instead of both."""
    context = ssl.create_default_context()
    if chosen is None:
        import certifi  # noqa: PLC0415 - see Visit._opened

        context.load_verify_locations(certifi.where())  # machines without certificates of their own
    return context


def _http_error() -> type[Exception]:
    from http.client import HTTPException  # noqa: PLC0415 - see Visit._opened

    return HTTPException


def _too_slow(where: str) -> SourceUnavailable:
    return SourceUnavailable(
        f"{where} did not answer in time; nothing to do here unless it lasts", reason=Blindness.NETWORK
    )


def _unreached(where: str) -> SourceUnavailable:
    return SourceUnavailable(
        f"{where} can't be reached or broke off; check the network and the address if it lasts",
        reason=Blindness.NETWORK,
    )


def _untrusted(where: str) -> SourceUnavailable:
    return SourceUnavailable(
        f"the certificate of {where} is not to be trusted; its owner must renew it, or this machine must know "
        "who signed it (SSL_CERT_FILE)",
        permanent=True,
    )


def _inside(where: str, *, is_redirected: bool) -> SourceUnavailable:
    how = "sends us to an address inside" if is_redirected else "is a name for an address inside"
    return SourceUnavailable(
        f"{where} {how}, where only what the configuration names by host and port may be fetched; "
        "write that address itself if it is meant",
        permanent=True,
    )
