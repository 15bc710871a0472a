"""The worked example of docs/playbooks.md does what the page says, to the word."""

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from casebook.mention import Verdict
from playbooks.decide import Post, decide
from playbooks.escalate import next_step, reach
from playbooks.playbook import Playbook
from tests.in_english import said as in_words
from vaste.config import Config, load_config

PAGE = (Path(__file__).parents[2] / "docs" / "playbooks.md").read_text(encoding="utf-8")
EXAMPLE = PAGE[PAGE.index("## A worked example") :]
ROWS = re.findall(
    r"^\| (?!the post|at |-)(.+?) \| (.*(?:negative|abstained).*?) \| (.+) \|$", EXAMPLE, re.MULTILINE
)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    written = re.search(r"```yaml\n(.*?)```", EXAMPLE, re.DOTALL)
    assert written
    (tmp_path / "config.yaml").write_text(written[1], encoding="utf-8")
    loaded = load_config(tmp_path / "config.yaml", {})
    assert loaded.config, loaded.problems
    return loaded.config


def said(classifier: str) -> Verdict:
    negative = float(found[1]) if (found := re.search(r"negative (\S+?)(?:,|$)", classifier)) else 0.4
    topics = {"recall": float(found[1])} if (found := re.search(r"recall (\S+)", classifier)) else {}
    rest = (1 - negative) / 2
    return Verdict(
        negative, rest, rest, negative, topics, tuple(topics), "fi", "abstained" in classifier, "page"
    )


@pytest.mark.parametrize(("text", "classifier", "decision"), ROWS)
def test_each_row_of_the_example_is_decided_as_it_says(
    config: Config, text: str, classifier: str, decision: str
) -> None:
    followers = int(found[1]) if (found := re.search(r"(\d+) followers", classifier)) else None
    reason = in_words(decide(Post(text, followers=followers), said(classifier), config.playbooks).reason)
    assert reason.removeprefix("playbook ") == decision.replace("`", "")


def test_the_example_has_the_rows_that_are_told_of() -> None:
    assert len(ROWS) == 5


def test_the_steps_reach_whom_the_page_names(config: Config) -> None:
    opened_at = datetime(2026, 11, 10, 12, 1, tzinfo=ZoneInfo("Europe/Helsinki"))
    recall: Playbook = config.playbooks[0]
    told = []
    for taken, minute in enumerate((6, 11)):
        now = opened_at.replace(minute=minute)
        due = next_step(recall.escalate, taken=taken, started_at=opened_at, now=now)
        assert due
        assert due.due_at == now
        told.append(_told(due.step.to, config, now))
    assert [_told("on_call", config, opened_at), *told] == [("ben",), ("aino",), ("aino", "ben", "caro")]


def _told(to: str, config: Config, at: datetime) -> tuple[str, ...]:
    return reach(to, team=config.teams["care"], teams=config.teams, people=config.people, at=at).people
