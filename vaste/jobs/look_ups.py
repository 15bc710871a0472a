"""Looking up: what is gone from its network is erased here too, and words that may be kept only so long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from casebook.mention import Json
from casebook.record import Sweep
from casebook.store import Held
from listener.lookups import (
    OFTEN,
    SWEEP_AGAIN,
    SWEEP_EVERY,
    SWEEP_WITHIN,
    SWEPT_AFTER,
    WHILE_YOUNG,
    whom_to_ask,
    whom_to_sweep,
)
from listener.source import LooksUp, NotYet, SourceUnavailable, Sweeps
from vaste.jobs.means import AS_USUAL, Means
from vaste.jobs.rationing import ration

ASKED_IN_ONE_LOOK = 500
"""Posts looked up in one tick of a source: five questions at X, which allows 450 in 15 minutes."""
LOOK_UP_LEASE = timedelta(minutes=10)
"""Longer than the questions of one tick together."""
LOOK_UP_AGAIN = timedelta(minutes=5)
"""Before a network that could not be asked is asked again."""


@dataclass(slots=True)
class LookUps:
    """What networks say of the posts we hold."""

    means: Means

    def look_up(self) -> int:
        """Ask networks about the posts we hold, and erase what is gone; gives how many posts were asked about."""
        return sum(self._look_up(name) for name in self.means.sources)

    def _look_up(self, name: str) -> int:
        source, settings = self.means.sources[name]
        now = self.means.clock.now()
        if not isinstance(source, LooksUp) or settings.rechecked_within is None:
            return 0
        if not self.means.store.claim_look_up(
            name, now=now, lease=LOOK_UP_LEASE
        ):  # another machine asks, or it rests
            return 0
        asked, again_at = self._ask_all(name, source, settings.rechecked_within, now=now)
        if isinstance(source, Sweeps):
            asked += self._sweep(name, source, settings.rechecked_within)
        self.means.store.end_look_up(name, again_at=again_at)
        return asked

    def _ask_all(
        self, name: str, source: LooksUp, within: timedelta, *, now: datetime
    ) -> tuple[int, datetime | None]:
        """Ask about the posts that are due; gives of how many, and when to ask again where it broke off."""
        held = self.means.store.held(name, now=now, within=within, often=OFTEN, rarely=WHILE_YOUNG)
        posts = whom_to_ask(held, now, ASKED_IN_ONE_LOOK)
        asked = 0
        for start in range(0, len(posts), source.LOOKED_UP_AT_ONCE):
            some = posts[start : start + source.LOOKED_UP_AT_ONCE]
            done, again_at = self._ask(name, source, some)
            asked += done
            if done < len(some):
                return asked, again_at
        self.means.over(f"lookup:{name}")
        return asked, None

    def _ask(self, name: str, source: LooksUp, posts: Sequence[Held]) -> tuple[int, datetime | None]:
        """Ask about some posts and take in what is said; gives of how many, and when to ask again if none."""
        now = self.means.clock.now()
        ration(self.means, name)
        try:
            found = source.look_up([post.name for post in posts], now=now)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with this source, the others go on
            if self.means.stopping.is_set():
                return 0, None
            known = error if isinstance(error, SourceUnavailable) else None
            why = str(known) if known else f"{type(error).__name__}; see the log"
            if known is None:
                structlog.get_logger().exception("posts can't be looked up", source=name)
            self.means.trouble(f"lookup:{name}", f"source {name}: deletions can't be found out: {why}")
            return 0, (known and known.retry_at) or now + LOOK_UP_AGAIN
        if found.bills:
            self.means.store.keep_bills(name, found.bills)
        self.means.crash("looked up")
        asked = [post for post in posts if post.name not in found.left]
        self.means.store.looked_up(
            name,
            asked,
            gone=found.gone,
            edited=found.edited,
            seen=found.seen,
            marks=self.means.desk.marks,
            now=self.means.clock.now(),
        )
        self.means.crash("erased")
        return len(asked), None

    def _sweep(self, name: str, source: Sweeps, within: timedelta) -> int:
        """Ask about many posts at once, or take in what was asked so; gives of how many it is known now."""
        known = self.means.store.sweep(name)
        try:
            if known is not None and known.begun is not None:
                return self._end_sweep(name, source, known, known.begun)
            if known is None or known.again_at <= self.means.clock.now():
                self._begin_sweep(name, source, within)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, posts are asked about one by one
            if not self.means.stopping.is_set():
                self._sweep_failed(name, error)
        return 0

    def _begin_sweep(self, name: str, source: Sweeps, within: timedelta) -> None:
        now = self.means.clock.now()
        held = self.means.store.held(name, now=now, within=within, often=SWEPT_AFTER, rarely=SWEPT_AFTER)
        posts = whom_to_sweep(held, now)
        if not posts:
            return
        begun = source.begin_sweep([post.name for post in posts], now=now)
        self.means.crash("sweep begun")
        numbered = tuple((post.post, post.name) for post in posts) if begun is not None else ()
        again = SWEEP_EVERY if begun is not None else SWEEP_AGAIN
        self.means.store.keep_sweep(name, Sweep(now, now + again, begun, numbered))

    def _end_sweep(self, name: str, source: Sweeps, known: Sweep, begun: Json) -> int:
        now = self.means.clock.now()
        try:
            gone = source.end_sweep(begun, now=now)
        except NotYet:
            if now - known.began_at >= SWEEP_WITHIN:
                self.means.store.keep_sweep(name, known.ended())
            return 0
        self.means.crash("sweep answered")
        self.means.store.end_sweep(name, known, gone=gone, now=now)
        self.means.over(f"sweep:{name}")
        return len(known.posts)

    def _sweep_failed(self, name: str, error: Exception) -> None:
        """Give a sweep up, and tell why; the next is begun when it is time."""
        now = self.means.clock.now()
        known = self.means.store.sweep(name)
        self.means.store.keep_sweep(
            name, Sweep(now, now + SWEEP_EVERY) if known is None else known.ended(again_at=now + SWEEP_EVERY)
        )
        if not isinstance(error, SourceUnavailable):
            structlog.get_logger().exception("posts can't be swept", source=name)
        why = str(error) if isinstance(error, SourceUnavailable) else f"{type(error).__name__}; see the log"
        self.means.trouble(f"sweep:{name}", f"source {name}: deletions are asked for one by one: {why}")

    def expire(self) -> int:
        """Erase words that may not be kept for longer; gives of how many posts."""
        now = self.means.clock.now()
        window = (self.means.desk.crisis or AS_USUAL).within
        self.means.store.forget_traces(before=now - max(3 * window, timedelta(hours=1)))
        return sum(
            self.means.store.expire_texts(name, now=now, keep=settings.keep_text)
            for name, (_, settings) in self.means.sources.items()
            if settings.keep_text is not None
        )
