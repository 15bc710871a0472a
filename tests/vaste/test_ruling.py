"""What becomes of a mention: no case, a new one, or a line in the one there is."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from casebook.case import Case, CustomerPost, FoundAnswer, Status
from casebook.event import Event, EventKind
from casebook.fold import fold
from casebook.measures import follow_ups
from casebook.mention import Verdict
from casebook.record import Change, Ruling, Surroundings
from casebook.timing import breaches, deadlines
from playbooks.escalate import Team
from playbooks.playbook import Match, Playbook, Severity
from tests.fakes import (
    ANGRY,
    GLASS,
    HOUR,
    LATE_DELIVERY,
    MINUTE,
    RECALL,
    THANKS,
    TICK,
    acknowledged,
    answered,
    at,
    case_of,
    closed,
    deserted_desk,
    desk,
    dismissed,
    happened,
    joined,
    kinds,
    opened,
    surroundings,
    told,
)
from tests.in_english import said
from vaste.chain import look_at
from vaste.desk import Desk
from vaste.ruling import rule

A_TICK = TICK.total_seconds() / 60
QUIETLY_OPENED = [opened(quiet=True), joined(1, 0)]
DAYS = 24 * 60


def ruled(around: Surroundings, verdict: Verdict, minutes: float, here: Desk | None = None) -> Ruling:
    return rule(around, verdict, here or desk(), now=at(minutes))


def opening(around: Surroundings, verdict: Verdict, minutes: float, here: Desk | None = None) -> Change:
    change = ruled(around, verdict, minutes, here).opens
    assert change is not None
    return change


def follow_up(
    history: Sequence[Event],
    minutes: float,
    verdict: Verdict = ANGRY,
    *,
    now: float | None = None,
    here: Desk | None = None,
    backfilled: bool = False,
) -> tuple[Case, Change]:
    """Maija's post 2 joins the case of these events; gives the case as it stands then, and the change."""
    case = case_of(*history)
    around = surroundings(2, minutes, case=case, backfilled=backfilled)
    change = ruled(around, verdict, minutes + 1 if now is None else now, here).joins
    assert change is not None
    return fold(7, _all(history, change)), change


def _all(history: Sequence[Event], change: Change) -> tuple[Event, ...]:
    begun = () if history and history[0].kind is EventKind.OPENED else (opened(), joined(1, 0))
    return (*begun, *history, *change.events)


# ---- opening -----------------------------------------------------------------------------------------


def test_what_no_playbook_matches_opens_no_case_and_keeps_the_reason() -> None:
    ruling = ruled(surroundings(1, 0), THANKS, 1)
    assert (ruling.opens, ruling.joins, ruling.playbook) == (None, None, None)
    assert said(ruling.reason).startswith("no case")


def test_a_loud_case_alerts_the_team_and_whoever_is_on_call() -> None:
    change = opening(surroundings(1, 0), GLASS, 2)
    assert told(change) == [("card", "team:care", ""), ("page", "person:aino", "opened")]
    case = fold(0, change.events)
    assert (case.status, case.opened_at, case.posted_at, case.paged) == (Status.OPEN, at(2), at(0), ("aino",))
    assert deadlines(case) == {"acknowledge": at(7), "respond": at(30)}


def test_a_console_reaches_nobody_alone() -> None:
    assert told(opening(surroundings(1, 0), GLASS, 2, desk(direct=False))) == [("card", "team:care", "")]


def test_opening_with_nobody_on_call_is_an_event_and_the_watch_looks_at_once() -> None:
    change = opening(surroundings(1, 0), GLASS, 2, deserted_desk())
    assert kinds(change) == [EventKind.OPENED, EventKind.JOINED, EventKind.NOBODY_ON_CALL]
    assert told(change) == [("card", "team:care", "")]
    assert look_at(fold(0, change.events)) == at(2)


def test_a_post_already_answered_opens_as_responded_and_alerts_nobody() -> None:
    around = surroundings(1, 0, answers=[FoundAnswer(9, at(10), "ainokahvi")])
    change = opening(around, GLASS, 12)
    case = fold(0, change.events)
    assert (case.status, change.owed, case.quiet) == (Status.RESPONDED, (), True)
    assert set(deadlines(case)) == {"respond"}
    assert breaches(case, now=at(9000)) == ()


def test_answered_before_it_opened_but_too_late_it_tells_its_breach_at_once() -> None:
    around = surroundings(1, 0, answers=[FoundAnswer(9, at(31), "ainokahvi")])
    [*_, last] = opening(around, GLASS, 60).events
    assert (last.kind, last.happened_at) == (EventKind.BREACHED, at(30))


def test_an_answer_to_something_earlier_does_not_answer_the_post_that_opens() -> None:
    praise = CustomerPost(5, at(-60), deserving=False, sentiment="positive")
    change = opening(
        surroundings(1, 0, posts=[praise], answers=[FoundAnswer(9, at(-50), "ainokahvi")]), GLASS, 2
    )
    case = fold(0, change.events)
    assert (case.status, case.posted_at) == (Status.OPEN, at(0))
    assert len(change.owed) == 2


def test_the_clock_starts_with_what_they_wrote_before_and_nobody_answered() -> None:
    grumble = CustomerPost(5, at(-10), deserving=False, sentiment="neutral")
    case = fold(0, opening(surroundings(1, 0, posts=[grumble]), GLASS, 2).events)
    assert (case.posted_at, case.first_post.post) == (at(-10), 5)


@pytest.mark.parametrize(
    ("backfilled", "now", "alerts", "why"),
    [
        (True, 30, True, "its respond deadline has not passed at its instant"),
        (True, 30 + A_TICK, False, "just after, nobody is alerted"),
        (False, 30 + A_TICK, True, "a post of the present alerts however late it is seen"),
    ],
)
def test_a_post_from_before_the_first_start_alerts_only_while_it_can_be_answered_in_time(
    *,
    backfilled: bool,
    now: float,
    alerts: bool,
    why: str,
) -> None:
    change = opening(surroundings(1, 0, backfilled=backfilled), GLASS, now)
    assert bool(change.owed) is alerts, why
    assert ("acknowledge" in deadlines(fold(0, change.events))) is alerts, (
        "alerted nobody, no acknowledge clock"
    )


@pytest.mark.parametrize(
    ("backfilled", "now", "alerts"),
    [(True, DAYS, True), (True, DAYS + A_TICK, False), (False, 60 * DAYS, True)],
)
def test_without_a_respond_deadline_a_post_from_before_the_first_start_alerts_for_a_day(
    *, backfilled: bool, now: float, alerts: bool
) -> None:
    open_ended = replace(RECALL, respond_within=None)
    change = opening(surroundings(1, 0, backfilled=backfilled), GLASS, now, desk(playbooks=[open_ended]))
    assert bool(change.owed) is alerts


# ---- others in the thread ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "opens"),
    [(ANGRY, None), (GLASS, "recall")],
    ids=["on sentiment alone: none", "on a topic: a case of their own"],
)
def test_a_bystander_opens_a_case_only_by_what_they_say(verdict: Verdict, opens: str | None) -> None:
    ruling = ruled(surroundings(3, 5, bystander=True), verdict, 6)
    assert ruling.playbook == opens
    assert (ruling.opens is not None) is (opens is not None)


def test_a_bystander_opens_no_case_by_a_playbook_that_matches_everything() -> None:
    everything = desk(playbooks=[replace(LATE_DELIVERY, match=Match())])
    assert ruled(surroundings(3, 5, bystander=True), GLASS, 6, everything).opens is None
    assert ruled(surroundings(3, 5), GLASS, 6, everything).opens is not None


# ---- follow-ups --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("history", "minutes", "verdict", "status", "events", "why"),
    [
        ([], 10, ANGRY, Status.OPEN, [], "not answered yet: it belongs to the first response"),
        ([acknowledged(4)], 10, ANGRY, Status.ACKNOWLEDGED, [], "taken, not answered yet"),
        ([answered(9, 5)], 10, THANKS, Status.RESPONDED, [], "thanks ask for nothing"),
        ([answered(9, 5)], 5, ANGRY, Status.RESPONDED, [], "posted at the instant of the reply"),
        ([answered(9, 5)], 5 + A_TICK, ANGRY, Status.ACKNOWLEDGED, [EventKind.WAITS], "just after: waits again"),
        ([answered(9, 50)], 10, ANGRY, Status.RESPONDED, [], "seen after the reply, posted before it"),
        ([acknowledged(4), closed(6)], 10, THANKS, Status.CLOSED, [], "thanks reopen nothing"),
        ([acknowledged(4), closed(6)], 10, ANGRY, Status.OPEN, [EventKind.REOPENED], "closed: reopened"),
        ([acknowledged(4), dismissed(6)], 10, ANGRY, Status.OPEN, [EventKind.REOPENED], "dismissed: reopened"),
        ([answered(9, 50), closed(60)], 10, ANGRY, Status.CLOSED, [], "answered since: stays closed"),
    ],
)  # fmt: skip
def test_what_a_follow_up_does(
    *,
    history: list[Event],
    minutes: float,
    verdict: Verdict,
    status: Status,
    events: list[EventKind],
    why: str,
) -> None:
    case, change = follow_up(history, minutes, verdict, now=70)
    assert case.status is status, why
    assert [kind for kind in kinds(change) if kind not in {EventKind.JOINED, EventKind.BREACHED}] == events, (
        why
    )


def test_from_not_deserving_to_deserving_to_answered_the_next_response_runs_from_the_deserving_one() -> None:
    history = [acknowledged(4), answered(9, 5), joined(3, 20, deserving=False)]
    case, _ = follow_up(history, 30)
    assert case.status is Status.ACKNOWLEDGED
    later = fold(7, [opened(), joined(1, 0), *history, joined(2, 30), joined(4, 40), answered(8, 45)])
    first, second = follow_ups(later)
    assert first.wait is not None
    assert (first.begins, first.asked_at, first.wait.ended_at) == (True, at(30), at(45))
    assert (second.begins, second.asked_at) == (False, at(40))


def test_an_owner_is_told_once_of_a_wait_however_often_the_customer_writes() -> None:
    case, change = follow_up([acknowledged(4), answered(9, 5), joined(3, 20), happened_wait(3, 20)], 30)
    assert (change.owed, case.status) == ((), Status.ACKNOWLEDGED)


def happened_wait(post: int, minutes: float) -> Event:
    wait = happened(EventKind.WAITS, minutes, noticed_at=at(minutes).isoformat())
    return replace(wait, post=post)


def test_a_follow_up_brings_the_answers_that_are_known_by_now() -> None:
    case = case_of()
    around = surroundings(2, 10, case=case, answers=[FoundAnswer(9, at(20), "ainokahvi")])
    change = ruled(around, ANGRY, 30).joins
    assert change is not None
    assert kinds(change)[:2] == [EventKind.JOINED, EventKind.ANSWERED]


def test_an_answer_is_known_by_its_post_though_the_account_was_renamed_since() -> None:
    case = case_of(answered(9, 5))
    around = surroundings(2, 3, case=case, answers=[FoundAnswer(9, at(5), "aino_kahvi_oy")])
    change = ruled(around, THANKS, 30).joins
    assert change is not None
    assert kinds(change) == [EventKind.JOINED]


# ---- reopening, or a new case linked to the old one --------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "reopens", "why"),
    [
        (6 + 7 * DAYS, True, "seven days after the end, to the instant"),
        (6 + 7 * DAYS + A_TICK, False, "later than that opens a new case"),
    ],
)
@pytest.mark.parametrize("end", [closed(6), dismissed(6)])
def test_a_late_post_reopens_or_opens_a_linked_case(
    *,
    end: Event,
    minutes: float,
    reopens: bool,
    why: str,
) -> None:
    case = case_of(acknowledged(4), end)
    ruling = ruled(surroundings(2, minutes, case=case), ANGRY, minutes + 1)
    assert (ruling.joins is not None, ruling.opens is not None) == (reopens, not reopens), why


def test_thanks_a_month_later_join_the_closed_case() -> None:
    case = case_of(acknowledged(4), answered(9, 5), closed(6))
    assert ruled(surroundings(2, 30 * DAYS, case=case), THANKS, 30 * DAYS + 1).joins is not None


def test_a_reopened_case_goes_to_its_owner() -> None:
    case, change = follow_up([acknowledged(4, "ben"), closed(6, "ben")], 10)
    assert (case.reopened, case.paged) == (1, ("ben",))
    assert told(change) == [("card", "team:care", ""), ("page", "team:care", "reopened")]


# ---- raised to a more severe playbook ----------------------------------------------------------------


def test_a_follow_up_on_something_graver_raises_the_case_and_pages_anew() -> None:
    case, change = follow_up([acknowledged(4, "ben")], 60, GLASS)
    assert kinds(change)[:2] == [EventKind.JOINED, EventKind.RAISED]
    assert (case.policy.playbook, case.policy.severity, case.status) == ("recall", "critical", Status.OPEN)
    assert deadlines(case) == {"acknowledge": at(61 + 5), "respond": at(60 + 30)}
    assert told(change) == [
        ("card", "team:care", ""),
        ("page", "team:care", "raised"),
        ("page", "person:aino", "raised"),
    ]


@pytest.mark.parametrize(
    "history",
    [
        [acknowledged(4), answered(9, 5)],
        [answered(9, 5)],
        [acknowledged(4), closed(6)],
        [acknowledged(4), answered(9, 5), closed(6)],
        [dismissed(6)],
    ],
)
def test_one_post_that_raises_is_one_page_whatever_it_does_besides(history: list[Event]) -> None:
    case, change = follow_up(history, 60, GLASS)
    assert [why for kind, _, why in told(change) if kind == "page"] == ["raised", "raised"]
    assert (case.status, case.ended_at, case.is_untaken) == (Status.OPEN, None, True)


def test_a_breach_from_before_the_raise_stays() -> None:
    case, _ = follow_up([], 60, GLASS)
    assert case.missed == ("acknowledge",)
    assert breaches(case, now=at(61)) == ("acknowledge",)


def test_raising_with_nobody_on_call_is_an_event() -> None:
    _, change = follow_up([], 10, GLASS, here=deserted_desk())
    assert EventKind.NOBODY_ON_CALL in kinds(change)


@pytest.mark.parametrize(
    ("playbook", "why"),
    [
        (replace(RECALL, severity=Severity.NORMAL), "as severe"),
        (replace(RECALL, severity=Severity.LOW), "less severe"),
    ],
)
def test_only_something_graver_raises(playbook: Playbook, why: str) -> None:
    case, _ = follow_up([], 10, GLASS, here=desk(playbooks=[playbook, LATE_DELIVERY]))
    assert case.policy.playbook == "delivery", why


def test_a_grave_post_that_was_answered_already_raises_nothing() -> None:
    case, change = follow_up([answered(9, 50)], 10, GLASS, now=60)
    assert (case.policy.playbook, change.owed) == ("delivery", ())


# ---- posts from before the first start ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("history", "verdict", "why"),
    [
        (QUIETLY_OPENED, ANGRY, "unanswered and old"),
        ([*QUIETLY_OPENED, answered(9, 5)], ANGRY, "waits again since long ago"),
        (QUIETLY_OPENED, GLASS, "graver, and as old"),
        ([*QUIETLY_OPENED, answered(9, 5)], GLASS, "graver, after an answer"),
    ],
)
def test_old_follow_ups_alert_nobody(history: list[Event], verdict: Verdict, why: str) -> None:
    case, change = follow_up(history, 10, verdict, now=2000, backfilled=True)
    assert (change.owed, case.chain_from, case.unheard) == ((), None, True), why
    assert "acknowledge" not in deadlines(case), why


def test_an_old_follow_up_leaves_a_running_chain_alone() -> None:
    case, _ = follow_up([opened(1990), joined(1, 1990)], 10, now=2000, backfilled=True)
    assert (case.chain_from, case.unheard) == (at(1990), False)


def test_an_old_follow_up_reopens_nothing() -> None:
    case, change = follow_up([acknowledged(4), closed(6)], 10, now=2000, backfilled=True)
    assert (case.status, change.owed) == (Status.CLOSED, ())


def test_a_graver_old_post_neither_pages_anybody_nor_silences_a_chain_that_runs() -> None:
    case, change = follow_up([opened(1990), joined(1, 1990)], 10, GLASS, now=2000, backfilled=True)
    assert (case.policy.playbook, change.owed) == ("recall", ())
    assert (case.chain_from, case.paged, case.unheard) == (at(1990), ("aino",), False)
    assert "acknowledge" not in deadlines(case)
    assert "respond" in breaches(case, now=at(2000))


def test_a_graver_old_post_calls_another_team_that_has_heard_of_nothing() -> None:
    here = desk(playbooks=[replace(RECALL, team="quality"), LATE_DELIVERY])
    here = replace(
        here, teams={**here.teams, "quality": Team("quality", "#quality", here.teams["care"].rota)}
    )
    _, change = follow_up([opened(1990), joined(1, 1990)], 10, GLASS, now=2000, backfilled=True, here=here)
    assert ("page", "team:quality", "raised") in told(change)


def test_months_old_praise_followed_by_a_months_old_complaint_calls_nobody() -> None:
    praise = replace(LATE_DELIVERY, respond_within=None, acknowledge_within=None, severity=Severity.LOW)
    here = desk(playbooks=[RECALL, praise])
    first = opening(surroundings(1, 0, backfilled=True), ANGRY, 60 * DAYS, here)
    assert first.owed == ()
    case, change = follow_up(first.events, 10, GLASS, now=60 * DAYS, backfilled=True, here=here)
    assert (case.policy.playbook, change.owed, case.chain_from) == ("recall", (), None)
    assert "acknowledge" not in deadlines(case)


@pytest.mark.parametrize(
    "silence", [[], [answered(9, 5), joined(3, 6), replace(happened_wait(3, 6), facts={"quiet": True})]]
)
def test_a_post_of_the_present_is_heard_though_the_case_was_opened_in_silence(silence: list[Event]) -> None:
    case, change = follow_up([*QUIETLY_OPENED, *silence], 2000)
    assert [kind for kind in kinds(change) if kind is EventKind.WAITS] == [EventKind.WAITS]
    assert told(change) == [("card", "team:care", ""), ("page", "team:care", "waits_again")]
    assert (case.chain_from, case.paged, case.is_untaken) == (at(2001), ("aino",), True)
    again, more = follow_up([*QUIETLY_OPENED, *silence, *change.events], 2010)
    assert (more.owed, again.chain_from) == ((), at(2001)), "and is told once"


def test_the_playbooks_of_the_tests_have_the_deadlines_the_minutes_speak_of() -> None:
    assert (RECALL.acknowledge_within, RECALL.respond_within) == (5 * MINUTE, 30 * MINUTE)
    assert LATE_DELIVERY.respond_within == 2 * HOUR
