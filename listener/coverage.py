"""The coverage ledger: when each lane of a source was watched, could not be, or was not due. Pure.

How the time between two looks is told, for each lane by itself:
1. A look that succeeds vouches for the time since the last good look, if it came while it was due: no
   longer after the last one than that one promised (`due_within`), and a grace.
2. A look that fails makes the time since the last good look blind, for its reason. It stays so until the
   next good look: what is read late was not seen when somebody could have answered. Another reason begins
   another stretch.
3. Where nobody tried although a look was due, we were not running: downtime. After a failure it begins when
   the next try was due.
4. A look that the configuration asked us to leave out (`not_due`) is told in the same way, and blames nobody.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from casebook.mention import ALL_LANES, Blindness, Sight, Trouble, Watch
from casebook.record import Growth, LaneRecord, Latest, Stretch

GRACE = timedelta(seconds=30)
"""A look may be so late and vouch all the same: a restart, a busy machine."""
LONGEST_LOOK = timedelta(minutes=10)
"""A look that seems to have taken longer (the machine slept) vouches for nothing after its beginning."""
_OURS = "timeline"


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one lane, and what came of it."""

    at: datetime
    """When it ended."""
    lane: str
    outcome: Sight
    due_within: timedelta
    """How soon after it another one is due: the pace that holds then, or the wait after a failure."""
    began_at: datetime | None = None
    """When it began, where that is not the same."""
    unrecorded_since: datetime | None = None
    """Since when we were running but could not record that we looked, where that was so before this look."""


# ---- looks into stretches -----------------------------------------------------------------------------


def add(latest: Latest | None, look: Look, *, grace: timedelta = GRACE) -> Growth:
    """Add one look to where a lane's ledger ends; one that is not later than that adds no time."""
    began_at = min(look.began_at or look.at, look.at)
    ended_at = look.at if look.at - began_at <= LONGEST_LOOK else began_at
    if latest is None:
        return Growth((Stretch(began_at, ended_at, look.outcome),), look.outcome, look.due_within)
    since = _since(latest, began_at, ended_at, look, grace)
    grown = tuple(merge([latest.stretch, *since])) or (latest.stretch,)
    return Growth(grown, look.outcome, look.due_within)


def _since(
    latest: Latest, began_at: datetime, ended_at: datetime, look: Look, grace: timedelta
) -> Iterator[Stretch]:
    """Tell the time since the last look, ended by a look of this outcome."""
    last_at, standing, outcome = latest.stretch.ends_at, latest.outcome, look.outcome
    if began_at - last_at <= latest.due_within + grace:
        yield Stretch(last_at, ended_at, outcome if standing is Watch.WATCHED else standing)
        return
    stood_until = last_at if standing is Watch.WATCHED else last_at + latest.due_within
    tried_at = began_at
    if look.unrecorded_since is not None:
        in_time = look.unrecorded_since - last_at <= latest.due_within + grace
        tried_at = stood_until if in_time else min(look.unrecorded_since, began_at)
    yield Stretch(last_at, stood_until, standing)
    yield Stretch(stood_until, tried_at, Blindness.DOWNTIME)
    yield Stretch(tried_at, began_at, Blindness.RECORD)
    yield Stretch(began_at, ended_at, outcome)


def as_of(record: LaneRecord, now: datetime) -> tuple[Stretch, ...]:
    """Give a lane's stretches up to now, for a lane that is still to be looked at."""
    latest = record.latest
    growth = add(latest, Look(now, record.lane, latest.outcome, latest.due_within))
    return tuple(merge([*record.stretches[:-1], *growth.stretches]))


def sight_now(latest: Latest, now: datetime) -> Sight:
    """Say how a lane stands now: as its last look found it, or down where the next one is overdue."""
    is_due = now - latest.stretch.ends_at <= latest.due_within + GRACE
    return latest.outcome if is_due else Blindness.DOWNTIME


def lanes_found(lanes: Iterable[str], troubles: Iterable[Trouble], known: Iterable[str]) -> dict[str, Sight]:
    """Say what a look found for each lane.

    `known` are the lanes of the source's last look: what is said of `all` holds for each of them that is not
    named by itself.
    """
    blind = {trouble.lane: trouble.reason for trouble in troubles}
    found: dict[str, Sight] = {**blind, **dict.fromkeys(lanes, Watch.WATCHED)}
    whole = blind.get(ALL_LANES, found.get(ALL_LANES))
    if whole is None:
        return found
    del found[ALL_LANES]
    return dict.fromkeys(tuple(known) or (ALL_LANES,), whole) | found


def known_lanes(ends: Mapping[str, Latest]) -> list[str]:
    """Give the lanes of a source's last look: one that the configuration dropped stays behind."""
    newest = max((latest.stretch.ends_at for latest in ends.values()), default=None)
    return [lane for lane, latest in ends.items() if latest.stretch.ends_at == newest]


def grown(
    ends: Mapping[str, Latest],
    *,
    lanes: Iterable[str],
    troubles: Iterable[Trouble],
    began_at: datetime,
    at: datetime,
    due_within: timedelta,
    unrecorded_since: datetime | None = None,
) -> dict[str, Growth]:
    """Say what one look at a source adds to the ledger of each lane; `ends` is where they end before it."""
    known = known_lanes(ends)
    found = lanes_found(lanes, troubles, known)
    # a source that could not be looked at from its first start did not say yet which lanes it has
    nameless = ends[ALL_LANES] if known == [ALL_LANES] else None
    return {
        lane: add(ends.get(lane, nameless), Look(at, lane, outcome, due_within, began_at, unrecorded_since))
        for lane, outcome in found.items()
    }


# ---- arithmetic of stretches --------------------------------------------------------------------------


def merge(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Join neighbours of one sight, and leave out what has no length; takes them in order."""
    merged: list[Stretch] = []
    for stretch in stretches:
        if stretch.begins_at >= stretch.ends_at:
            continue
        last = merged[-1] if merged else None
        if last is not None and (last.sight, last.ends_at) == (stretch.sight, stretch.begins_at):
            merged[-1] = replace(last, ends_at=stretch.ends_at)
        else:
            merged.append(stretch)
    return merged


def cut(stretches: Iterable[Stretch], since: datetime, until: datetime) -> list[Stretch]:
    """Give what lies in the period from `since` until before `until`."""
    within = (
        Stretch(max(stretch.begins_at, since), min(stretch.ends_at, until), stretch.sight)
        for stretch in stretches
    )
    return [stretch for stretch in within if stretch.begins_at < stretch.ends_at]


def holes(stretches: Iterable[Stretch], since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """Give the parts of the period of which these stretches say nothing."""
    edges = [
        (since, since),
        *((s.begins_at, s.ends_at) for s in cut(stretches, since, until)),
        (until, until),
    ]
    return [(end, begin) for (_, end), (begin, _) in pairwise(edges) if end < begin]


def together(lanes: Iterable[Sequence[Stretch]]) -> list[Stretch]:
    """Tell several lanes as one: watched when all of them were, else what the first of the others was.

    Blind goes before not due. A lane has a say from its first stretch to its last: one that came later, or
    was dropped, takes nothing from the others.
    """
    lanes = [lane for lane in lanes if lane]
    edges = sorted(
        {edge for lane in lanes for stretch in lane for edge in (stretch.begins_at, stretch.ends_at)}
    )
    places = [0] * len(lanes)
    told: list[Stretch] = []
    for begin, end in pairwise(edges):
        sights = []
        for number, lane in enumerate(lanes):
            while places[number] < len(lane) and lane[places[number]].ends_at <= begin:
                places[number] += 1
            if places[number] < len(lane) and lane[places[number]].begins_at <= begin:
                sights.append(lane[places[number]].sight)
        if sights:
            told.append(Stretch(begin, end, min(sights, key=_rank)))
    return merge(told)


def _rank(sight: Sight) -> int:
    return 0 if isinstance(sight, Blindness) else 1 if sight is Watch.NOT_DUE else 2


def is_blind(sight: Sight) -> bool:
    """Say whether nobody could look."""
    return isinstance(sight, Blindness)


def seconds_watched(stretches: Iterable[Stretch]) -> float:
    """Give how long it was watched, in seconds."""
    return _seconds(stretch for stretch in stretches if stretch.sight is Watch.WATCHED)


def seconds_blind(stretches: Iterable[Stretch]) -> float:
    """Give how long nobody could look, in seconds."""
    return _seconds(stretch for stretch in stretches if is_blind(stretch.sight))


def share_watched(stretches: Sequence[Stretch]) -> float | None:
    """Give the share 0..1 of the time due that was watched; None where nothing was due."""
    watched, blind = seconds_watched(stretches), seconds_blind(stretches)
    return watched / (watched + blind) if watched + blind else None


def _seconds(stretches: Iterable[Stretch]) -> float:
    return sum(((s.ends_at - s.begins_at).total_seconds() for s in stretches), start=0.0)


def unknown(
    stretches: Iterable[Stretch], since: datetime, until: datetime
) -> list[tuple[datetime, datetime]]:
    """Give the parts of the period that were not watched: blind, not due, or not in the ledger."""
    watched = [stretch for stretch in stretches if stretch.sight is Watch.WATCHED]
    return holes(watched, since, until)


# ---- our own timeline ---------------------------------------------------------------------------------

Ledger = Mapping[str, Mapping[str, Sequence[Stretch]]]
"""Source → lane → its stretches, oldest first."""


def answers_unknown(
    ledger: Ledger, source: str, since: datetime, until: datetime
) -> list[tuple[datetime, datetime]]:
    """Give the parts of the period in which an answer of ours would not have been seen at this source.

    Our answers stand in the lanes `timeline` and `timeline:ACCOUNT`, all of which must have been watched (an
    account counts from its first look to its last), or in `all` where a source has no such lane. A source in
    which our own answers are never seen is not for this function (`SourceSettings.sees_replies`).
    """
    lanes = ledger.get(source, {})
    ours = [lane for lane in lanes if lane.split(":", 1)[0] == _OURS] or [ALL_LANES]
    return unknown(together(lanes.get(lane, ()) for lane in ours), since, until)


def answers_watched(ledger: Ledger, source: str, since: datetime, until: datetime) -> bool:
    """Say whether our own timeline was watched at this source during all of the period."""
    return not answers_unknown(ledger, source, since, until)
