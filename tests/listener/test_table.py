"""CSV in the file source: whole records, other tools' columns and times, and no byte read twice."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from casebook.mention import Batch, Json, Mention, Reply
from listener.file import FileSettings, FileSource
from listener.source import SourceUnavailable
from listener.table import LONGEST_LINE, Unfinished, records

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HEADER = "id,author,text,posted_at\n"
SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "twcs-sample.csv"


class Table:
    """A file, the source that reads it, and the cursor as it comes back from the database."""

    def __init__(self, folder: Path, name: str = "posts.csv", **keys: Any) -> None:
        self.path = folder / name
        self.source = FileSource(FileSettings(name="feed", path=self.path, **keys))
        self.cursor: Json = {}

    def append(self, written: str | bytes) -> None:
        with self.path.open("ab") as lines:
            lines.write(written.encode() if isinstance(written, str) else written)

    def look(self) -> Batch:
        batch = self.source.fetch(json.loads(json.dumps(self.cursor)), since=NOW, now=NOW)
        self.cursor = batch.cursor
        return batch

    def texts(self) -> list[str]:
        return [mention.text for mention in self.look().mentions]


def row(id_: int, text: str = "Hei") -> str:
    return f"{id_},caro,{text},2026-11-02T09:00:00Z\n"


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(tmp_path)


def test_appended_rows_are_read_once_each(table: Table) -> None:
    table.append(HEADER + row(1, "yksi"))
    assert table.texts() == ["yksi"]
    table.append(row(2, "kaksi") + row(3, '"kolme, ja ""muuta"""'))
    assert table.texts() == ["kaksi", 'kolme, ja "muuta"']
    assert table.texts() == []


def test_a_quoted_line_end_stays_in_its_record_whenever_it_is_written(table: Table) -> None:
    table.append(HEADER + '1,caro,"eka rivi\n')
    assert table.texts() == []
    table.append("toka ä".encode()[:-1])
    assert table.texts() == []
    table.append('toka ä"'.encode()[-2:] + b",2026-11-02T09:00:00Z\n" + row(2).encode())
    assert table.texts() == ["eka rivi\ntoka ä", "Hei"]


@given(st.lists(st.text(st.sampled_from('ab",\näö;'), max_size=6), min_size=1, max_size=4), st.data())
@settings(max_examples=60, deadline=None)
def test_wherever_a_look_stops_the_next_goes_on_at_the_very_byte(
    texts: list[str], data: st.DataObject
) -> None:
    whole = "".join(f'{number},"{text.replace(chr(34), chr(34) * 2)}"\n' for number, text in enumerate(texts))
    encoding = data.draw(st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "cp1252"]))
    raw = whole.encode(encoding)
    cut = data.draw(st.integers(0, len(raw)))
    read: list[tuple[str, ...]] = []
    offset = number = 0
    for file in (io.BytesIO(raw[:cut]), io.BytesIO(raw)):
        try:
            for record in records(file, offset=offset, number=number, encoding=encoding, delimiter=","):
                read.append(record.cells)
                offset, number = record.ends_at, record.lines
        except Unfinished:
            assert file.getvalue() != raw
    assert read == [(str(number), text) for number, text in enumerate(texts)]
    assert (offset, number) == (len(raw), whole.count("\n"))


def test_an_unended_record_waits_and_is_named_when_nothing_comes(table: Table) -> None:
    table.append(HEADER + row(1) + '2,caro,"auki\n')
    assert table.look().troubles == ()
    (trouble,) = table.look().troubles
    assert trouble.message.startswith("posts.csv:3: this record is not ended")
    assert "auki" not in trouble.message
    table.append('kiinni",2026-11-02T09:00:00Z\n')
    batch = table.look()
    assert ([mention.text for mention in batch.mentions], batch.troubles) == (["auki\nkiinni"], ())


def test_an_empty_file_is_no_trouble_however_long_it_stays_so(table: Table) -> None:
    table.append("")
    assert (table.look(), table.look().troubles) == (Batch(), ())
    table.append(HEADER + row(1))
    assert table.texts() == ["Hei"]


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("x\n", "author: Field required"),
        ("2,caro,Hei,eilen\n", "posted_at: not a time with its zone"),
        ("2,caro,Hei, hei,2026-11-02T09:00:00Z\n", "more cells than the header has"),
        (b"2,caro,p\xe4\xe4,2026-11-02T09:00:00Z\n", "not utf-8; save the file so, or write its encoding"),
        ('2,caro,"' + ("auki " * 200 + "\n") * 140, "longer than 131072 characters; is a quote"),
        ("2," + "x" * LONGEST_LINE + "\n", "the line is longer than 4000000 bytes"),
    ],
)  # fmt: skip
def test_a_row_that_is_not_understood_is_named_and_the_next_is_read(
    table: Table, broken: str | bytes, words: str
) -> None:
    table.append(HEADER)
    table.append(broken)
    table.append(row(9, "yhdeksän"))
    batch = table.look()
    assert [mention.text for mention in batch.mentions] == ["yhdeksän"]
    assert batch.rejected[0].startswith(f"posts.csv:2: {words}")
    assert "Hei" not in batch.rejected[0]


def test_a_header_that_lacks_a_column_is_said_before_and_at_the_look(tmp_path: Path) -> None:
    table = Table(tmp_path, columns={"text": "body", "author": "author"})
    table.append("id,author,posted_at\n1,caro,2026-11-02T09:00:00Z\n")
    (said,) = table.source.check()
    assert "has no column 'body' (text)" in said
    with pytest.raises(SourceUnavailable, match="has no column 'body'") as failed:
        table.look()
    assert failed.value.permanent


@pytest.mark.parametrize(
    ("name", "keys", "encoding", "delimiter"),
    [
        ("posts.tsv", {}, "utf-8", "\t"),
        ("posts.csv", {"delimiter": ";"}, "utf-8-sig", ";"),
        ("posts.txt", {"format": "csv", "delimiter": "tab"}, "utf-16", "\t"),
        ("posts.csv", {"encoding": "cp1252"}, "cp1252", ","),
        ("posts.csv", {"encoding": "utf-16"}, "utf-16", ","),
    ],
)
def test_delimiters_and_encodings_are_as_stated_and_a_byte_order_mark_speaks_for_itself(
    tmp_path: Path, name: str, keys: dict[str, Any], encoding: str, delimiter: str
) -> None:
    table = Table(tmp_path, name, **keys)
    for part in (HEADER + row(1, "pää"), row(2, "ਊ" if "16" in encoding else "yö")):
        raw = part.replace(",", delimiter).encode(
            {"utf-16": "utf-16-le", "utf-8-sig": "utf-8"}.get(encoding, encoding)
        )
        first = {"utf-16": b"\xff\xfe", "utf-8-sig": b"\xef\xbb\xbf"}.get(encoding, b"")
        table.append(raw if table.path.exists() else first + raw)
        assert table.texts() == [part.splitlines()[-1].split(",")[2]]


def test_another_tools_columns_and_times_are_mapped(tmp_path: Path) -> None:
    table = Table(
        tmp_path,
        columns={
            "id": "Tweet ID",
            "author": "user",
            "text": "body",
            "posted_at": "created",
            "own": {"column": "inbound", "when": "False"},
            "in_reply_to": "parent",
            "followers": "fans",
        },
        time_format="%d.%m.%Y %H:%M",
        timezone="Europe/Helsinki",
    )
    table.append(
        "Tweet ID,user,body,created,inbound,parent,fans,extra\n"
        "81,@caro,Hei,2.11.2026 11:00,TRUE,,12,x\n"
        "82,ainokahvi,Moi!,2.11.2026 11:05,False,81,,\n"
    )
    batch = table.look()
    assert batch.rejected == ()
    (mention,), (reply,) = batch.mentions, batch.replies
    assert (mention.id, mention.author.handle, mention.author.followers) == ("81", "caro", 12)
    assert mention.posted_at == NOW
    assert isinstance(reply, Reply)
    assert (reply.account, reply.in_reply_to) == ("ainokahvi", "81")


def test_keys_of_json_are_mapped_too_into_their_objects(tmp_path: Path) -> None:
    columns = {"author": "user.screen_name", "posted_at": "ts", "followers": "user.fans", "own": "ours"}
    table = Table(tmp_path, "posts.jsonl", columns=columns, time_format="unix")
    post = {
        "id": 7,
        "text": "Hei",
        "user": {"screen_name": "caro", "fans": "9"},
        "ts": 1793610000,
        "ours": "no",
    }
    table.append(json.dumps(post) + "\n" + json.dumps({**post, "id": 8, "ours": "perhaps"}) + "\n")
    batch = table.look()
    assert [(post.author.handle, post.author.followers, post.posted_at) for post in batch.mentions] == [
        ("caro", 9, datetime(2026, 11, 2, 9, 0, tzinfo=UTC))
    ]
    assert batch.rejected == (
        "posts.jsonl:2: own: neither true nor false; say which value means yes (columns: own: when)",
    )


@pytest.mark.parametrize("written", ["10000000000000000000", "nan", "-1e99", "kohta", "1e400"])
def test_a_time_of_another_form_is_objected_to_without_its_words(tmp_path: Path, written: str) -> None:
    table = Table(tmp_path, time_format="unix")
    table.append(HEADER + f"1,caro,Hei,{written}\n")
    (said,) = table.look().rejected
    assert said == "posts.csv:2: posted_at: not a time of the form that time_format gives"


@pytest.mark.parametrize(
    "keys",
    [{"delimiter": "ab"}, {"delimiter": "a"}, {"encoding": "klingon"}, {"timezone": "Mars/Base"}, {"columns": {"idd": "x"}}],
)  # fmt: skip
def test_settings_that_mean_nothing_are_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FileSettings(name="feed", path=Path("posts.csv"), **keys)


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample of real customer posts is not here")
def test_real_customer_posts_are_imported_by_a_mapping_alone(tmp_path: Path) -> None:
    table = Table(
        tmp_path,
        columns={
            "id": "tweet_id",
            "author": "author_id",
            "posted_at": "created_at",
            "own": {"column": "inbound", "when": "False"},
            "in_reply_to": "in_response_to_tweet_id",
        },
        time_format="%a %b %d %H:%M:%S %z %Y",
    )
    table.append(SAMPLE.read_bytes())
    batch = table.look()
    assert (batch.rejected, batch.troubles) == ((), ())
    found: list[Mention | Reply] = [*batch.mentions, *batch.replies]
    posts = {post.id: post for post in found}
    assert len(posts) == 93
    assert isinstance(posts["119238"], Reply)
    assert posts["119238"].in_reply_to == "119239"
    assert posts["119237"].posted_at == datetime(2017, 10, 11, 6, 55, 44, tzinfo=UTC)
