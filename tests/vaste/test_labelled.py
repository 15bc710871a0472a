import json
from datetime import date
from pathlib import Path

import pytest

from vaste.labelled import LabelledPost, NotLabelled, read_labelled

GOOD = {"text": "Paketti on hukassa", "sentiment": "negative"}


def read(folder: Path, name: str, content: str | bytes) -> list[LabelledPost]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_labelled([path])


def mistakes(folder: Path, name: str, content: str | bytes) -> list[str]:
    with pytest.raises(NotLabelled) as refused:
        read(folder, name, content)
    return [line.removeprefix(f"{folder}/") for line in refused.value.mistakes]


def lines(*rows: object) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def test_json_lines_are_read_with_every_column_that_is_filled(tmp_path: Path) -> None:
    [first, second] = read(
        tmp_path,
        "posts.jsonl",
        lines(
            GOOD | {"attention": True, "lang": "fi", "hard": "irony", "urgency": 2, "nested": {"a": 1}},
            GOOD | {"sentiment": " Positive ", "attention": None, "source": "", "date": "2026-11-01"},
        ),
    )
    assert (first.text, first.sentiment, first.attention, first.language) == (
        "Paketti on hukassa",
        "negative",
        True,
        "fi",
    )
    assert first.columns == {"hard": "irony", "urgency": "2"}
    assert (second.sentiment, second.attention, second.columns) == ("positive", None, {})
    assert (first.day, second.day) == (None, date(2026, 11, 1))
    assert second.where.endswith("posts.jsonl:2")


@pytest.mark.parametrize(
    ("written", "read_as"),
    [(1, True), (0, False), ("true", True), ("FALSE", False), ("1", True), ("", None), ("-", None)],
)
def test_attention_is_written_in_several_ways(
    tmp_path: Path, written: object, *, read_as: bool | None
) -> None:
    [post] = read(tmp_path, "posts.jsonl", lines(GOOD | {"attention": written}))
    assert post.attention is read_as


@pytest.mark.parametrize("separator", [",", ";"])
def test_csv_has_a_head_line_in_any_order_and_quotes_around_texts(tmp_path: Path, separator: str) -> None:
    rows = [
        ["Sentiment", "kind", "TEXT"],
        ["neutral", "", '"two\nlines,\u2028 here; ""so"""'],
        [],
        ["positive", "praise", "kiitos"],
    ]
    content = "\ufeff" + "\r\n".join(separator.join(row) for row in rows)
    first, second = read(tmp_path, "posts.csv", content)
    assert (first.text, first.sentiment, first.columns) == ('two\nlines,\u2028 here; "so"', "neutral", {})
    assert (second.text, second.columns) == ("kiitos", {"kind": "praise"})
    assert [post.where.rpartition(":")[2] for post in (first, second)] == ["2", "5"]


def test_the_corpus_is_read_without_a_head_line_and_its_language_from_its_name(tmp_path: Path) -> None:
    content = 'p\t0\tpraise\t-\t0\tnone\tk1-a\t"Uusi luuri" ja kiitos\r\n\no\t1\tquestion\tn\t1\tnone\t-\tOnko auki?\n'
    first, second = read(tmp_path, "fi-k1-10.tsv", content)
    assert (first.sentiment, first.attention, first.language) == ("positive", False, "fi")
    assert first.text == '"Uusi luuri" ja kiitos'
    assert (second.sentiment, second.attention, second.columns) == (
        "neutral",
        True,
        {"kind": "question", "hot": "n", "urgency": "1", "hard": "none"},
    )


def test_a_tsv_may_have_a_head_line(tmp_path: Path) -> None:
    [post] = read(tmp_path, "posts.tsv", "text\tsentiment\nhei\tneutral\n")
    assert (post.text, post.sentiment, post.language) == ("hei", "neutral", None)


def test_every_mistake_is_told_at_once_with_its_line_and_what_to_write(tmp_path: Path) -> None:
    content = lines(
        GOOD | {"sentiment": "bad", "attention": "maybe"},
        GOOD,
        {"sentiment": "neutral"},
        GOOD | {"posted_at": "yesterday"},
        {"text": "hei"},
        ["no object"],
    )
    assert mistakes(tmp_path, "posts.jsonl", content + "\n{broken\n") == [
        "posts.jsonl:1: sentiment is 'bad'; write negative, neutral or positive",
        "posts.jsonl:1: attention is 'maybe'; write 1, 0, true or false, or nothing where it is not known",
        "posts.jsonl:3: text is missing; write the post, or take the line away",
        "posts.jsonl:4: posted_at is 'yesterday'; write 2026-11-01 or 2026-11-01T18:41:00Z",
        "posts.jsonl:5: sentiment is missing; write negative, neutral or positive",
        "posts.jsonl:6: is no JSON object; write one object a line",
        "posts.jsonl:7: is no JSON object; write one object a line",
    ]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("posts.jsonl", "\n \n", ": no post in it; write one labelled post a line"),
        ("posts.jsonl", "[" * 100_000, ":1: is no JSON object; write one object a line"),
        ("posts.jsonl", '{"a": ' + "1" * 5_000 + "}", ":1: is no JSON object; write one object a line"),
        ("posts.csv", "text,sentiment\n", ": no post in it; write one labelled post a line"),
        (
            "posts.csv",
            "text,sentiment\na,b,c\n",
            ":2: has 3 cells and the head line has 2; put quotes around texts",
        ),
        (
            "posts.tsv",
            "n\t1\tother\n",
            ":1: has 3 cells; write sentiment, attention, kind, hot, urgency, hard, pair, text, a tab between two",
        ),
        (
            "posts.tsv",
            "x\t1\tother\t-\t0\tnone\t-\thei\n",
            ":1: sentiment is 'x'; write negative, neutral or positive",
        ),
        (
            "posts.csv",
            b"text,sentiment\nhyv\xe4,positive\n",
            ":2: is not UTF-8; save the file as UTF-8 (in Excel: CSV UTF-8)",
        ),
        ("posts.xlsx", "PK", ": its form is not known by its name; name it *.jsonl, *.csv, *.tsv"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_to_do(
    tmp_path: Path, name: str, content: str | bytes, told: str
) -> None:
    assert mistakes(tmp_path, name, content) == [name + told]


def test_a_file_that_is_not_there_is_told_beside_the_mistakes_of_others(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(lines({"text": "hei", "sentiment": "?"}))
    with pytest.raises(NotLabelled) as refused:
        read_labelled([tmp_path / "none.jsonl", tmp_path / "a.jsonl"])
    assert [line.rpartition("/")[2].partition(";")[0] for line in refused.value.mistakes] == [
        "none.jsonl: cannot be read (No such file or directory)",
        "a.jsonl:1: sentiment is '?'",
    ]


def test_hostile_values_reach_no_message_and_no_column_uncleaned(tmp_path: Path) -> None:
    evil = "\x1b[2J\u202egnp"
    [told] = mistakes(tmp_path, "posts.jsonl", lines(GOOD | {"sentiment": evil}))
    [post] = read(tmp_path, "posts.jsonl", lines(GOOD | {"source": evil, evil: "x"}))
    assert not [sign for sign in f"{told}{post.columns}" if sign in "\x1b\u202e"]
    assert post.columns["source"] == "[2Jgnp"
