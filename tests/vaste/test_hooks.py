"""Requests of a channel's vendor, over a real socket to the real page."""

import hmac
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import pytest
from starlette.applications import Starlette

from notifier.channel import Answer, Press
from notifier.console import ConsoleChannel, ConsoleSettings
from notifier.slack import SlackChannel
from notifier.slack_calls import SlackSettings
from tests.notifier.cast import tongue
from tests.servers.fake_slack import BOT_TOKEN, FakeSlack
from vaste.clock import WallClock
from vaste.web.hooks import LONGEST_BODY, hook_routes
from vaste.web.server import Server

SECRETS = ("one-signing-secret", "another-signing-secret")


class Hooked:
    """Two workspaces heard at one path, and what they filed."""

    def __init__(self, slack: FakeSlack) -> None:
        self.slack = slack
        self.filed: list[tuple[str, Press]] = []
        channels = [self.channel(secret) for secret in SECRETS]
        console = ConsoleChannel(ConsoleSettings(), tongue())
        routes = hook_routes([console, *channels], WallClock())
        assert [route.path for route in routes] == ["/slack/events"]
        self.server = Server(Starlette(routes=routes), ("127.0.0.1", 0))
        self.server.start()

    def channel(self, secret: str) -> SlackChannel:
        settings = SlackSettings(bot_token=BOT_TOKEN, signing_secret=secret, api_url=self.slack.api_url)
        channel = SlackChannel(settings, tongue())

        def file(press: Press) -> Answer:
            self.filed.append((secret, press))
            return Answer("Otit tapauksen.")

        channel.listen(file)
        return channel

    def send(self, body: bytes, secret: str = SECRETS[0]) -> int:
        stamp = str(int(datetime.now(UTC).timestamp()))
        digest = hmac.digest(secret.encode(), b"v0:" + stamp.encode() + b":" + body, "sha256").hex()
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}
        asked = urllib.request.Request(f"{self.server.address}slack/events", body, headers)
        try:
            with urllib.request.urlopen(asked, timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code


@pytest.fixture
def hooked() -> Iterator[Hooked]:
    with FakeSlack() as slack:
        served = Hooked(slack)
        yield served
        served.server.stop()


def pressed(case: int) -> bytes:
    action = {"action_id": "acknowledge", "value": str(case)}
    payload = {
        "type": "block_actions",
        "user": {"id": "U0123"},
        "container": {"channel_id": "C00000001"},
        "actions": [action],
    }
    return urlencode({"payload": json.dumps(payload)}).encode()


def test_a_press_is_filed_answered_and_then_told(hooked: Hooked) -> None:
    begun = time.monotonic()
    assert hooked.send(pressed(12)) == 200
    assert time.monotonic() - begun < 3, "Slack waits no longer"
    assert hooked.filed == [(SECRETS[0], Press(12, "acknowledge", "U0123"))]
    until = time.monotonic() + 10
    while not hooked.slack.ephemerals and time.monotonic() < until:
        time.sleep(0.01)
    assert [one["text"] for one in hooked.slack.ephemerals] == ["Otit tapauksen."]


def test_each_workspace_is_known_by_its_secret(hooked: Hooked) -> None:
    assert [hooked.send(pressed(7), secret) for secret in (*SECRETS[::-1], "a third")] == [200, 200, 401]
    assert [secret for secret, _ in hooked.filed] == [*SECRETS[::-1]]


def test_a_body_that_is_too_long_is_not_read_to_its_end(hooked: Hooked) -> None:
    assert hooked.send(b"x" * (LONGEST_BODY + 1)) == 413
    assert hooked.send(b"x" * LONGEST_BODY) == 200
    assert hooked.filed == []


def test_nothing_but_a_post_is_known_there(hooked: Hooked) -> None:
    address = urlsplit(hooked.server.address)
    connection = HTTPConnection(str(address.hostname), address.port, timeout=10)
    connection.request("GET", "/slack/events")
    assert connection.getresponse().status == 405
    connection.close()
