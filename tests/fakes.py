"""The cast, a clock that moves only by hand, and builders of what a case is made of.

Aino is on call (the whole week of NOON), Ben leads and is her backup, Caro is off shift. Maija writes.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from casebook.act import Act
from casebook.case import Case, CustomerPost, FoundAnswer
from casebook.event import Event, EventKind, TimeSource
from casebook.fold import fold, with_events
from casebook.mention import Verdict
from casebook.policy import Policy
from casebook.record import Change, Surroundings, ToJudge
from notifier.channel import Person
from playbooks.escalate import Team
from playbooks.playbook import Match, Playbook, Severity, Step
from playbooks.rota import Rota
from vaste.desk import Desk, policy_of

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
"""A Tuesday; everything is told in minutes from here."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TICK = timedelta(microseconds=1)
"""The least that an instant can be later by."""

AINO = Person("aino", "Aino Virtanen", "U0123")
BEN = Person("ben", "Ben Lindqvist", "U0124")
CARO = Person("caro", "Caro Nieminen", "U0125")

LATE_DELIVERY = Playbook(
    "delivery",
    Match(sentiment=("negative",)),
    "care",
    Severity.NORMAL,
    acknowledge_within=15 * MINUTE,
    respond_within=2 * HOUR,
    escalate=(Step(15 * MINUTE, "backup"), Step(30 * MINUTE, "everyone")),
)
RECALL = Playbook(
    "recall",
    Match(topics=("recall",)),
    "care",
    Severity.CRITICAL,
    acknowledge_within=5 * MINUTE,
    respond_within=30 * MINUTE,
    escalate=(Step(5 * MINUTE, "backup"), Step(10 * MINUTE, "everyone")),
)


class HandClock:
    """A clock that stands still until it is told to advance."""

    def __init__(self, at: datetime = NOON) -> None:
        self._now = at

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> datetime:
        self._now += by
        return self._now


def at(minutes: float) -> datetime:
    """The instant so many minutes after noon."""
    return NOON + minutes * MINUTE


def care(*people: str) -> Team:
    """A team whose rota has these people, the first of them on call in the week of NOON."""
    rota = Rota(people, 0, time(9), ZoneInfo("Europe/Helsinki"), start=date(2026, 11, 23))
    return Team("care", "#some-asiakaspalvelu", rota)


def desk(*people: str, playbooks: Sequence[Playbook] = (RECALL, LATE_DELIVERY), direct: bool = True) -> Desk:
    """A desk with one team; nobody named means Aino on call, Ben next."""
    return Desk(
        playbooks=tuple(playbooks),
        teams={"care": care(*(people or ("aino", "ben")))},
        people={person.key: person for person in (AINO, BEN, CARO)},
        kinds={"feed": "file"},
        fingerprint="f1",
        direct=direct,
    )


def deserted_desk(**changes: Any) -> Desk:
    """A desk whose rota has nobody."""
    return replace(desk(**changes), teams={"care": care()})


def policy(playbook: Playbook = LATE_DELIVERY, **changes: Any) -> Policy:
    return policy_of(replace(playbook, **changes))


def opened(minutes: float = 0, *, post: int = 1, quiet: bool = False, by: Policy | None = None) -> Event:
    facts = {"policy": (by or policy()).as_facts(), "quiet": quiet, "people": ["aino"]}
    return Event(EventKind.OPENED, at(minutes), TimeSource.OURS, post=post, facts=facts)


def joined(post: int, minutes: float, *, deserving: bool = True, sentiment: str = "negative") -> Event:
    """Maija's post number `post`, posted then."""
    facts = {"deserving": deserving, "sentiment": sentiment}
    return Event(EventKind.JOINED, at(minutes), TimeSource.PLATFORM, post=post, facts=facts)


def answered(post: int, minutes: float) -> Event:
    """Our public reply number `post`, posted then."""
    facts = {"account": "ainokahvi"}
    return Event(EventKind.ANSWERED, at(minutes), TimeSource.PLATFORM, post=post, facts=facts)


def raised(post: int, posted: float, noticed: float, *, missed: Sequence[str] = ()) -> Event:
    """Maija's post raised the case to the recall playbook."""
    facts = {
        "policy": policy(RECALL).as_facts(),
        "posted_at": at(posted).isoformat(),
        "missed": list(missed),
        "people": ["aino"],
    }
    return Event(EventKind.RAISED, at(noticed), TimeSource.OURS, post=post, facts=facts)


def happened(kind: EventKind, minutes: float, *, actor: str = "vaste", **facts: Any) -> Event:
    return Event(kind, at(minutes), TimeSource.OURS, actor, facts=facts)


def acknowledged(minutes: float, actor: str = "aino") -> Event:
    return happened(EventKind.ACKNOWLEDGED, minutes, actor=actor)


def pressed_replied(minutes: float, actor: str = "aino", where: str = "public") -> Event:
    return happened(EventKind.REPLIED, minutes, actor=actor, where=where)


def closed(minutes: float, actor: str = "aino") -> Event:
    return happened(EventKind.CLOSED, minutes, actor=actor, automatic=False)


def dismissed(minutes: float, actor: str = "aino") -> Event:
    return happened(EventKind.DISMISSED, minutes, actor=actor)


def reopened(minutes: float, actor: str = "aino") -> Event:
    return happened(EventKind.REOPENED, minutes, actor=actor)


def case_of(*events: Event) -> Case:
    """Case 7 as these events tell it; without an OPENED, Maija's post 1 of noon opened it at noon."""
    if not events or events[0].kind is not EventKind.OPENED:
        events = (opened(), joined(1, 0), *events)
    return fold(7, events)


def after(case: Case, change: Change) -> Case:
    return with_events(case, change.events)


def act(verb: str, minutes: float = 10, actor: str = "aino", **more: Any) -> Act:
    return Act(7, verb, actor, at(minutes), **more)


def verdict(*topics: str, negative: float = 0.9) -> Verdict:
    """Negative unless said otherwise, with these topics."""
    return Verdict(
        negative=negative,
        neutral=(1 - negative) / 2,
        positive=(1 - negative) / 2,
        attention=negative,
        topics=dict.fromkeys(topics, 0.9),
        topics_held=topics,
        language="fi",
        abstained=False,
        model="fake",
    )


GLASS, ANGRY, THANKS = verdict("recall"), verdict(), verdict(negative=0.02)


def surroundings(
    post: int,
    minutes: float,
    *,
    case: Case | None = None,
    backfilled: bool = False,
    bystander: bool = False,
    posts: Sequence[CustomerPost] = (),
    answers: Sequence[FoundAnswer] = (),
) -> Surroundings:
    """Maija's post number `post`, posted then and not judged yet, and what stands around it."""
    mention = ToJudge(
        post=post,
        fence=1,
        network="file:feed",
        post_id=str(post),
        text="Missä pakettini on?",
        posted_at=at(minutes),
        seen_at=at(minutes),
        language_hint="fi",
        followers=10,
        sources=("feed",),
        backfilled=backfilled,
        attempts=0,
    )
    return Surroundings(mention, bystander, tuple(posts), tuple(answers), case)


def told(change: Change) -> list[tuple[str, str, str]]:
    """What a change owes: (kind, addressee, why), in order."""
    return [(owed.kind, owed.addressee, str(owed.content.get("why", ""))) for owed in change.owed]


def kinds(change: Change) -> list[EventKind]:
    return [event.kind for event in change.events]
