"""The way of one mention, job by job. Each tick may run at any time, on any machine, twice.

Theory of operation:
1. poll     a source is claimed, looked at, and what it showed is filed together with its cursor; or what was
            sent to one is filed, before the sender hears so. Its language is decided, and what is muted; what
            each of its lanes could see goes into the coverage ledger as it is given back.
2. triage   mentions without a verdict are claimed, those first that cost most by waiting, judged, and ruled
            upon one by one: verdict, case, event and the messages owed are one transaction.
3. match    cases that new posts may concern take in the replies that were found: the clock stops by itself.
4. watch    cases whose time has come take the next step of their chain, breach, or close by themselves.
5. deliver  messages that are due are claimed, worded from the case as it stands now, sent, and marked.
6. press    a press becomes an act, an act becomes events.
7. tend     crises remind, stand down and are summed up; their children are acknowledged with them, and stand
            by themselves again afterwards.
8. tell     what belongs to no case is owed when it is due, once: a spent budget, a blind source, digests.
9. look up  networks are asked whether the posts we hold are still there; what is gone is erased here and in
            our messages, and its case hears of it. What may be kept only so long is erased when it is time.
10. rotas   who stands in and who is away is taken in from the record, and rotas kept elsewhere are read.

Each step is in the file that is named after it (3, 4 and 7 in `watching`); `means` is what they share. The
database is the queue: what a dead process left undone is done by the next tick. No network and no model is
called while a transaction is open.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from casebook.store import Filed
from notifier.channel import Answer, Press
from vaste.jobs.delivering import Delivering
from vaste.jobs.look_ups import LOOK_UP_AGAIN, LOOK_UP_LEASE, LookUps
from vaste.jobs.means import PACE, Means
from vaste.jobs.people import People
from vaste.jobs.polling import Polling
from vaste.jobs.rotas import heed, read_rota
from vaste.jobs.triage import ORDERED_AT_ONCE, Triage
from vaste.jobs.watching import Watching
from vaste.pressing import take

__all__ = ["LOOK_UP_AGAIN", "LOOK_UP_LEASE", "ORDERED_AT_ONCE", "PACE", "Jobs"]


@dataclass(slots=True)
class Jobs(Means):
    """Every job of one process, over one store. Safe to call from several threads."""

    _polling: Polling = field(init=False, repr=False)
    _triage: Triage = field(init=False, repr=False)
    _watching: Watching = field(init=False, repr=False)
    _people: People = field(init=False, repr=False)
    _delivering: Delivering = field(init=False, repr=False)
    _look_ups: LookUps = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._polling = Polling(self)
        self._triage = Triage(self)
        self._watching = Watching(self)
        self._people = People(self)
        self._delivering = Delivering(self, self._people)
        self._look_ups = LookUps(self)

    def begin(self) -> None:
        """Record the first start of every source: what is posted from now on is judged, not context only.

        And learn who stands in, before anybody could be called.
        """
        self.heed()
        if self.standing is not None:
            self.over_except("rota:", {f"rota:{name}" for name in self.standing.feeds})
        self._polling.forget_others()
        kinds = {channel.kind for channel in self.channels}
        for about in ("channel:", "people:"):
            keys = [problem.key for problem in self.store.problems()]
            self.over_except(about, {key for key in keys if key.removeprefix(about).split(":")[0] in kinds})
        for name in self.sources:
            self._polling.known(name)

    # ---- poll ----------------------------------------------------------------------------------------

    def poll(self, name: str) -> Filed:
        """Look at one source once, to the end; what it brought is filed, what troubled it is told."""
        return self._polling.poll(name)

    def pause_of(self, name: str) -> timedelta:
        """Say how long after its last look a source is looked at again: `every`, in a burst less."""
        return self._polling.pause_of(name)

    def take_in(self, name: str, body: bytes, signature: str | None) -> tuple[Filed, tuple[str, ...]]:
        """File what was sent to a source; gives what it brought, and what could not be understood.

        When it returns, the posts are in the record. Raises NotTaken; nothing is filed then, and what was
        sent may be sent again.
        """
        return self._polling.take_in(name, body, signature)

    def hear(self, *, is_served: bool) -> None:
        """Say that this process serves the page that posts are sent to, or that it should and can't."""
        self._polling.hear(is_served=is_served)

    # ---- triage, match, watch, tend ------------------------------------------------------------------

    def triage(self) -> int:
        """Judge and rule upon every mention that waits, the dearest to keep waiting first; gives how many."""
        return self._triage.triage()

    def match(self) -> int:
        """Let touched cases take in replies that were found; gives how many were looked at."""
        return self._watching.match()

    def watch(self) -> int:
        """Take what is due on open cases: steps, breaches, automatic closes; gives how many were looked at."""
        return self._watching.watch()

    def tend(self) -> int:
        """Look after crises and their children; gives how many cases were changed."""
        return self._watching.tend()

    # ---- deliver, press ------------------------------------------------------------------------------

    def deliver(self) -> int:
        """Send what is due and may be sent now; gives how many messages were accepted."""
        return self._delivering.deliver()

    def deliver_all(self) -> int:
        """Send what is due, resting between messages to one destination; gives how many were accepted.

        Ends when nothing is left but what a vendor made wait.
        """
        return self._delivering.deliver_all()

    def next_delivery_at(self) -> datetime | None:
        """Give the instant at which a message could be sent next; None when none is owed."""
        return self._delivering.next_delivery_at()

    def press(self, press: Press) -> Answer:
        """File a press: one event however often it comes; gives what the presser alone is told or asked."""
        return take(press, self.store, self.desk, self.tongue, now=self.clock.now())

    # ---- tell ----------------------------------------------------------------------------------------

    def tell(self) -> int:
        """Owe what belongs to no case and is due: blind sources, mornings, the week; gives how many messages."""
        return self.bulletin().tell(now=self.clock.now())

    # ---- look up, expire -----------------------------------------------------------------------------

    def look_up(self) -> int:
        """Ask networks about the posts we hold, and erase what is gone; gives how many posts were asked about."""
        return self._look_ups.look_up()

    def expire(self) -> int:
        """Erase words that may not be kept for longer; gives of how many posts."""
        return self._look_ups.expire()

    # ---- rotas, people -------------------------------------------------------------------------------

    def heed(self) -> int:
        """Take in who stands in and who is away; 1 where that has changed, else 0."""
        return heed(self)

    def read_rota(self, name: str) -> bool:
        """Read a rota that is kept elsewhere; False where it can't be read, or not all of it: somebody is told."""
        return read_rota(self, name)

    def find_people(self) -> int:
        """Ask the first channel's vendor who our people are there and whether they can be reached.

        Whom no message reaches is called by nobody any more, until they are found again; somebody is told.
        Gives how many can't be reached.
        """
        return self._people.find_people()
