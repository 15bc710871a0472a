"""Figures of people at work: only where they are turned on, and then with their bounds. Pure.

Finnish law (759/2004) allows an employer only such facts about an employee as the work makes necessary, and wants
technical monitoring to be talked over first. So who took a case is told to whoever handles it, and nothing is
chosen, ordered, counted or handed on by person unless the configuration says so, and for what.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from casebook.log import COLUMNS, Wanted

AT_LEAST: Final = 10
"""Cases behind a figure of one person, unless the configuration says otherwise."""
Values = tuple[Any, ...]
_TEAM, _TAKEN, _ANSWERED, _FOUND = (
    COLUMNS.index(name) for name in ("team", "acknowledged_by", "responded_by", "response_found")
)


@dataclass(frozen=True, slots=True)
class PeopleFigures:
    """Figures by person are on."""

    purpose: str | None = None
    """What they are for, as the configuration notes it."""
    at_least: int = AT_LEAST
    """So many cases stand behind a figure of one person; who has fewer is counted among the others."""


def by_team(rows: Iterable[Values], handles: Collection[str]) -> Iterator[Values]:
    """Put the team in the place of whoever of it took or answered a case.

    An answer names somebody where it was pressed, or came from an account of one of our people (`handles`); the
    company's own account is nobody.
    """
    ours = {handle.casefold() for handle in handles}
    for row in rows:
        if row[_TAKEN] is None and row[_ANSWERED] is None:
            yield row
            continue
        told = list(row)
        if row[_TAKEN] is not None:
            told[_TAKEN] = row[_TEAM]
        answered = row[_ANSWERED]
        if answered is not None and (row[_FOUND] == "manual" or answered.casefold() in ours):
            told[_ANSWERED] = row[_TEAM]
        yield tuple(told)


def asked_of(wanted: Wanted, *, group: str | None, form: str) -> str | None:
    """Say what of a question about the log concerns single people; None where nothing does."""
    asked = []
    if wanted.people:
        asked.append("--person " + ", ".join(wanted.people))
    if wanted.sort in {"acknowledged_by", "responded_by"}:
        asked.append(f"--sort {wanted.sort}")
    if group == "person":
        asked.append("--group person")
    elif form in {"csv", "xlsx", "parquet"} and group is None:
        asked.append(f"--format {form}")
    return "; ".join(asked) or None
