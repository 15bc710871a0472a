"""Two ways of deciding the same posts, counted side by side: a bounded sum over any number of them. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Final
from zlib import crc32
from zoneinfo import ZoneInfo

from casebook.past import Judged, Past
from vaste.decided import Call, Decided, Kept, promise_kept

NIGHT: Final = (time(22), time(7))
"""Local times between which a call wakes somebody: from ten until before seven."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a post."""

    playbook: str | None
    """The one that took it; None: none."""
    in_case: bool
    """It opened a case or joined one; False where no playbook took it, or a sample, a cap or a digest held it back."""


Move = tuple[Taken, Taken]
"""What became of a post then, and what would now."""


def is_at_night(at: datetime, zone: ZoneInfo) -> bool:
    """Say whether people sleep at this instant."""
    local = at.astimezone(zone).time()
    return local >= NIGHT[0] or local < NIGHT[1]


@dataclass(slots=True)
class Side:
    """What one way of deciding came to."""

    mentions: Counter[str] = field(default_factory=Counter)
    """Posts that each playbook took."""
    review: int = 0
    """Posts on which the classifier abstained and that no playbook took."""
    cases: Counter[str] = field(default_factory=Counter)
    """By playbook, as they stand now."""
    severities: Counter[str] = field(default_factory=Counter)
    days: Counter[date] = field(default_factory=Counter)
    """By the local date of their opening."""
    calls: Counter[str] = field(default_factory=Counter)
    """By person."""
    nights: Counter[str] = field(default_factory=Counter)
    """Of these, by night."""
    loudness: Counter[str] = field(default_factory=Counter)
    """Calls by the severity of the case."""
    loud_nights: Counter[str] = field(default_factory=Counter)
    steps: int = 0
    """Of these, by steps of a chain, because nobody had taken the case."""
    untaken: int = 0
    """Calls that steps would have made besides, had nobody taken the cases of which the record knows nothing."""
    untaken_nights: int = 0
    nobody: int = 0
    """How often there was nobody to call."""
    promises: Counter[tuple[str, Kept]] = field(default_factory=Counter)
    """Promised answers by playbook, and whether they came in time."""

    def add(self, judged: Iterable[Judged], decided: Decided, *, zone: ZoneInfo, now: datetime) -> None:
        """Count what was decided of one customer."""
        for one, playbook in zip(judged, decided.playbooks, strict=True):
            if playbook is not None:
                self.mentions[playbook] += 1
            elif one.verdict.abstained:
                self.review += 1
        for case in decided.cases:
            self.cases[case.policy.playbook] += 1
            self.severities[case.policy.severity] += 1
            self.days[case.opened_at.astimezone(zone).date()] += 1
            kept = promise_kept(case, now=now)
            if kept is not None:
                self.promises[case.policy.playbook, kept] += 1
        for call in decided.calls:
            self._call(call, zone)
        self.nobody += decided.nobody
        self.untaken += len(decided.if_untaken)
        self.untaken_nights += sum(is_at_night(call.at, zone) for call in decided.if_untaken)

    def _call(self, call: Call, zone: ZoneInfo) -> None:
        self.calls[call.person] += 1
        self.steps += call.is_step
        self.loudness[call.severity] += 1
        if is_at_night(call.at, zone):
            self.nights[call.person] += 1
            self.loud_nights[call.severity] += 1


@dataclass(frozen=True, slots=True, order=True)
class Example:
    """One post that is decided otherwise."""

    lot: int
    """By which examples are drawn: the same ones each time, and not all of one week."""
    post: str
    text: str = field(compare=False)


@dataclass(slots=True)
class Comparison:
    """What was decided, and what would be, of the same posts."""

    zone: ZoneInfo
    now: datetime
    most_examples: int = 3
    mentions: int = 0
    first_at: datetime | None = None
    """When the earliest of them was posted."""
    erased: int = 0
    """Left out: their words are gone, and words are asked for."""
    then: Side = field(default_factory=Side)
    new: Side = field(default_factory=Side)
    moves: Counter[Move] = field(default_factory=Counter)
    """Posts that are decided otherwise."""
    examples: dict[Move, list[Example]] = field(default_factory=dict)
    unscored: Counter[str] = field(default_factory=Counter)
    """Posts whose verdicts have no score of a topic, by the topic."""
    models: Counter[str] = field(default_factory=Counter)

    def add(self, past: Past, then: Decided, new: Decided) -> None:
        """Count one customer."""
        self.mentions += len(past.judged)
        self.then.add(past.judged, then, zone=self.zone, now=self.now)
        self.new.add(past.judged, new, zone=self.zone, now=self.now)
        first_at = min(one.mention.posted_at for one in past.judged)
        self.first_at = first_at if self.first_at is None else min(first_at, self.first_at)
        for one, before, after in zip(past.judged, _taken(then), _taken(new), strict=True):
            self.models[one.verdict.model] += 1
            if before != after:
                self.moves[before, after] += 1
                self._draw((before, after), one)

    def _draw(self, move: Move, one: Judged) -> None:
        post = f"{one.mention.network}/{one.mention.post_id}"
        drawn = self.examples.setdefault(move, [])
        drawn.append(Example(crc32(post.encode()), post, one.mention.text))
        if len(drawn) > self.most_examples:
            drawn.remove(max(drawn))


def _taken(decided: Decided) -> Iterator[Taken]:
    """Say what became of each mention; of one that no playbook took, whether its customer has a case is no matter."""
    for playbook, in_case in zip(decided.playbooks, decided.in_case, strict=True):
        yield Taken(playbook, playbook is not None and in_case)
