"""Plays the demo's week through the very same jobs, with the hands of the clock turned by us.

Theory of operation:
1. The week is data: posts with their offsets (feed.jsonl) and what the team pressed (acts.jsonl).
2. The clock jumps to the next instant at which anything happens: a post becomes visible, somebody presses,
   a step of a chain or a deadline falls due.
3. At each instant the posts are appended to the file that the file source reads, and every job ticks once.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from statistics import median
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from casebook.mention import as_utc
from casebook.store import Store
from notifier.channel import Answer, Card, Inbox, Message, Page, Person, Press, Sent, Tongue
from notifier.console import ConsoleChannel, ConsoleSettings
from notifier.wording import clean_line, cut
from vaste.config import Config, load_config
from vaste.jobs import Jobs
from vaste.span import span
from vaste.web.pages import make_pages
from vaste.web.server import PageUnavailable, Server
from vaste.wiring import open_store, tongue_of, wire

MONDAY = date(2026, 3, 2)
"""The week that is played: always the same one, so that the demo always says the same."""
VISIBLE_AFTER = timedelta(seconds=20)
"""How long after its posting a post shows at the source."""
_CUT = 96


class TurnedClock:
    """A clock whose hands are turned by the play."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """Give the instant the play has reached."""
        return self._at

    def turn(self, at: datetime) -> None:
        """Turn the hands on, never back."""
        self._at = max(self._at, at)


class Glance:
    """The console, with the first card of each playbook whole and a line for everything else."""

    kind = "console"

    def __init__(self, console: Console, tongue: Tongue) -> None:
        self._whole = ConsoleChannel(ConsoleSettings(kind="console"), tongue, console=console)
        self._console = console
        self._zone = tongue.zone
        self._shown: set[str] = set()

    def send(self, message: Message, *, now: datetime) -> Sent:
        """Show a message; updates of cards are left out, the log at the end holds what became of them."""
        content = message.content
        if isinstance(content, Card) and message.update is None:
            if content.playbook not in self._shown:
                self._shown.add(content.playbook)
                return self._whole.send(message, now=now)
            self._line(now, content, "→ " + (_names(content.on_call) or "nobody on call"))
        elif isinstance(content, Page):
            self._line(now, content.card, f"{content.why} → " + (_names(content.people) or "nobody"))
        return Sent("console", message.key)

    def listen(self, inbox: Inbox) -> None:
        """Nobody presses on this console; the play does."""

    def check(self) -> list[str]:
        """Nothing can be wrong with it."""
        return []

    def close(self) -> None:
        """Let go of the console."""
        self._whole.close()

    def _line(self, now: datetime, card: Card, told: str) -> None:
        line = Text(f"{now.astimezone(self._zone):%a %H:%M}  ", style="dim")
        line.append(f"case {card.case} ", style="bold")
        line.append(f"{card.severity} {card.playbook} ", style="red" if card.severity == "critical" else "")
        line.append(told + "  ")
        line.append(cut(clean_line(card.text), _CUT), style="dim")
        self._console.print(line, soft_wrap=False, no_wrap=True, overflow="ellipsis")


@dataclass(frozen=True, slots=True)
class Scene:
    """Something that happens in the week: a post becomes visible, or somebody presses."""

    at: datetime
    post: Mapping[str, Any] | None = None
    press: Mapping[str, Any] | None = None


def play(*, stay: bool, console: Console, own: Config | None = None) -> int:
    """Play the week, say what happened, and with `stay` serve the page until Ctrl-C. Gives the exit code.

    With a configuration of one's `own` the week is played by its playbooks, topics, people and teams; its
    sources, channels and database are left alone.
    """
    with tempfile.TemporaryDirectory(prefix="vaste-demo-") as folder:
        config = _configuration(Path(folder), own)
        clock = TurnedClock(_at("0d00:00", config.timezone))
        store = open_store(config)
        channel = Glance(console, tongue_of(config))
        jobs = wire(config, store=store, clock=clock, channels=(channel,))
        console.print(
            f"[bold]{config.brand}[/]: a roaster's worst and best week, played in less than a minute."
        )
        console.print("The model is loaded from the box; no key, no network.\n")
        jobs.classifier.warm()
        stage = Stage(jobs, store, clock, Path(folder) / "posts.jsonl", scenes(config.timezone))
        _play_week(stage, console)
        _summary(store, config, console, now=clock.now())
        if stay:
            _stay(store, clock, config, console)
        for source, _ in jobs.sources.values():
            source.close()
        store.engine.dispose()
    return 0


def _configuration(folder: Path, own: Config | None) -> Config:
    written = folder / "config.yaml"
    written.write_text((files("vaste.demo") / "config.yaml").read_text("utf-8"), "utf-8")
    loaded = load_config(written, {})
    if loaded.config is None:
        raise RuntimeError("\n".join(str(problem) for problem in loaded.problems))
    if own is None:
        return loaded.config
    stage = loaded.config
    return replace(own, database=stage.database, sources=stage.sources, channels=stage.channels)


def scenes(zone: ZoneInfo) -> list[Scene]:
    """Give the week in the order in which it happens."""
    posts = []
    for line in _lines("feed.jsonl"):
        posted_at = _at(line["at"], zone)
        post = {
            **{key: value for key, value in line.items() if key != "at"},
            "posted_at": posted_at.isoformat(),
        }
        posts.append(Scene(posted_at + VISIBLE_AFTER, post=post))
    presses = [Scene(_at(line["at"], zone), press=line) for line in _lines("acts.jsonl")]
    return sorted([*posts, *presses], key=lambda scene: scene.at)


def _lines(name: str) -> Iterator[dict[str, Any]]:
    for line in (files("vaste.demo") / name).read_text("utf-8").splitlines():
        yield json.loads(line)


def _at(offset: str, zone: ZoneInfo) -> datetime:
    """Turn `2d18:41` into the instant of that local time on the week's third day."""
    days, _, hours = offset.partition("d")
    local = datetime.combine(MONDAY + timedelta(days=int(days)), time.fromisoformat(hours), tzinfo=zone)
    return as_utc(local)


@dataclass(slots=True)
class Stage:
    """What the play needs at hand."""

    jobs: Jobs
    store: Store
    clock: TurnedClock
    feed: Path
    waiting: list[Scene]


def _play_week(stage: Stage, console: Console) -> None:
    ends_at = _at("7d00:00", stage.jobs.tongue.zone)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} scenes"),
    )
    stage.jobs.poll("feed")  # the source's first start is the beginning of the week
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        total = len(stage.waiting)
        task = progress.add_task("The week", total=total)
        while stage.clock.now() < ends_at:
            _next_instant(stage, ends_at)
            _play_now(stage)
            progress.update(task, completed=total - len(stage.waiting))


def _next_instant(stage: Stage, ends_at: datetime) -> None:
    coming = [stage.waiting[0].at] if stage.waiting else []
    due = stage.store.next_look()
    coming += [ends_at] if due is None else [ends_at, due]
    stage.clock.turn(max(min(coming), stage.clock.now() + timedelta(milliseconds=1)))


def _play_now(stage: Stage) -> None:
    while stage.waiting and stage.waiting[0].at <= stage.clock.now():
        scene = stage.waiting.pop(0)
        if scene.post is not None:
            with stage.feed.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(scene.post, ensure_ascii=False) + "\n")
        elif scene.press is not None:
            _tick(stage.jobs)
            _press(stage.jobs, stage.store, scene.press)
    _tick(stage.jobs)


def _tick(jobs: Jobs) -> None:
    jobs.poll("feed")
    jobs.triage()
    jobs.match()
    jobs.watch()
    jobs.deliver()


def _press(jobs: Jobs, store: Store, press: Mapping[str, Any]) -> Answer:
    """Press as the team did; where the post opened no case there is nothing to press."""
    found = store.find(str(press["post"]))
    case = found[0].case if found else None
    user = jobs.desk.person(str(press["person"])).slack
    if case is None or user is None:
        return Answer()
    value = "direct" if press["verb"] == "replied" else None
    return jobs.press(Press(case, str(press["verb"]), user, value))


def _summary(store: Store, config: Config, console: Console, *, now: datetime) -> None:
    rows = list(store.log(now=now))
    counts = store.counts()
    console.print("\n[bold]The week in figures[/] (every one can be opened down to its case on the page)")
    console.print(
        f"{counts['mentions']} posts of customers seen and {counts['judged']} judged, {counts['replies']} posts of ours;"
        f" {len(rows)} cases routed to {_teams(rows)}, {counts['review']} in the review lane."
    )
    _by_playbook(rows, config, console)
    never = sum(row["acknowledged_at"] is None and row["responded_at"] is None for row in rows)
    late = [row for row in rows if row["breaches"]]
    dismissed = sum(row["status"] == "dismissed" for row in rows)
    console.print(
        f"Taken by: {_taken(rows, config)}. Nobody took {never}. False alarms dismissed: {dismissed}."
    )
    console.print(f"Deadlines breached in {len(late)} cases. The longest waits:")
    for row in sorted((row for row in rows if row["frt_s"] is not None), key=lambda row: -row["frt_s"])[:3]:
        console.print(
            f"  case {row['case']} ({row['playbook']}): @{row['author']} waited {span(row['frt_s'])}",
            markup=False,
        )
    console.print(
        "\nNext: make run starts the service with config.yaml. To point it at a real account, take the # away"
        "\nfrom the X and Slack blocks there, export their tokens, and let .venv/bin/vaste check --online look."
    )


def _by_playbook(rows: Sequence[Mapping[str, Any]], config: Config, console: Console) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("playbook", "severity", "cases", "answered", "median wait", "in time", "breached"):
        table.add_column(name, justify="left" if name in {"playbook", "severity"} else "right")
    for playbook in config.playbooks:
        of = [row for row in rows if row["playbook"] == playbook.name]
        waits = [row["frt_s"] for row in of if row["frt_s"] is not None]
        late = sum("respond" in row["breaches"] for row in of)
        in_time = sum(row["frt_s"] is not None and "respond" not in row["breaches"] for row in of)
        middle = span(int(median(waits))) if waits else "–"
        cells = (len(of), len(waits), middle, in_time, late)
        table.add_row(playbook.name, playbook.severity.value, *(str(cell) for cell in cells))
    console.print(table)


def _taken(rows: Sequence[Mapping[str, Any]], config: Config) -> str:
    taken = {key: sum(row["acknowledged_by"] == key for row in rows) for key in config.people}
    return ", ".join(f"{config.people[key].name} {number}" for key, number in taken.items() if number)


def _teams(rows: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"team {name}" for name in sorted({row["team"] for row in rows})) or "nobody"


def _names(people: Sequence[Person]) -> str:
    return ", ".join(person.name for person in people)


def _stay(store: Store, clock: TurnedClock, config: Config, console: Console) -> None:
    """Serve the page of the log until Ctrl-C."""
    pages = make_pages(store, clock=clock, zone=config.timezone, brand=config.brand, language=config.language)
    try:
        server = Server(pages, config.listen or ("127.0.0.1", 0))
    except PageUnavailable:
        server = Server(pages, ("127.0.0.1", 0))  # somebody else has the usual port: any will do
    server.start()
    console.print(f"\nThe response-time log of this week: [bold]{server.address}[/]  (Ctrl-C ends the demo)")
    try:
        Event().wait()
    except KeyboardInterrupt:
        console.print()
    finally:
        server.stop()
