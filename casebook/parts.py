"""How what a source brought is divided, so that others write between the parts. Pure."""

from collections.abc import Iterator

from casebook.mention import Batch, Mention, Reply

FILED_AT_ONCE = 20
"""Posts filed in one transaction: some hundredths of a second, on a machine that judges meanwhile some tenths."""


def in_parts(batch: Batch) -> Iterator[tuple[list[Mention | Reply], bool]]:
    """Give what is filed at once, at least one part though it be empty; each with whether it is the last.

    Oldest first, so that a conversation's root is mostly there before its answers. Where there are several
    parts, what we answered comes first: what is judged between two parts must not seem to be unanswered. The
    answers of our people come last: only what they answer says whether they are kept.
    """
    brought: list[Mention | Reply] = [*batch.replies, *batch.mentions]
    posts = sorted(brought, key=lambda post: (post.posted_at, post.id))
    if len(posts) > FILED_AT_ONCE:
        posts.sort(key=_turn_of)
    starts = range(0, max(len(posts), 1), FILED_AT_ONCE)
    for start in starts:
        yield posts[start : start + FILED_AT_ONCE], start == starts[-1]


def _turn_of(post: Mention | Reply) -> int:
    if isinstance(post, Reply):
        return 2 if post.personal else 0
    return 1
