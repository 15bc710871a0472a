"""The demo's story is data written by hand: these tests keep it whole when somebody adds a post."""

import json
import re
import unicodedata
from collections import Counter
from datetime import timedelta
from difflib import SequenceMatcher
from importlib.resources import files
from itertools import combinations, pairwise
from typing import Any

import pytest

Row = dict[str, Any]

COMPANY = "ainokahvi"
WRITTEN_OFFSET = re.compile(r"([0-6])d([01]\d|2[0-3]):([0-5]\d)")
POST_KEYS = {
    "id",
    "author",
    "text",
    "at",
    "own",
    "automated",
    "in_reply_to",
    "conversation",
    "url",
    "followers",
    "lang",
}
ACT_KEYS = {"at", "post", "verb", "person"}
VERBS = {"acknowledge", "replied", "close", "dismiss"}
ABOUT_GLASS = re.compile(r"lasi|siru|sirpale|glas|shard", re.IGNORECASE)


def read(name: str) -> list[Row]:
    lines = files("vaste").joinpath("demo", name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


FEED = read("feed.jsonl")
ACTS = read("acts.jsonl")
BY_ID = {post["id"]: post for post in FEED}
CUSTOMERS = [post for post in FEED if not post.get("own")]
OURS = [post for post in FEED if post.get("own")]


def offset(row: Row) -> timedelta:
    found = WRITTEN_OFFSET.fullmatch(row["at"])
    assert found is not None, row["at"]
    days, hours, minutes = (int(part) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


def root_of(post: Row) -> str:
    while "in_reply_to" in post:
        post = BY_ID[post["in_reply_to"]]
    return str(post["id"])


def answers_to(post_id: str) -> list[Row]:
    """Posts of ours by a person that reply to this post."""
    return [post for post in OURS if post.get("in_reply_to") == post_id and not post.get("automated")]


def acts_on(post_id: str) -> list[Row]:
    return [act for act in ACTS if act["post"] == post_id]


def test_every_post_has_the_keys_of_the_file_source_and_no_others() -> None:
    for post in FEED:
        assert {"id", "author", "text", "at"} <= post.keys() <= POST_KEYS, post["id"]
        assert type(post.get("followers", 0)) is int, post["id"]
        assert post.get("own", True) is True, post["id"]
        assert post.get("automated", True) is True, post["id"]


def test_every_id_is_short_and_used_once() -> None:
    assert len(BY_ID) == len(FEED)
    assert max(len(post["id"]) for post in FEED) <= 20


def test_the_feed_is_as_large_as_the_story_needs() -> None:
    assert len(FEED) >= 200
    assert len(CUSTOMERS) >= 150
    assert 30 <= len(OURS) <= 45
    assert len(ACTS) >= 40


def test_only_the_company_writes_the_companys_posts() -> None:
    assert {post["author"] for post in OURS} == {COMPANY}
    assert COMPANY not in {post["author"] for post in CUSTOMERS}
    assert all(post.get("own") for post in FEED if post.get("automated"))


@pytest.mark.parametrize("rows", [FEED, ACTS], ids=["feed", "acts"])
def test_rows_stand_in_order_of_time_within_the_week(rows: list[Row]) -> None:
    offsets = [offset(row) for row in rows]
    assert all(earlier <= later for earlier, later in pairwise(offsets))
    assert timedelta(0) <= offsets[0]
    assert offsets[-1] < timedelta(days=7)


def test_every_day_of_the_week_has_posts() -> None:
    assert {offset(post).days for post in CUSTOMERS} == set(range(7))


def test_a_reply_answers_a_known_post_that_is_not_later() -> None:
    for post in FEED:
        if "in_reply_to" in post:
            assert offset(BY_ID[post["in_reply_to"]]) <= offset(post), post["id"]


def test_a_conversation_is_the_root_of_its_reply_chain() -> None:
    assert [post["conversation"] for post in FEED] == [root_of(post) for post in FEED]


def test_every_link_holds_author_and_id_on_the_example_network() -> None:
    for post in FEED:
        assert post["url"] == f"https://social.example/{post['author']}/{post['id']}"


def test_about_two_thirds_are_finnish_and_a_sixth_each_swedish_and_english() -> None:
    written = Counter(post["lang"] for post in CUSTOMERS)
    shares = {language: count / len(CUSTOMERS) for language, count in written.items()}
    assert shares.keys() == {"fi", "sv", "en"}
    assert 0.60 <= shares["fi"] <= 0.73
    assert 0.13 <= shares["sv"] <= 0.22
    assert 0.13 <= shares["en"] <= 0.22


def test_at_least_forty_people_write_of_the_glass() -> None:
    about_glass = [post for post in CUSTOMERS if post["id"].startswith("lasi-")]
    named = [post for post in about_glass if ABOUT_GLASS.search(post["text"])]
    assert len({post["author"] for post in named}) >= 40
    assert offset(about_glass[0]).days == 2


def test_the_glass_bursts_within_a_quarter_of_an_hour() -> None:
    offsets = [offset(post) for post in CUSTOMERS if post["id"].startswith("lasi-")]
    quarter = timedelta(minutes=15)
    assert max(sum(start <= at < start + quarter for at in offsets) for start in offsets) >= 12


def alike(one: str, other: str) -> bool:
    matcher = SequenceMatcher(None, one.casefold(), other.casefold(), autojunk=False)
    # the two quick ratios are upper bounds: most pairs are settled without the slow one
    return all(ratio() >= 0.9 for ratio in (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio))


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_no_two_posts_are_nearly_the_same(language: str) -> None:
    # an auto-reply repeats itself by its nature
    posts = [post for post in FEED if post["lang"] == language and not post.get("automated")]
    near = [(a["id"], b["id"]) for a, b in combinations(posts, 2) if alike(a["text"], b["text"])]
    assert near == []


def test_no_text_holds_control_or_invisible_characters() -> None:
    for row in (*FEED, *ACTS):
        for written in row.values():
            hidden = [c for c in str(written) if unicodedata.category(c) in {"Cc", "Cf", "Co", "Cs", "Cn"}]
            assert hidden == [], row


def test_no_text_is_padded_or_empty() -> None:
    assert all(post["text"] == post["text"].strip() != "" for post in FEED)


def test_every_act_is_a_press_of_the_rota_on_a_customers_post_already_written() -> None:
    for act in ACTS:
        assert act.keys() == ACT_KEYS
        assert act["verb"] in VERBS
        assert act["person"] in {"aino", "ben"}
        post = BY_ID[act["post"]]
        assert not post.get("own"), act
        assert offset(post) < offset(act), act


def test_nobody_presses_the_same_button_twice_on_one_post() -> None:
    presses = Counter((act["post"], act["verb"]) for act in ACTS)
    assert max(presses.values()) == 1


def test_nobody_presses_anything_after_a_dismissal() -> None:
    for act in ACTS:
        if act["verb"] == "dismiss":
            assert acts_on(act["post"])[-1] == act


def test_a_dismissed_post_was_not_answered() -> None:
    assert [act["post"] for act in ACTS if act["verb"] == "dismiss" and answers_to(act["post"])] == []


def test_a_pressed_answer_has_no_public_one() -> None:
    pressed = [act["post"] for act in ACTS if act["verb"] == "replied"]
    assert pressed != []
    assert [post_id for post_id in pressed if answers_to(post_id)] == []


def test_a_taken_post_was_mostly_taken_before_it_was_answered() -> None:
    taken = [(act, answers_to(act["post"])) for act in ACTS if act["verb"] == "acknowledge"]
    answered = [(act, answers[0]) for act, answers in taken if answers]
    before = [act for act, answer in answered if offset(act) < offset(answer)]
    assert len(before) >= 0.9 * len(answered)


def test_the_misspelt_advertisement_is_answered_at_the_minute_the_story_says() -> None:
    assert BY_ID["pappi-01"]["at"] == "1d18:41"
    assert [answer["at"] for answer in answers_to("pappi-01")] == ["1d21:59"]


def test_one_question_is_answered_within_a_minute_before_anybody_took_it() -> None:
    question, answer = BY_ID["jauhatus-1"], answers_to("jauhatus-1")[0]
    assert offset(answer) - offset(question) == timedelta(minutes=1)
    assert acts_on("jauhatus-1") == []


def test_the_lost_delivery_is_written_of_three_times_before_a_person_answers() -> None:
    writer = BY_ID["toimitus-1"]["author"]
    answer = answers_to("toimitus-3")[0]
    before = [post for post in FEED if post["author"] == writer and offset(post) < offset(answer)]
    assert [post["id"] for post in before] == ["toimitus-1", "toimitus-2", "toimitus-3"]
    assert answers_to("toimitus-1") == answers_to("toimitus-2") == []


def test_nobody_presses_or_answers_anything_at_night() -> None:
    by_night = [row["at"] for row in (*OURS, *ACTS) if offset(row) % timedelta(days=1) < timedelta(hours=6)]
    assert by_night == []
    assert BY_ID["katko-1"]["at"] == "5d03:30"
