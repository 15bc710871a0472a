"""Presses over Socket Mode: filed once, acked after filing, heard again after every kind of break."""

import functools
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from notifier import slack_line as room
from notifier.channel import Answer, Inbox, Page, Press, Sent
from notifier.slack import SlackChannel
from notifier.slack_calls import SlackSettings
from notifier.slack_presses import read_click
from tests.notifier.cast import AINO, CHANNEL, TAKEN, card, message, tongue
from tests.servers.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack

# slack_sdk's client drops the socket of a handshake that failed without closing it
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


def until(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    """Wait for a condition; fails by name when it does not come."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if found := condition():
            return found
        time.sleep(0.01)
    pytest.fail("it did not happen in time")


def has_greeted(slack: FakeSlack, times: int) -> bool:
    return slack.hellos >= times


class Desk:
    """An inbox that keeps what it filed, as the database does: one press, one line."""

    def __init__(self) -> None:
        self.presses: list[Press] = []
        self.answer = Answer()
        self.failures = 0
        self.takes_s = 0.0

    def __call__(self, press: Press) -> Answer:
        time.sleep(self.takes_s)
        if self.failures:
            self.failures -= 1
            raise TimeoutError("database is locked")
        self.presses.append(press)
        return self.answer


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(messages_per_second=None) as server:
        yield server


@pytest.fixture
def impatient(slack: FakeSlack) -> None:
    """Slack sends again after half a second, and not after three, what was not acked.

    Only where that is what is looked at: on a busy machine it sends what is still being filed again, too.
    """
    slack.redeliver_after_s = 0.5


@pytest.fixture
def desk() -> Desk:
    return Desk()


def channel_to(server: FakeSlack) -> SlackChannel:
    settings = SlackSettings(bot_token=BOT_TOKEN, app_token=APP_TOKEN, api_url=server.api_url)
    return SlackChannel(settings, tongue("en"))


@pytest.fixture
def channel(slack: FakeSlack, desk: Inbox) -> Iterator[SlackChannel]:
    """A channel that listens, with the card of case 12 in the channel."""
    listening = channel_to(slack)
    listening.send(message(card()), now=datetime.now(UTC))
    listening.listen(desk)
    until(slack.lines)
    yield listening
    listening.close()


@pytest.mark.usefixtures("channel")
class TestPress:
    def test_press_is_filed_and_acked_quickly(self, slack: FakeSlack, desk: Desk) -> None:
        slack.press(12, "acknowledge", "U0123")
        (ack,) = until(slack.acks)
        assert desk.presses == [Press(case=12, verb="acknowledge", user="U0123")]
        assert ack.latency_s < 1

    @pytest.mark.parametrize("verb", ["close", "dismiss"])
    def test_every_button_is_its_acts_name(self, slack: FakeSlack, desk: Desk, verb: str) -> None:
        slack.press(12, verb, "U0124")
        until(slack.acks)
        assert desk.presses == [Press(case=12, verb=verb, user="U0124")]

    def test_a_case_is_put_off_from_the_question_whether_anybody_is_on_it(
        self, slack: FakeSlack, desk: Desk, channel: SlackChannel
    ) -> None:
        asked = message(Page(card(**TAKEN), (AINO,), "asked"), key="case-12-asked")
        channel.send(asked, now=datetime.now(UTC))
        slack.press(12, "snooze", "U0123")
        until(slack.acks)
        assert desk.presses == [Press(case=12, verb="snooze", user="U0123")]

    def test_button_pressed_five_times_is_filed_five_times_and_acked_five_times(
        self, slack: FakeSlack, desk: Desk
    ) -> None:
        # to make one event of them is the inbox's part: it alone knows the case
        slack.press(12, "acknowledge", times=5)
        until(lambda: len(slack.acks()) == 5)
        assert desk.presses == [Press(case=12, verb="acknowledge", user="U0123")] * 5

    @pytest.mark.usefixtures("impatient")
    def test_press_that_cannot_be_filed_is_not_acked_and_comes_again(
        self, slack: FakeSlack, desk: Desk
    ) -> None:
        desk.failures = 1
        with structlog.testing.capture_logs() as logged:
            slack.press(12, "acknowledge")
            (ack,) = until(slack.acks)
        assert ack.attempts == 2
        assert len(desk.presses) == 1
        assert [line["event"] for line in logged] == ["slack_press_not_filed"]

    def test_slow_filing_is_acked_only_once_it_is_filed(self, slack: FakeSlack, desk: Desk) -> None:
        desk.takes_s = 0.4
        slack.press(12, "acknowledge")
        (ack,) = until(slack.acks)
        assert len(desk.presses) == 1
        assert ack.latency_s >= 0.4

    def test_presser_alone_is_told(self, slack: FakeSlack, desk: Desk) -> None:
        desk.answer = Answer("Slack user <@U0999> is not in people: add them & press again")
        slack.press(12, "acknowledge", "U0999")
        (told,) = until(lambda: slack.ephemerals)
        assert (told["user"], told["channel"]) == ("U0999", slack.channels[CHANNEL.removeprefix("#")])
        assert told["text"] == "Slack user &lt;@U0999&gt; is not in people: add them &amp; press again"

    def test_presser_who_cannot_be_told_changes_nothing(self, slack: FakeSlack, desk: Desk) -> None:
        desk.answer = Answer("hello")
        slack.fail_next("chat.postEphemeral", error="user_not_in_channel")
        with structlog.testing.capture_logs() as logged:
            slack.press(12, "acknowledge")
            until(lambda: any(line["event"] == "slack_presser_not_told" for line in logged))
        assert len(slack.acks()) == 1

    def test_answer_is_never_awaited_before_the_ack(self, slack: FakeSlack, desk: Desk) -> None:
        desk.answer = Answer("hello")
        slack.hang("chat.postEphemeral", seconds=2)
        slack.press(12, "acknowledge")
        (ack,) = until(slack.acks)
        assert ack.latency_s < 1


@pytest.mark.usefixtures("channel")
class TestReplied:
    def test_reply_is_filed_at_once_and_where_is_asked(self, slack: FakeSlack, desk: Desk) -> None:
        slack.press(12, "replied")
        (view,) = until(lambda: slack.views)
        assert desk.presses == [Press(case=12, verb="replied", user="U0123", value="unsaid")]
        assert view["title"]["text"] == "You replied"

    @pytest.mark.parametrize("where", ["public", "direct", "elsewhere"])
    def test_where_is_filed_when_it_is_said(self, slack: FakeSlack, desk: Desk, where: str) -> None:
        slack.press(12, "replied")
        until(lambda: slack.views)
        slack.answer(where)
        until(lambda: len(slack.acks()) == 2)
        assert desk.presses[1] == Press(case=12, verb="replied", user="U0123", value=where)

    def test_question_that_cannot_be_asked_changes_nothing(self, slack: FakeSlack, desk: Desk) -> None:
        slack.fail_next("views.open", error="expired_trigger_id")
        with structlog.testing.capture_logs() as logged:
            slack.press(12, "replied")
            until(lambda: any(line["event"] == "slack_presser_not_told" for line in logged))
        assert len(slack.acks()) == 1
        assert [press.value for press in desk.presses] == ["unsaid"]


@pytest.mark.usefixtures("channel", "impatient")
class TestBreaks:
    def test_press_while_slack_refreshes_the_connection_is_heard(self, slack: FakeSlack, desk: Desk) -> None:
        slack.disconnect()
        slack.press(12, "acknowledge")
        until(slack.acks)
        until(lambda: slack.hellos == 2)
        slack.press(12, "close")
        until(lambda: len(slack.acks()) == 2)
        assert {press.verb for press in desk.presses} == {"acknowledge", "close"}

    def test_cut_wire_is_noticed_at_once_and_the_press_is_heard(self, slack: FakeSlack, desk: Desk) -> None:
        slack.drop()
        slack.press(12, "acknowledge")
        until(slack.acks, 4)
        assert len(desk.presses) >= 1

    def test_connection_that_fell_silent_is_given_up(
        self, slack: FakeSlack, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(room, "SILENT_AFTER_S", 1.0)
        slack.silence()
        until(lambda: slack.hellos == 2)
        monkeypatch.undo()  # the new line answers pings, which come more seldom than that
        slack.press(12, "acknowledge")
        until(slack.acks)
        assert len(desk.presses) >= 1

    def test_break_is_logged_once_and_recovery_once(
        self, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(room, "BACKOFF_FIRST_S", 0.1)
        slack.fail_next("apps.connections.open", error="internal_error", times=3)
        with structlog.testing.capture_logs() as logged:
            slack.drop()
            until(lambda: slack.hellos == 2)
            until(lambda: len(logged) == 2)
            time.sleep(0.3)
        assert [line["event"] for line in logged] == ["slack_not_listening", "slack_listening_recovered"]
        assert APP_TOKEN not in repr(logged)

    def test_no_more_connections_than_one_are_kept(self, slack: FakeSlack) -> None:
        for number in range(2, 5):
            slack.drop()
            until(functools.partial(has_greeted, slack, number))
        until(lambda: len(slack.lines()) == 1)


class TestStart:
    def test_dead_connection_at_start_is_tried_again_in_the_background(
        self, slack: FakeSlack, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(room, "BACKOFF_FIRST_S", 0.1)
        slack.fail_next("apps.connections.open", status=503, body="x", times=2)
        channel = channel_to(slack)
        channel.listen(desk)
        until(slack.lines)
        channel.close()

    def test_backing_off_grows_and_ends_at_a_minute(self, slack: FakeSlack) -> None:
        line = room.Line(SlackSettings(bot_token=BOT_TOKEN, api_url=slack.api_url), SecretStr(APP_TOKEN))
        waits = []
        for _ in range(10):
            line._back_off()
            waits.append(line._not_before - time.monotonic())
        assert 0.7 <= waits[0] <= 1.0
        assert waits[1] > waits[0]
        assert 47 <= waits[-1] <= 60
        line.close()

    def test_pause_that_slack_asks_for_is_kept(self, slack: FakeSlack, desk: Desk) -> None:
        slack.fail_next(
            "apps.connections.open", status=429, error="ratelimited", headers={"Retry-After": "2"}
        )
        channel = channel_to(slack)
        began = time.monotonic()
        channel.listen(desk)
        until(slack.lines)
        assert 1.9 <= time.monotonic() - began < 20
        assert len(slack.called("apps.connections.open")) == 2
        channel.close()

    def test_closing_is_quick_while_connected_and_while_not(self, slack: FakeSlack, desk: Desk) -> None:
        for is_connected in (True, False):
            if not is_connected:
                slack.fail_next("apps.connections.open", error="invalid_auth", times=100)
            channel = channel_to(slack)
            channel.listen(desk)
            until(slack.lines if is_connected else lambda: slack.called("apps.connections.open"))
            began = time.monotonic()
            channel.close()
            channel.close()
            assert time.monotonic() - began < 9

    def test_closing_waits_for_no_hanging_inbox(self, slack: FakeSlack) -> None:
        released = threading.Event()

        def stuck(press: Press) -> Answer:
            released.wait(20)
            return Answer()

        channel = channel_to(slack)
        channel.send(message(card()), now=datetime.now(UTC))
        channel.listen(stuck)
        until(slack.lines)
        slack.press(12, "close")
        time.sleep(0.2)
        began = time.monotonic()
        channel.close()
        assert time.monotonic() - began < 9
        released.set()


PRESS: dict[str, Any] = {
    "type": "block_actions",
    "user": {"id": "U0123"},
    "actions": [{"action_id": "acknowledge", "value": "12"}],
}


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        "text",
        {},
        {"type": "block_actions"},
        PRESS | {"actions": []},
        PRESS | {"actions": [{"action_id": "explode", "value": "12"}]},
        PRESS | {"actions": [{"action_id": "more", "value": "12"}]},
        PRESS | {"actions": [{"action_id": "acknowledge"}]},
        PRESS | {"actions": [{"action_id": "acknowledge", "value": "twelve"}]},
        PRESS | {"actions": [{"action_id": "acknowledge", "value": "-1"}]},
        PRESS | {"actions": [{"action_id": "acknowledge", "value": "9" * 30}]},
        PRESS | {"actions": [{"action_id": ["acknowledge"], "value": "12"}]},
        PRESS | {"user": {}},
        PRESS | {"user": {"id": "<!channel>"}},
        {"type": "view_submission", "user": {"id": "U0123"}, "view": {"callback_id": "other"}},
        {"type": "view_submission", "user": {"id": "U0123"}, "view": {"callback_id": "vaste:replied", "private_metadata": "{"}},
        {"type": "shortcut", "user": {"id": "U0123"}},
    ],
)  # fmt: skip
def test_what_is_no_press_of_ours_is_read_as_none(payload: object) -> None:
    assert read_click(payload) is None


def test_press_of_ours_is_read() -> None:
    click = read_click(PRESS)
    assert click is not None
    assert click.press == Press(case=12, verb="acknowledge", user="U0123")


@pytest.mark.usefixtures("channel")
def test_malformed_envelopes_are_acked_and_logged_once_and_do_no_harm(slack: FakeSlack, desk: Desk) -> None:
    with structlog.testing.capture_logs() as logged:
        for payload in ({}, {"type": "block_actions"}, PRESS | {"actions": [{"action_id": "explode"}]}):
            slack.send_envelope("interactive", payload)
        slack.send_envelope("events_api", {"event": {"type": "message", "text": "lasinsiru"}})
        slack.send_envelope("interactive", ["a list"])  # type: ignore[arg-type]  # that is the point
        for raw in ("no json", "{", "{}", '{"type": "hello", "envelope_id": 7}', "[1]"):
            slack.send_raw(raw)
        until(lambda: len(slack.acks()) == 5)
        slack.press(12, "acknowledge")
        until(lambda: desk.presses)
    assert [line["event"] for line in logged] == ["slack_sent_something_unknown"]
    assert "lasinsiru" not in json.dumps(logged)


@pytest.mark.usefixtures("channel")
def test_press_on_an_old_card_is_filed_like_any_other(
    slack: FakeSlack, desk: Desk, channel: SlackChannel
) -> None:
    (posted,) = slack.messages()
    sent = Sent(posted["channel"], posted["ts"])
    channel.send(message(card(**TAKEN), update=sent), now=datetime.now(UTC))
    with pytest.raises(LookupError):
        slack.press(12, "acknowledge")
    slack.press(12, "acknowledge", anyway=True)
    until(lambda: desk.presses)
