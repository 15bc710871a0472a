"""One document as Markdown, page, PDF and JSON; what others wrote is words in each of them, and nothing else."""

import json
import re
import sys
from html.parser import HTMLParser
from importlib.util import find_spec

import pytest

from tests.vaste.report.cast import case
from tests.vaste.report.test_writing import HOSTILE, many, report
from vaste.report.as_html import as_html
from vaste.report.as_json import as_json
from vaste.report.as_markdown import as_markdown, escape
from vaste.report.as_pdf import NoPaper, as_pages, as_pdf
from vaste.report.document import Document

needs_painters = pytest.mark.skipif(
    not (find_spec("typst") and find_spec("vl_convert")), reason="the extra `reports` is not installed"
)


@pytest.fixture
def hostile() -> Document:
    cases = [*many(12, late=4), case(90, wait=None, playbook=HOSTILE, url='javascript:alert("x")')]
    return report(cases, hostile=HOSTILE)


class Tags(HTMLParser):
    """Collects what a browser would see as tags, and where links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses |= {value or "" for name, value in attrs if name in {"href", "src", "srcset"}}


def read(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    return tags


@needs_painters
def test_on_the_page_hostile_words_are_words(hostile: Document) -> None:
    page = as_html(hostile)
    tags = read(page)
    assert "script" not in tags.tags
    assert {address.partition(":")[0] for address in tags.addresses} == {"https", "data"}
    assert "&lt;script&gt;" in page


@needs_painters
def test_the_page_needs_nothing_else_and_shows_every_picture_in_two_lights() -> None:
    page = as_html(report(many(30, late=5), many(20, start=100)))
    assert page.count('class="by-day"') == page.count('class="by-night"') == 5
    assert "default-src 'none'" in page
    assert "@media print" in page


@needs_painters
def test_on_paper_hostile_words_are_words(hostile: Document) -> None:
    assert as_pdf(hostile).startswith(b"%PDF")
    pages = as_pages(hostile, ppi=20)
    assert len(pages) >= 3
    assert all(page.startswith(b"\x89PNG") for page in pages)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("12 (12) 88 %", "12 (12) 88 %"),
        ("2. joulukuuta", "2\\. joulukuuta"),
        ("- yksi", "\\- yksi"),
        ("# yksi", "\\# yksi"),
        ("*a* _b_ `c` [d](e) <f> |g|", "\\*a\\* \\_b\\_ \\`c\\` \\[d\\](e) \\<f> \\|g\\|"),
        ("yksi\nkaksi", "yksi kaksi"),
    ],
)
def test_markdown_shows_text_as_it_stands(text: str, written: str) -> None:
    assert escape(text) == written


def test_in_markdown_hostile_words_format_nothing_and_link_nowhere(hostile: Document) -> None:
    text = re.sub(r"`[^`\n]*`", "", as_markdown(hostile))  # in code all is words
    assert "<script" not in text.replace("\\<script", "")
    assert "](javascript" not in text.replace("\\](javascript", "")
    assert "\u202e" not in text


def test_markdown_tells_pictures_and_the_cases_behind_figures() -> None:
    text = as_markdown(report(many(30, late=5, never=1)))
    assert "\n- `answers.unanswered`: 30\n" in text
    assert "Cases by hour of the week, missed deadlines and hours without anybody on call." in text


def test_json_has_every_figure_with_its_cases() -> None:
    told = report(many(30, late=5))
    written = json.loads(as_json(told))
    assert written["sentences"] == list(told.sentences)
    assert written["figures"] == {opened.key: list(opened.cases) for opened in told.opened()}


def test_without_the_extra_a_sentence_stands_where_a_picture_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    page = as_html(report(many(30, late=5)))
    assert page.count("No picture here: pictures need the extra “reports”") == 5
    assert "<img" not in page


def test_without_typst_the_pdf_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(NoPaper, match="--format pdf needs typst, which is not installed; pip install typst"):
        as_pdf(report(many(3)))


@needs_painters
def test_without_painters_the_pdf_is_made_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    assert as_pdf(report(many(30))).startswith(b"%PDF")
