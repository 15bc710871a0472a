"""All that is on record of one case, read in one look."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from casebook.case import Case
from casebook.dossier import Child, Dossier, MessageTold, PostTold
from casebook.store.cases import missing_words
from casebook.store.crises import CRISIS, Crises
from casebook.store.log import verdict_of
from casebook.store.reasons import reason_of
from casebook.tables import (
    AuthorRow,
    CaseRow,
    CrisisChildRow,
    DeliveryRow,
    PostRow,
    VerdictRow,
)

MOST_POSTS: Final = 200
LARGEST_NUMBER: Final = 2**31 - 1
"""What a column of numbers holds: whoever asks for a larger case asks for none."""
_FIRST_POSTS: Final = 5
_MOST_READ: Final = 3


class Dossiers(Crises):
    """The part of the store that tells a case as a whole."""

    def dossier(self, number: int) -> Dossier | None:
        """Give all that is on record of a case; None when there is no such case."""
        if not 0 < number <= LARGEST_NUMBER:
            return None
        with self.reading() as session:
            row = session.get(CaseRow, number)
            if row is None:
                return None
            view = self._view(session, row)
            is_crisis = row.network == CRISIS
            posts = self._crowd_posts(session, number) if is_crisis else _posts_of(view.case)
            return Dossier(
                view=view,
                posts=_told(session, posts),
                events=tuple(self._events(session, number)),
                messages=_messages(session, number),
                linked_to=row.linked_to,
                children=_children(session, number) if is_crisis else (),
            )

    def _crowd_posts(self, session: Session, number: int) -> list[int]:
        """Give the first posts of a crisis, and those that most people follow."""
        of_crisis = (
            select(col(PostRow.id))
            .join(CrisisChildRow, col(CrisisChildRow.post) == col(PostRow.id))
            .where(col(CrisisChildRow.crisis) == number)
        )
        oldest = of_crisis.order_by(col(CrisisChildRow.posted_at), col(PostRow.id)).limit(_FIRST_POSTS)
        followed = of_crisis.where(col(PostRow.followers) > 0)
        most = followed.order_by(col(PostRow.followers).desc(), col(PostRow.id)).limit(_MOST_READ)
        found = [*session.execute(oldest).scalars(), *session.execute(most).scalars()]
        return [int(post or 0) for post in dict.fromkeys(found)]


def _posts_of(case: Case) -> list[int]:
    newest = sorted({post.post for post in case.posts} | {answer.post for answer in case.answers})
    # the first ones tell what it is about, whatever somebody wrote a thousand times afterwards
    return newest[:MOST_POSTS]


def _told(session: Session, posts: Sequence[int]) -> tuple[PostTold, ...]:
    wanted = (
        select(PostRow, AuthorRow, VerdictRow)
        .join(AuthorRow, col(AuthorRow.id) == col(PostRow.author_id))
        .outerjoin(VerdictRow, col(VerdictRow.post) == col(PostRow.id))
        .where(col(PostRow.id).in_(posts))
        .order_by(col(PostRow.posted_at), col(PostRow.id))
    )
    return tuple(
        PostTold(
            post=int(post.id or 0),
            own=post.own,
            author=author.handle,
            text=post.text,
            missing=missing_words(post),
            url=post.url,
            network=post.network,
            post_id=post.post_id,
            posted_at=post.posted_at,
            seen_at=post.seen_at,
            edited_at=post.edited_at,
            followers=post.followers,
            verdict=verdict_of(verdict) if verdict else None,
            reason=reason_of(verdict),
        )
        for post, author, verdict in session.execute(wanted)
    )


def _messages(session: Session, number: int) -> tuple[MessageTold, ...]:
    owed = select(DeliveryRow).where(col(DeliveryRow.case) == number)
    rows = session.execute(owed.order_by(col(DeliveryRow.owed_at), col(DeliveryRow.id))).scalars()
    return tuple(
        MessageTold(
            kind=row.kind,
            addressee=row.addressee,
            why=str(row.content.get("why", "")),
            state=row.state,
            owed_at=row.owed_at,
            accepted_at=row.accepted_at,
            attempts=row.attempts,
            channel=row.channel,
            error=row.error,
        )
        for row in rows
    )


def _children(session: Session, number: int) -> tuple[Child, ...]:
    wanted = (
        select(
            col(CaseRow.number),
            col(CaseRow.status),
            col(CaseRow.severity),
            col(AuthorRow.handle),
            col(PostRow.url),
            col(CaseRow.posted_at),
            col(CaseRow.owner),
            col(CaseRow.respond_by),
            col(CaseRow.responded_at),
            col(CaseRow.responded_by),
            col(CaseRow.gone_at),
        )
        .join(PostRow, col(PostRow.id) == col(CaseRow.first_post))
        .join(AuthorRow, col(AuthorRow.id) == col(CaseRow.author_id))
        .where(col(CaseRow.crisis) == number, col(CaseRow.merged_into).is_(None))
        # who has no answer first: that is what there is to do
        .order_by(col(CaseRow.responded_at).is_not(None), col(CaseRow.posted_at), col(CaseRow.number))
    )
    return tuple(Child(*row) for row in session.execute(wanted))
