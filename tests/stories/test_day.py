"""A day of the desk, told through the real service: post, card, press, reply, and what the log then says."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from casebook.event import Event, EventKind
from tests.servers.fake_slack import buttons_of
from tests.servers.fake_x import Post
from tests.stories.service import (
    AINO,
    BEN,
    CHANNEL,
    HANDLE,
    SECRETS,
    STRANGER,
    Json,
    Town,
    case_of,
    key_of,
    mentions,
    playbook,
    seconds_between,
    shows,
    wait_for,
    words_of,
)
from vaste.config import load_config
from vaste.wiring import open_store

pytestmark = pytest.mark.slow

PLAYBOOKS = [
    playbook("lasi", severity="critical", acknowledge_within="5m", respond_within="30m"),
    playbook(
        "hiljaa",
        severity="high",
        acknowledge_within="2s",
        respond_within="4s",
        escalate=[{"after": "3s", "to": "backup"}],
    ),
    playbook("kiire", respond_within="3s"),
    playbook("kahvi", acknowledge_within="5m", respond_within="1h", mandate="Saat hyvittää 50 euroon asti."),
]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with Town(tmp_path_factory.mktemp("day"), playbooks=PLAYBOOKS) as town:
        town.start()
        yield town


def row_of(town: Town, post: Post) -> Json:
    found = [row for row in town.log() if row["url"].endswith(f"/{post.id}")]
    assert len(found) == 1
    return found[0]


def events_of(town: Town, number: int) -> list[Event]:
    config = load_config(town.config, {}).config
    assert config is not None
    store = open_store(config)
    try:
        return store.events(number)
    finally:
        store.engine.dispose()


def at(instant: str) -> datetime:
    return datetime.fromisoformat(instant)


def shown(post: Post) -> datetime:
    """When a post was written, as X says it: in whole seconds."""
    return post.created_at.replace(microsecond=0)


def responded(card: Json) -> bool:
    return "Vastattu" in words_of(card)


def test_post_becomes_card_press_and_reply_and_the_log_says_how_long_the_customer_waited(town: Town) -> None:
    post = town.says("maija_k", "kahvi ei tullut perille")
    card = town.card_of(post)
    assert mentions(card, AINO)
    assert not mentions(card, BEN)
    assert "50 euroon" in words_of(card)
    town.presses(card, "acknowledge")
    town.card_when(post, lambda one: "Aino Virtanen" in words_of(one) and not mentions(one, AINO))
    reply = town.answers(post)
    town.card_when(post, responded)

    row = row_of(town, post)
    assert row["frt_s"] == row["frt_business_s"] == seconds_between(shown(post), shown(reply))
    assert (at(row["posted_at"]), at(row["responded_at"])) == (shown(post), shown(reply))
    assert row["tta_s"] == seconds_between(at(row["opened_at"]), at(row["acknowledged_at"]))
    assert (row["status"], row["breaches"], row["response_found"]) == ("responded", [], "platform")
    assert (row["acknowledged_by"], row["responded_by"]) == ("aino", HANDLE)
    assert at(row["acknowledge_by"]) == at(row["opened_at"]) + timedelta(minutes=5)
    assert at(row["respond_by"]) == shown(post) + timedelta(hours=1)
    # all of it stands in the one card
    assert [key_of(one) for one in town.cards_of(post)] == [key_of(card)]
    # and one line below it, which calls nobody, tells that the answer was found
    (told,) = town.pages_of(card)
    assert "odotti" in words_of(told)
    assert not mentions(told, AINO)


def test_silence_reaches_the_backup_at_its_time_and_each_breach_is_dated_by_its_deadline(town: Town) -> None:
    post = town.says("otto", "hiljaa on, vastaako kukaan")
    card = town.card_of(post)
    called = wait_for("Ben's page", lambda: [one for one in town.pages_of(card) if mentions(one, BEN)])
    # high severity: the channel below the card, and Ben himself
    wait_for("Ben's direct message", lambda: town.slack.messages(BEN))
    town.card_when(post, lambda one: "eikä kukaan ottanut tätä" in words_of(one), what="the end of the chain")

    row = row_of(town, post)
    opened_at = at(row["opened_at"])
    paged_at = datetime.fromtimestamp(float(called[0]["ts"]), opened_at.tzinfo)
    assert timedelta(seconds=3) <= paged_at - opened_at < timedelta(seconds=15)
    assert (row["status"], row["escalations"], row["acknowledged_at"]) == ("open", 1, None)
    assert row["breaches"] == ["acknowledge", "respond"]
    told = [event for event in events_of(town, row["case"]) if event.kind is EventKind.BREACHED]
    assert {event.facts["clock"]: event.happened_at for event in told} == {
        "acknowledge": opened_at + timedelta(seconds=2),
        "respond": shown(post) + timedelta(seconds=4),
    }
    direct = [
        key_of(one)
        for user in (AINO, BEN)
        for one in town.slack.messages(user)
        if case_of(one) == row["case"]
    ]
    assert len(direct) == len(set(direct)) == 2


def test_a_reply_found_late_but_posted_in_time_takes_the_breach_back(town: Town) -> None:
    post = town.says("pia", "kiire olisi")
    town.card_when(post, lambda one: "ylittyi" in words_of(one), what="the breach on the card")
    town.x.post(
        HANDLE,
        "@pia Heti!",
        reply_to=post.id,
        created_at=post.created_at + timedelta(seconds=2),
        visible_at=town.x.now(),
    )
    town.card_when(post, responded)
    row = row_of(town, post)
    assert (row["breaches"], row["frt_s"]) == ([], 2)
    kinds = [event.kind for event in events_of(town, row["case"])]
    assert kinds.count(EventKind.BREACHED) == kinds.count(EventKind.BREACH_WITHDRAWN) == 1


def test_somebody_nobody_knows_may_take_a_case_and_is_recorded_by_id(town: Town) -> None:
    post = town.says("lauri", "kahvi loppui kesken")
    town.presses(town.card_of(post), "acknowledge", STRANGER)
    wait_for("the word to the stranger", lambda: town.slack.ephemerals)
    assert [(told["user"], STRANGER in told["text"]) for told in town.slack.ephemerals] == [(STRANGER, True)]
    row = row_of(town, post)
    assert (row["status"], row["acknowledged_by"]) == ("acknowledged", STRANGER)


@pytest.mark.parametrize(("action", "status"), [("dismiss", "dismissed"), ("close", "closed")])
def test_an_untaken_case_is_ended_and_taken_by_one_press(town: Town, action: str, status: str) -> None:
    post = town.says(f"{action}_d", "kahvi on kahvi")
    card = town.card_of(post)
    town.presses(card, action, BEN, times=3)
    town.card_when(post, lambda one: [button["action_id"] for button in buttons_of(one)] == ["reopen"])
    row = row_of(town, post)
    assert (row["status"], row["acknowledged_by"], row["closed_at"] is not None) == (
        status,
        "ben",
        status == "closed",
    )
    kinds = [event.kind.value for event in events_of(town, row["case"])]
    assert (kinds.count("acknowledged"), kinds.count(status)) == (1, 1)


def test_a_pressed_reply_is_manual_and_its_place_is_asked(town: Town) -> None:
    post = town.says("sanna", "kahvi maistuu palaneelta")
    card = town.card_of(post)
    asked = len(town.slack.views)
    town.presses(card, "replied")
    wait_for("the question where", lambda: len(town.slack.views) > asked)
    town.slack.answer("direct")
    row = wait_for("the answer", lambda: _placed_row(town, post))
    assert (row["status"], row["response_found"], row["responded_by"]) == ("responded", "manual", "aino")
    assert (row["acknowledged_by"], row["tta_s"]) == ("aino", row["team_frt_s"])


def _placed_row(town: Town, post: Post) -> Json | None:
    number = case_of(town.card_of(post))
    placed = [event for event in events_of(town, number) if event.kind is EventKind.PLACED]
    assert [event.facts["where"] for event in placed] in ([], ["direct"])
    return row_of(town, post) if placed else None


def test_a_graver_follow_up_raises_the_case_and_pages_anew(town: Town) -> None:
    post = town.says("tiina", "kahvi myöhästyi")
    card = town.card_of(post)
    town.presses(card, "acknowledge", BEN)
    further = town.says("tiina", "ja purkissa oli lasi!", reply_to=post.id)
    pages = wait_for("the new page", lambda: [one for one in town.pages_of(card) if "thread_ts" in one])
    assert [(page["thread_ts"], mentions(page, AINO)) for page in pages] == [(card["ts"], True)]
    wait_for("Aino's direct message", lambda: [one for one in town.slack.messages(AINO) if shows(one, post)])
    row = row_of(town, post)
    assert (row["playbook"], row["severity"], row["mentions"], row["status"]) == (
        "lasi",
        "critical",
        2,
        "open",
    )
    assert at(row["respond_by"]) == shown(further) + timedelta(minutes=30)
    assert row["acknowledged_by"] == "ben"


def test_a_mention_answered_already_is_logged_and_alerts_nobody(town: Town) -> None:
    now = town.x.now()
    post = town.says("ville", "kahvi loppu?", created_at=now, visible_at=now + timedelta(seconds=5))
    town.x.post(HANDLE, "@ville Tulossa!", reply_to=post.id, created_at=now + timedelta(seconds=2))
    rows: list[dict[str, Any]] = wait_for(
        "the row", lambda: [row for row in town.log() if row["url"].endswith(f"/{post.id}")]
    )
    [row] = rows
    assert (row["status"], row["frt_s"], row["alerted_at"], row["team_frt_s"]) == ("responded", 2, None, None)
    assert row["acknowledge_by"] is None
    assert town.cards_of(post) == []
    assert [one for one in town.slack.messages(CHANNEL) if case_of(one) == row["case"]] == []


def test_every_one_of_eight_posts_at_once_gets_one_card(town: Town) -> None:
    posts = [town.says(f"joku{number}", f"kahvi {number}") for number in range(8)]
    for post in posts:
        town.card_of(post, within=60)
    assert [len(town.cards_of(post)) for post in posts] == [1] * 8


def test_what_the_service_wrote_is_json_without_tokens_and_without_posts(tmp_path: Path) -> None:
    with Town(tmp_path, people_figures=True) as town:  # for what? a warning
        run = town.start()
        assert "people_figures" in run.told("configuration")[0]["problem"]
        post = town.says("maija_k", "salaisuus kahvipurkissa")
        town.presses(town.card_of(post), "acknowledge")
        town.slack.fail_next("chat.update", status=500, error="internal_error", times=1)
        town.answers(post, "vastauksemme")
        town.card_when(post, responded)
        run.stop()
        assert [line["event"] for line in run.lines if line["event"].startswith("vaste ")] == [
            "vaste runs",
            "vaste stops",
            "vaste stopped",
        ]
        assert run.told("trouble")
        for word in (*SECRETS, "salaisuus", "vastauksemme"):
            assert word not in run.text
