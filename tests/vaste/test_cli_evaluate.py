import json
from pathlib import Path

import pytest

from tests.vaste.test_cli_usage import Here, here
from tests.vaste.typed import vaste

__all__ = ["here"]

CSV = """\
text;sentiment;attention;source
"Aivan ihana kahvi, kiitos!";positive;0;x
Löysin lasinsirun purkista, hävetkää!;negative;1;x
Mihin aikaan liike aukeaa?;neutral;1;mastodon
"""


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    path = tmp_path / "posts.csv"
    path.write_text(CSV, "utf-8")
    return path


@pytest.mark.slow
def test_labelled_posts_are_judged_and_measured(posts: Path) -> None:
    shown = vaste("evaluate", posts, cwd=posts.parent)
    assert (shown.code, shown.err) == (0, "")
    assert "3 posts, judged by " in shown.out
    written = vaste("evaluate", posts, "--format", "json", "--out", "figures.json", cwd=posts.parent)
    assert (written.code, written.out, written.err) == (0, "", "")
    figures = json.loads((posts.parent / "figures.json").read_text("utf-8"))
    assert (figures["sentiment"]["rows"], figures["attention"]["deserving"]) == (3, 2)
    assert {one["column"] for one in figures["slices"]} == {"source", "length"}


@pytest.mark.slow
def test_posts_come_by_standard_input_too(tmp_path: Path) -> None:
    line = json.dumps({"text": "Kiitos!", "sentiment": "positive"}).encode()
    shown = vaste("evaluate", "-", "--format", "json", cwd=tmp_path, stdin=line)
    assert (shown.code, json.loads(shown.out)["sentiment"]["rows"]) == (0, 1)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--format", "pdf"], "--format 'pdf' is unknown; use text, json, html"),
        (["--slice", "sorce"], "--slice 'sorce' is no column here; did you mean source?"),
        (
            ["--recall", "1.5"],
            "vaste evaluate: Invalid value for '--recall': Input should be less than or equal to 1; see vaste evaluate --help",
        ),
    ],
)
def test_wrong_usage_is_one_line(here: Here, posts: Path, words: list[str], told: str) -> None:
    typed = here("evaluate", str(posts), *words)
    assert (typed.code, typed.out, typed.told) == (2, "", [told])


def test_nothing_to_judge_is_wrong_usage(here: Here, posts: Path) -> None:
    posts.write_text("text,sentiment\n\n", "utf-8")
    typed = here("evaluate", "posts.csv")
    assert (typed.code, typed.out, typed.told) == (
        2,
        "",
        ["posts.csv: no post in it; write one labelled post a line"],
    )
