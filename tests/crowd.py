"""Posts that are about one thing, or about others, as a model would see them: directions in a space."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

from casebook.likeness import KINDS, MEANING, gist_of, squeeze
from casebook.mention import Verdict
from casebook.record import Trace
from playbooks.crisis import CrisisRule
from playbooks.playbook import Match, Playbook, Severity, Step

GLASS, OUTAGE = "lasia purkissa", "verkkokauppa ei aukea"
MINUTE = timedelta(minutes=1)


def crisis_rule(at_least: int = 4, *, within: timedelta = 15 * MINUTE, likeness: float = 0.8) -> CrisisRule:
    """A rule of few posts, so that tests stay readable."""
    playbook = Playbook(
        "crisis",
        Match(),
        "care",
        Severity.CRITICAL,
        acknowledge_within=5 * MINUTE,
        update_within=60 * MINUTE,
        escalate=(Step(5 * MINUTE, "backup"),),
        close_after=None,
    )
    return CrisisRule(at_least, within, likeness, playbook)


def meaning_of(thing: int, shade: int = 0, *, spread: float = 0.6) -> bytes:
    """What the model makes of one of many ways (`shade`) to say one thing."""
    towards, aside = random.Random(f"thing{thing}"), random.Random(f"{thing}/{shade}")
    base = [towards.gauss(0, 1) for _ in range(MEANING)]
    vector = [one + spread * aside.gauss(0, 1) for one in base]
    kinds = [0.0] * KINDS
    kinds[thing % KINDS] = 1.0
    return squeeze(vector, kinds)


def about(verdict: Verdict, thing: int, shade: int = 0) -> Verdict:
    """The verdict of a post that is about a thing."""
    return replace(verdict, meaning=meaning_of(thing, shade))


def trace(
    post: int,
    at: datetime,
    thing: int = 0,
    *,
    author: int | None = None,
    text: str = GLASS,
    playbook: str | None = "delivery",
    severity: str | None = "normal",
    meaning: bytes | None = None,
) -> Trace:
    """A post about a thing, said in a way of its own."""
    gist = gist_of(text, meaning or meaning_of(thing, post), "fi")
    return Trace(post, author or post, at, gist, post, playbook, severity)
