"""What people ask in a chat, answered from a real record: turns, cases, figures, coverage."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from casebook.agreed import Agreement
from notifier.channel import Notice
from notifier.front import Home
from tests.vaste.shelf import BEGAN_AT, CALM, CONFIG, Shelf, open_shelf
from vaste.commands.given import record_of
from vaste.front import FrontDesk
from vaste.standing import teams_at

TWO_TEAMS = CONFIG.replace(
    "  care: {rota: {people: [aino, ben]}}\n",
    "  care: {rota: {people: [aino, ben]}}\n  tech: {rota: {people: [ben, caro]}}\n",
).replace(
    "  ben: {name: Ben Lindqvist, slack: U0BEN}\n",
    "  ben: {name: Ben Lindqvist, slack: U0BEN}\n  caro: {name: Caro Nieminen, slack: U0CARO}\n",
)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    opened = open_shelf(tmp_path)
    opened.jobs.begin()
    yield opened
    opened.close()


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Shelf]:
    opened = open_shelf(tmp_path, config=TWO_TEAMS)
    opened.jobs.begin()
    yield opened
    opened.close()


def asked(shelf: Shelf, words: str, user: str = "U0AINO") -> Notice:
    answer = FrontDesk(shelf.jobs).ask(user, words, command="/vaste")
    assert isinstance(answer, Notice)
    return answer


def home(shelf: Shelf, user: str = "U0AINO") -> Home:
    return FrontDesk(shelf.jobs).home(user, command="/vaste")


def on_call(shelf: Shelf, user: str = "U0AINO") -> list[tuple[str, Any]]:
    return [(one["team"], one["person"]) for one in asked(shelf, "on-call", user).facts["teams"]]


def other_than_on_call(shelf: Shelf) -> tuple[str, str]:
    """Key and Slack id of whoever is not on call in care now."""
    aino_is = on_call(shelf)[0][1] == "Aino Virtanen"
    return ("ben", "U0BEN") if aino_is else ("aino", "U0AINO")


class TestTakingOver:
    def test_the_turn_is_theirs_at_once_and_the_command_line_says_so_too(self, shelf: Shelf) -> None:
        person, user = other_than_on_call(shelf)
        told = asked(shelf, "take over until 18:00", user)
        assert told.kind == "taken"
        (turn,) = told.facts["turns"]
        assert turn["until"] == "2026-03-03T16:00:00+00:00"
        assert len(turn["instead"]) == 1
        assert on_call(shelf)[0][1] == shelf.jobs.desk.person(person).name
        with record_of(shelf.config) as store:
            teams, _ = teams_at(shelf.config, store, now=shelf.clock.now())
        rota = teams["care"].rota
        assert rota is not None
        assert rota.in_order(shelf.clock.now())[0] == person

    def test_the_same_words_twice_make_one_agreement(self, shelf: Shelf) -> None:
        _, user = other_than_on_call(shelf)
        first = asked(shelf, "take over until 18:00", user)
        shelf.turn(seconds=5)
        again = asked(shelf, "take over until 18:00", user)
        assert (first.facts["again"], again.facts["again"]) == (False, True)
        assert len(shelf.jobs.store.agreements()) == 1

    def test_it_can_be_taken_back_by_its_number(self, shelf: Shelf) -> None:
        before = on_call(shelf)
        _, user = other_than_on_call(shelf)
        number = asked(shelf, "take over until 18:00", user).facts["turns"][0]["number"]
        assert asked(shelf, f"cancel {number}", user).kind == "cancelled"
        assert on_call(shelf) == before
        assert asked(shelf, f"cancel {number}", user).facts["reason"] == "nothing_stands"

    def test_from_whom_says_in_which_team(self, two: Shelf) -> None:
        told = asked(two, "take over from caro until 18:00", "U0BEN")
        assert told.facts["turns"][0]["team"] == "tech"

    def test_of_several_teams_one_must_be_named(self, two: Shelf) -> None:
        # in one of Ben's two teams the turn is his: the other one is meant
        mine = [one.team for one in home(two, "U0BEN").teams if one.is_mine]
        taken = asked(two, "take over until 18:00", "U0BEN").facts["turns"][0]["team"]
        assert [taken] == [name for name in ("care", "tech") if name not in mine]
        assert asked(two, "swap aino until 18:00", "U0CARO").facts["reason"] == "which_team"
        assert asked(two, "take over until 18:00", "U0CARO").facts["turns"][0]["team"] == "tech"

    def test_whoever_is_away_stands_in_for_nobody_and_hears_so(self, shelf: Shelf) -> None:
        person, user = other_than_on_call(shelf)
        now = shelf.clock.now()
        shelf.jobs.store.file_agreements(
            [_away(person, now + timedelta(hours=1), now + timedelta(hours=3))], at=now
        )
        shelf.jobs.heed()
        told = asked(shelf, "take over until 18:00", user)
        assert [flaw["gap"] for flaw in told.facts["flaws"]] == [False]

    @pytest.mark.parametrize(
        ("words", "reason"),
        [
            ("take over", "until_when"),
            ("take over from 18 until 2026-03-03T12:00", "backwards"),
            ("take over until 2027-12-24", "too_long"),
            ("take over until friday", "day_without_time"),
            ("take over pekka until 18", "nobody"),
            ("dance", "unknown"),
        ],
    )
    def test_what_cannot_be_done_is_answered_and_nothing_is_agreed(
        self, shelf: Shelf, words: str, reason: str
    ) -> None:
        told = asked(shelf, words)
        assert (told.kind, told.facts["reason"]) == ("mistake", reason)
        assert shelf.jobs.store.agreements() == []

    @pytest.mark.parametrize("words", ["take over until 18:00", "swap ben until 18:00", "mine", "cancel 1"])
    def test_a_stranger_agrees_on_nothing_and_is_told_what_to_do(self, shelf: Shelf, words: str) -> None:
        told = asked(shelf, words, "U0NOBODY")
        assert (told.facts["reason"], told.facts["user"]) == ("stranger", "U0NOBODY")

    @pytest.mark.parametrize("words", ["on-call", "stats", "coverage", "help"])
    def test_a_stranger_may_ask(self, shelf: Shelf, words: str) -> None:
        assert asked(shelf, words, "U0NOBODY").kind != "mistake"

    def test_the_homes_button_does_the_same(self, shelf: Shelf) -> None:
        _, user = other_than_on_call(shelf)
        until = datetime(2026, 3, 3, 16, tzinfo=UTC)
        told = FrontDesk(shelf.jobs).take_over(user, "care", until, command="/vaste")
        assert (told.kind, told.facts["turns"][0]["until"]) == ("taken", until.isoformat())
        past = FrontDesk(shelf.jobs).take_over(user, "care", BEGAN_AT - timedelta(hours=1), command="/vaste")
        assert past.facts["reason"] == "backwards"
        nowhere = FrontDesk(shelf.jobs).take_over(user, "moon", until, command="/vaste")
        assert nowhere.facts["reason"] == "nobody"


def _away(person: str, begins_at: datetime, ends_at: datetime) -> Any:
    return Agreement(None, person, begins_at, ends_at, person)


class TestSwapping:
    def test_two_have_each_others_turns_for_a_time(self, shelf: Shelf) -> None:
        told = asked(shelf, "swap ben from 2026-03-05T00:00Z until 2026-03-11T00:00Z")
        assert told.kind == "swapped"
        people = [turn["person"] for turn in told.facts["turns"]]
        assert sorted(people) == ["Aino Virtanen", "Ben Lindqvist"]  # the hand-off of Monday lies between

    def test_without_turns_there_is_nothing_to_swap(self, two: Shelf) -> None:
        told = asked(two, "swap tech caro until 18:00", "U0AINO")
        assert told.kind in {"swapped", "mistake"}
        told = asked(two, "swap care caro until 2026-03-03T10:00Z", "U0CARO")
        assert told.facts["reason"] == "with_whom"

    def test_it_takes_two(self, shelf: Shelf) -> None:
        assert asked(shelf, "swap until 18:00").facts["reason"] == "with_whom"
        assert asked(shelf, "swap aino until 18:00").facts["reason"] == "with_whom"


class TestHome:
    def test_it_shows_ones_cases_by_what_is_due_first(self, shelf: Shelf) -> None:
        shelf.post(id="1", author="mari")
        shelf.file()
        shelf.post(id="2", author="pekka", text="Löysin lasinsirun purkista")
        shelf.file(topics={"recall": 0.9})
        shelf.press(1, "acknowledge")
        shelf.press(2, "acknowledge")
        found = home(shelf)
        assert [(one.case, one.due) for one in found.cases] == [(2, "respond"), (1, "respond")]
        assert found.cases[0].due_by == BEGAN_AT + timedelta(minutes=30)
        assert home(shelf, "U0BEN").cases == ()

    def test_what_nobody_has_taken_is_shown_to_its_team(self, two: Shelf) -> None:
        two.post(id="1")
        two.file()
        assert [one.case for one in home(two, "U0AINO").untaken] == [1]
        assert home(two, "U0CARO").untaken == ()

    def test_answered_and_closed_cases_leave_it(self, shelf: Shelf) -> None:
        shelf.post(id="1")
        shelf.file()
        shelf.press(1, "replied")
        assert (home(shelf).cases, home(shelf).untaken) == ((), ())

    def test_turns_now_and_next(self, shelf: Shelf) -> None:
        mine = [home(shelf, user) for user in ("U0AINO", "U0BEN")]
        on, off = sorted(mine, key=lambda one: not one.now)
        assert on.now[0].team == "care"
        assert off.now == ()
        assert off.following is not None
        assert off.following.begins_at == on.now[0].ends_at
        assert off.following.begins_at == datetime(2026, 3, 9, 7, tzinfo=UTC)

    def test_a_stranger_sees_who_is_on_call_and_no_case(self, shelf: Shelf) -> None:
        shelf.post(id="1")
        shelf.file()
        found = home(shelf, "U0NOBODY")
        assert (found.name, found.cases, found.untaken, found.may_take) == (None, (), (), ())
        assert [one.team for one in found.teams] == ["care"]

    def test_its_mark_changes_with_every_event_and_every_agreement(self, shelf: Shelf) -> None:
        front = FrontDesk(shelf.jobs)
        marks = [front.mark()]
        shelf.post(id="1")
        shelf.file()
        marks.append(front.mark())
        shelf.press(1, "acknowledge")
        marks.append(front.mark())
        asked(shelf, "take over until 18:00", other_than_on_call(shelf)[1])
        marks.append(front.mark())
        assert len(set(marks)) == len(marks)
        assert front.mark() == marks[-1]

    def test_cards_are_found_where_they_lie(self, shelf: Shelf) -> None:
        shelf.post(id="1")
        shelf.file()
        shelf.jobs.deliver()
        (case,) = home(shelf).untaken
        assert case.card is not None


class TestFigures:
    def test_stats_are_those_of_the_log(self, shelf: Shelf) -> None:
        shelf.post(id="1", author="mari")
        shelf.post(id="2", author="pekka")
        shelf.post(id="3", author="liisa")
        shelf.file()
        shelf.turn(minutes=10)
        shelf.post(id="9", author="ainokahvi", own=True, in_reply_to="1", text="Anteeksi!")
        shelf.file(CALM)
        shelf.press(2, "dismiss")
        shelf.turn(hours=5)
        told = asked(shelf, "stats").facts["teams"][0]
        assert told["team"] == "care"
        week = told["week"]
        counted = {name: week[name] for name in ("cases", "answered", "in_time", "unanswered", "waiting")}
        assert counted == {"cases": 2, "answered": 1, "in_time": 1, "unanswered": 1, "waiting": 0}
        assert (week["median_s"], week["p90_s"], week["share"]) == (600, 600, 0.5)
        assert told["before"]["cases"] == 0

    def test_coverage_is_that_of_the_ledger(self, shelf: Shelf) -> None:
        shelf.jobs.poll("feed")
        (source,) = asked(shelf, "coverage").facts["sources"]
        assert (source["source"], source["blind"]) == ("feed", None)
