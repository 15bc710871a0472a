"""What `vaste check` says of rotas beyond the file's own words: gaps to come, and calendars that can't be read."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from casebook.store import Store
from listener.door import Door
from vaste.config import Config
from vaste.duty import first_gap, has_turns, promised
from vaste.ical_lines import MOST_BYTES
from vaste.locate import At, Document, NotReadable, Problem, decode, dotted, read_bytes, read_document
from vaste.rotas import Feed
from vaste.standing import RotaUnavailable, kept_turns, read_feed, teams_at

LOOKED_AHEAD: Final = timedelta(days=90)


def rota_lines(
    path: Path, config: Config, store: Store | None, *, now: datetime, online: bool
) -> Iterator[str]:
    """Give a line for each thing wrong with rotas, at its place in the configuration.

    Calendars kept in files are read; those of the web only when asked `online`.
    """
    document = _document(path)
    kept = kept_turns(config, store) if store else {}
    unknown = {feed.team for feed in config.feeds if feed.name not in kept and feed.is_web}
    for feed in config.feeds:
        if feed.is_web and not online:
            continue
        is_read, lines = _looked_at(feed, config, now=now)
        if is_read:
            unknown.discard(feed.team)
        elif feed.name not in kept:
            unknown.add(feed.team)
        yield from (_worded(path, document, _place(feed, document), line) for line in lines)
    for name, line in _gaps(config, store, now=now, web=online):
        if name not in unknown:  # of these it is told that their calendar can't be read, or was not
            yield _worded(path, document, ("teams", name, "rota"), line)


def _gaps(config: Config, store: Store | None, *, now: datetime, web: bool) -> Iterator[tuple[str, str]]:
    """Tell of the first gap of each team that promises to be there at any time."""
    teams, _ = teams_at(config, store, now=now, web=web)
    for name, playbook in promised(config.playbooks).items():
        team = teams.get(name)
        gap = first_gap(team, now, within=LOOKED_AHEAD) if team is not None and has_turns(team) else None
        if gap is None:
            continue
        since, until = (
            f"{at.astimezone(config.timezone):%a %Y-%m-%d %H:%M}" for at in (gap.begins_at, gap.ends_at)
        )
        yield (
            name,
            (
                f"nobody is on call from {since} until {until} ({gap.why}), and playbook {playbook} promises to be "
                "there always; add people or a layer, or give the playbook a calendar as its clock"
            ),
        )


def _looked_at(feed: Feed, config: Config, *, now: datetime) -> tuple[bool, list[str]]:
    """Read a calendar; gives whether that went, and what is wrong with it."""
    door = Door(longest=MOST_BYTES)
    try:
        found = read_feed(feed, config, door, now=now)
    except RotaUnavailable as mistake:
        return False, [f"can't be read: {mistake}"]
    finally:
        door.close()
    return True, [f"in the calendar, {line}" for line in (*found.broken, *found.passed_over)]


def _document(path: Path) -> Document:
    try:
        return read_document(decode(read_bytes(path)))
    except NotReadable:  # changed under our hands; what is wrong is told without its line
        return Document()


def _place(feed: Feed, document: Document) -> At:
    alone: At = ("teams", feed.team, "rota", "ical")
    return alone if alone in document.values else (*alone[:3], "layers", feed.layer, "ical")


def _worded(path: Path, document: Document, at: At, message: str) -> str:
    """Word it as all problems of the configuration are worded: with the line where it stands."""
    place = document.place(at, on_key=at[-1] == "rota")
    return str(Problem(place.line, place.column, dotted(at), message, fatal=False, file=str(path)))
