"""From a filed mention to its decision: claimed, surrounded, ruled upon in one transaction."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from casebook.case import Case, CustomerPost
from casebook.event import EventKind
from casebook.fold import fold
from casebook.grounds import as_facts
from casebook.mention import Spoken, Verdict
from casebook.reach import growth
from casebook.record import Change, Circumstances, Ruling, Surroundings, ToJudge, Waiting
from casebook.store.around import turned_to, was_blind
from casebook.store.crises import Crises
from casebook.store.filing import readings_of
from casebook.store.history import author_history
from casebook.store.notices import Notices
from casebook.store.session import table_of
from casebook.tables import AliasRow, AuthorRow, CasePostRow, CaseRow, PostRow, ShownRow, VerdictRow

_CHUNK = 400
_LONGEST_CHAIN = 100
"""Posts walked up a reply chain; a longer one is taken as incomplete."""

PLACE = tuple(
    table_of(PostRow).c[name]
    for name in ("id", "network", "root", "author_id", "own", "in_reply_to", "conversation", "post_id")
)
"""What says where a post stands in its conversation, and whose it is."""
# asked of every post in a thread, and many times in a replay: built once
_KNOWN_AS = (
    select(*PLACE)
    .join(AliasRow, col(AliasRow.post) == col(PostRow.id))
    .where(col(AliasRow.network) == bindparam("network"), col(AliasRow.alias) == bindparam("alias"))
)
_FIRST_OUTSIDE = (
    select(col(PostRow.author_id))
    .where(
        col(PostRow.network) == bindparam("network"),
        col(PostRow.root) == bindparam("root"),
        col(PostRow.own).is_(False),
    )
    .order_by(col(PostRow.posted_at), col(PostRow.id))
    .limit(1)
)


class Triage(Crises, Notices):
    """The part of the store that rules on mentions."""

    def waiting(self, *, now: datetime, handles: Sequence[str] = ()) -> list[Waiting]:
        """Give every mention that waits for a verdict and is nobody's; `handles` are our accounts' names."""
        asked = select(
            col(PostRow.id),
            col(PostRow.network),
            col(PostRow.root),
            col(PostRow.author_id),
            col(PostRow.posted_at),
            col(PostRow.seen_at),
            col(PostRow.followers),
            col(PostRow.backfilled),
            or_(_answers_us(), *(_names(handle) for handle in handles)),
        ).where(*_is_free(now))
        with self.reading() as session:
            return [
                Waiting(int(post or 0), (network, root, author), *rest)
                for post, network, root, author, *rest in session.execute(asked)
            ]

    def claim_unjudged(
        self, *, now: datetime, lease: timedelta, limit: int, posts: Sequence[int] | None = None
    ) -> list[ToJudge]:
        """Take mentions that wait for a verdict; nobody else gets them until the lease ends.

        The oldest first, or of `posts` only and in their order.
        """
        due = select(col(PostRow.id)).where(*_is_free(now))
        if posts is not None:
            due = due.where(col(PostRow.id).in_(posts[:limit]))
        oldest = due.order_by(col(PostRow.posted_at), col(PostRow.id)).limit(limit)
        if not self._is_sqlite():
            oldest = oldest.with_for_update(skip_locked=True)
        with self.writing() as session:
            taken = (
                update(PostRow)
                .where(col(PostRow.id).in_(oldest.scalar_subquery()))
                .values(lease_until=now + lease, lease_by=self.holder, fence=col(PostRow.fence) + 1)
                .returning(col(PostRow.id))
            )
            ids = session.execute(taken).scalars().all()
            rows = session.execute(select(PostRow).where(col(PostRow.id).in_(ids))).scalars()
            claimed = [
                to_judge(
                    row,
                    self._shown(session, int(row.id or 0)),
                    session.get_one(AuthorRow, row.author_id).handle,
                )
                for row in rows
            ]
        place = {post: place for place, post in enumerate(posts or ())}
        return sorted(
            claimed, key=lambda mention: (place.get(mention.post, 0), mention.posted_at, mention.post)
        )

    def waiting_mentions(self) -> int:
        """Count the mentions that have no verdict yet."""
        with self.reading() as session:
            waiting = select(func.count()).select_from(PostRow).where(col(PostRow.due_at).is_not(None))
            return int(session.execute(waiting).scalar() or 0)

    def still_waiting(self, posts: Collection[int]) -> set[int]:
        """Give those of these mentions that have no verdict on what they say now."""
        numbers = sorted(posts)
        chunks = (numbers[start : start + _CHUNK] for start in range(0, len(numbers), _CHUNK))
        with self.reading() as session:
            return {
                int(post or 0)
                for chunk in chunks
                for post in session.execute(
                    select(col(PostRow.id)).where(
                        col(PostRow.id).in_(chunk), col(PostRow.due_at).is_not(None)
                    )
                ).scalars()
            }

    def put_off(self, mention: ToJudge, *, until: datetime) -> None:
        """Let a mention that could not be judged wait; it blocks nobody else."""
        with self.writing() as session:
            ours = and_(col(PostRow.id) == mention.post, col(PostRow.fence) == mention.fence)
            values = {"due_at": until, "lease_until": None, "attempts": mention.attempts + 1}
            session.execute(update(PostRow).where(ours).values(**values))

    def rule(
        self,
        mention: ToJudge,
        verdict: Verdict,
        decide: Callable[[Surroundings], Ruling],
        *,
        configuration: str,
        now: datetime,
        window: timedelta | None = None,
    ) -> tuple[Ruling, int | None] | None:
        """Decide upon a mention: verdict, decision, case, events and what they owe in one transaction.

        With a `window` the decision sees what other posts of that time are about, and the crises that live.

        Gives the ruling and the case's number, or None when another machine was quicker.
        """
        with self.writing() as session:
            row = session.get_one(PostRow, mention.post)
            self.lock_network(session, row.network)
            session.refresh(row)
            if row.fence != mention.fence or row.due_at is None:
                return None
            surroundings = self._surroundings(session, row, mention, now=now)
            if window is not None:
                self.lock(session, "crises")  # so that two machines open one, not two
                living = self._living(session, row.posted_at, window)
                surroundings = replace(
                    surroundings,
                    nearby=self._nearby(session, row.posted_at, window),
                    living=living,
                    ordinary=self._ordinary(session, row.posted_at - window),
                    circumstances=replace(surroundings.circumstances, crisis=bool(living)),
                )
            ruling = decide(surroundings)
            kept = _verdict_row(mention, verdict, ruling, surroundings)
            kept.configuration, kept.judged_at = configuration, now
            session.merge(kept)
            session.flush()
            number = self._carry_out(session, row, surroundings.case, ruling, now=now)
            for notice in ruling.tells:
                self._owe_notice(session, notice, now=now)
            if ruling.trace is not None:
                self._leave(session, ruling.trace, number)
            if ruling.folds is not None:
                self._fold(session, ruling.folds, now=now)
            row.due_at = row.lease_until = None
            return ruling, number

    def _carry_out(
        self, session: Session, row: PostRow, case: Case | None, ruling: Ruling, *, now: datetime
    ) -> int | None:
        if ruling.opens is not None:
            return self._open_case(session, row, ruling.opens, after=case, now=now)
        if ruling.joins is not None and case is not None:
            held = self._held(session, case.number)
            if held is not None:
                self._append(session, held, case, ruling.joins, now=now)
            return case.number
        return None

    def _open_case(
        self, session: Session, row: PostRow, change: Change, *, after: Case | None, now: datetime
    ) -> int:
        first = change.events[0]
        if first.kind is not EventKind.OPENED or first.post is None:
            raise ValueError("a case begins with OPENED")
        policy = first.facts["policy"]
        opened = CaseRow(
            network=row.network,
            root=row.root,
            author_id=row.author_id,
            linked_to=after.number if after else None,
            source="",
            opening_post=first.post,
            first_post=first.post,
            playbook=policy["playbook"],
            team=policy["team"],
            severity=policy["severity"],
            clock=policy["clock"],
            status="open",
            quiet=bool(first.facts.get("quiet", False)),
            posted_at=row.posted_at,
            opened_at=first.happened_at,
        )
        session.add(opened)
        session.flush()
        number = int(opened.number or 0)
        case = fold(number, change.events)
        self._append(session, opened, case, change, now=now)
        return number

    def _surroundings(
        self, session: Session, row: PostRow, mention: ToJudge, *, now: datetime
    ) -> Surroundings:
        case = self._case_of(session, row)
        posts = self._posts_of_customer(session, row)
        # an answer to what the customer wrote next answers this one too, whether that has been judged or not
        unjudged = self._unjudged_of_customer(session, row)
        ids = [*(post.post for post in posts), mention.post, *unjudged]
        return Surroundings(
            mention=replace(mention, turned_to=turned_to(session, row)),
            bystander=case is None and self._is_bystander(session, row),
            posts=tuple(posts),
            answers=tuple(self._answers_to(session, row.network, ids)),
            case=case,
            history=author_history(
                session, row.author_id, at=row.posted_at, but=case.number if case else None
            ),
            circumstances=_circumstances(session, row, mention.sources, now=now),
            grown=self._has_only_grown(session, row),
            author=row.author_id,
        )

    def _has_only_grown(self, session: Session, row: PostRow) -> bool:
        """Say whether these words were decided upon before."""
        before = session.get(VerdictRow, row.id)
        return before is not None and (row.edited_at is None or row.edited_at <= before.judged_at)

    def _unjudged_of_customer(self, session: Session, row: PostRow) -> list[int]:
        """Give the customer's posts in the conversation that wait for their verdict."""
        waiting = select(col(PostRow.id)).where(
            col(PostRow.network) == row.network,
            col(PostRow.root) == row.root,
            col(PostRow.author_id) == row.author_id,
            col(PostRow.due_at).is_not(None),
        )
        return [int(post or 0) for post in session.execute(waiting).scalars()]

    def _case_of(self, session: Session, row: PostRow) -> Case | None:
        cases = select(col(CaseRow.number)).where(
            col(CaseRow.network) == row.network,
            col(CaseRow.root) == row.root,
            col(CaseRow.author_id) == row.author_id,
            col(CaseRow.merged_into).is_(None),
        )
        number = session.execute(cases.order_by(col(CaseRow.number).desc()).limit(1)).scalar()
        if number is None or self._held(session, number) is None:  # held: nobody may press while we decide
            return None
        return fold(number, self._events(session, number))

    def _posts_of_customer(self, session: Session, row: PostRow) -> list[CustomerPost]:
        """Give the customer's other judged posts in the conversation that belong to no case yet."""
        in_case = exists().where(col(CasePostRow.post) == col(PostRow.id))
        judged = (
            select(
                col(PostRow.id),
                col(PostRow.posted_at),
                col(VerdictRow.negative),
                col(VerdictRow.neutral),
                col(VerdictRow.positive),
            )
            .join(VerdictRow, col(VerdictRow.post) == col(PostRow.id))
            .where(
                col(PostRow.network) == row.network,
                col(PostRow.root) == row.root,
                col(PostRow.author_id) == row.author_id,
                col(PostRow.id) != row.id,
                col(PostRow.gone_at).is_(None),  # what was taken back starts no clock
                ~in_case,
            )
            .order_by(col(PostRow.posted_at), col(PostRow.id))
        )
        return [
            CustomerPost(
                int(post or 0), at, deserving=False, sentiment=most_probable(negative, neutral, positive)
            )
            for post, at, negative, neutral, positive in session.execute(judged)
        ]

    def _is_bystander(self, session: Session, row: Any) -> bool:
        """Say whether the conversation is another customer's.

        It is the conversation of the topmost outsider up the reply chain. Where the chain begins with a post
        of ours nobody else's; where it is not known to its beginning, of whoever outside wrote first in it.
        """
        chain = self._chain_above(session, row)
        outsiders = [post.author_id for post in reversed(chain) if not post.own]
        if outsiders:
            return bool(outsiders[0] != row.author_id)
        top = chain[-1] if chain else row
        begins = top.in_reply_to is None and (top.own or top.conversation in {None, top.post_id})
        if begins:
            return False
        root = self._post_known_as(session, row.network, row.root)
        if root is not None:
            return bool(not root.own and root.author_id != row.author_id)
        first = session.execute(_FIRST_OUTSIDE, {"network": row.network, "root": row.root}).scalar()
        return bool(first != row.author_id)

    def _chain_above(self, session: Session, row: Any) -> list[Any]:
        """Give the known posts that this one answers, the nearest first."""
        chain: list[Any] = []
        seen = {row.id}
        above = row.in_reply_to
        while above is not None and len(chain) < _LONGEST_CHAIN:
            parent = self._post_known_as(session, row.network, above)
            if parent is None or parent.id in seen:  # a ring of replies is the vendor's mistake; leave it
                break
            chain.append(parent)
            seen.add(parent.id)
            above = parent.in_reply_to
        return chain

    def _post_known_as(self, session: Session, network: str, alias: str) -> Any:
        """Give the place of a post in its conversation by one of its names; None where we hold no such post."""
        return session.execute(_KNOWN_AS, {"network": network, "alias": alias}).one_or_none()

    def _shown(self, session: Session, post: int) -> tuple[str, ...]:
        sources = (
            select(col(ShownRow.source)).where(col(ShownRow.post) == post).order_by(col(ShownRow.source))
        )
        return tuple(session.execute(sources).scalars())

    def _is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"


def _is_free(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """It is to be judged by now, and nobody has it."""
    unclaimed = or_(col(PostRow.lease_until).is_(None), col(PostRow.lease_until) <= now)
    return col(PostRow.due_at) <= now, unclaimed


def _answers_us() -> ColumnElement[bool]:
    """It replies to, or quotes, a post of ours."""
    ours = aliased(PostRow)
    return exists().where(
        col(AliasRow.network) == col(PostRow.network),
        col(AliasRow.alias).in_([col(PostRow.in_reply_to), col(PostRow.quotes)]),
        col(AliasRow.post) == col(ours.id),
        col(ours.own),
    )


def _names(handle: str) -> ColumnElement[bool]:
    return col(PostRow.text).icontains(f"@{handle}", autoescape=True)


def to_judge(row: PostRow, sources: tuple[str, ...], author: str = "") -> ToJudge:
    """Give a mention as the record holds it."""
    return ToJudge(
        post=int(row.id or 0),
        fence=row.fence,
        network=row.network,
        post_id=row.post_id,
        text=row.text,
        posted_at=row.posted_at,
        seen_at=row.seen_at,
        language_hint=row.language_hint,
        followers=row.followers,
        sources=sources,
        backfilled=row.backfilled,
        attempts=row.attempts,
        spoken=None if row.language is None else Spoken(row.language, row.language_confidence or 0.0),
        author=author,
        rating=row.rating,
        in_reply_to=row.in_reply_to,
        quotes=row.quotes,
    )


def _circumstances(session: Session, row: PostRow, sources: Sequence[str], *, now: datetime) -> Circumstances:
    return Circumstances(
        reach=row.reach,
        growth=growth(readings_of(row), posted_at=row.posted_at, at=now),
        blind=was_blind(session, sources, posted_at=row.posted_at, seen_at=row.seen_at),
    )


def _verdict_row(
    mention: ToJudge, verdict: Verdict, ruling: Ruling, surroundings: Surroundings
) -> VerdictRow:
    return VerdictRow(
        post=mention.post,
        judged_at=mention.seen_at,
        negative=verdict.negative,
        neutral=verdict.neutral,
        positive=verdict.positive,
        attention=verdict.attention,
        topics=dict(verdict.topics),
        topics_held=list(verdict.topics_held),
        language=verdict.language,
        abstained=verdict.abstained,
        cut=verdict.cut,
        model=verdict.model,
        playbook=ruling.playbook,
        grounds=as_facts(ruling.reason),
        bystander=surroundings.bystander,
        circumstances=surroundings.circumstances.as_facts(),
        configuration="",
    )


def most_probable(negative: float, neutral: float, positive: float) -> str:
    """Name the most probable class; on a tie the more negative one."""
    best = max(negative, neutral, positive)
    return "negative" if best == negative else "neutral" if best == neutral else "positive"
