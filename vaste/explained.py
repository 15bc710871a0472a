"""Why a post did or did not open a case, and what would come of it now, line by line in one language."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import notifier.registry
from casebook.mention import Spoken, Verdict
from casebook.record import Surroundings
from casebook.store import Kept
from notifier.channel import Person, Tongue
from notifier.grounds import (
    word_asked,
    word_bare,
    word_found,
    word_passed_over,
    word_reason,
    word_sentiment,
    word_share,
)
from notifier.hostile import clean_line, cut, shown_line
from notifier.saying import word_language, word_ordinal, word_quoted
from playbooks.decide import explain
from playbooks.playbook import Condition, Decision, Trial
from vaste.config import Config
from vaste.desk import Desk
from vaste.explain_words import EXPLAIN_WORDS
from vaste.forecast import Forecast, ForecastStep, forecast
from vaste.on_record import around
from vaste.ruling import post_of
from vaste.span import span
from vaste.web.words import UNITS
from vaste.wiring import desk_of

_SHOWN: Final = 240
_MARKS: Final = {True: "yes", False: "no", None: "unknown"}


def text_explanation(
    surroundings: Surroundings, verdict: Verdict, config: Config, tongue: Tongue, *, now: datetime
) -> Iterator[str]:
    """Give the lines that explain a text: the verdict, every playbook, and what would come of it now."""
    told, mention, desk = _Telling(config, tongue), surroundings.mention, desk_for(config)
    yield told.say("text")
    yield told.quoted(mention.text)
    yield told.fact("shown_by", ", ".join(mention.sources) or told.say("not_said", option="--source"))
    followers = mention.followers
    yield told.fact(
        "followers", told.say("not_said", option="--followers") if followers is None else str(followers)
    )
    yield from ("", *told.verdict(verdict, mention.spoken))
    decision = explain(post_of(surroundings, desk), verdict, config.playbooks)
    yield f"\n{told.say('now.text')}"
    yield f"  {told.taken(decision)}"
    yield from told.trials(decision)
    yield from told.forecast(forecast(surroundings, verdict, desk, now=now), now)


def explanation(kept: Kept, config: Config, tongue: Tongue, *, now: datetime) -> Iterator[str]:
    """Give the lines that explain one mention: the post, the verdict, what was decided, what would be now."""
    told, desk, surroundings = _Telling(config, tongue), desk_for(config), around(kept)
    yield from told.post(kept)
    if kept.verdict is None:
        why = "muted" if kept.muted else "older" if kept.context else "waits"
        why = told.say(f"unjudged.{why}", by=clean_line(kept.muted or ""))
        yield f"\n{told.say('unjudged', why=why)}"
        return
    yield from ("", *told.verdict(kept.verdict, kept.mention.spoken))
    yield f"\n{told.say('then')}"
    yield f"  {told.then(kept)}"
    decision = explain(post_of(surroundings, desk), kept.verdict, config.playbooks)
    yield f"\n{told.say('now')}"
    yield f"  {told.now(kept, decision)}"
    yield from told.trials(decision)
    yield from told.forecast(forecast(surroundings, kept.verdict, desk, now=now), now)


def desk_for(config: Config) -> Desk:
    """Give the desk as the first channel makes it."""
    return desk_of(config, direct=notifier.registry.KINDS[config.channels[0].kind].direct)


@dataclass(frozen=True, slots=True)
class _Telling:
    """What is told, in one language."""

    config: Config
    tongue: Tongue

    def say(self, word: str, /, **values: str) -> str:
        """Give the words of a key with values put in; braces in the values stay what they are."""
        return EXPLAIN_WORDS[self.tongue.language][word].format(**values)

    def quoted(self, text: str) -> str:
        """Give the line with the post's own words."""
        return f"  {word_quoted(cut(shown_line(text), _SHOWN), self.tongue)}"

    def fact(self, name: str, said: str) -> str:
        """Give a line of a name and what is said of it, one under the other."""
        return f"  {self.say(f'fact.{name}'):<{self._width}}{said}"

    @property
    def _width(self) -> int:
        words = EXPLAIN_WORDS[self.tongue.language]
        return 1 + max(len(word) for key, word in words.items() if key.startswith("fact."))

    def post(self, kept: Kept) -> Iterator[str]:
        """Tell of the post itself."""
        mention = kept.mention
        seen_after = max(0, int((mention.seen_at - mention.posted_at).total_seconds()))
        name = f"{clean_line(mention.network)}/{clean_line(mention.post_id)}"
        yield self.say("post", post=name, author=clean_line(kept.author))
        yield self.quoted(mention.text)
        yield self.fact(
            "posted", self.say("posted", at=self._local(mention.posted_at), span=self._span(seen_after))
        )
        yield self.fact("shown_by", ", ".join(mention.sources))
        if mention.followers is not None:
            yield self.fact("followers", str(mention.followers))
        if kept.history.cases_total:
            times = word_ordinal(kept.history.cases_30d + 1, self.tongue)
            yield self.fact("author", self.say("author", times=times, total=str(kept.history.cases_total)))
        if kept.url:
            yield self.fact("link", clean_line(kept.url))

    def verdict(self, verdict: Verdict, spoken: Spoken | None) -> Iterator[str]:
        """Tell what the classifier said."""
        yield self.say("verdict")
        figures = ", ".join(
            f"{word_sentiment(name, self.tongue)} {self._share(verdict.probability(name))}"
            for name in ("negative", "neutral", "positive")
        )
        if verdict.abstained:
            least = word_share(self.config.classifier.abstain_below, self.tongue)
            yield self.fact("sentiment", self.say("unsure", least=least, figures=figures))
        else:
            name = word_sentiment(verdict.sentiment.value, self.tongue)
            yield self.fact("sentiment", self.say("sure", name=name, figures=figures))
        attention = self._share(verdict.attention)
        yield self.fact(
            "attention", self.say("not_counted", value=attention) if verdict.abstained else attention
        )
        held = [f"{clean_line(name)} {self._share(verdict.topics[name])}" for name in verdict.topics_held]
        yield self.fact("topics", ", ".join(held) or self.say("no_topics"))
        yield self.fact("language", self._language(verdict, spoken))
        yield self.fact("model", verdict.model)

    def _language(self, verdict: Verdict, spoken: Spoken | None) -> str:
        sure = f" {self._share(spoken.confidence)}" if spoken else ""
        language = f"{word_language(verdict.language, self.tongue)}{sure}"
        return self.say("cut", language=language) if verdict.cut else language

    def then(self, kept: Kept) -> str:
        """Tell what was decided when it was shown."""
        reason = word_bare(kept.reason, self.tongue)
        if kept.case:
            return self.say("case", number=str(kept.case), reason=reason)
        return self.say("no_case", reason=reason)

    def taken(self, decision: Decision) -> str:
        """Tell which playbook takes it, or why none does."""
        if decision.playbook is None:
            return self.say("untaken", reason=word_bare(decision.reason, self.tongue))
        return self.say("taken", playbook=decision.playbook)

    def now(self, kept: Kept, decision: Decision) -> str:
        """Tell the same of a post on record, and whether it was another one then."""
        taken = self.taken(decision)
        if decision.playbook is None:
            return taken
        if decision.playbook == kept.playbook:
            return self.say("as_then", taken=taken)
        return self.say("unlike_then", taken=taken, playbook=kept.playbook or self.say("none"))

    def trials(self, decision: Decision) -> Iterator[str]:
        """Tell of every playbook, condition by condition."""
        for trial in decision.trials:
            yield from self._trial(trial, taker=decision.playbook, also=decision.also)

    def _trial(self, trial: Trial, *, taker: str | None, also: Collection[str]) -> Iterator[str]:
        if trial.passed_over:
            why = self.say("trial.passed_over", why=word_passed_over(trial.passed_over, self.tongue))
            yield f"\n  – {trial.playbook}: {why}"
            return
        is_taker = trial.playbook == taker
        outcome = "tells" if trial.playbook in also else "would" if trial.matched else "no"
        told = self.say(f"trial.{'takes' if is_taker else outcome}", taker=taker or "")
        yield f"\n  {'✓' if is_taker else '–'} {trial.playbook}: {told}"
        if not trial.conditions:
            yield f"      {self.say('every')}"
        for condition in trial.conditions:
            yield f"      {self._condition(condition)}"

    def _condition(self, condition: Condition) -> str:
        width = max(len(self.say(mark)) for mark in _MARKS.values())
        return self.say(
            "condition",
            mark=f"{self.say(_MARKS[condition.held]):<{width}}",
            asked=word_asked(condition.asked, self.tongue),
            found=word_found(condition.found, self.tongue),
        )

    def forecast(self, coming: Forecast | None, now: datetime) -> Iterator[str]:
        """Tell who would be told if it were shown at this instant, and by when what would be due."""
        if coming is None:
            return
        yield f"\n{self.say('would', at=self._local(now))}"
        severity = self.say(f"severity.{coming.severity.value}")
        where = "where" if coming.channel else "where.no_channel"
        yield self.fact(
            "case", self.say(where, severity=severity, team=coming.team, channel=coming.channel or "")
        )
        called = self._listed(coming.people) or word_reason(coming.reason, self.tongue)
        called = self.say("direct", people=called) if coming.people and coming.is_direct else called
        # nobody is woken for what can wait: whoever is on call by then hears of it
        is_later = coming.called_at > now
        at = self._local(coming.called_at)
        yield self.fact("called", self.say("called_later", people=called, at=at) if is_later else called)
        for clock, due_by in coming.deadlines.items():
            yield self.fact(clock, self.say("by", at=self._local(due_by)))
        for step in coming.steps:
            after = self.say("later", span=self._span(int(step.after.total_seconds())))
            told = self.say("step", to=step.to, whom=self._reached(step))
            yield f"  {after:<{self._width - 1}} {told}"

    def _reached(self, step: ForecastStep) -> str:
        people = self._listed(step.people)
        if people and step.channel:
            return self.say("and", people=people, channel=step.channel)
        return people or step.channel or self.say("nobody", reason=word_reason(step.reason, self.tongue))

    def _listed(self, keys: tuple[str, ...]) -> str:
        people: Mapping[str, Person] = self.config.people
        return ", ".join(clean_line(people[key].name) if key in people else key for key in keys)

    def _share(self, value: float) -> str:
        return word_share(value, self.tongue)

    def _span(self, seconds: int) -> str:
        return span(seconds, UNITS[self.tongue.language])

    def _local(self, at: datetime) -> str:
        return at.astimezone(self.tongue.zone).strftime("%Y-%m-%d %H:%M:%S %Z")
