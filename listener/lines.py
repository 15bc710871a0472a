"""One post as other tools write it: the same fields on a file's line, in a table's row, in a request's body. Pure."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from casebook.mention import Author, Mention, Reply, as_utc
from listener.door_rules import web_link

NO_OBJECT = "not a JSON object on one line; write one object a line, in UTF-8"


def _as_id(written: object) -> object:
    return str(written) if isinstance(written, int) and not isinstance(written, bool) else written


def _as_instant(written: object) -> datetime:
    if not isinstance(written, str):
        raise ValueError("write the time as text, for example 2026-11-02T18:41:00Z")  # noqa: TRY004 - pydantic turns only ValueError into a sentence
    try:
        return as_utc(datetime.fromisoformat(written))
    except (ValueError, OverflowError) as mistake:
        raise ValueError("not a time with its zone; write for example 2026-11-02T18:41:00Z") from mistake


def _as_link(written: object) -> object:
    """Keep an address of the web, and a bare name of a post (there may be no page of it); nothing that runs."""
    link = written.strip() if isinstance(written, str) else ""
    is_name = link.isprintable() and len(link) <= _LONGEST_NAME and ":" not in link.partition("/")[0]
    return web_link(link) or (link if link and is_name else None)


_LONGEST_NAME = 2_000
Id = Annotated[str, BeforeValidator(_as_id), Field(min_length=1, max_length=400)]


class Line(BaseModel):
    """One post as it is written; keys it does not know are left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    id: Id
    author: Annotated[str, BeforeValidator(_as_id), Field(min_length=1, max_length=400)]
    text: str
    posted_at: Annotated[datetime, BeforeValidator(_as_instant)]
    own: bool = False
    automated: bool = False
    in_reply_to: Id | None = None
    quotes: Id | None = None
    conversation: Id | None = None
    url: Annotated[str | None, BeforeValidator(_as_link)] = None
    """Nothing that runs is ever shown to be pressed."""
    followers: int | None = Field(default=None, ge=0, lt=2**53)
    lang: str | None = None
    rating: float | None = Field(default=None, allow_inf_nan=False)
    reach: int | None = Field(default=None, ge=0, lt=2**53)


def line_of(fields: object) -> Line:
    """Read one post's fields; raises ValueError, whose sentence names the field and holds no words of it."""
    if not isinstance(fields, dict):
        raise ValueError(NO_OBJECT)  # noqa: TRY004 - one sentence for all that is no object
    try:
        return Line.model_validate(fields)
    except ValidationError as mistake:
        first = mistake.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{key}: {first['msg'].removeprefix('Value error, ')}") from None


def object_of(raw: bytes | str) -> dict[str, Any]:
    """Read one JSON object; raises ValueError."""
    try:
        read = json.loads(raw)
    except (ValueError, RecursionError) as mistake:
        raise ValueError(NO_OBJECT) from mistake
    if not isinstance(read, dict):
        raise ValueError(NO_OBJECT)  # noqa: TRY004 - one sentence for all that is no object
    return read


def post_of(line: Line, *, network: str, is_automated: Callable[[str], bool]) -> Mention | Reply:
    """Give the post of a line: the company's own is a reply, anybody else's a mention."""
    place: dict[str, Any] = {
        "network": network,
        "id": line.id,
        "text": line.text,
        "posted_at": line.posted_at,
        "url": line.url,
        "conversation": line.conversation,
        "in_reply_to": line.in_reply_to,
        "quotes": line.quotes,
    }
    handle = line.author.removeprefix("@") or line.author
    if line.own:
        return Reply(account=handle, automated=line.automated or is_automated(line.text), **place)
    author = Author(handle=handle, followers=line.followers)
    return Mention(author=author, language=line.lang, rating=line.rating, reach=line.reach, **place)
