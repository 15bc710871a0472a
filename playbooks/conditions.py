"""The conditions of a match, each with what it asks and what it found. Pure.

A condition holds, does not hold, or is not known: the sentiment and the attention of a post on which the
classifier abstained. What is not known stays so inside `not`; otherwise abstaining would open cases.
What is asked and what is found are facts (`casebook.grounds`): names of the configuration and the classifier's
figures. They are put into words where they are shown. They never hold text of the post, but where the reading quotes.

Theory of operation:
1. A match is turned once into its conditions (`Plan`), and what they ask is stated then; the plan is kept.
2. Conditions stand in one order, whatever the order in the file: those that only compare a figure first, then
   those that read the text, then the matches within. The first that does not hold settles the match, and
   nothing after it is looked at. That never changes an outcome: it is true only where all hold.
3. What a condition found is stated only where somebody asks: for the playbook that takes the post, and for the
   condition that settled each other one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from casebook.asked import Asked, asked_at, asked_phrase
from casebook.calendar import DAY, Span
from casebook.grounds import Ground, fitting, ground, of_names
from casebook.mask import mask
from casebook.words import words_of
from playbooks.playbook import AuthorCases, Condition, Match, Reached
from playbooks.reading import QUESTION, Post, Reading

__all__ = ["ABSTAINED", "Finding", "Post", "Reading", "all_hold", "findings", "nearness_of", "plan_of"]

ABSTAINED: Final = Ground("abstained")
_ANYTHING: Final = Ground("anything")
_MOST_STATED: Final = 8
"""Of the topics that held, and of the patterns that gave trouble, so many are stated."""
_MOST_PLANS: Final = 10_000
_NO_WORD: Final = Ground("no_word")
_NONE_OF_THEM: Final = Ground("none_of_them")


@dataclass(frozen=True, slots=True)
class Finding:
    """How one condition came out."""

    condition: Condition

    @property
    def held(self) -> bool | None:
        """Whether it held; None: not known, because the classifier abstained."""
        return self.condition.held


def _nothing(reading: Reading) -> float:
    del reading
    return 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """One condition of a match, made ready."""

    asked: Ground
    holds: Callable[[Reading], bool | None]
    """None: not known."""
    found: Callable[[Reading], Ground]
    """What was there, whatever the outcome."""
    near: Callable[[Reading], float] = _nothing
    """0..1, how much of what was asked was there, where it does not hold."""
    dear: bool = False
    """It reads the text, or a match within: it comes after all that only compare."""
    fails: Condition | None = None
    """The condition as it is told whenever it does not hold, where that is always the same."""

    def told(self, reading: Reading, *, held: bool | None) -> Condition:
        """Tell how it came out."""
        if held is False and self.fails is not None:
            return self.fails
        return Condition(self.asked, ABSTAINED if held is None else self.found(reading), held)

    def nearness(self, reading: Reading) -> float:
        """Give how near it came to holding, 0..1, where it does not hold."""
        near = 0.0 if self.near is _nothing else self.near(reading)
        return near if 0.0 <= near <= 1.0 else float(near > 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A match made ready: its conditions in the order in which they are tried."""

    asks: tuple[Ask, ...]
    cheap: int
    """How many of them only compare."""
    most: Mapping[Ask, float]
    """Condition → what `nearness` is at most where that one settled it: as if all others held."""

    @classmethod
    def of(cls, match: Match) -> "Plan":
        """Make a match ready."""
        asks = tuple(ask for make in _MAKERS for ask in make(match))
        cheap = sum(not ask.dear for ask in asks)
        most: dict[Ask, float] = {}
        for place, ask in enumerate(asks):
            looked = place + 1 if ask.dear else cheap
            most[ask] = (looked - (ask.near is _nothing)) / looked
        return cls(asks, cheap, most)

    @property
    def asked(self) -> tuple[Ground, ...]:
        """What it asks; of a long match the first conditions, and how many more there are."""
        return _first([ask.asked for ask in self.asks]) or (_ANYTHING,)

    def try_on(self, reading: Reading) -> tuple[bool | None, Ask | None]:
        """Say whether all conditions hold, and which kept them: the first that failed, else that is unknown."""
        unknown = None
        for ask in self.asks:
            held = ask.holds(reading)
            if held is False:
                return False, ask
            if held is None and unknown is None:
                unknown = ask
        return (True, None) if unknown is None else (None, unknown)

    def nearness(self, reading: Reading, settling: Ask | None = None) -> float:
        """Give how near it came, where it does not hold: 0..1, on average over the conditions looked at.

        Text and matches within are looked at only where nothing before them failed. `settling` is what `try_on`
        gave, where it was asked already.
        """
        if len(self.asks) == 1:
            return self.asks[0].nearness(reading)
        settling = settling or self.try_on(reading)[1]
        if settling is None:
            return 1.0
        place = self.asks.index(settling)
        before = (
            sum([ask.holds(reading) is True for ask in self.asks[:place]]) if reading.abstained else place
        )
        near, looked = before + settling.nearness(reading), place + 1
        while looked < self.cheap:
            ask = self.asks[looked]
            near, looked = near + (1.0 if ask.holds(reading) else ask.nearness(reading)), looked + 1
        return near / looked

    def findings(self, reading: Reading) -> Iterator[Finding]:
        """Test every condition and tell how it came out."""
        for ask in self.asks:
            held = ask.holds(reading)
            yield Finding(ask.told(reading, held=held))

    def told(self, reading: Reading) -> tuple[Ground, ...]:
        """Say what was found of a match that holds."""
        return _first([ask.found(reading) for ask in self.asks]) or (_ANYTHING,)


_PLANS: dict[int, tuple[Match, Plan]] = {}


def plan_of(match: Match) -> Plan:
    """Make a match ready, once."""
    known = _PLANS.get(id(match))
    if known is not None and known[0] is match:
        return known[1]
    if len(_PLANS) >= _MOST_PLANS:
        _PLANS.clear()
    plan = Plan.of(match)
    _PLANS[id(match)] = (match, plan)  # held with the plan, so that its id is nobody else's meanwhile
    return plan


def findings(match: Match, reading: Reading) -> Iterator[Finding]:
    """Test the conditions of a match one by one, in the order that reasons name them."""
    return plan_of(match).findings(reading)


def all_hold(found: Iterable[Finding]) -> bool | None:
    """Say whether all hold: one that does not settles it, otherwise one unknown leaves it unknown."""
    held: bool | None = True
    for finding in found:
        if finding.held is False:
            return False
        held = held if finding.held else None
    return held


def nearness_of(match: Match, reading: Reading) -> float:
    """How near a match came to holding, 0..1."""
    plan = plan_of(match)
    held, settling = plan.try_on(reading)
    return 1.0 if held else plan.nearness(reading, settling)


def _ask(
    asked: Ground,
    holds: Callable[[Reading], bool | None],
    found: Callable[[Reading], Ground],
    near: Callable[[Reading], float] = _nothing,
    *,
    dear: bool = False,
    fails: Ground | None = None,
) -> Ask:
    return Ask(
        asked, holds, found, near, dear, None if fails is None else Condition(asked, fails, held=False)
    )


# -- the classifier's opinion


def _topics(match: Match) -> Iterator[Ask]:
    """Any of them over its own threshold."""
    if not match.topics:
        return
    wanted = match.topics

    def found(reading: Reading) -> Ground:
        scores = reading.verdict.topics
        held = [topic for topic in reading.verdict.topics_held if topic in wanted]
        told = held[:_MOST_STATED] or [max(wanted, key=lambda topic: scores.get(topic, -1.0))]
        return ground("topics", scored=tuple(_scored(topic, reading) for topic in told), under=not held)

    yield _ask(
        of_names("topics", wanted),
        lambda reading: not reading.topics_held.isdisjoint(wanted),
        found,
        lambda reading: max([reading.verdict.topics.get(topic, 0.0) for topic in wanted]),
    )


def _topic_scores(match: Match) -> Iterator[Ask]:
    """At least the asked score of one of them, whatever its own threshold; the boundary itself holds."""
    if not match.topics_at_least:
        return
    wanted = match.topics_at_least

    def scores(reading: Reading) -> Mapping[str, float]:
        return {topic: reading.verdict.topics.get(topic, 0.0) for topic in wanted}

    holds, found, near = _at_least("topic_scores", wanted, scores)
    yield _ask(ground("topic_scores", bounds=tuple(wanted.items())), holds, found, near)


def _sentiment(match: Match) -> Iterator[Ask]:
    if not match.sentiment:
        return
    wanted = match.sentiment
    yield _ask(
        of_names("sentiment", wanted),
        lambda reading: None if reading.abstained else reading.feeling in wanted,
        lambda reading: (
            ABSTAINED
            if reading.abstained
            else ground(
                "sentiment", name=reading.feeling, value=_hundredths(reading.probability[reading.feeling])
            )
        ),
        lambda reading: 0.0 if reading.abstained else max([reading.probability[word] for word in wanted]),
    )


def _probabilities(match: Match) -> Iterator[Ask]:
    """At least the asked probability of one of the classes; the boundary itself holds."""
    if not match.sentiment_at_least:
        return
    wanted = match.sentiment_at_least
    holds, found, near = _at_least("probability", wanted, lambda reading: reading.probability)
    yield _ask(
        ground("probability", bounds=tuple(wanted.items())),
        lambda reading: None if reading.abstained else holds(reading),
        lambda reading: ABSTAINED if reading.abstained else found(reading),
        lambda reading: 0.0 if reading.abstained else near(reading),
    )


def _at_least(
    what: str, wanted: Mapping[str, float], values: Callable[[Reading], Mapping[str, float]]
) -> tuple[Callable[[Reading], bool], Callable[[Reading], Ground], Callable[[Reading], float]]:
    """Whether one of several values reaches its bound, what was there, and how near it came."""
    bounds = tuple(wanted.items())

    def holds(reading: Reading) -> bool:
        there = values(reading)
        for name, least in bounds:  # noqa: SIM110 - a loop is quicker, and this is asked of every post
            if there[name] >= least:
                return True
        return False

    def found(reading: Reading) -> Ground:
        there = values(reading)
        held = [pair for pair in bounds if there[pair[0]] >= pair[1]]
        return ground(
            what, values=tuple((name, _figure(there[name], least)) for name, least in held or bounds)
        )

    def near(reading: Reading) -> float:
        there, best = values(reading), 0.0
        for name, least in bounds:
            best = max(best, there[name] / least if least > 0 else 1.0)
        return best

    return holds, found, near


def _attention(match: Match) -> Iterator[Ask]:
    if match.attention is None:
        return
    least = match.attention
    yield _ask(
        ground("attention", least=least),
        lambda reading: None if reading.abstained else reading.verdict.attention >= least,
        lambda reading: (
            ABSTAINED
            if reading.abstained
            else ground("attention", value=_figure(reading.verdict.attention, least))
        ),
        lambda reading: 0.0 if reading.abstained else _share(reading.verdict.attention, least),
    )


# -- what is known of the post


def _language(match: Match) -> Iterator[Ask]:
    if match.language:
        yield _ask(
            of_names("language", match.language),
            lambda reading: reading.verdict.language in match.language,
            lambda reading: of_names("language", (reading.verdict.language,)),
        )


def _source(match: Match) -> Iterator[Ask]:
    if not match.source:
        return
    wanted = frozenset(match.source)

    def found(reading: Reading) -> Ground:
        shown = reading.post.sources
        return of_names("source", [source for source in shown if source in wanted] or shown)

    yield _ask(
        of_names("source", match.source),
        lambda reading: not wanted.isdisjoint(reading.post.sources),
        found,
    )


def _kind(match: Match) -> Iterator[Ask]:
    if match.kind:
        wanted = frozenset(match.kind)
        yield _ask(
            of_names("kind", match.kind),
            lambda reading: not wanted.isdisjoint(reading.post.kinds),
            lambda reading: of_names("kind", reading.post.kinds),
        )


def _followers(match: Match) -> Iterator[Ask]:
    if match.followers is not None:
        yield _least("followers", match.followers, lambda reading: reading.post.followers)


def _reach(match: Match) -> Iterator[Ask]:
    wanted = match.reach or Reached()
    if wanted.at_least is not None:
        yield _least("reach", wanted.at_least, lambda reading: reading.post.reach)
    if wanted.growing is not None:
        yield _least("growth", wanted.growing, lambda reading: reading.post.growth)


def _least(what: str, least: int, value: Callable[[Reading], float | None]) -> Ask:
    """At least so many; where the network does not say, it does not hold."""

    def holds(reading: Reading) -> bool:
        there = value(reading)
        return there is not None and there >= least

    def found(reading: Reading) -> Ground:
        there = value(reading)
        # rounded down, so that what is under its bound is never shown at it
        return ground(what, value=None if there is None else int(there // 1))

    return _ask(ground(what, least=least), holds, found, lambda reading: _share(value(reading) or 0.0, least))


def _rating(match: Match) -> Iterator[Ask]:
    if match.rating is None:
        return
    least, most = match.rating.at_least, match.rating.at_most

    def holds(reading: Reading) -> bool:
        rating = reading.post.rating
        return rating is not None and (least is None or rating >= least) and (most is None or rating <= most)

    yield _ask(
        ground("rating", least=least, most=most),
        holds,
        lambda reading: ground("rating", value=reading.post.rating),
    )


def _author(match: Match) -> Iterator[Ask]:
    if match.author:
        yield _ask(
            of_names("author", match.author),
            lambda reading: reading.author in match.author,
            lambda reading: of_names("author", (reading.author,)),
        )


def _author_cases(match: Match) -> Iterator[Ask]:
    if match.author_cases is None:
        return
    wanted: AuthorCases = match.author_cases

    def count(reading: Reading) -> int:
        return sum(age <= wanted.within for age in reading.post.case_ages)

    yield _ask(
        ground("author_cases", least=wanted.at_least, within_s=int(wanted.within.total_seconds())),
        lambda reading: count(reading) >= wanted.at_least,
        lambda reading: ground("author_cases", count=count(reading)),
        lambda reading: _share(count(reading), wanted.at_least),
    )


def _to_person(match: Match) -> Iterator[Ask]:
    """Addressed to somebody of ours; to one of these where they are named."""

    def found(reading: Reading) -> Ground:
        return of_names("to_people", reading.post.addressed)

    if match.to_person is not None:
        asked = ground("to_person", wanted=match.to_person)
        yield _ask(asked, lambda reading: bool(reading.post.addressed) is match.to_person, found)
    if match.to_people:
        wanted = frozenset(match.to_people)
        yield _ask(
            of_names("to_people", match.to_people),
            lambda reading: not wanted.isdisjoint(reading.post.addressed),
            found,
        )


# -- when it was, and what else was going on


def _time(match: Match) -> Iterator[Ask]:
    """In one of these spans of the day; half-open, and past midnight too."""
    if not match.time:
        return

    def holds(reading: Reading) -> bool:
        at = reading.minute
        return at is not None and any(_is_within(span, at) for span in match.time)

    yield _ask(ground("time", spans=tuple(map(_hours, match.time))), holds, _posted)


def _posted(reading: Reading) -> Ground:
    """State when it was posted, by the clock on the wall: the weekday from Monday, 0, and the minute of the day."""
    at = reading.post.posted_at
    return ground("posted", weekday=None if at is None else at.weekday(), minute=reading.minute)


def _is_within(span: Span, minute: int) -> bool:
    return span.start <= minute < span.end or minute + DAY < span.end


def _hours(span: Span) -> tuple[int, int]:
    return span.start, span.end if span.end <= DAY else span.end - DAY


def _weekday(match: Match) -> Iterator[Ask]:
    if not match.weekday:
        return
    wanted = match.weekday

    def holds(reading: Reading) -> bool:
        at = reading.post.posted_at
        return at is not None and at.weekday() in wanted

    yield _ask(ground("weekday", days=tuple(wanted)), holds, _posted)


def _open(match: Match) -> Iterator[Ask]:
    if match.open:
        wanted = frozenset(match.open)
        yield _ask(
            of_names("open", match.open),
            lambda reading: not wanted.isdisjoint(reading.open_calendars),
            lambda reading: (
                of_names("open", sorted(wanted & reading.open_calendars))
                if wanted & reading.open_calendars
                else ground("closed", posted=_posted(reading))
            ),
        )


def _crisis(match: Match) -> Iterator[Ask]:
    if match.crisis is not None:
        yield _ask(
            ground("crisis", runs=match.crisis),
            lambda reading: reading.post.crisis is match.crisis,
            lambda reading: ground("crisis", runs=reading.post.crisis),
        )


def _blind(match: Match) -> Iterator[Ask]:
    if match.blind is not None:
        yield _ask(
            ground("blind", was=match.blind),
            lambda reading: reading.post.blind is match.blind,
            lambda reading: ground("blind", was=reading.post.blind),
        )


# -- the text itself


def _question(match: Match) -> Iterator[Ask]:
    """The topic of questions over its threshold, or the form of one; unknown without either on abstaining."""
    if match.question is None:
        return
    is_wanted = match.question

    def holds(reading: Reading) -> bool | None:
        if QUESTION in reading.topics_held or reading.asks:
            return is_wanted
        return None if reading.abstained else not is_wanted

    def found(reading: Reading) -> Ground:
        if QUESTION in reading.topics_held:
            return ground("topics", scored=(_scored(QUESTION, reading),), under=False)
        if reading.asks:
            return ground("question", by="form")
        return ABSTAINED if reading.abstained else ground("question", by=None)

    yield _ask(ground("question", wanted=is_wanted), holds, found, dear=True)


def _words(match: Match) -> Iterator[Ask]:
    if not match.words:
        return
    phrases = match.words
    sought: list[_Phrase] = []
    first: set[str] = set()

    def which(reading: Reading) -> _Phrase | None:
        if not sought:  # only now, for it loads the dictionaries
            made = [_Phrase.of(written) for written in phrases]
            first.update(
                form for phrase in made for one in phrase.asked[:1] for form in one.forms | one.bases
            )
            sought.extend(made)
        if first.isdisjoint(reading.forms):
            return None
        for phrase in sought:
            if phrase.is_in(reading):
                return phrase
        return None

    def holds(reading: Reading) -> bool:
        # most posts have none of the words: known at once, after the first time
        return not (sought and first.isdisjoint(reading.forms)) and which(reading) is not None

    def found(reading: Reading) -> Ground:
        phrase = which(reading)
        if phrase is None:
            return _NO_WORD
        stated = of_names("words", (phrase.written,))
        form = phrase.form_in(reading) if reading.quotes else None
        return stated if form is None else ground("words", **stated.facts, form=form)

    yield _ask(of_names("words", phrases), holds, found, dear=True, fails=_NO_WORD)


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A word or phrase, with what each of its words is found by."""

    written: str
    asked: tuple[Asked, ...]

    @classmethod
    def of(cls, written: str) -> "_Phrase":
        return cls(written, asked_phrase(words_of(written)))

    def is_in(self, reading: Reading) -> bool:
        for one in self.asked:
            if one.forms.isdisjoint(reading.written) and one.bases.isdisjoint(reading.forms):
                return False
        if not self.asked:
            return False
        return len(self.asked) == 1 or asked_at(reading.words, self.asked) is not None

    def form_in(self, reading: Reading) -> str | None:
        """Give the words of the post by which it is there, where they are inflected; what is private is masked."""
        at = asked_at(reading.words, self.asked)
        there = [] if at is None else reading.words[at : at + len(self.asked)]
        return None if there in ([], [one.word for one in self.asked]) else mask(" ".join(there)).text


def _regex(match: Match) -> Iterator[Ask]:
    if not match.regex:
        return
    patterns = match.regex

    def holds(reading: Reading) -> bool:
        for pattern in patterns:  # noqa: SIM110 - a loop is quicker, and this is asked of every post
            if reading.searched(pattern) is True:
                return True
        return False

    def found(reading: Reading) -> Ground:
        troubles = []
        for pattern in patterns:
            outcome = reading.searched(pattern)
            if outcome is True:
                return of_names("regex", (pattern,))
            if outcome:
                troubles.append(of_names(outcome, (pattern,)))
        # not found in time counts as not there: the worst text must not decide what the rest of us see
        return ground("no_pattern", troubles=tuple(troubles[:_MOST_STATED]))

    yield _ask(of_names("regex", patterns), holds, found, dear=True)


# -- matches within a match


def _all(match: Match) -> Iterator[Ask]:
    """Several matches, each of which must hold."""
    if not match.all:
        return
    plans = [plan_of(inner) for inner in match.all]

    def holds(reading: Reading) -> bool | None:
        held: bool | None = True
        for plan in plans:
            outcome, _ = plan.try_on(reading)
            if outcome is False:
                return False
            held = held if outcome else None
        return held

    def found(reading: Reading) -> Ground:
        outcomes = [plan.try_on(reading) for plan in plans]
        failed = next((ask for outcome, ask in outcomes if outcome is False and ask), None)
        if failed is not None:
            return failed.found(reading)
        if any(outcome is None for outcome, _ in outcomes):
            return ABSTAINED
        return _each(told for plan in plans for told in plan.told(reading))

    yield _ask(
        _of("all", plans),
        holds,
        found,
        lambda reading: sum([nearness_of(inner, reading) for inner in match.all]) / len(match.all),
        dear=True,
    )


def _any(match: Match) -> Iterator[Ask]:
    """One of several matches; unknown when none holds and one of them is unknown."""
    if not match.any:
        return
    plans = [plan_of(choice) for choice in match.any]

    def holds(reading: Reading) -> bool | None:
        held: bool | None = False
        for plan in plans:
            outcome, _ = plan.try_on(reading)
            if outcome:
                return True
            held = held if outcome is False else None
        return held

    def found(reading: Reading) -> Ground:
        outcomes = [plan.try_on(reading)[0] for plan in plans]
        if True in outcomes:
            return _each(plans[outcomes.index(True)].told(reading))
        return ABSTAINED if None in outcomes else _NONE_OF_THEM

    # a word or a pattern is there or not; only figures come near
    nearing = [plan for plan in plans if len(plan.asks) > 1 or any(plan.most.values())]
    yield _ask(
        _of("any", plans),
        holds,
        found,
        lambda reading: max([plan.nearness(reading) for plan in nearing], default=0.0),
        dear=True,
        fails=_NONE_OF_THEM,
    )


def _none(match: Match) -> Iterator[Ask]:
    """Matches that must not hold; where that is unknown, so is this."""
    yield from (_not(plan_of(unwanted)) for unwanted in match.none)


def _not(plan: Plan) -> Ask:
    def holds(reading: Reading) -> bool | None:
        outcome, _ = plan.try_on(reading)
        return None if outcome is None else not outcome

    def found(reading: Reading) -> Ground:
        outcome, settling = plan.try_on(reading)
        if outcome is None:
            return ABSTAINED
        return settling.found(reading) if settling else _each(plan.told(reading))

    return _ask(ground("not", of=plan.asked), holds, found, dear=True)


def _of(what: str, plans: Sequence[Plan]) -> Ground:
    """State a match of matches: the first of them, each by its conditions, and how many more there are."""
    told, more = fitting([ground("match", of=plan.asked) for plan in plans])
    return ground(what, of=told, more=more)


def _each(told: Iterable[Ground]) -> Ground:
    each = _first(list(told))
    return each[0] if len(each) == 1 else ground("each", of=each)


def _first(grounds: Sequence[Ground]) -> tuple[Ground, ...]:
    told, more = fitting(grounds)
    return (*told, ground("more", count=more)) if more else told


_MAKERS: Final[tuple[Callable[[Match], Iterable[Ask]], ...]] = (
    *(_topics, _topic_scores, _sentiment, _probabilities, _attention, _language, _source, _kind),
    *(_followers, _reach, _rating, _author, _author_cases, _to_person),
    *(_time, _weekday, _open, _crisis, _blind),
    # dear from here on
    *(_question, _words, _regex, _all, _any, _none),
)


# -- figures


def _scored(topic: str, reading: Reading) -> tuple[str, float | None]:
    score = reading.verdict.topics.get(topic)
    return topic, None if score is None else _hundredths(score)


def _share(value: float, least: float) -> float:
    return value / least if least > 0 else 1.0


def _hundredths(value: float) -> float:
    return float(f"{value:.2f}")


def _figure(value: float, least: float) -> float:
    """Give a figure with two digits, or as many as show on which side of its bound it lies."""
    for digits in range(2, 10):
        rounded = float(f"{value:.{digits}f}")
        if (rounded >= least) is (value >= least):
            return rounded
    return value
