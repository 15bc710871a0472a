"""Turns: fair, and not waited for without end."""

import threading
import time
from collections.abc import Callable

import pytest

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


def test_a_turn_ends_with_an_error_too() -> None:
    turns = Turns()
    with pytest.raises(KeyError), turns.taken(within_seconds=1):
        raise KeyError
    with turns.taken(within_seconds=0):
        pass
