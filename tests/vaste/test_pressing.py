"""What comes of a press: one event however often and wherever it is made, a correction, or a question."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from casebook.act import Act
from notifier.channel import Answer, Press
from tests.in_english import asked as asked_of
from tests.in_english import found
from tests.vaste.shelf import ANGRY, CONFIG, Shelf, open_shelf
from tests.vaste.typed import vaste
from vaste.pressing import file_act

TWO_TEAMS = CONFIG.replace(
    "  care: {rota: {people: [aino, ben]}}",
    "  care: {rota: {people: [aino]}}\n  shop: {rota: {people: [ben]}}",
)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """One case of an angry customer, just opened."""
    shelf = open_shelf(tmp_path, config=TWO_TEAMS)
    shelf.post(id="1", author="mari", text="Missä tilaukseni on? Soittakaa 040 123 4567")
    shelf.turn(seconds=20)
    shelf.file(ANGRY, topics={"recall": 0.2})
    yield shelf
    shelf.close()


def press(
    shelf: Shelf, verb: str, value: str | None = None, *, user: str = "U0AINO", **answers: Any
) -> Answer:
    return shelf.jobs.press(Press(1, verb, user, value, answers))


def kinds(shelf: Shelf) -> list[str]:
    """What people did, the automatic events aside."""
    return [event.kind.value for event in shelf.jobs.store.events(1) if event.actor != "vaste"]


def in_seconds(shelf: Shelf, **later: float) -> str:
    return str(int((shelf.clock.now() + timedelta(**later)).timestamp()))


def test_slack_and_the_command_line_leave_one_event_of_one_thing(shelf: Shelf) -> None:
    for _ in range(3):
        press(shelf, "acknowledge")
        file_act(
            Act(1, "acknowledge", "aino", shelf.clock.now()),
            shelf.jobs.store,
            shelf.jobs.desk,
            now=shelf.clock.now(),
        )
    assert kinds(shelf) == ["acknowledged"]


@pytest.mark.parametrize("verb", ["reassign", "snooze", "wrong_label", "why", "show_all"])
def test_what_only_asks_changes_nothing(shelf: Shelf, verb: str) -> None:
    answer = press(shelf, verb, "ask")
    assert answer.question is not None
    assert (answer.question.verb, answer.question.case) == (verb, 1)
    assert kinds(shelf) == []


def test_nobody_is_asked_of_a_case_that_is_not_there(shelf: Shelf) -> None:
    assert shelf.jobs.press(Press(99, "why", "U0AINO", "ask")) == Answer()


def test_case_is_handed_to_a_person_who_has_it_at_once(shelf: Shelf) -> None:
    asked = press(shelf, "reassign", "ask").question
    assert asked is not None
    assert asked.people == (("aino", "Aino Virtanen"), ("ben", "Ben Lindqvist"))
    assert asked.teams == ("shop",)
    for _ in range(2):
        press(shelf, "reassign", "ben")
    case = shelf.jobs.store.case(1)
    assert case is not None
    assert (case.owner, case.must_take) == ("ben", False)
    assert kinds(shelf) == ["acknowledged", "reassigned"]


def test_case_is_handed_to_a_team_of_which_nobody_has_it_yet(shelf: Shelf) -> None:
    press(shelf, "acknowledge")
    press(shelf, "reassign", "team:shop")
    case = shelf.jobs.store.case(1)
    assert case is not None
    assert (case.policy.team, case.owner, case.must_take, case.paged) == ("shop", None, True, ("ben",))
    assert "jo sillä tiimillä" in (press(shelf, "reassign", "team:shop").text or "")
    assert kinds(shelf) == ["acknowledged", "reassigned"]
    press(shelf, "acknowledge", user="U0BEN")
    case = shelf.jobs.store.case(1)
    assert case is not None
    assert case.owner == "ben"


def test_case_is_handed_to_nobody_we_do_not_know(shelf: Shelf) -> None:
    for whom in ("carla", "team:nobody", "slack:U0999"):
        press(shelf, "reassign", whom)
    assert kinds(shelf) == []


def test_case_is_put_off_for_a_while_or_until_an_exact_time(shelf: Shelf) -> None:
    press(shelf, "snooze", "4h")
    case = shelf.jobs.store.case(1)
    assert case is not None
    assert case.snoozed_until == shelf.clock.now() + timedelta(hours=4)
    press(shelf, "snooze", "1h", until_at=in_seconds(shelf, days=2))
    case = shelf.jobs.store.case(1)
    assert case is not None
    assert case.snoozed_until == shelf.clock.now() + timedelta(days=2)


@pytest.mark.parametrize("later", [{"hours": -1}, {"days": 31}])
def test_time_that_cannot_be_keeps_the_dialogue_open(shelf: Shelf, later: dict[str, float]) -> None:
    assert press(shelf, "snooze", "1h", until_at=in_seconds(shelf, **later)) == Answer(mistake="no_time")
    assert kinds(shelf) == []


def test_promise_is_made_where_somebody_says_that_they_replied(shelf: Shelf) -> None:
    press(shelf, "replied", "unsaid")
    due = in_seconds(shelf, days=2)
    for _ in range(2):
        press(shelf, "replied", "direct", promise="send", due=due)
    assert kinds(shelf) == ["acknowledged", "replied", "placed", "promised"]
    case = shelf.jobs.store.case(1)
    assert case is not None
    assert [(one.what, one.by) for one in case.promises] == [("send", "aino")]
    assert case.presses[0].where == "direct"


@pytest.mark.parametrize(
    ("answers", "mistake"),
    [
        ({"promise": "send"}, "no_due"),
        ({"promise": "send", "due": "0"}, "no_due"),
        ({"promise": "send", "due": "9" * 30}, "no_due"),
        ({"promise": "the moon", "due": "soon"}, "no_promise"),
    ],
)
def test_promise_that_cannot_be_files_nothing_and_keeps_the_dialogue_open(
    shelf: Shelf, answers: dict[str, str], mistake: str
) -> None:
    press(shelf, "replied", "unsaid")
    assert press(shelf, "replied", "direct", **answers) == Answer(mistake=mistake)
    assert kinds(shelf) == ["acknowledged", "replied"]


def test_due_time_without_a_promise_keeps_the_dialogue_open(shelf: Shelf) -> None:
    assert press(shelf, "replied", "direct", due=in_seconds(shelf, days=1)).mistake == "no_promise"


def test_whoever_closes_is_asked_what_was_promised_once(shelf: Shelf) -> None:
    asked = press(shelf, "close").question
    assert asked is not None
    assert asked.verb == "close"
    press(shelf, "close", "said", promise="refund", due=in_seconds(shelf, days=1))
    assert kinds(shelf) == ["acknowledged", "closed", "promised"]
    assert press(shelf, "close").question is None, "it is closed already"


def test_whoever_said_that_they_replied_is_not_asked_again_at_the_close(shelf: Shelf) -> None:
    press(shelf, "replied", "unsaid")
    assert press(shelf, "close").question is None


def test_wrong_label_teaches_what_differs_and_once(shelf: Shelf) -> None:
    for _ in range(2):
        told = press(shelf, "wrong_label", sentiment="neutral", attention="yes", topics=("recall",)).text
    assert told is not None
    assert told.startswith("Kiitos!")
    said = [
        (one.said.label, one.said.value, one.said.by, one.said.cause)
        for one in shelf.jobs.store.corrections()
    ]
    assert said == [
        ("sentiment", "neutral", "aino", "wrong_label"),
        ("topic:recall", "yes", "aino", "wrong_label"),
    ]


def test_label_that_was_right_teaches_nothing(shelf: Shelf) -> None:
    told = press(shelf, "wrong_label", sentiment="negative", attention="yes", topics=()).text
    assert told == "Mitään ei muutettu: luokittelija sanoi samoin."
    assert shelf.jobs.store.corrections() == []


def test_why_tells_every_playbook_condition_by_condition(shelf: Shelf) -> None:
    asked = press(shelf, "why", "ask").question
    assert asked is not None
    assert [(one.playbook, one.outcome) for one in asked.tried] == [("recall", "no"), ("complaint", "takes")]
    assert [(asked_of(one), found(one), one.held) for one in asked.tried[1].conditions] == [
        ("negative at least 0.60", "negative 0.90", True)
    ]


class TestCommand:
    @pytest.fixture(autouse=True)
    def _put_away(self, shelf: Shelf) -> None:
        self.folder = shelf.folder

    def test_every_act_is_there_and_what_changes_nothing_says_why(self) -> None:
        told = [
            vaste("case", "1", *words, cwd=self.folder)
            for words in (
                ("acknowledge", "--by", "aino"),
                ("acknowledge", "--by", "ben"),
                ("reassign", "--to", "ben", "--by", "aino"),
                ("close", "--by", "ben"),
                ("reopen", "--by", "ben"),
            )
        ]
        assert [(one.code, (one.out or one.err).strip()) for one in told] == [
            (0, "Aino Virtanen has case 1"),
            (1, "case 1 is taken: Aino Virtanen has it"),
            (0, "case 1 is handed to ben"),
            (0, "case 1 is closed"),
            (0, "case 1 is open again"),
        ]

    @pytest.mark.parametrize(
        ("words", "code"),
        [
            (("explode", "--by", "aino"), 2),
            (("replied", "--by", "aino"), 2),
            (("close", "--to", "ben", "--by", "aino"), 2),
            (("snooze", "--until", "never", "--by", "aino"), 2),
            (("close", "--by", "carla"), 2),
        ],
    )
    def test_what_cannot_be_meant_is_told_in_one_line(self, words: tuple[str, ...], code: int) -> None:
        told = vaste("case", "1", *words, cwd=self.folder)
        assert (told.code, len(told.told)) == (code, 1)

    def test_case_that_is_not_there_ends_with_one(self) -> None:
        told = vaste("case", "9", "close", "--by", "aino", cwd=self.folder)
        assert (told.code, told.told) == (1, ["no case 9 is on record"])


def test_presses_hold_no_words_of_anybody(shelf: Shelf) -> None:
    press(shelf, "wrong_label", sentiment="neutral")
    written = json.dumps([dict(event.facts) for event in shelf.jobs.store.events(1)])
    assert "040" not in written
