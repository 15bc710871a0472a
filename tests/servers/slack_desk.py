"""What the fake Slack knows besides messages: slash commands and their answers, the Home tab, files.

Payloads are refused as Slack refuses them (docs.slack.dev), independently of Vaste's own measuring.
"""

import json
import re
import time
from typing import Any, Protocol

Json = dict[str, Any]
RESPONSES_MOST = 5
RESPONSE_WITHIN_S = 1800
PNG = b"\x89PNG\r\n\x1a\n"


class DeskRefused(Exception):
    """Slack says no: `{"ok": false, "error": …}`."""


class Workspace(Protocol):
    """What the desk needs of the server around it."""

    users: dict[str, str]

    @property
    def url(self) -> str: ...

    def send_envelope(self, kind: str, payload: Json) -> str: ...

    def share(self, place: str, thread: str | None, files: list[Json]) -> None: ...


class SlackDesk:
    """Commands, homes and files of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.responses: list[Json] = []
        """Answers to commands, as they came in; `command` says to which."""
        self.homes: dict[str, Json] = {}
        """The view that each user's Home tab shows."""
        self.published: list[tuple[float, str]] = []
        self.files: dict[str, Json] = {}
        self.files_ready_after_s = 0.0
        """So long after its completion a file can't stand in a message yet."""
        self.triggers: dict[str, float] = {}
        self._count = 0
        self._open: dict[str, Json] = {}

    # -- what a test does

    def type(
        self,
        text: str,
        *,
        user: str = "U0123",
        command: str = "/vaste",
        channel: str = "C00000001",
        **more: Any,
    ) -> str:
        """Type a command; gives the envelope's id."""
        self._count += 1
        name = f"{self._count}-{user}"
        self._open[name] = {"at": time.time(), "left": RESPONSES_MOST, "text": text, "user": user}
        payload = {
            "token": "t",
            "team_id": "T01",
            "channel_id": channel,
            "user_id": user,
            "user_name": user.lower(),
            "command": command,
            "text": text,
            "api_app_id": "A01",
            "response_url": f"{self._workspace.url}/commands/{name}",
            "trigger_id": self._trigger(),
        }
        return self._workspace.send_envelope("slash_commands", payload | more)

    def open_home(self, user: str = "U0123", *, tab: str = "home") -> str:
        """Open the app's Home tab; gives the envelope's id."""
        event = {
            "type": "app_home_opened",
            "user": user,
            "channel": f"D{user[1:]}",
            "tab": tab,
            "event_ts": f"{time.time():.6f}",
        }
        payload = {
            "type": "event_callback",
            "team_id": "T01",
            "event_id": f"Ev{time.time_ns()}",
            "event": event,
        }
        return self._workspace.send_envelope("events_api", payload)

    def press_home(self, action: str, user: str = "U0123") -> str:
        """Press a button of somebody's home; raises LookupError when it has none such."""
        found = [
            one
            for block in self.homes.get(user, {"blocks": []})["blocks"]
            for one in [block.get("accessory"), *block.get("elements", [])]
            if one and one.get("action_id") == action
        ]
        if not found:
            raise LookupError(f"the home of {user} has no {action}")
        pressed = {"action_id": action, "block_id": "b", "type": "button", "value": found[0].get("value")}
        payload = {
            "type": "block_actions",
            "user": {"id": user},
            "trigger_id": self._trigger(),
            "container": {"type": "view", "view_id": "V0"},
            "view": self.homes[user],
            "actions": [pressed],
        }
        return self._workspace.send_envelope("interactive", payload)

    def submit(self, view: Json, values: Json, user: str = "U0123") -> str:
        """Submit a modal with what was chosen: block → what its element says."""
        asked = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
        state = {name: {asked[name]["action_id"]: chosen} for name, chosen in values.items()}
        payload = {
            "type": "view_submission",
            "user": {"id": user},
            "view": view | {"state": {"values": state}},
        }
        return self._workspace.send_envelope("interactive", payload)

    def _trigger(self) -> str:
        self._count += 1
        trigger = f"desk-trigger-{self._count}"
        self.triggers[trigger] = time.time() + 3
        return trigger

    # -- what comes over HTTP

    def take_response(self, name: str, body: Json) -> tuple[int, str]:
        """Take an answer to a command, as hooks.slack.com does."""
        asked = self._open.get(name)
        if asked is None or time.time() - asked["at"] > RESPONSE_WITHIN_S or asked["left"] <= 0:
            return 404, "expired_url"
        if not body.get("text") and not body.get("blocks"):
            return 400, "no_text"
        asked["left"] -= 1
        self.responses.append(body | {"command": asked["text"], "user": asked["user"]})
        return 200, "ok"

    def take_upload(self, file: str, content: bytes) -> tuple[int, str]:
        """Take a file's bytes."""
        known = self.files.get(file)
        if known is None or len(content) != known["length"]:
            return 400, "length"
        known["content"] = content
        return 200, f"OK - {len(content)}"

    # -- the Web API

    def publish(self, arguments: Json) -> Json:
        """views.publish."""
        user = str(arguments.get("user_id", ""))
        if user not in self._workspace.users:
            raise DeskRefused("user_not_found")
        given = arguments.get("view")
        view: Json = json.loads(given) if isinstance(given, str) else (given or {})
        check_home(view)
        self.homes[user] = view
        self.published.append((time.time(), user))
        return {"view": view | {"id": "V0", "hash": str(time.time())}}

    def start_upload(self, arguments: Json) -> Json:
        """files.getUploadURLExternal."""
        name, length = str(arguments.get("filename", "")), int(arguments.get("length") or 0)
        if not name or length <= 0:
            raise DeskRefused("invalid_arguments")
        file = f"F{len(self.files):08d}"
        self.files[file] = {"name": name, "length": length, "alt": arguments.get("alt_txt"), "content": None}
        return {"upload_url": f"{self._workspace.url}/upload/{file}", "file_id": file}

    def end_upload(self, arguments: Json) -> Json:
        """files.completeUploadExternal."""
        given = arguments.get("files")
        named: list[Json] = json.loads(given) if isinstance(given, str) else (given or [])
        for one in named:
            known = self.files.get(one["id"])
            if known is None or known["content"] is None:
                raise DeskRefused("file_not_found")
            known |= {
                "done_at": time.time(),
                "title": one.get("title"),
                "shared": arguments.get("channel_id"),
            }
        if arguments.get("channel_id"):
            shared = [{"id": one["id"], "name": self.files[one["id"]]["name"]} for one in named]
            self._workspace.share(str(arguments["channel_id"]), arguments.get("thread_ts"), shared)
        return {"files": [{"id": one["id"], "title": one.get("title")} for one in named]}

    def is_ready(self, file: str) -> bool:
        """Say whether a file may stand in a message."""
        known = self.files.get(file, {})
        done_at = known.get("done_at")
        is_picture = (known.get("content") or b"").startswith(PNG)
        return done_at is not None and is_picture and time.time() - done_at >= self.files_ready_after_s


def check_home(view: Json) -> None:
    """Refuse a Home view that Slack refuses."""
    blocks = view.get("blocks")
    if view.get("type") != "home" or not isinstance(blocks, list) or not 1 <= len(blocks) <= 100:
        raise DeskRefused("invalid_arguments")
    if not all(_is_home_block(block) for block in blocks):
        raise DeskRefused("invalid_blocks")
    if len(json.dumps(view, ensure_ascii=False)) > 250_000:
        raise DeskRefused("view_too_large")


def check_question(block: Json) -> bool:
    """Say whether an input of a modal is one that Slack takes."""
    element = block.get("element", {})
    if block.get("type") != "input" or not _fits(block.get("label", {}), 2000, {"plain_text"}):
        return False
    if element.get("type") == "datetimepicker":
        at = element.get("initial_date_time")
        return at is None or (isinstance(at, int) and len(str(at)) == 10)
    if element.get("type") == "static_select":
        options = element.get("options", [])
        return (
            1 <= len(options) <= 100
            and all(
                _fits(one["text"], 75, {"plain_text"}) and 1 <= len(one["value"]) <= 150 for one in options
            )
            and element.get("initial_option", options[0]) in options
        )
    return bool(element.get("type"))


def _is_home_block(block: Json) -> bool:
    kind = block.get("type")
    if kind == "divider":
        return True
    if kind == "header":
        return _fits(block["text"], 150, {"plain_text"})
    if kind == "context":
        return 1 <= len(block["elements"]) <= 10 and all(_fits(one, 2000) for one in block["elements"])
    if kind == "section":
        return _fits(block["text"], 3000) and ("accessory" not in block or _is_button(block["accessory"]))
    return False


def _is_button(button: Json) -> bool:
    return (
        button["type"] == "button"
        and _fits(button["text"], 75, {"plain_text"})
        and 1 <= len(button.get("action_id", "")) <= 255
        and ("url" not in button or re.match(r"https?://\S{1,2900}$", button["url"]) is not None)
    )


def _fits(
    text: Json, most: int, kinds: frozenset[str] | set[str] = frozenset({"plain_text", "mrkdwn"})
) -> bool:
    written = text.get("text", "")
    length = len(written.encode("utf-16-le", "surrogatepass")) // 2
    return text.get("type") in kinds and bool(written.strip()) and length <= most
