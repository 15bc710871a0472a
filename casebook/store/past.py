"""The record read again, customer by customer, so that it can be decided anew. Nothing is written.

A page is so many customers with all that is theirs, by few questions over indexes; no more than a page is held.
JSON comes as its text: what stands there a thousand times in the same words (what a playbook promised, whether a post
deserves an answer) is read once.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from json import JSONDecoder
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Text, and_, bindparam, cast, func, select
from sqlmodel import Session, col

from casebook.case import CustomerPost, FoundAnswer
from casebook.event import Event, EventKind, TimeSource
from casebook.mention import Verdict
from casebook.past import Answered, Before, Called, Judged, Past, RecordedCase
from casebook.policy import Policy
from casebook.record import Circumstances
from casebook.store.session import table_of
from casebook.store.triage import PLACE, Triage, most_probable, to_judge
from casebook.tables import AliasRow, AuthorRow, CallRow, CaseRow, EventRow, PostRow, ShownRow, VerdictRow

AUTHORS_AT_ONCE = 500
_CHUNK = 900
"""Ids asked for at once; older SQLite takes 999 parameters."""
_OFTEN_SAID = 200
"""Characters of a longer text are hardly written twice the same."""
T = TypeVar("T")
Rows = dict[int, list[T]]
_JSON = JSONDecoder()
_KINDS = {kind.value: kind for kind in EventKind}
_CLOCKS = {source.value: source for source in TimeSource}


def _as_text(column: Any) -> Any:
    return cast(column, Text).label(column.key)


_POSTS = select(
    *(
        table_of(PostRow).c[name]
        for name in (
            *("id", "network", "post_id", "author_id", "root", "text", "posted_at", "seen_at", "in_reply_to"),
            *("quotes", "followers", "rating", "language_hint", "language", "language_confidence"),
            *("backfilled", "attempts", "fence", "gone_at", "expired_at"),
        )
    )
)
_VERDICTS = select(
    *(
        table_of(VerdictRow).c[name]
        for name in (
            *("post", "judged_at", "negative", "neutral", "positive", "attention", "language", "abstained"),
            *("cut", "model", "playbook", "bystander"),
        )
    ),
    *map(_as_text, (col(VerdictRow.topics), col(VerdictRow.topics_held), col(VerdictRow.circumstances))),
)
_EVENTS = select(
    col(EventRow.case),
    col(EventRow.kind),
    col(EventRow.happened_at),
    col(EventRow.time_source),
    col(EventRow.actor),
    col(EventRow.post),
    _as_text(col(EventRow.facts)),
    col(EventRow.recorded_at),
    col(EventRow.definitions),
)
_PLACE = select(*PLACE).where(col(PostRow.id) == bindparam("post"))
_WRITTEN = (
    select(col(AliasRow.alias), col(PostRow.id), col(AuthorRow.handle))
    .select_from(AliasRow)
    .join(PostRow, col(PostRow.id) == col(AliasRow.post))
    .join(AuthorRow, col(AuthorRow.id) == col(PostRow.author_id))
)


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
            return self._is_bystander(session, session.execute(_PLACE, {"post": post}).one())

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

        self._read: dict[str, Any] = {}
        """JSON by its text."""

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
        posts = self._session.execute(_POSTS.where(mine)).all()
        ids = [post.id for post in posts]
        verdicts = self._verdicts(ids)
        shown = self._shown(ids)
        handles, turned_to = self._handles(), self._turned_to(posts)
        theirs: Rows[Judged] = defaultdict(list)
        for post in posts:
            verdict = verdicts.get(post.id)
            if verdict is None:
                continue
            judged = _judged(
                post, verdict, self._json, tuple(shown.get(post.id, ())), handles[post.author_id]
            )
            turned = turned_to.get(post.id)
            if turned:
                judged = replace(judged, mention=replace(judged.mention, turned_to=turned))
            theirs[post.author_id].append(judged)
        return dict(sorted(theirs.items()))

    def _json(self, text: str) -> Any:
        found = self._read.get(text)
        if found is None:
            found, _ = _JSON.raw_decode(text)
            if len(text) <= _OFTEN_SAID:
                self._read[text] = found
        return found

    def _handles(self) -> dict[int, str]:
        wanted = select(col(AuthorRow.id), col(AuthorRow.handle)).where(col(AuthorRow.id).in_(self._authors))
        return {int(author or 0): handle for author, handle in self._session.execute(wanted)}

    def _turned_to(self, posts: Sequence[Any]) -> dict[int, tuple[str, ...]]:
        """Give whose posts each of these answers or quotes, as `around.turned_to` does for one."""
        targets: dict[str, set[str]] = defaultdict(set)
        for post in posts:
            targets[post.network] |= {target for target in (post.in_reply_to, post.quotes) if target}
        written: dict[tuple[str, str], tuple[int, str]] = {}
        for network, aliases in targets.items():
            for chunk in _chunks(sorted(aliases)):
                known = _WRITTEN.where(col(AliasRow.network) == network, col(AliasRow.alias).in_(chunk))
                for alias, post, handle in self._session.execute(known):
                    written[network, alias] = (int(post or 0), handle)
        return {
            post.id: tuple(dict.fromkeys(handle for _, handle in sorted(found)))
            for post in posts
            if (found := [written[key] for key in _targets(post) if key in written])
        }

    def _verdicts(self, posts: Sequence[int]) -> dict[int, Any]:
        rows = (
            row
            for chunk in _chunks(posts)
            for row in self._session.execute(_VERDICTS.where(col(VerdictRow.post).in_(chunk)))
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
        numbers = [int(number or 0) for number, *_ in rows]
        events, calls = self._events(numbers), self._calls(numbers)
        theirs: Rows[RecordedCase] = defaultdict(list)
        for number, author, thread in rows:
            theirs[author].append(
                RecordedCase(number, thread, tuple(events.get(number, ())), tuple(calls.get(number, ())))
            )
        return theirs

    def _events(self, cases: Sequence[int]) -> Rows[Event]:
        found: Rows[Event] = defaultdict(list)
        for chunk in _chunks(cases):
            lines = _EVENTS.where(col(EventRow.case).in_(chunk))
            ordered = lines.order_by(col(EventRow.case), col(EventRow.line))
            for case, kind, at, source, actor, post, facts, *recorded in self._session.execute(ordered):
                found[case].append(
                    Event(_KINDS[kind], at, _CLOCKS[source], actor, post, self._facts(facts), *recorded)
                )
        return found

    def _calls(self, cases: Sequence[int]) -> Rows[Called]:
        found: Rows[Called] = defaultdict(list)
        called = select(col(CallRow.case), col(CallRow.called_at), col(CallRow.person), col(CallRow.step))
        for chunk in _chunks(cases):
            theirs = called.where(col(CallRow.case).in_(chunk)).order_by(col(CallRow.id))
            for case, *call in self._session.execute(theirs):
                found[case].append(Called(*call))
        return found

    def _facts(self, text: str) -> Any:
        facts = self._read.get(text)
        if facts is None:
            facts, _ = _JSON.raw_decode(text)
            if "policy" in facts:  # read here for all the cases of which it says the same
                facts["policy"] = Policy.from_facts(facts["policy"]).as_facts()
            self._read[text] = facts
        return facts

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


def _chunks(ids: Sequence[T]) -> Iterator[Sequence[T]]:
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))


def _targets(post: Any) -> list[tuple[str, str]]:
    return [(post.network, target) for target in (post.in_reply_to, post.quotes) if target]


def _judged(
    post: Any, verdict: Any, read: Callable[[str], Any], shown: tuple[str, ...], author: str
) -> Judged:
    return Judged(
        mention=to_judge(post, shown, author),
        thread=post.root,
        verdict=Verdict(
            negative=verdict.negative,
            neutral=verdict.neutral,
            positive=verdict.positive,
            attention=verdict.attention,
            topics=read(verdict.topics),
            topics_held=tuple(read(verdict.topics_held)),
            language=verdict.language,
            abstained=verdict.abstained,
            model=verdict.model,
            cut=verdict.cut,
        ),
        judged_at=verdict.judged_at,
        playbook=verdict.playbook,
        bystander=verdict.bystander,
        circumstances=Circumstances.from_facts(read(verdict.circumstances)),
        gone_at=post.gone_at,
        is_erased=post.gone_at is not None or post.expired_at is not None,
    )


def _by_judging(one: Judged) -> tuple[Any, ...]:
    return one.judged_at, one.mention.posted_at, one.mention.post
