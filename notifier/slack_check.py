"""What Slack lets us do: both tokens and the bot's scopes, asked of Slack itself."""

from collections.abc import Collection
from typing import Any

from slack_sdk import WebClient

from notifier.channel import ChannelUnavailable
from notifier.slack_calls import APP_TOKEN_HELP, CALL_TIMEOUT_S, SlackSettings, ask_for_line, call, web_client


def bot_problems(client: WebClient, wanted: Collection[str]) -> list[str]:
    """Say what is wrong with the bot's token, a sentence each; `wanted` are the scopes that it needs."""
    headers: dict[str, str] = {}

    def ask() -> Any:
        answer = client.auth_test()
        headers.update({name.lower(): str(value) for name, value in answer.headers.items()})
        return answer

    try:
        call(ask, to="the workspace")
    except ChannelUnavailable as error:
        return [f"slack: {error}"]
    if "x-oauth-scopes" not in headers:
        return []
    missing = set(wanted) - {scope.strip() for scope in headers["x-oauth-scopes"].split(",")}
    add = "add it under OAuth & Permissions → Bot Token Scopes and reinstall the app"
    return [f"slack: the bot token lacks the scope {scope}: {add}" for scope in sorted(missing)]


def app_problems(settings: SlackSettings) -> list[str]:
    """Say what is wrong with the app's token, a sentence each."""
    if settings.app_token is None and settings.signing_secret is not None:
        return []  # Slack sends us requests; whether they reach us, only Slack can tell
    if settings.app_token is None:
        return [f"slack: presses of the buttons are not heard: {APP_TOKEN_HELP}, or set signing_secret"]
    try:
        ask_for_line(web_client(settings, timeout=CALL_TIMEOUT_S), settings.app_token)
    except ChannelUnavailable as error:
        return [f"slack: {error}"]
    return []
