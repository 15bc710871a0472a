"""Turns: fair, and not waited for without end."""

import threading
import time
from collections.abc import Callable

import pytest

from casebook import turns as turns_file
from casebook.turns import TooLong, Turns


def until(holds: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < give_up_at
        time.sleep(0.001)


def test_whoever_came_first_is_let_in_first_and_whoever_comes_back_stands_behind() -> None:
    turns, order, threads = Turns(), [], []

    def take(name: str) -> None:
        with turns.taken(within_seconds=10):
            order.append(name)

    def take_twice() -> None:
        take("first")
        take("first again")

    with turns.taken(within_seconds=10):
        for number, work in enumerate((take_twice, lambda: take("second"), lambda: take("third"))):
            threads.append(threading.Thread(target=work))
            threads[-1].start()
            until(lambda expected=number + 1: turns.waiting == expected)  # type: ignore[misc]
    for thread in threads:
        thread.join(10)
    assert order == ["first", "second", "third", "first again"]


def test_a_turn_that_does_not_come_in_time_is_given_up_and_nobody_waits_for_whoever_left() -> None:
    turns = Turns()
    with turns.taken(within_seconds=1):
        with pytest.raises(TooLong), turns.taken(within_seconds=0.01):
            pass
        assert turns.waiting == 0
    with turns.taken(within_seconds=0):
        pass


def test_other_processes_have_their_chance_however_many_wait_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_file, "REST_EVERY_SECONDS", 0.02)
    turns, ends, begins = Turns(), [], []

    def take() -> None:
        for _ in range(20):
            with turns.taken(within_seconds=10):
                begins.append(time.monotonic())
                time.sleep(0.005)
                ends.append(time.monotonic())

    threads = [threading.Thread(target=take) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    gaps = [begin - end for end, begin in zip(ends, begins[1:], strict=False)]
    assert sum(gap >= turns_file.REST_SECONDS for gap in gaps) >= 3


def test_a_turn_ends_with_an_error_too() -> None:
    turns = Turns()
    with pytest.raises(KeyError), turns.taken(within_seconds=1):
        raise KeyError
    with turns.taken(within_seconds=0):
        pass
