"""The chain of a case: whom to tell now, whom to tell next, and when it has ended. Pure.

Theory of operation:
1. When a chain begins (opened, raised, waits again without an owner) the person on call is told at once. A reopened
   case goes to its owner first; whoever is on call is told when the owner had their time.
2. Each step is due `after` the chain began; one that reaches nobody is an event and makes the next due now.
3. In the playbook's quiet hours nobody is called: a chain that would begin in them begins when they are over,
   and a step's wait does not count them.
4. The last step has as long to be answered as it was due after the step before; then the chain has ended.
   Where the playbook repeats, it begins again some time after that.
5. Nothing moves while a case is put off; then its owner hears of it, or the chain begins where nobody has it.
6. Who has a case and does nothing is asked; then the case is called anew.
7. All of this runs on the case's clock; while that stands still nobody is called (`vaste.opening`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from casebook.act import Act, Outcome, apply
from casebook.case import Case
from casebook.chained import UNTAKEN
from casebook.correction import TakenBack, correct
from casebook.event import Event, EventKind, TimeSource
from casebook.fold import with_events
from casebook.grounds import Ground, as_facts
from casebook.nearing import next_warning
from casebook.patience import asks_at, repeats_at, returns_at, wakes_at
from casebook.policy import Policy, PolicyStep
from casebook.promise import next_promise
from casebook.record import Change, Owed
from casebook.timing import (
    breach_events,
    close_event,
    closes_by_itself_at,
    next_look,
    promise_events,
    waits_events,
)
from casebook.updates import next_update_look, update_events, updates_kept
from playbooks.escalate import Reached, but, next_step, unreachable_now
from playbooks.playbook import Step
from vaste.desk import Desk, way_of
from vaste.opening import not_before, on_the_wall, owes_telling, rests, told_first, until_opening
from vaste.threads import closing, warnings


def look_at(case: Case) -> datetime | None:
    """Give the instant at which the watch job must look at a case next."""
    times = [at for at in (next_look(case), moves_at(case)) if at is not None]
    return min(times, default=None)


def moves_at(case: Case) -> datetime | None:
    """Give when something falls due that people hear of, or that ends the case; breaches of deadlines are not."""
    times = (
        closes_by_itself_at(case),
        next_promise(case.promises),
        _chain_due(case),
        next_update_look(case),
        next_warning(case),
    )
    return min((at for at in times if at is not None), default=None)


def watch(case: Case, desk: Desk, *, now: datetime) -> Change:
    """Say what is due on a case: the automatic close, steps of its chain, breaches and those taken back.

    A case that was put off comes back, and who has one and does nothing is asked.
    """
    change = moves(case, desk, now=now)
    return change.then(Change(breach_events(with_events(case, change.events), now=now)))


def moves(case: Case, desk: Desk, *, now: datetime) -> Change:
    """Say what is due that people hear of, or that ends the case: the same without the breaches."""
    change = closing(case, close_event(case, now=now), desk)
    after = with_events(case, change.events)
    while (step := _due_by_clock(after, desk, now=now)) is not None:
        change, after = change.then(step), with_events(after, step.events)
    for event in promise_events(case, now=now):
        change, after = change.then(_remind(case, event, desk)), with_events(after, (event,))
    warned = warnings(after, desk, now=now)
    change, after = change.then(warned), with_events(after, warned.events)
    for event in update_events(after, now=now):
        change = change.then(_ask_for_word(case, event, desk, now=now))
    return change


def _remind(case: Case, event: Event, desk: Desk) -> Change:
    """Remind whoever owes what was promised: the owner of the case, or who promised it."""
    if event.kind is not EventKind.PROMISE_DUE:
        return Change((event,))
    number = int(event.facts["number"])
    made_by = next(promise.by for promise in case.promises if promise.number == number)
    people = (case.owner or made_by,)
    return Change(
        (event,), page_again(case, people, desk, about=0, why="promise", notify=once(case), step=number)
    )


def _ask_for_word(case: Case, event: Event, desk: Desk, *, now: datetime) -> Change:
    """Remind the owner, or where nobody has it whoever is on call, that the customer is owed a further word."""
    if event.kind is not EventKind.UPDATE_DUE:
        return Change((event,))
    people = (case.owner,) if case.owner else desk.reach("on_call", case.policy, at=now).people
    since = int(datetime.fromisoformat(event.facts["since"]).timestamp())
    return Change(
        (event,), page_again(case, people, desk, about=0, why="update", notify=once(case), step=since)
    )


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
    if event.kind is EventKind.REASSIGNED:
        return _given(case, event, desk, now=now)
    if event.kind is EventKind.CLOSED:
        return closing(case, (event,), desk)
    if event.kind is EventKind.END_ASKED:
        return Change(
            (event,), page_again(case, _second(case, act, desk, now=now), desk, about=0, why="second")
        )
    if event.kind is EventKind.REOPENED:
        again = reopening(case, event, desk, now=now)
        taken_back = (TakenBack(case.number, act.actor, act.at),) if case.dismissed else ()
        return replace(again, taken_back=taken_back)
    if (
        event.kind is EventKind.DISMISSED and not case.living
    ):  # a false alarm: nobody needed to look at what opened it
        no = correct(case.first_post.post, by=act.actor, at=act.at, cause="dismiss", attention=False)
        return Change((event,), said=tuple(replace(said, case=case.number) for said in no))
    return Change((event,))


def _given(case: Case, event: Event, desk: Desk, *, now: datetime) -> Change:
    """Tell whoever was given a case; of a team whoever is on call there, and its card stands in their channel too."""
    if "team" not in event.facts:
        people = (str(event.facts["to"]),)
        return Change((event,), page_again(case, people, desk, about=0, why="reassigned"))
    given = replace(case, policy=replace(case.policy, team=str(event.facts["team"])))
    if later := until_opening(given.policy, now=now):
        return _at_opening(given, replace(event, facts={**event.facts, **later}))
    return _begin(given, event, desk.reach("on_call", given.policy, at=now), desk, why="reassigned", now=now)


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
    if case.owner is not None and case.owner not in desk.unreachable:
        reached = Reached((case.owner,), None, (Ground("reached.owner"),))
    return _begin(case, event, reached, desk, why="reopened", now=now)


def _at_opening(case: Case, event: Event) -> Change:
    """Call nobody yet; the card is owed, in case there is none."""
    return Change((event,), (Owed("card", f"team:{case.policy.team}"),))


def first_page(
    policy: Policy, people: tuple[str, ...], desk: Desk, *, about: int, why: str
) -> tuple[Owed, ...]:
    """Give the messages owed when people must hear of a new case: its card, and for loud cases one each."""
    card = Owed("card", f"team:{policy.team}", about)
    return (card, *_direct(policy, people, desk, about=about, why=why))


def page_again(
    case: Case,
    people: tuple[str, ...],
    desk: Desk,
    *,
    about: int,
    why: str,
    step: int = 0,
    notify: str | None = None,
) -> tuple[Owed, ...]:
    """Give the messages owed when people must hear of a case that has a card: one below it, and direct ones.

    An edited card notifies nobody, so a new message is owed. The card is owed too, in case it has none yet.
    """
    card = Owed("card", f"team:{case.policy.team}", about)
    direct = _direct(case.policy, people, desk, about=about, why=why, step=step, notify=notify)
    if way_of(case.policy, notify) == "direct":
        heard = {key for owed in direct for key in owed.content["people"]}
        left = tuple(key for key in people if key not in heard)
        if heard and not left:
            return (card, *direct)
        people = left  # whom no direct message reaches is called below the card
    below = Owed("page", card.addressee, about, {"why": why, "people": list(people), "step": step})
    return (card, below, *direct)


def once(case: Case) -> str | None:
    """Say how somebody is reminded of what is theirs: in one message, to them alone where both ways would be gone.

    Whoever has a case knows where its card stands; the channel need not hear that they were asked.
    """
    return "direct" if way_of(case.policy) == "both" else None


def nobody(step: int, to: str | list[str], reached: Reached, *, now: datetime) -> Event:
    """Give the event of a page that reached nobody."""
    facts = {"step": step, "to": to, "reason": as_facts(reached.reason)}
    return Event(EventKind.NOBODY_ON_CALL, now, TimeSource.OURS, facts=facts)


def unheard(case: Case, *, desk: Desk, now: datetime) -> Change:
    """Say what follows where a message reached nobody: the next step at once, if all who were called are gone."""
    called = case.paged
    is_waited_for = case.chain_from is not None and not case.chain_ended and not case.hurried
    if not called or not is_waited_for or not all(person in desk.unreachable for person in called):
        return Change()
    gone = Reached((), None, tuple(unreachable_now(person, desk.unreachable) for person in called))
    return Change((nobody(case.steps_taken, list(called), gone, now=now),))


def _direct(
    policy: Policy,
    people: tuple[str, ...],
    desk: Desk,
    *,
    about: int,
    why: str,
    step: int = 0,
    notify: str | None = None,
) -> tuple[Owed, ...]:
    if not desk.direct or way_of(policy, notify) == "channel":
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
    return _begin(case, waits, desk.reach("on_call", case.policy, at=now), desk, why="waits_again", now=now)


def _begin(case: Case, event: Event, reached: Reached, desk: Desk, *, why: str, now: datetime) -> Change:
    """Begin the chain (again) with an event that says whom it calls first."""
    begun = replace(event, facts={**event.facts, "people": list(reached.people)})
    owed = page_again(case, reached.people, desk, about=0, why=why)
    if reached.is_nobody:
        return Change((begun, nobody(0, "on_call", reached, now=now)), owed)
    return Change((begun,), owed)


def _due_by_clock(case: Case, desk: Desk, *, now: datetime) -> Change | None:
    """Give the next thing that is due and may be done; None when the chain stands still, waits or rests."""
    due_at = _chain_due(case)
    if due_at is None or due_at > now:
        return None
    if not case.policy.may_call(now):
        return Change((rests(case, now=now),))
    return _tell(case, desk, now=now) if owes_telling(case) else _due(case, desk, now=now)


def _due(case: Case, desk: Desk, *, now: datetime) -> Change | None:
    """Give the next thing that is due on a case; None when it is put off, or nothing is due yet."""
    for due_at, move in (
        (wakes_at(case), _wake),
        (asks_at(case), _ask),
        (returns_at(case), _call_anew),
        (repeats_at(case), _repeat),
    ):
        if due_at is not None and due_at <= now:
            return move(case, desk, now=now)
    return _chain_move(case, desk, now=now)


def _wake(case: Case, desk: Desk, *, now: datetime) -> Change:
    """Bring back a case that was put off: to its owner, or to whoever is on call where nobody has it."""
    woke = Event(EventKind.WOKE, now, TimeSource.OURS)
    if case.owner is None or case.is_untaken:
        reached = desk.reach("on_call", case.policy, at=now)
        return _begin(case, woke, reached, desk, why="snooze_over", now=now)
    return Change((woke,), page_again(case, (case.owner,), desk, about=0, why="snooze_over"))


def _ask(case: Case, desk: Desk, *, now: datetime) -> Change:
    """Ask the owner of a case whether they are still on it."""
    people = () if case.owner is None else (case.owner,)
    asked = Event(EventKind.ASKED, now, TimeSource.OURS, facts={"people": list(people)})
    return Change((asked,), page_again(case, people, desk, about=0, why="asked", notify=once(case)))


def _call_anew(case: Case, desk: Desk, *, now: datetime) -> Change:
    """Give a case of which nothing came back to the chain; who had it was asked, and is not called first."""
    returned = Event(EventKind.RETURNED, now, TimeSource.OURS, facts={"had_by": case.owner})
    reached = but(desk.reach("on_call", case.policy, at=now), case.owner)
    if reached.is_nobody:
        reached = but(desk.reach("backup", case.policy, at=now), case.owner)
    return _begin(case, returned, reached, desk, why="returned", now=now)


def _repeat(case: Case, desk: Desk, *, now: datetime) -> Change:
    """Begin the chain again after its end: whoever is on call now, then every step."""
    repeated = Event(EventKind.REPEATED, now, TimeSource.OURS, facts={"round": case.rounds + 1})
    return _begin(case, repeated, desk.reach("on_call", case.policy, at=now), desk, why="repeated", now=now)


def _chain_move(case: Case, desk: Desk, *, now: datetime) -> Change | None:
    """Give the next thing that is due on the chain; None when it stands still or waits."""
    if case.chain_from is None or case.chain_ended:
        return None
    if not case.first_paged:
        return _call_after_owner(case, desk, now=now) if case.chain_from <= now else None
    taken = case.steps_taken
    following = [  # the next one alone: those after it are looked at in their turn
        Step(on_the_wall(case.policy, case.chain_from, step.after), *step[1:])
        for step in map(PolicyStep._make, case.policy.steps[taken : taken + 1])
    ]
    due = next_step(following, taken=0, started_at=case.chain_from, now=now, hurried=case.hurried)
    if due is not None:
        return _take(case, taken + due.number, due.step, desk, now=now)
    ends_at = None if following else _step_due(case)
    if ends_at is not None and ends_at <= now:
        return Change((Event(EventKind.CHAIN_ENDED, now, TimeSource.OURS),))
    return None


def _call_after_owner(case: Case, desk: Desk, *, now: datetime) -> Change:
    """Call whoever is on call for a reopened case that its owner did not take: the first call, and no step."""
    reached = desk.reach("on_call", case.policy, at=now)
    if reached.is_nobody:
        return Change((nobody(0, "on_call", reached, now=now),))
    facts = {"why": UNTAKEN, "people": list(reached.people)}
    paged = Event(EventKind.PAGED, now, TimeSource.OURS, facts=facts)
    return Change((paged,), page_again(case, reached.people, desk, about=0, why=UNTAKEN))


def _tell(case: Case, desk: Desk, *, now: datetime) -> Change:
    """Tell whoever must hear of a case, now that its clock runs."""
    owner = told_first(case)
    reached = desk.reach("on_call", case.policy, at=now)
    people = reached.people if owner is None or owner in desk.unreachable else (owner,)
    if not people:
        return Change((nobody(0, "on_call", reached, now=now),))
    facts = {"why": case.untold, "people": list(people)}
    paged = Event(EventKind.PAGED, now, TimeSource.OURS, facts=facts)
    return Change((paged,), page_again(case, people, desk, about=0, why=case.untold or "opened"))


def _take(case: Case, number: int, step: Step, desk: Desk, *, now: datetime) -> Change:
    reached = desk.reach_step(step, case, at=now)
    to = [step.to, *step.also] if step.also else step.to
    if reached.is_nobody:
        return Change((nobody(number, to, reached, now=now),))
    facts: dict[str, Any] = {
        "step": number,
        "to": to,
        "people": list(reached.people),
        "channel": reached.channel,
    }
    if reached.further:
        facts["channels"] = list(reached.channels)
    if reached.unreached:
        facts["unreached"] = as_facts(reached.unreached)
    escalated = Event(EventKind.ESCALATED, now, TimeSource.OURS, facts=facts)
    owed: tuple[Owed, ...] = ()
    if reached.people:
        people, way = reached.people, step.notify
        owed = page_again(case, people, desk, about=0, why="escalated", step=number, notify=way)
    content = {"why": "escalated", "people": list(reached.people), "step": number}
    elsewhere = (Owed("page", f"channel:{channel}", 0, content) for channel in reached.channels)
    return Change((escalated,), (*owed, *elsewhere))


def _chain_due(case: Case) -> datetime | None:
    """Give when a case moves next, by its clock: its chain, or what brings it back to somebody."""
    chain = case.rests_until if owes_telling(case) else _step_due(case)
    moves = (chain, wakes_at(case), asks_at(case), returns_at(case), repeats_at(case))
    due = min((at for at in moves if at is not None), default=None)
    return None if due is None else not_before(case, due)


def _step_due(case: Case) -> datetime | None:
    """Give when the chain moves next: its next step, or its end."""
    if case.chain_from is None or case.chain_ended:
        return None
    if not case.first_paged:
        return case.chain_from
    if case.hurried:
        return case.last_step_at
    steps = [PolicyStep(*step) for step in case.policy.steps]
    if case.steps_taken < len(steps):
        return case.policy.calls_after(case.chain_from, steps[case.steps_taken].after)
    return _chain_ends_at(case, steps, case.chain_from)


def _chain_ends_at(case: Case, steps: Sequence[PolicyStep], begun_at: datetime) -> datetime | None:
    if not steps:  # whoever is on call has until they would be called again; who calls once has no end
        again = case.policy.repeat_every
        return None if again is None else case.policy.calls_after(begun_at, again)
    if case.last_step_at is None:
        return None
    last = steps[-1].after
    # two steps at one time are told at one time: the pause before both of them is what the last one has
    before = max((step.after for step in steps if step.after < last), default=timedelta(0))
    return case.policy.calls_after(case.last_step_at, last - before)
