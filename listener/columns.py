"""Where another tool's columns, or keys, say what ours do: names, times and yes-or-no in its own way. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from listener.lines import Line
from listener.source import OneOrMore

TRUE = frozenset({"true", "yes", "y", "1", "t"})
FALSE = frozenset({"false", "no", "n", "0", "f"})
UNIX = "unix"
"""As a `time_format`: seconds since 1970."""
NEEDED = ("id", "author", "text", "posted_at")


def _as_text(written: object) -> object:
    return str(written) if isinstance(written, bool | int) else written


def _as_claim(written: object) -> object:
    return {"column": written} if isinstance(written, str | int) else written


Name = Annotated[str, BeforeValidator(_as_text), Field(min_length=1)]


class Claim(BaseModel):
    """A column that says yes or no; with `when`, which of its values mean yes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: Name
    when: OneOrMore[Annotated[str, BeforeValidator(_as_text)]] = ()


Yes = Annotated[Claim, BeforeValidator(_as_claim)]


class Columns(BaseModel):
    """Our key → the file's name of it; what is not named goes by our own name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Name = "id"
    author: Name = "author"
    text: Name = "text"
    posted_at: Name = "posted_at"
    own: Yes = Claim(column="own")
    automated: Yes = Claim(column="automated")
    in_reply_to: Name = "in_reply_to"
    quotes: Name = "quotes"
    conversation: Name = "conversation"
    url: Name = "url"
    followers: Name = "followers"
    lang: Name = "lang"
    rating: Name = "rating"
    reach: Name = "reach"

    def missing_in(self, header: frozenset[str]) -> list[str]:
        """Name our keys whose columns a table needs and does not have: the four, and all that were named."""
        wanted = {key for key in Line.model_fields if key in NEEDED or key in self.model_fields_set}
        return sorted(key for key in wanted if self.column_of(key) not in header)

    def column_of(self, key: str) -> str:
        """Give the file's name of one of our keys."""
        named: str | Claim = getattr(self, key)
        return named.column if isinstance(named, Claim) else named


class Times(BaseModel):
    """How a file writes its times."""

    model_config = ConfigDict(frozen=True)

    form: str | None = None
    """Of strptime, or `unix`; None for ISO 8601."""
    zone: ZoneInfo | None = None
    """Of times that name none."""


def fields_of(row: Mapping[str, Any], columns: Columns, times: Times) -> dict[str, Any]:
    """Give the fields of a `Line` that a row, or an object, holds.

    Empty values are none, but for an empty text. Raises ValueError, whose sentence names our key and holds
    none of the row's words.
    """
    fields: dict[str, Any] = {}
    for key in Line.model_fields:
        value = _value(row, columns.column_of(key))
        if value is None or (value == "" and key != "text"):
            continue
        fields[key] = _read(key, value, columns, times)
    return fields


def _value(row: Mapping[str, Any], column: str) -> Any:
    """Give what stands in a column; in an object, `user.name` is the name in its user."""
    if column in row:
        return row[column]
    inner: Any = row
    for part in column.split("."):
        inner = inner.get(part) if isinstance(inner, Mapping) else None
    return inner


def _read(key: str, value: Any, columns: Columns, times: Times) -> Any:
    named = getattr(columns, key)
    if isinstance(named, Claim):
        return _claim(key, value, named)
    if key == "posted_at":
        return _instant(value, times)
    if key in {"followers", "rating", "reach"} and isinstance(value, str):
        return _number(key, value)
    return value


def _claim(key: str, value: Any, claim: Claim) -> Any:
    said = str(value).strip().casefold()
    if claim.when:
        return said in {one.strip().casefold() for one in claim.when}
    if said in TRUE | FALSE:
        return said in TRUE
    raise ValueError(f"{key}: neither true nor false; say which value means yes (columns: {key}: when)")


def _number(key: str, written: str) -> int | float:
    try:
        return float(written.strip().replace(",", ".")) if key == "rating" else int(written)
    except ValueError:
        raise ValueError(f"{key}: not a number") from None


def _instant(written: Any, times: Times) -> str:
    """Give a time as ISO 8601 with its zone; what is not understood is left to be objected to."""
    try:
        at = _parsed(str(written).strip(), times.form)
    except (ValueError, OverflowError, OSError):
        if times.form is None:
            return str(written)
        raise ValueError("posted_at: not a time of the form that time_format gives") from None
    if at.tzinfo is None and times.zone is not None:
        at = at.replace(tzinfo=times.zone)
    return at.isoformat()


def _parsed(written: str, form: str | None) -> datetime:
    if form is None:
        return datetime.fromisoformat(written)
    if form == UNIX:
        return datetime.fromtimestamp(float(written), UTC)
    return datetime.strptime(written, form)  # noqa: DTZ007 - a form without a zone takes the configured one
