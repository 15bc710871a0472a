"""Cases: those that new posts concern take replies in, those whose time has come take their next step.

And crises: they remind, stand down and are summed up, their children with them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from casebook.case import Case
from casebook.store import Change
from vaste.chain import follow, watch
from vaste.desk import Desk
from vaste.jobs.means import AS_USUAL, REFRESH, Means
from vaste.tending import release, take_with, tend
from vaste.threads import found as found_below

CHILDREN_AT_ONCE = 100
"""Cases of a crisis that one tick changes; a press must not wait for the five hundredth."""


@dataclass(slots=True)
class Watching:
    """What becomes of cases without anybody's doing."""

    means: Means

    def match(self) -> int:
        """Let touched cases take in replies that were found; gives how many were looked at."""
        looked = 0
        unreadable: set[int] = set()
        while cases := [number for number in self.means.store.touched_cases() if number not in unreadable]:
            for number in cases:
                now = self.means.clock.now()
                follows = partial(_follow, desk=self.means.desk, now=now)
                tell = partial(found_below, desk=self.means.desk)
                if not self._look_at(
                    number, partial(self.means.store.match, number, follows, now=now, tell=tell)
                ):
                    unreadable.add(number)
                self.means.crash("matched")
            looked += len(cases)
        return looked

    def watch(self) -> int:
        """Take what is due on open cases: steps, breaches, automatic closes; gives how many were looked at."""
        now = self.means.clock.now()
        due = self.means.store.due_cases(now=now)
        for number in due:
            self._look_at(number, partial(self._watch, number, now=now))
            self.means.crash("watched")
        return len(due)

    def _watch(self, number: int, *, now: datetime) -> None:
        decide = partial(watch, desk=self.means.staffed(now), now=now)
        self.means.store.change(number, decide, now=now)

    def tend(self) -> int:
        """Look after crises and their children; gives how many cases were changed."""
        changed = 0

        def count(number: int) -> None:
            nonlocal changed
            changed += self._tend(number)

        for number in self.means.store.unsettled_crises():
            self._look_at(number, partial(count, number))
        return changed

    def _tend(self, number: int) -> int:
        now = self.means.clock.now()
        known = self.means.desk.crisis or AS_USUAL
        due = partial(tend, rule=known, desk=self.means.desk, now=now)
        before = self.means.store.case(number)
        case = self.means.store.tend_crisis(number, due, now=now, refresh=REFRESH)
        self.means.crash("tended")
        if case is None:
            return 0
        is_taken = case.owner is not None and not case.must_take and not case.dismissed
        taken = self._take_children(case, now=now) if is_taken else 0
        released = self._release_children(case, now=now) if case.summed_up else 0
        return (case != before) + taken + released

    def _take_children(self, crisis: Case, *, now: datetime) -> int:
        """Acknowledge the children of a crisis that somebody took."""
        children = self.means.store.children(crisis.number, untaken=True, limit=CHILDREN_AT_ONCE)
        for child in children:
            take = partial(take_with, crisis=crisis, desk=self.means.desk, now=now)
            self._look_at(child, partial(self.means.store.change, child, take, now=now))
            self.means.crash("took child")
        return len(children)

    def _release_children(self, crisis: Case, *, now: datetime) -> int:
        """Let the children of a crisis that is over stand by themselves; the last one settles it."""
        children = self.means.store.children(crisis.number, folded=True, limit=CHILDREN_AT_ONCE)
        for child in children:
            free = partial(release, crisis=crisis, desk=self.means.desk, now=now)
            self._look_at(child, partial(self.means.store.change, child, free, now=now))
            if crisis.dismissed:
                self.means.store.owe_cards_again(child, now=now)
            self.means.crash("released child")
        if not children:
            self.means.store.settle_crisis(crisis.number, now=now)
        return len(children)

    def _look_at(self, number: int, look: Callable[[], object]) -> bool:
        """Look at one case; one that can't be read is told of, and keeps no other case waiting."""
        try:
            look()
        except Exception as error:  # noqa: BLE001 - whatever is wrong with this one, the others go on
            self.means.trouble(f"case:{number}", f"case {number} can't be looked at: {type(error).__name__}")
            return False
        self.means.over(f"case:{number}")
        return True


def _follow(case: Case, *, desk: Desk, now: datetime) -> Change:
    return follow(case, Change(), desk, now=now)
