"""Slack as a channel, through slack_sdk: cards and pages out, presses in.

Sending. Every message carries its delivery's key as metadata, so that a message whose outcome is unknown is
looked up before it is repeated. slack_sdk's own retries are off: they can post twice, and the outbox
retries anyway. Its loggers are off, too: they print request bodies, and those hold people's posts.

Listening (Socket Mode):
1. One watcher thread of ours keeps one connection of slack_sdk's built-in client up. It reconnects with
   backoff, and it hangs up on a connection that answers no ping: the client notices neither a connection
   that was silent from its first moment nor one that ended without a closing frame.
2. slack_sdk's workers hand us envelopes. A press is filed (a quick database write) and only then acked;
   an unacked envelope comes again.
3. After the ack, and never before it, the presser is told what came of it, or asked where they replied.
"""

import contextlib
import http.client
import json
import logging
import random
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from typing import Any, Literal, cast
from urllib.error import URLError

import structlog
from pydantic import AnyHttpUrl, SecretStr, field_validator
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient

from notifier.blocks import WHERE_ID, Payload, draw_where, escape, payload
from notifier.channel import (
    Answer,
    Card,
    ChannelSettings,
    ChannelUnavailable,
    Inbox,
    Message,
    Notice,
    Page,
    Press,
    Sent,
    Tongue,
)
from notifier.wording import word_where

_log = structlog.get_logger(__name__)

EVENT_TYPE = "vaste_delivery"
VERBS = frozenset({"acknowledge", "replied", "close", "dismiss", "reopen", "snooze"})
SCOPES = frozenset(
    {
        "chat:write",
        "channels:read",
        "groups:read",
        "channels:history",
        "groups:history",
        "im:history",
        "im:write",
    }
)
"""What the bot's token needs; docs/channels/slack.md says what each is for."""

CALL_TIMEOUT_S = 10
QUICK_TIMEOUT_S = 3
"""For what follows a press: a trigger is good for 3 s."""
RATE_LIMITED_S = 30
"""Wait when Slack names none."""
LOOK_BACK = timedelta(seconds=30)
"""Slack's clock and ours may differ; look that much before the attempt."""
PAGES_MOST = 20
CLOSE_WITHIN_S = 2.5
PING_EVERY_S = 5.0
SILENT_AFTER_S = 20.0
WATCH_EVERY_S = 0.25
BACKOFF_FIRST_S = 1.0
BACKOFF_MOST_S = 60.0

_PERSON = re.compile(r"[UW][A-Z0-9]{2,}")
_PLACE = re.compile(r"[CDG][A-Z0-9]{2,}")
_CASE = re.compile(r"[0-9]{1,18}")
_ENVELOPES = frozenset({"interactive", "events_api", "slash_commands"})
_ERROR_CODE = re.compile(r"[a-z0-9_]{1,64}")
_UNFIT = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "no_text"}
)
_UNEDITABLE = frozenset({"cant_update_message", "edit_window_closed"})
_RATE_LIMITED = frozenset({"ratelimited", "rate_limited"})
_HALF_DONE = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
_INVITE = "invite the bot there: /invite @… in {to}"
_TOKEN = "make a new bot token in the app's settings (OAuth & Permissions) and put it in SLACK_BOT_TOKEN"  # noqa: S105  # a sentence about tokens
_APP_TOKEN = "make an app-level token (xapp-…) with connections:write, turn Socket Mode on, and set app_token"  # noqa: S105  # a sentence about tokens
_PERMANENT = {
    "channel_not_found": "there is no channel {to} that the bot can see: check its name, and if it is private, "
    + _INVITE,
    "not_in_channel": "the bot is not in {to}: " + _INVITE,
    "is_archived": "the channel {to} is archived: unarchive it or name another in the configuration",
    "restricted_action": "posting in {to} is restricted: let the app post there, or name another channel",
    "user_not_found": "Slack knows no member {to}: check the person's slack id (Profile → Copy member ID)",
    "users_not_found": "Slack knows no member {to}: check the person's slack id (Profile → Copy member ID)",
    "cannot_dm_bot": "{to} is a bot, and bots get no direct messages: put a person's member id there",
    "user_disabled": "the Slack account {to} is deactivated: put another person on call",
    "invalid_auth": "Slack refuses the bot token: " + _TOKEN,
    "not_authed": "the bot token is empty: " + _TOKEN,
    "token_revoked": "the bot token was revoked: " + _TOKEN,
    "token_expired": "the bot token has expired: " + _TOKEN,
    "account_inactive": "the app was removed from the workspace: install it again and put the new token in SLACK_BOT_TOKEN",
    "missing_scope": "the bot token lacks a scope: add it under OAuth & Permissions and reinstall the app (vaste check --online names it)",
    "not_allowed_token_type": "this is not a bot token: use the one that begins with xoxb-",
    "message_not_found": "the message to update is gone from {to}",
    "cant_update_message": "Slack lets the bot edit this message no longer; a new one is needed",
    "cant_delete_message": "Slack lets the bot neither edit nor delete a message in {to} whose words must go: delete it there by hand",
    "compliance_exports_prevent_deletion": "the workspace lets nobody delete a message in {to} whose words must go: ask its administrators",
    "edit_window_closed": "the workspace's time for editing this message is over; a new one is needed",
    "no_permission": "the workspace does not let the bot do this in {to}: ask its administrators",
    "ekm_access_denied": "the workspace's administrators have suspended posting: ask them",
    "invalid_metadata_format": "Slack refuses the message's metadata: this is a fault of Vaste, please report it",
}


class SlackSettings(ChannelSettings):
    """Slack's keys; the tokens are described in docs/channels/slack.md."""

    kind: Literal["slack"] = "slack"
    bot_token: SecretStr
    """xoxb-…"""
    app_token: SecretStr | None = None
    """xapp-… with connections:write; without it cards are shown and presses are not heard."""
    api_url: str = "https://slack.com/api/"

    @field_validator("api_url")
    @classmethod
    def _is_an_address(cls, api_url: str) -> str:
        AnyHttpUrl(api_url)
        return api_url.rstrip("/") + "/"


class SlackChannel:
    """Posts cards and pages to Slack, keeps cards up to date, and hears presses."""

    kind = "slack"

    def __init__(self, settings: SlackSettings, tongue: Tongue) -> None:
        self._settings = settings
        self._tongue = tongue
        self._client = _web_client(settings, timeout=CALL_TIMEOUT_S)
        self._places: dict[str, str] = {}
        self._listener: _Listener | None = None
        self.repeated = 0
        """Messages posted again because it could not be looked up whether they were there."""
        self.recovered = 0
        """Messages of unknown outcome that were found, and not posted again."""

    def send(self, message: Message, *, now: datetime) -> Sent:  # noqa: ARG002  # the protocol's; Slack stamps its own time
        """Post or update one message; looks first where an earlier attempt may have posted it.

        Raises ChannelUnavailable.
        """
        if message.update is None and message.attempted_at is not None:
            found = self._look(message, message.attempted_at)
            if found is not None:
                self.recovered += 1
                return found
        drawn = payload(message.content, self._tongue, in_full=message.thread is None)
        if not drawn.blocks:
            _log.error("slack_blocks_unfit", delivery=message.key, sent_as="text")
        return self._deliver(message, drawn)

    def listen(self, inbox: Inbox) -> None:
        """Begin to hear presses; without an app token there are none to hear, and `check` says so."""
        app_token = self._settings.app_token
        if app_token is not None and self._listener is None:
            self._listener = _Listener(self._settings, app_token, self._tongue, inbox)
            self._listener.start()

    def check(self) -> list[str]:
        """Ask Slack about both tokens and the bot's scopes."""
        return [*_bot_problems(self._client), *_app_problems(self._settings)]

    def close(self) -> None:
        """Stop listening, within 3 s."""
        if self._listener is not None:
            self._listener.close()

    # -- sending

    def _deliver(self, message: Message, drawn: Payload) -> Sent:
        arguments: dict[str, Any] = {"text": drawn.text, "blocks": list(drawn.blocks)}
        try:
            return self._write(message, arguments)
        except _Unfit as unfit:
            # nothing is lost for its form: the same words as text, at once
            _log.error("slack_refused_blocks", delivery=message.key, error=unfit.error, sent_as="text")
        try:
            return self._write(message, {"text": drawn.whole_text, "blocks": []})
        except _Unfit as unfit:
            sentence = f"Slack refuses this message even as plain text ({unfit.error}): please report it"
            raise ChannelUnavailable(sentence, permanent=True) from unfit

    def _write(self, message: Message, arguments: dict[str, Any]) -> Sent:
        """One call: chat.update in place, else chat.postMessage. Raises _Unfit, ChannelUnavailable."""
        arguments["metadata"] = {"event_type": EVENT_TYPE, "event_payload": {"key": message.key}}
        if message.update is not None:
            place, ts = message.update.place, message.update.ref
            try:
                _call(
                    lambda: self._client.chat_update(channel=place, ts=ts, **arguments),
                    to=message.destination,
                )
            except _Uneditable:
                if not _must_not_quote(message):
                    raise
                # what it quotes must not stay: better no message than one with those words
                _call(lambda: self._client.chat_delete(channel=place, ts=ts), to=message.destination)
            return message.update
        if message.thread is not None:
            arguments["thread_ts"] = message.thread.ref
        to = message.thread.place if message.thread is not None else message.destination
        answer = _call(
            lambda: self._client.chat_postMessage(
                channel=to, unfurl_links=False, unfurl_media=False, **arguments
            ),
            to=message.destination,
            repeatable=False,
        )
        return self._sent(message, answer)

    def _sent(self, message: Message, answer: Mapping[str, Any]) -> Sent:
        place, ts = answer.get("channel"), answer.get("ts")
        if not isinstance(place, str) or not isinstance(ts, str):
            sentence = "Slack accepted the message and did not say where it is; it is looked up"
            raise ChannelUnavailable(sentence, ambiguous=True)
        if message.thread is None:
            self._places[message.destination] = place
        return Sent(place=place, ref=ts)

    # -- looking before repeating

    def _look(self, message: Message, attempted_at: datetime) -> Sent | None:
        """Find the message where an earlier attempt would have put it.

        None when it is not there, and when that cannot be known for good: a second page beats a lost one,
        and is counted. Raises ChannelUnavailable when it cannot be known right now.
        """
        try:
            place = message.thread.place if message.thread else self._find_place(message.destination)
            if place is not None:
                return self._search(message, place, attempted_at)
            why = f"no channel {message.destination} is listed"
        except ChannelUnavailable as error:
            if not error.permanent:
                raise ChannelUnavailable(str(error), retry_after=error.retry_after, ambiguous=True) from error
            why = str(error)
        self.repeated += 1
        _log.warning("slack_cannot_look_up", delivery=message.key, why=why, repeated=self.repeated)
        return None

    def _find_place(self, destination: str) -> str | None:
        """The id of a channel or of a direct conversation; None when no such channel is listed."""
        if destination not in self._places:
            if _PERSON.fullmatch(destination):
                opened = _call(lambda: self._client.conversations_open(users=destination), to=destination)
                self._places[destination] = str(opened["channel"]["id"])
            elif _PLACE.fullmatch(destination):
                return destination
            else:
                self._learn_places()
        return self._places.get(destination)

    def _learn_places(self) -> None:
        kinds = "public_channel,private_channel"
        pages = _pages(
            lambda cursor: self._client.conversations_list(
                types=kinds, exclude_archived=True, limit=200, cursor=cursor
            )
        )
        for page in pages:
            for channel in page.get("channels", []):
                self._places[f"#{channel['name']}"] = self._places[channel["name"]] = channel["id"]

    def _search(self, message: Message, place: str, attempted_at: datetime) -> Sent | None:
        oldest = f"{(attempted_at - LOOK_BACK).timestamp():.6f}"
        thread = message.thread

        def read(cursor: str) -> Any:
            asked: dict[str, Any] = {"channel": place, "oldest": oldest, "limit": 200, "cursor": cursor}
            if thread is None:
                return self._client.conversations_history(include_all_metadata=True, **asked)
            return self._client.conversations_replies(ts=thread.ref, include_all_metadata=True, **asked)

        for page in _pages(read):
            for posted in page.get("messages", []):
                metadata = posted.get("metadata") or {}
                if metadata.get("event_payload", {}).get("key") == message.key:
                    return Sent(place=place, ref=str(posted["ts"]))
        return None


# ---------------------------------------------------------------------------------------------------------
# Calls and their errors


class _Unfit(Exception):
    """Slack refuses the message for its form."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class _Uneditable(ChannelUnavailable):
    """Slack lets nobody edit this message any more."""


def _must_not_quote(message: Message) -> bool:
    content = message.content
    card = content.card if isinstance(content, Page) else content
    return isinstance(card, Card | Notice) and card.must_not_quote


def _web_client(settings: SlackSettings, *, timeout: int) -> WebClient:
    token = settings.bot_token.get_secret_value()
    return WebClient(
        token=token, base_url=settings.api_url, timeout=timeout, retry_handlers=[], logger=_mute()
    )


def _mute() -> logging.Logger:
    """A logger that says nothing: slack_sdk would print tokens' neighbours and people's posts."""
    muted = logging.getLogger("vaste.muted.slack_sdk")
    muted.setLevel(logging.CRITICAL + 1)
    return muted


def _call(call: Callable[[], Any], *, to: str, repeatable: bool = True) -> dict[str, Any]:
    """Make one call and give its answer; every way in which it fails becomes ours.

    `repeatable` says that doing it twice does no harm, so its outcome is never ambiguous.
    Raises _Unfit, ChannelUnavailable.
    """
    try:
        answer = call().data
    except SlackApiError as error:
        raise _refusal(error, to=to, repeatable=repeatable) from None  # its text repeats the request's answer
    except (OSError, http.client.HTTPException, SlackClientError) as error:
        sentence = f"Slack cannot be reached ({_network_name(error)}): it is tried again"
        raise ChannelUnavailable(sentence, ambiguous=not repeatable and not _never_left(error)) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # JSON that is no object, broken bytes
        sentence = "Slack's answer cannot be read: is a proxy in between? it is tried again"
        raise ChannelUnavailable(sentence, ambiguous=not repeatable) from error
    return answer if isinstance(answer, dict) else {}


def _refusal(error: SlackApiError, *, to: str, repeatable: bool) -> Exception:
    """Translate Slack's no; decides what is permanent, what waits, and what may have been accepted."""
    status, code = error.response.status_code, _error_code(error)
    if status == http.client.TOO_MANY_REQUESTS or code in _RATE_LIMITED:
        wait = _retry_after(error.response.headers)
        return ChannelUnavailable("Slack asks for a pause (rate limited)", retry_after=wait)
    if status >= http.client.INTERNAL_SERVER_ERROR or code in _HALF_DONE:
        sentence = f"Slack has a fault of its own ({status if status >= 500 else code}): it is tried again"  # noqa: PLR2004  # HTTP
        return ChannelUnavailable(sentence, ambiguous=not repeatable)
    if code in _UNFIT:
        return _Unfit(code)
    if code in _UNEDITABLE:
        return _Uneditable(_PERMANENT[code].format(to=to), permanent=True)
    if code in _PERMANENT:
        return ChannelUnavailable(_PERMANENT[code].format(to=to), permanent=True)
    # an answer in no known form may come from a proxy after Slack took the message
    unknown = code == "no JSON" and not repeatable
    return ChannelUnavailable(f"Slack answers {code} for {to}: it is tried again", ambiguous=unknown)


def _error_code(error: SlackApiError) -> str:
    """Slack's own short word; anything else (a page of HTML) is not repeated."""
    data = error.response.data
    code = data.get("error") if isinstance(data, dict) else None
    return code if isinstance(code, str) and _ERROR_CODE.fullmatch(code) else "no JSON"


def _retry_after(headers: Mapping[str, Any]) -> timedelta:
    written = {name.lower(): value for name, value in headers.items()}.get("retry-after")
    written = written[0] if isinstance(written, list) and written else written
    try:
        seconds = float(str(written))
    except ValueError:
        seconds = RATE_LIMITED_S
    return timedelta(seconds=seconds if 0 <= seconds <= 3600 else RATE_LIMITED_S)  # noqa: PLR2004  # an hour


def _never_left(error: Exception) -> bool:
    """The request cannot have reached Slack: no connection was made."""
    reason = error.reason if isinstance(error, URLError) else error
    return isinstance(reason, ConnectionRefusedError | socket.gaierror | ssl.SSLCertVerificationError)


def _network_name(error: Exception) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    return type(reason).__name__ if isinstance(reason, Exception) else "no connection"


def _pages(read: Callable[[str], Any]) -> list[dict[str, Any]]:
    """Read to the last page; raises ChannelUnavailable (permanent) when there is no end to them."""
    pages, cursor = [], ""
    for _ in range(PAGES_MOST):
        at = cursor
        pages.append(_call(lambda: read(at), to="the channels"))  # noqa: B023  # called at once
        cursor = (pages[-1].get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return pages
    raise ChannelUnavailable("there is too much to look through", permanent=True)


# ---------------------------------------------------------------------------------------------------------
# Checking


def _bot_problems(client: WebClient) -> list[str]:
    headers: dict[str, str] = {}

    def ask() -> Any:
        answer = client.auth_test()
        headers.update({name.lower(): str(value) for name, value in answer.headers.items()})
        return answer

    try:
        _call(ask, to="the workspace")
    except ChannelUnavailable as error:
        return [f"slack: {error}"]
    if "x-oauth-scopes" not in headers:
        return []
    missing = SCOPES - {scope.strip() for scope in headers["x-oauth-scopes"].split(",")}
    add = "add it under OAuth & Permissions → Bot Token Scopes and reinstall the app"
    return [f"slack: the bot token lacks the scope {scope}: {add}" for scope in sorted(missing)]


def _app_problems(settings: SlackSettings) -> list[str]:
    if settings.app_token is None:
        return [f"slack: presses of the buttons are not heard: {_APP_TOKEN}"]
    try:
        _ask_for_line(_web_client(settings, timeout=CALL_TIMEOUT_S), settings.app_token)
    except ChannelUnavailable as error:
        return [f"slack: {error}"]
    return []


def _ask_for_line(client: WebClient, app_token: SecretStr) -> str:
    """Ask Slack for an address to listen at; raises ChannelUnavailable."""
    token = app_token.get_secret_value()
    try:
        answer = _call(lambda: client.apps_connections_open(app_token=token), to="Socket Mode")
    except ChannelUnavailable as error:
        if not error.permanent:
            raise
        raise ChannelUnavailable(f"Slack refuses the app token: {_APP_TOKEN}", permanent=True) from error
    return str(answer.get("url") or "")


# ---------------------------------------------------------------------------------------------------------
# Listening


class _NotYet(Exception):
    """It is too early to try again, or too late."""


class _Line(SocketModeClient):
    """slack_sdk's built-in client, kept from sleeping and from reconnecting at its own pace."""

    def __init__(self, settings: SlackSettings, app_token: SecretStr) -> None:
        self._secret = app_token
        self._not_before = self._connected_at = 0.0
        self._backoff_s = BACKOFF_FIRST_S
        super().__init__(
            app_token=app_token.get_secret_value(),
            logger=_mute(),
            web_client=_web_client(settings, timeout=CALL_TIMEOUT_S),
            auto_reconnect_enabled=False,
            ping_interval=PING_EVERY_S,
            concurrency=4,
        )

    def issue_new_wss_url(self) -> str:
        """Ask for an address to connect to; raises _NotYet while backing off, ChannelUnavailable."""
        if self.closed or time.monotonic() < self._not_before:
            raise _NotYet
        # noted before the call: a connection that is never greeted backs off, too
        self._back_off()
        try:
            return _ask_for_line(self.web_client, self._secret)
        except ChannelUnavailable as error:
            if error.retry_after is not None:
                seconds = min(error.retry_after.total_seconds(), BACKOFF_MOST_S)
                self._not_before = max(self._not_before, time.monotonic() + seconds)
            raise

    def _back_off(self) -> None:
        """Wait twice as long each time, at most a minute; not in step with other machines."""
        jitter = random.uniform(0.8, 1.0)  # noqa: S311  # no secret
        self._not_before = time.monotonic() + self._backoff_s * jitter
        self._backoff_s = min(self._backoff_s * 2, BACKOFF_MOST_S)

    def greeted(self) -> None:
        """Slack said hello: the next break begins with a short wait."""
        self._backoff_s = BACKOFF_FIRST_S

    def connect(self) -> None:
        """Connect in place of the old connection, if any, and remember when."""
        if self.closed:
            raise _NotYet
        self.hang_up()
        super().connect()
        self._connected_at = time.time()

    def hang_up(self) -> None:
        """End the connection at once: the client's own way waits for the reader's timeout of 3 s."""
        with contextlib.suppress(OSError), self._raw_socket() as raw:
            raw.shutdown(socket.SHUT_RDWR)

    def is_dead(self) -> bool:
        """The connection has ended without a word, or answers no ping."""
        session = self.current_session
        if session is None or not session.is_active():
            return False
        heard_at = max(session.last_ping_pong_time or 0.0, self._connected_at)
        return time.time() - heard_at > SILENT_AFTER_S or self._has_ended()

    def _has_ended(self) -> bool:
        """The other side has closed; the client reads that as "nothing yet", again and again."""
        try:
            with self._raw_socket() as raw:
                return raw.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False  # open, and nothing to read
        except OSError:
            return True

    def _raw_socket(self) -> socket.socket:
        """The connection beneath TLS, as a handle of our own; raises OSError when it is gone."""
        connection = self.current_session.sock if self.current_session is not None else None
        if connection is None:
            raise OSError
        return socket.fromfd(connection.fileno(), connection.family, connection.type)


@dataclass(frozen=True, slots=True)
class _Click:
    """A press with what is needed to answer the presser."""

    press: Press
    place: str | None
    trigger: str | None


class _Listener:
    """Keeps a line to Slack up and files what comes over it."""

    def __init__(self, settings: SlackSettings, app_token: SecretStr, tongue: Tongue, inbox: Inbox) -> None:
        self._tongue = tongue
        self._inbox = inbox
        self._quick = _web_client(settings, timeout=QUICK_TIMEOUT_S)
        self._line = _Line(settings, app_token)
        self._line.message_listeners.append(self._hear)
        self._stopped = Event()
        self._lock = Lock()
        self._is_lost = False
        self._saw_malformed = False
        self._watcher = Thread(target=self._watch, name="vaste-slack", daemon=True)

    def start(self) -> None:
        self._watcher.start()

    def close(self) -> None:
        """Stop within CLOSE_WITHIN_S; what slack_sdk has not ended by then ends with the process."""
        self._stopped.set()
        self._line.closed = True
        self._line.hang_up()
        self._line.message_queue.put(None)  # wakes the client's reader of the queue, which sleeps for 1 s
        closing = Thread(target=self._line.close, name="vaste-slack-close", daemon=True)
        closing.start()
        closing.join(CLOSE_WITHIN_S)

    # -- the connection

    def _watch(self) -> None:
        while not self._stopped.is_set():
            try:
                self._keep_up()
            except _NotYet:
                pass
            except Exception as error:  # noqa: BLE001  # the watcher outlives whatever slack_sdk raises
                self._lost(error)
            self._stopped.wait(WATCH_EVERY_S)

    def _keep_up(self) -> None:
        if self._line.is_dead():
            self._line.hang_up()
            self._line.disconnect()
        if not self._line.is_connected():
            self._line.connect_to_new_endpoint()
            if not self._line.is_connected():
                raise ConnectionError("the handshake failed")

    def _lost(self, error: Exception) -> None:
        with self._lock:
            was_lost, self._is_lost = self._is_lost, True
        if not was_lost and not self._stopped.is_set():
            reason = str(error) if isinstance(error, ChannelUnavailable) else type(error).__name__
            _log.warning("slack_not_listening", reason=reason, retried="in the background")

    def _greeted(self) -> None:
        self._line.greeted()
        with self._lock:
            was_lost, self._is_lost = self._is_lost, False
        if was_lost:
            _log.info("slack_listening_recovered")

    # -- what comes over it

    def _hear(self, line: BaseSocketModeClient, heard: dict[str, Any], _raw: str | None = None) -> None:
        """Take one message off the line; called in slack_sdk's workers."""
        if heard.get("type") == "hello":
            self._greeted()
        envelope_id = heard.get("envelope_id")
        if isinstance(envelope_id, str):
            self._take(line, envelope_id, heard)

    def _take(self, line: BaseSocketModeClient, envelope_id: str, heard: dict[str, Any]) -> None:
        """File, then ack, then answer: what is not filed is not acked, and Slack sends it again."""
        click = read_click(heard.get("payload"))
        if click is None:
            self._malformed(heard)
            self._ack(line, envelope_id)
            return
        try:
            answer = self._inbox(click.press)
        except Exception as error:  # noqa: BLE001  # whatever the inbox raises, the press is not filed
            _log.error("slack_press_not_filed", case=click.press.case, error=type(error).__name__)
            return
        self._ack(line, envelope_id)
        self._answer(click, answer)

    def _ack(self, line: BaseSocketModeClient, envelope_id: str) -> None:
        try:
            line.send_socket_mode_response({"envelope_id": envelope_id})
        except (SlackClientError, OSError, AttributeError) as error:  # no connection at this very moment
            _log.info("slack_ack_lost", error=type(error).__name__, effect="the press comes again")

    def _malformed(self, heard: dict[str, Any]) -> None:
        with self._lock:
            was_seen, self._saw_malformed = self._saw_malformed, True
        if not was_seen:
            kind = heard.get("type") if heard.get("type") in _ENVELOPES else "unknown"
            _log.warning(
                "slack_sent_something_unknown", envelope=kind, effect="passed over; not logged again"
            )

    # -- what the presser sees

    def _answer(self, click: _Click, answer: Answer) -> None:
        """Ask where they replied (the trigger is good for 3 s), then say what is to be said."""
        if click.press.verb == "replied" and click.press.value == "unsaid" and click.trigger:
            view = draw_where(word_where(self._tongue), private=_private(click))
            self._tell("views.open", lambda: self._quick.views_open(trigger_id=click.trigger, view=view))
        if answer.text and click.place:
            text, user, place = escape(answer.text), click.press.user, click.place
            self._tell(
                "chat.postEphemeral",
                lambda: self._quick.chat_postEphemeral(channel=place, user=user, text=text),
            )

    def _tell(self, method: str, call: Callable[[], Any]) -> None:
        """Call what is a courtesy: the press is filed, so a failure is logged and no more."""
        try:
            _call(call, to="the presser")
        except (ChannelUnavailable, _Unfit) as error:
            _log.warning("slack_presser_not_told", method=method, reason=str(error))


def read_click(payload: object) -> _Click | None:
    """Read a press out of an envelope's payload; None when it is none of ours."""
    try:
        kind = payload["type"]  # type: ignore[index]  # whatever it is, the errors below say that it is not ours
        if kind == "block_actions":
            return _read_button(cast("dict[str, Any]", payload))
        if kind == "view_submission":
            return _read_where(cast("dict[str, Any]", payload))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return None
    return None


def _read_button(payload: dict[str, Any]) -> _Click | None:
    action = payload["actions"][0]
    verb, case, user = action["action_id"], action["value"], payload["user"]["id"]
    if verb not in VERBS or not _CASE.fullmatch(case) or not _PERSON.fullmatch(user):
        return None
    press = Press(case=int(case), verb=verb, user=user, value="unsaid" if verb == "replied" else None)
    place = (payload.get("container") or {}).get("channel_id") or (payload.get("channel") or {}).get("id")
    return _Click(press=press, place=place, trigger=payload.get("trigger_id"))


def _read_where(payload: dict[str, Any]) -> _Click | None:
    view, user = payload["view"], payload["user"]["id"]
    if view["callback_id"] != WHERE_ID or not _PERSON.fullmatch(user):
        return None
    private = json.loads(view["private_metadata"])
    value = view["state"]["values"][WHERE_ID][WHERE_ID]["selected_option"]["value"]
    if value not in {"public", "direct", "elsewhere"}:
        return None
    press = Press(case=int(private["case"]), verb="replied", user=user, value=value)
    return _Click(press=press, place=private.get("place"), trigger=None)


def _private(click: _Click) -> str:
    return json.dumps({"case": click.press.case, "place": click.place})
