"""How many a post has reached, as each network tells it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from casebook.mention import Mention
from listener import bluesky_posts, mastodon_posts, reddit_posts, x_posts
from listener.columns import Columns, Times, fields_of
from listener.lines import line_of, post_of
from tests.listener.test_x import START, World

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def never(text: str) -> bool:
    del text
    return False


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def x_post(metrics: object) -> Mention:
    row: dict[str, object] = {
        "id": "1",
        "text": "hei",
        "author_id": "7",
        "created_at": "2026-11-02T08:00:00Z",
    }
    row |= {} if metrics is None else {"public_metrics": metrics}
    ours = x_posts.Ours(frozenset({"ainokahvi"}), {}, never)
    (mention,) = x_posts.read_page({"data": [row]}, ours=ours).mentions
    return mention


@pytest.mark.parametrize(
    ("metrics", "reach"),
    [
        ({"impression_count": 900, "like_count": 3}, 900),
        (
            {"impression_count": 0, "like_count": 3, "reply_count": 2, "retweet_count": 4, "quote_count": 1},
            10,
        ),
        ({"like_count": 3, "repost_count": 4}, 7),  # as the newer specification names it
        ({"like_count": "many"}, None),
        ("none", None),
        (None, None),
    ],
)
def test_x_tells_views_and_what_was_done(metrics: object, reach: int | None) -> None:
    assert x_post(metrics).reach == reach


def test_x_is_asked_for_it_and_tells_it_anew_when_looked_up(world: World) -> None:
    post = world.x.post("caro", "@ainokahvi missä?", created_at=START)
    world.x.views[post.id] = 12
    source = world.source()
    world.look(source)
    world.x.views[post.id] = 4_000
    found = source.look_up([post.id], now=world.now)
    assert [(one.id, one.reach) for one in found.seen] == [(post.id, 4_000)]


def test_mastodon_tells_what_was_done() -> None:
    status: dict[str, Any] = {
        "id": "1",
        "created_at": "2026-11-02T08:00:00Z",
        "visibility": "public",
        "content": "<p>hei</p>",
        "account": {"id": "7", "acct": "caro"},
        "favourites_count": 5,
        "reblogs_count": 3,
        "replies_count": 1,
        "quotes_count": None,
    }
    ours = mastodon_posts.Ours("masto.fi", frozenset(), never)
    post, _ = mastodon_posts.read_post(status, ours=ours, now=NOW)
    assert isinstance(post, Mention)
    assert post.reach == 9


def test_bluesky_tells_what_was_done_but_not_in_notifications() -> None:
    uri = "at://did:plc:222222222222222222222224/app.bsky.feed.post/3kabc"
    row = {
        "uri": uri,
        "author": {"did": "did:plc:222222222222222222222224", "handle": "caro.bsky.social"},
        "record": {"text": "hei", "createdAt": "2026-11-02T08:00:00Z"},
        "indexedAt": "2026-11-02T08:00:01Z",
    }
    ours = bluesky_posts.Ours(frozenset(), frozenset(), never)
    (silent,) = bluesky_posts.read_standing({"posts": [row]}, ours=ours)
    counted = {**row, "likeCount": 5, "repostCount": 2, "replyCount": 1, "quoteCount": 1}
    (told,) = bluesky_posts.read_standing({"posts": [counted]}, ours=ours)
    assert (silent.reach, told.reach) == (None, 9)


def test_reddit_tells_its_score_and_its_comments() -> None:
    fields = {
        "name": "t3_abc",
        "title": "hei",
        "selftext": "",
        "author": "caro",
        "created_utc": NOW.timestamp(),
        "score": 40,
        "num_comments": 12,
        "view_count": None,
    }
    ours = reddit_posts.Ours(frozenset(), never)
    answer = {"data": {"children": [{"kind": "t3", "data": fields}], "after": None}}
    (post, _) = reddit_posts.read_standing(answer, ours=ours, now=NOW)["t3_abc"]
    assert isinstance(post, Mention)
    assert post.reach == 52
    fields["score"] = -9  # more against it than for it: nobody reached fewer than none
    (post, _) = reddit_posts.read_standing(answer, ours=ours, now=NOW)["t3_abc"]
    assert isinstance(post, Mention)
    assert post.reach == 12


LINE = {"id": "1", "author": "caro", "text": "hei", "posted_at": "2026-11-02T08:00:00Z"}


def test_a_line_tells_its_reach() -> None:
    post = post_of(line_of({**LINE, "reach": 70}), network="file:feed", is_automated=never)
    assert isinstance(post, Mention)
    assert post.reach == 70


@pytest.mark.parametrize("reach", [-1, 2**53, "70", 1.5, True])
def test_a_reach_that_is_none_is_named_on_its_line(reach: object) -> None:
    with pytest.raises(ValueError, match="reach: "):
        line_of(json.loads(json.dumps({**LINE, "reach": reach})))


def test_a_table_tells_it_in_a_column_of_its_own_name() -> None:
    fields = fields_of({**LINE, "näytöt": "1200"}, Columns(reach="näytöt"), Times())
    assert fields["reach"] == 1_200
    with pytest.raises(ValueError, match="reach: not a number"):
        fields_of({**LINE, "reach": "12,5"}, Columns(), Times())
