"""Posts that are sent: over a real socket, to the real page, into the real record."""

import hmac
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from casebook.store import Filed
from classifier.language import language_of_post
from listener.webhook import LONGEST_BODY
from tests.fakes import HandClock
from tests.vaste.shelf import BEGAN_AT, CONFIG, Shelf, open_shelf, verdict_of
from tests.vaste.test_cli_explain import told
from vaste.web.ingest import TELL_EVERY, Refusals, ingest_route
from vaste.web.pages import make_pages
from vaste.web.server import Server

SECRET = "a-secret-of-the-hotline"
HOTLINE = CONFIG.replace(
    "topics:",
    f"  - {{name: hotline, kind: webhook, secret: {SECRET}, muted_authors: [kahvibotti], languages: [fi]}}\ntopics:",
    1,
)


@dataclass(slots=True)
class Hotline:
    """A service that is sent to, and what woke it."""

    shelf: Shelf
    server: Server
    woken: list[Filed] = field(default_factory=list)

    def send(self, *posts: dict[str, Any], secret: str = SECRET, name: str = "hotline", **by: float) -> Any:
        """Send posts as one list, signed now (or `by` from now)."""
        body = json.dumps(posts).encode()
        return self.ask(body, {"X-Vaste-Signature": self.signed(body, secret, **by)}, name=name)

    def signed(self, body: bytes, secret: str = SECRET, **by: float) -> str:
        second = str(int((self.shelf.clock.now() + timedelta(**by)).timestamp()))
        return f"t={second},v1={hmac.digest(secret.encode(), second.encode() + b'.' + body, 'sha256').hex()}"

    def ask(
        self, body: bytes, headers: dict[str, str], *, name: str = "hotline"
    ) -> tuple[int, dict[str, Any]]:
        address = f"{self.server.address}ingest/{name}"
        asked = urllib.request.Request(address, body, {"Content-Type": "application/json", **headers})
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.load(refused)

    def post(self, id_: str, text: str = "Missä pakettini viipyy?", **more: Any) -> dict[str, Any]:
        return {
            "id": id_,
            "author": "mari",
            "text": text,
            "posted_at": self.shelf.clock.now().isoformat(),
        } | more

    def counts(self) -> dict[str, int]:
        return self.shelf.jobs.store.counts()


@pytest.fixture(scope="module", autouse=True)
def _languages_are_loaded() -> None:
    """So that no request waits for it; the service does the same at its start."""
    language_of_post("Missä pakettini viipyy?")


@pytest.fixture
def hotline(tmp_path: Path) -> Iterator[Hotline]:
    shelf = open_shelf(tmp_path, config=HOTLINE)
    shelf.jobs.begin()
    woken: list[Filed] = []
    pages = make_pages(
        shelf.jobs.store,
        clock=shelf.clock,
        zone=shelf.config.timezone,
        brand=shelf.config.brand,
        language="fi",
        also=[ingest_route(shelf.jobs, filed=woken.append)],
    )
    server = Server(pages, ("127.0.0.1", 0))
    server.start()
    yield Hotline(shelf, server, woken)
    server.stop()
    shelf.close()


def test_what_was_accepted_is_in_the_record_and_wakes_the_jobs(hotline: Hotline) -> None:
    status, said = hotline.send(hotline.post("1"), hotline.post("2", own=True, in_reply_to="1"), {"id": "3"})
    assert (status, said["accepted"]) == (202, 2)
    assert said["rejected"] == ["post 3: author: Field required"]
    assert hotline.woken == [Filed(mentions=1, replies=1)]
    assert hotline.shelf.jobs.store.waiting_mentions() == 1
    assert "source hotline: 1 could not be understood" in hotline.shelf.jobs.store.problems()[0].message


def test_a_post_from_the_future_is_taken_and_told(hotline: Hotline) -> None:
    status, said = hotline.send(hotline.post("1", posted_at="2031-01-01T00:00:00Z"))
    assert (status, said) == (202, {"accepted": 1, "rejected": []})
    assert "source hotline: 1 dated in the future" in hotline.shelf.jobs.store.problems()[0].message


def test_a_request_is_taken_once_and_its_posts_may_come_again(hotline: Hotline) -> None:
    body = json.dumps(hotline.post("1")).encode()
    headers = {"X-Vaste-Signature": hotline.signed(body)}
    assert hotline.ask(body, headers)[0] == 202
    assert hotline.ask(body, headers)[0] == 409
    hotline.shelf.jobs.poll("hotline")  # a look at it forgets nothing
    again = open_shelf_again(hotline.shelf)
    with closing(again):
        assert again.jobs.store.source("hotline", kind="", network="", now=BEGAN_AT).cursor["used"]
    assert hotline.ask(body, headers)[0] == 409
    assert hotline.send(hotline.post("1"), seconds=1)[1] == {"accepted": 1, "rejected": []}
    assert hotline.counts()["mentions"] == 1


def open_shelf_again(shelf: Shelf) -> Shelf:
    return open_shelf(shelf.folder, config=HOTLINE)


@pytest.mark.parametrize("point", ["sent", "filed"])
def test_a_request_that_died_on_the_way_may_be_sent_again(hotline: Hotline, point: str) -> None:
    def die(at: str) -> None:
        if at == point:
            raise RuntimeError("killed here")

    body = json.dumps(hotline.post("1")).encode()
    headers = {"X-Vaste-Signature": hotline.signed(body)}
    hotline.shelf.jobs.crash = die
    assert hotline.ask(body, headers)[0] == 503
    assert hotline.counts()["mentions"] == (point == "filed")
    hotline.shelf.jobs.crash = lambda _: None
    assert hotline.ask(body, headers)[0] == (409 if point == "filed" else 202)
    assert hotline.counts()["mentions"] == 1


def test_a_look_that_began_before_drops_nothing_that_was_sent_meanwhile(hotline: Hotline) -> None:
    store, now = hotline.shelf.jobs.store, hotline.shelf.clock.now()
    looking = store.claim_source("hotline", now=now, lease=timedelta(minutes=10))
    assert looking is not None
    assert hotline.send(hotline.post("1"))[0] == 202
    state = store.source("hotline", kind="", network="", now=now)
    assert state.fence == looking.fence + 1  # the look has lost it: LostLease, as when a machine takes over
    assert store.claim_source("hotline", now=now, lease=timedelta(minutes=10)) is not None


def test_an_unknown_name_and_a_wrong_signature_get_the_same_words_and_leave_nothing(hotline: Hotline) -> None:
    answers = [
        hotline.send(hotline.post("1", "salaisuus"), name="nobody"),
        hotline.send(hotline.post("1", "salaisuus"), name="feed"),
        hotline.send(hotline.post("1", "salaisuus"), secret="another secret"),
        hotline.ask(b"{}", {}),
    ]
    assert {status for status, _ in answers} == {401}
    assert len({json.dumps(said) for _, said in answers}) == 1
    assert "salaisuus" not in str(answers)
    assert hotline.counts()["mentions"] == 0
    late, said = hotline.send(hotline.post("1"), seconds=-301)
    assert (late, "set the clock" in said["error"]) == (401, True)


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (b"{}", {"Content-Encoding": "gzip"}, 415),
        (b"salaisuus", {}, 400),
        (b"[]", {"Content-Type": "Application/JSON; charset=utf-8"}, 202),
        (b"[]", {"Content-Type": "application/x-ndjson"}, 202),
    ],
)
def test_only_json_is_taken(hotline: Hotline, body: bytes, headers: dict[str, str], status: int) -> None:
    answered, said = hotline.ask(body, {"X-Vaste-Signature": hotline.signed(body), **headers})
    assert answered == status
    assert "salaisuus" not in json.dumps(said)


@pytest.mark.parametrize("is_announced", [True, False])
def test_no_more_is_read_than_may_be_taken(hotline: Hotline, is_announced: bool) -> None:  # noqa: FBT001 - both ways
    def chunks() -> Iterator[bytes]:
        for _ in range(LONGEST_BODY // 100_000 + 1):
            yield b" " * 100_000

    host = urlsplit(hotline.server.address).netloc
    headers = {"Content-Type": "application/json", "X-Vaste-Signature": hotline.signed(b"")}
    with closing(HTTPConnection(host, timeout=60)) as connection:
        if is_announced:
            connection.request(
                "POST", "/ingest/hotline", headers={**headers, "Content-Length": str(LONGEST_BODY + 1)}
            )
        else:
            connection.request("POST", "/ingest/hotline", chunks(), headers, encode_chunked=True)
        answer = connection.getresponse()
        assert answer.status == 413
        answer.read()


def test_whoever_sends_too_much_without_waiting_reads_why(hotline: Hotline) -> None:
    asked = urllib.request.Request(
        f"{hotline.server.address}ingest/hotline",
        data=b" " * (LONGEST_BODY * 4),
        headers={"Content-Type": "application/json", "X-Vaste-Signature": hotline.signed(b"")},
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(asked, timeout=60)
    with refused.value:
        assert refused.value.code == 413
        assert "in several requests" in refused.value.read().decode()


def test_other_methods_are_refused_and_the_page_stays(hotline: Hotline) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{hotline.server.address}ingest/hotline", timeout=60)
    refused.value.close()
    assert refused.value.code == 405
    with urllib.request.urlopen(f"{hotline.server.address}healthz", timeout=60) as answer:
        assert "hotline" in json.load(answer)["sources"]


def test_refused_signatures_are_told_at_once_then_counted_once_a_minute() -> None:
    clock = HandClock()
    refusals = Refusals(clock)
    assert [refusals.count() for _ in range(3)] == [1, None, None]
    clock.advance(TELL_EVERY)
    assert refusals.count() == 3
    assert refusals.count() is None


# muted, and the language


def test_what_is_muted_is_kept_counted_explained_and_never_judged(hotline: Hotline) -> None:
    _, said = hotline.send(
        hotline.post("1", author="KahviBotti"),
        hotline.post("2", "Das Paket ist immer noch nicht angekommen, ich bin sehr enttäuscht"),
        hotline.post("3", "Missä pakettini viipyy?"),
        hotline.post("4", "ok"),
    )
    assert said == {"accepted": 4, "rejected": []}
    assert hotline.woken == [Filed(mentions=2, muted=2)]
    assert hotline.counts()["muted"] == 2
    assert hotline.send(hotline.post("1", author="KahviBotti"), seconds=1)[0] == 202
    assert hotline.shelf.jobs.store.waiting_mentions() == 2
    assert "No verdict: muted by muted_authors: kahvibotti: context only, never judged." in told(
        hotline.shelf
    )
    assert "muted by languages: the post's is other (1.00)" in told(hotline.shelf, "2")


def test_a_muted_post_that_another_source_shows_is_judged(hotline: Hotline) -> None:
    hotline.send(hotline.post("1", author="kahvibotti"))
    store, now = hotline.shelf.jobs.store, hotline.shelf.clock.now()
    state = store.claim_source("feed", now=now, lease=timedelta(minutes=1))
    assert state is not None
    [kept] = store.find("1")
    source, _ = hotline.shelf.jobs.sources["hotline"]
    sent = source.opened(  # type: ignore[attr-defined]
        body := json.dumps(hotline.post("1", author="kahvibotti")).encode(), hotline.signed(body), now=now
    )
    store.file(state, sent.posts, now=now, backfill=None)
    [heard] = store.find("1")
    assert (kept.muted, heard.muted, heard.context) == ("muted_authors: kahvibotti", None, False)
    assert store.waiting_mentions() == 1


def test_the_language_is_decided_once_and_the_classifier_goes_by_it(hotline: Hotline) -> None:
    hotline.send(hotline.post("1", "ok", lang="sv"), hotline.post("2", "Missä pakettini viipyy?"))
    hinted: list[Any] = []

    def judge(_: object, texts: Any, hints: Any = None) -> Any:
        hinted.extend(zip(texts, hints, strict=True))
        return [verdict_of({"negative": 0.1, "neutral": 0.8, "positive": 0.1}) for _ in texts]

    hotline.shelf.jobs.as_taught = judge
    hotline.shelf.jobs.triage()
    spoken = {text: hint.language for text, hint in hinted}
    assert spoken == {"ok": "sv", "Missä pakettini viipyy?": "fi"}
    assert re.search(r"language    Finnish [01]\.\d\d", told(hotline.shelf, "2"))


# the documentation


def test_the_example_of_the_page_is_accepted(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "sources" / "webhook.md").read_text("utf-8")
    [example] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    monkeypatch.setenv("HOTLINE_SECRET", SECRET)
    monkeypatch.setenv("VASTE", hotline.server.address.rstrip("/"))
    hotline.shelf.clock.turn(datetime(2026, 11, 2, 17, tzinfo=UTC))
    monkeypatch.setattr("time.time", lambda: hotline.shelf.clock.now().timestamp())
    exec(example, {})
    assert capsys.readouterr().out == '202 {"accepted":1,"rejected":[]}\n'


def test_the_ledger_says_when_it_was_watched_and_when_we_were_down(hotline: Hotline) -> None:
    shelf = hotline.shelf
    jobs, begun_at = shelf.jobs, shelf.clock.now()

    def looks(minutes: int) -> None:
        for _ in range(minutes):
            jobs.poll("hotline")
            shelf.turn(minutes=1)

    looks(2)
    assert jobs.store.coverage(source="hotline") == [], "a tick that serves no page vouches for nothing"
    jobs.hear(is_served=True)
    looks(10)
    shelf.turn(minutes=30)  # nobody ran
    looks(5)
    jobs.hear(is_served=False)
    looks(5)
    assert [problem.key for problem in jobs.store.problems()] == ["source:hotline:all"]
    jobs.hear(is_served=True)
    looks(1)
    assert jobs.store.problems() == []
    (lane,) = jobs.store.coverage(source="hotline")
    minutes = [
        (
            (stretch.begins_at - begun_at) // timedelta(minutes=1),
            (stretch.ends_at - begun_at) // timedelta(minutes=1),
            stretch.sight.value,
        )
        for stretch in lane.stretches
    ]
    assert minutes == [
        (2, 11, "watched"),
        (11, 42, "downtime"),
        (42, 46, "watched"),
        (46, 52, "downtime"),
    ]
