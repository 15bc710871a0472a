"""What the record knows around a mention: whom it turns to, and whether anybody could look when it was posted."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlmodel import Session, col

from casebook.mention import Blindness
from casebook.tables import AliasRow, AuthorRow, CoverageRow, PostRow

GRACE = timedelta(seconds=30)
"""A look may be so late and vouch all the same."""
_BLIND = frozenset(reason.value for reason in Blindness)


def turned_to(session: Session, row: PostRow) -> tuple[str, ...]:
    """Give the handles of those whose posts a post answers or quotes, as far as we hold these."""
    targets = [target for target in (row.in_reply_to, row.quotes) if target]
    if not targets:
        return ()
    handles = (
        select(col(AuthorRow.handle))
        .join(PostRow, col(PostRow.author_id) == col(AuthorRow.id))
        .join(AliasRow, col(AliasRow.post) == col(PostRow.id))
        .where(col(AliasRow.network) == row.network, col(AliasRow.alias).in_(targets))
        .order_by(col(PostRow.id))
    )
    return tuple(dict.fromkeys(session.execute(handles).scalars()))


def was_blind(session: Session, sources: Sequence[str], *, posted_at: datetime, seen_at: datetime) -> bool:
    """Say whether each of these sources could not look at some time between the two.

    One that watched all the while would have shown the post; so it is enough that there is such a one. What
    the ledger does not reach back to (before a source's first start) was nobody's to watch.
    """
    if not sources or seen_at <= posted_at:
        return False
    wanted = select(CoverageRow).where(
        col(CoverageRow.source).in_(sources),
        col(CoverageRow.begins_at) < seen_at,
        or_(col(CoverageRow.ends_at) > posted_at, col(CoverageRow.is_last)),
    )
    blind = {
        row.source
        for row in session.execute(wanted).scalars()
        if _is_blind(row, posted_at=posted_at, seen_at=seen_at)
    }
    return blind >= set(sources)


def _is_blind(row: CoverageRow, *, posted_at: datetime, seen_at: datetime) -> bool:
    if row.sight in _BLIND and row.ends_at > posted_at:
        return True
    if not row.is_last or row.ends_at >= seen_at:
        return False
    # the look that brought the post is not in the ledger yet: the time before it stands as the last one left it
    overdue_at = row.ends_at + timedelta(seconds=row.due_within_s) + GRACE
    return row.outcome in _BLIND or overdue_at < seen_at
