"""What is proposed, and what is not: each line stands at the edge of a rule."""

from collections.abc import Sequence
from datetime import date

import pytest

from tests.vaste.report.cast import case
from vaste.report.advice import rounded
from vaste.report.figures import Target, alarms, promises
from vaste.report.proposals import Evidence, Proposal, proposals
from vaste.report.rows import Told
from vaste.report.whatif import nine_of_ten, other_targets

PROMISED = {"complaint": 7_200.0}


def made(waits: Sequence[float | None], target: float | None = None, dismissed: int = 0) -> list[Proposal]:
    cases: list[Told] = [case(number, wait=wait) for number, wait in enumerate(waits, 1)]
    cases += [case(1_000 + number, status="dismissed") for number in range(dismissed)]
    of_playbook = [one for one in cases if one.status != "dismissed"]
    targets = (Target(target),) if target else ()
    kept = promises(of_playbook, targets, on=date(2026, 11, 29))
    return proposals(Evidence(of_playbook, kept, alarms(cases), {}, PROMISED))


@pytest.mark.parametrize(
    ("waits", "target", "kinds"),
    [
        ([20.0] * 9, None, []),  # too few to say anything
        ([59.0] * 60, None, ["harder"]),
        ([61.0] * 60, None, []),  # more than half of what is promised
        ([59.0] * 20, None, []),  # twenty of twenty are not surely nine of ten
        ([20.0] * 10 + [130.0] * 10, None, ["easier"]),
        ([20.0] * 10 + [130.0] * 10, 0.4, []),
        ([20.0] * 15 + [130.0] * 5, None, []),  # 75 of 100: chance explains what lacks
        ([20.0] * 15 + [130.0] * 5, 0.95, ["easier"]),
        ([20.0] * 10 + [None] * 10, None, ["easier"]),  # half of them never is not yet most of them
        ([20.0] * 9 + [None] * 11, None, ["optional"]),
    ],
)
def test_a_promise_is_judged_by_how_it_was_kept(
    waits: Sequence[float | None], target: float | None, kinds: list[str]
) -> None:
    assert [one.kind for one in made(waits, target)] == kinds


@pytest.mark.parametrize(("dismissed", "kinds"), [(9, []), (10, ["narrow"]), (30, ["narrow"])])
def test_a_playbook_half_of_whose_cases_are_false_alarms_is_to_be_narrowed(
    dismissed: int, kinds: list[str]
) -> None:
    assert [one.kind for one in made([70.0] * 10, dismissed=dismissed)] == kinds


def test_evidence_is_the_cases_themselves() -> None:
    (easier,) = made([20.0] * 10 + [130.0] * 10)
    assert easier.cases == tuple(range(11, 21))
    assert (easier.stage, easier.figures["reached"]) == ("answer", 130 * 60)


@pytest.mark.parametrize(
    ("waits", "wanted"),
    [([10.0] * 9 + [None], 600.0), ([10.0] * 8 + [None] * 2, None), ([], None), ([5.0], 300.0)],
)
def test_who_never_got_an_answer_belongs_to_the_slowest_tenth(
    waits: Sequence[float | None], wanted: float | None
) -> None:
    assert nine_of_ten([case(number, wait=wait) for number, wait in enumerate(waits)]) == wanted


def test_the_same_answers_are_held_against_other_deadlines() -> None:
    waits = (30.0, 60.0, 61.0, 120.0, 240.0, None)
    (found,) = other_targets([case(n, wait=wait) for n, wait in enumerate(waits)], PROMISED)
    assert found.kept == ((3_600.0, 2), (7_200.0, 4), (14_400.0, 5))


@pytest.mark.parametrize(
    ("seconds", "promise"), [(1, 300), (300, 300), (301, 600), (86_400, 86_400), (86_401, 172_800)]
)
def test_a_promise_is_rounded_to_one_that_people_remember(seconds: float, promise: float) -> None:
    assert rounded(seconds) == promise
