"""A picture in a message through slack_sdk: uploaded, shown once, and never in the way of its words."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from notifier import slack_files
from notifier.channel import ChannelUnavailable, Chart, Message
from notifier.slack import SlackChannel
from notifier.slack_calls import SlackSettings
from tests.notifier.cast import CHANNEL, notice, tongue
from tests.servers.fake_slack import BOT_TOKEN, FakeSlack
from tests.servers.slack_desk import PNG

CHART = Chart(PNG + b"\0" * 200, "Cases by day", "Mon 16: 9 in time")
NOW = datetime(2026, 11, 30, 7, tzinfo=UTC)


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(messages_per_second=None) as server:
        yield server


@pytest.fixture
def channel(slack: FakeSlack, monkeypatch: pytest.MonkeyPatch) -> SlackChannel:
    monkeypatch.setattr(slack_files, "WAITS_S", (0.0, 0.1, 0.2, 0.3))
    return SlackChannel(SlackSettings(bot_token=BOT_TOKEN, api_url=slack.api_url), tongue("en"))


def week(**changes: Any) -> Message:
    content = replace(notice("weekly"), chart=CHART)
    asked: dict[str, Any] = {"key": "notice:weekly:1", "destination": CHANNEL, "content": content}
    return Message(**(asked | changes))


def pictures(slack: FakeSlack) -> list[Any]:
    return [block for message in slack.messages() for block in message["blocks"] if block["type"] == "image"]


def test_the_picture_stands_below_the_words_in_one_message(slack: FakeSlack, channel: SlackChannel) -> None:
    channel.send(week(), now=NOW)
    (message,) = slack.messages()
    (picture,) = pictures(slack)
    assert message["blocks"][-1] == picture
    assert "Week 47: care" in message["text"]
    file = slack.desk.files[picture["slack_file"]["id"]]
    assert (file["content"], file["alt"], file["shared"]) == (CHART.png, CHART.says, None)
    assert picture["alt_text"] == CHART.says


def test_a_picture_that_slack_still_reads_is_waited_for(slack: FakeSlack, channel: SlackChannel) -> None:
    slack.desk.files_ready_after_s = 0.15
    channel.send(week(), now=NOW)
    assert len(pictures(slack)) == len(slack.messages()) == 1
    assert len(slack.called("chat.postMessage")) > 1


def test_a_picture_that_never_becomes_ready_is_left_out(slack: FakeSlack, channel: SlackChannel) -> None:
    slack.desk.files_ready_after_s = 60
    with structlog.testing.capture_logs() as logged:
        channel.send(week(), now=NOW)
    assert (len(slack.messages()), pictures(slack)) == (1, [])
    assert slack.messages()[0]["blocks"]
    assert [line["event"] for line in logged] == ["slack_picture_not_shown"]


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("files.getUploadURLExternal", "missing_scope"),
        ("files.getUploadURLExternal", "ratelimited"),
        ("files.completeUploadExternal", "internal_error"),
    ],
)
def test_where_slack_takes_no_picture_the_words_go_out_alone(
    slack: FakeSlack, channel: SlackChannel, method: str, error: str
) -> None:
    slack.fail_next(method, error=error)
    with structlog.testing.capture_logs() as logged:
        channel.send(week(), now=NOW)
    assert (len(slack.messages()), pictures(slack)) == (1, [])
    assert [line["event"] for line in logged] == ["slack_picture_not_sent"]


def test_a_message_whose_outcome_is_unknown_is_looked_up_and_stands_there_once(
    slack: FakeSlack, channel: SlackChannel
) -> None:
    slack.reset_after_accepting("chat.postMessage")
    began = datetime.now(UTC)
    with pytest.raises(ChannelUnavailable) as lost:
        channel.send(week(), now=began)
    assert lost.value.ambiguous
    channel.send(week(attempted_at=began), now=datetime.now(UTC))
    assert len(slack.messages()) == len(pictures(slack)) == 1


def test_a_notice_without_a_picture_uploads_nothing(slack: FakeSlack, channel: SlackChannel) -> None:
    channel.send(week(content=notice("weekly")), now=NOW)
    assert slack.desk.files == {}
