"""What is told below a case's card, where nobody is called by it: the channel sees the card once. Pure.

A line in the thread mentions nobody, save a warning, which mentions the owner alone. Nothing that people write there
is read, and nothing of it is ever sent anywhere.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from casebook.case import Case, FoundAnswer
from casebook.event import Event, EventKind
from casebook.nearing import still_owes, warning_events
from casebook.record import Change, Owed
from vaste.desk import Desk

LINES: Final = frozenset({"follow_up", "answered", "closed", "warned"})
"""Why something is told below the card, and nowhere else: without a card it is not told."""


def line_below(case: Case, why: str, desk: Desk, *, about: int = 0, **more: Any) -> tuple[Owed, ...]:
    """Owe a line below a case's card, about an event of the change; nothing where there is no thread."""
    if not desk.direct or case.alerted_at is None or case.is_folded or case.merged_into is not None:
        return ()
    content = {"why": why, "people": [], "step": 0} | more
    return (Owed("page", f"team:{case.policy.team}", about, content, is_aside=why != "warned"),)


def closing(case: Case, events: Sequence[Event], desk: Desk) -> Change:
    """Give events with the line that tells of a close among them."""
    about = next((place for place, event in enumerate(events) if event.kind is EventKind.CLOSED), None)
    owed = () if about is None else line_below(case, "closed", desk, about=about)
    return Change(tuple(events), owed)


def found(case: Case, answers: Sequence[FoundAnswer], desk: Desk) -> tuple[Owed, ...]:
    """Owe the line that tells of an answer found on the network: the first one, or the one they waited for again."""
    if not answers or (case.response is not None and case.waiting is None):
        return ()
    return line_below(case, "answered", desk)


def warnings(case: Case, desk: Desk, *, now: datetime) -> Change:
    """Warn the owner of what is nearly broken: one line however much it is."""
    events = warning_events(case, now=now)
    if not events:
        return Change()
    gravest = max(events, key=lambda event: int(event.facts["share"]))
    clock, share = str(gravest.facts["clock"]), int(gravest.facts["share"])
    owed = line_below(
        case, "warned", desk, about=events.index(gravest), people=[case.owner], step=share, clock=clock
    )
    return Change(events, owed)


def is_told(case: Case, why: str, content: Mapping[str, Any]) -> bool:
    """Say whether a line need not stand there any more: later ones say it, or it came to nothing."""
    if case.merged_into is not None or case.is_folded:
        return True
    if why == "warned":
        is_theirs = [case.owner] == content.get("people")
        return not (is_theirs and still_owes(case, str(content.get("clock"))))
    if why == "follow_up":
        later = max(case.posts, key=lambda post: (post.at, post.post), default=None)
        return later is not None and later.post != content.get("post")
    if why == "answered":
        return case.response is None
    return case.ended_at is None
