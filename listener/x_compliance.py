"""X's batch compliance jobs: of any number of posts, which are gone; free of charge, and answered later.

1. A job is created (POST /2/compliance/jobs; 150 in 15 minutes, and one at a time).
2. The ids are put to an address that X gives, one a line.
3. Minutes or hours later the job is complete, and what must be erased is read from another address: JSON
   Lines, an object for each post that is gone, none for the others.

Only plans that have them let an app create one; the app's own token asks (X lets no account do it).
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from casebook.mention import Json
from listener.door import Ask, Door
from listener.source import NotYet, SourceUnavailable
from listener.x_faults import Fault, unreadable
from listener.x_lane import Wire

_ID = re.compile(r"[0-9]{1,19}")
_NOT_OURS = frozenset({401, 403, 404})
"""Statuses of a plan without such jobs; what else is wrong with the token, the other questions tell."""
_CONFLICT = 409
_KEPT = frozenset({"scrub_geo"})
"""Reasons for which something else than the post's words must go; we keep no place."""


def begin(
    wire: Wire, door: Door, ids: Sequence[str], *, name: str, api_url: str, now: datetime
) -> Json | None:
    """Create a job and hand the ids over; gives what `gone` asks by, None where the plan has no such jobs.

    Raises Fault, SourceUnavailable; a job that got no ids ends by itself in a quarter of an hour.
    """
    try:
        body = wire.ask("create_compliance_job", "tweets", name=name[:64], now=now).body
    except Fault as fault:
        if fault.status in _NOT_OURS:
            return None
        if fault.status == _CONFLICT:
            raise SourceUnavailable(
                "X still works at another compliance job; it is tried again later"
            ) from fault
        raise
    job = _job(body)
    ask = Ask(
        _address(job, "upload_url", api_url),
        named=api_url,
        put="\n".join(one for one in ids if _ID.fullmatch(one)).encode(),
    )
    door.get(ask, now=now)
    return {"id": job["id"]}


def gone(wire: Wire, door: Door, begun: Json, *, api_url: str, now: datetime) -> frozenset[str]:
    """Give the ids that X says must go.

    Raises NotYet while the job runs, and Fault or SourceUnavailable; of an answer that can't be read nothing is
    taken, for what is erased can't be brought back.
    """
    job = _job(wire.ask("get_compliance_job", str(begun.get("id")), now=now).body)
    status = job.get("status")
    if status in {"created", "in_progress"}:
        raise NotYet
    if status != "complete":
        raise SourceUnavailable(
            f"X ended a compliance job as {_word(status)}; posts are asked about one by one"
        )
    answer = door.get(Ask(_address(job, "download_url", api_url), named=api_url), now=now)
    return frozenset(_read(answer.body))


def _read(body: bytes) -> list[str]:
    names = []
    try:
        for line in body.decode().splitlines():
            if not line.strip():
                continue
            told = json.loads(line)
            name, action, reason = told["id"], told["action"], told.get("reason")
            if action == "delete" and reason not in _KEPT:
                names.append(str(name))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise unreadable("the result of a compliance job") from error
    return names


def _job(body: object) -> dict[str, object]:
    job = body.get("data") if isinstance(body, dict) else None
    if not isinstance(job, dict) or not _ID.fullmatch(str(job.get("id"))):
        raise unreadable("a compliance job")
    return job


def _address(job: dict[str, object], which: str, api_url: str) -> str:
    """Give an address X names; it must be as safe as X's own, for what is put there says what we hold."""
    written = job.get(which)
    if not isinstance(written, str):
        raise unreadable(f"a compliance job without {which}")
    parts, own = urlsplit(written), urlsplit(api_url)
    if parts.scheme != "https" and (parts.scheme, parts.netloc) != (own.scheme, own.netloc):
        raise unreadable(f"a compliance job whose {which} is not https")
    return written


def _word(status: object) -> str:
    return status if isinstance(status, str) and re.fullmatch(r"[a-z_]{1,20}", status) else "unknown"
