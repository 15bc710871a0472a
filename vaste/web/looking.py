"""What the page's address asks of the log, a page of it, and the addresses of the pages beside it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from casebook.store import Store
from vaste.log_asked import Asked, NotUnderstood, wanted_of

WORDS_ASKED: Final[tuple[str, ...]] = ("since", "until", "period", "text")
LISTS_ASKED: Final[tuple[str, ...]] = (
    "team",
    "playbook",
    "severity",
    "source",
    "language",
    "status",
    "breached",
    "topic",
)
_MOST: Final = 200
"""Signs of one value, and values of one name: nobody asks for more by hand."""
_LARGEST: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class View:
    """A page of the log, newest first."""

    rows: Sequence[Mapping[str, Any]]
    asked: Mapping[str, str]
    """What the form is filled with: the first value of each name."""
    is_chosen: bool
    """Some of the log, not all of it."""
    older: str | None = None
    """The address of the page after this one."""
    newest: str | None = None
    """The address of the first page, on every other."""
    refused: str | None = None
    """The name of what could not be understood; `person` is not to be asked here."""


def look(
    store: Store, query: Iterable[tuple[str, str]], *, now: datetime, zone: ZoneInfo, shown: int
) -> View:
    """Read an address and give its page; what it does not understand it names, and then it shows nothing."""
    given: dict[str, list[str]] = {}
    for name, value in query:
        if value.strip():
            given.setdefault(name, []).append(value.strip()[:_MOST])
    chosen = {name: given[name][:_MOST] for name in (*WORDS_ASKED, *LISTS_ASKED) if name in given}
    asked = {name: values[0] for name, values in chosen.items()}
    if "person" in given:
        # the page does not know who looks, so it can't be noted
        return View((), asked, is_chosen=True, refused="person")
    kinds: dict[str, list[str]] = {}
    for name, state in store.sources().items():
        kinds.setdefault(state["kind"], []).append(name)
    try:
        wanted = wanted_of(_asked(chosen), now=now, zone=zone, kinds=kinds)
        beyond = _number(given.get("before"))
    except NotUnderstood as mistake:
        return View((), asked, is_chosen=True, refused=mistake.option)
    page = replace(wanted, descending=True, limit=shown + 1, beyond=beyond)
    rows = list(store.log(page, now=now))
    pairs = [(name, value) for name, values in chosen.items() for value in values]
    older = urlencode([*pairs, ("before", str(rows[shown - 1]["case"]))]) if len(rows) > shown else None
    return View(
        rows[:shown],
        asked,
        is_chosen=bool(chosen),
        older=older and f"?{older}",
        newest=None if beyond is None else f"?{urlencode(pairs)}" if pairs else ".",
    )


def _asked(chosen: Mapping[str, list[str]]) -> Asked:
    words = {name: chosen[name][0] for name in WORDS_ASKED if name in chosen}
    lists = {name: chosen[name] for name in LISTS_ASKED if name in chosen}
    return replace(Asked(), **words, **lists)  # type: ignore[arg-type]  # each name has its own kind


def _number(written: Sequence[str] | None) -> int | None:
    if not written:
        return None
    if not (written[0].isascii() and written[0].isdigit() and int(written[0]) <= _LARGEST):
        raise NotUnderstood("before", "is the number of a case")
    return int(written[0])
