"""Where the door may lead, and what an answer means: pure, and no secret in any sentence."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Self
from urllib.parse import quote, unquote, urljoin, urlsplit

from casebook.mention import Blindness
from listener.source import SourceUnavailable

Address = IPv4Address | IPv6Address

LONGEST_URL = 4_000
"""Characters; longer than any browser sends."""
FARTHEST_RETRY = timedelta(days=1)
"""A vendor that names a later time is asked again after a day all the same."""

_LONGEST_LINK = 2_000
_PORTS = {"http": 80, "https": 443}
_LONGEST_HOST = 253
_HIGHEST_PORT = 65_535
_SHOWN = 120
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")
_TRANSLATED = IPv6Network("64:ff9b::/96")
"""NAT64 (RFC 6052): an IPv4 address stands in the last 32 bits."""
_GLOBAL = IPv6Network("2000::/3")
"""All that is handed out of IPv6 (RFC 4291); `is_global` of Python 3.11 takes fec0::1 for public."""
_SECONDS = re.compile(r"\d{1,10}")

_UNAUTHORISED = frozenset({401, 403, 407})
_NOT_FOUND, _GONE, _TOO_MANY, _SERVER = 404, 410, 429, 500


class NoAddress(ValueError):
    """It is no address that can be fetched; the message says why and does not repeat it."""


@dataclass(frozen=True, slots=True)
class Target:
    """An http or https address, taken apart; credentials are kept apart from what may be shown."""

    scheme: str
    host: str
    """A name in ASCII and lower case, or an IP address without brackets."""
    port: int
    path: str
    """Path and query as they are sent."""
    user: str | None = None
    password: str | None = None

    @classmethod
    def read(cls, written: str) -> Self:
        """Take an address apart; raises NoAddress."""
        if len(written) > LONGEST_URL or any(sign <= " " or sign in "\x7f\\" for sign in written):
            raise NoAddress("is longer than an address may be, or has spaces in it")
        try:
            parts = urlsplit(written)
            host, port = parts.hostname or "", parts.port
        except ValueError as mistake:
            raise NoAddress("is no address; write for example https://example.org/feed.xml") from mistake
        if parts.scheme not in _PORTS or not host:
            raise NoAddress("is no address of the web; write for example https://example.org/feed.xml")
        if port == 0:
            raise NoAddress("has a port that does not exist")
        path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~") + (
            "?" + quote(parts.query, safe="/?%:@!$&'()*+,;=~") if parts.query else ""
        )
        return cls(
            scheme=parts.scheme,
            host=_plain_host(host),
            port=port or _PORTS[parts.scheme],
            path=path,
            user=unquote(parts.username) if parts.username is not None else None,
            password=unquote(parts.password) if parts.password is not None else None,
        )

    def led_to(self, location: str) -> "Target":
        """Give where an answer of this address leads; raises NoAddress."""
        try:
            return Target.read(urljoin(self.url, location.strip()))
        except ValueError as mistake:  # urljoin's own, and NoAddress
            raise NoAddress("is no address") from mistake

    @property
    def origin(self) -> tuple[str, str, int]:
        """What must be the same for credentials to be sent."""
        return self.scheme, self.host, self.port

    @property
    def place(self) -> tuple[str, int]:
        """The host and port that a configuration names."""
        return self.host, self.port

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address without user and password; its query may still hold a token."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def shown(self) -> str:
        """Host and path for people's eyes: no scheme, no credentials, no query."""
        path = self.path.partition("?")[0]
        return f"{self.authority}{'' if path == '/' else path}"[:_SHOWN]


def is_outside(address: Address) -> bool:
    """Say whether an address belongs to the public network, and to nobody's inside."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or _translated(address)
        if inner is not None:
            return is_outside(inner)
        if address not in _GLOBAL or address.teredo is not None:
            return False
    return address.is_global and not (
        address.is_multicast
        or address.is_reserved
        or address.is_loopback
        or address.is_link_local
        or address.is_private
        or address.is_unspecified
    )


def may_enter(address: Address, target: Target, *, named: Target) -> bool:
    """Say whether the door may connect to what a host's name turned out to be.

    `named` is what the configuration says. Its very host and port may lie inside; nothing that an answer
    leads to may. A name whose owner lets it point at our own machine, or at the one address where clouds
    hand out credentials, is not believed even then: for those the configuration writes the address itself.
    """
    if is_outside(address):
        return True
    if target.place != named.place:
        return False
    if _literal(target.host) is not None or target.host == "localhost":
        return True
    inner = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
    return not (
        inner.is_loopback
        or inner.is_link_local
        or inner.is_multicast
        or inner.is_unspecified
        or inner.is_reserved
    )


def web_link(written: object) -> str | None:
    """Give a link of the web as it was written; any other scheme is no link that anybody should press."""
    link = written.strip() if isinstance(written, str) else ""
    if len(link) > _LONGEST_LINK or any(sign <= " " or not sign.isprintable() for sign in link):
        return None
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    return link if parts.scheme in _PORTS and parts.netloc else None


def retry_at(headers: dict[str, str], *, now: datetime) -> datetime | None:
    """Read Retry-After (seconds or a date); at most a day from now, None where it says nothing to come."""
    written = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(written):
        named = now + min(timedelta(seconds=int(written)), FARTHEST_RETRY)
    else:
        try:
            named = parsedate_to_datetime(written)
        except (TypeError, ValueError, OverflowError, IndexError):
            return None
        named = named if named.tzinfo is not None else named.replace(tzinfo=UTC)
    return min(named, now + FARTHEST_RETRY).astimezone(UTC) if named > now else None


def refused(status: int, headers: dict[str, str], *, where: str, now: datetime) -> SourceUnavailable:
    """Say what an answer that is neither 200 nor 304 means."""
    until = retry_at(headers, now=now)
    if status in _UNAUTHORISED:
        return SourceUnavailable(
            f"{where} does not let us in ({status}); check the address and what it needs to be told",
            retry_at=until,
            permanent=True,
            reason=Blindness.AUTHORISATION,
        )
    if status == _GONE:
        return SourceUnavailable(
            f"{where} is gone for good (410); take its address out, or write the new one",
            retry_at=until,
            permanent=True,
        )
    if status == _NOT_FOUND:
        return SourceUnavailable(f"{where} is not there (404); check the address", permanent=True)
    if status == _TOO_MANY:
        when = f"ask again at {until:%H:%M:%S} UTC" if until else "it does not say until when"
        return SourceUnavailable(
            f"{where} is asked too often (429), {when}; make `every` longer if it happens often",
            retry_at=until,
            reason=Blindness.RATE_LIMIT,
        )
    if status >= _SERVER:
        return SourceUnavailable(
            f"{where} answers with {status}; nothing to do here unless it lasts", retry_at=until
        )
    return SourceUnavailable(f"{where} answers with {status}; check the address", permanent=True)


def _plain_host(host: str) -> str:
    if _literal(host) is not None:
        return host
    bare = host.rstrip(".")
    try:
        name = bare if bare.isascii() else bare[:_LONGEST_HOST].encode("idna").decode("ascii")
    except UnicodeError as mistake:
        raise NoAddress("has a host that does not exist") from mistake
    if len(name) > _LONGEST_HOST or not _HOST.fullmatch(name.lower()):
        raise NoAddress("has a host that does not exist")
    return name.lower()


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _translated(address: IPv6Address) -> IPv4Address | None:
    return IPv4Address(int(address) & 0xFFFF_FFFF) if address in _TRANSLATED else None
