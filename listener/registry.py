"""Every kind of source that exists: a new one is its file and one line here."""

from listener.bluesky import BlueskySettings, BlueskySource
from listener.file import FileSettings, FileSource
from listener.mastodon import MastodonSettings, MastodonSource
from listener.reddit import RedditSettings, RedditSource
from listener.reviews import ReviewsSettings, ReviewsSource
from listener.rss import RssSettings, RssSource
from listener.source import SourceKind
from listener.webhook import WebhookSettings, WebhookSource
from listener.x import XSource
from listener.x_settings import HANDLE, XSettings

KINDS: dict[str, SourceKind] = {
    "bluesky": SourceKind(BlueskySettings, BlueskySource),
    "file": SourceKind(FileSettings, FileSource),
    "mastodon": SourceKind(MastodonSettings, MastodonSource),
    "reddit": SourceKind(RedditSettings, RedditSource),
    "reviews": SourceKind(ReviewsSettings, ReviewsSource),
    "rss": SourceKind(RssSettings, RssSource),
    "webhook": SourceKind(WebhookSettings, WebhookSource, polled=False),
    "x": SourceKind(XSettings, XSource, handles=HANDLE),
}
