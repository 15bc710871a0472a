import csv
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from casebook.mention import Sentiment, Verdict
from classifier.model import Classifier
from playbooks.playbook import Match, Playbook
from tests.vaste.test_cli_usage import Here, here
from vaste.commands.thresholds import COLUMNS, Costs, History, Row, daily, rows_of
from vaste.labelled import LabelledPost

__all__ = ["here"]

CONFIGURED = """\
sources: [{name: feed, kind: file, path: posts.jsonl}]
teams: {care: {people: []}}
playbooks: [{name: angry, match: {sentiment: {negative: 0.65}}, team: care}]
"""


def post(sentiment: str, *, attention: bool | None = None, day: date | None = None) -> LabelledPost:
    return LabelledPost("posts.csv:1", "hei", Sentiment(sentiment), attention, None, day, {})


def verdict(negative: float, *, attention: float = 0.5, abstained: bool = False) -> Verdict:
    return Verdict(negative, 1 - negative, 0.0, attention, {}, (), "fi", abstained=abstained, model="by hand")


POSTS = [post("negative"), post("negative"), post("neutral"), post("positive")]
VERDICTS = [verdict(0.9), verdict(0.3), verdict(0.6), verdict(0.05)]


def history(
    posts: Sequence[LabelledPost] = POSTS, verdicts: Sequence[Verdict] = VERDICTS, a_day: float | None = None
) -> History:
    return History(posts, verdicts, [1.0] * len(posts), a_day)


def told(kept: History, playbooks: Sequence[Playbook] = (), costs: Costs | None = None) -> dict[str, Row]:
    return {row["condition"]: row for row in rows_of(kept, playbooks, costs)}


def test_every_tenth_is_told_and_what_the_most_probable_class_would_do() -> None:
    rows = told(history())
    assert list(rows) == [*(f"negative from 0.{at}" for at in range(1, 10)), "sentiment: negative"]
    counts = {
        name: (row["alerts"], row["misses"], row["false_alarms"], row["precision"], row["recall"])
        for name, row in rows.items()
    }
    assert counts["negative from 0.3"] == (3, 0, 1, 0.6667, 1.0)
    assert counts["negative from 0.6"] == (2, 1, 1, 0.5, 0.5)
    assert counts["negative from 0.9"] == (1, 1, 0, 1.0, 0.5)
    assert counts["sentiment: negative"] == (2, 1, 1, 0.5, 0.5)


def test_attention_is_told_of_the_posts_whose_label_is_known() -> None:
    posts = [post("negative", attention=True), post("neutral", attention=False), post("neutral")]
    verdicts = [verdict(0.9, attention=0.8), verdict(0.1, attention=0.7), verdict(0.1, attention=0.9)]
    row = told(history(posts, verdicts))["attention from 0.7"]
    assert (row["alerts"], row["misses"], row["false_alarms"]) == (2, 0, 1)
    assert "attention from 0.7" not in told(history())


def test_what_was_abstained_from_raises_no_alert() -> None:
    row = told(history([post("negative")], [verdict(0.9, abstained=True)]))
    assert [row[name]["misses"] for name in ("negative from 0.1", "sentiment: negative")] == [1, 1]


def test_the_numbers_of_playbooks_are_told_with_their_names_also_inside_alternatives() -> None:
    books = [
        Playbook("angry", Match(sentiment_at_least={"negative": 0.65}), "care"),
        Playbook(
            "many ways",
            Match(any=(Match(sentiment_at_least={"negative": 0.5}), Match(attention=0.4))),
            "care",
        ),
        Playbook("any feeling", Match(sentiment=("negative",)), "care"),
        Playbook("calm", Match(none=(Match(sentiment_at_least={"negative": 0.77}),)), "care"),
    ]
    rows = told(history(), books)
    assert rows["negative from 0.65"]["playbooks"] == ["angry"]
    assert rows["negative from 0.5"]["playbooks"] == ["many ways"]
    assert rows["sentiment: negative"]["playbooks"] == ["any feeling"]
    assert "negative from 0.77" not in rows


def test_figures_a_day_are_none_where_no_day_is_known() -> None:
    assert told(history())["negative from 0.3"]["alerts_a_day"] is None
    assert told(history(a_day=40.0))["negative from 0.3"]["alerts_a_day"] == 30.0


@pytest.mark.parametrize(
    ("why", "days", "expected"),
    [
        ("no day is known", [None, None], None),
        ("one day", [date(2026, 11, 1)] * 3, 3.0),
        ("the first and the last day count whole", [date(2026, 11, 1), date(2026, 11, 4)], 0.5),
        ("posts without a day are left out", [date(2026, 11, 1), date(2026, 11, 2), None], 1.0),
    ],
)
def test_posts_a_day_are_counted_from_the_first_day_to_the_last(
    why: str, days: list[date | None], expected: float | None
) -> None:
    assert daily([post("neutral", day=day) for day in days]) == expected, why


def test_the_threshold_of_least_cost_is_named_once_for_each_signal() -> None:
    rows = told(history(), costs=Costs(miss=10, alarm=1))
    [best] = [row for row in rows.values() if row["cheapest"]]
    assert (best["threshold"], best["cost"]) == (0.06, 1.0)
    assert rows["negative from 0.9"]["cost"] == 10.0


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file of posts, and a classifier that is as sure as they say."""

    def judge(_: Classifier, texts: Sequence[str], hints: object = None) -> list[Verdict]:
        return [verdict(float(text)) for text in texts]

    monkeypatch.setattr(Classifier, "judge", judge)
    rows = [
        ("0.9", "negative", "2026-11-01"),
        ("0.3", "negative", "2026-11-01"),
        ("0.6", "neutral", "2026-11-02"),
    ]
    lines = [json.dumps({"text": text, "sentiment": feeling, "date": day}) for text, feeling, day in rows]
    (tmp_path / "posts.jsonl").write_text("\n".join(lines), "utf-8")
    return tmp_path / "posts.jsonl"


def test_each_form_tells_the_same(here: Here, judged: Path) -> None:
    asked = ["thresholds", str(judged), "--cost-miss", "10", "--cost-alarm", "1"]
    as_json: list[dict[str, Any]] = json.loads(here(*asked, "--format", "json").out)
    as_csv = list(csv.DictReader(here(*asked, "--format", "csv").out.splitlines()))
    assert tuple(as_json[0]) == COLUMNS
    assert [row["condition"] for row in as_csv] == [row["condition"] for row in as_json]
    [at_three] = [row for row in as_json if row["condition"] == "negative from 0.3"]
    assert (at_three["alerts_a_day"], at_three["false_alarms_a_day"]) == (1.5, 0.5)
    shown = here(*asked).out
    assert "3 labelled posts, 1.5 posts a day" in shown
    assert "least expected cost: negative from 0.01" in shown


def test_a_prior_reweighs_the_history(here: Here, judged: Path) -> None:
    asked = ["thresholds", str(judged), "--format", "json", "--prior", "negative=.1,neutral=.9,positive=0"]
    [row] = [row for row in json.loads(here(*asked).out) if row["condition"] == "negative from 0.3"]
    assert (row["precision"], row["false_alarms"]) == (0.1, 2.7)


def test_the_playbooks_of_the_configuration_are_named(here: Here, judged: Path) -> None:
    (judged.parent / "config.yaml").write_text(CONFIGURED, "utf-8")
    [row] = [
        row
        for row in json.loads(here("thresholds", str(judged), "--format", "json").out)
        if row["threshold"] == 0.65
    ]
    assert row["playbooks"] == ["angry"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--format", "xml"], "--format 'xml' is unknown; use text, json, csv"),
        (["--cost-miss", "1"], "--cost-miss and --cost-alarm go together; give both, in the same unit"),
        (
            ["--prior", "negative"],
            "--prior 'negative' is no prior; write negative=.15,neutral=.75,positive=.10",
        ),
        (
            ["--prior", "negative=.5,neutral=.4,positive=.1"],
            "--prior: no post is positive, so none can stand for those of life; write negative=.15,neutral=.75,positive=.10",
        ),
    ],
)
def test_wrong_usage_is_one_line(here: Here, judged: Path, words: list[str], told: str) -> None:
    typed = here("thresholds", str(judged), *words)
    assert (typed.code, typed.out, typed.told) == (2, "", [told])


def test_mistakes_in_the_file_are_told_at_once(here: Here, judged: Path) -> None:
    judged.write_text('{"text": "a", "sentiment": "x"}\n{"sentiment": "neutral"}\n', "utf-8")
    typed = here("thresholds", str(judged))
    assert (typed.code, typed.out, len(typed.told)) == (2, "", 2)
