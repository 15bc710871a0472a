"""Which teams must have somebody on call at any time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from playbooks.playbook import Match, Playbook, Severity, Step
from vaste.duty import promised

HOUR = timedelta(hours=1)
PLAIN = Playbook("plain", Match(), "care")


@pytest.mark.parametrize(
    ("playbook", "is_promised", "why"),
    [
        (PLAIN, False, "it says nothing of time, calls nobody again, and is of normal severity"),
        (replace(PLAIN, acknowledge_within=HOUR), True, "somebody is to take it"),
        (replace(PLAIN, respond_within=HOUR), True, "the customer is to be answered"),
        (replace(PLAIN, resolve_within=HOUR), True, "it is to be closed"),
        (replace(PLAIN, update_within=HOUR), True, "the customer is to hear more"),
        (replace(PLAIN, escalate=(Step(HOUR, "everyone"),)), True, "it calls people until somebody takes it"),
        (replace(PLAIN, severity=Severity.CRITICAL), True, "a critical case at night wants somebody"),
        (replace(PLAIN, severity=Severity.HIGH), True, "so does a grave one"),
        (replace(PLAIN, severity=Severity.LOW), False, "one that can wait does not"),
        (replace(PLAIN, respond_within=HOUR, severity=Severity.HIGH, clock="office"), False, "only in office hours"),
        (replace(PLAIN, severity=Severity.HIGH, digest="weekly"), False, "what is collected opens no case"),
        (replace(PLAIN, severity=Severity.HIGH, continues=True), False, "nor does what only tells others"),
    ],
)  # fmt: skip
def test_a_team_promises_to_be_there_where_a_case_counts_on_somebody_at_any_time(
    playbook: Playbook, why: str, *, is_promised: bool
) -> None:
    assert promised([playbook]) == ({"care": "plain"} if is_promised else {}), why


def test_the_first_playbook_that_says_so_is_named_for_its_team() -> None:
    first, second = (replace(PLAIN, name=name, respond_within=HOUR) for name in ("first", "second"))
    assert promised([PLAIN, first, second]) == {"care": "first"}
