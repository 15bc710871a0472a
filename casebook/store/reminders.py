"""Reminders of one person that are due at one time leave as one message.

How it works:
1. Whoever claims a reminder that nobody tried to send claims with it what reminds the same person by now, and writes
   on each of those in whose message it stands (`told_in`). The key of the message is that of the first.
2. All of them are accepted, put off, refused or given to the next channel together, and each case hears of it.
3. A try whose outcome is not known is repeated as it was, with the same reminders: it is looked up by the same key.
4. While cases are due to be looked at, a reminder waits for them, for a few seconds at most: they may remind the same
   person.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from casebook.store.counting import Counting
from casebook.store.together import stands_alone
from casebook.tables import DeliveryRow

MOST: Final = 10
"""Reminders in one message: so many that ask something, with their links and buttons, fit wherever they are sent."""


class Reminders(Counting):
    """The part of the store that gathers reminders."""

    def _gather(self, session: Session, row: DeliveryRow, *, now: datetime) -> None:
        """Let what reminds the same person by now stand in this message, if nobody can have seen it yet."""
        row.told_in = None
        if not row.reminds or row.ref is not None or row.attempted_at is not None:
            return
        session.flush()
        room = MOST - 1 - len(self._told_with(session, row))
        for other in session.execute(_LIKE_IT.limit(room), _like(row, now)).scalars() if room > 0 else ():
            other.told_in = row.id
        session.flush()

    def _told_with(self, session: Session, row: DeliveryRow) -> Sequence[DeliveryRow]:
        """Give the reminders that stand in this one's message, by their numbers."""
        return session.execute(_WITH_IT, {"id": row.id}).scalars().all() if row.reminds else ()


def _like(row: DeliveryRow, now: datetime) -> dict[str, Any]:
    return {"id": row.id, "addressee": row.addressee, "channel": row.channel, "now": now}


def _like_it() -> Any:
    return (
        select(DeliveryRow)
        .where(
            col(DeliveryRow.reminds).is_(True),
            col(DeliveryRow.id) != bindparam("id"),
            col(DeliveryRow.addressee) == bindparam("addressee"),
            col(DeliveryRow.channel) == bindparam("channel"),
            col(DeliveryRow.state) == "due",
            col(DeliveryRow.ref).is_(None),
            col(DeliveryRow.attempted_at).is_(None),
            col(DeliveryRow.due_at) <= bindparam("now"),
            stands_alone(),
        )
        .order_by(col(DeliveryRow.id))
        .with_for_update(skip_locked=True, of=DeliveryRow)
    )


def _with_it() -> Any:
    return (
        select(DeliveryRow)
        .where(col(DeliveryRow.told_in) == bindparam("id"), col(DeliveryRow.state) != "withdrawn")
        .order_by(col(DeliveryRow.id))
    )


_LIKE_IT, _WITH_IT = _like_it(), _with_it()
