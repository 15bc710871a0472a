"""`vaste learn`: take the team's corrections to heart, if nothing gets worse by it."""

from collections.abc import Iterator
from pathlib import Path

import typer

from vaste.clock import WallClock
from vaste.commands.given import load, record_of
from vaste.lessons import Learning, learn_from, take
from vaste.wiring import open_classifier


def run(path: Path, *, dry: bool) -> int:
    """Say what would change, and take it unless this is a dry run; 1 when something is refused."""
    config = load(path)
    with record_of(config) as store:
        if store is None:
            typer.echo("no corrections yet; vaste correct and Dismiss file them")
            return 0
        learning = learn_from(store, config, open_classifier(config))
        kept = learning.lesson.taken and not dry and take(store, learning, now=WallClock().now())
    for line in _told(learning, dry=dry, kept=kept):
        typer.echo(line)
    return 1 if learning.lesson.refused else 0


def _told(learning: Learning, *, dry: bool, kept: bool) -> Iterator[str]:
    lesson = learning.lesson
    yield f"{learning.corrections} corrections stand"
    yield from (f"  {reason}" for reason in lesson.reasons)
    if not lesson.taken:
        yield "nothing changes"
    elif dry:
        yield f"a dry run: nothing is taken; without --dry-run this would be lesson {lesson.key}"
    elif kept:
        yield (
            f"taken, from {lesson.from_corrections} corrections: lesson {lesson.key} holds from the next tick on"
        )
    else:  # another machine was quicker
        yield f"lesson {lesson.key} is taken already"
