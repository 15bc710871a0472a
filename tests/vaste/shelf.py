"""A record with cases in it: posts come through the real file source and are ruled upon for real.

Only the verdicts are written by hand, so that hundreds of posts need no model.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from casebook.mention import Verdict
from notifier.channel import Press
from tests.record import put_record
from vaste.config import Config, load_config
from vaste.demo.play import TurnedClock
from vaste.jobs import Jobs
from vaste.ruling import rule
from vaste.wiring import open_store, wire

BEGAN_AT = datetime(2026, 3, 3, 8, tzinfo=UTC)
CONFIG = """
brand: Aino Kahvi
language: fi
timezone: Europe/Helsinki
sources:
  - {name: feed, kind: file, path: posts.jsonl, every: 1s}
topics:
  recall: {examples: ["löysin lasinsirun purkista", "löytyi lasinsiru purkista", "purkissani oli lasinsiru"], words: [lasinsiru]}
people:
  aino: {name: Aino Virtanen, slack: U0AINO}
  ben: {name: Ben Lindqvist, slack: U0BEN}
teams:
  care: {rota: {people: [aino, ben]}}
playbooks:
  - name: recall
    match: {topics: [recall]}
    team: care
    severity: critical
    acknowledge_within: 5m
    respond_within: 30m
  - name: complaint
    match: {sentiment: {negative: 0.6}}
    team: care
    respond_within: 4h
    mandate: Saat hyvittää 50 euroon asti.
web: off
"""
ANGRY = {"negative": 0.9, "neutral": 0.08, "positive": 0.02}
CALM = {"negative": 0.02, "neutral": 0.9, "positive": 0.08}


@dataclass(slots=True)
class Shelf:
    """A configuration, its record and the jobs over it, with a clock that is turned by hand."""

    folder: Path
    config: Config
    jobs: Jobs
    clock: TurnedClock

    def post(self, **line: Any) -> None:
        """Let the feed show one post, posted now unless told otherwise."""
        posted_at = line.pop("posted_at", self.clock.now())
        written = {
            "author": "mari",
            "text": "Missä tilaukseni on?",
            "posted_at": posted_at.isoformat(),
        } | line
        with (self.folder / "posts.jsonl").open("a", encoding="utf-8") as feed:
            feed.write(json.dumps(written) + "\n")

    def file(
        self, feelings: Mapping[str, float] | None = None, *, topics: Mapping[str, float] | None = None
    ) -> None:
        """Poll, rule upon what came with this verdict, and match it."""
        self.jobs.poll("feed")
        verdict = verdict_of(feelings or ANGRY, topics=topics)
        store, now = self.jobs.store, self.clock.now()
        while waiting := store.claim_unjudged(now=now, lease=timedelta(minutes=1), limit=100):
            for mention in waiting:
                store.rule(
                    mention,
                    verdict,
                    lambda around: rule(around, verdict, self.jobs.desk, now=now),
                    configuration="",
                    now=now,
                )
        self.jobs.match()

    def press(self, case: int, verb: str, user: str = "U0AINO") -> None:
        """Press a button of a card."""
        self.jobs.press(Press(case, verb, user))

    def turn(self, **by: float) -> None:
        """Turn the clock on."""
        self.clock.turn(self.clock.now() + timedelta(**by))

    def close(self) -> None:
        """Put everything away."""
        for source, _ in self.jobs.sources.values():
            source.close()
        self.jobs.store.engine.dispose()


def open_shelf(folder: Path, *, config: str = CONFIG, at: datetime = BEGAN_AT) -> Shelf:
    """Make a record in a folder whose source has just started for the first time."""
    written = folder / "config.yaml"
    written.write_text(config, "utf-8")
    loaded = load_config(written, {})
    assert loaded.config is not None, loaded.problems
    clock = TurnedClock(at)
    if not (folder / "vaste.db").exists():
        put_record(folder / "vaste.db")
    jobs = wire(loaded.config, store=open_store(loaded.config, is_kept=False), clock=clock)
    jobs.poll("feed")
    return Shelf(folder, loaded.config, jobs, clock)


def changed(shelf: Shelf, *changes: tuple[str, str]) -> Config:
    """Give the shelf's configuration with words replaced, as new.yaml beside it."""
    text = (shelf.folder / "config.yaml").read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (shelf.folder / "new.yaml").write_text(text, "utf-8")
    loaded = load_config(shelf.folder / "new.yaml", {})
    assert loaded.config is not None, loaded.problems
    return loaded.config


def verdict_of(feelings: Mapping[str, float], *, topics: Mapping[str, float] | None = None) -> Verdict:
    """Give a verdict; topics of half or more are over their thresholds."""
    scores = topics or {}
    return Verdict(
        negative=feelings["negative"],
        neutral=feelings["neutral"],
        positive=feelings["positive"],
        attention=feelings["negative"],
        topics=scores,
        topics_held=tuple(name for name, score in scores.items() if score >= 0.5),
        language="fi",
        abstained=False,
        model="by hand",
    )


HOSTILE = (
    "<script>document.title='run'</script>",
    "<img src=x onerror=\"document.title='run'\">",
    "\u202egnp.exe",
    "[bold red]shout[/]",
    "\x1b[2J\x1b]0;owned\x07",
    "\x9b31mred",
    '=HYPERLINK("http://evil.example")',
    "a;=1+1",
    "new\nline",
    "W" * 200,
    "Z\u0336\u0337\u0338" * 40,
    "'\"><b>",
    "{{ 7 * 7 }}",
)
"""Names of people who mean no good."""
