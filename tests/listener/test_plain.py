"""HTML as people read it."""

import time

import pytest

from listener.plain import LONGEST_MARKUP, plain_text


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("Missä pakettini?", "Missä pakettini?"),
        ("<p>yksi <b>kaksi</b></p><p>kolme</p>", "yksi kaksi\n\nkolme"),
        ("yksi<br>kaksi<br/>kolme\nneljä", "yksi\nkaksi\nkolme neljä"),
        ("<ul><li>yksi</li><li>kaksi</li></ul>", "yksi\nkaksi"),
        ("Aino &amp; Ben &lt;b&gt; &#128578; &auml;", "Aino & Ben <b> 🙂 ä"),
        ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
        ("a<script>alert('x')</script>b<style>p{}</style>c", "abc"),
        ("a<script><p></script>b", "ab"),
        ("a<svg/>b", "ab"),
        ("a<!-- ei --><!DOCTYPE x><?php echo 1 ?>b", "ab"),
        ("a<!-- ei", "a"),
        ('hyvä <img src="x" alt="👍" onerror="alert(1)">', "hyvä 👍"),
        ('<a href="javascript:alert(1)">paina</a>', "paina"),
        ("a<<b>>c", "a<>c"),
        ('<img alt="a > b"> <a title="x > y">z</a>', "a > b z"),
        ("a < b <c", "a < b <c"),
        ("a</br>b</p >c", "ab\n\nc"),
        ("", ""),
    ],
)
def test_html_becomes_the_words_that_are_seen(markup: str, words: str) -> None:
    assert plain_text(markup) == words


@pytest.mark.parametrize(
    "piece", ["<a ", "<", "&#", "<!--", "<![CDATA[", "<?", '<a href="', "<script>", "</", "<br>"]
)
def test_hostile_html_takes_time_in_proportion_to_its_length(piece: str) -> None:
    began = time.process_time()
    plain_text(piece * LONGEST_MARKUP)
    assert time.process_time() - began < 2
