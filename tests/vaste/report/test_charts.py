from importlib import import_module
from importlib.util import find_spec
from itertools import product

import pytest

from vaste.painting import DARK, LIGHT, Drawing, paint, paint_pdf, paint_png, paint_svg
from vaste.report.charts import Bar, Hour, Kept, Stack, bars, kept, stacks, waterfall, week

DAYS = ("ma", "ti", "ke", "to", "pe", "la", "su")
HOSTILE = "recall\x00 </svg><script>alert(1)</script>"
DRAWINGS = {
    "bars": bars("Odotus", "kuinka kauan", [Bar("≤ 15 min", 12, 8), Bar("≤ 1 t", 0, 3)], now="nyt", before="ennen"),
    "bars without before": bars("Odotus", "-", [Bar(HOSTILE, 12)], now="nyt", before="ennen"),
    "stacks": stacks("Päivät", "-", [Stack("ma", (3, 1, 0)), Stack("ti", (0, 0, 0))], parts=("a", "b", "c")),
    "kept": kept("Ajoissa", "-", [Kept("recall", 0.9, 0.7, 1.0, 0.95), Kept(HOSTILE, 0.1, 0.0, 0.4)]),
    "waterfall": waterfall("Mihin aika meni", "-", [("havainto", 0.1, "10 %"), ("otto", 0.6, "60 %"), ("vastaus", 0.3, "30 %")]),
    "week": week(
        "Viikon tunnit",
        "-",
        [Hour(d, h, (d + h) % 4, h == 12, float(d < 5)) for d, h in product(range(7), range(24))],
        days=DAYS,
        words={"hour": "tunti", "cases": "tapauksia"},
    ),
    "nothing": bars("Odotus", "-", [], now="nyt", before="ennen"),
}  # fmt: skip
needs_painters = pytest.mark.skipif(
    not (find_spec("altair") and find_spec("vl_convert")), reason="the extra `pictures` is not installed"
)


@needs_painters
@pytest.mark.parametrize("drawing", DRAWINGS.values(), ids=DRAWINGS.keys())
def test_every_specification_is_one_that_altair_knows(drawing: Drawing) -> None:
    altair = import_module("altair")
    for palette in (LIGHT, DARK):
        altair.Chart.from_dict(drawing.specify(palette))  # raises where the schema is broken


@needs_painters
@pytest.mark.parametrize("drawing", DRAWINGS.values(), ids=DRAWINGS.keys())
def test_one_drawing_serves_page_pdf_and_slack(drawing: Drawing) -> None:
    picture = paint(drawing)
    assert picture.light != picture.dark
    assert picture.light.startswith("data:image/svg+xml;base64,")
    assert paint_png(drawing).startswith(b"\x89PNG")
    assert paint_pdf(drawing).startswith(b"%PDF")


@needs_painters
def test_names_from_outside_are_words_in_a_picture_and_nothing_else() -> None:
    svg = paint_svg(DRAWINGS["kept"])
    assert "<script" not in svg
    assert "\x00" not in svg


def test_parts_of_a_waterfall_follow_one_another() -> None:
    rows = DRAWINGS["waterfall"].specify(LIGHT)["data"]["values"]
    assert [round(row["from"], 6) for row in rows] == [0.0, 0.1, 0.7]
    assert round(rows[-1]["to"], 6) == 1.0


def test_a_bar_without_a_period_before_it_is_drawn_alone() -> None:
    rows = DRAWINGS["bars without before"].specify(LIGHT)["data"]["values"]
    assert [(row["when"], row["count"]) for row in rows] == [("nyt", 12)]
