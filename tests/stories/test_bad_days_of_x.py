"""X has a bad day, and the service lives: it says so once, goes on by itself, and nothing is lost."""

import time
from collections.abc import Callable, Iterator

import pytest

from tests.stories.service import Run, Town, wait_for

pytestmark = pytest.mark.slow

Fault = Callable[[Town], None]
EVERY = "/2/"
"""Every question to X."""
PAGE = "<!DOCTYPE html><html><body>Over capacity</body></html>"
MANY = 10_000


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with Town(tmp_path_factory.mktemp("x")) as town:
        town.start()
        yield town


def answering(status: int, body: object = None, **headers: str) -> Fault:
    def begin(town: Town) -> None:
        town.x.fail_next(EVERY, status=status, body=body or {}, headers=headers, times=MANY)

    return begin


def used_up_for_three_seconds(town: Town) -> None:
    reset = {"x-rate-limit-reset": str(int(time.time()) + 4)}
    town.x.fail_next(EVERY, status=429, body={}, headers=reset, times=MANY)


FAULTS: dict[str, tuple[Fault, str]] = {
    "401": (answering(401), "401"),
    "402": (answering(402), "402"),
    "429 without a reset": (answering(429), "429"),
    "429 with a reset": (used_up_for_three_seconds, "429"),
    "a page of HTML with 503": (answering(503, PAGE), "503"),
    "no JSON": (answering(200, '{"data": [{'), "can't be read"),
    "a reset": (lambda town: town.x.reset_next(EVERY, times=MANY), "can't be reached"),
    "a hang": (lambda town: town.x.hang_next(EVERY, times=MANY), "in time"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_service_says_once_what_is_wrong_goes_on_by_itself_and_loses_nothing(town: Town, name: str) -> None:
    begin, sentence = FAULTS[name]
    run = town.runs[-1]
    before = len(said(run, "trouble")), len(said(run, "recovered"))
    begin(town)
    unseen = town.says("maija_k", f"kirjoitettu kun X vikoili: {name}")
    wait_for("the trouble", lambda: len(said(run, "trouble")) > before[0])
    assert sentence in run.healthz()["problems"][0]
    time.sleep(2)  # long enough for a second and a third look
    assert town.cards_of(unseen) == []
    town.x.heal()
    town.card_of(unseen)
    wait_for("the recovery", lambda: run.healthz()["status"] == "ok")
    assert (len(said(run, "trouble")), len(said(run, "recovered"))) == (before[0] + 1, before[1] + 1)
    assert len(town.cards_of(unseen)) == 1


def said(run: Run, event: str) -> list[object]:
    return [line["about"] for line in run.told(event)]
