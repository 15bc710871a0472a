"""The rows of the response-time log, read in one go however many they are.

1. One statement gives plain columns, no rows of the tables: what a case adds up to stands on it already, and the
   filters, the order and the limit are the database's work.
2. The rows come as they are asked for, so a log of any length takes the memory of one page of it.
3. What is left for each row is done once for each different value (a list of topics), or from bits (breaches).
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    DateTime,
    Select,
    String,
    Text,
    and_,
    cast,
    exists,
    func,
    null,
    or_,
    select,
    tuple_,
    type_coerce,
)
from sqlalchemy import case as when
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased
from sqlmodel import col

from casebook.log import COLUMNS, SORTABLE, Wanted
from casebook.store.crises import CRISIS
from casebook.store.session import Connected
from casebook.tables import CLOCK_BITS, AuthorRow, CasePostRow, CaseRow, PostRow, VerdictRow

Values = tuple[Any, ...]
"""A row of the log in the order of `COLUMNS`."""

AT_ONCE = 1000
"""Rows fetched together."""
_MOST_REMEMBERED = 10_000
_INSTANT_LENGTH = len("2026-11-02 09:00:00.000000")
BREACHES = [[name for name, bit in CLOCK_BITS.items() if bits & bit] for bits in range(8)]
_RANKS = ("critical", "high", "normal", "low")
_DUE = {
    "acknowledge": col(CaseRow.acknowledge_by),
    "respond": col(CaseRow.respond_by),
    "resolve": col(CaseRow.resolve_by),
}
ReadAt = Callable[[Any], Any]
"""Gives an instant, or the text that is written of it."""
IS_CRISIS = col(CaseRow.network) == CRISIS
_LANGUAGE = func.coalesce(
    col(VerdictRow.language), col(PostRow.language), col(PostRow.language_hint), type_=String()
)
SENTIMENT = when(
    (col(VerdictRow.post).is_(None), null()),
    (col(VerdictRow.abstained).is_(True), null()),
    # the earlier of the order negative, neutral, positive on a tie, as Verdict.sentiment
    (
        and_(
            col(VerdictRow.negative) >= col(VerdictRow.neutral),
            col(VerdictRow.negative) >= col(VerdictRow.positive),
        ),
        "negative",
    ),
    (col(VerdictRow.neutral) >= col(VerdictRow.positive), "neutral"),
    else_="positive",
)
_SORTED_BY: dict[str, Any] = {
    "case": col(CaseRow.number),
    "author": func.nullif(col(AuthorRow.handle), ""),  # a crisis is nobody's, and comes last
    "language": _LANGUAGE,
    "sentiment": SENTIMENT,
    "attention": col(VerdictRow.attention),
    "seen_at": col(PostRow.seen_at),
    "severity": when({name: rank for rank, name in enumerate(_RANKS)}, value=col(CaseRow.severity)),
} | {
    name: col(getattr(CaseRow, name))
    for name in SORTABLE
    if name not in {"case", "author", "language", "sentiment", "attention", "seen_at", "severity"}
}
"""What each name of `SORTABLE` sorts by; the gravest severity comes first."""


class LogRows(Connected):
    """The part of the store that gives the log."""

    def log(
        self,
        wanted: Wanted | None = None,
        *,
        now: datetime,
        since: datetime | None = None,
        until: datetime | None = None,
        team: str | None = None,
        playbook: str | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Give the log's rows, oldest post first; `since` and `until` are of posted_at, half-open.

        A row holds exactly `COLUMNS`: instants aware in UTC, durations whole seconds, lists as lists. `wanted` says
        the same and more; what is given besides it goes before it.
        """
        asked = wanted or Wanted()
        asked = replace(
            asked,
            since=since or asked.since,
            until=until or asked.until,
            teams=asked.teams if team is None else (team,),
            playbooks=asked.playbooks if playbook is None else (playbook,),
        )
        for values in self.log_values(asked, now=now):
            row = dict(zip(COLUMNS, values, strict=True))
            row["topics"], row["breaches"] = [*row["topics"]], [*row["breaches"]]
            yield row

    def log_values(self, wanted: Wanted, *, now: datetime, as_text: bool = False) -> Iterator[Values]:
        """Give the same rows as tuples in the order of `COLUMNS`; their lists are not to be changed.

        `as_text` gives instants as they are written, ISO 8601 in UTC with a Z: a file of all the log needs half
        the time where none of its nine million instants is read and written again.
        """
        is_sqlite = self.engine.dialect.name == "sqlite"
        rows = _rows(is_sqlite=is_sqlite, as_text=as_text)
        statement = _ordered(chosen(rows, wanted, now, is_sqlite=is_sqlite), wanted)
        read_at: ReadAt = _text_of if as_text else read_instant(is_sqlite=is_sqlite)
        with self.reading() as session:
            found = session.execute(statement, execution_options={"yield_per": AT_ONCE})
            yield from _built(found, read_at, now=now)

    def is_on_record(self, option: str, name: str) -> bool:
        """Say whether any case has this `team`, `playbook`, `source`, `topic` or `person`.

        It takes a look at every case where there is none: ask it of names that nothing else knows.
        """
        is_sqlite = self.engine.dialect.name == "sqlite"
        whose: ColumnElement[bool]
        if option == "topic":
            whose = _has_topic(name, is_sqlite=is_sqlite)
        elif option == "person":
            whose = col(CaseRow.acknowledged_by).in_((name, f"slack:{name}"))
        else:
            whose = col(getattr(CaseRow, option)) == name
        of_case = select(col(CaseRow.number)).outerjoin(
            VerdictRow, col(VerdictRow.post) == col(CaseRow.opening_post)
        )
        with self.reading() as session:
            return session.execute(of_case.where(whose).limit(1)).first() is not None


def _rows(*, is_sqlite: bool, as_text: bool = False) -> Select[Any]:
    """Select the columns in the order in which `_built` takes them."""

    def at(column: Any) -> ColumnElement[Any]:
        if as_text and not is_sqlite:
            # as SQLite keeps it
            return func.to_char(func.timezone("UTC", column), "YYYY-MM-DD HH24:MI:SS.US")
        return as_kept(column, is_sqlite=is_sqlite)

    topics = col(VerdictRow.topics_held)
    return (
        _select(
            col(CaseRow.number),
            col(CaseRow.crisis),
            col(CaseRow.status),
            col(CaseRow.severity),
            col(CaseRow.team),
            col(CaseRow.playbook),
            col(CaseRow.source),
            col(PostRow.url),
            col(AuthorRow.handle),
            _LANGUAGE,
            SENTIMENT,
            col(VerdictRow.attention),
            type_coerce(topics, String()) if is_sqlite else cast(topics, Text),
            at(CaseRow.posted_at),
            at(PostRow.seen_at),
            at(CaseRow.opened_at),
            at(CaseRow.alerted_at),
            at(CaseRow.acknowledged_at),
            col(CaseRow.acknowledged_by),
            at(CaseRow.responded_at),
            col(CaseRow.responded_by),
            col(CaseRow.response_found),
            at(CaseRow.closed_at),
            col(CaseRow.detection_lag_s),
            col(CaseRow.triage_lag_s),
            col(CaseRow.alert_lag_s),
            col(CaseRow.tta_s),
            col(CaseRow.frt_s),
            col(CaseRow.frt_business_s),
            col(CaseRow.team_frt_s),
            col(CaseRow.ttr_s),
            col(CaseRow.ttr_business_s),
            at(CaseRow.acknowledge_by),
            at(CaseRow.respond_by),
            col(CaseRow.escalations),
            col(CaseRow.reopened),
            col(CaseRow.mentions),
            col(CaseRow.sentiment_after),
            IS_CRISIS,
            col(CaseRow.broken),
            col(CaseRow.running),
            at(CaseRow.resolve_by),
        )
        .join(PostRow, col(PostRow.id) == col(CaseRow.first_post))
        .join(AuthorRow, col(AuthorRow.id) == col(CaseRow.author_id))
        .outerjoin(VerdictRow, col(VerdictRow.post) == col(CaseRow.opening_post))
        .where(col(CaseRow.merged_into).is_(None))
    )


def _select(*columns: Any) -> Select[Any]:
    # the types of forty columns say nothing to anybody
    return select(*columns)


def chosen(statement: Select[Any], wanted: Wanted, now: datetime, *, is_sqlite: bool) -> Select[Any]:
    """Leave only the rows that are wanted."""
    if wanted.since is not None:
        statement = statement.where(col(CaseRow.posted_at) >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(col(CaseRow.posted_at) < wanted.until)
    if wanted.people:
        names = [*wanted.people, *(f"slack:{name}" for name in wanted.people)]
        statement = statement.where(col(CaseRow.acknowledged_by).in_(names))
    for column, words in (
        (col(CaseRow.team), wanted.teams),
        (col(CaseRow.playbook), wanted.playbooks),
        (col(CaseRow.severity), wanted.severities),
        (col(CaseRow.status), wanted.statuses),
    ):
        if words:
            statement = statement.where(column == words[0] if len(words) == 1 else column.in_(words))
    if wanted.breached:
        statement = statement.where(or_(*(_is_breached(name, now) for name in wanted.breached)))
    of_posts = _of_posts(wanted, is_sqlite=is_sqlite)
    return statement.where(~IS_CRISIS, *of_posts) if of_posts else statement


def _is_breached(name: str, now: datetime) -> ColumnElement[bool]:
    bit = CLOCK_BITS[name]
    is_late = and_(col(CaseRow.running).bitwise_and(bit) != 0, _DUE[name] < now)
    return or_(col(CaseRow.broken).bitwise_and(bit) != 0, is_late)


def _of_posts(wanted: Wanted, *, is_sqlite: bool) -> list[ColumnElement[bool]]:
    """Give what is asked of a customer's post, and so of no crisis: it has many sources and languages."""
    asked: list[ColumnElement[bool]] = []
    if wanted.sources:
        asked.append(col(CaseRow.source).in_(wanted.sources))
    if wanted.languages:
        asked.append(_LANGUAGE.in_(wanted.languages))
    if wanted.topics:
        asked.append(or_(*(_has_topic(topic, is_sqlite=is_sqlite) for topic in wanted.topics)))
    if wanted.text:
        asked.append(says(wanted.text, is_sqlite=is_sqlite))
    return asked


def _has_topic(topic: str, *, is_sqlite: bool) -> ColumnElement[bool]:
    held = col(VerdictRow.topics_held)
    if not is_sqlite:
        return cast(held, JSONB).contains(cast([topic], JSONB))
    names = func.json_each(type_coerce(held, JSON)).table_valued("value")
    return exists(select(1).select_from(names).where(names.c.value == topic))


def says(words: str, *, is_sqlite: bool) -> ColumnElement[bool]:
    """Say whether any post of the case's customer holds the words, whatever the case of their letters.

    The databases fold ÅÄÖ only where they were built or set up for it, so each letter is looked for in all its forms.
    """
    post = aliased(PostRow)
    if is_sqlite:
        holds = col(post.text).op("GLOB")("*" + "".join(map(_any_case_of_glob, words)) + "*")
    else:
        holds = col(post.text).op("~")("".join(map(_any_case_of_regex, words)))
    of_case = and_(col(CasePostRow.case) == col(CaseRow.number), col(CasePostRow.post) == col(post.id))
    return exists(select(1).select_from(CasePostRow).join(post, of_case)).where(holds).correlate(CaseRow)


def _forms(letter: str) -> str:
    forms = dict.fromkeys((letter, letter.lower(), letter.upper()))
    return "".join(form for form in forms if len(form) == 1)  # ß has no capital of one letter


def _any_case_of_glob(letter: str) -> str:
    forms = _forms(letter)
    return f"[{forms}]" if len(forms) > 1 or letter in "*?[" else letter


def _any_case_of_regex(letter: str) -> str:
    forms = _forms(letter)
    if len(forms) > 1:
        return f"[{forms}]"
    return letter if letter.isalnum() or not letter.isascii() or letter in " \n" else f"\\{letter}"


def _ordered(statement: Select[Any], wanted: Wanted) -> Select[Any]:
    number, posted_at = col(CaseRow.number), col(CaseRow.posted_at)
    if wanted.beyond is not None:
        place = select(posted_at).where(number == wanted.beyond).scalar_subquery()
        here, there = tuple_(posted_at, number), tuple_(place, wanted.beyond)
        statement = statement.where(here < there if wanted.descending else here > there)
    order: tuple[Any, Any]
    if wanted.sort == "posted_at":
        # both ways along the index, so that nothing has to be sorted
        order = (posted_at.desc(), number.desc()) if wanted.descending else (posted_at, number)
    else:
        by = _SORTED_BY[wanted.sort]
        order = ((by.desc() if wanted.descending else by.asc()).nulls_last(), number)
    statement = statement.order_by(*order)
    return statement if wanted.limit is None else statement.limit(wanted.limit)


def _built(found: Iterable[Any], read_at: ReadAt, *, now: datetime) -> Iterator[Values]:
    lists: dict[str, list[str]] = {}
    for (
        number, crisis, status, severity, team, playbook, source, url, author, language, sentiment, attention, topics,
        posted_at, seen_at, opened_at, alerted_at, acknowledged_at, acknowledged_by, responded_at, responded_by,
        response_found, closed_at, detection_lag, triage_lag, alert_lag, tta, frt, frt_business, team_frt, ttr,
        ttr_business, acknowledge_by, respond_by, escalations, reopened, mentions, sentiment_after,
        is_crisis, broken, running, resolve_by,
    ) in found:  # fmt: skip
        acknowledge_by, respond_by = read_at(acknowledge_by), read_at(respond_by)  # noqa: PLW2901 - the row's own
        if running:
            broken |= late(running, (acknowledge_by, respond_by, read_at(resolve_by)), now)  # noqa: PLW2901 - the same
        if is_crisis:  # it has many sources, authors and feelings
            source = url = author = language = sentiment = attention = topics = None  # noqa: PLW2901 - the same
        held = lists.get(topics)
        if held is None:
            if len(lists) > _MOST_REMEMBERED:
                lists.clear()
            held = lists[topics] = json.loads(topics) if topics else []
        yield (
            number, crisis, status, severity, team, playbook, source, url, author, language, sentiment, attention, held,
            read_at(posted_at), read_at(seen_at), read_at(opened_at), read_at(alerted_at), read_at(acknowledged_at),
            who(acknowledged_by), read_at(responded_at), who(responded_by), response_found, read_at(closed_at),
            detection_lag, triage_lag, alert_lag, tta, frt, frt_business, team_frt, ttr, ttr_business,
            acknowledge_by, respond_by, BREACHES[broken], escalations, reopened, mentions, sentiment_after,
        )  # fmt: skip


Due = datetime | str | None


def late(running: int, due: tuple[Due, Due, Due], now: datetime) -> int:
    """Give the running clocks whose deadline has passed, as bits; `due` is in the order of `CLOCK_BITS`."""
    return sum(
        bit
        for bit, due_by in zip(CLOCK_BITS.values(), due, strict=True)
        if running & bit and due_by and _instant_of(due_by) < now
    )


def _instant_of(at: datetime | str) -> datetime:
    return datetime.fromisoformat(at) if isinstance(at, str) else at


def who(actor: str | None) -> str | None:
    """Name who acted: a person's key, an account, or the bare Slack id of somebody whom nobody configured."""
    return actor.removeprefix("slack:") if actor else actor


def as_kept(column: Any, *, is_sqlite: bool) -> ColumnElement[Any]:
    """Ask for an instant as the driver has it, to be read by `read_instant`."""
    # SQLite keeps text; PostgreSQL's driver gives instants already
    return type_coerce(column, String() if is_sqlite else DateTime(timezone=True))


def read_instant(*, is_sqlite: bool) -> ReadAt:
    """Give what reads an instant that was asked for `as_kept`."""
    return _read_at if is_sqlite else _as_it_is


def _text_of(kept: str | None) -> str | None:
    """Write an instant as it is told, from how SQLite keeps it: whole seconds have no fraction."""
    if kept is None:
        return None
    if len(kept) != _INSTANT_LENGTH:  # written by another hand
        at = _read_at(kept)
        return at.astimezone(UTC).isoformat()[:-6] + "Z" if at else None
    return f"{kept[:10]}T{kept[11:19]}Z" if kept.endswith(".000000") else f"{kept[:10]}T{kept[11:]}Z"


def _as_it_is(at: datetime | None) -> datetime | None:
    return at


def _read_at(written: str | None) -> datetime | None:
    """Read an instant as SQLite keeps it: UTC, without saying so."""
    if written is None:
        return None
    at = datetime.fromisoformat(written + "+00:00" if len(written) == _INSTANT_LENGTH else written)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
