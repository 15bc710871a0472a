"""`vaste check` says of each playbook, with its line, what surely was not meant."""

from pathlib import Path

import pytest

from tests.vaste.typed import vaste
from vaste.config import load_config
from vaste.reviewed import reviewed

ROOT = Path(__file__).parents[2]
ODD = """\
brand: Aino Kahvi
sources:
  - {name: feed, kind: file, path: posts.jsonl}
topics:
  recall: {words: [lasinsiru, allergia]}
  drink: {words: allergiaa}
people:
  aino: {name: Aino, slack: U1}
  ben: {name: Ben}
teams:
  care: {channel: "#care", rota: {people: aino}}
  press: {channel: "#press", rota: {people: []}}
playbooks:
  - name: two tongues
    match: {language: fi, any: [{language: sv}]}
    team: care
  - name: angry
    match: {sentiment: {negative: 0.6}}
    team: care
    escalate:
      - {after: 5m, to: backup}
      - {after: 6m, to: ben}
      - {after: 7m, to: team:press}
      - {after: 8m, to: everyone}
  - name: angrier
    match: {sentiment: {negative: 0.9}}
    team: care
  - name: glass
    match: {words: [lasi, siru]}
    team: press
  - name: shards
    match:
      topics: recall
      words: sirua
    team: care
channels:
  - {kind: slack, bot_token: xoxb-1, app_token: xapp-1}
"""
TOLD = [
    "6:18: topics.drink.words: allergiaa is also a word of topic recall, so a post with it is about both; playbook shards is asked first; keep it in one of them",
    "15:12: playbooks.0.match: can never match: language fi and language sv never hold together; change the match, or take the playbook away",
    "21:25: playbooks.1.escalate.0.to: nobody stands behind this step: the rota of care has no second person; add one, or name somebody here",
    "22:25: playbooks.1.escalate.1.to: nobody stands behind this step: ben can't be reached in Slack; add slack: U… (profile, ⋮, Copy member ID)",
    "23:25: playbooks.1.escalate.2.to: nobody stands behind this step: nobody is ever on call in team press; only its channel hears of it; give it a rota",
    "25:5: playbooks.2: never reached: playbook angry stands before it and takes every post that it matches (negative at least 0.9 is always negative at least 0.6); move it up, or ask for less there",
    "30:11: playbooks.3.team: nobody is ever on call in team press, so nobody is called when a case opens; give the team a rota",
    "34:14: playbooks.4.match.words: sirua is also a word of playbook glass (as siru), which stands before this one and takes the posts that both match; keep the word in one of them",
]


def said(folder: Path, text: str) -> list[str]:
    (folder / "config.yaml").write_text(text, "utf-8")
    loaded = load_config(folder / "config.yaml", {})
    assert loaded.config is not None, loaded.problems
    problems = reviewed(folder / "config.yaml", loaded.config)
    assert not any(problem.fatal for problem in problems)
    return [str(problem).replace(f"{folder}/config.yaml:", "") for problem in problems]


def test_each_is_a_line_with_its_place_and_what_to_do(tmp_path: Path) -> None:
    assert said(tmp_path, ODD) == TOLD


def test_the_command_lists_them_as_warnings_and_ends_with_one(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(ODD, "utf-8")
    typed = vaste("check", cwd=tmp_path)
    assert (typed.code, typed.err) == (1, "")
    assert [line for line in TOLD if f"config.yaml:{line} (warning)\n" not in typed.out] == []


def test_what_loading_the_file_tells_is_not_told_twice(tmp_path: Path) -> None:
    greedy = ODD.replace("{sentiment: {negative: 0.6}}", "{}")
    assert [line for line in said(tmp_path, greedy) if "never reached" in line] == []
    (tmp_path / "config.yaml").write_text(greedy, "utf-8")
    told = [str(problem) for problem in load_config(tmp_path / "config.yaml", {}).problems]
    assert sum("never reached" in line for line in told) == 3


@pytest.mark.parametrize("shipped", ["config.yaml", "vaste/demo/config.yaml"])
def test_what_is_shipped_means_what_it_says(shipped: str) -> None:
    config = load_config(ROOT / shipped, {}).config
    assert config is not None
    assert reviewed(ROOT / shipped, config) == []
