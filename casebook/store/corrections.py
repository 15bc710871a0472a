"""The record of what people corrected, and of what was learnt from it: lines are added, never changed."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Select, and_, exists, select
from sqlmodel import Session, col

from casebook.correction import Answered, Correction, Learnt, Said, TakenBack, ToReview, says_already
from casebook.store.session import Connected
from casebook.tables import (
    AuthorRow,
    CaseRow,
    CorrectionRow,
    LessonRow,
    PostRow,
    ShownRow,
    SourceRow,
    UndoneRow,
    VerdictRow,
)

ANSWERED_AT_MOST = 300
"""Answered posts that are looked at, the newest: enough to see what a team answers."""


class Corrections(Connected):
    """The part of the store that keeps corrections and lessons."""

    def file_correction(self, *said: Said) -> list[int]:
        """File statements, all or none; gives their numbers, of those that stood already the earlier ones."""
        with self.writing() as session:
            return [self._file_correction(session, one) for one in said]

    def undo_correction(self, number: int, *, by: str, at: datetime) -> bool:
        """Take one correction back; False when there is none that stands under this number."""
        with self.writing() as session:
            if session.get(CorrectionRow, number) is None:
                return False
            return self.insert_new(session, UndoneRow, correction=number, by=by, at=at) is not None

    def corrections(self) -> list[Correction]:
        """Give every correction in the order of their numbers, those that were taken back included."""
        with self.reading() as session:
            return _read(session, _filed())

    def review_lane(self, *, since: datetime | None = None) -> list[ToReview]:
        """Give the mentions that abstained, matched nothing and nobody has corrected yet, the oldest first."""
        undone = exists().where(col(UndoneRow.correction) == col(CorrectionRow.id))
        corrected = exists().where(col(CorrectionRow.post) == col(PostRow.id), ~undone)
        lane = (
            select(PostRow, col(AuthorRow.handle), col(VerdictRow.language))
            .join(VerdictRow, col(VerdictRow.post) == col(PostRow.id))
            .join(AuthorRow, col(AuthorRow.id) == col(PostRow.author_id))
            .where(col(VerdictRow.abstained).is_(True), col(VerdictRow.playbook).is_(None), ~corrected)
            .order_by(col(PostRow.posted_at), col(PostRow.id))
        )
        if since is not None:
            lane = lane.where(col(PostRow.posted_at) >= since)
        with self.reading() as session:
            return [
                ToReview(row.network, row.post_id, author, row.text, row.posted_at, language, row.url)
                for row, author, language in session.execute(lane)
            ]

    def answered_posts(self) -> list[Answered]:
        """Give the posts whose cases were answered and not dismissed, in the order of their rows."""
        newest = (
            select(col(CaseRow.first_post))
            .where(
                col(CaseRow.responded_at).is_not(None),
                col(CaseRow.acknowledged_at).is_not(None),
                col(CaseRow.status) != "dismissed",
                col(CaseRow.merged_into).is_(None),
            )
            .order_by(col(CaseRow.number).desc())
            .limit(ANSWERED_AT_MOST)
        )
        posts = select(PostRow).where(col(PostRow.id).in_(newest), col(PostRow.text) != "")
        with self.reading() as session:
            rows = {
                int(row.id or 0): row for row in session.execute(posts.order_by(col(PostRow.id))).scalars()
            }
            shown = _shown(session, rows)
            return [
                Answered(number, row.network, row.text, row.language_hint, tuple(shown.get(number, ())))
                for number, row in rows.items()
            ]

    def keep_lesson(self, learnt: Learnt) -> bool:
        """Keep what was learnt; False when the same was kept before."""
        with self.writing() as session:
            kept = self.insert_new(
                session,
                LessonRow,
                key=learnt.key,
                ground=learnt.ground,
                at=learnt.at,
                thresholds=dict(learnt.thresholds),
                heads=list(learnt.heads),
                corrections={label: list(numbers) for label, numbers in learnt.corrections.items()},
                reasons=list(learnt.reasons),
            )
            return kept is not None

    def lesson(self, ground: str) -> Learnt | None:
        """Give the newest lesson for these topics and this model all of whose corrections stand.

        So taking a correction back, or erasing the post it speaks of, brings back what held before it.
        """
        newest = select(LessonRow).where(col(LessonRow.ground) == ground).order_by(col(LessonRow.id).desc())
        with self.reading() as session:
            for row in session.execute(newest).scalars():
                learnt = _learnt(row)
                if _all_stand(session, {one for numbers in learnt.corrections.values() for one in numbers}):
                    return learnt
        return None

    def _file_correction(self, session: Session, said: Said) -> int:
        # two machines may hear of one press: the second one waits, and finds it filed
        self.lock(session, "correction", said.post)
        same = _filed().where(col(CorrectionRow.post) == said.post, col(CorrectionRow.label) == said.label)
        known = says_already(_read(session, same), said)
        if known is not None:
            return known.number
        row = CorrectionRow(
            post=said.post,
            label=said.label,
            value=said.value,
            by=said.by,
            at=said.at,
            cause=said.cause,
            case=said.case,
        )
        session.add(row)
        session.flush()
        return int(row.id or 0)

    def _take_back(self, session: Session, back: TakenBack) -> None:
        of_case = and_(col(CorrectionRow.case) == back.case, col(CorrectionRow.cause) == "dismiss")
        for number in session.execute(select(col(CorrectionRow.id)).where(of_case)).scalars():
            self.insert_new(session, UndoneRow, correction=number, by=back.by, at=back.at)


def _filed() -> Select[CorrectionRow, PostRow, UndoneRow]:
    return (
        select(CorrectionRow, PostRow, UndoneRow)
        .join(PostRow, col(PostRow.id) == col(CorrectionRow.post))
        .outerjoin(UndoneRow, col(UndoneRow.correction) == col(CorrectionRow.id))
        .order_by(col(CorrectionRow.id))
    )


def _read(session: Session, wanted: Select[CorrectionRow, PostRow, UndoneRow]) -> list[Correction]:
    rows = [(row, post, undone) for row, post, undone in session.execute(wanted)]
    shown = _shown(session, {row.post for row, _, _ in rows})
    return [
        Correction(
            number=int(row.id or 0),
            said=Said(row.post, row.label, row.value, row.by, row.at, row.cause, row.case),
            network=post.network,
            post_id=post.post_id,
            text=post.text,
            language_hint=post.language_hint,
            shown=tuple(shown.get(row.post, ())),
            undone_by=undone.by if undone else None,
            undone_at=undone.at if undone else None,
        )
        for row, post, undone in rows
    ]


def _shown(session: Session, posts: Iterable[int]) -> dict[int, list[tuple[str, str]]]:
    sources = (
        select(col(ShownRow.post), col(SourceRow.name), col(SourceRow.kind))
        .join(SourceRow, col(SourceRow.name) == col(ShownRow.source))
        .where(col(ShownRow.post).in_(posts))
        .order_by(col(ShownRow.post), col(SourceRow.name))
    )
    found: dict[int, list[tuple[str, str]]] = {}
    for post, name, kind in session.execute(sources):
        found.setdefault(post, []).append((name, kind))
    return found


def _all_stand(session: Session, numbers: set[int]) -> bool:
    wanted = _filed().where(col(CorrectionRow.id).in_(numbers))
    standing = {correction.number for correction in _read(session, wanted) if correction.stands}
    return standing == numbers


def _learnt(row: LessonRow) -> Learnt:
    return Learnt(
        key=row.key,
        ground=row.ground,
        thresholds=dict(row.thresholds),
        heads=tuple(row.heads),
        corrections={label: tuple(numbers) for label, numbers in row.corrections.items()},
        reasons=tuple(row.reasons),
        at=row.at,
    )
