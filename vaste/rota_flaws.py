"""What rotas, stand-ins and absences say wrongly of each other; names that nobody bears, times that run backwards.

Like `vaste.crosscheck`, of which it is a part: it reads what is written, and passes over what has no shape.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from casebook.wall import instant_of
from vaste.faults import nearest
from vaste.locate import At, Flaw
from vaste.spot import Spot
from vaste.written import moment_of

LONGEST = timedelta(days=366)
"""Of a stand-in or an absence; a longer one is a slip of the year."""
_HOME = "Europe/Helsinki"
Times = tuple[datetime, datetime]


def rota_flaws(written: object) -> Iterator[Flaw]:
    """List what is wrong with rotas beyond the shape of their values."""
    root = Spot((), written)
    zone = _zone(root)
    for _, person in root.key("people").entries():
        for away in person.key("away").each():
            yield from _backwards(away, zone)
    for _, team in root.key("teams").entries():
        for layer in layers_of(team):
            yield from _strangers(layer.key("people").each(), root)
            yield from _without_holidays(layer, team)
            if layer.key("people").value == [] and layer.at[-1] != "rota":
                message = "nobody is in this layer; add people, or take the layer away"
                yield Flaw(layer.key("people").at, message, fatal=False)
        yield from _overrides(team, root, zone)


def layers_of(team: Spot) -> list[Spot]:
    """Give the layers of a team's rota; a rota without layers is one."""
    rota = team.key("rota")
    layers = rota.key("layers")
    return layers.each() if isinstance(layers.value, list) else [rota]


def _overrides(team: Spot, root: Spot, zone: ZoneInfo) -> Iterator[Flaw]:
    earlier: list[tuple[At, Times]] = []
    for one in team.key("overrides").each():
        yield from _backwards(one, zone)
        yield from _strangers([one.key("person")], root)
        times = _times(one, zone)
        if times is None:
            continue
        for at, others in earlier:
            if _overlap(times, others):
                message = f"overlaps {_dotted(at)}; where both hold, this later one counts: part their times"
                yield Flaw(one.key("from").at, message, fatal=False)
        earlier.append((one.at, times))
        for away in root.key("people").key(one.key("person").text or "").key("away").each():
            gone = _times(away, zone)
            if gone is not None and _overlap(times, gone):
                message = (
                    f"is away then ({_dotted(away.at)}), so the rota decides; name somebody who is there"
                )
                yield Flaw(one.key("person").at, message, fatal=False)


def _strangers(people: list[Spot], root: Spot) -> Iterator[Flaw]:
    known = root.key("people")
    names = [name for name, _ in known.entries()]
    for person in people:
        # the people of a rota without layers are looked at where all of the team's are
        is_looked_at = person.at[2:4] == ("rota", "people")
        if person.text is not None and person.text not in names and not is_looked_at:
            message = (
                f"no person has this name; {nearest(person.text, names)} (persons are named under people)"
            )
            if known.value is None or isinstance(known.value, dict):
                yield Flaw(person.at, message, quotes=True)


def _without_holidays(layer: Spot, team: Spot) -> Iterator[Flaw]:
    says = layer.key("holidays")
    if says.text in {"skip", "only"} and not team.key("holidays").is_written:
        message = "whose holidays? write for example holidays: FI beside this team's rota"
        yield Flaw(says.at, message)


def _backwards(spot: Spot, zone: ZoneInfo) -> Iterator[Flaw]:
    times = _times(spot, zone)
    if times is None:
        return
    begin, end = times
    if end <= begin:
        yield Flaw(spot.key("until").at, "ends before it begins; write a later time (it is left out itself)")
    elif end - begin > LONGEST:
        message = "lasts longer than a year; check the year, or take the person out of the rota"
        yield Flaw(spot.key("until").at, message, fatal=False)


def _times(spot: Spot, zone: ZoneInfo) -> Times | None:
    """Give the instants of `from` and `until`, where both can be read."""
    try:
        begin, end = (moment_of(spot.key(key).text or "") for key in ("from", "until"))
    except ValueError:
        return None
    return _instant(begin, zone), _instant(end, zone)


def _instant(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment if moment.tzinfo else instant_of(moment.date(), moment.time(), zone)


def _overlap(one: Times, other: Times) -> bool:
    return max(one[0], other[0]) < min(one[1], other[1])


def _zone(root: Spot) -> ZoneInfo:
    try:
        return ZoneInfo(root.key("timezone").text or _HOME)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(_HOME)


def _dotted(at: At) -> str:
    return ".".join(map(str, at))
