"""`vaste log`: what is asked for, in which form, and what is never told of a person unless it may be."""

import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from casebook.log import COLUMNS
from tests.vaste.shelf import CALM, CONFIG, Shelf, open_shelf
from tests.vaste.typed import vaste
from vaste.commands.log import Paper, run, run_views
from vaste.log_asked import Asked

PURPOSE = '\npeople_figures: {purpose: "coaching, agreed on 2026-02-01", at_least: 2}\n'


def filled(folder: Path, config: str = CONFIG) -> Shelf:
    """1 was taken by Aino and answered by the company; 2 by Ben, who pressed Replied; 3 waits."""
    shelf = open_shelf(folder, config=config)
    shelf.post(id="1", author="villasukkasissi", url="https://social.example/1")
    shelf.file()
    shelf.press(1, "acknowledge")
    shelf.turn(minutes=10)
    shelf.post(id="r1", own=True, author="ainokahvi", in_reply_to="1", text="Anteeksi!")
    shelf.post(id="2", author="pentti", text="Lasinsiru purkissa")
    shelf.file(topics={"recall": 0.9})
    shelf.press(2, "replied", "U0BEN")
    shelf.turn(minutes=10)
    shelf.post(id="3", author="=1+1", lang="fi")
    shelf.file()
    return shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = filled(tmp_path)
    yield shelf
    shelf.close()


class Told:
    """Runs the command in this process; gives what it wrote."""

    def __init__(self, capsys: pytest.CaptureFixture[str], shelf: Shelf) -> None:
        self._capsys, self._path = capsys, shelf.folder / "config.yaml"

    def __call__(self, paper: Paper | None = None, **asked: Any) -> str:
        run(self._path, Asked(**asked), paper or Paper(form="json"))
        return self._capsys.readouterr().out

    def cases(self, **asked: Any) -> list[int]:
        return [row["case"] for row in json.loads(self(**asked))]

    def refused(self, paper: Paper | None = None, **asked: Any) -> str:
        with pytest.raises(SystemExit) as stopped:
            run(self._path, Asked(**asked), paper or Paper(form="json"))
        assert stopped.value.code == 2
        told = self._capsys.readouterr()
        assert told.out == ""
        return told.err.strip()

    def views(self) -> str:
        run_views(self._path)
        return self._capsys.readouterr().out


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], shelf: Shelf) -> Told:
    return Told(capsys, shelf)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [1, 2, 3]),
        ({"period": "2026-03-03"}, [1, 2, 3]),
        ({"period": "2026-02"}, []),
        ({"since": "2026-03-03T08:05Z", "until": "2026-03-04"}, [2, 3]),
        ({"playbook": ["recall"]}, [2]),
        ({"playbook": ["recall", "complaint"]}, [1, 2, 3]),
        ({"severity": ["critical"]}, [2]),
        ({"status": ["acknowledged", "open"]}, [3]),
        ({"source": ["feed"]}, [1, 2, 3]),
        ({"source": ["file"]}, [1, 2, 3]),
        ({"source": ["x"]}, []),
        ({"topic": ["recall"]}, [2]),
        ({"text": "LASINSIRU"}, [2]),
        ({"breached": ["any"]}, [3]),
        ({"breached": ["acknowledge"]}, []),
        ({"sort": "-case", "limit": 2}, [3, 2]),
        ({"sort": "severity", "limit": 1}, [2]),
    ],
)
def test_each_option_chooses_its_rows(told: Told, asked: dict[str, Any], found: list[int]) -> None:
    assert told.cases(**asked) == found


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"severity": ["urgent"]}, "--severity 'urgent' is unknown; use critical, high, normal, low"),
        (
            {"status": ["done"]},
            "--status 'done' is unknown; use open, acknowledged, responded, closed, dismissed",
        ),
        ({"breached": ["reply"]}, "--breached 'reply' is unknown; use acknowledge, respond, resolve, any"),
        ({"language": ["no"]}, "--language 'no' is unknown; use fi, sv, en, other"),
        ({"sort": "topics"}, "--sort 'topics': rows can't be sorted by it;"),
        ({"sort": "frt"}, "--sort 'frt': rows can't be sorted by it; did you mean frt_s?"),
        ({"period": "2026-03", "since": "monday"}, "--period is both ends; leave since and until out"),
        ({"period": "2026-03-03T10:00"}, "--period '2026-03-03T10:00' is an instant; name a day"),
        ({"since": "soon"}, "--since 'soon' is no time; write for example 2026-11-03"),
    ],
)
def test_what_is_not_understood_says_what_to_write(told: Told, asked: dict[str, Any], sentence: str) -> None:
    assert told.refused(**asked).startswith(sentence)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"team": ["cara"]}, "--team 'cara': no team is called so; did you mean care?"),
        ({"team": ["care", "nope"]}, "--team 'nope': no team is called so; known here: care"),
        ({"playbook": ["recal"]}, "--playbook 'recal': no playbook is called so; did you mean recall?"),
        ({"source": ["nope"]}, "--source 'nope': no source is called so; known here: feed"),
        ({"topic": ["nope"]}, "--topic 'nope': no topic is called so; known here: recall"),
        ({"since": "2026-10-01", "until": "2026-09-01"}, "--since is not before --until; the period has no length"),
        ({"since": "2026-10-01", "until": "2026-10-01"}, "--since is not before --until; the period has no length"),
    ],
)  # fmt: skip
def test_what_nothing_is_called_is_refused(told: Told, asked: dict[str, Any], sentence: str) -> None:
    assert told.refused(**asked) == sentence


def test_nobody_is_called_so_where_people_may_be_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf = filled(tmp_path, CONFIG + PURPOSE)
    told = Told(capsys, shelf)
    assert told.refused(person=["anio"]) == "--person 'anio': nobody is called so; did you mean aino?"
    assert told.cases(person=["ben"]) == [2]
    shelf.close()


def test_what_was_taken_out_of_the_configuration_stays_askable(told: Told, shelf: Shelf) -> None:
    path = shelf.folder / "config.yaml"
    renamed = (
        path.read_text("utf-8").replace("recall", "glass").replace("care", "help").replace("feed", "stream")
    )
    path.write_text(renamed, "utf-8")
    assert told.cases(playbook=["recall"]) == [2]
    assert told.cases(team=["care"]) == [1, 2, 3]
    assert told.cases(source=["feed"]) == [1, 2, 3]
    assert told.cases(topic=["recall"]) == [2]
    assert told.refused(topic=["nope"]) == "--topic 'nope': no topic is called so; known here: glass"


def test_filters_that_no_case_fits_are_no_empty_log(told: Told) -> None:
    assert told(Paper(), status=["closed"]) == "No case fits these filters.\n"
    assert told(Paper(group="team"), status=["closed"]) == "No case fits these filters.\n"
    assert told(Paper(as_of="1999-01-01")) == "No case fits these filters.\n"


@pytest.mark.parametrize(
    ("paper", "sentence"),
    [
        (Paper(form="xml"), "--format 'xml' is unknown"),
        (Paper(group="author"), "--group 'author': rows can't be counted by it; use team, playbook"),
        (Paper(group="team", form="xlsx"), "--group gives a few figures: use table, csv or json, not xlsx"),
        (Paper(out=Path("nowhere/at/all.csv")), "nowhere/at/all.csv: can't be written"),
    ],
)
def test_a_form_that_is_not_possible_says_so(told: Told, paper: Paper, sentence: str) -> None:
    assert told.refused(paper).startswith(sentence)


@pytest.mark.parametrize("form", ["xlsx", "parquet"])
def test_what_is_no_text_is_not_written_on_a_terminal(
    told: Told, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert told.refused(Paper(form=form)) == (
        f"{form} is no text for a terminal; write it to a file with --out log.{form}"
    )


@pytest.mark.parametrize("form", ["csv", "json", "xlsx", "parquet", "table"])
def test_a_file_is_written_whole_and_for_its_owner_alone(told: Told, tmp_path: Path, form: str) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    out = tmp_path / f"log.{form}"
    out.write_text("what stood there before", "utf-8")
    told(Paper(form="table", out=out) if form == "table" else Paper(out=out))
    assert out.stat().st_mode & 0o777 == 0o600
    begins = {"csv": b"case,", "json": b"[\n{", "xlsx": b"PK", "parquet": b"PAR1", "table": b"case"}[form]
    assert out.read_bytes().startswith(begins)
    assert [path.name for path in tmp_path.glob(".log*")] == []


def test_a_file_that_can_not_be_finished_leaves_what_was_there(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "log.csv"
    out.write_text("what stood there before", "utf-8")
    monkeypatch.setattr("vaste.commands.log.write_csv", lambda rows, to: to.write("half") and 1 / 0)
    with pytest.raises(ZeroDivisionError):
        told(Paper(out=out))
    assert out.read_text("utf-8") == "what stood there before"
    assert [path.name for path in tmp_path.glob(".log*")] == []


def test_figures_by_group_are_told_in_each_form(told: Told) -> None:
    by_playbook = json.loads(told(Paper(group="playbook", form="json")))
    assert [(row["playbook"], row["cases"], row["frt_median_s"]) for row in by_playbook] == [
        ("complaint", 2, 600),
        ("recall", 1, 0),
    ]
    head, *lines = csv.reader(io.StringIO(told(Paper(group="playbook", form="csv"))))
    assert head[:4] == ["playbook", "cases", "answered", "frt_median_s"]
    assert [line[0] for line in lines] == ["complaint", "recall"]
    shown = told(Paper(group="playbook"))
    assert "10 min" in shown
    assert shown.splitlines()[0].split()[:3] == ["playbook", "cases", "answered"]


# ---- people ----------------------------------------------------------------------------------------------


def csv_rows(text: str) -> list[tuple[str, str]]:
    return [(row["acknowledged_by"], row["responded_by"]) for row in csv.DictReader(io.StringIO(text))]


def test_files_name_the_team_and_not_who_of_it(told: Told) -> None:
    assert csv_rows(told(Paper(form="csv"))) == [("care", "ainokahvi"), ("care", "care"), ("", "")]


def test_a_table_and_json_name_who_took_a_case(told: Told) -> None:
    named = [(row["acknowledged_by"], row["responded_by"]) for row in json.loads(told())]
    assert named == [("aino", "ainokahvi"), ("ben", "ben"), (None, None)]
    assert "aino" in told(Paper())


@pytest.mark.parametrize(
    ("paper", "asked"),
    [
        (Paper(form="json"), {"person": ["aino"]}),
        (Paper(form="json"), {"sort": "acknowledged_by"}),
        (Paper(form="json"), {"sort": "-person"}),
        (Paper(form="csv"), {"sort": "responded_by"}),
        (Paper(group="person"), {}),
    ],
)
def test_nothing_is_chosen_ordered_or_counted_by_person_while_it_is_off(
    told: Told, paper: Paper, asked: dict[str, Any]
) -> None:
    assert told.refused(paper, **asked).endswith(
        "figures by person are off; see people_figures in docs/people.md"
    )
    assert told.views() == "Nobody looked at figures of single people.\n"


def test_where_it_is_on_every_look_is_noted_with_its_purpose(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "hannele")
    shelf = filled(tmp_path, CONFIG + PURPOSE)
    told = Told(capsys, shelf)
    assert told.cases(person=["ben"]) == [2]
    assert csv_rows(told(Paper(form="csv"))) == [("aino", "ainokahvi"), ("ben", "ben"), ("", "")]
    by_person = json.loads(told(Paper(group="person", form="json")))
    of_ben = json.loads(told(Paper(group="playbook", form="json"), person=["ben"]))
    told()  # JSON for the operator concerns nobody in particular
    noted = told.views().splitlines()
    shelf.close()
    # of each person there is one case, and figures need two
    assert [(row["person"], row["cases"]) for row in by_person] == [(None, 1), ("others", 2)]
    assert [(row["playbook"], row["cases"], row["frt_median_s"]) for row in of_ben] == [("others", 1, None)]
    assert [line.split("  ", 2)[1:] for line in noted] == [
        ["hannele", f"{what}  (coaching, agreed on 2026-02-01)"]
        for what in ("--person ben", "--format csv", "--group person", "--person ben")
    ]


# ---- as people type it -----------------------------------------------------------------------------------


def test_the_command_takes_its_options_more_than_once(shelf: Shelf) -> None:
    words = ("log", "--playbook", "recall", "--playbook", "complaint", "--sort", "-case", "--format", "csv")
    typed = vaste(*words, cwd=shelf.folder)
    assert (typed.code, typed.err) == (0, "")
    head, *rows = csv.reader(io.StringIO(typed.out))
    assert tuple(head) == COLUMNS
    assert [row[0] for row in rows] == ["3", "2", "1"]
    assert rows[0][COLUMNS.index("author")] == "'=1+1"
    assert vaste("log", "views", cwd=shelf.folder).out == "Nobody looked at figures of single people.\n"


def test_a_look_at_calm_posts_finds_no_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shelf = open_shelf(tmp_path)
    shelf.post(id="1")
    shelf.file(CALM)
    assert Told(capsys, shelf)(Paper()) == "No cases yet.\n"
    shelf.close()


def test_as_of_gives_the_log_as_it_stood_in_every_form(told: Told, shelf: Shelf) -> None:
    opened_at = next(row["opened_at"] for row in json.loads(told()) if row["case"] == 2)
    then = json.loads(told(Paper(form="json", as_of=opened_at)))
    # what the second case became by a press, and the third one, came later or at that very instant
    assert [row["case"] for row in then] == [1, 2]
    assert then[0]["status"] == "responded"
    (first,) = json.loads(told(Paper(form="json", as_of=json.loads(told())[0]["opened_at"])))
    assert (first["responded_at"], first["acknowledged_by"]) == (None, "aino")
    assert told(Paper(form="csv", as_of="2100-01-01")) == told(Paper(form="csv")), "not later than now"
    assert json.loads(told(Paper(form="json", as_of="1999-01-01"))) == []
    assert told.cases(status=["open"]) == [3]
    assert [
        row["case"] for row in json.loads(told(Paper(form="json", as_of=opened_at), breached=["respond"]))
    ] == []


def test_an_instant_as_of_which_nothing_can_be_told_says_what_to_write(told: Told) -> None:
    said = told.refused(Paper(form="json", as_of="whenever"))
    assert said.startswith("--as-of 'whenever' is no time; write for example 2026-11-03")
