"""The process is killed between any two steps of a mention's way; the next one ends as if nothing had happened."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.servers.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack
from tests.stories.service import Json, environment, key_of
from tests.vaste.killed import open_jobs

pytestmark = pytest.mark.slow

HOUSE = Path(__file__).parent.parent.parent
POINTS = (
    "fetched",
    "filed",
    "claimed mentions",
    "judged",
    "ruled",
    "matched",
    "watched",
    "claimed delivery",
    "sent",
    "marked",
)


@dataclass
class Place:
    """One installation with its own Slack."""

    folder: Path
    slack: FakeSlack

    def run(self, *point: str) -> int:
        """Run the jobs, to their end or to where they die; gives the exit code."""
        command = [sys.executable, "-m", "tests.vaste.killed", str(self.folder), *point]
        done = subprocess.run(
            command, cwd=HOUSE, env=environment(), capture_output=True, text=True, check=False
        )
        assert not done.stderr, done.stderr
        return done.returncode

    def sent(self) -> list[str]:
        """The keys of all messages that stand in Slack."""
        return sorted(key_of(message) for message in self.slack.messages())

    def outcome(self) -> tuple[list[Json], dict[str, int]]:
        """What the record says, times of ours left out."""
        jobs = open_jobs(self.folder)
        try:
            rows = list(jobs.store.log(now=datetime.now(UTC)))
            return [_timeless(row) for row in rows], jobs.store.deliveries()
        finally:
            jobs.store.engine.dispose()


def _timeless(row: Json) -> Json:
    ours = re.compile(r"_lag_s$|^(seen|opened|alerted)_at$|^team_frt_s$")
    return {name: value for name, value in row.items() if not ours.search(name)}


@pytest.fixture
def place(tmp_path: Path, begun: datetime) -> Iterator[Place]:
    with FakeSlack(messages_per_second=None) as slack:
        yield settle(tmp_path, slack, begun)


@pytest.fixture(scope="module")
def begun() -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, begun: datetime) -> tuple[list[str], Any]:
    """What stands in Slack and in the record after a run that nothing disturbed."""
    with FakeSlack(messages_per_second=None) as slack:
        place = settle(tmp_path_factory.mktemp("undisturbed"), slack, begun)
        assert place.run() == 0
        return place.sent(), place.outcome()


def settle(folder: Path, slack: FakeSlack, begun: datetime) -> Place:
    """Nobody is on call, so the next step is taken at once; two of three customers are answered later."""
    source = {"kind": "file", "network": "feed", "backfill": "1h"}
    slack_keys = {"kind": "slack", "bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "api_url": slack.api_url}
    complaint = {
        "name": "complaint",
        "match": {"sentiment": "negative"},
        "team": "care",
        "severity": "high",
        "respond_within": "1h",
        "escalate": [{"after": "5m", "to": "ben"}],
    }
    config = {
        "sources": [{"name": name, "path": f"{name}.jsonl", **source} for name in ("first", "later")],
        "people": {"ben": {"slack": "U0124"}},
        "teams": {"care": {"channel": "#some-asiakaspalvelu", "rota": {"people": []}}},
        "playbooks": [complaint],
        "channels": [slack_keys],
        "web": "off",
    }
    (folder / "config.yaml").write_text(json.dumps(config))
    authors = ("maija", "otto", "pia")
    posts = [_line(author, begun, minutes) for minutes, author in enumerate(authors)]
    replies = [_line("ainokahvi", begun, 5, own=True, in_reply_to="maija-0")]
    replies += [_line("ainokahvi", begun, 6, own=True, in_reply_to="otto-1"), _line("maija", begun, 7)]
    replies[-1] |= {"in_reply_to": "maija-0"}
    for name, lines in (("first", posts), ("later", replies)):
        (folder / f"{name}.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return Place(folder, slack)


def _line(author: str, begun: datetime, minutes: int, **more: Any) -> Json:
    posted_at = (begun + timedelta(minutes=minutes)).isoformat()
    return {
        "id": f"{author}-{minutes}",
        "author": author,
        "text": "Missä paketti?",
        "posted_at": posted_at,
        **more,
    }


def test_an_undisturbed_run_sends_a_card_and_two_pages_for_each_customer(
    undisturbed: tuple[list[str], Any],
) -> None:
    sent, (rows, deliveries) = undisturbed
    assert [(row["author"], row["status"], row["mentions"]) for row in rows] == [
        ("maija", "open", 2),
        ("otto", "responded", 1),
        ("pia", "open", 1),
    ]
    assert len([key for key in sent if ":card:" in key]) == 3
    assert len(sent) == len(set(sent)) >= 9
    assert deliveries == {"sent": len(sent)}


@pytest.mark.parametrize(
    ("point", "nth"),
    [*((point, 1) for point in POINTS), ("ruled", 3), ("sent", 8)],
)
def test_killed_anywhere_nothing_is_lost_and_nothing_comes_twice(
    place: Place, undisturbed: tuple[list[str], Any], point: str, nth: int
) -> None:
    assert place.run(point, str(nth)) == -signal.SIGKILL
    assert place.run() == 0
    assert (place.sent(), place.outcome()) == undisturbed


def test_killed_at_every_point_in_turn_the_last_start_still_finishes(
    place: Place, undisturbed: tuple[list[str], Any]
) -> None:
    deaths = [place.run(point) for point in POINTS]
    assert deaths.count(-signal.SIGKILL) >= 9
    assert place.run() == 0
    assert (place.sent(), place.outcome()) == undisturbed
