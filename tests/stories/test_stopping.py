"""The service stops when it is asked to, whatever hangs, and the next one goes on where it stopped."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stories.service import Town, wait_for

pytestmark = pytest.mark.slow

STOPS_WITHIN_S = 5.0
BOTH = (signal.SIGTERM, signal.SIGINT)


def nothing_hangs(town: Town) -> None:
    """A quiet moment."""


def x_hangs(town: Town) -> None:
    town.x.hang_next("/2/", times=1000)
    wait_for("X to hang", lambda: town.x.hung.acquire(blocking=False))


def slack_hangs(town: Town) -> None:
    before = len(town.slack.called("chat.postMessage"))
    town.slack.hang("chat.postMessage", times=1000)
    town.says("maija_k", "onko siellä ketään?")
    wait_for("Slack to hang", lambda: len(town.slack.called("chat.postMessage")) > before)


@pytest.mark.parametrize("by", BOTH)
@pytest.mark.parametrize("hang", [nothing_hangs, x_hangs, slack_hangs])
def test_a_signal_stops_the_service_in_time_and_says_so(
    tmp_path: Path, hang: Callable[[Town], None], by: signal.Signals
) -> None:
    with Town(tmp_path) as town:
        run = town.start()
        hang(town)
        code, seconds = run.stop(by)
        assert (code, seconds < STOPS_WITHIN_S) == (0, True)
        assert [line["event"] for line in run.lines] == ["vaste runs", "vaste stops", "vaste stopped"]
        checked = town.vaste("check")
        assert "no problems" in checked.stdout, checked.stdout


def test_what_was_under_way_at_a_stop_is_done_by_the_next_start(tmp_path: Path) -> None:
    with Town(tmp_path) as town:
        run = town.start()
        slack_hangs(town)
        town.slack.hang("chat.postMessage", times=0)
        run.stop()
        post = town.says("pekka", "kirjoitettu kun palvelu ei käynyt")
        town.slack._faults.clear()
        town.start(ready=False)
        town.card_of(post)
        wait_for("both cards", lambda: len(town.slack.messages()) == 2)
        assert len(town.log()) == 2


def test_a_second_service_on_the_same_page_goes_on_without_a_page(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    with Town(first) as one:
        page = one.start().page
        assert page is not None
        with Town(second, web={"listen": page.removeprefix("http://").rstrip("/")}) as other:
            run = other.start(ready=False)
            wait_for("the warning", lambda: run.told("no page"))
            other.card_of(other.says("maija_k", "hälytykset kulkevat silti"))
            assert run.told("vaste runs")[0]["page"] is None


def test_an_unusable_configuration_keeps_it_from_starting(tmp_path: Path) -> None:
    with Town(tmp_path) as town:
        town.config.write_text(json.dumps({"brand": "Aino Kahvi", "soruces": []}), encoding="utf-8")
        refused = town.vaste("run")
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "config.yaml:1:" in refused.stderr
