"""Every kind of source that exists: a new one is its file and one line here."""

from listener.file import FileSettings, FileSource
from listener.source import SourceKind
from listener.x import HANDLE, XSettings, XSource

KINDS: dict[str, SourceKind] = {
    "file": SourceKind(FileSettings, FileSource),
    "x": SourceKind(XSettings, XSource, handles=HANDLE),
}
PLANNED = frozenset({"mastodon", "bluesky", "reddit", "rss", "reviews", "webhook"})
"""Kinds that the configuration accepts and `vaste check` names as not built yet."""
