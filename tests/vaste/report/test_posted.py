"""What goes to a channel of a report: a picture and a PDF in which nobody is quoted."""

import sys
from dataclasses import replace

import pytest

from tests.vaste.report.test_writing import many, report
from vaste.painting import Drawing
from vaste.report.document import Quotes, Stories, Text
from vaste.report.posted import enclosed_with, notice_of, picture_of, quoting_nobody

WISH = "kauramaitoa kiitos"


def test_what_was_posted_quotes_nobody_and_leads_to_no_post() -> None:
    whole = report(many(30, late=5), hostile=WISH)
    assert WISH in repr(whole)
    silent = quoting_nobody(whole)
    blocks = [block for section in silent.sections for block in section.blocks]
    assert not any(isinstance(block, Quotes) for block in blocks)
    stories = [story for block in blocks if isinstance(block, Stories) for story in block.told]
    assert stories
    assert {story.url for story in stories} == {None}
    assert WISH not in repr(silent)
    assert "https://" not in repr(silent)
    (hot,) = [section for section in silent.sections if section.key == "hot"]
    assert hot.blocks[-1] == Text(
        "Customers’ own words are left out here: what was sent cannot be taken back when a customer deletes a post.",
        is_quiet=True,
    )


def test_the_picture_is_that_of_the_days() -> None:
    drawn = picture_of(report(many(30, late=5)))
    assert isinstance(drawn, Drawing)
    assert drawn.title == "Day by day"


def test_the_period_names_the_files_and_one_report_is_one_message() -> None:
    pytest.importorskip("typst", reason="the extra `reports` is not installed")
    told = report(many(30, late=5), language="fi")
    enclosed, missing = enclosed_with(told)
    assert missing == []
    assert [one.name for one in enclosed] == [
        "vaste-viikko-48-2026-23-29-marraskuuta-2026.png",
        "vaste-viikko-48-2026-23-29-marraskuuta-2026.pdf",
    ]
    assert notice_of(told, "care").key == notice_of(replace(told, title="Another"), "care").key


def test_without_the_extra_there_are_words_and_it_is_said_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    monkeypatch.setitem(sys.modules, "typst", None)
    enclosed, missing = enclosed_with(report(many(30, late=5)))
    assert enclosed == ()
    assert [told.split(",")[0] for told in missing] == [
        "pictures need vl_convert",
        "--format pdf needs typst",
    ]
