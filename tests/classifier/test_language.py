import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.language import choose, language_of


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
    assert choose(chances, letters=letters, hint=hint) == language


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(), max_size=80), st.none() | st.text(max_size=6))
def test_any_text_and_any_hint_have_an_answer(text: str, hint: str | None) -> None:
    assert language_of(text, hint) in {"fi", "sv", "en", "other"}
