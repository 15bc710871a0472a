"""`vaste explain`: why a post did or did not open a case, and what would come of it now, for a person to check."""

import json
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import notifier.registry
from casebook.duration import write_duration
from casebook.mention import Spoken, Verdict
from casebook.record import Surroundings, ToJudge
from casebook.store import Kept
from notifier.channel import Person, Tongue
from notifier.grounds import word_asked, word_found, word_passed_over, word_reason
from notifier.hostile import clean_line, cut, shown_line
from playbooks.decide import explain
from playbooks.playbook import Decision, Trial
from vaste.clock import WallClock
from vaste.commands.classify import as_object
from vaste.commands.given import instant, lesson_of, load, record_of, stop
from vaste.config import Config
from vaste.desk import Desk
from vaste.faults import nearest
from vaste.forecast import Forecast, ForecastStep, forecast
from vaste.on_record import around
from vaste.report_log import iso
from vaste.ruling import post_of
from vaste.span import span
from vaste.wiring import desk_of, open_classifier

LANGUAGES = ("fi", "sv", "en", "other")
_ENGLISH = Tongue("en", ZoneInfo("UTC"), "")
_SHOWN = 240
_WIDTH = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be explained, as it was typed."""

    what: str
    """A mention's name, or a text."""
    followers: int | None = None
    source: str | None = None
    language: str | None = None
    at: str | None = None
    as_json: bool = False

    @property
    def is_name(self) -> bool:
        """It looks like the name of a mention: one word with a digit or a slash in it."""
        words = self.what.split()
        return len(words) == 1 and any(sign.isdigit() or sign == "/" for sign in words[0])

    @property
    def says_more(self) -> bool:
        """Something is said of a text that only a text needs."""
        return any(one is not None for one in (self.followers, self.source, self.language))


def run(asked: Asked, path: Path) -> None:
    """Explain every mention that goes by this name (its id, NETWORK/ID, its link), or else a text; or stop."""
    config = load(path)
    now = instant(asked.at, config.timezone, "--at") if asked.at is not None else WallClock().now()
    with record_of(config) as store:
        found = store.find(asked.what.strip()) if store else []
    if found and asked.says_more:
        stop("this mention is on record with its followers, source and language; leave the options away", 2)
    if not found and (asked.is_name or not asked.what.strip()):
        stop(
            f"no mention {asked.what!r} is on record; give its id on the network, NETWORK/ID, or its link, "
            "or a text of several words",
            1,
        )
    told = [_told(kept, config, now, asked) for kept in found] or [_text_told(asked, config, now)]
    sys.stdout.write(("\n" if asked.as_json else "\n\n").join(told) + "\n")


def _told(kept: Kept, config: Config, now: datetime, asked: Asked) -> str:
    if asked.as_json:
        return json.dumps(as_json(kept, config, now=now), ensure_ascii=False)
    return "\n".join(explanation(kept, config, now=now))


def _text_told(asked: Asked, config: Config, now: datetime) -> str:
    surroundings = typed(asked, config, now=now)
    mention = surroundings.mention
    with lesson_of(config) as as_taught:
        [verdict] = as_taught(open_classifier(config), [mention.text], [mention.spoken])
    if asked.as_json:
        whole = {"mention": None, "text": shown_line(mention.text), "then": None}
        return json.dumps(whole | _json_now(surroundings, verdict, config, now), ensure_ascii=False)
    return "\n".join(text_explanation(surroundings, verdict, config, now=now))


def typed(asked: Asked, config: Config, *, now: datetime) -> Surroundings:
    """Give a text the surroundings of a customer's first post, shown now; or stop."""
    names = {settings.name for settings in config.sources} | {settings.kind for settings in config.sources}
    if asked.source is not None and asked.source not in names:
        stop(
            f"--source {asked.source!r}: no source, and no kind of one, is called so; {nearest(asked.source, names)}",
            2,
        )
    if asked.language is not None and asked.language not in LANGUAGES:
        stop(f"--lang {asked.language!r} is unknown; use {', '.join(LANGUAGES)}", 2)
    mention = ToJudge(
        post=0,
        fence=0,
        network="typed",
        post_id="",
        text=asked.what,
        posted_at=now,
        seen_at=now,
        language_hint=None,
        followers=asked.followers,
        sources=(asked.source,) if asked.source else (),
        backfilled=False,
        attempts=0,
        spoken=Spoken(asked.language, 1.0) if asked.language else None,
    )
    return Surroundings(mention, bystander=False, posts=(), answers=(), case=None)


def text_explanation(
    surroundings: Surroundings, verdict: Verdict, config: Config, *, now: datetime
) -> Iterator[str]:
    """Give the lines that explain a text: the verdict, every playbook, and what would come of it now."""
    mention, desk = surroundings.mention, _desk(config)
    yield "A text, as if a customer's first post were shown now"
    yield f"  “{cut(shown_line(mention.text), _SHOWN)}”"
    yield _fact("shown by", ", ".join(mention.sources) or "not said (--source)")
    yield _fact(
        "followers", "not said (--followers)" if mention.followers is None else str(mention.followers)
    )
    yield from ("", *_verdict_lines(verdict, mention.spoken, config))
    yield "\nBy this configuration"
    decision = explain(post_of(surroundings, desk), verdict, config.playbooks)
    yield f"  {_taken(decision)}"
    yield from _trials(decision)
    yield from _forecast_lines(forecast(surroundings, verdict, desk, now=now), config, now)


def explanation(kept: Kept, config: Config, *, now: datetime) -> Iterator[str]:
    """Give the lines that explain one mention: the post, the verdict, what was decided, what would be now."""
    desk, surroundings = _desk(config), around(kept)
    yield from _post_lines(kept, config.timezone)
    if kept.verdict is None:
        waits = "it is judged within seconds while vaste run runs, or by vaste once"
        older = "it is older than the first start of its source: context only, never judged"
        muted = f"muted by {clean_line(kept.muted or '')}: context only, never judged"
        yield f"\nNo verdict: {muted if kept.muted else older if kept.context else waits}."
        return
    yield from ("", *_verdict_lines(kept.verdict, kept.mention.spoken, config))
    yield "\nThen"
    yield f"  {_then(kept)}"
    decision = explain(post_of(surroundings, desk), kept.verdict, config.playbooks)
    yield "\nToday, by this configuration"
    yield f"  {_now(kept, decision)}"
    yield from _trials(decision)
    yield from _forecast_lines(forecast(surroundings, kept.verdict, desk, now=now), config, now)


def _post_lines(kept: Kept, zone: ZoneInfo) -> Iterator[str]:
    mention = kept.mention
    seen_after = int((mention.seen_at - mention.posted_at).total_seconds())
    yield f"{clean_line(mention.network)}/{clean_line(mention.post_id)} by @{clean_line(kept.author)}"
    yield f"  “{cut(shown_line(mention.text), _SHOWN)}”"
    yield _fact("posted", f"{_local(mention.posted_at, zone)}, seen {span(max(0, seen_after))} later")
    yield _fact("shown by", ", ".join(mention.sources))
    if mention.followers is not None:
        yield _fact("followers", str(mention.followers))
    if kept.history.cases_total:
        yield _fact(
            "author", f"{kept.history.cases_30d + 1}. case in 30 days, {kept.history.cases_total} before"
        )
    if kept.url:
        yield _fact("link", clean_line(kept.url))


def _verdict_lines(verdict: Verdict, spoken: Spoken | None, config: Config) -> Iterator[str]:
    yield "What the classifier said"
    figures = ", ".join(
        f"{name} {verdict.probability(name):.2f}" for name in ("negative", "neutral", "positive")
    )
    unsure = f"not sure enough to say (under {config.classifier.abstain_below:g}): "
    yield _fact("sentiment", (unsure if verdict.abstained else f"{verdict.sentiment.value}: ") + figures)
    yield _fact("attention", f"{verdict.attention:.2f}" + (", not counted" if verdict.abstained else ""))
    held = [f"{name} {verdict.topics[name]:.2f}" for name in verdict.topics_held]
    yield _fact("topics", ", ".join(held) or "none over its threshold")
    sure = f" {spoken.confidence:.2f}" if spoken else ""
    cut_off = ", text cut to the model's length" if verdict.cut else ""
    yield _fact("language", f"{verdict.language}{sure}{cut_off}")
    yield _fact("model", verdict.model)


def _then(kept: Kept) -> str:
    outcome = f"case {kept.case}" if kept.case else "no case"
    reason = word_reason(kept.reason, _ENGLISH)
    return f"{outcome}: {reason.removeprefix('no case: ')}"


def _taken(decision: Decision) -> str:
    if decision.playbook is None:
        return f"no playbook takes it: {word_reason(decision.reason, _ENGLISH).removeprefix('no case: ')}"
    return f"playbook {decision.playbook} takes it"


def _now(kept: Kept, decision: Decision) -> str:
    if decision.playbook is None:
        return _taken(decision)
    again = "as then" if decision.playbook == kept.playbook else f"then it was {kept.playbook or 'none'}"
    return f"{_taken(decision)} ({again})"


def _trials(decision: Decision) -> Iterator[str]:
    for trial in decision.trials:
        yield from _trial_lines(trial, taker=decision.playbook, also=decision.also)


def _trial_lines(trial: Trial, *, taker: str | None, also: Collection[str] = ()) -> Iterator[str]:
    if trial.passed_over:
        yield f"\n  – {trial.playbook}: not tried, it is {word_passed_over(trial.passed_over, _ENGLISH)}"
        return
    is_taker = trial.playbook == taker
    would = f"would match too, but {taker} stands before it"
    if trial.playbook in also:
        would = "tells others of it, and the next ones are tried"
    outcome = "takes it" if is_taker else would if trial.matched else "does not match"
    yield f"\n  {'✓' if is_taker else '–'} {trial.playbook}: {outcome}"
    if not trial.conditions:
        yield "      takes every post"
    for condition in trial.conditions:
        asked, found = word_asked(condition.asked, _ENGLISH), word_found(condition.found, _ENGLISH)
        yield f"      {'yes' if condition.held else 'no '}  wants {asked}; found {found}"


def _desk(config: Config) -> Desk:
    return desk_of(config, direct=notifier.registry.KINDS[config.channels[0].kind].direct)


def _forecast_lines(coming: Forecast | None, config: Config, now: datetime) -> Iterator[str]:
    """Say who would be told if it were shown at this instant, and by when what would be due."""
    if coming is None:
        return
    zone, people = config.timezone, config.people
    yield f"\nWere it shown at {_local(now, zone)}"
    where = f" in {coming.channel}" if coming.channel else ""
    yield _fact("case", f"{coming.severity.value}, for team {coming.team}{where}")
    direct = " (direct message too)" if coming.is_direct else ""
    called = f"{_listed(coming.people, people)}{direct}" if coming.people else coming.reason
    # nobody is woken for what can wait: whoever is on call by then hears of it
    later = f", at {_local(coming.called_at, zone)}" if coming.called_at > now else ""
    yield _fact("called", f"{called}{later}")
    for clock, due_by in coming.deadlines.items():
        yield _fact(clock, f"by {_local(due_by, zone)}")
    for step in coming.steps:
        yield _fact(f"{write_duration(step.after)} later", f"{step.to}: {_reached(step, people)}")


def _reached(step: ForecastStep, people: Mapping[str, Person]) -> str:
    told = [part for part in (_listed(step.people, people), step.channel) if part]
    return " and ".join(told) or f"nobody ({step.reason}), so the next step at once"


def _listed(keys: tuple[str, ...], people: Mapping[str, Person]) -> str:
    return ", ".join(clean_line(people[key].name) if key in people else key for key in keys)


# -- for programs


def as_json(kept: Kept, config: Config, *, now: datetime) -> dict[str, Any]:
    """Give the same as one object."""
    mention = kept.mention
    whole: dict[str, Any] = {
        "mention": f"{clean_line(mention.network)}/{clean_line(mention.post_id)}",
        "text": shown_line(mention.text),
        "then": {
            "case": kept.case,
            "playbook": kept.playbook,
            "reason": word_reason(kept.reason, _ENGLISH) or None,
        },
    }
    if kept.verdict is None:
        return whole | {"then": None, "verdict": None, "now": None, "would": None}
    return whole | _json_now(around(kept), kept.verdict, config, now)


def _json_now(surroundings: Surroundings, verdict: Verdict, config: Config, now: datetime) -> dict[str, Any]:
    desk = _desk(config)
    decision = explain(post_of(surroundings, desk), verdict, config.playbooks)
    trials = [
        {
            "playbook": trial.playbook,
            "matched": trial.matched,
            "passed_over": word_passed_over(trial.passed_over, _ENGLISH) if trial.passed_over else None,
            "conditions": [
                {
                    "asked": word_asked(condition.asked, _ENGLISH),
                    "found": word_found(condition.found, _ENGLISH),
                    "held": condition.held is True,
                }
                for condition in trial.conditions
            ],
        }
        for trial in decision.trials
    ]
    return {
        "verdict": as_object(verdict),
        "now": {
            "playbook": decision.playbook,
            "reason": word_reason(decision.reason, _ENGLISH),
            "playbooks": trials,
        },
        "would": _json_forecast(forecast(surroundings, verdict, desk, now=now), now),
    }


def _json_forecast(coming: Forecast | None, now: datetime) -> dict[str, Any] | None:
    if coming is None:
        return None
    return {
        "at": iso(now),
        "playbook": coming.playbook,
        "team": coming.team,
        "severity": coming.severity.value,
        "channel": coming.channel,
        "people": list(coming.people),
        "called_at": iso(coming.called_at),
        "reason": coming.reason,
        "direct": coming.is_direct,
        "deadlines": {clock: iso(due_by) for clock, due_by in coming.deadlines.items()},
        "steps": [
            {
                "after_s": int(step.after.total_seconds()),
                "at": iso(step.at),
                "to": step.to,
                "people": list(step.people),
                "channel": step.channel,
                "reason": step.reason,
            }
            for step in coming.steps
        ],
    }


def _fact(name: str, said: str) -> str:
    return f"  {name:<{_WIDTH}}{said}"


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")
