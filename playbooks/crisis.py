"""When many posts are about one thing: what opens a crisis, what joins it, and when it stands down. Pure.

Theory of operation:
1. Every post that somebody should look at leaves a trace: what it is about, by whom, when (`leaves_trace`).
2. A new post is compared with the crises that live. What is like the first posts of one of them joins it.
3. Otherwise it is compared with the traces of the last `within` that belong to no crisis. Its nearest ones,
   and the nearest ones of the most central among those, are tried as the core of a group; whoever is like the
   core as a whole is of the group. A chain of posts, each like the next alone, is none: it has no core.
4. `at_least` posts of a group within `within`, by three authors or more, open a crisis, when they are of one
   matter and not of one trade alone (`tightness`). The same traces give the same group on every machine, and
   after every restart.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from casebook.likeness import (
    Gists,
    Matrix,
    apart,
    group_likeness,
    lift,
    log_odds,
    read_gists,
    to_group,
    usual_odds,
)
from casebook.mention import Verdict
from casebook.record import Fold, Living, Trace
from playbooks.playbook import Match, Playbook

FEWEST_AUTHORS: Final = 3
"""Two people who quarrel with us are no crisis, however much they write."""
CROWD_SHARE: Final = 1 / 3
"""Of all posts of the time: fewer alike among so many are what is to be expected."""
TIGHT: Final = 0.4
"""Of what opens a crisis. Set by hand; how rarely posts of different matters reach it says docs/crisis.md."""
SHARED_WORDS: Final = 3.0
"""Log odds that words shared within a group, and with nobody else, add beyond what two posts tell of each other."""
STANDS_OUT: Final = 0.5
"""Of the log odds by which the other posts of the window are less like the group than a company's posts usually
are like each other: where they are more like it, all of them are of one trade."""
FEW_OTHERS: Final = 5.0
"""Other posts that it takes to say half of how a group stands apart from them."""
MOST_TRIED: Final = 60
"""Members whose tightness is measured: sixty tell it as well as six hundred, at a hundredth of the price."""
CORE: Final = 12
"""Posts that a group is tried with; more would make each trial dearer and no surer."""
MOST_EXPECTED: Final = 1.5
"""Log odds that a running storm adds at most: four or five posts about it for each about anything else."""
CALM_FOR: Final = 2
"""A crisis stands down after so many times `within` in which fewer than `CALM_SHARE` of at_least came."""
CALM_LEAST: Final = timedelta(minutes=30)
CALM_SHARE: Final = 0.2
ATTENTION: Final = 0.5
GOT_THROUGH: Final = 2
"""Grave cases of a kind that stand by themselves beside a crisis that they read like; further ones are of it."""
_LOUD: Final = frozenset({"critical", "high"})

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CrisisRule:
    """When posts become a crisis, and who handles it."""

    at_least: int
    within: timedelta
    likeness: float
    playbook: Playbook
    """Its team, severity, deadlines, steps and checklist."""
    personal: frozenset[str] = frozenset()
    """Playbooks for posts that turn to one of our people: such a post is more than one of many."""
    names: frozenset[str] = frozenset()
    """Words that say nothing, for nearly every post has them: the brand and the accounts."""


def turns_to_us(match: Match) -> bool:
    """Say whether a match takes only posts that turn to one of our people."""
    if match.to_person is True or match.to_people:
        return True
    return any(map(turns_to_us, match.all)) or (bool(match.any) and all(map(turns_to_us, match.any)))


def leaves_trace(verdict: Verdict, *, has_case: bool) -> bool:
    """Say whether a post may be of a crisis: it has a case, or is known to be negative or worth a look."""
    if has_case:
        return True
    if verdict.abstained or verdict.sentiment == "positive":
        return False
    return verdict.sentiment == "negative" or verdict.attention >= ATTENTION


def may_found(verdict: Verdict) -> bool:
    """Say whether a post may open a crisis: no praise, and no irony that reads like it, does."""
    return verdict.abstained or verdict.sentiment != "positive"


def fold(
    new: Trace,
    nearby: Sequence[Trace],
    living: Sequence[Living],
    rule: CrisisRule,
    *,
    ordinary: Sequence[bytes] = (),
) -> Fold | None:
    """Say what crisis a post joins, or opens together with others; None when it is none.

    `ordinary` are gists of earlier posts: what these have in common says nothing of a storm.
    """
    joined = joins(new, living, rule, nearby=nearby, ordinary=ordinary)
    if joined is not None:
        return joined
    members = group(new, nearby, rule, ordinary=ordinary)
    return Fold(None, members) if members else None


# ---- joining ----------------------------------------------------------------------------------------------


def joins(
    new: Trace,
    living: Sequence[Living],
    rule: CrisisRule,
    *,
    nearby: Sequence[Trace] = (),
    ordinary: Sequence[bytes] = (),
    is_expected: bool = True,
) -> Fold | None:
    """Say which of the living crises a post is of: the one that it is most like, if it is like any.

    `nearby` are the posts of the same time that are of none. The likelier a post is to be about the crisis
    before anybody has read it, the less like the first ones it must read; unless it is not `is_expected` there.
    """
    best: tuple[float, int] | None = None
    earlier = read_gists(ordinary)
    for crisis in living:
        if not crisis.founders:
            continue
        expected = _expected(crisis.recent, len(nearby)) if is_expected else 0.0
        chance = partial(_chance, read_gists(one.gist for one in crisis.founders), earlier, expected)
        its = chance(new)
        if its < rule.likeness or (best is not None and its <= best[0]):
            continue
        if not _stands_out(new, crisis, rule) or _is_known(new, nearby, chance, rule):
            best = its, crisis.number
    return None if best is None else Fold(best[1], (new.post,))


def _expected(recent: int, others: int) -> float:
    """Give the log odds that a post of this time is about the crisis, unread (Bayes); the weights expect even ones."""
    return min(max(0.0, math.log((recent + 1) / (others + 1))), MOST_EXPECTED)


def _chance(founders: Gists, ordinary: Gists, expected: float, trace: Trace) -> float:
    """Give the probability that a post is about what the founders of a crisis are about."""
    new = read_gists([trace.gist])
    odds = apart(log_odds(new, founders), lift(new, ordinary), lift(founders, ordinary))
    meant = bool(new.meant[0]) and bool(founders.meant.any())
    return float(group_likeness(odds.mean(), is_meant=meant, expected=expected))


def _stands_out(new: Trace, crisis: Living, rule: CrisisRule) -> bool:
    """A grave or personal case of a kind that the crisis has none of is not folded away, however like it reads."""
    return _is_heavy(new, rule) and new.playbook not in crisis.playbooks


def _is_known(
    new: Trace, nearby: Sequence[Trace], chance: Callable[[Trace], float], rule: CrisisRule
) -> bool:
    """Say whether enough of a grave kind came through that read like the crisis: the kind is one of the storm's.

    As many as a group that opens needs beside it. What turns to one of our people is never one of many.
    """
    if new.playbook in rule.personal:
        return False
    kin = (one for one in nearby if one.post != new.post and one.playbook == new.playbook)
    return sum(chance(one) >= rule.likeness for one in kin) >= GOT_THROUGH


def _is_heavy(trace: Trace, rule: CrisisRule) -> bool:
    return trace.severity in _LOUD or trace.playbook in rule.personal


# ---- opening ----------------------------------------------------------------------------------------------


def group(
    new: Trace, nearby: Sequence[Trace], rule: CrisisRule, *, ordinary: Sequence[bytes] = ()
) -> tuple[int, ...]:
    """Give the posts that are a crisis together with a new one, the oldest first; none when there is none."""
    near = [
        trace
        for trace in nearby
        if trace.post != new.post and abs(trace.posted_at - new.posted_at) <= rule.within
    ]
    if len(near) + 1 < rule.at_least:
        return ()
    traces = [new, *near]
    gists, earlier = read_gists(trace.gist for trace in traces), read_gists(ordinary)
    lifted = lift(gists, earlier)
    for members in _candidates(gists, lifted, rule):
        found = [traces[at] for at in np.flatnonzero(members)]
        crowd = _crowd(_without_odd_ones(found, rule), new, traces, rule)
        if (
            crowd
            and tightness(gists, np.isin([trace.post for trace in traces], crowd), lifted, earlier) >= TIGHT
        ):
            return crowd
    return ()


def tightness(gists: Gists, members: Flags, lifted: Matrix, ordinary: Gists) -> float:
    """Say how much the members of a group are about one matter, each two of them: log odds, on average.

    Posts of one trade are all rather like its most central ones, and so like a core; but they are not like each
    other. And a matter has words of its own, which most of its posts share, and hardly any other post does.
    Nor are the posts beside it like it: where they are, it is the trade that all of them have in common.
    """
    rows = np.flatnonzero(members)
    some = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST_TRIED)).astype(np.int64))]
    group = gists.pick(some)
    two = ~np.eye(len(some), dtype=bool)
    odds = apart(log_odds(group, group), lifted[some], lifted[some])[two].mean()
    beside = gists.pick(np.flatnonzero(~members))
    others = np.concatenate([ordinary.words, beside.words])
    everywhere = (group.words @ others.sum(axis=0)).mean() / (len(others) + FEW_OTHERS)
    shared = (group.words @ group.words.T)[two].mean() - everywhere
    unlike = (usual_odds(beside) - log_odds(group, beside).mean(axis=0)).sum() / (len(beside) + FEW_OTHERS)
    return float(odds + SHARED_WORDS * shared + STANDS_OUT * unlike)


def _candidates(gists: Gists, lifted: Matrix, rule: CrisisRule) -> list[Flags]:
    """Try the group around the new post (row 0), and the one around the most central post near it."""
    nearest = log_odds(gists.pick([0]), gists)[0]
    nearest[0] = np.inf
    core = _nearest(nearest, rule)
    among = log_odds(gists.pick(core), gists.pick(core))
    centre = int(core[int(to_group(among, np.ones(len(core), dtype=bool)).argmax())])
    found = [_members(core, gists, lifted, rule)]
    if centre != 0:
        around = log_odds(gists.pick([centre]), gists)[0]
        around[centre] = np.inf
        found.append(_members(_nearest(around, rule), gists, lifted, rule))
    return found


def _nearest(odds: Matrix, rule: CrisisRule) -> npt.NDArray[np.int64]:
    size = min(max(rule.at_least, 3), CORE, len(odds))
    return np.argsort(-odds, kind="stable")[:size].astype(np.int64)


def _members(core: npt.NDArray[np.int64], gists: Gists, lifted: Matrix, rule: CrisisRule) -> Flags:
    """Say who is like the core as a whole; a core of which most are not like the rest has nobody."""
    odds = apart(log_odds(gists, gists.pick(core)), lifted, lifted[core])
    itself = np.arange(len(gists))[:, None] == core[None, :]
    means = np.where(itself, 0.0, odds).sum(axis=1) / np.maximum((~itself).sum(axis=1), 1)
    meant = bool(gists.meant.mean() >= 0.5)  # noqa: PLR2004 - by most of them
    members: Flags = group_likeness(means, is_meant=meant) >= rule.likeness
    if members[core].mean() <= 0.5:  # noqa: PLR2004 - most
        return np.zeros(len(gists), dtype=np.bool_)
    return members


def _without_odd_ones(found: Sequence[Trace], rule: CrisisRule) -> list[Trace]:
    """Leave out a grave or personal case of a kind that hardly anybody else of the group has."""
    kinds = [trace.playbook for trace in found]
    return [
        trace for trace in found if not _is_heavy(trace, rule) or kinds.count(trace.playbook) > GOT_THROUGH
    ]


def _crowd(
    found: Sequence[Trace], new: Trace, everything: Sequence[Trace], rule: CrisisRule
) -> tuple[int, ...]:
    """Give the posts if they are enough, by enough people, close enough together around the new one.

    Enough of all that is written meanwhile, too: among hundreds of posts some ten are always rather alike.
    """
    ordered = sorted(found, key=lambda trace: (trace.posted_at, trace.post))
    if new.post not in {trace.post for trace in ordered}:
        return ()
    for first in range(len(ordered)):
        until = ordered[first].posted_at + rule.within
        window = [trace for trace in ordered[first:] if trace.posted_at <= until]
        if ordered[first].posted_at > new.posted_at:
            break
        meanwhile = sum(ordered[first].posted_at <= trace.posted_at <= until for trace in everything)
        least = max(rule.at_least, meanwhile * CROWD_SHARE)
        enough = len(window) >= least and any(trace.post == new.post for trace in window)
        if enough and len({trace.author for trace in window}) >= min(FEWEST_AUTHORS, rule.at_least):
            return tuple(trace.post for trace in window)
    return ()


# ---- standing down ----------------------------------------------------------------------------------------


def calm_after(rule: CrisisRule) -> timedelta:
    """Give the time over which a crisis must have been calm to stand down."""
    return max(CALM_FOR * rule.within, CALM_LEAST)


def stands_down(times: Sequence[datetime], rule: CrisisRule, *, opened_at: datetime, now: datetime) -> bool:
    """Say whether a crisis is over: in the last `calm_after` fewer posts came than a fifth of at_least.

    `times` are those of its latest posts. Exactly so long ago is no longer of the last.
    """
    since = now - calm_after(rule)
    if opened_at > since:
        return False
    recent = sum(at > since for at in times)
    return recent < max(1.0, rule.at_least * CALM_SHARE)
