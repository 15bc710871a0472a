"""From what the record owes to a message of no case. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from casebook.record import Quoted
from notifier.channel import Notice, QuotedPost


def notice_of(content: Mapping[str, Any], quoted: Iterable[Quoted]) -> Notice:
    """Give a notice as its delivery owes it, with the posts that it quotes as they stand now."""
    quotes = {
        post.post: QuotedPost(post.text, post.author, post.source, post.url, post.posted_at, post.missing)
        for post in quoted
    }
    return Notice(str(content["kind"]), datetime.fromisoformat(content["at"]), content["facts"], quotes)
