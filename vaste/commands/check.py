"""`vaste check`: everything that is wrong, at once."""

import os
from collections.abc import Iterator
from pathlib import Path

import typer

from casebook.store import Store
from classifier.foreign import trouble_of
from classifier.model import ModelUnavailable
from vaste.clock import WallClock
from vaste.commands.given import has_record
from vaste.commands.rota_check import rota_lines
from vaste.config import Config, load_config
from vaste.jobs import Jobs
from vaste.reviewed import reviewed
from vaste.wiring import open_store, wanted_model, wire


def run(path: Path, *, online: bool) -> int:
    """List what is wrong: 0 nothing, 1 something, 2 the configuration can't be used."""
    loaded = load_config(path, os.environ)
    found = len(loaded.problems)
    for problem in loaded.problems:
        typer.echo(str(problem) if problem.fatal else f"{problem} (warning)")
    if loaded.config is None:
        return 2
    for problem in reviewed(path, loaded.config):
        found += 1
        typer.echo(f"{problem} (warning)")
    for line in _looked(path, loaded.config, online=online):
        found += 1
        typer.echo(line)
    if not found:
        typer.echo(f"{path}: no problems")
    return 1 if found else 0


def _looked(path: Path, config: Config, *, online: bool) -> Iterator[str]:
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
            yield from _asked(jobs, with_model=trouble is None)
    finally:
        store.engine.dispose()


def _standing(store: Store) -> Iterator[str]:
    """Give the problems that the service recorded and that are not over."""
    for problem in store.problems():
        yield f"{problem.message} (since {problem.first_at:%Y-%m-%d %H:%M} UTC)"
    refused = store.deliveries().get("refused", 0)
    if refused:
        yield f"{refused} messages were refused by every channel; see the cases' histories"


def _asked(jobs: Jobs, *, with_model: bool) -> Iterator[str]:
    """Ask the vendors, and load the model where it may be whole."""
    try:
        for name, (source, _) in jobs.sources.items():
            yield from (f"source {name}: {line}" for line in source.check())
        for channel in jobs.channels:
            yield from (f"channel {channel.kind}: {line}" for line in channel.check())
        if with_model:
            jobs.classifier.warm()
    except ModelUnavailable as error:
        yield f"classifier: {error}"
    finally:
        for channel in jobs.channels:
            channel.close()
        for source, _ in jobs.sources.values():
            source.close()
