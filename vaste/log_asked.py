"""What somebody asks of the log, on the command line or in the page's address, and what that means. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from casebook.log import SORTABLE, Wanted
from vaste.faults import nearest
from vaste.when import Stretch, stretch_of

CLOCKS: Final = ("acknowledge", "respond", "resolve")
ANY: Final = "any"
SEVERITIES: Final = ("critical", "high", "normal", "low")
STATUSES: Final = ("open", "acknowledged", "responded", "closed", "dismissed")
LANGUAGES: Final = ("fi", "sv", "en", "other")
_SORTS: Final = {"person": "acknowledged_by"}


class NotUnderstood(Exception):
    """What was asked can't be; the message names the option and says what to write."""

    def __init__(self, option: str, message: str) -> None:
        super().__init__(f"{option} {message}")
        self.option = option
        """By its name alone: `since`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked of the log, as they wrote it."""

    since: str | None = None
    until: str | None = None
    period: str | None = None
    team: Sequence[str] = ()
    person: Sequence[str] = ()
    playbook: Sequence[str] = ()
    severity: Sequence[str] = ()
    source: Sequence[str] = ()
    language: Sequence[str] = ()
    status: Sequence[str] = ()
    breached: Sequence[str] = ()
    topic: Sequence[str] = ()
    text: str | None = None
    sort: str | None = None
    limit: int | None = None

    @property
    def is_everything(self) -> bool:
        """No case is left out of it."""
        return replace(self, sort=None, limit=None) == Asked()


def wanted_of(asked: Asked, *, now: datetime, zone: ZoneInfo, kinds: Mapping[str, Sequence[str]]) -> Wanted:
    """Say which rows are meant; `kinds` names the sources of each kind, which may stand for all of them.

    Raises NotUnderstood.
    """
    begins, ends = _period(asked, now, zone)
    if begins is not None and ends is not None and begins >= ends:
        raise NotUnderstood("since", "is not before --until; the period has no length")
    sort = (asked.sort or "posted_at").removeprefix("-")
    sort = _SORTS.get(sort, sort)
    if sort not in SORTABLE:
        raise NotUnderstood("sort", f"{sort!r}: rows can't be sorted by it; {nearest(sort, SORTABLE)}")
    for option, words, known in (
        ("severity", asked.severity, SEVERITIES),
        ("status", asked.status, STATUSES),
        ("language", asked.language, LANGUAGES),
        ("breached", asked.breached, (*CLOCKS, ANY)),
    ):
        for word in words:
            if word not in known:
                raise NotUnderstood(option, f"{word!r} is unknown; use {', '.join(known)}")
    sources = (name for given in asked.source for name in (given, *kinds.get(given, ())))
    return Wanted(
        since=begins,
        until=ends,
        teams=tuple(asked.team),
        people=tuple(asked.person),
        playbooks=tuple(asked.playbook),
        severities=tuple(asked.severity),
        sources=tuple(dict.fromkeys(sources)),
        languages=tuple(asked.language),
        statuses=tuple(asked.status),
        breached=CLOCKS if ANY in asked.breached else tuple(asked.breached),
        topics=tuple(asked.topic),
        text=asked.text or None,
        sort=sort,
        descending=(asked.sort or "").startswith("-"),
        limit=asked.limit,
    )


NAMED: Final = ("team", "person", "playbook", "source", "topic")
"""Options that take a name of the configuration, or one that was there once."""


def unknown_names(asked: Asked, known: Mapping[str, Collection[str]]) -> Iterator[tuple[str, str]]:
    """Give each option with a name that is not among those `known` by option."""
    for option in NAMED:
        yield from ((option, name) for name in getattr(asked, option) if name not in known[option])


def as_of(written: str | None, *, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Give the instant as of which the log is asked for, now at the latest; None: it is asked for as it stands.

    Raises NotUnderstood.
    """
    return None if written is None else min(_stretch("as-of", written, now, zone)[0], now)


def _period(asked: Asked, now: datetime, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """Give the bounds of posted_at: the first instants of what since and until name, or all of a period."""
    if asked.period is None:
        since = _stretch("since", asked.since, now, zone)[0] if asked.since else None
        until = _stretch("until", asked.until, now, zone)[0] if asked.until else None
        return since, until
    if asked.since or asked.until:
        raise NotUnderstood("period", "is both ends; leave since and until out")
    begins, ends = _stretch("period", asked.period, now, zone)
    if begins == ends:
        raise NotUnderstood("period", f"{asked.period!r} is an instant; name a day, a week or a month")
    return begins, ends


def _stretch(option: str, written: str, now: datetime, zone: ZoneInfo) -> Stretch:
    try:
        return stretch_of(written, now=now, zone=zone)
    except ValueError as mistake:
        raise NotUnderstood(option, f"{written!r} is no time; {mistake}") from mistake
