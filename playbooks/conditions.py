"""Tests one match on one post, condition by condition, each with its reason in words. Pure.

A condition holds, does not hold, or is not known: the sentiment and the attention of a post on which the
classifier abstained. What is not known stays so inside `not`; otherwise abstaining would open cases.
Reasons name what the playbook asks and the classifier's figures; they never hold text of the post.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, lru_cache
from typing import Final
from unicodedata import normalize

from casebook.duration import write_duration
from casebook.mention import Verdict
from casebook.pattern import search
from casebook.words import LONGEST_TEXT, base_forms, holds_phrase, words_of
from playbooks.playbook import Condition, Match

ABSTAINED: Final = "the classifier abstained"
_LONGEST_REASON: Final = 300
_MOST_NAMED: Final = 8


@dataclass(frozen=True, slots=True)
class Post:
    """What a decision looks at besides the verdict."""

    text: str
    sources: tuple[str, ...] = ()
    """Names and kinds of every source that showed it."""
    followers: int | None = None
    """None where the network does not say."""
    case_ages: tuple[timedelta, ...] = ()
    """How long before this post each earlier case of its author began."""
    bystander: bool = False
    """A third person's post in a customer's conversation."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How one condition came out."""

    condition: Condition
    held: bool | None
    """None: not known, because the classifier abstained."""
    nearness: float
    """0..1, how much of what was asked was there; 1 when it held."""


@dataclass
class Reading:
    """One post and its verdict, read as far as the conditions ask, each thing once."""

    post: Post
    verdict: Verdict
    _searched: dict[str, str | bool] = field(default_factory=dict)

    @cached_property
    def words(self) -> list[str]:
        """The words of the post in order."""
        return words_of(self.post.text)

    @cached_property
    def forms(self) -> frozenset[str]:
        """Base forms of all its words."""
        return frozenset[str]().union(*map(base_forms, self.words))

    @cached_property
    def text(self) -> str:
        """The text that patterns are searched in."""
        return normalize("NFC", self.post.text[:LONGEST_TEXT])

    def searched(self, pattern: str) -> str | bool:
        """Say whether a pattern occurs, or in words why that is not known; searches once."""
        if pattern not in self._searched:
            self._searched[pattern] = _outcome(pattern, self.text)
        return self._searched[pattern]


def findings(match: Match, reading: Reading) -> Iterator[Finding]:
    """Test the conditions of a match one by one, in the order that reasons name them."""
    for test in _TESTS:
        finding = test(match, reading)
        if finding is not None:
            yield finding
    for unwanted in match.none:
        yield _test_none(unwanted, reading)


def all_hold(found: Iterable[Finding]) -> bool | None:
    """Say whether all hold: one that does not settles it, otherwise one unknown leaves it unknown."""
    held: bool | None = True
    for finding in found:
        if finding.held is False:
            return False
        held = held if finding.held else None
    return held


def nearness_of(found: Sequence[Finding]) -> float:
    """How near the conditions came to holding, 0..1 on average."""
    return sum(finding.nearness for finding in found) / len(found) if found else 1.0


def one_line(text: str) -> str:
    """Bring words of a reason to one line of bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_REASON else line[: _LONGEST_REASON - 1] + "…"


def _finding(asked: str, found: str, *, held: bool | None, nearness: float = 0.0) -> Finding:
    condition = Condition(one_line(asked), one_line(found), held is True)
    return Finding(condition, held, 1.0 if held else max(0.0, min(nearness, 1.0)))


def _unknown(asked: str) -> Finding:
    return _finding(asked, ABSTAINED, held=None)


# -- the classifier's opinion


def _test_topics(match: Match, reading: Reading) -> Finding | None:
    if not match.topics:
        return None
    scores, asked = reading.verdict.topics, f"topic {_listed(match.topics)}"
    held = [topic for topic in reading.verdict.topics_held if topic in match.topics]
    if held:
        return _finding(asked, ", ".join(_scored(topic, scores.get(topic)) for topic in held), held=True)
    best = max(match.topics, key=lambda topic: scores.get(topic, -1.0))
    found = f"{_scored(best, scores.get(best))}, under its threshold"
    return _finding(asked, found, held=False, nearness=scores.get(best, 0.0))


def _test_sentiment(match: Match, reading: Reading) -> Finding | None:
    if not match.sentiment:
        return None
    verdict, asked = reading.verdict, f"sentiment {_listed(match.sentiment)}"
    if verdict.abstained:
        return _unknown(asked)
    top = verdict.sentiment
    best = max(verdict.probability(wanted) for wanted in match.sentiment)
    found = f"{top} {verdict.probability(top):.2f}"
    return _finding(asked, found, held=top in match.sentiment, nearness=best)


def _test_probabilities(match: Match, reading: Reading) -> Finding | None:
    """At least the asked probability of one of the classes; the boundary itself holds."""
    if not match.sentiment_at_least:
        return None
    wanted = match.sentiment_at_least.items()
    asked = " or ".join(f"{name} at least {_asked(least)}" for name, least in wanted)
    if reading.verdict.abstained:
        return _unknown(asked)
    there = [(name, least, reading.verdict.probability(name)) for name, least in wanted]
    held = [entry for entry in there if entry[2] >= entry[1]]
    found = ", ".join(f"{name} {_figure(value, least)}" for name, least, value in held or there)
    nearness = max(_share(value, least) for _, least, value in there)
    return _finding(asked, found, held=bool(held), nearness=nearness)


def _test_attention(match: Match, reading: Reading) -> Finding | None:
    if match.attention is None:
        return None
    asked, value = f"attention at least {_asked(match.attention)}", reading.verdict.attention
    if reading.verdict.abstained:
        return _unknown(asked)
    found = f"attention {_figure(value, match.attention)}"
    held = value >= match.attention
    return _finding(asked, found, held=held, nearness=_share(value, match.attention))


# -- what is known of the post


def _test_language(match: Match, reading: Reading) -> Finding | None:
    if not match.language:
        return None
    language = reading.verdict.language
    return _finding(
        f"language {_listed(match.language)}", f"language {language}", held=language in match.language
    )


def _test_source(match: Match, reading: Reading) -> Finding | None:
    if not match.source:
        return None
    shown = reading.post.sources
    common = [source for source in shown if source in match.source]
    found = f"source {_listed(common or shown, ', ')}" if shown else "source unknown"
    return _finding(f"source {_listed(match.source)}", found, held=bool(common))


def _test_followers(match: Match, reading: Reading) -> Finding | None:
    if match.followers is None:
        return None
    asked, followers = f"at least {match.followers} followers", reading.post.followers
    if followers is None:
        return _finding(asked, "followers unknown", held=False)
    held = followers >= match.followers
    return _finding(asked, f"{followers} followers", held=held, nearness=_share(followers, match.followers))


def _test_author_cases(match: Match, reading: Reading) -> Finding | None:
    if match.author_cases is None:
        return None
    least, within = match.author_cases.at_least, match.author_cases.within
    count = sum(age <= within for age in reading.post.case_ages)
    asked = f"author with at least {_cases(least)} in {write_duration(within)}"
    held = count >= least
    return _finding(asked, f"author's {_cases(count)}", held=held, nearness=_share(count, least))


def _cases(count: int) -> str:
    return "1 earlier case" if count == 1 else f"{count} earlier cases"


# -- the text itself


def _test_words(match: Match, reading: Reading) -> Finding | None:
    if not match.words:
        return None
    asked = f"word {_listed(match.words)}"
    for phrase in match.words:
        if _holds(phrase, reading):
            return _finding(asked, f"word {phrase}", held=True)
    return _finding(asked, "none of the words", held=False)


def _holds(phrase: str, reading: Reading) -> bool:
    wanted = _phrase(phrase)
    if not wanted or any(base_forms(word).isdisjoint(reading.forms) for word in wanted):
        return False
    return len(wanted) == 1 or holds_phrase(reading.words, wanted)


@lru_cache(maxsize=10_000)
def _phrase(written: str) -> tuple[str, ...]:
    return tuple(words_of(written))


def _test_regex(match: Match, reading: Reading) -> Finding | None:
    if not match.regex:
        return None
    asked = f"pattern {_listed(match.regex)}"
    reasons = []
    for pattern in match.regex:
        outcome = reading.searched(pattern)
        if outcome is True:
            return _finding(asked, f"pattern {pattern}", held=True)
        if outcome:
            reasons.append(f"{outcome}: {pattern}")
    # not found in time counts as not there: the worst text must not decide what the rest of us see
    return _finding(asked, ", ".join(reasons) or "no pattern", held=False)


def _outcome(pattern: str, text: str) -> str | bool:
    try:
        occurs = search(pattern, text)
    except ValueError:
        # the configuration refuses such patterns; a case must not hang on one that came another way
        return "not a usable pattern"
    return "took too long" if occurs is None else occurs


# -- matches within a match


def _test_any(match: Match, reading: Reading) -> Finding | None:
    """One of several matches; unknown when none holds and one of them is unknown."""
    if not match.any:
        return None
    tried = [tuple(findings(choice, reading)) for choice in match.any]
    asked = "any of " + " or ".join(f"({_wording(found)})" for found in tried)
    outcomes = [all_hold(found) for found in tried]
    if True in outcomes:
        return _finding(asked, _found(tried[outcomes.index(True)]), held=True)
    nearness = max(nearness_of(found) for found in tried)
    if None in outcomes:
        return _finding(asked, ABSTAINED, held=None, nearness=nearness)
    return _finding(asked, "none of them", held=False, nearness=nearness)


def _test_none(unwanted: Match, reading: Reading) -> Finding:
    """A match that must not hold; where that is unknown, so is this."""
    inner = tuple(findings(unwanted, reading))
    asked, held = f"not ({_wording(inner)})", all_hold(inner)
    if held is None:
        return _unknown(asked)
    failing = [finding for finding in inner if finding.held is False]
    return _finding(asked, _found(inner if held else failing), held=not held)


def _wording(found: Sequence[Finding]) -> str:
    """What a nested match asks, in words."""
    return ", and ".join(finding.condition.asked for finding in found) or "anything"


def _found(found: Sequence[Finding]) -> str:
    return "; ".join(finding.condition.found for finding in found) or "anything"


_TESTS: Final[tuple[Callable[[Match, Reading], Finding | None], ...]] = (
    _test_topics,
    _test_sentiment,
    _test_probabilities,
    _test_attention,
    _test_language,
    _test_source,
    _test_followers,
    _test_author_cases,
    _test_words,
    _test_regex,
    _test_any,
)


# -- figures and lists in words


def _listed(names: Sequence[str], between: str = " or ") -> str:
    """Join names, the first eight of a long list."""
    more = len(names) - _MOST_NAMED
    listed = between.join(names[:_MOST_NAMED])
    return f"{listed} or {more} more" if more > 0 else listed


def _scored(topic: str, score: float | None) -> str:
    return f"topic {topic}" if score is None else f"topic {topic} {score:.2f}"


def _share(value: float, least: float) -> float:
    return value / least if least > 0 else 1.0


def _asked(least: float) -> str:
    """Write a bound with as many digits as it was given, at least two."""
    return next(
        (text for digits in (2, 3, 4, 5) if float(text := f"{least:.{digits}f}") == least), f"{least}"
    )


def _figure(value: float, least: float) -> str:
    """Write a figure with two digits, or as many as show on which side of its bound it lies."""
    for digits in range(2, 10):
        text = f"{value:.{digits}f}"
        if (float(text) >= least) is (value >= least):
            return text
    return repr(value)
