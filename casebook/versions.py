"""By which playbook, policy, calendar and definitions each line of a case's history was recorded. Pure.

What a case is promised is frozen in the event that opened it, or raised it since; the lines after it stand under
the same. The definitions are the program's, and stand on each line.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from casebook.event import Event

_LENGTH: Final = 12
_APART: Final = ("version", "calendar")
"""Of a policy's facts, those that have a version of their own."""


@dataclass(frozen=True, slots=True)
class Versions:
    """Twelve hexadecimal digits each, that change with everything that changes what they stand for."""

    playbook: str | None
    """Of the whole playbook as it was written, its match included; None in cases from before it was recorded."""
    policy: str
    """Of what it promised: deadlines, steps, team, severity."""
    calendar: str | None
    """None: the clock always runs."""
    definitions: int
    """Of docs/clocks.md; 0 in lines from before they had a version."""


def version_of(written: object) -> str:
    """Give the version of anything that can be written as JSON."""
    canonical = json.dumps(written, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:_LENGTH]


def versions(events: Iterable[Event]) -> Iterator[Versions]:
    """Give the versions of each event of a history, in its order."""
    policy: Mapping[str, Any] = {}
    promised = version_of(policy)
    for event in events:
        if "policy" in event.facts:
            policy = event.facts["policy"]
            promised = version_of({name: value for name, value in policy.items() if name not in _APART})
        calendar = policy.get("calendar")
        yield Versions(
            playbook=policy.get("version"),
            policy=promised,
            calendar=calendar["version"] if calendar else None,
            definitions=event.definitions,
        )
