"""Which messages leave by themselves, and which stand in another one: conditions of the outbox' questions."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import and_, bindparam, exists, not_, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from casebook.tables import CaseRow, DeliveryRow

OWED: Final = ("due", "refused")
"""States in which a message is still to be sent; a refused one is tried again seldom."""
WAITS: Final = timedelta(seconds=5)
"""The longest that a reminder waits for others: a case that can't be looked at must not hold it back."""


def waits_for_others() -> Any:
    """Give the condition that a reminder waits for cases that may remind the same person."""
    case = aliased(CaseRow)
    is_due = exists().where(col(case.look_at) <= bindparam("now"))
    return and_(col(DeliveryRow.reminds).is_(True), col(DeliveryRow.owed_at) > bindparam("since"), is_due)


def stands_alone() -> Any:
    """Give the condition that a message is sent by itself: it stands in none that is still to be sent."""
    other = aliased(DeliveryRow)
    carried = exists().where(col(other.id) == col(DeliveryRow.told_in), col(other.state).in_(OWED))
    return or_(col(DeliveryRow.told_in).is_(None), not_(carried))


def in_messages_of(cases: Sequence[int]) -> Any:
    """Give the condition that a message tells of one of these cases with others."""
    told = aliased(DeliveryRow)
    return col(DeliveryRow.id).in_(
        select(col(told.told_in)).where(col(told.case).in_(cases), col(told.told_in).is_not(None))
    )
