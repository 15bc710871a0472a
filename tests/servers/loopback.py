"""What every fake vendor stands on: a server on loopback that goes wrong when told to, and can be stopped at once."""

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
from typing import Any, Generic, Literal, Self, TypeVar

AskedT = TypeVar("AskedT")


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


class Loopback(Generic[AskedT]):
    """`now` tells the vendor's time. What was asked is on record in `requests`."""

    def __init__(
        self, speaker: type["Speaker"], *, now: Callable[[], datetime] | None = None, port: int = 0
    ) -> None:
        self.now = now or (lambda: datetime.now(UTC))
        self.requests: list[AskedT] = []
        self.lock = threading.RLock()
        self.stopping = threading.Event()
        self.hung = threading.Semaphore(0)
        """Released once for each request that hangs or drips."""
        self._faults: list[Fault] = []
        self._server = _Server(("127.0.0.1", port), speaker, self)
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

    def is_meant(self, path: str, wanted: str) -> bool:
        """Say whether a request to `path` is one that `wanted` names."""
        return wanted in path

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
        """Answer the next `times` requests that `path` means like this; so many `after` are let through."""
        self.add_fault(Fault(path, status=status, body=body, headers=headers or {}, times=times, after=after))

    def hang_next(self, path: str, *, seconds: float = 60.0, times: int = 1) -> None:
        """Say nothing."""
        self.add_fault(Fault(path, "hang", seconds=seconds, times=times))

    def drip_next(self, path: str, *, seconds: float = 60.0, times: int = 1) -> None:
        """Answer one byte at a time, never finishing within `seconds`."""
        self.add_fault(Fault(path, "drip", seconds=seconds, times=times))

    def reset_next(self, path: str, *, times: int = 1) -> None:
        """Break the connection."""
        self.add_fault(Fault(path, "reset", times=times))

    def heal(self) -> None:
        with self.lock:
            self._faults.clear()

    def record(self, asked: AskedT) -> None:
        with self.lock:
            self.requests.append(asked)

    def take_fault(self, path: str) -> Fault | None:
        with self.lock:
            for fault in self._faults:
                if not self.is_meant(path, fault.path):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    return None
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
            return None

    def add_fault(self, fault: Fault) -> None:
        with self.lock:
            self._faults.append(fault)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], speaker: type["Speaker"], fake: Loopback[Any]) -> None:
        self.fake = fake
        self._open: set[socket.socket] = set()
        super().__init__(address, speaker)

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


class Speaker(BaseHTTPRequestHandler):
    """Speaks HTTP for a fake: answers, or goes wrong as a fault says."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Say nothing: the requests are on record."""

    def sent(self) -> bytes:
        """Read what the client sent after its headers."""
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def meet(self, fault: Fault) -> None:
        """Do what a fault says instead of answering."""
        if fault.how == "answer":
            self.write(fault.status, fault.body, fault.headers)
            return
        self.close_connection = True
        if fault.how != "reset":
            self.server.fake.hung.release()
            self._dawdle(fault)
        _break(self.connection)

    def write(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        """Answer; what is neither text nor bytes goes out as JSON."""
        raw = body.encode() if isinstance(body, str) else body
        written = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
        kind = "application/json; charset=utf-8" if raw is not written or raw[:1] in b"{[" else "text/html"
        self.send_response(status)
        for name, value in {"Content-Type": kind, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(written)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(written)
        self.wfile.flush()

    def _dawdle(self, fault: Fault) -> None:
        stopping = self.server.fake.stopping
        if fault.how == "hang":
            stopping.wait(fault.seconds)
            return
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        until = time.monotonic() + fault.seconds
        while time.monotonic() < until and not stopping.wait(0.02):
            self.wfile.write(b" ")
            self.wfile.flush()


def _break(connection: socket.socket) -> None:
    """End a connection with a reset."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is gone already
