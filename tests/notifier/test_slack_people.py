"""Who our people are in Slack, and what check says of them, of channels and of a test message."""

from collections.abc import Iterator

import pytest

from notifier.channel import ChannelUnavailable, Page, Whereabouts
from notifier.slack import SlackChannel
from notifier.slack_calls import SlackSettings
from tests.notifier.cast import AINO, CHANNEL, card, message, tongue
from tests.notifier.cast import OPENED as NOW
from tests.servers.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack

EMAIL = "aino.virtanen@example.fi"


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(messages_per_second=None) as server:
        yield server


@pytest.fixture
def channel(slack: FakeSlack) -> SlackChannel:
    settings = SlackSettings(bot_token=BOT_TOKEN, app_token=APP_TOKEN, api_url=slack.api_url)
    return SlackChannel(settings, tongue())


def unreached(channel: SlackChannel, to: str) -> ChannelUnavailable:
    with pytest.raises(ChannelUnavailable) as caught:
        channel.send(message(Page(card(), (AINO,), "opened"), destination=to), now=NOW)
    return caught.value


@pytest.mark.parametrize("written", ["U0123", EMAIL])
def test_somebody_who_is_there_is_found_by_id_and_by_email(channel: SlackChannel, written: str) -> None:
    assert channel.look_for(written) == Whereabouts("U0123")


@pytest.mark.parametrize("written", ["U0123", EMAIL])
def test_somebody_who_left_cannot_be_reached(slack: FakeSlack, channel: SlackChannel, written: str) -> None:
    slack.deactivated.add("U0123")
    found = channel.look_for(written)
    assert found.unreachable is not None
    assert written in found.unreachable


@pytest.mark.parametrize("written", ["U9999", "nobody@example.fi"])
def test_somebody_unknown_cannot_be_reached(channel: SlackChannel, written: str) -> None:
    assert channel.look_for(written).member is None
    assert "Slack knows no member" in str(channel.look_for(written).unreachable)


def test_a_question_that_slack_cannot_answer_says_nothing_of_the_person(
    slack: FakeSlack, channel: SlackChannel
) -> None:
    slack.fail_next("users.info", error="missing_scope", body='{"ok": false, "error": "missing_scope", "needed": "users:read", "provided": "chat:write"}')  # fmt: skip
    with pytest.raises(ChannelUnavailable, match="lacks the scope users:read: add it") as caught:
        channel.look_for("U0123")
    assert not caught.value.unreachable


def test_a_direct_message_finds_its_person_by_email_and_asks_once(
    slack: FakeSlack, channel: SlackChannel
) -> None:
    for key in ("one", "two"):
        channel.send(message(Page(card(), (AINO,), "opened"), destination=EMAIL, key=key), now=NOW)
    assert len(slack.messages("U0123")) == 2
    assert len(slack.called("users.lookupByEmail")) == 1


def test_a_direct_message_to_somebody_who_left_or_never_was_says_so(
    slack: FakeSlack, channel: SlackChannel
) -> None:
    slack.deactivated.add("U0124")
    for to in ("U0124", "U9999", "nobody@example.fi"):
        error = unreached(channel, to)
        assert (error.permanent, error.unreachable) == (True, True)
        assert to in str(error)
    with pytest.raises(ChannelUnavailable) as caught:
        channel.send(message(card(), destination="#nowhere"), now=NOW)
    assert not caught.value.unreachable


class TestWalk:
    def test_all_is_well(self, channel: SlackChannel) -> None:
        assert (
            channel.walk([CHANNEL, "C00000002"], {"aino": "U0123", "ben": "ben.lindqvist@example.fi"}) == []
        )

    def test_every_place_and_person_is_named_with_what_to_do(
        self, slack: FakeSlack, channel: SlackChannel
    ) -> None:
        slack.archived.add("C00000001")
        slack.not_in.add("C00000002")
        slack.deactivated.add("U0124")
        found = channel.walk(
            [CHANNEL, "#some-johto", "#nowhere"], {"aino": "U0123", "ben": "U0124", "caro": "U9999"}
        )
        assert [line.split(": ", 1)[1] for line in found] == [
            f"the channel {CHANNEL} is archived: unarchive it or name another in the configuration",
            "the bot is not in #some-johto: invite the bot there: /invite @… in #some-johto",
            "there is no channel #nowhere that the bot can see: check its name, and if it is private, invite the bot there: /invite @… in #nowhere",
            "person ben can't be reached: the Slack account U0124 is deactivated: put another person on call",
            "person caro can't be reached: Slack knows no member U9999: check the person's `slack` (Profile → Copy member ID, or their e-mail address)",
        ]
        assert slack.called("chat.postMessage") == []

    def test_a_wrong_token_is_said_once(self, slack: FakeSlack) -> None:
        settings = SlackSettings(bot_token="xoxb-wrong", app_token=APP_TOKEN, api_url=slack.api_url)
        (problem,) = SlackChannel(settings, tongue()).walk([CHANNEL], {"aino": "U0123"})
        assert "bot token" in problem

    def test_the_scope_of_emails_is_missed_only_where_there_are_any(
        self, slack: FakeSlack, channel: SlackChannel
    ) -> None:
        slack.scopes = slack.scopes.replace(",users:read.email", "")
        assert channel.walk([], {"aino": "U0123"}) == []
        (problem,) = channel.walk([], {"aino": EMAIL})
        assert "users:read.email" in problem


class TestTryingOut:
    def test_a_test_message_leaves_nothing_behind(self, slack: FakeSlack, channel: SlackChannel) -> None:
        assert channel.try_out(CHANNEL) == []
        assert channel.try_out("U0123") == []
        assert slack.messages() == []
        assert len(slack.called("chat.delete")) == 2

    @pytest.mark.parametrize(
        ("method", "step"),
        [("chat.postMessage", "posting"), ("conversations.history", "finding it again"), ("chat.update", "editing it"), ("chat.delete", "deleting it")],
    )  # fmt: skip
    def test_what_did_not_work_is_named(
        self, slack: FakeSlack, channel: SlackChannel, method: str, step: str
    ) -> None:
        slack.fail_next(method, error="missing_scope")
        (problem,) = channel.try_out(CHANNEL)
        assert f"a test message in {CHANNEL}, {step}: the bot token lacks a scope" in problem
