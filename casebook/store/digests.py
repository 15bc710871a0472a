"""What a digest asks of the record: the night's cases, what people wish for, what was found late."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import String, and_, cast, func, select
from sqlmodel import col

from casebook.record import Night, TopicPost, WaitingCase
from casebook.store.session import Connected
from casebook.tables import CaseRow, DeliveryRow, PostRow, ShownRow, SourceRow, VerdictRow


class Digests(Connected):
    """The part of the store that adds up what digests tell."""

    def began_at(self) -> datetime | None:
        """Give the first start of the oldest source: of a time before it there is nothing to tell."""
        with self.reading() as session:
            return session.execute(select(func.min(col(SourceRow.first_started_at)))).scalar()

    def night(self, team: str, *, since: datetime, until: datetime) -> Night:
        """Give a team's cases that opened in the period and alerted, and all that wait at present."""
        ours = and_(col(CaseRow.team) == team, col(CaseRow.merged_into).is_(None))
        opened = and_(
            ours,
            col(CaseRow.opened_at) >= since,
            col(CaseRow.opened_at) < until,
            col(CaseRow.quiet).is_(False),
        )
        counted = select(func.count(), func.count(col(CaseRow.responded_at))).where(opened)
        waits = and_(ours, col(CaseRow.status).in_(["open", "acknowledged"]), col(CaseRow.gone_at).is_(None))
        columns = (CaseRow.number, CaseRow.playbook, CaseRow.severity, CaseRow.respond_by, CaseRow.owner)
        waiting = select(*map(col, columns)).where(waits)
        due = (col(CaseRow.respond_by).is_(None), col(CaseRow.respond_by), col(CaseRow.number))
        with self.reading() as session:
            cases, answered = session.execute(counted).one()
            rows = session.execute(waiting.order_by(*due)).all()
        return Night(int(cases), int(answered), tuple(WaitingCase(*row) for row in rows))

    def topic_posts(self, topics: Collection[str], *, since: datetime, until: datetime) -> list[TopicPost]:
        """Give the mentions posted in the period for which any of these topics holds, by their numbers."""
        holds = cast(col(VerdictRow.topics_held), String) != "[]"
        columns = (PostRow.id, PostRow.author_id, VerdictRow.topics_held, VerdictRow.topics)
        posts = (
            select(*map(col, columns), col(PostRow.text) != "")
            .join(VerdictRow, col(VerdictRow.post) == col(PostRow.id))
            .where(col(PostRow.posted_at) >= since, col(PostRow.posted_at) < until, holds)
            .order_by(col(PostRow.id))
        )
        with self.reading() as session:
            rows = session.execute(posts).all()
        return [
            TopicPost(int(post), author, topic, float(scores.get(topic, 0.0)), bool(has_words))
            for post, author, held, scores, has_words in rows
            for topic in held
            if topic in topics
        ]

    def collected_posts(
        self, playbooks: Collection[str], *, since: datetime, until: datetime
    ) -> list[TopicPost]:
        """Give the mentions posted in the period that these playbooks took; the playbook stands as the topic."""
        columns = (PostRow.id, PostRow.author_id, VerdictRow.playbook, VerdictRow.attention)
        posts = (
            select(*map(col, columns), col(PostRow.text) != "")
            .join(VerdictRow, col(VerdictRow.post) == col(PostRow.id))
            .where(
                col(PostRow.posted_at) >= since,
                col(PostRow.posted_at) < until,
                col(VerdictRow.playbook).in_(playbooks),
            )
            .order_by(col(PostRow.id))
        )
        with self.reading() as session:
            rows = session.execute(posts).all()
        return [
            TopicPost(int(post), author, playbook, float(score), bool(has_words))
            for post, author, playbook, score, has_words in rows
        ]

    def negative_times(self, *, since: datetime, until: datetime) -> list[datetime]:
        """Give when the mentions judged negative were posted, those in [since, until), oldest first."""
        is_negative = and_(
            col(VerdictRow.abstained).is_(False),
            col(VerdictRow.negative) > col(VerdictRow.neutral),
            col(VerdictRow.negative) > col(VerdictRow.positive),
        )
        posted = (
            select(col(PostRow.posted_at))
            .join(VerdictRow, col(VerdictRow.post) == col(PostRow.id))
            .where(col(PostRow.posted_at) >= since, col(PostRow.posted_at) < until, is_negative)
            .order_by(col(PostRow.posted_at))
        )
        with self.reading() as session:
            return list(session.execute(posted).scalars())

    def last_told(self, kind: str) -> datetime | None:
        """Give when a notice of a kind was last owed, by any machine; None for never."""
        owed = select(func.max(col(DeliveryRow.owed_at))).where(
            col(DeliveryRow.kind) == "notice", col(DeliveryRow.key).startswith(f"notice:{kind}:")
        )
        with self.reading() as session:
            return session.execute(owed).scalar()

    def found_late(self, source: str, *, since: datetime, until: datetime) -> int:
        """Count the mentions of a source that were posted in the period, and first seen after it."""
        shown = and_(col(ShownRow.post) == col(PostRow.id), col(ShownRow.source) == source)
        late = (
            select(func.count())
            .select_from(PostRow)
            .join(ShownRow, shown)
            .where(
                col(PostRow.own).is_(False),
                col(PostRow.context).is_(False),
                col(PostRow.posted_at) >= since,
                col(PostRow.posted_at) < until,
                col(PostRow.seen_at) >= until,
            )
        )
        with self.reading() as session:
            return int(session.execute(late).scalar() or 0)
