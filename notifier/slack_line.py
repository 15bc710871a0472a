"""Socket Mode: one connection to Slack that is kept up, and what comes over it.

1. One watcher thread of ours keeps one connection of slack_sdk's built-in client up. It reconnects with
   backoff, and it hangs up on a connection that answers no ping: the client notices neither a connection
   that was silent from its first moment nor one that ended without a closing frame.
2. slack_sdk's workers hand us envelopes. A press is filed and only then acked; an unacked envelope comes again.
3. After the ack, and never before it, the presser is told what came of it, or asked where they replied.
"""

import contextlib
import random
import socket
import time
from collections.abc import Mapping
from threading import Event, Lock, Thread
from typing import Any

import structlog
from pydantic import SecretStr
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient

from notifier.channel import ChannelUnavailable
from notifier.slack_calls import CALL_TIMEOUT_S, SlackSettings, ask_for_line, mute, web_client
from notifier.slack_presses import SlackPresses

_log = structlog.get_logger(__name__)

CLOSE_WITHIN_S = 2.5
PING_EVERY_S = 10.0
SILENT_AFTER_S = 30.0
"""Without any frame, answers to our pings included: three of them unanswered. A quiet night has a frame every 10 s.
Half of a minute, so that within one minute a second connection can be tried, should the first one fail."""
WATCH_EVERY_S = 0.25
BACKOFF_FIRST_S = 1.0
BACKOFF_MOST_S = 60.0
_ENVELOPES = frozenset({"interactive", "events_api", "slash_commands"})


class NotYet(Exception):
    """It is too early to try again, or too late."""


class Line(SocketModeClient):
    """slack_sdk's built-in client, kept from sleeping and from reconnecting at its own pace."""

    def __init__(self, settings: SlackSettings, app_token: SecretStr) -> None:
        self._secret = app_token
        self._not_before = self._connected_at = 0.0
        self._backoff_s = BACKOFF_FIRST_S
        super().__init__(
            app_token=app_token.get_secret_value(),
            logger=mute(),
            web_client=web_client(settings, timeout=CALL_TIMEOUT_S),
            auto_reconnect_enabled=False,
            ping_interval=PING_EVERY_S,
            concurrency=4,
        )

    def issue_new_wss_url(self) -> str:
        """Ask for an address to connect to; raises NotYet while backing off, ChannelUnavailable."""
        if self.closed or time.monotonic() < self._not_before:
            raise NotYet
        # noted before the call: a connection that is never greeted backs off, too
        self._back_off()
        try:
            return ask_for_line(self.web_client, self._secret)
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
            raise NotYet
        self.hang_up()
        super().connect()
        self._connected_at = time.time()

    def hang_up(self) -> None:
        """End the connection at once: the client's own way waits for the reader's timeout of 3 s."""
        with contextlib.suppress(OSError), self._raw_socket() as raw:
            raw.shutdown(socket.SHUT_RDWR)

    def has_heard(self) -> None:
        """Something came over the line: for slack_sdk only an answer to a ping is a sign of life."""
        if self.current_session is not None:
            self.current_session.last_ping_pong_time = time.time()

    def is_dead(self) -> bool:
        """The connection has ended without a word, or nothing at all comes over it."""
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


class SlackListener:
    """Keeps a line to Slack up and files what comes over it."""

    def __init__(self, settings: SlackSettings, app_token: SecretStr, presses: SlackPresses) -> None:
        self._presses = presses
        self._line = Line(settings, app_token)
        self._line.message_listeners.append(self._hear)
        self._stopped = Event()
        self._lock = Lock()
        self._is_lost = False
        self._saw_malformed = False
        self._watcher = Thread(target=self._watch, name="vaste-slack", daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own."""
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
            except NotYet:
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
        self._line.has_heard()
        if heard.get("type") == "hello":
            self._greeted()
        envelope_id = heard.get("envelope_id")
        if isinstance(envelope_id, str):
            self._take(line, envelope_id, heard)

    def _take(self, line: BaseSocketModeClient, envelope_id: str, heard: dict[str, Any]) -> None:
        """File, then ack, then answer: what is not filed is not acked, and Slack sends it again."""
        try:
            filed = self._presses.take(heard.get("payload"))
        except Exception as error:  # noqa: BLE001  # whatever the inbox raises, the press is not filed
            _log.error("slack_press_not_filed", error=type(error).__name__)
            return
        if filed is None:
            self._malformed(heard)
        self._ack(line, envelope_id, filed.reply if filed else None)
        if filed is not None:
            filed.after()

    def _ack(self, line: BaseSocketModeClient, envelope_id: str, reply: Mapping[str, Any] | None) -> None:
        try:
            answer: dict[str, Any] = {"envelope_id": envelope_id}
            if reply is not None:
                answer["payload"] = reply
            line.send_socket_mode_response(answer)
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
