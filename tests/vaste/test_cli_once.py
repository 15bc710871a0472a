"""The whole line by `vaste once`: from a post in a file to the response-time log."""

import csv
import io
import json
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from casebook.store import COLUMNS
from tests.vaste.shelf import CONFIG
from tests.vaste.typed import Typed, vaste

pytestmark = pytest.mark.slow


def append(folder: Path, **line: Any) -> datetime:
    """Append a post of this moment to the feed; gives its time."""
    posted_at: datetime = line.pop("posted_at", datetime.now(UTC))
    with (folder / "posts.jsonl").open("a", encoding="utf-8") as feed:
        feed.write(json.dumps({"posted_at": posted_at.isoformat()} | line, ensure_ascii=False) + "\n")
    return posted_at


def log_of(folder: Path) -> list[dict[str, Any]]:
    typed = vaste("log", "--format", "json", cwd=folder)
    assert (typed.code, typed.err) == (0, "")
    rows: list[dict[str, Any]] = json.loads(typed.out)
    return rows


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder whose source has started."""
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    append(
        tmp_path,
        id="old",
        author="mari",
        text="Löysin lasinsirun!",
        posted_at=datetime.now(UTC) - timedelta(days=1),
    )
    first = vaste("once", cwd=tmp_path)
    assert (first.code, first.err) == (0, "")
    assert "poll feed: 0 new mentions, 0 replies of ours, 0 known, 1 older than the first start" in first.out
    assert log_of(tmp_path) == []
    return tmp_path


def test_what_a_killed_one_held_is_taken_up_by_the_next(folder: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    holder = f"{socket.gethostname()}/{dead.pid}/gone"
    with closing(sqlite3.connect(folder / "vaste.db")) as record, record:
        until = (datetime.now(UTC) + timedelta(minutes=10)).strftime("%Y-%m-%d %H:%M:%S.%f")
        record.execute("UPDATE source SET lease_by = ?, lease_until = ?", (holder, until))
    append(folder, id="1", author="mari", text="Löysin lasinsirun purkista!")
    assert "poll feed: 1 new mentions" in vaste("once", cwd=folder).out


def test_a_post_becomes_a_card_a_public_reply_stops_its_clock(folder: Path) -> None:
    posted_at = append(folder, id="1", author="mari", text="Löysin lasinsirun purkista! Mitä ihmettä?")
    card = vaste("once", cwd=folder)
    assert card.code == 0
    assert "poll feed: 1 new mentions" in card.out
    assert "Löysin lasinsirun purkista!" in card.out
    assert "deliver: 1 messages accepted" in card.out
    [row] = log_of(folder)
    assert list(row) == list(COLUMNS)
    assert (row["status"], row["playbook"], row["author"], row["frt_s"]) == ("open", "recall", "mari", None)

    replied_at = append(
        folder, id="r1", author="ainokahvi", own=True, in_reply_to="1", text="Anteeksi! t. Aino"
    )
    assert "1 replies of ours" in vaste("once", cwd=folder).out
    [row] = log_of(folder)
    wait = int((replied_at - posted_at).total_seconds())
    assert (row["status"], row["frt_s"], row["frt_business_s"]) == ("responded", wait, wait)
    assert (row["responded_by"], row["response_found"]) == ("ainokahvi", "platform")
    assert datetime.fromisoformat(row["responded_at"]) == replied_at
    assert datetime.fromisoformat(row["posted_at"]) == posted_at
    assert row["breaches"] == []


def test_once_again_changes_nothing_and_says_so(folder: Path) -> None:
    append(folder, id="1", author="mari", text="Löysin lasinsirun purkista!")
    vaste("once", cwd=folder)
    before = log_of(folder)
    again = vaste("once", cwd=folder)
    assert again.out.splitlines() == [
        "poll feed: 0 new mentions, 0 replies of ours, 0 known, 0 older than the first start",
        "look up: 0 posts asked about",
        "expire: 0 texts erased",
        "triage: 0 judged",
        "match: 0 cases looked at",
        "watch: 0 cases due",
        "tell: 0 messages owed",
        "tend: 0 cases of crises changed",
        "deliver: 0 messages accepted",
    ]
    assert (again.code, log_of(folder)) == (0, before)


def test_the_log_can_be_asked_for_a_part_and_in_other_forms(folder: Path) -> None:
    for number in range(3):
        append(folder, id=str(number), author=f"=writer{number}", text="Löysin lasinsirun purkista!")
    vaste("once", cwd=folder)
    rows = log_of(folder)

    def asked(*words: str) -> list[int]:
        return [row["case"] for row in json.loads(vaste("log", "--format", "json", *words, cwd=folder).out)]

    assert asked() == [1, 2, 3]
    assert asked("--since", rows[1]["posted_at"]) == [2, 3]
    assert asked("--until", rows[1]["posted_at"]) == [1]
    assert asked("--since", rows[1]["posted_at"], "--until", rows[2]["posted_at"]) == [2]
    assert asked("--team", "care", "--playbook", "recall") == [1, 2, 3]
    assert vaste("log", "--team", "press", cwd=folder).code == 2
    assert asked("--playbook", "complaint") == []
    table = csv.DictReader(io.StringIO(vaste("log", "--format", "csv", cwd=folder).out))
    assert [line["author"] for line in table] == ["'=writer0", "'=writer1", "'=writer2"]
    shown = vaste("log", cwd=folder).out
    assert len(shown.splitlines()) == 4
    assert "=writer2" in shown


def test_check_tells_what_once_could_not_read_until_it_is_over(folder: Path) -> None:
    assert vaste("check", cwd=folder) == Typed(0, "config.yaml: no problems\n", "")
    with (folder / "posts.jsonl").open("a") as feed:
        feed.write("this is no JSON\n")
    troubled = vaste("once", cwd=folder)
    assert (troubled.code, len(troubled.told)) == (1, 1)
    assert "source feed: 1 could not be understood" in troubled.err
    checked = vaste("check", cwd=folder)
    assert (checked.code, checked.err) == (1, "")
    assert "source feed: 1 could not be understood" in checked.out
    (folder / "config.yaml").write_text(CONFIG.replace("team: care", "team: nobody"), "utf-8")
    assert vaste("check", cwd=folder).code == 2


def test_explain_finds_a_post_by_its_id_its_key_and_its_link(folder: Path) -> None:
    link = "https://social.example/mari/1"
    append(folder, id="1", author="mari", text="Löysin lasinsirun purkista!", url=link)
    vaste("once", cwd=folder)
    told = [vaste("explain", name, "--language", "en", cwd=folder) for name in ("1", "file:feed/1", link)]
    assert [typed.code for typed in told] == [0, 0, 0]
    found = {
        typed.out.partition("\nWere it shown at ")[0] for typed in told
    }  # what comes after tells the time
    assert len(found) == 1
    for words in ("@mari", "“Löysin lasinsirun purkista!”", "case 1: playbook recall", "✓ recall: takes it"):
        assert words in told[0].out
    old = vaste("explain", "old", "--language", "en", cwd=folder)
    assert "older than the first start of its source" in old.out
    unknown = vaste("explain", "2", cwd=folder)
    assert (unknown.code, unknown.out, len(unknown.told)) == (1, "", 1)
