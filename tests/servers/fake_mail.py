"""A mail server on loopback: keeps what it is sent, and refuses when it is told to."""

import email
import email.policy
import socket
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


class _Controller(Controller):
    @property
    def bound_to(self) -> int:
        server: Any = self.server
        return int(server.sockets[0].getsockname()[1])

    def _trigger_server(self) -> None:
        """See that it answers at the port that it got, not at the one that was asked for (any)."""
        with socket.create_connection((self.hostname, self.bound_to), 5) as line:
            line.recv(100)


class FakeMail:
    """`mails` are what it took, `says` the answers it gives instead, by the command (`RCPT`, `DATA`)."""

    def __init__(self, *, password: str | None = None) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.says: dict[str, str] = {}
        self.password = password
        options: dict[str, Any] = {}
        if password is not None:
            options = {"authenticator": self._knows, "auth_require_tls": False}
        self._controller = _Controller(self, hostname="127.0.0.1", port=0, **options)

    @property
    def port(self) -> int:
        return self._controller.bound_to

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    def _knows(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        del server, session, envelope, mechanism
        is_right = isinstance(data, LoginPassword) and data.password.decode() == self.password
        return AuthResult(success=is_right, handled=is_right)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and order
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        del server, session, options
        said = self.says.get(f"RCPT {address}", self.says.get("RCPT"))
        if said is not None:
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        del session
        said = self.says.pop("DATA", "250 OK")
        if said == "cut":
            server.transport.close()
            said = "250 OK"
        if said.startswith("250"):
            mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
            self.recipients.append(list(envelope.rcpt_tos))
        return said
