"""What people should not have posted is not repeated. All numbers are made up; their check digits are right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.mask import MASK, mask


@pytest.mark.parametrize(
    ("text", "masked", "found"),
    [
        # identity codes: every separator, either case, whatever dash
        ("hetu 131052-308T kiitos", "hetu ••• kiitos", "identity_code"),
        ("hetu 131052-308t", "hetu •••", "identity_code"),
        ("131052–308T", "•••", "identity_code"),
        ("010594Y9032", "•••", "identity_code"),
        ("010594X903M", "•••", "identity_code"),
        ("010594W9035", "•••", "identity_code"),
        ("020594V903P", "•••", "identity_code"),
        ("030594U903M", "•••", "identity_code"),
        ("010516B903X", "•••", "identity_code"),
        ("010516F9033", "•••", "identity_code"),
        ("020516C903K, siis", "•••, siis", "identity_code"),
        ("290200A248A", "•••", "identity_code"),
        ("020202+123A", "•••", "identity_code"),
        ("Personnummer 811228-9874.", "Personnummer •••.", "identity_code"),
        ("19811228-9874", "•••", "identity_code"),
        # accounts
        ("tili FI21 1234 5600 0007 85 ja nimi", "tili ••• ja nimi", "account"),
        ("fi2112345600000785", "•••", "account"),
        ("SE45 5000 0000 0583 9825 7466", "•••", "account"),
        ("GB82 WEST 1234 5698 7654 32 thanks", "••• thanks", "account"),
        # cards
        ("kortti 4111 1111 1111 1111 ei toimi", "kortti ••• ei toimi", "card"),
        ("4111-1111-1111-1111", "•••", "card"),
        ("5500000000000004", "•••", "card"),
        ("378282246310005", "•••", "card"),
        ("4111\u200b1111\u00a01111 1111", "•••", "card"),
        ("４１１１１１１１１１１１１１１１", "•••", "card"),
        # phones
        ("soita +358 40 123 4567!", "soita •••!", "phone"),
        ("+358401234567", "•••", "phone"),
        ("00358 40 1234567", "•••", "phone"),
        ("040 123 4567", "•••", "phone"),
        ("040-1234567", "•••", "phone"),
        ("(09) 123 4567", "•••", "phone"),
        ("0401234567", "•••", "phone"),
        ("+46 70 123 45 67", "•••", "phone"),
        ("+44 (0)20 7946 0958", "•••", "phone"),
        # e-mails
        ("kirjoita maija.k+x@posti.example.fi.", "kirjoita •••.", "email"),
        ("ÄITI@koti.fi", "•••", "email"),
    ],
)
def test_what_must_not_be_repeated_is_taken_out_and_named(text: str, masked: str, found: str) -> None:
    assert mask(text).text == masked
    assert mask(text).found == (found,)


@pytest.mark.parametrize(
    "text",
    [
        "Tilasin 24.11.2026 klo 12.30, ja 30 minuuttia meni.",
        "Hinta 1 299,90 € on liikaa",
        "Erä 4411, parasta ennen 01.02.2027",
        "tilaus 123456 ei tule",
        "4111 1111 1111 1112 on väärin laskettu",
        "@ainokahvi missä #tilaus on?",
        "kahvi@home",
        "FI21 1234 5600 0007 86",
        "811228-9873",
        "2026-11-24T12:30:00",
        "https://x.com/maija/status/12",
        "0,5 l ja 0.75 kg",
        "1111 1111 1111 1111",
        "Soitin 24/7 ja 365 päivää",
        "",
    ],
)
def test_what_is_none_of_them_stays(text: str) -> None:
    assert mask(text) == mask(text)
    assert (mask(text).text, mask(text).found) == (text, ())


def test_several_are_each_taken_out_and_each_word_is_given_once() -> None:
    said = mask("Olen 131052-308T, 040 123 4567 tai 0501234567, kortti 4111111111111111, maija@posti.fi")
    assert said.text == f"Olen {MASK}, {MASK} tai {MASK}, kortti {MASK}, {MASK}"
    assert said.found == ("identity_code", "phone", "card", "email")


def test_a_number_of_something_else_may_follow() -> None:
    assert mask("4111 1111 1111 1111 2027").text == f"{MASK} 2027"


@given(st.text())
def test_any_text_is_masked_once_and_for_all(text: str) -> None:
    once = mask(text)
    assert mask(once.text).text == once.text
    assert (once.text == text) == (not once.found)


@given(st.text(alphabet=st.characters(exclude_categories=["Nd"], exclude_characters="@＠")))
def test_without_digits_and_at_signs_nothing_is_taken_out(text: str) -> None:
    assert mask(text).text == text


def test_long_texts_of_almost_numbers_are_quick() -> None:
    for text in ("1" * 50_000, "a." * 50_000 + "@", "0 " * 50_000, "FI21 " * 20_000, "+1 (" * 20_000):
        mask(text)
