"""From a file to a usable configuration, or to the list of everything that is wrong with it.

1. The file is read with the place of every key and value (`locate`), the environment's values are put in
   (`environment`), and what is left empty is named.
2. Shapes are judged by the settings (`settings`, and those of each kind of source and channel), names and
   order by `crosscheck`. Every judge sees the whole file, so that all problems come at once.
3. What stands under a value that is already objected to is left out, and secrets are kept out.
4. Where nothing is fatal, the settings become the values that the rooms know.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, SecretStr, ValidationError

import listener.registry
import notifier.registry
from casebook.calendar import Calendar
from classifier.foreign import is_path
from classifier.topics import Topic
from listener.source import SourceSettings
from notifier.channel import ChannelSettings, Person
from playbooks.escalate import Team
from playbooks.playbook import Playbook
from playbooks.roster import Away
from vaste.calendars import calendars_of
from vaste.convert import (
    handles_of,
    people_by_handle,
    people_figures_of,
    people_of,
    playbooks_of,
    teams_of,
    telling_of,
    topics_of,
)
from vaste.crosscheck import crosscheck
from vaste.digests import Telling
from vaste.environment import Filled, fill
from vaste.faults import flaws_of, nearest, secret_keys
from vaste.locate import (
    At,
    Document,
    Flaw,
    NotReadable,
    Place,
    Problem,
    decode,
    dotted,
    read_bytes,
    read_document,
)
from vaste.people_figures import PeopleFigures
from vaste.rotas import Feed, absences_of, feeds_of, holidays_of
from vaste.settings import ClassifierSettings, CrisisSettings, Settings, TargetSettings
from vaste.written import is_off

FINGERPRINT_LENGTH = 12
_EMPTY = 'is empty; write a value or take the key away (# begins a comment: write "#name" in quotes)'


@dataclass(frozen=True, slots=True, repr=False)
class Config:
    """A configuration without fatal problems, as the rooms use it."""

    brand: str
    language: str
    """Of alerts and pages: `fi`, `sv` or `en`."""
    timezone: ZoneInfo
    database: SecretStr
    """`sqlite:///` with an absolute path, or `postgresql://…`; may hold a password."""
    sources: tuple[SourceSettings, ...]
    """Of the kinds that are built, in their order."""
    channels: tuple[ChannelSettings, ...]
    """Of the kinds that are built, in their order; the console where none is configured."""
    classifier: ClassifierSettings
    topics: tuple[Topic, ...]
    people: Mapping[str, Person]
    teams: Mapping[str, Team]
    playbooks: tuple[Playbook, ...]
    """The first that matches takes the mention."""
    calendars: Mapping[str, Calendar]
    """Business hours by name; `always` is none of them."""
    crisis: CrisisSettings | None
    listen: tuple[str, int] | None
    """Host and port of the page; None where there is none."""
    public_url: str | None
    """Where people open the page, without a slash at its end."""
    people_figures: PeopleFigures | None
    """None where there are none."""
    fingerprint: str
    """Of all that is configured, secrets left out: the same in every equal configuration."""
    handles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of our people, by kind of source."""
    telling: Telling = field(default_factory=Telling)
    """Who is told what belongs to no case."""
    people_by_handle: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Keys of our people, by kind of source and handle."""
    feeds: tuple[Feed, ...] = ()
    """Rotas that are kept in other calendars."""
    away: Mapping[str, tuple[Away, ...]] = field(default_factory=dict)
    """Absences by person, of those who have any."""
    emails: Mapping[str, str] = field(default_factory=dict)
    """By person."""
    team_holidays: Mapping[str, frozenset[date]] = field(default_factory=dict)
    people_holidays: Mapping[str, frozenset[date]] = field(default_factory=dict)
    """Public holidays where a person lives, of those who have a country."""
    targets: tuple[TargetSettings, ...] = ()
    """What reports measure by; a later one goes before the earlier ones."""

    def __repr__(self) -> str:
        """Nothing but its name: what it holds may be secret."""
        return f"<Config {self.fingerprint}>"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a file."""

    config: Config | None
    """None when a problem is fatal."""
    problems: tuple[Problem, ...]
    """In the order of their lines."""


def load_config(path: Path, environment: Mapping[str, str]) -> Loaded:
    """Read a configuration; whatever is wrong with the file is a problem, never an exception.

    Relative paths (the database, a source's file) are relative to the file's directory.
    """
    try:
        document = read_document(decode(read_bytes(path)))
    except NotReadable as mistake:
        return Loaded(None, (_problem(Flaw((), str(mistake)), mistake.place, path),))
    reading = _Reading(document, fill(document.value, environment))
    flaws = reading.flaws()
    problems = [_problem(flaw, document.place(flaw.at, on_key=flaw.on_key), path) for flaw in flaws]
    problems.sort(key=lambda problem: (problem.line, problem.column))
    usable = not any(problem.fatal for problem in problems)
    config = reading.config(path.parent.absolute()) if usable else None
    return Loaded(config, tuple(problems))


def _problem(flaw: Flaw, place: Place, file: Path) -> Problem:
    return Problem(place.line, place.column, dotted(flaw.at), flaw.message, flaw.fatal, str(file))


@dataclass(frozen=True, slots=True)
class _Family:
    """The kinds of sources, or of channels."""

    section: str
    models: Mapping[str, type[BaseModel]]


_SOURCES = _Family(
    "sources",
    {name: kind.settings for name, kind in listener.registry.KINDS.items()},
)
_CHANNELS = _Family(
    "channels",
    {name: kind.settings for name, kind in notifier.registry.KINDS.items()},
)


class _Reading:
    """One file, on its way from what is written to a configuration."""

    def __init__(self, document: Document, filled: Filled) -> None:
        self._empty: list[Flaw] = []
        self._document, self._filled = document, filled
        self._written = _without_empty(filled.value, (), self._empty)
        self._settings: Settings | None = None
        self._built: dict[str, list[Any]] = {"sources": [], "channels": []}

    def flaws(self) -> list[Flaw]:
        """Everything that is wrong, one flaw a place."""
        first = [*self._document.flaws, *self._filled.flaws, *self._empty]
        failed = {flaw.at for flaw in first}
        later = chain(self._shape(), *map(self._members, (_SOURCES, _CHANNELS)), self._names())
        kept = [
            flaw
            for flaw in map(self._as_written, later)
            if not any(flaw.at[:length] in failed for length in range(len(flaw.at) + 1))
        ]
        return _one_a_place([*first, *self._without_secrets(kept)])

    def config(self, directory: Path) -> Config:
        """Make the configuration; only after `flaws` has found nothing fatal."""
        settings = self._settings
        if settings is None:
            raise RuntimeError("a configuration with fatal problems can't be used")
        return Config(
            brand=settings.brand,
            language=settings.language,
            timezone=settings.timezone,
            database=_in_directory(settings.database, directory),
            sources=tuple(_with_paths_in(directory, source) for source in self._built["sources"]),
            channels=tuple(self._built["channels"]) or (_console(),),
            classifier=_with_model_in(directory, settings.classifier),
            topics=topics_of(settings),
            people=people_of(settings),
            teams=teams_of(settings),
            playbooks=playbooks_of(settings),
            calendars=calendars_of(settings),
            crisis=settings.crisis,
            listen=settings.web.listen if settings.web else None,
            public_url=settings.web.public_url if settings.web else None,
            people_figures=people_figures_of(settings),
            fingerprint=self._fingerprint(settings),
            handles=handles_of(settings),
            telling=telling_of(settings),
            people_by_handle=people_by_handle(settings),
            feeds=tuple(_in_folder(directory, feed) for feed in feeds_of(settings)),
            away=absences_of(settings),
            emails={key: person.email for key, person in settings.people.items() if person.email},
            team_holidays=holidays_of(settings)[0],
            people_holidays=holidays_of(settings)[1],
            targets=settings.report.targets,
        )

    def _shape(self) -> Iterator[Flaw]:
        try:
            self._settings = Settings.model_validate(self._written)
        except ValidationError as mistake:
            yield from flaws_of(mistake, Settings)

    def _members(self, family: _Family) -> Iterator[Flaw]:
        """Read each source or channel by the settings of its kind."""
        for at, member in _entries(self._written, family.section):
            kind = _kind(member)
            if kind in family.models:
                yield from self._member(at, member, family.models[kind])
            elif not kind:
                yield Flaw((*at, "kind"), f"is missing; write one of {', '.join(sorted(family.models))}")
            else:
                yield Flaw((*at, "kind"), f"unknown kind; {nearest(kind, family.models)}", quotes=True)

    def _member(self, at: At, member: dict[str, Any], model: type[BaseModel]) -> Iterator[Flaw]:
        try:
            built = model.model_validate(_without_off(member, model))
        except ValidationError as mistake:
            yield from flaws_of(mistake, model, at)
        else:
            self._built[str(at[0])].append(built)
            if isinstance(built, SourceSettings) and built.budget is not None and not built.tariff:
                message = "does nothing here: this kind of source is read for nothing; take it away"
                yield Flaw((*at, "budget"), message, fatal=False, on_key=True)

    def _names(self) -> list[Flaw]:
        return crosscheck(self._written, frozenset(_SOURCES.models))

    def _as_written(self, flaw: Flaw) -> Flaw:
        """Name a word that stands for a list of one by its own path: `topics`, not `topics.0`."""
        value: object = self._written
        for length, part in enumerate(flaw.at):
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                value = value[part]
            elif value is not None:
                return replace(flaw, at=flaw.at[:length])
        return flaw

    def _without_secrets(self, flaws: Iterable[Flaw]) -> Iterator[Flaw]:
        secrets = {**self._filled.from_environment, **self._secrets_written()}
        for flaw in flaws:
            yield replace(flaw, message=_hushed(flaw, secrets)) if flaw.quotes else flaw

    def _secrets_written(self) -> dict[At, str]:
        found: dict[At, str] = {}
        for family in (_SOURCES, _CHANNELS):
            for at, member in _entries(self._written, family.section):
                model = family.models.get(_kind(member))
                keys = secret_keys(model) if model else frozenset[str]()
                found |= {(*at, key): str(member[key]) for key in keys if member.get(key)}
        return found

    def _fingerprint(self, settings: Settings) -> str:
        written = settings.model_dump(mode="json", by_alias=True, exclude={"database"})
        for section, members in self._built.items():
            written[section] = [member.model_dump(mode="json") for member in members]
        canonical = json.dumps(written, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(canonical.encode()).hexdigest()[:FINGERPRINT_LENGTH]


def _entries(written: object, section: str) -> Iterator[tuple[At, dict[str, Any]]]:
    members = written.get(section) if isinstance(written, dict) else None
    for index, member in enumerate(members if isinstance(members, list) else []):
        if isinstance(member, dict):
            yield (section, index), member


def _kind(member: dict[str, Any]) -> str:
    return str(member.get("kind", ""))


def _without_empty(value: object, at: At, flaws: list[Flaw]) -> object:
    """Take away keys without a value; a whole section may be empty, any other key is a flaw."""
    if isinstance(value, list):
        return [_without_empty(inner, (*at, index), flaws) for index, inner in enumerate(value)]
    if not isinstance(value, dict):
        return value
    flaws += [Flaw((*at, key), _EMPTY) for key, inner in value.items() if inner is None and at]
    return {
        key: _without_empty(inner, (*at, key), flaws) for key, inner in value.items() if inner is not None
    }


def _without_off(member: dict[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """Take away what is `off` where that is the same as not given."""
    nothing = {
        name
        for name, field in model.model_fields.items()
        if not field.is_required() and field.default is None
    }
    return {key: value for key, value in member.items() if not (key in nothing and is_off(value))}


def _one_a_place(flaws: list[Flaw]) -> list[Flaw]:
    """Keep the first fatal flaw of a path, and warnings where there is none."""
    broken: dict[At, Flaw] = {}
    for flaw in flaws:
        if flaw.fatal:
            broken.setdefault(flaw.at, flaw)
    return [flaw for flaw in flaws if flaw.at not in broken or broken[flaw.at] is flaw]


def _hushed(flaw: Flaw, secrets: Mapping[At, str]) -> str:
    """Give a message without any secret: none at all where the value itself is one."""
    if any(flaw.at[: len(at)] == at for at in secrets):
        return "this value is not accepted (it is kept secret, so it is not shown); check what it is set to"
    message = flaw.message
    for secret in sorted(secrets.values(), key=len, reverse=True):
        for form in (secret, repr(secret)[1:-1]):
            if form:
                message = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", "…", message)
    return message


def _in_directory(database: SecretStr, directory: Path) -> SecretStr:
    url = database.get_secret_value()
    if not url.startswith("sqlite:///"):
        return database
    return SecretStr(f"sqlite:///{directory / url.removeprefix('sqlite:///')}")


def _with_paths_in(directory: Path, source: SourceSettings) -> SourceSettings:
    paths = {name: directory / value for name, value in source if isinstance(value, Path)}
    return source.model_copy(update=paths) if paths else source


def _in_folder(directory: Path, feed: Feed) -> Feed:
    if feed.is_web:
        return feed
    return replace(
        feed, address=SecretStr(str(directory / Path(feed.address.get_secret_value()).expanduser()))
    )


def _with_model_in(directory: Path, classifier: ClassifierSettings) -> ClassifierSettings:
    if not is_path(classifier.model):
        return classifier
    folder = directory / Path(classifier.model).expanduser()
    return classifier.model_copy(update={"model": str(folder)})


def _console() -> ChannelSettings:
    return notifier.registry.KINDS["console"].settings(kind="console")
