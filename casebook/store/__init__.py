"""The casebook's store: the only room, with its tables, that knows the database. Rows never leave it."""

from casebook.record import (
    CaseView,
    Change,
    Claimed,
    Filed,
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
from casebook.store.filing import Filing, LostLease
from casebook.store.log import COLUMNS, Kept, Log
from casebook.store.outbox import Outbox
from casebook.store.triage import Triage

__all__ = [
    "COLUMNS",
    "CaseView",
    "Change",
    "Claimed",
    "Filed",
    "Kept",
    "LostLease",
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


class Store(Filing, Triage, Outbox, Log):
    """All of the record: filing, triage, cases, corrections, outbox and log over one engine."""
