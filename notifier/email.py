"""E-mail as a channel: a message for each card and page, through an SMTP server.

A mail can't be changed once it is sent: what becomes of a case is told by its pages, which answer the card's mail
in the mail programs' threads, and not by sending the card anew. Each mail's Message-ID is made from its
delivery's key, so one that is sent twice, because the server's answer was lost, shows once in most mailboxes.
"""

import hashlib
import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape
from typing import Annotated, Any, Literal, Self

import structlog
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from notifier.channel import ChannelSettings, ChannelUnavailable, Inbox, Message, Notice, Page, Sent, Tongue
from notifier.hostile import clean_line
from notifier.speech import word
from notifier.told import as_html, as_lines
from notifier.worded import plain

_log = structlog.get_logger(__name__)

TIMEOUT_S = 15
SUBJECT_LENGTH = 150
PICTURE = "picture@vaste"
"""By this id the words of a mail show the picture that goes along."""
_URGENT = frozenset({"critical", "high"})
_TEMPORARY = range(400, 500)


def _address(written: str) -> str:
    name, address = parseaddr(written)
    user, _, host = address.rpartition("@")
    if name or not user or not host or address != written or any(sign in written for sign in "\r\n,; "):
        raise ValueError("write one e-mail address, such as care@example.fi")
    return address


Address = Annotated[str, AfterValidator(_address)]
Addresses = Annotated[
    tuple[Address, ...], BeforeValidator(lambda written: [written] if isinstance(written, str) else written)
]


class EmailSettings(ChannelSettings):
    """`{kind: email, host: smtp.example.fi, from: vaste@example.fi, to: care@example.fi}`."""

    kind: Literal["email"] = "email"
    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is encrypted; `none` only for a server on this machine or a network of your own."""
    username: str | None = None
    password: SecretStr | None = None
    from_: Annotated[Address, Field(alias="from")]
    to: Addresses
    """Who gets what is for a team, a channel, or somebody without an address of their own."""
    teams: Mapping[str, Addresses] = {}
    """Who gets what is for a team, by its name."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together: give both or neither")
        if self.username is not None and self.security == "none":
            raise ValueError("a password is not sent unencrypted: security must be starttls or tls")
        if not self.to:
            raise ValueError("name at least one address in to")
        return self


class EmailChannel:
    """Sends one mail for each card and page; hears nothing."""

    kind = "email"

    def __init__(self, settings: EmailSettings, tongue: Tongue) -> None:
        self._settings = settings
        self._tongue = tongue

    def send(self, message: Message, *, now: datetime) -> Sent:
        """Send one mail; a card that was sent is not sent anew. Raises ChannelUnavailable."""
        if message.update is not None:
            return message.update
        mail = self._mail(message, now=now)
        with self._server() as server:
            refused = server.send_message(mail)
        if refused:  # some of several: the others have it, and would get it again with every repeat
            _log.warning(
                "email_address_refused", addresses=sorted(refused), effect="the others have the mail"
            )
        return Sent(place="email", ref=str(mail["Message-ID"]))

    def listen(self, inbox: Inbox) -> None:
        """Do nothing: what is answered to a mail is read by nobody."""

    def check(self) -> list[str]:
        """Log in, and out again."""
        try:
            with self._server():
                return []
        except ChannelUnavailable as error:
            return [f"email: {error}"]

    def close(self) -> None:
        """Let go of nothing: each mail has a connection of its own."""

    def _recipients(self, destination: str) -> tuple[str, ...]:
        if "@" in destination:
            return (destination,)
        what, _, name = destination.partition(":")
        return self._settings.teams.get(name, self._settings.to) if what == "team" else self._settings.to

    def _mail(self, message: Message, *, now: datetime) -> EmailMessage:
        content = message.content
        notice = content if isinstance(content, Notice) else None
        if notice is not None and notice.paper is not None:
            content = notice = replace(notice, carried="whole")
        worded = word(content, self._tongue, in_full=True)
        subject = clean_line(worded.headline or plain(worded.summary))
        if isinstance(message.content, Page):  # what is new is in its summary
            subject = clean_line(plain(worded.summary))
        mail = EmailMessage(policy=SMTP)
        mail["From"] = self._settings.from_
        mail["To"] = ", ".join(self._recipients(message.destination))
        mail["Subject"] = _fit(subject)
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = _message_id(message.key, self._settings.from_)
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine answers it
        if message.thread is not None and message.thread.place == "email":
            mail["In-Reply-To"] = mail["References"] = message.thread.ref
        if worded.severity in _URGENT:
            mail["Importance"] = "high"
        text = "\n".join([subject, "", *as_lines(worded, self._tongue), ""])
        mail.set_content(_encodable(text))
        chart = notice.chart if notice is not None else None
        shown = (
            ""
            if chart is None
            else f'<p><img src="cid:{PICTURE}" alt="{escape(chart.says)}" width="360"></p>'
        )
        mail.add_alternative(
            _encodable(f"<!doctype html><body>{as_html(worded, self._tongue)}{shown}</body>"), "html"
        )
        if chart is not None:
            page: Any = mail.get_payload()
            page[1].add_related(chart.png, "image", "png", cid=f"<{PICTURE}>", disposition="inline")
        if notice is not None and notice.paper is not None:
            paper = notice.paper
            mail.add_attachment(paper.content, "application", "pdf", filename=paper.name)
        return mail

    @contextmanager
    def _server(self) -> Iterator[smtplib.SMTP]:
        """Connect and log in; whatever the server or the network does becomes ChannelUnavailable."""
        server: smtplib.SMTP | None = None
        try:
            server = self._connected()
            yield server
        except smtplib.SMTPException as error:
            raise _refusal(error) from None
        except ssl.SSLError as error:
            sentence = "the mail server's certificate is not to be trusted, or it speaks no TLS here: check security and port"
            raise ChannelUnavailable(sentence, permanent=True) from error
        except OSError as error:
            never_left = server is None or isinstance(error, ConnectionRefusedError | socket.gaierror)
            sentence = f"the mail server cannot be reached ({type(error).__name__}): it is tried again"
            raise ChannelUnavailable(sentence, ambiguous=not never_left) from error
        finally:
            if server is not None:
                server.close()

    def _connected(self) -> smtplib.SMTP:
        settings, context = self._settings, ssl.create_default_context()
        if settings.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=TIMEOUT_S, context=context
            )
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT_S)
        try:
            if settings.security == "starttls":
                server.starttls(context=context)
            if settings.username is not None and settings.password is not None:
                server.login(settings.username, settings.password.get_secret_value())
        except BaseException:
            server.close()
            raise
        return server


def _refusal(error: smtplib.SMTPException) -> ChannelUnavailable:
    """Say what the server's no means; its own words are left out, they may hold addresses and secrets."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return ChannelUnavailable(
            "the mail server refuses the password: correct username and password", permanent=True
        )
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return ChannelUnavailable(
            "the mail server knows no STARTTLS, or no login: check security and port", permanent=True
        )
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        passing = all(code in _TEMPORARY for code in codes)
        names = ", ".join(sorted(error.recipients))
        return ChannelUnavailable(
            f"the mail server refuses {names}: {'it is tried again' if passing else 'correct the address'}",
            permanent=not passing,
            retry_after=timedelta(minutes=5) if passing else None,
        )
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return ChannelUnavailable("the mail server broke off: it is tried again", ambiguous=True)
    code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0
    if code in _TEMPORARY:
        return ChannelUnavailable(
            f"the mail server puts us off ({code}): it is tried again", retry_after=timedelta(minutes=1)
        )
    return ChannelUnavailable(
        f"the mail server refuses the mail ({code or type(error).__name__}): check from and to",
        permanent=True,
    )


def _message_id(key: str, sender: str) -> str:
    name = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]
    return f"<{name}@{sender.rpartition('@')[2]}>"


def _encodable(text: str) -> str:
    """Lone surrogates can't be sent."""
    return text.encode("utf-8", "replace").decode()


def _fit(subject: str) -> str:
    subject = _encodable(subject)
    return subject if len(subject) <= SUBJECT_LENGTH else subject[: SUBJECT_LENGTH - 1] + "…"
