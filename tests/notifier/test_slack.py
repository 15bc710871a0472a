"""Slack through the real slack_sdk, over loopback: sending, refusals, looking before repeating."""

import json
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
from pydantic import ValidationError

from notifier import slack as room
from notifier.channel import ChannelUnavailable, Page, Sending, Sent
from notifier.slack import SlackChannel
from notifier.slack_calls import SlackSettings
from notifier.slack_manifest import SCOPES
from tests.notifier.cast import AINO, CHANNEL, HOSTILE, TAKEN, card, message, tongue
from tests.servers.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack, buttons_of


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(messages_per_second=None) as server:
        yield server


def channel_to(server: FakeSlack, **changes: Any) -> SlackChannel:
    keys = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "api_url": server.api_url}
    return SlackChannel(SlackSettings(**(keys | changes)), tongue())


@pytest.fixture
def channel(slack: FakeSlack) -> SlackChannel:
    return channel_to(slack)


def send(channel: SlackChannel, content: Any = None, **changes: Any) -> Sent:
    return channel.send(message(content or card(), **changes), now=datetime.now(UTC))


def refused(channel: SlackChannel, **changes: Any) -> ChannelUnavailable:
    with pytest.raises(ChannelUnavailable) as caught:
        send(channel, **changes)
    assert BOT_TOKEN not in str(caught.value)
    assert "lasinsiru" not in str(caught.value)
    return caught.value


class TestSending:
    def test_card_is_posted_with_its_key_and_without_previews(
        self, slack: FakeSlack, channel: SlackChannel
    ) -> None:
        sent = send(channel)
        posted = slack.messages(CHANNEL)
        assert [sent] == [Sent(place=one["channel"], ref=one["ts"]) for one in posted]
        assert posted[0]["metadata"] == {
            "event_type": "vaste_delivery",
            "event_payload": {"key": "case-12-card"},
        }
        call = slack.called("chat.postMessage")[0].arguments
        assert (call["unfurl_links"], call["unfurl_media"]) == (False, False)
        assert sent.place.startswith("C")

    def test_card_is_updated_in_place(self, slack: FakeSlack, channel: SlackChannel) -> None:
        sent = send(channel)
        assert send(channel, card(**TAKEN), update=sent, key="two") == sent
        (posted,) = slack.messages(CHANNEL)
        assert [button["action_id"] for button in buttons_of(posted)] == ["replied", "close", "dismiss"]
        assert posted["metadata"]["event_payload"] == {"key": "two"}

    def test_page_stands_in_the_cards_thread(self, slack: FakeSlack, channel: SlackChannel) -> None:
        sent = send(channel)
        page = send(channel, Page(card(), (AINO,), "escalated", step=1), thread=sent, key="page")
        _, posted = slack.messages(CHANNEL)
        assert (posted["thread_ts"], posted["ts"]) == (sent.ref, page.ref)
        assert "<@U0123>" in posted["text"]
        assert buttons_of(posted) == []

    def test_direct_message_holds_quote_link_and_buttons(
        self, slack: FakeSlack, channel: SlackChannel
    ) -> None:
        sent = send(channel, Page(card(), (AINO,), "opened"), destination="U0123")
        (posted,) = slack.messages("U0123")
        assert sent.place == "D0123"
        blocks = json.dumps(posted["blocks"], ensure_ascii=False)
        assert "lasinsirun" in blocks
        assert "https://x.com/maija_k/status/1860000000000000001" in blocks
        assert [button["value"] for button in buttons_of(posted)] == ["12"] * 4

    def test_hostile_text_is_posted_and_pings_nobody(self, slack: FakeSlack, channel: SlackChannel) -> None:
        send(channel, card(text=HOSTILE, author=HOSTILE))
        (posted,) = slack.messages(CHANNEL)
        assert "<!channel>" not in posted["text"]

    @pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long", "invalid_blocks_format"])
    @pytest.mark.parametrize("is_update", [False, True])
    def test_card_whose_blocks_are_refused_goes_as_text_at_once(
        self, slack: FakeSlack, channel: SlackChannel, error: str, *, is_update: bool
    ) -> None:
        before = send(channel) if is_update else None
        slack.fail_next("chat.update" if is_update else "chat.postMessage", error=error)
        send(channel, update=before)
        (posted,) = slack.messages(CHANNEL)
        assert posted["blocks"] == []
        assert "<@U0123>" in posted["text"]
        assert "Löysin lasinsirun" in posted["text"]
        assert posted["metadata"]["event_payload"] == {"key": "case-12-card"}

    def test_message_refused_even_as_text_is_refused_for_good(
        self, slack: FakeSlack, channel: SlackChannel
    ) -> None:
        slack.fail_next("chat.postMessage", error="invalid_blocks", times=2)
        assert refused(channel).permanent

    def test_message_is_sent_once_a_call(self, slack: FakeSlack, channel: SlackChannel) -> None:
        slack.fail_next("chat.postMessage", status=500, body="oops")
        refused(channel)
        assert len(slack.called("chat.postMessage")) == 1


class TestPace:
    def costs(self, slack: FakeSlack, sending: Sending, **changes: Any) -> dict[str, str]:
        return {
            one.name.partition(" ")[2].split(" ", 1)[1]: one.holds
            for one in channel_to(slack, **changes).costs(sending)
        }

    @pytest.mark.parametrize(
        ("sending", "names"),
        [
            pytest.param(Sending(CHANNEL, False, False, True), {f"posts {CHANNEL}": "posts", "posts": "posts", f"cards {CHANNEL}": "cards"}, id="a new card"),
            pytest.param(Sending(CHANNEL, False, False, False), {f"posts {CHANNEL}": "posts", "posts": "posts"}, id="a critical one, or a page"),
            pytest.param(Sending(CHANNEL, True, False, False), {"updates": "updates"}, id="an edit"),
            pytest.param(Sending("U0123", False, True, False), {"posts U0123": "posts", "posts": "posts", "look_ups": "look_ups"}, id="one that is looked for first"),
        ],
    )  # fmt: skip
    def test_each_message_takes_what_its_calls_need(
        self, slack: FakeSlack, sending: Sending, names: dict[str, str]
    ) -> None:
        assert self.costs(slack, sending) == names
        if sending.may_wait:
            assert f"cards {CHANNEL}" not in self.costs(slack, sending, cards_a_minute="off")

    def test_no_token_stands_in_the_names(self, slack: FakeSlack) -> None:
        (name, *_), (other, *_) = (
            [
                one.name
                for one in channel_to(slack, bot_token=token).costs(Sending(CHANNEL, True, False, False))
            ]
            for token in (BOT_TOKEN, "xoxb-another")
        )
        assert BOT_TOKEN not in name
        assert name != other, "another workspace has limits of its own"

    @pytest.mark.parametrize("method", ["chat.postMessage", "chat.update", "conversations.history"])
    def test_a_pause_rests_what_was_called(
        self, slack: FakeSlack, channel: SlackChannel, method: str
    ) -> None:
        sent = send(channel)
        slack.fail_next(method, status=429, error="ratelimited", headers={"Retry-After": "7"})
        how: dict[str, dict[str, Any]] = {
            "chat.postMessage": {},
            "chat.update": {"update": sent},
            "conversations.history": {"attempted_at": datetime.now(UTC)},
        }
        error = refused(channel, **how[method])
        asked = Sending(CHANNEL, method == "chat.update", method == "conversations.history", False)
        assert error.rests in {one.name for one in channel.costs(asked)}
        assert error.rests.endswith(
            {"chat.postMessage": CHANNEL, "chat.update": "updates"}.get(method, "look_ups")
        )


class TestRefusals:
    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [({"Retry-After": "7"}, 7), ({"retry-after": "7"}, 7), ({}, 30), ({"Retry-After": "soon"}, 30), ({"Retry-After": "-1"}, 30)],
    )  # fmt: skip
    def test_too_many_requests_waits_as_long_as_slack_says(
        self, slack: FakeSlack, channel: SlackChannel, headers: dict[str, str], seconds: int
    ) -> None:
        slack.fail_next("chat.postMessage", status=429, error="ratelimited", headers=headers)
        error = refused(channel)
        assert error.retry_after == timedelta(seconds=seconds)
        assert (error.permanent, error.ambiguous) == (False, False)

    def test_slacks_own_pace_is_met(self, slack: FakeSlack, channel: SlackChannel) -> None:
        slack.messages_per_second, slack.burst = 1.0, 1
        send(channel)
        assert refused(channel, key="two").retry_after == timedelta(seconds=1)

    @pytest.mark.parametrize("status", [500, 502, 503])
    def test_fault_of_slack_may_have_posted(
        self, slack: FakeSlack, channel: SlackChannel, status: int
    ) -> None:
        slack.fail_next("chat.postMessage", status=status, body="<html>lasinsirun</html>")
        error = refused(channel)
        assert (error.permanent, error.ambiguous) == (False, True)
        assert str(status) in str(error)

    def test_page_of_html_is_no_answer(self, slack: FakeSlack, channel: SlackChannel) -> None:
        slack.html_503("chat.postMessage")
        assert refused(channel).ambiguous
        slack.fail_next("chat.postMessage", status=200, body="<html>Please log in to the proxy</html>")
        error = refused(channel)
        assert (error.permanent, error.ambiguous) == (False, True)
        assert "log in" not in str(error)

    @pytest.mark.parametrize("body", ["[]", "null", "7", '"ok"', '{"ok": true}', "", "\ufffd"])
    def test_answer_that_says_nothing_is_ambiguous(
        self, slack: FakeSlack, channel: SlackChannel, body: str
    ) -> None:
        slack.fail_next("chat.postMessage", status=200, body=body)
        assert refused(channel).ambiguous

    @pytest.mark.parametrize("error", ["internal_error", "fatal_error"])
    def test_half_done_errors_may_have_posted(
        self, slack: FakeSlack, channel: SlackChannel, error: str
    ) -> None:
        slack.fail_next("chat.postMessage", error=error)
        assert refused(channel).ambiguous

    def test_update_is_never_ambiguous_for_it_can_be_repeated(
        self, slack: FakeSlack, channel: SlackChannel
    ) -> None:
        sent = send(channel)
        slack.fail_next("chat.update", status=500, body="oops")
        assert not refused(channel, update=sent).ambiguous
        slack.reset_after_accepting("chat.update")
        assert not refused(channel, update=sent).ambiguous

    def test_reset_after_accepting_is_ambiguous(self, slack: FakeSlack, channel: SlackChannel) -> None:
        slack.reset_after_accepting("chat.postMessage")
        assert refused(channel).ambiguous
        assert len(slack.messages(CHANNEL)) == 1

    def test_hang_ends_and_is_ambiguous(
        self, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch, within: Callable[[float], Any]
    ) -> None:
        monkeypatch.setattr(room, "CALL_TIMEOUT_S", 1)
        slack.hang("chat.postMessage")
        with within(5):
            assert refused(channel_to(slack)).ambiguous

    def test_refused_connection_is_not_ambiguous(self, slack: FakeSlack) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            closed = f"http://127.0.0.1:{free.getsockname()[1]}/api/"
        error = refused(channel_to(slack, api_url=closed))
        assert (error.permanent, error.ambiguous) == (False, False)

    @pytest.mark.parametrize(
        ("error", "remedy"),
        [
            ("channel_not_found", f"/invite @… in {CHANNEL}"),
            ("not_in_channel", f"/invite @… in {CHANNEL}"),
            ("is_archived", "unarchive it"),
            ("invalid_auth", "make a new bot token"),
            ("token_revoked", "make a new bot token"),
            ("account_inactive", "install it again"),
            ("missing_scope", "add it under OAuth & Permissions"),
            ("user_not_found", "Copy member ID"),
            ("restricted_action", "name another channel"),
            ("message_not_found", "gone"),
            ("cant_update_message", "a new one is needed"),
            ("edit_window_closed", "a new one is needed"),
        ],
    )
    def test_what_will_never_work_says_what_to_do(
        self, slack: FakeSlack, channel: SlackChannel, error: str, remedy: str
    ) -> None:
        slack.fail_next("chat.postMessage", error=error)
        caught = refused(channel)
        assert caught.permanent
        assert remedy in str(caught)

    @pytest.mark.parametrize(
        ("error", "is_final"),
        [("token_revoked", False), ("missing_scope", False), ("is_archived", False), ("not_in_channel", False), ("message_not_found", True), ("edit_window_closed", True)],
    )  # fmt: skip
    def test_what_somebody_can_mend_is_told_from_what_nobody_can(
        self, slack: FakeSlack, channel: SlackChannel, error: str, *, is_final: bool
    ) -> None:
        sent = send(channel)
        slack.fail_next("chat.update", error=error)
        assert refused(channel, update=sent).is_final is is_final

    def test_unknown_channel_and_wrong_token_are_permanent(self, slack: FakeSlack) -> None:
        assert refused(channel_to(slack), destination="#nowhere").permanent
        assert refused(channel_to(slack, bot_token="xoxb-wrong")).permanent

    def test_update_of_a_message_that_is_gone_is_permanent(
        self, slack: FakeSlack, channel: SlackChannel
    ) -> None:
        sent = send(channel)
        assert refused(channel, update=Sent(sent.place, "1.000001")).permanent

    def test_unknown_error_is_tried_again(self, slack: FakeSlack, channel: SlackChannel) -> None:
        slack.fail_next("chat.postMessage", error="a_new_error")
        error = refused(channel)
        assert (error.permanent, error.ambiguous) == (False, False)
        assert "a_new_error" in str(error)


class TestLookingBeforeRepeating:
    @pytest.mark.parametrize("destination", [CHANNEL, "some-asiakaspalvelu", "C00000001", "U0123"])
    def test_message_that_was_accepted_is_found_and_not_repeated(
        self, slack: FakeSlack, channel: SlackChannel, destination: str
    ) -> None:
        began = datetime.now(UTC)
        slack.reset_after_accepting("chat.postMessage")
        refused(channel, destination=destination)
        restarted = channel_to(slack)
        sent = send(restarted, destination=destination, attempted_at=began)
        assert [one["ts"] for one in slack.messages()] == [sent.ref]
        assert (restarted.recovered, restarted.repeated) == (1, 0)

    def test_message_in_a_thread_is_found_there(self, slack: FakeSlack, channel: SlackChannel) -> None:
        began, parent = datetime.now(UTC), send(channel)
        slack.reset_after_accepting("chat.postMessage")
        page = Page(card(), (AINO,), "opened")
        refused(channel, content=page, thread=parent, key="page")
        sent = send(channel, page, thread=parent, key="page", attempted_at=began)
        assert [one["ts"] for one in slack.messages()] == [parent.ref, sent.ref]
        assert channel.recovered == 1

    def test_message_that_was_not_accepted_is_posted(self, slack: FakeSlack, channel: SlackChannel) -> None:
        began = datetime.now(UTC)
        slack.html_503("chat.postMessage")
        refused(channel)
        send(channel, attempted_at=began)
        assert len(slack.messages()) == 1
        assert (channel.recovered, channel.repeated) == (0, 0)

    def test_it_is_found_behind_hundreds_of_others(self, slack: FakeSlack, channel: SlackChannel) -> None:
        began = datetime.now(UTC)
        first = send(channel)
        for number in range(450):
            slack.answer_call("chat.postMessage", BOT_TOKEN, {"channel": CHANNEL, "text": f"{number}"})
        assert send(channel, attempted_at=began) == first
        assert len(slack.called("conversations.history")) == 3

    def test_channel_is_found_behind_hundreds_of_others(self) -> None:
        names = [f"c{number}" for number in range(450)] + ["some-asiakaspalvelu"]
        with FakeSlack(channels=names, messages_per_second=None) as slack:
            sent = send(channel_to(slack))
            assert send(channel_to(slack), attempted_at=datetime.now(UTC)) == sent

    def test_only_the_time_of_the_attempt_is_searched(self, slack: FakeSlack, channel: SlackChannel) -> None:
        began = datetime.now(UTC)
        send(channel)
        send(channel, attempted_at=began)
        oldest = float(slack.called("conversations.history")[0].arguments["oldest"])
        assert oldest == pytest.approx(began.timestamp() - 30, abs=0.001)

    @pytest.mark.parametrize("error", ["missing_scope", "not_in_channel", "channel_not_found"])
    def test_where_it_can_never_be_looked_up_it_is_posted_again_and_counted(
        self, slack: FakeSlack, channel: SlackChannel, error: str
    ) -> None:
        send(channel)
        slack.fail_next("conversations.history", error=error)
        send(channel, attempted_at=datetime.now(UTC))
        assert len(slack.messages()) == 2
        assert channel.repeated == 1

    def test_channel_that_is_not_listed_is_posted_to_and_counted(
        self, slack: FakeSlack, channel: SlackChannel
    ) -> None:
        slack.fail_next("conversations.list", body='{"ok": true, "channels": []}')
        send(channel, attempted_at=datetime.now(UTC))
        assert channel.repeated == 1

    @pytest.mark.parametrize(
        "fault",
        [{"status": 429, "error": "ratelimited", "headers": {"Retry-After": "9"}}, {"status": 503, "body": "x"}, {"kind": "reset"}],
    )  # fmt: skip
    def test_where_it_cannot_be_looked_up_right_now_the_look_is_still_owed(
        self, slack: FakeSlack, channel: SlackChannel, fault: dict[str, Any]
    ) -> None:
        began = datetime.now(UTC)
        send(channel)
        slack.fail_next("conversations.history", **fault)
        error = refused(channel, attempted_at=began)
        assert error.ambiguous
        assert error.retry_after == (timedelta(seconds=9) if "headers" in fault else None)
        assert len(slack.messages()) == 1

    def test_update_is_repeated_without_looking(self, slack: FakeSlack, channel: SlackChannel) -> None:
        sent = send(channel)
        assert send(channel, update=sent, attempted_at=datetime.now(UTC)) == sent
        assert slack.called("conversations.history") == []


class TestChecking:
    def test_missing_scopes_are_named_one_by_one(self, slack: FakeSlack, channel: SlackChannel) -> None:
        slack.scopes = "chat:write,channels:read"
        problems = channel.check()
        assert len(problems) == len(SCOPES) - 2
        assert any("groups:history" in problem and "reinstall the app" in problem for problem in problems)

    def test_refused_tokens_are_named_apart(self, slack: FakeSlack) -> None:
        (bot,) = channel_to(slack, bot_token="xoxb-wrong").check()
        (app,) = channel_to(slack, app_token="xapp-wrong").check()
        assert "bot token" in bot
        assert "app token" in app
        assert "wrong" not in bot + app

    def test_missing_app_token_is_named_and_listening_does_nothing(self, slack: FakeSlack) -> None:
        channel = channel_to(slack, app_token=None)
        channel.listen(lambda press: pytest.fail("nothing is heard"))
        assert slack.called("apps.connections.open") == []
        assert ["not heard" in problem for problem in channel.check()] == [True]

    def test_slack_out_of_reach_is_said(self, slack: FakeSlack) -> None:
        unreachable = channel_to(slack, api_url="http://127.0.0.1:1/api/").check()
        assert all("cannot be reached" in problem for problem in unreachable)


class TestSettings:
    def test_tokens_are_not_shown(self) -> None:
        settings = SlackSettings(bot_token=BOT_TOKEN, app_token=APP_TOKEN)
        assert BOT_TOKEN not in repr(settings)
        assert settings.api_url == "https://slack.com/api/"

    def test_address_without_its_last_slash_is_the_same(self) -> None:
        settings = SlackSettings(bot_token=BOT_TOKEN, api_url="http://127.0.0.1:9/api")
        assert settings.api_url == "http://127.0.0.1:9/api/"

    @pytest.mark.parametrize(("written", "kept"), [("off", None), (False, None), (60, 60), (1, 1)])
    def test_the_cap_may_be_off(self, written: object, kept: int | None) -> None:
        assert SlackSettings(bot_token=BOT_TOKEN, cards_a_minute=written).cards_a_minute == kept

    @pytest.mark.parametrize("written", [0, 61, "many"])
    def test_a_cap_that_holds_back_all_or_nothing_is_refused(self, written: object) -> None:
        with pytest.raises(ValidationError):
            SlackSettings(bot_token=BOT_TOKEN, cards_a_minute=written)

    def test_address_that_is_none_is_refused(self) -> None:
        with pytest.raises(ValidationError):
            SlackSettings(bot_token=BOT_TOKEN, api_url="slack")


def test_no_token_and_no_post_reach_a_log(
    slack: FakeSlack, channel: SlackChannel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    with structlog.testing.capture_logs() as logged:
        slack.fail_next("chat.postMessage", error="invalid_blocks")
        send(channel)
        slack.fail_next("conversations.history", error="missing_scope")
        send(channel, attempted_at=datetime.now(UTC))
        slack.html_503("chat.postMessage")
        refused(channel)
    written = repr(logged) + caplog.text
    assert "slack_refused_blocks" in written
    assert "lasinsiru" not in written
    assert BOT_TOKEN not in written


def test_unfit_blocks_are_never_offered(slack: FakeSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    # our own limit set so low that no headline fits: what remains is the text
    monkeypatch.setattr("notifier.limits.HEADER_LENGTH", 10)
    send(channel_to(slack))
    (posted,) = slack.messages()
    assert posted["blocks"] == []
    assert "Löysin lasinsirun" in posted["text"]


GONE = card(text="", url=None, missing="deleted")


@pytest.mark.parametrize("content", [GONE, Page(GONE, (AINO,), "opened")])
@pytest.mark.parametrize("error", ["cant_update_message", "edit_window_closed"])
def test_a_message_that_quotes_a_deleted_post_and_can_not_be_edited_is_deleted(
    slack: FakeSlack, channel: SlackChannel, content: Any, error: str
) -> None:
    sent = send(channel)
    slack.fail_next("chat.update", error=error)
    assert send(channel, content, update=sent) == sent
    assert slack.messages(CHANNEL) == []


def test_any_other_message_that_can_not_be_edited_stays(slack: FakeSlack, channel: SlackChannel) -> None:
    sent = send(channel)
    slack.fail_next("chat.update", error="edit_window_closed")
    assert refused(channel, content=card(**TAKEN), update=sent).permanent
    assert len(slack.messages(CHANNEL)) == 1


def test_a_message_that_can_be_neither_edited_nor_deleted_is_told(
    slack: FakeSlack, channel: SlackChannel
) -> None:
    sent = send(channel)
    slack.fail_next("chat.update", error="cant_update_message")
    slack.fail_next("chat.delete", error="cant_delete_message")
    problem = refused(channel, content=GONE, update=sent)
    assert problem.permanent
    assert "by hand" in str(problem)
