"""The casebook's store: the only room, with its tables, that knows the database. Rows never leave it."""

from casebook.log import COLUMNS
from casebook.record import (
    CaseView,
    Change,
    Claimed,
    Crowd,
    Filed,
    Held,
    LaneRecord,
    Notice,
    Owed,
    Problem,
    Quoted,
    Ruling,
    SourceState,
    Spending,
    Spent,
    Surroundings,
    ToJudge,
    View,
    Waiting,
)
from casebook.store.agreements import Agreements
from casebook.store.at_hand import AtHand
from casebook.store.coverage import Grow
from casebook.store.digests import Digests
from casebook.store.dossiers import Dossiers
from casebook.store.filing import LostLease, Notes
from casebook.store.loads import Loads
from casebook.store.log import Kept, Log
from casebook.store.outbox import Outbox
from casebook.store.past import Pasts
from casebook.store.reporting import Reporting
from casebook.store.seals import Seals
from casebook.store.told import CasesTold
from casebook.store.upkeep import Upkeep
from casebook.store.views import Views

__all__ = [
    "COLUMNS",
    "CaseView",
    "Change",
    "Claimed",
    "Crowd",
    "Filed",
    "Grow",
    "Held",
    "Kept",
    "LaneRecord",
    "LostLease",
    "Notes",
    "Notice",
    "Owed",
    "Problem",
    "Quoted",
    "Ruling",
    "SourceState",
    "Spending",
    "Spent",
    "Store",
    "Surroundings",
    "ToJudge",
    "View",
    "Waiting",
]


class Store(
    Upkeep,
    Pasts,
    Outbox,
    Dossiers,
    Loads,
    AtHand,
    Digests,
    Log,
    CasesTold,
    Seals,
    Agreements,
    Views,
    Reporting,
):
    """All of the record over one engine: filing, triage, cases, corrections, outbox, digests, log, agreements."""
