"""What every job works with, and how each tells of what troubles it."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

import structlog

from casebook.db import unavailable
from casebook.load import last_night
from casebook.store import Store
from classifier.model import Classifier
from listener.source import Source, SourceSettings
from notifier.channel import Channel, Tongue
from playbooks.crisis import CrisisRule
from playbooks.playbook import Match, Playbook
from vaste.bulletin import Bulletin
from vaste.clock import Clock
from vaste.desk import Desk
from vaste.digests import Telling
from vaste.lessons import Judges, by_itself
from vaste.standing import Standing

LONGEST_BACKOFF = timedelta(minutes=5)
PACE = timedelta(seconds=1)
"""Between two messages to one destination (Slack: about one a second and channel)."""
REFRESH = timedelta(seconds=10)
"""Between two updates of a message that only say how it has grown: a crisis' card, a count of cards."""
PERSIST_AGAIN = tuple(timedelta(seconds=wait) for wait in (1, 2, 4, 8))
"""Between the tries of a write that must not be lost; each of them waits for the record besides."""
AS_USUAL = CrisisRule(10, timedelta(minutes=15), 0.8, Playbook("crisis", Match(), ""))
"""How crises end that live when crises are turned off."""


@dataclass(slots=True)
class Means:
    """What the jobs of one process share. Safe to use from several threads."""

    store: Store
    desk: Desk
    sources: Mapping[str, tuple[Source, SourceSettings]]
    channels: Sequence[Channel]
    reaches: Sequence[Literal["slack", "email"] | None]
    """Of each channel: by which address it can reach one person alone."""
    classifier: Classifier
    tongue: Tongue
    clock: Clock
    pace: timedelta = PACE
    as_taught: Judges = by_itself
    """Judges by the classifier and today's lesson."""
    telling: Telling = field(default_factory=Telling)
    """Who is told what belongs to no case."""
    standing: Standing | None = None
    """Knows who stands in; None: the configuration alone says who is on call."""
    crash: Callable[[str], None] = field(default=lambda _: None)
    """Called with the name of each point between two steps; tests die there."""
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set before sources and channels are closed: what breaks off then is nobody's trouble."""
    _staffing: threading.Lock = field(default_factory=threading.Lock)
    """Held while the desk is changed: rotas and people are read at the same time."""
    _fine: set[str] = field(default_factory=set)
    _bulletins: list[Bulletin] = field(default_factory=list)

    # ---- the desk ------------------------------------------------------------------------------------

    def restaff(self, change: Callable[[Desk], Desk]) -> None:
        """Change the desk by what it is at that moment, one change after the other."""
        with self._staffing:
            self.desk = change(self.desk)

    def staffed(self, now: datetime) -> Desk:
        """Give the desk with what everybody has on their hands now, where anybody's turn hangs on that."""
        if not self.desk.counts_loads:
            return self.desk
        return replace(self.desk, loads=self.store.loads(now=now, night=last_night(now, self.tongue.zone)))

    def bulletin(self) -> Bulletin:
        """Give what tells teams of what belongs to no case; one a process, it remembers what it has told."""
        if not self._bulletins:
            self._bulletins.append(Bulletin(self.store, self.desk, self.telling, frozenset(self.sources)))
        self._bulletins[0].desk = self.desk  # who stands in changes while we run
        return self._bulletins[0]

    # ---- the record ----------------------------------------------------------------------------------

    def persist(self, write: Callable[[], object]) -> None:
        """Do a short write without which something done outside would be done again; not given up at once.

        Raises what it raises once the record could not be written for minutes, or as soon as we stop.
        """
        for wait in PERSIST_AGAIN:
            try:
                write()
            except Exception as error:
                if unavailable(error) is None or self.stopping.is_set():
                    raise
                self.stopping.wait(wait.total_seconds())
            else:
                return
        write()

    # ---- problems ------------------------------------------------------------------------------------

    def keep_problem(self, key: str, message: str) -> bool:
        """Keep a problem in the record until it is over; True when it is news."""
        self._fine.discard(key)
        return self.store.tell_problem(key, message, now=self.clock.now())

    def trouble(self, key: str, message: str) -> None:
        """Tell an operator of a problem: in the log once, in the record until it is over."""
        if self.keep_problem(key, message):
            structlog.get_logger().warning("trouble", about=key, message=message)

    def over(self, key: str) -> bool:
        """Say that a problem is over, once; True when there was one."""
        if key in self._fine:
            return False
        was_there = self.store.end_problem(key, now=self.clock.now())
        self._fine.add(key)
        if not was_there:
            return False
        structlog.get_logger().info("recovered", about=key)
        return True

    def over_except(self, prefix: str, still: set[str]) -> None:
        """Say that all problems whose key begins so are over, but these."""
        for problem in self.store.problems():
            if problem.key.startswith(prefix) and problem.key not in still:
                self.over(problem.key)
