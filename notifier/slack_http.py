"""What people do in Slack, where Slack brings it by signed HTTP requests rather than over a socket.

1. A request is of Slack only where the signature fits our secret and is not older than five minutes: who replays an
   older one is refused, and one that is replayed within them does nothing twice, for nothing of ours does.
2. The press is filed and then answered 200, within Slack's three seconds. What cannot be filed is answered 503.
3. What the presser is told comes after the answer.
"""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

import structlog
from pydantic import SecretStr

from notifier.channel import WebAnswer
from notifier.slack_presses import SlackPresses

_log = structlog.get_logger(__name__)

PATH = "/slack/events"
GOOD_FOR = timedelta(minutes=5)
_STRANGER = WebAnswer(401, "the signature does not fit; is signing_secret the app's (Basic Information)?")


class SlackRequests:
    """Takes Slack's requests. Safe to call from several threads."""

    def __init__(self, secret: SecretStr, presses: SlackPresses) -> None:
        self._secret = secret
        self._presses = presses

    def take(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> WebAnswer:
        """Answer one request; `headers` are asked by their names in small letters."""
        if not is_signed(headers, body, self._secret.get_secret_value(), now=now):
            return _STRANGER
        payload = read_payload(headers.get("content-type", ""), body)
        if isinstance(payload, dict) and payload.get("type") == "url_verification":
            return WebAnswer(200, str(payload.get("challenge", "")))
        try:
            filed = self._presses.take(payload)
        except Exception as error:  # noqa: BLE001  # whatever the inbox raises, the press is not filed
            _log.error("slack_press_not_filed", error=type(error).__name__)
            return WebAnswer(503, "it could not be filed just now")
        if filed is None:  # none of ours: Slack need not send it again
            return WebAnswer(200)
        if filed.reply is None:
            return WebAnswer(200, after=filed.after)
        return WebAnswer(200, json.dumps(filed.reply), "application/json", filed.after)


def is_signed(headers: Mapping[str, str], body: bytes, secret: str, *, now: datetime) -> bool:
    """Say whether these bytes were signed with our secret (v0, HMAC-SHA256) in the last five minutes."""
    stamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12 and signature.isascii()):  # noqa: PLR2004  # longer ones are no second of ours
        return False
    if abs(now.timestamp() - int(stamp)) > GOOD_FOR.total_seconds():
        return False
    signed = hmac.digest(secret.encode(), b"v0:" + stamp.encode() + b":" + body, "sha256").hex()
    return hmac.compare_digest(f"v0={signed}", signature)


def read_payload(content_type: str, body: bytes) -> object:
    """Read what a request holds, in the form in which the socket brings it; None where it is nothing known.

    Events come as JSON, presses as one form field that is JSON, commands as a form.
    """
    try:
        if content_type.partition(";")[0].strip().lower() == "application/json":
            return json.loads(body)
        form = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200))
        return json.loads(form["payload"]) if "payload" in form else form
    except (ValueError, RecursionError):
        return None
