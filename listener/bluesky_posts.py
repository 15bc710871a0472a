"""Bluesky's JSON turned into our values: pure, and tolerant of what clients write into their records.

A record is written by its author's client and only loosely checked by anybody, its time included; what
stands around it (`author`, `indexedAt`) is Bluesky's own. One malformed post is told of, the others are kept.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from casebook.mention import Author, Mention, Reply, clean_text
from casebook.reach import count_of, reach_of
from listener.instants import read_instant

NETWORK = "bluesky"
FIRST_POSTS_AT = datetime(2022, 1, 1, tzinfo=UTC)
"""There was no Bluesky before it: a post dated earlier was dated wrongly, or brought from elsewhere."""
Fields = Mapping[str, object]

_DID = r"did:[a-z]{1,20}:[A-Za-z0-9._:%-]{1,200}"
_ACCOUNT = re.compile(_DID)
_POST = re.compile(rf"at://({_DID})/app\.bsky\.feed\.post/([A-Za-z0-9._~:-]{{1,512}})")
_HANDLE = re.compile(
    r"(?=.{1,253}\Z)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,62}"
)
_NO_HANDLE = "handle.invalid"
"""What Bluesky shows where a handle does not lead to its account."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_SPEAKS = frozenset({"mention", "reply", "quote"})
_DONE = ("likeCount", "repostCount", "replyCount", "quoteCount")
_TELLING = 5
"""Rows at a page's end that must all be old before the pages end: one odd time among them says nothing."""


class UnreadableAnswer(Exception):
    """An answer has not the shape of one; the message says what was there, without its content."""


class _Malformed(Exception):
    """One post lacks what no post can do without; the message says what, in few words."""


@dataclass(frozen=True, slots=True)
class Ours:
    """How the company's own posts are recognised, and which of them nobody wrote by hand."""

    handles: frozenset[str]
    """In lower case, without the leading @."""
    dids: frozenset[str]
    """Ids of those accounts, as far as they are known: a handle may change."""
    is_automated: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Placed:
    """A post, and the instant by which Bluesky put it into its order."""

    at: datetime
    post: Mention | Reply | None
    """None for a repost: the same words again, by somebody who may be anybody."""


@dataclass(frozen=True, slots=True)
class Page:
    """What one page of an answer held, newest first."""

    placed: tuple[Placed, ...] = ()
    malformed: tuple[str, ...] = ()
    """Posts that could not be read while the others could: which and why, without their texts."""
    cursor: str | None = None
    """Where the next page begins; None on the last."""

    def reaches(self, start_at: datetime) -> bool:
        """Say whether everything after this page is older than `start_at`."""
        last = self.placed[-_TELLING:]
        return bool(last) and all(placed.at < start_at for placed in last)


@dataclass(frozen=True, slots=True)
class Tokens:
    """A session: what it may ask with, and the account it is of."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    did: str


@dataclass(frozen=True, slots=True)
class _Row:
    """One post as it stands in an answer, whichever question gave it."""

    uri: str
    author: Fields
    record: Fields
    indexed_at: datetime
    reach: int | None
    """None in notifications, which do not tell it."""


def read_notifications(body: object, *, ours: Ours) -> Page:
    """Read a page of listNotifications: mentions of us, replies to us, quotes of us. Raises UnreadableAnswer."""
    answer, rows = _rows(body, "notifications")
    speaking = [row for row in rows if not isinstance(row, dict) or row.get("reason") in _SPEAKS]
    # they are ordered by what they call the time of indexing
    return _page(speaking, ours=ours, cursor=_cursor(answer), is_placed_when_indexed=True)


def read_search(body: object, *, ours: Ours) -> Page:
    """Read a page of searchPosts. Raises UnreadableAnswer."""
    answer, rows = _rows(body, "posts")
    return _page(rows, ours=ours, cursor=_cursor(answer))


def read_feed(body: object, *, ours: Ours) -> Page:
    """Read a page of getAuthorFeed. Raises UnreadableAnswer."""
    answer, rows = _rows(body, "feed")
    return _page(rows, ours=ours, cursor=_cursor(answer), is_feed=True)


def read_shown(body: object) -> frozenset[str]:
    """Read which posts getPosts still shows. Raises UnreadableAnswer, also for a single row without its id."""
    _, rows = _rows(body, "posts")
    shown = [_post_uri(row.get("uri")) if isinstance(row, dict) else None for row in rows]
    if None in shown:
        raise UnreadableAnswer("a post without its id in it")
    return frozenset(uri for uri in shown if uri is not None)


def read_standing(body: object, *, ours: Ours) -> tuple[Mention, ...]:
    """Read the mentions among the posts that getPosts still shows; what can't be read is left out.

    Raises UnreadableAnswer.
    """
    _, rows = _rows(body, "posts")
    placed = _page(rows, ours=ours, cursor=None).placed
    return tuple(one.post for one in placed if isinstance(one.post, Mention))


def read_followers(body: object) -> dict[str, int]:
    """Read how many follow each account of getProfiles, by its id. Raises UnreadableAnswer."""
    _, rows = _rows(body, "profiles")
    return {
        did: count
        for row in rows
        if isinstance(row, dict)
        and (did := _did(row.get("did"))) is not None
        and type(count := row.get("followersCount")) is int
        and 0 <= count < 2**53
    }


def read_tokens(body: object) -> Tokens:
    """Read a session that was made or refreshed. Raises UnreadableAnswer."""
    answer = _body(body)
    access, refresh, did = answer.get("accessJwt"), answer.get("refreshJwt"), _did(answer.get("did"))
    if not (isinstance(access, str) and isinstance(refresh, str) and did is not None):
        raise UnreadableAnswer("no session in it")
    if not all(token.isascii() and token.isprintable() and token for token in (access, refresh)):
        raise UnreadableAnswer("no token in it")
    return Tokens(access, refresh, did)


def scope_of(token: str) -> str | None:
    """Say what an access token allows, in the protocol's words; None where it does not say."""
    try:
        claims = token.split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    except (IndexError, ValueError, binascii.Error, RecursionError):
        return None
    scope = said.get("scope") if isinstance(said, dict) else None
    return scope if isinstance(scope, str) else None


def posted_at_of(created_at: object, indexed_at: datetime) -> datetime:
    """Tell when a post was posted: at the earlier of what its client says and when Bluesky first saw it.

    The rule is Bluesky's own (`sortAt`): nobody can date a post after it was seen. Dates that say nothing
    (none, no zone, before there was a Bluesky) leave the time at which it was seen.
    """
    said_at = read_instant(created_at)
    if said_at is None or said_at < FIRST_POSTS_AT:
        return indexed_at
    return min(said_at, indexed_at)


def is_post(uri: str) -> bool:
    """Say whether an id is that of a post."""
    return _post_uri(uri) is not None


def author_of(uri: str) -> str:
    """Give the id of the account whose post this is."""
    return uri.removeprefix("at://").split("/", 1)[0]


def is_handle(written: str) -> bool:
    """Say whether this is a whole handle, which is a domain name."""
    return _HANDLE.fullmatch(written) is not None


def _page(
    rows: Iterable[object],
    *,
    ours: Ours,
    cursor: str | None,
    is_placed_when_indexed: bool = False,
    is_feed: bool = False,
) -> Page:
    placed: list[Placed] = []
    malformed: list[str] = []
    for written in rows:
        shown = _object(written).get("post") if is_feed else written
        try:
            reposted_at = _reposted_at(written) if is_feed else None
            if reposted_at is not None:
                placed.append(Placed(reposted_at, None))
                continue
            row = _row(shown)
            post = _post(row, ours)
            placed.append(Placed(row.indexed_at if is_placed_when_indexed else post.posted_at, post))
        except _Malformed as why:
            malformed.append(f"{_name_of(shown)} has no {why}")
    return Page(tuple(placed), tuple(malformed), cursor)


def _row(written: object) -> _Row:
    uri = _post_uri(written.get("uri")) if isinstance(written, dict) else None
    if uri is None or not isinstance(written, dict):
        raise _Malformed("id")
    author, record = written.get("author"), written.get("record")
    if not isinstance(author, dict) or _did(author.get("did")) is None:
        raise _Malformed("author")
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        raise _Malformed("text")
    indexed_at = read_instant(written.get("indexedAt"))
    if indexed_at is None or indexed_at < FIRST_POSTS_AT:
        raise _Malformed("time")
    return _Row(uri, author, record, indexed_at, reach_of(*(count_of(written.get(done)) for done in _DONE)))


def _post(row: _Row, ours: Ours) -> Mention | Reply:
    text = clean_text(str(row.record["text"]))
    author = _author(row.author)
    reply = _object(row.record.get("reply"))
    posted_at = posted_at_of(row.record.get("createdAt"), row.indexed_at)
    url = f"https://bsky.app/profile/{author.handle}/post/{row.uri.rsplit('/', 1)[-1]}"
    conversation, in_reply_to = _referred(reply.get("root")), _referred(reply.get("parent"))
    if author.id in ours.dids or author.handle.lower() in ours.handles:
        return Reply(
            network=NETWORK,
            id=row.uri,
            account=author.handle,
            text=text,
            posted_at=posted_at,
            url=url,
            conversation=conversation,
            in_reply_to=in_reply_to,
            quotes=_quoted(row.record.get("embed")),
            automated=ours.is_automated(text),
        )
    return Mention(
        network=NETWORK,
        id=row.uri,
        author=author,
        text=text,
        posted_at=posted_at,
        url=url,
        conversation=conversation,
        in_reply_to=in_reply_to,
        quotes=_quoted(row.record.get("embed")),
        language=_language(row.record.get("langs")),
        reach=row.reach,
    )


def _author(written: Fields) -> Author:
    did, handle, name = _did(written.get("did")) or "", written.get("handle"), written.get("displayName")
    is_known = isinstance(handle, str) and is_handle(handle) and handle.lower() != _NO_HANDLE
    named = clean_text(name) if isinstance(name, str) and name else None
    return Author(handle=str(handle) if is_known else did, id=did, name=named)


def _quoted(embed: object) -> str | None:
    """Give the quoted post, which stands deeper where a picture goes with it; lists and feeds are no posts."""
    record = _object(_object(embed).get("record"))
    return _referred(record) or _referred(record.get("record"))


def _referred(written: object) -> str | None:
    return _post_uri(_object(written).get("uri"))


def _language(written: object) -> str | None:
    first = written[0] if isinstance(written, list) and written else None
    return first if isinstance(first, str) and _LANGUAGE.fullmatch(first) else None


def _reposted_at(written: object) -> datetime | None:
    """Tell when a row of a feed was passed on; None for a post that stands there by itself."""
    reason = _object(_object(written).get("reason"))
    if not str(reason.get("$type", "")).endswith("#reasonRepost"):
        return None
    reposted_at = read_instant(reason.get("indexedAt"))
    if reposted_at is None:
        raise _Malformed("time")
    return reposted_at


def _rows(body: object, key: str) -> tuple[Fields, list[object]]:
    answer = _body(body)
    rows = answer.get(key)
    if not isinstance(rows, list):
        raise UnreadableAnswer(f"no list of {key} in it")
    return answer, rows


def _body(body: object) -> Fields:
    if not isinstance(body, dict):
        raise UnreadableAnswer("not a JSON object")
    return body


def _cursor(answer: Fields) -> str | None:
    cursor = answer.get("cursor")
    return cursor if isinstance(cursor, str) and cursor else None


def _name_of(written: object) -> str:
    uri = _post_uri(written.get("uri")) if isinstance(written, dict) else None
    return f"post {uri}" if uri else "a post"


def _post_uri(written: object) -> str | None:
    return written if isinstance(written, str) and _POST.fullmatch(written) else None


def _did(written: object) -> str | None:
    return written if isinstance(written, str) and _ACCOUNT.fullmatch(written) else None


def _object(written: object) -> Fields:
    return written if isinstance(written, dict) else {}
