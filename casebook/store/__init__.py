"""The casebook's store: the only room, with its tables, that knows the database. Rows never leave it."""

from casebook.record import (
    CaseView,
    Change,
    Claimed,
    Filed,
    Held,
    LaneRecord,
    Owed,
    Problem,
    Ruling,
    SourceState,
    Spending,
    Spent,
    Surroundings,
    ToJudge,
    Waiting,
)
from casebook.store.coverage import Grow
from casebook.store.filing import LostLease, Notes
from casebook.store.log import COLUMNS, Kept, Log
from casebook.store.outbox import Outbox
from casebook.store.past import Pasts
from casebook.store.upkeep import Upkeep

__all__ = [
    "COLUMNS",
    "CaseView",
    "Change",
    "Claimed",
    "Filed",
    "Grow",
    "Held",
    "Kept",
    "LaneRecord",
    "LostLease",
    "Notes",
    "Owed",
    "Problem",
    "Ruling",
    "SourceState",
    "Spending",
    "Spent",
    "Store",
    "Surroundings",
    "ToJudge",
    "Waiting",
]


class Store(Upkeep, Pasts, Outbox, Log):
    """All of the record: filing, upkeep, triage, cases, corrections, outbox and log over one engine."""
