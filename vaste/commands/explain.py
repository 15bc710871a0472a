"""`vaste explain`: why a mention did or did not open a case, in words that a person can check."""

import sys
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from casebook.mention import Spoken, Verdict
from casebook.store import Kept
from notifier.wording import clean_line, cut
from playbooks.decide import Post, explain
from playbooks.playbook import Decision, Trial
from vaste.commands.given import has_record, load, stop
from vaste.config import Config
from vaste.posting import posting
from vaste.span import span
from vaste.wiring import desk_of, open_store

_SHOWN = 240
_WIDTH = 12


def run(mention: str, path: Path) -> None:
    """Explain every mention that goes by this name (its id, NETWORK/ID, its link), or stop."""
    config = load(path)
    found: list[Kept] = []
    if has_record(config):
        store = open_store(config)
        found = store.find(mention.strip())
        store.engine.dispose()
    if not found:
        stop(f"no mention {mention!r} is on record; give its id on the network, NETWORK/ID, or its link", 1)
    told = ("\n".join(explanation(kept, config)) for kept in found)
    sys.stdout.write("\n\n".join(told) + "\n")


def explanation(kept: Kept, config: Config) -> Iterator[str]:
    """Give the lines that explain one mention: the post, the verdict, what was decided, what would be now."""
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
    decision = explain(_as_post(kept, config), kept.verdict, config.playbooks)
    yield "\nToday, by this configuration"
    yield f"  {_now(kept, decision)}"
    for trial in decision.trials:
        yield from _trial_lines(trial, taker=decision.playbook, also=decision.also)


def _post_lines(kept: Kept, zone: ZoneInfo) -> Iterator[str]:
    mention = kept.mention
    seen_after = int((mention.seen_at - mention.posted_at).total_seconds())
    yield f"{clean_line(mention.network)}/{clean_line(mention.post_id)} by @{clean_line(kept.author)}"
    yield f"  “{cut(clean_line(mention.text), _SHOWN)}”"
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
    reason = clean_line(kept.reason or "")
    return f"{outcome}: {reason.removeprefix('no case: ')}"


def _now(kept: Kept, decision: Decision) -> str:
    if decision.playbook is None:
        return f"no playbook takes it: {decision.reason.removeprefix('no case: ')}"
    again = "as then" if decision.playbook == kept.playbook else f"then it was {kept.playbook or 'none'}"
    return f"playbook {decision.playbook} takes it ({again})"


def _trial_lines(trial: Trial, *, taker: str | None, also: Collection[str] = ()) -> Iterator[str]:
    if trial.passed_over:
        yield f"\n  – {trial.playbook}: not tried, it is {trial.passed_over}"
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
        yield f"      {'yes' if condition.held else 'no '}  wants {condition.asked}; found {condition.found}"


def _as_post(kept: Kept, config: Config) -> Post:
    return posting(
        kept.mention,
        desk_of(config, direct=False),
        history=kept.history,
        bystander=kept.bystander,
        circumstances=kept.circumstances,
    )


def _fact(name: str, said: str) -> str:
    return f"  {name:<{_WIDTH}}{said}"


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")
