"""A case goes to another team, seen in Slack: one living card in the channel of whoever has it now."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from casebook.store import Store
from notifier.channel import Press
from tests.servers.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack, buttons_of, menus_of
from tests.vaste.shelf import CONFIG, Shelf, open_shelf

CARE, SHOP = "#some-asiakaspalvelu", "#some-johto"
AINO, BEN = "U0123", "U0124"


class Death(BaseException):
    """As if the power had failed: nothing in the program catches it."""


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(messages_per_second=None) as slack:
        yield slack


@pytest.fixture
def shelf(tmp_path: Path, slack: FakeSlack) -> Iterator[Shelf]:
    """One case of care, whose card stands in their channel; glass is for the shop."""
    channels = [{"kind": "slack", "bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "api_url": slack.api_url}]
    teams = {
        "care": {"channel": CARE, "rota": {"people": ["aino"]}},
        "shop": {"channel": SHOP, "rota": {"people": ["ben"]}},
    }
    config = (
        CONFIG.replace("  care: {rota: {people: [aino, ben]}}", f"  care: {json.dumps(teams['care'])}")
        .replace("playbooks:\n", f"  shop: {json.dumps(teams['shop'])}\nplaybooks:\n")
        .replace("    team: care\n    severity: critical", "    team: shop\n    severity: critical")
        .replace("U0AINO", AINO)
        .replace("U0BEN", BEN)
        .replace("language: fi", "language: en")
        + f"channels: {json.dumps(channels)}\n"
    )
    shelf = open_shelf(tmp_path, config=config)
    for channel in shelf.jobs.channels:  # this Slack has no limits, and nobody waits for them here
        setattr(channel, "costs", lambda _: ())  # noqa: B010 - a method, for this object alone
    shelf.post(id="1", author="mari", text="Missä tilaukseni on?")
    shelf.turn(seconds=20)
    shelf.file()
    shelf.jobs.deliver()
    yield shelf
    shelf.close()


def hand(shelf: Shelf, team: str) -> None:
    shelf.turn(seconds=20)
    shelf.jobs.press(Press(1, "reassign", AINO, f"team:{team}"))


def follow_up(shelf: Shelf, id_: str, *, glass: bool = False) -> None:
    shelf.turn(seconds=20)
    shelf.post(id=id_, author="mari", text="Ja lasinsiru!" if glass else "Haloo?", in_reply_to="1")
    shelf.file(topics={"recall": 0.9} if glass else None)


def card(slack: FakeSlack, room: str) -> dict[str, Any]:
    (found,) = [one for one in slack.messages(room) if "thread_ts" not in one]
    return found


def below(slack: FakeSlack, room: str) -> list[str]:
    return [one["text"] for one in slack.messages(room) if one.get("thread_ts", one["ts"]) != one["ts"]]


def edits(slack: FakeSlack, message: dict[str, Any]) -> int:
    return sum(call.arguments["ts"] == message["ts"] for call in slack.called("chat.update"))


def can_be_pressed(message: dict[str, Any]) -> list[str]:
    menus = [option["value"] for menu in menus_of(message) for option in menu["options"]]
    return [*(button["action_id"] for button in buttons_of(message)), *menus]


def test_the_new_team_has_a_card_and_a_call_and_the_old_card_leads_there(
    shelf: Shelf, slack: FakeSlack
) -> None:
    first = card(slack, CARE)
    hand(shelf, "shop")
    shelf.jobs.deliver()
    new, old = card(slack, SHOP), card(slack, CARE)
    assert "acknowledge" in can_be_pressed(new)
    assert [f"<@{BEN}>" in text for text in below(slack, SHOP)] == [True]
    assert (old["ts"], edits(slack, old)) == (first["ts"], 1)
    assert can_be_pressed(old) == []
    link = f"{slack.url}/archives/{slack.channels[SHOP[1:]]}/p{new['ts'].replace('.', '')}"
    assert link in json.dumps(old["blocks"])
    assert (
        old["text"] == f"case 1: This case is with team *shop* now and goes on there. <{link}|Open the card>"
    )
    assert "tilaukseni" not in json.dumps(old), "the customer's words went with the case"


def test_what_happens_afterwards_is_told_at_the_new_card_alone(shelf: Shelf, slack: FakeSlack) -> None:
    hand(shelf, "shop")
    shelf.jobs.deliver()
    old, told = card(slack, CARE), len(below(slack, CARE))
    shelf.jobs.press(Press(1, "acknowledge", BEN))
    follow_up(shelf, "2")
    shelf.jobs.deliver()
    shelf.turn(hours=2)  # half of the four that complaint gives
    shelf.jobs.watch()
    shelf.jobs.press(Press(1, "close", BEN))
    shelf.jobs.deliver()
    assert (edits(slack, old), len(below(slack, CARE))) == (1, told)
    assert "Closed" in json.dumps(card(slack, SHOP)["blocks"])
    texts = " ".join(below(slack, SHOP))
    assert "The customer wrote more" in texts
    assert "Case 1 is closed." in texts


def test_a_more_severe_playbook_of_another_team_takes_the_card_there(shelf: Shelf, slack: FakeSlack) -> None:
    follow_up(shelf, "2", glass=True)
    shelf.jobs.deliver()
    assert "recall" in card(slack, SHOP)["text"]
    old = card(slack, CARE)
    assert (can_be_pressed(old), edits(slack, old)) == ([], 1)
    assert [message["channel"] for message in slack.messages(BEN)], "whoever is on call there is called"


def test_a_case_that_comes_back_is_alive_at_its_first_card(shelf: Shelf, slack: FakeSlack) -> None:
    for team in ("shop", "care"):
        hand(shelf, team)
        shelf.jobs.deliver()
    back, gone = card(slack, CARE), card(slack, SHOP)
    assert "acknowledge" in can_be_pressed(back)
    assert can_be_pressed(gone) == []
    assert f"/p{back['ts'].replace('.', '')}" in json.dumps(gone["blocks"])
    assert f"<@{AINO}>" in below(slack, CARE)[-1], "an edited card calls nobody"


def test_while_the_new_channel_takes_no_card_the_old_one_keeps_its_buttons(
    shelf: Shelf, slack: FakeSlack
) -> None:
    slack.not_in.add(slack.channels[SHOP[1:]])
    hand(shelf, "shop")
    shelf.jobs.deliver()
    assert "acknowledge" in can_be_pressed(card(slack, CARE))
    slack.not_in.clear()
    shelf.turn(minutes=1)
    shelf.jobs.deliver()
    assert "acknowledge" in can_be_pressed(card(slack, SHOP))
    assert can_be_pressed(card(slack, CARE)) == []


def test_a_channel_that_never_saw_the_case_hears_nothing_of_its_leaving(
    tmp_path: Path, shelf: Shelf, slack: FakeSlack
) -> None:
    del tmp_path
    shelf.post(id="9", author="otto", text="Missä minun?")
    shelf.turn(seconds=20)
    shelf.file()
    seen = len(slack.messages(CARE))
    shelf.jobs.press(Press(2, "reassign", AINO, "team:shop"))
    shelf.jobs.deliver()
    assert len(slack.messages(CARE)) == seen
    assert "acknowledge" in can_be_pressed(card(slack, SHOP))


def test_without_the_workspaces_address_the_old_card_says_where_it_went_all_the_same(
    shelf: Shelf, slack: FakeSlack
) -> None:
    slack.fail_next("auth.test", error="internal_error")
    hand(shelf, "shop")
    shelf.jobs.deliver()
    assert card(slack, CARE)["text"] == "case 1: This case is with team *shop* now and goes on there."


def test_an_old_card_that_can_not_be_edited_is_posted_nowhere_else(shelf: Shelf, slack: FakeSlack) -> None:
    slack.fail_next("chat.update", error="cant_update_message", times=5)
    hand(shelf, "shop")
    shelf.jobs.deliver()
    assert len(slack.messages(SHOP)) == 2, "the card and the call"


@pytest.mark.parametrize("point", ["claimed delivery", "sent", "marked"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_killed_in_the_middle_there_is_one_card_each_and_one_call(
    shelf: Shelf, slack: FakeSlack, point: str, nth: int
) -> None:
    hand(shelf, "shop")
    passed = 0

    def crash(name: str) -> None:
        nonlocal passed
        passed += name == point
        if name == point and passed == nth:
            raise Death

    shelf.jobs.crash = crash
    with pytest.raises(Death):
        shelf.jobs.deliver()
    store: Store = shelf.jobs.store
    store.release_leases(lambda name: name == store.holder)
    shelf.jobs.deliver()
    assert "acknowledge" in can_be_pressed(card(slack, SHOP))
    assert len(below(slack, SHOP)) == 1
    assert can_be_pressed(card(slack, CARE)) == []
    assert f"/p{card(slack, SHOP)['ts'].replace('.', '')}" in json.dumps(card(slack, CARE)["blocks"])
