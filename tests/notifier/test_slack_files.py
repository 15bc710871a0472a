"""A picture in a message through slack_sdk: uploaded, shown once, and never in the way of its words."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from notifier import slack_files
from notifier.channel import ChannelUnavailable, Chart, Message, Paper
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


# ---- a paper ------------------------------------------------------------------------------------------

PAPER = Paper(b"%PDF-1.7 whole", "vaste-2026-W48-en.pdf", "Aino Kahvi: how customers were answered")


def report(**changes: Any) -> Message:
    return week(key="notice:report:1", content=replace(notice("report"), chart=CHART, paper=PAPER), **changes)


def papers(slack: FakeSlack) -> list[Any]:
    return [message for message in slack.messages() if message.get("files")]


def test_the_paper_lies_in_the_thread_below_the_words_and_the_picture(
    slack: FakeSlack, channel: SlackChannel
) -> None:
    sent = channel.send(report(), now=NOW)
    first, (paper,) = slack.messages()[0], papers(slack)
    assert (paper["thread_ts"], paper["channel"]) == (sent.ref, sent.place)
    (file,) = paper["files"]
    assert file["name"] == PAPER.name
    assert slack.desk.files[file["id"]]["content"] == PAPER.content
    assert len(pictures_of(first)) == 1
    assert "The whole report is attached as a PDF." in words_of(first)
    assert "vaste report --format" not in words_of(first)


def pictures_of(message: Any) -> list[Any]:
    return [block for block in message["blocks"] if block["type"] == "image"]


def words_of(message: Any) -> str:
    return json.dumps(message["blocks"], ensure_ascii=False)


def test_without_the_scope_there_are_words_and_a_line_that_names_it(
    slack: FakeSlack, channel: SlackChannel
) -> None:
    no = {"ok": False, "error": "missing_scope", "needed": "files:write", "provided": "chat:write"}
    slack.fail_next("files.getUploadURLExternal", body=json.dumps(no))
    with structlog.testing.capture_logs() as logged:
        channel.send(report(), now=NOW)
    (message,) = slack.messages()
    assert pictures_of(message) == []
    assert "Without its picture and its PDF: the bot lacks the scope files:write." in words_of(message)
    assert "vaste report --format html or pdf" in words_of(message)
    assert [line["reason"] for line in logged] == ["the bot token lacks the scope files:write"]


def test_a_paper_that_slack_does_not_take_is_told_of_where_it_would_be(
    slack: FakeSlack, channel: SlackChannel
) -> None:
    content = replace(notice("report"), paper=PAPER)
    slack.fail_next("files.completeUploadExternal", error="internal_error")
    channel.send(week(content=content), now=NOW)
    first, below = slack.messages()
    assert below["thread_ts"] == first["ts"]
    assert "The PDF is missing, because it was not accepted here." in below["text"]


def test_who_died_before_the_paper_adds_it_once(slack: FakeSlack, channel: SlackChannel) -> None:
    slack.reset_after_accepting("chat.postMessage")
    began = datetime.now(UTC)
    with pytest.raises(ChannelUnavailable):
        channel.send(report(), now=began)
    assert papers(slack) == []
    for _ in range(2):
        channel.send(report(attempted_at=began), now=datetime.now(UTC))
    assert (len(slack.messages()), len(papers(slack))) == (2, 1)
