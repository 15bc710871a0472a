"""What becomes of a mention: no case, a new case, or a line in the one there is. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from casebook.case import Case, CustomerPost, Status, answer_events
from casebook.event import Event, EventKind, TimeSource
from casebook.fold import fold, with_events
from casebook.grounds import as_facts
from casebook.mention import Verdict
from casebook.policy import Policy
from casebook.record import Change, Owed, Ruling, Surroundings
from casebook.timing import breach_events, breaches, deadlines, waits_events
from playbooks.decide import Post, decide
from playbooks.gates import held_back
from playbooks.playbook import Decision, Playbook
from vaste.chain import first_page, follow, nobody, page_again, quietly, reopening, waits_unheard
from vaste.desk import Desk
from vaste.folding import with_crisis
from vaste.opening import until_opening
from vaste.posting import posting
from vaste.telling import key_of, tell_others
from vaste.threads import line_below

NEWS_FOR: Final = timedelta(days=1)
"""How long after it was posted a post from before the first start alerts, where nobody promised it an answer."""


def post_of(surroundings: Surroundings, desk: Desk) -> Post:
    """Give what playbooks look at in a mention."""
    return posting(
        surroundings.mention,
        desk,
        history=surroundings.history,
        bystander=surroundings.bystander,
        circumstances=surroundings.circumstances,
    )


def rule(
    surroundings: Surroundings, verdict: Verdict, desk: Desk, *, now: datetime, gist: bytes | None = None
) -> Ruling:
    """Decide upon a mention in its surroundings, and say what it means for others and for crises.

    `gist` is what the mention is about, where that was made before (`vaste.folding.gist_for`).
    """
    decision = decide(post_of(surroundings, desk), verdict, desk.playbooks, stated=desk.says_why)
    ruling = _rule(surroundings, verdict, decision, desk, now=now)
    ruling = tell_others(ruling, surroundings, decision, desk, now=now)
    # what has only spread was compared with its like when it was new
    if surroundings.grown:
        return ruling
    return with_crisis(ruling, surroundings, verdict, desk, now=now, gist=gist)


def _rule(
    surroundings: Surroundings, verdict: Verdict, decision: Decision, desk: Desk, *, now: datetime
) -> Ruling:
    playbook = next((known for known in desk.playbooks if known.name == decision.playbook), None)
    case = surroundings.case
    if _is_no_news(surroundings, playbook):
        return Ruling(decision.playbook, decision.reason)
    joined = _joined_event(surroundings, verdict, playbook)
    if case is not None and _belongs(case, joined, playbook):
        return Ruling(
            decision.playbook,
            decision.reason,
            joins=_join(surroundings, case, joined, playbook, desk, now=now),
        )
    if playbook is None:
        return Ruling(None, decision.reason)
    why_not = held_back(playbook, key=key_of(surroundings), earlier=surroundings.history.opened)
    if why_not is not None:
        return Ruling(decision.playbook, (*decision.reason, why_not))
    return Ruling(
        decision.playbook, decision.reason, opens=_open(surroundings, joined, playbook, desk, now=now)
    )


def _is_no_news(surroundings: Surroundings, playbook: Playbook | None) -> bool:
    """Say whether a post of a case has grown without becoming graver: the same words are no further post."""
    case = surroundings.case
    if not surroundings.grown or case is None:
        return False
    is_known = any(post.post == surroundings.mention.post for post in case.posts)
    return is_known and (playbook is None or playbook.severity.rank <= case.policy.rank)


def _joined_event(surroundings: Surroundings, verdict: Verdict, playbook: Playbook | None) -> Event:
    # what deserves an answer: a post whose playbook promises one
    # with the verdict of then: a post that is edited is judged anew, and what stood before must be told again
    facts = {
        "deserving": playbook is not None and playbook.respond_within is not None,
        "sentiment": None if verdict.abstained else verdict.sentiment.value,
        "attention": verdict.attention,
        "topics": list(verdict.topics_held),
        "language": verdict.language,
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
        followed = follow(case, change, desk, now=now)
        return _told_below(surroundings, case, followed, desk, about=len(loose))
    policy = desk.policy(playbook, posted_at=joined.happened_at, now=now)
    is_late = _is_late(surroundings, policy, now=now)
    change = change.then(_move(after, joined, policy, desk, is_late=is_late, now=now))
    followed = follow(case, change, desk, now=now)
    return _told_below(surroundings, case, followed, desk, about=len(loose))


def _told_below(surroundings: Surroundings, case: Case, change: Change, desk: Desk, *, about: int) -> Change:
    """Tell of a follow-up below the card, where no page tells of it already."""
    post = surroundings.mention.post
    if surroundings.grown or any(owed.kind == "page" for owed in change.owed):
        return change
    return replace(change, owed=(*change.owed, *line_below(case, "follow_up", desk, about=about, post=post)))


def _is_unanswered(case: Case, joined: Event) -> bool:
    return case.last_reply_at is None or joined.happened_at > case.last_reply_at


def _is_late(surroundings: Surroundings, policy: Policy, *, now: datetime) -> bool:
    """Say whether a post from before the first start is too old to alert anybody."""
    mention = surroundings.mention
    within = policy.respond_within
    respond_by = None if within is None else policy.after(mention.posted_at, within)
    return mention.backfilled and now > _alerts_until(mention.posted_at, respond_by)


def _alerts_until(posted_at: datetime, respond_by: datetime | None) -> datetime:
    """Give until when a post from before the first start alerts: while it can be answered in time.

    What nobody promised an answer to is news for a day: praise of last month calls nobody, glass of this morning does.
    """
    return respond_by or posted_at + NEWS_FOR


def _move(case: Case, joined: Event, policy: Policy, desk: Desk, *, is_late: bool, now: datetime) -> Change:
    """Say what an unanswered follow-up does to its case, which has it already."""
    raises = policy.rank > case.policy.rank
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
        # where the chain runs already it goes on, for the graver thing; another team has heard of nothing yet
        in_silence = is_late and (case.chain_from is None or policy.team == case.policy.team)
        return change.then(_raise(case, joined, policy, desk, in_silence=in_silence, now=now))
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
    later = {} if in_silence else until_opening(policy, now=now)
    facts = {
        "policy": policy.as_facts(),
        "posted_at": joined.happened_at.isoformat(),
        "missed": list(breaches(case, now=now)),
        "people": [] if in_silence or later else list(reached.people),
        "quiet": in_silence,
        **({"chain_goes_on": True} if in_silence and case.chain_from is not None else {}),
        **later,
    }
    raised = Event(EventKind.RAISED, now, TimeSource.OURS, post=joined.post, facts=facts)
    if in_silence:
        return Change((raised,))
    if later:
        return Change((raised,), (Owed("card", f"team:{policy.team}"),))
    owed = page_again(with_events(case, (raised,)), reached.people, desk, about=0, why="raised")
    if reached.is_nobody:
        return Change((raised, nobody(0, "on_call", reached, now=now)), owed)
    return Change((raised,), owed)


def _open(
    surroundings: Surroundings, joined: Event, playbook: Playbook, desk: Desk, *, now: datetime
) -> Change:
    """Open a case; one that is answered already, or too old to alert anybody, is logged in silence."""
    policy = desk.policy(playbook, posted_at=joined.happened_at, now=now)
    later = until_opening(policy, now=now)
    posts = sorted(
        (*(_loose(post) for post in surroundings.posts), joined), key=lambda event: event.happened_at
    )
    answers = answer_events(surroundings.answers)
    reached, passed = desk.first_call(policy, at=now)
    promised = policy.as_facts()

    def opened(*, quiet: bool) -> tuple[Event, ...]:
        facts = {
            "policy": promised,
            "quiet": quiet,
            "people": [] if quiet or later else list(reached.people),
            "configuration": desk.fingerprint,
            **({} if quiet else later),
        }
        first = Event(EventKind.OPENED, now, TimeSource.OURS, post=surroundings.mention.post, facts=facts)
        return (first, *posts, *answers)

    backfilled = surroundings.mention.backfilled
    # what is new and not answered alerts: most posts need no further look
    may_be_quiet = backfilled or answers
    if may_be_quiet and _is_quiet(fold(0, opened(quiet=False)), backfilled=backfilled, now=now):
        case = fold(0, opened(quiet=True))
        # nothing will be due on it, so what it missed is told at once
        return Change((*opened(quiet=True), *breach_events(case, now=now)))
    owed = first_page(policy, () if later else reached.people, desk, about=0, why="opened")
    events = opened(quiet=False)
    if passed is not None and not later:
        facts = {
            "person": passed.person,
            "reason": as_facts((passed.why,)),
            "instead": list(reached.people),
        }
        events = (*events, Event(EventKind.PASSED_OVER, now, TimeSource.OURS, facts=facts))
    if reached.is_nobody and not later:
        events = (*events, nobody(0, "on_call", reached, now=now))
    return Change(events, owed)


def _is_quiet(case: Case, *, backfilled: bool, now: datetime) -> bool:
    if case.status is Status.RESPONDED:
        return True
    return backfilled and now > _alerts_until(case.posted_at, deadlines(case).get("respond"))


def _loose(post: CustomerPost) -> Event:
    facts = {"deserving": False, "sentiment": post.sentiment}
    return Event(EventKind.JOINED, post.at, TimeSource.PLATFORM, post=post.post, facts=facts)
