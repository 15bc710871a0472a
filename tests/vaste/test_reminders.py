"""A person of whom several cases want something at once gets one direct message, with a line for each."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from casebook.act import Act
from casebook.store import Store
from notifier.channel import Press
from tests.servers.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack, buttons_of
from tests.vaste.shelf import CONFIG, Shelf, open_shelf
from vaste.pressing import file_act

CARE, AINO, BEN = "#some-asiakaspalvelu", "U0123", "U0124"
FIVE = range(1, 6)


class Death(BaseException):
    """As if the power had failed: nothing in the program catches it."""


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(messages_per_second=None) as slack:
        yield slack


@pytest.fixture
def shelf(tmp_path: Path, slack: FakeSlack) -> Iterator[Shelf]:
    """Five urgent cases that Aino has."""
    channels = [{"kind": "slack", "bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "api_url": slack.api_url}]
    config = (
        CONFIG.replace("{rota: {people: [aino, ben]}}", f'{{channel: "{CARE}", rota: {{people: [aino]}}}}')
        .replace(
            "    respond_within: 4h\n", "    respond_within: 50m\n    severity: high\n    ask_after: 30m\n"
        )
        .replace("U0AINO", AINO)
        .replace("U0BEN", BEN)
        .replace("language: fi", "language: en")
        + f"channels: {json.dumps(channels)}\n"
    )
    shelf = open_shelf(tmp_path, config=config)
    for channel in shelf.jobs.channels:  # this Slack has no limits, and nobody waits for them here
        setattr(channel, "costs", lambda _: ())  # noqa: B010 - a method, for this object alone
    for number in FIVE:
        url = f"https://x.com/c{number}/status/{number}"
        shelf.post(id=str(number), author=f"c{number}", url=url)
    shelf.turn(seconds=20)
    shelf.file()
    for number in FIVE:
        shelf.press(number, "acknowledge", AINO)
    shelf.jobs.deliver()
    yield shelf
    shelf.close()


def promise_all(shelf: Shelf, due: timedelta = timedelta(minutes=20)) -> None:
    now = shelf.clock.now()
    for number in FIVE:
        act = Act(number, "promise", "aino", now, what="send", due_at=now + due)
        file_act(act, shelf.jobs.store, shelf.jobs.desk, now=now)


def tick(shelf: Shelf) -> None:
    shelf.jobs.watch()
    shelf.jobs.deliver()


def direct(slack: FakeSlack, person: str = AINO) -> list[dict[str, Any]]:
    return slack.messages(person)


def words(message: dict[str, Any]) -> str:
    """All that a message says, line by line, each address after the words that open it."""
    return "\n".join(_line(part) for block in message["blocks"] for part in block.get("elements", [block]))


def _line(part: dict[str, Any]) -> str:
    spans = part.get("elements", [part.get("text", {})])
    return "".join(f"{span.get('text', '')}{span.get('url', '')}" for span in spans if isinstance(span, dict))


def test_five_promises_that_are_due_are_one_message_with_five_lines_and_links(
    shelf: Shelf, slack: FakeSlack
) -> None:
    promise_all(shelf)
    before = len(direct(slack))
    shelf.turn(minutes=20)
    tick(shelf)
    (told,) = direct(slack)[before:]
    assert told["text"] == f"<@{AINO}> – 5 of your cases need you now:"
    for number in FIVE:
        assert f"Case {number}: what the customer was promised is due now." in words(told)
        assert f"https://x.com/c{number}/status/{number}" in words(told)
    tick(shelf)
    assert len(direct(slack)) == before + 1
    assert shelf.jobs.store.deliveries().keys() == {"sent", "withdrawn"}, "the first calls were not needed"


def test_one_that_was_kept_before_it_could_be_told_is_no_line(shelf: Shelf, slack: FakeSlack) -> None:
    promise_all(shelf)
    before = len(direct(slack))
    shelf.turn(minutes=20)
    shelf.jobs.watch()
    for number in (1, 4):
        file_act(
            Act(number, "keep", "aino", shelf.clock.now()),
            shelf.jobs.store,
            shelf.jobs.desk,
            now=shelf.clock.now(),
        )
    shelf.jobs.deliver()
    (told,) = direct(slack)[before:]
    assert [f"Case {number}:" in words(told) for number in FIVE] == [False, True, True, False, True]


def test_one_alone_comes_in_full(shelf: Shelf, slack: FakeSlack) -> None:
    now = shelf.clock.now()
    act = Act(3, "promise", "aino", now, what="send", due_at=now + timedelta(minutes=20))
    file_act(act, shelf.jobs.store, shelf.jobs.desk, now=now)
    before = len(direct(slack))
    shelf.turn(minutes=20)
    tick(shelf)
    (told,) = direct(slack)[before:]
    assert "Missä tilaukseni on?" in words(told)


def test_what_asks_something_carries_its_answers_and_they_answer(shelf: Shelf, slack: FakeSlack) -> None:
    before = len(direct(slack))
    shelf.turn(minutes=31)
    tick(shelf)
    (told,) = direct(slack)[before:]
    still = [button for button in buttons_of(told) if button["action_id"] == "acknowledge"]
    assert [button["value"] for button in still] == [str(number) for number in FIVE]
    shelf.jobs.press(Press(int(still[3]["value"]), "acknowledge", AINO))
    kinds = [event.kind.value for event in shelf.jobs.store.events(4)]
    assert kinds[-1] == "confirmed"


def test_a_snooze_that_ends_and_a_promise_come_together(shelf: Shelf, slack: FakeSlack) -> None:
    now = shelf.clock.now()
    shelf.jobs.press(Press(1, "snooze", AINO, "15m"))
    act = Act(2, "promise", "aino", now, what="call", due_at=now + timedelta(minutes=15))
    file_act(act, shelf.jobs.store, shelf.jobs.desk, now=now)
    before = len(direct(slack))
    shelf.turn(minutes=15)
    tick(shelf)
    (told,) = direct(slack)[before:]
    assert "Case 1 is back" in words(told)
    assert "Case 2: what the customer was promised" in words(told)


def test_warnings_stay_below_their_cards(shelf: Shelf, slack: FakeSlack) -> None:
    shelf.turn(minutes=26)  # of the fifty that there are
    shelf.jobs.watch()
    shelf.jobs.deliver()
    warned = [one for one in slack.messages(CARE) if "50%" in one["text"]]
    assert len({one["thread_ts"] for one in warned}) == len(warned) == 5


@pytest.mark.parametrize("point", ["watched", "claimed delivery", "sent", "marked"])
@pytest.mark.parametrize("nth", [1, 3])
def test_killed_anywhere_each_is_told_once(shelf: Shelf, slack: FakeSlack, point: str, nth: int) -> None:
    promise_all(shelf)
    before = len(direct(slack))
    shelf.turn(minutes=20)
    passed = 0

    def crash(name: str) -> None:
        nonlocal passed
        passed += name == point
        if name == point and passed == nth:
            raise Death

    shelf.jobs.crash = crash
    with pytest.raises(Death):
        tick(shelf)
    store: Store = shelf.jobs.store
    store.release_leases(lambda name: name == store.holder)
    tick(shelf)
    (told,) = direct(slack)[before:]
    assert [words(told).count(f"Case {number}:") for number in FIVE] == [1] * 5
    assert shelf.jobs.store.deliveries().keys() == {"sent", "withdrawn"}, "the first calls were not needed"


def test_where_slack_s_answer_is_lost_the_message_is_found_and_not_repeated(
    shelf: Shelf, slack: FakeSlack
) -> None:
    promise_all(shelf)
    before = len(direct(slack))
    shelf.turn(minutes=20)
    shelf.jobs.watch()
    slack.reset_after_accepting("chat.postMessage")
    shelf.jobs.deliver()
    shelf.turn(minutes=1)
    shelf.jobs.deliver()
    assert len(direct(slack)) == before + 1
    assert shelf.jobs.store.deliveries().keys() == {"sent", "withdrawn"}, "the first calls were not needed"


def test_a_case_that_can_not_be_read_is_left_out_and_the_others_are_told(
    shelf: Shelf, slack: FakeSlack
) -> None:
    promise_all(shelf)
    before = len(direct(slack))
    shelf.turn(minutes=20)
    shelf.jobs.watch()
    with shelf.jobs.store.writing() as session:
        session.connection().exec_driver_sql("UPDATE event SET kind = '?' WHERE \"case\" = 3 AND line = 2")
    shelf.jobs.deliver()
    (told,) = direct(slack)[before:]
    assert [f"Case {number}:" in words(told) for number in FIVE] == [True, True, False, True, True]
    assert [problem.key for problem in shelf.jobs.store.problems()] == ["case:3"]
