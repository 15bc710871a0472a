"""`vaste check`: everything that is wrong, at once."""

import os
from collections.abc import Iterator
from pathlib import Path

import typer

from casebook.store import Store
from classifier.foreign import trouble_of
from classifier.model import ModelUnavailable
from notifier.channel import Channel, Walks
from vaste.clock import WallClock
from vaste.commands.given import has_record
from vaste.commands.rota_check import rota_lines
from vaste.config import Config, load_config
from vaste.jobs import Jobs
from vaste.reviewed import reviewed
from vaste.wiring import open_store, wanted_model, wire


def run(path: Path, *, online: bool, post_to: str | None = None) -> int:
    """List what is wrong: 0 nothing, 1 something, 2 the configuration can't be used.

    `post_to` is where a test message may be posted and deleted again; None: nowhere.
    """
    loaded = load_config(path, os.environ)
    found = len(loaded.problems)
    for problem in loaded.problems:
        typer.echo(str(problem) if problem.fatal else f"{problem} (warning)")
    if loaded.config is None:
        return 2
    for problem in reviewed(path, loaded.config):
        found += 1
        typer.echo(f"{problem} (warning)")
    for line in _looked(path, loaded.config, online=online, post_to=post_to):
        found += 1
        typer.echo(line)
    if not found:
        typer.echo(f"{path}: no problems")
    return 1 if found else 0


def _looked(path: Path, config: Config, *, online: bool, post_to: str | None) -> Iterator[str]:
    trouble = trouble_of(wanted_model(config))
    if trouble is not None:
        yield f"classifier: {trouble}"
    now = WallClock().now()
    if not online and not has_record(config):
        yield from rota_lines(path, config, None, now=now, online=online)
        return
    store = open_store(config)
    try:
        yield from rota_lines(path, config, store, now=now, online=online)
        yield from _standing(store)
        if online:
            jobs = wire(config, store=store, clock=WallClock())
            yield from _asked(jobs, config, with_model=trouble is None, post_to=post_to)
    finally:
        store.engine.dispose()


def _standing(store: Store) -> Iterator[str]:
    """Give the problems that the service recorded and that are not over."""
    for problem in store.problems():
        yield f"{problem.message} (since {problem.first_at:%Y-%m-%d %H:%M} UTC)"
    refused = store.deliveries().get("refused", 0)
    if refused:
        yield f"{refused} messages were refused by every channel; see the cases' histories"


def _asked(jobs: Jobs, config: Config, *, with_model: bool, post_to: str | None) -> Iterator[str]:
    """Ask the vendors, and load the model where it may be whole."""
    try:
        for name, (source, _) in jobs.sources.items():
            yield from (f"source {name}: {line}" for line in source.check())
        for channel in jobs.channels:
            yield from (f"channel {channel.kind}: {line}" for line in _walked(channel, config, post_to))
        if with_model:
            jobs.classifier.warm()
    except ModelUnavailable as error:
        yield f"classifier: {error}"
    finally:
        for channel in jobs.channels:
            channel.close()
        for source, _ in jobs.sources.values():
            source.close()


def _walked(channel: Channel, config: Config, post_to: str | None) -> list[str]:
    """Ask a channel's vendor about us, and where it can about every place and person of the configuration."""
    if not isinstance(channel, Walks):
        return channel.check()
    people = {key: person.slack for key, person in config.people.items() if person.slack is not None}
    tried = channel.try_out(post_to) if post_to is not None else []
    return [*channel.walk(_places(config), people), *tried]


def _places(config: Config) -> list[str]:
    """Give every channel in which something is to be posted, each once."""
    teams = [team.channel for team in config.teams.values() if team.channel is not None]
    steps = (step for playbook in config.playbooks for step in playbook.escalate)
    named = [to for step in steps for to in (step.to, *step.also) if to.startswith("#")]
    return list(dict.fromkeys([*teams, *named]))
