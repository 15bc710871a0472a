"""`vaste once`: one tick of every job, for cron and for looking."""

from pathlib import Path

import typer

from casebook.store import Filed
from vaste.clock import WallClock
from vaste.commands.given import load, warn_plainly
from vaste.jobs import Jobs
from vaste.logs import set_up_logs
from vaste.wiring import is_dead, open_store, wire


def run(path: Path) -> int:
    """Tick every job once and say what each did; 1 when something stands in the way."""
    config = load(path, warn=warn_plainly)
    set_up_logs(errors_only=True)  # what troubles us is told below, once
    store = open_store(config)
    store.release_leases(is_dead)  # one that was killed at its work must not keep this one from it
    jobs = wire(config, store=store, clock=WallClock())
    try:
        _tick(jobs)
        problems = store.problems()
    finally:
        _close(jobs)
    for problem in problems:
        typer.echo(problem.message, err=True)
    return 1 if problems else 0


def _tick(jobs: Jobs) -> None:
    jobs.begin()
    for name in jobs.standing.feeds if jobs.standing else ():
        typer.echo(f"rota {name}: {'read' if jobs.read_rota(name) else 'not to be read whole'}")
    for name in jobs.sources:
        typer.echo(f"poll {name}: {brought(jobs.poll(name))}")
    typer.echo(f"look up: {jobs.look_up()} posts asked about")
    typer.echo(f"expire: {jobs.expire()} texts erased")
    typer.echo(f"triage: {jobs.triage()} judged")
    typer.echo(f"match: {jobs.match()} cases looked at")
    typer.echo(f"watch: {jobs.watch()} cases due")
    typer.echo(f"tell: {jobs.tell()} messages owed")
    typer.echo(f"tend: {jobs.tend()} cases of crises changed")
    typer.echo(f"deliver: {jobs.deliver_all()} messages accepted")


def brought(filed: Filed) -> str:
    """Say what a look at a source brought."""
    muted = f", {filed.muted} muted" if filed.muted else ""
    return (
        f"{filed.mentions} new mentions, {filed.replies} replies of ours, {filed.known} known, "
        f"{filed.context} older than the first start{muted}"
    )


def _close(jobs: Jobs) -> None:
    for channel in jobs.channels:
        channel.close()
    for source, _ in jobs.sources.values():
        source.close()
    jobs.store.engine.dispose()
