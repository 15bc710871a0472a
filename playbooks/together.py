"""Whom a case calls that nobody handles alone. Pure."""

from collections.abc import Sequence

from casebook.grounds import ground
from playbooks.escalate import Reached


def beside(first: Reached, others: Sequence[str]) -> Reached:
    """Give whoever is called first together with the first of the others; alone where there is nobody else.

    Where nobody is called first, nobody is beside them: that is nobody on call.
    """
    if not first.people:
        return first
    second = next((person for person in others if person not in first.people), None)
    if second is None:
        return Reached(first.people, first.channel, (*first.reason, ground("reached.alone")))
    return Reached((*first.people, second), first.channel, (*first.reason, ground("reached.beside")))
