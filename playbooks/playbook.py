"""What a playbook says: a match, a team, deadlines and the steps of its chain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from casebook.calendar import Span
from casebook.draft import Draft
from casebook.grounds import Ground
from casebook.quiet_hours import QuietHours


class Severity(StrEnum):
    """How much it matters; `rank` orders them."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for low to 3 for critical."""
        return ("low", "normal", "high", "critical").index(self.value)


@dataclass(frozen=True, slots=True)
class AuthorCases:
    """So many earlier cases of the author in so long before the post."""

    at_least: int
    within: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Rated:
    """A rating within bounds, which belong to it."""

    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True, slots=True)
class Reached:
    """How many a post has reached, and how many it gained within an hour; what is given must hold."""

    at_least: int | None = None
    growing: int | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """The conditions of a playbook; all keys that are given must hold. Empty matches every mention."""

    sentiment: tuple[str, ...] = ()
    """Classes, one of which is the most probable."""
    sentiment_at_least: Mapping[str, float] = field(default_factory=dict)
    """Class → probability 0..1; one of them must be reached."""
    attention: float | None = None
    topics: tuple[str, ...] = ()
    """Any of them over its own threshold."""
    topics_at_least: Mapping[str, float] = field(default_factory=dict)
    """Topic → score 0..1; one of them must be reached, whatever its own threshold."""
    words: tuple[str, ...] = ()
    """Any of them in the text, inflected or not, whatever the case of letters."""
    regex: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    """Names or kinds of sources."""
    followers: int | None = None
    author_cases: AuthorCases | None = None
    kind: tuple[str, ...] = ()
    """`post`, `reply`, `quote` or `review`."""
    rating: Rated | None = None
    reach: Reached | None = None
    author: tuple[str, ...] = ()
    """`new`, `known` or `ours`."""
    question: bool | None = None
    to_person: bool | None = None
    """Addressed to anybody of ours, or to nobody."""
    to_people: tuple[str, ...] = ()
    """Addressed to one of these, by their keys (`to_person: aino`)."""
    time: tuple[Span, ...] = ()
    """In one of these spans of a day, on the wall clock of the configuration."""
    weekday: tuple[int, ...] = ()
    """0 for Monday to 6."""
    open: tuple[str, ...] = ()
    """One of these calendars is open."""
    crisis: bool | None = None
    blind: bool | None = None
    all: tuple["Match", ...] = ()
    any: tuple["Match", ...] = ()
    none: tuple["Match", ...] = ()
    """`not:` in the configuration."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the chain: after this long from the start of the chain, to these people."""

    after: timedelta
    to: str
    """`backup`, `everyone`, `round_robin`, a person's key, `team:NAME` or `#channel`."""
    also: tuple[str, ...] = ()
    """Whom else it calls at the same time, in the same words."""
    notify: str | None = None
    """`channel`, `direct` or `both`, where it differs from the playbook's."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """The whole chain once more, this long after its end, at most so often."""

    every: timedelta
    times: int = 3


@dataclass(frozen=True, slots=True)
class AtMost:
    """A cap: so many cases of one author in so long; what they write beyond it opens none."""

    per_author: int
    within: timedelta = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Playbook:
    """A rule and its procedure."""

    name: str
    match: Match
    team: str
    severity: Severity = Severity.NORMAL
    acknowledge_within: timedelta | None = None
    respond_within: timedelta | None = None
    resolve_within: timedelta | None = None
    update_within: timedelta | None = None
    """How long after each public word the next one is owed, while the case is open."""
    clock: str = "always"
    escalate: tuple[Step, ...] = ()
    repeat: Repeat | None = None
    notify: str | None = None
    """How people are called: `channel`, `direct` or `both`; None: as its severity is by itself."""
    ask_after: timedelta | None = None
    """So long without an act of its owner, and they are asked whether they are still on it."""
    checklist: tuple[str, ...] = ()
    mandate: str | None = None
    drafts: tuple[Draft, ...] = ()
    quiet_hours: QuietHours | None = None
    """When nobody is called for it."""
    together: bool = False
    """Nobody handles its cases alone."""
    sample: float = 1.0
    """Share of its posts, by their keys, that open cases."""
    at_most: AtMost | None = None
    also: tuple[str, ...] = ()
    """Who else is told of its posts, nobody by name: `#channel` or `team:NAME`."""
    continues: bool = False
    """It takes nothing: it tells `also` of its posts, and the next playbooks are tried."""
    digest: str | None = None
    """`weekly`: its posts open no cases; they are collected."""
    close_after: timedelta | None = timedelta(days=3)
    reopen_within: timedelta = timedelta(days=7)
    version: str | None = None
    """Changes with everything that is written of it in the configuration."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition as it was tested: what was asked, what was there, whether it held."""

    asked: Ground
    found: Ground
    held: bool | None
    """None: not known; `found` says why."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One playbook tried on one mention."""

    playbook: str
    matched: bool
    conditions: tuple[Condition, ...]
    passed_over: Ground | None = None
    """Why the playbook was not tried at all (a bystander's post, for instance)."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Which playbook matched a mention and why, "no case" included."""

    playbook: str | None
    reason: tuple[Ground, ...]
    """What a person can check, in one line once it is put into words; holds no text of the post."""
    trials: Sequence[Trial] = ()
    also: tuple[str, ...] = ()
    """Playbooks that matched, told others, and let the next ones be tried."""
