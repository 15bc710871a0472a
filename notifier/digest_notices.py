"""The week's figures and hand-offs in words. Pure."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from babel.dates import format_skeleton

from notifier.saying import locale_of
from notifier.teller import Teller, Written, line
from notifier.worded import Fact, Facts, Part, Steps


def weekly(teller: Teller, facts: Mapping[str, Any]) -> Written:
    """A `team`'s `week` beside the one `before`; `name` is the week's, 2026-W48."""
    week, before = facts["week"], facts["before"]
    number = str(int(str(facts["name"]).rpartition("W")[2]))
    headline = teller.say("weekly", week=number, team=teller.name(facts["team"]))
    if not week["cases"]:
        return headline, [line(teller.say("weekly.none", n=teller.number(before["cases"])))]
    told = [
        Fact(teller.say(f"weekly.{name}"), _beside(teller, name, week, before))
        for name in ("cases", "answered", "in_time", "breaches", "median", "p90")
    ]
    parts: list[Part] = [Facts(tuple(told))]
    if week["waiting"]:
        parts.append(line(teller.count(week["waiting"], "weekly.waiting"), quiet=True))
    return headline, parts


def _beside(teller: Teller, name: str, week: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    now, was = (_figure(teller, name, one) for one in (week, before))
    return teller.say("weekly.before", now=now, before=was) if before["cases"] else now


def _figure(teller: Teller, name: str, week: Mapping[str, Any]) -> str:
    if name in {"median", "p90"}:
        seconds = week[f"{name}_s"]
        return teller.lasts(seconds) if seconds is not None else "–"
    if name == "in_time":
        return teller.percent(int(week["share"] * 100)) if week["share"] is not None else "–"
    return teller.number(breaches_of(week) if name == "breaches" else week[name])


def breaches_of(counts: Mapping[str, Any]) -> int:
    """Give how many answers came late or not at all."""
    return int(counts["late"]) + int(counts["unanswered"])


def day_named(teller: Teller, written: str) -> str:
    """Name a local day shortly: its weekday and date."""
    return format_skeleton("Ed", date.fromisoformat(written), locale=locale_of(teller.tongue))


def handoff(teller: Teller, facts: Mapping[str, Any]) -> Written:
    """A turn in a `team` changed hands: `comes` or `goes`, and the `other`; `count` cases and the first `cases`.

    Of those the `longest` wait since an instant, and what was `promised`.
    """
    side = "comes" if facts["comes"] else "goes"
    parts: list[Part] = [line(_other(teller, facts))]
    lines = tuple(_case(teller, case) for case in facts["cases"])
    if lines:
        more = facts["count"] - len(lines)
        lines += (teller.say("morning.more", n=teller.number(more)),) if more > 0 else ()
        word = "handoff.cases" if facts["comes"] else "handoff.mine"
        parts.append(Steps(teller.count(facts["count"], word), lines))
    if facts["longest"] is not None:
        waited = (teller.notice.at - datetime.fromisoformat(facts["longest"]["since"])).total_seconds()
        longest = teller.say(
            "handoff.longest", case=str(facts["longest"]["case"]), length=teller.lasts(waited // 60 * 60)
        )
        parts.append(line(longest))
    promised = tuple(_promise(teller, promise) for promise in facts["promised"])
    if promised:
        parts.append(Steps(teller.say("handoff.promises"), promised))
    if lines and not facts["comes"]:
        parts.append(line(teller.say("handoff.yours"), quiet=True))
    return teller.say(f"handoff.{side}", team=teller.name(facts["team"])), parts


def _other(teller: Teller, facts: Mapping[str, Any]) -> str:
    word = "from" if facts["comes"] else "to"
    if facts["other"] is None:
        return teller.say(f"handoff.{word}_nobody")
    return teller.say(f"handoff.{word}", person=teller.name(facts["other"]))


def _case(teller: Teller, case: Mapping[str, Any]) -> str:
    words = [teller.say("morning.case", case=str(case["case"])), teller.name(case["playbook"])]
    if case["due"] is not None:
        words.append(teller.say(f"due.{case['due']}", moment=teller.moment(case["due_by"])))
    words.append(teller.name(case["owner"]) if case["owner"] else teller.say("morning.untaken"))
    return " · ".join(words)


def _promise(teller: Teller, promise: Mapping[str, Any]) -> str:
    return teller.say(
        "handoff.promise",
        case=str(promise["case"]),
        what=teller.named("owed", promise["what"]),
        moment=teller.moment(promise["due_at"]),
        person=teller.name(promise["by"]),
    )
