"""Stand-ins at the jobs' three doors: a source, a channel and a classifier that do as they are told."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from casebook.db import open_engine
from casebook.mention import Author, Batch, Json, Mention, Reply, Verdict
from casebook.store import Store
from classifier.language import Hint
from classifier.model import Classifier, ModelUnavailable
from listener.source import Source, SourceSettings
from notifier.channel import Channel, Inbox, Message, Sent, Tongue
from tests.fakes import ANGRY, NOON, HandClock, at, desk
from tests.record import put_record
from vaste.chain import look_at
from vaste.clock import Clock
from vaste.desk import Desk
from vaste.jobs import PACE, Jobs

NETWORK = "net"


class ToldSource:
    """Gives the batches it was given, one a look, then nothing; an exception among them is raised."""

    kind = "told"
    network = NETWORK

    def __init__(self, name: str, *turns: Batch | Exception) -> None:
        self.name = name
        self.turns = list(turns)
        self.looks = 0

    def fetch(self, cursor: Json, *, since: datetime, now: datetime) -> Batch:
        self.looks += 1
        turn = self.turns.pop(0) if self.turns else Batch(cursor=cursor)
        if isinstance(turn, Exception):
            raise turn
        return turn

    def check(self) -> list[str]:
        return []

    def close(self) -> None:
        self.turns.clear()


class ToldChannel:
    """Accepts messages, or raises the faults it was given, one a message.

    Like Slack it can be asked whether a message is there already, and does so where an attempt is unclear.
    """

    def __init__(self, kind: str = "told", *faults: Exception) -> None:
        self.kind = kind
        self.faults = list(faults)
        self.tried: list[Message] = []
        self.standing: dict[str, list[Message]] = {}
        """Accepted messages by key: more than one is a double."""
        self.closes: Callable[[], object] = lambda: None

    def send(self, message: Message, *, now: datetime) -> Sent:
        self.tried.append(message)
        if self.faults:
            raise self.faults.pop(0)
        is_there = message.update is not None or (message.attempted_at and message.key in self.standing)
        if not is_there:
            self.standing.setdefault(message.key, []).append(message)
        return message.update or Sent("C1", message.key)

    def listen(self, inbox: Inbox) -> None:
        """Nobody presses anything here."""

    def check(self) -> list[str]:
        return []

    def close(self) -> None:
        self.closes()


class ToldClassifier(Classifier):
    """Finds every post negative, or has no model as long as it is told so."""

    def __init__(self) -> None:
        super().__init__()
        self.missing = False

    def judge(self, texts: Sequence[str], hints: Sequence[Hint] | None = None) -> list[Verdict]:
        if self.missing:
            raise ModelUnavailable("the model's folder is gone; install it again")
        return [ANGRY for _ in texts]


class RunningClock:
    """Begins when it is told and runs as clocks do."""

    def __init__(self, begun: datetime = NOON) -> None:
        self._begun, self._from = begun, time.monotonic()

    def now(self) -> datetime:
        return self._begun + timedelta(seconds=time.monotonic() - self._from)


def mention(post_id: str, minutes: float, *, author: str = "maija") -> Mention:
    return Mention(NETWORK, post_id, Author(author), "Missä pakettini on?", at(minutes))


def reply(post_id: str, minutes: float, *, to: str) -> Reply:
    return Reply(NETWORK, post_id, "ainokahvi", "Tulossa!", at(minutes), in_reply_to=to)


def batch(*posts: Mention | Reply) -> Batch:
    return Batch(
        mentions=tuple(post for post in posts if isinstance(post, Mention)),
        replies=tuple(post for post in posts if isinstance(post, Reply)),
    )


def open_store(folder: Path, *, name: str = "vaste.db", is_new: bool = True) -> Store:
    """The record in a file of this folder."""
    file = folder / name
    if is_new and not file.exists():
        put_record(file)
    engine = open_engine(f"sqlite:///{file}", is_kept=False)
    return Store(engine, look_at=look_at, holder="one")


def make_jobs(
    store: Store,
    *sources: Source,
    channels: Sequence[Channel] = (),
    clock: Clock | None = None,
    at_desk: Desk | None = None,
    pace: timedelta = PACE,
) -> Jobs:
    """Jobs over a store with stand-ins; every 1 s, Aino on call and Ben next."""
    opened = list(channels) or [ToldChannel()]
    settings = {source.name: SourceSettings(name=source.name, kind="told", every="1s") for source in sources}
    known = at_desk or desk()
    return Jobs(
        store=store,
        desk=replace(known, kinds={source.name: "told" for source in sources}),
        sources={source.name: (source, settings[source.name]) for source in sources},
        channels=opened,
        reaches=["slack" for _ in opened],
        classifier=ToldClassifier(),
        tongue=Tongue("fi", ZoneInfo("Europe/Helsinki"), "Aino Kahvi"),
        clock=clock or HandClock(),
        pace=pace,
    )
