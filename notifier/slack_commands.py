"""Slash commands: read out of an envelope, acked at once, answered to whoever typed them alone.

The answer goes to the address that Slack gives with the command: it is good for half an hour, works over the socket
and over HTTP alike, and also where the bot is no member of the channel. Where that fails it is posted as a message
that only they see. Nothing is said in the channel.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from urllib.parse import urlsplit

import structlog
from slack_sdk.webhook import WebhookClient

from notifier.blocks import Payload
from notifier.channel import ChannelUnavailable, Notice, Tongue
from notifier.front import Front, Home
from notifier.slack_calls import SlackSettings, Unfit, call, mute, web_client
from notifier.slack_home_blocks import draw_answer, draw_mine
from notifier.slack_presses import QUICK_TIMEOUT_S, Filed

_log = structlog.get_logger(__name__)

COMMAND_LENGTH = 500
REMEMBERED = 200
_PERSON = re.compile(r"[UW][A-Z0-9]{2,}")
_COMMAND = re.compile(r"/[^\s<>&|`*~]{1,32}")
_SLACKS = ("slack.com", "slack-gov.com")
_OK = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A command as somebody typed it."""

    user: str
    words: str
    command: str
    respond_at: str | None
    place: str | None
    trigger: str | None


class SlackCommands:
    """Answers slash commands. Safe to call from several threads."""

    def __init__(self, settings: SlackSettings, tongue: Tongue, front: Front) -> None:
        self._settings = settings
        self._tongue = tongue
        self._front = front
        self._quick = web_client(settings, timeout=QUICK_TIMEOUT_S)
        self._lock = Lock()
        self._answered: list[str] = []
        self._workspace: str | None = None

    def take(self, payload: object) -> Filed | None:
        """Take a command to be answered after the ack; None where the envelope holds none."""
        asked = read_asked(payload)
        if asked is None:
            return None
        return Filed(lambda: self._answer(asked))

    def workspace(self) -> str | None:
        """Give the workspace's address, asked for once; None while Slack does not say it."""
        if self._workspace is None:
            try:
                answer = call(self._quick.auth_test, to="the workspace")
            except (ChannelUnavailable, Unfit) as error:
                _log.warning("slack_workspace_unknown", reason=str(error), effect="no links to cards")
                return None
            self._workspace = str(answer.get("url") or "")
        return self._workspace

    def _answer(self, asked: Asked) -> None:
        if self._is_repeated(asked):
            return
        try:
            answer = self._front.ask(asked.user, asked.words, command=asked.command)
        except Exception as error:  # noqa: BLE001  # whatever is wrong, who asked must not wait in silence
            _log.exception("slack_command_failed", error=type(error).__name__)
            self._send(asked, draw_answer(_failed(asked, self._tongue), self._tongue))
            return
        self._send(asked, self._drawn(answer))

    def _drawn(self, answer: Notice | Home) -> Payload:
        if isinstance(answer, Home):
            return draw_mine(answer, self._tongue, workspace=self.workspace())
        return draw_answer(answer, self._tongue)

    def _is_repeated(self, asked: Asked) -> bool:
        """Say whether this very command was answered: Slack sends it again where our ack was lost."""
        if asked.trigger is None:
            return False
        with self._lock:
            if asked.trigger in self._answered:
                return True
            self._answered = [*self._answered[-REMEMBERED:], asked.trigger]
        return False

    def _send(self, asked: Asked, drawn: Payload) -> None:
        if self._respond(asked, drawn) or asked.place is None:
            return
        place = asked.place
        try:
            call(
                lambda: self._quick.chat_postEphemeral(
                    channel=place, user=asked.user, text=drawn.text, blocks=list(drawn.blocks)
                ),
                to="whoever asked",
            )
        except (ChannelUnavailable, Unfit) as error:
            _log.warning("slack_command_not_answered", reason=str(error))

    def _respond(self, asked: Asked, drawn: Payload) -> bool:
        """Answer at the address that came with the command; False where that is not possible."""
        if asked.respond_at is None or not is_slacks(asked.respond_at, self._settings.api_url):
            return False
        client = WebhookClient(asked.respond_at, timeout=QUICK_TIMEOUT_S, logger=mute(), retry_handlers=[])
        try:
            answer = client.send(
                text=drawn.text, blocks=list(drawn.blocks) or None, response_type="ephemeral"
            )
        except Exception as error:  # noqa: BLE001  # slack_sdk raises what urllib raises; the other way is tried
            _log.info("slack_response_lost", error=type(error).__name__)
            return False
        return bool(answer.status_code == _OK)


def read_asked(payload: object) -> Asked | None:
    """Read a command out of an envelope's payload; None when it holds none."""
    if not isinstance(payload, dict):
        return None
    command, user = payload.get("command"), payload.get("user_id")
    if not isinstance(command, str) or not isinstance(user, str):
        return None
    if not _COMMAND.fullmatch(command) or not _PERSON.fullmatch(user):
        return None
    return Asked(
        user=user,
        words=str(payload.get("text") or "")[:COMMAND_LENGTH],
        command=command,
        respond_at=_text(payload.get("response_url")),
        place=_text(payload.get("channel_id")),
        trigger=_text(payload.get("trigger_id")),
    )


def is_slacks(address: str, api_url: str) -> bool:
    """Say whether an address is Slack's own, or of the server that stands in for it: nobody else hears answers."""
    try:
        there, ours = urlsplit(address), urlsplit(api_url)
        same = (there.scheme, there.hostname, there.port) == (ours.scheme, ours.hostname, ours.port)
    except ValueError:  # a broken port
        return False
    host = there.hostname or ""
    return same or (
        there.scheme == "https" and any(host == one or host.endswith(f".{one}") for one in _SLACKS)
    )


def _failed(asked: Asked, tongue: Tongue) -> Notice:
    facts = {"reason": "failed", "word": "", "command": asked.command, "user": asked.user}
    # no time is told in it
    return Notice("mistake", datetime.fromtimestamp(0, tongue.zone), {**facts, "people": [], "teams": []})


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
