"""What went wrong at X, said so that an operator knows what to do: pure, with no secret and no post in it."""

from collections.abc import Mapping
from datetime import datetime

from casebook.mention import Blindness
from listener import fault
from listener.x_pace import read_reset

_KNOWN_PROBLEMS = frozenset(
    {
        "client-forbidden",
        "client-not-enrolled",
        "credits-depleted",
        "disallowed-resource",
        "invalid-request",
        "not-authorized-for-field",
        "not-authorized-for-resource",
        "official-client-forbidden",
        "resource-not-found",
        "resource-unavailable",
        "unsupported-authentication",
        "usage-capped",
    }
)
"""X's own names of problems; anything else in an answer is not repeated."""

_SENTENCES = {
    401: "X refused the bearer token (401{why}); make a new one in X's developer console and set bearer_token",
    402: "X says that the credits are used up (402{why}); buy credits or raise the spending limit in X's "
    "developer console, reading goes on by itself then",
    403: "X does not let this app read this (403{why}); check the app's access in X's developer console",
    404: "X knows no such account (404{why}); check handle, also and api_url",
}
_KEYS_REFUSED = (
    "X refused the keys (401{why}); set this machine's clock, or make new ones in X's developer console and set "
    "consumer_key, consumer_secret, access_token and access_token_secret"
)
_BAD_REQUEST, _UNAUTHORISED, _CREDITS, _TOO_MANY = 400, 401, 402, 429
_RAISE = "raise it in X's developer console"
_REASONS = {
    401: Blindness.AUTHORISATION,
    402: Blindness.BUDGET,
    403: Blindness.AUTHORISATION,
    404: Blindness.AUTHORISATION,  # the account is another, or gone: a person must mend it
    429: Blindness.RATE_LIMIT,
}
_SPENT = frozenset({"credits-depleted", "usage-capped"})
"""Whatever the status: nothing comes until somebody pays, or the month is over."""


class Fault(fault.Fault):
    """A question to X failed; the message is one sentence for an operator."""

    @property
    def refuses_the_question(self) -> bool:
        """X understood the question and does not answer such a one."""
        return self.status == _BAD_REQUEST


def refused(
    status: int, *, headers: Mapping[str, str], body: object, now: datetime, signed: bool = False
) -> Fault:
    """Say what an answer other than 200 means; `body` is its JSON, None where it was none.

    `signed`: it was asked by an account's keys, not by the app's token.
    """
    problems = _problems(body)
    why = "".join(f", {problem}" for problem in problems)
    reason = Blindness.BUDGET if _SPENT & set(problems) else _REASONS.get(status, Blindness.VENDOR)
    if reason is Blindness.BUDGET and status not in {_CREDITS, _TOO_MANY}:  # a cap told by another name
        told = f"X's cap of reads is reached ({status}{why}); {_RAISE}"
        return Fault(told, status=status, permanent=True, reason=reason)
    if signed and status == _UNAUTHORISED:
        return Fault(_KEYS_REFUSED.format(why=why), status=status, permanent=True, reason=reason)
    if status in _SENTENCES:
        return Fault(_SENTENCES[status].format(why=why), status=status, permanent=True, reason=reason)
    if status == _BAD_REQUEST:
        return Fault(_bad_request(body, why), status=status, permanent=True)
    if status == _TOO_MANY:
        return used_up(read_reset(headers, now=now), reason=reason)
    return Fault(f"X answers with {status}; nothing to do here unless it lasts", status=status, reason=reason)


def used_up(reset_at: datetime | None, *, reason: Blindness = Blindness.RATE_LIMIT) -> Fault:
    """Say that the rate limit is used up, or the month's cap, which X tells in the same way."""
    until = f"read again at {reset_at:%H:%M:%S} UTC" if reset_at else "X does not say until when"
    is_cap = reason is Blindness.BUDGET
    what = "cap of reads is reached" if is_cap else "rate limit is used up"
    advice = _RAISE if is_cap else "make `every` longer if it happens often"
    return Fault(
        f"X's {what} (429), {until}; {advice}",
        status=_TOO_MANY,
        retry_at=reset_at,
        reason=reason,
    )


def not_to_be_paid() -> Fault:
    """Say that what is left of the budget does not pay for a look."""
    return Fault(
        "not read: what is left of the budget does not pay for it; see vaste budget, raise budget to read all",
        reason=Blindness.BUDGET,
    )


def only_errors(body: object) -> Fault:
    """Say that X answered 200 and gave nothing but errors."""
    problems = _problems(body)
    why = ", ".join(problems) or "of no known kind"
    if "resource-not-found" in problems:
        return Fault(
            f"X knows no such account ({why}); check handle and also",
            permanent=True,
            reason=Blindness.AUTHORISATION,
        )
    return Fault(f"X answers with nothing but errors ({why}); check that the account is public and in use")


def unreadable(what: str) -> Fault:
    """Say that an answer was no answer."""
    return Fault(f"X sent an answer that can't be read ({what}); check api_url if it lasts")


def _bad_request(body: object, why: str) -> str:
    named = _blamed(body)
    if named == "start_time":
        return f"X refuses how far back it was asked (400{why}, start_time); shorten backfill, search reaches 7 days"
    if named == "query":
        return f"X does not understand the search (400{why}, query); check query"
    about = f", {named}" if named else ""
    return f"X refuses the question (400{why}{about}); check query and this machine's clock"


def _blamed(body: object) -> str | None:
    """Name the parameter X blames, if it is one of ours; nothing else of its words is repeated."""
    errors = body.get("errors") if isinstance(body, dict) else None
    told = (
        problem.get("parameters")
        for problem in (errors if isinstance(errors, list) else ())
        if isinstance(problem, dict)
    )
    blamed = {name for parameters in told if isinstance(parameters, dict) for name in parameters}
    return next((name for name in ("start_time", "end_time", "since_id", "query") if name in blamed), None)


def _problems(body: object) -> list[str]:
    """List the kinds of problems an answer names, as far as they are X's own words."""
    if not isinstance(body, dict):
        return []
    errors = body.get("errors")
    told = [body, *(errors if isinstance(errors, list) else [])]
    kinds = (problem.get("type") for problem in told if isinstance(problem, dict))
    slugs = (kind.rstrip("/").rsplit("/", 1)[-1] for kind in kinds if isinstance(kind, str))
    return sorted({slug for slug in slugs if slug in _KNOWN_PROBLEMS})
