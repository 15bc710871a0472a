"""Every kind of channel that exists: a new one is its file and one line here."""

from notifier.channel import ChannelKind
from notifier.console import ConsoleChannel, ConsoleSettings
from notifier.slack import SlackChannel
from notifier.slack_calls import SlackSettings

KINDS: dict[str, ChannelKind] = {
    "console": ChannelKind(ConsoleSettings, ConsoleChannel),
    "slack": ChannelKind(SlackSettings, SlackChannel, direct=True),
}
PLANNED = frozenset({"email", "teams", "webhook"})
"""Kinds that the configuration accepts and `vaste check` names as not built yet."""
