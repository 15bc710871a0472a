"""The file source: what is appended is read once, and what can't be read is named by its line."""

import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from casebook.mention import Batch, Json
from listener.file import LINES_A_BATCH, FileSettings, FileSource
from listener.lines import Line
from listener.source import SourceUnavailable
from listener.table import LONGEST_LINE

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def line(id_: object = "1", **keys: Any) -> str:
    return json.dumps(
        {"id": id_, "author": "caro", "text": "Hei", "posted_at": "2026-11-02T09:00:00Z", **keys}
    )


class Feed:
    """A file, the source that reads it, and the cursor as it comes back from the database."""

    def __init__(self, path: Path, **keys: Any) -> None:
        self.path = path
        self.source = FileSource(FileSettings(name="feed", path=path, **keys))
        self.cursor: Json = {}

    def append(self, *parts: str | bytes, end: str = "\n") -> None:
        with self.path.open("ab") as lines:
            for part in parts:
                lines.write((part.encode() if isinstance(part, str) else part) + end.encode())

    def look(self) -> Batch:
        batch = self.source.fetch(json.loads(json.dumps(self.cursor)), since=NOW, now=NOW)
        self.cursor = batch.cursor
        return batch

    def ids(self) -> list[str]:
        return ids(self.look())


def ids(batch: Batch) -> list[str]:
    return [*(mention.id for mention in batch.mentions), *(reply.id for reply in batch.replies)]


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    return Feed(tmp_path / "posts.jsonl")


# as it grows


def test_appended_lines_are_read_once_each(feed: Feed) -> None:
    feed.append(line("1"), line("2"))
    assert feed.ids() == ["1", "2"]
    assert feed.ids() == []
    feed.append(line("3"))
    assert feed.ids() == ["3"]


def test_a_file_that_is_not_written_yet_says_nothing_and_is_no_trouble(feed: Feed) -> None:
    assert feed.look() == Batch(cursor={})
    assert feed.source.check() == []
    feed.append(line("1"))
    assert feed.ids() == ["1"]


@pytest.mark.parametrize("cut", [1, 10, 40, -1])
def test_a_line_that_is_still_being_written_waits_until_it_is_whole(feed: Feed, cut: int) -> None:
    whole = line("2", text="ä" * 10)
    feed.append(line("1"))
    feed.append(whole[:cut], end="")
    assert feed.ids() == ["1"]
    assert feed.ids() == []
    feed.append(whole[cut:])
    assert feed.ids() == ["2"]


def test_a_letter_cut_in_two_bytes_waits_for_its_other_half(feed: Feed) -> None:
    raw = line("1", text="ä").replace("\\u00e4", "ä").encode()
    at = raw.index("ä".encode()) + 1
    feed.append(raw[:at], end="")
    assert feed.look().rejected == ()
    feed.append(raw[at:])
    assert [mention.text for mention in feed.look().mentions] == ["ä"]


def test_a_last_line_without_its_newline_is_read_and_not_again_when_that_comes(feed: Feed) -> None:
    feed.append(line("1"), end="")
    assert feed.ids() == ["1"]
    feed.append("")
    assert feed.ids() == []
    feed.append(line("2"), "broken")
    batch = feed.look()
    assert ids(batch) == ["2"]
    assert batch.rejected[0].startswith("posts.jsonl:3: ")


def test_a_truncated_file_is_read_from_its_beginning(feed: Feed) -> None:
    feed.append(line("1"), line("2"), line("3"))
    feed.look()
    feed.path.write_text(line("4") + "\n")
    assert feed.ids() == ["4"]


def test_a_replaced_file_is_read_from_its_beginning_though_it_is_longer(feed: Feed) -> None:
    feed.append(line("1"))
    feed.look()
    feed.path.unlink()
    feed.append(line("8"), line("9"), line("10"))
    assert feed.ids() == ["8", "9", "10"]


def test_a_file_that_changed_behind_its_first_lines_is_read_again(feed: Feed) -> None:
    start = [line(str(number), text="x" * 200) for number in range(3)]
    feed.append(*start, line("3"))
    feed.look()
    feed.path.write_text("\n".join([*start, line("33"), line("34"), line("35")]) + "\n")
    assert {"33", "34", "35"} <= set(feed.ids())


def test_a_rotated_file_goes_on_with_the_new_one(feed: Feed) -> None:
    feed.append(line("1"))
    feed.look()
    feed.path.rename(feed.path.with_suffix(".1"))
    assert feed.ids() == []
    feed.append(line("2"))
    assert feed.ids() == ["2"]


def test_a_file_that_is_emptied_and_grows_again_is_read(feed: Feed) -> None:
    feed.append(line("1"))
    feed.look()
    feed.path.write_text("")
    assert feed.ids() == []
    feed.append(line("1"), line("2"))
    assert feed.ids() == ["1", "2"]


@pytest.mark.parametrize(
    "cursor", [{"offset": "x"}, {"offset": 10**9, "line": 3}, {"line": 3}, {"odd": None}]
)
def test_a_cursor_that_means_nothing_here_reads_it_all(feed: Feed, cursor: Json) -> None:
    feed.append(line("1"))
    feed.cursor = cursor
    assert feed.ids() == ["1"]


def test_more_lines_than_one_batch_takes_come_in_the_next(feed: Feed) -> None:
    feed.append(*(line(str(number)) for number in range(LINES_A_BATCH + 2)))
    first = feed.look()
    assert (len(first.mentions), first.more) == (LINES_A_BATCH, True)
    second = feed.look()
    assert (ids(second), second.more) == ([str(LINES_A_BATCH), str(LINES_A_BATCH + 1)], False)


def test_a_batch_that_was_not_filed_comes_again(feed: Feed) -> None:
    feed.append(line("1"))
    before = feed.cursor
    assert feed.ids() == ["1"]
    feed.cursor = before
    assert feed.ids() == ["1"]


# what a line says


def test_a_line_with_every_key_is_a_mention_with_every_value(feed: Feed) -> None:
    feed.append(
        line(
            "1",
            author="@caro",
            in_reply_to="0",
            quotes="q",
            conversation="c",
            url="https://example.org/1",
            followers=1200,
            lang="sv",
            rating=2.5,
            posted_at="2026-11-02T11:00:00+02:00",
            somebody_elses_key={"a": 1},
        )
    )
    (found,) = feed.look().mentions
    assert (found.network, found.id, found.author.handle, found.author.followers) == (
        "file:feed",
        "1",
        "caro",
        1200,
    )
    assert (found.in_reply_to, found.quotes, found.conversation) == ("0", "q", "c")
    assert (found.url, found.language, found.rating) == ("https://example.org/1", "sv", 2.5)
    assert found.posted_at == NOW
    assert found.posted_at.tzinfo is UTC


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", " JAVA\tscript:x", " ", "https://"],
)
def test_a_link_that_runs_or_is_none_is_left_out_and_its_post_is_not(feed: Feed, link: str) -> None:
    feed.append(line("1", url=link))
    (found,) = feed.look().mentions
    assert found.url is None


@pytest.mark.parametrize(
    "link", ["https://example.org/1?a=b:c", "http://example.org", "119278", "example.org/1:2"]
)
def test_a_link_of_the_web_or_the_name_of_a_post_is_kept(feed: Feed, link: str) -> None:
    feed.append(line("1", url=link))
    (found,) = feed.look().mentions
    assert found.url == link


def test_our_own_posts_are_replies_and_automated_ones_say_so(feed: Feed) -> None:
    feed.append(line("1", own=True, in_reply_to="0"), line("2", own=True, automated=True))
    assert [(each.id, each.account, each.in_reply_to, each.automated) for each in feed.look().replies] == [
        ("1", "caro", "0", False),
        ("2", "caro", None, True),
    ]


def test_our_posts_that_match_autoreplies_are_automated_and_a_customers_are_not(tmp_path: Path) -> None:
    feed = Feed(tmp_path / "posts.jsonl", autoreplies=["^kiitos viestistä", "case #[0-9]+"])
    feed.append(
        line("1", own=True, text="KIITOS VIESTISTÄ! Palaamme."),
        line("2", own=True, text="Your case #12 is open"),
        line("3", own=True, text="Hei, kiitos viestistä"),
        line("4", text="kiitos viestistä"),
    )
    batch = feed.look()
    assert [each.automated for each in batch.replies] == [True, True, False]
    assert [each.id for each in batch.mentions] == ["4"]


def test_ids_may_be_numbers(feed: Feed) -> None:
    feed.append(line(12345678901234567890, in_reply_to=7, author=99, conversation=5))
    (found,) = feed.look().mentions
    assert (found.id, found.in_reply_to, found.author.handle, found.conversation) == (
        "12345678901234567890",
        "7",
        "99",
        "5",
    )


def test_a_byte_order_mark_windows_newlines_and_blank_lines_are_no_trouble(feed: Feed) -> None:
    feed.append(b"\xef\xbb\xbf" + line("1").encode() + b"\r", "", "   ", line("2"))
    batch = feed.look()
    assert (ids(batch), batch.rejected) == (["1", "2"], ())


def test_hostile_text_comes_as_it_was_written(feed: Feed) -> None:
    said = "<!channel> \x00 \ud800 \u2028 '; DROP TABLE --\r\n=cmd()"
    feed.append(line("1", text=said))
    assert [mention.text for mention in feed.look().mentions] == [said]


def test_the_name_of_the_network_can_be_given(tmp_path: Path) -> None:
    feed = Feed(tmp_path / "posts.jsonl", network="forum")
    feed.append(line("1"))
    assert [mention.network for mention in feed.look().mentions] == ["forum"]


# what can't be read

BROKEN: dict[str, tuple[str | bytes, str]] = {
    "no json": ("{broken", "not a JSON object"),
    "half a line": ('{"id": "1"', "not a JSON object"),
    "a list": ("[1, 2]", "not a JSON object"),
    "a number": ("17", "not a JSON object"),
    "nothing but null": ("null", "not a JSON object"),
    "bad utf-8": (b'{"id": "\xff\xfe"}', "not a JSON object"),
    "latin-1": ('{"id": "ä"}'.encode("latin-1"), "not a JSON object"),
    "very deep": ("[" * 100_000, "not a JSON object"),
    "a number of many digits": ('{"id": ' + "9" * 5_000 + "}", "not a JSON object"),
    "no id": (json.dumps({"author": "a", "text": "t", "posted_at": "2026-11-02T09:00:00Z"}), "id: "),
    "no author": (json.dumps({"id": "1", "text": "t", "posted_at": "2026-11-02T09:00:00Z"}), "author: "),
    "no text": (json.dumps({"id": "1", "author": "a", "posted_at": "2026-11-02T09:00:00Z"}), "text: "),
    "no time": (json.dumps({"id": "1", "author": "a", "text": "t"}), "posted_at: "),
    "an empty id": (line(""), "id: "),
    "an id of a kind": (line(True), "id: "),
    "an id in pieces": (line(["1"]), "id: "),
    "an id without end": (line("1" * 401), "id: "),
    "a naive time": (line(posted_at="2026-11-02T09:00:00"), "posted_at: not a time with its zone"),
    "a date": (line(posted_at="2026-11-02"), "posted_at: not a time with its zone"),
    "a time in words": (line(posted_at="eilen"), "posted_at: not a time with its zone"),
    "a time in seconds": (line(posted_at=1_762_074_000), "posted_at: write the time as text"),
    "a time before the calendar": (line(posted_at="0001-01-01T00:00:00+14:00"), "posted_at: not a time"),
    "text in pieces": (line(text=["a"]), "text: "),
    "text that is null": (line(text=None), "text: "),
    "own in words": (line(own="yes"), "own: "),
    "followers in words": (line(followers="12"), "followers: "),
    "followers below nought": (line(followers=-1), "followers: "),
    "followers beyond all": (line(followers=2**53), "followers: "),
    "a rating that is no number": (line(rating=float("nan")), "rating: "),
    "a rating without end": (line(rating=float("inf")), "rating: "),
}


@pytest.mark.parametrize(("raw", "why"), BROKEN.values(), ids=BROKEN.keys())
def test_a_line_that_cannot_be_understood_is_named_and_the_others_are_read(
    feed: Feed, raw: str | bytes, why: str
) -> None:
    feed.append(line("1"), raw, line("2"))
    batch = feed.look()
    assert ids(batch) == ["1", "2"]
    (sentence,) = batch.rejected
    assert sentence.startswith(f"posts.jsonl:2: {why}")
    assert "\n" not in sentence
    assert feed.look().rejected == (), "told once"


def test_every_broken_line_has_its_own_number(feed: Feed) -> None:
    feed.append("broken", line("1"), "", "broken")
    first = feed.look().rejected
    feed.append("broken")
    numbers = [sentence.split(":")[1] for sentence in (*first, *feed.look().rejected)]
    assert numbers == ["1", "4", "5"]


def test_a_sentence_holds_none_of_the_posts_words(feed: Feed) -> None:
    feed.append(line("1", text=["salainen huoli"]), line("1", posted_at="salainen aika"), '{"salainen')
    rejected = feed.look().rejected
    assert len(rejected) == 3
    assert "salainen" not in "".join(rejected)


def test_a_line_longer_than_memory_should_hold_is_passed_over_and_named(feed: Feed) -> None:
    feed.append(line("1"), line("long", text="x" * LONGEST_LINE), line("2"))
    batch = feed.look()
    assert ids(batch) == ["1", "2"]
    assert [sentence.split(":")[1] for sentence in batch.rejected] == ["2"]
    assert "longer than" in batch.rejected[0]


def test_a_line_of_exactly_the_longest_length_is_read(feed: Feed) -> None:
    bare = len(line("1", text="")) + 1
    feed.append(line("1", text="x" * (LONGEST_LINE - bare)), line("2"))
    assert feed.ids() == ["1", "2"]


def test_a_too_long_line_that_is_still_being_written_is_passed_over_to_its_end(feed: Feed) -> None:
    feed.append('{"text": "' + "x" * LONGEST_LINE, end="")
    assert len(feed.look().rejected) == 1
    feed.append("y" * 100, end="")
    assert feed.look().rejected == ()
    feed.append(line("forged"), line("2"), "broken")
    batch = feed.look()
    assert ids(batch) == ["2"], "what stands on the long line is part of it"
    assert [sentence.split(":")[1] for sentence in batch.rejected] == ["3"]


# where it can't be read at all


def _places(path: Path) -> Iterable[Path]:
    (path / "folder").mkdir()
    yield path / "folder"
    ring = path / "ring"
    ring.symlink_to(ring)
    yield ring
    (path / "file").write_text("")
    yield path / "file" / "posts.jsonl"


def test_what_is_no_file_is_named_by_looks_and_checks_and_recovers(tmp_path: Path) -> None:
    for place in _places(tmp_path):
        feed = Feed(place)
        (sentence,) = feed.source.check()
        with pytest.raises(SourceUnavailable) as failed:
            feed.look()
        assert str(failed.value) == sentence
        assert sentence.startswith(f"{place} can't be read (")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_the_right_to_read_it_is_named(feed: Feed) -> None:
    feed.append(line("1"))
    feed.path.chmod(0)
    with pytest.raises(SourceUnavailable, match="rights"):
        feed.look()
    feed.path.chmod(0o600)
    assert feed.ids() == ["1"]


@pytest.mark.parametrize(
    "keys", [{}, {"path": "a", "paht": "b"}, {"path": "a", "every": "soon"}, {"path": "a", "kind": "x"}]
)
def test_wrong_settings_are_refused(keys: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        FileSettings.model_validate({"name": "feed", **keys})


def test_lines_appended_in_any_pieces_are_all_read(feed: Feed) -> None:
    raw = "".join(line(str(number), text="ä😀\n" * number) + "\n" for number in range(12)).encode()
    found: list[str] = []
    for piece in (raw[at : at + 37] for at in range(0, len(raw), 37)):
        feed.append(piece, end="")
        batch = feed.look()
        assert batch.rejected == ()
        found += ids(batch)
    assert found == [str(number) for number in range(12)]


def test_the_lines_of_the_page_are_read_as_it_says(feed: Feed) -> None:
    page = Path(__file__).parents[2] / "docs" / "sources" / "file.md"
    lines = page.read_text("utf-8").split("```jsonl\n")[1].split("```")[0]
    feed.append(lines, end="")
    batch = feed.look()
    assert batch.rejected == ()
    assert [mention.id for mention in batch.mentions] == ["81", "84"]
    assert [(reply.id, reply.automated) for reply in batch.replies] == [("82", False), ("83", True)]


def test_the_page_names_every_key(feed: Feed) -> None:
    page = (Path(__file__).parents[2] / "docs" / "sources" / "file.md").read_text("utf-8")
    missing = [key for key in Line.model_fields if f"| `{key}` |" not in page]
    assert missing == []
    told = {*FileSettings.model_fields} - {
        "name",
        "kind",
        "overlap",
        "budget",
        "recheck",
    }  # these mean nothing to a file
    assert [key for key in told if f"| `{key}` |" not in page] == []
