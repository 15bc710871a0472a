"""What a match may ask, from the file to the playbook, and every mistake in it with its line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from casebook.calendar import DAY, Span
from playbooks.playbook import Match, Rated, Reached
from vaste.config import Loaded, load_config
from vaste.settings import MatchSettings

HEAD = """\
people: {aino: {name: Aino, handles: {x: ainov}}}
calendars: {office: {hours: {mon-fri: "09:00-17:00"}}}
teams: {care: {rota: {people: [aino]}}}
crisis: off
topics: {recall: {words: lasi}}
playbooks:
  - name: it
    team: care
    match: """
ROOT = "playbooks.0.match"


def load(tmp_path: Path, match: str) -> Loaded:
    (tmp_path / "config.yaml").write_text(f"{HEAD}{match}\n", encoding="utf-8")
    return load_config(tmp_path / "config.yaml", {})


@pytest.mark.parametrize(
    ("written", "match"),
    [
        ("{topics: {recall: 0.8, safety: 1}}", Match(topics_at_least={"recall": 0.8, "safety": 1.0})),
        ("{topics: recall}", Match(topics=("recall",))),
        ("{kind: [reply, quote]}", Match(kind=("reply", "quote"))),
        ("{rating: {at_most: 2}}", Match(rating=Rated(at_most=2))),
        ("{rating: {at_least: 3, at_most: 3}}", Match(rating=Rated(3, 3))),
        ("{reach: {at_least: 1000, growing: 500}}", Match(reach=Reached(1_000, 500))),
        ("{author: new}", Match(author=("new",))),
        ("{question: true}", Match(question=True)),
        ("{question: off}", Match(question=False)),
        ("{to_person: true}", Match(to_person=True)),
        ("{to_person: off}", Match(to_person=False)),
        ("{to_person: aino}", Match(to_people=("aino",))),
        ('{time: "22:00-06:00"}', Match(time=(Span(22 * 60, DAY + 6 * 60),))),
        ('{time: ["00:00-24:00"]}', Match(time=(Span(0, DAY),))),
        ("{weekday: [sun, mon-tue]}", Match(weekday=(0, 1, 6))),
        ("{open: office}", Match(open=("office",))),
        ("{not: {open: office}}", Match(none=(Match(open=("office",)),))),
        ("{crisis: true, blind: false}", Match(crisis=True, blind=False)),
        (
            "{all: [{kind: post}, {author: known}]}",
            Match(all=(Match(kind=("post",)), Match(author=("known",)))),
        ),
    ],
)
def test_a_condition_is_read_as_it_is_written(tmp_path: Path, written: str, match: Match) -> None:
    loaded = load(tmp_path, written)
    assert loaded.config, loaded.problems
    assert loaded.config.playbooks[0].match == match


def test_the_order_of_the_keys_means_nothing(tmp_path: Path) -> None:
    keys = ["kind: post", "rating: {at_most: 2}", "words: lasi", "author: new", 'time: "22:00-06:00"']
    found = [load(tmp_path, f"{{{', '.join(one)}}}").config for one in (keys, keys[::-1])]
    assert found[0]
    assert found[1]
    assert found[0].playbooks == found[1].playbooks


@pytest.mark.parametrize(
    ("written", "at", "said"),
    [
        ("{topics: {recal: 0.8}}", "topics.recal", "did you mean recall?"),
        ("{topics: {recall: 1.2}}", "topics.recall", "too large; write 1 or less"),
        ("{kind: tweet}", "kind", "not one of the words known here"),
        ("{rating: {}}", "rating", "asks nothing; write for example rating: {at_most: 2}, or take it away"),
        ("{rating: {at_least: 4, at_most: 2}}", "rating.at_most", "no rating is both"),
        ("{rating: {at_most: true}}", "rating.at_most", "a number belongs here"),
        ("{rating: {stars: 2}}", "rating.stars", "unknown key"),
        ("{reach: {}}", "reach", "asks nothing"),
        ("{reach: {at_least: 0}}", "reach.at_least", "too small; write 1 or more"),
        ("{reach: {growing: -5}}", "reach.growing", "too small"),
        ("{reach: 1000}", "reach", "must be a mapping"),
        ("{author: old}", "author", "not one of the words known here"),
        ("{question: perhaps}", "question", "must be true or false"),
        ("{to_person: ainoo}", "to_person", "did you mean aino?"),
        ('{time: "22-6"}', "time", "not opening hours"),
        ('{time: "09:00-09:00"}', "time", "begin where they end"),
        ("{weekday: lauantai}", "weekday", "not days of the week"),
        ("{open: offise}", "open", "did you mean office?"),
        ("{crisis: [1]}", "crisis", "must be true or false"),
        ("{all: {kind: post}}", "all", "must be a list"),
        ("{all: [{all: [{topics: nix}]}]}", "all.0.all.0.topics", "no topic has this name"),
        ("{all: [{not: {source: nix}}]}", "all.0.not.source", "no source has this name"),
    ],
)
def test_a_mistake_is_named_where_it_stands(tmp_path: Path, written: str, at: str, said: str) -> None:
    loaded = load(tmp_path, written)
    told = {problem.path: problem for problem in loaded.problems}
    assert loaded.config is None
    assert said in told[f"{ROOT}.{at}"].message
    assert told[f"{ROOT}.{at}"].line == 9


def _empties() -> Iterator[str]:
    """Every condition that may be written as a list or a mapping, empty."""
    for name, key in MatchSettings.model_fields.items():
        written = key.alias or name
        for empty in ("[]", "{}"):
            if (
                written != "not"
            ):  # what must not hold may be anything: then nothing holds, and vaste check says so
                yield f"{written}: {empty}"


@pytest.mark.parametrize("written", list(_empties()))
@pytest.mark.parametrize(
    "around", ["{%s}", "{words: lasi, %s}", "{any: [{words: lasi}, {%s}]}", "{not: {%s}}"]
)
def test_a_condition_that_is_given_asks_something(tmp_path: Path, written: str, around: str) -> None:
    loaded = load(tmp_path, around % written)
    assert loaded.config is None, "such a playbook would take every post"
    assert any(
        problem.fatal and f".{written.partition(':')[0]}" in problem.path for problem in loaded.problems
    )


@pytest.mark.parametrize(("depth", "is_fine"), [(8, True), (9, False)])
def test_matches_stand_so_deep_within_each_other_and_no_deeper(
    tmp_path: Path, depth: int, *, is_fine: bool
) -> None:
    written = "{all: [" * (depth - 1) + "{words: lasi}" + "]}" * (depth - 1)
    loaded = load(tmp_path, written)
    assert (loaded.config is not None) is is_fine
    assert is_fine or "more than 8 matches within each other" in loaded.problems[0].message


@pytest.mark.parametrize(
    ("written", "at", "said"),
    [
        ("{to_person: ben}", "to_person", "this person has no handles"),
        ("{any: [{to_person: [aino, ben]}]}", "any.0.to_person.1", "this person has no handles"),
    ],
)
def test_a_person_without_handles_is_asked_for_in_vain(
    tmp_path: Path, written: str, at: str, said: str
) -> None:
    head = HEAD.replace("people: {", "people: {ben: {name: Ben}, ")
    (tmp_path / "config.yaml").write_text(f"{head}{written}\n", encoding="utf-8")
    (problem,) = load_config(tmp_path / "config.yaml", {}).problems
    assert (problem.path, problem.fatal) == (f"{ROOT}.{at}", False)
    assert said in problem.message


@pytest.mark.parametrize("written", ["{to_person: true}", "{author: [new, ours]}"])
def test_without_any_handles_nobody_of_ours_is_known(tmp_path: Path, written: str) -> None:
    head = HEAD.replace(", handles: {x: ainov}", "")
    (tmp_path / "config.yaml").write_text(f"{head}{written}\n", encoding="utf-8")
    (problem,) = load_config(tmp_path / "config.yaml", {}).problems
    assert "none of people has handles" in problem.message


def test_a_pattern_that_a_text_can_keep_busy_is_named_and_still_taken(tmp_path: Path) -> None:
    loaded = load(tmp_path, "{any: [{regex: ['lasi', '(a+)+$']}]}")
    (problem,) = loaded.problems
    assert (problem.path, problem.line, problem.fatal) == (f"{ROOT}.any.0.regex.1", 9, False)
    assert "without a repeat inside a repeat" in problem.message
    assert loaded.config is not None


def test_asking_for_questions_lets_the_classifier_score_them(tmp_path: Path) -> None:
    loaded = load(tmp_path, "{any: [{question: true}]}")
    assert loaded.config
    assert [topic.name for topic in loaded.config.topics] == ["recall", "question"]
