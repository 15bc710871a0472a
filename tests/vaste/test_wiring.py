"""How the parts are put together."""

from pathlib import Path

from tests.servers.fake_x import FakeX
from vaste.clock import WallClock
from vaste.config import load_config
from vaste.wiring import open_store, wire


def test_people_s_handles_reach_the_sources_that_can_hear_them(tmp_path: Path) -> None:
    with FakeX(token="t") as x:
        file = tmp_path / "config.yaml"
        file.write_text(
            f"sources: [{{name: x, kind: x, handle: ainokahvi, bearer_token: t, api_url: '{x.url}'}}]\n"
            "people: {aino: {handles: {x: '@ainovirtanen'}}, ben: {}}\n"
            f"database: sqlite:///{tmp_path}/a.db\n"
        )
        config = load_config(file, {}).config
        assert config is not None
        store = open_store(config)
        jobs = wire(config, store=store, clock=WallClock())
        x.add_account("ainokahvi")
        jobs.begin()
        jobs.poll("x")
        for source, _ in jobs.sources.values():
            source.close()
        store.engine.dispose()
        (asked,) = x.asked("search")
    assert (
        asked.params["query"]
        == "(((to:ainovirtanen OR @ainovirtanen) -from:ainovirtanen)) -is:retweet -from:ainokahvi"
    )
