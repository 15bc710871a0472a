"""Pages of reviews as JSON, in our own form or in that of Apple's customer reviews: pure."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urljoin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from casebook.mention import as_utc
from listener.door_rules import web_link

APPLES_LAST_PAGE = 10
"""Apple shows ten pages of fifty, the newest 500 reviews (November 2026)."""
_LONGEST_TEXT = 50_000
_MOST_STARS = 5
_APPLES_PAGE = re.compile(r"/page=(\d{1,3})(?=/)")
_BLANKS = re.compile(r"\s+")


class NoReviews(Exception):
    """The answer is no page of reviews; the message says why, without a word of it."""


def _as_id(written: object) -> object:
    return str(written) if isinstance(written, int) and not isinstance(written, bool) else written


def _as_instant(written: object) -> datetime:
    try:
        instant = as_utc(datetime.fromisoformat(written)) if isinstance(written, str) else None
    except (ValueError, OverflowError):
        instant = None
    if instant is None:
        raise ValueError("not a time with its zone; write for example 2026-11-02T18:41:00Z")
    return instant


Id = Annotated[str, BeforeValidator(_as_id), Field(min_length=1, max_length=400)]
Instant = Annotated[datetime, BeforeValidator(_as_instant)]


class Answer(BaseModel):
    """What the company wrote below a review."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    text: str = ""
    posted_at: Instant | None = None


class Review(BaseModel):
    """One review; keys it does not know are left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    id: Id
    author: Annotated[str, BeforeValidator(_as_id)] | None = None
    rating: float | None = Field(default=None, ge=1, le=_MOST_STARS, allow_inf_nan=False)
    title: str | None = None
    text: str | None = None
    posted_at: Instant
    version: str | None = None
    language: str | None = None
    url: str | None = None
    reply: Answer | None = None

    @property
    def words(self) -> str:
        """Title and text; of stars without a word the stars."""
        title, text = _BLANKS.sub(" ", self.title or "").strip(), (self.text or "").strip()
        both = f"{title}\n\n{text}".strip() if title != text else text
        stars = round(self.rating or 0)
        return (both or ("★" * stars + "☆" * (_MOST_STARS - stars) if stars else "?"))[:_LONGEST_TEXT]

    @property
    def link(self) -> str | None:
        """The link, if it is one of the web; no other scheme is one that anybody should press."""
        return web_link(self.url)


@dataclass(frozen=True, slots=True)
class Page:
    """One page, newest reviews first."""

    reviews: tuple[Review, ...]
    rejected: tuple[str, ...] = ()
    """What could not be understood: where in the page, which key and why."""
    next: str | None = None
    """Address of the page with older ones."""


def read_page(body: bytes, *, url: str) -> Page:
    """Read a page that came from `url`; raises NoReviews where it is none."""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError) as mistake:
        raise NoReviews("it is no JSON") from mistake
    if not isinstance(read, dict):
        raise NoReviews("it is no object with reviews")
    if "feed" in read:
        written, following = _apples(read["feed"]), None
        if written:
            following = _apples_next(url)
    elif isinstance(read.get("reviews"), list):
        written, following = read["reviews"], _led_to(read.get("next"), url)
    else:
        raise NoReviews("it is no object with a list named reviews")
    reviews: list[Review] = []
    rejected: list[str] = []
    for number, one in enumerate(written, 1):
        try:
            reviews.append(Review.model_validate(one))
        except ValidationError as mistake:
            rejected.append(f"review {number} of a page: {_why(mistake)}")
    return Page(tuple(reviews), tuple(rejected), following)


def _why(mistake: ValidationError) -> str:
    first = mistake.errors(include_input=False, include_url=False, include_context=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    return f"{key}: {first['msg'].removeprefix('Value error, ')}" if key else "is no object"


def _led_to(written: object, url: str) -> str | None:
    if not isinstance(written, str) or not written:
        return None
    try:
        return urljoin(url, written)
    except ValueError:
        return None


def _apples(feed: object) -> list[Mapping[str, object]]:
    """Bring Apple's entries to our form; one that is alone stands there without a list."""
    if not isinstance(feed, dict):
        raise NoReviews("its feed is no object")
    entries = feed.get("entry", [])
    return list(_apples_entries(entries if isinstance(entries, list) else [entries]))


def _apples_entries(entries: list[Any]) -> Iterator[Mapping[str, object]]:
    for entry in entries:
        if isinstance(entry, dict) and "im:rating" not in entry and "im:name" in entry:
            continue  # the app itself, which stood first for years
        yield {
            "id": _label(entry, "id"),
            "author": _label(_inner(entry, "author"), "name"),
            "rating": _stars(_label(entry, "im:rating")),
            "title": _label(entry, "title"),
            "text": _label(entry, "content"),
            "posted_at": _label(entry, "updated"),
            "version": _label(entry, "im:version"),
            "url": _apples_href(entry),
        }


def _apples_href(entry: object) -> object:
    link = _inner(entry, "link")
    return _inner(link[0] if isinstance(link, list) and link else link, "attributes", "href")


def _apples_next(url: str) -> str | None:
    """Count the page in the address up: the links to next pages that Apple writes lead to XML."""
    found = _APPLES_PAGE.search(url)
    if found is None or int(found[1]) >= APPLES_LAST_PAGE:
        return None
    return f"{url[: found.start()]}/page={int(found[1]) + 1}{url[found.end() :]}"


def _inner(holder: object, *keys: str) -> object:
    for key in keys:
        holder = holder.get(key) if isinstance(holder, dict) else None
    return holder


def _label(holder: object, key: str) -> object:
    return _inner(holder, key, "label")


def _stars(written: object) -> object:
    return float(written) if isinstance(written, str) and re.fullmatch(r"[1-5]", written) else None
