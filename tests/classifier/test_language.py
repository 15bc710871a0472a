import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casebook.mention import Spoken
from classifier.language import choose, language_of, language_of_post, spoken_in


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        ("Paketti ei ole vieläkään tullut, missä se viipyy?", None, "fi"),
        ("Paketet har inte kommit än, var är det?", None, "sv"),
        ("My parcel still has not arrived, where is it?", None, "en"),
        pytest.param(
            "Paketti ei ole vieläkään tullut, missä se viipyy?",
            "en",
            "fi",
            id="a wrong hint loses to a sentence",
        ),
        pytest.param("Moi", "fi", "fi", id="a greeting with its hint"),
        pytest.param("Tack!", "sv", "sv", id="thanks with its hint"),
        pytest.param("ok", "sv", "sv", id="what is said everywhere is what the hint says"),
        pytest.param("ok", "sv-FI", "sv", id="a hint with a region"),
        pytest.param("ok", "EN", "en", id="a hint in capitals"),
        pytest.param(
            "Das Paket ist immer noch nicht angekommen, ich bin sehr enttäuscht", None, "other", id="German"
        ),
        pytest.param(
            "Das Paket ist immer noch nicht angekommen, ich bin sehr enttäuscht",
            "fi",
            "other",
            id="German, from an account set to Finnish",
        ),
        pytest.param("Wo bleibt mein Paket, bitte?", "de", "other", id="short German with its hint"),
        pytest.param("Где мой заказ? Жду уже три недели", None, "other", id="another script"),
        pytest.param("我的咖啡在哪里", "fi", "other", id="another script, whatever the hint"),
        pytest.param("😡😡", "fi", "fi", id="emoji are in the hint's language"),
        pytest.param("😡😡", None, "other", id="or in none"),
        pytest.param("", None, "other", id="nothing"),
        pytest.param("123 !!", "zxx", "other", id="numbers, with a hint that says no language"),
        pytest.param("Kahvi oli hyvää ja tuli ajoissa perille", "und", "fi", id="an undecided hint"),
        pytest.param("The", None, "en", id="one common word, English"),
        pytest.param("Vi", None, "sv", id="one common word, Swedish"),
        pytest.param("missa mun tilaus viipyy", None, "fi", id="Finnish without dots"),
        pytest.param("Tack for alla kopparna", None, "sv", id="Swedish without dots"),
        pytest.param("I don’t", None, "en", id="a typographic apostrophe"),
    ],
)
def test_language(text: str, hint: str | None, language: str) -> None:
    assert language_of(text, hint) == language


@pytest.mark.parametrize(
    ("elsewhere", "letters", "hint", "language"),
    [
        pytest.param(0.90, 40, None, "other", id="sure of another language"),
        pytest.param(0.89, 40, None, "fi", id="not sure enough"),
        pytest.param(1.00, 39, None, "fi", id="too short to be sure"),
        pytest.param(0.98, 40, "fi", "fi", id="the hint says ours"),
        pytest.param(0.99, 40, "fi", "other", id="the hint says ours, and the text says otherwise"),
        pytest.param(0.50, 3, "de", "other", id="hint and text agree on another"),
        pytest.param(0.49, 3, "de", "fi", id="the hint alone is not enough"),
    ],
)
def test_other_needs_reasons(elsewhere: float, letters: int, hint: str | None, language: str) -> None:
    chances = {"de": elsewhere, "fi": (1 - elsewhere) * 0.8, "sv": (1 - elsewhere) * 0.2, "en": 0.0}
    assert choose(chances, letters=letters, hint=hint).language == language


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(), max_size=80), st.none() | st.text(max_size=6))
def test_any_text_and_any_hint_have_an_answer(text: str, hint: str | None) -> None:
    spoken = spoken_in(text, hint)
    assert spoken.language in {"fi", "sv", "en", "other"}
    assert 0 <= spoken.confidence <= 1


def test_what_was_decided_before_stands_whatever_the_text() -> None:
    assert language_of("My parcel still has not arrived", Spoken("fi", 0.4)) == "fi"


@pytest.mark.parametrize(
    ("text", "hint", "least", "most"),
    [
        pytest.param("Paketti ei ole vieläkään tullut, missä se viipyy?", None, 0.99, 1, id="a sentence"),
        pytest.param("Raviradan", None, 0, 0.8, id="a single rare word"),
        pytest.param("Raviradan", "fi", 0.2, 1, id="the same with its hint"),
        pytest.param("😡😡", "fi", 0.5, 0.5, id="emoji with a hint"),
        pytest.param("😡😡", None, 0, 0, id="emoji alone"),
    ],
)
def test_the_confidence_says_how_much_there_was_to_go_by(
    text: str, hint: str | None, least: float, most: float
) -> None:
    assert least <= spoken_in(text, hint).confidence <= most


def test_links_and_names_say_nothing_of_the_language_of_a_post() -> None:
    bare = language_of_post("Missä tilaukseni viipyy?")
    assert (
        language_of_post("@the_best_of Missä tilaukseni viipyy? https://example.org/where-is-my-order")
        == bare
    )
