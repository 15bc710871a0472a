"""X, read through tweepy: what is said to the company, about it, and by it.

Limits an app has at X in 15 minutes (November 2026): mentions 450, recent search 450, posts of one account
10,000, counts 300; an account that asks by its own keys: 300, 300, 900. Prices since 2026-02-06: a post read
$0.005, or $0.001 where an account reads its own mentions and posts; an account looked up $0.010; a count
$0.005 whatever it counts; an answer without posts is free, and a post read again on the same UTC day is not
billed again (X promises this only softly).
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

from casebook.mention import Batch, Bill, Blindness, Json, Mention, Reply, Trouble
from casebook.record import Spending
from listener.budget import Plan, is_wide, plan_month, with_bills
from listener.door import Door
from listener.looks import SLOW_AFTER_SECONDS, Closed, Looks
from listener.outcome import ToldOnce
from listener.patience import Patience
from listener.purse import Purse
from listener.skew import settled
from listener.source import LookedUp, SourceUnavailable
from listener.tripwire import Tripwire
from listener.x_compliance import begin, gone
from listener.x_counts import RationedSearch
from listener.x_faults import Fault, not_to_be_paid, only_errors, unreadable
from listener.x_lane import Errand, Kind, Lane, Outcome, readable_page
from listener.x_look_up import AT_ONCE, LANE, look_up
from listener.x_pace import Place
from listener.x_posts import NETWORK, OnlyErrors, Ours, UnreadableAnswer, read_account
from listener.x_settings import XSettings
from listener.x_watch import (
    Watched,
    after_asking,
    answers_query,
    begins_at,
    crews,
    people_query,
    quotes_query,
    read_watched,
    watch_conversations,
    watch_posts,
    write_watched,
)
from listener.x_wire import TIMEOUTS, TweepyWire

Post = TypeVar("Post", Mention, Reply)

_LEAST_PAGE = 5
_NOW_AND_THEN = timedelta(minutes=1)
"""The pace of looks for quotes and for our people's answers: the search's limit is one for all searches."""


class XSource:
    """Lanes: `mentions` and `timeline` (its own posts) of each account, and searches.

    `search` is for the query, `quotes` for posts that quote our newest ones, `people` for posts addressed to
    somebody of ours, and `people:answers` for what they say in the conversations that begin so.

    Each lane has its own connection, place in the cursor, pace and backing off; all are asked at once.
    `timeouts` are the seconds to connect and to wait for the next bytes; a whole answer takes at most
    the first and three times the second. A lane that is not done `slow_after` seconds after the others
    keeps nobody waiting: a later fetch gives what it brought.

    With a budget all share a purse. `search` is counted before it is read, where there is a bearer token (X
    answers counts to no other); the other searches, and one that can't be counted, are read while there is
    money for searches. They are asked one after another then: what one leaves is there for the next.
    """

    kind = "x"
    network = NETWORK
    LOOKED_UP_AT_ONCE = AT_ONCE

    def __init__(
        self,
        settings: XSettings,
        *,
        timeouts: tuple[float, float] = TIMEOUTS,
        slow_after: float = SLOW_AFTER_SECONDS,
    ) -> None:
        self.name = settings.name
        self._settings = settings
        self._timeouts = timeouts
        self._wires: list[TweepyWire] = []
        self._accounts = [self._account(handle) for handle in settings.handles]
        self._search = self._lane("search", "search") if settings.query else None
        self._quotes = self._lane("quotes", "search") if settings.quotes else None
        self._crews: list[_Crew] = []
        self._watched: dict[str, tuple[Watched, ...]] = {}
        """What the lanes that depend on posts look for, by lane; the cursor keeps it."""
        self._lookups = self._wire()
        self._sweeps = self._wire()
        self._door = Door()
        self._asking: Looks[LookedUp] = Looks()
        self._is_automated = settings.is_automated
        self._told = ToldOnce()
        self._one_look = threading.Lock()
        self._looks: Looks[Outcome] = Looks(slow_after_seconds=slow_after)
        self._asked: dict[str, _Asked] = {}
        """The last look at each lane that was asked."""
        self._spending = Spending()
        self._purse: Purse | None = None
        self._held: frozenset[str] = frozenset()
        self._rationed = self._ration_search()
        self._one_search: AbstractContextManager[object] = (
            threading.Lock() if settings.budget else nullcontext()
        )

    def ration(self, spending: Spending) -> None:
        """Take in what its reads have cost until now; the next look keeps to what is left of the budget."""
        self._spending = spending

    def know(self, handles: Sequence[str]) -> None:
        """Look for posts addressed to these people, too, and for their answers there."""
        strangers = [handle for handle in handles if handle.lower() not in self._ours().handles]
        for number, people in enumerate(crews(strangers), start=1):
            suffix = "" if number == 1 else f":{number}"
            hears = self._lane(f"people{suffix}", "search")
            self._crews.append(_Crew(people, hears, self._lane(f"people:answers{suffix}", "search")))

    def fetch(self, cursor: Json, *, since: datetime, now: datetime) -> Batch:
        """Look at every lane that is due, each to its last page.

        Raises SourceUnavailable when no lane could be looked at; a lane that failed alone is in `troubles`.
        """
        with self._one_look:
            outcomes = [self._tell_once(found) for found in self._look(cursor, since=since, now=now)]
            self._watch(outcomes, now=now)
        troubles = tuple(trouble for outcome in outcomes for trouble in outcome.troubles)
        bills = tuple(bill for outcome in outcomes for bill in outcome.bills)
        if self._is_blind(outcomes):
            raise _unavailable(troubles, bills)
        return Batch(
            mentions=_once(mention for outcome in outcomes for mention in outcome.mentions),
            replies=_once(reply for outcome in outcomes for reply in outcome.replies),
            cursor=self._cursor(cursor, outcomes),
            troubles=troubles,
            rejected=tuple(sentence for outcome in outcomes for sentence in outcome.rejected),
            more=any(outcome.more or outcome.pending for outcome in outcomes),
            # one that only waits so that the rate limit lasts is watched, at a longer pace
            lanes=tuple(outcome.lane for outcome in outcomes if _vouches(outcome)),
            bills=bills,
            clock_offset=settled([offset for wire in self._wires for offset in wire.offsets]),
        )

    def check(self) -> list[str]:
        """Look up each account and read five mentions of the first: $0.010 each, and $0.025 at most."""
        problems = []
        if _sends_in_clear(self._settings.api_url):
            problems.append("api_url is http: what lets us in crosses the network unencrypted; write https")
        for number, account in enumerate(self._accounts):
            wire = self._wire(owned=number == 0)
            try:
                if number == 0 and wire.signs:
                    problems += _strangers_keys(wire, account.handle, now=datetime.now(UTC))
                account_id = _account_id(wire, account.handle, now=datetime.now(UTC))
                if number == 0:
                    _read_few(wire, account_id, ours=self._ours(), now=datetime.now(UTC))
            except Fault as fault:
                problems.append(f"@{account.handle}: {fault.message}")
            wire.close()
        return problems

    def look_up(self, ids: Sequence[str], *, now: datetime) -> LookedUp:
        """Ask X whether posts are still there; each post it shows is billed. Raises SourceUnavailable.

        With a budget it is asked about as many as can be paid, from the money of what comes first.
        """
        some, price = self._to_be_paid(ids, now=now), self._settings.tariff["post"]
        asks = partial(look_up, self._lookups, some, self._ours(), now, price=price)
        self._asking.begin(LANE, asks)
        try:
            found = self._asking.gather(at_least_one=True)[LANE]
        except Fault as fault:
            raise _as_source(fault) from fault
        except Closed as closed:
            raise SourceUnavailable("the source is being closed", reason=Blindness.DOWNTIME) from closed
        if self._purse is not None:
            unread = max(2 * len(some) - found.reads, 0)
            self._purse.give_back(unread, price=price, wide=False, lane=LANE)
        return replace(found, left=frozenset(ids) - frozenset(some))

    def begin_sweep(self, ids: Sequence[str], *, now: datetime) -> Json | None:
        """Hand ids to a batch compliance job; None without `compliance_jobs`, the app's token or such a plan.

        Raises SourceUnavailable.
        """
        settings = self._settings
        if not settings.compliance_jobs or settings.bearer_token is None:
            return None
        name, api_url = f"vaste-{settings.name}", settings.api_url
        with _as_unavailable():
            return begin(self._sweeps, self._door, ids, name=name, api_url=api_url, now=now)

    def end_sweep(self, begun: Json, *, now: datetime) -> frozenset[str]:
        """Give what a job found gone. Raises NotYet, SourceUnavailable."""
        with _as_unavailable():
            return gone(self._sweeps, self._door, begun, api_url=self._settings.api_url, now=now)

    def _to_be_paid(self, ids: Sequence[str], *, now: datetime) -> Sequence[str]:
        """Give as many as can be paid, with the newest version of each; raises SourceUnavailable for none."""
        budget = self._settings.budget
        if budget is None:
            return ids
        if self._purse is None:  # before the first look
            self._fill_purse(plan_month(budget, self._spending, now=now))
        price = self._settings.tariff["post"]
        paid = (
            self._purse.lend(2 * len(ids), price=price, wide=False, least=2, lane=LANE) // 2
            if self._purse
            else 0
        )
        if paid == 0:
            raise SourceUnavailable(not_to_be_paid().message, reason=Blindness.BUDGET)
        return ids[:paid]

    def _fill_purse(self, plan: Plan) -> None:
        """Put into the purse what may be spent now; what lanes that still run may cost is not in it."""
        lanes = [lane.name for lane in self._lanes() if self._looks.is_running(lane.name)]
        asking = [*lanes, *([LANE] if self._asking.is_running(LANE) else [])]
        if self._purse is None:
            self._purse = Purse(plan, first_lanes=2 * len(self._accounts))
        else:
            self._purse.refill(plan, still_asking=asking)

    def close(self) -> None:
        """Let go of connections; a look that is under way ends at once, with SourceUnavailable."""
        self._looks.close()
        self._asking.close()
        self._door.close()
        for wire in self._wires:
            wire.close()

    def _account(self, handle: str) -> "_Account":
        is_first = handle == self._settings.handle
        suffix = "" if is_first else f":{handle}"
        return _Account(
            handle=handle,
            wire=self._wire(owned=is_first),
            patience=Patience(self._settings.every),
            mentions=self._lane(f"mentions{suffix}", "mentions", owned=is_first),
            timeline=self._lane(f"timeline{suffix}", "timeline", owned=is_first),
        )

    def _lane(self, name: str, kind: Kind, *, owned: bool = False) -> Lane:
        settings, wire = self._settings, self._wire(owned=owned)
        what = "owned" if owned and wire.signs else "post"
        return Lane(
            name,
            kind,
            wire,
            every=settings.every,
            overlap=settings.overlap,
            price=settings.tariff[what],
            billed_as=what,
        )

    def _ration_search(self) -> RationedSearch | None:
        """Set a count before the search, where there is a budget to keep to and a token to count by."""
        settings = self._settings
        if self._search is None or settings.budget is None or settings.bearer_token is None:
            return None
        return RationedSearch(self._search, self._wire(), every=settings.every, prices=settings.tariff)

    def _wire(self, *, owned: bool = False) -> TweepyWire:
        """Make a connection; `owned` reads what belongs to `handle`, by its keys where there are any."""
        is_signed = owned or self._settings.bearer_token is None
        wire = TweepyWire(self._settings, timeouts=self._timeouts, signed=is_signed)
        self._wires.append(wire)
        return wire

    def _look(self, cursor: Json, *, since: datetime, now: datetime) -> list[Outcome]:
        """Look at all lanes at the same time.

        With a budget, searches wait until the mentions were read for the first time: what is said to the company
        comes first, and what that costs is not known before.

        1. Every lane is begun but those that still run, and those that were asked a moment ago while another
           one ran on: what is called again for its sake must not ask X more often.
        2. What is ready is gathered; a lane that is slow is left running, and its place is unchanged meanwhile.
        3. The outcomes, in the order of the lanes. One that began at a place where the cursor is no more was
           overtaken by another machine: it is dropped, and the lane is looked at again.
        """
        for account in self._accounts:
            account.remember(cursor)
        watched = _object(cursor.get("watched"))
        self._watched = {name: read_watched(written) for name, written in watched.items()}
        places = _places(cursor)
        budget = self._settings.budget
        plan = plan_month(budget, self._spending, now=now) if budget else None
        if plan is not None:
            self._fill_purse(plan)
        begin = partial(_Errand, since=since, now=now, tripwire=Tripwire.read(cursor.get("tripwire")))
        errands = self._errands(partial(begin, plan=plan))
        goes_on = bool(self._held) or any(self._looks.is_running(lane.name) for lane, _ in errands)
        named = frozenset(lane.name for lane, _ in errands)
        held = named & self._to_hold(places) if plan is not None else frozenset()
        try:
            found = self._begin(errands, places, goes_on=goes_on, but=held)
            self._held = held if self._to_hold(places) else frozenset()
            if budget is not None and held and not self._held:
                spending = with_bills(self._spending, [bill for one in found.values() for bill in one.bills])
                plan = plan_month(budget, spending, now=now)
                self._fill_purse(plan)
                errands = [one for one in self._errands(partial(begin, plan=plan)) if one[0].name in held]
                found |= self._begin(errands, places, goes_on=goes_on)
        except Closed as error:
            raise SourceUnavailable("the source is being closed") from error
        outcomes = (self._outcome(lane.name, places.get(lane.name, Place()), found) for lane in self._lanes())
        return [outcome for outcome in outcomes if outcome is not None]

    def _begin(
        self,
        errands: "Sequence[tuple[Lane, _Errand]]",
        places: Mapping[str, Place],
        *,
        goes_on: bool,
        but: frozenset[str] = frozenset(),
    ) -> dict[str, Outcome]:
        """Begin every lane that is due, and give what is ready; raises Closed."""
        begun = [
            (lane, errand)
            for lane, errand in errands
            if not (lane.name in but or self._looks.is_running(lane.name))
            and self._is_due(lane.name, errand, goes_on=goes_on)
        ]
        for lane, errand in begun:
            place = places.get(lane.name, Place())
            self._asked[lane.name] = _Asked(place, errand.now, frozenset(one.id for one in errand.watched))
            self._looks.begin(lane.name, partial(self._look_at, lane, place, errand))
        return self._looks.gather(at_least_one=bool(begun))

    def _to_hold(self, places: Mapping[str, Place]) -> frozenset[str]:
        """Give the searches that wait until the mentions were read once: what those cost is not known before.

        Mentions that fail hold nothing up.
        """
        names = [account.mentions.name for account in self._accounts]
        never = [name for name in names if places.get(name, Place()).looked_at is None]
        if all(name in self._asked and not self._looks.is_running(name) for name in never):
            return frozenset()
        return frozenset(lane.name for lane in self._lanes() if is_wide(lane.name))

    def _lanes(self) -> Iterator[Lane]:
        yield from (lane for lane in (self._search, self._quotes) if lane is not None)
        for account in self._accounts:
            yield from (account.mentions, account.timeline)
        for crew in self._crews:
            yield from (crew.hears, crew.answers)

    def _errands(self, begin: "Callable[..., _Errand]") -> list[tuple[Lane, "_Errand"]]:
        """List every lane that has something to ask for, with what it is."""
        errands: list[tuple[Lane, _Errand]] = []
        if self._search is not None:
            errands.append((self._search, begin(self._settings.query or "")))
        for account in self._accounts:
            errands.append((account.mentions, begin(account)))
            errands.append((account.timeline, begin(account, is_timeline=True)))
        if self._quotes is not None and (posts := self._watched.get(self._quotes.name, ())):
            asked = begin(quotes_query(posts, self._settings.handle), watched=posts, every=_NOW_AND_THEN)
            errands.append((self._quotes, asked))
        for crew in self._crews:
            errands.append((crew.hears, begin(people_query(crew.people, self._settings.handle))))
            if within := self._watched.get(crew.answers.name, ()):
                asked = begin(answers_query(crew.people, within), watched=within, every=_NOW_AND_THEN)
                errands.append((crew.answers, asked))
        return errands

    def _is_blind(self, outcomes: list[Outcome]) -> bool:
        """Say whether nothing could be looked at: a lane that fails while the others are not due does not mean it."""
        always = {lane.name for lane in self._lanes()} - {lane.name for lane in self._dependent()}
        asked = {outcome.lane for outcome in outcomes}
        return always <= asked and all(
            outcome.failed and not (outcome.mentions or outcome.replies) for outcome in outcomes
        )

    def _dependent(self) -> Iterator[Lane]:
        """Give the lanes that have nothing to ask for until others saw something."""
        yield from [self._quotes] if self._quotes is not None else []
        yield from (crew.answers for crew in self._crews)

    def _watch(self, outcomes: list[Outcome], *, now: datetime) -> None:
        """Note what the lanes that depend on posts are to look for from now on, and what they have found."""
        by_lane = {outcome.lane: outcome for outcome in outcomes}
        for name, watched in self._watched.items():
            if name in by_lane and (asked := self._asked.get(name)) and asked.was_read_whole(by_lane[name]):
                self._watched[name] = after_asking(watched, asked.ids)
        if self._quotes is not None:
            name = self._quotes.name
            ours = [
                _own_post(reply) for outcome in outcomes for reply in outcome.replies if not reply.personal
            ]
            self._watched[name] = watch_posts(self._watched.get(name, ()), ours, now=now)
        for crew in self._crews:
            name = crew.answers.name
            heard = by_lane.get(crew.hears.name)
            begun = [_conversation(mention) for mention in heard.mentions] if heard is not None else []
            self._watched[name] = watch_conversations(self._watched.get(name, ()), begun, now=now)

    def _look_at(self, lane: Lane, place: Place, errand: "_Errand") -> Outcome:
        """Look at one lane, in a thread of its own; the account's id is looked up first where it must be."""
        subject, speaker = errand.subject, None
        bills: tuple[Bill, ...] = ()
        if isinstance(subject, _Account):
            price = self._settings.tariff["user"]
            account_id, bills = subject.find(errand.now, lane=lane.name, price=price, purse=self._purse)
            if isinstance(account_id, Fault):
                return Outcome(lane.name, place, troubles=(account_id.trouble(lane.name),), failed=True)
            speaker = (account_id, subject.handle) if errand.is_timeline else None
            subject = account_id
        begins = min((one.begins_at for one in errand.watched), default=errand.since)
        wanted = Errand(
            subject=subject,
            ours=self._ours(),
            since=max(errand.since, begins),
            now=errand.now,
            speaker=speaker,
            reach_back=begins_at(errand.watched),
            purse=self._purse,
        )
        with self._one_search if lane.kind == "search" else nullcontext():
            outcome = self._read(lane, place, wanted, errand)
        return replace(outcome, bills=(*bills, *outcome.bills))

    def _read(self, lane: Lane, place: Place, wanted: Errand, errand: "_Errand") -> Outcome:
        is_counted = self._rationed is not None and lane is self._search
        if self._rationed is None or not is_counted or errand.plan is None or wanted.purse is None:
            return lane.look(place, wanted)
        return self._rationed.look(
            place, wanted, tripwire=errand.tripwire, plan=errand.plan, purse=wanted.purse
        )

    def _is_due(self, name: str, errand: "_Errand", *, goes_on: bool) -> bool:
        """Say whether a lane is to be asked; `goes_on`: we are called again for the sake of another one."""
        asked = self._asked.get(name)
        every = max(errand.every, self._settings.every) if goes_on else errand.every
        # a tenth is left off: the next poll may come a moment early
        return asked is None or asked.more or errand.now - asked.at >= every * 0.9

    def _outcome(self, name: str, place: Place, found: Mapping[str, Outcome]) -> Outcome | None:
        """Give what a lane brought; None where it was not asked."""
        outcome, asked = found.get(name), self._asked.get(name)
        if outcome is None:
            waits = name in self._held or self._looks.is_running(name)
            return Outcome(name, place, pending=True) if waits else None
        if asked is None or asked.place != place:
            return Outcome(name, place, more=True, bills=outcome.bills)
        asked.more = outcome.more
        return outcome

    def _ours(self) -> Ours:
        return Ours(
            handles=frozenset(handle.lower() for handle in self._settings.handles),
            ids={account.id: account.handle for account in self._accounts if account.id is not None},
            is_automated=self._is_automated,
            people=frozenset(handle.lower() for crew in self._crews for handle in crew.people),
        )

    def _cursor(self, before: Json, outcomes: list[Outcome]) -> Json:
        names = {lane.name for lane in self._lanes()}
        places = {name: place for name, place in _places(before).items() if name in names}
        places |= {outcome.lane: outcome.place for outcome in outcomes}
        tripwires = [outcome.tripwire.write() for outcome in outcomes if outcome.tripwire is not None]
        return {
            **({"tripwire": [before.get("tripwire"), *tripwires][-1]} if self._rationed is not None else {}),
            "ids": {account.handle.lower(): account.id for account in self._accounts if account.id},
            "lanes": {name: place.write() for name, place in places.items()},
            "watched": {
                name: write_watched(watched)
                for name, watched in self._watched.items()
                if name in names and watched
            },
        }

    def _tell_once(self, outcome: Outcome) -> Outcome:
        return replace(outcome, rejected=self._told.fresh(outcome.rejected))


@dataclass(slots=True)
class _Asked:
    """A look at a lane: where it began, when, and what of the watched it asked for."""

    place: Place
    at: datetime
    ids: frozenset[str] = frozenset()
    more: bool = False

    def was_read_whole(self, outcome: Outcome) -> bool:
        """Say whether it was read from its beginning to its last page."""
        is_read = not (outcome.failed or outcome.pending)
        return is_read and self.place.rest is None and outcome.place.looked_at == self.at


@dataclass(frozen=True, slots=True)
class _Errand:
    """What a lane is to look for, before the account's id is known."""

    subject: "str | _Account"
    since: datetime
    now: datetime
    is_timeline: bool = False
    watched: tuple[Watched, ...] = ()
    every: timedelta = timedelta(0)
    """It is asked no oftener than this, where that is slower than the source."""
    plan: Plan | None = None
    """What the month's budget allows; None where there is none."""
    tripwire: Tripwire = field(default_factory=Tripwire)


@dataclass(frozen=True, slots=True)
class _Crew:
    """So many of our people as one search takes."""

    people: tuple[str, ...]
    hears: Lane
    answers: Lane


@dataclass(slots=True)
class _Account:
    """One of the company's accounts; its id is looked up once and kept in the cursor."""

    handle: str
    wire: TweepyWire
    patience: Patience[Fault]
    mentions: Lane
    timeline: Lane
    id: str | None = None
    one_lookup: threading.Lock = field(default_factory=threading.Lock)
    """Both lanes need the id, and it is asked for once."""

    def remember(self, cursor: Json) -> None:
        """Take the id from the cursor, if it is there."""
        known = _object(cursor.get("ids")).get(self.handle.lower())
        if self.id is None and isinstance(known, str) and known:
            self.id = known

    def find(
        self, now: datetime, *, lane: str, price: int, purse: Purse | None
    ) -> tuple[str | Fault, tuple[Bill, ...]]:
        """Give the id, or what stands in the way, and what it cost.

        It is looked up unless it is known, it is too early after a fault, or it can't be paid.
        """
        if self.id is not None:
            return self.id, ()
        with self.one_lookup:
            known = self.id or self.patience.standing(now)
            if known is not None:
                return known, ()
            if purse is not None and not purse.lend(1, price=price, wide=False, lane=lane):
                return not_to_be_paid(), ()
            found = self._look_up(now)
        if isinstance(found, Fault) or price == 0:
            return found, ()
        return found, (Bill("accounts", "user", price, now, ids=frozenset({f"user:{found}"})),)

    def _look_up(self, now: datetime) -> str | Fault:
        try:
            self.id = _account_id(self.wire, self.handle, now=now)
        except Fault as fault:
            self.patience.failed(fault, now)
            return fault
        self.patience.succeeded()
        return self.id


def _account_id(wire: TweepyWire, handle: str, *, now: datetime) -> str:
    answer = wire.ask("get_user", username=handle, now=now)
    try:
        return read_account(answer.body)[0]
    except OnlyErrors as error:
        raise only_errors(answer.body) from error
    except UnreadableAnswer as error:
        raise unreadable(str(error)) from error


def _strangers_keys(wire: TweepyWire, handle: str, *, now: datetime) -> list[str]:
    """Say whose keys they are, where they are not those of `handle`."""
    try:
        owner = read_account(wire.ask("get_me", now=now).body)[1]
    except UnreadableAnswer as error:
        raise unreadable(str(error)) from error
    if owner.lower() == handle.lower():
        return []
    return [
        f"the four keys are those of @{owner}: X bills @{handle} in full; make an access token as @{handle}"
    ]


def _read_few(wire: TweepyWire, account_id: str, *, ours: Ours, now: datetime) -> None:
    answer = wire.ask("get_users_mentions", account_id, max_results=_LEAST_PAGE, now=now)
    readable_page(answer.body, ours=ours)


@contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except Fault as fault:
        raise _as_source(fault) from fault


def _as_source(fault: Fault) -> SourceUnavailable:
    return SourceUnavailable(
        fault.message, retry_at=fault.retry_at, permanent=fault.permanent, reason=fault.reason
    )


def _unavailable(troubles: tuple[Trouble, ...], bills: tuple[Bill, ...]) -> SourceUnavailable:
    """Say that no lane could be looked at, each reason once.

    `retry_at` is the earliest reset; with a lane that names none it is left to the jobs.
    """
    resets = [trouble.retry_at for trouble in troubles if trouble.retry_at is not None]
    return SourceUnavailable(
        "; ".join(dict.fromkeys(trouble.message for trouble in troubles)),
        retry_at=min(resets) if len(resets) == len(troubles) else None,
        permanent=all(trouble.permanent for trouble in troubles),
        reason=troubles[0].reason,
        troubles=troubles,
        bills=bills,
    )


def _vouches(outcome: Outcome) -> bool:
    """Say whether a lane was watched: not where posts were left out for the budget."""
    is_cut = any(trouble.reason is Blindness.BUDGET for trouble in outcome.troubles)
    return not (outcome.failed or outcome.pending or is_cut)


def _once(posts: Iterable[Post]) -> tuple[Post, ...]:
    """Keep each post once: a search shows the mentions too."""
    return tuple({post.id: post for post in posts}.values())


def _places(cursor: Json) -> dict[str, Place]:
    return {name: Place.read(written) for name, written in _object(cursor.get("lanes")).items()}


def _own_post(reply: Reply) -> Watched:
    return Watched(reply.id, reply.posted_at, reply.posted_at, is_answer=reply.in_reply_to is not None)


def _conversation(mention: Mention) -> Watched:
    return Watched(mention.conversation or mention.id, mention.posted_at, mention.posted_at)


def _object(written: object) -> Mapping[str, object]:
    return written if isinstance(written, Mapping) else {}


def _sends_in_clear(api_url: str) -> bool:
    parts = urlsplit(api_url)
    return parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}
