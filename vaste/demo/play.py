"""Plays the demo's week through the very same jobs, with the hands of the clock turned by us.

Theory of operation:
1. The week is data: posts with their offsets (feed.jsonl) and what the team pressed (acts.jsonl).
2. The clock jumps to the next instant at which anything happens: a post becomes visible, somebody presses,
   a step of a chain or a deadline falls due.
3. At each instant the posts are appended to the file that the file source reads, and the jobs tick once;
   the source is polled when something was appended, since nothing else could be found there.
4. Everything lies in a temporary folder that is gone at the end, Ctrl-C included.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from casebook.mention import as_utc
from casebook.store import Store
from notifier.channel import Answer, Press
from vaste.config import Config, load_config
from vaste.demo.glance import Glance
from vaste.demo.summary import show
from vaste.jobs import Jobs
from vaste.web.pages import make_pages
from vaste.web.server import PageUnavailable, Server
from vaste.wiring import open_store, tongue_of, wire

MONDAY = date(2026, 3, 2)
"""The week that is played: always the same one, so that the demo always says the same."""
VISIBLE_AFTER = timedelta(seconds=20)
"""How long after its posting a post shows at the source."""
SOURCE = "feed"
INTERRUPTED = 130
"""The exit code of a process that Ctrl-C ended before it was done."""
_WELCOME = (
    "One week of a roaster that does not exist, its worst and its best, played on this machine in less than a"
    " minute: no key, no network. The first card of each playbook is shown whole, as the team would see it;"
    " after that a line each: when, which case, which playbook, who was told, and what was said."
)
_NEXT = (
    "1. In config.yaml, take the # away from X and Slack; put in your own handle.",
    "2. Export X_BEARER_TOKEN, SLACK_BOT_TOKEN and SLACK_APP_TOKEN.",
    "3. .venv/bin/vaste check --online asks both whether all is well.",
    "4. .venv/bin/vaste run starts the service.",
    "Without an account: .venv/bin/vaste classify judges the posts that you type.",
)


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


@dataclass(frozen=True, slots=True)
class Scene:
    """Something that happens in the week: a post becomes visible, or somebody presses."""

    at: datetime
    post: Mapping[str, Any] | None = None
    press: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Stage:
    """What the play needs at hand."""

    config: Config
    jobs: Jobs
    store: Store
    clock: TurnedClock
    feed: Path
    waiting: list[Scene]


def play(*, stay: bool, console: Console, own: Config | None = None, report: Path | None = None) -> int:
    """Play the week, say what happened, and with `stay` serve the page until Ctrl-C. Gives the exit code.

    The week's `report` is written to a file, in the format that its name ends in.

    With a configuration of one's `own` the week is played by its playbooks, topics, people and teams; its
    sources, channels and database are left alone.
    """
    with tempfile.TemporaryDirectory(prefix="vaste-demo-") as folder:
        try:
            return _play(Path(folder), console, own, stay=stay, report=report)
        except KeyboardInterrupt:
            console.print("\nThe demo was stopped; nothing of it is kept.")
            return INTERRUPTED


def _play(
    folder: Path, console: Console, own: Config | None, *, stay: bool, report: Path | None = None
) -> int:
    with stage_in(folder, console, own) as stage:
        console.print(f"[bold]{stage.config.brand}[/]", highlight=False)
        console.print(_WELCOME + "\n")
        play_week(stage, console)
        summarise(stage, console)
        write_report(stage, console, report)
        console.print("\n[bold]Next: your own posts[/]")
        for step in _NEXT:
            console.print("  " + step, highlight=False, soft_wrap=True)
        if stay:
            _stay(stage, console)
    return 0


@contextmanager
def stage_in(folder: Path, console: Console, own: Config | None = None) -> Iterator[Stage]:
    """Set up everything in a folder, with the whole week still to come; let go of it at the end."""
    config = _configuration(folder, own)
    clock = TurnedClock(_at("0d00:00", config.timezone))
    store = open_store(config, is_kept=False)  # the folder is gone at the end
    jobs = wire(config, store=store, clock=clock, channels=(Glance(console, tongue_of(config)),))
    try:
        yield Stage(config, jobs, store, clock, folder / "posts.jsonl", scenes(config.timezone))
    finally:
        for source, _ in jobs.sources.values():
            source.close()
        for channel in jobs.channels:
            channel.close()
        store.engine.dispose()


def _configuration(folder: Path, own: Config | None) -> Config:
    written = folder / "config.yaml"
    written.write_text((files("vaste.demo") / "config.yaml").read_text("utf-8"), "utf-8")
    loaded = load_config(written, {})
    if loaded.config is None:
        raise RuntimeError("\n".join(str(problem) for problem in loaded.problems))
    if own is None:
        return loaded.config
    stage = loaded.config
    # a press is known by its Slack id: whoever has none yet gets one for the play
    people = {key: replace(person, slack=person.slack or key.upper()) for key, person in own.people.items()}
    return replace(
        own, people=people, database=stage.database, sources=stage.sources, channels=stage.channels
    )


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


def play_week(stage: Stage, console: Console) -> None:
    """Play every scene, and everything that falls due between them, to the end of Sunday."""
    ends_at = _at("7d00:00", stage.config.timezone)
    stage.jobs.poll(SOURCE)  # the source's first start is the beginning of the week
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        total = len(stage.waiting)
        task = progress.add_task("loading the model", total=total)
        stage.jobs.classifier.warm()
        while stage.clock.now() < ends_at:
            _next_instant(stage, ends_at)
            day = f"{stage.clock.now().astimezone(stage.config.timezone):%A %H:%M}"
            progress.update(task, completed=total - len(stage.waiting), description=f"{day:<15}")
            _play_now(stage)


def _next_instant(stage: Stage, ends_at: datetime) -> None:
    coming = [stage.waiting[0].at] if stage.waiting else []
    due = stage.store.next_look()
    coming += [ends_at] if due is None else [ends_at, due]
    stage.clock.turn(max(min(coming), stage.clock.now() + timedelta(milliseconds=1)))


def _play_now(stage: Stage) -> None:
    appended = False
    while stage.waiting and stage.waiting[0].at <= stage.clock.now():
        scene = stage.waiting.pop(0)
        if scene.post is not None:
            with stage.feed.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(scene.post, ensure_ascii=False) + "\n")
            appended = True
        elif scene.press is not None:
            if appended:  # what is pressed must be there
                _tick(stage.jobs, appended=True)
                appended = False
            press(stage, scene.press)
    _tick(stage.jobs, appended=appended)


def _tick(jobs: Jobs, *, appended: bool) -> None:
    if appended:
        jobs.poll(SOURCE)
        jobs.triage()
        jobs.match()
    jobs.watch()
    jobs.tend()
    jobs.deliver()


def press(stage: Stage, act: Mapping[str, Any]) -> Answer | None:
    """Press as the team did; None where the post opened no case, or where nobody of that name works."""
    found = stage.store.find(str(act["post"]))
    case = found[0].case if found else None
    user = stage.jobs.desk.person(str(act["person"])).slack
    if case is None or user is None:
        return None
    value = "direct" if act["verb"] == "replied" else None
    return stage.jobs.press(Press(case, str(act["verb"]), user, value))


def summarise(stage: Stage, console: Console) -> None:
    """Say what the week came to, as the log has it."""
    config = stage.config
    rows = list(stage.store.log(now=stage.clock.now()))
    people = {key: person.name.split()[0] for key, person in config.people.items()}
    counts = stage.store.counts()
    show(rows, counts, config.playbooks, people, zone=config.timezone, console=console)


def write_report(stage: Stage, console: Console, to: Path | None) -> None:
    """Write the week's report, or say how to get it."""
    if to is None:
        console.print(
            "\nThe week as a director reads it: [bold]vaste demo --report week.html[/]", highlight=False
        )
        return
    # what it needs is loaded only for who wants it
    from vaste.report.gathered import Scope  # noqa: PLC0415
    from vaste.report.making import content_of, document_of, format_of  # noqa: PLC0415
    from vaste.report.period import last_week  # noqa: PLC0415

    now = stage.clock.now()
    scope = Scope(last_week(stage.config.timezone, now=now), now)
    document = document_of(stage.store, stage.config, scope, stage.config.language)
    to.write_bytes(content_of(document, format_of(to.suffix) or "html"))
    console.print(f"\nThe week as a director reads it: [bold]{escape(str(to))}[/]", highlight=False)


def _stay(stage: Stage, console: Console) -> None:
    """Serve the page of the log until Ctrl-C."""
    config = stage.config
    pages = make_pages(
        stage.store,
        clock=stage.clock,
        zone=config.timezone,
        brand=config.brand,
        language=config.language,
        desk=stage.jobs.desk,
    )
    try:
        server = Server(pages, config.listen or ("127.0.0.1", 0))
    except PageUnavailable:
        server = Server(pages, ("127.0.0.1", 0))  # somebody else has the usual port: any will do
    server.start()
    try:  # from here on Ctrl-C is no interruption, it is the end
        console.print("\nThe response-time log of this week, open until Ctrl-C:", end=" ")
        console.print(f"[bold]{server.address}[/]", soft_wrap=True)
        stopped = Event()
        while not stopped.wait(
            timeout=0.5
        ):  # without a timeout a signal that another thread takes is not seen
            pass
    except KeyboardInterrupt:
        console.print()
    finally:
        server.stop()
