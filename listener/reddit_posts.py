"""Reddit's JSON turned into our values: pure. Ids are fullnames: `t3_…` posts, `t1_…` comments."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from casebook.mention import Author, Mention, Reply, clean_text
from casebook.reach import count_of, reach_of
from listener.lane import Page, Row

NETWORK = "reddit"
Fields = Mapping[str, object]

_POST, _COMMENT = "t3", "t1"
_FULLNAME = re.compile(r"t[13]_[a-z0-9]{1,16}")
_TOKEN = re.compile(r"t[0-9]_[a-z0-9]{1,16}")
_ACCOUNT_ID = re.compile(r"t2_[a-z0-9]{1,16}")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,30}")
_LINK = re.compile(r"/(?:r|user|u)/[\w-]{1,50}/comments/([a-z0-9]{1,16})/[\w%/.?=&-]{0,400}")
_BLANKED = frozenset({"[deleted]", "[removed]", "[ Removed by Reddit ]"})
_SITE = "https://www.reddit.com"


class UnreadableAnswer(Exception):
    """The answer has not the shape of an answer; the message says what was there, without its content."""


class _Malformed(Exception):
    """One post lacks what no post can do without; the message says what, in few words."""


@dataclass(frozen=True, slots=True)
class Ours:
    """How the company's own posts are recognised, and which of them nobody wrote by hand."""

    names: frozenset[str]
    """In lower case, without u/."""
    is_automated: Callable[[str], bool]


def read_listing(
    answer: object, *, ours: Ours, now: datetime, is_meant: Callable[[str], bool] = lambda _: True
) -> Page:
    """Read one page; posts of others that are not meant are read past. Raises UnreadableAnswer."""
    rows: list[Row] = []
    malformed: list[str] = []
    children, after = _children(answer)
    for child in children:
        try:
            row = _row(child, ours=ours, now=now)
        except _Malformed as why:
            malformed.append(f"{_name_of(child)} has no {why}")
            continue
        is_others = isinstance(row.post, Mention) and not is_meant(row.post.text)
        rows.append(Row(row.id, row.at) if is_others else row)
    return Page(tuple(rows), tuple(malformed), after)


def read_standing(answer: object, *, ours: Ours, now: datetime) -> dict[str, tuple[Mention | Reply, bool]]:
    """Read the posts that are still there, by id, and whether each was edited.

    Raises UnreadableAnswer also where only one of them can't be read: it must not pass for gone.
    """
    there: dict[str, tuple[Mention | Reply, bool]] = {}
    children, _ = _children(answer)
    for child in children:
        try:
            row = _row(child, ours=ours, now=now)
        except _Malformed as why:
            raise UnreadableAnswer(f"a post without {why}") from why
        if row.post is not None:
            there[row.id] = (row.post, bool(_fields(child).get("edited")))
    return there


def words_in(words: tuple[str, ...]) -> Callable[[str], bool]:
    """Make the rule whether a text has one of the words, at the beginning of a word and in either case."""
    if not words:
        return lambda _: True
    wanted = re.compile("|".join(rf"(?<!\w){re.escape(word)}" for word in words), re.IGNORECASE)
    return lambda text: wanted.search(text) is not None


def _children(answer: object) -> tuple[list[object], str | None]:
    fields = answer.get("data") if isinstance(answer, dict) else None
    children = fields.get("children") if isinstance(fields, dict) else None
    if not isinstance(fields, dict) or not isinstance(children, list):
        raise UnreadableAnswer("no listing")
    after = fields.get("after")
    return children, after if isinstance(after, str) and _TOKEN.fullmatch(after) else None


def _row(child: object, *, ours: Ours, now: datetime) -> Row:
    fields = _fields(child)
    name = fields.get("name")
    if not isinstance(name, str) or not _TOKEN.fullmatch(name):
        raise _Malformed("id")
    at = _instant(fields.get("created_utc"))
    if not _FULLNAME.fullmatch(name) or _is_blanked(fields):  # private messages are nobody's to show
        return Row(name, at)
    return Row(name, at, _post(fields, name, min(at, now), ours=ours))


def _post(fields: Fields, name: str, posted_at: datetime, *, ours: Ours) -> Mention | Reply:
    author = fields.get("author")
    if not isinstance(author, str) or not _NAME.fullmatch(author):
        raise _Malformed("author")
    text = _text(fields, name)
    link = _link(fields)
    conversation, parent = _thread(fields, name, link)
    url = f"{_SITE}{link[0]}" if link is not None else None
    if author.lower() in ours.names:
        return Reply(
            network=NETWORK,
            id=name,
            account=author,
            text=text,
            posted_at=posted_at,
            url=url,
            conversation=conversation,
            in_reply_to=parent,
            automated=ours.is_automated(text),
        )
    account_id = fields.get("author_fullname")
    known = isinstance(account_id, str) and _ACCOUNT_ID.fullmatch(account_id)
    return Mention(
        network=NETWORK,
        id=name,
        author=Author(author, id=str(account_id) if known else None),
        text=text,
        posted_at=posted_at,
        url=url,
        conversation=conversation,
        in_reply_to=parent,
        reach=reach_of(
            *(count_of(fields.get(done)) for done in ("score", "num_comments", "num_crossposts")),
            views=count_of(fields.get("view_count")),
        ),
    )


def _thread(fields: Fields, name: str, link: tuple[str, str] | None) -> tuple[str | None, str | None]:
    """Give the post that a comment is under, and what it answers; the inbox names the former in a link only."""
    if name.startswith(_POST):
        return name, None
    of_link = f"{_POST}_{link[1]}" if link is not None else None
    return _fullname(fields.get("link_id")) or of_link, _fullname(fields.get("parent_id"))


def _text(fields: Fields, name: str) -> str:
    if name.startswith(_COMMENT):
        body = fields.get("body")
        if not isinstance(body, str):
            raise _Malformed("text")
        return clean_text(body)
    title, rest = fields.get("title"), fields.get("selftext")
    if not isinstance(title, str):
        raise _Malformed("title")
    parts = [title, rest if isinstance(rest, str) else ""]
    return clean_text("\n\n".join(part for part in parts if part.strip()))


def _is_blanked(fields: Fields) -> bool:
    said = [fields.get(key) for key in ("author", "body", "selftext")]
    blanked = any(isinstance(words, str) and words in _BLANKED for words in said)
    return blanked or bool(fields.get("removed_by_category"))


def _link(fields: Fields) -> tuple[str, str] | None:
    for key in ("permalink", "context"):
        written = fields.get(key)
        found = _LINK.fullmatch(written) if isinstance(written, str) else None
        if found is not None:
            return found[0].partition("?")[0], found[1]
    return None


def _fields(child: object) -> Fields:
    fields = child.get("data") if isinstance(child, dict) else None
    return fields if isinstance(fields, dict) else {}


def _name_of(child: object) -> str:
    name = _fields(child).get("name")
    return f"post {name}" if isinstance(name, str) and _TOKEN.fullmatch(name) else "a post"


def _fullname(written: object) -> str | None:
    return written if isinstance(written, str) and _FULLNAME.fullmatch(written) else None


def _instant(written: object) -> datetime:
    if isinstance(written, bool) or not isinstance(written, int | float):
        raise _Malformed("time")
    try:
        return datetime.fromtimestamp(written, tz=UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise _Malformed("time") from error
