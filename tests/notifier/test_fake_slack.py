"""The fake Slack as a process of its own, driven by its control API."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from notifier.channel import Answer, ChannelUnavailable, Press
from notifier.slack import SlackChannel
from notifier.slack_calls import SlackSettings
from tests.notifier.cast import card, message, tongue
from tests.notifier.test_slack_presses import until

SCRIPT = Path(__file__).parents[1] / "servers" / "fake_slack.py"


@pytest.fixture
def served() -> Iterator[dict[str, str]]:
    command = [sys.executable, str(SCRIPT), "--channel", "some-asiakaspalvelu", "--messages-per-second", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def control(served: dict[str, str], path: str, asked: dict[str, Any] | None = None) -> Any:
    url = served["api_url"].replace("/api/", f"/_control/{path}")
    body = None if asked is None else json.dumps(asked).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.loads(answer.read())


def test_standalone_server_is_driven_by_its_control_api(served: dict[str, str]) -> None:
    channel = SlackChannel(SlackSettings(**served), tongue())
    heard: list[Press] = []

    def inbox(press: Press) -> Answer:
        heard.append(press)
        return Answer("kiitos")

    now = datetime.now(UTC)
    control(served, "fault", {"method": "chat.postMessage", "kind": "reset_after_accepting"})
    with pytest.raises(ChannelUnavailable):
        channel.send(message(card()), now=now)
    channel.send(message(card(), attempted_at=now), now=now)
    assert (
        len(control(served, "messages"))
        == len(control(served, "messages?channel=%23some-asiakaspalvelu"))
        == 1
    )
    channel.listen(inbox)
    control(served, "press", {"case": 12, "action": "replied", "user": "U0124"})
    until(lambda: control(served, "views"))
    control(served, "answer", {"value": "public", "user": "U0124"})
    until(lambda: len(heard) == 2)
    assert heard[1] == Press(case=12, verb="replied", user="U0124", value="public")
    assert all(ack["latency_s"] < 3 for ack in control(served, "acks"))
    until(lambda: len(control(served, "ephemerals")) == 2)
    control(served, "socket", {"do": "drop"})
    assert "chat.postMessage" in {call["method"] for call in control(served, "calls")}
    channel.close()
