"""What a replay came to, for people and for programs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from notifier.channel import Person
from notifier.hostile import clean_line, cut, shown_line
from playbooks.playbook import Severity
from vaste.comparison import Comparison, Example, Move, Side
from vaste.decided import Kept
from vaste.report_log import iso
from vaste.span import span

_SHOWN = 100
"""Characters of a post in an example."""
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)

_ABOUT_STEPS = """
Steps are counted until the instant at which somebody took the case. Where no case was then, nobody could take it:
what its steps would have called, had nobody taken it, is "at most as many calls more".
"""
_KEPT: tuple[Kept, ...] = get_args(Kept)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A comparison, and what was compared."""

    comparison: Comparison
    since: datetime
    until: datetime
    by: str
    """Name of the new configuration's file."""
    against: str | None
    """Name of the other one's; None: what was decided then."""
    people: Mapping[str, Person]
    order: Sequence[str]
    """Playbooks of the new configuration."""
    is_judged: bool = False
    """The texts were judged anew."""
    wrong: tuple[str, ...] = ()
    """What is wrong with the rotas: whom they call, nobody knows."""

    @property
    def days(self) -> float:
        """Length of the time that was replayed: from the first post in it, where the record begins later."""
        return max(self.until - self.begun, _HOUR) / _DAY

    @property
    def begun(self) -> datetime:
        """When it begins: with the first post in it, where the record begins later."""
        return max(self.since, self.comparison.first_at or self.since)

    def a_day(self, count: int) -> float | None:
        """Give how many that is a day; None where less than a day was replayed, of which nobody can say."""
        return count / self.days if self.days >= 1 else None

    @property
    def other(self) -> str:
        """What it is compared with, at the head of a column."""
        return self.against or "then"

    @property
    def sides(self) -> tuple[Side, Side]:
        """What was decided, and what would be."""
        return self.comparison.then, self.comparison.new


def tell(replayed: Replayed, console: Console) -> None:
    """Write it for a person."""
    for line in _head(replayed):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if not replayed.comparison.mentions:
        return
    for table in _tables(replayed):
        console.print()
        console.print(table)
    console.print(_ABOUT_STEPS if any(side.untaken for side in replayed.sides) else "")
    for line in _changes(replayed):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _head(replayed: Replayed) -> Iterator[str]:
    comparison = replayed.comparison
    zone = comparison.zone
    against = f"by {replayed.against}" if replayed.against else "as decided then"
    yield (
        f"{_count(comparison.mentions, 'mention')} posted from {_local(replayed.since, zone)} to "
        f"{_local(replayed.until, zone)}: {against}, and by {replayed.by}. Nothing is sent, and nothing is written."
    )
    for line in replayed.wrong:
        yield clean_line(f"{line[:1].upper()}{line[1:]}.")
    if comparison.mentions and replayed.days < 1:
        length = span(int((replayed.until - replayed.begun).total_seconds()))
        begun = _local(replayed.begun, zone)
        yield f"The first of them is of {begun}: {length} are too short a time to say how many cases a day that is."
    if comparison.erased:
        yield f"Left out: {_count(comparison.erased, 'mention')} whose words were erased."
    if len(comparison.models) > 1:
        models = ", ".join(f"{clean_line(name)} ({count})" for name, count in comparison.models.most_common())
        yield f"Judged by several models: {models}."
    for topic, count in comparison.unscored.most_common():
        yield (
            f"Topic {topic} has no score in {_count(count, 'verdict')} on record and does not hold there; "
            "--judge judges the words that are still kept."
        )


def _tables(replayed: Replayed) -> Iterator[Table]:
    yield _table(replayed, "", _totals(replayed))
    yield _table(
        replayed, "cases by playbook", _by(replayed, [side.cases for side in replayed.sides], replayed.order)
    )
    severities = [severity.value for severity in Severity]
    yield _table(
        replayed, "cases by severity", _by(replayed, [side.severities for side in replayed.sides], severities)
    )
    yield _table(replayed, "calls by person, at night", list(_by_person(replayed)))
    promises = list(_promises(replayed))
    if promises:
        yield _table(replayed, "answered in time, of those due", promises)


Line = tuple[str, str, str]


def _table(replayed: Replayed, title: str, lines: Iterable[Line]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 3, 0, 0))
    table.add_column(title, min_width=30, overflow="fold")
    for head in (replayed.other, replayed.by):
        # as Text: what a file or a person is called is never read as markup
        table.add_column(Text(clean_line(head)), justify="right")
    for name, *cells in lines:
        table.add_row(Text(clean_line(name)), *(Text(clean_line(cell)) for cell in cells))
    return table


def _totals(replayed: Replayed) -> list[Line]:
    def line(name: str, *values: object) -> Line:
        one, other = map(str, values)
        return name, one, other

    sides = replayed.sides
    return [
        line("mentions that a playbook takes", *(side.mentions.total() for side in sides)),
        line("cases", *(side.cases.total() for side in sides)),
        line("cases a day", *(_a_day(replayed, side) for side in sides)),
        line("most on one day", *map(_busiest, sides)),
        line("calls", *(side.calls.total() for side in sides)),
        line("… of these by later steps", *(side.steps for side in sides)),
        line("calls at night (22–07)", *(side.nights.total() for side in sides)),
        line("… of these critical or high", *map(_loud_nights, sides)),
        line("nobody there to call", *(side.nobody for side in sides)),
        *_untaken(replayed),
        line("review lane", *(side.review for side in sides)),
    ]


def _untaken(replayed: Replayed) -> Iterator[Line]:
    then, new = replayed.sides
    if then.untaken or new.untaken:
        before, after = (f"{side.untaken}, {side.untaken_nights} at night" for side in (then, new))
        yield "at most as many calls more", before, after


def _a_day(replayed: Replayed, side: Side) -> str:
    a_day = replayed.a_day(side.cases.total())
    return "–" if a_day is None else f"{a_day:.1f}"


def _busiest(side: Side) -> str:
    if not side.days:
        return "0"
    day, count = max(side.days.items(), key=lambda item: (item[1], item[0]))
    return f"{count} ({day:%Y-%m-%d})"


def _loud_nights(side: Side) -> int:
    return sum(side.loud_nights[severity] for severity in ("critical", "high"))


def _by(replayed: Replayed, sides: Sequence[Counter[str]], order: Sequence[str]) -> list[Line]:
    del replayed
    names = dict.fromkeys([*order, *sorted(sides[0].keys() - set(order))])
    lines = [(name, str(sides[0][name]), str(sides[1][name])) for name in names]
    return [line for line in lines if line[1:] != ("0", "0")]


def _by_person(replayed: Replayed) -> Iterator[Line]:
    then, new = replayed.sides
    for person in sorted({*then.calls, *new.calls}, key=lambda key: (-new.calls[key], key)):
        known = replayed.people.get(person)
        before, after = (f"{side.calls[person]}, {side.nights[person]} at night" for side in (then, new))
        yield known.name if known else person, before, after


def _promises(replayed: Replayed) -> Iterator[Line]:
    names = {playbook for side in replayed.sides for playbook, _ in side.promises}
    order = [*replayed.order, *sorted(names - set(replayed.order))]
    for name in (name for name in order if name in names):
        then, new = (_promise(side, name) for side in replayed.sides)
        yield name, then, new


def _promise(side: Side, playbook: str) -> str:
    kept, missed = side.promises[playbook, "kept"], side.promises[playbook, "missed"]
    pending = side.promises[playbook, "pending"]
    waits = f", {pending} not due" if pending else ""
    return f"{kept} of {kept + missed}{waits}"


def _changes(replayed: Replayed) -> Iterator[str]:
    comparison = replayed.comparison
    if not comparison.moves:
        yield "Every mention is decided alike."
        return
    yield f"{_count(comparison.moves.total(), 'mention')} decided otherwise:"
    for move in sorted(
        comparison.moves, key=lambda move: (_sort_of(move), -comparison.moves[move], _move(move))
    ):
        yield f"  {comparison.moves[move]:>6}  {_move(move)}"
        for example in _drawn(comparison, move):
            yield f"          {_post(example)}  “{_text(example)}”"


def _sort_of(move: Move) -> int:
    """Newly matched first, then no longer matched, then by another playbook, or by the same one and another end."""
    before, after = move
    return 0 if before.playbook is None else 1 if after.playbook is None else 2


def _move(move: Move) -> str:
    before, after = move
    if before.playbook is None:
        return f"newly taken by {after.playbook}{'' if after.in_case else ', which opens no case of it'}"
    if after.playbook is None:
        return (
            f"no longer taken ({before.playbook}{'' if before.in_case else ', which opened no case of it'})"
        )
    # the sample, the cap or the digest of a playbook lets a post open a case, or holds it back
    end = "" if before.in_case is after.in_case else ", now a case" if after.in_case else ", no case any more"
    if before.playbook == after.playbook:
        return f"by {after.playbook} as before{end}"
    return f"from {before.playbook} to {after.playbook}{end}"


def _drawn(comparison: Comparison, move: Move) -> list[Example]:
    return sorted(comparison.examples.get(move, ()))


def _post(example: Example) -> str:
    return clean_line(example.post)


def _text(example: Example) -> str:
    return cut(shown_line(example.text), _SHOWN)


def _count(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


# -- for programs


def as_object(replayed: Replayed) -> dict[str, Any]:
    """Give it as one JSON object."""
    comparison = replayed.comparison
    then, new = replayed.sides
    return {
        "since": iso(replayed.since),
        "until": iso(replayed.until),
        "days": round(replayed.days, 4),
        "config": replayed.by,
        "against": replayed.against,
        "judged": replayed.is_judged,
        "mentions": comparison.mentions,
        "left_out": comparison.erased,
        "models": dict(comparison.models),
        "topics_without_score": dict(comparison.unscored),
        "then": _side(then, replayed),
        "new": _side(new, replayed),
        "changes": [
            {
                "then": move[0].playbook,
                "new": move[1].playbook,
                "then_case": move[0].in_case,
                "new_case": move[1].in_case,
                "mentions": count,
                "examples": [{"post": _post(one), "text": _text(one)} for one in _drawn(comparison, move)],
            }
            for move, count in comparison.moves.most_common()
        ],
    }


def _side(side: Side, replayed: Replayed) -> dict[str, Any]:
    names = {*side.mentions, *side.cases}
    a_day = replayed.a_day(side.cases.total())
    return {
        "mentions": side.mentions.total(),
        "cases": side.cases.total(),
        "cases_per_day": None if a_day is None else round(a_day, 2),
        "busiest_day": max(side.days, key=lambda day: (side.days[day], day)).isoformat()
        if side.days
        else None,
        "busiest_day_cases": max(side.days.values(), default=0),
        "calls": side.calls.total(),
        "step_calls": side.steps,
        "night_calls": side.nights.total(),
        "untaken": {"calls": side.untaken, "night_calls": side.untaken_nights},
        "nobody": side.nobody,
        "review": side.review,
        "severities": {
            severity.value: {
                "cases": side.severities[severity.value],
                "calls": side.loudness[severity.value],
                "night_calls": side.loud_nights[severity.value],
            }
            for severity in Severity
        },
        "playbooks": {
            name: {
                "mentions": side.mentions[name],
                "cases": side.cases[name],
                "answers": {kept: side.promises[name, kept] for kept in _KEPT},
            }
            for name in sorted(names)
        },
        "people": {
            person: {"calls": calls, "night_calls": side.nights[person]}
            for person, calls in sorted(side.calls.items())
        },
    }
