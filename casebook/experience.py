"""The customer's side of a case: how they felt, and whether it took one answer. Pure.

Three questions, asked of each case: was the goal reached, how easy was it, what feeling was left. A customer who says
nothing more has said nothing: silence is unknown, and never counted as content.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from casebook.case import Case, CustomerPost
from casebook.timing import answer_state

_GLADNESS: Final = ("negative", "neutral", "positive")

Course = Literal["recovered", "unchanged", "worse"]
Goal = Literal["yes", "no"]
Ending = Literal[
    "content",
    "discontent",
    "neutral",
    "unjudged",
    "silent",
    "unanswered",
    "waiting",
    "left_waiting",
    "broken_word",
]
"""What says whether a customer got what they wanted, whatever the time is: what they wrote last, or what is owed."""
GOALS: Final[dict[Ending, Goal | None]] = {
    "content": "yes",
    "discontent": "no",
    # "I see" is neither: what is neutral does not say whether it helped
    "neutral": None,
    "unjudged": None,
    "silent": None,
    # until its deadline; afterwards it is a no
    "unanswered": None,
    "waiting": None,
    "left_waiting": "no",
    "broken_word": "no",
}
_OF_FEELINGS: Final[dict[str | None, Ending]] = {
    "positive": "content",
    "neutral": "neutral",
    "negative": "discontent",
}


@dataclass(frozen=True, slots=True)
class Experience:
    """What a case was like for the customer; None is unknown."""

    sentiment_before: str | None
    """Of the post that opened the case."""
    sentiment_after: str | None
    """Of the customer's next post in the conversation after our first answer."""
    course: Course | None
    """`recovered`: negative before and no longer after; `worse`: sadder than before; else `unchanged`."""
    came_back_angry: bool | None
    """Any post of theirs after our first answer is negative; None: they said nothing more that we can read."""
    one_answer: bool | None
    """First contact resolution: it took one answer. None while they may still come back, or had no answer."""
    goal_reached: Goal | None
    posts_written: int
    """How easy it was: the posts the customer had to write."""
    feeling_left: str | None
    """Of the last thing they said after our last answer."""


def experience(case: Case, *, now: datetime) -> Experience | None:
    """Say what a case was like for its customer, as known at `now`; None of a crisis, which is many customers'."""
    if case.living:
        return None
    before, after = _sentiment_of(case, case.opening_post), case.sentiment_after
    return Experience(
        sentiment_before=before,
        sentiment_after=after,
        course=course_of(before, after),
        came_back_angry=_came_back_angry(case),
        one_answer=_one_answer(case),
        goal_reached=_goal(case, now=now),
        posts_written=posts_written(case),
        feeling_left=feeling_left(case),
    )


def course_of(before: str | None, after: str | None) -> Course | None:
    """Say how a feeling changed; None where either is unknown.

    From neutral to positive is `unchanged`: there was nothing to recover from.
    """
    if before not in _GLADNESS or after not in _GLADNESS:
        return None
    if _GLADNESS.index(after) < _GLADNESS.index(before):
        return "worse"
    return "recovered" if before == "negative" and after != "negative" else "unchanged"


def _sentiment_of(case: Case, number: int) -> str | None:
    return next((post.sentiment for post in case.posts if post.post == number), None)


def _since(case: Case, at: datetime | None) -> list[CustomerPost]:
    """Give the customer's posts later than an instant, the earliest first; none without one."""
    later = [post for post in case.posts if at is not None and post.at > at]
    return sorted(later, key=lambda post: (post.at, post.post))


def _came_back_angry(case: Case) -> bool | None:
    response = case.response
    feelings = {post.sentiment for post in _since(case, response.at if response else None)} - {None}
    return "negative" in feelings if feelings else None


def _one_answer(case: Case) -> bool | None:
    response = case.response
    if response is None or case.dismissed or case.merged_into is not None:
        return None
    if case.reopened or any(post.deserving for post in _since(case, response.at)):
        return False
    return True if case.closed_at is not None else None


def _goal(case: Case, *, now: datetime) -> Goal | None:
    """Say whether the customer got what they wanted, as far as they, or what we owed them, say so."""
    if case.dismissed or case.merged_into is not None:
        return None
    return "no" if answer_state(case, now=now) == "unanswered" else GOALS[ending(case)]


def ending(case: Case) -> Ending:
    """Give what says whether the customer of a case got what they wanted."""
    if any(promise.state == "broken" and promise.is_owed for promise in case.promises):
        return "broken_word"
    if case.waiting is not None:
        return "waiting" if case.ended_at is None else "left_waiting"
    if case.last_reply_at is None:
        return "unanswered"
    said = _since(case, case.last_reply_at)
    return _OF_FEELINGS.get(said[-1].sentiment, "unjudged") if said else "silent"


def posts_written(case: Case) -> int:
    """Count what they had to write: all until our first answer, and since then whatever asked for another."""
    response = case.response
    begun = case.posted_at
    return sum(
        post.at >= begun and (response is None or post.at <= response.at or post.deserving)
        for post in case.posts
    )


def feeling_left(case: Case) -> str | None:
    """Give how the last thing felt that the customer said after our last answer, of what could be judged."""
    said = [post for post in _since(case, case.last_reply_at) if post.sentiment is not None]
    return said[-1].sentiment if said else None
