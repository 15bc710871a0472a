"""Which texts ask something by their form."""

import pytest

from playbooks.question import asks

ASKING = [
    "Missä pakettini on?",
    "Paketti ei tullut, mitä nyt?",
    "??",
    "Onko teillä gluteenitonta kahvia",
    "Hei! Milloin myymälä aukeaa",
    "Hei, saisinko rahat takaisin",
    "Rikki meni. Voitteko korvata sen",
    "moi\nmistä tätä saa",
    "Mikä on toimitusaika",
    "Kan man köpa den i butik",
    "Hej! När kommer mitt paket",
    "Can I return this",
    "My cup broke. Where can I get a new one",
    "Tuleeko näitä lisää ☕?",
    "what’s the delivery time",
]
TELLING = [
    "",
    "Kahvi on hyvää.",
    "Aurinko paistaa ja kahvi maistuu",
    "Marko kävi kahvilla",
    "Mikä ihana päivä!",
    "Kuinka ihanaa kahvia",
    "En tiedä, mitä tehdä",
    "När jag kom hem var den trasig",
    "When I came home it was broken",
    "How lovely!",
    "Doesn't work.",
    "Katso https://ainokahvi.fi/haku?q=kahvi",
    "verkkokauppa.fi/haku?q=kahvi on rikki",
]


@pytest.mark.parametrize("text", ASKING)
def test_a_question_is_known_by_its_mark_or_its_beginning(text: str) -> None:
    assert asks(text)


@pytest.mark.parametrize("text", TELLING)
def test_what_only_looks_like_a_question_is_none(text: str) -> None:
    assert not asks(text)


def test_a_long_hostile_text_is_read_at_once() -> None:
    assert not asks(("hei " * 2_500)[:10_000])
    assert not asks("." * 10_000)
    assert not asks("a'" * 5_000)
