"""Polling: a source is looked at, or something is sent to one, and what came of it is filed with its cursor."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from casebook.db import unavailable
from casebook.mention import ALL_LANES, Batch, Blindness, Trouble
from casebook.store import Filed, LostLease, SourceState
from listener.dating import dated
from listener.pace import Arrival, memory_of, next_look
from listener.skew import complaint
from listener.source import Source, SourceSettings, SourceUnavailable
from listener.webhook import WebhookSource, not_known, remembered
from vaste.jobs.ended import Ending, Saw, fault_of
from vaste.jobs.means import LONGEST_BACKOFF, Means
from vaste.jobs.rationing import ration
from vaste.notes import notes_of

SOURCE_LEASE = timedelta(minutes=10)
LOOK_WITHIN = timedelta(minutes=5)
"""A look that has more to read goes on at the next tick: well before its lease ends, or it seems to have slept."""
REJECTED_NAMED = 10
"""So many of those that could not be understood are named, the others are counted."""
_MOST_BATCHES = 1_000
_AT_ONCE = timedelta(seconds=1)
"""Giving a source back takes less, unless the record is busy."""
REJECTED_STANDS = timedelta(days=1)
"""For so long what could not be understood, or believed, stays a problem: the cursor is past it for good."""


@dataclass(slots=True)
class Polling:
    """What one process sees of its sources."""

    means: Means
    _arrivals: dict[str, list[Arrival]] = field(default_factory=dict)
    _endings: dict[str, Ending] = field(default_factory=dict)
    """Looks that ended and are not in the record yet; their sources are still ours."""
    _unrecorded: dict[str, datetime] = field(default_factory=dict)
    """Since when a source could not be looked at because the record could not be written."""

    def poll(self, name: str) -> Filed:
        """Look at one source once, to the end; what it brought is filed, what troubled it is told.

        Raises what the record raises where it can't be written; the next tick gives the source back first.
        """
        try:
            return self._poll(name)
        except Exception as error:
            if unavailable(error) is not None:
                self._unrecorded.setdefault(name, self.means.clock.now())
            raise

    def _poll(self, name: str) -> Filed:
        source, settings = self.means.sources[name]
        self._give_back(name)
        now = self.means.clock.now()
        known = self.known(name)
        if known.retry_at is not None and known.retry_at > now:
            return Filed()
        state = self.means.store.claim_source(name, now=now, lease=SOURCE_LEASE)
        if state is None:  # another machine is looking
            return Filed()
        try:
            filed, troubles, lanes = self._look(source, settings, state)
        except LostLease:
            return Filed()
        except SourceUnavailable as error:
            self._failed(state, settings, error, began_at=now)
            return Filed()
        except Exception as error:  # noqa: BLE001 - whatever is wrong with this source, the others go on
            structlog.get_logger().exception("source failed", source=name)
            self._failed(state, settings, fault_of(error), began_at=now)
            return Filed()
        self._arrived(name, filed, settings)
        ended_at = self.means.clock.now()
        # `every` is the slowest pace, and all that was promised: a burst's looks come sooner, but need not
        saw = Saw(tuple(lanes), tuple(troubles), began_at=now, at=ended_at, due_within=settings.every)
        self._endings[name] = Ending(state, saw)
        self._give_back(name)
        self._tell_lanes(name, troubles)
        return filed

    def _give_back(self, name: str) -> None:
        """Give a source back after a look, also after one before which could not be recorded then.

        Else nobody could look at it until its lease ends.
        """
        ending = self._endings.get(name)
        if ending is None:
            return
        if ending.bills:
            self.means.store.keep_bills(name, ending.bills)
            self._endings[name] = ending = replace(ending, bills=())
        since = self._unrecorded.get(name)
        ended_at = ending.saw.at
        self.means.store.finish_look(
            ending.state,
            now=ended_at,
            failures=ending.failures,
            retry_at=ending.retry_at,
            grow=ending.saw.grow(unrecorded_since=since if since and since < ended_at else None),
        )
        self._endings.pop(name, None)
        self._unrecorded.pop(name, None)
        if self.means.clock.now() - ended_at > _AT_ONCE:  # meanwhile nobody looked, though we were there
            self._unrecorded[name] = ended_at

    def forget_others(self) -> None:
        """End the problems of sources that are configured no longer, or have no budget any more."""
        names = self.means.sources
        billed = [name for name, (_, settings) in names.items() if settings.budget is not None]
        for about in ("source", "clock", "lookup", "sweep", "budget", "job:poll"):
            kept = [f"{about}:{name}" for name in (billed if about == "budget" else names)]
            keys = [problem.key for problem in self.means.store.problems()]
            still = {key for key in keys if any(key == one or key.startswith(f"{one}:") for one in kept)}
            self.means.over_except(f"{about}:", still)

    def pause_of(self, name: str) -> timedelta:
        """Say how long after its last look a source is looked at again: `every`, in a burst less."""
        _, settings = self.means.sources[name]
        arrivals = self._arrivals.get(name, [])
        return next_look(every=settings.every, arrivals=arrivals, now=self.means.clock.now()).length

    def _arrived(self, name: str, filed: Filed, settings: SourceSettings) -> None:
        now = self.means.clock.now()
        arrived = Arrival(now, filed.mentions + filed.replies + filed.versions)
        known = self._arrivals.get(name, [])
        recent = [one for one in known if now - one.at < memory_of(settings.every)]
        self._arrivals[name] = [*recent, arrived]

    def known(self, name: str) -> SourceState:
        """Give what is known of a source; its first start is recorded at the first time."""
        source, _ = self.means.sources[name]
        # networks tell their times in whole seconds: a post of the second in which we start is not older
        now = self.means.clock.now().replace(microsecond=0)
        return self.means.store.source(name, kind=source.kind, network=source.network, now=now)

    def _look(
        self, source: Source, settings: SourceSettings, state: SourceState
    ) -> tuple[Filed, list[Trouble], set[str]]:
        since = state.first_started_at - (settings.backfill or timedelta(0))
        cursor = state.cursor
        total = Filed()
        troubles: list[Trouble] = []
        lanes: set[str] = set()
        failed: set[str] = set()
        began_at = self.means.clock.now()
        for _ in range(_MOST_BATCHES):
            ration(self.means, state.name)
            batch = source.fetch(cursor, since=since, now=self.means.clock.now())
            self.means.crash("fetched")
            total = total.plus(self._file(state, batch, settings))
            self.means.crash("filed")
            self._tell_clock(state.name, batch.clock_offset)
            troubles.extend(batch.troubles)
            lanes.update(batch.lanes)
            failed.update(trouble.lane for trouble in batch.troubles if trouble.lane not in batch.lanes)
            cursor = batch.cursor
            if not batch.more or self.means.clock.now() - began_at >= LOOK_WITHIN:
                break
        return total, troubles, lanes - failed

    def _file(self, state: SourceState, batch: Batch, settings: SourceSettings) -> Filed:
        now = self.means.clock.now()
        batch, doubted = dated(batch, now=now)
        notes = notes_of(batch.mentions, settings)
        try:
            filed = self.means.store.file(
                state, batch, now=now, backfill=settings.backfill, notes=notes, marks=self.means.desk.marks
            )
        except LostLease:  # what was read is dropped, and billed all the same
            self.means.store.keep_bills(state.name, batch.bills)
            raise
        except Exception as error:
            if unavailable(error) is None:
                raise
            raise fault_of(error, batch.bills) from error
        self._tell_rejected(state.name, batch)
        self._tell_doubted(state.name, doubted)
        return filed

    def _tell_rejected(self, name: str, batch: Batch) -> None:
        if batch.rejected:  # the cursor has moved past them: each batch of them is told, not only the first
            count, named = len(batch.rejected), name_rejected(batch.rejected)
            message = f"source {name}: {count} could not be understood; {named}"
            self.means.keep_problem(f"source:{name}:rejected", message)
            structlog.get_logger().warning("not understood", source=name, count=count, named=named)

    def _tell_doubted(self, name: str, doubted: Sequence[str]) -> None:
        if doubted:
            count, first = len(doubted), doubted[0]
            message = (
                f"source {name}: {count} dated in the future, counted from when they came; {first}; "
                "set that clock or time zone right"
            )
            self.means.keep_problem(f"source:{name}:dates", message)
            structlog.get_logger().warning("dated in the future", source=name, count=count, first=first)

    def take_in(self, name: str, body: bytes, signature: str | None) -> tuple[Filed, tuple[str, ...]]:
        """File what was sent to a source; gives what it brought, and what could not be understood.

        When it returns, the posts are in the record. Raises NotTaken; nothing is filed then, and what was
        sent may be sent again.
        """
        now = self.means.clock.now()
        source, settings = self.means.sources.get(name, (None, None))
        if settings is None or not isinstance(source, WebhookSource):
            raise not_known()
        sent = source.opened(body, signature, now=now)
        posts, doubted = dated(sent.posts, now=now)
        self.known(name)
        self.means.crash("sent")
        filed = self.means.store.take_in(
            name,
            posts,
            partial(remembered, sent=sent, now=now),
            now=now,
            backfill=settings.backfill,
            notes=notes_of(posts.mentions, settings),
            marks=self.means.desk.marks,
        )
        self.means.crash("filed")
        self._tell_rejected(name, sent.posts)
        self._tell_doubted(name, doubted)
        return filed, sent.posts.rejected

    def hear(self, *, is_served: bool) -> None:
        """Say that this process serves the page that posts are sent to, or that it should and can't."""
        for source, _ in self.means.sources.values():
            if isinstance(source, WebhookSource):
                source.is_heard = is_served

    def _tell_clock(self, name: str, offset: timedelta | None) -> None:
        if offset is None:
            return
        wrong = complaint(offset)
        if wrong is None:
            self.means.over(f"clock:{name}")
        else:
            self.means.trouble(f"clock:{name}", f"source {name}: {wrong}")

    def _failed(
        self, state: SourceState, settings: SourceSettings, error: SourceUnavailable, *, began_at: datetime
    ) -> None:
        # we broke the look off ourselves; the source is given back with all else
        if self.means.stopping.is_set():
            if error.bills:
                self.means.store.keep_bills(state.name, error.bills)
            return
        now = self.means.clock.now()
        failures = state.failures + 1
        wait = min(settings.every * 2 ** min(failures - 1, 12), LONGEST_BACKOFF)
        retry_at = error.retry_at or now + wait
        if error.reason is Blindness.RECORD:  # no fault of the source's: it is asked again at its pace
            retry_at = now
        # the tick that finds the wait over may come a whole pace after its end
        due_within = max(retry_at - now, timedelta(0)) + settings.every
        saw = Saw((), error.troubles, began_at=began_at, at=now, due_within=due_within)
        self._endings[state.name] = Ending(state, saw, error.bills, failures, retry_at)
        self._give_back(state.name)
        self.means.trouble(f"source:{state.name}", f"source {state.name}: {error}")

    def _tell_lanes(self, name: str, troubles: Sequence[Trouble]) -> None:
        self.means.over(f"source:{name}")
        blind = {trouble.lane: trouble for trouble in troubles}
        for lane, trouble in blind.items():
            which = "" if lane == ALL_LANES else f", {lane}"
            self.means.trouble(f"source:{name}:{lane}", f"source {name}{which}: {trouble.message}")
        recently = self.means.clock.now() - REJECTED_STANDS
        of_posts = {f"source:{name}:rejected", f"source:{name}:dates"}
        still = {f"source:{name}:{lane}" for lane in blind} | {
            problem.key
            for problem in self.means.store.problems()
            if problem.key in of_posts and problem.last_at > recently
        }
        self.means.over_except(f"source:{name}:", still)


def name_rejected(rejected: Sequence[str]) -> str:
    """Say what is wrong with the first of what could not be understood, and where the next ones stand.

    Each begins with its place and a colon: `posts.jsonl:25: posted_at: not a time`.
    """
    first, *others = rejected[:REJECTED_NAMED]
    if not others:
        return first
    places = ", ".join(other.partition(": ")[0] for other in others)
    more = len(rejected) - REJECTED_NAMED
    return f"{first} (and {places}{f', and {more} more' if more > 0 else ''})"
