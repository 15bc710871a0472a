"""What the seals of a case's history cost: on each line that is written, and when all are checked.

    python -m bench.seals

Cases are opened and pressed by the real store on SQLite; the time spent in sealing is given as a share of it, for the
rest of the same run is the yardstick. Then every history is checked.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from casebook.db import upgrade
from casebook.seal import Content, seal_of
from casebook.store import cases
from tests.casebook.cast import Book

CASES = 150


def main() -> None:
    """Print the figures."""
    spent = [0.0]
    cases.seal_of = _timed(seal_of, spent)  # type: ignore[assignment, attr-defined]  # the one place that seals
    with tempfile.TemporaryDirectory() as folder:
        book = Book.open(f"sqlite:///{Path(folder) / 'vaste.db'}", is_kept=True)
        upgrade(book.store.engine)
        begun = time.perf_counter()
        for number in range(CASES):
            case = book.open_case(str(number), by=f"author{number}")
            book.press(case, "acknowledge")
            book.press(case, "close")
        took = time.perf_counter() - begun
        begun = time.perf_counter()
        checked = list(book.store.checked_histories())
        checking = time.perf_counter() - begun
        book.close()
    lines = sum(each.now.lines for each in checked)
    flaws = sum(len(each.flaws) for each in checked)
    print(f"{lines} lines of {CASES} cases written in {took:.1f} s")
    print(
        f"sealed in {1e6 * spent[0] / lines:.0f} microseconds a line: {100 * spent[0] / took:.2f} % of the writing"
    )
    print(f"checked at {lines / checking:,.0f} lines a second; {flaws} flaws")


def _timed(seal: Callable[[Content, str], str], spent: list[float]) -> Callable[[Content, str], str]:
    def timed(content: Content, before: Any) -> str:
        begun = time.perf_counter()
        try:
            return seal(content, before)
        finally:
            spent[0] += time.perf_counter() - begun

    return timed


if __name__ == "__main__":
    main()
