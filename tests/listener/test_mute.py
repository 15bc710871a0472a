"""What the configuration keeps from being judged."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from casebook.mention import Author, Mention, Spoken
from listener.file import FileSettings
from listener.mute import SURE_OF_LANGUAGE, muted_by

FI = Spoken("fi", 0.99)


def said(text: str = "Missä paketti?", *, by: str = "caro") -> Mention:
    return Mention("x", "1", Author(by), text, datetime(2026, 11, 2, tzinfo=UTC))


def muted(mention: Mention, spoken: Spoken = FI, **keys: Any) -> str | None:
    return muted_by(mention, spoken, FileSettings(name="feed", path=Path("posts.jsonl"), **keys))


def test_nothing_is_muted_unless_the_configuration_says_so() -> None:
    assert muted(said(), Spoken("other", 1.0)) is None


@pytest.mark.parametrize(
    ("by", "written", "is_muted"),
    [
        ("kahvibotti", "kahvibotti", True),
        ("KahviBotti", "@kahvibotti", True),
        ("kahvibotti@mastodon.social", "kahvibotti@mastodon.social", True),
        ("kahvibotti2", "kahvibotti", False),
        ("kahvi", "kahvibotti", False),
    ],
)
def test_an_author_is_muted_by_the_whole_handle(by: str, written: str, is_muted: bool) -> None:  # noqa: FBT001 - a table
    expected = f"muted_authors: {written}" if is_muted else None
    assert muted(said(by=by), muted_authors=[written]) == expected


@pytest.mark.parametrize(
    ("text", "written", "is_muted"),
    [
        ("Osallistu arvontaan nyt!", "arvonta", True),
        ("ARVONTA", "arvonta", True),
        ("Arvonnassa mukana #kahvi", "arvonta", True),
        ("Voittaa voi työpaikan", "avoin työpaikka", False),
        ("Meillä on avoimia työpaikkoja", "avoin työpaikka", True),
        ("Missä paketti?", "arvonta", False),
        ("Missä paketti?", "…", False),
    ],
)
def test_a_word_mutes_inflected_or_not(text: str, written: str, is_muted: bool) -> None:  # noqa: FBT001 - a table
    expected = f"muted_words: {written}" if is_muted else None
    assert muted(said(text), muted_words=[written]) == expected


@pytest.mark.parametrize(
    ("language", "confidence", "is_muted"),
    [
        ("sv", SURE_OF_LANGUAGE, True),
        ("sv", SURE_OF_LANGUAGE - 0.01, False),
        ("other", 1.0, True),
        ("other", 0.0, False),
        ("fi", 1.0, False),
    ],
)
def test_a_language_mutes_only_where_it_is_sure(language: str, confidence: float, is_muted: bool) -> None:  # noqa: FBT001 - a table
    why = muted(said(), Spoken(language, confidence), languages=["fi", "en"])
    assert (why is not None) is is_muted
    assert why is None or why.startswith(f"languages: the post's is {language} (")


def test_a_single_word_may_stand_without_its_list() -> None:
    assert muted(said("arvonta"), muted_words="arvonta") == "muted_words: arvonta"
