"""Deliveries: owed in the transaction of what they tell of, claimed one by one, marked when accepted."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, delete, exists, func, not_, or_, select, update
from sqlalchemy import case as when
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from casebook.allowance import Gate
from casebook.event import Event, EventKind, TimeSource
from casebook.fold import fold
from casebook.mention import clean_text
from casebook.record import Change, Claimed, Lies
from casebook.store.allowances import is_free, may_be_held
from casebook.store.quoting import quoted_posts
from casebook.store.reminders import Reminders
from casebook.store.together import OWED, WAITS, stands_alone, waits_for_others
from casebook.tables import CasePostRow, CaseRow, DeliveryRow, EnclosureRow, PostRow


class Outbox(Reminders):
    """The part of the store that owes messages."""

    def claim_delivery(self, *, now: datetime, lease: timedelta, gate: Gate | None = None) -> Claimed | None:
        """Take the next message that is due and may be sent, the most severe case first; None when none is.

        What calls nobody comes after what does. A case's messages keep their order: a page waits for the card
        before it. What a message takes of its
        vendor's allowances is taken with it; where nothing is left, `gate` hears until when. The beginning of
        the try is recorded before it is made, so that a try that nobody finished is known to be ambiguous. What
        reminds the same person at the same time is claimed with it (`casebook.store.reminders`).
        """
        if not self._may_be_claimed(
            gate, now
        ):  # most looks find nothing: those must not stand in writers' way
            return None
        with self.writing() as session:
            while True:
                due = _open_only(_NEXT_DUE, gate, now)
                number = session.execute(due, _asked_at(now)).scalar()
                if number is None:
                    return None
                row = session.get_one(DeliveryRow, number)
                claimed = self._claimed(session, row)
                wait = self._take(session, gate.costs(claimed), now=now) if gate is not None else None
                if wait is None:
                    break
                gate.shut_for(claimed, *wait)  # type: ignore[union-attr]  # only a gate makes it wait
            self._gather(session, row, now=now)
            others = self._told_with(session, row)
            claimed = replace(claimed, beside=tuple(self._claimed(session, other) for other in others))
            for one in (row, *others):
                one.lease_until, one.lease_by = now + lease, self.holder
                one.fence += 1
                one.first_tried_at = one.first_tried_at or now
                one.attempted_at = one.attempted_at or now
            session.flush()
            return claimed

    def _may_be_claimed(self, gate: Gate | None, now: datetime) -> bool:
        with self.reading() as session:
            due = _open_only(_ANY_DUE, gate, now)
            return session.execute(due, _asked_at(now)).first() is not None

    def mark_sent(self, claimed: Claimed, *, place: str, ref: str, revision: int, now: datetime) -> bool:
        """Record that the vendor accepted a message showing `revision`; False when the lease was lost.

        A case that changed meanwhile makes its card due again. The first acceptance of all dates the alert. Once
        the card stands of the team that has the case, those of teams that had it before are to say so.
        """
        with self.writing() as session:
            row = session.get_one(DeliveryRow, claimed.id, with_for_update=True)
            if row.fence != claimed.fence:
                return False
            tried_at, is_new = row.attempted_at or now, row.ref is None
            self._drop_enclosed(session, row.case, claimed.id)
            for one in (row, *self._told_with(session, row)):
                one.state, one.place, one.ref = "sent", place, ref
                one.lease_until = one.attempted_at = one.first_tried_at = one.error = one.due_at = None
                one.attempts, one.shown_revision = 0, revision
                one.accepted_at = one.accepted_at or now
                session.flush()
                self._alerted(session, one, now=now)
                if self._is_due_again(session, one, revision=revision, tried_at=tried_at):
                    row.state, row.due_at = "due", now
            if is_new and row.kind == "card" and row.case is not None:
                self._cards_are_due(session, row.case, now=now, but=row.addressee)
            return True

    def put_off_delivery(self, claimed: Claimed, *, until: datetime, error: str, ambiguous: bool) -> bool:
        """Let a message that could not be sent wait; `ambiguous` when the vendor may have accepted it."""
        values: dict[str, Any] = {
            "due_at": until,
            "lease_until": None,
            "error": clean_text(error),
            "attempts": claimed.attempts + 1,
        }
        if not claimed.beside:  # of several, the one that could not be worded leaves by itself
            values["told_in"] = None
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
            told = {"channel": channel, "error": clean_text(error)}
            for one in (claimed, *claimed.beside) if kept else ():
                self._tell_case(session, one, EventKind.FELL_BACK, told, now=now)
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
            for one in (claimed, *claimed.beside) if kept and was != "refused" else ():
                self._tell_case(session, one, EventKind.REFUSED, {"error": clean_text(error)}, now=now)
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
            self._drop_enclosed(session, claimed.case, claimed.id)
            return self._keep(session, claimed, {"state": "withdrawn", "due_at": None, "lease_until": None})

    def next_delivery(self, *, gate: Gate | None = None, now: datetime | None = None) -> datetime | None:
        """Give when the next message could be sent, those behind shut doors aside; None when none is owed.

        One that somebody is sending counts from the end of their lease, one that waits for another not at all;
        nor, where `now` is given, a reminder that waits for cases that are due.
        """
        with self.reading() as session:
            due = _NEXT_FREE if now is None else _open_only(_NEXT_FREE_NOW, gate, now)
            found: datetime | None = session.execute(due, _asked_at(now) if now else {}).scalar()
            return found

    def deliveries(self) -> dict[str, int]:
        """Count the deliveries of each state."""
        # almost all are sent: what is left is counted, and they are the rest
        rows = select(func.count()).select_from(DeliveryRow)
        counted = {state: rows.where(col(DeliveryRow.state) == state) for state in _BUT_SENT}
        with self.reading() as session:
            looks = (one.scalar_subquery() for one in (*counted.values(), rows))
            *others, whole = session.execute(select(*looks)).one()
        found = {state: int(number) for state, number in zip(counted, others, strict=True)}
        found["sent"] = int(whole) - sum(found.values())
        return {state: number for state, number in found.items() if number}

    def _claimed(self, session: Session, row: DeliveryRow) -> Claimed:
        beside = {"case": row.case, "addressee": row.addressee, "channel": row.channel}
        thread = (
            session.execute(_CARD, beside).first() if row.kind != "card" and row.case is not None else None
        )
        successor = session.execute(_SUCCESSOR, beside).first() if row.kind == "card" else None
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
            successor=Lies(*successor) if successor else None,
        )

    def _drop_enclosed(self, session: Session, case: int | None, delivery: int) -> None:
        """Let go of what went along with a message of no case: who was sent it has it."""
        if case is None:
            session.execute(delete(EnclosureRow).where(col(EnclosureRow.delivery) == delivery))

    def _keep(self, session: Session, claimed: Claimed, values: dict[str, Any]) -> bool:
        ours = and_(col(DeliveryRow.id) == claimed.id, col(DeliveryRow.fence) == claimed.fence)
        kept = update(DeliveryRow).where(ours).values(**values).returning(col(DeliveryRow.id))
        if session.execute(kept).scalar() is None:
            return False
        if claimed.beside:  # what stands in one message shares its fate
            others = and_(col(DeliveryRow.told_in) == claimed.id, col(DeliveryRow.state).in_(OWED))
            session.execute(update(DeliveryRow).where(others).values(**values))
        return True

    def leave_alone(self, claimed: Claimed) -> bool:
        """Let each reminder of a message that was not sent leave by itself again."""
        free = {"told_in": None, "lease_until": None, "attempted_at": claimed.attempted_at}
        with self.writing() as session:
            others = and_(col(DeliveryRow.told_in) == claimed.id, col(DeliveryRow.state).in_(OWED))
            freed = update(DeliveryRow).where(others).values(**free).returning(col(DeliveryRow.id))
            return session.execute(freed).first() is not None

    def _alerted(self, session: Session, row: DeliveryRow, *, now: datetime) -> None:
        held = self._held(session, row.case) if row.case is not None else None
        if held is None or held.alerted_at is not None:
            return
        alerted = Event(EventKind.ALERTED, now, TimeSource.OURS, facts={"delivery": row.key})
        self._write_events(session, held, (alerted,), now=now)
        held.alerted_at = now  # the card does not show it: no new revision
        held.alert_lag_s = max(0, int((now - held.opened_at).total_seconds()))

    def _is_due_again(self, session: Session, row: DeliveryRow, *, revision: int, tried_at: datetime) -> bool:
        """Say whether what was accepted was worded before something changed that it shows."""
        if row.case is None:
            return self._were_erased_since(session, quoted_posts(row.content), tried_at)
        if row.kind != "card":
            return self._was_erased_since(session, row.case, tried_at)
        current = select(col(CaseRow.revision)).where(col(CaseRow.number) == row.case)
        return (session.execute(current).scalar() or 0) > revision

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


def _asked_at(now: datetime) -> dict[str, datetime]:
    return {"now": now, "since": now - WAITS}


def _open_only(due: Any, gate: Gate | None, now: datetime | None) -> Any:
    """Leave out what waits behind a shut door."""
    shut = gate.shut(now) if gate is not None and now is not None else {}
    return due.where(is_free(shut)) if shut else due


def _any_due() -> Any:
    free = or_(col(DeliveryRow.lease_until).is_(None), col(DeliveryRow.lease_until) <= bindparam("now"))
    return (
        select(col(DeliveryRow.id))
        .where(*_sendable(), not_(waits_for_others()), col(DeliveryRow.due_at) <= bindparam("now"), free)
        .limit(1)
    )


def _next_due() -> Any:
    return (
        _any_due()
        .outerjoin(CaseRow, col(CaseRow.number) == col(DeliveryRow.case))
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
    return col(DeliveryRow.state).in_(OWED), ~_is_blocked(), stands_alone()


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


def _successor() -> Any:
    """Find the card of the team that has a case now, where that is another team than this addressee."""
    return (
        select(col(DeliveryRow.channel), col(DeliveryRow.place), col(DeliveryRow.ref))
        .join(CaseRow, col(CaseRow.number) == col(DeliveryRow.case))
        .where(
            col(DeliveryRow.case) == bindparam("case"),
            col(DeliveryRow.kind) == "card",
            col(DeliveryRow.addressee) != bindparam("addressee"),
            col(DeliveryRow.addressee) == "team:" + col(CaseRow.team),
            col(DeliveryRow.place).is_not(None),
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
_BUT_SENT = ("due", "refused", "withdrawn")
_ANY_DUE, _NEXT_DUE = _any_due(), _next_due()
_NEXT_FREE, _NEXT_FREE_NOW = _next_free(), _next_free().where(not_(waits_for_others()))
_CARD, _SUCCESSOR, _HELD_BACK = _card(), _successor(), _held_back()
