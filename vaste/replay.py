"""History decided again: one customer's posts by another configuration, as if it had been there then. Pure.

Theory of operation:
1. What happened is taken from the record as it happened: posts and verdicts when they were judged, our public
   answers when they were seen, deletions when they were found, and what people pressed when they pressed it.
2. What was decided is decided again, in that order and by the very functions of the live line: `rule` for each
   mention, `follow` for each answer, `carry_out` for each press. Cases live in memory, and nobody is told.
3. A press is the act of a person who had a case before them. It is carried over to the replayed case of the same
   customer in the same conversation; where there is none, nobody pressed anything.
4. Cases that were there before the time that is decided again stand as they did.
5. What falls due by itself does so at its time, by the very function of the watch job: steps of a chain with the
   rota as it stood then, automatic closes, reminders. A chain stops at the instant at which somebody took the case.
6. Where the record had no case in a conversation, nobody could take one, and nobody knows when somebody would have.
   What a chain calls there is counted apart: so many calls it would be, had nobody taken the case (`attended`).
7. What crises did to a case is taken as it happened: a child that was folded calls nobody.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from casebook.act import Act
from casebook.case import Case, CustomerPost, FoundAnswer, answer_events
from casebook.event import Event, EventKind, TimeSource
from casebook.fold import fold, with_events
from casebook.history import MOST_CASES, AuthorHistory, PastCase, history_of
from casebook.past import Answered, Before, Judged, Past, RecordedCase
from casebook.record import Change, Surroundings
from vaste.chain import carry_out, follow, moves, moves_at
from vaste.decided import Decided, Tally
from vaste.desk import Desk
from vaste.legible import as_before
from vaste.recorded import attended, parted, presses
from vaste.ruling import rule
from vaste.tending import stand_again

ByStander = Callable[[int], bool]
_AS_IT_HAPPENED: Final = frozenset({EventKind.FOLDED, EventKind.RELEASED})
"""What crises did to a case: they gather many customers, and a replay goes customer by customer."""


def for_replay(desk: Desk) -> Desk:
    """Give the desk as a replay needs it: it words no reasons, and crises gather nobody anew."""
    return replace(desk, crisis=None, says_why=False)


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
class _Folded:
    case: RecordedCase
    event: Event


@dataclass(frozen=True, slots=True)
class _Pressed:
    case: RecordedCase
    act: Act


_Turn = Judged | Answered | _Gone | _Folded | _Pressed
_ORDER: Final[dict[type, int]] = {Judged: 0, _Folded: 1, Answered: 2, _Gone: 3, _Pressed: 4}
"""Of what happens at one instant: a tick judges before it matches, and people press after both."""


def decide_again(past: Past, desk: Desk, *, bystander: ByStander, now: datetime) -> Decided:
    """Decide a customer's posts anew, by a desk `for_replay`, and let their cases live until `now`.

    `bystander` is asked of posts whose case then there is not now: whose conversation it is, nobody noted.
    """
    return _Replay(past, desk, bystander).run(now)


class _Replay:
    """One customer's history, once more."""

    def __init__(self, past: Past, desk: Desk, bystander: ByStander) -> None:
        self._past, self._desk, self._ask_bystander = past, desk, bystander
        self._attended = attended(past)
        self._lives: list[_Life] = []
        self._of_thread: dict[str, list[_Life]] = defaultdict(list)
        self._of_post: dict[int, _Life] = {}
        self._loose: dict[str, list[Before]] = defaultdict(list)
        """Posts that belong to no case."""
        self._next_number = max((case.number for case in past.cases), default=0) + 1
        self._tally = Tally()

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
            elif isinstance(turn, _Folded):
                self._fold(turn, at)
            else:
                self._press(turn, at)
        for life in self._lives:
            self._catch_up(life, now)
        cases = tuple(life.case for life in self._lives if not life.is_old)
        posts = [one.mention.post for one in self._past.judged]
        return self._tally.decided(
            (takers[post] for post in posts), cases, (post in self._of_post for post in posts)
        )

    def _course(self) -> list[tuple[datetime, _Turn]]:
        """Give what happened to this customer, in its order; what stood before is put in its place."""
        past = self._past
        posts = {one.mention.post for one in past.judged}
        turns: list[tuple[datetime, _Turn]] = [(one.judged_at, one) for one in past.judged]
        turns += [(one.seen_at, one) for one in past.answers]
        turns += [(one.gone_at, _Gone(one.mention.post)) for one in past.judged if one.gone_at is not None]
        turns += [(one.gone_at, _Gone(one.post.post)) for one in past.before if one.gone_at is not None]
        for recorded in past.cases:
            standing, later = parted(recorded, posts, past.judged[0].judged_at)
            if standing:
                self._begin(recorded.thread, fold(recorded.number, standing), is_old=True)
            turns += [
                (event.recorded_at or event.happened_at, _Folded(recorded, event))
                for event in later
                if event.kind in _AS_IT_HAPPENED
            ]
            turns += [(act.at, _Pressed(recorded, act)) for act in presses(recorded.number, later)]
        for one in past.before:
            if one.post.post not in self._of_post:
                self._loose[one.thread].append(one)
        return sorted(turns, key=lambda turn: (turn[0], _ORDER[type(turn[1])]))

    def _begin(self, thread: str, case: Case, *, is_old: bool = False) -> _Life:
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
            opened = self._begin(judged.thread, fold(self._next_number, ruling.opens.events))
            self._next_number += 1
            self._tally.add(opened.case, ruling.opens, at=now)
        elif ruling.joins is not None and life is not None:
            self._append(life, ruling.joins, now)
        else:
            self._loose[judged.thread].append(as_before(judged))
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

    def _append(self, life: _Life, change: Change, now: datetime, *, is_known: bool = True) -> None:
        """Add a change to a case, and count whom it calls."""
        life.case = with_events(life.case, change.events)
        self._tally.add(life.case, change, at=now, is_known=is_known)
        joined = [event.post for event in change.events if event.kind is EventKind.JOINED]
        if joined:
            self._take_in(life, (post for post in joined if post is not None))

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
            self._append(life, follow(life.case, Change(), self._desk, now=now), now)

    def _fold(self, folded: _Folded, now: datetime) -> None:
        """Let a case become the child of a crisis as it did then, or stand by itself again."""
        life = self._same(folded.case)
        if life is None:
            return
        self._catch_up(life, now)
        event = folded.event
        if event.kind is EventKind.FOLDED:
            self._append(life, Change((event,)), now)
        else:
            crisis, is_alarm = int(event.facts["crisis"]), bool(event.facts.get("alert"))
            change = stand_again(life.case, crisis, self._desk, false_alarm=is_alarm, now=now)
            self._append(life, change, now)

    def _press(self, pressed: _Pressed, now: datetime) -> None:
        life = self._same(pressed.case)
        if life is not None:
            self._catch_up(life, now)
            act = replace(pressed.act, case=life.case.number)
            _, change = carry_out(life.case, act, self._desk, now=now)
            self._append(life, change, now)

    def _catch_up(self, life: _Life | None, now: datetime) -> None:
        """Let fall due what the watch job would have looked at before now."""
        if life is None:
            return
        while (due := moves_at(life.case)) is not None and due < now:
            change = moves(life.case, self._desk, now=due)
            if not change.events:
                return
            self._append(life, change, due, is_known=self._is_known(life, due))

    def _is_known(self, life: _Life, at: datetime) -> bool:
        """Say whether people had a case of this conversation before them: else nobody could take it."""
        return any(begin <= at < end for begin, end in self._attended.get(life.thread, ()))

    def _same(self, recorded: RecordedCase) -> _Life | None:
        """Give the case that stands for one on record: that of the post which opened it, else its conversation's latest."""
        post = recorded.events[0].post
        life = self._of_post.get(post) if post is not None else None
        return life or self._latest(recorded.thread)

    def _latest(self, thread: str) -> _Life | None:
        lives = self._of_thread.get(thread)
        return max(lives, key=lambda life: life.case.number) if lives else None


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
