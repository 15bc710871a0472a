"""The Reddit source, met by the real praw over loopback."""

import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from pydantic import ValidationError

from casebook.mention import Batch, Blindness, Json, Mention
from listener.reddit import RedditSettings, RedditSource
from listener.source import LooksUp, Source, SourceUnavailable
from tests.servers.fake_reddit import FakeReddit

SECRET = "very-secret-secret"
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class World:
    """A fake Reddit, a clock that both sides read, and the source under test."""

    def __init__(self) -> None:
        self.now = START
        self.since = START
        self.reddit = FakeReddit(now=lambda: self.now, secret=SECRET).start()
        self.reddit.accounts.add("ainokahvi")
        self.reddit.passwords["ainokahvi"] = SECRET
        self.reddit.subreddits.update({"suomi", "kahvi"})
        self.sources: list[RedditSource] = []
        self.cursor: Json = {}

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)

    def source(self, **keys: Any) -> RedditSource:
        timeouts = keys.pop("timeouts", (1.0, 5.0))
        app = {"client_id": "fake-id", "client_secret": SECRET}
        urls = {"api_url": self.reddit.url, "auth_url": self.reddit.url}
        written = {"name": "reddit", **app, **urls, "subreddits": ["suomi"], **keys}
        source = RedditSource(RedditSettings.model_validate(written), timeouts=timeouts)
        self.sources.append(source)
        return source

    def look(self, source: RedditSource) -> Batch:
        batch = source.fetch(json.loads(json.dumps(self.cursor)), since=self.since, now=self.now)
        self.cursor = batch.cursor
        return batch

    def close(self) -> None:
        for source in self.sources:
            source.close()
        self.reddit.stop()


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def ids(batch: Batch) -> set[str]:
    return {mention.id for mention in batch.mentions}


def troubles(batch: Batch) -> dict[str, str]:
    return {trouble.lane: trouble.message for trouble in batch.troubles}


# settings


@pytest.mark.parametrize(
    ("keys", "blamed"),
    [
        ({"client_secret": " "}, "client_secret"),
        ({"api_url": f"https://a:{SECRET}@b"}, "api_url"),
        ({"subreddits": ["a/b"]}, "subreddits"),
        ({"handle": "aino kahvi"}, "handle"),
        ({"username": "aino"}, "belong together"),
        ({"password": SECRET}, "belong together"),
        ({"subreddits": []}, "nothing to read"),
        ({"user_agent": "x\r\ny: z-long"}, "user_agent"),
        ({"learn": "weights"}, "terms forbid"),
        ({"rates": 1}, "rates"),
    ],
)
def test_a_wrong_key_is_refused_without_showing_the_secret(keys: dict[str, object], blamed: str) -> None:
    written = {"name": "r", "client_id": "i", "client_secret": SECRET, "subreddits": ["r/suomi"], **keys}
    with pytest.raises(ValidationError) as refused:
        RedditSettings.model_validate(written)
    assert blamed in str(refused.value)
    assert SECRET not in str(refused.value)


def test_making_a_source_touches_no_network_and_imports_no_client() -> None:
    made = (
        "import sys; from listener.registry import KINDS; kind = KINDS['reddit'];"
        "kind.open(kind.settings(name='r', client_id='i', client_secret='s', query='q')).close();"
        "sys.exit('praw' in sys.modules or 'requests' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", made], check=False).returncode == 0


def test_it_is_a_source_that_looks_up(world: World) -> None:
    source: Source = world.source()
    assert (source.name, source.kind, source.network) == ("reddit", "reddit", "reddit")
    assert isinstance(source, LooksUp)


# what is read


def test_posts_and_comments_are_read_with_everything_a_card_needs(world: World) -> None:
    post = world.reddit.submit("caro", "Aino Kahvi", "Pahaa & <kylmää>.", subreddit="suomi")
    comment = world.reddit.comment("dana", "Samaa mieltä", to=post)
    answer = world.reddit.comment("AinoKahvi", "Pahoittelut!", to=comment)
    batch = world.look(world.source(handle="u/ainokahvi"))
    found = {mention.id: mention for mention in batch.mentions}
    assert (found[post].text, found[post].posted_at) == ("Aino Kahvi\n\nPahaa & <kylmää>.", START)
    assert (found[post].author.handle, found[post].author.id) == ("caro", "t2_caro")
    assert found[post].url == f"https://www.reddit.com/r/suomi/comments/{post[3:]}/otsikko/"
    assert (found[post].conversation, found[post].in_reply_to) == (post, None)
    assert (found[comment].conversation, found[comment].in_reply_to) == (post, post)
    (reply,) = batch.replies
    assert (reply.id, reply.account, reply.conversation, reply.in_reply_to) == (
        answer,
        "AinoKahvi",
        post,
        comment,
    )


def test_words_choose_among_the_posts_of_a_subreddit(world: World) -> None:
    named = world.reddit.submit("caro", "Ostin AINO KAHVIA eilen")
    other = world.reddit.submit("dana", "Vaino kahvi")
    said = world.reddit.comment("elle", "aino kahvi on hyvää", to=other)
    ours = world.reddit.comment("ainokahvi", "Kiitos viestistäsi!", to=other)
    elsewhere = world.reddit.submit("caro", "aino kahvi", subreddit="muu")
    source = world.source(words=["Aino Kahvi"], handle="ainokahvi", autoreplies=["^Kiitos viestistäsi"])
    batch = world.look(source)
    assert ids(batch) == {named, said}
    assert elsewhere not in ids(batch)
    assert [(reply.id, reply.automated) for reply in batch.replies] == [(ours, True)]


def test_a_search_goes_over_all_of_reddit(world: World) -> None:
    there = world.reddit.submit("caro", "Aino Kahvi sulkee", subreddit="muualla")
    assert ids(world.look(world.source(subreddits=[], query='"Aino Kahvi"'))) == {there}


def test_logged_in_the_inbox_is_read_without_its_private_messages(world: World) -> None:
    post = world.reddit.submit("ainokahvi", "Uutta", subreddit="muualla")
    answer = world.reddit.comment("caro", "Missä tilaukseni?", to=post)
    world.reddit.notify(answer)
    world.reddit.write_privately("dana", "salaa")
    batch = world.look(world.source(subreddits=[], username="ainokahvi", password=SECRET))
    (found,) = batch.mentions
    assert (found.id, found.conversation, found.in_reply_to) == (answer, post, post)
    assert found.url is not None
    assert found.url.endswith(f"/comments/{post[3:]}/otsikko/{answer[3:]}/")
    assert [reply.id for reply in batch.replies] == [post]


@pytest.mark.parametrize(
    "gone",
    [
        {"author": "[deleted]", "selftext": "[deleted]"},
        {"selftext": "[removed]"},
        {"removed_by_category": "moderator"},
    ],
)
def test_what_was_deleted_or_removed_is_read_past(world: World, gone: dict[str, object]) -> None:
    world.reddit.blank(world.reddit.submit("caro", "otsikko"), **gone)
    batch = world.look(world.source())
    assert (batch.mentions, batch.rejected) == ((), ())


@pytest.mark.parametrize(
    ("field", "value", "missing"),
    [
        ("author", "<b>", "author"),
        ("author", None, "author"),
        ("title", 7, "title"),
        ("created_utc", "x", "time"),
        ("created_utc", 1e300, "time"),
        ("created_utc", True, "time"),
    ],
)
def test_a_malformed_post_is_told_once_and_the_others_go_on(
    world: World, field: str, value: object, missing: str
) -> None:
    broken = world.reddit.submit("caro", "rikki")
    fine = world.reddit.submit("dana", "ehjä")
    spoilt = {**world.reddit.things[broken], field: value}
    listing = {
        "data": {"children": [{"data": spoilt}, {"data": world.reddit.things[fine]}, 7], "after": None}
    }
    world.reddit.fail_next("/new", status=200, body=listing)
    batch = world.look(world.source())
    assert ids(batch) == {fine}
    assert batch.rejected == (f"posts: post {broken} has no {missing}", "posts: a post has no id")


@pytest.mark.parametrize(
    "link", ["//evil.example/", "javascript:alert(1)", "/r/a/comments/x/\u202e", 7, None]
)
def test_a_hostile_link_is_no_link(world: World, link: object) -> None:
    said = world.reddit.submit("caro", "hei", permalink=link)
    (found,) = world.look(world.source()).mentions
    assert (found.id, found.url) == (said, None)


def test_a_text_no_database_takes_is_made_storable_and_a_future_time_is_now(world: World) -> None:
    future = datetime(2099, 1, 1, tzinfo=UTC).timestamp()
    world.reddit.submit("caro", "a\x00b \ud800", created_utc=future)
    (found,) = world.look(world.source()).mentions
    assert (found.text, found.posted_at) == ("ab \ufffd", START)


# to the end, and again


def test_pages_are_read_until_what_was_there_before(world: World) -> None:
    source = world.source(overlap="1m")
    world.look(source)
    world.advance(minutes=2)
    said = {world.reddit.submit("caro", f"{n}") for n in range(250)}
    world.advance(minutes=2)
    assert ids(world.look(source)) == said
    before = len(world.reddit.asked("/new"))
    world.advance(minutes=2)
    assert world.look(source).mentions == () or len(world.reddit.asked("/new")) - before <= 3


def test_more_than_reddit_shows_is_said(world: World) -> None:
    for number in range(1001):
        world.reddit.submit("caro", f"{number}")
    world.advance(minutes=1)
    batch = world.look(world.source())
    assert len(batch.mentions) == 1000
    assert "no more than the newest 1000" in troubles(batch)["posts"]


# trouble


def test_praw_neither_sleeps_nor_tries_again_and_a_spent_limit_is_not_asked_over(world: World) -> None:
    world.reddit.remaining = 1
    source = world.source()
    began = time.monotonic()
    batch = world.look(source)
    assert [trouble.reason for trouble in batch.troubles] == [Blindness.RATE_LIMIT]
    assert batch.troubles[0].retry_at == START + timedelta(seconds=300)
    world.advance(seconds=301)
    world.reddit.remaining = 100
    assert world.look(source).troubles == ()
    world.reddit.fail_next("/", status=503, times=100)
    before = len(world.reddit.requests)
    with pytest.raises(SourceUnavailable, match="503"):
        world.look(source)
    assert len(world.reddit.requests) - before == 2  # one a lane
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "30"}, 30),
        ({"x-ratelimit-reset": "120", "x-ratelimit-remaining": "0.0"}, 120),
        ({"retry-after": "x"}, None),
        ({"x-ratelimit-reset": "999999"}, None),
    ],
)
def test_429_waits_for_the_reset_that_is_named(
    world: World, headers: dict[str, str], wait: int | None
) -> None:
    world.reddit.fail_next("/new", status=429, headers=headers)
    with pytest.raises(SourceUnavailable) as failed:
        world.look(world.source())
    assert failed.value.reason is Blindness.RATE_LIMIT
    assert failed.value.retry_at == (START + timedelta(seconds=wait) if wait else None)


@pytest.mark.parametrize(
    ("status", "body", "reason", "words"),
    [
        (403, "<html>blocked</html>", Blindness.AUTHORISATION, "set user_agent"),
        (403, {"reason": "private"}, Blindness.AUTHORISATION, "403, private"),
        (403, {"reason": SECRET}, Blindness.AUTHORISATION, "suspended"),
        (302, "", Blindness.AUTHORISATION, "knows no such subreddit"),
        (503, "<html>", Blindness.VENDOR, "answers with 503"),
        (200, "<html>", Blindness.VENDOR, "can't be read"),
        (200, {"kind": "Listing"}, Blindness.VENDOR, "can't be read"),
        (200, [], Blindness.VENDOR, "can't be read"),
    ],
)
def test_a_lane_in_trouble_says_what_to_do_and_the_others_go_on(
    world: World, status: int, body: Any, reason: Blindness, words: str
) -> None:
    post = world.reddit.submit("caro", "hei")
    world.reddit.fail_next("/comments", status=status, body=body, headers={"location": "http://192.0.2.1/"})
    batch = world.look(world.source())
    assert ids(batch) == {post}
    (trouble,) = batch.troubles
    assert (trouble.lane, trouble.reason) == ("comments", reason)
    assert words in trouble.message
    assert SECRET not in trouble.message


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"client_secret": "wrong"}, "client_id and client_secret"),
        ({"username": "ainokahvi", "password": "wrong"}, "username and password"),
    ],
)
def test_refused_credentials_are_asked_once_and_said(world: World, keys: dict[str, str], words: str) -> None:
    with pytest.raises(SourceUnavailable, match=words) as failed:
        world.look(world.source(**keys))
    assert (failed.value.reason, failed.value.permanent) == (Blindness.AUTHORISATION, True)
    assert len(world.reddit.requests) == 1


@pytest.mark.parametrize(
    "body", [{}, {"access_token": 1}, "<html>", [], {"access_token": "t", "expires_in": "x", "scope": "*"}]
)
def test_a_token_that_is_none_is_a_vendors_fault(world: World, body: Any) -> None:
    world.reddit.fail_next("/access_token", status=200, body=body, times=9)
    with pytest.raises(SourceUnavailable, match="no access token"):
        world.look(world.source())


def test_a_token_that_grew_old_is_made_anew(world: World) -> None:
    source = world.source()
    world.look(source)
    world.reddit.tokens.clear()
    said = world.reddit.submit("caro", "hei")
    batch = world.look(source)
    assert (ids(batch), batch.troubles) == ({said}, ())


def test_a_suspended_account_of_ours_is_said(world: World) -> None:
    said = world.reddit.submit("caro", "hei")
    batch = world.look(world.source(handle="ainokahvi", also=["poissa"]))
    assert ids(batch) == {said}
    assert "may also be suspended" in troubles(batch)["timeline:poissa"]


@pytest.mark.parametrize("how", ["hang", "drip", "reset"])
def test_a_reddit_that_does_not_answer_ends_with_the_timeout(
    world: World, how: Literal["hang", "drip", "reset"]
) -> None:
    world.reddit.spoil_next("/new", how, times=2)
    began = time.monotonic()
    with pytest.raises(SourceUnavailable) as failed:
        world.look(world.source(timeouts=(0.2, 0.2)))
    assert failed.value.reason is Blindness.NETWORK
    assert time.monotonic() - began < 3


def test_closing_ends_a_look_that_hangs(world: World) -> None:
    world.reddit.spoil_next("/access_token", "hang")
    source = world.source(timeouts=(5.0, 30.0))
    ended: list[str] = []

    def look() -> None:
        try:
            world.look(source)
        except SourceUnavailable as error:
            ended.append(str(error))

    looking = threading.Thread(target=look)
    looking.start()
    assert world.reddit.hung.acquire(timeout=10)
    source.close()
    looking.join(timeout=2)
    assert ended == ["the source is being closed"]


def test_no_secret_and_no_text_in_logs_or_cursor(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world.reddit.submit("caro", "arkaluonteista")
    source = world.source(username="ainokahvi", password=SECRET)
    batch = world.look(source)
    for written in (caplog.text, json.dumps(batch.cursor), repr(source._settings)):
        assert SECRET not in written
        assert "arkaluonteista" not in written


# looking up, checking


def test_looking_up_tells_what_is_gone_and_what_was_edited(world: World) -> None:
    post = world.reddit.submit("caro", "otsikko")
    stays, goes, blanked, changed = (world.reddit.comment("caro", f"{n}", to=post) for n in range(4))
    del world.reddit.things[goes]
    world.reddit.things[blanked]["body"] = "[removed]"
    world.reddit.things[changed] |= {"body": "paremmin", "edited": START.timestamp()}
    found = world.source().look_up([post, stays, goes, blanked, changed], now=START)
    assert found.gone == {goes, blanked}
    assert [(edited.id, edited.text) for edited in found.edited] == [(changed, "paremmin")]
    assert isinstance(found.edited[0], Mention)


@pytest.mark.parametrize(("status", "body"), [(200, "<html>"), (200, {}), (503, ""), (403, "")])
def test_nothing_is_gone_when_reddit_does_not_answer(world: World, status: int, body: Any) -> None:
    post = world.reddit.submit("caro", "otsikko")
    world.reddit.fail_next("/api/info", status=status, body=body)
    with pytest.raises(SourceUnavailable):
        world.source().look_up([post], now=START)


def test_check_says_nothing_when_all_is_well(world: World) -> None:
    assert world.source(username="ainokahvi", password=SECRET, query="Aino").check() == []


def test_check_names_what_is_wrong_and_what_to_do(world: World) -> None:
    found = world.source(handle="poissa", subreddits=["olematon"]).check()
    assert [problem.partition(":")[0] for problem in found] == ["timeline", "posts", "comments"]
    assert "correct subreddits" in found[1]
