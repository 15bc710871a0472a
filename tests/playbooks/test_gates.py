"""What a playbook takes and yet opens no case for: sample, cap and digest."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.gates import held_back, is_sampled
from playbooks.playbook import AtMost, Match, Playbook
from tests.in_english import said

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
KEYS = [f"x/{number}" for number in range(10_000)]


def playbook(**says: Any) -> Playbook:
    return Playbook("praise", Match(), "care", **says)


def why(book: Playbook, **known: Any) -> str | None:
    held = held_back(book, **known)
    return None if held is None else said((held,))


def test_a_playbook_that_says_nothing_holds_nothing_back() -> None:
    assert held_back(playbook(), key="x/1", earlier=[("praise", DAY)] * 9) is None


def test_a_digest_collects_everything() -> None:
    assert why(playbook(digest="weekly"), key="x/1", earlier=[]) == "no case: collected for the weekly digest"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_sample_is_as_large_as_it_says(share: float) -> None:
    assert sum(is_sampled(key, share) for key in KEYS) == pytest.approx(share * len(KEYS), rel=0.06)


@given(st.text(), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_sample_holds_the_smaller_one(key: str, one: float, other: float) -> None:
    smaller, larger = sorted((one, other))
    assert is_sampled(key, larger) or not is_sampled(key, smaller)


def test_a_post_is_in_a_sample_on_every_machine_or_on_none() -> None:
    # written down once: another hash, or a salted one, would sample other posts after every restart
    assert [number for number in range(40) if is_sampled(f"x/{number}", 0.1)] == [15, 28, 33, 39]


@given(st.text())
def test_the_whole_is_no_sample(key: str) -> None:
    assert is_sampled(key, 1.0)
    assert not is_sampled(key, 0.0)


def test_what_is_not_sampled_says_so() -> None:
    out = next(key for key in KEYS if not is_sampled(key, 0.1))
    assert why(playbook(sample=0.1), key=out, earlier=[]) == "no case: not in the sample (10% of the posts)"


@pytest.mark.parametrize(
    ("earlier", "told", "because"),
    [
        ([], None, "the first one opens a case"),
        ([("praise", DAY)], None, "one that began a whole day ago is over"),
        (
            [("praise", DAY - TICK)],
            "1 case of this author within 24 hours, at most 1",
            "one that did not, counts",
        ),
        (
            [("praise", timedelta(0))],
            "1 case of this author within 24 hours, at most 1",
            "one of the same instant",
        ),
        ([("recall", timedelta(0))] * 5, None, "those of other playbooks do not count"),
        ([("praise", TICK)] * 3, "3 cases of this author within 24 hours, at most 1", "all are counted"),
    ],
)
def test_a_cap_counts_the_authors_cases_of_this_playbook(
    earlier: list[tuple[str, timedelta]], told: str | None, because: str
) -> None:
    found = why(playbook(at_most=AtMost(1)), key="x/1", earlier=earlier)
    assert found == (None if told is None else f"no case: {told}"), because


def test_a_cap_of_two_lets_two_through() -> None:
    cap = playbook(at_most=AtMost(2, 7 * DAY))
    assert held_back(cap, key="x/1", earlier=[("praise", DAY)]) is None
    assert held_back(cap, key="x/1", earlier=[("praise", DAY), ("praise", 6 * DAY)]) is not None
