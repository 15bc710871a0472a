"""The record read again, customer by customer, so that it can be decided anew. Nothing is written.

A page is so many customers with all that is theirs, by few questions over indexes; no more than a page is held.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, func, select
from sqlmodel import Session, col

from casebook.case import CustomerPost, FoundAnswer
from casebook.event import Event
from casebook.past import Answered, Before, Judged, Past, RecordedCase
from casebook.record import Circumstances
from casebook.store.cases import event_of
from casebook.store.log import verdict_of
from casebook.store.session import table_of
from casebook.store.triage import Triage, most_probable, to_judge
from casebook.tables import AliasRow, AuthorRow, CaseRow, EventRow, PostRow, ShownRow, VerdictRow

AUTHORS_AT_ONCE = 500
_CHUNK = 900
"""Ids asked for at once; older SQLite takes 999 parameters."""
T = TypeVar("T")
Rows = dict[int, list[T]]


class Pasts(Triage):
    """The part of the store that reads history again."""

    def pasts(self, *, since: datetime, until: datetime) -> Iterator[Past]:
        """Give every customer who posted in [since, until) and was judged, with what surrounds their posts."""
        after = 0
        while authors := self._authors(since, until, after):
            with self.reading() as session:
                page = list(_Page(session, authors, since, until).pasts())
            yield from page  # they may be judged anew, which takes its time: nothing is open meanwhile
            after = authors[-1]

    def count_judged(self, *, since: datetime, until: datetime) -> int:
        """Count the judged mentions posted in [since, until)."""
        with self.reading() as session:
            judged = select(func.count()).select_from(VerdictRow)
            posted = judged.join(PostRow, col(PostRow.id) == col(VerdictRow.post))
            return int(session.execute(posted.where(_posted(since, until))).scalar() or 0)

    def is_bystander(self, post: int) -> bool:
        """Say whether a mention stands in another customer's conversation, as the record has it now."""
        with self.reading() as session:
            return self._is_bystander(session, session.get_one(PostRow, post))

    def _authors(self, since: datetime, until: datetime, after: int) -> list[int]:
        """Give the next customers, by their keys: those of the page before are never looked at again."""
        posted = and_(_posted(since, until), col(PostRow.author_id) > after)
        wanted = select(col(PostRow.author_id)).where(posted).distinct()
        with self.reading() as session:
            ordered = wanted.order_by(col(PostRow.author_id)).limit(AUTHORS_AT_ONCE)
            return list(session.execute(ordered).scalars())


def _posted(since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(col(PostRow.own).is_(False), col(PostRow.posted_at) >= since, col(PostRow.posted_at) < until)


class _Page:
    """Some customers, with all that is theirs."""

    def __init__(self, session: Session, authors: Sequence[int], since: datetime, until: datetime) -> None:
        self._session, self._authors = session, authors
        self._since, self._until = since, until

    def pasts(self) -> Iterator[Past]:
        """Give those of them who have a judged mention in the time."""
        judged = self._judged()
        threads = {author: {one.thread for one in theirs} for author, theirs in judged.items()}
        before = self._before(threads)
        posts = {one.mention.post: author for author, theirs in judged.items() for one in theirs}
        posts |= {one.post.post: author for author, theirs in before.items() for one in theirs}
        answers = self._answers(posts)
        cases = self._cases()
        for author, theirs in judged.items():
            yield Past(
                author,
                tuple(sorted(theirs, key=_by_judging)),
                tuple(before.get(author, ())),
                tuple(cases.get(author, ())),
                tuple(sorted(answers.get(author, ()), key=lambda one: (one.seen_at, one.answer.post))),
            )

    def _judged(self) -> Rows[Judged]:
        # plain rows: a hundred thousand objects of the mapper cost as long as deciding upon them
        mine = and_(_posted(self._since, self._until), col(PostRow.author_id).in_(self._authors))
        posts = self._session.execute(select(table_of(PostRow)).where(mine)).all()
        ids = [post.id for post in posts]
        verdicts = self._verdicts(ids)
        shown = self._shown(ids)
        theirs: Rows[Judged] = defaultdict(list)
        for post in posts:
            verdict = verdicts.get(post.id)
            if verdict is not None:
                theirs[post.author_id].append(_judged(post, verdict, tuple(shown.get(post.id, ()))))
        return dict(sorted(theirs.items()))

    def _verdicts(self, posts: Sequence[int]) -> dict[int, Any]:
        wanted = select(table_of(VerdictRow))
        rows = (
            row
            for chunk in _chunks(posts)
            for row in self._session.execute(wanted.where(col(VerdictRow.post).in_(chunk)))
        )
        return {row.post: row for row in rows}

    def _shown(self, posts: Sequence[int]) -> Rows[str]:
        sources: Rows[str] = defaultdict(list)
        wanted = select(col(ShownRow.post), col(ShownRow.source)).order_by(col(ShownRow.source))
        for chunk in _chunks(posts):
            for post, source in self._session.execute(wanted.where(col(ShownRow.post).in_(chunk))):
                sources[post].append(source)
        return sources

    def _before(self, threads: dict[int, set[str]]) -> Rows[Before]:
        earlier = (
            select(
                col(PostRow.author_id),
                col(PostRow.root),
                col(PostRow.id),
                col(PostRow.posted_at),
                col(PostRow.gone_at),
                col(VerdictRow.judged_at),
                col(VerdictRow.negative),
                col(VerdictRow.neutral),
                col(VerdictRow.positive),
            )
            .join(VerdictRow, col(VerdictRow.post) == col(PostRow.id))
            .where(col(PostRow.author_id).in_(self._authors), col(PostRow.posted_at) < self._since)
            .order_by(col(PostRow.posted_at), col(PostRow.id))
        )
        theirs: Rows[Before] = defaultdict(list)
        for author, thread, post, at, gone_at, judged_at, *feelings in self._session.execute(earlier):
            if thread in threads.get(author, ()):
                said = CustomerPost(int(post or 0), at, deserving=False, sentiment=most_probable(*feelings))
                theirs[author].append(Before(thread, said, judged_at, gone_at))
        return theirs

    def _cases(self) -> Rows[RecordedCase]:
        standing = select(col(CaseRow.number), col(CaseRow.author_id), col(CaseRow.root)).where(
            col(CaseRow.author_id).in_(self._authors), col(CaseRow.merged_into).is_(None)
        )
        rows = [tuple(row) for row in self._session.execute(standing.order_by(col(CaseRow.number)))]
        events = self._events([int(number or 0) for number, *_ in rows])
        theirs: Rows[RecordedCase] = defaultdict(list)
        for number, author, thread in rows:
            theirs[author].append(RecordedCase(int(number), thread, tuple(events.get(number, ()))))
        return theirs

    def _events(self, cases: Sequence[int]) -> Rows[Event]:
        found: Rows[Event] = {}
        for chunk in _chunks(cases):
            lines = select(table_of(EventRow)).where(col(EventRow.case).in_(chunk))
            ordered = self._session.execute(lines.order_by(col(EventRow.case), col(EventRow.line)))
            for case, rows in groupby(map(_bare, ordered), key=lambda row: row.case):
                found[case] = [event_of(row) for row in rows]
        return found

    def _answers(self, posts: dict[int, int]) -> Rows[Answered]:
        """Give what answers these posts, by the customers who wrote them."""
        theirs: Rows[Answered] = defaultdict(list)
        known: set[tuple[int, int]] = set()
        for chunk in _chunks(list(posts)):
            # one question for each way of answering: together they find no index
            for way in (col(PostRow.in_reply_to), col(PostRow.quotes)):
                asked = _answering(way).where(col(AliasRow.post).in_(chunk))
                for to, post, at, account, seen_at in self._session.execute(asked):
                    if (to, post) not in known:
                        known.add((to, post))
                        theirs[posts[to]].append(Answered(to, FoundAnswer(post, at, account), seen_at))
        return theirs


def _answering(way: Any) -> Any:
    ours = and_(
        col(PostRow.network) == col(AliasRow.network),
        way == col(AliasRow.alias),
        col(PostRow.own).is_(True),
        col(PostRow.automated).is_(False),
    )
    return (
        select(
            col(AliasRow.post),
            col(PostRow.id),
            col(PostRow.posted_at),
            col(AuthorRow.handle),
            col(PostRow.seen_at),
        )
        .select_from(AliasRow)
        .join(PostRow, ours)
        .join(AuthorRow, col(AuthorRow.id) == col(PostRow.author_id))
    )


def _bare(row: Any) -> Any:
    """Give a plain row where an object of the mapper is asked for: it has the same columns."""
    return row


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))


def _judged(post: Any, verdict: Any, shown: tuple[str, ...]) -> Judged:
    return Judged(
        mention=to_judge(post, shown),
        thread=post.root,
        verdict=verdict_of(verdict),
        judged_at=verdict.judged_at,
        playbook=verdict.playbook,
        bystander=verdict.bystander,
        circumstances=Circumstances.from_facts(verdict.circumstances),
        gone_at=post.gone_at,
        is_erased=post.gone_at is not None or post.expired_at is not None,
    )


def _by_judging(one: Judged) -> tuple[Any, ...]:
    return one.judged_at, one.mention.posted_at, one.mention.post
