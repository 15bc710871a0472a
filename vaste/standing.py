"""The teams as they stand now: what the configuration says, what was agreed since, and what other calendars say.

A rota that is kept in another calendar is read again and again; the turns of its last good copy are kept in the
record, so that a calendar that is broken or can't be reached takes nobody off call. Where some of its events can't
be read, the whole copy before stands: a shift must not vanish because of a slip on one line. Only where there is
none yet, what can be read is taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from casebook.agreed import Agreed, KeptRota
from casebook.store import Store
from listener.door import Ask, Door
from listener.door_rules import NoAddress, Target
from listener.source import SourceUnavailable
from playbooks.escalate import Team
from playbooks.roster import Turn
from vaste.config import Config
from vaste.ical import Names, ReadRota, read_rota
from vaste.ical_lines import MOST_BYTES, NotACalendar
from vaste.rotas import Feed, joined

BEHIND: Final = timedelta(days=32)
AHEAD: Final = timedelta(days=400)
"""The turns of a calendar that are kept, around the time at which it was read."""
Seen = tuple[tuple[Agreed, ...], tuple[tuple[str, datetime], ...]]


class RotaUnavailable(Exception):
    """A rota kept elsewhere can't be read; the message says why, without its address."""


@dataclass(slots=True)
class Standing:
    """Watches what is agreed and what other calendars say, for one process. Safe to call from several threads."""

    config: Config
    store: Store
    door: Door = field(default_factory=lambda: Door(longest=MOST_BYTES))
    _seen: Seen | None = None

    @property
    def feeds(self) -> dict[str, Feed]:
        """The rotas that are kept elsewhere, by name."""
        return {feed.name: feed for feed in self.config.feeds}

    def changed(self, *, now: datetime) -> dict[str, Team] | None:
        """Give the teams as they stand, where that is not what was given last; None where it is."""
        agreed = tuple(one for one in self.store.agreements(since=now) if one.stands)
        copies = tuple(sorted(self.store.kept_rotas_read_at().items())) if self.config.feeds else ()
        if (agreed, copies) == self._seen:
            return None
        config, kept = self.config, kept_turns(self.config, self.store)
        teams = joined(config.teams, away=config.away, agreed=agreed, kept=kept, people=config.people)
        self._seen = (agreed, copies)
        return teams

    def read(self, name: str, *, now: datetime) -> ReadRota:
        """Read a rota that is kept elsewhere and keep it if it is whole; raises RotaUnavailable."""
        feed = self.feeds[name]
        found = read_feed(feed, self.config, self.door, now=now)
        if not found.broken or name not in kept_turns(self.config, self.store):
            turns = tuple((turn.person, turn.begins_at, turn.ends_at) for turn in found.turns)
            self.store.keep_rota(name, KeptRota(ground_of(feed), now, turns))
        return found

    def close(self) -> None:
        """Break off what is being read."""
        self.door.close()


def teams_at(
    config: Config, store: Store | None, *, now: datetime, web: bool = True
) -> tuple[dict[str, Team], list[str]]:
    """Give the teams as they stand, all agreements of the past included, for whoever looks; and what is wrong.

    A rota kept elsewhere of which there is no copy is read, on the `web` too; nothing is written.
    """
    agreed = [one for one in store.agreements() if one.stands] if store else []
    kept = kept_turns(config, store) if store else {}
    wrong: list[str] = []
    for feed in config.feeds:
        if feed.name in kept or (feed.is_web and not web):
            continue
        try:
            found = read_feed(feed, config, Door(longest=MOST_BYTES), now=now)
        except RotaUnavailable as mistake:
            wrong.append(f"team {feed.team}: its rota can't be read: {mistake}")
        else:
            kept[feed.name] = found.turns
            wrong += [f"team {feed.team}, its rota: {line}" for line in found.broken]
    teams = joined(config.teams, away=config.away, agreed=agreed, kept=kept, people=config.people)
    return teams, wrong


def read_feed(feed: Feed, config: Config, door: Door, *, now: datetime) -> ReadRota:
    """Read a rota that is kept elsewhere; raises RotaUnavailable."""
    names = Names.of({key: person.name for key, person in config.people.items()}, config.emails)
    written = _fetched(feed, door, now=now)
    try:
        return read_rota(written, names=names, zone=feed.zone, begin=now - BEHIND, end=now + AHEAD)
    except NotACalendar as mistake:
        raise RotaUnavailable(str(mistake)) from mistake


def kept_turns(config: Config, store: Store) -> dict[str, tuple[Turn, ...]]:
    """Give the turns of the last good copies, of the calendars that the configuration names today."""
    copies: Mapping[str, KeptRota] = store.kept_rotas() if config.feeds else {}
    return {
        feed.name: tuple(Turn(*turn) for turn in copies[feed.name].turns if turn[0] in config.people)
        for feed in config.feeds
        if feed.name in copies and copies[feed.name].ground == ground_of(feed)
    }


def ground_of(feed: Feed) -> str:
    """Name a calendar without telling its address."""
    return sha256(feed.address.get_secret_value().encode()).hexdigest()[:16]


def _fetched(feed: Feed, door: Door, *, now: datetime) -> bytes:
    address = feed.address.get_secret_value()
    try:
        if feed.is_web:
            return door.get(Ask(address, accept="text/calendar, */*;q=0.1"), now=now).body
        with Path(address).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except SourceUnavailable as mistake:
        raise RotaUnavailable(_without_path(str(mistake), address)) from mistake
    except (OSError, ValueError) as mistake:
        reason = getattr(mistake, "strerror", None) or "no such name is possible"
        raise RotaUnavailable(f"the file can't be read ({reason}); check its name") from mistake


def _without_path(message: str, address: str) -> str:
    """Name the host alone: who knows the path of a private calendar can read it."""
    try:
        target = Target.read(address)
    except NoAddress:
        return message
    return message.replace(target.shown, target.host)
