"""What a ruling means for crises: the trace that a post leaves, and the crisis that it joins or opens. Pure."""

from dataclasses import replace
from datetime import datetime

from casebook.event import Event, EventKind, TimeSource
from casebook.likeness import gist_of
from casebook.mention import Verdict
from casebook.record import Change, Fold, Ruling, Surroundings, ToJudge, Trace
from playbooks.crisis import CrisisRule, joins, leaves_trace, may_found
from playbooks.crisis import fold as fold_into
from vaste.chain import first_page, nobody
from vaste.desk import Desk, policy_of


def gist_for(mention: ToJudge, verdict: Verdict, desk: Desk) -> bytes | None:
    """Give what a mention is about, for later posts to be compared with; None where none is compared with it.

    It takes longer than all else that is decided, so it is made before the record is held for the decision.
    """
    rule = desk.crisis
    if rule is None or mention.backfilled:
        return None
    return gist_of(mention.text, verdict.meaning, verdict.language, names=rule.names)


def with_crisis(
    ruling: Ruling,
    surroundings: Surroundings,
    verdict: Verdict,
    desk: Desk,
    *,
    now: datetime,
    gist: bytes | None = None,
) -> Ruling:
    """Add to a ruling what the post means for crises; nothing where it means nothing.

    `gist` is what `gist_for` gave of it; it is made here where it was not made before.
    """
    rule = desk.crisis
    has_case = ruling.opens is not None or ruling.joins is not None
    if rule is None or surroundings.mention.backfilled or not leaves_trace(verdict, has_case=has_case):
        return ruling
    gist = gist or gist_for(surroundings.mention, verdict, desk) or b""
    trace = _trace_of(ruling, surroundings, desk, gist)
    if not may_found(verdict):
        return _as_irony(ruling, trace, surroundings, rule)
    found = fold_into(trace, surroundings.nearby, surroundings.living, rule, ordinary=surroundings.ordinary)
    if found is not None and found.crisis is None:
        began_at = min(one.posted_at for one in (trace, *surroundings.nearby) if one.post == found.posts[0])
        found = replace(found, opens=open_crisis(found, rule, desk, began_at=began_at, now=now))
    return replace(ruling, trace=trace, folds=found)


def _as_irony(ruling: Ruling, trace: Trace, surroundings: Surroundings, rule: CrisisRule) -> Ruling:
    """Let what reads like praise join a crisis where its playbook took it all the same, or it is clearly about it.

    Clearly: as like it as a post must be of which nothing is expected. Praise is not what a storm is made of.
    """
    nearby, ordinary = surroundings.nearby, surroundings.ordinary
    same = [crisis for crisis in surroundings.living if trace.playbook in crisis.playbooks]
    found = joins(trace, same, rule, nearby=nearby, ordinary=ordinary)
    found = found or joins(trace, surroundings.living, rule, ordinary=ordinary, is_expected=False)
    return ruling if found is None else replace(ruling, trace=trace, folds=found)


def _trace_of(ruling: Ruling, surroundings: Surroundings, desk: Desk, gist: bytes) -> Trace:
    mention = surroundings.mention
    playbook = next((known for known in desk.playbooks if known.name == ruling.playbook), None)
    return Trace(
        post=mention.post,
        author=surroundings.author,
        posted_at=mention.posted_at,
        gist=gist,
        playbook=ruling.playbook,
        severity=playbook.severity.value if playbook else None,
    )


def open_crisis(found: Fold, rule: CrisisRule, desk: Desk, *, began_at: datetime, now: datetime) -> Change:
    """Open the living case of a crisis: one card, and whoever is on call is told."""
    policy = policy_of(rule.playbook)
    reached = desk.reach("on_call", policy, at=now)
    facts = {
        "policy": policy.as_facts(),
        "quiet": False,
        "people": list(reached.people),
        "configuration": desk.fingerprint,
        "crisis": True,
    }
    seed = found.posts[0]
    opened = Event(EventKind.OPENED, now, TimeSource.OURS, post=seed, facts=facts)
    first = Event(EventKind.JOINED, began_at, TimeSource.PLATFORM, post=seed, facts={"deserving": False})
    owed = first_page(policy, reached.people, desk, about=0, why="opened")
    if reached.is_nobody:
        return Change((opened, first, nobody(0, "on_call", reached, now=now)), owed)
    return Change((opened, first), owed)
