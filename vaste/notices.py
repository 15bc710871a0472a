"""From what the record owes to a message of no case. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from casebook.record import Enclosure, Quoted
from notifier.channel import Chart, Notice, Paper, QuotedPost


def notice_of(content: Mapping[str, Any], quoted: Iterable[Quoted]) -> Notice:
    """Give a notice as its delivery owes it, with the posts that it quotes as they stand now."""
    quotes = {
        post.post: QuotedPost(post.text, post.author, post.source, post.url, post.posted_at, post.missing)
        for post in quoted
    }
    return Notice(str(content["kind"]), datetime.fromisoformat(content["at"]), content["facts"], quotes)


def with_enclosed(notice: Notice, enclosed: Iterable[Enclosure]) -> Notice:
    """Put what was owed along with a notice to it."""
    for one in enclosed:
        if one.kind == "picture":
            notice = replace(notice, chart=Chart(one.content, one.title, one.says))
        else:
            notice = replace(notice, paper=Paper(one.content, one.name, one.title))
    return notice
