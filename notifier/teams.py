"""Microsoft Teams as a channel: an adaptive card for each card and page, through a workflow's webhook.

The workflow *Post to a channel when a webhook request is received* takes the card and tells nothing of what it
posted: a card can't be changed afterwards, so what becomes of a case is told by its pages. All words stand in
RichTextBlocks, whose TextRuns know no markup (a TextBlock would read Markdown), and links are actions.
"""

import json
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr

from notifier.channel import ChannelSettings, ChannelUnavailable, Inbox, Message, Sent, Tongue
from notifier.hostile import clean, clean_line
from notifier.post import post_json
from notifier.saying import word_open_post
from notifier.speech import word
from notifier.told import as_lines, link_of
from notifier.worded import Part, Quote, Say, Worded, plain

LONGEST = 24_000
"""Bytes of a message; Teams takes 28 KB (Microsoft's documentation, November 2026), the envelope included."""
_COLOURS = {"critical": "Attention", "high": "Warning", "normal": "Accent", "low": "Default"}


def _is_https(secret: SecretStr) -> SecretStr:
    parts = urlsplit(secret.get_secret_value())
    local = parts.hostname in {"127.0.0.1", "::1", "localhost"}
    if parts.hostname is None or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
        raise ValueError("write the workflow's whole address, which begins with https://")
    return secret


WebAddress = Annotated[SecretStr, AfterValidator(_is_https)]
"""Whoever knows it may post: it is a secret."""


class TeamsSettings(ChannelSettings):
    """`{kind: teams, url: "${TEAMS_WORKFLOW_URL}"}`."""

    kind: Literal["teams"] = "teams"
    url: WebAddress


class TeamsChannel:
    """Posts adaptive cards; hears nothing."""

    kind = "teams"

    def __init__(self, settings: TeamsSettings, tongue: Tongue) -> None:
        self._settings = settings
        self._tongue = tongue

    def send(self, message: Message, *, now: datetime) -> Sent:  # noqa: ARG002  # the protocol's; Teams stamps its own time
        """Post one card; one that was posted is not posted anew. Raises ChannelUnavailable."""
        if message.update is not None:
            return message.update
        body = payload(word(message.content, self._tongue, in_full=True), self._tongue)
        post_json(self._settings.url.get_secret_value(), body, who="Teams")
        return Sent(place="teams", ref=message.key)

    def listen(self, inbox: Inbox) -> None:
        """Do nothing: a workflow hears no presses."""

    def check(self) -> list[str]:
        """Nothing can be asked of a workflow without posting."""
        return []

    def close(self) -> None:
        """Let go of nothing: each card has a connection of its own."""


def payload(worded: Worded, tongue: Tongue) -> bytes:
    """Draw a message, cut until it fits; gives the JSON as it is sent."""
    parts = (*worded.parts, *worded.more) or (Say(worded.summary),)
    for room in range(len(parts), -1, -1):
        body = json.dumps(_message(worded, parts[:room], tongue), ensure_ascii=False).encode(
            "utf-8", "replace"
        )
        if len(body) <= LONGEST:
            return body
    raise ChannelUnavailable("the message does not fit into Teams", permanent=True)


def _message(worded: Worded, parts: tuple[Part, ...], tongue: Tongue) -> dict[str, Any]:
    headline = worded.headline or plain(worded.summary)
    blocks = [_block(clean_line(headline), bold=True, colour=_COLOURS.get(worded.severity or "", "Default"))]
    for part in parts:
        lines = as_lines(Worded(summary=(), parts=(part,)), tongue)
        quiet = isinstance(part, Say) and part.quiet
        block = _block(clean("\n".join(lines)), quiet=quiet)
        blocks.append(
            {"type": "Container", "style": "emphasis", "items": [block]} if isinstance(part, Quote) else block
        )
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": clean_line(plain(worded.summary))[:500],
        "msteams": {"width": "Full"},
        "body": blocks,
    }
    link = link_of(worded)
    if link is not None:
        card["actions"] = [{"type": "Action.OpenUrl", "title": word_open_post(tongue), "url": link}]
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    return {"type": "message", "attachments": [attachment]}


def _block(text: str, *, bold: bool = False, quiet: bool = False, colour: str = "Default") -> dict[str, Any]:
    run: dict[str, Any] = {"type": "TextRun", "text": text or "–", "isSubtle": quiet, "color": colour}
    if bold:
        run |= {"weight": "Bolder", "size": "Large"}
    return {"type": "RichTextBlock", "inlines": [run]}
