"""What is chosen from a card's menu, over a real connection and through the running service, is on record."""

import json
from collections.abc import Iterator

import pytest

from tests.servers.fake_slack import buttons_of, menus_of
from tests.stories.service import AINO, BEN, CHANNEL, Json, Town, case_of, key_of, playbook, rota, wait_for

pytestmark = pytest.mark.slow

CARE, SHOP = CHANNEL, "#some-johto"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    teams = {
        "care": {"channel": CARE, "rota": rota("aino", "ben")},
        "shop": {"channel": SHOP, "rota": rota("ben")},
    }
    kahvi = playbook("kahvi", match={})
    folder = tmp_path_factory.mktemp("menu")
    with Town(folder, playbooks=[kahvi], teams=teams, language="en") as town:
        town.start()
        yield town


def opened(town: Town, text: str) -> int:
    """The case of a new post."""
    return case_of(town.card_of(town.says("maija_k", text)))


def asked(town: Town, case: int, choice: str, user: str = AINO) -> Json:
    """Choose from the menu; gives the dialogue that opens."""
    seen = len(town.slack.views)
    town.slack.choose(case, choice, user)
    view: Json = wait_for("the dialogue", lambda: town.slack.views[seen:])[0]
    return view


def sends(town: Town, user: str = AINO, **answers: str | list[str]) -> None:
    """Send the newest dialogue; returns when it was heard."""
    sent = town.slack.submit(user, **answers)
    wait_for("the ack", lambda: sent in {ack.id for ack in town.slack.acks()})


def happened(town: Town, case: int, kind: str) -> list[Json]:
    """The events of a kind in a case's history, as `vaste case --json` tells it."""
    done = town.vaste("case", str(case), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return [event for event in json.loads(done.stdout)["events"] if event["kind"] == kind]


def test_every_choice_of_the_menu_is_there(town: Town) -> None:
    post = town.says("maija_k", "kahvi on kitkerää")
    (menu,) = menus_of(town.card_of(post))
    chosen = [option["value"] for option in menu["options"]]
    assert chosen == ["reassign", "snooze", "wrong_label", "why", "open"]


def test_who_hands_a_case_to_a_team_is_on_record_and_the_card_goes_there(town: Town) -> None:
    case = opened(town, "kahvi on loppu")
    view = asked(town, case, "reassign")
    assert "team:shop" in json.dumps(view)
    sends(town, to="team:shop")
    (event,) = wait_for("the event", lambda: happened(town, case, "reassigned"))
    assert event["actor"] == "aino"
    card = f"case:{case}:card"
    moved = wait_for(
        "the card in the other channel",
        lambda: [one for one in town.slack.messages(SHOP) if key_of(one) == f"{card}:team:shop"],
    )[0]
    old = wait_for(
        "the old card",
        lambda: [
            one
            for one in town.slack.messages(CARE)
            if key_of(one) == f"{card}:team:care" and not buttons_of(one)
        ],
    )[0]
    assert f"/p{moved['ts'].replace('.', '')}" in json.dumps(old["blocks"])
    town.presses(moved, "acknowledge", BEN)
    (event,) = wait_for("the acknowledgement", lambda: happened(town, case, "acknowledged"))
    assert event["actor"] == "ben"


def test_who_puts_a_case_off_is_on_record_with_until_when(town: Town) -> None:
    case = opened(town, "kahvi maistuu oudolta")
    asked(town, case, "snooze")
    sends(town, until="4h")
    (event,) = wait_for("the event", lambda: happened(town, case, "snoozed"))
    assert event["actor"] == "aino"
    assert "Put off" in json.dumps(
        wait_for("the card", lambda: [one for one in cards(town, case) if "Put off" in one["text"]])[0]
    )


def cards(town: Town, case: int) -> list[Json]:
    return [one for one in town.slack.messages(CARE) if key_of(one).startswith(f"case:{case}:card")]


def test_what_is_right_about_a_post_is_on_record_as_a_correction(town: Town) -> None:
    case = opened(town, "kahvi oli aivan kamalaa, paketti rikki")
    asked(town, case, "wrong_label")
    sends(town, attention="no", sentiment="positive")
    said = wait_for("the corrections", lambda: corrections(town, case))
    assert {(one["label"], one["value"], one["by"]) for one in said} >= {("sentiment", "positive", "aino")}


def corrections(town: Town, case: int) -> list[Json]:
    done = town.vaste("corrections", "--format", "json")
    return [one for one in json.loads(done.stdout or "[]") if one.get("case") == case]


def test_why_shows_the_whole_path_and_changes_nothing(town: Town) -> None:
    case = opened(town, "kahvi, miksi")
    view = asked(town, case, "why", BEN)
    assert "kahvi" in json.dumps(view["blocks"])
    assert "submit" not in view
    told = json.loads(town.vaste("case", str(case), "--json").stdout)
    assert [event["kind"] for event in told["events"] if event["actor"] != "vaste"] == []


def test_a_choice_that_is_heard_twice_is_one_event(town: Town) -> None:
    case = opened(town, "kahvi kahdesti")
    asked(town, case, "reassign")
    for _ in range(2):
        sends(town, to="ben")
    wait_for("the event", lambda: happened(town, case, "reassigned"))
    assert len(happened(town, case, "reassigned")) == 1


def test_every_choice_was_acked_within_a_second(town: Town) -> None:
    assert max(ack.latency_s or 0.0 for ack in town.slack.acks()) < 1
