"""The picture of a team's week, painted when the message is sent; without what paints there are words alone."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import structlog

from notifier.channel import Chart, Notice, Tongue
from notifier.digest_notices import breaches_of, day_named
from notifier.teller import Teller
from vaste.painting import Drawing, NoPictures, paint_png
from vaste.report.charts import Stack, stacks

_PARTS = ("in_time", "waiting", "breaches")


def chart_of(notice: Notice, tongue: Tongue) -> Chart | None:
    """Paint what a notice tells; None for one that is told by words alone, and where nothing can paint."""
    if notice.kind != "weekly" or not notice.facts["week"]["cases"]:
        return None
    drawing = drawing_of(notice, tongue)
    try:
        return Chart(paint_png(drawing), drawing.title, drawing.says)
    except NoPictures as missing:
        _tell_once(str(missing))
        return None


def drawing_of(notice: Notice, tongue: Tongue) -> Drawing:
    """Draw the cases of each day of the week, those that broke their promise on top."""
    teller = Teller(notice, tongue, 1.0)
    days = notice.facts["week"]["days"]
    told = [Stack(day_named(teller, day["day"]), _counts(day)) for day in days]
    says = "; ".join(_said(teller, stack) for stack in told)
    parts = [teller.say(f"weekly.part.{part}") for part in _PARTS]
    return stacks(teller.say("weekly.chart"), says, told, parts=parts)


def _counts(day: Mapping[str, Any]) -> tuple[int, ...]:
    return int(day["in_time"]), int(day["waiting"]), breaches_of(day)


def _said(teller: Teller, stack: Stack) -> str:
    counts = dict(zip(_PARTS, map(str, stack.counts), strict=True))
    return teller.say("weekly.says", day=stack.name, **counts)


@lru_cache(maxsize=1)
def _tell_once(why: str) -> None:
    structlog.get_logger().info("no picture of the week", why=why)
