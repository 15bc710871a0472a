"""From a configuration to the jobs of this process."""

import os
import secrets
import socket
from collections.abc import Mapping, Sequence

import listener.registry
import notifier.registry
from casebook.db import open_engine, upgrade
from casebook.likeness import names_of
from casebook.store import Store
from classifier.defaults import DEFAULT_TOPICS
from classifier.foreign import Wanted, open_model
from classifier.model import Classifier
from classifier.topics import Topic
from listener.source import KnowsPeople, Source, SourceSettings
from notifier.channel import Channel, Tongue
from playbooks.crisis import CrisisRule, turns_to_us
from playbooks.playbook import Match, Playbook
from vaste.chain import look_at
from vaste.clock import Clock
from vaste.config import Config
from vaste.convert import step_of
from vaste.desk import Desk
from vaste.jobs import Jobs
from vaste.lessons import taught_by
from vaste.standing import Standing

_RUN = secrets.token_hex(4)


def open_store(config: Config, *, is_kept: bool = True) -> Store:
    """Open the record and bring it to this version; raises DatabaseUnavailable.

    One that is thrown away afterwards is not `is_kept`: a power cut may take it.
    """
    engine = open_engine(config.database.get_secret_value(), is_kept=is_kept)
    upgrade(engine)
    return Store(engine, look_at=look_at, holder=holder())


def open_classifier(config: Config) -> Classifier:
    """Make the classifier; nothing is loaded yet, and it knows of no lesson (`lessons.taught_by` does)."""
    settings = config.classifier
    return open_model(
        wanted_model(config),
        topics=config.topics,
        abstain_below=settings.abstain_below,
        prior=settings.prior.shares if settings.prior else None,
        threads=settings.threads,
    )


def open_unconfigured() -> Classifier:
    """Make the classifier of whoever has no configuration: the bundled model, and all the topics it knows."""
    return Classifier(topics=tuple(map(Topic, DEFAULT_TOPICS)))


def wanted_model(config: Config) -> Wanted:
    """Give which model the configuration asks for."""
    settings = config.classifier
    return Wanted(settings.model, settings.labels, fetch=settings.fetch, revision=settings.revision)


def wire(config: Config, *, store: Store, clock: Clock, channels: tuple[Channel, ...] | None = None) -> Jobs:
    """Put the rooms together; touches no network. `channels` stand in for the configuration's."""
    tongue = tongue_of(config)
    kinds = [notifier.registry.KINDS[settings.kind] for settings in config.channels]
    opened = channels or tuple(
        kind.open(settings, tongue) for kind, settings in zip(kinds, config.channels, strict=True)
    )
    reaches = [notifier.registry.KINDS[channel.kind].reaches for channel in opened]
    return Jobs(
        store=store,
        desk=desk_of(config, direct=reaches[0] is not None),
        sources={
            settings.name: (_open_source(settings, config.handles), settings) for settings in config.sources
        },
        channels=opened,
        reaches=reaches,
        classifier=open_classifier(config),
        tongue=tongue,
        clock=clock,
        as_taught=taught_by(store, config),
        telling=config.telling,
        standing=Standing(config, store),
    )


def tongue_of(config: Config) -> Tongue:
    """Give how messages are worded."""
    return Tongue(config.language, config.timezone, config.brand)


def desk_of(config: Config, *, direct: bool) -> Desk:
    """Give what the rules need to know of the configuration."""
    return Desk(
        playbooks=config.playbooks,
        teams=config.teams,
        people=config.people,
        kinds={settings.name: settings.kind for settings in config.sources},
        fingerprint=config.fingerprint,
        direct=direct,
        zone=config.timezone,
        handles=config.people_by_handle,
        calendars=config.calendars,
        crisis=crisis_of(config),
        public_url=config.public_url,
    )


def crisis_of(config: Config) -> CrisisRule | None:
    """Give when posts become a crisis and whose it is: by default of the team of the gravest playbook."""
    settings = config.crisis
    gravest = max(config.playbooks, key=lambda playbook: playbook.severity.rank, default=None)
    team = settings.team if settings and settings.team else gravest.team if gravest else None
    if settings is None or team is None:  # without a playbook nothing is anybody's
        return None
    playbook = Playbook(
        name="crisis",
        match=Match(),
        team=team,
        severity=settings.severity,
        acknowledge_within=settings.acknowledge_within,
        escalate=tuple(step_of(step) for step in settings.escalate or ()),
        update_within=settings.update_within,
        checklist=settings.checklist,
        close_after=None,
    )
    accounts = [handle for source in config.sources for handle in source.handles]
    return CrisisRule(
        at_least=settings.at_least,
        within=settings.within,
        likeness=settings.likeness,
        playbook=playbook,
        personal=frozenset(one.name for one in config.playbooks if turns_to_us(one.match)),
        names=names_of([config.brand, *accounts]),
    )


def _open_source(settings: SourceSettings, handles: Mapping[str, Sequence[str]]) -> Source:
    source = listener.registry.KINDS[settings.kind].open(settings)
    if isinstance(source, KnowsPeople):
        source.know(handles.get(settings.kind, ()))
    return source


def holder() -> str:
    """Name this process in leases: machine, process, and a word of this start."""
    return f"{socket.gethostname()}/{os.getpid()}/{_RUN}"


def is_dead(name: str) -> bool:
    """Say whether the process of a lease is surely dead: of this machine, and not there (or we are it anew)."""
    host, pid, run = (*name.split("/"), "", "")[:3]
    if host != socket.gethostname() or not pid.isdigit() or run == _RUN:
        return False
    return int(pid) == os.getpid() or not _is_running(int(pid))


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
