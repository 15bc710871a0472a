"""What is kept of a post to compare it, and how likely two are about one thing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.likeness import (
    beginnings,
    gist_of,
    group_likeness,
    likeness,
    log_odds,
    names_of,
    read_gists,
    to_group,
)
from tests.crowd import meaning_of


def chance(one: str, other: str, *, things: tuple[int, int] | None = None) -> float:
    """How likely two posts are about one thing; `things` are what the model takes them to be about."""
    meanings = [None, None] if things is None else [meaning_of(thing, at) for at, thing in enumerate(things)]
    gists = read_gists(
        gist_of(text, meaning, "fi") for text, meaning in zip((one, other), meanings, strict=True)
    )
    return float(likeness(log_odds(gists, gists))[0, 1])


@pytest.mark.parametrize(
    ("text", "kept", "why"),
    [
        ("Lasinsiruja LASINSIRUSTA", {"lasin"}, "inflections and capitals are one beginning"),
        ("@ainokahvi lasia https://x.example/lasi", {"lasia"}, "handles and links are no words"),
        ("Aino Kahvin purkki", {"purkk"}, "the brand says nothing where everybody names it"),
        ("on se jo", set(), "neither do words of two letters"),
        ("", set(), "an empty post has none"),
    ],
)
def test_the_beginnings_of_words_are_kept(text: str, kept: set[str], why: str) -> None:
    assert beginnings(text, names_of(["Aino Kahvi"])) == kept, why


def test_posts_that_mean_one_thing_are_alike_and_others_are_not() -> None:
    alike = chance("lasia purkissa", "purkissani oli sirpale", things=(1, 1))
    unlike = chance("lasia purkissa", "missä paketti viipyy", things=(1, 2))
    assert alike > 0.8
    assert unlike < 0.2


def test_the_same_words_make_a_post_likelier_to_be_about_the_same() -> None:
    assert chance("lasia purkissa", "lasia purkissa", things=(1, 2)) > chance(
        "lasia purkissa", "missä paketti", things=(1, 2)
    )


def test_without_a_meaning_the_words_alone_speak() -> None:
    assert chance("löysin lasinsirun kahvipurkista", "löysin lasinsirun kahvipurkista!") > 0.8
    assert chance("löysin lasinsirun kahvipurkista", "missä paketti viipyy taas") < 0.2


@pytest.mark.parametrize(
    ("one", "other", "counts", "why"),
    [
        (
            "https://news.example/a?s=1",
            "www.x https://www.news.example/a/",
            True,
            "one page under two addresses",
        ),
        ("https://news.example/a", "https://news.example/b", False, "two pages"),
        ("https://news.example", "https://news.example/", False, "a front page is about everything"),
        ("https://[::1/a", "https://[::1/a", False, "what is no address links nothing"),
    ],
)
def test_passing_on_one_page_is_speaking_of_one_thing(
    one: str, other: str, *, counts: bool, why: str
) -> None:
    with_link = chance(f"katso {one}", f"luin {other}", things=(1, 2))
    without = chance("katso", "luin", things=(1, 2))
    assert (with_link > without + 0.1) is counts, why


def test_a_group_is_more_certain_than_one_of_it() -> None:
    """Nine posts that are each rather like a new one say more together."""
    gists = read_gists(gist_of(f"sana{shade}", meaning_of(1, shade), "fi") for shade in range(10))
    odds = log_odds(gists, gists)
    means = to_group(odds, np.array([False] + [True] * 9))
    assert float(group_likeness(means[0])) > 0.8


def test_a_post_is_no_member_of_its_own_comparison() -> None:
    odds = np.array([[100.0, 1.0], [3.0, 100.0]])
    assert to_group(odds, np.array([True, True])).tolist() == [1.0, 3.0]


def test_a_gist_that_is_none_is_like_no_other() -> None:
    gists = read_gists([b"", b"rubbish", gist_of("lasia purkissa", meaning_of(1), "fi")])
    assert len(gists) == 3
    assert likeness(log_odds(gists, gists))[2, :2].max() < 0.5


@given(st.text(max_size=300), st.sampled_from(["fi", "sv", "en", "other", "xx"]))
def test_any_text_has_a_gist_of_one_length(text: str, language: str) -> None:
    assert len(gist_of(text, None, language)) == len(gist_of("a", meaning_of(1), "fi"))


@given(st.text(max_size=60), st.text(max_size=60), st.integers(0, 3), st.integers(0, 3))
def test_likeness_is_the_same_from_both_sides(one: str, other: str, thing: int, second: int) -> None:
    gists = read_gists([gist_of(one, meaning_of(thing), "fi"), gist_of(other, meaning_of(second), "sv")])
    odds = log_odds(gists, gists)
    assert np.allclose(odds, odds.T)
    assert ((likeness(odds) >= 0) & (likeness(odds) <= 1)).all()


def test_a_long_hostile_text_is_bounded() -> None:
    assert len(beginnings(" ".join(f"sana{n}" for n in range(5_000)))) <= 300
