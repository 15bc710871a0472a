"""The cases of a period as a report reads them: the columns that its figures are made of, and no others.

A quarter has tens of thousands of cases and is compared with the one before it. So what a report does not tell is left
where it is, and rows are plain ones of the driver: objects of the mapper cost as long as all the rest.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlmodel import col

from casebook.log import Wanted
from casebook.store.as_of import AsOf
from casebook.store.crises import CRISIS
from casebook.store.log_rows import (
    BREACHES,
    SENTIMENT,
    ReadAt,
    Values,
    as_kept,
    chosen,
    late,
    read_instant,
)
from casebook.tables import CaseRow, PostRow, VerdictRow


class CasesTold(AsOf):
    """The part of the store that gives a report its cases."""

    def case_values(self, wanted: Wanted, *, now: datetime) -> Iterator[Values]:
        """Give the cases whose customer posted in a period as tuples in the order of `TOLD`, oldest post first."""
        is_sqlite = self.engine.dialect.name == "sqlite"
        statement = chosen(_rows(is_sqlite=is_sqlite), wanted, now, is_sqlite=is_sqlite)
        ordered = statement.order_by(col(CaseRow.posted_at), col(CaseRow.number))
        with self.reading() as session:
            found = session.connection().execute(ordered).all()
        yield from _built(found, read_instant(is_sqlite=is_sqlite), now=now)


def _rows(*, is_sqlite: bool) -> Select[Any]:
    """Select the columns in the order in which `_built` takes them."""

    def at(column: Any) -> ColumnElement[Any]:
        return as_kept(column, is_sqlite=is_sqlite)

    columns: tuple[Any, ...] = (
        col(CaseRow.number),
        col(CaseRow.crisis),
        col(CaseRow.status),
        col(CaseRow.severity),
        col(CaseRow.team),
        col(CaseRow.playbook),
        col(CaseRow.source),
        col(PostRow.url),
        SENTIMENT,
        col(CaseRow.sentiment_after),
        at(CaseRow.posted_at),
        at(PostRow.seen_at),
        at(CaseRow.opened_at),
        at(CaseRow.alerted_at),
        at(CaseRow.acknowledged_at),
        at(CaseRow.responded_at),
        col(CaseRow.response_found),
        at(CaseRow.closed_at),
        at(CaseRow.acknowledge_by),
        at(CaseRow.respond_by),
        col(CaseRow.tta_s),
        col(CaseRow.frt_s),
        col(CaseRow.frt_business_s),
        col(CaseRow.broken),
        col(CaseRow.escalations),
        col(CaseRow.reopened),
        col(CaseRow.mentions),
        col(CaseRow.ending),
        col(CaseRow.posts_written),
        col(CaseRow.feeling_left),
        at(CaseRow.gone_at),
        col(CaseRow.network),
        col(CaseRow.running),
        at(CaseRow.resolve_by),
    )
    return (
        select(*columns)
        .join(PostRow, col(PostRow.id) == col(CaseRow.first_post))
        .outerjoin(VerdictRow, col(VerdictRow.post) == col(CaseRow.opening_post))
        .where(col(CaseRow.merged_into).is_(None))
    )


def _built(found: Iterable[Any], read_at: ReadAt, *, now: datetime) -> Iterator[Values]:
    for (
        number, crisis, status, severity, team, playbook, source, url, sentiment, sentiment_after,
        posted_at, seen_at, opened_at, alerted_at, acknowledged_at, responded_at, response_found, closed_at,
        acknowledge_by, respond_by, tta, frt, frt_business, broken, escalations, reopened, mentions,
        ending, written, feeling, gone_at, network, running, resolve_by,
    ) in found:  # fmt: skip
        acknowledge_by, respond_by = read_at(acknowledge_by), read_at(respond_by)  # noqa: PLW2901 - the row's own
        if running:
            broken |= late(running, (acknowledge_by, respond_by, read_at(resolve_by)), now)  # noqa: PLW2901 - the same
        if network == CRISIS:  # it has many sources and feelings
            source = url = sentiment = None  # noqa: PLW2901 - the same
        yield (
            number, crisis, status, severity, team, playbook, source, url, sentiment, sentiment_after,
            read_at(posted_at), read_at(seen_at), read_at(opened_at), read_at(alerted_at), read_at(acknowledged_at),
            read_at(responded_at), response_found, read_at(closed_at), acknowledge_by, respond_by, tta, frt,
            frt_business, BREACHES[broken], escalations, reopened, mentions, ending, written, feeling,
            read_at(gone_at),
        )  # fmt: skip
