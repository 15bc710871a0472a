"""Every kind of channel that exists: a new one is its file and one line here."""

from notifier.channel import ChannelKind
from notifier.console import ConsoleChannel, ConsoleSettings
from notifier.email import EmailChannel, EmailSettings
from notifier.slack import SlackChannel
from notifier.slack_calls import SlackSettings
from notifier.teams import TeamsChannel, TeamsSettings
from notifier.webhook import WebhookChannel, WebhookSettings

KINDS: dict[str, ChannelKind] = {
    "console": ChannelKind(ConsoleSettings, ConsoleChannel),
    "email": ChannelKind(EmailSettings, EmailChannel, reaches="email"),
    "slack": ChannelKind(SlackSettings, SlackChannel, reaches="slack"),
    "teams": ChannelKind(TeamsSettings, TeamsChannel),
    "webhook": ChannelKind(WebhookSettings, WebhookChannel),
}
