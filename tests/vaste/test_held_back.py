"""Posts that a playbook takes and opens no case for: what is decided, and what is not held back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from casebook.history import AuthorHistory
from playbooks.playbook import AtMost, Playbook
from tests.fakes import ANGRY, GLASS, LATE_DELIVERY, RECALL, at, case_of, desk, surroundings
from tests.in_english import said
from vaste.ruling import rule

CAPPED = replace(LATE_DELIVERY, at_most=AtMost(1))
HELD = {
    "a digest": (replace(LATE_DELIVERY, digest="weekly"), "collected for the weekly digest"),
    "a sample": (replace(LATE_DELIVERY, sample=1e-9), "not in the sample (0.0000001% of the posts)"),
    "a cap": (CAPPED, "1 case of this author within 24 hours, at most 1"),
}
HAD_ONE = AuthorHistory(opened=(("delivery", timedelta(hours=3)),))


@pytest.mark.parametrize(("playbook", "why"), HELD.values(), ids=HELD.keys())
def test_a_post_that_is_held_back_opens_no_case_and_the_decision_says_why(
    playbook: Playbook, why: str
) -> None:
    around = replace(surroundings(1, 0), history=HAD_ONE)
    ruling = rule(around, ANGRY, desk(playbooks=(RECALL, playbook)), now=at(1))
    assert (ruling.opens, ruling.joins, ruling.playbook) == (None, None, "delivery")
    assert said(ruling.reason) == f"playbook delivery: negative 0.90; no case: {why}"


@pytest.mark.parametrize(("playbook", "why"), HELD.values(), ids=HELD.keys())
def test_a_post_of_a_case_there_is_joins_it(playbook: Playbook, why: str) -> None:
    around = replace(surroundings(2, 5, case=case_of()), history=HAD_ONE)
    ruling = rule(around, ANGRY, desk(playbooks=(RECALL, playbook)), now=at(6))
    assert ruling.joins is not None
    assert why not in said(ruling.reason)


def test_a_cap_of_one_playbook_holds_back_nothing_of_another() -> None:
    around = replace(surroundings(1, 0), history=HAD_ONE)
    assert rule(around, GLASS, desk(playbooks=(RECALL, CAPPED)), now=at(1)).opens is not None


def test_the_first_post_of_an_author_opens_a_case() -> None:
    assert rule(surroundings(1, 0), ANGRY, desk(playbooks=(CAPPED,)), now=at(1)).opens is not None
