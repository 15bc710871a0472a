"""What our fake vendors share: a loopback server on which requests are on record and go wrong when told to."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]
Params = list[tuple[str, str]]


@dataclass(slots=True)
class Fault:
    """What the next requests to a path get instead of an answer."""

    path: str
    how: Literal["answer", "hang", "reset", "drip"] = "answer"
    status: int = 503
    body: Any = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1
    after: int = 0
    """So many requests to the path are answered first."""
    seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came in, and what it got."""

    method: str
    path: str
    params: Params
    headers: Mapping[str, str]
    status: int

    def param(self, name: str) -> str | None:
        return next((value for known, value in self.params if known == name), None)


class Refused(Exception):
    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


class FakeVendor:
    """`now` tells the vendor's time. A vendor's fake says what is answered (`answer`)."""

    def __init__(self, *, now: Callable[[], datetime] | None = None) -> None:
        self.now = now or (lambda: datetime.now(UTC))
        self.requests: list[Asked] = []
        self.lock = threading.RLock()
        self.stopping = threading.Event()
        self.hung = threading.Semaphore(0)
        """Released once for each request that hangs or drips."""
        self._faults: list[Fault] = []
        self._server = _Server(("127.0.0.1", 0), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def answer(self, method: str, path: str, params: Params, headers: Mapping[str, str]) -> tuple[Any, Json]:
        """Give JSON and headers, or raise Refused."""
        raise NotImplementedError

    def fail_next(
        self,
        path: str,
        *,
        status: int = 503,
        body: Any = "",
        headers: Mapping[str, str] | None = None,
        times: int = 1,
        after: int = 0,
    ) -> None:
        """Answer the next `times` requests whose path holds `path` like this."""
        self._add(Fault(path, status=status, body=body, headers=headers or {}, times=times, after=after))

    def spoil_next(self, path: str, how: Literal["hang", "drip", "reset"], *, times: int = 1) -> None:
        """Say nothing, say it a byte at a time without an end, or break the connection."""
        self._add(Fault(path, how, times=times))

    def heal(self) -> None:
        with self.lock:
            self._faults.clear()

    def asked(self, path: str) -> list[Asked]:
        with self.lock:
            return [asked for asked in self.requests if path in asked.path]

    def note(self, asked: Asked) -> None:
        with self.lock:
            self.requests.append(asked)

    def take_fault(self, path: str) -> Fault | None:
        with self.lock:
            for fault in self._faults:
                if fault.path not in path:
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    return None
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
            return None

    def _add(self, fault: Fault) -> None:
        with self.lock:
            self._faults.append(fault)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], fake: FakeVendor) -> None:
        self.fake = fake
        self._open: set[socket.socket] = set()
        super().__init__(address, _Speaker)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up in the tests on purpose; what the fake itself does wrong shows as a lost answer."""

    def hang_up(self) -> None:
        for connection in list(self._open):
            _break(connection)


class _Speaker(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def do_GET(self) -> None:
        self._serve(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._serve(parse_qsl(sent.decode(), keep_blank_values=True))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Say nothing: the requests are on record."""

    def _serve(self, params: Params) -> None:
        fake, path = self.server.fake, urlsplit(self.path).path
        headers = {name.lower(): value for name, value in self.headers.items()}
        fault = fake.take_fault(path)
        if fault is not None and fault.how != "answer":
            fake.note(Asked(self.command, path, params, headers, 0))
            self._go_wrong(fault)
            return
        try:
            status, body, more = 200, None, {}
            if fault is not None:
                status, body, more = fault.status, fault.body, dict(fault.headers)
            else:
                body, more = fake.answer(self.command, path, params, headers)
        except Refused as refused:
            status, body, more = refused.status, refused.body, refused.headers
        fake.note(Asked(self.command, path, params, headers, status))
        self._write(status, body, more)

    def _go_wrong(self, fault: Fault) -> None:
        self.close_connection = True
        stopping = self.server.fake.stopping
        if fault.how != "reset":
            self.server.fake.hung.release()
        if fault.how == "hang":
            stopping.wait(fault.seconds)
        if fault.how == "drip":
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            until = time.monotonic() + fault.seconds
            while time.monotonic() < until and not stopping.wait(0.02):
                self.wfile.write(b" ")
                self.wfile.flush()
        _break(self.connection)

    def _write(self, status: int, body: Any, headers: Mapping[str, str]) -> None:
        raw = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else None
        written = json.dumps(body).encode() if raw is None else raw
        kind = "text/html" if raw is not None else "application/json; charset=utf-8"
        self.send_response(status)
        for name, value in {"Content-Type": kind, **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(written)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(written)
        self.wfile.flush()


def _break(connection: socket.socket) -> None:
    """End a connection with a reset."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is gone already
