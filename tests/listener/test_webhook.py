"""The webhook source: whose request it is, what is in it, and that it is taken once."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from casebook.mention import Blindness, Mention, Reply
from casebook.signature import code_of
from listener.webhook import (
    KEPT_SECONDS,
    MOST_KEPT,
    MOST_POSTS,
    SIGNED_WITHIN_SECONDS,
    NotTaken,
    Sent,
    WebhookSettings,
    WebhookSource,
    remembered,
)

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SECRET = "a-secret-of-the-hotline"
POST = {"id": "1", "author": "caro", "text": "Missä paketti?", "posted_at": "2026-11-02T09:00:00Z"}
BODY = json.dumps(POST).encode()


def source(**keys: Any) -> WebhookSource:
    return WebhookSource(WebhookSettings.model_validate({"name": "hotline", "secret": SECRET, **keys}))


def signed(body: bytes = BODY, *, at: datetime = NOW, secret: str = SECRET) -> str:
    second = str(int(at.timestamp()))
    return f"t={second},v1={code_of(secret, second, body)}"


def opened(body: bytes = BODY, header: str | None = None, *, now: datetime = NOW) -> Sent:
    return source().opened(body, signed(body) if header is None else header, now=now)


def refused(body: bytes = BODY, header: str | None = None, *, now: datetime = NOW) -> NotTaken:
    with pytest.raises(NotTaken) as caught:
        opened(body, header, now=now)
    return caught.value


# whose it is


def test_the_code_is_the_one_that_other_tools_make() -> None:
    # printf '%s' '1793610000.{}' | openssl dgst -sha256 -hmac a-secret-of-the-hotline
    assert code_of(SECRET, "1793610000", b"{}") == OPENSSL_SAYS


OPENSSL_SAYS = "fbf4333aa3df76d3dc24a0dd42c5217ef634da16611a01ab0368a5fa9f3e2bb8"


@pytest.mark.parametrize("seconds", [-SIGNED_WITHIN_SECONDS, 0, SIGNED_WITHIN_SECONDS])
def test_a_request_signed_within_five_minutes_is_read(seconds: int) -> None:
    assert len(opened(now=NOW + timedelta(seconds=seconds)).posts.mentions) == 1


@pytest.mark.parametrize("seconds", [-SIGNED_WITHIN_SECONDS - 1, SIGNED_WITHIN_SECONDS + 1])
def test_a_request_signed_longer_ago_or_ahead_is_refused_with_what_to_do(seconds: int) -> None:
    error = refused(now=NOW + timedelta(seconds=seconds))
    assert error.status == 401
    assert "set the clock" in str(error)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "v1=00",
        signed().replace("v1=", "v2="),
        signed().replace("t=", "t=-"),
        signed().replace("t=1", "t=１"),
        signed() + ",t=1793610001",
        signed().split(",")[1],
        signed(b"another body"),
        signed(secret="another secret"),
        signed().replace("t=1793610000", "t=1793610001"),
        "t=1793610000," + ",".join(["v1=" + "0" * 64] * 5),
        "t=1793610000,v1=" + "ä" * 64,
    ],
)
def test_every_other_signature_gets_one_and_the_same_answer(header: str) -> None:
    error = refused(header=header)
    assert (error.status, str(error)) == (401, str(refused(header="")))


def test_a_sender_that_changes_its_secret_signs_with_both() -> None:
    new = signed(secret="the next secret").split(",")[1]
    assert opened(
        header=f"{signed().split(',')[0]}, {new}, {signed().split(',')[1].upper().replace('V1', 'v1')}"
    )


@given(st.text(max_size=60))
@settings(max_examples=50, deadline=None)
def test_no_header_breaks_anything(header: str) -> None:
    assert refused(header=header).status == 401


# what is in it


@pytest.mark.parametrize(
    "body",
    [
        json.dumps([POST, {**POST, "id": 2}]),
        json.dumps([POST, {**POST, "id": 2}], indent=2),
        json.dumps(POST) + "\n\n" + json.dumps({**POST, "id": "2"}) + "\r\n",
        "\ufeff" + json.dumps(POST) + "\n" + json.dumps({**POST, "id": "2"}),
    ],
)
def test_a_list_and_lines_are_read_alike(body: str) -> None:
    assert [mention.id for mention in opened(body.encode()).posts.mentions] == ["1", "2"]


def test_an_object_over_several_lines_is_one_post_and_our_own_are_replies() -> None:
    ours = {**POST, "author": "@ainokahvi", "own": True, "text": "Kiitos viestistäsi!", "in_reply_to": 81}
    sent = source(autoreplies=["^Kiitos viestistäsi"], network="hotline")
    body = json.dumps(ours, indent=1).encode()
    (reply,) = sent.opened(body, signed(body), now=NOW).posts.replies
    assert reply == Reply(
        "hotline", "1", "ainokahvi", "Kiitos viestistäsi!", NOW, in_reply_to="81", automated=True
    )


def test_one_bad_line_is_named_by_its_place_and_spoils_no_other() -> None:
    body = "\n".join([json.dumps(POST), "{salaisuus", json.dumps({**POST, "posted_at": "eilen"}), "[1]"])
    posts = opened(body.encode()).posts
    assert [mention.id for mention in posts.mentions] == ["1"]
    assert [said.partition(":")[0] for said in posts.rejected] == ["line 2", "line 3", "line 4"]
    assert "salaisuus" not in str(posts.rejected)


def test_an_empty_list_is_nothing_and_no_mistake() -> None:
    assert opened(b"[]").posts.mentions == ()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b" \n ", 400),
        (b"\xff\xfe{}", 400),
        (b"salaisuus", 400),
        (b"5", 400),
        (b"{}", 400),
        (b"[" * 100_000, 400),
        (b'[{"id": "1", "author": "caro", "text": "salaisuus"}]', 400),
        (b"9" * 5_000, 400),
        (b"{}\n" * (MOST_POSTS + 1), 413),
    ],
)
def test_a_body_of_which_nothing_can_be_taken_is_refused_without_its_words(body: bytes, status: int) -> None:
    error = refused(body)
    assert error.status == status
    assert "salaisuus" not in f"{error} {error.rejected}"


def test_hostile_text_comes_through_as_it_is() -> None:
    text = "<script> %s {0} '; DROP TABLE post -- \u202e\x00 👩‍👩‍👧 rivi\nvaihto \ud800"
    (mention,) = opened(json.dumps({**POST, "text": text}).encode()).posts.mentions
    assert isinstance(mention, Mention)
    assert mention.text == text


# once


def test_a_used_signature_is_refused_as_long_as_it_could_pass() -> None:
    sent = opened()
    cursor = json.loads(json.dumps(remembered({}, sent, now=NOW)))
    for later in (timedelta(0), timedelta(seconds=2 * SIGNED_WITHIN_SECONDS)):
        with pytest.raises(NotTaken) as caught:
            remembered(cursor, sent, now=NOW + later)
        assert caught.value.status == 409
    another = opened(header=signed(at=NOW + timedelta(seconds=1)))
    assert len(json.dumps(remembered(cursor, another, now=NOW))) < 200


def test_what_is_too_old_to_pass_is_forgotten() -> None:
    cursor = remembered({}, opened(), now=NOW)
    later = NOW + timedelta(seconds=KEPT_SECONDS + 1)
    another = opened(header=signed(at=later), now=later)
    assert list(remembered(cursor, another, now=later)["used"].values()) == [int(later.timestamp())]  # type: ignore[attr-defined]


def test_more_requests_than_can_be_kept_are_refused_rather_than_forgotten() -> None:
    full = {"used": {str(number): int(NOW.timestamp()) for number in range(MOST_KEPT)}}
    with pytest.raises(NotTaken) as caught:
        remembered(full, opened(), now=NOW)
    assert caught.value.status == 429


@pytest.mark.parametrize("cursor", [{}, {"used": None}, {"used": {"x": "y"}}, {"offset": 3}])
def test_a_cursor_that_means_nothing_here_starts_anew(cursor: dict[str, Any]) -> None:
    assert len(remembered(cursor, opened(), now=NOW)["used"]) == 1  # type: ignore[arg-type]


# settings


@pytest.mark.parametrize("keys", [{"secret": ""}, {"name": "a/b"}, {"name": "kuuma linja"}, {"secert": "x"}])
def test_settings_that_cannot_work_are_refused_without_the_secret(keys: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        source(**keys)
    assert SECRET not in str(caught.value)


def test_settings_show_no_secret_and_a_look_brings_nothing() -> None:
    made = WebhookSettings.model_validate({"name": "hotline", "secret": SECRET})
    assert SECRET not in f"{made!r} {made.model_dump(mode='json')}"
    assert source().fetch({"used": {}}, since=NOW, now=NOW).cursor == {"used": {}}
    assert source().check() == []
    source().close()


@pytest.mark.parametrize(
    ("is_heard", "lanes", "reasons"),
    [
        (True, ("all",), []),
        (False, (), [Blindness.DOWNTIME]),
        # one tick of a cron job serves no page: what it saw of this source vouches for nothing
        (None, (), []),
    ],
)
def test_it_is_watched_while_the_page_that_posts_are_sent_to_is_served(
    is_heard: bool | None,  # noqa: FBT001 - a table
    lanes: tuple[str, ...],
    reasons: list[Blindness],
) -> None:
    opened = source()
    opened.is_heard = is_heard
    looked = opened.fetch({"used": {}}, since=NOW, now=NOW)
    assert (looked.lanes, [trouble.reason for trouble in looked.troubles]) == (lanes, reasons)
    assert looked.cursor == {"used": {}}
