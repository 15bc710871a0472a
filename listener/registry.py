"""Every kind of source that exists: a new one is its file and one line here."""

from listener.file import FileSettings, FileSource
from listener.reviews import ReviewsSettings, ReviewsSource
from listener.rss import RssSettings, RssSource
from listener.source import SourceKind
from listener.x import XSettings, XSource

KINDS: dict[str, SourceKind] = {
    "file": SourceKind(FileSettings, FileSource),
    "reviews": SourceKind(ReviewsSettings, ReviewsSource),
    "rss": SourceKind(RssSettings, RssSource),
    "x": SourceKind(XSettings, XSource),
}
PLANNED = frozenset({"mastodon", "bluesky", "reddit", "webhook"})
"""Kinds that the configuration accepts and `vaste check` names as not built yet."""
