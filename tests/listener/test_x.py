"""The X source, met by the real tweepy over loopback."""

import itertools
import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from casebook.mention import Batch, Json, Mention
from listener.source import Source, SourceUnavailable
from listener.x import XSource
from listener.x_lane import PAGES_A_POLL
from listener.x_pace import Place
from listener.x_posts import Ours, read_page
from listener.x_settings import XSettings
from listener.x_watch import LONGEST_QUERY
from tests.servers.fake_x import FakeX, Keys

TOKEN = "very-secret-bearer-token"
KEYS = Keys("ck-secret-1", "cs+secret/2&", "7-secret~3", "ats%secret=4", "ainokahvi")
WRITTEN_KEYS = {name: getattr(KEYS, name) for name in Keys.__slots__ if name != "username"}
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
OURS = Ours(handles=frozenset({"ainokahvi"}), ids={"7": "ainokahvi"}, is_automated=lambda text: False)
QUERY = '"Aino Kahvi" OR ainokahvia'


class World:
    """A fake X with Aino Kahvi on it, a clock that both sides read, and the source under test."""

    def __init__(self) -> None:
        self.now = START
        self.x = FakeX(now=lambda: self.now, token=TOKEN, keys=KEYS).start()
        self.x.add_account("ainokahvi", name="Aino Kahvi")
        self.sources: list[XSource] = []
        self.cursor: Json = {}
        self.since = START

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)

    def source(self, **keys: Any) -> XSource:
        timeouts, slow_after = keys.pop("timeouts", (1.0, 5.0)), keys.pop("slow_after", 3.0)
        written = {"name": "x", "handle": "ainokahvi", "bearer_token": TOKEN, "api_url": self.x.url, **keys}
        given = {name: value for name, value in written.items() if value is not None}
        source = XSource(XSettings.model_validate(given), timeouts=timeouts, slow_after=slow_after)
        self.sources.append(source)
        return source

    def look(self, source: XSource) -> Batch:
        """Look as the jobs do: the cursor moves on when the batch was filed."""
        batch = source.fetch(json.loads(json.dumps(self.cursor)), since=self.since, now=self.now)
        self.cursor = batch.cursor
        return batch

    def lane(self, name: str) -> Mapping[str, Any]:
        lanes: Any = self.cursor["lanes"]
        place: Mapping[str, Any] = lanes[name]
        return place

    def close(self) -> None:
        for source in self.sources:
            source.close()
        self.x.stop()


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def texts(batch: Batch) -> set[str]:
    return {mention.text for mention in batch.mentions}


def troubles(batch: Batch) -> dict[str, str]:
    return {trouble.lane: trouble.message for trouble in batch.troubles}


def mention_of(batch: Batch) -> Mention:
    (mention,) = batch.mentions
    return mention


# settings


@pytest.mark.parametrize("written", ["ainokahvi", "@ainokahvi", " @ainokahvi "])
def test_a_handle_may_be_written_with_or_without_at(world: World, written: str) -> None:
    settings = XSettings.model_validate({"name": "x", "handle": written, "bearer_token": TOKEN})
    assert settings.handle == "ainokahvi"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("handle", "aino kahvi"),
        ("handle", "a" * 16),
        ("also", ["no/slash"]),
        ("query", ""),
        ("bearer_token", " "),
        ("bearer_token", f"{TOKEN}\nX-Evil: 1"),
        ("api_url", "api.x.com"),
        ("api_url", f"https://user:{TOKEN}@api.x.com"),
        ("autoreplies", ["(unclosed"]),
        ("rates", "fast"),
    ],
)
def test_a_wrong_key_is_refused_without_showing_the_token(key: str, value: object) -> None:
    written = {"name": "x", "handle": "ainokahvi", "bearer_token": TOKEN, key: value}
    with pytest.raises(ValidationError) as refused:
        XSettings.model_validate(written)
    assert key in str(refused.value)
    assert TOKEN not in str(refused.value)


def test_an_account_named_twice_is_read_once() -> None:
    settings = XSettings.model_validate(
        {"name": "x", "handle": "Aino", "also": ["@ben", "aino", "Ben"], "bearer_token": TOKEN}
    )
    assert settings.handles == ("Aino", "ben")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({}, "add bearer_token, or consumer_key, consumer_secret, access_token, access_token_secret, or all"),
        ({"access_token": "7-secret"}, "consumer_key, consumer_secret, access_token_secret missing"),
        ({**WRITTEN_KEYS, "consumer_key": None}, "consumer_key missing"),
        (
            {"bearer_token": TOKEN, "consumer_secret": "cs+secret"},
            "consumer_key, access_token, access_token_secret missing",
        ),
        ({**WRITTEN_KEYS, "access_token_secret": "two words"}, "the app's access token secret"),
    ],
)
def test_what_lets_us_in_is_whole_or_the_missing_is_named(written: Mapping[str, Any], said: str) -> None:
    given = {name: value for name, value in written.items() if value is not None}
    with pytest.raises(ValidationError) as refused:
        XSettings.model_validate({"name": "x", "handle": "ainokahvi", **given})
    assert said in str(refused.value)
    assert not [secret for secret in given.values() if secret in str(refused.value)]


def test_making_a_source_touches_no_network_and_imports_no_tweepy() -> None:
    made = (
        "import sys; from listener.x import XSource; from listener.x_settings import XSettings;"
        "XSource(XSettings(name='x', handle='a', bearer_token='t', api_url='http://192.0.2.1')).close();"
        "sys.exit('tweepy' in sys.modules or 'requests' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", made], check=False).returncode == 0


def test_it_is_a_source(world: World) -> None:
    source: Source = world.source()
    assert (source.name, source.kind, source.network) == ("x", "x", "x")


# what is read


def test_a_mention_is_read_with_everything_a_card_needs(world: World) -> None:
    world.x.add_account("caro", name="Caro Åberg", followers=1200)
    root = world.x.post("caro", "@ainokahvi missä tilaukseni?")
    world.advance(seconds=90)
    found = mention_of(world.look(world.source()))
    assert (found.network, found.id, found.text) == ("x", root.id, "@ainokahvi missä tilaukseni?")
    assert (found.author.handle, found.author.name, found.author.followers) == ("caro", "Caro Åberg", 1200)
    assert found.author.id == root.author.id
    assert found.posted_at == START
    assert found.url == f"https://x.com/caro/status/{root.id}"
    assert (found.conversation, found.language) == (root.id, "fi")
    assert (found.in_reply_to, found.quotes, found.edit_ids) == (None, None, ())


def test_replies_and_quotes_say_what_they_answer(world: World) -> None:
    root = world.x.post("caro", "@ainokahvi hei")
    world.x.post("dana", "@caro @ainokahvi sama täällä", reply_to=root.id)
    world.x.post("elle", "katsokaa @ainokahvi", quotes=root.id)
    found = {mention.author.handle: mention for mention in world.look(world.source()).mentions}
    assert (found["dana"].in_reply_to, found["dana"].conversation) == (root.id, root.id)
    assert found["elle"].quotes == root.id


def test_a_search_shows_what_names_no_handle_and_each_post_once(world: World) -> None:
    world.x.post("caro", "Aino Kahvi on hyvää")
    both = world.x.post("dana", "@ainokahvi Aino Kahvi on pahaa")
    world.advance(seconds=60)
    batch = world.look(world.source(query=QUERY))
    assert texts(batch) == {"Aino Kahvi on hyvää", "@ainokahvi Aino Kahvi on pahaa"}
    assert [mention.id for mention in batch.mentions].count(both.id) == 1


def test_without_a_query_nothing_is_searched(world: World) -> None:
    world.look(world.source())
    assert world.x.asked("search") == []


def test_own_posts_are_replies_wherever_they_are_found(world: World) -> None:
    root = world.x.post("caro", "@ainokahvi missä tilaukseni?")
    answer = world.x.post("ainokahvi", "@caro Pahoittelut!", reply_to=root.id)
    world.x.post("AinoKahvi", "Uusi Aino Kahvi paahto, kysy @ainokahvi")
    world.advance(seconds=60)
    batch = world.look(world.source(query=QUERY))
    assert texts(batch) == {"@ainokahvi missä tilaukseni?"}
    assert len(batch.replies) == 2
    reply = next(reply for reply in batch.replies if reply.id == answer.id)
    assert (reply.account, reply.in_reply_to, reply.conversation) == ("ainokahvi", root.id, root.id)
    assert reply.posted_at == answer.created_at
    assert not reply.automated


def test_other_accounts_of_the_company_have_lanes_of_their_own(world: World) -> None:
    world.x.add_account("ainohelp")
    asked = world.x.post("caro", "@ainohelp apua")
    world.x.post("ainohelp", "@caro autamme", reply_to=asked.id)
    batch = world.look(world.source(also=["@ainohelp"]))
    assert texts(batch) == {"@ainohelp apua"}
    assert [reply.account for reply in batch.replies] == ["ainohelp"]
    assert {"mentions:ainohelp", "timeline:ainohelp"} < set(_lanes(world))


def _lanes(world: World) -> Mapping[str, object]:
    lanes: Any = world.cursor["lanes"]
    return dict(lanes)


def test_own_posts_that_match_autoreplies_are_automated(world: World) -> None:
    world.x.post("ainokahvi", "Kiitos viestistäsi! Palaamme asiaan.")
    world.x.post("ainokahvi", "Paketti lähti tänään.")
    batch = world.look(world.source(autoreplies=["^kiitos viestistäsi"]))
    assert {reply.text: reply.automated for reply in batch.replies} == {
        "Kiitos viestistäsi! Palaamme asiaan.": True,
        "Paketti lähti tänään.": False,
    }


def test_a_pattern_that_takes_for_ever_hangs_nothing(world: World) -> None:
    world.x.post("ainokahvi", "a" * 60 + "!")
    began = time.monotonic()
    batch = world.look(world.source(autoreplies=["(a|aa)+$"]))
    assert time.monotonic() - began < 9
    assert [reply.automated for reply in batch.replies] == [False]


def test_retweets_are_dropped(world: World) -> None:
    said = world.x.post("caro", "@ainokahvi hei")
    world.x.post("dana", "RT @caro: @ainokahvi hei", retweets=said.id)
    world.x.post("ainokahvi", "RT @caro: @ainokahvi hei", retweets=said.id)
    batch = world.look(world.source())
    assert [mention.author.handle for mention in batch.mentions] == ["caro"]
    assert batch.replies == ()


def test_escapes_are_undone_once(world: World) -> None:
    world.x.post("caro", "@ainokahvi <b> & &lt; 'x' \"y\"")
    assert texts(world.look(world.source())) == {"@ainokahvi <b> & &lt; 'x' \"y\""}


def test_a_long_post_is_read_whole(world: World) -> None:
    text = "@ainokahvi " + "pitkä & paha tarina " * 200
    world.x.post("caro", text)
    assert texts(world.look(world.source())) == {text}


@pytest.mark.parametrize("language", ["und", "qme", "zxx", "<script>"])
def test_no_language_is_none(world: World, language: str) -> None:
    world.x.post("caro", "@ainokahvi 🙃", lang=language)
    assert mention_of(world.look(world.source())).language is None


def test_an_edited_post_keeps_the_time_of_its_first_version(world: World) -> None:
    first = world.x.post("caro", "@ainokahvi hei")
    source = world.source()
    world.look(source)
    world.advance(minutes=20)
    second = world.x.edit(first.id, "@ainokahvi hei, siis VIHAINEN")
    found = mention_of(world.look(source))
    assert found.id == second.id
    assert found.edit_ids == (first.id, second.id)
    assert found.posted_at == first.created_at


@pytest.mark.parametrize(
    ("first_at", "posted_at"),
    [
        (START - timedelta(hours=1), START - timedelta(hours=1)),
        (START - timedelta(hours=1, seconds=1), START),  # longer ago than X lets anybody edit: no clock
        (START, START),
        (START + timedelta(seconds=1), START),
    ],
)
def test_the_first_id_is_a_clock_only_within_the_hour_of_editing(
    world: World, first_at: datetime, posted_at: datetime
) -> None:
    first, second = world.x.post("a", "-", created_at=first_at).id, world.x.post("a", "-").id
    row = {"id": second, "text": "hei", "created_at": "2026-11-02T09:00:00.000Z"}
    (mention,) = read_page({"data": [{**row, "edit_history_tweet_ids": [first, second]}]}, ours=OURS).mentions
    assert mention.posted_at == posted_at


def test_an_own_account_is_known_by_its_id_when_its_handle_changed() -> None:
    row = {"id": "2120000000000000001", "text": "hei", "author_id": "7"}
    users = [{"id": "7", "username": "AinoCoffee", "name": "Aino"}]
    page = read_page({"data": [row], "includes": {"users": users}}, ours=OURS)
    assert [reply.account for reply in page.replies] == ["ainokahvi"]
    assert page.mentions == ()


def test_an_author_x_does_not_show_is_known_by_id_and_linked_without_a_handle() -> None:
    row = {"id": "2120000000000000001", "text": "hei", "author_id": "8"}
    (mention,) = read_page({"data": [row]}, ours=OURS).mentions
    assert (mention.author.handle, mention.author.id) == ("8", "8")
    assert mention.url == "https://x.com/i/status/2120000000000000001"


@pytest.mark.parametrize("handle", ["../evil", "a b", "<b>", "", None, 5, "a" * 51])
def test_a_handle_that_is_none_stands_in_no_link(handle: object) -> None:
    row = {"id": "2120000000000000001", "text": "hei", "author_id": "8"}
    users = [{"id": "8", "username": handle, "name": 5, "public_metrics": {"followers_count": "many"}}]
    (mention,) = read_page({"data": [row], "includes": {"users": users}}, ours=OURS).mentions
    assert mention.url == "https://x.com/i/status/2120000000000000001"
    assert (mention.author.name, mention.author.followers) == (None, None)


def test_names_of_the_newer_specification_are_read_too(world: World) -> None:
    world.x.names = "new"
    first = world.x.post("caro", "@ainokahvi hei")
    world.x.post("dana", "@ainokahvi sama", reply_to=first.id)
    world.x.post("elle", "RT", retweets=first.id)
    world.advance(minutes=1)
    second = world.x.edit(first.id, "@ainokahvi hei!")
    found = {mention.author.handle: mention for mention in world.look(world.source()).mentions}
    assert found["dana"].in_reply_to == first.id
    assert found["caro"].edit_ids == (first.id, second.id)
    assert "elle" not in found


# who asks


def signed(world: World) -> set[str]:
    return {asked.path for asked in world.x.requests if asked.signed}


def test_own_mentions_and_posts_are_read_by_the_accounts_keys_and_all_else_by_the_token(world: World) -> None:
    world.x.add_account("ainohelp")
    world.x.post("caro", "@ainokahvi hei")
    world.x.post("caro", "@ainohelp hei")
    batch = world.look(world.source(query=QUERY, also=["ainohelp"], **WRITTEN_KEYS))
    assert (texts(batch), batch.troubles) == ({"@ainokahvi hei", "@ainohelp hei"}, ())
    aino = world.x.account("ainokahvi").id
    own = {f"/2/users/{aino}/mentions", f"/2/users/{aino}/tweets", "/2/users/by/username/ainokahvi"}
    assert signed(world) == own
    assert len(world.x.requests) == 7


def test_without_a_token_everything_is_read_by_the_keys(world: World) -> None:
    world.x.post("caro", 'Aino Kahvi: "100 %" *hyvää* ~ & + paahtoa', created_at=START - timedelta(minutes=1))
    query = '"Aino Kahvi" OR (ainokahvia "100 %") OR a+b=c&d OR ~é'
    batch = world.look(world.source(query=query, bearer_token=None, **WRITTEN_KEYS))
    assert (len(batch.mentions), batch.troubles) == (1, ())
    assert {asked.path for asked in world.x.requests} == signed(world)


def test_keys_that_x_refuses_are_named_and_the_search_goes_on(world: World) -> None:
    world.x.post("caro", "Aino Kahvi hei", created_at=START - timedelta(minutes=1))
    batch = world.look(world.source(query=QUERY, **{**WRITTEN_KEYS, "access_token_secret": "wrong"}))
    assert texts(batch) == {"Aino Kahvi hei"}
    assert set(troubles(batch)) == {"mentions", "timeline"}
    assert all("refused the keys (401)" in message for message in troubles(batch).values())


def test_a_path_in_api_url_is_signed_too(world: World) -> None:
    source = world.source(api_url=f"{world.x.url}/gate", bearer_token=None, **WRITTEN_KEYS)
    with pytest.raises(SourceUnavailable, match="404"):  # let in, to a place that is not there
        world.look(source)


def test_check_says_whose_keys_they_are(world: World) -> None:
    world.x.add_account("ben")
    assert world.source(**WRITTEN_KEYS).check() == []
    assert [asked.signed for asked in world.x.asked("/")] == [True, True, True]
    world.x.keys = replace(KEYS, username="ben")
    (problem,) = world.source(**WRITTEN_KEYS).check()
    assert problem.startswith("the four keys are those of @ben: X bills @ainokahvi in full")


# quotes of our own posts


def test_posts_that_quote_ours_are_mentions_and_say_what_they_quote(world: World) -> None:
    source = world.source()
    ours = world.x.post("ainokahvi", "Uusi paahto on täällä")
    world.look(source)
    world.x.post("caro", "voi ei, taas tämä", quotes=ours.id)
    world.x.post("dana", "RT", retweets=ours.id)
    world.advance(minutes=1)
    found = mention_of(world.look(source))
    assert (found.text, found.quotes) == ("voi ei, taas tämä", ours.id)
    (asked,) = world.x.asked("search")
    assert asked.params["query"] == f"(quotes_of_tweet_id:{ours.id}) -is:retweet -from:ainokahvi"


def test_without_own_posts_or_with_quotes_off_no_quotes_are_looked_for(world: World) -> None:
    world.look(world.source())
    world.x.post("ainokahvi", "Uusi paahto on täällä")
    source = world.source(quotes=False)
    world.look(source)
    world.advance(minutes=1)
    world.look(source)
    assert world.x.asked("search") == []


def test_a_quote_of_a_post_that_was_seen_late_is_found_however_far_others_were_read(world: World) -> None:
    world.since = START - timedelta(hours=2)
    source = world.source()
    first = world.x.post("ainokahvi", "yksi", created_at=START - timedelta(hours=1))
    world.look(source)
    hidden = world.x.post("ainokahvi", "kaksi", visible_at=START + timedelta(minutes=8))
    world.x.post("caro", "vai niin", quotes=hidden.id)
    world.advance(minutes=5)
    world.x.post("dana", "jaa", quotes=first.id)
    world.advance(minutes=2)
    assert texts(world.look(source)) == {"jaa"}
    world.advance(minutes=20)  # far beyond the overlap
    world.x.post("elle", "joo", quotes=first.id)
    world.advance(minutes=1)
    world.look(source)
    world.advance(minutes=1)
    assert "vai niin" in texts(world.look(source))
    starts = [asked.params["start_time"] for asked in world.x.asked("search")]
    world.advance(minutes=1)
    world.look(source)
    assert starts[-1] == "2026-11-02T09:00:00Z"  # back to when the post was made, once
    assert world.x.asked("search")[-1].params["start_time"] > starts[-1]


def test_quotes_are_looked_for_once_a_minute_and_go_on_after_a_restart(world: World) -> None:
    source = world.source(every="5s")
    ours = world.x.post("ainokahvi", "Uusi paahto")
    for _ in range(25):
        world.look(source)
        world.advance(seconds=5)
    assert [(asked.at - START).total_seconds() for asked in world.x.asked("search")] == [5, 60, 115]
    world.x.post("caro", "voi ei", quotes=ours.id)
    world.advance(minutes=1)
    assert texts(world.look(world.source())) == {"voi ei"}


# our people


def test_posts_addressed_to_our_people_are_mentions_and_their_own_posts_are_nothing(world: World) -> None:
    source = world.source()
    source.know(["ainovirtanen", "BenL", "ainokahvi"])
    world.x.post("caro", "@ainovirtanen apua")
    theirs = world.x.post("benl", "kiva päivä")
    world.x.post("dana", "@benl no hei", reply_to=theirs.id)
    world.x.post("ainovirtanen", "@ainokahvi @benl lounaalle?")
    world.advance(minutes=1)
    batch = world.look(source)
    assert texts(batch) == {"@ainovirtanen apua", "@benl no hei"}
    assert batch.replies == ()
    assert {
        asked.path for asked in world.x.requests if "/tweets" in asked.path and "/users/" in asked.path
    } == {
        f"/2/users/{world.x.account('ainokahvi').id}/tweets"  # nobody else's timeline
    }


def test_their_answers_are_personal_replies_found_where_somebody_addressed_them(world: World) -> None:
    source = world.source()
    source.know(["ainovirtanen", "benl"])
    asked = world.x.post("caro", "@ainovirtanen missä tilaukseni?")
    world.x.post("benl", "@caro selvitän", reply_to=asked.id, created_at=START + timedelta(seconds=5))
    elsewhere = world.x.post("elle", "syödäänkö?")
    world.x.post("benl", "@elle joo", reply_to=elsewhere.id, created_at=START + timedelta(seconds=5))
    world.advance(minutes=1)
    assert texts(world.look(source)) == {"@ainovirtanen missä tilaukseni?"}
    world.advance(minutes=1)
    (answer,) = world.look(source).replies
    assert (answer.account, answer.text, answer.in_reply_to) == ("benl", "@caro selvitän", asked.id)
    assert (answer.personal, answer.automated) == (True, False)
    queries = {found.params["query"] for found in world.x.asked("search")}
    assert f"(from:ainovirtanen OR from:benl) (conversation_id:{asked.id}) -is:retweet" in queries


def test_many_people_are_parted_into_searches_that_x_takes(world: World) -> None:
    people = [f"henkilo_nimelt{letter}" for letter in "abcdefghijklm"]
    source = world.source(handle="ainokahvi_fi_15")
    world.x.add_account("ainokahvi_fi_15")
    source.know([*people, people[0].upper()])
    for one in people:
        for number in range(8):
            world.x.post("caro", f"@{one} hei {number}")
    for number in range(12):
        world.x.post("ainokahvi_fi_15", f"{number}")
    world.advance(minutes=1)
    batch = world.look(source)
    assert len(batch.mentions) == 8 * len(people)
    world.advance(minutes=1)
    assert world.look(source).troubles == ()
    lengths = [len(asked.params["query"]) for asked in world.x.asked("search")]
    assert len(lengths) == 3 + 3 + 3 + 1
    assert max(lengths) <= LONGEST_QUERY


# the window and the cursor


def test_pages_are_read_to_the_end(world: World) -> None:
    said = {world.x.post("caro", f"@ainokahvi {number}").text for number in range(250)}
    batch = world.look(world.source())
    assert texts(batch) == said
    assert len(world.x.asked("mentions")) == 3
    assert not batch.more


def test_a_post_that_shows_late_is_found(world: World) -> None:
    source = world.source()
    late = world.x.post("caro", "@ainokahvi myöhässä", visible_at=START + timedelta(minutes=9))
    world.x.post("dana", "@ainokahvi heti", created_at=START + timedelta(seconds=1))
    world.advance(minutes=8)
    assert texts(world.look(source)) == {"@ainokahvi heti"}
    assert int(world.lane("mentions")["newest"]) > int(late.id)
    world.advance(minutes=2)
    assert "@ainokahvi myöhässä" in texts(world.look(source))


def test_where_posts_show_late_more_is_read_again_and_a_later_one_is_found_too(world: World) -> None:
    source = world.source(every="1m")

    def minutes(count: int) -> set[str]:
        seen: set[str] = set()
        for _ in range(count):
            world.x.post("dana", "@ainokahvi heti")
            world.advance(minutes=1)
            seen |= texts(world.look(source))
        return seen

    minutes(12)
    assert "stretch" not in world.lane("mentions")
    for late in (9, 17):  # the second is later than the overlap, which alone would never show it
        post = world.x.post("caro", f"@ainokahvi {late}", visible_at=world.now + timedelta(minutes=late))
        assert post.text in minutes(late + 1)
    assert world.lane("mentions")["stretch"] > 30 * 60
    assert "stretch" not in world.lane("timeline")
    again = world.source()  # another process reads as much again
    world.look(again)
    asked = datetime.fromisoformat(world.x.asked("mentions")[-1].params["start_time"])
    assert world.now - asked > timedelta(minutes=30)


def test_edits_and_posts_of_before_a_restart_are_not_late(world: World) -> None:
    first = world.x.post("caro", "@ainokahvi hei")
    world.x.post("dana", "@ainokahvi hei")
    for _ in range(3):
        world.advance(minutes=4)
        world.look(world.source())
    source = world.source()
    world.look(source)
    world.x.edit(first.id, "@ainokahvi hei hei", created_at=START + timedelta(minutes=2))
    world.advance(minutes=1)
    world.look(source)
    assert "stretch" not in world.lane("mentions")


@pytest.mark.parametrize("stretch", [-5, 0, 3601, 10**400, 1.5, True, "600", None])
def test_a_stretch_that_is_none_is_the_overlap(stretch: object) -> None:
    assert Place.read({"stretch": stretch}).stretch is None
    assert Place.read(Place(stretch=timedelta(seconds=900)).write()).stretch == timedelta(seconds=900)


def test_the_cursor_moves_only_after_the_last_page(world: World) -> None:
    source = world.source()
    world.look(source)
    before = dict(world.lane("mentions"))
    for number in range(250):
        world.x.post("caro", f"@ainokahvi {number}")
    world.x.fail_next("mentions", status=503, after=2)
    world.advance(minutes=1)
    broken = world.look(source)
    assert len(broken.mentions) == 200  # what was read is given, nothing vouches for the rest
    assert "503" in troubles(broken)["mentions"]
    assert world.lane("mentions") == before
    world.advance(minutes=1)
    assert len(world.look(source).mentions) == 250
    assert world.lane("mentions") != before


def test_the_first_look_reaches_back_to_since_and_no_further(world: World) -> None:
    world.x.post("caro", "@ainokahvi vanha", created_at=START - timedelta(hours=25))
    world.x.post("caro", "@ainokahvi eilinen", created_at=START - timedelta(hours=23))
    world.since = START - timedelta(hours=24)
    assert texts(world.look(world.source())) == {"@ainokahvi eilinen"}


def test_a_start_a_moment_ago_is_not_refused_by_x(world: World) -> None:
    world.x.post("caro", "@ainokahvi juuri nyt")
    world.x.post("dana", "@ainokahvi ennen alkua", created_at=START - timedelta(seconds=20))
    batch = world.look(world.source(overlap="1s", query=QUERY))
    assert batch.troubles == ()
    assert texts(batch) == {"@ainokahvi juuri nyt", "@ainokahvi ennen alkua"}  # the older one is context


def test_a_search_never_asks_beyond_seven_days_and_says_what_it_cannot_see(world: World) -> None:
    world.x.post("caro", "Aino Kahvi vanha", created_at=START - timedelta(days=8))
    world.x.post("caro", "Aino Kahvi uudempi", created_at=START - timedelta(days=6))
    world.since = START - timedelta(days=10)
    source = world.source(query=QUERY)
    batch = world.look(source)
    assert texts(batch) == {"Aino Kahvi uudempi"}
    assert "can't be read any more: X's search reaches 7 days back" in troubles(batch)["search"]
    world.advance(minutes=1)
    assert world.look(source).troubles == ()  # told once: the search was looked at meanwhile


def test_where_x_shows_no_more_than_the_newest_it_says_so(world: World) -> None:
    for number in range(805):
        world.x.post("caro", f"@ainokahvi {number}")
    batch = world.look(world.source())
    assert len(batch.mentions) == 800
    assert troubles(batch) == {
        "mentions": "X shows only the newest 800: of the posts since 2026-11-02 08:50 UTC"
        " there may be older ones that can't be read;"
        " a shorter every, or @HANDLE in query, reads more of such a storm"
    }


def test_a_storm_of_which_every_look_reads_a_part_leaves_nothing_unseen(world: World) -> None:
    source = world.source()
    seen: set[str] = set()
    for part in range(3):
        world.advance(minutes=2)
        for number in range(405):
            world.x.post("caro", f"@ainokahvi {part} {number}")
        batch = world.look(source)
        assert troubles(batch) == {}, "the oldest of the 800 was read before"
        assert "mentions" in batch.lanes
        seen |= texts(batch)
    assert len(seen) == 3 * 405


def test_a_storm_larger_than_one_look_is_told_once_and_is_over_with_the_next_look(world: World) -> None:
    source = world.source()
    world.look(source)
    world.advance(minutes=2)
    for number in range(805):
        world.x.post("caro", f"@ainokahvi {number}")
    told = troubles(world.look(source))
    assert "of the posts since 2026-11-02 09:00 UTC" in told["mentions"], "the last whole look was then"
    world.advance(minutes=1)
    again = world.look(source)
    assert (troubles(again), "mentions" in again.lanes) == ({}, True), "what the 800 join on to was read"


def test_a_window_too_large_for_one_poll_is_read_on_from_its_place(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("listener.x_lane.PAGES_A_POLL", 2)
    source = world.source()
    world.look(source)
    world.advance(minutes=10)
    for number in range(450):
        world.x.post("caro", f"@ainokahvi {number}", created_at=world.now - timedelta(seconds=number / 10))
    first = world.look(source)
    assert first.more
    assert world.lane("mentions")["until"] is None
    seen = texts(first) | texts(second := world.look(source))
    assert second.more
    last = world.look(source)
    assert not last.more
    assert len(seen | texts(last)) == 450
    assert datetime.fromisoformat(world.lane("mentions")["until"]) == world.now
    assert PAGES_A_POLL == 40


def test_the_store_of_places_survives_a_restart(world: World) -> None:
    world.look(world.source())
    world.x.post("caro", "@ainokahvi hei")
    world.advance(minutes=1)
    assert texts(world.look(world.source())) == {"@ainokahvi hei"}
    assert len(world.x.asked("user")) == 1  # the id is in the cursor


def test_a_spoilt_cursor_is_a_first_look(world: World) -> None:
    world.cursor = {"ids": ["?"], "lanes": {"mentions": {"until": "never", "newest": 5, "rest": 7}}}
    world.x.post("caro", "@ainokahvi hei")
    assert texts(world.look(world.source())) == {"@ainokahvi hei"}


def test_a_post_from_the_future_does_not_hide_the_next_ones(world: World) -> None:
    source = world.source()
    ahead = START + timedelta(days=300)
    world.x.post("caro", "@ainokahvi tulevaisuus", created_at=ahead, visible_at=START)
    world.look(source)
    world.x.post("dana", "@ainokahvi myöhässä", visible_at=START + timedelta(minutes=4))
    world.advance(minutes=5)
    assert "@ainokahvi myöhässä" in texts(world.look(source))


def test_a_search_sees_posts_after_twelve_seconds_by_turns(world: World) -> None:
    source = world.source(query=QUERY, every="1s")
    world.look(source)
    world.x.post("caro", "Aino Kahvi nyt")
    world.advance(seconds=13)
    seen = texts(world.look(source))
    world.advance(seconds=1)
    seen |= texts(world.look(source))
    assert seen == {"Aino Kahvi nyt"}
    ends = ["end_time" in asked.params for asked in world.x.asked("search")]
    assert ends == [True, False, True]


def test_an_early_end_that_x_refuses_is_left_out_at_once(world: World) -> None:
    world.x.post("caro", "Aino Kahvi hei", created_at=START - timedelta(minutes=2))
    invalid = {"errors": [{"parameters": {"end_time": ["?"]}, "message": "too recent"}]}
    world.x.fail_next("search", status=400, body=invalid)
    source = world.source(query=QUERY)
    batch = world.look(source)
    assert (texts(batch), batch.troubles) == ({"Aino Kahvi hei"}, ())
    world.look(source)
    assert ["end_time" in asked.params for asked in world.x.asked("search")] == [True, False, False]


def test_a_malformed_post_is_told_once_and_the_others_go_on(world: World) -> None:
    good = {"id": "2120000000000000001", "text": "@ainokahvi hei", "created_at": "2026-11-02T08:59:00.000Z"}
    rows = [
        {**good, "id": None},
        {"id": "2120000000000000002", "created_at": good["created_at"]},
        {**good, "id": "2120000000000000003", "created_at": "yesterday"},
        "not a post",
        {**good, "author_id": 7, "lang": 5, "referenced_tweets": "?", "edit_history_tweet_ids": [None]},
    ]
    body = {"data": rows, "includes": {"users": [{"id": "7", "username": "caro"}, 5]}, "meta": []}
    world.x.fail_next("mentions", status=200, body=body, times=2)
    source = world.source()
    batch = world.look(source)
    found = mention_of(batch)
    assert (found.id, found.author.handle, found.language) == (good["id"], "caro", None)
    assert batch.rejected == (
        "mentions: a post has no id",
        "mentions: post 2120000000000000002 has no text",
        "mentions: post 2120000000000000003 has no time",
    )
    assert batch.troubles == ()
    world.advance(minutes=1)
    assert world.look(source).rejected == ()


def test_a_text_no_database_takes_is_made_storable(world: World) -> None:
    row = (
        '{"id":"2120000000000000001","text":"@ainokahvi \\u0000 \\ud800","created_at":"2026-11-02T08:59:00Z"}'
    )
    world.x.fail_next("mentions", status=200, body='{"data":[' + row + "]}")
    text = mention_of(world.look(world.source())).text
    assert "\x00" not in text
    assert text.encode()


# faults


@pytest.mark.parametrize(
    ("status", "body", "said", "permanent"),
    [
        (401, {"title": "Unauthorized"}, "refused the bearer token (401)", True),
        (402, {"title": "x", "type": "https://api.x.com/2/problems/credits-depleted"}, "credits", True),
        (
            403,
            {"type": "https://api.twitter.com/2/problems/client-not-enrolled"},
            "client-not-enrolled",
            True,
        ),
        (404, {}, "knows no such account (404)", True),
        (400, {"errors": [{"parameters": {"start_time": ["2020"]}}]}, "how far back", True),
        (429, {}, "does not say until when", False),
        (500, "<html>oops</html>", "answers with 500", False),
        (503, "<html>over capacity</html>", "answers with 503", False),
        (418, "", "answers with 418", False),
        (503, [1, 2], "answers with 503", False),
        (403, {"errors": 5}, "does not let this app", True),
        (429, {"errors": [5]}, "rate limit", False),
        (200, "{not json", "can't be read (no JSON)", False),
        (200, "[" * 100_000, "can't be read (no JSON)", False),
        (200, [1], "can't be read (not a JSON object)", False),
        (200, {"data": {"id": "1"}, "meta": {}}, "no list of posts", False),
        (200, {}, "no list of posts", False),
        (200, {"errors": [{"title": "Forbidden"}]}, "nothing but errors", False),
        (301, "", "answers with 301", False),
    ],
)
def test_a_lane_in_trouble_says_what_to_do_and_the_others_go_on(
    world: World, *, status: int, body: Any, said: str, permanent: bool
) -> None:
    source = world.source()
    world.x.post("caro", "@ainokahvi hei")
    world.x.post("ainokahvi", "tervetuloa")
    world.x.fail_next("mentions", status=status, body=body)
    batch = world.look(source)
    (trouble,) = batch.troubles
    assert (trouble.lane, trouble.permanent, trouble.retry_at) == ("mentions", permanent, None)
    assert said in trouble.message
    assert len(batch.replies) == 1
    world.advance(minutes=1)
    recovered = world.look(source)
    assert (texts(recovered), recovered.troubles) == ({"@ainokahvi hei"}, ())


def test_429_waits_for_the_reset_x_names_and_no_longer(world: World) -> None:
    source = world.source(every="10s")
    reset_at = START + timedelta(minutes=7)
    headers = {"x-rate-limit-reset": str(int(reset_at.timestamp()))}
    world.x.post("caro", "@ainokahvi hei")
    world.x.fail_next("mentions", status=429, headers=headers)
    assert world.look(source).troubles[0].retry_at == reset_at
    world.advance(minutes=6, seconds=59)
    assert "read again at 09:07:00 UTC" in troubles(world.look(source))["mentions"]
    assert len(world.x.asked("mentions")) == 1
    world.advance(seconds=1)
    assert texts(world.look(source)) == {"@ainokahvi hei"}


@pytest.mark.parametrize("reset", ["soon", "0", "99999999999", "-5", "1e9", "9" * 400])
def test_a_reset_that_is_nonsense_is_no_reset(world: World, reset: str) -> None:
    world.x.fail_next("mentions", status=429, headers={"x-rate-limit-reset": reset})
    (trouble,) = world.look(world.source()).troubles
    assert trouble.retry_at is None
    assert "429" in trouble.message


def test_a_hang_ends_with_the_timeout(world: World) -> None:
    world.x.hang_next("mentions")
    world.x.post("ainokahvi", "tervetuloa")
    began = time.monotonic()
    batch = world.look(world.source(timeouts=(1.0, 0.3)))
    assert time.monotonic() - began < 9
    assert "did not answer in time" in troubles(batch)["mentions"]
    assert len(batch.replies) == 1


def test_a_lane_that_hangs_keeps_no_other_lanes_posts_from_being_given(world: World) -> None:
    source = world.source(slow_after=0.1)
    world.look(source)
    world.x.hang_next("mentions", seconds=0.6)  # then it breaks off
    world.x.post("ainokahvi", "tervetuloa")
    world.advance(minutes=1)
    before = dict(world.lane("mentions"))
    first = world.look(source)
    assert ([reply.text for reply in first.replies], first.troubles, first.more) == (["tervetuloa"], (), True)
    assert world.lane("mentions") == before
    meanwhile = world.look(source)  # called again for its sake: nothing is asked a second time
    assert (meanwhile.replies, meanwhile.troubles, meanwhile.more) == ((), (), True)
    later = world.look(source)
    while later.more:
        later = world.look(source)
    assert "broke off" in troubles(later)["mentions"]
    assert [len(world.x.asked(kind)) for kind in ("mentions", "timeline")] == [2, 2]


def test_a_slow_lanes_answer_is_given_by_a_later_fetch(world: World) -> None:
    source = world.source(slow_after=0.05)
    world.x.post("caro", "@ainokahvi hei")
    slow = threading.Event()
    body = {"data": [{"id": "2120000000000000001", "text": "@ainokahvi hei"}]}
    world.x.fail_next("mentions", status=200, body=body)
    world.x.before_answering = lambda path: slow.wait(5) if "mentions" in path else None
    assert world.look(source).mentions == ()
    slow.set()
    batch = world.look(source)
    assert texts(batch) == {"@ainokahvi hei"}
    assert not batch.more
    assert len(world.x.asked("mentions")) == 1


def test_an_answer_that_another_machine_overtook_is_dropped(world: World) -> None:
    source = world.source(slow_after=0.05)
    slow = threading.Event()
    world.x.before_answering = lambda path: slow.wait(5) if "mentions" in path else None
    world.look(source)
    moved = {"until": world.now.isoformat(), "newest": None, "looked_at": world.now.isoformat()}
    world.cursor = {**world.cursor, "lanes": {**_lanes(world), "mentions": moved}}
    slow.set()
    assert world.look(source).more
    assert world.lane("mentions")["until"] == moved["until"]
    assert not world.look(source).more
    assert len(world.x.asked("mentions")) == 2


def test_while_a_lane_runs_on_the_others_keep_their_pace(world: World) -> None:
    source = world.source(every="10s", slow_after=0.05)
    slow = threading.Event()
    world.x.before_answering = lambda path: slow.wait(5) if "mentions" in path else None
    for _ in range(3):
        assert world.look(source).more
        world.advance(seconds=5)
    assert [asked.at for asked in world.x.asked("timeline")] == [START, START + timedelta(seconds=10)]
    slow.set()


def test_an_answer_that_drips_for_ever_ends_too(world: World) -> None:
    world.x.drip_next("mentions")
    began = time.monotonic()
    batch = world.look(world.source(timeouts=(0.5, 0.5)))
    assert time.monotonic() - began < 9
    assert "did not answer in time" in troubles(batch)["mentions"]


def test_a_reset_connection_is_a_trouble_and_passes(world: World) -> None:
    source = world.source()
    world.x.reset_next("mentions")
    assert "broke off" in troubles(world.look(source))["mentions"]
    world.advance(minutes=1)
    assert world.look(source).troubles == ()


def test_nobody_listening_is_source_unavailable(world: World) -> None:
    source = world.source()
    world.x.stop()
    with pytest.raises(SourceUnavailable, match="can't be reached"):
        world.look(source)


def test_the_token_is_never_carried_to_another_host(world: World) -> None:
    with FakeX(token=TOKEN) as other:
        world.x.fail_next("mentions", status=302, headers={"Location": f"{other.url}/2/tweets/1"})
        batch = world.look(world.source())
        assert other.requests == []
    assert "correct api_url" in troubles(batch)["mentions"]


def test_a_proxy_of_the_environment_does_not_catch_loopback(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert world.look(world.source()).troubles == ()


def test_a_path_in_api_url_is_kept(world: World) -> None:
    with pytest.raises(SourceUnavailable):
        world.look(world.source(api_url=f"{world.x.url}/gate/"))
    assert {asked.path for asked in world.x.requests} == {"/gate/2/users/by/username/ainokahvi"}


def test_when_every_lane_fails_the_source_is_unavailable(world: World) -> None:
    source = world.source(query=QUERY)
    world.look(source)
    world.advance(minutes=1)
    world.x.token = "another"
    with pytest.raises(SourceUnavailable) as refused:
        world.look(source)
    assert refused.value.permanent
    assert refused.value.retry_at is None
    assert str(refused.value).count("bearer token") == 1


def test_the_earliest_reset_of_all_is_the_sources(world: World) -> None:
    source = world.source()
    world.look(source)
    world.advance(minutes=1)
    for path, minutes in (("mentions", 9), ("timeline", 4)):
        at = int((START + timedelta(minutes=minutes)).timestamp())
        world.x.fail_next(path, status=429, headers={"x-rate-limit-reset": str(at)})
    with pytest.raises(SourceUnavailable) as refused:
        world.look(source)
    assert refused.value.retry_at == START + timedelta(minutes=4)
    assert not refused.value.permanent


def test_with_a_lane_that_names_no_reset_the_jobs_decide_when(world: World) -> None:
    source = world.source()
    at = int((START + timedelta(minutes=9)).timestamp())
    world.look(source)
    world.advance(minutes=1)
    world.x.fail_next("mentions", status=429, headers={"x-rate-limit-reset": str(at)})
    world.x.fail_next("timeline", status=503)
    with pytest.raises(SourceUnavailable) as refused:
        world.look(source)
    assert refused.value.retry_at is None


def test_posts_of_a_look_in_which_every_lane_failed_are_given(world: World) -> None:
    for number in range(150):
        world.x.post("caro", f"@ainokahvi {number}")
    world.x.fail_next("mentions", status=503, after=1)
    world.x.fail_next("timeline", status=503)
    batch = world.look(world.source())
    assert len(batch.mentions) == 100
    assert {trouble.lane for trouble in batch.troubles} == {"mentions", "timeline"}


@pytest.mark.parametrize("lane", ["mentions", "timeline", "search"])
def test_each_lane_fails_alone(world: World, lane: str) -> None:
    source = world.source(query=QUERY)
    world.look(source)
    world.advance(minutes=1)
    world.x.fail_next(lane, status=500)
    assert set(troubles(world.look(source))) == {lane}


def test_a_lane_that_keeps_failing_is_asked_less_and_less_but_every_five_minutes(world: World) -> None:
    source = world.source(every="10s")
    world.x.fail_next("mentions", status=503, times=1000)
    asked_at: list[datetime] = []
    for _ in range(200):
        world.look(source)
        if len(world.x.asked("mentions")) > len(asked_at):
            asked_at.append(world.now)
        world.advance(seconds=10)
    gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(asked_at)]
    assert gaps[:5] == [10, 20, 40, 80, 150]  # a tenth early, on the next poll
    assert set(gaps[5:]) == {270}
    world.x.heal()
    world.advance(minutes=5)
    assert world.look(source).troubles == ()
    world.x.fail_next("mentions", status=503)
    world.look(source)
    world.advance(seconds=10)
    assert world.look(source).troubles == ()  # from the beginning again


def test_an_unknown_handle_is_said_and_the_search_goes_on(world: World) -> None:
    world.x.post("caro", "Aino Kahvi hei", created_at=START - timedelta(minutes=1))
    source = world.source(handle="nobody", query=QUERY)
    batch = world.look(source)
    assert texts(batch) == {"Aino Kahvi hei"}
    assert set(troubles(batch)) == {"mentions", "timeline"}
    assert all("knows no such account" in message for message in troubles(batch).values())
    assert all(trouble.permanent for trouble in batch.troubles)
    world.advance(seconds=5)
    world.look(source)
    assert len(world.x.asked("user")) == 1


def test_a_lookup_is_not_asked_again_after_all_lanes_failed(world: World) -> None:
    source = world.source()
    world.x.fail_next("mentions", status=503)
    world.x.fail_next("timeline", status=503)
    with pytest.raises(SourceUnavailable):
        world.look(source)
    world.advance(minutes=1)
    world.look(source)
    assert len(world.x.asked("user")) == 1


# pace


def test_while_half_the_limit_is_left_nothing_is_paced(world: World) -> None:
    source = world.source(every="1s")
    world.x.set_rate("mentions", limit=450, remaining=300, reset_at=START + timedelta(minutes=15))
    for _ in range(5):
        world.look(source)
        world.advance(seconds=1)
    assert len(world.x.asked("mentions")) == 5


def test_below_half_what_is_left_is_spread_until_the_reset(world: World) -> None:
    source = world.source(every="1s")
    world.x.set_rate("mentions", limit=450, remaining=91, reset_at=START + timedelta(minutes=15))
    world.look(source)  # 90 left for 900 s
    for _ in range(9):
        world.advance(seconds=1)
        assert world.look(source).troubles == ()
    assert len(world.x.asked("mentions")) == 1
    assert len(world.x.asked("timeline")) == 10
    world.advance(seconds=1)
    world.look(source)
    assert len(world.x.asked("mentions")) == 2


def test_with_nothing_left_the_lane_waits_for_the_reset_and_says_so(world: World) -> None:
    source = world.source(every="1s")
    reset_at = START + timedelta(minutes=10)
    world.x.set_rate("mentions", limit=450, remaining=1, reset_at=reset_at)
    assert world.look(source).troubles == ()
    world.x.post("caro", "@ainokahvi hei")
    world.advance(minutes=5)
    (trouble,) = world.look(source).troubles
    assert (trouble.lane, trouble.retry_at) == ("mentions", reset_at)
    world.advance(minutes=5)
    assert texts(world.look(source)) == {"@ainokahvi hei"}
    assert len(world.x.asked("mentions")) == 2


def test_pages_that_the_limit_does_not_allow_are_read_after_the_reset(world: World) -> None:
    source = world.source()
    for number in range(350):
        world.x.post("caro", f"@ainokahvi {number}", created_at=START - timedelta(seconds=number))
    world.x.set_rate("mentions", limit=450, remaining=2, reset_at=START + timedelta(minutes=5))
    batch = world.look(source)
    seen = texts(batch)
    assert (len(seen), batch.more, batch.troubles) == (200, False, ())
    world.advance(minutes=5)
    assert len(seen | texts(world.look(source))) == 350


def test_in_a_burst_the_limit_is_saved_by_asking_since_the_newest_id(world: World) -> None:
    source = world.source(every="1s")
    world.x.post("caro", "@ainokahvi 1")
    world.x.set_rate("mentions", limit=450, remaining=101, reset_at=START + timedelta(minutes=15))
    world.look(source)
    late = world.x.post("elle", "@ainokahvi myöhässä", visible_at=START + timedelta(minutes=4))
    world.advance(seconds=30)
    world.x.post("dana", "@ainokahvi 2")
    assert texts(world.look(source)) == {"@ainokahvi 2"}
    world.advance(minutes=4, seconds=31)
    world.x.post("dana", "@ainokahvi 3")
    assert {"@ainokahvi 2", "@ainokahvi 3", late.text} <= texts(world.look(source))
    first, second, third = (asked.params for asked in world.x.asked("mentions"))
    assert "start_time" in first
    assert "since_id" in second
    assert "start_time" not in second
    assert "since_id" not in third  # half the overlap has passed: time to look for late posts
    assert third["start_time"] == first["start_time"]  # from where the last such look vouched


def test_since_id_that_x_refuses_becomes_a_look_by_time(world: World) -> None:
    source = world.source(every="1s")
    world.x.post("caro", "@ainokahvi 1")
    world.x.set_rate("mentions", limit=450, remaining=101, reset_at=START + timedelta(minutes=15))
    world.look(source)
    world.advance(seconds=30)
    world.x.fail_next("mentions", status=400, body={"errors": [{"parameters": {"since_id": ["1"]}}]})
    batch = world.look(source)
    assert (texts(batch), batch.troubles) == ({"@ainokahvi 1"}, ())


# secrets and logs


def test_no_token_and_no_text_in_logs_or_messages(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world.x.post("caro", "@ainokahvi salainen asia")
    source = world.source(query=QUERY, **WRITTEN_KEYS)
    batch = world.look(source)
    echo = {"title": TOKEN, "detail": f"{TOKEN} salainen asia", "type": f"https://x/{TOKEN}"}
    said = [trouble.message for trouble in batch.troubles]
    for status in (400, 401, 402, 403, 404, 429, 500):
        world.advance(minutes=6)
        world.x.fail_next("mentions", status=status, body={**echo, "errors": [echo]})
        said += [trouble.message for trouble in world.look(source).troubles]
    world.x.token, world.x.keys = "another", None
    world.advance(minutes=6)
    with pytest.raises(SourceUnavailable) as refused:
        world.look(source)
    said += [str(refused.value), repr(refused.value), repr(refused.value.__cause__), *source.check()]
    assert len(said) > 8
    for secret in (TOKEN, *WRITTEN_KEYS.values(), "salainen", "oauth_signature"):
        assert secret not in caplog.text
        assert not [line for line in said if secret in line]


def test_the_settings_do_not_show_what_lets_us_in() -> None:
    settings = XSettings.model_validate({"name": "x", "handle": "a", "bearer_token": TOKEN, **WRITTEN_KEYS})
    for secret in (TOKEN, *WRITTEN_KEYS.values()):
        assert secret not in f"{settings!r} {settings.keys!r} {settings.model_dump_json()}"


# check and close


def test_check_says_nothing_when_all_is_well(world: World) -> None:
    world.x.add_account("ainohelp")
    assert world.source(also=["ainohelp"]).check() == []
    assert [asked.params["max_results"] for asked in world.x.asked("mentions")] == ["5"]


def test_check_names_the_account_and_what_to_do(world: World) -> None:
    world.x.fail_next("mentions", status=403)
    problems = world.source(also=["nobody"]).check()
    assert len(problems) == 2
    assert problems[0].startswith("@ainokahvi: X does not let this app read this (403)")
    assert problems[1].startswith("@nobody: X knows no such account")


def test_check_warns_of_a_token_in_clear(world: World) -> None:
    source = world.source(api_url="http://x.invalid", timeouts=(0.2, 0.2))
    assert "unencrypted" in source.check()[0]


def test_closing_ends_a_look_that_hangs(world: World) -> None:
    source = world.source(timeouts=(1.0, 30.0))
    world.x.hang_next("mentions")

    def close_when_it_hangs() -> None:
        world.x.hung.acquire()
        source.close()

    closing = threading.Thread(target=close_when_it_hangs)
    closing.start()
    began = time.monotonic()
    with pytest.raises(SourceUnavailable, match="being closed"):
        world.look(source)
    assert time.monotonic() - began < 9
    closing.join()
    source.close()


@pytest.mark.parametrize(
    ("keys", "days"),
    [
        ({}, 30),
        ({"budget": "50 USD/month"}, 7),
        ({"budget": "50 USD/month", "recheck": "30d"}, 30),
        ({"recheck": "2d"}, 2),
    ],
)
def test_within_a_budget_posts_are_asked_about_for_a_week_unless_the_file_says_otherwise(
    keys: dict[str, str], days: int
) -> None:
    written = {"name": "x", "handle": "ainokahvi", "bearer_token": "t", **keys}
    assert XSettings.model_validate(written).rechecked_within == timedelta(days=days)


def test_where_nothing_is_to_be_asked_about_a_budget_changes_nothing() -> None:
    written = {
        "name": "x",
        "handle": "ainokahvi",
        "bearer_token": "t",
        "budget": "5 USD/month",
        "recheck": "off",
    }
    assert XSettings.model_validate(written).rechecked_within is None
