"""X's JSON turned into our values: pure, and tolerant of what X leaves out or renames.

Specification 2.159 says `referenced_tweets` and `edit_history_tweet_ids`; 2.167 (August 2026) says
`referenced_posts` and `edit_history_post_ids`. Both are read, whichever was asked for.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from casebook.mention import Author, Mention, Reply, clean_text
from casebook.reach import count_of, reach_of
from listener.instants import read_instant

NETWORK = "x"
Fields = Mapping[str, object]

_ID = re.compile(r"[0-9]{1,19}")
_HANDLE = re.compile(r"[A-Za-z0-9_]{1,50}")
_NOBODY = "unknown"
"""The handle of an author of whom X shows nothing."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NO_LANGUAGE = frozenset({"und", "art", "zxx", "qam", "qct", "qht", "qme", "qst"})
"""X's codes for "no words here": only handles, cashtags, hashtags, media, too short."""
_OLD_LANGUAGE = {"in": "id", "iw": "he"}
_SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
_EDITABLE_WITHIN = timedelta(hours=1)


class UnreadableAnswer(Exception):
    """X's answer has not the shape of an answer; the message says what was there, without its content."""


class OnlyErrors(UnreadableAnswer):
    """X answered 200 with nothing but errors."""


class _Malformed(Exception):
    """One post lacks what no post can do without; the message says what, in few words."""


@dataclass(frozen=True, slots=True)
class Ours:
    """How the company's own posts are recognised, and which of them nobody wrote by hand."""

    handles: frozenset[str]
    """In lower case, without the leading @."""
    ids: Mapping[str, str]
    """Account id → handle, as far as they are known."""
    is_automated: Callable[[str], bool]
    people: frozenset[str] = frozenset()
    """Handles of our people, in lower case: what they post is no mention, and their answers are their own."""


@dataclass(frozen=True, slots=True)
class Page:
    """What one page of an answer held."""

    mentions: tuple[Mention, ...] = ()
    replies: tuple[Reply, ...] = ()
    malformed: tuple[str, ...] = ()
    """Posts that could not be read while the others could: which and why, without their texts."""
    count: int = 0
    """Posts X gave, the dropped ones included."""
    ids: frozenset[str] = frozenset()
    """Of the posts X gave, as far as they could be read."""
    newest_id: str | None = None
    newest_at: datetime | None = None
    oldest_at: datetime | None = None
    """When the oldest post of the page was created (this version of it), retweets included."""
    next_token: str | None = None
    shown: tuple[tuple[str, datetime], ...] = ()
    """Id and time of each post that was never edited: an edit is new without being late."""


@dataclass(frozen=True, slots=True)
class _Post:
    """The fields of a post that become a Mention or a Reply."""

    id: str
    author: Author
    text: str
    created_at: datetime
    posted_at: datetime
    edit_ids: tuple[str, ...]
    refers: Mapping[str, str]
    conversation: str | None
    language: str | None
    reach: int | None

    @property
    def is_retweet(self) -> bool:
        return "retweeted" in self.refers or "reposted" in self.refers

    @property
    def url(self) -> str:
        # x.com finds a post by its id alone: /i/ stands where the handle is not known
        is_known = self.author.handle not in {self.author.id, _NOBODY}
        handle = self.author.handle if is_known else "i"
        return f"https://x.com/{handle}/status/{self.id}"


def read_page(answer: object, *, ours: Ours, speaker: tuple[str, str] | None = None) -> Page:
    """Read one page of mentions, a timeline or a search.

    `speaker` is the (id, handle) of the account whose timeline it is: posts without an author are
    theirs. A malformed post is skipped and counted. Raises UnreadableAnswer.
    """
    body, rows = _rows(answer)
    authors = dict(_authors(body))
    posts: list[_Post] = []
    malformed: list[str] = []
    for row in rows:
        try:
            posts.append(_read_post(row, authors=authors, speaker=speaker))
        except _Malformed as why:
            malformed.append(f"{_name_of(row)} has no {why}")
    return _sort_out(posts, ours=ours, malformed=malformed, next_token=_next_token(body))


def read_account(answer: object) -> tuple[str, str]:
    """Read the (id, handle) of a looked-up account; raises UnreadableAnswer."""
    body = _body(answer)
    row = body.get("data")
    account = _id(row.get("id")) if isinstance(row, dict) else None
    if account is None or not isinstance(row, dict):
        raise OnlyErrors("only errors") if body.get("errors") else UnreadableAnswer("no account in it")
    return account, _handle(row.get("username")) or ""


def posted_at_of(post_id: str) -> datetime:
    """Tell when a post was made, from its id alone (X's ids hold milliseconds since November 2010)."""
    since_epoch = timedelta(milliseconds=(int(post_id) >> 22) + _SNOWFLAKE_EPOCH_MS)
    return datetime(1970, 1, 1, tzinfo=UTC) + since_epoch


def _sort_out(posts: list[_Post], *, ours: Ours, malformed: list[str], next_token: str | None) -> Page:
    mentions: list[Mention] = []
    replies: list[Reply] = []
    for post in posts:
        if post.is_retweet:  # the same words again, by somebody who may be anybody
            continue
        account = _own_account(post.author, ours)
        if account is not None:
            replies.append(_reply(post, account, automated=ours.is_automated(post.text)))
        elif post.author.handle.lower() not in ours.people:
            mentions.append(_mention(post))
        elif post.refers:  # an answer may count; what they say of themselves concerns nobody
            replies.append(replace(_reply(post, post.author.handle, automated=False), personal=True))
    return Page(
        mentions=tuple(mentions),
        replies=tuple(replies),
        malformed=tuple(malformed),
        count=len(posts) + len(malformed),
        ids=frozenset(post.id for post in posts),
        newest_id=max((post.id for post in posts), key=int, default=None),
        newest_at=max((post.created_at for post in posts), default=None),
        oldest_at=min((post.created_at for post in posts), default=None),
        next_token=next_token,
        shown=tuple((post.id, post.created_at) for post in posts if len(post.edit_ids) < 2),  # noqa: PLR2004 - the post alone
    )


def _own_account(author: Author, ours: Ours) -> str | None:
    if author.id is not None and author.id in ours.ids:
        return ours.ids[author.id]
    return author.handle if author.handle.lower() in ours.handles else None


def _mention(post: _Post) -> Mention:
    return Mention(
        network=NETWORK,
        id=post.id,
        author=post.author,
        text=post.text,
        posted_at=post.posted_at,
        url=post.url,
        conversation=post.conversation,
        in_reply_to=post.refers.get("replied_to"),
        quotes=post.refers.get("quoted"),
        language=post.language,
        reach=post.reach,
        edit_ids=post.edit_ids if len(post.edit_ids) > 1 else (),
    )


def _reply(post: _Post, account: str, *, automated: bool) -> Reply:
    return Reply(
        network=NETWORK,
        id=post.id,
        account=account,
        text=post.text,
        posted_at=post.posted_at,
        url=post.url,
        conversation=post.conversation,
        in_reply_to=post.refers.get("replied_to"),
        quotes=post.refers.get("quoted"),
        automated=automated,
    )


def _rows(answer: object) -> tuple[Fields, list[object]]:
    body = _body(answer)
    rows = body.get("data")
    if rows is None and body.get("errors"):
        raise OnlyErrors("only errors")
    if rows is None and isinstance(body.get("meta"), dict):
        return body, []  # X leaves `data` out where there is none
    if not isinstance(rows, list):
        raise UnreadableAnswer("no list of posts in it")
    return body, rows


def _body(answer: object) -> Fields:
    if not isinstance(answer, dict):
        raise UnreadableAnswer("not a JSON object")
    return answer


def _next_token(body: Fields) -> str | None:
    meta = body.get("meta")
    token = meta.get("next_token") if isinstance(meta, dict) else None
    return token if isinstance(token, str) and token else None


def _authors(body: Fields) -> Iterator[tuple[str, Author]]:
    includes = body.get("includes")
    users = includes.get("users") if isinstance(includes, dict) else None
    for user in users if isinstance(users, list) else ():
        account = _id(user.get("id")) if isinstance(user, dict) else None
        if account is not None:
            yield account, _author(account, user)


def _author(account: str, user: Fields) -> Author:
    name = user.get("name")
    metrics = user.get("public_metrics")
    followers = metrics.get("followers_count") if isinstance(metrics, dict) else None
    return Author(
        handle=_handle(user.get("username")) or account,
        id=account,
        name=clean_text(name) if isinstance(name, str) else None,
        followers=followers if type(followers) is int and followers >= 0 else None,
    )


def _read_post(row: object, *, authors: Mapping[str, Author], speaker: tuple[str, str] | None) -> _Post:
    post_id = _id(row.get("id")) if isinstance(row, dict) else None
    if post_id is None or not isinstance(row, dict):
        raise _Malformed("id")
    created_at = _created_at(row.get("created_at"), post_id)
    edit_ids = _edit_ids(row, post_id)
    return _Post(
        id=post_id,
        author=_author_of(row, authors, speaker),
        text=_text(row),
        created_at=created_at,
        posted_at=_first_posted_at(edit_ids, created_at),
        edit_ids=edit_ids,
        refers=dict(_refers(row)),
        conversation=_id(row.get("conversation_id")),
        language=_language(row.get("lang")),
        reach=_reach(row.get("public_metrics")),
    )


def _reach(metrics: object) -> int | None:
    """Give how many a post has reached; X counts reposts by another name since its specification 2.167."""
    told = metrics if isinstance(metrics, dict) else {}
    done = ("like_count", "reply_count", "quote_count", "retweet_count", "repost_count")
    return reach_of(
        *(count_of(told.get(name)) for name in done), views=count_of(told.get("impression_count"))
    )


def _name_of(row: object) -> str:
    post_id = _id(row.get("id")) if isinstance(row, dict) else None
    return f"post {post_id}" if post_id else "a post"


def _author_of(row: Fields, authors: Mapping[str, Author], speaker: tuple[str, str] | None) -> Author:
    author_id = _id(row.get("author_id"))
    if author_id is None:
        return Author(handle=speaker[1], id=speaker[0]) if speaker else Author(handle=_NOBODY)
    return authors.get(author_id) or Author(handle=author_id, id=author_id)


def _text(row: Fields) -> str:
    """Give the whole text: long posts have theirs in a note, and `text` holds its beginning only."""
    for key in ("note_tweet", "note_post"):
        note = row.get(key)
        words = note.get("text") if isinstance(note, dict) else None
        if isinstance(words, str) and words:
            return clean_text(html.unescape(words))
    words = row.get("text")
    if not isinstance(words, str) or not words:
        raise _Malformed("text")
    return clean_text(html.unescape(words))  # X escapes & < >


def _created_at(written: object, post_id: str) -> datetime:
    """Read the time of this version; X's ids hold it too, for answers that leave it out."""
    try:
        if written is None:
            return posted_at_of(post_id).replace(microsecond=0)
    except (ValueError, OverflowError) as error:
        raise _Malformed("time") from error
    instant = read_instant(written)
    if instant is None:
        raise _Malformed("time")
    return instant


def _first_posted_at(edit_ids: tuple[str, ...], created_at: datetime) -> datetime:
    """Date an edited post by its first version; in whole seconds, as X dates that version itself.

    The id is believed only within the hour X allows for editing: other ids are no clocks.
    """
    if len(edit_ids) < 2:  # noqa: PLR2004 - never edited: the list holds the post alone
        return created_at
    first_at = posted_at_of(edit_ids[0]).replace(microsecond=0)
    return first_at if created_at - _EDITABLE_WITHIN <= first_at <= created_at else created_at


def _edit_ids(row: Fields, post_id: str) -> tuple[str, ...]:
    for key in ("edit_history_tweet_ids", "edit_history_post_ids"):
        listed = row.get(key)
        if isinstance(listed, list):
            known = {found for found in map(_id, listed) if found is not None}
            return tuple(sorted(known | {post_id}, key=int))
    return (post_id,)


def _refers(row: Fields) -> Iterator[tuple[str, str]]:
    for key in ("referenced_tweets", "referenced_posts"):
        listed = row.get(key)
        for reference in listed if isinstance(listed, list) else ():
            found = _id(reference.get("id")) if isinstance(reference, dict) else None
            how = reference.get("type") if isinstance(reference, dict) else None
            if found is not None and isinstance(how, str):
                yield how, found


def _language(written: object) -> str | None:
    if not isinstance(written, str) or written in _NO_LANGUAGE or not _LANGUAGE.fullmatch(written):
        return None
    return _OLD_LANGUAGE.get(written, written)


def _id(written: object) -> str | None:
    found = str(written) if type(written) is int else written
    return found if isinstance(found, str) and _ID.fullmatch(found) else None


def _handle(written: object) -> str | None:
    return written if isinstance(written, str) and _HANDLE.fullmatch(written) else None
