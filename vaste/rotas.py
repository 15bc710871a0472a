"""From the rotas that people wrote to the rosters that say whose turn it is, and what is added while it runs. Pure.

What a configuration says of rotas is one thing; what was agreed since (stand-ins, absences, cancelled ones) and what
other calendars say are two more. `rota_of` reads the first, `joined` adds the other two; whoever asks who is on call
asks what `joined` gave.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from casebook.agreed import Agreed
from casebook.wall import instant_of
from playbooks.escalate import Team
from playbooks.roster import EVERY_DAY, Away, Kept, Layer, Override, Roster, Turn, roster_of
from playbooks.rota import Rota, Turns
from vaste.holidays import public_days
from vaste.settings import AwaySettings, IcalSettings, LayersSettings, Settings, TeamSettings, TurnsSettings
from vaste.written import as_date, span_of, weekdays_of


@dataclass(frozen=True, slots=True)
class Feed:
    """A rota that is kept in another calendar, and which layer of which team it is."""

    team: str
    layer: int
    address: SecretStr
    """A file, or an address of the web; who knows the latter can read it."""
    every: timedelta
    zone: ZoneInfo
    """Of what the calendar says without a zone."""

    @property
    def name(self) -> str:
        """By which its last good copy is kept."""
        return f"{self.team}/{self.layer}"

    @property
    def is_web(self) -> bool:
        """It is read over the network."""
        return "://" in self.address.get_secret_value()


def rota_of(name: str, settings: Settings) -> Turns | None:
    """Give what the configuration says of a team's rota; None where that is nothing."""
    team = settings.teams[name]
    layers = tuple(_layer(layer, team, settings) for layer in _layers(team))
    overrides = tuple(
        Override(
            one.person,
            instant(one.begins, settings.timezone),
            instant(one.until, settings.timezone),
            one.by or "",
            one.why or "",
        )
        for one in team.overrides
    )
    away = {key: _away(key, person.away, settings.timezone) for key, person in settings.people.items()}
    if not team.rota and not overrides:
        return None
    if len(layers) == 1 and isinstance(layers[0], Layer) and layers[0].is_always and not overrides:
        return layers[0].rota if not any(away.values()) else Roster(layers, away=_some(away))
    return Roster(layers, overrides, _some(away))


def feeds_of(settings: Settings) -> tuple[Feed, ...]:
    """Give the rotas that are kept elsewhere."""
    return tuple(
        Feed(name, number, layer.ical, layer.every, layer.zone or settings.timezone)
        for name, team in settings.teams.items()
        for number, layer in enumerate(_layers(team))
        if isinstance(layer, IcalSettings)
    )


def holidays_of(settings: Settings) -> tuple[dict[str, frozenset[date]], dict[str, frozenset[date]]]:
    """Give the public holidays of each team, and of each person who has a country."""
    teams = {name: _holidays(team.holidays or ()) for name, team in settings.teams.items()}
    people = {key: _holidays((person.country,)) for key, person in settings.people.items() if person.country}
    return teams, people


def absences_of(settings: Settings) -> dict[str, tuple[Away, ...]]:
    """Give everybody's absences, of those who have any."""
    return _some({key: _away(key, person.away, settings.timezone) for key, person in settings.people.items()})


def joined(
    teams: Mapping[str, Team],
    *,
    away: Mapping[str, tuple[Away, ...]],
    agreed: Iterable[Agreed] = (),
    kept: Mapping[str, Iterable[Turn]] = {},
    people: Container[str],
) -> dict[str, Team]:
    """Add to the configuration's teams what was agreed since and what other calendars say.

    `kept` is by the name of a feed. Of two that hold at once, the one made last goes before: what was agreed
    goes before what the file says. Who is no longer one of the `people` stands in for nobody.
    """
    agreed = sorted((one for one in agreed if one.person in people), key=lambda one: one.number)
    gone = {key: list(times) for key, times in away.items()}
    for one in agreed:
        if one.team is None:
            made = Away(one.person, one.begins_at, one.ends_at, one.by, one.why, one.number)
            gone.setdefault(one.person, []).append(made)
    absences = {key: tuple(times) for key, times in gone.items()}
    return {name: _joined(team, absences, agreed, kept) for name, team in teams.items()}


def instant(moment: datetime, zone: ZoneInfo) -> datetime:
    """Give the instant of a moment as it was written: a wall time is the zone's."""
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    return instant_of(moment.date(), moment.time(), zone)


def _joined(
    team: Team,
    away: Mapping[str, tuple[Away, ...]],
    agreed: Iterable[Agreed],
    kept: Mapping[str, Iterable[Turn]],
) -> Team:
    roster = roster_of(team.rota)
    layers = tuple(
        replace(layer, turns=tuple(kept.get(f"{team.name}/{number}", layer.turns)))
        if isinstance(layer, Kept)
        else layer
        for number, layer in enumerate(roster.layers)
    )
    more = tuple(
        Override(one.person, one.begins_at, one.ends_at, one.by, one.why, one.number)
        for one in agreed
        if one.team == team.name
    )
    if team.rota is None and not more:
        return team
    return replace(team, rota=Roster(layers, roster.overrides + more, away))


def _layers(team: TeamSettings) -> tuple[TurnsSettings | IcalSettings, ...]:
    if isinstance(team.rota, LayersSettings):
        return team.rota.layers
    return (team.rota,) if team.rota else ()


def _layer(layer: TurnsSettings | IcalSettings, team: TeamSettings, settings: Settings) -> Layer | Kept:
    if isinstance(layer, IcalSettings):
        return Kept()
    weekday, at = layer.handoff
    days = frozenset(day for some in layer.days for day in weekdays_of(some))
    return Layer(
        Rota(layer.people, weekday, at, layer.zone or settings.timezone, layer.every, layer.start),
        hours=tuple(sorted(map(span_of, layer.hours))),
        days=days or EVERY_DAY,
        on_holidays=layer.holidays,
        holidays=_holidays(team.holidays or ()),
    )


def _holidays(places: Iterable[str]) -> frozenset[date]:
    found: set[date] = set()
    for place in places:
        day = as_date(place)
        found |= public_days(place) if day is None else {day}
    return frozenset(found)


def _away(person: str, written: Iterable[AwaySettings], zone: ZoneInfo) -> tuple[Away, ...]:
    return tuple(
        Away(person, instant(one.begins, zone), instant(one.until, zone), why=one.why or "")
        for one in written
    )


def _some(away: Mapping[str, tuple[Away, ...]]) -> dict[str, tuple[Away, ...]]:
    return {key: times for key, times in away.items() if times}


def of_person(
    person: str, team: str, *, people: Mapping[str, Container[date]], teams: Mapping[str, Container[date]]
) -> Container[date]:
    """Give the holidays that count for a person: those where they live, else the team's."""
    return people.get(person, teams.get(team, frozenset()))
