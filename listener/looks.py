"""Looks of one source that run side by side, so that a slow one keeps the others' posts from nobody."""

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, Generic, TypeVar

Found = TypeVar("Found")

SLOW_AFTER_SECONDS = 3.0
"""A look that is not done so long after the last of the others is left running, for a later `gather`."""


class Closed(Exception):
    """The source is being closed; what still runs is given to nobody."""


class Looks(Generic[Found]):
    """Each look has a name, and never runs twice at once.

    They run in daemon threads: one that hangs on the network must not keep the process from ending. `begin`
    and `gather` belong to one thread; `close` may come from any.
    """

    def __init__(self, *, slow_after_seconds: float = SLOW_AFTER_SECONDS) -> None:
        self._slow_after = slow_after_seconds
        self._running: dict[str, Future[Found]] = {}
        self._closed: Future[None] = Future()

    def is_running(self, name: str) -> bool:
        """Say whether a look was begun and not gathered yet."""
        return name in self._running

    def begin(self, name: str, look: Callable[[], Found]) -> None:
        """Start a look; one of this name must not be running."""
        future: Future[Found] = Future()
        self._running[name] = future

        def run() -> None:
            try:
                future.set_result(look())
            except BaseException as error:  # noqa: BLE001 - raised by whoever gathers it
                future.set_exception(error)

        threading.Thread(target=run, name=f"look:{name}", daemon=True).start()

    def gather(self, *, at_least_one: bool) -> dict[str, Found]:
        """Wait for what runs, and give what is done, by name; what is slow stays running.

        `at_least_one` waits for the first for as long as it takes. Raises Closed once the source is being
        closed, and what a look raised.
        """
        found: dict[str, Found] = {}
        patience = None if at_least_one else self._slow_after
        while self._running:
            either: list[Future[Any]] = [*self._running.values(), self._closed]
            wait(either, timeout=patience, return_when=FIRST_COMPLETED)
            done = [name for name, look in self._running.items() if look.done()]
            if self._closed.done():
                raise Closed
            if not done:
                break
            for name in done:
                found[name] = self._running.pop(name).result()
            patience = self._slow_after
        return found

    def close(self) -> None:
        """End the waiting; may be called twice."""
        if not self._closed.done():
            self._closed.set_result(None)
