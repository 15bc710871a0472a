"""What our fakes of simple vendors share: what is asked is answered with JSON, or refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from tests.servers.loopback import Loopback, Speaker

Json = dict[str, Any]
Params = list[tuple[str, str]]


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


class FakeVendor(Loopback[Asked]):
    """A vendor's fake says what is answered (`answer`)."""

    def __init__(self, *, now: Callable[[], datetime] | None = None) -> None:
        super().__init__(_Speaker, now=now)

    def answer(self, method: str, path: str, params: Params, headers: Mapping[str, str]) -> tuple[Any, Json]:
        """Give JSON and headers, or raise Refused."""
        raise NotImplementedError

    def spoil_next(self, path: str, how: Literal["hang", "drip", "reset"], *, times: int = 1) -> None:
        """Say nothing, say it a byte at a time without an end, or break the connection."""
        {"hang": self.hang_next, "drip": self.drip_next, "reset": self.reset_next}[how](path, times=times)

    def asked(self, path: str) -> list[Asked]:
        with self.lock:
            return [asked for asked in self.requests if path in asked.path]


class _Speaker(Speaker):
    @property
    def _fake(self) -> FakeVendor:
        fake = self.server.fake
        assert isinstance(fake, FakeVendor)
        return fake

    def do_GET(self) -> None:  # noqa: N802 - http.server's name
        self._serve(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))

    def do_POST(self) -> None:  # noqa: N802 - http.server's name
        self._serve(parse_qsl(self.sent().decode(), keep_blank_values=True))

    def _serve(self, params: Params) -> None:
        fake, path = self._fake, urlsplit(self.path).path
        headers = {name.lower(): value for name, value in self.headers.items()}
        fault = fake.take_fault(path)
        if fault is not None:
            status = fault.status if fault.how == "answer" else 0
            fake.record(Asked(self.command, path, params, headers, status))
            self.meet(fault)
            return
        try:
            status, (body, more) = 200, fake.answer(self.command, path, params, headers)
        except Refused as refused:
            status, body, more = refused.status, refused.body, refused.headers
        fake.record(Asked(self.command, path, params, headers, status))
        self.write(status, body, more)
