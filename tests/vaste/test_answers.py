"""Which of our posts answers whom, on the record: filed, ruled upon and matched in any order of arrival."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casebook.db import open_engine
from casebook.event import EventKind
from casebook.mention import Author, Batch, Mention, Reply
from casebook.record import Change
from casebook.store import Store
from tests.fakes import ANGRY, HOUR, MINUTE, NOON, THANKS, act, at, desk
from tests.record import put_record
from vaste.chain import carry_out, follow, look_at, watch
from vaste.desk import Desk
from vaste.ruling import rule

NOW = 600
"""Everything is seen ten hours after the first post: what was due is decided by instants alone."""
FIGURES = ("posted_at", "responded_at", "responded_by", "response_found", "frt_s", "breaches", "mentions")


@dataclass
class Place:
    """One network of its own on a record that tests share."""

    store: Store
    network: str
    desk: Desk = field(default_factory=desk)

    def mention(self, id_: str, minutes: float, **more: Any) -> Mention:
        """A post of Maija's, angry unless its text is `kiitos`."""
        given: dict[str, Any] = {
            "network": self.network,
            "id": id_,
            "author": Author("maija_k"),
            "text": "missä paketti",
            "posted_at": at(minutes),
            "conversation": "c1",
        }
        return Mention(**(given | more))

    def reply(self, id_: str, minutes: float, to: str | None, **more: Any) -> Reply:
        given: dict[str, Any] = {
            "network": self.network,
            "id": id_,
            "account": "ainokahvi",
            "text": "Hei!",
            "posted_at": at(minutes),
            "conversation": "c1",
            "in_reply_to": to,
        }
        return Reply(**(given | more))

    def arrive(self, *posts: Mention | Reply, now: float = NOW) -> None:
        """Let posts come in one poll, and everything that follows from them happen."""
        source = self.store.source(self.network, kind="file", network=self.network, now=NOON - HOUR)
        claimed = self.store.claim_source(source.name, now=at(now), lease=MINUTE)
        assert claimed is not None
        batch = Batch(
            mentions=tuple(post for post in posts if isinstance(post, Mention)),
            replies=tuple(post for post in posts if isinstance(post, Reply)),
        )
        self.store.file(claimed, batch, now=at(now), backfill=None)
        self.store.finish_look(claimed, now=at(now), failures=0, retry_at=None)
        self._triage(now)
        self._match(now)

    def _triage(self, now: float) -> None:
        for mention in self.store.claim_unjudged(now=at(now), lease=MINUTE, limit=100):
            verdict = THANKS if mention.text == "kiitos" else ANGRY
            decide = partial(rule, verdict=verdict, desk=self.desk, now=at(now))
            self.store.rule(mention, verdict, decide, configuration="f1", now=at(now))

    def _match(self, now: float) -> None:
        for number in self.store.touched_cases():
            self.store.match(number, lambda case: follow(case, Change(), self.desk, now=at(now)), now=at(now))

    def numbers(self) -> list[int]:
        """The cases of this place, the oldest first."""
        return [row["case"] for row in self.rows()]

    def rows(self, now: float = NOW) -> list[dict[str, Any]]:
        return [row for row in self.store.log(now=at(now)) if row["source"] == self.network]

    def row(self, now: float = NOW) -> dict[str, Any]:
        [row] = self.rows(now)
        return row


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    file = put_record(tmp_path_factory.mktemp("answers") / "vaste.db")
    engine = open_engine(f"sqlite:///{file}", is_kept=False)
    yield Store(engine, look_at=look_at, holder="tests")
    engine.dispose()


_PLACES = itertools.count(1)


def place_on(store: Store) -> Place:
    return Place(store, f"file:place{next(_PLACES)}")


@pytest.fixture
def place(store: Store) -> Place:
    return place_on(store)


@pytest.mark.parametrize(
    ("reply", "answers", "why"),
    [
        ({"to": "1"}, True, "replies to the customer"),
        ({"to": None, "quotes": "1"}, True, "quotes the customer"),
        ({"to": "2"}, True, "replies to another post of theirs in the conversation"),
        ({"to": "1", "automated": True}, False, "automated posts are no responses"),
        ({"to": "9"}, False, "replies to another customer"),
        ({"to": None}, False, "answers nobody: a post of our own"),
        ({"to": "77"}, False, "replies to what nobody has seen"),
        ({"to": "1", "minutes": 0}, True, "at the instant of the post"),
        ({"to": "1", "minutes": -0.001}, False, "earlier than the customer's first post"),
    ],
)
@pytest.mark.parametrize("first", ["post", "reply", "together"])
def test_which_of_our_posts_answers(
    *, place: Place, reply: dict[str, Any], answers: bool, why: str, first: str
) -> None:
    ours = place.reply("90", **({"minutes": 20} | reply))
    theirs = [
        place.mention("1", 0),
        place.mention("2", 10, in_reply_to="1"),
        place.mention("9", 5, author=Author("pekka"), in_reply_to="1"),
    ]
    polls: dict[str, list[Sequence[Mention | Reply]]] = {
        "post": [theirs, [ours]],
        "reply": [[ours], theirs],
        "together": [[ours, *theirs]],
    }
    for poll in polls[first]:
        place.arrive(*poll)
    [row] = [row for row in place.rows() if row["author"] == "maija_k"]
    assert row["responded_at"] == (ours.posted_at if answers else None), why
    assert row["author"] == "maija_k"
    assert len(place.rows()) == 1, "a third person's grumble in her conversation opens no case"


def test_without_a_conversation_it_is_the_root_of_the_reply_chain(place: Place) -> None:
    place.arrive(place.reply("90", 20, "1", conversation=None))
    place.arrive(place.mention("2", 10, conversation=None, in_reply_to="1"))
    place.arrive(place.mention("1", 0, conversation=None))
    row = place.row()
    assert (row["posted_at"], row["responded_at"], row["mentions"]) == (at(0), at(20), 2)


def test_the_reply_of_an_edited_post_answers_it_by_any_of_its_ids(place: Place) -> None:
    edited = replace(place.mention("2", 0), edit_ids=("1", "2"))
    place.arrive(edited, place.reply("90", 20, "1"))
    assert place.row()["frt_s"] == 20 * 60


def test_a_customer_answered_in_public_is_logged_to_the_second(place: Place) -> None:
    place.arrive(place.mention("1", 0), now=2)
    place.arrive(place.reply("90", 61.5, "1"), now=70)
    row = place.row()
    assert (row["frt_s"], row["team_frt_s"], row["response_found"]) == (3690, 3570, "platform")
    assert (row["status"], row["acknowledged_at"], row["tta_s"]) == ("responded", None, None)


def test_a_post_answered_before_its_case_opened_owes_nobody_a_message(place: Place) -> None:
    before = place.store.deliveries().get("due", 0)
    place.arrive(place.mention("1", 0), place.reply("90", 20, "1"))
    row = place.row()
    assert (row["status"], row["team_frt_s"], row["breaches"]) == ("responded", None, [])
    assert place.store.deliveries().get("due", 0) == before


def test_an_answer_to_the_second_of_two_posts_seen_at_once_owes_nobody_a_message(place: Place) -> None:
    before = place.store.deliveries().get("due", 0)
    second = place.mention("2", 4, in_reply_to="1")
    place.arrive(place.mention("1", 0), second, place.reply("90", 20, "2"))
    row = place.row()
    assert (row["status"], row["frt_s"], row["mentions"]) == ("responded", 1200, 2)
    assert row["acknowledge_by"] is None
    assert place.store.deliveries().get("due", 0) == before


def test_a_reply_found_late_but_posted_in_time_takes_its_breach_back(place: Place) -> None:
    place.arrive(place.mention("1", 0), now=1)
    [number] = place.numbers()
    place.store.change(number, lambda case: watch(case, place.desk, now=at(200)), now=at(200))
    assert place.row(200)["breaches"] == ["acknowledge", "respond"]
    place.arrive(place.reply("90", 16, "1"), now=201)
    assert place.row(201)["breaches"] == []
    withdrawn = [event for event in place.store.events(number) if event.kind is EventKind.BREACH_WITHDRAWN]
    assert {event.facts["clock"] for event in withdrawn} == {"acknowledge", "respond"}


@pytest.mark.parametrize(("verb", "status"), [("close", "closed"), ("dismiss", "dismissed")])
def test_a_reply_found_after_the_end_dates_the_response_and_leaves_the_status(
    place: Place, verb: str, status: str
) -> None:
    place.arrive(place.mention("1", 0), now=1)
    [number] = place.numbers()
    press = replace(act(verb, 10), case=number)
    place.store.change(number, lambda case: carry_out(case, press, place.desk, now=at(10))[1], now=at(10))
    place.arrive(place.reply("90", 5, "1"), now=20)
    row = place.row()
    assert (row["status"], row["responded_at"], row["frt_s"]) == (status, at(5), 300)


def test_a_post_too_late_to_reopen_opens_a_case_of_its_own_with_a_clock_of_its_own(place: Place) -> None:
    month = 30 * 24 * 60
    place.arrive(place.mention("1", 0), place.reply("90", 5, "1"), now=10)
    [number] = place.numbers()
    place.store.change(number, lambda case: watch(case, place.desk, now=at(month)), now=at(month))
    place.arrive(place.mention("2", month, in_reply_to="90"), now=month + 1)
    first, second = place.rows(month + 2)
    assert (first["status"], first["closed_at"], first["frt_s"]) == ("closed", at(5), 300)
    assert (second["status"], second["posted_at"], second["responded_at"]) == ("open", at(month), None)


POSTS = st.lists(
    st.tuples(st.sampled_from(["angry", "kiitos", "ours", "automated"]), st.integers(0, 20), st.integers(0, 6)),
    min_size=1,
    max_size=6,
)  # fmt: skip


def written(place: Place, posts: Sequence[tuple[str, int, int]]) -> list[Mention | Reply]:
    """Maija's first post at noon, then these: (who, ten minutes after noon, which post it replies to)."""
    found: list[Mention | Reply] = [place.mention("0", 0)]
    for number, (who, tens, to) in enumerate(posts, start=1):
        target = str(min(to, number - 1))
        if who in {"ours", "automated"}:
            found.append(place.reply(str(number), tens * 10, target, automated=who == "automated"))
        else:
            text = "kiitos" if who == "kiitos" else "missä paketti"
            found.append(place.mention(str(number), tens * 10, text=text, in_reply_to=target))
    return found


@given(POSTS, st.data())
@settings(max_examples=25)
def test_the_order_of_arrival_changes_no_figure_of_the_log(
    store: Store, posts: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    one, other = place_on(store), place_on(store)
    one.arrive(*written(one, posts))
    for post in data.draw(st.permutations(written(other, posts))):
        other.arrive(post)
    found, again = one.row(), other.row()
    assert {name: found[name] for name in FIGURES} == {name: again[name] for name in FIGURES}
