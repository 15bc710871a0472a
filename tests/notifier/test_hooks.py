"""Teams and the webhook, over loopback."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from casebook.signature import signed
from notifier.channel import Channel, ChannelUnavailable, Page
from notifier.registry import KINDS
from notifier.speech import word
from notifier.teams import LONGEST, TeamsChannel, TeamsSettings, payload
from notifier.webhook import HEADER, WebhookChannel, WebhookSettings
from tests.notifier.cast import (
    AINO,
    CLOSED,
    HOSTILE,
    OPENED,
    STATES,
    card,
    hostile_reason,
    message,
    notice,
    tongue,
)
from tests.servers.fake_hook import FakeHook

SECRET = "a secret of some length"


@pytest.fixture
def hook() -> Iterator[FakeHook]:
    with FakeHook() as server:
        yield server


def teams(hook: FakeHook) -> TeamsChannel:
    return TeamsChannel(TeamsSettings.model_validate({"url": f"{hook.url}/workflow?sig=s3cret"}), tongue())


def webhook(hook: FakeHook) -> WebhookChannel:
    written = {"url": f"{hook.url}/pager", "secret": SECRET}
    return WebhookChannel(WebhookSettings.model_validate(written), tongue())


def texts(drawn: Any) -> list[str]:
    """Every TextRun's words."""
    if isinstance(drawn, list):
        return [text for inner in drawn for text in texts(inner)]
    if not isinstance(drawn, dict):
        return []
    own = [drawn["text"]] if drawn.get("type") == "TextRun" else []
    return own + [text for inner in drawn.values() for text in texts(inner)]


def kinds(drawn: Any) -> set[str]:
    """Every `type` there is."""
    if isinstance(drawn, list):
        return {kind for inner in drawn for kind in kinds(inner)}
    if not isinstance(drawn, dict):
        return set()
    own = {drawn["type"]} if "type" in drawn else set()
    return own | {kind for inner in drawn.values() for kind in kinds(inner)}


def test_a_card_in_teams_says_all_and_opens_the_post(hook: FakeHook) -> None:
    teams(hook).send(message(card(), destination="team:care"), now=OPENED)
    (posted,) = hook.requests
    (attachment,) = posted.body["attachments"]
    drawn = attachment["content"]
    assert (posted.body["type"], drawn["type"], drawn["version"]) == ("message", "AdaptiveCard", "1.4")
    assert any("lasinsirun" in text for text in texts(drawn))
    assert drawn["actions"] == [
        {
            "type": "Action.OpenUrl",
            "title": "Avaa julkaisu",
            "url": "https://x.com/maija_k/status/1860000000000000001",
        }
    ]
    assert drawn["body"][0]["inlines"][0]["color"] == "Attention"


@pytest.mark.parametrize("state", STATES)
def test_no_words_stand_where_teams_reads_markdown(state: str) -> None:
    drawn = json.loads(payload(word(card(**STATES[state]), tongue()), tongue()))
    assert kinds(drawn) <= {
        "message",
        "AdaptiveCard",
        "RichTextBlock",
        "TextRun",
        "Container",
        "Action.OpenUrl",
    }


@given(st.text(max_size=3_000))
def test_whatever_a_customer_writes_fits_and_is_json(text: str) -> None:
    hostile = card(
        text=text * 10, author=text, latest_text=text * 10, reason=hostile_reason(text), mandate=text * 5
    )
    body = payload(word(hostile, tongue()), tongue())
    assert len(body) <= LONGEST
    assert all(texts(json.loads(body)))


def test_a_long_card_loses_its_end_and_not_its_head() -> None:
    long = card(text=HOSTILE * 100, checklist=("x" * 2_000,) * 20)
    drawn = json.loads(payload(word(long, tongue()), tongue()))
    assert "Kriittinen" in texts(drawn)[0]


@pytest.mark.parametrize("kind", ["teams", "webhook"])
@pytest.mark.parametrize(
    ("status", "permanent", "ambiguous"),
    [
        (400, True, False),
        (401, True, False),
        (404, True, False),
        (307, True, False),
        (500, False, True),
        (503, False, False),
        (429, False, False),
    ],
)
def test_what_a_receivers_answer_means(
    hook: FakeHook, kind: str, status: int, *, permanent: bool, ambiguous: bool
) -> None:
    channel: Channel = teams(hook) if kind == "teams" else webhook(hook)
    headers = {"Location": "http://127.0.0.1:1/elsewhere", "Retry-After": "7"}
    hook.fail_next("/", status=status, headers=headers, body="<html>lasinsirun")
    with pytest.raises(ChannelUnavailable) as refused:
        channel.send(message(card(), destination="team:care"), now=OPENED)
    assert (refused.value.permanent, refused.value.ambiguous) == (permanent, ambiguous)
    assert refused.value.retry_after == (timedelta(seconds=7) if status in {429, 503} else None)
    assert not re.search("lasinsirun|s3cret|127.0.0.1", str(refused.value))
    assert hook.requests == []


def test_a_line_cut_after_the_message_left_is_ambiguous(hook: FakeHook) -> None:
    channel = teams(hook)
    hook.reset_next("/")
    with pytest.raises(ChannelUnavailable) as cut:
        channel.send(message(card(), destination="team:care"), now=OPENED)
    assert cut.value.ambiguous


def test_no_server_took_nothing() -> None:
    with FakeHook() as hook:
        channel = teams(hook)
    with pytest.raises(ChannelUnavailable) as gone:
        channel.send(message(card(), destination="team:care"), now=OPENED)
    assert not gone.value.ambiguous


def test_the_signature_is_that_of_posts_to_us(hook: FakeHook) -> None:
    webhook(hook).send(message(card(), destination="team:care"), now=OPENED)
    (posted,) = hook.requests
    assert posted.headers[HEADER] == signed(SECRET, str(int(OPENED.timestamp())), posted.raw)


def test_a_receiver_learns_of_the_card_of_its_changes_and_whom_a_page_calls(hook: FakeHook) -> None:
    channel = webhook(hook)
    sent = channel.send(message(card(), destination="team:care"), now=OPENED)
    channel.send(message(card(**CLOSED), destination="team:care", update=sent), now=OPENED)
    page = Page(card(), (AINO,), "escalated", step=1)
    channel.send(message(page, destination="person:aino", key="page"), now=OPENED)
    channel.send(message(notice(), destination="team:care", key="notice"), now=OPENED)
    first, second, third, fourth = (posted.body for posted in hook.requests)
    assert (first["kind"], first["update"], first["case"]["status"]) == ("card", False, "open")
    assert (second["key"], second["update"], second["case"]["status"]) == (first["key"], True, "closed")
    assert (third["kind"], third["why"], third["people"], third["to"]) == (
        "page",
        "escalated",
        ["aino"],
        "person:aino",
    )
    assert fourth["kind"] == "notice"
    assert "lasinsirun" in first["text"]
    assert first["url"] == "https://x.com/maija_k/status/1860000000000000001"


@pytest.mark.parametrize("kind", ["teams", "webhook"])
@pytest.mark.parametrize(
    "url", ["", "example.fi", "http://example.fi/hook", "ftp://example.fi", "file:///etc/passwd"]
)
def test_an_address_that_would_tell_others_is_refused_without_being_shown(kind: str, url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        KINDS[kind].settings.model_validate(
            {"url": url, "secret": SECRET} if kind == "webhook" else {"url": url}
        )
    assert "https://" in str(refused.value)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValidationError, match="16"):
        WebhookSettings.model_validate({"url": "https://example.fi/hook", "secret": "short"})
