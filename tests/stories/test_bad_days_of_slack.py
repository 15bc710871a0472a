"""Slack has a bad day, and the service lives: no card is lost, none stands there twice."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.fake_slack import CHANNELS
from tests.servers.fake_x import Post
from tests.stories.service import CHANNEL, Json, Run, Town, key_of, wait_for, words_of

pytestmark = pytest.mark.slow

POST = "chat.postMessage"
Fault = Callable[[Town], None]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with Town(tmp_path_factory.mktemp("slack")) as town:
        town.start()
        yield town


FAULTS: dict[str, tuple[Fault, str]] = {
    "429 with Retry-After": (
        lambda town: town.slack.fail_next(
            POST, status=429, error="ratelimited", headers={"Retry-After": "3"}
        ),
        "rate limited",
    ),
    "500": (lambda town: town.slack.fail_next(POST, status=500, error="internal_error", times=2), "500"),
    "a page of HTML with 503": (lambda town: town.slack.html_503(POST, times=2), "503"),
    "a reset": (lambda town: town.slack.fail_next(POST, kind="reset"), "cannot be reached"),
    "a reset after accepting": (lambda town: town.slack.reset_after_accepting(POST), "cannot be reached"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_card_that_slack_did_not_take_comes_once_and_the_trouble_is_told_once(
    town: Town, name: str
) -> None:
    begin, sentence = FAULTS[name]
    run = town.runs[-1]
    before = len(run.told("trouble")), len(run.told("recovered"))
    begun = time.monotonic()
    begin(town)
    post = town.says("maija_k", f"kirjoitettu kun Slack vikoili: {name}")
    wait_for("the trouble", lambda: len(run.told("trouble")) > before[0])
    assert sentence in run.told("trouble")[-1]["message"]
    town.card_of(post)
    if name.startswith("429"):
        assert time.monotonic() - begun >= 3
    wait_for("the recovery", lambda: run.healthz()["status"] == "ok")
    assert len(cards_ever_of(town, post)) == 1
    assert (len(run.told("trouble")), len(run.told("recovered"))) == (before[0] + 1, before[1] + 1)
    # and whoever is on call can take it
    town.presses(town.card_of(post), "acknowledge")
    town.card_when(post, lambda card: "Aino Virtanen" in words_of(card))


def cards_ever_of(town: Town, post: Post) -> list[Json]:
    [key] = {key_of(card) for card in town.cards_of(post)}
    return [message for message in town.slack.messages() if key_of(message) == key]


def test_a_card_whose_form_slack_refuses_comes_as_plain_text(town: Town) -> None:
    town.slack.fail_next(POST, error="invalid_blocks")
    post = town.says("maija_k", "muoto ei kelpaa")
    card = town.card_of(post)
    assert card["blocks"] == []
    assert "muoto ei kelpaa" in card["text"]


def test_a_revoked_token_is_named_once_and_stays_in_what_check_says(tmp_path: Path) -> None:
    with Town(tmp_path) as town:
        run = town.start()
        town.slack.fail_next(POST, error="token_revoked", times=2)
        posts = [town.says("maija_k", "ensimmäinen"), town.says("pekka", "toinen")]
        wait_for("both refusals", lambda: run.healthz()["deliveries"].get("refused") == 2)
        assert len(run.told("trouble")) == 1
        checked = town.vaste("check")
        assert checked.returncode == 1
        assert "the bot token was revoked" in checked.stdout
        assert "2 messages were refused" in checked.stdout
        # the next one is taken, the trouble is over, and what was refused follows
        town.card_of(town.says("otto", "kolmas"))
        wait_for("the recovery", lambda: run.told("recovered"))
        for post in posts:
            town.card_of(post)
        assert len(town.log()) == 3
        assert town.vaste("check").returncode == 0


def test_an_archived_channel_gives_its_cards_to_the_next_channel(tmp_path: Path) -> None:
    with Town(tmp_path) as town:
        town.channels.append({"kind": "console"})
        run = town.start()
        town.slack.archived.add(town.slack.channels[CHANNELS[0]])
        posts = [town.says("maija_k", "kuuleeko kukaan?"), town.says("pekka", "kuuleeko?")]
        wait_for("the cards in the terminal", lambda: all(post.id in run.text for post in posts))
        assert len(archived_told(run)) == 1
        wait_for("the record of both", lambda: run.healthz()["deliveries"] == {"sent": 2})
        assert town.slack.messages(CHANNEL) == []
        town.slack.archived.clear()
        town.card_of(town.says("otto", "entä nyt?"))
        wait_for("the recovery", lambda: run.told("recovered"))


def archived_told(run: Run) -> list[Json]:
    return [line for line in run.told("trouble") if "archived" in line["message"]]
