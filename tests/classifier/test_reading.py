import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.reading import GIVEN, LOOKED_AT, read_post


@pytest.mark.parametrize(
    ("post", "text"),
    [
        pytest.param("Kahvi  oli\n\nhyvää ", "Kahvi oli hyvää", id="white space is folded"),
        pytest.param("hinta &amp; laatu &lt;3", "hinta & laatu <3", id="entities are undone"),
        pytest.param("katso https://a.fi/b?c=d nyt", "katso http nyt", id="a link"),
        pytest.param("katso WWW.a.fi", "katso http", id="a link without a scheme"),
        pytest.param("@ainokahvi miksi", "@user miksi", id="a name"),
        pytest.param("@aino@a.social miksi", "@user miksi", id="a name with its server"),
        pytest.param("aino@kahvi.fi vastaa", "aino@kahvi.fi vastaa", id="an address is no name"),
        pytest.param("a\x00b\ud800c", "a b c", id="no controls, no lone surrogates"),
        pytest.param("&#0;&#xD800;a", "\ufffd\ufffda", id="nor such as entities hide"),
    ],
)
def test_post_is_spelt_as_in_the_training(post: str, text: str) -> None:
    assert read_post(post).text == text


@pytest.mark.parametrize(
    "blank", ["", "  \n", "https://a.fi/b", "@aino @ben", "\x00\ud800", "\u200b\u200d", "www.a.fi @aino"]
)
def test_post_without_words_is_blank(blank: str) -> None:
    assert read_post(blank).is_blank


@pytest.mark.parametrize("said", ["a", "😡", ":(", "7", "!!", "@aino ok"])
def test_anything_said_is_not_blank(said: str) -> None:
    assert not read_post(said).is_blank


def test_question_is_asked_in_words_not_in_a_link() -> None:
    assert read_post("Missä paketti on?").asks
    assert not read_post("Täällä https://a.fi/?q=1").asks


@pytest.mark.parametrize(
    ("post", "cut"),
    [
        pytest.param("a" * GIVEN, False, id="as long as is given"),
        pytest.param("a" * (GIVEN + 1), True, id="one more"),
        pytest.param("a" + " " * LOOKED_AT * 2, False, id="nothing but blanks is left out"),
        pytest.param(" " * LOOKED_AT + "a", True, id="a word is left out"),
    ],
)
def test_cut_says_that_words_were_left_out(*, post: str, cut: bool) -> None:
    assert read_post(post).cut is cut


@given(st.text(st.characters(), max_size=300))
def test_any_text_is_read(post: str) -> None:
    reading = read_post(post)
    reading.text.encode()
    assert len(reading.text) <= GIVEN
