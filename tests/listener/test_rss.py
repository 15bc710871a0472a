"""The rss source, before real sockets: what feeds say, leave out and get wrong."""

import html
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import listener.rss
from casebook.mention import Batch, Blindness, Json, Mention
from listener.marks import EARLIEST, MOST_MARKS, Memory, Place
from listener.rss import RssSettings, RssSource, lane_names
from listener.rss_entries import NoWords, read_entry
from listener.source import SourceUnavailable
from tests.servers.fake_web import FakeWeb, Page

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SECRET = "very-secret-token"


def item(text: str = "Missä pakettini?", *, at: datetime | None = START, **elements: str) -> str:
    inner = "".join(f"<{name}>{html.escape(value)}</{name}>" for name, value in elements.items())
    dated = f"<pubDate>{format_datetime(at)}</pubDate>" if at is not None else ""
    return f"<item>{inner}{dated}<description>{html.escape(html.escape(text))}</description></item>"


def feed(*items: str, title: str = "Palsta") -> str:
    return f'<rss version="2.0"><channel><title>{title}</title><link>https://palsta.example/</link>{"".join(items)}</channel></rss>'


class World:
    """A web with feeds on it, a clock, and the source under test."""

    def __init__(self) -> None:
        self.now = START
        self.since = START - timedelta(hours=1)
        self.web = FakeWeb()
        self.web.__enter__()
        self.cursor: Json = {}
        self.sources: list[RssSource] = []

    def source(self, *paths: str, **keys: Any) -> RssSource:
        urls = [self.web.url + path for path in paths or ("/feed",)]
        source = RssSource(RssSettings.model_validate({"name": "feed", "urls": urls, **keys}))
        self.sources.append(source)
        return source

    def look(self, source: RssSource) -> Batch:
        batch = source.fetch(json.loads(json.dumps(self.cursor)), since=self.since, now=self.now)
        self.cursor = batch.cursor
        return batch

    def lane(self, number: int = 0) -> dict[str, Any]:
        lanes: Any = self.cursor["lanes"]
        place: dict[str, Any] = list(lanes.values())[number]
        return place

    def close(self) -> None:
        for source in self.sources:
            source.close()
        self.web.stop()


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def texts(batch: Batch) -> list[str]:
    return [mention.text for mention in batch.mentions]


# settings


@pytest.mark.parametrize(
    ("keys", "blamed"),
    [
        ({}, "url"),
        ({"urls": []}, "url"),
        ({"url": "feed.xml"}, "url"),
        ({"url": f"file:///{SECRET}"}, "url"),
        ({"urls": [f"https://user:{SECRET}@a.example:0/"]}, "urls"),
        ({"urls": ["https://a.example/"] * 51}, "urls"),
        ({"url": "https://a.example/", "words": ["…"]}, "words"),
        ({"url": "https://a.example/", "words": [7]}, "words"),
    ],
)
def test_a_wrong_key_is_named_without_its_secret(keys: dict[str, Any], blamed: str) -> None:
    with pytest.raises(ValidationError) as refused:
        RssSettings.model_validate({"name": "feed", **keys})
    assert blamed in str(refused.value)
    assert SECRET not in str(refused.value)


def test_one_address_and_one_word_may_stand_without_a_list() -> None:
    written = RssSettings.model_validate(
        {"name": "feed", "urls": "https://a.example/", "words": "aino kahvi"}
    )
    assert (written.feeds, written.words) == (("https://a.example/",), ("aino kahvi",))
    assert written.every == timedelta(minutes=5)


def test_our_answers_are_seen_only_if_it_is_told_who_writes_them() -> None:
    written = {"name": "feed", "url": "https://a.example/"}
    assert not RssSettings.model_validate(written).sees_replies
    assert RssSettings.model_validate({**written, "own": "ainokahvi"}).sees_replies


def test_feeds_are_named_apart_and_without_what_they_are_asked() -> None:
    urls = ["https://a.example/haku?q=aino", "https://a.example/haku?q=kahvi", "https://b.example/feed"]
    names = lane_names(["a.example/haku", "a.example/haku", "b.example/feed"], urls)
    assert len(set(names)) == 3
    assert names[2] == "b.example/feed"
    assert all("aino" not in name and name.startswith("a.example/haku~") for name in names[:2])


def test_configuration_is_read_without_the_packages_that_read_feeds() -> None:
    heavy = "feedparser defusedxml urllib3 requests certifi simplemma"
    asked = f"import listener.registry, sys; print([n for n in '{heavy}'.split() if n in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


# entries


def test_title_and_words_are_one_text_and_html_is_plain(world: World) -> None:
    body = "<p>Odotin <b>kolme</b> päivää &amp; yötä.</p><script>alert(1)</script>"
    written = f"<item><title>Aino Kahvi</title><description>{html.escape(body)}</description></item>"
    world.web.put("/feed", feed(written))
    assert texts(world.look(world.source())) == ["Aino Kahvi\n\nOdotin kolme päivää & yötä."]


ENTRY = {"id": "urn:1", "title": "otsikko", "summary": "sanat", "summary_detail": {"type": "text/plain"}}


@pytest.mark.parametrize(
    ("entry", "field", "value"),
    [
        ({}, "author", "Palsta"),
        ({"author": "@caro"}, "author", "caro"),
        ({"author": "c@a.example (Caro)", "author_detail": {"name": "Caro"}}, "author", "Caro"),
        ({"author": ["x"], "author_detail": "x"}, "author", "Palsta"),
        ({"id": "17"}, "id", "lane:17"),
        ({"id": "https://a.example/?p=17"}, "id", "https://a.example/?p=17"),
        ({"id": "", "link": "https://a.example/17"}, "id", "https://a.example/17"),
        ({"link": "javascript:alert(1)"}, "url", None),
        ({"link": "https://a.example/17"}, "url", "https://a.example/17"),
        ({"link": ["x"]}, "url", None),
        ({"link": "https://a.example/\n17"}, "url", None),
        ({"link": "https://a.example/\u202e17"}, "url", None),
        ({"link": "https:17"}, "url", None),
        ({"comments": "https://a.example/17#comments"}, "conversation", "https://a.example/17"),
        ({"thr_in-reply-to": {"ref": "urn:0"}}, "in_reply_to", "urn:0"),
        ({"thr_in-reply-to": {"ref": "5"}}, "in_reply_to", "lane:5"),
        ({"thr_in-reply-to": "x"}, "in_reply_to", None),
        ({"thr_in-reply-to": {"ref": "urn:0"}, "comments": "https://a.example/"}, "conversation", None),
        ({"title": "sanat"}, "text", "sanat"),
        ({"title": "", "content": [{"value": "<p>pitkä</p>", "type": "text/html"}]}, "text", "pitkä"),
        ({"content": "x", "summary": 7}, "text", "otsikko"),
        ({"title_detail": {"language": "fi-FI"}}, "language", "fi"),
        ({"title_detail": {"language": 7}}, "language", "sv"),
        ({"published_parsed": "x"}, "claimed_at", None),
        ({"published_parsed": (1, 2)}, "claimed_at", None),
    ],
)
def test_what_an_entry_lacks_or_gets_wrong_is_made_up_for(
    entry: dict[str, Any], field: str, value: object
) -> None:
    about = {"title": "Palsta", "language": "sv", "link": "https://a.example/"}
    words = read_entry({**ENTRY, **entry}, about, lane="lane", site="a.example")
    assert getattr(words, field) == value


def test_an_entry_without_an_id_is_known_by_its_words_where_its_link_is_the_sites() -> None:
    about = {"link": "https://a.example/etusivu"}
    ids = {
        read_entry({**ENTRY, "id": None, "title": title, "link": link}, about, lane="l", site="s").id
        for title in ("yksi", "kaksi")
        for link in ("https://a.example/etusivu", "https://a.example/", "javascript:1")
    }
    assert len(ids) == 2
    assert all(named.startswith("sha256:") for named in ids)


def test_an_author_nobody_names_is_the_site() -> None:
    assert read_entry(ENTRY, {}, lane="l", site="a.example").author == "a.example"


def test_an_entry_without_words_is_told_once_and_the_others_are_read(world: World) -> None:
    world.web.put("/feed", feed("<item><guid>1</guid></item>", item(guid="2")))
    source = world.source()
    batch = world.look(source)
    assert len(batch.mentions) == 1
    assert "no words" in batch.rejected[0]
    world.web.put("/feed", feed("<item><guid>1</guid></item>", item(guid="3")))
    assert world.look(source).rejected == ()
    with pytest.raises(NoWords):
        read_entry({}, {}, lane="l", site="s")


def test_words_are_found_inflected_and_other_entries_are_left_out(world: World) -> None:
    said = ["Aino Kahvia ei saa mistään", "kahvi maistui", "Ostin ainon kahvin"]
    world.web.put("/feed", feed(*(item(text, guid=str(n)) for n, text in enumerate(said))))
    found = texts(world.look(world.source(words=["aino kahvi"])))
    assert set(found) == {said[0], said[2]}


def test_the_companys_authors_answer_and_machines_answer_apart(world: World) -> None:
    replies = [
        item("Selvitämme!", guid="1", author="Aino Kahvi"),
        item("Kiitos viestistäsi!", guid="2", author="aino kahvi"),
    ]
    world.web.put("/feed", feed(*replies))
    batch = world.look(world.source(own=["Aino Kahvi"], autoreplies=["^Kiitos viestistäsi"]))
    assert batch.mentions == ()
    assert [reply.automated for reply in batch.replies] == [False, True]


# dates


FIRST, LATER = Place(), Place(marks=())


@pytest.mark.parametrize(
    ("claimed", "place", "posted_at", "is_dated"),
    [
        (START, LATER, START, True),
        (START + timedelta(seconds=1), LATER, START, False),  # not yet: a wrong zone, or an event to come
        (EARLIEST, LATER, EARLIEST, True),
        (EARLIEST - timedelta(seconds=1), LATER, START, False),  # 1970, mostly
        (None, LATER, START, False),
        # what a first look finds undated was there before us
        (None, FIRST, START - timedelta(hours=1, seconds=1), False),
        (START + timedelta(days=1), FIRST, START - timedelta(hours=1, seconds=1), False),
        (START - timedelta(days=9), FIRST, START - timedelta(days=9), True),
    ],
)
def test_a_date_that_can_not_be_is_no_date(
    claimed: datetime | None, place: Place, posted_at: datetime, *, is_dated: bool
) -> None:
    memory = Memory(place, since=START - timedelta(hours=1), now=START)
    assert memory.date("1", claimed) == (posted_at, is_dated)


def test_an_undated_entry_keeps_the_time_it_was_first_seen_at(world: World) -> None:
    source = world.source()
    world.web.put("/feed", feed(item("vanha", at=None, guid="1")))
    assert world.look(source).mentions[0].posted_at < world.since
    world.now += timedelta(minutes=5)
    world.web.put("/feed", feed(item("uusi", at=None, guid="2"), item("vanha", at=None, guid="1")))
    (new,) = world.look(source).mentions
    assert (new.text, new.posted_at) == ("uusi", world.now)
    first_seen, world.now = world.now, world.now + timedelta(hours=1)
    world.web.put("/feed", feed(item("vanha!", at=None, guid="1"), item("uusi!", at=None, guid="2")))
    edited = {mention.text: mention.posted_at for mention in world.look(source).mentions}
    assert edited["uusi!"] == first_seen
    assert edited["vanha!"] < world.since


# memory


def test_what_is_known_is_not_given_again_and_an_edit_is(world: World) -> None:
    source = world.source()
    world.web.put("/feed", feed(item("yksi", guid="1"), item("kaksi", guid="2")))
    assert len(world.look(source).mentions) == 2
    world.web.put("/feed", feed(item("kolme", guid="3"), item("yksi!", guid="1"), item("kaksi", guid="2")))
    assert texts(world.look(source)) == ["kolme", "yksi!"]


def test_an_unchanged_feed_is_not_sent_again_and_keeps_its_place(world: World) -> None:
    source = world.source()
    world.web.put("/feed", feed(item(guid="1")), ETag='"1"', Last_Modified="Mon, 02 Nov 2026 09:00:00 GMT")
    world.look(source)
    before = world.cursor
    assert world.look(source).mentions == ()
    assert world.cursor == before
    assert world.web.asked[1].headers["if-none-match"] == '"1"'


def test_a_feed_that_shows_nothing_for_once_does_not_come_back_as_new(world: World) -> None:
    source = world.source()
    world.web.put("/feed", feed(item(at=None, guid="1")))
    world.look(source)
    world.web.put("/feed", feed())
    world.look(source)
    world.web.put("/feed", feed(item(at=None, guid="1")))
    assert world.look(source).mentions == ()


@settings(max_examples=50)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["marks", "floor", "rest", "of", "given", "etag"]), inner, max_size=3), max_leaves=6))  # fmt: skip
def test_any_cursor_can_be_read(written: object) -> None:
    place = Place.read(written)
    Memory(place, since=START, now=START).date("1", None)
    assert Place.read(json.loads(json.dumps(place.write()))) == place


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2), st.booleans()), max_size=30))
def test_every_entry_is_given_once_for_each_thing_it_says(shown: list[tuple[int, int, bool]]) -> None:
    """Whatever leaves a feed and comes back: the last words of each entry were given, none twice in a row."""
    place = Place(marks=())
    last: dict[int, int] = {}
    for number, words, is_dated in shown:
        memory = Memory(place, since=START, now=START)
        assert memory.meet(str(number), str(words), START, is_dated=is_dated) is (last.get(number) != words)
        last[number] = words
        place = memory.leave(etag=None, modified=None, is_whole=True)


def test_of_a_feed_longer_than_we_remember_the_old_part_is_known_by_its_age() -> None:
    memory = Memory(Place(marks=()), since=START, now=START)
    for number in range(MOST_MARKS + 10):
        memory.meet(str(number), "x", START - timedelta(minutes=number), is_dated=True)
    place = memory.leave(etag=None, modified=None, is_whole=True)
    assert place.marks is not None
    assert len(place.marks) == MOST_MARKS
    again = Memory(place, since=START, now=START)
    oldest = START - timedelta(minutes=MOST_MARKS + 9)
    assert not again.meet(str(MOST_MARKS + 9), "x", oldest, is_dated=True)
    assert again.meet("new", "x", START - timedelta(minutes=MOST_MARKS - 1), is_dated=True)


# long feeds


def test_a_long_feed_is_given_batch_by_batch_from_one_fetch(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener.rss, "POSTS_A_BATCH", 40)
    total = 90
    world.web.put("/feed", feed(*(item("x", guid=str(n)) for n in range(total))), ETag='"1"')
    world.web.put("/other", feed(item(guid="other")))
    source = world.source("/feed", "/other")
    seen: set[str] = set()
    sizes = []
    for _ in range(9):
        batch = world.look(source)
        sizes.append(len(batch.mentions))
        seen |= {mention.id for mention in batch.mentions}
        if not batch.more:
            break
        assert "etag" not in world.lane(0)
    assert sizes == [41, 40, 10]
    assert len(seen) == total + 1
    assert world.web.paths().count("/feed") == world.web.paths().count("/other") == 1
    assert world.lane(0)["etag"] == '"1"'
    assert not world.look(source).mentions


def test_a_batch_that_was_not_filed_is_given_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener.rss, "POSTS_A_BATCH", 40)
    total = 50
    world.web.put("/feed", feed(*(item("x", guid=str(n)) for n in range(total))))
    source = world.source()
    world.look(source)
    before = world.cursor
    world.look(source)  # and the process dies before it is filed
    world.cursor = before
    seen = {mention.id for mention in world.look(source).mentions}
    while True:
        batch = world.look(source)
        seen |= {mention.id for mention in batch.mentions}
        if not batch.more:
            break
    assert len(seen) == total


# trouble


def test_one_dead_feed_blinds_no_other_and_rests_for_a_while(world: World) -> None:
    world.web.put("/a", status=500)
    world.web.put("/b", "<html>Huolto</html>")
    world.web.put("/c", feed(item(guid="1")))
    source = world.source("/a", "/b", "/c")
    batch = world.look(source)
    assert len(batch.mentions) == 1
    assert {trouble.lane.rpartition("/")[2]: trouble.permanent for trouble in batch.troubles} == {
        "a": False,
        "b": True,
    }
    asked = len(world.web.asked)
    world.now += timedelta(minutes=1)
    assert len(world.look(source).troubles) == 2
    assert world.web.paths()[asked:] == ["/c"]
    world.now += timedelta(minutes=10)
    world.web.put("/a", feed(item(guid="2")))
    assert len(world.look(source).troubles) == 1


def test_every_feed_dead_is_a_source_that_could_not_be_looked_at(world: World) -> None:
    world.web.put("/a", status=429, Retry_After="600")
    world.web.put("/b", status=429, Retry_After="1200")
    with pytest.raises(SourceUnavailable) as failed:
        world.look(world.source("/a", "/b"))
    assert (failed.value.reason, failed.value.retry_at) == (
        Blindness.RATE_LIMIT,
        START + timedelta(minutes=10),
    )


def test_a_hostile_feed_is_a_trouble_and_reads_nothing_of_ours(world: World) -> None:
    declared = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{world.web.url}/secret">]>'
    world.web.put("/feed", declared + feed("<item><title>&x;</title></item>"))
    world.web.put("/fine", feed())
    (trouble,) = world.look(world.source("/feed", "/fine")).troubles
    assert "entities" in trouble.message
    assert "/secret" not in world.web.paths()


def test_a_feed_that_breaks_off_gives_its_beginning_and_is_read_again(world: World) -> None:
    world.web.put("/feed", feed(item("yksi", guid="1"), item("kaksi", guid="2"))[:-40], ETag='"1"')
    source = world.source()
    batch = world.look(source)
    assert texts(batch) == ["yksi"]
    assert "not well formed" in batch.troubles[0].message
    world.web.put("/feed", feed(item("yksi", guid="1"), item("kaksi", guid="2")), ETag='"1"')
    assert texts(world.look(source)) == ["kaksi"]


def test_secrets_of_an_address_stand_in_no_sentence_and_no_cursor(world: World) -> None:
    address = f"http://user:{SECRET}@127.0.0.1:{world.web.port}/feed?token={SECRET}"
    source = RssSource(RssSettings.model_validate({"name": "feed", "urls": [address]}))
    with pytest.raises(SourceUnavailable) as failed:
        world.look(source)
    assert SECRET not in f"{failed.value} {source.check()}"
    world.web.put("/feed", feed(item(guid="1")))
    world.now += timedelta(minutes=10)
    batch = world.look(source)
    assert SECRET not in json.dumps(world.cursor)
    assert SECRET not in str(batch)
    assert world.web.asked[-1].headers["authorization"].startswith("Basic ")
    source.close()


def test_closing_ends_a_look_and_nothing_is_told_as_read(world: World) -> None:
    world.web.put("/feed", feed(item(guid="1")))
    source = world.source()
    source.close()
    with pytest.raises(SourceUnavailable, match="closed"):
        world.look(source)


def test_two_searches_that_find_one_post_give_it_once(world: World) -> None:
    for path in ("/a", "/b"):
        world.web.pages[path] = Page(feed(item(guid="https://palsta.example/1")).encode())
    batch = world.look(world.source("/a", "/b"))
    assert [type(post) for post in batch.mentions] == [Mention]


def test_numbers_that_stand_for_links_stay_the_same_when_the_feed_moves(world: World) -> None:
    """feedparser takes `<guid>17</guid>` for a link beside the feed."""
    source = world.source()
    world.web.put("/feed", feed(item(guid="17")))
    (before,) = world.look(source).mentions
    world.web.send_to("/feed", "/new/place/feed")
    world.web.put("/new/place/feed", feed(item("muutos", guid="17")))
    (after,) = world.look(source).mentions
    assert (before.id, after.text) == (after.id, "muutos")
