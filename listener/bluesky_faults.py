"""What went wrong at Bluesky, said so that an operator knows what to do: pure, with no secret and no post in it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from casebook.mention import Blindness
from listener import fault

REFUSED_WAIT = timedelta(hours=1)
"""Between two tries of a password that was refused: each counts against the sessions of a day, which
Bluesky gives as 300 and which people have seen to be 10 to 100; used up, they lock the mended one out too."""
EXPIRED = frozenset({"ExpiredToken", "InvalidToken"})
"""What Bluesky calls a token that must be refreshed; it says so with 400 as well as with 401."""

_FARTHEST_RESET = timedelta(hours=25)
"""The longest window is a day; a reset beyond it is nonsense."""
_BAD_REQUEST, _UNAUTHORISED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY, _NOT_BUILT = 400, 401, 403, 404, 429, 501
_CLOSED_ACCOUNT = frozenset({"AccountTakedown", "AccountDeactivated", "AccountSuspended", "RepoTakendown"})
_CLOSED = "Bluesky has closed or suspended the account ({why}); sign in at bsky.app to see why"
_BLOCKED = "one of the accounts blocks the other ({why}); end the blocking at bsky.app"
_SENTENCES = {
    **dict.fromkeys(_CLOSED_ACCOUNT, (_CLOSED, Blindness.AUTHORISATION)),
    "BlockedActor": (_BLOCKED, Blindness.AUTHORISATION),
    "BlockedByActor": (_BLOCKED, Blindness.AUTHORISATION),
    "BadQueryString": ("Bluesky does not understand the search ({why}); check query", Blindness.VENDOR),
}
_KNOWN_PROBLEMS = frozenset(
    {
        *_SENTENCES,
        *EXPIRED,
        "AuthFactorTokenRequired",
        "AuthMissing",
        "AuthenticationRequired",
        "InvalidRequest",
        "MethodNotImplemented",
        "RateLimitExceeded",
        "XRPCNotSupported",
    }
)
"""Bluesky's own names of problems; anything else in an answer is not repeated."""


class Fault(fault.Fault):
    """A question to Bluesky failed; the message is one sentence for an operator."""

    def __init__(
        self,
        message: str,
        *,
        reason: Blindness = Blindness.VENDOR,
        problem: str | None = None,
        retry_at: datetime | None = None,
        permanent: bool = False,
        slowly: bool = False,
    ) -> None:
        super().__init__(message, reason=reason, retry_at=retry_at, permanent=permanent)
        self.problem = problem
        """Bluesky's own name of it, if it is a known one."""
        self.slowly = slowly
        """Each try costs something that is scarce: once an hour is enough."""

    @property
    def pause(self) -> timedelta | None:
        """The wait that it asks for, where it is not the usual one."""
        return REFUSED_WAIT if self.slowly else None

    @property
    def wants_session(self) -> bool:
        """The token is what is refused: another may be taken."""
        is_about_token = self.problem not in _CLOSED_ACCOUNT | {"BlockedActor", "BlockedByActor"}
        return self.reason is Blindness.AUTHORISATION and is_about_token


def refused(status: int, *, headers: Mapping[str, str], body: object, now: datetime) -> Fault:
    """Say what an answer other than 200 means; `body` is its JSON, None where it was none."""
    problem = problem_of(body)
    why = f"{status}, {problem}" if problem else f"{status}"
    if status == _TOO_MANY:
        return used_up(read_reset(headers, now=now))
    if problem in _SENTENCES:
        sentence, reason = _SENTENCES[problem]
        return Fault(sentence.format(why=why), reason=reason, problem=problem, permanent=True)
    if status in {_UNAUTHORISED, _FORBIDDEN} or problem in EXPIRED:
        sentence = (
            f"Bluesky does not take the session ({why}); if it lasts, make a new app password and restart"
        )
        return Fault(sentence, reason=Blindness.AUTHORISATION, problem=problem)
    if status == _BAD_REQUEST:
        sentence = f"Bluesky refuses the question ({why}); check handle, also and query"
        return Fault(sentence, problem=problem, permanent=True)
    if status in {_NOT_FOUND, _NOT_BUILT} or 300 <= status < _BAD_REQUEST:  # noqa: PLR2004 - redirects are not followed
        return Fault(
            f"api_url is not that of a Bluesky server ({why}); write https://bsky.social", permanent=True
        )
    return Fault(f"Bluesky answers with {why}; nothing to do here unless it lasts", problem=problem)


def not_let_in(refusal: Fault) -> Fault:
    """Say why no session was made: a refusal is of handle and password, not of the session."""
    if refusal.reason is not Blindness.AUTHORISATION:
        return refusal
    if refusal.problem in _CLOSED_ACCOUNT:
        sentence = refusal.message
    elif refusal.problem == "AuthFactorTokenRequired":
        sentence = (
            "Bluesky asks for a code by e-mail: app_password is the account's own password; make an app "
            "password at bsky.app (Settings, Privacy and security), set app_password and restart"
        )
    else:
        sentence = (
            "Bluesky refused handle and app_password; make a new app password at bsky.app (Settings, Privacy "
            "and security), set app_password and restart"
        )
    return Fault(sentence, reason=refusal.reason, problem=refusal.problem, permanent=True, slowly=True)


def used_up(reset_at: datetime | None) -> Fault:
    """Say that a rate limit is used up."""
    until = f"read again at {reset_at:%H:%M:%S} UTC" if reset_at else "Bluesky does not say until when"
    return Fault(
        f"Bluesky's rate limit is used up (429), {until}; make `every` longer if it happens often",
        reason=Blindness.RATE_LIMIT,
        problem="RateLimitExceeded",
        retry_at=reset_at,
    )


def unreached(what: str) -> Fault:
    """Say that no answer came."""
    return Fault(f"Bluesky {what}; check the network and api_url if it lasts", reason=Blindness.NETWORK)


def unreadable(what: str) -> Fault:
    """Say that an answer was no answer."""
    return Fault(f"Bluesky sent an answer that can't be read ({what}); check api_url if it lasts")


def problem_of(body: object) -> str | None:
    """Name the problem an answer tells of, as far as it is one of Bluesky's own words."""
    problem = body.get("error") if isinstance(body, dict) else None
    return problem if isinstance(problem, str) and problem in _KNOWN_PROBLEMS else None


def read_reset(headers: Mapping[str, str], *, now: datetime) -> datetime | None:
    """Read when Bluesky lets us ask again; None where it names no time within a day to come.

    `ratelimit-reset` is in epoch seconds; `retry-after`, which gateways before it send, in seconds or a date.
    """
    named = [_epoch(headers.get("ratelimit-reset")), _after(headers.get("retry-after"), now=now)]
    fit = [instant for instant in named if instant is not None and now < instant <= now + _FARTHEST_RESET]
    return fit[0] if fit else None


def _epoch(written: str | None) -> datetime | None:
    seconds = _count(written)
    return None if seconds is None else datetime.fromtimestamp(seconds, tz=UTC)


def _after(written: str | None, *, now: datetime) -> datetime | None:
    seconds = _count(written)
    if seconds is not None:
        return now + timedelta(seconds=min(seconds, 10**7))
    try:
        instant = parsedate_to_datetime(written) if written is not None else None
        return instant.astimezone(UTC) if instant is not None and instant.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _count(written: str | None) -> int | None:
    is_count = written is not None and written.isascii() and written.isdigit() and len(written) <= 11  # noqa: PLR2004 - epoch seconds have 10 digits
    return int(written) if written is not None and is_count else None
