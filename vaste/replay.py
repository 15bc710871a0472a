"""History decided again: one customer's posts by another configuration, as if it had been there then. Pure.

Theory of operation:
1. What happened is taken from the record as it happened: posts and verdicts when they were judged, our public
   answers when they were seen, deletions when they were found, and what people pressed when they pressed it.
2. What was decided is decided again, in that order and by the very functions of the live line: `rule` for each
   mention, `follow` for each answer, `carry_out` for each press. Cases live in memory, and nobody is told.
3. A press is the act of a person who had a case before them. It is carried over to the replayed case of the same
   customer in the same conversation; where there is none, nobody pressed anything.
4. Cases that were there before the time that is decided again stand as they did.
5. The steps of a chain are left out (`without_steps`): when somebody would have taken a case that never was,
   nobody knows. So are they of what was decided then, so that both sides count the same: whom each opening,
   raising, reopening and renewed wait calls. All else that falls due by itself does so at its time (`watch`).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Final, Literal

from casebook.act import Act
from casebook.case import Case, CustomerPost, FoundAnswer, Status, answer_events
from casebook.event import VASTE, Event, EventKind, TimeSource
from casebook.fold import fold, with_events
from casebook.history import MOST_CASES, AuthorHistory, PastCase, history_of
from casebook.mention import Verdict
from casebook.past import Answered, Before, Judged, Past, RecordedCase
from casebook.record import Change, Surroundings
from casebook.timing import answer_state, breaches, deadlines
from classifier.topics import Topic
from playbooks.playbook import Match, Playbook
from vaste.chain import carry_out, follow, look_at, watch
from vaste.desk import Desk
from vaste.ruling import rule

ByStander = Callable[[int], bool]
Kept = Literal["kept", "missed", "pending", "void"]
"""Of an answer that was promised: in time, too late, not due yet, no longer owed (a false alarm, taken back)."""

_PRESSES: Final = {
    EventKind.ACKNOWLEDGED: "acknowledge",
    EventKind.REPLIED: "replied",
    EventKind.PLACED: "replied",
    EventKind.CLOSED: "close",
    EventKind.DISMISSED: "dismiss",
    EventKind.REOPENED: "reopen",
    EventKind.REASSIGNED: "reassign",
}


_CALLING: Final = {EventKind.OPENED, EventKind.RAISED, EventKind.REOPENED, EventKind.WAITS}
_OF_A_CHAIN: Final = frozenset({"escalate", "repeat", "ask_after"})
"""What a playbook says of the steps after the first call."""


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody was told to look at a case."""

    at: datetime
    person: str
    severity: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided of one customer's posts, by one configuration."""

    playbooks: tuple[str | None, ...]
    """The taker of each judged mention, in their order; None: no case."""
    cases: tuple[Case, ...] = ()
    """Those that these mentions opened, as they stand now."""
    calls: tuple[Call, ...] = ()
    nobody: int = 0
    """How often there was nobody to call."""


def without_steps(desk: Desk) -> Desk:
    """Give the desk as a replay needs it: whoever is on call is called, and nobody after them."""
    return replace(desk, playbooks=tuple(map(_first_call_only, desk.playbooks)))


def _first_call_only(playbook: Playbook) -> Playbook:
    blank: dict[str, Any] = {key.name: key.default for key in fields(playbook) if key.name in _OF_A_CHAIN}
    return replace(playbook, **blank)


def promise_kept(case: Case, *, now: datetime) -> Kept | None:
    """Say whether the answer that a case was promised came in time; None where none was promised."""
    if "respond" in breaches(case, now=now):
        return "missed"
    if "respond" not in deadlines(case):
        return None
    state = answer_state(case, now=now)
    if state == "answered":
        return "kept"
    return "pending" if state == "pending" else "void"


# -- what was decided then


def as_recorded(past: Past) -> Decided:
    """Give what was decided then, as it is on record."""
    posts = {one.mention.post for one in past.judged}
    opened = []
    tally = _Tally()
    for recorded in past.cases:
        standing, later = _parted(recorded, posts, past.judged[0].judged_at)
        case = fold(recorded.number, standing) if standing else None
        for event in later:
            case = fold(recorded.number, [event]) if case is None else with_events(case, [event])
            tally.count(case, event, at=event.recorded_at or event.happened_at)
        if case is not None and not standing:
            opened.append(case)
    takers = tuple(one.playbook for one in past.judged)
    return Decided(takers, tuple(opened), tuple(tally.calls), tally.nobody)


@dataclass(slots=True)
class _Tally:
    calls: list[Call] = field(default_factory=list)
    nobody: int = 0

    def count(self, case: Case, event: Event, *, at: datetime) -> None:
        """Count whom an event called; the case has it already."""
        self.calls += [Call(at, person, case.policy.severity) for person in _called(case, event)]
        # step 0 is the person on call; steps are not counted
        self.nobody += event.kind is EventKind.NOBODY_ON_CALL and not event.facts.get("step")


def _called(case: Case, event: Event) -> Sequence[str]:
    """Name whom an event calls: the people it says, or the owner where the customer waits again."""
    if event.kind is EventKind.REASSIGNED:
        return (str(event.facts["to"]),)
    is_first = event.kind is EventKind.ESCALATED and event.facts.get("step") == 0
    if event.kind not in _CALLING and not is_first:
        return ()
    if event.facts.get("quiet"):
        return ()
    people = event.facts.get("people")
    if people is None and event.kind is EventKind.WAITS and case.owner is not None:
        return (case.owner,)
    return tuple(people or ())


def _parted(
    recorded: RecordedCase, posts: set[int], start: datetime
) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
    """Part a case's history into what stood before any of these posts was decided upon, and the rest."""
    events = recorded.events
    if not events or events[0].post in posts:
        return (), events
    ours = (
        at
        for at, event in enumerate(events)
        if event.post in posts or (at > 0 and event.recorded_at is not None and event.recorded_at >= start)
    )
    at = next(ours, len(events))
    return events[:at], events[at:]


# -- what would be decided


@dataclass(slots=True)
class _Life:
    """A case as it lives through the replay."""

    case: Case
    thread: str
    is_old: bool
    """It stood before the time that is decided again."""


@dataclass(frozen=True, slots=True)
class _Gone:
    post: int


@dataclass(frozen=True, slots=True)
class _Pressed:
    thread: str
    act: Act


_Turn = Judged | Answered | _Gone | _Pressed
_ORDER: Final[dict[type, int]] = {Judged: 0, Answered: 1, _Gone: 2, _Pressed: 3}
"""Of what happens at one instant: a tick judges before it matches, and people press after both."""


def decide_again(past: Past, desk: Desk, *, bystander: ByStander, now: datetime) -> Decided:
    """Decide a customer's posts anew, by a desk `without_steps`, and let their cases live until `now`.

    `bystander` is asked of posts whose case then there is not now: whose conversation it is, nobody noted.
    """
    return _Replay(past, desk, bystander).run(now)


class _Replay:
    """One customer's history, once more."""

    def __init__(self, past: Past, desk: Desk, bystander: ByStander) -> None:
        # crises fold what many customers write; a replay goes customer by customer, and counts each by itself
        self._past, self._desk, self._ask_bystander = past, replace(desk, crisis=None), bystander
        self._lives: list[_Life] = []
        self._of_thread: dict[str, list[_Life]] = defaultdict(list)
        self._of_post: dict[int, _Life] = {}
        self._loose: dict[str, list[Before]] = defaultdict(list)
        """Posts that belong to no case."""
        self._next_number = max((case.number for case in past.cases), default=0) + 1
        self._tally = _Tally()

    def run(self, now: datetime) -> Decided:
        """Let everything happen in its order."""
        takers: dict[int, str | None] = {}
        for at, turn in self._course():
            if isinstance(turn, Judged):
                self._catch_up(self._latest(turn.thread), at)
                takers[turn.mention.post] = self._judge(turn, at)
            elif isinstance(turn, Answered):
                self._answer(turn, at)
            elif isinstance(turn, _Gone):
                gone = Event(EventKind.DELETED, at, TimeSource.OURS, post=turn.post)
                self._tell(self._of_post.get(turn.post), gone, at)
            else:
                self._catch_up(self._latest(turn.thread), at)
                self._press(turn, at)
        for life in self._lives:
            self._catch_up(life, now)
        cases = tuple(life.case for life in self._lives if not life.is_old)
        playbooks = tuple(takers[one.mention.post] for one in self._past.judged)
        return Decided(playbooks, cases, tuple(self._tally.calls), self._tally.nobody)

    def _course(self) -> list[tuple[datetime, _Turn]]:
        """Give what happened to this customer, in its order; what stood before is put in its place."""
        past = self._past
        posts = {one.mention.post for one in past.judged}
        turns: list[tuple[datetime, _Turn]] = [(one.judged_at, one) for one in past.judged]
        turns += [(one.seen_at, one) for one in past.answers]
        turns += [(one.gone_at, _Gone(one.mention.post)) for one in past.judged if one.gone_at is not None]
        turns += [(one.gone_at, _Gone(one.post.post)) for one in past.before if one.gone_at is not None]
        for recorded in past.cases:
            standing, later = _parted(recorded, posts, past.judged[0].judged_at)
            if standing:
                self._begin(recorded.thread, fold(recorded.number, standing), is_old=True)
            turns += [(act.at, _Pressed(recorded.thread, act)) for act in presses(recorded.number, later)]
        for one in past.before:
            if one.post.post not in self._of_post:
                self._loose[one.thread].append(one)
        return sorted(turns, key=lambda turn: (turn[0], _ORDER[type(turn[1])]))

    def _begin(self, thread: str, case: Case, *, is_old: bool = False) -> _Life:
        if case.policy.steps:
            case = replace(case, policy=replace(case.policy, steps=()))
        life = _Life(case, thread, is_old)
        self._lives.append(life)
        self._of_thread[thread].append(life)
        self._take_in(life, (case.opening_post, *(post.post for post in case.posts)))
        return life

    def _take_in(self, life: _Life, posts: Iterable[int]) -> None:
        for post in posts:
            self._of_post[post] = life
        loose = self._loose.get(life.thread)
        if loose:
            self._loose[life.thread] = [one for one in loose if one.post.post not in self._of_post]

    def _judge(self, judged: Judged, now: datetime) -> str | None:
        life = self._latest(judged.thread)
        ruling = rule(self._surroundings(judged, life, now), judged.verdict, self._desk, now=now)
        if ruling.opens is not None:
            first, *rest = ruling.opens.events
            opened = self._begin(judged.thread, fold(self._next_number, [first]))
            self._next_number += 1
            self._tally.count(opened.case, first, at=now)
            self._append(opened, rest, now)
        elif ruling.joins is not None and life is not None:
            self._append(life, ruling.joins.events, now)
        else:
            self._loose[judged.thread].append(_as_before(judged))
        return ruling.playbook

    def _surroundings(self, judged: Judged, life: _Life | None, now: datetime) -> Surroundings:
        posts = [
            one.post
            for one in self._loose.get(judged.thread, ())
            if one.judged_at <= now and (one.gone_at is None or one.gone_at > now)
        ]
        return Surroundings(
            mention=judged.mention,
            bystander=life is None and self._is_bystander(judged),
            posts=tuple(sorted(posts, key=lambda post: (post.at, post.post))),
            answers=self._answers_to(judged, posts, now),
            case=life.case if life else None,
            history=self._history(judged, life),
            circumstances=judged.circumstances,
        )

    def _is_bystander(self, judged: Judged) -> bool:
        if judged.bystander:
            return True
        # whoever had a case was not asked whose conversation it is; without that case it is to be asked now
        began = (
            case.events[0].recorded_at
            for case in self._past.cases
            if case.thread == judged.thread and case.events
        )
        had_one = any(at is not None and at < judged.judged_at for at in began)
        return had_one and self._ask_bystander(judged.mention.post)

    def _answers_to(
        self, judged: Judged, posts: Sequence[CustomerPost], now: datetime
    ) -> tuple[FoundAnswer, ...]:
        if not self._past.answers:
            return ()
        # an answer to what the customer wrote next answers this one too, whether that has been judged or not
        waiting = (
            one.mention.post
            for one in self._past.judged
            if one.thread == judged.thread and one.mention.seen_at <= now < one.judged_at
        )
        mine = {judged.mention.post, *(post.post for post in posts), *waiting}
        seen = (one for one in self._past.answers if one.to in mine and one.seen_at <= now)
        found = {one.answer.post: one.answer for one in seen}
        return tuple(sorted(found.values(), key=lambda answer: (answer.at, answer.post)))

    def _history(self, judged: Judged, but: _Life | None) -> AuthorHistory:
        lives = [life for life in self._lives[-MOST_CASES - 1 :] if life is not but]
        if not lives:
            return AuthorHistory()
        return history_of([_past_case(life.case) for life in lives], at=judged.mention.posted_at)

    def _append(self, life: _Life, events: Iterable[Event], now: datetime) -> None:
        """Add events to a case one by one, and count whom they call."""
        joined = []
        for event in events:
            life.case = with_events(life.case, (event,))
            self._tally.count(life.case, event, at=now)
            if event.kind is EventKind.JOINED and event.post is not None:
                joined.append(event.post)
        self._take_in(life, joined)

    def _answer(self, answered: Answered, now: datetime) -> None:
        life = self._of_post.get(answered.to)
        if life is not None and all(answered.answer.post != known.post for known in life.case.answers):
            [event] = answer_events([answered.answer])
            self._tell(life, event, now)

    def _tell(self, life: _Life | None, event: Event, now: datetime) -> None:
        """Let a case hear of what was found on the network, and do what follows from it."""
        if life is not None:
            self._catch_up(life, now)
            life.case = with_events(life.case, (event,))
            self._append(life, follow(life.case, Change(), self._desk, now=now).events, now)

    def _press(self, pressed: _Pressed, now: datetime) -> None:
        life = self._latest(pressed.thread)
        if life is not None:
            act = replace(pressed.act, case=life.case.number)
            _, change = carry_out(life.case, act, self._desk, now=now)
            self._append(life, change.events, now)

    def _catch_up(self, life: _Life | None, now: datetime) -> None:
        """Let fall due what the watch job would have looked at before now."""
        while life is not None and _waits_for_the_watch(life.case):
            due = look_at(life.case)
            events = () if due is None or due >= now else watch(life.case, self._desk, now=due).events
            if due is None or not events:
                return
            self._append(life, events, due)

    def _latest(self, thread: str) -> _Life | None:
        lives = self._of_thread.get(thread)
        return max(lives, key=lambda life: life.case.number) if lives else None


def _waits_for_the_watch(case: Case) -> bool:
    """Say whether something may fall due by itself: an automatic close, or a first call that had to wait.

    Breaches fall due too, but nothing hangs on when they were told.
    """
    return case.status is Status.RESPONDED or (case.chain_from is not None and not case.first_paged)


def _as_before(judged: Judged) -> Before:
    mention = judged.mention
    feeling = judged.verdict.sentiment.value
    said = CustomerPost(mention.post, mention.posted_at, deserving=False, sentiment=feeling)
    return Before(judged.thread, said, judged.judged_at, judged.gone_at)


def _past_case(case: Case) -> PastCase:
    response = case.response
    return PastCase(
        case.number,
        case.posted_at,
        response.at if response else None,
        case.sentiment_after,
        case.policy.playbook,
        case.dismissed,
    )


def presses(number: int, events: Iterable[Event]) -> Iterator[Act]:
    """Give what people pressed on a case, from its history; what a press brought along is not a press."""
    for event in events:
        verb = _PRESSES.get(event.kind)
        if verb is None or event.actor == VASTE or event.facts.get("by", verb) != verb:
            continue
        yield Act(
            number,
            verb,
            event.actor,
            event.happened_at,
            where=str(event.facts.get("where", "unsaid")),
            to=event.facts.get("to"),
        )


# -- what a verdict on record can still tell

TEXTLESS: Final = frozenset(
    [
        "sentiment",
        "sentiment_at_least",
        "attention",
        "topics",
        "topics_at_least",
        "language",
        "source",
        "followers",
        "author_cases",
        "kind",
        "rating",
        "reach",
        "author",
        "time",
        "weekday",
        "open",
        "crisis",
        "blind",
    ]
)
"""Conditions that ask nothing of the words of a post."""
_NESTING: Final = ("all", "any", "none")


def reads_words(match: Match) -> bool:
    """Say whether a match asks for words of a post, which may have been erased."""
    blank = Match()
    for key in fields(match):
        value = getattr(match, key.name)
        if key.name in _NESTING:
            if any(map(reads_words, value)):
                return True
        elif key.name not in TEXTLESS and value != getattr(blank, key.name):
            return True
    return False


def without_erased(past: Past) -> tuple[Past | None, int]:
    """Leave out the mentions whose words were erased, and say how many; they stay as context of the others."""
    kept = tuple(one for one in past.judged if not one.is_erased)
    erased = tuple(_as_before(one) for one in past.judged if one.is_erased)
    if not erased:
        return past, 0
    if not kept:
        return None, len(erased)
    return replace(past, judged=kept, before=(*past.before, *erased)), len(erased)


def as_scored(
    verdict: Verdict, topics: Sequence[Topic], learnt: Mapping[str, float]
) -> tuple[Verdict, tuple[str, ...]]:
    """Give a verdict with the topics that hold by these thresholds, and those that it has no score of.

    `learnt` are the thresholds that the team's corrections taught; they go before those that are written.
    """
    scores = verdict.topics
    held = [
        topic.name
        for topic in topics
        if topic.name in scores and scores[topic.name] >= learnt.get(topic.name, topic.threshold)
    ]
    missing = tuple(topic.name for topic in topics if topic.name not in scores)
    best_first = tuple(sorted(held, key=lambda name: -scores[name]))
    if best_first == verdict.topics_held:
        return verdict, missing
    return replace(verdict, topics_held=best_first), missing
