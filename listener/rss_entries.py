"""A feed's entries, made posts: pure. Everything in an entry may be missing, or of another type than it says."""

import calendar
import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urldefrag, urlsplit

from casebook.asked import asked_phrase, holds_asked
from casebook.words import words_of
from listener.door_rules import web_link
from listener.plain import plain_text

Entry = Mapping[str, Any]

LONGEST_TEXT = 50_000
"""Characters of a post that are kept."""
_LONGEST_ID = 400
_LONGEST_NAME = 200
_BY_ITSELF = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}:\S")
_BLANKS = re.compile(r"\s+")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_].*)?")
_LINES = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True)
class Words:
    """An entry in plain words, before anybody asked whether it is known."""

    id: str
    text: str
    author: str
    claimed_at: datetime | None
    url: str | None = None
    conversation: str | None = None
    in_reply_to: str | None = None
    language: str | None = None


class NoWords(ValueError):
    """The entry can't be made a post; the message says why, without a word of it."""


def read_entry(entry: Entry, about: Entry, *, lane: str, site: str) -> Words:
    """Read an entry of the feed `about`; raises NoWords.

    `lane` parts the ids of feeds that number their entries 1, 2, 3; `site` stands for an author nobody names.
    """
    title, body = _title(entry), _body(entry)
    text = (body if body.casefold().startswith(title.casefold()) else f"{title}\n\n{body}".strip())[
        :LONGEST_TEXT
    ]
    if not text:
        raise NoWords("an entry has no words")
    claimed_at = _claimed(entry)
    url = web_link(entry.get("link"))
    answered = entry.get("thr_in-reply-to")
    answers = _id(_text(answered, "ref"), lane) if isinstance(answered, Mapping) else None
    comments = web_link(entry.get("comments"))
    return Words(
        id=_id(_text(entry, "id"), lane)
        or _stand_in(entry, about, title=title or text, claimed_at=claimed_at),
        text=text,
        author=_author(entry) or _author_of_feed(about) or site,
        claimed_at=claimed_at,
        url=url,
        # an answer names what it answers; its conversation is that one's
        conversation=urldefrag(comments)[0] if comments and not answers else None,
        in_reply_to=answers,
        language=_language(entry, about),
    )


def holds_any(text: str, phrases: Sequence[Sequence[str]]) -> bool:
    """Say whether one of the phrases (as `words_of` gives them) is in the text, inflected or not."""
    words = words_of(text)
    return any(holds_asked(words, asked_phrase(phrase)) for phrase in phrases)


def _title(entry: Entry) -> str:
    title = _text(entry, "title")
    return _BLANKS.sub(" ", _plain(title, _detail(entry, "title_detail", "text/plain"))).strip()


def _body(entry: Entry) -> str:
    contents = entry.get("content")
    for content in contents if isinstance(contents, list) else ():
        if isinstance(content, Mapping) and _text(content, "value"):
            return _plain(_text(content, "value"), _text(content, "type")).strip()
    return _plain(_text(entry, "summary"), _detail(entry, "summary_detail", "text/html")).strip()


def _plain(written: str, form: str) -> str:
    return _LINES.sub("\n", written) if form == "text/plain" else plain_text(written)


def _detail(entry: Entry, key: str, default: str) -> str:
    detail = entry.get(key)
    return (_text(detail, "type") if isinstance(detail, Mapping) else "") or default


def _claimed(entry: Entry) -> datetime | None:
    """Give when the entry says that it was published, or else changed."""
    for key in ("published_parsed", "updated_parsed", "created_parsed"):
        # not entry.get: feedparser's own answers for a missing key with another, and warns
        parsed = dict.get(entry, key) if isinstance(entry, dict) else entry.get(key)
        if isinstance(parsed, time.struct_time):
            try:
                return datetime.fromtimestamp(calendar.timegm(parsed), tz=UTC)
            except (ValueError, OverflowError, OSError):
                continue
    return None


def _author(entry: Entry) -> str:
    detail = entry.get("author_detail")
    named = _text(detail, "name") if isinstance(detail, Mapping) else ""
    return _name(named or _text(entry, "author"))


def _author_of_feed(about: Entry) -> str:
    return _name(plain_text(_text(about, "title")))


def _name(written: str) -> str:
    return _BLANKS.sub(" ", written).strip()[:_LONGEST_NAME].removeprefix("@").strip()


def _id(named: str, lane: str) -> str | None:
    named = named.strip()
    if not named:
        return None
    whole = named if _BY_ITSELF.match(named) else f"{lane}:{named}"
    return whole if len(whole) <= _LONGEST_ID else f"sha256:{_digest(whole)}"


def _stand_in(entry: Entry, about: Entry, *, title: str, claimed_at: datetime | None) -> str:
    """Give an entry without an id one: its link, unless that is the site's, else a hash of title and date."""
    link = web_link(entry.get("link"))
    if (
        link is not None
        and link != web_link(about.get("link"))
        and urlsplit(link).path.strip("/") + urlsplit(link).query
    ):
        return link if len(link) <= _LONGEST_ID else f"sha256:{_digest(link)}"
    return f"sha256:{_digest(f'{title}|{claimed_at}')}"


def _language(entry: Entry, about: Entry) -> str | None:
    detail = entry.get("title_detail")
    own = _text(detail, "language") if isinstance(detail, Mapping) else ""
    found = _LANGUAGE.fullmatch(own or _text(about, "language"))
    return found[1].lower() if found is not None else None


def _text(holder: Any, key: str) -> str:
    found = holder.get(key)
    return found if isinstance(found, str) else ""


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:32]
