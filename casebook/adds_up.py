"""What a case's row says of it, from its events: every figure of the log is one of these. Pure.

Rows are kept for questions that must be quick. Whoever changes one in the database breaks no seal of the history; so
what a row says is worked out again from the events and compared (`differences`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from casebook.case import Case
from casebook.experience import ending, feeling_left, posts_written
from casebook.measures import Seen
from casebook.timing import broken, business_figures, deadlines, figures, running

INSTANTS: Final = (
    "posted_at", "opened_at", "alerted_at", "acknowledged_at", "responded_at", "closed_at", "acknowledge_by",
    "respond_by", "resolve_by", "gone_at",
)  # fmt: skip
CLOCKS_OF_A_ROW: Final = ("broken", "running")
"""Names of clocks; the tables keep a bit for each."""
VALUES: Final = (
    "opening_post", "first_post", "playbook", "team", "severity", "clock", "status", "quiet", "owner",
    "acknowledged_by", "responded_by", "response_found", "detection_lag_s", "triage_lag_s", "alert_lag_s", "tta_s",
    "frt_s", "frt_business_s", "team_frt_s", "ttr_s", "ttr_business_s", "escalations", "reopened", "mentions", "crisis",
    "is_folded", "sentiment_after", "ending", "posts_written", "feeling_left", "merged_into",
)  # fmt: skip
_OF_MANY: Final = frozenset({"mentions"})
"""What the row of a crisis counts elsewhere."""


@dataclass(frozen=True, slots=True)
class Differs:
    """Something that a row says otherwise than its events."""

    case: int
    what: str
    """The column, as the log calls it where it is one of the log's."""
    kept: Any
    told: Any
    """What its events add up to."""


def instants_of(case: Case, seen: Seen) -> dict[str, datetime | None]:
    """Give when each thing happened that a figure is counted from; `seen` is of the case's first post."""
    return {
        "posted_at": case.posted_at,
        "seen_at": seen.at,
        "opened_at": case.opened_at,
        "alerted_at": case.alerted_at,
        "acknowledged_at": case.acknowledged_at,
        "responded_at": case.response.at if case.response else None,
        "closed_at": case.closed_at,
    }


def added_up(case: Case, seen: Seen) -> dict[str, Any]:
    """Give what the events of a case add up to, by `INSTANTS`, `CLOCKS_OF_A_ROW` and `VALUES`.

    `seen` is of its first post.
    """
    response = case.response
    due = deadlines(case)
    instants = instants_of(case, seen)
    return {
        **{name: at for name, at in instants.items() if name != "seen_at"},
        "acknowledge_by": due.get("acknowledge"),
        "respond_by": due.get("respond"),
        "resolve_by": due.get("resolve"),
        "gone_at": case.gone_at,
        "broken": broken(case),
        "running": running(case),
        **figures(instants, clock_offset=seen.ahead),
        **business_figures(case),
        "opening_post": case.opening_post,
        "first_post": case.first_post.post,
        "playbook": case.policy.playbook,
        "team": case.policy.team,
        "severity": case.policy.severity,
        "clock": case.policy.clock,
        "status": case.status.value,
        "quiet": case.quiet,
        "owner": case.owner,
        "acknowledged_by": case.acknowledged_by,
        "responded_by": response.by if response else None,
        "response_found": response.found if response else None,
        "escalations": case.escalations,
        "reopened": case.reopened,
        "mentions": len(case.posts),
        "crisis": case.crisis,
        "is_folded": case.is_folded,
        "sentiment_after": case.sentiment_after,
        "ending": None if case.living else ending(case),
        "posts_written": None if case.living else posts_written(case),
        "feeling_left": None if case.living else feeling_left(case),
        "merged_into": case.merged_into,
    }


def differences(case: Case, seen: Seen, kept: Mapping[str, Any]) -> Iterator[Differs]:
    """Give what a row, by the same names, says otherwise than the case's events."""
    for name, told in added_up(case, seen).items():
        if kept[name] != told and not (case.living and name in _OF_MANY):
            yield Differs(case.number, _NAMES.get(name, name), kept[name], told)


_NAMES: Final[Mapping[str, str]] = {"broken": "breaches", "running": "clocks that run"}


def post_differences(
    number: int, post: int, kept: Mapping[str, datetime], told: Mapping[str, datetime]
) -> Iterator[Differs]:
    """Give what a post of a case says otherwise of its times than the events that speak of it."""
    for name, at in told.items():
        if kept[name] != at:
            yield Differs(number, f"{name} of post {post}", kept[name], at)
