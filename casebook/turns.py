"""Turns: one at a time, in the order in which they came."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

REST_EVERY_SECONDS = 0.5
REST_SECONDS = 0.03


class TooLong(Exception):
    """A turn did not come in time."""


class Turns:
    """Lets one at a time in, whoever came first before whoever came later.

    Whoever leaves hands the turn over: one that comes back at once stands behind all who wait. SQLite's own
    waiting is by chance instead, and who writes all the time keeps the others out until they give up. So that
    other processes have their chance, nobody has the turn for a moment twice a second, however many wait here.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Event] = deque()
        self._rested_at = time.monotonic()

    @contextmanager
    def taken(self, *, within_seconds: float) -> Iterator[None]:
        """Wait for a turn and have it; raises TooLong. Not to be taken twice by one thread."""
        self._take(within_seconds)
        try:
            yield
        finally:
            self._rest()
            self._give()

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def _take(self, within_seconds: float) -> None:
        mine = threading.Event()
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return
            self._waiting.append(mine)
        try:
            if mine.wait(within_seconds):
                return
        except BaseException:
            if not self._leave(mine):
                self._give()
            raise
        if self._leave(mine):
            raise TooLong

    def _leave(self, mine: threading.Event) -> bool:
        """Wait no longer; False where the turn has come at the last moment."""
        with self._lock:
            if mine.is_set():
                return False
            self._waiting.remove(mine)
            return True

    def _rest(self) -> None:
        """Let other processes in, where the turn has gone from one to the next for long."""
        if self._waiting and time.monotonic() - self._rested_at > REST_EVERY_SECONDS:
            time.sleep(REST_SECONDS)
        elif self._waiting:
            return
        self._rested_at = time.monotonic()

    def _give(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False
