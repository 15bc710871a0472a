"""A mention on record, looked at once more: what a decision sees of it."""

from casebook.record import Surroundings
from casebook.store import Kept


def around(kept: Kept) -> Surroundings:
    """Give a mention on record the surroundings that a decision looks at, its conversation aside."""
    return Surroundings(
        mention=kept.mention,
        bystander=kept.bystander,
        posts=(),
        answers=(),
        case=None,
        history=kept.history,
        circumstances=kept.circumstances,
    )
