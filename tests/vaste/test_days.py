"""Whatever happens to a case, in whatever order: what must hold after each thing that happens."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casebook.calendar import Calendar, Span
from casebook.case import Case, FoundAnswer, Status
from casebook.event import Event
from casebook.fold import fold
from casebook.mention import Verdict
from casebook.patience import asks_at, returns_at
from casebook.quiet_hours import QuietHours
from casebook.record import Change
from casebook.timing import breaches, waits_events
from playbooks.playbook import Repeat, Step
from tests.fakes import (
    ANGRY,
    GLASS,
    HOUR,
    LATE_DELIVERY,
    MINUTE,
    NOON,
    RECALL,
    THANKS,
    HandClock,
    act,
    deserted_desk,
    desk,
    surroundings,
)
from vaste.chain import carry_out, follow, look_at, watch
from vaste.desk import Desk
from vaste.opening import not_before
from vaste.ruling import rule

_MOST_LOOKS = 80
_NOTHING = timedelta(0)


class Life:
    """The case of one customer, treated as the jobs would treat it, without a record."""

    def __init__(self, here: Desk) -> None:
        self.here = here
        self.clock = HandClock()
        self.case: Case | None = None
        self.history: list[Event] = []
        self.answers: list[FoundAnswer] = []
        self.posts = 0

    def post(self, verdict: Verdict, ago: int, *, backfilled: bool) -> None:
        """A post of hers is seen, so many minutes after it was written."""
        self.posts += 1
        around = surroundings(
            self.posts, self._minutes() - ago, case=self.case, backfilled=backfilled, answers=self.answers
        )
        ruling = rule(around, verdict, self.here, now=self.clock.now())
        if ruling.joins is not None:
            self._take(ruling.joins)
        elif ruling.opens is not None and self.case is None:
            self._take(ruling.opens)

    def reply(self, ago: int) -> None:
        """A reply of ours is found; it is noticed with her next post."""
        posted_at = self.clock.now() - ago * MINUTE
        self.answers.append(FoundAnswer(1000 + len(self.answers), posted_at, "ainokahvi"))
        self.post(THANKS, ago=0, backfilled=False)

    def press(self, verb: str, actor: str) -> None:
        if self.case is None:
            return
        until = self.clock.now() + 90 * MINUTE
        press = act(verb, self._minutes(), actor, to="ben", until=until)
        self._take(carry_out(self.case, press, self.here, now=self.clock.now())[1])
        again = carry_out(self.case, press, self.here, now=self.clock.now())
        assert again[1] == Change(), "pressed twice"

    def wait(self, minutes: int) -> None:
        """Time passes, and the watch looks whenever it says that it must."""
        until = self.clock.now() + minutes * MINUTE
        for _ in range(_MOST_LOOKS):
            looks = look_at(self.case) if self.case is not None else None
            if self.case is None or looks is None or looks > until:
                self.clock.advance(until - self.clock.now())
                return
            self.clock.advance(max(looks - self.clock.now(), _NOTHING))
            change = watch(self.case, self.here, now=self.clock.now())
            assert change.events, "the watch asked to look and found nothing to do: it would spin"
            self._take(change)
        raise AssertionError("the case never comes to rest")

    def _take(self, change: Change) -> None:
        pages = Counter((owed.addressee, owed.about) for owed in change.owed if owed.kind == "page")
        assert all(count == 1 for count in pages.values()), "one event pages nobody twice"
        assert all(owed.about < len(change.events) for owed in change.owed), "a page tells of an event"
        self.history.extend(change.events)
        if self.history:
            self.case = fold(7, self.history)
            self._holds(self.case)
            called = {str(owed.content["why"]) for owed in change.owed if owed.kind == "page"}
            assert called <= {"reassigned"} or self.case.policy.runs(self.clock.now()), "outside its hours"

    def _holds(self, case: Case) -> None:
        now = self.clock.now()
        assert case.response is None or case.response.at >= case.posted_at
        assert waits_events(case, now=now) == (), "whoever is to hear of a wait was told"
        assert set(breaches(case, now=now)) >= set(case.told_breaches) - set(case.withdrawn)
        assert _whose(case), "nobody has it, nobody is called, and nobody was told"
        if case.status in {Status.CLOSED, Status.DISMISSED, Status.RESPONDED}:
            assert case.chain_from is None, "nobody is called for what needs nobody"

    def _minutes(self) -> float:
        return (self.clock.now() - NOON) / MINUTE


SHORT_DAYS = Calendar(
    "office", ZoneInfo("Europe/Helsinki"), ((Span(840, 900), Span(915, 960)),) * 5 + ((),) * 2
)
"""Open when the first post comes, at two in the afternoon, for an hour, and after a break once more."""


def office(*, loud: str) -> Desk:
    """A desk with hours, on which the recall runs by a clock of its own."""
    playbooks = (replace(RECALL, clock=loud), replace(LATE_DELIVERY, clock="office"))
    return replace(desk(playbooks=playbooks), calendars={"office": SHORT_DAYS})


def _whose(case: Case) -> str:
    """Say why a case is no silence: who has it, or what is about to happen; nothing where it is forgotten."""
    looks = look_at(case)
    if case.status in {Status.CLOSED, Status.DISMISSED, Status.RESPONDED}:
        return case.status.value
    if case.snoozed_until is not None:
        comes_back = not_before(case, case.snoozed_until)
        return "it comes back" if looks is not None and looks <= comes_back else ""
    if not case.is_untaken:
        is_watched = (
            case.policy.ask_after is None or asks_at(case) is not None or returns_at(case) is not None
        )
        return f"{case.owner} has it" if case.owner is not None and is_watched else ""
    reasons = {
        "it is too old to alert anybody": case.chain_from is None and case.unheard,
        "the card says that nobody took it": case.chain_from is not None and case.chain_ended,
        "the chain goes on": case.chain_from is not None and looks is not None,
        "they were called, and there is no step": bool(
            case.chain_from and case.paged and not case.policy.steps
        ),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


AGO = st.sampled_from([0, 1, 10, 45, 200])
HAPPENINGS = st.lists(
    st.tuples(st.just("post"), st.sampled_from([ANGRY, GLASS, THANKS]), AGO, st.booleans())
    | st.tuples(st.just("reply"), AGO)
    | st.tuples(
        st.just("press"),
        st.sampled_from(["acknowledge", "replied", "close", "dismiss", "reopen", "reassign", "snooze"]),
        st.sampled_from(["aino", "ben", "slack:U9"]),
    )
    | st.tuples(st.just("wait"), st.sampled_from([1, 4, 10, 60, 500, 5000])),
    max_size=14,
)


SIESTA = replace(LATE_DELIVERY, quiet_hours=QuietHours(12 * 60 + 5, 14 * 60, ZoneInfo("UTC")))
STUBBORN = (
    replace(
        RECALL,
        repeat=Repeat(20 * MINUTE, 2),
        ask_after=30 * MINUTE,
        escalate=(Step(5 * MINUTE, "dave"), Step(10 * MINUTE, "round_robin", ("#press", "dave"))),
    ),
    replace(LATE_DELIVERY, repeat=Repeat(HOUR, 1), ask_after=HOUR, escalate=(), notify="direct"),
)
"""They call again, ask who is silent, and have steps that reach some, or nobody."""
EASY = (
    replace(RECALL, acknowledge_within=None, escalate=()),
    replace(LATE_DELIVERY, acknowledge_within=None),
)
"""They promise an answer, and nothing of taking the case."""
DESKS = {
    "aino on call": desk(),
    "nobody on call": deserted_desk(),
    "news every hour": desk(playbooks=(RECALL, replace(LATE_DELIVERY, update_within=60 * MINUTE))),
    "never alone": desk(playbooks=(replace(RECALL, together=True), replace(LATE_DELIVERY, together=True))),
    "business hours, and always": office(loud="always"),
    "business hours": office(loud="office"),
    "quiet hours soon": desk(playbooks=(RECALL, SIESTA)),
    "quiet hours, and nobody after them": deserted_desk(playbooks=(RECALL, SIESTA)),
    "who calls again": desk(playbooks=STUBBORN),
    "who calls nobody again": deserted_desk(playbooks=STUBBORN),
    "no time to take it": desk(playbooks=EASY),
    "no time to take it, and nobody on call": deserted_desk(playbooks=EASY),
}


@given(HAPPENINGS)
@settings(max_examples=120)
@pytest.mark.parametrize("here", DESKS.values(), ids=DESKS.keys())
def test_whatever_happens_nobody_is_forgotten_or_told_twice_and_the_watch_comes_to_rest(
    here: Desk, happenings: list[tuple[str, ...]]
) -> None:
    life = Life(here)
    life.post(ANGRY, ago=1, backfilled=False)
    for what, *rest in happenings:
        if what == "post":
            verdict, ago, backfilled = rest
            life.post(verdict, ago, backfilled=backfilled)  # type: ignore[arg-type]  # drawn for it
        else:
            getattr(life, what)(*rest)
    life.wait(60 * 24 * 30)
    assert life.case is not None
    assert look_at(life.case) is None
    assert follow(life.case, Change(), here, now=life.clock.now()) == Change()
