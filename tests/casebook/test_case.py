"""What a case is, by its events: which reply answers whom, what a press does, where it stands."""

import json
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from casebook.act import Act, Outcome, apply
from casebook.calendar import Calendar, Span
from casebook.case import MANUAL_GRACE, Case, Response, Status, with_values
from casebook.draft import Draft
from casebook.event import Event, EventKind
from casebook.fold import fold, with_events
from casebook.policy import Policy
from casebook.quiet_hours import QuietHours
from tests.fakes import (
    HOUR,
    LATE_DELIVERY,
    NOON,
    TICK,
    acknowledged,
    act,
    answered,
    at,
    case_of,
    closed,
    dismissed,
    happened,
    joined,
    opened,
    policy,
    pressed_replied,
    raised,
    reopened,
)

GRACE = MANUAL_GRACE.total_seconds() / 60
A_TICK = TICK.total_seconds() / 60


def responded(case: Case) -> Response:
    assert case.response is not None
    return case.response


def pressed(case: Case, *acts: Act) -> tuple[Case, list[Outcome]]:
    outcomes = []
    for one in acts:
        outcomes.append(apply(case, one))
        case = with_events(case, outcomes[-1].events)
    return case, outcomes


def test_a_case_begins_with_its_opening() -> None:
    with pytest.raises(ValueError, match="case 7: its first event is joined"):
        fold(7, [joined(1, 0)])


def test_a_policy_survives_being_written_down() -> None:
    whole = policy(
        together=True,
        update_within=HOUR,
        quiet_hours=QuietHours(1320, 420, ZoneInfo("Europe/Helsinki")),
        mandate="50 euroa",
        drafts=(Draft("fi", "Hei!"), Draft("fi", "Hei {author}!", "humour")),
        checklist=("kuva",),
        close_after=None,
        version="0123456789ab",
    )
    assert Policy.from_facts(json.loads(json.dumps(whole.as_facts()))) == whole


def test_what_a_case_read_once_is_read_anew_when_something_was_written_or_answered() -> None:
    history = [
        opened(),
        joined(1, 0),
        acknowledged(1),
        joined(2, 2),
        answered(10, 3),
        joined(3, 4),
        pressed_replied(5),
        joined(4, 6),
        answered(11, 7),
        closed(8),
        joined(5, 9),
        reopened(10),
    ]
    case = fold(7, history[:1])
    for event in history[1:]:
        case = with_events(case, [event])
        unread = replace(case)  # the same values, and nothing read from them yet
        for reading in ("first_post", "response", "last_reply_at", "waiting", "gone_at", "status"):
            assert getattr(case, reading) == getattr(unread, reading), (event.kind, reading)


def test_a_case_has_no_other_values_than_its_own() -> None:
    with pytest.raises(TypeError, match="a case has no ownr"):
        with_values(fold(7, [opened()]), ownr="aino")


def test_a_policy_on_a_calendar_survives_too_and_one_from_before_calendars_is_read() -> None:
    hours = (Span(540, 690), Span(720, 1020))
    days = {date(2026, 12, 24): (Span(540, 720),), date(2026, 12, 25): ()}
    calendar = Calendar(
        "office", ZoneInfo("Europe/Helsinki"), (*([hours] * 5), (), (Span(1320, 1800),)), days
    )
    whole = replace(policy(clock="office"), calendar=calendar)
    facts = json.loads(json.dumps(whole.as_facts()))
    assert Policy.from_facts(facts) == whole
    assert facts["calendar"]["version"] == calendar.version
    del facts["calendar"]
    assert Policy.from_facts(facts) == replace(whole, calendar=None)


def test_an_event_of_a_later_version_changes_nothing() -> None:
    plain = case_of()
    assert with_events(plain, [happened(EventKind.FELL_BACK, 1), happened(EventKind.REFUSED, 2)]) == plain


# ---- which post answers whom -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "begun", "response", "why"),
    [
        ([joined(1, 0)], 0, None, "nobody has answered"),
        ([joined(1, 0), answered(9, 20)], 0, 20, "a reply answers"),
        ([joined(1, 0), answered(9, 40), answered(8, 20)], 0, 20, "the earliest reply counts, found in any order"),
        ([answered(9, 20), joined(1, 0)], 0, 20, "a reply may be seen before what it answers"),
        ([joined(1, 0), answered(9, 0)], 0, 0, "a reply at the instant of the post is not earlier than it"),
        ([joined(1, 0), answered(9, -A_TICK)], 0, None, "a reply earlier than the first post answers something else"),
        ([joined(2, -30, deserving=False), joined(1, 0)], -30, None, "the customer's earliest post starts the clock"),
        ([joined(1, 0), joined(2, -30)], -30, None, "also when it is seen last"),
        (
            [joined(2, -30, deserving=False), answered(9, -20), joined(1, 0)],
            0,
            None,
            "what was answered before they deserved an answer is a finished exchange",
        ),
        (
            [joined(1, 0), answered(9, -20), joined(2, -30, deserving=False)],
            0,
            None,
            "and it is so in any order of arrival",
        ),
        (
            [joined(1, 0), joined(2, -30), answered(9, -20)],
            -30,
            -20,
            "an earlier deserving post that was answered is the first exchange",
        ),
        (
            [joined(1, 0), joined(3, -10, deserving=False), answered(9, -20), joined(2, -30, deserving=False)],
            -10,
            None,
            "after a finished exchange the first post since then starts the clock",
        ),
    ],
)  # fmt: skip
def test_the_first_response(events: list[Event], begun: float, response: float | None, why: str) -> None:
    case = case_of(opened(), *events)
    assert case.posted_at == at(begun), why
    assert (case.response and case.response.at) == (None if response is None else at(response)), why


def test_a_reply_found_twice_is_one() -> None:
    assert len(case_of(answered(9, 20), answered(9, 20)).answers) == 1


def test_a_post_judged_anew_is_still_one() -> None:
    case = case_of(joined(1, 0, deserving=False, sentiment="neutral"))
    assert [(post.post, post.sentiment) for post in case.posts] == [(1, "neutral")]


# ---- pressed answers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("posted", "found", "why"),
    [
        (5, "platform", "posted before the press: it is what the press was about"),
        (20, "platform", "posted at the press"),
        (20 + GRACE, "platform", "posted ten minutes after the press, to the instant"),
        (20 + GRACE + A_TICK, "manual", "posted later than that: the press stands"),
        (-5, "manual", "posted before the customer's post: no response at all"),
    ],
)
def test_the_platforms_time_replaces_a_press_it_belongs_to(posted: float, found: str, why: str) -> None:
    for events in ([pressed_replied(20), answered(9, posted)], [answered(9, posted), pressed_replied(20)]):
        response = responded(case_of(*events))
        assert response.found == found, why
        assert response.at == (at(posted) if found == "platform" else at(20)), why
        assert response.by == ("ainokahvi" if found == "platform" else "aino"), why


@pytest.mark.parametrize("where", ["public", "direct", "elsewhere", "unsaid"])
def test_a_press_is_a_manual_response_wherever_the_answer_was_given(where: str) -> None:
    assert responded(case_of(pressed_replied(20, where=where))) == Response(at(20), "aino", "manual")


def test_of_two_presses_the_earlier_counts_whichever_was_recorded_first() -> None:
    assert responded(case_of(pressed_replied(30, "ben"), pressed_replied(20, "aino"))).at == at(20)


# ---- where a case stands -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "status", "why"),
    [
        ([], Status.OPEN, "nobody has it"),
        ([acknowledged(4)], Status.ACKNOWLEDGED, "somebody has it"),
        ([answered(9, 20)], Status.RESPONDED, "answered without a press"),
        ([acknowledged(4), pressed_replied(20)], Status.RESPONDED, "answered by a press"),
        ([answered(9, 20), joined(2, 30, deserving=False)], Status.RESPONDED, "thanks ask for nothing"),
        ([answered(9, 20), joined(2, 30)], Status.ACKNOWLEDGED, "the customer waits again"),
        ([answered(9, 20), joined(2, 20)], Status.RESPONDED, "posted at the instant of the reply: not after it"),
        ([answered(9, 20), joined(2, 30), answered(8, 40)], Status.RESPONDED, "answered again"),
        ([joined(2, 10), answered(9, 20)], Status.RESPONDED, "an earlier follow-up belongs to the first response"),
        ([answered(9, 20), closed(60)], Status.CLOSED, "closed by hand"),
        ([closed(10), answered(9, 5)], Status.CLOSED, "a reply found after the close leaves the status"),
        ([dismissed(10), answered(9, 5)], Status.DISMISSED, "and after a dismissal too"),
        ([closed(10), reopened(20)], Status.OPEN, "reopened: somebody must take it"),
        ([dismissed(10), reopened(20), acknowledged(21)], Status.ACKNOWLEDGED, "taken again"),
        ([acknowledged(4), joined(2, 10), raised(2, 10, 11)], Status.OPEN, "raised: somebody must take it anew"),
    ],
)  # fmt: skip
def test_the_status(events: list[Event], status: Status, why: str) -> None:
    assert case_of(*events).status is status, why


@pytest.mark.parametrize("end", [closed(10), dismissed(10)])
def test_a_reply_found_after_the_end_still_dates_the_response(end: Event) -> None:
    assert responded(case_of(end, answered(9, 5))) == Response(at(5), "ainokahvi", "platform")


def test_a_reopen_does_not_restart_the_time_of_the_first_close() -> None:
    case = case_of(closed(10), reopened(20), closed(90))
    assert (case.closed_at, case.ended_at, case.reopened) == (at(10), at(90), 1)


def test_a_dismissal_is_no_close() -> None:
    assert case_of(dismissed(10)).closed_at is None


@pytest.mark.parametrize("back", [[answered(9, 20), joined(2, 30)], [acknowledged(4)]])
def test_only_a_return_from_the_end_counts_as_reopened(back: list[Event]) -> None:
    assert case_of(*back).reopened == 0


def test_the_first_acknowledgement_stays_whoever_takes_it_later() -> None:
    later = [acknowledged(4), happened(EventKind.REASSIGNED, 6, to="ben"), closed(8), reopened(9)]
    case = case_of(*later, acknowledged(12, "caro"))
    assert (case.acknowledged_at, case.acknowledged_by, case.owner) == (at(4), "aino", "caro")


def test_reassigning_resets_no_clock() -> None:
    before = case_of(acknowledged(4))
    later = with_events(before, [happened(EventKind.REASSIGNED, 6, actor="aino", to="ben")])
    assert later.owner == "ben"
    assert (later.posted_at, later.opened_at, later.acknowledged_at, later.stage) == (
        before.posted_at,
        before.opened_at,
        before.acknowledged_at,
        before.stage,
    )


@pytest.mark.parametrize(
    ("posts", "mood", "why"),
    [
        ([], None, "silent since"),
        ([joined(2, 10, sentiment="negative")], None, "a post before the response says nothing of after"),
        ([joined(2, 30, deserving=False, sentiment="positive")], "positive", "thanks"),
        (
            [joined(3, 40, sentiment="negative"), joined(2, 30, sentiment="positive")],
            "positive",
            "the first post after the response counts, in any order of arrival",
        ),
    ],
)
def test_how_the_customer_felt_after_the_response(posts: list[Event], mood: str | None, why: str) -> None:
    assert case_of(answered(9, 20), *posts).sentiment_after == mood, why
    assert case_of(*posts).sentiment_after is None, "no response, no after"


# ---- the chain ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "runs", "why"),
    [
        ([], True, "nobody has it"),
        ([acknowledged(4)], False, "an acknowledgement stops it"),
        ([answered(9, 3)], False, "a response satisfies the acknowledge clock and stops it"),
        ([pressed_replied(3)], False, "a press too"),
        ([closed(3)], False, "a close"),
        ([dismissed(3)], False, "a dismissal"),
        ([happened(EventKind.MERGED, 3, into=5)], False, "the case that takes it over has the chain"),
        ([happened(EventKind.MERGED, 3)], True, "what it took over does not stop it"),
        ([joined(2, 8), answered(9, 3)], True, "answered, but the customer wrote again since"),
        ([joined(2, 10, deserving=False), raised(2, 10, 11), answered(9, 5)], True, "an answer older than the raise"),
        ([joined(2, 10, deserving=False), raised(2, 10, 11), answered(9, 15)], False, "an answer to the raise"),
    ],
)  # fmt: skip
def test_what_stops_the_chain(*, events: list[Event], runs: bool, why: str) -> None:
    assert (case_of(*events).chain_from is not None) is runs, why


@pytest.mark.parametrize(
    ("events", "untaken", "why"),
    [
        ([], True, "open"),
        ([acknowledged(4)], False, "taken"),
        ([answered(9, 20)], False, "answered without a press: nothing is left to take"),
        ([answered(9, 20), joined(2, 30)], True, "waits again, and nobody ever took it"),
        ([acknowledged(4), answered(9, 20), joined(2, 30)], False, "waits again, its owner has it"),
        ([closed(4)], False, "ended"),
    ],
)
def test_whether_somebody_is_still_to_take_it(
    *,
    events: list[Event],
    untaken: bool,
    why: str,
) -> None:
    assert case_of(*events).is_untaken is untaken, why


# ---- what a press does -------------------------------------------------------------------------------

TAKEN = [acknowledged(4)]
ANSWERED = [answered(9, 5)]
ANSWERED_BY_AINO = [acknowledged(4), pressed_replied(5)]
WAITS = [answered(9, 5), joined(2, 8)]
CLOSED = [acknowledged(4), closed(6)]
DISMISSED = [acknowledged(4), dismissed(6)]
ACK, REP, CLO, DIS, REA, REO, PLA = (
    EventKind.ACKNOWLEDGED,
    EventKind.REPLIED,
    EventKind.CLOSED,
    EventKind.DISMISSED,
    EventKind.REASSIGNED,
    EventKind.REOPENED,
    EventKind.PLACED,
)


@pytest.mark.parametrize(
    ("history", "press", "kinds", "reason"),
    [
        ([], act("acknowledge"), [ACK], "done"),
        (TAKEN, act("acknowledge"), [], "yours"),
        (TAKEN, act("acknowledge", actor="ben"), [], "taken"),
        (ANSWERED, act("acknowledge"), [], "answered"),
        (WAITS, act("acknowledge"), [ACK], "done"),
        (CLOSED, act("acknowledge"), [], "ended"),
        ([*CLOSED, reopened(8)], act("acknowledge"), [ACK], "done"),
        ([*TAKEN, joined(2, 8), raised(2, 8, 9)], act("acknowledge"), [ACK], "done"),
        ([], act("replied"), [ACK, REP], "done"),
        (TAKEN, act("replied"), [REP], "done"),
        (TAKEN, act("replied", actor="ben"), [REP], "done"),
        (ANSWERED, act("replied"), [], "answered"),
        (ANSWERED_BY_AINO, act("replied", where="public"), [], "answered"),
        (ANSWERED_BY_AINO, act("replied", actor="ben"), [], "answered"),
        (WAITS, act("replied"), [ACK, REP], "done"),
        (CLOSED, act("replied"), [], "ended"),
        (DISMISSED, act("replied"), [], "ended"),
        ([], act("close"), [ACK, CLO], "done"),
        (TAKEN, act("close", actor="ben"), [CLO], "done"),
        (ANSWERED, act("close"), [ACK, CLO], "done"),
        (CLOSED, act("close"), [], "ended"),
        (DISMISSED, act("close"), [], "ended"),
        ([], act("dismiss"), [ACK, DIS], "done"),
        (TAKEN, act("dismiss"), [DIS], "done"),
        (CLOSED, act("dismiss"), [], "ended"),
        ([], act("reopen"), [], "not_ended"),
        (CLOSED, act("reopen"), [REO], "done"),
        (DISMISSED, act("reopen", actor="ben"), [REO], "done"),
        ([*CLOSED, reopened(8)], act("reopen"), [], "not_ended"),
        ([], act("reassign", to="ben"), [ACK, REA], "done"),
        (TAKEN, act("reassign", to="ben"), [REA], "done"),
        (TAKEN, act("reassign", to="aino"), [], "yours"),
        (TAKEN, act("reassign"), [], "yours"),
        (CLOSED, act("reassign", to="ben"), [], "ended"),
        ([], act("explode"), [], "unknown"),
    ],
)
def test_what_a_press_does(history: list[Event], press: Act, kinds: list[EventKind], reason: str) -> None:
    outcome = apply(case_of(*history), press)
    assert [event.kind for event in outcome.events] == kinds
    assert outcome.reason == reason
    assert all((event.actor, event.happened_at) == (press.actor, press.at) for event in outcome.events)


@pytest.mark.parametrize("verb", ["acknowledge", "replied", "close", "dismiss", "reopen", "reassign"])
@pytest.mark.parametrize("history", [[], TAKEN, ANSWERED, WAITS, CLOSED, DISMISSED])
def test_pressed_twice_or_by_two_it_is_one_event(history: list[Event], verb: str) -> None:
    first = act(verb, 10, to="ben")
    case, [outcome] = pressed(case_of(*history), first)
    if not outcome.events:
        return
    again, outcomes = pressed(case, first, act(verb, 11, to="ben"), act(verb, 12, "caro", to="ben"))
    assert all(not outcome.events for outcome in outcomes)
    assert again == case


def test_where_a_reply_was_given_is_said_after_the_press() -> None:
    case, outcomes = pressed(case_of(*TAKEN), act("replied", 5), act("replied", 6, where="direct"))
    assert [event.kind for event in outcomes[1].events] == [PLA]
    assert [(press.at, press.where) for press in case.presses] == [(at(5), "direct")]


@pytest.mark.parametrize("between", [joined(2, 5.5), closed(5.5), answered(9, 5.5)])
def test_it_is_the_same_reply_whatever_came_between(between: Event) -> None:
    case, _ = pressed(case_of(*TAKEN), act("replied", 5))
    case, [outcome] = pressed(with_events(case, [between]), act("replied", 6, where="direct"))
    assert [event.kind for event in outcome.events] == [PLA]
    assert len(case.presses) == 1


def test_only_who_pressed_says_where() -> None:
    case, outcomes = pressed(case_of(*TAKEN), act("replied", 5), act("replied", 6, "ben", where="direct"))
    assert (outcomes[1].reason, case.presses[0].where) == ("answered", "unsaid")


def test_what_a_vendor_sends_of_a_place_without_a_press_changes_nothing() -> None:
    assert with_events(case_of(), [happened(EventKind.PLACED, 5, where="direct")]).presses == ()


def test_the_clock_of_a_case_starts_with_the_post_not_with_the_opening() -> None:
    case = case_of(opened(3), joined(1, 0))
    assert (case.posted_at, case.opened_at) == (NOON, at(3))
    assert case.policy == policy(LATE_DELIVERY)
