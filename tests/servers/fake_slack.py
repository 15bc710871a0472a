"""A Slack on loopback: the Web API and Socket Mode, as far as Vaste uses them.

How it works:
1. One HTTP server speaks the Web API under /api/ and, for whole-process tests, a control API under /_control/.
2. A second port speaks Socket Mode: `hello`, envelopes, acks; the WebSocket protocol is `websockets`' own.
3. Payloads are refused as Slack refuses them (limits of docs.slack.dev), independently of Vaste's validator.
4. Faults are laid in wait per method; each is used up by one call.
5. A postman thread delivers envelopes to whoever is connected, and again after 3 s while unacked.

Run by hand: `python tests/servers/fake_slack.py --port 8399`.

    GET  /_control/messages[?channel=#name]   POST /_control/press   {"case": 1, "action": "acknowledge", "user": "U0123"}
    GET  /_control/calls                      POST /_control/answer  {"user": "U0123", "value": "public"}
    GET  /_control/acks                       POST /_control/fault   {"method": "chat.postMessage", "kind": "reset_after_accepting"}
    GET  /_control/views                      POST /_control/socket  {"do": "disconnect" | "drop" | "silence"}
    GET  /_control/ephemerals                 POST /_control/command {"text": "on-call", "user": "U0123"}
    GET  /_control/responses                  POST /_control/open_home {"user": "U0123"}
    GET  /_control/homes
"""

import argparse
import contextlib
import json
import random
import re
import socket
import socketserver
import struct
import sys
import threading
import time
import urllib.parse
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self, cast

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

if not __package__:  # run by hand, by its path
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.servers.slack_desk import DeskRefused, SlackDesk, check_question  # found from here on

Json = dict[str, Any]

BOT_TOKEN = "xoxb-fake"
APP_TOKEN = "xapp-fake"
BOT_USER = "U0VASTE"
USERS = {"U0123": "Aino Virtanen", "U0124": "Ben Lindqvist", "U0125": "Caro Nieminen"}
CHANNELS = ("some-asiakaspalvelu", "some-johto")
SCOPES = (
    "chat:write,commands,files:write,channels:read,groups:read,channels:history,groups:history,im:history,im:write,"
    "users:read,users:read.email"
)
REDELIVER_AFTER_S = 3.0
REDELIVERIES = 3


@dataclass(slots=True)
class Fault:
    """What the next calls of a method meet instead of, or after, their answer."""

    method: str
    kind: str = "answer"
    """answer | hang | reset | reset_after_accepting | hang_after_accepting"""
    status: int = 200
    error: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    times: int = 1
    seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the Web API as it came in."""

    method: str
    arguments: Json
    at: float


@dataclass(slots=True)
class Envelope:
    """One Socket Mode envelope and how it fared."""

    id: str
    type: str
    payload: Json
    made_at: float
    attempts: int = 0
    sent_at: float = 0.0
    acked_at: float | None = None
    reply: Json | None = None
    """What the ack said."""

    @property
    def latency_s(self) -> float | None:
        """From the latest delivery to the ack."""
        return None if self.acked_at is None else self.acked_at - self.sent_at


class Refused(Exception):
    """Slack says no: `{"ok": false, "error": …}`."""

    def __init__(self, error: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(error)
        self.error, self.status, self.headers = error, status, dict(headers or {})


class FakeSlack:
    """A whole workspace; use as a context manager, or `start()` and `close()`."""

    def __init__(
        self,
        *,
        channels: Iterable[str] = CHANNELS,
        users: Mapping[str, str] | None = None,
        messages_per_second: float | None = 1.0,
        burst: int = 3,
        updates_per_minute: int | None = None,
        scopes: str = SCOPES,
        port: int = 0,
        redeliver_after_s: float = REDELIVER_AFTER_S,
    ) -> None:
        self.users = dict(USERS if users is None else users)
        self.channels = {name: f"C0{number:07d}" for number, name in enumerate(channels, 1)}
        self.scopes = scopes
        self.messages_per_second = messages_per_second
        self.burst = burst
        """Messages that a channel takes at once, as Slack allows short bursts."""
        self.updates_per_minute = updates_per_minute
        """Calls of chat.update in any minute (Slack: tier 3, 50); None: no limit."""
        self.redeliver_after_s = redeliver_after_s
        self.archived: set[str] = set()
        self.not_in: set[str] = set()
        self.deactivated: set[str] = set()
        self.calls: list[Call] = []
        self.ephemerals: list[Json] = []
        self.views: list[Json] = []
        self.envelopes: list[Envelope] = []
        self.doubles = False
        """Every envelope goes to every connection."""
        self.limited = 0
        """Calls refused by a rate limit."""
        self.hellos = 0
        """Socket connections that were greeted."""
        self.say_hello = True
        self.desk = SlackDesk(self)
        """Commands, homes and files."""
        self._messages: dict[str, list[Json]] = defaultdict(list)
        self._faults: list[Fault] = []
        self._full_at: dict[str, float] = {}
        self._updated: deque[float] = deque()
        self._last_ts = 0.0
        self._triggers: dict[str, float] = {}
        self._count = 0
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._lines: list[_Line] = []
        self._http = _WebServer(("127.0.0.1", port), _WebHandler)
        self._http.slack = self
        self._socket = _SocketServer(("127.0.0.1", 0), _SocketHandler)
        self._socket.slack = self
        self._threads: list[threading.Thread] = []

    # -- life

    @property
    def url(self) -> str:
        """Where the server listens; `api_url` is `url + "/api/"`."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    def start(self) -> "FakeSlack":
        for work in (
            lambda: self._http.serve_forever(poll_interval=0.02),
            lambda: self._socket.serve_forever(poll_interval=0.02),
            self._deliver_envelopes,
        ):
            thread = threading.Thread(target=work, daemon=True, name="fake-slack")
            thread.start()
            self._threads.append(thread)
        return self

    def close(self) -> None:
        self._closing.set()
        for line in self.lines():
            line.drop()
        for server in (self._http, self._socket):
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join(timeout=5)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- what a test asks

    def messages(self, channel: str | None = None) -> list[Json]:
        """Messages as they stand now, oldest first; `channel` is a #name, an id, or a person's id."""
        with self._lock:
            if channel is None:
                found = [message for room in self._messages.values() for message in room]
                return json.loads(json.dumps(sorted(found, key=lambda message: float(message["ts"]))))  # type: ignore[no-any-return]  # our own JSON
            return json.loads(json.dumps(self._messages[self._place(channel)]))  # type: ignore[no-any-return]  # our own JSON

    def called(self, method: str) -> list[Call]:
        with self._lock:
            return [call for call in self.calls if call.method == method]

    def acks(self) -> list[Envelope]:
        with self._lock:
            return [envelope for envelope in self.envelopes if envelope.acked_at is not None]

    def unacked(self) -> list[Envelope]:
        with self._lock:
            return [envelope for envelope in self.envelopes if envelope.acked_at is None]

    def lines(self) -> list["_Line"]:
        """Socket Mode connections that are up."""
        with self._lock:
            return list(self._lines)

    # -- what a test does

    def fail_next(self, method: str, **how: Any) -> None:
        """Let the next calls of a method fail; `how` are the fields of Fault."""
        with self._lock:
            self._faults.append(Fault(method, **how))

    def hang(self, method: str, *, seconds: float = 60.0, times: int = 1) -> None:
        self.fail_next(method, kind="hang", seconds=seconds, times=times)

    def reset_after_accepting(self, method: str, *, times: int = 1) -> None:
        self.fail_next(method, kind="reset_after_accepting", times=times)

    def html_503(self, method: str, *, times: int = 1) -> None:
        page = "<!DOCTYPE html><html><body>Service Unavailable</body></html>"
        self.fail_next(method, status=503, body=page, headers={"Content-Type": "text/html"}, times=times)

    def press(
        self, pressed: int | Json, action: str, user: str = "U0123", *, times: int = 1, anyway: bool = False
    ) -> list[str]:
        """Press a button on the newest message that carries it; gives the envelopes' ids.

        Raises LookupError when no message has such a button, unless `anyway` (a client that shows an old
        card).
        """
        message, button = self._find_button(pressed, action, anyway=anyway)
        return [self._send_press(message, button, user) for _ in range(times)]

    def choose(self, case: int, value: str, user: str = "U0123", *, times: int = 1) -> list[str]:
        """Choose from the menu of the newest message that offers this for a case; gives the envelopes' ids."""
        for message in reversed(self.messages()):
            of_case = any(button["value"] == str(case) for button in buttons_of(message))
            for menu in menus_of(message) if of_case else ():
                chosen = next((one for one in menu["options"] if one["value"] == value), None)
                if chosen is not None:
                    action = {key: menu[key] for key in ("type", "action_id", "block_id")}
                    action["selected_option"] = chosen
                    return [self._send_action(message, action, user) for _ in range(times)]
        raise LookupError(f"no menu of case {case} offers {value!r}")

    def submit(self, user: str = "U0123", **answers: Any) -> str:
        """Submit the newest modal with these answers, by the names of its questions; the others stand as they were."""
        with self._lock:
            if not self.views:
                raise LookupError("no modal is open")
            view = self.views[-1]
        state = {
            block["block_id"]: {block["element"]["action_id"]: _state_of(block["element"], answers)}
            for block in view["blocks"]
            if block["type"] == "input"
        }
        submitted = view | {"state": {"values": state}}
        payload = {"type": "view_submission", "user": {"id": user}, "view": submitted}
        return self.send_envelope("interactive", payload)

    def answer(self, value: str, user: str = "U0123") -> str:
        """Submit the newest modal with this choice."""
        with self._lock:
            if not self.views:
                raise LookupError("no modal is open")
            view = self.views[-1]
        asked = next(block for block in view["blocks"] if block["type"] == "input")
        chosen = next(one for one in asked["element"]["options"] if one["value"] == value)
        state = {asked["block_id"]: {asked["element"]["action_id"]: {"selected_option": chosen}}}
        submitted = view | {"state": {"values": state}}
        payload = {"type": "view_submission", "user": {"id": user}, "view": submitted}
        return self.send_envelope("interactive", payload)

    def send_envelope(self, kind: str, payload: Json) -> str:
        """Send any payload, malformed ones too."""
        with self._lock:
            self._count += 1
            envelope = Envelope(f"env-{self._count}", kind, payload, time.time())
            self.envelopes.append(envelope)
            return envelope.id

    def send_raw(self, text: str) -> None:
        """Send any text on every connection."""
        for line in self.lines():
            line.send(text)

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask clients to reconnect, as Slack does every few hours, then end their connections."""
        for line in self.lines():
            line.send(json.dumps({"type": "disconnect", "reason": reason}))
            threading.Timer(0.5, line.hang_up).start()

    def drop(self) -> None:
        """Cut every connection without a word."""
        for line in self.lines():
            line.drop()

    def silence(self) -> None:
        """Keep every connection open and never speak on it again, not even a pong."""
        for line in self.lines():
            line.silent = True

    # -- inside

    def _place(self, channel: str) -> str:
        name = channel.removeprefix("#")
        if name in self.channels:
            return self.channels[name]
        if channel in self.channels.values() or channel in self._direct_places():
            return channel
        if channel in self.users:
            return f"D{channel[1:]}"
        raise Refused("channel_not_found")

    def _direct_places(self) -> set[str]:
        return {f"D{user[1:]}" for user in self.users}

    def _find_button(self, pressed: int | Json, action: str, *, anyway: bool) -> tuple[Json, Json]:
        case = pressed if isinstance(pressed, int) else None
        messages = reversed(self.messages()) if isinstance(pressed, int) else [pressed]
        for message in messages:
            for button in buttons_of(message):
                if button["action_id"] == action and case in {None, int(button["value"])}:
                    return message, button
        if not anyway:
            raise LookupError(f"no message has the button {action!r} of {pressed!r}")
        channel = next(iter(self.channels.values()))
        return {"channel": channel, "ts": "1.0"}, {"action_id": action, "value": str(case or 1)}

    def _send_press(self, message: Json, button: Json, user: str) -> str:
        action = {
            "type": "button",
            "action_id": button["action_id"],
            "block_id": "b",
            "value": button["value"],
        }
        return self._send_action(message, action, user)

    def _send_action(self, message: Json, action: Json, user: str) -> str:
        with self._lock:
            self._count += 1
            trigger = f"trigger-{self._count}"
            self._triggers[trigger] = time.time() + 3
        payload = {
            "type": "block_actions",
            "user": {"id": user, "username": user.lower()},
            "trigger_id": trigger,
            "container": {"type": "message", "message_ts": message["ts"], "channel_id": message["channel"]},
            "channel": {"id": message["channel"]},
            "message": message,
            "actions": [action],
        }
        return self.send_envelope("interactive", payload)

    def take_fault(self, method: str) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.method == method:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                    return fault
        return None

    def wait_or_close(self, seconds: float) -> None:
        self._closing.wait(seconds)

    def record(self, method: str, arguments: Json) -> None:
        with self._lock:
            self.calls.append(Call(method, arguments, time.time()))

    def ticket_url(self) -> str:
        return f"ws://127.0.0.1:{self._socket.server_address[1]}/link/?ticket={time.time_ns()}"

    def answer_call(self, method: str, token: str, arguments: Json) -> Json:
        """What the method does; raises Refused."""
        wanted = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if token != wanted:
            raise Refused("invalid_auth" if token else "not_authed")
        name = re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", method).replace(".", "_")
        act = cast("Callable[[Json], Json] | None", getattr(self, f"_{name}", None))
        if act is None:
            raise Refused("unknown_method")
        with self._lock:
            try:
                return act(arguments)
            except DeskRefused as refused:
                raise Refused(str(refused)) from refused

    # -- the Web API, one method each

    def _auth_test(self, arguments: Json) -> Json:
        return {"url": self.url, "team": "Aino Kahvi", "user": "vaste", "team_id": "T01", "user_id": BOT_USER}

    def _apps_connections_open(self, arguments: Json) -> Json:
        return {"url": self.ticket_url()}

    def _chat_post_message(self, arguments: Json) -> Json:
        place = self._writable(arguments)
        check_message(arguments)
        self._check_pictures(arguments)
        self._pace(place)
        ts = self._new_ts()
        message = {"type": "message", "channel": place, "ts": ts, "user": BOT_USER, **_kept(arguments)}
        if arguments.get("thread_ts"):
            message["thread_ts"] = arguments["thread_ts"]
        self._messages[place].append(message)
        return {"channel": place, "ts": ts, "message": message}

    def _check_pictures(self, arguments: Json) -> None:
        blocks = arguments.get("blocks") or []
        for block in json.loads(blocks) if isinstance(blocks, str) else blocks:
            if block["type"] == "image" and not self.desk.is_ready(block["slack_file"]["id"]):
                raise Refused("invalid_blocks")

    def _chat_update(self, arguments: Json) -> Json:
        place = str(arguments.get("channel", ""))
        if place not in self._messages and place not in self.channels.values():
            raise Refused("channel_not_found")  # a #name is not enough here
        check_message(arguments)
        self._pace_updates()
        message = self._find(place, str(arguments.get("ts")))
        message.update(_kept(arguments), edited={"user": BOT_USER, "ts": self._new_ts()})
        return {"channel": place, "ts": message["ts"], "text": message["text"]}

    def _chat_delete(self, arguments: Json) -> Json:
        place, ts = str(arguments.get("channel", "")), str(arguments.get("ts"))
        self._messages[place].remove(self._find(place, ts))
        return {"channel": place, "ts": ts}

    def _chat_post_ephemeral(self, arguments: Json) -> Json:
        self._writable(arguments)
        if not arguments.get("text"):
            raise Refused("no_text")
        self.ephemerals.append(arguments)
        return {"message_ts": self._new_ts()}

    def _conversations_history(self, arguments: Json) -> Json:
        place = self._by_id(arguments)
        inside = [message for message in self._messages[place] if "thread_ts" not in message]
        return self._page_of(list(reversed(inside)), arguments)

    def _conversations_replies(self, arguments: Json) -> Json:
        place, ts = self._by_id(arguments), str(arguments.get("ts"))
        parent = self._find(place, ts, error="thread_not_found")
        inside = [message for message in self._messages[place] if message.get("thread_ts") == ts]
        return self._page_of([parent, *inside], arguments)

    def _conversations_list(self, arguments: Json) -> Json:
        listed = [
            {
                "id": place,
                "name": name,
                "is_archived": place in self.archived,
                "is_member": place not in self.not_in,
            }
            for name, place in self.channels.items()
            if not (
                place in self.archived and arguments.get("exclude_archived") in {True, "1", "true", "True"}
            )
        ]
        limit, start = int(arguments.get("limit", 100)), int(arguments.get("cursor") or 0)
        after = str(start + limit) if start + limit < len(listed) else ""
        return {"channels": listed[start : start + limit], "response_metadata": {"next_cursor": after}}

    def _conversations_open(self, arguments: Json) -> Json:
        user = str(arguments.get("users", ""))
        if user not in self.users:
            raise Refused("user_not_found")
        return {"channel": {"id": f"D{user[1:]}"}}

    def _users_info(self, arguments: Json) -> Json:
        user = str(arguments.get("user", ""))
        if user not in self.users:
            raise Refused("user_not_found")
        known = {"id": user, "name": user.lower(), "real_name": self.users[user]}
        return {"user": known | {"deleted": user in self.deactivated, "is_bot": False}}

    def _users_lookup_by_email(self, arguments: Json) -> Json:
        wanted = str(arguments.get("email", "")).split("@")[0].replace(".", " ").lower()
        for user, name in self.users.items():
            if name.lower() == wanted and user not in self.deactivated:
                return {"user": {"id": user, "real_name": name}}
        raise Refused("users_not_found")

    def _views_open(self, arguments: Json) -> Json:
        trigger = str(arguments.get("trigger_id", ""))
        triggers = self._triggers | self.desk.triggers
        if trigger not in triggers:
            raise Refused("invalid_trigger_id")
        self._triggers.pop(trigger, None)
        self.desk.triggers.pop(trigger, None)
        if triggers[trigger] < time.time():
            raise Refused("expired_trigger_id")
        given = arguments.get("view")
        view: Json = json.loads(given) if isinstance(given, str) else (given or {})
        check_view(view)
        self.views.append(view | {"id": f"V{len(self.views) + 1}"})
        return {"view": self.views[-1]}

    def _views_publish(self, arguments: Json) -> Json:
        return self.desk.publish(arguments)

    def _files_get_upload_u_r_l_external(self, arguments: Json) -> Json:
        return self.desk.start_upload(arguments)

    def _files_complete_upload_external(self, arguments: Json) -> Json:
        return self.desk.end_upload(arguments)

    def share(self, place: str, thread: str | None, files: list[Json]) -> None:
        """Post files that were uploaded, as files.completeUploadExternal does where it is told a channel's id."""
        if place not in self.channels.values():
            raise Refused("channel_not_found")  # a #name is not enough here
        message: Json = {"type": "message", "channel": place, "ts": self._new_ts(), "user": BOT_USER}
        message |= {"text": "", "files": files}
        if thread is not None:
            self._find(place, thread, error="thread_not_found")
            message["thread_ts"] = thread
        self._messages[place].append(message)

    # -- pieces of the methods

    def _writable(self, arguments: Json) -> str:
        to = str(arguments.get("channel", ""))
        if to in self.deactivated:
            raise Refused("user_disabled")
        place = self._place(to)
        if place in self.archived:
            raise Refused("is_archived")
        if place in self.not_in:
            raise Refused("not_in_channel")
        return place

    def _by_id(self, arguments: Json) -> str:
        place = str(arguments.get("channel", ""))
        if place not in {*self.channels.values(), *self._direct_places()}:
            raise Refused("channel_not_found")
        if place in self.not_in:
            raise Refused("not_in_channel")
        return place

    def _find(self, place: str, ts: str, error: str = "message_not_found") -> Json:
        for message in self._messages[place]:
            if message["ts"] == ts:
                return message
        raise Refused(error)

    def _pace(self, place: str) -> None:
        if self.messages_per_second is None:
            return
        now, apart = time.monotonic(), 1 / self.messages_per_second
        full_at = max(now, self._full_at.get(place, now))
        wait = full_at - apart * (self.burst - 1) - now
        if wait > 0.02:  # the wire's own jitter
            self.limited += 1
            raise Refused("ratelimited", status=429, headers={"Retry-After": str(max(1, round(wait)))})
        self._full_at[place] = full_at + apart

    def _pace_updates(self) -> None:
        now = time.monotonic()
        while self._updated and now - self._updated[0] >= 60:  # a minute
            self._updated.popleft()
        if self.updates_per_minute is not None and len(self._updated) >= self.updates_per_minute:
            self.limited += 1
            wait = 60 - (now - self._updated[0])
            raise Refused("ratelimited", status=429, headers={"Retry-After": str(max(1, round(wait)))})
        self._updated.append(now)

    def _new_ts(self) -> str:
        self._last_ts = max(time.time(), self._last_ts + 0.000_002)
        return f"{self._last_ts:.6f}"

    def _page_of(self, inside: list[Json], arguments: Json) -> Json:
        oldest, limit = float(arguments.get("oldest") or 0), int(arguments.get("limit") or 100)
        inside = [one for one in inside if float(one["ts"]) >= oldest or one["ts"] == arguments.get("ts")]
        start = int(arguments.get("cursor") or 0)
        shown = inside[start : start + limit]
        if arguments.get("include_all_metadata") not in {True, "1", "true", "True"}:
            shown = [{key: value for key, value in one.items() if key != "metadata"} for one in shown]
        after = str(start + limit) if start + limit < len(inside) else ""
        return {
            "messages": shown,
            "has_more": bool(after),
            "response_metadata": {"next_cursor": after},
        }

    # -- Socket Mode

    def line_is_up(self, line: "_Line") -> None:
        with self._lock:
            self._lines.append(line)
        if self.say_hello:
            self.hellos += 1
            line.send(json.dumps({"type": "hello", "num_connections": len(self._lines)}))

    def line_is_down(self, line: "_Line") -> None:
        with self._lock:
            if line in self._lines:
                self._lines.remove(line)

    def take_ack(self, text: str) -> None:
        try:
            ack = json.loads(text)
            envelope_id = ack.get("envelope_id")
        except (ValueError, AttributeError):
            return
        with self._lock:
            for envelope in self.envelopes:
                if envelope.id == envelope_id and envelope.acked_at is None:
                    envelope.acked_at = time.time()
                    envelope.reply = ack.get("payload")

    def _deliver_envelopes(self) -> None:
        while not self._closing.wait(0.01):
            for envelope in self._due():
                self._deliver(envelope)

    def _due(self) -> list[Envelope]:
        now = time.time()
        with self._lock:
            return [
                envelope
                for envelope in self.envelopes
                if envelope.acked_at is None
                and envelope.attempts <= REDELIVERIES
                and now - envelope.sent_at >= self.redeliver_after_s
            ]

    def _deliver(self, envelope: Envelope) -> None:
        lines = [line for line in self.lines() if not line.silent]
        if not lines:
            return  # nobody listens: it waits for the next connection
        with self._lock:
            envelope.attempts += 1
            envelope.sent_at = time.time()
            whole: Json = {
                "envelope_id": envelope.id,
                "type": envelope.type,
                "payload": envelope.payload,
                "accepts_response_payload": envelope.type == "interactive",
            }
            if envelope.attempts > 1:
                whole |= {"retry_attempt": envelope.attempts - 1, "retry_reason": "timeout"}
        # any connection may get it, as with Slack
        for line in lines if self.doubles else [random.choice(lines)]:
            line.send(json.dumps(whole))


# ---------------------------------------------------------------------------------------------------------
# What Slack refuses


def check_message(arguments: Json) -> None:
    """Refuse what Slack refuses; raises Refused."""
    blocks, text = arguments.get("blocks"), arguments.get("text") or ""
    blocks = json.loads(blocks) if isinstance(blocks, str) else blocks
    if not blocks and not text.strip():
        raise Refused("no_text")
    if len(text) > 40_000:
        raise Refused("msg_too_long")
    if _is_broken(arguments):
        raise Refused("invalid_arguments")
    if blocks:
        if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
            raise Refused("invalid_blocks_format")
        if len(blocks) > 50 or not all(_is_block(block) for block in blocks):
            raise Refused("invalid_blocks")
        if len(json.dumps(blocks, ensure_ascii=False)) > 13_200:
            raise Refused("msg_blocks_too_long")
    metadata = arguments.get("metadata")
    metadata = json.loads(metadata) if isinstance(metadata, str) else metadata
    if metadata and not (metadata.get("event_type") and isinstance(metadata.get("event_payload"), dict)):
        raise Refused("invalid_metadata_format")


def check_view(view: Json) -> None:
    """Refuse a modal that Slack refuses."""
    lengths = [(view["title"], 24), (view.get("submit"), 24), (view.get("close"), 24)]
    if view.get("type") != "modal" or any(text and not _is_text(text, most) for text, most in lengths):
        raise Refused("invalid_arguments")
    if len(view.get("private_metadata", "")) > 3000:
        raise Refused("invalid_arguments")
    asked = [block for block in view.get("blocks", []) if block["type"] == "input"]
    if not all(map(check_question, asked)):
        raise Refused("invalid_blocks")


def _is_block(block: Json) -> bool:  # noqa: PLR0911  # a table of kinds
    if len(block.get("block_id", "")) > 255:
        return False
    kind = block.get("type")
    if kind == "header":
        return block["text"]["type"] == "plain_text" and _is_text(block["text"], 150)
    if kind == "section":
        fields = block.get("fields", [])
        inside = "text" in block or bool(fields)
        return (
            inside
            and len(fields) <= 10
            and all(_is_text(one, 2000) for one in fields)
            and ("text" not in block or _is_text(block["text"], 3000))
        )
    if kind == "context":
        return 1 <= len(block["elements"]) <= 10 and all(_is_text(one, 3000) for one in block["elements"])
    if kind == "actions":
        buttons = block["elements"]
        unique = len({button.get("action_id") for button in buttons}) == len(buttons)
        return 1 <= len(buttons) <= 25 and unique and all(_can_be_pressed(button) for button in buttons)
    if kind == "rich_text":
        return bool(block["elements"]) and all(_is_rich(one) for one in block["elements"])
    if kind == "image":
        return bool(block.get("slack_file", {}).get("id")) and 1 <= len(block.get("alt_text", "")) <= 2000
    return kind == "divider"


def _is_text(text: Json, most: int) -> bool:
    length = len(text["text"].encode("utf-16-le", "surrogatepass")) // 2
    return text["type"] in {"plain_text", "mrkdwn"} and bool(text["text"].strip()) and length <= most


def _can_be_pressed(element: Json) -> bool:
    if element["type"] != "overflow":
        return _is_button(element)
    options = element["options"]
    return (
        1 <= len(options) <= 5
        and 1 <= len(element.get("action_id", "")) <= 255
        and len({one["value"] for one in options}) == len(options)
        and all(one["text"]["type"] == "plain_text" and _is_text(one["text"], 75) for one in options)
        and all(1 <= len(one["value"]) <= 150 and len(one.get("url", "")) <= 3000 for one in options)
    )


def _is_button(button: Json) -> bool:
    return (
        button["type"] == "button"
        and button["text"]["type"] == "plain_text"
        and _is_text(button["text"], 75)
        and len(button.get("value", "")) <= 2000
        and 1 <= len(button.get("action_id", "")) <= 255
        and button.get("style", "primary") in {"primary", "danger"}
    )


def _is_rich(element: Json) -> bool:
    if "elements" in element:
        kinds = {"rich_text_section", "rich_text_quote", "rich_text_list", "rich_text_preformatted"}
        return (
            element["type"] in kinds and bool(element["elements"]) and all(map(_is_rich, element["elements"]))
        )
    if element["type"] == "link":
        return re.match(r"https?://|mailto:", element["url"]) is not None
    return (element["type"] == "text" and bool(element["text"])) or (
        element["type"] == "user" and bool(element["user_id"])
    )


def _is_broken(value: object) -> bool:
    """NUL or a lone surrogate somewhere inside."""
    text = json.dumps(value, ensure_ascii=False)
    return "\\u0000" in text or re.search(r"[\ud800-\udfff]", text) is not None


def _kept(arguments: Json) -> Json:
    kept = {key: arguments[key] for key in ("text", "blocks", "metadata") if key in arguments}
    for key in ("blocks", "metadata"):
        if isinstance(kept.get(key), str):
            kept[key] = json.loads(kept[key])
    return {"text": "", "blocks": []} | kept


def buttons_of(message: Json) -> list[Json]:
    """Every button that a message shows."""
    return [
        element
        for block in message.get("blocks", [])
        if block["type"] == "actions"
        for element in block["elements"]
        if element["type"] == "button"
    ]


def _state_of(element: Json, answers: Mapping[str, Any]) -> Json:
    """Give the state of one question as Slack sends it: what was chosen, else what it began with."""
    name, kind = element["action_id"], element["type"]
    said = answers.get(name)
    if kind == "datetimepicker":
        return {"type": kind, "selected_date_time": said or element.get("initial_date_time")}
    options = element["options"]
    if kind.startswith("multi"):
        begun = element.get("initial_options", [])
        chosen = begun if said is None else [one for one in options if one["value"] in said]
        return {"type": kind, "selected_options": chosen}
    if said is None:
        return {"type": kind, "selected_option": element.get("initial_option")}
    return {"type": kind, "selected_option": next(one for one in options if one["value"] == said)}


def menus_of(message: Json) -> list[Json]:
    """Every overflow menu that a message shows, with the id of its block."""
    return [
        element | {"block_id": block.get("block_id", "b")}
        for block in message.get("blocks", [])
        if block["type"] == "actions"
        for element in block["elements"]
        if element["type"] == "overflow"
    ]


# ---------------------------------------------------------------------------------------------------------
# HTTP


class _WebServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    slack: FakeSlack

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is no news; anything else is a fault of this server and is shown."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(cast("socket.socket", request), client_address)


class _WebHandler(BaseHTTPRequestHandler):
    server: _WebServer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the parent's name
        """Say nothing: tests read `calls`."""

    def do_GET(self) -> None:
        path = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(path.query))
        self._guarded(lambda: self._control(path.path, query))

    def do_POST(self) -> None:
        path = urllib.parse.urlsplit(self.path).path
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind, _, name = path.strip("/").partition("/")
        if kind == "upload":
            self._plainly(*self.server.slack.desk.take_upload(name, content))
            return
        arguments = self._parse(content.decode())
        if kind == "commands":
            self._take_response(name, arguments)
            return
        if path.startswith("/_control/"):
            self._guarded(lambda: self._control(path, arguments))
        else:
            self._call(path.removeprefix("/api/"), arguments)

    def _parse(self, raw: str) -> Json:
        if "json" in self.headers.get("Content-Type", ""):
            return cast("Json", json.loads(raw or "{}"))
        return dict(urllib.parse.parse_qsl(raw, keep_blank_values=True))

    def _take_response(self, name: str, arguments: Json) -> None:
        fault = self.server.slack.take_fault("response_url")
        if fault is None or not self._meet(fault):
            self._plainly(*self.server.slack.desk.take_response(name, arguments))

    def _plainly(self, status: int, words: str) -> None:
        self._answer(status, words, {"Content-Type": "text/plain"})

    def _call(self, method: str, arguments: Json) -> None:
        slack = self.server.slack
        slack.record(method, arguments)
        token = self.headers.get("Authorization", "").removeprefix("Bearer ") or arguments.get("token", "")
        fault = slack.take_fault(method)
        if fault is not None and self._meet(fault):
            return
        headers = {"X-OAuth-Scopes": slack.scopes}
        try:
            answer = {"ok": True, **slack.answer_call(method, token, arguments)}
            status = 200
        except Refused as refused:
            answer, status = {"ok": False, "error": refused.error}, refused.status
            headers |= refused.headers
        if fault is not None:  # accepted, and nobody hears of it
            if fault.kind == "hang_after_accepting":
                slack.wait_or_close(fault.seconds)
            self._reset()
            return
        self._answer(status, json.dumps(answer), headers)

    def _meet(self, fault: Fault) -> bool:
        """Meet a fault that comes before the method acts; False for those that come after."""
        if fault.kind in {"reset_after_accepting", "hang_after_accepting"}:
            return False
        if fault.kind == "hang":
            self.server.slack.wait_or_close(fault.seconds)
        if fault.kind in {"hang", "reset"}:
            self._reset()
            return True
        body = fault.body if fault.body is not None else json.dumps({"ok": False, "error": fault.error})
        self._answer(fault.status, body, fault.headers)
        return True

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()
        self.wfile.flush = lambda: None  # type: ignore[method-assign]  # nothing to flush on a socket that is gone

    def _answer(self, status: int, body: str, headers: Mapping[str, str]) -> None:
        encoded = body.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json; charset=utf-8", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded)

    def _guarded(self, act: Callable[[], object]) -> None:
        try:
            answer = act()
        except (LookupError, Refused, TypeError, ValueError) as error:
            self._answer(400, json.dumps({"error": str(error)}), {})
        else:
            self._answer(200, json.dumps(answer), {})

    def _control(self, path: str, asked: Json) -> object:
        slack = self.server.slack
        sockets = {"disconnect": slack.disconnect, "drop": slack.drop, "silence": slack.silence}
        acts: dict[str, Callable[[], object]] = {
            "messages": lambda: slack.messages(asked.get("channel")),
            "calls": lambda: [asdict(call) for call in list(slack.calls)],
            "acks": lambda: [asdict(ack) | {"latency_s": ack.latency_s} for ack in slack.acks()],
            "views": lambda: slack.views,
            "ephemerals": lambda: slack.ephemerals,
            "responses": lambda: slack.desk.responses,
            "homes": lambda: slack.desk.homes,
            "command": lambda: slack.desk.type(asked.pop("text"), **asked),
            "open_home": lambda: slack.desk.open_home(**asked),
            "press": lambda: slack.press(asked.pop("case"), asked.pop("action"), **asked),
            "answer": lambda: slack.answer(asked.pop("value"), **asked),
            "fault": lambda: cast("object", slack.fail_next(asked.pop("method"), **asked)),
            "socket": lambda: sockets[asked["do"]](),  # noqa: PLW0108  # `do` is there only for this one
        }
        return acts[path.removeprefix("/_control/")]()


# ---------------------------------------------------------------------------------------------------------
# Socket Mode


class _SocketServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    slack: FakeSlack


class _Line:
    """One WebSocket connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.protocol = ServerProtocol()
        self.silent = False
        self.lock = threading.Lock()

    def send(self, text: str) -> None:
        with self.lock:
            if self.protocol.state is State.OPEN:
                self.protocol.send_text(text.encode())
                self.flush()

    def hang_up(self) -> None:
        """Close as the protocol closes."""
        with self.lock:
            if self.protocol.state is State.OPEN:
                self.protocol.send_close(1000)
                self.flush()

    def drop(self) -> None:
        """Cut the wire."""
        with contextlib.suppress(OSError):  # it was down already
            self.connection.shutdown(socket.SHUT_RDWR)

    def flush(self) -> None:
        for outgoing in self.protocol.data_to_send():
            if self.silent:
                continue
            try:
                if outgoing:
                    self.connection.sendall(outgoing)
                else:
                    self.connection.shutdown(socket.SHUT_WR)
            except OSError:
                return  # the reader notices, too


class _SocketHandler(socketserver.BaseRequestHandler):
    server: _SocketServer
    request: socket.socket

    def handle(self) -> None:
        line = _Line(self.request)
        try:
            while received := self._receive():
                self._take(line, received)
        finally:
            self.server.slack.line_is_down(line)

    def _receive(self) -> bytes:
        try:
            return self.request.recv(65_536)
        except OSError:
            return b""

    def _take(self, line: _Line, received: bytes) -> None:
        with line.lock:
            line.protocol.receive_data(received)
            events = line.protocol.events_received()
            greeted = False
            for event in events:
                if isinstance(event, Request):
                    line.protocol.send_response(line.protocol.accept(event))
                    greeted = True
            line.flush()
        if greeted:
            self.server.slack.line_is_up(line)
        for event in events:
            if isinstance(event, Frame) and event.opcode is Opcode.TEXT and not line.silent:
                self.server.slack.take_ack(bytes(event.data).decode())


def main() -> None:
    """Serve until interrupted; prints the addresses as one JSON object."""
    parser = argparse.ArgumentParser(description="A Slack on loopback for tests and benchmarks")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--channel", action="append", help="a channel's name, without #; may be repeated")
    parser.add_argument("--messages-per-second", type=float, default=1.0, help="per channel; 0 for no limit")
    chosen = parser.parse_args()
    slack = FakeSlack(
        channels=chosen.channel or CHANNELS,
        messages_per_second=chosen.messages_per_second or None,
        port=chosen.port,
    )
    with slack:
        addresses = {"api_url": slack.api_url, "bot_token": BOT_TOKEN, "app_token": APP_TOKEN}
        sys.stdout.write(json.dumps(addresses) + "\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
