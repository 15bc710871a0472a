"""The whole service as a process of its own, between a fake X and a fake Slack.

    with Town(tmp_path) as town:
        town.start()
        post = town.says("maija_k", "@ainokahvi lasia purkissa")
        card = town.card_of(post)

The fakes run in the test's process, the service is the real `vaste run`, and its figures are read as
everybody reads them: from `vaste log`, `/healthz` and what stands in Slack.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from tests.servers.fake_slack import APP_TOKEN, BOT_TOKEN, CHANNELS, FakeSlack
from tests.servers.fake_x import FakeX, Post

Json = dict[str, Any]
Found = TypeVar("Found")

HANDLE = "ainokahvi"
CHANNEL = "#some-asiakaspalvelu"
X_TOKEN = "fake-bearer-token"
SECRETS = (X_TOKEN, BOT_TOKEN, APP_TOKEN)
AINO, BEN, STRANGER = "U0123", "U0124", "U0999"
PATIENCE_S = 30.0
"""For what takes a second on a machine of one's own."""
START_WITHIN_S = 120.0
"""A start loads the model beside all else: three seconds of a machine of one's own, forty of a busy one."""


def rota(*people: str) -> Json:
    """A rota in which the first of `people` is on call for weeks to come."""
    begun = datetime.now(UTC).date() - timedelta(days=9)
    return {"people": list(people), "handoff": "mon 09:00", "every": "8w", "start": str(begun)}


def playbook(name: str, **changes: Any) -> Json:
    """A playbook that takes the posts in which its name stands as a word."""
    return {"name": name, "match": {"words": [name]}, "team": "care", **changes}


def wait_for(what: str, look: Callable[[], Found | None], *, within: float = PATIENCE_S) -> Found:
    """Look again and again until there is something to see; gives it."""
    until = time.monotonic() + within
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > until:
            raise AssertionError(f"{what}: not within {within:g} s")
        time.sleep(0.05)


class Town:
    """A company's service with everything around it."""

    def __init__(
        self,
        folder: Path,
        *,
        playbooks: list[Json] | None = None,
        messages_per_second: float | None = None,
        rooms: Iterable[str] = CHANNELS,
        **changes: Any,
    ) -> None:
        """`changes` are keys of the configuration; `rooms` the channels that the workspace has."""
        self.folder = folder
        self.x = FakeX(token=X_TOKEN)
        self.slack = FakeSlack(channels=rooms, messages_per_second=messages_per_second)
        self.x.add_account(HANDLE)
        self.runs: list[Run] = []
        self._written: Json = {**self._usual(playbooks or [playbook("kahvi", match={})]), **changes}

    def __enter__(self) -> Self:
        self.x.start()
        self.slack.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for run in self.runs:
            run.kill()
        self.x.stop()
        self.slack.close()

    # -- the service

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    def start(self, *, ready: bool = True) -> "Run":
        """Start `vaste run`; with `ready`, wait until it serves its page, hears presses and has polled."""
        self.config.write_text(json.dumps(self._written), encoding="utf-8")  # JSON is YAML
        hellos = self.slack.hellos
        run = Run([*VASTE, "run", "--config", str(self.config)], self.folder / f"run{len(self.runs)}")
        self.runs.append(run)
        if ready:
            wait_for("the page", lambda: run.page, within=START_WITHIN_S)
            if any(channel["kind"] == "slack" for channel in self.channels):
                wait_for("Socket Mode", lambda: self.slack.hellos > hellos, within=START_WITHIN_S)
            wait_for("the first look", lambda: self.has_looked(run), within=START_WITHIN_S)
        return run

    @property
    def channels(self) -> list[Json]:
        """The configuration's channels; changes count from the next start."""
        channels: list[Json] = self._written["channels"]
        return channels

    def has_looked(self, run: "Run") -> bool:
        return all(source["read_at"] or source["failures"] for source in run.healthz()["sources"].values())

    def vaste(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run another command of Vaste on the same configuration, to its end."""
        command = [*VASTE, *arguments, "--config", str(self.config)]
        return subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)

    def log(self) -> list[Json]:
        """The response-time log, as anybody reads it."""
        done = self.vaste("log", "--format", "json")
        assert (done.returncode, done.stderr) == (0, "")
        rows: list[Json] = json.loads(done.stdout)
        return rows

    # -- what people do

    def says(self, author: str, text: str, **how: Any) -> Post:
        """Somebody posts on X, mentioning the company."""
        return self.x.post(author, f"@{HANDLE} {text}", **how)

    def answers(self, post: Post, text: str = "Kiitos, kun kerroit!") -> Post:
        """The company replies in public."""
        return self.x.post(HANDLE, f"@{post.author.username} {text}", reply_to=post.id)

    def presses(self, card: Json, action: str, user: str = AINO, *, times: int = 1) -> None:
        """Somebody presses a button of a card; returns when every press was heard."""
        pressed = set(self.slack.press(card, action, user, times=times))
        wait_for("the ack", lambda: pressed <= {ack.id for ack in self.slack.acks()})

    # -- what people see

    def cards_of(self, post: Post) -> list[Json]:
        """Every card that carries a post's link, wherever it stands."""
        return [
            one for one in self.slack.messages() if key_of(one).split(":")[2] == "card" and shows(one, post)
        ]

    def card_of(self, post: Post, *, within: float = PATIENCE_S) -> Json:
        return wait_for("the card", lambda: self.cards_of(post), within=within)[0]

    def card_when(self, post: Post, holds: Callable[[Json], bool], *, what: str = "the card") -> Json:
        """The card of a post, once something holds for it."""
        return wait_for(what, lambda: next((one for one in self.cards_of(post) if holds(one)), None))

    def pages_of(self, card: Json) -> list[Json]:
        """Every message besides the card about its case."""
        about = f"case:{case_of(card)}:page:"
        return [message for message in self.slack.messages() if key_of(message).startswith(about)]

    def _usual(self, playbooks: list[Json]) -> Json:
        x = {"name": "x", "kind": "x", "handle": HANDLE, "bearer_token": X_TOKEN, "api_url": self.x.url}
        slack = {
            "kind": "slack",
            "bot_token": BOT_TOKEN,
            "app_token": APP_TOKEN,
            "api_url": self.slack.api_url,
        }
        return {
            "brand": "Aino Kahvi",
            "language": "fi",
            "sources": [{**x, "every": "1s"}],
            "people": {
                "aino": {"name": "Aino Virtanen", "slack": AINO},
                "ben": {"name": "Ben Lindqvist", "slack": BEN},
            },
            "teams": {"care": {"channel": CHANNEL, "rota": rota("aino", "ben")}},
            "playbooks": playbooks,
            "crisis": "off",
            "channels": [slack],
            "web": {"listen": "127.0.0.1:0"},
        }


VASTE = (sys.executable, "-m", "vaste.cli")


def environment() -> dict[str, str]:
    """This process's environment without proxies: everything is on loopback."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


class Run:
    """One process of the service."""

    def __init__(self, command: list[str], folder: Path) -> None:
        folder.mkdir()
        self._shown, self._errors = folder / "stdout", folder / "stderr"
        with self._shown.open("wb") as shown, self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=shown, stderr=errors, env=environment()
            )

    @property
    def text(self) -> str:
        """All it wrote to stdout and stderr."""
        return self._shown.read_text(encoding="utf-8") + self._errors.read_text(encoding="utf-8")

    @property
    def lines(self) -> list[Json]:
        """Its log lines; raises ValueError where one is no JSON."""
        whole = self._errors.read_text(encoding="utf-8").rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def told(self, event: str, **facts: object) -> list[Json]:
        """The log lines of an event with these facts."""
        return [line for line in self.lines if line["event"] == event and facts.items() <= line.items()]

    @property
    def page(self) -> str | None:
        """Where it serves its page; None while it starts. Raises AssertionError when it has ended."""
        assert self.process.poll() is None, self.text
        started = self.told("vaste runs")
        return str(started[0]["page"]) if started else None

    def healthz(self) -> Json:
        with urllib.request.urlopen(f"{self.page}healthz", timeout=PATIENCE_S) as answer:
            health: Json = json.load(answer)
            return health

    def cpu_seconds(self) -> float:
        """Processor time it has used so far (Linux)."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self, by: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Ask it to stop; gives its exit code and the seconds it took."""
        begun = time.monotonic()
        self.process.send_signal(by)
        return self.process.wait(timeout=PATIENCE_S), time.monotonic() - begun

    def kill(self) -> None:
        """SIGKILL it, if it still runs."""
        self.process.kill()
        self.process.wait(timeout=PATIENCE_S)


# -- reading Slack's messages


def key_of(message: Mapping[str, Any]) -> str:
    """The delivery's key that a message carries."""
    return str(message["metadata"]["event_payload"]["key"])


def case_of(card: Mapping[str, Any]) -> int:
    return int(key_of(card).split(":")[1])


def shows(message: Mapping[str, Any], post: Post) -> bool:
    """Say whether a message carries a post's link."""
    return f"/status/{post.id}" in words_of(message)


def words_of(message: Mapping[str, Any]) -> str:
    """All that a message says, as one text."""
    return json.dumps([message["text"], message["blocks"]], ensure_ascii=False)


def mentions(message: Mapping[str, Any], user: str) -> bool:
    """Say whether a message notifies a person."""
    return f"<@{user}>" in words_of(message) or f'"user_id": "{user}"' in words_of(message)


def seconds_between(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds())
