"""Crises on record: what posts are about, who became a child of what, and what children add up to.

A crisis is a case: it has a number, events, a card and a chain. It is nobody's in particular, so it stands on
a network of its own under an author who is nobody, and no post ever joins it as a customer's does.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Final

from sqlalchemy import and_, delete, func, or_, select, update
from sqlmodel import Session, col

from casebook.case import Case
from casebook.event import Event, EventKind, TimeSource
from casebook.fold import fold as read_case
from casebook.record import CaseView, Change, Crowd, Fold, Living, Reached, Trace
from casebook.store.cases import Cases
from casebook.tables import (
    AuthorRow,
    CaseRow,
    CrisisChildRow,
    CrisisRow,
    DeliveryRow,
    PostRow,
    TraceRow,
)

CRISIS: Final = "vaste:crisis"
"""The network of crises: no source has it."""
MOST_NEARBY: Final = 600
"""Posts that a new one is compared with at most, the newest first: a bound on the work of one post."""
FOUNDERS: Final = 48
"""Of the posts that opened a crisis, those that later ones are compared with."""
ORDINARY: Final = 100
"""Earlier posts that say what is usual here."""
_REACHED: Final = 3
_ENDED: Final = ("closed", "dismissed")


class Crises(Cases):
    """The part of the store that keeps crises."""

    # ---- compared with -------------------------------------------------------------------------------

    def _nearby(self, session: Session, at: datetime, window: timedelta) -> tuple[Trace, ...]:
        """Give the traces of no crisis within a window before and after an instant."""
        loose = (
            select(TraceRow)
            .where(
                col(TraceRow.crisis).is_(None),
                col(TraceRow.posted_at) >= at - window,
                col(TraceRow.posted_at) <= at + window,
            )
            .order_by(col(TraceRow.posted_at).desc(), col(TraceRow.post).desc())
            .limit(MOST_NEARBY)
        )
        return self._traces(session, loose)

    def _ordinary(self, session: Session, before: datetime) -> tuple[bytes, ...]:
        """Give the gists of the last posts before an instant that are of no crisis."""
        earlier = select(col(TraceRow.gist)).where(
            col(TraceRow.crisis).is_(None), col(TraceRow.posted_at) < before
        )
        newest = earlier.order_by(col(TraceRow.posted_at).desc(), col(TraceRow.post).desc())
        return tuple(session.execute(newest.limit(ORDINARY)).scalars())

    def _living(self, session: Session, at: datetime, window: timedelta) -> tuple[Living, ...]:
        """Give the crises that have not ended, each with its first posts, and how many came about an instant."""
        alive = (
            select(col(CrisisRow.number))
            .join(CaseRow, col(CaseRow.number) == col(CrisisRow.number))
            .where(col(CrisisRow.settled_at).is_(None), col(CaseRow.status).not_in(_ENDED))
            .order_by(col(CrisisRow.number))
        )
        return tuple(
            self._founded(session, number, at, window) for number in session.execute(alive).scalars()
        )

    def _founded(self, session: Session, number: int, at: datetime, window: timedelta) -> Living:
        of_crisis = col(CrisisChildRow.crisis) == number
        begun = select(func.min(col(CrisisChildRow.joined_at))).where(of_crisis).scalar_subquery()
        # those that opened it: who joins later must not lead it on to something else
        first = (
            select(TraceRow)
            .join(CrisisChildRow, col(CrisisChildRow.post) == col(TraceRow.post))
            .where(of_crisis, col(CrisisChildRow.joined_at) == begun)
            .order_by(col(TraceRow.posted_at), col(TraceRow.post))
            .limit(FOUNDERS)
        )
        founders = self._traces(session, first)
        names = frozenset(trace.playbook for trace in founders if trace.playbook is not None)
        newest = select(col(CrisisChildRow.posted_at)).where(
            col(CrisisChildRow.crisis) == number,
            col(CrisisChildRow.posted_at) >= at - window,
            col(CrisisChildRow.posted_at) <= at + window,
        )
        counted = session.execute(select(func.count()).select_from(newest.subquery())).scalar()
        return Living(number, founders, names, int(counted or 0))

    def _traces(self, session: Session, wanted: Any) -> tuple[Trace, ...]:
        rows = wanted.with_only_columns(
            col(TraceRow.post),
            col(TraceRow.author_id),
            col(TraceRow.posted_at),
            col(TraceRow.gist),
            col(TraceRow.case),
            col(TraceRow.playbook),
            col(TraceRow.severity),
        )
        return tuple(Trace(*row) for row in session.execute(rows))

    # ---- folding -------------------------------------------------------------------------------------

    def _leave(self, session: Session, trace: Trace, case: int | None) -> None:
        row = TraceRow(
            post=trace.post,
            author_id=trace.author,
            posted_at=trace.posted_at,
            gist=trace.gist,
            case=case,
            playbook=trace.playbook,
            severity=trace.severity,
        )
        session.merge(row)
        session.flush()

    def _fold(self, session: Session, fold: Fold, *, now: datetime) -> int:
        """Make posts children of a crisis, which they may open; gives its number."""
        number = fold.crisis if fold.crisis is not None else self._open_crisis(session, fold, now=now)
        for post in fold.posts:
            self._adopt(session, number, post, now=now)
        counted = select(func.count()).where(col(CrisisChildRow.crisis) == number).scalar_subquery()
        session.execute(update(CaseRow).where(col(CaseRow.number) == number).values(mentions=counted))
        return number

    def _adopt(self, session: Session, number: int, post: int, *, now: datetime) -> None:
        trace = session.get(TraceRow, post)
        if trace is None:
            return
        values = {"posted_at": trace.posted_at, "joined_at": now, "case": trace.case}
        if self.insert_new(session, CrisisChildRow, post=post, crisis=number, **values) is None:
            return  # it is one already
        trace.crisis = number
        row = self._held(session, trace.case) if trace.case is not None else None
        while row is not None and row.merged_into is not None:
            row = self._held(session, row.merged_into)
        if row is None or row.crisis is not None:
            return
        folded = Event(EventKind.FOLDED, now, TimeSource.OURS, post=post, facts={"crisis": number})
        self._append(session, row, self._folded(session, row), Change((folded,)), now=now)
        self._withdraw_unsent(session, int(row.number or 0))

    def _withdraw_unsent(self, session: Session, number: int) -> None:
        """Take back what nobody has got yet; what is being sent at this moment is sent."""
        unsent = and_(
            col(DeliveryRow.case) == number,
            col(DeliveryRow.state).in_(["due", "refused"]),
            col(DeliveryRow.ref).is_(None),
        )
        gone = update(DeliveryRow).where(unsent).values(state="withdrawn", due_at=None, lease_until=None)
        session.execute(gone)

    def _open_crisis(self, session: Session, fold: Fold, *, now: datetime) -> int:
        if fold.opens is None:
            raise ValueError("what opens a crisis says how")
        first = fold.opens.events[0]
        policy = first.facts["policy"]
        seed = fold.posts[0]
        opened = CaseRow(
            network=CRISIS,
            root=str(seed),
            author_id=self._nobody(session),
            source="",
            opening_post=seed,
            first_post=seed,
            playbook=policy["playbook"],
            team=policy["team"],
            severity=policy["severity"],
            clock=policy["clock"],
            status="open",
            quiet=False,
            posted_at=first.happened_at,
            opened_at=first.happened_at,
        )
        session.add(opened)
        session.flush()
        number = int(opened.number or 0)
        session.add(CrisisRow(number=number, seed=seed, shown=len(fold.posts), shown_at=now))
        session.flush()
        case = read_case(number, fold.opens.events)
        self._append(session, opened, case, fold.opens, now=now)
        return number

    def _nobody(self, session: Session) -> int:
        values = {"network": CRISIS, "known_by": "nobody", "handle": ""}
        self.insert_new(session, AuthorRow, **values)
        known = select(col(AuthorRow.id)).where(col(AuthorRow.network) == CRISIS)
        return int(session.execute(known).scalar_one() or 0)

    # ---- upkeep --------------------------------------------------------------------------------------

    def unsettled_crises(self) -> list[int]:
        """Give the crises for which something may be left to do."""
        with self.reading() as session:
            rows = select(col(CrisisRow.number)).where(col(CrisisRow.settled_at).is_(None))
            return list(session.execute(rows.order_by(col(CrisisRow.number))).scalars())

    def crises(self) -> list[int]:
        """Give the numbers of all crises, the newest first."""
        with self.reading() as session:
            rows = select(col(CrisisRow.number)).order_by(col(CrisisRow.number).desc())
            return list(session.execute(rows).scalars())

    def tend_crisis(
        self, number: int, decide: Callable[[CaseView], Change], *, now: datetime, refresh: timedelta
    ) -> Case | None:
        """Change a crisis by a decision on how it stands; its card is brought up to date when it has grown.

        That happens at most every `refresh`: edits take the room that other messages need.
        """
        with self.reading() as session:  # a storm needs the writer: most ticks find nothing due
            row, kept = session.get(CaseRow, number), session.get(CrisisRow, number)
            if row is None or kept is None:
                return None
            view = self._view(session, row)
            grown = row.mentions != kept.shown and now - kept.shown_at >= refresh
            if not grown and not decide(view).events:
                return view.case
        with self.writing() as session:
            row, kept = self._held(session, number), session.get(CrisisRow, number)
            if row is None or kept is None:
                return None
            view = self._view(session, row)
            change = decide(view)
            case = self._append(session, row, view.case, change, now=now)
            grown = row.mentions != kept.shown and now - kept.shown_at >= refresh
            if change.events or grown:
                kept.shown, kept.shown_at = row.mentions, now
            if grown and not change.events:
                row.revision += 1
                session.flush()
                self._card_is_due(session, number, now=now)
            return case

    def settle_crisis(self, number: int, *, now: datetime) -> None:
        """Note that nothing is left to do for a crisis."""
        with self.writing() as session:
            ours = col(CrisisRow.number) == number
            session.execute(update(CrisisRow).where(ours).values(settled_at=now))

    def children(self, number: int, *, untaken: bool = False, folded: bool = False, limit: int) -> list[int]:
        """Give cases of a crisis: those nobody has taken, or those not released yet; the oldest first."""
        wanted = [col(CaseRow.crisis) == number, col(CaseRow.merged_into).is_(None)]
        if untaken:
            wanted.append(col(CaseRow.status) == "open")
        if folded:
            # released ones keep their number, and lose this mark
            wanted.append(col(CaseRow.is_folded).is_(True))
        rows = select(col(CaseRow.number)).where(*wanted).order_by(col(CaseRow.number)).limit(limit)
        with self.reading() as session:
            return [int(one or 0) for one in session.execute(rows).scalars()]

    def owe_cards_again(self, number: int, *, now: datetime) -> None:
        """Owe a case's card once more where it was withdrawn before anybody had it."""
        with self.writing() as session:
            back = and_(
                col(DeliveryRow.case) == number,
                col(DeliveryRow.kind) == "card",
                col(DeliveryRow.state) == "withdrawn",
            )
            anew = {
                "state": "due",
                "due_at": now,
                "attempts": 0,
                "attempted_at": None,
                "first_tried_at": None,
            }
            session.execute(update(DeliveryRow).where(back).values(**anew))

    def forget_traces(self, *, before: datetime) -> int:
        """Forget what old posts were about, those of crises that live aside; gives how many.

        The last ones of no crisis stay: they say what is usual.
        """
        alive = select(col(CrisisRow.number)).where(col(CrisisRow.settled_at).is_(None))
        kept = select(col(TraceRow.post)).where(col(TraceRow.crisis).is_(None))
        kept = kept.order_by(col(TraceRow.posted_at).desc(), col(TraceRow.post).desc()).limit(ORDINARY)
        old = and_(
            col(TraceRow.posted_at) < before,
            col(TraceRow.post).not_in(kept),
            or_(col(TraceRow.crisis).is_(None), col(TraceRow.crisis).not_in(alive)),
        )
        with self.writing() as session:
            gone = session.execute(delete(TraceRow).where(old).returning(col(TraceRow.post)))
            return len(gone.all())

    # ---- what children add up to ---------------------------------------------------------------------

    def _view(self, session: Session, row: CaseRow) -> CaseView:
        view = super()._view(session, row)
        if row.network != CRISIS:
            return view
        crowd = self._crowd(session, int(row.number or 0), view.case)
        return replace(view, crowd=crowd, author="", author_name=None, followers=None, source="")

    def _crowd(self, session: Session, number: int, case: Case) -> Crowd:
        posts = (
            select(
                col(CrisisChildRow.posted_at),
                col(PostRow.author_id),
                col(PostRow.network),
                col(PostRow.url),
                col(PostRow.followers),
            )
            .join(PostRow, col(PostRow.id) == col(CrisisChildRow.post))
            .where(col(CrisisChildRow.crisis) == number)
            .order_by(col(CrisisChildRow.posted_at), col(CrisisChildRow.post))
        )
        rows = session.execute(posts).all()
        read = sorted((row for row in rows if row[4]), key=lambda row: -row[4])[:_REACHED]
        owed = self._owed_answers(session, number)
        waits = [(answered - posted).total_seconds() for posted, answered in owed if answered is not None]
        at = case.announced_at
        return Crowd(
            times=tuple(row[0] for row in rows),
            authors=len({row[1] for row in rows}),
            networks=tuple(sorted({row[2] for row in rows})),
            reached=tuple(Reached(row[3], row[4]) for row in read),
            deserving=len(owed),
            answered=len(waits),
            covered=sum(
                1 for posted, answered in owed if answered is None and at is not None and posted <= at
            ),
            median_frt_s=int(median(waits)) if waits else None,
        )

    def _owed_answers(self, session: Session, number: int) -> Sequence[tuple[datetime, datetime | None]]:
        """Give (posted, answered) of each child that deserves an answer and has not lost its claim to one."""
        owed = select(col(CaseRow.posted_at), col(CaseRow.responded_at)).where(
            col(CaseRow.crisis) == number,
            col(CaseRow.merged_into).is_(None),
            col(CaseRow.respond_by).is_not(None),
            col(CaseRow.status) != "dismissed",
            or_(col(CaseRow.responded_at).is_not(None), col(CaseRow.gone_at).is_(None)),
        )
        return [(posted, answered) for posted, answered in session.execute(owed)]
