"""What is looked for on X because of posts that were seen."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.x_watch import (
    ANSWERED_WITHIN,
    LONGEST_QUERY,
    MOST_ANSWERS,
    MOST_CONVERSATIONS,
    MOST_POSTS,
    PEOPLE_AT_ONCE,
    QUOTED_WITHIN,
    Watched,
    after_asking,
    answers_query,
    begins_at,
    people_query,
    quotes_query,
    read_watched,
    watch_conversations,
    watch_posts,
    write_watched,
)

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
IDS = st.integers(0, 10**19 - 1).map(str)
INSTANTS = st.timedeltas(-timedelta(days=20_000), timedelta(days=20_000)).map(lambda by: NOW + by)
WATCHED = st.lists(st.builds(Watched, IDS, INSTANTS, INSTANTS, st.booleans(), st.booleans()), max_size=30)


def post(number: int, *, is_answer: bool = False, age: timedelta | None = None) -> Watched:
    at = NOW - (age if age is not None else number * SECOND)
    return Watched(str(number), at, at, is_answer=is_answer)


def ids(watched: tuple[Watched, ...]) -> list[str]:
    return [one.id for one in watched]


@pytest.mark.parametrize(
    ("posts", "answers", "watched"),
    [
        (2, 3, [1, 2, 101, 102, 103]),
        (9, 9, [1, 2, 3, 4, 5, 6, 101, 102, 103, 104]),
        (12, 0, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        (1, 12, [1, 101, 102, 103, 104, 105, 106, 107, 108, 109]),
    ],
)
def test_the_newest_of_each_kind_are_watched_and_one_kind_takes_what_the_other_lacks(
    posts: int, answers: int, watched: list[int]
) -> None:
    seen = [post(number) for number in range(1, posts + 1)]
    seen += [post(100 + number, is_answer=True) for number in range(1, answers + 1)]
    assert sorted(map(int, ids(watch_posts([], seen, now=NOW)))) == watched


def test_what_is_too_old_is_forgotten_and_nothing_from_the_future_stays_for_ever() -> None:
    seen = [
        post(1, age=QUOTED_WITHIN),
        post(2, age=QUOTED_WITHIN - SECOND),
        post(3, age=-timedelta(days=900)),
    ]
    kept = watch_posts([], seen, now=NOW)
    assert ids(kept) == ["3", "2"]
    assert watch_posts(kept, [], now=NOW + QUOTED_WITHIN) == ()


def test_a_conversation_lasts_three_days_after_its_newest_post() -> None:
    first = watch_conversations([], [post(1, age=timedelta(0))], now=NOW)
    later = NOW + timedelta(days=2)
    again = watch_conversations(first, [Watched("1", later, later)], now=later)
    assert (again[0].begins_at, again[0].last_at) == (NOW, later)
    assert ids(watch_conversations(again, [], now=later + ANSWERED_WITHIN - SECOND)) == ["1"]
    assert watch_conversations(again, [], now=later + ANSWERED_WITHIN) == ()


def test_each_is_asked_for_from_its_beginning_once() -> None:
    watched = watch_conversations([], [post(1), post(2)], now=NOW)
    assert begins_at(watched) == NOW - 2 * SECOND
    asked = after_asking(watched, frozenset({"1", "2"}))
    assert begins_at(asked) is None
    again = watch_conversations(asked, [post(1), post(3)], now=NOW)
    assert begins_at(again) == NOW - 3 * SECOND
    earlier = watch_conversations(asked, [post(1, age=9 * SECOND)], now=NOW)
    assert begins_at(earlier) == NOW - 9 * SECOND  # an older post of it came up: there may be older answers


@given(known=WATCHED, seen=WATCHED)
def test_no_question_is_longer_than_x_takes(known: list[Watched], seen: list[Watched]) -> None:
    posts = watch_posts(known, seen, now=NOW)
    conversations = watch_conversations(known, seen, now=NOW)
    assert len(posts) <= MOST_POSTS + MOST_ANSWERS
    assert len(conversations) <= MOST_CONVERSATIONS
    people = ["a" * 15] * PEOPLE_AT_ONCE
    asked = (
        quotes_query(posts, people[0]),
        people_query(people, people[0]),
        answers_query(people, conversations),
    )
    assert max(map(len, asked)) <= LONGEST_QUERY


@given(watched=WATCHED)
def test_what_is_written_is_read_back(watched: list[Watched]) -> None:
    assert read_watched(write_watched(watched)) == tuple(watched)


@pytest.mark.parametrize(
    "written",
    [None, 5, {}, [5], [{}], [{"id": "1) OR (a", "begins_at": NOW.isoformat(), "last_at": NOW.isoformat()}]]
    + [
        [{"id": "1", "begins_at": at, "last_at": NOW.isoformat()}]
        for at in (None, 5, "soon", "2026-11-02T09:00")
    ]
    + [[{"id": "1", "begins_at": "0001-01-01T00:00:00+14:00", "last_at": NOW.isoformat()}]],
)
def test_what_is_spoilt_is_left_out(written: object) -> None:
    assert read_watched(written) == ()
