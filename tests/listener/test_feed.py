"""Feeds as bytes: every form, every lie, and what would explode."""

import itertools
import time

import pytest

from listener.feed import NoFeed, Reading, decoded, mended

RSS = '<rss version="2.0"><channel><title>Palsta</title>{}</channel></rss>'
ITEM = "<item><title>{}</title></item>"


def read(text: str | bytes, *, content_type: str = "") -> tuple[list[str], Reading]:
    reading = Reading(text if isinstance(text, bytes) else text.encode(), content_type)
    return [str(entry.get("title")) for entry in reading.entries()], reading


@pytest.mark.parametrize(
    "feed",
    [
        RSS.format(ITEM.format("yksi")),
        (
            '<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" '
            '"http://127.0.0.1:9/rss-0.91.dtd"><rss version="0.91"><channel><title>P</title>'
            "<item><title>yksi</title></item></channel></rss>"
        ),
        (
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/">'
            "<channel><title>P</title></channel><item><title>yksi</title></item></rdf:RDF>"
        ),
        (
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
            '<channel rdf:about="http://a.example"/><item rdf:about="http://a.example/1"><title>yksi</title></item></rdf:RDF>'
        ),
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>yksi</title></entry></feed>',
        "\n\n  \ufeff" + RSS.format(ITEM.format("yksi")),
    ],
    ids=["rss 2.0", "rss 0.91", "rss 0.90", "rss 1.0", "atom", "blanks first"],
)
def test_every_form_of_feed_is_read(feed: str) -> None:
    titles, reading = read(feed)
    assert titles == ["yksi"]
    assert reading.broken is None


@pytest.mark.parametrize(
    "item",
    [
        "<item><title>kahvi & pulla</title></item>",
        "<item><title>kahvi&nbsp;&amp; pulla</title></item>",
        "<item><title>kahvi \x0b\x00& pulla</title></item>",
        "<item><dc:creator>caro</dc:creator><title>kahvi &amp; pulla</title></item>",
    ],
)
def test_what_is_often_wrong_with_feeds_is_mended(item: str) -> None:
    # the first walk may have given what stood before the mistake: whoever reads drops it by its id
    titles, reading = read(RSS.format(item))
    assert titles[-1].replace("\xa0", " ").replace("  ", " ") == "kahvi & pulla"
    assert reading.broken is None


def test_a_feed_that_breaks_off_gives_what_was_whole_and_says_so() -> None:
    titles, reading = read(RSS.format(ITEM.format("yksi") + ITEM.format("kaksi"))[:-30])
    assert set(titles) == {"yksi"}
    assert reading.broken is not None


@pytest.mark.parametrize(
    "page",
    [
        "",
        "ei mitään",
        "<html><body>Kirjaudu</body></html>",
        "<!DOCTYPE html><p>Kirjaudu<br>",
        '{"a": 1}',
        "<a><b/></a>",
    ],
)
def test_a_page_that_is_no_feed_is_said_to_be_none(page: str) -> None:
    with pytest.raises(NoFeed, match="some other page"):
        read(page)


def test_a_feed_that_declares_entities_is_refused_before_they_grow() -> None:
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE rss [<!ENTITY l0 "lol">{lol}]>' + RSS.format(ITEM.format("&l9;"))
    began = time.process_time()
    with pytest.raises(NoFeed, match="declares XML entities"):
        read(bomb)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY x SYSTEM "file:///etc/passwd">',
        '<!ENTITY x SYSTEM "http://127.0.0.1:9/x">',
        '<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;',
        '<!ENTITY x "aaaa">',
    ],
)
def test_no_entity_reaches_outside_the_feed(declared: str) -> None:
    with pytest.raises(NoFeed, match="declares XML entities"):
        read(f"<!DOCTYPE rss [{declared}]>" + RSS.format(ITEM.format("&x;")))


def test_nothing_that_looks_like_an_address_or_a_file_is_opened() -> None:
    for text in ("http://127.0.0.1:9/feed.xml", "/etc/passwd", __file__):
        with pytest.raises(NoFeed):
            read(text)


@pytest.mark.parametrize(
    "evil",
    [
        RSS.format(
            "<item><title>x</title><description><a "
            + " ".join(f'a{n}="1"' for n in range(20_000))
            + "/></description></item>"
        ),
        RSS.format("<item><title>x</title><author>" + "a." * 100_000 + "</author></item>"),
        "<?xml version='1.0'?>" + " \n" * 200_000 + RSS.format(ITEM.format("x")),
        RSS.format(
            "<item><title>x</title><description>" + "<a>" * 20_000 + "</a>" * 20_000 + "</description></item>"
        ),
        RSS.format("<item><title>x</title><description>" + "<a " * 50_000),
        RSS.format("<item>" * 20_000),
        "<rss>" + "".join(f'<x xmlns:a{n}="u{n}"/>' for n in range(3_000)) + "</rss>",
    ],
    ids=["attributes", "dots", "blanks", "depth", "unfinished", "nested items", "prefixes"],
)
def test_what_would_take_the_square_of_its_length_takes_a_moment(evil: str) -> None:
    began = time.process_time()
    read(evil)
    assert time.process_time() - began < 3


def test_a_long_feed_is_read_piece_by_piece() -> None:
    """The first entries come before the rest is read, and are not kept."""
    reading = Reading(RSS.format("".join(ITEM.format(n) for n in range(3_000))).encode())
    entries = reading.entries()
    began = time.process_time()
    assert len(list(itertools.islice(entries, 10))) == 10
    assert time.process_time() - began < 1.5
    assert reading.about["title"] == "Palsta"


def test_reading_ends_when_nobody_waits_for_it() -> None:
    reading = Reading(RSS.format("".join(ITEM.format(n) for n in range(3_000))).encode(), stop=lambda: True)
    assert len(list(reading.entries())) < 3_000
    assert reading.broken is not None


LETTERS = (
    "<?xml version='1.0' encoding='{}'?><rss><channel><item><title>Ääkkösiä €</title></item></channel></rss>"
)


@pytest.mark.parametrize(
    ("written", "declared", "content_type"),
    [
        ("utf-8", "utf-8", ""),
        ("utf-8", "iso-8859-1", "text/xml; charset=iso-8859-1"),  # both lie
        ("utf-8", "utf-8", "text/xml"),
        ("cp1252", "iso-8859-1", ""),
        ("cp1252", "utf-8", "text/xml; charset=utf-8"),  # both lie
        ("iso8859-15", "iso-8859-15", ""),
        ("iso8859-15", "", "application/xml; charset=ISO-8859-15"),
        ("utf-16", "utf-16", ""),
        ("utf-16-le", "utf-16", ""),
        ("utf-8-sig", "utf-8", ""),
        ("cp1252", "punycode", "text/xml; charset=unicode_escape"),
        ("cp1252", "no-such-thing", "text/xml; charset=zlib"),
    ],
)
def test_letters_are_read_whatever_they_are_said_to_be(
    written: str, declared: str, content_type: str
) -> None:
    body = LETTERS.format(declared).encode(written)
    assert "Ääkkösiä €" in decoded(body, content_type)
    assert read(body, content_type=content_type)[0] == ["Ääkkösiä €"]


def test_mending_leaves_what_is_right() -> None:
    right = RSS.format(ITEM.format("a &amp; b &#228; &#xE4; &lt;"))
    assert mended(right) == right
