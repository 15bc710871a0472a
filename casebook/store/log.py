"""Questions asked of the record, besides the log itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, and_, func, or_, select, update
from sqlmodel import Session, SQLModel, col

from casebook.case import Status
from casebook.grounds import Ground
from casebook.history import AuthorHistory
from casebook.mention import Verdict, clean_text
from casebook.record import Circumstances, Problem, ToJudge
from casebook.store.around import turned_to
from casebook.store.history import author_history
from casebook.store.log_rows import LogRows
from casebook.store.reasons import reason_of
from casebook.store.triage import to_judge
from casebook.tables import (
    AliasRow,
    AuthorRow,
    CasePostRow,
    CaseRow,
    PostRow,
    ProblemRow,
    ShownRow,
    SourceRow,
    VerdictRow,
)

_FIGURES = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Kept:
    """A mention with its verdict and decision, as they stand in the record."""

    mention: ToJudge
    author: str
    url: str | None
    verdict: Verdict | None
    playbook: str | None
    reason: tuple[Ground, ...]
    """None where it was not judged."""
    bystander: bool
    context: bool
    muted: str | None
    case: int | None
    history: AuthorHistory
    circumstances: Circumstances
    """As the decision found them."""


class Log(LogRows):
    """The part of the store that answers questions."""

    def find(self, written: str) -> list[Kept]:
        """Find mentions by their id on the network, `network/id`, or link; usually one."""
        # an id may hold slashes, and so may the name of a network
        halves = [(written[:at], written[at + 1 :]) for at, sign in enumerate(written[:500]) if sign == "/"]
        by_key = [
            and_(col(AliasRow.network) == network, col(AliasRow.alias) == id_) for network, id_ in halves
        ]
        named = select(col(AliasRow.post)).where(or_(col(AliasRow.alias) == written, *by_key))
        by_id = or_(col(PostRow.id).in_(named), col(PostRow.url) == written)
        with self.reading() as session:
            found = select(PostRow, AuthorRow).join(AuthorRow, col(AuthorRow.id) == col(PostRow.author_id))
            matching = found.where(by_id, col(PostRow.own).is_(False))
            ordered = matching.order_by(col(PostRow.id)).limit(20)
            return [self._kept(session, post, author) for post, author in session.execute(ordered).all()]

    def kept(self, post: int) -> Kept | None:
        """Give a mention by its number in the record; None where there is none."""
        with self.reading() as session:
            found = select(PostRow, AuthorRow).join(AuthorRow, col(AuthorRow.id) == col(PostRow.author_id))
            row = session.execute(found.where(col(PostRow.id) == post)).first()
            return None if row is None else self._kept(session, row[0], row[1])

    def counts(self) -> dict[str, int]:
        """Count what the record holds: mentions, judged, replies, cases of each status.

        `deleted`: cases whose customer took everything back before anybody answered.
        """
        # each is told by an index alone, and all by one look: a record of years has a million of each
        with self.reading() as session:
            row = session.execute(_ALL_COUNTED).one()
        counted = {name: int(number) for name, number in zip(_COUNTED, row, strict=True)}
        mentions = counted.pop("posts") - counted["replies"] - counted.pop("others' context")
        statuses = {status: counted.pop(status) for status in _BUT_CLOSED}
        statuses[Status.CLOSED.value] = counted.pop("cases") - counted.pop("merged") - sum(statuses.values())
        return {
            "mentions": mentions,
            **counted,
            **{status: number for status, number in statuses.items() if number},
        }

    def sources(self) -> dict[str, dict[str, Any]]:
        """Say of each source its kind, when it was last looked at, last read without trouble, and its failures."""
        with self.reading() as session:
            rows = session.execute(select(SourceRow).order_by(col(SourceRow.name))).scalars()
            return {
                row.name: {
                    "kind": row.kind,
                    "looked_at": row.looked_at,
                    "read_at": row.read_at,
                    "failures": row.failures,
                }
                for row in rows
            }

    def began(self) -> dict[str, datetime]:
        """Give when each source was started first."""
        with self.reading() as session:
            rows = session.execute(select(col(SourceRow.name), col(SourceRow.first_started_at)))
            return {name: at for name, at in rows if at is not None}

    def tell_problem(self, key: str, message: str, *, now: datetime) -> bool:
        """Keep a problem; True when it is new, came again after it was over, or is another than it was.

        Words that differ in figures alone (a time, a count) say the same.
        """
        message = clean_text(message)  # a vendor's own words may be in it
        with self.writing() as session:
            values = {"message": message, "first_at": now, "last_at": now, "times": 1}
            if self.insert_new(session, ProblemRow, key=key, **values) is not None:
                return True
            row = session.get_one(ProblemRow, key, with_for_update=True)
            fresh = row.over_at is not None
            if fresh:
                row.first_at, row.over_at, row.times = now, None, 0
            fresh = fresh or _FIGURES.sub("", row.message) != _FIGURES.sub("", message)
            row.message, row.last_at, row.times = message, now, row.times + 1
            return fresh

    def end_problem(self, key: str, *, now: datetime) -> bool:
        """Mark a problem as over; True when there was one."""
        with self.reading() as session:
            row = session.get(ProblemRow, key)
            if row is None or row.over_at is not None:
                return False
        with self.writing() as session:
            ours = and_(col(ProblemRow.key) == key, col(ProblemRow.over_at).is_(None))
            ended = update(ProblemRow).where(ours).values(over_at=now).returning(col(ProblemRow.key))
            return session.execute(ended).scalar() is not None

    def problems(self) -> list[Problem]:
        """Give the problems that are not over, the oldest first."""
        with self.reading() as session:
            rows = session.execute(
                select(ProblemRow).where(col(ProblemRow.over_at).is_(None)).order_by(col(ProblemRow.first_at))
            )
            return [
                Problem(row.key, row.message, row.first_at, row.last_at, row.times, row.over_at)
                for row in rows.scalars()
            ]

    def _kept(self, session: Session, post: PostRow, author: AuthorRow) -> Kept:
        number = int(post.id or 0)
        verdict = session.get(VerdictRow, number)
        standing = and_(col(CaseRow.number) == col(CasePostRow.case), col(CaseRow.merged_into).is_(None))
        case = session.execute(
            select(func.max(col(CasePostRow.case)))
            .join(CaseRow, standing)
            .where(col(CasePostRow.post) == number)
        ).scalar()
        shown = (
            select(col(ShownRow.source)).where(col(ShownRow.post) == number).order_by(col(ShownRow.source))
        )
        sources = tuple(session.execute(shown).scalars())
        mention = replace(to_judge(post, sources, author.handle), turned_to=turned_to(session, post))
        return Kept(
            mention=mention,
            author=author.handle,
            url=post.url,
            verdict=verdict_of(verdict) if verdict else None,
            playbook=verdict.playbook if verdict else None,
            reason=reason_of(verdict),
            bystander=bool(verdict and verdict.bystander),
            context=post.context,
            muted=post.muted,
            case=case,
            history=author_history(session, post.author_id, at=post.posted_at, but=case),
            circumstances=Circumstances.from_facts(verdict.circumstances if verdict else None),
        )


def _count_of(rows: type[SQLModel], *conditions: Any) -> Select[Any]:
    return select(func.count()).select_from(rows).where(*conditions)


_BUT_CLOSED: Final = tuple(status.value for status in Status if status is not Status.CLOSED)
"""Almost all cases are closed: what is left is counted, and these are the rest."""
_OWN, _CONTEXT = col(PostRow.own), col(PostRow.context)
_COUNTED: Final = {
    "posts": _count_of(PostRow),
    "replies": _count_of(PostRow, _OWN),
    "context": _count_of(PostRow, _CONTEXT),
    "others' context": _count_of(PostRow, _CONTEXT, ~_OWN),
    "muted": _count_of(PostRow, col(PostRow.muted).is_not(None)),
    "waiting": _count_of(PostRow, col(PostRow.due_at).is_not(None)),
    "judged": _count_of(VerdictRow),
    "review": _count_of(VerdictRow, col(VerdictRow.abstained), col(VerdictRow.playbook).is_(None)),
    "cases": _count_of(CaseRow),
    "merged": _count_of(CaseRow, col(CaseRow.merged_into).is_not(None)),
    "deleted": _count_of(
        CaseRow,
        col(CaseRow.gone_at).is_not(None),
        col(CaseRow.responded_at).is_(None),
        col(CaseRow.merged_into).is_(None),
    ),
    **{
        status: _count_of(CaseRow, col(CaseRow.status) == status, col(CaseRow.merged_into).is_(None))
        for status in _BUT_CLOSED
    },
}
_ALL_COUNTED: Final = select(*(one.scalar_subquery().label(name) for name, one in _COUNTED.items()))


def verdict_of(row: VerdictRow) -> Verdict:
    """Read a verdict."""
    topics: Mapping[str, float] = {name: float(score) for name, score in row.topics.items()}
    return Verdict(
        negative=row.negative,
        neutral=row.neutral,
        positive=row.positive,
        attention=row.attention,
        topics=topics,
        topics_held=tuple(row.topics_held),
        language=row.language,
        abstained=row.abstained,
        model=row.model,
        cut=row.cut,
    )
