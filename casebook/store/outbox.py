"""Deliveries: owed in the transaction of what they tell of, claimed one by one, marked when accepted."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, or_, select, update
from sqlalchemy import case as when
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from casebook.allowance import Gate
from casebook.event import Event, EventKind, TimeSource
from casebook.fold import fold
from casebook.mention import clean_text
from casebook.record import Change, Claimed
from casebook.store.allowances import is_free, may_be_held
from casebook.store.counting import Counting
from casebook.store.quoting import quoted_posts
from casebook.tables import CasePostRow, CaseRow, DeliveryRow, PostRow

_OWED = ("due", "refused")
"""States in which a message is still to be sent; a refused one is tried again seldom."""


class Outbox(Counting):
    """The part of the store that owes messages."""

    def claim_delivery(self, *, now: datetime, lease: timedelta, gate: Gate | None = None) -> Claimed | None:
        """Take the next message that is due and may be sent, the most severe case first; None when none is.

        What calls nobody comes after what does. A case's messages keep their order: a page waits for the card
        before it. What a message takes of its
        vendor's allowances is taken with it; where nothing is left, `gate` hears until when. The beginning of
        the try is recorded before it is made, so that a try that nobody finished is known to be ambiguous.
        """
        with self.writing() as session:
            while True:
                due = _open_only(_NEXT_DUE, gate, now)
                number = session.execute(due, {"now": now}).scalar()
                if number is None:
                    return None
                row = session.get_one(DeliveryRow, number)
                claimed = self._claimed(session, row)
                wait = self._take(session, gate.costs(claimed), now=now) if gate is not None else None
                if wait is None:
                    break
                gate.shut_for(claimed, *wait)  # type: ignore[union-attr]  # only a gate makes it wait
            row.lease_until, row.lease_by = now + lease, self.holder
            row.fence += 1
            row.first_tried_at = row.first_tried_at or now
            row.attempted_at = row.attempted_at or now
            session.flush()
            return claimed

    def mark_sent(self, claimed: Claimed, *, place: str, ref: str, revision: int, now: datetime) -> bool:
        """Record that the vendor accepted a message showing `revision`; False when the lease was lost.

        A case that changed meanwhile makes its card due again. The first acceptance of all dates the alert.
        """
        with self.writing() as session:
            row = session.get_one(DeliveryRow, claimed.id, with_for_update=True)
            if row.fence != claimed.fence:
                return False
            tried_at = row.attempted_at or now
            row.state, row.place, row.ref = "sent", place, ref
            row.lease_until = row.attempted_at = row.first_tried_at = row.error = row.due_at = None
            row.attempts, row.shown_revision = 0, revision
            row.accepted_at = row.accepted_at or now
            session.flush()
            self._alerted(session, row, now=now)
            self._due_again(session, row, revision=revision, tried_at=tried_at, now=now)
            return True

    def put_off_delivery(self, claimed: Claimed, *, until: datetime, error: str, ambiguous: bool) -> bool:
        """Let a message that could not be sent wait; `ambiguous` when the vendor may have accepted it."""
        values: dict[str, Any] = {
            "due_at": until,
            "lease_until": None,
            "error": clean_text(error),
            "attempts": claimed.attempts + 1,
        }
        if not ambiguous:  # known not to be there; an earlier ambiguous try of this message stays one
            values["attempted_at"] = claimed.attempted_at
        with self.writing() as session:
            return self._keep(session, claimed, values)

    def fall_back(self, claimed: Claimed, *, channel: int, error: str, now: datetime) -> bool:
        """Give a message to the next channel of the configuration, and record that on the case."""
        values: dict[str, Any] = {
            "channel": channel,
            "due_at": now,
            "lease_until": None,
            "attempted_at": None,
            "first_tried_at": None,
            "attempts": 0,
            "place": None,
            "ref": None,
            "error": clean_text(error),
        }
        with self.writing() as session:
            kept = self._keep(session, claimed, values)
            if kept:
                self._tell_case(
                    session,
                    claimed,
                    EventKind.FELL_BACK,
                    {"channel": channel, "error": clean_text(error)},
                    now=now,
                )
            return kept

    def refuse(self, claimed: Claimed, *, error: str, retry_at: datetime, now: datetime) -> bool:
        """Record that no channel takes a message: visible as refused, and tried again at `retry_at`.

        What is wrong may be mended without a word to us (a token, an invitation). The case is told once.
        """
        values: dict[str, Any] = {
            "state": "refused",
            "due_at": retry_at,
            "lease_until": None,
            "attempted_at": None,
            "attempts": claimed.attempts + 1,
            "error": clean_text(error),
        }
        with self.writing() as session:
            was = session.execute(
                select(col(DeliveryRow.state)).where(col(DeliveryRow.id) == claimed.id)
            ).scalar()
            kept = self._keep(session, claimed, values)
            if kept and was != "refused":
                self._tell_case(session, claimed, EventKind.REFUSED, {"error": clean_text(error)}, now=now)
            return kept

    def owe_again(self, *, now: datetime, addressee: str | None = None) -> int:
        """Owe what every channel had refused once more (to one addressee, or to all); gives how much.

        For when what was wrong may have been mended: at a start, or when an addressee takes messages again.
        """
        refused = [col(DeliveryRow.state) == "refused"]
        if addressee is not None:
            refused.append(col(DeliveryRow.addressee) == addressee)
        anew = {"state": "due", "due_at": now, "channel": 0, "attempts": 0, "first_tried_at": None}
        owed = update(DeliveryRow).where(and_(*refused)).values(attempted_at=None, **anew)
        with self.writing() as session:
            return len(session.execute(owed.returning(col(DeliveryRow.id))).all())

    def withdraw(self, claimed: Claimed) -> bool:
        """Take back a message that nobody needs any more, before it was sent."""
        with self.writing() as session:
            return self._keep(session, claimed, {"state": "withdrawn", "due_at": None, "lease_until": None})

    def next_delivery(self, *, gate: Gate | None = None, now: datetime | None = None) -> datetime | None:
        """Give when the next message could be sent, those behind shut doors aside; None when none is owed.

        One that somebody is sending counts from the end of their lease, one that waits for another not at all.
        """
        with self.reading() as session:
            due = _open_only(_NEXT_FREE, gate, now)
            found: datetime | None = session.execute(due).scalar()
            return found

    def deliveries(self) -> dict[str, int]:
        """Count the deliveries of each state."""
        with self.reading() as session:
            counted = select(col(DeliveryRow.state), func.count()).group_by(col(DeliveryRow.state))
            return {state: int(number) for state, number in session.execute(counted)}

    def _claimed(self, session: Session, row: DeliveryRow) -> Claimed:
        beside = {"case": row.case, "addressee": row.addressee, "channel": row.channel}
        thread = (
            session.execute(_CARD, beside).first() if row.kind != "card" and row.case is not None else None
        )
        return Claimed(
            id=int(row.id or 0),
            fence=row.fence + 1,
            key=row.key,
            case=row.case,
            kind=row.kind,
            addressee=row.addressee,
            content=dict(row.content),
            channel=row.channel,
            attempts=row.attempts,
            first_tried_at=row.first_tried_at,
            attempted_at=row.attempted_at,
            place=row.place,
            ref=row.ref,
            thread=(thread[0], thread[1]) if thread else None,
            may_wait=session.execute(_HELD_BACK, {"id": row.id}).first() is not None,
        )

    def _keep(self, session: Session, claimed: Claimed, values: dict[str, Any]) -> bool:
        ours = and_(col(DeliveryRow.id) == claimed.id, col(DeliveryRow.fence) == claimed.fence)
        kept = update(DeliveryRow).where(ours).values(**values).returning(col(DeliveryRow.id))
        return session.execute(kept).scalar() is not None

    def _alerted(self, session: Session, row: DeliveryRow, *, now: datetime) -> None:
        held = self._held(session, row.case) if row.case is not None else None
        if held is None or held.alerted_at is not None:
            return
        alerted = Event(EventKind.ALERTED, now, TimeSource.OURS, facts={"delivery": row.key})
        self._write_events(session, held, (alerted,), now=now)
        held.alerted_at = now  # the card does not show it: no new revision
        held.alert_lag_s = max(0, int((now - held.opened_at).total_seconds()))

    def _due_again(
        self, session: Session, row: DeliveryRow, *, revision: int, tried_at: datetime, now: datetime
    ) -> None:
        if row.case is None:
            # as with a page below: it was worded before words that it quotes were erased
            if self._were_erased_since(session, quoted_posts(row.content), tried_at):
                row.state, row.due_at = "due", now
            return
        if row.kind != "card":
            # it was worded before words of the case were erased: it may show them
            if self._was_erased_since(session, row.case, tried_at):
                row.state, row.due_at = "due", now
            return
        current = session.execute(
            select(col(CaseRow.revision)).where(col(CaseRow.number) == row.case)
        ).scalar()
        if (current or 0) > revision:
            row.state, row.due_at = "due", now

    def _was_erased_since(self, session: Session, case: int, at: datetime) -> bool:
        erased = or_(col(PostRow.gone_at) > at, col(PostRow.expired_at) > at)
        of_case = select(col(PostRow.id)).join(CasePostRow, col(CasePostRow.post) == col(PostRow.id))
        found = of_case.where(col(CasePostRow.case) == case, erased).limit(1)
        return session.execute(found).scalar() is not None

    def _tell_case(
        self, session: Session, claimed: Claimed, kind: EventKind, facts: dict[str, Any], *, now: datetime
    ) -> None:
        held = self._held(session, claimed.case) if claimed.case is not None else None
        if held is None:
            return
        case = fold(int(held.number or 0), self._events(session, int(held.number or 0)))
        told = Event(kind, now, TimeSource.OURS, facts={"delivery": claimed.key, **facts})
        self._append(session, held, case, Change(events=(told,)), now=now)


def _open_only(due: Any, gate: Gate | None, now: datetime | None) -> Any:
    """Leave out what waits behind a shut door."""
    shut = gate.shut(now) if gate is not None and now is not None else {}
    return due.where(is_free(shut)) if shut else due


def _next_due() -> Any:
    free = or_(col(DeliveryRow.lease_until).is_(None), col(DeliveryRow.lease_until) <= bindparam("now"))
    return (
        select(col(DeliveryRow.id))
        .outerjoin(CaseRow, col(CaseRow.number) == col(DeliveryRow.case))
        .where(*_sendable(), col(DeliveryRow.due_at) <= bindparam("now"), free)
        .order_by(
            col(DeliveryRow.ref).is_not(None),
            _can_stand_aside(),
            func.coalesce(_rank(), 0),
            col(DeliveryRow.id),
        )
        .limit(1)
        .with_for_update(skip_locked=True, of=DeliveryRow)  # SQLite has one writer, and is not told
    )


def _next_free() -> Any:
    leased = col(DeliveryRow.lease_until) > col(DeliveryRow.due_at)
    free_at = when((leased, col(DeliveryRow.lease_until)), else_=col(DeliveryRow.due_at))
    return select(func.min(free_at)).where(*_sendable())


def _sendable() -> tuple[Any, ...]:
    """It is owed, and waits for no other."""
    return col(DeliveryRow.state).in_(_OWED), ~_is_blocked()


def _card() -> Any:
    return (
        select(col(DeliveryRow.place), col(DeliveryRow.ref))
        .where(
            col(DeliveryRow.case) == bindparam("case"),
            col(DeliveryRow.kind) == "card",
            col(DeliveryRow.addressee) == bindparam("addressee"),
            col(DeliveryRow.channel) == bindparam("channel"),
            col(DeliveryRow.ref).is_not(None),
        )
        .limit(1)
    )


def _held_back() -> Any:
    return select(col(DeliveryRow.id)).where(col(DeliveryRow.id) == bindparam("id"), may_be_held())


def _is_blocked() -> Any:
    """A page is an answer to the card: it waits until every earlier message of its case was sent once."""
    before = aliased(DeliveryRow)
    return exists().where(
        col(before.case) == col(DeliveryRow.case),
        col(before.id) < col(DeliveryRow.id),
        col(before.state) == "due",
        col(before.ref).is_(None),
        col(before.addressee) == col(DeliveryRow.addressee),
    )


def _can_stand_aside() -> Any:
    """It calls nobody, and nothing that does waits behind it: a close told below its card delays no new card."""
    behind = aliased(DeliveryRow)
    calls = exists().where(
        col(behind.case) == col(DeliveryRow.case),
        col(behind.addressee) == col(DeliveryRow.addressee),
        col(behind.id) > col(DeliveryRow.id),
        col(behind.state) == "due",
        col(behind.ref).is_(None),
        ~col(behind.is_aside),
    )
    return and_(col(DeliveryRow.is_aside), ~calls)


def _rank() -> Any:
    """Order by severity: critical cases leave the outbox first."""
    return when({"critical": -3, "high": -2, "normal": -1}, value=col(CaseRow.severity), else_=0)


# asked for every message, and many times a second: put together once
_NEXT_DUE, _NEXT_FREE, _CARD, _HELD_BACK = _next_due(), _next_free(), _card(), _held_back()
