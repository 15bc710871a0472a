"""Mastodon's JSON turned into our values: pure, and tolerant of servers that only resemble Mastodon.

Every field comes from a server that anybody may run: times and addresses are what it claims.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from casebook.mention import Author, Mention, Reply, clean_text
from casebook.reach import count_of, reach_of
from listener.instants import read_instant
from listener.lane import Page, Row
from listener.plain import plain_text

NETWORK = "mastodon"
Fields = Mapping[str, object]

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Digits at Mastodon; GoToSocial and Pleroma have letters too."""
_ACCT = re.compile(r"[\w.-]{1,100}(@[\w.:-]{1,255})?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_PUBLIC = frozenset({"public", "unlisted"})
_DONE = ("favourites", "reblogs", "replies", "quotes")
_LONGEST_URL = 2000
_BELIEVED_WITHIN = timedelta(days=7)
"""Servers try for days to hand over a post; one dated earlier than that is dated by when it came."""


class UnreadableAnswer(Exception):
    """The answer has not the shape of an answer; the message says what was there, without its content."""


class _Malformed(Exception):
    """One post lacks what no post can do without; the message says what, in few words."""


@dataclass(frozen=True, slots=True)
class Ours:
    """How the company's own posts are recognised, and which of them nobody wrote by hand."""

    host: str
    """Of the server that is asked: its own accounts' names come without it."""
    accts: frozenset[str]
    """`name@host`, in lower case."""
    is_automated: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the server shows it."""

    id: str
    acct: str
    """`name@host`."""
    name: str | None
    followers: int | None


def read_statuses(answer: object, *, ours: Ours, now: datetime) -> Page:
    """Read one page of a timeline; raises UnreadableAnswer."""
    if not isinstance(answer, list):
        raise UnreadableAnswer("no list of posts")
    return _page(answer, lambda row: _status_row(row, ours=ours, now=now))


def read_search(answer: object, *, ours: Ours, now: datetime) -> Page:
    """Read one page of a search; raises UnreadableAnswer."""
    found = answer.get("statuses") if isinstance(answer, dict) else None
    if not isinstance(found, list):
        raise UnreadableAnswer("no list of found posts")
    return read_statuses(found, ours=ours, now=now)


def read_notifications(answer: object, *, ours: Ours, now: datetime) -> Page:
    """Read one page of notifications, of which only posts count; raises UnreadableAnswer."""
    if not isinstance(answer, list):
        raise UnreadableAnswer("no list of notifications")
    return _page(answer, lambda row: _notification_row(row, ours=ours, now=now))


def read_account(answer: object, *, host: str) -> Account:
    """Read an account; raises UnreadableAnswer."""
    try:
        return _account(answer, host=host)
    except _Malformed as why:
        raise UnreadableAnswer(f"an account without {why}") from why


def read_post(answer: object, *, ours: Ours, now: datetime) -> tuple[Mention | Reply | None, bool]:
    """Read one post, None where it is not public, and whether it was edited; raises UnreadableAnswer."""
    try:
        row = _status_row(answer, ours=ours, now=now)
    except _Malformed as why:
        raise UnreadableAnswer(f"a post without {why}") from why
    return row.post, isinstance(answer, dict) and bool(answer.get("edited_at"))


def full_acct(acct: str, *, host: str) -> str:
    """Give `name@host`: a server leaves the host of its own accounts out."""
    return acct if "@" in acct else f"{acct}@{host}"


def _page(answer: list[object], read: Callable[[object], Row]) -> Page:
    rows: list[Row] = []
    malformed: list[str] = []
    for row in answer:
        try:
            rows.append(read(row))
        except _Malformed as why:
            malformed.append(f"{_name_of(row)} has no {why}")
    # not by the Link header: servers leave it out where they filtered a page, and an empty page is cheap
    ids = [_id(row.get("id")) for row in answer if isinstance(row, dict)]
    below = next((found for found in reversed(ids) if found is not None), None)
    return Page(tuple(rows), tuple(malformed), below)


def _notification_row(row: object, *, ours: Ours, now: datetime) -> Row:
    if not isinstance(row, dict) or (notification_id := _id(row.get("id"))) is None:
        raise _Malformed("id")
    came_at = _instant(row.get("created_at"))
    status = row.get("status")
    if row.get("type") not in {"mention", "quote"} or status is None:
        return Row(notification_id, came_at)
    return Row(notification_id, came_at, _status_row(status, ours=ours, now=now, came_at=came_at).post)


def _status_row(row: object, *, ours: Ours, now: datetime, came_at: datetime | None = None) -> Row:
    if not isinstance(row, dict) or (status_id := _id(row.get("id"))) is None:
        raise _Malformed("id")
    claimed_at = _instant(row.get("created_at"))
    if row.get("reblog") or row.get("visibility") not in _PUBLIC:
        return Row(status_id, claimed_at)  # the same words again, or none of ours to show
    posted_at = _posted_at(claimed_at, came_at=came_at, now=now)
    return Row(status_id, claimed_at, _post(row, status_id, posted_at, ours=ours))


def _post(row: Fields, status_id: str, posted_at: datetime, *, ours: Ours) -> Mention | Reply:
    account = _account(row.get("account"), host=ours.host)
    text = _text(row)
    url = _url(row.get("url")) or _url(row.get("uri"))
    in_reply_to = _id(row.get("in_reply_to_id"))
    quotes = next(_quotes(row), None)
    if account.acct.lower() in ours.accts:
        return Reply(
            network=NETWORK,
            id=status_id,
            account=account.acct,
            text=text,
            posted_at=posted_at,
            url=url,
            in_reply_to=in_reply_to,
            quotes=quotes,
            automated=ours.is_automated(text),
        )
    return Mention(
        network=NETWORK,
        id=status_id,
        author=Author(account.acct, id=account.id, name=account.name, followers=account.followers),
        text=text,
        posted_at=posted_at,
        url=url,
        in_reply_to=in_reply_to,
        quotes=quotes,
        language=_language(row.get("language")),
        reach=reach_of(*(count_of(row.get(f"{done}_count")) for done in _DONE)),
    )


def _posted_at(claimed_at: datetime, *, came_at: datetime | None, now: datetime) -> datetime:
    """Date a post: by its own server, unless that claims the future or a past it could not have come from.

    A post dated in 1970 would pass for one from before our first start, and never be judged.
    """
    latest = min(came_at or now, now)
    if came_at is not None and claimed_at < came_at - _BELIEVED_WITHIN:
        return latest
    return min(claimed_at, latest)


def _text(row: Fields) -> str:
    """Give the warning that stands before a post, the post, and the choices of a poll."""
    content, warning, poll = row.get("content"), row.get("spoiler_text"), row.get("poll")
    if not isinstance(content, str):
        raise _Malformed("text")
    options = poll.get("options") if isinstance(poll, dict) else None
    choices = [
        f"– {option['title']}"
        for option in (options if isinstance(options, list) else ())
        if isinstance(option, dict) and isinstance(option.get("title"), str)
    ]
    parts = [warning if isinstance(warning, str) else "", plain_text(content, links=True), "\n".join(choices)]
    return clean_text("\n\n".join(part.strip() for part in parts if part.strip()))


def _account(row: object, *, host: str) -> Account:
    if not isinstance(row, dict) or (account_id := _id(row.get("id"))) is None:
        raise _Malformed("author")
    acct, name, followers = row.get("acct"), row.get("display_name"), row.get("followers_count")
    if not isinstance(acct, str) or not _ACCT.fullmatch(acct):
        raise _Malformed("author's name")
    return Account(
        id=account_id,
        acct=full_acct(acct, host=host),
        name=clean_text(name) if isinstance(name, str) and name else None,
        followers=followers if type(followers) is int and 0 <= followers < 2**53 else None,
    )


def _quotes(row: Fields) -> Iterator[str]:
    """Name the quoted post: Mastodon since 4.5, then Pleroma."""
    quote, pleroma = row.get("quote"), row.get("pleroma")
    status = quote.get("quoted_status") if isinstance(quote, dict) else None
    named = [
        status.get("id") if isinstance(status, dict) else None,
        quote.get("quoted_status_id") if isinstance(quote, dict) else None,
        quote.get("id") if isinstance(quote, dict) else None,
        pleroma.get("quote_id") if isinstance(pleroma, dict) else None,
    ]
    yield from (found for found in map(_id, named) if found is not None)


def _name_of(row: object) -> str:
    found = _id(row.get("id")) if isinstance(row, dict) else None
    return f"post {found}" if found else "a post"


def _instant(written: object) -> datetime:
    instant = read_instant(written)
    if instant is None:
        raise _Malformed("time")
    return instant


def _url(written: object) -> str | None:
    if not isinstance(written, str) or len(written) > _LONGEST_URL or not written.isprintable():
        return None
    try:
        parts = urlsplit(written)
    except ValueError:
        return None
    return written if parts.scheme in {"http", "https"} and parts.hostname and " " not in written else None


def _language(written: object) -> str | None:
    return written if isinstance(written, str) and _LANGUAGE.fullmatch(written) else None


def _id(written: object) -> str | None:
    found = str(written) if type(written) is int else written
    return found if isinstance(found, str) and _ID.fullmatch(found) else None
