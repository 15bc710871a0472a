"""`vaste explain`: why a post did or did not open a case, and what would come of it now, for a person to check."""

import json
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from casebook.grounds import as_facts
from casebook.mention import Spoken, Verdict
from casebook.record import Surroundings, ToJudge
from casebook.store import Kept
from notifier.channel import Tongue
from notifier.grounds import word_asked, word_found, word_passed_over, word_reason
from notifier.hostile import clean_line, shown_line
from playbooks.decide import explain
from vaste.clock import WallClock
from vaste.commands.classify import as_object
from vaste.commands.given import instant, lesson_of, load, record_of, stop
from vaste.config import Config
from vaste.explain_words import EXPLAIN_WORDS
from vaste.explained import desk_for, explanation, text_explanation
from vaste.faults import nearest
from vaste.forecast import Forecast, forecast
from vaste.on_record import around
from vaste.report_log import iso
from vaste.ruling import post_of
from vaste.wiring import open_classifier

LANGUAGES = ("fi", "sv", "en", "other")


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
    told_in: str | None = None
    """The language of the explanation; None: the configuration's, and English for programs."""

    def tongue(self, config: Config) -> Tongue:
        """Give the language of the explanation."""
        language = self.told_in or ("en" if self.as_json else config.language)
        return Tongue(language, config.timezone, config.brand)

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
    if asked.told_in is not None and asked.told_in not in EXPLAIN_WORDS:
        stop(f"--language {asked.told_in!r} is unknown; use {', '.join(EXPLAIN_WORDS)}", 2)
    told = [_told(kept, config, now, asked) for kept in found] or [_text_told(asked, config, now)]
    sys.stdout.write(("\n" if asked.as_json else "\n\n").join(told) + "\n")


def _told(kept: Kept, config: Config, now: datetime, asked: Asked) -> str:
    if asked.as_json:
        return json.dumps(as_json(kept, config, asked.tongue(config), now=now), ensure_ascii=False)
    return "\n".join(explanation(kept, config, asked.tongue(config), now=now))


def _text_told(asked: Asked, config: Config, now: datetime) -> str:
    surroundings = typed(asked, config, now=now)
    mention = surroundings.mention
    with lesson_of(config) as as_taught:
        [verdict] = as_taught(open_classifier(config), [mention.text], [mention.spoken])
    if asked.as_json:
        whole = {"mention": None, "text": shown_line(mention.text), "then": None}
        return json.dumps(
            whole | _json_now(surroundings, verdict, config, asked.tongue(config), now), ensure_ascii=False
        )
    return "\n".join(text_explanation(surroundings, verdict, config, asked.tongue(config), now=now))


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


# -- for programs


def as_json(kept: Kept, config: Config, tongue: Tongue, *, now: datetime) -> dict[str, Any]:
    """Give the same as one object. What is worded is worded in a language; the grounds beside it are in none."""
    mention = kept.mention
    whole: dict[str, Any] = {
        "mention": f"{clean_line(mention.network)}/{clean_line(mention.post_id)}",
        "text": shown_line(mention.text),
        "then": {
            "case": kept.case,
            "playbook": kept.playbook,
            "reason": word_reason(kept.reason, tongue) or None,
            "grounds": as_facts(kept.reason),
        },
    }
    if kept.verdict is None:
        return whole | {"then": None, "verdict": None, "now": None, "would": None}
    return whole | _json_now(around(kept), kept.verdict, config, tongue, now)


def _json_now(
    surroundings: Surroundings, verdict: Verdict, config: Config, tongue: Tongue, now: datetime
) -> dict[str, Any]:
    desk = desk_for(config)
    decision = explain(post_of(surroundings, desk), verdict, config.playbooks)
    trials = [
        {
            "playbook": trial.playbook,
            "matched": trial.matched,
            "passed_over": word_passed_over(trial.passed_over, tongue) if trial.passed_over else None,
            "conditions": [
                {
                    "asked": word_asked(condition.asked, tongue),
                    "found": word_found(condition.found, tongue),
                    "held": condition.held is True,
                    "is_known": condition.held is not None,
                    "grounds": as_facts((condition.asked, condition.found)),
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
            "reason": word_reason(decision.reason, tongue),
            "playbooks": trials,
        },
        "would": _json_forecast(forecast(surroundings, verdict, desk, now=now), tongue, now),
    }


def _json_forecast(coming: Forecast | None, tongue: Tongue, now: datetime) -> dict[str, Any] | None:
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
        "reason": word_reason(coming.reason, tongue),
        "direct": coming.is_direct,
        "deadlines": {clock: iso(due_by) for clock, due_by in coming.deadlines.items()},
        "steps": [
            {
                "after_s": int(step.after.total_seconds()),
                "at": iso(step.at),
                "to": step.to,
                "people": list(step.people),
                "channel": step.channel,
                "reason": word_reason(step.reason, tongue),
            }
            for step in coming.steps
        ],
    }
