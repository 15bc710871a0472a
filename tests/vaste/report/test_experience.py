"""The three questions of experience: what is an answer, what is unknown and why, and how it is told."""

from typing import Any

import pytest

from tests.vaste.report.cast import case
from tests.vaste.report.test_writing import report
from vaste.report.as_json import as_json
from vaste.report.document import Line, Table
from vaste.report.experience import by_playbook, ease_of, experience, feeling_of, goal_of, is_asked
from vaste.report.rows import Became, Told

NEVER: dict[str, Any] = {"wait": None, "became": Became.UNANSWERED}
PENDING: dict[str, Any] = {"wait": None, "became": Became.PENDING}
UNSEEN: dict[str, Any] = {"wait": None, "became": Became.UNKNOWN}


@pytest.mark.parametrize(
    ("given", "goal"),
    [
        ({"ending": "content"}, ("yes", "content")),
        ({"ending": "discontent"}, ("no", "discontent")),
        ({"ending": "left_waiting"}, ("no", "left_waiting")),
        ({"ending": "broken_word"}, ("no", "broken_word")),
        ({"ending": "silent"}, (None, "silent")),  # silence is not content
        ({"ending": "neutral"}, (None, "neutral")),
        ({"ending": "unjudged"}, (None, "unjudged")),
        ({"ending": "waiting"}, (None, "waiting")),
        (NEVER, ("no", "never")),
        (PENDING, (None, "pending")),
        (UNSEEN, (None, "unseen")),  # somebody may have answered where nobody could look
        (NEVER | {"ending": "broken_word"}, ("no", "broken_word")),
        (UNSEEN | {"ending": "broken_word"}, ("no", "broken_word")),
    ],
)
def test_whether_the_goal_was_reached(given: dict[str, Any], goal: tuple[str | None, str]) -> None:
    assert goal_of(case(**given)) == goal


@pytest.mark.parametrize(
    ("given", "ease"),
    [
        ({"posts_written": 1}, ("1", "")),
        ({"posts_written": 3}, ("3", "")),
        ({"posts_written": 4}, ("more", "")),
        ({"posts_written": 40}, ("more", "")),
        (NEVER | {"posts_written": 2}, (None, "never")),  # two were not enough
        (PENDING, (None, "pending")),
        (UNSEEN, (None, "unseen")),
    ],
)
def test_how_easy_it_was(given: dict[str, Any], ease: tuple[str | None, str]) -> None:
    assert ease_of(case(**given)) == ease


@pytest.mark.parametrize(
    ("given", "feeling"),
    [
        ({"feeling_left": "negative", "ending": "discontent"}, ("negative", "")),
        ({"feeling_left": "positive", "ending": "unjudged"}, ("positive", "")),
        ({}, (None, "unheard")),
        ({"ending": "unjudged"}, (None, "unheard")),
        (NEVER, (None, "never")),
        (PENDING, (None, "pending")),
        (UNSEEN, (None, "unseen")),
    ],
)
def test_which_feeling_was_left(given: dict[str, Any], feeling: tuple[str | None, str]) -> None:
    assert feeling_of(case(**given)) == feeling


@pytest.mark.parametrize("became", list(Became))
def test_it_is_asked_of_those_who_deserve_an_answer(became: Became) -> None:
    left_out = {Became.DISMISSED, Became.DELETED, Became.NO_DUTY}
    assert is_asked(case(became=became)) is (became not in left_out)


def test_every_case_is_known_or_unknown_and_never_both() -> None:
    cases = [
        case(number, **given)
        for number, given in enumerate(({}, NEVER, PENDING, UNSEEN, {"ending": "content"}), 1)
    ]
    was = experience([*cases, case(9, became=Became.DISMISSED)])
    for question in (was.goal, was.ease, was.feeling):
        told = [
            number
            for of in (question.known, question.unknown)
            for numbers in of.values()
            for number in numbers
        ]
        assert sorted(told) == [1, 2, 3, 4, 5]
        assert question.answered + question.open == was.cases


def of(count: int, start: int = 1, **given: Any) -> list[Told]:
    return [case(number, **given) for number in range(start, start + count)]


def test_a_playbook_is_told_of_from_ten_answers_on() -> None:
    nine = of(9, playbook="billing", ending="content", posts_written=1, feeling_left="positive")
    ten = of(10, 20, playbook="recall", ending="content", feeling_left="positive")
    assert [one.playbook for one in by_playbook([*nine, *ten])] == ["recall"]


def lines(cases: list[Told], before: list[Told], language: str = "en") -> dict[str, Line]:
    (section,) = (one for one in report(cases, before, language).sections if one.key == "experience")
    told = (line for block in section.blocks if isinstance(block, Table) for line in block.lines)
    return {line.opened.key: line for line in told if line.opened}


def test_the_shares_are_of_what_is_known_and_stand_beside_the_period_before() -> None:
    now = [
        *of(30, ending="content", feeling_left="positive"),
        *of(10, 50, ending="discontent", feeling_left="negative"),
        *of(60, 100),
    ]
    before = [
        *of(10, 200, ending="content"),
        *of(30, 250, ending="discontent", feeling_left="negative", posts_written=2),
    ]
    told = lines(now, before)
    assert [cell.replace("\u00a0", " ") for cell in told["goal.yes"].cells[1:]] == [
        "30",
        "75 %",
        "25 %",
        "better",
    ]
    assert [cell.replace("\u00a0", " ") for cell in told["ease.1"].cells[1:]] == [
        "100",
        "100 %",
        "25 %",
        "better",
    ]
    assert [cell.replace("\u00a0", " ") for cell in told["feeling.negative"].cells[1:]] == [
        "10",
        "25 %",
        "100 %",
        "better",
    ]
    assert told["goal.unknown.silent"].cells[1] == "60"
    worse = lines(before, now)
    assert (worse["goal.yes"].cells[-1], worse["goal.yes"].is_bad) == ("worse", True)
    assert (worse["feeling.negative"].cells[-1], worse["feeling.negative"].is_bad) == ("worse", True)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_of_nine_answers_no_share_is_told(language: str) -> None:
    told = lines(of(9, ending="content"), of(9, 100, ending="content"), language)
    assert told["goal.yes"].cells[1:] == ("9", "–", "–", "–")


def test_it_opens_down_to_the_cases() -> None:
    told = as_json(report([*of(12, ending="content"), case(77, **NEVER)]))
    for written in (
        '"goal.yes": [\n',
        '"goal.no.never": [\n      77\n    ]',
        '"ease.unknown.never": [\n      77',
    ):
        assert written in told
