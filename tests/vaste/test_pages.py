import json
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette

from casebook.db import open_engine
from casebook.store import Store
from tests.vaste.shelf import CALM, HOSTILE, Shelf, open_shelf
from vaste.web import pages
from vaste.web.pages import make_pages
from vaste.web.server import PageUnavailable, Server
from vaste.web.words import LOCALES, UNITS, WORDS

CHROMIUM = next((path for name in ("chromium", "google-chrome") if (path := shutil.which(name))), None)


def pages_of(shelf: Shelf, *, language: str = "fi", store: Store | None = None) -> Starlette:
    return make_pages(
        store or shelf.jobs.store,
        clock=shelf.clock,
        zone=shelf.config.timezone,
        brand=shelf.config.brand,
        language=language,
    )


@contextmanager
def served(shelf: Shelf, *, language: str = "fi", store: Store | None = None) -> Iterator[str]:
    server = Server(pages_of(shelf, language=language, store=store), ("127.0.0.1", 0))
    server.start()
    try:
        yield server.address
    finally:
        server.stop()


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = open_shelf(tmp_path)
    yield shelf
    shelf.close()


def ask(address: str, method: str = "GET") -> tuple[int, str, dict[str, str]]:
    """Give the status, the body and the headers of an answer, refusals too."""
    request = urllib.request.Request(address, method=method)
    try:
        answer: HTTPResponse = urllib.request.urlopen(request, timeout=20)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode(), dict(refused.headers)
    with answer:
        return answer.status, answer.read().decode(), dict(answer.headers)


def cells_of(page: str) -> list[list[str]]:
    """Give the words of each row's cells."""
    rows = re.findall(r"<tr class.*?</tr>", page, re.DOTALL)
    cells = (re.findall(r"<t[hd] .*?</t[hd]>", row, re.DOTALL) for row in rows)
    return [[" ".join(unescape(re.sub(r"<[^>]*>", " ", cell)).split()) for cell in row] for row in cells]


def fill(shelf: Shelf) -> None:
    """Case 1 is answered after 3 h 18 min; case 2 waits."""
    shelf.post(id="1", author="villasukkasissi", url="https://social.example/1")
    shelf.file()
    shelf.turn(minutes=2)
    shelf.press(1, "acknowledge")
    shelf.turn(hours=3, minutes=16)
    shelf.post(id="r1", own=True, author="ainokahvi", in_reply_to="1", text="Anteeksi!")
    shelf.post(id="2", author="pentti")
    shelf.file(topics={"recall": 0.9})
    shelf.turn(minutes=45)


def test_the_page_tells_the_wait_of_each_customer_newest_first(shelf: Shelf) -> None:
    fill(shelf)
    with served(shelf, language="en") as address:
        status, page, headers = ask(address)
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    waits, answered = cells_of(page)
    assert waits[:6] == ["2", "03/03/2026, 13:18", "@pentti", "recall", "critical", "open"]
    assert waits[9:] == ["waiting 45 min", "taking answer"]
    assert answered[5:] == ["answered", "aino", "2 min", "ainokahvi", "3 h 18 min", "–"]
    assert 'href="https://social.example/1"' in page


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", ["Vasteaikaloki", "odottanut 45 min", "3 t 18 min", "kriittinen", "vastattu", "Aino Kahvi"]),
        ("sv", ["Svarstidslogg", "väntat 45 min", "3 tim 18 min", "kritiskt", "besvarat", "Aino Kahvi"]),
        ("en", ["Response-time log", "waiting 45 min", "3 h 18 min", "critical", "answered", "Aino Kahvi"]),
    ],
)
def test_the_page_speaks_the_configured_language(shelf: Shelf, language: str, words: list[str]) -> None:
    fill(shelf)
    with served(shelf, language=language) as address:
        _, page, _ = ask(address)
    assert f'<html lang="{language}">' in page
    assert [word for word in words if word not in page.replace("\u00a0", " ")] == []


def test_every_language_has_every_word_with_the_same_blanks() -> None:
    assert set(WORDS) == set(LOCALES) == set(UNITS)
    blanks = {
        language: {name: sorted(re.findall(r"{(\w+)}", word)) for name, word in words.items()}
        for language, words in WORDS.items()
    }
    assert blanks["fi"] == blanks["en"]
    assert blanks["sv"] == blanks["en"]


def test_an_empty_record_has_a_page_too(shelf: Shelf) -> None:
    with served(shelf) as address:
        status, page, _ = ask(address)
    assert status == 200
    assert WORDS["fi"]["none"] in page


def test_what_stands_in_the_way_stands_on_the_page(shelf: Shelf) -> None:
    shelf.jobs.store.tell_problem("source:x", "source x: <b>no</b>\u202e way", now=shelf.clock.now())
    with served(shelf) as address:
        _, page, _ = ask(address)
    assert "source x: &lt;b&gt;no&lt;/b&gt; way" in page
    assert WORDS["fi"]["problems"] in page


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", ["feed", "all", "0,00 %", "3 t 18 min", "Vaste ei ollut käynnissä", "seurataan"]),
        ("sv", ["feed", "all", "0,00 %", "3 tim 18 min", "Vaste var inte i gång", "bevakas"]),
        ("en", ["feed", "all", "0.00 %", "3 h 18 min", "Vaste was not running", "watched"]),
    ],
)
def test_the_page_says_when_nobody_could_look(shelf: Shelf, language: str, words: list[str]) -> None:
    shelf.turn(hours=3, minutes=18)  # the feed is to be read every second
    shelf.file()
    with served(shelf, language=language) as address:
        _, page, _ = ask(address)
    section = page[page.index('<section class="coverage">') : page.index("<footer>")].replace("\u00a0", " ")
    assert [word for word in words if word not in section] == []
    assert re.findall(r'<rect class="blind" x="(\d+)" width="(\d+)"', section) == [("980", "20")]


def test_a_source_that_the_configuration_dropped_is_not_said_to_be_down(shelf: Shelf) -> None:
    shelf.turn(hours=3)
    own = pages_of(shelf, language="en")
    others = make_pages(
        shelf.jobs.store,
        clock=shelf.clock,
        zone=shelf.config.timezone,
        brand="Aino Kahvi",
        language="en",
        sources=frozenset(),
    )
    for pages_, is_told in ((own, True), (others, False)):
        server = Server(pages_, ("127.0.0.1", 0))
        server.start()
        _, page, _ = ask(server.address)
        server.stop()
        assert ("Vaste was not running" in page) is is_told


def test_more_cases_than_fit_are_on_further_pages(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "ROWS_SHOWN", 20)  # the real number takes seconds to fill
    for number in range(43):
        shelf.turn(seconds=1)
        shelf.post(id=str(number), author=f"writer{number}")
    shelf.file()
    seen, links, place = [], [], "?playbook=complaint"
    with served(shelf, language="en") as address:
        while place:
            _, page, _ = ask(address + place)
            seen.append([row[2] for row in cells_of(page)])
            links.append(re.findall(r'<a href="([^"]+)" rel="(\w+)"', page))
            place = next((unescape(link) for link, rel in links[-1] if rel == "next"), "")
    assert [len(rows) for rows in seen] == [20, 20, 3]
    assert [name for names in seen for name in names] == [f"@writer{number}" for number in range(42, -1, -1)]
    assert [[rel for _, rel in found] for found in links] == [["next"], ["first", "next"], ["first"]]
    assert links[1][0][0] == "?playbook=complaint"


@pytest.mark.parametrize(
    ("query", "cases"),
    [
        ("", ["2", "1"]),
        ("?status=responded", ["1"]),
        ("?severity=critical&severity=low", ["2"]),
        ("?team=care&text=anteeksi", []),
        ("?text=miss%C3%84", ["2", "1"]),
        ("?since=2026-03-03T10:30Z", ["2"]),
        ("?period=yesterday", []),
        ("?source=file&topic=recall", ["2"]),
        ("?breached=acknowledge", ["2"]),
        ("?status=&text=", ["2", "1"]),
    ],
)
def test_the_address_chooses_cases_as_the_command_does(shelf: Shelf, query: str, cases: list[str]) -> None:
    fill(shelf)
    with served(shelf, language="en") as address:
        status, page, _ = ask(address + query)
    assert (status, [row[0] for row in cells_of(page)]) == (200, cases)
    assert (WORDS["en"]["none_such"] in page) is (not cases)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("?since=soon", "The filter “From” was not understood."),
        ("?status=done", "The filter “Status” was not understood."),
        ("?before=x", "The filter “Page” was not understood."),
        ("?before=99999999999999", "The filter “Page” was not understood."),
        ("?person=aino", "it does not know who looks"),
    ],
)
def test_what_the_page_does_not_understand_it_says(shelf: Shelf, query: str, told: str) -> None:
    fill(shelf)
    with served(shelf, language="en") as address:
        status, page, _ = ask(address + query)
    assert (status, cells_of(page)) == (400, [])
    assert told in page


def test_hostile_words_in_the_address_stay_words(shelf: Shelf) -> None:
    hostile = "?" + urlencode([("text", name) for name in HOSTILE] + [("team", HOSTILE[0]), ("x", "y")])
    with served(shelf) as address:
        status, page, _ = ask(address + hostile)
    assert status == 200
    assert "<script>" not in page
    assert not [sign for sign in page if sign in "\x1b\x07\x9b\u202e"]


def test_healthz_tells_sources_counts_and_deliveries(shelf: Shelf) -> None:
    fill(shelf)
    shelf.post(id="3", author="iloinen")
    shelf.file(CALM)
    with served(shelf) as address:
        status, body, headers = ask(address + "healthz")
        told = json.loads(body)
        shelf.jobs.store.tell_problem("classifier", "classifier: no model", now=shelf.clock.now())
        troubled = json.loads(ask(address + "healthz")[1])
    assert (status, headers["content-type"]) == (200, "application/json")
    assert set(told) == {"status", "problems", "sources", "counts", "deliveries"}
    assert (told["status"], told["problems"]) == ("ok", [])
    assert told["sources"] == {"feed": {"read_at": "2026-03-03T12:03:00Z", "failures": 0}}
    assert (told["counts"]["mentions"], told["counts"]["judged"], told["counts"]["open"]) == (3, 3, 1)
    assert (troubled["status"], troubled["problems"]) == ("troubled", ["classifier: no model"])


def test_healthz_says_that_it_is_down_when_the_record_cannot_be_read(shelf: Shelf) -> None:
    (shelf.folder / "gone.db").write_bytes(b"this was a database once" * 100)
    lost = open_shelf_store(shelf.folder / "gone.db")
    with served(shelf, store=lost) as address:
        status, body, _ = ask(address + "healthz")
    lost.engine.dispose()
    assert status == 503
    assert json.loads(body)["status"] == "down"


def open_shelf_store(file: Path) -> Store:
    return Store(open_engine(f"sqlite:///{file}"))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("HEAD", "", 200),
        ("HEAD", "healthz", 200),
        ("GET", "style.css", 200),
        ("POST", "", 405),
        ("PUT", "healthz", 405),
        ("DELETE", "", 405),
        ("GET", "favicon.ico", 404),
        ("GET", "../config.yaml", 404),
        ("GET", "static/../../config.yaml", 404),
    ],
)
def test_only_reading_is_answered_and_every_answer_is_safe(
    shelf: Shelf, method: str, path: str, status: int
) -> None:
    with served(shelf) as address:
        got, body, headers = ask(address + path, method)
    assert got == status
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "script-src" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert body == "" or method != "HEAD"


def test_hostile_names_and_links_are_words_and_nothing_else(shelf: Shelf) -> None:
    links = ("javascript:alert(1)", "data:text/html,x", 'https://a.example/"onclick="x', "//evil.example")
    for number, name in enumerate(HOSTILE):
        shelf.post(id=str(number), author=name, url=links[number % len(links)])
    shelf.file()
    with served(shelf) as address:
        _, page, _ = ask(address)
    assert len(cells_of(page)) == len(HOSTILE)
    assert "<script" not in page
    assert "<img" not in page
    assert [
        link
        for link in re.findall(r'href="([^"]*)"', page)
        if not re.fullmatch(r"\?status=\w+|style\.css|case/\d+", link)
    ] == []
    assert not [sign for sign in page if sign in "\x1b\x07\x9b\u202e"]
    assert "@{{ 7 * 7 }}" in page


def test_an_address_that_somebody_has_is_told_with_what_to_do(shelf: Shelf) -> None:
    with served(shelf) as address:
        port = int(address.rsplit(":", 1)[1].rstrip("/"))
        with pytest.raises(PageUnavailable, match=rf"web.listen: 127.0.0.1:{port} .*choose another"):
            Server(pages_of(shelf), ("127.0.0.1", port))


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("width", [1280, 390])
def test_a_browser_runs_no_script_and_needs_no_sideways_scrolling(shelf: Shelf, width: int) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    fill(shelf)
    for number, name in enumerate(HOSTILE):
        shelf.post(id=f"h{number}", author=name, url="javascript:document.title='run'")
    shelf.file()
    with served(shelf) as address, playwright.sync_playwright() as drive:
        browser = drive.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme="dark")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        told = page.evaluate(
            """() => ({
                title: document.title,
                width: document.documentElement.scrollWidth,
                links: [...document.links].map(link => link.href),
                elements: document.querySelectorAll('script, img, iframe').length +
                    document.forms.length - 1,  // the one that filters
                paper: getComputedStyle(document.body).backgroundColor,
            })"""
        )
        browser.close()
    assert told["title"] == "Vasteaikaloki · Aino Kahvi"
    assert told["width"] <= width
    assert [link for link in told["links"] if not link.startswith(address)] == ["https://social.example/1"]
    assert told["elements"] == 0
    assert told["paper"] != "rgba(0, 0, 0, 0)"  # the style sheet is let in
    assert {url.removeprefix(address) for url in asked} <= {"", "style.css", "favicon.ico"}
