"""A fake web: pages over loopback HTTP for the real door, with what servers do right and wrong.

    with FakeWeb() as web:
        web.put("/feed.xml", "<rss>…", type="application/rss+xml", etag='"1"')
        ...  # fetch web.url + "/feed.xml"; web.asked holds each request

Strict: it answers 400 to a request without Host, and 304 only to the very ETag or date that it gave.
"""

import gzip
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Literal, Self


@dataclass(frozen=True, slots=True)
class Page:
    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    how: Literal["answer", "hang", "drip"] = "answer"


@dataclass(frozen=True, slots=True)
class Asked:
    path: str
    headers: Mapping[str, str]


class FakeWeb:
    """`host` is the address it listens on; `certificate` (a file with its key) makes it speak TLS."""

    def __init__(self, *, host: str = "127.0.0.1", certificate: str | None = None) -> None:
        self.asked: list[Asked] = []
        self.stopping = threading.Event()
        self.reached = threading.Semaphore(0)
        """Released once for each request that hangs or drips."""
        self.pages: dict[str, Page | Callable[[], Page]] = {}
        self.broken: Page | None = None
        """What every request gets instead of its page."""
        self._scheme = "https" if certificate else "http"
        self._server = _Server((host, 0), self)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def put(
        self,
        path: str,
        body: str | bytes = b"",
        *,
        type: str = "application/xml",  # noqa: A002 - the header's name
        status: int = 200,
        how: Literal["answer", "hang", "drip"] = "answer",
        zipped: bool = False,
        **headers: str,
    ) -> None:
        written = body.encode() if isinstance(body, str) else body
        named = {"Content-Type": type} | {name.replace("_", "-"): value for name, value in headers.items()}
        if zipped:
            written = gzip.compress(written)
            named["Content-Encoding"] = "gzip"
        self.pages[path] = Page(written, status, named, how)

    def send_to(self, path: str, location: str, *, status: int = 302) -> None:
        self.pages[path] = Page(status=status, headers={"Location": location})

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = True

    def __init__(self, address: tuple[str, int], web: FakeWeb) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        self.web = web
        super().__init__(address, _Visit)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that breaks off is none of our business."""


class _Visit(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        web = self.server.web
        web.asked.append(Asked(self.path, {name.lower(): value for name, value in self.headers.items()}))
        found = web.broken or web.pages.get(self.path) or web.pages.get(self.path.partition("?")[0])
        page = found() if callable(found) else found or Page(status=404)
        if not self.headers.get("Host"):
            page = Page(status=400)
        if page.how == "hang":
            web.reached.release()
            web.stopping.wait(20)
            return
        if page.status == 200 and self._has(page):
            page = Page(status=304, headers=page.headers)
        self.send_response(page.status)
        for name, value in page.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        if page.how == "drip":
            web.reached.release()
            for place in range(len(page.body)):
                self.wfile.write(page.body[place : place + 1])
                if web.stopping.wait(0.05):
                    return
        else:
            self.wfile.write(page.body)

    def _has(self, page: Page) -> bool:
        etag, modified = page.headers.get("ETag"), page.headers.get("Last-Modified")
        if "If-None-Match" in self.headers:
            return etag is not None and self.headers["If-None-Match"] == etag
        return modified is not None and self.headers.get("If-Modified-Since") == modified

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""
