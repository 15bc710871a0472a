"""Which messages need not go out any more: what they call for was done before they could be sent."""

from collections.abc import Callable, Mapping

from casebook.case import Case, Status
from casebook.record import Claimed
from casebook.updates import update_owed
from vaste.threads import LINES, is_told

_CALLS = frozenset({"opened", "escalated", "raised", "repeated", "returned", "untaken"})
"""Why somebody is called to take a case."""


def is_stale(case: Case, claimed: Claimed) -> bool:
    """Say whether a message need not go out any more; what stands there is kept right."""
    if claimed.ref is not None:
        return False
    return _is_stale_card(case, claimed) if claimed.kind == "card" else _is_stale_page(case, claimed)


def has_left(case: Case, claimed: Claimed) -> bool:
    """Say whether a message is for the channel of a team that has the case no more."""
    return claimed.addressee.startswith("team:") and claimed.addressee != f"team:{case.policy.team}"


def _is_stale_card(case: Case, claimed: Claimed) -> bool:
    """Of a child its crisis has a card; and where nobody can have seen one, nobody need hear that it went elsewhere."""
    return case.is_folded or (has_left(case, claimed) and claimed.attempted_at is None)


def _is_stale_page(case: Case, claimed: Claimed) -> bool:
    why = str(claimed.content.get("why"))
    if case.living and why == "summed_up":
        return False
    if why in LINES:
        return claimed.thread is None or is_told(case, why, claimed.content)
    reminder = _REMINDERS.get(why)
    if reminder is not None:
        return not reminder(case, int(claimed.content.get("step", 0)))
    return _calls_nobody(case, claimed, why)


def _calls_nobody(case: Case, claimed: Claimed, why: str) -> bool:
    is_over = case.gone_at is not None or case.merged_into is not None or case.ended_at is not None
    if is_over or (case.is_folded and why in _CALLS):  # of a child its crisis tells
        return True
    if has_left(case, claimed):  # whoever has it now was called
        return True
    if case.snoozed_until is not None:  # who is called now is called when it comes back
        return why != "reassigned"
    done = {
        "waits_again": case.waiting is None,
        "asked": case.asked_at is None,
        "snooze_over": case.status is Status.RESPONDED,
    }
    return done.get(why, why in _CALLS and not case.is_untaken)


def _owes_promise(case: Case, number: int) -> bool:
    """Say whether a promise is still to be kept, whatever became of the case meanwhile."""
    return any(made.is_owed and made.number == number for made in case.promises)


def _owes_update(case: Case, since: int) -> bool:
    """Say whether a further word is owed since the reply of this second; a later reply has said it."""
    update = update_owed(case)
    is_quiet = case.snoozed_until is not None or case.is_folded
    return update is not None and int(update.since.timestamp()) == since and not is_quiet


_REMINDERS: Mapping[str, Callable[[Case, int], bool]] = {"promise": _owes_promise, "update": _owes_update}
"""Pages that remind somebody, and whether they still must."""
