"""The chain of a case: whom to tell now, whom to tell next, and when it has ended. Pure.

Theory of operation:
1. When a chain begins (opened, raised, waits again without an owner) the person on call is told at once.
2. Each step is due `after` the chain began; one that reaches nobody is an event and makes the next due now.
3. In the playbook's quiet hours nobody is called: a chain that would begin in them begins when they are over,
   and a step's wait does not count them.
4. The last step has as long to be answered as it was due after the step before; then the chain has ended.
5. All of this runs on the case's clock; while that stands still nobody is called (`vaste.opening`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from casebook.case import Act, Case, Event, EventKind, Outcome, TimeSource, apply, with_events
from casebook.correction import TakenBack, correct
from casebook.record import Change, Owed
from casebook.timing import breach_events, close_event, next_look, promise_events, waits_events
from casebook.updates import next_update_look, update_events, updates_kept
from playbooks.escalate import Reached, next_step
from playbooks.playbook import Step
from vaste.desk import Desk
from vaste.opening import not_before, on_the_wall, owes_telling, rests, told_first, until_opening

LOUD = frozenset({"critical", "high"})
"""Severities for which people get a direct message besides the card."""


def look_at(case: Case) -> datetime | None:
    """Give the instant at which the watch job must look at a case next."""
    times = [at for at in (next_look(case), _chain_due(case), next_update_look(case)) if at is not None]
    return min(times, default=None)


def watch(case: Case, desk: Desk, *, now: datetime) -> Change:
    """Say what is due on a case: the automatic close, steps of its chain, breaches and those taken back."""
    change = Change(events=close_event(case, now=now))
    while (step := _due_by_clock(with_events(case, change.events), desk, now=now)) is not None:
        change = change.then(step)
    for event in promise_events(case, now=now):
        change = change.then(_remind(case, event, desk))
    for event in update_events(with_events(case, change.events), now=now):
        change = change.then(_ask_for_word(case, event, desk, now=now))
    return change.then(Change(breach_events(with_events(case, change.events), now=now)))


def _remind(case: Case, event: Event, desk: Desk) -> Change:
    """Remind whoever owes what was promised: the owner of the case, or who promised it."""
    if event.kind is not EventKind.PROMISE_DUE:
        return Change((event,))
    number = int(event.facts["number"])
    made_by = next(promise.by for promise in case.promises if promise.number == number)
    people = (case.owner or made_by,)
    return Change((event,), page_again(case, people, desk, about=0, why="promise", step=number))


def _ask_for_word(case: Case, event: Event, desk: Desk, *, now: datetime) -> Change:
    """Remind the owner, or where nobody has it whoever is on call, that the customer is owed a further word."""
    if event.kind is not EventKind.UPDATE_DUE:
        return Change((event,))
    people = (case.owner,) if case.owner else desk.reach("on_call", case.policy, at=now).people
    since = int(datetime.fromisoformat(event.facts["since"]).timestamp())
    return Change((event,), page_again(case, people, desk, about=0, why="update", step=since))


def follow(case: Case, change: Change, desk: Desk, *, now: datetime) -> Change:
    """Add to a change what follows from it by itself: the customer waits again, breaches are taken back."""
    after = with_events(case, change.events)
    waits = waits_events(after, now=now)
    if waits:
        change = change.then(_tell_waits(after, waits[0], desk, now=now))
        after = with_events(case, change.events)
    return change.then(Change((*updates_kept(after, now=now), *breach_events(after, now=now))))


def carry_out(case: Case, act: Act, desk: Desk, *, now: datetime) -> tuple[Outcome, Change]:
    """Say what a press does, and whom it owes a message."""
    outcome = apply(case, act)
    change = Change()
    for event in outcome.events:
        change = change.then(_of_press(case, event, act, desk, now=now))
    return outcome, follow(case, change, desk, now=now) if outcome.events else change


def _of_press(case: Case, event: Event, act: Act, desk: Desk, *, now: datetime) -> Change:
    if event.kind is EventKind.REASSIGNED and act.to is not None:
        return Change((event,), page_again(case, (act.to,), desk, about=0, why="reassigned"))
    if event.kind is EventKind.END_ASKED:
        return Change(
            (event,), page_again(case, _second(case, act, desk, now=now), desk, about=0, why="second")
        )
    if event.kind is EventKind.REOPENED:
        again = reopening(case, event, desk, now=now)
        taken_back = (TakenBack(case.number, act.actor, act.at),) if case.dismissed else ()
        return replace(again, taken_back=taken_back)
    if event.kind is EventKind.DISMISSED:  # a false alarm: nobody needed to look at what opened it
        no = correct(case.first_post.post, by=act.actor, at=act.at, cause="dismiss", attention=False)
        return Change((event,), said=tuple(replace(said, case=case.number) for said in no))
    return Change((event,))


def _second(case: Case, act: Act, desk: Desk, *, now: datetime) -> tuple[str, ...]:
    """Say who is asked to end a case that takes two: whoever was called with them, else their whole team."""
    called = case.paged or desk.reach("on_call", case.policy, at=now).people
    others = tuple(person for person in called if person != act.actor)
    everyone = desk.reach("everyone", case.policy, at=now).people
    return others or tuple(person for person in everyone if person != act.actor)


def reopening(case: Case, event: Event, desk: Desk, *, now: datetime) -> Change:
    """Reopen an ended case: its owner hears of it first, or whoever is on call where nobody had it."""
    if later := until_opening(case.policy, now=now):
        return _at_opening(case, replace(event, facts={**event.facts, **later}))
    reached = desk.reach("on_call", case.policy, at=now)
    people = reached.people if case.owner is None else (case.owner,)
    reopened = replace(event, facts={**event.facts, "people": list(people)})
    owed = page_again(case, people, desk, about=0, why="reopened")
    if people:
        return Change((reopened,), owed)
    return Change((reopened, nobody(0, "on_call", reached, now=now)), owed)


def _at_opening(case: Case, event: Event) -> Change:
    """Call nobody yet; the card is owed, in case there is none."""
    return Change((event,), (Owed("card", f"team:{case.policy.team}"),))


def first_page(case: Case, people: tuple[str, ...], desk: Desk, *, about: int, why: str) -> tuple[Owed, ...]:
    """Give the messages owed when people must hear of a case: its card, and for loud cases one each."""
    card = Owed("card", f"team:{case.policy.team}", about)
    return (card, *_direct(case, people, desk, about=about, why=why))


def page_again(
    case: Case, people: tuple[str, ...], desk: Desk, *, about: int, why: str, step: int = 0
) -> tuple[Owed, ...]:
    """Give the messages owed when people must hear of a case that has a card: one below it, and direct ones.

    An edited card notifies nobody, so a new message is owed. The card is owed too, in case it has none yet.
    """
    team = f"team:{case.policy.team}"
    below = Owed("page", team, about, {"why": why, "people": list(people), "step": step})
    return (Owed("card", team, about), below, *_direct(case, people, desk, about=about, why=why, step=step))


def nobody(step: int, to: str, reached: Reached, *, now: datetime) -> Event:
    """Give the event of a page that reached nobody."""
    facts = {"step": step, "to": to, "reason": reached.reason}
    return Event(EventKind.NOBODY_ON_CALL, now, TimeSource.OURS, facts=facts)


def _direct(
    case: Case, people: tuple[str, ...], desk: Desk, *, about: int, why: str, step: int = 0
) -> tuple[Owed, ...]:
    if not desk.direct or case.policy.severity not in LOUD:
        return ()
    return tuple(
        Owed("page", f"person:{key}", about, {"why": why, "people": [key], "step": step})
        for key in people
        if desk.person(key).slack is not None
    )


def waits_unheard(case: Case, joined: Event, desk: Desk, *, now: datetime) -> Change:
    """Tell of a post that came to a case of which nobody was alerted, because it was too old."""
    facts = {"noticed_at": now.isoformat()}
    waits = Event(EventKind.WAITS, joined.happened_at, TimeSource.PLATFORM, post=joined.post, facts=facts)
    return _tell_waits(case, waits, desk, now=now)


def quietly(waits: Sequence[Event]) -> tuple[Event, ...]:
    """Note that a customer waits, and tell nobody."""
    return tuple(replace(event, facts={**event.facts, "quiet": True}) for event in waits)


def _tell_waits(case: Case, waits: Event, desk: Desk, *, now: datetime) -> Change:
    """Tell the owner that the customer waits again; without one, the chain begins with whoever is on call."""
    if later := until_opening(case.policy, now=now):
        return _at_opening(case, replace(waits, facts={**waits.facts, **later}))
    if case.owner is not None:
        return Change((waits,), page_again(case, (case.owner,), desk, about=0, why="waits_again"))
    reached = desk.reach("on_call", case.policy, at=now)
    told = Event(
        waits.kind,
        waits.happened_at,
        waits.source,
        post=waits.post,
        facts={**waits.facts, "people": list(reached.people)},
    )
    owed = page_again(case, reached.people, desk, about=0, why="waits_again")
    if reached.is_nobody:
        return Change((told, nobody(0, "on_call", reached, now=now)), owed)
    return Change((told,), owed)


def _due_by_clock(case: Case, desk: Desk, *, now: datetime) -> Change | None:
    """Give the next thing that is due and may be done; None when the chain stands still, waits or rests."""
    due_at = _chain_due(case)
    if due_at is None or due_at > now:
        return None
    if not case.policy.may_call(now):
        return Change((rests(case, now=now),))
    return _tell(case, desk, now=now) if owes_telling(case) else _due(case, desk, now=now)


def _due(case: Case, desk: Desk, *, now: datetime) -> Change | None:
    """Give the next thing that is due on the chain; None when it stands still or waits."""
    if case.chain_from is None or case.chain_ended:
        return None
    if not case.first_paged:
        return _take(case, 0, "on_call", desk, now=now) if case.chain_from <= now else None
    steps = [Step(on_the_wall(case.policy, case.chain_from, after), to) for after, to in case.policy.steps]
    due = next_step(steps, taken=case.steps_taken, started_at=case.chain_from, now=now, hurried=case.hurried)
    if due is not None:
        return _take(case, due.number, due.step.to, desk, now=now)
    ends_at = _chain_due(case) if case.steps_taken >= len(steps) else None
    if ends_at is not None and ends_at <= now:
        return Change((Event(EventKind.CHAIN_ENDED, now, TimeSource.OURS),))
    return None


def _tell(case: Case, desk: Desk, *, now: datetime) -> Change:
    """Tell whoever must hear of a case, now that its clock runs."""
    owner = told_first(case)
    reached = desk.reach("on_call", case.policy, at=now)
    people = reached.people if owner is None else (owner,)
    if not people:
        return Change((nobody(0, "on_call", reached, now=now),))
    facts = {"why": case.untold, "people": list(people)}
    paged = Event(EventKind.PAGED, now, TimeSource.OURS, facts=facts)
    return Change((paged,), page_again(case, people, desk, about=0, why=case.untold or "opened"))


def _take(case: Case, number: int, to: str, desk: Desk, *, now: datetime) -> Change:
    reached = desk.reach(to, case.policy, at=now)
    if reached.is_nobody:
        return Change((nobody(number, to, reached, now=now),))
    facts = {"step": number, "to": to, "people": list(reached.people), "channel": reached.channel}
    escalated = Event(EventKind.ESCALATED, now, TimeSource.OURS, facts=facts)
    owed: tuple[Owed, ...] = ()
    if reached.people:
        owed = page_again(case, reached.people, desk, about=0, why="escalated", step=number)
    if reached.channel is not None:
        content = {"why": "escalated", "people": list(reached.people), "step": number}
        owed = (*owed, Owed("page", f"channel:{reached.channel}", 0, content))
    return Change((escalated,), owed)


def _chain_due(case: Case) -> datetime | None:
    """Give when the chain moves next, by the case's clock: its next step, or its end."""
    due = case.rests_until if owes_telling(case) else _next_move(case)
    return None if due is None else not_before(case, due)


def _next_move(case: Case) -> datetime | None:
    if case.chain_from is None or case.chain_ended:
        return None
    if not case.first_paged:
        return case.chain_from
    steps = case.policy.steps
    if case.hurried:
        return case.last_step_at
    if case.steps_taken < len(steps):
        return case.policy.calls_after(case.chain_from, steps[case.steps_taken][0])
    if not steps or case.last_step_at is None:
        return None  # a playbook without steps has no chain that could end
    last = steps[-1][0]
    # two steps at one time are told at one time: the pause before both of them is what the last one has
    before = max((after for after, _ in steps if after < last), default=timedelta(0))
    return case.policy.calls_after(case.last_step_at, last - before)
