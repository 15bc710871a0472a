"""The pictures in docs are of today's messages; `tests/notifier/pictures.py` makes them."""

import json
import struct

import pytest

from notifier.saying import LANGUAGES
from tests.notifier.as_seen import page_of
from tests.notifier.cast import tongue
from tests.notifier.pictures import COMMAND, HERE, KEPT, LARGEST, MADE_FROM, SCENES, digests, file_of
from tests.test_house import PAGES

FILES = [file_of(name, language) for name, language in KEPT.items()]
RENEW = f"renew the pictures and look at them: {COMMAND}"


def test_every_picture_is_of_what_is_posted_today() -> None:
    assert json.loads(MADE_FROM.read_text("utf-8")) == digests(), RENEW


def test_there_is_a_picture_of_every_scene_and_no_other() -> None:
    assert KEPT.keys() == SCENES.keys()
    assert {path.name for path in HERE.iterdir()} == {*FILES, MADE_FROM.name}, RENEW


@pytest.mark.parametrize("name", FILES)
def test_a_picture_is_small_and_whole(name: str) -> None:
    png = (HERE / name).read_bytes()
    assert png.startswith(b"\x89PNG")
    assert png.endswith(b"IEND\xaeB`\x82")
    assert len(png) < LARGEST
    width, height = struct.unpack(">II", png[16:24])
    assert 400 < width < 800
    assert 80 < height < 1500


@pytest.mark.parametrize("name", FILES)
def test_a_page_shows_every_picture(name: str) -> None:
    assert [page.name for page in PAGES if f"pictures/{name}" in page.read_text("utf-8")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [name for name in SCENES if name != "weekly"])
def test_every_scene_can_be_drawn_in_every_language(name: str, language: str) -> None:
    drawn = page_of(SCENES[name](tongue(language)).html())
    assert "Vaste" in drawn or 'class="view"' in drawn
