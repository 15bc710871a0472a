"""What people have on their hands: cases that have not ended, and where their cards lie."""

from itertools import groupby

from sqlalchemy import and_, func, select
from sqlmodel import col

from casebook.case import Case
from casebook.fold import fold
from casebook.store.cases import Cases, event_of
from casebook.tables import AgreedCancelledRow, AgreedRow, CaseRow, DeliveryRow, EventRow, KeptRotaRow

_LIVE = ("open", "acknowledged", "responded")


class AtHand(Cases):
    """The part of the store that a person's home asks."""

    def live_cases(self) -> list[Case]:
        """Give the cases that were neither closed nor dismissed, by number; those that were merged aside."""
        live = select(col(CaseRow.number)).where(
            col(CaseRow.status).in_(_LIVE), col(CaseRow.merged_into).is_(None)
        )
        lines = (
            select(EventRow)
            .where(col(EventRow.case).in_(live))
            .order_by(col(EventRow.case), col(EventRow.line))
        )
        with self.reading() as session:
            rows = session.execute(lines).scalars()
            told = groupby(rows, key=lambda row: row.case)
            return [fold(number, [event_of(row) for row in some]) for number, some in told]

    def sources_of(self) -> dict[int, str]:
        """Give the source of each live case."""
        live = select(col(CaseRow.number), col(CaseRow.source)).where(col(CaseRow.status).in_(_LIVE))
        with self.reading() as session:
            return {int(number): source for number, source in session.execute(live)}

    def cards(self, *, channel: int) -> dict[int, tuple[str, str]]:
        """Give where the card of each live case lies on a channel: its place and its id there."""
        there = and_(
            col(DeliveryRow.kind) == "card",
            col(DeliveryRow.channel) == channel,
            col(DeliveryRow.place).is_not(None),
            col(DeliveryRow.ref).is_not(None),
        )
        live = (
            select(col(DeliveryRow.case), col(DeliveryRow.place), col(DeliveryRow.ref))
            .join(CaseRow, col(CaseRow.number) == col(DeliveryRow.case))
            .where(there, col(CaseRow.status).in_(_LIVE))
            # the last one counts: that of the team that has the case, else the one that stood there first
            .order_by(col(DeliveryRow.addressee) == "team:" + col(CaseRow.team), col(DeliveryRow.id).desc())
        )
        with self.reading() as session:
            return {int(case): (place, ref) for case, place, ref in session.execute(live)}

    def mark(self) -> tuple[object, ...]:
        """Give what changes with every event and every agreement; one quick look.

        A card that is there for the first time is an event of its case, too.
        """
        asked = (
            func.max(col(EventRow.id)),
            func.max(col(AgreedRow.id)),
            func.count(col(AgreedCancelledRow.agreed)),
            func.max(col(KeptRotaRow.read_at)),
        )
        with self.reading() as session:
            return tuple(session.execute(select(one)).scalar() for one in asked)
