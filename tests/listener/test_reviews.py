"""The reviews source, before real sockets: our own form and Apple's, whole, broken and hostile."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

import listener.reviews
from casebook.mention import Batch, Blindness, Json, Mention
from listener.reviews import ReviewsSettings, ReviewsSource
from listener.reviews_read import NoReviews, read_page
from listener.source import SourceUnavailable
from tests.servers.fake_web import FakeWeb

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SECRET = "very-secret-token"


def review(named: str, *, days_ago: float = 0.0, **keys: Any) -> dict[str, Any]:
    at = START - timedelta(days=days_ago)
    return {
        "id": named,
        "author": "caro",
        "rating": 2,
        "text": "Ei toimi.",
        "posted_at": at.isoformat(),
        **keys,
    }


class World:
    """A shop with pages of reviews, a clock, and the source under test."""

    def __init__(self) -> None:
        self.now = START
        self.web = FakeWeb()
        self.web.__enter__()
        self.cursor: Json = {}
        self.sources: list[ReviewsSource] = []

    def put(self, *pages: list[dict[str, Any]]) -> None:
        for number, reviews in enumerate(pages):
            following = f"/{number + 1}?token={SECRET}" if number + 1 < len(pages) else None
            self.web.put(f"/{number}", json.dumps({"reviews": reviews, "next": following}))

    def source(self, **keys: Any) -> ReviewsSource:
        written = {
            "name": "kauppa",
            "url": f"{self.web.url}/0?token={SECRET}",
            "account": "ainokahvi",
            **keys,
        }
        source = ReviewsSource(ReviewsSettings.model_validate(written))
        self.sources.append(source)
        return source

    def look(self, source: ReviewsSource) -> Batch:
        batch = source.fetch(json.loads(json.dumps(self.cursor)), since=START, now=self.now)
        self.cursor = batch.cursor
        assert SECRET not in f"{self.cursor} {batch}"
        return batch

    def paths(self) -> list[str]:
        asked = [path.partition("?")[0] for path in self.web.paths()]
        self.web.asked.clear()
        return asked

    def close(self) -> None:
        for source in self.sources:
            source.close()
        self.web.stop()


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("url", f"ftp://{SECRET}"),
        ("headers", {"Authorization": f"Bearer {SECRET}\r\nX-Evil: 1"}),
        ("headers", {"Authorization": ""}),
        ("headers", {"Host": SECRET}),
        ("headers", {"a b": SECRET}),
        ("headers", SECRET),
    ],
)
def test_a_wrong_key_is_named_without_its_secret(key: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        ReviewsSettings.model_validate({"name": "kauppa", "url": "https://a.example/", key: value})
    assert key in str(refused.value)
    assert SECRET not in str(refused.value)


def test_a_review_keeps_its_stars_and_everything_else(world: World) -> None:
    written = review("1", title="Ei aukea", language="fi", url="https://kauppa.example/1", version="2.1")
    world.put([written])
    (found,) = world.look(world.source(headers={"X-Key": SECRET})).mentions
    assert (found.network, found.id, found.author.handle) == ("reviews:kauppa", "1", "caro")
    assert (found.text, found.rating, found.language) == ("Ei aukea\n\nEi toimi.", 2.0, "fi")
    assert (found.url, found.posted_at) == ("https://kauppa.example/1", START)
    assert world.web.asked[0].headers["x-key"] == SECRET


def test_the_companys_answer_is_a_reply_that_stops_the_clock(world: World) -> None:
    source = world.source(autoreplies=["^Kiitos arviostasi"])
    world.put([review("1"), review("2")])
    assert world.look(source).replies == ()
    world.now += timedelta(hours=2)
    answered = (START + timedelta(hours=1)).isoformat()
    world.put(
        [
            review("1", reply={"text": "Korjasimme!", "posted_at": answered}),
            review("2", reply={"text": "Kiitos arviostasi!", "posted_at": None}),
        ]
    )
    batch = world.look(source)
    assert batch.mentions == ()
    by_person, by_machine = batch.replies
    assert (by_person.account, by_person.in_reply_to, by_person.automated) == ("ainokahvi", "1", False)
    assert by_person.posted_at == START + timedelta(hours=1)
    assert (by_machine.automated, by_machine.posted_at) == (
        True,
        world.now,
    )  # undated: when it was first seen
    assert world.look(source).replies == ()


def test_an_edited_review_comes_again_under_the_same_id(world: World) -> None:
    source = world.source()
    world.put([review("1")])
    world.look(source)
    world.put([review("1", text="Nyt toimii!", rating=5)])
    (edited,) = world.look(source).mentions
    assert (edited.id, edited.text, edited.rating) == ("1", "Nyt toimii!", 5.0)


def test_pages_are_read_to_what_is_known_and_no_longer_young(world: World) -> None:
    source = world.source(overlap="2d")
    pages = [
        [review("4", days_ago=1)],
        [review("3", days_ago=1.5)],
        [review("2", days_ago=3)],
        [review("1", days_ago=4)],
    ]
    world.put(*pages)
    first = world.look(source)
    assert [mention.id for mention in first.mentions] == [
        "4",
        "3",
        "2",
    ]  # what is older than overlap is not asked for
    assert world.paths() == ["/0", "/1", "/2"]
    assert world.look(source).mentions == ()
    assert world.paths() == ["/0", "/1", "/2"]  # answers to young ones are looked for
    world.now += timedelta(days=5)
    world.put([review("5", days_ago=-5)], *pages)
    assert [mention.id for mention in world.look(source).mentions] == ["5"]
    assert world.paths() == ["/0", "/1"]


def test_many_pages_are_given_batch_by_batch_and_an_unfiled_batch_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener.reviews, "PAGES_A_BATCH", 2)
    world.put(*([review(str(number))] for number in range(5)))
    source = world.source()
    first = world.look(source)
    before = world.cursor
    world.look(source)  # and the process dies before it is filed
    world.cursor = before
    again = [world.look(source)]
    while again[-1].more:
        again.append(world.look(source))
    seen = {mention.id for batch in [first, *again] for mention in batch.mentions}
    assert seen == {"0", "1", "2", "3", "4"}
    assert "rest" not in world.cursor


def test_pages_that_lead_in_a_circle_or_on_for_ever_come_to_an_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.web.put("/0", json.dumps({"reviews": [review("1")], "next": f"/0?token={SECRET}"}))
    assert not world.look(world.source()).more
    monkeypatch.setattr(listener.reviews, "MOST_PAGES", 10)
    world.put(*([review(str(number))] for number in range(12)))
    world.cursor = {}
    assert "more than 10 pages" in world.look(world.source()).troubles[0].message


def test_a_page_that_fails_later_leaves_the_place_and_gives_what_was_read(world: World) -> None:
    source = world.source()
    world.put([review("2")], [review("1")])
    world.web.put("/1", status=503, Retry_After="60")
    batch = world.look(source)
    assert [mention.id for mention in batch.mentions] == ["2"]
    assert (batch.troubles[0].retry_at, batch.cursor) == (START + timedelta(minutes=1), {})
    assert ([trouble.lane for trouble in batch.troubles], batch.lanes) == (["all"], ()), (
        "one lane, not watched"
    )
    world.put([review("2")], [review("1")])
    assert {mention.id for mention in world.look(source).mentions} == {"1", "2"}


def test_the_next_page_may_not_lead_inside_and_learns_no_token(world: World) -> None:
    with FakeWeb() as other:
        other.put("/x", "{}")
        world.web.put("/0", json.dumps({"reviews": [review("1")], "next": other.url + "/x"}))
        batch = world.look(world.source(headers={"X-Key": SECRET}))
        assert "inside" in batch.troubles[0].message
        assert other.asked == []


def test_a_refused_token_is_told_as_one(world: World) -> None:
    world.web.put("/0", status=401)
    source = world.source()
    with pytest.raises(SourceUnavailable) as failed:
        world.look(source)
    assert failed.value.reason is Blindness.AUTHORISATION
    assert len(source.check()) == 1


@pytest.mark.parametrize(
    "body",
    ["", "<html>", "[]", "7", "null", "{}", '{"reviews": {}}', '{"feed": 7}', "[" * 100_000, b"\xff\xfe"],
)
def test_what_is_no_page_of_reviews_is_said_to_be_none(body: str | bytes) -> None:
    with pytest.raises(NoReviews):
        read_page(body if isinstance(body, bytes) else body.encode(), url="https://a.example/")


@pytest.mark.parametrize(
    ("wrong", "blamed"),
    [
        ({"id": None}, "id"),
        ({"id": True}, "id"),
        ({"id": "x" * 401}, "id"),
        ({"author": ["x"]}, "author"),
        ({"rating": 6}, "rating"),
        ({"rating": "5"}, "rating"),
        ({"rating": float("nan")}, "rating"),
        ({"text": 7}, "text"),
        ({"posted_at": "eilen"}, "posted_at"),
        ({"posted_at": "2026-11-02T09:00:00"}, "posted_at"),
        ({"posted_at": 1_793_610_000}, "posted_at"),
        ({"url": {}}, "url"),
        ({"reply": "x"}, "reply"),
        ({"reply": {"text": 7}}, "reply.text"),
    ],
)
def test_a_review_of_wrong_types_is_named_and_the_others_are_read(wrong: dict[str, Any], blamed: str) -> None:
    page = read_page(
        json.dumps({"reviews": [review("1", **wrong), review("2"), 7]}).encode(), url="https://a.example/"
    )
    assert [found.id for found in page.reviews] == ["2"]
    assert page.rejected[0].startswith(f"review 1 of a page: {blamed}: ")
    assert page.rejected[1] == "review 3 of a page: is no object" or "review 3" in page.rejected[1]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"title": "Hyvä", "text": "Hyvä"}, "Hyvä"),
        ({"title": "Hyvä", "text": None}, "Hyvä"),
        ({"title": None, "text": "", "rating": 2}, "★★☆☆☆"),
        ({"title": None, "text": None, "rating": None}, "?"),
    ],
)
def test_words_are_title_and_text_or_else_the_stars(keys: dict[str, Any], words: str) -> None:
    (found,) = read_page(
        json.dumps({"reviews": [review("1", **keys)]}).encode(), url="https://a.example/"
    ).reviews
    assert found.words == words


def test_links_of_other_schemes_ids_as_numbers_and_times_to_come(world: World) -> None:
    world.put([review("1", url="javascript:alert(1)", id=17, author=5, days_ago=-3)])
    (found,) = world.look(world.source()).mentions
    assert (found.url, found.id, found.author.handle, found.posted_at) == (None, "17", "5", START)


# Apple's form


def apples(*entries: object) -> bytes:
    feed: dict[str, Any] = {"author": {"name": {"label": "iTunes Store"}}}
    if entries:
        feed["entry"] = list(entries) if len(entries) > 1 else entries[0]
    return json.dumps({"feed": feed}).encode()


APPLES = {
    "author": {
        "uri": {"label": "https://itunes.apple.com/fi/reviews/id1"},
        "name": {"label": "caro"},
        "label": "",
    },
    "updated": {"label": "2026-11-02T01:00:00-07:00"},
    "im:rating": {"label": "2"},
    "im:version": {"label": "3.4.3"},
    "id": {"label": "6290024630"},
    "title": {"label": "Ei aukea"},
    "content": {"label": "Päivityksen jälkeen.", "attributes": {"type": "text"}},
    "link": {
        "attributes": {
            "rel": "related",
            "href": "https://itunes.apple.com/fi/review?id=1&type=Purple%20Software",
        }
    },
}
APPLES_URL = "https://itunes.apple.com/fi/rss/customerreviews/page={}/id=1/sortby=mostrecent/json"


def test_apples_reviews_are_read_and_the_app_itself_is_none() -> None:
    app = {
        "im:name": {"label": "Aino Kahvi"},
        "id": {"label": "https://apps.apple.com/1"},
        "title": {"label": "x"},
    }
    page = read_page(apples(app, APPLES), url=APPLES_URL.format(1))
    (found,) = page.reviews
    assert (found.id, found.author, found.rating) == ("6290024630", "caro", 2.0)
    assert found.posted_at == datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
    assert found.words == "Ei aukea\n\nPäivityksen jälkeen."
    assert page.rejected == ()
    assert found.link is not None


@pytest.mark.parametrize(
    ("url", "body", "following"),
    [
        (APPLES_URL.format(1), apples(APPLES, APPLES), APPLES_URL.format(2)),
        (APPLES_URL.format(1), apples(APPLES), APPLES_URL.format(2)),  # one alone is no list
        (APPLES_URL.format(10), apples(APPLES), None),
        (APPLES_URL.format(2), apples(), None),
        ("https://itunes.apple.com/fi/rss/customerreviews/id=1/json", apples(APPLES), None),
    ],
)
def test_apples_pages_are_counted_up_to_the_tenth(url: str, body: bytes, following: str | None) -> None:
    assert read_page(body, url=url).next == following


@pytest.mark.parametrize("key", ["id", "updated"])
@pytest.mark.parametrize("wrong", [None, 7, [], {"label": 7.5}, {"label": None}])
def test_apples_entries_of_wrong_types_are_named(key: str, wrong: object) -> None:
    page = read_page(apples({**APPLES, key: wrong}, APPLES), url=APPLES_URL.format(1))
    assert (len(page.reviews), len(page.rejected)) == (1, 1)


def test_both_forms_make_the_same_kind_of_post(world: World) -> None:
    world.web.put("/0", apples(APPLES))
    (found,) = world.look(world.source(store="App Store")).mentions
    assert isinstance(found, Mention)
    assert (found.network, found.rating) == ("reviews:App Store", 2.0)
