"""Calls to Slack, and what their failures mean: the vendor's errors become ours here.

slack_sdk's own retries are off: they can post twice, and the outbox retries anyway. Its loggers are off, too:
they print request bodies, and those hold people's posts.
"""

import http.client
import logging
import re
import socket
import ssl
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.error import URLError

from pydantic import AnyHttpUrl, Field, SecretStr, field_validator
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from notifier.channel import ChannelSettings, ChannelUnavailable

_TOKEN = "make a new bot token in the app's settings (OAuth & Permissions) and put it in SLACK_BOT_TOKEN"  # noqa: S105  # a sentence about tokens
APP_TOKEN_HELP = (
    "make an app-level token (xapp-…) with connections:write, turn Socket Mode on, and set app_token"  # noqa: S105  # a sentence about tokens
)
CALL_TIMEOUT_S = 10
RATE_LIMITED_S = 30
"""Wait when Slack names none."""
PAGES_MOST = 20
_COMMAND = re.compile(r"/[a-z0-9_-]{1,31}")
_ERROR_CODE = re.compile(r"[a-z0-9_]{1,64}")
_UNFIT = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "no_text"}
)
_UNEDITABLE = frozenset({"cant_update_message", "edit_window_closed"})
_RATE_LIMITED = frozenset({"ratelimited", "rate_limited"})
_HALF_DONE = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
_MENDABLE = frozenset(
    {
        *("channel_not_found", "not_in_channel", "is_archived", "restricted_action", "no_permission"),
        *("invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"),
        *("not_allowed_token_type", "ekm_access_denied"),
    }
)
"""What somebody may mend: a card that could not be brought up to date for it is tried again."""
_NOBODY = frozenset(
    {"user_not_found", "users_not_found", "user_disabled", "user_not_visible", "cannot_dm_bot"}
)
_A_PERSON = re.compile(r"[UW][A-Z0-9]{2,}|[^@\s]+@[^@\s]+")
_SCOPES = re.compile(r"[a-z:._,-]{1,100}")
_INVITE = "invite the bot there: /invite @… in {to}"
_PERMANENT = {
    "channel_not_found": "there is no channel {to} that the bot can see: check its name, and if it is private, "
    + _INVITE,
    "not_in_channel": "the bot is not in {to}: " + _INVITE,
    "is_archived": "the channel {to} is archived: unarchive it or name another in the configuration",
    "restricted_action": "posting in {to} is restricted: let the app post there, or name another channel",
    "user_not_found": "Slack knows no member {to}: check the person's `slack` (Profile → Copy member ID, or their e-mail address)",
    "users_not_found": "Slack knows no member {to}: check the person's `slack` (Profile → Copy member ID, or their e-mail address)",
    "user_not_visible": "the bot may not see {to}: put a member of this workspace on call",
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
    signing_secret: SecretStr | None = None
    """Of the app; with it presses may come as signed requests to our page instead of over a socket."""
    api_url: str = "https://slack.com/api/"
    command: str = "/vaste"
    """What people type to ask Vaste something, as the app's settings name it."""

    @field_validator("command")
    @classmethod
    def _is_a_command(cls, command: str) -> str:
        if not _COMMAND.fullmatch(command):
            raise ValueError(
                "not a slash command; write it in small letters, with its slash, for example /vaste"
            )
        return command

    cards_a_minute: Annotated[int, Field(ge=1, le=60)] | None = 20
    """New cards in one channel before the rest is held back and counted; critical ones are never held back."""

    @field_validator("cards_a_minute", mode="before")
    @classmethod
    def _off_is_none(cls, written: object) -> object:
        return None if written is False or written == "off" else written

    @field_validator("signing_secret")
    @classmethod
    def _is_a_secret(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not secret.get_secret_value().strip():
            raise ValueError("empty; copy the app's Signing Secret (Basic Information), or leave the key out")
        return secret

    @field_validator("api_url")
    @classmethod
    def _is_an_address(cls, api_url: str) -> str:
        AnyHttpUrl(api_url)
        return api_url.rstrip("/") + "/"


class Unfit(Exception):
    """Slack refuses the message for its form."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class Unreachable(ChannelUnavailable):
    """Slack knows nobody there, or nobody any more."""


class MissingScope(ChannelUnavailable):
    """The bot's token lacks a right."""

    def __init__(self, message: str, scope: str | None) -> None:
        super().__init__(message, permanent=True, is_final=False)
        self.scope = scope
        """Its name, where Slack tells it."""


class Uneditable(ChannelUnavailable):
    """Slack lets nobody edit this message any more."""


def web_client(settings: SlackSettings, *, timeout: int) -> WebClient:
    """Make a client that neither retries nor logs."""
    token = settings.bot_token.get_secret_value()
    return WebClient(
        token=token, base_url=settings.api_url, timeout=timeout, retry_handlers=[], logger=mute()
    )


def mute() -> logging.Logger:
    """A logger that says nothing: slack_sdk would print tokens' neighbours and people's posts."""
    muted = logging.getLogger("vaste.muted.slack_sdk")
    muted.setLevel(logging.CRITICAL + 1)
    return muted


def call(
    call: Callable[[], Any], *, to: str, repeatable: bool = True, rests: str | None = None
) -> dict[str, Any]:
    """Make one call and give its answer; every way in which it fails becomes ours.

    `repeatable` says that doing it twice does no harm, so its outcome is never ambiguous; `rests` names the
    allowance that rests when Slack asks for a pause.
    Raises Unfit, ChannelUnavailable.
    """
    try:
        answer = call().data
    except SlackApiError as error:
        raise _refusal(
            error, to=to, repeatable=repeatable, rests=rests
        ) from None  # its text repeats the request's answer
    except (OSError, http.client.HTTPException, SlackClientError) as error:
        sentence = f"Slack cannot be reached ({_network_name(error)}): it is tried again"
        raise ChannelUnavailable(sentence, ambiguous=not repeatable and not _never_left(error)) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # JSON that is no object, broken bytes
        sentence = "Slack's answer cannot be read: is a proxy in between? it is tried again"
        raise ChannelUnavailable(sentence, ambiguous=not repeatable) from error
    return answer if isinstance(answer, dict) else {}


def _refusal(error: SlackApiError, *, to: str, repeatable: bool, rests: str | None) -> Exception:
    """Translate Slack's no; decides what is permanent, what waits, and what may have been accepted."""
    status, code = error.response.status_code, _error_code(error)
    if status == http.client.TOO_MANY_REQUESTS or code in _RATE_LIMITED:
        wait = _retry_after(error.response.headers)
        return ChannelUnavailable("Slack asks for a pause (rate limited)", retry_after=wait, rests=rests)
    if status >= http.client.INTERNAL_SERVER_ERROR or code in _HALF_DONE:
        sentence = f"Slack has a fault of its own ({status if status >= 500 else code}): it is tried again"  # noqa: PLR2004  # HTTP
        return ChannelUnavailable(sentence, ambiguous=not repeatable)
    if code in _UNFIT:
        return Unfit(code)
    known = _known_refusal(error, code, to=to)
    if known is not None:
        return known
    # an answer in no known form may come from a proxy after Slack took the message
    unknown = code == "no JSON" and not repeatable
    return ChannelUnavailable(f"Slack answers {code} for {to}: it is tried again", ambiguous=unknown)


def _error_code(error: SlackApiError) -> str:
    """Slack's own short word; anything else (a page of HTML) is not repeated."""
    data = error.response.data
    code = data.get("error") if isinstance(data, dict) else None
    return code if isinstance(code, str) and _ERROR_CODE.fullmatch(code) else "no JSON"


def _known_refusal(error: SlackApiError, code: str, *, to: str) -> ChannelUnavailable | None:
    """Give what a refusal means that no repetition changes; None for any other."""
    if code in _NOBODY or (code == "channel_not_found" and _A_PERSON.fullmatch(to)):
        told = _PERMANENT[code if code in _NOBODY else "user_not_found"].format(to=to)
        return Unreachable(told, permanent=True, unreachable=True)
    if code == "missing_scope":
        return MissingScope(*_missing_scope(error))
    if code in _UNEDITABLE:
        return Uneditable(_PERMANENT[code].format(to=to), permanent=True)
    if code not in _PERMANENT:
        return None
    return ChannelUnavailable(_PERMANENT[code].format(to=to), permanent=True, is_final=code not in _MENDABLE)


def refusal(code: str, *, to: str) -> str:
    """Give the sentence for a refusal of Slack's, as an operator reads it."""
    return _PERMANENT[code].format(to=to)


def _missing_scope(error: SlackApiError) -> tuple[str, str | None]:
    """Say what to do, and name the scope where Slack does."""
    answer = error.response.data
    needed = answer.get("needed") if isinstance(answer, dict) else None
    if not isinstance(needed, str) or not _SCOPES.fullmatch(needed):
        return _PERMANENT["missing_scope"], None
    add = "add it under OAuth & Permissions → Bot Token Scopes and reinstall the app"
    return f"the bot token lacks the scope {needed}: {add}", needed


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


def pages(read: Callable[[str], Any]) -> list[dict[str, Any]]:
    """Read to the last page; raises ChannelUnavailable (permanent) when there is no end to them."""
    found, cursor = [], ""
    for _ in range(PAGES_MOST):
        at = cursor
        found.append(call(lambda: read(at), to="the channels"))  # noqa: B023  # called at once
        cursor = (found[-1].get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return found
    raise ChannelUnavailable("there is too much to look through", permanent=True)


def ask_for_line(client: WebClient, app_token: SecretStr) -> str:
    """Ask Slack for an address to listen at; raises ChannelUnavailable."""
    token = app_token.get_secret_value()
    try:
        answer = call(lambda: client.apps_connections_open(app_token=token), to="Socket Mode")
    except ChannelUnavailable as error:
        if not error.permanent:
            raise
        raise ChannelUnavailable(f"Slack refuses the app token: {APP_TOKEN_HELP}", permanent=True) from error
    return str(answer.get("url") or "")
