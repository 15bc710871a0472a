"""What the jobs rely on of every kind of source: one suite over the registry.

A new kind brings its stage (a place where people write, and how it fails) and is held to all of it.
"""

import html
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Protocol

import pytest
from pydantic import ValidationError

from casebook.mention import Batch, Json, Mention, Reply
from listener.registry import KINDS
from listener.source import Source, SourceUnavailable
from tests.servers.fake_bluesky import FakeBluesky
from tests.servers.fake_mastodon import FakeMastodon
from tests.servers.fake_reddit import FakeReddit
from tests.servers.fake_web import FakeWeb, Page
from tests.servers.fake_x import FakeX

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
TOKEN = "very-secret-token"
NAMES = sorted(name for name, kind in KINDS.items() if kind.polled)
HOSTILE = "<!channel> &lt;b&gt; & <script> %s {0} '; DROP TABLE post -- =cmd()|x \u202e\u200b 👩‍👩‍👧 \u2028 rivi\nvaihto"


class Stage(Protocol):
    """One vendor, played: people write there, and it fails when told to."""

    now: datetime

    def settings(self) -> dict[str, Any]:
        """Everything that the kind must be told."""
        ...

    def say(self, text: str, *, author: str = "caro", reply_to: str | None = None) -> str:
        """Write a post that the source shows at its next look; gives its id."""
        ...

    def fail(self) -> None:
        """Answer nothing of use from now on."""
        ...

    def heal(self) -> None:
        """Answer again."""
        ...

    def close(self) -> None:
        """End."""
        ...


class FileStage:
    def __init__(self, folder: Path) -> None:
        self.now = START
        self._path = folder / "posts.jsonl"
        self._said = 0

    def settings(self) -> dict[str, Any]:
        return {"path": str(self._path)}

    def say(self, text: str, *, author: str = "caro", reply_to: str | None = None) -> str:
        self._said += 1
        post = {
            "id": str(self._said),
            "author": author,
            "text": text,
            "posted_at": self.now.isoformat(),
            "own": author == "ainokahvi",
            "in_reply_to": reply_to,
        }
        with self._path.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(post) + "\n")
        return post["id"] if isinstance(post["id"], str) else ""

    def fail(self) -> None:
        self._path.rename(self._path.with_suffix(".away"))
        self._path.mkdir()

    def heal(self) -> None:
        self._path.rmdir()
        self._path.with_suffix(".away").rename(self._path)

    def close(self) -> None:
        """Nothing runs."""


class XStage:
    def __init__(self, _: Path) -> None:
        self.now = START
        self._x = FakeX(now=lambda: self.now, token=TOKEN).start()
        self._x.add_account("ainokahvi")

    def settings(self) -> dict[str, Any]:
        return {"handle": "ainokahvi", "bearer_token": TOKEN, "api_url": self._x.url}

    def say(self, text: str, *, author: str = "caro", reply_to: str | None = None) -> str:
        said = text if author == "ainokahvi" else f"@ainokahvi {text}"
        return self._x.post(author, said, reply_to=reply_to).id

    def fail(self) -> None:
        self._x.fail_next("/", status=503, times=1_000)

    def heal(self) -> None:
        self._x.heal()
        self.now += timedelta(minutes=20)  # past every pause

    def close(self) -> None:
        self._x.stop()


class BlueskyStage:
    def __init__(self, _: Path) -> None:
        self.now = START
        self._sky = FakeBluesky(now=lambda: self.now).start()
        self._sky.add_account("ainokahvi.bsky.social", password=TOKEN)

    def settings(self) -> dict[str, Any]:
        return {"handle": "ainokahvi.bsky.social", "app_password": TOKEN, "api_url": self._sky.url}

    def say(self, text: str, *, author: str = "caro", reply_to: str | None = None) -> str:
        named = [] if author == "ainokahvi" else ["ainokahvi.bsky.social"]
        return self._sky.post(f"{author}.bsky.social", text, mentions=named, reply_to=reply_to).uri

    def fail(self) -> None:
        self._sky.fail_next("/", status=503, times=1_000)

    def heal(self) -> None:
        self._sky.heal()
        self.now += timedelta(minutes=20)  # past every pause

    def close(self) -> None:
        self._sky.stop()


class MastodonStage:
    def __init__(self, _: Path) -> None:
        self.now = START
        self._masto = FakeMastodon(now=lambda: self.now).start()
        self._masto.add_account("ainokahvi", token=TOKEN)

    def settings(self) -> dict[str, Any]:
        return {"access_token": TOKEN, "api_url": self._masto.url}

    def say(self, text: str, *, author: str = "caro", reply_to: str | None = None) -> str:
        said = text if author == "ainokahvi" else f"@ainokahvi {text}"
        return self._masto.post(author, said, reply_to=reply_to).id

    def fail(self) -> None:
        self._masto.fail_next("/", status=503, times=1_000)

    def heal(self) -> None:
        self._masto.heal()
        self.now += timedelta(minutes=20)  # past every pause

    def close(self) -> None:
        self._masto.stop()


class RedditStage:
    def __init__(self, _: Path) -> None:
        self.now = START
        self._reddit = FakeReddit(now=lambda: self.now, secret=TOKEN).start()
        self._reddit.accounts.add("ainokahvi")
        self._reddit.subreddits.add("suomi")

    def settings(self) -> dict[str, Any]:
        url = self._reddit.url
        app = {"client_id": "fake-id", "client_secret": TOKEN, "api_url": url, "auth_url": url}
        return {**app, "handle": "ainokahvi", "subreddits": ["suomi"]}

    def say(self, text: str, *, author: str = "caro", reply_to: str | None = None) -> str:
        if reply_to is None:
            return self._reddit.submit(author, text)
        return self._reddit.comment(author, text, to=reply_to)

    def fail(self) -> None:
        self._reddit.fail_next("/", status=503, times=1_000)

    def heal(self) -> None:
        self._reddit.heal()
        self.now += timedelta(minutes=20)  # past every pause

    def close(self) -> None:
        self._reddit.stop()


class RssStage:
    """A comments feed, newest first, as a blog writes it."""

    def __init__(self, _: Path) -> None:
        self.now = START
        self._items: list[str] = []
        self._web = FakeWeb()
        self._web.__enter__()
        self._web.pages["/feed.xml"] = self._feed

    def settings(self) -> dict[str, Any]:
        return {"url": f"{self._web.url}/feed.xml?token={TOKEN}", "own": ["ainokahvi"]}

    def say(self, text: str, *, author: str = "caro", reply_to: str | None = None) -> str:
        named = f"tag:blog.example,2026:{len(self._items) + 1}"
        written = html.escape(html.escape(text).replace("\n", "<br/>"))
        answers = f'<thr:in-reply-to ref="{reply_to}"/>' if reply_to else ""
        self._items.insert(
            0,
            f'<item><guid isPermaLink="false">{named}</guid><dc:creator>{author}</dc:creator>{answers}'
            f"<pubDate>{format_datetime(self.now)}</pubDate><description>{written}</description></item>",
        )
        return named

    def fail(self) -> None:
        self._web.broken = Page(status=503)

    def heal(self) -> None:
        self._web.broken = None
        self.now += timedelta(minutes=20)  # past every pause

    def close(self) -> None:
        self._web.stop()

    def _feed(self) -> Page:
        names = (
            'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:thr="http://purl.org/syndication/thread/1.0"'
        )
        feed = (
            f'<rss version="2.0" {names}><channel><title>Blogi</title>{"".join(self._items)}</channel></rss>'
        )
        headers = {"Content-Type": "application/rss+xml", "ETag": f'"{len(self._items)}"'}
        return Page(feed.encode(), headers=headers)


class ReviewsStage:
    """A shop's reviews in our own form, two a page."""

    def __init__(self, _: Path) -> None:
        self.now = START
        self._reviews: list[dict[str, Any]] = []
        self._web = FakeWeb()
        self._web.__enter__()
        self._web.put("/0", '{"reviews": [], "next": null}', type="application/json")

    def settings(self) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return {"url": f"{self._web.url}/0", "headers": headers, "account": "ainokahvi"}

    def say(self, text: str, *, author: str = "caro", reply_to: str | None = None) -> str:
        at = self.now.isoformat()
        if reply_to is not None:
            answered = next(review for review in self._reviews if review["id"] == reply_to)
            answered["reply"] = {"text": text, "posted_at": at}
        else:
            named = str(len(self._reviews) + 1)
            self._reviews.insert(
                0, {"id": named, "author": author, "rating": 2, "text": text, "posted_at": at}
            )
        pages = [self._reviews[start : start + 2] for start in range(0, len(self._reviews), 2)]
        for number, reviews in enumerate(pages):
            following = f"/{number + 1}" if number + 1 < len(pages) else None
            self._web.put(
                f"/{number}", json.dumps({"reviews": reviews, "next": following}), type="application/json"
            )
        return f"{reply_to}/reply" if reply_to else str(len(self._reviews))

    def fail(self) -> None:
        self._web.broken = Page(b"<html>Huolto</html>")

    def heal(self) -> None:
        self._web.broken = None
        self.now += timedelta(minutes=20)

    def close(self) -> None:
        self._web.stop()


STAGES: dict[str, Callable[[Path], Stage]] = {
    "bluesky": BlueskyStage,
    "file": FileStage,
    "mastodon": MastodonStage,
    "reddit": RedditStage,
    "reviews": ReviewsStage,
    "rss": RssStage,
    "x": XStage,
}


class Play:
    """A source before its stage, looked at as the jobs do."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.stage = STAGES[kind](folder)
        self.written = {"name": "feed", "kind": kind, **self.stage.settings()}
        self.source: Source = self.open()
        self.cursor: Json = {}

    def open(self, **keys: Any) -> Source:
        return KINDS[self.kind].open(KINDS[self.kind].settings.model_validate({**self.written, **keys}))

    def look(self, source: Source | None = None) -> list[Mention | Reply]:
        """Look to the end; the cursor goes through JSON, as it does through the database."""
        found: list[Mention | Reply] = []
        for _ in range(100):
            batch: Batch = (source or self.source).fetch(
                json.loads(json.dumps(self.cursor)), since=START - timedelta(hours=1), now=self.stage.now
            )
            found += [*batch.mentions, *batch.replies]
            self.cursor = batch.cursor
            assert batch.troubles == ()
            assert batch.rejected == ()
            if not batch.more:
                return found
        raise AssertionError("it never came to an end")

    def later(self, **by: float) -> None:
        self.stage.now += timedelta(**by)

    def close(self) -> None:
        self.source.close()
        self.stage.close()


@pytest.fixture(params=NAMES)
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Play]:
    play = Play(request.param, tmp_path)
    yield play
    play.close()


def test_every_polled_kind_of_the_registry_is_held_to_this_suite() -> None:
    assert set(STAGES) == set(NAMES)


# settings


def test_settings_name_their_kind_and_refuse_unknown_keys(play: Play) -> None:
    settings = KINDS[play.kind].settings
    assert settings.model_validate(play.written).kind == play.kind
    with pytest.raises(ValidationError, match="evrey") as refused:
        settings.model_validate({**play.written, "evrey": "60s"})
    assert TOKEN not in str(refused.value)


def test_settings_are_not_those_of_another_kind(play: Play) -> None:
    with pytest.raises(ValidationError, match="kind"):
        KINDS[play.kind].settings.model_validate({**play.written, "kind": "carrier pigeon"})


@pytest.mark.parametrize("key", ["every", "overlap", "backfill"])
def test_settings_refuse_what_is_no_duration(play: Play, key: str) -> None:
    with pytest.raises(ValidationError, match="write for example 30s"):
        KINDS[play.kind].settings.model_validate({**play.written, key: "soon"})


def test_settings_show_no_secret(play: Play) -> None:
    settings = KINDS[play.kind].settings.model_validate(play.written)
    assert TOKEN not in f"{settings!r} {settings} {settings.model_dump(mode='json')}"


def test_a_source_is_made_from_its_settings_and_says_who_it_is(play: Play) -> None:
    assert (play.source.name, play.source.kind) == ("feed", play.kind)
    assert play.source.network


# looking


def test_what_was_said_is_shown_with_its_author_and_its_time(play: Play) -> None:
    said = play.stage.say("Missä pakettini?")
    play.later(seconds=30)
    (found,) = play.look()
    assert isinstance(found, Mention)
    assert (found.id, first_name(found.author.handle), found.posted_at) == (said, "caro", START)
    assert found.network == play.source.network
    assert found.posted_at.utcoffset() == timedelta(0)
    assert "Missä pakettini?" in found.text


def test_our_own_posts_are_replies_and_say_what_they_answer(play: Play) -> None:
    asked = play.stage.say("Missä pakettini?")
    play.later(seconds=30)
    answer = play.stage.say("Hei, selvitämme!", author="ainokahvi", reply_to=asked)
    play.later(seconds=30)
    replies = [post for post in play.look() if isinstance(post, Reply)]
    assert [(reply.id, first_name(reply.account), reply.in_reply_to) for reply in replies] == [
        (answer, "ainokahvi", asked)
    ]


def test_looks_one_after_another_lose_nothing(play: Play) -> None:
    said, seen = set(), set()
    for number in range(12):
        said.add(play.stage.say(f"viesti {number}"))
        play.later(seconds=45)
        if number % 3 == 2:
            seen |= {post.id for post in play.look()}
    assert seen == said


def test_a_look_repeated_with_the_same_cursor_shows_the_same(play: Play) -> None:
    said = {play.stage.say("yksi"), play.stage.say("kaksi")}
    play.later(seconds=30)
    before = play.cursor
    assert {post.id for post in play.look()} == said
    play.cursor = before
    play.later(seconds=60)
    assert {post.id for post in play.look()} == said


def test_another_process_goes_on_from_the_cursor(play: Play) -> None:
    play.stage.say("yksi")
    play.later(seconds=60)
    play.look()
    late = play.stage.say("kaksi")
    play.later(minutes=30)
    again = play.open()
    assert late in {post.id for post in play.look(again)}
    again.close()


def test_the_cursor_is_json_and_without_secrets(play: Play) -> None:
    play.stage.say("yksi")
    play.later(seconds=30)
    play.look()
    written = json.dumps(play.cursor, allow_nan=False)
    assert isinstance(play.cursor, dict)
    assert TOKEN not in written
    assert "yksi" not in written


def test_hostile_text_comes_through_unharmed(play: Play) -> None:
    play.stage.say(HOSTILE)
    play.later(seconds=30)
    (found,) = play.look()
    assert found.text.removeprefix("@ainokahvi ") == HOSTILE


def test_a_silent_place_shows_nothing_that_was_not_there(play: Play) -> None:
    said = play.stage.say("yksi")
    play.later(seconds=30)
    play.look()
    play.later(hours=2)
    assert {post.id for post in play.look()} <= {said}


def test_every_look_names_the_lanes_that_it_covered(play: Play) -> None:
    def lanes() -> tuple[str, ...]:
        batch = play.source.fetch(play.cursor, since=START - timedelta(hours=1), now=play.stage.now)
        play.cursor = batch.cursor
        return batch.lanes

    first = lanes()
    assert first
    assert len(set(first)) == len(first)
    play.stage.say("yksi")
    play.later(minutes=1)
    assert set(lanes()) == set(first)


# trouble


def test_a_source_that_cannot_be_read_says_so_in_a_sentence_and_loses_nothing(play: Play) -> None:
    play.stage.say("yksi")
    play.later(seconds=60)
    play.look()
    missed = play.stage.say("kaksi")
    play.later(seconds=60)
    play.stage.fail()
    with pytest.raises(SourceUnavailable) as failed:
        play.look()
    assert is_sentence(str(failed.value))
    play.stage.heal()
    assert missed in {post.id for post in play.look()}


def test_a_check_without_problems_is_empty(play: Play) -> None:
    play.stage.say("yksi")
    assert play.source.check() == []


def test_a_check_with_problems_gives_sentences(play: Play) -> None:
    play.stage.say("yksi")
    play.stage.fail()
    problems = play.source.check()
    assert problems
    assert all(is_sentence(problem) for problem in problems)
    play.stage.heal()


def test_a_source_may_be_closed_twice_and_before_its_first_look(play: Play) -> None:
    unused = play.open()
    unused.close()
    unused.close()
    play.look()
    play.source.close()
    play.source.close()


def first_name(handle: str) -> str:
    """Give the part of a handle before the name of its server, where a network's handles have one."""
    return re.split("[.@]", handle)[0]


def is_sentence(written: str) -> bool:
    return len(written) > 10 and "\n" not in written and TOKEN not in written
