"""A post that spreads, through the whole line: filed, decided upon, seen again, and somebody is called after all."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.in_english import ENGLISH
from tests.vaste.shelf import BEGAN_AT, CALM, CONFIG, Shelf, open_shelf
from vaste.explained import explanation

PLAYBOOKS = """
  - name: viral
    match: {reach: {growing: 500}}
    team: care
    severity: critical
    respond_within: 1h
  - name: loud
    match: {reach: {at_least: 1000}}
    team: care
    severity: high
    respond_within: 2h
  - name: night
    match: {all: [{time: "22:00-06:00"}, {not: {weekday: [sat, sun]}}], question: true}
    team: care
    respond_within: 8h
  - name: stars
    match: {kind: review, rating: {at_most: 2}}
    team: care
"""


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    head, _, _ = CONFIG.partition("playbooks:")
    shelf = open_shelf(tmp_path, config=f"{head}playbooks:{PLAYBOOKS}web: off\n")
    yield shelf
    shelf.close()


def playbooks(shelf: Shelf) -> list[str]:
    return [row["playbook"] for row in shelf.jobs.store.log(now=shelf.clock.now())]


def show(shelf: Shelf, reach: int, *, minutes: float = 0) -> None:
    """Let the feed show a post of BEGAN_AT again, and rule upon whatever that calls for."""
    shelf.turn(minutes=minutes)
    shelf.post(id="1", reach=reach, text="Kahvi on loppu.", posted_at=BEGAN_AT)
    shelf.file(CALM)


def test_a_post_that_comes_to_a_reach_gets_its_case_and_grown_quickly_it_is_raised(shelf: Shelf) -> None:
    show(shelf, 100)
    assert playbooks(shelf) == []
    show(shelf, 400, minutes=120)
    assert playbooks(shelf) == []
    show(shelf, 1_000, minutes=240)
    assert playbooks(shelf) == ["loud"]
    (row,) = shelf.jobs.store.log(now=shelf.clock.now())
    assert (row["posted_at"], row["breaches"]) == (BEGAN_AT, ["respond"])  # the customer's clock, as ever
    show(shelf, 1_900, minutes=60)
    (row,) = shelf.jobs.store.log(now=shelf.clock.now())
    assert (row["case"], row["playbook"], row["severity"]) == (1, "viral", "critical")


def test_explain_tells_the_reach_that_was_decided_upon(shelf: Shelf) -> None:
    shelf.post(id="7", reach=1_000, text="Kahvi on loppu.", posted_at=shelf.clock.now() - timedelta(hours=5))
    shelf.post(id="8", reach=1_300, text="Kahvi on loppu.")
    shelf.file(CALM)
    shelf.turn(minutes=30)
    shelf.post(id="8", reach=90_000, text="Kahvi on loppu.")
    shelf.jobs.poll("feed")
    (kept,) = shelf.jobs.store.find("8")
    told = "\n".join(explanation(kept, shelf.config, ENGLISH, now=shelf.clock.now()))
    assert "playbook viral takes it (as then)" in told
    assert "found 1,300 more reached an hour" in told
    assert "wants at least 1,000 reached; found 1,300 reached" in told


def test_what_stands_in_the_file_is_asked_of_the_post(shelf: Shelf) -> None:
    shelf.turn(hours=14)  # 22:00 of a Tuesday on the clocks of Helsinki is 20:00 UTC
    shelf.post(id="1", text="Onko teillä kahvia")
    shelf.post(id="2", text="Kahvi on loppu.")
    shelf.post(id="3", text="Huono.", rating=2)
    shelf.post(id="4", text="Hyvä.", rating=3)
    shelf.file(CALM)
    decided = {}
    for one in "1234":
        (kept,) = shelf.jobs.store.find(one)
        decided[one] = kept.playbook
    assert decided == {"1": "night", "2": None, "3": "stars", "4": None}
