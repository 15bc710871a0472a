"""`vaste review`: the review lane, posts of which the classifier did not know what to say."""

import shlex
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from casebook.correction import ToReview
from notifier.hostile import clean_line, cut, shown_line
from vaste.clock import WallClock
from vaste.commands.given import load, record_of
from vaste.span import span

_SHOWN = 120


def run(path: Path, *, days: int | None) -> None:
    """List the mentions that abstained, matched nothing and were corrected by nobody, the oldest first."""
    config = load(path)
    now = WallClock().now()
    since = now - timedelta(days=days) if days is not None else None
    with record_of(config) as store:
        lane = store.review_lane(since=since) if store else []
    for line in told(lane, zone=config.timezone, now=now):
        typer.echo(line)


def told(lane: list[ToReview], *, zone: ZoneInfo, now: datetime) -> Iterator[str]:
    """Give the size of the lane and its oldest post, then a line a post, each with its id to be typed."""
    if not lane:
        yield "the review lane is empty"
        return
    waited = span(max(0, int((now - lane[0].posted_at).total_seconds())))
    count = "1 mention waits" if len(lane) == 1 else f"{len(lane)} mentions wait"
    yield f"{count} for somebody to look; the oldest was posted {waited} ago"
    for one in lane:
        posted = one.posted_at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
        named = shlex.quote(clean_line(f"{one.network}/{one.post_id}"))
        yield (
            f"{named}  {posted}  {one.language}  @{clean_line(one.author)}  "
            f"“{cut(shown_line(one.text), _SHOWN)}”"
        )
    yield "say what is right: vaste correct ID --sentiment negative --attention yes --by NAME"
