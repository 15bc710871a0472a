"""A post's HTML with the addresses of its links, hostile HTML included."""

import time

import pytest

from listener.plain import plain_text

LINK = (
    '<a href="https://example.org/a/long/path" rel="nofollow"><span class="invisible">https://</span>'
    '<span class="ellipsis">example.org/a/lo</span><span class="invisible">ng/path</span></a>'
)
ACCOUNT = (
    '<span class="h-card"><a href="https://m.fi/@aino" class="u-url mention">@<span>aino</span></a></span>'
)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("", ""),
        ("ei merkkejä", "ei merkkejä"),
        ("<p>yksi</p><p>kaksi<br />kolme<br>neljä</p>", "yksi\n\nkaksi\nkolme\nneljä"),
        ("<p>a &amp; b &lt;c&gt; &#228;&nbsp;&quot;</p>", 'a & b <c> ä\xa0"'),
        ("<p>&amp;lt;b&amp;gt;</p>", "&lt;b&gt;"),
        (f"<p>katso {LINK}.</p>", "katso https://example.org/a/long/path."),
        (f"<p>{ACCOUNT} hei</p>", "@aino hei"),
        ('<a href="https://evil.example/">pankkisi</a>', "pankkisi (https://evil.example/)"),
        ('<a href="https://example.org/">example.org</a>', "example.org"),
        ('<a href="https://example.org/"></a>', "https://example.org/"),
        ('<a href="javascript:alert(1)">paina</a>', "paina"),
        ('<a href="https://example.org/">auki jäänyt', "auki jäänyt (https://example.org/)"),
        ("<ul><li>maito</li><li>leipä</li></ul>", "maito\nleipä"),
        ("<blockquote>oli</blockquote>on", "oli\n\non"),
        ("a<script>alert('<p>')</script>b<style>p{}</style>c", "abc"),
        ("1 < 2 > 0 <3 a<b", "1 < 2 > 0 <3 a<b"),
        ("<p>yksi</p>\n\n\n<p></p><p></p><p>kaksi</p>", "yksi\n\nkaksi"),
        ("<![CDATA[x]]>y<?php z ?>", "y"),
    ],
)
def test_markup_becomes_what_people_read(markup: str, text: str) -> None:
    assert plain_text(markup, links=True) == text


@pytest.mark.parametrize(
    "part",
    ["<a", "<!--", "<![", "&#x", "</", "<a href='", "<p>", "<a b ", "<a =' x>", "<a href=https://x>y", "><"],
)
def test_a_megabyte_of_hostile_markup_ends_soon(part: str) -> None:
    began = time.process_time()
    plain_text(part * (1_000_000 // len(part)), links=True)
    assert time.process_time() - began < 2
