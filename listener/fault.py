"""A question to a vendor that failed, said so that an operator knows what to do, and when to ask again. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from casebook.mention import Blindness, Trouble

_FARTHEST_RESET = timedelta(hours=25)
"""A reset beyond a day is nonsense."""
_EPOCH_FROM = 1_000_000_000
"""A smaller number is seconds from now (Reddit), a larger one seconds since 1970 (GoToSocial)."""
_LONGEST_HEADER = 40
_UNAUTHORISED = 401


class Fault(Exception):
    """A question failed; the message is one sentence for an operator, without a secret and without a post."""

    def __init__(
        self,
        message: str,
        *,
        reason: Blindness = Blindness.VENDOR,
        status: int | None = None,
        retry_at: datetime | None = None,
        permanent: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.status = status
        self.retry_at = retry_at
        """The vendor's own reset, where it named one."""
        self.permanent = permanent
        """Nothing but a person can mend it; it is still tried again."""

    @property
    def holds_for_all(self) -> bool:
        """Say whether another question at once would fail for the same reason."""
        return self.reason in {Blindness.RATE_LIMIT, Blindness.NETWORK} or self.status == _UNAUTHORISED

    def trouble(self, lane: str) -> Trouble:
        """Say it as a trouble of one lane."""
        return Trouble(
            lane, self.message, retry_at=self.retry_at, permanent=self.permanent, reason=self.reason
        )


def read_reset(headers: Mapping[str, str], *, now: datetime) -> datetime | None:
    """Read when the vendor lets us ask again; None where it names no time within a day to come.

    `Retry-After` comes before `X-RateLimit-Reset`; the latter is ISO 8601 at Mastodon, seconds from now at
    Reddit, seconds since 1970 at GoToSocial.
    """
    for name in ("retry-after", "x-ratelimit-reset"):
        reset_at = _instant(headers.get(name, ""), now)
        if reset_at is not None and now < reset_at <= now + _FARTHEST_RESET:
            return reset_at
    return None


def used_up(headers: Mapping[str, str]) -> bool:
    """Say whether the vendor told that nothing is left of its rate limit."""
    try:
        return float(headers.get("x-ratelimit-remaining", "")[:_LONGEST_HEADER]) < 1
    except ValueError:
        return False


def _instant(written: str, now: datetime) -> datetime | None:
    try:
        return _read_instant(written.strip(), now)
    except (ValueError, OverflowError, IndexError, TypeError):  # the last two: email.utils of odd dates
        return None


def _read_instant(written: str, now: datetime) -> datetime | None:
    if not written or len(written) > _LONGEST_HEADER:
        return None
    if written.replace(".", "", 1).isdecimal():
        seconds = float(written)
        since_1970 = seconds >= _EPOCH_FROM
        return datetime.fromtimestamp(seconds, tz=UTC) if since_1970 else now + timedelta(seconds=seconds)
    instant = parsedate_to_datetime(written) if "," in written else datetime.fromisoformat(written)
    return instant.astimezone(UTC) if instant.tzinfo is not None else None
