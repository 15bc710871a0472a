"""Messages that belong to no case: owed once, quoting posts that are read when they are sent."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from casebook.record import Enclosure, Notice, Quoted
from casebook.store.cases import Cases, missing_words
from casebook.store.quoting import quoted_posts
from casebook.tables import AuthorRow, DeliveryRow, EnclosureRow, PostRow, ShownRow


class Notices(Cases):
    """The part of the store that owes messages of no case."""

    def owe_notice(self, notice: Notice, *, now: datetime) -> bool:
        """Owe a message of no case; False when one of its key was owed before, by any machine.

        It is claimed, sent, kept and given to the next channel like all others.
        """
        with self.writing() as session:
            return self._owe_notice(session, notice, now=now)

    def _owe_notice(self, session: Session, notice: Notice, *, now: datetime) -> bool:
        owed = self.insert_new(
            session,
            DeliveryRow,
            key=f"notice:{notice.key}",
            case=None,
            kind="notice",
            addressee=notice.addressee,
            content={"kind": notice.kind, "facts": dict(notice.facts), "at": now.isoformat()},
            channel=0,
            state="due",
            shown_revision=-1,
            reminds=False,
            owed_at=now,
            due_at=now,
            attempts=0,
            fence=0,
        )
        if owed is not None:
            session.add_all(EnclosureRow(delivery=owed, **asdict(one)) for one in notice.enclosed)
        return owed is not None

    def enclosed(self, delivery: int) -> tuple[Enclosure, ...]:
        """Give what goes along with a message that was not sent yet."""
        kept = (
            select(EnclosureRow)
            .where(col(EnclosureRow.delivery) == delivery)
            .order_by(col(EnclosureRow.kind))
        )
        with self.reading() as session:
            return tuple(_enclosure(row) for row in session.execute(kept).scalars())

    def quoted(self, content: Mapping[str, Any]) -> tuple[Quoted, ...]:
        """Give the posts that a notice quotes, by its delivery's content, as they stand now."""
        posts = sorted(quoted_posts(content))
        shown = select(col(ShownRow.post), func.min(col(ShownRow.source)).label("source")).group_by(
            col(ShownRow.post)
        )
        first = shown.subquery()
        found = (
            select(PostRow, AuthorRow, first.c.source)
            .join(AuthorRow, col(AuthorRow.id) == col(PostRow.author_id))
            .outerjoin(first, first.c.post == col(PostRow.id))
            .where(col(PostRow.id).in_(posts))
            .order_by(col(PostRow.id))
        )
        with self.reading() as session:
            return tuple(_quoted(row, author, source) for row, author, source in session.execute(found))

    def _were_erased_since(self, session: Session, posts: Collection[int], at: datetime) -> bool:
        erased = or_(col(PostRow.gone_at) > at, col(PostRow.expired_at) > at)
        found = select(col(PostRow.id)).where(col(PostRow.id).in_(posts), erased).limit(1)
        return bool(posts) and session.execute(found).scalar() is not None


def _enclosure(row: EnclosureRow) -> Enclosure:
    kind: Any = row.kind
    return Enclosure(kind, row.name, row.title, row.says, row.content)


def _quoted(row: PostRow, author: AuthorRow, source: str | None) -> Quoted:
    return Quoted(
        post=int(row.id or 0),
        text=row.text,
        author=author.handle,
        url=row.url,
        source=source or row.network,
        posted_at=row.posted_at,
        missing=missing_words(row),
    )
