"""Days told in words, as docs/clocks.md tells them, lived through by the real record and the real rules.

    12:00 Maija complains · 12:05 Aino takes it · 12:20 you answer

Times are Helsinki's, of a Tuesday unless a weekday stands before them. Maija is the customer, Leo somebody else.
Who is written to, and what about, follows from who says what; what nobody says does not happen.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from casebook.act import Act
from casebook.calendar import Calendar, Span
from casebook.case import Case
from casebook.event import Event, EventKind, TimeSource
from casebook.mention import Verdict
from casebook.record import Change
from playbooks.playbook import Match, Playbook, Severity, Step
from tests.casebook.cast import DESK, Book, mention, reply
from tests.fakes import verdict
from vaste.chain import carry_out

ZONE = ZoneInfo("Europe/Helsinki")
TUESDAY = datetime(2026, 11, 24, tzinfo=ZONE)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MINUTE = timedelta(minutes=1)

DELIVERY = Playbook(
    "delivery",
    Match(regex=("missä",)),
    "care",
    acknowledge_within=15 * MINUTE,
    respond_within=120 * MINUTE,
    escalate=(Step(15 * MINUTE, "backup"), Step(30 * MINUTE, "everyone")),
)
GLASS = Playbook(
    "glass",
    Match(regex=("lasia",)),
    "care",
    Severity.CRITICAL,
    acknowledge_within=5 * MINUTE,
    respond_within=30 * MINUTE,
)
OFFICE = Calendar("office", ZONE, (*([(Span(9 * 60, 17 * 60),)] * 5), (), ()))
SAID = {
    "complains": "Missä paketti?!",
    "asks": "Missä teidät tavoittaa, voisin kysyä?",
    "thanks you": "Kiitos!",
    "says she sees": "Selvä.",
    "grumbles": "Surkeaa.",
    "finds glass": "Lasia purkissa!",
}
"""What customers do, and the words of it: one of a playbook deserves an answer, others do not."""


def judged(text: str) -> Verdict:
    if "Kiitos" in text:
        return replace(verdict(negative=0.02), neutral=0.08, positive=0.9)
    if "Selvä" in text or "kysyä" in text:
        return replace(verdict(negative=0.1), neutral=0.8, positive=0.1)
    return verdict(negative=0.9)


@dataclass(slots=True)
class Day:
    """A day that is being lived through."""

    book: Book
    last: dict[str, str]
    """The id of each writer's last post."""
    count: int = 0
    stood: dict[datetime, list[dict[str, Any]]] = field(default_factory=dict)
    """The log as it stood after each thing that happened."""

    @classmethod
    def begun(cls, book: Book, *, in_office_hours: bool) -> "Day":
        """Open the shop early on the day before."""
        book.now = TUESDAY - timedelta(days=1)
        book.first_start = TUESDAY - timedelta(days=5)
        clock = "office" if in_office_hours else "always"
        book.desk = replace(
            DESK,
            playbooks=(GLASS, replace(DELIVERY, clock=clock)),
            calendars={"office": OFFICE},
        )
        return cls(book, {})

    def id(self) -> str:
        self.count += 1
        return str(self.count)

    def live_until(self, at: datetime) -> None:
        """Let time pass; whatever falls due meanwhile happens when it does."""
        while (due := self.book.store.next_look()) is not None and due <= at:
            self.book.now = max(due, self.book.now)
            self.book.watch()
            self.book.send_all()
        self.book.now = max(at, self.book.now)

    # what may happen

    def judge(self) -> None:
        for waiting in self.book.unjudged():
            self.book.rule(waiting, judged(waiting.text))
        self.settle()

    def settle(self) -> None:
        self.book.match()
        self.book.watch()

    def post(
        self, who: str, does: str, at: datetime, *, to: str | None = None, quotes: str | None = None
    ) -> str:
        name = self.id()
        above = to or (None if quotes else self.last.get("Maija"))
        self.book.file(
            mention(name, by=who.casefold(), text=SAID[does], at=at, in_reply_to=above, quotes=quotes)
        )
        self.last[who] = name
        return name

    def answer(self, to: str, at: datetime, *, quotes: bool = False, automated: bool = False) -> None:
        name = self.id()
        where = {"quotes": to} if quotes else {"to": to}
        self.book.file(reply(name, at=at, automated=automated, **where))
        self.last["you"] = name
        self.settle()

    def press(self, who: str, verb: str, *, to: str | None = None, until: datetime | None = None) -> None:
        key = {"Aino": "aino", "Ben": "ben", "Somebody": "slack:U999"}[who]
        act = Act(self.case(), verb, key, self.book.now, to=to, until=until)

        def decide(case: Case) -> Change:
            outcome, change = carry_out(case, act, self.book.desk, now=self.book.now)
            assert outcome.reason == "done", f"{who} {verb}: {outcome.reason}"
            return change

        self.book.store.change(act.case, decide, now=self.book.now)
        self.settle()

    def say(self, who: str, at: datetime) -> None:
        """Let somebody who is no customer of the case write below it."""
        self.post(who, "says she sees", at)
        self.judge()

    def delete(self) -> None:
        held = self.book.store.held(
            "feed", now=self.book.now, within=timedelta(days=30), often=timedelta(0), rarely=timedelta(0)
        )
        assert self.book.store.looked_up(
            "feed", held, gone=[self.last["Maija"]], edited=(), now=self.book.now
        )
        self.settle()

    def edit(self, text: str) -> None:
        edited = mention(self.last["Maija"], by="maija", text=text, at=self.book.now)
        self.book.file(edited)
        self.judge()

    def crisis(self, kind: EventKind, **facts: object) -> None:
        event = Event(kind, self.book.now, TimeSource.OURS, facts=facts)
        self.book.store.change(self.case(), lambda _: Change((event,)), now=self.book.now)

    def case(self) -> int:
        """The number of Maija's latest case that went into no other."""
        numbers = [row["case"] for row in self.book.log() if row["author"] == "maija"]
        return max(numbers) if numbers else 0


Step_ = tuple[datetime, Callable[[], object]]
_TIME = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?\d\d:\d\d(?::\d\d)?"
_SEGMENT = re.compile(rf"({_TIME}) (.+?)(?: \(((?:(?:seen|opened|told) {_TIME}(?:, )?)+)\))?")
VERBS = {
    "takes it": "acknowledge",
    "presses Replied": "replied",
    "closes it": "close",
    "dismisses it": "dismiss",
    "reopens it": "reopen",
}


def instant(written: str) -> datetime:
    """Read `12:20`, `12:20:05` or `Fri 12:20`, of the week that begins on the Tuesday."""
    weekday, _, clock = written.rpartition(" ")
    day = TUESDAY + timedelta(days=(WEEKDAYS.index(weekday) - 1) % 7 if weekday else 0)
    hours, minutes, *seconds = (int(part) for part in clock.split(":"))
    return day + timedelta(hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)


def live(story: str, book: Book) -> Day:
    """Live through a story; gives the day at its end."""
    segments = story.split(" · ")
    in_office_hours = segments[0] == "office hours"
    day = Day.begun(book, in_office_hours=in_office_hours)
    steps = [step for segment in segments[in_office_hours:] for step in _steps(segment, day)]
    for at, happens in sorted(steps, key=lambda step: step[0]):
        day.live_until(at)
        happens()
        day.stood[book.now] = book.log()
    return day


def _steps(segment: str, day: Day) -> Iterator[Step_]:
    read = _SEGMENT.fullmatch(segment)
    assert read is not None, f"not understood: {segment!r}"
    at, says = instant(read[1]), read[2]
    later = {
        name: instant(time) for name, time in re.findall(rf"(seen|opened|told) ({_TIME})", read[3] or "")
    }
    seen = later.get("seen", at)
    opened = later.get("opened", seen)
    wrote = re.fullmatch(r"(Maija|Leo) (.+?)( below your quote)?", says)
    if wrote is not None and wrote[2] in SAID:
        yield seen, lambda: day.post(wrote[1], wrote[2], at, to=day.last.get("you") if wrote[3] else None)
        yield opened, day.judge
        yield later.get("told", opened), day.book.send_all
        return
    yield seen, _happens(says, at, day)


def _happens(says: str, at: datetime, day: Day) -> Callable[[], object]:
    plain: dict[str, Callable[[], object]] = {
        "you answer": lambda: day.answer(day.last["Maija"], at),
        "you answer her first post": lambda: day.answer("1", at),
        "you quote her": lambda: day.answer(day.last["Maija"], at, quotes=True),
        "you answer Leo": lambda: day.answer(day.last["Leo"], at),
        "a machine answers": lambda: day.answer(day.last["Maija"], at, automated=True),
        "Aino answers from her own account": lambda: day.say("Aino", at),
        "Leo answers her": lambda: day.say("Leo", at),
        "Maija deletes it": day.delete,
        "Maija edits a comma": lambda: day.edit("Missä, paketti?!"),
        "Maija adds that there is glass": lambda: day.edit("Missä paketti?! Lasia purkissa!"),
        "it becomes part of a crisis": lambda: day.crisis(EventKind.FOLDED, crisis=99),
        "the crisis is over": lambda: day.crisis(EventKind.RELEASED),
        "now": lambda: None,
    }
    if says in plain:
        return plain[says]
    who, _, does = says.partition(" ")
    if does in VERBS:
        return lambda: day.press(who, VERBS[does])
    if given := re.fullmatch(r"gives it to (\w+)", does):
        return lambda: day.press(who, "reassign", to=given[1].casefold())
    put_off = re.fullmatch(rf"puts it off until ({_TIME})", does)
    assert put_off is not None, f"not understood: {says!r}"
    return lambda: day.press(who, "snooze", until=instant(put_off[1]))
