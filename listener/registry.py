"""Every kind of source that exists: a new one is its file and one line here."""

from listener.file import FileSettings, FileSource
from listener.source import SourceKind
from listener.webhook import WebhookSettings, WebhookSource
from listener.x import XSettings, XSource

KINDS: dict[str, SourceKind] = {
    "file": SourceKind(FileSettings, FileSource),
    "webhook": SourceKind(WebhookSettings, WebhookSource, polled=False),
    "x": SourceKind(XSettings, XSource),
}
PLANNED = frozenset({"mastodon", "bluesky", "reddit", "rss", "reviews"})
"""Kinds that the configuration accepts and `vaste check` names as not built yet."""
