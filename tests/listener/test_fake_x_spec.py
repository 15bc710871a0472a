"""The fake X against X's own specification, and X's own recorded answers against the source."""

import json
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from listener.x import XSource
from listener.x_posts import posted_at_of
from listener.x_settings import XSettings
from tests.servers import fake_x
from tests.servers.fake_x import FakeX, Keys, signature_of

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
SPECS = Path(__file__).parents[3] / "shared" / "specs"
SPECIFICATION = SPECS / "x-api-2.159.openapi.json"
RECORDED = SPECS / "x-recorded-responses.json"
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

needs_specification = pytest.mark.skipif(not SPECIFICATION.exists(), reason=f"{SPECIFICATION.name} is absent")
needs_recordings = pytest.mark.skipif(not RECORDED.exists(), reason=f"{RECORDED.name} is absent")

ALL_FIELDS = {
    "tweet.fields": "author_id,conversation_id,created_at,edit_history_tweet_ids,in_reply_to_user_id,lang,"
    "note_tweet,public_metrics,referenced_tweets",
    "user.fields": "name,public_metrics,username",
    "expansions": "author_id,referenced_tweets.id",
}


@pytest.fixture(scope="module")
def specification() -> Any:
    return json.loads(SPECIFICATION.read_text(encoding="utf-8"))


@pytest.fixture
def x() -> Iterator[FakeX]:
    with FakeX(now=lambda: NOW) as fake:
        aino = fake.add_account("ainokahvi", followers=5)
        assert aino.id
        root = fake.post("caro", "@ainokahvi <missä> " + "kahvi " * 80, created_at=NOW - timedelta(hours=1))
        fake.post("ainokahvi", "@caro tässä", reply_to=root.id, created_at=NOW - timedelta(minutes=50))
        fake.post("dana", "RT", retweets=root.id, created_at=NOW - timedelta(minutes=40))
        quoting = fake.post(
            "elle", "@ainokahvi kahvi", quotes=root.id, created_at=NOW - timedelta(minutes=30)
        )
        fake.edit(quoting.id, "@ainokahvi kahvi!", created_at=NOW - timedelta(minutes=20))
        for number in range(12):
            fake.post("fred", f"@ainokahvi kahvi {number}", created_at=NOW - timedelta(minutes=15))
        yield fake


def get(fake: FakeX, path: str, **params: str) -> tuple[int, Any]:
    asked = urllib.request.Request(  # loopback only
        f"{fake.url}{path}?{urllib.parse.urlencode(params)}",
        headers={"Authorization": f"Bearer {fake.token}"},
    )
    try:
        with urllib.request.urlopen(asked, timeout=5) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def check(specification: Any, schema: Any, body: Any) -> None:
    # OpenAPI 3.0 schemas are of the fourth draft, in the main
    whole = {"allOf": [schema], "components": specification["components"]}
    jsonschema.Draft4Validator(whole).validate(body)


def check_ok(specification: Any, template: str, body: Any) -> None:
    answer = specification["paths"][template]["get"]["responses"]["200"]
    check(specification, answer["content"]["application/json"]["schema"], body)
    schemas = specification["components"]["schemas"]
    includes = body.get("includes", {})
    posts = body.get("data", []) if "tweets" in template else []
    listed = [posts] if isinstance(posts, dict) else posts
    for post in [*listed, *includes.get("tweets", [])]:
        assert set(post) <= set(schemas["Tweet"]["properties"]) or "tweet_count" in post
    for user in includes.get("users", []):
        assert set(user) <= set(schemas["User"]["properties"])


PATHS = [
    ("/2/users/by/username/{username}", {}),
    ("/2/users/by", {"usernames": "ainokahvi,nobody"}),
    ("/2/users/{id}/mentions", {"max_results": "100"}),
    ("/2/users/{id}/mentions", {"max_results": "5"}),
    ("/2/users/{id}/mentions", {"start_time": "2026-11-02T08:59:00Z"}),
    ("/2/users/{id}/tweets", {"exclude": "retweets"}),
    ("/2/tweets/search/recent", {"query": "kahvi -is:retweet", "max_results": "10"}),
    ("/2/tweets/counts/recent", {"query": "kahvi"}),
    ("/2/tweets/{id}", {}),
]


@needs_specification
@pytest.mark.parametrize(("template", "params"), PATHS)
@pytest.mark.parametrize("fields", [{}, ALL_FIELDS])
def test_answers_have_the_shape_x_promises(
    x: FakeX, specification: Any, template: str, params: dict[str, str], fields: dict[str, str]
) -> None:
    subject = x.account("ainokahvi").id
    if template == "/2/tweets/{id}":
        subject = x.post("caro", "hei", created_at=NOW - timedelta(minutes=1)).id
    path = template.replace("{username}", "ainokahvi").replace("{id}", subject)
    asked = {**(fields if "counts" not in template else {}), **params}
    if "/by" in template:
        asked.pop("expansions", None)
    status, body = get(x, path, **asked)
    assert status == 200
    check_ok(specification, template, body)


PROBLEMS = [
    ("/2/users/{id}/mentions", {"max_results": "4"}, 400),
    ("/2/users/{id}/mentions", {"max_results": "101"}, 400),
    ("/2/users/{id}/mentions", {"since_id": "1", "start_time": "2026-11-02T08:00:00Z"}, 400),
    ("/2/users/{id}/mentions", {"start_time": "2026-11-02T08:59:55Z"}, 400),
    ("/2/users/{id}/mentions", {"pagination_token": "nonsense"}, 400),
    ("/2/users/{id}/mentions", {"tweet.fields": "nonsense"}, 400),
    ("/2/tweets/search/recent", {}, 400),
    ("/2/tweets/search/recent", {"query": "(kahvi"}, 400),
    ("/2/tweets/search/recent", {"query": "kahvi", "max_results": "9"}, 400),
    ("/2/tweets/search/recent", {"query": "kahvi", "start_time": "2026-10-02T08:00:00Z"}, 400),
    ("/2/tweets/search/recent", {"query": "kahvi", "start_time": "2026-11-02T08:59:45Z"}, 400),
    ("/2/tweets/search/recent", {"query": "kahvi", "since_id": "1"}, 400),
    ("/2/users/1/mentions", {}, 404),
]


@needs_specification
@pytest.mark.parametrize(("template", "params", "status"), PROBLEMS)
def test_refusals_have_the_shape_x_promises(
    x: FakeX, specification: Any, template: str, params: dict[str, str], status: int
) -> None:
    found, body = get(x, template.replace("{id}", x.account("ainokahvi").id), **params)
    assert found == status
    mapping = specification["components"]["schemas"]["Problem"]["discriminator"]["mapping"]
    name = "Problem" if status == 404 else mapping[body["type"]].rsplit("/", 1)[-1]
    check(specification, {"$ref": f"#/components/schemas/{name}"}, body)


@needs_specification
def test_401_and_429_are_problems(x: FakeX, specification: Any) -> None:
    account = x.account("ainokahvi").id
    x.set_rate("mentions", limit=450, remaining=0, reset_at=NOW + timedelta(minutes=15))
    limited = get(x, f"/2/users/{account}/mentions")
    token, x.token = x.token, "another"
    status, body, _ = x.answer(f"/2/users/{account}/mentions", {}, f"Bearer {token}")
    for answered, problem, wanted in ((*limited, 429), (status, body, 401)):
        assert answered == wanted
        check(specification, {"$ref": "#/components/schemas/Problem"}, problem)


@needs_specification
def test_the_source_asks_only_what_the_specification_knows(x: FakeX, specification: Any) -> None:
    settings = XSettings.model_validate(
        {"name": "x", "handle": "ainokahvi", "query": "kahvi", "bearer_token": x.token, "api_url": x.url}
    )
    source = XSource(settings)
    source.fetch({}, since=NOW - timedelta(hours=2), now=NOW)
    source.close()
    assert len(x.requests) == 4
    for asked in x.requests:
        template = re.sub(r"/users/\d+/", "/users/{id}/", asked.path).replace(
            "name/ainokahvi", "name/{username}"
        )
        known = dict(_parameters(specification, template))
        assert set(asked.params) <= set(known)
        for name, value in asked.params.items():
            listed = known[name].get("type") == "array"
            check(specification, known[name], value.split(",") if listed else _typed(known[name], value))


def _parameters(specification: Any, template: str) -> Iterator[tuple[str, Any]]:
    for parameter in specification["paths"][template]["get"]["parameters"]:
        reference = parameter.get("$ref", "").rsplit("/", 1)[-1]
        found = specification["components"]["parameters"][reference] if reference else parameter
        yield found["name"], found["schema"]


def _typed(schema: Any, value: str) -> object:
    return int(value) if schema.get("type") == "integer" else value


@needs_recordings
def test_what_x_really_answered_is_read() -> None:
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    now = datetime(2022, 10, 7, 22, 53, tzinfo=UTC)
    with FakeX(now=lambda: now) as x:
        for kind, name in (
            ("user", "get_user"),
            ("mentions", "get_users_mentions"),
            ("timeline", "get_users_tweets"),
            ("search", "search_recent_tweets"),
        ):
            body = recorded[name][0]["body"]
            x.fail_next(kind, status=200, body=body)
            x.fail_next(kind, status=200, body={"meta": {"result_count": 0}})
        source = XSource(
            XSettings.model_validate(
                {"name": "x", "handle": "Twitter", "query": "t", "bearer_token": x.token, "api_url": x.url}
            )
        )
        batch = source.fetch({}, since=now - timedelta(days=60), now=now)
        source.close()
    assert [trouble.lane for trouble in batch.troubles] == ["search"]  # sixty days are beyond its reach
    assert batch.rejected == ()
    said = {
        post["id"]
        for name in ("get_users_mentions", "search_recent_tweets")
        for post in _posts(recorded, name)
    }
    assert {mention.id for mention in batch.mentions} == said
    assert {reply.id for reply in batch.replies} == {
        post["id"] for post in _posts(recorded, "get_users_tweets")
    }
    assert {reply.account for reply in batch.replies} == {"Twitter"}
    dated = next(
        mention for mention in batch.mentions if mention.text.startswith("2022-10-07 22:42:12.637103")
    )
    assert abs(dated.posted_at - datetime(2022, 10, 7, 22, 42, 12, tzinfo=UTC)) < timedelta(seconds=2)


def _posts(recorded: Any, name: str) -> list[Any]:
    posts: list[Any] = recorded[name][0]["body"]["data"]
    return posts


def test_ids_tell_when_a_post_was_made(x: FakeX) -> None:
    created_at = datetime(2026, 11, 2, 8, 59, 59, 123000, tzinfo=UTC)
    assert posted_at_of(x.post("caro", "hei", created_at=created_at).id) == created_at


def test_a_signature_is_that_of_the_rfc() -> None:
    keys = Keys("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "nnch734d00sl2jdk", "pfkkdhi9sl3r4s00", "jane")
    fields = {  # RFC 5849, 1.2
        "oauth_consumer_key": keys.consumer_key,
        "oauth_token": keys.access_token,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "137131202",
        "oauth_nonce": "chapoH",
    }
    url = "http://PHOTOS.example.net:80/photos?file=vacation.jpg&size=original"
    assert signature_of("GET", url, fields, keys) == "MdpQcU8iPSUjWoN/UDMsK2sui9I="


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("kahvi", {"kahvi on hyvää", "Aino Kahvi"}),
        ('"aino kahvi"', {"Aino Kahvi"}),
        ("kahvi -hyvää", {"Aino Kahvi"}),
        ("hyvää OR tee", {"kahvi on hyvää", "tee on parempaa"}),
        ("(aino OR tee) -kahvi", {"tee on parempaa"}),
        ("from:dana", {"tee on parempaa"}),
        ("on -(kahvi OR tee)", set()),
    ],
)
def test_searches_find_what_they_say(query: str, said: set[str]) -> None:
    with FakeX() as x:
        for author, text in (("caro", "kahvi on hyvää"), ("caro", "Aino Kahvi"), ("dana", "tee on parempaa")):
            x.post(author, text, created_at=datetime.now(UTC) - timedelta(minutes=5))
        _, body = get(x, "/2/tweets/search/recent", query=query)
    assert {post["text"] for post in body.get("data", [])} == said


@pytest.mark.slow
def test_it_runs_as_a_program_of_its_own_and_is_controlled_over_http() -> None:
    script = [sys.executable, "-m", fake_x.__name__, "--token", "t"]
    with subprocess.Popen(
        script, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as program:
        try:
            assert program.stdout is not None
            url = program.stdout.readline().strip()
            aino = _post(url, "accounts", {"username": "ainokahvi"})
            said = _post(url, "posts", {"author": "caro", "text": "@ainokahvi hei", "visible_in": -1})
            _post(url, "faults", {"path": "timeline", "status": 503, "times": 1})
            settings = {"name": "x", "handle": "ainokahvi", "bearer_token": "t", "api_url": url}
            source = XSource(XSettings.model_validate(settings))
            now = datetime.now(UTC)
            batch = source.fetch({}, since=now - timedelta(hours=1), now=now)
            source.close()
            with urllib.request.urlopen(f"{url}/_control/requests", timeout=5) as answer:
                asked = json.loads(answer.read())
        finally:
            program.terminate()
    assert [mention.id for mention in batch.mentions] == [said["id"]]
    assert [trouble.lane for trouble in batch.troubles] == ["timeline"]
    assert f"/2/users/{aino['id']}/mentions" in {request["path"] for request in asked}


def _post(url: str, what: str, asked: dict[str, object]) -> Any:
    request = urllib.request.Request(f"{url}/_control/{what}", data=json.dumps(asked).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.loads(answer.read())
