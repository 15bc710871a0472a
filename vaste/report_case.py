"""All that was measured of one case: as lines for a terminal, and as JSON. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from casebook.measures import Measure, Measured, Measures
from casebook.timing import breaches
from casebook.versions import versions
from notifier.hostile import clean_line
from vaste.span import span

_WIDTH: Final = 24
_NAMES: Final = {
    "detection_lag": "detection",
    "triage_lag": "triage",
    "alert_lag": "alert",
    "tta": "taken after",
    "frt": "first response",
    "team_frt": "the team's own",
    "ttr": "resolved after",
}
_TAKEN: Final = {
    "taken": "taken",
    "answered": "answered on the network without an acknowledgement",
    "deleted": "deleted by the customer before anybody took it",
    "untaken": "nobody has taken it",
    None: "nobody was asked to take it",
}
_UNTOLD: Final = frozenset({"policy"})
"""Facts of an event that are long, and told by their versions."""


# ---- as JSON -----------------------------------------------------------------------------------------


def as_object(one: Measured, *, at: datetime) -> dict[str, Any]:
    """Give a measured case as JSON values: instants ISO 8601 in UTC, durations whole seconds, unknown is null."""
    case, is_ = one.case, one.measures
    return {
        "case": case.number,
        "as_of": _iso(at),
        "status": case.status.value,
        "playbook": case.policy.playbook,
        "team": case.policy.team,
        "severity": case.policy.severity,
        "merged_into": case.merged_into,
        "crisis": case.crisis,
        "breaches": list(breaches(case, now=at)),
        "measures": {name: _measure(getattr(is_, name)) for name in _NAMES},
        "total_resolution_s": is_.total_resolution_s,
        "total_resolution_business_s": is_.total_resolution_business_s,
        "resolution": [_measure(stretch) for stretch in is_.total_resolution],
        "waterfall": _plain(is_.waterfall),
        "business_waterfall": _plain(is_.business_waterfall),
        "follow_ups": [
            {
                "asked_at": _iso(asked.asked_at),
                "state": asked.state,
                "begins_wait": asked.begins,
                "wait": _measure(asked.wait),
            }
            for asked in is_.follow_ups
        ],
        "next_responses_s": [wait.raw_s for wait in is_.next_responses],
        "next_responses_business_s": [wait.business_s for wait in is_.next_responses],
        "taken": is_.taken,
        "answer": is_.answer,
        "experience": asdict(one.experience) if one.experience else None,
        "events": list(_events(one)),
    }


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _plain(parts: Mapping[str, int] | None) -> dict[str, int] | None:
    return None if parts is None else dict(parts)


def _measure(measure: Measure | None) -> dict[str, Any] | None:
    if measure is None:
        return None
    return {
        "from": _iso(measure.begun_at),
        "to": _iso(measure.ended_at),
        "seconds": measure.raw_s,
        "business_seconds": measure.business_s,
    }


def _events(one: Measured) -> Iterator[dict[str, Any]]:
    for line, (event, under) in enumerate(zip(one.events, versions(one.events), strict=True), 1):
        yield {
            "line": line,
            "kind": event.kind.value,
            "happened_at": _iso(event.happened_at),
            "time_source": event.source.value,
            "recorded_at": _iso(event.recorded_at) if event.recorded_at else None,
            "actor": event.actor,
            "facts": {name: value for name, value in event.facts.items() if name not in _UNTOLD},
            "versions": asdict(under),
        }


# ---- in lines ----------------------------------------------------------------------------------------


def lines_of(one: Measured, zone: ZoneInfo, *, at: datetime) -> Iterator[str]:
    """Tell a measured case in lines: what was measured, what it was like for the customer, what happened."""
    case = one.case
    policy = case.policy
    yield clean_line(
        f"Case {case.number}: {case.status.value}, {policy.playbook} ({policy.severity}), team {policy.team}"
    )
    yield from _measured_lines(one.measures)
    missed = ", ".join(breaches(case, now=at))
    yield _fact("missed", missed or "nothing")
    yield from _customer_lines(one)
    yield ""
    yield f"History (times of {zone.key}; * found later than it happened)"
    yield from _history_lines(one, zone)


def _measured_lines(is_: Measures) -> Iterator[str]:
    business = any(
        measure is not None and measure.raw_s != measure.business_s
        for measure in (getattr(is_, name) for name in _NAMES)
    )
    for name, words in _NAMES.items():
        yield _fact(words, _duration(getattr(is_, name), business=business))
    stretches = is_.total_resolution
    if len(stretches) > 1:
        yield _fact("in all, reopened", span(is_.total_resolution_s))
    for asked in is_.follow_ups:
        if asked.begins:
            yield _fact(
                "next response",
                asked.state if asked.wait is None else _duration(asked.wait, business=business),
            )
    if is_.waterfall is not None:
        parts = (f"{name} {span(seconds)}" for name, seconds in is_.waterfall.items() if seconds)
        yield _fact("where the time went", ", ".join(parts) or "nowhere")
    yield _fact("taken", _TAKEN[is_.taken])
    yield _fact("in the response rate", is_.answer or "not counted")


def _duration(measure: Measure | None, *, business: bool) -> str:
    if measure is None:
        return "–"
    return span(measure.raw_s) + (f"  ({span(measure.business_s)} in business hours)" if business else "")


def _customer_lines(one: Measured) -> Iterator[str]:
    was = one.experience
    if was is None:
        return
    yield ""
    yield "The customer"
    yield _fact(
        "felt",
        f"{_said(was.sentiment_before)}, after the answer {_said(was.sentiment_after)}: {_said(was.course)}",
    )
    yield _fact("came back angry", _said(was.came_back_angry))
    yield _fact("one answer was enough", _said(was.one_answer))
    yield _fact("goal reached", _said(was.goal_reached))
    yield _fact("posts they had to write", str(was.posts_written))
    yield _fact("feeling left", _said(was.feeling_left))


def _said(answer: str | bool | None) -> str:  # noqa: FBT001 - it is what is said
    if answer is None:
        return "unknown"
    return answer if isinstance(answer, str) else ("yes" if answer else "no")


def _history_lines(one: Measured, zone: ZoneInfo) -> Iterator[str]:
    known = None
    for line, (event, under) in enumerate(zip(one.events, versions(one.events), strict=True), 1):
        late = event.recorded_at is not None and (event.recorded_at - event.happened_at).total_seconds() >= 1
        at = event.happened_at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
        told = f"{line:>3}  {at}{'*' if late else ' '}  {event.source.value:<8}  {event.kind.value:<16}"
        yield f"{told}  {clean_line(event.actor)}"
        if under != known:
            known = under
            said = (
                f"{name} {'–' if value is None else clean_line(str(value))}"
                for name, value in asdict(under).items()
            )
            yield f"     under {', '.join(said)}"


def _fact(name: str, said: str) -> str:
    return f"  {name:<{_WIDTH}}{said}"
