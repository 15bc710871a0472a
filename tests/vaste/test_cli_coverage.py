"""`vaste coverage`, and what it is made of."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from casebook.mention import Blindness, Sight, Trouble, Watch
from casebook.record import LaneRecord, Latest, Stretch
from casebook.store import Store
from listener.coverage import grown
from tests.fakes import DAY, HOUR, MINUTE, at
from tests.vaste.stand_ins import open_store
from vaste.commands.coverage import WHY, run
from vaste.coverage import STRIP, LaneTold, percent, told

CONFIG = """\
timezone: Europe/Helsinki
database: sqlite:///vaste.db
sources:
  - {name: x, kind: file, path: x.jsonl, every: 1m}
  - {name: feed, kind: file, path: feed.jsonl, every: 1m}
"""
LIMIT = Trouble("search", "used up", reason=Blindness.RATE_LIMIT)
MORNING = datetime(2026, 3, 3, 8, tzinfo=UTC)
Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")

    def asked(form: str = "table", **options: str | None) -> tuple[int, str, str]:
        wanted = {"since": None, "until": None, "source": None} | options
        try:
            code = run(tmp_path / "config.yaml", form=form, **wanted)
        except SystemExit as stopped:
            code = int(str(stopped.code))
        return code, *capsys.readouterr()

    return asked


def look(
    store: Store, now: datetime, *troubles: Trouble, source: str = "x", lanes: tuple[str, ...] = ("mentions",)
) -> None:
    store.source(source, kind="x", network="net", now=now)
    state = store.claim_source(source, now=now, lease=MINUTE)
    assert state is not None
    adds = partial(grown, lanes=lanes, troubles=troubles, began_at=now, at=now, due_within=MINUTE)
    store.finish_look(state, now=now, failures=0, retry_at=None, grow=adds)


def a_morning(folder: Path, *, begin: datetime = MORNING) -> None:
    """Ten minutes: the search is used up in the third, seen blind until the fifth."""
    store = open_store(folder)
    for minute in range(11):
        blind = [LIMIT] if minute in {3, 4} else []
        lanes = ("mentions",) if blind else ("mentions", "search")
        look(store, begin + minute * MINUTE, *blind, lanes=lanes)
    store.engine.dispose()


def test_a_line_for_each_lane_says_the_share_and_when_nobody_could_look(ask: Ask, tmp_path: Path) -> None:
    a_morning(tmp_path)
    code, out, _ = ask(since="2026-03-03T10:00", until="2026-03-03T10:10")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[1:3] == [
        "x mentions 100.00 % vaste was not running –",
        "x search 70.00 % vaste was not running Tue 2026-03-03 10:02:00 Tue 2026-03-03 10:05:00 3 min rate limit",
    ]
    assert "feed was not looked at yet." in lines
    assert code == 1  # nobody looks at present


def test_what_is_watched_now_is_nothing_wrong_and_what_is_blind_now_is(ask: Ask, tmp_path: Path) -> None:
    a_morning(tmp_path, begin=datetime.now(UTC) - 10 * MINUTE)
    code, out, _ = ask()
    assert code == 0
    assert "watched" in out.splitlines()[1]
    store = open_store(tmp_path, is_new=False)
    look(store, datetime.now(UTC), LIMIT)
    store.engine.dispose()
    code, out, _ = ask("json")
    assert code == 1
    assert {lane["lane"]: lane["now"] for lane in json.loads(out)} == {
        "mentions": "watched",
        "search": "rate_limit",
    }


def test_json_and_csv_have_every_stretch(ask: Ask, tmp_path: Path) -> None:
    a_morning(tmp_path)
    period = {"since": "2026-03-03T08:01:00Z", "until": "2026-03-03T08:10:00Z", "source": "x"}
    mentions, search = json.loads(ask("json", **period)[1])
    assert (mentions["share_watched"], mentions["blind_s"]) == (1.0, 0)
    assert (search["watched_s"], search["blind_s"]) == (360, 180)
    assert search["share_watched"] == pytest.approx(6 / 9)
    assert search["stretches"][1] == {
        "begins_at": "2026-03-03T08:02:00Z",
        "ends_at": "2026-03-03T08:05:00Z",
        "sight": "rate_limit",
    }
    rows = list(csv.DictReader(ask("csv", **period)[1].splitlines()))
    assert [(row["lane"], row["seconds"], row["sight"]) for row in rows] == [
        ("mentions", "540", "watched"),
        ("search", "60", "watched"),
        ("search", "180", "rate_limit"),
        ("search", "300", "watched"),
    ]


def test_a_source_that_the_configuration_dropped_is_told_up_to_its_last_look(
    ask: Ask, tmp_path: Path
) -> None:
    store = open_store(tmp_path)
    for minute in range(3):
        look(store, MORNING + minute * MINUTE, source="[red]old[/]\x1b[2J")
    store.engine.dispose()
    code, out, _ = ask(since="2026-03-03", until="2026-03-04")
    assert code == 0
    assert "[red]old[/]" in out
    assert "\x1b" not in out
    assert "no longer asked for" in out
    assert "not running" not in out


@pytest.mark.parametrize(
    ("form", "options", "words"),
    [
        ("tabel", {}, "--format 'tabel' is unknown; use table, csv, json"),
        ("table", {"source": "fed"}, "--source 'fed': there is no such source; did you mean feed?"),
        ("table", {"since": "soon"}, "--since 'soon' is no date"),
        ("table", {"since": "2026-03-04", "until": "2026-03-03"}, "--since is not before --until"),
    ],
)
def test_what_cannot_be_answered_says_what_to_write(
    ask: Ask, tmp_path: Path, form: str, options: dict[str, str], words: str
) -> None:
    code, _, err = ask(form, **options)
    assert code == 2
    assert words in err
    assert not (tmp_path / "vaste.db").exists()  # looking makes no record


def test_before_the_first_look_nothing_is_said_and_nothing_is_wrong(ask: Ask) -> None:
    assert ask()[:2] == (0, "Nothing was looked at in this period.\n")
    assert ask("json")[:2] == (0, "[]\n")


# what it is made of


def lane(*stretches: tuple[float, float, Sight], name: str = "search") -> LaneRecord:
    rows = tuple(Stretch(at(begin), at(end), sight) for begin, end, sight in stretches)
    return LaneRecord("x", name, rows, Latest(rows[-1], Watch.WATCHED, MINUTE))


def test_a_lane_that_was_dropped_is_no_longer_asked_for_while_the_others_are() -> None:
    old, new = lane((0, 5, Watch.WATCHED), name="search"), lane((0, 60, Watch.WATCHED), name="tags")
    now = at(60)
    period = {"since": at(0), "until": at(60), "now": now}
    was, stands = told([old, new], sources=["x"], **period)
    assert (was.now, was.stretches[-1].ends_at) == (None, at(5))
    assert (stands.now, stands.share) == (Watch.WATCHED, 1.0)
    assert [one.lane for one in told([old, new], sources=["x"], since=at(30), until=now, now=now)] == ["tags"]


def test_what_is_still_to_come_is_left_out() -> None:
    (one,) = told([lane((0, 5, Watch.WATCHED))], sources=None, since=at(0), until=at(600), now=at(6))
    assert (one.until, one.stretches[-1].ends_at, one.share) == (at(6), at(6), 1.0)


@pytest.mark.parametrize(
    ("share", "locale", "written"),
    [
        (1.0, "en", "100.00 %"),
        (0.999999, "en", "99.99 %"),
        (0.0, "en", "0.00 %"),
        (None, "en", "–"),
        (0.98765, "fi_FI", "98,76 %"),
    ],
)
def test_a_share_is_never_rounded_up(share: float | None, locale: str, written: str) -> None:
    assert percent(share, locale) == written


def test_every_sight_has_its_word() -> None:
    assert set(WHY) == {*Watch, *Blindness}


def test_a_strip_marks_what_was_seen_and_what_was_not_and_never_too_thin_to_see() -> None:
    spotted = lane(
        (0, 600, Watch.WATCHED),
        (600, 600.1, Blindness.NETWORK),
        (600.1, 900, Watch.NOT_DUE),
        (900, 1440, Watch.WATCHED),
    )
    one = LaneTold("x", "search", at(0), at(0) + DAY, spotted.stretches, Watch.WATCHED)
    morning, evening, blind = one.marks
    assert morning == (0, round(STRIP * (10 * HOUR) / DAY), "seen")
    assert evening == (int(STRIP * (15 * HOUR) / DAY), round(STRIP * (9 * HOUR) / DAY), "seen")
    assert (blind[0], blind[2]) == (int(STRIP * 600 / 1440), "blind")
    assert blind[1] >= 3


def test_a_strip_marks_nothing_before_the_first_look() -> None:
    begun = lane((720, 1440, Watch.WATCHED))
    (one,) = told([begun], sources=None, since=at(0), until=at(1440), now=at(1440))
    assert one.marks == ((STRIP // 2, STRIP // 2, "seen"),)


def test_the_time_blind_is_told_in_whole_seconds() -> None:
    begun = Stretch(at(0), at(0.11), Blindness.NETWORK)
    one = LaneTold("x", "search", at(0), at(1), (begun,), Watch.WATCHED)
    assert one.blind_seconds == 6
    assert timedelta(seconds=one.blind_seconds) < MINUTE
