"""What can be asked of a post, as facts, and which facts can never hold together. Pure.

A conflict is only what is one for every post there can be: whatever is not understood proves nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import Any, Final

from casebook.asked import asked_phrase
from casebook.calendar import DAY, Span
from casebook.duration import write_duration
from casebook.words import words_of

LANGUAGES: Final = ("fi", "sv", "en", "other")
"""All that a verdict's language can be."""
AUTHORS: Final = ("new", "known", "ours")
CLASSES: Final = ("negative", "neutral", "positive")
UNREAD: Final = "unread"
"""The subject of conditions that are not understood here: such a fact excludes its own denial, and nothing else."""
DENIED: Final = "not"
"""Before what is asked by an `UNREAD` fact: that the condition is surely false, rather than not surely true."""
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONE_KIND: Final = "post"
_OTHER_KINDS: Final = frozenset({"review", "reply", "quote"})
_SLACK: Final = 1e-3
"""By how much three probabilities may miss 1, so that no rounding makes a contradiction."""
_MOST_NAMED: Final = 4


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is asked of a post, or its denial."""

    subject: str
    asked: tuple[Any, ...]
    """Of names: one of them is there. Of a figure: at least this much. Of bounds: between these, which belong to it."""
    holds: bool = True

    @property
    def denial(self) -> "Fact":
        """The same fact the other way round."""
        return Fact(self.subject, self.asked, not self.holds)


@dataclass(frozen=True, slots=True)
class World:
    """What is known of every post there can be."""

    kinds: Mapping[str, str] | None = None
    """Kind of each source by its name; None: any source may show a post."""


_Look = Callable[[Sequence[Fact], World], tuple[Fact, ...] | None]
"""Gives facts that can't hold together for any post, or None."""


def conflict(facts: Sequence[Fact], world: World) -> tuple[Fact, ...] | None:
    """Give facts among these that can't hold together for any post, or None."""
    there = {fact.subject for fact in facts}
    for subjects, look in _CONFLICTS:
        if there.isdisjoint(subjects):
            continue
        found = look(facts, world)
        if found is not None:
            return found
    return None


def _of(subject: str, facts: Iterable[Fact]) -> tuple[list[Fact], list[Fact]]:
    """Give the facts of a subject: those that hold, and those that don't."""
    mine = [fact for fact in facts if fact.subject == subject]
    return [fact for fact in mine if fact.holds], [fact for fact in mine if not fact.holds]


def _fewest(facts: Iterable[Fact], look: _Look) -> tuple[Fact, ...]:
    """Leave out the facts without which the contradiction stands all the same."""
    left = tuple(dict.fromkeys(facts))
    for fact in left:
        rest = tuple(other for other in left if other != fact)
        if rest and look(rest, World()) is not None:
            return _fewest(rest, look)
    return left


# -- names, of which a post may have several


def _names(subject: str) -> _Look:
    """Look for one of several names that must be there while each of them is ruled out."""

    def look(facts: Sequence[Fact], world: World) -> tuple[Fact, ...] | None:
        wanted, unwanted = _of(subject, facts)
        for fact in wanted:
            against = [_against(subject, name, unwanted, world) for name in fact.asked]
            if None not in against:
                found = dict.fromkeys(reason for reasons in against for reason in reasons or ())
                return (fact, *found)
        return None

    return look


def _against(subject: str, name: str, unwanted: Sequence[Fact], world: World) -> tuple[Fact, ...] | None:
    """Give the denials that rule out a name (none where it never occurs by itself), or None where nothing does."""
    if _never_there(subject, name, world):
        return ()
    includes = _INCLUDES.get(subject, _same)
    for fact in unwanted:
        if any(includes(name, other, world) for other in fact.asked):
            return (fact,)
    if subject == "source" and world.kinds is not None:
        members = [source for source, kind in world.kinds.items() if kind == name]
        by_name = [next((one for one in unwanted if source in one.asked), None) for source in members]
        found = [fact for fact in by_name if fact is not None]
        if members and len(found) == len(members):
            return tuple(dict.fromkeys(found))
    return None


def _never_there(subject: str, name: str, world: World) -> bool:
    if subject == "source" and world.kinds is not None:
        return name not in world.kinds and name not in world.kinds.values()
    if subject == "word":
        return not words_of(name)
    return subject == "pattern" and never_found(name)


_UNPLAIN: Final = frozenset("|?*{}[]()\\.\n")


def never_found(pattern: str) -> bool:
    """Say whether a pattern is surely in no text: only the plainest of mistakes are seen through."""
    rest = pattern.replace("(?!)", "")
    if _UNPLAIN.isdisjoint(rest):
        if rest != pattern:
            return True
        before_start = rest.rpartition("^")[0].strip("^$+")
        after_end = rest.partition("$")[2].strip("^$+")
        return bool(before_start or after_end)
    return False


def _same(name: str, other: str, world: World) -> bool:
    del world
    return name == other


def _source_includes(name: str, other: str, world: World) -> bool:
    return name == other or (world.kinds or {}).get(name) == other


def word_includes(name: str, other: str) -> bool:
    """Say whether wherever the phrase `name` is found, `other` is too."""
    if name == other:
        return True
    longer, shorter = words_of(name), words_of(other)
    if not shorter or len(shorter) > len(longer):
        return False
    places = range(len(longer) - len(shorter) + 1)
    asks, others = asked_phrase(longer), asked_phrase(shorter)
    # a word is found by its forms and base forms: those of the one must all be among those of the other
    return any(
        all(
            word.forms <= part.forms and word.bases <= part.bases
            for word, part in zip(asks[at : at + len(shorter)], others, strict=True)
        )
        for at in places
    )


_INCLUDES: Final[Mapping[str, Callable[[str, str, World], bool]]] = {
    "word": lambda name, other, _: word_includes(name, other),
    "source": _source_includes,
}


def _kind(facts: Sequence[Fact], world: World) -> tuple[Fact, ...] | None:
    """Look at what a post is: a post alone, or some of a review, a reply and a quote; whatever is rated is a review."""
    del world
    wanted, unwanted = _of("kind", facts)
    rated, _ = _of("rating", facts)
    asked = [set(fact.asked) for fact in wanted] + [{"review"} for _ in rated[:1]]
    gone = {name for fact in unwanted for name in fact.asked}
    is_lone = _LONE_KIND not in gone and all(_LONE_KIND in names for names in asked)
    left = _OTHER_KINDS - gone
    if is_lone or (left and all(names & left for names in asked)):
        return None
    return _fewest((*wanted, *rated[:1], *unwanted), _kind)


# -- values, of which a post has exactly one


def _one_of(subject: str, every: frozenset[Any], values: Callable[[Fact], frozenset[Any]]) -> _Look:
    """Look whether any value is left."""

    def look(facts: Sequence[Fact], world: World) -> tuple[Fact, ...] | None:
        del world
        wanted, unwanted = _of(subject, facts)
        left = every
        for fact in wanted:
            left &= values(fact)
        for fact in unwanted:
            left -= values(fact)
        return None if left or not (wanted or unwanted) else _fewest((*wanted, *unwanted), look)

    return look


def _asked(fact: Fact) -> frozenset[Any]:
    return frozenset(fact.asked)


@lru_cache(maxsize=1_024)
def _minutes(spans: tuple[Span, ...]) -> frozenset[int]:
    return frozenset(minute % DAY for span in spans for minute in range(span.start, span.end))


# -- figures


def _figure(subject: str) -> _Look:
    """Look for so much asked, and less ruled out."""

    def look(facts: Sequence[Fact], world: World) -> tuple[Fact, ...] | None:
        del world
        wanted, unwanted = _of(subject, facts)
        pairs = ((one, other) for one in wanted for other in unwanted if one.asked >= other.asked)
        return next(pairs, None)

    return look


def _topic_score(facts: Sequence[Fact], world: World) -> tuple[Fact, ...] | None:
    del world
    wanted, unwanted = _of("topic_score", facts)
    pairs = (
        (one, other)
        for one in wanted
        for other in unwanted
        if one.asked[0] == other.asked[0] and one.asked[1] >= other.asked[1]
    )
    return next(pairs, None)


def _cases(facts: Sequence[Fact], world: World) -> tuple[Fact, ...] | None:
    """So many cases in a shorter time are so many in a longer one."""
    del world
    wanted, unwanted = _of("author_cases", facts)
    for one in wanted:
        for other in unwanted:
            if one.asked[0] >= other.asked[0] and one.asked[1] <= other.asked[1]:
                return one, other
    return None


def _rating(facts: Sequence[Fact], world: World) -> tuple[Fact, ...] | None:
    """Look whether any rating lies within the asked bounds and outside the others; without a rating none holds."""
    del world
    wanted, unwanted = _of("rating", facts)
    if not wanted:
        return None
    least = max(fact.asked[0] for fact in wanted)
    most = min(fact.asked[1] for fact in wanted)
    covered = least
    for fact in sorted(unwanted, key=lambda fact: fact.asked):
        if fact.asked[0] <= covered <= fact.asked[1]:
            covered = fact.asked[1]
            if covered >= most:
                return _fewest((*wanted, *unwanted), _rating)
    return _fewest(wanted, _rating) if least > most else None


def _attention(facts: Sequence[Fact], world: World) -> tuple[Fact, ...] | None:
    del world
    wanted, unwanted = _of("attention", facts)
    highest = max(wanted, key=lambda fact: float(fact.asked[0]), default=None)
    lowest = min(unwanted, key=lambda fact: float(fact.asked[0]), default=None)
    if lowest is None:
        return None
    least = 0.0 if highest is None else float(highest.asked[0])
    if least < lowest.asked[0]:
        return None
    return (lowest,) if lowest.asked[0] <= 0 or highest is None else (highest, lowest)


def _feeling(facts: Sequence[Fact], world: World) -> tuple[Fact, ...] | None:
    """Look whether any three probabilities, together 1, have the asked bounds and the asked class on top."""
    del world
    on_top, not_on_top = _of("sentiment", facts)
    bounds_at_least, bounds_under = _of("probability", facts)
    left = [
        name
        for name in CLASSES
        if all(name in fact.asked for fact in on_top) and all(name not in fact.asked for fact in not_on_top)
    ]
    least = {name: max([0.0, *_bounds(bounds_at_least, name)]) for name in CLASSES}
    under = {name: min([1.0 + _SLACK, *_bounds(bounds_under, name)]) for name in CLASSES}
    if any(_can_be_top(name, least, under) for name in left):
        return None
    return _fewest((*on_top, *not_on_top, *bounds_at_least, *bounds_under), _feeling)


def _bounds(facts: Iterable[Fact], name: str) -> list[float]:
    return [float(fact.asked[1]) for fact in facts if fact.asked[0] == name]


def _can_be_top(top: str, least: Mapping[str, float], under: Mapping[str, float]) -> bool:
    """Say whether this class can be the most probable within the bounds; a tie may go either way."""
    if any(least[name] >= under[name] for name in CLASSES):
        return False
    others = [name for name in CLASSES if name != top]
    # as probable as may be, the others as improbable as they must: both questions are easiest there
    most = min(under[top], 1 + _SLACK - sum(least[name] for name in others))
    if most < max(least[top], *(least[name] for name in others)):
        return False
    return most + sum(min(under[name], most) for name in others) >= 1 - _SLACK


# -- what is so or not


def _switch(subject: str) -> _Look:
    """Look for a fact and its denial."""

    def look(facts: Sequence[Fact], world: World) -> tuple[Fact, ...] | None:
        del world
        wanted, unwanted = _of(subject, facts)
        return next(((fact, fact.denial) for fact in wanted if fact.denial in unwanted), None)

    return look


def _to_person(facts: Sequence[Fact], world: World) -> tuple[Fact, ...] | None:
    """Whoever writes to one of ours by name writes to somebody of ours."""
    del world
    wanted, unwanted = _of("to_person", facts)
    named, _ = _of("to", facts)
    return next(((fact, other) for fact in (*wanted, *named) for other in unwanted), None)


def _unread(facts: Sequence[Fact], world: World) -> tuple[Fact, ...] | None:
    """A condition that is not understood is at least never true and false at once."""
    found = _switch(UNREAD)(facts, world)
    if found is not None:
        return found
    wanted, _ = _of(UNREAD, facts)
    false = {fact.asked[1:]: fact for fact in wanted if fact.asked[0] == DENIED}
    return next(((fact, false[fact.asked]) for fact in wanted if fact.asked in false), None)


_CONFLICTS: Final[tuple[tuple[frozenset[str], _Look], ...]] = tuple(
    (frozenset(subjects), look)
    for subjects, look in (
        (("language",), _one_of("language", frozenset(LANGUAGES), _asked)),
        (("author",), _one_of("author", frozenset(AUTHORS), _asked)),
        (("weekday",), _one_of("weekday", frozenset(range(7)), _asked)),
        (("time",), _one_of("time", frozenset(range(DAY)), lambda fact: _minutes(fact.asked))),
        (("crisis",), _switch("crisis")),
        (("blind",), _switch("blind")),
        (("question",), _switch("question")),
        (("to_person",), _to_person),
        (("to",), _names("to")),
        (("kind", "rating"), _kind),
        (("open",), _names("open")),
        (("topic",), _names("topic")),
        (("source",), _names("source")),
        (("followers",), _figure("followers")),
        (("reach",), _figure("reach")),
        (("growth",), _figure("growth")),
        (("topic_score",), _topic_score),
        (("rating",), _rating),
        (("author_cases",), _cases),
        (("attention",), _attention),
        (("sentiment", "probability"), _feeling),
        ((UNREAD,), _unread),
        (("pattern",), _names("pattern")),
        (("word",), _names("word")),  # last: it may have to load dictionaries
    )
)


# -- in words


def worded(fact: Fact) -> str:
    """Say a fact as reasons do: `language fi or sv`, `not negative at least 0.60`."""
    return ("" if fact.holds else "not ") + _WORDS[fact.subject](fact.asked)


def _listed(names: Sequence[Any]) -> str:
    more = len(names) - _MOST_NAMED
    listed = " or ".join(map(str, names[:_MOST_NAMED]))
    return f"{listed} or {more} more" if more > 0 else listed


def _rated(asked: tuple[Any, ...]) -> str:
    bounds = (("at least", asked[0]), ("at most", asked[1]))
    return " and ".join(f"{word} {bound:g}" for word, bound in bounds if abs(bound) != inf) or "given"


_WORDS: Final[Mapping[str, Callable[[tuple[Any, ...]], str]]] = {
    "sentiment": lambda asked: f"sentiment {_listed(asked)}",
    "probability": lambda asked: f"{asked[0]} at least {asked[1]:g}",
    "attention": lambda asked: f"attention at least {asked[0]:g}",
    "topic": lambda asked: f"topic {_listed(asked)}",
    "topic_score": lambda asked: f"topic {asked[0]} at least {asked[1]:g}",
    "word": lambda asked: f"word {_listed(asked)}",
    "pattern": lambda asked: f"pattern {_listed(asked)}",
    "language": lambda asked: f"language {_listed(asked)}",
    "source": lambda asked: f"source {_listed(asked)}",
    "kind": lambda asked: f"kind {_listed(asked)}",
    "author": lambda asked: f"author {_listed(asked)}",
    "to": lambda asked: f"to {_listed(asked)}",
    "to_person": lambda _: "to somebody of ours",
    "time": lambda asked: f"time {_listed([_hours_worded(span) for span in asked])}",
    "weekday": lambda asked: f"weekday {_listed([_WEEKDAYS[day] for day in asked])}",
    "open": lambda asked: f"{_listed(asked)} open",
    "question": lambda _: "a question",
    "crisis": lambda _: "a crisis running",
    "blind": lambda _: "seen late, after a time without watch",
    "rating": lambda asked: f"rating {_rated(asked)}",
    "followers": lambda asked: f"at least {asked[0]} followers",
    "reach": lambda asked: f"at least {asked[0]} reached",
    "growth": lambda asked: f"at least {asked[0]} more reached an hour",
    "author_cases": lambda asked: f"at least {asked[0]} earlier cases in {write_duration(asked[1])}",
    UNREAD: lambda asked: f"{asked[0]} {asked[1]}" if asked[0] == DENIED else f"{asked[0]}",
}


def _hours_worded(span: Span) -> str:
    """Write hours as people do: `22:00-07:00`."""
    end = span.end if span.end <= DAY else span.end - DAY
    return "-".join("{:02}:{:02}".format(*divmod(minute, 60)) for minute in (span.start, end))
