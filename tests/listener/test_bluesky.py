"""The Bluesky source, met by the real atproto over loopback."""

import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from casebook.mention import Batch, Blindness, Json, Mention
from listener.bluesky import BlueskySettings, BlueskySource
from listener.source import LookedUp, LooksUp, Source, SourceUnavailable
from tests.servers.fake_bluesky import APP_PASSWORD, FakeBluesky, Post

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
US = "ainokahvi.bsky.social"
CARO = "caro.bsky.social"
LIST = "listNotifications"
MENTIONS, FEED, SEARCH = (
    f"app.bsky.notification.{LIST}",
    "app.bsky.feed.getAuthorFeed",
    "app.bsky.feed.searchPosts",
)


class World:
    """A fake Bluesky with Aino Kahvi on it, a clock that both sides read, and the source under test."""

    def __init__(self) -> None:
        self.now = START
        self.sky = FakeBluesky(now=lambda: self.now).start()
        self.us = self.sky.add_account(US, password=APP_PASSWORD)
        self.sources: list[BlueskySource] = []
        self.cursor: Json = {}
        self.since = START

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)

    def source(self, **keys: Any) -> BlueskySource:
        timeouts = keys.pop("timeouts", (1.0, 5.0))
        written = {"name": "sky", "handle": US, "app_password": APP_PASSWORD, "api_url": self.sky.url, **keys}
        source = BlueskySource(BlueskySettings.model_validate(written), timeouts=timeouts)
        self.sources.append(source)
        return source

    def ask(self, text: str = "Missä pakettini?", **how: Any) -> Post:
        """Let a customer write a post that names us."""
        return self.sky.post(how.pop("author", CARO), text, mentions=[US], **how)

    def look(self, source: BlueskySource) -> Batch:
        """Look as the jobs do: the cursor moves on when the batch was filed."""
        batch = source.fetch(json.loads(json.dumps(self.cursor)), since=self.since, now=self.now)
        self.cursor = batch.cursor
        return batch

    def spoil(self, question: str, **fields: Any) -> None:
        """Change fields of the first post that a question gives from now on."""

        def spoil(name: str, body: Json) -> dict[str, Any]:
            changed: dict[str, Any] = json.loads(json.dumps(body))
            rows = changed.get("notifications") or changed.get("posts") or []
            if name.endswith(question) and rows:
                rows[0] |= fields
            return changed

        self.sky.spoil = spoil

    def close(self) -> None:
        for source in self.sources:
            source.close()
        self.sky.stop()


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def ids(batch: Batch) -> set[str]:
    return {mention.id for mention in batch.mentions}


def lanes(batch: Batch) -> dict[str, Blindness]:
    return {trouble.lane: trouble.reason for trouble in batch.troubles}


def only(batch: Batch) -> Mention:
    (mention,) = batch.mentions
    return mention


# settings


@pytest.mark.parametrize("written", [US, f"@{US}", f" @{US} "])
def test_a_handle_may_be_written_with_or_without_at(written: str) -> None:
    settings = BlueskySettings.model_validate({"name": "s", "handle": written, "app_password": APP_PASSWORD})
    assert settings.handle == US


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("handle", "ainokahvi"),
        ("handle", "aino kahvi.fi"),
        ("also", ["no/slash.fi"]),
        ("query", ""),
        ("app_password", " "),
        ("app_password", f"{APP_PASSWORD}\nX"),
        ("api_url", "bsky.social"),
        ("api_url", f"https://user:{APP_PASSWORD}@bsky.social"),
    ],
)
def test_a_wrong_key_is_refused_without_showing_the_password(key: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        BlueskySettings.model_validate({"name": "s", "handle": US, "app_password": APP_PASSWORD, key: value})
    assert key in str(refused.value)
    assert APP_PASSWORD not in str(refused.value)


def test_making_a_source_touches_no_network_and_imports_no_atproto() -> None:
    made = (
        "import sys; from listener.bluesky import BlueskySettings, BlueskySource;"
        "BlueskySource(BlueskySettings(name='s', handle='a.fi', app_password='t', api_url='http://192.0.2.1'))"
        ".close(); sys.exit('atproto_client' in sys.modules or 'httpx' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", made], check=False).returncode == 0


# what is read


def test_mentions_replies_and_quotes_are_shown_with_their_conversation(world: World) -> None:
    ours = world.sky.post(US, "Uusi paahto on täällä")
    named = world.ask()
    reply = world.sky.post(CARO, "Ei maistu", reply_to=ours.uri)
    deeper = world.sky.post("dan.bsky.social", "Eikä minulle", reply_to=reply.uri)
    quote = world.sky.post(CARO, "Katsokaa tätä", quotes=ours.uri)
    world.sky.post("dan.bsky.social", "Muuten vain")
    world.advance(seconds=5)
    batch = world.look(world.source())
    told = {m.id: (m.conversation, m.in_reply_to, m.quotes) for m in batch.mentions}
    assert told == {
        named.uri: (None, None, None),
        reply.uri: (ours.uri, ours.uri, None),
        deeper.uri: (ours.uri, reply.uri, None),
        quote.uri: (None, None, ours.uri),
    }
    assert [(reply.id, reply.account) for reply in batch.replies] == [(ours.uri, US)]


def test_a_mention_tells_all_that_bluesky_tells(world: World) -> None:
    caro = world.sky.add_account(CARO, name="Caro 🦋", followers=1234)
    post = world.ask(langs=["fi", "en"])
    mention = only(world.look(world.source()))
    assert (mention.author.id, mention.author.name, mention.author.followers) == (caro.did, "Caro 🦋", 1234)
    assert mention.url == f"https://bsky.app/profile/{CARO}/post/{post.uri.rsplit('/', 1)[1]}"
    assert (mention.language, mention.posted_at) == ("fi", START)


def test_our_answers_are_found_for_every_account_and_reposts_open_nothing(world: World) -> None:
    world.sky.add_account("ainohelp.fi")
    asked = world.ask()
    answer = world.sky.post("ainohelp.fi", "Selvitämme!", reply_to=asked.uri)
    other = world.sky.post("dan.bsky.social", "Hyvää kahvia")
    world.sky.repost(US, other.uri)
    batch = world.look(world.source(also=["AinoHelp.fi"]))
    assert [(reply.id, reply.account, reply.conversation) for reply in batch.replies] == [
        (answer.uri, "ainohelp.fi", asked.uri)
    ]
    assert ids(batch) == {asked.uri}


def test_an_account_of_ours_is_known_by_its_id_when_its_handle_does_not_work(world: World) -> None:
    help_desk = world.sky.add_account("ainohelp.fi")
    source = world.source(also=["ainohelp.fi"], query="kahvi")
    world.sky.post("ainohelp.fi", "kahvi on valmista")
    world.look(source)
    world.advance(minutes=1)
    late = world.sky.post(help_desk.did, "kahvi on lopussa")
    help_desk.handle = "handle.invalid"
    batch = world.look(world.source(also=["ainohelp.fi"], query="kahvi"))
    assert (ids(batch), late.uri in {reply.id for reply in batch.replies}) == (set(), True)


def test_the_search_finds_what_names_nobody_and_shows_a_mention_once(world: World) -> None:
    named = world.ask("Aino Kahvi on loppu")
    unnamed = world.sky.post("dan.bsky.social", "aino kahvi on hyvää")
    batch = world.look(world.source(query='"aino kahvi"'))
    assert sorted(mention.id for mention in batch.mentions) == sorted([named.uri, unnamed.uri])
    (asked,) = world.sky.asked(SEARCH)
    assert asked.params["since"] == ["2026-11-02T08:50:00.000Z"]


def test_an_automatic_reply_is_marked(world: World) -> None:
    asked = world.ask()
    world.sky.post(US, "Kiitos viestistäsi!", reply_to=asked.uri)
    (reply,) = world.look(world.source(autoreplies=["^kiitos viestistäsi"])).replies
    assert reply.automated


def test_a_post_that_shows_late_is_found_by_the_overlap(world: World) -> None:
    source = world.source()
    late = world.ask("myöhäinen", visible_at=START + timedelta(minutes=8))
    world.advance(minutes=5)
    early = world.ask("ajoissa")
    assert ids(world.look(source)) == {early.uri}
    world.advance(minutes=4)
    assert late.uri in ids(world.look(source))


def test_a_burst_is_read_over_several_pages_and_looks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listener.bluesky_lane.PAGES_A_LOOK", 2)
    dates = [START - timedelta(seconds=number) for number in range(450)]
    said = {world.ask("aino", author=f"c{at.second}.fi", created_at=at).uri for at in dates}
    source, seen, looks = world.source(query="aino"), set[str](), 0
    while True:
        batch = world.look(source)
        seen |= ids(batch)
        looks += 1
        if not batch.more:
            break
    assert (seen, looks) == (said, 3)
    for name in ("mentions", "search"):
        assert _places(world)[name] == {"until": START.isoformat(), "looked_at": START.isoformat()}
    assert len(world.sky.asked(FEED)) == 1


def test_what_a_fault_cut_short_is_read_on_where_it_stopped(world: World) -> None:
    said = {world.ask(f"viesti {number}").uri for number in range(250)}
    source = world.source()
    world.sky.fail_next(LIST, status=503, after=2)
    first = world.look(source)
    assert (len(ids(first)), set(lanes(first))) == (200, {"mentions"})
    world.advance(minutes=2)
    assert ids(first) | ids(world.look(source)) == said
    assert len(world.sky.asked(LIST)) == 4


def test_a_kept_page_that_is_refused_is_given_up(world: World) -> None:
    world.cursor = {"lanes": {"mentions": {"rest": {"start_at": START.isoformat(), "cursor": "nonsense"}}}}
    asked, source = world.ask(), world.source()
    assert ids(world.look(source)) == set()
    world.advance(minutes=2)
    assert ids(world.look(source)) == {asked.uri}


def test_a_quiet_look_asks_once_a_lane(world: World) -> None:
    source = world.source(query="kahvi")
    world.ask("vanha")
    world.look(source)
    world.advance(minutes=1)
    before = len(world.sky.requests)
    world.look(source)
    assert sorted(asked.name for asked in world.sky.requests[before:]) == sorted([MENTIONS, FEED, SEARCH])


def test_followers_that_cannot_be_had_keep_nothing_back(world: World) -> None:
    world.sky.fail_next("getProfiles", status=500, body="<html>")
    world.ask()
    batch = world.look(world.source())
    assert (only(batch).author.followers, batch.troubles) == (None, ())


# malformed and hostile


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"uri": "at://did:plc:x/app.bsky.feed.like/3k"}, "id"),
        ({"uri": 12}, "id"),
        ({"author": None}, "author"),
        ({"author": {"did": "javascript:alert(1)", "handle": "caro.fi"}}, "author"),
        ({"record": {"createdAt": "2026-11-02T09:00:00Z"}}, "text"),
        ({"record": {"text": {"a": 1}}}, "text"),
        ({"record": ["text"]}, "text"),
        ({"indexedAt": None}, "time"),
        ({"indexedAt": "1970-01-01T00:00:00Z"}, "time"),
        ({"indexedAt": "9999-12-31T23:59:59-23:59"}, "time"),
    ],
)
def test_one_malformed_post_is_told_of_once_and_the_others_are_kept(
    world: World, fields: dict[str, Any], why: str
) -> None:
    kept = world.ask("hyvä")
    world.advance(seconds=1)
    world.ask("rikki")
    world.spoil(LIST, **fields)
    source = world.source()
    batch = world.look(source)
    assert ids(batch) == {kept.uri}
    assert [sentence.endswith(f"has no {why}") for sentence in batch.rejected] == [True]
    assert "rikki" not in batch.rejected[0]
    assert world.look(source).rejected == ()


def test_text_without_utf8_or_with_nuls_breaks_no_page(world: World) -> None:
    world.ask("a\ud800b\x00c")
    world.ask("x" * 1_000_000)
    assert {mention.text[:4] for mention in world.look(world.source()).mentions} == {"a\ufffdbc", "xxxx"}


def test_a_picture_without_words_is_a_mention(world: World) -> None:
    assert only(_looked(world, world.ask(""))).text == ""


@pytest.mark.parametrize(
    ("created_at", "posted_at"),
    [
        ("2026-11-02T08:55:00.123456789Z", datetime(2026, 11, 2, 8, 55, 0, 123456, tzinfo=UTC)),
        ("2026-11-02T10:55:00+02:00", datetime(2026, 11, 2, 8, 55, tzinfo=UTC)),
        ("2027-01-01T00:00:00Z", START),
        ("9999-12-31T23:59:59-23:59", START),
        ("1970-01-01T00:00:00Z", START),
        ("2021-12-31T23:59:59Z", START),
        ("2026-11-02T08:55:00", START),
        ("eilen", START),
        (12, START),
        (None, START),
    ],
)
def test_a_post_is_dated_by_its_client_only_as_far_as_that_can_be(
    world: World, created_at: object, posted_at: datetime
) -> None:
    post = world.ask()
    world.spoil(LIST, record={"text": "a", "createdAt": created_at})
    mention = only(world.look(world.source()))
    assert (mention.id, mention.posted_at) == (post.uri, posted_at)


def test_a_post_dated_back_among_new_ones_does_not_end_the_pages(world: World) -> None:
    said = {world.ask(f"viesti {number}").uri for number in range(101)}

    def spoil(name: str, body: dict[str, Any]) -> dict[str, Any]:
        changed: dict[str, Any] = json.loads(json.dumps(body))
        if name.endswith(LIST) and len(changed["notifications"]) == 100:
            changed["notifications"][-1]["indexedAt"] = "2023-01-01T00:00:00Z"
        return changed

    world.sky.spoil = spoil
    assert said <= ids(world.look(world.source()))


@pytest.mark.parametrize(
    ("record", "is_quote"),
    [
        ({"$type": "app.bsky.embed.record", "record": {"uri": "at://did:plc:b/app.bsky.feed.post/3k"}}, True),
        (
            {
                "$type": "app.bsky.embed.recordWithMedia",
                "record": {"record": {"uri": "at://did:plc:b/app.bsky.feed.post/3k"}},
                "media": {},
            },
            True,
        ),
        ({"record": {"uri": "at://did:plc:b/app.bsky.feed.generator/3k"}}, False),
        ({"record": "at://did:plc:b/app.bsky.feed.post/3k"}, False),
        ([], False),
    ],
)
def test_a_quote_is_found_beside_a_picture_too(world: World, record: object, *, is_quote: bool) -> None:
    mention = only(_looked(world, world.ask(embed=record)))
    assert mention.quotes == ("at://did:plc:b/app.bsky.feed.post/3k" if is_quote else None)


def test_a_handle_that_is_no_handle_gives_way_to_the_id(world: World) -> None:
    caro = world.sky.account(CARO)
    caro.handle = "evil/../.bsky.social"
    post = world.sky.post(caro.did, "hei", mentions=[US])
    mention = only(_looked(world, post))
    assert mention.author.handle == caro.did
    assert mention.url == f"https://bsky.app/profile/{caro.did}/post/{post.uri.rsplit('/', 1)[1]}"


# the session


def test_a_session_is_made_once_for_all_looks_and_lanes(world: World) -> None:
    source = world.source(query="kahvi")
    for _ in range(3):
        world.look(source)
        world.advance(minutes=10)
    assert len(world.sky.asked("createSession")) == 1


def test_an_expired_token_is_refreshed_once_for_all_lanes(world: World) -> None:
    source = world.source(query="kahvi")
    world.look(source)
    world.advance(hours=3)
    asked = world.ask()
    batch = world.look(source)
    assert (ids(batch), batch.troubles) == ({asked.uri}, ())
    assert (len(world.sky.asked("createSession")), len(world.sky.asked("refreshSession"))) == (1, 1)


def test_a_session_that_cannot_be_refreshed_is_made_anew(world: World) -> None:
    source = world.source()
    world.look(source)
    world.sky.forget_sessions()
    batch = world.look(source)
    assert batch.troubles == ()
    assert len(world.sky.asked("createSession")) == 2


def test_a_wrong_password_is_told_in_a_sentence_and_tried_once_an_hour(world: World) -> None:
    source = world.source(app_password="wrong-pass-word-here")
    for _ in range(4):
        with pytest.raises(SourceUnavailable, match="refused handle and app_password; make a new") as failed:
            world.look(source)
        world.advance(minutes=16)
    assert (failed.value.reason, failed.value.permanent) == (Blindness.AUTHORISATION, True)
    assert "wrong-pass" not in str(failed.value)
    assert len(world.sky.asked("createSession")) == 1
    with pytest.raises(SourceUnavailable):
        world.look(source)
    assert len(world.sky.asked("createSession")) == 2


def test_the_days_sessions_used_up_are_waited_for(world: World) -> None:
    world.sky.sessions_a_day = 1
    world.look(world.source())
    again = world.source()
    with pytest.raises(SourceUnavailable) as failed:
        world.look(again)
    assert (failed.value.reason, failed.value.retry_at) == (Blindness.RATE_LIMIT, START + timedelta(days=1))


def test_tokens_and_password_go_only_to_api_url(world: World) -> None:
    source = world.source()
    world.look(source)  # the session names another server, 192.0.2.1
    assert world.sky.asked(LIST)
    for status in (302, 307):
        world.sky.fail_next("/", status=status, headers={"Location": "http://192.0.2.1/"}, times=9)
        world.advance(minutes=20)
        with pytest.raises(SourceUnavailable, match="api_url is not that of a Bluesky server"):
            world.look(source)
        world.sky.heal()


# trouble


def test_a_lane_fails_alone_and_says_why(world: World) -> None:
    source = world.source(query="kahvi")
    reset_at = START + timedelta(minutes=4)
    headers = {"RateLimit-Reset": str(int(reset_at.timestamp()))}
    world.sky.fail_next(SEARCH, status=429, body={"error": "RateLimitExceeded"}, headers=headers)
    asked = world.ask()
    batch = world.look(source)
    assert (ids(batch), lanes(batch)) == ({asked.uri}, {"search": Blindness.RATE_LIMIT})
    assert batch.troubles[0].retry_at == reset_at
    world.now = reset_at - timedelta(seconds=1)
    assert lanes(world.look(source)) == {"search": Blindness.RATE_LIMIT}
    world.now = reset_at
    assert (lanes(world.look(source)), len(world.sky.asked(SEARCH))) == ({}, 2)


@pytest.mark.parametrize(
    ("status", "body", "sentence", "reason"),
    [
        (400, {"error": "InvalidRequest", "message": APP_PASSWORD}, "check handle, also", Blindness.VENDOR),
        (400, {"error": "BadQueryString"}, "check query", Blindness.VENDOR),
        (400, {"error": "BlockedActor"}, "blocks the other", Blindness.AUTHORISATION),
        (403, {"error": "AccountTakedown"}, "closed or suspended", Blindness.AUTHORISATION),
        (401, "", "does not take the session", Blindness.AUTHORISATION),
        (400, {"error": ["ExpiredToken"]}, "refuses the question", Blindness.VENDOR),
        (404, "<html>", "write https://bsky.social", Blindness.VENDOR),
        (500, {"error": 5}, "answers with 500;", Blindness.VENDOR),
        (502, "[]", "answers with 502;", Blindness.VENDOR),
        (200, "<html>", "can't be read (no JSON)", Blindness.VENDOR),
        (200, "[" * 100_000, "can't be read (no JSON)", Blindness.VENDOR),
        (200, [], "can't be read (not a JSON object)", Blindness.VENDOR),
        (200, {"notifications": {}}, "can't be read (no list of notifications", Blindness.VENDOR),
    ],
)
def test_every_refusal_is_a_sentence_that_says_what_to_do(
    world: World, status: int, body: Any, sentence: str, reason: Blindness
) -> None:
    world.sky.fail_next(LIST, status=status, body=body, times=2)
    (trouble,) = world.look(world.source()).troubles
    assert sentence in trouble.message
    assert APP_PASSWORD not in trouble.message
    assert trouble.reason is reason


def test_a_rate_limit_without_a_believable_end_is_left_to_our_own_backing_off(world: World) -> None:
    for headers in (
        {},
        {"ratelimit-reset": "99999999999"},
        {"ratelimit-reset": "1"},
        {"retry-after": "soon"},
    ):
        world.sky.fail_next(LIST, status=429, headers=headers)
        (trouble,) = world.look(world.source()).troubles
        assert (trouble.retry_at, trouble.reason) == (None, Blindness.RATE_LIMIT)


def test_a_gateways_retry_after_is_honoured(world: World) -> None:
    world.sky.fail_next(LIST, status=429, headers={"Retry-After": "90"})
    (trouble,) = world.look(world.source()).troubles
    assert trouble.retry_at == START + timedelta(seconds=90)


def test_a_server_that_hangs_up_is_a_fault_of_the_network(world: World) -> None:
    world.sky.reset_next(LIST)
    assert lanes(world.look(world.source())) == {"mentions": Blindness.NETWORK}


def test_a_server_that_does_not_answer_is_left_in_time(world: World) -> None:
    source = world.source(timeouts=(0.2, 0.2))
    world.look(source)
    world.sky.hang_next(LIST)
    world.sky.drip_next(FEED)
    began = time.monotonic()
    with pytest.raises(SourceUnavailable) as failed:
        world.look(source)
    assert time.monotonic() - began < 3
    assert failed.value.reason is Blindness.NETWORK


def test_an_answer_that_is_too_long_is_not_read_to_its_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = world.source()
    world.look(source)
    monkeypatch.setattr("listener.bluesky.LONGEST_ANSWER", 10_000)
    world.sky.fail_next(LIST, status=200, body={"notifications": ["x" * 20_000]})
    (trouble,) = world.look(source).troubles
    assert "too long" in trouble.message


def test_closing_ends_a_look_that_hangs(world: World) -> None:
    source = world.source()
    world.look(source)
    world.sky.hang_next(LIST)

    def close() -> None:
        world.sky.hung.acquire(timeout=5)
        source.close()

    closing = threading.Thread(target=close)
    closing.start()
    began = time.monotonic()
    with pytest.raises(SourceUnavailable, match="being closed"):
        world.look(source)
    assert time.monotonic() - began < 3
    closing.join()


def test_a_page_that_leads_to_itself_ends(world: World) -> None:
    world.sky.fail_next(LIST, status=200, body={"notifications": [], "cursor": "same"}, times=3)
    (trouble,) = world.look(world.source()).troubles
    assert "leads to itself" in trouble.message


@pytest.mark.parametrize(
    "cursor", [{"lanes": 3}, {"lanes": {"mentions": {"until": "x", "rest": []}}}, {"dids": []}]
)
def test_a_cursor_that_is_none_is_a_first_look(world: World, cursor: dict[str, Any]) -> None:
    world.cursor = cursor
    asked = world.ask()
    assert ids(world.look(world.source())) == {asked.uri}


def test_no_token_and_no_password_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world.ask()
    world.look(world.source())
    assert APP_PASSWORD not in caplog.text
    assert "Bearer" not in caplog.text
    assert [record for record in caplog.records if record.name.startswith("http")] == []


# checking


def test_a_check_finds_the_lane_and_the_password_that_are_wrong(world: World) -> None:
    world.us.scope = "com.atproto.access"
    problems = world.source(also=["nobody.fi"], query="kahvi").check()
    assert [problem.split(" ")[0] for problem in problems] == ["app_password", "timeline:nobody.fi:"]


def test_a_check_with_a_wrong_password_says_so_once(world: World) -> None:
    (problem,) = world.source(app_password="wrong").check()
    assert "refused handle and app_password" in problem


# what became of posts


def test_deleted_posts_are_gone_and_the_others_stand(world: World) -> None:
    kept, deleted = world.ask("yksi"), world.ask("kaksi")
    world.sky.delete(deleted.uri)
    source = world.source()
    assert isinstance(source, LooksUp)
    found = source.look_up([kept.uri, deleted.uri, "not an id", kept.uri], now=world.now)
    assert (found.gone, found.edited) == (frozenset({deleted.uri}), ())
    assert [post.id for post in found.seen] == [kept.uri]


def test_looking_up_nothing_asks_nothing(world: World) -> None:
    assert world.source().look_up(["at://x"], now=world.now) == LookedUp()
    assert world.sky.requests == []


@pytest.mark.parametrize("body", [{}, {"posts": [{}]}, {"posts": None}])
def test_an_answer_that_cannot_be_read_makes_no_post_gone(world: World, body: dict[str, Any]) -> None:
    asked = world.ask()
    world.sky.fail_next("getPosts", status=200, body=body)
    with pytest.raises(SourceUnavailable, match="can't be read"):
        world.source().look_up([asked.uri], now=world.now)


def test_an_error_makes_no_post_gone(world: World) -> None:
    asked = world.ask()
    world.sky.fail_next("getPosts", status=502)
    with pytest.raises(SourceUnavailable, match="502"):
        world.source().look_up([asked.uri], now=world.now)


def _looked(world: World, _: Post) -> Batch:
    return world.look(world.source())


def _places(world: World) -> dict[str, Any]:
    places: Any = world.cursor["lanes"]
    return dict(places)


def test_it_is_a_source(world: World) -> None:
    source: Source = world.source()
    assert (source.name, source.kind, source.network) == ("sky", "bluesky", "bluesky")
