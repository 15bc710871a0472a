"""The pages of one case and one crisis, through the real server: what they say, in which words, and how safely."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from casebook.dossier import Child, Standing
from casebook.event import Event, EventKind, TimeSource
from casebook.mention import Author, Mention
from casebook.record import Change
from tests.casebook.cast import ANGRY, DESK, HOUR, MINUTE, NOW, Book, reply
from tests.casebook.cast import mention as written
from tests.crowd import about, crisis_rule
from tests.fakes import HandClock
from tests.record import put_record
from tests.vaste.shelf import HOSTILE
from tests.vaste.test_pages import CHROMIUM, ask
from vaste.tending import tend
from vaste.web import case_pages
from vaste.web.case_pages import drawn
from vaste.web.case_words import CASE_WORDS
from vaste.web.history import told_events
from vaste.web.pages import make_pages
from vaste.web.server import Server

SECOND = timedelta(seconds=1)
CRISIS = 6
"""Case 1 is an ordinary one; the fourth post of the storm opens case 5, and the crisis after it."""


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    book = Book.open(f"sqlite:///{put_record(tmp_path / 'vaste.db')}")
    book.desk = replace(DESK, crisis=crisis_rule(4))
    yield book
    book.close()


def mention(id_: str, *, followers: int | None = None, **more: Any) -> Mention:
    said = written(id_, **more)
    return replace(said, author=Author(said.author.handle, followers=followers))


def answered_case(book: Book) -> None:
    """Case 1: found at nine, taken after two minutes, answered after fifty, closed an hour later."""
    book.bring(
        mention(
            "1",
            by="villasukkasissi",
            text="Löysin lasia! Soita 040 123 4567",
            url="https://social.example/1",
            followers=1234,
        )
    )
    book.send_all()
    book.advance(2 * MINUTE)
    book.press(1, "acknowledge")
    book.advance(48 * MINUTE)
    book.bring(reply("r1", "1", at=book.now, text="Anteeksi!"))
    book.watch()
    book.advance(HOUR)
    book.press(1, "close")


def storm(book: Book, *, count: int = 6, text: str = "kassa ei toimi") -> None:
    """So many people about one thing, ten seconds apart."""
    for number in range(count):
        said = mention(
            f"s{number}",
            by=f"joku{number}",
            at=book.now,
            text=text,
            url=f"https://social.example/s{number}",
            followers=100 * number or None,
        )
        book.file(said)
        (waiting,) = book.unjudged()
        book.rule(waiting, about(ANGRY, 1, number))
        book.advance(10 * SECOND)


def tend_it(book: Book, number: int = CRISIS) -> None:
    assert book.desk.crisis is not None
    due = partial(tend, rule=book.desk.crisis, desk=book.desk, now=book.now)
    book.store.tend_crisis(number, due, now=book.now, refresh=SECOND)


@contextmanager
def served(book: Book, *, language: str = "en") -> Iterator[str]:
    pages = make_pages(
        book.store,
        clock=HandClock(book.now),
        zone=ZoneInfo("Europe/Helsinki"),
        brand="Aino Kahvi",
        language=language,
        desk=book.desk,
    )
    server = Server(pages, ("127.0.0.1", 0))
    server.start()
    try:
        yield server.address
    finally:
        server.stop()


def page_of(book: Book, path: str, *, language: str = "en") -> str:
    with served(book, language=language) as address:
        status, page, _ = ask(address + path)
    assert status == 200
    return page.replace("\u00a0", " ")


def words_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def rows_of(page: str, table: str) -> list[list[str]]:
    part = page[page.index(f'<table class="{table}"') :]
    part = part[part.index("<tbody>") : part.index("</tbody>")]
    cells = (re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL) for row in part.split("</tr>")[:-1])
    return [[words_of(cell) for cell in row] for row in cells]


# ---- a case


def test_a_case_is_told_from_its_first_post_to_its_last_event(book: Book) -> None:
    answered_case(book)
    page = page_of(book, "case/1")
    said = words_of(page)
    assert "Case 1 recall critical closed" in said
    assert "@villasukkasissi 02/11/2026, 11:00 · 1,234 followers" in said
    assert "@ainokahvi The company's answer" in said
    assert "The customer waited 50 min for an answer." in said
    assert "Taking by 02/11/2026, 11:05 in time, 02/11/2026, 11:02" in said
    assert "Answer by 02/11/2026, 11:30 late, 02/11/2026, 11:50 (20 min over)" in said
    assert "negative 90%, neutral 7%, positive 3%" in said
    history = rows_of(page, "history")
    assert [(event, who) for _, event, who, _ in history] == [
        ("opened", "Vaste"),
        ("the customer wrote", "the customer"),
        ("the alert arrived", "Vaste"),
        ("taken", "Aino"),
        ("an answer was found on the network", "ainokahvi"),
        ("a deadline passed", "Vaste"),
        ("closed", "Aino"),
    ]
    assert history[0][3] == "playbook recall severity critical called Aino"
    assert history[1][0].endswith("network")
    assert "recorded 02/11/2026, 11:50" in history[5][0]
    assert [row[:2] for row in rows_of(page, "messages")] == [
        ["card", "team:care"],
        ["page", "person:aino"],
        ["page", "team:care"],  # below the card: what became of it
    ]


def test_a_case_says_why_it_is_here_condition_by_condition(book: Book) -> None:
    answered_case(book)
    said = words_of(page_of(book, "case/1"))
    assert "playbook recall: pattern lasi" in said
    assert "recall : takes it holds : pattern lasi" in said
    assert "thanks : does not match does not hold : pattern kiitos" in said
    assert "question : would match too, but recall stands before it" in said


@pytest.mark.parametrize(
    ("language", "taken", "found"),
    [
        ("fi", "toimintaohje recall (lauseke lasi)", "täyttyy : lauseke lasi"),
        ("sv", "handlingsplan recall (mönster lasi)", "uppfylls : mönster lasi"),
    ],
)
def test_a_case_says_why_it_is_here_in_the_language_of_the_page(
    book: Book, language: str, taken: str, found: str
) -> None:
    answered_case(book)
    said = words_of(page_of(book, "case/1", language=language))
    assert taken in said
    assert found in said
    assert not re.search(r"playbook|pattern|holds|language", said)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_why_is_told_as_it_was_written_where_it_was_kept_as_a_sentence(book: Book, language: str) -> None:
    answered_case(book)
    book.run("UPDATE verdict SET grounds = '[]', reason = 'playbook recall: topic <b>recall</b> 0.93'")
    page = page_of(book, "case/1", language=language)
    assert "playbook recall: topic &lt;b&gt;recall&lt;/b&gt; 0.93" in page


def test_why_nobody_was_called_is_told_in_the_language_of_the_page(book: Book) -> None:
    answered_case(book)
    for reason, told in (
        ([{"what": "nobody.on_call", "team": "<i>care"}], "tiimissä &lt;i&gt;care ei ole ketään vuorossa"),
        ("nobody is on call in care", "nobody is on call in care"),
    ):
        kept = json.dumps({"step": 1, "to": "on_call", "reason": reason})
        book.run(f"UPDATE event SET kind = 'nobody_on_call', facts = '{kept}' WHERE line = 4")
        assert told in page_of(book, "case/1", language="fi")


def test_what_must_not_be_repeated_is_masked_and_named(book: Book) -> None:
    answered_case(book)
    page = page_of(book, "case/1")
    assert "040 123 4567" not in page
    assert "The post holds details that must not be shown (phone number)." in page


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_each_language_has_its_own_words(book: Book, language: str) -> None:
    answered_case(book)
    storm(book)
    words = CASE_WORDS[language]
    case, crisis = (
        page_of(book, "case/1", language=language),
        page_of(book, f"crisis/{CRISIS}", language=language),
    )
    assert f'<html lang="{language}">' in case
    for name in ("customer_wrote", "clocks", "history", "messages", "judged", "event.acknowledged"):
        assert words[name] in unescape(case), name
    for name in ("curve", "announcement", "checklist", "children", "after", "still_on"):
        assert words[name] in unescape(crisis), name


def test_every_language_has_every_word_with_the_same_blanks() -> None:
    blanks = {
        language: {name: sorted(re.findall(r"{(\w+)}", word)) for name, word in words.items()}
        for language, words in CASE_WORDS.items()
    }
    assert blanks["fi"] == blanks["en"]
    assert blanks["sv"] == blanks["en"]


@pytest.mark.parametrize("kind", EventKind)
def test_whatever_can_happen_has_a_word(kind: EventKind) -> None:
    assert f"event.{kind.value}" in CASE_WORDS["fi"]


def test_a_kind_without_a_word_is_shown_by_its_name(book: Book) -> None:
    answered_case(book)
    book.run('UPDATE event SET facts = \'{"to": "team:x", "clock": "tidy"}\' WHERE line = 4')
    assert "clock tidy" in rows_of(page_of(book, "case/1"), "history")[3][3]


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("case/9", "There is no case 9."),
        ("crisis/9", "There is no crisis 9."),
        ("case/0", "There is no case 0."),
    ],
)
def test_what_is_not_there_is_said_to_be_missing(book: Book, path: str, word: str) -> None:
    with served(book) as address:
        status, page, headers = ask(address + path)
    assert (status, word in page) == (404, True)
    assert "default-src 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize(
    "path", ["case/99999999999999999999", "case/-1", "case/1e3", "case/", "crisis/..%2f1"]
)
def test_a_number_that_is_none_is_not_found(book: Book, path: str) -> None:
    with served(book) as address:
        assert ask(address + path)[0] == 404


def test_a_merged_case_leads_to_where_it_goes_on(book: Book) -> None:
    answered_case(book)
    book.run("UPDATE event SET kind = 'merged', facts = '{\"into\": 7}' WHERE line = 7")
    assert '<a href="../case/7">This goes on in case 7.</a>' in page_of(book, "case/1")


def test_a_post_that_was_erased_is_not_shown_any_more(book: Book) -> None:
    answered_case(book)
    book.run("UPDATE post SET text = '', url = NULL, gone_at = '2026-11-02 10:00:00' WHERE id = 1")
    page = page_of(book, "case/1")
    assert "The post was deleted." in page
    assert "Löysin" not in page


# ---- a crisis


def test_a_crisis_has_counter_course_owner_and_children(book: Book) -> None:
    answered_case(book)
    storm(book)
    book.press(CRISIS, "acknowledge", "ben")
    book.bring(reply("r2", "s0", at=book.now))
    page = page_of(book, f"crisis/{CRISIS}")
    said = words_of(page)
    assert "6 mentions 6 people 6 deserve an answer 1 answered 5 waiting 0 late" in said
    assert "The peak was 6 in the minute of 02/11/2026, 12:50" in said
    assert page.count("<rect ") == 1
    assert "Owner Ben" in said
    assert "No public announcement is on record. Record one: vaste crisis 6 --announce ADDRESS" in said
    children = rows_of(page, "children")
    assert [(child[0], child[4]) for child in children] == [
        *((number, "waiting") for number in ("3", "4", "5", "7", "8")),
        ("2", "answered"),
    ]
    assert '<a href="../case/3">3</a>' in page


def test_the_first_and_the_most_read_posts_are_shown_once_each(book: Book) -> None:
    answered_case(book)
    storm(book, count=9)
    posts = re.findall(r"<h3><bdi>@(\w+)", page_of(book, f"crisis/{CRISIS}"))
    assert posts == [f"joku{number}" for number in (0, 1, 2, 3, 4, 6, 7, 8)]


def test_a_crisis_that_is_over_leaves_its_summary(book: Book) -> None:
    answered_case(book)
    storm(book)
    book.press(CRISIS, "acknowledge")
    said = Event(
        EventKind.ANNOUNCED, book.now, TimeSource.OURS, "aino", facts={"url": "https://social.example/us"}
    )
    book.store.change(CRISIS, lambda _: Change((said,)), now=book.now)
    book.advance(2 * HOUR)
    tend_it(book)
    page = page_of(book, f"crisis/{CRISIS}")
    said_there = words_of(page)
    assert "Crisis 6 care critical closed" in said_there
    assert "Taken after 30 s" in said_there
    assert "Answered 0 of 6" in said_there
    assert "Unanswered that the announcement covers 6" in said_there
    assert "6 deserve an answer 0 answered 0 waiting 6 late" in said_there
    assert 'href="https://social.example/us"' in page
    assert "http-equiv" not in page  # nothing changes any more


def test_more_children_than_fit_are_all_counted(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_pages, "CHILDREN_SHOWN", 2)
    answered_case(book)
    storm(book)
    page = page_of(book, f"crisis/{CRISIS}")
    assert len(rows_of(page, "children")) == 2
    assert "These are 2 of 6." in page
    assert "6 waiting" in words_of(page)


def test_an_ordinary_case_is_no_crisis_and_its_page_is_shown_instead(book: Book) -> None:
    answered_case(book)
    assert "Case 1 recall" in words_of(page_of(book, "crisis/1"))


def test_a_crisis_has_a_case_page_and_children_lead_back(book: Book) -> None:
    answered_case(book)
    storm(book)
    assert '<a href="../crisis/6">' in page_of(book, f"case/{CRISIS}")
    assert '<a href="../crisis/6">Part of crisis 6.</a>' in page_of(book, "case/2")


def test_the_log_leads_to_both(book: Book) -> None:
    answered_case(book)
    storm(book)
    page = page_of(book, "")
    assert '<a href="case/1">1</a>' in page
    assert '<a href="crisis/6">6</a>' in page
    assert "crisis, 6 mentions" in page


NOON = NOW + 3 * HOUR


@pytest.mark.parametrize(
    ("more", "standing"),
    [
        ({}, "waiting"),
        ({"respond_by": None}, "none"),
        ({"respond_by": None, "responded_at": NOW}, "answered"),
        ({"respond_by": NOON}, "waiting"),  # exactly then it is not late yet
        ({"respond_by": NOON - SECOND}, "breached"),
        ({"responded_at": NOW + HOUR}, "answered"),
        ({"respond_by": NOW, "responded_at": NOW}, "answered"),
        ({"respond_by": NOW, "responded_at": NOW + SECOND}, "breached"),
        ({"gone_at": NOW + HOUR}, "deleted"),
        ({"respond_by": NOW, "gone_at": NOW + SECOND}, "breached"),
        ({"status": "dismissed", "respond_by": NOW}, "dismissed"),
    ],
)
def test_how_the_answer_of_a_child_stands(more: Mapping[str, Any], standing: Standing) -> None:
    child = Child(1, "open", "normal", "joku", None, NOW, None, NOON + HOUR, None, None, None)
    assert replace(child, **more).standing(NOON) == standing


@pytest.mark.parametrize(
    ("counts", "heights"), [((), []), ((0, 0), [0, 0]), ((1, 0, 4), [25, 0, 100]), ((1, 500), [2, 100])]
)
def test_something_is_never_drawn_as_nothing(counts: tuple[int, ...], heights: list[int]) -> None:
    assert [bar.height for bar in drawn(counts)] == heights


def test_an_instant_that_cannot_be_read_is_left_out_of_a_history() -> None:
    event = Event(EventKind.SNOOZED, NOW, TimeSource.OURS, "aino", facts={"until": "soon", "step": True})
    (line,) = told_events([event])
    assert line.facts == ()


# ---- hostile words


def test_hostile_words_are_words_and_nothing_else(book: Book) -> None:
    answered_case(book)
    for number, text in enumerate(HOSTILE):
        said = mention(
            f"s{number}", by=text, at=book.now, text=f"{text} kassa", url="javascript:alert(1)", followers=5
        )
        book.file(said)
        (waiting,) = book.unjudged()
        book.rule(waiting, about(ANGRY, 1, number))
    evil = Event(
        EventKind.ANNOUNCED, book.now, TimeSource.OURS, "<b>x</b>", facts={"url": "javascript:alert(1)"}
    )
    number = book.store.crises()[0]
    book.store.change(number, lambda _: Change((evil,)), now=book.now)
    for path in (f"crisis/{number}", f"case/{number}", "case/2", "case/3"):
        page = page_of(book, path)
        assert "<script" not in page
        assert "<img" not in page
        assert "<b>x" not in page
        assert not [sign for sign in page if sign in "\x1b\x07\x9b\u202e"]
        links = re.findall(r'href="([^"]*)"', page)
        assert [
            link
            for link in links
            if not re.fullmatch(r"\.\./(style\.css|case\.css|(case|crisis)/\d+)?", link)
        ] == []


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("width", [1280, 390])
def test_a_browser_runs_no_script_and_needs_no_sideways_scrolling(book: Book, width: int) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    answered_case(book)
    storm(book, text="W" * 300 + "<script>document.title='run'</script>")
    with served(book) as address, playwright.sync_playwright() as drive:
        browser = drive.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme="dark")
        for path, title in (("case/1", "Case 1"), (f"crisis/{CRISIS}", "Crisis 6"), ("case/2", "Case 2")):
            page.goto(address + path)
            assert page.title() == f"{title} · Aino Kahvi"
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate("document.querySelectorAll('script, img, iframe, form').length") == 0
        browser.close()


def test_the_style_sheet_is_there(book: Book) -> None:
    with served(book) as address:
        status, sheet, headers = ask(address + "case.css")
    assert (status, headers["content-type"].partition(";")[0]) == (200, "text/css")
    assert ".curve" in sheet
