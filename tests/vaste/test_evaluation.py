import io
import json
import re
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from casebook.mention import Sentiment, Verdict
from classifier.scoring import Estimate, SliceFigures
from tests.vaste.shelf import HOSTILE
from tests.vaste.test_pages import CHROMIUM
from vaste.evaluation import Report, as_json, known_columns, length_band, report, write_text
from vaste.labelled import LabelledPost, read_labelled
from vaste.painting import NoPictures, load_painters
from vaste.pictures import slices_picture


def post(
    text: str = "hei", sentiment: str = "negative", *, attention: bool | None = None, **columns: str
) -> LabelledPost:
    return LabelledPost(
        where="folder/posts.csv:7",
        text=text,
        sentiment=Sentiment(sentiment),
        attention=attention,
        language=columns.pop("language", None),
        day=date(2026, 11, 1),
        columns=columns,
    )


def verdict(sentiment: str = "negative", certainty: float = 0.8, *, abstained: bool = False) -> Verdict:
    rest = (1 - certainty) / 2
    chances = {name: certainty if name == sentiment else rest for name in Sentiment}
    return Verdict(
        chances[Sentiment.NEGATIVE],
        chances[Sentiment.NEUTRAL],
        chances[Sentiment.POSITIVE],
        certainty,
        {},
        (),
        "fi",
        abstained=abstained,
        model="by hand",
    )


def as_text(told: Report, width: int = 100) -> str:
    paper = io.StringIO()
    write_text(told, Console(file=paper, width=width))
    return paper.getvalue()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A report on posts whose every word and column means no good."""
    path = tmp_path_factory.mktemp("hostile") / "posts.jsonl"
    rows = [
        {"text": f"{evil} {evil}", "sentiment": "negative", "attention": at % 2, "hard": evil, "id": evil}
        for at, evil in enumerate(HOSTILE)
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    posts = read_labelled([path])
    return report(posts, [verdict("positive", 0.6 + at / 100) for at in range(len(posts))])


def test_only_columns_that_are_there_are_sliced_the_fullest_value_first() -> None:
    posts = [post(hard="irony"), post(hard="none"), post(hard="none"), post("x" * 141)]
    told = report(posts, [verdict()] * 4)
    assert [(one.column, one.value, one.rows) for one in told.figures.slices] == [
        ("hard", "none", 2),
        ("hard", "irony", 1),
        ("length", "up to 40 characters", 3),
        ("length", "141 to 280", 1),
    ]
    assert known_columns(posts) == ["hard", "length"]


@pytest.mark.parametrize(
    ("length", "band"),
    [
        (0, "up to 40 characters"),
        (40, "up to 40 characters"),
        (41, "41 to 140"),
        (140, "41 to 140"),
        (280, "141 to 280"),
        (281, "over 280"),
    ],
)
def test_a_length_belongs_to_one_band(length: int, band: str) -> None:
    assert length_band("x" * length) == band


def test_json_has_null_for_what_cannot_be_had() -> None:
    told: dict[str, Any] = json.loads(as_json(report([post()], [verdict(abstained=True)])))
    assert (told["attention"], told["answered"]) == (None, None)
    assert told["sentiment"]["classes"][1]["recall"] is None
    assert told["sentiment"]["confusion"] == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert (told["model"], told["worst"]) == ("by hand", [])


def test_text_tells_each_part_and_the_worst_errors_with_their_places() -> None:
    posts = [
        post("Kiva, taas myöhässä", attention=True, hard="irony"),
        post("Kiitos", "positive", attention=False),
    ]
    shown = as_text(report(posts, [verdict("positive", 0.93), verdict("positive")]))
    for part in (
        "2 posts, judged by by hand",
        "macro-F1",
        "AUC",
        "By hard",
        "irony",
        "threshold that catches 95%",
    ):
        assert part in shown
    assert "negative, judged positive 0.93  posts.csv:7" in shown
    assert "Kiva, taas myöhässä" in shown


def test_without_labels_of_attention_nothing_is_told_of_it() -> None:
    assert "Attention" not in as_text(report([post()], [verdict()]))


@pytest.mark.parametrize("width", [40, 80, 200])
def test_hostile_posts_and_columns_move_no_cursor_and_are_no_markup(hostile: Report, width: int) -> None:
    for shown in (as_text(hostile, width), as_json(hostile)):
        assert not [sign for sign in shown if sign in "\x1b\x07\x9b\u202e" or (sign < " " and sign != "\n")]
    assert "[bold red]shout[/]" in as_text(hostile, 200)


def test_without_altair_a_page_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(
        NoPictures, match="altair, which is not installed; pip install altair vl-convert-python"
    ):
        load_painters()


@pytest.fixture(scope="module")
def page(hostile: Report) -> str:
    pytest.importorskip("altair", reason="the extra `pictures` is not installed")
    pytest.importorskip("vl_convert", reason="the extra `pictures` is not installed")
    from vaste.evaluation_page import as_page  # noqa: PLC0415 - Altair may be missing

    return as_page(hostile)


def test_a_name_that_xml_forbids_is_painted_and_ends_nothing(page: str) -> None:
    del page  # where it is there, so is what paints
    estimate = Estimate(0.5, 0.4, 0.6)
    painted = slices_picture("hard", [SliceFigures("hard", "\x1b[2J\ufffe\x00", 3, estimate, estimate)], 0.5)
    assert painted.light.startswith("data:image/svg+xml")


def test_the_page_needs_nothing_but_itself(page: str) -> None:
    assert re.findall(r'(?:src|srcset|href)="(?!data:image/svg)[^"]*"', page) == []
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert page.count("<figure>") == page.count('class="by-night"') == 5


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
@pytest.mark.parametrize("width", [390, 1280])
def test_hostile_posts_run_nothing_on_the_page_and_it_is_no_wider_than_its_window(
    page: str, tmp_path: Path, width: int
) -> None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - loaded where there is a browser

    (tmp_path / "page.html").write_text(page, "utf-8")
    with sync_playwright() as drive:
        browser = drive.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        shown = browser.new_page(viewport={"width": width, "height": 800})
        shown.goto((tmp_path / "page.html").as_uri())
        assert shown.title() == "How right the verdicts are"
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        assert shown.evaluate("[...document.images].every(one => one.naturalWidth > 0)")
        assert shown.locator("td.post script, td.post img").count() == 0
        browser.close()
