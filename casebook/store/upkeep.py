"""What became of posts we hold: asked of their networks, taken in, and erased where it must be."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, func, or_, select, update
from sqlmodel import Session, col

from casebook.case import Status
from casebook.mention import Mention
from casebook.reach import NO_MARKS, Marks
from casebook.record import Held, Sweep
from casebook.store.cases import Cases
from casebook.store.filing import UNNOTED, Filing, cleaned
from casebook.tables import AliasRow, CasePostRow, CaseRow, PostRow, ShownRow, SourceRow, VersionRow

_MOST_HELD = 2_000
"""Posts looked through for one round of questions; the rest have their turn in the next rounds."""
_ERASED_AT_ONCE = 400


class Upkeep(Filing, Cases):
    """The part of the store that keeps what it holds as the networks, and time, would have it."""

    def claim_look_up(self, source: str, *, now: datetime, lease: timedelta) -> bool:
        """Take a source for questions about the posts we hold; False while another machine asks, or it rests.

        Whoever took it and died asks again at once when it is there again, others when the lease has ended.
        """
        free = or_(
            col(SourceRow.asking_until).is_(None),
            col(SourceRow.asking_until) <= now,
            col(SourceRow.asking_by) == self.holder,
        )
        taken = update(SourceRow).where(col(SourceRow.name) == source, free)
        with self.writing() as session:
            claimed = taken.values(asking_until=now + lease, asking_by=self.holder)
            return session.execute(claimed.returning(col(SourceRow.name))).scalar() is not None

    def end_look_up(self, source: str, *, again_at: datetime | None = None) -> None:
        """Give a source back; before `again_at` nobody asks it."""
        ours = and_(col(SourceRow.name) == source, col(SourceRow.asking_by) == self.holder)
        with self.writing() as session:
            session.execute(update(SourceRow).where(ours).values(asking_until=again_at, asking_by=None))

    def sweep(self, source: str) -> Sweep | None:
        """Give the last sweep of a source; None where there was none."""
        with self.reading() as session:
            facts = session.execute(
                select(col(SourceRow.sweep)).where(col(SourceRow.name) == source)
            ).scalar()
            return Sweep.from_facts(facts) if facts else None

    def keep_sweep(self, source: str, sweep: Sweep) -> None:
        """Keep how a sweep stands; only whoever has claimed the source for questions does."""
        ours = and_(col(SourceRow.name) == source, col(SourceRow.asking_by) == self.holder)
        with self.writing() as session:
            session.execute(update(SourceRow).where(ours).values(sweep=sweep.as_facts()))

    def end_sweep(self, source: str, sweep: Sweep, *, gone: Collection[str], now: datetime) -> int:
        """Take in what a sweep found and keep it as ended, in one transaction; gives how many posts are gone."""
        ours = and_(col(SourceRow.name) == source, col(SourceRow.asking_by) == self.holder)
        with self.writing() as session:
            numbers = [post for post, _ in sweep.posts]
            self._lock_those_of(session, numbers)
            stale = and_(
                col(PostRow.id).in_(numbers),
                func.coalesce(col(PostRow.asked_at), col(PostRow.seen_at)) < sweep.began_at,
            )
            # asked when it began: what was deleted since then may not be in the answer
            session.execute(update(PostRow).where(stale).values(asked_at=sweep.began_at))
            missing = [post for post, name in sweep.posts if name in gone]
            self._erase(session, missing, now=now, is_gone=True)
            session.execute(update(SourceRow).where(ours).values(sweep=sweep.ended().as_facts()))
            return len(missing)

    def held(
        self, source: str, *, now: datetime, within: timedelta, rarely: timedelta, often: timedelta
    ) -> list[Held]:
        """Give posts of customers that a source showed and that may be asked about, the longest unasked first.

        Those of cases that have not ended and were asked about at least `often` ago, whatever their age; and
        those posted `within` this long, asked about at least `rarely` ago. What is erased already is not
        among them.
        """
        standing = exists().where(
            col(CasePostRow.post) == col(PostRow.id),
            col(CasePostRow.case) == col(CaseRow.number),
            col(CaseRow.status).not_in([Status.CLOSED.value, Status.DISMISSED.value]),
            col(CaseRow.merged_into).is_(None),
        )
        last = func.coalesce(col(PostRow.asked_at), col(PostRow.seen_at))
        columns = (col(PostRow.id), col(PostRow.post_id), col(PostRow.posted_at), last)
        ours = [
            col(PostRow.own).is_(False),
            col(PostRow.gone_at).is_(None),
            col(PostRow.expired_at).is_(None),
        ]
        shown = and_(col(ShownRow.post) == col(PostRow.id), col(ShownRow.source) == source)
        posts = select(*columns).join(ShownRow, shown).where(*ours).order_by(last).limit(_MOST_HELD)
        with self.reading() as session:
            open_ = session.execute(posts.where(standing, last <= now - often)).all()
            young = session.execute(
                posts.where(col(PostRow.posted_at) >= now - within, last <= now - rarely, ~standing)
            ).all()
        return [
            Held(int(post or 0), name, posted_at, asked_at, is_open=is_open)
            for found, is_open in ((open_, True), (young, False))
            for post, name, posted_at, asked_at in found
        ]

    def looked_up(
        self,
        source: str,
        posts: Sequence[Held],
        *,
        gone: Collection[str],
        edited: Sequence[Mention],
        now: datetime,
        seen: Sequence[Mention] = (),
        marks: Marks = NO_MARKS,
    ) -> int:
        """Take in what a network said of posts: those gone are erased, edits are filed; gives how many are gone.

        `seen` are posts that stand as they were: only how many they have reached is taken in.

        One transaction: whoever dies before it asks again.
        """
        with self.writing() as session:
            numbers = [post.post for post in posts]
            self._lock_those_of(session, numbers)
            asked = update(PostRow).where(col(PostRow.id).in_(numbers))
            session.execute(asked.values(asked_at=now))
            missing = [post.post for post in posts if post.name in gone]
            self._erase(session, missing, now=now, is_gone=True)
            known = self._known(session, [*edited, *seen])
            for raw in seen:
                row = known.get((raw.network, raw.id))
                if row is not None and row in numbers:
                    self._read_reach(session, raw, row, marks, now=now)
            for raw in edited:
                post = cleaned(raw)
                row = known.get((post.network, post.id)) or next(
                    (known[post.network, name] for name in raw.edit_ids if (post.network, name) in known),
                    None,
                )
                if row is not None and row in numbers:
                    self._file_again(session, source, post, row, now=now, note=UNNOTED)
                    self._read_reach(session, post, row, marks, now=now)
            return len(missing)

    def expire_texts(self, source: str, *, now: datetime, keep: timedelta) -> int:
        """Erase the words of a source's posts that are older than `keep`; gives how many posts it were.

        Every version's words go, and those in our messages; times, verdicts, events and links stay.
        """
        expired = 0
        while True:
            with self.writing() as session:
                shown = exists().where(col(ShownRow.post) == col(PostRow.id), col(ShownRow.source) == source)
                old = (
                    select(col(PostRow.id))
                    .where(
                        col(PostRow.posted_at) < now - keep,
                        col(PostRow.gone_at).is_(None),
                        col(PostRow.expired_at).is_(None),
                        shown,
                    )
                    .order_by(col(PostRow.id))
                    .limit(_ERASED_AT_ONCE)
                )
                posts = [int(post or 0) for post in session.execute(old).scalars()]
                self._erase(session, posts, now=now, is_gone=False)
                expired += len(posts)
            if len(posts) < _ERASED_AT_ONCE:
                return expired

    def _lock_those_of(self, session: Session, posts: Sequence[int]) -> None:
        networks = select(col(PostRow.network)).where(col(PostRow.id).in_(posts)).distinct()
        for network in sorted(session.execute(networks).scalars()):
            self.lock_network(session, network)

    def _erase(self, session: Session, posts: Sequence[int], *, now: datetime, is_gone: bool) -> None:
        """Erase what posts said, in all their versions; what is not judged yet never will be."""
        if not posts:
            return
        # whoever judges the words at this moment has lost them
        values: dict[str, Any] = {
            "text": "",
            "due_at": None,
            "lease_until": None,
            "fence": col(PostRow.fence) + 1,
        }
        values |= {"gone_at": now, "url": None} if is_gone else {"expired_at": now}
        still = and_(col(PostRow.id).in_(posts), col(PostRow.gone_at).is_(None))
        session.execute(update(PostRow).where(still).values(**values))
        session.execute(update(AliasRow).where(col(AliasRow.post).in_(posts)).values(text=None))
        session.execute(update(VersionRow).where(col(VersionRow.post).in_(posts)).values(text=""))
        self._retract(session, posts, now=now)
