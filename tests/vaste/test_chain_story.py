"""Whole evenings of the chain, through the real jobs and the record: who was told what, and what stands there."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from casebook.event import EventKind
from casebook.grounds import as_facts, ground
from casebook.store import Store
from notifier.channel import Page, Press
from playbooks.escalate import Team
from playbooks.playbook import Playbook, Repeat, Severity, Step
from tests.fakes import HOUR, LATE_DELIVERY, MINUTE, HandClock, at, care, desk
from tests.vaste.stand_ins import ToldChannel, ToldSource, batch, make_jobs, mention, open_store
from vaste.desk import Desk
from vaste.jobs import Jobs

STUBBORN = replace(
    LATE_DELIVERY,
    severity=Severity.CRITICAL,
    ask_after=30 * MINUTE,
    repeat=Repeat(30 * MINUTE, 1),
    escalate=(Step(5 * MINUTE, "backup"), Step(10 * MINUTE, "round_robin", ("#press",))),
)
AINO, BEN = "U0123", "U0124"
EVENING: tuple[tuple[float, Press | None], ...] = (
    (1, None),
    (2, Press(1, "snooze", AINO, "31m")),
    (20, None),
    (33, None),
    (34, Press(1, "acknowledge", AINO)),
    (63, None),
    (64, None),
    (94, None),
    (99, None),
    (104, None),
    (109, None),
    (139, None),
    (140, Press(1, "acknowledge", BEN)),
    (141, Press(1, "close", BEN)),
    (400, None),
)
"""What is pressed how many minutes after noon, before the jobs look."""
POINTS = {"ruled": 1, "watched": 2, "sent": 9}
"""After which points the power fails, at each passing or at every so many (messages are many, and alike)."""


class Death(BaseException):
    """As if the power had failed: nothing in the program catches it."""


def staffed(*playbooks: Playbook, **limits: int) -> Desk:
    """Aino on call, Ben next, Caro in the team."""
    rota = care("aino", "ben").rota
    teams = {"care": Team("care", "#some-asiakaspalvelu", rota, ("caro",), **limits)}
    return replace(desk(playbooks=playbooks), teams=teams)


def tick(jobs: Jobs) -> None:
    jobs.poll("feed")
    jobs.triage()
    jobs.match()
    jobs.watch()
    jobs.deliver()


def live(store: Store, channel: ToldChannel, clock: HandClock, *, die_at: str = "", nth: int = 0) -> bool:
    """Live on through the evening, or die on the way; says whether it was over."""
    passed = 0

    def crash(point: str) -> None:
        nonlocal passed
        passed += point == die_at
        if point == die_at and passed == nth:
            raise Death

    store.release_leases(lambda name: name == store.holder)
    source = ToldSource("feed", batch(mention("1", 0)))
    jobs = make_jobs(
        store, source, channels=[channel], clock=clock, at_desk=staffed(STUBBORN), pace=timedelta(0)
    )
    jobs.crash = crash
    jobs.begin()
    try:
        for minutes, press in EVENING:
            if clock.now() > at(minutes):  # that was in a former life
                continue
            clock.advance(at(minutes) - clock.now())
            if press is not None:  # whoever saw nothing come of it presses again
                jobs.press(press)
            tick(jobs)
    except Death:
        return False
    return True


def happened(store: Store, number: int = 1) -> list[str]:
    aside = {EventKind.BREACHED, EventKind.JOINED}
    return [event.kind.value for event in store.events(number) if event.kind not in aside]


def pages(channel: ToldChannel) -> list[tuple[str, str, Sequence[str]]]:
    """Every page that was accepted: (destination, why, whom it names)."""
    contents = [
        (message.destination, message.content) for sent in channel.standing.values() for message in sent
    ]
    return [
        (destination, page.why, [person.key for person in page.people])
        for destination, page in contents
        if isinstance(page, Page)
    ]


def test_an_evening_of_a_case_that_nobody_finishes(tmp_path: Path) -> None:
    store, channel = open_store(tmp_path), ToldChannel()
    assert live(store, channel, HandClock())
    assert happened(store) == [
        "opened",
        "alerted",
        "snoozed",
        "woke",
        "acknowledged",
        "warned",
        "asked",
        "returned",
        "escalated",
        "escalated",
        "chain_ended",
        "repeated",
        "acknowledged",
        "closed",
    ]
    directly = [(why, people) for destination, why, people in pages(channel) if destination.startswith("U")]
    assert directly == [
        ("opened", ["aino"]),
        ("snooze_over", ["aino"]),
        ("asked", ["aino"]),
        ("returned", ["ben"]),  # Aino was asked in vain
        ("escalated", ["ben"]),  # the backup by the playbook
        ("escalated", ["caro"]),  # in turn: of the team only she was not called in this round
        ("repeated", ["aino"]),
    ]
    assert [where for where, why, _ in pages(channel) if where == "#press"] == ["#press"]
    [row] = store.log(now=at(400))
    assert (row["acknowledged_by"], row["tta_s"], row["escalations"]) == ("aino", 33 * 60, 2)
    store.engine.dispose()


@pytest.mark.parametrize(("point", "every"), POINTS.items())
def test_dying_anywhere_in_that_evening_loses_nothing_and_repeats_nothing(
    tmp_path: Path, point: str, every: int
) -> None:
    empty = tmp_path / "empty.db"
    open_store(tmp_path, name=empty.name).engine.dispose()
    undisturbed = ToldChannel()
    whole = copied(empty, "whole")
    assert live(whole, undisturbed, HandClock())
    times = 0
    while True:
        store, channel, clock = copied(empty, str(times)), ToldChannel(), HandClock()
        died = not live(store, channel, clock, die_at=point, nth=times + 1)
        assert not died or live(store, channel, clock)
        assert all(len(messages) == 1 for messages in channel.standing.values())
        assert channel.standing.keys() == undisturbed.standing.keys()
        assert happened(store) == happened(whole)
        assert calls(store) == calls(whole)
        store.engine.dispose()
        if not died:
            break
        times += every
    assert times >= every
    whole.engine.dispose()


def copied(empty: Path, name: str) -> Store:
    folder = empty.parent / name
    folder.mkdir()
    shutil.copy(empty, folder / "vaste.db")
    return open_store(folder, is_new=False)


def calls(store: Store) -> dict[str, object]:
    return dict(store.loads(now=at(400), night=(at(0), at(400))))


# ---- load --------------------------------------------------------------------------------------------


def morning(tmp_path: Path, at_desk: Desk, *customers: str) -> tuple[Store, Jobs, ToldChannel]:
    """One customer after another writes, a minute apart, and nobody takes anything."""
    store, channel, clock = open_store(tmp_path), ToldChannel(), HandClock()
    posts = (batch(mention(name, place, author=name)) for place, name in enumerate(customers))
    source = ToldSource("feed", *posts)
    jobs = make_jobs(store, source, channels=[channel], clock=clock, at_desk=at_desk, pace=timedelta(0))
    jobs.begin()
    for _ in customers:
        tick(jobs)
        clock.advance(MINUTE)
    return store, jobs, channel


def called(store: Store) -> list[list[str]]:
    """Whom each case called first."""
    return [
        store.events(number)[0].facts["people"] for number in range(1, len(list(store.log(now=at(60)))) + 1)
    ]


def test_whoever_has_too_many_open_cases_is_passed_over_and_the_record_says_why(tmp_path: Path) -> None:
    store, jobs, _ = morning(tmp_path, staffed(LATE_DELIVERY, max_open=2), "ada", "bo", "cai", "dan", "eve")
    assert called(store) == [["aino"], ["aino"], ["ben"], ["ben"], ["aino"]], "when both have two, it stays"
    passed = [event for event in store.events(3) if event.kind is EventKind.PASSED_OVER]
    assert [event.facts for event in passed] == [
        {
            "person": "aino",
            "reason": as_facts([ground("overloaded.open_cases", had=2, most=2)]),
            "instead": ["ben"],
        }
    ]
    assert "passed_over" not in happened(store, 5)
    jobs.press(Press(1, "close", AINO))
    jobs.press(Press(2, "close", AINO))
    assert store.loads(now=at(10), night=(at(0), at(60)))["aino"].open_cases == 1
    store.engine.dispose()


def test_for_what_is_critical_nobody_is_passed_over(tmp_path: Path) -> None:
    critical = replace(LATE_DELIVERY, severity=Severity.CRITICAL)
    store, _, _ = morning(tmp_path, staffed(critical, max_open=1), "ada", "bo", "cai")
    assert called(store) == [["aino"], ["aino"], ["aino"]]
    store.engine.dispose()


def test_whoever_was_called_too_often_last_night_is_passed_over_in_the_morning(tmp_path: Path) -> None:
    alone = replace(LATE_DELIVERY, escalate=())
    store, jobs, _ = morning(tmp_path, staffed(alone, max_night_pages=2), "ada")
    assert isinstance(jobs.clock, HandClock)
    source, _ = jobs.sources["feed"]
    assert isinstance(source, ToldSource)
    # noon is 14 in Helsinki; 22 is eight hours later, and at 7 the night is over
    for hours, name in ((8, "bo"), (10, "cai"), (12, "dan"), (19, "eve")):
        jobs.clock.advance(at(0) + hours * HOUR - jobs.clock.now())
        source.turns.append(batch(mention(name, hours * 60, author=name)))
        tick(jobs)
    assert called(store) == [["aino"], ["aino"], ["aino"], ["aino"], ["ben"]], "three calls are more than two"
    store.engine.dispose()


def test_where_nothing_hangs_on_it_nobody_is_counted(tmp_path: Path) -> None:
    at_desk = staffed(LATE_DELIVERY)
    assert not at_desk.counts_loads
    assert staffed(LATE_DELIVERY, max_open=2).counts_loads
    assert staffed(LATE_DELIVERY, max_night_pages=2).counts_loads
    assert staffed(STUBBORN).counts_loads
