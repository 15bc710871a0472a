"""Which playbook takes a mention, and why. Pure.

The first playbook whose match holds takes it; the order is the configuration's. `decide` stops there and
keeps only what settled the others; `explain` tests everything. Both give the same playbook and reason.
A playbook that continues takes nothing: where it matches, the decision names it, and the next ones are tried.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from casebook.mention import Verdict
from playbooks.conditions import (
    ABSTAINED,
    Finding,
    Post,
    Reading,
    all_hold,
    findings,
    nearness_of,
    one_line,
)
from playbooks.playbook import Decision, Match, Playbook, Trial

__all__ = ["Post", "decide", "explain", "names_substance"]

PASSED_OVER: Final = "a bystander's post, and this playbook names no topic, word, pattern or attention"
_MOST_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One playbook tried on one post, or passed over."""

    playbook: Playbook
    findings: tuple[Finding, ...] = ()
    held: bool | None = False
    passed_over: str | None = None


def decide(post: Post, verdict: Verdict, playbooks: Sequence[Playbook]) -> Decision:
    """Give the first playbook that matches, with its trial whole; of each before it, what settled it."""
    reading, attempts = Reading(post, verdict), list[_Attempt]()
    for playbook in playbooks:
        attempts.append(_attempt(playbook, reading))
        if attempts[-1].held and not playbook.continues:
            break
    return _decision(attempts, tuple(_settled_trial(attempt) for attempt in attempts))


def explain(post: Post, verdict: Verdict, playbooks: Sequence[Playbook]) -> Decision:
    """Give the same decision with every playbook tested condition by condition, in their order.

    A trial after the one that took the post may have matched too: it would have, had it come first.
    """
    reading = Reading(post, verdict)
    attempts = [_attempt(playbook, reading) for playbook in playbooks]
    return _decision(attempts, tuple(_trial(attempt, attempt.findings) for attempt in attempts))


def names_substance(match: Match) -> bool:
    """Say whether a match asks what a post is about: topics, words, a pattern or attention, also in `any`.

    What it only rules out (`not`) is not counted: that leaves a match on sentiment alone what it is.
    """
    is_named = bool(match.topics or match.words or match.regex or match.attention is not None)
    return is_named or any(names_substance(choice) for choice in match.any)


def _attempt(playbook: Playbook, reading: Reading) -> _Attempt:
    if reading.post.bystander and not names_substance(playbook.match):
        return _Attempt(playbook, passed_over=PASSED_OVER)
    # whole, though the first failure settles it: `nearest` is worth the quarter more that it costs
    found = tuple(findings(playbook.match, reading))
    return _Attempt(playbook, found, all_hold(found))


def _settled_trial(attempt: _Attempt) -> Trial:
    settling = _settling(attempt)
    return _trial(attempt, attempt.findings if settling is None else (settling,))


def _trial(attempt: _Attempt, found: Iterable[Finding]) -> Trial:
    conditions = tuple(finding.condition for finding in found)
    return Trial(attempt.playbook.name, attempt.held is True, conditions, attempt.passed_over)


def _settling(attempt: _Attempt) -> Finding | None:
    """What kept a playbook from matching: the first condition that failed, else the first unknown one."""
    against = [finding for finding in attempt.findings if not finding.held]
    return next((finding for finding in against if finding.held is False), against[0] if against else None)


def _decision(attempts: Sequence[_Attempt], trials: tuple[Trial, ...]) -> Decision:
    place = next((place for place, attempt in enumerate(attempts) if _takes(attempt)), len(attempts))
    taker = attempts[place] if place < len(attempts) else None
    # those after the taker, which only `explain` tries, are never asked
    also = tuple(attempt.playbook.name for attempt in attempts[:place] if attempt.held)
    if taker is None:
        takers = [attempt for attempt in attempts if not attempt.playbook.continues]
        return Decision(None, one_line(f"no case: {_why_none(takers)}"), trials, also)
    found = "; ".join(finding.condition.found for finding in taker.findings) or "it takes every mention"
    return Decision(taker.playbook.name, one_line(f"playbook {taker.playbook.name}: {found}"), trials, also)


def _takes(attempt: _Attempt) -> bool:
    return attempt.held is True and not attempt.playbook.continues


def _why_none(attempts: Sequence[_Attempt]) -> str:
    tried = [attempt for attempt in attempts if attempt.passed_over is None]
    unknown = [attempt.playbook.name for attempt in tried if attempt.held is None]
    if not attempts:
        return "there are no playbooks"
    if not tried:
        return "a bystander's post, and no playbook names a topic, word, pattern or attention"
    if unknown:
        more = f" and {len(unknown) - _MOST_NAMED} more" if len(unknown) > _MOST_NAMED else ""
        return f"{ABSTAINED}, which leaves open {', '.join(unknown[:_MOST_NAMED])}{more}"
    nearest = max(tried, key=lambda attempt: nearness_of(attempt.findings))
    settling = _settling(nearest)
    told = f" ({settling.condition.found}, asked {settling.condition.asked})" if settling else ""
    return f"nearest was {nearest.playbook.name}{told}"
