"""What playbooks look at in a mention, from what the record knows of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from casebook.history import AuthorHistory
from casebook.record import Circumstances, ToJudge
from playbooks.decide import Post
from tests.fakes import desk, surroundings
from vaste.posting import posting

DESK = replace(
    desk(),
    kinds={"feed": "file", "x": "x", "stars": "reviews"},
    handles={("x", "ainovirtanen"): "aino", ("x", "ben_l"): "ben", ("file", "ainovirtanen"): "caro"},
    zone=ZoneInfo("Europe/Helsinki"),
)
MENTION = replace(surroundings(1, 0).mention, sources=("x",), author="maija")


def posted(circumstances: Circumstances | None = None, **changes: Any) -> Post:
    mention: ToJudge = replace(MENTION, **changes)
    history = AuthorHistory(ages=(timedelta(days=3),))
    return posting(
        mention, DESK, history=history, bystander=True, circumstances=circumstances or Circumstances()
    )


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({}, ("post",)),
        ({"in_reply_to": "7"}, ("reply",)),
        ({"quotes": "7"}, ("quote",)),
        ({"in_reply_to": "7", "quotes": "8"}, ("reply", "quote")),
        ({"rating": 0.0}, ("review",)),
        ({"sources": ("stars",)}, ("review",)),
        ({"sources": ("gone",)}, ("post",)),
    ],
)
def test_a_mention_is_of_one_kind_or_two(changes: dict[str, Any], kinds: tuple[str, ...]) -> None:
    assert posted(**changes).kinds == kinds


@pytest.mark.parametrize(
    ("changes", "people"),
    [
        ({"text": "@AinoVirtanen missä paketti"}, ("aino",)),
        ({"text": "Kiitos @ben_l."}, ("ben",)),
        ({"text": "@ben_l ja @ainovirtanen, @ben_l!"}, ("ben", "aino")),
        ({"text": "ainovirtanen ja Aino Virtanen"}, ()),
        ({"text": "@ainovirtanen2 @ainovirtane"}, ()),
        ({"text": "posti@ainovirtanen.fi"}, ()),
        ({"text": "@ainovirtanen@mastodon.example"}, ()),  # another network's handle, whole
        ({"turned_to": ("Ben_L", "stranger")}, ("ben",)),
        # a handle is known on the network of its kind of source alone
        ({"text": "@ainovirtanen", "sources": ("feed",)}, ("caro",)),
        ({"text": "@ainovirtanen", "sources": ("stars",)}, ()),
        ({"text": "@ainovirtanen", "sources": ("x", "feed")}, ("aino",)),
    ],
)
def test_it_is_addressed_to_whom_it_names_or_turns_to(
    changes: dict[str, Any], people: tuple[str, ...]
) -> None:
    assert posted(**changes).addressed == people


def test_a_text_full_of_signs_is_read_at_once() -> None:
    assert posted(text="@" * 20_000).addressed == ()
    assert posted(text="@a." * 10_000).addressed == ()


def test_one_of_our_people_is_known_by_the_handle() -> None:
    assert posted(author="AinoVirtanen").ours
    assert not posted(author="maija").ours
    assert not posted(author="").ours


def test_the_time_is_told_on_the_clocks_of_the_configuration() -> None:
    at = posted(posted_at=datetime(2026, 11, 6, 22, 30, tzinfo=UTC)).posted_at
    assert at is not None
    assert (at.weekday(), at.hour, at.minute) == (5, 0, 30)


def test_all_else_is_taken_as_it_stands() -> None:
    seen = Circumstances(reach=70, growth=12.5, crisis=True, blind=True)
    post = posted(seen, rating=2.0)
    assert (post.reach, post.growth, post.crisis, post.blind, post.rating) == (70, 12.5, True, True, 2.0)
    assert (post.case_ages, post.bystander, post.sources) == ((timedelta(days=3),), True, ("x",))


def test_circumstances_come_back_from_the_record_as_they_went() -> None:
    seen = Circumstances(reach=70, growth=12.5, crisis=True, blind=True)
    assert Circumstances.from_facts(seen.as_facts()) == seen
    assert Circumstances.from_facts({}) == Circumstances.from_facts(None) == Circumstances()
