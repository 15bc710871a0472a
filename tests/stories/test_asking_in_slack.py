"""A day at the desk in Slack: Ben takes over, Aino looks at her home, and the record says the same as both."""

import json
from collections.abc import Iterator

import pytest

from tests.notifier.test_slack_front import words_of as all_words
from tests.stories.service import AINO, BEN, STRANGER, Json, Town, wait_for

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with Town(tmp_path_factory.mktemp("asking"), language="en") as town:
        town.start()
        yield town


def answer(town: Town, words: str, user: str) -> str:
    desk = town.slack.desk
    heard = len(desk.responses)
    desk.type(words, user=user)
    told: Json = wait_for("the answer", lambda: desk.responses[heard:])[0]
    return all_words(told["blocks"])


def home(town: Town, user: str) -> str:
    return all_words(town.slack.desk.homes.get(user, {}).get("blocks", []))


def test_ben_takes_over_and_the_next_customer_is_his(town: Town) -> None:
    assert "care: Aino Virtanen" in answer(town, "on-call", AINO)
    told = answer(town, "take over for 2 hours", BEN)
    assert "The turn is yours" in told
    assert "Relieved: Aino Virtanen." in told
    assert "care: Ben Lindqvist" in answer(town, "kuka on vuorossa?", STRANGER)
    listed = json.loads(town.vaste("oncall", "list", "--json").stdout)
    assert [(one["person"], one["by"]) for one in listed] == [("ben", "ben")]
    post = town.says("maija_k", "kahvi on kylmää")
    card = town.card_of(post)
    assert f"<@{BEN}>" in json.dumps(card)


def test_a_home_follows_its_owners_cases(town: Town) -> None:
    town.slack.desk.open_home(AINO)
    wait_for("the home", lambda: "You have no cases now." in home(town, AINO))
    post = town.says("pekka", "kahvi on loppu")
    town.presses(town.card_of(post), "acknowledge", AINO)
    wait_for("the case", lambda: "kahvi" in home(town, AINO).split("Nobody has taken")[0])
    shown = [block for block in town.slack.desk.homes[AINO]["blocks"] if "accessory" in block]
    assert shown[0]["accessory"]["url"].startswith(f"{town.slack.url}/archives/C")


def test_every_envelope_is_acked_within_a_second(town: Town) -> None:
    for words in ("help", "stats", "coverage", "mine", "nonsense"):
        answer(town, words, AINO)
    latencies = [ack.latency_s or 0.0 for ack in town.slack.acks()]
    assert max(latencies) < 1
