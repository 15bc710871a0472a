"""Cases as a report reads them, made for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from vaste.report.rows import Became, Told

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def case(number: int = 1, *, wait: float | None = 20, at: datetime = MONDAY, **changes: Any) -> Told:
    """A case posted at an instant, answered after so many minutes (None: never), due after two hours."""
    responded_at = None if wait is None else at + minutes(wait)
    seconds = None if wait is None else int(wait * 60)
    late = wait is None or wait > 120
    given: dict[str, Any] = {
        "number": number,
        "crisis": None,
        "status": "responded" if responded_at else "acknowledged",
        "severity": "normal",
        "team": "care",
        "playbook": "complaint",
        "source": "feed",
        "url": f"https://social.example/p/{number}",
        "sentiment": "negative",
        "sentiment_after": None,
        "posted_at": at,
        "seen_at": at + minutes(1),
        "opened_at": at + minutes(2),
        "alerted_at": at + minutes(3),
        "acknowledged_at": at + minutes(8),
        "responded_at": responded_at,
        "response_found": "platform" if responded_at else None,
        "closed_at": None,
        "acknowledge_by": at + minutes(17),
        "respond_by": at + minutes(120),
        "tta_s": 360,
        "frt_s": seconds,
        "frt_business_s": seconds,
        "breaches": ("respond",) if late else (),
        "escalations": 0,
        "reopened": 0,
        "mentions": 1,
        "ending": "unanswered" if wait is None else "silent",
        "posts_written": 1,
        "feeling_left": None,
        "gone_at": None,
        "became": Became.UNANSWERED if wait is None else Became.ANSWERED,
    }
    return Told(**given | changes)
