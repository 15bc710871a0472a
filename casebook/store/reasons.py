"""What a decision stands on, as its row keeps it: as facts, or as the sentence of before."""

from casebook.grounds import Ground, from_facts, written
from casebook.tables import VerdictRow


def reason_of(row: VerdictRow | None) -> tuple[Ground, ...]:
    """Give what a decision stands on; none where there is no decision."""
    if row is None:
        return ()
    return from_facts(row.grounds) or written(row.reason)
