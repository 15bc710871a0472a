"""What Slack lets us do: tokens, scopes, channels, people and a test message, asked of Slack itself."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from slack_sdk import WebClient

from notifier.channel import ChannelUnavailable
from notifier.slack_calls import (
    APP_TOKEN_HELP,
    CALL_TIMEOUT_S,
    SlackSettings,
    Unfit,
    ask_for_line,
    call,
    pages,
    refusal,
    web_client,
)
from notifier.slack_people import SlackPeople


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


def place_problems(client: WebClient, places: Sequence[str]) -> list[str]:
    """Say in which of these channels (#name or id) the bot can't post, a sentence each."""
    kinds = "public_channel,private_channel"
    try:
        listed = pages(lambda cursor: client.conversations_list(types=kinds, limit=200, cursor=cursor))
    except ChannelUnavailable as error:
        return [f"slack: the channels can't be looked at: {error}"]
    known: dict[str, Any] = {}
    for channel in (channel for page in listed for channel in page.get("channels", [])):
        known[f"#{channel.get('name')}"] = known[str(channel.get("id"))] = channel
    found = (_place_problem(place, known.get(place)) for place in dict.fromkeys(places))
    return [f"slack: {problem}" for problem in found if problem is not None]


def _place_problem(place: str, channel: Any) -> str | None:
    if channel is None:
        return refusal("channel_not_found", to=place)
    if channel.get("is_archived"):
        return refusal("is_archived", to=place)
    return None if channel.get("is_member", True) else refusal("not_in_channel", to=place)


def person_problems(people: SlackPeople, written: Mapping[str, str]) -> list[str]:
    """Say whom of these people (key → id or e-mail address) Slack can't reach, a sentence each."""
    found: list[str] = []
    for key, name in written.items():
        try:
            where = people.look_for(name)
        except ChannelUnavailable as error:
            return [*found, f"slack: people can't be looked up: {error}"]
        if where.unreachable is not None:
            found.append(f"slack: person {key} can't be reached: {where.unreachable}")
    return found


def try_out(client: WebClient, place: str, text: str) -> list[str]:
    """Post a message, find it by its metadata, edit it and delete it; gives what did not work."""
    key = {"event_type": "vaste_check", "event_payload": {"key": "check"}}
    step = "posting"
    try:
        posted = call(lambda: client.chat_postMessage(channel=place, text=text, metadata=key), to=place)
        at: dict[str, Any] = {"channel": posted.get("channel"), "ts": posted.get("ts")}
        step = "finding it again"
        inside = call(
            lambda: client.conversations_history(
                channel=at["channel"], oldest=at["ts"], inclusive=True, limit=1, include_all_metadata=True
            ),
            to=place,
        )
        if not any(one.get("metadata") == key for one in inside.get("messages", [])):
            return [f"slack: a test message in {place}: it is not found again; lost answers are repeated"]
        step = "editing it"
        call(lambda: client.chat_update(text=f"{text} ✓", **at), to=place)
        step = "deleting it"
        call(lambda: client.chat_delete(**at), to=place)
    except (ChannelUnavailable, Unfit) as error:
        return [f"slack: a test message in {place}, {step}: {error}"]
    return []
