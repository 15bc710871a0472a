"""The Mastodon source, met by the real Mastodon.py over loopback."""

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
from mastodon_mock.testing import MockServer
from pydantic import ValidationError

from casebook.mention import Batch, Blindness, Json, Mention
from listener.lane import PAGES_A_LOOK
from listener.mastodon import PAGE, MastodonSettings, MastodonSource
from listener.source import LooksUp, Source, SourceUnavailable
from tests.servers.fake_mastodon import SCOPES, FakeMastodon

TOKEN = "very-secret-access-token"
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class World:
    """A fake server with Aino Kahvi on it, a clock that both sides read, and the source under test."""

    def __init__(self) -> None:
        self.now = START
        self.masto = FakeMastodon(now=lambda: self.now).start()
        self.masto.add_account("ainokahvi", token=TOKEN, name="Aino Kahvi")
        self.sources: list[MastodonSource] = []
        self.cursor: Json = {}
        self.since = START

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)

    def source(self, **keys: Any) -> MastodonSource:
        timeouts = keys.pop("timeouts", (1.0, 5.0))
        written = {"name": "masto", "api_url": self.masto.url, "access_token": TOKEN, **keys}
        source = MastodonSource(MastodonSettings.model_validate(written), timeouts=timeouts)
        self.sources.append(source)
        return source

    def look(self, source: MastodonSource) -> Batch:
        batch = source.fetch(json.loads(json.dumps(self.cursor)), since=self.since, now=self.now)
        self.cursor = batch.cursor
        return batch

    def close(self) -> None:
        for source in self.sources:
            source.close()
        self.masto.stop()


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def mention_of(batch: Batch) -> Mention:
    (mention,) = batch.mentions
    return mention


def ids(batch: Batch) -> set[str]:
    return {mention.id for mention in batch.mentions}


def troubles(batch: Batch) -> dict[str, str]:
    return {trouble.lane: trouble.message for trouble in batch.troubles}


# settings


@pytest.mark.parametrize(
    ("keys", "blamed"),
    [
        ({"api_url": "mastodon.social"}, "api_url"),
        ({"api_url": f"https://user:{TOKEN}@mastodon.social"}, "api_url"),
        ({"access_token": " "}, "access_token"),
        ({"access_token": f"{TOKEN}\nX-Evil: 1"}, "access_token"),
        ({"handle": "aino kahvi"}, "handle"),
        ({"hashtags": ["no/slash"]}, "hashtags"),
        ({"query": ""}, "query"),
        ({"access_token": None, "query": "Aino"}, "query needs access_token"),
        ({"access_token": None}, "nothing to read"),
        ({"rates": "fast"}, "rates"),
    ],
)
def test_a_wrong_key_is_refused_without_showing_the_token(keys: dict[str, object], blamed: str) -> None:
    written = {"name": "m", "api_url": "https://mastodon.social", "access_token": TOKEN, **keys}
    with pytest.raises(ValidationError) as refused:
        MastodonSettings.model_validate(written)
    assert blamed in str(refused.value)
    assert TOKEN not in str(refused.value)


def test_handles_are_the_names_that_posts_call_us_by() -> None:
    settings = MastodonSettings.model_validate(
        {"name": "m", "api_url": "https://m.fi", "handle": "@Aino", "also": ["ben@o.fi", "aino@o.fi"]}
    )
    assert settings.handles == ("aino", "ben")


def test_making_a_source_touches_no_network_and_imports_no_client() -> None:
    made = (
        "import sys; from listener.registry import KINDS; kind = KINDS['mastodon'];"
        "kind.open(kind.settings(name='m', access_token='t', api_url='http://192.0.2.1')).close();"
        "sys.exit('mastodon' in sys.modules or 'requests' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", made], check=False).returncode == 0


def test_it_is_a_source_that_looks_up(world: World) -> None:
    source: Source = world.source()
    assert (source.name, source.kind, source.network) == ("masto", "mastodon", "mastodon")
    assert isinstance(source, LooksUp)


# what is read


def test_a_mention_is_read_with_everything_a_card_needs(world: World) -> None:
    caro = world.masto.add_account("caro@other.fi", name="Caro Åberg", followers=1200)
    said = world.masto.post("caro@other.fi", "@ainokahvi missä\ntilaukseni?\n\nKiitos", warning="valitus")
    found = mention_of(world.look(world.source()))
    assert (found.network, found.id) == ("mastodon", said.id)
    assert found.text == "valitus\n\n@ainokahvi missä\ntilaukseni?\n\nKiitos"
    assert (found.author.handle, found.author.name, found.author.followers) == (
        "caro@other.fi",
        "Caro Åberg",
        1200,
    )
    assert (found.author.id, found.posted_at, found.language) == (caro.id, START, "fi")
    assert found.url == f"https://masto.example/@caro@other.fi/{said.id}"
    assert (found.conversation, found.in_reply_to, found.quotes, found.edit_ids) == (None, None, None, ())


def test_a_servers_own_accounts_are_named_with_its_host(world: World) -> None:
    world.masto.post("caro", "@ainokahvi hei")
    assert mention_of(world.look(world.source())).author.handle == "caro@127.0.0.1"


def test_replies_and_quotes_say_what_they_answer(world: World) -> None:
    ours = world.masto.post("ainokahvi", "Uusi paahto!")
    world.masto.post("caro", "@ainokahvi pahaa", reply_to=ours.id)
    world.masto.post("dana", "katsokaa tätä", quotes=ours.id)
    batch = world.look(world.source())
    assert {(post.in_reply_to, post.quotes) for post in batch.mentions} == {(ours.id, None), (None, ours.id)}
    assert [(reply.id, reply.account) for reply in batch.replies] == [(ours.id, "ainokahvi@127.0.0.1")]


@pytest.mark.parametrize("visibility", ["private", "direct", "mutuals_only", None])
def test_what_is_not_public_is_nobodys_to_show(world: World, visibility: Any) -> None:
    world.masto.post("caro", "@ainokahvi salaisuus", visibility=visibility)
    world.masto.post("ainokahvi", "@caro vastaus", visibility=visibility)
    batch = world.look(world.source())
    assert (batch.mentions, batch.replies, batch.rejected) == ((), (), ())


def test_unlisted_posts_are_public_and_boosts_are_nothing_new(world: World) -> None:
    said = world.masto.post("caro", "@ainokahvi #ainokahvi hei", visibility="unlisted")
    world.masto.post("dana", "@ainokahvi #ainokahvi", reblogs=said.id)
    world.masto.post("ainokahvi", "", reblogs=said.id)
    batch = world.look(world.source(hashtags=["#ainokahvi"]))
    assert (ids(batch), batch.replies) == ({said.id}, ())


def test_hashtags_and_searches_show_what_names_nobody_and_each_post_once(world: World) -> None:
    tagged = world.masto.post("caro", "hyvää #AinoKahvi")
    named = world.masto.post("dana", "Aino Kahvi on pahaa")
    both = world.masto.post("elle", "@ainokahvi Aino Kahvi #ainokahvi")
    ours = world.masto.post("ainokahvi", "Aino Kahvi #ainokahvi avaa")
    batch = world.look(world.source(hashtags=["ainokahvi"], query='"Aino Kahvi"'))
    assert sorted(mention.id for mention in batch.mentions) == sorted([tagged.id, named.id, both.id])
    assert [reply.id for reply in batch.replies] == [ours.id]


def test_other_accounts_of_ours_stop_clocks_too(world: World) -> None:
    world.masto.add_account("tuki@aino.fi")
    answer = world.masto.post("tuki@aino.fi", "autamme")
    automated = world.masto.post("tuki@aino.fi", "Kiitos viestistäsi!")
    batch = world.look(world.source(also=["@tuki@aino.fi"], autoreplies=["^Kiitos viestistäsi"]))
    assert {(reply.id, reply.automated) for reply in batch.replies} == {
        (answer.id, False),
        (automated.id, True),
    }


def test_without_a_token_public_timelines_are_read(world: World) -> None:
    tagged = world.masto.post("caro", "hyvää #kahvi")
    ours = world.masto.post("ainokahvi", "avasimme #kahvi")
    batch = world.look(world.source(access_token=None, handle="ainokahvi", hashtags=["kahvi"]))
    assert (ids(batch), [reply.id for reply in batch.replies]) == ({tagged.id}, [ours.id])
    assert not [asked for asked in world.masto.requests if "authorization" in asked.headers]


def test_the_choices_of_a_poll_are_read(world: World) -> None:
    poll = {"poll": {"options": [{"title": "tee"}, {"title": None}, {"title": "kahvi"}]}}
    world.masto.post("caro", "@ainokahvi kumpi?", extra=poll)
    assert mention_of(world.look(world.source())).text == "@ainokahvi kumpi?\n\n– tee\n– kahvi"


@pytest.mark.parametrize(
    ("claimed", "dated"),
    [
        (START - timedelta(days=7), START - timedelta(days=7)),
        (START - timedelta(days=7, seconds=1), START),
        (datetime(1970, 1, 1, tzinfo=UTC), START),
        (datetime(9999, 1, 1, tzinfo=UTC), START),
    ],
)
def test_a_time_that_a_server_cannot_mean_is_that_of_the_notification(
    world: World, claimed: datetime, dated: datetime
) -> None:
    world.since = START - timedelta(days=30)
    world.masto.post("caro@odd.fi", "@ainokahvi hei")
    (said,) = world.masto._statuses
    world.masto.change(said, created_at=claimed)
    world.advance(minutes=5)
    assert mention_of(world.look(world.source())).posted_at == dated


@pytest.mark.parametrize(
    ("field", "value", "missing"),
    [
        ("account", None, "author"),
        ("account", {"id": "1", "acct": "<script>"}, "author's name"),
        ("content", 7, "text"),
        ("created_at", "yesterday", "time"),
        ("created_at", "2026-11-02T09:00:00", "time"),
        ("id", {"a": 1}, "id"),
    ],
)
def test_a_malformed_post_is_told_once_and_the_others_go_on(
    world: World, field: str, value: object, missing: str
) -> None:
    world.masto.post("caro", "@ainokahvi rikki", extra={field: value})
    fine = world.masto.post("dana", "@ainokahvi ehjä")
    source = world.source()
    batch = world.look(source)
    assert ids(batch) == {fine.id}
    (told,) = batch.rejected
    assert told.startswith("mentions: ")
    assert told.endswith(f"has no {missing}")
    world.advance(seconds=60)
    assert world.look(source).rejected == ()


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("url", "javascript:alert(1)", None),
        ("url", "https://[::1", None),
        ("url", "https://a.fi/\u202e1", None),
        ("language", "<b>", "language"),
        ("in_reply_to_id", 12, "12"),
        ("in_reply_to_id", "../1", "in_reply_to"),
        ("quote", [], "quotes"),
    ],
)
def test_hostile_fields_are_left_out(world: World, field: str, value: object, shown: str | None) -> None:
    said = world.masto.post("caro", "@ainokahvi hei", extra={field: value})
    found = mention_of(world.look(world.source()))
    if shown is None:
        assert found.url == f"https://masto.example/users/caro/statuses/{said.id}"
    elif shown == "12":
        assert found.in_reply_to == "12"
    else:
        assert getattr(found, shown) is None


def test_a_text_no_database_takes_is_made_storable(world: World) -> None:
    world.masto.post("caro", "@ainokahvi", content="<p>a\x00b \ud800 c &#0; d</p>")
    assert mention_of(world.look(world.source())).text == "ab \ufffd c \ufffd d"


# to the end, and again


def test_a_burst_is_read_to_its_end_in_several_batches(world: World) -> None:
    source = world.source()
    world.look(source)
    said = {world.masto.post("caro", f"@ainokahvi {n}").id for n in range(PAGE * PAGES_A_LOOK + 5)}
    first = world.look(source)
    assert (first.more, len(first.mentions)) == (True, PAGE * PAGES_A_LOOK)
    again = world.source()  # another process goes on in the middle
    late = world.masto.post("caro", "@ainokahvi tuli kesken")
    second = world.look(again)
    assert not second.more
    world.advance(seconds=60)
    assert ids(first) | ids(second) | ids(world.look(again)) == said | {late.id}


def test_a_quiet_look_asks_once_a_lane_and_reads_nothing(world: World) -> None:
    world.since = START - timedelta(days=1)
    for number in range(3):
        world.masto.post("caro", f"@ainokahvi {number}")
    source = world.source()
    world.look(source)
    for _ in range(12):
        world.advance(minutes=1)
        batch = world.look(source)
    before = len(world.masto.requests)
    world.advance(minutes=1)
    batch = world.look(source)
    assert (batch.mentions, len(world.masto.requests) - before) == ((), 2)
    assert len(json.dumps(batch.cursor)) < 2000


def test_a_post_that_comes_late_and_below_others_is_found(world: World) -> None:
    source = world.source(hashtags=["kahvi"])
    world.look(source)
    world.advance(minutes=20)
    written_at = world.now
    late = world.masto.post(
        "caro@slow.fi", "#kahvi", created_at=written_at, visible_at=written_at + timedelta(minutes=9)
    )
    for _ in range(9):
        world.advance(minutes=1)
        world.masto.post("dana", "#kahvi taas")
        found = ids(world.look(source))
    assert late.id in found


def test_a_mention_that_comes_hours_late_is_found(world: World) -> None:
    source = world.source()
    world.look(source)
    world.masto.post("caro@slow.fi", "@ainokahvi hei", visible_at=START + timedelta(hours=5))
    found: set[str] = set()
    for _ in range(6):
        world.advance(hours=1)
        found |= ids(world.look(source))
    assert len(found) == 1


def test_a_post_from_the_future_hides_nothing(world: World) -> None:
    source = world.source(hashtags=["kahvi"])
    world.masto.post("caro", "#kahvi")
    (said,) = world.masto._statuses
    moved = {"id": str(int(said) << 8), "created_at": "2099-01-01T00:00:00Z"}
    world.masto.change(said, id=moved["id"], created_at=datetime(2099, 1, 1, tzinfo=UTC))
    for _ in range(15):
        world.advance(minutes=1)
        world.look(source)
    after = world.masto.post("dana", "#kahvi tänään")
    assert after.id in ids(world.look(source))


def test_the_first_look_reaches_back_to_since_and_no_further(world: World) -> None:
    for hours in range(200):
        world.masto.post("caro", f"#kahvi {hours}", created_at=START - timedelta(hours=hours, minutes=1))
    world.since = START - timedelta(hours=100)
    batch = world.look(world.source(hashtags=["kahvi"], overlap="30s"))
    assert len(world.masto.asked("/tag/")) == 4  # 40 a page, and one page that is all too old
    assert len(batch.mentions) == 160  # what stood on the same pages comes along, as context


@pytest.mark.parametrize(
    "spoilt",
    [{"lanes": []}, {"lanes": {"mentions": {"marks": [["", "x"], 7], "rest": {"below": 1}, "looked_at": 1}}}],
)
def test_a_spoilt_cursor_is_a_first_look(world: World, spoilt: Json) -> None:
    said = world.masto.post("caro", "@ainokahvi hei")
    world.cursor = spoilt
    assert ids(world.look(world.source())) == {said.id}


# trouble


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        (403, Blindness.AUTHORISATION, "scopes"),
        (404, Blindness.VENDOR, "check api_url"),
        (422, Blindness.VENDOR, "check query"),
        (500, Blindness.VENDOR, "answers with 500"),
        (302, Blindness.VENDOR, "sends us elsewhere"),
    ],
)
def test_a_lane_in_trouble_says_what_to_do_and_the_others_go_on(
    world: World, status: int, reason: Blindness, words: str
) -> None:
    said = world.masto.post("caro", "#kahvi")
    world.masto.fail_next(
        "/notifications", status=status, body="<html>", headers={"Location": "http://192.0.2.1"}
    )
    batch = world.look(world.source(hashtags=["kahvi"]))
    assert ids(batch) == {said.id}
    (trouble,) = batch.troubles
    assert (trouble.lane, trouble.reason) == ("mentions", reason)
    assert words in trouble.message


def test_a_refused_token_is_asked_once_and_said(world: World) -> None:
    world.masto.tokens.clear()
    with pytest.raises(SourceUnavailable, match="access_token") as failed:
        world.look(world.source(hashtags=["kahvi"]))
    assert (failed.value.reason, failed.value.permanent) == (Blindness.AUTHORISATION, True)
    assert len(world.masto.requests) == 1


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"X-RateLimit-Reset": "2026-11-02T09:04:00.000000Z"}, timedelta(minutes=4)),
        ({"X-RateLimit-Reset": str(int(START.timestamp()) + 240)}, timedelta(minutes=4)),
        ({"Retry-After": "90"}, timedelta(seconds=90)),
        ({"Retry-After": "Mon, 02 Nov 2026 09:02:00 GMT"}, timedelta(minutes=2)),
        ({"X-RateLimit-Reset": "2026-11-09T09:04:00Z"}, None),
        ({"X-RateLimit-Reset": "1970-01-01T00:00:00Z"}, None),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_a_used_up_limit_waits_for_the_reset_that_is_named(
    world: World, headers: dict[str, str], wait: timedelta | None
) -> None:
    world.masto.fail_next("/", status=429, body={"error": "Too many requests"}, headers=headers)
    source = world.source(hashtags=["kahvi"])
    with pytest.raises(SourceUnavailable) as failed:
        world.look(source)
    assert failed.value.reason is Blindness.RATE_LIMIT
    assert failed.value.retry_at == (START + wait if wait else None)
    assert len(world.masto.requests) == 1


def test_a_limit_that_is_spent_is_not_asked_over(world: World) -> None:
    world.masto.limit = 3
    source = world.source(hashtags=["yksi", "kaksi"])
    batch = world.look(source)
    assert {trouble.reason for trouble in batch.troubles} == {Blindness.RATE_LIMIT}
    assert {trouble.lane for trouble in batch.troubles} == {"hashtag:yksi", "hashtag:kaksi"}
    assert [asked.status for asked in world.masto.requests] == [200, 200, 200]
    said = world.masto.post("caro", "#kaksi")
    world.advance(minutes=6)
    world.masto.limit = 300
    assert ids(world.look(source)) == {said.id}


@pytest.mark.parametrize(("how", "asked"), [("hang", 1), ("drip", 1), ("reset", 2)])
def test_a_server_that_does_not_answer_ends_with_the_timeout(
    world: World, how: Literal["hang", "drip", "reset"], asked: int
) -> None:
    world.masto.spoil_next("/", how, times=2)
    began = time.monotonic()
    with pytest.raises(SourceUnavailable) as failed:
        world.look(world.source(timeouts=(0.2, 0.2), hashtags=["kahvi"]))
    assert failed.value.reason is Blindness.NETWORK
    assert time.monotonic() - began < 3
    assert len(world.masto.requests) == asked


def test_a_connection_that_was_closed_meanwhile_is_opened_again(world: World) -> None:
    world.masto.spoil_next("/", "reset")
    assert world.look(world.source()).troubles == ()


@pytest.mark.parametrize("body", ["<html>", b"\xff\xfe", "[" * 100_000, {"a": 1}, "null", "7"])
def test_an_answer_that_is_none_is_a_vendors_fault(world: World, body: Any) -> None:
    world.masto.fail_next("/notifications", status=200, body=body)
    batch = world.look(world.source())
    assert "can't be read" in troubles(batch)["mentions"]


def test_a_lane_that_keeps_failing_is_asked_less_and_less(world: World) -> None:
    source = world.source()
    world.masto.fail_next("/notifications", status=500, times=1000)
    for _ in range(60):
        world.look(source)
        world.advance(minutes=1)
    assert 10 <= len(world.masto.asked("/notifications")) <= 16


def test_an_unknown_account_of_ours_is_said_and_the_rest_goes_on(world: World) -> None:
    said = world.masto.post("caro", "@ainokahvi hei")
    batch = world.look(world.source(also=["nobody@o.fi"]))
    assert ids(batch) == {said.id}
    assert "knows no account @nobody@o.fi" in troubles(batch)["timeline:nobody@o.fi"]


def test_closing_ends_a_look_that_hangs(world: World) -> None:
    world.masto.spoil_next("/", "hang")
    source = world.source(timeouts=(5.0, 30.0))
    ended: list[str] = []

    def look() -> None:
        try:
            world.look(source)
        except SourceUnavailable as error:
            ended.append(str(error))

    looking = threading.Thread(target=look)
    looking.start()
    assert world.masto.hung.acquire(timeout=10)
    source.close()
    looking.join(timeout=2)
    assert ended == ["the source is being closed"]


def test_no_token_and_no_text_in_logs_or_messages(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world.masto.post("caro", "@ainokahvi arkaluonteista")
    source = world.source()
    world.look(source)
    world.masto.fail_next("/", status=500, body={"error": f"{TOKEN} arkaluonteista"}, times=9)
    world.advance(minutes=1)
    with pytest.raises(SourceUnavailable) as failed:
        world.look(source)
    for written in (caplog.text, str(failed.value), repr(source._settings)):
        assert TOKEN not in written
        assert "arkaluonteista" not in written


# looking up, checking


def test_looking_up_tells_what_is_gone_and_what_was_edited(world: World) -> None:
    stays, goes, hides, changes = (world.masto.post("caro", f"@ainokahvi {n}").id for n in range(4))
    world.masto.delete(goes)
    world.masto.change(hides, visibility="private")
    world.masto.edit(changes, "@ainokahvi paremmin")
    found = world.source().look_up([stays, goes, hides, changes], now=START)
    assert found.gone == {goes, hides}
    assert [(post.id, post.text) for post in found.edited] == [(changes, "@ainokahvi paremmin")]


@pytest.mark.parametrize(
    ("status", "body"), [(404, "<html>no such page</html>"), (503, ""), (401, {"error": "x"})]
)
def test_nothing_is_gone_when_the_server_is_no_mastodon_today(world: World, status: int, body: Any) -> None:
    said = world.masto.post("caro", "@ainokahvi hei").id
    world.masto.fail_next("/statuses/", status=status, body=body)
    with pytest.raises(SourceUnavailable):
        world.source().look_up([said], now=START)


def test_an_edit_shows_its_new_text_under_the_same_id(world: World) -> None:
    said = world.masto.post("caro", "@ainokahvi hei").id
    source = world.source()
    world.look(source)
    world.advance(minutes=1)
    world.masto.edit(said, "@ainokahvi moi")
    found = mention_of(world.look(source))
    assert (found.id, found.text, found.posted_at) == (said, "@ainokahvi moi", START)


def test_check_says_nothing_when_all_is_well(world: World) -> None:
    keys = {"hashtags": ["kahvi"], "query": "Aino", "handle": "AinoKahvi"}
    assert world.source(**keys).check() == []


def test_check_names_what_is_wrong_and_what_to_do(world: World) -> None:
    world.masto.add_account("ainokahvi", token=TOKEN, scopes=SCOPES - {"read:notifications", "read:search"})
    world.masto.add_account("toinen")
    found = world.source(query="Aino", handle="toinen", also=["nobody"]).check()
    assert [problem.partition(":")[0] for problem in found][:3] == ["mentions", "@nobody", "query"]
    assert all("scopes" in found[number] for number in (0, 2))
    assert "not of handle @toinen" in found[3]


def test_check_warns_of_a_token_in_clear() -> None:
    settings = {"name": "m", "api_url": "http://192.0.2.1:9", "access_token": TOKEN}
    source = MastodonSource(MastodonSettings.model_validate(settings), timeouts=(0.05, 0.05))
    assert "write https" in source.check()[0]
    source.close()


# another's server


@pytest.mark.slow
def test_a_server_that_others_wrote_is_read_in_the_same_way() -> None:
    """mastodon-mock speaks the API in memory: what our own fake gets wrong shows here."""
    with MockServer() as mock:
        alice, bob = mock.client("alice"), mock.client("bob")
        asked = bob.status_post("@alice missä <pakettini> on? #kahvi https://example.org/a")
        bob.status_post("@alice salaa", visibility="direct")
        answer = alice.status_post("@bob selvitämme", in_reply_to_id=asked.id)
        settings = {
            "name": "m",
            "api_url": mock.base_url,
            "access_token": "alice_token",
            "hashtags": ["kahvi"],
            "query": "missä",
        }
        source = MastodonSource(MastodonSettings.model_validate(settings))
        now = datetime.now(UTC)
        batch = source.fetch({}, since=now - timedelta(hours=1), now=now)
        again = source.fetch(json.loads(json.dumps(batch.cursor)), since=now, now=now + timedelta(minutes=1))
        bob.status_delete(asked.id)
        gone = source.look_up([str(asked.id), str(answer.id)], now=now).gone
        problems = source.check()
        source.close()
        for client in (alice, bob):
            client.session.close()
    assert batch.troubles == again.troubles == ()
    found = mention_of(batch)
    assert (found.id, found.text) == (
        str(asked.id),
        "@alice missä <pakettini> on? #kahvi https://example.org/a",
    )
    assert found.author.handle == "bob@127.0.0.1"
    assert [(reply.id, reply.in_reply_to) for reply in batch.replies] == [(str(answer.id), str(asked.id))]
    assert gone == {str(asked.id)}
    assert problems == []
