"""What playbooks look at in a mention, from what the record knows of it. Pure."""

from collections.abc import Iterator

import regex

from casebook.history import AuthorHistory
from casebook.record import Circumstances, ToJudge
from playbooks.decide import Post
from vaste.desk import Desk

_REVIEWS = "reviews"
"""The kind of source whose posts are reviews, rated or not."""
# no handle is longer, and a text may hold many signs
_NAMED = regex.compile(
    r"(?<![\p{L}\p{N}_@])@([\p{L}\p{N}_][\p{L}\p{N}_.-]{0,100}(?:@[\p{L}\p{N}.-]{1,253})?)"
)


def posting(
    mention: ToJudge,
    desk: Desk,
    *,
    history: AuthorHistory,
    bystander: bool,
    circumstances: Circumstances,
) -> Post:
    """Give what playbooks look at: the same for a mention that is judged and for one that was."""
    kinds = tuple(dict.fromkeys(desk.kinds[name] for name in mention.sources if name in desk.kinds))
    return Post(
        text=mention.text,
        sources=tuple(dict.fromkeys((*mention.sources, *kinds))),
        followers=mention.followers,
        case_ages=history.ages,
        bystander=bystander,
        kinds=kinds_of(mention, is_review=mention.rating is not None or _REVIEWS in kinds),
        rating=mention.rating,
        reach=circumstances.reach,
        growth=circumstances.growth,
        ours=_person(mention.author, kinds, desk) is not None,
        addressed=_addressed(mention, kinds, desk),
        posted_at=mention.posted_at.astimezone(desk.zone),
        calendars=desk.calendars,
        crisis=circumstances.crisis,
        blind=circumstances.blind,
    )


def kinds_of(mention: ToJudge, *, is_review: bool) -> tuple[str, ...]:
    """Say what a mention is: a review, an answer, a quote (an answer that quotes is both), or else a post."""
    said = (("review", is_review), ("reply", mention.in_reply_to), ("quote", mention.quotes))
    return tuple(kind for kind, is_one in said if is_one) or ("post",)


def _addressed(mention: ToJudge, kinds: tuple[str, ...], desk: Desk) -> tuple[str, ...]:
    if not desk.handles:
        return ()
    people = (_person(handle, kinds, desk) for handle in (*_named(mention.text), *mention.turned_to))
    return tuple(dict.fromkeys(person for person in people if person is not None))


def _named(text: str) -> Iterator[str]:
    """Give the handles that a text names; a full stop behind one is the sentence's."""
    return (handle.rstrip(".-") for handle in _NAMED.findall(text))


def _person(handle: str, kinds: tuple[str, ...], desk: Desk) -> str | None:
    folded = handle.removeprefix("@").casefold()
    return next((desk.handles[kind, folded] for kind in kinds if (kind, folded) in desk.handles), None)
