"""The way of one mention, job by job. Each tick may run at any time, on any machine, twice.

Theory of operation:
1. poll     a source is claimed, looked at, and what it showed is filed together with its cursor; or what was
            sent to one is filed, before the sender hears so. Its language is decided, and what is muted; what
            each of its lanes could see goes into the coverage ledger as it is given back.
2. triage   mentions without a verdict are claimed, those first that cost most by waiting, judged, and ruled
            upon one by one: verdict, case, event and the messages owed are one transaction.
3. match    cases that new posts may concern take in the replies that were found: the clock stops by itself.
4. watch    cases whose time has come take the next step of their chain, breach, or close by themselves.
5. deliver  messages that are due are claimed, worded from the case as it stands now, sent, and marked.
6. press    a press becomes an act, an act becomes events.
7. tend     crises remind, stand down and are summed up; their children are acknowledged with them, and stand
            by themselves again afterwards.
8. tell     what belongs to no case is owed when it is due, once: a spent budget, a blind source, digests.
9. look up  networks are asked whether the posts we hold are still there; what is gone is erased here and in
            our messages, and its case hears of it. What may be kept only so long is erased when it is time.
10. rotas   who stands in and who is away is taken in from the record, and rotas kept elsewhere are read.

The database is the queue: what a dead process left undone is done by the next tick. No network and no
model is called while a transaction is open.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

import structlog

from casebook.allowance import Allowance, Gate
from casebook.case import Case, Status
from casebook.load import last_night
from casebook.mention import Batch, Json, Trouble, Verdict
from casebook.record import Sweep
from casebook.store import Change, Claimed, Filed, Grow, Held, LostLease, SourceState, Store, ToJudge
from casebook.updates import update_owed
from classifier.model import Classifier, ModelUnavailable
from listener.budget import notices, plan_month
from listener.coverage import grown
from listener.lookups import (
    OFTEN,
    SWEEP_AGAIN,
    SWEEP_EVERY,
    SWEEP_WITHIN,
    SWEPT_AFTER,
    WHILE_YOUNG,
    whom_to_ask,
    whom_to_sweep,
)
from listener.pace import Arrival, memory_of, next_look
from listener.skew import complaint
from listener.source import Billed, LooksUp, NotYet, Source, SourceSettings, SourceUnavailable, Sweeps
from listener.webhook import WebhookSource, not_known, remembered
from notifier.channel import (
    Answer,
    Channel,
    ChannelUnavailable,
    Content,
    KnowsMembers,
    Message,
    Notice,
    Paced,
    Press,
    Sending,
    Sent,
    Tongue,
    Whereabouts,
)
from notifier.notices import word_notice
from playbooks.crisis import CrisisRule
from playbooks.playbook import Match, Playbook
from vaste.bulletin import Bulletin
from vaste.cards import card_of, page_of
from vaste.chain import follow, unheard, watch
from vaste.clock import Clock
from vaste.desk import Desk
from vaste.digests import Telling, budget_notices
from vaste.folding import gist_for
from vaste.lessons import Judges, by_itself
from vaste.notes import notes_of
from vaste.notices import notice_of
from vaste.order import triage_order
from vaste.pressing import take
from vaste.ruling import rule
from vaste.spending import least_look, spending_of
from vaste.standing import RotaUnavailable, Standing
from vaste.tending import release, take_with, tend
from vaste.threads import LINES, is_told
from vaste.threads import found as found_below
from vaste.weekly_chart import chart_of

SOURCE_LEASE = timedelta(minutes=10)
JUDGE_LEASE = timedelta(minutes=2)
SEND_LEASE = timedelta(minutes=2)
"""Longer than any one call's time-outs together, shorter than a team's patience."""
LONGEST_BACKOFF = timedelta(minutes=5)
REFUSED_WAIT = timedelta(seconds=15)
"""Before a message that every channel refused is tried again; doubled each time up to LONGEST_BACKOFF."""
FALL_BACK_AFTER = timedelta(minutes=2)
"""A message that a channel could not take for this long goes to the next one."""
PACE = timedelta(seconds=1)
"""Between two messages to one destination (Slack: about one a second and channel)."""
MODEL_WAIT = timedelta(seconds=30)
"""Before mentions that could not be judged are tried again."""
JUDGED_AT_ONCE = 32
ORDERED_AT_ONCE = 8 * JUDGED_AT_ONCE
"""Mentions that keep their turn once they have it: a second or two of judging."""
_MOST_BATCHES = 1_000
_AS_BEFORE = "the last good copy says who is on call"
ASKED_IN_ONE_LOOK = 500
"""Posts looked up in one tick of a source: five questions at X, which allows 450 in 15 minutes."""
LOOK_UP_LEASE = timedelta(minutes=10)
"""Longer than the questions of one tick together."""
CHILDREN_AT_ONCE = 100
"""Cases of a crisis that one tick changes; a press must not wait for the five hundredth."""
REFRESH = timedelta(seconds=10)
"""Between two updates of a message that only say how it has grown: a crisis' card, a count of cards."""
AS_USUAL = CrisisRule(10, timedelta(minutes=15), 0.8, Playbook("crisis", Match(), ""))
"""How crises end that live when crises are turned off."""
LOOK_UP_AGAIN = timedelta(minutes=5)
"""Before a network that could not be asked is asked again."""


@dataclass(slots=True)
class Jobs:
    """Every job of one process, over one store. Safe to call from several threads."""

    store: Store
    desk: Desk
    sources: Mapping[str, tuple[Source, SourceSettings]]
    channels: Sequence[Channel]
    reaches: Sequence[Literal["slack", "email"] | None]
    """Of each channel: by which address it can reach one person alone."""
    classifier: Classifier
    tongue: Tongue
    clock: Clock
    pace: timedelta = PACE
    as_taught: Judges = by_itself
    """Judges by the classifier and today's lesson."""
    telling: Telling = field(default_factory=Telling)
    """Who is told what belongs to no case."""
    standing: Standing | None = None
    """Knows who stands in; None: the configuration alone says who is on call."""
    crash: Callable[[str], None] = field(default=lambda _: None)
    """Called with the name of each point between two steps; tests die there."""
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set before sources and channels are closed: what breaks off then is nobody's trouble."""
    _gates: list[Gate] = field(default_factory=list)
    _written: dict[str, str] = field(default_factory=dict)
    _staffing: threading.Lock = field(default_factory=threading.Lock)
    """Held while the desk is changed: rotas and people are read at the same time."""
    _counted: set[tuple[int, str]] | None = None
    _fine: set[str] = field(default_factory=set)
    _arrivals: dict[str, list[Arrival]] = field(default_factory=dict)
    _bulletins: list[Bulletin] = field(default_factory=list)

    # ---- poll ----------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Record the first start of every source: what is posted from now on is judged, not context only.

        And learn who stands in, before anybody could be called.
        """
        self.heed()
        if self.standing is not None:
            self._over_except("rota:", {f"rota:{name}" for name in self.standing.feeds})
        for name in self.sources:
            self._known(name)

    def _known(self, name: str) -> SourceState:
        source, _ = self.sources[name]
        # networks tell their times in whole seconds: a post of the second in which we start is not older
        now = self.clock.now().replace(microsecond=0)
        return self.store.source(name, kind=source.kind, network=source.network, now=now)

    def poll(self, name: str) -> Filed:
        """Look at one source once, to the end; what it brought is filed, what troubled it is told."""
        source, settings = self.sources[name]
        now = self.clock.now()
        known = self._known(name)
        if known.retry_at is not None and known.retry_at > now:
            return Filed()
        state = self.store.claim_source(name, now=now, lease=SOURCE_LEASE)
        if state is None:  # another machine is looking
            return Filed()
        try:
            filed, troubles, lanes = self._look(source, settings, state)
        except LostLease:
            return Filed()
        except SourceUnavailable as error:
            self._source_failed(state, settings, error, began_at=now)
            return Filed()
        except Exception as error:  # noqa: BLE001 - whatever is wrong with this source, the others go on
            structlog.get_logger().exception("source failed", source=name)
            failed = SourceUnavailable(f"{type(error).__name__}; see the log")
            self._source_failed(state, settings, failed, began_at=now)
            return Filed()
        self._tell_lanes(name, troubles)
        self._arrived(name, filed, settings)
        ended_at = self.clock.now()
        saw = _saw(lanes, troubles, began_at=now, at=ended_at, due_within=self.pause_of(name))
        self.store.finish_look(state, now=ended_at, failures=0, retry_at=None, grow=saw)
        return filed

    def pause_of(self, name: str) -> timedelta:
        """Say how long after its last look a source is looked at again: `every`, in a burst less."""
        _, settings = self.sources[name]
        arrivals = self._arrivals.get(name, [])
        return next_look(every=settings.every, arrivals=arrivals, now=self.clock.now()).length

    def _arrived(self, name: str, filed: Filed, settings: SourceSettings) -> None:
        now = self.clock.now()
        arrived = Arrival(now, filed.mentions + filed.replies + filed.versions)
        known = self._arrivals.get(name, [])
        recent = [one for one in known if now - one.at < memory_of(settings.every)]
        self._arrivals[name] = [*recent, arrived]

    def _look(
        self, source: Source, settings: SourceSettings, state: SourceState
    ) -> tuple[Filed, list[Trouble], set[str]]:
        since = state.first_started_at - (settings.backfill or timedelta(0))
        cursor = state.cursor
        total = Filed()
        troubles: list[Trouble] = []
        lanes: set[str] = set()
        failed: set[str] = set()
        for _ in range(_MOST_BATCHES):
            self._ration(state.name)
            batch = source.fetch(cursor, since=since, now=self.clock.now())
            self.crash("fetched")
            total = _sum(total, self._file(state, batch, settings))
            self.crash("filed")
            self._tell_clock(state.name, batch.clock_offset)
            troubles.extend(batch.troubles)
            lanes.update(batch.lanes)
            failed.update(trouble.lane for trouble in batch.troubles if trouble.lane not in batch.lanes)
            cursor = batch.cursor
            if not batch.more:
                break
        return total, troubles, lanes - failed

    def _ration(self, name: str) -> None:
        """Tell a source what its reads have cost, and the team when the month's budget comes to its end."""
        source, settings = self.sources[name]
        if settings.budget is None or not isinstance(source, Billed):
            return
        now = self.clock.now()
        spending = spending_of(self.store, name, now=now)
        source.ration(spending)
        plan = plan_month(settings.budget, spending, now=now)
        month = f"budget:{name}:{now:%Y-%m}"
        told = dict(notices(plan, least=least_look(settings)))
        for share, message in told.items():
            self._trouble(f"{month}:{share}", f"source {name}: {message}")
        for notice in budget_notices(name, plan, told, self.telling, now=now):
            self._bulletin().owe(notice, now=now)
        self._over_except(f"budget:{name}:", {f"{month}:{share}" for share in told})

    def _file(self, state: SourceState, batch: Batch, settings: SourceSettings) -> Filed:
        notes = notes_of(batch.mentions, settings)
        now = self.clock.now()
        try:
            filed = self.store.file(
                state, batch, now=now, backfill=settings.backfill, notes=notes, marks=self.desk.marks
            )
        except LostLease:  # what was read is dropped, and billed all the same
            self.store.keep_bills(state.name, batch.bills)
            raise
        self._tell_rejected(state.name, batch)
        return filed

    def _tell_rejected(self, name: str, batch: Batch) -> None:
        if batch.rejected:  # the cursor has moved past them: each batch of them is told, not only the first
            count, first = len(batch.rejected), batch.rejected[0]
            message = f"source {name}: {count} could not be understood; {first}"
            self.store.tell_problem(f"source:{name}:rejected", message, now=self.clock.now())
            structlog.get_logger().warning("not understood", source=name, count=count, first=first)

    def take_in(self, name: str, body: bytes, signature: str | None) -> tuple[Filed, tuple[str, ...]]:
        """File what was sent to a source; gives what it brought, and what could not be understood.

        When it returns, the posts are in the record. Raises NotTaken; nothing is filed then, and what was
        sent may be sent again.
        """
        now = self.clock.now()
        source, settings = self.sources.get(name, (None, None))
        if settings is None or not isinstance(source, WebhookSource):
            raise not_known()
        sent = source.opened(body, signature, now=now)
        self._known(name)
        self.crash("sent")
        filed = self.store.take_in(
            name,
            sent.posts,
            partial(remembered, sent=sent, now=now),
            now=now,
            backfill=settings.backfill,
            notes=notes_of(sent.posts.mentions, settings),
            marks=self.desk.marks,
        )
        self.crash("filed")
        self._tell_rejected(name, sent.posts)
        return filed, sent.posts.rejected

    def hear(self, *, is_served: bool) -> None:
        """Say that this process serves the page that posts are sent to, or that it should and can't."""
        for source, _ in self.sources.values():
            if isinstance(source, WebhookSource):
                source.is_heard = is_served

    def _tell_clock(self, name: str, offset: timedelta | None) -> None:
        if offset is None:
            return
        wrong = complaint(offset)
        if wrong is None:
            self._over(f"clock:{name}")
        else:
            self._trouble(f"clock:{name}", f"source {name}: {wrong}")

    def _source_failed(
        self, state: SourceState, settings: SourceSettings, error: SourceUnavailable, *, began_at: datetime
    ) -> None:
        if error.bills:
            self.store.keep_bills(state.name, error.bills)
        if self.stopping.is_set():  # we broke the look off ourselves; the source is given back with all else
            return
        now = self.clock.now()
        failures = state.failures + 1
        wait = min(settings.every * 2 ** min(failures - 1, 12), LONGEST_BACKOFF)
        retry_at = error.retry_at or now + wait
        # the tick that finds the wait over may come a whole pace after its end
        due_within = max(retry_at - now, timedelta(0)) + settings.every
        saw = _saw((), error.troubles, began_at=began_at, at=now, due_within=due_within)
        self.store.finish_look(state, now=now, failures=failures, retry_at=retry_at, grow=saw)
        self._trouble(f"source:{state.name}", f"source {state.name}: {error}")

    def _tell_lanes(self, name: str, troubles: Sequence[Trouble]) -> None:
        self._over(f"source:{name}")
        blind = {trouble.lane: trouble for trouble in troubles}
        for lane, trouble in blind.items():
            self._trouble(f"source:{name}:{lane}", f"source {name}, {lane}: {trouble.message}")
        self._over_except(
            f"source:{name}:", {f"source:{name}:{lane}" for lane in blind} | {f"source:{name}:rejected"}
        )

    # ---- triage --------------------------------------------------------------------------------------

    def triage(self) -> int:
        """Judge and rule upon every mention that waits, the dearest to keep waiting first; gives how many."""
        ruled = 0
        while posts := self._next_to_judge():
            for start in range(0, len(posts), JUDGED_AT_ONCE):
                done = self._triage(posts[start : start + JUDGED_AT_ONCE])
                if done is None:
                    return ruled
                ruled += done
        return ruled

    def _next_to_judge(self) -> list[int]:
        handles = [handle for _, settings in self.sources.values() for handle in settings.handles]
        now = self.clock.now()
        # only the first of them: what comes meanwhile may be more urgent than the rest
        return triage_order(self.store.waiting(now=now, handles=handles), now)[:ORDERED_AT_ONCE]

    def _triage(self, posts: Sequence[int]) -> int | None:
        """Judge and rule upon those of these posts that are still nobody's; None when there is no model."""
        mentions = self.store.claim_unjudged(
            now=self.clock.now(), lease=JUDGE_LEASE, limit=JUDGED_AT_ONCE, posts=posts
        )
        if not mentions:  # another machine got there first
            return 0
        self.crash("claimed mentions")
        verdicts = self._judge(mentions)
        if verdicts is None:
            return None
        self.crash("judged")
        return sum(self._rule(mention, verdict) for mention, verdict in zip(mentions, verdicts, strict=True))

    def _judge(self, mentions: Sequence[ToJudge]) -> list[Verdict] | None:
        """Judge mentions; without a model they wait, and somebody is told."""
        try:
            verdicts = self.as_taught(
                self.classifier,
                [mention.text for mention in mentions],
                [mention.spoken or mention.language_hint for mention in mentions],
            )
        except ModelUnavailable as error:
            self._not_judged(mentions, str(error))
            return None
        except Exception as error:  # noqa: BLE001 - one text that breaks it must not hold the others for ever
            self._not_judged(mentions, f"{type(error).__name__}; see the log", apart=True)
            structlog.get_logger().exception("mentions can't be judged", mentions=len(mentions))
            return None
        self._over("classifier")
        return verdicts

    def _not_judged(self, mentions: Sequence[ToJudge], why: str, *, apart: bool = False) -> None:
        """Let mentions wait; `apart` brings them back one by one, so that the one at fault is alone with it."""
        self._trouble("classifier", f"classifier: {why}")
        now = self.clock.now()
        for place, mention in enumerate(mentions):
            wait = MODEL_WAIT * (1 + place if apart and mention.attempts else 1)
            self.store.put_off(mention, until=now + wait)

    def _rule(self, mention: ToJudge, verdict: Verdict) -> bool:
        """Rule upon one mention; one that can't be ruled upon waits and blocks nobody."""
        now = self.clock.now()
        try:
            desk = self._staffed(now)
            gist = gist_for(mention, verdict, desk)
            done = self.store.rule(
                mention,
                verdict,
                lambda surroundings: rule(surroundings, verdict, desk, now=now, gist=gist),
                configuration=self.desk.fingerprint,
                now=now,
                window=self.desk.crisis.within if self.desk.crisis else None,
            )
        except Exception as error:  # noqa: BLE001 - whatever is wrong with this one, the others go on
            wait = min(timedelta(seconds=10) * 2 ** min(mention.attempts, 8), timedelta(hours=1))
            self.store.put_off(mention, until=now + wait)
            self._trouble(
                f"mention:{mention.post}",
                f"mention {mention.post} can't be ruled upon: {type(error).__name__}",
            )
            structlog.get_logger().exception("mention can't be ruled upon", mention=mention.post)
            return False
        self.crash("ruled")
        return done is not None

    # ---- match and watch -----------------------------------------------------------------------------

    def match(self) -> int:
        """Let touched cases take in replies that were found; gives how many were looked at."""
        looked = 0
        unreadable: set[int] = set()
        while cases := [number for number in self.store.touched_cases() if number not in unreadable]:
            for number in cases:
                now = self.clock.now()
                follows = partial(_follow, desk=self.desk, now=now)
                tell = partial(found_below, desk=self.desk)
                if not self._look_at(number, partial(self.store.match, number, follows, now=now, tell=tell)):
                    unreadable.add(number)
                self.crash("matched")
            looked += len(cases)
        return looked

    def watch(self) -> int:
        """Take what is due on open cases: steps, breaches, automatic closes; gives how many were looked at."""
        now = self.clock.now()
        due = self.store.due_cases(now=now)
        for number in due:
            self._look_at(number, partial(self._watch, number, now=now))
            self.crash("watched")
        return len(due)

    def _watch(self, number: int, *, now: datetime) -> None:
        decide = partial(watch, desk=self._staffed(now), now=now)
        self.store.change(number, decide, now=now)

    def _staffed(self, now: datetime) -> Desk:
        """Give the desk with what everybody has on their hands now, where anybody's turn hangs on that."""
        if not self.desk.counts_loads:
            return self.desk
        return replace(self.desk, loads=self.store.loads(now=now, night=last_night(now, self.tongue.zone)))

    def tend(self) -> int:
        """Look after crises and their children; gives how many cases were changed."""
        changed = 0

        def count(number: int) -> None:
            nonlocal changed
            changed += self._tend(number)

        for number in self.store.unsettled_crises():
            self._look_at(number, partial(count, number))
        return changed

    def _tend(self, number: int) -> int:
        now = self.clock.now()
        known = self.desk.crisis or AS_USUAL
        due = partial(tend, rule=known, desk=self.desk, now=now)
        before = self.store.case(number)
        case = self.store.tend_crisis(number, due, now=now, refresh=REFRESH)
        self.crash("tended")
        if case is None:
            return 0
        is_taken = case.owner is not None and not case.must_take and not case.dismissed
        taken = self._take_children(case, now=now) if is_taken else 0
        released = self._release_children(case, now=now) if case.summed_up else 0
        return (case != before) + taken + released

    def _take_children(self, crisis: Case, *, now: datetime) -> int:
        """Acknowledge the children of a crisis that somebody took."""
        children = self.store.children(crisis.number, untaken=True, limit=CHILDREN_AT_ONCE)
        for child in children:
            take = partial(take_with, crisis=crisis, desk=self.desk, now=now)
            self._look_at(child, partial(self.store.change, child, take, now=now))
            self.crash("took child")
        return len(children)

    def _release_children(self, crisis: Case, *, now: datetime) -> int:
        """Let the children of a crisis that is over stand by themselves; the last one settles it."""
        children = self.store.children(crisis.number, folded=True, limit=CHILDREN_AT_ONCE)
        for child in children:
            free = partial(release, crisis=crisis, desk=self.desk, now=now)
            self._look_at(child, partial(self.store.change, child, free, now=now))
            if crisis.dismissed:
                self.store.owe_cards_again(child, now=now)
            self.crash("released child")
        if not children:
            self.store.settle_crisis(crisis.number, now=now)
        return len(children)

    def _look_at(self, number: int, look: Callable[[], object]) -> bool:
        """Look at one case; one that can't be read is told of, and keeps no other case waiting."""
        try:
            look()
        except Exception as error:  # noqa: BLE001 - whatever is wrong with this one, the others go on
            self._trouble(f"case:{number}", f"case {number} can't be looked at: {type(error).__name__}")
            return False
        self._over(f"case:{number}")
        return True

    # ---- look up -------------------------------------------------------------------------------------

    def look_up(self) -> int:
        """Ask networks about the posts we hold, and erase what is gone; gives how many posts were asked about."""
        return sum(self._look_up(name) for name in self.sources)

    def _look_up(self, name: str) -> int:
        source, settings = self.sources[name]
        now = self.clock.now()
        if not isinstance(source, LooksUp) or settings.rechecked_within is None:
            return 0
        if not self.store.claim_look_up(
            name, now=now, lease=LOOK_UP_LEASE
        ):  # another machine asks, or it rests
            return 0
        asked, again_at = self._ask_all(name, source, settings.rechecked_within, now=now)
        if isinstance(source, Sweeps):
            asked += self._sweep(name, source, settings.rechecked_within)
        self.store.end_look_up(name, again_at=again_at)
        return asked

    def _ask_all(
        self, name: str, source: LooksUp, within: timedelta, *, now: datetime
    ) -> tuple[int, datetime | None]:
        """Ask about the posts that are due; gives of how many, and when to ask again where it broke off."""
        held = self.store.held(name, now=now, within=within, often=OFTEN, rarely=WHILE_YOUNG)
        posts = whom_to_ask(held, now, ASKED_IN_ONE_LOOK)
        asked = 0
        for start in range(0, len(posts), source.LOOKED_UP_AT_ONCE):
            some = posts[start : start + source.LOOKED_UP_AT_ONCE]
            done, again_at = self._ask(name, source, some)
            asked += done
            if done < len(some):
                return asked, again_at
        self._over(f"lookup:{name}")
        return asked, None

    def _ask(self, name: str, source: LooksUp, posts: Sequence[Held]) -> tuple[int, datetime | None]:
        """Ask about some posts and take in what is said; gives of how many, and when to ask again if none."""
        now = self.clock.now()
        self._ration(name)
        try:
            found = source.look_up([post.name for post in posts], now=now)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with this source, the others go on
            if self.stopping.is_set():
                return 0, None
            known = error if isinstance(error, SourceUnavailable) else None
            why = str(known) if known else f"{type(error).__name__}; see the log"
            if known is None:
                structlog.get_logger().exception("posts can't be looked up", source=name)
            self._trouble(f"lookup:{name}", f"source {name}: deletions can't be found out: {why}")
            return 0, (known and known.retry_at) or now + LOOK_UP_AGAIN
        if found.bills:
            self.store.keep_bills(name, found.bills)
        self.crash("looked up")
        asked = [post for post in posts if post.name not in found.left]
        self.store.looked_up(
            name,
            asked,
            gone=found.gone,
            edited=found.edited,
            seen=found.seen,
            marks=self.desk.marks,
            now=self.clock.now(),
        )
        self.crash("erased")
        return len(asked), None

    def _sweep(self, name: str, source: Sweeps, within: timedelta) -> int:
        """Ask about many posts at once, or take in what was asked so; gives of how many it is known now."""
        known = self.store.sweep(name)
        try:
            if known is not None and known.begun is not None:
                return self._end_sweep(name, source, known, known.begun)
            if known is None or known.again_at <= self.clock.now():
                self._begin_sweep(name, source, within)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, posts are asked about one by one
            if not self.stopping.is_set():
                self._sweep_failed(name, error)
        return 0

    def _begin_sweep(self, name: str, source: Sweeps, within: timedelta) -> None:
        now = self.clock.now()
        held = self.store.held(name, now=now, within=within, often=SWEPT_AFTER, rarely=SWEPT_AFTER)
        posts = whom_to_sweep(held, now)
        if not posts:
            return
        begun = source.begin_sweep([post.name for post in posts], now=now)
        self.crash("sweep begun")
        numbered = tuple((post.post, post.name) for post in posts) if begun is not None else ()
        again = SWEEP_EVERY if begun is not None else SWEEP_AGAIN
        self.store.keep_sweep(name, Sweep(now, now + again, begun, numbered))

    def _end_sweep(self, name: str, source: Sweeps, known: Sweep, begun: Json) -> int:
        now = self.clock.now()
        try:
            gone = source.end_sweep(begun, now=now)
        except NotYet:
            if now - known.began_at >= SWEEP_WITHIN:
                self.store.keep_sweep(name, known.ended())
            return 0
        self.crash("sweep answered")
        self.store.end_sweep(name, known, gone=gone, now=now)
        self._over(f"sweep:{name}")
        return len(known.posts)

    def _sweep_failed(self, name: str, error: Exception) -> None:
        """Give a sweep up, and tell why; the next is begun when it is time."""
        now = self.clock.now()
        known = self.store.sweep(name)
        self.store.keep_sweep(
            name, Sweep(now, now + SWEEP_EVERY) if known is None else known.ended(again_at=now + SWEEP_EVERY)
        )
        if not isinstance(error, SourceUnavailable):
            structlog.get_logger().exception("posts can't be swept", source=name)
        why = str(error) if isinstance(error, SourceUnavailable) else f"{type(error).__name__}; see the log"
        self._trouble(f"sweep:{name}", f"source {name}: deletions are asked for one by one: {why}")

    def expire(self) -> int:
        """Erase words that may not be kept for longer; gives of how many posts."""
        now = self.clock.now()
        window = (self.desk.crisis or AS_USUAL).within
        self.store.forget_traces(before=now - max(3 * window, timedelta(hours=1)))
        return sum(
            self.store.expire_texts(name, now=now, keep=settings.keep_text)
            for name, (_, settings) in self.sources.items()
            if settings.keep_text is not None
        )

    # ---- tell ----------------------------------------------------------------------------------------

    def tell(self) -> int:
        """Owe what belongs to no case and is due: blind sources, mornings, the week; gives how many messages."""
        return self._bulletin().tell(now=self.clock.now())

    def _bulletin(self) -> Bulletin:
        if not self._bulletins:
            self._bulletins.append(Bulletin(self.store, self.desk, self.telling, frozenset(self.sources)))
        self._bulletins[0].desk = self.desk  # who stands in changes while we run
        return self._bulletins[0]

    # ---- rotas ---------------------------------------------------------------------------------------

    def heed(self) -> int:
        """Take in who stands in and who is away; 1 where that has changed, else 0."""
        teams = self.standing.changed(now=self.clock.now()) if self.standing else None
        if teams is None:
            return 0
        with self._staffing:
            self.desk = replace(self.desk, teams=teams)
        return 1

    # ---- people --------------------------------------------------------------------------------------

    def find_people(self) -> int:
        """Ask the first channel's vendor who our people are there and whether they can be reached.

        Whom no message reaches is called by nobody any more, until they are found again; somebody is told.
        Gives how many can't be reached.
        """
        channel, reach = self.channels[0], self.reaches[0]
        if not isinstance(channel, KnowsMembers) or reach is None:
            return 0
        for key, written in self._written_people().items():
            try:
                found = channel.look_for(written)
            except ChannelUnavailable as error:  # what was known last stands
                self._trouble(f"people:{channel.kind}", f"{channel.kind}: people can't be looked up: {error}")
                return len(self.desk.unreachable)
            self._found(key, written, found)
        self._over(f"people:{channel.kind}")
        return len(self.desk.unreachable)

    def _written_people(self) -> dict[str, str]:
        """Give by what name the configuration knows each person at the first channel."""
        if not self._written:
            self._written.update(
                {key: person.slack for key, person in self.desk.people.items() if person.slack is not None}
            )
        return self._written

    def _found(self, key: str, written: str, found: Whereabouts) -> None:
        kind = self.channels[0].kind
        about = f"person:{key}"
        if found.unreachable is None:
            self._over(about)
        else:
            self._trouble(about, f"person {key} can't be reached in {kind}: {found.unreachable}")
        with self._staffing:
            unreachable = {one: why for one, why in self.desk.unreachable.items() if one != key}
            if found.unreachable is not None:
                unreachable[key] = f"can't be reached in {kind}"
            person = replace(self.desk.people[key], slack=found.member or written)
            self.desk = replace(self.desk, people={**self.desk.people, key: person}, unreachable=unreachable)

    def _not_reached(self, claimed: Claimed, error: ChannelUnavailable) -> None:
        """Count on a person no more whom a message could not reach; the case takes its next step at once."""
        key = claimed.addressee.removeprefix("person:")
        if key not in self.desk.people:
            return
        written = self._written_people().get(key, "")
        self._found(key, written, Whereabouts(self.desk.people[key].slack, str(error)))
        if claimed.case is not None:
            now = self.clock.now()
            decide = partial(unheard, desk=self.desk, now=now)
            self.store.change(claimed.case, decide, now=now)

    def read_rota(self, name: str) -> bool:
        """Read a rota that is kept elsewhere; False where it can't be read, or not all of it: somebody is told."""
        if self.standing is None:
            return True
        about = f"rota:{name}"
        try:
            found = self.standing.read(name, now=self.clock.now())
        except RotaUnavailable as mistake:
            self._trouble(
                about, f"team {name.rpartition('/')[0]}: its rota can't be read: {mistake}; {_AS_BEFORE}"
            )
            return False
        if found.passed_over:
            structlog.get_logger().info("rota names nobody", about=name, events=list(found.passed_over))
        if found.broken:
            what = "; ".join(found.broken)
            self._trouble(about, f"team {name.rpartition('/')[0]}: its rota is broken: {what}; {_AS_BEFORE}")
        else:
            self._over(about)
        self.heed()
        return not found.broken

    # ---- deliver -------------------------------------------------------------------------------------

    def deliver(self) -> int:
        """Send what is due and may be sent now; gives how many messages were accepted."""
        sent = self._deliver()
        self._count()
        return sent + self._deliver()

    def _deliver(self) -> int:
        sent = 0
        while (claimed := self._claim()) is not None:
            self.crash("claimed delivery")
            sent += self._send(claimed)
        return sent

    def deliver_all(self) -> int:
        """Send what is due, resting between messages to one destination; gives how many were accepted.

        Ends when nothing is left but what a vendor made wait.
        """
        sent = self.deliver()
        while (at := self.next_delivery_at()) is not None and at <= self.clock.now() + self.pace:
            time.sleep(max(0.0, (at - self.clock.now()).total_seconds()))
            sent += self.deliver()
        return sent

    def next_delivery_at(self) -> datetime | None:
        """Give the instant at which a message could be sent next; None when none is owed."""
        now = self.clock.now()
        gate = self._gate()
        free = self.store.next_delivery(gate=gate, now=now)
        owed = self.store.next_delivery()
        if owed is None:
            return None
        opens = min(gate.shut(now).values(), default=None)
        return min((max(at, now) for at in (free, opens) if at is not None), default=None)

    def _gate(self) -> Gate:
        if not self._gates:
            self._gates.append(Gate(self._costs))
        return self._gates[0]

    def _costs(self, claimed: Claimed) -> tuple[Allowance, ...]:
        """Say what a message takes of what its channel's vendor allows."""
        channel = self._channel(claimed)
        destination = self._destination(claimed)
        if isinstance(channel, Paced):
            is_update = claimed.ref is not None
            is_looked_up = claimed.attempted_at is not None and not is_update
            return channel.costs(Sending(destination, is_update, is_looked_up, claimed.may_wait))
        is_paced = self.reaches[min(claimed.channel, len(self.reaches) - 1)] is not None
        apart = self.pace if is_paced else timedelta(0)
        return (Allowance(f"{channel.kind} {destination}", 1, apart, burst=1),)

    def _channel(self, claimed: Claimed) -> Channel:
        return self.channels[min(claimed.channel, len(self.channels) - 1)]

    def _destination(self, claimed: Claimed) -> str:
        by = self.reaches[min(claimed.channel, len(self.reaches) - 1)]
        return (self.desk.destination(claimed.addressee, by=by) or "") if by else claimed.addressee

    def _claim(self) -> Claimed | None:
        return self.store.claim_delivery(now=self.clock.now(), lease=SEND_LEASE, gate=self._gate())

    def _count(self) -> None:
        """Keep the messages true that say how many cards are held back."""
        now = self.clock.now()
        if self._counted is None:  # one may have been left by a process that died
            self._counted = set(self.store.counting())
        shut = {
            (door.channel, door.addressee)
            for door in self._gate().shut(now)
            if door.holds == "cards" and door.addressee is not None
        }
        self._counted = {
            (channel, addressee)
            for channel, addressee in self._counted | shut
            if self.store.count_held_back(
                channel, addressee, is_shut=(channel, addressee) in shut, now=now, refresh=REFRESH
            )
        }

    def _send(self, claimed: Claimed) -> bool:
        now = self.clock.now()
        channel = self._channel(claimed)
        try:
            prepared = self._prepare(claimed, now=now)
        except Exception as error:  # noqa: BLE001 - a case that can't be read must not stop the other messages
            self._not_worded(claimed, error)
            return False
        if prepared is None:
            self.store.withdraw(claimed)
            return False
        message, revision = prepared
        try:
            if not message.destination:
                raise ChannelUnavailable(f"{claimed.addressee} has no address here; add it", permanent=True)  # noqa: TRY301
            sent = channel.send(message, now=now)
        except ChannelUnavailable as error:
            self._not_sent(claimed, channel, error, revision=revision)
            return False
        except Exception as error:  # noqa: BLE001 - a fault of ours must not stop the other messages
            structlog.get_logger().exception("channel failed", delivery=claimed.key)
            unknown = ChannelUnavailable(f"{type(error).__name__}; see the log", ambiguous=True)
            self._not_sent(claimed, channel, unknown, revision=revision)
            return False
        self.crash("sent")
        self.store.mark_sent(claimed, place=sent.place, ref=sent.ref, revision=revision, now=self.clock.now())
        self.crash("marked")
        if self._over(f"channel:{channel.kind}:{claimed.addressee}"):
            self.store.owe_again(now=self.clock.now(), addressee=claimed.addressee)
        return True

    def _not_worded(self, claimed: Claimed, error: Exception) -> None:
        of_case = claimed.case is not None
        about = f"case:{claimed.case}" if of_case else claimed.key
        what = f"case {claimed.case} can't be looked at" if of_case else f"{claimed.key} can't be worded"
        sentence = f"{what}: {type(error).__name__}"
        self._trouble(about, sentence)
        until = self.clock.now() + _backed_off(claimed.attempts)
        self.store.put_off_delivery(claimed, until=until, error=sentence, ambiguous=False)

    def _prepare(self, claimed: Claimed, *, now: datetime) -> tuple[Message, int] | None:
        """Word a delivery from its case as it stands now; None when nobody needs it any more."""
        if claimed.kind == "notice":
            return self._addressed(claimed, self._notice(claimed)), 0
        view = self.store.view(claimed.case) if claimed.case is not None else None
        if view is None or _is_stale(view.case, claimed) or _is_unsent_child(view.case, claimed):
            return None
        is_card = claimed.kind == "card"
        content = (
            card_of(view, self.desk, now=now)
            if is_card
            else page_of(view, claimed.content, self.desk, now=now)
        )
        return self._addressed(claimed, content), view.revision

    def _notice(self, claimed: Claimed) -> Notice:
        """Give a message of no case, with the posts it quotes as they stand now; raises ValueError."""
        notice = notice_of(claimed.content, self.store.quoted(claimed.content))
        word_notice(notice, self.tongue)  # what no channel could word is told of here, and stops none of them
        self._over(claimed.key)
        return replace(notice, chart=chart_of(notice, self.tongue))

    def _addressed(self, claimed: Claimed, content: Content) -> Message:
        there = Sent(claimed.place, claimed.ref) if claimed.place and claimed.ref else None
        return Message(
            key=claimed.key,
            destination=self._destination(claimed),
            content=content,
            update=there,
            thread=Sent(*claimed.thread) if claimed.thread else None,
            attempted_at=None if there else claimed.attempted_at,
        )

    def _not_sent(
        self, claimed: Claimed, channel: Channel, error: ChannelUnavailable, *, revision: int
    ) -> None:
        """Keep a message that was not accepted: for later, for the next channel, or as refused."""
        now = self.clock.now()
        self._trouble(
            f"channel:{channel.kind}:{claimed.addressee}", f"{channel.kind}, {claimed.addressee}: {error}"
        )
        if error.retry_after is not None:
            self.store.rest(error.rests or self._costs(claimed)[0].name, until=now + error.retry_after)
        if error.unreachable:
            self._not_reached(claimed, error)
        waited = now - (claimed.first_tried_at or now)
        # a page that was sent is sent again only to take words out of it: that is news for nobody else
        is_sent_page = claimed.kind != "card" and claimed.ref is not None
        has_next = claimed.channel + 1 < len(self.channels) and not is_sent_page
        if has_next and (error.permanent or waited >= FALL_BACK_AFTER):
            self.store.fall_back(claimed, channel=claimed.channel + 1, error=str(error), now=now)
        elif error.permanent and claimed.ref is not None and not error.is_final:
            # the card is there and says less than is true: it is brought up to date once this is mended
            wait = min(REFUSED_WAIT * 2 ** min(claimed.attempts, 10), LONGEST_BACKOFF)
            self.store.put_off_delivery(claimed, until=now + wait, error=str(error), ambiguous=False)
        elif error.permanent and claimed.place is not None and claimed.ref is not None:
            # the message is there and can't be edited any more: it stays as it is until the case changes again
            self.store.mark_sent(claimed, place=claimed.place, ref=claimed.ref, revision=revision, now=now)
        elif error.permanent:
            wait = min(REFUSED_WAIT * 2 ** min(claimed.attempts, 10), LONGEST_BACKOFF)
            self.store.refuse(claimed, error=str(error), retry_at=now + wait, now=now)
        else:
            until = now + max(_backed_off(claimed.attempts), error.retry_after or timedelta(0))
            self.store.put_off_delivery(claimed, until=until, error=str(error), ambiguous=error.ambiguous)

    # ---- press ---------------------------------------------------------------------------------------

    def press(self, press: Press) -> Answer:
        """File a press: one event however often it comes; gives what the presser alone is told or asked."""
        return take(press, self.store, self.desk, self.tongue, now=self.clock.now())

    # ---- problems ------------------------------------------------------------------------------------

    def _trouble(self, key: str, message: str) -> None:
        """Tell an operator of a problem: in the log once, in the record until it is over."""
        self._fine.discard(key)
        if self.store.tell_problem(key, message, now=self.clock.now()):
            structlog.get_logger().warning("trouble", about=key, message=message)

    def _over(self, key: str) -> bool:
        """Say that a problem is over, once; True when there was one."""
        if key in self._fine:
            return False
        self._fine.add(key)
        if not self.store.end_problem(key, now=self.clock.now()):
            return False
        structlog.get_logger().info("recovered", about=key)
        return True

    def _over_except(self, prefix: str, still: set[str]) -> None:
        for problem in self.store.problems():
            if problem.key.startswith(prefix) and problem.key not in still:
                self._over(problem.key)


_CALLS = frozenset({"opened", "escalated", "raised", "repeated", "returned"})
"""Why somebody is called to take a case."""


def _is_stale(case: Case, claimed: Claimed) -> bool:
    """Say whether a page need not go out any more: what it calls for was done before it could be sent."""
    why = str(claimed.content.get("why"))
    # what stands there is kept right
    if claimed.kind == "card" or claimed.ref is not None or (case.living and why == "summed_up"):
        return False
    if why in LINES:
        return claimed.thread is None or is_told(case, why, claimed.content)
    reminder = _REMINDERS.get(why)
    if reminder is not None:
        return not reminder(case, int(claimed.content.get("step", 0)))
    is_over = case.gone_at is not None or case.merged_into is not None or case.ended_at is not None
    if is_over or (case.is_folded and why in _CALLS):  # of a child its crisis tells
        return True
    if case.snoozed_until is not None:  # who is called now is called when it comes back
        return why != "reassigned"
    done = {
        "waits_again": case.waiting is None,
        "asked": case.asked_at is None,
        "snooze_over": case.status is Status.RESPONDED,
    }
    return done.get(why, why in _CALLS and not case.is_untaken)


def _owes_promise(case: Case, number: int) -> bool:
    """Say whether a promise is still to be kept, whatever became of the case meanwhile."""
    return any(made.is_owed and made.number == number for made in case.promises)


def _owes_update(case: Case, since: int) -> bool:
    """Say whether a further word is owed since the reply of this second; a later reply has said it."""
    update = update_owed(case)
    is_quiet = case.snoozed_until is not None or case.is_folded
    return update is not None and int(update.since.timestamp()) == since and not is_quiet


_REMINDERS: Mapping[str, Callable[[Case, int], bool]] = {"promise": _owes_promise, "update": _owes_update}
"""Pages that remind somebody, and whether they still must."""


def _is_unsent_child(case: Case, claimed: Claimed) -> bool:
    """Say whether a card nobody has got yet is of a child: the crisis has a card for all of them."""
    return claimed.kind == "card" and claimed.ref is None and case.is_folded


def _backed_off(attempts: int) -> timedelta:
    """Give the wait before a message is tried again: 2 s, 4 s, and so on to five minutes."""
    return min(timedelta(seconds=2 * 2 ** min(attempts, 10)), LONGEST_BACKOFF)


def _follow(case: Case, *, desk: Desk, now: datetime) -> Change:
    return follow(case, Change(), desk, now=now)


def _saw(
    lanes: Iterable[str],
    troubles: Sequence[Trouble],
    *,
    began_at: datetime,
    at: datetime,
    due_within: timedelta,
) -> Grow:
    """Say what a look adds to the coverage ledger, once it is known where that ends."""
    return partial(grown, lanes=lanes, troubles=troubles, began_at=began_at, at=at, due_within=due_within)


def _sum(one: Filed, other: Filed) -> Filed:
    return Filed(
        mentions=one.mentions + other.mentions,
        replies=one.replies + other.replies,
        context=one.context + other.context,
        known=one.known + other.known,
        versions=one.versions + other.versions,
        muted=one.muted + other.muted,
    )
