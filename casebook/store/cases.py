"""The record of cases: events appended, and what they add up to kept beside them."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from casebook.adds_up import CLOCKS_OF_A_ROW, added_up
from casebook.case import Case, FoundAnswer, answer_events
from casebook.event import Event, EventKind, TimeSource
from casebook.fold import fold
from casebook.measures import DEFINITIONS, Seen
from casebook.quiet_hours import not_before
from casebook.record import CaseView, Change, Owed, calls_of, reminds
from casebook.seal import Content, seal_of
from casebook.store.corrections import Corrections
from casebook.store.filing import post_hash
from casebook.store.history import author_history
from casebook.store.quoting import quoted_posts
from casebook.store.reasons import reason_of
from casebook.store.together import in_messages_of
from casebook.tables import (
    CLOCK_BITS,
    AliasRow,
    AuthorRow,
    CallRow,
    CasePostRow,
    CaseRow,
    CrisisRow,
    DeliveryRow,
    EventRow,
    PostRow,
    ShownRow,
    TraceRow,
    VerdictRow,
)

_BY_HAND = frozenset({"reassigned", "reopened", "promise"})
"""Messages that a child of a crisis owes nevertheless: a person asked for them."""


class Cases(Corrections):
    """The part of the store that keeps cases."""

    def change(self, number: int, decide: Callable[[Case], Change], *, now: datetime) -> Case | None:
        """Change a case by a pure decision on how it stands; None when there is no such case.

        The decision is taken inside the transaction, so two presses at once leave one result; it must not
        wait for anything. A case that was merged is changed where it went: its card may still be pressed.
        """
        with self.writing() as session:
            row = self._held(session, number)
            while row is not None and row.merged_into is not None:
                row = self._held(session, row.merged_into)
            if row is None:
                return None
            case = self._folded(session, row)
            return self._append(session, row, case, decide(case), now=now)

    def case(self, number: int) -> Case | None:
        """Give a case as its events tell it; None when there is no such case."""
        with self.reading() as session:
            events = self._events(session, number)
            return fold(number, events) if events else None

    def events(self, number: int) -> list[Event]:
        """Give the history of a case in the order in which it was recorded."""
        with self.reading() as session:
            return self._events(session, number)

    def due_cases(self, *, now: datetime, limit: int = 100) -> list[int]:
        """Give the cases at which the watch job must look by now, the longest due first."""
        with self.reading() as session:
            due = select(col(CaseRow.number)).where(col(CaseRow.look_at) <= now)
            ordered = due.order_by(col(CaseRow.look_at), col(CaseRow.number)).limit(limit)
            return [int(number or 0) for number in session.execute(ordered).scalars()]

    def touched_cases(self, *, limit: int = 100) -> list[int]:
        """Give the cases that new posts may concern."""
        with self.reading() as session:
            touched = select(col(CaseRow.number)).where(col(CaseRow.touched).is_(True))
            ordered = touched.order_by(col(CaseRow.number)).limit(limit)
            return [int(number or 0) for number in session.execute(ordered).scalars()]

    def next_look(self) -> datetime | None:
        """Give the earliest instant at which the watch job must look at any case."""
        with self.reading() as session:
            return session.execute(select(func.min(col(CaseRow.look_at)))).scalar()

    def match(
        self,
        number: int,
        decide: Callable[[Case], Change],
        *,
        now: datetime,
        tell: Callable[[Case, Sequence[FoundAnswer]], tuple[Owed, ...]] | None = None,
    ) -> Case | None:
        """Add what is newly known of a touched case, then `decide`: replies, edits, deletions, cases grown together.

        `decide` sees the case with all of that already in it and says what follows from it; `tell` sees it without,
        and owes what is told of the first reply that was found.
        """
        with self.writing() as session:
            network = select(col(CaseRow.network)).where(col(CaseRow.number) == number)
            self.lock_network(session, session.execute(network).scalar() or "")
            row = self._held(session, number)
            if row is None:
                return None
            row.touched = False
            if session.get(CrisisRow, number) is not None:  # nobody's post in particular: nothing answers it
                return None
            if row.merged_into is not None or not self._stays(session, row, now=now):
                return None
            case = self._folded(session, row)
            known = {answer.post for answer in case.answers}
            found = [answer for answer in self._answers(session, row) if answer.post not in known]
            changed = _changes_of_posts(case, self._posts(session, row))
            owed = tell(case, found) if tell is not None and found else ()
            case = self._append(session, row, case, Change((*answer_events(found), *changed), owed), now=now)
            return self._append(session, row, case, decide(case), now=now)

    def promised_cases(self) -> list[Case]:
        """Give the cases in which something was promised, by number; those that were merged aside."""
        with self.reading() as session:
            promised = select(col(EventRow.case)).where(col(EventRow.kind) == EventKind.PROMISED.value)
            numbers = session.execute(promised.distinct().order_by(col(EventRow.case))).scalars().all()
            cases = [fold(int(number), self._events(session, int(number))) for number in numbers]
            return [case for case in cases if case.merged_into is None]

    def view(self, number: int) -> CaseView | None:
        """Give a case with the words and names around it; None when there is no such case."""
        with self.reading() as session:
            row = session.get(CaseRow, number)
            if row is None:
                return None
            return self._view(session, row)

    def _view(self, session: Session, row: CaseRow) -> CaseView:
        number = int(row.number or 0)
        case = fold(number, self._events(session, number))
        first = session.get_one(PostRow, case.first_post.post)
        author = session.get_one(AuthorRow, row.author_id)
        verdict = session.get(VerdictRow, case.opening_post)
        later = [post for post in case.posts if post.post != first.id]
        latest = max(later, key=lambda post: (post.at, post.post), default=None)
        latest_row = session.get_one(PostRow, latest.post) if latest else None
        return CaseView(
            case=case,
            revision=row.revision,
            reason=reason_of(verdict),
            text=first.text,
            author=author.handle,
            author_name=author.name,
            followers=first.followers,
            source=row.source,
            url=first.url,
            language=verdict.language if verdict else first.language_hint,
            latest_text=latest_row.text if latest_row else None,
            missing=missing_words(first),
            latest_missing=missing_words(latest_row) if latest_row else None,
            history=author_history(session, row.author_id, at=case.posted_at, but=number),
        )

    def _held(self, session: Session, number: int) -> CaseRow | None:
        held = select(CaseRow).where(col(CaseRow.number) == number).with_for_update()
        return session.execute(held).scalar_one_or_none()

    def _events(self, session: Session, number: int) -> list[Event]:
        lines = select(EventRow).where(col(EventRow.case) == number).order_by(col(EventRow.line))
        return [event_of(row) for row in session.execute(lines).scalars()]

    def _append(self, session: Session, row: CaseRow, case: Case, change: Change, *, now: datetime) -> Case:
        """Append events and what they owe, and bring the row up to date; gives the case as it stands then."""
        if not change.events:
            return case
        number = int(row.number or 0)
        lines = self._write_events(session, row, change.events, now=now)
        case = fold(number, self._events(session, number))
        for owed in change.owed:
            if case.is_folded and owed.content.get("why") not in _BY_HAND:
                continue
            # whoever it calls, a page waits for the end of quiet hours; the card stands there meanwhile
            at = now if owed.kind == "card" else not_before(case.policy.quiet_hours, now)
            self._owe(session, case, owed, line=lines[owed.about], now=now, due_at=at)
        for person, step in () if case.is_folded else calls_of(change):
            session.add(CallRow(person=person, case=number, called_at=now, step=step))
        for event in change.events:
            if (
                not case.living
                and event.kind in {EventKind.JOINED, EventKind.OPENED}
                and event.post is not None
            ):
                self.insert_new(session, CasePostRow, case=number, post=event.post)
        for said in change.said:
            self._file_correction(session, said)
        for back in change.taken_back:
            self._take_back(session, back)
        is_moved = row.team != case.policy.team
        self._project(session, row, case)
        row.revision += 1
        session.flush()
        if is_moved:  # the card of the team before, too: it is to say where the case went
            self._cards_are_due(session, number, now=now)
        else:
            self._card_is_due(session, number, now=now)
        return case

    def _write_events(
        self, session: Session, of: CaseRow, events: Sequence[Event], *, now: datetime
    ) -> list[int]:
        lines = []
        for line, event in enumerate(events, start=of.lines + 1):
            post = session.get(PostRow, event.post) if event.post is not None else None
            row = EventRow(
                case=int(of.number or 0),
                line=line,
                kind=event.kind.value,
                happened_at=event.happened_at,
                time_source=event.source.value,
                recorded_at=now,
                actor=event.actor,
                post=event.post,
                post_hash=post_hash(post) if post else None,
                facts=_facts_of(event, post),
                definitions=DEFINITIONS,
            )
            row.seal = of.seal = seal_of(content_of(row), of.seal)
            of.lines = line
            session.add(row)
            lines.append(line)
        session.flush()
        return lines

    def _owe(
        self, session: Session, case: Case, owed: Owed, *, line: int, now: datetime, due_at: datetime
    ) -> None:
        about = "" if owed.kind == "card" else f":{line}"
        key = f"case:{case.number}:{owed.kind}{about}:{owed.addressee}"
        is_new = self.insert_new(
            session,
            DeliveryRow,
            key=key,
            case=case.number,
            kind=owed.kind,
            addressee=owed.addressee,
            content=dict(owed.content),
            is_aside=owed.is_aside,
            channel=0,
            state="due",
            shown_revision=-1,
            reminds=reminds(case, owed),
            owed_at=now,
            due_at=due_at,
            attempts=0,
            fence=0,
        )
        if is_new is None and owed.kind == "card":
            # it was taken back before anybody had it, because the case went elsewhere: now it is theirs again
            back = and_(col(DeliveryRow.key) == key, col(DeliveryRow.state) == "withdrawn")
            again = {"state": "due", "due_at": due_at, "attempts": 0}
            session.execute(
                update(DeliveryRow).where(back).values(attempted_at=None, first_tried_at=None, **again)
            )

    def _retract(self, session: Session, posts: Sequence[int], *, now: datetime) -> None:
        """Owe anew every message of the cases of posts whose words were erased: none may go on showing them.

        A case that was merged has its card still, and a page that stands alone quotes the post too.
        """
        self._retract_notices(session, posts, now=now)
        of_posts = select(col(CasePostRow.case)).where(col(CasePostRow.post).in_(posts))
        # the card of a crisis shows its first post, which is a customer's case beside
        crises = select(col(CrisisRow.number)).where(col(CrisisRow.seed).in_(posts))
        cases = of_posts.union(crises)
        session.execute(delete(TraceRow).where(col(TraceRow.post).in_(posts)))
        numbers = [int(number) for number in session.execute(cases).scalars()]
        if not numbers:
            return
        told = update(CaseRow).where(col(CaseRow.number).in_(numbers))
        session.execute(told.values(revision=col(CaseRow.revision) + 1, touched=True))
        theirs = and_(col(DeliveryRow.case).in_(numbers), col(DeliveryRow.told_in).is_(None))
        shown = and_(or_(theirs, in_messages_of(numbers)), col(DeliveryRow.state) == "sent")
        session.execute(update(DeliveryRow).where(shown).values(state="due", due_at=now, attempts=0))

    def _retract_notices(self, session: Session, posts: Sequence[int], *, now: datetime) -> None:
        """Owe anew the sent messages of no case that quote any of these posts."""
        sent = select(col(DeliveryRow.id), col(DeliveryRow.content)).where(
            col(DeliveryRow.case).is_(None), col(DeliveryRow.state) == "sent"
        )
        told = [number for number, content in session.execute(sent) if quoted_posts(content) & set(posts)]
        if told:
            again = update(DeliveryRow).where(col(DeliveryRow.id).in_(told))
            session.execute(again.values(state="due", due_at=now, attempts=0))

    def _card_is_due(self, session: Session, number: int, *, now: datetime) -> None:
        """Owe anew the card of the team that has the case; until that stands, those of teams that had it before."""
        has_it = select("team:" + col(CaseRow.team)).where(col(CaseRow.number) == number).scalar_subquery()
        theirs = aliased(DeliveryRow)
        stands = exists().where(
            col(theirs.case) == number,
            col(theirs.kind) == "card",
            col(theirs.addressee) == has_it,
            col(theirs.ref).is_not(None),
        )
        self._owe_cards(session, number, or_(col(DeliveryRow.addressee) == has_it, ~stands), now=now)

    def _cards_are_due(self, session: Session, number: int, *, now: datetime, but: str = "") -> None:
        """Owe anew every card of a case, that of one addressee aside."""
        self._owe_cards(session, number, col(DeliveryRow.addressee) != but, now=now)

    def _owe_cards(self, session: Session, number: int, which: Any, *, now: datetime) -> None:
        shown = and_(
            col(DeliveryRow.case) == number, col(DeliveryRow.kind) == "card", col(DeliveryRow.state) == "sent"
        )
        session.execute(update(DeliveryRow).where(shown, which).values(state="due", due_at=now, attempts=0))

    def _project(self, session: Session, row: CaseRow, case: Case) -> None:
        """Write on the row what the events add up to."""
        first = session.get_one(PostRow, case.first_post.post)
        shown = (
            select(col(ShownRow.source)).where(col(ShownRow.post) == first.id).order_by(col(ShownRow.source))
        )
        seen = Seen(first.seen_at, timedelta(seconds=first.clock_offset_s or 0.0))
        values: dict[str, Any] = added_up(case, seen)
        values |= {name: _bits(values[name]) for name in CLOCKS_OF_A_ROW}
        values["source"] = session.execute(shown).scalars().first() or row.source
        values["mentions"] = row.mentions if case.living else values["mentions"]
        values["look_at"] = None if case.merged_into is not None else self._look_at(case)
        for name, value in values.items():
            setattr(row, name, value)

    def _posts(self, session: Session, row: CaseRow) -> Sequence[PostRow]:
        posts = select(PostRow).join(CasePostRow, col(CasePostRow.post) == col(PostRow.id))
        return session.execute(posts.where(col(CasePostRow.case) == row.number)).scalars().all()

    def _answers(self, session: Session, row: CaseRow) -> list[FoundAnswer]:
        posts = select(col(CasePostRow.post)).where(col(CasePostRow.case) == row.number)
        return self._answers_to(session, row.network, session.execute(posts).scalars().all())

    def _answers_to(self, session: Session, network: str, posts: Sequence[int]) -> list[FoundAnswer]:
        """Give the company's public replies, by a person, to any of these posts, the earliest first."""
        aliases = select(col(AliasRow.alias)).where(
            col(AliasRow.network) == network, col(AliasRow.post).in_(posts)
        )
        ids = list(session.execute(aliases).scalars())
        answers = or_(col(PostRow.in_reply_to).in_(ids), col(PostRow.quotes).in_(ids))
        ours = and_(
            col(PostRow.network) == network, col(PostRow.own).is_(True), col(PostRow.automated).is_(False)
        )
        found = (
            select(col(PostRow.id), col(PostRow.posted_at), col(AuthorRow.handle))
            .join(AuthorRow, col(AuthorRow.id) == col(PostRow.author_id))
            .where(ours, answers)
            .order_by(col(PostRow.posted_at), col(PostRow.id))
        )
        return [FoundAnswer(int(post or 0), at, account) for post, at, account in session.execute(found)]

    def _stays(self, session: Session, row: CaseRow, *, now: datetime) -> bool:
        """Merge the cases of one customer whose conversations turned out to be one; False: another stays."""
        own = self._folded(session, row)
        twins = [(twin, self._folded(session, twin)) for twin in self._twins(session, row)]
        one = [(row, own), *(pair for pair in twins if not _are_apart(own, pair[1]))]
        keeper, _ = min(one, key=lambda pair: _precedence(pair[1]))
        for goes in [each for each, _ in one if each is not keeper]:
            kept, gone = (self._folded(session, each) for each in (keeper, goes))
            self._append(session, keeper, kept, Change(events=_merge_events(kept, gone, now=now)), now=now)
            into = Event(EventKind.MERGED, now, TimeSource.OURS, facts={"into": keeper.number})
            self._append(session, goes, gone, Change(events=(into,)), now=now)
            keeper.touched = keeper is not row
        return keeper is row

    def _twins(self, session: Session, row: CaseRow) -> Sequence[CaseRow]:
        """Give the customer's other cases in the conversation, but for those linked as earlier and later."""
        twins = select(CaseRow).where(
            col(CaseRow.network) == row.network,
            col(CaseRow.root) == row.root,
            col(CaseRow.author_id) == row.author_id,
            col(CaseRow.merged_into).is_(None),
            col(CaseRow.number) != row.number,
        )
        found = session.execute(twins.order_by(col(CaseRow.number)).with_for_update()).scalars()
        return [twin for twin in found if twin.linked_to != row.number and row.linked_to != twin.number]

    def _folded(self, session: Session, row: CaseRow) -> Case:
        return fold(int(row.number or 0), self._events(session, int(row.number or 0)))


def _changes_of_posts(case: Case, rows: Sequence[PostRow]) -> list[Event]:
    """Give the events owed for posts of the case that were edited or deleted since it was last told."""
    told = {post.post: post for post in case.posts}
    owed = []
    for row in sorted(rows, key=lambda row: row.id or 0):
        post = told.get(int(row.id or 0))
        if post is None:
            continue
        for kind, found_at, known_at in (
            (EventKind.EDITED, row.edited_at, post.edited_at),
            (EventKind.DELETED, row.gone_at, post.deleted_at),
        ):
            if found_at is not None and (known_at is None or known_at < found_at):
                owed.append(Event(kind, found_at, TimeSource.OURS, post=post.post))
    return owed


def missing_words(row: PostRow) -> str | None:
    """Say why a post has no words any more: `deleted` or `expired`; None while it has them."""
    if row.gone_at is not None:
        return "deleted"
    return "expired" if row.expired_at is not None else None


def _precedence(case: Case) -> tuple[bool, int, int]:
    """Order cases that are one: a wait must not end in a closed case, nor a page in a lesser one; else by age."""
    return case.ended_at is not None, -case.policy.rank, case.number


def _are_apart(one: Case, other: Case) -> bool:
    """Say whether the later case came too late to reopen the earlier one, so that they are two situations."""
    earlier, later = sorted((one, other), key=lambda case: (case.posted_at, case.number))
    ended_at = earlier.ended_at
    return ended_at is not None and later.posted_at > ended_at + earlier.policy.reopen_within


def _merge_events(kept: Case, gone: Case, *, now: datetime) -> tuple[Event, ...]:
    """Give what the case that stays takes over from the one that goes."""
    joined = [
        Event(
            EventKind.JOINED,
            post.at,
            TimeSource.PLATFORM,
            post=post.post,
            facts={
                "deserving": post.deserving or post.post == gone.opening_post,
                "sentiment": post.sentiment,
            },
        )
        for post in gone.posts
    ]
    taken = []
    if gone.acknowledged_at and gone.acknowledged_by and kept.acknowledged_at is None:
        facts = {"by": "merge"}
        taken = [
            Event(
                EventKind.ACKNOWLEDGED,
                gone.acknowledged_at,
                TimeSource.OURS,
                gone.acknowledged_by,
                facts=facts,
            )
        ]
    pressed = [
        Event(EventKind.REPLIED, press.at, TimeSource.OURS, press.actor, facts={"where": press.where})
        for press in gone.presses
    ]
    merged = Event(EventKind.MERGED, now, TimeSource.OURS, facts={"from": gone.number})
    known = {answer.post for answer in kept.answers}
    answers = answer_events(answer for answer in gone.answers if answer.post not in known)
    return (merged, *joined, *taken, *pressed, *answers, *_promises_taken_over(kept, gone))


def _promises_taken_over(kept: Case, gone: Case) -> list[Event]:
    """Give the promises of the case that goes, numbered on from those of the one that stays."""
    events = []
    for promise in gone.promises:
        number = {"number": len(kept.promises) + promise.number}
        facts = {**number, "what": promise.what, "due_at": promise.due_at.isoformat()}
        events.append(Event(EventKind.PROMISED, promise.made_at, TimeSource.OURS, promise.by, facts=facts))
        for kind, at in (
            (EventKind.PROMISE_DUE, promise.reminded_at),
            (EventKind.PROMISE_BROKEN, promise.broken_at),
            (EventKind.PROMISE_KEPT, promise.kept_at),
        ):
            if at is not None:
                events.append(Event(kind, at, TimeSource.OURS, facts=number))
    return events


def _facts_of(event: Event, post: PostRow | None) -> dict[str, Any]:
    """Give an event's facts, and of a customer's post when it was seen: figures are counted from events alone."""
    if event.kind is not EventKind.JOINED or post is None:
        return dict(event.facts)
    ahead = {"clock_ahead_s": post.clock_offset_s} if post.clock_offset_s else {}
    return {**event.facts, "seen_at": post.seen_at.isoformat(), **ahead}


def content_of(row: Any) -> Content:
    """Give what a line of a history says, for its seal."""
    return Content(
        case=row.case,
        kind=row.kind,
        happened_at=row.happened_at,
        time_source=row.time_source,
        recorded_at=row.recorded_at,
        actor=row.actor,
        post=row.post,
        post_hash=row.post_hash,
        facts=row.facts,
        definitions=row.definitions,
    )


def event_of(row: Any) -> Event:
    """Read a line of a history."""
    return Event(
        kind=EventKind(row.kind),
        happened_at=row.happened_at,
        source=TimeSource(row.time_source),
        actor=row.actor,
        post=row.post,
        facts=dict(row.facts),
        recorded_at=row.recorded_at,
        definitions=row.definitions,
    )


def _bits(names: Sequence[str]) -> int:
    return sum(CLOCK_BITS[name] for name in names)
