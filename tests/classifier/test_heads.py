import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.heads import (
    ANSWERS,
    EMBEDDING,
    LENGTH,
    BackgroundUnreadable,
    Lesson,
    Teachable,
    Vector,
    features,
    read_background,
    write_background,
)

DRAWN = np.random.default_rng(7)
CONE = DRAWN.normal(size=EMBEDDING) * 2
SUBJECTS = DRAWN.normal(size=(40, EMBEDDING)) * 0.6
"""What forty topics have in common with themselves; unrelated posts have cosines of about .8, as in e5."""


def post(subject: int | None, number: int, *, sure: float = 0.0) -> Vector:
    """A post about a subject; `sure` is what the network makes of the first kind."""
    noise = np.random.default_rng([number, 0 if subject is None else subject + 1])
    meaning = CONE + noise.normal(size=EMBEDDING)
    if subject is not None:
        meaning = meaning + SUBJECTS[subject]
    kind = noise.normal(size=16) * 0.1
    kind[0] += sure
    return features(meaning / np.linalg.norm(meaning), {"kind": kind})


def posts(subject: int | None, count: int, first: int = 0) -> list[Vector]:
    return [post(subject, number) for number in range(first, first + count)]


BACKGROUND = np.stack(posts(None, 300, first=10_000))
SCHOOL = Teachable(BACKGROUND)
UNDERSTANDING = Teachable(np.stack([post(None, at, sure=4.0 * (at % 10 == 0)) for at in range(300)]))
"""A network that is sure of the first kind in every tenth post."""


def share(scores: Sequence[float]) -> float:
    return sum(score >= 0.5 for score in scores) / len(scores)


@pytest.mark.parametrize(
    ("count", "found", "wrong"), [(1, 0.2, 0.1), (3, 0.6, 0.08), (10, 0.85, 0.06), (30, 0.9, 0.05)]
)
def test_from_one_to_thirty_examples_find_more_and_more_of_their_topic(
    count: int, found: float, wrong: float
) -> None:
    head = SCHOOL.fit("a", posts(3, count), ())
    assert share([head.score(one) for one in posts(3, 100, first=500)]) >= found
    assert share([head.score(one) for one in posts(None, 300, first=500)]) <= wrong
    assert head.threshold == 0.5


def test_a_post_may_be_about_none_of_many_topics() -> None:
    heads = SCHOOL.fit_all([Lesson(f"{at}", posts(at, 10)) for at in range(10)])
    strangers = posts(25, 50)
    assert np.mean([max(head.score(one) for head in heads) < 0.5 for one in strangers]) > 0.6


def test_topics_taught_together_are_told_apart() -> None:
    heads = SCHOOL.fit_all([Lesson(f"{at}", posts(at, 10)) for at in range(20)])
    right = [
        int(np.argmax([head.score(one) for head in heads])) == at
        for at in range(20)
        for one in posts(at, 5, first=700)
    ]
    assert np.mean(right) > 0.95


def test_a_counter_example_and_what_is_like_it_score_lower() -> None:
    alone = SCHOOL.fit("a", posts(3, 5), ())
    warned = SCHOOL.fit("a", posts(3, 5), posts(4, 3))
    between = [(one + other) / 2 for one, other in zip(posts(3, 20, 900), posts(4, 20, 900), strict=True)]
    assert all(warned.score(one) < alone.score(one) for one in between)
    assert all(warned.score(one) < 0.5 for one in posts(4, 3))


def test_a_post_that_is_both_example_and_counter_example_is_a_counter_example() -> None:
    both, others = post(3, 0), posts(3, 4, first=1)
    doubted = SCHOOL.fit("a", [both, *others], [both])
    assert doubted.score(both) == SCHOOL.fit("a", others, [both]).score(both)
    assert doubted.score(both) < SCHOOL.fit("a", [both, *others], ()).score(both)


def test_what_the_network_understood_speaks_too() -> None:
    head = UNDERSTANDING.fit("a", [post(None, 1000 + at, sure=4.0) for at in range(10)], ())
    sure = [head.score(post(None, 2000 + at, sure=4.0)) for at in range(50)]
    unsure = [head.score(post(None, 2000 + at)) for at in range(50)]
    assert np.mean(sure) > np.mean(unsure) + 0.2


def test_no_example_holds_for_nothing() -> None:
    head = SCHOOL.fit("a", (), posts(4, 3))
    assert share([head.score(one) for one in (*posts(3, 20), *posts(4, 20), *posts(None, 20))]) == 0
    assert SCHOOL.fit_all([]) == []


def test_a_network_that_understands_nothing_teaches_by_meaning_alone() -> None:
    bare = BACKGROUND.copy()
    bare[:, EMBEDDING:] = 0
    head = Teachable(bare).fit("a", posts(3, 10), ())
    assert share([head.score(one) for one in posts(3, 50, first=500)]) > 0.8


@settings(max_examples=15, deadline=None)
@given(order=st.permutations(range(6)), lessons=st.permutations(range(3)))
def test_the_order_of_examples_and_topics_changes_nothing(order: list[int], lessons: list[int]) -> None:
    taught = SCHOOL.fit_all([Lesson(f"{at}", posts(at, 6), posts(at + 10, 2)) for at in range(3)])
    again = SCHOOL.fit_all(
        [Lesson(f"{at}", [post(at, number) for number in order], posts(at + 10, 2)) for at in lessons]
    )
    for vector in (post(0, 77), post(None, 77), post(12, 77)):
        before = {head.topic: head.score(vector) for head in taught}
        after = {head.topic: head.score(vector) for head in again}
        assert after == pytest.approx(before, abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(copies=st.integers(1, 4))
def test_an_example_written_twice_counts_once(copies: int) -> None:
    once, twice = SCHOOL.fit("a", posts(3, 4), ()), SCHOOL.fit("a", posts(3, 4) * copies, ())
    assert twice.score(post(3, 99)) == once.score(post(3, 99))


@settings(max_examples=50, deadline=None)
@given(
    values=st.lists(st.floats(-1e6, 1e6, width=32), min_size=EMBEDDING, max_size=EMBEDDING),
    logits=st.lists(st.floats(-1e6, 1e6, width=32), min_size=16, max_size=16),
)
def test_any_vector_scores_between_0_and_1_and_the_same_twice(
    values: list[float], logits: list[float]
) -> None:
    head = SCHOOL.fit("a", posts(3, 3), ())
    vector = features(np.array(values, dtype=np.float32), {"kind": np.array(logits, dtype=np.float32)})
    score = head.score(vector)
    assert 0 <= score <= 1
    assert score == SCHOOL.fit("a", posts(3, 3), ()).score(vector)


@settings(max_examples=30, deadline=None)
@given(sure=st.lists(st.floats(-6, 6), min_size=2, max_size=6))
def test_scores_rise_with_what_the_examples_have_in_common(sure: list[float]) -> None:
    head = UNDERSTANDING.fit("a", [post(None, 1000 + at, sure=4.0) for at in range(10)], ())
    scores = [head.score(post(None, 5, sure=one)) for one in sorted(sure)]
    assert scores == sorted(scores)


def test_thirty_topics_of_thirty_examples_are_taught_in_well_under_a_second() -> None:
    background = np.concatenate([BACKGROUND, *[posts(None, 300, first=20_000 + at) for at in (0, 300)]])[:900]
    school = Teachable(background)
    lessons = [Lesson(f"{at}", posts(at, 30)) for at in range(30)]
    start = time.process_time()
    heads = school.fit_all(lessons)
    assert time.process_time() - start < 10  # of all threads; a slow machine is not what fails
    assert len(heads) == 30


# --- features ---------------------------------------------------------------------------------------


def test_features_are_the_embedding_and_what_was_understood_of_odds_that_mean_the_same() -> None:
    embedding = np.full(EMBEDDING, 0.05, dtype=np.float32)
    kind = np.arange(16, dtype=np.float32)
    vector = features(embedding, {"kind": kind, "urgency": np.ones(4)})
    assert (vector.shape, str(vector.dtype)) == ((LENGTH,), "float32")
    assert np.array_equal(vector[:EMBEDDING], embedding)
    assert np.array_equal(vector, features(embedding, {"kind": kind + 100}))
    assert sum(ANSWERS.values()) == LENGTH - EMBEDDING


def test_features_of_another_model_are_refused() -> None:
    with pytest.raises(ValueError, match="those of heads have 408"):
        features(np.ones(100, dtype=np.float32), {})


# --- background -------------------------------------------------------------------------------------


def test_a_background_is_read_as_it_was_written_and_is_small(tmp_path: Path) -> None:
    write_background(BACKGROUND, tmp_path / "one.npz")
    write_background(BACKGROUND, tmp_path / "two.npz")
    read = read_background(tmp_path / "one.npz")
    assert (read.shape, str(read.dtype)) == (BACKGROUND.shape, "float32")
    assert np.allclose(read, BACKGROUND, atol=0.005)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    assert (tmp_path / "one.npz").stat().st_size < 1_000_000


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half a file", b"not a background"])
def test_a_damaged_background_is_named_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    (path := tmp_path / "background.npz").write_bytes(content)
    with pytest.raises(BackgroundUnreadable, match=r"background\.npz cannot be read.*reinstall"):
        read_background(path)
    with pytest.raises(BackgroundUnreadable, match="cannot be read"):
        read_background(tmp_path / "missing.npz")


def test_a_background_of_another_model_or_of_few_posts_is_refused(tmp_path: Path) -> None:
    for vectors in (BACKGROUND[:, :200], BACKGROUND[:20]):
        write_background(list(vectors), tmp_path / "background.npz")
        with pytest.raises(BackgroundUnreadable, match="at least 100 posts of 408 numbers"):
            read_background(tmp_path / "background.npz")


def test_a_background_may_not_hold_objects(tmp_path: Path) -> None:
    np.savez(tmp_path / "background.npz", vectors=np.array([{"a": 1}], dtype=object))
    with pytest.raises(BackgroundUnreadable, match="cannot be read"):
        read_background(tmp_path / "background.npz")
