"""People: whom no message reaches is called by nobody until they are found again."""

from dataclasses import dataclass, field, replace
from functools import partial

from casebook.store import Claimed
from notifier.channel import ChannelUnavailable, KnowsMembers, Whereabouts
from vaste.chain import unheard
from vaste.desk import Desk
from vaste.jobs.means import Means


@dataclass(slots=True)
class People:
    """Who our people are at the first channel's vendor."""

    means: Means
    _written: dict[str, str] = field(default_factory=dict)

    def find_people(self) -> int:
        """Ask the first channel's vendor who our people are there and whether they can be reached.

        Whom no message reaches is called by nobody any more, until they are found again; somebody is told.
        Gives how many can't be reached.
        """
        channel, reach = self.means.channels[0], self.means.reaches[0]
        if not isinstance(channel, KnowsMembers) or reach is None:
            return 0
        for key, written in self._written_people().items():
            try:
                found = channel.look_for(written)
            except ChannelUnavailable as error:  # what was known last stands
                self.means.trouble(
                    f"people:{channel.kind}", f"{channel.kind}: people can't be looked up: {error}"
                )
                return len(self.means.desk.unreachable)
            self._found(key, written, found)
        self.means.over(f"people:{channel.kind}")
        return len(self.means.desk.unreachable)

    def _written_people(self) -> dict[str, str]:
        """Give by what name the configuration knows each person at the first channel."""
        if not self._written:
            self._written.update(
                {
                    key: person.slack
                    for key, person in self.means.desk.people.items()
                    if person.slack is not None
                }
            )
        return self._written

    def _found(self, key: str, written: str, found: Whereabouts) -> None:
        kind = self.means.channels[0].kind
        about = f"person:{key}"
        if found.unreachable is None:
            self.means.over(about)
        else:
            self.means.trouble(about, f"person {key} can't be reached in {kind}: {found.unreachable}")
        why = None if found.unreachable is None else kind
        self.means.restaff(partial(_known_as, key=key, member=found.member or written, why=why))

    def not_reached(self, claimed: Claimed, error: ChannelUnavailable) -> None:
        """Count on a person no more whom a message could not reach; the case takes its next step at once."""
        key = claimed.addressee.removeprefix("person:")
        if key not in self.means.desk.people:
            return
        written = self._written_people().get(key, "")
        self._found(key, written, Whereabouts(self.means.desk.people[key].slack, str(error)))
        now = self.means.clock.now()
        for case in (one.case for one in (claimed, *claimed.beside) if one.case is not None):
            self.means.store.change(case, partial(unheard, desk=self.means.desk, now=now), now=now)


def _known_as(desk: Desk, *, key: str, member: str, why: str | None) -> Desk:
    """Give the desk with what a person is called at the vendor, and why no message reaches them, if none does."""
    unreachable = {one: known for one, known in desk.unreachable.items() if one != key}
    if why is not None:
        unreachable[key] = why
    person = replace(desk.people[key], slack=member)
    return replace(desk, people={**desk.people, key: person}, unreachable=unreachable)
