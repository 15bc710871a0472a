"""What every channel of the registry keeps, by one suite."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from notifier.channel import Answer, Channel, ChannelSettings, Page, Sent
from notifier.registry import KINDS
from tests.notifier.cast import (
    AINO,
    BEN,
    CHANNEL,
    HOSTILE,
    OPENED,
    STATES,
    TAKEN,
    card,
    hostile_reason,
    message,
    notice,
    tongue,
)
from tests.servers.fake_hook import FakeHook
from tests.servers.fake_mail import FakeMail
from tests.servers.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack

# slack_sdk's client drops the socket of a handshake that failed without closing it
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(messages_per_second=None) as server:
        yield server


@pytest.fixture
def mail() -> Iterator[FakeMail]:
    with FakeMail() as server:
        yield server


@pytest.fixture
def hook() -> Iterator[FakeHook]:
    with FakeHook() as server:
        yield server


@pytest.fixture(params=sorted(KINDS))
def opened(
    request: pytest.FixtureRequest, slack: FakeSlack, mail: FakeMail, hook: FakeHook
) -> Iterator[tuple[Channel, str]]:
    """A channel of each kind and a destination of its own."""
    written: dict[str, dict[str, Any]] = {
        "console": {"kind": "console"},
        "email": {
            "kind": "email",
            "host": "127.0.0.1",
            "port": mail.port,
            "security": "none",
            "from": "vaste@example.fi",
            "to": "care@example.fi",
        },
        "teams": {"kind": "teams", "url": f"{hook.url}/workflow"},
        "webhook": {"kind": "webhook", "url": f"{hook.url}/pager", "secret": "a secret of some length"},
        "slack": {"kind": "slack", "bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "api_url": slack.api_url},
    }
    kind = KINDS[request.param]
    channel = kind.open(kind.settings(**written[request.param]), tongue())
    yield channel, CHANNEL if request.param == "slack" else "team:care"
    channel.close()


def test_every_kind_is_tried_here() -> None:
    assert set(KINDS) == {"console", "email", "slack", "teams", "webhook"}, (
        "a new kind needs its settings in this file"
    )


def test_channel_knows_its_kind(opened: tuple[Channel, str]) -> None:
    assert KINDS[opened[0].kind].settings.model_fields["kind"].default == opened[0].kind


def test_settings_refuse_unknown_keys() -> None:
    for kind in KINDS.values():
        assert issubclass(kind.settings, ChannelSettings)
        assert kind.settings.model_config["extra"] == "forbid"


@pytest.mark.parametrize("state", STATES)
def test_new_card_of_every_state_is_sent_and_has_a_place(opened: tuple[Channel, str], state: str) -> None:
    channel, destination = opened
    sent = channel.send(message(card(**STATES[state]), destination=destination), now=OPENED)
    assert sent.place
    assert sent.ref


def test_update_stays_where_the_message_is(opened: tuple[Channel, str]) -> None:
    channel, destination = opened
    sent = channel.send(message(card(), destination=destination), now=OPENED)
    updated = message(card(**TAKEN), destination=destination, update=sent, key="case-12-card-2")
    assert channel.send(updated, now=OPENED).place == sent.place


def test_pages_of_every_reason_and_notices_are_sent(opened: tuple[Channel, str]) -> None:
    channel, destination = opened
    sent = channel.send(message(card(), destination=destination), now=OPENED)
    for why in ("opened", "escalated", "raised", "waits_again", "reopened", "reassigned", "chain_ended"):
        page = Page(card(), (AINO, BEN), why, step=1)
        assert channel.send(message(page, destination=destination, key=why, thread=sent), now=OPENED)
    nobody = Page(card(on_call=()), (), "nobody_on_call")
    assert channel.send(message(nobody, destination=destination, key="nobody"), now=OPENED)
    assert channel.send(message(notice(), destination=destination, key="notice"), now=OPENED)


def test_hostile_text_of_any_length_is_accepted(opened: tuple[Channel, str]) -> None:
    channel, destination = opened
    for number, text in enumerate((HOSTILE, HOSTILE * 100, "👨‍👩‍👧‍👦" * 400, "\x00\ud800", "")):
        hostile = card(
            text=text, author=text, author_name=text, url=text, latest_text=text, reason=hostile_reason(text)
        )
        asked = message(hostile, destination=destination, key=f"hostile-{number}")
        assert isinstance(channel.send(asked, now=OPENED), Sent)
        page = replace(asked, content=Page(hostile, (AINO,), "opened"), key=f"page-{number}")
        assert isinstance(channel.send(page, now=OPENED), Sent)


def test_listening_returns_at_once_and_closing_twice_is_allowed(
    opened: tuple[Channel, str], within: Callable[[float], Any]
) -> None:
    channel, _ = opened
    with within(1):
        channel.listen(lambda press: Answer())
    with within(3):
        channel.close()
    with within(1):
        channel.close()


def test_check_of_a_healthy_channel_finds_nothing(opened: tuple[Channel, str]) -> None:
    assert opened[0].check() == []
