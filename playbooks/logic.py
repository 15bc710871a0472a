"""What a match can never be, and what follows from it: a small prover over conditions. Pure.

Theory of operation:
1. A match becomes a formula of facts in which only facts are denied (`reads`, `denied`).
2. To show that formulas can't hold together, everything is taken apart until each way of holding is a list of
   facts; a way is closed when its facts contradict each other (`facts.conflict`). All ways closed: proven.
3. That one match implies another is shown by closing the one together with the denial of the other. The
   classifier may abstain, and then no fact on sentiment or attention holds, nor does its denial: so it is shown
   twice, for a classifier that knows (everything is true or false) and for one that does not (`unopinionated`).
4. A contradiction is only what is one for every post there can be; what takes too many steps proves nothing. A
   condition that is not understood here only narrows its match: it excludes its own denial, and nothing else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from math import inf
from typing import Any, Final

from playbooks.facts import DENIED, UNREAD, Fact, World, conflict
from playbooks.playbook import AuthorCases, Match, Rated, Reached

OPINIONS: Final = frozenset({"sentiment", "probability", "attention"})
"""What is not known where the classifier abstained."""
_MOST_STEPS: Final = 2_000
"""Ways looked at for one question; more proves nothing. Fifty playbooks are looked through in a second."""


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; without any it always does."""

    parts: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """One part at least holds; without any it never does."""

    parts: tuple["Formula", ...]


Formula = Fact | All | Some
NEVER: Final = Some(())


@dataclass(frozen=True, slots=True)
class Proof:
    """Why formulas can't hold together: the facts that exclude each other, one group for each way."""

    conflicts: tuple[tuple[Fact, ...], ...]


# -- from a match to a formula


def reads(match: Match) -> Formula:
    """Read a match as a formula. A field that is not known here is a fact by itself wherever it asks for something."""
    parts: list[Formula] = []
    blank = Match()
    for key in fields(match):
        value = getattr(match, key.name)
        if value != getattr(blank, key.name):
            parts.append(READERS.get(key.name, _unread(key.name))(value))
    return All(tuple(parts))


def denied(formula: Formula) -> Formula:
    """Give the denial of a formula, with the denials pushed down to the facts."""
    if isinstance(formula, Fact):
        return formula.denial
    if isinstance(formula, All):
        return Some(tuple(map(denied, formula.parts)))
    return All(tuple(map(denied, formula.parts)))


def unopinionated(formula: Formula) -> Formula:
    """Give what surely holds where the classifier abstained: no fact of its opinion does, nor does its denial."""
    if isinstance(formula, Fact):
        return _without_opinion(formula)
    if isinstance(formula, All):
        return All(tuple(map(unopinionated, formula.parts)))
    return Some(tuple(map(unopinionated, formula.parts)))


def _without_opinion(fact: Fact) -> Formula:
    if fact.subject in OPINIONS:
        return NEVER
    if (
        not fact.holds and fact.subject == "question"
    ):  # its form may say that it asks; nothing says that it does not
        return NEVER
    if not fact.holds and fact.subject == UNREAD:  # it may be unknown: then it is neither true nor false
        return Fact(UNREAD, (DENIED, *fact.asked))
    return fact


def facts_of(formula: Formula) -> Iterator[Fact]:
    """Give every fact in a formula."""
    if isinstance(formula, Fact):
        yield formula
    else:
        for part in formula.parts:
            yield from facts_of(part)


def _unread(name: str) -> Callable[[Any], Formula]:
    return lambda value: Fact(UNREAD, (name, repr(value)))


def _one_of(subject: str) -> Callable[[Any], Formula]:
    return lambda names: Fact(subject, tuple(names))


def _switch(subject: str) -> Callable[[Any], Formula]:
    return lambda is_on: Fact(subject, (), holds=is_on)


def _figure(subject: str) -> Callable[[Any], Formula]:
    return lambda least: Fact(subject, (least,))


def _any_figure(subject: str) -> Callable[[Any], Formula]:
    return lambda least: Some(tuple(Fact(subject, entry) for entry in least.items()))


def _author_cases(asked: AuthorCases) -> Formula:
    return Fact("author_cases", (asked.at_least, asked.within))


def _rating(asked: Rated) -> Formula:
    least = -inf if asked.at_least is None else asked.at_least
    most = inf if asked.at_most is None else asked.at_most
    return Fact("rating", (least, most))


def _reach(asked: Reached) -> Formula:
    figures = (("reach", asked.at_least), ("growth", asked.growing))
    return All(tuple(Fact(subject, (least,)) for subject, least in figures if least is not None))


READERS: Final[Mapping[str, Callable[[Any], Formula]]] = {
    "sentiment": _one_of("sentiment"),
    "sentiment_at_least": _any_figure("probability"),
    "attention": _figure("attention"),
    "topics": _one_of("topic"),
    "topics_at_least": _any_figure("topic_score"),
    "words": _one_of("word"),
    "regex": _one_of("pattern"),
    "language": _one_of("language"),
    "source": _one_of("source"),
    "followers": _figure("followers"),
    "author_cases": _author_cases,
    "kind": _one_of("kind"),
    "rating": _rating,
    "reach": _reach,
    "author": _one_of("author"),
    "question": _switch("question"),
    "to_person": _switch("to_person"),
    "to_people": _one_of("to"),
    "time": _one_of("time"),
    "weekday": _one_of("weekday"),
    "open": _one_of("open"),
    "crisis": _switch("crisis"),
    "blind": _switch("blind"),
    "all": lambda inner: All(tuple(map(reads, inner))),
    "any": lambda choices: Some(tuple(map(reads, choices))),
    "none": lambda unwanted: All(tuple(denied(reads(match)) for match in unwanted)),
}
"""How each field of a match is read."""


# -- proving


@dataclass(slots=True)
class _Search:
    world: World
    steps: int = _MOST_STEPS
    conflicts: dict[tuple[Fact, ...], None] = field(default_factory=dict)


def contradiction(formulas: Iterable[Formula], world: World) -> Proof | None:
    """Show that formulas never hold together, for a classifier that knows; None where it can't be shown."""
    search = _Search(world)
    return Proof(tuple(search.conflicts)) if _closes((), list(formulas), search) else None


def implies(match: Formula, others: Sequence[Formula], world: World) -> Proof | None:
    """Show that wherever a match holds one of the others does, whatever the classifier knows; None: not shown."""
    knowing = contradiction([match, *map(denied, others)], world)
    if knowing is None:
        return None
    blind = [unopinionated(match), *(denied(unopinionated(other)) for other in others)]
    return knowing if contradiction(blind, world) is not None else None


def _closes(facts: tuple[Fact, ...], asked: list[Formula], search: _Search) -> bool:
    """Say whether every way in which all of it could hold contradicts itself."""
    forks: list[Some] = []
    waiting = asked[::-1]
    while waiting:
        formula = waiting.pop()
        if isinstance(formula, Fact):
            facts = (*facts, formula)
        elif isinstance(formula, All):
            waiting.extend(reversed(formula.parts))
        elif isinstance(formula, Some):
            forks.append(formula)
    found = conflict(facts, search.world)
    if found is not None:
        search.conflicts[found] = None
        return True
    if not forks or search.steps <= 0:
        return False
    search.steps -= 1
    # the narrowest first: most ways end before they are split
    fork = min(forks, key=lambda each: len(each.parts))
    rest = [other for other in forks if other is not fork]
    return all(_closes(facts, [part, *rest], search) for part in fork.parts)
