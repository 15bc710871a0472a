"""The figures of a period: pure functions over its cases, each open down to the numbers of the cases it is made of.

What each means is written in docs/report.md. A figure that cannot be had is None, never zero.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Final

from classifier.scoring import Estimate, wilson
from vaste.report.quantiles import Quantile, quantile
from vaste.report.rows import COUNTED, GOT_ANSWER, UNSEEN, Became, Numbers, Told

BOUNDS: Final = (900, 3_600, 4 * 3_600, 24 * 3_600)
"""Of the distribution of waits, in seconds; a wait of exactly a bound belongs to what ends there."""
STAGES: Final = ("detection", "triage", "alert", "acknowledge", "answer")
_CUTS: Final = attrgetter("seen_at", "opened_at", "alerted_at", "acknowledged_at")
Cases = Sequence[Told]


def numbers(cases: Iterable[Told]) -> Numbers:
    """Give the numbers of cases."""
    return tuple(case.number for case in cases)


# ---- answered or not ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of the cases of a period."""

    by: dict[Became, Numbers]
    manual: Numbers
    """Of the answered: only marked by hand, and never found on the network."""

    @property
    def rate(self) -> Estimate | None:
        """Answered, of those that were answered or should have been; what nobody could see is left out."""
        return wilson(self.count(Became.ANSWERED), self.due)

    @property
    def due(self) -> int:
        """The denominator of the rate."""
        return sum(self.count(became) for became in COUNTED)

    @property
    def worst(self) -> float | None:
        """The rate over all of them, if everything unknown had gone unanswered: it is at least this."""
        whole = self.due + self.unseen
        return sum(map(self.count, GOT_ANSWER)) / whole if whole else None

    @property
    def unseen(self) -> int:
        """How many lie outside the rate, because nobody could have seen all their answers."""
        return sum(map(self.count, UNSEEN))

    def count(self, became: Became) -> int:
        """Count the cases of which one thing became."""
        return len(self.by[became])


def answers(cases: Cases) -> Answers:
    """Sort the cases by what became of them."""
    by: dict[Became, list[int]] = {became: [] for became in Became}
    manual = []
    for case in cases:
        by[case.became].append(case.number)
        if case.response_found == "manual" and case.became is Became.ANSWERED:
            manual.append(case.number)
    return Answers({became: tuple(found) for became, found in by.items()}, tuple(manual))


# ---- waits --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waits:
    """How long customers waited for their first answer, in seconds."""

    median: Quantile | None
    p90: Quantile | None
    p95: Quantile | None
    shortest: float | None
    longest: float | None
    cases: Numbers

    @property
    def n(self) -> int:
        """How many waits there are."""
        return len(self.cases)


def waits(cases: Cases, of: Callable[[Told], int | None] = lambda case: case.frt_s) -> Waits:
    """Give the quantiles of a duration, of the cases that have it."""
    found = [(seconds, case.number) for case in cases if (seconds := of(case)) is not None]
    ordered: list[float] = sorted(seconds for seconds, _ in found)
    median, p90, p95 = (quantile(ordered, share) for share in (0.5, 0.9, 0.95))
    shortest, longest = (ordered[0], ordered[-1]) if ordered else (None, None)
    return Waits(median, p90, p95, shortest, longest, tuple(number for _, number in found))


def answered(cases: Cases) -> list[Told]:
    """Give the cases that deserved an answer and got one."""
    return [case for case in cases if case.became in GOT_ANSWER]


@dataclass(frozen=True, slots=True)
class Spread:
    """One part of the distribution of waits."""

    until: int | None
    """Seconds, its end included; None: longer than all bounds, or no answer at all."""
    is_answered: bool
    cases: Numbers


def spread(cases: Cases) -> list[Spread]:
    """Sort those that deserved an answer by how long they waited; those who never got one are a part, too."""
    # of the watched ones alone: who never got an answer is known of no others
    got = [(case.frt_s or 0, case.number) for case in cases if case.became is Became.ANSWERED]
    edges = [-1, *BOUNDS]
    parts = [
        Spread(end, True, tuple(number for seconds, number in got if begin < seconds <= end))
        for begin, end in zip(edges, BOUNDS, strict=False)
    ]
    longer = tuple(number for seconds, number in got if seconds > BOUNDS[-1])
    never = numbers(case for case in cases if case.became is Became.UNANSWERED)
    return [*parts, Spread(None, True, longer), Spread(None, False, never)]


# ---- promises -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """What share of a playbook's cases ought to be answered in time, in a stretch of dates."""

    share: float
    playbook: str | None = None
    """None: of every one that has no target of its own."""
    within: float | None = None
    """Seconds on the playbook's clock; None: as the playbook promises."""
    since: date | None = None
    until: date | None = None
    """Of posting, the end left out."""

    def holds(self, day: date) -> bool:
        """Say whether a date lies in its stretch."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Promise:
    """How one playbook kept what it promises."""

    playbook: str
    cases: Numbers
    in_time: Numbers
    late: Numbers
    """Answered after the deadline."""
    never: Numbers
    """Due, and not answered."""
    dismissed: Numbers
    waits: Waits
    target: Target | None

    @property
    def due(self) -> int:
        """Cases whose answer counts."""
        return len(self.in_time) + len(self.late) + len(self.never)

    @property
    def share(self) -> Estimate | None:
        """In time, of those due."""
        return wilson(len(self.in_time), self.due)

    @property
    def is_missed(self) -> bool:
        """The share lies below its target."""
        return self.target is not None and self.share is not None and self.share.value < self.target.share

    @property
    def is_surely_missed(self) -> bool:
        """Chance alone does not explain it."""
        return self.target is not None and self.share is not None and self.share.high < self.target.share


def target_of(targets: Sequence[Target], playbook: str, day: date) -> Target | None:
    """Give the target that holds on a date: the playbook's own before the general one, the last one first."""
    holding = [one for one in reversed(targets) if one.playbook in {playbook, None} and one.holds(day)]
    return min(holding, key=lambda one: one.playbook is None, default=None)


def promises(cases: Cases, targets: Sequence[Target], *, on: date) -> list[Promise]:
    """Give how every playbook kept its promise, by the targets that hold `on` the period's last date.

    The playbooks with most cases come first; those that promise no answer are left out.
    """
    by: dict[str, list[Told]] = {}
    for case in cases:
        by.setdefault(case.playbook, []).append(case)
    found = [_promise(name, of, target_of(targets, name, on)) for name, of in by.items()]
    return sorted((one for one in found if one.due), key=lambda one: (-len(one.cases), one.playbook))


def _promise(name: str, cases: Cases, target: Target | None) -> Promise:
    due = [case for case in cases if case.became in COUNTED]
    within = target.within if target else None
    kept = {case.number for case in due if keeps(case, within)}
    return Promise(
        playbook=name,
        cases=numbers(cases),
        in_time=numbers(case for case in due if case.number in kept),
        late=numbers(case for case in due if case.number not in kept and case.became is Became.ANSWERED),
        never=numbers(case for case in due if case.became is Became.UNANSWERED),
        dismissed=numbers(case for case in cases if case.became is Became.DISMISSED),
        waits=waits(answered(cases)),
        target=target,
    )


def keeps(case: Told, within: float | None) -> bool:
    """Say whether a case was answered in time: as its playbook promised, or within so many seconds of its clock."""
    if within is None:
        return case.is_in_time
    waited = case.frt_business_s if case.frt_business_s is not None else case.frt_s
    return case.became is Became.ANSWERED and waited is not None and waited <= within


# ---- where the time goes ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the way from a post to its answer."""

    name: str
    seconds: int
    """Of all cases together."""
    share: float
    """Of all the waiting there was."""
    median: Quantile | None
    p90: Quantile | None


def stages_of(case: Told) -> dict[str, int]:
    """Divide a case's wait into its stages: whole seconds that add up to `frt_s` exactly.

    An instant that is missing, or later than the answer, ends no stage: its time belongs to the next one.
    """
    if case.responded_at is None:
        return {}
    posted_at = case.posted_at
    whole = int((case.responded_at - posted_at).total_seconds())
    found, reached = {}, 0
    for name, at in zip(STAGES, (*_CUTS(case), case.responded_at), strict=True):
        upto = reached if at is None else int((at - posted_at).total_seconds())
        upto = max(reached, min(upto, whole))
        found[name], reached = upto - reached, upto
    return found


def stages(cases: Cases) -> list[Stage]:
    """Add the stages of all answered cases up."""
    divided = [stages_of(case) for case in answered(cases)]
    whole = sum(sum(parts.values()) for parts in divided)
    found = []
    for name in STAGES:
        ordered: list[float] = sorted(parts[name] for parts in divided)
        seconds = sum(parts[name] for parts in divided)
        share = seconds / whole if whole else 0.0
        found.append(Stage(name, seconds, share, quantile(ordered, 0.5), quantile(ordered, 0.9)))
    return found


# ---- taken or not -------------------------------------------------------------------------------------


_WAITING: Final = frozenset({Became.UNANSWERED, Became.PENDING})


@dataclass(frozen=True, slots=True)
class Taken:
    """Who took the cases of which somebody was told."""

    taken: Waits
    """Time to acknowledge."""
    answered_without: Numbers
    """Answered on the network, and nobody pressed anything."""
    nobody: Numbers
    """Deserve an answer, and were neither taken nor answered, nor ended."""
    late: Numbers
    """Taken, or not, after the time promised."""
    escalated: Numbers
    """At least one step of the chain was taken."""


def taken(cases: Cases) -> Taken:
    """Tell who took the cases that alerted; those that opened as answered alerted nobody."""
    untaken = [case for case in cases if case.acknowledged_at is None]
    return Taken(
        taken=waits(cases, lambda case: case.tta_s),
        answered_without=numbers(case for case in untaken if case.responded_at is not None),
        nobody=numbers(
            case for case in untaken if case.became in _WAITING and case.status in {"open", "acknowledged"}
        ),
        late=numbers(case for case in cases if "acknowledge" in case.breaches),
        escalated=numbers(case for case in cases if case.escalations),
    )


# ---- how customers felt afterwards --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Feelings:
    """How the customers of answered cases felt before, and in what they wrote after the answer."""

    recovered: Numbers
    """Was negative, is not any more."""
    still_bad: Numbers
    """Negative before and after."""
    worse: Numbers
    """Was not negative, is now."""
    still_good: Numbers
    unknown: Numbers
    """Wrote nothing more, or nothing that could be judged."""


def feelings(cases: Cases) -> Feelings:
    """Compare what customers wrote before and after they were answered."""
    of = answered(cases)
    known = [case for case in of if case.sentiment is not None and case.sentiment_after is not None]

    def moved(*, before_bad: bool, after_bad: bool) -> Numbers:
        return numbers(
            case
            for case in known
            if (case.sentiment == "negative") is before_bad
            and (case.sentiment_after == "negative") is after_bad
        )

    seen = {case.number for case in known}
    return Feelings(
        recovered=moved(before_bad=True, after_bad=False),
        still_bad=moved(before_bad=True, after_bad=True),
        worse=moved(before_bad=False, after_bad=True),
        still_good=moved(before_bad=False, after_bad=False),
        unknown=numbers(case for case in of if case.number not in seen),
    )


# ---- how good the alerts were -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alarms:
    """How many of the cases that somebody decided about were worth opening."""

    name: str
    right: Numbers
    false: Numbers

    @property
    def precision(self) -> Estimate | None:
        """Worth it, of those decided."""
        return wilson(len(self.right), len(self.right) + len(self.false))


def alarms(cases: Cases) -> list[Alarms]:
    """Give the precision of each playbook; a case that nobody has touched yet says nothing."""
    decided: dict[str, tuple[list[int], list[int]]] = {}
    for case in cases:
        if case.status != "open":
            right, false = decided.setdefault(case.playbook, ([], []))
            (false if case.status == "dismissed" else right).append(case.number)
    found = [Alarms(name, tuple(right), tuple(false)) for name, (right, false) in decided.items()]
    return sorted(found, key=lambda one: (-len(one.right) - len(one.false), one.name))
