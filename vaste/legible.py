"""What the record still tells of a mention: whose words are gone, and which topics hold by other thresholds. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Final

from casebook.case import CustomerPost
from casebook.mention import Verdict
from casebook.past import Before, Judged, Past
from classifier.topics import Topic
from playbooks.playbook import Match

TEXTLESS: Final = frozenset(
    [
        "sentiment",
        "sentiment_at_least",
        "attention",
        "topics",
        "topics_at_least",
        "language",
        "source",
        "followers",
        "author_cases",
        "kind",
        "rating",
        "reach",
        "author",
        "time",
        "weekday",
        "open",
        "crisis",
        "blind",
    ]
)
"""Conditions that ask nothing of the words of a post."""
_NESTING: Final = ("all", "any", "none")


def reads_words(match: Match) -> bool:
    """Say whether a match asks for words of a post, which may have been erased."""
    blank = Match()
    for key in fields(match):
        value = getattr(match, key.name)
        if key.name in _NESTING:
            if any(map(reads_words, value)):
                return True
        elif key.name not in TEXTLESS and value != getattr(blank, key.name):
            return True
    return False


def without_erased(past: Past) -> tuple[Past | None, int]:
    """Leave out the mentions whose words were erased, and say how many; they stay as context of the others."""
    kept = tuple(one for one in past.judged if not one.is_erased)
    erased = tuple(as_before(one) for one in past.judged if one.is_erased)
    if not erased:
        return past, 0
    if not kept:
        return None, len(erased)
    return replace(past, judged=kept, before=(*past.before, *erased)), len(erased)


def as_scored(
    verdict: Verdict, topics: Sequence[Topic], learnt: Mapping[str, float]
) -> tuple[Verdict, tuple[str, ...]]:
    """Give a verdict with the topics that hold by these thresholds, and those that it has no score of.

    `learnt` are the thresholds that the team's corrections taught; they go before those that are written.
    """
    scores = verdict.topics
    held = [
        topic.name
        for topic in topics
        if topic.name in scores and scores[topic.name] >= learnt.get(topic.name, topic.threshold)
    ]
    missing = tuple(topic.name for topic in topics if topic.name not in scores)
    best_first = tuple(sorted(held, key=lambda name: -scores[name]))
    if best_first == verdict.topics_held:
        return verdict, missing
    return replace(verdict, topics_held=best_first), missing


def as_before(judged: Judged) -> Before:
    """Give a judged mention as context of others."""
    mention = judged.mention
    feeling = judged.verdict.sentiment.value
    said = CustomerPost(mention.post, mention.posted_at, deserving=False, sentiment=feeling)
    return Before(judged.thread, said, judged.judged_at, judged.gone_at)
