"""A receiver of webhooks on loopback: keeps what is posted to it, and goes wrong when it is told to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.servers.loopback import Loopback, Speaker


@dataclass(frozen=True, slots=True)
class Posted:
    """One request."""

    path: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


class FakeHook(Loopback[Posted]):
    """Takes any POST with `status`; Microsoft's workflows say 202, and nothing else."""

    def __init__(self, *, status: int = 202) -> None:
        super().__init__(_Speaker)
        self.status = status


class _Speaker(Speaker):
    def do_POST(self) -> None:  # noqa: N802 - http.server's name
        fake = self.server.fake
        assert isinstance(fake, FakeHook)
        raw = self.sent()
        fault = fake.take_fault(self.path)
        if fault is None or fault.how != "answer":
            fake.record(Posted(self.path, dict(self.headers), raw))
        if fault is not None:
            self.meet(fault)
            return
        self.write(fake.status, "")
