"""What X says of posts that we hold, asked through the real tweepy."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from listener.source import LooksUp, SourceUnavailable
from listener.x_look_up import AT_ONCE
from tests.listener.test_x import START, World


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def test_posts_that_were_deleted_or_made_private_are_gone_and_the_others_stand(world: World) -> None:
    stands = world.x.post("caro", "@ainokahvi missä?", created_at=START)
    deleted = world.x.post("maija", "@ainokahvi surkeaa", created_at=START)
    private = world.x.post("liisa", "@ainokahvi miksi", created_at=START)
    world.x.delete(deleted.id)
    world.x.protect("liisa")
    source = world.source()
    assert isinstance(source, LooksUp)
    found = source.look_up([stands.id, deleted.id, private.id], now=world.now)
    assert found.gone == {deleted.id, private.id}
    assert found.edited == ()
    assert found.reads == 1
    (asked,) = world.x.asked("tweets")
    assert asked.params["ids"] == f"{stands.id},{deleted.id},{private.id}"


def test_where_all_of_them_are_gone_nothing_is_billed(world: World) -> None:
    post = world.x.post("maija", "@ainokahvi surkeaa", created_at=START)
    world.x.delete(post.id)
    found = world.source().look_up([post.id], now=world.now)
    assert (found.gone, found.reads) == (frozenset({post.id}), 0)


def test_an_edited_post_is_given_as_it_is_now(world: World) -> None:
    first = world.x.post("maija", "@ainokahvi surkeaa", created_at=START)
    world.advance(minutes=5)
    second = world.x.edit(first.id, "@ainokahvi lasia purkissa")
    found = world.source().look_up([first.id], now=world.now)
    (now,) = found.edited
    assert (now.id, now.text, now.edit_ids) == (second.id, "@ainokahvi lasia purkissa", (first.id, second.id))
    assert now.posted_at == START
    assert found.gone == frozenset()
    assert found.reads == 2


def test_what_x_says_nothing_of_stands_as_it_was(world: World) -> None:
    world.x.fail_next("tweets", status=200, body={"data": [], "meta": {}})
    assert world.source().look_up(["1", "2"], now=world.now).gone == frozenset()


@pytest.mark.parametrize(
    "errors",
    [
        ["not an object"],
        [{"type": "https://api.twitter.com/2/problems/resource-not-found", "resource_id": "999"}],
        [{"type": "https://api.twitter.com/2/problems/unsupported-authentication", "resource_id": "1"}],
        [{"type": 7, "resource_id": "1"}],
    ],
)
def test_odd_errors_erase_nothing(world: World, errors: list[object]) -> None:
    world.x.fail_next("tweets", status=200, body={"data": [], "errors": errors})
    assert world.source().look_up(["1"], now=world.now).gone == frozenset()


def test_ids_that_x_can_not_know_are_not_asked_for(world: World) -> None:
    assert world.source().look_up(["a", "1,2", "", "9" * 20], now=world.now).gone == frozenset()
    assert world.x.asked("tweets") == []


def test_at_most_a_hundred_are_asked_for_at_once(world: World) -> None:
    world.source().look_up([str(number) for number in range(AT_ONCE + 20)], now=world.now)
    (asked,) = world.x.asked("tweets")
    assert (asked.status, len(asked.params["ids"].split(","))) == (200, 100)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [(503, "", "503"), (401, {}, "bearer token"), (429, {}, "rate limit"), (200, "<html>", "can't be read")],
)
def test_where_x_does_not_answer_nothing_is_known_of_any_post(
    world: World, status: int, body: object, words: str
) -> None:
    world.x.fail_next("tweets", status=status, body=body)  # what X may send
    with pytest.raises(SourceUnavailable, match=words):
        world.source().look_up(["1"], now=world.now)


def test_a_closed_source_ends_a_look_up_at_once(world: World) -> None:
    source = world.source()
    source.close()
    world.x.hang_next("tweets", seconds=1)
    with pytest.raises(SourceUnavailable):
        source.look_up(["1"], now=world.now)


def test_a_look_tells_how_far_xs_clock_is_from_ours(world: World) -> None:
    source = world.source()
    ours = world.now
    assert source.fetch({}, since=START, now=ours).clock_offset == timedelta(0)
    world.advance(seconds=90)
    for _ in range(5):
        found = source.fetch({}, since=START, now=ours).clock_offset
    assert found is not None
    assert abs(found - timedelta(seconds=90)) < timedelta(seconds=3)
