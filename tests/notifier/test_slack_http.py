"""Slack's signed requests: who is let in, what is filed, and what is answered when."""

import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from structlog.testing import capture_logs

from notifier.channel import Answer, Press, WebAnswer
from notifier.slack import SlackChannel
from notifier.slack_calls import SlackSettings
from notifier.slack_http import is_signed, read_payload
from tests.notifier.cast import tongue
from tests.servers.fake_slack import BOT_TOKEN, FakeSlack

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PRESS = {
    "type": "block_actions",
    "user": {"id": "U0123"},
    "trigger_id": "t1",
    "container": {"channel_id": "C00000001"},
    "actions": [{"action_id": "acknowledge", "value": "12"}],
}


def signed(body: bytes, *, at: datetime = NOW, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    digest = hmac.digest(secret.encode(), b"v0:" + stamp.encode() + b":" + body, "sha256").hex()
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={digest}"}


def form(**fields: str) -> bytes:
    return urlencode(fields).encode()


class Desk:
    """A channel that hears over HTTP, and what came of it."""

    def __init__(self, api_url: str = "http://127.0.0.1:1/api/") -> None:
        self.filed: list[Press] = []
        self.raises: Exception | None = None
        self.channel = SlackChannel(
            SlackSettings(bot_token=BOT_TOKEN, signing_secret=SECRET, api_url=api_url), tongue()
        )
        self.channel.listen(self.file)

    def file(self, press: Press) -> Answer:
        if self.raises is not None:
            raise self.raises
        self.filed.append(press)
        return Answer("Otit tapauksen.")

    def hear(self, body: bytes, headers: dict[str, str] | None = None, *, json: bool = False) -> WebAnswer:
        kind = "application/json" if json else "application/x-www-form-urlencoded"
        return self.channel.hear({"content-type": kind, **(headers or signed(body))}, body, now=NOW)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_signature_is_the_one_that_slack_documents() -> None:
    # the worked example of docs.slack.dev/authentication/verifying-requests-from-slack
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554"
        b"%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    headers = {"x-slack-request-timestamp": "1531420618", "x-slack-signature": signature}
    assert is_signed(headers, body, SECRET, now=datetime.fromtimestamp(1531420618, UTC))


@pytest.mark.parametrize(
    ("change", "status"),
    [
        pytest.param(signed, 200, id="signed now"),
        pytest.param(lambda body: signed(body, at=NOW - timedelta(minutes=5)), 200, id="five minutes old"),
        pytest.param(lambda body: signed(body, at=NOW - timedelta(minutes=5, seconds=1)), 401, id="older"),
        pytest.param(lambda body: signed(body, at=NOW + timedelta(minutes=5, seconds=1)), 401, id="ahead"),
        pytest.param(lambda body: signed(body, secret="another"), 401, id="another secret"),
        pytest.param(lambda body: signed(body + b" "), 401, id="another body"),
        pytest.param(lambda _: {}, 401, id="no signature"),
        pytest.param(lambda body: signed(body) | {"x-slack-request-timestamp": "1e9"}, 401, id="no second"),
        pytest.param(lambda body: signed(body) | {"x-slack-request-timestamp": "٣"}, 401, id="odd digits"),
        pytest.param(lambda body: signed(body) | {"x-slack-signature": "v0=ä"}, 401, id="odd signature"),
        pytest.param(lambda body: {**signed(body), "x-slack-signature": ""}, 401, id="empty signature"),
    ],
)
def test_only_slack_is_let_in_and_only_for_five_minutes(
    desk: Desk, change: Callable[[bytes], dict[str, str]], status: int
) -> None:
    body = form(payload=json.dumps(PRESS))
    assert desk.hear(body, {"x": "y", **change(body)}).status == status
    assert len(desk.filed) == (status == 200)


def test_a_press_is_filed_before_the_answer_and_told_after_it() -> None:
    with FakeSlack() as slack:
        desk = Desk(slack.api_url)
        answer = desk.hear(form(payload=json.dumps(PRESS)))
        assert (answer.status, answer.text, desk.filed) == (200, "", [Press(12, "acknowledge", "U0123")])
        assert slack.ephemerals == []
        assert answer.after is not None
        answer.after()
        assert [one["text"] for one in slack.ephemerals] == ["Otit tapauksen."]


def test_what_cannot_be_filed_is_not_answered_as_if_it_were(desk: Desk) -> None:
    desk.raises = OSError("the disk is full of maija's words")
    with capture_logs() as logs:
        answer = desk.hear(form(payload=json.dumps(PRESS)))
    assert (answer.status, answer.after) == (503, None)
    assert [line["event"] for line in logs] == ["slack_press_not_filed"]
    assert "maija" not in repr(logs) + answer.text


def test_slacks_question_whether_it_is_us_is_answered_with_its_own_word(desk: Desk) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB10"}).encode()
    assert desk.hear(body, json=True).text == "3eZbrw1aB10"
    assert desk.hear(body, {"x": "y"}, json=True).status == 401


@pytest.mark.parametrize(
    "body",
    [b"", b"payload=", b"payload=[", b"payload=7", b"\xff\xfe", b"a=b", form(payload="[" * 100_000), b"&" * 999],
)  # fmt: skip
def test_what_is_none_of_ours_is_answered_and_files_nothing(desk: Desk, body: bytes) -> None:
    for json_ in (False, True):
        assert desk.hear(body, json=json_).status == 200
    assert desk.filed == []


def test_a_command_comes_as_the_socket_brings_it() -> None:
    body = form(command="/vaste", text="on-call", user_id="U0123", trigger_id="t")
    kept: Any = {"command": "/vaste", "text": "on-call", "user_id": "U0123", "trigger_id": "t"}
    assert read_payload("application/x-www-form-urlencoded", body) == kept


def test_before_it_listens_and_without_a_secret_nobody_is_heard() -> None:
    early = SlackChannel(SlackSettings(bot_token=BOT_TOKEN, signing_secret=SECRET), tongue())
    assert early.hear({}, b"", now=NOW).status == 503
    assert SlackChannel(SlackSettings(bot_token=BOT_TOKEN), tongue()).path is None


@pytest.mark.parametrize("secret", ["", "  "])
def test_an_empty_secret_is_refused_for_anybody_could_sign_with_it(secret: str) -> None:
    with pytest.raises(ValueError, match="Signing Secret"):
        SlackSettings(bot_token=BOT_TOKEN, signing_secret=secret)


def test_with_a_signing_secret_and_no_app_token_check_is_content() -> None:
    with FakeSlack() as slack:
        assert Desk(slack.api_url).channel.check() == []
