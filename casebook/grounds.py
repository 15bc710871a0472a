"""What a decision stands on, as facts: the words for it are made where it is shown, in the reader's language. Pure.

A ground says what it is and holds plain values: names of the configuration, figures, other grounds; never text of a
post, for decisions are kept when posts are erased.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

WRITTEN: Final = "written"
"""A reason that was kept as a sentence: decisions of before reasons were kept as facts."""
_LONGEST: Final = 300
"""Characters kept of one name or pattern."""
_ROOM: Final = 1_000
"""Characters, as JSON, of the grounds within a ground; one is always kept."""
_WHAT: Final = "what"


@dataclass(frozen=True, slots=True)
class Ground:
    """One thing that was asked, or found, or that kept a post from opening a case."""

    what: str
    """Its key; whoever words it has words for each."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Strings, numbers, None, grounds, and tuples of those."""


def ground(what: str, **facts: Any) -> Ground:
    """Make a ground of facts."""
    return Ground(what, facts)


def of_names(what: str, names: Iterable[str], *, most: int = 8) -> Ground:
    """Make a ground that names several things: the first of them, and how many more there are."""
    every = tuple(name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…" for name in names)
    return Ground(what, {"names": every[:most], "more": max(0, len(every) - most)})


def fitting(grounds: Sequence[Ground], *, most: int = 8) -> tuple[tuple[Ground, ...], int]:
    """Give the first of several grounds, as many as a row and a reader can hold, and how many more there are.

    Grounds may hold grounds: without a bound a row would grow with the configuration, for every mention.
    """
    kept, room = 0, _ROOM
    for one in grounds[:most]:
        room -= len(json.dumps(as_facts((one,)), ensure_ascii=False))
        if kept and room < 0:
            break
        kept += 1
    return tuple(grounds[:kept]), len(grounds) - kept


def as_facts(grounds: Iterable[Ground]) -> list[dict[str, Any]]:
    """Give grounds as JSON holds them."""
    return [{_WHAT: one.what} | {name: _plain(value) for name, value in one.facts.items()} for one in grounds]


def from_facts(facts: Iterable[Mapping[str, Any]]) -> tuple[Ground, ...]:
    """Read grounds as JSON holds them."""
    return tuple(_read_ground(one) for one in facts)


def written(sentence: str) -> tuple[Ground, ...]:
    """Give a reason that was kept as a sentence; none for an empty one."""
    return (Ground(WRITTEN, {"sentence": sentence}),) if sentence else ()


def _plain(value: Any) -> Any:
    if isinstance(value, Ground):
        return as_facts((value,))[0]
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _read(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _read_ground(value)
    return tuple(map(_read, value)) if isinstance(value, list) else value


def _read_ground(facts: Mapping[str, Any]) -> Ground:
    return Ground(str(facts[_WHAT]), {name: _read(value) for name, value in facts.items() if name != _WHAT})
