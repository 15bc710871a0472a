"""The Slack app as Vaste needs it: the manifest that Slack's "From a manifest" takes. Pure.

A scope stands here with the methods for which it is needed, so that a test can hold this page and the calls of the
code together: no scope is asked for that nothing uses.
"""

from typing import Any

SCOPES: dict[str, tuple[str, ...]] = {
    "chat:write": ("chat.postMessage", "chat.update", "chat.delete", "chat.postEphemeral"),
    "commands": (),  # slash commands are sent to us, not called
    "files:write": ("files.getUploadURLExternal", "files.completeUploadExternal"),
    "channels:read": ("conversations.list",),
    "groups:read": ("conversations.list",),
    "channels:history": ("conversations.history", "conversations.replies"),
    "groups:history": ("conversations.history", "conversations.replies"),
    "im:history": ("conversations.history", "conversations.replies"),
    "im:write": ("conversations.open",),
    "users:read": ("users.info",),
}
"""Bot scope → methods that need it; docs/channels/slack.md says what each is for."""
BY_EMAIL = {"users:read.email": ("users.lookupByEmail",)}
"""Needed besides, only where people are named by e-mail."""
FREE = frozenset({"auth.test", "views.open", "views.publish", "apps.connections.open"})
"""Methods that need no scope of the bot's token."""


def scopes(*, by_email: bool) -> tuple[str, ...]:
    """Give the scopes that the bot's token needs."""
    return (*SCOPES, *(BY_EMAIL if by_email else ()))


def manifest(*, command: str, request_url: str | None, by_email: bool) -> dict[str, Any]:
    """Give the manifest: for Socket Mode, or for HTTP where `request_url` is our public address for Slack."""
    url = {} if request_url is None else {"request_url": request_url}
    slash = {
        "command": command,
        **({} if request_url is None else {"url": request_url}),
        "description": "Who is on call, take over, your cases",
        "usage_hint": "on-call | take over until 18:00 | swap ben until Fri 9:00 | mine | stats | help",
        "should_escape": True,
    }
    home = {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": True,
    }
    return {
        "display_information": {
            "name": "Vaste",
            "description": "Puts posts that need somebody in front of the person on call",
            "background_color": "#1f3a5f",
        },
        "features": {
            "bot_user": {"display_name": "vaste", "always_online": True},
            "app_home": home,
            "slash_commands": [slash],
        },
        "oauth_config": {"scopes": {"bot": list(scopes(by_email=by_email))}},
        "settings": {
            "interactivity": {"is_enabled": True, **url},
            "event_subscriptions": {**url, "bot_events": ["app_home_opened"]},
            "socket_mode_enabled": request_url is None,
            "org_deploy_enabled": False,
            "token_rotation_enabled": False,
        },
    }
