"""Somebody left Slack: nobody counts on them any more, and their cases go on at once."""

from dataclasses import replace
from pathlib import Path

import pytest

from casebook.event import EventKind
from casebook.grounds import from_facts
from casebook.store import Store
from notifier.channel import ChannelUnavailable, Message, Press, Sent, Whereabouts
from tests.fakes import LATE_DELIVERY, MINUTE, RECALL, HandClock, desk, policy
from tests.in_english import said
from tests.vaste.stand_ins import ToldChannel, ToldSource, batch, make_jobs, mention, open_store
from vaste.desk import Desk
from vaste.jobs import Jobs

LOUD = replace(LATE_DELIVERY, name="loud", severity=RECALL.severity)
"""Calls people by direct message."""


class Workspace(ToldChannel):
    """A channel that knows members; those who left take no direct message."""

    def __init__(self) -> None:
        super().__init__("slack")
        self.gone: set[str] = set()
        self.emails = {"aino@example.fi": "U0123"}
        self.asked: list[str] = []
        self.is_down = False

    def look_for(self, written: str) -> Whereabouts:
        self.asked.append(written)
        if self.is_down:
            raise ChannelUnavailable("Slack cannot be reached")
        member = self.emails.get(written, written)
        return Whereabouts(member, f"{written} is deactivated" if member in self.gone else None)

    def send(self, message: Message, *, now: object) -> Sent:
        if self.emails.get(message.destination, message.destination) in self.gone:
            raise ChannelUnavailable("deactivated", permanent=True, unreachable=True)
        return super().send(message, now=now)  # type: ignore[arg-type]  # it looks at no clock


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path)


@pytest.fixture
def workspace() -> Workspace:
    return Workspace()


@pytest.fixture
def jobs(store: Store, workspace: Workspace) -> Jobs:
    clock = HandClock()
    jobs = make_jobs(
        store,
        ToldSource("feed", batch(mention("1", 1))),
        channels=[workspace],
        clock=clock,
        at_desk=desk(playbooks=[LOUD]),
    )
    jobs.begin()
    clock.advance(MINUTE)
    return jobs


def open_case(jobs: Jobs) -> None:
    jobs.poll("feed")
    jobs.triage()


def reasons(store: Store, kind: EventKind) -> list[object]:
    return [said(from_facts(event.facts["reason"])) for event in store.events(1) if event.kind is kind]


def called(workspace: Workspace) -> list[str]:
    return sorted({one.destination for one in workspace.tried if one.destination.startswith("U")})


def test_somebody_who_left_is_passed_over_and_the_next_step_comes_at_once(
    store: Store, jobs: Jobs, workspace: Workspace
) -> None:
    workspace.gone.add("U0123")
    assert jobs.find_people() == 1
    open_case(jobs)
    jobs.watch()
    jobs.deliver()
    assert reasons(store, EventKind.NOBODY_ON_CALL) == ["on call in care; aino can't be reached in slack"]
    assert [event.facts["people"] for event in store.events(1) if event.kind is EventKind.ESCALATED] == [
        ["ben"]
    ]
    assert called(workspace) == ["U0124"]
    assert [problem.message for problem in store.problems()] == [
        "person aino can't be reached in slack: U0123 is deactivated"
    ]


def test_somebody_who_is_back_is_called_again_and_the_trouble_is_over(
    store: Store, jobs: Jobs, workspace: Workspace
) -> None:
    workspace.gone.add("U0123")
    jobs.find_people()
    workspace.gone.clear()
    assert jobs.find_people() == 0
    open_case(jobs)
    jobs.deliver()
    assert called(workspace) == ["U0123"]
    assert store.problems() == []


def test_a_refused_direct_message_hurries_the_case_without_waiting_for_the_next_look(
    store: Store, jobs: Jobs, workspace: Workspace
) -> None:
    jobs.find_people()
    asked = len(workspace.asked)
    workspace.gone.add("U0123")
    open_case(jobs)
    jobs.deliver()
    assert reasons(store, EventKind.NOBODY_ON_CALL) == ["aino can't be reached in slack"]
    jobs.watch()
    assert [event.facts["people"] for event in store.events(1) if event.kind is EventKind.ESCALATED] == [
        ["ben"]
    ]
    assert len(workspace.asked) == asked, "nobody is asked about for each page"


def test_a_taken_case_is_not_hurried_by_it(store: Store, jobs: Jobs, workspace: Workspace) -> None:
    workspace.gone.add("U0123")
    open_case(jobs)
    jobs.press(Press(1, "acknowledge", "U0124"))
    jobs.deliver()
    assert reasons(store, EventKind.NOBODY_ON_CALL) == []


def test_a_workspace_that_cannot_be_asked_leaves_what_was_known(
    store: Store, jobs: Jobs, workspace: Workspace
) -> None:
    workspace.gone.add("U0123")
    jobs.find_people()
    workspace.is_down = True
    assert jobs.find_people() == 1
    assert "slack: people can't be looked up: Slack cannot be reached" in [
        problem.message for problem in store.problems()
    ]


def test_an_address_becomes_a_member_so_that_their_press_is_theirs(
    store: Store, jobs: Jobs, workspace: Workspace
) -> None:
    jobs.desk = written_by_email(jobs)
    jobs.find_people()
    assert jobs.desk.people["aino"].slack == "U0123"
    open_case(jobs)
    jobs.press(Press(1, "acknowledge", "U0123"))
    case = store.case(1)
    assert case is not None
    assert case.owner == "aino"
    jobs.find_people()
    assert workspace.asked.count("aino@example.fi") == 2, "asked by what the configuration says"


def written_by_email(jobs: Jobs) -> Desk:
    people = jobs.desk.people
    return replace(jobs.desk, people={**people, "aino": replace(people["aino"], slack="aino@example.fi")})


def test_a_step_that_means_several_calls_those_who_are_left() -> None:
    known = replace(desk(), unreachable={"ben": "slack"})
    reached = known.reach("everyone", policy(), at=HandClock().now())
    assert (reached.people, said(reached.unreached)) == (("aino",), "ben can't be reached in slack")
    assert known.reach("backup", policy(), at=HandClock().now()).is_nobody
