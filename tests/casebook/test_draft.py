"""Placeholders of a draft: a closed set, filled once, and nothing gets out of a value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.draft import BLANK, PLACEHOLDERS, fill, flaw_of

KNOWN = dict.fromkeys(PLACEHOLDERS, "x")


@pytest.mark.parametrize(
    ("text", "filled", "why"),
    [
        ("Hei {author_name}!", "Hei Maija!", "a placeholder becomes its value"),
        ("{author_name} {author_name}", "Maija Maija", "as often as it stands there"),
        ("t. {me}", f"t. {BLANK}", "what is not known is left to be written"),
        ("{brand}", BLANK, "and so is what is empty"),
        ("{{author}} }}", "{author} }", "doubled braces are braces"),
        ("{{{author_name}}}", "{Maija}", "also round a placeholder"),
        ("{nimi} { }", "{nimi} { }", "what is no placeholder stays as it is"),
        ("Hei!", "Hei!", "without braces nothing happens"),
    ],
)
def test_a_draft_is_filled(text: str, filled: str, why: str) -> None:
    assert fill(text, {"author_name": "Maija", "brand": ""}) == filled, why


@given(st.text())
def test_a_value_is_not_read_for_placeholders(value: str) -> None:
    assert fill("{author}", {"author": value, "brand": "secret"}) == (value or BLANK)


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("Hei {author}, {{ja}} {me}", None),
        ("Hei {nimi}", "{nimi} is no placeholder"),
        ("Hei {}", "{} is no placeholder"),
        ("Hei {Author}", "{Author} is no placeholder"),
        ("Hei {author!r}", "is no placeholder"),
        ("Hei {author", "a brace stands alone"),
        ("Hei author}", "a brace stands alone"),
    ],
)
def test_what_is_wrong_with_a_draft_is_said(text: str, flaw: str | None) -> None:
    found = flaw_of(text)
    assert found == flaw if flaw is None else flaw in (found or "")


@given(st.text(alphabet="{}ab_"))
def test_what_is_sound_is_filled_without_rest(text: str) -> None:
    if flaw_of(text) is None:
        assert "x" in fill(text, KNOWN) or fill(text, KNOWN) == text.replace("{{", "{").replace("}}", "}")


@given(st.text(max_size=30))
def test_any_text_can_be_written_with_doubled_braces(text: str) -> None:
    written = text.replace("{", "{{").replace("}", "}}")
    assert (flaw_of(written), fill(written, KNOWN)) == (None, text)
