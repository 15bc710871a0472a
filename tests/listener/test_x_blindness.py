"""Why X could not be read, for the coverage ledger: a reason for every fault, lane by lane."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from casebook.mention import Batch, Blindness
from listener.source import SourceUnavailable
from listener.x import XSource
from listener.x_faults import only_errors, refused, unreadable, used_up
from listener.x_settings import XSettings
from tests.servers.fake_x import FakeX

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
TOKEN = "very-secret-bearer-token"
_PROBLEM = "https://api.twitter.com/2/problems/"


@pytest.mark.parametrize(
    ("status", "problem", "reason"),
    [
        (401, None, Blindness.AUTHORISATION),
        (402, None, Blindness.BUDGET),
        (403, None, Blindness.AUTHORISATION),
        (403, "client-not-enrolled", Blindness.AUTHORISATION),
        (403, "credits-depleted", Blindness.BUDGET),
        (404, None, Blindness.AUTHORISATION),
        (429, None, Blindness.RATE_LIMIT),
        (429, "usage-capped", Blindness.BUDGET),
        (400, None, Blindness.VENDOR),
        (500, None, Blindness.VENDOR),
        (503, None, Blindness.VENDOR),
        (302, None, Blindness.VENDOR),
    ],
)
def test_an_answer_that_is_none_has_a_reason(status: int, problem: str | None, reason: Blindness) -> None:
    body = {"type": _PROBLEM + problem, "errors": [{"parameters": {}}]} if problem else None
    assert refused(status, headers={}, body=body, now=NOW).reason is reason


def test_other_faults_have_one_too() -> None:
    gone = {"errors": [{"type": _PROBLEM + "resource-not-found"}]}
    assert only_errors(gone).reason is Blindness.AUTHORISATION
    assert only_errors({"errors": []}).reason is Blindness.VENDOR
    assert unreadable("no JSON").reason is Blindness.VENDOR
    assert used_up(None).reason is Blindness.RATE_LIMIT


@pytest.mark.parametrize("status", [403, 429])
def test_a_cap_that_is_reached_says_what_to_do_about_it(status: int) -> None:
    fault = refused(status, headers={}, body={"type": _PROBLEM + "usage-capped"}, now=NOW)
    assert "cap of reads" in fault.message
    assert "every" not in fault.message


@pytest.fixture
def x() -> Iterator[FakeX]:
    fake = FakeX(now=lambda: NOW, token=TOKEN).start()
    fake.add_account("ainokahvi")
    yield fake
    fake.stop()


def look(url: str, **keys: Any) -> Batch:
    written = {"name": "x", "handle": "ainokahvi", "bearer_token": TOKEN, "api_url": url, **keys}
    source = XSource(XSettings.model_validate(written), timeouts=(1.0, 2.0))
    try:
        return source.fetch({}, since=NOW - timedelta(minutes=5), now=NOW)
    finally:
        source.close()


def test_a_look_names_the_lanes_that_it_covered_and_those_that_failed(x: FakeX) -> None:
    assert set(look(x.url, query="kahvi").lanes) == {"mentions", "timeline", "search"}
    x.fail_next("search", status=429, headers={"x-rate-limit-reset": str(int(NOW.timestamp()) + 60)})
    batch = look(x.url, query="kahvi")
    assert set(batch.lanes) == {"mentions", "timeline"}
    assert {trouble.lane: trouble.reason for trouble in batch.troubles} == {"search": Blindness.RATE_LIMIT}


def test_a_source_that_is_blind_as_a_whole_says_why_for_each_lane(x: FakeX) -> None:
    look(x.url)
    x.fail_next("mentions", status=429)
    x.fail_next("timeline", status=402)
    with pytest.raises(SourceUnavailable) as blind:
        look(x.url)
    assert {trouble.lane: trouble.reason for trouble in blind.value.troubles} == {
        "mentions": Blindness.RATE_LIMIT,
        "timeline": Blindness.BUDGET,
    }


def test_where_nobody_answers_it_is_the_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]  # nobody listens there once it is closed
    with pytest.raises(SourceUnavailable) as blind:
        look(f"http://127.0.0.1:{port}")
    assert blind.value.reason is Blindness.NETWORK
    assert {trouble.reason for trouble in blind.value.troubles} == {Blindness.NETWORK}
