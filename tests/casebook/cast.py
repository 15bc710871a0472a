"""Who writes in the record's tests, and the shop whose record it is. Everything here is real but the judge."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import text as sql
from sqlmodel import Session

from casebook.act import Act
from casebook.allowance import Door, Gate
from casebook.case import Case
from casebook.db import open_engine
from casebook.mention import Author, Batch, Mention, Reply, Verdict
from casebook.store import Change, Claimed, Filed, SourceState, Store, ToJudge
from notifier.channel import Person
from playbooks.escalate import Team
from playbooks.playbook import Match, Playbook, Severity, Step
from playbooks.rota import Rota
from vaste.chain import carry_out, follow, look_at, watch
from vaste.desk import Desk
from vaste.ruling import rule

T = TypeVar("T")
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
NET = "file:feed"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

RECALL = Playbook(
    "recall",
    Match(regex=("lasi",)),
    "care",
    Severity.CRITICAL,
    acknowledge_within=5 * MINUTE,
    respond_within=30 * MINUTE,
)
THANKS = Playbook("thanks", Match(regex=("kiitos",)), "care", Severity.LOW)
QUESTION = Playbook(
    "question",
    Match(),
    "care",
    acknowledge_within=15 * MINUTE,
    respond_within=HOUR,
    escalate=(Step(10 * MINUTE, "backup"),),
)
ROTA = Rota(("aino", "ben"), weekday=0, at=time(9), zone=ZoneInfo("Europe/Helsinki"), start=date(2026, 11, 2))
DESK = Desk(
    playbooks=(RECALL, THANKS, QUESTION),
    teams={"care": Team("care", "#care", ROTA)},
    people={"aino": Person("aino", "Aino", "U1"), "ben": Person("ben", "Ben", "U2")},
    kinds={"feed": "file"},
    fingerprint="shop",
    direct=True,
)
ANGRY = Verdict(
    0.9, 0.07, 0.03, 0.95, {"delivery": 0.8}, ("delivery",), "fi", abstained=False, model="named fake"
)


def mention(
    id_: str, *, by: str = "caro", at: datetime = NOW, text: str = "Missä paketti?", **more: Any
) -> Mention:
    return Mention(
        more.pop("network", NET), id_, Author(by, id=more.pop("author_id", None)), text, at, **more
    )


def reply(
    id_: str, to: str | None = None, *, at: datetime = NOW, text: str = "Hei! Selvitämme.", **more: Any
) -> Reply:
    return Reply(NET, id_, more.pop("account", "ainokahvi"), text, at, in_reply_to=to, **more)


@dataclass(slots=True)
class Book:
    """One record, with a clock whose hands the test turns."""

    store: Store
    url: str
    now: datetime = NOW
    first_start: datetime = NOW - DAY
    desk: Desk = DESK

    @classmethod
    def open(cls, url: str, *, holder: str = "one", is_kept: bool = False) -> "Book":
        return cls(Store(open_engine(url, is_kept=is_kept), look_at=look_at, holder=holder), url)

    def close(self) -> None:
        self.store.engine.dispose()

    def advance(self, by: timedelta) -> None:
        self.now += by

    # the way of a mention

    def claim(self, source: str = "feed") -> SourceState:
        self.store.source(source, kind="file", network=NET, now=self.first_start)
        state = self.store.claim_source(source, now=self.now, lease=MINUTE)
        assert state is not None
        return state

    def file(
        self,
        *posts: Mention | Reply,
        source: str = "feed",
        cursor: Mapping[str, object] | None = None,
        backfill: timedelta | None = None,
    ) -> Filed:
        state = self.claim(source)
        try:
            return self.store.file(state, batch(*posts, cursor=cursor), now=self.now, backfill=backfill)
        finally:
            self.store.finish_look(state, now=self.now, failures=0, retry_at=None)

    def unjudged(self, limit: int = 100) -> list[ToJudge]:
        return self.store.claim_unjudged(now=self.now, lease=MINUTE, limit=limit)

    def rule(self, waiting: ToJudge, verdict: Verdict = ANGRY) -> int | None:
        """Rule by the shop's playbooks; gives the case's number, if there is one."""
        done = self.store.rule(
            waiting,
            verdict,
            lambda around: rule(around, verdict, self.desk, now=self.now),
            configuration="shop",
            now=self.now,
            window=self.desk.crisis.within if self.desk.crisis else None,
        )
        return done[1] if done else None

    def triage(self, verdict: Verdict = ANGRY) -> list[int | None]:
        return [self.rule(waiting, verdict) for waiting in self.unjudged()]

    def bring(self, *posts: Mention | Reply, **more: Any) -> list[int | None]:
        """File posts, rule upon them, and let the cases take in what was found."""
        self.file(*posts, **more)
        numbers = self.triage()
        self.match()
        return numbers

    def open_case(self, id_: str = "1", **more: Any) -> int:
        (number,) = self.bring(mention(id_, **more))
        assert number is not None
        return number

    def match(self) -> None:
        while touched := self.store.touched_cases():
            for number in touched:
                self.store.match(
                    number, lambda case: follow(case, Change(), self.desk, now=self.now), now=self.now
                )

    def watch(self) -> None:
        for number in self.store.due_cases(now=self.now):
            self.store.change(number, lambda case: watch(case, self.desk, now=self.now), now=self.now)

    def press(self, number: int, verb: str, actor: str = "aino") -> str:
        """Press a button; gives why nothing changed, or `done`."""
        told = []

        def decide(case: Case) -> Change:
            outcome, change = carry_out(case, Act(number, verb, actor, self.now), self.desk, now=self.now)
            told.append(outcome.reason)
            return change

        self.store.change(number, decide, now=self.now)
        return told[-1] if told else "missing"

    def claim_delivery(self, *resting: str) -> Claimed | None:
        return self.store.claim_delivery(now=self.now, lease=MINUTE, gate=shut_for(*resting))

    def send(self, claimed: Claimed, *, revision: int | None = None) -> bool:
        """Mark a message as accepted, showing the case as it stands unless told otherwise."""
        if revision is None:
            view = self.store.view(claimed.case or 0)
            revision = view.revision if view else 0
        return self.store.mark_sent(
            claimed, place="C1", ref=f"ref-{claimed.id}-{claimed.fence}", revision=revision, now=self.now
        )

    def send_all(self) -> list[Claimed]:
        sent = []
        while (claimed := self.claim_delivery()) is not None:
            assert self.send(claimed)
            sent.append(claimed)
        return sent

    # what stands there

    def kinds(self, number: int) -> list[str]:
        return [event.kind.value for event in self.store.events(number)]

    def case(self, number: int) -> Case:
        found = self.store.case(number)
        assert found is not None
        return found

    def log(self) -> list[dict[str, Any]]:
        return list(self.store.log(now=self.now))

    def rows(self, statement: str, **values: object) -> list[Any]:
        """Look at the tables themselves."""
        with Session(self.store.engine) as session:
            return [tuple(row) for row in session.execute(sql(statement), values)]

    def run(self, statement: str) -> None:
        """Change the tables themselves, as nothing in the program does."""
        with self.store.writing() as session:
            session.execute(sql(statement))

    def roots(self) -> dict[str, str]:
        return dict(self.rows("SELECT post_id, root FROM post"))


def batch(*posts: Mention | Reply, cursor: Mapping[str, object] | None = None) -> Batch:
    return Batch(
        mentions=tuple(post for post in posts if isinstance(post, Mention)),
        replies=tuple(post for post in posts if isinstance(post, Reply)),
        cursor=cursor or {},
    )


def at_once(*acts: Callable[[], T]) -> list[T | Exception]:
    """Do things in as many threads, begun at the same moment; gives what each gave or raised, in order."""
    gate = threading.Barrier(len(acts))
    outcomes: list[T | Exception] = [RuntimeError("it never ended")] * len(acts)

    def run(index: int, act: Callable[[], T]) -> None:
        gate.wait()
        try:
            outcomes[index] = act()
        except Exception as error:  # noqa: BLE001 - the test looks at whatever was raised
            outcomes[index] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


def raised(outcomes: Sequence[object]) -> list[Exception]:
    return [outcome for outcome in outcomes if isinstance(outcome, Exception)]


def shut_for(*addressees: str) -> Gate:
    """A gate that lets nothing through to these addressees, and everything to others."""
    gate = Gate(lambda _: ())
    for addressee in addressees:
        gate.shut_until(Door(0, addressee, "all"), NOW + 365 * DAY)
    return gate
