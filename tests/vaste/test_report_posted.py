"""A posted report on its way: typed, kept in the record, and sent to Slack by what runs."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.slack import SlackChannel
from notifier.slack_calls import SlackSettings
from tests.notifier.cast import CHANNEL, tongue
from tests.quarter import BEGINS, CONFIG, fill
from tests.servers.fake_slack import BOT_TOKEN, FakeSlack
from tests.vaste.stand_ins import make_jobs, open_store
from vaste.cli import main
from vaste.clock import WallClock


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(messages_per_second=None) as server:
        yield server


def posted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Type `vaste report --post` over a record of July."""
    store = open_store(folder)
    fill(store, 200, begins=BEGINS, days=31)
    store.engine.dispose()
    (folder / "config.yaml").write_text(CONFIG, "utf-8")
    monkeypatch.chdir(folder)
    july = ("--since", "2026-07-01", "--until", "2026-08-01")
    monkeypatch.setattr(sys, "argv", ["vaste", "report", *july, "--post", "--language", "sv"])
    with pytest.raises(SystemExit) as left:
        main()
    assert not left.value.code


def test_a_posted_report_comes_with_its_picture_and_its_paper_and_leaves_no_file_behind(
    tmp_path: Path, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("typst", reason="the extra `reports` is not installed")
    posted(tmp_path, monkeypatch)
    channel = SlackChannel(SlackSettings(bot_token=BOT_TOKEN, api_url=slack.api_url), tongue("sv"))
    store = open_store(tmp_path, is_new=False)
    jobs = make_jobs(store, channels=[channel], clock=WallClock())
    assert (jobs.deliver(), jobs.deliver()) == (1, 0)
    assert store.enclosed(1) == ()
    channel.close()
    store.engine.dispose()
    words, paper = slack.messages(CHANNEL)
    assert "så besvarades kunderna" in words["text"]
    (picture,) = [block for block in words["blocks"] if block["type"] == "image"]
    assert slack.desk.files[picture["slack_file"]["id"]]["content"].startswith(b"\x89PNG")
    (file,) = paper["files"]
    assert slack.desk.files[file["id"]]["content"].startswith(b"%PDF")
    assert paper["thread_ts"] == words["ts"]
