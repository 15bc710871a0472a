"""Words and base forms: what a person would call the same word is found, and no text holds up the rest."""

import subprocess
import sys
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casebook.asked import looked_up_types
from casebook.kept_forms import kept_forms, kept_types
from casebook.words import LONGEST_TEXT, base_forms, holds_phrase, looked_up, words_of
from tests.keep_forms import asked_words, shipped_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("!!! … —", []),
        ("Sain ALLERGISEN reaktion.", ["sain", "allergisen", "reaktion"]),
        ("#Takaisinveto @AinoKahvi", ["takaisinveto", "ainokahvi"]),
        ("allergia-reaktio", ["allergia", "reaktio"]),
        ("e-mail, t-paita", ["e-mail", "t-paita"]),
        ("don't rock'n'roll vaa'an", ["don't", "rock'n'roll", "vaa'an"]),
        ("don’t", ["don't"]),
        ("EU:n VD:s IPA:ssa kahvi:a", ["eu", "vd", "ipa", "kahvi"]),
        ("Aino'n customer's Aino’lle", ["aino", "customer", "aino"]),
        ("huom:tämä klo 12:30", ["huom", "tämä", "klo", "12", "30"]),
        ("kahvi😡😡", ["kahvi", "😡", "😡"]),
        ("katso https://example.org/recall?x=recall tämä", ["katso", "tämä"]),
        ("aller\u00adgia al\u200bler\u200dgia", ["allergia", "allergia"]),
        ("snake_case 'lainaus'", ["snake", "case", "lainaus"]),
        ("STRASSE straße", ["strasse", "strasse"]),
        ("Žluťoučký ÅÄÖ", ["žluťoučký", "åäö"]),
    ],
)
def test_a_text_gives_the_words_a_reader_would_count(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_a_letter_and_its_accent_written_apart_are_one_word_with_the_composed_one() -> None:
    assert words_of(unicodedata.normalize("NFD", "kääpiö")) == words_of("kääpiö") == ["kääpiö"]


def test_only_the_first_ten_thousand_characters_are_read() -> None:
    assert words_of(" " * (LONGEST_TEXT - 3) + "abcdef") == ["abc"]


@pytest.mark.parametrize(
    "piece", ["a", "a-", "a'", "a:", "'", "ﷺ", "a\u0301\u0323", "https://", "😡", "a:n'"]
)
def test_a_megabyte_of_anything_is_cut_in_no_time(piece: str) -> None:
    begun = time.perf_counter()
    words_of(piece * 1_000_000)
    assert time.perf_counter() - begun < 20  # a hang is what fails, not a busy machine


@pytest.mark.parametrize(
    ("word", "base"),
    [
        ("allergia", "allergia"),
        ("allergiaa", "allergia"),
        ("allergiasta", "allergia"),
        ("allergioita", "allergia"),
        ("Allergioita", "allergia"),
        ("allergiakin", "allergia"),
        ("allergiaako", "allergia"),
        ("allergiahan", "allergia"),
        ("kädessä", "käsi"),
        ("kengät", "kenkä"),
        ("leveransen", "leverans"),
        ("deliveries", "delivery"),
        ("broken", "break"),
        ("e-laskun", "elasku"),
    ],
)
def test_an_inflected_word_has_its_base_form(word: str, base: str) -> None:
    assert base in base_forms(word)


@pytest.mark.parametrize("word", ["", "-", "'", "\ud800", "123", "😡", "日本語", "x" * 61, "x" * 100_000])
def test_what_is_no_word_of_ours_has_itself_as_its_only_form(word: str) -> None:
    assert base_forms(word) == {word}


def test_what_is_kept_is_what_the_dictionaries_say_of_all_that_ships() -> None:
    kept = kept_forms()
    assert set(kept) == set(shipped_words())  # else: python -m tests.keep_forms
    assert {word: forms for word, forms in kept.items() if looked_up(word) != forms} == {}


def test_the_types_that_are_kept_are_what_the_dictionaries_say_of_all_that_is_asked_for() -> None:
    kept = kept_types()
    assert set(kept) == set(asked_words())  # else: python -m tests.keep_forms
    assert {word: types for word, types in kept.items() if looked_up_types(word) != types} == {}


def test_words_that_ship_need_no_dictionary() -> None:
    program = "import sys, casebook.asked as a; a.asked('takaisinveto'); sys.exit('simplemma' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@given(st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_base_forms_of_anything_never_raise_and_are_never_empty(text: str) -> None:
    assert base_forms(text)
    assert all(base_forms(word) for word in words_of(text))


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_words_are_stable_when_they_are_read_again(text: str) -> None:
    words = words_of(text)
    assert words_of(" ".join(words)) == words


@pytest.mark.parametrize(
    ("text", "phrase", "holds"),
    [
        ("Sain tuotteesta allergisen reaktion", "allerginen reaktio", True),
        ("Tästä tuli allergiaa!", "allergia", True),
        ("Löysin lasin sirun pullosta", "lasi siru", True),
        ("Löysin sirun lasin vierestä", "lasi siru", False),
        ("lasi ja siru", "lasi siru", False),
        ("lasi", "lasi siru", False),
        ("asiakaspalvelu", "palvelu", False),
        ("Var är min leverans? Leveransen kom aldrig", "leverans komma", True),
        ("my orders never arrived", "order never arrive", True),
        ("mitä vain", "", False),
        ("", "lasi", False),
        ("alkuun LASI", "lasi", True),
    ],
)
def test_a_phrase_is_held_when_its_words_follow_one_another(text: str, phrase: str, *, holds: bool) -> None:
    assert holds_phrase(words_of(text), words_of(phrase)) is holds
