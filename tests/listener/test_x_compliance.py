"""X's batch compliance jobs, asked for through the real tweepy."""

from collections.abc import Iterator

import pytest

from listener.source import NotYet, SourceUnavailable, Sweeps
from tests.listener.test_x import START, World


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def begun(world: World, *ids: str) -> dict[str, object]:
    told = world.source().begin_sweep(ids, now=world.now)
    assert told is not None
    return dict(told)


def test_what_was_deleted_or_made_private_is_known_when_the_job_is_complete(world: World) -> None:
    stands = world.x.post("caro", "@ainokahvi missä?", created_at=START)
    deleted = world.x.post("maija", "@ainokahvi surkeaa", created_at=START)
    private = world.x.post("liisa", "@ainokahvi miksi", created_at=START)
    source = world.source()
    assert isinstance(source, Sweeps)
    told = source.begin_sweep([stands.id, deleted.id, private.id], now=world.now)
    assert told is not None
    world.x.delete(deleted.id)
    world.x.protect("liisa")
    world.advance(minutes=9)
    with pytest.raises(NotYet):
        source.end_sweep(told, now=world.now)
    world.advance(minutes=1)
    assert source.end_sweep(told, now=world.now) == {deleted.id, private.id}


def test_the_job_says_whose_it_is_and_gets_ids_alone(world: World) -> None:
    begun(world, "12", "not an id", "34")
    assert world.x.jobs is not None
    (job,) = world.x.jobs.values()
    assert (job.name, job.ids) == ("vaste-x", ("12", "34"))


def test_nothing_gone_is_an_empty_answer(world: World) -> None:
    post = world.x.post("caro", "@ainokahvi missä?", created_at=START)
    told = begun(world, post.id)
    world.advance(minutes=10)
    assert world.source().end_sweep(told, now=world.now) == frozenset()


def test_ids_are_put_where_x_says_without_the_token(world: World) -> None:
    told: list[str] = []
    world.x.headers_of_puts = told.append
    begun(world, "1")
    assert len(told) == 1
    assert "authorization" not in told[0].lower()


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_plan_without_jobs_is_no_trouble(world: World, status: int) -> None:
    world.x.fail_next("/2/compliance/jobs", status=status, body={"title": "no"})
    assert world.source().begin_sweep(["1"], now=world.now) is None


def test_jobs_that_are_turned_off_are_not_asked_for(world: World) -> None:
    assert world.source(compliance_jobs=False).begin_sweep(["1"], now=world.now) is None
    assert not world.x.asked("/2/compliance")


def test_another_job_under_way_is_waited_for(world: World) -> None:
    begun(world, "1")
    with pytest.raises(SourceUnavailable, match="still works at another"):
        world.source().begin_sweep(["1"], now=world.now)


def test_a_job_that_failed_comes_to_nothing(world: World) -> None:
    told = begun(world, "1")
    assert world.x.jobs is not None
    next(iter(world.x.jobs.values())).ended_as = "failed"
    with pytest.raises(SourceUnavailable, match="as failed"):
        world.source().end_sweep(told, now=world.now)


@pytest.mark.parametrize(
    "body",
    [
        '{"id": "1", "action": "delete"}\n{"id": ',
        "<html>sorry</html>",
        '["1"]',
        '{"action": "delete"}',
        "\x00",
    ],
)
def test_of_a_result_that_can_not_be_read_nothing_is_taken(world: World, body: str) -> None:
    told = begun(world, "1")
    world.advance(minutes=10)
    world.x.fail_next("/result", status=200, body=body)
    with pytest.raises(SourceUnavailable, match="can't be read"):
        world.source().end_sweep(told, now=world.now)


def test_what_must_go_without_the_words_going_stands(world: World) -> None:
    told = begun(world, "1", "2")
    world.advance(minutes=10)
    lines = '{"id": "1", "action": "delete", "reason": "scrub_geo"}\n{"id": "2", "action": "undelete"}\n\n'
    world.x.fail_next("/result", status=200, body=lines)
    assert world.source().end_sweep(told, now=world.now) == frozenset()


@pytest.mark.parametrize(
    "address", ["http://198.51.100.7/ids", "ftp://x.example/ids", "file:///etc/passwd", 7, None]
)
def test_ids_are_put_to_no_address_that_is_not_safe(world: World, address: object) -> None:
    job = {"data": {"id": "1", "status": "created", "upload_url": address, "download_url": address}}
    world.x.fail_next("/2/compliance/jobs", status=200, body=job)
    with pytest.raises(SourceUnavailable, match="can't be read"):
        world.source().begin_sweep(["1"], now=world.now)


@pytest.mark.parametrize(
    "address", ["https://127.0.0.1:1/ids", "https://[::1]:1/ids", "https://10.0.0.1/ids"]
)
def test_ids_are_put_nowhere_inside(world: World, address: str) -> None:
    job = {"data": {"id": "1", "status": "created", "upload_url": address, "download_url": address}}
    world.x.fail_next("/2/compliance/jobs", status=200, body=job)
    with pytest.raises(SourceUnavailable, match="inside"):
        world.source().begin_sweep(["1"], now=world.now)


@pytest.mark.parametrize("path", ["/2/compliance/jobs", "/ids"])
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_vendor_who_is_unwell_is_said_to_be(world: World, path: str, status: int) -> None:
    world.x.fail_next(path, status=status, body="<html>")
    with pytest.raises(SourceUnavailable):
        world.source().begin_sweep(["1"], now=world.now)
