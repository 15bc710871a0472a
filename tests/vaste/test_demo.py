"""The demo plays its week through the very same jobs, and says of it exactly what the log says."""

import errno
import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from casebook.store import COLUMNS
from vaste.commands.replay import Asked, replay
from vaste.config import load_config
from vaste.demo.play import (
    INTERRUPTED,
    Stage,
    play_week,
    press,
    scenes,
    stage_in,
    summarise,
    write_report,
)
from vaste.demo.summary import STORIES, broken, is_night, post_id, story
from vaste.report.gathered import Scope
from vaste.report.making import document_of
from vaste.report.period import last_week
from vaste.span import span

ROOT = Path(__file__).parents[2]
VASTE = (sys.executable, "-c", "from vaste.cli import main; main()")
pytestmark = pytest.mark.xdist_group("demo")
"""On one worker: the week is played once for all of them."""

HELSINKI = ZoneInfo("Europe/Helsinki")
Row = dict[str, Any]

# What a person expects of the story's posts. None: nobody need be told.
EXPECTED = {
    # Monday and Tuesday, before anything happens
    "auki-1": "question",
    "maito-1": "question",
    "kehu-1": None,
    "toimitus-1": "complaint",
    "jauhatus-1": "question",
    "lasku-1": "complaint",
    "spam-1": None,
    "ainekset-1": "allergy",
    "eka-1": "first visit",
    "eka-1c": "story",
    "ironia-1": "outage",
    "liioittelu-1": None,
    "kofeiiniton-1": "question",
    "ben-1": "question",
    "toimisto-1": "question",
    "lahto-1": "leaving",
    "spam-2": None,
    "toimitus-2": "complaint",
    # the priest
    "pappi-01": "funny misstep",
    "pappi-05": "funny misstep",
    "pappi-07": "funny misstep",
    "pappi-13": "funny misstep",
    "pappi-14": "story",
    "pappi-18": None,
    # glass: who found it, who drank it, who is afraid
    "lasi-01": "recall",
    "lasi-02": "recall",
    "lasi-03": "recall",
    "lasi-04": "recall",
    "lasi-05": "recall",
    "lasi-07": "recall",
    "lasi-09": "recall",
    "lasi-11": "recall",
    "lasi-13": "recall",
    "lasi-16": "recall",
    "lasi-17": "recall",
    "lasi-25": "recall",
    "lasi-29": "recall",
    "lasi-33": "recall",
    "lasi-41": "recall",
    "lasi-47": "recall",
    "lasi-58": "recall",
    "lasi-60": "recall",
    "lasi-72": "recall",
    # glass: who asks for the papers, who jokes, who praises, who leaves
    "lasi-23": "press",
    "lasi-36": "press",
    "lasi-51": "press",
    "lasi-08": None,
    "lasi-38": None,
    "lasi-61": None,
    "lasi-59": None,
    "lasi-52": "praise",
    "lasi-46": "leaving",
    # the rest of the week
    "gluten-1": "allergy",
    "paketti-1": "complaint",
    "depot-1": "complaint",
    "kampanja-1": "complaint",
    "toimitus-3": "complaint",
    "ironi-sv": "complaint",
    "irony-en": "complaint",
    "lasku-2": "complaint",
    "kehu-10": "story",
    "toimitus-4": "story",
    "katko-1": "outage",
    "katko-2": "outage",
    "katko-3": "outage",
    "katko-4": "outage",
    "katko-5": "outage",
    "katko-6": "outage",
    "katko-1b": "complaint",
    "pappi-26": "praise",
    "lisa-1": "question",
}

# What the model and the topics get wrong, and what comes of it today.
KNOWN_WRONG = {
    "auki-1": "complaint",  # a calm question that sounds put out to the model
    "maito-1": "complaint",  # an upset stomach, told as a joke, sounds like anger
    "jauhatus-1": "complaint",  # asks how to grind; something is not right, the model thinks
    "ben-1": "complaint",  # asks Ben about a tasting, in a friendly way
    "toimisto-1": "complaint",  # asks for an offer
    "lasi-61": "praise",  # a joke told with delight
    "lasi-59": "recall",  # a joke about glass reads like the real thing
    "lasi-46": "recall",  # leaves because nobody told her; the glass in it is graver
    "katko-5": "question",  # irony again; its question is found
    "lisa-1": "complaint",  # a question that nobody answered
}


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, str]]:
    """The whole week, played once in this process, and what the terminal showed of it."""
    console = Console(file=io.StringIO(), width=80)
    with stage_in(tmp_path_factory.mktemp("demo"), console) as stage:
        play_week(stage, console)
        assert isinstance(console.file, io.StringIO)
        yield stage, console.file.getvalue()


@pytest.fixture(scope="module")
def rows(week: tuple[Stage, str]) -> list[Row]:
    stage, _ = week
    return list(stage.store.log(now=stage.clock.now()))


@pytest.fixture(scope="module")
def cases(rows: list[Row]) -> dict[str, Row]:
    return {post_id(row): row for row in rows}


@pytest.fixture(scope="module")
def summary(week: tuple[Stage, str]) -> str:
    file = io.StringIO()
    summarise(week[0], Console(file=file, width=80))
    return file.getvalue()


def test_the_weeks_report_is_made_again_as_it_stood(week: tuple[Stage, str]) -> None:
    stage, _ = week
    ends = stage.clock.now()
    period = last_week(HELSINKI, now=ends)

    def told(now: datetime, *, stood: bool) -> dict[str, tuple[int, ...]]:
        scope = Scope(period, now, as_it_stood=stood)
        found = document_of(stage.store, stage.config, scope, "fi").opened()
        return {opened.key: opened.cases for opened in found}

    assert told(ends, stood=True) == told(ends, stood=False)
    # on Thursday at noon nobody knew yet who would be answered later
    early = told(local("Thu 12:00"), stood=True)
    late = told(ends, stood=False)
    assert set(early["answers.answered"]) < set(late["answers.answered"])
    assert set(early["answers.pending"]) - set(late["answers.pending"])


def test_the_weeks_report_can_be_opened(week: tuple[Stage, str], tmp_path: Path) -> None:
    console = Console(file=io.StringIO(), width=200)
    write_report(week[0], console, tmp_path / "week.html")
    assert (tmp_path / "week.html").read_text("utf-8").startswith("<!doctype html>")
    assert isinstance(console.file, io.StringIO)
    assert "week.html" in console.file.getvalue()


def local(written: str) -> datetime:
    """Read `Tue 18:41` of the week that is played."""
    day, _, hours = written.partition(" ")
    number = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].index(day) + 2
    return datetime.fromisoformat(f"2026-03-{number:02}T{hours}").replace(tzinfo=HELSINKI)


# ---- What is decided ------------------------------------------------------------------------------------


def decided(stage: Stage, post: str) -> str | None:
    (kept,) = stage.store.find(post)
    return kept.playbook


@pytest.mark.timeout(300)
@pytest.mark.parametrize("post", EXPECTED)
def test_a_highlight_goes_where_a_person_expects_it(week: tuple[Stage, str], post: str) -> None:
    assert decided(week[0], post) == KNOWN_WRONG.get(post, EXPECTED[post])


def test_more_than_four_fifths_of_the_highlights_are_right() -> None:
    assert KNOWN_WRONG.keys() <= EXPECTED.keys()
    assert [post for post in KNOWN_WRONG if KNOWN_WRONG[post] == EXPECTED[post]] == []
    assert len(KNOWN_WRONG) < 0.18 * len(EXPECTED)


def test_the_week_decided_again_by_the_same_playbooks_is_the_same_week(
    week: tuple[Stage, str], rows: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, _ = week
    asked = Asked(Path("config.yaml"), since="2026-03-01", until="2026-03-10")
    # at the week's end: what nobody had taken then would have been called out for longer
    monkeypatch.setattr("vaste.commands.replay.WallClock", lambda: stage.clock)
    comparison = replay(stage.store, stage.config, None, asked).comparison
    assert (comparison.mentions, comparison.moves) == (stage.store.counts()["judged"], {})
    assert comparison.new == comparison.then
    assert comparison.new.cases.total() == len(rows)


def test_spam_opens_no_case(cases: dict[str, Row]) -> None:
    assert [post for post in cases if post.startswith("spam")] == []


def test_topics_and_playbooks_are_those_of_the_shipped_configuration() -> None:
    demo = load_config(ROOT / "vaste" / "demo" / "config.yaml", {}).config
    shipped = load_config(ROOT / "config.yaml", {}).config
    assert demo is not None
    assert shipped is not None
    assert (demo.topics, demo.playbooks) == (shipped.topics, shipped.playbooks)


def test_no_example_of_a_topic_is_a_sentence_of_the_feed() -> None:
    config = load_config(ROOT / "config.yaml", {}).config
    assert config is not None
    texts = [str(scene.post["text"]).casefold() for scene in scenes(HELSINKI) if scene.post]
    examples = [example for topic in config.topics for example in topic.examples if example.count(" ") >= 3]
    assert [example for example in examples if any(example.casefold() in text for text in texts)] == []


# ---- What happens ---------------------------------------------------------------------------------------


def test_every_post_is_judged_and_nothing_is_left_over(week: tuple[Stage, str]) -> None:
    stage, _ = week
    posts = [scene.post for scene in scenes(HELSINKI) if scene.post]
    counts = stage.store.counts()
    own = sum(bool(post.get("own")) for post in posts)
    assert (counts["mentions"], counts["replies"], counts["context"]) == (len(posts) - own, own, 0)
    assert (counts["judged"], counts["waiting"]) == (len(posts) - own, 0)
    assert stage.store.problems() == []
    assert stage.store.deliveries().keys() <= {"sent", "withdrawn"}


def test_every_press_of_the_team_is_on_a_case(week: tuple[Stage, str]) -> None:
    stage, _ = week
    pressed = [str(scene.press["post"]) for scene in scenes(HELSINKI) if scene.press]
    assert [post for post in pressed if all(kept.case is None for kept in stage.store.find(post))] == []


def test_a_press_on_a_post_without_a_case_does_nothing(week: tuple[Stage, str]) -> None:
    act = {"post": "spam-1", "verb": "dismiss", "person": "aino"}
    assert press(week[0], act) is None


def test_by_day_nearly_everything_is_taken_and_most_of_it_in_time(rows: list[Row]) -> None:
    by_day = [row for row in rows if not is_night(row["posted_at"], HELSINKI)]
    taken = [row for row in by_day if row["acknowledged_at"] or row["responded_at"]]
    in_time = [row for row in by_day if "acknowledge" not in row["breaches"]]
    assert len(taken) >= 0.95 * len(by_day)
    assert len(in_time) >= 0.85 * len(by_day)


def test_nobody_takes_anything_in_the_dark(rows: list[Row]) -> None:
    taken = [row["acknowledged_at"].astimezone(HELSINKI) for row in rows if row["acknowledged_at"]]
    assert [at for at in taken if at.hour >= 23 or at.hour < 7] == []


def test_the_misspelt_advertisement_waits_from_18_41_to_21_59(cases: dict[str, Row]) -> None:
    row = cases["pappi-01"]
    assert (row["posted_at"], row["responded_at"]) == (local("Tue 18:41"), local("Tue 21:59"))
    assert (row["playbook"], row["frt_s"], row["breaches"]) == ("funny misstep", 11_880, ["respond"])


def test_the_first_glass_is_critical_and_answered_in_nine_minutes(cases: dict[str, Row]) -> None:
    row = cases["lasi-01"]
    assert (row["severity"], row["frt_s"], row["breaches"]) == ("critical", 540, [])


@pytest.mark.parametrize(("post", "posted", "taken"), [("lasi-47", "Thu 01:47", "Thu 07:46"), ("katko-1", "Sat 03:30", "Sat 08:52")])  # fmt: skip
def test_what_is_written_at_night_escalates_to_everyone_and_breaches(
    cases: dict[str, Row], post: str, posted: str, taken: str
) -> None:
    row = cases[post]
    assert (row["posted_at"], row["acknowledged_at"]) == (local(posted), local(taken))
    assert (row["escalations"], row["breaches"]) == (2, ["acknowledge", "respond"])


def test_an_automated_reply_answered_nobody(cases: dict[str, Row]) -> None:
    row = cases["toimitus-1"]
    assert row["responded_at"] == local("Thu 11:05")
    assert (row["mentions"], row["frt_s"]) == (4, 262_380)


def test_praise_is_no_duty(rows: list[Row]) -> None:
    praise = [row for row in rows if row["playbook"] == "praise"]
    assert praise
    assert [row["breaches"] for row in praise if row["breaches"]] == []


# ---- What is shown --------------------------------------------------------------------------------------


def test_the_first_card_of_each_playbook_is_whole_and_every_other_case_has_a_line(
    week: tuple[Stage, str], rows: list[Row]
) -> None:
    shown = week[1]
    whole = [int(number) for number in re.findall(r"(?m)^[^\w\s] \S+ .+ · tapaus (\d+)$", shown)]
    first: dict[str | None, int] = {}
    for row in sorted(rows, key=lambda row: int(row["case"])):
        # as it opened: a follow-up may have raised the case to another playbook since
        first.setdefault(decided(week[0], post_id(row)), row["case"])
    assert whole == sorted(first.values())
    lines = {int(number) for number in re.findall(r"(?m)^\w{3} \d\d:\d\d +(\d+) .{14}→", shown)}
    assert lines == {row["case"] for row in rows} - set(whole)


def test_every_answer_is_shown_with_the_wait_of_the_log(
    week: tuple[Stage, str], cases: dict[str, Row]
) -> None:
    row = cases["pappi-01"]
    line = rf"(?m)^Tue 21:59 +{row['case']} funny misstep answered after 3 h 18 min$"
    assert re.search(line, week[1])


def test_no_line_of_ours_is_wider_than_the_terminal(week: tuple[Stage, str], summary: str) -> None:
    lines = [line for line in week[1].splitlines() if re.match(r"\w{3} \d\d:\d\d ", line)]
    assert len(lines) > 100
    assert [line for line in (*lines, *summary.splitlines()) if len(line) > 80] == []


def figure(summary: str, word: str) -> list[int]:
    (line,) = re.findall(rf"(?m)^  {word} +(.*)$", summary)
    return [int(number) for number in re.findall(r"\d+", line)]


def test_the_summarys_figures_are_those_of_the_log(
    week: tuple[Stage, str], rows: list[Row], summary: str
) -> None:
    counts = week[0].store.counts()
    waits = [row["frt_s"] for row in rows if row["frt_s"] is not None]
    taken = [sum(row["acknowledged_by"] == key for row in rows) for key in ("aino", "ben", None)]
    assert figure(summary, "seen") == [counts["mentions"], counts["replies"]]
    assert figure(summary, "judged") == [counts["judged"], counts["review"]]
    assert figure(summary, "routed") == [len(rows), *taken]
    assert figure(summary, "dismissed") == [sum(row["status"] == "dismissed" for row in rows)]
    assert figure(summary, "answered")[0] == len(waits)
    assert f"at most {span(int(median(waits)))}, the last one {span(max(waits))}" in summary
    assert figure(summary, "breached")[0] == sum(bool(row["breaches"]) for row in rows)


def test_the_table_counts_every_case_once(rows: list[Row], summary: str) -> None:
    for name in {row["playbook"] for row in rows}:
        of = [row for row in rows if row["playbook"] == name]
        (line,) = re.findall(rf"(?m)^{name} +(\d+) +(\d+) +(\d+) +(\d+) ", summary)
        late = [row for row in of if "respond" in row["breaches"] and row["frt_s"] is not None]
        dismissed = [row for row in of if row["status"] == "dismissed"]
        answered = [row for row in of if row["frt_s"] is not None]
        assert [int(number) for number in line] == [len(part) for part in (of, dismissed, answered, late)]


def test_its_stories_are_told_from_the_log(cases: dict[str, Row], summary: str) -> None:
    people = {"aino": "Aino", "ben": "Ben"}
    assert STORIES.keys() <= cases.keys()
    for post, title in STORIES.items():
        assert f"{title} (case {cases[post]['case']}, {cases[post]['playbook']}," in summary
        assert story(cases[post], people, HELSINKI) in summary
    assert "Tue 18:41 posted, Aino took it 18:44, answered 21:59: 3 h 18 min" in summary
    assert "Sat 03:30 posted, nobody took it until 08:52, answered 09:04: 5 h 34 min" in summary


def row(**values: object) -> Row:
    posted_at = local("Tue 12:00")
    known = dict.fromkeys(COLUMNS) | {"posted_at": posted_at, "breaches": [], "status": "open"}
    return known | values


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "Tue 12:00 posted, never answered"),
        (
            {"acknowledged_at": local("Tue 12:05"), "acknowledged_by": "aino"},
            "Tue 12:00 posted, Aino took it 12:05, never answered",
        ),
        (
            {"acknowledged_at": local("Wed 12:05"), "acknowledged_by": "U1", "breaches": ["acknowledge"]},
            "Tue 12:00 posted, nobody took it until Wed 12:05, never answered",
        ),
        (
            {"responded_at": local("Tue 12:01"), "frt_s": 60},
            "Tue 12:00 posted, answered 12:01: 1 min",
        ),
    ],
)
def test_a_story_tells_what_the_row_holds(values: Row, told: str) -> None:
    assert story(row(**values), {"aino": "Aino"}, HELSINKI) == told


def test_a_case_that_broke_promises_is_counted_once_by_what_became_of_it() -> None:
    found = broken(
        [
            row(),
            row(breaches=["acknowledge"]),
            row(breaches=["acknowledge", "respond"]),
            row(breaches=["respond"], frt_s=9_000, responded_at=local("Tue 14:30")),
            row(breaches=["respond"], status="dismissed", posted_at=local("Tue 23:00")),
        ],
        HELSINKI,
    )
    assert (found.late, found.unanswered, found.taken_late, found.by_night, found.total) == (1, 1, 2, 1, 4)


@pytest.mark.parametrize(("at", "night"), [("Tue 21:59", False), ("Tue 22:00", True), ("Wed 07:59", True), ("Wed 08:00", False)])  # fmt: skip
def test_a_night_begins_at_ten_and_ends_at_eight(at: str, night: bool) -> None:  # noqa: FBT001 - a table's column
    assert is_night(local(at), HELSINKI) is night


# ---- As a process ---------------------------------------------------------------------------------------


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(folder), "PYTHONUTF8": "1", "TERM": "xterm", "COLUMNS": "80"}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_without_a_terminal_it_ends_by_itself_and_says_the_same(tmp_path: Path, summary: str) -> None:
    done = subprocess.run(
        [*VASTE, "demo"],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        timeout=280,
        check=False,
    )
    shown = done.stdout.decode("utf-8")
    assert (done.returncode, done.stderr) == (0, b"")
    assert summary in shown
    assert "\x1b" not in shown
    assert "vaste check --online" in shown.partition(summary)[2]
    assert list(tmp_path.iterdir()) == []


class Terminal:
    """A process on a pseudo-terminal of 80 columns."""

    def __init__(self, folder: Path) -> None:
        ours, theirs = pty.openpty()
        self.fd = ours
        self.shown = ""
        self.process = subprocess.Popen(
            [*VASTE, "demo"],
            cwd=folder,
            env=environment(folder),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def read_until(self, words: str, *, within: timedelta = timedelta(minutes=4)) -> None:
        """Read until it shows these words; fails when it ends before."""
        ends_at = time.monotonic() + within.total_seconds()
        while words not in self.shown:
            assert time.monotonic() < ends_at, self.shown[-2000:]
            assert self._read(), self.shown[-2000:]

    def interrupt(self) -> int:
        """Press Ctrl-C and give the exit code."""
        self.process.send_signal(signal.SIGINT)
        while self._read():
            pass
        return self.process.wait(timeout=60)

    def close(self) -> None:
        """End it, if it still runs."""
        self.process.kill()
        self.process.wait()
        os.close(self.fd)

    def _read(self) -> bool:
        ready, _, _ = select.select([self.fd], [], [], 60)
        if not ready:
            return False
        try:
            read = os.read(self.fd, 65_536)
        except OSError as error:
            if error.errno != errno.EIO:  # as Linux says that the other end is gone
                raise
            return False
        self.shown += read.decode("utf-8", "replace")
        return bool(read)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(tmp_path)
    yield opened
    opened.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_on_a_terminal_the_page_stays_open_until_ctrl_c(terminal: Terminal, tmp_path: Path) -> None:
    terminal.read_until("until Ctrl-C:")
    assert re.search(r"\w+day \d\d:\d\d .*\d+/\d+", terminal.shown)  # progress was shown
    assert terminal.process.poll() is None
    assert terminal.interrupt() == 0
    assert "Traceback" not in terminal.shown
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_ctrl_c_in_the_middle_of_the_week_ends_cleanly(terminal: Terminal, tmp_path: Path) -> None:
    terminal.read_until("tapaus 1")
    assert terminal.interrupt() == INTERRUPTED
    assert "Traceback" not in terminal.shown
    assert "nothing of it is kept" in terminal.shown
    assert list(tmp_path.iterdir()) == []


def test_every_line_of_the_week_is_one_object_of_the_file_source(week: tuple[Stage, str]) -> None:
    lines = week[0].feed.read_text("utf-8").splitlines()
    assert len(lines) == sum(scene.post is not None for scene in scenes(HELSINKI))
    assert all({"id", "author", "text", "posted_at"} <= json.loads(line).keys() for line in lines)
