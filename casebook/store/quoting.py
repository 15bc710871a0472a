"""Which posts a message of no case quotes: it names them, and keeps none of their words."""

from collections.abc import Mapping
from typing import Any


def quoted_posts(content: Mapping[str, Any]) -> set[int]:
    """Give the numbers of the posts that a notice quotes, from its delivery's content."""
    facts = content.get("facts")
    posts = facts.get("posts", ()) if isinstance(facts, Mapping) else ()
    return {post for post in posts if isinstance(post, int)} if isinstance(posts, list | tuple) else set()
