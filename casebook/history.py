"""What an author has been to us before: their earlier cases, and how the last one went. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MONTH = timedelta(days=30)
MOST_CASES = 500
"""Earlier cases looked at; an author with more of them is known as one by then."""


@dataclass(frozen=True, slots=True)
class PastCase:
    """An earlier case of an author, as much of it as its history hangs on."""

    number: int
    posted_at: datetime
    responded_at: datetime | None = None
    sentiment_after: str | None = None
    playbook: str | None = None
    dismissed: bool = False


@dataclass(frozen=True, slots=True)
class AuthorHistory:
    """An author's earlier cases as seen from one post of theirs; false alarms are not among them."""

    ages: tuple[timedelta, ...] = ()
    """How long before the post each of them began, the latest first; at most MOST_CASES."""
    opened: tuple[tuple[str, timedelta], ...] = ()
    """Playbook and age of each of their cases, false alarms included, the latest first."""
    last_case: int | None = None
    last_frt_s: int | None = None
    """How long they waited for our first answer in the latest of them; None when there was none."""
    last_sentiment: str | None = None
    """How they felt after that answer; None when they said nothing more."""

    @property
    def cases_total(self) -> int:
        """Count the earlier cases."""
        return len(self.ages)

    @property
    def cases_30d(self) -> int:
        """Count the earlier cases of the last 30 days."""
        return self.within(MONTH)

    def within(self, length: timedelta) -> int:
        """Count the earlier cases that began at most so long before."""
        return sum(age <= length for age in self.ages)


def history_of(earlier: Sequence[PastCase], *, at: datetime) -> AuthorHistory:
    """Read an author's history from their cases, as it stands for a post of `at`; later cases do not count."""
    everything = sorted(
        (case for case in earlier if case.posted_at <= at),
        key=lambda case: (case.posted_at, case.number),
        reverse=True,
    )[:MOST_CASES]
    opened = tuple((case.playbook, at - case.posted_at) for case in everything if case.playbook is not None)
    past = [case for case in everything if not case.dismissed]
    if not past:
        return AuthorHistory(opened=opened)
    last = past[0]
    waited = None if last.responded_at is None else last.responded_at - last.posted_at
    return AuthorHistory(
        ages=tuple(at - case.posted_at for case in past),
        opened=opened,
        last_case=last.number,
        last_frt_s=None if waited is None else max(0, int(waited.total_seconds())),
        last_sentiment=last.sentiment_after,
    )
