"""Lanes that are read from the newest post downwards: where each stands, and one round over all of them.

How nothing is lost:
1. A lane's place moves only after a look was read to its end; what is known by id is dropped in the store.
2. A post can show late and below others. So every look begins `overlap` before the last one: in lanes with
   a `floor` at the newest id that was there then (a mark), in others at that instant.
3. What is too much for one look is read on by the next, which begins where this one stopped (`rest`).
4. A post from the future is no mark: it would hide everything until then.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar

from casebook.mention import Batch, Blindness, Json, Mention, Reply, Trouble
from listener.fault import Fault
from listener.instants import read_instant
from listener.outcome import Outcome, ToldOnce, mentions_of, replies_of
from listener.patience import Patience
from listener.source import SourceUnavailable

Post = TypeVar("Post", Mention, Reply)

PAGES_A_LOOK = 10
_CLOCKS_APART = timedelta(minutes=1)
_MARKS_AN_OVERLAP = 10
_LONGEST_TOKEN = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a page, as paging needs it."""

    id: str
    at: datetime
    """When it took its place in the lane, by the network's own clock."""
    post: Mention | Reply | None = None
    """None for what is read past: boosts, private posts, deleted ones."""


@dataclass(frozen=True, slots=True)
class Page:
    """What one question brought, newest first."""

    rows: tuple[Row, ...] = ()
    malformed: tuple[str, ...] = ()
    """What could not be read while the others could: which and why, without their texts."""
    below: str | None = None
    """Where the next page begins; None when this is the last one."""


Ask = Callable[[str | None, str | None], Page]
"""Asks for the page below its second token and above its first (the floor); either may be None."""
Mark = tuple[str, datetime]
"""The newest id that was there at an instant."""


@dataclass(frozen=True, slots=True)
class Rest:
    """The older part of a look that was too large for one."""

    began_at: datetime
    start_at: datetime
    floor: str | None = None
    below: str | None = None
    marks: tuple[Mark, ...] = ()
    """What the place learns when the rest has been read."""


@dataclass(frozen=True, slots=True)
class Place:
    """A lane's part of the cursor."""

    looked_at: datetime | None = None
    """When the last look that was read to its end began."""
    marks: tuple[Mark, ...] = ()
    """Oldest first."""
    rest: Rest | None = None

    @classmethod
    def read(cls, written: object) -> Self:
        """Read the place as `write` wrote it; what is not one is a first look."""
        if not isinstance(written, Mapping):
            return cls()
        return cls(
            read_instant(written.get("looked_at")), _marks(written.get("marks")), _rest(written.get("rest"))
        )

    def write(self) -> Json:
        """Give the place as a JSON object."""
        written: dict[str, object] = {"looked_at": self.looked_at and self.looked_at.isoformat()}
        if self.marks:
            written["marks"] = _written(self.marks)
        if self.rest is not None:
            written["rest"] = {
                "began_at": self.rest.began_at.isoformat(),
                "start_at": self.rest.start_at.isoformat(),
                "floor": self.rest.floor,
                "below": self.rest.below,
                "marks": _written(self.rest.marks),
            }
        return written


def begin(place: Place, *, since: datetime, overlap: timedelta, now: datetime, by_id: bool) -> Rest:
    """Say what a look reads: the rest of the one before, or all that is younger than the overlap."""
    if place.rest is not None:
        return place.rest
    old_enough = [mark for mark in place.marks if mark[1] <= now - overlap]
    floor = old_enough[-1][0] if by_id and old_enough else None
    start_at = min(max(place.looked_at or since, since), now) - overlap
    return Rest(began_at=now, start_at=start_at, floor=floor)


def is_end(page: Page, reading: Rest) -> bool:
    """Say whether nothing that is wanted stands below a page.

    One old post is no end: its time may be what a strange server claims. All of a page is.
    """
    if page.below is None or not (page.rows or page.malformed):
        return True
    return reading.floor is None and bool(page.rows) and all(row.at < reading.start_at for row in page.rows)


def learn(reading: Rest, page: Page, *, overlap: timedelta) -> Rest:
    """Take marks from a page: the newest id of all, and in a first look the newest from before the overlap."""
    began_at = reading.began_at
    marks = reading.marks
    real = [row for row in page.rows if row.at <= began_at + _CLOCKS_APART]
    old = next((row for row in real if row.at <= began_at - overlap), None)
    if old is not None and not any(at <= began_at - overlap for _, at in marks):
        marks = ((old.id, began_at - overlap), *marks)
    if real and not any(at == began_at for _, at in marks):
        marks = (*marks, (real[0].id, began_at))
    return replace(reading, marks=marks, below=page.below)


def after(place: Place, reading: Rest, *, overlap: timedelta) -> Place:
    """Give the place after a look was read to its end."""
    marks = [mark for mark in place.marks if mark[1] < reading.began_at]
    if reading.floor is None and not marks:
        marks += [mark for mark in reading.marks if mark[1] < reading.began_at]
    newest = [mark for mark in reading.marks if mark[1] == reading.began_at]
    newest = newest or [(known, reading.began_at) for known, _ in marks[-1:]]  # nothing new was said
    if newest and (not marks or newest[0][1] - marks[-1][1] >= overlap / _MARKS_AN_OVERLAP):
        marks += newest
    old = [mark for mark in marks if mark[1] <= reading.began_at - overlap]
    return Place(looked_at=reading.began_at, marks=(*old[-1:], *marks[len(old) :]))


class Lane:
    """Reads one lane; remembers its faults between looks.

    `by_id`: the network takes an id as the floor. `reach`: it shows no more than so many of the newest.
    """

    def __init__(
        self,
        name: str,
        ask: Ask,
        *,
        every: timedelta,
        overlap: timedelta,
        by_id: bool,
        reach: int | None = None,
    ) -> None:
        self.name = name
        self._ask = ask
        self._overlap = overlap
        self._by_id = by_id
        self._reach = reach
        self._patience: Patience[Fault] = Patience(every)

    def look(self, place: Place, *, since: datetime, now: datetime) -> tuple[Outcome[Place], Fault | None]:
        """Read the lane to its end, or say why not; the fault is one that was met now."""
        standing = self._patience.standing(now)
        if standing is not None:  # met by an earlier look: it says nothing of the other lanes now
            return self.blind(place, standing), None
        reading = begin(place, since=since, overlap=self._overlap, now=now, by_id=self._by_id)
        pages: list[Page] = []
        try:
            for _ in range(PAGES_A_LOOK):
                page = self._ask(reading.floor, reading.below)
                pages.append(_another(page, reading))
                reading = learn(reading, page, overlap=self._overlap)
                if is_end(page, reading):
                    self._patience.succeeded()
                    moved = after(place, reading, overlap=self._overlap)
                    troubles = self._out_of_reach(place, reading, pages)
                    return self._gather(moved, pages, troubles=troubles), None
        except Fault as fault:
            self._patience.failed(fault, now)
            troubles = (fault.trouble(self.name),)
            return self._gather(place, pages, troubles=troubles, failed=True), fault
        self._patience.succeeded()
        return self._gather(replace(place, rest=reading), pages, more=True), None

    def blind(self, place: Place, fault: Fault) -> Outcome[Place]:
        """Give the outcome of not asking."""
        return Outcome(self.name, place, troubles=(fault.trouble(self.name),), failed=True)

    def _out_of_reach(self, place: Place, reading: Rest, pages: list[Page]) -> tuple[Trouble, ...]:
        rows = [row for page in pages for row in page.rows]
        if self._reach is None or pages[-1].below is not None or not rows:
            return ()
        is_full = place.rest is not None or len(rows) >= self._reach
        if not is_full or rows[-1].at <= reading.start_at:
            return ()
        since = f"{reading.start_at:%Y-%m-%d %H:%M} UTC"
        told = f"no more than the newest {self._reach} are shown: of the posts since {since} older ones are missed"
        return (Trouble(self.name, f"{told}; make `every` shorter if it happens again"),)

    def _gather(
        self,
        place: Place,
        pages: list[Page],
        *,
        troubles: tuple[Trouble, ...] = (),
        failed: bool = False,
        more: bool = False,
    ) -> Outcome[Place]:
        # what is older than the first start comes along as context: it may be what is answered
        posts = [row.post for page in pages for row in page.rows if row.post is not None]
        return Outcome(
            self.name,
            place,
            mentions=mentions_of(posts),
            replies=replies_of(posts),
            troubles=troubles,
            rejected=tuple(f"{self.name}: {which}" for page in pages for which in page.malformed),
            failed=failed,
            more=more,
        )


class Round:
    """Looks at lanes one after the other, in a thread of its own so that closing ends the waiting at once.

    A fault that holds for all (no network, a used-up limit, a refused token) is not met again lane by lane.
    """

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self._lanes = lanes
        self._told = ToldOnce()
        self._one_look = threading.Lock()
        self._closed: Future[Any] = Future()

    def look(self, cursor: Json, *, since: datetime, now: datetime) -> Batch:
        """Look at every lane; raises SourceUnavailable when none could be looked at."""
        with self._one_look:
            outcomes = self.wait_for(lambda: self._look(cursor, since=since, now=now))
            rejected = self._told.fresh(sentence for outcome in outcomes for sentence in outcome.rejected)
        troubles = tuple(trouble for outcome in outcomes for trouble in outcome.troubles)
        if all(outcome.failed and not (outcome.mentions or outcome.replies) for outcome in outcomes):
            raise unavailable(troubles)
        return Batch(
            mentions=_once(mention for outcome in outcomes for mention in outcome.mentions),
            replies=_once(reply for outcome in outcomes for reply in outcome.replies),
            cursor={"lanes": {outcome.lane: outcome.place.write() for outcome in outcomes}},
            troubles=troubles,
            rejected=rejected,
            more=any(outcome.more for outcome in outcomes),
        )

    def wait_for(self, work: Callable[[], Any]) -> Any:
        """Do work in a daemon thread (one that hangs must not keep the process from ending), until closed."""
        done: Future[Any] = Future()

        def run() -> None:
            try:
                done.set_result(work())
            except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
                done.set_exception(error)

        if not self._closed.done():
            threading.Thread(target=run, name="lanes", daemon=True).start()
        wait([done, self._closed], return_when=FIRST_COMPLETED)
        if not done.done():
            raise SourceUnavailable("the source is being closed", reason=Blindness.DOWNTIME)
        return done.result()

    def close(self) -> None:
        """End what is waited for; may be called twice."""
        if not self._closed.done():
            self._closed.set_result(None)

    def _look(self, cursor: Json, *, since: datetime, now: datetime) -> list[Outcome[Place]]:
        lanes = cursor.get("lanes")
        written = lanes if isinstance(lanes, Mapping) else {}
        outcomes: list[Outcome[Place]] = []
        in_the_way: Fault | None = None
        for lane in self._lanes:
            place = Place.read(written.get(lane.name))
            if in_the_way is not None:
                outcomes.append(lane.blind(place, in_the_way))
                continue
            outcome, fault = lane.look(place, since=since, now=now)
            outcomes.append(outcome)
            in_the_way = fault if fault is not None and fault.holds_for_all else None
        return outcomes


def unavailable(troubles: Sequence[Trouble]) -> SourceUnavailable:
    """Say that no lane could be looked at, each reason once.

    `retry_at` is the earliest reset; with a lane that names none it is left to the jobs.
    """
    resets = [trouble.retry_at for trouble in troubles if trouble.retry_at is not None]
    return SourceUnavailable(
        "; ".join(dict.fromkeys(trouble.message for trouble in troubles)),
        retry_at=min(resets) if len(resets) == len(troubles) else None,
        permanent=all(trouble.permanent for trouble in troubles),
        reason=troubles[0].reason if troubles else Blindness.VENDOR,
    )


def _another(page: Page, reading: Rest) -> Page:
    if page.below is not None and page.below == reading.below:
        raise Fault("the same page comes again and again; nothing to do here unless it lasts")
    return page


def _once(posts: Iterable[Post]) -> tuple[Post, ...]:
    """Keep each post once: a search shows the mentions too."""
    return tuple({post.id: post for post in posts}.values())


def _written(marks: Iterable[Mark]) -> list[list[str]]:
    return [[known, at.isoformat()] for known, at in marks]


def _marks(written: object) -> tuple[Mark, ...]:
    found = [mark for mark in map(_mark, written if isinstance(written, list) else ()) if mark is not None]
    return tuple(sorted(found, key=lambda mark: mark[1]))


def _mark(written: object) -> Mark | None:
    match written:
        case [str(known), str(at)]:
            token, instant = _token(known), read_instant(at)
            return (token, instant) if token is not None and instant is not None else None
        case _:
            return None


def _rest(written: object) -> Rest | None:
    if not isinstance(written, Mapping):
        return None
    began_at, start_at = read_instant(written.get("began_at")), read_instant(written.get("start_at"))
    if began_at is None or start_at is None:
        return None
    return Rest(
        began_at=began_at,
        start_at=start_at,
        floor=_token(written.get("floor")),
        below=_token(written.get("below")),
        marks=_marks(written.get("marks")),
    )


def _token(written: object) -> str | None:
    return written if isinstance(written, str) and 0 < len(written) <= _LONGEST_TOKEN else None
