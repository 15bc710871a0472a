"""Answers to commands in words, a function a kind. Pure.

The kinds: `help`, `on_call`, `taken`, `swapped`, `cancelled`, `stats`, `coverage` and `mistake`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from notifier.channel import Notice, Tongue
from notifier.front import TeamNow
from notifier.home import word_turn
from notifier.teller import Teller, Writer, Written, line, told
from notifier.worded import Part, Worded

PEOPLE_NAMED = 20
WORD_LENGTH = 60
_NOT_UNDERSTOOD = frozenset({"unknown", "no_time", "too_many_times", "nobody", "ambiguous"})
_LACKS = frozenset({"until_when", "with_whom", "day_without_time", "which_team", "no_number"})


def word_answer(answer: Notice, tongue: Tongue, *, room: float = 1.0) -> Worded:
    """Put an answer into words; raises ValueError for a kind or for facts that this version does not know."""
    return told(answer, tongue, _KINDS, room=room)


def _help(teller: Teller, facts: Mapping[str, Any]) -> Written:
    """How `command` is used; `several` teams there may be; `person` is somebody to swap with."""
    command, person = teller.name(facts["command"]), teller.name(facts["person"])
    kinds = ("on_call", "take", "swap", "cancel", "mine", "stats", "coverage")
    parts: list[Part] = [line(teller.say(f"help.{kind}", command=command, person=person)) for kind in kinds]
    parts.append(line(teller.say("help.times"), quiet=True))
    if facts["several"]:
        parts.append(line(teller.say("help.team", command=command), quiet=True))
    return teller.say("help.headline"), parts


def _on_call(teller: Teller, facts: Mapping[str, Any]) -> Written:
    """Of each of the `teams`: the `person` on call, `until` when, and who is `following`."""
    lines = [line(_turn(teller, one)) for one in facts["teams"]]
    return teller.say("on_call.headline"), [*lines] or [line(teller.say("on_call.no_teams"))]


def _turn(teller: Teller, one: Mapping[str, Any]) -> str:
    until = datetime.fromisoformat(one["until"]) if one["until"] else None
    return word_turn(TeamNow(one["team"], one["person"], until, one["following"]), teller)


def _taken(teller: Teller, facts: Mapping[str, Any]) -> Written:
    """The `turns` that were agreed, `again` where they stood already, and the `flaws` of that."""
    return _agreed(teller, facts, "taken.again" if facts["again"] else "taken.headline")


def _swapped(teller: Teller, facts: Mapping[str, Any]) -> Written:
    """The same, of two people."""
    return _agreed(teller, facts, "taken.again" if facts["again"] else "swapped.headline")


def _agreed(teller: Teller, facts: Mapping[str, Any], headline: str) -> Written:
    parts: list[Part] = []
    for turn in facts["turns"]:
        words = teller.say(
            "taken.turn",
            team=teller.name(turn["team"]),
            person=teller.name(turn["person"]),
            since=teller.moment(turn["since"]),
            until=teller.moment(turn["until"]),
        )
        instead = ", ".join(map(teller.name, turn["instead"]))
        parts.append(line(f"{words} {teller.say('taken.instead', people=instead)}" if instead else words))
    for flaw in facts["flaws"]:
        word = "flaw.gap" if flaw["gap"] else "flaw.away"
        parts.append(
            line(teller.say(word, team=teller.name(flaw["team"]), since=teller.moment(flaw["since"])))
        )
    numbers = [str(turn["number"]) for turn in facts["turns"]]
    undo = [
        teller.say("taken.undo", command=teller.name(facts.get("command") or "/vaste"), number=number)
        for number in numbers[:1]
    ]
    return teller.say(headline), [*parts, *(line(one, quiet=True) for one in undo)]


def _cancelled(teller: Teller, facts: Mapping[str, Any]) -> Written:
    """Nothing is agreed under this `number` any more."""
    number = str(facts["number"])
    return teller.say("cancelled.headline", number=number), [line(teller.say("cancelled.means"))]


def _stats(teller: Teller, facts: Mapping[str, Any]) -> Written:
    """Of each of the `teams` the `week` and the one `before`."""
    parts: list[Part] = []
    for one in facts["teams"]:
        team = teller.name(one["team"])
        if not one["week"]["cases"]:
            parts.append(line(teller.say("stats.none", team=team)))
        else:
            parts.append(line(f"{team}: {figures_told(teller, one['week'])}."))
        if one["before"]["cases"]:
            before = teller.say("stats.before", figures=figures_told(teller, one["before"]))
            parts.append(line(before, quiet=True))
    return teller.say("stats.headline"), parts


def figures_told(teller: Teller, week: Mapping[str, Any]) -> str:
    """Give a week's figures on one line, those that are nothing left out."""
    words = [teller.count(week["cases"], "stats.cases")]
    words.append(teller.say("stats.answered", n=teller.number(week["answered"])))
    if week["share"] is not None:
        words.append(teller.say("stats.in_time", share=teller.percent(int(week["share"] * 100))))
    words += [
        teller.say(f"stats.{name}", n=teller.number(week[name]))
        for name in ("late", "unanswered", "waiting")
        if week[name]
    ]
    if week["median_s"] is not None:
        median, p90 = teller.lasts(week["median_s"]), teller.lasts(week["p90_s"])
        words.append(teller.say("stats.waits", median=median, p90=p90))
    return ", ".join(words)


def _coverage(teller: Teller, facts: Mapping[str, Any]) -> Written:
    """Of each of the `sources` the `share` watched and why it is `blind` now; and those never looked at."""
    parts: list[Part] = []
    for one in facts["sources"]:
        source = teller.name(one["source"])
        share = teller.percent(int((one["share"] or 0) * 100))
        if one["share"] is None:
            parts.append(line(teller.say("coverage.unseen", source=source)))
        elif one["blind"]:
            reason = teller.named("reason", one["blind"])
            parts.append(line(teller.say("coverage.blind", source=source, share=share, reason=reason)))
        else:
            parts.append(line(teller.say("coverage.seen", source=source, share=share)))
    parts += [line(teller.say("coverage.unseen", source=teller.name(name))) for name in facts["unseen"]]
    return teller.say("coverage.headline"), parts or [line(teller.say("coverage.none"))]


def _mistake(teller: Teller, facts: Mapping[str, Any]) -> Written:
    """What could not be understood: a `reason`, the `word` at fault, and what can be typed instead."""
    people, teams = list(facts["people"]), list(facts["teams"])
    words = {
        "word": teller.name(str(facts["word"])[:WORD_LENGTH]) or "?",
        "command": teller.name(facts["command"] or "/vaste"),
        "person": teller.name(people[0]) if people else "ben",
        "people": ", ".join(map(teller.name, people[:PEOPLE_NAMED])) or "–",
        "teams": ", ".join(map(teller.name, teams[:PEOPLE_NAMED])) or "–",
        "user": teller.name(facts["user"]),
    }
    reason = facts["reason"]
    headline = "not_understood" if reason in _NOT_UNDERSTOOD else "lacks" if reason in _LACKS else "not_done"
    return teller.say(f"mistake.{headline}"), [line(teller.say(f"mistake.{reason}", **words))]


_KINDS: dict[str, Writer] = {
    "cancelled": _cancelled,
    "coverage": _coverage,
    "help": _help,
    "mistake": _mistake,
    "on_call": _on_call,
    "stats": _stats,
    "swapped": _swapped,
    "taken": _taken,
}
