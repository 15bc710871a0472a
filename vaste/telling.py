"""Whom else a mention concerns: side actions of playbooks, told in channels and nobody by name. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from casebook.event import Event, EventKind, TimeSource
from casebook.grounds import ground
from casebook.record import Change, Notice, Ruling, Surroundings
from playbooks.gates import is_sampled
from playbooks.playbook import Decision, Playbook
from vaste.desk import Desk

_BEGINS = frozenset({EventKind.OPENED, EventKind.RAISED})
"""A case of this playbook begins: what comes to it later is told to nobody else."""


def key_of(surroundings: Surroundings) -> str:
    """Give the key of a mention: what samples are taken by."""
    return f"{surroundings.mention.network}/{surroundings.mention.post_id}"


def tell_others(
    ruling: Ruling, surroundings: Surroundings, decision: Decision, desk: Desk, *, now: datetime
) -> Ruling:
    """Add to a ruling whom else it tells: by playbooks that go on, and by the one that begins a case.

    One place hears of one post once, whoever wants it told. Posts from before the first start are told to
    nobody.
    """
    told: dict[str, str] = {}
    if not surroundings.mention.backfilled:
        for playbook in _tellers(ruling, surroundings, decision, desk):
            told |= {to: playbook.name for to in playbook.also if to not in told}
    if not told:
        return ruling
    post = surroundings.mention.post
    events = tuple(_event(playbook, to, post, now=now) for to, playbook in told.items())
    return replace(
        ruling,
        reason=(*ruling.reason, ground("told", to=tuple(told.items()))),
        opens=ruling.opens and ruling.opens.then(Change(events)),
        joins=ruling.joins and ruling.joins.then(Change(events)),
        tells=tuple(_notice(playbook, to, post) for to, playbook in told.items()),
    )


def _tellers(
    ruling: Ruling, surroundings: Surroundings, decision: Decision, desk: Desk
) -> Iterator[Playbook]:
    change = ruling.opens or ruling.joins
    begins = change is not None and any(event.kind in _BEGINS for event in change.events)
    for playbook in desk.playbooks:
        goes_on = playbook.name in decision.also and is_sampled(key_of(surroundings), playbook.sample)
        if goes_on or (begins and playbook.name == decision.playbook):
            yield playbook


def _event(playbook: str, to: str, post: int, *, now: datetime) -> Event:
    return Event(EventKind.TOLD, now, TimeSource.OURS, post=post, facts={"playbook": playbook, "to": to})


def _notice(playbook: str, to: str, post: int) -> Notice:
    addressee = to if to.startswith("team:") else f"channel:{to}"
    return Notice(f"told:{post}:{to}", addressee, "told", {"playbook": playbook, "posts": [post]})
