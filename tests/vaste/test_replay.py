"""History decided again: by the same configuration it is the same, by another one it differs as it should."""

import json
import random
import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from casebook.agreed import Agreement
from casebook.event import Event, EventKind, TimeSource
from casebook.record import Change
from classifier.topics import Topic
from playbooks.playbook import Match
from tests.vaste.shelf import ANGRY, CALM, CONFIG, HOSTILE, Shelf, changed, open_shelf, verdict_of
from vaste.commands.replay import Asked, replay, run
from vaste.comparison import Side, Taken, is_at_night
from vaste.config import Config
from vaste.legible import as_scored, reads_words
from vaste.recorded import presses
from vaste.replay_told import Replayed, as_object, tell

HELSINKI = ZoneInfo("Europe/Helsinki")
BUSY = CONFIG.replace(
    "playbooks:",
    """close_after: 2d
reopen_within: 3d
playbooks:
  - {name: slow, match: {sentiment: negative, topics: [recall]}, team: care, severity: high, quiet_hours: "22:00-07:00", update_within: 5h, ask_after: 2h, escalate: [{after: 30m, to: "team:empty"}, {after: 1h, to: aino}]}
  - {name: again, match: {author_cases: {at_least: 2, within: 10d}, sentiment: negative}, team: care, severity: high, respond_within: 1h}
  - {name: glass, match: {words: [lasi]}, team: care, severity: critical, at_most: {per_author: 1, within: 3d}, respond_within: 30m, escalate: [{after: 5m, to: backup}, {after: 20m, to: everyone}, {after: 2h, to: ben}], repeat: {every: 3h, times: 2}, ask_after: 45m}""",
).replace(
    "care: {rota: {people: [aino, ben]}}",
    "care: {rota: {people: [aino, ben]}}\n  empty: {people: [ben]}",
)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = open_shelf(tmp_path)
    yield shelf
    shelf.close()


def replayed(shelf: Shelf, new: Config, *, against: Config | None = None, **asked: Any) -> Replayed:
    wanted = Asked(Path("new.yaml"), Path("old.yaml") if against else None, since="2026-03-01", **asked)
    return replay(shelf.jobs.store, new, against, wanted)


def told(done: Replayed) -> str:
    console = Console(width=120, record=True, file=None, quiet=True)
    with console.capture() as text:
        console.quiet = False
        tell(done, console)
    return text.get()


# -- the same again


class Story:
    """Weeks of a shop in which everything happens that can, by dice."""

    def __init__(self, shelf: Shelf, seed: int) -> None:
        self.shelf, self.dice = shelf, random.Random(seed)
        self.posts: list[str] = []
        self.threads: list[str] = []

    def play(self, scenes: int) -> None:
        for number in range(scenes):
            self.dice.choice([self._post, self._post, self._post, self._answer, self._press])(f"p{number}")
            # odd seconds: what happens at the very instant of a tick may be told before it or after
            self._pass(timedelta(minutes=self.dice.choice([1, 7, 45, 400, 3000]), seconds=number % 7 + 1))
        self._pass(
            timedelta(days=10)
        )  # until nothing is due any more: a replay lets its cases live until now

    def _pass(self, time: timedelta) -> None:
        """Let time pass, and whatever falls due in it be done when it is due."""
        until = self.shelf.clock.now() + time
        while (due := self.shelf.jobs.store.next_look()) is not None and due <= until:
            self.shelf.clock.turn(due)
            self.shelf.jobs.watch()
        self.shelf.clock.turn(until)

    def _post(self, name: str) -> None:
        to = self.dice.choice(self.posts) if self.posts and self.dice.random() < 0.6 else None
        line: dict[str, Any] = {"in_reply_to": to} if to else {}
        self.shelf.post(
            id=name,
            author=self.dice.choice(["mari", "olli", "pia"]),
            text=self.dice.choice(["Missä tilaukseni on?", "Lasia kahvissa!", "Kiitos", "Jaaha"]),
            posted_at=self.shelf.clock.now() - timedelta(minutes=self.dice.choice([0, 0, 3, 90])),
            **line,
        )
        self.posts.append(name)
        topics = {"recall": self.dice.choice([0.1, 0.1, 0.49, 0.5, 0.9])}
        self.shelf.file(self.dice.choice([ANGRY, CALM, CALM]), topics=topics)

    def _answer(self, name: str) -> None:
        if self.posts:
            self.shelf.post(
                id=name,
                author="ainokahvi",
                own=True,
                text="Hei!",
                in_reply_to=self.dice.choice(self.posts[-6:]),
                automated=self.dice.random() < 0.2,
            )
            self.shelf.file()

    def _press(self, name: str) -> None:
        del name
        cases = [row["case"] for row in self.shelf.jobs.store.log(now=self.shelf.clock.now())]
        if cases:
            verb = self.dice.choice(["acknowledge", "replied", "close", "dismiss", "reopen", "snooze"])
            self.shelf.press(self.dice.choice(cases[-8:]), verb, self.dice.choice(["U0AINO", "U0BEN"]))


@pytest.mark.parametrize("seed", range(4))
def test_the_same_configuration_decides_the_same_history_in_every_figure(tmp_path: Path, seed: int) -> None:
    shelf = open_shelf(tmp_path, config=BUSY)
    Story(shelf, seed).play(100)
    rows = list(shelf.jobs.store.log(now=shelf.clock.now()))
    done = replayed(shelf, shelf.config, until="2027-01-01")
    then, new = done.sides
    assert (then.cases.total(), then.mentions.total() > 20) == (len(rows), True)
    assert done.comparison.moves == {}
    assert new == then
    shelf.close()


def test_two_configurations_alike_are_decided_alike(shelf: Shelf) -> None:
    shelf.post(id="1")
    shelf.file()
    done = replayed(shelf, shelf.config, against=shelf.config)
    assert done.sides[0] == done.sides[1]
    assert "Every mention is decided alike." in told(done)


# -- the steps of a chain


LOUD = (
    "respond_within: 4h",
    "respond_within: 4h\n    escalate: [{after: 5m, to: backup}, {after: 20m, to: everyone}]",
)
"""The playbook complaint, with a chain."""


def calls_of(side: Side) -> tuple[int, int]:
    """All calls, and those by later steps."""
    return side.calls.total(), side.steps


@pytest.mark.parametrize(
    ("taken", "calls"),
    [
        ({"minutes": 4, "seconds": 59}, (1, 0)),
        ({"minutes": 5}, (1, 0)),
        ({"minutes": 5, "seconds": 1}, (2, 1)),
        ({"minutes": 20, "seconds": 1}, (4, 3)),
    ],
    ids=["before the first step", "as it falls due", "after it", "after the last"],
)
def test_a_chain_stops_at_the_instant_at_which_somebody_took_the_case(
    shelf: Shelf, taken: dict[str, float], calls: tuple[int, int]
) -> None:
    filed(shelf, "1")  # whose playbook had no steps then
    shelf.turn(**taken)
    shelf.press(1, "acknowledge", "U0BEN")
    done = replayed(shelf, changed(shelf, LOUD))
    assert calls_of(done.sides[0]) == (1, 0)
    assert calls_of(done.sides[1]) == calls
    assert done.sides[1].untaken == 0


def test_a_public_answer_stops_a_chain_too(shelf: Shelf) -> None:
    filed(shelf, "1")
    shelf.turn(minutes=6)
    shelf.post(id="a", author="ainokahvi", own=True, in_reply_to="1")
    shelf.file()
    assert calls_of(replayed(shelf, changed(shelf, LOUD)).sides[1]) == (2, 1)


def test_steps_of_a_case_that_nobody_had_before_them_are_counted_apart(shelf: Shelf) -> None:
    shelf.turn(hours=12)  # 22:00 in Helsinki
    shelf.post(id="1")
    shelf.file(CALM)
    new = changed(shelf, LOUD, ("{negative: 0.6}", "{neutral: 0.6}"))
    done = replayed(shelf, new)
    side = done.sides[1]
    assert (calls_of(side), side.nights.total()) == ((1, 0), 1)
    assert (side.untaken, side.untaken_nights) == (3, 3)
    assert re.search(r"at most as many calls more +0, 0 at night +3, 3 at night", told(done))
    assert as_object(done)["new"]["untaken"] == {"calls": 3, "night_calls": 3}


def test_a_case_that_opens_earlier_than_then_is_known_from_its_opening_then(shelf: Shelf) -> None:
    shelf.post(id="1", text="Hei")
    shelf.file(CALM)
    shelf.turn(minutes=10)
    shelf.post(id="2", in_reply_to="1")
    shelf.file(ANGRY)  # only now there is a case, and people could take it
    new = changed(shelf, LOUD, ("{sentiment: {negative: 0.6}}", "{}"))
    side = replayed(shelf, new).sides[1]
    assert (side.steps, side.untaken) == (2, 1)


def test_steps_call_whoever_stood_in_then(shelf: Shelf) -> None:
    from_ben = ("rota: {people: [aino, ben]}", "rota: {people: [ben, aino], start: 2026-03-02}")
    begin, end = shelf.clock.now() - timedelta(hours=1), shelf.clock.now() + timedelta(hours=1)
    shelf.jobs.store.file_agreements(
        [Agreement("care", "aino", begin, end, by="ben", why="dentist")], at=shelf.clock.now()
    )
    filed(shelf, "1")
    new = changed(
        shelf, from_ben, ("respond_within: 4h", "respond_within: 4h\n    escalate: [{after: 5m, to: backup}]")
    )
    assert replayed(shelf, new).sides[1].calls == {"aino": 1, "ben": 1}
    shelf.turn(hours=3)
    filed(shelf, "2")
    side = replayed(shelf, new).sides[1]
    assert side.calls == {"aino": 2, "ben": 2}
    assert side.steps == 2


def test_a_step_that_reaches_nobody_is_counted_and_the_next_one_is_taken_at_once(shelf: Shelf) -> None:
    filed(shelf, "1")
    empty = changed(
        shelf,
        (
            "care: {rota: {people: [aino, ben]}}",
            "care: {rota: {people: [aino, ben]}}\n  empty: {rota: {people: []}}",
        ),
        (
            "respond_within: 4h",
            "respond_within: 4h\n    escalate: [{after: 5m, to: 'team:empty'}, {after: 9d, to: ben}]",
        ),
    )
    side = replayed(shelf, empty).sides[1]
    assert (side.nobody, side.calls) == (1, {"aino": 1, "ben": 1})


def test_what_waits_for_the_end_of_quiet_hours_is_no_call_at_night(shelf: Shelf) -> None:
    shelf.turn(hours=14)  # midnight in Helsinki
    filed(shelf, "1")
    quiet = changed(
        shelf,
        LOUD,
        (
            "team: care\n    respond_within: 4h",
            "team: care\n    quiet_hours: '22:00-07:00'\n    respond_within: 4h",
        ),
    )
    side = replayed(shelf, quiet).sides[1]
    assert (calls_of(side), side.nights.total()) == ((4, 3), 0)


def test_a_child_of_a_crisis_calls_nobody_while_it_is_one(shelf: Shelf) -> None:
    filed(shelf, "1")
    store, now = shelf.jobs.store, shelf.clock.now()
    folded = Event(EventKind.FOLDED, now, TimeSource.OURS, facts={"crisis": 99})
    store.change(1, lambda _: Change((folded,)), now=now)
    assert calls_of(replayed(shelf, changed(shelf, LOUD)).sides[1]) == (1, 0)


# -- whom a post turns to


def test_posts_to_a_person_of_ours_are_known_by_name_and_by_what_they_answer(shelf: Shelf) -> None:
    shelf.post(id="own", author="bensays", text="Moikka", own=False)
    shelf.file(CALM)
    shelf.post(id="named", author="olli", text="Hei @bensays!")
    shelf.post(id="answers", author="pia", text="Kiitos", in_reply_to="own")
    shelf.post(id="neither", author="mari", text="Hei @joku!")
    shelf.file(CALM)
    new = changed(
        shelf,
        ("slack: U0BEN}", "slack: U0BEN, handles: {file: bensays}}"),
        ("{sentiment: {negative: 0.6}}", "{to_person: ben, attention: 0.01}"),
    )
    done = replayed(shelf, new)
    assert done.sides[1].mentions == {"complaint": 2}
    drawn = done.comparison.examples[Taken(None, in_case=False), Taken("complaint", in_case=True)]
    assert {one.post for one in drawn} == {"file:feed/named", "file:feed/answers"}


def test_posts_of_our_own_people_are_known_as_theirs(shelf: Shelf) -> None:
    shelf.post(id="own", author="bensays")
    shelf.post(id="other")
    shelf.file(CALM)
    new = changed(
        shelf,
        ("slack: U0BEN}", "slack: U0BEN, handles: {file: bensays}}"),
        ("{sentiment: {negative: 0.6}}", "{author: ours}"),
    )
    assert replayed(shelf, new).sides[1].mentions == {"complaint": 1}


# -- another way


def filed(shelf: Shelf, *posts: str, feelings: Any = ANGRY, **topics: float) -> None:
    for post in posts:
        shelf.post(id=post, author=f"author of {post}", text=f"Teksti {post}")
        shelf.file(feelings, topics=topics)


def test_what_a_sample_holds_back_or_lets_open_a_case_is_decided_otherwise(shelf: Shelf) -> None:
    filed(shelf, *(f"angry{number}" for number in range(12)))
    sampled = changed(shelf, ("  - name: complaint\n", "  - name: complaint\n    sample: 0.3\n"))
    for done, words in (
        (replayed(shelf, sampled), "by complaint as before, no case any more"),
        (replayed(shelf, shelf.config, against=sampled), "by complaint as before, now a case"),
    ):
        then, new = (side.cases.total() for side in done.sides)
        held_back = abs(then - new)
        assert 0 < held_back < 12
        text = told(done)
        assert f"{held_back} mentions decided otherwise:\n{held_back:>8}  {words}\n" in text
        assert text.count("“Teksti angry") == 3
        [change] = as_object(done)["changes"]
        assert (change["then"], change["new"]) == ("complaint", "complaint")
        assert (change["then_case"], change["new_case"]) == (then > new, new > then)


def test_what_is_collected_is_newly_taken_and_opens_no_case(shelf: Shelf) -> None:
    filed(shelf, "calm", feelings=CALM)
    wished = (
        "  - {name: wishes, match: {sentiment: neutral}, team: care, digest: weekly}\n  - name: complaint"
    )
    done = replayed(shelf, changed(shelf, ("  - name: complaint", wished)))
    assert "1  newly taken by wishes, which opens no case of it" in told(done)
    back = replayed(shelf, shelf.config, against=changed(shelf, ("  - name: complaint", wished)))
    assert "1  no longer taken (wishes, which opened no case of it)" in told(back)


@pytest.mark.parametrize(
    ("until", "a_day", "length"),
    [("2026-03-03T11:30", None, "1 h 30 min"), ("2026-03-04T09:59", None, "23 h 59 min"), ("2026-03-04T10:00", 2.0, None)],
)  # fmt: skip
def test_cases_a_day_are_told_of_a_day_or_more(
    shelf: Shelf, until: str, a_day: float | None, length: str | None
) -> None:
    """Both posts are written at 10:00."""
    filed(shelf, "one", "two")
    done = replayed(shelf, shelf.config, until=until)
    text = told(done)
    assert as_object(done)["new"]["cases_per_day"] == a_day
    [line] = [" ".join(line.split()) for line in text.splitlines() if line.startswith("cases a day")]
    assert line == ("cases a day – –" if a_day is None else f"cases a day {a_day:.1f} {a_day:.1f}")
    said = " ".join(text.split())
    assert (f"{length} are too short a time to say how many cases a day that is." in said) is (
        length is not None
    )


def test_what_newly_matches_no_longer_does_or_goes_elsewhere_is_told_with_examples(shelf: Shelf) -> None:
    filed(shelf, "angry1", "angry2", "angry3", "angry4")
    filed(shelf, "glass", recall=0.9)
    filed(shelf, "calm", feelings=CALM)
    new = changed(
        shelf,
        ("{sentiment: {negative: 0.6}}", "{sentiment: {neutral: 0.6}}"),
        ("{topics: [recall]}", "{topics: [recall], language: sv}"),
        (
            "  - name: complaint",
            "  - {name: swift, match: {topics: [recall]}, team: care}\n  - name: complaint",
        ),
    )
    text = told(replayed(shelf, new, examples=2))
    lines = text[text.index("6 mentions decided otherwise:") :].splitlines()
    assert [line for line in lines if "“" not in line] == [
        "6 mentions decided otherwise:",
        "       1  newly taken by complaint",
        "       4  no longer taken (complaint)",
        "       1  from recall to swift",
    ]
    assert "          file:feed/calm  “Teksti calm”" in lines
    assert sum("file:feed/angry" in line for line in lines) == 2


def test_follow_ups_are_one_case_and_as_many_mentions(shelf: Shelf) -> None:
    shelf.post(id="1")
    shelf.file(CALM)
    shelf.turn(minutes=5)
    shelf.post(id="2", in_reply_to="1")
    shelf.file(CALM)
    new = replayed(shelf, changed(shelf, ("{negative: 0.6}", "{neutral: 0.6}"))).sides[1]
    assert (new.mentions.total(), new.cases.total(), new.calls.total()) == (2, 1, 1)


def test_whoever_would_have_been_on_call_is_called(shelf: Shelf) -> None:
    filed(shelf, "1")
    done = replayed(shelf, changed(shelf, ("rota: {people: [aino, ben]}", "rota: {people: [ben]}")))
    assert ({*done.sides[0].calls}, {*done.sides[1].calls}) == ({"aino"}, {"ben"})
    assert re.search(r"Ben Lindqvist +0, 0 at night +1, 0 at night", told(done))


def test_nobody_to_call_is_counted(shelf: Shelf) -> None:
    filed(shelf, "1")
    new = replayed(shelf, changed(shelf, ("rota: {people: [aino, ben]}", "people: [ben]"))).sides[1]
    assert (new.nobody, new.calls.total(), new.cases.total()) == (1, 0, 1)


@pytest.mark.parametrize(
    ("local", "night"),
    [("21:59:59", False), ("22:00:00", True), ("03:30:00", True), ("06:59:59", True), ("07:00:00", False)],
)
def test_a_night_begins_at_ten_and_ends_at_seven(local: str, *, night: bool) -> None:
    assert (
        is_at_night(datetime.fromisoformat(f"2026-03-29T{local}").replace(tzinfo=HELSINKI), HELSINKI) is night
    )


def test_a_call_at_night_is_of_the_time_of_the_call(shelf: Shelf) -> None:
    shelf.turn(hours=11, minutes=59)  # 21:59 in Helsinki
    filed(shelf, "1")
    shelf.turn(minutes=1)
    filed(shelf, "2", recall=0.9)
    done = replayed(shelf, shelf.config)
    for side in done.sides:
        assert (side.calls.total(), side.nights.total(), side.loud_nights) == (2, 1, {"critical": 1})
    assert re.search(r"critical or high +1 +1", told(done))


@pytest.mark.parametrize(
    ("within", "kept"),
    [("20m", "kept"), ("19m", "missed"), ("30d", "kept")],
    ids=["on the dot", "late", "early"],
)
def test_the_true_answer_keeps_or_misses_the_new_promise(shelf: Shelf, within: str, kept: str) -> None:
    shelf.post(id="1")
    shelf.file(CALM)  # no case then, and so nobody pressed anything
    shelf.turn(minutes=20)
    shelf.post(id="a", author="ainokahvi", own=True, in_reply_to="1")
    shelf.file()
    new = changed(
        shelf, ("{negative: 0.6}", "{neutral: 0.6}"), ("respond_within: 4h", f"respond_within: {within}")
    )
    assert replayed(shelf, new).sides[1].promises == {("complaint", kept): 1}


def test_what_was_dismissed_then_is_owed_nothing_now(shelf: Shelf) -> None:
    filed(shelf, "1")
    shelf.press(1, "dismiss")
    new = changed(shelf, ("respond_within: 4h", "respond_within: 5m"))
    assert replayed(shelf, new).sides[1].promises == {("complaint", "void"): 1}


def test_an_answer_that_is_not_due_yet_is_told_apart(shelf: Shelf) -> None:
    filed(shelf, "1")
    done = replayed(shelf, changed(shelf, ("respond_within: 4h", "respond_within: 5000d")))
    assert done.sides[1].promises == {("complaint", "pending"): 1}
    assert re.search(r"complaint +0 of 1 +0 of 0, 1 not due", told(done))


def test_a_case_from_before_the_time_goes_on_in_it(shelf: Shelf) -> None:
    filed(shelf, "old")
    shelf.turn(days=1)
    shelf.post(id="new", author="author of old", in_reply_to="old")
    shelf.file()
    wanted = Asked(Path("new.yaml"), since="2026-03-04")
    done = replay(shelf.jobs.store, shelf.config, None, wanted)
    assert done.comparison.mentions == 1
    assert [side.cases.total() for side in done.sides] == [0, 0]
    assert [side.mentions.total() for side in done.sides] == [1, 1]


def test_who_was_not_asked_to_be_a_bystander_is_asked_now(shelf: Shelf) -> None:
    shelf.post(id="1", author="olli", text="Hieno päivä")
    shelf.file(CALM)
    shelf.post(id="2", author="pia", in_reply_to="1")
    shelf.file(ANGRY, topics={"recall": 0.9})  # names a topic: a case of her own
    shelf.turn(minutes=5)
    shelf.post(id="3", author="pia", in_reply_to="1")
    shelf.file(ANGRY)
    assert replayed(shelf, shelf.config).sides[1].mentions == {"recall": 1, "complaint": 1}
    without = changed(shelf, ("{topics: [recall]}", "{topics: [recall], language: sv}"))
    assert replayed(shelf, without).sides[1].mentions == {}


def test_earlier_cases_of_the_author_are_those_of_the_new_configuration(shelf: Shelf) -> None:
    for post in ("1", "2", "3"):
        shelf.post(id=post)
        shelf.file(CALM)
        shelf.turn(days=1)
    new = changed(
        shelf,
        ("playbooks:", "playbooks:\n  - {name: third, match: {author_cases: {at_least: 2}}, team: care}"),
        ("{negative: 0.6}", "{neutral: 0.6}"),
    )
    assert replayed(shelf, new).sides[1].cases == {"complaint": 2, "third": 1}


def test_words_that_were_erased_leave_their_posts_out(shelf: Shelf) -> None:
    filed(shelf, "1", "2")
    with sqlite3.connect(shelf.folder / "vaste.db") as record:
        record.execute("UPDATE post SET text = '', expired_at = '2026-03-04 00:00:00' WHERE post_id = '1'")
    record.close()
    assert replayed(shelf, shelf.config).comparison.mentions == 2  # nothing there asks for words
    done = replayed(shelf, changed(shelf, ("{topics: [recall]}", "{topics: [recall], words: [lasi]}")))
    assert (done.comparison.mentions, done.comparison.erased) == (1, 1)
    assert [side.cases.total() for side in done.sides] == [1, 1]
    assert "Left out: 1 mention whose words were erased." in told(done)


def test_another_threshold_is_held_against_the_score_on_record(shelf: Shelf) -> None:
    filed(shelf, "1", feelings=CALM, recall=0.4)
    new = changed(shelf, ("words: [lasinsiru]}", "words: [lasinsiru], threshold: 0.4}"))
    assert replayed(shelf, new).sides[1].mentions == {"recall": 1}


def test_a_new_topic_has_no_score_and_is_named(shelf: Shelf) -> None:
    filed(shelf, "1", feelings=CALM, recall=0.1)
    new = changed(
        shelf, ("topics:\n", "topics:\n  glass: {words: [teksti]}\n"), ("[recall]}", "[recall, glass]}")
    )
    done = replayed(shelf, new)
    assert done.sides[1].mentions == {}
    assert "Topic glass has no score in 1 verdict on record and does not hold there; --judge" in told(done)
    again = replayed(shelf, new, judge=True)
    assert again.sides[1].mentions == {"recall": 1}
    assert again.comparison.unscored == {}


def test_verdicts_on_record_need_no_model(shelf: Shelf) -> None:
    filed(shelf, "1")
    new = changed(shelf, ("topics:\n", "classifier: {model: ./nowhere}\ntopics:\n"))
    assert replayed(shelf, new).sides[1].mentions == {"complaint": 1}


def test_what_the_team_taught_goes_before_the_threshold_that_is_written() -> None:
    verdict = verdict_of(CALM, topics={"recall": 0.6})
    topics = (Topic("recall", threshold=0.5),)
    assert as_scored(verdict, topics, {})[0].topics_held == ("recall",)
    assert as_scored(verdict, topics, {"recall": 0.7})[0].topics_held == ()
    assert as_scored(verdict, topics, {"recall": 0.6})[0].topics_held == ("recall",)


def test_a_post_may_tell_of_topics_that_are_gone() -> None:
    verdict = verdict_of(ANGRY, topics={"gone": 0.9})
    assert as_scored(verdict, (), {}) == (replace(verdict, topics_held=()), ())


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_move_no_cursor(shelf: Shelf, hostile: str) -> None:
    shelf.post(id="1", author=hostile, text=hostile * 5)
    shelf.file()
    done = replayed(shelf, changed(shelf, ("{negative: 0.6}", "{negative: 0.95}")))
    written = json.dumps(as_object(done), ensure_ascii=False)
    for text in (told(done).replace("\n", ""), written):
        assert not [sign for sign in text if not sign.isprintable() and sign != "\n"]
    (line,) = [line for line in told(done).splitlines() if "file:feed/1" in line]
    assert len(line) < 140


def test_nothing_is_written(shelf: Shelf) -> None:
    Story(shelf, 1).play(25)

    def record() -> list[str]:
        with sqlite3.connect(shelf.folder / "vaste.db") as opened:
            lines = list(opened.iterdump())
        opened.close()
        return lines

    before = record()
    replayed(shelf, changed(shelf, ("{negative: 0.6}", "{neutral: 0.1}")))
    assert record() == before


# -- parts


@pytest.mark.parametrize(
    ("match", "reads"),
    [
        (Match(), False),
        (Match(topics=("a",), sentiment=("negative",), followers=1, any=(Match(language=("fi",)),)), False),
        (Match(words=("a",)), True),
        (Match(regex=("a",)), True),
        (Match(any=(Match(), Match(none=(Match(words=("a",)),)))), True),
    ],
)
def test_a_match_that_asks_for_words_is_known_wherever_it_asks(match: Match, *, reads: bool) -> None:
    assert reads_words(match) is reads


def test_what_a_press_brought_along_is_no_press(shelf: Shelf) -> None:
    filed(shelf, "1")
    shelf.press(1, "close")
    shelf.press(1, "reopen", "U0BEN")
    acts = presses(1, shelf.jobs.store.events(1))
    assert [(act.verb, act.actor) for act in acts] == [("close", "aino"), ("reopen", "ben")]


# -- as it is typed


Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> Typed:
    def typing(**asked: Any) -> tuple[int, str, str]:
        code = 0
        try:
            run(Asked(shelf.folder / "config.yaml", **asked))
        except SystemExit as ended:
            code = int(str(ended.code))
        return code, *capsys.readouterr()

    return typing


def test_json_is_one_object_with_both_sides(shelf: Shelf, typed: Typed) -> None:
    filed(shelf, "1")
    code, out, err = typed(since="2026-03-01", until="2026-03-05", as_json=True)
    whole = json.loads(out)
    assert (code, err, whole["against"], whole["mentions"], whole["changes"]) == (0, "", None, 1, [])
    assert whole["then"] == whole["new"]
    assert whole["new"]["playbooks"]["complaint"] == {
        "mentions": 1,
        "cases": 1,
        "answers": {"kept": 0, "missed": 1, "pending": 0, "void": 0},
    }
    assert whole["new"]["people"] == {"aino": {"calls": 1, "night_calls": 0}}


def test_another_configuration_can_be_named_to_compare_with(shelf: Shelf, typed: Typed) -> None:
    filed(shelf, "1")
    changed(shelf, ("{negative: 0.6}", "{negative: 0.99}"))
    _, out, _ = typed(since="2026-03-01", against=shelf.folder / "new.yaml")
    assert ": by new.yaml, and by config.yaml." in out
    assert "1  newly taken by complaint" in out


def test_a_time_without_any_mention_is_said_in_a_line(shelf: Shelf, typed: Typed) -> None:
    code, out, _ = typed(days=1)
    assert (code, len(out.splitlines())) == (0, 1)
    assert out.startswith("0 mentions posted from")


WRONG = {
    "two beginnings": ({"days": 3, "since": "2026-03-01"}, 2, "--days and --since say the same; write one of them"),
    "an end before the beginning": ({"since": "2026-03-02", "until": "2026-03-02"}, 2, "--since is not before --until"),
    "no date": ({"since": "friday"}, 2, "--since 'friday' is no date"),
    "a file that is not there": ({"against": Path("none.yaml")}, 2, "none.yaml:1:1: the file can't be read"),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "code", "words"), WRONG.values(), ids=WRONG.keys())
def test_wrong_usage_is_one_line(typed: Typed, asked: dict[str, Any], code: int, words: str) -> None:
    ended, out, err = typed(**asked)
    assert (ended, out, len(err.splitlines())) == (code, "", 1)
    assert words in err


def test_without_a_record_there_is_nothing_to_replay(shelf: Shelf, typed: Typed) -> None:
    shelf.jobs.store.engine.dispose()
    (shelf.folder / "vaste.db").unlink()
    code, _, err = typed(days=3)
    assert (code, err) == (
        1,
        "there is no record to replay; name its database in the configuration (database:)\n",
    )
    assert not (shelf.folder / "vaste.db").exists()
