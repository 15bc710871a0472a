"""Every kind of source that exists: a new one is its file and one line here."""

from listener.bluesky import BlueskySettings, BlueskySource
from listener.file import FileSettings, FileSource
from listener.mastodon import MastodonSettings, MastodonSource
from listener.reddit import RedditSettings, RedditSource
from listener.source import SourceKind
from listener.webhook import WebhookSettings, WebhookSource
from listener.x import HANDLE, XSettings, XSource

KINDS: dict[str, SourceKind] = {
    "bluesky": SourceKind(BlueskySettings, BlueskySource),
    "file": SourceKind(FileSettings, FileSource),
    "mastodon": SourceKind(MastodonSettings, MastodonSource),
    "reddit": SourceKind(RedditSettings, RedditSource),
    "webhook": SourceKind(WebhookSettings, WebhookSource, polled=False),
    "x": SourceKind(XSettings, XSource, handles=HANDLE),
}
PLANNED = frozenset({"rss", "reviews"})
"""Kinds that the configuration accepts and `vaste check` names as not built yet."""
