"""When a case that is quiet comes back to somebody: put off, taken and silent, called in vain. Pure.

Exactly at the instant it is due. At any time one of these holds of a case, a step of its chain is still to
come, or it needs nobody; so none is forgotten (`tests/vaste/test_days.py` holds us to that).
"""

from datetime import datetime, timedelta

from casebook.case import Case, Status


def wakes_at(case: Case) -> datetime | None:
    """Give when a case that was put off comes back; None where it is not put off."""
    return case.snoozed_until


def asks_at(case: Case) -> datetime | None:
    """Give when its owner is to be asked whether they are still on it; None where nothing is to be asked."""
    after = case.policy.ask_after
    if after is None or case.progress_at is None or case.asked_at is not None or not _is_in_hand(case):
        return None
    return _later(case, case.progress_at, after)


def returns_at(case: Case) -> datetime | None:
    """Give when it is called anew because its owner, asked, said and did nothing; None where it is not."""
    after = case.policy.ask_after
    if after is None or case.asked_at is None or not _is_in_hand(case):
        return None
    return _later(case, case.asked_at, after)


def repeats_at(case: Case) -> datetime | None:
    """Give when the chain, which called everybody in vain, begins again; None where it does not."""
    policy = case.policy
    if case.chain_from is None or policy.repeat_every is None or case.rounds >= policy.repeat_times:
        return None
    ended_at = case.chain_ended_at or _called_at(case)
    return None if ended_at is None else _later(case, ended_at, policy.repeat_every)


def _later(case: Case, start: datetime, duration: timedelta) -> datetime:
    return case.policy.calls_after(start, duration)


def _called_at(case: Case) -> datetime | None:
    """Give when whoever is on call was called, where the playbook has no step that could end the chain."""
    return case.chain_from if not case.policy.steps and case.first_paged and not case.hurried else None


def _is_in_hand(case: Case) -> bool:
    """Say whether somebody has it, the customer waits, and nobody put it off."""
    return (
        case.status is Status.ACKNOWLEDGED
        and case.owner is not None
        and case.snoozed_until is None
        and case.gone_at is None
        and case.merged_into is None
        and not case.is_folded  # its crisis asks
    )
