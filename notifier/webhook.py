"""Any other tool as a channel: each message as signed JSON to an address of yours.

The signature is that of posts which are sent to us: HMAC-SHA256, with the shared secret, of the second in which it
is made, a full stop and the body. A receiver tells one message by its `key`; the same key again is the same
message, `update` says that it is newer.
"""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr

from casebook.signature import signed
from notifier.channel import Card, ChannelSettings, Inbox, Message, Notice, Page, Reminders, Sent, Tongue
from notifier.hostile import clean, clean_line
from notifier.post import post_json
from notifier.speech import word
from notifier.teams import WebAddress
from notifier.told import as_lines, link_of
from notifier.worded import plain

HEADER = "X-Vaste-Signature"


class WebhookSettings(ChannelSettings):
    """`{kind: webhook, url: "${PAGER_URL}", secret: "${PAGER_SECRET}"}`."""

    kind: Literal["webhook"] = "webhook"
    url: WebAddress
    secret: Annotated[SecretStr, Field(min_length=16)]


class WebhookChannel:
    """Posts every message, changes of cards included; hears nothing."""

    kind = "webhook"

    def __init__(self, settings: WebhookSettings, tongue: Tongue) -> None:
        self._settings = settings
        self._tongue = tongue

    def send(self, message: Message, *, now: datetime) -> Sent:
        """Post one message or its newer state. Raises ChannelUnavailable."""
        body = json.dumps(self._told(message, now=now), ensure_ascii=False).encode("utf-8", "replace")
        secret = self._settings.secret.get_secret_value()
        headers = {HEADER: signed(secret, str(int(now.timestamp())), body)}
        post_json(self._settings.url.get_secret_value(), body, who="the webhook", headers=headers)
        return Sent(place="webhook", ref=message.key)

    def listen(self, inbox: Inbox) -> None:
        """Do nothing: a receiver presses through the command line or the page."""

    def check(self) -> list[str]:
        """Nothing can be asked of a receiver without posting."""
        return []

    def close(self) -> None:
        """Let go of nothing: each message has a connection of its own."""

    def _told(self, message: Message, *, now: datetime) -> dict[str, Any]:
        worded = word(message.content, self._tongue, in_full=True)
        content = message.content
        told: dict[str, Any] = {
            "key": message.key,
            "to": message.destination,
            "kind": {Card: "card", Page: "page", Reminders: "reminders", Notice: "notice"}[type(content)],
            "update": message.update is not None,
            "sent_at": now.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "headline": clean_line(worded.headline or plain(worded.summary)),
            "text": clean("\n".join(as_lines(worded, self._tongue))),
            "severity": worded.severity,
            "url": link_of(worded),
        }
        card = content.card if isinstance(content, Page) else content
        if isinstance(card, Card):
            told["case"] = {
                "number": card.case,
                "status": card.status,
                "team": card.team,
                "playbook": card.playbook,
            }
        if isinstance(content, Reminders):
            told["cases"] = [{"number": page.card.case, "why": page.why} for page in content.pages]
            told["people"] = [person.key for person in content.people]
        if isinstance(content, Page):
            told |= {"why": content.why, "people": [person.key for person in content.people]}
        return told
