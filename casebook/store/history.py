"""What the record knows of an author: one query over the index of their cases."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from casebook.case import Status
from casebook.history import MOST_CASES, AuthorHistory, PastCase, history_of
from casebook.tables import CaseRow


def author_history(session: Session, author: int, *, at: datetime, but: int | None = None) -> AuthorHistory:
    """Give an author's history as it stands for a post of `at`, the case `but` left out."""
    earlier = (
        select(
            col(CaseRow.number),
            col(CaseRow.posted_at),
            col(CaseRow.responded_at),
            col(CaseRow.sentiment_after),
            col(CaseRow.playbook),
            col(CaseRow.status),
        )
        .where(
            col(CaseRow.author_id) == author,
            col(CaseRow.merged_into).is_(None),
            col(CaseRow.posted_at) <= at,
        )
        .order_by(col(CaseRow.posted_at).desc(), col(CaseRow.number).desc())
        .limit(MOST_CASES + 1)
    )
    past = [
        PastCase(number or 0, posted_at, responded_at, after, playbook, status == Status.DISMISSED.value)
        for number, posted_at, responded_at, after, playbook, status in session.execute(earlier)
    ]
    return history_of([case for case in past if case.number != but], at=at)
