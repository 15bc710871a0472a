"""A weekend of a team with office hours: real feed, real model, real record, real Slack client; the clock is turned.

Aino has the week, Ben has it from Monday at nine.
"""

import json
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.servers.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack
from tests.stories.service import VASTE, Json, environment
from tests.vaste.shelf import Shelf, open_shelf

HELSINKI = ZoneInfo("Europe/Helsinki")
CHANNEL = "#some-asiakaspalvelu"
CONFIG = """
language: fi
timezone: Europe/Helsinki
calendars:
  office: {{hours: {{mon-fri: "09:00-17:00"}}, holidays: FI}}
sources:
  - {{name: feed, kind: file, path: posts.jsonl, every: 1s}}
people:
  aino: {{name: Aino Virtanen, slack: U0123}}
  ben: {{name: Ben Lindqvist, slack: U0124}}
teams:
  care:
    channel: "#some-asiakaspalvelu"
    rota: {{people: [aino, ben], handoff: "mon 09:00", every: 1w, start: 2026-11-02}}
playbooks:
  - name: recall
    match: {{words: lasinsiru}}
    team: care
    severity: critical
    respond_within: 30m
    clock: always
  - name: parcel
    match: {{words: paketti}}
    team: care
    severity: high
    acknowledge_within: 15m
    respond_within: 1h
    escalate: [{{after: 15m, to: backup}}]
    clock: office
channels:
  - {{kind: slack, bot_token: {bot}, app_token: {app}, api_url: "{url}"}}
web: off
"""


def local(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=HELSINKI)


class Weekend:
    """The company from Friday evening on."""

    def __init__(self, folder: Path, slack: FakeSlack) -> None:
        config = CONFIG.format(bot=BOT_TOKEN, app=APP_TOKEN, url=slack.api_url)
        self.slack = slack
        self.shelf: Shelf = open_shelf(folder, config=config, at=local("2026-11-06T20:00"))
        self.shelf.jobs.pace = timedelta(0)

    def tick(self, at: str) -> None:
        """One tick of every job."""
        self.shelf.clock.turn(local(at))
        jobs = self.shelf.jobs
        jobs.poll("feed")
        jobs.triage()
        jobs.match()
        jobs.watch()
        jobs.deliver()

    def says(self, id_: str, text: str, at: str, **more: Any) -> None:
        self.shelf.post(id=id_, author=more.pop("author", "maija"), text=text, posted_at=local(at), **more)
        self.tick(at)

    def in_channel(self) -> list[Json]:
        return self.slack.messages(CHANNEL)

    def direct(self) -> list[Json]:
        return [message for message in self.slack.messages() if message not in self.in_channel()]

    def log(self) -> list[Json]:
        command = [*VASTE, "log", "--format", "json", "--config", str(self.shelf.folder / "config.yaml")]
        done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=True)
        rows: list[Json] = json.loads(done.stdout)
        return rows


@pytest.fixture
def weekend(tmp_path: Path) -> Iterator[Weekend]:
    with FakeSlack(messages_per_second=None) as slack:
        begun = Weekend(tmp_path, slack)
        yield begun
        begun.shelf.close()


def text(message: Json) -> str:
    blocks = json.dumps(message["blocks"], ensure_ascii=False)
    return f"{blocks} {message['text']}"


def test_a_post_of_friday_evening_is_heard_on_monday_morning_and_counted_from_then(weekend: Weekend) -> None:
    weekend.says("1", "Missä pakettini on?", "2026-11-06T20:10")
    (card,) = weekend.slack.messages()
    assert "<@" not in text(card)
    assert "Päivystäjä hälytetään ma 9.11. klo 9.00." in text(card)

    for quiet in ("2026-11-06T21:00", "2026-11-07T12:00", "2026-11-08T23:59", "2026-11-09T08:59:59"):
        weekend.tick(quiet)
        assert len(weekend.slack.messages()) == 1, quiet
        assert weekend.slack.called("chat.update") == []

    weekend.tick("2026-11-09T09:00")
    card, page = weekend.in_channel()
    assert "<@U0124>" in text(card)
    assert "Päivystäjä hälytetään" not in text(card)
    assert (page["thread_ts"], "<@U0124>" in text(page)) == (card["ts"], True)
    assert len(weekend.direct()) == 1

    weekend.shelf.press(1, "acknowledge", "U0124")
    weekend.tick("2026-11-09T09:16")
    assert len(weekend.direct()) == 1, "taken: the backup is not called"
    weekend.says(
        "2", "Hei! Se on matkalla.", "2026-11-09T09:20", author="ainokahvi", own=True, in_reply_to="1"
    )

    (row,) = weekend.log()
    assert (row["status"], row["playbook"], row["breaches"]) == ("responded", "parcel", [])
    assert (row["acknowledge_by"], row["respond_by"]) == ("2026-11-09T07:15:00Z", "2026-11-09T08:00:00Z")
    assert (row["frt_s"], row["frt_business_s"]) == (61 * 3600 + 600, 20 * 60)
    assert (row["escalations"], row["acknowledged_by"]) == (0, "ben")


def test_nobody_takes_it_on_monday_either_and_the_chain_goes_its_way(weekend: Weekend) -> None:
    weekend.says("1", "Missä pakettini on?", "2026-11-06T20:10")
    weekend.tick("2026-11-09T09:00")
    weekend.tick("2026-11-09T09:14:59")
    assert len(weekend.direct()) == 1
    weekend.tick("2026-11-09T09:15:01")
    assert [("<@U0123>" in text(message), "<@U0124>" in text(message)) for message in weekend.direct()] == [
        (False, True),
        (True, False),
    ]
    (row,) = weekend.shelf.jobs.store.log(now=local("2026-11-09T09:15:01"))
    assert (row["breaches"], row["escalations"]) == (["acknowledge"], 1)


def test_glass_in_a_jar_is_heard_on_saturday_night_all_the_same(weekend: Weekend) -> None:
    weekend.says("1", "Missä pakettini on?", "2026-11-06T20:10")
    weekend.says("2", "Löysin lasinsirun purkista!", "2026-11-07T03:00", in_reply_to="1")
    assert len(weekend.direct()) == 1
    assert "<@U0123>" in text(weekend.direct()[0])
    (row,) = weekend.log()
    assert (row["playbook"], row["severity"], row["respond_by"]) == (
        "recall",
        "critical",
        "2026-11-07T01:30:00Z",
    )
