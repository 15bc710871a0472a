"""What a word of the configuration finds: its forms in Finnish, and no other word's."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casebook.asked import asked, asked_phrase, holds_asked
from casebook.words import words_of

TABLES = [Path(__file__).with_name(f"{name}.txt") for name in ("finnish_words", "finnish_words_unseen")]


def table() -> dict[str, list[str]]:
    """Give the words of the tables with their forms, folded."""
    written = "".join(path.read_text("utf-8") for path in TABLES)
    lines = (line for line in written.splitlines() if not line.startswith("#"))
    return {words_of(word)[0]: words_of(forms) for word, _, forms in (line.partition(":") for line in lines)}


@pytest.mark.parametrize(("word", "forms"), table().items())
def test_a_word_is_found_in_each_of_its_forms(word: str, forms: list[str]) -> None:
    assert [form for form in forms if not asked(word).is_word(form)] == []


@pytest.mark.parametrize(
    ("word", "others"),
    [
        ("työ", "teillä teitä sinulle te sinä"),
        ("tuli", "tulee tulin tulevat tullut"),
        ("voi", "voin voivat voisi voitko"),
        ("tie", "teillä teille teistä"),
        ("kassa", "kassia kassit kassien"),
        ("lasi", "lapsi lasten lastat lasku laskin"),
        ("purkki", "purkka purkaa puretaan"),
        ("sinä", "teillä sinulle"),
        ("te", "teillä teidän sinä"),
        ("vesi", "veli vei vene"),
        ("home", "homma hommaan"),
        ("parcel", "parcelin"),
        ("rikki", "rikas rikkaan"),
        ("kuitti", "kuitenkin"),
        ("lasipurkki", "purkki lasi lasin"),
    ],
)
def test_a_word_is_not_found_in_forms_of_another(word: str, others: str) -> None:
    assert [other for other in others.split() if asked(word).is_word(other)] == []


def test_who_asks_for_an_inflected_form_finds_the_word() -> None:
    assert asked("allergiaa").forms == asked("allergia").forms


@pytest.mark.parametrize(
    ("text", "phrase", "holds"),
    [
        ("Löysin lasipurkkien siruja", "lasipurkki siru", True),
        ("purkin kansi oli rikki", "purkki kansi", True),
        ("kannen purkki", "purkki kansi", False),
        ("tapan sinut", "tapan teidät", True),
        ("mitä vain", "", False),
    ],
)
def test_a_phrase_is_held_when_forms_of_its_words_follow_one_another(
    text: str, phrase: str, *, holds: bool
) -> None:
    assert holds_asked(words_of(text), asked_phrase(words_of(phrase))) is holds


@given(st.text(alphabet="aeiouyäöklnprstvdgmh-'😡1", max_size=30))
@settings(max_examples=100, deadline=None)
def test_the_asked_word_itself_is_always_found(text: str) -> None:
    assert all(asked(word).is_word(word) for word in words_of(text))


@pytest.mark.parametrize(
    "word", ["", "x" * 61, "\ud800", "日本語", "123", "aaaaaaaaaaaaaaaaaaaaaa", "tttttttt"]
)
def test_what_is_no_word_is_found_as_it_stands(word: str) -> None:
    assert word in asked(word).forms
