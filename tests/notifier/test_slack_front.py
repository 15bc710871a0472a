"""Slash commands and the Home tab through slack_sdk: acked at once, answered to one person, drawn when they change."""

import hmac
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from notifier import slack_home as home_room
from notifier.channel import Answer, Notice
from notifier.slack import SlackChannel
from notifier.slack_calls import SlackSettings
from notifier.slack_commands import is_slacks, read_asked
from tests.notifier.cast import tongue
from tests.notifier.front_cast import ANSWERS, CALM, HOME, NOW, ToldFront
from tests.notifier.test_slack_presses import until
from tests.servers.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack

pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(messages_per_second=None) as server:
        yield server


@pytest.fixture
def front() -> ToldFront:
    return ToldFront()


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home_room, "LOOK_EVERY_S", 0.05)


@pytest.fixture
def channel(slack: FakeSlack, front: ToldFront) -> Iterator[SlackChannel]:
    settings = SlackSettings(bot_token=BOT_TOKEN, app_token=APP_TOKEN, api_url=slack.api_url)
    listening = SlackChannel(settings, tongue("en"))
    listening.attend(front)
    listening.listen(lambda press: Answer())
    until(slack.lines)
    yield listening
    listening.close()


def words_of(blocks: Any) -> str:
    """Everything that blocks say."""
    if isinstance(blocks, dict):
        mine = [blocks["text"]] if isinstance(blocks.get("text"), str) else []
        return " ".join(
            [*mine, *(words_of(value) for value in blocks.values() if not isinstance(value, str))]
        )
    return " ".join(map(words_of, blocks)) if isinstance(blocks, list) else ""


@pytest.mark.usefixtures("channel")
class TestCommands:
    def test_a_command_is_acked_within_a_second_and_answered_to_who_typed_it(
        self, slack: FakeSlack, front: ToldFront
    ) -> None:
        slack.desk.type("on-call", user="U0124")
        (ack,) = until(slack.acks)
        (told,) = until(lambda: slack.desk.responses)
        assert ack.latency_s < 1
        assert front.asked == [("U0124", "on-call", "/vaste")]
        assert told["response_type"] == "ephemeral"
        assert "care: Aino Virtanen, until 18:00; then Ben Lindqvist" in words_of(told["blocks"])
        assert slack.ephemerals == []

    def test_it_is_answered_after_the_ack_however_long_the_answer_takes(
        self, slack: FakeSlack, front: ToldFront
    ) -> None:
        slack.hang("response_url", seconds=2)
        slack.desk.type("on-call")
        (ack,) = until(slack.acks)
        assert ack.latency_s < 1

    def test_where_the_address_does_not_answer_it_is_told_in_the_channel_to_them_alone(
        self, slack: FakeSlack
    ) -> None:
        slack.fail_next("response_url", status=404, body="expired_url")
        slack.desk.type("on-call", user="U0124", channel="C00000001")
        (told,) = until(lambda: slack.ephemerals)
        assert (told["user"], told["channel"]) == ("U0124", "C00000001")
        assert "Aino Virtanen" in words_of(told["blocks"])

    @pytest.mark.parametrize(
        "address", ["https://evil.example/commands/1", "http://hooks.slack.com/1", "nonsense"]
    )
    def test_no_other_address_hears_an_answer(self, slack: FakeSlack, address: str) -> None:
        slack.desk.type("on-call", response_url=address)
        until(lambda: slack.ephemerals)
        assert slack.desk.responses == []

    def test_a_command_that_comes_again_is_answered_once(self, slack: FakeSlack, front: ToldFront) -> None:
        slack.desk.type("take over until 18:00", trigger_id="1.2.3")
        slack.desk.type("take over until 18:00", trigger_id="1.2.3")
        until(lambda: len(slack.acks()) == 2)
        until(lambda: slack.desk.responses)
        time.sleep(0.2)
        assert len(front.asked) == len(slack.desk.responses) == 1

    def test_whoever_asked_hears_of_a_fault_of_ours(self, slack: FakeSlack, front: ToldFront) -> None:
        front.answer = TimeoutError("database is locked")
        with structlog.testing.capture_logs() as logged:
            slack.desk.type("mine")
            (told,) = until(lambda: slack.desk.responses)
        assert "Try again in a moment." in words_of(told["blocks"])
        assert [line["event"] for line in logged] == ["slack_command_failed"]

    def test_ones_cases_lead_to_their_cards(self, slack: FakeSlack, front: ToldFront) -> None:
        front.answer = HOME
        slack.desk.type("mine")
        (told,) = until(lambda: slack.desk.responses)
        links = [block["accessory"]["url"] for block in told["blocks"] if "accessory" in block]
        assert links[0] == f"{slack.url}/archives/C00000001/p1795521600000100"
        assert "answer by 14:25 (25 mins left)" in words_of(told["blocks"])

    def test_what_somebody_typed_is_never_live_in_the_answer(
        self, slack: FakeSlack, front: ToldFront
    ) -> None:
        facts = {**ANSWERS["mistake-unknown"].facts, "word": "<!channel> <@U0124> *b* `c` <http://x|y>"}
        front.answer = Notice("mistake", NOW, facts)
        slack.desk.type("<!channel>")
        (told,) = until(lambda: slack.desk.responses)
        assert "<!channel>" not in told["text"]
        assert all(
            element["type"] == "text"
            for block in told["blocks"]
            if block["type"] == "rich_text"
            for section in block["elements"]
            for element in section["elements"]
        )


PAYLOAD = {
    "command": "/vaste",
    "user_id": "U0123",
    "text": "help",
    "response_url": "https://hooks.slack.com/c/1",
}


class TestReading:
    def test_a_command_is_read(self) -> None:
        asked = read_asked(PAYLOAD)
        assert asked is not None
        assert (asked.user, asked.words, asked.command, asked.place) == ("U0123", "help", "/vaste", None)

    @pytest.mark.parametrize(
        "payload",
        [
            None,
            [],
            {},
            PAYLOAD | {"command": 7},
            PAYLOAD | {"command": "vaste"},
            PAYLOAD | {"command": "/va <!channel>"},
            PAYLOAD | {"user_id": "<!here>"},
            PAYLOAD | {"user_id": None},
        ],
    )
    def test_what_is_no_command_is_none(self, payload: object) -> None:
        assert read_asked(payload) is None

    @pytest.mark.parametrize(
        ("address", "is_fine"),
        [
            ("https://hooks.slack.com/commands/T0/1/abc", True),
            ("https://hooks.slack-gov.com/commands/T0/1", True),
            ("https://hooks.slack.com.evil.example/1", False),
            ("https://notslack.com/1", False),
            ("http://hooks.slack.com/1", False),
            ("http://127.0.0.1:99/commands/1", True),
            ("http://127.0.0.1:98/commands/1", False),
            ("http://127.0.0.1:bad/1", False),
        ],
    )
    def test_answers_go_to_slack_alone(self, address: str, *, is_fine: bool) -> None:
        assert is_slacks(address, "http://127.0.0.1:99/api/") is is_fine


@pytest.mark.usefixtures("channel")
class TestHome:
    def test_opening_the_tab_draws_it(self, slack: FakeSlack) -> None:
        slack.desk.open_home()
        (ack,) = until(slack.acks)
        view = until(lambda: slack.desk.homes.get("U0123"))
        said = words_of(view["blocks"])
        assert ack.latency_s < 1
        assert "Your cases" in said
        assert "*recall* · case 12\nanswer by 14:25 (25 mins left) · x" in said
        assert "⚠️ 1 hr late" in said
        assert "You are on call now: care, until 18:00." in said
        assert "case 12: a refund, Wed" in said

    def test_the_messages_tab_draws_nothing(self, slack: FakeSlack) -> None:
        slack.desk.open_home(tab="messages")
        until(slack.acks)
        time.sleep(0.2)
        assert slack.desk.published == []

    def test_a_stranger_is_told_how_to_become_known(self, slack: FakeSlack) -> None:
        slack.users["U0999"] = "Somebody"
        slack.desk.open_home("U0999")
        view = until(lambda: slack.desk.homes.get("U0999"))
        assert "slack: U0999" in words_of(view["blocks"])

    def test_it_is_drawn_anew_when_it_says_something_else_and_not_otherwise(
        self, slack: FakeSlack, front: ToldFront, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(home_room, "APART_S", 0.3)
        slack.desk.open_home()
        until(lambda: slack.desk.published)
        front.marked = 1  # something happened, to somebody else
        time.sleep(0.5)
        assert len(slack.desk.published) == 1
        front.homes["U0123"] = replace(HOME, cases=(CALM,))
        front.marked = 2
        until(lambda: len(slack.desk.published) == 2)
        assert "recall" not in words_of(slack.desk.homes["U0123"]["blocks"])

    def test_many_changes_make_one_drawing(
        self, slack: FakeSlack, front: ToldFront, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(home_room, "APART_S", 0.6)
        slack.desk.open_home()
        until(lambda: slack.desk.published)
        for number in range(1, 20):
            front.homes["U0123"] = replace(HOME, cases=(replace(CALM, case=number),))
            front.marked = number
            time.sleep(0.01)
        until(lambda: len(slack.desk.published) == 2)
        time.sleep(0.3)
        assert len(slack.desk.published) == 2
        assert slack.desk.published[1][0] - slack.desk.published[0][0] >= 0.6
        assert "case 19" in words_of(slack.desk.homes["U0123"]["blocks"])

    def test_a_pause_that_slack_asks_for_is_kept_and_the_home_comes_after_it(self, slack: FakeSlack) -> None:
        slack.fail_next("views.publish", status=429, error="ratelimited", headers={"Retry-After": "1"})
        began = time.monotonic()
        slack.desk.open_home()
        until(lambda: slack.desk.published)
        assert time.monotonic() - began >= 1
        assert len(slack.called("views.publish")) == 2

    def test_a_home_that_slack_refuses_is_told_of_and_comes_at_the_next_opening(
        self, slack: FakeSlack
    ) -> None:
        slack.fail_next("views.publish", error="not_enabled")
        with structlog.testing.capture_logs() as logged:
            slack.desk.open_home()
            until(lambda: [line for line in logged if line["event"] == "slack_home_not_drawn"])
        slack.desk.open_home()
        until(lambda: slack.desk.published)

    def test_a_record_that_is_away_for_a_while_delays_it(
        self, slack: FakeSlack, front: ToldFront, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(user: str, *, command: str) -> Any:
            raise TimeoutError("database is locked")

        monkeypatch.setattr(front, "home", away)
        with structlog.testing.capture_logs() as logged:
            slack.desk.open_home()
            until(lambda: logged)
            time.sleep(0.2)
        assert [line["event"] for line in logged] == ["slack_homes_not_drawn"]
        monkeypatch.undo()
        until(lambda: slack.desk.published)


@pytest.mark.usefixtures("channel")
class TestTakingOver:
    def ask(self, slack: FakeSlack) -> Any:
        slack.desk.open_home()
        until(lambda: slack.desk.homes)
        slack.desk.press_home("vaste_home_take")
        return until(lambda: slack.views)[-1]

    def chosen(self, team: str = "tech", at: datetime = datetime(2026, 11, 24, 16, tzinfo=UTC)) -> Any:
        return {
            "vaste_team": {"selected_option": {"value": team}},
            "vaste_until": {"selected_date_time": int(at.timestamp())},
        }

    def test_the_question_offers_ones_teams_and_the_next_hours(self, slack: FakeSlack) -> None:
        view = self.ask(slack)
        team, until_when = (block["element"] for block in view["blocks"])
        assert [option["value"] for option in team["options"]] == ["care", "tech"]
        assert until_when["initial_date_time"] == int(datetime(2026, 11, 24, 14, tzinfo=UTC).timestamp())

    def test_what_came_of_it_stands_where_the_question_was(self, slack: FakeSlack, front: ToldFront) -> None:
        view = self.ask(slack)
        slack.desk.submit(view, self.chosen())
        ack = until(lambda: [one for one in slack.acks() if one.reply])[0]
        assert front.taken == [("U0123", "tech", datetime(2026, 11, 24, 16, tzinfo=UTC))]
        assert ack.reply["response_action"] == "update"
        assert "The turn is yours" in words_of(ack.reply["view"])
        assert ack.latency_s < 1

    def test_a_time_that_is_over_is_said_beside_the_question(
        self, slack: FakeSlack, front: ToldFront
    ) -> None:
        front.taking = ANSWERS["mistake-backwards"]
        slack.desk.submit(self.ask(slack), self.chosen())
        ack = until(lambda: [one for one in slack.acks() if one.reply])[0]
        assert ack.reply == {"response_action": "errors", "errors": {"vaste_until": "Choose a time to come."}}

    def test_the_button_that_opens_a_card_is_acked_and_passed_over(self, slack: FakeSlack) -> None:
        slack.desk.open_home()
        until(lambda: slack.desk.homes)
        with structlog.testing.capture_logs() as logged:
            slack.desk.press_home("vaste_home_open")
            until(lambda: len(slack.acks()) == 2)
        assert logged == []


def test_over_http_a_command_is_answered_the_same(slack: FakeSlack, front: ToldFront) -> None:
    settings = SlackSettings(bot_token=BOT_TOKEN, signing_secret="s3cret", api_url=slack.api_url)
    channel = SlackChannel(settings, tongue("en"))
    channel.attend(front)
    channel.listen(lambda press: Answer())
    slack.desk.type("on-call", user="U0124")
    now = datetime.now(UTC)
    body = urllib.parse.urlencode(slack.envelopes[-1].payload).encode()
    stamp = str(int(now.timestamp()))
    signature = hmac.digest(b"s3cret", b"v0:" + stamp.encode() + b":" + body, "sha256").hex()
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": f"v0={signature}",
    }
    acked = channel.hear(headers, body, now=now)
    assert (acked.status, front.asked) == (200, [])  # answered after the ack
    assert acked.after is not None
    acked.after()
    again = channel.hear(headers, body, now=now)  # replayed within five minutes
    assert again.after is not None
    again.after()
    assert front.asked == [("U0124", "on-call", "/vaste")]
    assert len(slack.desk.responses) == 1
    channel.close()


def test_without_a_front_nothing_is_asked_and_nothing_breaks(slack: FakeSlack) -> None:
    settings = SlackSettings(bot_token=BOT_TOKEN, app_token=APP_TOKEN, api_url=slack.api_url)
    channel = SlackChannel(settings, tongue("en"))
    channel.listen(lambda press: Answer())
    until(slack.lines)
    slack.desk.type("help")
    slack.desk.open_home()
    until(lambda: len(slack.acks()) == 2)
    assert slack.desk.responses == []
    channel.close()
