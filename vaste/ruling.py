"""What becomes of a mention: no case, a new case, or a line in the one there is. Pure."""

from datetime import datetime

from casebook.case import (
    Case,
    CustomerPost,
    Event,
    EventKind,
    Policy,
    Status,
    TimeSource,
    answer_events,
    fold,
    with_events,
)
from casebook.mention import Verdict
from casebook.record import Change, Ruling, Surroundings
from casebook.timing import breach_events, breaches, deadlines, waits_events
from playbooks.decide import Post, decide
from playbooks.playbook import Playbook
from vaste.chain import first_page, follow, nobody, page_again, quietly, reopening, waits_unheard
from vaste.desk import Desk, policy_of
from vaste.folding import with_crisis


def post_of(surroundings: Surroundings, desk: Desk) -> Post:
    """Give what playbooks look at in a mention."""
    mention = surroundings.mention
    kinds = (desk.kinds[name] for name in mention.sources if name in desk.kinds)
    return Post(
        text=mention.text,
        sources=tuple(dict.fromkeys((*mention.sources, *kinds))),
        followers=mention.followers,
        case_ages=surroundings.history.ages,
        bystander=surroundings.bystander,
    )


def rule(surroundings: Surroundings, verdict: Verdict, desk: Desk, *, now: datetime) -> Ruling:
    """Decide upon a mention in its surroundings, and say what it means for crises."""
    ruling = _rule(surroundings, verdict, desk, now=now)
    return with_crisis(ruling, surroundings, verdict, desk, now=now)


def _rule(surroundings: Surroundings, verdict: Verdict, desk: Desk, *, now: datetime) -> Ruling:
    decision = decide(post_of(surroundings, desk), verdict, desk.playbooks)
    playbook = next((known for known in desk.playbooks if known.name == decision.playbook), None)
    case = surroundings.case
    joined = _joined_event(surroundings, verdict, playbook)
    if case is not None and _belongs(case, joined, playbook):
        return Ruling(
            decision.playbook,
            decision.reason,
            joins=_join(surroundings, case, joined, playbook, desk, now=now),
        )
    if playbook is None:
        return Ruling(None, decision.reason)
    return Ruling(
        decision.playbook, decision.reason, opens=_open(surroundings, joined, playbook, desk, now=now)
    )


def _joined_event(surroundings: Surroundings, verdict: Verdict, playbook: Playbook | None) -> Event:
    # what deserves an answer: a post whose playbook promises one
    facts = {
        "deserving": playbook is not None and playbook.respond_within is not None,
        "sentiment": None if verdict.abstained else verdict.sentiment.value,
    }
    mention = surroundings.mention
    return Event(EventKind.JOINED, mention.posted_at, TimeSource.PLATFORM, post=mention.post, facts=facts)


def _belongs(case: Case, joined: Event, playbook: Playbook | None) -> bool:
    """Say whether a follow-up belongs to this case, or is too late for it and opens a new one."""
    if case.ended_at is None or playbook is None:
        return True
    return joined.happened_at <= case.ended_at + case.policy.reopen_within


def _join(
    surroundings: Surroundings,
    case: Case,
    joined: Event,
    playbook: Playbook | None,
    desk: Desk,
    *,
    now: datetime,
) -> Change:
    """Add a follow-up: it may reopen the case, raise it, or make the customer wait again."""
    known = {answer.post for answer in case.answers}
    found = [answer for answer in surroundings.answers if answer.post not in known]
    loose = [_loose(post) for post in surroundings.posts]
    change = Change((*loose, joined, *answer_events(found)))
    after = with_events(case, change.events)
    if playbook is None or not _is_unanswered(after, joined):
        return follow(case, change, desk, now=now)
    is_late = _is_late(surroundings, playbook, now=now)
    change = change.then(_move(after, joined, playbook, desk, is_late=is_late, now=now))
    return follow(case, change, desk, now=now)


def _is_unanswered(case: Case, joined: Event) -> bool:
    return case.last_reply_at is None or joined.happened_at > case.last_reply_at


def _is_late(surroundings: Surroundings, playbook: Playbook, *, now: datetime) -> bool:
    """Say whether a post from before the first start is too old to alert anybody."""
    within = playbook.respond_within
    mention = surroundings.mention
    return mention.backfilled and within is not None and now > mention.posted_at + within


def _move(
    case: Case, joined: Event, playbook: Playbook, desk: Desk, *, is_late: bool, now: datetime
) -> Change:
    """Say what an unanswered follow-up does to its case, which has it already."""
    raises = playbook.severity.rank > case.policy.rank
    deserving = bool(joined.facts["deserving"])
    change = Change()
    if case.ended_at is not None:
        if is_late or not (raises or deserving):
            return change
        reopened = Event(EventKind.REOPENED, now, TimeSource.OURS, post=joined.post)
        # one post is one page: where the case is raised too, the raising pages
        change = Change((reopened,)) if raises else reopening(case, reopened, desk, now=now)
        case = with_events(case, change.events)
    if raises:
        # where the chain runs already, somebody is being alerted, and of the graver thing
        in_silence = is_late and case.chain_from is None
        return change.then(_raise(case, joined, policy_of(playbook), desk, in_silence=in_silence, now=now))
    if deserving and is_late:
        return change.then(Change(quietly(waits_events(case, now=now))))
    if deserving and case.unheard:
        return change.then(waits_unheard(case, joined, desk, now=now))
    return change


def _raise(
    case: Case, joined: Event, policy: Policy, desk: Desk, *, in_silence: bool, now: datetime
) -> Change:
    """Raise a case to a more severe playbook: it pages anew, and its deadlines run from this post."""
    reached = desk.reach("on_call", policy, at=now)
    facts = {
        "policy": policy.as_facts(),
        "posted_at": joined.happened_at.isoformat(),
        "missed": list(breaches(case, now=now)),
        "people": [] if in_silence else list(reached.people),
        "quiet": in_silence,
    }
    raised = Event(EventKind.RAISED, now, TimeSource.OURS, post=joined.post, facts=facts)
    if in_silence:
        return Change((raised,))
    owed = page_again(with_events(case, (raised,)), reached.people, desk, about=0, why="raised")
    if reached.is_nobody:
        return Change((raised, nobody(0, "on_call", reached, now=now)), owed)
    return Change((raised,), owed)


def _open(
    surroundings: Surroundings, joined: Event, playbook: Playbook, desk: Desk, *, now: datetime
) -> Change:
    """Open a case; one that is answered already, or too old to alert anybody, is logged in silence."""
    policy = policy_of(playbook)
    posts = sorted(
        (*(_loose(post) for post in surroundings.posts), joined), key=lambda event: event.happened_at
    )
    answers = answer_events(surroundings.answers)
    reached = desk.reach("on_call", policy, at=now)

    def opened(*, quiet: bool) -> tuple[Event, ...]:
        facts = {
            "policy": policy.as_facts(),
            "quiet": quiet,
            "people": [] if quiet else list(reached.people),
            "configuration": desk.fingerprint,
        }
        first = Event(EventKind.OPENED, now, TimeSource.OURS, post=surroundings.mention.post, facts=facts)
        return (first, *posts, *answers)

    case = fold(0, opened(quiet=False))
    if _is_quiet(case, backfilled=surroundings.mention.backfilled, now=now):
        case = fold(0, opened(quiet=True))
        # nothing will be due on it, so what it missed is told at once
        return Change((*opened(quiet=True), *breach_events(case, now=now)))
    owed = first_page(case, reached.people, desk, about=0, why="opened")
    events = opened(quiet=False)
    if reached.is_nobody:
        events = (*events, nobody(0, "on_call", reached, now=now))
    return Change(events, owed)


def _is_quiet(case: Case, *, backfilled: bool, now: datetime) -> bool:
    if case.status is Status.RESPONDED:
        return True
    respond_by = deadlines(case).get("respond")
    return backfilled and respond_by is not None and now > respond_by


def _loose(post: CustomerPost) -> Event:
    facts = {"deserving": False, "sentiment": post.sentiment}
    return Event(EventKind.JOINED, post.at, TimeSource.PLATFORM, post=post.post, facts=facts)
