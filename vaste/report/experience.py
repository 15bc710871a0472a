"""The three questions of customer experience over a period: goal, ease, feeling, and for how many nobody knows. Pure.

Of each case `casebook.experience` answers them. Asked is only of those that deserve an answer. A customer who says
nothing more has said nothing: silence is unknown, and why something is unknown is part of the figure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from casebook.experience import GOALS
from classifier.scoring import Estimate, wilson
from vaste.report.rows import Became, Numbers, Told

YES: Final = "yes"
NO: Final = "no"
WRITTEN: Final = ("1", "2", "3", "more")
"""How many posts the customer had to write."""
FEELINGS: Final = ("positive", "neutral", "negative")
NOS: Final = ("never", "discontent", "broken_word", "left_waiting")
"""Why a goal was not reached."""
UNKNOWNS: Final = ("silent", "neutral", "unjudged", "unheard", "waiting", "never", "pending", "unseen")
"""Why an answer to a question is not known."""
LARGE_ENOUGH: Final = 10
"""Answers of a playbook, below which nothing is told of it alone."""
_ASKED: Final = {Became.ANSWERED, Became.APART, Became.UNANSWERED, Became.PENDING, Became.UNKNOWN}
_NO_ANSWER: Final = {Became.UNANSWERED: "never", Became.PENDING: "pending", Became.UNKNOWN: "unseen"}


@dataclass(frozen=True, slots=True)
class Question:
    """The answers to one question."""

    known: Mapping[str, Numbers]
    """By the answer."""
    unknown: Mapping[str, Numbers]
    """By the reason."""

    @property
    def answered(self) -> int:
        """How many it is known of."""
        return sum(map(len, self.known.values()))

    @property
    def open(self) -> int:
        """How many it is not known of."""
        return sum(map(len, self.unknown.values()))

    def share(self, answer: str) -> Estimate | None:
        """Give the share of one answer among those that are known."""
        return wilson(len(self.known.get(answer, ())), self.answered)


@dataclass(frozen=True, slots=True)
class Experience:
    """What it was like for the customers of some cases."""

    cases: int
    """Of which it is asked."""
    goal: Question
    """`yes` or `no`: was it reached."""
    why_not: Mapping[str, Numbers]
    """Of the noes: which of `NOS`."""
    ease: Question
    """One of `WRITTEN`."""
    feeling: Question
    """One of `FEELINGS`."""


@dataclass(frozen=True, slots=True)
class OfPlaybook:
    """The same of one playbook."""

    playbook: str
    was: Experience
    cases: Numbers


def experience(cases: Iterable[Told]) -> Experience:
    """Ask the three questions of all cases that deserve an answer."""
    asked = [case for case in cases if is_asked(case)]
    goal, why_not = _goal(asked)
    ease, feeling = (_sorted((case.number, of(case)) for case in asked) for of in (ease_of, feeling_of))
    return Experience(len(asked), goal, why_not, ease, feeling)


def by_playbook(cases: Iterable[Told]) -> list[OfPlaybook]:
    """Ask them of each playbook of which enough is known; the one with most cases first."""
    by: dict[str, list[Told]] = {}
    for case in cases:
        if is_asked(case):
            by.setdefault(case.playbook, []).append(case)
    found = [
        OfPlaybook(playbook, experience(of), tuple(case.number for case in of)) for playbook, of in by.items()
    ]
    enough = [one for one in found if any(map(is_enough, (one.was.goal, one.was.ease, one.was.feeling)))]
    return sorted(enough, key=lambda one: (-one.was.cases, one.playbook))


def is_enough(question: Question) -> bool:
    """Say whether so many answers are known that their shares are worth telling."""
    return question.answered >= LARGE_ENOUGH


def is_asked(case: Told) -> bool:
    """Say whether a case is asked about: it deserves an answer, and was neither dismissed nor taken back."""
    return case.became in _ASKED


def goal_of(case: Told) -> tuple[str | None, str]:
    """Say whether the customer's goal was reached, and why that is so, or is unknown."""
    if case.ending == "broken_word":
        return NO, "broken_word"
    if (missing := _NO_ANSWER.get(case.became)) is not None:
        return (NO if case.became is Became.UNANSWERED else None), missing
    reason = case.ending or "silent"
    return GOALS[reason], reason  # type: ignore[index]  # the record holds nothing else


def ease_of(case: Told) -> tuple[str | None, str]:
    """Say how many posts the customer had to write; of who got no answer it is unknown: it was not enough."""
    if (missing := _NO_ANSWER.get(case.became)) is not None:
        return None, missing
    written = case.posts_written or 1
    return (str(written) if written < len(WRITTEN) else WRITTEN[-1]), ""


def feeling_of(case: Told) -> tuple[str | None, str]:
    """Say with which feeling the customer was left after the last answer."""
    if (missing := _NO_ANSWER.get(case.became)) is not None:
        return None, missing
    if case.feeling_left is not None:
        return case.feeling_left, ""
    return None, "unheard"


def _goal(asked: Sequence[Told]) -> tuple[Question, dict[str, Numbers]]:
    why_not: dict[str, list[int]] = {reason: [] for reason in NOS}
    found = [(case.number, goal_of(case)) for case in asked]
    for number, (answer, reason) in found:
        if answer == NO:
            why_not[reason].append(number)
    return _sorted(found), _told(why_not)


def _sorted(found: Iterable[tuple[int, tuple[str | None, str]]]) -> Question:
    known: dict[str, list[int]] = {}
    unknown: dict[str, list[int]] = {}
    for number, (answer, reason) in found:
        if answer is None:
            unknown.setdefault(reason, []).append(number)
        else:
            known.setdefault(answer, []).append(number)
    return Question(_told(known), _told(unknown))


def _told(found: Mapping[str, Sequence[int]]) -> dict[str, Numbers]:
    return {name: tuple(cases) for name, cases in found.items()}
