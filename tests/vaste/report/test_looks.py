"""A report as a browser shows it: names that do not touch, the right picture in each light, white paper."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from tests.vaste.report.test_writing import many, report
from tests.vaste.test_pages import CHROMIUM
from vaste.painting import Drawing, paint_svg
from vaste.report.as_html import as_html

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to look with")
LANGUAGES = ("fi", "sv", "en")
SHOWN = "[...document.images].filter(one => one.offsetParent !== null).map(one => one.className)"
BOXES = """[...document.querySelectorAll('.role-axis')].map(axis =>
    [...axis.querySelectorAll('.role-axis-label text')].map(one => {
        const box = one.getBoundingClientRect(); return [box.left, box.right, box.top, box.bottom]}))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    drive = pytest.importorskip("playwright.sync_api")
    pytest.importorskip("vl_convert", reason="the extra `reports` is not installed")
    with drive.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


def drawings(language: str) -> list[Drawing]:
    told = report(many(40, late=5, never=2), many(40, start=100), language)
    return [block for section in told.sections for block in section.blocks if isinstance(block, Drawing)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_on_an_axis_touches_the_next(browser: Any, language: str) -> None:
    page = browser.new_page()
    measured = 0
    for drawing in drawings(language):
        page.set_content(paint_svg(drawing))
        for boxes in page.evaluate(BOXES):
            for one, following in pairwise(boxes):
                apart = max(
                    following[0] - one[1], one[0] - following[1], following[2] - one[3], one[2] - following[3]
                )
                assert apart > 0, drawing.title
                measured += 1
    page.close()
    assert measured > len(drawings(language))


@pytest.mark.parametrize(
    ("medium", "scheme", "shown"),
    [
        ("screen", "light", "by-day"),
        ("screen", "dark", "by-night"),
        ("print", "light", "by-day"),
        ("print", "dark", "by-day"),
    ],
)
def test_a_page_shows_the_pictures_for_its_light_and_prints_on_white(
    browser: Any, medium: str, scheme: str, shown: str
) -> None:
    page = browser.new_page(color_scheme=scheme)
    page.set_content(as_html(report(many(30, late=5))))
    page.emulate_media(media=medium, color_scheme=scheme)
    assert set(page.evaluate(SHOWN)) == {shown}
    if medium == "print":
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.close()
