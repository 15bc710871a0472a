"""`vaste case`: all that was measured of one case, and its history."""

import json
import sys
from datetime import datetime
from pathlib import Path

from vaste.clock import WallClock
from vaste.commands.given import instant, load, record_of, stop
from vaste.report_case import as_object, lines_of


def run(number: int, path: Path, *, as_of: str | None, as_json: bool) -> None:
    """Tell a case as it stands now, or as it stood at an instant."""
    config = load(path)
    now = WallClock().now()
    at = instant(as_of, config.timezone, "--as-of") if as_of is not None else None
    with record_of(config) as store:
        one = store.measured(number, now=now, as_of=at) if store else None
    if one is None:
        stop(f"no case {number} is on record{_then(at)}; vaste log lists the cases", 1)
    if as_json:
        sys.stdout.write(json.dumps(as_object(one, at=at or now), ensure_ascii=True, indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(lines_of(one, config.timezone, at=at or now)) + "\n")


def _then(at: datetime | None) -> str:
    return "" if at is None else " as of then"
